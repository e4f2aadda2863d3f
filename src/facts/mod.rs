//! What is recorded and how it changes.

pub(crate) mod change;
pub(crate) mod grant;
pub(crate) mod problem;
