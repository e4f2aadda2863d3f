//! What should a peer answer? Worked out from the plain world, with nothing of any peer in it.

use crate::yardstick::baseline::Baseline;
use crate::yardstick::questions::{About, Below, Question};
use crate::yardstick::world::{PERMISSIONS, Subject, World};

/// A world that knows the right answers.
pub(crate) struct Expected<'a> {
    world: &'a World,
    below: &'a Below,
    baseline: Baseline,
}

impl<'a> Expected<'a> {
    pub(crate) fn of(world: &'a World, below: &'a Below) -> Expected<'a> {
        Expected {
            world,
            below,
            baseline: Baseline::of(world),
        }
    }

    pub(crate) fn can(&self, question: Question) -> bool {
        self.baseline.can(question)
    }

    /// The permissions that the asker has on the target.
    pub(crate) fn list(&self, question: Question) -> Vec<u32> {
        let with = |permission| Question {
            permission,
            ..question
        };
        let all = 0..PERMISSIONS;
        all.filter(|&permission| self.can(with(permission)))
            .collect()
    }

    /// The users who have the permission on the target.
    pub(crate) fn who(&self, question: Question) -> Vec<u32> {
        let places = self.world.upward(match question.about {
            About::User(user) => self.world.users.of(user),
            About::Course(course) => self.world.courses.of(course),
        });
        let grants = self.world.grants.iter().filter(|grant| {
            grant.permission == question.permission && places.binary_search(&grant.scope).is_ok()
        });
        let (mut groups, mut users) = (Vec::new(), Vec::new());
        for grant in grants {
            match grant.subject {
                Subject::User(user) => users.push(user),
                Subject::Group(group) => groups.push(group),
            }
        }
        for group in self.below.downward(&groups) {
            users.extend_from_slice(self.below.members.of(group));
        }
        sorted(users)
    }

    /// The courses on which the asker has the permission.
    pub(crate) fn courses(&self, question: Question) -> Vec<u32> {
        let held_as = self.world.upward(self.world.users.of(question.user));
        let grants = self.world.grants.iter().filter(|grant| {
            grant.permission == question.permission
                && match grant.subject {
                    Subject::User(user) => user == question.user,
                    Subject::Group(group) => held_as.binary_search(&group).is_ok(),
                }
        });
        let scopes: Vec<u32> = grants.map(|grant| grant.scope).collect();
        let groups = self.below.downward(&scopes).into_iter();
        sorted(
            groups
                .flat_map(|group| self.below.courses.of(group).iter().copied())
                .collect(),
        )
    }
}

fn sorted(mut numbers: Vec<u32>) -> Vec<u32> {
    numbers.sort_unstable();
    numbers.dedup();
    numbers
}
