//! Rows: what a subject holds, as sorted pairs of permission and key.

use std::collections::HashMap;
use std::sync::Arc;

use smallvec::SmallVec;

use crate::facts::Facts;
use crate::facts::grant::{Effect, What};
use crate::id::{Group, Subject, User};
use crate::index::closure::Closure;
use crate::index::lists::ListId;

/// Stands for every permission, in denies. It is greater than every permission.
pub(crate) const EVERYTHING: u32 = u32::MAX;

/// The longest row that is kept merged for a group with all above; past it the rows are read one by one.
const LIMIT: usize = 4096;

/// The permissions that a grant gives, by index; [`EVERYTHING`] stands for all.
pub(crate) fn expand(facts: &Facts, what: What, mut give: impl FnMut(u32)) {
    match what {
        What::Permission(permission) => give(permission.index),
        What::Role(role) => facts.book().permissions(role).for_each(give),
        What::Everything => give(EVERYTHING),
    }
}

/// What a subject holds.
#[derive(Clone, Debug, Default)]
pub(crate) struct Row {
    /// A bit for each permission that some allow gives; permissions share bits.
    mask: u64,
    allows: Vec<(u32, u32)>,
    denies: Vec<(u32, u32)>,
}

impl Row {
    pub(crate) fn add(&mut self, effect: Effect, permission: u32, key: u32) {
        match effect {
            Effect::Allow => {
                self.mask |= bit(permission);
                self.allows.push((permission, key));
            }
            Effect::Deny => self.denies.push((permission, key)),
        }
    }

    fn add_all(&mut self, other: &Row) {
        self.mask |= other.mask;
        self.allows.extend_from_slice(&other.allows);
        self.denies.extend_from_slice(&other.denies);
    }

    fn seal(&mut self) {
        for pairs in [&mut self.allows, &mut self.denies] {
            pairs.sort_unstable();
            pairs.dedup();
            pairs.shrink_to_fit();
        }
    }

    fn len(&self) -> usize {
        self.allows.len() + self.denies.len()
    }

    /// The keys of the allows of a permission, in order.
    pub(crate) fn allowed(&self, permission: u32) -> &[(u32, u32)] {
        if self.mask & bit(permission) == 0 {
            &[]
        } else {
            of_permission(&self.allows, permission)
        }
    }

    /// The keys of the denies of a permission, or of everything, in order.
    pub(crate) fn denied(&self, permission: u32) -> &[(u32, u32)] {
        of_permission(&self.denies, permission)
    }
}

fn bit(permission: u32) -> u64 {
    1 << (permission % 64)
}

fn of_permission(pairs: &[(u32, u32)], permission: u32) -> &[(u32, u32)] {
    let start = pairs.partition_point(|(other, _)| *other < permission);
    let rest = pairs.get(start..).unwrap_or_default();
    rest.get(..rest.partition_point(|(other, _)| *other == permission))
        .unwrap_or_default()
}

/// The rows of all subjects.
#[derive(Debug)]
pub(crate) struct HolderRows {
    everyone: Arc<Row>,
    users: HashMap<u32, Arc<Row>>,
    /// The own rows of the groups that have one.
    groups: HashMap<u32, Arc<Row>>,
    /// The groups that have a row, among each group and all above.
    held: Closure,
    /// For each list of such groups, their rows merged into one, where that is not too long.
    merged: HashMap<ListId, Arc<Row>>,
}

/// The rows a user holds.
pub(crate) type Held<'a> = SmallVec<[&'a Row; 8]>;

impl HolderRows {
    pub(crate) fn of(facts: &Facts, own: HashMap<Subject, Row>) -> Self {
        let (mut everyone, mut users, mut groups) =
            (Arc::default(), HashMap::new(), HashMap::new());
        for (subject, mut row) in own {
            row.seal();
            match subject {
                Subject::User(user) => drop(users.insert(user.index, Arc::new(row))),
                Subject::Group(group) => drop(groups.insert(group.index, Arc::new(row))),
                Subject::Everyone => everyone = Arc::new(row),
            }
        }
        let held = Closure::of(facts, |group| groups.contains_key(&group.index));
        let mut merged = HashMap::new();
        for (list, members) in held.lists() {
            let rows = || members.iter().filter_map(|group| groups.get(group));
            let row = match members {
                [_] => rows().next().map(Arc::clone),
                _ if rows().map(|row| row.len()).sum::<usize>() > LIMIT => None,
                _ => {
                    let mut row = Row::default();
                    rows().for_each(|other| row.add_all(other));
                    row.seal();
                    Some(Arc::new(row))
                }
            };
            merged.extend(row.map(|row| (list, row)));
        }
        HolderRows {
            everyone,
            users,
            groups,
            held,
            merged,
        }
    }

    /// The rows that together have everything the user holds.
    pub(crate) fn held_by<'a>(&'a self, facts: &Facts, user: User) -> Held<'a> {
        let mut held: Held<'a> = SmallVec::new();
        held.push(&self.everyone);
        held.extend(self.users.get(&user.index).map(|row| &**row));
        facts
            .groups_of(user)
            .for_each(|group| self.push_group(group, &mut held));
        held
    }

    fn push_group<'a>(&'a self, group: Group, held: &mut Held<'a>) {
        let list = self.held.list(group.index);
        match list.and_then(|list| self.merged.get(&list)) {
            Some(row) => held.push(row),
            None => {
                self.held.any(group.index, |above| {
                    held.extend(self.groups.get(&above).map(|row| &**row));
                    false
                });
            }
        }
    }
}
