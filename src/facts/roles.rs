//! What follows from the facts about roles: which roles each one is or includes, and which permissions it gives.

use fixedbitset::FixedBitSet;

use crate::catalog::Catalog;
use crate::facts::Facts;
use crate::facts::grant::What;
use crate::graph;
use crate::id::Role;

/// The closure of the includes of all roles, by the index of the role.
#[derive(Debug)]
pub(crate) struct RoleBook {
    pages: Vec<Page>,
}

#[derive(Debug, Default)]
struct Page {
    /// The indices of the roles that this one is or includes.
    includes: FixedBitSet,
    /// The indices of the permissions that it gives.
    gives: FixedBitSet,
}

impl RoleBook {
    pub(crate) fn of_catalog(catalog: &Catalog) -> Self {
        let rows = catalog.role_rows();
        let includes = |role: u32| {
            rows.get(role as usize)
                .map(|row| row.includes.clone())
                .unwrap_or_default()
        };
        let permissions = |role: u32| {
            rows.get(role as usize)
                .map(|row| row.permissions.clone())
                .unwrap_or_default()
        };
        Self::close(rows.len(), includes, permissions)
    }

    pub(crate) fn of(facts: &Facts) -> Self {
        let role = |index| Role {
            index,
            birth: 0,
            owner: 0,
        };
        let includes = |index| {
            facts
                .role_includes(role(index))
                .into_iter()
                .map(|role| role.index)
                .collect()
        };
        let permissions = |index| facts.role_permissions(role(index)).to_vec();
        Self::close(facts.role_slots(), includes, permissions)
    }

    /// Works the closure out; loops, which an edit has until it is refused, do no harm.
    fn close(
        roles: usize,
        includes: impl Fn(u32) -> Vec<u32>,
        permissions: impl Fn(u32) -> Vec<u32>,
    ) -> Self {
        let all = 0..u32::try_from(roles).unwrap_or(u32::MAX);
        let pages = all.map(|role| {
            let mut page = Page::default();
            for included in graph::reach([role], &includes) {
                page.includes.grow_and_insert(included as usize);
                permissions(included)
                    .into_iter()
                    .for_each(|given| page.gives.grow_and_insert(given as usize));
            }
            page
        });
        RoleBook {
            pages: pages.collect(),
        }
    }

    /// Whether the role is the other one or includes it.
    pub(crate) fn is_or_includes(&self, role: Role, other: u32) -> bool {
        self.pages
            .get(role.index as usize)
            .is_some_and(|page| page.includes.contains(other as usize))
    }

    /// The indices of the roles that this one is or includes.
    pub(crate) fn included(&self, role: Role) -> impl Iterator<Item = usize> + '_ {
        self.pages
            .get(role.index as usize)
            .into_iter()
            .flat_map(|page| page.includes.ones())
    }

    /// Whether holding this means holding the permission.
    pub(crate) fn gives(&self, what: What, permission: u32) -> bool {
        match what {
            What::Permission(given) => given.index == permission,
            What::Role(role) => self
                .pages
                .get(role.index as usize)
                .is_some_and(|page| page.gives.contains(permission as usize)),
            What::Everything => true,
        }
    }

    /// The permissions that the role gives, as a set of their indices.
    pub(crate) fn given(&self, role: Role) -> Option<&FixedBitSet> {
        self.pages.get(role.index as usize).map(|page| &page.gives)
    }

    /// The indices of the permissions that the role gives.
    pub(crate) fn permissions(&self, role: Role) -> impl Iterator<Item = u32> + '_ {
        let ones = self
            .pages
            .get(role.index as usize)
            .into_iter()
            .flat_map(|page| page.gives.ones());
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
