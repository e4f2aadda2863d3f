//! Grants that make no difference, and what hangs on a grant alone.
//!
//! The naive form of [`Snapshot::redundant_grants`] commits and compares once for each grant, 2.6 ms in an organisation of 100,000 users. Most grants are
//! told by the other supports of what they give, at a hundredth of that.

use std::collections::HashSet;

use crate::error::AskError;
use crate::facts::Fact;
use crate::facts::draft::Logged;
use crate::facts::grant::{Effect, Grant, Scope, What};
use crate::id::{Subject, Target, User};
use crate::index::Delta;
use crate::index::rows::{EVERYTHING, expand};
use crate::query::diff::Diff;
use crate::query::explain::covering::covering;
use crate::query::lists::access::NOBODY;
use crate::query::lists::held::held_grants;
use crate::query::lists::within::within;
use crate::query::review::rights::asked_within;
use crate::snapshot::Snapshot;
use crate::steps;

impl Snapshot {
    /// The grants, allows and denies, whose removal would change no answer to any question by anyone, in order.
    ///
    /// Each is redundant as things stand and beside all others: of two grants that give the same, both are in the list, and once one
    /// of them is gone the other is needed. A grant to a group without members is redundant, and one of a role without permissions. Rules
    /// are not asked: one that counts holders of a role may need a grant that no answer does.
    ///
    /// ```
    /// # use rolecall::{Catalog, Grant, Policy, Scope};
    /// # let catalog = Catalog::builder().permission("read").permission("edit").build()?;
    /// # let (read, edit_it) = (catalog.permission("read")?, catalog.permission("edit")?);
    /// # let mut policy = Policy::new(catalog);
    /// # let mut edit = policy.edit_unguarded();
    /// # let (staff, ana) = (edit.add_group("staff")?, edit.add_user("ana")?);
    /// edit.add_member(ana, staff)?;
    /// let (wide, narrow) =
    ///     (Grant::permission(read).to(staff).on(Scope::Platform), Grant::permission(read).to(ana).on(Scope::this(staff)));
    /// edit.grant_all([wide, narrow, Grant::permission(edit_it).to(ana).on(Scope::this(staff))])?;
    /// edit.commit()?;
    ///
    /// let now = policy.snapshot();
    /// assert_eq!(now.redundant_grants().collect::<Vec<_>>(), [narrow]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Complexity
    ///
    /// For most grants, that of the other supports: the grants to whomever all its holders are held as, and what a few of the holders hold at a
    /// few of the places that it covers. Where these leave it open, that of a commit and of a [`diff`](Snapshot::diff) up to the first
    /// action that differs. It is worked out as the iterator is asked.
    pub fn redundant_grants(&self) -> impl Iterator<Item = Grant> + '_ {
        let supports = Supports::new(self);
        self.grants()
            .filter(move |grant| match supports.is_redundant(*grant) {
                Some(is_redundant) => is_redundant,
                None => self.is_without_difference(*grant),
            })
    }

    /// Whether no answer is another without the grant.
    fn is_without_difference(&self, grant: Grant) -> bool {
        steps::took(COMMITTED);
        self.without(grant).differences(self).is_empty()
    }

    /// What hangs on one grant alone: every answer that would be another without it. Of an allow these are answers that are lost, of a deny
    /// such that are gained. Where it is empty the grant is redundant; for a grant that is not recorded it is empty as well.
    ///
    /// ```
    /// # use rolecall::{Catalog, Grant, Policy, Scope, Target};
    /// # let catalog = Catalog::builder().permission("read").build()?;
    /// # let read = catalog.permission("read")?;
    /// # let mut policy = Policy::new(catalog);
    /// # let mut edit = policy.edit_unguarded();
    /// # let (staff, ana, ben) = (edit.add_group("staff")?, edit.add_user("ana")?, edit.add_user("ben")?);
    /// edit.add_member(ana, staff)?;
    /// edit.add_member(ben, staff)?;
    /// let grant = Grant::permission(read).to(staff).on(Scope::this(staff));
    /// edit.grant_all([grant, Grant::permission(read).to(ana).on(Scope::Platform)])?;
    /// edit.commit()?;
    ///
    /// let alone = policy.snapshot().sole_support(grant)?;
    /// let lost: Vec<_> = alone.iter().map(|answer| (answer.user, answer.targets)).collect();
    /// assert_eq!(lost.len(), 3, "ben about the group and both its members, while ana has it from elsewhere");
    /// assert!(lost.contains(&(ben, vec![Target::Group(staff)])));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`AskError`] when a handle in the grant does not resolve here.
    ///
    /// # Complexity
    ///
    /// That of a commit and of a [`diff`](Snapshot::diff), which is worked out as it is asked for.
    pub fn sole_support(&self, grant: Grant) -> Result<Diff, AskError> {
        if let Some(stale) = self.facts().check_fact(&Fact::Grant(grant)).first() {
            return Err(stale.clone());
        }
        // INVARIANT: both snapshots are of this policy, so they can be compared.
        Ok(self.without(grant).differences(self))
    }

    /// The snapshot with everything but the grant.
    fn without(&self, grant: Grant) -> Snapshot {
        let fact = Fact::Grant(grant);
        let mut facts = self.facts().clone();
        if !facts.set(&fact, false) {
            return self.clone();
        }
        let index = self.index().apply(&Delta {
            before: self.facts(),
            facts: &facts,
            log: &[Logged::Fact(fact, false)],
        });
        Snapshot::new(facts, index, self.revision() + 1)
    }
}

/// What supports the answers besides a grant, as far as it can be seen without a look at any answer.
struct Supports<'a> {
    now: &'a Snapshot,
    /// See [`asked_within`].
    by_place: HashSet<u32>,
}

impl<'a> Supports<'a> {
    fn new(now: &'a Snapshot) -> Self {
        Supports {
            now,
            by_place: asked_within(now),
        }
    }

    fn given(&self, grant: Grant) -> Vec<u32> {
        let mut given = Vec::new();
        expand(self.now.facts(), grant.what, |permission| {
            given.push(permission)
        });
        given
    }

    /// Whether the grant makes no difference; `None` where the supports leave it open.
    fn is_redundant(&self, grant: Grant) -> Option<bool> {
        if self.are_spare(grant) {
            return Some(true);
        }
        self.is_sole(grant).then_some(false)
    }

    /// Whether all that the grant gives or takes is given or taken without it, to each holder and everywhere. It is sure when it says yes: all
    /// its holders are held as the subjects of other grants that cover as much, or it has none.
    fn are_spare(&self, grant: Grant) -> bool {
        let facts = self.now.facts();
        let given = self.given(grant);
        if given.is_empty() || facts.users_held_as(grant.subject).next().is_none() {
            return true;
        }
        let (groups, user) = match grant.subject {
            Subject::User(user) => (facts.held_groups(user), user),
            Subject::Group(group) => (facts.above(group), NOBODY),
            Subject::Everyone => (Vec::new(), NOBODY),
        };
        let groups = groups.into_iter().map(Subject::Group);
        let own = matches!(grant.subject, Subject::User(_)).then_some(grant.subject);
        let subjects = own.into_iter().chain(groups).chain([Subject::Everyone]);
        let others = subjects.flat_map(|subject| facts.grants_to(subject));
        let others: Vec<Grant> = others
            .filter(|other| *other != grant && other.effect == grant.effect)
            .collect();
        steps::took(others.len());
        given.iter().all(|permission| {
            let names_same = grant.effect == Effect::Allow && self.by_place.contains(permission);
            let as_much = others.iter().filter(|other| match *permission {
                EVERYTHING => other.what == What::Everything,
                permission => facts.book().gives(other.what, permission),
            });
            let as_much =
                as_much.filter(|other| !names_same || other.scope.named() == grant.scope.named());
            let found = within(
                facts,
                user,
                &[grant.scope],
                as_much.map(|other| other.scope),
            );
            found.iter().any(|found| found.any())
        })
    }

    /// Whether some answer hangs on the grant alone. It is sure when it says yes: of a few holders and places one is found where nothing
    /// else gives the permission, or nothing else takes it.
    fn is_sole(&self, grant: Grant) -> bool {
        let (facts, catalog) = (self.now.facts(), self.now.catalog());
        let is_plain = |permission: &u32| {
            let action = catalog.formulas().action(*permission);
            action.is_some_and(|action| action.holds == Some(*permission))
        };
        let mut users = facts.users_held_as(grant.subject).take(PROBES);
        users.any(|user| {
            let held: Vec<Grant> = held_grants(facts, self.now.index(), user).collect();
            self.some_covered(grant, user).into_iter().any(|target| {
                steps::took(held.len());
                let covering = covering(facts, user, &held, &[target]);
                let here = held.iter().zip(covering);
                let here = here.filter_map(|(grant, place)| place.map(|_| *grant));
                let here: Vec<Grant> = here.collect();
                let count = |permission: u32, effect: Effect| {
                    let such = here.iter().filter(|other| {
                        **other != grant
                            && other.effect == effect
                            && facts.book().gives(other.what, permission)
                    });
                    such.count()
                };
                let decides = |permission: u32| {
                    count(permission, Effect::Deny) == 0
                        && match grant.effect {
                            Effect::Allow => count(permission, Effect::Allow) == 0,
                            Effect::Deny => count(permission, Effect::Allow) > 0,
                        }
                };
                here.contains(&grant)
                    && match grant.what {
                        What::Everything => {
                            let permissions = catalog.permissions().map(|it| it.index);
                            permissions.filter(is_plain).any(decides)
                        }
                        _ => self.given(grant).into_iter().filter(is_plain).any(decides),
                    }
            })
        })
    }

    /// A few of the targets that the grant covers.
    fn some_covered(&self, grant: Grant, user: User) -> Vec<Target> {
        let facts = self.now.facts();
        match grant.scope {
            Scope::Platform => vec![Target::Platform],
            Scope::Oneself => vec![user.into()],
            Scope::This(place) => {
                let inside = facts.contents(place).take(PROBES).map(Target::from);
                [place.into()].into_iter().chain(inside).collect()
            }
            Scope::Underlying(group) => {
                let below = facts.children(group).take(PROBES).map(Target::from);
                let inside = facts.contents(group.into()).take(PROBES).map(Target::from);
                [group.into()]
                    .into_iter()
                    .chain(below)
                    .chain(inside)
                    .collect()
            }
            Scope::Labelled(label, _) => {
                let carriers = facts.carriers(label).take(PROBES);
                carriers.map(Target::from).collect()
            }
        }
    }
}

/// How many holders of a grant, and how many of the targets that it covers, are looked at closely.
const PROBES: usize = 3;

/// What a commit and a diff count as, in steps.
const COMMITTED: usize = 100;

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::catalog::Catalog;
    use crate::policy::Policy;
    use crate::testing::{Size, World};

    /// What the supports tell is what a commit without the grant and a comparison of all answers say.
    #[test]
    fn supports_tell_what_a_removal_changes() {
        let mut told: BTreeMap<Option<bool>, usize> = BTreeMap::new();
        for seed in 0..80 {
            let mut size = Size::SMALL.with_edits(1);
            (size.users, size.groups, size.resources) = (3, 5, 5);
            (size.links, size.grants) = (30, 16);
            let world = World::from_seed(seed, size);
            let catalog = Catalog::builder().declare_all(world.declarations.iter().cloned());
            let mut policy = Policy::new(catalog.build().unwrap());
            for edit in &world.edits {
                let _refused = policy.apply(edit);
            }
            let now = policy.snapshot();
            let supports = Supports::new(&now);
            for grant in now.grants() {
                let found = supports.is_redundant(grant);
                if let Some(found) = found {
                    let name = now.facts().grant_name(grant);
                    assert_eq!(
                        found,
                        now.is_without_difference(grant),
                        "seed {seed}: {name}"
                    );
                }
                *told.entry(found).or_default() += 1;
            }
        }
        let of = |found| told.get(&found).copied().unwrap_or_default();
        assert!(of(Some(true)) > 50 && of(Some(false)) > 200, "{told:?}");
    }
}
