//! Collections that are cheap to clone and share what did not change: every snapshot holds its own.

mod few;
mod flat;
mod hashed;
mod layered;
mod names;
mod pages;
mod shallow;
mod sorted;
mod table;
mod weight;

pub(crate) use few::{Few, Indices, WITHIN};
pub(crate) use hashed::Hashed;
pub(crate) use layered::Layered;
pub(crate) use names::Names;
pub(crate) use pages::Pages;
pub(crate) use shallow::Shallow;
pub(crate) use sorted::SortedSet;
pub(crate) use table::{BIRTHS, Mark, Row, Table};
pub(crate) use weight::Weight;
