//! Assertions for those who link the crate in their tests: a failing one prints the explanation of the answer.

use std::fmt::Write;

use crate::id::Target;
use crate::query::explain::Explanation;
use crate::query::reason::ReasonKind;
use crate::snapshot::Snapshot;

/// The targets of an asserted question, as text: one, or several in an array or a slice.
///
/// Each is what [`Snapshot::target`] reads: `platform`, `user:NAME`, `group:NAME` or `KIND:NAME`.
pub trait TargetTexts {
    /// The texts in the order of the question.
    fn texts(&self) -> Vec<&str>;
}

impl TargetTexts for &str {
    fn texts(&self) -> Vec<&str> {
        vec![self]
    }
}

impl TargetTexts for &String {
    fn texts(&self) -> Vec<&str> {
        vec![self]
    }
}

impl TargetTexts for &[&str] {
    fn texts(&self) -> Vec<&str> {
        self.to_vec()
    }
}

impl<const N: usize> TargetTexts for [&str; N] {
    fn texts(&self) -> Vec<&str> {
        self.to_vec()
    }
}

impl<const N: usize> TargetTexts for &[&str; N] {
    fn texts(&self) -> Vec<&str> {
        self.to_vec()
    }
}

/// Asserts that the user can do the action on the target, or on the targets where the action has several.
///
/// ```
/// use rolecall::testing::assert_allowed;
/// use rolecall::{Catalog, Grant, Policy, Scope};
///
/// let catalog = Catalog::builder().permission("login").build()?;
/// let login = catalog.permission("login")?;
/// let mut policy = Policy::new(catalog);
/// let mut edit = policy.edit_unguarded();
/// let ana = edit.add_user("ana")?;
/// edit.grant(Grant::permission(login).to(ana).on(Scope::Platform))?;
/// edit.commit()?;
/// assert_allowed(&policy.snapshot(), "ana", "login", "platform");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Panics
///
/// When the answer is no, with its explanation; when a name is unknown, with the nearest known one.
#[track_caller]
pub fn assert_allowed(now: &Snapshot, user: &str, action: &str, targets: impl TargetTexts) {
    let why = explained(now, user, action, &targets.texts());
    if !why.is_allowed() {
        fail("expected a yes", &why);
    }
}

/// Asserts that the user cannot do the action on the target, or on the targets where the action has several.
///
/// A name that nothing has fails the assertion: what is misspelled is no refusal.
///
/// # Panics
///
/// When the answer is yes, with its explanation; when a name is unknown, with the nearest known one.
#[track_caller]
pub fn assert_denied(now: &Snapshot, user: &str, action: &str, targets: impl TargetTexts) {
    let why = explained(now, user, action, &targets.texts());
    if why.is_allowed() {
        fail("expected a no", &why);
    }
}

/// Asserts that the user cannot do the action on the target or targets, and that this is why.
///
/// ```
/// use rolecall::testing::assert_denied_because;
/// use rolecall::{Catalog, Policy, ReasonKind};
///
/// let mut policy = Policy::new(Catalog::builder().permission("login").build()?);
/// let mut edit = policy.edit_unguarded();
/// edit.add_user("ana")?;
/// edit.commit()?;
/// assert_denied_because(&policy.snapshot(), "ana", "login", "platform", ReasonKind::NoGrant);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Panics
///
/// When the answer is yes or no for another reason, with its explanation; when a name is unknown, with the nearest known one.
#[track_caller]
pub fn assert_denied_because(
    now: &Snapshot,
    user: &str,
    action: &str,
    targets: impl TargetTexts,
    reason: ReasonKind,
) {
    let why = explained(now, user, action, &targets.texts());
    if why.kind() != Some(reason) {
        fail(&format!("expected a no: {reason}"), &why);
    }
}

/// The explanation of the answer, which is held against `can` as well.
#[track_caller]
fn explained(now: &Snapshot, user: &str, action: &str, targets: &[&str]) -> Explanation {
    let mut unknown = String::new();
    let mut note = |problem: &dyn std::fmt::Display| {
        let _never_fails = write!(unknown, "\n  {problem}");
    };
    let user = now.user(user).map_err(|problem| note(&problem)).ok();
    let action = now
        .catalog()
        .action(action)
        .map_err(|problem| note(&problem))
        .ok();
    let targets: Vec<Option<Target>> = targets
        .iter()
        .map(|text| now.target(text).map_err(|problem| note(&problem)).ok())
        .collect();
    let targets: Option<Vec<Target>> = targets.into_iter().collect();
    let (Some(user), Some(action), Some(targets)) = (user, action, targets) else {
        stop(&format!("the question cannot be asked:{unknown}"));
    };
    let why = match now.explain(user, action, targets.as_slice()) {
        Ok(why) => why,
        Err(problem) => stop(&format!("the question cannot be asked:\n  {problem}")),
    };
    if now.can(user, action, targets.as_slice()) != why.is_allowed() {
        fail("`can` and the explanation differ", &why);
    }
    why
}

#[track_caller]
fn fail(expected: &str, why: &Explanation) -> ! {
    stop(&format!("{expected}\n{why}"))
}

#[track_caller]
#[expect(
    clippy::panic,
    reason = "an assertion fails by a panic; only tests call it"
)]
fn stop(message: &str) -> ! {
    panic!("{message}")
}
