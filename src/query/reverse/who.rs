//! Who can: the targets are known, the sets are of users.

use std::collections::HashMap;

use crate::catalog::PlaceKind;
use crate::facts::Facts;
use crate::facts::grant::{Effect, Scope};
use crate::id::{Place, Target};
use crate::index::Index;
use crate::index::rows::EVERYTHING;
use crate::index::scoped::Holder;
use crate::query::reverse::down::groups_below;
use crate::query::reverse::formula::{Atoms, Spot};
use crate::query::reverse::sets::{Gather, Marks, Slots};
use crate::steps::step;

/// The sets of users for whom the atoms are true of known targets.
pub(crate) struct Who<'a> {
    facts: &'a Facts,
    index: &'a Index,
    targets: &'a [Target],
    /// Denies that were worked out.
    taken: HashMap<(u32, Target), Slots>,
}

/// Subjects, still to be followed down to users.
#[derive(Clone, Debug, Default)]
pub(crate) struct Subjects {
    everyone: bool,
    groups: Vec<u32>,
    users: Vec<u32>,
}

impl Subjects {
    pub(crate) fn push(&mut self, holder: Holder) {
        match holder {
            Holder::Everyone => self.everyone = true,
            Holder::Group(group) => self.groups.push(group),
            Holder::User(user) => self.users.push(user),
        }
    }

    /// The users who are held as one of the subjects.
    pub(crate) fn users(self, facts: &Facts) -> Slots {
        if self.everyone {
            return Slots::all();
        }
        let mut gather = Gather::new(facts.users.slots());
        for group in groups_below(facts, self.groups) {
            facts
                .member_lists(group)
                .for_each(|users| gather.extend(users));
        }
        self.users.into_iter().for_each(|user| gather.push(user));
        gather.finish()
    }
}

impl<'a> Who<'a> {
    pub(crate) fn new(facts: &'a Facts, index: &'a Index, targets: &'a [Target]) -> Self {
        Who {
            facts,
            index,
            targets,
            taken: HashMap::new(),
        }
    }

    fn target(&self, at: Spot) -> Option<Target> {
        match at {
            Spot::Platform => Some(Target::Platform),
            Spot::Nth(nth) => self.targets.get(nth).copied(),
        }
    }

    /// The users to whom some grant of the effect gives the permission by a scope that covers the target.
    fn held(&self, permission: u32, effect: Effect, target: Target) -> Slots {
        let mut subjects = Subjects::default();
        self.index
            .holders_at(self.facts, permission, effect, target, |holder| {
                step();
                subjects.push(holder)
            });
        let held = subjects.users(self.facts);
        if held.is_all() || !self.index.gives_oneself(permission, effect) {
            return held;
        }
        // `oneself` covers the target for the users it is at: there are few, and what each of them holds is looked up.
        let owners = self
            .facts
            .at(target)
            .into_iter()
            .filter_map(|place| match place {
                Place::User(user) => Some(user),
                Place::Group(_) | Place::Resource(_) => None,
            });
        let holding = owners.filter(|owner| {
            let rows = self.index.held_by(self.facts, *owner);
            self.index
                .scopes_in(&rows, permission, effect)
                .contains(&Scope::Oneself)
        });
        held.union(Slots::of(holding.map(|owner| owner.index)))
    }

    fn taken_at(&mut self, permission: u32, target: Target) -> Slots {
        if !self.index.denies().denies(permission) {
            return Slots::none();
        }
        if let Some(known) = self.taken.get(&(permission, target)) {
            return known.clone();
        }
        let taken = self.held(permission, Effect::Deny, target);
        self.taken.insert((permission, target), taken.clone());
        taken
    }

    fn denied_at(&mut self, permission: u32, target: Target) -> Slots {
        let everything = self.taken_at(EVERYTHING, target);
        self.taken_at(permission, target).union(everything)
    }

    fn holds_at(&mut self, permission: u32, target: Target) -> Slots {
        let allowed = self.held(permission, Effect::Allow, target);
        if allowed.is_none() {
            allowed
        } else {
            allowed.minus(self.denied_at(permission, target))
        }
    }

    /// The places that allows of the permission name and that are under the target, each with the subjects of those allows.
    fn named_below(&self, permission: u32, target: Target) -> Vec<(Place, Subjects)> {
        let is_below = self.below(target);
        let mut found: HashMap<Place, Option<Subjects>> = HashMap::new();
        let mut order = Vec::new();
        for (scope, holder) in self.index.scopes_of(permission, Effect::Allow) {
            let place = match scope {
                Scope::This(place) => place,
                Scope::Underlying(group) => Place::Group(group),
                Scope::Platform | Scope::Labelled(..) | Scope::Oneself => continue,
            };
            let subjects = found.entry(place).or_insert_with(|| {
                order.push(place);
                is_below(place).then(Subjects::default)
            });
            if let Some(subjects) = subjects {
                subjects.push(holder);
            }
        }
        let named = order
            .into_iter()
            .map(|place| (place, found.remove(&place).flatten()));
        named
            .filter_map(|(place, subjects)| Some((place, subjects?)))
            .collect()
    }

    /// Tells of a place whether it is under the target.
    fn below(&self, target: Target) -> Box<dyn Fn(Place) -> bool + 'a> {
        let facts = self.facts;
        match target {
            Target::Platform => Box::new(|_| true),
            Target::User(user) => {
                Box::new(move |place| facts.at(place.into()).contains(&Place::User(user)))
            }
            Target::Resource(resource) => {
                Box::new(move |place| facts.at(place.into()).contains(&Place::Resource(resource)))
            }
            Target::Group(group) => {
                let mut below = Marks::new(facts.groups.slots());
                for group in groups_below(facts, vec![group.index]) {
                    below.insert(group);
                }
                Box::new(move |place| {
                    facts.at(place.into()).iter().any(|place| match place {
                        Place::Group(group) => below.contains(group.index),
                        Place::User(_) | Place::Resource(_) => false,
                    })
                })
            }
        }
    }
}

impl Atoms for Who<'_> {
    fn holds(&mut self, permission: u32, at: Spot) -> Slots {
        match self.target(at) {
            Some(target) => self.holds_at(permission, target),
            None => Slots::none(),
        }
    }

    fn above(&mut self, kind: PlaceKind, permission: u32, at: Spot) -> Slots {
        let places = self
            .target(at)
            .map(|target| self.facts.at(target))
            .unwrap_or_default();
        let of_kind = places
            .into_iter()
            .filter(|place| self.facts.is_of_kind(*place, kind));
        let of_kind: Vec<Place> = of_kind.collect();
        of_kind.into_iter().fold(Slots::none(), |found, place| {
            if found.is_all() {
                found
            } else {
                found.union(self.holds_at(permission, place.into()))
            }
        })
    }

    fn within(&mut self, permission: u32, at: Spot) -> Slots {
        let Some(target) = self.target(at) else {
            return Slots::none();
        };
        let mut found = self.holds_at(permission, target);
        // An allow covers the place that it names, so only a deny can take it there. The subjects of all places that no deny covers
        // are followed down together.
        let mut undenied = Subjects::default();
        for (place, subjects) in self.named_below(permission, target) {
            let denied = self.denied_at(permission, place.into());
            if denied.is_none() {
                undenied.everyone |= subjects.everyone;
                undenied.groups.extend(subjects.groups);
                undenied.users.extend(subjects.users);
            } else {
                found = found.union(subjects.users(self.facts).minus(denied));
            }
        }
        found.union(undenied.users(self.facts))
    }

    fn marked(&mut self, label: u32, at: Spot) -> Slots {
        let place = self.target(at).and_then(Target::place);
        Slots::truth(place.is_some_and(|place| self.facts.has_label(place, label)))
    }

    fn taken(&mut self, permission: u32, at: Spot) -> Slots {
        match self.target(at) {
            Some(target) => self.taken_at(permission, target),
            None => Slots::none(),
        }
    }
}
