//! `Pages`: a vector in pages shared copy-on-write.

use std::array;
use std::marker::PhantomData;
use std::sync::Arc;

use crate::store::weight::Weight;

/// How many pages a sheaf has, and how many sheaves a bundle.
const FAN: usize = 32;

/// A vector whose clones share every page that neither has changed: list of bundles, bundle of sheaves, sheaf of pages, page of items.
///
/// A change copies the page of `PAGE` items and all that leads to it, and counts a reference for each shared thing in them, wherever in
/// memory it lies: so all of them are short, and pages in which every item is a shared thing are shorter. An item is four loads away, none
/// of which depends on how many items there are; see also [`Shallow`]. What was never set is the default of its type, and pages that have
/// nothing else are mostly one and the same.
#[derive(Clone, Debug)]
pub(crate) struct Pages<T, const PAGE: usize = 32, S = Bundles<Sheaf<T, PAGE>>> {
    sheaves: S,
    length: usize,
    items: PhantomData<T>,
}

/// Pages without bundles: an item is three loads away, and a change copies a list that is as long as there are sheaves. For what there is
/// of each group, which are fewer than users, and is read for every question.
pub(crate) type Shallow<T, const PAGE: usize> = Pages<T, PAGE, List<Sheaf<T, PAGE>>>;

type Sheaf<T, const PAGE: usize> = [Arc<[T; PAGE]>; FAN];

/// All sheaves, in order.
pub(crate) trait Spine {
    type Sheaf;

    /// The sheaves in their order; where more are needed to fill a bundle it is this one.
    fn of(sheaves: Vec<Arc<Self::Sheaf>>, more: &Arc<Self::Sheaf>) -> Self;

    fn get(&self, at: usize) -> Option<&Self::Sheaf>;

    /// The sheaf, shared with no clone any more.
    fn get_mut(&mut self, at: usize) -> Option<&mut Self::Sheaf>;

    fn len(&self) -> usize;

    fn iter(&self) -> impl Iterator<Item = &Arc<Self::Sheaf>>;

    /// The bytes of what leads to the sheaves.
    fn bytes(&self) -> usize;
}

/// Sheaves one by one.
#[derive(Clone, Debug)]
pub(crate) struct List<S>(Arc<[Arc<S>]>);

impl<S> Default for List<S> {
    fn default() -> Self {
        List(Arc::default())
    }
}

impl<S: Clone> Spine for List<S> {
    type Sheaf = S;

    fn of(sheaves: Vec<Arc<S>>, _: &Arc<S>) -> Self {
        List(sheaves.into())
    }

    #[inline]
    fn get(&self, at: usize) -> Option<&S> {
        self.0.get(at).map(|sheaf| &**sheaf)
    }

    fn get_mut(&mut self, at: usize) -> Option<&mut S> {
        Arc::make_mut(&mut self.0).get_mut(at).map(Arc::make_mut)
    }

    fn len(&self) -> usize {
        self.0.len()
    }

    fn iter(&self) -> impl Iterator<Item = &Arc<S>> {
        self.0.iter()
    }

    fn bytes(&self) -> usize {
        size_of_val(&*self.0)
    }
}

/// Sheaves in bundles, so that no list is long.
#[derive(Clone, Debug)]
pub(crate) struct Bundles<S>(Arc<[Arc<Bundle<S>>]>);

type Bundle<S> = [Arc<S>; FAN];

impl<S> Default for Bundles<S> {
    fn default() -> Self {
        Bundles(Arc::default())
    }
}

impl<S: Clone> Spine for Bundles<S> {
    type Sheaf = S;

    fn of(sheaves: Vec<Arc<S>>, more: &Arc<S>) -> Self {
        let bundles = sheaves.chunks(FAN).map(|sheaves| {
            let sheaf = |at| Arc::clone(sheaves.get(at).unwrap_or(more));
            Arc::new(array::from_fn(sheaf))
        });
        Bundles(bundles.collect())
    }

    #[inline]
    fn get(&self, at: usize) -> Option<&S> {
        self.0.get(at / FAN)?.get(at % FAN).map(|sheaf| &**sheaf)
    }

    fn get_mut(&mut self, at: usize) -> Option<&mut S> {
        let bundle = Arc::make_mut(&mut self.0).get_mut(at / FAN)?;
        let sheaf = Arc::make_mut(bundle).get_mut(at % FAN)?;
        Some(Arc::make_mut(sheaf))
    }

    fn len(&self) -> usize {
        self.0.len() * FAN
    }

    fn iter(&self) -> impl Iterator<Item = &Arc<S>> {
        self.0.iter().flat_map(|bundle| bundle.iter())
    }

    fn bytes(&self) -> usize {
        size_of_val(&*self.0) + self.0.len() * size_of::<Bundle<S>>()
    }
}

impl<T, const PAGE: usize, S: Default> Default for Pages<T, PAGE, S> {
    fn default() -> Self {
        Pages {
            sheaves: S::default(),
            length: 0,
            items: PhantomData,
        }
    }
}

/// A sheaf in which nothing was set.
fn blank<T: Default, const PAGE: usize>() -> Arc<Sheaf<T, PAGE>> {
    let page = Arc::new(array::from_fn(|_| T::default()));
    Arc::new(array::from_fn(|_| Arc::clone(&page)))
}

impl<T: Clone + Default, const PAGE: usize, S: Spine<Sheaf = Sheaf<T, PAGE>>> Pages<T, PAGE, S> {
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
        let needed = length.div_ceil(PAGE * FAN);
        if needed > self.sheaves.len() {
            let blank = blank();
            let mut sheaves: Vec<_> = self.sheaves.iter().cloned().collect();
            sheaves.resize(needed, Arc::clone(&blank));
            self.sheaves = S::of(sheaves, &blank);
        }
    }

    pub(crate) fn push(&mut self, item: T) {
        self.set(self.length, item);
    }

    /// Lays the pages side by side. After an edit that added most of them this brings together what came to lie between other things; no
    /// page that an item was set in is shared afterwards.
    pub(crate) fn settle(&mut self) {
        let blank = blank();
        let page = |page: &Arc<[T; PAGE]>| Arc::new(<[T; PAGE]>::clone(page));
        let used = self.length.div_ceil(PAGE * FAN);
        let sheaves = self.sheaves.iter().take(used);
        // All pages first: the sheaves, of which every look needs one, then lie on as few pages of the machine as they fill.
        let sheaves: Vec<Sheaf<T, PAGE>> =
            sheaves.map(|sheaf| sheaf.each_ref().map(page)).collect();
        let sheaves = sheaves.into_iter().map(Arc::new).collect();
        self.sheaves = S::of(sheaves, &blank);
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

impl<T, const PAGE: usize, S: Spine<Sheaf = Sheaf<T, PAGE>>> Pages<T, PAGE, S> {
    /// The bytes of its pages, without what the items have on the heap.
    pub(crate) fn pages(&self) -> usize {
        self.weigh(|_| 0)
    }

    fn weigh(&self, heap: impl Fn(&T) -> usize) -> usize {
        let sheaves = distinct(self.sheaves.iter());
        let bytes = self.sheaves.bytes() + sheaves.len() * size_of::<Sheaf<T, PAGE>>();
        let pages = distinct(sheaves.into_iter().flat_map(|sheaf| sheaf.iter()));
        let items = pages.iter().flat_map(|page| page.iter());
        bytes + pages.len() * size_of::<[T; PAGE]>() + items.map(heap).sum::<usize>()
    }
}

impl<T: Weight, const PAGE: usize, S: Spine<Sheaf = Sheaf<T, PAGE>>> Weight for Pages<T, PAGE, S> {
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
        check_clones(Pages::<usize>::default());
        check_clones(Pages::<usize, 2>::default());
        check_clones(Shallow::<usize, 8>::default());
    }

    fn check_clones<const PAGE: usize, S>(mut pages: Pages<usize, PAGE, S>)
    where
        S: Spine<Sheaf = Sheaf<usize, PAGE>> + Clone,
    {
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
