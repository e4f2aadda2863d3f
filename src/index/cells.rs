//! `Cells`: pairs of permission and key, the keys of one permission one look away.

use std::sync::Arc;

use crate::store::Weight;

/// The bit of all permissions from 63 on.
const FAR: u32 = 63;

/// A set of (permission, key) pairs: a bit for each permission that has keys, and the keys of the nth such permission in the nth cell.
///
/// The words are, for n permissions of which m are from 63 on: where each of the n cells begins and the last one ends, the m permissions,
/// then the keys of the cells one after the other, in order.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Cells {
    mask: u64,
    words: Arc<[u32]>,
}

impl Cells {
    /// The pairs are in order and each is there once.
    pub(crate) fn of_pairs(pairs: &[(u32, u32)]) -> Cells {
        if pairs.is_empty() {
            return Cells::default();
        }
        let cells: Vec<&[(u32, u32)]> = pairs.chunk_by(|one, two| one.0 == two.0).collect();
        let permissions = || {
            cells
                .iter()
                .flat_map(|cell| cell.first())
                .map(|pair| pair.0)
        };
        let far = || permissions().filter(|permission| *permission >= FAR);
        let mask = permissions().fold(0, |mask, permission| mask | bit(permission));
        let mut words = Vec::with_capacity(2 * cells.len() + 1 + pairs.len());
        let mut start = cells.len() + 1 + far().count();
        for cell in &cells {
            words.push(number(start));
            start += cell.len();
        }
        words.push(number(start));
        words.extend(far());
        words.extend(pairs.iter().map(|(_, key)| *key));
        Cells {
            mask,
            words: words.into(),
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.mask == 0
    }

    /// How many pairs there are.
    pub(crate) fn len(&self) -> usize {
        match self.words.first() {
            Some(start) => self.words.len() - *start as usize,
            None => 0,
        }
    }

    /// The keys of the permission, in order.
    #[inline]
    pub(crate) fn of(&self, permission: u32) -> &[u32] {
        let bit = bit(permission);
        if self.mask & bit == 0 {
            return &[];
        }
        let near = (self.mask & (bit - 1)).count_ones() as usize;
        if permission < FAR {
            self.cell(near)
        } else {
            self.far(near, permission)
        }
    }

    fn far(&self, near: usize, permission: u32) -> &[u32] {
        match self.far_permissions(near).binary_search(&permission) {
            Ok(at) => self.cell(near + at),
            Err(_) => &[],
        }
    }

    /// The permissions from 63 on, where `near` come before.
    fn far_permissions(&self, near: usize) -> &[u32] {
        let first = self.words.first().map_or(0, |start| *start as usize);
        let cells = (first + near).saturating_sub(1) / 2;
        self.words.get(cells + 1..first).unwrap_or_default()
    }

    #[inline]
    fn cell(&self, nth: usize) -> &[u32] {
        match self.words.get(nth..nth + 2) {
            Some(&[start, end]) => self
                .words
                .get(start as usize..end as usize)
                .unwrap_or_default(),
            _ => &[],
        }
    }

    /// Each permission that has keys, in order, with its keys.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (u32, &[u32])> {
        let near = (0..FAR).filter(|permission| self.mask & bit(*permission) != 0);
        let count = (self.mask & (bit(FAR) - 1)).count_ones() as usize;
        let far = self.far_permissions(count).iter().copied();
        let permissions = near.chain(far).enumerate();
        permissions.map(|(nth, permission)| (permission, self.cell(nth)))
    }

    /// Every pair, in order.
    pub(crate) fn pairs(&self) -> impl Iterator<Item = (u32, u32)> + '_ {
        self.iter()
            .flat_map(|(permission, keys)| keys.iter().map(move |key| (permission, *key)))
    }
}

fn bit(permission: u32) -> u64 {
    1 << permission.min(FAR)
}

fn number(index: usize) -> u32 {
    u32::try_from(index).unwrap_or(u32::MAX)
}

impl Weight for Cells {
    fn heap(&self) -> usize {
        if self.is_empty() {
            0
        } else {
            self.words.heap()
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn keys_are_found_under_their_permission(
            pairs in prop::collection::btree_set((prop_oneof![0_u32..4, 60_u32..68, Just(u32::MAX)], 0_u32..9), 0..40),
        ) {
            let listed: Vec<(u32, u32)> = pairs.iter().copied().collect();
            let cells = Cells::of_pairs(&listed);
            prop_assert_eq!(cells.len(), listed.len());
            prop_assert!(cells.pairs().eq(listed.iter().copied()));
            for permission in (0..70).chain([u32::MAX - 1, u32::MAX]) {
                let expected: BTreeSet<u32> =
                    pairs.iter().filter(|pair| pair.0 == permission).map(|pair| pair.1).collect();
                prop_assert!(cells.of(permission).iter().eq(expected.iter()));
            }
        }
    }
}
