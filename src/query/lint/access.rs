//! Grants without effect, actions that nobody can do, users who can grant themselves more.

use std::collections::{HashMap, HashSet};

use crate::catalog::formula::Node;
use crate::facts::Facts;
use crate::facts::grant::{Effect, Scope};
use crate::graph;
use crate::id::{Action, Group, Label, Permission, Place, Subject, Target, User};
use crate::index::ask::Asker;
use crate::query::diff::alike::{Holding, permissions_of};
use crate::query::diff::touched::State;
use crate::query::lint::{Emptiness, Finding, Findings, LintCode};
use crate::query::lists::within::within;
use crate::query::reverse::formula::atoms_of;
use crate::snapshot::Snapshot;
use crate::steps;

/// How many users with different holdings are asked whether they can do an action somewhere.
const MOST_ASKED: usize = 1_000;

/// The groups that have a member, in themselves or below.
fn peopled(facts: &Facts) -> HashSet<Group> {
    let with_members = facts
        .all_groups()
        .filter(|group| facts.members(*group).next().is_some());
    graph::reach(with_members, |group| facts.parents(group))
        .into_iter()
        .collect()
}

/// The groups that some carrier of the label is under.
fn over_carriers(facts: &Facts, label: Label) -> HashSet<Group> {
    let at = facts
        .carriers(label)
        .flat_map(|carrier| facts.at(Target::from(carrier)));
    graph::reach(at.filter_map(Place::group), |group| facts.parents(group))
        .into_iter()
        .collect()
}

pub(super) fn empty_grants(now: &Snapshot, findings: &mut Findings) {
    let facts = now.facts();
    let peopled = peopled(facts);
    let nobody = facts.all_users().next().is_none();
    let mut over: HashMap<Label, HashSet<Group>> = HashMap::new();
    for grant in facts.all_grants() {
        let no_holder = match grant.subject {
            Subject::User(_) => false,
            Subject::Group(group) => !peopled.contains(&group),
            Subject::Everyone => nobody,
        };
        let no_carrier = match grant.scope {
            Scope::Labelled(label, None) => facts.carriers(label).next().is_none(),
            Scope::Labelled(label, Some(bound)) => !over
                .entry(label)
                .or_insert_with(|| over_carriers(facts, label))
                .contains(&bound),
            Scope::Platform | Scope::This(_) | Scope::Underlying(_) | Scope::Oneself => false,
        };
        let why = match (no_holder, no_carrier) {
            (true, _) => Emptiness::NoHolder,
            (_, true) => Emptiness::NoCarrier,
            _ => continue,
        };
        findings.push(LintCode::EmptyGrant, || Finding::EmptyGrant {
            grant: facts.grant_name(grant),
            why,
        });
    }
}

pub(super) fn nobody_can(now: &Snapshot, findings: &mut Findings) {
    let catalog = now.catalog();
    let possible = possible(now);
    for action in catalog.actions() {
        let name = || catalog.action_name(action).unwrap_or_default().to_owned();
        let someone = match possible.contains(&action.index) {
            true => someone_can(now, action),
            false => Some(false),
        };
        match someone {
            Some(true) => {}
            Some(false) => {
                findings.push(LintCode::NobodyCan, || Finding::NobodyCan {
                    action: name(),
                });
            }
            None => findings.undecided.push(name()),
        }
    }
}

/// The actions, by index, whose formulas might be true if every atom were that some grant or some label could make true.
fn possible(now: &Snapshot) -> HashSet<u32> {
    let (facts, catalog) = (now.facts(), now.catalog());
    let peopled = peopled(facts);
    let mut allowed: HashSet<u32> = HashSet::new();
    for grant in facts.all_grants() {
        let held = match grant.subject {
            Subject::Group(group) => peopled.contains(&group),
            Subject::User(_) | Subject::Everyone => true,
        };
        if held && grant.effect == Effect::Allow {
            crate::index::rows::expand(facts, grant.what, |permission| {
                allowed.insert(permission);
            });
        }
    }
    let referred = |action: u32| {
        let root = catalog.formulas().action(action).map(|of| of.root);
        below(now, root)
            .into_iter()
            .filter_map(|(_, node)| match node {
                Node::Allows(action) => Some(*action),
                _ => None,
            })
            .collect::<Vec<u32>>()
    };
    let mut possible = HashSet::new();
    for action in graph::bottom_up(catalog.actions().map(|action| action.index), referred) {
        let root = catalog.formulas().action(action).map(|of| of.root);
        // Parts come before what they are parts of.
        let mut true_nodes: HashSet<u32> = HashSet::new();
        for (at, node) in below(now, root) {
            let is_true = match node {
                Node::Holds(permission) | Node::Above(_, permission) | Node::Within(permission) => {
                    allowed.contains(permission)
                }
                Node::Marked(label) => {
                    let label = catalog.label_at(*label);
                    facts.carriers(label).next().is_some()
                }
                Node::Allows(action) => possible.contains(action),
                Node::All(parts) | Node::With(parts) => {
                    parts.iter().all(|part| true_nodes.contains(part))
                }
                Node::Any(parts) => parts.iter().any(|part| true_nodes.contains(part)),
                Node::On(_, part) => true_nodes.contains(part),
            };
            if is_true {
                true_nodes.insert(at);
            }
        }
        if root.is_some_and(|root| true_nodes.contains(&root)) {
            possible.insert(action);
        }
    }
    possible
}

/// The nodes of a formula with their places in the table, parts before what they are parts of.
fn below(now: &Snapshot, root: Option<u32>) -> Vec<(u32, &Node)> {
    let parts = |node: u32| match now.catalog().node(node) {
        Some(Node::All(parts) | Node::Any(parts) | Node::With(parts)) => parts.clone(),
        Some(Node::On(_, part)) => vec![*part],
        _ => Vec::new(),
    };
    let order = graph::bottom_up(root, parts);
    let with_node = |at: u32| Some((at, now.catalog().node(at)?));
    order.into_iter().filter_map(with_node).collect()
}

/// Whether a user can do the action somewhere; none where too many would have to be asked. Users who hold the same scopes of what the action
/// requires, none of them at `oneself`, have the same answers, so only one of each sort is asked about.
fn someone_can(now: &Snapshot, action: Action) -> Option<bool> {
    let (facts, index) = (now.facts(), now.index());
    let atoms = atoms_of(now.catalog(), action.index);
    let permissions = permissions_of(atoms.into_iter().map(|(atom, _)| atom));
    let mut met: HashSet<Vec<Group>> = HashSet::new();
    let mut holdings: HashSet<Holding> = HashSet::new();
    for user in facts.all_users() {
        steps::took(1);
        let own =
            facts.grants_to(Subject::User(user)).next().is_some() || holds_at_oneself(now, user);
        if !own && !met.insert(facts.groups_of(user).collect()) {
            continue;
        }
        let state = State { facts, index };
        if !holdings.insert(Holding::of(state, user, &permissions)) {
            continue;
        }
        if holdings.len() > MOST_ASKED {
            return None;
        }
        steps::took(1);
        if now.can_anywhere(user, action).unwrap_or_default() {
            return Some(true);
        }
    }
    Some(false)
}

/// Whether a grant at `oneself` makes the user another asker than others with the same grants.
fn holds_at_oneself(now: &Snapshot, user: User) -> bool {
    let held = now.index().held_by(now.facts(), user);
    let mut entries = held.entries().into_iter();
    entries.any(|(_, _, key)| now.index().scope_of(key) == Scope::Oneself)
}

/// The scopes at which the user can grant themselves what they do not hold there.
pub(super) fn escalations(now: &Snapshot, user: User, granting: Permission) -> Vec<Finding> {
    let (facts, catalog) = (now.facts(), now.catalog());
    let Ok(list) = now.effective_permissions(user) else {
        return Vec::new();
    };
    let mut scopes = list
        .of(granting)
        .filter(|entry| !entry.is_taken())
        .peekable();
    if scopes.peek().is_none() {
        return Vec::new();
    }
    let asker = Asker::new(facts, now.index(), user);
    let mut groups = facts.held_groups(user);
    groups.sort_unstable();
    let mut subjects = [Subject::User(user)]
        .into_iter()
        .chain(groups.into_iter().map(Subject::Group));
    let over = |subject: &Subject| match *subject {
        Subject::User(user) => asker.holds(granting.index, user.into()),
        Subject::Group(group) => asker.holds(granting.index, group.into()),
        Subject::Everyone => asker.holds(granting.index, Target::Platform),
    };
    let Some(subject) = subjects.find(over) else {
        return Vec::new();
    };
    let finding = |scope: Scope| {
        let lacks = |permission: &Permission| {
            let held = list.of(*permission).map(|held| held.scope());
            let found = within(facts, user, &[scope], held);
            !found.iter().any(|found| found.any())
        };
        let names = catalog.permissions().filter(lacks);
        let names = names.filter_map(|permission| catalog.permission_name(permission));
        let permissions: Vec<String> = names.map(str::to_owned).collect();
        (!permissions.is_empty()).then(|| Finding::Escalation {
            user: facts.user_name(user),
            subject: facts.subject_name(subject),
            scope: facts.scope_name(scope),
            permissions,
        })
    };
    scopes.filter_map(|entry| finding(entry.scope())).collect()
}
