//! The difference of two snapshots is what asking everything in both of them says.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use rolecall::testing::{Size, World, histories};
use rolecall::{
    Action, Catalog, Change, DiffError, Difference, Grant, Policy, Requirement, Scope, Snapshot,
    Target, Turn, User, holds, on, within,
};

use crate::engine::{policy, without_rules};
use crate::reverse::all_targets;

/// Everything that can be done.
fn able(now: &Snapshot) -> BTreeSet<(User, Action, Vec<Target>)> {
    let targets = all_targets(now);
    let mut able = BTreeSet::new();
    for action in now.catalog().actions() {
        for user in now.users() {
            let mut ask = |asked: Vec<Target>| {
                if now.can(user, action, asked.as_slice()) {
                    able.insert((user, action, asked));
                }
            };
            let count = now.catalog().targets_of(action).unwrap();
            combinations(&targets, count).for_each(&mut ask);
        }
    }
    able
}

/// All combinations of so many targets.
fn combinations(targets: &[Target], count: usize) -> impl Iterator<Item = Vec<Target>> {
    let all = targets.len().pow(u32::try_from(count).unwrap());
    (0..all).map(move |number| {
        let digits = (0..count).map(|at| number / targets.len().pow(at as u32) % targets.len());
        digits.map(|digit| targets[digit]).collect()
    })
}

/// The difference that asking everything finds.
fn brute(before: &Snapshot, now: &Snapshot) -> BTreeSet<Difference> {
    let (old, new) = (able(before), able(now));
    let turned = |(user, action, targets): &(User, Action, Vec<Target>), turn| Difference {
        user: *user,
        action: *action,
        targets: targets.clone(),
        turn,
    };
    let gained = new.difference(&old).map(|it| turned(it, Turn::Gained));
    let lost = old.difference(&new).map(|it| turned(it, Turn::Lost));
    gained.chain(lost).collect()
}

fn check(before: &Snapshot, now: &Snapshot) -> Result<usize, TestCaseError> {
    let diff = now.diff(before).unwrap();
    let expected = brute(before, now);
    let listed: Vec<Difference> = diff.iter().collect();
    let found: BTreeSet<Difference> = listed.iter().cloned().collect();
    prop_assert_eq!(&found, &expected);
    prop_assert_eq!(listed.len(), found.len(), "each triple comes once");
    prop_assert_eq!(diff.is_empty(), expected.is_empty());

    let mut counts: BTreeMap<(User, Action), (u64, u64)> = BTreeMap::new();
    for it in &expected {
        let count = counts.entry((it.user, it.action)).or_default();
        match it.turn {
            Turn::Gained => count.0 += 1,
            Turn::Lost => count.1 += 1,
        }
    }
    let told: BTreeMap<(User, Action), (u64, u64)> = diff
        .counts()
        .into_iter()
        .map(|count| ((count.user, count.action), (count.gained, count.lost)))
        .collect();
    prop_assert_eq!(&told, &counts);
    for user in before.users().chain(now.users()) {
        for action in now.catalog().actions() {
            let count = diff.count(user, action);
            let expected = counts.get(&(user, action)).copied().unwrap_or_default();
            prop_assert_eq!((count.gained, count.lost), expected);
        }
    }
    let sum = counts
        .values()
        .fold((0, 0), |sum, count| (sum.0 + count.0, sum.1 + count.1));
    prop_assert_eq!(diff.totals(), sum);
    Ok(expected.len())
}

/// Compares the snapshots after each edit, those far apart, and back again. Rules are left out, so that more edits are accepted.
fn check_world(world: &World) -> Result<usize, TestCaseError> {
    let mut policy = policy(&without_rules(&world.declarations));
    let empty = policy.snapshot();
    let mut states = Vec::new();
    for edit in &world.edits {
        // A step that fails refuses its edit, so the steps are also taken one by one.
        if policy.apply(edit).is_err() {
            for step in edit {
                let _refused = policy.apply(std::slice::from_ref(step));
            }
        }
        states.push(policy.snapshot());
    }
    let mut differences = 0;
    for pair in states.windows(2) {
        differences += check(&pair[0], &pair[1])?;
    }
    if let [first, .., last] = states.as_slice() {
        differences += check(first, last)?;
        check(last, first)?;
        check(&empty, last)?;
        check(last, &empty)?;
    }
    Ok(differences)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 100, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn diff_is_the_difference_of_all_answers(world in histories()) {
        check_world(&world)?;
    }
}

#[test]
fn diff_of_seeded_worlds() {
    let mut differences = 0;
    for seed in 0..60 {
        let world = World::from_seed(seed, Size::SMALL.with_edits(4));
        differences += check_world(&world).unwrap();
    }
    assert!(differences > 10_000, "{differences}");
}

/// With many users and few targets, grants to all are followed to what they cover and not to those who hold them.
#[test]
fn diff_follows_the_smaller_side() {
    let mut size = Size::SMALL.with_edits(6);
    (size.users, size.resources) = (24, 4);
    for seed in 100..110 {
        check_world(&World::from_seed(seed, size)).unwrap();
    }
}

/// As many users were added and removed as are left: a grant to everyone reaches the one who stayed all the same.
#[test]
fn a_grant_to_everyone_is_seen_where_most_users_were_replaced() {
    let catalog = Catalog::builder().permission("see").build().unwrap();
    let see = catalog.permission("see").unwrap();
    let mut policy = Policy::new(catalog);
    let mut edit = policy.edit_unguarded();
    let stays = edit.add_user("stays").unwrap();
    let goes = edit.add_user("goes").unwrap();
    edit.commit().unwrap();
    let before = policy.snapshot();
    // The one who comes is added first, and so does not take the place of the one who goes.
    let mut edit = policy.edit_unguarded();
    edit.add_user("comes").unwrap();
    edit.commit().unwrap();
    let mut edit = policy.edit_unguarded();
    edit.remove(goes).unwrap();
    edit.grant(Grant::permission(see).to_everyone().on(Scope::Oneself))
        .unwrap();
    edit.commit().unwrap();
    let now = policy.snapshot();
    assert!(now.can(stays, see, stays) && !before.can(stays, see, stays));
    assert_eq!(check(&before, &now).unwrap(), 2);
    assert_eq!(check(&now, &before).unwrap(), 2);
}

fn everyone_at(group: &str, permission: &str, effect: rolecall::Effect) -> Change {
    Change::Grant(rolecall::GrantName {
        effect,
        subject: rolecall::SubjectName::Everyone,
        what: rolecall::WhatName::Permission(permission.into()),
        scope: rolecall::ScopeName::This(rolecall::PlaceName::group(group)),
    })
}

/// A policy of many users in which actions ask about the platform and about two targets.
fn many() -> Policy {
    let catalog = Catalog::builder()
        .permission("edit")
        .permission("see")
        .action("anywhere", on(rolecall::PLATFORM, within("edit")))
        .action("inside", within("edit"))
        .action_on(
            "move",
            2,
            rolecall::all([on(0, holds("edit")), on(1, holds("see"))]),
        );
    let mut policy = Policy::new(catalog.build().unwrap());
    let [edit_it, see] = ["edit", "see"].map(|name| policy.catalog().permission(name).unwrap());
    let mut edit = policy.edit_unguarded();
    let groups = ["north", "south", "top"].map(|name| edit.add_group(name).unwrap());
    edit.attach(groups[0], groups[2]).unwrap();
    for at in 0..60 {
        let user = edit.add_user(&format!("u{at}")).unwrap();
        edit.add_member(user, groups[at % 3]).unwrap();
        if at == 7 {
            edit.grant(Grant::permission(see).to(user).on(Scope::Platform))
                .unwrap();
        }
    }
    edit.grant(
        Grant::permission(edit_it)
            .to(groups[1])
            .on(Scope::this(groups[0])),
    )
    .unwrap();
    edit.commit().unwrap();
    policy
}

#[test]
fn grants_to_everyone_reach_what_lies_above_and_pairs() {
    use rolecall::Effect::{Allow, Deny};
    let policy = many();
    let now = policy.snapshot();
    let steps = [
        vec![everyone_at("north", "edit", Allow)],
        vec![everyone_at("north", "edit", Deny)],
        vec![
            everyone_at("south", "see", Allow),
            everyone_at("top", "edit", Allow),
        ],
        vec![Change::Detach {
            group: "north".into(),
            parent: "top".into(),
        }],
        vec![Change::Attach {
            group: "south".into(),
            parent: "north".into(),
        }],
        vec![Change::AddMember {
            user: "u7".into(),
            group: "south".into(),
        }],
    ];
    for changes in steps {
        let after = policy.preview(&changes).unwrap();
        check(&now, &after).unwrap();
        check(&after, &now).unwrap();
    }
    // Users who are all alike are one part: sixty users gain one group each, and two hundred pairs or so.
    let after = policy
        .preview(&[everyone_at("top", "edit", Allow)])
        .unwrap();
    let diff = after.diff(&now).unwrap();
    let edit = now.catalog().permission("edit").unwrap();
    let top = now.group("top").unwrap();
    let first = diff.iter().next().unwrap();
    assert_eq!((first.action, first.turn), (edit.into(), Turn::Gained));
    let u7 = now.user("u7").unwrap();
    assert_eq!(
        diff.count(u7, edit).gained,
        21,
        "the group and its twenty members"
    );
    assert!(
        diff.iter()
            .any(|it| it.user == u7 && it.targets == [Target::Group(top)])
    );
}

#[test]
fn nothing_differs_from_itself_and_policies_are_not_mixed() {
    let mut policy = many();
    let now = policy.snapshot();
    assert!(now.diff(&now).unwrap().is_empty());
    policy.edit_unguarded().commit().unwrap();
    let same = policy.snapshot();
    assert!(same.diff(&now).unwrap().is_empty());
    let rename = Change::Rename {
        thing: rolecall::ThingName::user("u1"),
        to: "uno".into(),
    };
    policy.apply(&[rename]).unwrap();
    assert!(policy.snapshot().diff(&now).unwrap().is_empty());
    let other = many();
    assert!(matches!(
        now.diff(&other.snapshot()),
        Err(DiffError::OtherPolicy)
    ));
    let stranger = other.snapshot().user("u1").unwrap();
    let diff = policy.snapshot().diff(&now).unwrap();
    let edit = now.catalog().action("edit").unwrap();
    assert_eq!(diff.count(stranger, edit).gained, 0);
    assert_eq!(
        diff.count(stranger, other.catalog().action("edit").unwrap())
            .gained,
        0
    );
}

/// Every difference hangs on something that is not the same on both sides.
#[test]
fn every_difference_has_facts_that_differ() {
    let mut found = 0;
    for seed in 0..12 {
        let world =
            rolecall::testing::World::from_seed(seed, rolecall::testing::Size::SMALL.with_edits(4));
        let catalog = rolecall::Catalog::builder()
            .declare_all(world.declarations.clone())
            .build()
            .unwrap();
        let mut policy = rolecall::Policy::new(catalog);
        for edit in &world.edits {
            let before = policy.snapshot();
            let _ = policy.apply(edit);
            let now = policy.snapshot();
            let diff = now.diff(&before).unwrap();
            for difference in diff.iter().step_by(7).take(40) {
                assert!(
                    !diff.because(&difference).is_empty(),
                    "seed {seed}: {difference:?}"
                );
                found += 1;
            }
        }
    }
    assert!(found > 100, "{found} differences");
}

// ---- Actions with several targets ----

/// A policy of actions with three targets, whose conditions are on each target, on one of several, and on the platform.
fn triples() -> Policy {
    use rolecall::{all, allows, any};
    let catalog = Catalog::builder()
        .permission("edit")
        .permission("see")
        .permission("lead")
        .action_on(
            "join",
            3,
            all([
                on(0, holds("edit")),
                on(1, holds("see")),
                on(2, holds("edit")),
            ]),
        )
        .action_on(
            "lend",
            3,
            all([
                any([on(0, holds("edit")), on(2, within("see"))]),
                on(rolecall::PLATFORM, within("lead")),
            ]),
        )
        .action_on(
            "swap",
            3,
            any([allows("join"), on(1, holds("lead")).with(holds("edit"))]),
        );
    let catalog = catalog.build().unwrap();
    let [edit_it, see, lead] =
        ["edit", "see", "lead"].map(|name| catalog.permission(name).unwrap());
    let mut policy = Policy::new(catalog);
    let mut edit = policy.edit_unguarded();
    let groups = ["north", "south", "top"].map(|name| edit.add_group(name).unwrap());
    edit.attach(groups[0], groups[2]).unwrap();
    for (name, group) in [("ana", 0), ("ben", 1)] {
        let user = edit.add_user(name).unwrap();
        edit.add_member(user, groups[group]).unwrap();
    }
    for grant in [
        Grant::permission(edit_it)
            .to(groups[2])
            .on(Scope::underlying(groups[2])),
        Grant::permission(see)
            .to_everyone()
            .on(Scope::this(groups[1])),
        Grant::permission(lead)
            .to(groups[0])
            .on(Scope::this(groups[2])),
    ] {
        edit.grant(grant).unwrap();
    }
    edit.commit().unwrap();
    policy
}

#[test]
fn three_targets_differ_as_all_answers_do() {
    use rolecall::Effect::{Allow, Deny};
    use rolecall::ThingName;
    let member = |user: &str, group: &str| Change::AddMember {
        user: user.into(),
        group: group.into(),
    };
    let remove = |thing| Change::Remove {
        thing,
        lifting_denies: true,
    };
    let edits = [
        vec![everyone_at("south", "edit", Allow)],
        vec![
            everyone_at("north", "see", Deny),
            everyone_at("top", "lead", Allow),
        ],
        vec![member("ben", "north")],
        vec![Change::Detach {
            group: "north".into(),
            parent: "top".into(),
        }],
        vec![
            Change::Add(ThingName::user("cleo")),
            member("cleo", "north"),
        ],
        vec![
            remove(ThingName::user("ana")),
            Change::Add(ThingName::group("west")),
            everyone_at("west", "edit", Allow),
        ],
        vec![remove(ThingName::group("south"))],
    ];
    let mut policy = triples();
    let first = policy.snapshot();
    let mut found = 0;
    for changes in edits {
        let before = policy.snapshot();
        policy.apply(&changes).unwrap();
        let now = policy.snapshot();
        found += check(&before, &now).unwrap() + check(&now, &before).unwrap();
        check(&first, &now).unwrap();
    }
    assert!(found > 1_000, "{found}");
}

/// An action with eight targets costs what its positions cost, and not the product of their classes.
#[test]
fn the_difference_of_many_targets_is_linear_in_their_number() {
    let steps = |count: usize| {
        let each = (0..count).map(|at| on(at, holds("edit")));
        let one = (0..count).map(|at| on(at, holds("see")));
        let catalog = Catalog::builder()
            .permission("edit")
            .permission("see")
            .action_on("each", count, rolecall::all(each))
            .action_on("one", count, rolecall::any(one));
        let catalog = catalog.build().unwrap();
        let [edit_it, see] = ["edit", "see"].map(|name| catalog.permission(name).unwrap());
        let mut policy = Policy::new(catalog);
        let mut edit = policy.edit_unguarded();
        let ana = edit.add_user("ana").unwrap();
        let [here, there] = ["here", "there"].map(|name| edit.add_group(name).unwrap());
        edit.commit().unwrap();
        let before = policy.snapshot();
        let mut edit = policy.edit_unguarded();
        for group in [here, there] {
            edit.grant(Grant::permission(edit_it).to(ana).on(Scope::this(group)))
                .unwrap();
        }
        edit.grant(Grant::permission(see).to(ana).on(Scope::this(here)))
            .unwrap();
        edit.commit().unwrap();
        let now = policy.snapshot();
        let [each, one] = ["each", "one"].map(|name| now.catalog().action(name).unwrap());
        let (counts, steps) = rolecall::testing::count_steps(|| {
            let diff = now.diff(&before).unwrap();
            [each, one].map(|action| diff.count(ana, action).gained)
        });
        // Of the user, two groups and the platform, two groups can be chosen at each position; or not all of the other three.
        let all = |targets: u64| targets.pow(count as u32);
        assert_eq!(counts, [all(2), all(4) - all(3)]);
        steps
    };
    let [two, four, eight] = [2, 4, 8].map(steps);
    assert!(four <= 3 * two && eight <= 3 * four, "{two} {four} {eight}");
}

/// Each action refers twice to the one before: two to the power of forty ways down, and forty formulas.
#[test]
fn what_a_formula_refers_to_twice_is_worked_out_once() {
    let steps = |depth: usize| {
        let all_of = |parts: [Requirement; 2]| rolecall::all(parts);
        let first = all_of([holds("edit"), holds("see")]);
        let mut catalog = Catalog::builder()
            .permission("edit")
            .permission("see")
            .action("step 0", first);
        for at in 1..=depth {
            let before = || rolecall::allows(format!("step {}", at - 1));
            let one = |name: &str| rolecall::any([before(), holds(name)]);
            catalog = catalog.action(format!("step {at}"), all_of([one("edit"), one("see")]));
        }
        let last = rolecall::allows(format!("step {depth}"));
        let both = all_of([on(0, last), on(1, holds("edit"))]);
        let catalog = catalog.action_on("both", 2, both).build().unwrap();
        let [edit_it, see] = ["edit", "see"].map(|name| catalog.permission(name).unwrap());
        let both = catalog.action("both").unwrap();
        let mut policy = Policy::new(catalog);
        let mut edit = policy.edit_unguarded();
        let ana = edit.add_user("ana").unwrap();
        let groups = ["here", "there"].map(|name| edit.add_group(name).unwrap());
        edit.grant(Grant::permission(see).to(ana).on(Scope::Platform))
            .unwrap();
        edit.commit().unwrap();
        let before = policy.snapshot();
        let mut edit = policy.edit_unguarded();
        edit.grant(
            Grant::permission(edit_it)
                .to(ana)
                .on(Scope::this(groups[0])),
        )
        .unwrap();
        edit.commit().unwrap();
        let now = policy.snapshot();
        let (count, steps) =
            rolecall::testing::count_steps(|| now.diff(&before).unwrap().count(ana, both));
        assert_eq!((count.gained, count.lost), (1, 0));
        steps
    };
    let [some, more] = [20, 40].map(steps);
    assert!(more <= 3 * some, "{some}, {more}");
}
