//! `Strip`: the keys that cover what is at a group in few bytes, for a glance.

use std::ops::BitOr;

use crate::index::cells::LONG;
use crate::index::keys::{LABEL, ONESELF};
use crate::index::list::List;
use crate::limit::limit;

/// How many keys lie in one half of a strip.
pub(crate) const LENGTH: usize = limit(16, 3);

/// What a strip has of a key.
pub(crate) trait Part: Copy + Eq + From<bool> + BitOr<Output = Self> {
    /// Fills the rest of a half. Where parts tell keys no key has this part, nor has one that is looked for.
    const BLANK: Self;
    /// Last in a half where there are more keys. It must not be the part of the key of `oneself`, which is in no strip and is looked for with
    /// the other keys of a list.
    const MORE: Self;

    fn of(key: u32) -> Self;

    /// The key that has this part, for all that is known.
    fn key(self) -> u32;
}

/// The lower half of a key.
impl Part for u16 {
    const BLANK: u16 = Self::MORE - 1;
    const MORE: u16 = u16::MAX - 1;

    #[inline]
    fn of(key: u32) -> u16 {
        let [one, two, ..] = key.to_le_bytes();
        u16::from_le_bytes([one, two])
    }

    #[inline]
    fn key(self) -> u32 {
        self.into()
    }
}

/// The whole key.
impl Part for u32 {
    const BLANK: u32 = ONESELF - 1;
    const MORE: u32 = LONG;

    #[inline]
    fn of(key: u32) -> u32 {
        key
    }

    #[inline]
    fn key(self) -> u32 {
        self
    }
}

/// So many keys are told apart by their lower halves.
const TOLD: usize = limit(<u16 as Part>::BLANK as usize, 6);

/// A part of each key, in the order of keys.
///
/// A key whose part is not found in here is no key of the group, unless there are [more](Self::has_more). One that is found is a key of the
/// group where parts are whole keys or [`is_exact`] says so, and otherwise may be another with the same part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(align(64))]
pub(crate) struct Strip<P> {
    first: Half<P>,
    next: Half<P>,
}

/// What is compared all at once.
pub(crate) type Half<P> = [P; LENGTH];

/// The strip of a group that no key covers.
impl<P: Part> Default for Strip<P> {
    fn default() -> Self {
        Strip::EMPTY
    }
}

/// Whether the lower half tells a key, where the keys are less than this.
pub(crate) fn is_exact(keys: usize) -> bool {
    keys <= TOLD
}

impl<P: Part> Strip<P> {
    pub(crate) const EMPTY: Strip<P> = Strip {
        first: [P::BLANK; LENGTH],
        next: [P::BLANK; LENGTH],
    };

    /// Of keys in order, and those that have no room; not `complete` where they are not all.
    pub(crate) fn of(keys: &[u32], complete: bool) -> (Strip<P>, &[u32]) {
        let (first, rest) = half(keys, complete);
        let (next, rest) = match rest.is_empty() && complete {
            true => ([P::BLANK; LENGTH], rest),
            false => half(rest, complete),
        };
        (Strip { first, next }, rest)
    }

    #[inline]
    pub(crate) fn first(&self) -> &Half<P> {
        &self.first
    }

    #[inline]
    pub(crate) fn next(&self) -> &Half<P> {
        &self.next
    }

    /// Whether there may be keys that are not in the first half.
    #[inline]
    pub(crate) fn is_long(&self) -> bool {
        is_long(&self.first)
    }

    /// Whether there may be keys that are not in here.
    #[inline]
    pub(crate) fn has_more(&self) -> bool {
        is_long(&self.first) && is_long(&self.next)
    }
}

impl Strip<u32> {
    /// The keys in here, in order: the first ones, and the next.
    pub(crate) fn keys(&self) -> [&[u32]; 2] {
        [&self.first, &self.next].map(|half| {
            let count = filled(half).count();
            half.get(..count).unwrap_or_default()
        })
    }

    /// Whether one of the keys of the list is in here.
    pub(crate) fn meets(&self, list: List<'_>) -> bool {
        self.keys().iter().any(|keys| List::of(keys).meets(list))
    }
}

/// The first of the keys, and those that have no room.
fn half<P: Part>(keys: &[u32], complete: bool) -> (Half<P>, &[u32]) {
    let fits = complete && keys.len() <= LENGTH;
    let room = LENGTH - usize::from(!fits);
    let (first, rest) = keys.split_at(keys.len().min(room));
    let mut half = [P::BLANK; LENGTH];
    let places = half.iter_mut().zip(first);
    places.for_each(|(place, key)| *place = P::of(*key));
    if !fits {
        half[LENGTH - 1] = P::MORE;
    }
    (half, rest)
}

/// Whether there may be keys that are not in this half.
#[inline]
fn is_long<P: Part>(half: &Half<P>) -> bool {
    half[LENGTH - 1] == P::MORE
}

/// The same of one of three, found out without a branch.
#[inline]
pub(crate) fn is_any_long<P: Part>(halves: [&Half<P>; 3]) -> bool {
    halves.iter().fold(false, |any, half| any | is_long(half))
}

/// Whether there may be keys of one of three that are not in its strip.
pub(crate) fn have_more<P: Part>(strips: [&Strip<P>; 3]) -> bool {
    strips.iter().any(|strip| strip.has_more())
}

/// Whether one of the keys may be in one of three halves, found out without a branch.
#[inline]
pub(crate) fn any_has<P: Part, const KEYS: usize>(
    halves: [&Half<P>; 3],
    keys: [u32; KEYS],
) -> bool {
    let keys = keys.map(P::of);
    let [a, b, c] = halves.map(|half| half.iter());
    let places = a.zip(b).zip(c);
    let is = |place: &P| keys.iter().fold(false, |is, key| is | (place == key));
    let is_here = |((a, b), c): ((&P, &P), &P)| is(a) | is(b) | is(c);
    let no = P::from(false);
    places.fold(no, |has, place| has | P::from(is_here(place))) != no
}

/// The same for any number of keys.
#[inline]
pub(crate) fn any_of<P: Part>(halves: [&Half<P>; 3], keys: &[u32]) -> bool {
    keys.chunks(3).any(|keys| match *keys {
        [a, b, c] => any_has(halves, [a, b, c]),
        [a, b] => any_has(halves, [a, b]),
        [a] => any_has(halves, [a]),
        _ => false,
    })
}

/// What the half has of each key.
pub(crate) fn filled<P: Part>(half: &Half<P>) -> impl Iterator<Item = u32> {
    let parts = half.iter();
    let parts = parts.take_while(|part| **part != P::BLANK && **part != P::MORE);
    parts.map(|part| part.key())
}

/// Whether the list has one of the keys of the half, where it tells them.
pub(crate) fn meets<P: Part>(half: &Half<P>, list: List<'_>) -> bool {
    let labels = list.keys().last().is_some_and(|last| last & LABEL != 0);
    // No key of a label has the lower half of another key.
    filled(half).any(|key| list.has(key) || (labels && list.has(key | LABEL)))
}

/// The lower half of a key.
#[inline]
pub(crate) fn lower(key: u32) -> u16 {
    u16::of(key)
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

    fn finds<P: Part>(strip: &Strip<P>, keys: &[u32]) -> bool {
        let empty = [P::BLANK; LENGTH];
        let find = |half| any_of([&empty, half, &empty], keys);
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
            let (strip, _) = Strip::<u16>::of(&listed, complete);
            let is_key = asked.iter().any(|key| keys.contains(key));
            prop_assert!(finds(&strip, &asked) || !is_key || strip.has_more());
            prop_assert!(complete || strip.has_more());
            let (strip, rest) = Strip::<u32>::of(&listed, complete);
            let [first, next] = strip.keys();
            prop_assert!([first, next, rest].concat() == listed);
            prop_assert_eq!(strip.has_more(), !complete || !rest.is_empty());
            let is_in = asked.iter().any(|key| keys.contains(key) && !rest.contains(key));
            prop_assert_eq!(finds(&strip, &asked), is_in);
            let mut asked = asked;
            asked.sort_unstable();
            prop_assert_eq!(strip.meets(List::of(&asked)), is_in);
            prop_assert_eq!([strip.first(), strip.next()].iter().any(|half| meets(half, List::of(&asked))), is_in);
        }

        #[test]
        fn keys_that_are_told_are_found_where_they_are(
            keys in prop::collection::btree_set(1_u32..40, 0..2 * LENGTH),
            labels in prop::collection::btree_set(40_u32..60, 0..9),
            asked in prop::collection::btree_set(1_u32..60, 1..8),
            oneself in any::<bool>(),
        ) {
            let listed: Vec<u32> = keys.iter().copied().chain(labels.iter().map(|key| key | LABEL)).collect();
            let (strip, _) = Strip::<u16>::of(&listed, true);
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
            let told = filled(strip.first()).chain(filled(strip.next()));
            let expected = told.into_iter().any(|key| asked.contains(&key));
            prop_assert_eq!(meets(strip.first(), list) || meets(strip.next(), list), expected);
        }
    }

    #[test]
    fn so_many_keys_are_told_apart() {
        assert!(is_exact(TOLD) && !is_exact(TOLD + 1));
        let most = u32::try_from(TOLD).unwrap() - 1;
        assert!(lower(most) < u16::BLANK && (0..most).all(|key| lower(key) < lower(key + 1)));
        assert_eq!(lower(LABEL | 7), lower(7));
        assert!(![u16::MORE, u16::BLANK].contains(&lower(ONESELF)));
    }
}
