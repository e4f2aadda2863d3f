//! The vocabulary of the academy: its kinds, labels, permissions, actions, roles and rules, each declared in one place.

use crate::{
    Catalog, CatalogError, Declaration, Granted, PLATFORM, Requirement, Rule, SubjectKind, above,
    all, allows, any, holds, on, within,
};

/// The roles of which every account holds at least one.
const ASSIGNED: [&str; 4] = ["learner", "author", "coach", "admin"];

/// What an instructor may do in a session whose team they are on.
const TEAM: [&str; 9] = [
    "session.view",
    "session.edit",
    "session.learners",
    "session.remind",
    "question.correct",
    "assessment.correct",
    "registration.validate",
    "team.edit",
    "team.statistics",
];

/// Roles that together have every permission of the academy.
const EVERY_ROLE: [&str; 12] = [
    "owner",
    "account",
    "platform_coach",
    "course_author",
    "co_author",
    "reviewer",
    "commenter",
    "program_author",
    "instructor",
    "participant",
    "manager",
    "invitee",
];

/// The catalog of an academy, its names without a prefix.
///
/// ```
/// use rolecall::Catalog;
/// use rolecall::presets::academy::{self, Academy};
///
/// let catalog = Catalog::builder().include("academy.", &academy::catalog()?).build()?;
/// let words = Academy::of(&catalog, "academy.")?;
/// assert_eq!(catalog.role_name(words.co_author), Some("academy.co_author"));
/// assert!(Academy::of(&catalog, "school.").is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
///
/// None: its declarations fit together.
pub fn catalog() -> Result<Catalog, CatalogError> {
    Catalog::builder().declare_all(declarations()).build()
}

/// The catalog as data: what a service copies and changes.
///
/// ```
/// use rolecall::presets::academy;
/// use rolecall::{Catalog, Declaration};
///
/// // A head author is an author who may also open new groups.
/// let mut declarations = academy::declarations();
/// declarations.push(Declaration::Role {
///     name: "head_author".into(),
///     permissions: vec!["group.create".into()],
///     includes: vec!["author".into()],
/// });
/// let catalog = Catalog::builder().declare_all(declarations).build()?;
/// assert!(catalog.role("head_author").is_ok());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use]
pub fn declarations() -> Vec<Declaration> {
    let mut all = kinds_and_labels();
    all.extend(permissions());
    all.extend(actions());
    all.extend(roles());
    all.extend(rules().into_iter().map(Declaration::Rule));
    all
}

fn kinds_and_labels() -> Vec<Declaration> {
    let kinds = [
        "course",
        "program",
        "session",
        "comment",
        "invitation",
        "badge",
        "listing",
        "workshop",
        "library",
        "catalog",
        "assignments",
        "schedule",
    ];
    let labels = [
        "root",
        "public",
        "published",
        "reviews",
        "active",
        "registered",
        "legal_representative",
        "invited.learner",
        "invited.author",
        "invited.coach",
        "invited.admin",
    ];
    let kind = |name: &str| Declaration::Kind { name: name.into() };
    let label = |name: &str| Declaration::Label {
        name: name.into(),
        // What a plan includes and whether an account is active are facts on file: without them a thing is missing, not in a wrong state.
        recorded: ["reviews", "active"].contains(&name),
    };
    kinds
        .into_iter()
        .map(kind)
        .chain(labels.into_iter().map(label))
        .collect()
}

/// Every permission that some role gives, in the order in which the roles name them.
fn permissions() -> Vec<Declaration> {
    let mut names: Vec<String> = Vec::new();
    for role in roles() {
        if let Declaration::Role { permissions, .. } = role {
            let new = permissions
                .into_iter()
                .filter(|name| !names.contains(name))
                .collect::<Vec<_>>();
            names.extend(new);
        }
    }
    let declared = |name| Declaration::Permission {
        name,
        recorded: false,
    };
    names.into_iter().map(declared).collect()
}

/// Held at a course or program that one wrote; it counts while one is an author anywhere (A-18).
fn authored(permission: &str) -> Requirement {
    holds(permission).with(on(PLATFORM, within("authoring")))
}

/// Held over the group where a course or program was made.
fn made_in(permission: &str) -> Requirement {
    above("workshop", permission)
}

/// The actions that need more than the permission of their name.
///
/// Group-wide rights are asked at a shelf of a certain kind and never at the content itself: content stands on shelves of several
/// groups, and the rights in one group must not reach what another made.
fn actions() -> Vec<Declaration> {
    let action = |name: &str, requirement| Declaration::Action {
        name: name.into(),
        targets: 1,
        requirement,
    };
    // About a listing, which is in one library: taken from there, and brought to a shelf of the group that has it.
    let from_library = |permission: &str| {
        all([
            above("library", "library.use"),
            above("library", permission),
        ])
    };
    let own_or_managed = |permission: &str| any([authored(permission), made_in("content.manage")]);
    vec![
        action(
            "course.play",
            any([
                above("catalog", "catalog.play"),
                above("library", "library.play"),
            ]),
        ),
        action(
            "course.read",
            any([
                authored("authored.edit"),
                holds("review.read"),
                made_in("content.manage"),
                allows("course.play"),
            ]),
        ),
        action("course.edit", own_or_managed("authored.edit")),
        action("activity.add", allows("course.edit")),
        action("activity.edit", allows("course.edit")),
        action("activity.remove", allows("course.edit")),
        action("course.publish", own_or_managed("authored.publish")),
        action("course.author.change", own_or_managed("authored.hand_over")),
        action("course.statistics", own_or_managed("authored.statistics")),
        action("co_author.assign", own_or_managed("authored.assign")),
        action("reviewer.assign", own_or_managed("authored.assign")),
        action(
            "comment.post",
            any([
                authored("authored.comment"),
                holds("review.comment"),
                made_in("content.comment"),
            ]),
        ),
        action(
            "comment.read",
            any([
                authored("authored.comment"),
                made_in("content.comments.read"),
                holds("comment.own"),
            ]),
        ),
        action(
            "forum.post",
            any([
                above("catalog", "forum.write"),
                above("assignments", "forum.write"),
            ]),
        ),
        action(
            "program.play",
            any([
                above("catalog", "catalog.play"),
                above("assignments", "assignments.play"),
                above("session", "session.attend"),
            ]),
        ),
        action("program.edit", own_or_managed("authored.edit")),
        action(
            "program.statistics",
            any([
                authored("authored.statistics"),
                made_in("content.statistics"),
                above("session", "team.statistics"),
            ]),
        ),
        action(
            "session.statistics",
            any([
                holds("team.statistics"),
                above("schedule", "content.statistics"),
            ]),
        ),
        action(
            "session.team",
            any([holds("team.edit"), above("schedule", "session.staff")]),
        ),
        // About a course or program, and the group to whose library it is brought.
        Declaration::Action {
            name: "library.share".into(),
            targets: 2,
            requirement: all([
                on(0, own_or_managed("authored.share")),
                on(1, holds("library.fill")),
            ]),
        },
        action("catalog.share", from_library("catalog.fill")),
        action("program.assign", from_library("assignments.fill")),
        action(
            "session.create",
            any([
                all([made_in("content.use"), made_in("session.open")]),
                all([
                    any([
                        above("library", "content.use"),
                        above("library", "library.use"),
                    ]),
                    above("library", "session.open"),
                ]),
            ]),
        ),
    ]
}

fn roles() -> Vec<Declaration> {
    let role = |name: &str, permissions: &[&str], includes: &[&str]| Declaration::Role {
        name: name.into(),
        permissions: permissions.iter().map(|name| (*name).into()).collect(),
        includes: includes.iter().map(|name| (*name).into()).collect(),
    };
    let platform_admin: Vec<&str> = ["platform.manage", "platform.statistics", "account.manage"]
        .into_iter()
        .chain(["results.view"])
        .chain(TEAM)
        .collect();
    vec![
        role("account", &["profile.edit", "results.view"], &[]),
        // The assigned roles.
        role(
            "learner",
            &[
                "catalog.view",
                "catalog.play",
                "assignments.play",
                "newsfeed.post",
                "forum.write",
            ],
            &[],
        ),
        role(
            "author",
            &[
                "authoring",
                "course.create",
                "program.create",
                "session.open",
                "session.staff",
                "library.fill",
                "content.use",
                "content.comment",
                "content.comments.read",
            ],
            &["learner"],
        ),
        role(
            "coach",
            &[
                "group.settings.view",
                "group.statistics",
                "newsfeed.post",
                "library.view",
                "library.play",
                "library.use",
                "catalog.fill",
                "assignments.fill",
                "session.open",
                "session.staff",
                "content.statistics",
                "content.comments.read",
                "user.view",
            ],
            &[],
        ),
        role(
            "admin",
            &[
                "group.settings.edit",
                "group.confidentiality",
                "group.create",
                "member.manage",
                "invitation.manage",
                "invitation.remind",
                "badge.create",
                "user.manage",
                "content.manage",
            ],
            &["author", "coach"],
        ),
        // The roles of the whole platform.
        role("platform_coach", &["user.view"], &[]),
        role("platform_admin", &platform_admin, &["admin"]),
        role(
            "owner",
            &["billing.view", "owner.name"],
            &["platform_admin"],
        ),
        // The roles over one course, program, session or person.
        role(
            "course_author",
            &[
                "authored.edit",
                "authored.assign",
                "authored.comment",
                "authored.publish",
                "authored.hand_over",
                "authored.share",
                "authored.statistics",
            ],
            &[],
        ),
        role(
            "co_author",
            &["authored.edit", "authored.assign", "authored.comment"],
            &[],
        ),
        role("reviewer", &["review.read", "review.comment"], &[]),
        role("commenter", &["comment.own"], &[]),
        role(
            "program_author",
            &["authored.edit", "authored.share", "authored.statistics"],
            &[],
        ),
        role("instructor", &TEAM, &[]),
        role("participant", &["session.attend"], &[]),
        role("manager", &["results.view"], &[]),
        role("invitee", &["invitation.accept"], &[]),
        // Records, which give nobody anything.
        role("member", &[], &[]),
        role("everything", &[], &EVERY_ROLE),
    ]
}

fn rules() -> Vec<Rule> {
    let role = |name: &str| Granted::role(name);
    let mut rules = vec![
        // S3-02, A-35. Advanced roles come on top of an assigned one (S3-04).
        Rule::every_holder_holds("account", ASSIGNED),
        Rule::needs_scope(role("account")),
        // S3-42. It is told of the root group, so that a policy without an academy in it is not refused.
        Rule::exactly_one_at("owner", "root"),
        Rule::only_at(role("platform_admin"), ["platform"]),
        Rule::needs_scope(role("platform_coach")),
        // S3-03. The roles of the platform include these, hence the second kind of place.
        Rule::only_at(role("learner"), ["group", "platform"]),
        Rule::only_at(role("coach"), ["group", "platform"]),
        // S3-18, A-18, and alike for the author of a course or program. Without the author role the rights rest, and are not lost.
        Rule::needs_role(role("co_author"), "author").staying(),
        Rule::needs_role(role("course_author"), "author").staying(),
        Rule::needs_role(role("program_author"), "author").staying(),
        // S3-22, S3-23.
        Rule::only_where(role("reviewer"), "published").staying(),
        Rule::only_where(role("reviewer"), "reviews").staying(),
        // S3-26. The label is the academy's own; beside it, nobody who is blocked altogether gets a manager.
        Rule::only_where(role("manager"), "active").staying(),
        Rule::only_over_active(role("manager")).staying(),
        // It is denied to inactive accounts, and allowed to nobody: the two rules leave no place for it.
        Rule::only_at(role("everything"), ["platform"]),
        Rule::needs_scope(role("everything")),
        Rule::only_at(role("member"), ["group"]),
        Rule::only_to(role("member"), [SubjectKind::User]),
    ];
    for advanced in ["co_author", "reviewer", "instructor", "manager"] {
        rules.push(Rule::every_holder_holds(advanced, ASSIGNED));
    }
    for (single, kind) in [
        ("owner", "platform"),
        ("course_author", "course"),
        ("co_author", "course"),
        ("reviewer", "course"),
        ("commenter", "comment"),
        ("program_author", "program"),
        ("instructor", "session"),
        ("participant", "session"),
        ("manager", "user"),
        ("invitee", "invitation"),
    ] {
        rules.push(Rule::only_at(role(single), [kind]));
        rules.push(Rule::only_to(role(single), [SubjectKind::User]));
    }
    rules
}
