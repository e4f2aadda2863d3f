//! Operations about accounts: the assigned roles in groups, and what becomes of an account.

use std::fmt;

use crate::presets::academy::{AcademyEdit, group_of};
use crate::presets::{allows_of, demand_unguarded, join, known, leave, of_roles, refuse};
use crate::{Grant, Group, Problem, ProblemKind, Role, Scope, User};

/// A role that is given in a group, of which every account holds at least one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AssignedRole {
    /// Manages the group and all groups below it.
    Admin,
    /// Facilitates the group.
    Coach,
    /// Makes courses and programs in the group.
    Author,
    /// Attends courses and programs of the group.
    Learner,
}

impl AssignedRole {
    /// All of them, in the order of their codes.
    pub const ALL: [AssignedRole; 4] = [
        AssignedRole::Admin,
        AssignedRole::Coach,
        AssignedRole::Author,
        AssignedRole::Learner,
    ];

    /// The role of that code in files of accounts: `0` to `3` (S3-06), and none for any other text.
    ///
    /// ```
    /// use rolecall::presets::academy::AssignedRole;
    ///
    /// assert_eq!(AssignedRole::of_code("2"), Some(AssignedRole::Author));
    /// assert_eq!(AssignedRole::of_code("4"), None);
    /// assert_eq!(AssignedRole::Learner.code(), "3");
    /// ```
    #[must_use]
    pub fn of_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.code() == code)
    }

    /// Its code in files of accounts.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            AssignedRole::Admin => "0",
            AssignedRole::Coach => "1",
            AssignedRole::Author => "2",
            AssignedRole::Learner => "3",
        }
    }
}

impl fmt::Display for AssignedRole {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            AssignedRole::Admin => "admin",
            AssignedRole::Coach => "coach",
            AssignedRole::Author => "author",
            AssignedRole::Learner => "learner",
        })
    }
}

/// Accounts and their roles.
impl AcademyEdit<'_, '_> {
    /// Founds the platform: its root group, and the account of its owner. Every other group is created below the root.
    ///
    /// It takes an unguarded edit: there is nobody yet who could hold a right to it.
    ///
    /// # Errors
    ///
    /// A [`Problem`] that marks the edit: somebody acts, or a platform is founded already.
    pub fn found(&mut self, owner: &str, root: &str) -> Result<(Group, User), Problem> {
        demand_unguarded(self.edit, "found a platform")?;
        let root = self.edit.add_group(root)?;
        let owner = self.found_at(owner, root)?;
        Ok((root, owner))
    }

    /// Founds the platform at a group that is already there, which becomes its root, with all groups that are below it.
    ///
    /// It takes an unguarded edit.
    ///
    /// # Errors
    ///
    /// A [`Problem`] that marks the edit: somebody acts, or a platform is founded already.
    pub fn found_at(&mut self, owner: &str, root: Group) -> Result<User, Problem> {
        demand_unguarded(self.edit, "found a platform")?;
        if let Some(founded) = self.find_root()? {
            let founded = known(self.edit, |edit| edit.thing_name(founded))?;
            let why = format!("a platform is founded already, with the root {founded}");
            return Err(refuse(self.edit, ProblemKind::WrongState, why));
        }
        self.edit.add_label(root, self.words.root)?;
        let owner = self.find_or_add(owner)?;
        self.open_account(owner)?;
        join(self.edit, self.words.member, owner, root)?;
        self.edit
            .grant(Grant::role(self.words.owner).to(owner).on(Scope::Platform))?;
        Ok(owner)
    }

    /// Sets up an account with its first roles. A user that the policy has already, but not as an account, gets one.
    ///
    /// Demands `member.manage` on all that each role reaches, and there what the role gives; of a user that was there already, `user.manage`
    /// on them as well.
    ///
    /// # Errors
    ///
    /// A [`Problem`] that marks the edit: the account exists, or the acting user may not. An account without a role is refused when the
    /// edit is committed (S3-02).
    pub fn add_account(
        &mut self,
        name: &str,
        roles: &[(AssignedRole, Group)],
    ) -> Result<User, Problem> {
        for (role, group) in roles {
            self.demand_giving(*role, *group)?;
        }
        let user = match self.edit.user(name) {
            Ok(user) if !self.has_account(user)? => {
                self.demand_person(user)?;
                user
            }
            _ => self.add_registered(name)?,
        };
        self.open_account(user)?;
        for (role, group) in roles {
            self.assign(*role, user, *group)?;
        }
        Ok(user)
    }

    /// Gives a user a role in a group, and makes the user a member of it.
    ///
    /// Demands `member.manage` on all that the role reaches, there what the role gives, and `user.manage` on the user: who is in none of the
    /// acting user's groups is [invited](Self::invite).
    ///
    /// # Errors
    ///
    /// A [`Problem`] that marks the edit.
    pub fn give_role(
        &mut self,
        user: User,
        role: AssignedRole,
        group: Group,
    ) -> Result<(), Problem> {
        self.demand_giving(role, group)?;
        self.demand_person(user)?;
        self.open_account(user)?;
        self.assign(role, user, group)
    }

    /// Takes a role in a group back. With the last role there, the membership ends that came with the first.
    ///
    /// Demands `member.manage` on all that the role reaches, and `user.manage` on the user.
    ///
    /// # Errors
    ///
    /// A [`Problem`] that marks the edit. Taking the last role that the account has anywhere is refused when the edit is committed (S3-02).
    pub fn take_role(
        &mut self,
        user: User,
        role: AssignedRole,
        group: Group,
    ) -> Result<(), Problem> {
        let assignment = self.assignment(role, user, group);
        self.demand_at(self.words.member_manage, group)?;
        self.demand_members(assignment.scope())?;
        self.demand_person(user)?;
        self.unassign(assignment, user, group)
    }

    /// Removes a user from a group: every assigned role there, a service's own that include one among them, and the membership that came with
    /// them.
    ///
    /// Demands `member.manage` on the group and on all that the roles reach, and `user.manage` on the user.
    ///
    /// # Errors
    ///
    /// A [`Problem`] that marks the edit. Removing a user from the last group with a role is refused when the edit is committed (S3-02).
    pub fn remove_from_group(&mut self, user: User, group: Group) -> Result<(), Problem> {
        self.demand_at(self.words.member_manage, group)?;
        self.demand_person(user)?;
        for (_, _, grant) in self
            .assigned(user)?
            .into_iter()
            .filter(|(_, other, _)| *other == group)
        {
            self.demand_members(grant.scope())?;
            self.edit.revoke(grant)?;
        }
        leave(self.edit, self.words.member, user, group)
    }

    /// Makes an account inactive: the user can do nothing in the academy until it is reactivated. Other systems of the same policy go on.
    ///
    /// Demands `account.manage` on the user.
    ///
    /// # Errors
    ///
    /// A [`Problem`] that marks the edit; so for a user without an account.
    pub fn deactivate_account(&mut self, user: User) -> Result<(), Problem> {
        self.edit.demand(self.words.account_manage, user)?;
        self.demand_account(user)?;
        self.edit.remove_label(user, self.words.active)?;
        self.edit.grant(self.inactive(user))
    }

    /// Makes an inactive account active again, with all it held before. What something else denies the user stays denied.
    ///
    /// Demands `account.manage` on the user.
    ///
    /// # Errors
    ///
    /// A [`Problem`] that marks the edit; so for a user without an account.
    pub fn reactivate_account(&mut self, user: User) -> Result<(), Problem> {
        self.edit.demand(self.words.account_manage, user)?;
        self.demand_account(user)?;
        self.edit.revoke(self.inactive(user))?;
        self.edit.add_label(user, self.words.active)
    }

    /// Deletes an account, inactive or not: every role of the academy, the managers over it, and the user where the account brought them here.
    /// Its courses, programs and comments stay (S3-16).
    ///
    /// A user who is something in another system of the same policy, or was there before, stays as they are there, and is nobody here. A deny
    /// that the academy did not record is not lifted.
    ///
    /// Demands `account.manage` on the user.
    ///
    /// # Errors
    ///
    /// A [`Problem`] that marks the edit; so for a user without an account. Deleting the owner is refused when the edit is committed.
    pub fn delete_account(&mut self, user: User) -> Result<(), Problem> {
        self.edit.demand(self.words.account_manage, user)?;
        self.demand_account(user)?;
        self.edit.revoke(self.inactive(user))?;
        let words = self.words;
        // Every other role of the academy includes one of these.
        let roles = [
            words.account,
            words.learner,
            words.coach,
            words.platform_coach,
            words.course_author,
            words.co_author,
            words.reviewer,
            words.commenter,
            words.program_author,
            words.instructor,
            words.participant,
            words.manager,
            words.invitee,
        ];
        for grant in allows_of(self.edit, user, &roles)? {
            self.edit.revoke(grant)?;
        }
        for grant in allows_of(self.edit, user, &[words.member])? {
            if let Some(group) = group_of(grant.scope()) {
                leave(self.edit, words.member, user, group)?;
            }
        }
        let over = known(self.edit, |edit| edit.grants_on(user))?;
        for grant in of_roles(self.edit, over, &[words.manager])? {
            self.edit.revoke(grant)?;
        }
        let registered = known(self.edit, |edit| edit.labels(user))?.contains(&words.registered);
        for label in [words.legal_representative, words.active, words.registered] {
            self.edit.remove_label(user, label)?;
        }
        let is_nobody = known(self.edit, |edit| {
            Ok(edit.groups_of(user)?.is_empty()
                && edit.grants_to(user)?.is_empty()
                && edit.grants_on(user)?.is_empty()
                && edit.contents(user)?.is_empty()
                && edit.labels(user)?.is_empty())
        })?;
        if registered && is_nobody {
            self.edit.remove(user)?;
        }
        Ok(())
    }

    pub(super) fn find_or_add(&mut self, name: &str) -> Result<User, Problem> {
        match self.edit.user(name) {
            Ok(user) => Ok(user),
            Err(_) => self.add_registered(name),
        }
    }

    /// Adds a user who is here by their account.
    fn add_registered(&mut self, name: &str) -> Result<User, Problem> {
        let user = self.edit.add_user(name)?;
        self.edit.add_label(user, self.words.registered)?;
        Ok(user)
    }

    /// Opens an account where there is none. One that is there stays as it is, active or not.
    pub(super) fn open_account(&mut self, user: User) -> Result<(), Problem> {
        if self.has_account(user)? {
            return Ok(());
        }
        self.edit.add_label(user, self.words.active)?;
        self.edit
            .grant(Grant::role(self.words.account).to(user).on(Scope::Oneself))
    }

    fn demand_account(&mut self, user: User) -> Result<(), Problem> {
        if self.has_account(user)? {
            return Ok(());
        }
        let name = known(self.edit, |edit| edit.thing_name(user))?;
        let why = format!("{name} has no account");
        Err(refuse(self.edit, ProblemKind::WrongState, why))
    }

    /// Demands what it takes to give a role in a group, to whomever.
    pub(super) fn demand_giving(
        &mut self,
        role: AssignedRole,
        group: Group,
    ) -> Result<(), Problem> {
        self.demand_at(self.words.member_manage, group)?;
        let given = Grant::role(self.role(role)).to_everyone();
        let given = given.on(self.reach(role, group));
        self.demand_members(given.scope())?;
        self.edit.demand_grant(given)
    }

    fn has_account(&mut self, user: User) -> Result<bool, Problem> {
        let account = allows_of(self.edit, user, &[self.words.account])?;
        Ok(!account.is_empty())
    }

    /// Records an assigned role, and the membership that goes with it.
    pub(super) fn assign(
        &mut self,
        role: AssignedRole,
        user: User,
        group: Group,
    ) -> Result<(), Problem> {
        join(self.edit, self.words.member, user, group)?;
        self.edit.grant(self.assignment(role, user, group))
    }

    /// Takes back what [`assign`](Self::assign) recorded; the membership ends with the last role in the group.
    pub(super) fn unassign(
        &mut self,
        grant: Grant,
        user: User,
        group: Group,
    ) -> Result<(), Problem> {
        self.edit.revoke(grant)?;
        let left = self.assigned(user)?;
        if left.iter().all(|(_, other, _)| *other != group) {
            leave(self.edit, self.words.member, user, group)?;
        }
        Ok(())
    }

    /// An assigned role as a grant.
    fn assignment(&self, role: AssignedRole, user: User, group: Group) -> Grant {
        Grant::role(self.role(role))
            .to(user)
            .on(self.reach(role, group))
    }

    /// An admin reaches the groups below, all others the group alone (A-17).
    fn reach(&self, role: AssignedRole, group: Group) -> Scope {
        match role {
            AssignedRole::Admin => Scope::underlying(group),
            AssignedRole::Coach | AssignedRole::Author | AssignedRole::Learner => {
                Scope::this(group)
            }
        }
    }

    /// What makes an account inactive: a deny that only the academy records, and so only the academy lifts.
    fn inactive(&self, user: User) -> Grant {
        Grant::deny(self.words.everything)
            .to(user)
            .on(Scope::Platform)
    }

    fn role(&self, role: AssignedRole) -> Role {
        match role {
            AssignedRole::Admin => self.words.admin,
            AssignedRole::Coach => self.words.coach,
            AssignedRole::Author => self.words.author,
            AssignedRole::Learner => self.words.learner,
        }
    }

    /// The roles that a user has in groups, with the grants that give them. A service's own role counts as the first that it includes.
    pub(super) fn assigned(
        &mut self,
        user: User,
    ) -> Result<Vec<(AssignedRole, Group, Grant)>, Problem> {
        let mut assigned = Vec::new();
        for role in AssignedRole::ALL {
            for grant in allows_of(self.edit, user, &[self.role(role)])? {
                let Some(group) = group_of(grant.scope()) else {
                    continue;
                };
                if assigned.iter().all(|(_, _, other)| *other != grant) {
                    assigned.push((role, group, grant));
                }
            }
        }
        Ok(assigned)
    }
}
