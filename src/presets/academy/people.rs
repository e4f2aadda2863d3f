//! Operations about people: accounts and their roles in groups, the platform's own roles, managers, invitations, groups.

use std::fmt;

use crate::presets::academy::{AcademyEdit, group_of};
use crate::{
    Effect, Grant, Group, Label, Place, Problem, Resource, Role, Scope, Subject, Target, User, What,
};

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
        self.edit.revoke(self.assignment(role, user, group))?;
        let left = self.assigned(user)?;
        if left.iter().all(|(_, other, _)| *other != group) {
            self.edit.remove_member(user, group)?;
        }
        Ok(())
    }

    /// Removes a user from a group: the membership and every role there.
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

    /// Makes an account inactive: it can do nothing at all until it is reactivated.
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

    /// Deletes an account, inactive or not, and the user with it. Its courses, programs and comments stay (S3-16).
    ///
    /// The user goes from the whole policy: where other systems share it and the person remains in one of them, take back the roles of this
    /// one instead.
    ///
    /// Demands `account.manage` on the user.
    ///
    /// # Errors
    ///
    /// A [`Problem`] that marks the edit. Deleting the owner is refused when the edit is committed.
    pub fn delete_account(&mut self, user: User) -> Result<(), Problem> {
        self.edit.demand(self.words.account_manage, user)?;
        self.edit.revoke(inactive(user))?;
        self.edit.remove(user)
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
        let grants = self.edit.grants_to(user);
        let account = What::Role(self.words.account);
        Ok(self.known(grants)?.iter().any(|it| it.what() == account))
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

    /// The roles that a user has in groups, with the grants that give them.
    pub(super) fn assigned(
        &mut self,
        user: User,
    ) -> Result<Vec<(AssignedRole, Group, Grant)>, Problem> {
        let grants = self.edit.grants_to(user);
        let grants = self.known(grants)?;
        let allows = grants
            .into_iter()
            .filter(|grant| grant.effect() == Effect::Allow);
        let assigned = allows.filter_map(|grant| {
            let role = AssignedRole::ALL
                .into_iter()
                .find(|role| grant.what() == What::Role(self.role(*role)))?;
            Some((role, group_of(grant.scope())?, grant))
        });
        Ok(assigned.collect())
    }
}

/// The roles of the platform.
impl AcademyEdit<'_, '_> {
    /// Names another owner. The former one becomes admin of the root group in the same step (S3-43, A-20).
    ///
    /// Demands `owner.name` on the platform, which only the owner can.
    ///
    /// # Errors
    ///
    /// A [`Problem`] that marks the edit: the acting user is not the owner, or no platform is founded.
    pub fn name_owner(&mut self, user: User) -> Result<(), Problem> {
        self.edit.demand(self.words.owner_name, Target::Platform)?;
        let grants = self.edit.grants_of(self.words.owner);
        let root = self.root()?;
        for grant in self.known(grants)? {
            let Subject::User(former) = grant.subject() else {
                continue;
            };
            if former == user || grant.effect() == Effect::Deny {
                continue;
            }
            self.edit.revoke(grant)?;
            self.assign(AssignedRole::Admin, former, root)?;
        }
        self.open_account(user)?;
        self.edit
            .grant(Grant::role(self.words.owner).to(user).on(Scope::Platform))
    }

    /// Makes a user an admin of the platform.
    ///
    /// Demands `platform.manage` on the platform.
    ///
    /// # Errors
    ///
    /// A [`Problem`] that marks the edit.
    pub fn name_platform_admin(&mut self, user: User) -> Result<(), Problem> {
        self.manage_platform()?;
        self.open_account(user)?;
        self.edit.grant(self.platform_admin(user))
    }

    /// Takes the role of platform admin back.
    ///
    /// Demands `platform.manage` on the platform.
    ///
    /// # Errors
    ///
    /// A [`Problem`] that marks the edit.
    pub fn dismiss_platform_admin(&mut self, user: User) -> Result<(), Problem> {
        self.manage_platform()?;
        self.edit.revoke(self.platform_admin(user))
    }

    /// Lets a user see the users of all public groups. It comes on top of an assigned role.
    ///
    /// Demands `platform.manage` on the platform.
    ///
    /// # Errors
    ///
    /// A [`Problem`] that marks the edit.
    pub fn name_platform_coach(&mut self, user: User) -> Result<(), Problem> {
        self.manage_platform()?;
        self.edit.grant(self.platform_coach(user))
    }

    /// Takes the role of platform coach back.
    ///
    /// Demands `platform.manage` on the platform.
    ///
    /// # Errors
    ///
    /// A [`Problem`] that marks the edit.
    pub fn dismiss_platform_coach(&mut self, user: User) -> Result<(), Problem> {
        self.manage_platform()?;
        self.edit.revoke(self.platform_coach(user))
    }

    /// Puts a user's name on the invoices, in place of the one before. It is no role and gives nothing (S3-44).
    ///
    /// Demands `platform.manage` on the platform.
    ///
    /// # Errors
    ///
    /// A [`Problem`] that marks the edit.
    pub fn set_legal_representative(&mut self, user: User) -> Result<(), Problem> {
        self.manage_platform()?;
        let label = self.words.legal_representative;
        let carriers = self.edit.carriers(label);
        for former in self.known(carriers)? {
            self.edit.remove_label(former, label)?;
        }
        self.edit.add_label(user, label)
    }

    /// Switches to a plan with reviewers.
    ///
    /// # Errors
    ///
    /// A [`Problem`] that marks the edit; so where no platform is founded.
    pub fn include_reviews(&mut self) -> Result<(), Problem> {
        let root = self.root()?;
        self.edit.add_label(root, self.words.reviews)
    }

    /// Switches to a plan without reviewers. Those who are assigned stay; no more can be.
    ///
    /// # Errors
    ///
    /// A [`Problem`] that marks the edit; so where no platform is founded.
    pub fn exclude_reviews(&mut self) -> Result<(), Problem> {
        let root = self.root()?;
        self.edit.remove_label(root, self.words.reviews)
    }

    fn manage_platform(&mut self) -> Result<(), Problem> {
        self.edit
            .demand(self.words.platform_manage, Target::Platform)
    }

    fn platform_admin(&self, user: User) -> Grant {
        Grant::role(self.words.platform_admin)
            .to(user)
            .on(Scope::Platform)
    }

    fn platform_coach(&self, user: User) -> Grant {
        Grant::role(self.words.platform_coach)
            .to(user)
            .on(Scope::labelled(self.words.public))
    }
}

/// Managers.
impl AcademyEdit<'_, '_> {
    /// Makes a user the manager of several others at once; all of them must be active (S3-26).
    ///
    /// Demands `user.manage` on each managee.
    ///
    /// # Errors
    ///
    /// A [`Problem`] that marks the edit. A managee who is inactive is refused when the edit is committed.
    pub fn appoint_manager(&mut self, manager: User, managees: &[User]) -> Result<(), Problem> {
        for managee in managees {
            self.edit.demand(self.words.user_manage, *managee)?;
            self.edit.grant(self.managing(manager, *managee))?;
        }
        Ok(())
    }

    /// Ends the monitoring of one managee.
    ///
    /// Demands `user.manage` on the managee.
    ///
    /// # Errors
    ///
    /// A [`Problem`] that marks the edit.
    pub fn dismiss_manager(&mut self, manager: User, managee: User) -> Result<(), Problem> {
        self.edit.demand(self.words.user_manage, managee)?;
        self.edit.revoke(self.managing(manager, managee))
    }

    fn managing(&self, manager: User, managee: User) -> Grant {
        Grant::role(self.words.manager)
            .to(manager)
            .on(Scope::this(managee))
    }
}

/// Groups and invitations to them.
impl AcademyEdit<'_, '_> {
    /// Creates a group below another. It is private until it is made public.
    ///
    /// Demands `group.create` on the parent.
    ///
    /// # Errors
    ///
    /// A [`Problem`] that marks the edit.
    pub fn create_group(&mut self, name: &str, parent: Group) -> Result<Group, Problem> {
        self.edit.demand(self.words.group_create, parent)?;
        let group = self.edit.add_group(name)?;
        self.edit.attach(group, parent)?;
        Ok(group)
    }

    /// Makes a group public: platform coaches then see its users.
    ///
    /// Demands `group.confidentiality` on the group.
    ///
    /// # Errors
    ///
    /// A [`Problem`] that marks the edit.
    pub fn make_public(&mut self, group: Group) -> Result<(), Problem> {
        self.edit.demand(self.words.group_confidentiality, group)?;
        self.edit.add_label(group, self.words.public)
    }

    /// Makes a group private again.
    ///
    /// Demands `group.confidentiality` on the group.
    ///
    /// # Errors
    ///
    /// A [`Problem`] that marks the edit.
    pub fn make_private(&mut self, group: Group) -> Result<(), Problem> {
        self.edit.demand(self.words.group_confidentiality, group)?;
        self.edit.remove_label(group, self.words.public)
    }

    /// Creates a badge in a group.
    ///
    /// Demands `badge.create` on the group.
    ///
    /// # Errors
    ///
    /// A [`Problem`] that marks the edit.
    pub fn create_badge(&mut self, name: &str, group: Group) -> Result<Resource, Problem> {
        self.edit.demand(self.words.badge_create, group)?;
        let badge = self.edit.add_resource(self.words.badge, name)?;
        self.edit.place(badge, group)?;
        Ok(badge)
    }

    /// Invites someone to a group, into the roles that are ticked. The invitation has the name that the account will have.
    ///
    /// Demands `invitation.manage` on the group.
    ///
    /// # Errors
    ///
    /// A [`Problem`] that marks the edit.
    pub fn invite(
        &mut self,
        name: &str,
        group: Group,
        roles: &[AssignedRole],
    ) -> Result<Resource, Problem> {
        self.edit.demand(self.words.invitation_manage, group)?;
        let invitation = self.edit.add_resource(self.words.invitation, name)?;
        self.edit.place(invitation, group)?;
        for role in roles {
            self.edit.add_label(invitation, self.invited(*role))?;
        }
        Ok(invitation)
    }

    /// Accepts an invitation: the account is there, with the roles that were ticked, and the invitation is gone.
    ///
    /// # Errors
    ///
    /// A [`Problem`] that marks the edit. An invitation without a role into a new account is refused when the edit is committed (S3-02).
    pub fn accept_invitation(&mut self, invitation: Resource) -> Result<User, Problem> {
        let name = self.edit.thing_name(invitation);
        let name = self.known(name)?;
        let (labels, places) = (
            self.edit.labels(invitation),
            self.edit.placements(invitation),
        );
        let (labels, places) = (self.known(labels)?, self.known(places)?);
        let user = self.find_or_add(name.name())?;
        self.open_account(user)?;
        let ticked = |role: &AssignedRole| labels.contains(&self.invited(*role));
        let ticked: Vec<AssignedRole> = AssignedRole::ALL.into_iter().filter(ticked).collect();
        for place in places {
            let Place::Group(group) = place else { continue };
            for role in &ticked {
                self.assign(*role, user, group)?;
            }
        }
        self.edit.remove(invitation)?;
        Ok(user)
    }

    /// Deletes an invitation.
    ///
    /// Demands `invitation.manage` on it.
    ///
    /// # Errors
    ///
    /// A [`Problem`] that marks the edit.
    pub fn withdraw_invitation(&mut self, invitation: Resource) -> Result<(), Problem> {
        self.edit.demand(self.words.invitation_manage, invitation)?;
        self.edit.remove(invitation)
    }

    fn invited(&self, role: AssignedRole) -> Label {
        match role {
            AssignedRole::Admin => self.words.invited_admin,
            AssignedRole::Coach => self.words.invited_coach,
            AssignedRole::Author => self.words.invited_author,
            AssignedRole::Learner => self.words.invited_learner,
        }
    }
}

fn inactive(user: User) -> Grant {
    Grant::deny_everything().to(user).on(Scope::Platform)
}
