//! Groups and their leaders: people learn in groups, and leaders look after the people and the courses of the groups they lead.
//!
//! A **group** bundles users and courses; a course may be in several groups. Who has the role of a **group leader** can be assigned to
//! groups, and then sees the progress of their users, sees and grades their assessments, writes to them and edits their courses, in the
//! back office that this opens. Everywhere else a leader is a regular user. An **enrolment** is one user's study in one group: it is placed
//! in the group and in the user, so that two groups with the same course, and even with the same user, keep their students apart.
//!
//! # Who may do what
//!
//! | who | may | rules |
//! |---|---|---|
//! | everyone | `own_results.view` of their own, whatever became of the group | |
//! | a member of a group | `course.take` the group's courses | S1-01 |
//! | a group leader without a group | what a regular user may | S1-04 |
//! | a leader of a group | `office.enter` | S1-03 |
//! | | `user.view`, `user.email`, `progress.view` of the group and of each of its members | S1-02, S1-05, S1-06 |
//! | | `assessment.view`, `assessment.grade` of the members' enrolments in the group | S1-02, S1-09 |
//! | | `course.edit` the group's courses and what is in them | S1-07, S1-08 |
//! | an admin | all of this, `group.manage` and `settings.edit` | S1-11 |
//!
//! Leading is not membership (S1-12): a leader takes no course of the group, and nobody looks after a leader. The end of leading ends all it
//! gave (S1-10). That the leaders of groups have the role of a group leader is a rule of the catalog, as is that groups alone are led.
//!
//! # Readings
//!
//! * **A-26**: who leads a group does not lead the groups below it. [`GroupLeadersEdit::assign_leader_below`] takes the other reading for one
//!   leader: the group and all groups below it.
//! * **A-27**: a leader edits a course that is in other groups as well, for it is a course of the led group. To keep a course from that, give
//!   each group a course of its own.
//! * **Those who left** (S1-05): the two questions about an enrolment need the right over its student as well, so they end with the membership.
//!   [`GroupLeadersEdit::remove_member`] also takes the enrolments out of the group; they stay the student's own. To let leaders keep the work
//!   of those who left, declare the two actions without the part about the user.
//! * **What groups hold goes down**: the members of a group below another take the courses of both.
//!
//! A senior leader is one declaration, `role_including("senior", ["groups.group.manage"], ["groups.leads"])`: every rule about leaders
//! follows, and so do the operations that end leading. To assign one by the operations, put the role in the vocabulary's place:
//! `GroupLeaders { leads: senior, ..words }`.
//!
//! # Example
//!
//! ```
//! use rolecall::presets::group_leaders::{self, GroupLeaders};
//! use rolecall::{Catalog, Policy, ReasonKind, Target};
//!
//! let catalog = Catalog::builder().include("groups.", &group_leaders::catalog()?).build()?;
//! let words = GroupLeaders::of(&catalog, "groups.")?;
//! let mut policy = Policy::new(catalog);
//!
//! let mut edit = policy.edit_unguarded();
//! let (lea, ana, uwe) = (edit.add_user("lea")?, edit.add_user("ana")?, edit.add_user("uwe")?);
//! let mut groups = words.on(&mut edit);
//! let (sales, support) = (groups.add_group("sales")?, groups.add_group("support")?);
//! let pitching = groups.add_course("pitching")?;
//! groups.assign_course(pitching, sales)?;
//! groups.assign_course(pitching, support)?;
//! groups.add_member(ana, sales)?;
//! groups.add_member(uwe, support)?;
//! let (of_ana, of_uwe) = (groups.enrol(ana, sales, "pitching: ana")?, groups.enrol(uwe, support, "pitching: uwe")?);
//! groups.make_group_leader(lea)?;
//! edit.commit()?;
//!
//! // A leader of nothing is a regular user.
//! assert!(!policy.snapshot().can(lea, words.enter_office, Target::Platform));
//!
//! let mut edit = policy.edit_unguarded();
//! words.on(&mut edit).assign_leader(lea, sales)?;
//! edit.commit()?;
//! let now = policy.snapshot();
//! assert!(now.can(lea, words.enter_office, Target::Platform));
//! assert!(now.can(lea, words.edit_course, pitching));
//! assert!(now.can(lea, words.grade_assessment, of_ana));
//!
//! // The course is shared, its students are not.
//! let why = now.explain(lea, words.grade_assessment, of_uwe)?;
//! assert_eq!(why.kind(), Some(ReasonKind::OutOfScope));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use crate::presets::{allows_of, known, refuse};
use crate::{
    Catalog, CatalogError, Edit, Grant, Granted, Group, Problem, ProblemKind, Resource, Role, Rule,
    Scope, SubjectKind, Target, User, above, all, holds, within,
};

/// What a leader may do in a group.
const LEADING: [&str; 7] = [
    "office.enter",
    "user.view",
    "user.email",
    "progress.view",
    "assessment.view",
    "assessment.grade",
    "course.edit",
];

/// The catalog: kinds, permissions, actions, roles and rules, without a prefix.
///
/// # Errors
///
/// None in fact: the catalog is the same at every call, and a test builds it.
pub fn catalog() -> Result<Catalog, CatalogError> {
    // The right in the enrolment's group, and over the student, who may have left it.
    let of_student = |permission| all([holds(permission), above("user", permission)]);
    let mut builder = Catalog::builder()
        .kind("course")
        .kind("content")
        .kind("enrolment")
        .permission("course.take")
        .permission("own_results.view")
        .permission("group.manage")
        .permission("settings.edit");
    for permission in LEADING {
        builder = builder.permission(permission);
    }
    builder
        .action("office.enter", within("office.enter"))
        .action("assessment.view", of_student("assessment.view"))
        .action("assessment.grade", of_student("assessment.grade"))
        .role("student", ["course.take"])
        .role("oneself", ["own_results.view"])
        .role("group_leader", [])
        .role("leads", LEADING)
        .role(
            "admin",
            LEADING.into_iter().chain(["group.manage", "settings.edit"]),
        )
        .rule(Rule::only_at(Granted::role("leads"), ["group"]))
        .rule(Rule::only_to(Granted::role("leads"), [SubjectKind::User]))
        .rule(Rule::every_holder_holds("leads", ["group_leader"]))
        .rule(Rule::only_at(Granted::role("student"), ["group"]))
        .build()
}

vocabulary! {
    /// The words of the catalog, found once.
    GroupLeaders {
        /// A course, placed in the groups that take it.
        course: Kind = "course",
        /// A part of a course, placed in it.
        content: Kind = "content",
        /// One user's study in one group, placed in both.
        enrolment: Kind = "enrolment",
        /// Taking a course.
        take_course: Action = "course.take",
        /// Editing a course or a part of one.
        edit_course: Action = "course.edit",
        /// Opening the back office, asked about the platform.
        enter_office: Action = "office.enter",
        /// Seeing a user, or the users of a group.
        view_users: Action = "user.view",
        /// Writing to a user, or to the users of a group.
        email_users: Action = "user.email",
        /// Seeing the progress of a user, or of the users of a group.
        view_progress: Action = "progress.view",
        /// Seeing the assessments of an enrolment.
        view_assessment: Action = "assessment.view",
        /// Grading the assessments of an enrolment.
        grade_assessment: Action = "assessment.grade",
        /// Seeing one's own progress and assessments, asked about a user or an enrolment.
        view_own_results: Action = "own_results.view",
        /// Setting up groups: their users, courses and leaders.
        manage_group: Action = "group.manage",
        /// Editing the settings of the whole site.
        edit_settings: Action = "settings.edit",
        /// What the members of a group may do there.
        student: Role = "student",
        /// What everyone may do about themselves.
        oneself: Role = "oneself",
        /// Being a group leader, which gives nothing by itself.
        group_leader: Role = "group_leader",
        /// Leading one group.
        leads: Role = "leads",
        /// Running the site.
        admin: Role = "admin",
    }
}

impl GroupLeaders {
    /// The operations, on an edit.
    pub fn on<'e, 'p>(&self, edit: &'e mut Edit<'p>) -> GroupLeadersEdit<'e, 'p> {
        GroupLeadersEdit { words: *self, edit }
    }
}

/// The operations of the screens, as steps of an edit.
///
/// An acting user needs `group.manage` at the group for what concerns one group, and on the platform for the rest; for
/// [`add_content`](Self::add_content), `course.edit`. Each method returns the first problem it meets, which marks the edit: a handle that
/// does not resolve, a name that is taken, an acting user who may not do it. Others are told by the commit: a leader of a group who is no
/// group leader is refused as [`ProblemKind::RuleBroken`].
#[derive(Debug)]
pub struct GroupLeadersEdit<'e, 'p> {
    words: GroupLeaders,
    edit: &'e mut Edit<'p>,
}

impl GroupLeadersEdit<'_, '_> {
    fn demand(&mut self, at: impl Into<Target>) -> Result<(), Problem> {
        self.edit.demand(self.words.manage_group, at.into())
    }

    /// Adds a group whose members take its courses. With the first one, everyone sees their own results.
    ///
    /// # Errors
    ///
    /// A [`Problem`], which marks the edit; so for every operation.
    pub fn add_group(&mut self, name: &str) -> Result<Group, Problem> {
        self.demand(Target::Platform)?;
        let group = self.edit.add_group(name)?;
        self.open_group(group)?;
        Ok(group)
    }

    /// Makes a group that is already there one whose members take its courses, as [`add_group`](Self::add_group) does.
    ///
    /// # Errors
    ///
    /// A [`Problem`], which marks the edit.
    pub fn open_group(&mut self, group: Group) -> Result<(), Problem> {
        self.demand(Target::Platform)?;
        self.edit.grant(
            Grant::role(self.words.student)
                .to(group)
                .on(Scope::this(group)),
        )?;
        self.edit.grant(
            Grant::role(self.words.oneself)
                .to_everyone()
                .on(Scope::Oneself),
        )
    }

    /// Adds a course, in no group yet.
    ///
    /// # Errors
    ///
    /// A [`Problem`], which marks the edit.
    pub fn add_course(&mut self, name: &str) -> Result<Resource, Problem> {
        self.demand(Target::Platform)?;
        self.edit.add_resource(self.words.course, name)
    }

    /// Adds a part to a course.
    ///
    /// # Errors
    ///
    /// A [`Problem`], which marks the edit.
    pub fn add_content(&mut self, course: Resource, name: &str) -> Result<Resource, Problem> {
        self.edit.demand(self.words.edit_course, course)?;
        let content = self.edit.add_resource(self.words.content, name)?;
        self.edit.place(content, course)?;
        Ok(content)
    }

    /// Puts a course into a group. It may be in others as well.
    ///
    /// # Errors
    ///
    /// A [`Problem`], which marks the edit.
    pub fn assign_course(&mut self, course: Resource, group: Group) -> Result<(), Problem> {
        self.demand(group)?;
        self.edit.place(course, group)
    }

    /// Takes a course out of a group. The enrolments stay, as what the group's students did.
    ///
    /// # Errors
    ///
    /// A [`Problem`], which marks the edit.
    pub fn unassign_course(&mut self, course: Resource, group: Group) -> Result<(), Problem> {
        self.demand(group)?;
        self.edit.unplace(course, group)
    }

    /// Makes a user a member of a group. Its leaders reach the user from then on.
    ///
    /// # Errors
    ///
    /// A [`Problem`], which marks the edit.
    pub fn add_member(&mut self, user: User, group: Group) -> Result<(), Problem> {
        self.demand(group)?;
        self.edit.add_member(user, group)
    }

    /// Ends a membership. Its leaders reach the user no more; the user's enrolments in the group become theirs alone.
    ///
    /// # Errors
    ///
    /// A [`Problem`], which marks the edit.
    pub fn remove_member(&mut self, user: User, group: Group) -> Result<(), Problem> {
        self.demand(group)?;
        for theirs in known(self.edit, |edit| edit.contents(user))? {
            let kind = known(self.edit, |edit| edit.kind_of(theirs))?;
            if kind == self.words.enrolment {
                // An enrolment in another group is not in this one, and stays where it is.
                self.edit.unplace(theirs, group)?;
            }
        }
        self.edit.remove_member(user, group)
    }

    /// Adds an enrolment: the study of one course by a member of a group, as a member of that group. Which course it is, the service knows.
    ///
    /// # Errors
    ///
    /// A [`Problem`], which marks the edit: of kind [`ProblemKind::WrongState`] for a user who is no member of the group.
    pub fn enrol(&mut self, user: User, group: Group, name: &str) -> Result<Resource, Problem> {
        self.demand(group)?;
        if !known(self.edit, |edit| edit.groups_of(user))?.contains(&group) {
            let why = "only members of the group are enrolled in it";
            return Err(refuse(self.edit, ProblemKind::WrongState, why));
        }
        let enrolment = self.edit.add_resource(self.words.enrolment, name)?;
        self.edit.place(enrolment, group)?;
        self.edit.place(enrolment, user)?;
        Ok(enrolment)
    }

    /// Gives a user the role of a group leader, which works only once they are assigned to groups.
    ///
    /// # Errors
    ///
    /// A [`Problem`], which marks the edit.
    pub fn make_group_leader(&mut self, user: User) -> Result<(), Problem> {
        self.demand(Target::Platform)?;
        self.edit
            .grant(self.on_platform(self.words.group_leader, user))
    }

    /// Takes the role of a group leader from a user, and with it every group they lead, by whatever role that includes leading.
    ///
    /// # Errors
    ///
    /// A [`Problem`], which marks the edit.
    pub fn end_group_leader(&mut self, user: User) -> Result<(), Problem> {
        self.demand(Target::Platform)?;
        for leading in allows_of(self.edit, user, &[self.words.leads])? {
            self.edit.revoke(leading)?;
        }
        self.edit.revoke_all(user, self.words.group_leader)
    }

    /// Makes a group leader lead a group.
    ///
    /// # Errors
    ///
    /// A [`Problem`], which marks the edit.
    pub fn assign_leader(&mut self, user: User, group: Group) -> Result<(), Problem> {
        self.demand(group)?;
        self.edit.grant(self.leading(user, Scope::this(group)))
    }

    /// Makes a group leader lead a group and all groups below it: the other reading of A-26.
    ///
    /// # Errors
    ///
    /// A [`Problem`], which marks the edit.
    pub fn assign_leader_below(&mut self, user: User, group: Group) -> Result<(), Problem> {
        self.demand(group)?;
        self.edit
            .grant(self.leading(user, Scope::underlying(group)))
    }

    /// Ends the leading of a group, whether of it alone or with all below, and by whatever role that includes leading. The user stays a
    /// group leader.
    ///
    /// # Errors
    ///
    /// A [`Problem`], which marks the edit.
    pub fn unassign_leader(&mut self, user: User, group: Group) -> Result<(), Problem> {
        self.demand(group)?;
        let ended = [Scope::this(group), Scope::underlying(group)];
        for leading in allows_of(self.edit, user, &[self.words.leads])? {
            if ended.contains(&leading.scope()) {
                self.edit.revoke(leading)?;
            }
        }
        Ok(())
    }

    /// Makes a user an admin of the site.
    ///
    /// # Errors
    ///
    /// A [`Problem`], which marks the edit.
    pub fn add_admin(&mut self, user: User) -> Result<(), Problem> {
        self.demand(Target::Platform)?;
        self.edit.grant(self.on_platform(self.words.admin, user))
    }

    /// Ends a user's work as an admin of the site.
    ///
    /// # Errors
    ///
    /// A [`Problem`], which marks the edit.
    pub fn remove_admin(&mut self, user: User) -> Result<(), Problem> {
        self.demand(Target::Platform)?;
        self.edit.revoke(self.on_platform(self.words.admin, user))
    }

    fn on_platform(&self, role: Role, user: User) -> Grant {
        Grant::role(role).to(user).on(Scope::Platform)
    }

    fn leading(&self, user: User, scope: Scope) -> Grant {
        Grant::role(self.words.leads).to(user).on(scope)
    }
}
