//! For each group, the groups that matter among itself and all above.

use std::collections::HashSet;

use crate::facts::Facts;
use crate::graph;
use crate::id::Group;
use crate::index::lists::{ListId, Lists};

/// The longest list that is kept for a group. Past it, the group is searched from.
pub(crate) const LIMIT: usize = 256;

/// For each group, by index, the marked groups among itself and all above.
///
/// Lists are interned, so a chain of a million groups with three marked ones has four lists. Where a list would pass [`LIMIT`] the group
/// gets *entries* instead: the nearest nodes above of a skeleton that leaves unmarked groups out. A search over the skeleton visits each
/// node at most once and stops at nodes that have a list. The skeleton is linear in the edges: a group whose entries would pass the limit
/// becomes a node itself.
#[derive(Debug)]
pub(crate) struct Closure {
    lists: Lists,
    reach: Vec<Reach>,
    marked: Vec<bool>,
}

#[derive(Clone, Copy, Debug)]
enum Reach {
    /// All marked groups.
    List(ListId),
    /// The group is a node of the skeleton; the list has the next nodes above.
    Node(ListId),
    /// The group is no node; the list has the nearest nodes above.
    Entries(ListId),
}

impl Closure {
    pub(crate) fn of(facts: &Facts, marked: impl Fn(Group) -> bool) -> Self {
        let slots = facts.groups.slots();
        let mut lists = Lists::default();
        let empty = lists.intern(Vec::new());
        let mut closure = Closure {
            lists,
            reach: vec![Reach::List(empty); slots],
            marked: vec![false; slots],
        };
        for group in graph::bottom_up(facts.all_groups(), |group| facts.parents(group)) {
            closure.add(facts, group, marked(group));
        }
        closure
    }

    /// Adds a group all of whose parents have been added.
    fn add(&mut self, facts: &Facts, group: Group, marked: bool) {
        let at = group.index as usize;
        let parents: Vec<u32> = facts.parents(group).map(|parent| parent.index).collect();
        let reach = match self.union(&parents, group.index, marked) {
            Some(list) => Reach::List(self.lists.intern(list)),
            None => {
                let entries = self.entries(&parents);
                let node = marked || entries.len() > LIMIT;
                let entries = self.lists.intern(entries);
                if node {
                    Reach::Node(entries)
                } else {
                    Reach::Entries(entries)
                }
            }
        };
        if let (Some(slot), Some(mark)) = (self.reach.get_mut(at), self.marked.get_mut(at)) {
            (*slot, *mark) = (reach, marked);
        }
    }

    /// The union of the parents' lists and the group itself, unless it is too long or a parent has none.
    fn union(&self, parents: &[u32], group: u32, marked: bool) -> Option<Vec<u32>> {
        let mut union: Vec<u32> = if marked { vec![group] } else { Vec::new() };
        for parent in parents {
            match self.reach.get(*parent as usize)? {
                Reach::List(list) => union.extend(self.lists.get(*list)),
                Reach::Node(_) | Reach::Entries(_) => return None,
            }
            if union.len() > LIMIT {
                union.sort_unstable();
                union.dedup();
                if union.len() > LIMIT {
                    return None;
                }
            }
        }
        Some(union)
    }

    /// The nearest nodes above: a parent that is a node or has a list stands for itself.
    fn entries(&self, parents: &[u32]) -> Vec<u32> {
        let mut entries = Vec::new();
        for parent in parents {
            match self.reach.get(*parent as usize) {
                Some(Reach::Entries(list)) => entries.extend(self.lists.get(*list)),
                Some(Reach::List(_) | Reach::Node(_)) => entries.push(*parent),
                None => {}
            }
        }
        entries.sort_unstable();
        entries.dedup();
        entries
    }

    /// The marked groups among the group and all above, as one stored list; `None` where they have to be searched.
    pub(crate) fn list(&self, group: u32) -> Option<ListId> {
        match self.reach.get(group as usize)? {
            Reach::List(list) => Some(*list),
            Reach::Node(_) | Reach::Entries(_) => None,
        }
    }

    pub(crate) fn get(&self, list: ListId) -> &[u32] {
        self.lists.get(list)
    }

    /// The distinct lists.
    pub(crate) fn lists(&self) -> impl Iterator<Item = (ListId, &[u32])> {
        self.lists.iter()
    }

    /// Hands over the marked groups among the group and all above, until `wanted` says true. Some may come twice.
    pub(crate) fn any(&self, group: u32, mut wanted: impl FnMut(u32) -> bool) -> bool {
        let mut met: HashSet<u32> = HashSet::new();
        let mut stack = vec![group];
        while let Some(node) = stack.pop() {
            let next = match self.reach.get(node as usize) {
                Some(Reach::List(list)) => {
                    if self.lists.get(*list).iter().any(|marked| wanted(*marked)) {
                        return true;
                    }
                    continue;
                }
                Some(Reach::Node(next) | Reach::Entries(next)) => *next,
                None => continue,
            };
            if self.marked.get(node as usize).is_some_and(|marked| *marked) && wanted(node) {
                return true;
            }
            stack.extend(
                self.lists
                    .get(next)
                    .iter()
                    .filter(|next| met.insert(**next)),
            );
        }
        false
    }
}
