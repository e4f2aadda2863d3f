//! Names: what is allowed as one, things named in plain data, and the error for a name that nothing has.

use std::fmt;
use std::str::FromStr;

/// The longest name, in bytes of UTF-8.
pub const MAX_NAME_BYTES: usize = 1024;

/// A name that nothing has, where something was expected.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize),
    serde(tag = "code", rename = "unknown_name")
)]
#[error("unknown {} {}{}", word.escape_debug(), quoted(name), suggestion(nearest.as_deref(), *searched))]
pub struct UnknownName {
    /// What was looked for: `user`, `group`, `role`, a kind of resource …
    pub word: String,
    /// The name that nothing has.
    pub name: String,
    /// A known name near to it: one that differs in case or in how its letters are composed before any other, else the one with the fewest
    /// differences.
    pub nearest: Option<String>,
    /// Whether every known name was looked at. What is spent on the search is bounded, for a name and for an edit: with very many or very
    /// long names there may be a nearer one than the one that was found.
    pub searched: bool,
}

impl UnknownName {
    pub(crate) const CODE: &'static str = "unknown_name";
}

/// Every name that a catalog was asked for by [`handles!`](crate::handles) and does not have.
///
/// The text shows the first ten and says how many more there are; [`names`](UnknownNames::names) has all.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize),
    serde(tag = "code", rename = "unknown_names")
)]
#[error("the catalog lacks names: {}", shown(names, "; "))]
pub struct UnknownNames {
    names: Vec<UnknownName>,
}

impl UnknownNames {
    pub(crate) const CODE: &'static str = "unknown_names";

    /// The names, in the order they were asked for.
    #[must_use]
    pub fn names(&self) -> &[UnknownName] {
        &self.names
    }
}

impl From<Vec<UnknownName>> for UnknownNames {
    fn from(names: Vec<UnknownName>) -> Self {
        UnknownNames { names }
    }
}

/// How many items of a list the text of an error shows; the data has all.
pub(crate) const SHOWN: usize = 10;

/// The first items of a list, and how many more there are.
pub(crate) fn shown(items: &[impl fmt::Display], separator: &str) -> impl fmt::Display {
    fmt::from_fn(move |f| {
        for (nth, item) in items.iter().take(SHOWN).enumerate() {
            let separator = if nth == 0 { "" } else { separator };
            write!(f, "{separator}{item}")?;
        }
        match items.len() {
            all if all > SHOWN => write!(f, " and {} more", all - SHOWN),
            _ => Ok(()),
        }
    })
}

/// A name as every error and explanation of the crate shows it.
pub(crate) fn quoted(name: &str) -> impl fmt::Display + '_ {
    fmt::from_fn(move |f| write!(f, "`{}`", name.escape_debug()))
}

/// A path in quotes; of a long one both ends, and how many there are between them.
pub(crate) fn spelled<'a>(path: impl ExactSizeIterator<Item = &'a str> + Clone) -> String {
    let join = |names: &mut dyn Iterator<Item = &'a str>| {
        let names: Vec<_> = names.map(|name| quoted(name).to_string()).collect();
        names.join(" > ")
    };
    let Some(between) = path.len().checked_sub(2 * SHOWN).filter(|more| *more > 0) else {
        return join(&mut path.clone());
    };
    let ends = [
        join(&mut path.clone().take(SHOWN)),
        join(&mut path.clone().skip(SHOWN + between)),
    ];
    ends.join(&format!(" > ({between} more) > "))
}

fn suggestion(near: Option<&str>, searched: bool) -> String {
    match (near, searched) {
        (Some(near), true) => format!(", the nearest known is {}", quoted(near)),
        (Some(near), false) => format!(", a near one is {}", quoted(near)),
        (None, _) => String::new(),
    }
}

/// Why a text cannot be a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "snake_case")
)]
#[non_exhaustive]
pub enum BadName {
    /// The text is empty.
    #[error("a name cannot be empty")]
    Empty,
    /// The text has more than [`MAX_NAME_BYTES`] bytes.
    #[error("a name has at most {MAX_NAME_BYTES} bytes")]
    TooLong,
    /// The name of a kind has a colon, which ends the kind in a target's text.
    #[error("the name of a kind cannot have a colon")]
    Colon,
    /// The name of a kind is one of `user`, `group` and `platform`.
    #[error("`user`, `group` and `platform` cannot name a kind")]
    Reserved,
}

pub(crate) fn check(name: &str) -> Result<(), BadName> {
    match name.len() {
        0 => Err(BadName::Empty),
        length if length > MAX_NAME_BYTES => Err(BadName::TooLong),
        _ => Ok(()),
    }
}

pub(crate) fn check_kind(name: &str) -> Result<(), BadName> {
    check(name)?;
    match name {
        "user" | "group" | "platform" => Err(BadName::Reserved),
        _ if name.contains(':') => Err(BadName::Colon),
        _ => Ok(()),
    }
}

/// A user, a group or a resource by name: where something is placed, what carries a label, what `this` names.
///
/// In text it is `user:NAME`, `group:NAME` or `KIND:NAME`, split at the first colon.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "snake_case", deny_unknown_fields)
)]
pub enum PlaceName {
    /// A user.
    User(String),
    /// A group.
    Group(String),
    /// A resource of a kind. Each kind is a name space of its own.
    Resource {
        /// The kind's name.
        kind: String,
        /// The resource's name.
        name: String,
    },
}

impl PlaceName {
    /// The user of that name.
    pub fn user(name: impl Into<String>) -> Self {
        PlaceName::User(name.into())
    }

    /// The group of that name.
    pub fn group(name: impl Into<String>) -> Self {
        PlaceName::Group(name.into())
    }

    /// The resource of that kind and name.
    pub fn resource(kind: impl Into<String>, name: impl Into<String>) -> Self {
        PlaceName::Resource {
            kind: kind.into(),
            name: name.into(),
        }
    }
}

impl fmt::Display for PlaceName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            PlaceName::User(name) => write!(f, "user:{name}"),
            PlaceName::Group(name) => write!(f, "group:{name}"),
            PlaceName::Resource { kind, name } => write!(f, "{kind}:{name}"),
        }
    }
}

/// What a question is about, by name: a place or the platform.
///
/// In text it is `platform` or the text of a [`PlaceName`].
///
/// ```
/// use rolecall::{PlaceName, TargetName};
///
/// let target: TargetName = "course:rust: the basics".parse()?;
/// assert_eq!(target, TargetName::Place(PlaceName::resource("course", "rust: the basics")));
/// assert_eq!(target.to_string(), "course:rust: the basics");
/// assert!("rust-101".parse::<TargetName>().is_err());
/// # Ok::<(), rolecall::TargetSyntax>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "snake_case")
)]
pub enum TargetName {
    /// A user, a group or a resource.
    Place(PlaceName),
    /// The platform.
    Platform,
}

impl fmt::Display for TargetName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            TargetName::Place(place) => place.fmt(f),
            TargetName::Platform => f.write_str("platform"),
        }
    }
}

/// The text of a target that is neither `platform` nor `KIND:NAME`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize),
    serde(tag = "code", rename = "no_target")
)]
#[error(
    "{} is no target: write `platform`, `user:NAME`, `group:NAME` or `KIND:NAME`",
    quoted(text)
)]
pub struct TargetSyntax {
    /// The text.
    pub text: String,
}

impl TargetSyntax {
    pub(crate) const CODE: &'static str = "no_target";
}

impl FromStr for PlaceName {
    type Err = TargetSyntax;

    fn from_str(text: &str) -> Result<Self, TargetSyntax> {
        match text.split_once(':') {
            Some(("" | "platform", _)) | Some((_, "")) | None => Err(TargetSyntax {
                text: text.to_owned(),
            }),
            Some(("user", name)) => Ok(PlaceName::user(name)),
            Some(("group", name)) => Ok(PlaceName::group(name)),
            Some((kind, name)) => Ok(PlaceName::resource(kind, name)),
        }
    }
}

impl FromStr for TargetName {
    type Err = TargetSyntax;

    fn from_str(text: &str) -> Result<Self, TargetSyntax> {
        match text {
            "platform" => Ok(TargetName::Platform),
            _ => text.parse().map(TargetName::Place),
        }
    }
}

/// The targets of one question as texts: a text, a tuple of two or three, an array, a slice or a vector of them.
///
/// Each of them is read as [`Snapshot::target`](crate::Snapshot::target) does.
pub trait TargetTexts {
    /// Hands the texts, in order, to `take`, until it returns an error.
    ///
    /// # Errors
    ///
    /// That of `take`.
    fn try_each<E>(&self, take: impl FnMut(&str) -> Result<(), E>) -> Result<(), E>;
}

impl TargetTexts for &str {
    fn try_each<E>(&self, mut take: impl FnMut(&str) -> Result<(), E>) -> Result<(), E> {
        take(self)
    }
}

impl TargetTexts for &String {
    fn try_each<E>(&self, mut take: impl FnMut(&str) -> Result<(), E>) -> Result<(), E> {
        take(self)
    }
}

impl<A: AsRef<str>, B: AsRef<str>> TargetTexts for (A, B) {
    fn try_each<E>(&self, mut take: impl FnMut(&str) -> Result<(), E>) -> Result<(), E> {
        take(self.0.as_ref())?;
        take(self.1.as_ref())
    }
}

impl<A: AsRef<str>, B: AsRef<str>, C: AsRef<str>> TargetTexts for (A, B, C) {
    fn try_each<E>(&self, mut take: impl FnMut(&str) -> Result<(), E>) -> Result<(), E> {
        take(self.0.as_ref())?;
        take(self.1.as_ref())?;
        take(self.2.as_ref())
    }
}

impl<T: AsRef<str>, const N: usize> TargetTexts for [T; N] {
    fn try_each<E>(&self, mut take: impl FnMut(&str) -> Result<(), E>) -> Result<(), E> {
        self.iter().try_for_each(|text| take(text.as_ref()))
    }
}

impl<T: AsRef<str>> TargetTexts for &[T] {
    fn try_each<E>(&self, mut take: impl FnMut(&str) -> Result<(), E>) -> Result<(), E> {
        self.iter().try_for_each(|text| take(text.as_ref()))
    }
}

impl<T: AsRef<str>> TargetTexts for Vec<T> {
    fn try_each<E>(&self, mut take: impl FnMut(&str) -> Result<(), E>) -> Result<(), E> {
        self.iter().try_for_each(|text| take(text.as_ref()))
    }
}

/// Something that can be added, renamed and removed, by name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "snake_case", deny_unknown_fields)
)]
pub enum ThingName {
    /// A user.
    User(String),
    /// A group.
    Group(String),
    /// A resource of a kind.
    Resource {
        /// The kind's name.
        kind: String,
        /// The resource's name.
        name: String,
    },
    /// A role added at run time.
    Role(String),
}

impl ThingName {
    /// The user of that name.
    pub fn user(name: impl Into<String>) -> Self {
        ThingName::User(name.into())
    }

    /// The group of that name.
    pub fn group(name: impl Into<String>) -> Self {
        ThingName::Group(name.into())
    }

    /// The resource of that kind and name.
    pub fn resource(kind: impl Into<String>, name: impl Into<String>) -> Self {
        ThingName::Resource {
            kind: kind.into(),
            name: name.into(),
        }
    }

    /// The run-time role of that name.
    pub fn role(name: impl Into<String>) -> Self {
        ThingName::Role(name.into())
    }

    /// The word for what it is: `user`, `group`, `role` or the kind's name.
    #[must_use]
    pub fn word(&self) -> &str {
        match self {
            ThingName::User(_) => "user",
            ThingName::Group(_) => "group",
            ThingName::Resource { kind, .. } => kind,
            ThingName::Role(_) => "role",
        }
    }

    /// The name alone.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            ThingName::User(name)
            | ThingName::Group(name)
            | ThingName::Role(name)
            | ThingName::Resource { name, .. } => name,
        }
    }
}

impl fmt::Display for ThingName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.word().escape_debug(), quoted(self.name()))
    }
}

impl From<PlaceName> for ThingName {
    fn from(place: PlaceName) -> Self {
        match place {
            PlaceName::User(name) => ThingName::User(name),
            PlaceName::Group(name) => ThingName::Group(name),
            PlaceName::Resource { kind, name } => ThingName::Resource { kind, name },
        }
    }
}
