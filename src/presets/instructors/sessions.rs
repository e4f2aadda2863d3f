//! Courses, locations and card banks; sessions with their documents, rosters and records; and the certifications.

use crate::presets::instructors::InstructorsEdit;
use crate::presets::known;
use crate::{Group, Place, Problem, ProblemKind, Resource};

/// What an organization has.
impl InstructorsEdit<'_, '_> {
    /// Adds an organization. Who may, the service decides.
    ///
    /// # Errors
    ///
    /// A [`Problem`], which marks the edit; so for every operation.
    pub fn add_organization(&mut self, name: &str) -> Result<Group, Problem> {
        self.edit.add_group(name)
    }

    /// Adds a course to an organization. It takes `course.create`.
    ///
    /// # Errors
    ///
    /// A [`Problem`], which marks the edit.
    pub fn add_course(&mut self, organization: Group, name: &str) -> Result<Resource, Problem> {
        self.edit.demand(self.words.create_course, organization)?;
        self.add(self.words.course, name, organization)
    }

    /// Adds a location to an organization. It takes `location.create`.
    ///
    /// # Errors
    ///
    /// A [`Problem`], which marks the edit.
    pub fn add_location(&mut self, organization: Group, name: &str) -> Result<Resource, Problem> {
        self.edit.demand(self.words.create_location, organization)?;
        self.add(self.words.location, name, organization)
    }

    /// Adds an agency. Who may, the service decides.
    ///
    /// # Errors
    ///
    /// A [`Problem`], which marks the edit.
    pub fn add_agency(&mut self, name: &str) -> Result<Resource, Problem> {
        self.edit.add_resource(self.words.agency, name)
    }

    /// Adds a card bank to an organization, with the cards of one agency. It takes an admin.
    ///
    /// # Errors
    ///
    /// A [`Problem`], which marks the edit.
    pub fn add_bank(
        &mut self,
        organization: Group,
        agency: Resource,
        name: &str,
    ) -> Result<Resource, Problem> {
        self.demand_admin(organization)?;
        let bank = self.add(self.words.bank, name, organization)?;
        self.edit.place(bank, agency)?;
        Ok(bank)
    }
}

/// Sessions.
impl InstructorsEdit<'_, '_> {
    /// Creates a session for a course of an organization, with the card banks that it certifies from. It takes `session.schedule` at the
    /// organization.
    ///
    /// # Errors
    ///
    /// A [`Problem`], which marks the edit: of kind [`ProblemKind::WrongState`] when the organization does not have the course or a bank.
    pub fn create_session(
        &mut self,
        organization: Group,
        course: Resource,
        banks: &[Resource],
        name: &str,
    ) -> Result<Resource, Problem> {
        self.edit
            .demand(self.words.schedule_session, organization)?;
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

    /// Deletes a session. What is placed in it stays, out of reach of whoever taught it. It takes `session.manage`.
    ///
    /// # Errors
    ///
    /// A [`Problem`], which marks the edit.
    pub fn delete_session(&mut self, session: Resource) -> Result<(), Problem> {
        self.edit.demand(self.words.manage_session, session)?;
        self.edit.remove(session)
    }

    /// Adds a document to a session. It takes `document.upload`.
    ///
    /// # Errors
    ///
    /// A [`Problem`], which marks the edit.
    pub fn upload_document(&mut self, session: Resource, name: &str) -> Result<Resource, Problem> {
        self.edit.demand(self.words.upload_document, session)?;
        self.add(self.words.document, name, session)
    }

    /// Adds a roster to a session. It takes `roster.submit`.
    ///
    /// # Errors
    ///
    /// A [`Problem`], which marks the edit.
    pub fn submit_roster(&mut self, session: Resource, name: &str) -> Result<Resource, Problem> {
        self.edit.demand(self.words.submit_roster, session)?;
        self.add(self.words.roster, name, session)
    }

    /// Deletes a roster. It takes `roster.manage`.
    ///
    /// # Errors
    ///
    /// A [`Problem`], which marks the edit.
    pub fn delete_roster(&mut self, roster: Resource) -> Result<(), Problem> {
        self.edit.demand(self.words.manage_roster, roster)?;
        self.edit.remove(roster)
    }

    /// Adds the records of a session. It takes `record.submit`.
    ///
    /// # Errors
    ///
    /// A [`Problem`], which marks the edit.
    pub fn submit_record(&mut self, session: Resource, name: &str) -> Result<Resource, Problem> {
        self.edit.demand(self.words.submit_record, session)?;
        self.add(self.words.record, name, session)
    }

    /// Marks a roster as reviewed. It takes `roster.review`, which admins have.
    ///
    /// # Errors
    ///
    /// A [`Problem`], which marks the edit.
    pub fn review_roster(&mut self, roster: Resource) -> Result<(), Problem> {
        self.edit.demand(self.words.review_roster, roster)?;
        self.edit.add_label(roster, self.words.reviewed)
    }

    /// Issues certifications for a session, or for one of its rosters, from a card bank, and marks it as certified. It takes
    /// `certification.issue` for the two.
    ///
    /// # Errors
    ///
    /// A [`Problem`], which marks the edit: of kind [`ProblemKind::WrongState`] when the session does not certify from the bank.
    pub fn issue_certifications(
        &mut self,
        session: Resource,
        bank: Resource,
    ) -> Result<(), Problem> {
        let issue = self.words.issue_certification;
        self.edit.demand(issue, (session, bank))?;
        if !self.is_under(session, bank)? {
            return Err(self.refuse(
                ProblemKind::WrongState,
                "the session does not certify from this card bank",
            ));
        }
        self.edit.add_label(session, self.words.certified)
    }

    /// Whether the place is the other one, or lies under it.
    pub(super) fn is_under(
        &mut self,
        place: impl Into<Place>,
        other: impl Into<Place>,
    ) -> Result<bool, Problem> {
        let (place, other) = (place.into(), other.into());
        let (mut seen, mut open) = (vec![place], vec![place]);
        while let Some(place) = open.pop() {
            if place == other {
                return Ok(true);
            }
            let above: Vec<Place> = known(self.edit, |edit| match place {
                Place::Resource(resource) => edit.placements(resource),
                Place::Group(group) => {
                    let parents = edit.parents(group);
                    parents.map(|all| all.into_iter().map(Place::Group).collect())
                }
                Place::User(_) => Ok(Vec::new()),
            })?;
            for place in above {
                if !seen.contains(&place) {
                    seen.push(place);
                    open.push(place);
                }
            }
        }
        Ok(false)
    }
}
