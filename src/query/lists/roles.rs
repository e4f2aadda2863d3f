//! The roles of a user.

use std::collections::BTreeMap;
use std::fmt;

use crate::error::AskError;
use crate::facts::grant::{Effect, Grant, What};
use crate::id::{Role, User};
use crate::name::quoted;
use crate::query::lists::held::{HeldGrant, Wanted, held_grants};
use crate::snapshot::Snapshot;

impl Snapshot {
    /// The roles that the user holds, those that other roles include among them, each with the allows it is held through: where, and
    /// from whom. Denies are not looked at: a deny of a role takes permissions, not the role.
    ///
    /// ```
    /// # use rolecall::{Catalog, Grant, Policy, Scope};
    /// # let catalog = Catalog::builder().permission("member.view").permission("course.edit")
    /// #     .role("viewer", ["member.view"]).role_including("trainer", ["course.edit"], ["viewer"]).build()?;
    /// # let (viewer, trainer) = (catalog.role("viewer")?, catalog.role("trainer")?);
    /// # let mut policy = Policy::new(catalog);
    /// # let mut edit = policy.edit_unguarded();
    /// # let (trainers, europe, ana) = (edit.add_group("trainers")?, edit.add_group("europe")?, edit.add_user("ana")?);
    /// # edit.add_member(ana, trainers)?;
    /// edit.grant(Grant::role(trainer).to(trainers).on(Scope::underlying(europe)))?;
    /// # edit.commit()?;
    ///
    /// let roles = policy.snapshot().roles_of(ana)?;
    /// assert!(roles.contains(viewer), "`trainer` includes `viewer`");
    /// assert_eq!(
    ///     roles.to_string(),
    ///     "roles of user `ana`\n  \
    ///        `viewer`\n    \
    ///          on group `europe` and all below from role `trainer` > `viewer` granted to group `trainers`\n  \
    ///        `trainer`\n    \
    ///          on group `europe` and all below from role `trainer` granted to group `trainers`",
    /// );
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`AskError`] when the handle does not resolve here.
    ///
    /// # Complexity
    ///
    /// A look-up for each subject that the user is held as and that something is granted to, and O(*r* log *r*) with *r* roles in all of
    /// their grants.
    pub fn roles_of(&self, user: User) -> Result<HeldRoles, AskError> {
        self.check(user)?;
        let facts = self.facts();
        let mut roles: BTreeMap<Role, Vec<Grant>> = BTreeMap::new();
        for grant in held_grants(facts, self.index(), user) {
            if let (What::Role(granted), Effect::Allow) = (grant.what, grant.effect) {
                for role in facts.included_roles(granted) {
                    roles.entry(role).or_default().push(grant);
                }
            }
        }
        let mut roles: Vec<(Role, Vec<Grant>)> = roles.into_iter().collect();
        for (_, grants) in &mut roles {
            grants.sort_unstable_by_key(|grant| (grant.scope, grant.subject, grant.what));
        }
        Ok(HeldRoles {
            snapshot: self.clone(),
            user,
            roles,
        })
    }
}

/// The roles of a user: the answer of [`Snapshot::roles_of`].
///
/// `Display` shows a tree. Under `serde` it is written by names.
#[derive(Clone)]
pub struct HeldRoles {
    snapshot: Snapshot,
    user: User,
    roles: Vec<(Role, Vec<Grant>)>,
}

impl HeldRoles {
    /// Whose roles these are.
    #[must_use]
    pub fn user(&self) -> User {
        self.user
    }

    /// How many roles the user holds.
    #[must_use]
    pub fn len(&self) -> usize {
        self.roles.len()
    }

    /// Whether the user holds none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.roles.is_empty()
    }

    /// Whether the user holds the role, anywhere.
    #[must_use]
    pub fn contains(&self, role: Role) -> bool {
        self.of(role).is_some()
    }

    /// The roles in their order: those of the catalog, then those added at run time.
    pub fn iter(&self) -> impl Iterator<Item = HeldRole<'_>> {
        self.roles.iter().map(|(role, grants)| HeldRole {
            list: self,
            role: *role,
            grants,
        })
    }

    /// One role, if the user holds it.
    #[must_use]
    pub fn of(&self, role: Role) -> Option<HeldRole<'_>> {
        let at = self
            .roles
            .binary_search_by_key(&role, |(role, _)| *role)
            .ok()?;
        let (role, grants) = self.roles.get(at)?;
        Some(HeldRole {
            list: self,
            role: *role,
            grants,
        })
    }
}

/// A role that a user holds: an entry of [`HeldRoles`].
#[derive(Clone, Copy)]
pub struct HeldRole<'a> {
    list: &'a HeldRoles,
    role: Role,
    grants: &'a [Grant],
}

impl<'a> HeldRole<'a> {
    /// The role.
    #[must_use]
    pub fn role(&self) -> Role {
        self.role
    }

    /// The allows it is held through, each with its scope, its subject and the role that was granted, which is this one or includes it. They
    /// are in the order of scopes, then of subjects; there is at least one.
    pub fn sources(&self) -> impl Iterator<Item = HeldGrant<'a>> + use<'a> {
        let (list, role) = (self.list, self.role);
        let grants = self.grants.iter().copied();
        grants.map(move |grant| {
            HeldGrant::new(list.snapshot.facts(), list.user, grant, Wanted::Role(role))
        })
    }
}

impl fmt::Debug for HeldRoles {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HeldRoles")
            .field("user", &self.user)
            .field("roles", &self.roles)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for HeldRole<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HeldRole")
            .field("role", &self.role)
            .field("grants", &self.grants)
            .finish_non_exhaustive()
    }
}

/// A tree: the roles, below them where and from whom they are held.
impl fmt::Display for HeldRoles {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let facts = self.snapshot.facts();
        write!(f, "roles of user {}", quoted(&facts.user_name(self.user)))?;
        for held in self.iter() {
            let name = facts.thing_name(held.role.into());
            write!(f, "\n  {}", quoted(name.name()))?;
            for source in held.sources() {
                let scope = facts.scope_name(source.grant().scope);
                write!(f, "\n    on {scope} from {source}")?;
            }
        }
        Ok(())
    }
}

#[cfg(feature = "serde")]
mod wire {
    use serde::{Serialize, Serializer};

    use super::{HeldRole, HeldRoles};
    use crate::query::lists::held::{Source, ways_of};

    /// The list by names.
    #[derive(Serialize)]
    struct List {
        user: String,
        roles: Vec<Entry>,
    }

    #[derive(Serialize)]
    struct Entry {
        role: String,
        sources: Vec<Source>,
    }

    /// By names: the user, and the roles with their sources.
    impl Serialize for HeldRoles {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            let facts = self.snapshot.facts();
            let ways = ways_of(facts, self.user);
            let entry = |held: HeldRole<'_>| Entry {
                role: facts.thing_name(held.role.into()).name().to_owned(),
                sources: held.sources().map(|source| source.named(&ways)).collect(),
            };
            List {
                user: facts.user_name(self.user),
                roles: self.iter().map(entry).collect(),
            }
            .serialize(serializer)
        }
    }
}
