//! What an edit can have touched: the users whose holdings may differ, and the targets that grants may reach otherwise.
//!
//! A triple of user, action and targets has the same answer in both states unless the user is among the touched ones or one of the targets
//! is, *within* atoms and atoms on the platform aside, which are followed up for the actions that have them:
//!
//! * Who holds what differs for those held as the subject of a grant that differs, and for those below a membership or an edge that does.
//! * Where a target sits differs for what is at or under the place of a placement, a label, a membership or an edge that differs.
//! * A grant that differs may be followed either way, to all its users or to all that it covers. The smaller way is taken.

use std::collections::HashMap;
use std::sync::OnceLock;

use crate::facts::Facts;
use crate::facts::grant::{Effect, Grant, Scope};
use crate::facts::near::Near;
use crate::id::{Place, Subject, Thing};
use crate::index::Index;
use crate::index::scoped::Holder;
use crate::limit::limit;
use crate::query::reverse::classes::SORTS;
use crate::query::reverse::down::{Reached, Roots, Sort};
use crate::query::reverse::sets::Slots;
use crate::query::reverse::who::Subjects;

/// So few users are followed without a look at what the grant covers.
const FEW: usize = limit(16, 1);

/// One of the two states.
#[derive(Clone, Copy, Debug)]
pub(crate) struct State<'a> {
    pub(crate) facts: &'a Facts,
    pub(crate) index: &'a Index,
}

/// The slots of a table that do not have the same tenant in both states.
#[derive(Debug)]
pub(super) struct Replaced {
    any: Slots,
    /// Those that are in use before.
    pub(super) before: Slots,
    /// Those that are in use now.
    pub(super) now: Slots,
}

impl Replaced {
    fn of(slots: &[u32], before: impl Fn(u32) -> bool, now: impl Fn(u32) -> bool) -> Self {
        let those = |live: &dyn Fn(u32) -> bool| {
            Slots::of(slots.iter().copied().filter(|slot| live(*slot)))
        };
        Replaced {
            any: Slots::of(slots.iter().copied()),
            before: those(&before),
            now: those(&now),
        }
    }

    /// A set of one state as one of the other: without the slots that have another tenant there.
    ///
    /// Of a set of all slots but some, what it leaves out is cleared of them; what it has then to be cut off by the caller.
    pub(super) fn carried(&self, set: &Slots) -> Slots {
        if set.is_inverted() {
            set.clone().union(self.any.clone())
        } else {
            set.clone().minus(self.any.clone())
        }
    }

    /// What is in the set of one state, whose own tenants of replaced slots are given, and not in that of the other.
    fn beyond(&self, set: &Slots, other: &Slots, own: &Slots) -> Slots {
        let same = set.clone().minus(own.clone()).minus(self.carried(other));
        same.union(set.clone().intersection(own.clone()))
    }

    pub(super) fn gained(&self, before: &Slots, now: &Slots) -> Slots {
        self.beyond(now, before, &self.now)
    }

    pub(super) fn lost(&self, before: &Slots, now: &Slots) -> Slots {
        self.beyond(before, now, &self.before)
    }
}

/// What may differ. Slots that are in use in one state only may be among those of the other.
#[derive(Debug)]
pub(super) struct Touched {
    pub(super) users: Slots,
    pub(super) targets: Reached,
    replaced: [Replaced; 3],
    /// The targets over touched places, worked out when they are needed.
    over: OnceLock<Reached>,
}

impl Touched {
    pub(super) fn between(before: State<'_>, now: State<'_>) -> Touched {
        Touched::by(before, now, |_| true)
    }

    /// What may differ where only those of the grants count that pass; which they are does not depend on the state.
    pub(super) fn by(
        before: State<'_>,
        now: State<'_>,
        counts: impl Fn(&Grant) -> bool,
    ) -> Touched {
        let states = [before, now];
        let unequal = now.facts.difference(before.facts);
        let (mut subjects, mut roots) = (Subjects::default(), Roots::default());
        for (user, _) in &unequal.members {
            subjects.push(Holder::User(user.index));
            roots.push(Place::User(*user));
        }
        for slot in &unequal.users {
            subjects.push(Holder::User(*slot));
            let tenants = states.iter().filter_map(|state| state.facts.user_at(*slot));
            tenants.for_each(|user| roots.push(Place::User(user)));
        }
        for (group, _) in &unequal.parents {
            subjects.push(Holder::Group(group.index));
            roots.push_under(group.index);
        }
        for slot in &unequal.groups {
            let tenants = states
                .iter()
                .filter_map(|state| state.facts.group_at(*slot));
            tenants.for_each(|group| roots.push(Place::Group(group)));
        }
        for slot in &unequal.resources {
            let tenants = states
                .iter()
                .filter_map(|state| state.facts.resource_at(*slot));
            tenants.for_each(|resource| roots.push(Place::Resource(resource)));
        }
        unequal
            .placed
            .iter()
            .for_each(|(resource, _)| roots.push(Place::Resource(*resource)));
        unequal.labelled.iter().for_each(|place| roots.push(*place));

        let grants = unequal.grants.iter().chain(&unequal.altered);
        let grants = grants.filter(|grant| counts(grant));
        let replaced = [&unequal.users, &unequal.groups, &unequal.resources];
        Touched::of(states, &subjects, &roots, grants, replaced)
    }

    /// What a removal can have touched by the denies that are near it: enough to find every answer that is gained, and no more.
    pub(super) fn by_removal(states: [State<'_>; 2], thing: Thing, near: &Near) -> Touched {
        let (mut subjects, mut roots) = (Subjects::default(), Roots::default());
        let mut replaced: [Vec<u32>; 3] = Default::default();
        let [users, groups, resources] = &mut replaced;
        match thing {
            Thing::Group(group) => {
                if !near.held.is_empty() {
                    subjects.push(Holder::Group(group.index));
                }
                roots.push_under(group.index);
                groups.push(group.index);
            }
            Thing::User(user) => {
                roots.push(Place::User(user));
                users.push(user.index);
            }
            Thing::Resource(resource) => {
                roots.push(Place::Resource(resource));
                resources.push(resource.index);
            }
            Thing::Role(_) => {}
        }
        if near.covering.is_empty() {
            roots = Roots::default();
        }
        let slots = [&replaced[0], &replaced[1], &replaced[2]];
        let mut touched = Touched::of(states, &subjects, &roots, near.given.iter(), slots);
        // Nobody gains anything on what is gone.
        let Reached {
            users,
            groups,
            resources,
            ..
        } = &mut touched.targets;
        for (targets, gone) in [users, groups, resources].into_iter().zip(&replaced) {
            if !gone.is_empty() {
                *targets = targets.take().minus(Slots::of(gone.iter().copied()));
            }
        }
        touched
    }

    /// What is touched below the subjects, at and under the places and by the grants, where these slots have other tenants.
    fn of<'g>(
        states: [State<'_>; 2],
        subjects: &Subjects,
        roots: &Roots,
        grants: impl Iterator<Item = &'g Grant>,
        replaced: [&Vec<u32>; 3],
    ) -> Touched {
        let users = in_both(states, |state| subjects.clone().users(state.facts));
        let mut choice = Choice {
            states,
            users: &users,
            holders: HashMap::new(),
            covered: HashMap::new(),
        };
        let mut more = Subjects::default();
        let mut scopes = Vec::new();
        for grant in grants {
            match choice.of(grant) {
                Way::None => {}
                Way::Users => more.push(grant.subject.into()),
                Way::Targets => scopes.push(grant.scope),
            }
        }
        scopes.sort_unstable();
        scopes.dedup();
        let more = in_both(states, |state| more.clone().users(state.facts));
        let [earlier, later] = states.map(|state| {
            let mut roots = roots.clone();
            scopes
                .iter()
                .for_each(|scope| roots.push_scope(state.facts, state.index, *scope, None));
            roots.spread(state.facts)
        });
        let [of_users, of_groups, of_resources] = replaced;
        let sorts = [
            (Sort::Users, of_users),
            (Sort::Groups, of_groups),
            (Sort::Resources, of_resources),
        ];
        let [before, now] = states;
        Touched {
            users: users.union(more),
            targets: earlier.union(later),
            replaced: sorts.map(|(sort, slots)| {
                let lives = |state: State<'_>, slot| sort.place(state.facts, slot).is_some();
                Replaced::of(slots, |slot| lives(before, slot), |slot| lives(now, slot))
            }),
            over: OnceLock::new(),
        }
    }

    pub(super) fn replaced(&self, sort: Sort) -> &Replaced {
        let [users, groups, resources] = &self.replaced;
        match sort {
            Sort::Users => users,
            Sort::Groups => groups,
            Sort::Kind(_) | Sort::Resources => resources,
        }
    }

    /// The targets that a *within* may reach otherwise: those over a touched place that an allow names.
    pub(super) fn over(&self, states: [State<'_>; 2]) -> &Reached {
        self.over.get_or_init(|| self.work_out_over(states))
    }

    fn work_out_over(&self, states: [State<'_>; 2]) -> Reached {
        let mut named: Vec<Place> = Vec::new();
        for State { facts, .. } in states {
            for sort in SORTS {
                let slots = sort.members_from(facts, self.targets.of(sort), 0);
                let places = slots.filter_map(|slot| sort.place(facts, slot));
                named.extend(
                    places.filter(|place| states.iter().any(|state| is_named(state.facts, *place))),
                );
            }
        }
        named.sort_unstable();
        named.dedup();
        let [before, now] = states.map(|State { facts, .. }| {
            let over = facts.upwards(named.iter().copied());
            let of =
                |sort: Sort| Slots::of(over.iter().filter_map(|place| sort.slot(facts, *place)));
            Reached {
                users: of(Sort::Users),
                groups: of(Sort::Groups),
                resources: of(Sort::Resources),
                platform: !named.is_empty(),
            }
        });
        before.union(now)
    }
}

/// Whether an allow is scoped to the place.
fn is_named(facts: &Facts, place: Place) -> bool {
    facts.grants_on(place).any(|grant| {
        grant.effect == Effect::Allow
            && matches!(grant.scope, Scope::This(_) | Scope::Underlying(_))
    })
}

/// The union of the sets of both states.
fn in_both(states: [State<'_>; 2], set: impl Fn(State<'_>) -> Slots) -> Slots {
    let [before, now] = states.map(set);
    before.union(now)
}

/// How a grant that differs is followed.
enum Way {
    /// All who hold it are touched anyway.
    None,
    Users,
    Targets,
}

/// Chooses how each grant that differs is followed.
struct Choice<'a> {
    states: [State<'a>; 2],
    /// Users that are touched anyway.
    users: &'a Slots,
    /// For each subject, how many users at the most are held as it besides those.
    holders: HashMap<Subject, usize>,
    covered: HashMap<Scope, usize>,
}

impl Choice<'_> {
    fn of(&mut self, grant: &Grant) -> Way {
        let (states, touched) = (self.states, self.users);
        let holders = *self.holders.entry(grant.subject).or_insert_with(|| {
            let mut subject = Subjects::default();
            subject.push(grant.subject.into());
            let held = in_both(states, |state| subject.clone().users(state.facts));
            // Slots of both states are touched, which can be more than either has users.
            let slots = states.iter().map(|state| state.facts.users.slots());
            held.minus(touched.clone())
                .len(slots.max().unwrap_or_default())
        });
        if holders == 0 {
            return Way::None;
        }
        // What `oneself` covers is different for each user.
        if holders <= FEW || grant.scope == Scope::Oneself {
            return Way::Users;
        }
        let covered = *self.covered.entry(grant.scope).or_insert_with(|| {
            let covered = states.iter().map(|state| {
                let mut roots = Roots::default();
                roots.push_scope(state.facts, state.index, grant.scope, None);
                roots.spread(state.facts).len(state.facts)
            });
            covered.max().unwrap_or_default()
        });
        if covered < holders {
            Way::Targets
        } else {
            Way::Users
        }
    }
}
