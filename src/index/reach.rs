//! `Reach`: what each group holds of each permission and what may be denied to it, where the hot loop reads it.

use std::sync::Arc;

use smallvec::SmallVec;

use crate::index::MANY;
use crate::index::cells::{Cells, each};
use crate::index::keys::{LABEL, PLATFORM};
use crate::index::list::List;
use crate::index::word::{ROOM, Word, filled};
use crate::limit::limit;
use crate::store::{Shallow, Weight};

/// How many permissions lie side by side.
const WIDTH: usize = limit(32, 2);

/// The permissions from here on are read off the cells: with many of them a word for each would take too much memory.
const FAR: usize = limit(128, 2);

/// For each group a word for each permission, in blocks of so many permissions.
#[derive(Clone, Debug)]
pub(crate) struct Reach {
    blocks: Arc<[Block]>,
    /// For each group the lists that its words speak of.
    lists: Shallow<Option<Arc<[u32]>>, 16>,
    /// For each group a bit for each permission that may be denied there, see [`Cells::mask`].
    deny_masks: Shallow<u64, 64>,
}

/// The words of permissions that lie side by side.
#[derive(Clone, Debug, Default)]
pub(crate) struct Block {
    everyone: [Word; WIDTH],
    groups: Shallow<[Word; WIDTH], 64>,
}

/// Some of the permissions that have words: a bit for each, block by block.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Near([u32; FAR / WIDTH]);

impl Near {
    /// Adds the permission where it is `found`.
    fn set(&mut self, permission: u32, is_found: bool) {
        if let Some(bits) = self.0.get_mut(permission as usize / WIDTH) {
            *bits |= u32::from(is_found) << (permission as usize % WIDTH);
        }
    }

    /// All of them, in order.
    pub(crate) fn each(self) -> impl Iterator<Item = u32> {
        let blocks = (0..).step_by(WIDTH).zip(self.0);
        blocks.flat_map(|(first, bits)| each(bits.into()).map(move |at| first + at))
    }
}

/// A bit for each word that is not nothing.
fn held(words: &[Word; WIDTH]) -> u32 {
    let bits = words.iter().enumerate();
    let bits = bits.map(|(at, word)| u32::from(*word != Word::NOTHING) << at);
    bits.fold(0, |bits, bit| bits | bit)
}

impl Reach {
    /// Of a catalog with so many permissions, where nobody holds anything.
    pub(crate) fn new(permissions: usize) -> Self {
        let blocks = permissions.min(FAR).div_ceil(WIDTH);
        Reach {
            blocks: (0..blocks).map(|_| Block::default()).collect(),
            lists: Shallow::default(),
            deny_masks: Shallow::default(),
        }
    }

    /// Sets what a group is allowed and denied with all above; `None` where that has to be searched.
    pub(crate) fn set(&mut self, group: u32, row: Option<(&Cells, &Cells)>) {
        let (allows, denies) = row.unzip();
        let words = allows.map_or([[Word::LISTED; WIDTH]; FAR / WIDTH], words);
        for (block, words) in Arc::make_mut(&mut self.blocks).iter_mut().zip(words) {
            block.set(group as usize, words);
        }
        let lists = allows.map(|cells| Arc::clone(cells.words()));
        self.lists.set(group as usize, lists);
        let mask = denies.map_or(u64::MAX, Cells::mask);
        if self.deny_mask(group) != mask {
            self.deny_masks.set(group as usize, mask);
        }
    }

    /// A bit for each permission that may be denied to a group, with all above.
    pub(crate) fn deny_mask(&self, group: u32) -> u64 {
        let mask = self.deny_masks.get(group as usize);
        mask.copied().unwrap_or_default()
    }

    /// The keys, in order, of a word of a group that stands for a list; `None` where they have to be searched.
    fn listed(&self, group: u32, word: Word) -> Option<List<'_>> {
        let lists = self.lists.get(group as usize)?.as_ref()?;
        Some(List::at(lists, word.list() as usize))
    }

    /// The keys, in order, of a word of a group, in the room where they are in the word itself; `None` where they have to be searched.
    #[inline]
    pub(crate) fn list<'a>(
        &'a self,
        group: u32,
        word: Word,
        room: &'a mut [u32; ROOM],
    ) -> Option<List<'a>> {
        if word.is_list() {
            return self.listed(group, word);
        }
        *room = word.keys();
        Some(List::of(filled(room)))
    }

    /// Has words for all groups, of which there are so many slots.
    pub(crate) fn cover(&mut self, slots: usize) {
        let last = slots.wrapping_sub(1);
        if self
            .blocks
            .iter()
            .any(|block| block.groups.get(last).is_none())
        {
            let blocks = Arc::make_mut(&mut self.blocks).iter_mut();
            blocks.for_each(|block| block.groups.cover(slots));
        }
    }

    pub(crate) fn set_everyone(&mut self, cells: &Cells) {
        let words = words(cells);
        for (block, words) in Arc::make_mut(&mut self.blocks).iter_mut().zip(words) {
            block.everyone = words;
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
            let words: SmallVec<[&[Word; WIDTH]; MANY]> = words.collect::<Option<_>>()?;
            for (at, permission) in (0..WIDTH).zip(&mut permissions) {
                for (words, group) in words.iter().zip(groups) {
                    match words.get(at).copied().unwrap_or_default() {
                        Word::NOTHING => {}
                        word => {
                            let mut room = [0; ROOM];
                            let list = self.list(*group, word, &mut room)?;
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
        for (block, found) in self.blocks.iter().zip(&mut found.0) {
            for group in groups {
                let words = block.groups.get(*group as usize)?;
                for at in each(held(words).into()) {
                    let word = words.get(at as usize)?;
                    let mut room = [0; ROOM];
                    let list = self.list(*group, *word, &mut room)?;
                    let is_found = list.keys().iter().any(is_candidate);
                    *found |= u32::from(is_found) << at;
                }
            }
        }
        for (permission, keys) in others.iter().flat_map(|cells| cells.iter()) {
            found.set(permission, keys.iter().any(is_candidate));
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

impl Block {
    fn set(&mut self, group: usize, words: [Word; WIDTH]) {
        if *self.groups.get(group).unwrap_or(&[Word::NOTHING; WIDTH]) != words {
            self.groups.set(group, words);
        }
    }

    /// The word of a group that there is.
    #[inline]
    pub(crate) fn word(&self, group: u32, permission: u32) -> Option<&Word> {
        let words = self.groups.get(group as usize)?;
        words.get(permission as usize % WIDTH)
    }

    /// The word of everyone.
    #[inline]
    pub(crate) fn everyone(&self, permission: u32) -> Word {
        let word = self.everyone.get(permission as usize % WIDTH);
        word.copied().unwrap_or_default()
    }
}

/// The words of the first permissions, block by block.
fn words(cells: &Cells) -> [[Word; WIDTH]; FAR / WIDTH] {
    let mut words = [[Word::NOTHING; WIDTH]; FAR / WIDTH];
    let places = words.as_flattened_mut();
    for (permission, keys, at) in cells.lists() {
        if let Some(place) = places.get_mut(permission as usize) {
            *place = Word::of(keys).unwrap_or(Word::of_list(at));
        }
    }
    words
}

impl Weight for Reach {
    fn heap(&self) -> usize {
        let blocks = self.blocks.iter().map(|block| block.groups.bytes());
        size_of_val(&*self.blocks)
            + blocks.sum::<usize>()
            + self.lists.bytes()
            + self.deny_masks.bytes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_permission_has_its_word() {
        let far = u32::try_from(FAR).unwrap();
        let mut reach = Reach::new(140);
        let permissions = [0, 31, 32, 62, 63, 64, 127, 128, 139];
        let mut pairs: Vec<(u32, u32)> = permissions
            .map(|permission| (permission, permission + 1))
            .into();
        pairs.extend([(5, PLATFORM), (33, 7), (33, 8), (70, 7), (70, 8)]);
        pairs.sort_unstable();
        let cells = Cells::of_pairs(&pairs);
        reach.set(9, Some((&cells, &Cells::default())));
        reach.set_everyone(&cells);
        reach.set(8, None);
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
        for permission in 0..140 {
            let Some(block) = reach.block(permission) else {
                assert!(permission >= far);
                continue;
            };
            let word = *block.word(9, permission).unwrap();
            let keys = cells.of(permission).keys();
            let mut room = [0; ROOM];
            let list = reach.list(9, word, &mut room).unwrap();
            assert_eq!(list.keys(), keys);
            let everyone = block.everyone(permission);
            assert_eq!(everyone, word);
            assert_eq!(Word::of(keys).is_none(), everyone.is_list());
            assert_eq!(
                [8, 7].map(|group| block.word(group, permission)),
                [Some(&Word::LISTED), Some(&Word::NOTHING)]
            );
            assert_eq!(block.word(u32::MAX, permission), None);
        }
    }
}
