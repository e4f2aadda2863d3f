//! A counter of steps, by which tests see how the cost of something grows. It is compiled for tests alone.

#[cfg(any(test, feature = "testing"))]
use std::cell::Cell;

#[cfg(any(test, feature = "testing"))]
thread_local! {
    static STEPS: Cell<u64> = const { Cell::new(0) };
}

/// Counts one step of this thread.
#[inline]
pub(crate) fn step() {
    #[cfg(any(test, feature = "testing"))]
    STEPS.with(|steps| steps.set(steps.get() + 1));
}

/// Does some work, and says how many steps it took: facts, users, places and grants that the judging of rules looked at.
///
/// The steps are a measure that is the same on every machine; what one of them costs is not said.
///
/// ```
/// use rolecall::testing::count_steps;
/// use rolecall::{Catalog, Change, Policy, Rule, ThingName};
///
/// let catalog = Catalog::builder().role("owner", []).rule(Rule::at_most_one("owner")).build()?;
/// let mut policy = Policy::new(catalog);
/// let (entry, steps) = count_steps(|| policy.apply(&[Change::Add(ThingName::user("ana"))]));
/// assert!(entry.is_ok() && steps < 10);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[cfg(any(test, feature = "testing"))]
pub fn count_steps<T>(work: impl FnOnce() -> T) -> (T, u64) {
    let before = STEPS.with(Cell::get);
    let done = work();
    (done, STEPS.with(Cell::get).wrapping_sub(before))
}
