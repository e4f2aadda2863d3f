//! Operations about the roles of the whole platform, its plan, and managers.

use crate::presets::academy::{AcademyEdit, AssignedRole};
use crate::presets::{known, refuse};
use crate::{Effect, Grant, Problem, ProblemKind, Scope, Subject, Target, User};

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
        let (owner, root) = (self.words.owner, self.root()?);
        for grant in known(self.edit, |edit| edit.grants_of(owner))? {
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
            .grant(Grant::role(owner).to(user).on(Scope::Platform))
    }

    /// Makes a user an admin of the platform.
    ///
    /// Demands `platform.manage` and all else that a platform admin has, on the platform.
    ///
    /// # Errors
    ///
    /// A [`Problem`] that marks the edit.
    pub fn name_platform_admin(&mut self, user: User) -> Result<(), Problem> {
        self.manage_platform()?;
        let platform_admin = self.platform_admin(user);
        self.edit.demand_grant(platform_admin)?;
        self.open_account(user)?;
        self.edit.grant(platform_admin)
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
    /// Demands `platform.manage` on the platform, and the sight of users wherever a group is public.
    ///
    /// # Errors
    ///
    /// A [`Problem`] that marks the edit.
    pub fn name_platform_coach(&mut self, user: User) -> Result<(), Problem> {
        self.manage_platform()?;
        let platform_coach = self.platform_coach(user);
        self.edit.demand_grant(platform_coach)?;
        self.edit.grant(platform_coach)
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
        for former in known(self.edit, |edit| edit.carriers(label))? {
            self.edit.remove_label(former, label)?;
        }
        self.edit.add_label(user, label)
    }

    /// Switches to a plan with reviewers.
    ///
    /// Demands `platform.manage` on the platform.
    ///
    /// # Errors
    ///
    /// A [`Problem`] that marks the edit; so where no platform is founded.
    pub fn include_reviews(&mut self) -> Result<(), Problem> {
        self.manage_platform()?;
        let root = self.root()?;
        self.edit.add_label(root, self.words.reviews)
    }

    /// Switches to a plan without reviewers. Those who are assigned stay; no more can be.
    ///
    /// Demands `platform.manage` on the platform.
    ///
    /// # Errors
    ///
    /// A [`Problem`] that marks the edit; so where no platform is founded.
    pub fn exclude_reviews(&mut self) -> Result<(), Problem> {
        self.manage_platform()?;
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
    /// Makes a user the manager of several others at once; all of them must be active accounts (S3-26).
    ///
    /// Demands `user.manage` on the manager and on each managee: it is an admin of both who says who monitors whom.
    ///
    /// # Errors
    ///
    /// A [`Problem`] that marks the edit: of kind [`ProblemKind::NotActive`] for a managee whose account is not active. One who is blocked
    /// altogether is refused when the edit is committed.
    pub fn appoint_manager(&mut self, manager: User, managees: &[User]) -> Result<(), Problem> {
        self.demand_person(manager)?;
        for managee in managees {
            self.demand_person(*managee)?;
            let (labels, name) = known(self.edit, |edit| {
                Ok((edit.labels(*managee)?, edit.thing_name(*managee)?))
            })?;
            if !labels.contains(&self.words.active) {
                let why = format!("{name} is no active account");
                return Err(refuse(self.edit, ProblemKind::NotActive, why));
            }
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
