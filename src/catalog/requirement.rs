//! Requirements: positive formulas over held permissions, as the catalog is told them.

use std::fmt;

use crate::name::quoted;

/// How deep a requirement may nest. References by [`allows`] do not count: they start anew.
///
/// A requirement of this depth is built and asked about on a stack of 64 KiB, and JSON that holds one can be read back (on a stack of 256 KiB,
/// where nothing is optimised: the reader goes a dozen calls deep for each part).
pub const MAX_DEPTH: usize = 32;

/// How many targets an action may have. What is asked of all combinations, such as a difference, multiplies with each of them.
pub const MAX_TARGETS: usize = 8;

/// What must be true for an action to be allowed: a positive formula, in names.
///
/// Nothing in it is negated and nothing recursive. It nests at most [`MAX_DEPTH`] deep: the functions that build one do not nest it much
/// deeper, however often they are called, and a catalog refuses what is too deep. Build one with [`holds`], [`above`], [`within`], [`marked`], [`allows`],
/// [`all`], [`any`], [`on`] and [`Requirement::with`].
///
/// ```
/// use rolecall::{PLATFORM, all, any, above, holds, marked, on, within};
///
/// // Progress is seen by who holds `reporting` over the person, and `member.view` as its companion.
/// let progress = holds("reporting").with(holds("member.view"));
/// // A course is played from a shelf the asker may read, when it is published.
/// let play = all([above("shelf", "shelf.read"), marked("published")]);
/// // A move asks about two targets: where from and where to.
/// let moving = all([on(0, holds("member.move")), on(1, holds("member.move"))]);
/// // The back office opens to who holds `office` on the platform or leads a group anywhere.
/// let office = on(PLATFORM, any([holds("office"), within("lead")]));
/// assert_eq!(progress.to_string(), "`reporting` with `member.view`");
/// # let _ = (play, moving, office);
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "snake_case", deny_unknown_fields)
)]
#[non_exhaustive]
pub enum Requirement {
    /// The asker holds the permission at the target.
    Holds(String),
    /// The asker holds the permission at some place of this kind that the target is at; the target itself counts.
    Above {
        /// A declared kind, `group` or `user`.
        kind: String,
        /// The permission.
        permission: String,
    },
    /// The asker holds the permission at the target, or at a place under it that an allow of theirs is scoped to.
    Within(String),
    /// The target itself carries the label.
    Marked(String),
    /// The asker can do this other action on the target.
    Allows(String),
    /// All parts are true.
    All(
        #[cfg_attr(feature = "serde", serde(deserialize_with = "bounded::parts"))] Vec<Requirement>,
    ),
    /// At least one part is true.
    Any(
        #[cfg_attr(feature = "serde", serde(deserialize_with = "bounded::parts"))] Vec<Requirement>,
    ),
    /// The requirement and all its companions are true.
    With(
        #[cfg_attr(feature = "serde", serde(deserialize_with = "bounded::part"))] Box<Requirement>,
        #[cfg_attr(feature = "serde", serde(deserialize_with = "bounded::parts"))] Vec<Requirement>,
    ),
    /// The requirement is true of another target.
    On(
        Asked,
        #[cfg_attr(feature = "serde", serde(deserialize_with = "bounded::part"))] Box<Requirement>,
    ),
}

/// Reads no requirement that nests deeper than [`MAX_DEPTH`], whatever the format lets through.
#[cfg(feature = "serde")]
mod bounded {
    use std::cell::Cell;

    use serde::de::Error;
    use serde::{Deserialize, Deserializer};

    use super::{MAX_DEPTH, Requirement};

    thread_local! {
        /// In how many requirements that are being read on this thread the next one stands.
        static DEPTH: Cell<usize> = const { Cell::new(0) };
    }

    pub(super) fn part<'de, D: Deserializer<'de>>(from: D) -> Result<Box<Requirement>, D::Error> {
        one_deeper(from)
    }

    pub(super) fn parts<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<Requirement>, D::Error> {
        one_deeper(from)
    }

    fn one_deeper<'de, T: Deserialize<'de>, D: Deserializer<'de>>(from: D) -> Result<T, D::Error> {
        let depth = DEPTH.get() + 1;
        if depth >= MAX_DEPTH {
            let why = format_args!("a requirement nested deeper than {MAX_DEPTH}");
            return Err(D::Error::custom(why));
        }
        DEPTH.set(depth);
        let read = T::deserialize(from);
        DEPTH.set(depth - 1);
        read
    }
}

/// Which target of a question a part of a requirement is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "snake_case")
)]
pub enum Asked {
    /// The target at this position of the question, counted from 0 as in a tuple.
    Nth(usize),
    /// The platform.
    Platform,
}

/// The platform, for [`on`].
pub const PLATFORM: Asked = Asked::Platform;

impl From<usize> for Asked {
    fn from(nth: usize) -> Self {
        Asked::Nth(nth)
    }
}

/// The asker holds `permission` at the target.
pub fn holds(permission: impl Into<String>) -> Requirement {
    Requirement::Holds(permission.into())
}

/// The asker holds `permission` at some place of `kind` that the target is at; the target itself counts.
///
/// `kind` is a declared kind, `group` or `user`.
pub fn above(kind: impl Into<String>, permission: impl Into<String>) -> Requirement {
    Requirement::Above {
        kind: kind.into(),
        permission: permission.into(),
    }
}

/// The asker holds `permission` at the target, or at some place under the target that an allow of theirs names.
///
/// `on(PLATFORM, within(p))` means "holds `p` anywhere".
pub fn within(permission: impl Into<String>) -> Requirement {
    Requirement::Within(permission.into())
}

/// The target itself carries `label`.
pub fn marked(label: impl Into<String>) -> Requirement {
    Requirement::Marked(label.into())
}

/// The asker can do `action` on the target.
///
/// The other action has one target, or, outside any [`on`], as many as the action that refers to it.
pub fn allows(action: impl Into<String>) -> Requirement {
    Requirement::Allows(action.into())
}

/// All of `parts` are true. An empty list is refused when the catalog is built.
///
/// A part that nests too deep already, beyond [`MAX_DEPTH`], is returned alone: the catalog refuses it as it would the whole, and nothing that
/// is built grows deeper than a stack can bear.
pub fn all(parts: impl IntoIterator<Item = Requirement>) -> Requirement {
    nested(parts, Requirement::All)
}

/// At least one of `parts` is true. An empty list is refused when the catalog is built.
///
/// A part that nests too deep already is returned alone, as [`all`] does.
pub fn any(parts: impl IntoIterator<Item = Requirement>) -> Requirement {
    nested(parts, Requirement::Any)
}

/// The parts as one requirement, or the part among them that is too deep.
fn nested(
    parts: impl IntoIterator<Item = Requirement>,
    whole: impl FnOnce(Vec<Requirement>) -> Requirement,
) -> Requirement {
    let mut all = Vec::new();
    for part in parts {
        if part.is_too_deep() {
            return part;
        }
        all.push(part);
    }
    whole(all)
}

/// `requirement` asked about the target at a position of the question (counted from 0), or about the [`PLATFORM`].
///
/// Without it, a requirement is about the first target. One that nests too deep already is returned as it is, as [`all`] does.
pub fn on(target: impl Into<Asked>, requirement: Requirement) -> Requirement {
    match requirement.is_too_deep() {
        true => requirement,
        false => Requirement::On(target.into(), Box::new(requirement)),
    }
}

impl Requirement {
    /// Adds a companion: true like `all([self, companion])`, but a missing companion is told apart in explanations.
    ///
    /// Called again, it adds one more companion to the same requirement. Of the two one that nests too deep already is returned alone, as
    /// [`all`] does.
    #[must_use]
    pub fn with(self, companion: Requirement) -> Requirement {
        if companion.is_too_deep() {
            return companion;
        }
        if self.is_too_deep() {
            return self;
        }
        match self {
            Requirement::With(main, mut companions) => {
                companions.push(companion);
                Requirement::With(main, companions)
            }
            main => Requirement::With(Box::new(main), vec![companion]),
        }
    }

    /// Whether it nests deeper than a catalog takes.
    fn is_too_deep(&self) -> bool {
        self.is_deeper_than(MAX_DEPTH)
    }

    /// Goes no deeper than it asks for.
    fn is_deeper_than(&self, depth: usize) -> bool {
        let Some(below) = depth.checked_sub(1) else {
            return true;
        };
        let is_deeper = |part: &Requirement| part.is_deeper_than(below);
        match self {
            Requirement::All(parts) | Requirement::Any(parts) => parts.iter().any(is_deeper),
            Requirement::With(main, companions) => {
                is_deeper(main) || companions.iter().any(is_deeper)
            }
            Requirement::On(_, part) => is_deeper(part),
            _ => false,
        }
    }

    /// The parts directly below this one.
    pub(crate) fn parts(&self) -> Vec<&Requirement> {
        match self {
            Requirement::All(parts) | Requirement::Any(parts) => parts.iter().collect(),
            Requirement::With(main, companions) => {
                std::iter::once(&**main).chain(companions).collect()
            }
            Requirement::On(_, part) => vec![part],
            _ => Vec::new(),
        }
    }

    /// The same formula with every name of the catalog prefixed.
    pub(crate) fn prefixed(&self, prefix: &str) -> Requirement {
        let name = |name: &String| format!("{prefix}{name}");
        let list =
            |parts: &Vec<Requirement>| parts.iter().map(|part| part.prefixed(prefix)).collect();
        match self {
            Requirement::Holds(permission) => Requirement::Holds(name(permission)),
            Requirement::Above { kind, permission } => Requirement::Above {
                kind: prefixed_kind(prefix, kind),
                permission: name(permission),
            },
            Requirement::Within(permission) => Requirement::Within(name(permission)),
            Requirement::Marked(label) => Requirement::Marked(name(label)),
            Requirement::Allows(action) => Requirement::Allows(name(action)),
            Requirement::All(parts) => Requirement::All(list(parts)),
            Requirement::Any(parts) => Requirement::Any(list(parts)),
            Requirement::With(main, companions) => {
                Requirement::With(Box::new(main.prefixed(prefix)), list(companions))
            }
            Requirement::On(asked, part) => {
                Requirement::On(*asked, Box::new(part.prefixed(prefix)))
            }
        }
    }
}

/// The kind's name with the prefix, unless it is one of the kinds that every catalog has.
pub(crate) fn prefixed_kind(prefix: &str, kind: &str) -> String {
    match kind {
        "user" | "group" | "platform" => kind.to_owned(),
        declared => format!("{prefix}{declared}"),
    }
}

/// The formula in words, on one line.
impl fmt::Display for Requirement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let list = |f: &mut fmt::Formatter<'_>, word: &str, parts: &[Requirement]| {
            write!(f, "{word}(")?;
            for (at, part) in parts.iter().enumerate() {
                write!(f, "{}{part}", if at == 0 { "" } else { ", " })?;
            }
            f.write_str(")")
        };
        match self {
            Requirement::Holds(permission) => write!(f, "{}", quoted(permission)),
            Requirement::Above { kind, permission } => {
                write!(f, "{} at a {} above", quoted(permission), quoted(kind))
            }
            Requirement::Within(permission) => write!(f, "{} within", quoted(permission)),
            Requirement::Marked(label) => write!(f, "marked {}", quoted(label)),
            Requirement::Allows(action) => write!(f, "can {}", quoted(action)),
            Requirement::All(parts) => list(f, "all", parts),
            Requirement::Any(parts) => list(f, "any", parts),
            Requirement::With(main, companions) => {
                write!(f, "{main}")?;
                companions
                    .iter()
                    .try_for_each(|companion| write!(f, " with {companion}"))
            }
            Requirement::On(Asked::Platform, part) => write!(f, "on the platform: {part}"),
            Requirement::On(Asked::Nth(nth), part) => write!(f, "on target {nth}: {part}"),
        }
    }
}
