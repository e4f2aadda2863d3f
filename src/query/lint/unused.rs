//! Words of the catalog, and roles, that nothing names.

use std::collections::{BTreeSet, HashSet};

use crate::catalog::formula::Node;
use crate::catalog::{Catalog, ConditionOf, CountedOf, GrantedOf, RuleOf};
use crate::facts::grant::{Scope, What};
use crate::id::Action;
use crate::query::lint::{Finding, Findings, LintCode};
use crate::snapshot::Snapshot;

/// The nodes of an action's formula, without those of the actions that it refers to.
pub(super) fn nodes(catalog: &Catalog, action: Action) -> Vec<&Node> {
    let root = catalog.formulas().action(action.index).map(|of| of.root);
    let mut stack: Vec<u32> = root.into_iter().collect();
    let mut nodes = Vec::new();
    while let Some(node) = stack.pop().and_then(|node| catalog.node(node)) {
        match node {
            Node::All(parts) | Node::Any(parts) | Node::With(parts) => stack.extend(parts),
            Node::On(_, part) => stack.push(*part),
            Node::Holds(_)
            | Node::Above(..)
            | Node::Within(_)
            | Node::Marked(_)
            | Node::Allows(_) => {}
        }
        nodes.push(node);
    }
    nodes
}

pub(super) fn permissions(now: &Snapshot, findings: &mut Findings) {
    let catalog = now.catalog();
    let mut named: HashSet<u32> = HashSet::new();
    for action in catalog.actions() {
        let nodes = nodes(catalog, action).into_iter();
        let permissions = nodes.filter_map(|node| match node {
            Node::Holds(permission) | Node::Above(_, permission) | Node::Within(permission) => {
                Some(*permission)
            }
            // A permission is the action at the same place of the table.
            Node::Allows(action) => Some(*action),
            _ => None,
        });
        // The requirement of the action of its own name does not make a permission used.
        named.extend(permissions.filter(|permission| *permission != action.index));
    }
    for role in now.roles() {
        named.extend(now.facts().role_permissions(role));
    }
    for (_, rule) in catalog.resolved_rules() {
        match rule {
            RuleOf::Grant {
                what: GrantedOf::Permission(permission),
                ..
            } => drop(named.insert(*permission)),
            // A permission is the action at the same place of the table.
            RuleOf::Count {
                of: CountedOf::Able(action),
                ..
            } => drop(named.insert(*action)),
            _ => {}
        }
    }
    for permission in catalog.permissions() {
        let granted = || {
            now.facts()
                .grants_of(What::Permission(permission))
                .next()
                .is_some()
        };
        if !named.contains(&permission.index) && !granted() {
            findings.push(LintCode::UnusedPermission, || {
                let name = catalog.permission_name(permission).unwrap_or_default();
                Finding::UnusedPermission {
                    permission: name.to_owned(),
                }
            });
        }
    }
}

pub(super) fn roles(now: &Snapshot, findings: &mut Findings) {
    let mut named: HashSet<u32> = HashSet::new();
    for role in now.roles() {
        let includes = now.facts().role_includes(role).into_iter();
        named.extend(includes.map(|role| role.index));
    }
    for (_, rule) in now.catalog().resolved_rules() {
        match rule {
            RuleOf::Count {
                of: CountedOf::Holders(role),
                ..
            } => drop(named.insert(*role)),
            RuleOf::Count { .. } => {}
            RuleOf::AtLeastOne { holder, roles } => {
                named.extend(holder);
                named.extend(roles);
            }
            RuleOf::NeverBoth { roles } => named.extend(roles),
            RuleOf::Grant {
                what, condition, ..
            } => {
                if let GrantedOf::Role(role) = what {
                    named.insert(*role);
                }
                if let ConditionOf::HolderOf { role } = condition {
                    named.insert(*role);
                }
            }
        }
    }
    for role in now.roles() {
        let granted = || now.facts().grants_of(What::Role(role)).next().is_some();
        if !named.contains(&role.index) && !granted() {
            findings.push(LintCode::UnusedRole, || Finding::UnusedRole {
                role: now.facts().thing_name(role.into()).name().to_owned(),
            });
        }
    }
}

pub(super) fn labels(now: &Snapshot, findings: &mut Findings) {
    let catalog = now.catalog();
    let mut seen: BTreeSet<u32> = BTreeSet::new();
    for action in catalog.actions() {
        let marked = nodes(catalog, action)
            .into_iter()
            .filter_map(|node| match node {
                Node::Marked(label) => Some(*label),
                _ => None,
            });
        seen.extend(marked);
    }
    seen.extend(now.grants().filter_map(|grant| match grant.scope {
        Scope::Labelled(label, _) => Some(label.index),
        _ => None,
    }));
    for (_, rule) in catalog.resolved_rules() {
        match rule {
            RuleOf::Count {
                label: Some(label), ..
            }
            | RuleOf::Grant {
                condition: ConditionOf::Marked { label },
                ..
            } => {
                seen.insert(*label);
            }
            _ => {}
        }
    }
    for label in catalog
        .labels()
        .filter(|label| !seen.contains(&label.index))
    {
        findings.push(LintCode::UnusedLabel, || Finding::UnusedLabel {
            label: catalog.label_name(label).unwrap_or_default().to_owned(),
            carriers: now.facts().carriers(label).count(),
        });
    }
}
