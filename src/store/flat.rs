//! `Flat`: a vector laid out in one piece, with pages over it where it has changed since.

use std::array;
use std::sync::Arc;

use crate::limit::limit;
use crate::store::pages::Pages;

/// When one page in so many has changed, all are laid out again.
const CHANGED: usize = limit(8, 2);

/// A vector for what every question reads, whose clones share what neither has changed.
///
/// Most items lie in one piece, one load away, as they were when it was last laid out. Where something changed since, the page of `PAGE`
/// items lies over it in [`Pages`]; a bit for each page says so. [`settle`](Self::settle) lays all
/// of it out again once an eighth of the pages has changed: so a change costs a copy of eight pages in the long run, and most single changes
/// that of one.
#[derive(Clone, Debug)]
pub(crate) struct Flat<T, const PAGE: usize> {
    laid: Arc<[T]>,
    /// A bit for each page of `laid`: whether nothing in it was set since.
    fresh: Arc<[u64]>,
    /// The pages that have changed, and those that are not laid out.
    over: Pages<T, PAGE>,
    /// How many pages of `laid` have changed.
    stale: usize,
}

impl<T, const PAGE: usize> Default for Flat<T, PAGE> {
    fn default() -> Self {
        Flat {
            laid: Arc::default(),
            fresh: Arc::default(),
            over: Pages::default(),
            stale: 0,
        }
    }
}

impl<T: Clone + Default, const PAGE: usize> Flat<T, PAGE> {
    /// One more than the last index that was ever set.
    pub(crate) fn len(&self) -> usize {
        self.over.len()
    }

    /// Whether the item is as it was laid out.
    #[inline(always)]
    fn is_fresh(&self, index: usize) -> bool {
        let fresh = self.fresh.get(index / PAGE / 64);
        fresh.is_some_and(|fresh| fresh >> (index / PAGE % 64) & 1 == 1)
    }

    /// The item. Where only what is `LAID` out is asked for, little code is in the way of a look, and of the rest nothing is told.
    #[inline(always)]
    pub(crate) fn look<const LAID: bool>(&self, index: usize) -> Option<&T> {
        match (self.is_fresh(index), LAID) {
            (true, _) => self.laid.get(index),
            (false, false) => self.over.get(index),
            (false, true) => None,
        }
    }

    /// The item; past the end it may be `None` or the default.
    #[inline]
    pub(crate) fn get(&self, index: usize) -> Option<&T> {
        self.look::<false>(index)
    }

    /// The item, in a page that no clone shares any more.
    pub(crate) fn get_mut(&mut self, index: usize) -> Option<&mut T> {
        if self.is_fresh(index) {
            self.open(index);
        }
        self.over.get_mut(index)
    }

    /// Has the page of an item that is as it was laid out lie over that.
    fn open(&mut self, index: usize) {
        let (page, start) = (index / PAGE, index / PAGE * PAGE);
        if let Some(over) = self.over.page_mut(page) {
            let item = |nth| self.laid.get(start + nth).cloned().unwrap_or_default();
            *over = Arc::new(array::from_fn(item));
            self.stale += 1;
        }
        if let Some(fresh) = Arc::make_mut(&mut self.fresh).get_mut(page / 64) {
            *fresh &= !(1 << (page % 64));
        }
    }

    /// Puts the item at the index.
    pub(crate) fn set(&mut self, index: usize, item: T) {
        self.cover(index + 1);
        if let Some(place) = self.get_mut(index) {
            *place = item;
        }
    }

    /// Has an item at every index below the length: the default where none was set.
    pub(crate) fn cover(&mut self, length: usize) {
        self.over.cover(length);
    }

    /// After an edit: lays everything out again where enough has changed.
    pub(crate) fn settle(&mut self) {
        let pages = self.len().div_ceil(PAGE);
        let changed = self.stale + pages.saturating_sub(self.laid.len() / PAGE);
        if changed * CHANGED <= pages {
            return;
        }
        // INVARIANT: whole pages are laid out.
        let laid = (0..pages * PAGE).map(|index| self.get(index).cloned().unwrap_or_default());
        self.laid = laid.collect();
        let mut fresh = vec![u64::MAX; pages.div_ceil(64)];
        if let Some(last) = fresh.last_mut() {
            *last >>= (64 - pages % 64) % 64;
        }
        self.fresh = fresh.into();
        self.over = Pages::of_length(self.len());
        self.stale = 0;
    }

    /// The items from that index on.
    pub(crate) fn iter_from(&self, index: usize) -> impl Iterator<Item = &T> {
        (index..self.len()).filter_map(|index| self.get(index))
    }

    /// The indices, in order, of the items that the two do not share; some may be of one of them alone.
    pub(crate) fn unshared(&self, other: &Self) -> Vec<usize> {
        match Arc::ptr_eq(&self.laid, &other.laid) {
            true => self.over.unshared(&other.over),
            false => (0..self.len().max(other.len())).collect(),
        }
    }
}

impl<T, const PAGE: usize> Flat<T, PAGE> {
    /// The bytes it takes up, without what the items have on the heap.
    pub(crate) fn bytes(&self) -> usize {
        size_of_val(&*self.laid) + size_of_val(&*self.fresh) + self.over.bytes()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn check(steps: &[(usize, usize)]) -> Result<(), TestCaseError> {
        let mut flat: Flat<usize, 4> = Flat::default();
        let mut model: Vec<usize> = Vec::new();
        let mut kept: Vec<(Flat<usize, 4>, Vec<usize>)> = Vec::new();
        for (nth, (index, step)) in steps.iter().copied().enumerate() {
            match step {
                0 => flat.settle(),
                1 => kept.push((flat.clone(), model.clone())),
                2 => {
                    flat.cover(index);
                    model.resize(model.len().max(index), 0);
                }
                _ => {
                    model.resize(model.len().max(index + 1), 0);
                    model[index] = nth;
                    flat.set(index, nth);
                }
            }
            prop_assert_eq!(flat.len(), model.len());
            prop_assert!(flat.iter_from(0).eq(&model));
            prop_assert!(flat.iter_from(index).eq(model.iter().skip(index)));
            prop_assert!(flat.stale <= flat.laid.len() / 4);
        }
        prop_assert_eq!(flat.get_mut(model.len()), None);
        kept.push((flat, model));
        for (one, items) in &kept {
            prop_assert!(one.iter_from(0).eq(items));
            for (index, item) in items.iter().enumerate() {
                prop_assert_eq!(one.get(index), Some(item));
                prop_assert!(one.look::<true>(index).is_none_or(|laid| laid == item));
            }
            for (other, others) in &kept {
                let unshared = one.unshared(other);
                prop_assert!(unshared.is_sorted());
                for index in 0..items.len().max(others.len()) {
                    let [one, other] = [items, others].map(|items| items.get(index).unwrap_or(&0));
                    prop_assert!(one == other || unshared.contains(&index));
                }
            }
        }
        Ok(())
    }

    proptest! {
        /// Whatever is set, and whenever it is laid out: all clones keep what they had, and tell what they do not share.
        #[test]
        fn clones_keep_what_they_had(
            steps in prop::collection::vec((0_usize..300, 0_usize..9), 1..120),
        ) {
            check(&steps)?;
        }
    }

    #[test]
    fn few_changes_lie_over_the_rest() {
        let mut flat: Flat<usize, 4> = Flat::default();
        (0..400).for_each(|n| flat.set(n, n));
        assert_eq!((flat.look::<true>(7), flat.get(7)), (None, Some(&7)));
        flat.settle();
        assert_eq!((flat.look::<true>(7), flat.get(7)), (Some(&7), Some(&7)));
        let before = flat.clone();
        let most = 100 / CHANGED;
        for n in 1..=most {
            flat.set(4 * n, 0);
            flat.settle();
            assert_eq!(flat.stale, n);
            assert_eq!(
                (flat.look::<true>(4 * n), flat.get(4 * n)),
                (None, Some(&0))
            );
        }
        assert_eq!(
            flat.unshared(&before),
            (4..4 * (most + 1)).collect::<Vec<_>>()
        );
        flat.set(0, 7);
        flat.settle();
        assert_eq!((flat.stale, flat.look::<true>(0)), (0, Some(&7)));
        assert_eq!(flat.unshared(&before).len(), 400);
    }
}
