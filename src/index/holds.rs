//! The question that most are: does one user hold one permission at one target?
//!
//! A *glance* answers it without a branch for each group: up to three groups on either side, a word for each of the asker's, a line for
//! each of the target's. Where a word or a line is long, lists are compared. Whatever else comes into it is left to
//! [`Asker`](crate::index::ask::Asker), which answers every question.

use std::hint::select_unpredictable;

use smallvec::SmallVec;

use crate::catalog::formula::{ActionOf, Node};
use crate::catalog::requirement::Asked;
use crate::facts::Facts;
use crate::facts::places::Places;
use crate::id::{Action, Resource, Target, User};
use crate::index::cells::{self, LONG, NOTHING};
use crate::index::crowd::Member;
use crate::index::keys::{LABEL, ONESELF, PLATFORM};
use crate::index::line::{Line, meet};
use crate::index::rows::EVERYTHING;
use crate::index::{Index, MANY};
use crate::store::{self, Indices, Mark, Table};

/// How many keys are compared one by one.
const SHORT: usize = 16;

/// A user, a group or a resource where it is recorded.
type Recorded = store::Row;

/// Why neither a glance nor lists tell.
pub(crate) enum Unclear {
    /// A handle does not resolve: nothing is true of it.
    Stale,
    /// Nested places, a user in more than a few groups or rows that have to be searched come into it.
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
        let permission = self.alone.of(action)?;
        self.glance::<true>(facts, user, permission, target)
    }

    /// The same where something has changed since it was laid out.
    #[inline(never)]
    fn look(&self, facts: &Facts, user: User, permission: u32, target: Target) -> Option<bool> {
        self.glance::<false>(facts, user, permission, target)
    }

    /// The same for targets of any sort, where the requirement is a small formula that asks of the targets themselves only. Of handles
    /// that do not resolve the answer is no.
    pub(crate) fn can_simply(
        &self,
        facts: &Facts,
        user: User,
        action: Action,
        targets: &[Target],
    ) -> Option<bool> {
        if !facts.catalog.has_action(action) {
            return Some(false);
        }
        let of = facts.catalog.formulas().action(action.index)?;
        match self.is_allowed(facts, user, action.index, of, targets) {
            Ok(answer) => Some(answer),
            Err(Unclear::Stale) => Some(false),
            Err(Unclear::Deeper) => None,
        }
    }

    /// Whether a small formula is true, and no deny stops the action.
    fn is_allowed(
        &self,
        facts: &Facts,
        user: User,
        action: u32,
        of: ActionOf,
        targets: &[Target],
    ) -> Result<bool, Unclear> {
        if of.targets != targets.len() {
            return Ok(false);
        }
        let (true, Some(first)) = (of.is_simple, targets.first()) else {
            return Err(Unclear::Deeper);
        };
        // A formula may be decided without a look at each target.
        if of.holds.is_none() {
            for target in targets {
                self.resolve(facts, user, *target)?;
            }
        }
        if !self.is_true(facts, user, of.root, targets, *first)? {
            return Ok(false);
        }
        if of.holds.is_some_and(|permission| permission == action) {
            return Ok(true);
        }
        for target in targets {
            if self.is_taken(facts, user, action, *target)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Whether a node of a simple formula is true.
    fn is_true(
        &self,
        facts: &Facts,
        user: User,
        node: u32,
        targets: &[Target],
        current: Target,
    ) -> Result<bool, Unclear> {
        match facts.catalog.node(node) {
            Some(Node::Holds(permission)) => Ok(self.allows(facts, user, *permission, current)?
                && !self.is_taken(facts, user, *permission, current)?),
            Some(Node::Marked(label)) => Ok(current
                .place()
                .is_some_and(|place| facts.has_label(place, *label))),
            Some(Node::All(parts) | Node::With(parts)) => {
                for part in parts {
                    if !self.is_true(facts, user, *part, targets, current)? {
                        return Ok(false);
                    }
                }
                Ok(!parts.is_empty())
            }
            Some(Node::Any(parts)) => {
                for part in parts {
                    if self.is_true(facts, user, *part, targets, current)? {
                        return Ok(true);
                    }
                }
                Ok(false)
            }
            Some(Node::On(asked, part)) => {
                let current = match asked {
                    Asked::Platform => Some(Target::Platform),
                    Asked::Nth(nth) => targets.get(*nth).copied(),
                };
                let current = current.ok_or(Unclear::Deeper)?;
                self.is_true(facts, user, *part, targets, current)
            }
            Some(Node::Above(..) | Node::Within(_) | Node::Allows(_)) | None => {
                Err(Unclear::Deeper)
            }
        }
    }

    /// Whether a deny takes the permission, or everything, from the user at the target.
    fn is_taken(
        &self,
        facts: &Facts,
        user: User,
        permission: u32,
        target: Target,
    ) -> Result<bool, Unclear> {
        if !self.denied.denies(EVERYTHING) && !self.denied.denies(permission) {
            return Ok(false);
        }
        let (_, covering) = self.resolve(facts, user, target)?;
        let rows = self.rows.held_by(facts, user);
        let mut lists = Lists::new();
        let bits = cells::bit(permission) | cells::bit(EVERYTHING);
        for row in rows.iter().filter(|row| row.denies.mask() & bits != 0) {
            let keys = [permission, EVERYTHING].map(|what| row.denies.of(what));
            lists.extend(keys.into_iter().filter(|keys| !keys.is_empty()));
        }
        if lists.is_empty() {
            return Ok(false);
        }
        covering.meets(&lists)
    }

    /// The asker's record, and what covers the target.
    #[inline]
    pub(crate) fn resolve<'a>(
        &'a self,
        facts: &'a Facts,
        user: User,
        target: Target,
    ) -> Result<(&'a Recorded, Covering<'a>), Unclear> {
        if matches!(target, Target::Group(_) | Target::Platform) {
            return self.resolve_rarely(facts, user, target);
        }
        let (asker, row, slot) = pair::<false>(facts, user, target).ok_or(Unclear::Stale)?;
        Ok((asker, self.covering(facts, user, target, row, slot)))
    }

    /// What covers a user or a resource.
    fn covering<'a>(
        &'a self,
        facts: &'a Facts,
        user: User,
        target: Target,
        row: &'a Recorded,
        slot: u32,
    ) -> Covering<'a> {
        let is_resource = matches!(target, Target::Resource(_));
        Covering {
            index: self,
            table: match is_resource {
                true => &facts.resources,
                false => &facts.users,
            },
            row: Some(row),
            is_resource,
            slot,
            is_asker: target == Target::User(user),
        }
    }

    /// The same for a group or the platform.
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
            _ => u32::MAX,
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

    /// Whether an allow gives the user the permission at the target.
    fn allows(
        &self,
        facts: &Facts,
        user: User,
        permission: u32,
        target: Target,
    ) -> Result<bool, Unclear> {
        if let Some(answer) = self.look(facts, user, permission, target) {
            return Ok(answer);
        }
        let (asker, covering) = self.resolve(facts, user, target)?;
        let held = self.held(facts, user, asker, permission)?;
        if held.is_empty() {
            return Ok(false);
        }
        covering.meets(&held)
    }

    /// The answer for a user or a resource where it and the asker are in few groups and neither list of keys is long; see also
    /// `Flat::look` of the store.
    #[inline]
    fn glance<const LAID: bool>(
        &self,
        facts: &Facts,
        user: User,
        permission: u32,
        target: Target,
    ) -> Option<bool> {
        let block = self.rows.reach().block(permission)?;
        let (asker, row, slot) = pair::<LAID>(facts, user, target)?;
        let groups = asker.few()?.three();
        let [a, b, c] = groups;
        let word = |group| block.word(group, permission);
        let [a, b, c] = [word(a)?, word(b)?, word(c)?];
        let own = match asker.has(Mark::Subject) {
            true => self.own_word(user, permission),
            false => NOTHING,
        };
        let words = [a, b, c, block.everyone(permission), own];
        let all = words.iter().fold(NOTHING, |all, word| all | word);
        if all == NOTHING {
            return Some(false);
        }
        let [x, y, z] = row.few()?.three();
        let line = |group| self.keys.lines().covered(group);
        let lines = [line(x)?, line(y)?, line(z)?];
        let is_long = lines.iter().fold(false, |long, line| long | line.is_long());
        if is_long || all & LONG != 0 || row.has_any([Mark::Labelled, Mark::Named]) {
            let covering = self.covering(facts, user, target, row, slot);
            return self.compare(user, groups, permission, &words, lines, &covering);
        }
        // Mostly there is one key.
        let greatest = words.iter().fold(NOTHING, |one, word| one.max(*word));
        let more = |word: &u32| *word != greatest && *word != NOTHING;
        let has = Line::any_has(lines, greatest);
        if words.iter().fold(false, |any, word| any | more(word)) {
            return Some(has || any_has(lines, words));
        }
        Some(has)
    }

    #[inline(never)]
    fn own_word(&self, user: User, permission: u32) -> u32 {
        let own = self.rows.own(user.into());
        own.map_or(NOTHING, |own| own.allows.word(permission))
    }

    /// The same where some word stands for a list, a line is not all there is, or the target has a name or labels.
    #[inline(never)]
    fn compare(
        &self,
        user: User,
        groups: [u32; 3],
        permission: u32,
        words: &[u32; 5],
        lines: [&Line; 3],
        of_target: &Covering<'_>,
    ) -> Option<bool> {
        let mut lists = Lists::new();
        for (nth, word) in words.iter().enumerate() {
            let group = groups.get(nth);
            // Of a user in fewer groups than three the last one is repeated.
            let last = nth.checked_sub(1).and_then(|last| groups.get(last));
            if *word == NOTHING || (group.is_some() && group == last) {
                continue;
            }
            lists.push(match (word & LONG, group) {
                (0, _) => std::slice::from_ref(word),
                (_, Some(group)) => self.rows.reach().listed(*group, *word)?,
                (_, None) if nth == groups.len() => self.rows.everyone().allows.of(permission),
                (_, None) => self.rows.own(user.into())?.allows.of(permission),
            });
        }
        let covers = lists.iter().any(|keys| {
            keys.first() == Some(&PLATFORM)
                || (of_target.is_asker && keys.last() == Some(&ONESELF))
                || match keys.len() {
                    ..=SHORT => keys.iter().any(|key| Line::any_has(lines, *key)),
                    _ => lines.iter().any(|line| meet(line.keys(), keys)),
                }
        });
        let row = of_target.row?;
        let is_all = lines.iter().all(|line| !line.is_long());
        if covers || (is_all && !row.has_any([Mark::Labelled, Mark::Named])) {
            return Some(covers);
        }
        of_target.meets(&lists).ok()
    }

    /// The lists of the keys at which the asker is allowed the permission; none of them is empty.
    pub(crate) fn held<'a>(
        &'a self,
        facts: &Facts,
        user: User,
        asker: &Recorded,
        permission: u32,
    ) -> Result<Lists<'a>, Unclear> {
        let mut held = Lists::new();
        let mut push = |keys| {
            if !<[u32]>::is_empty(keys) {
                held.push(keys);
            }
        };
        push(self.rows.everyone().allows.of(permission));
        if asker.has(Mark::Subject)
            && let Some(row) = self.rows.own(user.into())
        {
            push(row.allows.of(permission));
        }
        let groups = facts.users.groups(user.index, asker);
        let groups = groups.ok_or(Unclear::Deeper)?;
        if groups.len() > MANY {
            let row = self.rows.crowded(user.index).ok_or(Unclear::Deeper)?;
            push(row.allows.of(permission));
            return Ok(held);
        }
        let block = self.rows.reach().block(permission);
        for group in groups.iter() {
            if block.is_some_and(|block| block.word(*group, permission) == Some(NOTHING)) {
                continue;
            }
            let row = self.rows.all(*group).ok_or(Unclear::Deeper)?;
            push(row.allows.of(permission));
        }
        Ok(held)
    }
}

/// The asker and a user or a resource where they are recorded, and the index of the latter.
#[inline]
fn pair<const LAID: bool>(
    facts: &Facts,
    user: User,
    target: Target,
) -> Option<(&Recorded, &Recorded, u32)> {
    let asker = facts.users.look::<LAID>(user.index)?;
    let (row, index) = recorded::<LAID>(facts, target)?;
    let is_asker = (user.owner == facts.policy) & asker.is_of(user.birth);
    is_asker.then_some((asker, row, index))
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

/// Whether one of the words that are keys is in one of the lines.
#[inline(never)]
fn any_has(lines: [&Line; 3], words: [u32; 5]) -> bool {
    let keys = words.iter().filter(|word| **word != NOTHING);
    keys.fold(false, |has, key| has | Line::any_has(lines, *key))
}

/// As everyone, as themselves, and through each of their groups.
type Lists<'a> = SmallVec<[&'a [u32]; MANY + 2]>;

/// What covers a target.
pub(crate) struct Covering<'a> {
    index: &'a Index,
    table: &'a Table<Places>,
    /// Of a user or a resource where it is recorded; of a group or the platform nothing.
    pub(crate) row: Option<&'a Recorded>,
    is_resource: bool,
    /// Where the target is recorded; past all slots for the platform.
    slot: u32,
    pub(crate) is_asker: bool,
}

impl Covering<'_> {
    /// The key of `this` for a user or a resource itself; the platform's where there is none.
    #[inline]
    pub(crate) fn named(&self) -> u32 {
        match self.row {
            Some(row) if row.has(Mark::Named) => self.index.keys.named_member(self.member()),
            _ => PLATFORM,
        }
    }

    /// The groups of a user or a resource, where it is in groups alone.
    pub(crate) fn groups(&self) -> Option<Indices<'_>> {
        self.table.groups(self.slot, self.row?)
    }

    /// The target, where it is a user or a resource.
    fn member(&self) -> Member {
        match self.is_resource {
            true => Member::Resource(self.slot),
            false => Member::User(self.slot),
        }
    }

    /// Whether the target itself carries the label of the key, and is under the group that bounds it.
    fn carries(&self, key: u32, is_under: impl FnOnce(u32) -> bool) -> bool {
        let Some((label, bound)) = self.index.keys.label(key) else {
            return false;
        };
        self.table.labels(self.slot).contains(&label) && (bound == PLATFORM || is_under(bound))
    }

    /// Whether one of the lists, each in order, has a key that covers the target.
    fn meets(&self, lists: &[&[u32]]) -> Result<bool, Unclear> {
        if lists.iter().any(|keys| keys.first() == Some(&PLATFORM)) {
            return Ok(true);
        }
        let keys = &self.index.keys;
        let Some(row) = self.row else {
            return any(lists, |list| keys.lines().meets(self.slot, list));
        };
        let named = self.named();
        let is_own = |keys: &&[u32]| {
            (self.is_asker && keys.last() == Some(&ONESELF))
                || (named != PLATFORM && keys.binary_search(&named).is_ok())
        };
        if lists.iter().any(is_own) {
            return Ok(true);
        }
        let groups = self.groups().ok_or(Unclear::Deeper)?;
        let crowded = match groups.len() > MANY {
            true => Some(keys.crowded(self.member()).ok_or(Unclear::Deeper)?),
            false => None,
        };
        // Whether one of the keys covers the target by its groups.
        let by_groups = |asked: &[u32]| match crowded {
            Some(crowded) => Ok(meet(crowded, asked)),
            None => any(&groups, |group| keys.lines().meets(*group, asked)),
        };
        for list in lists {
            if by_groups(list)? {
                return Ok(true);
            }
        }
        if !row.has(Mark::Labelled) {
            return Ok(false);
        }
        // The keys of labels come last.
        let labels = lists.iter().flat_map(|list| {
            let last = list.iter().rev();
            last.take_while(|key| **key & LABEL != 0)
        });
        for key in labels {
            let mut unclear = None;
            let is_under = |bound| {
                by_groups(&[bound]).unwrap_or_else(|why| {
                    unclear = Some(why);
                    false
                })
            };
            if self.carries(*key, is_under) {
                return Ok(true);
            }
            if let Some(why) = unclear {
                return Err(why);
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
