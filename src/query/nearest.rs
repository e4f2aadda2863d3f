//! `nearest_changes` and `revoke_plans`: the smallest edits that would turn an answer round.

mod others;
mod revoke;
mod ways;

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use crate::error::AskError;
use crate::facts::births::Births;
use crate::facts::change::Change;
use crate::facts::draft::{Draft, Drafted, Step};
use crate::facts::{Fact, Facts};
use crate::id::{Action, Target, TargetList, User};
use crate::index::Delta;
use crate::query::able::tried;
use crate::query::grounds::Grounds;
use crate::snapshot::Snapshot;

/// The largest set of changes of which every part is tried out.
const MOST_SPARED: usize = 6;

/// A set of changes, each a fact recorded (true) or taken out.
type Toggles = BTreeMap<Fact, bool>;

/// A set of changes that was tried out: it commits, and turns the answer round, and no part of it would do.
#[derive(Clone, Debug)]
pub struct Plan {
    snapshot: Snapshot,
    changes: Vec<Change>,
    user: User,
    entries: usize,
    /// How many others gain, once somebody asked.
    others: OnceLock<usize>,
    drafted: Arc<Drafted>,
}

/// The plans that were found, and whether there may be others: the answer of [`Snapshot::nearest_changes`] and
/// [`Snapshot::revoke_plans`].
#[derive(Clone, Debug)]
pub struct Plans {
    plans: Vec<Plan>,
    is_complete: bool,
}

impl Plans {
    /// How many were found.
    #[must_use]
    pub fn len(&self) -> usize {
        self.plans.len()
    }

    /// Whether none was found.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.plans.is_empty()
    }

    /// The plans in their order.
    pub fn iter(&self) -> std::slice::Iter<'_, Plan> {
        self.plans.iter()
    }

    /// The first of them.
    #[must_use]
    pub fn first(&self) -> Option<&Plan> {
        self.plans.first()
    }

    /// Whether the search came to its end: then no smaller plan was missed, and where fewer were found than asked for there are no others.
    /// Where it is false the stated budget ran out before.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.is_complete
    }
}

impl IntoIterator for Plans {
    type Item = Plan;
    type IntoIter = std::vec::IntoIter<Plan>;

    fn into_iter(self) -> Self::IntoIter {
        self.plans.into_iter()
    }
}

impl<'a> IntoIterator for &'a Plans {
    type Item = &'a Plan;
    type IntoIter = std::slice::Iter<'a, Plan>;

    fn into_iter(self) -> Self::IntoIter {
        self.plans.iter()
    }
}

impl Plan {
    /// The changes; [`Policy::apply`](crate::Policy::apply) takes them.
    #[must_use]
    pub fn changes(&self) -> &[Change] {
        &self.changes
    }

    /// How many (permission, scope) entries someone would newly hold; a lifted deny counts those it gives free, of the first 1,000
    /// users that are held to it.
    #[must_use]
    pub fn entries_gained(&self) -> usize {
        self.entries
    }

    /// The snapshot that the changes would lead to: what else they give and take is its difference from the one that was asked.
    ///
    /// # Complexity
    ///
    /// That of a commit.
    #[must_use]
    pub fn preview(&self) -> Snapshot {
        let Drafted {
            before, after, log, ..
        } = &*self.drafted;
        let index = self.snapshot.index().apply(&Delta {
            before,
            facts: after,
            log,
        });
        Snapshot::new(after.clone(), index, self.snapshot.revision() + 1)
    }
}

impl Snapshot {
    /// The smallest sets of changes that would make the answer yes, at most `limit` of them; none where it is yes already.
    ///
    /// The changes are of these sorts: the asker joins a group, a target joins a group, a resource is placed, a label or a recorded fact is
    /// set, the asker is granted a permission just where it is missing. Where a deny is in the way it is lifted, or whatever leads from
    /// the asker to it, or from the target to where it holds, is taken out: the asker leaves a group, a group is detached, a resource
    /// unplaced, a label taken off. Each set was tried out: it commits under the rules and makes the answer yes, and no part of it does.
    ///
    /// They come in the order of their size, then of how many others would gain something by it ([`Plan::others_gaining`]), then of how
    /// many (permission, scope) entries anyone would newly hold: joining a group that brings forty rights comes after a grant that brings one.
    ///
    /// ```
    /// # use rolecall::{Catalog, Grant, Policy, Scope};
    /// # let catalog = Catalog::builder().permission("read").permission("edit").build()?;
    /// # let (read, edit_it) = (catalog.permission("read")?, catalog.permission("edit")?);
    /// # let mut policy = Policy::new(catalog);
    /// # let mut edit = policy.edit_unguarded();
    /// # let (ana, staff) = (edit.add_user("ana")?, edit.add_group("staff")?);
    /// # edit.grant_all(Grant::permission(read).to(staff).on_each([Scope::this(staff), Scope::Oneself]))?;
    /// # edit.commit()?;
    /// let nearest = policy.snapshot().nearest_changes(ana, read, staff, 3)?;
    /// let changes: Vec<String> = nearest.iter().map(|turn| turn.changes()[0].to_string()).collect();
    /// assert_eq!(changes, [
    ///     "grant: allow permission `read` to user `ana` on this group `staff`",
    ///     "add user `ana` to group `staff`",
    /// ]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`AskError`] for a handle that does not resolve in this snapshot and for a wrong number of targets.
    ///
    /// # Complexity
    ///
    /// Each candidate is tried out on the facts, as an edit would be, and of the 32 that promise to give least away among those of one
    /// size it is worked out who else gains, as by a [`diff`](Snapshot::diff). Of a part with very many ways to become true, the 256
    /// smallest are followed up; of ways out of the denies at one place, those that 200,000 steps find, of up to three facts each, and
    /// that of lifting them all. [`Plans::is_complete`] tells whether that was all.
    pub fn nearest_changes(
        &self,
        user: User,
        action: impl Into<Action>,
        targets: impl TargetList,
        limit: usize,
    ) -> Result<Plans, AskError> {
        let action = action.into();
        targets.with(|targets| {
            self.check_question(user, action, targets)?;
            Ok(Search {
                snapshot: self,
                facts: self.facts(),
                user,
                action: action.index,
                targets,
            }
            .nearest(limit))
        })
    }

    /// The smallest sets of recorded facts whose removal makes the answer no, at most `limit` of them; none where it is no already.
    ///
    /// The facts are memberships, sub-group edges, placements, labels, grants, and the permissions and includes of run-time roles. Each set
    /// was tried out: its removal commits under the rules and makes the answer no, and no part of it does (of more than six facts: none
    /// that lacks one of them). They come in the order of their size, then of the facts. What others would lose is the difference of
    /// [`Plan::preview`] from this snapshot.
    ///
    /// The smallest ones are searched for within a budget, and [`Plans::is_complete`] tells whether it lasted. Where it did not, there
    /// are plans all the same, which need no search: a cheap cut through all that proves the answer, one of what concerns the
    /// asker alone, one of grants. So there is always one, unless rules refuse it.
    ///
    /// ```
    /// # use rolecall::{Catalog, Grant, Policy, Scope};
    /// # let catalog = Catalog::builder().permission("read").build()?;
    /// # let read = catalog.permission("read")?;
    /// # let mut policy = Policy::new(catalog);
    /// # let mut edit = policy.edit_unguarded();
    /// # let (ana, staff) = (edit.add_user("ana")?, edit.add_group("staff")?);
    /// # edit.add_member(ana, staff)?;
    /// # edit.grant(Grant::permission(read).to(staff).on(Scope::Platform))?;
    /// # edit.commit()?;
    /// let plans = policy.snapshot().revoke_plans(ana, read, staff, 9)?;
    /// let changes: Vec<String> = plans.iter().map(|turn| turn.changes()[0].to_string()).collect();
    /// assert_eq!(changes, [
    ///     "remove user `ana` from group `staff`",
    ///     "revoke: allow permission `read` to group `staff` on the platform",
    /// ]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`AskError`] for a handle that does not resolve in this snapshot and for a wrong number of targets.
    ///
    /// # Complexity
    ///
    /// A set is tried out for each way to hit every proof found so far, each in time linear in what the answer can rest on: the groups
    /// that the asker is held as, the grants they hold there, and the places that the targets are under. After 6,000,000 such steps, or
    /// with 50,000 sets still to try, the search ends. The plans that need no search take a few such walks.
    pub fn revoke_plans(
        &self,
        user: User,
        action: impl Into<Action>,
        targets: impl TargetList,
        limit: usize,
    ) -> Result<Plans, AskError> {
        let action = action.into();
        targets.with(|targets| {
            self.check_question(user, action, targets)?;
            Ok(Search {
                snapshot: self,
                facts: self.facts(),
                user,
                action: action.index,
                targets,
            }
            .revoke(limit))
        })
    }
}

struct Search<'a> {
    snapshot: &'a Snapshot,
    facts: &'a Facts,
    user: User,
    action: u32,
    targets: &'a [Target],
}

impl Search<'_> {
    fn plan(&self, toggles: &Toggles, drafted: Drafted, entries: usize) -> Plan {
        let changes = toggles.iter().filter_map(|(fact, present)| {
            let change = self.facts.describe(fact);
            if *present {
                Some(change)
            } else {
                change.inverse()
            }
        });
        Plan {
            snapshot: self.snapshot.clone(),
            changes: changes.collect(),
            user: self.user,
            entries,
            others: OnceLock::new(),
            drafted: Arc::new(drafted),
        }
    }

    /// What the changes lead to, if they commit.
    fn draft(&self, toggles: &Toggles) -> Option<Drafted> {
        let mut draft = Draft::new(
            Arc::clone(self.snapshot.shared_facts()),
            Arc::new(Births::none()),
            self.snapshot.shared_index(),
        );
        for (fact, present) in toggles {
            draft.take(Step::Set(*fact, *present)).ok()?;
        }
        tried(self.snapshot, draft)
    }

    /// What the changes lead to, if they commit and make the answer this.
    fn try_out(&self, toggles: &Toggles, wanted: bool) -> Option<Drafted> {
        let drafted = self.draft(toggles)?;
        (self.answer(&drafted.after) == wanted).then_some(drafted)
    }

    fn answer(&self, facts: &Facts) -> bool {
        let grounds = Grounds::new(facts, self.user, self.action, self.targets);
        grounds.without(&[]).answer()
    }

    /// Whether a part of the changes would do. Of sets past [`MOST_SPARED`] only the parts that lack one change are looked at.
    fn can_spare(&self, toggles: &Toggles, wanted: bool) -> bool {
        toggles.len() > 1
            && toggles.keys().any(|spared| {
                let mut fewer = toggles.clone();
                fewer.remove(spared);
                let would_do = self.try_out(&fewer, wanted).is_some();
                would_do || (fewer.len() < MOST_SPARED && self.can_spare(&fewer, wanted))
            })
    }
}
