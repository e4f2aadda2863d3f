//! The obvious way to answer: hash maps, and a walk up the groups from the asker and from the target.

use std::collections::{HashMap, HashSet};

use crate::world::{About, Question, Subject, World};

/// The facts of a world in hash maps.
#[derive(Debug)]
pub(crate) struct Baseline {
    groups_of: HashMap<u32, Vec<u32>>,
    parents: HashMap<u32, Vec<u32>>,
    courses: HashMap<u32, u32>,
    /// The scopes of the grants of a permission to a subject.
    scopes: HashMap<(Subject, u32), Vec<u32>>,
}

impl Baseline {
    /// Takes in a world.
    pub(crate) fn of(world: &World) -> Baseline {
        let listed = |lists: &[Vec<u32>]| (0..).zip(lists.iter().cloned()).collect();
        let mut scopes: HashMap<_, Vec<u32>> = HashMap::new();
        for grant in &world.grants {
            let key = (grant.subject, grant.permission);
            scopes.entry(key).or_default().push(grant.scope);
        }
        Baseline {
            groups_of: listed(&world.groups_of),
            parents: listed(&world.parents),
            courses: (0..).zip(world.courses.iter().copied()).collect(),
            scopes,
        }
    }

    /// Whether a grant to the user, or to a group the user is held as, covers the target.
    pub(crate) fn can(&self, question: Question) -> bool {
        let covering = match question.about {
            About::User(user) => self.upward(&self.groups_of[&user]),
            About::Course(course) => self.upward(&[self.courses[&course]]),
        };
        let held_as = self.upward(&self.groups_of[&question.user]);
        let mut subjects = held_as.into_iter().map(Subject::Group);
        self.grants(Subject::User(question.user), question.permission, &covering)
            || subjects.any(|subject| self.grants(subject, question.permission, &covering))
    }

    fn grants(&self, subject: Subject, permission: u32, covering: &HashSet<u32>) -> bool {
        let scopes = self.scopes.get(&(subject, permission));
        scopes.is_some_and(|scopes| scopes.iter().any(|scope| covering.contains(scope)))
    }

    /// The groups and all above them.
    fn upward(&self, groups: &[u32]) -> HashSet<u32> {
        let mut found = HashSet::new();
        let mut waiting = groups.to_vec();
        while let Some(group) = waiting.pop() {
            if found.insert(group) {
                waiting.extend(&self.parents[&group]);
            }
        }
        found
    }
}
