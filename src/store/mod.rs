//! Collections that are cheap to clone and share what did not change: every snapshot holds its own.

mod pages;
mod sorted;
mod table;

pub(crate) use pages::Pages;
pub(crate) use sorted::SortedSet;
pub(crate) use table::Table;
