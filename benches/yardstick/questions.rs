//! What is asked of a world? Half of the questions at random, most of which are answered with no, and half drawn to be answered with yes.

use super::lists::Lists;
use super::random::SplitMix64;
use super::world::{GrantOf, PERMISSIONS, Subject, World};

/// One question.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Question {
    pub(crate) user: u32,
    pub(crate) permission: u32,
    pub(crate) about: About,
}

/// What a question is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum About {
    User(u32),
    Course(u32),
}

/// What lies directly below each group.
#[derive(Debug)]
pub(crate) struct Below {
    pub(crate) groups: Lists,
    pub(crate) members: Lists,
    pub(crate) courses: Lists,
}

impl Below {
    pub(crate) fn of(world: &World) -> Below {
        let groups = world.parents.len();
        Below {
            groups: world.parents.inverted(groups),
            members: world.users.inverted(groups),
            courses: world.courses.inverted(groups),
        }
    }

    /// The group itself or one below it.
    pub(crate) fn descend(&self, mut group: u32, random: &mut SplitMix64) -> u32 {
        while random.below(3) > 0 {
            let Some(child) = random.pick(self.groups.of(group)) else {
                break;
            };
            group = child;
        }
        group
    }

    /// The groups and all below them, in ascending order.
    pub(crate) fn downward(&self, groups: &[u32]) -> Vec<u32> {
        let mut seen = vec![false; self.groups.len() as usize];
        let mut waiting = groups.to_vec();
        while let Some(group) = waiting.pop() {
            if !std::mem::replace(&mut seen[group as usize], true) {
                waiting.extend_from_slice(self.groups.of(group));
            }
        }
        let found = (0..).zip(seen).filter(|(_, seen)| *seen);
        found.map(|(group, _)| group).collect()
    }

    /// Someone who holds what is granted to the subject.
    pub(crate) fn holder(&self, subject: Subject, random: &mut SplitMix64) -> Option<u32> {
        match subject {
            Subject::User(user) => Some(user),
            Subject::Group(group) => {
                let group = self.descend(group, random);
                random.pick(self.members.of(group))
            }
        }
    }

    /// A user or a course under the group.
    pub(crate) fn covered(&self, scope: u32, random: &mut SplitMix64) -> Option<About> {
        let group = self.descend(scope, random);
        if random.below(2) == 0 {
            random.pick(self.members.of(group)).map(About::User)
        } else {
            random.pick(self.courses.of(group)).map(About::Course)
        }
    }

    /// A question that the grant answers with yes, if anyone holds it and it covers anything.
    fn granted(&self, grant: GrantOf, random: &mut SplitMix64) -> Option<Question> {
        Some(Question {
            user: self.holder(grant.subject, random)?,
            permission: grant.permission,
            about: self.covered(grant.scope, random)?,
        })
    }
}

/// Questions of the two sorts, as many of each.
#[derive(Debug)]
pub(crate) struct Questions {
    pub(crate) random: Vec<Question>,
    pub(crate) yes: Vec<Question>,
}

impl Questions {
    /// The questions of a world, as many as its size says.
    pub(crate) fn of(world: &World, below: &Below) -> Questions {
        let count = world.size.questions;
        let mut random = SplitMix64(world.size.seed ^ 0x5EED);
        let anything = (0..count).map(|_| anything(world, &mut random)).collect();
        let mut yes = Vec::with_capacity(count);
        while yes.len() < count {
            let grant = world.grants[random.below(world.size.grants) as usize];
            yes.extend(below.granted(grant, &mut random));
        }
        Questions {
            random: anything,
            yes,
        }
    }

    /// Both sorts by turns.
    pub(crate) fn together(&self) -> Vec<Question> {
        let turns = self.random.iter().zip(&self.yes);
        let mut all: Vec<_> = turns.flat_map(|(&one, &other)| [one, other]).collect();
        SplitMix64(0xB07).shuffle(&mut all);
        all
    }
}

/// A question drawn at random.
pub(crate) fn anything(world: &World, random: &mut SplitMix64) -> Question {
    Question {
        user: random.below(world.size.users),
        permission: random.below(PERMISSIONS),
        about: anything_asked(world, random),
    }
}

/// A user or a course drawn at random.
pub(crate) fn anything_asked(world: &World, random: &mut SplitMix64) -> About {
    let courses = world.size.users / 5;
    if random.below(2) == 0 {
        About::User(random.below(world.size.users))
    } else {
        About::Course(random.below(courses))
    }
}
