//! `Write`: the terms on which a commit is made, and what is said when one of them is not met.

use std::convert::Infallible;
use std::fmt;

use crate::facts::change::Change;
use crate::facts::draft::Draft;
use crate::facts::entry::Entry;
use crate::facts::problem::EditError;
use crate::facts::uncovered::Uncovered;
use crate::id::User;
use crate::policy::Policy;
use crate::policy::edit::{Edit, Work};
#[cfg(feature = "shared")]
use crate::policy::shared::SharedPolicy;
use crate::query::diff::named::NamedDifference;
use crate::query::diff::{Diff, Difference};

/// One write, with the terms on which it is made: begin it with [`Policy::write`] or `SharedPolicy::write`, state the terms, and end it
/// with [`apply`](Write::apply), [`edit_as`](Write::edit_as) or [`edit_unguarded`](Write::edit_unguarded).
///
/// They are looked at in this order, and the first that is not met ends the write without a trace:
///
/// 1. [`if_revision`](Write::if_revision): nobody has written since; before anything is done.
/// 2. The steps, the loops and the rules of the catalog.
/// 3. [`guard`](Write::guard): what it sees of who gains and loses what.
/// 4. [`before_publishing`](Write::before_publishing): last of all. Once it has returned `Ok`, nothing can keep the commit from being made.
///
/// A write stays in the thread that began it, for its guards and its hook may hold anything. Nobody but them sees anything of the commit before that: no snapshot has it, of whatever thread. A closure, a guard or
/// a hook that panics leaves no trace either.
///
/// ```
/// use rolecall::{Catalog, Change, NotCommitted, Policy, ThingName, Turn};
///
/// let mut policy = Policy::new(Catalog::builder().permission("billing").build()?);
/// let mut log: Vec<String> = Vec::new();
/// let ana = [Change::Add(ThingName::user("ana"))];
/// let entry = policy
///     .write()
///     .if_revision(0)
///     .guard(|diff| diff.iter().find(|difference| difference.turn == Turn::Gained))
///     .before_publishing(|entry, _| {
///         log.push(format!("{} {}", entry.revision(), entry.digest()));
///         Ok::<_, std::io::Error>(())
///     })
///     .apply(&ana)?;
/// assert_eq!(log, [format!("1 {}", entry.digest())]);
///
/// // What was meant for an earlier state is not done to a later one.
/// let late = policy.write().if_revision(0).apply(&ana).unwrap_err();
/// assert_eq!(late.to_string(), "the write was meant for revision 0, and the policy is at revision 1");
///
/// // A log that cannot be written: nothing happened.
/// let full = policy
///     .write()
///     .before_publishing(|_, _| Err("the disk is full"))
///     .apply(&[Change::Add(ThingName::user("ben"))]);
/// assert!(matches!(full, Err(NotCommitted::Stopped("the disk is full"))));
/// assert_eq!((policy.snapshot().revision(), policy.snapshot().digest()), (1, entry.digest()));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use = "a write that is not ended by `apply`, `edit_as` or `edit_unguarded` changes nothing"]
pub struct Write<'w, H = Infallible> {
    to: To<'w>,
    revision: Option<u64>,
    terms: Terms<'w, H>,
}

/// What is written to.
enum To<'w> {
    Own(&'w mut Policy),
    #[cfg(feature = "shared")]
    Shared(&'w SharedPolicy),
}

type Guard<'w> = Box<dyn FnOnce(&Diff) -> Option<Objection> + 'w>;

type Hook<'w, H> = Box<dyn FnOnce(&Entry, &Diff) -> Result<(), H> + 'w>;

/// What must be met by a commit that has no problems.
pub(crate) struct Terms<'w, H> {
    guards: Vec<Guard<'w>>,
    hook: Option<Hook<'w, H>>,
}

impl<'w> Terms<'w, Infallible> {
    pub(crate) fn guarded_by<O: Into<Objection>>(
        guard: impl FnOnce(&Diff) -> Option<O> + 'w,
    ) -> Self {
        Terms {
            guards: vec![Box::new(|diff: &Diff| guard(diff).map(Into::into))],
            hook: None,
        }
    }
}

impl<H> Terms<'_, H> {
    /// Shows the commit to the guards, one after the other, and then to the hook.
    pub(crate) fn meet(self, entry: &Entry, diff: &Diff) -> Result<(), Unmet<H>> {
        for guard in self.guards {
            match guard(diff) {
                Some(Objection::Turned(difference)) => {
                    return Err(Unmet::Objected(Box::new(Objected {
                        named: diff.named(&difference),
                        difference,
                    })));
                }
                Some(Objection::Uncovered(uncovered)) => {
                    return Err(Unmet::Uncovered(Box::new(uncovered)));
                }
                None => {}
            }
        }
        match self.hook {
            Some(hook) => hook(entry, diff).map_err(Unmet::Stopped),
            None => Ok(()),
        }
    }
}

/// Which of the terms was not met.
pub(crate) enum Unmet<H> {
    Refused(EditError),
    Objected(Box<Objected>),
    Uncovered(Box<Uncovered>),
    Stopped(H),
}

/// What a guard objects to: an answer that turns, or a deny that covers less, of those that [`Diff::denies_covering_less`] lists.
///
/// A guard returns either of them as it is: a [`Difference`], or an [`Uncovered`]. One that never objects says which it would have
/// returned: `None::<Difference>`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Objection {
    /// An answer turns.
    Turned(Difference),
    /// A deny covers less.
    Uncovered(Uncovered),
}

impl From<Difference> for Objection {
    fn from(difference: Difference) -> Self {
        Objection::Turned(difference)
    }
}

impl From<Uncovered> for Objection {
    fn from(uncovered: Uncovered) -> Self {
        Objection::Uncovered(uncovered)
    }
}

impl<H> From<EditError> for Unmet<H> {
    fn from(error: EditError) -> Self {
        Unmet::Refused(error)
    }
}

/// What a guard objected to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Objected {
    /// The difference that the guard named.
    pub difference: Difference,
    /// The same in names, each as the state has it in which the answer is yes.
    pub named: NamedDifference,
}

impl fmt::Display for Objected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the guard objects: ")?;
        self.named.write(f, ["would gain", "would lose"])
    }
}

/// Why a guarded commit was not made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Guarded {
    /// The edit has problems.
    #[error(transparent)]
    Refused(#[from] EditError),
    /// The guard objected.
    #[error("{0}")]
    Objected(Box<Objected>),
    /// The guard objected to a deny that would cover less.
    #[error("the guard objects: {0}")]
    Uncovered(Box<Uncovered>),
}

impl From<Unmet<Infallible>> for Guarded {
    fn from(unmet: Unmet<Infallible>) -> Self {
        match unmet {
            Unmet::Refused(error) => Guarded::Refused(error),
            Unmet::Objected(objection) => Guarded::Objected(objection),
            Unmet::Uncovered(uncovered) => Guarded::Uncovered(uncovered),
            Unmet::Stopped(never) => match never {},
        }
    }
}

/// Why a [`Write`], or an edit lent to a closure, was not committed. It left no trace.
///
/// `E` is the error of the closure that edits, `H` that of the hook; where there is none of them, it is one that cannot be.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NotCommitted<E, H = Infallible> {
    /// The closure returned this error, and the edit was dropped.
    #[error("the edit was dropped: {0}")]
    Dropped(E),
    /// The closure was content, and the commit was refused.
    #[error(transparent)]
    Refused(EditError),
    /// The policy is at another revision than the one that was [asked for](Write::if_revision). Nothing was tried.
    #[error("the write was meant for revision {expected}, and the policy is at revision {actual}")]
    Outdated {
        /// The revision that was asked for.
        expected: u64,
        /// The revision that the policy is at.
        actual: u64,
    },
    /// A [guard](Write::guard) objected.
    #[error("{0}")]
    Objected(Box<Objected>),
    /// A [guard](Write::guard) objected to a deny that would cover less.
    #[error("the guard objects: {0}")]
    Uncovered(Box<Uncovered>),
    /// The hook [before publishing](Write::before_publishing) returned this error.
    #[error("the edit was stopped before it was published: {0}")]
    Stopped(H),
}

impl<E, H> From<Unmet<H>> for NotCommitted<E, H> {
    fn from(unmet: Unmet<H>) -> Self {
        match unmet {
            Unmet::Refused(error) => NotCommitted::Refused(error),
            Unmet::Objected(objection) => NotCommitted::Objected(objection),
            Unmet::Uncovered(uncovered) => NotCommitted::Uncovered(uncovered),
            Unmet::Stopped(error) => NotCommitted::Stopped(error),
        }
    }
}

impl<'w> Write<'w> {
    fn to(to: To<'w>) -> Self {
        Write {
            to,
            revision: None,
            terms: Terms {
                guards: Vec::new(),
                hook: None,
            },
        }
    }

    pub(crate) fn own(policy: &'w mut Policy) -> Self {
        Self::to(To::Own(policy))
    }

    #[cfg(feature = "shared")]
    pub(crate) fn shared(policy: &'w SharedPolicy) -> Self {
        Self::to(To::Shared(policy))
    }

    /// Calls the hook with the entry and the exact difference after everything else was found to be in order, and before anybody sees the
    /// commit: it is where a log is written that must not lack what readers have seen. If it returns an error, nothing happened.
    ///
    /// What the hook wrote stands, even where the process ends before the commit is made: whoever reads such a log again has one entry
    /// more than any reader saw, never one less. The difference costs nothing unless the hook asks it something.
    ///
    /// In a [`SharedPolicy`] other writers wait for the hook, and readers do not. It must not write to the same policy itself, for it would
    /// wait for its own end.
    pub fn before_publishing<H: 'w>(
        self,
        hook: impl FnOnce(&Entry, &Diff) -> Result<(), H> + 'w,
    ) -> Write<'w, H> {
        let Terms {
            guards,
            hook: earlier,
        } = self.terms;
        // One that cannot fail may be there already; both are called.
        let both: Hook<'w, H> = match earlier {
            None => Box::new(hook),
            Some(earlier) => Box::new(move |entry: &Entry, diff: &Diff| {
                match earlier(entry, diff) {
                    Ok(()) => {}
                    Err(never) => match never {},
                }
                hook(entry, diff)
            }),
        };
        Write {
            to: self.to,
            revision: self.revision,
            terms: Terms {
                guards,
                hook: Some(both),
            },
        }
    }
}

impl<'w, H> Write<'w, H> {
    /// Writes only if the policy is at this revision still: for whoever looked at a snapshot, thought about it and wants to be sure that
    /// nobody wrote meanwhile. It is looked at when the turn to write has come; the closure is not called where it is not so.
    pub fn if_revision(mut self, revision: u64) -> Self {
        self.revision = Some(revision);
        self
    }

    /// Commits only if the guard has nothing to object to: it sees exactly who would gain and lose what, and which denies would cover less,
    /// and returns one of these that it does not want. Where there are several guards, each of them is asked, in the order in which they were stated.
    ///
    /// ```
    /// use rolecall::{Catalog, Change, Difference, Effect, GrantName, Policy, ScopeName, SubjectName, ThingName, Turn, WhatName};
    ///
    /// let mut policy = Policy::new(Catalog::builder().permission("billing").build()?);
    /// policy.apply(&[Change::Add(ThingName::user("ana"))])?;
    /// let grant = Change::Grant(GrantName {
    ///     effect: Effect::Allow,
    ///     subject: SubjectName::Everyone,
    ///     what: WhatName::Permission("billing".into()),
    ///     scope: ScopeName::Oneself,
    /// });
    /// let nobody_gains = policy
    ///     .write()
    ///     .guard(|diff| diff.iter().find(|difference| difference.turn == Turn::Gained))
    ///     .apply(&[grant.clone()]);
    /// assert_eq!(nobody_gains.unwrap_err().to_string(), "the guard objects: user `ana` would gain `billing` on `user:ana`");
    /// assert!(policy.write().guard(|_| None::<Difference>).apply(&[grant]).is_ok());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn guard<O: Into<Objection>>(
        mut self,
        guard: impl FnOnce(&Diff) -> Option<O> + 'w,
    ) -> Self {
        let guard = |diff: &Diff| guard(diff).map(Into::into);
        self.terms.guards.push(Box::new(guard));
        self
    }

    /// Applies the changes as one edit, as [`Policy::apply`] does.
    ///
    /// # Errors
    ///
    /// [`NotCommitted`] with the first of the terms that is not met.
    pub fn apply(self, changes: &[Change]) -> Result<Entry, NotCommitted<Infallible, H>> {
        self.turn(|policy, terms| {
            let first = policy.births.next();
            let mut draft = policy.draft();
            draft.take_changes(changes);
            let written = policy.commit_on(draft, terms);
            // A guard and a hook may have kept handles of what they saw.
            if let Err(Unmet::Refused(_)) = written {
                policy.births.take_back(first);
            }
            Ok(written?)
        })
    }

    /// Lets the closure edit the policy in the name of a user: each [`demand`](Edit::demand) is asked of them, by the policy as it is when
    /// the closure is called. It is committed when the closure returns `Ok`, and dropped when it returns `Err`.
    ///
    /// ```
    /// use rolecall::{Catalog, Grant, NotCommitted, Policy, Problem, Scope};
    ///
    /// let catalog = Catalog::builder().permission("members.edit").build()?;
    /// let edit_members = catalog.permission("members.edit")?;
    /// let mut policy = Policy::new(catalog);
    /// let ((ana, europe), _) = policy.write().if_revision(0).edit_unguarded(|edit| {
    ///     let (ana, europe) = (edit.add_user("ana")?, edit.add_group("europe")?);
    ///     edit.grant(Grant::permission(edit_members).to(ana).on(Scope::this(europe)))?;
    ///     Ok::<_, Problem>((ana, europe))
    /// })?;
    /// let joins = |edit: &mut rolecall::Edit<'_>| {
    ///     edit.demand(edit_members, europe)?;
    ///     edit.add_member(ana, europe)
    /// };
    /// assert!(policy.write().if_revision(1).edit_as(ana, joins).is_ok());
    /// assert!(matches!(policy.write().if_revision(1).edit_as(ana, joins), Err(NotCommitted::Outdated { expected: 1, actual: 2 })));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`NotCommitted`] with the closure's error, or with the first of the terms that is not met; so when the handle of the user does not
    /// resolve, and the closure is not called then.
    pub fn edit_as<T, E>(
        self,
        user: User,
        work: impl FnOnce(&mut Edit<'_>) -> Result<T, E>,
    ) -> Result<(T, Entry), NotCommitted<E, H>> {
        self.turn(|policy, terms| {
            let pending = policy
                .work_as(user)
                .map_err(|stale| NotCommitted::Refused(EditError::of_whole(stale.into())))?;
            policy.lend(pending, terms, work)
        })
    }

    /// Lets the closure edit the policy in nobody's name; else as [`edit_as`](Write::edit_as).
    ///
    /// # Errors
    ///
    /// [`NotCommitted`] with the closure's error, or with the first of the terms that is not met.
    pub fn edit_unguarded<T, E>(
        self,
        work: impl FnOnce(&mut Edit<'_>) -> Result<T, E>,
    ) -> Result<(T, Entry), NotCommitted<E, H>> {
        self.turn(|policy, terms| policy.lend(policy.work_unguarded(), terms, work))
    }

    /// Waits for the turn to write, sees that nobody wrote meanwhile, and writes.
    fn turn<T, E>(
        self,
        write: impl FnOnce(&mut Policy, Terms<'w, H>) -> Result<T, NotCommitted<E, H>>,
    ) -> Result<T, NotCommitted<E, H>> {
        let Write {
            to,
            revision,
            terms,
        } = self;
        let write = |policy: &mut Policy| {
            let actual = policy.current.revision();
            match revision {
                Some(expected) if expected != actual => {
                    Err(NotCommitted::Outdated { expected, actual })
                }
                _ => write(policy, terms),
            }
        };
        match to {
            To::Own(policy) => write(policy),
            #[cfg(feature = "shared")]
            To::Shared(shared) => shared.turn(write),
        }
    }
}

impl Policy {
    /// Lends the work to the closure, and commits what was done to it, whatever the closure puts in its place.
    fn lend<T, E, H>(
        &mut self,
        mut pending: Work,
        terms: Terms<'_, H>,
        work: impl FnOnce(&mut Edit<'_>) -> Result<T, E>,
    ) -> Result<(T, Entry), NotCommitted<E, H>> {
        let done = work(&mut pending.lend()).map_err(NotCommitted::Dropped)?;
        let entry = self.commit_on(pending.into_draft(), terms)?;
        Ok((done, entry))
    }

    /// Commits if the terms are met.
    pub(crate) fn commit_on<H>(
        &mut self,
        draft: Draft,
        terms: Terms<'_, H>,
    ) -> Result<Entry, Unmet<H>> {
        let (snapshot, entry) = self.finish(draft)?;
        if !terms.guards.is_empty() || terms.hook.is_some() {
            // INVARIANT: whatever is called here may panic, so nothing of the policy has changed yet.
            terms.meet(&entry, &snapshot.differences(&self.current))?;
        }
        self.current = snapshot;
        Ok(entry)
    }
}

impl<H> fmt::Debug for Write<'_, H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Write")
            .field("revision", &self.revision)
            .field("guards", &self.terms.guards.len())
            .field("hook", &self.terms.hook.is_some())
            .finish_non_exhaustive()
    }
}
