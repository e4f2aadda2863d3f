//! Operations about accounts: the assigned roles in groups, and what becomes of an account.

use std::fmt;

use crate::presets::academy::{AcademyEdit, group_of};
use crate::presets::{allows_of, known};
use crate::{Effect, Grant, Group, Problem, Role, Scope, User, What};

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
    /// # Errors
    ///
    /// A [`Problem`] that marks the edit. A second founding is refused by the rule that there is exactly one owner.
    pub fn found(&mut self, root: &str, owner: &str) -> Result<(Group, User), Problem> {
        let root = self.edit.add_group(root)?;
        self.edit.add_label(root, self.words.root)?;
        let owner = self.find_or_add(owner)?;
        self.open_account(owner)?;
        self.edit.add_member(owner, root)?;
        self.edit
            .grant(Grant::role(self.words.owner).to(owner).on(Scope::Platform))?;
        Ok((root, owner))
    }

    /// Sets up an account with its first roles. A user that the policy has already, but not as an account, gets one.
    ///
    /// Demands `member.manage` on each group.
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
        for (_, group) in roles {
            self.edit.demand(self.words.member_manage, *group)?;
        }
        let user = match self.edit.user(name) {
            Ok(user) if !self.has_account(user)? => user,
            _ => self.edit.add_user(name)?,
        };
        self.open_account(user)?;
        for (role, group) in roles {
            self.assign(*role, user, *group)?;
        }
        Ok(user)
    }

    /// Gives a user a role in a group, and makes the user a member of it.
    ///
    /// Demands `member.manage` on the group.
    ///
    /// # Errors
    ///
    /// A [`Problem`] that marks the edit.
    pub fn give_role(
        &mut self,
        role: AssignedRole,
        user: User,
        group: Group,
    ) -> Result<(), Problem> {
        self.edit.demand(self.words.member_manage, group)?;
        self.open_account(user)?;
        self.assign(role, user, group)
    }

    /// Takes a role in a group back. With the last role there, the membership ends.
    ///
    /// Demands `member.manage` on the group.
    ///
    /// # Errors
    ///
    /// A [`Problem`] that marks the edit. Taking the last role that the account has anywhere is refused when the edit is committed (S3-02).
    pub fn take_role(
        &mut self,
        role: AssignedRole,
        user: User,
        group: Group,
    ) -> Result<(), Problem> {
        self.edit.demand(self.words.member_manage, group)?;
        self.unassign(self.assignment(role, user, group), user, group)
    }

    /// Removes a user from a group: the membership and every assigned role there, a service's own that include one among them.
    ///
    /// Demands `member.manage` on the group.
    ///
    /// # Errors
    ///
    /// A [`Problem`] that marks the edit. Removing a user from the last group with a role is refused when the edit is committed (S3-02).
    pub fn remove_from_group(&mut self, user: User, group: Group) -> Result<(), Problem> {
        self.edit.demand(self.words.member_manage, group)?;
        for (_, _, grant) in self
            .assigned(user)?
            .into_iter()
            .filter(|(_, other, _)| *other == group)
        {
            self.edit.revoke(grant)?;
        }
        self.edit.remove_member(user, group)
    }

    /// Makes an account inactive: the user can do nothing at all until it is reactivated, in no other system of the same policy either.
    ///
    /// Demands `account.manage` on the user.
    ///
    /// # Errors
    ///
    /// A [`Problem`] that marks the edit.
    pub fn deactivate_account(&mut self, user: User) -> Result<(), Problem> {
        self.edit.demand(self.words.account_manage, user)?;
        self.edit.grant(inactive(user))
    }

    /// Makes an inactive account active again, with all it held before.
    ///
    /// Demands `account.manage` on the user.
    ///
    /// # Errors
    ///
    /// A [`Problem`] that marks the edit.
    pub fn reactivate_account(&mut self, user: User) -> Result<(), Problem> {
        self.edit.demand(self.words.account_manage, user)?;
        self.edit.revoke(inactive(user))
    }

    /// Deletes an account, inactive or not: every role of the academy, the managers over it, and the user with it. Its courses, programs and
    /// comments stay (S3-16).
    ///
    /// A user who is something in another system of the same policy stays there as they are, and is nobody here.
    ///
    /// Demands `account.manage` on the user.
    ///
    /// # Errors
    ///
    /// A [`Problem`] that marks the edit. Deleting the owner is refused when the edit is committed.
    pub fn delete_account(&mut self, user: User) -> Result<(), Problem> {
        self.edit.demand(self.words.account_manage, user)?;
        self.edit.revoke(inactive(user))?;
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
        ];
        for grant in allows_of(self.edit, user, &roles)? {
            self.edit.revoke(grant)?;
            if let Some(group) = group_of(grant.scope()) {
                self.edit.remove_member(user, group)?;
            }
        }
        for grant in known(self.edit, |edit| edit.grants_on(user))? {
            let managing = grant.what() == What::Role(words.manager);
            if managing && grant.effect() == Effect::Allow {
                self.edit.revoke(grant)?;
            }
        }
        self.edit.remove_label(user, words.legal_representative)?;
        let is_nobody = known(self.edit, |edit| {
            Ok(edit.groups_of(user)?.is_empty()
                && edit.grants_to(user)?.is_empty()
                && edit.grants_on(user)?.is_empty()
                && edit.contents(user)?.is_empty()
                && edit.labels(user)?.is_empty())
        })?;
        if is_nobody {
            self.edit.remove(user)?;
        }
        Ok(())
    }

    pub(super) fn find_or_add(&mut self, name: &str) -> Result<User, Problem> {
        match self.edit.user(name) {
            Ok(user) => Ok(user),
            Err(_) => self.edit.add_user(name),
        }
    }

    pub(super) fn open_account(&mut self, user: User) -> Result<(), Problem> {
        self.edit
            .grant(Grant::role(self.words.account).to(user).on(Scope::Oneself))
    }

    fn has_account(&mut self, user: User) -> Result<bool, Problem> {
        let grants = known(self.edit, |edit| edit.grants_to(user))?;
        let account = What::Role(self.words.account);
        Ok(grants.iter().any(|it| it.what() == account))
    }

    /// Records an assigned role, and the membership that goes with it.
    pub(super) fn assign(
        &mut self,
        role: AssignedRole,
        user: User,
        group: Group,
    ) -> Result<(), Problem> {
        self.edit.add_member(user, group)?;
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
            self.edit.remove_member(user, group)?;
        }
        Ok(())
    }

    /// An assigned role as a grant. An admin reaches the groups below, all others the group alone (A-17).
    fn assignment(&self, role: AssignedRole, user: User, group: Group) -> Grant {
        let scope = match role {
            AssignedRole::Admin => Scope::underlying(group),
            AssignedRole::Coach | AssignedRole::Author | AssignedRole::Learner => {
                Scope::this(group)
            }
        };
        Grant::role(self.role(role)).to(user).on(scope)
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

fn inactive(user: User) -> Grant {
    Grant::deny_everything().to(user).on(Scope::Platform)
}
