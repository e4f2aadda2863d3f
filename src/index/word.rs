//! `Word`: what one group, everyone or one user holds of one permission, in eight bytes.

use crate::index::cells::NOTHING;
use crate::index::keys::{LABEL, ONESELF};
use crate::limit::limit;

/// Up to three keys, or which group has a list of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Word(u64);

/// How many keys there are in a word at the most.
pub(crate) const ROOM: usize = 3;

/// Marks a word that has more than one key in it: the first, the second and the third, if there is one, each in a field.
const SEVERAL: u64 = 1 << 63;

/// Marks a word that stands for a list, and no other: so all words together tell whether one of them does. The rest of it says which group
/// has that.
const LIST: u64 = 1 << 62;

/// Marks a word that stands for a list which has to be searched, beginning at the group that the rest of it says.
const SEARCH: u64 = LIST | 1 << 61;

/// How many bits a field has. The upmost is that of a label.
const FIELD: u32 = 20;

/// The numbers of keys that have room in a field are below this.
const FITTING: u32 = limit(1 << (FIELD - 1), 1 << 3);

/// What a word stands for that has no keys in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Beyond {
    /// The list that this group has.
    List(u32),
    /// All that this group has itself, and what its parents' words stand for.
    Search(u32),
}

impl Word {
    /// No key.
    pub(crate) const NOTHING: Word = Word(NOTHING as u64);

    /// A list that no group has.
    pub(crate) const LISTED: Word = Word(SEARCH | u32::MAX as u64);

    /// These keys, which are in order, where a word has room for them and none of them covers more than it names.
    pub(crate) fn of(keys: &[u32]) -> Option<Word> {
        let fits = |key: &u32| *key != NOTHING && key & !LABEL < FITTING;
        match *keys {
            [] => Some(Word::NOTHING),
            [only] if only != NOTHING && only != ONESELF => Some(Word(only.into())),
            [one, two] if keys.iter().all(fits) => Some(Word::of_fields([one, two, NOTHING])),
            [one, two, three] if keys.iter().all(fits) => Some(Word::of_fields([one, two, three])),
            _ => None,
        }
    }

    /// The word of what is held beside groups, of whatever keys.
    pub(crate) fn beside(keys: &[u32]) -> Word {
        Word::of(keys).unwrap_or(Word::LISTED)
    }

    fn of_fields(keys: [u32; ROOM]) -> Word {
        let field = |key: u32| u64::from(key & !LABEL | (key & LABEL) >> (30 - (FIELD - 1)));
        let fields = keys.iter().fold(0, |word, key| word << FIELD | field(*key));
        Word(SEVERAL | fields)
    }

    /// The word as a number, to be kept elsewhere.
    pub(crate) fn bits(self) -> u64 {
        self.0
    }

    /// The word that had these [bits](Self::bits).
    #[inline]
    pub(crate) fn of_bits(bits: u64) -> Word {
        Word(bits)
    }

    /// What has no room in a word.
    pub(crate) fn beyond(beyond: Beyond) -> Word {
        match beyond {
            Beyond::List(group) => Word(LIST | u64::from(group)),
            Beyond::Search(group) => Word(SEARCH | u64::from(group)),
        }
    }

    /// Whether it stands for a list.
    #[inline]
    pub(crate) fn is_list(self) -> bool {
        self.0 & LIST != 0
    }

    /// What it stands for where that is a list.
    pub(crate) fn stands_for(self) -> Option<Beyond> {
        let group = low(self.0);
        match self.is_list() {
            true if self.0 & SEARCH == SEARCH => Some(Beyond::Search(group)),
            true => Some(Beyond::List(group)),
            false => None,
        }
    }

    /// The keys of a word that stands for no list, in order and then [`NOTHING`].
    #[inline]
    pub(crate) fn keys(self) -> [u32; ROOM] {
        match self.0 & SEVERAL {
            0 => [low(self.0), NOTHING, NOTHING],
            _ => [2, 1, 0].map(|nth| {
                let field = low(self.0 >> (nth * FIELD)) & ((1 << FIELD) - 1);
                let label = field >> (FIELD - 1);
                field & ((1 << (FIELD - 1)) - 1) | label << 30
            }),
        }
    }
}

fn low(word: u64) -> u32 {
    let [one, two, three, four, ..] = word.to_le_bytes();
    u32::from_le_bytes([one, two, three, four])
}

/// Those of the keys of a word that there are.
#[inline]
pub(crate) fn filled(keys: &[u32; ROOM]) -> &[u32] {
    let count = keys.iter().take_while(|key| **key != NOTHING).count();
    keys.get(..count).unwrap_or_default()
}

/// What an asker in up to three groups holds of a permission: the words of the groups, of which the last is repeated where there are fewer, of
/// everyone, and the asker's own.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Words(pub(crate) [Word; 5]);

impl Words {
    /// All marks that some word has; no mark and no key where there is nothing in any.
    #[inline(always)]
    pub(crate) fn together(&self) -> Word {
        Word(self.0.iter().fold(0, |all, word| all | word.0))
    }

    /// The key of each group, where no word has several or stands for a list, and nothing is held but through groups.
    #[inline(always)]
    pub(crate) fn of_groups_only(&self) -> Option<[u32; 3]> {
        let [a, b, c, everyone, own] = self.0;
        let is_one = (a.0 | b.0 | c.0) & (SEVERAL | LIST) | everyone.0 | own.0 == 0;
        is_one.then(|| [low(a.0), low(b.0), low(c.0)])
    }

    /// Those that stand for no list.
    pub(crate) fn without_lists(self) -> Words {
        Words(self.0.map(|word| match word.is_list() {
            true => Word::NOTHING,
            false => word,
        }))
    }

    /// Whether one of the keys is that of a label, where no word stands for a list.
    pub(crate) fn have_labels(&self) -> bool {
        let mut keys = self.0.iter().flat_map(|word| word.keys());
        keys.any(|key| key & LABEL != 0)
    }

    /// Whether one of the keys is found, where no word stands for a list. There is no branch for each group: which of them hold something
    /// cannot be foreseen.
    #[inline]
    pub(crate) fn meet(self, any_has: impl Fn([u32; 3]) -> bool) -> bool {
        let [a, b, c, everyone, own] = self.0;
        let has = match (a.0 | b.0 | c.0) & SEVERAL {
            0 => any_has([low(a.0), low(b.0), low(c.0)]),
            _ => {
                let keys = [a.keys(), b.keys(), c.keys()];
                let nth = |nth| keys.map(|keys| keys.get(nth).copied().unwrap_or(NOTHING));
                any_has(nth(0)) | any_has(nth(1)) | any_has(nth(2))
            }
        };
        match everyone.0 | own.0 {
            0 => has,
            both if both & SEVERAL == 0 => has | any_has([low(everyone.0), low(own.0), NOTHING]),
            _ => has | any_has(everyone.keys()) | any_has(own.keys()),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::index::keys::PLATFORM;

    proptest! {
        #[test]
        fn a_word_has_its_keys(
            keys in prop::collection::btree_set(
                (0_u32..1 << 21, any::<bool>(), 0_u32..20).prop_map(|(key, label, shift)| key >> shift | if label { LABEL } else { 0 }),
                0..5,
            ),
            group in 0..=u32::MAX,
        ) {
            let keys: Vec<u32> = keys.into_iter().collect();
            let has_room = keys.len() <= 1 || (keys.len() <= ROOM && keys.iter().all(|key| key & !LABEL < FITTING));
            let word = Word::of(&keys);
            let names = keys.iter().all(|key| *key != PLATFORM);
            prop_assert_eq!(word.is_some(), has_room && names);
            if let Some(word) = word {
                prop_assert!(!word.is_list() && word.stands_for().is_none());
                let found = word.keys();
                prop_assert_eq!(filled(&found), keys.as_slice());
                let [words, beside] = [1, 4].map(|at| {
                    let mut words = [Word::NOTHING; 5];
                    words[at] = word;
                    Words(words)
                });
                prop_assert_eq!(words.have_labels(), keys.iter().any(|key| key & LABEL != 0));
                prop_assert_eq!(words.of_groups_only().is_some(), keys.len() <= 1);
                prop_assert_eq!(beside.of_groups_only().is_some(), keys.is_empty());
                let together = words.together();
                prop_assert!(!together.is_list() && (together == Word::NOTHING) == keys.is_empty());
                for key in keys.iter().copied().chain([1 << 22]) {
                    let has = |asked: [u32; 3]| asked.contains(&key);
                    prop_assert_eq!([words, beside].map(|words| words.meet(has)), [keys.contains(&key); 2]);
                }
            }
            for beyond in [Beyond::List(group), Beyond::Search(group)] {
                let list = Word::beyond(beyond);
                prop_assert!(list.is_list() && list.stands_for() == Some(beyond));
                let word = word.unwrap_or_default();
                let words = Words([list, Word::NOTHING, word, word, word]);
                prop_assert!(words.together().is_list() && words.of_groups_only().is_none());
                prop_assert!(!words.without_lists().together().is_list());
            }
        }
    }

    #[test]
    fn what_covers_more_than_it_names_is_in_lists() {
        assert!(Word::of(&[1, 2]).is_some() && Word::of(&[1, LABEL | 2, LABEL | 3]).is_some());
        for keys in [
            &[PLATFORM][..],
            &[ONESELF],
            &[PLATFORM, 1],
            &[1, ONESELF],
            &[1, 2, ONESELF],
            &[1, 2, 3, 4],
        ] {
            assert_eq!(Word::of(keys), None);
        }
    }
}
