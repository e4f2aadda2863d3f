//! The floor by *closures*: for each group what it holds and where it is, all in sorted rows, and a search for each question.

use super::held::Held;
use super::lists::Lists;
use super::questions::{About, Question};
use super::world::World;

/// How far a permission is shifted in a pair of a permission and a place.
const PLACE_BITS: u32 = 27;

/// A world in sorted rows.
#[derive(Debug)]
pub(crate) struct Closures {
    users: Lists,
    courses: Lists,
    /// For each group the permissions it has and inherits.
    permissions: Vec<u32>,
    /// For each group the pairs of a permission and a place, in ascending order.
    held: Lists,
    /// For each group the places that it is under.
    above: Lists,
    /// The users with grants of their own, and their pairs.
    owners: Vec<u32>,
    own: Lists,
}

impl Closures {
    pub(crate) fn of(world: &World) -> Closures {
        let held = Held::of(world);
        let packed = |pairs: &[(u32, u32)]| -> Vec<u32> {
            let pairs = pairs.iter();
            pairs
                .map(|(permission, place)| permission << PLACE_BITS | place)
                .collect()
        };
        let groups = || 0..world.parents.len();
        let mask = |pairs: &[(u32, u32)]| pairs.iter().fold(0, |mask, pair| mask | 1 << pair.0);
        let owners = held.owners();
        Closures {
            users: world.users.clone(),
            courses: world.courses.clone(),
            permissions: groups().map(|group| mask(held.by_group(group))).collect(),
            held: groups().map(|group| packed(held.by_group(group))).collect(),
            above: groups().map(|group| held.above(group).to_vec()).collect(),
            own: owners.iter().map(|&user| packed(held.own(user))).collect(),
            owners,
        }
    }

    #[inline]
    pub(crate) fn can(&self, question: Question) -> bool {
        let target = match question.about {
            About::User(user) => self.users.of(user),
            About::Course(course) => self.courses.of(course),
        };
        let by_group = self.users.of(question.user).iter().any(|&group| {
            self.permissions[group as usize] >> question.permission & 1 != 0
                && self.meets(self.held.of(group), question.permission, target)
        });
        by_group || self.by_own(question, target)
    }

    fn by_own(&self, question: Question, target: &[u32]) -> bool {
        let owner = self.owners.binary_search(&question.user);
        owner.is_ok_and(|at| self.meets(self.own.of(at as u32), question.permission, target))
    }

    /// Whether the permission is held at a place that one of the groups is under.
    #[inline]
    fn meets(&self, held: &[u32], permission: u32, target: &[u32]) -> bool {
        let start = held.partition_point(|pair| pair >> PLACE_BITS < permission);
        let pairs = held[start..].iter();
        pairs
            .take_while(|pair| *pair >> PLACE_BITS == permission)
            .map(|pair| pair & ((1 << PLACE_BITS) - 1))
            .any(|place| target.iter().any(|&group| self.is_under(group, place)))
    }

    #[inline]
    fn is_under(&self, group: u32, place: u32) -> bool {
        let above = self.above.of(group);
        match above.len() {
            0..64 => above
                .iter()
                .fold(false, |found, &one| found | (one == place)),
            _ => above.binary_search(&place).is_ok(),
        }
    }

    /// How many bytes it takes.
    pub(crate) fn bytes(&self) -> usize {
        let lists = [
            &self.users,
            &self.courses,
            &self.held,
            &self.above,
            &self.own,
        ];
        let lists: usize = lists.iter().map(|lists| lists.bytes()).sum();
        lists + 4 * (self.permissions.capacity() + self.owners.capacity())
    }
}
