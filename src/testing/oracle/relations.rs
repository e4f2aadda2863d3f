//! From declarations and facts to relations.

use super::Oracle;
use crate::{Change, Declaration, PlaceName, Requirement, ThingName};

impl Oracle {
    /// The catalog of these declarations, without facts. The declarations are taken to be right: see [`crate::CatalogBuilder::build`].
    #[must_use]
    pub fn new(declarations: &[Declaration]) -> Self {
        let mut oracle = Oracle::default();
        for declaration in declarations.iter().cloned() {
            match declaration {
                Declaration::Kind { name } => drop(oracle.kinds.insert(name)),
                Declaration::Label { name, recorded } => drop(oracle.labels.insert(name, recorded)),
                Declaration::Permission { name, recorded } => {
                    let holds = (1, Requirement::Holds(name.clone()));
                    oracle.actions.entry(name.clone()).or_insert(holds);
                    if recorded {
                        oracle.recorded.insert(name.clone());
                    }
                    oracle.permissions.insert(name);
                }
                Declaration::Action {
                    name,
                    targets,
                    requirement,
                } => {
                    oracle.actions.insert(name, (targets, requirement));
                }
                Declaration::Role {
                    name: role,
                    permissions,
                    includes,
                } => {
                    let add = Change::Add(ThingName::Role(role.clone()));
                    let permissions = permissions.into_iter().map(|permission| Change::AddToRole {
                        role: role.clone(),
                        permission,
                    });
                    let includes = includes.into_iter().map(|included| Change::IncludeRole {
                        role: role.clone(),
                        included,
                    });
                    oracle
                        .fixed
                        .extend([add].into_iter().chain(permissions).chain(includes));
                }
                Declaration::Rule(rule) => oracle.rules.push(rule),
            }
        }
        oracle.relate();
        oracle
    }

    /// Puts the facts into relations.
    pub(super) fn relate(&mut self) {
        self.things.clear();
        self.member.clear();
        self.parent.clear();
        self.placed.clear();
        self.has_label.clear();
        self.in_role.clear();
        self.includes.clear();
        self.grants.clear();
        for fact in self.fixed.iter().chain(&self.facts).cloned() {
            match fact {
                Change::Add(thing) => drop(self.things.insert(thing)),
                Change::AddMember { user, group } => {
                    self.member.entry(user).or_default().insert(group);
                }
                Change::Attach { group, parent } => {
                    self.parent.entry(group).or_default().insert(parent);
                }
                Change::Place {
                    kind,
                    resource,
                    place,
                } => {
                    let resource = PlaceName::Resource {
                        kind,
                        name: resource,
                    };
                    self.placed.entry(resource).or_default().insert(place);
                }
                Change::AddLabel { place, label } => {
                    self.has_label.entry(place).or_default().insert(label);
                }
                Change::AddToRole { role, permission } => {
                    self.in_role.entry(role).or_default().insert(permission);
                }
                Change::IncludeRole { role, included } => {
                    self.includes.entry(role).or_default().insert(included);
                }
                Change::Grant(grant) => {
                    self.grants
                        .entry(grant.subject.clone())
                        .or_default()
                        .insert(grant);
                }
                _ => {}
            }
        }
    }
}
