//! `Policy`: one writer, and the snapshots it publishes.

pub(crate) mod edit;
#[cfg(feature = "shared")]
pub(crate) mod shared;
#[cfg(test)]
mod tests;
pub(crate) mod write;

use std::sync::Arc;

use crate::catalog::Catalog;
use crate::error::AskError;
use crate::facts::Facts;
use crate::facts::births::Births;
use crate::facts::change::Change;
use crate::facts::digest::DigestKey;
use crate::facts::draft::Draft;
use crate::facts::entry::Entry;
use crate::facts::problem::EditError;
use crate::facts::still::still_given;
use crate::facts::uncovered::{Ended, uncovered};
use crate::id::{NOBODY, User, next_owner};
use crate::index::Index;
use crate::policy::edit::{Edit, Work};
use crate::policy::write::Write;
use crate::query::able::{Judged, judged};
use crate::snapshot::Snapshot;

/// A catalog and the facts recorded under it. Edits change it atomically; questions go to its snapshots.
///
/// ```
/// use rolecall::{Catalog, Change, Policy, ThingName};
///
/// let mut policy = Policy::new(Catalog::builder().permission("login").build()?);
/// let before = policy.snapshot();
///
/// let mut edit = policy.edit_unguarded();
/// edit.add_user("ana")?;
/// let entry = edit.commit()?;
/// assert_eq!(entry.changes(), [Change::Add(ThingName::user("ana"))]);
///
/// // A refused edit leaves no trace, and names every problem with its step and its change.
/// let refused = policy.apply(&[
///     Change::Add(ThingName::user("ben")),
///     Change::AddMember { user: "ana".into(), group: "trainers".into() },
/// ]);
/// assert_eq!(
///     refused.unwrap_err().to_string(),
///     "the edit is refused: step 1 (add user `ana` to group `trainers`): unknown group `trainers`",
/// );
/// assert_eq!(policy.snapshot().digest(), entry.digest());
///
/// policy.apply(&entry.inverse())?;
/// assert_eq!(policy.snapshot().digest(), before.digest());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Policy {
    current: Snapshot,
    /// Edits that are dropped or refused use up numbers like any other, for their handles are out.
    births: Arc<Births>,
    previewed: Arc<Births>,
}

impl Policy {
    /// An empty policy at revision 0.
    #[must_use]
    pub fn new(catalog: Catalog) -> Self {
        Self::numbered(catalog, next_owner(), DigestKey::default())
    }

    /// An empty policy at revision 0 whose digests are taken with a secret key, so that whoever may choose names, and does not know the key,
    /// cannot make up a state of the same digest. See [`Digest`](crate::Digest) for what that is worth.
    ///
    /// ```
    /// use rolecall::{Catalog, Change, DigestKey, Policy, ThingName};
    ///
    /// let catalog = Catalog::builder().build()?;
    /// let key = DigestKey::new(*b"read from a safe");
    /// let mut policies = [
    ///     Policy::with_digest_key(catalog.clone(), key.clone()),
    ///     Policy::with_digest_key(catalog.clone(), key),
    ///     Policy::new(catalog),
    /// ];
    /// for policy in &mut policies {
    ///     policy.apply(&[Change::Add(ThingName::user("ana"))])?;
    /// }
    /// let [one, replica, without] = policies.map(|policy| policy.snapshot().digest());
    /// assert_eq!(one, replica);
    /// assert_ne!(one, without, "digests compare only under one key");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn with_digest_key(catalog: Catalog, key: DigestKey) -> Self {
        Self::numbered(catalog, next_owner(), key)
    }

    /// One without a number of its own shares that of nobody with others like it. Nothing is ever added to any of them, so there is no handle
    /// that could resolve in another one.
    fn numbered(catalog: Catalog, number: Option<u32>, key: DigestKey) -> Self {
        let facts = Facts::new(catalog, number.unwrap_or(NOBODY)).with_key(key);
        let index = Index::build(&facts);
        let births =
            |births: fn() -> Births| Arc::new(number.map_or_else(Births::none, |_| births()));
        Policy {
            current: Snapshot::new(facts, index, 0),
            births: births(Births::recorded),
            previewed: births(Births::previewed),
        }
    }

    /// The vocabulary.
    #[must_use]
    pub fn catalog(&self) -> &Catalog {
        self.current.catalog()
    }

    /// The policy as it is now; later edits do not change what was handed out.
    #[must_use]
    pub fn snapshot(&self) -> Snapshot {
        self.current.clone()
    }

    /// Starts an edit in the name of a user: each [`demand`](Edit::demand) is asked of them, by the policy as it is now. Dropped without a
    /// commit, it changes nothing.
    ///
    /// ```
    /// use rolecall::{Catalog, Grant, Policy, Scope};
    ///
    /// let catalog = Catalog::builder().permission("members.edit").build()?;
    /// let edit_members = catalog.permission("members.edit")?;
    /// let mut policy = Policy::new(catalog);
    /// let mut edit = policy.edit_unguarded();
    /// let (ana, ben, europe) = (edit.add_user("ana")?, edit.add_user("ben")?, edit.add_group("europe")?);
    /// edit.grant(Grant::permission(edit_members).to(ana).on(Scope::this(europe)))?;
    /// edit.commit()?;
    ///
    /// for (actor, may) in [(ana, true), (ben, false)] {
    ///     let mut edit = policy.edit_as(actor)?;
    ///     assert_eq!(edit.demand(edit_members, europe).is_ok(), may);
    ///     edit.add_member(ben, europe)?;
    ///     assert_eq!(edit.commit().is_ok(), may);
    /// }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`AskError`] when the handle does not resolve.
    pub fn edit_as(&mut self, user: User) -> Result<Edit<'_>, AskError> {
        let work = self.work_as(user)?;
        Ok(Edit::new(self, work))
    }

    /// Starts an edit in nobody's name: every [`demand`](Edit::demand) in it is met. It is for what the service itself does, such as its
    /// set-up, an import or a repair; what people do begins with [`edit_as`](Policy::edit_as). Dropped without a commit, it changes nothing.
    pub fn edit_unguarded(&mut self) -> Edit<'_> {
        let work = self.work_unguarded();
        Edit::new(self, work)
    }

    pub(crate) fn work_as(&self, user: User) -> Result<Work, AskError> {
        self.current.facts().check(user.into())?;
        Ok(Work::new(self.snapshot(), self.draft(), Some(user)))
    }

    pub(crate) fn work_unguarded(&self) -> Work {
        Work::new(self.snapshot(), self.draft(), None)
    }

    /// Begins a write on terms: only at a stated revision, only if a guard has nothing to object to, only when a log was written.
    pub fn write(&mut self) -> Write<'_> {
        Write::own(self)
    }

    /// Applies the changes as one edit: all of them, or none. Steps count from 0 in the order given.
    ///
    /// # Errors
    ///
    /// [`EditError`] with every problem of every step and of the result.
    pub fn apply(&mut self, changes: &[Change]) -> Result<Entry, EditError> {
        let first = self.births.next();
        let mut draft = self.draft();
        draft.take_changes(changes);
        self.commit(draft)
            .inspect_err(|_| self.births.take_back(first))
    }

    /// The snapshot that the changes would lead to. The policy stays as it is, and its revision too: handles of things that only the
    /// preview has resolve in the preview alone, and what it uses up of the numbers that tell handles apart is not the policy's.
    ///
    /// # Errors
    ///
    /// [`EditError`] as [`apply`](Policy::apply) would return it.
    pub fn preview(&self, changes: &[Change]) -> Result<Snapshot, EditError> {
        let mut draft = self.draft_with(&self.previewed);
        draft.preview_since(self.births.next());
        draft.take_changes(changes);
        self.finish(draft).map(|(snapshot, _)| snapshot)
    }

    fn draft(&self) -> Draft {
        self.draft_with(&self.births)
    }

    fn draft_with(&self, births: &Arc<Births>) -> Draft {
        Draft::new(
            Arc::clone(self.current.shared_facts()),
            Arc::clone(births),
            self.current.shared_index(),
        )
    }

    pub(crate) fn commit(&mut self, draft: Draft) -> Result<Entry, EditError> {
        let (snapshot, entry) = self.finish(draft)?;
        self.current = snapshot;
        Ok(entry)
    }

    /// What the draft leads to, judged and laid out; the policy does not have it yet.
    fn finish(&self, draft: Draft) -> Result<(Snapshot, Entry), EditError> {
        let Judged {
            before,
            now,
            log,
            already_so,
            revoked,
        } = judged(&self.current, draft)?;
        let ended = Ended::by(&before, &log);
        let uncovered = uncovered(&before, now.facts(), &ended);
        let (revision, digest) = (now.revision(), now.digest());
        let mut entry = Entry::new(revision, digest, &before, log);
        entry.already_so = already_so;
        entry.uncovered = uncovered;
        entry.still_given = still_given(now.facts(), &revoked);
        Ok((now, entry))
    }
}
