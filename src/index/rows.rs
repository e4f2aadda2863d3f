//! Rows: what a subject holds, as sorted pairs of permission and key.

use std::sync::Arc;

use smallvec::SmallVec;

use crate::facts::Facts;
use crate::facts::grant::{Effect, What};
use crate::id::{Subject, User};
use crate::index::inherited::{Heritage, Inherited};
use crate::index::keys::Keys;
use crate::store::Pages;

/// Stands for every permission, in denies. It is greater than every permission.
pub(crate) const EVERYTHING: u32 = u32::MAX;

/// The longest row that is kept merged for a group with all above; past it the rows are read one by one.
const LIMIT: usize = 4096;

/// The permissions that a grant gives, by index; [`EVERYTHING`] stands for all.
pub(crate) fn expand(facts: &Facts, what: What, give: impl FnMut(u32)) {
    match what {
        What::Permission(permission) => std::iter::once(permission.index).for_each(give),
        What::Role(role) => facts.book().permissions(role).for_each(give),
        What::Everything => std::iter::once(EVERYTHING).for_each(give),
    }
}

/// What a subject holds.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Row {
    /// A bit for each permission that some allow gives; permissions share bits.
    mask: u64,
    allows: Vec<(u32, u32)>,
    denies: Vec<(u32, u32)>,
}

impl Heritage for Row {
    fn size(&self) -> usize {
        self.allows.len() + self.denies.len()
    }

    fn union(parts: &[Arc<Self>]) -> Self {
        let mut row = Row::default();
        for part in parts {
            row.mask |= part.mask;
            row.allows.extend_from_slice(&part.allows);
            row.denies.extend_from_slice(&part.denies);
        }
        row.seal();
        row
    }
}

impl Row {
    /// What the subject holds itself.
    pub(crate) fn of(facts: &Facts, keys: &Keys, subject: Subject) -> Row {
        let mut row = Row::default();
        for grant in facts.grants_to(subject) {
            let key = keys.of_scope(grant.scope);
            expand(facts, grant.what, |permission| match grant.effect {
                Effect::Allow => {
                    row.mask |= bit(permission);
                    row.allows.push((permission, key));
                }
                Effect::Deny => row.denies.push((permission, key)),
            });
        }
        row.seal();
        row
    }

    fn seal(&mut self) {
        for pairs in [&mut self.allows, &mut self.denies] {
            pairs.sort_unstable();
            pairs.dedup();
            pairs.shrink_to_fit();
        }
    }

    /// Every pair, with its effect.
    pub(crate) fn entries(&self) -> impl Iterator<Item = (Effect, u32, u32)> + '_ {
        let allows = self
            .allows
            .iter()
            .map(|(permission, key)| (Effect::Allow, *permission, *key));
        allows.chain(
            self.denies
                .iter()
                .map(|(permission, key)| (Effect::Deny, *permission, *key)),
        )
    }

    /// The pairs of all allows, in order.
    pub(crate) fn allows(&self) -> &[(u32, u32)] {
        &self.allows
    }

    /// The pairs of all denies, in order.
    pub(crate) fn denies(&self) -> &[(u32, u32)] {
        &self.denies
    }

    /// The keys of the allows of a permission, in order.
    #[inline]
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
#[derive(Clone, Debug)]
pub(crate) struct HolderRows {
    everyone: Arc<Row>,
    users: Pages<Option<Arc<Row>>>,
    groups: Inherited<Row>,
}

/// The rows a user holds.
pub(crate) type Held<'a> = SmallVec<[&'a Row; 8]>;

impl Default for HolderRows {
    fn default() -> Self {
        HolderRows {
            everyone: Arc::default(),
            users: Pages::default(),
            groups: Inherited::new(LIMIT),
        }
    }
}

impl HolderRows {
    /// What the subject holds itself.
    pub(crate) fn own(&self, subject: Subject) -> Option<&Arc<Row>> {
        match subject {
            Subject::User(user) => self.users.get(user.index as usize)?.as_ref(),
            Subject::Group(group) => self.groups.own(group.index),
            Subject::Everyone => Some(&self.everyone),
        }
    }

    /// Sets what the subject holds itself. Groups are up to date only after [`refresh`](Self::refresh).
    pub(crate) fn set_own(&mut self, subject: Subject, row: Row) {
        let own = (row.size() > 0).then(|| Arc::new(row));
        match subject {
            Subject::User(user) => {
                if own.is_some() || self.own(subject).is_some() {
                    self.users.set(user.index as usize, own, None);
                }
            }
            Subject::Group(group) => self.groups.set_own(group.index, own),
            Subject::Everyone => self.everyone = own.unwrap_or_default(),
        }
    }

    /// Brings the rows of groups up to date after these got or lost parents or grants.
    pub(crate) fn refresh(&mut self, facts: &Facts, groups: &[u32]) {
        self.groups.refresh(facts, groups);
    }

    /// The rows that together have everything the user holds.
    pub(crate) fn held_by<'a>(&'a self, facts: &Facts, user: User) -> Held<'a> {
        let mut held: Held<'a> = SmallVec::new();
        if self.everyone.size() > 0 {
            held.push(&self.everyone);
        }
        held.extend(self.own(Subject::User(user)).map(|row| &**row));
        for group in facts.group_indices(user) {
            match self.groups.all(*group) {
                Some(row) => held.push(row),
                None => drop(self.groups.any(*group, |row| {
                    held.push(row);
                    false
                })),
            }
        }
        held
    }
}
