//! The tests of the whole, in one binary: a module for each subject.

mod agree;
mod consequences;
mod datalog;
mod engine;
mod exhaustive;
mod shapes;
mod spread;
mod witnesses;
mod world;
