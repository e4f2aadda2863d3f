//! The rules, judged on the whole state: everything that breaks them, less what a rule excuses because it was there before.

use std::collections::BTreeSet;

use super::edits::follow;
use super::{Kinds, Oracle, closure, is_of_kind, of};
use crate::{
    Change, Condition, Counted, CountedAt, Effect, GrantName, GrantRule, Granted, HowMany,
    PlaceName, ProblemKind, Rule, ScopeName, StateRule, SubjectKind, SubjectName, TargetName,
    ThingName, WhatName, WhenLost,
};

/// What a grant rule is judged for: a grant, and where the rule asks something of whoever gets it, one of those users.
pub(super) type Unit = (GrantName, Option<String>);

/// For each rule of the catalog, in order, all that it is judged for.
pub(super) type Units = Vec<BTreeSet<Unit>>;

/// The units after a step: as they are called then, and without what was removed.
pub(super) fn follow_units(units: &mut Units, step: &Change) {
    for units in units {
        let followed = units.iter().filter_map(|(grant, user)| {
            let mut facts = BTreeSet::from([Change::Grant(grant.clone())]);
            facts.extend(user.iter().map(|user| Change::Add(ThingName::user(user))));
            let whole = facts.len();
            follow(&mut facts, step);
            if facts.len() < whole {
                return None;
            }
            let (mut grant, mut user) = (None, None);
            for fact in facts {
                match fact {
                    Change::Grant(it) => grant = Some(it),
                    Change::Add(thing) => user = Some(thing.name().to_owned()),
                    _ => {}
                }
            }
            Some((grant?, user))
        });
        *units = followed.collect();
    }
}

impl Oracle {
    /// Whether the state is as the rule says: for a grant rule, whether every grant that it speaks of complies, whatever happens to one that
    /// no longer does.
    #[must_use]
    pub fn obeys(&self, rule: &Rule) -> bool {
        match rule {
            Rule::State(rule) => self.keeps(rule),
            Rule::Grant(rule) => self
                .units(rule)
                .iter()
                .all(|unit| self.complies(rule, unit)),
        }
    }

    /// What each rule is judged for.
    pub(super) fn all_units(&self) -> Units {
        let units = self.rules.iter().map(|rule| match rule {
            Rule::Grant(rule) => self.units(rule),
            Rule::State(_) => BTreeSet::new(),
        });
        units.collect()
    }

    /// Revokes what goes with what its rule asks for, until nothing more has to go.
    pub(super) fn take_along(&mut self, before: &Units) {
        loop {
            let mut gone: BTreeSet<Change> = BTreeSet::new();
            for (rule, before) in self.rules.iter().zip(before) {
                let Rule::Grant(rule) = rule else { continue };
                if rule.when_lost != WhenLost::TakesAlong {
                    continue;
                }
                let units = self.units(rule);
                let grants: BTreeSet<&GrantName> = units.iter().map(|(grant, _)| grant).collect();
                // All who hold it lost what is asked for, and had the grant before.
                let goes = |grant: &&GrantName| {
                    let mut of_grant = units.iter().filter(|(it, _)| it == *grant);
                    of_grant.all(|unit| before.contains(unit) && !self.complies(rule, unit))
                };
                let going = grants.into_iter().filter(goes).cloned();
                gone.extend(going.map(Change::Grant));
            }
            if gone.is_empty() {
                return;
            }
            self.facts.retain(|fact| !gone.contains(fact));
            self.relate();
        }
    }

    /// The sorts of all that is wrong by the rules, where `before` was there before.
    pub(super) fn judged(&self, before: &Units) -> Kinds {
        let mut problems = Kinds::new();
        for (rule, before) in self.rules.iter().zip(before) {
            match rule {
                Rule::State(rule) if self.keeps(rule) => {}
                Rule::State(_) => drop(problems.insert((None, ProblemKind::RuleBroken))),
                Rule::Grant(rule) => {
                    let excused =
                        |unit: &Unit| rule.when_lost == WhenLost::Stays && before.contains(unit);
                    let units = self.units(rule);
                    let mut wrong = units
                        .iter()
                        .filter(|unit| !self.complies(rule, unit) && !excused(unit));
                    if wrong.next().is_some() {
                        problems.insert((None, self.kind_of(&rule.condition)));
                    }
                }
            }
        }
        problems
    }

    /// Whether the role is the other or includes it.
    fn is_or_includes(&self, role: &str, other: &str) -> bool {
        closure(role.to_owned(), |role| of(&self.includes, role)).contains(other)
    }

    /// The allows the user holds of a role that is or includes this one, whatever the scope.
    fn allows_of_role(&self, user: &str, role: &str) -> Vec<&GrantName> {
        self.held(
            user,
            Effect::Allow,
            |what| matches!(what, WhatName::Role(other) if self.is_or_includes(other, role)),
        )
    }

    fn holds_role(&self, user: &str, role: &str) -> bool {
        !self.allows_of_role(user, role).is_empty()
    }

    /// Whether the state rule is true of the facts.
    fn keeps(&self, rule: &StateRule) -> bool {
        let mut users = self.users();
        match rule {
            StateRule::Count { how_many, of, at } => {
                let number_fits = |number: usize| match how_many {
                    HowMany::ExactlyOne => number == 1,
                    HowMany::AtLeastOne => number >= 1,
                    HowMany::AtMostOne => number <= 1,
                };
                match at {
                    CountedAt::Platform => {
                        let counts = |u: &&str| match of {
                            Counted::Holders(role) => self.holds_role(u, role),
                            Counted::Able(action) => self.can(u, action, &[TargetName::Platform]),
                        };
                        number_fits(users.filter(counts).count())
                    }
                    CountedAt::EachMarked(label) => {
                        let marked = self.has_label.iter();
                        let marked = marked.filter(|(_, labels)| labels.contains(label));
                        let mut places = marked.map(|(place, _)| TargetName::Place(place.clone()));
                        places.all(|place| {
                            let counts = |u: &&str| match of {
                                Counted::Holders(role) => {
                                    self.covered(&self.allows_of_role(u, role), u, &place)
                                }
                                Counted::Able(action) => {
                                    self.can(u, action, std::slice::from_ref(&place))
                                }
                            };
                            number_fits(self.users().filter(counts).count())
                        })
                    }
                }
            }
            StateRule::AtLeastOne { holder, roles } => users.all(|u| {
                let meant = holder
                    .as_ref()
                    .is_none_or(|holder| self.holds_role(u, holder));
                !meant || roles.iter().any(|role| self.holds_role(u, role))
            }),
            StateRule::NeverBoth { roles } => {
                !users.any(|u| roles.iter().all(|role| self.holds_role(u, role)))
            }
        }
    }

    /// All that the rule is judged for: the allows of what it speaks of.
    fn units(&self, rule: &GrantRule) -> BTreeSet<Unit> {
        let mut units = BTreeSet::new();
        let allows = self.grants.values().flatten();
        for grant in allows.filter(|it| it.effect == Effect::Allow && self.speaks(rule, it)) {
            match rule.condition {
                Condition::HolderOf { .. } => {
                    let users = self
                        .users()
                        .filter(|u| self.holds_as(u).contains(&grant.subject));
                    units.extend(users.map(|u| (grant.clone(), Some(u.to_owned()))));
                }
                _ => drop(units.insert((grant.clone(), None))),
            }
        }
        units
    }

    /// Whether the rule speaks of what is granted: a rule about a permission also of the roles of the policy, not of the catalog, that give it.
    fn speaks(&self, rule: &GrantRule, grant: &GrantName) -> bool {
        match (&rule.what, &grant.what) {
            (Granted::Role(meant), WhatName::Role(role)) => self.is_or_includes(role, meant),
            (Granted::Permission(meant), WhatName::Permission(permission)) => permission == meant,
            (Granted::Permission(meant), WhatName::Role(role)) => {
                let roles = closure(role.clone(), |role| of(&self.includes, role));
                roles.iter().any(|role| {
                    let given = Change::AddToRole {
                        role: role.clone(),
                        permission: meant.clone(),
                    };
                    self.facts.contains(&given)
                })
            }
            _ => false,
        }
    }

    fn complies(&self, rule: &GrantRule, (grant, user): &Unit) -> bool {
        let GrantName { subject, scope, .. } = grant;
        let named = match scope {
            ScopeName::This(place) => Some(TargetName::Place(place.clone())),
            ScopeName::Underlying(group) => Some(TargetName::Place(PlaceName::group(group))),
            _ => None,
        };
        match &rule.condition {
            Condition::HolderOf { role } => {
                user.as_ref().is_none_or(|user| self.holds_role(user, role))
            }
            Condition::Subjects(sorts) => sorts.contains(&match subject {
                SubjectName::User(_) => SubjectKind::User,
                SubjectName::Group(_) => SubjectKind::Group,
                SubjectName::Everyone => SubjectKind::Everyone,
            }),
            Condition::Places(kinds) => match (scope, &named) {
                (ScopeName::Platform, _) => kinds.iter().any(|kind| kind == "platform"),
                (_, Some(place)) => kinds.iter().any(|kind| is_of_kind(place, kind)),
                _ => false,
            },
            Condition::Marked { label } => {
                let marked = |place: TargetName| match place {
                    TargetName::Place(p) => of(&self.has_label, &p).contains(label),
                    TargetName::Platform => false,
                };
                named.is_some_and(|place| self.under(&place).into_iter().any(marked))
            }
            Condition::Active => match scope {
                ScopeName::This(PlaceName::User(over)) => {
                    let place = TargetName::Place(PlaceName::user(over));
                    let all = self.held(over, Effect::Deny, |what| *what == WhatName::Everything);
                    !self.covered(&all, over, &place)
                }
                _ => true,
            },
            Condition::Scoped => *scope != ScopeName::Platform,
        }
    }

    /// How a grant that does not comply is refused.
    fn kind_of(&self, condition: &Condition) -> ProblemKind {
        match condition {
            Condition::HolderOf { .. } => ProblemKind::MissingRole,
            Condition::Subjects(_) | Condition::Places(_) | Condition::Scoped => {
                ProblemKind::RuleBroken
            }
            Condition::Marked { label } => match self.labels.get(label) {
                Some(true) => ProblemKind::MissingFact,
                _ => ProblemKind::WrongState,
            },
            Condition::Active => ProblemKind::NotActive,
        }
    }
}
