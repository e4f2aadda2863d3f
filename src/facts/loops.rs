//! Loops among the edges of the result of an edit.

use crate::facts::problem::{Edges, Problem};
use crate::facts::{Fact, Facts};
use crate::graph;
use crate::id::{Place, Thing};

/// The loops that the added edges close. A loop has at least one added edge, so it can be reached from the lower end of one.
pub(crate) fn loops<'a>(facts: &Facts, added: impl Iterator<Item = &'a Fact>) -> Vec<Problem> {
    let (mut groups, mut resources, mut roles) = (Vec::new(), Vec::new(), Vec::new());
    for fact in added {
        match *fact {
            // An edge whose lower end has nothing below, or whose upper end nothing above, closes no loop.
            Fact::Parent(child, parent)
                if facts.children(child).next().is_some()
                    && facts.parents(parent).next().is_some() =>
            {
                groups.push(child);
            }
            Fact::Placed(resource, Place::Resource(container))
                if facts.contents(resource.into()).next().is_some()
                    && facts.placements(container).next().is_some() =>
            {
                resources.push(resource);
            }
            Fact::Includes(role, _) => roles.push(role),
            _ => {}
        }
    }
    let containers = |resource| {
        facts.placements(resource).filter_map(|place| match place {
            Place::Resource(container) => Some(container),
            Place::User(_) | Place::Group(_) => None,
        })
    };
    let spelled = |edges, path: Vec<Thing>| Problem::Loop {
        edges,
        path: path
            .into_iter()
            .map(|thing| facts.thing_name(thing))
            .collect(),
    };
    let things = |path: Vec<_>| path.into_iter().map(Thing::from).collect();
    let in_groups = graph::loops(groups, |group| facts.parents(group))
        .into_iter()
        .map(things);
    let in_placements = graph::loops(resources, containers).into_iter();
    let in_roles = graph::loops(roles, |role| facts.role_includes(role)).into_iter();
    in_groups
        .map(|path| spelled(Edges::Groups, path))
        .chain(in_placements.map(|path| {
            spelled(
                Edges::Placements,
                path.into_iter().map(Thing::from).collect(),
            )
        }))
        .chain(
            in_roles.map(|path| spelled(Edges::Roles, path.into_iter().map(Thing::from).collect())),
        )
        .collect()
}
