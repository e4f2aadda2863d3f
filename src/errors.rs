//! `Error`: one type for all errors of the crate.

use std::convert::Infallible;
use std::fmt;

use crate::catalog::builder::{CatalogError, CatalogProblem};
use crate::error::AskError;
use crate::facts::problem::{EditError, Problem};
use crate::facts::uncovered::Uncovered;
use crate::kind::ProblemKind;
use crate::name::{TargetSyntax, UnknownName, UnknownNames};
use crate::policy::write::{Guarded, NotCommitted, Objected};
use crate::query::diff::DiffError;
use crate::query::reverse::cursor::CursorError;
use crate::snapshot::TargetError;

/// Any error of the crate: each of them converts into it, so that `?` works in a function that has this one error.
///
/// Its text is that of the error it came from. [`kind`](Error::kind) is how a service answers, down to an
/// [HTTP status](ProblemKind::http_status); [`code`](Error::code) is for programs. With the feature `serde` it is written as its `code`, its
/// `kind`, its text as `message` and its data as `details`, all in names. Both of these name what is recorded, and where a demand was not met
/// the details explain why: what a stranger must not learn, a service leaves out of its answer.
///
/// ```
/// use rolecall::{Catalog, Error, Policy};
///
/// fn join(policy: &mut Policy, user: &str, group: &str) -> Result<u64, Error> {
///     let now = policy.snapshot();
///     let (user, group) = (now.user(user)?, now.group(group)?); // an UnknownName
///     let mut edit = policy.edit_unguarded();
///     edit.add_member(user, group)?; // a Problem
///     Ok(edit.commit()?.revision()) // an EditError
/// }
///
/// let mut policy = Policy::new(Catalog::builder().build()?);
/// let mut edit = policy.edit_unguarded();
/// (edit.add_user("ana")?, edit.add_group("trainers")?);
/// edit.commit()?;
/// assert_eq!(join(&mut policy, "ana", "trainers")?, 2);
///
/// let error = join(&mut policy, "anna", "trainers").unwrap_err();
/// assert_eq!(error.to_string(), "unknown user `anna`, the nearest known is `ana`");
/// assert_eq!((error.code(), error.kind().http_status()), ("unknown_name", 404));
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A name that nothing has.
    #[error(transparent)]
    Unknown(#[from] UnknownName),
    /// Names that the catalog does not have.
    #[error(transparent)]
    Names(#[from] UnknownNames),
    /// A text that is no target.
    #[error(transparent)]
    Syntax(#[from] TargetSyntax),
    /// A question that cannot be answered.
    #[error(transparent)]
    Ask(#[from] AskError),
    /// A catalog that cannot be built.
    #[error(transparent)]
    Catalog(#[from] CatalogError),
    /// A step of an edit that cannot be taken.
    #[error(transparent)]
    Problem(Box<Problem>),
    /// An edit that is refused.
    #[error(transparent)]
    Edit(#[from] EditError),
    /// A guard objected to an answer that would turn.
    #[error("{0}")]
    Objected(Box<Objected>),
    /// A guard objected to a deny that would cover less.
    #[error("the guard objects: {0}")]
    Uncovered(Box<Uncovered>),
    /// A write was meant for another revision.
    #[error("the write was meant for revision {expected}, and the policy is at revision {actual}")]
    Outdated {
        /// The revision that was asked for.
        expected: u64,
        /// The revision that the policy is at.
        actual: u64,
    },
    /// A hook before publishing failed; this is what its error says.
    #[error("the edit was stopped before it was published: {0}")]
    Stopped(String),
    /// A list that cannot be continued from a cursor.
    #[error(transparent)]
    Cursor(#[from] CursorError),
    /// Snapshots that cannot be compared.
    #[error(transparent)]
    Diff(#[from] DiffError),
}

impl Error {
    /// What sort of error it is, and by the table of [`ProblemKind`] the HTTP status for it.
    #[must_use]
    pub fn kind(&self) -> ProblemKind {
        match self {
            Error::Unknown(_) | Error::Names(_) => ProblemKind::Unknown,
            Error::Syntax(_) | Error::Diff(_) => ProblemKind::Malformed,
            Error::Ask(error) => error.kind(),
            Error::Catalog(error) => match error.problems() {
                [CatalogProblem::Exhausted] => ProblemKind::Exhausted,
                _ => ProblemKind::Malformed,
            },
            Error::Problem(problem) => problem.kind(),
            Error::Edit(error) => error.kind(),
            Error::Objected(_) | Error::Uncovered(_) => ProblemKind::Objected,
            Error::Outdated { .. } => ProblemKind::Outdated,
            Error::Stopped(_) => ProblemKind::Stopped,
            Error::Cursor(error) => error.kind(),
        }
    }

    /// The stable name of the error, for programs: lower case and `_`, one for each variant of each error type of the crate. It does not
    /// change when the text does.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Error::Unknown(_) => UnknownName::CODE,
            Error::Names(_) => UnknownNames::CODE,
            Error::Syntax(_) => TargetSyntax::CODE,
            Error::Ask(error) => error.code(),
            Error::Catalog(_) => CatalogError::CODE,
            Error::Problem(problem) => problem.code(),
            Error::Edit(_) => EditError::CODE,
            Error::Objected(_) => "guard_objected",
            Error::Uncovered(_) => "guard_objected_to_uncovering",
            Error::Outdated { .. } => "outdated",
            Error::Stopped(_) => "stopped",
            Error::Cursor(error) => error.code(),
            Error::Diff(error) => error.code(),
        }
    }
}

impl From<Problem> for Error {
    fn from(problem: Problem) -> Self {
        match problem {
            Problem::Unknown(unknown) => Error::Unknown(unknown),
            Problem::Stale(stale) => Error::Ask(stale),
            problem => Error::Problem(Box::new(problem)),
        }
    }
}

impl From<TargetError> for Error {
    fn from(error: TargetError) -> Self {
        match error {
            TargetError::Syntax(syntax) => Error::Syntax(syntax),
            TargetError::Unknown(unknown) => Error::Unknown(unknown),
        }
    }
}

impl From<Guarded> for Error {
    fn from(error: Guarded) -> Self {
        match error {
            Guarded::Refused(refused) => Error::Edit(refused),
            Guarded::Objected(objected) => Error::Objected(objected),
            Guarded::Uncovered(uncovered) => Error::Uncovered(uncovered),
        }
    }
}

/// The closure's error stands for itself; of the hook's the text is kept.
impl<E: Into<Error>, H: fmt::Display> From<NotCommitted<E, H>> for Error {
    fn from(error: NotCommitted<E, H>) -> Self {
        match error {
            NotCommitted::Dropped(error) => error.into(),
            NotCommitted::Refused(refused) => Error::Edit(refused),
            NotCommitted::Outdated { expected, actual } => Error::Outdated { expected, actual },
            NotCommitted::Objected(objected) => Error::Objected(objected),
            NotCommitted::Uncovered(uncovered) => Error::Uncovered(uncovered),
            NotCommitted::Stopped(error) => Error::Stopped(error.to_string()),
        }
    }
}

impl From<Infallible> for Error {
    fn from(never: Infallible) -> Self {
        match never {}
    }
}
