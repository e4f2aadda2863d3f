//! Instructors of training organizations: who teaches, who manages sessions, and who issues certifications from which card bank.
//!
//! An **organization** is a group that is marked as one. Its admins invite **instructors** and say of each whether they *can manage sessions*. A **session** is
//! placed in the organization and in each **card bank** it certifies from; a bank is placed in the organization and in the **agency** whose
//! cards it holds. Who teaches a session submits its **roster**. Who is, besides, an *issuer* of the session's bank and has an ID of its
//! agency on file issues the certifications; otherwise an admin reviews the roster and issues them.
//!
//! # Who may do what
//!
//! | who | may | rules |
//! |---|---|---|
//! | an instructor of the organization | `session.teach` and `roster.submit` in the sessions they are assigned to | S2-02, S2-03 |
//! | ... who can manage sessions | `session.schedule` at the organization and for its courses; `session.manage`, `document.upload`, `roster.manage`, `roster.submit`, `record.submit` in all its sessions | S2-04, S2-15, A-15 |
//! | ... who teaches the session, is an issuer of its card bank, and has the agency's ID on file | `certification.issue` for the session from the bank | S2-07 to S2-12, A-14 |
//! | an admin of the organization | all of this without being an issuer and without an ID, `roster.review`, `course.create`, `location.create`, and `organization.manage`: invitations, the setting, issuers, revocation | S2-05, S2-10, S2-14, A-13 |
//! | everyone who was invited | `profile.edit` of their own: their agency IDs | S2-12 |
//!
//! Managing sessions and issuing are independent (S2-07): all four combinations exist. All of it is per organization (S2-16): one person
//! can be an instructor of several, and their rights in one reach nothing in another. Of an agency only IDs are recorded, and they are the
//! person's: a bank of another organization that holds cards of the same agency asks for the same ID.
//!
//! What is asked about sessions can be asked about what is placed in one. A course, a session and a bank each belong to one organization;
//! where two teach the same subject, it is a course in each. Should a course be placed in two organizations all the same, the sessions of
//! each stay its own; but who is revoked in one is *not active* at the course, so ask `session.schedule` of the organization.
//!
//! Organizations and agencies are founded in unguarded edits ([`add_organization`](InstructorsEdit::add_organization),
//! [`open_organization`](InstructorsEdit::open_organization), [`add_agency`](InstructorsEdit::add_agency), and the first
//! [`add_admin`](InstructorsEdit::add_admin)): nobody holds a right to that. Every other operation says what it demands of the acting user and
//! where; a session, roster, bank or agency of another kind is refused, and so is a group that is no organization.
//!
//! # Issuing for a session
//!
//! `certification.issue` is one question about two targets: the session (or a roster of it) and the card bank to issue from. Both count:
//! the asker teaches the session and is an issuer of a bank that it certifies from, is an issuer of the bank named, and has the ID of *its*
//! agency. Whether to show the button at a session, before a bank is chosen, is `session.certify` with one target: exact for what is placed
//! in one bank.
//!
//! A requirement asks about each target by itself, so of an issuer of two banks it cannot say which of them is the session's. That is why
//! [`issue_certifications`](InstructorsEdit::issue_certifications) refuses a bank that the session is not placed in, as *wrong state*.
//!
//! # Readings
//!
//! * **A-13**: an admin needs neither an issuer's entry nor an ID. The example of [the presets](crate::presets#to-change-something) asks
//!   admins for the ID as well.
//! * **A-14**: the ID is the one of the bank's agency; an ID of another agency proves nothing.
//! * **Several banks**: a session may certify from several card banks of its organization; the bank named decides which ID is asked for. Where
//!   each roster of a session is for one bank, place the rosters in the banks instead of the session.
//! * **A-15**: who can manage sessions manages those of the whole organization. For the narrower reading leave the setting at `No` and grant
//!   [`Instructors::session_manager`] on the single sessions.
//! * **A-16**: revoking denies everything under the organization, at once and whatever else is recorded; the refusals say *not active* and
//!   the history stays. Inviting again lifts this and drops what was held there, so that the person starts from nothing. A deny that something
//!   else recorded is not lifted.
//!
//! A senior instructor is one declaration, `role_including("senior", [...], ["training.session_manager"])`. To invite one by the operations,
//! put the role in the vocabulary's place: `Instructors { session_manager: senior, ..words }`. The other operations know it for what it
//! includes: a senior is an instructor who can be assigned, set back to `No` and revoked.
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
//! let mut edit = policy.edit_unguarded();
//! let (ada, ben) = (edit.add_user("ada")?, edit.add_user("ben")?);
//! let mut training = words.on(&mut edit);
//! let north = training.add_organization("north")?;
//! training.add_admin(ada, north)?;
//! let red_heart = training.add_agency("red heart")?;
//! let cards = training.add_bank(red_heart, north, "first aid cards")?;
//! let first_aid = training.add_course(north, "first aid")?;
//! let monday = training.create_session(first_aid, &[cards], north, "first aid on monday")?;
//! training.invite_instructor(ben, CanManageSessions::No, north)?;
//! training.assign_teacher(ben, monday)?;
//! training.add_issuer(ben, cards)?;
//! edit.commit()?;
//!
//! let now = policy.snapshot();
//! assert!(now.can(ben, words.roster_submit, monday));
//! assert!(!now.can(ben, words.session_schedule, first_aid));
//! let why = now.explain(ben, words.certification_issue, (monday, cards))?;
//! assert_eq!(why.kind(), Some(ReasonKind::MissingFact), "no ID of the agency is on file");
//!
//! // Ben records it himself.
//! let mut edit = policy.edit_as(ben)?;
//! words.on(&mut edit).record_agency_id(ben, red_heart)?;
//! edit.commit()?;
//! assert!(policy.snapshot().can(ben, words.certification_issue, (monday, cards)));
//!
//! // Revoked, he can do nothing there any more. Only admins may revoke.
//! let mut edit = policy.edit_as(ada)?;
//! words.on(&mut edit).revoke_instructor(ben, north)?;
//! edit.commit()?;
//! let why = policy.snapshot().explain(ben, words.certification_issue, (monday, cards))?;
//! assert_eq!(why.kind(), Some(ReasonKind::NotActive));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod people;
mod sessions;
mod words;

use crate::presets::refuse;
use crate::{Edit, Kind, Place, Problem, ProblemKind, Resource, Role};

pub use words::{Instructors, catalog};

/// The setting of an instructor, chosen on invitation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CanManageSessions {
    /// Teaches the sessions that others create, and submits their rosters.
    No,
    /// Creates and manages the sessions of the organization as well.
    Yes,
}

impl Instructors {
    /// The operations, on an edit.
    pub fn on<'e, 'p>(&self, edit: &'e mut Edit<'p>) -> InstructorsEdit<'e, 'p> {
        InstructorsEdit { words: *self, edit }
    }

    fn setting(&self, can_manage: CanManageSessions) -> Role {
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
    fn add(
        &mut self,
        kind: Kind,
        name: &str,
        place: impl Into<Place>,
    ) -> Result<Resource, Problem> {
        let added = self.edit.add_resource(kind, name)?;
        self.edit.place(added, place)?;
        Ok(added)
    }

    fn refuse(&mut self, kind: ProblemKind, why: &str) -> Problem {
        refuse(self.edit, kind, why)
    }
}
