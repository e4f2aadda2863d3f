//! Chains: by which groups a grant is held, by which roles it gives, by which places it covers. They are worked out when they are asked for,
//! and what several grants have in common is worked out once.

use rustc_hash::FxHashMap as HashMap;
use smallvec::SmallVec;

use crate::facts::Facts;
use crate::facts::grant::{Scope, What};
use crate::id::{Group, Label, Place, Role, Subject, Target, User};
use crate::query::explain::judge::climb;
use crate::query::explain::{Form, Source};
use crate::query::ways::Ways;
use crate::steps;

/// The chains of a [`Source`]. Of each sort of chain one shortest is shown, and how many there are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Chains {
    /// The groups from one the user is a member of up to the grant's subject; empty when the subject is the user or everyone.
    pub groups: Vec<Group>,
    /// How many chains of groups there are; it saturates.
    pub group_chains: u64,
    /// The roles from the one granted down to the one that has the permission itself; empty when no role is granted.
    pub roles: Vec<Role>,
    /// How many chains of roles there are; it saturates.
    pub role_chains: u64,
    /// The places from the one asked about up to the one that the scope names, or to the carrier of its label; empty where the scope is the
    /// platform, and where the grant does not cover the place.
    pub places: Vec<Place>,
    /// From the carrier of the label up to the group that bounds the scope; empty for other scopes.
    pub bound: Vec<Place>,
    /// How many chains of places there are; it saturates.
    pub place_chains: u64,
}

/// A chain between the target asked about and a place where the permission is held.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Way {
    /// One shortest chain, the lower end first; the target alone where it is the place.
    pub places: Vec<Place>,
    /// How many such chains there are; it saturates.
    pub chains: u64,
}

/// Where a target sits, on the way to a bound: as one of the places it is at, as the carrier of a label there, or above that carrier.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Step {
    At(Place),
    Carrier(Place),
    Above(Place),
}

/// Works out chains.
pub(crate) struct Chainer<'a> {
    facts: &'a Facts,
    user: User,
    groups: Option<Ways<Group>>,
    roles: HashMap<Role, Ways<Role>>,
    at: HashMap<Target, Ways<Place>>,
    under: HashMap<Target, Ways<Place>>,
    bounds: HashMap<(Target, Label), Ways<Step>>,
}

impl<'a> Chainer<'a> {
    pub(crate) fn new(facts: &'a Facts, user: User) -> Self {
        Chainer {
            facts,
            user,
            groups: None,
            roles: HashMap::default(),
            at: HashMap::default(),
            under: HashMap::default(),
            bounds: HashMap::default(),
        }
    }

    fn ways(&mut self, target: Target, under: bool) -> &Ways<Place> {
        let facts = self.facts;
        let known = if under { &mut self.under } else { &mut self.at };
        known.entry(target).or_insert_with(|| {
            let ways = Ways::new(target.place(), |place| climb(facts, target, place, under));
            steps::took(ways.all().count());
            ways
        })
    }

    fn bounds(&mut self, target: Target, label: Label) -> &Ways<Step> {
        let facts = self.facts;
        self.bounds.entry((target, label)).or_insert_with(|| {
            let ways = Ways::new(target.place().map(Step::At), |step| {
                let mut next: SmallVec<[Step; 4]> = SmallVec::new();
                match step {
                    Step::At(place) => {
                        next.extend(climb(facts, target, place, false).into_iter().map(Step::At));
                        if facts.has_label(place, label.index) {
                            next.push(Step::Carrier(place));
                        }
                    }
                    Step::Carrier(place) => {
                        let above = climb(facts, place.into(), place, true);
                        next.extend(above.into_iter().map(Step::Above));
                    }
                    Step::Above(place) => {
                        let above = climb(facts, Target::Platform, place, true);
                        next.extend(above.into_iter().map(Step::Above));
                    }
                }
                next
            });
            steps::took(ways.all().count());
            ways
        })
    }

    /// The chain between the target asked about and the place.
    pub(crate) fn way(&mut self, form: Form, about: Target, place: Target) -> Way {
        match (form, about.place(), place.place()) {
            // On the platform everything is within, without a chain.
            (Form::Within, None, Some(place)) => Way {
                places: vec![place],
                chains: 1,
            },
            (Form::Within, Some(top), Some(_)) => {
                let ways = self.ways(place, true);
                Way {
                    places: ways.shortest(top),
                    chains: ways.chains(top),
                }
            }
            (Form::Above(_), Some(_), Some(top)) => {
                let ways = self.ways(about, false);
                Way {
                    places: ways.shortest(top),
                    chains: ways.chains(top),
                }
            }
            _ => Way {
                places: about.place().into_iter().collect(),
                chains: 1,
            },
        }
    }

    pub(crate) fn chains(&mut self, source: &Source) -> Chains {
        let mut chains = Chains::default();
        (chains.groups, chains.group_chains) = self.groups(source.grant.subject);
        (chains.roles, chains.role_chains) = self.roles(source);
        if let Some(place) = source.place {
            self.places(self.user, source.grant.scope, place, &mut chains);
        }
        chains
    }

    fn groups(&mut self, subject: Subject) -> (Vec<Group>, u64) {
        let Subject::Group(group) = subject else {
            return (Vec::new(), 1);
        };
        let (facts, user) = (self.facts, self.user);
        let ways = self.groups.get_or_insert_with(|| {
            let ways = Ways::new(facts.groups_of(user), |group| facts.parents(group));
            steps::took(ways.all().count());
            ways
        });
        (ways.shortest(group), ways.chains(group))
    }

    fn roles(&mut self, source: &Source) -> (Vec<Role>, u64) {
        let facts = self.facts;
        match (source.grant.what, source.permission) {
            (What::Role(role), Some(permission)) => {
                let ways = self
                    .roles
                    .entry(role)
                    .or_insert_with(|| Ways::new([role], |role| facts.role_includes(role)));
                let has = |role: &Role| facts.role_permissions(*role).contains(&permission.index);
                let having: Vec<Role> = ways.all().filter(has).collect();
                let first = having.first().map(|end| ways.shortest(*end));
                let chains = having
                    .iter()
                    .fold(0, |sum: u64, end| sum.saturating_add(ways.chains(*end)));
                (first.unwrap_or_default(), chains)
            }
            (What::Role(role), None) => (vec![role], 1),
            (What::Permission(_) | What::Everything, _) => (Vec::new(), 1),
        }
    }

    /// The chain of places from a target to the scope of a grant that the user holds and that covers it.
    pub(crate) fn places(&mut self, user: User, scope: Scope, from: Target, chains: &mut Chains) {
        let facts = self.facts;
        let along = |ways: &Ways<Place>, end: Place, chains: &mut Chains| {
            chains.places = ways.shortest(end);
            chains.place_chains = ways.chains(end);
        };
        match scope {
            Scope::Platform => chains.place_chains = 1,
            Scope::This(place) => along(self.ways(from, false), place, chains),
            Scope::Underlying(group) => along(self.ways(from, true), group.into(), chains),
            Scope::Oneself => along(self.ways(from, false), user.into(), chains),
            Scope::Labelled(label, None) => {
                let ways = self.ways(from, false);
                let all = ways.all();
                let carriers: Vec<Place> = all
                    .filter(|place| facts.has_label(*place, label.index))
                    .collect();
                let first = carriers.first().map(|carrier| ways.shortest(*carrier));
                chains.places = first.unwrap_or_default();
                chains.place_chains = carriers.iter().fold(0, |sum: u64, carrier| {
                    sum.saturating_add(ways.chains(*carrier))
                });
            }
            Scope::Labelled(label, Some(group)) => {
                let ways = self.bounds(from, label);
                // The group may be the carrier itself, or above it.
                let ends = [Step::Carrier(group.into()), Step::Above(group.into())];
                let shortest = ends.map(|end| ways.shortest(end)).into_iter();
                let shortest = shortest
                    .filter(|way| !way.is_empty())
                    .min_by_key(Vec::len)
                    .unwrap_or_default();
                chains.place_chains = ends
                    .iter()
                    .fold(0, |sum, end| ways.chains(*end).saturating_add(sum));
                for step in shortest {
                    match step {
                        Step::At(place) => chains.places.push(place),
                        Step::Carrier(place) | Step::Above(place) => chains.bound.push(place),
                    }
                }
            }
        }
    }
}
