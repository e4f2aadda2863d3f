//! A grant that a user holds, with the chains that lead to it.

use std::fmt;

use crate::facts::Facts;
use crate::facts::grant::{Grant, What};
use crate::graph;
use crate::id::{Group, Role, Subject, Thing, User};
use crate::index::Index;
use crate::name::quoted;
use crate::query::elide::spelled;
#[cfg(feature = "serde")]
use crate::query::elide::{ends, is_zero};
#[cfg(feature = "serde")]
use crate::query::ways::Ways;

/// As what a user holds a grant. The order is that of the sections of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "snake_case")
)]
pub enum HeldAs {
    /// As the user: it was granted to them directly.
    User,
    /// As a member of a group or of a group below it: it is inherited.
    Group,
    /// As everyone is.
    Everyone,
}

impl HeldAs {
    pub(crate) fn of(subject: Subject) -> Self {
        match subject {
            Subject::User(_) => HeldAs::User,
            Subject::Group(_) => HeldAs::Group,
            Subject::Everyone => HeldAs::Everyone,
        }
    }
}

/// What the grant was looked up for.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Wanted {
    /// A permission, by index.
    Permission(u32),
    Role(Role),
}

/// A grant that a user holds, with its chains: groups from the user to its subject, roles from what is granted to what it gives.
#[derive(Clone, Copy)]
pub struct HeldGrant<'a> {
    facts: &'a Facts,
    user: User,
    grant: Grant,
    wanted: Wanted,
}

impl<'a> HeldGrant<'a> {
    pub(crate) fn new(facts: &'a Facts, user: User, grant: Grant, wanted: Wanted) -> Self {
        HeldGrant {
            facts,
            user,
            grant,
            wanted,
        }
    }

    /// The grant.
    #[must_use]
    pub fn grant(&self) -> Grant {
        self.grant
    }

    /// Whether the user holds it directly, through a group or as everyone does.
    #[must_use]
    pub fn held_as(&self) -> HeldAs {
        HeldAs::of(self.grant.subject)
    }

    /// One shortest chain of groups: from a group of which the user is a member up to the grant's subject, both included. Of several
    /// shortest ones it is the first in handle order. It is empty for a grant to the user or to everyone.
    ///
    /// # Complexity
    ///
    /// Linear in the groups that the user is held as.
    #[must_use]
    pub fn groups(&self) -> Vec<Group> {
        let Subject::Group(subject) = self.grant.subject else {
            return Vec::new();
        };
        let groups = self.facts.groups_of(self.user);
        let way = graph::shortest(
            groups,
            |group| self.facts.parents(group),
            |group| group == subject,
        );
        way.unwrap_or_default()
    }

    /// One shortest chain of roles: from the role that is granted down to the one that itself has the permission, or is the role, that the
    /// list shows, both included. Of several shortest ones it is the first in the order of roles. It is empty where the permission itself is granted.
    ///
    /// # Complexity
    ///
    /// Linear in the roles that the granted one includes.
    #[must_use]
    pub fn roles(&self) -> Vec<Role> {
        let What::Role(granted) = self.grant.what else {
            return Vec::new();
        };
        let includes = |role| {
            let mut includes = self.facts.role_includes(role);
            includes.sort_unstable();
            includes
        };
        let way = graph::shortest([granted], includes, |role| match self.wanted {
            Wanted::Permission(permission) => {
                self.facts.role_permissions(role).contains(&permission)
            }
            Wanted::Role(wanted) => role == wanted,
        });
        way.unwrap_or_default()
    }
}

/// A held grant by names. The chains are empty where there is nothing between the two ends; of long ones ten names at each end are written.
#[cfg(feature = "serde")]
#[derive(serde::Serialize)]
pub(crate) struct Source {
    held_as: HeldAs,
    grant: crate::facts::change::GrantName,
    groups: Vec<String>,
    #[serde(skip_serializing_if = "is_zero")]
    groups_left_out: usize,
    roles: Vec<String>,
    #[serde(skip_serializing_if = "is_zero")]
    roles_left_out: usize,
}

/// The groups that a user is held as, on all chains.
#[cfg(feature = "serde")]
pub(crate) fn ways_of(facts: &Facts, user: User) -> Ways<Group> {
    Ways::new(facts.groups_of(user), |group| facts.parents(group))
}

#[cfg(feature = "serde")]
impl HeldGrant<'_> {
    /// By names, with the ends of long chains. The groups of the user are worked out once for all that they hold.
    pub(crate) fn named(&self, ways: &Ways<Group>) -> Source {
        let name = |thing: Thing| self.facts.thing_name(thing).name().to_owned();
        let groups = match self.grant.subject {
            Subject::Group(subject) => ways.shortest(subject),
            Subject::User(_) | Subject::Everyone => Vec::new(),
        };
        let (groups, groups_left_out) = ends(&groups, |group| name((*group).into()));
        let (roles, roles_left_out) = ends(&self.roles(), |role| name((*role).into()));
        Source {
            held_as: self.held_as(),
            grant: self.facts.grant_name(self.grant),
            groups,
            groups_left_out,
            roles,
            roles_left_out,
        }
    }
}

impl fmt::Debug for HeldGrant<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HeldGrant")
            .field("user", &self.user)
            .field("grant", &self.grant)
            .finish_non_exhaustive()
    }
}

/// What was granted to whom, with the chains, of long ones their ends: ``role `trainer` > `viewer` granted to group `juniors` > `trainers` ``.
impl fmt::Display for HeldGrant<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = self.facts.grant_name(self.grant);
        let quote = |thing: Thing| quoted(self.facts.thing_name(thing).name()).to_string();
        let (groups, roles) = (self.groups(), self.roles());
        if roles.is_empty() {
            write!(f, "{} granted to ", name.what)?;
        } else {
            let roles = spelled(&roles, |role| quote((*role).into()));
            write!(f, "role {roles} granted to ")?;
        }
        if groups.is_empty() {
            write!(f, "{}", name.subject)
        } else {
            let groups = spelled(&groups, |group| quote((*group).into()));
            write!(f, "group {groups}")
        }
    }
}

/// Every grant that the user holds, allows and denies: those to the user, to each group they are held as, in order, and to everyone.
pub(crate) fn held_grants<'a>(
    facts: &'a Facts,
    index: &Index,
    user: User,
) -> impl Iterator<Item = Grant> + 'a {
    let groups = index.granted(facts, facts.groups_of(user));
    std::iter::once(Subject::User(user))
        .chain(groups.into_iter().map(Subject::Group))
        .chain([Subject::Everyone])
        .flat_map(|subject| facts.grants_to(subject))
}
