//! The rows from the other side: for each permission and each scope the subjects that hold or are denied it there.

use smallvec::SmallVec;

use crate::facts::Facts;
use crate::facts::grant::{Effect, Scope};
use crate::id::{Group, Subject, Target, User};
use crate::index::Index;
use crate::index::cells::bit;
use crate::index::held::Held;
use crate::index::keys::{Keys, LABEL, ONESELF, PLATFORM, TargetKeys};
use crate::index::rows::{EVERYTHING, Row};
use crate::limit::limit;
use crate::store::{Layered, Weight};

/// A subject by its index.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Holder {
    Everyone,
    Group(u32),
    User(u32),
}

impl From<Subject> for Holder {
    fn from(subject: Subject) -> Self {
        match subject {
            Subject::User(user) => Holder::User(user.index),
            Subject::Group(group) => Holder::Group(group.index),
            Subject::Everyone => Holder::Everyone,
        }
    }
}

/// An entry of some subject's own row. The order of the fields is the order of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Entry {
    permission: u32,
    effect: Effect,
    key: u32,
    holder: Holder,
}

impl Entry {
    fn first(permission: u32, effect: Effect, key: u32) -> Entry {
        Entry {
            permission,
            effect,
            key,
            holder: Holder::Everyone,
        }
    }
}

/// Every entry of every subject's own row.
///
/// Each key but that of `oneself` has a [`bit`] for each permission that is allowed or denied there, see [`Keys::permissions`]. Most keys of
/// a target have nothing to do with the permission that is asked for, and the bits tell so without a search.
#[derive(Clone, Debug, Default)]
pub(crate) struct Scoped {
    entries: Layered<Entry, { limit(15, 2) }>,
}

impl Scoped {
    /// Records that a subject's own row is another one now, and keeps the bits of the keys up to date.
    pub(crate) fn follow(&mut self, keys: &mut Keys, subject: Subject, old: &Row, new: &Row) {
        let holder = Holder::from(subject);
        let entry = |(effect, permission, key)| Entry {
            permission,
            effect,
            key,
            holder,
        };
        for gone in old.entries().filter(|entry| !new.has(*entry)) {
            let entry = entry(gone);
            self.entries.turn(entry, false);
            self.mark(keys, entry.permission, entry.key, false);
        }
        for one in new.entries() {
            let entry = entry(one);
            if !old.has(one) {
                self.entries.turn(entry, true);
            }
            // Of a key that was given back and taken again the bits are gone.
            self.mark(keys, entry.permission, entry.key, true);
            if entry.effect == Effect::Deny && !keys.may_be_denied(entry.key) {
                keys.set_denied(entry.key);
            }
        }
    }

    /// Brings the bit of a permission at a key up to date after an entry came or went.
    fn mark(&self, keys: &mut Keys, permission: u32, key: u32, present: bool) {
        if key == ONESELF {
            return;
        }
        let before = keys.permissions(key);
        let now = if present {
            before | bit(permission)
        } else if self.is_known_to_be_gone(permission, key) {
            before & !bit(permission)
        } else {
            before
        };
        if now != before {
            keys.set_permissions(key, now);
        }
    }

    /// Whether no entry of the permission is left at the key's index, which another key of an edit may have taken over. Of permissions that
    /// share a bit it is not known.
    fn is_known_to_be_gone(&self, permission: u32, key: u32) -> bool {
        let mut keys = [key & !LABEL, key | LABEL].into_iter();
        let has = |effect, key| self.holders(permission, effect, key).next().is_some();
        bit(permission) != bit(EVERYTHING)
            && !keys.any(|key| has(Effect::Allow, key) || has(Effect::Deny, key))
    }

    /// The subjects that have the permission at just this key.
    fn holders(
        &self,
        permission: u32,
        effect: Effect,
        key: u32,
    ) -> impl Iterator<Item = Holder> + '_ {
        let range = self.entries.from(Entry::first(permission, effect, key));
        let here = range.take_while(move |entry| {
            (entry.permission, entry.effect, entry.key) == (permission, effect, key)
        });
        here.map(|entry| entry.holder)
    }

    /// All that have the permission at some key, those of one key together.
    fn keyed(&self, permission: u32, effect: Effect) -> impl Iterator<Item = (u32, Holder)> + '_ {
        let range = self
            .entries
            .from(Entry::first(permission, effect, PLATFORM));
        let here =
            range.take_while(move |entry| (entry.permission, entry.effect) == (permission, effect));
        here.map(|entry| (entry.key, entry.holder))
    }
}

impl Weight for Scoped {
    fn heap(&self) -> usize {
        self.entries.heap()
    }
}

/// What the reverse questions read.
impl Index {
    /// The subjects to whom a grant of the effect gives the permission by a scope that covers the target for all; `oneself` does not.
    pub(crate) fn holders_at(
        &self,
        facts: &Facts,
        permission: u32,
        effect: Effect,
        target: Target,
    ) -> impl Iterator<Item = Holder> {
        let keys = self.keys.of_target(facts, target);
        self.holders_everywhere(permission, effect)
            .chain(self.holders_by(permission, effect, &keys))
    }

    /// The subjects to whom a grant of the effect gives the permission on the platform.
    pub(crate) fn holders_everywhere(
        &self,
        permission: u32,
        effect: Effect,
    ) -> impl Iterator<Item = Holder> + '_ {
        self.scoped.holders(permission, effect, PLATFORM)
    }

    /// The subjects to whom a grant of the effect gives the permission by the scope of one of the keys.
    pub(crate) fn holders_by<'a>(
        &'a self,
        permission: u32,
        effect: Effect,
        keys: &TargetKeys<'_>,
    ) -> impl Iterator<Item = Holder> + use<'a> {
        let may_have = |key: &u32| self.keys.permissions(*key) & bit(permission) != 0;
        let mut keys: SmallVec<[u32; 16]> = keys.iter().filter(may_have).collect();
        keys.sort_unstable();
        keys.dedup();
        let keys = keys.into_iter();
        keys.flat_map(move |key| self.scoped.holders(permission, effect, key))
    }

    /// Whether some grant of the effect gives the permission for `oneself`.
    pub(crate) fn gives_oneself(&self, permission: u32, effect: Effect) -> bool {
        self.scoped
            .holders(permission, effect, ONESELF)
            .next()
            .is_some()
    }

    /// The scopes by which grants of the effect give the permission, each with the subjects, those of one scope together.
    pub(crate) fn scopes_of(
        &self,
        permission: u32,
        effect: Effect,
    ) -> impl Iterator<Item = (Scope, Holder)> + '_ {
        self.scoped
            .keyed(permission, effect)
            .map(|(key, holder)| (self.keys.scope(key), holder))
    }

    /// The keys that cover the target, but for the platform's: in order and each once.
    pub(crate) fn keys_over(&self, facts: &Facts, target: Target) -> Vec<u32> {
        let mut keys: Vec<u32> = self.keys.of_target(facts, target).iter().collect();
        keys.sort_unstable();
        keys.dedup();
        keys
    }

    /// All that the user holds.
    pub(crate) fn held_by<'a>(&'a self, facts: &'a Facts, user: User) -> Held<'a> {
        self.rows.held_by(facts, user)
    }

    /// The scopes by which the permission is held, each once.
    pub(crate) fn scopes_in(&self, held: &Held<'_>, permission: u32, effect: Effect) -> Vec<Scope> {
        let keys = held.keys(effect, permission).into_iter();
        keys.map(|key| self.keys.scope(key)).collect()
    }

    /// The scope of a key.
    pub(crate) fn scope_of(&self, key: u32) -> Scope {
        self.keys.scope(key)
    }

    /// Whether the group is above the target, for a group that bounds a label of some grant.
    pub(crate) fn is_bound_of(&self, facts: &Facts, bound: Group, target: Target) -> bool {
        let Some(key) = self.keys.find(Scope::Underlying(bound)) else {
            return false;
        };
        self.keys
            .of_target(facts, target)
            .iter()
            .any(|other| other == key)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::index::cells::Cells;
    use crate::index::keys::Stale;

    fn group(index: u32) -> Group {
        Group {
            index,
            birth: 0,
            owner: 0,
        }
    }

    proptest! {
        /// Whatever comes and goes, a permission that is at a key has its bit there, and one that is not and shares no bit has none.
        #[test]
        fn bits_follow_the_entries(
            steps in prop::collection::vec(
                (
                    0_u32..3,
                    prop::collection::btree_set(
                        (
                            prop_oneof![0_u32..3, 61_u32..66, Just(EVERYTHING)],
                            prop_oneof![0_u32..4, LABEL..LABEL + 4, Just(ONESELF)],
                        ),
                        0..6,
                    ),
                    any::<bool>(),
                ),
                1..20,
            ),
        ) {
            let (mut scoped, mut keys) = (Scoped::default(), Keys::default());
            for index in 0..3 {
                keys.acquire(Scope::Underlying(group(index)), &mut Stale::default());
            }
            let mut rows = [Row::default(), Row::default(), Row::default()];
            for (index, pairs, denies) in steps {
                let pairs: Vec<(u32, u32)> = pairs.into_iter().collect();
                let (cells, none) = (Cells::of_pairs(&pairs), Cells::default());
                let row = match denies {
                    true => Row { allows: none, denies: cells },
                    false => Row { allows: cells, denies: none },
                };
                scoped.follow(&mut keys, group(index).into(), &rows[index as usize], &row);
                rows[index as usize] = row;
                for (permission, place) in (0..70).chain([EVERYTHING]).flat_map(|of| [(of, 0), (of, 1), (of, 2), (of, 3)]) {
                    let there = rows.iter().flat_map(Row::entries);
                    let there = there.filter(|(_, of, key)| *of == permission && *key != ONESELF && key & !LABEL == place);
                    let (there, bits) = (there.count() > 0, keys.permissions(place));
                    prop_assert!(!there || bits & bit(permission) != 0);
                    prop_assert!(there || bit(permission) == bit(EVERYTHING) || bits & bit(permission) == 0);
                }
            }
        }
    }
}
