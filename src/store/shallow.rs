//! `Shallow`: a vector in one list of pages shared copy-on-write.

use std::array;
use std::iter::repeat;
use std::sync::Arc;

/// A vector whose clones share every page that neither has changed, in one list: an item is two loads away.
///
/// For what there is of each group and is read for every question. A change copies a page of `PAGE` items and the list, which counts a
/// reference for each page: groups are few beside users, for which [`Pages`](crate::store::Pages) and `Flat` are.
#[derive(Clone, Debug)]
pub(crate) struct Shallow<T, const PAGE: usize> {
    pages: Arc<[Arc<[T; PAGE]>]>,
}

impl<T, const PAGE: usize> Default for Shallow<T, PAGE> {
    fn default() -> Self {
        Shallow {
            pages: Arc::default(),
        }
    }
}

impl<T: Clone + Default, const PAGE: usize> Shallow<T, PAGE> {
    /// The item: the default where none was set, `None` far past the end.
    #[inline(always)]
    pub(crate) fn get(&self, index: usize) -> Option<&T> {
        self.pages.get(index / PAGE)?.get(index % PAGE)
    }

    /// The item, to be changed: `None` past the end.
    pub(crate) fn get_mut(&mut self, index: usize) -> Option<&mut T> {
        let page = Arc::make_mut(&mut self.pages).get_mut(index / PAGE)?;
        Arc::make_mut(page).get_mut(index % PAGE)
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
        let pages = length.div_ceil(PAGE);
        if pages > self.pages.len() {
            let old = self.pages.iter().cloned();
            self.pages = old.chain(repeat(blank())).take(pages).collect();
        }
    }
}

/// A page of which no item was set. It is laid where it stays: as an array of its own it would lie on the stack first, several times over
/// where nothing is optimised.
fn blank<T: Default, const PAGE: usize>() -> Arc<[T; PAGE]> {
    let page: Arc<[T]> = (0..PAGE).map(|_| T::default()).collect();
    page.try_into()
        .unwrap_or_else(|_| Arc::new(array::from_fn(|_| T::default())))
}

impl<T, const PAGE: usize> Shallow<T, PAGE> {
    /// The bytes it takes up, without what the items have on the heap.
    pub(crate) fn bytes(&self) -> usize {
        self.pages.len() * size_of::<[T; PAGE]>() + size_of_val(&*self.pages)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clones_keep_what_they_had() {
        let mut shallow: Shallow<usize, 4> = Shallow::default();
        assert_eq!(shallow.get(0), None);
        shallow.cover(3);
        assert_eq!(shallow.get(3), Some(&0));
        (0..100).for_each(|n| shallow.set(n, n));
        let before = shallow.clone();
        shallow.set(50, 0);
        shallow.set(103, 7);
        assert!((0..100).all(|n| before.get(n) == Some(&n)));
        assert_eq!(before.get(100), None);
        assert_eq!(
            [50, 51, 102, 103].map(|n| shallow.get(n)),
            [Some(&0), Some(&51), Some(&0), Some(&7)]
        );
    }
}
