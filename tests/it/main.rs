//! The tests of the whole, in one binary: a module for each subject.

mod acting;
mod agree;
mod agreement;
mod assertions;
mod consequences;
mod corners;
mod corpus;
mod datalog;
mod diff;
mod engine;
mod exhaustive;
mod hostile;
mod leaks;
mod lint;
mod lists;
mod reasons;
mod reverse;
mod review;
mod shapes;
mod shared;
mod spread;
mod types;
mod wire;
mod witnesses;
mod words;
mod world;
