//! The tests of the whole, in one binary: a module for each subject.

mod datalog;
mod spread;
mod witnesses;
mod world;
