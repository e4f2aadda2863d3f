//! Rows: what a subject holds, as pairs of permission and key.

use std::sync::Arc;

use smallvec::SmallVec;

use crate::facts::Facts;
use crate::facts::grant::{Effect, What};
use crate::id::{Subject, User};
use crate::index::MANY;
use crate::index::cells::{Cells, bit};
use crate::index::held::Held;
use crate::index::inherited::{Heritage, Inherited};
use crate::index::keys::Keys;
use crate::index::list::List;
use crate::index::reach::{self, FAR, Near, Reach};
use crate::index::word::Word;
use crate::limit::limit;
use crate::store::{self, Hashed, Indices, Mark, Pages, Weight};

/// Stands for every permission, in denies. It is greater than every permission.
pub(crate) const EVERYTHING: u32 = u32::MAX;

/// How much is kept merged for a group with all above, of lists and of the rest; past it what is above is read piece by piece. A row of a user
/// in many groups may be four times as long.
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

    /// What words do not tell of it, if that is anything: what is denied, and allows of far permissions.
    fn rest(&self) -> Option<Arc<Row>> {
        let rest = Row {
            allows: reach::far(&self.allows),
            denies: self.denies.clone(),
        };
        (!rest.is_empty()).then(|| Arc::new(rest))
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
    /// What each user who is allowed something themselves is allowed, in short.
    short: Hashed<Own>,
    /// What groups hold themselves.
    groups: Pages<Option<Arc<Row>>, 8>,
    /// What groups are allowed with all above.
    reach: Reach,
    /// What that leaves out, see [`Row::rest`].
    rest: Inherited<Row>,
    /// For users in many groups what they hold through all of them.
    crowded: Pages<Option<Arc<Row>>>,
}

impl Default for HolderRows {
    fn default() -> Self {
        HolderRows::new(0)
    }
}

impl HolderRows {
    /// Of a catalog with so many permissions, where nobody holds anything.
    pub(crate) fn new(permissions: usize) -> Self {
        HolderRows::within(permissions, LIMIT)
    }

    fn within(permissions: usize, limit: usize) -> Self {
        HolderRows {
            everyone: Arc::default(),
            users: Pages::default(),
            short: Hashed::default(),
            groups: Pages::default(),
            reach: Reach::new(permissions, limit),
            rest: Inherited::new(limit),
            crowded: Pages::default(),
        }
    }

    /// What the subject holds itself.
    #[inline]
    pub(crate) fn own(&self, subject: Subject) -> Option<&Arc<Row>> {
        match subject {
            Subject::User(user) => self.users.get(user.index as usize)?.as_ref(),
            Subject::Group(group) => self.groups.get(group.index as usize)?.as_ref(),
            Subject::Everyone => Some(&self.everyone),
        }
    }

    /// What a group is allowed itself.
    pub(crate) fn own_allows(&self, group: u32) -> Option<&Cells> {
        allows_of(&self.groups, group)
    }

    /// Sets what the subject holds itself. Groups are up to date only after [`refresh`](Self::refresh).
    pub(crate) fn set_own(&mut self, subject: Subject, row: Row) {
        let own = (!row.is_empty()).then(|| Arc::new(row));
        match subject {
            Subject::Everyone => {
                self.everyone = own.unwrap_or_default();
                self.reach.set_everyone(&self.everyone.allows);
            }
            _ if own.is_none() && self.own(subject).is_none() => {}
            Subject::User(user) => {
                let short = own.as_ref().and_then(|row| Own::of(&row.allows));
                self.short.set(user.index, short);
                self.users.set(user.index as usize, own);
            }
            Subject::Group(group) => {
                let rest = own.as_ref().and_then(|row| row.rest());
                self.rest.set_own(group.index, rest);
                self.groups.set(group.index as usize, own);
            }
        }
    }

    /// The word of what a user is allowed themselves of a permission that has words; `None` where that is not [laid out](Hashed::look), or they
    /// hold several permissions themselves and this may be one.
    #[inline(always)]
    pub(crate) fn own_word(&self, user: u32, permission: u32) -> Option<Word> {
        match self.short.look(user)? {
            Some(own) => own.word(permission),
            None => Some(Word::NOTHING),
        }
    }

    /// The same by their row.
    pub(crate) fn word_of_row(&self, user: u32, permission: u32) -> Word {
        let allows = allows_of(&self.users, user);
        let list = allows.map_or(List::default(), |allows| allows.of(permission));
        Word::beside(list.keys())
    }

    /// Brings the words and rests of groups up to date after these got or lost parents or grants, and ends a change of users' rows. Returns the
    /// groups that hold something else now; some may come twice.
    pub(crate) fn refresh(&mut self, facts: &Facts, groups: &[u32]) -> Vec<u32> {
        self.reach.cover(facts.groups.slots());
        self.short.settle();
        let own = |group| allows_of(&self.groups, group);
        let mut different = self.reach.refresh(facts, own, groups);
        let rest = self.rest.refresh(facts, groups);
        for group in &rest {
            let mask = self.rest(*group).map(|row| row.denies.mask());
            self.reach.set_deny_mask(*group, mask.unwrap_or(u64::MAX));
        }
        different.extend(rest);
        different
    }

    /// Brings the row of a user who is, or was, in many groups up to date: there is one where none of these has to be searched, for nobody is
    /// told of what changes above a group that has to be.
    pub(crate) fn refresh_crowded(&mut self, user: u32, groups: &[u32]) {
        let row = (groups.len() > MANY).then(|| self.union(groups)).flatten();
        let at = user as usize;
        if row.is_some() || self.crowded.get(at).is_some_and(Option::is_some) {
            self.crowded.set(at, row);
        }
    }

    /// All that is held through the groups, where none of them has to be searched and it is not too much.
    fn union(&self, groups: &[u32]) -> Option<Arc<Row>> {
        let rest = groups.iter().map(|group| self.rest(*group));
        let rest: Vec<&Row> = rest.collect::<Option<_>>()?;
        let rest = Row::union(&rest);
        let mut pairs: Vec<(u32, u32)> = rest.allows.pairs().collect();
        self.reach.each(groups, &[], |permission, keys| {
            // What comes from several groups is one pair in the end; much more than there may be is not gathered at all.
            if pairs.len() <= LIMIT * 4 * MANY {
                pairs.extend(keys.iter().map(|key| (permission, *key)));
            }
        })?;
        if pairs.len() > LIMIT * 4 * MANY {
            return None;
        }
        let row = Row {
            allows: sealed(pairs),
            ..rest
        };
        (row.size() <= LIMIT * 4).then(|| Arc::new(row))
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

    /// What a group holds with all above that words do not tell; `None` where that has to be searched.
    pub(crate) fn rest(&self, group: u32) -> Option<&Row> {
        self.rest.all(group).map(|row| &**row)
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

    /// All that the user holds.
    pub(crate) fn held_by<'a>(&'a self, facts: &'a Facts, user: User) -> Held<'a> {
        let (mut rows, groups) = self.beside_groups(facts, user);
        groups
            .each()
            .for_each(|group| self.add_rest(group, &mut rows));
        Held::new(facts, self, rows, groups.each().collect())
    }

    /// The rows that together have everything that is denied to the user of permissions with these [bits](super::cells::bit).
    pub(crate) fn denying<'a>(&'a self, facts: &'a Facts, user: User, bits: u64) -> Rows<'a> {
        let (mut rows, groups) = self.beside_groups(facts, user);
        let groups = groups.each();
        let groups = groups.filter(|group| self.reach.deny_mask(*group) & bits != 0);
        groups.for_each(|group| self.add_rest(group, &mut rows));
        rows.retain(|row| row.denies.mask() & bits != 0);
        rows
    }

    /// The rows of everyone, of the user, and of all their groups where these are many; and the groups that are left.
    fn beside_groups<'a>(&'a self, facts: &'a Facts, user: User) -> (Rows<'a>, Indices<'a>) {
        let everyone = Some(&self.everyone).filter(|row| !row.is_empty());
        let own = self.own(Subject::User(user));
        let rows = everyone.into_iter().chain(own).map(|row| &**row);
        let row = facts.users.row(user.index);
        match row.and_then(|row| self.crowded(user, row)) {
            Some(crowded) => (rows.chain([crowded]).collect(), Indices::default()),
            None => (rows.collect(), facts.group_indices(user)),
        }
    }

    /// What a group holds with all above that words do not tell, in one row or in several.
    fn add_rest<'a>(&'a self, group: u32, rows: &mut Rows<'a>) {
        match self.rest(group) {
            Some(rest) if rest.is_empty() => {}
            Some(rest) => rows.push(rest),
            None => drop(self.rest.any(group, |row| {
                rows.push(row);
                false
            })),
        }
    }
}

/// What the user or the group with that index is allowed themselves, by the rows of all of them.
fn allows_of<const PAGE: usize>(
    rows: &Pages<Option<Arc<Row>>, PAGE>,
    index: u32,
) -> Option<&Cells> {
    let own = rows.get(index as usize)?.as_ref();
    own.map(|row| &row.allows)
}

/// What a user is allowed themselves of permissions that have words, in twelve bytes: the word of the only one, or which there are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Own {
    /// [`SEVERAL`] where there are several.
    permission: u32,
    /// The halves of the word or, where there are several permissions, of the [mask](Cells::mask).
    halves: [u32; 2],
}

/// Stands for several permissions.
const SEVERAL: u32 = u32::MAX;

impl Own {
    /// Of these cells; `None` where they have nothing of permissions that have words.
    fn of(cells: &Cells) -> Option<Own> {
        let near = cells.iter();
        let mut near = near.take_while(|(permission, _)| (*permission as usize) < FAR);
        let (permission, keys) = near.next()?;
        let (permission, bits) = match near.next() {
            Some(_) => (SEVERAL, cells.mask()),
            None => (permission, Word::beside(keys).bits()),
        };
        let halves = [bits as u32, (bits >> 32) as u32];
        Some(Own { permission, halves })
    }

    /// The word of a permission; `None` where there are several, which may include it.
    #[inline(always)]
    fn word(&self, permission: u32) -> Option<Word> {
        let [low, high] = self.halves.map(u64::from);
        let bits = high << 32 | low;
        if self.permission == permission {
            return Some(Word::of_bits(bits));
        }
        let may_be = self.permission == SEVERAL && bits & bit(permission) != 0;
        (!may_be).then_some(Word::NOTHING)
    }
}

/// Rows that together have something.
pub(crate) type Rows<'a> = SmallVec<[&'a Row; 8]>;

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
            + self.short.bytes()
            + self.groups.heap()
            + self.reach.heap()
            + self.rest.heap()
            + self.crowded.heap()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use proptest::prelude::*;
    use proptest::strategy::ValueTree;
    use proptest::test_runner::TestRunner;

    use super::*;
    use crate::catalog::Catalog;
    use crate::facts::Fact;
    use crate::graph;
    use crate::id::Group;
    use crate::index::keys::{ONESELF, PLATFORM};

    const GROUPS: usize = 12;

    /// Near and far ones.
    const PERMISSIONS: [u32; 6] = [0, 1, 2, 9, 64, 130];

    type Entries = BTreeSet<(Effect, u32, u32)>;

    /// What a group holds with all above, by the graph alone.
    fn naive(facts: &Facts, own: &[Row], group: u32) -> Entries {
        let above = graph::reach([group], |group| facts.parent_indices(group).to_vec());
        let rows = above.into_iter().map(|group| &own[group as usize]);
        rows.flat_map(Row::entries).collect()
    }

    /// The same by the rows, read in each way that there is.
    fn told(facts: &Facts, rows: &HolderRows, group: u32) -> Entries {
        let mut rest = Rows::new();
        rows.add_rest(group, &mut rest);
        let held = Held::new(facts, rows, rest, SmallVec::from_iter([group]));
        let entries: Entries = held.entries().into_iter().collect();
        for effect in [Effect::Allow, Effect::Deny] {
            for permission in PERMISSIONS.into_iter().chain([7, EVERYTHING]) {
                let of = entries
                    .iter()
                    .filter(|entry| (entry.0, entry.1) == (effect, permission));
                let keys = held.keys(effect, permission);
                assert!(of.map(|(.., key)| *key).eq(keys.iter().copied()));
                assert_eq!(held.has(effect, permission), !keys.is_empty());
            }
        }
        let bits = |entries: &Entries| {
            entries
                .iter()
                .fold(0, |bits, entry| bits | crate::index::cells::bit(entry.1))
        };
        assert!(entries.is_empty() || held.may_have(bits(&entries)));
        assert!(!held.may_have(!bits(&entries)));
        let denies = entries
            .iter()
            .filter(|(effect, ..)| *effect == Effect::Deny);
        let mask = rows.reach.deny_mask(group);
        assert_eq!(bits(&denies.copied().collect()) & !mask, 0);
        entries
    }

    fn key() -> impl Strategy<Value = u32> {
        prop_oneof![6 => 1_u32..12, 1 => Just(PLATFORM), 1 => Just(ONESELF)]
    }

    fn row() -> impl Strategy<Value = Row> {
        let pairs = |most| {
            let pair = (prop::sample::select(PERMISSIONS.to_vec()), key());
            prop::collection::vec(pair, 0..most).prop_map(sealed)
        };
        (pairs(9), pairs(3)).prop_map(|(allows, denies)| Row { allows, denies })
    }

    proptest! {
        /// After every change of an edge or of something a group has, at every limit, words and rests add up to what the graph says, and
        /// whoever holds something else is told so, where it does not have to be searched.
        #[test]
        fn words_add_up_to_what_the_graph_says(
            steps in prop::collection::vec((0..GROUPS, 0..GROUPS, any::<bool>(), any::<bool>(), row()), 1..50),
            limit in 0_usize..24,
        ) {
            let mut facts = Facts::new(Catalog::builder().build().unwrap(), 0);
            let groups: Vec<Group> =
                (0..GROUPS).map(|nth| facts.add_group(&nth.to_string(), 0).unwrap()).collect();
            let mut own: Vec<Row> = vec![Row::default(); GROUPS];
            let mut rows = HolderRows::within(140, limit);
            let mut kept: Vec<(HolderRows, Facts, Vec<Row>)> = Vec::new();
            for (one, other, edge, present, row) in steps {
                let group = groups[one];
                let before = rows.clone();
                let changed = if edge && one != other {
                    // Edges go from the greater to the smaller, so there are no loops.
                    let (child, parent) = (groups[one.max(other)], groups[one.min(other)]);
                    facts.set(&Fact::Parent(child, parent), present);
                    child
                } else {
                    own[one] = if present { row } else { Row::default() };
                    rows.set_own(group.into(), own[one].clone());
                    group
                };
                let different = rows.refresh(&facts, &[changed.index]);
                for group in groups.iter().map(|group| group.index) {
                    prop_assert_eq!(told(&facts, &rows, group), naive(&facts, &own, group), "group {}", group);
                    let union = |rows: &HolderRows| rows.union(&[group]);
                    if let (Some(old), Some(new)) = (union(&before), union(&rows)) {
                        prop_assert!(old == new || different.contains(&group));
                        prop_assert!(new.entries().eq(naive(&facts, &own, group)));
                    }
                }
                if one == 0 {
                    kept.push((rows.clone(), facts.clone(), own.clone()));
                }
            }
            for (rows, facts, own) in &kept {
                for group in groups.iter().map(|group| group.index) {
                    prop_assert_eq!(told(facts, rows, group), naive(facts, own, group), "a clone keeps what it had");
                }
            }
        }
    }

    /// What a user is allowed themselves of a permission is the same in their word and in their row, at every moment; few words have to be
    /// found in another way.
    #[test]
    fn the_words_of_a_user_say_what_their_row_does() {
        let mut facts = Facts::new(Catalog::builder().build().unwrap(), 0);
        let users = (0..90).map(|nth| facts.add_user(&nth.to_string(), 0).unwrap());
        let users: Vec<User> = users.collect();
        let mut runner = TestRunner::deterministic();
        let mut rows = HolderRows::within(140, 100);
        let mut own: BTreeMap<u32, Row> = BTreeMap::new();
        let (mut told, mut asked) = (0, 0);
        for step in 0..400 {
            let user = users[step * 7 % users.len()];
            let mut held = row().new_tree(&mut runner).unwrap().current();
            match step % 5 {
                0 => held = Row::default(),
                1 => held.allows = sealed(held.allows.pairs().take(1).collect()),
                _ => {}
            }
            rows.set_own(user.into(), held.clone());
            own.insert(user.index, held);
            drop(rows.refresh(&facts, &[]));
            for (user, row) in &own {
                for permission in PERMISSIONS.into_iter().filter(|one| (*one as usize) < FAR) {
                    let keys = row.allows.of(permission);
                    let expected = Word::of(keys.keys()).unwrap_or(Word::LISTED);
                    let word = rows.own_word(*user, permission);
                    assert!(word.is_none_or(|word| word == expected));
                    assert_eq!(rows.word_of_row(*user, permission), expected);
                    told += usize::from(word.is_some());
                    asked += 1;
                }
            }
        }
        assert!(told * 4 > asked, "{told} of {asked}");
    }

    /// A group that passes on a list as it got it has the same word when the list changes; those below have to be told all the same.
    #[test]
    fn a_list_that_changes_is_told_through_who_passes_it_on() {
        let mut facts = Facts::new(Catalog::builder().build().unwrap(), 0);
        let groups: Vec<Group> = (0..3)
            .map(|nth| facts.add_group(&nth.to_string(), 0).unwrap())
            .collect();
        let [top, middle, bottom] = groups[..] else {
            unreachable!()
        };
        facts.set(&Fact::Parent(middle, top), true);
        facts.set(&Fact::Parent(bottom, middle), true);
        let allowed = |keys: &[u32]| Row {
            allows: sealed(keys.iter().map(|key| (0, *key)).collect()),
            denies: Cells::default(),
        };
        // Even with low limits none of the lists has to be searched.
        let mut rows = HolderRows::within(1, 100);
        let mut own = vec![Row::default(), Row::default(), allowed(&[9])];
        rows.set_own(bottom.into(), own[2].clone());
        drop(rows.refresh(&facts, &[top.index, middle.index, bottom.index]));
        for keys in [
            &[1, 2, 3, 4][..],
            &[1, 2, 3, 5],
            &[1, 2, 3, 5, 6],
            &[2, 3, 5, 6, 9],
            &[1],
        ] {
            own[0] = allowed(keys);
            rows.set_own(top.into(), own[0].clone());
            let different = rows.refresh(&facts, &[top.index]);
            for group in [top, middle, bottom] {
                let expected = naive(&facts, &own, group.index);
                assert_eq!(told(&facts, &rows, group.index), expected);
                assert!(different.contains(&group.index));
            }
        }
    }
}
