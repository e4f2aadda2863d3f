//! What each operation may give to whom, given which right of who acts: written from the documents, as data.

use Need::{At, Nobody, Oneself, Person, Platform, Reach, Throughout};
use Over::{Above, Anything, Around, HeldBy, Here, Home, New, Self_, Under, UnderHome};
use Who::{Actor, Anyone, Arg, Blocked, People};

/// One operation.
pub(super) struct Row {
    /// The operation with its arguments: `{u}` a user, `{g}` a group, `{nu}` a name, of a user perhaps, `{n}` a new name, `{academy.course}` a
    /// resource of that kind, and so on.
    pub(super) call: &'static str,
    /// What who acts has to have before, all of it.
    pub(super) needs: &'static [Need],
    /// What anybody may gain by it.
    pub(super) gives: &'static [Gain],
}

/// A right of who acts. Numbers are places among the arguments.
pub(super) enum Need {
    /// The action at these arguments together.
    At(&'static str, &'static [usize]),
    /// The action on the platform.
    Platform(&'static str),
    /// The permission at all that the role (of the first argument) reaches from the group (the second): below as well, for an admin.
    Reach(&'static str, usize, usize),
    /// The permission at the group and all below.
    Throughout(&'static str, usize),
    /// The action on a person, who may be new and then is nobody's.
    Person(&'static str, usize),
    /// To be this user.
    Oneself(usize),
    /// Nobody has the right to it.
    Nobody,
}

/// An answer that somebody may gain: who, which actions (`x.*` for all that begin so, `!x` for all but), and on what.
pub(super) struct Gain(
    pub(super) Who,
    pub(super) &'static [&'static str],
    pub(super) Over,
);

pub(super) enum Who {
    /// The user of an argument.
    Arg(usize),
    /// The user of an argument, where something blocked them before.
    Blocked(usize),
    /// Who acts.
    Actor,
    /// The user of an argument, or the people of a group there and of those below it.
    People(usize),
    Anyone,
}

pub(super) enum Over {
    /// The thing of an argument and what is in it.
    Here(usize),
    /// The group of an argument, all below it, and what is in them.
    Under(usize),
    /// What the operation added, and what is in that.
    New,
    /// Whoever gains it, and what is theirs.
    Self_,
    /// The listings and shelves in which the resource of an argument stands.
    Around(usize),
    /// The group of an argument, and the groups above it.
    Above(usize),
    /// Where the resource of an argument was before.
    UnderHome(usize),
    /// The target does not matter: it comes by what the group of an argument holds, and the groups above it.
    HeldBy(usize),
    /// The same of the groups in which the resource of an argument was before.
    Home(usize),
    Anything,
}

/// What comes back to co-authors and authors with the role of an author, and what it is by the permission's name.
const AUTHORED: &[&str] = &[
    "academy.authored.*",
    "academy.course.*",
    "academy.activity.*",
    "academy.co_author.assign",
    "academy.reviewer.assign",
    "academy.comment.*",
    "academy.program.edit",
    "academy.program.statistics",
    "academy.library.share",
];
/// What a group's people and its admins get of what comes onto its shelves: all but to edit it.
const SHELVED: &[&str] = &[
    "*",
    "!academy.course.edit",
    "!academy.activity.add",
    "!academy.activity.edit",
    "!academy.activity.remove",
    "!academy.course.publish",
    "!academy.course.author.change",
    "!academy.course.statistics",
    "!academy.co_author.assign",
    "!academy.reviewer.assign",
    "!academy.comment.post",
    "!academy.comment.read",
    "!academy.program.edit",
    "!academy.program.statistics",
];
/// What is held "somewhere below" is told of the groups above as well.
const SOMEWHERE: &[&str] = &[
    "control.access",
    "control.members.import",
    "control.buddy",
    "control.host.eligible",
    "control.event.host",
    "group_leaders.office.enter",
];
const TEAM: &[&str] = &[
    "academy.session.*",
    "academy.question.correct",
    "academy.assessment.correct",
    "academy.registration.validate",
    "academy.team.*",
    "academy.program.statistics",
];
const LEADING: &[&str] = &["group_leaders.*", "!group_leaders.settings.edit"];
const TEACHING: &[&str] = &[
    "instructors.session.teach",
    "instructors.roster.submit",
    "instructors.session.certify",
    "instructors.certification.issue",
    "instructors.bank.issue",
    "instructors.agency.id",
];
const ALL: &[&str] = &["*"];
const ACADEMY: &[&str] = &["academy.*"];
const CONTROL: &[&str] = &["control.*"];
const INSTRUCTORS: &[&str] = &["instructors.*"];

/// What somebody new in a group gains, and others over them: the group is argument 1 or 2, the person argument 0.
const JOINING_1: &[Gain] = &[
    Gain(People(0), ALL, HeldBy(1)),
    Gain(Arg(0), ALL, Self_),
    Gain(Anyone, ALL, Here(0)),
];
const JOINING_2: &[Gain] = &[Gain(Arg(0), ALL, HeldBy(2)), Gain(Anyone, ALL, Here(0))];
/// With a role of the academy there.
const ASSIGNED: &[Gain] = &[
    Gain(Arg(0), ACADEMY, Under(2)),
    Gain(Arg(0), AUTHORED, Anything),
    Gain(Arg(0), ALL, HeldBy(2)),
    Gain(Arg(0), ALL, Self_),
    Gain(Anyone, ALL, Here(0)),
];
const ASSIGNING: &[Need] = &[
    Reach("academy.member.manage", 1, 2),
    Person("academy.user.manage", 0),
];
const NEW: &[Gain] = &[Gain(Anyone, ALL, New)];
const NOTHING: &[Gain] = &[];
/// Who is out of a group is out of what is blocked there for others (S2-13).
const LEAVING: &[Gain] = &[Gain(Anyone, ALL, Here(0))];
const NEVER: &[Need] = &[Nobody];
const PLATFORM_ADMIN: &[Need] = &[Platform("academy.platform.manage")];
const SET_UP: &[Need] = &[Platform("control.set_up")];
const SITE: &[Need] = &[Platform("group_leaders.group.manage")];

const fn row(call: &'static str, needs: &'static [Need], gives: &'static [Gain]) -> Row {
    Row { call, needs, gives }
}

pub(super) const ROWS: &[Row] = &[
    // ---- Academy ----
    row("academy.found {nu} {n}", NEVER, NOTHING),
    row("academy.found_at {nu} {g}", NEVER, NOTHING),
    row(
        "academy.create_group {g} {n}",
        &[At("academy.group.create", &[0])],
        NEW,
    ),
    row(
        "academy.make_public {g}",
        &[At("academy.group.confidentiality", &[0])],
        &[Gain(Anyone, &["academy.user.view"], Here(0))],
    ),
    row(
        "academy.make_private {g}",
        &[At("academy.group.confidentiality", &[0])],
        NOTHING,
    ),
    row(
        "academy.create_badge {g} {n}",
        &[At("academy.badge.create", &[0])],
        NEW,
    ),
    row("academy.include_reviews", PLATFORM_ADMIN, NOTHING),
    row("academy.exclude_reviews", PLATFORM_ADMIN, NOTHING),
    row("academy.add_account {nu} {role} {g}", ASSIGNING, ASSIGNED),
    row("academy.give_role {u} {role} {g}", ASSIGNING, ASSIGNED),
    row("academy.take_role {u} {role} {g}", ASSIGNING, LEAVING),
    row(
        "academy.remove_from_group {u} {g}",
        &[
            At("academy.member.manage", &[1]),
            At("academy.user.manage", &[0]),
        ],
        LEAVING,
    ),
    row("academy.import_accounts {how} {line}", ASSIGNING, ASSIGNED),
    row(
        "academy.invite {nu} {role} {g}",
        &[
            At("academy.invitation.manage", &[2]),
            Reach("academy.member.manage", 1, 2),
        ],
        NEW,
    ),
    row(
        "academy.accept_invitation {academy.invitation}",
        &[At("academy.invitation.accept", &[0])],
        &[
            Gain(Actor, ACADEMY, UnderHome(0)),
            Gain(Actor, AUTHORED, Anything),
            Gain(Actor, ALL, Home(0)),
            Gain(Actor, ALL, Self_),
            Gain(Anyone, ALL, Here(ACTOR)),
        ],
    ),
    row(
        "academy.withdraw_invitation {academy.invitation}",
        &[At("academy.invitation.manage", &[0])],
        NOTHING,
    ),
    row(
        "academy.name_owner {u}",
        &[Platform("academy.owner.name")],
        &[
            Gain(Arg(0), ACADEMY, Anything),
            Gain(Actor, ALL, Anything),
            Gain(Anyone, ALL, Here(ACTOR)),
        ],
    ),
    row(
        "academy.name_platform_admin {u}",
        PLATFORM_ADMIN,
        &[Gain(Arg(0), ACADEMY, Anything)],
    ),
    row(
        "academy.dismiss_platform_admin {u}",
        PLATFORM_ADMIN,
        NOTHING,
    ),
    row(
        "academy.name_platform_coach {u}",
        PLATFORM_ADMIN,
        &[Gain(Arg(0), &["academy.user.view"], Anything)],
    ),
    row(
        "academy.dismiss_platform_coach {u}",
        PLATFORM_ADMIN,
        NOTHING,
    ),
    row(
        "academy.set_legal_representative {u}",
        PLATFORM_ADMIN,
        NOTHING,
    ),
    row(
        "academy.deactivate_account {u}",
        &[At("academy.account.manage", &[0])],
        NOTHING,
    ),
    row(
        "academy.reactivate_account {u}",
        &[At("academy.account.manage", &[0])],
        &[Gain(Arg(0), ACADEMY, Anything)],
    ),
    row(
        "academy.delete_account {u}",
        &[At("academy.account.manage", &[0])],
        LEAVING,
    ),
    row(
        "academy.appoint_manager {u} {u}",
        &[
            At("academy.user.manage", &[0]),
            At("academy.user.manage", &[1]),
        ],
        &[Gain(Arg(0), &["academy.results.view"], Here(1))],
    ),
    row(
        "academy.dismiss_manager {u} {u}",
        &[At("academy.user.manage", &[1])],
        NOTHING,
    ),
    row(
        "academy.create_course {u} {g} {n}",
        &[At("academy.course.create", &[1]), Oneself(0)],
        NEW,
    ),
    row(
        "academy.publish_course {academy.course}",
        &[At("academy.course.publish", &[0])],
        NOTHING,
    ),
    row(
        "academy.unpublish_course {academy.course}",
        &[At("academy.course.publish", &[0])],
        NOTHING,
    ),
    row(
        "academy.change_author {u} {academy.course}",
        &[At("academy.course.author.change", &[1])],
        &[Gain(Arg(0), AUTHORED, Here(1))],
    ),
    row(
        "academy.assign_co_author {u} {academy.course}",
        &[At("academy.co_author.assign", &[1])],
        &[Gain(Arg(0), AUTHORED, Here(1))],
    ),
    row(
        "academy.remove_co_author {u} {academy.course}",
        &[At("academy.co_author.assign", &[1])],
        NOTHING,
    ),
    row(
        "academy.assign_reviewer {u} {academy.course}",
        &[At("academy.reviewer.assign", &[1])],
        &[Gain(
            Arg(0),
            &[
                "academy.course.read",
                "academy.comment.post",
                "academy.review.*",
            ],
            Here(1),
        )],
    ),
    row(
        "academy.remove_reviewer {u} {academy.course}",
        &[At("academy.reviewer.assign", &[1])],
        NOTHING,
    ),
    row(
        "academy.post_comment {u} {academy.course} {n}",
        &[At("academy.comment.post", &[1]), Oneself(0)],
        NEW,
    ),
    row(
        "academy.share_in_library {academy.course|academy.program} {g}",
        &[At("academy.library.share", &[0, 1])],
        &[
            Gain(Anyone, SHELVED, Here(0)),
            Gain(Anyone, SHELVED, Around(0)),
            Gain(Anyone, ALL, New),
        ],
    ),
    row(
        "academy.take_from_library {academy.course|academy.program} {g}",
        &[At("academy.library.share", &[0, 1])],
        NOTHING,
    ),
    row(
        "academy.share_in_catalog {academy.course|academy.program} {g}",
        &[At("academy.catalog.fill", &[1])],
        &[
            Gain(
                Anyone,
                &[
                    "academy.course.play",
                    "academy.course.read",
                    "academy.program.play",
                    "academy.forum.post",
                ],
                Here(0),
            ),
            Gain(Anyone, SHELVED, Around(0)),
            Gain(Anyone, ALL, New),
        ],
    ),
    row(
        "academy.take_from_catalog {academy.course|academy.program} {g}",
        &[At("academy.catalog.fill", &[1])],
        NOTHING,
    ),
    row(
        "academy.create_program {u} {g} {n}",
        &[At("academy.program.create", &[1]), Oneself(0)],
        NEW,
    ),
    row(
        "academy.assign_program {academy.program} {g}",
        &[At("academy.assignments.fill", &[1])],
        &[
            Gain(
                Anyone,
                &["academy.program.play", "academy.forum.post"],
                Here(0),
            ),
            Gain(Anyone, SHELVED, Around(0)),
            Gain(Anyone, ALL, New),
        ],
    ),
    row(
        "academy.unassign_program {academy.program} {g}",
        &[At("academy.assignments.fill", &[1])],
        NOTHING,
    ),
    row(
        "academy.create_session {academy.program} {g} {n}",
        &[At("academy.session.open", &[1])],
        NEW,
    ),
    row(
        "academy.assign_instructor {u} {academy.session}",
        &[At("academy.session.team", &[1])],
        &[Gain(Arg(0), TEAM, Here(1))],
    ),
    row(
        "academy.remove_instructor {u} {academy.session}",
        &[At("academy.session.team", &[1])],
        NOTHING,
    ),
    row(
        "academy.enrol {u} {academy.session}",
        &[At("academy.session.learners", &[1])],
        &[Gain(
            Arg(0),
            &["academy.session.attend", "academy.program.play"],
            Here(1),
        )],
    ),
    row(
        "academy.unenrol {u} {academy.session}",
        &[At("academy.session.learners", &[1])],
        NOTHING,
    ),
    // ---- Control ----
    row(
        "control.grant_permission {s} {perm} {g}",
        SET_UP,
        &[Gain(People(0), CONTROL, Anything)],
    ),
    row(
        "control.grant_permission {s} {perm}",
        SET_UP,
        &[Gain(People(0), CONTROL, Anything)],
    ),
    row(
        "control.grant_permission_underlying {s} {perm} {g}",
        SET_UP,
        &[Gain(People(0), CONTROL, Anything)],
    ),
    row("control.revoke_permission {s} {perm}", SET_UP, NOTHING),
    row(
        "control.appoint_admin {u}",
        SET_UP,
        &[Gain(Arg(0), CONTROL, Anything)],
    ),
    row("control.dismiss_admin {u}", SET_UP, NOTHING),
    row(
        "control.appoint_sub_admin {s} {perm} {g}",
        SET_UP,
        &[Gain(People(0), CONTROL, Anything)],
    ),
    row("control.add_group {n}", SET_UP, NEW),
    row("control.add_group {g} {n}", SET_UP, NEW),
    row("control.open_group {g}", NEVER, NOTHING),
    row(
        "control.attach_group {g} {g}",
        SET_UP,
        &[
            Gain(People(0), ALL, HeldBy(1)),
            Gain(Anyone, SOMEWHERE, Above(1)),
            Gain(Anyone, ALL, Under(0)),
        ],
    ),
    row(
        "control.detach_group {g} {g}",
        SET_UP,
        &[Gain(Anyone, ALL, Under(0))],
    ),
    row(
        "control.rename_user {u} {n}",
        &[At("control.members.manage", &[0])],
        NOTHING,
    ),
    row(
        "control.add_member {u} {g}",
        &[
            At("control.members.manage", &[0]),
            At("control.members.manage", &[1]),
        ],
        JOINING_1,
    ),
    row(
        "control.remove_member {u} {g}",
        &[
            At("control.members.manage", &[0]),
            At("control.members.manage", &[1]),
        ],
        LEAVING,
    ),
    row(
        "control.move_member {u} {g} {g}",
        &[
            At("control.members.manage", &[0]),
            At("control.members.manage", &[1]),
            At("control.members.manage", &[2]),
        ],
        JOINING_2,
    ),
    row(
        "control.import_users {n} {g}",
        &[At("control.members.import", &[1])],
        JOINING_1,
    ),
    row(
        "control.import_users {n}",
        &[Platform("control.members.import")],
        &[Gain(Anyone, ALL, New), Gain(Arg(0), ALL, Self_)],
    ),
    row(
        "control.send_invitation {g} {n}",
        &[At("control.invites.manage", &[0])],
        NEW,
    ),
    row(
        "control.send_invitation {n}",
        &[Platform("control.invites.manage")],
        NEW,
    ),
    row(
        "control.remind_invitation {control.invitation}",
        &[At("control.invites.manage", &[0])],
        NOTHING,
    ),
    row(
        "control.delete_invitation {control.invitation}",
        &[At("control.invites.manage", &[0])],
        NOTHING,
    ),
    row(
        "control.write_post {u} {g} {n}",
        &[At("control.timeline.post", &[1]), Oneself(0)],
        NEW,
    ),
    row(
        "control.write_comment {u} {control.post} {n}",
        &[At("control.post.comment", &[1]), Oneself(0)],
        NEW,
    ),
    row(
        "control.delete_post {control.post}",
        &[At("control.post.delete", &[0])],
        NOTHING,
    ),
    row(
        "control.delete_comment {control.comment}",
        &[At("control.comment.delete", &[0])],
        NOTHING,
    ),
    row(
        "control.set_trainer {s} {g}",
        SET_UP,
        &[Gain(People(0), CONTROL, Anything)],
    ),
    row(
        "control.set_trainer {s}",
        SET_UP,
        &[Gain(People(0), CONTROL, Anything)],
    ),
    row("control.remove_trainer {s}", SET_UP, NOTHING),
    row("control.add_session {n}", SET_UP, NEW),
    row(
        "control.set_automation_targets {control.session} {g}",
        SET_UP,
        &[
            Gain(Anyone, ALL, Here(0)),
            Gain(
                People(1),
                &["control.session.*", "control.event.register"],
                Anything,
            ),
        ],
    ),
    row(
        "control.set_automation_targets {control.session}",
        SET_UP,
        NOTHING,
    ),
    row(
        "control.add_event {u} {control.session} {n}",
        &[At("control.event.add", &[1])],
        NEW,
    ),
    row(
        "control.delete_event {control.event}",
        &[At("control.event.manage", &[0])],
        NOTHING,
    ),
    row(
        "control.name_host {u} {control.event}",
        &[At("control.event.manage", &[1])],
        &[Gain(Arg(0), &["control.event.host"], Here(1))],
    ),
    row(
        "control.remove_host {u} {control.event}",
        &[At("control.event.manage", &[1])],
        NOTHING,
    ),
    row(
        "control.offer_event {control.event} {g}",
        &[At("control.event.offer", &[0, 1])],
        &[Gain(
            People(1),
            &["control.event.register", "control.event.attend"],
            Here(0),
        )],
    ),
    row(
        "control.withdraw_event {control.event} {g}",
        &[At("control.event.offer", &[0, 1])],
        NOTHING,
    ),
    row(
        "control.register {u} {control.event}",
        &[At("control.event.register", &[1]), Oneself(0)],
        &[Gain(Arg(0), &["control.event.join"], Here(1))],
    ),
    row(
        "control.add_attendee {u} {control.event} sessions",
        &[At("control.attendee.manage", &[1, 0])],
        &[Gain(Arg(0), &["control.event.join"], Here(1))],
    ),
    row(
        "control.add_attendee {u} {control.event} control",
        &[At("control.attendees.control", &[1, 0])],
        &[Gain(Arg(0), &["control.event.join"], Here(1))],
    ),
    row(
        "control.remove_attendee {u} {control.event} sessions",
        &[At("control.attendee.manage", &[1, 0])],
        NOTHING,
    ),
    row(
        "control.remove_attendee {u} {control.event} control",
        &[At("control.attendees.control", &[1, 0])],
        NOTHING,
    ),
    // ---- Group leaders ----
    row("group_leaders.add_group {n}", SITE, NEW),
    row("group_leaders.add_group {g} {n}", SITE, NEW),
    row(
        "group_leaders.open_group {g}",
        SITE,
        &[Gain(People(0), &["group_leaders.course.take"], Here(0))],
    ),
    row("group_leaders.add_course {n}", SITE, NEW),
    row(
        "group_leaders.add_content {group_leaders.course} {n}",
        &[At("group_leaders.course.edit", &[0])],
        NEW,
    ),
    row(
        "group_leaders.assign_course {group_leaders.course} {g}",
        &[
            At("group_leaders.group.manage", &[0]),
            At("group_leaders.group.manage", &[1]),
        ],
        &[Gain(Anyone, ALL, Here(0))],
    ),
    row(
        "group_leaders.unassign_course {group_leaders.course} {g}",
        &[
            At("group_leaders.group.manage", &[0]),
            At("group_leaders.group.manage", &[1]),
        ],
        LEAVING,
    ),
    row(
        "group_leaders.add_member {u} {g}",
        &[
            At("group_leaders.group.manage", &[0]),
            At("group_leaders.group.manage", &[1]),
        ],
        JOINING_1,
    ),
    row(
        "group_leaders.remove_member {u} {g}",
        &[
            At("group_leaders.group.manage", &[0]),
            At("group_leaders.group.manage", &[1]),
        ],
        LEAVING,
    ),
    row(
        "group_leaders.enrol {u} {g} {n}",
        &[
            At("group_leaders.group.manage", &[0]),
            At("group_leaders.group.manage", &[1]),
        ],
        NEW,
    ),
    row("group_leaders.make_group_leader {u}", SITE, NOTHING),
    row("group_leaders.end_group_leader {u}", SITE, NOTHING),
    row(
        "group_leaders.assign_leader {u} {g}",
        &[At("group_leaders.group.manage", &[1])],
        &[
            Gain(Arg(0), LEADING, Here(1)),
            Gain(Arg(0), &["group_leaders.office.enter"], Anything),
        ],
    ),
    row(
        "group_leaders.assign_leader_below {u} {g}",
        &[Throughout("group_leaders.group.manage", 1)],
        &[
            Gain(Arg(0), LEADING, Under(1)),
            Gain(Arg(0), &["group_leaders.office.enter"], Anything),
        ],
    ),
    row(
        "group_leaders.set_leader {u} {g}",
        &[At("group_leaders.group.manage", &[1])],
        &[
            Gain(Arg(0), LEADING, Here(1)),
            Gain(Arg(0), &["group_leaders.office.enter"], Anything),
        ],
    ),
    row(
        "group_leaders.unassign_leader {u} {g}",
        &[At("group_leaders.group.manage", &[1])],
        NOTHING,
    ),
    row(
        "group_leaders.add_admin {u}",
        SITE,
        &[Gain(Arg(0), &["group_leaders.*"], Anything)],
    ),
    row("group_leaders.remove_admin {u}", SITE, NOTHING),
    // ---- Instructors ----
    row("instructors.add_organization {n}", NEVER, NOTHING),
    row("instructors.open_organization {g}", NEVER, NOTHING),
    row("instructors.add_agency {n}", NEVER, NOTHING),
    row(
        "instructors.add_course {g} {n}",
        &[At("instructors.course.create", &[0])],
        NEW,
    ),
    row(
        "instructors.add_location {g} {n}",
        &[At("instructors.location.create", &[0])],
        NEW,
    ),
    row(
        "instructors.add_bank {instructors.agency} {g} {n}",
        &[At("instructors.organization.manage", &[1])],
        NEW,
    ),
    row(
        "instructors.add_admin {u} {g}",
        &[At("instructors.organization.manage", &[1])],
        &[Gain(Arg(0), INSTRUCTORS, Here(1))],
    ),
    row(
        "instructors.remove_admin {u} {g}",
        &[At("instructors.organization.manage", &[1])],
        NOTHING,
    ),
    row(
        "instructors.invite_instructor {u} {set} {g}",
        &[At("instructors.organization.manage", &[2])],
        &[
            Gain(Arg(0), INSTRUCTORS, Here(2)),
            Gain(Arg(0), &["instructors.profile.edit"], Self_),
            Gain(Blocked(0), ALL, Under(2)),
        ],
    ),
    row(
        "instructors.set_can_manage_sessions {u} {set} {g}",
        &[At("instructors.organization.manage", &[2])],
        &[Gain(Arg(0), INSTRUCTORS, Here(2))],
    ),
    row(
        "instructors.revoke_instructor {u} {g}",
        &[At("instructors.organization.manage", &[1])],
        NOTHING,
    ),
    row(
        "instructors.create_session {instructors.course} {instructors.bank} {g} {n}",
        &[At("instructors.session.schedule", &[2])],
        NEW,
    ),
    row(
        "instructors.delete_session {instructors.session}",
        &[At("instructors.session.manage", &[0])],
        NOTHING,
    ),
    row(
        "instructors.upload_document {instructors.session} {n}",
        &[At("instructors.document.upload", &[0])],
        NEW,
    ),
    row(
        "instructors.submit_roster {instructors.session} {n}",
        &[At("instructors.roster.submit", &[0])],
        NEW,
    ),
    row(
        "instructors.delete_roster {instructors.roster}",
        &[At("instructors.roster.manage", &[0])],
        NOTHING,
    ),
    row(
        "instructors.submit_record {instructors.session} {n}",
        &[At("instructors.record.submit", &[0])],
        NEW,
    ),
    row(
        "instructors.review_roster {instructors.roster}",
        &[At("instructors.roster.review", &[0])],
        NOTHING,
    ),
    row(
        "instructors.issue_certifications {instructors.session|instructors.roster} {instructors.bank}",
        &[At("instructors.certification.issue", &[0, 1])],
        NOTHING,
    ),
    row(
        "instructors.assign_teacher {u} {instructors.session}",
        &[At("instructors.session.manage", &[1])],
        &[Gain(Arg(0), TEACHING, Here(1))],
    ),
    row(
        "instructors.unassign_teacher {u} {instructors.session}",
        &[At("instructors.session.manage", &[1])],
        NOTHING,
    ),
    row(
        "instructors.add_issuer {u} {instructors.bank}",
        &[At("instructors.organization.manage", &[1])],
        &[Gain(Arg(0), TEACHING, Here(1))],
    ),
    row(
        "instructors.remove_issuer {u} {instructors.bank}",
        &[At("instructors.organization.manage", &[1])],
        NOTHING,
    ),
    row(
        "instructors.record_agency_id {u} {instructors.agency}",
        &[At("instructors.profile.edit", &[0])],
        &[Gain(Arg(0), TEACHING, Here(1))],
    ),
    row(
        "instructors.remove_agency_id {u} {instructors.agency}",
        &[At("instructors.profile.edit", &[0])],
        NOTHING,
    ),
];

/// Stands for who acts, where an argument is meant.
pub(super) const ACTOR: usize = usize::MAX;

/// The kinds that an argument takes, for a resource.
pub(super) fn kinds(word: &str) -> Option<Vec<&str>> {
    let kinds = word.strip_prefix('{')?.strip_suffix('}')?;
    kinds.contains('.').then(|| kinds.split('|').collect())
}

/// Something of the world that the argument takes.
pub(super) fn any(word: &'static str) -> &'static str {
    match word {
        "{u}" => "lea",
        "{g}" => "hub",
        "{n}" | "{nu}" => "brand-new",
        "{role}" => "learner",
        "{how}" => "add",
        "{line}" => "lea,3,hub",
        "{s}" => "user:lea",
        "{perm}" => "reporting",
        "{set}" => "yes",
        _ => match kinds(word).and_then(|kinds| kinds.first().copied()) {
            Some("academy.course") => "academy.course:rust",
            Some("academy.program") => "academy.program:onboarding",
            Some("academy.session") => "academy.session:may",
            Some("academy.invitation") => "academy.invitation:lea",
            Some("control.session") => "control.session:induction",
            Some("control.event") => "control.event:welcome",
            Some("control.post") => "control.post:hello",
            Some("control.comment") => "control.comment:again",
            Some("control.invitation") => "control.invitation:to-ina",
            Some("group_leaders.course") => "group_leaders.course:pitching",
            Some("instructors.course") => "instructors.course:cpr",
            Some("instructors.session") => "instructors.session:monday",
            Some("instructors.bank") => "instructors.bank:cards",
            Some("instructors.agency") => "instructors.agency:heart",
            Some("instructors.roster") => "instructors.roster:list",
            _ => word,
        },
    }
}
