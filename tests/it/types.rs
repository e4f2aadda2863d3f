//! What every public type can do.

use std::fmt::Debug;

use rolecall::testing::{Oracle, Plan, Size, World};
use rolecall::*;

fn shared<T: Debug + Send + Sync>() {}
fn plain<T: Debug + Send + Sync + Clone + 'static>() {}
fn handle<T: Debug + Send + Sync + Copy + Ord + std::hash::Hash + 'static>() {}
fn error<T: std::error::Error + Send + Sync + 'static>() {}

/// Every public type can be printed, sent to another thread and looked at from several: what is missing here does not compile.
#[test]
fn all_are_debug_send_and_sync() {
    handle::<User>();
    handle::<Group>();
    handle::<Resource>();
    handle::<Role>();
    handle::<Kind>();
    handle::<Label>();
    handle::<Permission>();
    handle::<Action>();
    handle::<Target>();
    handle::<Targets>();
    handle::<Place>();
    handle::<Subject>();
    handle::<Thing>();
    handle::<AnyHandle>();
    handle::<Grant>();
    handle::<Scope>();
    handle::<What>();
    handle::<Effect>();
    handle::<Asked>();
    handle::<SubjectKind>();
    handle::<Digest>();
    handle::<ProblemKind>();
    handle::<ReasonKind>();
    handle::<Edges>();

    plain::<Catalog>();
    plain::<CatalogBuilder>();
    plain::<CatalogProblem>();
    plain::<Declaration>();
    plain::<Requirement>();
    plain::<Rule>();
    plain::<StateRule>();
    plain::<GrantRule>();
    plain::<Granted>();
    plain::<Condition>();
    plain::<Change>();
    plain::<GrantName>();
    plain::<SubjectName>();
    plain::<WhatName>();
    plain::<ScopeName>();
    plain::<PlaceName>();
    plain::<TargetName>();
    plain::<ThingName>();
    plain::<GrantOf>();
    plain::<GrantTo<[Subject; 1]>>();
    plain::<GrantTo<Vec<Subject>>>();
    plain::<Entry>();
    plain::<Uncovered>();
    plain::<Objection>();
    plain::<Refusal>();
    plain::<Violation>();
    plain::<Snapshot>();
    plain::<Sizes>();
    plain::<WhyStale>();
    plain::<Explanation>();
    plain::<Ruling>();
    plain::<Part>();
    plain::<Shape>();
    plain::<Atom>();
    plain::<AtomAt>();
    plain::<Form>();
    plain::<AccessEntry>();
    plain::<AccessOn>();
    plain::<Chains>();
    plain::<Findings>();
    plain::<Plans>();
    plain::<Way>();
    plain::<Source>();
    plain::<Reason>();
    plain::<Headline>();
    plain::<Proof>();
    plain::<NotCommitted<Problem>>();
    plain::<Objected>();
    shared::<NamedDiff>();
    plain::<DigestKey>();
    handle::<CatalogDigest>();
    handle::<Link>();
    plain::<NamedDifference>();
    plain::<Oracle>();
    plain::<Plan>();
    plain::<Size>();
    plain::<World>();

    error::<CatalogError>();
    error::<EditError>();
    error::<Problem>();
    error::<AskError>();
    error::<TargetError>();
    error::<TargetSyntax>();
    error::<UnknownName>();
    error::<BadName>();
    error::<NotCommitted<Problem>>();

    shared::<Policy>();
    shared::<SharedPolicy>();
    shared::<Edit<'_>>();
    shared::<MinimalProofs<'_>>();
}

/// Questions work on handles and snapshots, which are small.
#[test]
fn handles_are_small() {
    assert_eq!(size_of::<User>(), 12);
    assert_eq!(size_of::<Option<Target>>(), 16);
    assert_eq!(size_of::<Snapshot>(), 3 * size_of::<usize>());
}
