//! Admins and instructors of an organization, who teaches, who issues, and the IDs of agencies.

use crate::presets::instructors::{CanManageSessions, InstructorsEdit};
use crate::presets::{allows_of, known};
use crate::{Grant, Group, Place, Problem, ProblemKind, Resource, Role, Scope, Target, User};

/// Admins and instructors.
impl InstructorsEdit<'_, '_> {
    /// Makes a user an admin of an organization. It takes an admin.
    ///
    /// # Errors
    ///
    /// A [`Problem`], which marks the edit.
    pub fn add_admin(&mut self, user: User, organization: Group) -> Result<(), Problem> {
        self.demand_admin(organization)?;
        self.edit.grant(at(self.words.admin, user, organization))
    }

    /// Ends a user's work as an admin of an organization. It takes an admin.
    ///
    /// # Errors
    ///
    /// A [`Problem`], which marks the edit.
    pub fn remove_admin(&mut self, user: User, organization: Group) -> Result<(), Problem> {
        self.demand_admin(organization)?;
        self.edit.revoke(at(self.words.admin, user, organization))
    }

    /// Makes a user an instructor of an organization. It takes an admin.
    ///
    /// Someone who is one already only gets the setting. Someone who was revoked starts from nothing: the block goes, and with it all that
    /// they held under the organization by the roles of this preset.
    ///
    /// # Errors
    ///
    /// A [`Problem`], which marks the edit.
    pub fn invite_instructor(
        &mut self,
        user: User,
        organization: Group,
        can_manage: CanManageSessions,
    ) -> Result<(), Problem> {
        self.demand_admin(organization)?;
        if self.is_revoked(user, organization)? {
            self.drop_all(user, organization)?;
            self.edit.revoke(block(user, organization))?;
        }
        let oneself = Grant::role(self.words.oneself);
        self.edit.grant(oneself.to(user).on(Scope::Oneself))?;
        self.record_setting(user, organization, can_manage)
    }

    /// Sets whether an instructor of an organization can manage sessions. It takes an admin.
    ///
    /// # Errors
    ///
    /// A [`Problem`], which marks the edit: of kind [`ProblemKind::MissingRole`] for a user who is no instructor of the organization, of kind
    /// [`ProblemKind::NotActive`] for one who was revoked.
    pub fn set_can_manage_sessions(
        &mut self,
        user: User,
        organization: Group,
        can_manage: CanManageSessions,
    ) -> Result<(), Problem> {
        self.demand_admin(organization)?;
        self.demand_instructor(user, &[organization.into()])?;
        self.record_setting(user, organization, can_manage)
    }

    /// Removes an instructor from an organization: everything under it ends at once, the history stays. It takes an admin.
    ///
    /// # Errors
    ///
    /// A [`Problem`], which marks the edit.
    pub fn revoke_instructor(&mut self, user: User, organization: Group) -> Result<(), Problem> {
        self.demand_admin(organization)?;
        self.edit.grant(block(user, organization))
    }

    /// Makes an instructor of its organization the teacher of a session. It takes `session.manage`.
    ///
    /// # Errors
    ///
    /// A [`Problem`], which marks the edit: as [`set_can_manage_sessions`](Self::set_can_manage_sessions) for who is no instructor there.
    pub fn assign_teacher(&mut self, user: User, session: Resource) -> Result<(), Problem> {
        self.edit.demand(self.words.manage_session, session)?;
        self.give_instructor(self.words.teacher, user, session)
    }

    /// Takes a session from its teacher. It takes `session.manage`.
    ///
    /// # Errors
    ///
    /// A [`Problem`], which marks the edit.
    pub fn unassign_teacher(&mut self, user: User, session: Resource) -> Result<(), Problem> {
        self.edit.demand(self.words.manage_session, session)?;
        self.edit.revoke(at(self.words.teacher, user, session))
    }

    /// Makes an instructor of its organization an issuer of a card bank. It takes an admin of the organization.
    ///
    /// # Errors
    ///
    /// A [`Problem`], which marks the edit: as [`set_can_manage_sessions`](Self::set_can_manage_sessions) for who is no instructor there.
    pub fn add_issuer(&mut self, user: User, bank: Resource) -> Result<(), Problem> {
        self.demand_admin(bank)?;
        self.give_instructor(self.words.issuer, user, bank)
    }

    /// Takes an issuer from a card bank. It takes an admin of the bank's organization.
    ///
    /// # Errors
    ///
    /// A [`Problem`], which marks the edit.
    pub fn remove_issuer(&mut self, user: User, bank: Resource) -> Result<(), Problem> {
        self.demand_admin(bank)?;
        self.edit.revoke(at(self.words.issuer, user, bank))
    }

    /// Records that a user has an ID of an agency. It takes `profile.edit`, which instructors have for their own.
    ///
    /// # Errors
    ///
    /// A [`Problem`], which marks the edit.
    pub fn record_agency_id(&mut self, user: User, agency: Resource) -> Result<(), Problem> {
        self.edit.demand(self.words.edit_profile, user)?;
        self.edit.grant(self.agency_id(user, agency))
    }

    /// Takes an ID of an agency off the file. It takes `profile.edit`.
    ///
    /// # Errors
    ///
    /// A [`Problem`], which marks the edit.
    pub fn remove_agency_id(&mut self, user: User, agency: Resource) -> Result<(), Problem> {
        self.edit.demand(self.words.edit_profile, user)?;
        self.edit.revoke(self.agency_id(user, agency))
    }

    pub(super) fn demand_admin(&mut self, at: impl Into<Place>) -> Result<(), Problem> {
        let manage = self.words.manage_organization;
        self.edit.demand(manage, Target::from(at.into()))
    }

    fn agency_id(&self, user: User, agency: Resource) -> Grant {
        let id = Grant::permission(self.words.agency_id);
        id.to(user).on(Scope::this(agency))
    }

    /// Gives a role at something that belongs to an organization to an instructor of that organization.
    fn give_instructor(&mut self, role: Role, user: User, on: Resource) -> Result<(), Problem> {
        let places = known(self.edit, |edit| edit.placements(on))?;
        self.demand_instructor(user, &places)?;
        self.edit.grant(at(role, user, on))
    }

    fn is_revoked(&mut self, user: User, organization: Group) -> Result<bool, Problem> {
        let grants = known(self.edit, |edit| edit.grants_to(user))?;
        Ok(grants.contains(&block(user, organization)))
    }

    /// Demands that the user is an instructor of one of the organizations among the places, and was not revoked there.
    fn demand_instructor(&mut self, user: User, places: &[Place]) -> Result<(), Problem> {
        let held = allows_of(self.edit, user, &[self.words.instructor])?;
        let mut revoked = false;
        for place in places {
            let Place::Group(organization) = *place else {
                continue;
            };
            let is_instructor = held
                .iter()
                .any(|grant| grant.scope() == Scope::this(organization));
            let is_revoked = self.is_revoked(user, organization)?;
            if is_instructor && !is_revoked {
                return Ok(());
            }
            revoked |= is_revoked;
        }
        Err(if revoked {
            self.refuse(
                ProblemKind::NotActive,
                "the instructor was revoked: invite them again",
            )
        } else {
            self.refuse(
                ProblemKind::MissingRole,
                "the user is no instructor of the organization",
            )
        })
    }

    /// One of the two settings is recorded, never both; with `No`, nothing stays that contains managing sessions.
    fn record_setting(
        &mut self,
        user: User,
        organization: Group,
        can_manage: CanManageSessions,
    ) -> Result<(), Problem> {
        let words = self.words;
        let contrary = match can_manage {
            CanManageSessions::No => allows_of(self.edit, user, &[words.session_manager])?,
            CanManageSessions::Yes => vec![at(words.instructor, user, organization)],
        };
        for grant in contrary {
            if grant.scope() == Scope::this(organization) {
                self.edit.revoke(grant)?;
            }
        }
        let setting = words.setting(can_manage);
        self.edit.grant(at(setting, user, organization))
    }

    /// Takes back every allow of this preset's roles to the user at the organization and at what is under it.
    fn drop_all(&mut self, user: User, organization: Group) -> Result<(), Problem> {
        let words = self.words;
        let roles = [words.instructor, words.teacher, words.issuer, words.admin];
        for grant in allows_of(self.edit, user, &roles)? {
            let place = match grant.scope() {
                Scope::This(place) => place,
                Scope::Underlying(group) => Place::Group(group),
                _ => continue,
            };
            if self.is_under(place, organization)? {
                self.edit.revoke(grant)?;
            }
        }
        Ok(())
    }
}

/// A role of one user at one place.
fn at(role: Role, user: User, place: impl Into<Place>) -> Grant {
    Grant::role(role).to(user).on(Scope::this(place))
}

/// What revocation records: nothing works for the user under the organization.
fn block(user: User, organization: Group) -> Grant {
    Grant::deny_everything()
        .to(user)
        .on(Scope::underlying(organization))
}
