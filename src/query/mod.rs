//! What can be asked besides yes or no.

pub(crate) mod able;
mod changes_to;
pub(crate) mod diff;
mod elide;
pub(crate) mod explain;
mod grounds;
pub(crate) mod lint;
pub(crate) mod lists;
pub(crate) mod nearest;
mod plain;
pub(crate) mod reason;
pub(crate) mod reverse;
pub(crate) mod review;
pub(crate) mod throughout;
mod ways;
