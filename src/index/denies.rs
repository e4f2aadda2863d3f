//! What is denied anywhere, and the actions that a permission alone decides because nothing takes it.

use std::sync::Arc;

use crate::facts::Facts;
use crate::facts::grant::Effect;
use crate::id::Action;
use crate::index::rows::{EVERYTHING, Row};
use crate::store::Weight;

/// How many denies there are of each permission.
#[derive(Clone, Debug, Default)]
pub(crate) struct Denies {
    /// For each permission, by index, how many pairs of own rows deny it.
    counts: Arc<Vec<u32>>,
    /// How many pairs of own rows deny everything.
    blocks: u32,
}

impl Denies {
    /// Of a catalog with so many permissions, where nothing is denied.
    pub(crate) fn new(permissions: usize) -> Self {
        Denies {
            counts: Arc::new(vec![0; permissions]),
            blocks: 0,
        }
    }

    /// Counts what a subject's own row denies, which is another one now. Returns whether something is denied now that was not, or the other
    /// way round.
    pub(crate) fn follow(&mut self, old: &Row, new: &Row) -> bool {
        let turned = self.count(denied_beyond(old, new), false);
        self.count(denied_beyond(new, old), true) || turned
    }

    /// Counts denies of these permissions in or out.
    fn count(&mut self, permissions: impl Iterator<Item = u32>, present: bool) -> bool {
        let mut turned = false;
        for permission in permissions {
            let count = match permission {
                EVERYTHING => Some(&mut self.blocks),
                permission => Arc::make_mut(&mut self.counts).get_mut(permission as usize),
            };
            if let Some(count) = count {
                let before = *count;
                *count = if present {
                    before + 1
                } else {
                    before.saturating_sub(1)
                };
                turned |= before.min(*count) == 0;
            }
        }
        turned
    }

    /// Whether there is no deny at all.
    pub(crate) fn is_empty(&self) -> bool {
        self.blocks == 0 && self.counts.iter().all(|count| *count == 0)
    }

    /// Whether some deny takes just this: a permission, or [`EVERYTHING`].
    pub(crate) fn denies(&self, permission: u32) -> bool {
        match permission {
            EVERYTHING => self.blocks > 0,
            permission => {
                let count = self.counts.get(permission as usize);
                count.is_some_and(|count| *count > 0)
            }
        }
    }
}

/// The permission of each pair that the row denies and the other does not.
fn denied_beyond(row: &Row, other: &Row) -> impl Iterator<Item = u32> {
    let pairs = row.denies.pairs();
    let beyond = pairs.filter(|(permission, key)| !other.has((Effect::Deny, *permission, *key)));
    beyond.map(|(permission, _)| permission)
}

impl Weight for Denies {
    fn heap(&self) -> usize {
        self.counts.heap()
    }
}

/// For each action, by index, the permission that alone decides but for denies: holding it at the one target is all that is required.
#[derive(Clone, Debug, Default)]
pub(crate) struct Alone {
    /// The number of the catalog.
    catalog: u32,
    only: Arc<[Only]>,
}

/// The one permission that an action requires, if it requires no more, and a mark.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Only(u32);

/// Stands for no permission. It has the mark below.
const MORE: u32 = u32::MAX;

/// Marks a permission that may be denied.
const DENIABLE: u32 = 1 << 31;

impl Only {
    #[inline]
    pub(crate) fn permission(self) -> u32 {
        self.0 & !DENIABLE
    }

    /// Whether some deny anywhere takes it, stops the action of the name, or takes everything.
    #[inline]
    pub(crate) fn is_deniable(self) -> bool {
        self.0 & DENIABLE != 0
    }
}

impl Alone {
    /// Those of the facts' catalog where so much is denied.
    pub(crate) fn new(facts: &Facts, denies: &Denies) -> Self {
        let actions = (0..).zip(facts.catalog.formulas().actions());
        let only = actions.map(|(action, of)| {
            let permission = of.holds.filter(|permission| *permission < DENIABLE)?;
            let mut takers = [EVERYTHING, permission, action].into_iter();
            Some(match takers.any(|what| denies.denies(what)) {
                true => permission | DENIABLE,
                false => permission,
            })
        });
        Alone {
            catalog: facts.catalog.number(),
            only: only.map(|only| Only(only.unwrap_or(MORE))).collect(),
        }
    }

    /// The permission that alone decides the action, where there is one which nothing takes.
    #[inline]
    pub(crate) fn undeniable(&self, action: Action) -> Option<u32> {
        let only = *self.only.get(action.index as usize)?;
        (!only.is_deniable() && action.catalog == self.catalog).then_some(only.0)
    }

    /// The permission that alone decides the action, where there is one.
    #[inline]
    pub(crate) fn of(&self, action: Action) -> Option<Only> {
        let only = *self.only.get(action.index as usize)?;
        (only.0 != MORE && action.catalog == self.catalog).then_some(only)
    }
}

impl Weight for Alone {
    fn heap(&self) -> usize {
        self.only.heap()
    }
}

impl Weight for Only {
    fn heap(&self) -> usize {
        0
    }
}
