//! The rules of the catalog, judged on the result of an edit.
//!
//! The state that an edit began from obeyed every rule, so only what the edit can have touched is judged: users whose roles may differ, the
//! grants that came about, and the places where a label, a role or a deny may have come or gone. Rules that count who can do something are
//! judged with the index of the result: see [`able`](crate::query::able).

mod counts;
mod down;
mod grants;
mod held;

use std::collections::BTreeSet;
use std::rc::Rc;

use fixedbitset::FixedBitSet;

pub(crate) use self::counts::miscounted;
use self::held::{Marks, Side, is_allow};
use crate::catalog::rule::{Rule, WhenLost};
use crate::catalog::{CountedOf, GrantedOf, RuleOf};
use crate::facts::draft::Logged;
use crate::facts::grant::{Grant, What};
use crate::facts::problem::{Problem, Violation};
use crate::facts::{Fact, Facts};
use crate::graph;
use crate::id::{Group, Role, Subject, Thing, User};
use crate::steps::step;

/// The position of a rule in the catalog, and how the result of an edit breaks it.
pub(crate) type Broken = (usize, Problem);

/// Revokes the grants that go with what their rules ask for; the revocations are added to the log.
pub(crate) fn take_along(before: &Facts, after: &mut Facts, log: &mut Vec<Logged>) {
    let catalog = after.catalog.clone();
    let takes = |rule: &RuleOf| {
        matches!(
            rule,
            RuleOf::Grant {
                when_lost: WhenLost::TakesAlong,
                ..
            }
        )
    };
    if log.is_empty() || !catalog.resolved_rules().iter().any(|(_, rule)| takes(rule)) {
        return;
    }
    let marks = Marks::of(&catalog);
    // A grant that goes may be what another one needs. What has to go is never less for what went already, so the order is no matter.
    loop {
        let mut judge = Judge::new(before, after, log, &marks);
        let mut gone: BTreeSet<Grant> = BTreeSet::new();
        for (_, rule) in catalog.resolved_rules().iter().filter(|(_, it)| takes(it)) {
            if let RuleOf::Grant {
                what, condition, ..
            } = rule
            {
                gone.extend(judge.taken_along(*what, condition));
            }
        }
        if gone.is_empty() {
            return;
        }
        for grant in gone {
            after.set(&Fact::Grant(grant), false);
            log.push(Logged::Fact(Fact::Grant(grant), false));
        }
    }
}

/// Every rule that the facts break, but for those that count who can do something. `log` is what changed on the whole.
pub(crate) fn broken(before: &Facts, after: &Facts, log: &[Logged]) -> Vec<Broken> {
    let catalog = &after.catalog;
    if catalog.resolved_rules().is_empty() {
        return Vec::new();
    }
    let marks = Marks::of(catalog);
    let mut judge = Judge::new(before, after, log, &marks);
    let mut problems = Vec::new();
    for (nth, (rule, resolved)) in catalog.resolved_rules().iter().enumerate() {
        match resolved {
            RuleOf::Grant {
                what,
                condition,
                when_lost,
            } => {
                let Rule::Grant(rule) = rule else { continue };
                let refused = judge.refused(rule, *what, condition, *when_lost);
                problems.extend(refused.into_iter().map(|problem| (nth, problem)));
            }
            state => {
                let violations = judge.state(state).into_iter();
                problems.extend(violations.map(|violation| {
                    let (rule, violation) = (Box::new(rule.clone()), Box::new(violation));
                    (nth, Problem::RuleBroken { rule, violation })
                }));
            }
        }
    }
    problems
}

/// The two states of an edit, and what was found out about them.
struct Judge<'a> {
    before: Side<'a>,
    after: Side<'a>,
    log: &'a [Logged],
    marks: &'a Marks,
    /// The roles, of either state, that may include or give something else than in the other.
    altered: Vec<Role>,
    touched: Option<Rc<Vec<User>>>,
    held: Option<Rc<Vec<(User, FixedBitSet)>>>,
}

impl<'a> Judge<'a> {
    fn new(before: &'a Facts, after: &'a Facts, log: &'a [Logged], marks: &'a Marks) -> Judge<'a> {
        Judge {
            before: Side::new(before, marks),
            after: Side::new(after, marks),
            log,
            marks,
            altered: altered(before, after, log),
            touched: None,
            held: None,
        }
    }

    fn state(&mut self, rule: &RuleOf) -> Vec<Violation> {
        match rule {
            RuleOf::Count {
                how_many,
                of: CountedOf::Holders(role),
                label: None,
            } => {
                let violation = self.count_holders(*how_many, *role);
                violation.into_iter().collect()
            }
            RuleOf::Count {
                how_many,
                of: CountedOf::Holders(role),
                label: Some(label),
            } => self.count_holders_at(*how_many, *role, *label),
            RuleOf::AtLeastOne { holder, roles } => {
                let mark = |role: &u32| self.marks.mark(GrantedOf::Role(*role));
                let holder = holder.as_ref().map(mark);
                let roles: Vec<usize> = roles.iter().map(mark).collect();
                self.users(|held| {
                    holder.is_none_or(|holder| held.contains(holder))
                        && !roles.iter().any(|role| held.contains(*role))
                })
            }
            RuleOf::NeverBoth { roles } => {
                let [one, other] = roles.map(|role| self.marks.mark(GrantedOf::Role(role)));
                self.users(|held| held.contains(one) && held.contains(other))
            }
            RuleOf::Count { .. } | RuleOf::Grant { .. } => Vec::new(),
        }
    }

    /// The touched users whose roles break a rule.
    fn users(&mut self, breaks: impl Fn(&FixedBitSet) -> bool) -> Vec<Violation> {
        let held = self.held();
        let breaking = held.iter().filter(|(_, held)| breaks(held));
        let names: Vec<_> = breaking
            .map(|(user, _)| self.after.facts.user_name(*user))
            .collect();
        if names.is_empty() {
            Vec::new()
        } else {
            vec![Violation::Users(names)]
        }
    }

    /// The touched users of the result, in order, with what they hold.
    fn held(&mut self) -> Rc<Vec<(User, FixedBitSet)>> {
        if let Some(held) = &self.held {
            return Rc::clone(held);
        }
        let users = self.touched_users();
        let facts = self.after.facts;
        let here = users
            .iter()
            .filter(|user| facts.check((**user).into()).is_ok());
        let held: Rc<Vec<_>> = Rc::new(
            here.map(|user| (*user, self.after.of_user(*user)))
                .collect(),
        );
        self.held = Some(Rc::clone(&held));
        held
    }

    /// The users of either state who may hold other things that rules speak of than in the other, in order.
    fn touched_users(&mut self) -> Rc<Vec<User>> {
        if let Some(touched) = &self.touched {
            return Rc::clone(touched);
        }
        let touched = if self.marks.is_empty() {
            Vec::new()
        } else {
            self.find_touched()
        };
        let touched = Rc::new(touched);
        self.touched = Some(Rc::clone(&touched));
        touched
    }

    fn find_touched(&mut self) -> Vec<User> {
        let mut users: Vec<User> = Vec::new();
        let mut groups: Vec<Group> = Vec::new();
        let mut everyone = false;
        let mut subjects: Vec<Subject> = Vec::new();
        for logged in self.log {
            let Logged::Fact(fact, present) = logged else {
                continue;
            };
            step();
            // The state that has the fact.
            let side = if *present {
                &mut self.after
            } else {
                &mut self.before
            };
            match *fact {
                Fact::Thing(Thing::User(user)) => users.push(user),
                Fact::Member(user, group) if !side.of_group(group).is_clear() => users.push(user),
                Fact::Parent(child, parent) if !side.of_group(parent).is_clear() => {
                    groups.push(child);
                }
                Fact::Grant(grant)
                    if is_allow(&grant) && self.marks.means(side.facts, grant.what) =>
                {
                    subjects.push(grant.subject);
                }
                _ => {}
            }
        }
        let both = [self.before.facts, self.after.facts];
        for role in &self.altered {
            let what = What::Role(*role);
            let here = both.map(|facts| facts.check((*role).into()).is_ok());
            let states = || both.into_iter().zip(here).filter(|(_, here)| *here);
            if states().any(|(facts, _)| self.marks.means(facts, what)) {
                for (facts, _) in states() {
                    let allows = facts.grants_of(what).filter(is_allow);
                    subjects.extend(allows.map(|grant| grant.subject));
                }
            }
        }
        for subject in subjects {
            step();
            match subject {
                Subject::User(user) => users.push(user),
                Subject::Group(group) => groups.push(group),
                Subject::Everyone => everyone = true,
            }
        }
        let facts = self.after.facts;
        if everyone {
            users.extend(facts.all_users());
        } else {
            // Who was below a group that is gone, or below one that was cut off, lost a membership or an edge that is told by itself.
            groups.retain(|group| facts.check((*group).into()).is_ok());
            for group in graph::reach(groups, |group| facts.children(group)) {
                step();
                users.extend(facts.members(group));
            }
        }
        users.sort_unstable();
        users.dedup();
        users
    }
}

/// The run-time roles whose content changed and those that include one of them, of both states.
fn altered(before: &Facts, after: &Facts, log: &[Logged]) -> Vec<Role> {
    let changed = log.iter().filter_map(|logged| match logged {
        Logged::Fact(Fact::Includes(role, _) | Fact::Gives(role, _), _) => Some(role.index),
        _ => None,
    });
    let changed: Vec<u32> = changed.collect();
    let mut roles: Vec<Role> = Vec::new();
    for facts in [before, after] {
        let including = facts.book().including(&changed).into_iter();
        let including = including.inspect(|_| step());
        roles.extend(including.filter_map(|role| facts.role_at(role)));
    }
    roles.sort_unstable();
    roles.dedup();
    roles
}
