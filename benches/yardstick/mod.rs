//! The worlds of a size, and what an answer about them should cost: shared by the `speed` example, the benches and the peers.
//!
//! Everything here but [`asking`], [`built`] and [`built_full`] is plain numbers and knows nothing of the crate: the [`world`]s and their
//! [`questions`], the [`baseline`] that an engineer writes in an afternoon, and the *floors*, flat arrays laid by hand for exactly these
//! worlds.

#![allow(dead_code, reason = "nobody who includes this takes all of it")]

pub(crate) mod asking;
pub(crate) mod baseline;
pub(crate) mod built;
pub(crate) mod built_full;
pub(crate) mod closures;
pub(crate) mod flat;
pub(crate) mod full;
pub(crate) mod held;
pub(crate) mod lists;
pub(crate) mod pairs;
pub(crate) mod questions;
pub(crate) mod random;
pub(crate) mod records;
pub(crate) mod skewed;
pub(crate) mod sums;
pub(crate) mod table;
pub(crate) mod world;
