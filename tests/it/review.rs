//! Reviews: access classes and outliers, by example and against all answers of generated worlds.

use std::collections::{BTreeMap, BTreeSet};

use rolecall::testing::{Size, World};
use rolecall::{
    Action, Catalog, Change, Declaration, Effect, Grant, Own, PLATFORM, Place, Policy, Scope,
    Snapshot, Target, User, What, holds, on, within,
};

#[test]
fn what_makes_no_difference_tells_nobody_apart() {
    let catalog = Catalog::builder()
        .kind("shelf")
        .permission("read")
        .permission("edit")
        .permission("lead")
        .action("office", on(PLATFORM, within("lead")))
        .action("open", holds("read"))
        .build()
        .unwrap();
    let kind = catalog.kind("shelf").unwrap();
    let [read, edit_it, lead] =
        ["read", "edit", "lead"].map(|name| catalog.permission(name).unwrap());
    let mut policy = Policy::new(catalog);
    let mut edit = policy.edit_unguarded();
    let [house, staff] = ["house", "staff"].map(|name| edit.add_group(name).unwrap());
    edit.attach(staff, house).unwrap();
    let shelf = edit.add_resource(kind, "shelf").unwrap();
    edit.place(shelf, staff).unwrap();
    let names = [
        "ana", "ben", "cleo", "dan", "eve", "fay", "gil", "hal", "ida", "jan",
    ];
    let users = names.map(|name| edit.add_user(name).unwrap());
    let [ana, ben, cleo, dan, eve, fay, gil, hal, ida, jan] = users;
    for grant in [
        // The same at one scope, and at scopes within it.
        Grant::permission(read).to(ana).on(Scope::underlying(house)),
        Grant::permission(read).to(ben).on(Scope::underlying(house)),
        Grant::permission(read).to(ben).on(Scope::underlying(staff)),
        Grant::permission(read).to(ben).on(Scope::this(shelf)),
        // Blocked everywhere, whatever else they hold.
        Grant::deny_everything().to(cleo).on(Scope::Platform),
        Grant::permission(read).to(cleo).on(Scope::Platform),
        Grant::deny_everything().to(dan).on(Scope::Platform),
        Grant::deny(read).to(dan).on(Scope::this(staff)),
        // Where a requirement asks `within`, it matters which place is named.
        Grant::permission(lead).to(eve).on(Scope::Platform),
        Grant::permission(lead).to(fay).on(Scope::Platform),
        Grant::permission(lead).to(fay).on(Scope::this(staff)),
        // Each over themselves.
        Grant::permission(edit_it).to(gil).on(Scope::Oneself),
        Grant::permission(edit_it).to(hal).on(Scope::this(hal)),
        // An allow that a deny takes whole is none.
        Grant::permission(edit_it).to(ida).on(Scope::this(staff)),
        Grant::deny(edit_it).to(ida).on(Scope::underlying(house)),
        Grant::deny(edit_it).to(jan).on(Scope::underlying(house)),
    ] {
        edit.grant(grant).unwrap();
    }
    edit.commit().unwrap();
    let now = policy.snapshot();
    let users = |own| -> Vec<Vec<User>> {
        now.access_classes(own)
            .iter()
            .map(|class| class.users().to_vec())
            .collect()
    };
    let apart = users(Own::Apart);
    assert_eq!(
        apart,
        [
            vec![ana, ben],
            vec![cleo, dan],
            vec![ida, jan],
            vec![eve],
            vec![fay],
            vec![gil],
            vec![hal]
        ],
    );
    let alike = users(Own::Alike);
    assert_eq!(
        alike,
        [
            vec![ana, ben],
            vec![cleo, dan],
            vec![gil, hal],
            vec![ida, jan],
            vec![eve],
            vec![fay]
        ],
    );
    let json = serde_json::to_value(now.access_classes(Own::Apart)).unwrap();
    assert_eq!(
        json[1],
        serde_json::json!({
            "users": ["cleo", "dan"],
            "rights": [{ "effect": "deny", "what": "everything", "scope": "platform" }],
        }),
    );
}

#[test]
fn outliers_show_the_grants_that_make_the_difference() {
    let catalog = Catalog::builder()
        .permission("read")
        .permission("edit")
        .role("editor", ["read", "edit"])
        .build()
        .unwrap();
    let [read, edit_it] = ["read", "edit"].map(|name| catalog.permission(name).unwrap());
    let editor = catalog.role("editor").unwrap();
    let mut policy = Policy::new(catalog);
    let mut edit = policy.edit_unguarded();
    let [staff, leads] = ["staff", "leads"].map(|name| edit.add_group(name).unwrap());
    let names = ["ana", "ben", "cleo", "dan", "eve", "fay"];
    let [ana, ben, cleo, dan, eve, fay] = names.map(|name| edit.add_user(name).unwrap());
    for user in [ana, ben, cleo, dan, eve, fay] {
        edit.add_member(user, staff).unwrap();
    }
    edit.add_member(dan, leads).unwrap();
    for grant in [
        Grant::permission(read).to(staff).on(Scope::this(staff)),
        Grant::permission(edit_it).to_everyone().on(Scope::Oneself),
        Grant::role(editor).to(ana).on(Scope::this(leads)),
        Grant::permission(read).to(ben).on(Scope::this(leads)),
        Grant::permission(edit_it).to(ben).on(Scope::this(leads)),
        Grant::role(editor).to(cleo).on(Scope::this(leads)),
        Grant::role(editor).to(leads).on(Scope::Platform),
        Grant::deny_everything().to(eve).on(Scope::Platform),
    ] {
        edit.grant(grant).unwrap();
    }
    edit.commit().unwrap();
    let now = policy.snapshot();
    let outliers = now.outliers(staff).unwrap();
    assert_eq!(outliers.usual().unwrap().users(), [ana, ben, cleo]);
    assert_eq!(
        outliers.to_string(),
        "\
3 of 6 members of group `staff` differ from the others
  user `dan`
    has besides: allow role `editor` to group `leads` on the platform
  user `eve`
    has besides: deny everything to user `eve` on the platform
    lacks: allow role `editor` to user `ana` on this group `leads`
  user `fay`
    lacks: allow role `editor` to user `ana` on this group `leads`",
    );
    let json = serde_json::to_value(&outliers).unwrap();
    assert_eq!(json["usual"], serde_json::json!(["ana", "ben", "cleo"]));
    assert_eq!(json["outliers"][2]["user"], "fay");
    assert_eq!(
        json["outliers"][2]["lacking"][0]["subject"],
        serde_json::json!({ "user": "ana" })
    );

    let mut edit = policy.edit_unguarded();
    let nobodies = edit.add_group("nobodies").unwrap();
    edit.commit().unwrap();
    let outliers = policy.snapshot().outliers(nobodies).unwrap();
    assert!(outliers.usual().is_none() && outliers.is_empty());
    assert!(now.outliers(nobodies).is_err());
}

// ---- Against all answers ----

fn world(seed: u64) -> Snapshot {
    let mut size = Size::SMALL.with_edits(2);
    (size.users, size.links, size.grants) = (9, 40, 10);
    let world = World::from_seed(seed, size);
    let catalog = Catalog::builder()
        .declare_all(world.declarations.iter().cloned())
        .build();
    let mut policy = Policy::new(catalog.unwrap());
    for edit in &world.edits {
        let _refused = policy.apply(edit);
    }
    policy.snapshot()
}

fn questions(now: &Snapshot) -> Vec<(Action, Vec<Target>)> {
    let places = now
        .users()
        .map(Target::User)
        .chain(now.groups().map(Target::Group));
    let places = places.chain(now.resources().map(Target::Resource));
    let targets: Vec<Target> = places.chain([Target::Platform]).collect();
    let mut questions = Vec::new();
    for action in now.catalog().actions() {
        for (at, target) in targets.iter().enumerate() {
            match now.catalog().targets_of(action).unwrap() {
                1 => questions.push((action, vec![*target])),
                _ => questions.extend(
                    targets
                        .iter()
                        .cycle()
                        .skip(at)
                        .take(6)
                        .map(|other| (action, vec![*target, *other])),
                ),
            }
        }
    }
    questions
}

/// The (what, effect, scope) of all grants that the user holds.
fn held(now: &Snapshot, user: User) -> BTreeSet<(What, Effect, Scope)> {
    let list = now.effective_permissions(user).unwrap();
    let allows = list
        .iter()
        .map(|entry| (entry.permission().into(), Effect::Allow, entry.scope()));
    let mut held: BTreeSet<_> = allows.collect();
    for deny in list.denies() {
        match deny.what() {
            What::Role(role) => held.extend(
                now.permissions_of(role)
                    .unwrap()
                    .map(|it| (it.into(), Effect::Deny, deny.scope())),
            ),
            what => drop(held.insert((what, Effect::Deny, deny.scope()))),
        }
    }
    held
}

/// Whether the target is the user, or placed in the user.
fn is_own(now: &Snapshot, user: User, target: Target) -> bool {
    let mut open = vec![target];
    while let Some(at) = open.pop() {
        match at {
            Target::User(other) if other == user => return true,
            Target::Resource(resource) => {
                open.extend(now.placements(resource).unwrap().map(Target::from));
            }
            _ => {}
        }
    }
    false
}

#[test]
fn users_of_one_class_have_the_same_answers() {
    let (mut together, mut reduced) = (0, 0);
    for seed in 0..120 {
        let now = world(seed);
        let questions = questions(&now);
        for own in [Own::Apart, Own::Alike] {
            let classes = now.access_classes(own);
            let all: BTreeSet<User> = classes
                .iter()
                .flat_map(|class| class.users())
                .copied()
                .collect();
            assert_eq!(all, now.users().collect());
            assert_eq!(
                classes
                    .iter()
                    .map(|class| class.users().len())
                    .sum::<usize>(),
                all.len()
            );
            assert!(
                classes
                    .iter()
                    .is_sorted_by_key(|class| std::cmp::Reverse(class.users().len()))
            );
            for class in classes.iter() {
                let first = class.users()[0];
                for other in &class.users()[1..] {
                    together += 1;
                    reduced += usize::from(held(&now, first) != held(&now, *other));
                    for (action, targets) in &questions {
                        let personal = targets.iter().any(|target| {
                            is_own(&now, first, *target) || is_own(&now, *other, *target)
                        });
                        if own == Own::Apart || !personal {
                            assert_eq!(
                                now.can(first, *action, targets.as_slice()),
                                now.can(*other, *action, targets.as_slice()),
                                "seed {seed}: {own:?} {first} {other} {action:?} {targets:?}",
                            );
                        }
                    }
                }
            }
            // Those who hold the same, nothing of it at their own place, are in one class.
            let mut by_held: BTreeMap<BTreeSet<_>, BTreeSet<usize>> = BTreeMap::new();
            for (at, class) in classes.iter().enumerate() {
                for user in class.users() {
                    let held = held(&now, *user);
                    let about_users = held.iter().any(|(_, _, scope)| match scope {
                        Scope::Oneself | Scope::This(Place::User(_)) => true,
                        Scope::This(place) => now
                            .users()
                            .any(|user| is_own(&now, user, Target::from(*place))),
                        _ => false,
                    });
                    if !about_users {
                        by_held.entry(held).or_default().insert(at);
                    }
                }
            }
            assert!(
                by_held.values().all(|classes| classes.len() == 1),
                "seed {seed}"
            );
        }
    }
    assert!(together > 300 && reduced > 20, "{together} {reduced}");
}

#[test]
fn outliers_are_the_members_of_other_classes() {
    let mut found = 0;
    for seed in 0..120 {
        let now = world(seed);
        let classes = now.access_classes(Own::Alike);
        for group in now.groups() {
            let outliers = now.outliers(group).unwrap();
            let members: BTreeSet<User> = now.members(group).unwrap().collect();
            let of_class = |users: &[User]| -> Vec<User> {
                users
                    .iter()
                    .copied()
                    .filter(|user| members.contains(user))
                    .collect()
            };
            let sizes = classes.iter().map(|class| of_class(class.users()));
            let usual =
                sizes.max_by_key(|users| (users.len(), std::cmp::Reverse(users.first().copied())));
            let usual = usual.filter(|users| !users.is_empty());
            assert_eq!(
                outliers.usual().map(|class| class.users().to_vec()),
                usual,
                "seed {seed}"
            );
            let others: BTreeSet<User> = members
                .into_iter()
                .filter(|user| usual.as_ref().is_some_and(|it| !it.contains(user)))
                .collect();
            assert!(outliers.iter().map(|outlier| outlier.user()).eq(others));
            for outlier in outliers.iter() {
                found += 1;
                let first = outliers.usual().unwrap().users()[0];
                assert!(
                    outlier.besides().len() + outlier.lacking().len() > 0,
                    "seed {seed}"
                );
                for (user, grants) in [
                    (outlier.user(), outlier.besides()),
                    (first, outlier.lacking()),
                ] {
                    let list = now.effective_permissions(user).unwrap();
                    assert!(grants.iter().all(
                        |grant| list.allows().contains(grant) || list.denies().contains(grant)
                    ));
                }
            }
        }
    }
    assert!(found > 100, "{found}");
}

/// What hangs on a grant alone is what a preview without it answers otherwise, and a grant on which nothing hangs is redundant.
#[test]
fn what_hangs_on_a_grant_alone_is_what_its_removal_changes() {
    let (mut redundant, mut needed) = (0, 0);
    for seed in 0..60 {
        let mut size = Size::SMALL;
        (size.users, size.groups, size.resources) = (3, 4, 4);
        (size.links, size.grants) = (24, 12);
        let world = World::from_seed(seed, size);
        let free = world
            .declarations
            .iter()
            .filter(|it| !matches!(it, Declaration::Rule(_)));
        let catalog = Catalog::builder().declare_all(free.cloned()).build();
        let mut policy = Policy::new(catalog.unwrap());
        policy.apply(&world.edits[0]).unwrap();
        let now = policy.snapshot();
        let places = now
            .users()
            .map(Target::User)
            .chain(now.groups().map(Target::Group));
        let places = places.chain(now.resources().map(Target::Resource));
        let targets: Vec<Target> = places.chain([Target::Platform]).collect();
        let mut without_difference = Vec::new();
        for grant in now.grants() {
            let after = policy
                .preview(&[Change::Revoke(now.grant_name(grant).unwrap())])
                .unwrap();
            let mut expected = BTreeSet::new();
            let mut ask = |user: User, action: Action, targets: Vec<Target>| {
                let before = now.can(user, action, targets.as_slice());
                if before != after.can(user, action, targets.as_slice()) {
                    assert_eq!(before, grant.effect() == Effect::Allow);
                    expected.insert((user, action, targets));
                }
            };
            for user in now.users() {
                for action in now.catalog().actions() {
                    for first in &targets {
                        match now.catalog().targets_of(action).unwrap() {
                            1 => ask(user, action, vec![*first]),
                            _ => targets
                                .iter()
                                .for_each(|second| ask(user, action, vec![*first, *second])),
                        }
                    }
                }
            }
            let alone = now.sole_support(grant).unwrap();
            let found: BTreeSet<(User, Action, Vec<Target>)> = alone
                .iter()
                .map(|answer| (answer.user, answer.action, answer.targets))
                .collect();
            assert_eq!(found, expected, "seed {seed}: {grant:?}");
            if expected.is_empty() {
                without_difference.push(grant);
            }
            needed += usize::from(!expected.is_empty());
        }
        redundant += without_difference.len();
        assert_eq!(
            now.redundant_grants().collect::<Vec<_>>(),
            without_difference,
            "seed {seed}"
        );
    }
    assert!(redundant > 20 && needed > 100, "{redundant} {needed}");
}
