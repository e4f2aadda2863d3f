//! The questions: one at a time, over and over, many targets at once, and the lists.

use criterion::{BenchmarkGroup, Criterion, Throughput, measurement::WallTime};
use rolecall::{Snapshot, Target, Targets};

use crate::yardstick::asking::{Asking, HOT, Yardsticks, can};
use crate::yardstick::built::{COURSE, Handles};
use crate::yardstick::world::Size;

/// How many targets a list of questions is about.
const TARGETS: usize = 500;

/// One question at a time, of each sort: out of many, and of the same thousand.
pub(crate) fn bench(
    criterion: &mut Criterion,
    size: &Size,
    now: &Snapshot,
    yardsticks: &Yardsticks,
    [random, yes]: [&Asking; 2],
) {
    for (sort, asking, count) in [
        ("random", random, random.asked.len()),
        ("drawn yes", yes, yes.asked.len()),
        ("hot, random", random, HOT),
        ("hot, drawn yes", yes, HOT),
    ] {
        let mut group = criterion.benchmark_group(format!("can/{}/{sort}", size.name));
        group.throughput(Throughput::Elements(1));
        let (asked, questions) = (&asking.asked[..count], &asking.questions[..count]);
        by_turns(&mut group, "rolecall", asked, |one| can(now, one));
        by_turns(&mut group, "floor, closures", questions, |one| {
            yardsticks.closures.can(*one)
        });
        by_turns(&mut group, "floor, records", questions, |one| {
            yardsticks.records.can(*one)
        });
        by_turns(&mut group, "floor, table", questions, |one| {
            yardsticks.table.can(*one)
        });
        by_turns(&mut group, "baseline", questions, |one| {
            yardsticks.baseline.can(*one)
        });
        group.finish();
    }
}

/// Lists for the same users and targets.
pub(crate) fn bench_lists(
    criterion: &mut Criterion,
    size: &Size,
    now: &Snapshot,
    handles: &Handles,
    yes: &Asking,
) {
    let asked = &yes.asked[..];
    let step = handles.courses.len() / TARGETS.min(handles.courses.len());
    let courses = handles.courses.iter().step_by(step).take(TARGETS);
    let targets: Vec<Target> = courses.map(|&course| course.into()).collect();
    let course = now.catalog().kind(COURSE).expect("the kind is declared");

    let mut group = criterion.benchmark_group(format!("can_each/{}", size.name));
    group.throughput(Throughput::Elements(targets.len() as u64));
    by_turns(&mut group, "together", asked, |one| {
        now.can_each(one.user, one.permission, targets.iter().copied())
    });
    by_turns(&mut group, "one by one", asked, |one| {
        let single = targets.iter();
        let single = single.map(|target| now.can(one.user, one.permission, *target));
        single.collect::<Vec<bool>>()
    });
    group.finish();

    let mut group = criterion.benchmark_group(format!("lists/{}", size.name));
    by_turns(&mut group, "allowed_actions", asked, |one| {
        now.allowed_actions(one.user, one.target)
    });
    by_turns(&mut group, "effective_permissions", asked, |one| {
        now.effective_permissions(one.user)
    });
    by_turns(&mut group, "explain", asked, |one| {
        now.explain(one.user, one.permission, one.target)
    });
    by_turns(&mut group, "who_can", asked, |one| {
        let list = now.who_can(one.permission, one.target);
        list.map(|list| list.len())
    });
    for (name, sort) in [
        ("where_can, users", Targets::Users),
        ("where_can, courses", Targets::of(course)),
    ] {
        by_turns(&mut group, name, asked, |one| {
            let list = now.where_can(one.user, one.permission, sort);
            list.map(|list| list.len())
        });
    }
    group.finish();
}

/// The next question each time.
fn by_turns<Q, A>(
    group: &mut BenchmarkGroup<'_, WallTime>,
    name: &str,
    questions: &[Q],
    ask: impl Fn(&Q) -> A,
) {
    group.bench_function(name, |bencher| {
        let mut turns = questions.iter().cycle();
        bencher.iter(|| turns.next().map(&ask));
    });
}
