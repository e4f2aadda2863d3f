//! What follows from the facts about roles: which roles each one is or includes, and which permissions it gives.

use std::sync::Arc;

use fixedbitset::FixedBitSet;
use rustc_hash::FxHashSet as HashSet;

use crate::catalog::Catalog;
use crate::facts::Facts;
use crate::facts::grant::What;
use crate::graph;
use crate::id::Role;
use crate::steps;
use crate::store::{Pages, SortedSet};

/// The closure of the includes of all roles, by the index of the role.
///
/// A role is worked out from the roles that it includes directly, each after these. So a role that changed costs what it includes directly, and
/// so does each role that includes it; working all of them out anew cost 717 ms beside a chain of 4,000.
#[derive(Clone, Debug, Default)]
pub(crate) struct RoleBook {
    pages: Pages<Arc<Page>, 8>,
    /// For each role those that include it directly.
    included_by: Pages<SortedSet<u32>, 8>,
}

#[derive(Debug, Default)]
struct Page {
    /// The roles that it includes directly.
    direct: Vec<u32>,
    /// The indices of the other roles that it includes.
    includes: FixedBitSet,
    /// The indices of the permissions that it gives.
    gives: FixedBitSet,
}

impl RoleBook {
    pub(crate) fn of_catalog(catalog: &Catalog) -> Self {
        let rows = catalog.role_rows();
        let includes = |role: u32| {
            let row = rows.get(role as usize);
            row.map(|row| row.includes.clone()).unwrap_or_default()
        };
        let permissions = |role: u32| {
            let row = rows.get(role as usize);
            row.map(|row| row.permissions.clone()).unwrap_or_default()
        };
        let mut book = RoleBook::default();
        let all: Vec<u32> = (0..).take(rows.len()).collect();
        book.work_out(&all, includes, permissions);
        book
    }

    /// Brings the book up to date after these roles, by index, came, went or changed what they have or include.
    pub(crate) fn refresh(&mut self, facts: &Facts, changed: &[u32]) {
        let role = |index| Role {
            index,
            birth: 0,
            owner: 0,
        };
        let includes = |index| {
            let includes = facts.role_includes(role(index)).into_iter();
            includes.map(|role| role.index).collect()
        };
        let permissions = |index| facts.role_permissions(role(index)).to_vec();
        self.work_out(changed, includes, permissions);
    }

    fn work_out(
        &mut self,
        changed: &[u32],
        includes: impl Fn(u32) -> Vec<u32>,
        permissions: impl Fn(u32) -> Vec<u32>,
    ) {
        for role in changed {
            let (new, old) = (includes(*role), self.direct(*role).to_vec());
            for (others, present) in [(&old, false), (&new, true)] {
                for other in others {
                    let other = *other as usize;
                    let mut by = self.included_by.get(other).cloned().unwrap_or_default();
                    by.set(*role, present);
                    self.included_by.set(other, by);
                }
            }
            let page = Page {
                direct: new,
                ..Page::default()
            };
            self.pages.set(*role as usize, Arc::new(page));
        }
        let stale = self.including(changed);
        let is_stale: HashSet<u32> = stale.iter().copied().collect();
        let below = |role: u32| {
            let direct = self.direct(role).iter().copied();
            let direct = direct.filter(|other| is_stale.contains(other));
            direct.collect::<Vec<u32>>()
        };
        // An edit may have loops until it is refused; each role on one includes all of them.
        let is_looped = !graph::loops(stale.iter().copied(), below).back.is_empty();
        for role in graph::bottom_up(stale, below) {
            let mut page = Page {
                direct: self.direct(role).to_vec(),
                ..Page::default()
            };
            let give = |page: &mut Page, role| {
                let own = permissions(role).into_iter();
                own.for_each(|permission| page.gives.grow_and_insert(permission as usize));
            };
            give(&mut page, role);
            let others = match is_looped {
                true => graph::reach(page.direct.clone(), |role| self.direct(role).to_vec()),
                false => page.direct.clone(),
            };
            for other in others {
                page.includes.grow_and_insert(other as usize);
                match self.page(other) {
                    Some(other) if !is_looped => {
                        page.includes.union_with(&other.includes);
                        page.gives.union_with(&other.gives);
                    }
                    _ => give(&mut page, other),
                }
            }
            steps::took(1 + page.direct.len() + page.includes.as_slice().len());
            self.pages.set(role as usize, Arc::new(page));
        }
    }

    fn page(&self, role: u32) -> Option<&Page> {
        self.pages.get(role as usize).map(|page| &**page)
    }

    fn direct(&self, role: u32) -> &[u32] {
        self.page(role).map_or(&[], |page| &page.direct)
    }

    fn including_directly(&self, role: u32) -> impl Iterator<Item = u32> {
        let by = self.included_by.get(role as usize);
        by.into_iter().flat_map(SortedSet::iter)
    }

    /// Whether some role includes the role directly.
    pub(crate) fn is_included(&self, role: Role) -> bool {
        self.including_directly(role.index).next().is_some()
    }

    /// These roles and all that include one of them, by index and in no order.
    pub(crate) fn including(&self, roles: &[u32]) -> Vec<u32> {
        let including = graph::reach(roles.iter().copied(), |role| self.including_directly(role));
        steps::took(including.len());
        including
    }

    /// Whether the role is the other one or includes it.
    pub(crate) fn is_or_includes(&self, role: Role, other: u32) -> bool {
        let page = self.page(role.index);
        page.is_some_and(|page| role.index == other || page.includes.contains(other as usize))
    }

    /// The indices of the roles that this one is or includes, in order.
    pub(crate) fn included(&self, role: Role) -> impl Iterator<Item = usize> + '_ {
        let (at, page) = (role.index as usize, self.page(role.index));
        let others = move || page.into_iter().flat_map(|page| page.includes.ones());
        let itself = page.map(|_| at);
        let before = others().take_while(move |other| *other < at);
        before
            .chain(itself)
            .chain(others().skip_while(move |other| *other <= at))
    }

    /// Whether holding this means holding the permission.
    pub(crate) fn gives(&self, what: What, permission: u32) -> bool {
        match what {
            What::Permission(given) => given.index == permission,
            What::Role(role) => self
                .page(role.index)
                .is_some_and(|page| page.gives.contains(permission as usize)),
            What::Everything => true,
        }
    }

    /// The permissions that the role gives, as a set of their indices.
    pub(crate) fn given(&self, role: Role) -> Option<&FixedBitSet> {
        self.page(role.index).map(|page| &page.gives)
    }

    /// The indices of the permissions that the role gives.
    pub(crate) fn permissions(&self, role: Role) -> impl Iterator<Item = u32> + '_ {
        let page = self.page(role.index).into_iter();
        let ones = page.flat_map(|page| page.gives.ones());
        ones.filter_map(|given| u32::try_from(given).ok())
    }
}

impl Facts {
    /// The indices of the permissions that this gives as the facts are now, in the middle of an edit too, in order.
    pub(crate) fn permissions_of(&self, what: What) -> Vec<u32> {
        let mut given: Vec<u32> = match what {
            What::Permission(permission) => vec![permission.index],
            What::Role(role) => graph::reach([role], |role| self.role_includes(role))
                .into_iter()
                .flat_map(|role| self.role_permissions(role).to_vec())
                .collect(),
            What::Everything => (0..).take(self.catalog.permissions().count()).collect(),
        };
        given.sort_unstable();
        given.dedup();
        given
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::facts::Fact;
    use crate::id::Permission;

    const ROLES: usize = 9;

    proptest! {
        /// After every change, of one role or of two, with loops and without, a book brought up to date says what a walk of the roles says.
        #[test]
        fn a_book_follows_every_change(
            steps in prop::collection::vec((0..ROLES, 0..ROLES, any::<bool>(), any::<bool>()), 1..60),
        ) {
            let catalog = Catalog::builder().permission("read").permission("edit").permission("lead");
            let catalog = catalog.role("base", ["read"]).build().unwrap();
            let permissions: Vec<Permission> = catalog.permissions().collect();
            let mut facts = Facts::new(catalog, 0);
            let mut roles: Vec<Role> = facts.catalog.roles().collect();
            roles.extend((1..ROLES).filter_map(|nth| facts.add_role(&nth.to_string(), 0)));
            let all: Vec<u32> = roles.iter().map(|role| role.index).collect();
            facts.refresh_book(&all);
            for both in steps.chunks(2) {
                let mut changed = Vec::new();
                for (one, other, includes, present) in both {
                    // A role of the catalog never changes.
                    let role = roles[1 + one % (ROLES - 1)];
                    let fact = match includes {
                        true => Fact::Includes(role, roles[*other]),
                        false => Fact::Gives(role, permissions[other % permissions.len()]),
                    };
                    facts.set(&fact, *present);
                    changed.push(role.index);
                }
                facts.refresh_book(&changed);
                let book = facts.book();
                for role in &roles {
                    let mut included = graph::reach([*role], |role| facts.role_includes(role));
                    included.sort_unstable();
                    prop_assert_eq!(facts.included_roles(*role).collect::<Vec<_>>(), included.clone());
                    let given = facts.permissions_of(What::Role(*role));
                    prop_assert_eq!(book.permissions(*role).collect::<Vec<_>>(), given);
                    for other in &roles {
                        let includes = included.contains(other);
                        prop_assert_eq!(book.is_or_includes(*role, other.index), includes);
                        prop_assert_eq!(book.including(&[other.index]).contains(&role.index), includes);
                    }
                }
            }
        }
    }
}
