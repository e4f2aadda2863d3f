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

/// Does some work, and says how many steps it took: facts, users, places and grants that the judging of rules looked at, and of
/// questions whose growth is tested also what they derived from facts and the entries of their answers.
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

/// Counts this many steps of this thread.
#[inline]
pub(crate) fn took(steps: usize) {
    #[cfg(any(test, feature = "testing"))]
    STEPS.with(|all| all.set(all.get().wrapping_add(steps as u64)));
    #[cfg(not(any(test, feature = "testing")))]
    let _ = steps;
}

#[cfg(test)]
pub(crate) mod growth {
    /// Doubling the size, three times, multiplies the steps by no more than two to the power of the exponent, with some room for what is
    /// rounded.
    #[track_caller]
    pub(crate) fn check_growth(least: usize, exponent: f64, steps: impl Fn(usize) -> u64) {
        let sizes = [1, 2, 4, 8].map(|times| least * times);
        let counts = sizes.map(|size| (size, steps(size)));
        assert!(counts[0].1 >= 1, "nothing was counted: {counts:?}");
        for pair in counts.windows(2) {
            let grown = (pair[1].1 as f64 / pair[0].1 as f64).log2();
            assert!(
                grown <= exponent + 0.2,
                "grows with the power {grown:.2} instead of {exponent}: {counts:?}"
            );
        }
    }
}
