//! The difference by names is what asking everything on both sides, by names, says.

use std::collections::BTreeSet;

use rolecall::testing::{Size, World};
use rolecall::{
    Catalog, Change, Declaration, NamedDifference, PlaceName, Policy, Snapshot, TargetName,
    ThingName, Turn, all, holds, on,
};

use crate::engine::{
    add_group, add_resource, add_user, allow_role, attach, member, place, plain, policy, remove,
    rename, this, to_group, to_user, underlying, without_rules,
};
use crate::reverse::all_targets;

type Able = BTreeSet<(String, String, Vec<TargetName>)>;

/// Everything that can be done, by names.
fn able(now: &Snapshot) -> Able {
    let targets = all_targets(now);
    let mut able = Able::new();
    for action in now.catalog().actions() {
        let name = now.catalog().action_name(action).unwrap();
        for user in now.users() {
            let mut ask = |asked: &[rolecall::Target]| {
                if now.can(user, action, asked) {
                    let names = asked.iter().map(|it| now.target_name(*it).unwrap());
                    let user = now.name(user).unwrap().to_owned();
                    able.insert((user, name.to_owned(), names.collect()));
                }
            };
            for one in &targets {
                match now.catalog().targets_of(action) {
                    Some(1) => ask(&[*one]),
                    _ => targets.iter().for_each(|two| ask(&[*one, *two])),
                }
            }
        }
    }
    able
}

/// The difference is that of the two sets; how many there are.
#[track_caller]
fn check(before: &Snapshot, now: &Snapshot) -> usize {
    let (old, new) = (able(before), able(now));
    let turned =
        |(user, action, targets): &(String, String, Vec<TargetName>), turn| NamedDifference {
            user: user.clone(),
            action: action.clone(),
            targets: targets.clone(),
            turn,
        };
    let gained: Vec<_> = new
        .difference(&old)
        .map(|it| turned(it, Turn::Gained))
        .collect();
    let lost: Vec<_> = old
        .difference(&new)
        .map(|it| turned(it, Turn::Lost))
        .collect();
    let diff = now.diff_by_names(before);
    assert_eq!(diff.totals(), (gained.len() as u64, lost.len() as u64));
    let listed: Vec<NamedDifference> = diff.iter().collect();
    let found: BTreeSet<&NamedDifference> = listed.iter().collect();
    assert_eq!(found.len(), listed.len(), "each comes once");
    let expected: BTreeSet<&NamedDifference> = gained.iter().chain(&lost).collect();
    assert_eq!(found, expected);
    assert_eq!(diff.is_empty(), expected.is_empty());
    expected.len()
}

/// The world without its rules, so that more edits are accepted, after so many of its edits.
fn state(declarations: &[Declaration], world: &World, edits: usize) -> Snapshot {
    let mut policy = policy(&without_rules(declarations));
    for edit in world.edits.iter().take(edits) {
        if policy.apply(edit).is_err() {
            for step in edit {
                let _refused = policy.apply(std::slice::from_ref(step));
            }
        }
    }
    policy.snapshot()
}

/// The same facts under a catalog whose roles give something else: what a release does.
fn released(declarations: &[Declaration], seed: u64) -> Vec<Declaration> {
    let mut nth = seed;
    let mut turn = || {
        nth = nth.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        nth >> 33
    };
    let mut changed: Vec<Declaration> = declarations.to_vec();
    changed.reverse();
    for declaration in &mut changed {
        if let Declaration::Role { permissions, .. } = declaration {
            match turn() % 3 {
                0 => drop(permissions.pop()),
                1 => permissions.extend(
                    declarations
                        .iter()
                        .filter_map(|it| match it {
                            Declaration::Permission { name, .. } => Some(name.clone()),
                            _ => None,
                        })
                        .nth(turn() as usize % 3)
                        .filter(|name| !permissions.contains(name)),
                ),
                _ => {}
            }
        }
    }
    changed
}

#[test]
fn it_is_what_asking_everything_says() {
    let (mut of_releases, mut of_worlds, mut of_edits) = (0, 0, 0);
    for seed in 0..14 {
        let world = World::from_seed(seed, Size::SMALL.with_edits(4));
        let edits = world.edits.len();
        let last = state(&world.declarations, &world, edits);
        // A policy of its own, in which everything has other handles and another order of words.
        let mut reversed = world.declarations.clone();
        reversed.reverse();
        let same = state(&reversed, &world, edits);
        assert!(last.diff(&same).is_err());
        assert!(last.diff_by_names(&same).is_empty(), "seed {seed}");
        let release = state(&released(&world.declarations, seed), &world, edits);
        of_releases += check(&last, &release);
        let earlier = state(&reversed, &world, edits / 2);
        of_edits += check(&earlier, &last);
        let other = World::from_seed(seed + 100, Size::SMALL.with_edits(3));
        let foreign = state(&other.declarations, &other, 3);
        of_worlds += check(&foreign, &last);
        of_worlds += check(&last, &foreign);
    }
    assert!(of_releases > 50, "{of_releases}");
    assert!(of_worlds > 1_000, "{of_worlds}");
    assert!(of_edits > 100, "{of_edits}");
}

/// What only one side has is gained or lost, a renamed thing is another, and an action with another number of targets too.
#[test]
fn what_one_side_lacks_is_gained_or_lost() {
    let catalog = |targets: usize, kind: &str| {
        let requirement = match targets {
            1 => holds("read"),
            _ => all([on(0, holds("read")), on(1, holds("read"))]),
        };
        Catalog::builder()
            .kind(kind)
            .permission("read")
            .action_on("pass", targets, requirement)
            .role("reader", ["read"])
            .build()
            .unwrap()
    };
    let changes = [
        add_user("ana"),
        add_user("ben"),
        add_group("g"),
        add_group("h"),
        attach("h", "g"),
        member("ben", "h"),
        allow_role(to_user("ana"), "reader", underlying("g")),
        allow_role(to_group("g"), "reader", this(PlaceName::user("ana"))),
    ];
    let build = |targets: usize, kind: &str| {
        let mut policy = Policy::new(catalog(targets, kind));
        policy.apply(&changes).unwrap();
        policy
            .apply(&[
                add_resource(kind, "s"),
                place(kind, "s", PlaceName::group("h")),
            ])
            .unwrap();
        policy
    };
    let one = build(1, "shelf");
    let two = build(2, "shelf");
    let box_ = build(1, "box");
    assert!(check(&one.snapshot(), &two.snapshot()) > 0);
    assert!(check(&two.snapshot(), &one.snapshot()) > 0);
    // The resource of another kind is another: ana loses two actions on the one and gains them on the other.
    assert_eq!(check(&one.snapshot(), &box_.snapshot()), 4);

    let mut renamed = build(1, "shelf");
    renamed
        .apply(&[rename(ThingName::user("ana"), "anna")])
        .unwrap();
    assert!(
        renamed
            .snapshot()
            .diff(&renamed.snapshot())
            .unwrap()
            .is_empty()
    );
    assert!(check(&one.snapshot(), &renamed.snapshot()) > 4);
    renamed
        .apply(&[Change::Remove {
            thing: ThingName::group("h"),
            lifting_denies: false,
        }])
        .unwrap();
    renamed.apply(&[remove(ThingName::user("ben"))]).unwrap();
    check(&one.snapshot(), &renamed.snapshot());
    check(&two.snapshot(), &renamed.snapshot());
    let empty = Policy::new(Catalog::builder().build().unwrap());
    assert_eq!(
        check(&empty.snapshot(), &one.snapshot()),
        able(&one.snapshot()).len()
    );
    assert_eq!(check(&empty.snapshot(), &empty.snapshot()), 0);
}

/// Users are taken together: a role change over many users and things is found without asking about each.
#[test]
fn a_role_change_of_many_is_found_at_once() {
    const USERS: usize = 4_000;
    const GROUPS: usize = 20;
    let build = |permissions: &[&str]| {
        let mut declarations = plain([]);
        for declaration in &mut declarations {
            if let Declaration::Role {
                name,
                permissions: own,
                ..
            } = declaration
                && name == "reader"
            {
                *own = permissions.iter().map(|it| (*it).to_owned()).collect();
            }
        }
        let mut policy = policy(&declarations);
        let mut changes = vec![add_group("all")];
        for nth in 0..GROUPS {
            let name = format!("g{nth}");
            changes.extend([
                add_group(&name),
                attach(&name, "all"),
                add_resource("shelf", &name),
                place("shelf", &name, PlaceName::group(&name)),
            ]);
        }
        for nth in 0..USERS {
            let name = format!("u{nth}");
            changes.extend([
                add_user(&name),
                member(&name, &format!("g{}", nth % GROUPS)),
            ]);
        }
        changes.push(allow_role(to_group("all"), "reader", underlying("all")));
        policy.apply(&changes).unwrap();
        policy.snapshot()
    };
    let (before, now) = (build(&["read"]), build(&["edit"]));
    let diff = now.diff_by_names(&before);
    // Everyone is in the group, with all users, groups and shelves.
    let each = (USERS * (USERS + GROUPS + 1 + GROUPS)) as u64;
    assert_eq!(diff.totals(), (each, each));
    assert!(build(&["read"]).diff_by_names(&before).is_empty());
}
