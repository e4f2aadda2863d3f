//! Admins and instructors of an organization, who teaches, who issues, and the IDs of agencies.

use crate::presets::instructors::{CanManageSessions, InstructorsEdit};
use crate::presets::{allows_of, demand_kind, is_under, known};
use crate::{Grant, Group, Place, Problem, ProblemKind, Resource, Role, Scope, Target, User};

/// Admins and instructors.
impl InstructorsEdit<'_, '_> {
    /// Makes a user an admin of an organization.
    ///
    /// Demands `organization.manage` and all else that an admin has, on the organization. The first one is made in an unguarded edit.
    ///
    /// # Errors
    ///
    /// A [`Problem`], which marks the edit.
    pub fn add_admin(&mut self, user: User, organization: Group) -> Result<(), Problem> {
        self.demand_organization(organization)?;
        self.demand_admin(organization)?;
        let admin = at(self.words.admin, user, organization);
        self.edit.demand_grant(admin)?;
        self.edit.grant(admin)
    }

    /// Ends a user's work as an admin of an organization.
    ///
    /// Demands `organization.manage` on the organization.
    ///
    /// # Errors
    ///
    /// A [`Problem`], which marks the edit.
    pub fn remove_admin(&mut self, user: User, organization: Group) -> Result<(), Problem> {
        self.demand_admin(organization)?;
        self.edit.revoke(at(self.words.admin, user, organization))
    }

    /// Makes a user an instructor of an organization.
    ///
    /// Someone who is one already only gets the setting. Someone who was revoked starts from nothing: the block goes, and with it all that
    /// they held under the organization by the roles of this preset.
    ///
    /// Demands `organization.manage` on the organization. Nobody gets a right over the user by it.
    ///
    /// # Errors
    ///
    /// A [`Problem`], which marks the edit: of kind [`ProblemKind::NotActive`] for a user whom something else than a revocation blocks under
    /// the organization, which an invitation does not lift.
    pub fn invite_instructor(
        &mut self,
        user: User,
        can_manage: CanManageSessions,
        organization: Group,
    ) -> Result<(), Problem> {
        self.demand_organization(organization)?;
        self.demand_admin(organization)?;
        let grants = known(self.edit, |edit| edit.grants_to(user))?;
        if self.is_revoked(&grants, user, organization) {
            self.drop_all(user, organization)?;
            for deny in self.revocation(user, organization) {
                self.edit.revoke(deny)?;
            }
        } else if grants.contains(&block(user, organization)) {
            return Err(self.refuse(ProblemKind::NotActive, BLOCKED));
        }
        let oneself = Grant::role(self.words.oneself);
        self.edit.grant(oneself.to(user).on(Scope::Oneself))?;
        self.record_setting(user, organization, can_manage)
    }

    /// Sets whether an instructor of an organization can manage sessions.
    ///
    /// Demands `organization.manage` on the organization.
    ///
    /// # Errors
    ///
    /// A [`Problem`], which marks the edit: of kind [`ProblemKind::MissingRole`] for a user who is no instructor of the organization, of kind
    /// [`ProblemKind::NotActive`] for one who was revoked.
    pub fn set_can_manage_sessions(
        &mut self,
        user: User,
        can_manage: CanManageSessions,
        organization: Group,
    ) -> Result<(), Problem> {
        self.demand_organization(organization)?;
        self.demand_admin(organization)?;
        self.demand_instructor(user, &[organization.into()])?;
        self.record_setting(user, organization, can_manage)
    }

    /// Removes an instructor from an organization: everything under it ends at once, the history stays.
    ///
    /// What is recorded is a deny of everything under the organization, and beside it one of the role of an instructor, by which an
    /// invitation knows later that the block is a revocation.
    ///
    /// Demands `organization.manage` on the organization.
    ///
    /// # Errors
    ///
    /// A [`Problem`], which marks the edit: as [`set_can_manage_sessions`](Self::set_can_manage_sessions) for who is no instructor there, or
    /// whom something else blocks under the organization. Who was revoked is so already.
    pub fn revoke_instructor(&mut self, user: User, organization: Group) -> Result<(), Problem> {
        self.demand_organization(organization)?;
        self.demand_admin(organization)?;
        let grants = known(self.edit, |edit| edit.grants_to(user))?;
        if !self.is_revoked(&grants, user, organization) {
            self.demand_instructor(user, &[organization.into()])?;
        }
        let revocation = self.revocation(user, organization);
        self.edit.grant_all(revocation)
    }

    /// Makes an instructor of its organization the teacher of a session.
    ///
    /// Demands `session.manage` on the session.
    ///
    /// # Errors
    ///
    /// A [`Problem`], which marks the edit: as [`set_can_manage_sessions`](Self::set_can_manage_sessions) for who is no instructor there.
    pub fn assign_teacher(&mut self, user: User, session: Resource) -> Result<(), Problem> {
        demand_kind(self.edit, session, &[self.words.session])?;
        self.edit.demand(self.words.session_manage, session)?;
        self.give_instructor(self.words.teacher, user, session)
    }

    /// Takes a session from its teacher.
    ///
    /// Demands `session.manage` on the session.
    ///
    /// # Errors
    ///
    /// A [`Problem`], which marks the edit.
    pub fn unassign_teacher(&mut self, user: User, session: Resource) -> Result<(), Problem> {
        demand_kind(self.edit, session, &[self.words.session])?;
        self.edit.demand(self.words.session_manage, session)?;
        self.edit.revoke(at(self.words.teacher, user, session))
    }

    /// Makes an instructor of its organization an issuer of a card bank.
    ///
    /// Demands `organization.manage` on the bank.
    ///
    /// # Errors
    ///
    /// A [`Problem`], which marks the edit: as [`set_can_manage_sessions`](Self::set_can_manage_sessions) for who is no instructor there.
    pub fn add_issuer(&mut self, user: User, bank: Resource) -> Result<(), Problem> {
        demand_kind(self.edit, bank, &[self.words.bank])?;
        self.demand_admin(bank)?;
        self.give_instructor(self.words.issuer, user, bank)
    }

    /// Takes an issuer from a card bank.
    ///
    /// Demands `organization.manage` on the bank.
    ///
    /// # Errors
    ///
    /// A [`Problem`], which marks the edit.
    pub fn remove_issuer(&mut self, user: User, bank: Resource) -> Result<(), Problem> {
        demand_kind(self.edit, bank, &[self.words.bank])?;
        self.demand_admin(bank)?;
        self.edit.revoke(at(self.words.issuer, user, bank))
    }

    /// Records that a user has an ID of an agency.
    ///
    /// Demands `profile.edit` on the user, which instructors have for their own.
    ///
    /// # Errors
    ///
    /// A [`Problem`], which marks the edit.
    pub fn record_agency_id(&mut self, user: User, agency: Resource) -> Result<(), Problem> {
        demand_kind(self.edit, agency, &[self.words.agency])?;
        self.edit.demand(self.words.profile_edit, user)?;
        self.edit.grant(self.agency_id(user, agency))
    }

    /// Takes an ID of an agency off the file.
    ///
    /// Demands `profile.edit` on the user.
    ///
    /// # Errors
    ///
    /// A [`Problem`], which marks the edit.
    pub fn remove_agency_id(&mut self, user: User, agency: Resource) -> Result<(), Problem> {
        demand_kind(self.edit, agency, &[self.words.agency])?;
        self.edit.demand(self.words.profile_edit, user)?;
        self.edit.revoke(self.agency_id(user, agency))
    }

    pub(super) fn demand_admin(&mut self, at: impl Into<Place>) -> Result<(), Problem> {
        let manage = self.words.organization_manage;
        self.edit.demand(manage, Target::from(at.into()))
    }

    /// Refuses a group that is no organization: it may be another system's.
    pub(super) fn demand_organization(&mut self, group: Group) -> Result<(), Problem> {
        let label = self.words.organization;
        if known(self.edit, |edit| edit.labels(group))?.contains(&label) {
            return Ok(());
        }
        let name = known(self.edit, |edit| edit.thing_name(group))?;
        let why = format!("{name} is no organization");
        Err(self.refuse(ProblemKind::WrongState, &why))
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

    /// What a revocation records.
    fn revocation(&self, user: User, organization: Group) -> [Grant; 2] {
        let instructor = Grant::deny(self.words.instructor).to(user);
        let own = instructor.on(Scope::underlying(organization));
        [block(user, organization), own]
    }

    /// Whether all of a revocation is among the grants. A deny of everything alone is another's.
    fn is_revoked(&self, grants: &[Grant], user: User, organization: Group) -> bool {
        let revocation = self.revocation(user, organization);
        revocation.iter().all(|deny| grants.contains(deny))
    }

    /// Demands that the user is an instructor of one of the organizations among the places, and was not revoked there.
    fn demand_instructor(&mut self, user: User, places: &[Place]) -> Result<(), Problem> {
        let held = allows_of(self.edit, user, &[self.words.instructor])?;
        let grants = known(self.edit, |edit| edit.grants_to(user))?;
        let (mut revoked, mut blocked) = (false, false);
        for place in places {
            let Place::Group(organization) = *place else {
                continue;
            };
            let is_instructor = held
                .iter()
                .any(|grant| grant.scope() == Scope::this(organization));
            let is_blocked = grants.contains(&block(user, organization));
            if is_instructor && !is_blocked {
                return Ok(());
            }
            revoked |= self.is_revoked(&grants, user, organization);
            blocked |= is_blocked;
        }
        Err(if blocked && !revoked {
            self.refuse(ProblemKind::NotActive, BLOCKED)
        } else if revoked {
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
            if is_under(self.edit, place, organization)? {
                self.edit.revoke(grant)?;
            }
        }
        Ok(())
    }
}

/// Why an invitation does not bring somebody back.
const BLOCKED: &str =
    "the user is blocked under the organization, by something else than a revocation";

/// A role of one user at one place.
fn at(role: Role, user: User, place: impl Into<Place>) -> Grant {
    Grant::role(role).to(user).on(Scope::this(place))
}

/// Nothing works for the user under the organization.
fn block(user: User, organization: Group) -> Grant {
    Grant::deny_everything()
        .to(user)
        .on(Scope::underlying(organization))
}
