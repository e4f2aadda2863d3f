//! Courses, locations and card banks; sessions with their documents, rosters and records; and the certifications.

use crate::presets::instructors::InstructorsEdit;
use crate::presets::{demand_kind, demand_unguarded, is_under, known};
use crate::{Group, Problem, ProblemKind, Resource};

/// What an organization has.
impl InstructorsEdit<'_, '_> {
    /// Adds an organization.
    ///
    /// It takes an unguarded edit: who may found one, the service decides.
    ///
    /// # Errors
    ///
    /// A [`Problem`], which marks the edit; so for every operation. Whoever acts is refused.
    pub fn add_organization(&mut self, name: &str) -> Result<Group, Problem> {
        demand_unguarded(self.edit, "found an organization")?;
        let group = self.edit.add_group(name)?;
        self.open_organization(group)?;
        Ok(group)
    }

    /// Makes a group that is already there an organization.
    ///
    /// It takes an unguarded edit.
    ///
    /// # Errors
    ///
    /// A [`Problem`], which marks the edit. Whoever acts is refused.
    pub fn open_organization(&mut self, group: Group) -> Result<(), Problem> {
        demand_unguarded(self.edit, "found an organization")?;
        self.edit.add_label(group, self.words.organization)
    }

    /// Adds a course to an organization.
    ///
    /// Demands `course.create` on the organization.
    ///
    /// # Errors
    ///
    /// A [`Problem`], which marks the edit.
    pub fn add_course(&mut self, organization: Group, name: &str) -> Result<Resource, Problem> {
        self.demand_organization(organization)?;
        self.edit.demand(self.words.course_create, organization)?;
        self.add(self.words.course, name, organization)
    }

    /// Adds a location to an organization.
    ///
    /// Demands `location.create` on the organization.
    ///
    /// # Errors
    ///
    /// A [`Problem`], which marks the edit.
    pub fn add_location(&mut self, organization: Group, name: &str) -> Result<Resource, Problem> {
        self.demand_organization(organization)?;
        self.edit.demand(self.words.location_create, organization)?;
        self.add(self.words.location, name, organization)
    }

    /// Adds an agency.
    ///
    /// It takes an unguarded edit: who may, the service decides.
    ///
    /// # Errors
    ///
    /// A [`Problem`], which marks the edit. Whoever acts is refused.
    pub fn add_agency(&mut self, name: &str) -> Result<Resource, Problem> {
        demand_unguarded(self.edit, "add an agency")?;
        self.edit.add_resource(self.words.agency, name)
    }

    /// Adds a card bank with the cards of one agency to an organization.
    ///
    /// Demands `organization.manage` on the organization. Agencies are nobody's, and whoever runs an organization may have their cards.
    ///
    /// # Errors
    ///
    /// A [`Problem`], which marks the edit.
    pub fn add_bank(
        &mut self,
        agency: Resource,
        organization: Group,
        name: &str,
    ) -> Result<Resource, Problem> {
        demand_kind(self.edit, agency, &[self.words.agency])?;
        self.demand_organization(organization)?;
        self.demand_admin(organization)?;
        let bank = self.add(self.words.bank, name, organization)?;
        self.edit.place(bank, agency)?;
        Ok(bank)
    }
}

/// Sessions.
impl InstructorsEdit<'_, '_> {
    /// Creates a session for a course of an organization, with the card banks that it certifies from.
    ///
    /// Demands `session.schedule` on the organization, which has to have the course and the banks.
    ///
    /// # Errors
    ///
    /// A [`Problem`], which marks the edit: of kind [`ProblemKind::WrongState`] when the organization does not have the course or a bank.
    pub fn create_session(
        &mut self,
        course: Resource,
        banks: &[Resource],
        organization: Group,
        name: &str,
    ) -> Result<Resource, Problem> {
        demand_kind(self.edit, course, &[self.words.course])?;
        for bank in banks {
            demand_kind(self.edit, *bank, &[self.words.bank])?;
        }
        self.demand_organization(organization)?;
        self.edit
            .demand(self.words.session_schedule, organization)?;
        for thing in banks.iter().chain([&course]) {
            let places = known(self.edit, |edit| edit.placements(*thing))?;
            if !places.contains(&organization.into()) {
                return Err(self.refuse(
                    ProblemKind::WrongState,
                    "the organization has no such course or card bank",
                ));
            }
        }
        // Not in the course: what two organizations share would carry the rights of one into the sessions of the other.
        let session = self.add(self.words.session, name, organization)?;
        for bank in banks {
            self.edit.place(session, *bank)?;
        }
        Ok(session)
    }

    /// Deletes a session. What is placed in it stays, out of reach of whoever taught it.
    ///
    /// Demands `session.manage` on the session.
    ///
    /// # Errors
    ///
    /// A [`Problem`], which marks the edit.
    pub fn delete_session(&mut self, session: Resource) -> Result<(), Problem> {
        demand_kind(self.edit, session, &[self.words.session])?;
        self.edit.demand(self.words.session_manage, session)?;
        self.edit.remove(session)
    }

    /// Adds a document to a session.
    ///
    /// Demands `document.upload` on the session.
    ///
    /// # Errors
    ///
    /// A [`Problem`], which marks the edit.
    pub fn upload_document(&mut self, session: Resource, name: &str) -> Result<Resource, Problem> {
        demand_kind(self.edit, session, &[self.words.session])?;
        self.edit.demand(self.words.document_upload, session)?;
        self.add(self.words.document, name, session)
    }

    /// Adds a roster to a session.
    ///
    /// Demands `roster.submit` on the session.
    ///
    /// # Errors
    ///
    /// A [`Problem`], which marks the edit.
    pub fn submit_roster(&mut self, session: Resource, name: &str) -> Result<Resource, Problem> {
        demand_kind(self.edit, session, &[self.words.session])?;
        self.edit.demand(self.words.roster_submit, session)?;
        self.add(self.words.roster, name, session)
    }

    /// Deletes a roster.
    ///
    /// Demands `roster.manage` on the roster.
    ///
    /// # Errors
    ///
    /// A [`Problem`], which marks the edit.
    pub fn delete_roster(&mut self, roster: Resource) -> Result<(), Problem> {
        demand_kind(self.edit, roster, &[self.words.roster])?;
        self.edit.demand(self.words.roster_manage, roster)?;
        self.edit.remove(roster)
    }

    /// Adds the records of a session.
    ///
    /// Demands `record.submit` on the session.
    ///
    /// # Errors
    ///
    /// A [`Problem`], which marks the edit.
    pub fn submit_record(&mut self, session: Resource, name: &str) -> Result<Resource, Problem> {
        demand_kind(self.edit, session, &[self.words.session])?;
        self.edit.demand(self.words.record_submit, session)?;
        self.add(self.words.record, name, session)
    }

    /// Marks a roster as reviewed.
    ///
    /// Demands `roster.review` on the roster, which admins have.
    ///
    /// # Errors
    ///
    /// A [`Problem`], which marks the edit.
    pub fn review_roster(&mut self, roster: Resource) -> Result<(), Problem> {
        demand_kind(self.edit, roster, &[self.words.roster])?;
        self.edit.demand(self.words.roster_review, roster)?;
        self.edit.add_label(roster, self.words.reviewed)
    }

    /// Issues certifications for a session, or for one of its rosters, from a card bank, and marks it as certified.
    ///
    /// Demands `certification.issue` on the two.
    ///
    /// # Errors
    ///
    /// A [`Problem`], which marks the edit: of kind [`ProblemKind::WrongState`] when the session does not certify from the bank.
    pub fn issue_certifications(
        &mut self,
        session: Resource,
        bank: Resource,
    ) -> Result<(), Problem> {
        let words = self.words;
        demand_kind(self.edit, session, &[words.session, words.roster])?;
        demand_kind(self.edit, bank, &[words.bank])?;
        let issue = words.certification_issue;
        self.edit.demand(issue, (session, bank))?;
        if !is_under(self.edit, session, bank)? {
            return Err(self.refuse(
                ProblemKind::WrongState,
                "the session does not certify from this card bank",
            ));
        }
        self.edit.add_label(session, self.words.certified)
    }
}
