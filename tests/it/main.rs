//! The tests of the whole, in one binary: a module for each subject.

mod agree;
mod agreement;
mod consequences;
mod datalog;
mod engine;
mod exhaustive;
mod lists;
mod reasons;
mod reverse;
mod shapes;
mod spread;
mod witnesses;
mod world;
