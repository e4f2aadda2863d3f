//! `SortedSet`: an ordered set as a B-tree whose clones share what neither has changed.

use std::ops::{Bound, RangeBounds};
use std::sync::Arc;

use smallvec::SmallVec;

use crate::store::weight::Weight;

/// How many keys a leaf has at the most: fewer where they are large, for a change copies a leaf, and past a kilobyte most allocators are
/// slower.
const fn full<K>() -> usize {
    let fitting = 960 / size_of::<K>();
    match fitting {
        0..16 => 16,
        64.. => 64,
        fitting => fitting,
    }
}

/// How many children an inner node has at the most. Copying one counts a reference for each, wherever in memory they lie.
const CHILDREN: usize = 16;

/// An ordered set of small keys. A change copies one node on each level; iteration is in order.
#[derive(Clone, Debug)]
pub(crate) struct SortedSet<K> {
    /// None where nothing was ever added.
    root: Option<Arc<Node<K>>>,
    length: usize,
}

#[derive(Debug)]
enum Node<K> {
    Leaf(Vec<K>),
    /// All on one level.
    Inner(Vec<Child<K>>),
}

/// A node with a key that none in it is less than.
type Child<K> = (K, Arc<Node<K>>);

impl<K: Clone> Clone for Node<K> {
    /// With room for one more: a node is copied to be changed.
    fn clone(&self) -> Self {
        match self {
            Node::Leaf(keys) => Node::Leaf(roomy(keys)),
            Node::Inner(children) => Node::Inner(roomy(children)),
        }
    }
}

fn roomy<T: Clone>(items: &[T]) -> Vec<T> {
    let mut copy = Vec::with_capacity(items.len() + 1);
    copy.extend_from_slice(items);
    copy
}

/// Puts the item in its place. Where there is no room for it, some is made for a few more: not for as many again, for most lists have
/// grown as long as they ever will.
fn put<T>(items: &mut Vec<T>, at: usize, item: T) {
    if items.len() == items.capacity() {
        items.reserve_exact(items.len() / 2 + 2);
    }
    items.insert(at, item);
}

impl<K> Default for SortedSet<K> {
    fn default() -> Self {
        SortedSet {
            root: None,
            length: 0,
        }
    }
}

impl<K: Copy + Ord> SortedSet<K> {
    pub(crate) fn len(&self) -> usize {
        self.length
    }

    /// How many nodes the tree has.
    #[cfg(test)]
    pub(crate) fn nodes(&self) -> usize {
        let mut stack: Vec<_> = self.root.iter().collect();
        let mut count = 0;
        while let Some(node) = stack.pop() {
            count += 1;
            if let Node::Inner(children) = &**node {
                stack.extend(children.iter().map(|(_, child)| child));
            }
        }
        count
    }

    pub(crate) fn contains(&self, key: &K) -> bool {
        let Some(mut node) = self.root.as_deref() else {
            return false;
        };
        loop {
            match node {
                Node::Leaf(keys) => return keys.binary_search(key).is_ok(),
                Node::Inner(children) => match children.get(child_of(children, key)) {
                    Some((_, child)) => node = child,
                    None => return false,
                },
            }
        }
    }

    /// Adds the key; false if it was there.
    pub(crate) fn insert(&mut self, key: K) -> bool {
        let new = !self.contains(&key);
        if new {
            self.insert_new(key);
        }
        new
    }

    fn insert_new(&mut self, key: K) {
        let root = self
            .root
            .get_or_insert_with(|| Arc::new(Node::Leaf(Vec::new())));
        if let Some((least, right)) = insert(Arc::make_mut(root), key) {
            let left = Arc::clone(root);
            let first = left.least().unwrap_or(least);
            *root = Arc::new(Node::Inner(vec![(first, left), (least, right)]));
        }
        self.length += 1;
    }

    /// Takes the key out; false if it was not there.
    pub(crate) fn remove(&mut self, key: &K) -> bool {
        let found = self.contains(key);
        if found {
            self.remove_found(key);
        }
        found
    }

    fn remove_found(&mut self, key: &K) {
        let Some(root) = &mut self.root else {
            return;
        };
        self.length -= 1;
        remove(Arc::make_mut(root), key);
        while let Node::Inner(children) = &**root
            && let [(_, only)] = children.as_slice()
        {
            *root = Arc::clone(only);
        }
        if self.length == 0 {
            self.root = None;
        }
    }

    /// Adds the key or takes it out; false if that was so already.
    pub(crate) fn set(&mut self, key: K, present: bool) -> bool {
        if present {
            self.insert(key)
        } else {
            self.remove(&key)
        }
    }

    /// Adds the key, or takes it out where it is there.
    pub(crate) fn turn(&mut self, key: K) {
        match self.contains(&key) {
            true => self.remove_found(&key),
            false => self.insert_new(key),
        }
    }

    /// The keys in order, some at a time: quicker than one by one.
    pub(crate) fn leaves(&self) -> impl Iterator<Item = &[K]> {
        let mut stack: SmallVec<[&Node<K>; 8]> = self.root.as_deref().into_iter().collect();
        std::iter::from_fn(move || {
            loop {
                match stack.pop()? {
                    Node::Leaf(keys) => return Some(keys.as_slice()),
                    Node::Inner(children) => {
                        stack.extend(children.iter().rev().map(|(_, child)| &**child));
                    }
                }
            }
        })
    }

    /// The keys in order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = K> + '_ {
        self.range(..)
    }

    /// The keys of a range in order.
    pub(crate) fn range(&self, range: impl RangeBounds<K>) -> Range<'_, K> {
        let end = range.end_bound().cloned();
        let mut path = SmallVec::new();
        let Some(mut node) = self.root.as_deref() else {
            return Range {
                path,
                keys: &[],
                end,
            };
        };
        loop {
            match node {
                Node::Leaf(keys) => {
                    let at = keys.partition_point(|key| match range.start_bound() {
                        Bound::Included(start) => key < start,
                        Bound::Excluded(start) => key <= start,
                        Bound::Unbounded => false,
                    });
                    let keys = keys.get(at..).unwrap_or_default();
                    return Range { path, keys, end };
                }
                Node::Inner(children) => {
                    let at = match range.start_bound() {
                        Bound::Included(start) | Bound::Excluded(start) => {
                            child_of(children, start)
                        }
                        Bound::Unbounded => 0,
                    };
                    let Some((_, child)) = children.get(at) else {
                        return Range {
                            path,
                            keys: &[],
                            end,
                        };
                    };
                    path.push(children.get(at + 1..).unwrap_or_default());
                    node = child;
                }
            }
        }
    }
}

/// What is still to be compared on one side of a difference, the next last.
enum Rest<'a, K> {
    /// A node, how far it lies above the leaves, and a key that none below it is less than.
    Node(&'a Arc<Node<K>>, usize, Option<K>),
    Key(K),
}

impl<K: Copy + Ord> Rest<'_, K> {
    /// A key that none in here is less than; `None` is less than all.
    fn least(&self) -> Option<K> {
        match self {
            Rest::Node(_, _, least) => *least,
            Rest::Key(key) => Some(*key),
        }
    }
}

/// Puts the parts of the node in its place.
fn open<'a, K: Copy + Ord>(rest: &mut Vec<Rest<'a, K>>, node: &'a Node<K>, height: usize) {
    match node {
        Node::Leaf(keys) => rest.extend(keys.iter().rev().map(|key| Rest::Key(*key))),
        Node::Inner(children) => {
            let below = height.saturating_sub(1);
            let nodes = children.iter().rev();
            rest.extend(nodes.map(|(least, child)| Rest::Node(child, below, Some(*least))));
        }
    }
}

impl<K: Copy + Ord> SortedSet<K> {
    fn height(&self) -> usize {
        let Some(mut node) = self.root.as_deref() else {
            return 0;
        };
        let mut height = 0;
        while let Node::Inner(children) = node {
            let Some((_, child)) = children.first() else {
                break;
            };
            (height, node) = (height + 1, child);
        }
        height
    }

    fn whole(&self) -> Vec<Rest<'_, K>> {
        let root = self.root.iter();
        root.map(|root| Rest::Node(root, self.height(), None))
            .collect()
    }

    /// The keys that only one of the two sets has, in order; true for those of this set. What the sets share is not looked at.
    pub(crate) fn difference(&self, other: &Self) -> Vec<(K, bool)> {
        let mut found = Vec::new();
        let mut mine = self.whole();
        let mut theirs = other.whole();
        loop {
            match (mine.last(), theirs.last()) {
                (None, None) => return found,
                (Some(Rest::Node(one, ..)), Some(Rest::Node(two, ..))) if Arc::ptr_eq(one, two) => {
                    mine.pop();
                    theirs.pop();
                }
                (Some(Rest::Key(one)), Some(Rest::Key(two))) if one == two => {
                    mine.pop();
                    theirs.pop();
                }
                (one, two) => {
                    // A key that comes before all that is left on the other side is on one side only. Otherwise a node is opened, the
                    // higher first, so that nodes which both sides share come to lie on top of both.
                    let before =
                        |one: Option<&Rest<'_, K>>, two: Option<&Rest<'_, K>>| match (one, two) {
                            (Some(Rest::Key(key)), Some(two)) if Some(*key) < two.least() => {
                                Some(*key)
                            }
                            (Some(Rest::Key(key)), None) => Some(*key),
                            _ => None,
                        };
                    if let Some(key) = before(one, two) {
                        found.push((key, true));
                        mine.pop();
                    } else if let Some(key) = before(two, one) {
                        found.push((key, false));
                        theirs.pop();
                    } else {
                        let height = |rest: Option<&Rest<'_, K>>| match rest {
                            Some(Rest::Node(_, height, _)) => Some(*height),
                            Some(Rest::Key(_)) | None => None,
                        };
                        // Of two on one level the one that begins earlier, lest a shared node be opened too soon.
                        let order = height(one).cmp(&height(two)).then_with(|| {
                            let least = |rest: Option<&Rest<'_, K>>| rest.and_then(Rest::least);
                            least(two).cmp(&least(one))
                        });
                        let side = if order.is_ge() {
                            &mut mine
                        } else {
                            &mut theirs
                        };
                        if let Some(Rest::Node(node, height, _)) = side.pop() {
                            open(side, node, height);
                        }
                    }
                }
            }
        }
    }
}

/// The position of the child that has the key, or would.
fn child_of<K: Ord>(children: &[Child<K>], key: &K) -> usize {
    children
        .partition_point(|(least, _)| least <= key)
        .saturating_sub(1)
}

/// Adds a key that is not there; returns the right half, with its least key, if the node had to be split.
fn insert<K: Copy + Ord>(node: &mut Node<K>, key: K) -> Option<(K, Arc<Node<K>>)> {
    match node {
        Node::Leaf(keys) => {
            let at = keys.partition_point(|other| *other < key);
            put(keys, at, key);
            let right = split(keys, at, full::<K>())?;
            Some((*right.first()?, Arc::new(Node::Leaf(right))))
        }
        Node::Inner(children) => {
            let at = child_of(children, &key);
            let (least, child) = children.get_mut(at)?;
            *least = key.min(*least);
            let new = insert(Arc::make_mut(child), key)?;
            put(children, at + 1, new);
            let right = split(children, at + 1, CHILDREN)?;
            Some((right.first()?.0, Arc::new(Node::Inner(right))))
        }
    }
}

/// Splits a list that became too long: in the middle, or before its last item where that was just added, so that keys that come in
/// order leave full nodes behind.
fn split<T>(items: &mut Vec<T>, added: usize, full: usize) -> Option<Vec<T>> {
    let length = items.len();
    (length > full).then(|| {
        items.split_off(if added + 1 == length {
            length - 1
        } else {
            length / 2
        })
    })
}

/// Takes out a key that is there.
fn remove<K: Copy + Ord>(node: &mut Node<K>, key: &K) {
    match node {
        Node::Leaf(keys) => {
            if let Ok(at) = keys.binary_search(key) {
                keys.remove(at);
            }
        }
        Node::Inner(children) => {
            let at = child_of(children, key);
            let Some((_, child)) = children.get_mut(at) else {
                return;
            };
            remove(Arc::make_mut(child), key);
            match child.size() {
                0 => {
                    children.remove(at);
                }
                size if size < child.full() / 4 => merge(children, at),
                _ => {}
            }
        }
    }
}

/// Merges the child with a neighbour where both fit into one node.
fn merge<K: Copy + Ord>(children: &mut Vec<Child<K>>, at: usize) {
    let size = |at: usize| {
        let child = children.get(at);
        child.map_or(usize::MAX / 2, |(_, child)| child.size())
    };
    let half = children.get(at).map_or(0, |(_, child)| child.full() / 2);
    let left = if at > 0 && size(at - 1) + size(at) <= half {
        at - 1
    } else if size(at) + size(at + 1) <= half {
        at
    } else {
        return;
    };
    let (_, right) = children.remove(left + 1);
    if let Some((_, child)) = children.get_mut(left) {
        match (Arc::make_mut(child), Arc::unwrap_or_clone(right)) {
            (Node::Leaf(keys), Node::Leaf(more)) => keys.extend(more),
            (Node::Inner(children), Node::Inner(more)) => children.extend(more),
            // INVARIANT: the children of a node are all leaves or all inner nodes.
            (Node::Leaf(_), Node::Inner(_)) | (Node::Inner(_), Node::Leaf(_)) => {}
        }
    }
}

impl<K: Copy> Node<K> {
    /// A key that none in the node is less than.
    fn least(&self) -> Option<K> {
        match self {
            Node::Leaf(keys) => keys.first().copied(),
            Node::Inner(children) => children.first().map(|(least, _)| *least),
        }
    }
}

impl<K> Weight for SortedSet<K> {
    fn heap(&self) -> usize {
        let mut stack: Vec<_> = self.root.iter().collect();
        let mut bytes = 0;
        while let Some(node) = stack.pop() {
            bytes += 16 + size_of::<Node<K>>();
            bytes += match &**node {
                Node::Leaf(keys) => keys.capacity() * size_of::<K>(),
                Node::Inner(children) => {
                    stack.extend(children.iter().map(|(_, child)| child));
                    children.capacity() * size_of::<Child<K>>()
                }
            };
        }
        bytes
    }
}

impl<K> Node<K> {
    /// The most that it may have.
    fn full(&self) -> usize {
        match self {
            Node::Leaf(_) => full::<K>(),
            Node::Inner(_) => CHILDREN,
        }
    }

    fn size(&self) -> usize {
        match self {
            Node::Leaf(keys) => keys.len(),
            Node::Inner(children) => children.len(),
        }
    }
}

/// The keys of a range, in order.
#[derive(Debug)]
pub(crate) struct Range<'a, K> {
    /// What is still to be visited on each level, the root's children first.
    path: SmallVec<[&'a [Child<K>]; 4]>,
    keys: &'a [K],
    end: Bound<K>,
}

impl<K: Copy + Ord> Iterator for Range<'_, K> {
    type Item = K;

    fn next(&mut self) -> Option<K> {
        loop {
            if let Some((key, rest)) = self.keys.split_first() {
                let within = match &self.end {
                    Bound::Included(end) => key <= end,
                    Bound::Excluded(end) => key < end,
                    Bound::Unbounded => true,
                };
                self.keys = if within { rest } else { &[] };
                if !within {
                    self.path.clear();
                }
                return within.then_some(*key);
            }
            let (mut node, rest) = loop {
                match self.path.last()?.split_first() {
                    Some(((_, child), rest)) => break (&**child, rest),
                    None => self.path.pop(),
                };
            };
            if let Some(last) = self.path.last_mut() {
                *last = rest;
            }
            // Down to the first leaf below this child.
            loop {
                match node {
                    Node::Leaf(keys) => break self.keys = keys,
                    Node::Inner(children) => {
                        let Some(((_, child), rest)) = children.split_first() else {
                            break;
                        };
                        self.path.push(rest);
                        node = child;
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    fn verify<K: Copy + Ord>(node: &Node<K>, root: bool) -> usize {
        assert!(root || node.size() > 0, "no node but the root is empty");
        assert!(node.size() <= node.full());
        match node {
            Node::Leaf(keys) => {
                assert!(keys.windows(2).all(|pair| pair[0] < pair[1]));
                1
            }
            Node::Inner(children) => {
                let depths: BTreeSet<usize> = children
                    .iter()
                    .map(|(_, child)| verify(child, false))
                    .collect();
                assert_eq!(depths.len(), 1, "all leaves are on one level");
                assert!(
                    children
                        .iter()
                        .all(|(least, child)| Some(*least) <= child.least()),
                    "no key is less than what its node says"
                );
                1 + depths.first().unwrap()
            }
        }
    }

    proptest! {
        #[test]
        fn agrees_with_a_tree_of_the_standard_library(
            steps in prop::collection::vec((any::<bool>(), 0_u16..1500), 0..4000),
            ranges in prop::collection::vec((0_u16..1600, 0_u16..1600), 10),
        ) {
            let (mut set, mut model) = (SortedSet::default(), BTreeSet::new());
            for (add, key) in steps {
                // Phases of growth and of decay alternate, so that nodes split and merge.
                if add { prop_assert_eq!(set.insert(key), model.insert(key)) } else { prop_assert_eq!(set.remove(&key), model.remove(&key)) }
            }
            verify(set.root.as_deref().unwrap_or(&Node::Leaf(vec![])), true);
            prop_assert_eq!(set.len(), model.len());
            prop_assert!(set.iter().eq(model.iter().copied()));
            prop_assert!(set.leaves().flatten().eq(model.iter()));
            for (from, to) in ranges {
                let (from, to) = (from.min(to), from.max(to));
                prop_assert!(set.range(from..to).eq(model.range(from..to).copied()));
                prop_assert!(set.range(from..=to).eq(model.range(from..=to).copied()));
            }
        }
    }

    proptest! {
        #[test]
        fn differences_are_those_of_the_standard_library(
            first in prop::collection::vec(0_u16..4000, 0..3000),
            steps in prop::collection::vec((any::<bool>(), 0_u16..4000), 0..200),
            more in 0_u16..5000,
        ) {
            let mut before = SortedSet::default();
            for key in &first {
                before.insert(*key);
            }
            let mut after = before.clone();
            // Enough new keys at the end now and then for another level.
            for key in 4000..4000 + more.saturating_sub(2500) {
                after.insert(key);
            }
            for (add, key) in steps {
                if add { after.insert(key) } else { after.remove(&key) };
            }
            let [old, new]: [BTreeSet<u16>; 2] = [before.iter().collect(), after.iter().collect()];
            let expected: Vec<(u16, bool)> =
                old.symmetric_difference(&new).map(|key| (*key, new.contains(key))).collect();
            prop_assert_eq!(after.difference(&before), expected);
            prop_assert!(after.difference(&after.clone()).is_empty());
        }
    }

    #[test]
    fn large_sets_grow_in_order_and_shrink_to_nothing() {
        let mut set = SortedSet::default();
        (0..100_000).for_each(|n| assert!(set.insert(n)));
        let before = set.clone();
        verify(set.root.as_deref().unwrap_or(&Node::Leaf(vec![])), true);
        assert!(
            (0..100_000)
                .rev()
                .all(|n| set.remove(&((n * 7919) % 100_000)))
        );
        assert_eq!((set.len(), set.iter().count()), (0, 0));
        assert!(before.iter().eq(0..100_000));
    }
}
