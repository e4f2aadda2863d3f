//! What the feature `serde` needs besides what it derives.

use std::borrow::Cow;

use serde::de::Error;
use serde::ser::SerializeStruct;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::facts::digest::Digest;
use crate::facts::entry::Entry;

/// Reads an optional field that has to be written, if only as nothing: a bound that got lost must not read as none.
pub(crate) fn written<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    deserializer: D,
) -> Result<Option<T>, D::Error> {
    Option::deserialize(deserializer)
}

impl Serialize for Digest {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Digest {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Cow::<str>::deserialize(deserializer)?;
        let digest = u128::from_str_radix(&text, 16).map(Digest);
        // Only the one form that is written: signs, capitals and missing digits are no digest.
        digest
            .ok()
            .filter(|digest| digest.to_string() == text)
            .ok_or_else(|| D::Error::custom("a digest is 32 hexadecimal digits in lower case"))
    }
}

impl Serialize for Entry {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut entry = serializer.serialize_struct("Entry", 4)?;
        entry.serialize_field("revision", &self.revision())?;
        entry.serialize_field("digest", &self.digest())?;
        entry.serialize_field("changes", self.changes())?;
        entry.serialize_field("already_so", self.already_so())?;
        entry.end()
    }
}
