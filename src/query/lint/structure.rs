//! Edges that say nothing new, and inclusions that nobody said.

use std::collections::{HashMap, HashSet};
use std::hash::Hash;

use fixedbitset::FixedBitSet;
use indexmap::IndexMap;

use crate::facts::problem::Edges;
use crate::graph;
use crate::id::{Place, Role, Thing};
use crate::query::lint::{Finding, Findings, LintCode};
use crate::snapshot::Snapshot;
use crate::steps;

pub(super) fn redundant_edges(now: &Snapshot, findings: &mut Findings) {
    let facts = now.facts();
    let mut report = |edges, path: &dyn Fn() -> Vec<Thing>| {
        findings.push(LintCode::RedundantEdge, || Finding::RedundantEdge {
            edges,
            path: path()
                .into_iter()
                .map(|thing| facts.thing_name(thing))
                .collect(),
        });
    };
    redundant(
        now.groups(),
        |group| facts.parents(group).collect(),
        |path| {
            report(Edges::Groups, &|| {
                path().into_iter().map(Thing::Group).collect()
            })
        },
    );
    // What is placed in a group or a user is not in anything above these.
    let containers = |place| match place {
        Place::Resource(resource) => facts.placements(resource).collect(),
        Place::User(_) | Place::Group(_) => Vec::new(),
    };
    redundant(now.resources().map(Place::Resource), containers, |path| {
        report(Edges::Placements, &|| {
            path().into_iter().map(Thing::from).collect()
        })
    });
    redundant(
        now.roles(),
        |role| facts.role_includes(role),
        |path| {
            report(Edges::Roles, &|| {
                path().into_iter().map(Thing::Role).collect()
            })
        },
    );
}

/// For each edge whose end can be reached without it: another way there, both ends included, one of the shortest. The graph has no loop.
///
/// There is one search for each thing with several edges: from all their ends at once, each thing that is met with what it was met from.
fn redundant<N: Copy + Ord + Hash>(
    nodes: impl Iterator<Item = N>,
    next: impl Fn(N) -> Vec<N>,
    mut report: impl FnMut(&dyn Fn() -> Vec<N>),
) {
    let nodes: Vec<N> = nodes.collect();
    // The level of a thing is that of the highest it leads to and one more, so every step goes to a lower level.
    let mut levels: HashMap<N, usize> = HashMap::new();
    for node in graph::bottom_up(nodes.iter().copied(), &next) {
        let after = next(node);
        steps::took(1 + after.len());
        let level = after
            .iter()
            .filter_map(|after| levels.get(after))
            .max()
            .map_or(0, |level| level + 1);
        levels.insert(node, level);
    }
    let level = |node: &N| levels.get(node).copied().unwrap_or_default();
    for node in nodes {
        let mut ends = next(node);
        if ends.len() < 2 {
            continue;
        }
        ends.sort_unstable();
        // What lies on a lower level than all the ends leads to none of them.
        let least = ends.iter().map(level).min().unwrap_or_default();
        let mut met_from: HashMap<N, N> = HashMap::new();
        let mut order: Vec<N> = ends.clone();
        let mut at = 0;
        let is_end: HashSet<N> = ends.iter().copied().collect();
        while let Some(below) = order.get(at).copied() {
            at += 1;
            let after = next(below);
            steps::took(1 + after.len());
            for after in after.into_iter().filter(|after| level(after) >= least) {
                if met_from.contains_key(&after) {
                    continue;
                }
                met_from.insert(after, below);
                if !is_end.contains(&after) {
                    order.push(after);
                }
            }
        }
        for end in ends.iter().filter(|end| met_from.contains_key(end)) {
            report(&|| {
                let mut path = vec![*end];
                // The first end on the way back is where the other edge leads.
                while let Some(before) = path.last().and_then(|last| met_from.get(last)) {
                    path.push(*before);
                    if is_end.contains(before) {
                        break;
                    }
                }
                path.push(node);
                path.reverse();
                path
            });
        }
    }
}

/// Roles that give the same permissions.
struct Equal<'a> {
    gives: &'a FixedBitSet,
    roles: Vec<Role>,
}

/// The roles that give something, by what they give.
fn equal(now: &Snapshot) -> Vec<Equal<'_>> {
    let mut sets: IndexMap<&[usize], Equal<'_>> = IndexMap::new();
    for role in now.roles() {
        let gives = now.facts().book().given(role);
        if let Some(gives) = gives.filter(|gives| !gives.is_clear()) {
            // Sets may have room for more permissions than they have: the room does not count.
            let words = gives.as_slice();
            let used = words.iter().rposition(|word| *word != 0);
            let words = words.get(..=used.unwrap_or_default()).unwrap_or_default();
            let roles = Vec::new();
            let set = sets.entry(words).or_insert(Equal { gives, roles });
            set.roles.push(role);
        }
    }
    sets.into_values().collect()
}

/// One finding for each set of roles that give the same.
pub(super) fn equal_roles(now: &Snapshot, findings: &mut Findings) {
    let facts = now.facts();
    for Equal { roles, .. } in equal(now) {
        let silent = silent(now, &roles);
        if silent.len() > 1 {
            let name = |role: &Role| facts.thing_name(Thing::Role(*role)).name().to_owned();
            findings.push(LintCode::EqualRoles, || Finding::EqualRoles {
                roles: silent.iter().map(name).collect(),
            });
        }
    }
}

/// For each set of roles that give the same, those that give the next less.
pub(super) fn silent_inclusions(now: &Snapshot, findings: &mut Findings) {
    let facts = now.facts();
    let book = facts.book();
    let name = |role: Role| facts.thing_name(Thing::Role(role)).name().to_owned();
    let mut sets = equal(now);
    // Those that give most come first, so that what lies between two sets comes between them.
    sets.sort_by_key(|set| std::cmp::Reverse(set.gives.count_ones(..)));
    let mut found: Vec<(Role, Role)> = Vec::new();
    for (at, more) in sets.iter().enumerate() {
        let mut nearest: Vec<&Equal<'_>> = Vec::new();
        for less in sets.iter().skip(at + 1) {
            steps::took(1);
            let is_less = less.gives.is_subset(more.gives);
            if is_less
                && !nearest
                    .iter()
                    .any(|between| less.gives.is_subset(between.gives))
            {
                nearest.push(less);
            }
        }
        for less in nearest {
            let said = |role: &Role| {
                let mut others = less.roles.iter();
                others.any(|other| book.is_or_includes(*role, other.index))
            };
            if !more.roles.iter().any(said)
                && let (Some(role), Some(other)) = (more.roles.first(), less.roles.first())
            {
                found.push((*role, *other));
            }
        }
    }
    found.sort_unstable();
    for (role, other) in found {
        findings.push(LintCode::SilentInclusion, || Finding::SilentInclusion {
            role: name(role),
            other: name(other),
        });
    }
}

/// Of roles that give the same, those of which at least one other neither includes them nor is included.
fn silent(now: &Snapshot, roles: &[Role]) -> Vec<Role> {
    if roles.len() < 2 {
        return Vec::new();
    }
    let book = now.facts().book();
    let places: HashMap<usize, usize> = roles
        .iter()
        .enumerate()
        .map(|(at, role)| (role.index as usize, at))
        .collect();
    // How many of the others each one includes or is included by.
    let mut said = vec![0_usize; roles.len()];
    for (at, role) in roles.iter().enumerate() {
        for other in book.included(*role) {
            steps::took(1);
            if let Some(other) = places.get(&other).filter(|other| **other != at) {
                for at in [at, *other] {
                    said.get_mut(at).into_iter().for_each(|said| *said += 1);
                }
            }
        }
    }
    let some_unsaid = roles.iter().zip(said);
    let some_unsaid = some_unsaid.filter(|(_, said)| said + 1 < roles.len());
    some_unsaid.map(|(role, _)| *role).collect()
}
