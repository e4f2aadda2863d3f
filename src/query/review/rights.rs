//! What a user holds, apart from the grants that it comes from.

use std::collections::{HashMap, HashSet};
use std::fmt;

use crate::catalog::formula::Node;
use crate::facts::change::{ScopeName, WhatName};
use crate::facts::grant::{Effect, Scope, What};
use crate::id::{Place, User};
use crate::index::rows::EVERYTHING;
use crate::query::lists::within::{Within, within};
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
    pub(crate) fn of(effect: Effect, what: What, scope: Scope) -> Self {
        Right {
            what,
            effect,
            scope,
        }
    }

    pub(crate) fn is_deny(&self) -> bool {
        self.effect == Effect::Deny
    }

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

/// How the rights of users are written, so that they can be compared.
#[derive(Clone, Debug)]
pub(crate) struct Spelling {
    own: Own,
    /// See [`asked_within`].
    by_place: HashSet<u32>,
}

impl Spelling {
    /// The right of a user with their own place written in one way.
    pub(crate) fn of(&self, user: User, right: Right) -> Right {
        let place = Scope::This(Place::User(user));
        let scope = match (self.own, right.scope) {
            _ if self.counts_places(right) => right.scope,
            (Own::Apart, Scope::Oneself) => place,
            (Own::Alike, scope) if scope == place => Scope::Oneself,
            (_, scope) => scope,
        };
        Right { scope, ..right }
    }

    /// Whether it matters which place the right names, and not only what it covers.
    pub(crate) fn counts_places(&self, right: Right) -> bool {
        match right.what {
            What::Permission(permission) => {
                right.effect == Effect::Allow && self.by_place.contains(&permission.index)
            }
            What::Role(_) | What::Everything => false,
        }
    }

    /// Whether rights of two users that look the same differ all the same, for being about each user's own place.
    pub(crate) fn tells_users_apart(&self, mut rights: impl Iterator<Item = Right>) -> bool {
        self.own == Own::Apart && rights.any(|right| right.scope == Scope::Oneself)
    }
}

/// Works out rights, and compares them.
pub(crate) struct Rights<'a> {
    now: &'a Snapshot,
    pub(crate) spelling: Spelling,
}

impl<'a> Rights<'a> {
    pub(crate) fn new(now: &'a Snapshot, own: Own) -> Self {
        let by_place = asked_within(now);
        Rights {
            now,
            spelling: Spelling { own, by_place },
        }
    }

    /// The permission, by index, or everything, with this effect and scope.
    pub(crate) fn right(&self, effect: Effect, permission: u32, scope: Scope) -> Right {
        let what = match permission {
            EVERYTHING => What::Everything,
            permission => What::Permission(self.now.catalog().permission_at(permission)),
        };
        Right::of(effect, what, scope)
    }

    /// Everything the user holds, in order.
    pub(crate) fn held(&self, user: User) -> Vec<Right> {
        let (facts, index) = (self.now.facts(), self.now.index());
        let entries = index.held_by(facts, user).entries().into_iter();
        let rights = entries.map(|(effect, permission, key)| {
            let right = self.right(effect, permission, index.scope_of(key));
            self.spelling.of(user, right)
        });
        let mut rights: Vec<Right> = rights.collect();
        rights.sort_unstable();
        rights.dedup();
        rights
    }

    /// How each of some rights compares with all that the user holds; both are in order.
    fn compare(&self, user: User, asked: &[Right], rights: &[Right]) -> Vec<Compared> {
        let facts = self.now.facts();
        let mut scopes: HashMap<(What, Effect), Vec<Scope>> = HashMap::new();
        for right in rights {
            let alike = scopes.entry((right.what, right.effect)).or_default();
            alike.push(right.scope);
        }
        let of = |what: What, effect: Effect| {
            let scopes = scopes.get(&(what, effect)).map(Vec::as_slice);
            scopes.unwrap_or_default().iter().copied()
        };
        let mut compared = Vec::with_capacity(asked.len());
        for alike in
            asked.chunk_by(|one, other| (one.what, one.effect) == (other.what, other.effect))
        {
            let Some(first) = alike.first().copied() else {
                continue;
            };
            let inner: Vec<Scope> = alike.iter().map(|right| right.scope).collect();
            let same = within(facts, user, &inner, of(first.what, first.effect));
            let denied = first.effect == Effect::Deny;
            // A deny is contained in one of everything, and an allow is taken by either.
            let everything = of(What::Everything, Effect::Deny);
            let stronger: Vec<Within> = match first.effect {
                Effect::Deny if first.what == What::Everything => {
                    vec![Within::default(); inner.len()]
                }
                Effect::Deny => within(facts, user, &inner, everything),
                Effect::Allow => {
                    let denies = everything.chain(of(first.what, Effect::Deny));
                    within(facts, user, &inner, denies)
                }
            };
            let counts_places = self.spelling.counts_places(first);
            let each = alike.iter().zip(same.into_iter().zip(stronger));
            compared.extend(each.map(|(right, (same, stronger))| Compared {
                exactly: rights.binary_search(right).is_ok(),
                contained: (!counts_places && same.wider) || (denied && stronger.any()),
                taken: !denied && stronger.any(),
            }));
        }
        compared
    }

    /// For each of the rights, which are in order, whether the same or more is among those that the user holds: the right itself, or one of the
    /// same effect at a wider scope.
    pub(crate) fn are_among(&self, user: User, asked: &[Right], rights: &[Right]) -> Vec<bool> {
        let compared = self.compare(user, asked, rights).into_iter();
        compared.map(|it| it.exactly || it.contained).collect()
    }

    /// The rights that make a difference among these, which are in order: those that no other contains and no deny takes whole.
    pub(crate) fn telling(&self, user: User, rights: &[Right]) -> Vec<Right> {
        let compared = self.compare(user, rights, rights);
        let telling = rights.iter().zip(compared);
        let telling = telling.filter(|(_, it)| !it.contained && !it.taken);
        telling.map(|(right, _)| *right).collect()
    }
}

/// The permissions, by index, that some requirement asks `within`: it matters then which places the allows name.
pub(crate) fn asked_within(now: &Snapshot) -> HashSet<u32> {
    let nodes = now.catalog().formulas().nodes();
    let asked = nodes.filter_map(|node| match node {
        Node::Within(permission) => Some(*permission),
        _ => None,
    });
    asked.collect()
}

/// How a right compares with all that a user holds.
#[derive(Clone, Copy, Debug)]
struct Compared {
    /// It is one of the rights.
    exactly: bool,
    /// Another of the rights makes no difference of it: it is of the same effect and contains it.
    contained: bool,
    /// It is an allow, and a deny covers all that it does.
    taken: bool,
}
