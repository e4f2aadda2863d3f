//! Cursors: where a page of a list ended, as a value and as text.

use std::fmt;
use std::hash::Hasher;
use std::str::FromStr;

use siphasher::sip::SipHasher13;

use crate::id::Target;
use crate::kind::ProblemKind;

/// Where a page of a list ended, bound to the snapshot and the question of the list.
///
/// Its text, from `Display`, is read back by `FromStr`; it is made of letters and digits only and fits into an address. It says nothing
/// that its holder could not know, and is no proof of anything: a list looks at it again when it is asked for the next page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Cursor {
    pub(crate) policy: u32,
    pub(crate) revision: u64,
    /// A hash of the digest of the snapshot, the question and what the list was narrowed to.
    pub(crate) question: u64,
    /// The slot of the last thing on the page.
    pub(crate) last: u32,
}

/// Why a list cannot be continued from a cursor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(tag = "code"))]
#[non_exhaustive]
pub enum CursorError {
    /// The text is no cursor: it was cut, mistyped or made up.
    #[error("not a cursor, or one that was altered")]
    #[cfg_attr(feature = "serde", serde(rename = "malformed_cursor"))]
    Malformed,
    /// It belongs to another policy.
    #[error("the cursor belongs to another policy")]
    #[cfg_attr(feature = "serde", serde(rename = "cursor_of_other_policy"))]
    OtherPolicy,
    /// It belongs to another revision of the policy; start again from the first page.
    #[error("the cursor belongs to revision {cursor}, the list to revision {list}")]
    #[cfg_attr(feature = "serde", serde(rename = "cursor_of_other_revision"))]
    OtherRevision {
        /// The revision of the cursor.
        cursor: u64,
        /// The revision of the list.
        list: u64,
    },
    /// It belongs to another question, or to another state of the same revision number, as a preview has.
    #[error("the cursor belongs to another question")]
    #[cfg_attr(feature = "serde", serde(rename = "cursor_of_other_question"))]
    OtherQuestion,
    /// It points at something that is not in the list.
    #[error("the cursor points at nothing in the list")]
    #[cfg_attr(feature = "serde", serde(rename = "cursor_not_in_list"))]
    NotInList,
    /// A page of no results was asked for.
    #[error("a page holds at least one result")]
    #[cfg_attr(feature = "serde", serde(rename = "empty_page"))]
    EmptyPage,
}

impl CursorError {
    /// What sort of error it is.
    #[must_use]
    pub fn kind(&self) -> ProblemKind {
        match self {
            CursorError::OtherRevision { .. } => ProblemKind::Outdated,
            _ => ProblemKind::Malformed,
        }
    }

    /// The stable name of this variant, for programs: see [`Error::code`](crate::Error::code).
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            CursorError::Malformed => "malformed_cursor",
            CursorError::OtherPolicy => "cursor_of_other_policy",
            CursorError::OtherRevision { .. } => "cursor_of_other_revision",
            CursorError::OtherQuestion => "cursor_of_other_question",
            CursorError::NotInList => "cursor_not_in_list",
            CursorError::EmptyPage => "empty_page",
        }
    }
}

/// How many bytes a cursor has: a version, the fields and a check.
const BYTES: usize = 1 + 4 + 8 + 8 + 4 + 4;
const VERSION: u8 = 1;

impl Cursor {
    fn to_bytes(self) -> [u8; BYTES] {
        let fields = [VERSION]
            .into_iter()
            .chain(self.policy.to_be_bytes())
            .chain(self.revision.to_be_bytes())
            .chain(self.question.to_be_bytes())
            .chain(self.last.to_be_bytes());
        let check = self.check().to_be_bytes();
        let mut bytes = [0; BYTES];
        bytes
            .iter_mut()
            .zip(fields.chain(check))
            .for_each(|(slot, byte)| *slot = byte);
        bytes
    }

    fn check(self) -> u32 {
        let mut hasher = SipHasher13::new();
        hasher.write_u32(self.policy);
        hasher.write_u64(self.revision);
        hasher.write_u64(self.question);
        hasher.write_u32(self.last);
        let hash = hasher.finish();
        u32::try_from(hash >> 32).unwrap_or_default()
    }

    fn from_bytes(bytes: [u8; BYTES]) -> Option<Cursor> {
        let (version, rest) = bytes.split_first()?;
        let (policy, rest) = rest.split_first_chunk()?;
        let (revision, rest) = rest.split_first_chunk()?;
        let (question, rest) = rest.split_first_chunk()?;
        let (last, rest) = rest.split_first_chunk()?;
        let cursor = Cursor {
            policy: u32::from_be_bytes(*policy),
            revision: u64::from_be_bytes(*revision),
            question: u64::from_be_bytes(*question),
            last: u32::from_be_bytes(*last),
        };
        (*version == VERSION && rest == cursor.check().to_be_bytes()).then_some(cursor)
    }
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.to_bytes()
            .iter()
            .try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl FromStr for Cursor {
    type Err = CursorError;

    fn from_str(text: &str) -> Result<Self, CursorError> {
        let digits = text.as_bytes();
        let is_digit = |byte: &u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
        if digits.len() != 2 * BYTES || !digits.iter().all(is_digit) {
            return Err(CursorError::Malformed);
        }
        let value = |digit: u8| {
            if digit <= b'9' {
                digit - b'0'
            } else {
                digit - b'a' + 10
            }
        };
        let mut bytes = [0; BYTES];
        for (slot, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
            *slot = pair.iter().fold(0, |byte, digit| byte << 4 | value(*digit));
        }
        Cursor::from_bytes(bytes).ok_or(CursorError::Malformed)
    }
}

#[cfg(feature = "serde")]
impl serde::Serialize for Cursor {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(feature = "serde")]
impl<'de> serde::Deserialize<'de> for Cursor {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// One page of a list, with the cursor to the next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page<T> {
    pub(crate) items: Vec<T>,
    pub(crate) next: Option<Cursor>,
}

impl<T> Page<T> {
    /// What is on the page, in handle order.
    #[must_use]
    pub fn items(&self) -> &[T] {
        &self.items
    }

    /// The cursor after which the next page begins, or `None` on the last page.
    #[must_use]
    pub fn next(&self) -> Option<&Cursor> {
        self.next.as_ref()
    }
}

impl<T> IntoIterator for Page<T> {
    type Item = T;
    type IntoIter = std::vec::IntoIter<T>;

    fn into_iter(self) -> Self::IntoIter {
        self.items.into_iter()
    }
}

/// Makes the fingerprint of a question.
pub(crate) struct Fingerprint(SipHasher13);

impl Fingerprint {
    pub(crate) fn new() -> Self {
        Fingerprint(SipHasher13::new())
    }

    pub(crate) fn number(mut self, number: u64) -> Self {
        self.0.write_u64(number);
        self
    }

    pub(crate) fn target(self, target: Option<Target>) -> Self {
        let (tag, index, birth) = match target {
            None => (0, 0, 0),
            Some(Target::Platform) => (1, 0, 0),
            Some(Target::User(user)) => (2, user.index, user.birth),
            Some(Target::Group(group)) => (3, group.index, group.birth),
            Some(Target::Resource(resource)) => (4, resource.index, resource.birth),
        };
        self.number(tag)
            .number(u64::from(index))
            .number(u64::from(birth))
    }

    pub(crate) fn finish(self) -> u64 {
        self.0.finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_of_a_cursor_is_read_back_and_any_other_is_refused() {
        let cursor = Cursor {
            policy: 7,
            revision: u64::MAX - 1,
            question: 0x0123_4567_89ab_cdef,
            last: 42,
        };
        let text = cursor.to_string();
        assert_eq!(text.parse(), Ok(cursor));
        for at in 0..text.len() {
            assert_eq!(text[..at].parse::<Cursor>(), Err(CursorError::Malformed));
            for other in ["0", "1", "f", "F", "g", " ", "é"] {
                let forged = format!("{}{other}{}", &text[..at], &text[at + 1..]);
                if forged != text {
                    assert_eq!(
                        forged.parse::<Cursor>(),
                        Err(CursorError::Malformed),
                        "{forged}"
                    );
                }
            }
        }
        assert!(format!("{text}00").parse::<Cursor>().is_err());
        assert!("".parse::<Cursor>().is_err());
    }
}
