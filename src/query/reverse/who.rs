//! Who can: the targets are known, the sets are of users.

use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use indexmap::IndexMap;

use crate::catalog::PlaceKind;
use crate::facts::Facts;
use crate::facts::grant::{Effect, Scope};
use crate::graph;
use crate::id::{Place, Target, User};
use crate::index::Index;
use crate::index::rows::EVERYTHING;
use crate::index::scoped::Holder;
use crate::query::reverse::down::groups_below;
use crate::query::reverse::formula::{Atoms, Spot};
use crate::query::reverse::sets::{Gather, Marks, Slots};
use crate::steps::step;

/// The sets of users for whom the atoms are true of known targets.
pub(crate) struct Who<'a> {
    pub(super) facts: &'a Facts,
    pub(super) index: &'a Index,
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
        let holders = self
            .index
            .holders_at(self.facts, permission, effect, target);
        let held = self.users_of(holders);
        if held.is_all() || !self.index.gives_oneself(permission, effect) {
            return held;
        }
        let places = self.facts.at(target).into_iter();
        let owners = places.filter_map(Place::user);
        held.union(self.holding_for_themselves(permission, effect, owners))
    }

    /// The users who are held as one of the holders.
    pub(super) fn users_of(&self, holders: impl Iterator<Item = Holder>) -> Slots {
        let mut subjects = Subjects::default();
        for holder in holders {
            step();
            subjects.push(holder);
        }
        subjects.users(self.facts)
    }

    /// Those of the users whom a grant for `oneself` gives the permission: whom a target is at are few, and each is looked up.
    pub(super) fn holding_for_themselves(
        &self,
        permission: u32,
        effect: Effect,
        users: impl Iterator<Item = User>,
    ) -> Slots {
        let holding = users.filter(|user| {
            let held = self.index.held_by(self.facts, *user);
            let scopes = self.index.scopes_in(&held, permission, effect);
            scopes.contains(&Scope::Oneself)
        });
        Slots::of(holding.map(|user| user.index))
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
        let mut found: IndexMap<Place, Subjects> = IndexMap::new();
        for (scope, holder) in self.index.scopes_of(permission, Effect::Allow) {
            if let Some(place) = scope.named() {
                found.entry(place).or_default().push(holder);
            }
        }
        let below = self.below(target, found.keys());
        if let Some(below) = below {
            found.retain(|place, _| below.contains(place));
        }
        found.into_iter().collect()
    }

    /// Those of the places that are under the target, and others; `None` where all are. All of them are climbed from together.
    fn below<'p>(
        &self,
        target: Target,
        places: impl Iterator<Item = &'p Place> + Clone,
    ) -> Option<HashSet<Place>> {
        let facts = self.facts;
        let place = target.place()?;
        let mut groups = Marks::new(facts.groups.slots());
        if let Place::Group(group) = place {
            for group in groups_below(facts, vec![group.index]) {
                groups.insert(group);
            }
        }
        let is_under = |other: &Place| match other {
            Place::Group(group) => groups.contains(group.index),
            Place::User(_) | Place::Resource(_) => *other == place,
        };
        let mut contents: HashMap<Place, Vec<Place>> = HashMap::new();
        let met = graph::reach(places.clone().copied(), |place| {
            step();
            let over: Vec<Place> = match place {
                Place::Resource(resource) => facts.placements(resource).collect(),
                Place::User(_) | Place::Group(_) => Vec::new(),
            };
            for over in &over {
                contents.entry(*over).or_default().push(place);
            }
            over
        });
        let below = graph::reach(met.into_iter().filter(is_under), |place| {
            contents.get(&place).into_iter().flatten().copied()
        });
        let mut below: HashSet<Place> = below.into_iter().collect();
        // What is placed in a user is not under the groups of the user.
        let users = places.filter(|place| {
            let user = place.user();
            user.is_some_and(|user| {
                facts
                    .groups_of(user)
                    .any(|group| groups.contains(group.index))
            })
        });
        below.extend(users);
        Some(below)
    }
}

impl Atoms for Who<'_> {
    type Set = Slots;

    fn holds(&mut self, permission: u32, at: Spot) -> Slots {
        match self.target(at) {
            Some(target) => self.holds_at(permission, target),
            None => Slots::none(),
        }
    }

    fn above(&mut self, kind: PlaceKind, permission: u32, at: Spot) -> Slots {
        let Some(target) = self.target(at) else {
            return Slots::none();
        };
        if let (PlaceKind::Kind(kind), Target::Resource(resource)) = (kind, target) {
            return self.above_in_containers(kind, permission, resource);
        }
        let places = self.facts.at(target).into_iter();
        let mut of_kind = places.filter(|place| self.facts.is_of_kind(*place, kind));
        let mut found = Slots::none();
        while let Some(place) = of_kind.next()
            && !found.is_all()
        {
            found = found.union(self.holds_at(permission, place.into()));
        }
        found
    }

    fn within(&mut self, permission: u32, at: Spot) -> Slots {
        let Some(target) = self.target(at) else {
            return Slots::none();
        };
        let mut found = self.holds_at(permission, target);
        // An allow covers the place that it names, so only a deny can take it there. The subjects of all places that no deny covers
        // are followed down together.
        let mut undenied = Subjects::default();
        let named = self.named_below(permission, target);
        let takers = [permission, EVERYTHING];
        let is_denied = takers.iter().any(|what| self.index.denies().denies(*what));
        let resources = named.iter().filter_map(|(place, _)| place.resource());
        let resources = resources.filter(|_| is_denied);
        let mut in_resources = self.denied_in_containers(permission, resources);
        for (place, subjects) in named {
            let denied = match place {
                Place::Resource(resource) => {
                    in_resources.remove(&resource).map(Rc::unwrap_or_clone)
                }
                Place::User(_) | Place::Group(_) => Some(self.denied_at(permission, place.into())),
            };
            match denied.filter(|denied| !denied.is_none()) {
                None => {
                    undenied.everyone |= subjects.everyone;
                    undenied.groups.extend(subjects.groups);
                    undenied.users.extend(subjects.users);
                }
                Some(denied) => found = found.union(subjects.users(self.facts).minus(denied)),
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
