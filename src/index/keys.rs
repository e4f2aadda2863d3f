//! Keys: a number for each scope that a recorded grant has, and for each target the keys that cover it.

use std::collections::BTreeSet;
use std::sync::Arc;

use rustc_hash::FxHashSet as HashSet;
use smallvec::SmallVec;

use crate::facts::Facts;
use crate::facts::grant::Scope;
use crate::id::{Place, Resource, Target};
use crate::index::MANY;
use crate::index::cells::LONG;
use crate::index::crowd::Member;
use crate::index::line::Lines;
use crate::index::list::{self, List};
use crate::index::spread::{Something, spread};
use crate::index::strip;
use crate::limit::limit;
use crate::steps::{step, took};
use crate::store::{self, Mark, Pages, SortedSet, Weight};

/// The key of the platform scope. It is the least.
pub(crate) const PLATFORM: u32 = 0;
/// The key of `oneself`, which is on no target's list: whom it covers depends on the asker. It is the greatest.
pub(crate) const ONESELF: u32 = LONG - 1;

/// Marks the keys of label scopes.
pub(crate) const LABEL: u32 = 1 << 30;

/// The longest list of keys that is kept for a group with all above; past it they are searched.
const LIMIT: usize = limit(256, 2);

/// The keys of the scopes, and what is needed to tell which of them cover a target.
#[derive(Clone, Debug)]
pub(crate) struct Keys {
    slots: Pages<Slot, 16>,
    free: SortedSet<u32>,
    /// Whether what a [`strip`] has of a key tells it from all others.
    are_told: bool,
    /// For each key of a label scope, by its number, what it speaks of.
    labels: Pages<Bounded>,
    /// The keys of label scopes: the label, by index, the key of `underlying` for the group that bounds it (the platform's where none does),
    /// and the key.
    labelled: SortedSet<(u32, u32, u32)>,
    /// For users, groups and resources by index: the key of `this`, 0 where it has none.
    named: [Pages<u32>; 3],
    /// For groups by index: the key of `underlying`, 0 where it has none.
    underlying: Pages<u32>,
    /// For each group, by index, the keys that cover what is at it.
    lines: Lines,
    /// The longest list of keys of `underlying` that is kept for a group with all above; past it they are searched.
    limit: usize,
    /// For users and resources that are at many groups, the keys of all their lines: a [`List`] as it is laid.
    crowded: [Pages<Option<Arc<[u32]>>>; 2],
}

/// What has to be looked at again after keys came and went.
#[derive(Debug, Default)]
pub(crate) struct Stale {
    /// Groups, by index, that got or lost parents or the key of `underlying`.
    pub(crate) under: Vec<u32>,
    /// Groups, by index, that got or lost a label or the key of `this`.
    pub(crate) lines: Vec<u32>,
    /// Labels, by index, of which a scope came or went.
    pub(crate) labels: BTreeSet<u32>,
}

#[derive(Clone, Debug, Default)]
struct Slot {
    scope: Option<Scope>,
    /// How many grants have the scope, or a label scope that its group bounds.
    uses: u32,
    /// See [`Keys::may_be_denied`].
    may_be_denied: bool,
    /// See [`Keys::permissions`].
    permissions: u64,
}

/// Some of the keys of `underlying` for a group and all above.
#[derive(Clone, Copy, Debug)]
enum Under {
    /// The key of one of them.
    Own(u32),
    /// What this group passes on.
    Group(u32),
}

/// A label.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Bounded {
    /// By index.
    pub(crate) label: u32,
    /// The key of `underlying` for the group that bounds it; the platform's where none does.
    pub(crate) bound: u32,
}

/// The keys that cover a target, but for the platform's, which covers all.
#[derive(Debug, Default)]
pub(crate) struct TargetKeys<'a> {
    /// Keys one by one, in no order.
    few: SmallVec<[u32; 8]>,
    lists: SmallVec<[List<'a>; 4]>,
}

impl TargetKeys<'_> {
    /// Adds a key.
    pub(crate) fn push(&mut self, key: u32) {
        self.few.push(key);
    }

    /// Whether one of these keys is a key of the target.
    #[inline]
    pub(crate) fn meet(&self, list: List<'_>) -> bool {
        self.few.iter().any(|key| list.has(*key)) || self.lists.iter().any(|keys| keys.meets(list))
    }

    /// Whether the key covers the target.
    pub(crate) fn has(&self, key: u32) -> bool {
        self.few.contains(&key) || self.lists.iter().any(|list| list.has(key))
    }

    /// Every key; some may come twice.
    pub(crate) fn iter(&self) -> impl Iterator<Item = u32> + Clone + '_ {
        self.few
            .iter()
            .copied()
            .chain(self.lists.iter().flat_map(|list| list.keys()).copied())
    }
}

impl Default for Keys {
    fn default() -> Self {
        let mut keys = Keys {
            slots: Pages::default(),
            labels: Pages::default(),
            free: SortedSet::default(),
            are_told: true,
            labelled: SortedSet::default(),
            named: Default::default(),
            underlying: Pages::default(),
            lines: Lines::default(),
            limit: LIMIT,
            crowded: Default::default(),
        };
        // INVARIANT: the platform's key is the least; it is never given back.
        keys.slots.push(Slot {
            scope: Some(Scope::Platform),
            uses: 1,
            ..Slot::default()
        });
        keys
    }
}

impl Keys {
    /// The key of a scope; `oneself` where no grant has it.
    pub(crate) fn of_scope(&self, scope: Scope) -> u32 {
        self.find(scope).unwrap_or(ONESELF)
    }

    /// The key of a scope, if some grant has it: it stands with the thing or the label that the scope names.
    pub(crate) fn find(&self, scope: Scope) -> Option<u32> {
        let key = match scope {
            Scope::Platform => PLATFORM,
            Scope::This(place) => self.named(place),
            Scope::Underlying(group) => self.underlying(group.index),
            Scope::Labelled(label, bound) => {
                let bound = match bound {
                    Some(group) => self.find(Scope::Underlying(group))?,
                    None => PLATFORM,
                };
                self.find_labelled(label.index, bound)?
            }
            Scope::Oneself => return None,
        };
        // A place without a key has the platform's, and the key may be of a thing that had the index before.
        (self.slot(key)?.scope == Some(scope)).then_some(key)
    }

    /// The key of a label scope, by the label's index and the key of the group that bounds it.
    fn find_labelled(&self, label: u32, bound: u32) -> Option<u32> {
        let first = self.labelled.range((label, bound, 0)..).next();
        let (of, at, key) = first?;
        ((of, at) == (label, bound)).then_some(key)
    }

    pub(crate) fn scope(&self, key: u32) -> Scope {
        self.slot(key)
            .and_then(|slot| slot.scope)
            .unwrap_or(Scope::Oneself)
    }

    fn slot(&self, key: u32) -> Option<&Slot> {
        self.slots.get((key & !LABEL) as usize)
    }

    fn slot_mut(&mut self, key: u32) -> Option<&mut Slot> {
        self.slots.get_mut((key & !LABEL) as usize)
    }

    /// What the key of a label scope speaks of.
    #[inline]
    pub(crate) fn label(&self, key: u32) -> Option<Bounded> {
        self.labels.get((key & !LABEL) as usize).copied()
    }

    /// A bit for each permission that is allowed or denied at the key, `oneself` left out; see [`Scoped`](crate::index::scoped::Scoped).
    pub(crate) fn permissions(&self, key: u32) -> u64 {
        self.slot(key).map_or(0, |slot| slot.permissions)
    }

    pub(crate) fn set_permissions(&mut self, key: u32, permissions: u64) {
        if let Some(slot) = self.slot_mut(key) {
            slot.permissions = permissions;
        }
    }

    /// Whether something may be denied to somebody at the key, `oneself` left out: something is, or was since the key was given out.
    pub(crate) fn may_be_denied(&self, key: u32) -> bool {
        self.slot(key).is_some_and(|slot| slot.may_be_denied)
    }

    /// Records that something is denied at the key.
    pub(crate) fn set_denied(&mut self, key: u32) {
        let slot = self.slot_mut(key).filter(|slot| !slot.may_be_denied);
        if let Some(slot) = slot {
            slot.may_be_denied = true;
        }
    }

    /// Counts a grant of the scope. What has to be looked at again is added to `stale`; see [`refresh`](Self::refresh).
    pub(crate) fn acquire(&mut self, scope: Scope, stale: &mut Stale) {
        if scope == Scope::Oneself {
            return;
        }
        // Whether a carrier is under the group that bounds the label is read off the keys of its groups.
        if let Scope::Labelled(_, Some(group)) = scope {
            self.acquire(Scope::Underlying(group), stale);
        }
        if let Some(key) = self.find(scope) {
            if let Some(slot) = self.slot_mut(key) {
                slot.uses += 1;
            }
            return;
        }
        let slot = Slot {
            scope: Some(scope),
            uses: 1,
            ..Slot::default()
        };
        let freed = self.free.iter().next();
        let index = match freed {
            Some(index) => {
                self.free.remove(&index);
                self.slots.set(index as usize, slot);
                index
            }
            None => {
                let index = u32::try_from(self.slots.len()).unwrap_or(LABEL - 1);
                self.slots.push(slot);
                index
            }
        };
        let mut key = index;
        if let Scope::Labelled(label, group) = scope {
            let bound = group.map(|group| self.of_scope(Scope::Underlying(group)));
            let bounded = Bounded {
                label: label.index,
                bound: bound.unwrap_or(PLATFORM),
            };
            self.labels.set(index as usize, bounded);
            key |= LABEL;
        }
        self.enter(scope, key, true, stale);
    }

    /// Counts a grant of the scope out; a scope that no grant has any more loses its key.
    pub(crate) fn release(&mut self, scope: Scope, stale: &mut Stale) {
        let Some(key) = self.find(scope) else { return };
        let Some(slot) = self.slot_mut(key) else {
            return;
        };
        slot.uses = slot.uses.saturating_sub(1);
        if slot.uses == 0 && key != PLATFORM {
            self.enter(scope, key, false, stale);
            self.free.insert(key & !LABEL);
            if let Some(slot) = self.slot_mut(key) {
                *slot = Slot::default();
            }
        }
        if let Scope::Labelled(_, Some(group)) = scope {
            self.release(Scope::Underlying(group), stale);
        }
    }

    /// Writes down that the scope has this key now, or has it no more.
    fn enter(&mut self, scope: Scope, key: u32, present: bool, stale: &mut Stale) {
        match scope {
            Scope::This(place) => {
                self.set_named(place, if present { key } else { PLATFORM });
                if let Place::Group(group) = place {
                    stale.lines.push(group.index);
                }
            }
            Scope::Underlying(group) => {
                let key = if present { key } else { PLATFORM };
                self.underlying.set(group.index as usize, key);
                stale.under.push(group.index);
            }
            Scope::Labelled(label, _) => {
                stale.labels.insert(label.index);
                let bound = self.label(key).map_or(PLATFORM, |label| label.bound);
                let entry = (label.index, bound, key);
                if present {
                    self.labelled.insert(entry);
                } else {
                    self.labelled.remove(&entry);
                }
            }
            Scope::Platform | Scope::Oneself => {}
        }
    }

    /// The key of `underlying` for a group; the platform's where there is none.
    fn underlying(&self, group: u32) -> u32 {
        let key = self.underlying.get(group as usize);
        key.copied().unwrap_or(PLATFORM)
    }

    /// Brings the keys of groups up to date. Returns the groups that what is at them is covered by other keys now.
    pub(crate) fn refresh(&mut self, facts: &Facts, stale: Stale) -> Vec<u32> {
        self.are_told = strip::is_exact(self.slots.len());
        self.lines.cover(facts.groups.slots());
        let mut different = spread(facts, &stale.under, Something, |group, Something| {
            self.follow(facts, group).then_some(Something)
        });
        let mut lines = stale.lines;
        let carriers = |label| {
            let groups = facts.carriers(label).filter_map(Place::group);
            groups.map(|group| group.index)
        };
        // Nothing tells a group of which the keys above are searched that one of them came or went; its labels may be bounded by it.
        if !stale.under.is_empty() && self.has_labels() && self.lines.has_searched() {
            let carriers = facts.catalog.labels().flat_map(carriers);
            lines.extend(carriers.filter(|group| self.lines.search(*group).is_some()));
        }
        let labels = stale.labels.into_iter();
        let labels = labels.map(|label| facts.catalog.label_at(label));
        lines.extend(labels.flat_map(carriers));
        lines.sort_unstable();
        lines.dedup();
        different.extend(lines.into_iter().filter(|group| self.follow(facts, *group)));
        different
    }

    /// Brings the keys of a group up to date. Returns whether they are others now, or are passed on where they were not.
    fn follow(&mut self, facts: &Facts, group: u32) -> bool {
        let (mut keys, from) = self.under(facts, group);
        let mut beside: SmallVec<[u32; 8]> = SmallVec::new();
        if let Some(place) = facts.group_at(group).map(Place::Group) {
            self.add_named(place, |key| beside.push(key));
            match from {
                None => {
                    let bounds = keys.iter().copied();
                    self.add_labels(facts, place, bounds, |key| beside.push(key));
                }
                Some(_) => self.add_labels_at(facts, &[place], |key| beside.push(key)),
            }
        }
        if !beside.is_empty() {
            beside.sort_unstable();
            keys.extend_from_slice(&beside);
            keys.sort_unstable();
        }
        self.lines.set(group, &keys, &beside, from)
    }

    /// The keys of `underlying` for a group and all above, in order, by what its parents have; none of them where they have to be searched,
    /// but where that begins.
    fn under(&self, facts: &Facts, group: u32) -> (SmallVec<[u32; 32]>, Option<u32>) {
        let mut keys: SmallVec<[u32; 32]> = SmallVec::new();
        let (mut searches, own) = (None, self.underlying(group));
        if own != PLATFORM {
            keys.push(own);
        }
        for parent in facts.parent_indices(group).iter() {
            match self.lines.search(*parent) {
                Some(from) => {
                    // Where several searches begin the next one begins at this group.
                    let is_same = searches.is_none_or(|other| other == from);
                    searches = Some(if is_same { from } else { group });
                }
                None => keys.extend(self.lines.passed_on(*parent)),
            }
        }
        keys.sort_unstable();
        keys.dedup();
        let from = match searches {
            Some(from) if keys.is_empty() => Some(from),
            Some(_) => Some(group),
            None => (keys.len() > self.limit).then_some(group),
        };
        if from.is_some() {
            keys.clear();
        }
        (keys, from)
    }

    /// Hands over the keys of `underlying` for some groups and all above, in parts. Some may come twice.
    fn each_under(
        &self,
        facts: &Facts,
        groups: impl IntoIterator<Item = u32>,
        mut found: impl FnMut(Under),
    ) {
        // Whatever several groups are below is looked at once: the groups, and where searches begin.
        let (mut met, mut begun) = (HashSet::default(), HashSet::default());
        let mut stack: SmallVec<[u32; 4]> = groups.into_iter().collect();
        stack.retain(|group| met.insert(*group));
        while let Some(group) = stack.pop() {
            step();
            match self.lines.search(group) {
                None => found(Under::Group(group)),
                Some(from) if begun.insert(from) => {
                    let parents = facts.parent_indices(from);
                    stack.extend(parents.each().filter(|parent| met.insert(*parent)));
                    match self.underlying(from) {
                        PLATFORM => {}
                        own => found(Under::Own(own)),
                    }
                }
                Some(_) => {}
            }
        }
    }

    /// The keys of `underlying` for all that some places are under: in order and each once.
    pub(crate) fn bounds_over(
        &self,
        facts: &Facts,
        places: impl IntoIterator<Item = Place>,
    ) -> Vec<u32> {
        let at = facts.at_any(places);
        took(at.len());
        let mut bounds = Vec::new();
        let groups = at.into_iter().filter_map(Place::group);
        self.each_under(
            facts,
            groups.map(|group| group.index),
            |under| match under {
                Under::Own(key) => bounds.push(key),
                Under::Group(group) => bounds.extend(self.lines.passed_on(group)),
            },
        );
        bounds.sort_unstable();
        bounds.dedup();
        bounds
    }

    /// Whether what a [`strip`] has of a key tells it from all others.
    #[inline]
    pub(crate) fn are_told(&self) -> bool {
        self.are_told
    }

    /// The keys that cover what is at each group.
    #[inline]
    pub(crate) fn lines(&self) -> &Lines {
        &self.lines
    }

    /// Brings the keys of a user or a resource that is, or was, at many groups up to date.
    pub(crate) fn refresh_crowded(&mut self, member: Member, groups: &[u32]) {
        let [users, resources] = &mut self.crowded;
        let (crowded, index) = match member {
            Member::User(user) => (users, user as usize),
            Member::Resource(resource) => (resources, resource as usize),
        };
        let lines = &self.lines;
        let listed = groups.iter().all(|group| lines.search(*group).is_none());
        let keys = (groups.len() > MANY && listed).then(|| {
            let mut keys: Vec<u32> = Vec::new();
            let parts = groups.iter().flat_map(|group| lines.parts(*group));
            parts.for_each(|part| keys.extend_from_slice(part));
            keys.sort_unstable();
            keys.dedup();
            let mut words = Vec::new();
            list::lay(&keys, &mut words);
            words.into()
        });
        if keys.is_some() || crowded.get(index).is_some_and(Option::is_some) {
            crowded.set(index, keys);
        }
    }

    /// The keys that cover a user or a resource with this record through all the groups it is in, where there are many.
    #[inline]
    pub(crate) fn crowded(&self, member: Member, row: &store::Row) -> Option<List<'_>> {
        if !row.has(Mark::Elsewhere) {
            return None;
        }
        let [users, resources] = &self.crowded;
        let crowded = match member {
            Member::User(user) => users.get(user as usize),
            Member::Resource(resource) => resources.get(resource as usize),
        };
        crowded?.as_deref().map(|words| List::at(words, 0))
    }

    /// Whether some scope speaks of labels.
    #[inline]
    pub(crate) fn has_labels(&self) -> bool {
        self.labelled.len() > 0
    }

    /// The key of `this` for a user or a resource; the platform's where there is none.
    #[inline]
    pub(crate) fn named_member(&self, member: Member) -> u32 {
        let [users, _, resources] = &self.named;
        let named = match member {
            Member::User(user) => users.get(user as usize),
            Member::Resource(resource) => resources.get(resource as usize),
        };
        named.copied().unwrap_or(PLATFORM)
    }

    fn named(&self, place: Place) -> u32 {
        match place {
            Place::User(user) => self.named_member(Member::User(user.index)),
            Place::Resource(resource) => self.named_member(Member::Resource(resource.index)),
            Place::Group(group) => {
                let [_, groups, _] = &self.named;
                let named = groups.get(group.index as usize);
                named.copied().unwrap_or(PLATFORM)
            }
        }
    }

    fn set_named(&mut self, place: Place, named: u32) {
        let [users, groups, resources] = &mut self.named;
        match place {
            Place::User(user) => users.set(user.index as usize, named),
            Place::Group(group) => groups.set(group.index as usize, named),
            Place::Resource(resource) => resources.set(resource.index as usize, named),
        }
    }

    /// The keys that cover the target, but for the platform's.
    pub(crate) fn of_target<'a>(&'a self, facts: &Facts, target: Target) -> TargetKeys<'a> {
        let mut keys = TargetKeys::default();
        let Some(place) = target.place() else {
            return keys;
        };
        let (member, table) = match place {
            Place::Group(group) => {
                self.add_group(facts, group.index, &mut keys);
                return keys;
            }
            Place::User(user) => (Member::User(user.index), &facts.users),
            Place::Resource(resource) => (Member::Resource(resource.index), &facts.resources),
        };
        let row = table.row(member.index());
        if row.is_some_and(|row| row.has(Mark::Named)) {
            self.add_named(place, |key| keys.few.push(key));
        }
        let groups = || row.and_then(|row| table.groups(member.index(), row));
        if let Some(list) = row.and_then(|row| self.crowded(member, row)) {
            keys.lists.push(list);
        } else if let Some(groups) = groups() {
            let groups = groups.iter();
            groups.for_each(|group| self.add_group(facts, *group, &mut keys));
        } else {
            let mut containers = facts.at(target);
            took(containers.len());
            containers.retain(|container| match container {
                Place::Group(group) => {
                    self.add_group(facts, group.index, &mut keys);
                    false
                }
                container if *container == place => false,
                Place::User(_) | Place::Resource(_) => {
                    self.add_named(*container, |key| keys.few.push(key));
                    true
                }
            });
            self.add_labels_at(facts, &containers, |key| keys.few.push(key));
        }
        let mut labelled: SmallVec<[u32; 8]> = SmallVec::new();
        self.add_labels(facts, place, keys.iter(), |key| labelled.push(key));
        keys.few.extend(labelled);
        keys
    }

    /// Adds the keys that cover a resource by itself, by its groups and by the users it is placed in; those of its labels and of what else it
    /// is placed in are not among them.
    pub(crate) fn add_placed<'a>(
        &'a self,
        facts: &Facts,
        resource: Resource,
        keys: &mut TargetKeys<'a>,
    ) {
        self.add_named(resource.into(), |key| keys.few.push(key));
        let member = Member::Resource(resource.index);
        let row = facts.resources.row(resource.index);
        if let Some(list) = row.and_then(|row| self.crowded(member, row)) {
            keys.lists.push(list);
            return;
        }
        for place in facts.placements(resource) {
            match place {
                Place::Group(group) => self.add_group(facts, group.index, keys),
                Place::User(_) => {
                    self.add_named(place, |key| keys.few.push(key));
                    self.add_labels_at(facts, &[place], |key| keys.few.push(key));
                }
                Place::Resource(_) => {}
            }
        }
    }

    /// The keys that cover what is at a group.
    fn add_group<'a>(&'a self, facts: &Facts, group: u32, keys: &mut TargetKeys<'a>) {
        let mut add = |parts: [&'a [u32]; 3]| {
            let parts = parts.into_iter().filter(|part| !part.is_empty());
            keys.lists.extend(parts.map(List::of));
        };
        add(self.lines.parts(group));
        if self.lines.search(group).is_none() {
            return;
        }
        self.each_under(facts, [group], |under| match under {
            Under::Own(key) => keys.few.push(key),
            Under::Group(group) => keys.few.extend(self.lines.passed_on(group)),
        });
    }

    /// The key of the scope that names the place.
    fn add_named(&self, place: Place, add: impl FnOnce(u32)) {
        let named = self.named(place);
        if named != PLATFORM {
            add(named);
        }
    }

    /// The keys of the scopes of the labels that the place carries. `bounds` has the keys of `underlying` for all that it is under.
    fn add_labels(
        &self,
        facts: &Facts,
        place: Place,
        bounds: impl Iterator<Item = u32> + Clone,
        mut add: impl FnMut(u32),
    ) {
        if !self.has_labels() {
            return;
        }
        for label in facts.label_indices(place) {
            for bound in std::iter::once(PLATFORM).chain(bounds.clone()) {
                if let Some(key) = self.find_labelled(*label, bound) {
                    add(key);
                }
            }
        }
    }

    /// The keys of the scopes of the labels that some places carry, where the keys of what they are under are not at hand.
    ///
    /// All that carry one label are climbed from together, and what bounds the label is met with what is above them: it costs the smaller of
    /// the two and the climb, however many carry it.
    fn add_labels_at(&self, facts: &Facts, places: &[Place], mut add: impl FnMut(u32)) {
        if !self.has_labels() {
            return;
        }
        let carried = places.iter().flat_map(|place| {
            let labels = facts.label_indices(*place).iter();
            labels.map(|label| (*label, *place))
        });
        let mut carried: Vec<(u32, Place)> = carried.collect();
        carried.sort_unstable();
        for carriers in carried.chunk_by(|(one, _), (other, _)| one == other) {
            let Some((label, _)) = carriers.first() else {
                continue;
            };
            let bounds = || self.bounds_over(facts, carriers.iter().map(|(_, place)| *place));
            let bounds = match self.is_bounded(*label) {
                true => bounds(),
                false => Vec::new(),
            };
            self.add_labelled(*label, &bounds, &mut add);
        }
    }

    /// Whether some scope of the label is bounded by a group.
    fn is_bounded(&self, label: u32) -> bool {
        let first = self.labelled.range((label, PLATFORM + 1, 0)..).next();
        first.is_some_and(|(of, ..)| of == label)
    }

    /// The keys of the scopes of a label that nothing bounds, or one of these keys of `underlying`, which are in order.
    pub(crate) fn add_labelled(&self, label: u32, bounds: &[u32], mut add: impl FnMut(u32)) {
        if let Some(key) = self.find_labelled(label, PLATFORM) {
            add(key);
        }
        // Two lists in order: each goes on to where the other is.
        let (mut bounds, mut least) = (bounds, PLATFORM + 1);
        while let Some((of, bound, key)) = self.labelled.range((label, least, 0)..).next()
            && of == label
        {
            step();
            let passed = bounds.partition_point(|other| *other < bound);
            bounds = bounds.get(passed..).unwrap_or_default();
            match bounds.first() {
                Some(first) if *first == bound => {
                    add(key);
                    least = bound + 1;
                }
                Some(first) => least = *first,
                None => break,
            }
        }
    }
}

impl Weight for Slot {
    fn heap(&self) -> usize {
        0
    }
}

impl Weight for Keys {
    fn heap(&self) -> usize {
        self.slots.heap()
            + self.labels.bytes()
            + self.free.heap()
            + self.labelled.heap()
            + self.named.iter().map(Weight::heap).sum::<usize>()
            + self.underlying.heap()
            + self.lines.heap()
            + self.crowded.iter().map(Weight::heap).sum::<usize>()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::catalog::Catalog;
    use crate::facts::Fact;
    use crate::id::Group;

    const GROUPS: usize = 10;

    /// Whether the scope covers the group, by the graph alone.
    fn covers(facts: &Facts, scope: Scope, group: Group) -> bool {
        let above = facts.above(group);
        match scope {
            Scope::Underlying(over) => above.contains(&over),
            Scope::This(place) => place == group.into(),
            Scope::Labelled(label, bound) => {
                facts.has_label(group.into(), label.index)
                    && bound.is_none_or(|bound| above.contains(&bound))
            }
            Scope::Platform | Scope::Oneself => false,
        }
    }

    /// The scopes that the keys of a target say cover it.
    fn told(keys: &Keys, facts: &Facts, group: Group) -> BTreeSet<Scope> {
        let of = keys.of_target(facts, group.into());
        let told: BTreeSet<Scope> = of.iter().map(|key| keys.scope(key)).collect();
        assert!(
            of.iter()
                .all(|key| of.has(key) && of.meet(List::of(&[key])))
        );
        for key in of.iter() {
            let meets = keys.lines().meets(group.index, List::of(&[key]));
            assert!(meets.unwrap_or(true));
        }
        told
    }

    proptest! {
        /// After every change of an edge, a label or a scope that grants have, at every limit, keys add up to what the graph says, and a
        /// group of which they are others is told, where they do not have to be searched.
        #[test]
        fn keys_add_up_to_what_the_graph_says(
            steps in prop::collection::vec((0..6_u8, 0..GROUPS, 0..GROUPS, any::<bool>()), 1..70),
            limit in 0_usize..6,
        ) {
            let catalog = Catalog::builder().label("marked").build().unwrap();
            let label = catalog.label("marked").unwrap();
            let mut facts = Facts::new(catalog, 0);
            let groups: Vec<Group> =
                (0..GROUPS).map(|nth| facts.add_group(&nth.to_string(), 0).unwrap()).collect();
            let mut keys = Keys { limit, ..Keys::default() };
            let mut scopes: BTreeSet<Scope> = BTreeSet::new();
            for (kind, one, other, present) in steps {
                let (group, mut stale) = (groups[one], Stale::default());
                let mut turn = |keys: &mut Keys, scope: Scope| {
                    if present && scopes.insert(scope) {
                        keys.acquire(scope, &mut stale);
                    } else if !present && scopes.remove(&scope) {
                        keys.release(scope, &mut stale);
                    }
                };
                match kind {
                    0 => turn(&mut keys, Scope::This(group.into())),
                    1 => turn(&mut keys, Scope::Underlying(group)),
                    2 => turn(&mut keys, Scope::Labelled(label, (one != other).then_some(group))),
                    3 => {
                        facts.set(&Fact::Labelled(group.into(), label), present);
                        stale.lines.push(group.index);
                    }
                    _ if one == other => continue,
                    _ => {
                        // Edges go from the greater to the smaller, so there are no loops.
                        let (child, parent) = (groups[one.max(other)], groups[one.min(other)]);
                        facts.set(&Fact::Parent(child, parent), present);
                        stale.under.push(child.index);
                    }
                }
                let before: Vec<_> = groups.iter().map(|group| keys.lines().parts(group.index).concat()).collect();
                let different = keys.refresh(&facts, stale);
                for (group, before) in groups.iter().zip(before) {
                    // A bound has a key of its own.
                    let bounds = scopes.iter().filter_map(|scope| match scope {
                        Scope::Labelled(_, Some(bound)) => Some(Scope::Underlying(*bound)),
                        _ => None,
                    });
                    let all: BTreeSet<Scope> = scopes.iter().copied().chain(bounds).collect();
                    let expected: BTreeSet<Scope> =
                        all.into_iter().filter(|scope| covers(&facts, *scope, *group)).collect();
                    prop_assert_eq!(told(&keys, &facts, *group), expected, "{:?}", group);
                    let is_same = keys.lines().parts(group.index).concat() == before;
                    prop_assert!(is_same || different.contains(&group.index));
                }
            }
        }
    }
}
