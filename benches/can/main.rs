//! How long does a question take, beside floors laid by hand and the obvious way to answer? And a list of questions, why, who and where, a
//! whole build, a small commit?
//!
//! The worlds, their sizes and the yardsticks are those of the `speed` example, which prints the ratios; this is for those who work on
//! one of the measures. Every answer is compared with the yardsticks before anything is measured.

#[path = "../yardstick/mod.rs"]
mod yardstick;

mod asks;
mod changes;

use std::time::Duration;

use criterion::Criterion;
use yardstick::asking::{Asking, SAMPLE, Yardsticks};
use yardstick::built::{Handles, policy};
use yardstick::questions::{Below, Questions};
use yardstick::sums::Sum;
use yardstick::world::{SIZES, Size, World};

fn main() {
    let mut criterion = Criterion::default()
        .warm_up_time(Duration::from_secs(1))
        .measurement_time(Duration::from_secs(3))
        .configure_from_args();
    let sizes = if only_tested() {
        &SIZES[..2]
    } else {
        &SIZES[..3]
    };
    for size in sizes {
        bench_size(&mut criterion, size);
    }
    criterion.final_summary();
}

/// Whether everything is only run once to see that it works; the largest world is left out then.
fn only_tested() -> bool {
    let has = |flag: &str| std::env::args().any(|given| given == flag);
    has("--test") || !has("--bench")
}

fn bench_size(criterion: &mut Criterion, size: &Size) {
    let world = World::of(*size);
    let below = Below::of(&world);
    let questions = Questions::of(&world, &below);
    let mut policy = policy(&world).expect("the world is free of loops and of names used twice");
    let handles = Handles::of(&policy);
    let yardsticks = Yardsticks::of(&world);
    let now = policy.snapshot();
    let asking = |questions| Asking::of(questions, &handles, &now, &yardsticks, SAMPLE);
    let [random, yes] = [questions.random, questions.yes].map(asking);
    let sum = Sum::of(&random.answers, &yes.answers);
    assert_eq!(Some(sum), Sum::expected(size), "the same as ever");

    asks::bench(criterion, size, &now, &yardsticks, [&random, &yes]);
    asks::bench_lists(criterion, size, &now, &handles, &yes);
    drop((yardsticks, now));
    changes::bench_build(criterion, size, &world);
    changes::bench_commits(criterion, size, &world, &below, &mut policy, &handles);
}
