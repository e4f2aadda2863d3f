//! Minimal proofs: facts that make an answer yes by themselves, none of which can be spared.

use std::collections::{BTreeSet, HashMap, HashSet};

use crate::facts::Facts;
use crate::facts::change::Change;
use crate::facts::grant::{Grant, Scope, What};
use crate::facts::{Fact, grant};
use crate::id::{Group, Place, Resource, Role, Subject, Target, Thing, User};
use crate::query::explain::judge::{climb, having, role_ways, rulings};
use crate::query::explain::{Atom, Explanation, Form, Held, Part, Ruling, Shape, Source};
use crate::query::ways::Ways;

/// Facts that make an answer yes by themselves: with them alone it is yes, and with any one of them left out it is no.
///
/// The things that they name are taken for granted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proof {
    facts: Vec<Change>,
}

impl Proof {
    /// The facts, one change each.
    #[must_use]
    pub fn facts(&self) -> &[Change] {
        &self.facts
    }
}

/// The minimal proofs of a yes, worked out one by one: see [`Explanation::minimal_proofs`].
///
/// Every choice (which part of an `any`, which place, which grant, which chain of groups, of roles, of places) has a number; the iterator
/// counts. What a choice cites is thinned out to what cannot be spared; proofs that come out equal to an earlier one are left out.
#[derive(Debug)]
pub struct MinimalProofs<'a> {
    proofs: Proofs<'a>,
}

impl<'a> MinimalProofs<'a> {
    pub(super) fn new(explanation: &'a Explanation) -> Self {
        MinimalProofs {
            proofs: Proofs::new(
                explanation.snapshot.facts(),
                explanation.user,
                &explanation.rulings,
            ),
        }
    }
}

impl Iterator for MinimalProofs<'_> {
    type Item = Proof;

    fn next(&mut self) -> Option<Proof> {
        let proof = self.proofs.next()?;
        Some(Proof {
            facts: proof
                .iter()
                .map(|fact| self.proofs.facts.describe(fact))
                .collect(),
        })
    }
}

/// The minimal proofs as facts.
#[derive(Debug)]
pub(crate) struct Proofs<'a> {
    facts: &'a Facts,
    user: User,
    rulings: &'a [Ruling],
    choices: u64,
    /// For each ruling, how many choices its formula has.
    counts: Vec<u64>,
    next: u64,
    given: HashSet<BTreeSet<Fact>>,
}

impl Iterator for Proofs<'_> {
    type Item = BTreeSet<Fact>;

    fn next(&mut self) -> Option<BTreeSet<Fact>> {
        while self.next < self.choices {
            let cited = self.cite(self.next);
            self.next += 1;
            let minimal = self.thin_out(cited);
            if self.given.insert(minimal.clone()) {
                return Some(minimal);
            }
        }
        None
    }
}

impl<'a> Proofs<'a> {
    pub(crate) fn new(facts: &'a Facts, user: User, rulings: &'a [Ruling]) -> Self {
        let mut counts = Vec::with_capacity(rulings.len());
        for ruling in rulings {
            let choices = if ruling.allowed {
                count(&ruling.formula, &counts)
            } else {
                0
            };
            counts.push(choices);
        }
        let choices = counts.last().copied().unwrap_or_default();
        Proofs {
            facts,
            user,
            rulings,
            choices,
            counts,
            next: 0,
            given: HashSet::new(),
        }
    }

    /// The facts that the choice of that number cites.
    fn cite(&self, number: u64) -> BTreeSet<Fact> {
        let mut citing = Citing {
            facts: self.facts,
            user: self.user,
            groups: None,
            cited: BTreeSet::new(),
        };
        // A ruling that several parts refer to is proved by one choice for all of them.
        let mut proved: HashMap<usize, u64> = HashMap::new();
        let mut stack: Vec<(&Part, u64)> = self
            .rulings
            .last()
            .map(|ruling| (&ruling.formula, number))
            .into_iter()
            .collect();
        while let Some((part, mut number)) = stack.pop() {
            match &part.shape {
                Shape::Atom(atom) => citing.atom(part.about, atom, number),
                Shape::Marked { label, .. } => {
                    citing.cited.extend(
                        part.about
                            .place()
                            .map(|place| Fact::Labelled(place, *label)),
                    );
                }
                Shape::Allows { ruling, .. } => {
                    if let Some(inner) = self.rulings.get(*ruling)
                        && !proved.contains_key(ruling)
                    {
                        proved.insert(*ruling, number);
                        stack.push((&inner.formula, number));
                    }
                }
                Shape::Any(parts) => {
                    for part in parts.iter().filter(|part| part.is_true) {
                        let choices = count(part, &self.counts);
                        if number < choices {
                            stack.push((part, number));
                            break;
                        }
                        number -= choices;
                    }
                }
                Shape::All(_) | Shape::With(..) | Shape::On(..) => {
                    for part in part.parts() {
                        let choices = count(part, &self.counts).max(1);
                        stack.push((part, number % choices));
                        number /= choices;
                    }
                }
            }
        }
        citing.cited
    }

    /// Leaves out every fact that the others can spare.
    fn thin_out(&self, cited: BTreeSet<Fact>) -> BTreeSet<Fact> {
        let mut kept = cited.clone();
        for fact in cited {
            kept.remove(&fact);
            if !self.stands_on(&kept) {
                kept.insert(fact);
            }
        }
        kept
    }

    /// Whether the facts alone make the answer yes.
    fn stands_on(&self, kept: &BTreeSet<Fact>) -> bool {
        let Some(ruling) = self.rulings.last() else {
            return false;
        };
        let mut world = Excerpt::new(self.facts);
        let Some(Thing::User(user)) = world.thing(self.user.into()) else {
            return false;
        };
        let targets: Option<Vec<Target>> = ruling
            .targets
            .iter()
            .map(|target| world.target(*target))
            .collect();
        let Some(targets) = targets else { return false };
        for fact in kept {
            if let Some(fact) = world.fact(fact) {
                world.facts.set(&fact, true);
            }
        }
        world.facts.refresh_book();
        rulings(&world.facts, None, user, ruling.action.index, &targets)
            .last()
            .is_some_and(|ruling| ruling.allowed)
    }
}

/// How many choices prove a part; it saturates.
fn count(part: &Part, rulings: &[u64]) -> u64 {
    if !part.is_true {
        return 0;
    }
    match &part.shape {
        Shape::Atom(atom) => atom
            .held
            .iter()
            .map(|held| count_held(part.about, atom, held))
            .fold(0, u64::saturating_add),
        Shape::Marked { .. } => 1,
        Shape::Allows { ruling, .. } => rulings.get(*ruling).copied().unwrap_or_default(),
        Shape::Any(parts) => parts
            .iter()
            .map(|part| count(part, rulings))
            .fold(0, u64::saturating_add),
        Shape::All(_) | Shape::With(..) | Shape::On(..) => part
            .parts()
            .into_iter()
            .map(|part| count(part, rulings))
            .fold(1, u64::saturating_mul),
    }
}

/// The sources that prove an atom at a place: at one found by `within` below the target only the grants that name the place, since
/// without one of them it would not have been looked at.
fn proving<'a>(about: Target, atom: &Atom, held: &'a Held) -> impl Iterator<Item = &'a Source> {
    let any = atom.form != Form::Within || held.place == about;
    let names = |source: &Source| match source.grant.scope {
        Scope::This(place) => Target::from(place) == held.place,
        Scope::Underlying(group) => Target::Group(group) == held.place,
        Scope::Platform | Scope::Labelled(..) | Scope::Oneself => false,
    };
    held.sources
        .iter()
        .filter(move |source| any || names(source))
}

fn count_held(about: Target, atom: &Atom, held: &Held) -> u64 {
    let sources = proving(about, atom, held)
        .map(count_source)
        .fold(0, u64::saturating_add);
    // On the platform everything is within, without a chain.
    if atom.form == Form::Holds {
        sources
    } else {
        sources.saturating_mul(held.ways)
    }
}

fn count_source(source: &Source) -> u64 {
    source
        .group_chains
        .saturating_mul(source.role_chains)
        .saturating_mul(source.place_chains)
}

/// Writes down the facts that choices cite.
struct Citing<'a> {
    facts: &'a Facts,
    user: User,
    groups: Option<Ways<Group>>,
    cited: BTreeSet<Fact>,
}

impl Citing<'_> {
    fn atom(&mut self, about: Target, atom: &Atom, mut number: u64) {
        for held in &atom.held {
            let choices = count_held(about, atom, held);
            if number >= choices {
                number -= choices;
                continue;
            }
            if atom.form != Form::Holds {
                let way = number % held.ways.max(1);
                number /= held.ways.max(1);
                self.way(about, atom.form, held, way);
            }
            for source in proving(about, atom, held) {
                let choices = count_source(source);
                if number < choices {
                    return self.source(source, atom.permission.index, held.place, number);
                }
                number -= choices;
            }
            return;
        }
    }

    /// The edges between the target asked about and the place where the permission is held.
    fn way(&mut self, about: Target, form: Form, held: &Held, number: u64) {
        let facts = self.facts;
        let (from, to, under) = match form {
            Form::Within => (held.place, about, true),
            Form::Holds | Form::Above(_) => (about, held.place, false),
        };
        if let Some(to) = to.place() {
            let ways = Ways::new(from.place(), |place| climb(facts, from, place, under));
            self.places(&ways.nth(to, number));
        }
    }

    fn source(&mut self, source: &Source, permission: u32, place: Target, number: u64) {
        let (facts, user) = (self.facts, self.user);
        self.cited.insert(Fact::Grant(source.grant));
        let group = number % source.group_chains.max(1);
        let number = number / source.group_chains.max(1);
        if let Subject::Group(subject) = source.grant.subject {
            let ways = self.groups.get_or_insert_with(|| {
                Ways::new(facts.groups_of(user), |group| facts.parents(group))
            });
            let chain = ways.nth(subject, group);
            self.cited
                .extend(chain.first().map(|group| Fact::Member(user, *group)));
            self.cited.extend(
                chain
                    .iter()
                    .zip(chain.iter().skip(1))
                    .map(|(child, parent)| Fact::Parent(*child, *parent)),
            );
        }
        if let What::Role(role) = source.grant.what {
            self.roles(role, permission, number % source.role_chains.max(1));
        }
        self.scope(
            source.grant.scope,
            place,
            number / source.role_chains.max(1),
        );
    }

    /// The facts about run-time roles that lead from a role to the permission; those of the catalog are no facts.
    fn roles(&mut self, role: Role, permission: u32, mut number: u64) {
        let facts = self.facts;
        let ways = role_ways(facts, role);
        for end in having(facts, &ways, permission) {
            let chains = ways.chains(end);
            if number >= chains {
                number -= chains;
                continue;
            }
            let chain = ways.nth(end, number);
            let pairs = chain.iter().zip(chain.iter().skip(1));
            let recorded = |role: &Role| facts.catalog.role_name(*role).is_none();
            self.cited.extend(
                pairs
                    .filter(|(role, _)| recorded(role))
                    .map(|(role, next)| Fact::Includes(*role, *next)),
            );
            if recorded(&end) {
                self.cited
                    .insert(Fact::Gives(end, facts.catalog.permission_at(permission)));
            }
            return;
        }
    }

    fn scope(&mut self, scope: Scope, place: Target, mut number: u64) {
        let facts = self.facts;
        let ways = |under| Ways::new(place.place(), |other| climb(facts, place, other, under));
        match scope {
            Scope::Platform => {}
            Scope::This(named) => self.places(&ways(false).nth(named, number)),
            Scope::Oneself => self.places(&ways(false).nth(Place::User(self.user), number)),
            Scope::Underlying(group) => self.places(&ways(true).nth(Place::Group(group), number)),
            Scope::Labelled(label, bound) => {
                let at = ways(false);
                for carrier in at
                    .all()
                    .filter(|place| facts.has_label(*place, label.index))
                {
                    let target = Target::from(carrier);
                    let above = Ways::new([carrier], |place| climb(facts, target, place, true));
                    let bounds = bound.map_or(1, |group| above.chains(Place::Group(group)));
                    let choices = at.chains(carrier).saturating_mul(bounds);
                    if number >= choices {
                        number -= choices;
                        continue;
                    }
                    self.cited.insert(Fact::Labelled(carrier, label));
                    self.places(&at.nth(carrier, number / bounds));
                    if let Some(group) = bound {
                        self.places(&above.nth(Place::Group(group), number % bounds));
                    }
                    return;
                }
            }
        }
    }

    /// The edges along a chain of places.
    fn places(&mut self, chain: &[Place]) {
        self.cited.extend(place_edges(chain));
    }
}

/// The edges along a chain of places.
fn place_edges(chain: &[Place]) -> impl Iterator<Item = Fact> + '_ {
    chain.windows(2).filter_map(|pair| match pair {
        [Place::Resource(resource), place] => Some(Fact::Placed(*resource, *place)),
        [Place::User(user), Place::Group(group)] => Some(Fact::Member(*user, *group)),
        [Place::Group(child), Place::Group(parent)] => Some(Fact::Parent(*child, *parent)),
        _ => None,
    })
}

/// The facts by which a grant reaches from the user to a place: the grant itself and the edges of its chains.
pub(crate) fn reaching(user: User, source: &Source) -> Vec<Fact> {
    let mut facts = vec![Fact::Grant(source.grant)];
    facts.extend(
        source
            .groups
            .first()
            .map(|group| Fact::Member(user, *group)),
    );
    let pairs = source.groups.iter().zip(source.groups.iter().skip(1));
    facts.extend(pairs.map(|(child, parent)| Fact::Parent(*child, *parent)));
    facts.extend(place_edges(&source.places));
    facts.extend(place_edges(&source.bound));
    if let Scope::Labelled(label, _) = source.grant.scope {
        facts.extend(
            source
                .places
                .last()
                .map(|carrier| Fact::Labelled(*carrier, label)),
        );
    }
    facts
}

/// A small world with just the things that a few facts name.
struct Excerpt<'a> {
    of: &'a Facts,
    facts: Facts,
    copies: HashMap<Thing, Thing>,
}

impl<'a> Excerpt<'a> {
    fn new(of: &'a Facts) -> Self {
        Excerpt {
            of,
            facts: Facts::new(of.catalog.clone(), of.policy),
            copies: HashMap::new(),
        }
    }

    /// The copy of a thing; roles of the catalog are their own.
    fn thing(&mut self, thing: Thing) -> Option<Thing> {
        if let Thing::Role(role) = thing
            && self.of.catalog.role_name(role).is_some()
        {
            return Some(thing);
        }
        if let Some(copy) = self.copies.get(&thing) {
            return Some(*copy);
        }
        let name = self.of.thing_name(thing);
        let copy = match thing {
            Thing::User(_) => self.facts.add_user(name.name(), 0).map(Thing::User),
            Thing::Group(_) => self.facts.add_group(name.name(), 0).map(Thing::Group),
            Thing::Resource(resource) => {
                let kind = self.of.catalog.kind_at(self.of.kind(resource.index)?);
                self.facts
                    .add_resource(kind, name.name(), 0)
                    .map(Thing::Resource)
            }
            Thing::Role(_) => self.facts.add_role(name.name(), 0).map(Thing::Role),
        }?;
        self.copies.insert(thing, copy);
        Some(copy)
    }

    fn user(&mut self, user: User) -> Option<User> {
        match self.thing(user.into())? {
            Thing::User(user) => Some(user),
            _ => None,
        }
    }

    fn group(&mut self, group: Group) -> Option<Group> {
        match self.thing(group.into())? {
            Thing::Group(group) => Some(group),
            _ => None,
        }
    }

    fn resource(&mut self, resource: Resource) -> Option<Resource> {
        match self.thing(resource.into())? {
            Thing::Resource(resource) => Some(resource),
            _ => None,
        }
    }

    fn role(&mut self, role: Role) -> Option<Role> {
        match self.thing(role.into())? {
            Thing::Role(role) => Some(role),
            _ => None,
        }
    }

    fn place(&mut self, place: Place) -> Option<Place> {
        Some(match place {
            Place::User(user) => Place::User(self.user(user)?),
            Place::Group(group) => Place::Group(self.group(group)?),
            Place::Resource(resource) => Place::Resource(self.resource(resource)?),
        })
    }

    fn target(&mut self, target: Target) -> Option<Target> {
        match target.place() {
            Some(place) => self.place(place).map(Target::from),
            None => Some(Target::Platform),
        }
    }

    fn fact(&mut self, fact: &Fact) -> Option<Fact> {
        Some(match *fact {
            Fact::Thing(thing) => Fact::Thing(self.thing(thing)?),
            Fact::Member(user, group) => Fact::Member(self.user(user)?, self.group(group)?),
            Fact::Parent(child, parent) => Fact::Parent(self.group(child)?, self.group(parent)?),
            Fact::Placed(resource, place) => {
                Fact::Placed(self.resource(resource)?, self.place(place)?)
            }
            Fact::Labelled(place, label) => Fact::Labelled(self.place(place)?, label),
            Fact::Gives(role, permission) => Fact::Gives(self.role(role)?, permission),
            Fact::Includes(role, other) => Fact::Includes(self.role(role)?, self.role(other)?),
            Fact::Grant(grant) => Fact::Grant(self.grant(grant)?),
        })
    }

    fn grant(&mut self, grant: Grant) -> Option<Grant> {
        let subject = match grant.subject {
            Subject::User(user) => Subject::User(self.user(user)?),
            Subject::Group(group) => Subject::Group(self.group(group)?),
            Subject::Everyone => Subject::Everyone,
        };
        let what = match grant.what {
            What::Role(role) => What::Role(self.role(role)?),
            same @ (What::Permission(_) | What::Everything) => same,
        };
        let scope = match grant.scope {
            Scope::This(place) => Scope::This(self.place(place)?),
            Scope::Underlying(group) => Scope::Underlying(self.group(group)?),
            Scope::Labelled(label, Some(group)) => Scope::Labelled(label, Some(self.group(group)?)),
            same @ (Scope::Platform | Scope::Labelled(_, None) | Scope::Oneself) => same,
        };
        Some(grant::Grant {
            subject,
            what,
            scope,
            effect: grant.effect,
        })
    }
}
