//! What the feature `serde` needs besides what it derives.

use std::borrow::Cow;

use serde::de::Error;
use serde::ser::SerializeStruct;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::catalog::digest::CatalogDigest;
use crate::catalog::rule::{self, Counted, CountedAt, HowMany};
use crate::facts::change::ScopeName;
use crate::facts::digest::Digest;
use crate::facts::entry::Entry;
use crate::name::PlaceName;

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
