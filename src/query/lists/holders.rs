//! The holders of a role.

use std::fmt;

use fixedbitset::FixedBitSet;

use crate::error::AskError;
use crate::facts::grant::{Effect, Grant, What};
use crate::graph;
use crate::id::{Group, Role, Subject, User};
use crate::name::quoted;
use crate::query::lists::held::{HeldGrant, Wanted, held_grants};
use crate::snapshot::Snapshot;

impl Snapshot {
    /// The users who hold the role: who are held as a subject with an allow of it, or of a role that includes it, at any scope.
    ///
    /// Rules that speak of holders mean these users. Denies are not looked at: a deny of a role takes permissions, not the role.
    ///
    /// ```
    /// # use rolecall::{Catalog, Grant, Policy, Scope};
    /// # let catalog = Catalog::builder().permission("member.view").permission("course.edit")
    /// #     .role("viewer", ["member.view"]).role_including("trainer", ["course.edit"], ["viewer"]).build()?;
    /// # let (viewer, trainer) = (catalog.role("viewer")?, catalog.role("trainer")?);
    /// # let mut policy = Policy::new(catalog);
    /// # let mut edit = policy.edit_unguarded();
    /// # let (trainers, ana, ben) = (edit.add_group("trainers")?, edit.add_user("ana")?, edit.add_user("ben")?);
    /// # edit.add_member(ana, trainers)?;
    /// edit.grant(Grant::role(trainer).to(trainers).on(Scope::this(trainers)))?;
    /// edit.grant(Grant::role(viewer).to(ben).on(Scope::Platform))?;
    /// # edit.commit()?;
    ///
    /// let now = policy.snapshot();
    /// let viewers: Vec<_> = now.holders_of(viewer)?.iter().map(|holder| holder.user()).collect();
    /// assert_eq!(viewers, [ana, ben]);
    /// assert!(!now.holders_of(trainer)?.contains(ben));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`AskError`] when the handle does not resolve here.
    ///
    /// # Complexity
    ///
    /// Linear in the roles, in the grants of those that are or include this one, and in the groups and memberships below their subjects, each
    /// of which is visited once. The grants of a holder are looked up when they are asked for.
    pub fn holders_of(&self, role: Role) -> Result<Holders, AskError> {
        self.check(role)?;
        let facts = self.facts();
        let granted = self
            .roles()
            .filter(|granted| facts.book().is_or_includes(*granted, role.index));
        let allows = granted
            .flat_map(|granted| facts.grants_of(What::Role(granted)))
            .filter(|grant| grant.effect == Effect::Allow);
        let mut users = FixedBitSet::with_capacity(facts.users.slots());
        let mut groups: Vec<Group> = Vec::new();
        for grant in allows {
            match grant.subject {
                Subject::User(user) => users.grow_and_insert(user.index as usize),
                Subject::Group(group) => groups.push(group),
                Subject::Everyone => {
                    for user in facts.all_users() {
                        users.grow_and_insert(user.index as usize);
                    }
                }
            }
        }
        for group in graph::reach(groups, |group| facts.children(group)) {
            for user in facts.members(group) {
                users.grow_and_insert(user.index as usize);
            }
        }
        Ok(Holders {
            snapshot: self.clone(),
            role,
            length: users.count_ones(..),
            users,
        })
    }
}

/// The users who hold a role: the answer of [`Snapshot::holders_of`].
///
/// `Display` shows a tree. Under `serde` it is written by names.
#[derive(Clone)]
pub struct Holders {
    snapshot: Snapshot,
    role: Role,
    /// By index.
    users: FixedBitSet,
    length: usize,
}

impl Holders {
    /// Whose holders these are.
    #[must_use]
    pub fn role(&self) -> Role {
        self.role
    }

    /// How many users hold the role.
    #[must_use]
    pub fn len(&self) -> usize {
        self.length
    }

    /// Whether nobody holds the role.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.length == 0
    }

    /// Whether the user holds the role. It is false of a handle that does not resolve.
    #[must_use]
    pub fn contains(&self, user: User) -> bool {
        self.users.contains(user.index as usize) && self.snapshot.check(user).is_ok()
    }

    /// The holders, in handle order.
    pub fn iter(&self) -> impl Iterator<Item = Holder<'_>> {
        let facts = self.snapshot.facts();
        let users = self
            .users
            .ones()
            .filter_map(|index| u32::try_from(index).ok());
        users
            .filter_map(|index| facts.user_at(index))
            .map(|user| Holder { list: self, user })
    }

    /// One user, if they hold the role.
    #[must_use]
    pub fn of(&self, user: User) -> Option<Holder<'_>> {
        self.contains(user).then_some(Holder { list: self, user })
    }
}

/// A user who holds a role: an entry of [`Holders`].
#[derive(Clone, Copy)]
pub struct Holder<'a> {
    list: &'a Holders,
    user: User,
}

impl<'a> Holder<'a> {
    /// The user.
    #[must_use]
    pub fn user(&self) -> User {
        self.user
    }

    /// The allows through which the user holds the role: those to the user, to groups in handle order, to everyone. There is at least one.
    ///
    /// # Complexity
    ///
    /// A look-up for each subject that the user is held as and that something is granted to.
    pub fn sources(&self) -> impl Iterator<Item = HeldGrant<'a>> + use<'a> {
        let (user, role) = (self.user, self.list.role);
        let facts = self.list.snapshot.facts();
        let gives = move |grant: &Grant| match (grant.what, grant.effect) {
            (What::Role(granted), Effect::Allow) => {
                facts.book().is_or_includes(granted, role.index)
            }
            _ => false,
        };
        held_grants(facts, self.list.snapshot.index(), user)
            .filter(gives)
            .map(move |grant| HeldGrant::new(facts, user, grant, Wanted::Role(role)))
    }
}

impl fmt::Debug for Holders {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Holders")
            .field("role", &self.role)
            .field("users", &self.length)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Holder<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Holder")
            .field("user", &self.user)
            .finish_non_exhaustive()
    }
}

/// A tree: the users, below them where and from whom they hold the role.
impl fmt::Display for Holders {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let facts = self.snapshot.facts();
        write!(f, "holders of {}", facts.thing_name(self.role.into()))?;
        for holder in self.iter() {
            write!(f, "\n  user {}", quoted(&facts.user_name(holder.user)))?;
            for source in holder.sources() {
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

    use super::{Holder, Holders};
    use crate::query::lists::held::{Source, ways_of};

    /// The list by names.
    #[derive(Serialize)]
    struct List {
        role: String,
        holders: Vec<Entry>,
    }

    #[derive(Serialize)]
    struct Entry {
        user: String,
        sources: Vec<Source>,
    }

    /// By names: the role, and the users with their sources.
    impl Serialize for Holders {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            let facts = self.snapshot.facts();
            let entry = |holder: Holder<'_>| Entry {
                user: facts.user_name(holder.user),
                sources: {
                    let ways = ways_of(facts, holder.user);
                    holder.sources().map(|source| source.named(&ways)).collect()
                },
            };
            List {
                role: facts.thing_name(self.role.into()).name().to_owned(),
                holders: self.iter().map(entry).collect(),
            }
            .serialize(serializer)
        }
    }
}
