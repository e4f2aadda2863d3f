//! `SharedPolicy`: a policy that several threads read and edit.

use std::sync::{Arc, Mutex, PoisonError};

use arc_swap::ArcSwap;

use crate::catalog::Catalog;
use crate::facts::births::Births;
use crate::facts::change::Change;
use crate::facts::entry::Entry;
use crate::facts::problem::EditError;
use crate::id::User;
use crate::policy::Policy;
use crate::policy::edit::Edit;
use crate::policy::write::{NotCommitted, Write};
use crate::snapshot::Snapshot;

/// A policy that several threads read and edit: one writer at a time, snapshots read without a lock.
///
/// * Reading: [`snapshot`](SharedPolicy::snapshot), [`preview`](SharedPolicy::preview), [`catalog`](SharedPolicy::catalog). They never
///   wait for a writer.
/// * Writing: [`apply`](SharedPolicy::apply), [`edit_as`](SharedPolicy::edit_as), [`edit_unguarded`](SharedPolicy::edit_unguarded);
///   on terms, such as a log that is written first: [`write`](SharedPolicy::write). Writers take turns.
///
/// A commit is published as a whole before the call that made it returns. From then on every snapshot that any thread takes has it:
/// after a revocation returned, nobody is answered by what was revoked, unless they kept an earlier snapshot. Snapshots are published in
/// the order of their revisions, so what a reader sees is always the result of the first so many commits, never one without another
/// before it.
///
/// A policy that is loaded before it is shared is seen whole by the first reader. One that is filled later is best filled by one edit.
///
/// ```
/// use rolecall::{Catalog, Grant, Policy, Problem, Scope, SharedPolicy};
///
/// let catalog = Catalog::builder().permission("login").build()?;
/// let login = catalog.permission("login")?;
/// let shared = SharedPolicy::new(Policy::new(catalog));
/// let (ana, entry) = shared.edit_unguarded(|edit| {
///     let ana = edit.add_user("ana")?;
///     edit.grant(Grant::permission(login).to(ana).on(Scope::Platform))?;
///     Ok::<_, Problem>(ana)
/// })?;
/// assert_eq!(entry.revision(), shared.snapshot().revision());
///
/// std::thread::scope(|threads| {
///     let reader = threads.spawn(|| shared.snapshot().can(ana, login, rolecall::Target::Platform));
///     assert!(reader.join().unwrap());
/// });
///
/// // The closure says no, or a step fails: nothing happened, and nothing was published.
/// let dropped = shared.edit_unguarded(|edit| {
///     edit.remove(ana)?;
///     edit.add_user("ben")?;
///     edit.add_user("ben").map(drop)
/// });
/// assert_eq!(dropped.unwrap_err().to_string(), "the edit was dropped: user `ben` already exists");
/// assert_eq!(shared.snapshot().revision(), entry.revision());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct SharedPolicy {
    writer: Mutex<Policy>,
    published: ArcSwap<Snapshot>,
    /// Where previews take births from, and what tells which were given by the policy.
    previewed: Arc<Births>,
    births: Arc<Births>,
}

impl SharedPolicy {
    /// Shares a policy as it is.
    #[must_use]
    pub fn new(policy: Policy) -> Self {
        SharedPolicy {
            published: ArcSwap::from_pointee(policy.snapshot()),
            previewed: Arc::clone(&policy.previewed),
            births: Arc::clone(&policy.births),
            writer: Mutex::new(policy),
        }
    }

    /// The policy, no longer shared.
    #[must_use]
    pub fn into_inner(self) -> Policy {
        self.writer
            .into_inner()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// The vocabulary.
    #[must_use]
    pub fn catalog(&self) -> Catalog {
        self.published.load().catalog().clone()
    }

    /// The policy as it is now, without waiting for anyone. Ask all questions of one decision of the same snapshot.
    #[must_use]
    pub fn snapshot(&self) -> Snapshot {
        Snapshot::clone(&self.published.load())
    }

    /// Begins a write on terms: only at a stated revision, only if a guard has nothing to object to, only when a log was written. Nobody
    /// sees anything of it before all of them are met, and it takes its turn among the writers when it is ended.
    ///
    /// ```
    /// use rolecall::{Catalog, Change, Policy, Problem, SharedPolicy, ThingName};
    ///
    /// let shared = SharedPolicy::new(Policy::new(Catalog::builder().build()?));
    /// let seen = shared.snapshot();
    /// let mut log = Vec::new();
    /// shared
    ///     .write()
    ///     .if_revision(seen.revision())
    ///     .before_publishing(|entry, _| {
    ///         assert_eq!(shared.snapshot().revision(), seen.revision(), "nobody sees it yet");
    ///         log.extend_from_slice(entry.changes());
    ///         Ok::<_, std::io::Error>(())
    ///     })
    ///     .edit_unguarded(|edit| edit.add_user("ana"))?;
    /// assert_eq!(log, [Change::Add(ThingName::user("ana"))]);
    ///
    /// let late = shared.write().if_revision(seen.revision()).edit_unguarded(|edit| edit.add_user("ben"));
    /// assert_eq!(late.unwrap_err().to_string(), "the write was meant for revision 0, and the policy is at revision 1");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn write(&self) -> Write<'_> {
        Write::shared(self)
    }

    /// Applies the changes as one edit, as [`Policy::apply`] does, and publishes the result. Writers take turns.
    ///
    /// # Errors
    ///
    /// [`EditError`] with every problem; nothing was changed then.
    pub fn apply(&self, changes: &[Change]) -> Result<Entry, EditError> {
        self.turn(|policy| policy.apply(changes))
    }

    /// Lets the closure edit the policy in the name of a user, as [`Policy::edit_as`] does: commits and publishes when it returns `Ok`,
    /// drops the edit when it returns `Err`.
    ///
    /// Other writers wait until the closure has returned. It must not write to the same policy itself, for it would wait for its own
    /// end; reading is free, and shows the state before. A closure that panics drops its edit, and the policy goes on as it was. What is
    /// committed is what was done to the edit that was lent, whatever the closure puts in its place.
    ///
    /// # Errors
    ///
    /// [`NotCommitted::Dropped`] with the closure's error, or [`NotCommitted::Refused`] with every problem of the edit; so when the handle
    /// of the user does not resolve, and the closure is not called then.
    pub fn edit_as<T, E>(
        &self,
        user: User,
        work: impl FnOnce(&mut Edit<'_>) -> Result<T, E>,
    ) -> Result<(T, Entry), NotCommitted<E>> {
        self.write().edit_as(user, work)
    }

    /// Lets the closure edit the policy in nobody's name, as [`Policy::edit_unguarded`] does; else as [`edit_as`](SharedPolicy::edit_as).
    ///
    /// # Errors
    ///
    /// [`NotCommitted::Dropped`] with the closure's error, or [`NotCommitted::Refused`] with every problem of the edit.
    pub fn edit_unguarded<T, E>(
        &self,
        work: impl FnOnce(&mut Edit<'_>) -> Result<T, E>,
    ) -> Result<(T, Entry), NotCommitted<E>> {
        self.write().edit_unguarded(work)
    }

    /// The snapshot that the changes would lead to from the one published now. It waits for no writer, and nothing is changed.
    ///
    /// # Errors
    ///
    /// [`EditError`] as [`apply`](SharedPolicy::apply) would return it.
    pub fn preview(&self, changes: &[Change]) -> Result<Snapshot, EditError> {
        let aside = Policy {
            current: self.snapshot(),
            births: Arc::clone(&self.births),
            previewed: Arc::clone(&self.previewed),
        };
        aside.preview(changes)
    }

    /// Waits for the turn to write, writes, and publishes what came of it.
    pub(crate) fn turn<T, E>(
        &self,
        write: impl FnOnce(&mut Policy) -> Result<T, E>,
    ) -> Result<T, E> {
        // A writer that panicked dropped its edit: a policy changes by one assignment, after all that can fail, so it is whole.
        let mut policy = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
        let written = write(&mut policy)?;
        // INVARIANT: the turn lasts until here, so that snapshots are published in the order of their revisions.
        self.published.store(Arc::new(policy.snapshot()));
        Ok(written)
    }
}

impl From<Policy> for SharedPolicy {
    fn from(policy: Policy) -> Self {
        SharedPolicy::new(policy)
    }
}
