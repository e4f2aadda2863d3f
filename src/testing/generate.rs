//! Generators of whole organisations: a catalog, the edit that builds a policy of it, and edits that go on from there.
//!
//! A [`Plan`] says how much there is of everything and draws each step from a number of its own; [`World::of`] turns it into names.
//! Taking a number out of a plan takes one step out of the world and leaves the others much as they were, which is how
//! [`worlds`] and [`histories`] shrink. Step by step the generator follows the state with the [`Oracle`], so that most of what it draws is
//! about things that exist.

mod around;
mod catalog;
mod steps;

use proptest::collection::vec;
use proptest::prelude::{Just, Strategy};

use crate::testing::Oracle;
use crate::{Change, Declaration, PlaceName, Rule, ThingName};

/// Small numbers without a pattern, from a seed: splitmix64.
#[derive(Clone, Debug)]
struct Draw(u64);

impl Draw {
    fn number(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `bound`, or 0 when there is none.
    fn below(&mut self, bound: usize) -> usize {
        let number = self.number() >> 16;
        number.checked_rem(bound as u64).unwrap_or_default() as usize
    }

    fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    fn pick<T: Clone>(&mut self, items: &[T]) -> Option<T> {
        let at = self.below(items.len());
        items.get(at).cloned()
    }
}

/// How much of everything a world has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Size {
    /// Users.
    pub users: usize,
    /// Groups.
    pub groups: usize,
    /// Resources.
    pub resources: usize,
    /// Roles added at run time.
    pub roles: usize,
    /// Memberships, edges, placements, labels and contents of roles.
    pub links: usize,
    /// Grants.
    pub grants: usize,
    /// Edits after the first.
    pub edits: usize,
    /// Steps of an edit, at the most.
    pub steps: usize,
    /// Of a hundred steps of the edits after the first, how many are about a rule of the catalog, if it has one.
    pub about_rules: usize,
}

impl Size {
    /// A size at which every question of a world can be asked of slow witnesses.
    pub const SMALL: Size = Size {
        users: 4,
        groups: 6,
        resources: 10,
        roles: 2,
        links: 56,
        grants: 20,
        edits: 0,
        steps: 4,
        about_rules: 0,
    };

    /// The same size with this many edits after the first.
    #[must_use]
    pub const fn with_edits(self, edits: usize) -> Self {
        Size { edits, ..self }
    }

    /// The same size, where so many of a hundred steps are about a rule.
    #[must_use]
    pub const fn about_rules(self, about_rules: usize) -> Self {
        Size {
            about_rules,
            ..self
        }
    }
}

/// What a world is made from: sizes and a number for each step.
#[derive(Clone, Debug)]
pub struct Plan {
    catalog: u64,
    size: Size,
    links: Vec<u64>,
    grants: Vec<u64>,
    edits: Vec<Vec<u64>>,
}

/// An organisation: a catalog, and the edits that make a policy of it. The first edit builds and is accepted; of the others some are refused.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct World {
    /// The catalog.
    pub declarations: Vec<Declaration>,
    /// The edits in their order.
    pub edits: Vec<Vec<Change>>,
}

/// Names that everything takes, so that a user, a group, a resource and a role of one name are common, and hostile ones.
const NAMES: [&str; 14] = [
    "a", "b", "everyone", "A", "user:a", "platform", "c", "group:a", "é", "e\u{301}", " ", "d",
    "\u{0}", "*",
];

impl World {
    /// The world of a seed. The same seed and size give the same world.
    #[must_use]
    pub fn from_seed(seed: u64, size: Size) -> World {
        let mut draw = Draw(seed);
        let catalog = draw.number();
        let links = (0..size.links).map(|_| draw.number()).collect();
        let grants = (0..size.grants).map(|_| draw.number()).collect();
        let edits = (0..size.edits)
            .map(|_| {
                (0..=draw.below(size.steps))
                    .map(|_| draw.number())
                    .collect()
            })
            .collect();
        World::of(&Plan {
            catalog,
            size,
            links,
            grants,
            edits,
        })
    }

    /// The world of a plan.
    #[must_use]
    pub fn of(plan: &Plan) -> World {
        let mut draw = Draw(plan.catalog);
        let mut declarations = catalog::vocabulary(&mut draw);
        let (mut oracle, mut building) = (Oracle::new(&declarations), Vec::new());
        let mut take = |oracle: &mut Oracle, step: Change| {
            if oracle.apply(std::slice::from_ref(&step)).is_ok() {
                building.push(step);
            }
        };
        for thing in things(plan.size) {
            take(&mut oracle, Change::Add(thing));
        }
        for seed in &plan.links {
            let step = steps::link(&mut Draw(*seed), &oracle);
            step.into_iter().for_each(|step| take(&mut oracle, step));
        }
        for seed in &plan.grants {
            let step = steps::grant(&mut Draw(*seed), &oracle);
            step.into_iter().for_each(|step| take(&mut oracle, step));
        }
        // A rule that what was built breaks would refuse every edit, so only rules that it keeps are declared.
        let mut rules: Vec<Rule> = Vec::new();
        for rule in catalog::rules(&mut draw, &declarations) {
            let with = [Declaration::Rule(rule.clone())];
            let mut strict = Oracle::new(&[declarations.as_slice(), &with].concat());
            if strict.apply(&building).is_ok() {
                declarations.extend(with);
                rules.push(rule);
                oracle = strict;
            }
        }
        let mut edits = vec![building];
        for seeds in &plan.edits {
            let mut tentative = without_rules(&oracle, &declarations);
            let mut edit = Vec::new();
            for seed in seeds {
                let mut draw = Draw(*seed);
                let about = !rules.is_empty() && draw.clone().chance(plan.size.about_rules);
                let steps = if about {
                    steps::about_a_rule(&mut draw, &tentative, &rules)
                } else {
                    steps::any_step(&mut draw, &tentative)
                };
                for step in steps {
                    let _refused = tentative.apply(std::slice::from_ref(&step));
                    edit.push(step);
                }
            }
            let _refused = oracle.apply(&edit);
            edits.push(edit);
        }
        World {
            declarations,
            edits,
        }
    }

    /// The rules of the catalog.
    pub fn rules(&self) -> impl Iterator<Item = &Rule> {
        self.declarations
            .iter()
            .filter_map(|declaration| match declaration {
                Declaration::Rule(rule) => Some(rule),
                _ => None,
            })
    }
}

fn without_rules(oracle: &Oracle, declarations: &[Declaration]) -> Oracle {
    let free = declarations
        .iter()
        .filter(|it| !matches!(it, Declaration::Rule(_)))
        .cloned();
    let mut free = Oracle::new(&free.collect::<Vec<_>>());
    let facts: Vec<Change> = oracle.facts().iter().cloned().collect();
    let _accepted = free.apply(&facts);
    free
}

fn things(size: Size) -> impl Iterator<Item = ThingName> {
    let name = |nth: usize| match (NAMES.get(nth), nth) {
        (Some(name), _) => (*name).to_owned(),
        (None, nth) => format!("n{nth}"),
    };
    let kind = |nth: usize| catalog::KINDS.get(nth % 2).copied().unwrap_or_default();
    let users = (0..size.users).map(move |nth| ThingName::user(name(nth)));
    let groups = (0..size.groups).map(move |nth| ThingName::group(name(nth)));
    // Both kinds have a resource of each name.
    let resources =
        (0..size.resources).map(move |nth| ThingName::resource(kind(nth), name(nth / 2)));
    let roles = (0..size.roles).map(move |nth| ThingName::role(name(nth)));
    users.chain(groups).chain(resources).chain(roles)
}

/// Every place there is.
fn places(oracle: &Oracle) -> Vec<PlaceName> {
    oracle
        .targets()
        .into_iter()
        .filter_map(|target| match target {
            crate::TargetName::Place(place) => Some(place),
            crate::TargetName::Platform => None,
        })
        .collect()
}

fn number() -> impl Strategy<Value = u64> {
    proptest::num::u64::ANY.no_shrink()
}

fn plans(edits: std::ops::RangeInclusive<usize>) -> impl Strategy<Value = Plan> {
    let counts = (1_usize..=5, 0_usize..=8, 0_usize..=12, 0_usize..=3);
    let links = vec(number(), 0..=80);
    let grants = vec(number(), 0..=24);
    let edits = vec(vec(number(), 1..=5), edits);
    (number(), counts, links, grants, edits, Just(())).prop_map(
        |(catalog, (users, groups, resources, roles), links, grants, edits, ())| {
            let size = Size {
                users,
                groups,
                resources,
                roles,
                links: links.len(),
                grants: grants.len(),
                edits: edits.len(),
                steps: 5,
                about_rules: 20,
            };
            Plan {
                catalog,
                size,
                links,
                grants,
                edits,
            }
        },
    )
}

/// Worlds of one edit, which builds and is accepted.
pub fn worlds() -> impl Strategy<Value = World> {
    plans(0..=0).prop_map(|plan| World::of(&plan))
}

/// Worlds with up to a dozen edits after the one that builds, some of which are refused.
pub fn histories() -> impl Strategy<Value = World> {
    plans(1..=12).prop_map(|plan| World::of(&plan))
}
