//! After a revoke, the entry tells what still gives what was to be taken back: a revoke that leaves everything as it is must not pass for one
//! that took something.

use std::collections::BTreeSet;

use proptest::prelude::*;
use rolecall::testing::{Size, World, count_steps};
use rolecall::{
    Change, Effect, Entry, Grant, GrantName, PlaceName, Policy, Scope, ScopeName, Snapshot,
    Subject, SubjectName, Target, TargetName, User, What, WhatName,
};

use crate::engine::{
    add_group, add_resource, add_user, allow, allow_role, attach, can, deny, label, member, place,
    plain, policy, revoke, this, to_group, to_user, underlying,
};
use crate::growth::check_growth;
use crate::reverse::all_targets;

/// Ana, in `team` below `house`, and a shelf in `team` that is public. The role `owner` includes `reader`.
fn house(more: impl IntoIterator<Item = Change>) -> Policy {
    let mut policy = policy(&plain([]));
    let shelf = PlaceName::resource("shelf", "s");
    let mut changes = vec![
        add_user("ana"),
        add_group("house"),
        add_group("team"),
        attach("team", "house"),
        member("ana", "team"),
        add_resource("shelf", "s"),
        place("shelf", "s", PlaceName::group("team")),
        label(shelf, "public"),
    ];
    changes.extend(more);
    policy.apply(&changes).unwrap();
    policy
}

fn shelf() -> PlaceName {
    PlaceName::resource("shelf", "s")
}

fn revoke_all() -> Change {
    Change::RevokeAll {
        subject: to_user("ana"),
        what: WhatName::Permission("read".into()),
    }
}

fn revoke_here() -> Change {
    revoke(&allow(to_user("ana"), "read", this(shelf())))
}

fn granted(change: &Change) -> GrantName {
    match change {
        Change::Grant(grant) => grant.clone(),
        other => panic!("{other}"),
    }
}

fn apply(policy: &mut Policy, change: &Change) -> Entry {
    policy.apply(std::slice::from_ref(change)).unwrap()
}

/// Revokes what Ana has at the shelf, where she has it by this grant alone, and where she has it by herself as well; each time she still
/// can, and the entry says by which grant.
#[track_caller]
fn check_form(by: Change, revokes: &[Change]) {
    for revoked in revokes {
        for directly in [None, Some(allow(to_user("ana"), "read", this(shelf())))] {
            let took = directly.is_some();
            let mut policy = house([by.clone()].into_iter().chain(directly));
            let entry = apply(&mut policy, revoked);
            assert_eq!(
                (entry.changes().len(), entry.already_so().len()),
                (usize::from(took), usize::from(!took))
            );
            let now = policy.snapshot();
            assert!(can(&now, "ana", "read", &[TargetName::Place(shelf())]));
            let [still] = entry.still_given() else {
                panic!("{:?}", entry.still_given())
            };
            assert_eq!(&still.revoked, revoked);
            assert_eq!(
                (still.by.as_slice(), still.more, still.is_complete),
                (&[granted(&by)][..], 0, true)
            );
            assert_eq!(
                still.to_string(),
                format!("{revoked}; still given by {}", granted(&by))
            );
        }
    }
}

#[test]
fn by_a_role() {
    check_form(
        allow_role(to_user("ana"), "reader", this(shelf())),
        &[revoke_all(), revoke_here()],
    );
}

#[test]
fn by_a_role_that_includes_another() {
    let by = allow_role(to_user("ana"), "owner", this(shelf()));
    check_form(by.clone(), &[revoke_all(), revoke_here()]);
    // What was revoked may be a role itself.
    let mut policy = house([by.clone()]);
    let reader = revoke(&allow_role(to_user("ana"), "reader", this(shelf())));
    let entry = apply(&mut policy, &reader);
    assert_eq!(entry.still_given()[0].by, [granted(&by)]);
}

#[test]
fn by_a_wider_scope() {
    for scope in [
        ScopeName::Platform,
        underlying("house"),
        this(PlaceName::group("team")),
    ] {
        check_form(allow(to_user("ana"), "read", scope), &[revoke_here()]);
    }
}

#[test]
fn as_everyone() {
    check_form(
        allow_role(SubjectName::Everyone, "reader", this(shelf())),
        &[revoke_all(), revoke_here()],
    );
}

#[test]
fn through_a_group() {
    for group in ["team", "house"] {
        check_form(
            allow_role(to_group(group), "reader", underlying("house")),
            &[revoke_all(), revoke_here()],
        );
    }
}

#[test]
fn by_a_label() {
    for within in [None, Some("house".to_owned())] {
        let scope = ScopeName::Labelled {
            label: "public".into(),
            within,
        };
        check_form(allow(to_user("ana"), "read", scope), &[revoke_here()]);
    }
}

/// A narrower grant leaves some of it.
#[test]
fn by_a_narrower_scope() {
    let by = allow(to_user("ana"), "read", this(shelf()));
    let mut policy = house([by.clone()]);
    let wide = revoke(&allow(to_user("ana"), "read", underlying("house")));
    assert_eq!(
        apply(&mut policy, &wide).still_given()[0].by,
        [granted(&by)]
    );
}

#[test]
fn where_nothing_still_gives_it_nothing_is_told() {
    let elsewhere = [
        add_user("ben"),
        add_group("other"),
        allow(to_user("ana"), "edit", ScopeName::Platform),
        allow(to_user("ben"), "read", ScopeName::Platform),
        allow(to_group("other"), "read", ScopeName::Platform),
        deny(to_user("ana"), "read", ScopeName::Platform),
    ];
    let mut policy = house(elsewhere);
    assert!(apply(&mut policy, &revoke_here()).still_given().is_empty());
    assert!(apply(&mut policy, &revoke_all()).still_given().is_empty());
    // Another place is no part of what was revoked.
    apply(
        &mut policy,
        &allow(to_user("ana"), "read", this(PlaceName::group("other"))),
    );
    assert!(apply(&mut policy, &revoke_here()).still_given().is_empty());
    assert_eq!(apply(&mut policy, &revoke_all()).still_given(), []);
}

/// What takes remains as well: a deny that is lifted leaves others.
#[test]
fn of_a_deny_the_other_denies_are_told() {
    let by = deny(SubjectName::Everyone, "read", ScopeName::Platform);
    let lifted = deny(to_user("ana"), "read", this(shelf()));
    let mut policy = house([by.clone(), lifted.clone()]);
    let entry = apply(&mut policy, &revoke(&lifted));
    assert_eq!(
        entry.still_given()[0].to_string(),
        format!("{}; still denied by {}", revoke(&lifted), granted(&by))
    );
}

#[test]
fn many_grants_are_counted() {
    let groups = (0..20).map(|at| format!("g{at}"));
    let changes = groups.flat_map(|group| {
        [
            add_group(&group),
            member("ana", &group),
            allow_role(to_group(&group), "reader", ScopeName::Platform),
        ]
    });
    let mut policy = house(changes);
    let entry = apply(&mut policy, &revoke_all());
    let still = &entry.still_given()[0];
    assert_eq!(
        (still.by.len(), still.more, still.is_complete),
        (8, 12, true)
    );
    assert!(still.to_string().ends_with(" and 12 more"), "{still}");
}

/// What a commit of one revoke costs does not grow with what else its subject has past a limit, and it says so.
#[test]
fn a_revoke_looks_at_no_more_than_is_stated() {
    let counted = |size: usize| {
        let shelves = (0..size).map(|at| format!("s{at}"));
        let changes = shelves.flat_map(|name| {
            let here = this(PlaceName::resource("shelf", &name));
            [
                add_resource("shelf", &name),
                allow(to_user("ana"), "edit", here),
            ]
        });
        let mut policy = house(changes);
        let (entry, steps) = count_steps(|| apply(&mut policy, &revoke_here()));
        let is_listed = !entry.still_given().is_empty();
        assert_eq!(is_listed, size >= 10_000);
        if let [still] = entry.still_given() {
            assert!(!still.is_complete && still.by.is_empty());
        }
        steps
    };
    check_growth(100, 1.0, counted);
    assert!(counted(12_000) < 11_000);
}

/// The grants by which the user holds the permission at the target, by the lists.
fn giving_at(
    now: &Snapshot,
    user: User,
    permission: rolecall::Permission,
    target: Target,
) -> BTreeSet<Grant> {
    let mut subjects = BTreeSet::from([Subject::User(user), Subject::Everyone]);
    let mut waiting: Vec<_> = now.groups_of(user).unwrap().collect();
    while let Some(group) = waiting.pop() {
        subjects.insert(Subject::Group(group));
        waiting.extend(now.parents(group).unwrap());
    }
    let gives = |what: What| match what {
        What::Permission(given) => given == permission,
        What::Role(role) => now
            .permissions_of(role)
            .unwrap()
            .any(|given| given == permission),
        What::Everything => false,
    };
    let access = now.access_on(target).unwrap();
    let entries = access.entries().iter();
    let own = entries.filter(|entry| entry.only().is_none_or(|only| only == user));
    let held = own.map(|entry| entry.grant());
    let held = held.filter(|grant| grant.effect() == Effect::Allow && gives(grant.what()));
    held.filter(|grant| subjects.contains(&grant.subject()))
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn whoever_still_has_it_somewhere_is_told_by_what(seed in any::<u64>()) {
        let world = World::from_seed(seed, Size::SMALL);
        let mut policy = policy(&world.declarations);
        for edit in &world.edits {
            let _ = policy.apply(edit);
        }
        let now = policy.snapshot();
        let targets = all_targets(&now);
        for user in now.users() {
            for permission in now.catalog().permissions() {
                let ask = |scope| Grant::permission(permission).to(user).on(scope);
                let probe = ask(Scope::Platform);
                let anywhere: BTreeSet<Grant> = now.others_giving(probe).unwrap().into_iter().collect();
                for target in &targets {
                    let expected = giving_at(&now, user, permission, *target);
                    let Some(place) = target.place() else { continue };
                    let here = ask(Scope::This(place));
                    let others: BTreeSet<Grant> = now.others_giving(here).unwrap().into_iter().collect();
                    for grant in expected {
                        prop_assert!(grant == here || others.contains(&grant), "{grant:?}");
                        prop_assert!(grant == probe || anywhere.contains(&grant), "{grant:?}");
                    }
                    prop_assert!(!others.contains(&here));
                }
            }
        }
    }
}
