//! The rules of the catalog, judged on the result of an edit.
//!
//! State rules that speak of each user are judged for the users that the edit touched: for all others nothing they depend on has
//! changed, and the state the edit began from obeyed them.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::rc::Rc;

use fixedbitset::FixedBitSet;

use crate::catalog::rule::{GrantRule, Rule, SubjectKind};
use crate::catalog::{ConditionOf, GrantedOf, PlaceKind, RuleOf};
use crate::facts::draft::Logged;
use crate::facts::grant::{Effect, Grant, Scope, What};
use crate::facts::problem::{Problem, ProblemKind, Violation};
use crate::facts::{Fact, Facts};
use crate::graph;
use crate::id::{Group, Place, Subject, Target, Thing, User};

/// Every rule that the facts break. `log` is what changed on the whole.
pub(crate) fn broken(facts: &Facts, log: &[Logged]) -> Vec<Problem> {
    let added = log.iter().filter_map(|logged| match logged {
        Logged::Fact(Fact::Grant(grant), true) if grant.effect == Effect::Allow => Some(*grant),
        _ => None,
    });
    let added: BTreeSet<Grant> = added.collect();
    let mut judge = Judge {
        facts,
        held_by_group: HashMap::new(),
        touched: None,
    };
    let mut problems = Vec::new();
    for (rule, resolved) in facts.catalog.resolved_rules() {
        match resolved {
            RuleOf::Grant { what, condition } => {
                let Rule::Grant(rule) = rule else { continue };
                let speaks_of = |grant: &&Grant| match (grant.what, what) {
                    (What::Permission(permission), GrantedOf::Permission(of)) => {
                        permission.index == *of
                    }
                    (What::Role(role), GrantedOf::Role(of)) => {
                        facts.book().is_or_includes(role, *of)
                    }
                    _ => false,
                };
                for grant in added.iter().filter(speaks_of) {
                    problems.extend(judge.grant(rule, condition, *grant));
                }
            }
            state => {
                let violations = judge.state(state, log).into_iter();
                problems.extend(violations.map(|violation| Problem::RuleBroken {
                    rule: Box::new(rule.clone()),
                    violation: Box::new(violation),
                }));
            }
        }
    }
    problems
}

struct Judge<'a> {
    facts: &'a Facts,
    /// The roles that every member of a group holds through it.
    held_by_group: HashMap<Group, Rc<FixedBitSet>>,
    touched: Option<Rc<Vec<User>>>,
}

impl Judge<'_> {
    fn state(&mut self, rule: &RuleOf, log: &[Logged]) -> Vec<Violation> {
        let facts = self.facts;
        match rule {
            RuleOf::ExactlyOne { role } => self.exactly_one(*role, None).into_iter().collect(),
            RuleOf::ExactlyOneAt { role, label } => {
                let places = facts.carriers(facts.catalog.label_at(*label));
                places
                    .filter_map(|place| self.exactly_one(*role, Some(place)))
                    .collect()
            }
            RuleOf::AtLeastOne { holder, roles } => self.users(log, |held| {
                holder.is_none_or(|holder| held.contains(holder as usize))
                    && !roles.iter().any(|role| held.contains(*role as usize))
            }),
            RuleOf::NeverBoth {
                roles: [one, other],
            } => self.users(log, |held| {
                held.contains(*one as usize) && held.contains(*other as usize)
            }),
            RuleOf::Grant { .. } => Vec::new(),
        }
    }

    /// The touched users whose roles break a rule.
    fn users(&mut self, log: &[Logged], breaks: impl Fn(&FixedBitSet) -> bool) -> Vec<Violation> {
        let touched = match &self.touched {
            Some(touched) => Rc::clone(touched),
            None => Rc::clone(self.touched.insert(Rc::new(touched_users(self.facts, log)))),
        };
        let breaking: Vec<_> = touched
            .iter()
            .filter(|user| breaks(&self.roles_of(**user)))
            .collect();
        let names = breaking
            .into_iter()
            .map(|user| self.facts.user_name(*user))
            .collect::<Vec<_>>();
        if names.is_empty() {
            Vec::new()
        } else {
            vec![Violation::Users(names)]
        }
    }

    /// What is wrong if not exactly one user holds the role (at a place, where one is given).
    fn exactly_one(&self, role: u32, place: Option<Place>) -> Option<Violation> {
        let facts = self.facts;
        let whereabouts = place.map(|place| facts.whereabouts(Target::from(place)));
        let mut holders: Vec<User> = Vec::new();
        let roles = facts.catalog.roles().chain(facts.run_time_roles());
        for role in roles.filter(|other| facts.book().is_or_includes(*other, role)) {
            for grant in facts
                .grants_of(What::Role(role))
                .filter(|grant| grant.effect == Effect::Allow)
            {
                let anyone = match &whereabouts {
                    Some(whereabouts) => facts.covers_for_all(grant.scope, whereabouts),
                    None => true,
                };
                if !anyone && grant.scope != Scope::Oneself {
                    continue;
                }
                let here = |user: &User| {
                    anyone
                        || whereabouts
                            .as_ref()
                            .is_some_and(|place| facts.covers(grant.scope, *user, place))
                };
                for user in facts.users_held_as(grant.subject).filter(here) {
                    if !holders.contains(&user) {
                        holders.push(user);
                    }
                    // Two are enough to tell.
                    if holders.len() > 1 {
                        break;
                    }
                }
            }
        }
        let place = || place.map(|place| facts.place_name(place));
        match holders.as_slice() {
            [] => Some(Violation::Nobody(place())),
            [_] => None,
            [one, other, ..] => Some(Violation::Several(
                [facts.user_name(*one), facts.user_name(*other)],
                place(),
            )),
        }
    }

    fn grant(
        &mut self,
        rule: &GrantRule,
        condition: &ConditionOf,
        grant: Grant,
    ) -> Option<Problem> {
        let facts = self.facts;
        let (kind, violation) = match condition {
            ConditionOf::HolderOf { role } => {
                let users = facts.users_held_as(grant.subject);
                let without = users.filter(|user| !self.roles_of(*user).contains(*role as usize));
                let names: Vec<_> = without.map(|user| facts.user_name(user)).collect();
                if names.is_empty() {
                    return None;
                }
                (ProblemKind::MissingRole, Violation::Users(names))
            }
            ConditionOf::Subjects(sorts) => {
                let sort = match grant.subject {
                    Subject::User(_) => SubjectKind::User,
                    Subject::Group(_) => SubjectKind::Group,
                    Subject::Everyone => SubjectKind::Everyone,
                };
                if sorts.contains(&sort) {
                    return None;
                }
                (ProblemKind::RuleBroken, Violation::Subject)
            }
            ConditionOf::Places(kinds) => {
                let kind = match grant.scope {
                    Scope::Platform => Some(PlaceKind::Platform),
                    Scope::This(Place::User(_)) => Some(PlaceKind::User),
                    Scope::This(Place::Group(_)) | Scope::Underlying(_) => Some(PlaceKind::Group),
                    Scope::This(Place::Resource(resource)) => {
                        facts.kind(resource.index).map(PlaceKind::Kind)
                    }
                    Scope::Labelled(..) | Scope::Oneself => None,
                };
                if kind.is_some_and(|kind| kinds.contains(&kind)) {
                    return None;
                }
                (ProblemKind::RuleBroken, Violation::Scope)
            }
            ConditionOf::Marked { label } => {
                if grant
                    .scope
                    .named()
                    .is_some_and(|place| self.marked_above(place, *label))
                {
                    return None;
                }
                let recorded = facts
                    .catalog
                    .is_recorded_label(facts.catalog.label_at(*label));
                (
                    if recorded {
                        ProblemKind::MissingFact
                    } else {
                        ProblemKind::WrongState
                    },
                    Violation::Scope,
                )
            }
            ConditionOf::Active => {
                let Scope::This(Place::User(over)) = grant.scope else {
                    return None;
                };
                if !self.blocked(over) {
                    return None;
                }
                (
                    ProblemKind::NotActive,
                    Violation::Users(vec![facts.user_name(over)]),
                )
            }
            ConditionOf::Scoped => {
                if grant.scope != Scope::Platform {
                    return None;
                }
                (ProblemKind::RuleBroken, Violation::Scope)
            }
        };
        Some(Problem::GrantRefused {
            rule: Box::new(rule.clone()),
            grant: Box::new(facts.grant_name(grant)),
            violation: Box::new(violation),
            kind,
        })
    }

    /// Whether the place, or something it is under, carries the label.
    fn marked_above(&self, place: Place, label: u32) -> bool {
        let whereabouts = self.facts.whereabouts(Target::from(place));
        whereabouts
            .at
            .iter()
            .any(|place| self.facts.has_label(*place, label))
            || whereabouts
                .groups
                .iter()
                .any(|group| self.facts.has_label(Place::Group(*group), label))
    }

    /// Whether a deny of everything that the user holds covers the user.
    fn blocked(&self, user: User) -> bool {
        let facts = self.facts;
        let whereabouts = facts.whereabouts(Target::User(user));
        let groups = facts.held_groups(user).into_iter().map(Subject::Group);
        let subjects = [Subject::User(user), Subject::Everyone]
            .into_iter()
            .chain(groups);
        subjects
            .flat_map(|subject| facts.grants_to(subject))
            .any(|grant| {
                grant.effect == Effect::Deny
                    && grant.what == What::Everything
                    && facts.covers(grant.scope, user, &whereabouts)
            })
    }

    /// The indices of the roles a user holds, at any scope.
    fn roles_of(&mut self, user: User) -> FixedBitSet {
        let mut held = FixedBitSet::with_capacity(self.facts.role_slots());
        for subject in [Subject::User(user), Subject::Everyone] {
            add_roles(self.facts, subject, &mut held);
        }
        for group in self.facts.groups_of(user).collect::<Vec<_>>() {
            held.union_with(&self.roles_of_group(group));
        }
        held
    }

    fn roles_of_group(&mut self, group: Group) -> Rc<FixedBitSet> {
        let facts = self.facts;
        if !self.held_by_group.contains_key(&group) {
            for group in graph::bottom_up([group], |group| facts.parents(group)) {
                if self.held_by_group.contains_key(&group) {
                    continue;
                }
                let mut held = FixedBitSet::with_capacity(facts.role_slots());
                add_roles(facts, Subject::Group(group), &mut held);
                for parent in facts.parents(group) {
                    self.held_by_group
                        .get(&parent)
                        .into_iter()
                        .for_each(|above| held.union_with(above));
                }
                self.held_by_group.insert(group, Rc::new(held));
            }
        }
        self.held_by_group
            .get(&group)
            .map(Rc::clone)
            .unwrap_or_default()
    }
}

fn add_roles(facts: &Facts, subject: Subject, held: &mut FixedBitSet) {
    for grant in facts
        .grants_to(subject)
        .filter(|grant| grant.effect == Effect::Allow)
    {
        if let What::Role(role) = grant.what {
            held.extend(facts.book().included(role));
        }
    }
}

/// The users of the result whose roles may have changed, in order.
fn touched_users(facts: &Facts, log: &[Logged]) -> Vec<User> {
    let mut users: HashSet<User> = HashSet::new();
    let mut groups: Vec<Group> = Vec::new();
    let mut everyone = false;
    for logged in log {
        let Logged::Fact(fact, _) = logged else {
            continue;
        };
        match *fact {
            Fact::Thing(Thing::User(user)) | Fact::Member(user, _) => drop(users.insert(user)),
            Fact::Parent(child, _) => groups.push(child),
            Fact::Includes(..) => everyone = true,
            Fact::Grant(grant)
                if grant.effect == Effect::Allow && matches!(grant.what, What::Role(_)) =>
            {
                match grant.subject {
                    Subject::User(user) => drop(users.insert(user)),
                    Subject::Group(group) => groups.push(group),
                    Subject::Everyone => everyone = true,
                }
            }
            Fact::Thing(_)
            | Fact::Placed(..)
            | Fact::Labelled(..)
            | Fact::Gives(..)
            | Fact::Grant(_) => {}
        }
    }
    if everyone {
        return facts.all_users().collect();
    }
    groups.retain(|group| facts.check((*group).into()).is_ok());
    for group in graph::reach(groups, |group| facts.children(group)) {
        users.extend(facts.members(group));
    }
    let mut users: Vec<User> = users
        .into_iter()
        .filter(|user| facts.check((*user).into()).is_ok())
        .collect();
    users.sort_unstable();
    users
}
