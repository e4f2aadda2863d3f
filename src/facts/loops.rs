//! Loops among the edges of the result of an edit.

use crate::facts::problem::{Edges, Problem};
use crate::facts::{Fact, Facts};
use crate::graph::{self, Loops};
use crate::id::{Group, Place, Resource, Role, Thing};

/// The loops that an edit closes.
pub(crate) struct Closed {
    groups: Loops<Group>,
    resources: Loops<Resource>,
    roles: Loops<Role>,
}

impl Closed {
    /// Those that the added edges close, all of them: a loop has at least one added edge, so it can be reached from the lower end of one.
    pub(crate) fn by<'a>(facts: &Facts, added: impl Iterator<Item = &'a Fact>) -> Self {
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
                Fact::Includes(role, _) if facts.book().is_included(role) => roles.push(role),
                _ => {}
            }
        }
        Closed {
            groups: graph::loops(groups, |group| facts.parents(group)),
            resources: graph::loops(resources, |resource| containers(facts, resource)),
            roles: graph::loops(roles, |role| facts.role_includes(role)),
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.groups.back.is_empty() && self.resources.back.is_empty() && self.roles.back.is_empty()
    }

    /// The problems that they are.
    pub(crate) fn told(&self, facts: &Facts) -> Vec<Problem> {
        let groups = self.groups.spelled(|group| facts.parents(group));
        let resources = self
            .resources
            .spelled(|resource| containers(facts, resource));
        let roles = self.roles.spelled(|role| facts.role_includes(role));
        let mut problems = told(facts, Edges::Groups, groups);
        problems.extend(told(facts, Edges::Placements, resources));
        problems.extend(told(facts, Edges::Roles, roles));
        problems
    }
}

/// The resources that a resource is placed in.
fn containers(facts: &Facts, resource: Resource) -> impl Iterator<Item = Resource> + '_ {
    facts.placements(resource).filter_map(|place| match place {
        Place::Resource(container) => Some(container),
        Place::User(_) | Place::Group(_) => None,
    })
}

/// The loops along these paths as problems, and that there are so many more.
fn told<N: Into<Thing>>(
    facts: &Facts,
    edges: Edges,
    (paths, more): (Vec<Vec<N>>, usize),
) -> Vec<Problem> {
    let spelled = |path: Vec<N>| {
        let names = path.into_iter().map(|thing| facts.thing_name(thing.into()));
        Problem::Loop {
            edges,
            path: names.collect(),
        }
    };
    let more = (more > 0).then_some(Problem::MoreLoops { edges, count: more });
    paths.into_iter().map(spelled).chain(more).collect()
}
