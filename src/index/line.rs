//! `Line`: the keys that cover what is at a group, compared all at once.

use std::sync::Arc;

use crate::index::cells::LONG;
use crate::index::keys::ONESELF;
use crate::store::Weight;

/// How many keys lie in one line.
const LENGTH: usize = 16;

/// Fills the rest of a line. It is no scope's key.
pub(crate) const BLANK: u32 = ONESELF - 1;

/// The keys that cover what is at a group, but for the platform's.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Line {
    /// The first keys, in order, then [`BLANK`]; [`LONG`] is last where there are more.
    keys: [u32; LENGTH],
    more: More,
}

/// The keys that are not in the line.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) enum More {
    #[default]
    Nothing,
    /// In order, and greater than those in the line.
    Rest(Arc<[u32]>),
    /// The keys of `underlying` have to be searched.
    Search,
}

impl Default for Line {
    fn default() -> Self {
        Line {
            keys: [BLANK; LENGTH],
            more: More::Nothing,
        }
    }
}

impl Line {
    /// The keys are in order; `complete` is false where the keys of `underlying` are not among them but have to be searched.
    pub(crate) fn of(keys: &[u32], complete: bool) -> Line {
        let fits = complete && keys.len() <= LENGTH;
        let (first, rest) = keys.split_at(keys.len().min(if fits { LENGTH } else { LENGTH - 1 }));
        let mut line = Line::default();
        line.keys
            .iter_mut()
            .zip(first)
            .for_each(|(place, key)| *place = *key);
        if !fits {
            line.keys[LENGTH - 1] = LONG;
            // Of keys that are searched only those are listed that the place itself has: there are few.
            line.more = match complete {
                true => More::Rest(rest.into()),
                false => More::Search,
            };
        }
        line
    }

    /// Whether there are more keys than one look at the line sees.
    #[inline]
    pub(crate) fn is_long(&self) -> bool {
        self.keys[LENGTH - 1] & LONG != 0
    }

    /// Whether the key is in the line, found out without a branch.
    #[inline]
    pub(crate) fn has(&self, key: u32) -> bool {
        let has = self.keys.iter();
        has.fold(0, |has, other| has | u32::from(*other == key)) != 0
    }

    /// The keys in the line, in order.
    pub(crate) fn first(&self) -> &[u32] {
        let filled = |key: &u32| *key != BLANK && *key != LONG;
        let count = self.keys.iter().take_while(|key| filled(key)).count();
        self.keys.get(..count).unwrap_or_default()
    }

    pub(crate) fn more(&self) -> &More {
        &self.more
    }

    /// Whether one of the keys, in order, covers what is here; `None` where that has to be searched.
    pub(crate) fn meets(&self, keys: &[u32]) -> Option<bool> {
        let found = if keys.len() <= LENGTH {
            keys.iter().any(|key| self.has(*key))
        } else {
            meet(self.first(), keys)
        };
        if found {
            return Some(true);
        }
        self.meets_further(keys)
    }

    /// Whether one of the keys, in order, covers what is here and is not in the line; `None` where that has to be searched.
    #[inline]
    pub(crate) fn meets_further(&self, keys: &[u32]) -> Option<bool> {
        match &self.more {
            More::Nothing => Some(false),
            More::Rest(rest) => Some(meet(rest, keys)),
            More::Search => None,
        }
    }
}

/// Whether two lists, each in order, have a key in common.
pub(crate) fn meet(one: &[u32], two: &[u32]) -> bool {
    let (short, long) = if one.len() < two.len() {
        (one, two)
    } else {
        (two, one)
    };
    short.iter().any(|key| long.binary_search(key).is_ok())
}

impl Weight for Line {
    fn heap(&self) -> usize {
        match &self.more {
            More::Rest(rest) => rest.heap(),
            More::Nothing | More::Search => 0,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_line_has_its_keys_and_no_others(
            keys in prop::collection::btree_set(1_u32..90, 0..40),
            asked in prop::collection::btree_set(1_u32..90, 0..40),
        ) {
            let (listed, asked): (Vec<u32>, Vec<u32>) =
                (keys.iter().copied().collect(), asked.into_iter().collect());
            let line = Line::of(&listed, true);
            let expected = asked.iter().any(|key| keys.contains(key));
            prop_assert_eq!(line.meets(&asked), Some(expected));
            prop_assert_eq!(line.is_long(), listed.len() > LENGTH);
            let rest: &[u32] = match line.more() {
                More::Rest(rest) => rest,
                More::Nothing | More::Search => &[],
            };
            prop_assert!(line.first().iter().chain(rest).eq(listed.iter()));
            for key in 1..90 {
                prop_assert_eq!(line.has(key), line.first().contains(&key));
            }
        }
    }

    #[test]
    fn what_has_to_be_searched_is_not_answered() {
        let line = Line::of(&[7], false);
        assert!(line.is_long() && line.has(7));
        assert_eq!((line.meets(&[7]), line.meets(&[8])), (Some(true), None));
    }
}
