//! What changes in who may do what, between two snapshots of a policy.
//!
//! The two states are compared fact by fact, over pages that they do not share; see [`touched`] for what follows from a fact that differs,
//! and [`parts`] for how the answers are compared then.

pub(crate) mod alike;
pub(crate) mod by_names;
mod gained;
pub(crate) mod named;
mod parts;
pub(crate) mod touched;

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::fmt;
use std::sync::OnceLock;

use crate::facts::Fact;
use crate::facts::Facts;
use crate::facts::change::Change;
use crate::facts::grant::Grant;
use crate::facts::uncovered::{Ended, Uncovered, uncovered};
use crate::id::{Action, Target, Thing, User};
use crate::query::diff::alike::permissions_of;
pub use crate::query::diff::parts::Turn;
use crate::query::diff::parts::{Comparison, Part, facts_of};
use crate::query::diff::touched::{State, Touched};
use crate::query::explain::judge::rulings;
use crate::query::explain::{Proofs, Ruling};
use crate::query::reverse::classes::Extent;
use crate::query::reverse::down::Sort;
use crate::query::reverse::formula::atoms_of;
use crate::query::reverse::sets::Slots;
use crate::snapshot::Snapshot;

/// Exactly who gained and who lost which action on which targets between two snapshots, from [`Snapshot::diff`].
///
/// What is worked out is kept, action by action, as it is asked for.
pub struct Diff {
    before: Snapshot,
    now: Snapshot,
    /// What may differ, once anything was asked.
    touched: OnceLock<Touched>,
    /// For each action.
    parts: Vec<OnceLock<Vec<Part>>>,
    uncovered: OnceLock<Vec<Uncovered>>,
}

/// One answer that is not the same in both snapshots.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Difference {
    /// Who is asked about.
    pub user: User,
    /// What is asked.
    pub action: Action,
    /// On what, one for each target of the action.
    pub targets: Vec<Target>,
    /// Whether the answer has become yes or no.
    pub turn: Turn,
}

/// How many answers about a user and an action are not the same in both snapshots.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DifferenceCount {
    /// Who is asked about.
    pub user: User,
    /// What is asked.
    pub action: Action,
    /// On how many targets, or combinations of them, the user can do it now and could not before.
    pub gained: u64,
    /// On how many the user could do it before and cannot now.
    pub lost: u64,
}

/// Why two snapshots cannot be compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(tag = "code"))]
#[non_exhaustive]
pub enum DiffError {
    /// They are of two policies, whose users and targets have nothing to do with each other.
    #[error("the snapshots are of two policies")]
    #[cfg_attr(feature = "serde", serde(rename = "diff_of_other_policy"))]
    OtherPolicy,
    /// They are of catalogs that do not declare the same, under which the same facts do not mean the same.
    #[error("the snapshots are of catalogs that do not declare the same")]
    #[cfg_attr(feature = "serde", serde(rename = "other_catalog"))]
    OtherCatalog,
}

impl DiffError {
    /// The stable name of this variant, for programs: see [`Error::code`](crate::Error::code).
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            DiffError::OtherPolicy => "diff_of_other_policy",
            DiffError::OtherCatalog => "other_catalog",
        }
    }
}

impl Snapshot {
    /// Exactly who gained and who lost which action between another snapshot of the policy and this one.
    ///
    /// The other may be earlier or later, or a preview. Someone who is new gains all they can do, someone removed loses all they could, and
    /// so with targets. It is the difference of [`can`](Snapshot::can) on all users, all actions and all targets, for actions with several
    /// targets on all combinations.
    ///
    /// # Errors
    ///
    /// [`DiffError`] when the other snapshot is of another policy.
    ///
    /// # Complexity
    ///
    /// The facts are compared where the snapshots do not share memory, so the cost does not depend on the size of the policy but on what was
    /// touched: the users whose holdings may differ and the targets that grants may reach otherwise. The rest is worked out as it is asked
    /// for, action by action. For each touched user whose scopes of the action's permissions differ, [`where_can`](Snapshot::where_can) of
    /// both snapshots is compared; for each touched target [`who_can`](Snapshot::who_can). Users who hold the same scopes, and targets that
    /// sit alike, are compared once for all of them. For an action with several targets the targets are sorted, for each such user, into
    /// classes by what the formula's atoms say of them, and classes after which the same is left of the formula are gone on with together.
    ///
    /// ```
    /// # use rolecall::{Catalog, Change, Difference, Grant, Policy, Scope, Target, Turn};
    /// # let catalog = Catalog::builder().permission("course.edit").build()?;
    /// # let edit_course = catalog.permission("course.edit")?;
    /// # let mut policy = Policy::new(catalog);
    /// # let mut edit = policy.edit_unguarded();
    /// # let (trainers, europe) = (edit.add_group("trainers")?, edit.add_group("europe")?);
    /// # let (ana, ben) = (edit.add_user("ana")?, edit.add_user("ben")?);
    /// # edit.grant(Grant::permission(edit_course).to(trainers).on(Scope::this(europe)))?;
    /// # edit.add_member(ana, trainers)?;
    /// # edit.commit()?;
    /// let now = policy.snapshot();
    /// let after = policy.preview(&[Change::AddMember { user: "ben".into(), group: "trainers".into() }])?;
    /// let diff = after.diff(&now)?;
    /// let found: Vec<Difference> = diff.iter().collect();
    /// assert_eq!(found, [Difference {
    ///     user: ben,
    ///     action: edit_course.into(),
    ///     targets: vec![Target::Group(europe)],
    ///     turn: Turn::Gained,
    /// }]);
    /// assert_eq!(diff.totals(), (1, 0));
    ///
    /// let other = Policy::new(policy.catalog().clone());
    /// assert!(now.diff(&other.snapshot()).is_err(), "users of two policies have nothing to do with each other");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn diff(&self, before: &Snapshot) -> Result<Diff, DiffError> {
        if self.facts().policy != before.facts().policy {
            return Err(DiffError::OtherPolicy);
        }
        Ok(self.differences(before))
    }

    /// The difference from another snapshot of the same policy.
    pub(crate) fn differences(&self, before: &Snapshot) -> Diff {
        Diff {
            before: before.clone(),
            now: self.clone(),
            touched: OnceLock::new(),
            parts: self.catalog().actions().map(|_| OnceLock::new()).collect(),
            uncovered: OnceLock::new(),
        }
    }
}

fn state(snapshot: &Snapshot) -> State<'_> {
    State {
        facts: snapshot.facts(),
        index: snapshot.index(),
    }
}

/// Where answers about some actions turned between two snapshots of a policy, for who asks of some targets alone.
pub(crate) struct Turned<'a> {
    states: [State<'a>; 2],
    touched: Touched,
}

impl<'a> Turned<'a> {
    /// Compares the snapshots as far as these actions go.
    pub(crate) fn between(before: &'a Snapshot, now: &'a Snapshot, actions: &[u32]) -> Turned<'a> {
        let states = [before, now].map(state);
        let atoms = actions.iter();
        let atoms = atoms.flat_map(|action| atoms_of(now.catalog(), *action));
        let permissions = permissions_of(atoms.map(|(atom, _)| atom));
        let gives = |grant: &Grant| {
            let mut books = states.iter().map(|state| state.facts.book());
            books.any(|book| permissions.iter().any(|it| book.gives(grant.what, *it)))
        };
        let [earlier, later] = states;
        Turned {
            states,
            touched: Touched::by(earlier, later, gives),
        }
    }

    /// Where somebody's answer about the action, which has one target, turned, with the state that the targets are of. Targets that are
    /// not asked for may be left out.
    pub(crate) fn at(
        &self,
        action: Action,
        asked: impl Fn(Target) -> bool,
    ) -> impl Iterator<Item = (Turn, &'a Facts, Extent)> {
        let states = self.states;
        let comparison = Comparison::new(states, &self.touched, action.index);
        let parts = comparison.parts_at(|[_, now]| now.is_some_and(&asked));
        parts.into_iter().flat_map(move |part| {
            let (turn, facts) = (part.turn, facts_of(states, part.turn));
            let extents = part.targets.into_iter().flatten();
            extents.map(move |extent| (turn, facts, extent))
        })
    }
}

impl Diff {
    /// The facts that turned an answer round: of what proved it on the one side, all that the other side does not have; and of what denies
    /// stopped it by on the one side, all that the other does not have. They read as the changes that led from the earlier snapshot to the later.
    ///
    /// One smallest proof is looked at; where an answer stood on several, others may have fallen too.
    ///
    /// # Complexity
    ///
    /// That of an explanation on both sides and of one minimal proof.
    #[must_use]
    pub fn because(&self, difference: &Difference) -> Vec<Change> {
        let (yes, no) = match difference.turn {
            Turn::Gained => (&self.now, &self.before),
            Turn::Lost => (&self.before, &self.now),
        };
        let (with, without) = (yes.facts(), no.facts());
        let judged = |facts| {
            rulings(
                facts,
                None,
                difference.user,
                difference.action.index,
                &difference.targets,
            )
        };
        let (user, action) = (difference.user, difference.action.index);
        let proof = Proofs::new(with, user, action, &difference.targets)
            .next()
            .unwrap_or_default();
        let there = proof
            .into_iter()
            .filter(|fact| !without.contains(fact))
            .map(|fact| (fact, true));
        let things = difference
            .targets
            .iter()
            .filter_map(|target| target.place())
            .map(Thing::from);
        let things = things.chain([difference.user.into()]).map(Fact::Thing);
        let there = there.chain(
            things
                .filter(|thing| !without.contains(thing))
                .map(|fact| (fact, true)),
        );
        let (ruled_no, ruled_yes) = (judged(without), judged(with));
        let rulings = ruled_no.iter();
        let denies = rulings.flat_map(|ruling: &Ruling| ruling.stopped_by(without, user));
        let rulings = ruled_yes.iter();
        let elsewhere =
            rulings.flat_map(|ruling: &Ruling| ruling.taken_elsewhere((without, no.index()), user));
        let stopped = denies
            .chain(elsewhere)
            .filter(|deny| !with.contains(deny))
            .map(|fact| (fact, false));
        let facts: BTreeSet<(Fact, bool)> = there.chain(stopped).collect();
        let spelled = facts.into_iter().filter_map(|(fact, proves)| {
            let change = if proves { with } else { without }.describe(&fact);
            // What proves it was recorded for a gain and taken out for a loss; what stops it the other way round.
            if proves == (difference.turn == Turn::Gained) {
                Some(change)
            } else {
                change.inverse()
            }
        });
        spelled.collect()
    }

    /// The earlier snapshot.
    #[must_use]
    pub fn before(&self) -> &Snapshot {
        &self.before
    }

    /// The later snapshot.
    #[must_use]
    pub fn now(&self) -> &Snapshot {
        &self.now
    }

    /// The denies that are recorded in both snapshots and cover less in the later one, in order, each with one person, target and permission
    /// that it reached and no longer reaches; see [`Entry::denies_covering_less`](crate::Entry::denies_covering_less).
    ///
    /// It is worked out when it is first asked for.
    #[must_use]
    pub fn denies_covering_less(&self) -> &[Uncovered] {
        self.uncovered.get_or_init(|| {
            let [before, now] = [self.before.facts(), self.now.facts()];
            uncovered(before, now, &Ended::between(before, now))
        })
    }

    /// Whether every answer is the same in both. It stops at the first action of which one is not.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.actions().all(|action| self.parts(action).is_empty())
    }

    /// How many answers have become yes and how many have become no. Numbers too large to count stay at the largest there is.
    #[must_use]
    pub fn totals(&self) -> (u64, u64) {
        let parts = self.actions().flat_map(|action| self.parts(action));
        parts.fold((0, 0), |(gained, lost): (u64, u64), part| {
            let facts = self.facts(part);
            let users = number(part.users.len(facts.users.len()));
            let size = users.saturating_mul(size(part, facts));
            match part.turn {
                Turn::Gained => (gained.saturating_add(size), lost),
                Turn::Lost => (gained, lost.saturating_add(size)),
            }
        })
    }

    /// The users who gained something.
    pub(crate) fn gaining(&self) -> Slots {
        let parts = self.actions().flat_map(|action| self.parts(action));
        let gained = parts.filter(|part| part.turn == Turn::Gained);
        gained.fold(Slots::none(), |all, part| all.union(part.users.clone()))
    }

    /// For each user and action of which some answer differs, how many do, in the order of users and then of actions.
    ///
    /// Users and targets are counted where they exist: what a removed user lost is counted under the handle of the earlier snapshot.
    #[must_use]
    pub fn counts(&self) -> Vec<DifferenceCount> {
        let mut counts: BTreeMap<(User, Action), DifferenceCount> = BTreeMap::new();
        for action in self.actions() {
            for part in self.parts(action) {
                let facts = self.facts(part);
                let size = size(part, facts);
                for user in self.users(part) {
                    let count = counts.entry((user, action)).or_insert(DifferenceCount {
                        user,
                        action,
                        gained: 0,
                        lost: 0,
                    });
                    match part.turn {
                        Turn::Gained => count.gained = count.gained.saturating_add(size),
                        Turn::Lost => count.lost = count.lost.saturating_add(size),
                    }
                }
            }
        }
        counts.into_values().collect()
    }

    /// How many answers about one user and action differ; none for a handle of another policy or catalog.
    #[must_use]
    pub fn count(&self, user: User, action: impl Into<Action>) -> DifferenceCount {
        let action = action.into();
        let mut count = DifferenceCount {
            user,
            action,
            gained: 0,
            lost: 0,
        };
        if !self.now.catalog().has_action(action) {
            return count;
        }
        for part in self.parts(action) {
            let facts = self.facts(part);
            if facts.user_at(user.index) == Some(user) && part.users.contains(user.index) {
                match part.turn {
                    Turn::Gained => count.gained = count.gained.saturating_add(size(part, facts)),
                    Turn::Lost => count.lost = count.lost.saturating_add(size(part, facts)),
                }
            }
        }
        count
    }

    /// Every answer that differs, each once: by action, and the same order each time.
    ///
    /// It is worked out on the way: whoever takes only the first pays for the actions up to there.
    pub fn iter(&self) -> impl Iterator<Item = Difference> + '_ {
        self.actions().flat_map(move |action| {
            self.parts(action).iter().flat_map(move |part| {
                let facts = self.facts(part);
                self.users(part).flat_map(move |user| {
                    let combinations = combinations(&part.targets, facts);
                    combinations.map(move |targets| Difference {
                        user,
                        action,
                        targets,
                        turn: part.turn,
                    })
                })
            })
        })
    }

    fn actions(&self) -> impl Iterator<Item = Action> + use<> {
        self.now.catalog().actions()
    }

    /// The state in which the users of the part can.
    fn facts(&self, part: &Part) -> &Facts {
        facts_of([&self.before, &self.now].map(state), part.turn)
    }

    fn users<'a>(&'a self, part: &'a Part) -> impl Iterator<Item = User> + 'a {
        let facts = self.facts(part);
        let slots = Sort::Users.members_from(facts, &part.users, 0);
        slots.filter_map(|slot| facts.user_at(slot))
    }

    fn parts(&self, action: Action) -> &[Part] {
        let work_out = || {
            let states = [&self.before, &self.now].map(state);
            let [before, now] = states;
            let touched = self.touched.get_or_init(|| Touched::between(before, now));
            Comparison::new(states, touched, action.index).parts()
        };
        self.parts
            .get(action.index as usize)
            .map(|parts| parts.get_or_init(work_out).as_slice())
            .unwrap_or_default()
    }
}

fn number(count: usize) -> u64 {
    u64::try_from(count).unwrap_or(u64::MAX)
}

/// How many combinations of targets a part has.
fn size(part: &Part, facts: &Facts) -> u64 {
    let sizes = part.targets.iter().map(|extents| {
        let sizes = extents.iter().map(|extent| number(extent.len(facts)));
        sizes.fold(0, u64::saturating_add)
    });
    sizes.fold(1, u64::saturating_mul)
}

/// All combinations of a target at each position, the last counting fastest.
fn combinations<'a>(
    positions: &'a [Vec<Extent>],
    facts: &'a Facts,
) -> Box<dyn Iterator<Item = Vec<Target>> + 'a> {
    let none: Box<dyn Iterator<Item = Vec<Target>> + 'a> = Box::new(std::iter::once(Vec::new()));
    positions.iter().fold(none, |before, extents| {
        Box::new(before.flat_map(move |targets| {
            let here = extents.iter().flat_map(|extent| extent.iter(facts));
            here.map(move |target| {
                let mut targets = targets.clone();
                targets.push(target);
                targets
            })
        }))
    })
}

/// The two revisions; the difference itself may be long.
impl fmt::Debug for Diff {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Diff")
            .field("before", &self.before.revision())
            .field("now", &self.now.revision())
            .finish_non_exhaustive()
    }
}
