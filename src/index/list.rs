//! `List`: keys in order, and a table beside them where there are many.

use crate::index::cells::LONG;
use crate::index::keys::ONESELF;
use crate::limit::limit;

/// How many keys a part of a table has room for.
const LENGTH: usize = limit(16, 3);

/// Fills the rest of a part. It is no scope's key.
const BLANK: u32 = ONESELF - 1;

/// Longer lists have a table.
const SHORT: usize = limit(32, 2);

/// So few words have no list with a table among them.
pub(crate) const WITHOUT_TABLE: usize = SHORT + SHORT / AVERAGE * LENGTH;

/// How many keys lie in one part of a table on average: half of what it has room for.
const AVERAGE: usize = LENGTH / 2;

/// Keys in order.
///
/// A long list has a table besides: each key is in the part of it that [`part`] says, so one look tells whether the list has it. A part for
/// which there are too many keys is marked [`LONG`], and the list is searched.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct List<'a> {
    keys: &'a [u32],
    table: &'a [[u32; LENGTH]],
}

impl<'a> List<'a> {
    /// Keys alone.
    pub(crate) fn of(keys: &'a [u32]) -> Self {
        List { keys, table: &[] }
    }

    /// The list that [`lay`] wrote there.
    #[inline]
    pub(crate) fn at(words: &'a [u32], start: usize) -> Self {
        let words = words.get(start..).unwrap_or_default();
        let Some((count, words)) = words.split_first() else {
            return List::default();
        };
        let (keys, rest) = words.split_at(words.len().min(*count as usize));
        let table = match keys.len() {
            ..=SHORT => &[],
            long => {
                let (parts, _) = rest.as_chunks();
                parts.get(..parts_of(long)).unwrap_or_default()
            }
        };
        List { keys, table }
    }

    #[inline]
    pub(crate) fn keys(self) -> &'a [u32] {
        self.keys
    }

    #[inline]
    pub(crate) fn is_empty(self) -> bool {
        self.keys.is_empty()
    }

    /// Whether the key is in the list.
    #[inline]
    pub(crate) fn has(self, key: u32) -> bool {
        match self.table.get(part(key, self.table.len())) {
            Some(part) => has(part, key) || (is_full(part) && self.finds(key)),
            None => self.finds(key),
        }
    }

    fn finds(self, key: u32) -> bool {
        self.keys.binary_search(&key).is_ok()
    }

    /// Whether the two have a key in common.
    pub(crate) fn meets(self, other: List<'_>) -> bool {
        let (short, long) = match self.keys.len() < other.keys.len() {
            true => (self, other),
            false => (other, self),
        };
        short.keys.iter().any(|key| long.has(*key))
    }
}

/// Writes down how many keys there are, the keys, which are in order, and their table if they are many.
pub(crate) fn lay(keys: &[u32], words: &mut impl Extend<u32>) {
    words.extend([u32::try_from(keys.len()).unwrap_or(u32::MAX)]);
    words.extend(keys.iter().copied());
    if keys.len() <= SHORT {
        return;
    }
    let mut table = vec![[BLANK; LENGTH]; parts_of(keys.len())];
    for key in keys {
        let at = part(*key, table.len());
        let Some(part) = table.get_mut(at) else {
            continue;
        };
        match part.iter_mut().find(|place| **place == BLANK) {
            Some(place) => *place = *key,
            None => part[LENGTH - 1] = LONG,
        }
    }
    words.extend(table.into_iter().flatten());
}

fn parts_of(keys: usize) -> usize {
    keys.div_ceil(AVERAGE)
}

/// In which of so many parts of a table the key is.
#[inline]
fn part(key: u32, parts: usize) -> usize {
    // Of the product with an odd number most bits of the key reach the upper ones.
    let spread = key.wrapping_mul(0x9E37_79B1);
    usize::try_from((u64::from(spread) * parts as u64) >> 32).unwrap_or(usize::MAX)
}

/// Whether the key is among these, found out without a branch.
#[inline]
fn has(keys: &[u32; LENGTH], key: u32) -> bool {
    let has = keys.iter();
    has.fold(0, |has, other| has | u32::from(*other == key)) != 0
}

fn is_full(part: &[u32; LENGTH]) -> bool {
    part[LENGTH - 1] == LONG
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::index::keys::LABEL;

    proptest! {
        #[test]
        fn a_list_has_its_keys_and_no_others(
            keys in prop::collection::btree_set(prop_oneof![0_u32..2_000, LABEL..LABEL + 9], 0..300),
            step in prop_oneof![Just(1_u32), Just(8), Just(1 << 17)],
        ) {
            let keys = keys.into_iter().map(|key| key.wrapping_mul(step) & (LONG - 4));
            let mut keys: Vec<u32> = keys.collect();
            keys.sort_unstable();
            keys.dedup();
            let mut words = vec![7, 8];
            lay(&keys, &mut words);
            words.extend([9, 10]);
            let list = List::at(&words, 2);
            prop_assert_eq!(list.keys(), &keys);
            prop_assert_eq!(list.table.is_empty(), keys.len() <= SHORT);
            for key in keys.iter().flat_map(|key| [*key, key + 1, key.wrapping_sub(1)]) {
                prop_assert_eq!(list.has(key), keys.binary_search(&key).is_ok());
            }
        }
    }

    #[test]
    fn a_part_that_is_too_full_is_searched() {
        let parts = parts_of(40);
        let all: Vec<u32> = (0..10_000)
            .filter(|key| part(*key, parts) == 2)
            .take(40)
            .collect();
        let mut words = Vec::new();
        lay(&all, &mut words);
        let list = List::at(&words, 0);
        assert!(list.table.len() == parts && is_full(&list.table[2]));
        assert!((0..10_000).all(|key| list.has(key) == all.contains(&key)));
        assert!(list.meets(List::of(&[1, all[39]])) && !list.meets(List::of(&[10_001])));
    }
}
