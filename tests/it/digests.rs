//! Digests of states and catalogs, and the chain of entries: fixed vectors, which were worked out aside from the documentation, what
//! tampering does, and what followers come to.

use std::collections::{BTreeMap, BTreeSet};

use rolecall::testing::{Size, World};
use rolecall::{
    Catalog, CatalogDigest, Change, Declaration, Digest, DigestKey, Effect, GrantName, Link,
    PLATFORM, PlaceName, Policy, ScopeName, SubjectName, ThingName, WhatName, above, any, holds,
    on, within,
};

use crate::engine::{
    add_group, add_resource, add_user, attach, label, member, place, plain, policy, remove, rename,
};

fn catalog() -> Catalog {
    let look = holds("read").with(any([above("shelf", "read"), on(PLATFORM, within("read"))]));
    Catalog::builder()
        .kind("shelf")
        .declare(Declaration::Label {
            name: "public".into(),
            recorded: true,
        })
        .permission("read")
        .action("look", look)
        .role("reader", ["read"])
        .build()
        .unwrap()
}

fn first() -> Vec<Change> {
    let shelf = || PlaceName::resource("shelf", "s");
    vec![
        add_user("ana"),
        add_group("g"),
        add_resource("shelf", "s"),
        member("ana", "g"),
        place("shelf", "s", PlaceName::group("g")),
        label(shelf(), "public"),
        Change::Grant(GrantName {
            effect: Effect::Allow,
            subject: SubjectName::Group("g".into()),
            what: WhatName::Role("reader".into()),
            scope: ScopeName::Labelled {
                label: "public".into(),
                within: Some("g".into()),
            },
        }),
    ]
}

#[test]
fn the_chain_has_these_links() {
    let catalog = catalog();
    assert_eq!(
        catalog.digest().to_string(),
        "d4691d04b4be07151be9b4b9329ad067"
    );
    let start = Link::start(&catalog);
    assert_eq!(
        start.to_string(),
        "cea721ec9570eab4a699a73c43bc2b571df85424152b99df79165125e1e96fe0"
    );
    let mut policy = Policy::new(catalog);
    let one = policy.apply(&first()).unwrap().link(start);
    assert_eq!(
        one.to_string(),
        "9216f5abfb7808c2b3b4c58361e7b3d31a91469f0d3c8b8ab485939bdf40d0bb"
    );
    let entry = policy
        .apply(&[
            rename(ThingName::user("ana"), "änne"),
            remove(ThingName::user("änne")),
        ])
        .unwrap();
    assert_eq!(entry.changes().len(), 3, "the membership goes along");
    let two = entry.link(one);
    assert_eq!(
        two.to_string(),
        "f9bfd827f4ff8ee00ccf1871f7a066db7c97c5f446fa32cbeccc3f7a76f55d10"
    );
    assert_eq!(Link::from_bytes(two.to_bytes()), two);
    assert_eq!(format!("{two:?}"), format!("Link({two})"));
}

/// Whatever is changed in an entry, or before it, is another link.
#[test]
fn tampering_shows_in_the_link() {
    let catalog = catalog().digest();
    let start = Link::from_bytes([7; 32]);
    let changes = first();
    let honest = Link::after(start, 5, catalog, &changes);
    let mut all = BTreeSet::from([honest]);
    let mut other = |what: &str, link: Link| assert!(all.insert(link), "{what}");
    other("revision", Link::after(start, 6, catalog, &changes));
    let CatalogDigest(number) = catalog;
    let foreign = CatalogDigest(number ^ 1);
    other("catalog", Link::after(start, 5, foreign, &changes));
    for at in 0..32 {
        let mut bytes = start.to_bytes();
        bytes[at] ^= 1;
        let previous = Link::from_bytes(bytes);
        other("previous", Link::after(previous, 5, catalog, &changes));
    }
    for at in 0..changes.len() {
        let mut less = changes.clone();
        less.remove(at);
        other("one less", Link::after(start, 5, catalog, &less));
        let mut twice = changes.clone();
        twice.insert(at, changes[at].clone());
        other("one twice", Link::after(start, 5, catalog, &twice));
        let mut inverse = changes.clone();
        inverse[at] = inverse[at].inverse().unwrap();
        other("the inverse", Link::after(start, 5, catalog, &inverse));
        for with in at + 1..changes.len() {
            let mut order = changes.clone();
            order.swap(at, with);
            other("order", Link::after(start, 5, catalog, &order));
        }
    }
    other("nothing", Link::after(start, 5, catalog, &[]));
}

/// Changes that differ have other bytes: names that run into each other, a thing of another sort, and all that the generators make.
#[test]
fn no_two_changes_have_one_link() {
    let mut seen: BTreeMap<Link, Change> = BTreeMap::new();
    let mut check = |change: &Change| {
        let link = Link::after(
            Link::from_bytes([0; 32]),
            1,
            CatalogDigest(0),
            std::slice::from_ref(change),
        );
        if let Some(other) = seen.insert(link, change.clone()) {
            assert_eq!(&other, change);
        }
    };
    for (user, group) in [("ab", "c"), ("a", "bc"), ("abc", "d"), ("a", "b")] {
        check(&member(user, group));
        check(&member(user, group).inverse().unwrap());
        check(&attach(user, group));
        check(&attach(user, group).inverse().unwrap());
        check(&Change::IncludeRole {
            role: user.into(),
            included: group.into(),
        });
        check(&Change::ExcludeRole {
            role: user.into(),
            included: group.into(),
        });
        check(&Change::AddToRole {
            role: user.into(),
            permission: group.into(),
        });
        check(&Change::RemoveFromRole {
            role: user.into(),
            permission: group.into(),
        });
        for thing in [
            ThingName::user(user),
            ThingName::group(user),
            ThingName::role(user),
            ThingName::resource(user, group),
        ] {
            check(&Change::Add(thing.clone()));
            check(&Change::Ensure(thing.clone()));
            check(&rename(thing.clone(), group));
            for lifting_denies in [false, true] {
                check(&Change::Remove {
                    thing: thing.clone(),
                    lifting_denies,
                });
            }
        }
        for what in [
            WhatName::Permission(user.into()),
            WhatName::Role(user.into()),
            WhatName::Everything,
        ] {
            for subject in [
                SubjectName::User(group.into()),
                SubjectName::Group(group.into()),
                SubjectName::Everyone,
            ] {
                check(&Change::RevokeAll {
                    subject,
                    what: what.clone(),
                });
            }
        }
    }
    for seed in 0..40 {
        let world = World::from_seed(seed, Size::SMALL.with_edits(4));
        for change in world.edits.iter().flatten() {
            check(change);
            change.inverse().iter().for_each(&mut check);
        }
    }
    assert!(seen.len() > 1_000, "{}", seen.len());
}

/// Who follows a log comes to the links of who wrote it, and to its digests with the same key; with another key only the digests differ.
#[test]
fn followers_come_to_the_same_links() {
    let mut links = 0;
    for seed in 0..60 {
        let world = World::from_seed(seed, Size::SMALL.with_edits(6));
        let catalog = policy(&world.declarations).catalog().clone();
        let keyed = |byte| Policy::with_digest_key(catalog.clone(), DigestKey::new([byte; 16]));
        let (mut leader, mut follower, mut stranger) = (keyed(1), keyed(1), keyed(2));
        let mut heads = [Link::start(&catalog); 3];
        for edit in &world.edits {
            let Ok(entry) = leader.apply(edit) else {
                continue;
            };
            let followed =
                [&mut follower, &mut stranger].map(|policy| policy.apply(entry.changes()).unwrap());
            assert_eq!(entry.catalog_digest(), catalog.digest());
            assert_eq!(followed[0].digest(), entry.digest(), "seed {seed}");
            if !entry.changes().is_empty() && followed[1].digest() != Digest(0) {
                assert_ne!(followed[1].digest(), entry.digest(), "seed {seed}");
            }
            let entries = [&entry, &followed[0], &followed[1]];
            for (head, entry) in heads.iter_mut().zip(entries) {
                *head = entry.link(*head);
            }
            assert!(heads.iter().all(|head| *head == heads[0]), "seed {seed}");
            links += 1;
        }
    }
    assert!(links > 100, "{links}");
}

#[test]
fn a_key_changes_the_digest_and_is_never_shown() {
    let bytes = *b"read from a safe";
    let key = DigestKey::new(bytes);
    let catalog = catalog();
    let mut keyed = Policy::with_digest_key(catalog.clone(), key.clone());
    let mut plain = Policy::new(catalog.clone());
    let ana = [add_user("ana")];
    let (one, other) = (keyed.apply(&ana).unwrap(), plain.apply(&ana).unwrap());
    assert_eq!(one.digest().to_string(), "a5153566c71e39b2601a5faf689e492a");
    assert_eq!(
        other.digest().to_string(),
        "845cf01665a1d30a75a1f85523e2ab82"
    );
    for shown in [
        format!("{key:?}"),
        format!("{keyed:?}"),
        format!("{:#?}", keyed.snapshot()),
        format!("{one:?}"),
        serde_json::to_string(&one).unwrap(),
    ] {
        let (text, list) = ("read from a safe", format!("{bytes:?}"));
        assert!(!shown.contains(text) && !shown.contains(list.trim_matches(['[', ']'])));
    }
    assert_eq!(format!("{key:?}"), "DigestKey(..)");

    // It is one with the state whatever led there: inverses, renames and removals come back to the digest before.
    let before = keyed.snapshot().digest();
    let entry = keyed.apply(&first()[1..]).unwrap();
    let renamed = keyed.apply(&[rename(ThingName::group("g"), "h")]).unwrap();
    assert_ne!(renamed.digest(), entry.digest());
    keyed.apply(&renamed.inverse()).unwrap();
    assert_eq!(keyed.snapshot().digest(), entry.digest());
    let mut rebuilt = Policy::with_digest_key(catalog, key);
    let all: Vec<Change> = keyed.snapshot().changes().collect();
    rebuilt.apply(&all).unwrap();
    assert_eq!(rebuilt.snapshot().digest(), entry.digest());
    assert_eq!(keyed.preview(&entry.inverse()).unwrap().digest(), before);
}

/// Equal facts under another catalog are no equal policy, and the entry says so.
#[test]
fn equal_facts_under_another_catalog_are_told_apart() {
    let [mut one, mut other] = [plain([]), plain([declared("archive")])].map(|it| policy(&it));
    let [a, b] = [&mut one, &mut other].map(|policy| policy.apply(&[add_user("ana")]).unwrap());
    assert_eq!(a.digest(), b.digest());
    assert_ne!(a.catalog_digest(), b.catalog_digest());
    assert_eq!(a.catalog_digest(), one.catalog().digest());
    let start = Link::from_bytes([0; 32]);
    assert_ne!(a.link(start), b.link(start));
    assert_ne!(Link::start(one.catalog()), Link::start(other.catalog()));
}

fn declared(permission: &str) -> Declaration {
    Declaration::Permission {
        name: permission.into(),
        recorded: false,
    }
}

/// The order of declarations does not count. What is declared does: no two declarations, and no two catalogs of the generators, have one
/// digest.
#[test]
fn catalogs_that_declare_the_same_have_one_digest() {
    let digest = |declarations: &[Declaration]| {
        let catalog = Catalog::builder().declare_all(declarations.iter().cloned());
        catalog.build().unwrap().digest()
    };
    let mut seen: BTreeMap<CatalogDigest, Vec<String>> = BTreeMap::new();
    for seed in 0..60 {
        let mut declarations = World::from_seed(seed, Size::SMALL).declarations;
        let forward = digest(&declarations);
        declarations.reverse();
        assert_eq!(digest(&declarations), forward, "seed {seed}");
        let mut spelled: Vec<String> = declarations.iter().map(|it| format!("{it:?}")).collect();
        spelled.sort();
        if let Some(other) = seen.insert(forward, spelled.clone()) {
            assert_eq!(other, spelled, "seed {seed}");
        }
        declarations.push(Declaration::Kind {
            name: "more".into(),
        });
        assert_ne!(digest(&declarations), forward, "seed {seed}");
    }
    let recorded = |recorded| Declaration::Label {
        name: "l".into(),
        recorded,
    };
    assert_ne!(digest(&[recorded(false)]), digest(&[recorded(true)]));
}
