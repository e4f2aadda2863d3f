//! One asker, one target, every permission.

use fixedbitset::FixedBitSet;

use crate::facts::Facts;
use crate::id::{Target, User};
use crate::index::Index;
use crate::index::strip::{Half, Strip};
use crate::limit::limit;

impl Index {
    /// The permissions, by index, that the user holds at a user or a resource; `None` where that has to be worked out.
    ///
    /// A filter tells of most permissions that they are not, without a branch for each; the others are asked one by one.
    pub(crate) fn every(&self, facts: &Facts, user: User, target: Target) -> Option<FixedBitSet> {
        let (asker, covering) = self.resolve(facts, user, target).ok()?;
        let mut filter = Filter::default();
        for strip in covering.strips()? {
            filter.add(strip);
        }
        filter.add_key(covering.named());
        let candidates = self
            .rows
            .candidates(facts, user, asker, |key| filter.has(key))?;
        let mask = self.rows.deny_mask(facts, user, asker);
        let mut held = FixedBitSet::with_capacity(facts.catalog.permission_count());
        for permission in candidates.each() {
            let both = (asker, &covering);
            let is_allowed = self.allows(facts, user, permission, both).ok()?;
            let is_taken = || self.is_taken(facts, user, mask, &[permission], &covering);
            if is_allowed && !is_taken().ok()? {
                held.insert(permission as usize);
            }
        }
        Some(held)
    }
}

/// How many words a filter has.
const WORDS: usize = limit(64, 1);

/// Tells most keys that do not cover a target from those that may.
struct Filter([u64; WORDS]);

impl Default for Filter {
    fn default() -> Self {
        Filter([0; WORDS])
    }
}

impl Filter {
    /// Adds the keys of a strip that has all there are.
    fn add(&mut self, strip: &Strip<u16>) {
        self.add_half(strip.first());
        if strip.is_long() {
            self.add_half(strip.next());
        }
    }

    /// Adds the places that are not filled as well: a branch for each would take longer than what they let through.
    fn add_half(&mut self, half: &Half<u16>) {
        half.iter().for_each(|key| self.add_key(u32::from(*key)));
    }

    /// Adds a key, or the lower half of one.
    #[inline]
    fn add_key(&mut self, key: u32) {
        if let Some(word) = self.0.get_mut(key as usize / 64 % WORDS) {
            *word |= 1 << (key % 64);
        }
    }

    /// Whether such a key may cover the target, labels and what covers more than it names left out.
    #[inline]
    fn has(&self, key: u32) -> bool {
        let word = self.0.get(key as usize / 64 % WORDS);
        word.is_some_and(|word| word >> (key % 64) & 1 == 1)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_filter_has_all_keys_of_its_strips(
            parts in prop::collection::vec(prop::collection::btree_set(1_u32..70_000, 0..40), 1..4),
            other in 1_u32..70_000,
        ) {
            let mut filter = Filter::default();
            let mut added = Vec::new();
            for keys in &parts {
                let keys: Vec<u32> = keys.iter().copied().collect();
                let (strip, _) = Strip::of(&keys, true);
                filter.add(&strip);
                if !strip.has_more() {
                    added.extend(keys);
                }
            }
            filter.add_key(other);
            prop_assert!(added.iter().chain([&other]).all(|key| filter.has(*key)));
        }
    }

    #[test]
    fn a_filter_tells_most_keys() {
        let mut filter = Filter::default();
        let keys: Vec<u32> = (1..11).map(|key| key * 7).collect();
        filter.add(&Strip::of(&keys, true).0);
        let passing = (0..20_000).filter(|key| filter.has(*key)).count();
        assert!(
            passing <= 20_000 * (keys.len() + 2) / (64 * WORDS) + 64 * WORDS,
            "{passing}"
        );
    }
}
