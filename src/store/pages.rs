//! `Pages`: a vector in pages shared copy-on-write.

use std::sync::Arc;

/// How many items a page has, and how many pages a sheaf.
const PAGE: usize = 64;

/// A vector whose clones share every page that neither has changed: page, sheaf of pages, list of sheaves.
#[derive(Clone, Debug)]
pub(crate) struct Pages<T> {
    sheaves: Arc<Vec<Arc<Sheaf<T>>>>,
    length: usize,
}

type Page<T> = Vec<T>;
type Sheaf<T> = Vec<Arc<Page<T>>>;

impl<T> Default for Pages<T> {
    fn default() -> Self {
        Pages {
            sheaves: Arc::default(),
            length: 0,
        }
    }
}

impl<T: Clone> Pages<T> {
    pub(crate) fn len(&self) -> usize {
        self.length
    }

    pub(crate) fn get(&self, index: usize) -> Option<&T> {
        self.sheaves
            .get(index / (PAGE * PAGE))?
            .get(index / PAGE % PAGE)?
            .get(index % PAGE)
    }

    /// The item, in pages that no clone shares any more.
    pub(crate) fn get_mut(&mut self, index: usize) -> Option<&mut T> {
        if index >= self.length {
            return None;
        }
        let sheaf = Arc::make_mut(Arc::make_mut(&mut self.sheaves).get_mut(index / (PAGE * PAGE))?);
        Arc::make_mut(sheaf.get_mut(index / PAGE % PAGE)?).get_mut(index % PAGE)
    }

    /// Puts the item at the index; what has to be there before it is filled up.
    pub(crate) fn set(&mut self, index: usize, item: T, fill: T) {
        while self.length < index {
            self.push(fill.clone());
        }
        match self.get_mut(index) {
            Some(place) => *place = item,
            None => self.push(item),
        }
    }

    pub(crate) fn push(&mut self, item: T) {
        let sheaves = Arc::make_mut(&mut self.sheaves);
        if self.length.is_multiple_of(PAGE * PAGE) {
            sheaves.push(Arc::default());
        }
        if let Some(sheaf) = sheaves.last_mut() {
            let sheaf = Arc::make_mut(sheaf);
            if self.length.is_multiple_of(PAGE) {
                sheaf.push(Arc::new(Vec::with_capacity(PAGE)));
            }
            if let Some(page) = sheaf.last_mut() {
                Arc::make_mut(page).push(item);
                self.length += 1;
            }
        }
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &T> {
        self.sheaves
            .iter()
            .flat_map(|sheaf| sheaf.iter())
            .flat_map(|page| page.iter())
    }

    /// The items from that index on.
    pub(crate) fn iter_from(&self, index: usize) -> impl Iterator<Item = &T> {
        let sheaves = self.sheaves.iter().skip(index / (PAGE * PAGE));
        let pages = sheaves.flat_map(|sheaf| sheaf.iter());
        let pages = pages.skip(index / PAGE % PAGE);
        pages.flat_map(|page| page.iter()).skip(index % PAGE)
    }

    /// The indices, in order, of the items on pages that the two do not share; some may be of one of them alone.
    pub(crate) fn unshared(&self, other: &Self) -> Vec<usize> {
        let mut found = Vec::new();
        let length = self.length.max(other.length);
        for (first, (one, two)) in zip_longest(&self.sheaves, &other.sheaves, PAGE * PAGE) {
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
        let mut pages = Pages::default();
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
        assert_eq!(pages.get(10_001), None);
        assert_eq!(pages.get_mut(10_001), None);
    }
}
