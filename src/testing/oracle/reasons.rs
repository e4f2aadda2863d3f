//! Sources and reasons: which grants are behind a yes, and of which kind a no is.
//!
//! Where the definitions leave room they are read so:
//!
//! * A reason lists the atoms of exactly its kind that were selected on the way up. A question that is stopped before its formula is
//!   looked at (not active, denied by name) lists none.
//! * `allows(a)` is seen through: its failed atoms are those of the question about `a`, or the reference itself where that question is
//!   stopped before its formula.
//! * The farthest false companion is chosen by the kinds as they are, before *no grant* and *out of scope* become *missing companion*:
//!   a companion that is granted elsewhere is nearer than one that is not granted at all. The kind of the whole is the same either way.

use std::collections::BTreeSet;
use std::iter::once;
use std::slice::from_ref;

use super::{Oracle, is_of_kind};
use crate::{
    Asked, Effect, GrantName, PlaceName, ReasonKind, Requirement, ScopeName, TargetName, WhatName,
};

/// A part of a formula that is false, and that the reason of the whole comes from.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub struct FailedAtom {
    /// Where it stands: the number of the part to go to, level by level, counted from 0. The main requirement of a `with` is part 0 and
    /// its companions follow; what an `on` asks, and the formula that an `allows` refers to, is part 0 of it.
    pub path: Vec<usize>,
    /// The atom in words.
    pub atom: String,
    /// The target it was asked about.
    pub target: TargetName,
}

/// Why an answer is no: its kind, and the failed atoms of that kind in formula order.
pub type Reason = (ReasonKind, Vec<FailedAtom>);

impl Oracle {
    /// The allows behind a true answer; none behind a false one.
    #[must_use]
    pub fn sources(
        &self,
        user: &str,
        action: &str,
        question: &[TargetName],
    ) -> BTreeSet<GrantName> {
        match (self.actions.get(action), question.first()) {
            (Some((_, r)), Some(first)) if self.can(user, action, question) => {
                self.behind(r, user, question, first)
            }
            _ => BTreeSet::new(),
        }
    }

    /// The sources of a requirement that is true.
    fn behind(
        &self,
        r: &Requirement,
        u: &str,
        question: &[TargetName],
        t: &TargetName,
    ) -> BTreeSet<GrantName> {
        let part = |part: &Requirement| self.behind(part, u, question, t);
        match r {
            Requirement::Holds(p)
            | Requirement::Above { permission: p, .. }
            | Requirement::Within(p) => {
                let places = self.places_asked(r, u, t);
                let held = places.iter().filter(|x| self.holds(u, p, x));
                held.flat_map(|x| self.allows_at(u, p, x)).collect()
            }
            Requirement::Marked(_) => BTreeSet::new(),
            Requirement::Allows(action) => {
                self.sources(u, action, self.passed_on(action, question, t))
            }
            Requirement::All(parts) => parts.iter().flat_map(part).collect(),
            Requirement::Any(parts) => {
                let true_parts = parts
                    .iter()
                    .filter(|part| self.is_true(part, u, question, t));
                true_parts.flat_map(part).collect()
            }
            Requirement::With(main, companions) => {
                once(&**main).chain(companions).flat_map(part).collect()
            }
            Requirement::On(asked, r) => match asked_about(*asked, question) {
                Some(other) => self.behind(r, u, question, &other),
                None => BTreeSet::new(),
            },
        }
    }

    /// Every allow that u holds, that gives p and that covers x.
    fn allows_at(&self, u: &str, p: &str, x: &TargetName) -> Vec<GrantName> {
        let mut allows = self.held(u, Effect::Allow, |what| self.gives(what, p));
        allows.retain(|allow| self.covered(&[*allow], u, x));
        allows.into_iter().cloned().collect()
    }

    /// The places at any of which it is enough to hold the permission of the atom.
    fn places_asked(&self, atom: &Requirement, u: &str, t: &TargetName) -> BTreeSet<TargetName> {
        match atom {
            Requirement::Above { kind, .. } => {
                let places = self.at(t).into_iter();
                places.filter(|x| is_of_kind(x, kind)).collect()
            }
            Requirement::Within(p) => {
                let allows = self.held(u, Effect::Allow, |what| self.gives(what, p));
                let named = allows.into_iter().filter_map(|allow| match &allow.scope {
                    ScopeName::This(place) => Some(TargetName::Place(place.clone())),
                    ScopeName::Underlying(group) => {
                        Some(TargetName::Place(PlaceName::group(group)))
                    }
                    _ => None,
                });
                let below = named.filter(|x| self.under(x).contains(t));
                below.chain([t.clone()]).collect()
            }
            _ => BTreeSet::from([t.clone()]),
        }
    }

    /// Why the answer is no; `None` where it is yes, where there is no such action, or where it has another number of targets.
    #[must_use]
    pub fn reason(&self, user: &str, action: &str, question: &[TargetName]) -> Option<Reason> {
        let (targets, r) = self.actions.get(action)?;
        if question.len() != *targets || self.can(user, action, question) {
            return None;
        }
        match self.stopped(user, action, question) {
            Some(kind) => Some((kind, Vec::new())),
            None => self.failure(r, user, question, question.first()?, &[]),
        }
    }

    /// Why the question is a no whatever the formula says: something is gone or blocked, or else the action is denied by name.
    fn stopped(&self, user: &str, action: &str, question: &[TargetName]) -> Option<ReasonKind> {
        let all = self.held(user, Effect::Deny, |what| *what == WhatName::Everything);
        let mut targets = question.iter();
        if !self.knows_user(user) || targets.any(|t| !self.knows(t) || self.covered(&all, user, t))
        {
            return Some(ReasonKind::NotActive);
        }
        let by_name = self.permissions.contains(action)
            && question.iter().any(|t| self.denied(user, action, t));
        by_name.then_some(ReasonKind::Denied)
    }

    /// Why a requirement is false; `None` where it is true.
    fn failure(
        &self,
        r: &Requirement,
        u: &str,
        question: &[TargetName],
        t: &TargetName,
        path: &[usize],
    ) -> Option<Reason> {
        if self.is_true(r, u, question, t) {
            return None;
        }
        let part = |nth: usize, part: &Requirement| {
            self.failure(part, u, question, t, &[path, &[nth]].concat())
        };
        let false_parts = |from: usize, parts: &[Requirement]| -> Vec<Reason> {
            let parts = parts.iter().enumerate();
            parts.filter_map(|(nth, it)| part(from + nth, it)).collect()
        };
        let atom = |kind| {
            let atom = FailedAtom {
                path: path.to_vec(),
                atom: r.to_string(),
                target: t.clone(),
            };
            Some((kind, vec![atom]))
        };
        match r {
            Requirement::Holds(p)
            | Requirement::Above { permission: p, .. }
            | Requirement::Within(p) => atom(self.failed(p, u, &self.places_asked(r, u, t))),
            Requirement::Marked(label) => atom(match self.labels.get(label) {
                Some(true) => ReasonKind::MissingFact,
                _ => ReasonKind::WrongState,
            }),
            Requirement::Allows(action) => {
                let inner = self.passed_on(action, question, t);
                match (self.stopped(u, action, inner), self.actions.get(action)) {
                    (None, Some((_, r))) => {
                        self.failure(r, u, inner, inner.first()?, &[path, &[0]].concat())
                    }
                    (stopped, _) => atom(stopped?),
                }
            }
            Requirement::All(parts) => farthest(false_parts(0, parts)),
            Requirement::Any(parts) => nearest(false_parts(0, parts)),
            Requirement::With(main, companions) => part(0, main).or_else(|| {
                let (kind, atoms) = farthest(false_parts(1, companions))?;
                Some(match kind {
                    ReasonKind::NoGrant | ReasonKind::OutOfScope => {
                        (ReasonKind::MissingCompanion, atoms)
                    }
                    other => (other, atoms),
                })
            }),
            Requirement::On(asked, r) => {
                let other = asked_about(*asked, question)?;
                self.failure(r, u, question, &other, &[path, &[0]].concat())
            }
        }
    }

    /// Why an atom on p is false that asks at these places.
    fn failed(&self, p: &str, u: &str, places: &BTreeSet<TargetName>) -> ReasonKind {
        let taken = |x: &TargetName| self.allowed(u, p, x) && self.denied(u, p, x);
        if self.recorded.contains(p) {
            ReasonKind::MissingFact
        } else if places.iter().any(taken) {
            ReasonKind::Denied
        } else if !self
            .held(u, Effect::Allow, |what| self.gives(what, p))
            .is_empty()
        {
            ReasonKind::OutOfScope
        } else {
            ReasonKind::NoGrant
        }
    }

    /// The question that a reference to the action asks: the target spoken of, or the whole question where the action has several.
    fn passed_on<'q>(
        &self,
        action: &str,
        question: &'q [TargetName],
        t: &'q TargetName,
    ) -> &'q [TargetName] {
        match self.actions.get(action) {
            Some((1, _)) => from_ref(t),
            _ => question,
        }
    }
}

/// The target that an `on` speaks of.
fn asked_about(asked: Asked, question: &[TargetName]) -> Option<TargetName> {
    match asked {
        Asked::Platform => Some(TargetName::Platform),
        Asked::Nth(n) => question.get(n).cloned(),
    }
}

/// The nearest of these reasons, with the atoms of all that tie.
fn nearest(reasons: Vec<Reason>) -> Option<Reason> {
    let kind = reasons.iter().map(|(kind, _)| *kind).max()?;
    Some((kind, tied(kind, reasons)))
}

/// The farthest of these reasons, with the atoms of all that tie.
fn farthest(reasons: Vec<Reason>) -> Option<Reason> {
    let kind = reasons.iter().map(|(kind, _)| *kind).min()?;
    Some((kind, tied(kind, reasons)))
}

fn tied(kind: ReasonKind, reasons: Vec<Reason>) -> Vec<FailedAtom> {
    let ties = reasons.into_iter().filter(|(other, _)| *other == kind);
    ties.flat_map(|(_, atoms)| atoms).collect()
}
