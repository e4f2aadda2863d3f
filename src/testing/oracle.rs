//! The oracle: the meaning of a policy as section 2 of the design defines it, rule by rule, without regard to speed.
//!
//! What follows reads like the definitions: [`Oracle::holds_as`], [`Oracle::at`], [`Oracle::under`], `covers`, `gives`, `allowed`,
//! `denied`, [`Oracle::holds`], the forms of a requirement, `blocked` and [`Oracle::can`]. How facts become relations is in
//! `relations`, how they change in `edits`, which rules the result breaks in `rules`, what there is to ask about in `listing`, what is behind
//! an answer in `reasons`, what may be handed out in `throughout`.

mod edits;
mod less;
mod listing;
mod reasons;
mod relations;
mod rules;
mod throughout;

pub use reasons::{FailedAtom, Reason};
pub use throughout::Throughout;

use std::cell::LazyCell;
use std::collections::{BTreeMap, BTreeSet};

use crate::{
    Asked, Change, Effect, GrantName, PlaceName, ProblemKind, Requirement, Rule, ScopeName,
    SubjectName, TargetName, ThingName, WhatName,
};

/// Why an edit is refused, for comparison: the sorts of its problems, each with the step it stands in or `None` for the result as a whole.
pub type Kinds = BTreeSet<(Option<usize>, ProblemKind)>;

/// A catalog with facts that answers from the definitions alone: slow, short, and independent of the rest of the crate.
///
/// ```
/// use rolecall::testing::Oracle;
/// use rolecall::{Change, Declaration, TargetName, ThingName};
///
/// let mut oracle = Oracle::new(&[Declaration::Permission { name: "read".into(), recorded: false }]);
/// oracle.apply(&[Change::Add(ThingName::user("ana"))]).unwrap();
/// assert!(!oracle.can("ana", "read", &[TargetName::Platform]));
/// assert!(oracle.apply(&[Change::Add(ThingName::user("ana"))]).is_err());
/// ```
#[derive(Clone, Debug, Default)]
pub struct Oracle {
    // The catalog.
    kinds: BTreeSet<String>,
    labels: BTreeMap<String, bool>,
    permissions: BTreeSet<String>,
    recorded: BTreeSet<String>,
    actions: BTreeMap<String, (usize, Requirement)>,
    rules: Vec<Rule>,
    fixed: BTreeSet<Change>,
    // The policy: each fact is the change that adds it.
    facts: BTreeSet<Change>,
    // Before the last edit: the same facts, by the names that things had after it, and none of those that were removed.
    earlier: BTreeSet<Change>,
    // The same facts (and the catalog's roles) as relations. A relation is a map from its first column to its second.
    things: BTreeSet<ThingName>,
    member: BTreeMap<String, BTreeSet<String>>,
    parent: BTreeMap<String, BTreeSet<String>>,
    placed: BTreeMap<PlaceName, BTreeSet<PlaceName>>,
    has_label: BTreeMap<PlaceName, BTreeSet<String>>,
    in_role: BTreeMap<String, BTreeSet<String>>,
    includes: BTreeMap<String, BTreeSet<String>>,
    grants: BTreeMap<SubjectName, BTreeSet<GrantName>>,
}

/// Everything reached from `start` by any number of steps of `next`, `start` included.
fn closure<T: Ord + Clone>(start: T, next: impl Fn(&T) -> Vec<T>) -> BTreeSet<T> {
    let mut reached = BTreeSet::from([start.clone()]);
    let mut open = vec![start];
    while let Some(x) = open.pop() {
        open.extend(next(&x).into_iter().filter(|y| reached.insert(y.clone())));
    }
    reached
}

/// What `relation` has for `key`.
fn of<K: Ord, V: Clone>(relation: &BTreeMap<K, BTreeSet<V>>, key: &K) -> Vec<V> {
    relation.get(key).into_iter().flatten().cloned().collect()
}

impl Oracle {
    /// holds_as(u, s): the user, everyone, the groups of the user and all groups above them.
    #[must_use]
    pub fn holds_as(&self, user: &str) -> BTreeSet<SubjectName> {
        self.upwards(SubjectName::User(user.to_owned()))
    }

    /// The subject, everyone, and all groups the subject is below.
    fn upwards(&self, subject: SubjectName) -> BTreeSet<SubjectName> {
        let mut subjects = closure(subject, |subject| {
            let groups = match subject {
                SubjectName::User(user) => of(&self.member, user),
                SubjectName::Group(group) => of(&self.parent, group),
                SubjectName::Everyone => vec![],
            };
            groups.into_iter().map(SubjectName::Group).collect()
        });
        subjects.insert(SubjectName::Everyone);
        subjects
    }

    /// at(t, p): placements climbed up to groups and users. Only the target itself, where it is a user, is in its groups as well.
    #[must_use]
    pub fn at(&self, target: &TargetName) -> BTreeSet<TargetName> {
        closure(target.clone(), |x| match x {
            TargetName::Place(PlaceName::User(user)) if x == target => {
                let groups = of(&self.member, user).into_iter();
                groups
                    .map(|group| TargetName::Place(PlaceName::Group(group)))
                    .collect()
            }
            TargetName::Place(resource @ PlaceName::Resource { .. }) => of(&self.placed, resource)
                .into_iter()
                .map(TargetName::Place)
                .collect(),
            _ => vec![],
        })
    }

    /// under(t, p): what the target is at, all groups above those that are groups, and the platform.
    #[must_use]
    pub fn under(&self, target: &TargetName) -> BTreeSet<TargetName> {
        let mut places = BTreeSet::from([TargetName::Platform]);
        for place in self.at(target) {
            places.extend(closure(place, |x| match x {
                TargetName::Place(PlaceName::Group(group)) => {
                    let parents = of(&self.parent, group).into_iter();
                    parents
                        .map(|parent| TargetName::Place(PlaceName::Group(parent)))
                        .collect()
                }
                _ => vec![],
            }));
        }
        places
    }

    /// covers(scope, u, t).
    fn covers(
        &self,
        scope: &ScopeName,
        user: &str,
        at: impl Fn(&TargetName) -> bool,
        under: impl Fn(&TargetName) -> bool,
    ) -> bool {
        let group = |group: &String| TargetName::Place(PlaceName::Group(group.clone()));
        match scope {
            ScopeName::Platform => true,
            ScopeName::This(place) => at(&TargetName::Place(place.clone())),
            ScopeName::Underlying(g) => under(&group(g)),
            ScopeName::Labelled { label, within } => self.has_label.iter().any(|(p, labels)| {
                let carrier = TargetName::Place(p.clone());
                let bound = within.as_ref().map_or(TargetName::Platform, group);
                labels.contains(label) && at(&carrier) && self.under(&carrier).contains(&bound)
            }),
            ScopeName::Oneself => at(&TargetName::Place(PlaceName::User(user.to_owned()))),
        }
    }

    /// gives(w, p): a permission gives itself; a role each permission in it or in a role it includes; everything gives all.
    fn gives(&self, what: &WhatName, permission: &str) -> bool {
        match what {
            WhatName::Permission(name) => name == permission,
            WhatName::Role(role) => closure(role.clone(), |role| of(&self.includes, role))
                .iter()
                .any(|role| {
                    self.in_role
                        .get(role)
                        .is_some_and(|all| all.contains(permission))
                }),
            WhatName::Everything => true,
        }
    }

    /// The grants of this effect that the user holds and whose `what` passes.
    fn held(
        &self,
        user: &str,
        effect: Effect,
        what: impl Fn(&WhatName) -> bool,
    ) -> Vec<&GrantName> {
        let subjects = self.holds_as(user);
        let grants = subjects
            .iter()
            .filter_map(|subject| self.grants.get(subject))
            .flatten();
        grants
            .filter(|grant| grant.effect == effect && what(&grant.what))
            .collect()
    }

    /// Whether the scope of one of these grants covers the target.
    fn covered(&self, grants: &[&GrantName], user: &str, target: &TargetName) -> bool {
        let (at, under) = (
            LazyCell::new(|| self.at(target)),
            LazyCell::new(|| self.under(target)),
        );
        grants.iter().any(|grant| {
            self.covers(
                &grant.scope,
                user,
                |p| at.contains(p),
                |p| under.contains(p),
            )
        })
    }

    fn allowed(&self, user: &str, permission: &str, target: &TargetName) -> bool {
        let allows = self.held(user, Effect::Allow, |what| self.gives(what, permission));
        self.covered(&allows, user, target)
    }

    fn denied(&self, user: &str, permission: &str, target: &TargetName) -> bool {
        let denies = self.held(user, Effect::Deny, |what| self.gives(what, permission));
        self.covered(&denies, user, target)
    }

    /// holds(u, p, t): allowed and not denied. False where one of them is unknown.
    #[must_use]
    pub fn holds(&self, user: &str, permission: &str, target: &TargetName) -> bool {
        self.knows_user(user)
            && self.knows(target)
            && self.allowed(user, permission, target)
            && !self.denied(user, permission, target)
    }

    /// Whether the requirement is true of the question (u, t…), where `t` is the target spoken of now.
    fn is_true(&self, r: &Requirement, u: &str, question: &[TargetName], t: &TargetName) -> bool {
        let part = |part: &Requirement| self.is_true(part, u, question, t);
        match r {
            Requirement::Holds(p) => self.holds(u, p, t),
            Requirement::Above { kind, permission } => {
                let mut places = self.at(t).into_iter();
                places.any(|x| is_of_kind(&x, kind) && self.holds(u, permission, &x))
            }
            Requirement::Within(p) => {
                let allows = self.held(u, Effect::Allow, |what| self.gives(what, p));
                let named = allows.iter().filter_map(|grant| match &grant.scope {
                    ScopeName::This(place) => Some(place.clone()),
                    ScopeName::Underlying(group) => Some(PlaceName::Group(group.clone())),
                    _ => None,
                });
                let below = |x: TargetName| self.under(&x).contains(t) && self.holds(u, p, &x);
                self.holds(u, p, t) || named.map(TargetName::Place).any(below)
            }
            Requirement::Marked(label) => match t {
                TargetName::Place(p) => {
                    self.has_label.get(p).is_some_and(|all| all.contains(label))
                }
                TargetName::Platform => false,
            },
            Requirement::Allows(action) => match self.actions.get(action) {
                Some((1, _)) => self.can(u, action, std::slice::from_ref(t)),
                _ => self.can(u, action, question),
            },
            Requirement::All(parts) => parts.iter().all(part),
            Requirement::Any(parts) => parts.iter().any(part),
            Requirement::With(main, companions) => part(main) && companions.iter().all(part),
            Requirement::On(Asked::Platform, r) => {
                self.is_true(r, u, question, &TargetName::Platform)
            }
            Requirement::On(Asked::Nth(n), r) => question
                .get(*n)
                .is_some_and(|nth| self.is_true(r, u, question, nth)),
        }
    }

    /// blocked(u, a, t…): a deny of everything covers some target, or the action is named as a permission that is denied at some target.
    fn blocked(&self, user: &str, action: &str, question: &[TargetName]) -> bool {
        let all = self.held(user, Effect::Deny, |what| *what == WhatName::Everything);
        let by_name = self.permissions.contains(action);
        question
            .iter()
            .any(|t| self.covered(&all, user, t) || by_name && self.denied(user, action, t))
    }

    /// can(u, a, t…): the action's requirement is true and nothing blocks it. False where a name is unknown or the number of targets is wrong.
    #[must_use]
    pub fn can(&self, user: &str, action: &str, question: &[TargetName]) -> bool {
        let (Some((targets, requirement)), Some(first)) =
            (self.actions.get(action), question.first())
        else {
            return false;
        };
        self.knows_user(user)
            && question.len() == *targets
            && question.iter().all(|t| self.knows(t))
            && self.is_true(requirement, user, question, first)
            && !self.blocked(user, action, question)
    }

    fn knows_user(&self, user: &str) -> bool {
        self.things.contains(&ThingName::User(user.to_owned()))
    }

    fn knows(&self, target: &TargetName) -> bool {
        match target {
            TargetName::Place(place) => self.things.contains(&ThingName::from(place.clone())),
            TargetName::Platform => true,
        }
    }
}

/// Whether the place is of this kind: a declared one, `group` or `user`.
fn is_of_kind(place: &TargetName, kind: &str) -> bool {
    match place {
        TargetName::Place(PlaceName::User(_)) => kind == "user",
        TargetName::Place(PlaceName::Group(_)) => kind == "group",
        TargetName::Place(PlaceName::Resource { kind: of, .. }) => kind == of,
        TargetName::Platform => false,
    }
}
