//! An academy: a platform of groups in which people learn together, write courses for each other, and run programs.
//!
//! Everyone has an *account* and at least one *assigned role* in some group: learner, author, coach or admin. Further roles are held over
//! one course (author, co-author, reviewer), one session of a program (instructor, participant), one person (manager) or the whole
//! platform (coach, admin, owner). Rule ids such as `S3-18`, and the readings `A-18`, are those of `tests/corpus/rules.toml`.
//!
//! # Where things stand
//!
//! Each group has shelves, which are resources of kinds of their own and come into being when they are first used:
//!
//! | shelf | what stands on it |
//! |---|---|
//! | `workshop` | courses and programs made in the group: the group is their home |
//! | `library` | what authors share with the group's coaches |
//! | `catalog` | what coaches offer to the group's learners |
//! | `assignments` | programs assigned to the group |
//! | `schedule` | sessions held for the group |
//!
//! One course can stand on shelves of many groups. In each of these groups it has a *listing*: the listing is placed in the shelves of that
//! group, and the course in its listings. Rights in a group are therefore asked at a shelf of a certain kind, and each group's rights end at
//! its own shelves: having a course in one's catalog lets learners attend it and nobody edit it. A program is placed in its sessions as well,
//! so that what one holds over a session reaches its program and no other session. All groups lie below one *root group*, which
//! [`found`](AcademyEdit::found) creates, or [`found_at`](AcademyEdit::found_at) makes of a group that is there. Groups that are not below it
//! are other systems': the operations refuse them.
//!
//! # Who may do what
//!
//! | who | where | what | rules |
//! |---|---|---|---|
//! | account | oneself | `profile.edit`, `results.view` | S3-11, A-22 |
//! | learner | the group | `course.play`, `program.play`, `forum.post` from the group's catalog and assignments; `catalog.view`; `newsfeed.post` | S3-11, S3-48 |
//! | author | the group | all of a learner; `course.create`, `program.create`, `session.create` (of what the group made or has in its library), `library.share` (what one wrote), `comment.post`, `comment.read` | S3-12, S3-13, S3-21, S3-45 |
//! | coach | the group | `group.settings.view`, `newsfeed.post`, `library.view`, `course.play` from the library, `catalog.share`, `program.assign` and `session.create` of what the library has, `group.statistics`, `program.statistics`, `session.statistics`, `comment.read`, `user.view` | S3-30, S3-31, S3-33, S3-45 |
//! | admin | the group and all below | all of an author and a coach; `group.settings.edit`, `group.confidentiality`, `group.create`, `member.manage`, `user.manage`, `invitation.manage`, `invitation.remind`, `badge.create`; edits, publishes, shares and staffs whatever the group made | S3-35 to S3-37, A-17, A-34 |
//! | platform coach | users of public groups | `user.view` | S3-32, A-24 |
//! | platform admin | everywhere | all of an admin and an instructor; `platform.manage`, `platform.statistics`, `account.manage`, `results.view` | S3-38, S3-39 |
//! | owner | everywhere | all of a platform admin; `billing.view`, `owner.name` | S3-40 to S3-43 |
//! | course author | the course | `course.edit`, `activity.*`, `co_author.assign`, `reviewer.assign`, `course.publish`, `course.author.change`, `course.statistics`, `library.share`, `comment.*` | S3-13 to S3-16 |
//! | co-author | the course | `course.edit`, `activity.*`, `co_author.assign`, `reviewer.assign`, `comment.*` | S3-17 to S3-19 |
//! | reviewer | the course | `course.read`, `comment.post` | S3-20 to S3-24 |
//! | who wrote an internal comment | the comment | `comment.read` | A-21 |
//! | program author | the program | `program.edit`, `program.statistics`, `library.share` | S3-13 |
//! | instructor | the session | `session.view`, `session.edit`, `session.learners`, `session.team`, `session.statistics`, `session.remind`, `question.correct`, `assessment.correct`, `registration.validate`; `program.statistics` of its program | S3-27 to S3-29, S3-46, S3-47 |
//! | participant | the session | `session.attend`, `program.play` of its program | S3-11 |
//! | manager | the managee | `results.view` | S3-25, S3-26 |
//! | legal representative | nowhere | nothing | S3-44 |
//!
//! `library.share` is one question about two targets: the course or program, and the group to whose library it is brought. What goes on from
//! a library (`catalog.share`, `program.assign`, `session.create`) is asked about the [`listing`](Academy::listing), which is the course or
//! program *in that group*: so a coach of two groups is not told that what one library has may go into the other's catalog. A requirement asks
//! about each target by itself and could not say that of a course and a group. Asked about the course itself, these three say whether there is
//! some group where it can be done.
//!
//! # Who is brought where
//!
//! To give a role in a group, to take it and to remove someone, `member.manage` is demanded on all that the role reaches, and `user.manage` on
//! the person: an admin deals with those who are in their groups already, and with accounts that they open themselves. Everybody else is
//! [invited](AcademyEdit::invite) and comes by their own will, by [`accept_invitation`](AcademyEdit::accept_invitation). What is handed out
//! reaches no further than what the admin holds: who was made admin of `Scope::this(group)` appoints learners, coaches and authors there, and no
//! admin, who would reach below. A manager is appointed by who manages both, the manager and the managee.
//!
//! Beside each membership stands the empty role [`member`](Academy::member): the membership goes with the last role in the group, unless
//! another system relies on it or had recorded it before.
//!
//! What is never recorded, whoever tries: an account without an assigned role (S3-02, S3-04); no owner, or two (S3-42); a co-author who is
//! author nowhere (S3-18), and alike the author of a course or program; a reviewer of a draft (S3-23) or without a plan that includes
//! reviewers (S3-22); a manager of an inactive account (S3-26); a role of a course, session or person at another sort of place.
//!
//! # Readings
//!
//! | | taken here | the other way |
//! |---|---|---|
//! | A-17 | an admin reaches the groups below, other roles the group alone | grant `Scope::this` or `Scope::underlying` yourself |
//! | A-18 | a co-author is an author (or admin) anywhere; without it the rights rest until it is back. The same holds for the authors of courses and programs | replace the actions that need `authoring` by plain `holds` |
//! | A-19 | an import adds, unless told to [replace](Import::Replace); all lines or none | |
//! | A-20 | the former owner becomes admin of the root group | grant `platform_admin` as well |
//! | A-21 | a reviewer reads the own comments alone | add `content.comments.read` to `comment.read` at the course, and to `reviewer` |
//! | A-22 | a coach is no learner; results and profile go with the account | declare `coach` with `learner` included |
//! | A-23 | the former author keeps nothing of the course; a deleted author's course is edited on, and gets a new author from an admin | assign the former author as co-author |
//! | A-24 | a platform coach sees users and no more; one public group is enough to be seen | grant `coach` on `Scope::labelled(public)` |
//! | A-25 | a coach opens the settings and does not edit them | add `group.settings.edit` to `coach` |
//! | A-31 | managees of managees are not one's own | appoint the manager of each |
//! | A-33 | a member of a sub-group is no member of the group above | add the user to both |
//! | A-34 | an admin edits every course made in the group, an author only the own | take `content.manage` from `admin` |
//! | A-35 | one assigned role in any group is enough | |
//! | statistics | a group's programs are those made in it; of a program made elsewhere, a coach sees the sessions held for the own group | ask `program.statistics` at `assignments` as well |
//! | sessions | instructors' work is for those on the team: a group's admin may join the team, and sends no reminders before (S3-47) | include `instructor` permissions by `above("schedule", …)` |
//! | drafts | what someone put on a shelf can be attended there; being published matters for reviewers alone | add `marked("published")` to `course.play` |
//! | accounts | deactivating and deleting are for platform admins, appointing managers for the managee's admins | give the permissions to other roles |
//! | sessions of authors | "create program sessions" (S3-13) goes for any program that the group made or has in its library, whoever wrote it | take `content.use` at `library` out of `session.create` |
//! | the plan | switching to a plan with reviewers is for platform admins, like all that is the platform's | call `Edit::add_label` on the root group |
//! | inactive accounts | who is inactive can do nothing in the academy, by a deny of the role [`everything`](Academy::everything); other systems of the same policy, and what they deny, go on as they are | deny everything on the platform yourself, which the academy never lifts |
//! | creating | who creates a course or program is its author: nobody creates one in another's name | change the author afterwards |
//!
//! A senior author is one declaration, `role_including("senior", [...], ["academy.author"])`: every rule about authors follows, and the
//! operations that end roles in a group end this one as well. To give it by the operations, put the role in the vocabulary's place:
//! `Academy { author: senior, ..words }`.
//!
//! # A service begins like this
//!
//! ```
//! use rolecall::presets::academy::{self, Academy, AssignedRole};
//! use rolecall::{Catalog, Policy, ReasonKind};
//!
//! let catalog = Catalog::builder()
//!     .include("academy.", &academy::catalog()?)
//!     // … the service's own kinds, permissions and roles, and other presets …
//!     .build()?;
//! let words = Academy::of(&catalog, "academy.")?;
//! let mut policy = Policy::new(catalog);
//!
//! let mut edit = policy.edit_unguarded();
//! let mut academy = words.on(&mut edit);
//! let (root, _) = academy.found("olga", "school")?;
//! let sales = academy.create_group(root, "sales")?;
//! let aude = academy.add_account("aude", &[(AssignedRole::Author, sales)])?;
//! let lea = academy.add_account("lea", &[(AssignedRole::Learner, sales)])?;
//! let rust = academy.create_course(aude, sales, "rust")?;
//! edit.commit()?;
//!
//! // A screen acts in the name of whoever uses it.
//! let mut edit = policy.edit_as(aude)?;
//! words.on(&mut edit).share_in_library(rust, sales)?;
//! edit.commit()?;
//!
//! // Lea is no author, so she cannot become a co-author.
//! let mut edit = policy.edit_as(aude)?;
//! words.on(&mut edit).assign_co_author(lea, rust)?;
//! assert!(edit.commit().is_err());
//!
//! let now = policy.snapshot();
//! assert!(now.can(aude, words.course_edit, rust));
//! let why = now.explain(lea, words.course_play, rust)?;
//! assert_eq!(why.kind(), Some(ReasonKind::OutOfScope), "it is in the library, not yet in the catalog");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod accounts;
mod content;
mod groups;
mod import;
mod platform;
mod shelves;
mod words;

use crate::presets::{demand_kind, demand_of, is_under, known, refuse};
use crate::{Action, Edit, Grant, Group, Place, Problem, ProblemKind, Resource, Scope, User};

pub use accounts::AssignedRole;
pub use import::{AccountLine, Import, ImportError, LineProblem};
pub use words::{catalog, declarations};

vocabulary! {
    /// The words of an academy, resolved once against a catalog that includes [`catalog`].
    ///
    /// Fields are named as the words are, with `_` for a dot. The operations are methods of [`on`](Academy::on).
    Academy {
        /// A course; it is made in the workshop of its group.
        course: Kind = "course",
        /// A program template; it is made in the workshop of its group.
        program: Kind = "program",
        /// A session of a program, placed in the schedule of the group it is held for; its program is placed in it.
        session: Kind = "session",
        /// An internal comment, placed in its course.
        comment: Kind = "comment",
        /// An invitation to a group; its labels say into which roles.
        invitation: Kind = "invitation",
        /// A badge of a group.
        badge: Kind = "badge",
        /// A course or program as it stands in one group: placed in shelves of that group, and the course or program in it.
        listing: Kind = "listing",
        /// Where the courses and programs of a group are made: what stands here is the group's own.
        workshop: Kind = "workshop",
        /// What authors share with the group's coaches.
        library: Kind = "library",
        /// What the group's learners can choose.
        catalog: Kind = "catalog",
        /// The programs that are assigned to a group.
        assignments: Kind = "assignments",
        /// The sessions that are held for a group.
        schedule: Kind = "schedule",
        /// The root group of the platform.
        root: Label = "root",
        /// A group whose users platform coaches can see.
        public: Label = "public",
        /// A course that is no draft any more.
        published: Label = "published",
        /// The plan includes reviewers: a recorded fact, which stands on the root group.
        reviews: Label = "reviews",
        /// A user whose account is active: a recorded fact.
        active: Label = "active",
        /// A user who came to be with an account of the academy, and goes with it.
        registered: Label = "registered",
        /// The person whose name stands on invoices. It gives nothing.
        legal_representative: Label = "legal_representative",
        /// An invitation as learner.
        invited_learner: Label = "invited.learner",
        /// An invitation as author.
        invited_author: Label = "invited.author",
        /// An invitation as coach.
        invited_coach: Label = "invited.coach",
        /// An invitation as admin.
        invited_admin: Label = "invited.admin",
        /// Whoever has an account, on oneself: the own profile and results.
        account: Role = "account",
        /// Attends courses and programs of a group.
        learner: Role = "learner",
        /// Makes courses and programs in a group.
        author: Role = "author",
        /// Facilitates a group.
        coach: Role = "coach",
        /// Manages a group and all groups below it.
        admin: Role = "admin",
        /// Sees the users of all public groups.
        platform_coach: Role = "platform_coach",
        /// Manages the entire platform.
        platform_admin: Role = "platform_admin",
        /// The one owner of the platform.
        owner: Role = "owner",
        /// The author of a course.
        course_author: Role = "course_author",
        /// Edits a course together with its author.
        co_author: Role = "co_author",
        /// Reads and comments a course before it is shared.
        reviewer: Role = "reviewer",
        /// Wrote an internal comment.
        commenter: Role = "commenter",
        /// The author of a program.
        program_author: Role = "program_author",
        /// Is on the team of a session.
        instructor: Role = "instructor",
        /// Attends a session.
        participant: Role = "participant",
        /// Monitors the results of a managee.
        manager: Role = "manager",
        /// Is invited, on the invitation.
        invitee: Role = "invitee",
        /// The record that a user was made a member of a group here, which gives nothing.
        member: Role = "member",
        /// All that anybody can have in the academy: what is denied to an inactive account, and allowed to nobody.
        everything: Role = "everything",
        /// Edit the profile of a user.
        profile_edit: Action = "profile.edit",
        /// See the results of a user.
        results_view: Action = "results.view",
        /// See a user.
        user_view: Action = "user.view",
        /// Change the managers of a user.
        user_manage: Action = "user.manage",
        /// Deactivate, reactivate or delete the account of a user.
        account_manage: Action = "account.manage",
        /// Post in the newsfeed of a group.
        newsfeed_post: Action = "newsfeed.post",
        /// Open the catalog of a group.
        catalog_view: Action = "catalog.view",
        /// Open the library of a group.
        library_view: Action = "library.view",
        /// Put own courses and programs into the library of a group.
        library_fill: Action = "library.fill",
        /// Put what the library has into the catalog of a group.
        catalog_fill: Action = "catalog.fill",
        /// Assign to a group what its library has.
        assignments_fill: Action = "assignments.fill",
        /// Open sessions for a group.
        session_open: Action = "session.open",
        /// Open the settings of a group.
        group_settings_view: Action = "group.settings.view",
        /// Edit the settings of a group.
        group_settings_edit: Action = "group.settings.edit",
        /// Make a group public or private.
        group_confidentiality: Action = "group.confidentiality",
        /// Create a group below a group.
        group_create: Action = "group.create",
        /// See the statistics of a group.
        group_statistics: Action = "group.statistics",
        /// Add users to a group, change their roles there, and remove them.
        member_manage: Permission = "member.manage",
        /// Invite to a group.
        invitation_manage: Action = "invitation.manage",
        /// Accept an invitation; asked about the invitation.
        invitation_accept: Action = "invitation.accept",
        /// Send reminders of invitations to a group.
        invitation_remind: Action = "invitation.remind",
        /// Create a badge in a group.
        badge_create: Action = "badge.create",
        /// Create a course in a group.
        course_create: Action = "course.create",
        /// Create a program in a group.
        program_create: Action = "program.create",
        /// Attend a course.
        course_play: Action = "course.play",
        /// Open a course, be it to attend, to review or to edit it.
        course_read: Action = "course.read",
        /// Edit a course.
        course_edit: Action = "course.edit",
        /// Add an activity to a course.
        activity_add: Action = "activity.add",
        /// Edit an activity of a course.
        activity_edit: Action = "activity.edit",
        /// Remove an activity from a course.
        activity_remove: Action = "activity.remove",
        /// Publish a course.
        course_publish: Action = "course.publish",
        /// Name another author of a course.
        course_author_change: Action = "course.author.change",
        /// See the statistics of a course.
        course_statistics: Action = "course.statistics",
        /// Add co-authors to a course.
        co_author_assign: Action = "co_author.assign",
        /// Add reviewers to a course.
        reviewer_assign: Action = "reviewer.assign",
        /// Post internal comments on a course.
        comment_post: Action = "comment.post",
        /// Read the internal comments of a course, or one of them.
        comment_read: Action = "comment.read",
        /// Post in the forum of a course or program.
        forum_post: Action = "forum.post",
        /// Attend a program.
        program_play: Action = "program.play",
        /// Edit a program.
        program_edit: Action = "program.edit",
        /// See the statistics of a program.
        program_statistics: Action = "program.statistics",
        /// Attend a session.
        session_attend: Action = "session.attend",
        /// Open the settings of a session.
        session_view: Action = "session.view",
        /// Edit the settings of a session.
        session_edit: Action = "session.edit",
        /// Add learners to a session and remove them.
        session_learners: Action = "session.learners",
        /// Add instructors to a session and remove them.
        session_team: Action = "session.team",
        /// See the statistics of a session.
        session_statistics: Action = "session.statistics",
        /// Send reminders to the learners of a session.
        session_remind: Action = "session.remind",
        /// Correct open questions of a session.
        question_correct: Action = "question.correct",
        /// Correct assessments of a session.
        assessment_correct: Action = "assessment.correct",
        /// Validate open registration requests of a session.
        registration_validate: Action = "registration.validate",
        /// Share a course or program (first target) in the library of a group (second).
        library_share: Action = "library.share",
        /// Share what a library has in the catalog of the same group; asked about the listing.
        catalog_share: Action = "catalog.share",
        /// Assign a program that a library has to the same group; asked about the listing.
        program_assign: Action = "program.assign",
        /// Create a session of a program for the group that made it or has it in its library; asked about the listing.
        session_create: Action = "session.create",
        /// Manage the platform; asked about the platform.
        platform_manage: Action = "platform.manage",
        /// See the statistics of the platform; asked about the platform.
        platform_statistics: Action = "platform.statistics",
        /// See billing information; asked about the platform.
        billing_view: Action = "billing.view",
        /// Name a new owner; asked about the platform.
        owner_name: Action = "owner.name",
    }
}

/// The operations of an academy on an edit.
///
/// Where an operation says what it demands, the acting user of the edit must be able to do that; an edit that began unguarded meets every
/// demand. A resource of another kind, and a group that is not below the root, are refused whoever acts. A problem marks the edit, whose
/// commit is then refused.
#[derive(Debug)]
pub struct AcademyEdit<'e, 'p> {
    words: Academy,
    edit: &'e mut Edit<'p>,
}

impl Academy {
    /// The operations, on an edit.
    pub fn on<'e, 'p>(&self, edit: &'e mut Edit<'p>) -> AcademyEdit<'e, 'p> {
        AcademyEdit { words: *self, edit }
    }
}

impl AcademyEdit<'_, '_> {
    /// The root group, where one is founded.
    fn find_root(&mut self) -> Result<Option<Group>, Problem> {
        let label = self.words.root;
        let carriers = known(self.edit, |edit| edit.carriers(label))?;
        Ok(carriers.into_iter().find_map(|place| match place {
            Place::Group(group) => Some(group),
            Place::User(_) | Place::Resource(_) => None,
        }))
    }

    /// The root group; a problem where none is founded.
    fn root(&mut self) -> Result<Group, Problem> {
        self.find_root()?.ok_or_else(|| {
            let why = "no platform is founded";
            refuse(self.edit, ProblemKind::WrongState, why)
        })
    }

    /// Refuses a group that is neither the root nor below it: it is another system's.
    fn in_academy(&mut self, group: Group) -> Result<(), Problem> {
        let root = self.root()?;
        if is_under(self.edit, group, root)? {
            return Ok(());
        }
        let (name, root) = known(self.edit, |edit| {
            Ok((edit.thing_name(group)?, edit.thing_name(root)?))
        })?;
        let why = format!("{name} is no group of the academy: it is not below {root}");
        Err(refuse(self.edit, ProblemKind::WrongState, why))
    }

    /// Demands an action of a group of the academy.
    fn demand_at(&mut self, action: impl Into<Action>, group: Group) -> Result<(), Problem> {
        self.in_academy(group)?;
        demand_of(self.edit, action, group)
    }

    /// Demands the management of members at all of the scope of a role, which may reach below the group.
    fn demand_members(&mut self, scope: Scope) -> Result<(), Problem> {
        let managing = Grant::permission(self.words.member_manage).to_everyone();
        self.edit.demand_grant(managing.on(scope))
    }

    /// Demands the management of a person: the other end of what brings someone into a group or under a manager. Whom the edit itself added
    /// comes from nowhere.
    fn demand_person(&mut self, user: User) -> Result<(), Problem> {
        match self.edit.is_new(user) {
            true => Ok(()),
            false => self.edit.demand(self.words.user_manage, user),
        }
    }

    fn is_course(&mut self, course: Resource) -> Result<(), Problem> {
        demand_kind(self.edit, course, &[self.words.course])
    }

    fn is_program(&mut self, program: Resource) -> Result<(), Problem> {
        demand_kind(self.edit, program, &[self.words.program])
    }

    fn is_content(&mut self, content: Resource) -> Result<(), Problem> {
        let kinds = [self.words.course, self.words.program];
        demand_kind(self.edit, content, &kinds)
    }

    fn is_session(&mut self, session: Resource) -> Result<(), Problem> {
        demand_kind(self.edit, session, &[self.words.session])
    }

    fn is_invitation(&mut self, invitation: Resource) -> Result<(), Problem> {
        demand_kind(self.edit, invitation, &[self.words.invitation])
    }
}

/// The group that a scope is about, whether with or without the groups below.
fn group_of(scope: Scope) -> Option<Group> {
    match scope {
        Scope::This(Place::Group(group)) | Scope::Underlying(group) => Some(group),
        _ => None,
    }
}
