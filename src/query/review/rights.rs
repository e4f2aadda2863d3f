//! What a user holds, apart from the grants that it comes from.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::fmt;

use crate::catalog::formula::Node;
use crate::facts::change::{ScopeName, WhatName};
use crate::facts::grant::{Effect, Scope, What};
use crate::id::{Place, User};
use crate::index::rows::EVERYTHING;
use crate::query::lists::held::wider;
use crate::snapshot::Snapshot;

/// Whether users are told apart by what they hold at `oneself`, which covers someone else for each of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Own {
    /// They are: `oneself` is the user. Users who are alike then have the same answer to every question.
    Apart,
    /// They are not: what each holds over themselves compares as the same. Users who are alike then have the same answers about
    /// everything but themselves and what is placed in them, and about these each the same as the other about theirs.
    Alike,
}

/// A permission, or everything, that is allowed or denied at a scope: what is left of a grant without its subject and its role.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Right {
    what: What,
    effect: Effect,
    scope: Scope,
}

impl Right {
    /// A permission or, in a deny, everything; never a role.
    #[must_use]
    pub fn what(&self) -> What {
        self.what
    }

    /// Whether it is allowed or denied.
    #[must_use]
    pub fn effect(&self) -> Effect {
        self.effect
    }

    /// Where.
    #[must_use]
    pub fn scope(&self) -> Scope {
        self.scope
    }

    fn at(self, scope: Scope) -> Right {
        Right { scope, ..self }
    }
}

/// A right by names.
#[derive(Clone, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub(crate) struct RightName {
    effect: Effect,
    what: WhatName,
    scope: ScopeName,
}

impl RightName {
    pub(crate) fn of(now: &Snapshot, right: Right) -> Self {
        RightName {
            effect: right.effect,
            what: now.facts().what_name(right.what),
            scope: now.facts().scope_name(right.scope),
        }
    }
}

impl fmt::Display for RightName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let effect = match self.effect {
            Effect::Allow => "allow",
            Effect::Deny => "deny",
        };
        write!(f, "{effect} {} on {}", self.what, self.scope)
    }
}

/// Works out rights, and remembers which scopes contain which.
pub(crate) struct Rights<'a> {
    now: &'a Snapshot,
    own: Own,
    /// The permissions, by index, that some requirement asks `within`. It matters then which places the allows name.
    by_place: HashSet<u32>,
    wider: HashMap<Scope, Vec<Scope>>,
}

impl<'a> Rights<'a> {
    pub(crate) fn new(now: &'a Snapshot, own: Own) -> Self {
        let catalog = now.catalog();
        let by_place = catalog.formulas().nodes().filter_map(|node| match node {
            Node::Within(permission) => Some(*permission),
            _ => None,
        });
        Rights {
            now,
            own,
            by_place: by_place.collect(),
            wider: HashMap::new(),
        }
    }

    /// Everything the user holds.
    pub(crate) fn held(&self, user: User) -> BTreeSet<Right> {
        let (facts, index) = (self.now.facts(), self.now.index());
        let entries = index.held_by(facts, user).entries().into_iter();
        let right = |(effect, permission, key)| {
            let right = Right {
                effect,
                what: match permission {
                    EVERYTHING => What::Everything,
                    permission => What::Permission(self.now.catalog().permission_at(permission)),
                },
                scope: index.scope_of(key),
            };
            match self.counts_places(right) {
                true => right,
                false => right.at(self.seen_by(user, right.scope)),
            }
        };
        entries.map(right).collect()
    }

    /// Whether it matters which place the right names, and not only what it covers.
    fn counts_places(&self, right: Right) -> bool {
        match right.what {
            What::Permission(permission) => {
                right.effect == Effect::Allow && self.by_place.contains(&permission.index)
            }
            What::Role(_) | What::Everything => false,
        }
    }

    /// The scope with the user's own place written in one way.
    fn seen_by(&self, user: User, scope: Scope) -> Scope {
        let place = Scope::This(Place::User(user));
        match (self.own, scope) {
            (Own::Apart, Scope::Oneself) => place,
            (Own::Alike, scope) if scope == place => Scope::Oneself,
            (_, scope) => scope,
        }
    }

    /// Whether rights of two users that look the same differ all the same, for being about each user's own place.
    pub(crate) fn tells_users_apart(&self, rights: &[Right]) -> bool {
        self.own == Own::Apart && rights.iter().any(|right| right.scope == Scope::Oneself)
    }

    /// The wider scopes.
    fn wider(&mut self, scope: Scope) -> &[Scope] {
        let facts = self.now.facts();
        self.wider
            .entry(scope)
            .or_insert_with(|| wider(facts, scope))
    }

    /// Whether it depends on the user what the right is, or in which others it is contained.
    pub(crate) fn is_personal(&mut self, right: Right) -> bool {
        let personal =
            |scope: &Scope| matches!(scope, Scope::Oneself | Scope::This(Place::User(_)));
        personal(&right.scope) || self.wider(right.scope).iter().any(personal)
    }

    /// Whether the same or more is among the rights: the right itself, or one of the same effect at a wider scope.
    pub(crate) fn is_among(&mut self, user: User, right: Right, rights: &BTreeSet<Right>) -> bool {
        rights.contains(&right) || self.is_contained(user, right, rights)
    }

    /// Whether another of the rights makes no difference of this one: it is of the same effect and contains it.
    fn is_contained(&mut self, user: User, right: Right, rights: &BTreeSet<Right>) -> bool {
        let everything = Right {
            what: What::Everything,
            ..right
        };
        let denied = right.effect == Effect::Deny;
        if denied && right != everything && rights.contains(&everything) {
            return true;
        }
        !self.counts_places(right) && {
            let wider = self.wider(right.scope).to_vec();
            wider.into_iter().any(|scope| {
                let scope = self.seen_by(user, scope);
                rights.contains(&right.at(scope))
                    || (denied && rights.contains(&everything.at(scope)))
            })
        }
    }

    /// Whether a deny among the rights covers all that this allow does.
    fn is_taken(&mut self, user: User, right: Right, rights: &BTreeSet<Right>) -> bool {
        let deny = Right {
            effect: Effect::Deny,
            scope: self.seen_by(user, right.scope),
            ..right
        };
        right.effect == Effect::Allow && self.is_among(user, deny, rights)
    }

    /// The rights that make a difference: those that no other contains and no deny takes whole.
    pub(crate) fn telling(&mut self, user: User, rights: &BTreeSet<Right>) -> Vec<Right> {
        let mut telling: Vec<Right> = rights.iter().copied().collect();
        telling.retain(|right| {
            !self.is_contained(user, *right, rights) && !self.is_taken(user, *right, rights)
        });
        telling
    }
}
