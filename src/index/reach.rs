//! `Reach`: what each group is allowed with all above, a word for each permission, where the hot loop reads it.

use std::ops::BitOrAssign;
use std::sync::Arc;

use rustc_hash::FxHashSet as HashSet;
use smallvec::SmallVec;

use crate::facts::Facts;
use crate::index::MANY;
use crate::index::cells::{Cells, bit, each};
use crate::index::keys::{LABEL, PLATFORM};
use crate::index::list::List;
use crate::index::spread::spread;
use crate::index::word::{Beyond, ROOM, Word, filled};
use crate::limit::limit;
use crate::store::{Pages, Shallow, Weight};

/// How many permissions lie side by side: a change of one copies the words of its neighbours too.
const WIDTH: usize = limit(32, 2);

/// Of how many groups the words lie side by side.
const PAGE: usize = limit(16, 2);

/// Of how many groups it lies side by side whether they have words.
const HELD: usize = limit(256, 2);

/// The permissions from here on have no words: with many of them a word for each would take too much memory.
pub(crate) const FAR: usize = limit(128, 2);

/// For each group a word for each permission, in blocks of so many permissions.
///
/// A group that adds nothing to what its parents pass on has their word, and with it their list, so a chain of a million groups of which
/// three have something stores three lists at the most. A word from which a search begins is passed on in the same way, so a search goes
/// from one group that has something, or several parents who have, to the next.
#[derive(Clone, Debug)]
pub(crate) struct Reach {
    blocks: Arc<[Block]>,
    /// For each group the lists of the permissions of which its word is [`Beyond::List`] with the group itself.
    lists: Pages<Option<Arc<Cells>>, 16>,
    /// How many keys the lists of a group may have together. Lists for which there is no room are searched in the groups above.
    limit: usize,
    /// For each group a bit for each permission that may be denied there, see [`Cells::mask`].
    deny_masks: Shallow<u64, 64>,
}

/// The words of permissions that lie side by side.
#[derive(Clone, Debug, Default)]
pub(crate) struct Block {
    everyone: Side,
    groups: Shallow<Side, PAGE>,
    /// For each group a bit for each of its words that is not nothing.
    held: Shallow<u32, HELD>,
}

/// The words of one group in a block.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(align(64))]
struct Side([Word; WIDTH]);

/// Some of the permissions that have words.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Near(u128);

impl Near {
    /// Adds the permission, if it has words.
    fn add(&mut self, permission: u32) {
        if (permission as usize) < FAR {
            self.0 |= 1 << permission;
        }
    }

    fn has(self, permission: u32) -> bool {
        (permission as usize) < FAR && self.0 >> permission & 1 == 1
    }

    /// Those of a block: a bit for each of its words.
    fn within(self, block: usize) -> u32 {
        let bits = self.0 >> (block * WIDTH) & ((1 << WIDTH) - 1);
        bits as u32
    }

    /// All of them, in order.
    pub(crate) fn each(self) -> impl Iterator<Item = u32> {
        let (low, high) = (self.0 as u64, (self.0 >> 64) as u64);
        each(low).chain(each(high).map(|at| 64 + at))
    }
}

impl BitOrAssign for Near {
    fn bitor_assign(&mut self, other: Self) {
        self.0 |= other.0;
    }
}

/// The lists, by group and permission, that are others than they were.
type Turned = HashSet<(u32, u32)>;

/// What follows for a group.
#[derive(Debug, Default)]
struct Joined {
    /// The words that are others than they were.
    words: SmallVec<[(u32, Word); 4]>,
    /// The lists that it has, as pairs of permission and key.
    lists: Vec<(u32, u32)>,
    /// The permissions of which its own lists are others than they were.
    turned: Near,
    /// The permissions of which it holds something else than it did.
    changed: Near,
}

impl Reach {
    /// Of a catalog with so many permissions, where nobody holds anything.
    pub(crate) fn new(permissions: usize, limit: usize) -> Self {
        let blocks = permissions.min(FAR).div_ceil(WIDTH);
        Reach {
            blocks: (0..blocks).map(|_| Block::default()).collect(),
            lists: Pages::default(),
            limit,
            deny_masks: Shallow::default(),
        }
    }

    /// Has words for all groups, of which there are so many slots.
    pub(crate) fn cover(&mut self, slots: usize) {
        let Some(last) = slots.checked_sub(1) else {
            return;
        };
        let mut blocks = self.blocks.iter();
        if blocks.any(|block| block.groups.get(last).is_none()) {
            for block in Arc::make_mut(&mut self.blocks) {
                block.groups.cover(slots);
                block.held.cover(slots);
            }
        }
    }

    fn set_word(&mut self, group: u32, permission: u32, word: Word) {
        let blocks = Arc::make_mut(&mut self.blocks);
        if let Some(block) = blocks.get_mut(permission as usize / WIDTH) {
            block.set_word(group as usize, permission as usize % WIDTH, word);
        }
    }

    /// All permissions that have words.
    fn every(&self) -> Near {
        let unused = u128::BITS as usize - self.blocks.len() * WIDTH;
        Near(u128::MAX.checked_shr(unused as u32).unwrap_or_default())
    }

    /// Brings the words up to date after these groups, by index, got or lost parents or something of their own, which is in the cells.
    /// Returns the groups that hold something else now, some of them twice; of what has to be searched nobody is told.
    pub(crate) fn refresh<'a>(
        &mut self,
        facts: &Facts,
        own: impl Fn(u32) -> Option<&'a Cells>,
        groups: &[u32],
    ) -> Vec<u32> {
        let mut turned = Turned::default();
        spread(facts, groups, self.every(), |group, permissions| {
            let joined = self.join(facts, own(group), group, permissions, &turned);
            if joined.changed == Near::default() {
                return None;
            }
            for (permission, word) in joined.words {
                self.set_word(group, permission, word);
            }
            if joined.turned != Near::default() {
                let pairs = joined.turned.each().map(|permission| (group, permission));
                turned.extend(pairs);
                self.set_lists(group, permissions, &joined.lists);
            }
            Some(joined.changed)
        })
    }

    /// What follows for a group, of these permissions, from its own and from its parents' words.
    fn join(
        &self,
        facts: &Facts,
        own: Option<&Cells>,
        group: u32,
        permissions: Near,
        turned: &Turned,
    ) -> Joined {
        let parents = facts.parent_indices(group);
        let (mut joined, mut had_lists) = (Joined::default(), false);
        let own_list = Word::beyond(Beyond::List(group));
        // Each permission with its word as it was and as it is now.
        let mut words: SmallVec<[(u32, Word, Word); 32]> = SmallVec::new();
        for (nth, block) in self.blocks.iter().enumerate() {
            let wanted = permissions.within(nth);
            if wanted == 0 {
                continue;
            }
            let side = |group: &u32| block.groups.get(*group as usize);
            let old = side(&group).copied().unwrap_or_default();
            let above: SmallVec<[&Side; 4]> = parents.iter().filter_map(side).collect();
            let olds = ((nth * WIDTH) as u32..).zip(old.0).enumerate();
            for (at, (permission, old)) in olds.filter(|(at, _)| wanted >> at & 1 == 1) {
                let above = above.iter().filter_map(|side| side.0.get(at).copied());
                let own = own.map_or(List::default(), |own| own.of(permission));
                let mut keys = SmallVec::new();
                let new = self.join_one(group, permission, own, above, &mut keys);
                if new == own_list {
                    let keys = keys.iter();
                    joined.lists.extend(keys.map(|key| (permission, *key)));
                }
                words.push((permission, old, new));
            }
        }
        if !joined.lists.is_empty() && joined.lists.len() > self.room(group, permissions) {
            joined.lists.clear();
            let lists = words.iter_mut().filter(|(.., new)| *new == own_list);
            lists.for_each(|(.., new)| *new = Word::beyond(Beyond::Search(group)));
        }
        for (permission, old, new) in words {
            had_lists |= old == own_list;
            if new != old {
                joined.words.push((permission, new));
                joined.changed.add(permission);
            } else if !turned.is_empty()
                && let Some(Beyond::List(from)) = new.stands_for()
                && turned.contains(&(from, permission))
            {
                joined.changed.add(permission);
            }
        }
        if had_lists || !joined.lists.is_empty() {
            joined.turned = self.turns(group, permissions, &joined.lists);
            joined.changed |= joined.turned;
        }
        joined
    }

    /// The word that follows from what a group has itself and from its parents' words. Where it is a list of its own, the keys are that.
    fn join_one(
        &self,
        group: u32,
        permission: u32,
        own: List<'_>,
        above: impl Iterator<Item = Word>,
        keys: &mut SmallVec<[u32; 16]>,
    ) -> Word {
        let mut parts: SmallVec<[Word; 4]> = SmallVec::new();
        for word in above {
            if word != Word::NOTHING && !parts.contains(&word) {
                parts.push(word);
            }
        }
        if own.is_empty() && parts.len() <= 1 {
            return parts.first().copied().unwrap_or_default();
        }
        keys.extend_from_slice(own.keys());
        for word in &parts {
            let mut room = [0; ROOM];
            match self.list(*word, permission, &mut room) {
                Some(list) => keys.extend_from_slice(list.keys()),
                None => return Word::beyond(Beyond::Search(group)),
            }
        }
        keys.sort_unstable();
        keys.dedup();
        if let Some(word) = Word::of(keys) {
            return word;
        }
        let is_all = |word: &&Word| {
            let list = self.listed(**word, permission);
            list.is_some_and(|list| list.keys().len() == keys.len())
        };
        match parts.iter().find(is_all) {
            Some(word) => *word,
            None => Word::beyond(Beyond::List(group)),
        }
    }

    /// How many keys more the lists of a group may have, those of these permissions left out.
    fn room(&self, group: u32, permissions: Near) -> usize {
        let lists = self.lists.get(group as usize).and_then(Option::as_ref);
        let lists = lists.into_iter().flat_map(|lists| lists.iter());
        let others = lists.filter(|(permission, _)| !permissions.has(*permission));
        let taken: usize = others.map(|(_, keys)| keys.len()).sum();
        self.limit.saturating_sub(taken)
    }

    /// Of which of the permissions a group has other lists than these pairs.
    fn turns(&self, group: u32, permissions: Near, lists: &[(u32, u32)]) -> Near {
        let old = self.lists.get(group as usize).and_then(Option::as_ref);
        let mut turned = Near::default();
        for list in lists.chunk_by(|one, two| one.0 == two.0) {
            let permission = list.first().map_or(0, |pair| pair.0);
            let old = old.map_or(List::default(), |old| old.of(permission));
            if !old.keys().iter().eq(list.iter().map(|(_, key)| key)) {
                turned.add(permission);
            }
        }
        let old = old.into_iter().flat_map(|old| old.iter());
        for (permission, _) in old.filter(|(permission, _)| permissions.has(*permission)) {
            if lists
                .binary_search_by_key(&permission, |pair| pair.0)
                .is_err()
            {
                turned.add(permission);
            }
        }
        turned
    }

    /// Sets the lists that a group has of these permissions.
    fn set_lists(&mut self, group: u32, permissions: Near, lists: &[(u32, u32)]) {
        let old = self.lists.get(group as usize).and_then(Option::as_ref);
        let old = old.into_iter().flat_map(|old| old.pairs());
        let kept = old.filter(|(permission, _)| !permissions.has(*permission));
        let mut pairs: Vec<(u32, u32)> = kept.chain(lists.iter().copied()).collect();
        pairs.sort_unstable();
        let cells = (!pairs.is_empty()).then(|| Arc::new(Cells::of_pairs(&pairs)));
        self.lists.set(group as usize, cells);
    }

    /// Sets what may be denied to a group, with all above, see [`Cells::mask`].
    pub(crate) fn set_deny_mask(&mut self, group: u32, mask: u64) {
        if self.deny_mask(group) != mask {
            self.deny_masks.set(group as usize, mask);
        }
    }

    /// A bit for each permission that may be denied to a group, with all above.
    pub(crate) fn deny_mask(&self, group: u32) -> u64 {
        let mask = self.deny_masks.get(group as usize);
        mask.copied().unwrap_or_default()
    }

    /// Each permission that has a word in which a group holds something, with all above, and that word.
    pub(crate) fn words(&self, group: u32) -> impl Iterator<Item = (u32, Word)> + '_ {
        let blocks = self.blocks.iter();
        let sides = blocks.map(move |block| block.groups.get(group as usize));
        let words = sides.flat_map(|side| side.copied().unwrap_or_default().0);
        (0..).zip(words).filter(|(_, word)| *word != Word::NOTHING)
    }

    /// A [`bit`] for each permission with words that is allowed to a group somewhere, with all above.
    pub(crate) fn allow_mask(&self, group: u32) -> u64 {
        let held = self.words(group).map(|(permission, _)| bit(permission));
        held.fold(0, |mask, bit| mask | bit)
    }

    /// The keys, in order, of a word that stands for a list; `None` where they have to be searched.
    pub(crate) fn listed(&self, word: Word, permission: u32) -> Option<List<'_>> {
        match word.stands_for()? {
            Beyond::List(group) => {
                let lists = self.lists.get(group as usize)?.as_ref()?;
                Some(lists.of(permission))
            }
            Beyond::Search(_) => None,
        }
    }

    /// The keys, in order, of a word of a permission, in the room where they are in the word itself; `None` where they have to be searched.
    #[inline]
    pub(crate) fn list<'a>(
        &'a self,
        word: Word,
        permission: u32,
        room: &'a mut [u32; ROOM],
    ) -> Option<List<'a>> {
        if word.is_list() {
            return self.listed(word, permission);
        }
        *room = word.keys();
        Some(List::of(filled(room)))
    }

    pub(crate) fn set_everyone(&mut self, cells: &Cells) {
        let blocks = Arc::make_mut(&mut self.blocks).iter_mut();
        let words = blocks.flat_map(|block| &mut block.everyone.0);
        for (permission, word) in (0..).zip(words) {
            *word = Word::beside(cells.of(permission).keys());
        }
    }

    /// Hands over each permission that one of the groups holds with all above, or that is in others' cells, with the keys of each in turn:
    /// in the order of permissions. `None` where keys have to be searched.
    pub(crate) fn each(
        &self,
        groups: &[u32],
        others: &[&Cells],
        mut found: impl FnMut(u32, &[u32]),
    ) -> Option<()> {
        let mut permissions = 0..;
        for block in &*self.blocks {
            let words = groups.iter().map(|group| block.groups.get(*group as usize));
            let words: SmallVec<[&Side; MANY]> = words.collect::<Option<_>>()?;
            for (at, permission) in (0..WIDTH).zip(&mut permissions) {
                for side in &words {
                    match side.0.get(at).copied().unwrap_or_default() {
                        Word::NOTHING => {}
                        word => {
                            let mut room = [0; ROOM];
                            let list = self.list(word, permission, &mut room)?;
                            found(permission, list.keys());
                        }
                    }
                }
                for cells in others {
                    match cells.of(permission).keys() {
                        [] => {}
                        keys => found(permission, keys),
                    }
                }
            }
        }
        Some(())
    }

    /// The permissions that one of the groups holds with all above, or that is in others' cells, where a key may cover what is asked about.
    /// Keys of labels, and those that cover more than they name, always may.
    pub(crate) fn candidates(
        &self,
        groups: &[u32],
        others: &[&Cells],
        may_cover: impl Fn(u32) -> bool,
    ) -> Option<Near> {
        let is_candidate = |key: &u32| *key == PLATFORM || *key & LABEL != 0 || may_cover(*key);
        let mut found = Near::default();
        for (nth, block) in self.blocks.iter().enumerate() {
            let mut bits = 0;
            for group in groups {
                let side = block.groups.get(*group as usize)?;
                for at in each(block.held(*group)?.into()) {
                    let word = side.0.get(at as usize)?;
                    let mut room = [0; ROOM];
                    let list = self.list(*word, (nth * WIDTH) as u32 + at, &mut room)?;
                    let is_found = list.keys().iter().any(is_candidate);
                    bits |= u128::from(is_found) << at;
                }
            }
            found.0 |= bits << (nth * WIDTH);
        }
        for (permission, keys) in others.iter().flat_map(|cells| cells.iter()) {
            if keys.iter().any(is_candidate) {
                found.add(permission);
            }
        }
        Some(found)
    }

    /// Whether there are words for all permissions of a catalog with so many.
    pub(crate) fn is_whole(permissions: usize) -> bool {
        permissions <= FAR
    }

    /// The words of the permission and its neighbours.
    #[inline]
    pub(crate) fn block(&self, permission: u32) -> Option<&Block> {
        self.blocks.get(permission as usize / WIDTH)
    }
}

/// Those of the pairs of a subject that no words tell.
pub(crate) fn far(cells: &Cells) -> Cells {
    let pairs = cells.pairs();
    let pairs: Vec<_> = pairs
        .filter(|(permission, _)| *permission as usize >= FAR)
        .collect();
    Cells::of_pairs(&pairs)
}

impl Block {
    fn set_word(&mut self, group: usize, at: usize, word: Word) {
        let side = self.groups.get_mut(group);
        if let Some(place) = side.and_then(|side| side.0.get_mut(at)) {
            *place = word;
        }
        let (bit, is_held) = (1 << at, word != Word::NOTHING);
        if let Some(held) = self.held.get(group).copied()
            && (held & bit != 0) != is_held
        {
            self.held.set(group, held ^ bit);
        }
    }

    /// A bit for each permission of which a group that there is holds something.
    #[inline]
    fn held(&self, group: u32) -> Option<u32> {
        self.held.get(group as usize).copied()
    }

    /// Whether a group that there is holds something of the permission.
    #[inline]
    pub(crate) fn has(&self, group: u32, permission: u32) -> Option<bool> {
        let held = self.held(group)?;
        Some(held >> (permission as usize % WIDTH) & 1 == 1)
    }

    /// The word of a group that there is.
    #[inline]
    pub(crate) fn word(&self, group: u32, permission: u32) -> Option<&Word> {
        let side = self.groups.get(group as usize)?;
        side.0.get(permission as usize % WIDTH)
    }

    /// The word of everyone.
    #[inline]
    pub(crate) fn everyone(&self, permission: u32) -> Word {
        let word = self.everyone.0.get(permission as usize % WIDTH);
        word.copied().unwrap_or_default()
    }
}

impl Weight for Reach {
    fn heap(&self) -> usize {
        let blocks = self.blocks.iter();
        let blocks = blocks.map(|block| block.groups.bytes() + block.held.bytes());
        size_of_val(&*self.blocks)
            + blocks.sum::<usize>()
            + self.lists.heap()
            + self.deny_masks.bytes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::Catalog;

    #[test]
    fn each_permission_has_its_word() {
        let far = u32::try_from(FAR).unwrap();
        let mut facts = Facts::new(Catalog::builder().build().unwrap(), 0);
        for name in '0'..='9' {
            facts.add_group(&name.to_string(), 0).unwrap();
        }
        let mut reach = Reach::new(140, 6);
        let permissions = [0, 31, 32, 62, 63, 64, 127, 128, 139];
        let mut pairs: Vec<(u32, u32)> = permissions
            .map(|permission| (permission, permission + 1))
            .into();
        pairs.extend([(5, PLATFORM), (33, 7), (33, 8), (70, 7), (70, 8)]);
        pairs.extend((0..4).map(|key| (1, 10 + key)));
        pairs.sort_unstable();
        let cells = Cells::of_pairs(&pairs);
        let many: Vec<(u32, u32)> = (1..9).map(|key| (0, key)).collect();
        let many = Cells::of_pairs(&many);
        let own = |group| match group {
            9 => Some(&cells),
            8 => Some(&many),
            _ => None,
        };
        reach.cover(facts.groups.slots());
        let mut different = reach.refresh(&facts, own, &[9, 8, 7]);
        different.sort_unstable();
        different.dedup();
        assert_eq!(different, [8, 9]);
        assert!(reach.refresh(&facts, own, &[9, 8, 7]).is_empty());
        reach.set_everyone(&cells);
        reach.set_deny_mask(8, u64::MAX);
        assert_eq!(
            [9, 8, 7].map(|group| reach.deny_mask(group)),
            [0, u64::MAX, 0]
        );
        let each = |group| {
            let mut found = Vec::new();
            let whole = reach.each(&[group], &[], |permission, keys| {
                found.extend(keys.iter().map(|key| (permission, *key)));
            });
            whole.map(|()| found)
        };
        let near = pairs.iter().filter(|pair| pair.0 < far);
        assert_eq!(each(9), Some(near.clone().copied().collect()));
        let mut count = 0;
        let counted = reach.each(&[9, 7, 9], &[&cells], |_, keys| count += keys.len());
        assert_eq!((counted, count), (Some(()), 3 * near.clone().count()));
        assert_eq!(
            [each(7), each(8), each(u32::MAX)],
            [Some(vec![]), None, None]
        );
        // Permission 5 has the platform's key, which always may; a label's does too.
        let candidates = |group, others: &[&Cells], may: fn(u32) -> bool| {
            let found = reach.candidates(&[7, group], others, may)?;
            Some(found.each().collect::<Vec<_>>())
        };
        let with = |such: fn(&(u32, u32)) -> bool| {
            let mut such: Vec<u32> = near
                .clone()
                .filter(|pair| such(pair))
                .map(|pair| pair.0)
                .collect();
            such.dedup();
            Some(such)
        };
        assert_eq!(candidates(9, &[], |_| true), with(|_| true));
        assert_eq!(candidates(9, &[], |_| false), with(|pair| pair.0 == 5));
        assert_eq!(
            candidates(9, &[], |key| key == 8),
            with(|pair| pair.0 == 5 || pair.1 == 8)
        );
        assert_eq!(
            candidates(7, &[&cells], |key| key == 65),
            with(|pair| pair.0 == 5 || pair.1 == 65)
        );
        let labelled = Cells::of_pairs(&[(1, LABEL | 3), (2, 3)]);
        assert_eq!(candidates(7, &[&labelled], |_| false), Some(vec![1]));
        assert_eq!(candidates(8, &[], |_| true), None);
        let held = near.clone().fold(0, |mask, pair| mask | bit(pair.0));
        assert_eq!([9, 7].map(|group| reach.allow_mask(group)), [held, 0]);
        for permission in 0..140 {
            let Some(block) = reach.block(permission) else {
                assert!(permission >= far);
                continue;
            };
            let word = *block.word(9, permission).unwrap();
            let keys = cells.of(permission).keys();
            let mut room = [0; ROOM];
            let list = reach.list(word, permission, &mut room).unwrap();
            assert_eq!(list.keys(), keys);
            let everyone = block.everyone(permission);
            assert_eq!(everyone.is_list(), word.is_list());
            assert!(word.is_list() || everyone == word);
            assert_eq!(Word::of(keys).is_none(), word.is_list());
            let searched = match permission {
                0 => Word::beyond(Beyond::Search(8)),
                _ => Word::NOTHING,
            };
            assert_eq!(
                [8, 7].map(|group| block.word(group, permission)),
                [Some(&searched), Some(&Word::NOTHING)]
            );
            assert_eq!(block.word(u32::MAX, permission), None);
        }
        assert!(far > 5 || reach.blocks.len() == 1);
    }
}
