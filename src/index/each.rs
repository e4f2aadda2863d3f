//! One asker, one permission, many targets.

use fixedbitset::FixedBitSet;
use smallvec::SmallVec;

use crate::facts::Facts;
use crate::id::{Action, Target, User};
use crate::index::Index;
use crate::index::holds::{Lists, Room, Unclear, recorded};
use crate::index::keys::{LABEL, ONESELF, PLATFORM};
use crate::index::list::List;
use crate::index::strip::{self, Half, Strip, any_of, have_more, is_any_long};
use crate::limit::limit;
use crate::store::{Few, Mark};

/// How many targets are looked up at once.
const BATCH: usize = limit(64, 2);

/// How many keys are compared with a strip one by one.
const SHORT: usize = limit(8, 1);

/// The keys at which an asker holds a permission, gathered once for many targets.
pub(crate) struct Each<'a> {
    index: &'a Index,
    facts: &'a Facts,
    user: User,
    /// In order and each once, but for those of the platform and of `oneself`.
    keys: Vec<u32>,
    /// What a strip has of each, where there are not just a few.
    bits: FixedBitSet,
    everywhere: bool,
    at_oneself: bool,
    /// Whether some deny may take what is allowed.
    deniable: bool,
}

impl Index {
    /// The asker of an action that only requires to hold a permission; `None` where every question has to be worked out.
    pub(crate) fn each<'a>(
        &'a self,
        facts: &'a Facts,
        user: User,
        action: Action,
    ) -> Option<Each<'a>> {
        if user.owner != facts.policy {
            return None;
        }
        let only = self.alone.of(action)?;
        let permission = only.permission();
        let asker = facts.users.born(user.index, user.birth)?;
        let (mut room, mut lists) = (Room::default(), Lists::new());
        let told = self.held(facts, user, asker, permission, &mut room, &mut lists);
        told.ok()?;
        let mut keys: Vec<u32> = lists.iter().flat_map(|list| list.keys()).copied().collect();
        keys.sort_unstable();
        keys.dedup();
        // Whether a label scope covers a target is asked of each.
        let labels = keys.iter().any(|key| *key & LABEL != 0 && *key != ONESELF);
        if labels {
            return None;
        }
        let [everywhere, at_oneself] = [PLATFORM, ONESELF].map(|key| keys.contains(&key));
        keys.retain(|key| *key != PLATFORM && *key != ONESELF);
        let mut bits = FixedBitSet::new();
        if keys.len() > SHORT {
            let lower = |key: &u32| strip::lower(*key) as usize;
            bits.grow(keys.iter().map(lower).max().map_or(0, |last| last + 1));
            keys.iter().for_each(|key| bits.insert(lower(key)));
        }
        Some(Each {
            index: self,
            facts,
            user,
            keys,
            bits,
            everywhere,
            at_oneself,
            deniable: only.is_deniable(),
        })
    }
}

impl Each<'_> {
    /// The answers for the targets, in their order; `None` where one has to be worked out.
    pub(crate) fn can(&self, targets: &[Target], mut answer: impl FnMut(Target, Option<bool>)) {
        if self.keys.is_empty() && !self.everywhere && !self.at_oneself {
            targets
                .iter()
                .for_each(|target| answer(*target, Some(false)));
            return;
        }
        for targets in targets.chunks(BATCH) {
            // Where all of them are is looked up before any line is, so that many rows are on their way at once.
            let groups = targets.iter().map(|target| self.groups(*target));
            let groups: SmallVec<[Option<Few>; BATCH]> = groups.collect();
            for (target, groups) in targets.iter().zip(groups) {
                let glance = groups.and_then(|groups| self.glance(groups));
                answer(*target, glance.or_else(|| self.find(*target)));
            }
        }
    }

    /// The groups of a user or a resource that is in few of them, where nothing but their lines comes into it.
    #[inline]
    fn groups(&self, target: Target) -> Option<Few> {
        if self.everywhere || self.at_oneself {
            return None;
        }
        let (row, _) = recorded::<true>(self.facts, target)?;
        row.few().filter(|_| !row.has(Mark::Named))
    }

    /// The answer for what is in these groups and nowhere else, where their lines tell.
    #[inline]
    fn glance(&self, groups: Few) -> Option<bool> {
        let strips = self.index.strips(groups)?;
        let halves = strips.map(Strip::first);
        let is_long = is_any_long(halves);
        let has = self.meet(halves) || (is_long && self.meet(strips.map(Strip::next)));
        let is_open = match has {
            true => !self.index.keys.are_told(),
            false => is_long && have_more(strips),
        };
        if is_open {
            return None;
        }
        (!has || !self.deniable).then_some(has)
    }

    /// Whether one of the keys may be in one of the halves.
    #[inline]
    fn meet(&self, halves: [&Half<u16>; 3]) -> bool {
        match self.keys.len() {
            ..=SHORT => any_of(halves, &self.keys),
            _ => {
                // All places are looked at: past so many keys what fills a half may be a part of a key as well.
                let mut parts = halves.iter().flat_map(|half| half.iter());
                parts.any(|part| self.bits.contains(usize::from(*part)))
            }
        }
    }

    /// The answer for any target.
    #[inline(never)]
    fn find(&self, target: Target) -> Option<bool> {
        match self.allows(target) {
            Ok(false) | Err(Unclear::Stale) => Some(false),
            Ok(true) if !self.deniable => Some(true),
            Ok(true) | Err(Unclear::Deeper) => None,
        }
    }

    fn allows(&self, target: Target) -> Result<bool, Unclear> {
        let (_, covering) = self.index.resolve(self.facts, self.user, target)?;
        if self.everywhere || (self.at_oneself && covering.is_asker) {
            return Ok(true);
        }
        covering.meets(&[List::of(&self.keys)])
    }
}
