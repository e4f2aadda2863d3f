//! What if someone is in very many groups, something is, or someone has very many grants? L with a few of each added.

use super::held::Held;
use super::lists::Lists;
use super::questions::{About, Below, Question, anything, anything_asked};
use super::random::SplitMix64;
use super::world::{GrantOf, PERMISSIONS, SIZES, Size, Subject, World};

/// How many groups the wide ones are in.
const WIDE: u32 = 70;

/// How many users are in so many groups and ask; as many users and courses are asked about.
const ASKERS: u32 = 1_000;
const TARGET_USERS: u32 = 500;
const TARGET_COURSES: u32 = 500;

/// How many administrators there are, and how many grants each has.
const ADMINISTRATORS: u32 = 4;
const GRANTS: usize = 10_000;

/// How many questions of each sort each third has.
pub(crate) const QUESTIONS: usize = 1 << 17;

/// The size that the world is made of.
pub(crate) fn plain() -> Size {
    SIZES[2]
}

/// The plain L with the wide ones and the administrators after all others.
pub(crate) fn skewed(plain: &World) -> World {
    let mut world = plain.clone();
    world.size.name = "skewed";
    world.size.questions = QUESTIONS;
    let (groups, mut random) = (plain.parents.len(), SplitMix64(plain.size.seed ^ 0x5E3));
    for _ in 0..ASKERS + TARGET_USERS {
        world.users.push(&random.distinct(WIDE, groups));
    }
    for _ in 0..TARGET_COURSES {
        world.courses.push(&random.distinct(WIDE, groups));
    }
    for _ in 0..ADMINISTRATORS {
        let administrator = world.users.len();
        world.users.push(&random.distinct(2, groups));
        let mut own = Vec::with_capacity(GRANTS);
        while own.len() < GRANTS {
            own.extend((own.len()..GRANTS).map(|_| GrantOf {
                subject: Subject::User(administrator),
                permission: random.below(PERMISSIONS),
                scope: random.below(groups),
            }));
            own.sort_unstable();
            own.dedup();
        }
        world.grants.extend(own);
    }
    world
}

/// A third of the questions.
#[derive(Debug)]
pub(crate) struct Third {
    pub(crate) name: &'static str,
    pub(crate) random: Vec<Question>,
    pub(crate) yes: Vec<Question>,
}

/// The questions about a skewed world.
pub(crate) fn thirds(world: &World, below: &Below) -> [Third; 3] {
    let (held, mut random) = (Held::of(world), SplitMix64(world.size.seed ^ 0x3D5));
    let first = world.size.users;
    let askers = (first, ASKERS);
    let administrators = (first + ASKERS + TARGET_USERS, ADMINISTRATORS);
    let by_scope = by_scope(world);
    let mut third = |name, ask: &dyn Fn(&mut SplitMix64, bool) -> Option<Question>| {
        let mut drawn = |yes| {
            let mut questions = Vec::with_capacity(QUESTIONS);
            while questions.len() < QUESTIONS {
                questions.extend(ask(&mut random, yes));
            }
            questions
        };
        Third {
            name,
            random: drawn(false),
            yes: drawn(true),
        }
    };
    let by_one_of = |(first, count): (u32, u32), random: &mut SplitMix64, yes: bool| {
        let user = first + random.below(count);
        if !yes {
            return Some(Question {
                user,
                permission: random.below(PERMISSIONS),
                about: anything_asked(world, random),
            });
        }
        let (permission, place) = pick_held(world, &held, user, random)?;
        Some(Question {
            user,
            permission,
            about: below.covered(place, random)?,
        })
    };
    let about_wide = |random: &mut SplitMix64, yes: bool| {
        let (users, courses) = (first + ASKERS, world.size.users / 5);
        let (about, groups) = if random.below(2) == 0 {
            let user = users + random.below(TARGET_USERS);
            (About::User(user), world.users.of(user))
        } else {
            let course = courses + random.below(TARGET_COURSES);
            (About::Course(course), world.courses.of(course))
        };
        if !yes {
            let question = anything(world, random);
            return Some(Question { about, ..question });
        }
        let group = random.pick(groups)?;
        let place = random.pick(held.above(group))?;
        let grant = world.grants[random.pick(by_scope.of(place))? as usize];
        Some(Question {
            user: below.holder(grant.subject, random)?,
            permission: grant.permission,
            about,
        })
    };
    [
        third("an asker in 70 groups", &|random, yes| {
            by_one_of(askers, random, yes)
        }),
        third("a target in 70 groups", &about_wide),
        third("an administrator", &|random, yes| {
            by_one_of(administrators, random, yes)
        }),
    ]
}

/// A permission that the user holds, and where.
fn pick_held(world: &World, held: &Held, user: u32, random: &mut SplitMix64) -> Option<(u32, u32)> {
    let own = held.own(user);
    if !own.is_empty() {
        return random.pick(own);
    }
    let group = random.pick(world.users.of(user))?;
    random.pick(held.by_group(group))
}

/// For each group the grants that are scoped to it.
fn by_scope(world: &World) -> Lists {
    let scopes: Lists = world.grants.iter().map(|grant| vec![grant.scope]).collect();
    scopes.inverted(world.parents.len())
}
