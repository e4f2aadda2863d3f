//! The vocabulary: what there is, what can be asked, the roles and the rules.

use crate::{
    Catalog, CatalogBuilder, CatalogError, Granted, PLATFORM, Requirement, Rule, SubjectKind,
    above, all, allows, any, holds, on, within,
};

/// The words and rules of this preset, for a service to include under a prefix of its own.
///
/// # Errors
///
/// None: the catalog is built in the tests.
pub fn catalog() -> Result<Catalog, CatalogError> {
    let builder = Catalog::builder()
        .kind("session")
        .kind("event")
        .kind("post")
        .kind("comment")
        .kind("invitation")
        .label("group");
    let builder = in_control(builder);
    let builder = learning_side(builder);
    let builder = sessions(builder);
    rules(roles(builder)).build()
}

/// What belongs to Control needs access to it, at the same target.
fn with_access(requirement: Requirement) -> Requirement {
    requirement.with(holds("access"))
}

fn in_control(builder: CatalogBuilder) -> CatalogBuilder {
    let administers = any([
        within("members.view"),
        within("members.manage"),
        within("invites.manage"),
    ]);
    let looks_after = any([within("members.view"), within("members.manage")]);
    let sees = any([holds("members.view"), holds("members.manage")]);
    builder
        .permission("access")
        .permission("members.view")
        .permission("members.manage")
        .permission("members.import")
        .permission("invites.manage")
        .permission("set_up")
        .permission("attendees.control")
        .action("access", within("access").with(administers))
        .action("members.view", with_access(sees))
        .action("members.manage", with_access(holds("members.manage")))
        .action_on("member.add", 2, each(2, "members.manage"))
        .action_on("member.remove", 2, each(2, "members.manage"))
        .action_on("member.move", 3, each(3, "members.manage"))
        .action(
            "members.import",
            with_access(holds("members.import").with(looks_after)),
        )
        .action("invites.manage", with_access(holds("invites.manage")))
        .action("set_up", with_access(holds("set_up")))
        .action_on(
            "attendees.control",
            2,
            all([0, 1].map(|nth| on(nth, with_access(holds("attendees.control"))))),
        )
}

/// The action is allowed on each of the targets.
fn each(targets: usize, action: &str) -> Requirement {
    all((0..targets).map(|nth| on(nth, allows(action))))
}

fn learning_side(builder: CatalogBuilder) -> CatalogBuilder {
    // The author keeps this right only while they may post where it stands.
    let edited = |own: &str| {
        any([
            above("group", "timeline.moderate"),
            holds(own).with(above("group", "timeline.post")),
        ])
    };
    builder
        .permission("reporting")
        .permission("timeline.post")
        .permission("timeline.moderate")
        .permission("post.own")
        .permission("comment.own")
        .action("reporting", holds("reporting").with(holds("members.view")))
        .action("buddy", within("reporting"))
        .action("post.comment", above("group", "timeline.post"))
        .action("post.edit", edited("post.own"))
        .action("post.delete", edited("post.own"))
        .action("comment.edit", edited("comment.own"))
        .action("comment.delete", edited("comment.own"))
}

fn sessions(builder: CatalogBuilder) -> CatalogBuilder {
    // Whoever trains a group sees its people, which is less than View members.
    let sight = any([holds("members.view"), holds("learners.manage")]);
    let attend = || above("session", "session.attend");
    builder
        .permission("session.attend")
        .permission("event.attend")
        .permission("event.join")
        .permission("event.add")
        .permission("event.manage")
        .permission("event.host")
        .permission("host.eligible")
        .permission("attendance.submit")
        .permission("participants.email")
        .permission("learners.manage")
        .action("session.see", attend())
        .action("session.register", attend())
        .action("event.register", holds("event.attend").with(attend()))
        // Rights over events are held at their session: what else an event may be placed in gives nobody any.
        .action("event.add", above("session", "event.add"))
        .action("event.manage", above("session", "event.manage"))
        .action("attendance.submit", above("session", "attendance.submit"))
        .action_on(
            "event.offer",
            2,
            all([on(0, allows("event.manage")), on(1, sight.clone())]),
        )
        .action_on(
            "attendee.manage",
            2,
            on(0, allows("event.manage")).with(on(1, sight)),
        )
        .action("host.eligible", within("host.eligible"))
        .action(
            "event.host",
            holds("event.host").with(on(PLATFORM, within("host.eligible"))),
        )
}

fn roles(builder: CatalogBuilder) -> CatalogBuilder {
    builder
        .role(
            "admin",
            [
                "access",
                "members.view",
                "members.manage",
                "members.import",
                "invites.manage",
                "set_up",
                "attendees.control",
                "reporting",
                "timeline.moderate",
                "event.add",
                "event.manage",
                "attendance.submit",
                "participants.email",
                "learners.manage",
            ],
        )
        .role("eligible_host", ["host.eligible"])
        .role_including(
            "trainer",
            [
                "event.add",
                "event.manage",
                "attendance.submit",
                "participants.email",
                "learners.manage",
            ],
            ["eligible_host"],
        )
        .role("participant", ["session.attend"])
        .role("host", ["event.host"])
        .role("attendee", ["event.join"])
        .role("member", [])
}

fn rules(builder: CatalogBuilder) -> CatalogBuilder {
    let targeted = [
        "members.view",
        "members.manage",
        "reporting",
        "timeline.post",
        "timeline.moderate",
    ];
    let builder = targeted.into_iter().fold(builder, |builder, permission| {
        builder.rule(Rule::needs_scope(Granted::permission(permission)))
    });
    let (user, group) = (SubjectKind::User, SubjectKind::Group);
    builder
        .rule(Rule::needs_scope(Granted::role("trainer")))
        .rule(Rule::only_to(Granted::role("eligible_host"), [user, group]))
        .rule(Rule::only_at(Granted::role("admin"), ["platform"]))
        .rule(Rule::only_at(Granted::role("participant"), ["group"]))
        .rule(Rule::only_to(Granted::role("participant"), [group]))
        .rule(Rule::only_at(
            Granted::permission("event.attend"),
            ["event"],
        ))
        .rule(Rule::only_to(Granted::permission("event.attend"), [group]))
        .rule(Rule::only_at(Granted::role("host"), ["event"]))
        .rule(Rule::only_to(Granted::role("host"), [user]))
        // The record of who hosted which event outlives the right to.
        .rule(Rule::needs_role(Granted::role("host"), "eligible_host").staying())
        .rule(Rule::only_at(Granted::role("member"), ["group"]))
        .rule(Rule::only_to(Granted::role("member"), [user]))
        .rule(Rule::only_at(Granted::role("attendee"), ["event"]))
        .rule(Rule::only_to(Granted::role("attendee"), [user]))
        .rule(Rule::only_at(Granted::permission("post.own"), ["post"]))
        .rule(Rule::only_to(Granted::permission("post.own"), [user]))
        .rule(Rule::only_at(
            Granted::permission("comment.own"),
            ["comment"],
        ))
        .rule(Rule::only_to(Granted::permission("comment.own"), [user]))
}

vocabulary! {
    /// The words of this preset, found once in a composed catalog.
    ///
    /// A permission is also the action of its screen: asked, [`members_view`](Control::members_view) is the sight of someone in the Audience,
    /// with all that this needs.
    Control {
        /// A session: placed in each group that its automations target.
        session: Kind = "session",
        /// An event: placed in its session.
        event: Kind = "event",
        /// A post: placed in the group whose timeline it stands in.
        post: Kind = "post",
        /// A comment: placed in its post.
        comment: Kind = "comment",
        /// An invitation to the platform.
        invitation: Kind = "invitation",

        /// A group whose place below and above others is set in Control.
        group: Label = "group",

        /// Access Control of this platform: opens Control for sub admins.
        access: Permission = "access",
        /// View members of the target groups.
        members_view: Permission = "members.view",
        /// Manage members of the target groups.
        members_manage: Permission = "members.manage",
        /// Import users.
        members_import: Permission = "members.import",
        /// Manage invites.
        invites_manage: Permission = "invites.manage",
        /// Setting up groups, roles, permissions and automations, which is the admins'.
        set_up: Permission = "set_up",
        /// Managing attendees through Control, which is the admins'.
        attendees_control: Permission = "attendees.control",
        /// Reporting over the target groups.
        reporting: Permission = "reporting",
        /// Post status update in this group.
        timeline_post: Permission = "timeline.post",
        /// Manage statuses for this and all underlying groups.
        timeline_moderate: Permission = "timeline.moderate",
        /// Having written a post.
        post_own: Permission = "post.own",
        /// Having written a comment.
        comment_own: Permission = "comment.own",
        /// Seeing and registering for what is targeted to a group.
        session_attend: Permission = "session.attend",
        /// Registering for an event that is offered to the holder.
        event_attend: Permission = "event.attend",
        /// Being on the list of attendees of an event.
        event_join: Permission = "event.join",
        /// Can add event.
        event_add: Permission = "event.add",
        /// Manage events.
        event_manage: Permission = "event.manage",
        /// Being a host of an event.
        event_host: Permission = "event.host",
        /// Being one who can be named host.
        host_eligible: Permission = "host.eligible",
        /// Submitting attendance.
        attendance_submit: Permission = "attendance.submit",
        /// Emailing participants.
        participants_email: Permission = "participants.email",
        /// Managing the learners of a group as its trainer.
        learners_manage: Permission = "learners.manage",

        /// Makes a user a member of a group: user, group.
        member_add: Action = "member.add",
        /// Ends a membership: user, group.
        member_remove: Action = "member.remove",
        /// Moves a person between groups: user, from, to.
        member_move: Action = "member.move",
        /// Using the Buddy feature.
        buddy: Action = "buddy",
        /// Commenting on a post.
        post_comment: Action = "post.comment",
        /// Editing a post.
        post_edit: Action = "post.edit",
        /// Deleting a post.
        post_delete: Action = "post.delete",
        /// Editing a comment.
        comment_edit: Action = "comment.edit",
        /// Deleting a comment.
        comment_delete: Action = "comment.delete",
        /// Seeing a session.
        session_see: Action = "session.see",
        /// Registering for a session.
        session_register: Action = "session.register",
        /// Registering for an event.
        event_register: Action = "event.register",
        /// Assigning a group to an event: event, group.
        event_offer: Action = "event.offer",
        /// Adding and removing attendees on the learning side: event, user.
        attendee_manage: Action = "attendee.manage",

        /// An admin of the platform.
        admin: Role = "admin",
        /// A trainer, on each group to manage.
        trainer: Role = "trainer",
        /// One who can be named host; every trainer is.
        eligible_host: Role = "eligible_host",
        /// What a participant group holds over itself.
        participant: Role = "participant",
        /// A host, on an event.
        host: Role = "host",
        /// An attendee, on an event.
        attendee: Role = "attendee",
        /// The record that a user was made a member of a group in Control, which gives nothing.
        member: Role = "member",
    }
}
