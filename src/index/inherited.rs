//! What groups have themselves and inherit from above in pieces of memory that they share, kept up to date where the graph changes: for what is
//! denied, and for what is allowed of permissions that have no words.

use std::fmt::Debug;
use std::sync::Arc;

use rustc_hash::FxHashSet as HashSet;
use smallvec::SmallVec;

use crate::facts::Facts;
use crate::index::spread::{Something, spread};
use crate::store::{Pages, Weight};

/// Something that a group has, and that adds up on the way down.
pub(crate) trait Heritage: Clone + Default + PartialEq + Debug {
    /// How much it is, against the limit.
    fn size(&self) -> usize;
    /// All of them together.
    fn union(parts: &[&Self]) -> Self;
}

/// For each group, by index, what it has and inherits.
///
/// A group that adds nothing to what its parents pass on shares it with them, so a chain of a million groups of which three have something
/// stores four. Where it would pass the limit the group gets *entries* instead: the nearest nodes above of a skeleton that leaves out
/// groups with nothing of their own. A search over the skeleton visits each node at most once and stops at groups that have it all. The
/// skeleton is linear in the edges: a group whose entries would pass the limit becomes a node itself.
#[derive(Clone, Debug)]
pub(crate) struct Inherited<T> {
    own: Pages<Option<Arc<T>>, 8>,
    above: Pages<Above<T>, 8>,
    empty: Arc<T>,
    limit: usize,
}

#[derive(Clone, Debug, Default)]
enum Above<T> {
    /// There is nothing in the group and above.
    #[default]
    Nothing,
    /// Everything the group has and inherits.
    All(Arc<T>),
    /// The group is a node of the skeleton; the list has the next ones above.
    Node(Arc<[u32]>),
    /// The group is no node; the list has the nearest ones above.
    Pass(Arc<[u32]>),
}

impl<T: Heritage> Inherited<T> {
    pub(crate) fn new(limit: usize) -> Self {
        Inherited {
            own: Pages::default(),
            above: Pages::default(),
            empty: Arc::default(),
            limit,
        }
    }

    /// What the group has itself.
    pub(crate) fn own(&self, group: u32) -> Option<&Arc<T>> {
        self.own.get(group as usize)?.as_ref()
    }

    /// Sets what the group has itself. What follows from it is not up to date before a [`refresh`](Self::refresh) from the group.
    pub(crate) fn set_own(&mut self, group: u32, own: Option<Arc<T>>) {
        if own.is_some() || self.own(group).is_some() {
            self.own.set(group as usize, own);
        }
    }

    /// Everything the group has and inherits; `None` where it has to be searched.
    pub(crate) fn all(&self, group: u32) -> Option<&Arc<T>> {
        match self.above.get(group as usize) {
            Some(Above::All(all)) => Some(all),
            Some(Above::Node(_) | Above::Pass(_)) => None,
            Some(Above::Nothing) | None => Some(&self.empty),
        }
    }

    /// Hands over all that the group has and inherits, in parts, until `enough` says so. Some may come twice.
    pub(crate) fn any<'a>(
        &'a self,
        group: u32,
        mut enough: impl FnMut(&'a Arc<T>) -> bool,
    ) -> bool {
        if let Some(all) = self.all(group) {
            return enough(all);
        }
        let mut met: HashSet<u32> = HashSet::from_iter([group]);
        let mut stack = vec![group];
        while let Some(node) = stack.pop() {
            let found = match self.above.get(node as usize) {
                Some(Above::All(all)) => enough(all),
                Some(Above::Node(next) | Above::Pass(next)) => {
                    stack.extend(next.iter().filter(|next| met.insert(**next)));
                    self.own(node).is_some_and(&mut enough)
                }
                Some(Above::Nothing) | None => false,
            };
            if found {
                return true;
            }
        }
        false
    }

    /// Brings everything up to date after these groups, by index, got or lost parents or something of their own. Returns the groups for
    /// which it is not as it was; some may come twice.
    pub(crate) fn refresh(&mut self, facts: &Facts, groups: &[u32]) -> Vec<u32> {
        spread(facts, groups, Something, |group, Something| {
            let new = self.follow(group, &facts.parent_indices(group));
            if self.is_same(group, &new) {
                return None;
            }
            self.above.set(group as usize, new);
            Some(Something)
        })
    }

    /// What follows for a group from its own and its parents'.
    fn follow(&self, group: u32, parents: &[u32]) -> Above<T> {
        let mut parts: SmallVec<[&Arc<T>; 4]> = self.own(group).into_iter().collect();
        for parent in parents {
            match self.all(*parent) {
                Some(all)
                    if Arc::ptr_eq(all, &self.empty)
                        || parts.iter().any(|part| Arc::ptr_eq(part, all)) => {}
                Some(all) => parts.push(all),
                None => return self.follow_search(group, parents),
            }
        }
        let all = match parts.as_slice() {
            [] => return Above::Nothing,
            [only] => Arc::clone(only),
            several => {
                let several: SmallVec<[&T; 4]> = several.iter().map(|part| &***part).collect();
                Arc::new(T::union(&several))
            }
        };
        if all.size() > self.limit {
            self.follow_search(group, parents)
        } else {
            Above::All(all)
        }
    }

    fn follow_search(&self, group: u32, parents: &[u32]) -> Above<T> {
        let mut entries: Vec<u32> = Vec::new();
        let mut shared: Option<&Arc<[u32]>> = None;
        for parent in parents {
            match self.above.get(*parent as usize) {
                Some(Above::Pass(next)) => {
                    shared = Some(next);
                    entries.extend(next.iter());
                }
                Some(Above::All(_) | Above::Node(_)) => entries.push(*parent),
                Some(Above::Nothing) | None => {}
            }
        }
        entries.sort_unstable();
        entries.dedup();
        let node = self.own(group).is_some() || entries.len() > self.limit;
        let entries = match shared {
            Some(next) if **next == *entries => Arc::clone(next),
            _ => entries.into(),
        };
        if node {
            Above::Node(entries)
        } else {
            Above::Pass(entries)
        }
    }

    fn is_same(&self, group: u32, new: &Above<T>) -> bool {
        match (self.above.get(group as usize), new) {
            (None | Some(Above::Nothing), Above::Nothing) => true,
            (Some(Above::All(old)), Above::All(new)) => Arc::ptr_eq(old, new) || old == new,
            (Some(Above::Node(old)), Above::Node(new))
            | (Some(Above::Pass(old)), Above::Pass(new)) => {
                // Nodes below read what this one has itself through it.
                old == new
            }
            _ => false,
        }
    }
}

impl<T: Heritage + Weight> Weight for Inherited<T> {
    fn heap(&self) -> usize {
        // Groups share what their parents pass on.
        let mut met: HashSet<*const T> = HashSet::default();
        let mut entries: HashSet<*const u32> = HashSet::default();
        let mut bytes = self.own.heap() + self.above.heap();
        for own in self.own.iter().flatten() {
            met.insert(Arc::as_ptr(own));
        }
        for above in self.above.iter() {
            bytes += match above {
                Above::All(all) if met.insert(Arc::as_ptr(all)) => all.heap(),
                Above::Node(next) | Above::Pass(next) if entries.insert(next.as_ptr()) => {
                    next.heap()
                }
                _ => 0,
            };
        }
        bytes
    }
}

impl<T> Weight for Above<T> {
    /// What it has may be shared, see [`Inherited`].
    fn heap(&self) -> usize {
        0
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;
    use crate::catalog::Catalog;
    use crate::facts::Fact;
    use crate::graph;
    use crate::id::Group;

    #[derive(Clone, Debug, Default, PartialEq)]
    struct Numbers(Vec<u32>);

    impl Heritage for Numbers {
        fn size(&self) -> usize {
            self.0.len()
        }

        fn union(parts: &[&Self]) -> Self {
            let all: BTreeSet<u32> = parts
                .iter()
                .flat_map(|part| part.0.iter().copied())
                .collect();
            Numbers(all.into_iter().collect())
        }
    }

    const GROUPS: usize = 14;

    /// What a group has and inherits, by the graph alone.
    fn naive(facts: &Facts, own: &[Option<u32>], group: u32) -> BTreeSet<u32> {
        let above = graph::reach([group], |group| facts.parent_indices(group).to_vec());
        above
            .into_iter()
            .filter_map(|group| own[group as usize])
            .collect()
    }

    proptest! {
        /// After every change of an edge or of something a group has, at every limit, parts add up to what the graph says.
        #[test]
        fn parts_add_up_to_what_the_graph_says(
            steps in prop::collection::vec((0..GROUPS, 0..GROUPS, any::<bool>(), any::<bool>()), 1..60),
            limit in 0_usize..6,
        ) {
            let mut facts = Facts::new(Catalog::builder().build().unwrap(), 0);
            let groups: Vec<Group> =
                (0..GROUPS).map(|nth| facts.add_group(&nth.to_string(), 0).unwrap()).collect();
            let mut own: Vec<Option<u32>> = vec![None; GROUPS];
            let mut inherited: Inherited<Numbers> = Inherited::new(limit);
            for (one, other, edge, present) in steps {
                let group = u32::try_from(one).unwrap();
                if edge && one != other {
                    // Edges go from the greater to the smaller, so there are no loops.
                    let (child, parent) = (groups[one.max(other)], groups[one.min(other)]);
                    facts.set(&Fact::Parent(child, parent), present);
                    drop(inherited.refresh(&facts, &[child.index]));
                } else {
                    let value = present.then_some(group * 2 + u32::from(other % 2 == 0));
                    own[one] = value;
                    inherited.set_own(group, value.map(|value| Arc::new(Numbers(vec![value]))));
                    drop(inherited.refresh(&facts, &[group]));
                }
                for group in 0..u32::try_from(GROUPS).unwrap() {
                    let mut found = BTreeSet::new();
                    inherited.any(group, |part| {
                        found.extend(part.0.iter().copied());
                        false
                    });
                    prop_assert_eq!(&found, &naive(&facts, &own, group), "group {}", group);
                    prop_assert!(inherited.all(group).is_none_or(|all| all.size() <= limit));
                }
            }
        }
    }
}
