//! The error of a question that cannot be answered.

use crate::id::{Group, Resource, Role, Thing, User};

/// Why a question cannot be answered: a handle that does not resolve in this snapshot, or the wrong number of targets.
///
/// `can` answers false in all of these cases; `try_can` and every other question return this error.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AskError {
    /// The handle does not resolve.
    #[error("{handle} {why}")]
    Stale {
        /// The handle.
        handle: AnyHandle,
        /// Why it does not resolve.
        why: WhyStale,
    },
    /// The action has another number of targets.
    #[error("action #{action} has {expected} target(s), asked with {given}")]
    WrongTargets {
        /// The action's place in the catalog.
        action: u32,
        /// How many targets it has.
        expected: usize,
        /// How many were given.
        given: usize,
    },
}

/// Why a handle does not resolve in a snapshot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum WhyStale {
    /// It was made by another policy, or is of another catalog.
    #[error("belongs to another policy or catalog")]
    Foreign,
    /// It was removed before this snapshot.
    #[error("was removed before this snapshot")]
    Removed,
    /// It was added after this snapshot, or by an edit that was never committed.
    #[error("is not in this snapshot: it was added later, or by an edit that was not committed")]
    NotYet,
}

/// A handle of any sort, for errors.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum AnyHandle {
    /// A user.
    User(User),
    /// A group.
    Group(Group),
    /// A resource.
    Resource(Resource),
    /// A role.
    Role(Role),
    /// A word of the catalog (kind, label, permission or action) at this place of its table.
    Word(u32),
}

impl From<Thing> for AnyHandle {
    fn from(thing: Thing) -> Self {
        match thing {
            Thing::User(user) => AnyHandle::User(user),
            Thing::Group(group) => AnyHandle::Group(group),
            Thing::Resource(resource) => AnyHandle::Resource(resource),
            Thing::Role(role) => AnyHandle::Role(role),
        }
    }
}

impl From<Resource> for AnyHandle {
    fn from(resource: Resource) -> Self {
        AnyHandle::Resource(resource)
    }
}

impl std::fmt::Display for AnyHandle {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            AnyHandle::User(user) => user.fmt(f),
            AnyHandle::Group(group) => group.fmt(f),
            AnyHandle::Resource(resource) => resource.fmt(f),
            AnyHandle::Role(role) => role.fmt(f),
            AnyHandle::Word(index) => write!(f, "catalog word #{index}"),
        }
    }
}
