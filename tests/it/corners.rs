//! Corners of the meaning, each a world so small that a reader can answer it; the engine and both witnesses are held against the answer.

use rolecall::testing::Oracle;
use rolecall::{
    Change, Declaration, Granted, PLATFORM, PlaceName, ProblemKind, Requirement, Rule, ScopeName,
    SubjectName, TargetName, ThingName, above, all, allows, any, holds, marked, on, within,
};

use crate::engine::{
    add_group, add_resource, add_user, allow, allow_role, at, attach, can, declare_permission,
    deny, deny_all, kinds, label, member, place, plain, policy, remove, rename, revoke, this,
    to_user, underlying,
};
use crate::{datalog, engine};

fn action(name: &str, targets: usize, requirement: Requirement) -> Declaration {
    Declaration::Action {
        name: name.into(),
        targets,
        requirement,
    }
}

fn group(name: &str) -> TargetName {
    at(PlaceName::group(name))
}

fn shelf(name: &str) -> PlaceName {
    PlaceName::resource("shelf", name)
}

/// Ana and Ben; group `low` below `high`, and `aside`; shelf `s`.
fn base() -> Vec<Change> {
    vec![
        add_user("ana"),
        add_user("ben"),
        add_group("low"),
        add_group("high"),
        add_group("aside"),
        attach("low", "high"),
        add_resource("shelf", "s"),
    ]
}

/// A world in which questions are asked of all three.
struct Case {
    declarations: Vec<Declaration>,
    facts: Vec<Change>,
}

impl Case {
    fn of(
        actions: impl IntoIterator<Item = Declaration>,
        facts: impl IntoIterator<Item = Change>,
    ) -> Case {
        let facts = base().into_iter().chain(facts);
        Case {
            declarations: plain(actions),
            facts: facts.collect(),
        }
    }

    /// The same with more facts.
    fn and(&self, facts: impl IntoIterator<Item = Change>) -> Case {
        let more = self.facts.iter().cloned().chain(facts);
        Case {
            declarations: self.declarations.clone(),
            facts: more.collect(),
        }
    }

    /// Ana's answer.
    #[track_caller]
    fn says(&self, action: &str, targets: &[TargetName], expected: bool) {
        let mut policy = policy(&self.declarations);
        policy.apply(&self.facts).unwrap();
        let now = policy.snapshot();
        assert_eq!(can(&now, "ana", action, targets), expected, "the engine");
        let mut oracle = Oracle::new(&self.declarations);
        oracle.apply(&self.facts).unwrap();
        assert_eq!(oracle.can("ana", action, targets), expected, "the oracle");
        let question = (action.to_owned(), targets.to_vec());
        let derived = datalog::answers(
            &self.declarations,
            oracle.facts(),
            std::slice::from_ref(&question),
        );
        let found = derived.contains(&("ana".to_owned(), question.0, question.1));
        assert_eq!(found, expected, "the derivation");
    }
}

/// `allows` asks a question of its own: in it, `on(0, …)` is the one target that was passed on.
#[test]
fn an_action_referred_to_asks_about_the_target_passed_on() {
    let actions = [
        action("enter", 1, on(0, holds("read"))),
        action("follow", 2, on(1, allows("enter"))),
        action("office", 1, on(PLATFORM, allows("enter"))),
    ];
    let case = Case::of(
        actions,
        [allow(to_user("ana"), "read", this(PlaceName::group("low")))],
    );
    case.says("follow", &[group("aside"), group("low")], true);
    case.says("follow", &[group("low"), group("aside")], false);
    case.says("office", &[group("low")], false);
}

/// `allows` asks whether the other action can be done, so a deny of that action's name stops it there as well.
#[test]
fn a_deny_stops_an_action_wherever_it_is_referred_to() {
    let actions = [
        action("read", 1, any([holds("read"), marked("public")])),
        action("browse", 1, allows("read")),
        action("file", 2, on(1, allows("read"))),
    ];
    let case = Case::of(actions, [label(shelf("s"), "public")]);
    let s = at(shelf("s"));
    case.says("browse", std::slice::from_ref(&s), true);
    case.says("file", &[group("low"), s.clone()], true);
    let denied = case.and([deny(to_user("ana"), "read", this(shelf("s")))]);
    denied.says("read", std::slice::from_ref(&s), false);
    denied.says("browse", std::slice::from_ref(&s), false);
    denied.says("file", &[group("low"), s.clone()], false);
    // A deny at the first target is none of the inner question's business.
    let elsewhere = case.and([deny(to_user("ana"), "read", this(PlaceName::group("low")))]);
    elsewhere.says("file", &[group("low"), s], true);
}

/// What is remembered of one target is not the answer for another.
#[test]
fn the_same_action_is_referred_to_for_each_target() {
    let both = |one: Requirement, other: Requirement| all([one, other]);
    let enter = || allows("enter");
    let actions = [
        action("enter", 1, any([holds("read"), marked("public")])),
        action("move", 2, both(on(0, enter()), on(1, enter()))),
        action("swap", 2, both(on(1, enter()), on(0, enter()))),
        action("either", 2, any([on(0, enter()), on(1, enter())])),
    ];
    let case = Case::of(
        actions,
        [allow(to_user("ana"), "read", this(PlaceName::group("low")))],
    );
    for (targets, either) in [
        (["low", "aside"], true),
        (["aside", "low"], true),
        (["aside", "high"], false),
    ] {
        let targets = targets.map(group);
        case.says("move", &targets, false);
        case.says("swap", &targets, false);
        case.says("either", &targets, either);
    }
    case.says("move", &[group("low"), group("low")], true);
}

/// A block covers the whole question, whichever target it covers.
#[test]
fn a_block_on_any_target_stops_the_question() {
    let actions = [
        action("move", 2, on(0, holds("edit"))),
        action("read", 2, on(0, holds("edit"))),
    ];
    let case = Case::of(
        actions,
        [allow(to_user("ana"), "edit", this(PlaceName::group("low")))],
    );
    let targets = [group("low"), group("aside")];
    case.says("move", &targets, true);
    case.says("read", &targets, true);
    let blocked = case.and([deny_all(to_user("ana"), this(PlaceName::group("aside")))]);
    blocked.says("move", &targets, false);
    let denied = case.and([deny(
        to_user("ana"),
        "read",
        this(PlaceName::group("aside")),
    )]);
    denied.says("read", &targets, false);
    denied.says("move", &targets, true);
}

/// `above` asks for the permission at each place by itself: where it is denied it is not held.
#[test]
fn above_leaves_out_places_where_it_is_denied() {
    let actions = [action("open", 1, above("group", "read"))];
    let case = Case::of(
        actions,
        [
            place("shelf", "s", PlaceName::group("low")),
            allow(to_user("ana"), "read", this(PlaceName::group("low"))),
        ],
    );
    let s = [at(shelf("s"))];
    case.says("open", &s, true);
    case.and([deny(to_user("ana"), "read", this(PlaceName::group("low")))])
        .says("open", &s, false);
    case.and([deny(to_user("ana"), "read", this(shelf("s")))])
        .says("open", &s, true);
    // A shelf that is placed in a user is not in the user's groups.
    let owned = Case::of(
        [action("open", 1, above("group", "read"))],
        [
            place("shelf", "s", PlaceName::user("ben")),
            member("ben", "low"),
            allow(to_user("ana"), "read", this(PlaceName::group("low"))),
        ],
    );
    owned.says("open", &s, false);
    owned.says("open", &[at(PlaceName::user("ben"))], true);
}

/// `within` asks for the permission at the places that allows name: one where it is denied, or where everything is, does not count.
#[test]
fn within_leaves_out_places_where_it_is_denied() {
    let actions = [
        action("lead", 1, within("read")),
        action("office", 1, on(PLATFORM, within("read"))),
    ];
    let case = Case::of(
        actions,
        [allow(to_user("ana"), "read", this(PlaceName::group("low")))],
    );
    let high = [group("high")];
    case.says("lead", &high, true);
    case.says("office", &high, true);
    for denied in [
        deny(to_user("ana"), "read", this(PlaceName::group("low"))),
        deny_all(to_user("ana"), this(PlaceName::group("low"))),
        deny_all(SubjectName::Everyone, underlying("low")),
    ] {
        let denied = case.and([denied]);
        denied.says("lead", &high, false);
        denied.says("office", &high, false);
        let other = denied.and([
            allow(to_user("ana"), "read", this(PlaceName::group("aside"))),
            attach("aside", "high"),
        ]);
        other.says("lead", &high, true);
    }
}

/// A user that an allow names is under its groups; one that a named shelf is placed in is not climbed further.
#[test]
fn within_climbs_from_a_user_who_is_named() {
    let actions = [action("lead", 1, within("read"))];
    let case = Case::of(
        actions,
        [
            member("ben", "low"),
            allow(to_user("ana"), "read", this(PlaceName::user("ben"))),
        ],
    );
    for (target, expected) in [
        (group("low"), true),
        (group("high"), true),
        (group("aside"), false),
        (at(PlaceName::user("ben")), true),
    ] {
        case.says("lead", &[target], expected);
    }
    let actions = [action("lead", 1, within("read"))];
    let facts = [
        member("ben", "low"),
        place("shelf", "s", PlaceName::user("ben")),
        allow(to_user("ana"), "read", this(shelf("s"))),
    ];
    let case = Case::of(actions, facts);
    for (target, expected) in [
        (at(shelf("s")), true),
        (at(PlaceName::user("ben")), true),
        (group("low"), false),
        (group("high"), false),
    ] {
        case.says("lead", &[target], expected);
    }
}

/// A user who carries a label is under all groups above theirs; what is placed in them is at the carrier.
#[test]
fn a_label_on_a_user_is_bounded_by_all_groups_above() {
    let under = |group: &str| ScopeName::Labelled {
        label: "public".into(),
        within: Some(group.into()),
    };
    for (bound, expected) in [("low", true), ("high", true), ("aside", false)] {
        let case = Case::of(
            [],
            [
                member("ben", "low"),
                label(PlaceName::user("ben"), "public"),
                place("shelf", "s", PlaceName::user("ben")),
                allow(to_user("ana"), "read", under(bound)),
            ],
        );
        case.says("read", &[at(PlaceName::user("ben"))], expected);
        case.says("read", &[at(shelf("s"))], expected);
        case.says("read", &[group("low")], false);
    }
}

/// `oneself` holds beside other scopes of the same permission, and at what is placed in the holder.
#[test]
fn oneself_stands_beside_other_scopes() {
    let case = Case::of(
        [],
        [
            allow(to_user("ana"), "read", ScopeName::Oneself),
            allow(to_user("ana"), "read", this(PlaceName::group("low"))),
            place("shelf", "s", PlaceName::user("ana")),
        ],
    );
    for (target, expected) in [
        (at(PlaceName::user("ana")), true),
        (at(shelf("s")), true),
        (group("low"), true),
        (at(PlaceName::user("ben")), false),
        (TargetName::Platform, false),
    ] {
        case.says("read", &[target], expected);
    }
}

/// The index treats the first permissions of a catalog, those after and the last in three ways; a user with a grant of their own, one in a
/// group below another, and one in many groups are answered alike.
#[test]
fn each_of_many_permissions_is_answered() {
    let names: Vec<String> = (0..200).map(|nth| format!("p{nth}")).collect();
    let catalog = names.iter().map(|name| declare_permission(name));
    let declarations = plain(catalog);
    let mut facts = base();
    facts.extend([
        add_user("many"),
        member("ben", "low"),
        place("shelf", "s", PlaceName::group("low")),
    ]);
    for nth in 0..10 {
        let name = format!("g{nth}");
        facts.extend([
            add_group(&name),
            attach(&name, "low"),
            member("many", &name),
        ]);
    }
    for (nth, name) in names.iter().enumerate() {
        let scopes = [
            ScopeName::Platform,
            ScopeName::Oneself,
            underlying("low"),
            underlying("aside"),
            this(shelf("s")),
        ];
        let holders = [
            engine::to_group("high"),
            to_user("ana"),
            engine::to_group("low"),
        ];
        let grants = scopes
            .into_iter()
            .zip(holders.into_iter().cycle().skip(nth % 3));
        let picked = grants.enumerate().filter(|(bit, _)| nth >> bit & 1 == 1);
        facts.extend(picked.map(|(_, (scope, to))| allow(to, name, scope)));
    }
    let mut policy = policy(&declarations);
    policy.apply(&facts).unwrap();
    let now = policy.snapshot();
    let mut oracle = Oracle::new(&declarations);
    oracle.apply(&facts).unwrap();
    let people = ["ana", "ben", "many"];
    let others = people.map(|name| at(PlaceName::user(name))).into_iter();
    let others = others.chain([at(shelf("s")), group("low"), group("aside")]);
    let targets: Vec<TargetName> = others.chain([TargetName::Platform]).collect();
    let mut yes = 0;
    for (user, action) in people
        .iter()
        .flat_map(|user| names.iter().map(move |name| (user, name)))
    {
        for target in targets.chunks(1) {
            let answer = can(&now, user, action, target);
            assert_eq!(
                answer,
                oracle.can(user, action, target),
                "{user} {action} {target:?}"
            );
            yes += u32::from(answer);
        }
    }
    assert!((700..3_500).contains(&yes), "{yes} of 4,200");
}

/// Of many users most rows lie in one piece, and those that changed since lie over it: both are answered alike, by one question at a time
/// and by many at once.
#[test]
fn single_changes_among_many_users_are_answered() {
    let declarations = plain([declare_permission("see")]);
    let mut facts = base();
    for nth in 0..800 {
        let name = format!("u{nth}");
        let group = ["low", "high", "aside"][nth % 3];
        facts.extend([add_user(&name), member(&name, group)]);
    }
    facts.extend([
        allow(engine::to_group("high"), "see", underlying("aside")),
        allow(engine::to_group("aside"), "see", underlying("high")),
        place("shelf", "s", PlaceName::group("low")),
    ]);
    let mut policy = policy(&declarations);
    let mut oracle = Oracle::new(&declarations);
    policy.apply(&facts).unwrap();
    oracle.apply(&facts).unwrap();
    let leaves = Change::RemoveMember {
        user: "u300".into(),
        group: "low".into(),
    };
    let user = |name: &str| PlaceName::user(name);
    let steps = [
        member("u0", "aside"),
        leaves,
        allow(to_user("u500"), "see", this(user("u501"))),
        member("u500", "high"),
        engine::remove(rolecall::ThingName::user("u2")),
        add_user("comes"),
        member("comes", "aside"),
        deny(to_user("comes"), "see", underlying("low")),
        place("shelf", "s", user("u700")),
        member("u500", "aside"),
    ];
    let asked = [
        "u0", "u1", "u2", "u3", "u300", "u500", "u501", "u700", "comes",
    ];
    let mut changed = 0;
    let mut last = Vec::new();
    for step in steps {
        policy.apply(std::slice::from_ref(&step)).unwrap();
        oracle.apply(std::slice::from_ref(&step)).unwrap();
        let now = policy.snapshot();
        let there: Vec<_> = asked.iter().filter(|name| now.user(name).is_ok()).collect();
        let mut targets: Vec<TargetName> = there.iter().map(|name| at(user(name))).collect();
        targets.extend([at(shelf("s")), group("low"), TargetName::Platform]);
        let handles: Vec<_> = targets
            .iter()
            .map(|target| now.target(&target.to_string()).unwrap())
            .collect();
        let see = now.catalog().action("see").unwrap();
        let mut answers = Vec::new();
        for name in there {
            let single: Vec<bool> = targets
                .iter()
                .map(|target| can(&now, name, "see", std::slice::from_ref(target)))
                .collect();
            let expected: Vec<bool> = targets
                .iter()
                .map(|target| oracle.can(name, "see", std::slice::from_ref(target)))
                .collect();
            assert_eq!(single, expected, "{name} after {step:?}");
            let user = now.user(name).unwrap();
            assert_eq!(
                now.can_each(user, see, handles.iter().copied()),
                expected,
                "{name} after {step:?}"
            );
            answers.extend(single);
        }
        changed += usize::from(answers != last);
        last = answers;
    }
    assert!(changed > 6, "{changed} steps mattered");
}

/// A glance looks at the lower half of each scope's number. Past 65,536 scopes several have the same one, and they are told apart all the
/// same, by one question at a time and by many at once.
#[test]
fn scopes_are_told_apart_however_many_there_are() {
    const GROUPS: usize = 65_600;
    let name = |nth: usize| format!("g{}", nth % GROUPS);
    let sees = |from: usize, to: usize| from == to;
    let reads = |from: usize, to: usize| (to + GROUPS - from) % GROUPS < 4;
    let mut facts: Vec<Change> = (0..GROUPS).map(|nth| add_group(&name(nth))).collect();
    for nth in 0..GROUPS {
        let to = engine::to_group(&name(nth));
        facts.push(allow(to, "see", underlying(&name(nth))));
    }
    let asked: Vec<usize> = (0..30).chain(65_530..65_570).collect();
    for nth in &asked {
        let (user, group) = (format!("u{nth}"), name(*nth));
        facts.extend([add_user(&user), member(&user, &group)]);
        let to = || engine::to_group(&group);
        facts.extend((*nth..nth + 4).map(|to_nth| allow(to(), "read", underlying(&name(to_nth)))));
    }
    let mut policy = policy(&plain([declare_permission("see")]));
    policy.apply(&facts).unwrap();
    let now = policy.snapshot();
    let users: Vec<_> = asked
        .iter()
        .map(|nth| now.user(&format!("u{nth}")).unwrap())
        .collect();
    let [see, read] = ["see", "read"].map(|name| now.catalog().action(name).unwrap());
    for (user, from) in users.iter().zip(&asked) {
        for (action, expected) in [
            (see, &sees as &dyn Fn(usize, usize) -> bool),
            (read, &reads),
        ] {
            let expected: Vec<bool> = asked.iter().map(|to| expected(*from, *to)).collect();
            let single: Vec<bool> = users.iter().map(|to| now.can(*user, action, *to)).collect();
            assert_eq!(single, expected, "of g{from}");
            assert_eq!(
                now.can_each(*user, action, users.iter().copied()),
                expected,
                "of g{from}"
            );
        }
    }
}

/// Some numbers of scopes have the lower half that fills what is empty where a glance looks. Whoever holds a permission at many scopes is
/// answered alike by one question at a time and by many at once, also where such a scope lies before the one that covers the target.
#[test]
fn a_scope_that_looks_like_none_hides_no_other() {
    for before in [65_531_usize, 65_532, 65_533, 65_534] {
        let name = |nth: usize| format!("f{nth}");
        let scopes = (0..before).map(name);
        let mut facts: Vec<Change> = scopes.map(|scope| add_group(&scope)).collect();
        facts.extend(["low", "one", "other"].map(add_group));
        facts.extend([attach("low", "one"), attach("low", "other")]);
        facts.extend([add_user("ana"), add_user("ben"), add_user("cid")]);
        facts.push(member("cid", "low"));
        let to_ben = |scope: &str| allow(to_user("ben"), "read", underlying(scope));
        let to_ana = |scope: &str| allow(to_user("ana"), "read", underlying(scope));
        facts.extend((0..before).map(|nth| to_ben(&name(nth))));
        facts.push(to_ben("one"));
        facts.extend((0..12).map(|nth| to_ana(&name(nth))));
        facts.push(to_ana("other"));
        let mut policy = policy(&plain([]));
        policy.apply(&facts).unwrap();
        let now = policy.snapshot();
        let read = now.catalog().action("read").unwrap();
        let [ana, ben, cid] = ["ana", "ben", "cid"].map(|name| now.user(name).unwrap());
        for asker in [ana, ben] {
            assert!(now.can(asker, read, cid));
            assert_eq!(now.can_each(asker, read, [cid]), [true], "{before}");
        }
        assert_eq!(now.can_each(ana, read, [ben]), [false]);
    }
}

/// What everyone has is inherited by each user, and is not removed there.
#[test]
fn what_everyone_has_is_inherited() {
    let everyones = allow(SubjectName::Everyone, "read", ScopeName::Platform);
    let mut policy = policy(&plain([]));
    policy.apply(&base()).unwrap();
    policy.apply(std::slice::from_ref(&everyones)).unwrap();
    for subject in [to_user("ana"), engine::to_group("low")] {
        let error = policy
            .apply(&[revoke(&allow(subject, "read", ScopeName::Platform))])
            .unwrap_err();
        assert_eq!(kinds(&error), [(Some(0), ProblemKind::Inherited)].into());
        assert!(error.to_string().contains("everyone"), "{error}");
    }
    policy.apply(&[revoke(&everyones)]).unwrap();
}

/// Grant rules speak of what is given; to deny a role is always possible.
#[test]
fn grant_rules_do_not_speak_of_denies() {
    let rule = Declaration::Rule(Rule::needs_scope(Granted::role("reader")));
    let mut policy = policy(&plain([rule]));
    policy.apply(&base()).unwrap();
    let Change::Grant(mut given) = allow_role(to_user("ana"), "owner", ScopeName::Platform) else {
        return;
    };
    let error = policy.apply(&[Change::Grant(given.clone())]).unwrap_err();
    assert_eq!(kinds(&error), [(None, ProblemKind::RuleBroken)].into());
    given.effect = rolecall::Effect::Deny;
    policy.apply(&[Change::Grant(given)]).unwrap();
}

/// Names are looked up as they are at each step, however many steps an edit has.
#[test]
fn names_change_hands_within_an_edit() {
    let renamed = |from: &str, to: &str| rename(ThingName::user(from), to);
    let mut steps = vec![
        member("ana", "low"),
        // Each has the other's name from here on.
        renamed("ana", "x"),
        renamed("ben", "ana"),
        renamed("x", "ben"),
        member("ana", "high"),
        member("ben", "aside"),
        remove(ThingName::user("ben")),
        add_user("ben"),
        member("ben", "high"),
        add_user("cleo"),
        member("cleo", "low"),
        Change::RemoveMember {
            user: "cleo".into(),
            group: "low".into(),
        },
    ];
    steps.extend(["low", "high"].map(|group| member("cleo", group)));
    let mut at_once = policy(&plain([]));
    at_once.apply(&base()).unwrap();
    let mut one_by_one = policy(&plain([]));
    for step in base().iter().chain(&steps) {
        one_by_one.apply(std::slice::from_ref(step)).unwrap();
    }
    at_once.apply(&steps).unwrap();
    let [at_once, one_by_one] = [at_once, one_by_one].map(|policy| policy.snapshot());
    assert_eq!(at_once.digest(), one_by_one.digest());
    let mut members: Vec<Change> = at_once
        .changes()
        .filter(|fact| matches!(fact, Change::AddMember { .. }))
        .collect();
    members.sort();
    assert_eq!(
        members,
        [
            member("ana", "high"),
            member("ben", "high"),
            member("cleo", "high"),
            member("cleo", "low")
        ]
    );
}

/// Whatever is asked of all combinations of targets multiplies with each of them, so there is a largest number, and it is a clear error to
/// declare more.
#[test]
fn an_action_has_at_most_eight_targets() {
    let built = |targets| {
        let declared = plain([action("join", targets, holds("read"))]);
        rolecall::Catalog::builder().declare_all(declared).build()
    };
    assert!(built(rolecall::MAX_TARGETS).is_ok());
    for targets in [9, 3_000_000_000] {
        assert_eq!(
            built(targets).unwrap_err().to_string(),
            format!(
                "the catalog has problems: action `join`: has {targets} targets, at most 8 are possible"
            )
        );
    }
}
