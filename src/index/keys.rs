//! Keys: a number for each scope that a recorded grant has, and for each target the keys that cover it.

use std::collections::HashMap;

use smallvec::SmallVec;

use crate::facts::Facts;
use crate::facts::grant::Scope;
use crate::graph;
use crate::id::{Group, Place, Resource, Target, User};
use crate::index::closure::{Closure, LIMIT};
use crate::index::lists::{ListId, Lists};

/// The key of the platform scope. It is the least.
pub(crate) const PLATFORM: u32 = 0;
/// The key of `oneself`, which is on no target's list: whom it covers depends on the asker. It is the greatest.
pub(crate) const ONESELF: u32 = u32::MAX;

/// The keys of the scopes.
#[derive(Debug)]
pub(crate) struct Keys {
    keys: HashMap<Scope, u32>,
    /// The scopes by their keys.
    scopes: Vec<Scope>,
    /// For each label, by index, what bounds it in some scope, with the scope's key.
    labelled: HashMap<u32, Vec<(Option<Group>, u32)>>,
}

impl Keys {
    pub(crate) fn of(facts: &Facts) -> Self {
        let scopes = vec![Scope::Platform];
        let mut keys = Keys {
            keys: HashMap::from([(Scope::Platform, PLATFORM)]),
            scopes,
            labelled: HashMap::new(),
        };
        for grant in facts.all_grants() {
            if grant.scope == Scope::Oneself || keys.keys.contains_key(&grant.scope) {
                continue;
            }
            let key = keys.add(grant.scope);
            if let Scope::Labelled(label, bound) = grant.scope {
                keys.labelled
                    .entry(label.index)
                    .or_default()
                    .push((bound, key));
                // Whether a carrier is under the group that bounds the label is read off the carrier's own list of keys.
                if let Some(group) = bound {
                    keys.add(Scope::Underlying(group));
                }
            }
        }
        keys
    }

    fn add(&mut self, scope: Scope) -> u32 {
        let next = u32::try_from(self.scopes.len()).unwrap_or(ONESELF - 1);
        let key = *self.keys.entry(scope).or_insert(next);
        if key == next {
            self.scopes.push(scope);
        }
        key
    }

    /// The key of a scope; `oneself` where no grant has it.
    pub(crate) fn of_scope(&self, scope: Scope) -> u32 {
        self.keys.get(&scope).copied().unwrap_or(ONESELF)
    }

    fn find(&self, scope: Scope) -> Option<u32> {
        self.keys.get(&scope).copied()
    }

    pub(crate) fn scope(&self, key: u32) -> Scope {
        self.scopes
            .get(key as usize)
            .copied()
            .unwrap_or(Scope::Oneself)
    }
}

/// For each target the keys that cover it; the platform's, which covers all, is left out.
#[derive(Debug)]
pub(crate) struct TargetKeys {
    lists: Lists,
    /// The groups whose `underlying` is a key, among each group and all above.
    under: Closure,
    /// The keys that a place gives to what is at it, by group; `None` where there are too many to keep.
    groups: Vec<Option<ListId>>,
    /// The keys of each resource, by index; `None` where there are too many to keep.
    resources: Vec<Option<ListId>>,
    /// The keys that a user gives to what is at it, for the users that have any.
    users: HashMap<u32, ListId>,
}

/// Lists of keys, of which the union covers a target.
pub(crate) type KeyLists<'a> = SmallVec<[std::borrow::Cow<'a, [u32]>; 4]>;

impl TargetKeys {
    pub(crate) fn of(facts: &Facts, keys: &Keys) -> Self {
        let under = Closure::of(facts, |group| keys.find(Scope::Underlying(group)).is_some());
        let mut lists = Lists::default();
        let empty = lists.intern(Vec::new());
        let mut target_keys = TargetKeys {
            lists,
            under,
            groups: vec![Some(empty); facts.groups.slots()],
            resources: vec![Some(empty); facts.resources.slots()],
            users: HashMap::new(),
        };
        for group in facts.all_groups() {
            let list = target_keys.of_group(facts, keys, group);
            let list = list.map(|list| target_keys.lists.intern(list));
            if let Some(slot) = target_keys.groups.get_mut(group.index as usize) {
                *slot = list;
            }
        }
        // Only users that a scope or a label names give keys of their own.
        let named = facts.all_grants().filter_map(|grant| match grant.scope {
            Scope::This(Place::User(user)) => Some(user),
            _ => None,
        });
        let labels: Vec<u32> = keys.labelled.keys().copied().collect();
        let carriers = labels
            .into_iter()
            .flat_map(|label| facts.carriers(facts.catalog.label_at(label)));
        let carriers = carriers.filter_map(|place| match place {
            Place::User(user) => Some(user),
            Place::Group(_) | Place::Resource(_) => None,
        });
        for user in named
            .chain(carriers)
            .collect::<std::collections::BTreeSet<_>>()
        {
            let list = target_keys.of_user(facts, keys, user);
            let list = target_keys.lists.intern(list);
            target_keys.users.insert(user.index, list);
        }
        let order = graph::bottom_up(facts.all_resources(), |resource| {
            facts.placements(resource).filter_map(|place| match place {
                Place::Resource(container) => Some(container),
                Place::User(_) | Place::Group(_) => None,
            })
        });
        for resource in order {
            let list = target_keys.of_resource(facts, keys, resource);
            let list = list.map(|list| target_keys.lists.intern(list));
            if let Some(slot) = target_keys.resources.get_mut(resource.index as usize) {
                *slot = list;
            }
        }
        target_keys
    }

    /// The keys that a place gives by its name and its labels; `under` says whether a group bounds it.
    fn own(
        facts: &Facts,
        keys: &Keys,
        place: Place,
        under: impl Fn(Group) -> bool,
        list: &mut Vec<u32>,
    ) {
        list.extend(keys.find(Scope::This(place)));
        if keys.labelled.is_empty() {
            return;
        }
        for label in facts.labels(place) {
            let scopes = keys.labelled.get(&label.index).into_iter().flatten();
            list.extend(
                scopes
                    .filter(|(bound, _)| bound.is_none_or(&under))
                    .map(|(_, key)| *key),
            );
        }
    }

    fn of_group(&self, facts: &Facts, keys: &Keys, group: Group) -> Option<Vec<u32>> {
        let above = self.under.get(self.under.list(group.index)?);
        let underlying = above
            .iter()
            .filter_map(|above| keys.find(Scope::Underlying(facts.group_at(*above)?)));
        let mut list: Vec<u32> = underlying.collect();
        Self::own(
            facts,
            keys,
            group.into(),
            |bound| above.contains(&bound.index),
            &mut list,
        );
        (list.len() <= LIMIT).then_some(list)
    }

    fn of_user(&self, facts: &Facts, keys: &Keys, user: User) -> Vec<u32> {
        let under = |bound: Group| {
            facts
                .groups_of(user)
                .any(|group| self.under.any(group.index, |above| above == bound.index))
        };
        let mut list = Vec::new();
        Self::own(facts, keys, user.into(), under, &mut list);
        list
    }

    /// The keys of a resource, those of all it is placed in being known.
    fn of_resource(&self, facts: &Facts, keys: &Keys, resource: Resource) -> Option<Vec<u32>> {
        let mut list = Vec::new();
        for place in facts.placements(resource) {
            match place {
                Place::User(user) => list.extend(self.of_user_in_store(user)),
                Place::Group(group) => {
                    list.extend(self.lists.get((*self.groups.get(group.index as usize)?)?))
                }
                Place::Resource(container) => {
                    list.extend(
                        self.lists
                            .get((*self.resources.get(container.index as usize)?)?),
                    );
                }
            }
        }
        let above: Vec<u32> = list.clone();
        let under = |bound| {
            keys.find(Scope::Underlying(bound))
                .is_some_and(|key| above.contains(&key))
        };
        Self::own(facts, keys, resource.into(), under, &mut list);
        list.sort_unstable();
        list.dedup();
        (list.len() <= LIMIT).then_some(list)
    }

    fn of_user_in_store(&self, user: User) -> &[u32] {
        self.users
            .get(&user.index)
            .map(|list| self.lists.get(*list))
            .unwrap_or_default()
    }

    /// The lists whose union are the keys that cover the target, but for the platform's.
    pub(crate) fn lists_of<'a>(
        &'a self,
        facts: &Facts,
        keys: &Keys,
        target: Target,
    ) -> KeyLists<'a> {
        let mut lists = KeyLists::new();
        match target {
            Target::Platform => {}
            Target::Group(group) => self.push_group(facts, keys, group, &mut lists),
            Target::User(user) => {
                lists.push(self.of_user_in_store(user).into());
                facts
                    .groups_of(user)
                    .for_each(|group| self.push_group(facts, keys, group, &mut lists));
            }
            Target::Resource(resource) => match self.resources.get(resource.index as usize) {
                Some(Some(list)) => lists.push(self.lists.get(*list).into()),
                Some(None) => lists.push(self.searched(facts, keys, resource).into()),
                None => {}
            },
        }
        lists
    }

    fn push_group<'a>(
        &'a self,
        facts: &Facts,
        keys: &Keys,
        group: Group,
        lists: &mut KeyLists<'a>,
    ) {
        match self.groups.get(group.index as usize) {
            Some(Some(list)) => lists.push(self.lists.get(*list).into()),
            Some(None) => lists.push(self.searched_group(facts, keys, group).into()),
            None => {}
        }
    }

    /// The keys of a group that has too many to keep.
    fn searched_group(&self, facts: &Facts, keys: &Keys, group: Group) -> Vec<u32> {
        let mut above = Vec::new();
        self.under.any(group.index, |group| {
            above.push(group);
            false
        });
        above.sort_unstable();
        above.dedup();
        let underlying = above
            .iter()
            .filter_map(|above| keys.find(Scope::Underlying(facts.group_at(*above)?)));
        let mut list: Vec<u32> = underlying.collect();
        Self::own(
            facts,
            keys,
            group.into(),
            |bound| above.binary_search(&bound.index).is_ok(),
            &mut list,
        );
        list.sort_unstable();
        list
    }

    /// The keys of a resource that has too many to keep.
    fn searched(&self, facts: &Facts, keys: &Keys, resource: Resource) -> Vec<u32> {
        let mut list = Vec::new();
        for place in facts.at(resource.into()) {
            match place {
                Place::User(user) => list.extend(self.of_user_in_store(user)),
                Place::Group(group) => {
                    let mut lists = KeyLists::new();
                    self.push_group(facts, keys, group, &mut lists);
                    lists.iter().for_each(|keys| list.extend_from_slice(keys));
                }
                Place::Resource(container) => {
                    let under = |bound: Group| {
                        let at = facts.at(container.into());
                        let mut groups = at.iter().filter_map(|place| match place {
                            Place::Group(group) => Some(group.index),
                            Place::User(_) | Place::Resource(_) => None,
                        });
                        groups.any(|group| self.under.any(group, |above| above == bound.index))
                    };
                    Self::own(facts, keys, container.into(), under, &mut list);
                }
            }
        }
        list.sort_unstable();
        list.dedup();
        list
    }
}
