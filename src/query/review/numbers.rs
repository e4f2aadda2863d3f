//! Rights by number: what many users hold is put together and compared as lists of numbers.
//!
//! The naive form asks [`Rights::telling`] for each set of groups, which walks all that is above the scopes and hashes every right: 9 s for the
//! 68,000 different sets of groups of 100,000 users. Here every right that some grant gives has a number, and beside it stand the rights of
//! which each one makes it pointless. Most have none, so a list is put together and sorted out in a pass over its numbers.

use fixedbitset::FixedBitSet;
use rustc_hash::{FxHashMap as HashMap, FxHashSet as HashSet};

use crate::facts::Facts;
use crate::facts::grant::{Effect, Scope, What};
use crate::graph;
use crate::id::{Place, Resource, Subject, User};
use crate::index::rows::expand;
use crate::query::lists::access::NOBODY;
use crate::query::review::rights::{Right, Rights, Spelling};
use crate::query::review::wider::Wider;
use crate::steps;

/// The rights that some subjects hold, by number.
pub(super) struct Numbers<'a> {
    facts: &'a Facts,
    rights: Rights<'a>,
    /// Those of the grants come first and in order, so that lists of their numbers in order are lists of rights in order. After them come
    /// those that single users hold at their own place.
    all: Vec<Right>,
    numbers: HashMap<Right, u32>,
    stronger: Stronger,
    /// Those that are at the place of some user.
    personal: FixedBitSet,
    /// The users whose own place one of the rights is about: for them it may be in another, or be the same.
    named: HashSet<User>,
}

impl<'a> Numbers<'a> {
    /// Of the rights that grants to these subjects give.
    pub(super) fn of(
        facts: &'a Facts,
        rights: Rights<'a>,
        subjects: impl Iterator<Item = Subject>,
    ) -> Self {
        let grants = subjects.flat_map(|subject| facts.grants_to(subject));
        let given: HashSet<(What, Effect, Scope)> = grants
            .map(|grant| (grant.what, grant.effect, grant.scope))
            .collect();
        let mut all: Vec<Right> = Vec::with_capacity(given.len());
        for (what, effect, scope) in given {
            expand(facts, what, |permission| {
                all.push(rights.right(effect, permission, scope))
            });
        }
        all.sort_unstable();
        all.dedup();
        let numbers: HashMap<Right, u32> = all.iter().copied().zip(0..).collect();
        let (named, in_users) = named(facts, all.iter().map(Right::scope));
        let is_personal = |right: &Right| match right.scope() {
            Scope::Oneself | Scope::This(Place::User(_)) => true,
            Scope::This(Place::Resource(resource)) => in_users.contains(&resource),
            _ => false,
        };
        let personal = (0..).zip(&all).filter(|(_, right)| is_personal(right));
        Numbers {
            facts,
            stronger: Stronger::of(facts, &rights.spelling, &all, &numbers),
            personal: personal.map(|(number, _)| number).collect(),
            rights,
            all,
            numbers,
            named,
        }
    }

    /// Every right by its number, and how they are written.
    pub(super) fn into_rights(self) -> (Vec<Right>, Spelling) {
        (self.all, self.rights.spelling)
    }

    /// What grants to these subjects themselves give, in order.
    pub(super) fn given(&self, subjects: impl IntoIterator<Item = Subject>) -> Vec<u32> {
        let mut given = Vec::new();
        for grant in subjects
            .into_iter()
            .flat_map(|subject| self.facts.grants_to(subject))
        {
            expand(self.facts, grant.what, |permission| {
                let right = self.rights.right(grant.effect, permission, grant.scope);
                given.extend(self.numbers.get(&right));
            });
        }
        given.sort_unstable();
        given.dedup();
        given
    }

    /// Whether one of the rights may be another for a user whom some right names: see [`is_named`](Self::is_named).
    pub(super) fn are_personal(&self, list: &[u32]) -> bool {
        !self.personal.is_clear() && list.iter().any(|it| self.personal.contains(*it as usize))
    }

    /// Whether one of the rights names the user, or something that is placed in them.
    pub(super) fn is_named(&self, user: User) -> bool {
        self.named.contains(&user)
    }

    /// See [`Spelling::tells_users_apart`].
    pub(super) fn tell_users_apart(&self, list: &[u32]) -> bool {
        let rights = list
            .iter()
            .filter_map(|right| self.all.get(*right as usize));
        self.rights.spelling.tells_users_apart(rights.copied())
    }

    /// Leaves out of a list in order the rights that make no difference to whomever none of the rights names: see [`Rights::telling`].
    pub(super) fn sort_out(&self, list: &[u32], telling: &mut Vec<u32>) {
        steps::took(list.len());
        telling.clear();
        for right in list {
            let Some(stronger) = self.stronger.than(*right) else {
                self.walk(list, telling);
                return;
            };
            if !stronger
                .iter()
                .any(|other| list.binary_search(other).is_ok())
            {
                telling.push(*right);
            }
        }
    }

    /// The rights that make a difference to a user whom some of the rights name.
    pub(super) fn telling_of_named(&mut self, user: User) -> Vec<u32> {
        let held = self.rights.held(user);
        let telling = self.rights.telling(user, &held).into_iter();
        let Numbers {
            all,
            numbers,
            personal,
            ..
        } = self;
        let number = telling.map(|right| {
            *numbers.entry(right).or_insert_with(|| {
                personal.grow_and_insert(all.len());
                all.push(right);
                u32::try_from(all.len() - 1).unwrap_or(u32::MAX)
            })
        });
        number.collect()
    }

    /// The same by a walk of all that is above the scopes.
    fn walk(&self, list: &[u32], telling: &mut Vec<u32>) {
        let right = |number: &u32| self.all.get(*number as usize).copied();
        let rights: Vec<Right> = list.iter().filter_map(right).collect();
        let mut rest = self.rights.telling(NOBODY, &rights).into_iter().peekable();
        telling.clear();
        let is_telling =
            |number: &&u32| rest.next_if(|next| right(number) == Some(*next)).is_some();
        telling.extend(list.iter().filter(is_telling));
    }
}

/// For each of some rights those of the others beside which it makes no difference: one of the same effect that contains it, or a deny that
/// takes all of it.
#[derive(Debug, Default)]
struct Stronger {
    /// For each right where its own start in the list, and at the end where the last ones end.
    starts: Vec<usize>,
    list: Vec<u32>,
    /// The rights for which they are too many to be written down.
    unwritten: FixedBitSet,
}

impl Stronger {
    fn of(
        facts: &Facts,
        spelling: &Spelling,
        all: &[Right],
        numbers: &HashMap<Right, u32>,
    ) -> Self {
        let mut scopes: Vec<Scope> = all.iter().map(Right::scope).collect();
        scopes.sort_unstable();
        scopes.dedup();
        let wider = Wider::of(facts, &scopes);
        let denies = all.iter().filter(|right| right.is_deny());
        let denied: HashSet<What> = denies.map(Right::what).collect();
        let mut stronger = Stronger {
            starts: vec![0],
            list: Vec::new(),
            unwritten: FixedBitSet::with_capacity(all.len()),
        };
        for (at, right) in all.iter().enumerate() {
            let number = scopes.binary_search(&right.scope()).ok();
            match number.and_then(|number| wider.than(number)) {
                Some(wider) => {
                    let wider = wider
                        .iter()
                        .filter_map(|it| scopes.get(*it as usize).copied());
                    let others = others(spelling, right, wider, &denied);
                    stronger
                        .list
                        .extend(others.filter_map(|other| numbers.get(&other)));
                }
                None => stronger.unwritten.insert(at),
            }
            stronger.starts.push(stronger.list.len());
        }
        steps::took(all.len() + stronger.list.len());
        stronger
    }

    /// `None` where they are not written down.
    fn than(&self, right: u32) -> Option<&[u32]> {
        let right = right as usize;
        let (start, end) = (*self.starts.get(right)?, *self.starts.get(right + 1)?);
        match start == end && self.unwritten.contains(right) {
            true => None,
            false => self.list.get(start..end),
        }
    }
}

/// The rights beside which one makes no difference, whether anybody holds them or not: of those that are denied anywhere, and with these scopes that
/// are wider than its own.
fn others<'a>(
    spelling: &Spelling,
    right: &'a Right,
    wider: impl Iterator<Item = Scope> + Clone + 'a,
    denied: &HashSet<What>,
) -> impl Iterator<Item = Right> + 'a {
    let (what, effect) = (right.what(), right.effect());
    let containing = (right.is_deny() || !spelling.counts_places(*right)).then(|| wider.clone());
    let containing = containing.into_iter().flatten();
    let containing = containing.map(move |scope| Right::of(effect, what, scope));
    let by_everything = what != What::Everything && denied.contains(&What::Everything);
    let by_itself = !right.is_deny() && denied.contains(&what);
    let denies = [
        by_everything.then_some(What::Everything),
        by_itself.then_some(what),
    ];
    let covering = [right.scope()].into_iter().chain(wider);
    let taking = denies.into_iter().flatten().flat_map(move |what| {
        let covering = covering.clone();
        covering.map(move |scope| Right::of(Effect::Deny, what, scope))
    });
    containing.chain(taking)
}

/// The users whom the scopes name, or in whom something is placed that they name, and the resources that are placed in users: of those named
/// and of all that these are in.
fn named(facts: &Facts, scopes: impl Iterator<Item = Scope>) -> (HashSet<User>, HashSet<Resource>) {
    let places = scopes.filter_map(|scope| match scope {
        Scope::This(place @ (Place::User(_) | Place::Resource(_))) => Some(place),
        _ => None,
    });
    let around = |place: Place| match place {
        Place::Resource(resource) => facts.placements(resource).collect(),
        Place::User(_) | Place::Group(_) => Vec::new(),
    };
    let (mut users, mut inside) = (HashSet::default(), HashSet::default());
    for place in graph::bottom_up(places, around) {
        match place {
            Place::User(user) => drop(users.insert(user)),
            Place::Resource(resource) => {
                let is_inside = facts.placements(resource).any(|place| match place {
                    Place::User(_) => true,
                    Place::Resource(around) => inside.contains(&around),
                    Place::Group(_) => false,
                });
                if is_inside {
                    inside.insert(resource);
                }
            }
            Place::Group(_) => {}
        }
    }
    (users, inside)
}
