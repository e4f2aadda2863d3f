//! The measures of a full L: each part of the questions beside the plain L.

use std::time::{Duration, Instant};

use rolecall::Snapshot;

use crate::Outcome;
use crate::asks::OfPlain;
use crate::clock::Times;
use crate::plain::print_facts;
use crate::report::{Row, head};
use crate::yardstick::built::{Handles, policy};
use crate::yardstick::built_full::{FullAsked, FullHandles, full_policy};
use crate::yardstick::full::{Full, FullQuestion, Naive, QUESTIONS};
use crate::yardstick::questions::{Below, Question, Questions};
use crate::yardstick::skewed::plain;
use crate::yardstick::sums::Sum;
use crate::yardstick::world::World;

/// How many answers of each sort and part are compared with the plain evaluation.
const SAMPLE: usize = 10_000;

/// When the questions are not asked once more.
const ENOUGH: Duration = Duration::from_secs(5);

pub(crate) fn run() -> Outcome {
    let world = World::of(plain());
    print_facts(&world);
    let below = Below::of(&world);
    let questions = Questions::of(&world, &below);
    let of_plain = policy(&world)?;
    let full = Full::of(world, &below);
    println!(
        "full: {} grants besides, of which {} deny; {} labels",
        full.extra.len(),
        full.extra.iter().filter(|grant| grant.denies).count(),
        full.course_labels.len() + full.group_labels.len(),
    );
    let policy = full_policy(&full)?;
    let (handles, naive) = (FullHandles::of(&policy)?, Naive::of(&full));
    let now = policy.snapshot();

    head();
    let parts = full.parts(&questions, &below);
    let (plain, plain_handles) = (of_plain.snapshot(), Handles::of(&of_plain));
    let first = |all: &[Question]| OfPlain::of(&plain, &plain_handles, &all[..QUESTIONS]);
    let (plain_random, plain_yes) = (first(&questions.random), first(&questions.yes));
    for part in parts {
        let asked = |questions: &[FullQuestion]| -> Vec<FullAsked> {
            questions.iter().map(|one| handles.asked(*one)).collect()
        };
        let (random, yes) = (asked(&part.random), asked(&part.yes));
        let answers =
            |asked: &[FullAsked]| -> Vec<bool> { asked.iter().map(|one| can(&now, one)).collect() };
        let (random_answers, yes_answers) = (answers(&random), answers(&yes));
        let pairs = [(&part.random, &random_answers), (&part.yes, &yes_answers)];
        for (questions, answers) in pairs {
            for (question, answer) in questions.iter().zip(answers).take(SAMPLE) {
                assert_eq!(naive.can(*question), *answer, "{question:?}");
            }
        }
        let sum = Sum::of(&random_answers, &yes_answers);
        assert_eq!(Some(sum), Sum::of_part(part.name), "the same as ever");
        for (sort, asked, answers, plain) in [
            ("random", &random, &random_answers, &plain_random),
            ("drawn yes", &yes, &yes_answers, &plain_yes),
        ] {
            let yes = answers.iter().filter(|answer| **answer).count();
            let (mut times, mut of_plain) = (Times::default(), Times::default());
            let start = Instant::now();
            for round in 0..5 {
                if round > 0 && start.elapsed() > ENOUGH {
                    break;
                }
                plain.ask(&mut of_plain);
                times.ask(asked, yes, |one| can(&now, one));
            }
            Row::of(format!("can, full, {}, {sort}", part.name))
                .took(&times)
                .beside_plain(times.median(), of_plain.median())
                .note(format!("{yes} of {} are yes", asked.len()))
                .print();
        }
    }
    Ok(())
}

#[inline]
fn can(now: &Snapshot, asked: &FullAsked) -> bool {
    match asked.to {
        None => now.can(asked.user, asked.action, asked.target),
        Some(to) => now.can(asked.user, asked.action, (asked.target, to)),
    }
}
