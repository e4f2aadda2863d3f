//! The question that most are: does one user hold one permission at one target?
//!
//! A *glance* answers it without a branch for each group: up to three groups on either side, a word for each of the asker's, a line for
//! each of the target's. Where a word or a line is long, lists are compared. Whatever else comes into it is left to
//! [`Asker`](crate::index::ask::Asker), which answers every question.

use std::hint::select_unpredictable;
use std::ptr;

use smallvec::SmallVec;

use crate::facts::Facts;
use crate::facts::places::Places;
use crate::id::{Action, Resource, Target, User};
use crate::index::cells::{self, Cells, LONG, NOTHING};
use crate::index::keys::{ONESELF, PLATFORM};
use crate::index::line::meet;
use crate::index::{Index, MANY};
use crate::store::{Mark, Row};

/// How many keys are compared one by one.
const SHORT: usize = 16;

/// A user, a group or a resource where it is recorded.
type Recorded = Row<Places>;

/// Why neither a glance nor lists tell.
pub(crate) enum Unclear {
    /// A handle does not resolve: nothing is true of it.
    Stale,
    /// Labels of the target itself, nested places or rows that have to be searched come into it.
    Deeper,
}

impl Index {
    /// What [`Asker::can`](crate::index::ask::Asker::can) answers, where the action only requires to hold a permission and that can be told
    /// quickly. Of handles that do not resolve the answer is no.
    #[inline]
    pub(crate) fn can(
        &self,
        facts: &Facts,
        user: User,
        action: Action,
        target: Target,
    ) -> Option<bool> {
        if !facts.catalog.has_action(action) {
            return Some(false);
        }
        let permission = facts.catalog.formulas().action(action.index)?.holds?;
        match self.allows(facts, user, permission, target) {
            Ok(false) | Err(Unclear::Stale) => Some(false),
            Ok(true) if self.is_undeniable(permission, action.index) => Some(true),
            Ok(true) | Err(Unclear::Deeper) => None,
        }
    }

    /// Whether no deny anywhere takes the permission, stops the action of the name, or takes everything.
    #[inline]
    pub(crate) fn is_undeniable(&self, permission: u32, action: u32) -> bool {
        self.blocks == 0 && !self.denies(permission) && !self.denies(action)
    }

    /// Whether an allow gives the user the permission at the target.
    #[inline]
    fn allows(
        &self,
        facts: &Facts,
        user: User,
        permission: u32,
        target: Target,
    ) -> Result<bool, Unclear> {
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
            return self.allows_rarely(facts, user, permission, target);
        };
        let is_resource = matches!(target, Target::Resource(_));
        // Both rows are asked for before either is looked at: two slow loads take the time of one.
        let asker = facts.users.row(user.index);
        let row = select_unpredictable(is_resource, &facts.resources, &facts.users).row(index);
        let asker = asker.and_then(|asker| asker.born(user.birth));
        let row = row.and_then(|row| row.born(birth));
        let (Some(asker), Some(row)) = (asker, row) else {
            return Err(Unclear::Stale);
        };
        if user.owner != facts.policy || owner != facts.policy {
            return Err(Unclear::Stale);
        }
        let of_target = Covering {
            index: self,
            row,
            is_resource,
            slot: index,
            is_asker: target == Target::User(user),
        };
        match self.glance(user, asker, permission, &of_target) {
            Some(answer) => Ok(answer),
            None => self.compare(user, asker, permission, &of_target),
        }
    }

    /// The answer where asker and target are in few groups and neither list of keys is long.
    #[inline]
    fn glance(
        &self,
        user: User,
        asker: &Recorded,
        permission: u32,
        of_target: &Covering<'_>,
    ) -> Option<bool> {
        let bit = cells::bit(permission);
        let everyone = &self.rows.everyone().allows;
        let [a, b, c] = asker
            .body()
            .groups()?
            .few()?
            .map(|group| self.rows.reach(group));
        let anywhere = a.mask() | b.mask() | c.mask() | everyone.mask();
        if anywhere & bit == 0 && !asker.has(Mark::Subject) {
            return Some(false);
        }
        let own = match asker.has(Mark::Subject) {
            true => self.rows.own(user.into()).map(|row| &row.allows),
            false => None,
        };
        let cells = [a, b, c, everyone, own.unwrap_or(everyone)];
        let words = cells.map(|cells| cells.word(bit));
        let all = words.iter().fold(NOTHING, |all, word| all | word);
        if all == NOTHING {
            return Some(false);
        }
        if of_target.row.has(Mark::Labelled) && self.keys.has_labels() {
            return None;
        }
        let [x, y, z] = of_target
            .row
            .body()
            .groups()?
            .few()?
            .map(|group| self.keys.line(group));
        if x.is_long() | y.is_long() | z.is_long() {
            return None;
        }
        let named = of_target.named();
        let has = |key: u32| x.has(key) | y.has(key) | z.has(key) | (key == named);
        if all & LONG == 0 {
            // Mostly there is one key.
            let one = words.iter().fold(NOTHING, |one, word| one.max(*word));
            let further = |key: &u32| *key != one && *key != NOTHING && has(*key);
            return Some(has(one) || words.iter().any(further));
        }
        let mut before: Option<&Cells> = None;
        for (cells, word) in cells.into_iter().zip(&words) {
            // A user in fewer groups than three is in the first of them several times.
            let again = before
                .replace(cells)
                .is_some_and(|other| ptr::eq(other, cells));
            if *word == NOTHING || again {
                continue;
            }
            let keys = match word & LONG {
                0 => std::slice::from_ref(word),
                _ => cells.of(permission),
            };
            if cells.is_elsewhere() || keys.len() > SHORT {
                return None;
            }
            let covers = |key: &u32| match *key {
                PLATFORM => true,
                ONESELF => of_target.is_asker,
                key => has(key),
            };
            if keys.iter().any(covers) {
                return Some(true);
            }
        }
        Some(false)
    }

    /// Compares the lists of the keys that the asker has with those that cover the target.
    fn compare(
        &self,
        user: User,
        asker: &Recorded,
        permission: u32,
        of_target: &Covering<'_>,
    ) -> Result<bool, Unclear> {
        let held = self.held(user, asker, permission)?;
        if held.is_empty() {
            return Ok(false);
        }
        of_target.meets(&held)
    }

    /// The lists of the keys at which the asker is allowed the permission; none of them is empty.
    pub(crate) fn held<'a>(
        &'a self,
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
        let groups = asker.body().groups().ok_or(Unclear::Deeper)?;
        if groups.len() > MANY {
            let row = self.rows.crowded(user.index).ok_or(Unclear::Deeper)?;
            push(row.allows.of(permission));
            return Ok(held);
        }
        for group in groups.iter() {
            let cells = self.rows.reach(*group);
            if cells.is_elsewhere() {
                return Err(Unclear::Deeper);
            }
            push(cells.of(permission));
        }
        Ok(held)
    }

    /// The answer for a group or the platform.
    fn allows_rarely(
        &self,
        facts: &Facts,
        user: User,
        permission: u32,
        target: Target,
    ) -> Result<bool, Unclear> {
        let asker = facts.users.born(user.index, user.birth);
        let asker = asker.filter(|_| user.owner == facts.policy);
        let held = self.held(user, asker.ok_or(Unclear::Stale)?, permission)?;
        if let Target::Group(group) = target {
            let row = facts.groups.born(group.index, group.birth);
            row.filter(|_| group.owner == facts.policy)
                .ok_or(Unclear::Stale)?;
            let line = self.keys.line(group.index);
            for keys in &held {
                if line.meets(keys).ok_or(Unclear::Deeper)? {
                    return Ok(true);
                }
            }
        }
        Ok(held.iter().any(|keys| keys.first() == Some(&PLATFORM)))
    }
}

/// As everyone, as themselves, and through each of their groups.
type Lists<'a> = SmallVec<[&'a [u32]; MANY + 2]>;

/// What covers a user or a resource.
struct Covering<'a> {
    index: &'a Index,
    row: &'a Recorded,
    is_resource: bool,
    slot: u32,
    is_asker: bool,
}

impl Covering<'_> {
    /// The key of `this` for the target itself; the platform's where there is none.
    #[inline]
    fn named(&self) -> u32 {
        match (self.row.has(Mark::Named), self.is_resource) {
            (false, _) => PLATFORM,
            (true, false) => self.index.keys.named_user(self.slot),
            (true, true) => self.index.keys.named_resource(self.slot),
        }
    }

    /// Whether one of the lists, each in order, has a key that covers the target.
    fn meets(&self, lists: &[&[u32]]) -> Result<bool, Unclear> {
        if lists.iter().any(|keys| keys.first() == Some(&PLATFORM)) {
            return Ok(true);
        }
        let keys = &self.index.keys;
        if self.row.has(Mark::Labelled) && keys.has_labels() {
            return Err(Unclear::Deeper);
        }
        let named = self.named();
        let is_own = |keys: &&[u32]| {
            (self.is_asker && keys.last() == Some(&ONESELF))
                || (named != PLATFORM && keys.binary_search(&named).is_ok())
        };
        if lists.iter().any(is_own) {
            return Ok(true);
        }
        let groups = self.row.body().groups().ok_or(Unclear::Deeper)?;
        if groups.len() > MANY {
            let crowded = match self.is_resource {
                false => keys.crowded_user(self.slot),
                true => keys.crowded_resource(self.slot),
            };
            let crowded = crowded.ok_or(Unclear::Deeper)?;
            return Ok(lists.iter().any(|keys| meet(crowded, keys)));
        }
        for line in groups.iter().map(|group| keys.line(*group)) {
            for keys in lists {
                if line.meets(keys).ok_or(Unclear::Deeper)? {
                    return Ok(true);
                }
            }
        }
        Ok(false)
    }
}
