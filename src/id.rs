//! Handles: small `Copy` values that stand for things of one catalog or one policy.
//!
//! A handle of a policy carries an index, a birth number and the number of its policy. A birth that was in a handle anybody could see is
//! never given again, so a handle from a dropped edit, a preview, another policy or a removed thing never resolves to something else.
//! A handle of the vocabulary carries an index and the number of its catalog.
//!
//! A handle has twelve bytes: every question compares and copies several, and the facts keep them by the million. With numbers of 64 bits it
//! would have sixteen or more, a target twenty-four instead of sixteen, and a row of a table would no longer be a quarter of a cache line. So the
//! numbers have 32 bits, and where they end is a refusal: see [`next_owner`] and the births of the facts.

use std::fmt;
use std::sync::atomic::{AtomicU32, Ordering};

/// Gives out the numbers of catalogs and policies, each once. When all are given there are no more: a number that came twice would let the
/// handles of one policy resolve in another.
#[derive(Debug)]
struct Numbers(AtomicU32);

impl Numbers {
    fn take(&self) -> Option<u32> {
        let taken = self
            .0
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |number| {
                number.checked_add(1)
            });
        taken.ok()
    }
}

/// The number of a policy that got none: it belongs to nobody, and no handle that was ever given out carries it.
pub(crate) const NOBODY: u32 = 0;

/// A number no other catalog or policy of this process has; `None` when all of them, nearly 2^32, have been given.
pub(crate) fn next_owner() -> Option<u32> {
    static NUMBERS: Numbers = Numbers(AtomicU32::new(NOBODY + 1));
    NUMBERS.take()
}

macro_rules! policy_handles {
    ($($(#[$doc:meta])* $name:ident, $word:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name {
            pub(crate) index: u32,
            pub(crate) birth: u32,
            pub(crate) owner: u32,
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }

        /// The kind of thing and the numbers of the handle, for logs of a program itself; [`Snapshot::name`](crate::Snapshot::name) has its name.
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!($word, " #{}.{}"), self.index, self.birth)
            }
        }
    )*};
}

macro_rules! catalog_handles {
    ($($(#[$doc:meta])* $name:ident, $word:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name {
            pub(crate) index: u32,
            pub(crate) catalog: u32,
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!($word, " #{}"), self.index)
            }
        }
    )*};
}

policy_handles! {
    /// Someone who can hold rights.
    User, "user";
    /// A group of users; groups form a DAG and a member of a sub-group holds what its parents hold.
    Group, "group";
    /// A thing that rights are about, of a declared [`Kind`].
    Resource, "resource";
    /// A named set of permissions, declared in the catalog or added at run time.
    Role, "role";
}

catalog_handles! {
    /// A declared kind of resource.
    Kind, "kind";
    /// A declared mark that a user, a group or a resource can carry.
    Label, "label";
    /// What can be granted.
    Permission, "permission";
    /// What can be asked. Every permission is an action of the same name.
    Action, "action";
}

impl From<Permission> for Action {
    /// The action of the permission's name: permissions come first in the table of actions.
    fn from(permission: Permission) -> Self {
        Action {
            index: permission.index,
            catalog: permission.catalog,
        }
    }
}

/// What a question is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Target {
    /// A user.
    User(User),
    /// A group.
    Group(Group),
    /// A resource.
    Resource(Resource),
    /// The one place around everything.
    Platform,
}

/// Where something can be placed, what can carry a label, and what `this` can name: a user, a group or a resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Place {
    /// A user: what is placed in a user is the user's own.
    User(User),
    /// A group.
    Group(Group),
    /// A resource that holds others.
    Resource(Resource),
}

impl Place {
    /// The group that it is, if it is one.
    pub(crate) fn group(self) -> Option<Group> {
        match self {
            Place::Group(group) => Some(group),
            Place::User(_) | Place::Resource(_) => None,
        }
    }

    /// The user that it is, if it is one.
    pub(crate) fn user(self) -> Option<User> {
        match self {
            Place::User(user) => Some(user),
            Place::Group(_) | Place::Resource(_) => None,
        }
    }

    /// The resource that it is, if it is one.
    pub(crate) fn resource(self) -> Option<Resource> {
        match self {
            Place::Resource(resource) => Some(resource),
            Place::User(_) | Place::Group(_) => None,
        }
    }
}

/// Who receives a grant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Subject {
    /// One user.
    User(User),
    /// A group: its members and those of all groups below it.
    Group(Group),
    /// Every user of the policy.
    Everyone,
}

/// What can be added, renamed and removed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Thing {
    /// A user.
    User(User),
    /// A group.
    Group(Group),
    /// A resource.
    Resource(Resource),
    /// A role.
    Role(Role),
}

macro_rules! wraps {
    ($($outer:ident: $($inner:ident),*;)*) => {$($(
        impl From<$inner> for $outer {
            fn from(inner: $inner) -> Self {
                $outer::$inner(inner)
            }
        }
    )*)*};
}

wraps! {
    Target: User, Group, Resource;
    Place: User, Group, Resource;
    Subject: User, Group;
    Thing: User, Group, Resource, Role;
}

impl From<Place> for Thing {
    fn from(place: Place) -> Self {
        match place {
            Place::User(user) => Thing::User(user),
            Place::Group(group) => Thing::Group(group),
            Place::Resource(resource) => Thing::Resource(resource),
        }
    }
}

impl Thing {
    /// Its place in the table of its sort.
    pub(crate) fn index(self) -> u32 {
        match self {
            Thing::User(user) => user.index,
            Thing::Group(group) => group.index,
            Thing::Resource(resource) => resource.index,
            Thing::Role(role) => role.index,
        }
    }
}

impl From<Place> for Target {
    fn from(place: Place) -> Self {
        match place {
            Place::User(user) => Target::User(user),
            Place::Group(group) => Target::Group(group),
            Place::Resource(resource) => Target::Resource(resource),
        }
    }
}

impl Target {
    /// The place this target is, or `None` for the platform.
    #[must_use]
    pub fn place(self) -> Option<Place> {
        match self {
            Target::User(user) => Some(Place::User(user)),
            Target::Group(group) => Some(Place::Group(group)),
            Target::Resource(resource) => Some(Place::Resource(resource)),
            Target::Platform => None,
        }
    }
}

/// The targets of one question: a target, a tuple of two or three, an array or a slice of them.
///
/// Which of several targets is which follows from the action's requirement: `on(0, …)` speaks of the first.
pub trait TargetList {
    /// Hands the targets, in order, to `ask`.
    fn with<R>(&self, ask: impl FnOnce(&[Target]) -> R) -> R;
}

macro_rules! single_targets {
    ($($name:ty),*) => {$(
        impl TargetList for $name {
            #[inline]
            fn with<R>(&self, ask: impl FnOnce(&[Target]) -> R) -> R {
                ask(&[Target::from(*self)])
            }
        }
    )*};
}

single_targets!(User, Group, Resource, Place, Target);

impl<A: Into<Target> + Copy, B: Into<Target> + Copy> TargetList for (A, B) {
    #[inline]
    fn with<R>(&self, ask: impl FnOnce(&[Target]) -> R) -> R {
        ask(&[self.0.into(), self.1.into()])
    }
}

impl<A: Into<Target> + Copy, B: Into<Target> + Copy, C: Into<Target> + Copy> TargetList
    for (A, B, C)
{
    #[inline]
    fn with<R>(&self, ask: impl FnOnce(&[Target]) -> R) -> R {
        ask(&[self.0.into(), self.1.into(), self.2.into()])
    }
}

impl<const N: usize> TargetList for [Target; N] {
    fn with<R>(&self, ask: impl FnOnce(&[Target]) -> R) -> R {
        ask(self)
    }
}

impl TargetList for &[Target] {
    fn with<R>(&self, ask: impl FnOnce(&[Target]) -> R) -> R {
        ask(self)
    }
}

impl TargetList for Vec<Target> {
    fn with<R>(&self, ask: impl FnOnce(&[Target]) -> R) -> R {
        ask(self)
    }
}

/// The targets of one sort that a list of answers ranges over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Targets {
    /// Every user.
    Users,
    /// Every group.
    Groups,
    /// Every resource of a kind.
    Of(Kind),
}

impl Targets {
    /// Every resource of the kind.
    #[must_use]
    pub fn of(kind: Kind) -> Self {
        Targets::Of(kind)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_run_out_and_do_not_come_again() {
        let numbers = Numbers(AtomicU32::new(u32::MAX - 2));
        let taken = [(); 5].map(|()| numbers.take());
        assert_eq!(
            taken,
            [Some(u32::MAX - 2), Some(u32::MAX - 1), None, None, None]
        );
        assert!(next_owner() < next_owner());
    }
}
