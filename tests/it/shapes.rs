//! Adversarial shapes: each answers in bounded time, in bounded memory, and on a small stack.

use std::fmt::Display;

use rolecall::{
    Catalog, Change, Declaration, Grant, MAX_DEPTH, PLATFORM, PlaceName, Policy, Requirement,
    Scope, ScopeName, Snapshot, Target, Targets, all, allows, any, holds, on,
};
use serde::Serialize;

use crate::engine::{
    self, add_group, add_resource, add_user, allow, attach, member, place, this, to_group, to_user,
    underlying,
};

/// The stack that every shape is built and asked on. A thread of a small service has no less.
const STACK: usize = 64 * 1024;

/// Builds and asks on a small stack. Another order of growth would not fail a test but keep it from ending.
fn on_a_small_stack(work: impl FnOnce() + Send + 'static) {
    on_a_stack(STACK, work);
}

fn on_a_stack(size: usize, work: impl FnOnce() + Send + 'static) {
    std::thread::Builder::new()
        .stack_size(size)
        .spawn(work)
        .unwrap()
        .join()
        .unwrap();
}

fn built(changes: &[Change]) -> Policy {
    let mut policy = engine::policy(&engine::plain([]));
    policy.apply(changes).unwrap();
    policy
}

/// Whether a user can read at a group.
fn reads(now: &Snapshot, user: &str, group: &str) -> bool {
    let read = now.catalog().permission("read").unwrap();
    now.can(now.user(user).unwrap(), read, now.group(group).unwrap())
}

/// Thirty layers of two groups, each below both of the layer above: 2^30 paths from the bottom to the top.
#[test]
fn a_diamond_of_thirty_layers() {
    on_a_small_stack(|| {
        let name = |layer: usize, side: usize| format!("{layer}/{side}");
        let mut changes = vec![add_user("ana"), add_user("ben")];
        for layer in 0..30 {
            for side in 0..2 {
                changes.push(add_group(&name(layer, side)));
                for above in (0..2).filter(|_| layer > 0) {
                    changes.push(attach(&name(layer, side), &name(layer - 1, above)));
                }
            }
        }
        changes.extend([member("ana", "29/0"), member("ben", "15/1")]);
        changes.push(allow(to_group("0/1"), "read", underlying("0/0")));
        let mut policy = built(&changes);
        let now = policy.snapshot();
        assert!(reads(&now, "ana", "29/1") && reads(&now, "ben", "0/0"));
        assert!(!reads(&now, "ana", "0/1"), "`0/1` is not under `0/0`");
        policy
            .apply(&[engine::deny(to_group("15/0"), "read", ScopeName::Platform)])
            .unwrap();
        let now = policy.snapshot();
        assert!(!reads(&now, "ana", "29/1") && reads(&now, "ben", "29/1"));
    });
}

const CHAIN: usize = 1_000_000;

/// A chain of groups `0 < 1 < …`, the first the highest, with these grants; the lowest has the only member.
fn chain(granted: impl IntoIterator<Item = Change>) -> Vec<Change> {
    let names: Vec<String> = (0..CHAIN).map(|nth| nth.to_string()).collect();
    let mut changes: Vec<Change> = names.iter().map(|name| add_group(name)).collect();
    changes.extend(names.windows(2).map(|pair| attach(&pair[1], &pair[0])));
    changes.extend([
        add_user("low"),
        add_user("mid"),
        member("low", "999999"),
        member("mid", "500000"),
    ]);
    changes.extend(granted);
    changes
}

#[test]
fn a_chain_of_a_million_groups_with_three_grants() {
    on_a_small_stack(|| {
        let policy = built(&chain([
            allow(to_group("0"), "read", underlying("900000")),
            allow(to_group("600000"), "read", this(PlaceName::group("100"))),
            allow(to_user("mid"), "edit", underlying("0")),
        ]));
        let now = policy.snapshot();
        assert!(
            reads(&now, "low", "999999")
                && reads(&now, "mid", "900000")
                && !reads(&now, "low", "899999")
        );
        assert!(
            reads(&now, "low", "100") && !reads(&now, "mid", "100") && !reads(&now, "low", "101")
        );
        let edit = now.catalog().permission("edit").unwrap();
        let (mid, low) = (now.user("mid").unwrap(), now.user("low").unwrap());
        assert!(
            now.can(mid, edit, low)
                && !now.can(mid, edit, Target::Platform)
                && !now.can(low, edit, mid)
        );
    });
}

#[test]
fn a_chain_of_a_million_groups_with_a_grant_on_every_hundredth() {
    on_a_small_stack(|| {
        let granted = (0..CHAIN).step_by(100).map(|nth| {
            allow(
                to_group(&nth.to_string()),
                "read",
                this(PlaceName::group(nth.to_string())),
            )
        });
        let policy = built(&chain(granted));
        let now = policy.snapshot();
        for nth in (0..CHAIN).step_by(9_973) {
            let name = nth.to_string();
            assert_eq!(reads(&now, "low", &name), nth % 100 == 0);
            assert_eq!(reads(&now, "mid", &name), nth % 100 == 0 && nth <= 500_000);
        }
        for nth in (0..CHAIN).step_by(1_000) {
            assert!(reads(&now, "low", &nth.to_string()));
        }
    });
}

/// One group with a million members, as holders and as targets.
#[test]
fn a_star_of_a_million_members() {
    on_a_small_stack(|| {
        let names: Vec<String> = (0..1_000_000).map(|nth| nth.to_string()).collect();
        let mut changes = vec![add_group("all"), add_group("none"), add_user("outsider")];
        changes.extend(names.iter().map(|name| add_user(name)));
        changes.extend(names.iter().map(|name| member(name, "all")));
        changes.push(allow(to_group("all"), "read", underlying("all")));
        let mut policy = built(&changes);
        let now = policy.snapshot();
        let read = now.catalog().permission("read").unwrap();
        let first = now.user("0").unwrap();
        let outsider = now.user("outsider").unwrap();
        assert_eq!(
            now.users()
                .filter(|user| now.can(*user, read, first))
                .count(),
            1_000_000
        );
        assert!(
            now.users()
                .all(|user| now.can(first, read, user) == (user != outsider))
        );
        policy
            .apply(&[engine::deny_all(to_user("77"), ScopeName::Platform)])
            .unwrap();
        let now = policy.snapshot();
        assert!(!now.can(now.user("77").unwrap(), read, first) && now.can(first, read, first));
    });
}

/// A resource in a resource, a hundred thousand deep.
#[test]
fn placements_a_hundred_thousand_deep() {
    on_a_small_stack(|| {
        let names: Vec<String> = (0..100_000).map(|nth| nth.to_string()).collect();
        let mut changes = vec![add_user("ana"), add_user("ben"), add_group("g")];
        changes.extend(names.iter().map(|name| add_resource("shelf", name)));
        changes.push(place("shelf", "0", PlaceName::group("g")));
        changes.extend(
            names
                .windows(2)
                .map(|pair| place("shelf", &pair[1], PlaceName::resource("shelf", &pair[0]))),
        );
        changes.push(allow(to_user("ana"), "read", underlying("g")));
        changes.push(allow(
            to_user("ben"),
            "read",
            this(PlaceName::resource("shelf", "50000")),
        ));
        let mut policy = built(&changes);
        let now = policy.snapshot();
        let read = now.catalog().permission("read").unwrap();
        let kind = now.catalog().kind("shelf").unwrap();
        let (ana, ben) = (now.user("ana").unwrap(), now.user("ben").unwrap());
        let at = |nth: &str| now.resource(kind, nth).unwrap();
        assert!(
            now.can(ana, read, at("99999"))
                && now.can(ben, read, at("99999"))
                && now.can(ben, read, at("50000"))
        );
        assert!(!now.can(ben, read, at("49999")) && now.can(ana, read, at("0")));
        let cut = Change::Unplace {
            kind: "shelf".into(),
            resource: "70000".into(),
            place: PlaceName::resource("shelf", "69999"),
        };
        policy.apply(&[cut]).unwrap();
        let now = policy.snapshot();
        assert!(
            !now.can(ana, read, at("99999"))
                && !now.can(ben, read, at("99999"))
                && now.can(ana, read, at("69999"))
        );
    });
}

/// Two thousand groups, each below all before it: two million edges.
#[test]
fn a_complete_dag_of_two_thousand_groups() {
    on_a_small_stack(|| {
        let names: Vec<String> = (0..2_000).map(|nth| nth.to_string()).collect();
        let mut changes: Vec<Change> = names.iter().map(|name| add_group(name)).collect();
        for (at, name) in names.iter().enumerate() {
            changes.extend(names.iter().take(at).map(|above| attach(name, above)));
        }
        changes.extend([
            add_user("low"),
            member("low", "1999"),
            add_user("top"),
            member("top", "0"),
        ]);
        changes.push(allow(to_group("0"), "read", underlying("1000")));
        changes.push(allow(to_group("1500"), "read", this(PlaceName::group("3"))));
        let policy = built(&changes);
        let now = policy.snapshot();
        assert!(
            reads(&now, "low", "1999") && reads(&now, "top", "1000") && !reads(&now, "top", "999")
        );
        assert!(reads(&now, "low", "3") && !reads(&now, "top", "3") && !reads(&now, "low", "4"));
    });
}

/// A chain that closes into a loop is refused, with the ends of the loop spelled out and not all of it.
#[test]
fn a_loop_of_a_hundred_thousand_groups_is_refused() {
    on_a_small_stack(|| {
        let names: Vec<String> = (0..100_000).map(|nth| nth.to_string()).collect();
        let mut changes: Vec<Change> = names.iter().map(|name| add_group(name)).collect();
        changes.extend(names.windows(2).map(|pair| attach(&pair[1], &pair[0])));
        changes.push(attach("0", "99999"));
        let mut policy = engine::policy(&engine::plain([]));
        let text = policy.apply(&changes).map(drop).unwrap_err().to_string();
        assert!(
            text.contains("groups would form a loop") && text.len() < 2_000,
            "{text}"
        );
    });
}

/// A formula of the greatest depth, in which every form stands in every other.
fn deepest(leaf: Requirement) -> Requirement {
    (1..MAX_DEPTH).fold(leaf, |inner, depth| match depth % 5 {
        0 => all([holds("read"), inner]),
        1 => any([inner, holds("edit")]),
        2 => holds("read").with(inner),
        3 => on(0, inner),
        _ => on(PLATFORM, inner),
    })
}

fn deep_catalog() -> Catalog {
    let steps = (1..400).map(|nth: usize| Declaration::Action {
        name: format!("step {nth}"),
        targets: 1,
        requirement: match nth {
            1 => allows("deep"),
            nth => allows(format!("step {}", nth - 1)),
        },
    });
    Catalog::builder()
        .kind("shelf")
        .permission("read")
        .permission("edit")
        .action("deep", deepest(holds("read")))
        .action("no", deepest(holds("edit")))
        .declare_all(steps)
        .build()
        .unwrap()
}

/// Writes it in every form, and compares what it is read as.
fn written(data: &(impl Display + Serialize)) {
    assert!(!data.to_string().is_empty());
    assert!(!serde_json::to_string(data).unwrap().is_empty());
}

/// Formulas as deep as they may be, and references 400 deep, in every question.
#[test]
fn formulas_of_the_greatest_depth() {
    on_a_small_stack(|| {
        let catalog = deep_catalog();
        let declared = catalog.declarations().to_vec();
        assert_eq!(declared, catalog.declarations());
        assert!(format!("{declared:?}").len() > 1_000);
        assert!(serde_json::to_string(&declared).unwrap().len() > 1_000);
        assert_eq!(catalog.digest(), deep_catalog().digest());
        let read = catalog.permission("read").unwrap();
        let actions = ["deep", "no", "step 399"].map(|name| catalog.action(name).unwrap());
        let mut policy = Policy::new(catalog);
        let before = policy.snapshot();
        let mut edit = policy.edit_unguarded();
        let (ana, staff) = (
            edit.add_user("ana").unwrap(),
            edit.add_group("staff").unwrap(),
        );
        edit.add_member(ana, staff).unwrap();
        edit.grant(Grant::permission(read).to(staff).on(Scope::Platform))
            .unwrap();
        edit.commit().unwrap();
        let now = policy.snapshot();
        for action in actions {
            let can = now.can(ana, action, staff);
            assert_eq!(now.try_can(ana, action, staff), Ok(can));
            assert_eq!(now.can_each(ana, action, [staff]), [can]);
            let why = now.explain(ana, action, staff).unwrap();
            written(&why);
            assert_eq!(why.minimal_proofs().next().is_some(), can);
            assert_eq!(now.who_can(action, staff).unwrap().contains(ana), can);
            let places = now.where_can(ana, action, Targets::Groups).unwrap();
            assert_eq!(places.contains(staff), can);
            let plans = match can {
                true => now.revoke_plans(ana, action, staff, 2),
                false => now.nearest_changes(ana, action, staff, 2),
            };
            for plan in plans.unwrap().iter() {
                assert_ne!(plan.preview().can(ana, action, staff), can);
            }
        }
        assert!(now.allowed_actions(ana, staff).unwrap().len() > 400);
        assert!(now.diff(&before).unwrap().counts().len() > 400);
        assert!(!serde_json::to_string(&now.lint()).unwrap().is_empty());
        assert_eq!(now.redundant_grants().count(), 0);
        assert!(!now.outliers(staff).unwrap().to_string().is_empty());
    });
}

/// A reader goes a dozen calls deep for each part of a formula, where nothing is optimised.
#[test]
fn formulas_of_the_greatest_depth_are_read() {
    on_a_stack(4 * STACK, || {
        let declared = deep_catalog().declarations().to_vec();
        let text = serde_json::to_string(&declared).unwrap();
        let read: Vec<Declaration> = serde_json::from_str(&text).unwrap();
        assert_eq!(read, declared);
    });
}

/// What is nested without end is a problem that says so, however it is built.
#[test]
fn what_is_nested_a_hundred_thousand_deep_is_refused() {
    on_a_small_stack(|| {
        let wrappings: [fn(Requirement) -> Requirement; 5] = [
            |inner| all([inner]),
            |inner| any([holds("read"), inner]),
            |inner| holds("read").with(inner),
            |inner| on(PLATFORM, inner),
            |inner| on(0, inner).with(holds("read")),
        ];
        for wrapped in wrappings {
            let endless = (0..100_000).fold(holds("read"), |inner, _| wrapped(inner));
            let catalog = Catalog::builder()
                .permission("read")
                .action("endless", endless);
            let refused = catalog.build().unwrap_err().to_string();
            assert!(
                refused.contains("action `endless`: nested deeper than 32"),
                "{refused}"
            );
        }
        let just = Catalog::builder().permission("read").permission("edit");
        assert!(just.action("deep", deepest(holds("read"))).build().is_ok());
        let just = Catalog::builder().permission("read").permission("edit");
        assert!(
            just.action("deep", all([deepest(holds("read"))]))
                .build()
                .is_err()
        );
    });
}
