//! A grant that a user holds, with the chains that lead to it.

use std::fmt;

use crate::facts::Facts;
use crate::facts::grant::{Grant, Scope, What};
use crate::graph;
use crate::id::{Group, Place, Role, Subject, Target, User};
use crate::index::Index;
use crate::name::quoted;

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

    /// Names of groups and of roles in the order of the chain.
    pub(crate) fn chains(&self) -> (Vec<String>, Vec<String>) {
        let name = |thing: crate::id::Thing| self.facts.thing_name(thing).name().to_owned();
        (
            self.groups()
                .into_iter()
                .map(|group| name(group.into()))
                .collect(),
            self.roles()
                .into_iter()
                .map(|role| name(role.into()))
                .collect(),
        )
    }
}

/// A held grant by names. The chains are empty where there is nothing between the two ends.
#[cfg(feature = "serde")]
#[derive(serde::Serialize)]
pub(crate) struct Source {
    held_as: HeldAs,
    grant: crate::facts::change::GrantName,
    groups: Vec<String>,
    roles: Vec<String>,
}

#[cfg(feature = "serde")]
impl HeldGrant<'_> {
    pub(crate) fn named(&self) -> Source {
        let (groups, roles) = self.chains();
        Source {
            held_as: self.held_as(),
            grant: self.facts.grant_name(self.grant),
            groups,
            roles,
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

/// What was granted to whom, with the chains: ``role `trainer` > `viewer` granted to group `juniors` > `trainers` ``.
impl fmt::Display for HeldGrant<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = self.facts.grant_name(self.grant);
        let (groups, roles) = self.chains();
        if roles.is_empty() {
            write!(f, "{} granted to ", name.what)?;
        } else {
            write!(f, "role {} granted to ", spelled(&roles))?;
        }
        if groups.is_empty() {
            write!(f, "{}", name.subject)
        } else {
            write!(f, "group {}", spelled(&groups))
        }
    }
}

/// A chain of names.
fn spelled(names: &[String]) -> impl fmt::Display + '_ {
    fmt::from_fn(move |f| {
        for (at, name) in names.iter().enumerate() {
            write!(f, "{}{}", if at == 0 { "" } else { " > " }, quoted(name))?;
        }
        Ok(())
    })
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

/// The other scopes that cover all that this one does, as groups and placements stand; `oneself` is written as the user. It leaves out those
/// that do so only as things stand otherwise, such as the carriers of a label.
pub(crate) fn wider(facts: &Facts, scope: Scope) -> Vec<Scope> {
    let mut wider = match scope {
        Scope::Platform => return Vec::new(),
        // What is placed in a user is not in the user's groups.
        Scope::Oneself | Scope::This(Place::User(_)) => Vec::new(),
        Scope::This(place) => {
            let whereabouts = facts.whereabouts(Target::from(place));
            let others = whereabouts.at.into_iter().filter(|other| *other != place);
            let groups = whereabouts.groups.into_iter().map(Scope::Underlying);
            others.map(Scope::This).chain(groups).collect()
        }
        Scope::Underlying(group) => {
            let above = facts.above(group).into_iter();
            above
                .filter(|above| *above != group)
                .map(Scope::Underlying)
                .collect()
        }
        Scope::Labelled(_, None) => Vec::new(),
        Scope::Labelled(label, Some(bound)) => {
            let above = facts.above(bound).into_iter();
            let above = above.filter(|above| *above != bound).map(Some);
            above
                .chain([None])
                .map(|bound| Scope::Labelled(label, bound))
                .collect()
        }
    };
    wider.push(Scope::Platform);
    wider
}

/// Whether the inner scope covers nothing that the outer one does not, both in grants that the user holds. It is sure when it says yes;
/// see [`wider`].
pub(crate) fn is_within(facts: &Facts, user: User, inner: Scope, outer: Scope) -> bool {
    let own = |scope| match scope {
        Scope::Oneself => Scope::This(Place::User(user)),
        other => other,
    };
    let (inner, outer) = (own(inner), own(outer));
    inner == outer || outer == Scope::Platform || wider(facts, inner).contains(&outer)
}
