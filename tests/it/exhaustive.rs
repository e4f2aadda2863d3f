//! Every small world there is, the engine held against the oracle.
//!
//! A world is: a DAG of `n` groups, one of each isomorphism class; the asker's set of groups; the target's set of groups; one allow; no deny or one.
//! The target is a user (or, in the second family, a resource placed in those groups). A grant has a subject out of the asker, everyone and
//! each group (`n + 2`), one permission, and a scope out of the platform, oneself, this target, and `this` and `underlying` of each
//! group (`2 n + 3`). With `g = (n + 2)(2 n + 3)` grants and `d` DAGs there are `d · 2ⁿ · 2ⁿ · g · (1 + g)` worlds:
//!
//! | groups | DAGs | grants | worlds |
//! |---|---|---|---|
//! | 0 | 1 | 6 | 42 |
//! | 1 | 1 | 15 | 960 |
//! | 2 | 2 | 28 | 25,984 |
//! | 3 | 6 | 45 | 794,880 |
//! | 4 | 31 | 66 | 35,092,992 in the longer run |
//!
//! In each the asker is asked for at the target, at themselves, at each group and on the platform.

use std::collections::BTreeSet;

use rolecall::testing::Oracle;
use rolecall::{Change, Effect, PlaceName, Policy, ScopeName, SubjectName, TargetName, WhatName};

use crate::engine::{self, add_group, add_resource, add_user, at, attach, grant, member, place};

const GROUPS: [&str; 4] = ["g0", "g1", "g2", "g3"];

/// Switches the longer runs on.
fn long() -> bool {
    std::env::var_os("ROLECALL_LONG").is_some()
}

/// One DAG of each isomorphism class, as (sub-group, parent) pairs.
///
/// Every DAG can be numbered so that parents come first, so the subsets of the pairs (child, smaller parent) hold one of each class; of each class the set
/// least under renumbering is kept.
fn dags(n: usize) -> Vec<Vec<(usize, usize)>> {
    let pairs: Vec<(usize, usize)> = (0..n)
        .flat_map(|child| (0..child).map(move |parent| (child, parent)))
        .collect();
    let mut seen: BTreeSet<Vec<(usize, usize)>> = BTreeSet::new();
    let mut dags = Vec::new();
    for chosen in subsets(&pairs) {
        let least = permutations(n)
            .into_iter()
            .map(|to| {
                let mut edges: Vec<_> = chosen
                    .iter()
                    .map(|(child, parent)| (to[*child], to[*parent]))
                    .collect();
                edges.sort_unstable();
                edges
            })
            .min();
        if seen.insert(least.unwrap()) {
            dags.push(chosen);
        }
    }
    dags
}

fn subsets<T: Clone>(items: &[T]) -> Vec<Vec<T>> {
    (0..1_usize << items.len())
        .map(|bits| {
            let chosen = items
                .iter()
                .enumerate()
                .filter(|(at, _)| bits >> at & 1 == 1);
            chosen.map(|(_, item)| item.clone()).collect()
        })
        .collect()
}

fn permutations(n: usize) -> Vec<Vec<usize>> {
    let mut all = vec![vec![]];
    for next in 0..n {
        let longer = |shorter: Vec<usize>| {
            (0..=shorter.len()).map(move |at| {
                let mut longer = shorter.clone();
                longer.insert(at, next);
                longer
            })
        };
        all = all.into_iter().flat_map(longer).collect();
    }
    all
}

/// What the target is: a user with memberships, or a resource with placements.
#[derive(Clone, Copy)]
enum Sort {
    User,
    Resource,
}

impl Sort {
    fn place(self) -> PlaceName {
        match self {
            Sort::User => PlaceName::user("target"),
            Sort::Resource => PlaceName::resource("shelf", "target"),
        }
    }
}

/// The things and links of a world.
fn base(
    sort: Sort,
    n: usize,
    dag: &[(usize, usize)],
    asker: &[&str],
    target: &[&str],
) -> Vec<Change> {
    let mut changes = vec![add_user("asker")];
    changes.push(match sort {
        Sort::User => add_user("target"),
        Sort::Resource => add_resource("shelf", "target"),
    });
    changes.extend(GROUPS[..n].iter().map(|group| add_group(group)));
    changes.extend(
        dag.iter()
            .map(|(child, parent)| attach(GROUPS[*child], GROUPS[*parent])),
    );
    changes.extend(asker.iter().map(|group| member("asker", group)));
    changes.extend(target.iter().map(|group| match sort {
        Sort::User => member("target", group),
        Sort::Resource => place("shelf", "target", PlaceName::group(*group)),
    }));
    changes
}

fn subjects(n: usize) -> Vec<SubjectName> {
    let groups = GROUPS[..n]
        .iter()
        .map(|group| SubjectName::Group((*group).into()));
    [SubjectName::User("asker".into()), SubjectName::Everyone]
        .into_iter()
        .chain(groups)
        .collect()
}

fn scopes(sort: Sort, n: usize) -> Vec<ScopeName> {
    let mut scopes = vec![
        ScopeName::Platform,
        ScopeName::Oneself,
        ScopeName::This(sort.place()),
    ];
    for group in &GROUPS[..n] {
        scopes.push(ScopeName::This(PlaceName::group(*group)));
        scopes.push(ScopeName::Underlying((*group).into()));
    }
    scopes
}

fn label_scopes(n: usize) -> Vec<ScopeName> {
    let bounds = GROUPS[..n].iter().map(|group| Some((*group).to_owned()));
    let bounds = std::iter::once(None).chain(bounds);
    bounds
        .map(|within| ScopeName::Labelled {
            label: "public".into(),
            within,
        })
        .collect()
}

fn grants(effect: Effect, n: usize, scopes: &[ScopeName]) -> Vec<Change> {
    let read = || WhatName::Permission("read".into());
    let of = |subject: SubjectName| {
        let each = scopes.iter().cloned();
        each.map(move |scope| Change::Grant(grant(effect, subject.clone(), read(), scope)))
    };
    subjects(n).into_iter().flat_map(of).collect()
}

/// Asks everything of every world with this base; how many worlds there were.
fn compare(
    oracle: &Oracle,
    policy: &mut Policy,
    base: &[Change],
    allows: &[Change],
    denies: &[Change],
) -> u64 {
    let mut oracle = oracle.clone();
    oracle.apply(base).unwrap();
    let targets = oracle.targets();
    let laid = policy.apply(base).unwrap();
    let mut worlds = 0;
    for allow in allows {
        let allow = std::slice::from_ref(allow);
        let mut allowing = oracle.clone();
        allowing.apply(allow).unwrap();
        let granted = policy.apply(allow).unwrap();
        for deny in std::iter::once(None).chain(denies.iter().map(Some)) {
            let edit: Vec<Change> = deny.into_iter().cloned().collect();
            let mut witness = allowing.clone();
            witness.apply(&edit).unwrap();
            let now = policy.preview(&edit).unwrap();
            for target in &targets {
                let question = std::slice::from_ref(target);
                assert_eq!(
                    engine::can(&now, "asker", "read", question),
                    witness.can("asker", "read", question),
                    "{target} in {base:#?} {allow:?} {deny:?}"
                );
            }
            worlds += 1;
        }
        policy.apply(&granted.inverse()).unwrap();
    }
    policy.apply(&laid.inverse()).unwrap();
    worlds
}

/// Every world of the family with `n` groups, shared out among the processors.
fn family(sort: Sort, n: usize) -> u64 {
    let scopes = scopes(sort, n);
    let (allows, denies) = (
        grants(Effect::Allow, n, &scopes),
        grants(Effect::Deny, n, &scopes),
    );
    let mut bases = Vec::new();
    for dag in dags(n) {
        for asker in subsets(&GROUPS[..n]) {
            for target in subsets(&GROUPS[..n]) {
                bases.push(base(sort, n, &dag, &asker, &target));
            }
        }
    }
    shared_out(&bases, |oracle, policy, base| {
        compare(oracle, policy, base, &allows, &denies)
    })
}

fn shared_out(
    bases: &[Vec<Change>],
    worlds: impl Fn(&Oracle, &mut Policy, &[Change]) -> u64 + Sync,
) -> u64 {
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let declarations = engine::plain([]);
    std::thread::scope(|scope| {
        let (worlds, declarations) = (&worlds, &declarations);
        let parts = bases.chunks(bases.len().div_ceil(threads)).map(|part| {
            scope.spawn(move || {
                let oracle = Oracle::new(declarations);
                let mut policy = engine::policy(declarations);
                part.iter()
                    .map(|base| worlds(&oracle, &mut policy, base))
                    .sum::<u64>()
            })
        });
        let parts: Vec<_> = parts.collect();
        parts.into_iter().map(|part| part.join().unwrap()).sum()
    })
}

/// There is 1 DAG of no group, and 1, 2, 6, 31 of one to four: the known numbers of unlabelled DAGs.
#[test]
fn every_dag_is_there_once() {
    assert_eq!(
        (0..=4).map(|n| dags(n).len()).collect::<Vec<_>>(),
        [1, 1, 2, 6, 31]
    );
}

#[test]
fn every_world_of_up_to_three_groups_with_a_user_as_target() {
    let worlds: Vec<u64> = (0..=3).map(|n| family(Sort::User, n)).collect();
    assert_eq!(worlds, [42, 960, 25_984, 794_880]);
    assert_eq!(worlds.iter().sum::<u64>(), 821_866);
}

#[test]
fn every_world_of_up_to_two_groups_with_a_resource_as_target() {
    let most = if long() { 3 } else { 2 };
    let worlds: Vec<u64> = (0..=most).map(|n| family(Sort::Resource, n)).collect();
    assert_eq!(worlds, [42, 960, 25_984, 794_880][..=most]);
}

/// The same with one labelled carrier (the target, the asker or a group), a label scope in the allow, and any scope in the deny. With
/// `s = n + 1` label scopes: `d · 4ⁿ · (n + 2) · (n + 2) s · (1 + (n + 2)(2 n + 3 + s))` worlds.
#[test]
fn every_world_of_up_to_two_groups_with_a_label() {
    let mut worlds = Vec::new();
    for n in 0..=2 {
        let labels = label_scopes(n);
        let all: Vec<ScopeName> = scopes(Sort::User, n)
            .into_iter()
            .chain(labels.clone())
            .collect();
        let (allows, denies) = (
            grants(Effect::Allow, n, &labels),
            grants(Effect::Deny, n, &all),
        );
        let carriers = GROUPS[..n].iter().map(|group| PlaceName::group(*group));
        let carriers = [PlaceName::user("asker"), PlaceName::user("target")]
            .into_iter()
            .chain(carriers);
        let carriers: Vec<PlaceName> = carriers.collect();
        let mut bases = Vec::new();
        for dag in dags(n) {
            for (asker, target) in subsets(&GROUPS[..n]).iter().flat_map(|asker| {
                subsets(&GROUPS[..n])
                    .into_iter()
                    .map(move |target| (asker.clone(), target))
            }) {
                for carrier in &carriers {
                    let mut base = base(Sort::User, n, &dag, &asker, &target);
                    base.push(engine::label(carrier.clone(), "public"));
                    bases.push(base);
                }
            }
        }
        worlds.push(shared_out(&bases, |oracle, policy, base| {
            compare(oracle, policy, base, &allows, &denies)
        }));
    }
    assert_eq!(worlds, [2 * 2 * 9, 4 * 3 * 6 * 22, 2 * 16 * 4 * 12 * 41]);
}

/// Thirty-five million worlds: only where `ROLECALL_LONG` is set.
#[test]
fn every_world_of_four_groups() {
    if !long() {
        println!("set ROLECALL_LONG to compare all worlds of four groups");
        return;
    }
    assert_eq!(family(Sort::User, 4), 31 * 256 * 66 * 67);
}

/// Whoever is asked about must be known to both: the questions above are not all about nothing.
#[test]
fn small_worlds_say_yes_and_no() {
    let mut oracle = Oracle::new(&engine::plain([]));
    oracle
        .apply(&base(Sort::User, 1, &[], &["g0"], &["g0"]))
        .unwrap();
    let read = WhatName::Permission("read".into());
    let scope = ScopeName::This(PlaceName::group("g0"));
    oracle
        .apply(&[Change::Grant(grant(
            Effect::Allow,
            SubjectName::Group("g0".into()),
            read,
            scope,
        ))])
        .unwrap();
    assert!(oracle.can("asker", "read", &[at(PlaceName::user("target"))]));
    assert!(!oracle.can("target", "edit", &[TargetName::Platform]));
}
