//! For those who test with the crate: the oracle, which answers straight from the definitions, generators of whole organisations, and
//! assertions that print the explanation of an answer when they fail.
//!
//! Oracle and generators work on [`Declaration`](crate::Declaration) and [`Change`](crate::Change) values and share no code with the
//! policy and its snapshots, so that the two can be held against each other.

mod assertions;
mod generate;
mod oracle;

pub use crate::steps::count_steps;
pub use assertions::{TargetTexts, assert_allowed, assert_denied, assert_denied_because};
pub use generate::{Plan, Size, World, histories, worlds};
pub use oracle::{FailedAtom, Kinds, Oracle, Reason, Throughout};
