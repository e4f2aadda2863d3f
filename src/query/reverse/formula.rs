//! A formula over sets: union for `any`, intersection for `all`, and what is blocked taken off.

use std::collections::{HashMap, HashSet};

use crate::catalog::formula::Node;
use crate::catalog::requirement::Asked;
use crate::catalog::{Catalog, PlaceKind};
use crate::index::rows::EVERYTHING;
use crate::query::reverse::sets::Slots;
use crate::steps::step;

/// What an atom of a formula speaks of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Spot {
    /// The target of the question at this position.
    Nth(usize),
    /// The platform.
    Platform,
}

/// The part of a question that a formula sees: all of its targets, or the one that an `allows` passed on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Question {
    Whole,
    One(Spot),
}

/// What a formula is worked out to: a set, or another formula. The default is none.
pub(crate) trait Algebra: Clone + Default {
    fn all() -> Self;
    fn is_none(&self) -> bool;
    fn is_all(&self) -> bool;
    fn union(self, other: Self) -> Self;
    fn intersection(self, other: Self) -> Self;
    fn minus(self, other: Self) -> Self;
}

impl Algebra for Slots {
    fn all() -> Self {
        Slots::all()
    }

    fn is_none(&self) -> bool {
        self.is_none()
    }

    fn is_all(&self) -> bool {
        self.is_all()
    }

    fn union(self, other: Self) -> Self {
        self.union(other)
    }

    fn intersection(self, other: Self) -> Self {
        self.intersection(other)
    }

    fn minus(self, other: Self) -> Self {
        self.minus(other)
    }
}

/// The sets of the atoms: of users where the targets are known, of targets where the user is.
pub(crate) trait Atoms {
    type Set: Algebra;

    fn holds(&mut self, permission: u32, at: Spot) -> Self::Set;
    fn above(&mut self, kind: PlaceKind, permission: u32, at: Spot) -> Self::Set;
    fn within(&mut self, permission: u32, at: Spot) -> Self::Set;
    fn marked(&mut self, label: u32, at: Spot) -> Self::Set;
    /// Where a deny of the permission itself, or of [`EVERYTHING`], covers the target.
    fn taken(&mut self, permission: u32, at: Spot) -> Self::Set;
}

/// A node of a formula on the way down, and which of its parts comes next.
struct Frame<S> {
    node: u32,
    part: usize,
    question: Question,
    current: Spot,
    /// What the parts that were left gave together.
    so_far: S,
    /// The action whose formula begins here, with those whom it is blocked for.
    action: Option<(u32, S)>,
}

impl<S: Default> Frame<S> {
    fn of(node: u32, question: Question, current: Spot) -> Self {
        Frame {
            node,
            part: 0,
            question,
            current,
            so_far: S::default(),
            action: None,
        }
    }
}

/// The set for which the action is possible. An action that several others refer to is worked out once.
pub(crate) fn evaluate<A: Atoms>(catalog: &Catalog, action: u32, atoms: &mut A) -> A::Set {
    step();
    let mut known: HashMap<(u32, Question), A::Set> = HashMap::new();
    let mut stack = match refer(catalog, action, Question::Whole, Spot::Nth(0), atoms) {
        Ok(frame) => vec![frame],
        Err(answer) => return answer,
    };
    // The set of the part that was just left.
    let mut answer = A::Set::default();
    while let Some(frame) = stack.last_mut() {
        let (part, question, current) = (frame.part, frame.question, frame.current);
        frame.part += 1;
        let Some(node) = catalog.node(frame.node) else {
            return A::Set::default();
        };
        let mut last = || std::mem::take(&mut answer);
        // Either the next part to walk, or the set of this node.
        let next = match node {
            Node::Holds(permission) => Err(atoms.holds(*permission, current)),
            Node::Above(kind, permission) => Err(atoms.above(*kind, *permission, current)),
            Node::Within(permission) => Err(atoms.within(*permission, current)),
            Node::Marked(label) => Err(atoms.marked(*label, current)),
            Node::All(parts) | Node::With(parts) => {
                let before = if part == 0 {
                    A::Set::all()
                } else {
                    std::mem::take(&mut frame.so_far).intersection(last())
                };
                match parts.get(part) {
                    Some(next) if !before.is_none() => {
                        frame.so_far = before;
                        Ok(Frame::of(*next, question, current))
                    }
                    _ => Err(before),
                }
            }
            Node::Any(parts) => {
                let before = if part == 0 {
                    A::Set::default()
                } else {
                    std::mem::take(&mut frame.so_far).union(last())
                };
                match parts.get(part) {
                    Some(next) if !before.is_all() => {
                        frame.so_far = before;
                        Ok(Frame::of(*next, question, current))
                    }
                    _ => Err(before),
                }
            }
            Node::On(asked, next) if part == 0 => {
                let current = spoken_of(*asked, question);
                Ok(Frame::of(*next, question, current))
            }
            Node::Allows(action) if part == 0 => {
                let question = passed_on(catalog, *action, question, current);
                match known.get(&(*action, question)) {
                    Some(known) => Err(known.clone()),
                    None => refer(catalog, *action, question, current, atoms),
                }
            }
            Node::On(..) | Node::Allows(_) => Err(last()),
        };
        match next {
            Ok(frame) => stack.push(frame),
            Err(set) => {
                answer = set;
                if let Some(Frame {
                    action: Some((action, blocked)),
                    question,
                    ..
                }) = stack.pop()
                {
                    answer = answer.minus(blocked);
                    if !stack.is_empty() {
                        known.insert((action, question), answer.clone());
                    }
                }
            }
        }
    }
    answer
}

/// The question that `allows` asks about the action.
fn passed_on(catalog: &Catalog, action: u32, question: Question, current: Spot) -> Question {
    match catalog.formulas().action(action) {
        Some(of) if of.targets == 1 => Question::One(current),
        _ => question,
    }
}

/// Goes into the formula of an action, unless it is blocked for all.
fn refer<A: Atoms>(
    catalog: &Catalog,
    action: u32,
    question: Question,
    current: Spot,
    atoms: &mut A,
) -> Result<Frame<A::Set>, A::Set> {
    let Some(of) = catalog.formulas().action(action) else {
        return Err(A::Set::default());
    };
    let mut blocked = A::Set::default();
    for spot in spots(of.targets, question) {
        blocked = blocked.union(atoms.taken(EVERYTHING, spot));
        if (action as usize) < catalog.permission_count() {
            blocked = blocked.union(atoms.taken(action, spot));
        }
    }
    if blocked.is_all() {
        return Err(A::Set::default());
    }
    let mut frame = Frame::of(of.root, question, current);
    frame.action = Some((action, blocked));
    Ok(frame)
}

/// The targets of a question of an action with so many.
fn spots(targets: usize, question: Question) -> impl Iterator<Item = Spot> {
    let (one, whole) = match question {
        Question::One(spot) => (Some(spot), 0),
        Question::Whole => (None, targets),
    };
    one.into_iter().chain((0..whole).map(Spot::Nth))
}

/// An atom of a formula, without the target that it speaks of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Atom {
    Holds(u32),
    Above(PlaceKind, u32),
    Within(u32),
    Marked(u32),
    /// A deny of the permission itself, which blocks. It is the one atom that never helps.
    Taken(u32),
}

impl Atom {
    /// The permission that it speaks of.
    pub(crate) fn permission(self) -> Option<u32> {
        match self {
            Atom::Holds(permission)
            | Atom::Above(_, permission)
            | Atom::Within(permission)
            | Atom::Taken(permission) => Some(permission),
            Atom::Marked(_) => None,
        }
    }

    /// The set of the atom.
    pub(crate) fn of<A: Atoms>(self, atoms: &mut A, at: Spot) -> A::Set {
        match self {
            Atom::Holds(permission) => atoms.holds(permission, at),
            Atom::Above(kind, permission) => atoms.above(kind, permission, at),
            Atom::Within(permission) => atoms.within(permission, at),
            Atom::Marked(label) => atoms.marked(label, at),
            Atom::Taken(permission) => atoms.taken(permission, at),
        }
    }
}

/// The atoms on which the answers of an action rest, each once with the target that it speaks of.
pub(crate) fn atoms_of(catalog: &Catalog, action: u32) -> Vec<(Atom, Spot)> {
    let mut atoms: Vec<(Atom, Spot)> = Vec::new();
    let mut met = HashSet::new();
    let mut referred: Vec<(u32, Question, Spot)> = vec![(action, Question::Whole, Spot::Nth(0))];
    while let Some((action, question, current)) = referred.pop() {
        let Some(of) = catalog.formulas().action(action) else {
            continue;
        };
        if !met.insert((action, question)) {
            continue;
        }
        let mut found = Vec::new();
        for spot in spots(of.targets, question) {
            found.push((Atom::Taken(EVERYTHING), spot));
            if (action as usize) < catalog.permission_count() {
                found.push((Atom::Taken(action), spot));
            }
        }
        let mut nodes = vec![(of.root, current)];
        while let Some((node, current)) = nodes.pop() {
            match catalog.node(node) {
                Some(Node::Holds(permission)) => found.push((Atom::Holds(*permission), current)),
                Some(Node::Above(kind, permission)) => {
                    found.push((Atom::Above(*kind, *permission), current))
                }
                Some(Node::Within(permission)) => found.push((Atom::Within(*permission), current)),
                Some(Node::Marked(label)) => found.push((Atom::Marked(*label), current)),
                Some(Node::All(parts) | Node::Any(parts) | Node::With(parts)) => {
                    nodes.extend(parts.iter().map(|part| (*part, current)));
                }
                Some(Node::On(asked, next)) => nodes.push((*next, spoken_of(*asked, question))),
                Some(Node::Allows(action)) => {
                    referred.push((
                        *action,
                        passed_on(catalog, *action, question, current),
                        current,
                    ));
                }
                None => {}
            }
        }
        for atom in found {
            if !atoms.contains(&atom) {
                atoms.push(atom);
            }
        }
    }
    atoms
}

/// The target that the requirement inside an `on` speaks of.
fn spoken_of(asked: Asked, question: Question) -> Spot {
    match (asked, question) {
        (Asked::Platform, _) => Spot::Platform,
        (Asked::Nth(nth), Question::Whole) => Spot::Nth(nth),
        (Asked::Nth(_), Question::One(spot)) => spot,
    }
}
