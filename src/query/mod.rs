//! What can be asked besides yes or no.

pub(crate) mod reason;
