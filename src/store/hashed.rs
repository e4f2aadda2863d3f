//! `Hashed`: a map from numbers to small values in one open table, shared copy-on-write.

use crate::limit::limit;
use crate::store::flat::Flat;

/// How many entries are copied where one changes: four of them lie in a cache line.
const PAGE: usize = limit(16, 2);

/// The length of the shortest table there is.
const SHORTEST: usize = limit(16, 4);

/// No number in the map is this.
const NOBODY: u32 = u32::MAX;

/// A number with its value.
#[derive(Clone, Copy, Debug)]
#[repr(align(16))]
struct Entry<V> {
    number: u32,
    value: V,
}

impl<V: Default> Default for Entry<V> {
    fn default() -> Self {
        Entry {
            number: NOBODY,
            value: V::default(),
        }
    }
}

/// A map for what few of very many numbers have, found with one look at memory: at most half of the places are taken, so an entry is mostly in
/// the cache line where it would be alone.
///
/// When half are taken, all entries go into a table of twice the length; it never gets shorter.
#[derive(Clone, Debug)]
pub(crate) struct Hashed<V> {
    /// As many as a power of two, or none.
    entries: Flat<Entry<V>, PAGE>,
    taken: usize,
}

impl<V> Default for Hashed<V> {
    fn default() -> Self {
        Hashed {
            entries: Flat::default(),
            taken: 0,
        }
    }
}

impl<V: Copy + Default + PartialEq> Hashed<V> {
    /// The place where an entry would be alone. Numbers that lie side by side or at equal distances are strewn all over.
    #[inline(always)]
    fn home(&self, number: u32) -> usize {
        // The finalizer of MurmurHash3.
        let mut mixed = number ^ (number >> 16);
        mixed = mixed.wrapping_mul(0x85eb_ca6b);
        mixed = (mixed ^ (mixed >> 13)).wrapping_mul(0xc2b2_ae35);
        (mixed ^ (mixed >> 16)) as usize & self.entries.len().wrapping_sub(1)
    }

    #[inline(always)]
    fn after(&self, at: usize) -> usize {
        (at + 1) & (self.entries.len() - 1)
    }

    /// Where the number is, or the free place where it would be; the table has one.
    fn find(&self, number: u32) -> (usize, Option<V>) {
        let mut at = self.home(number);
        loop {
            match self.entries.get(at) {
                Some(entry) if entry.number == number => return (at, Some(entry.value)),
                Some(entry) if entry.number != NOBODY => at = self.after(at),
                Some(_) | None => return (at, None),
            }
        }
    }

    /// The value that the number has, if it has one. Only what is laid out is looked at, so that little code is in the way: `None` where
    /// that does not tell; see [`Flat::look`].
    #[inline(always)]
    pub(crate) fn look(&self, number: u32) -> Option<Option<V>> {
        if self.taken == 0 {
            return Some(None);
        }
        let mut at = self.home(number);
        loop {
            match self.entries.look::<true>(at)? {
                entry if entry.number == number => return Some(Some(entry.value)),
                entry if entry.number == NOBODY => return Some(None),
                _ => at = self.after(at),
            }
        }
    }

    /// Gives the number a value, another or none.
    pub(crate) fn set(&mut self, number: u32, value: Option<V>) {
        let (at, old) = self.find(number);
        match (old, value) {
            (None, None) => {}
            (Some(old), Some(value)) if old == value => {}
            (Some(_), Some(value)) => self.put(at, number, value),
            (None, Some(value)) => {
                self.taken += 1;
                if self.taken * 2 > self.entries.len() {
                    self.grow();
                }
                self.put(self.find(number).0, number, value);
            }
            (Some(_), None) => {
                self.taken -= 1;
                self.close(at);
            }
        }
    }

    fn put(&mut self, at: usize, number: u32, value: V) {
        self.entries.set(at, Entry { number, value });
    }

    /// Frees a place. What lies behind it and could not have its home moves up, so that it is still found.
    fn close(&mut self, mut free: usize) {
        let length = self.entries.len();
        let mut at = self.after(free);
        while let Some(entry) = self.entries.get(at).copied()
            && entry.number != NOBODY
        {
            let home = self.home(entry.number);
            let from_home = |place: usize| place.wrapping_sub(home) & (length - 1);
            if from_home(free) < from_home(at) {
                self.put(free, entry.number, entry.value);
                free = at;
            }
            at = self.after(at);
        }
        self.entries.set(free, Entry::default());
    }

    fn grow(&mut self) {
        let old = std::mem::take(&mut self.entries);
        self.entries.cover((2 * old.len()).max(SHORTEST));
        for entry in old.iter_from(0).filter(|entry| entry.number != NOBODY) {
            self.put(self.find(entry.number).0, entry.number, entry.value);
        }
        self.settle();
    }

    /// After an edit: see [`Flat::settle`].
    pub(crate) fn settle(&mut self) {
        self.entries.settle();
    }
}

impl<V> Hashed<V> {
    /// The bytes it takes up.
    pub(crate) fn bytes(&self) -> usize {
        self.entries.bytes()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// Whatever comes and goes, and however many numbers have one home: it is a map, and clones keep what they had.
        #[test]
        fn it_is_a_map(
            steps in prop::collection::vec((0_u32..60, prop::option::of(1_u32..9), 0..9), 1..300),
            stride in prop::sample::select(vec![1_u32, 32, 1 << 16, 0x1_0001]),
        ) {
            let (mut map, mut model) = (Hashed::default(), BTreeMap::new());
            let mut kept = Vec::new();
            for (number, value, step) in steps {
                map.set(number * stride, value);
                match value {
                    Some(value) => drop(model.insert(number, value)),
                    None => drop(model.remove(&number)),
                }
                match step {
                    0 => map.settle(),
                    1 => kept.push((map.clone(), model.clone())),
                    _ => {}
                }
                prop_assert_eq!(map.taken, model.len());
                prop_assert!(map.taken * 2 <= map.entries.len());
            }
            kept.push((map, model));
            for (map, model) in kept {
                for number in 0..61 {
                    let expected = model.get(&number).copied();
                    prop_assert_eq!(map.find(number * stride).1, expected);
                    prop_assert!(map.look(number * stride).is_none_or(|told| told == expected));
                }
            }
        }
    }

    /// One of so many users who follow one another has something: each is found within few places.
    #[test]
    fn numbers_at_equal_distances_are_strewn() {
        for stride in [1, 2, 64, 181, 722, 1_023, 1_024, 1_932] {
            for count in [64, 1_000, 10_000] {
                let mut map: Hashed<u32> = Hashed::default();
                (0..count).for_each(|nth| map.set(nth * stride, Some(nth)));
                let steps = |nth: u32| {
                    let (home, (at, _)) = (map.home(nth * stride), map.find(nth * stride));
                    at.wrapping_sub(home) & (map.entries.len() - 1)
                };
                let all: usize = (0..count).map(steps).sum();
                let longest = (0..count).map(steps).max().unwrap();
                assert!(
                    all <= 2 * count as usize && longest <= 60,
                    "{stride} {count}: {all} {longest}"
                );
            }
        }
    }

    #[test]
    fn an_entry_is_short() {
        assert_eq!(size_of::<Entry<[u32; 3]>>(), 16);
    }
}
