//! `Pages`: a vector in pages shared copy-on-write.

use std::array;
use std::iter::repeat;
use std::sync::Arc;

use crate::store::weight::Weight;

/// How many pages a sheaf has, how many sheaves a bundle, and how many bundles a shelf.
const FAN: usize = 16;

/// A vector whose clones share every page that neither has changed: list of shelves, shelf of bundles, bundle of sheaves, sheaf of pages,
/// page of items.
///
/// A change copies the page of `PAGE` items and all that leads to it, and counts a reference for each shared thing in them, wherever in
/// memory it lies: so all of them are short, and pages in which every item is a shared thing are shorter. An item is five loads away,
/// however many items there are; what every question reads lies nearer, see `Flat`. What was never set is the default of its type, and pages
/// that have nothing else are mostly one and the same.
#[derive(Clone, Debug)]
pub(crate) struct Pages<T, const PAGE: usize = 32> {
    shelves: Arc<[Arc<Shelf<T, PAGE>>]>,
    length: usize,
}

type Shelf<T, const PAGE: usize> = [Arc<Bundle<T, PAGE>>; FAN];

type Bundle<T, const PAGE: usize> = [Arc<Sheaf<T, PAGE>>; FAN];

type Sheaf<T, const PAGE: usize> = [Arc<[T; PAGE]>; FAN];

impl<T, const PAGE: usize> Default for Pages<T, PAGE> {
    fn default() -> Self {
        Pages {
            shelves: Arc::default(),
            length: 0,
        }
    }
}

impl<T: Clone + Default, const PAGE: usize> Pages<T, PAGE> {
    /// So many items, none of which was set.
    pub(crate) fn of_length(length: usize) -> Self {
        let mut pages = Pages::default();
        pages.cover(length);
        pages
    }

    /// One more than the last index that was ever set.
    pub(crate) fn len(&self) -> usize {
        self.length
    }

    /// The page of that number, as long as all pages.
    pub(crate) fn page(&self, page: usize) -> Option<&[T; PAGE]> {
        let shelf = self.shelves.get(page / (FAN * FAN * FAN))?;
        let bundle = shelf.get(page / (FAN * FAN) % FAN)?;
        let sheaf = bundle.get(page / FAN % FAN)?;
        sheaf.get(page % FAN).map(|page| &**page)
    }

    /// The page of that number, which no clone shares any more.
    pub(crate) fn page_mut(&mut self, page: usize) -> Option<&mut Arc<[T; PAGE]>> {
        let shelf = Arc::make_mut(&mut self.shelves).get_mut(page / (FAN * FAN * FAN))?;
        let bundle = Arc::make_mut(shelf).get_mut(page / (FAN * FAN) % FAN)?;
        let sheaf = Arc::make_mut(bundle).get_mut(page / FAN % FAN)?;
        Arc::make_mut(sheaf).get_mut(page % FAN)
    }

    /// The item; past the end it may be `None` or the default.
    #[inline]
    pub(crate) fn get(&self, index: usize) -> Option<&T> {
        self.page(index / PAGE)?.get(index % PAGE)
    }

    /// The item, in pages that no clone shares any more.
    pub(crate) fn get_mut(&mut self, index: usize) -> Option<&mut T> {
        if index >= self.length {
            return None;
        }
        Arc::make_mut(self.page_mut(index / PAGE)?).get_mut(index % PAGE)
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
        let shelves = length.div_ceil(PAGE * FAN * FAN * FAN);
        if shelves > self.shelves.len() {
            let page = Arc::new(array::from_fn(|_| T::default()));
            let sheaf = Arc::new(array::from_fn(|_| Arc::clone(&page)));
            let bundle = Arc::new(array::from_fn(|_| Arc::clone(&sheaf)));
            let blank = Arc::new(array::from_fn(|_| Arc::clone(&bundle)));
            let old = self.shelves.iter().cloned();
            self.shelves = old.chain(repeat(blank)).take(shelves).collect();
        }
    }

    pub(crate) fn push(&mut self, item: T) {
        self.set(self.length, item);
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &T> {
        let pages = 0..self.length.div_ceil(PAGE);
        let pages = pages.filter_map(|page| self.page(page));
        pages.flatten().take(self.length)
    }

    /// The indices, in order, of the items on pages that the two do not share; some may be of one of them alone.
    pub(crate) fn unshared(&self, other: &Self) -> Vec<usize> {
        let mut found = Vec::new();
        let length = self.length.max(other.length);
        let shelves = differing(&self.shelves, &other.shelves);
        for (page, _) in below(&below(&below(&shelves))) {
            let start = page * PAGE;
            found.extend((start..start + PAGE).take_while(|index| *index < length));
        }
        found
    }
}

impl<T, const PAGE: usize> Pages<T, PAGE> {
    /// The bytes it takes up, without what the items have on the heap.
    pub(crate) fn bytes(&self) -> usize {
        self.weigh(|_| 0)
    }

    fn weigh(&self, heap: impl Fn(&T) -> usize) -> usize {
        let shelves = distinct(self.shelves.iter());
        let bundles = distinct(shelves.iter().flat_map(|shelf| shelf.iter()));
        let sheaves = distinct(bundles.iter().flat_map(|bundle| bundle.iter()));
        let pages = distinct(sheaves.iter().flat_map(|sheaf| sheaf.iter()));
        let items = pages.iter().flat_map(|page| page.iter());
        size_of_val(&*self.shelves)
            + shelves.len() * size_of::<Shelf<T, PAGE>>()
            + bundles.len() * size_of::<Bundle<T, PAGE>>()
            + sheaves.len() * size_of::<Sheaf<T, PAGE>>()
            + pages.len() * size_of::<[T; PAGE]>()
            + items.map(heap).sum::<usize>()
    }
}

impl<T: Weight, const PAGE: usize> Weight for Pages<T, PAGE> {
    fn heap(&self) -> usize {
        self.weigh(Weight::heap)
    }
}

/// Each shared thing once: those in which nothing was set are mostly one and the same.
fn distinct<'a, P: 'a>(shared: impl Iterator<Item = &'a Arc<P>>) -> Vec<&'a Arc<P>> {
    let mut shared: Vec<&Arc<P>> = shared.collect();
    shared.sort_unstable_by_key(|part| Arc::as_ptr(part));
    shared.dedup_by_key(|part| Arc::as_ptr(part));
    shared
}

/// A place on both sides, where it is there.
type Sides<'a, P> = (Option<&'a Arc<P>>, Option<&'a Arc<P>>);

/// The parts of two lists side by side that are not one and the same, with their place in the list.
///
/// Lists and not iterators lead from one level to the next: the type of a chain of iterators over four levels has a name of 200,000 letters,
/// which made three quarters of an unoptimised program.
fn differing<'a, P>(one: &'a [Arc<P>], two: &'a [Arc<P>]) -> Vec<(usize, Sides<'a, P>)> {
    let pairs = (0..one.len().max(two.len())).map(|at| (at, (one.get(at), two.get(at))));
    let is_other = |(_, pair): &(usize, Sides<'a, P>)| !matches!(pair, (Some(one), Some(two)) if Arc::ptr_eq(one, two));
    pairs.filter(is_other).collect()
}

/// The parts of those that lie side by side and are not one and the same, with their place among all parts.
fn below<'a, P>(above: &[(usize, Sides<'a, [Arc<P>; FAN]>)]) -> Vec<(usize, Sides<'a, P>)> {
    let mut found = Vec::new();
    for (at, (one, two)) in above {
        let [one, two] = [one, two].map(|side| side.map(|parts| &parts[..]).unwrap_or_default());
        let parts = differing(one, two).into_iter();
        found.extend(parts.map(|(nth, sides)| (at * FAN + nth, sides)));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clones_keep_what_they_had() {
        check_clones::<32>();
        check_clones::<2>();
    }

    fn check_clones<const PAGE: usize>() {
        let mut pages: Pages<usize, PAGE> = Pages::default();
        (0..10_000).for_each(|n| pages.push(n));
        let before = pages.clone();
        for n in (0..10_000).step_by(97) {
            *pages.get_mut(n).unwrap() += 1;
        }
        pages.push(0);
        assert_eq!(before.len(), 10_000);
        assert!(before.iter().enumerate().all(|(n, item)| n == *item));
        assert!((0..10_000).all(|n| *pages.get(n).unwrap() == n + usize::from(n % 97 == 0)));
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
        let page = 5_000 / PAGE * PAGE;
        assert_eq!(
            again.unshared(&before),
            (page..page + PAGE).collect::<Vec<_>>()
        );
        assert_eq!(pages.get_mut(10_001), None);
        pages.set(20_000, 7);
        assert_eq!(
            (pages.len(), pages.iter().sum::<usize>()),
            (20_001, pages.iter().take(10_001).sum::<usize>() + 7)
        );
    }
}
