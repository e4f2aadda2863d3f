//! What does a reader lose by a writer beside it?

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;

use cpu_time::ThreadTime;
use rolecall::{Policy, SharedPolicy};

use crate::Outcome;
use crate::clock::Times;
use crate::report::Row;
use crate::yardstick::asking::{Asking, can};
use crate::yardstick::built::membership;
use crate::yardstick::random::SplitMix64;
use crate::yardstick::world::{Size, World};

/// How often the writer publishes, in asks of the reader.
const ASKS_A_COMMIT: usize = 1_000;

/// How often each is measured, by turns.
const ROUNDS: usize = 5;

/// How many asks a round has.
const ASKS: usize = 1 << 18;

pub(crate) fn rows(size: &Size, world: &World, policy: Policy, asking: &Asking) -> Outcome<Policy> {
    let shared = SharedPolicy::new(policy);
    for every in [1, 100] {
        row(size, world, &shared, asking, every)?;
    }
    Ok(shared.into_inner())
}

/// The reader takes a new snapshot every so many asks.
fn row(
    size: &Size,
    world: &World,
    shared: &SharedPolicy,
    asking: &Asking,
    every: usize,
) -> Outcome {
    let (mut alone, mut beside) = (Times::default(), Times::default());
    let mut commits = 0;
    for round in 0..ROUNDS {
        alone.push(thread::scope(|threads| {
            let asked = AtomicUsize::new(0);
            let reader = threads.spawn(move || read(shared, asking, every, &asked));
            reader.join().map_err(|_| "the reader failed")
        })?);
        let (asked, done) = (AtomicUsize::new(0), AtomicBool::new(false));
        let both = thread::scope(|threads| {
            let reader = threads.spawn(|| {
                let took = read(shared, asking, every, &asked);
                done.store(true, Ordering::Release);
                took
            });
            let written = write(shared, world, round as u64, &asked, &done);
            (reader.join(), written)
        });
        beside.push(both.0.map_err(|_| "the reader failed")?);
        commits += both.1?;
    }
    let (alone, beside) = (alone.median(), beside.median());
    let kept = alone / beside * 100.0;
    let wanted = ROUNDS * (ASKS / ASKS_A_COMMIT);
    let snapshots = match every {
        1 => "a snapshot an ask".to_owned(),
        _ => format!("one for {every}"),
    };
    Row {
        rolecall: format!("{kept:.1} %"),
        ..Row::of(format!("reader beside writer, {snapshots}"))
    }
    .goal_if(size.name == "L", "90 %", kept >= 90.0)
    .note(format!(
        "{:.2} million asks a second of CPU time alone, {:.2} beside; {commits} of {wanted} commits published",
        1e3 / alone,
        1e3 / beside,
    ))
    .print();
    Ok(())
}

/// Asks all questions by turns, and says how many nanoseconds of CPU time one takes.
fn read(shared: &SharedPolicy, asking: &Asking, every: usize, asked: &AtomicUsize) -> f64 {
    let (mut now, mut yes) = (shared.snapshot(), 0);
    let start = ThreadTime::now();
    for (at, question) in asking.asked.iter().cycle().take(ASKS).enumerate() {
        if at % every == 0 {
            now = shared.snapshot();
        }
        yes += usize::from(can(&now, question));
        if at % 64 == 0 {
            asked.store(at, Ordering::Relaxed);
        }
    }
    let took = start.elapsed().as_nanos() as f64;
    // The writer only adds memberships and takes them away again, so no yes is lost.
    assert!(
        yes >= asking
            .answers
            .iter()
            .cycle()
            .take(ASKS)
            .filter(|yes| **yes)
            .count()
    );
    took / ASKS as f64
}

/// Publishes a commit whenever so many more questions were asked, until the reader is done; says how many.
fn write(
    shared: &SharedPolicy,
    world: &World,
    seed: u64,
    asked: &AtomicUsize,
    done: &AtomicBool,
) -> Outcome<usize> {
    let mut random = SplitMix64(seed);
    let (mut commits, mut joined) = (0, None);
    while !done.load(Ordering::Acquire) {
        if asked.load(Ordering::Relaxed) < (commits + 1) * ASKS_A_COMMIT {
            std::hint::spin_loop();
            continue;
        }
        match joined.take() {
            Some((user, group)) => drop(shared.apply(&[membership(user, group, false)])?),
            None => {
                let (user, group) = world.stranger(&mut random);
                shared.apply(&[membership(user, group, true)])?;
                joined = Some((user, group));
            }
        }
        commits += 1;
    }
    if let Some((user, group)) = joined {
        shared.apply(&[membership(user, group, false)])?;
    }
    Ok(commits)
}
