//! `Lines`: for each group the keys that cover what is at it.

use std::sync::Arc;

use crate::index::list::List;
use crate::index::strip::Strip;
use crate::store::{Pages, Shallow, Weight};

/// The keys of a group that are not in its strip.
#[derive(Clone, Debug, Default, PartialEq)]
enum More {
    #[default]
    Nothing,
    /// In order, and greater than those in the strip.
    Rest(Arc<[u32]>),
    /// The same, and the keys of `underlying` have to be searched: those are none of these.
    Search {
        rest: Arc<[u32]>,
        /// Where the search begins: a group that has such a key itself, or several parents who have.
        from: u32,
    },
}

/// For each group the keys that cover what is at it, but for the platform's.
#[derive(Clone, Debug, Default)]
pub(crate) struct Lines {
    /// The lower halves of the keys.
    strips: Shallow<Strip<u16>, 64>,
    /// The keys as they are.
    whole: Shallow<Strip<u32>, 32>,
    more: Pages<More, 16>,
    /// For each group those of its keys that are of `this` and of labels, in order: groups below do not have these.
    beside: Pages<Option<Arc<[u32]>>, 16>,
    /// Of how many groups keys have to be searched.
    searched: usize,
}

/// The strip of a group whose scopes and labels, and those of all above, have no keys.
static EMPTY: Strip<u32> = Strip::EMPTY;

impl Lines {
    /// Sets the keys of a group, which are in order, and those of them that groups below do not have. Where the keys of `underlying` are not
    /// among them but have to be searched, it is said where that begins. Returns whether anything was different before.
    pub(crate) fn set(
        &mut self,
        group: u32,
        keys: &[u32],
        beside: &[u32],
        from: Option<u32>,
    ) -> bool {
        let complete = from.is_none();
        let (strip, rest) = Strip::of(keys, complete);
        let more = match from {
            Some(from) => More::Search {
                rest: rest.into(),
                from,
            },
            None if rest.is_empty() => More::Nothing,
            None => More::Rest(rest.into()),
        };
        let at = group as usize;
        let is_other = [
            *self.strip(group) != strip,
            *self.more(group) != more,
            self.beside(group) != beside,
        ];
        if is_other[0] {
            self.whole.set(at, strip);
        }
        if is_other[1] {
            self.searched += usize::from(more.is_search());
            self.searched -= usize::from(self.more(group).is_search());
            self.more.set(at, more);
        }
        if is_other[2] {
            let beside = (!beside.is_empty()).then(|| beside.into());
            self.beside.set(at, beside);
        }
        if is_other[0] || is_other[1] {
            let (strip, _) = Strip::of(keys, complete);
            self.strips.set(at, strip);
        }
        is_other.contains(&true)
    }

    fn strip(&self, group: u32) -> &Strip<u32> {
        self.whole.get(group as usize).unwrap_or(&EMPTY)
    }

    /// The lower halves of the keys of a group that there is.
    #[inline]
    pub(crate) fn lower(&self, group: u32) -> Option<&Strip<u16>> {
        self.strips.get(group as usize)
    }

    /// The keys of a group that there is.
    #[inline]
    pub(crate) fn whole(&self, group: u32) -> Option<&Strip<u32>> {
        self.whole.get(group as usize)
    }

    /// Has strips for all groups, of which there are so many slots.
    pub(crate) fn cover(&mut self, slots: usize) {
        self.whole.cover(slots);
        self.strips.cover(slots);
    }

    /// Whether keys of some group have to be searched.
    pub(crate) fn has_searched(&self) -> bool {
        self.searched > 0
    }

    fn more(&self, group: u32) -> &More {
        self.more.get(group as usize).unwrap_or(&More::Nothing)
    }

    /// Where the search for the keys of `underlying` begins, if they have to be searched.
    pub(crate) fn search(&self, group: u32) -> Option<u32> {
        let more = self.strip(group).has_more().then(|| self.more(group));
        match more {
            Some(More::Search { from, .. }) => Some(*from),
            Some(More::Rest(_) | More::Nothing) | None => None,
        }
    }

    /// The keys of a group that groups below do not have, in order.
    fn beside(&self, group: u32) -> &[u32] {
        let beside = self.beside.get(group as usize);
        beside.and_then(Option::as_deref).unwrap_or_default()
    }

    /// All keys of a group that have not to be searched, in three parts.
    pub(crate) fn parts(&self, group: u32) -> [&[u32]; 3] {
        let strip = self.strip(group);
        let [first, next] = strip.keys();
        let rest = match strip.has_more() {
            true => self.more(group).rest(),
            false => &[],
        };
        [first, next, rest]
    }

    /// Those that groups below have as well, where they have not to be searched.
    pub(crate) fn passed_on(&self, group: u32) -> impl Iterator<Item = u32> + '_ {
        let beside = self.beside(group);
        let parts = self.parts(group).into_iter().flatten();
        let passed_on = parts.filter(|key| beside.is_empty() || beside.binary_search(key).is_err());
        passed_on.copied()
    }

    /// Whether one of the keys covers what is at the group; `None` where that has to be searched.
    pub(crate) fn meets(&self, group: u32, list: List<'_>) -> Option<bool> {
        let strip = self.strip(group);
        if strip.meets(list) {
            return Some(true);
        }
        let more = match strip.has_more() {
            true => self.more(group),
            false => return Some(false),
        };
        match list.meets(List::of(more.rest())) {
            false if more.is_search() => None,
            has => Some(has),
        }
    }
}

impl More {
    /// Whether keys of `underlying` have to be searched.
    fn is_search(&self) -> bool {
        matches!(self, More::Search { .. })
    }

    /// The keys that have not to be searched.
    fn rest(&self) -> &[u32] {
        match self {
            More::Rest(rest) | More::Search { rest, .. } => rest,
            More::Nothing => &[],
        }
    }
}

impl Weight for More {
    fn heap(&self) -> usize {
        match self {
            More::Rest(rest) | More::Search { rest, .. } => rest.heap(),
            More::Nothing => 0,
        }
    }
}

impl Weight for Lines {
    fn heap(&self) -> usize {
        self.strips.bytes() + self.whole.bytes() + self.more.heap() + self.beside.heap()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_line_has_its_keys_and_no_others(
            keys in prop::collection::btree_set(1_u32..90, 0..60),
            asked in prop::collection::btree_set(1_u32..90, 0..60),
            nth in 2_u32..9,
        ) {
            let (listed, asked): (Vec<u32>, Vec<u32>) =
                (keys.iter().copied().collect(), asked.into_iter().collect());
            let (beside, passed_on): (Vec<u32>, Vec<u32>) = listed.iter().partition(|key| *key % nth == 0);
            let mut lines = Lines::default();
            prop_assert_eq!(lines.set(7, &listed, &beside, None), !listed.is_empty());
            prop_assert!(!lines.set(7, &listed, &beside, None));
            let expected = asked.iter().any(|key| keys.contains(key));
            prop_assert_eq!(lines.meets(7, List::of(&asked)), Some(expected));
            prop_assert_eq!(lines.meets(6, List::of(&asked)), Some(false));
            prop_assert_eq!(lines.parts(7).concat(), listed.clone());
            prop_assert!(lines.passed_on(7).eq(passed_on));
            prop_assert_eq!(lines.set(7, &listed, &[], None), !beside.is_empty());
            prop_assert!(lines.passed_on(7).eq(listed));
        }
    }

    #[test]
    fn what_has_to_be_searched_is_not_answered() {
        let mut lines = Lines::default();
        assert!(lines.set(0, &[7], &[7], Some(0)));
        assert_eq!(
            [[7], [8]].map(|keys| lines.meets(0, List::of(&keys))),
            [Some(true), None]
        );
        let many: Vec<u32> = (1..40).collect();
        assert!(lines.set(0, &many, &many, Some(0)) && lines.has_searched());
        assert!(lines.set(0, &many, &many, Some(3)) && !lines.set(0, &many, &many, Some(3)));
        assert_eq!(
            [[39], [40]].map(|keys| lines.meets(0, List::of(&keys))),
            [Some(true), None]
        );
        assert!(lines.set(0, &[], &[], None) && !lines.has_searched());
    }
}
