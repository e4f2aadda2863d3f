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
//! # What an operation demands
//!
//! | operation | of the acting user | at |
//! |---|---|---|
//! | [`add_group`](GroupLeadersEdit::add_group), [`open_group`](GroupLeadersEdit::open_group), [`add_course`](GroupLeadersEdit::add_course), [`make_group_leader`](GroupLeadersEdit::make_group_leader), [`end_group_leader`](GroupLeadersEdit::end_group_leader) | `group.manage` | the platform |
//! | [`add_admin`](GroupLeadersEdit::add_admin), [`remove_admin`](GroupLeadersEdit::remove_admin) | `group.manage`, and to add one all that an admin has | the platform |
//! | [`add_content`](GroupLeadersEdit::add_content) | `course.edit` | the course |
//! | [`assign_course`](GroupLeadersEdit::assign_course), [`unassign_course`](GroupLeadersEdit::unassign_course) | `group.manage` | the group and the course |
//! | [`add_member`](GroupLeadersEdit::add_member), [`remove_member`](GroupLeadersEdit::remove_member), [`enrol`](GroupLeadersEdit::enrol) | `group.manage` | the group and the user |
//! | [`assign_leader`](GroupLeadersEdit::assign_leader), [`assign_leader_below`](GroupLeadersEdit::assign_leader_below), [`set_leader`](GroupLeadersEdit::set_leader) | `group.manage`, and all that leading gives | all that is to be led |
//! | [`unassign_leader`](GroupLeadersEdit::unassign_leader), [`set_leader`](GroupLeadersEdit::set_leader) | `group.manage` | all that was led |
//!
//! `group.manage` is held over a course or a user that is in a group one manages: who manages a single group takes in nobody and nothing from
//! outside. What the edit itself added is put somewhere by who manages the platform.
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
//! let (sales, support) = (groups.add_group(&[], "sales")?, groups.add_group(&[], "support")?);
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
//! assert!(!policy.snapshot().can(lea, words.office_enter, Target::Platform));
//!
//! let mut edit = policy.edit_unguarded();
//! words.on(&mut edit).assign_leader(lea, sales)?;
//! edit.commit()?;
//! let now = policy.snapshot();
//! assert!(now.can(lea, words.office_enter, Target::Platform));
//! assert!(now.can(lea, words.course_edit, pitching));
//! assert!(now.can(lea, words.assessment_grade, of_ana));
//!
//! // The course is shared, its students are not.
//! let why = now.explain(lea, words.assessment_grade, of_uwe)?;
//! assert_eq!(why.kind(), Some(ReasonKind::OutOfScope));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use crate::presets::{allows_of, demand_kind, demand_of, end_membership, join, known, refuse};
use crate::{
    Catalog, CatalogError, Edit, Grant, Granted, Group, Place, Problem, ProblemKind, Resource,
    Role, Rule, Scope, Subject, SubjectKind, Target, User, above, all, holds, within,
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
        .role("member", [])
        .role("leads", LEADING)
        .role(
            "admin",
            LEADING.into_iter().chain(["group.manage", "settings.edit"]),
        )
        .rule(Rule::only_at(Granted::role("leads"), ["group"]))
        .rule(Rule::only_to(Granted::role("leads"), [SubjectKind::User]))
        .rule(Rule::every_holder_holds("leads", ["group_leader"]))
        .rule(Rule::only_at(Granted::role("student"), ["group"]))
        .rule(Rule::only_at(Granted::role("member"), ["group"]))
        .rule(Rule::only_to(Granted::role("member"), [SubjectKind::User]))
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
        course_take: Action = "course.take",
        /// Editing a course or a part of one.
        course_edit: Action = "course.edit",
        /// Opening the back office, asked about the platform.
        office_enter: Action = "office.enter",
        /// Seeing a user, or the users of a group.
        user_view: Action = "user.view",
        /// Writing to a user, or to the users of a group.
        user_email: Action = "user.email",
        /// Seeing the progress of a user, or of the users of a group.
        progress_view: Action = "progress.view",
        /// Seeing the assessments of an enrolment.
        assessment_view: Action = "assessment.view",
        /// Grading the assessments of an enrolment.
        assessment_grade: Action = "assessment.grade",
        /// Seeing one's own progress and assessments, asked about a user or an enrolment.
        own_results_view: Action = "own_results.view",
        /// Setting up groups: their users, courses and leaders.
        group_manage: Permission = "group.manage",
        /// Editing the settings of the whole site.
        settings_edit: Action = "settings.edit",
        /// What the members of a group may do there.
        student: Role = "student",
        /// What everyone may do about themselves.
        oneself: Role = "oneself",
        /// The record that a user was made a member of a group here, which gives nothing.
        member: Role = "member",
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
/// What each demands of an acting user is told [above](self#what-an-operation-demands). Each method returns the first problem it meets, which
/// marks the edit: a handle that does not resolve, a resource of another kind, a group that was not opened, a name that is taken, an acting
/// user who may not do it. Others are told by the commit: a leader of a group who is no group leader is refused as
/// [`ProblemKind::RuleBroken`].
#[derive(Debug)]
pub struct GroupLeadersEdit<'e, 'p> {
    words: GroupLeaders,
    edit: &'e mut Edit<'p>,
}

/// Groups and their courses.
impl GroupLeadersEdit<'_, '_> {
    /// Adds a group whose members take its courses, below these parents: its members then take their courses as well. With the first group,
    /// everyone sees their own results.
    ///
    /// Demands `group.manage` on the platform.
    ///
    /// # Errors
    ///
    /// A [`Problem`], which marks the edit; so for every operation.
    pub fn add_group(&mut self, parents: &[Group], name: &str) -> Result<Group, Problem> {
        self.demand_platform()?;
        for parent in parents {
            self.demand_open(*parent)?;
        }
        let group = self.edit.add_group(name)?;
        for parent in parents {
            self.edit.attach(group, *parent)?;
        }
        self.open_group(group)?;
        Ok(group)
    }

    /// Makes a group that is already there one whose members take its courses, as [`add_group`](Self::add_group) does.
    ///
    /// Demands `group.manage` on the platform.
    ///
    /// # Errors
    ///
    /// A [`Problem`], which marks the edit.
    pub fn open_group(&mut self, group: Group) -> Result<(), Problem> {
        self.demand_platform()?;
        self.edit.grant(self.student(group))?;
        self.edit.grant(
            Grant::role(self.words.oneself)
                .to_everyone()
                .on(Scope::Oneself),
        )
    }

    /// Adds a course, in no group yet.
    ///
    /// Demands `group.manage` on the platform.
    ///
    /// # Errors
    ///
    /// A [`Problem`], which marks the edit.
    pub fn add_course(&mut self, name: &str) -> Result<Resource, Problem> {
        self.demand_platform()?;
        self.edit.add_resource(self.words.course, name)
    }

    /// Adds a part to a course.
    ///
    /// Demands `course.edit` on the course.
    ///
    /// # Errors
    ///
    /// A [`Problem`], which marks the edit.
    pub fn add_content(&mut self, course: Resource, name: &str) -> Result<Resource, Problem> {
        self.demand_course(course)?;
        self.edit.demand(self.words.course_edit, course)?;
        let content = self.edit.add_resource(self.words.content, name)?;
        self.edit.place(content, course)?;
        Ok(content)
    }

    /// Puts a course into a group, whose leaders edit it from then on. It may be in others as well.
    ///
    /// Demands `group.manage` on the group and on the course: whoever manages one group alone brings no course into it from elsewhere.
    ///
    /// # Errors
    ///
    /// A [`Problem`], which marks the edit.
    pub fn assign_course(&mut self, course: Resource, group: Group) -> Result<(), Problem> {
        self.demand_course(course)?;
        self.demand_open(group)?;
        self.demand(group)?;
        self.demand(course)?;
        self.edit.place(course, group)
    }

    /// Takes a course out of a group. The enrolments stay, as what the group's students did.
    ///
    /// Demands `group.manage` on the group and on the course, as which the group's own counts.
    ///
    /// # Errors
    ///
    /// A [`Problem`], which marks the edit.
    pub fn unassign_course(&mut self, course: Resource, group: Group) -> Result<(), Problem> {
        self.demand_course(course)?;
        self.demand_open(group)?;
        self.demand(group)?;
        self.demand(course)?;
        self.edit.unplace(course, group)
    }
}

/// Members and their enrolments.
impl GroupLeadersEdit<'_, '_> {
    /// Makes a user a member of a group. Its leaders reach the user from then on.
    ///
    /// Demands `group.manage` on the group and on the user: whoever manages one group alone brings nobody into it from elsewhere.
    ///
    /// # Errors
    ///
    /// A [`Problem`], which marks the edit.
    pub fn add_member(&mut self, user: User, group: Group) -> Result<(), Problem> {
        self.demand_open(group)?;
        self.demand(group)?;
        self.demand(user)?;
        join(self.edit, self.words.member, user, group)
    }

    /// Ends a membership. Its leaders reach the user no more; the user's enrolments in the group become theirs alone.
    ///
    /// Demands `group.manage` on the group and on the user.
    ///
    /// # Errors
    ///
    /// A [`Problem`], which marks the edit: of kind [`ProblemKind::WrongState`] where another system of the same policy made the user a
    /// member as well.
    pub fn remove_member(&mut self, user: User, group: Group) -> Result<(), Problem> {
        self.demand_open(group)?;
        self.demand(group)?;
        self.demand(user)?;
        for theirs in known(self.edit, |edit| edit.contents(user))? {
            let kind = known(self.edit, |edit| edit.kind_of(theirs))?;
            if kind == self.words.enrolment {
                // An enrolment in another group is not in this one, and stays where it is.
                self.edit.unplace(theirs, group)?;
            }
        }
        end_membership(self.edit, self.words.member, user, group)
    }

    /// Adds an enrolment: the study of one course by a member of a group, as a member of that group. Which course it is, the service knows.
    ///
    /// Demands `group.manage` on the group and on the user.
    ///
    /// # Errors
    ///
    /// A [`Problem`], which marks the edit: of kind [`ProblemKind::WrongState`] for a user who is no member of the group.
    pub fn enrol(&mut self, user: User, group: Group, name: &str) -> Result<Resource, Problem> {
        self.demand_open(group)?;
        self.demand(group)?;
        self.demand(user)?;
        if !known(self.edit, |edit| edit.groups_of(user))?.contains(&group) {
            let why = "only members of the group are enrolled in it";
            return Err(refuse(self.edit, ProblemKind::WrongState, why));
        }
        let enrolment = self.edit.add_resource(self.words.enrolment, name)?;
        self.edit.place(enrolment, group)?;
        self.edit.place(enrolment, user)?;
        Ok(enrolment)
    }
}

/// Leaders and admins.
impl GroupLeadersEdit<'_, '_> {
    /// Gives a user the role of a group leader, which works only once they are assigned to groups.
    ///
    /// Demands `group.manage` on the platform.
    ///
    /// # Errors
    ///
    /// A [`Problem`], which marks the edit.
    pub fn make_group_leader(&mut self, user: User) -> Result<(), Problem> {
        self.demand_platform()?;
        self.edit
            .grant(self.on_platform(self.words.group_leader, user))
    }

    /// Takes the role of a group leader from a user, and with it every group they lead, by whatever role that includes leading.
    ///
    /// Demands `group.manage` on the platform.
    ///
    /// # Errors
    ///
    /// A [`Problem`], which marks the edit.
    pub fn end_group_leader(&mut self, user: User) -> Result<(), Problem> {
        self.demand_platform()?;
        for leading in allows_of(self.edit, user, &[self.words.leads])? {
            self.edit.revoke(leading)?;
        }
        self.edit.revoke_all(user, self.words.group_leader)
    }

    /// Makes a group leader lead a group.
    ///
    /// Demands `group.manage` on the group, and there all that leading gives.
    ///
    /// # Errors
    ///
    /// A [`Problem`], which marks the edit.
    pub fn assign_leader(&mut self, user: User, group: Group) -> Result<(), Problem> {
        self.lead(user, group, Scope::this(group))
    }

    /// Makes a group leader lead a group and all groups below it: the other reading of A-26.
    ///
    /// Demands `group.manage` and all that leading gives, on the group and on all that is or comes to be below it: who manages the group
    /// alone cannot.
    ///
    /// # Errors
    ///
    /// A [`Problem`], which marks the edit.
    pub fn assign_leader_below(&mut self, user: User, group: Group) -> Result<(), Problem> {
        self.lead(user, group, Scope::underlying(group))
    }

    /// Makes a group leader lead exactly these groups: those that they lead otherwise end, alone or with all below, and by whatever role
    /// that includes leading. Without any, they stay a group leader of nothing.
    ///
    /// Demands as [`assign_leader`](Self::assign_leader) for each group that is new, and as [`unassign_leader`](Self::unassign_leader) for
    /// each that ends.
    ///
    /// # Errors
    ///
    /// A [`Problem`], which marks the edit.
    pub fn set_leader(&mut self, user: User, groups: &[Group]) -> Result<(), Problem> {
        let mut led = Vec::new();
        for leading in allows_of(self.edit, user, &[self.words.leads])? {
            if groups
                .iter()
                .any(|group| leading.scope() == Scope::this(*group))
            {
                led.push(leading.scope());
            } else {
                self.end(leading)?;
            }
        }
        for group in groups {
            if !led.contains(&Scope::this(*group)) {
                self.assign_leader(user, *group)?;
            }
        }
        Ok(())
    }

    /// Ends the leading of a group, whether of it alone or with all below, and by whatever role that includes leading. The user stays a
    /// group leader.
    ///
    /// Demands `group.manage` on the group, and on all below it where the user leads that.
    ///
    /// # Errors
    ///
    /// A [`Problem`], which marks the edit.
    pub fn unassign_leader(&mut self, user: User, group: Group) -> Result<(), Problem> {
        self.demand(group)?;
        let ended = [Scope::this(group), Scope::underlying(group)];
        for leading in allows_of(self.edit, user, &[self.words.leads])? {
            if ended.contains(&leading.scope()) {
                self.end(leading)?;
            }
        }
        Ok(())
    }

    /// Makes a user an admin of the site.
    ///
    /// Demands `group.manage` and all else that an admin has, on the platform.
    ///
    /// # Errors
    ///
    /// A [`Problem`], which marks the edit.
    pub fn add_admin(&mut self, user: User) -> Result<(), Problem> {
        self.demand_platform()?;
        let admin = self.on_platform(self.words.admin, user);
        self.edit.demand_grant(admin)?;
        self.edit.grant(admin)
    }

    /// Ends a user's work as an admin of the site.
    ///
    /// Demands `group.manage` on the platform.
    ///
    /// # Errors
    ///
    /// A [`Problem`], which marks the edit.
    pub fn remove_admin(&mut self, user: User) -> Result<(), Problem> {
        self.demand_platform()?;
        self.edit.revoke(self.on_platform(self.words.admin, user))
    }

    fn lead(&mut self, user: User, group: Group, scope: Scope) -> Result<(), Problem> {
        self.demand_open(group)?;
        self.demand_throughout(user, scope)?;
        let leading = Grant::role(self.words.leads).to(user).on(scope);
        self.edit.demand_grant(leading)?;
        self.edit.grant(leading)
    }

    fn end(&mut self, leading: Grant) -> Result<(), Problem> {
        if let Subject::User(user) = leading.subject() {
            self.demand_throughout(user, leading.scope())?;
        }
        self.edit.revoke(leading)
    }

    fn on_platform(&self, role: Role, user: User) -> Grant {
        Grant::role(role).to(user).on(Scope::Platform)
    }
}

/// What is demanded.
impl GroupLeadersEdit<'_, '_> {
    fn demand_platform(&mut self) -> Result<(), Problem> {
        self.edit.demand(self.words.group_manage, Target::Platform)
    }

    fn demand(&mut self, at: impl Into<Place>) -> Result<(), Problem> {
        demand_of(self.edit, self.words.group_manage, at)
    }

    /// Demands the management of all of a scope.
    fn demand_throughout(&mut self, user: User, scope: Scope) -> Result<(), Problem> {
        let managing = Grant::permission(self.words.group_manage).to(user);
        self.edit.demand_grant(managing.on(scope))
    }

    fn demand_course(&mut self, course: Resource) -> Result<(), Problem> {
        demand_kind(self.edit, course, &[self.words.course])
    }

    /// Refuses a group that is not one of those whose members take courses: it may be another system's.
    fn demand_open(&mut self, group: Group) -> Result<(), Problem> {
        if known(self.edit, |edit| edit.grants_to(group))?.contains(&self.student(group)) {
            return Ok(());
        }
        let name = known(self.edit, |edit| edit.thing_name(group))?;
        let why = format!("{name} takes no courses: open the group first");
        Err(refuse(self.edit, ProblemKind::WrongState, why))
    }

    fn student(&self, group: Group) -> Grant {
        Grant::role(self.words.student)
            .to(group)
            .on(Scope::this(group))
    }
}
