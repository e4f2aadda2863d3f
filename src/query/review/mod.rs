//! Reviews: who has the same access, who differs from the others, and which grants make the difference.

pub(crate) mod classes;
mod lists;
mod numbers;
pub(crate) mod outliers;
mod redundancy;
pub(crate) mod rights;
mod wider;
