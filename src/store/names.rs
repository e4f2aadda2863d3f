//! `Names`: from the hash of a name to the indices that may have it, shared copy-on-write.

use smallvec::SmallVec;

use crate::store::pages::Pages;
use crate::store::weight::Weight;

/// How many entries a bucket has on average before another bucket is opened.
const LOAD: usize = 2;

/// An index with the part of the hash that tells most others apart.
type Entry = (u32, u32);

type Bucket = SmallVec<[Entry; 3]>;

/// A hash table that grows by one bucket at a time (linear hashing), so that no single edit pays for a new table.
#[derive(Clone, Debug, Default)]
pub(crate) struct Names {
    buckets: Pages<Bucket>,
    /// How many buckets are in use.
    open: usize,
    entries: usize,
}

impl Names {
    /// The indices under the hash; names of others may share it.
    pub(crate) fn candidates(&self, hash: u32) -> impl Iterator<Item = u32> + '_ {
        let bucket = self.buckets.get(self.bucket_of(hash)).into_iter().flatten();
        bucket
            .filter(move |(other, _)| *other == hash)
            .map(|(_, index)| *index)
    }

    /// How many entries lie where those under the hash would.
    pub(crate) fn bucket_size(&self, hash: u32) -> usize {
        let bucket = self.buckets.get(self.bucket_of(hash));
        bucket.map_or(0, SmallVec::len)
    }

    pub(crate) fn insert(&mut self, hash: u32, index: u32) {
        if self.entries >= self.open * LOAD {
            self.open += 1;
            self.move_last(self.open - 1, true);
        }
        self.entries += 1;
        self.push((hash, index));
    }

    pub(crate) fn remove(&mut self, hash: u32, index: u32) {
        let at = self.bucket_of(hash);
        let Some(bucket) = self.buckets.get_mut(at) else {
            return;
        };
        let before = bucket.len();
        bucket.retain(|entry| *entry != (hash, index));
        self.entries -= before - bucket.len();
        if self.open > 1 && self.entries < self.open {
            self.open -= 1;
            self.move_last(self.open, false);
        }
    }

    /// Which of the open buckets has the hash: as many of its low bits as there are numbers of buckets for, or one fewer.
    fn bucket_of(&self, hash: u32) -> usize {
        let hash = hash as usize;
        let range = self.open.next_power_of_two();
        match hash % range {
            at if at < self.open => at,
            at => at % (range / 2).max(1),
        }
    }

    /// Shares out the entries between the last bucket, opened or closed just now, and the one it was split from.
    fn move_last(&mut self, last: usize, opened: bool) {
        let from = if opened {
            last - (last + 1).next_power_of_two() / 2
        } else {
            last
        };
        let moving = match self.buckets.get_mut(from) {
            Some(bucket) => std::mem::take(bucket),
            None => Bucket::new(),
        };
        if opened {
            self.buckets.set(last, Bucket::new());
        }
        moving.into_iter().for_each(|entry| self.push(entry));
    }

    fn push(&mut self, entry: Entry) {
        let at = self.bucket_of(entry.0);
        if let Some(bucket) = self.buckets.get_mut(at) {
            bucket.push(entry);
        }
    }
}

impl Weight for Names {
    fn heap(&self) -> usize {
        self.buckets.heap()
    }
}

impl Weight for Bucket {
    fn heap(&self) -> usize {
        if self.spilled() {
            self.capacity() * size_of::<Entry>()
        } else {
            0
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
        fn agrees_with_a_tree_of_the_standard_library(
            steps in prop::collection::vec((any::<bool>(), 0_u32..60, 0_u32..4), 0..400),
        ) {
            let (mut names, mut model) = (Names::default(), BTreeSet::new());
            for (grow, hash, index) in steps {
                // Close by and far apart, so that low bits and high bits both decide.
                let hash = hash.wrapping_mul(if hash % 2 == 0 { 1 } else { 0x9e37_79b9 });
                if grow {
                    if model.insert((hash, index)) { names.insert(hash, index); }
                } else {
                    model.remove(&(hash, index));
                    names.remove(hash, index);
                }
                let found: BTreeSet<u32> = names.candidates(hash).collect();
                let expected: BTreeSet<u32> =
                    model.range((hash, 0)..=(hash, u32::MAX)).map(|(_, index)| *index).collect();
                prop_assert_eq!(found, expected);
                prop_assert_eq!(names.entries, model.len());
            }
            for (hash, index) in &model {
                prop_assert!(names.candidates(*hash).any(|other| other == *index));
            }
        }
    }

    #[test]
    fn many_names_come_and_go() {
        let mut names = Names::default();
        let hash = |n: u32| n.wrapping_mul(0x9e37_79b9);
        (0..50_000).for_each(|n| names.insert(hash(n), n));
        let before = names.clone();
        assert!((0..50_000).all(|n| names.candidates(hash(n)).eq([n])));
        (0..50_000).for_each(|n| names.remove(hash(n), n));
        assert_eq!((names.entries, names.open), (0, 1));
        assert!((0..50_000).all(|n| before.candidates(hash(n)).eq([n])));
    }
}
