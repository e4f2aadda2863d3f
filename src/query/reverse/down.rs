//! Downwards: the groups below some, who is in them, and what is placed there.

use crate::facts::Facts;
use crate::facts::grant::Scope;
use crate::id::{Place, Resource, Target, User};
use crate::index::Index;
use crate::query::reverse::sets::{Gather, Marks, Slots};
use crate::steps::step;

/// What a set of targets is drawn from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Sort {
    Users,
    Groups,
    /// The resources of one kind.
    Kind(u32),
    /// Resources of all kinds.
    Resources,
}

impl Sort {
    /// How many slots its table has.
    pub(crate) fn slots(self, facts: &Facts) -> usize {
        match self {
            Sort::Users => facts.users.slots(),
            Sort::Groups => facts.groups.slots(),
            Sort::Kind(_) | Sort::Resources => facts.resources.slots(),
        }
    }

    /// How many targets of the sort there are.
    pub(crate) fn count(self, facts: &Facts) -> usize {
        match self {
            Sort::Users => facts.users.len(),
            Sort::Groups => facts.groups.len(),
            Sort::Resources => facts.resources.len(),
            Sort::Kind(kind) => facts.of_kind(kind).map_or(0, |of_kind| of_kind.len()),
        }
    }

    /// The slot of the place, if it is of the sort.
    pub(crate) fn slot(self, facts: &Facts, place: Place) -> Option<u32> {
        match (self, place) {
            (Sort::Users, Place::User(user)) => Some(user.index),
            (Sort::Groups, Place::Group(group)) => Some(group.index),
            (Sort::Resources, Place::Resource(resource)) => Some(resource.index),
            (Sort::Kind(kind), Place::Resource(resource)) => {
                (facts.kind(resource.index)? == kind).then_some(resource.index)
            }
            _ => None,
        }
    }

    /// The place in a slot that is in use.
    pub(crate) fn place(self, facts: &Facts, slot: u32) -> Option<Place> {
        match self {
            Sort::Users => facts.user_at(slot).map(Place::User),
            Sort::Groups => facts.group_at(slot).map(Place::Group),
            Sort::Kind(_) | Sort::Resources => facts.resource_at(slot).map(Place::Resource),
        }
    }

    /// The slots in use from that one on, in order.
    pub(crate) fn slots_from(self, facts: &Facts, slot: u32) -> Box<dyn Iterator<Item = u32> + '_> {
        match self {
            Sort::Users => Box::new(facts.users.iter_from(slot).map(|(slot, _)| slot)),
            Sort::Groups => Box::new(facts.groups.iter_from(slot).map(|(slot, _)| slot)),
            Sort::Resources => Box::new(facts.resources.iter_from(slot).map(|(slot, _)| slot)),
            Sort::Kind(kind) => match facts.of_kind(kind) {
                Some(of_kind) => Box::new(of_kind.range(slot..)),
                None => Box::new(std::iter::empty()),
            },
        }
    }

    /// The members of a set of the sort from that slot on, in order.
    pub(crate) fn members_from<'a>(
        self,
        facts: &'a Facts,
        set: &'a Slots,
        slot: u32,
    ) -> Box<dyn Iterator<Item = u32> + 'a> {
        match set.listed_from(slot) {
            Some(listed) => Box::new(listed),
            None => Box::new(
                self.slots_from(facts, slot)
                    .filter(|slot| set.contains(*slot)),
            ),
        }
    }
}

/// The groups, by index, and all below them, each once.
pub(crate) fn groups_below(facts: &Facts, groups: Vec<u32>) -> Vec<u32> {
    let mut marks = Marks::new(facts.groups.slots());
    let mut found = groups;
    found.retain(|group| marks.insert(*group));
    let mut at = 0;
    while let Some(group) = found.get(at).copied() {
        at += 1;
        step();
        found.extend(
            facts
                .child_indices(group)
                .filter(|child| marks.insert(*child)),
        );
    }
    found
}

/// The places of some scopes, still to be followed downwards.
#[derive(Clone, Debug, Default)]
pub(crate) struct Roots {
    /// Whether one of the scopes is the platform.
    everything: bool,
    /// The groups of which all that is under them counts.
    under: Vec<u32>,
    /// The groups of which what is at them counts.
    groups: Vec<u32>,
    users: Vec<User>,
    resources: Vec<Resource>,
}

impl Roots {
    /// What is at the place.
    pub(crate) fn push(&mut self, place: Place) {
        match place {
            Place::User(user) => self.users.push(user),
            Place::Group(group) => self.groups.push(group.index),
            Place::Resource(resource) => self.resources.push(resource),
        }
    }

    /// What a scope covers for the user.
    pub(crate) fn push_scope(
        &mut self,
        facts: &Facts,
        index: &Index,
        scope: Scope,
        user: Option<User>,
    ) {
        match scope {
            Scope::Platform => self.everything = true,
            Scope::This(place) => self.push(place),
            Scope::Underlying(group) => self.under.push(group.index),
            Scope::Oneself => self.users.extend(user),
            Scope::Labelled(label, bound) => {
                let is_bounded = |place: &Place| {
                    bound.is_none_or(|bound| index.is_bound_of(facts, bound, Target::from(*place)))
                };
                facts
                    .carriers(label)
                    .filter(is_bounded)
                    .for_each(|place| self.push(place));
            }
        }
    }

    /// All that is under the group.
    pub(crate) fn push_under(&mut self, group: u32) {
        self.under.push(group);
    }

    /// The targets of a sort that are at or under the places.
    pub(crate) fn targets(self, facts: &Facts, sort: Sort) -> Slots {
        if self.everything {
            return Slots::all();
        }
        let mut groups = groups_below(facts, self.under);
        groups.extend(self.groups);
        let mut gather = Gather::new(sort.slots(facts));
        match sort {
            Sort::Groups => groups.into_iter().for_each(|group| gather.push(group)),
            Sort::Users => {
                for group in groups {
                    facts
                        .member_lists(group)
                        .for_each(|users| gather.extend(users));
                }
                self.users
                    .into_iter()
                    .for_each(|user| gather.push(user.index));
            }
            Sort::Kind(_) | Sort::Resources if !facts.is_nested() => {
                let groups = groups.into_iter().filter_map(|group| facts.group_at(group));
                let users = self.users.into_iter().map(Place::User);
                let places = groups.map(Place::Group).chain(users);
                let lists = places.flat_map(|place| facts.content_lists(place));
                match sort {
                    Sort::Kind(kind) if !facts.is_of_one_kind() => lists
                        .flatten()
                        .filter(|resource| facts.kind(**resource) == Some(kind))
                        .for_each(|resource| gather.push(*resource)),
                    _ => lists.for_each(|resources| gather.extend(resources)),
                }
                let own = self.resources.into_iter().map(Place::Resource);
                own.filter_map(|place| sort.slot(facts, place))
                    .for_each(|slot| gather.push(slot));
            }
            Sort::Kind(_) | Sort::Resources => {
                let groups = groups
                    .into_iter()
                    .filter_map(|group| facts.group_at(group))
                    .map(Place::Group);
                let users = self.users.into_iter().map(Place::User);
                let mut contents = Contents::of(facts);
                groups
                    .chain(users)
                    .for_each(|place| contents.push_contents(place));
                self.resources
                    .into_iter()
                    .for_each(|resource| contents.push(resource));
                while let Some(resource) = contents.next() {
                    if let Some(slot) = sort.slot(facts, Place::Resource(resource)) {
                        gather.push(slot);
                    }
                }
            }
        }
        gather.finish()
    }
}

/// Targets of every sort.
#[derive(Clone, Debug)]
pub(crate) struct Reached {
    pub(crate) users: Slots,
    pub(crate) groups: Slots,
    pub(crate) resources: Slots,
    pub(crate) platform: bool,
}

impl Reached {
    /// The part of a sort.
    pub(crate) fn of(&self, sort: Sort) -> &Slots {
        match sort {
            Sort::Users => &self.users,
            Sort::Groups => &self.groups,
            Sort::Kind(_) | Sort::Resources => &self.resources,
        }
    }

    pub(crate) fn union(self, other: Reached) -> Reached {
        Reached {
            users: self.users.union(other.users),
            groups: self.groups.union(other.groups),
            resources: self.resources.union(other.resources),
            platform: self.platform || other.platform,
        }
    }

    /// How many targets there are, in a state.
    pub(crate) fn len(&self, facts: &Facts) -> usize {
        let sorts = [Sort::Users, Sort::Groups, Sort::Resources];
        let lengths = sorts.map(|sort| self.of(sort).len(sort.count(facts)));
        lengths.into_iter().sum::<usize>() + usize::from(self.platform)
    }
}

impl Roots {
    /// The targets of every sort that are at or under the places, and what is placed in the users among them.
    pub(crate) fn spread(self, facts: &Facts) -> Reached {
        if self.everything {
            return Reached {
                users: Slots::all(),
                groups: Slots::all(),
                resources: Slots::all(),
                platform: true,
            };
        }
        let mut groups = groups_below(facts, self.under);
        groups.extend(self.groups);
        let mut users = Gather::new(facts.users.slots());
        for group in &groups {
            facts
                .member_lists(*group)
                .for_each(|members| users.extend(members));
        }
        self.users.iter().for_each(|user| users.push(user.index));
        let users = users.finish();
        let mut contents = Contents::of(facts);
        for group in groups.iter().filter_map(|group| facts.group_at(*group)) {
            contents.push_contents(Place::Group(group));
        }
        for user in users.spelled().filter_map(|user| facts.user_at(user)) {
            contents.push_contents(Place::User(user));
        }
        self.resources
            .into_iter()
            .for_each(|resource| contents.push(resource));
        let mut resources = Gather::new(facts.resources.slots());
        while let Some(resource) = contents.next() {
            resources.push(resource.index);
        }
        Reached {
            users,
            groups: Slots::of(groups),
            resources: resources.finish(),
            platform: false,
        }
    }
}

/// A walk downwards over what is placed where.
struct Contents<'a> {
    facts: &'a Facts,
    stack: Vec<Resource>,
    met: Marks,
    /// Whether any resource is placed in another one.
    nested: bool,
}

impl<'a> Contents<'a> {
    fn of(facts: &'a Facts) -> Self {
        Contents {
            facts,
            stack: Vec::new(),
            met: Marks::new(facts.resources.slots()),
            nested: facts.is_nested(),
        }
    }

    fn push(&mut self, resource: Resource) {
        // Without nesting nothing is gained by telling what was met before.
        if !self.nested || self.met.insert(resource.index) {
            self.stack.push(resource);
        }
    }

    fn push_contents(&mut self, place: Place) {
        let facts = self.facts;
        facts
            .contents(place)
            .for_each(|resource| self.push(resource));
    }

    /// The next resource; its contents come later.
    fn next(&mut self) -> Option<Resource> {
        let resource = self.stack.pop()?;
        if self.nested {
            self.push_contents(Place::Resource(resource));
        }
        Some(resource)
    }
}
