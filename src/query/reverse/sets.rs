//! Exact sets of slots: what the algebra of the reverse questions works on.

use fixedbitset::FixedBitSet;
use smallvec::SmallVec;

use crate::limit::limit;
use crate::query::reverse::order::sort_set;

/// Below one member in this many slots a set is a sorted list, above it a bit array.
const SPARSE: usize = limit(64, 2);

/// A set of slots of one table, by their indices, or all slots but these.
///
/// "Everyone" and "everything on the platform" are the complement of nothing, so they cost nothing whatever the size of the table.
/// Only live slots are ever members; what *all* means is for the one who asks to say.
#[derive(Clone, Debug)]
pub(crate) struct Slots {
    members: Members,
    /// Whether the set has all slots but the members.
    inverted: bool,
}

#[derive(Clone, Debug)]
enum Members {
    /// In order.
    Few(Vec<u32>),
    /// With the number of members.
    Many(FixedBitSet, usize),
}

impl Default for Slots {
    fn default() -> Self {
        Slots::none()
    }
}

impl Slots {
    pub(crate) const fn none() -> Self {
        Slots {
            members: Members::Few(Vec::new()),
            inverted: false,
        }
    }

    pub(crate) const fn all() -> Self {
        Slots {
            members: Members::Few(Vec::new()),
            inverted: true,
        }
    }

    /// All or none.
    pub(crate) const fn truth(it: bool) -> Self {
        if it { Slots::all() } else { Slots::none() }
    }

    /// The set of these slots, in any order and any number of times.
    pub(crate) fn of(slots: impl IntoIterator<Item = u32>) -> Self {
        let mut gather = Gather::new(0);
        slots.into_iter().for_each(|slot| gather.push(slot));
        gather.finish()
    }

    pub(crate) fn is_none(&self) -> bool {
        !self.inverted && self.members.len() == 0
    }

    /// Whether it is all slots without exception. A list of every single slot does not count.
    pub(crate) fn is_all(&self) -> bool {
        self.inverted && self.members.len() == 0
    }

    /// Whether it is told by what it has not.
    pub(crate) fn is_inverted(&self) -> bool {
        self.inverted
    }

    /// Whether a live slot is in the set.
    pub(crate) fn contains(&self, slot: u32) -> bool {
        self.members.contains(slot) != self.inverted
    }

    /// How many slots are in the set, where there are `all`.
    pub(crate) fn len(&self, all: usize) -> usize {
        if self.inverted {
            all.saturating_sub(self.members.len())
        } else {
            self.members.len()
        }
    }

    /// The members from that slot on, in order; `None` where the set is one of all slots but some.
    pub(crate) fn listed_from(&self, slot: u32) -> Option<Ones<'_>> {
        (!self.inverted).then(|| self.members.iter_from(slot))
    }

    /// The slots that it is told to have, or not to have, in order.
    pub(crate) fn spelled(&self) -> Ones<'_> {
        self.members.iter_from(0)
    }

    /// Leaves nothing behind.
    pub(crate) fn take(&mut self) -> Self {
        std::mem::take(self)
    }

    /// The slots that are not in the set.
    pub(crate) fn inverse(mut self) -> Self {
        self.inverted = !self.inverted;
        self
    }

    pub(crate) fn union(self, other: Slots) -> Slots {
        let (one, two) = (self.members, other.members);
        let (members, inverted) = match (self.inverted, other.inverted) {
            (false, false) => (one.union(two), false),
            (false, true) => (two.minus(&one), true),
            (true, false) => (one.minus(&two), true),
            (true, true) => (one.intersection(two), true),
        };
        Slots { members, inverted }
    }

    pub(crate) fn intersection(self, other: Slots) -> Slots {
        self.inverse().union(other.inverse()).inverse()
    }

    pub(crate) fn minus(self, other: Slots) -> Slots {
        self.inverse().union(other).inverse()
    }
}

impl Members {
    fn len(&self) -> usize {
        match self {
            Members::Few(list) => list.len(),
            Members::Many(_, count) => *count,
        }
    }

    fn contains(&self, slot: u32) -> bool {
        match self {
            Members::Few(list) => list.binary_search(&slot).is_ok(),
            Members::Many(bits, _) => bits.contains(slot as usize),
        }
    }

    fn iter_from(&self, slot: u32) -> Ones<'_> {
        match self {
            Members::Few(list) => {
                let at = list.partition_point(|other| *other < slot);
                Ones::Few(list.get(at..).unwrap_or_default().iter())
            }
            Members::Many(bits, _) => {
                let blocks = bits.as_slice();
                let at = slot as usize / BLOCK;
                let first = blocks.get(at).copied().unwrap_or_default();
                Ones::Many {
                    block: first & (usize::MAX << (slot as usize % BLOCK)),
                    at,
                    blocks,
                }
            }
        }
    }

    /// A list where there are few, a bit array where there are many.
    fn fitted(bits: FixedBitSet) -> Members {
        let count = bits.count_ones(..);
        if count * SPARSE < bits.len() {
            let list = bits.ones().filter_map(|slot| u32::try_from(slot).ok());
            let mut few = Vec::with_capacity(count);
            few.extend(list);
            Members::Few(few)
        } else {
            Members::Many(bits, count)
        }
    }

    /// A list in order, as an array of bits where it is long for how far it reaches.
    fn of_list(list: Vec<u32>) -> Members {
        let reach = list.last().map_or(0, |last| *last as usize + 1);
        if list.len() > SPARSE && list.len() * SPARSE > 2 * reach {
            let mut bits = FixedBitSet::with_capacity(reach);
            list.iter().for_each(|slot| bits.insert(*slot as usize));
            Members::Many(bits, list.len())
        } else {
            Members::Few(list)
        }
    }

    fn union(self, other: Members) -> Members {
        match (self, other) {
            (Members::Few(one), other) if one.is_empty() => other,
            (one, Members::Few(other)) if other.is_empty() => one,
            (Members::Few(mut one), Members::Few(two)) => {
                // Two runs, which the sort sees and merges.
                one.extend(two);
                one.sort();
                one.dedup();
                Members::of_list(one)
            }
            (Members::Many(mut bits, mut count), Members::Few(list))
            | (Members::Few(list), Members::Many(mut bits, mut count)) => {
                if let Some(last) = list.last() {
                    bits.grow(*last as usize + 1);
                }
                for slot in list {
                    count += usize::from(!bits.put(slot as usize));
                }
                Members::Many(bits, count)
            }
            (Members::Many(mut one, _), Members::Many(two, _)) => {
                one.union_with(&two);
                let count = one.count_ones(..);
                Members::Many(one, count)
            }
        }
    }

    fn intersection(self, other: Members) -> Members {
        match (self, other) {
            (Members::Many(mut one, _), Members::Many(two, _)) => {
                one.intersect_with(&two);
                Members::fitted(one)
            }
            (Members::Few(one), Members::Few(two)) => {
                let (mut short, long) = if one.len() <= two.len() {
                    (one, two)
                } else {
                    (two, one)
                };
                short.retain(|slot| long.binary_search(slot).is_ok());
                Members::Few(short)
            }
            (Members::Few(mut list), Members::Many(bits, _))
            | (Members::Many(bits, _), Members::Few(mut list)) => {
                list.retain(|slot| bits.contains(*slot as usize));
                Members::Few(list)
            }
        }
    }

    fn minus(self, other: &Members) -> Members {
        match (self, other) {
            (Members::Few(mut list), other) => {
                if other.len() > 0 {
                    list.retain(|slot| !other.contains(*slot));
                }
                Members::Few(list)
            }
            (Members::Many(mut bits, mut count), Members::Few(list)) => {
                for slot in list {
                    if bits.contains(*slot as usize) {
                        bits.set(*slot as usize, false);
                        count -= 1;
                    }
                }
                Members::Many(bits, count)
            }
            (Members::Many(mut one, _), Members::Many(two, _)) => {
                one.difference_with(two);
                Members::fitted(one)
            }
        }
    }
}

const BLOCK: usize = usize::BITS as usize;

/// The members of a set in order.
#[derive(Clone, Debug)]
pub(crate) enum Ones<'a> {
    Few(std::slice::Iter<'a, u32>),
    Many {
        /// What is left of the block at hand.
        block: usize,
        at: usize,
        blocks: &'a [usize],
    },
}

impl Iterator for Ones<'_> {
    type Item = u32;

    fn next(&mut self) -> Option<u32> {
        match self {
            Ones::Few(list) => list.next().copied(),
            Ones::Many { block, at, blocks } => {
                while *block == 0 {
                    *at += 1;
                    *block = *blocks.get(*at)?;
                }
                let slot = *at * BLOCK + block.trailing_zeros() as usize;
                *block &= *block - 1;
                u32::try_from(slot).ok()
            }
        }
    }
}

/// Collects slots in any order and any number of times.
#[derive(Debug)]
pub(crate) struct Gather {
    list: Vec<u32>,
    bits: FixedBitSet,
    /// How many slots the table has, as far as that is known.
    slots: usize,
}

impl Gather {
    pub(crate) fn new(slots: usize) -> Self {
        Gather {
            list: Vec::new(),
            bits: FixedBitSet::new(),
            slots,
        }
    }

    pub(crate) fn push(&mut self, slot: u32) {
        self.extend(&[slot]);
    }

    pub(crate) fn extend(&mut self, slots: &[u32]) {
        if self.bits.is_empty() {
            self.list.extend_from_slice(slots);
            // A list is worth sorting up to here; clearing an array of bits is cheaper for more.
            if self.list.len() > SPARSE.max(self.slots / SPARSE) && self.slots > 0 {
                self.bits.grow(self.slots);
                self.list
                    .drain(..)
                    .for_each(|slot| self.bits.grow_and_insert(slot as usize));
            }
        } else {
            for slot in slots {
                self.bits.grow_and_insert(*slot as usize);
            }
        }
    }

    pub(crate) fn finish(mut self) -> Slots {
        let members = if self.bits.is_empty() {
            sort_set(&mut self.list);
            Members::of_list(self.list)
        } else {
            Members::fitted(self.bits)
        };
        Slots {
            members,
            inverted: false,
        }
    }
}

/// Which slots a walk has met: a handful is searched, more are marked in bits.
#[derive(Debug)]
pub(crate) struct Marks {
    few: SmallVec<[u32; 16]>,
    bits: FixedBitSet,
    slots: usize,
}

impl Marks {
    pub(crate) fn new(slots: usize) -> Self {
        Marks {
            few: SmallVec::new(),
            bits: FixedBitSet::new(),
            slots,
        }
    }

    /// Marks the slot; false if it was marked.
    pub(crate) fn insert(&mut self, slot: u32) -> bool {
        if !self.bits.is_empty() {
            let at = slot as usize;
            self.bits.grow(at + 1);
            return !self.bits.put(at);
        }
        if self.few.contains(&slot) {
            return false;
        }
        self.few.push(slot);
        if self.few.len() == self.few.inline_size() {
            self.bits.grow(self.slots.max(1));
            self.few
                .drain(..)
                .for_each(|slot| self.bits.grow_and_insert(slot as usize));
        }
        true
    }

    pub(crate) fn contains(&self, slot: u32) -> bool {
        self.bits.contains(slot as usize) || self.few.contains(&slot)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    const ALL: u32 = 2000;

    /// A set, and what it should have.
    fn sets() -> impl Strategy<Value = (Slots, BTreeSet<u32>)> {
        let dense = prop::collection::vec(0..ALL, 0..1500);
        let sparse = prop::collection::vec(0..ALL, 0..8);
        let slots = prop_oneof![dense, sparse];
        (slots, any::<bool>(), any::<bool>()).prop_map(|(slots, inverted, known)| {
            let mut gather = Gather::new(if known { ALL as usize } else { 0 });
            slots.iter().for_each(|slot| gather.push(*slot));
            let set = gather.finish();
            let model: BTreeSet<u32> = slots.into_iter().collect();
            if inverted {
                (
                    set.inverse(),
                    (0..ALL).filter(|slot| !model.contains(slot)).collect(),
                )
            } else {
                (set, model)
            }
        })
    }

    fn check(set: &Slots, model: &BTreeSet<u32>) -> Result<(), TestCaseError> {
        prop_assert!((0..ALL).all(|slot| set.contains(slot) == model.contains(&slot)));
        prop_assert_eq!(set.len(ALL as usize), model.len());
        prop_assert!(!set.is_none() || model.is_empty());
        prop_assert!(!set.is_all() || model.len() == ALL as usize);
        if let Some(listed) = set.listed_from(77) {
            prop_assert!(listed.eq(model.range(77..).copied()));
        }
        let spelled: Vec<u32> = set.spelled().collect();
        prop_assert!(
            spelled.is_sorted()
                && spelled
                    .iter()
                    .all(|slot| set.contains(*slot) != set.inverted)
        );
        Ok(())
    }

    proptest! {
        #[test]
        fn the_algebra_is_that_of_the_standard_library((one, a) in sets(), (two, b) in sets(), (three, c) in sets()) {
            check(&one, &a)?;
            check(&one.clone().union(two.clone()), &(&a | &b))?;
            check(&one.clone().intersection(two.clone()), &(&a & &b))?;
            check(&one.clone().minus(two.clone()), &(&a - &b))?;
            check(&one.minus(two).union(three), &(&(&a - &b) | &c))?;
        }

        #[test]
        fn marks_tell_the_first_time(slots in prop::collection::vec(0..60_u32, 0..100)) {
            let (mut marks, mut model) = (Marks::new(20), BTreeSet::new());
            for slot in slots {
                prop_assert_eq!(marks.insert(slot), model.insert(slot));
                prop_assert!((0..60).all(|slot| marks.contains(slot) == model.contains(&slot)));
            }
        }
    }

    #[test]
    fn all_and_nothing_have_no_members() {
        assert!(Slots::none().is_none() && Slots::all().is_all());
        assert!(Slots::all().union(Slots::of([3])).is_all());
        assert!(Slots::all().intersection(Slots::none()).is_none());
        assert_eq!(Slots::all().minus(Slots::of([3])).len(10), 9);
    }
}
