//! The question that most are: does one user hold one permission at one target?
//!
//! A *glance* answers it without a branch for each group: up to three groups on either side, a word for each of the asker's, a strip for
//! each of the target's. What matters is that nothing is foreseen wrongly while it waits for memory: then the next question is on its way
//! already. Where a word stands for a list or a strip does not tell, lists are compared. Whatever else comes into it is left to [`simple`]
//! and, where that cannot tell either, to [`Asker`](crate::index::ask::Asker), which answers every question.
//!
//! [`simple`]: crate::index::simple

use std::hint::select_unpredictable;

use smallvec::SmallVec;

use crate::facts::Facts;
use crate::facts::places::Places;
use crate::id::{Action, Resource, Target, User};
use crate::index::crowd::Member;
use crate::index::keys::{Bounded, LABEL, ONESELF, PLATFORM};
use crate::index::line::Lines;
use crate::index::list::List;
use crate::index::reach::Block;
use crate::index::strip::{self, Half, Part, Strip, any_has, any_of, have_more, is_any_long};
use crate::index::word::{self, Word, Words};
use crate::index::{Index, MANY};
use crate::limit::limit;
use crate::store::{self, Few, Indices, Mark, Table};

/// How many keys are compared one by one.
const SHORT: usize = limit(16, 1);

/// Up to how many keys of labels that an asker holds are looked at one by one.
const MANY_LABELS: usize = limit(32, 1);

/// A user, a group or a resource where it is recorded.
pub(crate) type Recorded = store::Row;

/// Why neither a glance nor lists tell.
pub(crate) enum Unclear {
    /// A handle does not resolve: nothing is true of it.
    Stale,
    /// Nested places, rows or keys that have to be searched, or formulas that are not small come into it.
    Deeper,
}

impl Index {
    /// What [`Asker::can`](crate::index::ask::Asker::can) answers about a user or a resource, where one permission alone decides and a
    /// glance tells. Of handles that do not resolve nothing is told.
    #[inline(never)]
    pub(crate) fn can(
        &self,
        facts: &Facts,
        user: User,
        action: Action,
        target: Target,
    ) -> Option<bool> {
        let Some(permission) = self.alone.undeniable(action) else {
            return self.can_unless_denied(facts, user, action, target);
        };
        let pair = Pair::of::<true>(facts, user, target)?;
        self.glance(user.index, permission, pair)
    }

    /// The same where some deny somewhere may take what is allowed.
    #[inline(never)]
    fn can_unless_denied(
        &self,
        facts: &Facts,
        user: User,
        action: Action,
        target: Target,
    ) -> Option<bool> {
        let permission = self.alone.of(action)?.permission();
        let pair = Pair::of::<true>(facts, user, target)?;
        if !self.glance(user.index, permission, pair)? {
            return Some(false);
        }
        let covering = self.covering(facts, user, target, pair);
        let what = [permission, action.index];
        self.unless_taken(facts, user, &what, (pair.asker, &covering))
    }

    /// Whether no deny takes what is allowed: a permission, or the action of the same name.
    fn unless_taken(
        &self,
        facts: &Facts,
        user: User,
        what: &[u32],
        (asker, covering): (&Recorded, &Covering<'_>),
    ) -> Option<bool> {
        if covering.is_undeniable() {
            return Some(true);
        }
        let mask = self.rows.deny_mask(facts, user, asker);
        let is_taken = self.is_taken(facts, user, mask, what, covering);
        is_taken.ok().map(|is_taken| !is_taken)
    }

    /// What [`can`](Self::can) does not tell, by lists.
    pub(crate) fn can_by_lists(
        &self,
        facts: &Facts,
        user: User,
        action: Action,
        target: Target,
    ) -> Option<bool> {
        let only = self.alone.of(action)?;
        let permission = only.permission();
        let glanced = Pair::of::<true>(facts, user, target);
        let pair = glanced.or_else(|| Pair::of::<false>(facts, user, target))?;
        let covering = self.covering(facts, user, target, pair);
        let both = (pair.asker, &covering);
        let is_allowed = match glanced {
            Some(_) => self.allows_by_lists(facts, user, permission, both),
            None => self.allows(facts, user, permission, both),
        };
        match is_allowed.ok()? {
            true if only.is_deniable() => {
                self.unless_taken(facts, user, &[permission, action.index], both)
            }
            is_allowed => Some(is_allowed),
        }
    }

    /// The asker's record, and what covers the target.
    #[inline]
    pub(crate) fn resolve<'a>(
        &'a self,
        facts: &'a Facts,
        user: User,
        target: Target,
    ) -> Result<(&'a Recorded, Covering<'a>), Unclear> {
        match Pair::of::<false>(facts, user, target) {
            Some(pair) => Ok((pair.asker, self.covering(facts, user, target, pair))),
            None => self.resolve_rarely(facts, user, target),
        }
    }

    /// What covers a user or a resource.
    fn covering<'a>(
        &'a self,
        facts: &'a Facts,
        user: User,
        target: Target,
        pair: Pair<'a>,
    ) -> Covering<'a> {
        let is_resource = matches!(target, Target::Resource(_));
        Covering {
            index: self,
            table: match is_resource {
                true => &facts.resources,
                false => &facts.users,
            },
            row: Some(pair.of_target),
            is_resource,
            slot: pair.slot,
            is_asker: target == Target::User(user),
        }
    }

    /// What [`resolve`](Self::resolve) gives for a group or the platform; of a user or a resource it is that one of the two does not resolve.
    #[inline(never)]
    fn resolve_rarely<'a>(
        &'a self,
        facts: &'a Facts,
        user: User,
        target: Target,
    ) -> Result<(&'a Recorded, Covering<'a>), Unclear> {
        let asker = facts.users.born(user.index, user.birth);
        let asker = asker.filter(|_| user.owner == facts.policy);
        let asker = asker.ok_or(Unclear::Stale)?;
        let slot = match target {
            Target::Group(group) => {
                let row = facts.groups.born(group.index, group.birth);
                row.filter(|_| group.owner == facts.policy)
                    .ok_or(Unclear::Stale)?;
                group.index
            }
            Target::Platform => u32::MAX,
            Target::User(_) | Target::Resource(_) => return Err(Unclear::Stale),
        };
        Ok((
            asker,
            Covering {
                index: self,
                table: &facts.groups,
                row: None,
                is_resource: false,
                slot,
                is_asker: false,
            },
        ))
    }

    /// Whether an allow gives the user the permission at the target that is covered so.
    pub(crate) fn allows(
        &self,
        facts: &Facts,
        user: User,
        permission: u32,
        (asker, covering): (&Recorded, &Covering<'_>),
    ) -> Result<bool, Unclear> {
        if let Some(of_target) = covering.row {
            let pair = Pair {
                asker,
                of_target,
                slot: covering.slot,
            };
            if let Some(answer) = self.glance(user.index, permission, pair) {
                return Ok(answer);
            }
        }
        self.allows_by_lists(facts, user, permission, (asker, covering))
    }

    /// The same by lists: where some word stands for one, a strip does not tell, the target has a name or labels, or one of the two is in
    /// many groups.
    fn allows_by_lists(
        &self,
        facts: &Facts,
        user: User,
        permission: u32,
        (asker, covering): (&Recorded, &Covering<'_>),
    ) -> Result<bool, Unclear> {
        let (mut room, mut held) = (Room::default(), Lists::new());
        self.held(facts, user, asker, permission, &mut room, &mut held)?;
        covering.meets(&held)
    }

    /// The answer for a user or a resource where it and the asker are in few groups and lists are not needed. Of most questions nothing is
    /// called: so there is little to save and restore.
    #[inline(always)]
    fn glance(&self, user: u32, permission: u32, pair: Pair<'_>) -> Option<bool> {
        if !self.keys.are_told() {
            return self.glance_at_whole(user, permission, pair);
        }
        let Some(own) = self.own_word(user, permission, pair.asker) else {
            return self.glance_by_row(user, permission, pair);
        };
        let block = self.rows.reach().block(permission)?;
        let words = words(block, permission, pair.asker, own)?;
        if words.together() == Word::NOTHING {
            return Some(false);
        }
        let row = pair.of_target;
        tell(words, self.strips(row.few()?)?, row)
    }

    /// The same where lower halves do not tell keys. Where there are so many keys there mostly are many groups too, and their words are not
    /// at hand: none is read of an asker who holds nothing.
    #[inline(never)]
    fn glance_at_whole(&self, user: u32, permission: u32, pair: Pair<'_>) -> Option<bool> {
        let block = self.rows.reach().block(permission)?;
        let (asker, row) = (pair.asker, pair.of_target);
        let [a, b, c] = asker.few()?.three();
        let has = |group| block.has(group, permission);
        let may_hold = has(a)? | has(b)? | has(c)? | asker.has(Mark::Subject);
        if !may_hold && block.everyone(permission) == Word::NOTHING {
            return Some(false);
        }
        let Some(own) = self.own_word(user, permission, asker) else {
            return self.glance_by_row(user, permission, pair);
        };
        let words = words(block, permission, asker, own)?;
        if words.together() == Word::NOTHING {
            return Some(false);
        }
        tell(words, whole(self.keys.lines(), row.few()?)?, row)
    }

    /// The same where what the asker is allowed themselves has to be read off their row.
    #[inline(never)]
    fn glance_by_row(&self, user: u32, permission: u32, pair: Pair<'_>) -> Option<bool> {
        let own = self.rows.word_of_row(user, permission);
        let block = self.rows.reach().block(permission)?;
        let words = words(block, permission, pair.asker, own)?;
        if words.together() == Word::NOTHING {
            return Some(false);
        }
        let row = pair.of_target;
        match self.keys.are_told() {
            true => tell(words, self.strips(row.few()?)?, row),
            false => tell(words, whole(self.keys.lines(), row.few()?)?, row),
        }
    }

    /// What an asker is allowed themselves; `None` where that has to be read off their row.
    #[inline(always)]
    fn own_word(&self, user: u32, permission: u32, asker: &Recorded) -> Option<Word> {
        match asker.has(Mark::Subject) {
            true => self.rows.own_word(user, permission),
            false => Some(Word::NOTHING),
        }
    }

    /// What covers what is in so few groups, but for the platform, names and labels.
    #[inline]
    pub(crate) fn strips(&self, few: Few) -> Option<[&Strip<u16>; 3]> {
        let [a, b, c] = few.three();
        let strip = |group| self.keys.lines().lower(group);
        Some([strip(a)?, strip(b)?, strip(c)?])
    }

    /// Whether one of the keys covers what is in these groups and nowhere else, where strips tell.
    fn look(&self, few: Few, lists: &[List<'_>]) -> Option<bool> {
        match self.keys.are_told() {
            true => look(self.strips(few)?, lists),
            false => look(whole(self.keys.lines(), few)?, lists),
        }
    }

    /// What the asker is allowed as everyone and as themselves.
    fn beside<'a>(&'a self, user: User, asker: &Recorded, permission: u32, held: &mut Lists<'a>) {
        push(held, self.rows.everyone().allows.of(permission));
        if asker.has(Mark::Subject)
            && let Some(row) = self.rows.own(user.into())
        {
            push(held, row.allows.of(permission));
        }
    }

    /// Adds the lists of the keys at which the asker is allowed the permission; none of them is empty.
    pub(crate) fn held<'a>(
        &'a self,
        facts: &Facts,
        user: User,
        asker: &Recorded,
        permission: u32,
        room: &'a mut Room,
        held: &mut Lists<'a>,
    ) -> Result<(), Unclear> {
        self.beside(user, asker, permission, held);
        if let Some(row) = self.rows.crowded(user, asker) {
            push(held, row.allows.of(permission));
            return Ok(());
        }
        let groups = facts.users.groups(user.index, asker);
        let groups = groups.filter(|groups| groups.len() <= MANY);
        let reach = self.rows.reach();
        let block = reach.block(permission);
        for (group, room) in groups.ok_or(Unclear::Deeper)?.iter().zip(room) {
            let word = block.and_then(|block| block.word(*group, permission));
            let list = match word {
                Some(word) => reach.list(*word, permission, room),
                None => self.rows.rest(*group).map(|row| row.allows.of(permission)),
            };
            push(held, list.ok_or(Unclear::Deeper)?);
        }
        Ok(())
    }
}

/// What an asker in few groups holds, who is allowed so much themselves.
#[inline(always)]
fn words(block: &Block, permission: u32, asker: &Recorded, own: Word) -> Option<Words> {
    let [a, b, c] = asker.few()?.three();
    let word = |group| block.word(group, permission).copied();
    let everyone = block.everyone(permission);
    Some(Words([word(a)?, word(b)?, word(c)?, everyone, own]))
}

/// The keys that cover what is in so few groups, but for the platform, names and labels.
fn whole(lines: &Lines, few: Few) -> Option<[&Strip<u32>; 3]> {
    let [a, b, c] = few.three();
    Some([lines.whole(a)?, lines.whole(b)?, lines.whole(c)?])
}

/// Whether one of the keys is in strips; `None` where that is not all there is to it.
#[inline(always)]
fn tell<P: Part>(words: Words, strips: [&Strip<P>; 3], row: &Recorded) -> Option<bool> {
    let Some(keys) = words.of_groups_only() else {
        return tell_several(words, strips, row);
    };
    let halves = strips.map(Strip::first);
    match any_has(halves, keys) {
        true => Some(true),
        false if is_open(halves, row) => look_again(words, strips, row),
        false => Some(false),
    }
}

/// The same where something is held beside groups, there are several keys in a word, or a word stands for a list.
#[inline(never)]
fn tell_several<P: Part>(words: Words, strips: [&Strip<P>; 3], row: &Recorded) -> Option<bool> {
    let halves = strips.map(Strip::first);
    let meet = |words: Words| words.meet(|keys| any_has(halves, keys));
    if words.together().is_list() {
        return meet(words.without_lists()).then_some(true);
    }
    match meet(words) {
        true => Some(true),
        false if is_open(halves, row) => look_again(words, strips, row),
        false => Some(false),
    }
}

/// Whether something else than the first halves of strips may tell of other keys.
#[inline(always)]
fn is_open<P: Part>(halves: [&Half<P>; 3], row: &Recorded) -> bool {
    is_any_long(halves) | row.has_any([Mark::Labelled, Mark::Named])
}

/// What the second halves of strips tell, where the first do not.
#[cold]
#[inline(never)]
fn look_again<P: Part>(words: Words, strips: [&Strip<P>; 3], row: &Recorded) -> Option<bool> {
    let halves = strips.map(Strip::next);
    if words.meet(|keys| any_has(halves, keys)) {
        return Some(true);
    }
    let is_open = have_more(strips)
        || row.has(Mark::Named)
        || (row.has(Mark::Labelled) && words.have_labels());
    (!is_open).then_some(false)
}

/// Whether one of the lists has a key that is in strips which tell keys; `None` where they do not have all.
fn look<P: Part>(strips: [&Strip<P>; 3], lists: &[List<'_>]) -> Option<bool> {
    let meet = |half: fn(&Strip<P>) -> &Half<P>| {
        let halves = strips.map(half);
        lists.iter().any(|list| match list.keys() {
            keys if keys.len() <= SHORT => any_of(halves, keys),
            _ => halves.iter().any(|half| strip::meets(half, *list)),
        })
    };
    if meet(Strip::first) {
        return Some(true);
    }
    if !is_any_long(strips.map(Strip::first)) {
        return Some(false);
    }
    match meet(Strip::next) {
        false if have_more(strips) => None,
        has => Some(has),
    }
}

fn push<'a>(held: &mut Lists<'a>, list: List<'a>) {
    if !list.is_empty() {
        held.push(list);
    }
}

/// The asker and a user or a resource where they are recorded, and the index of the latter.
#[derive(Clone, Copy)]
struct Pair<'a> {
    asker: &'a Recorded,
    of_target: &'a Recorded,
    slot: u32,
}

impl<'a> Pair<'a> {
    /// Both, where their handles resolve; see also `Flat::look` of the store.
    #[inline]
    fn of<const LAID: bool>(facts: &'a Facts, user: User, target: Target) -> Option<Self> {
        let asker = facts.users.look::<LAID>(user.index)?;
        let (of_target, slot) = recorded::<LAID>(facts, target)?;
        let is_asker = (user.owner == facts.policy) & asker.is_of(user.birth);
        is_asker.then_some(Pair {
            asker,
            of_target,
            slot,
        })
    }
}

/// A user or a resource where it is recorded, and its index; see `Flat::look` of the store.
#[inline]
pub(crate) fn recorded<const LAID: bool>(
    facts: &Facts,
    target: Target,
) -> Option<(&Recorded, u32)> {
    let (Target::User(User {
        index,
        birth,
        owner,
    })
    | Target::Resource(Resource {
        index,
        birth,
        owner,
    })) = target
    else {
        return None;
    };
    let is_resource = matches!(target, Target::Resource(_));
    let table = select_unpredictable(is_resource, &facts.resources, &facts.users);
    let row = table.look::<LAID>(index)?;
    ((owner == facts.policy) & row.is_of(birth)).then_some((row, index))
}

/// As everyone, as themselves, and through each of their groups.
pub(crate) type Lists<'a> = SmallVec<[List<'a>; MANY + 2]>;

/// Room for the keys of words that stand for no list.
pub(crate) type Room = [[u32; word::ROOM]; MANY];

/// What covers a target.
#[derive(Clone, Copy)]
pub(crate) struct Covering<'a> {
    index: &'a Index,
    table: &'a Table<Places>,
    /// Of a user or a resource where it is recorded; of a group or the platform nothing.
    row: Option<&'a Recorded>,
    is_resource: bool,
    /// Where the target is recorded; past all slots for the platform.
    slot: u32,
    pub(crate) is_asker: bool,
}

impl Covering<'_> {
    /// The key of `this` for a user or a resource itself; the platform's where there is none.
    pub(crate) fn named(&self) -> u32 {
        match self.row {
            Some(row) if row.has(Mark::Named) => self.index.keys.named_member(self.member()),
            _ => PLATFORM,
        }
    }

    /// Whether no deny to anybody can cover the target, as far as one look tells: what is in no group and has no label is covered by its name
    /// and the platform alone. So who asks need not be looked at, however much is denied to everyone elsewhere: with 759 denies to a group of
    /// everyone beside 9,282 grants to single users an allowed question took 2.3 times as long as without the denies, and takes 1.4 times.
    pub(crate) fn is_undeniable(&self) -> bool {
        let is_bare = |row: &Recorded| {
            row.few().is_some_and(|few| few.is_empty()) && !row.has(Mark::Labelled)
        };
        let keys = &self.index.keys;
        self.row.is_some_and(is_bare)
            && !self.is_asker
            && ![PLATFORM, self.named()]
                .iter()
                .any(|key| keys.may_be_denied(*key))
    }

    /// Whether it is a user or a resource that carries labels.
    pub(crate) fn has_labels(&self) -> bool {
        self.row.is_some_and(|row| row.has(Mark::Labelled))
    }

    /// What covers a user or a resource, but for the platform, its name and labels, where it is in few groups and strips have all keys.
    pub(crate) fn strips(&self) -> Option<[&Strip<u16>; 3]> {
        let strips = self.index.strips(self.row?.few()?)?;
        (!have_more(strips)).then_some(strips)
    }

    /// The groups of a user or a resource, where it is in groups alone.
    fn groups(&self) -> Option<Indices<'_>> {
        self.table.groups(self.slot, self.row?)
    }

    /// The target, where it is a user or a resource.
    fn member(&self) -> Member {
        match self.is_resource {
            true => Member::Resource(self.slot),
            false => Member::User(self.slot),
        }
    }

    /// Whether one of the lists has a key that covers the target.
    pub(crate) fn meets(&self, lists: &[List<'_>]) -> Result<bool, Unclear> {
        if lists.is_empty() {
            return Ok(false);
        }
        let is_everywhere = |list: &List<'_>| {
            list.keys().first() == Some(&PLATFORM)
                || (self.is_asker && list.keys().last() == Some(&ONESELF))
        };
        if lists.iter().any(is_everywhere) {
            return Ok(true);
        }
        let keys = &self.index.keys;
        if self.row.is_none() {
            return any(lists, |list| keys.lines().meets(self.slot, *list));
        }
        let named = self.named();
        if named != PLATFORM && lists.iter().any(|list| list.has(named)) {
            return Ok(true);
        }
        Ok(self.meets_by_group(lists)? || self.meets_by_label(lists)?)
    }

    /// Whether one of the lists has a key that covers what is in the groups of a user or a resource.
    fn meets_by_group(&self, lists: &[List<'_>]) -> Result<bool, Unclear> {
        let keys = &self.index.keys;
        let few = self.row.and_then(Recorded::few);
        if let Some(told) = few.and_then(|few| self.index.look(few, lists)) {
            return Ok(told);
        }
        let crowded = self.row.and_then(|row| keys.crowded(self.member(), row));
        if let Some(crowded) = crowded {
            return Ok(lists.iter().any(|list| crowded.meets(*list)));
        }
        let groups = self.groups().filter(|groups| groups.len() <= MANY);
        let groups = groups.ok_or(Unclear::Deeper)?;
        for list in lists {
            if any(&groups, |group| keys.lines().meets(*group, *list))? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Whether one of the lists has the key of a label that the target carries, under what bounds it.
    fn meets_by_label(&self, lists: &[List<'_>]) -> Result<bool, Unclear> {
        if !self.has_labels() {
            return Ok(false);
        }
        // The keys of labels come last.
        let keys_of_labels = lists.iter().flat_map(|list| {
            let last = list.keys().iter().rev();
            last.take_while(|key| **key & LABEL != 0)
        });
        let labels = self.table.labels(self.slot);
        for (nth, key) in keys_of_labels.enumerate() {
            // Where there are many of them, those of the target are looked for among them instead.
            if nth == MANY_LABELS {
                return Err(Unclear::Deeper);
            }
            let Some(Bounded { label, bound }) = self.index.keys.label(*key) else {
                continue;
            };
            let is_under = || self.meets_by_group(&[List::of(&[bound])]);
            if labels.contains(&label) && (bound == PLATFORM || is_under()?) {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

/// Whether it is so for any; what has to be searched leaves it open.
fn any<T>(all: &[T], is_so: impl Fn(&T) -> Option<bool>) -> Result<bool, Unclear> {
    for one in all {
        if is_so(one).ok_or(Unclear::Deeper)? {
            return Ok(true);
        }
    }
    Ok(false)
}
