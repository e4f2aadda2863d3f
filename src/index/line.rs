//! `Line`: the keys that cover what is at a group, compared all at once.

use std::sync::Arc;

use crate::index::cells::LONG;
use crate::index::keys::ONESELF;
use crate::index::list::List;
use crate::index::strip::Strip;
use crate::limit::limit;
use crate::store::{Pages, Shallow, Weight};

/// How many keys lie in one line.
pub(crate) const LENGTH: usize = limit(16, 3);

/// Fills the rest of a line. It is no scope's key.
pub(crate) const BLANK: u32 = ONESELF - 1;

/// The first keys of a group, in order, then [`BLANK`]; [`LONG`] is last where there are more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(align(64))]
pub(crate) struct Line([u32; LENGTH]);

/// The keys of a group that are not in its line.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) enum More {
    #[default]
    Nothing,
    /// In order, and greater than those in the line.
    Rest(Arc<[u32]>),
    /// The same, and the keys of `underlying` have to be searched.
    Search(Arc<[u32]>),
}

/// For each group the keys that cover what is at it, but for the platform's.
#[derive(Clone, Debug, Default)]
pub(crate) struct Lines {
    strips: Shallow<Strip, 64>,
    /// The same keys as they are.
    lines: Shallow<Line, 64>,
    more: Pages<More, 16>,
    /// Of how many groups keys have to be searched.
    searched: usize,
}

/// The line of a group whose scopes and labels, and those of all above, have no keys.
static EMPTY: Line = Line([BLANK; LENGTH]);

impl Default for Line {
    fn default() -> Self {
        EMPTY
    }
}

impl Line {
    /// Whether there are more keys than one look at the line sees.
    #[inline]
    pub(crate) fn is_long(&self) -> bool {
        self.0[LENGTH - 1] & LONG != 0
    }

    /// Whether the key is in the line, found out without a branch.
    #[inline]
    pub(crate) fn has(&self, key: u32) -> bool {
        has(&self.0, key)
    }

    /// Whether one of the keys is in one of three lines, found out without a branch.
    #[inline]
    pub(crate) fn any_has<const KEYS: usize>(lines: [&Line; 3], keys: [u32; KEYS]) -> bool {
        let [a, b, c] = lines.map(|line| line.0.iter());
        let places = a.zip(b).zip(c);
        let is = |place: &u32| keys.iter().fold(false, |is, key| is | (place == key));
        let is_here = |((a, b), c): ((&u32, &u32), &u32)| is(a) | is(b) | is(c);
        places.fold(0, |has, place| has | u32::from(is_here(place))) != 0
    }

    /// The keys in the line, in order.
    pub(crate) fn keys(&self) -> &[u32] {
        let filled = |key: &u32| *key != BLANK && *key != LONG;
        let count = self.0.iter().take_while(|key| filled(key)).count();
        self.0.get(..count).unwrap_or_default()
    }

    /// Whether one of the keys of the list is in the line.
    pub(crate) fn meets(&self, list: List<'_>) -> bool {
        match list.keys().len() {
            ..=LENGTH => list.keys().iter().any(|key| self.has(*key)),
            _ => self.keys().iter().any(|key| list.has(*key)),
        }
    }
}

impl Lines {
    /// Sets the keys of a group, which are in order; `complete` is false where the keys of `underlying` are not among them but have to be
    /// searched. Returns whether they were others before.
    pub(crate) fn set(&mut self, group: u32, keys: &[u32], complete: bool) -> bool {
        let (first, rest, fits) = split(keys, complete, LENGTH);
        let mut line = Line::default();
        let places = line.0.iter_mut().zip(first);
        places.for_each(|(place, key)| *place = *key);
        let more = match (fits, complete) {
            (true, _) => More::Nothing,
            (false, true) => More::Rest(rest.into()),
            (false, false) => More::Search(rest.into()),
        };
        if !fits {
            line.0[LENGTH - 1] = LONG;
        }
        let at = group as usize;
        let is_other = [*self.line(group) != line, *self.more(group) != more];
        if is_other[0] {
            self.lines.set(at, line);
        }
        if is_other[1] {
            self.searched += usize::from(more.is_search());
            self.searched -= usize::from(self.more(group).is_search());
            self.more.set(at, more);
        }
        let is_other = is_other.contains(&true);
        if is_other {
            self.strips.set(at, Strip::of(keys, complete));
        }
        is_other
    }

    pub(crate) fn line(&self, group: u32) -> &Line {
        self.lines.get(group as usize).unwrap_or(&EMPTY)
    }

    /// The strip of a group that there is.
    #[inline]
    pub(crate) fn strip(&self, group: u32) -> Option<&Strip> {
        self.strips.get(group as usize)
    }

    /// The line of a group that there is.
    #[inline]
    pub(crate) fn covered(&self, group: u32) -> Option<&Line> {
        self.lines.get(group as usize)
    }

    /// Has a line for all groups, of which there are so many slots.
    pub(crate) fn cover(&mut self, slots: usize) {
        self.lines.cover(slots);
        self.strips.cover(slots);
    }

    /// Whether keys of some group have to be searched.
    pub(crate) fn has_searched(&self) -> bool {
        self.searched > 0
    }

    pub(crate) fn more(&self, group: u32) -> &More {
        self.more.get(group as usize).unwrap_or(&More::Nothing)
    }

    /// Whether one of the keys covers what is at the group; `None` where that has to be searched.
    pub(crate) fn meets(&self, group: u32, list: List<'_>) -> Option<bool> {
        let line = self.line(group);
        match line.meets(list) {
            true => Some(true),
            false if line.is_long() => self.meets_further(group, list),
            false => Some(false),
        }
    }

    /// Whether one of the keys covers what is at the group and is not in its line; `None` where that has to be searched.
    fn meets_further(&self, group: u32, list: List<'_>) -> Option<bool> {
        match self.more(group) {
            More::Nothing => Some(false),
            More::Rest(rest) => Some(list.meets(List::of(rest))),
            More::Search(rest) => list.meets(List::of(rest)).then_some(true),
        }
    }
}

/// The first of the keys, and those that have no room among so many; and whether all have: otherwise one place is for the mark of that.
pub(crate) fn split(keys: &[u32], complete: bool, length: usize) -> (&[u32], &[u32], bool) {
    let fits = complete && keys.len() <= length;
    let room = length - usize::from(!fits);
    let (first, rest) = keys.split_at(keys.len().min(room));
    (first, rest, fits)
}

/// Whether the key is among these, found out without a branch.
#[inline]
pub(crate) fn has(keys: &[u32; LENGTH], key: u32) -> bool {
    let has = keys.iter();
    has.fold(0, |has, other| has | u32::from(*other == key)) != 0
}

impl More {
    /// Whether keys of `underlying` have to be searched.
    pub(crate) fn is_search(&self) -> bool {
        matches!(self, More::Search(_))
    }
}

impl Weight for More {
    fn heap(&self) -> usize {
        match self {
            More::Rest(rest) | More::Search(rest) => rest.heap(),
            More::Nothing => 0,
        }
    }
}

impl Weight for Lines {
    fn heap(&self) -> usize {
        self.strips.bytes() + self.lines.bytes() + self.more.heap()
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
            let mut lines = Lines::default();
            prop_assert_eq!(lines.set(7, &listed, true), !listed.is_empty());
            prop_assert!(!lines.set(7, &listed, true));
            let expected = asked.iter().any(|key| keys.contains(key));
            prop_assert_eq!(lines.meets(7, List::of(&asked)), Some(expected));
            prop_assert_eq!(lines.meets(6, List::of(&asked)), Some(false));
            let line = lines.line(7);
            prop_assert_eq!(line.is_long(), listed.len() > LENGTH);
            let rest: &[u32] = match lines.more(7) {
                More::Rest(rest) => rest,
                More::Nothing | More::Search(_) => &[],
            };
            prop_assert!(line.keys().iter().chain(rest).eq(listed.iter()));
            for key in 1..90 {
                prop_assert_eq!(line.has(key), line.keys().contains(&key));
                let lines = [&EMPTY, line, &EMPTY];
                prop_assert_eq!(Line::any_has(lines, [90, key]), line.has(key));
            }
        }
    }

    #[test]
    fn what_has_to_be_searched_is_not_answered() {
        let mut lines = Lines::default();
        assert!(lines.set(0, &[7], false));
        assert!(lines.line(0).is_long() && lines.line(0).has(7));
        assert_eq!(
            [[7], [8]].map(|keys| lines.meets(0, List::of(&keys))),
            [Some(true), None]
        );
        let many: Vec<u32> = (1..40).collect();
        assert!(lines.set(0, &many, false) && lines.has_searched());
        assert_eq!(
            [[39], [40]].map(|keys| lines.meets(0, List::of(&keys))),
            [Some(true), None]
        );
        assert!(lines.set(0, &[], true) && !lines.has_searched());
    }
}
