//! Answers from the facts alone, as the meaning has them: slow, and right in a state whose edges form loops, which no index stands for.

use std::cell::RefCell;
use std::rc::Rc;

use rustc_hash::FxHashMap as HashMap;

use crate::catalog::PlaceKind;
use crate::facts::Facts;
use crate::facts::grant::{Effect, Grant, What};
use crate::facts::walk::Whereabouts;
use crate::id::{Place, Subject, Target, User};
use crate::index::rows::EVERYTHING;
use crate::query::reverse::formula::{Atom, Atoms, Spot, evaluate};
use crate::query::reverse::sets::Slots;

/// A state to ask, and where its targets sit, as far as somebody asked.
#[derive(Debug)]
pub(crate) struct Known<'a> {
    pub(crate) facts: &'a Facts,
    spots: RefCell<HashMap<Target, Rc<Whereabouts>>>,
}

impl<'a> Known<'a> {
    pub(crate) fn new(facts: &'a Facts) -> Self {
        Known {
            facts,
            spots: RefCell::default(),
        }
    }

    fn spot(&self, target: Target) -> Rc<Whereabouts> {
        let mut spots = self.spots.borrow_mut();
        let spot = spots
            .entry(target)
            .or_insert_with(|| Rc::new(self.facts.whereabouts(target)));
        Rc::clone(spot)
    }

    /// Whether the scope covers the target for the user.
    fn covers(&self, grant: Grant, user: User, target: Target) -> bool {
        self.facts.covers(grant.scope, user, &self.spot(target))
    }

    /// Every grant that the user holds, in order.
    pub(crate) fn held(&self, user: User) -> Vec<Grant> {
        let groups = self.facts.held_groups(user).into_iter();
        let subjects = groups.map(Subject::Group);
        let subjects = subjects.chain([Subject::User(user), Subject::Everyone]);
        let mut held: Vec<Grant> = subjects
            .flat_map(|subject| self.facts.grants_to(subject))
            .collect();
        held.sort_unstable();
        held
    }
}

/// Somebody who asks in a state.
pub(crate) struct Plain<'a> {
    known: &'a Known<'a>,
    user: User,
    allows: Vec<Grant>,
    denies: Vec<Grant>,
    /// Denies that the user holds in another state, and that count as they do there.
    kept: Option<(&'a Known<'a>, Vec<Grant>)>,
    targets: Vec<Target>,
}

impl<'a> Plain<'a> {
    pub(crate) fn new(known: &'a Known<'a>, user: User) -> Self {
        let held = known.held(user).into_iter();
        let (allows, denies) = held.partition(|grant| grant.effect == Effect::Allow);
        Plain {
            known,
            user,
            allows,
            denies,
            kept: None,
            targets: Vec::new(),
        }
    }

    /// From here on these denies, which the user holds in the other state, count as they do there.
    pub(crate) fn keep(&mut self, there: &'a Known<'a>, denies: Vec<Grant>) {
        self.kept = Some((there, denies));
    }

    /// Whether the user can do the action on targets that exist.
    pub(crate) fn can(&mut self, action: u32, targets: &[Target]) -> bool {
        self.targets = targets.to_vec();
        evaluate(&self.known.facts.catalog, action, self).is_all()
    }

    /// Whether an atom is true of a target.
    pub(crate) fn is_true(&mut self, atom: Atom, target: Target) -> bool {
        self.targets = vec![target];
        atom.of(self, Spot::Nth(0)).is_all()
    }

    fn target(&self, at: Spot) -> Option<Target> {
        match at {
            Spot::Platform => Some(Target::Platform),
            Spot::Nth(nth) => self.targets.get(nth).copied(),
        }
    }

    fn is_allowed(&self, permission: u32, target: Target) -> bool {
        let book = self.known.facts.book();
        let mut allows = self.allows.iter();
        allows.any(|allow| {
            book.gives(allow.what, permission) && self.known.covers(*allow, self.user, target)
        })
    }

    /// Whether a deny of the permission, or of [`EVERYTHING`], covers the target.
    fn is_taken(&self, permission: u32, target: Target) -> bool {
        let takes = |known: &Known<'_>, deny: &Grant| {
            let gives = match permission {
                EVERYTHING => deny.what == What::Everything,
                permission => known.facts.book().gives(deny.what, permission),
            };
            gives && known.covers(*deny, self.user, target)
        };
        let kept = self.kept.as_ref();
        self.denies.iter().any(|deny| takes(self.known, deny))
            || kept.is_some_and(|(there, denies)| denies.iter().any(|deny| takes(there, deny)))
    }

    fn has(&self, permission: u32, target: Target) -> bool {
        self.is_allowed(permission, target) && !self.is_taken(permission, target)
    }
}

impl Atoms for Plain<'_> {
    type Set = Slots;

    fn holds(&mut self, permission: u32, at: Spot) -> Slots {
        let target = self.target(at);
        Slots::truth(target.is_some_and(|target| self.has(permission, target)))
    }

    fn above(&mut self, kind: PlaceKind, permission: u32, at: Spot) -> Slots {
        let facts = self.known.facts;
        let is_true = |target: Target| {
            let at = self.known.spot(target);
            let mut places = at.at.iter();
            places.any(|place| {
                facts.is_of_kind(*place, kind) && self.has(permission, (*place).into())
            })
        };
        Slots::truth(self.target(at).is_some_and(is_true))
    }

    fn within(&mut self, permission: u32, at: Spot) -> Slots {
        let facts = self.known.facts;
        let is_true = |target: Target| {
            let below = |named: Place| {
                let spot = self.known.spot(named.into());
                let is_under = target
                    .place()
                    .is_none_or(|place| facts.is_under(&spot, place));
                is_under && self.has(permission, named.into())
            };
            let allows = self.allows.iter();
            let allows = allows.filter(|allow| facts.book().gives(allow.what, permission));
            let mut named = allows.filter_map(|allow| allow.scope.named());
            self.has(permission, target) || named.any(below)
        };
        Slots::truth(self.target(at).is_some_and(is_true))
    }

    fn marked(&mut self, label: u32, at: Spot) -> Slots {
        let place = self.target(at).and_then(Target::place);
        Slots::truth(place.is_some_and(|place| self.known.facts.has_label(place, label)))
    }

    fn taken(&mut self, permission: u32, at: Spot) -> Slots {
        let target = self.target(at);
        Slots::truth(target.is_some_and(|target| self.is_taken(permission, target)))
    }
}
