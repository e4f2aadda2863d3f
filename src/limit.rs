//! Limits past which the engine takes another road: what is longer is searched, has a table or is kept in another form.
//!
//! The worlds of most tests are too small to get past them. Built with `--cfg rolecall_low_limits` the crate has limits that nearly every world
//! is past, and the same tests go down the other roads: `RUSTFLAGS="--cfg rolecall_low_limits" cargo test`.

/// The usual limit; in a build with low limits the low one.
///
/// INVARIANT: nothing that is decided hangs on it.
pub(crate) const fn limit<T: Copy>(usual: T, low: T) -> T {
    if cfg!(rolecall_low_limits) {
        low
    } else {
        usual
    }
}
