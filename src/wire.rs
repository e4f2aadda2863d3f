//! What the feature `serde` needs besides what it derives.

use std::borrow::Cow;
use std::fmt::Display;

use serde::de::Error as _;
use serde::ser::SerializeStruct;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::catalog::builder::CatalogError;
use crate::catalog::digest::CatalogDigest;
use crate::catalog::rule::{self, Counted, CountedAt, HowMany};
use crate::error::{AnyHandle, AskError};
use crate::errors::Error;
use crate::facts::change::ScopeName;
use crate::facts::digest::Digest;
use crate::facts::entry::Entry;
use crate::facts::problem::{EditError, Problem, Refusal};
use crate::facts::uncovered::Uncovered;
use crate::name::{PlaceName, TargetSyntax, UnknownName, UnknownNames};
use crate::policy::write::{Guarded, NotCommitted, Objected};
use crate::query::diff::DiffError;
use crate::query::reverse::cursor::CursorError;

/// [`ScopeName`] as it is written: a scope of a label has one word where a group bounds it and another where none does, so that a bound that
/// got lost reads as nothing, and a format without a word for nothing can say both.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub(crate) enum Scope {
    Platform,
    This(PlaceName),
    Underlying(String),
    Labelled { label: String },
    LabelledUnder { label: String, group: String },
    Oneself,
}

impl From<ScopeName> for Scope {
    fn from(scope: ScopeName) -> Self {
        match scope {
            ScopeName::Platform => Scope::Platform,
            ScopeName::This(place) => Scope::This(place),
            ScopeName::Underlying(group) => Scope::Underlying(group),
            ScopeName::Labelled {
                label,
                within: None,
            } => Scope::Labelled { label },
            ScopeName::Labelled {
                label,
                within: Some(group),
            } => Scope::LabelledUnder { label, group },
            ScopeName::Oneself => Scope::Oneself,
        }
    }
}

impl From<Scope> for ScopeName {
    fn from(scope: Scope) -> Self {
        match scope {
            Scope::Platform => ScopeName::Platform,
            Scope::This(place) => ScopeName::This(place),
            Scope::Underlying(group) => ScopeName::Underlying(group),
            Scope::Labelled { label } => ScopeName::Labelled {
                label,
                within: None,
            },
            Scope::LabelledUnder { label, group } => ScopeName::Labelled {
                label,
                within: Some(group),
            },
            Scope::Oneself => ScopeName::Oneself,
        }
    }
}

/// [`StateRule`](crate::StateRule) as it is written: a rule about every user has one word, and one about the holders of a role another, so
/// that a role that got lost reads as nothing, and a format without a word for nothing can say both.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub(crate) enum StateRule {
    Count {
        how_many: HowMany,
        of: Counted,
        at: CountedAt,
    },
    EveryUserHolds {
        roles: Vec<String>,
    },
    EveryHolderHolds {
        holder: String,
        roles: Vec<String>,
    },
    NeverBoth {
        roles: [String; 2],
    },
}

impl From<rule::StateRule> for StateRule {
    fn from(rule: rule::StateRule) -> Self {
        match rule {
            rule::StateRule::Count { how_many, of, at } => StateRule::Count { how_many, of, at },
            rule::StateRule::AtLeastOne {
                holder: None,
                roles,
            } => StateRule::EveryUserHolds { roles },
            rule::StateRule::AtLeastOne {
                holder: Some(holder),
                roles,
            } => StateRule::EveryHolderHolds { holder, roles },
            rule::StateRule::NeverBoth { roles } => StateRule::NeverBoth { roles },
        }
    }
}

impl From<StateRule> for rule::StateRule {
    fn from(rule: StateRule) -> Self {
        match rule {
            StateRule::Count { how_many, of, at } => rule::StateRule::Count { how_many, of, at },
            StateRule::EveryUserHolds { roles } => rule::StateRule::AtLeastOne {
                holder: None,
                roles,
            },
            StateRule::EveryHolderHolds { holder, roles } => rule::StateRule::AtLeastOne {
                holder: Some(holder),
                roles,
            },
            StateRule::NeverBoth { roles } => rule::StateRule::NeverBoth { roles },
        }
    }
}

macro_rules! digests {
    ($($digest:ty, $made:expr, $word:literal, $len:literal;)*) => {$(
        impl Serialize for $digest {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $digest {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = Cow::<str>::deserialize(deserializer)?;
                // Only the one form that is written: signs, capitals and missing digits are no digest.
                let made: fn(&str) -> Option<$digest> = $made;
                made(&text).filter(|digest| digest.to_string() == text).ok_or_else(|| {
                    D::Error::custom(concat!($word, " is ", $len, " hexadecimal digits in lower case"))
                })
            }
        }
    )*};
}

fn number(text: &str) -> Option<u128> {
    u128::from_str_radix(text, 16).ok()
}

digests! {
    Digest, |text| number(text).map(Digest), "a digest", "32";
    CatalogDigest, |text| number(text).map(CatalogDigest), "a digest of a catalog", "32";
}

#[cfg(feature = "chain")]
digests! {
    crate::facts::link::Link, |text| {
        let (high, low) = text.split_at_checked(32)?;
        let mut bytes = [0; 32];
        let (first, second) = bytes.split_at_mut(16);
        first.copy_from_slice(&number(high)?.to_be_bytes());
        second.copy_from_slice(&number(low)?.to_be_bytes());
        Some(crate::facts::link::Link::from_bytes(bytes))
    }, "a link", "64";
}

impl Serialize for Entry {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut entry = serializer.serialize_struct("Entry", 7)?;
        entry.serialize_field("revision", &self.revision())?;
        entry.serialize_field("catalog", &self.catalog_digest())?;
        entry.serialize_field("digest", &self.digest())?;
        entry.serialize_field("changes", self.changes())?;
        entry.serialize_field("already_so", self.already_so())?;
        entry.serialize_field("denies_covering_less", self.denies_covering_less())?;
        entry.serialize_field("still_given", self.still_given())?;
        entry.end()
    }
}

impl Serialize for AnyHandle {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.word())
    }
}

impl Serialize for Refusal {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut refusal = serializer.serialize_struct("Refusal", 5)?;
        refusal.serialize_field("step", &self.step)?;
        refusal.serialize_field("change", &self.change)?;
        refusal.serialize_field("kind", &self.problem.kind())?;
        refusal.serialize_field("message", &self.problem.to_string())?;
        refusal.serialize_field("problem", &self.problem)?;
        refusal.end()
    }
}

/// The difference in names.
impl Serialize for Objected {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.named.serialize(serializer)
    }
}

/// The data of an [`Error`].
#[derive(Serialize)]
#[serde(untagged)]
enum Details<'a> {
    Unknown(&'a UnknownName),
    Names(&'a UnknownNames),
    Syntax(&'a TargetSyntax),
    Ask(&'a AskError),
    Catalog(&'a CatalogError),
    Problem(&'a Problem),
    Edit(&'a EditError),
    Objected(&'a Objected),
    Uncovered(&'a Uncovered),
    Outdated { expected: u64, actual: u64 },
    Nothing,
    Cursor(&'a CursorError),
    Diff(&'a DiffError),
}

impl Serialize for Error {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let details = match self {
            Error::Unknown(error) => Details::Unknown(error),
            Error::Names(error) => Details::Names(error),
            Error::Syntax(error) => Details::Syntax(error),
            Error::Ask(error) => Details::Ask(error),
            Error::Catalog(error) => Details::Catalog(error),
            Error::Problem(error) => Details::Problem(error),
            Error::Edit(error) => Details::Edit(error),
            Error::Objected(error) => Details::Objected(error),
            Error::Uncovered(error) => Details::Uncovered(error),
            Error::Outdated { expected, actual } => Details::Outdated {
                expected: *expected,
                actual: *actual,
            },
            Error::Stopped(_) => Details::Nothing,
            Error::Cursor(error) => Details::Cursor(error),
            Error::Diff(error) => Details::Diff(error),
        };
        let mut error = serializer.serialize_struct("Error", 4)?;
        error.serialize_field("code", self.code())?;
        error.serialize_field("kind", &self.kind())?;
        error.serialize_field("message", &self.to_string())?;
        error.serialize_field("details", &details)?;
        error.end()
    }
}

/// As the [`Error`] that it converts into.
impl Serialize for Guarded {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Error::from(self.clone()).serialize(serializer)
    }
}

/// As the [`Error`] that it converts into.
impl<E: Clone + Into<Error>, H: Clone + Display> Serialize for NotCommitted<E, H> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let error: Error = self.clone().into();
        error.serialize(serializer)
    }
}
