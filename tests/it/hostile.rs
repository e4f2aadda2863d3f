//! Names of every sort: whatever a name may be, it names one thing, comes back as it was and breaks no text.

use proptest::prelude::*;
use rolecall::{
    Change, Declaration, Effect, MAX_NAME_BYTES, PlaceName, Policy, ScopeName, Snapshot,
    SubjectName, TargetName, ThingName, WhatName,
};

use crate::engine::{
    add_group, add_resource, add_user, allow, allow_role, attach, can, deny, grant, label, member,
    place, plain, policy, rename, revoke, this, to_group, to_user, underlying,
};

/// Texts that look like something else: syntax of targets and words of the crate, control characters, marks that reorder or join, what
/// folds or normalises to something else, and the longest there may be.
fn names() -> impl Strategy<Value = String> {
    let pieces = prop::sample::select(vec![
        "",
        "a",
        "A",
        "user:",
        "group:",
        "shelf:",
        "platform",
        "everyone",
        ":",
        "::",
        "`",
        "\"",
        "'",
        "\\",
        "\n",
        "\r\n",
        "\t",
        "\0",
        "\u{1b}[31m",
        "\u{7f}",
        "\u{85}",
        "\u{2028}",
        "\u{202e}",
        "\u{200d}",
        "\u{feff}",
        "e\u{301}",
        "\u{e9}",
        "\u{130}",
        "\u{131}",
        "\u{df}",
        "\u{1f468}\u{200d}\u{1f469}",
        "\u{fffd}",
        "\u{10ffff}",
        "%00",
        "../",
        "; step 0:",
        " > ",
        " ",
        "*",
        "{}",
        "{0}",
        "$1",
    ]);
    let pieced = prop::collection::vec(pieces, 1..6).prop_map(|pieces| pieces.concat());
    let random = prop::collection::vec(any::<char>(), 1..12)
        .prop_map(|chars| chars.into_iter().collect::<String>());
    let long = any::<char>().prop_map(|char| {
        let count = MAX_NAME_BYTES / char.len_utf8();
        std::iter::repeat_n(char, count).collect::<String>()
    });
    prop_oneof![6 => pieced, 3 => random, 1 => long]
        .prop_filter("a name is not empty", |name| !name.is_empty())
}

/// Whether a text has only lines of its own making.
fn is_tame(text: &str) -> bool {
    text.chars().all(|char| {
        !char.is_control() && !('\u{202a}'..='\u{202e}').contains(&char) && char != '\u{2028}'
    })
}

fn reads(now: &Snapshot, user: &str, target: TargetName) -> bool {
    can(now, user, "read", &[target])
}

/// A user, a group, a resource and a role of the name, with every sort of fact that names them.
fn state(name: &str, other: &str) -> Vec<Change> {
    let shelf = || PlaceName::resource("shelf", name);
    vec![
        add_user(name),
        add_user(other),
        add_group(name),
        add_group(other),
        add_resource("shelf", name),
        add_resource("shelf", other),
        Change::Add(ThingName::role(name)),
        Change::AddToRole {
            role: name.into(),
            permission: "read".into(),
        },
        attach(name, other),
        member(name, name),
        place("shelf", name, PlaceName::group(name)),
        place("shelf", other, PlaceName::user(other)),
        label(shelf(), "public"),
        allow_role(to_group(other), name, underlying(name)),
        deny(to_user(other), "edit", this(shelf())),
        allow(
            to_user(name),
            "edit",
            ScopeName::Labelled {
                label: "public".into(),
                within: Some(other.into()),
            },
        ),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    /// Failures 28, 29 and 40: names are compared byte by byte and come back as they were, in the directory, in the text of a target and in an export.
    #[test]
    fn names_come_back_as_they_were((name, other) in (names(), names())) {
        prop_assume!(name != other);
        let mut policy = policy(&plain([]));
        let facts = state(&name, &other);
        policy.apply(&facts).unwrap();
        let now = policy.snapshot();
        for name in [&name, &other] {
            prop_assert_eq!(now.name(now.user(name).unwrap()).unwrap(), name.as_str());
            for place in [PlaceName::user(name), PlaceName::group(name), PlaceName::resource("shelf", name)] {
                let text = place.to_string();
                prop_assert_eq!(&text.parse::<PlaceName>().unwrap(), &place);
                let target = now.target(&text).unwrap();
                prop_assert_eq!(now.target_name(target).unwrap(), TargetName::Place(place));
            }
        }
        let target = |place| TargetName::Place(place);
        prop_assert!(reads(&now, &name, target(PlaceName::group(&name))));
        prop_assert!(reads(&now, &name, target(PlaceName::resource("shelf", &name))));
        prop_assert!(!reads(&now, &name, target(PlaceName::group(&other))));
        prop_assert!(!reads(&now, &other, target(PlaceName::group(&name))));
        prop_assert!(!reads(&now, &name, target(PlaceName::resource("shelf", &other))));

        let exported: Vec<Change> = now.changes().collect();
        prop_assert_eq!(exported.len(), facts.len());
        let mut rebuilt = crate::engine::policy(&plain([]));
        rebuilt.apply(&exported).unwrap();
        prop_assert_eq!(rebuilt.snapshot().digest(), now.digest());
    }

    /// Failure 40: no name breaks the line of an error or the tree of an explanation, or passes for another part of it.
    #[test]
    fn no_name_breaks_a_text((name, other) in (names(), names())) {
        prop_assume!(name != other);
        let mut policy = policy(&plain([]));
        policy.apply(&state(&name, &other)).unwrap();
        let mut told = |edit: &[Change]| policy.apply(edit).unwrap_err().to_string();
        let lost = format!("{name}{other}");
        let texts = [
            told(&[add_user(&name), add_group(&name), add_resource("shelf", &name), Change::Add(ThingName::role(&name))]),
            told(&[attach(&other, &name)]),
            told(&[member(&lost, &lost), place(&lost, &name, PlaceName::resource(&lost, &lost)), label(PlaceName::user(&name), &lost)]),
            told(&[rename(ThingName::user(&name), &other), rename(ThingName::group(&name), &"n".repeat(MAX_NAME_BYTES + 1))]),
            told(&[Change::Remove { thing: ThingName::user(&other), lifting_denies: false }]),
            told(&[revoke(&allow_role(to_group(&name), &name, underlying(&name)))]),
            told(&[Change::Grant(grant(Effect::Allow, to_user(&name), WhatName::Everything, ScopeName::Platform))]),
            told(&[allow(SubjectName::User(lost.clone()), &lost, ScopeName::Labelled { label: lost.clone(), within: Some(lost.clone()) })]),
            demanded(&mut policy, &name, &other),
            policy.snapshot().target(&name).map_or_else(|error| error.to_string(), |_| String::new()),
        ];
        for text in texts {
            prop_assert!(is_tame(&text), "{:?}", text);
        }
        let now = policy.snapshot();
        let tree = |user: &str, target: TargetName| {
            let user = now.user(user).unwrap();
            let target = now.target(&target.to_string()).unwrap();
            let permission = now.catalog().permission("edit").unwrap();
            now.explain(user, permission, target).unwrap().to_string()
        };
        let mut tame = crate::engine::policy(&plain([]));
        tame.apply(&state("name", "other")).unwrap();
        for user in [&name, &other] {
            for place in [PlaceName::resource("shelf", &name), PlaceName::group(&other), PlaceName::user(user)] {
                let text = tree(user, TargetName::Place(place));
                prop_assert!(text.ends_with('\n') && text.lines().all(is_tame), "{:?}", text);
                prop_assert_eq!(text.matches('\n').count(), text.lines().count());
            }
        }
        for change in now.changes() {
            prop_assert!(is_tame(&change.to_string()), "{:?}", change.to_string());
        }
    }
}

fn demanded(policy: &mut Policy, name: &str, other: &str) -> String {
    let now = policy.snapshot();
    let permission = now.catalog().permission("read").unwrap();
    let (user, shelf) = (
        now.user(name).unwrap(),
        now.catalog().kind("shelf").unwrap(),
    );
    let mut edit = policy.edit_as(user).unwrap();
    let spare = edit.demand(permission, now.resource(shelf, name).unwrap());
    assert!(spare.is_ok());
    let problem = edit
        .demand(permission, now.group(other).unwrap())
        .unwrap_err();
    assert!(edit.commit().is_err());
    problem.to_string()
}

/// The words of a catalog are told in every text as well.
#[test]
fn words_of_a_catalog_break_no_text() {
    let word = "re\nad\u{1b}[0m";
    let catalog = rolecall::Catalog::builder().declare_all([
        Declaration::Permission {
            name: word.into(),
            recorded: false,
        },
        Declaration::Kind { name: word.into() },
        Declaration::Label {
            name: word.into(),
            recorded: false,
        },
        Declaration::Role {
            name: word.into(),
            permissions: vec![word.into()],
            includes: vec![],
        },
    ]);
    let mut policy = Policy::new(catalog.build().unwrap());
    policy
        .apply(&[add_user("ana"), add_resource(word, "s")])
        .unwrap();
    let text = policy
        .apply(&[
            add_resource(word, "s"),
            place(word, "t", PlaceName::resource(word, "u")),
        ])
        .unwrap_err()
        .to_string();
    assert!(is_tame(&text), "{text:?}");
    let now = policy.snapshot();
    let (ana, permission) = (
        now.user("ana").unwrap(),
        now.catalog().permission(word).unwrap(),
    );
    let shelf = now
        .resource(now.catalog().kind(word).unwrap(), "s")
        .unwrap();
    let tree = now.explain(ana, permission, shelf).unwrap().to_string();
    assert!(tree.lines().all(is_tame), "{tree:?}");
    for change in now.changes() {
        assert!(is_tame(&change.to_string()), "{change}");
    }
}
