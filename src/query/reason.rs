//! The kinds of reasons why an answer is no.

use std::fmt;

/// Why an answer is no, as one word. The order is from far to near: how close the asker is to a yes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "snake_case")
)]
#[non_exhaustive]
pub enum ReasonKind {
    /// The asker holds no allow of the permission at all.
    NoGrant,
    /// The asker holds the permission, but nowhere that covers the target.
    OutOfScope,
    /// The requirement is met, but not a companion of it.
    MissingCompanion,
    /// A label does not stand on the target.
    WrongState,
    /// A fact that has to be on record is not.
    MissingFact,
    /// A deny takes what an allow gives.
    Denied,
    /// The asker or a target no longer exists, or a deny of everything covers a target.
    NotActive,
}

impl fmt::Display for ReasonKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            ReasonKind::NoGrant => "no grant",
            ReasonKind::OutOfScope => "out of scope",
            ReasonKind::MissingCompanion => "missing companion",
            ReasonKind::WrongState => "wrong state",
            ReasonKind::MissingFact => "missing fact",
            ReasonKind::Denied => "denied",
            ReasonKind::NotActive => "not active",
        })
    }
}
