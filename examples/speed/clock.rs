//! How long did it take? Many short runs, their median and their 99th percentile.

use std::hint::black_box;
use std::time::Instant;

/// How many questions are asked between two looks at the clock.
pub(crate) const BATCH: usize = 64;

/// The times of many runs of the same thing, in nanoseconds each.
#[derive(Debug, Default)]
pub(crate) struct Times {
    runs: Vec<f64>,
}

impl Times {
    /// Asks all questions in batches, of which each is a run, and compares how many are answered with yes.
    pub(crate) fn ask<Q>(&mut self, questions: &[Q], yes: usize, can: impl Fn(&Q) -> bool) {
        self.ask_by(BATCH, questions, yes, can);
    }

    /// The same in batches of a size.
    pub(crate) fn ask_by<Q>(
        &mut self,
        batch: usize,
        questions: &[Q],
        yes: usize,
        can: impl Fn(&Q) -> bool,
    ) {
        let mut found = 0;
        for batch in questions.chunks(batch) {
            let start = Instant::now();
            found += batch.iter().filter(|question| can(question)).count();
            let took = start.elapsed().as_nanos() as f64;
            self.runs.push(took / batch.len() as f64);
        }
        assert_eq!(found, yes, "so many questions are answered with yes");
    }

    /// Runs the work once.
    pub(crate) fn run<T>(&mut self, work: impl FnOnce() -> T) -> T {
        let start = Instant::now();
        let done = black_box(work());
        self.runs.push(start.elapsed().as_nanos() as f64);
        done
    }

    pub(crate) fn push(&mut self, nanoseconds: f64) {
        self.runs.push(nanoseconds);
    }

    pub(crate) fn median(&self) -> f64 {
        self.at(0.5)
    }

    pub(crate) fn p99(&self) -> f64 {
        self.at(0.99)
    }

    fn at(&self, part: f64) -> f64 {
        let mut runs = self.runs.clone();
        runs.sort_unstable_by(f64::total_cmp);
        let last = runs.len().saturating_sub(1);
        let at = (runs.len() as f64 * part) as usize;
        runs.get(at.min(last)).copied().unwrap_or(f64::NAN)
    }
}
