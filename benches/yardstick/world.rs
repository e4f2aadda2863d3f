//! What does an organisation of a size look like? The same one on every machine, from a fixed seed, in plain numbers.
//!
//! Groups lie in six layers, each three times as wide as the one above; a group below the first layer has a parent in the layer above, and
//! one in four has a second. So a group has about ten groups above it, and a group of the first layer about a thousand below it at the
//! larger sizes. Users and courses are spread over all groups alike.

use std::collections::HashSet;

use super::lists::Lists;
use super::random::SplitMix64;

/// How many permissions a world has.
pub(crate) const PERMISSIONS: u32 = 30;

/// How many layers of groups there are.
const LAYERS: u32 = 6;

/// How many times as wide as the layer above a layer is.
const WIDER: u32 = 3;

/// How large a world is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Size {
    pub(crate) name: &'static str,
    pub(crate) users: u32,
    pub(crate) groups: u32,
    pub(crate) grants: u32,
    pub(crate) seed: u64,
    /// How many questions are asked of each sort: random ones, and ones drawn to be answered with yes.
    pub(crate) questions: usize,
}

/// The sizes by name.
pub(crate) const SIZES: [Size; 4] = [
    size("S", 1_000, 50, 100, 1 << 16),
    size("M", 100_000, 2_000, 5_000, 1 << 18),
    size("L", 1_000_000, 20_000, 50_000, 1 << 19),
    size("XL", 10_000_000, 200_000, 500_000, 1 << 20),
];

const fn size(name: &'static str, users: u32, groups: u32, grants: u32, questions: usize) -> Size {
    Size {
        name,
        users,
        groups,
        grants,
        seed: 0x0A11_0CA7_ED00_0000 + users as u64,
        questions,
    }
}

/// An organisation in plain numbers: users, groups and courses are counted from 0.
#[derive(Clone, Debug)]
pub(crate) struct World {
    pub(crate) size: Size,
    /// The parents of each group, which have smaller numbers: none in the first layer and one or two below.
    pub(crate) parents: Lists,
    /// The groups of each user, one to three.
    pub(crate) users: Lists,
    /// The groups that each course is placed in, one or two.
    pub(crate) courses: Lists,
    /// No two of them are the same.
    pub(crate) grants: Vec<GrantOf>,
}

/// An allow of a permission on a group and all groups below.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct GrantOf {
    pub(crate) subject: Subject,
    pub(crate) permission: u32,
    pub(crate) scope: u32,
}

/// Who receives a grant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Subject {
    User(u32),
    Group(u32),
}

impl World {
    /// The organisation of a size.
    pub(crate) fn of(size: Size) -> World {
        let mut random = SplitMix64(size.seed);
        let parents = (0..size.groups)
            .map(|group| parents_of(group, size.groups, &mut random))
            .collect();
        let users = drawn(size.users, 3, size.groups, &mut random);
        let courses = drawn(size.users / 5, 2, size.groups, &mut random);
        let mut world = World {
            size,
            parents,
            users,
            courses,
            grants: Vec::with_capacity(size.grants as usize),
        };
        let mut seen = HashSet::with_capacity(size.grants as usize);
        while world.grants.len() < size.grants as usize {
            let grant = world.grant(&mut random);
            if seen.insert(grant) {
                world.grants.push(grant);
            }
        }
        world
    }

    /// A grant drawn at random, four of five to a group.
    fn grant(&self, random: &mut SplitMix64) -> GrantOf {
        let subject = match random.below(5) {
            0 => Subject::User(random.below(self.users.len())),
            _ => Subject::Group(random.below(self.parents.len())),
        };
        GrantOf {
            subject,
            permission: random.below(PERMISSIONS),
            scope: random.below(self.parents.len()),
        }
    }

    /// A user and a group that the user is not a direct member of.
    pub(crate) fn stranger(&self, random: &mut SplitMix64) -> (u32, u32) {
        loop {
            let user = random.below(self.users.len());
            let group = random.below(self.parents.len());
            if !self.users.of(user).contains(&group) {
                return (user, group);
            }
        }
    }

    /// The groups and all above them, in ascending order.
    pub(crate) fn upward(&self, groups: &[u32]) -> Vec<u32> {
        let mut found = groups.to_vec();
        let mut at = 0;
        while let Some(&group) = found.get(at) {
            for &parent in self.parents.of(group) {
                if !found.contains(&parent) {
                    found.push(parent);
                }
            }
            at += 1;
        }
        found.sort_unstable();
        found
    }
}

/// Where the layer starts in the row of all groups; a layer has at least one group.
fn first_of(layer: u32, groups: u32) -> u32 {
    let part = |layers: u32| u64::from(WIDER.pow(layers) - 1);
    let first = u64::from(groups) * part(layer) / part(LAYERS);
    (first as u32).max(layer)
}

/// One or two groups of the layer above.
fn parents_of(group: u32, groups: u32, random: &mut SplitMix64) -> Vec<u32> {
    let below = (1..LAYERS).take_while(|&layer| first_of(layer, groups) <= group);
    let Some(layer) = below.last() else {
        return Vec::new();
    };
    let (start, end) = (first_of(layer - 1, groups), first_of(layer, groups));
    let count = if random.below(4) == 0 { 2 } else { 1 };
    let mut parents = random.distinct(count, end - start);
    parents.iter_mut().for_each(|parent| *parent += start);
    parents
}

/// For each of that many things one up to `most` groups.
fn drawn(things: u32, most: u32, groups: u32, random: &mut SplitMix64) -> Lists {
    let mut lists = Lists::with_capacity(things as usize);
    for _ in 0..things {
        let count = 1 + random.below(most);
        lists.push(&random.distinct(count, groups));
    }
    lists
}
