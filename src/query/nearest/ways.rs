//! Ways to a yes: which facts to record, and which to take out of the way.

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet, HashSet};

use crate::facts::Fact;
use crate::facts::draft::Drafted;
use crate::facts::grant::{Effect, Grant, Scope, What};
use crate::facts::walk::Whereabouts;
use crate::graph;
use crate::id::{Group, Place, Subject, Target, Targets, User};
use crate::index::rows::EVERYTHING;
use crate::query::explain::judge::rulings;
use crate::query::explain::{Atom, Form, Part, Reason, Ruling, Shape};
use crate::query::grounds::{CutLimits, Grounds};
use crate::query::nearest::{Plan, Plans, Search, Toggles};
use crate::query::reverse::down::Sort;
use crate::query::reverse::wheres::Where;

/// The most ways to make one part of a formula true that are followed up.
const MOST_WAYS: usize = 256;

/// How many candidates of one size are compared by who else gains.
const MOST_COMPARED: usize = 32;

/// How far ways out of denies are looked for: so many facts, ways and steps.
const OUT_OF_DENIES: CutLimits = CutLimits {
    facts: 3,
    cuts: 64,
    waiting: 4_096,
    steps: 200_000,
};

/// How many of the users that a deny is lifted for are looked at for what they newly hold.
const MOST_FREED: usize = 1_000;

/// Looks for ways to a yes.
pub(super) struct Opening<'a> {
    search: &'a Search<'a>,
    /// Whether some list was cut short.
    is_short: Cell<bool>,
    /// What was found out about denies: for each permission and place the ways out of them.
    out: std::cell::RefCell<BTreeMap<(u32, Target), Vec<Toggles>>>,
}

impl Search<'_> {
    /// The smallest sets of changes that make the answer yes.
    pub(super) fn nearest(&self, limit: usize) -> Plans {
        let opening = Opening {
            search: self,
            is_short: Cell::new(false),
            out: std::cell::RefCell::default(),
        };
        let plans = opening.nearest(limit);
        Plans {
            plans,
            is_complete: !opening.is_short.get(),
        }
    }
}

impl Opening<'_> {
    fn nearest(&self, limit: usize) -> Vec<Plan> {
        let Search {
            facts,
            user,
            action,
            targets,
            ..
        } = *self.search;
        let now = rulings(facts, None, user, action, targets);
        // For each ruling the ways to make it yes; those it refers to come before it.
        let mut ways: Vec<Vec<Toggles>> = Vec::with_capacity(now.len());
        for ruling in &now {
            let found = self.ways_of_ruling(ruling, &ways);
            ways.push(found);
        }
        let mut candidates = ways.pop().unwrap_or_default();
        candidates.retain(|candidate| !candidate.is_empty());
        let mut ranked: Vec<(usize, usize, Toggles)> = candidates
            .into_iter()
            .map(|candidate| (candidate.len(), self.entries(&candidate), candidate))
            .collect();
        ranked.sort();
        let mut found: Vec<(Toggles, Plan)> = Vec::new();
        for of_one_size in ranked.chunk_by(|one, other| one.0 == other.0) {
            if found.len() >= limit {
                break;
            }
            let mut plans: Vec<(usize, usize, &Toggles, Plan)> = Vec::new();
            for (_, entries, candidate) in of_one_size {
                if plans.len() == MOST_COMPARED {
                    self.is_short.set(true);
                    break;
                }
                let contains = |(smaller, _): &(Toggles, Plan)| {
                    smaller
                        .iter()
                        .all(|(fact, to)| candidate.get(fact) == Some(to))
                };
                if found.iter().any(contains) {
                    continue;
                }
                if let Some(drafted) = self.tried_out(candidate) {
                    let plan = self.search.plan(candidate, drafted, *entries);
                    plans.push((plan.others_gaining(), *entries, candidate, plan));
                }
            }
            plans.sort_by(|one, other| (one.0, one.1, one.2).cmp(&(other.0, other.1, other.2)));
            let plans = plans.into_iter();
            found.extend(plans.map(|(_, _, candidate, plan)| (candidate.clone(), plan)));
        }
        found.truncate(limit);
        found.into_iter().map(|(_, plan)| plan).collect()
    }

    /// What the changes lead to, if they commit and make the answer yes, and no part of them does.
    fn tried_out(&self, candidate: &Toggles) -> Option<Drafted> {
        let drafted = self.search.try_out(candidate, true)?;
        (!self.search.can_spare(candidate, true)).then_some(drafted)
    }

    /// The smallest of the sets, each once.
    fn fewest(&self, mut ways: Vec<Toggles>) -> Vec<Toggles> {
        ways.sort_by(|one, other| one.len().cmp(&other.len()).then_with(|| one.cmp(other)));
        ways.dedup();
        if ways.len() > MOST_WAYS {
            self.is_short.set(true);
            ways.truncate(MOST_WAYS);
        }
        ways
    }

    /// The first of many.
    fn some<T>(&self, all: impl IntoIterator<Item = T>) -> Vec<T> {
        let mut all = all.into_iter();
        let first: Vec<T> = all.by_ref().take(MOST_WAYS).collect();
        if all.next().is_some() {
            self.is_short.set(true);
        }
        first
    }

    /// Each way of the one list together with each of the other.
    fn together(&self, ways: &[Toggles], others: &[Toggles]) -> Vec<Toggles> {
        let joined = ways.iter().flat_map(|way| {
            others.iter().map(move |other| {
                let both = way.iter().chain(other);
                both.map(|(fact, to)| (*fact, *to)).collect::<Toggles>()
            })
        });
        self.fewest(joined.collect())
    }

    fn ways_of_ruling(&self, ruling: &Ruling, referred: &[Vec<Toggles>]) -> Vec<Toggles> {
        if ruling.allowed {
            return vec![Toggles::new()];
        }
        let ways = self.ways(&ruling.formula, referred);
        if ruling.blocked.is_none() {
            return self.fewest(ways);
        }
        // What stops the question whatever the formula says: denies of everything, and of the permission of the action's name.
        let catalog = &self.search.facts.catalog;
        let by_name = catalog.permission_of(ruling.action);
        let stops = by_name.map(|permission| permission.index);
        let stops = [EVERYTHING].into_iter().chain(stops);
        let at = |stop: u32| ruling.targets.iter().map(move |target| (stop, *target));
        let stops: Vec<(u32, Target)> = stops.flat_map(at).collect();
        self.together(&ways, &self.out_of(&stops))
    }

    /// The sets of changes that make a part true.
    fn ways(&self, part: &Part, referred: &[Vec<Toggles>]) -> Vec<Toggles> {
        if part.is_true {
            return vec![Toggles::new()];
        }
        match &part.shape {
            Shape::Atom(atom) => self.fewest(self.ways_of_atom(part.about, atom)),
            Shape::Marked { label, .. } => {
                let mark = part
                    .about
                    .place()
                    .map(|place| Fact::Labelled(place, *label));
                mark.map(|mark| Toggles::from([(mark, true)]))
                    .into_iter()
                    .collect()
            }
            Shape::Allows { ruling, .. } => referred.get(*ruling).cloned().unwrap_or_default(),
            Shape::Any(parts) => self.fewest(
                parts
                    .iter()
                    .flat_map(|part| self.ways(part, referred))
                    .collect(),
            ),
            Shape::On(_, part) => self.ways(part, referred),
            Shape::All(_) | Shape::With(..) => {
                let mut together = vec![Toggles::new()];
                for part in part.parts() {
                    let more = self.ways(part, referred);
                    together = self.together(&together, &more);
                }
                together
            }
        }
    }

    fn ways_of_atom(&self, about: Target, atom: &Atom) -> Vec<Toggles> {
        let (facts, permission) = (self.search.facts, atom.permission.index);
        let mut ways = Vec::new();
        let mut places = vec![about];
        if let Form::Above(sort) = atom.form {
            places = facts
                .at(about)
                .into_iter()
                .filter(|place| facts.is_of_kind(*place, sort.into()))
                .map(Target::from)
                .collect();
            // Something that is at no such place can be put where the permission is held.
            let sort = match sort {
                Targets::Users => Sort::Users,
                Targets::Groups => Sort::Groups,
                Targets::Of(kind) => Sort::Kind(kind.index),
            };
            let index = self.search.snapshot.index();
            let wheres = Where::new(facts, index, self.search.user, Vec::new(), sort);
            for place in self.some(wheres.allowed_places(permission, MOST_WAYS + 1)) {
                let place = Target::from(place);
                let put = self.put(about, place).into_iter();
                ways.extend(put.flat_map(|put| self.with(put, &self.lifts_at(permission, place))));
            }
        }
        if atom.form == Form::Within {
            let below = |place: Place| {
                let spot = facts.whereabouts(Target::from(place));
                about
                    .place()
                    .is_none_or(|about| facts.is_under(&spot, about))
            };
            // Where it is held but denied, below the target.
            if let Some(Reason::Denied { .. }) = &atom.reason {
                let held = self.held(permission, Effect::Allow);
                let held = held.filter_map(|(grant, _)| grant.scope.named());
                places.extend(held.filter(|place| below(*place)).map(Target::from));
            }
            // Groups that hold it at a place below the target.
            for grant in self.giving(permission) {
                if let (Subject::Group(group), Some(place)) = (grant.subject, grant.scope.named())
                    && below(place)
                {
                    let lifted = self.lifts_at(permission, place.into());
                    let joining = graph::reach([group], |group| facts.children(group));
                    for group in self.some(joining) {
                        let joined = Fact::Member(self.search.user, group);
                        ways.extend(self.with(Toggles::from([(joined, true)]), &lifted));
                    }
                }
            }
        }
        for place in places {
            ways.extend(self.ways_at(permission, place));
        }
        ways
    }

    /// The set of changes, with each of the ways out of the denies.
    fn with(&self, way: Toggles, lifted: &[Toggles]) -> Vec<Toggles> {
        self.together(&[way], lifted)
    }

    /// The sets of changes that make the asker hold the permission at the place.
    fn ways_at(&self, permission: u32, place: Target) -> Vec<Toggles> {
        let (facts, user) = (self.search.facts, self.search.user);
        let spot = facts.whereabouts(place);
        let lifted = self.lifts_at(permission, place);
        let held_here = self
            .held(permission, Effect::Allow)
            .any(|(grant, _)| facts.covers(grant.scope, user, &spot));
        if held_here {
            return lifted;
        }
        let one = |fact: Fact| Toggles::from([(fact, true)]);
        let mut ways = Vec::new();
        let scope = place.place().map_or(Scope::Platform, Scope::This);
        let what = What::Permission(facts.catalog.permission_at(permission));
        let granted = Grant {
            subject: Subject::User(user),
            what,
            scope,
            effect: Effect::Allow,
        };
        ways.push(one(Fact::Grant(granted)));
        // Groups that hold it here, and those below: one of these may hold what other parts of the formula need as well.
        let holding = self.groups_holding(permission, &spot);
        let below = graph::reach(holding, |group| facts.children(group));
        for group in self.some(below) {
            ways.push(one(Fact::Member(user, group)));
        }
        // Scopes where it is held already, which could cover the place.
        for (grant, _) in self.held(permission, Effect::Allow) {
            match grant.scope {
                Scope::This(to) => ways.extend(self.put(place, to.into())),
                Scope::Underlying(group) => ways.extend(self.put(place, group.into())),
                Scope::Oneself => ways.extend(self.put(place, user.into())),
                Scope::Labelled(label, bound) => {
                    let bounded = |spot: &Whereabouts| {
                        bound.is_none_or(|group| facts.is_under(spot, Place::Group(group)))
                    };
                    if let Some(itself) = place.place()
                        && bounded(&spot)
                    {
                        ways.push(one(Fact::Labelled(itself, label)));
                    }
                    for carrier in self
                        .some(facts.carriers(label))
                        .into_iter()
                        .filter(|carrier| bounded(&facts.whereabouts(Target::from(*carrier))))
                    {
                        ways.extend(self.put(place, carrier.into()));
                    }
                }
                Scope::Platform => {}
            }
        }
        self.together(&ways, &lifted)
    }

    /// The change that puts the target into a place, where such a thing can be put there.
    fn put(&self, target: Target, place: Target) -> Option<Toggles> {
        let fact = match (target, place.place()?) {
            (Target::Resource(resource), place) => Fact::Placed(resource, place),
            (Target::User(user), Place::Group(group)) => Fact::Member(user, group),
            _ => return None,
        };
        Some(Toggles::from([(fact, true)]))
    }

    /// The ways out of the denies that take the permission from the asker at the place; one without a change where there are none.
    fn lifts_at(&self, permission: u32, place: Target) -> Vec<Toggles> {
        if let Some(known) = self.out.borrow().get(&(permission, place)) {
            return known.clone();
        }
        let found = self.out_of(&[(permission, place)]);
        let mut out = self.out.borrow_mut();
        out.insert((permission, place), found.clone());
        found
    }

    /// The ways out of all denies of these permissions, or of everything, at these places: the smallest sets of facts by which they reach
    /// from the asker to the place, the denies themselves among them. Lifting them all is always one, and so is what only concerns the asker.
    fn out_of(&self, stops: &[(u32, Target)]) -> Vec<Toggles> {
        let (facts, user) = (self.search.facts, self.search.user);
        let grounds = Grounds::of_denies(facts, user, stops);
        if !grounds.without(&[]).answer() {
            return vec![Toggles::new()];
        }
        let (mut cuts, is_complete) = grounds.cuts(OUT_OF_DENIES, |_| true);
        if !is_complete {
            self.is_short.set(true);
        }
        let lifting = |fact: &Fact| match fact {
            Fact::Grant(_) => 1,
            _ => 1 << 32,
        };
        let own = |fact: &Fact| match fact {
            Fact::Member(member, _) if *member == user => 1,
            Fact::Grant(grant) if grant.subject == Subject::User(user) => 1,
            _ => 1 << 32,
        };
        cuts.extend(grounds.cut(lifting));
        cuts.extend(grounds.cut(own));
        let taken_out = cuts.into_iter().map(|cut| {
            let facts = cut.iter().filter_map(|node| grounds.fact(*node));
            facts.map(|fact| (fact, false)).collect()
        });
        self.fewest(taken_out.collect())
    }

    /// The grants of the permission that the asker holds, with the subject each is recorded on.
    fn held(&self, permission: u32, effect: Effect) -> impl Iterator<Item = (Grant, Subject)> + '_ {
        let (facts, user) = (self.search.facts, self.search.user);
        let groups = facts.held_groups(user).into_iter().map(Subject::Group);
        let subjects = [Subject::User(user), Subject::Everyone]
            .into_iter()
            .chain(groups);
        let grants = subjects
            .flat_map(move |subject| facts.grants_to(subject).map(move |grant| (grant, subject)));
        grants.filter(move |(grant, _)| {
            grant.effect == effect && facts.book().gives(grant.what, permission)
        })
    }

    /// The allows that give the permission, whoever has them.
    fn giving(&self, permission: u32) -> impl Iterator<Item = Grant> + '_ {
        let facts = self.search.facts;
        let roles = facts
            .catalog
            .roles()
            .chain(facts.run_time_roles())
            .map(What::Role);
        let giving = roles.filter(move |what| facts.book().gives(*what, permission));
        let whats = giving.chain([What::Permission(facts.catalog.permission_at(permission))]);
        let grants = whats.flat_map(|what| facts.grants_of(what));
        grants.filter(|grant| grant.effect == Effect::Allow)
    }

    /// The groups with an allow of the permission that covers what sits there.
    fn groups_holding(&self, permission: u32, spot: &Whereabouts) -> BTreeSet<Group> {
        let here = self.giving(permission).filter(|grant| {
            self.search
                .facts
                .covers(grant.scope, self.search.user, spot)
        });
        let groups = here.filter_map(|grant| match grant.subject {
            Subject::Group(group) => Some(group),
            Subject::User(_) | Subject::Everyone => None,
        });
        groups.collect()
    }

    /// How many (permission, scope) entries someone would newly hold.
    fn entries(&self, toggles: &Toggles) -> usize {
        let facts = self.search.facts;
        let mut gained: HashSet<(User, u32, Scope)> = HashSet::new();
        for (fact, present) in toggles {
            match *fact {
                Fact::Grant(grant) if *present => {
                    let permissions = self.permissions(grant.what);
                    let entry = |permission| (self.search.user, permission, grant.scope);
                    gained.extend(permissions.into_iter().map(entry));
                }
                Fact::Grant(deny) => {
                    let users = facts.users_held_as(deny.subject).take(MOST_FREED);
                    users.for_each(|user| self.free(user, [deny], &mut gained));
                }
                Fact::Member(user, group) if !*present => {
                    let above = facts.above(group).into_iter();
                    let grants = above.flat_map(|group| facts.grants_to(Subject::Group(group)));
                    let denies = grants.filter(|grant| grant.effect == Effect::Deny);
                    self.free(user, denies, &mut gained);
                }
                Fact::Member(user, group) => {
                    let held = self.entries_of(facts.held_groups(user), Some(user));
                    let new = self.entries_of(facts.above(group), None);
                    gained.extend(
                        new.difference(&held)
                            .map(|(permission, scope)| (user, *permission, *scope)),
                    );
                }
                _ => {}
            }
        }
        gained.len()
    }

    /// Adds the entries of the user's that the denies may take.
    fn free(
        &self,
        user: User,
        denies: impl IntoIterator<Item = Grant>,
        gained: &mut HashSet<(User, u32, Scope)>,
    ) {
        let facts = self.search.facts;
        let entries = self.entries_of(facts.held_groups(user), Some(user));
        for deny in denies {
            let entries = entries.iter();
            let freed =
                entries.filter(|(permission, _)| facts.book().gives(deny.what, *permission));
            gained.extend(freed.map(|(permission, scope)| (user, *permission, *scope)));
        }
    }

    /// The (permission, scope) entries that the groups and the user, with everyone, hold.
    fn entries_of(&self, groups: Vec<Group>, user: Option<User>) -> HashSet<(u32, Scope)> {
        let subjects = groups
            .into_iter()
            .map(Subject::Group)
            .chain([Subject::Everyone])
            .chain(user.map(Subject::User));
        let allows = subjects
            .flat_map(|subject| self.search.facts.grants_to(subject))
            .filter(|grant| grant.effect == Effect::Allow);
        allows
            .flat_map(|grant| {
                self.permissions(grant.what)
                    .into_iter()
                    .map(move |permission| (permission, grant.scope))
            })
            .collect()
    }

    fn permissions(&self, what: What) -> Vec<u32> {
        match what {
            What::Permission(permission) => vec![permission.index],
            What::Role(role) => self.search.facts.book().permissions(role).collect(),
            What::Everything => Vec::new(),
        }
    }
}
