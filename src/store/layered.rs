//! `Layered`: an ordered set with a short list of what has changed last over it.

use std::sync::Arc;

use crate::store::sorted::{Range, SortedSet};
use crate::store::weight::Weight;

/// An ordered set of small keys whose clones share what neither has changed, for sets of which a change turns few keys.
///
/// A change of a [`SortedSet`] copies a node on each of its levels and counts a reference for each child of these. Here it copies one list,
/// of up to `ROOM` keys that were added or taken out of late; once there are more they all go into the set below. That takes as long as it
/// would have taken key by key, or hardly less: what is gained is that most changes do not wait for it, and that what is soon taken back never
/// gets there. So `ROOM` is small, and sets that change together have a different one each, lest some change has to wait for all of them.
#[derive(Clone, Debug)]
pub(crate) struct Layered<K, const ROOM: usize> {
    below: SortedSet<K>,
    /// In order, the keys that are in the set and not in the one below, or the other way round.
    turned: Arc<[K]>,
    length: usize,
}

impl<K, const ROOM: usize> Default for Layered<K, ROOM> {
    fn default() -> Self {
        Layered {
            below: SortedSet::default(),
            turned: Arc::default(),
            length: 0,
        }
    }
}

impl<K: Copy + Ord, const ROOM: usize> Layered<K, ROOM> {
    pub(crate) fn len(&self) -> usize {
        self.length
    }

    /// How many nodes the set below has.
    #[cfg(test)]
    pub(crate) fn nodes(&self) -> usize {
        self.below.nodes()
    }

    pub(crate) fn contains(&self, key: &K) -> bool {
        self.below.contains(key) != self.turned.binary_search(key).is_ok()
    }

    /// Adds the key or takes it out; false if that was so already.
    pub(crate) fn set(&mut self, key: K, present: bool) -> bool {
        let changes = self.contains(&key) != present;
        if changes {
            self.turn(key, present);
        }
        changes
    }

    /// Adds a key that is not there, or takes out one that is: the caller knows, so nothing is looked up first.
    pub(crate) fn turn(&mut self, key: K, present: bool) {
        debug_assert!(self.contains(&key) != present);
        match present {
            true => self.length += 1,
            false => self.length -= 1,
        }
        let (Ok(at) | Err(at)) = self.turned.binary_search(&key);
        let (before, from) = self.turned.split_at(at);
        let before = before.iter().copied();
        // What is turned twice is as it was.
        self.turned = match from.split_first() {
            Some((first, after)) if *first == key => before.chain(after.iter().copied()).collect(),
            _ => {
                let one = std::iter::once(key);
                before.chain(one).chain(from.iter().copied()).collect()
            }
        };
        if self.turned.len() > ROOM {
            let turned = std::mem::take(&mut self.turned);
            turned.iter().for_each(|key| self.below.turn(*key));
        }
    }

    /// The keys in order.
    pub(crate) fn iter(&self) -> Merged<'_, K> {
        Merged::of(self.below.range(..), &self.turned)
    }

    /// The keys in order, from this one on.
    pub(crate) fn from(&self, key: K) -> Merged<'_, K> {
        let start = self.turned.partition_point(|other| *other < key);
        let turned = self.turned.get(start..).unwrap_or_default();
        Merged::of(self.below.range(key..), turned)
    }

    /// The keys that only one of the two sets has, in order; true for those of this set.
    pub(crate) fn difference(&self, other: &Self) -> Vec<(K, bool)> {
        let below = self.below.difference(&other.below).into_iter();
        let mut keys: Vec<K> = below.map(|(key, _)| key).collect();
        keys.extend(self.turned.iter().chain(&*other.turned));
        keys.sort_unstable();
        keys.dedup();
        let sides = keys.into_iter().map(|key| (key, self.contains(&key)));
        sides
            .filter(|(key, mine)| other.contains(key) != *mine)
            .collect()
    }
}

/// The keys of two lists, in order, that are in one of them alone.
#[derive(Debug)]
pub(crate) struct Merged<'a, K> {
    below: Range<'a, K>,
    /// The next one of `below`.
    next: Option<K>,
    turned: &'a [K],
}

impl<'a, K: Copy + Ord> Merged<'a, K> {
    fn of(mut below: Range<'a, K>, turned: &'a [K]) -> Self {
        let next = below.next();
        Merged {
            below,
            next,
            turned,
        }
    }
}

impl<K: Copy + Ord> Iterator for Merged<'_, K> {
    type Item = K;

    fn next(&mut self) -> Option<K> {
        loop {
            let first = self
                .turned
                .split_first()
                .filter(|(key, _)| self.next.is_none_or(|next| **key <= next));
            let Some((key, rest)) = first else {
                return std::mem::replace(&mut self.next, self.below.next());
            };
            self.turned = rest;
            if self.next != Some(*key) {
                return Some(*key);
            }
            self.next = self.below.next();
        }
    }
}

impl<K, const ROOM: usize> Weight for Layered<K, ROOM> {
    fn heap(&self) -> usize {
        self.below.heap() + size_of_val(&*self.turned)
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
            steps in prop::collection::vec((any::<bool>(), 0_u16..200), 0..400),
            kept in 0_usize..400,
        ) {
            let (mut set, mut model) = (Layered::<u16, 5>::default(), BTreeSet::new());
            let mut before = (set.clone(), model.clone());
            for (at, (present, key)) in steps.into_iter().enumerate() {
                if at == kept {
                    before = (set.clone(), model.clone());
                }
                let changes = if present { model.insert(key) } else { model.remove(&key) };
                prop_assert_eq!(set.set(key, present), changes);
                prop_assert_eq!(set.contains(&key), present);
                prop_assert!(set.turned.len() <= 5);
                prop_assert_eq!(set.len(), model.len());
                prop_assert!(set.from(key).eq(model.range(key..).copied()));
            }
            prop_assert!(set.iter().eq(model.iter().copied()));
            let (old, old_model) = before;
            prop_assert!(old.iter().eq(old_model.iter().copied()), "a clone stays as it was");
            let differing = model.symmetric_difference(&old_model);
            let differing: Vec<_> = differing.map(|key| (*key, model.contains(key))).collect();
            prop_assert_eq!(set.difference(&old), differing);
        }
    }
}
