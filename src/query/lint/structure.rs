//! Edges that say nothing new, and inclusions that nobody said.

use std::collections::{HashMap, HashSet};
use std::hash::Hash;

use crate::facts::problem::Edges;
use crate::graph;
use crate::id::{Place, Thing};
use crate::query::lint::Finding;
use crate::snapshot::Snapshot;

pub(super) fn redundant_edges(now: &Snapshot, findings: &mut Vec<Finding>) {
    let facts = now.facts();
    let mut report = |edges, path: Vec<Thing>| {
        let path = path.into_iter().map(|thing| facts.thing_name(thing));
        findings.push(Finding::RedundantEdge {
            edges,
            path: path.collect(),
        });
    };
    let groups = redundant(now.groups(), |group| facts.parents(group).collect());
    for path in groups {
        report(Edges::Groups, path.into_iter().map(Thing::Group).collect());
    }
    // What is placed in a group or a user is not in anything above these.
    let containers = |place| match place {
        Place::Resource(resource) => facts.placements(resource).collect(),
        Place::User(_) | Place::Group(_) => Vec::new(),
    };
    for path in redundant(now.resources().map(Place::Resource), containers) {
        report(
            Edges::Placements,
            path.into_iter().map(Thing::from).collect(),
        );
    }
    for path in redundant(now.roles(), |role| facts.role_includes(role)) {
        report(Edges::Roles, path.into_iter().map(Thing::Role).collect());
    }
}

/// For each edge whose end can be reached without it: another way there, both ends included. The graph has no loop.
fn redundant<N: Copy + Ord + Hash>(
    nodes: impl Iterator<Item = N>,
    next: impl Fn(N) -> Vec<N>,
) -> Vec<Vec<N>> {
    let nodes: Vec<N> = nodes.collect();
    // The level of a thing is that of the highest it leads to and one more, so every step goes to a lower level.
    let mut levels: HashMap<N, usize> = HashMap::new();
    for node in graph::bottom_up(nodes.iter().copied(), &next) {
        let after = next(node);
        let level = after
            .iter()
            .filter_map(|after| levels.get(after))
            .max()
            .map_or(0, |level| level + 1);
        levels.insert(node, level);
    }
    let level = |node: &N| levels.get(node).copied().unwrap_or_default();
    let mut found = Vec::new();
    for node in nodes {
        let mut ends = next(node);
        if ends.len() < 2 {
            continue;
        }
        ends.sort_unstable();
        let least = ends.iter().map(level).min().unwrap_or_default();
        // What lies on a lower level than all the ends leads to none of them.
        let on = |node: N| {
            next(node)
                .into_iter()
                .filter(|after| level(after) >= least)
                .collect::<Vec<N>>()
        };
        let beyond = ends.iter().flat_map(|end| on(*end)).collect::<Vec<N>>();
        let reached: HashSet<N> = graph::reach(beyond, on).into_iter().collect();
        for end in ends.iter().filter(|end| reached.contains(end)) {
            let others = ends.iter().copied().filter(|other| other != end);
            let way = graph::shortest(others, on, |node| node == *end);
            found.push(
                std::iter::once(node)
                    .chain(way.into_iter().flatten())
                    .collect(),
            );
        }
    }
    found
}

/// Of two roles that give the same, the later one is said to have all of the earlier.
pub(super) fn silent_inclusions(now: &Snapshot, findings: &mut Vec<Finding>) {
    let book = now.facts().book();
    let name = |role| now.facts().thing_name(Thing::Role(role)).name().to_owned();
    for role in now.roles() {
        for other in now.roles() {
            let said =
                || book.is_or_includes(role, other.index) || book.is_or_includes(other, role.index);
            let has_all =
                book.gives_all_of(role, other) && (role > other || !book.gives_all_of(other, role));
            if has_all && !said() && book.permissions(other).next().is_some() {
                findings.push(Finding::SilentInclusion {
                    role: name(role),
                    other: name(other),
                });
            }
        }
    }
}
