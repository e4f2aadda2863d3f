//! `Strip`: the keys that cover what is at a group in few bytes, for a glance.

use crate::index::keys::LABEL;
use crate::index::line::split;
use crate::index::list::List;
use crate::limit::limit;

/// How many keys lie in one half of a strip.
const LENGTH: usize = limit(16, 3);

/// Last in a half where there are more keys. It must not be the lower half of the key of `oneself`, which is in no strip and is looked for
/// with the other keys of a list.
const MORE: u16 = u16::MAX - 1;

/// Fills the rest of a half.
const BLANK: u16 = MORE - 1;

/// So many keys are told apart by what a strip has of them.
const TOLD: usize = limit(BLANK as usize, 6);

/// The lower half of each key, in the order of keys.
///
/// A key that is not found in here is no key of the group, unless there are [more](Self::has_more). One that is found is a key of the
/// group where [`is_exact`] says so, and otherwise may be another with the same lower half.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(align(64))]
pub(crate) struct Strip {
    first: Half,
    next: Half,
}

/// What is compared all at once.
pub(crate) type Half = [u16; LENGTH];

/// The strip of a group that no key covers.
pub(crate) static EMPTY: Strip = Strip {
    first: [BLANK; LENGTH],
    next: [BLANK; LENGTH],
};

impl Default for Strip {
    fn default() -> Self {
        EMPTY
    }
}

/// Whether the lower half tells a key, where the keys are less than this.
pub(crate) fn is_exact(keys: usize) -> bool {
    keys <= TOLD
}

impl Strip {
    /// Of keys in order; not `complete` where they are not all.
    pub(crate) fn of(keys: &[u32], complete: bool) -> Strip {
        let (first, rest) = half(keys, complete);
        let (next, _) = match rest.is_empty() && complete {
            true => (EMPTY.next, rest),
            false => half(rest, complete),
        };
        Strip { first, next }
    }

    #[inline]
    pub(crate) fn first(&self) -> &Half {
        &self.first
    }

    #[inline]
    pub(crate) fn next(&self) -> &Half {
        &self.next
    }

    /// Whether there may be keys that are not in the first half.
    #[inline]
    pub(crate) fn is_long(&self) -> bool {
        is_long(&self.first)
    }

    /// Whether there may be keys that are not in here.
    pub(crate) fn has_more(&self) -> bool {
        is_long(&self.first) && is_long(&self.next)
    }
}

/// The first of the keys, and those that have no room.
fn half(keys: &[u32], complete: bool) -> (Half, &[u32]) {
    let (first, rest, fits) = split(keys, complete, LENGTH);
    let mut half = [BLANK; LENGTH];
    let places = half.iter_mut().zip(first);
    places.for_each(|(place, key)| *place = lower(*key));
    if !fits {
        half[LENGTH - 1] = MORE;
    }
    (half, rest)
}

/// Whether there may be keys that are not in this half.
#[inline]
fn is_long(half: &Half) -> bool {
    half[LENGTH - 1] == MORE
}

/// The same of one of three, found out without a branch.
#[inline]
pub(crate) fn is_any_long(halves: [&Half; 3]) -> bool {
    halves.iter().fold(false, |any, half| any | is_long(half))
}

/// Whether there may be keys of one of three that are not in its strip.
pub(crate) fn have_more(strips: [&Strip; 3]) -> bool {
    strips.iter().any(|strip| strip.has_more())
}

/// Whether one of the keys may be in one of three halves, found out without a branch.
#[inline]
pub(crate) fn any_has<const KEYS: usize>(halves: [&Half; 3], keys: [u32; KEYS]) -> bool {
    let keys = keys.map(lower);
    let [a, b, c] = halves.map(|half| half.iter());
    let places = a.zip(b).zip(c);
    let is = |place: &u16| keys.iter().fold(false, |is, key| is | (place == key));
    let is_here = |((a, b), c): ((&u16, &u16), &u16)| is(a) | is(b) | is(c);
    places.fold(0, |has, place| has | u16::from(is_here(place))) != 0
}

/// The same for any number of keys.
#[inline]
pub(crate) fn any_of(halves: [&Half; 3], keys: &[u32]) -> bool {
    keys.chunks(3).any(|keys| match *keys {
        [a, b, c] => any_has(halves, [a, b, c]),
        [a, b] => any_has(halves, [a, b]),
        [a] => any_has(halves, [a]),
        _ => false,
    })
}

/// What the half has of each key.
pub(crate) fn keys(half: &Half) -> impl Iterator<Item = u32> {
    let keys = half.iter().take_while(|key| **key < BLANK);
    keys.map(|key| u32::from(*key))
}

/// Whether the list has one of the keys of the half, where it tells them.
pub(crate) fn meets(half: &Half, list: List<'_>) -> bool {
    let labels = list.keys().last().is_some_and(|last| last & LABEL != 0);
    // No key of a label has the lower half of another key.
    keys(half).any(|key| list.has(key) || (labels && list.has(key | LABEL)))
}

/// What a strip has of the key.
#[inline]
pub(crate) fn lower(key: u32) -> u16 {
    let [one, two, ..] = key.to_le_bytes();
    u16::from_le_bytes([one, two])
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::index::keys::ONESELF;

    /// Few keys, and some that have lower halves like theirs or like what fills a strip.
    fn key() -> impl Strategy<Value = u32> {
        let low = || prop_oneof![1_u32..40, 65_520_u32..65_540];
        (low(), 0_u32..3).prop_map(|(low, high)| low + (high << 16))
    }

    fn finds(strip: &Strip, keys: &[u32]) -> bool {
        let find = |half| any_of([&EMPTY.first, half, &EMPTY.next], keys);
        find(strip.first()) || find(strip.next())
    }

    proptest! {
        #[test]
        fn what_is_not_found_is_no_key(
            keys in prop::collection::btree_set(key(), 0..40),
            complete in any::<bool>(),
            asked in prop::collection::vec(key(), 1..8),
        ) {
            let listed: Vec<u32> = keys.iter().copied().collect();
            let strip = Strip::of(&listed, complete);
            let is_key = asked.iter().any(|key| keys.contains(key));
            prop_assert!(finds(&strip, &asked) || !is_key || strip.has_more());
            prop_assert!(complete || strip.has_more());
        }

        #[test]
        fn keys_that_are_told_are_found_where_they_are(
            keys in prop::collection::btree_set(1_u32..40, 0..2 * LENGTH),
            labels in prop::collection::btree_set(40_u32..60, 0..9),
            asked in prop::collection::btree_set(1_u32..60, 1..8),
            oneself in any::<bool>(),
        ) {
            let listed: Vec<u32> = keys.iter().copied().chain(labels.iter().map(|key| key | LABEL)).collect();
            let strip = Strip::of(&listed, true);
            let has = |key: u32| keys.contains(&key) || labels.contains(&key);
            // The key of `oneself` is in no strip, whether this has more keys or not.
            let asked: Vec<u32> = asked.into_iter().chain(oneself.then_some(ONESELF)).collect();
            if !strip.has_more() {
                prop_assert_eq!(finds(&strip, &asked), asked.iter().any(|key| has(*key)));
            }
            prop_assert!(!finds(&strip, &[ONESELF]));
            let mut marked: Vec<u32> = asked.iter().map(|key| if *key < 40 || *key == ONESELF { *key } else { key | LABEL }).collect();
            marked.sort_unstable();
            let list = List::of(&marked);
            let told = super::keys(strip.first()).chain(super::keys(strip.next()));
            let expected = told.into_iter().any(|key| asked.contains(&key));
            prop_assert_eq!(meets(strip.first(), list) || meets(strip.next(), list), expected);
        }
    }

    #[test]
    fn so_many_keys_are_told_apart() {
        assert!(is_exact(TOLD) && !is_exact(TOLD + 1));
        let most = u32::try_from(TOLD).unwrap() - 1;
        assert!(lower(most) < BLANK && (0..most).all(|key| lower(key) < lower(key + 1)));
        assert_eq!(lower(LABEL | 7), lower(7));
        assert!(![MORE, BLANK].contains(&lower(ONESELF)));
    }
}
