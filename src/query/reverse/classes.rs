//! Targets sorted into classes by what the atoms of a formula say of them.

use crate::facts::Facts;
use crate::id::{Place, Target};
use crate::query::reverse::down::Sort;
use crate::query::reverse::sets::Slots;

/// The sorts that together have every target but the platform.
pub(crate) const SORTS: [Sort; 3] = [Sort::Users, Sort::Groups, Sort::Resources];

/// Targets of which the same is true.
#[derive(Clone, Debug)]
pub(crate) struct Class {
    pub(crate) extent: Extent,
    /// For each set, in order, whether these targets are in it.
    pub(crate) marks: Vec<bool>,
}

/// The targets of a class.
#[derive(Clone, Debug)]
pub(crate) enum Extent {
    Platform,
    Of(Sort, Slots),
}

impl Extent {
    /// How many targets there are.
    pub(crate) fn len(&self, facts: &Facts) -> usize {
        match self {
            Extent::Platform => 1,
            Extent::Of(sort, slots) => slots.len(sort.count(facts)),
        }
    }

    /// The targets in order.
    pub(crate) fn iter<'a>(&'a self, facts: &'a Facts) -> Box<dyn Iterator<Item = Target> + 'a> {
        match self {
            Extent::Platform => Box::new(std::iter::once(Target::Platform)),
            Extent::Of(sort, slots) => {
                let members = sort.members_from(facts, slots, 0);
                let places = members.filter_map(|slot| sort.place(facts, slot));
                Box::new(places.map(Target::from))
            }
        }
    }

    pub(crate) fn is_platform(&self) -> bool {
        matches!(self, Extent::Platform)
    }

    /// Whether the place, which need not resolve there, is one of the targets.
    pub(crate) fn contains(&self, facts: &Facts, place: Place) -> bool {
        match self {
            Extent::Platform => false,
            Extent::Of(sort, slots) => {
                let slot = sort.slot(facts, place);
                facts.check(place.into()).is_ok() && slot.is_some_and(|slot| slots.contains(slot))
            }
        }
    }

    /// Some target of the class.
    pub(crate) fn first(&self, facts: &Facts) -> Option<Target> {
        self.iter(facts).next()
    }
}

/// The targets of several extents, those of one sort together.
pub(crate) fn together(extents: impl IntoIterator<Item = Extent>) -> Vec<Extent> {
    let mut together: Vec<Extent> = Vec::new();
    for extent in extents {
        let Extent::Of(sort, slots) = extent else {
            together.push(extent);
            continue;
        };
        let alike = together.iter_mut().find_map(|other| match other {
            Extent::Of(of, slots) if *of == sort => Some(slots),
            _ => None,
        });
        match alike {
            Some(others) => *others = others.take().union(slots),
            None => together.push(Extent::Of(sort, slots)),
        }
    }
    together
}

/// Sorts the slots into classes by whether they are in each of the sets; classes that have no slot are left out.
pub(crate) fn refine(facts: &Facts, sort: Sort, slots: Slots, sets: Vec<Slots>) -> Vec<Class> {
    let all = sort.count(facts);
    let mut classes = vec![(slots, Vec::new())];
    for set in sets {
        let mut finer = Vec::new();
        for (slots, marks) in classes {
            let inside = slots.clone().intersection(set.clone());
            let outside = slots.minus(set.clone());
            for (slots, mark) in [(inside, true), (outside, false)] {
                if slots.len(all) > 0 {
                    let mut marks: Vec<bool> = marks.clone();
                    marks.push(mark);
                    finer.push((slots, marks));
                }
            }
        }
        classes = finer;
    }
    let classes = classes.into_iter().filter(|(slots, _)| slots.len(all) > 0);
    classes
        .map(|(slots, marks)| Class {
            extent: Extent::Of(sort, slots),
            marks,
        })
        .collect()
}

/// Walks all combinations of one item from each list, in order, until `wanted` says true.
pub(crate) fn any_combination<T: Copy>(
    lists: &[Vec<T>],
    mut wanted: impl FnMut(&[T]) -> bool,
) -> bool {
    let mut at = vec![0; lists.len()];
    loop {
        let chosen = lists
            .iter()
            .zip(&at)
            .map(|(list, at)| list.get(*at).copied());
        let Some(chosen) = chosen.collect::<Option<Vec<T>>>() else {
            // Some list is empty.
            return false;
        };
        if wanted(&chosen) {
            return true;
        }
        // The last position counts fastest.
        let mut positions = lists.iter().zip(&mut at).rev();
        loop {
            match positions.next() {
                Some((list, at)) if *at + 1 < list.len() => {
                    *at += 1;
                    break;
                }
                Some((_, at)) => *at = 0,
                None => return false,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn combinations_come_in_order_and_none_is_missed() {
        let mut found = Vec::new();
        let lists = [vec![1, 2], vec![3], vec![4, 5]];
        assert!(!any_combination(&lists, |chosen| {
            found.push(chosen.to_vec());
            false
        }));
        assert_eq!(found, [[1, 3, 4], [1, 3, 5], [2, 3, 4], [2, 3, 5]]);
        assert!(any_combination(&lists, |chosen| chosen == [2, 3, 4]));
        assert!(!any_combination(&[vec![1], vec![]], |_| true));
    }
}
