//! Which of the roles and permissions that rules speak of a subject holds, in one state.

use std::collections::HashMap;
use std::rc::Rc;

use fixedbitset::FixedBitSet;

use crate::catalog::{Catalog, ConditionOf, CountedOf, GrantedOf, RuleOf};
use crate::facts::Facts;
use crate::facts::grant::{Effect, Grant, What};
use crate::graph;
use crate::id::{Group, Role, Subject, User};
use crate::steps::step;

/// Whether a grant of `what` is one of those a rule speaks of. The grant is one of this state.
///
/// A permission that a role of the catalog gives is not meant: the rule and the role were declared together. What was given to a role at
/// run time is meant, or the rule would be no rule for whoever edits roles.
pub(super) fn is_meant(facts: &Facts, what: What, meant: GrantedOf) -> bool {
    match (what, meant) {
        (What::Permission(permission), GrantedOf::Permission(of)) => permission.index == of,
        (What::Role(role), GrantedOf::Role(of)) => facts.book().is_or_includes(role, of),
        (What::Role(role), GrantedOf::Permission(of)) => facts
            .included_roles(role)
            .filter(|included| facts.catalog.role_name(*included).is_none())
            .any(|included| facts.role_permissions(included).contains(&of)),
        _ => false,
    }
}

pub(super) fn is_allow(grant: &Grant) -> bool {
    grant.effect == Effect::Allow
}

/// Everything that can be granted and is meant.
pub(super) fn meant_by(facts: &Facts, meant: GrantedOf) -> Vec<What> {
    let roles = facts.catalog.roles().chain(facts.run_time_roles());
    let roles = roles
        .map(What::Role)
        .filter(|role| is_meant(facts, *role, meant));
    let itself = match meant {
        GrantedOf::Permission(index) => Some(What::Permission(facts.catalog.permission_at(index))),
        GrantedOf::Role(_) => None,
    };
    itself.into_iter().chain(roles).collect()
}

/// The allows that are meant.
pub(super) fn allows_of(facts: &Facts, meant: GrantedOf) -> impl Iterator<Item = Grant> + '_ {
    meant_by(facts, meant)
        .into_iter()
        .flat_map(|what| facts.grants_of(what))
        .filter(is_allow)
}

/// What the rules about users speak of, each once; its place in the list is its mark.
pub(super) struct Marks(Vec<GrantedOf>);

impl Marks {
    pub(super) fn of(catalog: &Catalog) -> Marks {
        let mut list: Vec<GrantedOf> = Vec::new();
        for (_, rule) in catalog.resolved_rules() {
            match rule {
                RuleOf::Count {
                    of: CountedOf::Holders(role),
                    label: None,
                    ..
                } => list.push(GrantedOf::Role(*role)),
                RuleOf::Count { .. } => {}
                RuleOf::AtLeastOne { holder, roles } => {
                    list.extend(holder.iter().chain(roles).copied().map(GrantedOf::Role));
                }
                RuleOf::NeverBoth { roles } => {
                    list.extend(roles.iter().copied().map(GrantedOf::Role));
                }
                RuleOf::Grant {
                    what, condition, ..
                } => {
                    if let ConditionOf::HolderOf { role } = condition {
                        list.extend([*what, GrantedOf::Role(*role)]);
                    }
                }
            }
        }
        let mut each = Vec::with_capacity(list.len());
        for meant in list {
            if !each.contains(&meant) {
                each.push(meant);
            }
        }
        Marks(each)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn mark(&self, meant: GrantedOf) -> usize {
        let place = self.0.iter().position(|other| *other == meant);
        place.unwrap_or(self.0.len())
    }

    /// Whether some mark means grants of this.
    pub(super) fn means(&self, facts: &Facts, what: What) -> bool {
        self.0.iter().any(|meant| is_meant(facts, what, *meant))
    }
}

/// One of the two states of an edit, with what was found out about its subjects.
pub(super) struct Side<'a> {
    pub(super) facts: &'a Facts,
    marks: &'a Marks,
    by_role: HashMap<Role, Rc<FixedBitSet>>,
    by_group: HashMap<Group, Rc<FixedBitSet>>,
    everyone: Option<Rc<FixedBitSet>>,
}

impl<'a> Side<'a> {
    pub(super) fn new(facts: &'a Facts, marks: &'a Marks) -> Side<'a> {
        Side {
            facts,
            marks,
            by_role: HashMap::new(),
            by_group: HashMap::new(),
            everyone: None,
        }
    }

    /// What the user holds, as any subject.
    pub(super) fn of_user(&mut self, user: User) -> FixedBitSet {
        step();
        let mut held = FixedBitSet::clone(&self.of_everyone());
        self.add_own(Subject::User(user), &mut held);
        for group in self.facts.groups_of(user) {
            step();
            held.union_with(&self.of_group(group));
        }
        held
    }

    pub(super) fn of_everyone(&mut self) -> Rc<FixedBitSet> {
        if self.everyone.is_none() {
            let mut held = FixedBitSet::with_capacity(self.marks.0.len());
            self.add_own(Subject::Everyone, &mut held);
            self.everyone = Some(Rc::new(held));
        }
        self.everyone.clone().unwrap_or_default()
    }

    /// What every member of the group holds through it.
    pub(super) fn of_group(&mut self, group: Group) -> Rc<FixedBitSet> {
        let facts = self.facts;
        if !self.by_group.contains_key(&group) {
            for group in graph::bottom_up([group], |group| facts.parents(group)) {
                if self.by_group.contains_key(&group) {
                    continue;
                }
                step();
                let mut held = FixedBitSet::with_capacity(self.marks.0.len());
                self.add_own(Subject::Group(group), &mut held);
                for parent in facts.parents(group) {
                    self.by_group
                        .get(&parent)
                        .into_iter()
                        .for_each(|above| held.union_with(above));
                }
                self.by_group.insert(group, Rc::new(held));
            }
        }
        self.by_group.get(&group).cloned().unwrap_or_default()
    }

    fn add_own(&mut self, subject: Subject, held: &mut FixedBitSet) {
        let facts = self.facts;
        for grant in facts.grants_to(subject).filter(is_allow) {
            step();
            match grant.what {
                What::Role(role) => held.union_with(&self.of_role(role)),
                what => held.union_with(&self.of_what(what)),
            }
        }
    }

    fn of_role(&mut self, role: Role) -> Rc<FixedBitSet> {
        if let Some(known) = self.by_role.get(&role) {
            return Rc::clone(known);
        }
        let held = Rc::new(self.of_what(What::Role(role)));
        self.by_role.insert(role, Rc::clone(&held));
        held
    }

    fn of_what(&self, what: What) -> FixedBitSet {
        let mut held = FixedBitSet::with_capacity(self.marks.0.len());
        let marked = self.marks.0.iter().enumerate();
        let meant = marked.filter(|(_, meant)| is_meant(self.facts, what, **meant));
        held.extend(meant.map(|(mark, _)| mark));
        held
    }
}
