//! Rows: what a subject holds, as pairs of permission and key.

use std::sync::Arc;

use smallvec::SmallVec;

use crate::facts::Facts;
use crate::facts::grant::{Effect, What};
use crate::id::{Subject, User};
use crate::index::MANY;
use crate::index::cells::Cells;
use crate::index::inherited::{Heritage, Inherited};
use crate::index::keys::Keys;
use crate::index::reach::{Near, Reach};
use crate::limit::limit;
use crate::store::{self, Indices, Mark, Pages, Weight};

/// Stands for every permission, in denies. It is greater than every permission.
pub(crate) const EVERYTHING: u32 = u32::MAX;

/// The longest row that is kept merged for a group with all above, or for a user in many groups; past it the rows are read one by one.
const LIMIT: usize = limit(4096, 6);

/// The permissions that a grant gives, by index; [`EVERYTHING`] stands for all.
pub(crate) fn expand(facts: &Facts, what: What, give: impl FnMut(u32)) {
    match what {
        What::Permission(permission) => std::iter::once(permission.index).for_each(give),
        What::Role(role) => facts.book().permissions(role).for_each(give),
        What::Everything => std::iter::once(EVERYTHING).for_each(give),
    }
}

/// What a subject holds.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Row {
    pub(crate) allows: Cells,
    pub(crate) denies: Cells,
}

impl Heritage for Row {
    fn size(&self) -> usize {
        self.allows.size() + self.denies.size()
    }

    fn union(parts: &[&Self]) -> Self {
        let union = |cells: fn(&Row) -> &Cells| {
            let parts: SmallVec<[&Cells; 8]> = parts.iter().map(|part| cells(part)).collect();
            Cells::union(&parts)
        };
        Row {
            allows: union(|row| &row.allows),
            denies: union(|row| &row.denies),
        }
    }
}

impl Row {
    /// What the subject holds itself.
    pub(crate) fn of(facts: &Facts, keys: &Keys, subject: Subject) -> Row {
        let (mut allows, mut denies) = (Vec::new(), Vec::new());
        for grant in facts.grants_to(subject) {
            let key = keys.of_scope(grant.scope);
            expand(facts, grant.what, |permission| match grant.effect {
                Effect::Allow => allows.push((permission, key)),
                Effect::Deny => denies.push((permission, key)),
            });
        }
        Row {
            allows: sealed(allows),
            denies: sealed(denies),
        }
    }

    fn is_empty(&self) -> bool {
        self.allows.is_empty() && self.denies.is_empty()
    }

    /// Whether it has the pair with this effect.
    pub(crate) fn has(&self, (effect, permission, key): (Effect, u32, u32)) -> bool {
        self.cells(effect).of(permission).has(key)
    }

    /// The pairs with this effect.
    pub(crate) fn cells(&self, effect: Effect) -> &Cells {
        match effect {
            Effect::Allow => &self.allows,
            Effect::Deny => &self.denies,
        }
    }

    /// Every pair, with its effect.
    pub(crate) fn entries(&self) -> impl Iterator<Item = (Effect, u32, u32)> + '_ {
        let allows = self.allows.pairs();
        let allows = allows.map(|(permission, key)| (Effect::Allow, permission, key));
        let denies = self.denies.pairs();
        allows.chain(denies.map(|(permission, key)| (Effect::Deny, permission, key)))
    }
}

fn sealed(mut pairs: Vec<(u32, u32)>) -> Cells {
    pairs.sort_unstable();
    pairs.dedup();
    Cells::of_pairs(&pairs)
}

impl Weight for Row {
    fn heap(&self) -> usize {
        self.allows.heap() + self.denies.heap()
    }
}

/// The rows of all subjects.
#[derive(Clone, Debug)]
pub(crate) struct HolderRows {
    everyone: Arc<Row>,
    users: Pages<Option<Arc<Row>>>,
    groups: Inherited<Row>,
    /// What the hot loop reads of `everyone` and `groups`.
    reach: Reach,
    /// For users in many groups what they hold through all of them.
    crowded: Pages<Option<Arc<Row>>>,
}

/// The rows a user holds.
pub(crate) type Held<'a> = SmallVec<[&'a Row; 8]>;

impl Default for HolderRows {
    fn default() -> Self {
        HolderRows::new(0)
    }
}

impl HolderRows {
    /// Of a catalog with so many permissions, where nobody holds anything.
    pub(crate) fn new(permissions: usize) -> Self {
        HolderRows {
            everyone: Arc::default(),
            users: Pages::default(),
            groups: Inherited::new(LIMIT),
            reach: Reach::new(permissions),
            crowded: Pages::default(),
        }
    }

    /// What the subject holds itself.
    #[inline]
    pub(crate) fn own(&self, subject: Subject) -> Option<&Arc<Row>> {
        match subject {
            Subject::User(user) => self.users.get(user.index as usize)?.as_ref(),
            Subject::Group(group) => self.groups.own(group.index),
            Subject::Everyone => Some(&self.everyone),
        }
    }

    /// Sets what the subject holds itself. Groups are up to date only after [`refresh`](Self::refresh).
    pub(crate) fn set_own(&mut self, subject: Subject, row: Row) {
        let own = (!row.is_empty()).then(|| Arc::new(row));
        match subject {
            Subject::User(user) => {
                if own.is_some() || self.own(subject).is_some() {
                    self.users.set(user.index as usize, own);
                }
            }
            Subject::Group(group) => self.groups.set_own(group.index, own),
            Subject::Everyone => {
                self.everyone = own.unwrap_or_default();
                self.reach.set_everyone(&self.everyone.allows);
            }
        }
    }

    /// Brings the rows of groups up to date after these got or lost parents or grants. Returns the groups whose rows are different now.
    pub(crate) fn refresh(&mut self, facts: &Facts, groups: &[u32]) -> Vec<u32> {
        self.reach.cover(facts.groups.slots());
        let different = self.groups.refresh(facts, groups);
        for group in &different {
            let row = self.groups.all(*group);
            self.reach
                .set(*group, row.map(|row| (&row.allows, &row.denies)));
        }
        different
    }

    /// Brings the row of a user who is, or was, in many groups up to date: there is one where none of these has to be searched, for nobody is
    /// told of what changes above a group that has to be.
    pub(crate) fn refresh_crowded(&mut self, user: u32, groups: &[u32]) {
        let parts = groups.iter().map(|group| self.all(*group));
        let parts: Option<Vec<&Row>> = parts.collect();
        let parts = parts.filter(|parts| {
            let sizes = parts.iter().map(|row| row.size());
            groups.len() > MANY && sizes.sum::<usize>() <= LIMIT * 4
        });
        let row = parts.map(|parts| Arc::new(Row::union(&parts)));
        let at = user as usize;
        if row.is_some() || self.crowded.get(at).is_some_and(Option::is_some) {
            self.crowded.set(at, row);
        }
    }

    /// All that a user with this record holds through their groups, where they are many.
    pub(crate) fn crowded(&self, user: User, row: &store::Row) -> Option<&Row> {
        match row.has(Mark::Elsewhere) {
            true => self.crowded.get(user.index as usize)?.as_deref(),
            false => None,
        }
    }

    /// What everyone holds.
    #[inline]
    pub(crate) fn everyone(&self) -> &Row {
        &self.everyone
    }

    /// What a group holds with all above; `None` where that has to be searched.
    pub(crate) fn all(&self, group: u32) -> Option<&Row> {
        self.groups.all(group).map(|row| &**row)
    }

    /// The words of everyone and of groups with all above.
    #[inline]
    pub(crate) fn reach(&self) -> &Reach {
        &self.reach
    }

    /// Hands over each permission that the user is allowed anywhere, in the order of permissions: some more than once, with other keys. It
    /// reads less than [`held_by`](Self::held_by); where it cannot tell all of it, it returns `None`.
    pub(crate) fn each_allowed(
        &self,
        facts: &Facts,
        user: User,
        found: impl FnMut(u32, &[u32]),
    ) -> Option<()> {
        let row = facts.users.row(user.index)?;
        let groups = told_groups(facts, user, row)?;
        let others = self.beside(user, row);
        self.reach.each(&groups, &others, found)
    }

    /// The permissions that the user holds at a key which may cover what is asked about, see [`Reach::candidates`]; `None` where words do not
    /// tell all that they hold.
    pub(crate) fn candidates(
        &self,
        facts: &Facts,
        user: User,
        row: &store::Row,
        may_cover: impl Fn(u32) -> bool,
    ) -> Option<Near> {
        let groups = told_groups(facts, user, row)?;
        let others = self.beside(user, row);
        self.reach.candidates(&groups, &others, may_cover)
    }

    /// What a user with this record is allowed as everyone and as themselves.
    fn beside(&self, user: User, row: &store::Row) -> SmallVec<[&Cells; 2]> {
        let mut cells: SmallVec<[&Cells; 2]> = SmallVec::new();
        if !self.everyone.allows.is_empty() {
            cells.push(&self.everyone.allows);
        }
        if row.has(Mark::Subject) {
            cells.extend(self.own(user.into()).map(|row| &row.allows));
        }
        cells
    }

    /// A bit for each permission that may be denied to a user with this record, see [`Cells::mask`].
    pub(crate) fn deny_mask(&self, facts: &Facts, user: User, row: &store::Row) -> u64 {
        let mut mask = self.everyone.denies.mask();
        if row.has(Mark::Subject) {
            mask |= self.own(user.into()).map_or(0, |row| row.denies.mask());
        }
        if let Some(row) = self.crowded(user, row) {
            return mask | row.denies.mask();
        }
        let groups = facts.users.groups(user.index, row).unwrap_or_default();
        let groups = groups.iter().map(|group| self.reach.deny_mask(*group));
        groups.fold(mask, |all, mask| all | mask)
    }

    /// The rows that together have everything the user holds.
    pub(crate) fn held_by<'a>(&'a self, facts: &Facts, user: User) -> Held<'a> {
        self.rows(facts, user, |_| true)
    }

    /// The rows that together have everything that is denied to the user of permissions with these [bits](super::cells::bit).
    pub(crate) fn denying<'a>(&'a self, facts: &Facts, user: User, bits: u64) -> Held<'a> {
        let mut rows = self.rows(facts, user, |group| self.reach.deny_mask(group) & bits != 0);
        rows.retain(|row| row.denies.mask() & bits != 0);
        rows
    }

    /// The rows of everyone, of the user, and of those of their groups that are asked for; what they hold through many groups is one row.
    fn rows<'a>(&'a self, facts: &Facts, user: User, is_asked: impl Fn(u32) -> bool) -> Held<'a> {
        let mut held: Held<'a> = SmallVec::new();
        if !self.everyone.is_empty() {
            held.push(&self.everyone);
        }
        held.extend(self.own(Subject::User(user)).map(|row| &**row));
        let row = facts.users.row(user.index);
        if let Some(row) = row.and_then(|row| self.crowded(user, row)) {
            held.push(row);
            return held;
        }
        let groups = facts.group_indices(user);
        for group in groups.each().filter(|group| is_asked(*group)) {
            match self.groups.all(group) {
                Some(row) => held.push(row),
                None => drop(self.groups.any(group, |row| {
                    held.push(row);
                    false
                })),
            }
        }
        held
    }
}

/// The groups of a user with this record, where words tell all that they hold through them.
fn told_groups<'a>(facts: &'a Facts, user: User, row: &store::Row) -> Option<Indices<'a>> {
    let groups = facts.users.groups(user.index, row)?;
    let are_told = groups.len() <= MANY && Reach::is_whole(facts.catalog.permission_count());
    are_told.then_some(groups)
}

impl Weight for HolderRows {
    fn heap(&self) -> usize {
        self.everyone.heap()
            + self.users.heap()
            + self.groups.heap()
            + self.reach.heap()
            + self.crowded.heap()
    }
}
