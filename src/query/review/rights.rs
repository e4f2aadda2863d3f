//! What a user holds, apart from the grants that it comes from.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::fmt;

use smallvec::SmallVec;

use crate::catalog::formula::Node;
use crate::facts::change::{ScopeName, WhatName};
use crate::facts::grant::{Effect, Scope, What};
use crate::graph;
use crate::id::{Place, Target, User};
use crate::index::rows::EVERYTHING;
use crate::query::explain::judge::climb;
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

/// Works out rights, and compares them.
pub(crate) struct Rights<'a> {
    now: &'a Snapshot,
    own: Own,
    /// The permissions, by index, that some requirement asks `within`. It matters then which places the allows name.
    by_place: HashSet<u32>,
    /// Of resources that were looked at whether they are in a user.
    in_user: HashMap<Place, bool>,
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
            in_user: HashMap::new(),
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

    /// Whether it depends on the user what the right is, or in which others it is contained.
    pub(crate) fn is_personal(&mut self, right: Right) -> bool {
        match right.scope {
            Scope::Oneself | Scope::This(Place::User(_)) => true,
            Scope::This(place @ Place::Resource(_)) => self.is_in_user(place),
            Scope::This(Place::Group(_))
            | Scope::Platform
            | Scope::Underlying(_)
            | Scope::Labelled(..) => false,
        }
    }

    /// Whether something is placed in a user, directly or not. What is above it is looked at once for all.
    fn is_in_user(&mut self, place: Place) -> bool {
        let facts = self.now.facts();
        let known = &self.in_user;
        let above = |place: Place| climb(facts, Target::Platform, place, false);
        let order = graph::bottom_up([place], |place| match known.contains_key(&place) {
            true => SmallVec::new(),
            false => above(place),
        });
        for place in order {
            if !self.in_user.contains_key(&place) {
                let mut above = above(place).into_iter();
                let is_in = above.any(|above| {
                    matches!(above, Place::User(_))
                        || self.in_user.get(&above).copied().unwrap_or_default()
                });
                self.in_user.insert(place, is_in);
            }
        }
        self.in_user.get(&place).copied().unwrap_or_default()
    }

    /// How each of some rights compares with all that the user holds.
    fn compare(&self, user: User, asked: &[Right], rights: &BTreeSet<Right>) -> Vec<Compared> {
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
            let counts_places = self.counts_places(first);
            let each = alike.iter().zip(same.into_iter().zip(stronger));
            compared.extend(each.map(|(right, (same, stronger))| Compared {
                exactly: rights.contains(right),
                contained: (!counts_places && same.wider) || (denied && stronger.any()),
                taken: !denied && stronger.any(),
            }));
        }
        compared
    }

    /// For each of the rights, which are in order, whether the same or more is among those that the user holds: the right itself, or one of the
    /// same effect at a wider scope.
    pub(crate) fn are_among(
        &self,
        user: User,
        asked: &[Right],
        rights: &BTreeSet<Right>,
    ) -> Vec<bool> {
        let compared = self.compare(user, asked, rights).into_iter();
        compared.map(|it| it.exactly || it.contained).collect()
    }

    /// The rights that make a difference: those that no other contains and no deny takes whole.
    pub(crate) fn telling(&self, user: User, rights: &BTreeSet<Right>) -> Vec<Right> {
        let all: Vec<Right> = rights.iter().copied().collect();
        let compared = self.compare(user, &all, rights);
        let telling = all.into_iter().zip(compared);
        let telling = telling.filter(|(_, it)| !it.contained && !it.taken);
        telling.map(|(right, _)| right).collect()
    }
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
