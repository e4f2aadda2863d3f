//! The error of a question that cannot be answered.

use crate::id::{Action, Group, Kind, Label, Permission, Resource, Role, Thing, User};
use crate::kind::ProblemKind;
use crate::name::quoted;

/// Why a question cannot be answered: a handle that does not resolve in this snapshot, or the wrong number of targets.
///
/// `can` answers false in all of these cases; `try_can` and every other question return this error.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize),
    serde(tag = "code", rename_all = "snake_case")
)]
#[non_exhaustive]
pub enum AskError {
    /// The handle does not resolve. What it stood for has no name here, so the text says of what sort it is and why it does not resolve.
    #[error("the {} {why}", handle.word())]
    #[cfg_attr(feature = "serde", serde(rename = "stale_handle"))]
    Stale {
        /// The handle.
        handle: AnyHandle,
        /// Why it does not resolve.
        why: WhyStale,
    },
    /// The action has another number of targets.
    #[error(
        "action {} has {expected} target(s), asked with {given}",
        quoted(action)
    )]
    WrongTargets {
        /// The action's name.
        action: Box<str>,
        /// How many targets it has.
        expected: usize,
        /// How many were given.
        given: usize,
    },
}

impl AskError {
    /// What sort of error it is.
    #[must_use]
    pub fn kind(&self) -> ProblemKind {
        match self {
            AskError::Stale { .. } => ProblemKind::Unknown,
            AskError::WrongTargets { .. } => ProblemKind::Malformed,
        }
    }

    /// The stable name of this variant, for programs: see [`Error::code`](crate::Error::code).
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            AskError::Stale { .. } => "stale_handle",
            AskError::WrongTargets { .. } => "wrong_targets",
        }
    }

    /// The error for a word of another catalog.
    pub(crate) fn foreign(word: impl Into<AnyHandle>) -> Self {
        AskError::Stale {
            handle: word.into(),
            why: WhyStale::Foreign,
        }
    }
}

/// Why a handle does not resolve in a snapshot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "snake_case")
)]
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

/// A handle of any sort, for errors. It is serialized as the word for its sort, for what it stood for has no name.
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
    /// A kind of a catalog.
    Kind(Kind),
    /// A label of a catalog.
    Label(Label),
    /// A permission of a catalog.
    Permission(Permission),
    /// An action of a catalog.
    Action(Action),
}

impl AnyHandle {
    /// The word for what it stands for: `user`, `permission` and so on.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            AnyHandle::User(_) => "user",
            AnyHandle::Group(_) => "group",
            AnyHandle::Resource(_) => "resource",
            AnyHandle::Role(_) => "role",
            AnyHandle::Kind(_) => "kind",
            AnyHandle::Label(_) => "label",
            AnyHandle::Permission(_) => "permission",
            AnyHandle::Action(_) => "action",
        }
    }
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

macro_rules! wraps {
    ($($handle:ident),*) => {$(
        impl From<$handle> for AnyHandle {
            fn from(handle: $handle) -> Self {
                AnyHandle::$handle(handle)
            }
        }
    )*};
}

wraps!(Resource, Kind, Label, Permission, Action);
