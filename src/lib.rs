#![doc = include_str!("../README.md")]
#![cfg_attr(
    not(test),
    deny(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::indexing_slicing
    )
)]

mod canonical;
mod catalog;
pub mod comparison;
mod error;
mod errors;
mod facts;
mod graph;
mod handles;
mod id;
mod index;
mod kind;
mod limit;
mod looks;
mod name;
mod near;
mod policy;
#[cfg(feature = "presets")]
pub mod presets;
mod query;
mod snapshot;
mod steps;
mod store;
#[cfg(feature = "testing")]
pub mod testing;
#[cfg(feature = "serde")]
mod wire;
mod without_loops;

pub use catalog::Catalog;
pub use catalog::builder::{CatalogBuilder, CatalogError, CatalogProblem};
pub use catalog::declaration::Declaration;
pub use catalog::digest::CatalogDigest;
pub use catalog::requirement::{
    Asked, MAX_DEPTH, MAX_TARGETS, PLATFORM, Requirement, above, all, allows, any, holds, marked,
    on, within,
};
pub use catalog::rule::{
    Condition, Counted, CountedAt, GrantRule, Granted, HowMany, Rule, StateRule, SubjectKind,
    WhenLost,
};
pub use error::{AnyHandle, AskError, WhyStale};
pub use errors::Error;
pub use facts::change::{Change, GrantName, ScopeName, SubjectName, WhatName};
pub use facts::digest::{Digest, DigestKey};
pub use facts::entry::Entry;
pub use facts::grant::{Effect, Grant, GrantOf, GrantTo, Scope, What};
#[cfg(feature = "chain")]
pub use facts::link::Link;
pub use facts::problem::{Edges, EditError, Problem, Refusal, Violation};
pub use facts::still::StillGiven;
pub use facts::uncovered::Uncovered;
pub use id::{
    Action, Group, Kind, Label, Permission, Place, Resource, Role, Subject, Target, TargetList,
    Targets, Thing, User,
};
pub use kind::ProblemKind;
pub use name::{
    BadName, MAX_NAME_BYTES, PlaceName, TargetName, TargetSyntax, TargetTexts, ThingName,
    UnknownName, UnknownNames,
};
pub use policy::Policy;
pub use policy::edit::Edit;
#[cfg(feature = "shared")]
pub use policy::shared::SharedPolicy;
pub use policy::write::{Guarded, NotCommitted, Objected, Objection, Write};
pub use query::diff::by_names::NamedDiff;
pub use query::diff::named::NamedDifference;
pub use query::diff::{Diff, DiffError, Difference, DifferenceCount, Turn};
pub use query::explain::{
    Atom, AtomAt, Chains, Explanation, Form, Headline, MinimalProofs, Part, Proof, Reason, Ruling,
    Shape, Source, Way,
};
pub use query::lint::{Emptiness, Finding, Findings, LintCode};
pub use query::lists::access::{AccessEntry, AccessOn};
pub use query::lists::effective::{EffectivePermission, EffectivePermissions};
pub use query::lists::group::{GrantSource, GroupPermission, GroupPermissions};
pub use query::lists::held::{HeldAs, HeldGrant};
pub use query::lists::holders::{Holder, Holders};
pub use query::lists::roles::{HeldRole, HeldRoles};
pub use query::nearest::{Plan, Plans};
pub use query::reason::ReasonKind;
pub use query::reverse::cursor::{Cursor, CursorError, Page};
pub use query::reverse::{WhereCan, WhoCan};
pub use query::review::classes::{AccessClass, AccessClasses};
pub use query::review::outliers::{Outlier, Outliers};
pub use query::review::rights::{Own, Right};
pub use snapshot::{Memory, Sizes, Snapshot, TargetError};
pub use without_loops::{WithoutLoops, without_loops};
