//! The changes: a whole build, one fact of one user, and what touches a thousand groups.

use criterion::{BatchSize, BenchmarkGroup, Criterion, measurement::WallTime};
use rolecall::{Change, Edit, Grant, Policy, Problem, Scope, Snapshot};

use crate::yardstick::baseline::Baseline;
use crate::yardstick::built::{Handles, catalog, changes};
use crate::yardstick::questions::Below;
use crate::yardstick::world::{Size, World};

/// How many groups are below the group that is changed, as near as there is one.
const GROUPS_BELOW: usize = 1_000;

/// From changes in names to the first snapshot.
pub(crate) fn bench_build(criterion: &mut Criterion, size: &Size, world: &World) {
    let mut group = criterion.benchmark_group(format!("build/{}", size.name));
    group.sample_size(10);
    let all: Vec<Change> = changes(world).collect();
    group.bench_function("rolecall", |bencher| {
        let empty = || Policy::new(catalog().expect("every word is declared once"));
        let build = |mut policy: Policy| {
            let entry = policy.apply(&all);
            entry.expect("the world is free of loops and of names used twice");
            policy
        };
        bencher.iter_batched(empty, build, BatchSize::PerIteration);
    });
    group.bench_function("baseline", |bencher| {
        bencher.iter_batched(|| (), |()| Baseline::of(world), BatchSize::PerIteration);
    });
    group.finish();
}

/// What comes goes again the next time.
pub(crate) fn bench_commits(
    criterion: &mut Criterion,
    size: &Size,
    world: &World,
    below: &Below,
    policy: &mut Policy,
    handles: &Handles,
) {
    let mut group = criterion.benchmark_group(format!("commit/{}", size.name));
    group.sample_size(20);
    let (user, permission) = (handles.users[0], handles.permissions[0]);
    let others = (0..).zip(&handles.groups);
    let other = others.filter(|(group, _)| !world.users.of(0).contains(group));
    let Some(joined) = other.map(|(_, group)| *group).last() else {
        return;
    };
    by_turns(
        &mut group,
        "one membership",
        policy,
        |edit, comes| match comes {
            true => edit.add_member(user, joined),
            false => edit.remove_member(user, joined),
        },
    );
    let deny = Grant::deny(permission)
        .to(user)
        .on(Scope::underlying(joined));
    by_turns(
        &mut group,
        "one deny of one user",
        policy,
        |edit, comes| match comes {
            true => edit.grant(deny),
            false => edit.revoke(deny),
        },
    );

    let first = (0..world.parents.len()).filter(|&group| world.parents.of(group).is_empty());
    let mut first: Vec<u32> = first.collect();
    first.sort_by_key(|group| below.downward(&[*group]).len().abs_diff(GROUPS_BELOW + 1));
    let large: Vec<_> = first
        .iter()
        .map(|&group| handles.groups[group as usize])
        .collect();
    let Some(&subject) = large.first() else {
        return;
    };
    let grant = Grant::permission(permission)
        .to(subject)
        .on(Scope::this(joined));
    by_turns(
        &mut group,
        "a grant to a large group",
        policy,
        |edit, comes| match comes {
            true => edit.grant(grant),
            false => edit.revoke(grant),
        },
    );
    if let [_, one, other, ..] = large[..] {
        by_turns(
            &mut group,
            "a move of a large group",
            policy,
            |edit, comes| {
                let (from, to) = if comes { (one, other) } else { (other, one) };
                edit.detach(subject, from)?;
                edit.attach(subject, to)
            },
        );
    }
    group.finish();
}

fn by_turns(
    group: &mut BenchmarkGroup<'_, WallTime>,
    name: &str,
    policy: &mut Policy,
    step: impl Fn(&mut Edit<'_>, bool) -> Result<(), Problem>,
) {
    let mut comes = false;
    let mut commit = || -> Snapshot {
        comes = !comes;
        let mut edit = policy.edit_unguarded();
        step(&mut edit, comes).expect("every handle resolves");
        edit.commit().expect("nothing forms a loop");
        policy.snapshot()
    };
    group.bench_function(name, |bencher| bencher.iter(&mut commit));
}
