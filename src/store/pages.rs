//! `Pages`: a vector in pages shared copy-on-write.

use std::array;
use std::sync::Arc;

use crate::store::weight::Weight;

/// How many pages a sheaf has, and how many sheaves a bundle.
const FAN: usize = 32;

/// How many sheaves at the most are listed one by one.
const FEW: usize = 3 * FAN;

/// A vector whose clones share every page that neither has changed: list of sheaves, sheaf of pages, page of items.
///
/// A change copies the page of `PAGE` items, its sheaf and the list, and counts a reference for each shared thing in them, wherever in
/// memory it lies: so all of them are short, and pages in which every item is a shared thing are shorter. An item is three loads away,
/// none of which depends on how many items there are, or four where there are many. What was never set is the default of its type, and
/// pages that have nothing else are mostly one and the same.
#[derive(Clone, Debug)]
pub(crate) struct Pages<T, const PAGE: usize = 32> {
    sheaves: Sheaves<T, PAGE>,
    length: usize,
}

/// The list of sheaves.
#[derive(Clone, Debug)]
enum Sheaves<T, const PAGE: usize> {
    Few(Arc<[Arc<Sheaf<T, PAGE>>]>),
    /// In bundles, so that no list is long.
    Many(Arc<[Arc<Bundle<T, PAGE>>]>),
}

type Sheaf<T, const PAGE: usize> = [Arc<[T; PAGE]>; FAN];

type Bundle<T, const PAGE: usize> = [Arc<Sheaf<T, PAGE>>; FAN];

impl<T, const PAGE: usize> Default for Pages<T, PAGE> {
    fn default() -> Self {
        Pages {
            sheaves: Sheaves::Few(Arc::default()),
            length: 0,
        }
    }
}

impl<T, const PAGE: usize> Sheaves<T, PAGE> {
    #[inline]
    fn get(&self, at: usize) -> Option<&Sheaf<T, PAGE>> {
        match self {
            Sheaves::Few(sheaves) => sheaves.get(at).map(|sheaf| &**sheaf),
            Sheaves::Many(bundles) => bundles.get(at / FAN)?.get(at % FAN).map(|sheaf| &**sheaf),
        }
    }

    /// The sheaf, shared with no clone any more.
    fn get_mut(&mut self, at: usize) -> Option<&mut Sheaf<T, PAGE>> {
        let sheaf = match self {
            Sheaves::Few(sheaves) => Arc::make_mut(sheaves).get_mut(at)?,
            Sheaves::Many(bundles) => {
                let bundle = Arc::make_mut(bundles).get_mut(at / FAN)?;
                Arc::make_mut(bundle).get_mut(at % FAN)?
            }
        };
        Some(Arc::make_mut(sheaf))
    }

    fn len(&self) -> usize {
        match self {
            Sheaves::Few(sheaves) => sheaves.len(),
            Sheaves::Many(bundles) => bundles.len() * FAN,
        }
    }

    fn iter(&self) -> impl Iterator<Item = &Arc<Sheaf<T, PAGE>>> {
        let (few, many) = match self {
            Sheaves::Few(sheaves) => (&**sheaves, <&[_]>::default()),
            Sheaves::Many(bundles) => (<&[_]>::default(), &**bundles),
        };
        few.iter()
            .chain(many.iter().flat_map(|bundle| bundle.iter()))
    }

    /// The sheaves in their order; one more lengthens the last bundle.
    fn of(sheaves: Vec<Arc<Sheaf<T, PAGE>>>, more: &Arc<Sheaf<T, PAGE>>) -> Self {
        if sheaves.len() <= FEW {
            return Sheaves::Few(sheaves.into());
        }
        let bundles = sheaves.chunks(FAN).map(|sheaves| {
            let sheaf = |at| Arc::clone(sheaves.get(at).unwrap_or(more));
            Arc::new(array::from_fn(sheaf))
        });
        Sheaves::Many(bundles.collect())
    }
}

/// A sheaf in which nothing was set.
fn blank<T: Default, const PAGE: usize>() -> Arc<Sheaf<T, PAGE>> {
    let page = Arc::new(array::from_fn(|_| T::default()));
    Arc::new(array::from_fn(|_| Arc::clone(&page)))
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
            .get(index / (PAGE * FAN))?
            .get(index / PAGE % FAN)?
            .get(index % PAGE)
    }

    /// The item, in pages that no clone shares any more.
    pub(crate) fn get_mut(&mut self, index: usize) -> Option<&mut T> {
        if index >= self.length {
            return None;
        }
        let sheaf = self.sheaves.get_mut(index / (PAGE * FAN))?;
        Arc::make_mut(sheaf.get_mut(index / PAGE % FAN)?).get_mut(index % PAGE)
    }

    /// Puts the item at the index.
    pub(crate) fn set(&mut self, index: usize, item: T) {
        if index >= self.length {
            self.length = index + 1;
            let needed = index / (PAGE * FAN) + 1;
            if needed > self.sheaves.len() {
                let blank = blank();
                let mut sheaves: Vec<_> = self.sheaves.iter().cloned().collect();
                sheaves.resize(needed, Arc::clone(&blank));
                self.sheaves = Sheaves::of(sheaves, &blank);
            }
        }
        if let Some(place) = self.get_mut(index) {
            *place = item;
        }
    }

    pub(crate) fn push(&mut self, item: T) {
        self.set(self.length, item);
    }

    /// Lays the pages side by side. After an edit that added most of them this brings together what came to lie between other things; no
    /// page that an item was set in is shared afterwards.
    pub(crate) fn settle(&mut self) {
        let blank = blank();
        let sheaf = |sheaf: &Arc<Sheaf<T, PAGE>>| {
            let page = |page: &Arc<[T; PAGE]>| Arc::new(<[T; PAGE]>::clone(page));
            Arc::new(sheaf.each_ref().map(page))
        };
        let used = self.length.div_ceil(PAGE * FAN);
        let sheaves = self.sheaves.iter().take(used).map(sheaf).collect();
        self.sheaves = Sheaves::of(sheaves, &blank);
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &T> {
        self.iter_from(0)
    }

    /// The items from that index on.
    pub(crate) fn iter_from(&self, index: usize) -> impl Iterator<Item = &T> {
        let sheaves = self.sheaves.iter().skip(index / (PAGE * FAN));
        let pages = sheaves.flat_map(|sheaf| sheaf.iter());
        let pages = pages.skip(index / PAGE % FAN);
        let items = pages.flat_map(|page| page.iter()).skip(index % PAGE);
        items.take(self.length.saturating_sub(index))
    }

    /// The indices, in order, of the items on pages that the two do not share; some may be of one of them alone.
    pub(crate) fn unshared(&self, other: &Self) -> Vec<usize> {
        let mut found = Vec::new();
        let length = self.length.max(other.length);
        let sheaves = differing(self.sheaves.iter(), other.sheaves.iter());
        for (sheaf, (one, two)) in sheaves {
            let one = one.into_iter().flat_map(|sheaf| sheaf.iter());
            let two = two.into_iter().flat_map(|sheaf| sheaf.iter());
            for (page, _) in differing(one, two) {
                let start = (sheaf * FAN + page) * PAGE;
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
        let list = match &self.sheaves {
            Sheaves::Few(sheaves) => size_of_val(&**sheaves),
            Sheaves::Many(bundles) => {
                size_of_val(&**bundles) + bundles.len() * size_of::<Bundle<T, PAGE>>()
            }
        };
        let sheaves = distinct(self.sheaves.iter());
        let bytes = list + sheaves.len() * size_of::<Sheaf<T, PAGE>>();
        let pages = distinct(sheaves.into_iter().flat_map(|sheaf| sheaf.iter()));
        let items = pages.iter().flat_map(|page| page.iter());
        bytes + pages.len() * size_of::<[T; PAGE]>() + items.map(heap).sum::<usize>()
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
fn differing<'a, P: 'a>(
    one: impl Iterator<Item = &'a Arc<P>>,
    two: impl Iterator<Item = &'a Arc<P>>,
) -> impl Iterator<Item = (usize, Sides<'a, P>)> {
    let (mut one, mut two) = (one.fuse(), two.fuse());
    let pairs = std::iter::from_fn(move || match (one.next(), two.next()) {
        (None, None) => None,
        pair => Some(pair),
    });
    let pairs = pairs.enumerate();
    pairs.filter(|(_, pair)| !matches!(pair, (Some(one), Some(two)) if Arc::ptr_eq(one, two)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clones_keep_what_they_had() {
        check_clones::<32>();
        // So many short pages that their sheaves are in bundles.
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
        let mut settled = pages.clone();
        settled.settle();
        assert!(settled.iter().eq(pages.iter()));
        assert_eq!(settled.unshared(&pages).len(), 20_001);
    }
}
