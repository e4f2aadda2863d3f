//! Grants that make no difference, and what hangs on a grant alone.

use crate::error::AskError;
use crate::facts::Fact;
use crate::facts::draft::Logged;
use crate::facts::grant::Grant;
use crate::index::Delta;
use crate::query::diff::Diff;
use crate::snapshot::Snapshot;

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
    /// For each grant that of a commit and of a [`diff`](Snapshot::diff) up to the first action that differs. It is worked out as the
    /// iterator is asked.
    pub fn redundant_grants(&self) -> impl Iterator<Item = Grant> + '_ {
        self.grants().filter(|grant| {
            let diff = self.without(*grant).diff(self);
            diff.is_ok_and(|diff| diff.is_empty())
        })
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
