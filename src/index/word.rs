//! Words: what one group, everyone or one user holds of one permission, in four bytes.

use crate::index::cells::{LONG, NOTHING};
use crate::index::keys::LABEL;
use crate::limit::limit;

/// Marks a word that has two keys in it.
const BOTH: u32 = LONG | LONG >> 1;

/// How many bits each of two keys in one word has.
const BITS: u32 = limit(15, 3);

/// Two keys, which are in order, in one word, where it has room for them; neither covers more than it names.
pub(crate) fn both(keys: &[u32]) -> Option<u32> {
    match *keys {
        [one, other] if one != NOTHING && other >> BITS == 0 => Some(BOTH | one << BITS | other),
        _ => None,
    }
}

/// Whether the word stands for a list.
#[inline]
pub(crate) fn is_list(word: u32) -> bool {
    word & BOTH == LONG
}

/// Whether the word is the key of a label.
#[inline]
pub(crate) fn is_label(word: u32) -> bool {
    word & BOTH == LABEL
}

/// The keys of a word that stands for no list, in order and then [`NOTHING`].
#[inline]
pub(crate) fn keys_of(word: u32) -> [u32; 2] {
    let mask = (1 << BITS) - 1;
    match word & LONG {
        0 => [word, NOTHING],
        _ => [word >> BITS & mask, word & mask],
    }
}

/// What an asker in up to three groups holds of a permission.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Words {
    /// Where there are fewer groups, the last is repeated.
    pub(crate) of_groups: [u32; 3],
    /// Of everyone, and the asker's own. Neither has two keys in it.
    pub(crate) beside: [u32; 2],
}

impl Words {
    #[inline]
    fn each(&self) -> impl Iterator<Item = u32> {
        self.of_groups.iter().chain(&self.beside).copied()
    }

    #[inline]
    pub(crate) fn are_nothing(&self) -> bool {
        self.each().fold(NOTHING, |all, word| all | word) == NOTHING
    }

    #[inline]
    pub(crate) fn have_lists(&self) -> bool {
        let lists = self.each().map(is_list);
        lists.fold(0, |any, is_list| any | u32::from(is_list)) != 0
    }

    /// Those that stand for no list.
    #[inline]
    pub(crate) fn without_lists(self) -> Words {
        let keep = |word| match is_list(word) {
            true => NOTHING,
            false => word,
        };
        Words {
            of_groups: self.of_groups.map(keep),
            beside: self.beside.map(keep),
        }
    }

    /// Whether one of the words is the key of a label.
    pub(crate) fn have_labels(&self) -> bool {
        self.each().any(is_label)
    }

    /// Whether one of the keys is found, where no word stands for a list. There is no branch for each group: which of them hold something
    /// cannot be foreseen.
    #[inline]
    pub(crate) fn meet(&self, any_has: impl Fn([u32; 3]) -> bool) -> bool {
        let [a, b, c] = self.of_groups;
        let [everyone, own] = self.beside;
        let has = match (a | b | c) & LONG {
            0 => any_has([a, b, c]),
            _ => {
                let [a, b, c] = [a, b, c].map(keys_of);
                any_has([a[0], b[0], c[0]]) | any_has([a[1], b[1], c[1]])
            }
        };
        match everyone | own {
            NOTHING => has,
            _ => has | any_has([everyone, own, NOTHING]),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::index::keys::{ONESELF, PLATFORM};

    proptest! {
        #[test]
        fn a_word_has_its_keys(one in 0_u32..70_000, more in 1_u32..70_000, shift in 0_u32..17) {
            let (one, other) = (one >> shift, (one + more) >> shift);
            prop_assert_eq!(keys_of(one), [one, NOTHING]);
            prop_assert!(!is_list(one) && !is_list(one | LABEL) && is_list(one | LONG));
            match both(&[one, other]) {
                Some(word) => prop_assert!(keys_of(word) == [one, other] && !is_list(word) && word & LONG != 0),
                None => prop_assert!(one == NOTHING || other >= 1 << BITS),
            }
        }
    }

    #[test]
    fn what_covers_more_than_it_names_is_in_lists() {
        assert!(both(&[1, 2]).is_some());
        for keys in [
            &[PLATFORM, 1][..],
            &[1, ONESELF],
            &[1, LABEL | 2],
            &[1],
            &[1, 2, 3],
            &[],
        ] {
            assert_eq!(both(keys), None);
        }
    }
}
