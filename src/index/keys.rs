//! Keys: a number for each scope that a recorded grant has, and for each target the keys that cover it.

use std::collections::BTreeMap;
use std::sync::Arc;

use smallvec::SmallVec;

use crate::facts::Facts;
use crate::facts::grant::Scope;
use crate::id::{Group, Place, Target};
use crate::index::inherited::{Heritage, Inherited};
use crate::store::{Pages, SortedSet};

/// The key of the platform scope. It is the least.
pub(crate) const PLATFORM: u32 = 0;
/// The key of `oneself`, which is on no target's list: whom it covers depends on the asker. It is the greatest.
pub(crate) const ONESELF: u32 = u32::MAX;

/// The longest list of keys that is kept for a group with all above; past it they are searched.
const LIMIT: usize = 256;

/// Marks a place that carries labels.
const HAS_LABELS: u32 = 1 << 31;

/// The keys of the scopes, and what is needed to tell which of them cover a target.
#[derive(Clone, Debug)]
pub(crate) struct Keys {
    by_scope: SortedSet<(Scope, u32)>,
    slots: Pages<Slot>,
    free: SortedSet<u32>,
    /// For each label, by index, what bounds it in some scope, with the scope's key.
    labelled: Arc<BTreeMap<u32, LabelKeys>>,
    /// For users, groups and resources by index: the key of `this`, 0 where it has none, and whether the place carries labels.
    named: [Pages<u32>; 3],
    /// The keys of `underlying` for each group and all above.
    under: Inherited<KeyList>,
}

#[derive(Clone, Debug, Default)]
struct Slot {
    scope: Option<Scope>,
    /// How many grants have the scope, or a label scope that its group bounds.
    uses: u32,
}

/// What bounds a label in some scope, with the scope's key.
type LabelKeys = Vec<(Option<Group>, u32)>;

/// Keys in order.
#[derive(Clone, Debug, Default, PartialEq)]
struct KeyList(Vec<u32>);

impl Heritage for KeyList {
    fn size(&self) -> usize {
        self.0.len()
    }

    fn union(parts: &[Arc<Self>]) -> Self {
        let mut keys: Vec<u32> = parts
            .iter()
            .flat_map(|part| part.0.iter().copied())
            .collect();
        keys.sort_unstable();
        keys.dedup();
        KeyList(keys)
    }
}

/// The keys that cover a target, but for the platform's, which covers all.
#[derive(Debug, Default)]
pub(crate) struct TargetKeys<'a> {
    /// Keys one by one, in no order.
    few: SmallVec<[u32; 8]>,
    /// Lists of keys, each in order.
    lists: SmallVec<[&'a [u32]; 4]>,
}

impl TargetKeys<'_> {
    /// Whether one of these pairs, in order of their keys, has a key of the target.
    #[inline]
    pub(crate) fn meet(&self, pairs: &[(u32, u32)]) -> bool {
        let has = |key: &u32| match pairs {
            [(_, only)] => only == key,
            several => several.binary_search_by_key(key, |(_, key)| *key).is_ok(),
        };
        self.few.iter().any(has)
            || self.lists.iter().any(|keys| {
                if pairs.len() < keys.len() {
                    pairs.iter().any(|(_, key)| keys.binary_search(key).is_ok())
                } else {
                    keys.iter().any(has)
                }
            })
    }

    /// Whether the key covers the target.
    pub(crate) fn has(&self, key: u32) -> bool {
        self.few.contains(&key)
            || self
                .lists
                .iter()
                .any(|keys| keys.binary_search(&key).is_ok())
    }

    /// Every key; some may come twice.
    pub(crate) fn iter(&self) -> impl Iterator<Item = u32> + '_ {
        self.few
            .iter()
            .copied()
            .chain(self.lists.iter().flat_map(|keys| keys.iter().copied()))
    }
}

impl Default for Keys {
    fn default() -> Self {
        let mut keys = Keys {
            by_scope: SortedSet::default(),
            slots: Pages::default(),
            free: SortedSet::default(),
            labelled: Arc::default(),
            named: Default::default(),
            under: Inherited::new(LIMIT),
        };
        // INVARIANT: the platform's key is the least; it is never given back.
        keys.slots.push(Slot {
            scope: Some(Scope::Platform),
            uses: 1,
        });
        keys.by_scope.insert((Scope::Platform, PLATFORM));
        keys
    }
}

impl Keys {
    /// The key of a scope; `oneself` where no grant has it.
    pub(crate) fn of_scope(&self, scope: Scope) -> u32 {
        self.find(scope).unwrap_or(ONESELF)
    }

    pub(crate) fn find(&self, scope: Scope) -> Option<u32> {
        let (found, key) = self.by_scope.range((scope, 0)..).next()?;
        (found == scope).then_some(key)
    }

    pub(crate) fn scope(&self, key: u32) -> Scope {
        self.slots
            .get(key as usize)
            .and_then(|slot| slot.scope)
            .unwrap_or(Scope::Oneself)
    }

    /// Counts a grant of the scope. Groups whose own key is new are added to `stale`; see [`refresh`](Self::refresh).
    pub(crate) fn acquire(&mut self, scope: Scope, stale: &mut Vec<u32>) {
        if scope == Scope::Oneself {
            return;
        }
        // Whether a carrier is under the group that bounds the label is read off the keys of its groups.
        if let Scope::Labelled(_, Some(group)) = scope {
            self.acquire(Scope::Underlying(group), stale);
        }
        if let Some(key) = self.find(scope) {
            if let Some(slot) = self.slots.get_mut(key as usize) {
                slot.uses += 1;
            }
            return;
        }
        let slot = Slot {
            scope: Some(scope),
            uses: 1,
        };
        let freed = self.free.iter().next();
        let key = match freed {
            Some(key) => {
                self.free.remove(&key);
                self.slots.set(key as usize, slot, Slot::default());
                key
            }
            None => {
                let key = u32::try_from(self.slots.len()).unwrap_or(HAS_LABELS - 1);
                self.slots.push(slot);
                key
            }
        };
        self.by_scope.insert((scope, key));
        self.enter(scope, Some(key), stale);
    }

    /// Counts a grant of the scope out; a scope that no grant has any more loses its key.
    pub(crate) fn release(&mut self, scope: Scope, stale: &mut Vec<u32>) {
        if scope == Scope::Oneself {
            return;
        }
        if let Scope::Labelled(_, Some(group)) = scope {
            self.release(Scope::Underlying(group), stale);
        }
        let Some(key) = self.find(scope) else { return };
        let Some(slot) = self.slots.get_mut(key as usize) else {
            return;
        };
        slot.uses = slot.uses.saturating_sub(1);
        if slot.uses == 0 && key != PLATFORM {
            *slot = Slot::default();
            self.by_scope.remove(&(scope, key));
            self.free.insert(key);
            self.enter(scope, None, stale);
        }
    }

    /// Writes down that the scope has this key now, or none any more.
    fn enter(&mut self, scope: Scope, key: Option<u32>, stale: &mut Vec<u32>) {
        match scope {
            Scope::This(place) => {
                let flag = self.named(place) & HAS_LABELS;
                self.set_named(place, key.unwrap_or_default() | flag);
            }
            Scope::Underlying(group) => {
                self.under
                    .set_own(group.index, key.map(|key| Arc::new(KeyList(vec![key]))));
                stale.push(group.index);
            }
            Scope::Labelled(label, bound) => {
                let scopes = Arc::make_mut(&mut self.labelled)
                    .entry(label.index)
                    .or_default();
                scopes.retain(|(other, _)| *other != bound);
                scopes.extend(key.map(|key| (bound, key)));
                if scopes.is_empty() {
                    Arc::make_mut(&mut self.labelled).remove(&label.index);
                }
            }
            Scope::Platform | Scope::Oneself => {}
        }
    }

    /// Brings the lists of groups up to date after these got or lost parents or a key.
    pub(crate) fn refresh(&mut self, facts: &Facts, groups: &[u32]) {
        self.under.refresh(facts, groups);
    }

    /// Brings up to date whether a place carries labels.
    pub(crate) fn refresh_labels(&mut self, facts: &Facts, place: Place) {
        let flag = if facts.labels(place).next().is_some() {
            HAS_LABELS
        } else {
            0
        };
        let key = self.named(place) & !HAS_LABELS;
        if self.named(place) != key | flag {
            self.set_named(place, key | flag);
        }
    }

    fn named(&self, place: Place) -> u32 {
        let [users, groups, resources] = &self.named;
        match place {
            Place::User(user) => users.get(user.index as usize),
            Place::Group(group) => groups.get(group.index as usize),
            Place::Resource(resource) => resources.get(resource.index as usize),
        }
        .copied()
        .unwrap_or_default()
    }

    fn set_named(&mut self, place: Place, named: u32) {
        let [users, groups, resources] = &mut self.named;
        match place {
            Place::User(user) => users.set(user.index as usize, named, 0),
            Place::Group(group) => groups.set(group.index as usize, named, 0),
            Place::Resource(resource) => resources.set(resource.index as usize, named, 0),
        }
    }

    /// The keys that cover the target, but for the platform's.
    pub(crate) fn of_target<'a>(&'a self, facts: &Facts, target: Target) -> TargetKeys<'a> {
        let mut keys = TargetKeys::default();
        let Some(place) = target.place() else {
            return keys;
        };
        self.add_place(facts, place, &mut keys);
        match place {
            Place::Group(_) => {}
            Place::User(user) => {
                facts
                    .groups_of(user)
                    .for_each(|group| self.add_place(facts, group.into(), &mut keys));
            }
            Place::Resource(resource) => {
                let nested = facts
                    .placements(resource)
                    .any(|place| matches!(place, Place::Resource(_)));
                if nested {
                    let at = facts.at(target).into_iter().skip(1);
                    at.for_each(|place| self.add_place(facts, place, &mut keys));
                } else {
                    facts
                        .placements(resource)
                        .for_each(|place| self.add_place(facts, place, &mut keys));
                }
            }
        }
        keys
    }

    /// The keys that a place gives to what is at it.
    fn add_place<'a>(&'a self, facts: &Facts, place: Place, keys: &mut TargetKeys<'a>) {
        let named = self.named(place);
        if named & !HAS_LABELS != 0 {
            keys.few.push(named & !HAS_LABELS);
        }
        if named & HAS_LABELS != 0 && !self.labelled.is_empty() {
            self.add_labels(facts, place, keys);
        }
        if let Place::Group(group) = place {
            match self.under.all(group.index) {
                Some(list) if list.0.is_empty() => {}
                Some(list) => keys.lists.push(&list.0),
                None => drop(self.under.any(group.index, |part| {
                    keys.lists.push(&part.0);
                    false
                })),
            }
        }
    }

    fn add_labels(&self, facts: &Facts, place: Place, keys: &mut TargetKeys<'_>) {
        for label in facts.labels(place) {
            for (bound, key) in self.labelled.get(&label.index).into_iter().flatten() {
                if bound.is_none_or(|group| self.is_under(facts, place, group)) {
                    keys.few.push(*key);
                }
            }
        }
    }

    /// Whether the place is under a group whose `underlying` has a key.
    fn is_under(&self, facts: &Facts, place: Place, group: Group) -> bool {
        let Some(key) = self.find(Scope::Underlying(group)) else {
            return false;
        };
        let below = |other: &Group| {
            self.under
                .any(other.index, |part| part.0.binary_search(&key).is_ok())
        };
        match place {
            Place::Group(place) => below(&place),
            Place::User(user) => facts.groups_of(user).any(|group| below(&group)),
            Place::Resource(resource) => {
                facts.at(resource.into()).iter().any(|place| match place {
                    Place::Group(group) => below(group),
                    Place::User(_) | Place::Resource(_) => false,
                })
            }
        }
    }
}
