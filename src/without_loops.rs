//! Which edges to leave out of some that come from outside, so that the others form no loop.

use std::hash::Hash;

use indexmap::IndexSet;
use rustc_hash::FxBuildHasher;

use crate::graph;

/// Edges without loops, and those that had to be left out for it: see [`without_loops`].
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct WithoutLoops<T> {
    /// The edges that form no loop, each once, in the order in which they were given.
    pub kept: Vec<(T, T)>,
    /// The edges to leave out, each once, in the order in which they were given. Every one of them closes a loop together with those that
    /// are kept, so that none of them is left out in vain. There may be another choice of fewer edges.
    pub left_out: Vec<(T, T)>,
    /// The parts of more than one thing within which everything leads to everything else: whoever would rather decide by hand finds all
    /// loops within them, but for the edges from a thing to itself. A thing is in one of them at most.
    pub parts: Vec<Vec<T>>,
}

/// Tells which of some edges to leave out, so that the others form no loop: for importers of directories that allow what a policy refuses
/// ([`Problem::Loop`](crate::Problem::Loop)), such as groups that are members of each other.
///
/// An edge leads from one thing to the one that is above it: from a group to its parent, from a resource to where it is placed, from a role to
/// one that it includes. The edges are walked in the order in which they are given, and those that lead back to something on the way are
/// left out. The earlier an edge is given, the sooner it is kept.
///
/// ```
/// use rolecall::{Catalog, Change, Policy, without_loops};
///
/// let edges = [("x", "y"), ("y", "z"), ("z", "y"), ("x", "w"), ("w", "x"), ("v", "w")];
/// let attach = |(group, parent): &(&str, &str)| Change::Attach { group: group.to_string(), parent: parent.to_string() };
/// let groups = ["v", "w", "x", "y", "z"].map(|name| Change::Add(rolecall::ThingName::group(name)));
/// let mut policy = Policy::new(Catalog::builder().build()?);
/// policy.apply(&groups)?;
///
/// // Taken as they are, the edges are refused, with a loop for each that leads back.
/// let changes: Vec<Change> = edges.iter().map(attach).collect();
/// let refused = policy.apply(&changes).unwrap_err();
/// assert_eq!(
///     refused.to_string(),
///     "the edit is refused: groups would form a loop: `x` > `w` > `x`; groups would form a loop: `y` > `z` > `y`"
/// );
///
/// let found = without_loops(edges);
/// assert_eq!(found.left_out, [("z", "y"), ("w", "x")]);
/// assert_eq!(found.parts, [["y", "z"], ["x", "w"]]);
/// let changes: Vec<Change> = found.kept.iter().map(attach).collect();
/// assert!(policy.apply(&changes).is_ok());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Complexity
///
/// Linear in the edges.
#[must_use]
pub fn without_loops<T: Clone + Eq + Hash>(
    edges: impl IntoIterator<Item = (T, T)>,
) -> WithoutLoops<T> {
    let mut things: IndexSet<T, FxBuildHasher> = IndexSet::default();
    let mut all: IndexSet<(usize, usize), FxBuildHasher> = IndexSet::default();
    let mut above: Vec<Vec<usize>> = Vec::new();
    for (from, to) in edges {
        let (from, to) = (things.insert_full(from).0, things.insert_full(to).0);
        above.resize_with(things.len(), Vec::new);
        if all.insert((from, to))
            && let Some(above) = above.get_mut(from)
        {
            above.push(to);
        }
    }
    let next = |thing: usize| above.get(thing).into_iter().flatten().copied();
    let found = graph::loops(0..things.len(), next);
    let back: IndexSet<(usize, usize), FxBuildHasher> = found.back.into_iter().collect();
    let (left_out, kept): (Vec<_>, Vec<_>) = all.into_iter().partition(|edge| back.contains(edge));
    let thing = |at: usize| things.get_index(at).cloned();
    let named = |edges: Vec<(usize, usize)>| {
        let edges = edges.into_iter();
        let named = edges.filter_map(|(from, to)| thing(from).zip(thing(to)));
        named.collect()
    };
    let part = |part: Vec<usize>| part.into_iter().filter_map(thing).collect();
    WithoutLoops {
        kept: named(kept),
        left_out: named(left_out),
        parts: found.parts.into_iter().map(part).collect(),
    }
}
