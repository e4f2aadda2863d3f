//! `Cells`: pairs of permission and key, the keys of one permission one look away.

use std::ops::Deref;
use std::slice;
use std::sync::Arc;

use smallvec::SmallVec;

use crate::index::keys::{ONESELF, PLATFORM};
use crate::index::list::{self, List};
use crate::limit::limit;
use crate::store::Weight;

/// The permissions from here on share a bit.
const FAR: u32 = limit(63, 1);

/// Marks a word that is no key: the rest of it says where a list starts, or that the answer is not in here.
pub(crate) const LONG: u32 = 1 << 31;

/// The word of a permission that has no keys. The key that it would be is never a word of its own.
pub(crate) const NOTHING: u32 = PLATFORM;

/// A set of (permission, key) pairs: a bit for each permission that has keys, and a word for each bit, in order.
///
/// The word is the key where there is just one; otherwise it says where the [`List`] lies in the words. The keys of the platform and of
/// `oneself`, which cover more than they name, are always in lists. Permissions from 63 on share the last word, which says where their
/// directory lies: how many they are, the permissions in order, then a word for each.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Cells {
    mask: u64,
    words: Packed,
}

/// The words of cells.
#[derive(Clone, Debug, PartialEq)]
enum Packed {
    /// There is just one, a key, as most users have who have any: it needs no memory of its own.
    One(u32),
    Many(Arc<[u32]>),
}

impl Packed {
    /// Of a set with this mask.
    fn of(mask: u64, words: &[u32]) -> Packed {
        match *words {
            [only, NOTHING] if mask < bit(FAR) && only & LONG == 0 => Packed::One(only),
            _ => Packed::Many(words.into()),
        }
    }
}

impl Default for Packed {
    fn default() -> Self {
        Packed::Many(Arc::default())
    }
}

impl Deref for Packed {
    type Target = [u32];

    #[inline]
    fn deref(&self) -> &[u32] {
        match self {
            Packed::One(word) => slice::from_ref(word),
            Packed::Many(words) => words,
        }
    }
}

impl Cells {
    /// The pairs are in order and each is there once.
    pub(crate) fn of_pairs(pairs: &[(u32, u32)]) -> Cells {
        if pairs.is_empty() {
            return Cells::default();
        }
        let cells: Vec<&[(u32, u32)]> = pairs.chunk_by(|one, two| one.0 == two.0).collect();
        let permission = |cell: &&[(u32, u32)]| cell.first().map_or(0, |pair| pair.0);
        let (near, far) = cells.split_at(cells.partition_point(|cell| permission(cell) < FAR));
        let mask = cells
            .iter()
            .map(permission)
            .map(bit)
            .fold(0, |mask, bit| mask | bit);
        let heads = near.len() + usize::from(!far.is_empty());
        let mut lists: Vec<u32> = Vec::new();
        let mut words = Vec::with_capacity(heads + 2 * far.len() + pairs.len() + cells.len());
        let directory = if far.is_empty() { 0 } else { 1 + 2 * far.len() };
        let mut keys: Vec<u32> = Vec::new();
        let mut word = |cell: &[(u32, u32)]| match cell {
            [(_, key)] if *key != PLATFORM && *key != ONESELF => *key,
            pairs => {
                let start = heads + directory + lists.len();
                keys.clear();
                keys.extend(pairs.iter().map(|(_, key)| *key));
                list::lay(&keys, &mut lists);
                LONG | number(start)
            }
        };
        words.extend(near.iter().map(|cell| word(cell)));
        if !far.is_empty() {
            words.push(LONG | number(heads));
            words.push(number(far.len()));
            words.extend(far.iter().map(permission));
            words.extend(far.iter().map(|cell| word(cell)));
        }
        words.extend(lists);
        // One look at the word after the last is never past the end.
        words.push(NOTHING);
        Cells {
            mask,
            words: Packed::of(mask, &words),
        }
    }

    /// The pairs of all of them.
    pub(crate) fn union(parts: &[&Cells]) -> Cells {
        let mask = parts.iter().fold(0, |mask, part| mask | part.mask);
        if mask & bit(FAR) != 0 {
            let mut pairs: Vec<(u32, u32)> = parts.iter().flat_map(|part| part.pairs()).collect();
            pairs.sort_unstable();
            pairs.dedup();
            return Cells::of_pairs(&pairs);
        }
        if mask == 0 {
            return Cells::default();
        }
        let heads = mask.count_ones() as usize;
        let mut words: SmallVec<[u32; 128]> = SmallVec::from_elem(NOTHING, heads);
        // Of each part the words that come next.
        let mut parts: SmallVec<[(&Cells, usize); 8]> =
            parts.iter().map(|part| (*part, 0)).collect();
        let mut keys: SmallVec<[u32; 16]> = SmallVec::new();
        let mut permissions = mask;
        for at in 0..heads {
            let bit = permissions & permissions.wrapping_neg();
            permissions ^= bit;
            keys.clear();
            let mut in_order = true;
            for (part, next) in parts.iter_mut().filter(|(part, _)| part.mask & bit != 0) {
                let more = part.keys(*next).keys();
                *next += 1;
                if *keys != *more {
                    in_order = keys.is_empty();
                    keys.extend_from_slice(more);
                }
            }
            if !in_order {
                keys.sort_unstable();
                keys.dedup();
            }
            let word = match keys.as_slice() {
                [key] if *key != PLATFORM && *key != ONESELF => *key,
                keys => {
                    let start = words.len();
                    list::lay(keys, &mut words);
                    LONG | number(start)
                }
            };
            if let Some(head) = words.get_mut(at) {
                *head = word;
            }
        }
        words.push(NOTHING);
        Cells {
            mask,
            words: Packed::of(mask, &words),
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.mask == 0
    }

    /// How much there is: at least one for each pair.
    pub(crate) fn size(&self) -> usize {
        // Tables are not counted, and so few words have none.
        if self.words.len() <= list::WITHOUT_TABLE {
            return self.words.len();
        }
        let lists = self.iter().map(|(_, keys)| 1 + keys.len());
        lists.sum()
    }

    /// Whether there may be keys of the permission of that [`bit`].
    #[inline]
    pub(crate) fn mask(&self) -> u64 {
        self.mask
    }

    /// The keys of the permission, in order.
    #[inline]
    pub(crate) fn of(&self, permission: u32) -> List<'_> {
        let bit = bit(permission);
        if self.mask & bit == 0 {
            return List::default();
        }
        let at = (self.mask & (bit - 1)).count_ones() as usize;
        if permission < FAR {
            return self.keys(at);
        }
        let (permissions, first) = self.directory(at);
        match permissions.binary_search(&permission) {
            Ok(nth) => self.keys(first + nth),
            Err(_) => List::default(),
        }
    }

    /// The permissions from 63 on, and where their words begin.
    fn directory(&self, at: usize) -> (&[u32], usize) {
        let start = self.words.get(at).map_or(0, |word| word & !LONG) as usize;
        let count = self.words.get(start).map_or(0, |count| *count as usize);
        let permissions = self.words.get(start + 1..start + 1 + count);
        (permissions.unwrap_or_default(), start + 1 + count)
    }

    /// The keys that the word there stands for.
    #[inline]
    fn keys(&self, at: usize) -> List<'_> {
        match self.words.get(at..=at) {
            Some(only @ &[word]) if word & LONG == 0 => List::of(only),
            _ => self.list(at),
        }
    }

    /// The list that the word there speaks of.
    fn list(&self, at: usize) -> List<'_> {
        self.words
            .get(at)
            .map(|word| List::at(&self.words, (word & !LONG) as usize))
            .unwrap_or_default()
    }

    /// The permissions that have keys, in order: the near ones, and the far ones with the place of their words.
    fn permissions(
        &self,
    ) -> (
        impl Iterator<Item = u32> + use<>,
        impl Iterator<Item = (&u32, usize)>,
    ) {
        let near = each(self.mask & (bit(FAR) - 1));
        let (permissions, first) = match self.mask & bit(FAR) {
            0 => (&[][..], 0),
            _ => self.directory((self.mask & (bit(FAR) - 1)).count_ones() as usize),
        };
        (near, permissions.iter().zip(first..))
    }

    /// Each permission that has keys, in order, with its keys.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (u32, &[u32])> {
        let (near, far) = self.permissions();
        let near = near.enumerate();
        near.map(|(at, permission)| (permission, self.keys(at).keys()))
            .chain(far.map(|(permission, at)| (*permission, self.keys(at).keys())))
    }

    /// Every pair, in order.
    pub(crate) fn pairs(&self) -> impl Iterator<Item = (u32, u32)> + '_ {
        self.iter()
            .flat_map(|(permission, keys)| keys.iter().map(move |key| (permission, *key)))
    }
}

/// The bit of a permission. Those from 63 on share one.
#[inline]
pub(crate) fn bit(permission: u32) -> u64 {
    1 << permission.min(FAR)
}

/// The bits that are set, in order.
pub(crate) fn each(mut bits: u64) -> impl Iterator<Item = u32> {
    std::iter::from_fn(move || {
        let next = (bits != 0).then(|| bits.trailing_zeros())?;
        bits &= bits - 1;
        Some(next)
    })
}

fn number(index: usize) -> u32 {
    u32::try_from(index).unwrap_or(u32::MAX)
}

impl Weight for Cells {
    fn heap(&self) -> usize {
        match &self.words {
            Packed::Many(words) if !words.is_empty() => words.heap(),
            Packed::One(_) | Packed::Many(_) => 0,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn keys_are_found_under_their_permission(
            pairs in prop::collection::btree_set(
                (
                    prop_oneof![0_u32..4, 60_u32..68, Just(u32::MAX)],
                    prop_oneof![0_u32..9, Just(ONESELF)],
                ),
                0..40,
            ),
        ) {
            let listed: Vec<(u32, u32)> = pairs.iter().copied().collect();
            let cells = Cells::of_pairs(&listed);
            prop_assert!(cells.size() >= listed.len());
            prop_assert!(cells.pairs().eq(listed.iter().copied()));
            for permission in (0..70).chain([u32::MAX - 1, u32::MAX]) {
                let expected: BTreeSet<u32> =
                    pairs.iter().filter(|pair| pair.0 == permission).map(|pair| pair.1).collect();
                prop_assert!(cells.of(permission).keys().iter().eq(expected.iter()));
                let listed = cells.iter().find(|(other, _)| *other == permission);
                prop_assert!(listed.map_or(&[][..], |(_, keys)| keys).iter().eq(expected.iter()));
            }
        }
    }

    proptest! {
        #[test]
        fn a_union_has_the_pairs_of_its_parts(
            parts in prop::collection::vec(
                prop::collection::btree_set((0_u32..66, prop_oneof![0_u32..9, Just(ONESELF)]), 0..30),
                0..4,
            ),
            near in any::<bool>(),
        ) {
            let parts: Vec<Vec<(u32, u32)>> = parts
                .into_iter()
                .map(|part| part.into_iter().filter(|pair| !near || pair.0 < FAR).collect())
                .collect();
            let cells: Vec<Cells> = parts.iter().map(|part| Cells::of_pairs(part)).collect();
            let all: BTreeSet<(u32, u32)> = parts.iter().flatten().copied().collect();
            let all: Vec<(u32, u32)> = all.into_iter().collect();
            let union = Cells::union(&cells.iter().collect::<Vec<_>>());
            prop_assert_eq!(union, Cells::of_pairs(&all));
        }
    }
}
