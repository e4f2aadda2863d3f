//! JSON as it stands in a file, and the words for what is wrong with its shape.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};

/// A JSON value. A key that is written twice in one object is a syntax error here: one of the two would be lost.
#[derive(Debug)]
pub(crate) enum Json<'a> {
    Null,
    Flag(bool),
    Number,
    Text(Cow<'a, str>),
    List(Vec<Json<'a>>),
    Object(BTreeMap<String, Json<'a>>),
}

static NULL: Json<'static> = Json::Null;

/// What is wrong with a value, without its place in the file.
pub(crate) type Wrong = String;

impl Json<'_> {
    /// The text of a string.
    pub(crate) fn text(&self) -> Result<&str, Wrong> {
        match self {
            Json::Text(text) => Ok(text),
            other => Err(other.is_not("a string")),
        }
    }

    /// A boolean.
    pub(crate) fn flag(&self) -> Result<bool, Wrong> {
        match self {
            Json::Flag(flag) => Ok(*flag),
            other => Err(other.is_not("true or false")),
        }
    }

    /// Whether this is `null`.
    pub(crate) fn is_null(&self) -> bool {
        matches!(self, Json::Null)
    }
}

impl<'a> Json<'a> {
    /// The items of a list.
    pub(crate) fn list(&self) -> Result<&[Json<'a>], Wrong> {
        match self {
            Json::List(items) => Ok(items),
            other => Err(other.is_not("a list")),
        }
    }

    /// The items of a list that has exactly `N`.
    pub(crate) fn tuple<const N: usize>(&self) -> Result<&[Json<'a>; N], Wrong> {
        let items = self.list()?;
        <&[Json<'a>; N]>::try_from(items)
            .map_err(|_| format!("expected {N} items, found {}", items.len()))
    }

    /// The values of the required keys and of the optional ones of an object that has no others.
    pub(crate) fn fields<const N: usize, const M: usize>(
        &self,
        required: [&str; N],
        optional: [&str; M],
    ) -> Result<([&Json<'a>; N], [Option<&Json<'a>>; M]), Wrong> {
        let object = self.object()?;
        let known = |key: &str| required.contains(&key) || optional.contains(&key);
        if let Some(key) = object.keys().find(|key| !known(key)) {
            return Err(format!("unknown key {}", shown(key)));
        }
        let mut found: [&Json<'a>; N] = [&NULL; N];
        for (slot, key) in found.iter_mut().zip(required) {
            *slot = object
                .get(key)
                .ok_or_else(|| format!("key {} is missing", shown(key)))?;
        }
        Ok((found, optional.map(|key| object.get(key))))
    }

    /// The key and the value of an object that has one key.
    pub(crate) fn only_field(&self) -> Result<(&str, &Json<'a>), Wrong> {
        let object = self.object()?;
        match (object.len(), object.first_key_value()) {
            (1, Some((key, value))) => Ok((key, value)),
            (count, _) => Err(format!("expected an object of one key, found {count} keys")),
        }
    }

    fn object(&self) -> Result<&BTreeMap<String, Json<'a>>, Wrong> {
        match self {
            Json::Object(object) => Ok(object),
            other => Err(other.is_not("an object")),
        }
    }

    fn is_not(&self, expected: &str) -> Wrong {
        let found = match self {
            Json::Null => "null",
            Json::Flag(_) => "a boolean",
            Json::Number => "a number",
            Json::Text(_) => "a string",
            Json::List(_) => "a list",
            Json::Object(_) => "an object",
        };
        format!("expected {expected}, found {found}")
    }
}

/// How many characters of a text a message shows.
const SHOWN: usize = 80;

/// A text in quotes, escaped and cut to a bearable length.
pub(crate) fn shown(text: &str) -> String {
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{:?}… ({} bytes)", &text[..end], text.len()),
        None => format!("{text:?}"),
    }
}

impl<'de> Deserialize<'de> for Json<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(AnyValue)
    }
}

struct AnyValue;

impl<'de> Visitor<'de> for AnyValue {
    type Value = Json<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E: Error>(self) -> Result<Json<'de>, E> {
        Ok(Json::Null)
    }

    fn visit_bool<E: Error>(self, flag: bool) -> Result<Json<'de>, E> {
        Ok(Json::Flag(flag))
    }

    fn visit_i64<E: Error>(self, _: i64) -> Result<Json<'de>, E> {
        Ok(Json::Number)
    }

    fn visit_u64<E: Error>(self, _: u64) -> Result<Json<'de>, E> {
        Ok(Json::Number)
    }

    fn visit_f64<E: Error>(self, _: f64) -> Result<Json<'de>, E> {
        Ok(Json::Number)
    }

    fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Json<'de>, E> {
        Ok(Json::Text(Cow::Borrowed(text)))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Json<'de>, E> {
        Ok(Json::Text(Cow::Owned(text.to_owned())))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Json<'de>, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = access.next_element()? {
            items.push(item);
        }
        Ok(Json::List(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Json<'de>, A::Error> {
        let mut object = BTreeMap::new();
        while let Some(key) = access.next_key::<String>()? {
            if object.contains_key(&key) {
                let twice = format!("key {} is written twice", shown(&key));
                return Err(A::Error::custom(twice));
            }
            let value = access.next_value()?;
            object.insert(key, value);
        }
        Ok(Json::Object(object))
    }
}
