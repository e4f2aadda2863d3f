//! The question that most are: does one user hold one permission at one target?
//!
//! A *glance* answers it without a branch for each group: up to three groups on either side, a word for each of the asker's, a line for
//! each of the target's. Where a word or a line is long, lists are compared. Whatever else comes into it is left to
//! [`Asker`](crate::index::ask::Asker), which answers every question.

use std::hint::select_unpredictable;
use std::ptr;

use smallvec::SmallVec;

use crate::catalog::formula::{ActionOf, Node};
use crate::catalog::requirement::Asked;
use crate::facts::Facts;
use crate::facts::places::Places;
use crate::id::{Action, Resource, Target, User};
use crate::index::cells::{self, Cells, LONG, NOTHING};
use crate::index::keys::{LABEL, ONESELF, PLATFORM};
use crate::index::line::meet;
use crate::index::rows::EVERYTHING;
use crate::index::{Index, MANY};
use crate::store::{self, Links, Mark, Table};

/// How many keys are compared one by one.
const SHORT: usize = 16;

/// A user, a group or a resource where it is recorded.
type Recorded = store::Row<Places>;

/// Why neither a glance nor lists tell.
pub(crate) enum Unclear {
    /// A handle does not resolve: nothing is true of it.
    Stale,
    /// Nested places, a user in more than a few groups or rows that have to be searched come into it.
    Deeper,
}

impl Index {
    /// What [`Asker::can`](crate::index::ask::Asker::can) answers, where the requirement is a small formula that asks of the targets
    /// themselves only, and its answer can be told quickly. Of handles that do not resolve the answer is no.
    #[inline]
    pub(crate) fn can(
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
        let answer = match (of.holds, targets) {
            (Some(permission), [target]) if self.is_undeniable(permission, action.index) => {
                self.allows(facts, user, permission, *target)
            }
            _ => self.can_simply(facts, user, action.index, of, targets),
        };
        match answer {
            Ok(answer) => Some(answer),
            Err(Unclear::Stale) => Some(false),
            Err(Unclear::Deeper) => None,
        }
    }

    /// Whether no deny anywhere takes the permission, stops the action of the name, or takes everything.
    #[inline]
    pub(crate) fn is_undeniable(&self, permission: u32, action: u32) -> bool {
        self.blocks == 0 && !self.denies(permission) && !self.denies(action)
    }

    fn can_simply(
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
        if self.blocks == 0 && !self.denies(permission) {
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
            return self.resolve_rarely(facts, user, target);
        };
        let is_resource = matches!(target, Target::Resource(_));
        // Both rows are asked for before either is looked at: two slow loads take the time of one.
        let asker = facts.users.row(user.index);
        let table = select_unpredictable(is_resource, &facts.resources, &facts.users);
        let row = table.row(index);
        let asker = asker.and_then(|asker| asker.born(user.birth));
        let row = row.and_then(|row| row.born(birth));
        let (Some(asker), Some(row)) = (asker, row) else {
            return Err(Unclear::Stale);
        };
        if user.owner != facts.policy || owner != facts.policy {
            return Err(Unclear::Stale);
        }
        Ok((
            asker,
            Covering {
                index: self,
                table,
                row: Some(row),
                is_resource,
                slot: index,
                is_asker: target == Target::User(user),
            },
        ))
    }

    /// The same for a group or the platform.
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
    #[inline]
    fn allows(
        &self,
        facts: &Facts,
        user: User,
        permission: u32,
        target: Target,
    ) -> Result<bool, Unclear> {
        let (asker, covering) = self.resolve(facts, user, target)?;
        if let Some(row) = covering.row
            && let Some(answer) = self.glance(user, asker, permission, row, &covering)
        {
            return Ok(answer);
        }
        let held = self.held(user, asker, permission)?;
        if held.is_empty() {
            return Ok(false);
        }
        covering.meets(&held)
    }

    /// The answer where asker and target are in few groups and neither list of keys is long.
    #[inline]
    fn glance(
        &self,
        user: User,
        asker: &Recorded,
        permission: u32,
        row: &Recorded,
        of_target: &Covering<'_>,
    ) -> Option<bool> {
        let bit = cells::bit(permission);
        let everyone = &self.rows.everyone().allows;
        let [a, b, c] = asker
            .body()
            .groups()?
            .few()?
            .map(|group| self.rows.reach(group));
        // The lines are asked for before it is known whether they are needed: they come while the words do.
        let groups = row.body().groups().and_then(Links::few);
        let lines = groups.map(|groups| groups.map(|group| self.keys.line(group)));
        let is_long = lines.is_none_or(|[x, y, z]| x.is_long() | y.is_long() | z.is_long());
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
        let [x, y, z] = lines.filter(|_| !is_long)?;
        let named = of_target.named();
        let labelled = row.has(Mark::Labelled);
        let has = |key: u32| {
            let here = x.has(key) | y.has(key) | z.has(key) | (key == named);
            here || (labelled
                && key & LABEL != 0
                && of_target.carries(key, |bound| x.has(bound) || y.has(bound) || z.has(bound)))
        };
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
        match (self.row, self.is_resource) {
            (Some(row), false) if row.has(Mark::Named) => self.index.keys.named_user(self.slot),
            (Some(row), true) if row.has(Mark::Named) => self.index.keys.named_resource(self.slot),
            _ => PLATFORM,
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
            return any(lists, |list| keys.line(self.slot).meets(list));
        };
        let named = self.named();
        let is_own = |keys: &&[u32]| {
            (self.is_asker && keys.last() == Some(&ONESELF))
                || (named != PLATFORM && keys.binary_search(&named).is_ok())
        };
        if lists.iter().any(is_own) {
            return Ok(true);
        }
        let groups = row.body().groups().ok_or(Unclear::Deeper)?;
        let crowded = match (groups.len() > MANY, self.is_resource) {
            (false, _) => None,
            (true, false) => Some(keys.crowded_user(self.slot).ok_or(Unclear::Deeper)?),
            (true, true) => Some(keys.crowded_resource(self.slot).ok_or(Unclear::Deeper)?),
        };
        // Whether one of the keys covers the target by its groups.
        let by_groups = |asked: &[u32]| match crowded {
            Some(crowded) => Ok(meet(crowded, asked)),
            None => any(groups, |group| keys.line(*group).meets(asked)),
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
