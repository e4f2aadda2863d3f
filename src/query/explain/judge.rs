//! How an explanation is worked out: section by section of the meaning, over the facts, nothing cut short.

use indexmap::IndexSet;
use rustc_hash::FxBuildHasher;
use smallvec::SmallVec;

use crate::catalog::PlaceKind;
use crate::catalog::formula::Node;
use crate::catalog::requirement::Asked;
use crate::facts::Facts;
use crate::facts::grant::{Effect, Grant, What};
use crate::graph;
use crate::id::{Action, Group, Permission, Place, Subject, Target, Targets, User};
use crate::index::{Index, Permissions};
use crate::query::explain::covering::{below, covered, covering};
use crate::query::explain::{Atom, AtomAt, Form, Headline, Part, Reason, Ruling, Shape, Source};
use crate::query::reason::ReasonKind;
use crate::steps;

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
    judged(facts, index, user, action, targets).0
}

/// The rulings, and every grant of the user's that has to do with them.
pub(crate) fn judged(
    facts: &Facts,
    index: Option<&Index>,
    user: User,
    action: u32,
    targets: &[Target],
) -> (Vec<Ruling>, Vec<Grant>) {
    let (questions, order) = questions(facts, action, targets);
    let permissions = permissions_of(facts, questions.iter().map(|(action, _)| *action));
    // Who holds nothing that the answers rest on holds it as no group.
    let may_hold = index.is_none_or(|index| index.may_hold(facts, user, permissions));
    let groups = facts.groups_of(user).filter(|_| may_hold);
    let mut judge = Judge {
        facts,
        user,
        groups: graph::reach(groups, |group| facts.parents(group)),
        held: Vec::new(),
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
    (judge.rulings, judge.held)
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
    groups: Vec<Group>,
    /// Every grant the user holds: their own, those of groups from near to far, everyone's.
    held: Vec<Grant>,
    questions: &'a Questions,
    /// Where the ruling on each question stands.
    places: Vec<usize>,
    rulings: Vec<Ruling>,
}

impl Judge<'_> {
    /// Collects the grants the user holds, but for those of subjects that have nothing to do with any of the permissions.
    fn gather(&mut self, index: Option<&Index>, permissions: Permissions) {
        let groups = self.groups.iter().copied().map(Subject::Group);
        let subjects = [Subject::User(self.user)]
            .into_iter()
            .chain(groups)
            .chain([Subject::Everyone]);
        self.held = subjects
            .filter(|subject| index.is_none_or(|index| index.concerns(*subject, permissions)))
            .flat_map(|subject| self.facts.grants_to(subject))
            .collect();
        steps::took(self.groups.len() + self.held.len());
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
        let mut sources: IndexSet<Grant, FxBuildHasher> = IndexSet::default();
        let mut places = Vec::new();
        for target in targets {
            let covering = covering(self.facts, self.user, &denies, &[*target]);
            for (grant, place) in denies.iter().zip(covering) {
                if place.is_some() && sources.insert(*grant) {
                    places.push(place);
                }
            }
        }
        let sources = sources.into_iter().zip(places);
        sources
            .map(|(grant, place)| Source {
                grant,
                permission: None,
                place,
            })
            .collect()
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
        let permission = facts.catalog.permission_at(permission);
        let [allows, denies] = [Effect::Allow, Effect::Deny]
            .map(|effect| giving(facts, &self.held, permission, effect).collect::<Vec<Grant>>());
        // Nothing else is asked of someone who does not hold the permission at all.
        let places = if allows.is_empty() {
            Vec::new()
        } else {
            self.places_asked(form, &allows, about)
        };
        let user = self.user;
        let allowed = covered(facts, user, &allows, &places);
        let denied = covered(facts, user, &denies, &places);
        let (mut held, mut stopped): (Vec<Target>, Vec<Target>) = (Vec::new(), Vec::new());
        for (place, (allowed, denied)) in places.iter().zip(allowed.into_iter().zip(denied)) {
            match (allowed, denied) {
                (true, false) => held.push(*place),
                (true, true) => stopped.push(*place),
                (false, _) => {}
            }
        }
        let is_true = !held.is_empty();
        let reason = if is_true {
            None
        } else if facts.catalog.is_recorded_permission(permission) {
            Some(Reason::MissingFact)
        } else if !stopped.is_empty() {
            let denies = sources_over(facts, user, &denies, permission, &stopped);
            Some(Reason::Denied { denies })
        } else if allows.is_empty() {
            Some(Reason::NoGrant)
        } else {
            let held = allows.iter().map(|grant| Source {
                grant: *grant,
                permission: Some(permission),
                place: None,
            });
            Some(Reason::OutOfScope {
                held: held.collect(),
            })
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

    /// The places that would make an atom true.
    fn places_asked(&self, form: Form, allows: &[Grant], about: Target) -> Vec<Target> {
        let facts = self.facts;
        match form {
            Form::Holds => vec![about],
            Form::Above(sort) => {
                let at = facts.at(about).into_iter();
                let places = at.filter(|place| facts.is_of_kind(*place, sort.into()));
                places.map(Target::from).collect()
            }
            Form::Within => {
                let named = allows.iter().filter_map(|grant| grant.scope.named());
                let named: IndexSet<Place, FxBuildHasher> = named.collect();
                let named: Vec<Place> = named
                    .into_iter()
                    .filter(|place| about != Target::from(*place))
                    .collect();
                let below = match about.place() {
                    Some(top) => below(facts, &named, top),
                    None => vec![true; named.len()],
                };
                let under = named.into_iter().zip(below);
                let under = under.filter_map(|(place, is_below)| is_below.then_some(place));
                [about].into_iter().chain(under.map(Target::from)).collect()
            }
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

/// Those of the grants, looked at for the permission, that cover one of the places, each with one that it covers.
pub(crate) fn sources_over(
    facts: &Facts,
    user: User,
    grants: &[Grant],
    permission: Permission,
    places: &[Target],
) -> Vec<Source> {
    let covering = covering(facts, user, grants, places);
    let sources = grants.iter().zip(covering).filter_map(|(grant, place)| {
        Some(Source {
            grant: *grant,
            permission: Some(permission),
            place: Some(place?),
        })
    });
    sources.collect()
}

/// The grants of an effect that give the permission.
pub(crate) fn giving<'a>(
    facts: &'a Facts,
    held: &'a [Grant],
    permission: Permission,
    effect: Effect,
) -> impl Iterator<Item = Grant> + 'a {
    let giving = held.iter().filter(move |grant| {
        grant.effect == effect && facts.book().gives(grant.what, permission.index)
    });
    giving.copied()
}
