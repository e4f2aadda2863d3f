//! How an explanation is worked out: section by section of the meaning, over the facts, nothing cut short.

use std::cell::OnceCell;
use std::rc::Rc;

use indexmap::IndexSet;
use rustc_hash::{FxBuildHasher, FxHashMap as HashMap};
use smallvec::SmallVec;

use crate::catalog::PlaceKind;
use crate::catalog::formula::Node;
use crate::catalog::requirement::Asked;
use crate::facts::Facts;
use crate::facts::grant::{Effect, Grant, Scope, What};
use crate::graph;
use crate::id::{Action, Group, Place, Role, Subject, Target, Targets, User};
use crate::index::{Index, Permissions};
use crate::query::explain::{
    Atom, AtomAt, Form, Headline, Held, Part, Reason, Ruling, Shape, Source,
};
use crate::query::reason::ReasonKind;
use crate::query::ways::Ways;

/// A question, asked or referred to: the action and its targets.
pub(crate) type Question = (u32, SmallVec<[Target; 2]>);

/// Questions, each once.
pub(crate) type Questions = IndexSet<Question, FxBuildHasher>;

/// A question and all it refers to, and the order in which they can be judged: each by its number, after those it refers to; its own is
/// number 0 and comes last.
pub(crate) fn questions(facts: &Facts, action: u32, targets: &[Target]) -> (Questions, Vec<usize>) {
    let mut questions = Questions::default();
    questions.insert((action, targets.into()));
    let mut referred: Vec<Vec<usize>> = Vec::new();
    while let Some((action, targets)) = questions.get_index(referred.len()) {
        let next = references(facts, *action, targets);
        referred.push(
            next.into_iter()
                .map(|question| questions.insert_full(question).0)
                .collect(),
        );
    }
    let order = match questions.len() {
        1 => vec![0],
        _ => graph::bottom_up([0], |at: usize| {
            referred.get(at).cloned().unwrap_or_default()
        }),
    };
    (questions, order)
}

/// The rulings on a question and on all it refers to; its own comes last. Each ruling is judged once, after those it refers to. The index
/// of the facts, where there is one, spares a look at what has nothing to do with them.
pub(crate) fn rulings(
    facts: &Facts,
    index: Option<&Index>,
    user: User,
    action: u32,
    targets: &[Target],
) -> Vec<Ruling> {
    let (questions, order) = questions(facts, action, targets);
    let permissions = permissions_of(facts, questions.iter().map(|(action, _)| *action));
    // Who holds nothing that the answers rest on holds it as no group.
    let may_hold = index.is_none_or(|index| index.may_hold(facts, user, permissions));
    let groups = facts.groups_of(user).filter(|_| may_hold);
    let mut judge = Judge {
        facts,
        user,
        groups: Ways::new(groups, |group| facts.parents(group)),
        held: Vec::new(),
        spots: HashMap::default(),
        places: vec![0; questions.len()],
        questions: &questions,
        rulings: Vec::with_capacity(order.len()),
    };
    judge.gather(index, permissions);
    for at in order {
        if let Some((action, targets)) = questions.get_index(at) {
            let ruling = judge.ruling(*action, targets);
            if let Some(place) = judge.places.get_mut(at) {
                *place = judge.rulings.len();
            }
            judge.rulings.push(ruling);
        }
    }
    judge.rulings
}

/// Every permission on which the answers rest: those of the formulas, those of the actions' names, and everything.
fn permissions_of(facts: &Facts, actions: impl Iterator<Item = u32>) -> Permissions {
    let mut permissions = Permissions::everything();
    for action in actions {
        permissions.add(action);
        let root = facts.catalog.formulas().action(action);
        let mut stack: SmallVec<[u32; 8]> = root.into_iter().map(|action| action.root).collect();
        while let Some(node) = stack.pop() {
            match facts.catalog.node(node) {
                Some(Node::Holds(of) | Node::Above(_, of) | Node::Within(of)) => {
                    permissions.add(*of);
                }
                Some(Node::All(parts) | Node::Any(parts) | Node::With(parts)) => {
                    stack.extend_from_slice(parts);
                }
                Some(Node::On(_, part)) => stack.push(*part),
                Some(Node::Marked(_) | Node::Allows(_)) | None => {}
            }
        }
    }
    permissions
}

/// The questions that the formula of a question refers to by `allows`.
fn references(facts: &Facts, action: u32, targets: &[Target]) -> Vec<Question> {
    let mut found = Vec::new();
    let root = facts
        .catalog
        .formulas()
        .action(action)
        .map(|action| action.root);
    let mut stack: SmallVec<[(u32, Target); 8]> =
        root.into_iter().zip(targets.first().copied()).collect();
    while let Some((node, about)) = stack.pop() {
        match facts.catalog.node(node) {
            Some(Node::All(parts) | Node::Any(parts) | Node::With(parts)) => {
                stack.extend(parts.iter().rev().map(|part| (*part, about)));
            }
            Some(Node::On(asked, part)) => {
                stack.extend(target_of(*asked, targets).map(|about| (*part, about)))
            }
            Some(Node::Allows(action)) => found.push(referred(facts, *action, targets, about)),
            _ => {}
        }
    }
    found
}

pub(crate) fn target_of(asked: Asked, targets: &[Target]) -> Option<Target> {
    match asked {
        Asked::Platform => Some(Target::Platform),
        Asked::Nth(nth) => targets.get(nth).copied(),
    }
}

/// The question that `allows` asks: of one target, or passed on as a whole.
pub(crate) fn referred(facts: &Facts, action: u32, targets: &[Target], about: Target) -> Question {
    let own = facts
        .catalog
        .formulas()
        .action(action)
        .map_or(1, |action| action.targets);
    (
        action,
        if own == 1 {
            SmallVec::from_slice(&[about])
        } else {
            targets.into()
        },
    )
}

struct Judge<'a> {
    facts: &'a Facts,
    user: User,
    /// The groups the user is held as.
    groups: Ways<Group>,
    /// Every grant the user holds: their own, those of groups from near to far, everyone's.
    held: Vec<Grant>,
    spots: HashMap<Target, Rc<Spot>>,
    questions: &'a Questions,
    /// Where the ruling on each question stands.
    places: Vec<usize>,
    rulings: Vec<Ruling>,
}

/// Where a target sits, found out as far as somebody asks.
struct Spot {
    target: Target,
    at: OnceCell<Ways<Place>>,
    under: OnceCell<Ways<Place>>,
}

impl Spot {
    fn at(&self, facts: &Facts) -> &Ways<Place> {
        self.at.get_or_init(|| self.ways(facts, false))
    }

    fn under(&self, facts: &Facts) -> &Ways<Place> {
        self.under.get_or_init(|| self.ways(facts, true))
    }

    fn ways(&self, facts: &Facts, under: bool) -> Ways<Place> {
        Ways::new(self.target.place(), |place| {
            climb(facts, self.target, place, under)
        })
    }
}

impl Judge<'_> {
    /// Collects the grants the user holds, but for those of subjects that have nothing to do with any of the permissions.
    fn gather(&mut self, index: Option<&Index>, permissions: Permissions) {
        let groups = self.groups.all().map(Subject::Group);
        let subjects = [Subject::User(self.user)]
            .into_iter()
            .chain(groups)
            .chain([Subject::Everyone]);
        self.held = subjects
            .filter(|subject| index.is_none_or(|index| index.concerns(*subject, permissions)))
            .flat_map(|subject| self.facts.grants_to(subject))
            .collect();
    }

    fn ruling(&mut self, action: u32, targets: &[Target]) -> Ruling {
        let facts = self.facts;
        let catalog = &facts.catalog;
        let asked = Action {
            index: action,
            catalog: catalog.number(),
        };
        let platform = Part {
            about: Target::Platform,
            is_true: false,
            shape: Shape::All(Vec::new()),
        };
        let root = catalog.formulas().action(action).map(|action| action.root);
        let formula = match (root, targets.first()) {
            (Some(root), Some(first)) => self.part(root, targets, *first),
            _ => platform,
        };
        let everything = self.denies(targets, |what| what == What::Everything);
        let blocked = if !everything.is_empty() {
            Some(Reason::NotActive { denies: everything })
        } else {
            let by_name = catalog
                .permission_of(asked)
                .map(|permission| permission.index);
            let named =
                |what| by_name.is_some_and(|permission| facts.book().gives(what, permission));
            let denies = self.denies(targets, named);
            (!denies.is_empty()).then_some(Reason::Denied { denies })
        };
        let allowed = formula.is_true && blocked.is_none();
        let headline = match &blocked {
            _ if allowed => None,
            Some(reason) => Some(Headline {
                kind: reason.kind(),
                atoms: Vec::new(),
            }),
            None => self.headline(&formula, &mut Vec::new()),
        };
        Ruling {
            action: asked,
            targets: targets.to_vec(),
            allowed,
            blocked,
            formula,
            headline,
        }
    }

    /// The denies of such a thing that cover a target, each once.
    fn denies(&mut self, targets: &[Target], of: impl Fn(What) -> bool) -> Vec<Source> {
        let denies = self
            .held
            .iter()
            .filter(|grant| grant.effect == Effect::Deny && of(grant.what));
        let denies: Vec<Grant> = denies.copied().collect();
        let mut sources: Vec<Source> = Vec::new();
        for target in targets {
            for grant in &denies {
                if sources.iter().all(|source| source.grant != *grant) {
                    sources.extend(self.source(*grant, None, *target));
                }
            }
        }
        sources
    }

    fn part(&mut self, node: u32, targets: &[Target], about: Target) -> Part {
        let facts = self.facts;
        let Some(node) = facts.catalog.node(node) else {
            return Part {
                about,
                is_true: false,
                shape: Shape::Any(Vec::new()),
            };
        };
        let mut each = |parts: &[u32]| -> Vec<Part> {
            parts
                .iter()
                .map(|part| self.part(*part, targets, about))
                .collect()
        };
        let (is_true, shape) = match node {
            Node::Holds(permission) => return self.atom(Form::Holds, *permission, about),
            Node::Above(kind, permission) => {
                let sort = match kind {
                    PlaceKind::User => Targets::Users,
                    PlaceKind::Kind(kind) => Targets::Of(facts.catalog.kind_at(*kind)),
                    PlaceKind::Group | PlaceKind::Platform => Targets::Groups,
                };
                return self.atom(Form::Above(sort), *permission, about);
            }
            Node::Within(permission) => return self.atom(Form::Within, *permission, about),
            Node::Marked(label) => {
                let is_true = about
                    .place()
                    .is_some_and(|place| facts.has_label(place, *label));
                let label = facts.catalog.label_at(*label);
                let recorded = facts.catalog.is_recorded_label(label);
                let reason = if recorded {
                    Reason::MissingFact
                } else {
                    Reason::WrongState
                };
                (
                    is_true,
                    Shape::Marked {
                        label,
                        reason: (!is_true).then_some(reason),
                    },
                )
            }
            Node::Allows(action) => {
                let asked = referred(facts, *action, targets, about);
                let asked = self.questions.get_index_of(&asked);
                let ruling = asked.and_then(|at| self.places.get(at).copied());
                let ruling = ruling.unwrap_or_default();
                let is_true = self
                    .rulings
                    .get(ruling)
                    .is_some_and(|ruling| ruling.allowed);
                let action = Action {
                    index: *action,
                    catalog: facts.catalog.number(),
                };
                (is_true, Shape::Allows { action, ruling })
            }
            Node::All(parts) => {
                let parts = each(parts);
                (parts.iter().all(|part| part.is_true), Shape::All(parts))
            }
            Node::Any(parts) => {
                let parts = each(parts);
                (parts.iter().any(|part| part.is_true), Shape::Any(parts))
            }
            Node::With(parts) => {
                let mut parts = each(parts).into_iter();
                let is_true = parts.as_slice().iter().all(|part| part.is_true);
                match parts.next() {
                    Some(main) => (is_true, Shape::With(Box::new(main), parts.collect())),
                    None => (is_true, Shape::All(Vec::new())),
                }
            }
            Node::On(asked, part) => {
                let part = match target_of(*asked, targets) {
                    Some(other) => self.part(*part, targets, other),
                    None => Part {
                        about,
                        is_true: false,
                        shape: Shape::Any(Vec::new()),
                    },
                };
                (part.is_true, Shape::On(*asked, Box::new(part)))
            }
        };
        Part {
            about,
            is_true,
            shape,
        }
    }

    /// A permission asked for at each place that would do.
    fn atom(&mut self, form: Form, permission: u32, about: Target) -> Part {
        let facts = self.facts;
        let gives = |grant: &&Grant| facts.book().gives(grant.what, permission);
        let of = |effect| {
            self.held
                .iter()
                .filter(move |grant| grant.effect == effect)
                .filter(gives)
                .copied()
        };
        let (allows, denies): (Vec<Grant>, Vec<Grant>) =
            (of(Effect::Allow).collect(), of(Effect::Deny).collect());
        // Nothing else is asked of someone who does not hold the permission at all.
        let places = if allows.is_empty() {
            Vec::new()
        } else {
            self.places_asked(form, &allows, about)
        };
        let (mut held, mut stopped): (Vec<Held>, Vec<Source>) = (Vec::new(), Vec::new());
        for (place, way, ways) in places {
            let sources: Vec<Source> = allows
                .iter()
                .filter_map(|grant| self.source(*grant, Some(permission), place))
                .collect();
            if sources.is_empty() {
                continue;
            }
            let taken: Vec<Source> = denies
                .iter()
                .filter_map(|grant| self.source(*grant, Some(permission), place))
                .collect();
            if taken.is_empty() {
                held.push(Held {
                    place,
                    way,
                    ways,
                    sources,
                });
            } else {
                for source in taken {
                    if stopped.iter().all(|other| other.grant != source.grant) {
                        stopped.push(source);
                    }
                }
            }
        }
        let permission = facts.catalog.permission_at(permission);
        let is_true = !held.is_empty();
        let reason = if is_true {
            None
        } else if facts.catalog.is_recorded_permission(permission) {
            Some(Reason::MissingFact)
        } else if !stopped.is_empty() {
            Some(Reason::Denied { denies: stopped })
        } else if allows.is_empty() {
            Some(Reason::NoGrant)
        } else {
            let held = allows
                .iter()
                .map(|grant| self.holding(*grant, Some(permission.index)))
                .collect();
            Some(Reason::OutOfScope { held })
        };
        Part {
            about,
            is_true,
            shape: Shape::Atom(Atom {
                form,
                permission,
                held,
                reason,
            }),
        }
    }

    /// The places that would make an atom true, with the chain between each and the target, and the number of such chains.
    fn places_asked(
        &mut self,
        form: Form,
        allows: &[Grant],
        about: Target,
    ) -> Vec<(Target, Vec<Place>, u64)> {
        let facts = self.facts;
        let itself = (about, about.place().into_iter().collect(), 1);
        match form {
            Form::Holds => vec![itself],
            Form::Above(sort) => {
                let spot = self.spot(about);
                let at = spot.at(facts);
                let places = at.all();
                let places = places.filter(|place| facts.is_of_kind(*place, sort.into()));
                places
                    .map(|place| (Target::from(place), at.shortest(place), at.chains(place)))
                    .collect()
            }
            Form::Within => {
                let mut places = vec![itself];
                for grant in allows {
                    let Some(place) = grant.scope.named() else {
                        continue;
                    };
                    let target = Target::from(place);
                    if places.iter().any(|(known, ..)| *known == target) {
                        continue;
                    }
                    match about.place() {
                        None => places.push((target, vec![place], 1)),
                        Some(wanted) => {
                            let spot = self.spot(target);
                            let under = spot.under(facts);
                            if under.reaches(wanted) {
                                places.push((target, under.shortest(wanted), under.chains(wanted)));
                            }
                        }
                    }
                }
                places
            }
        }
    }

    fn spot(&mut self, target: Target) -> Rc<Spot> {
        let spot = self.spots.entry(target).or_insert_with(|| {
            Rc::new(Spot {
                target,
                at: OnceCell::new(),
                under: OnceCell::new(),
            })
        });
        Rc::clone(spot)
    }

    /// The grant as a source at the place, if its scope covers it.
    fn source(&mut self, grant: Grant, permission: Option<u32>, place: Target) -> Option<Source> {
        let facts = self.facts;
        let spot = self.spot(place);
        let (mut places, mut bound, mut chains) = (Vec::new(), Vec::new(), 1);
        let mut along = |ways: &Ways<Place>, end: Place| {
            let reaches = ways.reaches(end);
            if reaches {
                places = ways.shortest(end);
                chains = ways.chains(end);
            }
            reaches
        };
        let covers = match grant.scope {
            Scope::Platform => true,
            Scope::This(named) => along(spot.at(facts), named),
            Scope::Underlying(group) => along(spot.under(facts), Place::Group(group)),
            Scope::Oneself => along(spot.at(facts), Place::User(self.user)),
            Scope::Labelled(label, None) => {
                let at = spot.at(facts);
                let carriers = at.all();
                let carriers = carriers.filter(|place| facts.has_label(*place, label.index));
                let carriers: Vec<Place> = carriers.collect();
                places = carriers
                    .first()
                    .map(|carrier| at.shortest(*carrier))
                    .unwrap_or_default();
                chains = carriers.iter().fold(0, |sum: u64, carrier| {
                    sum.saturating_add(at.chains(*carrier))
                });
                !carriers.is_empty()
            }
            Scope::Labelled(label, Some(group)) => {
                chains = 0;
                let at = spot.at(facts);
                for carrier in at
                    .all()
                    .filter(|place| facts.has_label(*place, label.index))
                {
                    let carrying = self.spot(Target::from(carrier));
                    let above = carrying.under(facts);
                    if !above.reaches(Place::Group(group)) {
                        continue;
                    }
                    let through = at
                        .chains(carrier)
                        .saturating_mul(above.chains(Place::Group(group)));
                    chains = chains.saturating_add(through);
                    if places.is_empty() {
                        (places, bound) =
                            (at.shortest(carrier), above.shortest(Place::Group(group)));
                    }
                }
                !places.is_empty()
            }
        };
        let source = || Source {
            places,
            bound,
            place_chains: chains,
            ..self.holding(grant, permission)
        };
        covers.then(source)
    }

    /// The grant as a source, its places left out.
    fn holding(&self, grant: Grant, permission: Option<u32>) -> Source {
        let (groups, group_chains) = match grant.subject {
            Subject::Group(group) => (self.groups.shortest(group), self.groups.chains(group)),
            Subject::User(_) | Subject::Everyone => (Vec::new(), 1),
        };
        let (roles, role_chains) = match (grant.what, permission) {
            (What::Role(role), Some(permission)) => {
                let ways = role_ways(self.facts, role);
                let having: Vec<Role> = having(self.facts, &ways, permission).collect();
                let shortest = having
                    .first()
                    .map(|end| ways.shortest(*end))
                    .unwrap_or_default();
                (
                    shortest,
                    having
                        .iter()
                        .fold(0, |sum: u64, end| sum.saturating_add(ways.chains(*end))),
                )
            }
            (What::Role(role), None) => (vec![role], 1),
            _ => (Vec::new(), 1),
        };
        let (places, bound, place_chains) = (Vec::new(), Vec::new(), 0);
        Source {
            grant,
            groups,
            group_chains,
            roles,
            role_chains,
            places,
            bound,
            place_chains,
        }
    }

    /// The headline of a false part.
    fn headline(&self, part: &Part, path: &mut Vec<usize>) -> Option<Headline> {
        if part.is_true {
            return None;
        }
        let here = |kind, path: &[usize]| {
            let atom = AtomAt {
                ruling: self.rulings.len(),
                path: path.to_vec(),
            };
            Some(Headline {
                kind,
                atoms: vec![atom],
            })
        };
        match &part.shape {
            Shape::Atom(Atom {
                reason: Some(reason),
                ..
            })
            | Shape::Marked {
                reason: Some(reason),
                ..
            } => here(reason.kind(), path),
            Shape::Atom(_) | Shape::Marked { .. } => None,
            Shape::Allows { ruling, .. } => {
                let inner = self.rulings.get(*ruling)?.headline.clone()?;
                if inner.atoms.is_empty() {
                    here(inner.kind, path)
                } else {
                    Some(inner)
                }
            }
            Shape::Any(parts) => join(self.headlines(parts, 0, path), |kinds| kinds.max()),
            Shape::All(parts) => join(self.headlines(parts, 0, path), |kinds| kinds.min()),
            Shape::With(main, companions) if main.is_true => {
                let farthest = join(self.headlines(companions, 1, path), |kinds| kinds.min())?;
                let kind = match farthest.kind {
                    ReasonKind::NoGrant | ReasonKind::OutOfScope => ReasonKind::MissingCompanion,
                    other => other,
                };
                Some(Headline { kind, ..farthest })
            }
            Shape::With(main, _) => self.headlines(std::slice::from_ref(main), 0, path).pop(),
            Shape::On(_, part) => self.headlines(std::slice::from_ref(part), 0, path).pop(),
        }
    }

    fn headlines(&self, parts: &[Part], first: usize, path: &mut Vec<usize>) -> Vec<Headline> {
        let mut found = Vec::new();
        for (at, part) in (first..).zip(parts) {
            path.push(at);
            found.extend(self.headline(part, path));
            path.pop();
        }
        found
    }
}

/// The headline of several: those of the kind that decides, together.
fn join(
    all: Vec<Headline>,
    decides: impl Fn(&mut dyn Iterator<Item = ReasonKind>) -> Option<ReasonKind>,
) -> Option<Headline> {
    let kind = decides(&mut all.iter().map(|headline| headline.kind))?;
    let mut atoms: Vec<AtomAt> = Vec::new();
    for atom in all
        .into_iter()
        .filter(|headline| headline.kind == kind)
        .flat_map(|headline| headline.atoms)
    {
        // Two references to one ruling name its atoms once.
        if !atoms.contains(&atom) {
            atoms.push(atom);
        }
    }
    Some(Headline { kind, atoms })
}

/// The places directly above, on the way from a target: `at` ends at groups, `under` goes on through their parents.
pub(crate) fn climb(
    facts: &Facts,
    target: Target,
    place: Place,
    under: bool,
) -> SmallVec<[Place; 4]> {
    match place {
        Place::Resource(resource) => facts.placements(resource).collect(),
        Place::User(user) if target == Target::User(user) => {
            facts.groups_of(user).map(Place::Group).collect()
        }
        Place::Group(group) if under => facts.parents(group).map(Place::Group).collect(),
        Place::User(_) | Place::Group(_) => SmallVec::new(),
    }
}

/// The roles that a role includes, on all chains.
pub(crate) fn role_ways(facts: &Facts, role: Role) -> Ways<Role> {
    Ways::new([role], |role| facts.role_includes(role))
}

/// The roles on the way that have the permission themselves, nearest first.
pub(crate) fn having<'a>(
    facts: &'a Facts,
    ways: &'a Ways<Role>,
    permission: u32,
) -> impl Iterator<Item = Role> + 'a {
    let has = move |role: &Role| facts.role_permissions(*role).contains(&permission);
    ways.all().filter(has)
}
