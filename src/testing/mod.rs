//! For those who test with the crate: the oracle, which answers straight from the definitions, and generators of whole organisations.
//!
//! Both work on [`Declaration`](crate::Declaration) and [`Change`](crate::Change) values and share no code with the policy and its
//! snapshots, so that the two can be held against each other.

mod generate;
mod oracle;

pub use generate::{Plan, Size, World, histories, worlds};
pub use oracle::{FailedAtom, Kinds, Oracle, Reason};
