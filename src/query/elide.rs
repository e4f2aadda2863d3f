//! What texts and JSON leave out of long lists and long chains, and how they say so.

/// How many entries of a long list are shown or written, where an entry has much to say.
pub(crate) const LISTED: usize = 20;

/// How many entries of the main list of an answer are shown or written.
pub(crate) const ENTRIES: usize = 200;

/// How many things of one list a text shows for one entry.
pub(crate) const SHOWN: usize = 5;

/// How many names of each end of a chain are written.
#[cfg(feature = "serde")]
const ENDS: usize = 10;

/// How many of a list are left out.
pub(crate) fn rest(all: usize, shown: usize) -> usize {
    all.saturating_sub(shown)
}

/// The names of both ends, and how many are left out between them.
#[cfg(feature = "serde")]
pub(crate) fn ends<T>(all: &[T], name: impl Fn(&T) -> String) -> (Vec<String>, usize) {
    let left_out = rest(all.len(), 2 * ENDS);
    if left_out == 0 {
        return (all.iter().map(name).collect(), 0);
    }
    let last = all.iter().skip(rest(all.len(), ENDS));
    let both = all.iter().take(ENDS).chain(last);
    (both.map(name).collect(), left_out)
}

/// Whether nothing is left out.
#[cfg(feature = "serde")]
pub(crate) fn is_zero(more: &usize) -> bool {
    *more == 0
}

/// A chain as a text: all names, or where there are many the two ends.
pub(crate) fn spelled<T>(all: &[T], name: impl Fn(&T) -> String) -> String {
    match all {
        [first, .., last] if all.len() > 2 * SHOWN => {
            let more = all.len() - 2;
            format!("{} > ({more} more) > {}", name(first), name(last))
        }
        all => all.iter().map(name).collect::<Vec<String>>().join(" > "),
    }
}
