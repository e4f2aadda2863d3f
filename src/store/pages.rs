//! `Pages`: a vector in pages shared copy-on-write.

use std::array;
use std::sync::Arc;

use crate::store::weight::Weight;

/// How many pages a sheaf has.
const SHEAF: usize = 128;

/// A vector whose clones share every page that neither has changed: list of sheaves, sheaf of pages, page of items.
///
/// A change copies the page of `PAGE` items, and counts a reference for each shared thing in it: where every item is one, pages are short.
/// An item is three loads away, none of which depends on how many items there are. What was never set is the default of its type, and
/// the pages of a sheaf that have nothing else are one and the same.
#[derive(Clone, Debug)]
pub(crate) struct Pages<T, const PAGE: usize = 64> {
    sheaves: Arc<[Arc<Sheaf<T, PAGE>>]>,
    length: usize,
}

type Sheaf<T, const PAGE: usize> = [Arc<[T; PAGE]>; SHEAF];

impl<T, const PAGE: usize> Default for Pages<T, PAGE> {
    fn default() -> Self {
        Pages {
            sheaves: Arc::default(),
            length: 0,
        }
    }
}

impl<T: Clone + Default, const PAGE: usize> Pages<T, PAGE> {
    /// One more than the last index that was ever set.
    pub(crate) fn len(&self) -> usize {
        self.length
    }

    /// The item; past the end it may be `None` or the default.
    #[inline]
    pub(crate) fn get(&self, index: usize) -> Option<&T> {
        self.sheaves
            .get(index / (PAGE * SHEAF))?
            .get(index / PAGE % SHEAF)?
            .get(index % PAGE)
    }

    /// The item, in pages that no clone shares any more.
    pub(crate) fn get_mut(&mut self, index: usize) -> Option<&mut T> {
        if index >= self.length {
            return None;
        }
        let sheaf =
            Arc::make_mut(Arc::make_mut(&mut self.sheaves).get_mut(index / (PAGE * SHEAF))?);
        Arc::make_mut(sheaf.get_mut(index / PAGE % SHEAF)?).get_mut(index % PAGE)
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
        if length <= self.length {
            return;
        }
        self.length = length;
        let sheaves = length.div_ceil(PAGE * SHEAF);
        if sheaves > self.sheaves.len() {
            let blank: Arc<[T; PAGE]> = Arc::new(array::from_fn(|_| T::default()));
            let sheaf = || Arc::new(array::from_fn(|_| Arc::clone(&blank)));
            let more = (self.sheaves.len()..sheaves).map(|_| sheaf());
            self.sheaves = self.sheaves.iter().cloned().chain(more).collect();
        }
    }

    pub(crate) fn push(&mut self, item: T) {
        self.set(self.length, item);
    }

    /// Lays the pages side by side. After an edit that added most of them this brings together what came to lie between other things; no
    /// page is shared afterwards.
    pub(crate) fn settle(&mut self) {
        let sheaf = |sheaf: &Arc<Sheaf<T, PAGE>>| {
            let pages: &Sheaf<T, PAGE> = sheaf;
            Arc::new(array::from_fn(|at| {
                pages.get(at).map_or_else(
                    || Arc::new(array::from_fn(|_| T::default())),
                    |page| Arc::new(<[T; PAGE]>::clone(page)),
                )
            }))
        };
        self.sheaves = self.sheaves.iter().map(sheaf).collect();
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &T> {
        self.iter_from(0)
    }

    /// The items from that index on.
    pub(crate) fn iter_from(&self, index: usize) -> impl Iterator<Item = &T> {
        let sheaves = self.sheaves.iter().skip(index / (PAGE * SHEAF));
        let pages = sheaves.flat_map(|sheaf| sheaf.iter());
        let pages = pages.skip(index / PAGE % SHEAF);
        let items = pages.flat_map(|page| page.iter()).skip(index % PAGE);
        items.take(self.length.saturating_sub(index))
    }

    /// The indices, in order, of the items on pages that the two do not share; some may be of one of them alone.
    pub(crate) fn unshared(&self, other: &Self) -> Vec<usize> {
        let mut found = Vec::new();
        let length = self.length.max(other.length);
        for (first, (one, two)) in zip_longest(&self.sheaves, &other.sheaves, PAGE * SHEAF) {
            let one = one.map(|sheaf| sheaf.as_slice()).unwrap_or_default();
            let two = two.map(|sheaf| sheaf.as_slice()).unwrap_or_default();
            for (within, _) in zip_longest(one, two, PAGE) {
                let start = first + within;
                found.extend((start..start + PAGE).take_while(|index| *index < length));
            }
        }
        found
    }
}

impl<T, const PAGE: usize> Pages<T, PAGE> {
    /// The bytes of its pages, without what the items have on the heap.
    pub(crate) fn pages(&self) -> usize {
        self.weigh(|_| 0)
    }

    fn weigh(&self, heap: impl Fn(&T) -> usize) -> usize {
        let mut bytes = size_of_val(&*self.sheaves);
        for sheaf in self.sheaves.iter() {
            // The blank pages of a sheaf are the same one.
            let mut pages: Vec<&Arc<[T; PAGE]>> = sheaf.iter().collect();
            pages.sort_unstable_by_key(|page| Arc::as_ptr(page));
            pages.dedup_by_key(|page| Arc::as_ptr(page));
            bytes += size_of::<Sheaf<T, PAGE>>() + pages.len() * size_of::<[T; PAGE]>();
            let items = pages.into_iter().flat_map(|page| page.iter());
            bytes += items.map(&heap).sum::<usize>();
        }
        bytes
    }
}

impl<T: Weight, const PAGE: usize> Weight for Pages<T, PAGE> {
    fn heap(&self) -> usize {
        self.weigh(Weight::heap)
    }
}

/// A place on both sides, where it is there.
type Sides<'a, P> = (Option<&'a Arc<P>>, Option<&'a Arc<P>>);

/// The parts of two lists side by side that are not one and the same, with the index of the first item of each.
fn zip_longest<'a, P>(
    one: &'a [Arc<P>],
    two: &'a [Arc<P>],
    items: usize,
) -> impl Iterator<Item = (usize, Sides<'a, P>)> {
    let pairs =
        (0..one.len().max(two.len())).map(move |at| (at * items, (one.get(at), two.get(at))));
    pairs.filter(|(_, pair)| !matches!(pair, (Some(one), Some(two)) if Arc::ptr_eq(one, two)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clones_keep_what_they_had() {
        let mut pages: Pages<usize> = Pages::default();
        (0..10_000).for_each(|n| pages.push(n));
        let before = pages.clone();
        for n in (0..10_000).step_by(97) {
            *pages.get_mut(n).unwrap() += 1;
        }
        pages.push(0);
        assert_eq!(before.len(), 10_000);
        assert!(before.iter().enumerate().all(|(n, item)| n == *item));
        assert!((0..10_000).all(|n| *pages.get(n).unwrap() == n + usize::from(n % 97 == 0)));
        assert!(pages.iter_from(4_321).eq(pages.iter().skip(4_321)));
        assert_eq!(pages.iter_from(10_001).count(), 0);
        let unshared = pages.unshared(&before);
        assert!(
            (0..10_000)
                .step_by(97)
                .chain([10_000])
                .all(|n| unshared.contains(&n))
        );
        assert_eq!(unshared, before.unshared(&pages));
        assert!(pages.unshared(&pages.clone()).is_empty());
        let mut again = before.clone();
        *again.get_mut(5_000).unwrap() = 0;
        assert_eq!(again.unshared(&before), (4_992..5_056).collect::<Vec<_>>());
        assert_eq!(pages.get_mut(10_001), None);
        pages.set(20_000, 7);
        assert_eq!(
            (pages.len(), pages.iter().sum::<usize>()),
            (20_001, pages.iter().take(10_001).sum::<usize>() + 7)
        );
    }
}
