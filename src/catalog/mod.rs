//! The vocabulary.

pub(crate) mod declaration;
pub(crate) mod requirement;
pub(crate) mod rule;
