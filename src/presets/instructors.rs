//! Instructors of training organizations: who teaches, who manages sessions, and who issues certifications from which card bank.
//!
//! An **organization** is a group. Its admins invite **instructors** and say of each whether they *can manage sessions*. A **session** is
//! placed in the organization and in the **card bank** it certifies from; a bank is placed in the organization and in the **agency** whose
//! cards it holds. Who teaches a session submits its **roster**. Who is, besides, an *issuer* of the session's bank and has an ID of its
//! agency on file issues the certifications; otherwise an admin reviews the roster and issues them.
//!
//! # Who may do what
//!
//! | who | may | rules |
//! |---|---|---|
//! | an instructor of the organization | `session.teach` and `roster.submit` in the sessions they are assigned to | S2-02, S2-03 |
//! | ... who can manage sessions | `session.schedule` at the organization and for its courses; `session.manage`, `document.upload`, `roster.manage`, `roster.submit`, `record.submit` in all its sessions | S2-04, S2-15, A-15 |
//! | ... who teaches the session, is an issuer of its card bank, and has the agency's ID on file | `certification.issue` for the session | S2-07 to S2-12, A-14 |
//! | an admin of the organization | all of this without being an issuer and without an ID, `roster.review`, `course.create`, `location.create`, and `organization.manage`: invitations, the setting, issuers, revocation | S2-05, S2-10, S2-14, A-13 |
//! | everyone who was invited | `profile.edit` of their own: their agency IDs | S2-12 |
//!
//! Managing sessions and issuing are independent (S2-07): all four combinations exist. All of it is per organization (S2-16): one person
//! can be an instructor of several, and their rights in one reach nothing in another. Of an agency only IDs are recorded, and they are the
//! person's: a bank of another organization that holds cards of the same agency asks for the same ID.
//!
//! What is asked about sessions can be asked about what is placed in one. A session that certifies from several banks has a roster for each:
//! place the roster, not the session, in its bank, and ask `certification.issue` of the roster. A course, a session and a bank each belong
//! to one organization; where two teach the same subject, it is a course in each.
//!
//! # Readings
//!
//! * **A-13**: an admin needs neither an issuer's entry nor an ID. The example of [the presets](crate::presets#to-change-something) asks
//!   admins for the ID as well.
//! * **A-14**: the ID is the one of the bank's agency; an ID of another agency proves nothing.
//! * **A-15**: who can manage sessions manages those of the whole organization. For the narrower reading leave the setting at `No` and grant
//!   [`Instructors::session_manager`] on the single sessions.
//! * **A-16**: revoking denies everything under the organization, at once and whatever else is recorded; the refusals say *not active* and
//!   the history stays. Inviting again lifts this and drops what was held there, so that the person starts from nothing.
//!
//! # Example
//!
//! ```
//! use rolecall::presets::instructors::{self, CanManageSessions, Instructors};
//! use rolecall::{Catalog, Policy, ReasonKind};
//!
//! let catalog = Catalog::builder().include("training.", &instructors::catalog()?).build()?;
//! let words = Instructors::of(&catalog, "training.")?;
//! let mut policy = Policy::new(catalog);
//!
//! let mut edit = policy.edit();
//! let (ada, ben) = (edit.add_user("ada")?, edit.add_user("ben")?);
//! let mut training = words.on(&mut edit);
//! let north = training.add_organization("north")?;
//! training.add_admin(ada, north)?;
//! let red_heart = training.add_agency("red heart")?;
//! let cards = training.add_bank(north, red_heart, "first aid cards")?;
//! let first_aid = training.add_course(north, "first aid")?;
//! let monday = training.create_session(north, first_aid, Some(cards), "first aid on monday")?;
//! training.invite_instructor(ben, north, CanManageSessions::No)?;
//! training.assign_teacher(ben, monday)?;
//! training.add_issuer(ben, cards)?;
//! edit.commit()?;
//!
//! let now = policy.snapshot();
//! assert!(now.can(ben, words.submit_roster, monday));
//! assert!(!now.can(ben, words.schedule_session, first_aid));
//! let why = now.explain(ben, words.issue_certification, monday)?;
//! assert_eq!(why.kind(), Some(ReasonKind::MissingFact), "no ID of the agency is on file");
//!
//! // Ben records it himself.
//! let mut edit = policy.edit();
//! edit.acting(ben)?;
//! words.on(&mut edit).record_agency_id(ben, red_heart)?;
//! edit.commit()?;
//! assert!(policy.snapshot().can(ben, words.issue_certification, monday));
//!
//! // Revoked, he can do nothing there any more. Only admins may revoke.
//! let mut edit = policy.edit();
//! edit.acting(ada)?;
//! words.on(&mut edit).revoke_instructor(ben, north)?;
//! edit.commit()?;
//! let why = policy.snapshot().explain(ben, words.issue_certification, monday)?;
//! assert_eq!(why.kind(), Some(ReasonKind::NotActive));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use crate::{
    Catalog, CatalogError, Edit, Effect, Grant, Granted, Group, Place, Problem, ProblemKind,
    Resource, Rule, Scope, SubjectKind, User, What, above, all, allows, any, holds,
};

/// What comes with *can manage sessions*.
const MANAGING: [&str; 6] = [
    "session.schedule",
    "session.manage",
    "document.upload",
    "roster.manage",
    "roster.submit",
    "record.submit",
];

/// What admins may besides.
const RUNNING: [&str; 5] = [
    "organization.manage",
    "course.create",
    "location.create",
    "roster.review",
    "certification.issue",
];

/// The catalog: kinds, permissions, actions, roles and rules, without a prefix.
///
/// # Errors
///
/// None in fact: the catalog is the same at every call, and a test builds it.
pub fn catalog() -> Result<Catalog, CatalogError> {
    let mut builder = Catalog::builder()
        .label("certified")
        .permission("organization.instruct")
        .permission("session.teach")
        .permission("bank.issue")
        .permission("profile.edit")
        .recorded_permission("agency.id");
    for kind in [
        "course", "location", "session", "roster", "document", "bank", "agency",
    ] {
        builder = builder.kind(kind);
    }
    for permission in MANAGING.into_iter().chain(RUNNING) {
        builder = builder.permission(permission);
    }
    // Whoever teaches a session does so as an instructor of its organization.
    let teach = above("session", "session.teach").with(above("group", "organization.instruct"));
    let issue = all([
        allows("session.teach"),
        above("bank", "bank.issue"),
        above("agency", "agency.id"),
    ]);
    builder
        .action("session.teach", teach)
        .action(
            "roster.submit",
            any([allows("session.teach"), holds("roster.submit")]),
        )
        .action(
            "certification.issue",
            any([issue, holds("certification.issue")]),
        )
        .role("instructor", ["organization.instruct"])
        .role_including("session_manager", MANAGING, ["instructor"])
        .role("teacher", ["session.teach"])
        .role("issuer", ["bank.issue"])
        .role("oneself", ["profile.edit"])
        .role("admin", MANAGING.into_iter().chain(RUNNING))
        .rule(Rule::only_at(
            Granted::role("instructor"),
            ["group", "session"],
        ))
        .rule(Rule::only_at(Granted::role("admin"), ["group"]))
        .rule(Rule::only_at(Granted::role("teacher"), ["session"]))
        .rule(Rule::only_at(Granted::role("issuer"), ["bank"]))
        .rule(Rule::only_at(Granted::permission("agency.id"), ["agency"]))
        .rule(Rule::only_to(
            Granted::permission("agency.id"),
            [SubjectKind::User],
        ))
        .rule(Rule::needs_role(Granted::role("teacher"), "instructor"))
        .rule(Rule::needs_role(Granted::role("issuer"), "instructor"))
        .build()
}

/// The setting of an instructor, chosen on invitation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CanManageSessions {
    /// Teaches the sessions that others create, and submits their rosters.
    No,
    /// Creates and manages the sessions of the organization as well.
    Yes,
}

vocabulary! {
    /// The words of the catalog, found once.
    Instructors {
        /// A course of an organization.
        course: Kind = "course",
        /// A location of an organization.
        location: Kind = "location",
        /// A session, placed in its organization and in the card bank it certifies from.
        session: Kind = "session",
        /// A roster, placed in its session.
        roster: Kind = "roster",
        /// A document, placed in its session.
        document: Kind = "document",
        /// A card bank, placed in its organization and in its agency.
        bank: Kind = "bank",
        /// An agency that certifies.
        agency: Kind = "agency",
        /// The mark of a session or roster whose certifications were issued.
        certified: Label = "certified",
        /// An ID of an agency, on file for one user.
        agency_id: Permission = "agency.id",
        /// Scheduling a session, asked of the organization or of a course.
        schedule_session: Action = "session.schedule",
        /// Managing a session.
        manage_session: Action = "session.manage",
        /// Teaching a session.
        teach_session: Action = "session.teach",
        /// Uploading documents to a session.
        upload_document: Action = "document.upload",
        /// Managing the rosters of a session.
        manage_roster: Action = "roster.manage",
        /// Submitting the roster of a session.
        submit_roster: Action = "roster.submit",
        /// Submitting the records of a session.
        submit_record: Action = "record.submit",
        /// Reviewing the roster of a session.
        review_roster: Action = "roster.review",
        /// Issuing the certifications of a session.
        issue_certification: Action = "certification.issue",
        /// Creating courses, asked of the organization.
        create_course: Action = "course.create",
        /// Creating locations, asked of the organization.
        create_location: Action = "location.create",
        /// Inviting and revoking instructors, their setting, and the issuers of card banks.
        manage_organization: Action = "organization.manage",
        /// Editing a user's profile, their agency IDs among it.
        edit_profile: Action = "profile.edit",
        /// An instructor who cannot manage sessions.
        instructor: Role = "instructor",
        /// An instructor who can manage sessions.
        session_manager: Role = "session_manager",
        /// Who teaches one session.
        teacher: Role = "teacher",
        /// Who issues from one card bank.
        issuer: Role = "issuer",
        /// What instructors may do about themselves.
        oneself: Role = "oneself",
        /// Who runs one organization.
        admin: Role = "admin",
    }
}

impl Instructors {
    /// The operations, on an edit.
    pub fn on<'e, 'p>(&self, edit: &'e mut Edit<'p>) -> InstructorsEdit<'e, 'p> {
        InstructorsEdit { words: *self, edit }
    }

    fn setting(&self, can_manage: CanManageSessions) -> crate::Role {
        match can_manage {
            CanManageSessions::No => self.instructor,
            CanManageSessions::Yes => self.session_manager,
        }
    }
}

/// The operations of the screens, as steps of an edit.
///
/// Each says what an acting user has to be allowed. It returns the first problem it meets, which marks the edit: a handle that does not
/// resolve, a name that is taken, an acting user who may not do it, a condition of the operation. The rules of the catalog are judged by the
/// commit.
#[derive(Debug)]
pub struct InstructorsEdit<'e, 'p> {
    words: Instructors,
    edit: &'e mut Edit<'p>,
}

impl InstructorsEdit<'_, '_> {
    /// Adds an organization. Who may, the service decides.
    ///
    /// # Errors
    ///
    /// A [`Problem`], which marks the edit; so for every operation.
    pub fn add_organization(&mut self, name: &str) -> Result<Group, Problem> {
        self.edit.add_group(name)
    }

    /// Makes a user an admin of an organization. It takes an admin.
    ///
    /// # Errors
    ///
    /// A [`Problem`], which marks the edit.
    pub fn add_admin(&mut self, user: User, organization: Group) -> Result<(), Problem> {
        let manage = self.words.manage_organization;
        self.edit.demand(manage, organization)?;
        let admin = Grant::role(self.words.admin);
        self.edit
            .grant(admin.to(user).on(Scope::this(organization)))
    }

    /// Ends a user's work as an admin of an organization. It takes an admin.
    ///
    /// # Errors
    ///
    /// A [`Problem`], which marks the edit.
    pub fn remove_admin(&mut self, user: User, organization: Group) -> Result<(), Problem> {
        let manage = self.words.manage_organization;
        self.edit.demand(manage, organization)?;
        let admin = Grant::role(self.words.admin);
        self.edit
            .revoke(admin.to(user).on(Scope::this(organization)))
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
        let manage = self.words.manage_organization;
        self.edit.demand(manage, organization)?;
        let bank = self.add(self.words.bank, name, organization)?;
        self.edit.place(bank, agency)?;
        Ok(bank)
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
        let manage = self.words.manage_organization;
        self.edit.demand(manage, organization)?;
        if self.grants_to(user)?.contains(&block(user, organization)) {
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
        let manage = self.words.manage_organization;
        self.edit.demand(manage, organization)?;
        self.demand_instructor(user, &[organization.into()])?;
        self.record_setting(user, organization, can_manage)
    }

    /// Removes an instructor from an organization: everything under it ends at once, the history stays. It takes an admin.
    ///
    /// # Errors
    ///
    /// A [`Problem`], which marks the edit.
    pub fn revoke_instructor(&mut self, user: User, organization: Group) -> Result<(), Problem> {
        let manage = self.words.manage_organization;
        self.edit.demand(manage, organization)?;
        self.edit.grant(block(user, organization))
    }

    /// Creates a session for a course of an organization. It takes `session.schedule` at the organization.
    ///
    /// # Errors
    ///
    /// A [`Problem`], which marks the edit: of kind [`ProblemKind::WrongState`] when the organization does not have the course or the bank.
    pub fn create_session(
        &mut self,
        organization: Group,
        course: Resource,
        bank: Option<Resource>,
        name: &str,
    ) -> Result<Resource, Problem> {
        self.edit
            .demand(self.words.schedule_session, organization)?;
        for thing in bank.into_iter().chain([course]) {
            if !self.placements(thing)?.contains(&organization.into()) {
                return Err(self.refuse(
                    ProblemKind::WrongState,
                    "the organization has no such course or card bank",
                ));
            }
        }
        // Not in the course: what two organizations share would carry the rights of one into the sessions of the other.
        let session = self.add(self.words.session, name, organization)?;
        if let Some(bank) = bank {
            self.edit.place(session, bank)?;
        }
        Ok(session)
    }

    /// Makes an instructor of its organization the teacher of a session. It takes `session.manage`.
    ///
    /// # Errors
    ///
    /// A [`Problem`], which marks the edit: as [`set_can_manage_sessions`](Self::set_can_manage_sessions) for who is no instructor there.
    pub fn assign_teacher(&mut self, user: User, session: Resource) -> Result<(), Problem> {
        self.edit.demand(self.words.manage_session, session)?;
        let places = self.placements(session)?;
        self.demand_instructor(user, &places)?;
        let teacher = Grant::role(self.words.teacher);
        self.edit.grant(teacher.to(user).on(Scope::this(session)))
    }

    /// Takes a session from its teacher. It takes `session.manage`.
    ///
    /// # Errors
    ///
    /// A [`Problem`], which marks the edit.
    pub fn unassign_teacher(&mut self, user: User, session: Resource) -> Result<(), Problem> {
        self.edit.demand(self.words.manage_session, session)?;
        let teacher = Grant::role(self.words.teacher);
        self.edit.revoke(teacher.to(user).on(Scope::this(session)))
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

    /// Marks a session, or a roster, as certified. It takes `certification.issue`.
    ///
    /// # Errors
    ///
    /// A [`Problem`], which marks the edit.
    pub fn issue_certifications(&mut self, session: Resource) -> Result<(), Problem> {
        self.edit.demand(self.words.issue_certification, session)?;
        self.edit.add_label(session, self.words.certified)
    }

    /// Makes an instructor of its organization an issuer of a card bank. It takes an admin of the organization.
    ///
    /// # Errors
    ///
    /// A [`Problem`], which marks the edit: as [`set_can_manage_sessions`](Self::set_can_manage_sessions) for who is no instructor there.
    pub fn add_issuer(&mut self, user: User, bank: Resource) -> Result<(), Problem> {
        self.edit.demand(self.words.manage_organization, bank)?;
        let places = self.placements(bank)?;
        self.demand_instructor(user, &places)?;
        let issuer = Grant::role(self.words.issuer);
        self.edit.grant(issuer.to(user).on(Scope::this(bank)))
    }

    /// Takes an issuer from a card bank. It takes an admin of the bank's organization.
    ///
    /// # Errors
    ///
    /// A [`Problem`], which marks the edit.
    pub fn remove_issuer(&mut self, user: User, bank: Resource) -> Result<(), Problem> {
        self.edit.demand(self.words.manage_organization, bank)?;
        let issuer = Grant::role(self.words.issuer);
        self.edit.revoke(issuer.to(user).on(Scope::this(bank)))
    }

    /// Records that a user has an ID of an agency. It takes `profile.edit`, which instructors have for their own.
    ///
    /// # Errors
    ///
    /// A [`Problem`], which marks the edit.
    pub fn record_agency_id(&mut self, user: User, agency: Resource) -> Result<(), Problem> {
        self.edit.demand(self.words.edit_profile, user)?;
        let id = Grant::permission(self.words.agency_id);
        self.edit.grant(id.to(user).on(Scope::this(agency)))
    }

    /// Takes an ID of an agency off the file. It takes `profile.edit`.
    ///
    /// # Errors
    ///
    /// A [`Problem`], which marks the edit.
    pub fn remove_agency_id(&mut self, user: User, agency: Resource) -> Result<(), Problem> {
        self.edit.demand(self.words.edit_profile, user)?;
        let id = Grant::permission(self.words.agency_id);
        self.edit.revoke(id.to(user).on(Scope::this(agency)))
    }

    fn add(
        &mut self,
        kind: crate::Kind,
        name: &str,
        place: impl Into<Place>,
    ) -> Result<Resource, Problem> {
        let added = self.edit.add_resource(kind, name)?;
        self.edit.place(added, place)?;
        Ok(added)
    }

    fn refuse(&mut self, kind: ProblemKind, why: &str) -> Problem {
        let why = why.to_owned();
        self.edit.refuse(Problem::Other { kind, why })
    }

    fn grants_to(&mut self, user: User) -> Result<Vec<Grant>, Problem> {
        let grants = self.edit.grants_to(user);
        grants.map_err(|stale| self.edit.refuse(stale))
    }

    fn placements(&mut self, resource: Resource) -> Result<Vec<Place>, Problem> {
        let places = self.edit.placements(resource);
        places.map_err(|stale| self.edit.refuse(stale))
    }

    /// Demands that the user is an instructor of one of the organizations among the places, and was not revoked there.
    fn demand_instructor(&mut self, user: User, places: &[Place]) -> Result<(), Problem> {
        let held = self.grants_to(user)?;
        let mut revoked = false;
        for place in places {
            let Place::Group(organization) = *place else {
                continue;
            };
            let settings = [CanManageSessions::No, CanManageSessions::Yes];
            let is_instructor = settings
                .into_iter()
                .any(|setting| held.contains(&self.setting(user, organization, setting)));
            let is_revoked = held.contains(&block(user, organization));
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

    fn setting(&self, user: User, organization: Group, setting: CanManageSessions) -> Grant {
        let role = Grant::role(self.words.setting(setting));
        role.to(user).on(Scope::this(organization))
    }

    /// One of the two settings is recorded, never both.
    fn record_setting(
        &mut self,
        user: User,
        organization: Group,
        can_manage: CanManageSessions,
    ) -> Result<(), Problem> {
        let other = match can_manage {
            CanManageSessions::No => CanManageSessions::Yes,
            CanManageSessions::Yes => CanManageSessions::No,
        };
        self.edit.revoke(self.setting(user, organization, other))?;
        self.edit
            .grant(self.setting(user, organization, can_manage))
    }

    /// Takes back every allow of this preset's roles to the user at the organization and at what is under it.
    fn drop_all(&mut self, user: User, organization: Group) -> Result<(), Problem> {
        let words = self.words;
        let roles = [
            words.instructor,
            words.session_manager,
            words.teacher,
            words.issuer,
            words.admin,
        ];
        for grant in self.grants_to(user)? {
            let place = match grant.scope() {
                Scope::This(place) => place,
                Scope::Underlying(group) => Place::Group(group),
                _ => continue,
            };
            let ours = matches!(grant.what(), What::Role(role) if roles.contains(&role));
            let dropped = ours && grant.effect() == Effect::Allow;
            if dropped && self.is_under(place, organization)? {
                self.edit.revoke(grant)?;
            }
        }
        Ok(())
    }

    /// Whether the place is the organization, or lies under it.
    fn is_under(&mut self, place: Place, organization: Group) -> Result<bool, Problem> {
        let mut seen = vec![place];
        let mut open = vec![place];
        while let Some(place) = open.pop() {
            if place == Place::Group(organization) {
                return Ok(true);
            }
            let above = match place {
                Place::Resource(resource) => self.edit.placements(resource),
                Place::Group(group) => {
                    let parents = self.edit.parents(group);
                    parents.map(|all| all.into_iter().map(Place::Group).collect())
                }
                Place::User(_) => Ok(Vec::new()),
            };
            for place in above.map_err(|stale| self.edit.refuse(stale))? {
                if !seen.contains(&place) {
                    seen.push(place);
                    open.push(place);
                }
            }
        }
        Ok(false)
    }
}

/// What revocation records: nothing works for the user under the organization.
fn block(user: User, organization: Group) -> Grant {
    Grant::deny_everything()
        .to(user)
        .on(Scope::underlying(organization))
}
