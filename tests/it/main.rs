//! The tests of the whole, in one binary: a module for each subject.

mod datalog;
mod spread;
mod witnesses;
mod world;
// These ask the engine:
// mod agree;
// mod consequences;
// mod engine;
// mod exhaustive;
// mod shapes;
