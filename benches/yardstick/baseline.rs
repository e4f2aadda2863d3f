//! How would an engineer answer in an afternoon? A petgraph graph of the groups, hash maps for the rest, and a search up the graph from the
//! asker and from the target for each question.

use std::collections::{HashMap, HashSet};

use petgraph::graph::{DiGraph, NodeIndex};
use petgraph::visit::Bfs;

use super::questions::{About, Question};
use super::world::{Subject, World};

/// The facts of a world in a graph and hash maps.
#[derive(Debug)]
pub(crate) struct Baseline {
    /// An edge goes from a group to its parent.
    groups: DiGraph<(), ()>,
    users: HashMap<u32, Vec<NodeIndex>>,
    courses: HashMap<u32, Vec<NodeIndex>>,
    /// The scopes of the grants of a permission to a subject.
    scopes: HashMap<(Subject, u32), Vec<NodeIndex>>,
}

impl Baseline {
    /// Takes in a world.
    pub(crate) fn of(world: &World) -> Baseline {
        let mut groups = DiGraph::new();
        let nodes: Vec<_> = world.parents.iter().map(|_| groups.add_node(())).collect();
        for (group, parents) in nodes.iter().zip(world.parents.iter()) {
            for &parent in parents {
                groups.add_edge(*group, nodes[parent as usize], ());
            }
        }
        let of = |list: &[u32]| list.iter().map(|&group| nodes[group as usize]).collect();
        let mut scopes: HashMap<_, Vec<_>> = HashMap::new();
        for grant in &world.grants {
            let key = (grant.subject, grant.permission);
            scopes
                .entry(key)
                .or_default()
                .push(nodes[grant.scope as usize]);
        }
        Baseline {
            users: (0..).zip(world.users.iter().map(of)).collect(),
            courses: (0..).zip(world.courses.iter().map(of)).collect(),
            groups,
            scopes,
        }
    }

    /// Whether a grant to the user, or to a group the user is held as, covers the target.
    pub(crate) fn can(&self, question: Question) -> bool {
        let Question {
            user,
            permission,
            about,
        } = question;
        let target = match about {
            About::User(user) => &self.users[&user],
            About::Course(course) => &self.courses[&course],
        };
        let covering = self.upward(target);
        let covers = |subject: Subject| {
            let scopes = self.scopes.get(&(subject, permission));
            scopes.is_some_and(|scopes| scopes.iter().any(|scope| covering.contains(scope)))
        };
        covers(Subject::User(user))
            || self
                .upward(&self.users[&user])
                .into_iter()
                .any(|group| covers(Subject::Group(group.index() as u32)))
    }

    /// The groups and all above them, breadth first from each.
    fn upward(&self, groups: &[NodeIndex]) -> HashSet<NodeIndex> {
        let mut found = HashSet::new();
        for &group in groups {
            let mut search = Bfs::new(&self.groups, group);
            while let Some(group) = search.next(&self.groups) {
                found.insert(group);
            }
        }
        found
    }
}
