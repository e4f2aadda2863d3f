//! What follows from the meaning, each consequence a test of its own; and the published failures of other authorization systems for which the
//! crate has the mechanism, cited by their numbers in the list that the project keeps.

use std::collections::{BTreeMap, BTreeSet};

use rolecall::testing::{Oracle, Size, World};
use rolecall::{
    AskError, Asked, Catalog, Change, Condition, Declaration, Effect, Grant, GrantRule, Granted,
    MAX_NAME_BYTES, PlaceName, Policy, ProblemKind, Requirement, Rule, Scope, ScopeName, Snapshot,
    SubjectKind, SubjectName, Target, TargetName, ThingName, WhatName, WhenLost, WhyStale, above,
    all, allows, any, holds, marked, on, within,
};

use crate::engine::{
    add_group, add_resource, add_user, allow, allow_role, answers, at, attach, can, deny, deny_all,
    detach, kinds, label, member, place, plain, policy, remove, rename, revoke, this, to_group,
    to_user, underlying, without_rules,
};
use crate::witnesses::questions;

const SEEDS: u64 = 40;
const EVERYONE: SubjectName = SubjectName::Everyone;

fn user(name: &str) -> TargetName {
    at(PlaceName::user(name))
}

fn group(name: &str) -> TargetName {
    at(PlaceName::group(name))
}

fn shelf(name: &str) -> TargetName {
    at(PlaceName::resource("shelf", name))
}

/// A policy of the plain catalog in which this has happened.
#[track_caller]
fn after(changes: &[Change]) -> Policy {
    let mut policy = policy(&plain([]));
    policy.apply(changes).unwrap();
    policy
}

/// Whether the user can read there.
#[track_caller]
fn reads(now: &Snapshot, user: &str, target: &TargetName) -> bool {
    can(now, user, "read", std::slice::from_ref(target))
}

/// The one problem that the edit is refused for, in words.
#[track_caller]
fn refusal(policy: &mut Policy, edit: &[Change]) -> String {
    let before = policy.snapshot();
    let error = policy.apply(edit).unwrap_err();
    assert_eq!(
        policy.snapshot().digest(),
        before.digest(),
        "a refused edit leaves no trace"
    );
    assert_eq!(policy.snapshot().revision(), before.revision());
    let [refusal] = error.refusals() else {
        panic!("one problem is expected: {error}")
    };
    refusal.problem.to_string()
}

/// The declarations, the facts and the questions.
type Generated = (
    Vec<Declaration>,
    Vec<Change>,
    Vec<(String, Vec<TargetName>)>,
);

/// Generated worlds without rules, with the oracle's questions about them.
fn generated() -> impl Iterator<Item = Generated> {
    (0..SEEDS).map(|seed| {
        let world = World::from_seed(seed, Size::SMALL);
        let free = without_rules(&world.declarations);
        let mut oracle = Oracle::new(&free);
        oracle.apply(&world.edits[0]).unwrap();
        let questions = questions(&oracle, 2);
        (free, oracle.facts().iter().cloned().collect(), questions)
    })
}

fn built(declarations: &[Declaration], facts: &[Change]) -> Policy {
    let mut policy = policy(declarations);
    policy.apply(facts).unwrap();
    policy
}

fn is_grant(change: &Change) -> bool {
    matches!(change, Change::Grant(_))
}

fn is_deny(change: &Change) -> bool {
    matches!(change, Change::Grant(grant) if grant.effect == Effect::Deny)
}

// Consequences of the meaning.

/// Section 2: no grants, no access. Only what asks for a mark alone is given without a grant.
#[test]
fn without_grants_nothing_is_allowed() {
    for (declarations, facts, questions) in generated() {
        let free: Vec<Declaration> = declarations
            .into_iter()
            .filter(|it| !matches!(it, Declaration::Action { .. }))
            .collect();
        let facts: Vec<Change> = facts.into_iter().filter(|fact| !is_grant(fact)).collect();
        let now = built(&free, &facts).snapshot();
        let plain = questions
            .into_iter()
            .filter(|(action, _)| now.catalog().permission(action).is_ok());
        let plain = plain
            .filter(|(_, targets)| targets.len() == 1)
            .collect::<Vec<_>>();
        assert!(answers(&now, &plain).is_empty());
    }
}

/// Section 2: without denies, adding an allow, a membership, an edge, a placement or a label never takes access away.
#[test]
fn without_denies_a_fact_more_never_takes_access() {
    for (declarations, facts, questions) in generated() {
        let facts: Vec<Change> = facts.into_iter().filter(|fact| !is_deny(fact)).collect();
        let mut policy = policy(&declarations);
        let (things, links): (Vec<Change>, Vec<Change>) = facts
            .into_iter()
            .partition(|fact| matches!(fact, Change::Add(_)));
        policy.apply(&things).unwrap();
        let mut before = answers(&policy.snapshot(), &questions);
        for part in links.chunks(5) {
            policy.apply(part).unwrap();
            let after = answers(&policy.snapshot(), &questions);
            assert!(before.is_subset(&after), "{part:?}");
            before = after;
        }
    }
}

/// Section 2: a deny never adds access.
#[test]
fn a_deny_never_adds_access() {
    for (declarations, facts, questions) in generated() {
        let (denies, facts): (Vec<Change>, Vec<Change>) = facts.into_iter().partition(is_deny);
        let mut policy = built(&declarations, &facts);
        let mut before = answers(&policy.snapshot(), &questions);
        for deny in denies {
            policy.apply(&[deny]).unwrap();
            let after = answers(&policy.snapshot(), &questions);
            assert!(after.is_subset(&before));
            before = after;
        }
    }
}

/// Section 2: a deny beats every allow: of a permission, of a role, of everything; to the user, to a group above, to everyone.
#[test]
fn a_deny_beats_every_allow() {
    let base = [
        add_user("ana"),
        add_group("low"),
        add_group("high"),
        attach("low", "high"),
        member("ana", "low"),
        allow(to_user("ana"), "read", ScopeName::Platform),
        allow_role(to_group("low"), "owner", ScopeName::Platform),
        allow(EVERYONE, "read", this(PlaceName::group("low"))),
    ];
    let mut policy = after(&base);
    assert!(reads(&policy.snapshot(), "ana", &group("low")));
    for subject in [to_user("ana"), to_group("low"), to_group("high"), EVERYONE] {
        for what in [
            WhatName::Permission("read".into()),
            WhatName::Role("reader".into()),
            WhatName::Role("owner".into()),
            WhatName::Everything,
        ] {
            for scope in [
                ScopeName::Platform,
                underlying("high"),
                this(PlaceName::group("low")),
            ] {
                let deny = Change::Grant(crate::engine::grant(
                    Effect::Deny,
                    subject.clone(),
                    what.clone(),
                    scope,
                ));
                let entry = policy.apply(std::slice::from_ref(&deny)).unwrap();
                assert!(!reads(&policy.snapshot(), "ana", &group("low")), "{deny}");
                policy.apply(&entry.inverse()).unwrap();
                assert!(
                    reads(&policy.snapshot(), "ana", &group("low")),
                    "{deny} is taken back"
                );
            }
        }
    }
}

/// Section 2: a deny of a role denies each permission in it and in roles it includes, whatever source it came from, and no other.
#[test]
fn a_deny_of_a_role_denies_its_permissions() {
    let mut policy = after(&[
        add_user("ana"),
        allow_role(to_user("ana"), "owner", ScopeName::Platform),
        Change::Grant(crate::engine::grant(
            Effect::Deny,
            to_user("ana"),
            WhatName::Role("reader".into()),
            ScopeName::Platform,
        )),
    ]);
    let now = policy.snapshot();
    assert!(!can(&now, "ana", "read", &[TargetName::Platform]));
    assert!(can(&now, "ana", "edit", &[TargetName::Platform]));
    policy
        .apply(&[deny(EVERYONE, "edit", ScopeName::Oneself)])
        .unwrap();
    let now = policy.snapshot();
    assert!(can(&now, "ana", "edit", &[TargetName::Platform]));
    assert!(!can(&now, "ana", "edit", &[user("ana")]));
}

/// Section 2: order and repetition of facts never matter.
#[test]
fn order_and_repetition_of_facts_never_matter() {
    for (declarations, facts, questions) in generated() {
        let now = built(&declarations, &facts).snapshot();
        let (things, links): (Vec<Change>, Vec<Change>) = facts
            .iter()
            .cloned()
            .partition(|fact| matches!(fact, Change::Add(_)));
        let things = things.into_iter().rev();
        let links: Vec<Change> = links.iter().rev().chain(&links).cloned().collect();
        let mut other = policy(&declarations);
        other.apply(&things.collect::<Vec<_>>()).unwrap();
        for link in links {
            other.apply(&[link]).unwrap();
        }
        assert_eq!(other.snapshot().digest(), now.digest());
        assert_eq!(
            answers(&other.snapshot(), &questions),
            answers(&now, &questions)
        );
    }
}

/// Section 2 and failure 6 (the answer depended on the order of ids): renaming everything changes nothing.
#[test]
fn renaming_everything_changes_nothing() {
    for (declarations, facts, questions) in generated() {
        let mut policy = built(&declarations, &facts);
        let before = policy.snapshot();
        let things: Vec<ThingName> = facts
            .iter()
            .filter_map(|fact| match fact {
                Change::Add(thing) => Some(thing.clone()),
                _ => None,
            })
            .collect();
        // The order of the new names is the reverse of that of the old.
        let new = |name: &str| {
            let name: String = name
                .bytes()
                .map(|byte| format!("{:02x}", 255 - byte))
                .collect();
            format!("renamed {name}~")
        };
        let renames: Vec<Change> = things
            .iter()
            .map(|it| rename(it.clone(), &new(it.name())))
            .collect();
        let entry = policy.apply(&renames).unwrap();
        let now = policy.snapshot();
        let new_target = |target: &TargetName| match target {
            TargetName::Platform => TargetName::Platform,
            TargetName::Place(PlaceName::User(name)) => user(&new(name)),
            TargetName::Place(PlaceName::Group(name)) => group(&new(name)),
            TargetName::Place(PlaceName::Resource { kind, name }) => {
                at(PlaceName::resource(kind, new(name)))
            }
        };
        let renamed: Vec<_> = questions
            .iter()
            .map(|(action, targets)| (action.clone(), targets.iter().map(new_target).collect()))
            .collect();
        let expected: BTreeSet<_> = answers(&before, &questions)
            .into_iter()
            .map(|(user, action, targets)| {
                (
                    new(&user),
                    action,
                    targets.iter().map(new_target).collect::<Vec<_>>(),
                )
            })
            .collect();
        assert_eq!(answers(&now, &renamed), expected);
        policy.apply(&entry.inverse()).unwrap();
        assert_eq!(policy.snapshot().digest(), before.digest());
    }
}

/// Section 2: a user, a group and a resource with equal names never mix.
#[test]
fn equal_names_never_mix() {
    let names = [add_user("x"), add_group("x"), add_resource("shelf", "x")];
    let places = [
        PlaceName::user("x"),
        PlaceName::group("x"),
        PlaceName::resource("shelf", "x"),
    ];
    for granted in &places {
        let mut policy = after(&names);
        policy
            .apply(&[allow(to_user("x"), "read", this(granted.clone()))])
            .unwrap();
        for asked in &places {
            assert_eq!(
                reads(&policy.snapshot(), "x", &at(asked.clone())),
                granted == asked,
                "{granted} {asked}"
            );
        }
    }
    let mut policy = after(&names);
    policy
        .apply(&[allow(to_group("x"), "read", ScopeName::Platform)])
        .unwrap();
    assert!(
        !reads(&policy.snapshot(), "x", &TargetName::Platform),
        "user `x` is not in group `x`"
    );
}

/// Section 2 and failure 32 (another organisation could delete): parts that share no fact never touch.
#[test]
fn disjoint_tenants_never_touch() {
    for seed in 0..SEEDS {
        let one = World::from_seed(seed, Size::SMALL);
        let free = without_rules(&one.declarations);
        let confined = |fact: &Change| match fact {
            Change::Grant(grant) => {
                !matches!(
                    grant.scope,
                    ScopeName::Platform
                        | ScopeName::Oneself
                        | ScopeName::Labelled { within: None, .. }
                ) && grant.subject != EVERYONE
            }
            Change::Add(ThingName::Role(_)) => true,
            _ => true,
        };
        let mut oracle = Oracle::new(&free);
        oracle.apply(&one.edits[0]).unwrap();
        let facts: Vec<Change> = oracle
            .facts()
            .iter()
            .filter(|fact| confined(fact))
            .cloned()
            .collect();
        // The same organisation twice in one policy: of the second only the things are renamed.
        let mut policy = built(&free, &facts);
        let alone = policy.snapshot();
        let questions = questions(&oracle, 2);
        let first = answers(&alone, &questions);
        let renames: Vec<Change> = facts
            .iter()
            .filter_map(|fact| match fact {
                Change::Add(thing) => {
                    Some(rename(thing.clone(), &format!("first {}", thing.name())))
                }
                _ => None,
            })
            .collect();
        policy.apply(&renames).unwrap();
        policy.apply(&facts).unwrap();
        let both = policy.snapshot();
        let second_users: BTreeSet<&str> = oracle.users().collect();
        let within: BTreeSet<_> = answers(&both, &questions)
            .into_iter()
            .filter(|(user, ..)| second_users.contains(user.as_str()))
            .collect();
        assert_eq!(within, first);
        // Nobody of the first holds a permission over what belongs to the second.
        for (user, action, targets) in answers(&both, &questions) {
            let is_plain = !free
                .iter()
                .any(|it| matches!(it, Declaration::Action { name, .. } if *name == action));
            let crosses = user.starts_with("first ") && !targets.contains(&TargetName::Platform);
            assert!(!(is_plain && crosses), "{user} {action} {targets:?}");
        }
    }
}

/// Section 2 and failure 3 (circular definitions: denial of service): loops are refused with the loop spelled out.
#[test]
fn loops_are_refused_and_spelled_out() {
    let mut policy = after(&[
        add_group("a"),
        add_group("b"),
        add_group("c"),
        attach("a", "b"),
        attach("b", "c"),
        add_resource("shelf", "x"),
        add_resource("shelf", "y"),
        place("shelf", "x", PlaceName::resource("shelf", "y")),
        Change::Add(ThingName::role("r")),
        Change::Add(ThingName::role("s")),
        Change::IncludeRole {
            role: "r".into(),
            included: "s".into(),
        },
    ]);
    let turns = |edges: &str, names: &[&str]| -> Vec<String> {
        let spelled = |from: usize| {
            let names =
                (0..=names.len()).map(|at| format!("`{}`", names[(from + at) % names.len()]));
            format!(
                "{edges} would form a loop: {}",
                names.collect::<Vec<_>>().join(" > ")
            )
        };
        (0..names.len()).map(spelled).collect()
    };
    let text = refusal(&mut policy, &[attach("c", "a")]);
    assert!(turns("groups", &["a", "b", "c"]).contains(&text), "{text}");
    let text = refusal(&mut policy, &[attach("c", "c")]);
    assert_eq!(text, "groups would form a loop: `c` > `c`");
    let text = refusal(
        &mut policy,
        &[place("shelf", "y", PlaceName::resource("shelf", "x"))],
    );
    assert!(turns("placements", &["x", "y"]).contains(&text), "{text}");
    let text = refusal(
        &mut policy,
        &[Change::IncludeRole {
            role: "s".into(),
            included: "r".into(),
        }],
    );
    assert!(turns("roles", &["r", "s"]).contains(&text), "{text}");
}

/// Section 2: loops among actions and among the catalog's roles are refused when the catalog is built.
#[test]
fn loops_in_a_catalog_are_refused() {
    let built = Catalog::builder()
        .action("one", allows("other"))
        .action("other", allows("one"))
        .build();
    assert!(built.is_err());
    let built = Catalog::builder()
        .permission("p")
        .action("p", allows("p"))
        .build();
    assert!(built.is_err());
    let built = Catalog::builder()
        .role_including("r", [] as [&str; 0], ["s"])
        .role_including("s", [] as [&str; 0], ["r"])
        .build();
    assert!(built.is_err());
}

/// Section 2, edits: loops are judged on the final state only, so two groups can swap places.
#[test]
fn two_groups_swap_places() {
    let mut policy = after(&[add_group("a"), add_group("b"), attach("a", "b")]);
    policy.apply(&[attach("b", "a"), detach("a", "b")]).unwrap();
    assert!(
        policy
            .snapshot()
            .changes()
            .collect::<Vec<_>>()
            .contains(&attach("b", "a"))
    );
}

/// Section 2 and failures 21 and 31 (nested item reachable; a right on one object worked on all): each scope covers exactly what it says.
#[test]
fn a_scope_covers_exactly_what_it_says() {
    // top > mid > low; each with a user and a shelf; a shelf within mid's shelf; a shelf of the user of mid.
    let mut base = vec![add_user("ana")];
    for name in ["top", "mid", "low"] {
        base.extend([
            add_group(name),
            add_user(name),
            add_resource("shelf", name),
            member(name, name),
        ]);
        base.push(place("shelf", name, PlaceName::group(name)));
    }
    base.extend([attach("mid", "top"), attach("low", "mid")]);
    base.extend([add_resource("shelf", "inner"), add_resource("shelf", "own")]);
    base.push(place("shelf", "inner", PlaceName::resource("shelf", "mid")));
    base.push(place("shelf", "own", PlaceName::user("mid")));
    base.extend([
        label(PlaceName::group("mid"), "public"),
        label(PlaceName::resource("shelf", "mid"), "signed"),
    ]);
    base.push(label(PlaceName::user("ana"), "public"));
    let named = |label: &str, within: Option<&str>| ScopeName::Labelled {
        label: label.into(),
        within: within.map(str::to_owned),
    };
    let cases: Vec<(ScopeName, Vec<&str>)> = vec![
        (
            this(PlaceName::group("mid")),
            vec!["group:mid", "user:mid", "shelf:mid", "shelf:inner"],
        ),
        (this(PlaceName::user("mid")), vec!["user:mid", "shelf:own"]),
        (
            this(PlaceName::resource("shelf", "mid")),
            vec!["shelf:mid", "shelf:inner"],
        ),
        (
            this(PlaceName::resource("shelf", "inner")),
            vec!["shelf:inner"],
        ),
        (
            underlying("mid"),
            vec![
                "group:mid",
                "user:mid",
                "shelf:mid",
                "shelf:inner",
                "group:low",
                "user:low",
                "shelf:low",
            ],
        ),
        (
            named("public", None),
            vec![
                "group:mid",
                "user:mid",
                "shelf:mid",
                "shelf:inner",
                "user:ana",
            ],
        ),
        (
            named("public", Some("top")),
            vec!["group:mid", "user:mid", "shelf:mid", "shelf:inner"],
        ),
        (
            named("public", Some("mid")),
            vec!["group:mid", "user:mid", "shelf:mid", "shelf:inner"],
        ),
        (named("public", Some("low")), vec![]),
        (
            named("signed", Some("top")),
            vec!["shelf:mid", "shelf:inner"],
        ),
        (ScopeName::Oneself, vec!["user:ana"]),
    ];
    let targets: Vec<&str> = vec![
        "platform",
        "user:ana",
        "user:top",
        "user:mid",
        "user:low",
        "group:top",
        "group:mid",
        "group:low",
        "shelf:top",
        "shelf:mid",
        "shelf:low",
        "shelf:inner",
        "shelf:own",
    ];
    for (scope, covered) in cases {
        let mut policy = after(&base);
        policy
            .apply(&[allow(to_user("ana"), "read", scope.clone())])
            .unwrap();
        let now = policy.snapshot();
        for target in &targets {
            let expected = covered.contains(target);
            assert_eq!(
                reads(&now, "ana", &target.parse().unwrap()),
                expected,
                "{target} by {scope}"
            );
            let named = now.target(target).unwrap();
            assert_eq!(
                now.can(
                    now.user("ana").unwrap(),
                    now.catalog().permission("read").unwrap(),
                    named
                ),
                expected
            );
        }
        // Nobody else gets anything by it.
        for other in ["top", "mid", "low"] {
            assert!(
                targets
                    .iter()
                    .all(|target| !reads(&now, other, &target.parse().unwrap()))
            );
        }
    }
    let mut policy = after(&base);
    policy
        .apply(&[allow(to_user("ana"), "read", ScopeName::Platform)])
        .unwrap();
    assert!(targets.iter().all(|target| reads(
        &policy.snapshot(),
        "ana",
        &target.parse().unwrap()
    )));
}

/// Section 2: what is placed in a user is not in the user's groups.
#[test]
fn what_is_placed_in_a_user_is_not_in_the_users_groups() {
    let policy = after(&[
        add_user("ana"),
        add_user("ben"),
        add_group("g"),
        member("ben", "g"),
        add_resource("shelf", "own"),
        place("shelf", "own", PlaceName::user("ben")),
        allow(to_user("ana"), "read", underlying("g")),
        allow(EVERYONE, "edit", ScopeName::Oneself),
    ]);
    let now = policy.snapshot();
    assert!(reads(&now, "ana", &user("ben")));
    assert!(!reads(&now, "ana", &shelf("own")));
    assert!(can(&now, "ben", "edit", &[shelf("own")]));
    assert!(!can(&now, "ana", "edit", &[shelf("own")]));
}

/// Section 2, requirements: `above`, `within`, `marked`, `on` and two targets, one case each way.
#[test]
fn each_form_of_a_requirement() {
    let action = |name: &str, targets: usize, requirement: Requirement| Declaration::Action {
        name: name.into(),
        targets,
        requirement,
    };
    let declarations = plain([
        action("browse", 1, above("shelf", "read")),
        action("lead", 1, above("group", "read")),
        action("glimpse", 1, within("read")),
        action("office", 1, on(Asked::Platform, within("read"))),
        action("free", 1, marked("public")),
        action("both", 2, all([on(0, holds("read")), on(1, holds("edit"))])),
        action("either", 1, any([holds("edit"), allows("free")])),
        action("careful", 1, holds("read").with(marked("public"))),
    ]);
    let mut policy = policy(&declarations);
    policy
        .apply(&[
            add_user("ana"),
            add_group("g"),
            add_group("low"),
            attach("low", "g"),
            add_resource("shelf", "s"),
            add_resource("shelf", "t"),
            place("shelf", "s", PlaceName::group("low")),
            place("shelf", "t", PlaceName::resource("shelf", "s")),
            label(PlaceName::resource("shelf", "s"), "public"),
            allow(
                to_user("ana"),
                "read",
                this(PlaceName::resource("shelf", "s")),
            ),
            allow(to_user("ana"), "edit", this(PlaceName::group("g"))),
        ])
        .unwrap();
    let now = policy.snapshot();
    let asked = |action: &str, targets: &[TargetName]| can(&now, "ana", action, targets);
    assert!(
        asked("browse", &[shelf("t")])
            && asked("browse", &[shelf("s")])
            && !asked("browse", &[group("low")])
    );
    assert!(!asked("lead", &[shelf("s")]), "`read` is held at no group");
    assert!(
        asked("glimpse", &[group("g")])
            && asked("glimpse", &[group("low")])
            && asked("glimpse", &[TargetName::Platform])
    );
    assert!(asked("glimpse", &[shelf("t")]) && !asked("glimpse", &[user("ana")]));
    assert!(asked("office", &[user("ana")]));
    assert!(
        asked("free", &[shelf("s")]) && !asked("free", &[shelf("t")]),
        "only the target itself is looked at"
    );
    assert!(asked("both", &[shelf("s"), group("g")]) && !asked("both", &[group("g"), shelf("s")]));
    assert!(
        !asked("both", &[shelf("s")]) && !asked("read", &[shelf("s"), group("g")]),
        "the number of targets counts"
    );
    assert!(
        asked("either", &[shelf("s")])
            && asked("either", &[group("g")])
            && !asked("either", &[shelf("t")])
    );
    assert!(asked("careful", &[shelf("s")]) && !asked("careful", &[shelf("t")]));

    // A deny of everything that covers any target of the question blocks it.
    policy
        .apply(&[deny_all(to_user("ana"), this(PlaceName::group("g")))])
        .unwrap();
    assert!(!can(
        &policy.snapshot(),
        "ana",
        "both",
        &[shelf("s"), group("g")]
    ));
    assert!(can(&policy.snapshot(), "ana", "free", &[shelf("s")]));
}

/// Section 2: a deny of a permission also stops the action of that name, whatever requirement is declared for it.
#[test]
fn a_deny_of_a_permission_stops_the_action_of_its_name() {
    let declarations = plain([Declaration::Action {
        name: "read".into(),
        targets: 1,
        requirement: any([holds("read"), marked("public")]),
    }]);
    let mut policy = policy(&declarations);
    policy
        .apply(&[
            add_user("ana"),
            add_group("g"),
            label(PlaceName::group("g"), "public"),
        ])
        .unwrap();
    assert!(reads(&policy.snapshot(), "ana", &group("g")));
    policy
        .apply(&[deny(to_user("ana"), "read", underlying("g"))])
        .unwrap();
    assert!(!reads(&policy.snapshot(), "ana", &group("g")));
}

// Removal.

/// Section 2, removal: every fact that names the thing goes and is listed; children stay, without that parent.
#[test]
fn a_removal_takes_what_names_the_thing_and_nothing_else() {
    let gone = [
        attach("mid", "top"),
        attach("low", "mid"),
        member("ana", "mid"),
        place("shelf", "s", PlaceName::group("mid")),
        label(PlaceName::group("mid"), "public"),
        allow(to_group("mid"), "read", ScopeName::Platform),
        allow(to_user("ana"), "read", underlying("mid")),
        allow(to_user("ana"), "edit", this(PlaceName::group("mid"))),
        allow(
            EVERYONE,
            "edit",
            ScopeName::Labelled {
                label: "signed".into(),
                within: Some("mid".into()),
            },
        ),
    ];
    let stays = [
        add_user("ana"),
        add_user("mid"),
        add_group("top"),
        add_group("low"),
        add_resource("shelf", "s"),
        add_resource("shelf", "mid"),
        allow(
            to_user("mid"),
            "read",
            this(PlaceName::resource("shelf", "mid")),
        ),
        allow(to_user("ana"), "read", underlying("low")),
    ];
    let mut policy = after(&[&stays[..], &[add_group("mid")], &gone].concat());
    let before = policy.snapshot().digest();
    let entry = policy.apply(&[remove(ThingName::group("mid"))]).unwrap();
    let left: BTreeSet<Change> = policy.snapshot().changes().collect();
    assert_eq!(left, stays.iter().cloned().collect());
    let listed: BTreeSet<Change> = entry.changes().iter().filter_map(Change::inverse).collect();
    for fact in &gone {
        assert!(listed.contains(fact), "`{fact}` is not listed as gone");
    }
    assert_eq!(entry.changes().len(), gone.len() + 1);
    policy.apply(&entry.inverse()).unwrap();
    assert_eq!(policy.snapshot().digest(), before);
}

/// Section 2, removal: a removal that would take a deny along is refused and names it, unless the edit says so.
#[test]
fn a_removal_that_would_lift_a_deny_is_refused() {
    let denies = [
        deny(to_group("g"), "read", ScopeName::Platform),
        deny_all(to_user("ana"), underlying("g")),
        deny_all(to_user("ana"), this(PlaceName::group("g"))),
        deny(
            EVERYONE,
            "read",
            ScopeName::Labelled {
                label: "public".into(),
                within: Some("g".into()),
            },
        ),
    ];
    let things = [add_user("ana"), add_group("g")];
    for deny in denies {
        let mut policy = after(&things);
        policy.apply(std::slice::from_ref(&deny)).unwrap();
        let Change::Grant(grant) = &deny else {
            unreachable!()
        };
        assert_eq!(
            refusal(&mut policy, &[remove(ThingName::group("g"))]),
            format!(
                "removing group `g` would lift {grant}; revoke it first, or remove the group lifting denies"
            )
        );
        let lifting = Change::Remove {
            thing: ThingName::group("g"),
            lifting_denies: true,
        };
        let entry = policy.apply(&[lifting]).unwrap();
        assert!(entry.changes().contains(&revoke(&deny)));
        assert_eq!(
            policy.snapshot().changes().collect::<Vec<_>>(),
            [add_user("ana")]
        );
    }
    // A role that a deny names is one of the things.
    let mut policy = after(&[add_user("ana"), Change::Add(ThingName::role("r"))]);
    let deny = crate::engine::grant(
        Effect::Deny,
        to_user("ana"),
        WhatName::Role("r".into()),
        ScopeName::Platform,
    );
    policy.apply(&[Change::Grant(deny)]).unwrap();
    let error = policy.apply(&[remove(ThingName::role("r"))]).unwrap_err();
    assert_eq!(kinds(&error), [(Some(0), ProblemKind::LiftsDenies)].into());
}

/// Section 2, removal: `revoke_all` removes allows only, of this subject and this thing, whatever the scope.
#[test]
fn revoke_all_removes_allows_only() {
    let kept = [
        add_user("ana"),
        add_user("ben"),
        deny(to_user("ana"), "read", ScopeName::Oneself),
        allow(to_user("ana"), "edit", ScopeName::Platform),
        allow(to_user("ben"), "read", ScopeName::Platform),
        allow_role(to_user("ana"), "reader", ScopeName::Platform),
    ];
    let mut policy = after(&kept);
    policy
        .apply(&[
            allow(to_user("ana"), "read", ScopeName::Platform),
            allow(to_user("ana"), "read", this(PlaceName::user("ben"))),
        ])
        .unwrap();
    let all = Change::RevokeAll {
        subject: to_user("ana"),
        what: WhatName::Permission("read".into()),
    };
    let entry = policy.apply(std::slice::from_ref(&all)).unwrap();
    assert_eq!(entry.changes().len(), 2);
    let left: BTreeSet<Change> = policy.snapshot().changes().collect();
    assert_eq!(left, kept.into_iter().collect());
    assert!(policy.apply(&[all]).unwrap().changes().is_empty());
}

/// Section 2: an inherited entry is removed only where it is recorded.
#[test]
fn an_inherited_entry_is_removed_where_it_is_recorded() {
    let mut policy = after(&[
        add_user("ana"),
        add_group("low"),
        add_group("high"),
        attach("low", "high"),
        member("ana", "low"),
        allow(to_group("high"), "read", underlying("high")),
    ]);
    for subject in [to_user("ana"), to_group("low")] {
        let revoked = revoke(&allow(subject.clone(), "read", underlying("high")));
        let error = policy.apply(&[revoked]).unwrap_err();
        assert_eq!(kinds(&error), [(Some(0), ProblemKind::Inherited)].into());
        let text = error.to_string();
        assert!(
            text.contains("is inherited: it is recorded on group `high`, remove it there"),
            "{text}"
        );
        let all = Change::RevokeAll {
            subject,
            what: WhatName::Permission("read".into()),
        };
        assert_eq!(
            kinds(&policy.apply(&[all]).unwrap_err()),
            [(Some(0), ProblemKind::Inherited)].into()
        );
    }
    // Another scope is another entry: it is not there, and nothing has to be done.
    let other = revoke(&allow(to_user("ana"), "read", ScopeName::Platform));
    assert!(policy.apply(&[other]).unwrap().changes().is_empty());
    policy
        .apply(&[revoke(&allow(to_group("high"), "read", underlying("high")))])
        .unwrap();
    assert!(!reads(&policy.snapshot(), "ana", &group("high")));
}

// Names and handles.

/// Failure 30 (a re-created id kept the old rights): a thing removed and added again starts with nothing, and old handles stay dead.
#[test]
fn a_thing_added_again_starts_with_nothing() {
    let mut policy = after(&[
        add_user("ana"),
        add_group("g"),
        member("ana", "g"),
        allow(to_user("ana"), "read", ScopeName::Platform),
    ]);
    let before = policy.snapshot();
    let old = before.user("ana").unwrap();
    let read = before.catalog().permission("read").unwrap();
    assert!(before.can(old, read, Target::Platform));
    policy
        .apply(&[remove(ThingName::user("ana")), add_user("ana")])
        .unwrap();
    let now = policy.snapshot();
    let new = now.user("ana").unwrap();
    assert_ne!(old, new);
    assert!(!now.can(new, read, Target::Platform) && !now.can(old, read, Target::Platform));
    assert!(!now.can(new, read, old));
    assert!(matches!(
        now.try_can(old, read, Target::Platform),
        Err(AskError::Stale {
            why: WhyStale::Removed,
            ..
        })
    ));
    assert!(
        before.can(old, read, Target::Platform),
        "the older snapshot still knows it"
    );
    assert!(matches!(
        before.try_can(new, read, Target::Platform),
        Err(AskError::Stale {
            why: WhyStale::NotYet,
            ..
        })
    ));
    assert_eq!(now.groups_of(new).unwrap().count(), 0);
    assert!(now.groups_of(old).is_err() && now.name(old).is_err());
    // The place of the removed user in the table may be taken; the handle is still of the removed one.
    policy
        .apply(&[remove(ThingName::user("ana")), add_user("zoe")])
        .unwrap();
    policy
        .apply(&[allow(EVERYONE, "read", ScopeName::Platform)])
        .unwrap();
    let now = policy.snapshot();
    assert!(!now.can(old, read, Target::Platform) && !now.can(new, read, Target::Platform));
}

/// Failure 30: handles of a dropped edit, a preview or another policy never resolve, whatever is added later.
#[test]
fn a_handle_from_elsewhere_never_resolves() {
    let catalog = Catalog::builder().permission("read").build().unwrap();
    let read = catalog.permission("read").unwrap();
    let mut policy = Policy::new(catalog.clone());
    let mut dropped = policy.edit_unguarded();
    let never = dropped.add_user("ana").unwrap();
    drop(dropped);
    let preview = policy.preview(&[add_user("ana")]).unwrap();
    let previewed = preview.user("ana").unwrap();
    let mut edit = policy.edit_unguarded();
    let ana = edit.add_user("ana").unwrap();
    edit.grant(Grant::permission(read).to(ana).on(Scope::Platform))
        .unwrap();
    edit.commit().unwrap();
    let now = policy.snapshot();
    assert!(now.can(ana, read, Target::Platform));
    for stale in [never, previewed] {
        assert!(!now.can(stale, read, Target::Platform));
        assert!(now.try_can(stale, read, Target::Platform).is_err());
        assert_ne!(stale, ana);
    }
    assert!(!preview.can(ana, read, Target::Platform));

    let mut other = Policy::new(catalog);
    let mut edit = other.edit_unguarded();
    let theirs = edit.add_user("ana").unwrap();
    edit.grant(Grant::permission(read).to(theirs).on(Scope::Platform))
        .unwrap();
    edit.commit().unwrap();
    assert!(matches!(
        now.try_can(theirs, read, Target::Platform),
        Err(AskError::Stale {
            why: WhyStale::Foreign,
            ..
        })
    ));
    // A word of another catalog, even one that reads the same.
    let twin = Catalog::builder().permission("read").build().unwrap();
    let foreign = twin.permission("read").unwrap();
    assert!(!now.can(ana, foreign, Target::Platform));
    assert!(now.try_can(ana, foreign, Target::Platform).is_err());
}

/// Failures 28 and 29 (ids compared case-insensitively or folded): distinct names stay distinct, byte by byte.
#[test]
fn distinct_names_stay_distinct() {
    let names = [
        "ana",
        "Ana",
        "ANA",
        " ana",
        "ana ",
        "an\u{e1}",
        "ana\u{301}",
        "\u{0}",
        "\u{feff}ana",
        "*",
        "everyone",
        "platform",
        "user:ana",
        "group:ana",
        "ana\n",
        "İ",
        "ı",
        "ß",
        "ss",
        "\u{1f468}\u{200d}\u{1f469}",
        "..",
        "/",
        "%61na",
        "ana\\",
    ];
    let longest = "n".repeat(MAX_NAME_BYTES);
    let names: Vec<&str> = names.into_iter().chain([longest.as_str()]).collect();
    let mut changes: Vec<Change> = names.iter().map(|name| add_user(name)).collect();
    changes.extend(names.iter().map(|name| add_group(name)));
    changes.extend(names.iter().map(|name| add_resource("shelf", name)));
    changes.extend(names.iter().map(|name| {
        allow(
            to_user(name),
            "read",
            this(PlaceName::resource("shelf", *name)),
        )
    }));
    let now = after(&changes).snapshot();
    for name in &names {
        assert_eq!(now.name(now.user(name).unwrap()).unwrap(), *name);
        for other in &names {
            assert_eq!(
                reads(&now, name, &shelf(other)),
                name == other,
                "{name:?} {other:?}"
            );
        }
    }
}

/// Failure 40 (hostile encodings): a text that cannot be a name is refused and says why.
#[test]
fn what_cannot_be_a_name_is_refused() {
    let mut policy = after(&[add_user("ana")]);
    assert_eq!(
        refusal(&mut policy, &[add_user("")]),
        "`` cannot name a user: a name cannot be empty"
    );
    let long = "n".repeat(MAX_NAME_BYTES + 1);
    assert_eq!(
        refusal(&mut policy, &[rename(ThingName::user("ana"), &long)]),
        format!("`{long}` cannot name a user: a name has at most 1024 bytes")
    );
    assert_eq!(
        refusal(&mut policy, &[add_user("ana")]),
        "user `ana` already exists"
    );
    policy
        .apply(&[rename(ThingName::user("ana"), "ana")])
        .unwrap();
}

/// Section 2, names: an unknown name is an error with the nearest known name.
#[test]
fn an_unknown_name_names_the_nearest() {
    let mut policy = after(&[add_user("annabel"), add_group("trainers")]);
    assert_eq!(
        refusal(&mut policy, &[member("anabel", "trainers")]),
        "unknown user `anabel`, the nearest known is `annabel`"
    );
    assert_eq!(
        refusal(&mut policy, &[member("annabel", "xyz")]),
        "unknown group `xyz`"
    );
    let error = policy
        .apply(&[allow(to_user("annabel"), "raed", ScopeName::Platform)])
        .unwrap_err();
    assert!(
        error.to_string().contains("unknown permission `raed`"),
        "{error}"
    );
    let now = policy.snapshot();
    assert_eq!(
        now.user("anabel").unwrap_err().nearest.as_deref(),
        Some("annabel")
    );
    assert!(now.target("user:anabel").is_err() && now.target("annabel").is_err());
}

/// Failure 7 (public, group and wildcard subjects confused): everyone is a type; a group or a user of that name is only that.
#[test]
fn everyone_is_no_name() {
    let base = [
        add_user("everyone"),
        add_user("*"),
        add_user("ana"),
        add_group("everyone"),
        add_group("*"),
    ];
    for subject in [
        to_user("everyone"),
        to_user("*"),
        to_group("everyone"),
        to_group("*"),
    ] {
        let mut policy = after(&base);
        policy
            .apply(&[allow(subject, "read", ScopeName::Platform)])
            .unwrap();
        assert!(!reads(&policy.snapshot(), "ana", &TargetName::Platform));
    }
    let mut policy = after(&base);
    policy
        .apply(&[allow(EVERYONE, "read", ScopeName::Platform)])
        .unwrap();
    assert!(reads(&policy.snapshot(), "ana", &TargetName::Platform));
    policy.apply(&[add_user("late")]).unwrap();
    assert!(
        reads(&policy.snapshot(), "late", &TargetName::Platform),
        "whoever is added later is one of everyone"
    );
    assert!(
        !reads(&policy.snapshot(), "nobody", &TargetName::Platform),
        "a stranger is not"
    );
}

// Edits.

/// Failure 13 (an oversized write was acknowledged and failed): an edit is all or nothing, and lists every problem it has.
#[test]
fn an_edit_is_all_or_nothing() {
    let mut policy = after(&[add_user("ana"), add_group("a"), add_group("b")]);
    let before = policy.snapshot();
    let error = policy
        .apply(&[
            add_user("ben"),
            member("ben", "a"),
            member("ana", "nowhere"),
            attach("a", "b"),
            add_user("ana"),
            attach("b", "a"),
            Change::Grant(crate::engine::grant(
                Effect::Allow,
                to_user("ana"),
                WhatName::Everything,
                ScopeName::Platform,
            )),
            Change::AddToRole {
                role: "reader".into(),
                permission: "edit".into(),
            },
        ])
        .unwrap_err();
    let expected = [
        (Some(2), ProblemKind::Unknown),
        (Some(4), ProblemKind::AlreadyExists),
        (Some(6), ProblemKind::Malformed),
        (Some(7), ProblemKind::Malformed),
        (None, ProblemKind::Loop),
    ];
    assert_eq!(kinds(&error), expected.into());
    let texts: Vec<String> = error.refusals().iter().map(ToString::to_string).collect();
    assert_eq!(
        texts[1],
        "step 4 (add user `ana`): user `ana` already exists"
    );
    assert_eq!(
        texts[2],
        "step 6 (grant: allow everything to user `ana` on the platform): user `ana` cannot be allowed everything: only a deny takes everything"
    );
    assert_eq!(
        texts[3],
        "step 7 (add permission `edit` to role `reader`): role `reader` is fixed by the catalog"
    );
    let now = policy.snapshot();
    assert_eq!(
        (now.digest(), now.revision()),
        (before.digest(), before.revision())
    );
    assert!(now.user("ben").is_err());
}

/// Section 2, edits: granting the same thing twice is one fact, and the entry says so.
#[test]
fn the_same_grant_twice_is_one_fact() {
    let granted = allow(EVERYONE, "read", ScopeName::Platform);
    let mut policy = after(&[add_user("ana"), granted.clone()]);
    let digest = policy.snapshot().digest();
    let entry = policy.apply(&[granted.clone(), granted.clone()]).unwrap();
    assert!(entry.changes().is_empty());
    assert_eq!(entry.already_so(), [granted.clone(), granted.clone()]);
    assert_eq!(policy.snapshot().digest(), digest);
    policy.apply(&[revoke(&granted)]).unwrap();
    assert!(!reads(&policy.snapshot(), "ana", &TargetName::Platform));
}

/// Adding and removing restores the digest; a digest speaks of facts, not of the way to them.
#[test]
fn added_and_removed_restores_the_digest() {
    for (declarations, facts, _) in generated() {
        let mut policy = built(&declarations, &facts);
        let before = policy.snapshot().digest();
        let fresh = [
            add_user("fresh"),
            add_group("fresh"),
            member("fresh", "fresh"),
            allow(to_group("fresh"), "see", underlying("fresh")),
        ];
        let entry = policy.apply(&fresh).unwrap();
        assert_ne!(policy.snapshot().digest(), before);
        policy.apply(&entry.inverse()).unwrap();
        assert_eq!(policy.snapshot().digest(), before);
        policy.apply(&fresh).unwrap();
        policy
            .apply(&[
                remove(ThingName::user("fresh")),
                remove(ThingName::group("fresh")),
            ])
            .unwrap();
        assert_eq!(policy.snapshot().digest(), before);
    }
}

/// Splitting an edge with an empty group, or adding an edge that a longer way already gives, changes no answer.
#[test]
fn redundant_edges_and_empty_groups_change_nothing() {
    for (declarations, facts, questions) in generated() {
        let mut policy = built(&declarations, &facts);
        let before = answers(&policy.snapshot(), &questions);
        let edges: Vec<(String, String)> = facts
            .iter()
            .filter_map(|fact| match fact {
                Change::Attach { group, parent } => Some((group.clone(), parent.clone())),
                _ => None,
            })
            .collect();
        let mut split = Vec::new();
        for (at, (group, parent)) in edges.iter().enumerate() {
            let between = format!("between {at}");
            split.push(add_group(&between));
            split.extend([attach(group, &between), attach(&between, parent)]);
            if at % 2 == 0 {
                split.push(detach(group, parent));
            }
        }
        for (group, parent) in &edges {
            let next = edges.iter().filter(|(lower, _)| lower == parent);
            split.extend(next.map(|(_, above)| attach(group, above)));
        }
        policy.apply(&split).unwrap();
        assert_eq!(answers(&policy.snapshot(), &questions), before);
    }
}

/// Failures 18 to 20 (stale allow after a revocation): after a revocation returns every later snapshot denies, earlier ones stay.
#[test]
fn a_revocation_is_seen_at_once() {
    let granted = allow(to_group("high"), "read", underlying("high"));
    let base = [
        add_user("ana"),
        add_group("low"),
        add_group("high"),
        attach("low", "high"),
        member("ana", "low"),
        granted.clone(),
    ];
    let ends = [
        revoke(&granted),
        detach("low", "high"),
        Change::RemoveMember {
            user: "ana".into(),
            group: "low".into(),
        },
        remove(ThingName::group("high")),
        remove(ThingName::group("low")),
        deny_all(to_user("ana"), ScopeName::Platform),
        deny(EVERYONE, "read", this(PlaceName::group("low"))),
    ];
    for end in ends {
        let mut policy = after(&base);
        let before = policy.snapshot();
        assert!(reads(&before, "ana", &group("low")));
        policy.apply(std::slice::from_ref(&end)).unwrap();
        assert!(!reads(&policy.snapshot(), "ana", &group("low")), "{end}");
        assert!(
            reads(&before, "ana", &group("low")),
            "a snapshot does not change"
        );
    }
}

/// Failure 11 (several folders with exclusion: false deny) and 5: with k ways in, taking any k-1 keeps access and taking all ends it.
#[test]
fn with_k_paths_each_one_is_enough() {
    const PATHS: usize = 5;
    let mut base = vec![
        add_user("ana"),
        add_group("top"),
        allow(to_group("top"), "read", underlying("top")),
    ];
    base.push(add_resource("shelf", "s"));
    let (mut held, mut placed) = (Vec::new(), Vec::new());
    for path in 0..PATHS {
        let (holder, container) = (format!("holder {path}"), format!("container {path}"));
        base.extend([
            add_group(&holder),
            attach(&holder, "top"),
            add_group(&container),
            attach(&container, "top"),
        ]);
        held.push((member("ana", &holder), holder));
        placed.push((place("shelf", "s", PlaceName::group(&container)), container));
    }
    for keep in 0..PATHS {
        let mut policy = after(&base);
        let links = held.iter().chain(&placed).map(|(link, _)| link.clone());
        policy.apply(&links.collect::<Vec<_>>()).unwrap();
        for (path, (link, _)) in held.iter().chain(&placed).enumerate() {
            if path % PATHS != keep {
                policy.apply(&[link.inverse().unwrap()]).unwrap();
            }
            assert!(
                reads(&policy.snapshot(), "ana", &shelf("s")),
                "kept {keep}, took {path}"
            );
        }
        let mut both = [
            held[keep].0.inverse().unwrap(),
            placed[keep].0.inverse().unwrap(),
        ];
        for _ in 0..2 {
            assert!(!reads(
                &policy.preview(&both[..1]).unwrap(),
                "ana",
                &shelf("s")
            ));
            both.swap(0, 1);
        }
    }
}

/// Failure 12 (integer overflow in a chunking helper): sizes around 2^16 and around a machine word.
#[test]
fn odd_sizes_lose_nobody() {
    for size in [1, 63, 64, 65, 255, 256, 257, 65_535, 65_536, 65_537] {
        let names: Vec<String> = (0..size).map(|nth| format!("u{nth}")).collect();
        let mut changes = vec![
            add_group("g"),
            allow(to_group("g"), "read", this(PlaceName::group("g"))),
        ];
        changes.extend(names.iter().map(|name| add_user(name)));
        changes.extend(names.iter().map(|name| member(name, "g")));
        let now = after(&changes).snapshot();
        let (read, place) = (
            now.catalog().permission("read").unwrap(),
            now.group("g").unwrap(),
        );
        assert_eq!(now.users().count(), size);
        assert_eq!(now.members(place).unwrap().count(), size);
        assert!(now.users().all(|user| now.can(user, read, place)));
        let first = now.user("u0").unwrap();
        let users: Vec<_> = now.users().collect();
        assert!(now.can_each(first, read, users).into_iter().all(|yes| yes));
    }
}

// Rules.

/// Failure 33 (the last administrator could be deleted): no sequence of edits removes the last owner.
#[test]
fn no_sequence_of_edits_removes_the_last_owner() {
    let rule = Declaration::Rule(Rule::exactly_one("owner"));
    let mut policy = policy(&plain([rule]));
    policy
        .apply(&[
            add_user("ana"),
            add_user("ben"),
            add_group("owners"),
            member("ana", "owners"),
            allow_role(to_group("owners"), "owner", ScopeName::Platform),
        ])
        .unwrap();
    let leaving = [
        remove(ThingName::user("ana")),
        remove(ThingName::group("owners")),
        Change::RemoveMember {
            user: "ana".into(),
            group: "owners".into(),
        },
        revoke(&allow_role(
            to_group("owners"),
            "owner",
            ScopeName::Platform,
        )),
        Change::RevokeAll {
            subject: to_group("owners"),
            what: WhatName::Role("owner".into()),
        },
    ];
    for step in leaving {
        assert_eq!(
            refusal(&mut policy, &[step]),
            "exactly one user holds `owner`: nobody does"
        );
    }
    assert_eq!(
        refusal(&mut policy, &[member("ben", "owners")]),
        "exactly one user holds `owner`: `ana` and `ben` do"
    );
    // The office is handed over in one edit.
    let leave = Change::RemoveMember {
        user: "ana".into(),
        group: "owners".into(),
    };
    policy.apply(&[leave, member("ben", "owners")]).unwrap();
    assert!(can(
        &policy.snapshot(),
        "ben",
        "edit",
        &[TargetName::Platform]
    ));
}

/// Section 2, rules: state rules about places, about holders and about two roles, and their texts.
#[test]
fn state_rules_are_kept() {
    let rules = [
        Rule::exactly_one_at("owner", "public"),
        Rule::every_holder_holds("owner", ["reader"]),
        Rule::never_both("owner", "guest"),
    ];
    let guest = Declaration::Role {
        name: "guest".into(),
        permissions: vec![],
        includes: vec![],
    };
    let declarations = plain(std::iter::once(guest).chain(rules.map(Declaration::Rule)));
    let mut policy = policy(&declarations);
    policy
        .apply(&[add_user("ana"), add_user("ben"), add_group("g")])
        .unwrap();
    assert_eq!(
        refusal(&mut policy, &[label(PlaceName::group("g"), "public")]),
        "exactly one user holds `owner` at each place marked `public`: nobody does at group `g`"
    );
    let own = |name: &str| allow_role(to_user(name), "owner", this(PlaceName::group("g")));
    policy
        .apply(&[label(PlaceName::group("g"), "public"), own("ana")])
        .unwrap();
    assert_eq!(
        refusal(&mut policy, &[own("ben")]),
        "exactly one user holds `owner` at each place marked `public`: `ana` and `ben` do at group `g`"
    );
    assert_eq!(
        refusal(
            &mut policy,
            &[allow_role(EVERYONE, "guest", ScopeName::Oneself)]
        ),
        "no user holds both `owner` and `guest`: not so for `ana`"
    );
    // An owner includes a reader, so the second rule is kept by itself; a rule with another role is not.
    let strict = plain([Declaration::Rule(Rule::every_user_holds(["reader"]))]);
    let mut policy = self::policy(&strict);
    assert_eq!(
        refusal(&mut policy, &[add_user("ana")]),
        "every user holds at least one of `reader`: not so for `ana`"
    );
    policy
        .apply(&[
            allow_role(EVERYONE, "owner", ScopeName::Oneself),
            add_user("ana"),
        ])
        .unwrap();
}

/// Section 2, rules: each grant rule refuses with its own sort.
#[test]
fn grant_rules_refuse_with_their_sort() {
    let owner = || Granted::role("owner");
    let to_ana = |scope: ScopeName| allow_role(to_user("ana"), "owner", scope);
    let over_ana = this(PlaceName::user("ana"));
    let here = this(PlaceName::group("g"));
    let marked = |label: &str| Condition::Marked {
        label: label.into(),
    };
    let above = label(PlaceName::group("top"), "signed");
    // The condition, what is refused and as what, and what makes the same grant, or another, admitted.
    let cases = [
        (
            Condition::HolderOf {
                role: "guest".into(),
            },
            to_ana(here.clone()),
            ProblemKind::MissingRole,
            vec![
                allow_role(EVERYONE, "guest", ScopeName::Oneself),
                to_ana(here.clone()),
            ],
        ),
        (
            Condition::Subjects(vec![SubjectKind::Group]),
            to_ana(here.clone()),
            ProblemKind::RuleBroken,
            vec![allow_role(to_group("g"), "owner", here.clone())],
        ),
        (
            Condition::Places(vec!["group".into()]),
            to_ana(over_ana.clone()),
            ProblemKind::RuleBroken,
            vec![to_ana(here.clone()), to_ana(underlying("g"))],
        ),
        (
            marked("public"),
            to_ana(here.clone()),
            ProblemKind::WrongState,
            vec![
                label(PlaceName::group("top"), "public"),
                to_ana(here.clone()),
            ],
        ),
        (
            marked("signed"),
            to_ana(underlying("g")),
            ProblemKind::MissingFact,
            vec![above, to_ana(here.clone())],
        ),
        (
            marked("signed"),
            to_ana(ScopeName::Platform),
            ProblemKind::MissingFact,
            vec![],
        ),
        (
            Condition::Scoped,
            to_ana(ScopeName::Platform),
            ProblemKind::RuleBroken,
            vec![to_ana(here.clone())],
        ),
        (
            Condition::Active,
            to_ana(this(PlaceName::user("ben"))),
            ProblemKind::NotActive,
            vec![to_ana(over_ana.clone()), to_ana(here.clone())],
        ),
    ];
    for (condition, refused, kind, admitted) in cases {
        let rule = Rule::Grant(GrantRule {
            what: owner(),
            condition,
            when_lost: WhenLost::Refused,
        });
        let guest = Declaration::Role {
            name: "guest".into(),
            permissions: vec![],
            includes: vec![],
        };
        let mut policy = policy(&plain([guest, Declaration::Rule(rule.clone())]));
        policy
            .apply(&[
                add_user("ana"),
                add_user("ben"),
                add_group("g"),
                add_group("top"),
                attach("g", "top"),
                deny_all(to_user("ben"), ScopeName::Platform),
                // A grant of another role is none of the rule's business.
                allow_role(to_user("ana"), "reader", ScopeName::Platform),
            ])
            .unwrap();
        let error = policy.apply(std::slice::from_ref(&refused)).unwrap_err();
        assert_eq!(kinds(&error), [(None, kind)].into(), "{error}");
        assert!(error.to_string().contains(&rule.to_string()), "{error}");
        policy.apply(&admitted).unwrap();
        // What is there goes on to comply.
        policy.apply(&[add_user("zoe")]).unwrap();
    }
}

/// Section 2: state rules look at everyone that the edit touches, the members of a large group included.
#[test]
fn a_rule_looks_at_every_member_of_a_large_group() {
    const MEMBERS: usize = 100_000;
    let guest = Declaration::Role {
        name: "guest".into(),
        permissions: vec![],
        includes: vec![],
    };
    let mut policy = policy(&plain([
        guest,
        Declaration::Rule(Rule::never_both("owner", "guest")),
    ]));
    let names: Vec<String> = (0..MEMBERS).map(|nth| format!("u{nth}")).collect();
    let mut changes = vec![add_group("all")];
    changes.extend(names.iter().map(|name| add_user(name)));
    changes.extend(names.iter().map(|name| member(name, "all")));
    changes.push(allow_role(to_user("u99999"), "guest", ScopeName::Oneself));
    policy.apply(&changes).unwrap();
    let own = allow_role(to_group("all"), "owner", ScopeName::Platform);
    assert_eq!(
        refusal(&mut policy, std::slice::from_ref(&own)),
        "no user holds both `owner` and `guest`: not so for `u99999`"
    );
    let leave = Change::RemoveMember {
        user: "u99999".into(),
        group: "all".into(),
    };
    policy.apply(&[own, leave]).unwrap();
    assert_eq!(
        refusal(&mut policy, &[member("u99999", "all")]),
        "no user holds both `owner` and `guest`: not so for `u99999`"
    );
}

/// Roles added at run time are facts in the name space of the catalog's roles, and change what is granted by them.
#[test]
fn run_time_roles_are_facts() {
    let mut policy = after(&[
        add_user("ana"),
        Change::Add(ThingName::role("helper")),
        Change::IncludeRole {
            role: "helper".into(),
            included: "reader".into(),
        },
        allow_role(to_user("ana"), "helper", ScopeName::Platform),
    ]);
    let asked = |policy: &Policy, action: &str| {
        can(&policy.snapshot(), "ana", action, &[TargetName::Platform])
    };
    assert!(asked(&policy, "read") && !asked(&policy, "edit"));
    policy
        .apply(&[Change::AddToRole {
            role: "helper".into(),
            permission: "edit".into(),
        }])
        .unwrap();
    assert!(asked(&policy, "edit"));
    policy
        .apply(&[Change::ExcludeRole {
            role: "helper".into(),
            included: "reader".into(),
        }])
        .unwrap();
    assert!(!asked(&policy, "read") && asked(&policy, "edit"));
    assert_eq!(
        refusal(&mut policy, &[Change::Add(ThingName::role("reader"))]),
        "role `reader` already exists"
    );
    assert_eq!(
        refusal(&mut policy, &[remove(ThingName::role("reader"))]),
        "role `reader` is fixed by the catalog"
    );
    policy.apply(&[remove(ThingName::role("helper"))]).unwrap();
    assert!(!asked(&policy, "edit"));
    assert_eq!(
        policy.snapshot().changes().collect::<Vec<_>>(),
        [add_user("ana")]
    );
}

/// A question that cannot be answered is a no for `can` and an error for `try_can`.
#[test]
fn a_question_that_cannot_be_answered_is_a_no() {
    let declarations = plain([Declaration::Action {
        name: "both".into(),
        targets: 2,
        requirement: holds("read"),
    }]);
    let mut policy = policy(&declarations);
    policy
        .apply(&[
            add_user("ana"),
            allow(EVERYONE, "read", ScopeName::Platform),
        ])
        .unwrap();
    let now = policy.snapshot();
    let ana = now.user("ana").unwrap();
    let both = now.catalog().action("both").unwrap();
    let read = now.catalog().permission("read").unwrap();
    assert!(now.can(ana, both, (ana, Target::Platform)));
    assert!(!now.can(ana, both, ana) && !now.can(ana, read, (ana, ana)));
    let no_targets: &[Target] = &[];
    assert!(!now.can(ana, read, no_targets));
    assert!(matches!(
        now.try_can(ana, both, ana),
        Err(AskError::WrongTargets {
            expected: 2,
            given: 1,
            ..
        })
    ));
}

/// Names of the facts that a directory lists are those of the changes that made them.
#[test]
fn the_directory_lists_the_facts() {
    let now = after(&[
        add_user("ana"),
        add_group("low"),
        add_group("high"),
        attach("low", "high"),
        member("ana", "low"),
        add_resource("shelf", "s"),
        place("shelf", "s", PlaceName::group("low")),
        label(PlaceName::resource("shelf", "s"), "public"),
    ])
    .snapshot();
    let (ana, low, high) = (
        now.user("ana").unwrap(),
        now.group("low").unwrap(),
        now.group("high").unwrap(),
    );
    let s = now
        .resource(now.catalog().kind("shelf").unwrap(), "s")
        .unwrap();
    assert_eq!(now.groups_of(ana).unwrap().collect::<Vec<_>>(), [low]);
    assert_eq!(now.members(low).unwrap().collect::<Vec<_>>(), [ana]);
    assert_eq!(now.parents(low).unwrap().collect::<Vec<_>>(), [high]);
    assert_eq!(now.children(high).unwrap().collect::<Vec<_>>(), [low]);
    assert_eq!(now.placements(s).unwrap().count(), 1);
    assert_eq!(now.contents(low).unwrap().collect::<Vec<_>>(), [s]);
    assert_eq!(now.labels(s).unwrap().count(), 1);
    let counts: BTreeMap<&str, usize> = [
        ("users", now.users().count()),
        ("groups", now.groups().count()),
        ("resources", now.resources().count()),
    ]
    .into();
    assert_eq!(
        counts,
        [("users", 1), ("groups", 2), ("resources", 1)].into()
    );
}
