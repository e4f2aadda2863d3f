//! Users by the lists of rights that make a difference for them.

use std::cmp::Ordering;
use std::hash::BuildHasher;

use fixedbitset::FixedBitSet;
use rustc_hash::{FxBuildHasher, FxHashMap as HashMap};
use smallvec::SmallVec;

use crate::facts::Facts;
use crate::graph;
use crate::id::{Subject, User};
use crate::query::review::numbers::Numbers;
use crate::query::review::rights::{Own, Rights};
use crate::snapshot::Snapshot;

/// What users of one class have in common.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Access {
    /// The rights that make a difference, by the number of their list.
    pub(super) list: u32,
    /// The only one who has them, where they are about each user's own place.
    pub(super) own: Option<User>,
}

/// Lists of numbers, each once.
#[derive(Debug)]
pub(super) struct Listed {
    all: Vec<u32>,
    /// For each list where it starts in the row of all, and at the end where the last one ends.
    starts: Vec<usize>,
    /// The last list with this hash.
    by_hash: HashMap<u64, u32>,
    /// For each list the one before it with the same hash.
    before: Vec<Option<u32>>,
}

impl Listed {
    fn new() -> Self {
        Listed {
            all: Vec::new(),
            starts: vec![0],
            by_hash: HashMap::default(),
            before: Vec::new(),
        }
    }

    pub(super) fn get(&self, list: u32) -> &[u32] {
        let at = list as usize;
        let ends = (self.starts.get(at), self.starts.get(at + 1));
        let (Some(start), Some(end)) = ends else {
            return &[];
        };
        self.all.get(*start..*end).unwrap_or_default()
    }

    /// The number of a list, and whether it is new.
    fn number(&mut self, list: &[u32]) -> (u32, bool) {
        let hash = FxBuildHasher.hash_one(list);
        let last = self.by_hash.get(&hash).copied();
        let mut other = last;
        while let Some(number) = other {
            if self.get(number) == list {
                return (number, false);
            }
            other = self.before.get(number as usize).copied().flatten();
        }
        let number = u32::try_from(self.before.len()).unwrap_or(u32::MAX);
        self.all.extend(list);
        self.starts.push(self.all.len());
        self.before.push(last);
        self.by_hash.insert(hash, number);
        (number, true)
    }
}

/// Sorts users by the lists of rights that make a difference for them.
///
/// What a group gives with all above is a list of [numbers](Numbers) and has a number itself. The union of a user's lists is worked out once for
/// all who have the same lists, and only the result is looked up among all others.
pub(super) struct Lists<'a> {
    facts: &'a Facts,
    pub(super) numbers: Numbers<'a>,
    pub(super) lists: Listed,
    notes: Vec<Note>,
    /// For groups by index the list of what is held through them and as everyone.
    by_group: HashMap<u32, u32>,
    /// For lists in order the list of what is held by all of them.
    by_lists: HashMap<SmallVec<[u32; 4]>, u32>,
    /// The classes in the order in which they were met.
    pub(super) classes: Vec<Access>,
    /// The classes of the lists that tell users apart.
    apart: HashMap<Access, usize>,
    /// Room for a list that is put together, and for another one.
    room: [Vec<u32>; 2],
}

/// The list of what everyone holds: the first one, which is in every other.
const EVERYONE: u32 = 0;

/// What is known of a list.
#[derive(Clone, Copy, Debug)]
struct Note {
    /// Whether there are rights in it that may be others for users whom rights name.
    is_personal: bool,
    tells_users_apart: bool,
    /// The class of those who have it, where it does not tell them apart.
    class: Option<usize>,
}

impl<'a> Lists<'a> {
    pub(super) fn of(now: &'a Snapshot, own: Own, users: &[User]) -> Self {
        let facts = now.facts();
        let mut groups = FixedBitSet::with_capacity(facts.groups.slots());
        for user in users {
            let of_user = facts.group_indices(*user);
            of_user
                .each()
                .for_each(|group| groups.grow_and_insert(group as usize));
        }
        let groups = groups
            .ones()
            .filter_map(|group| facts.group_at(u32::try_from(group).ok()?));
        let groups = graph::reach(groups, |group| facts.parents(group));
        let subjects = groups.into_iter().map(Subject::Group);
        let subjects = subjects.chain(users.iter().map(|user| Subject::User(*user)));
        let subjects = subjects.chain([Subject::Everyone]);
        let mut lists = Lists {
            facts,
            numbers: Numbers::of(facts, Rights::new(now, own), subjects),
            lists: Listed::new(),
            notes: Vec::new(),
            by_group: HashMap::default(),
            by_lists: HashMap::default(),
            classes: Vec::new(),
            apart: HashMap::default(),
            room: Default::default(),
        };
        let everyone = lists.numbers.given([Subject::Everyone]);
        lists.union(&[], &everyone);
        lists
    }

    pub(super) fn class_of(&mut self, user: User) -> usize {
        let access = self.access_of(user);
        let new = self.classes.len();
        let class = match (access.own, self.notes.get_mut(access.list as usize)) {
            (None, Some(note)) => *note.class.get_or_insert(new),
            _ => *self.apart.entry(access).or_insert(new),
        };
        if class == new {
            self.classes.push(access);
        }
        class
    }

    fn access_of(&mut self, user: User) -> Access {
        let groups = self.facts.group_indices(user).each();
        let mut parts: SmallVec<[u32; 4]> = groups.map(|group| self.of_group(group)).collect();
        if parts.is_empty() {
            parts.push(EVERYONE);
        }
        parts.sort_unstable();
        parts.dedup();
        let given = self.numbers.given([Subject::User(user)]);
        let list = match (given.is_empty(), parts.as_slice()) {
            (true, [only]) => *only,
            (true, _) => match self.by_lists.get(&parts) {
                Some(known) => *known,
                None => {
                    let list = self.union(&parts, &given);
                    self.by_lists.insert(parts, list);
                    list
                }
            },
            (false, _) => self.union(&parts, &given),
        };
        let is_personal = self
            .notes
            .get(list as usize)
            .is_some_and(|note| note.is_personal);
        let list = match is_personal && self.numbers.is_named(user) {
            true => {
                let telling = self.numbers.telling_of_named(user);
                self.number(&telling)
            }
            false => list,
        };
        let note = self.notes.get(list as usize);
        let own = note
            .is_some_and(|note| note.tells_users_apart)
            .then_some(user);
        Access { list, own }
    }

    /// The list of what is held through a group and as everyone.
    fn of_group(&mut self, group: u32) -> u32 {
        if let Some(known) = self.by_group.get(&group) {
            return *known;
        }
        let facts = self.facts;
        let above = graph::reach(facts.group_at(group), |group| facts.parents(group));
        let given = self.numbers.given(above.into_iter().map(Subject::Group));
        let list = self.union(&[EVERYONE], &given);
        self.by_group.insert(group, list);
        list
    }

    /// The list of what is held by all of these lists and given besides.
    fn union(&mut self, parts: &[u32], given: &[u32]) -> u32 {
        let [mut all, mut other] = std::mem::take(&mut self.room);
        all.clear();
        all.extend(given);
        for part in parts {
            merge(&all, self.lists.get(*part), &mut other);
            std::mem::swap(&mut all, &mut other);
        }
        self.numbers.sort_out(&all, &mut other);
        let list = self.number(&other);
        self.room = [all, other];
        list
    }

    fn number(&mut self, rights: &[u32]) -> u32 {
        let (list, is_new) = self.lists.number(rights);
        if is_new {
            let is_personal = self.numbers.are_personal(rights);
            self.notes.push(Note {
                is_personal,
                tells_users_apart: is_personal && self.numbers.tell_users_apart(rights),
                class: None,
            });
        }
        list
    }
}

/// What is in one list or in the other: both are in order, and so is this.
fn merge(one: &[u32], other: &[u32], merged: &mut Vec<u32>) {
    merged.clear();
    let (mut one, mut other) = (one, other);
    while let ([first, one_rest @ ..], [second, other_rest @ ..]) = (one, other) {
        merged.push(*first.min(second));
        (one, other) = match first.cmp(second) {
            Ordering::Less => (one_rest, other),
            Ordering::Equal => (one_rest, other_rest),
            Ordering::Greater => (one, other_rest),
        };
    }
    merged.extend(one);
    merged.extend(other);
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use crate::catalog::Catalog;
    use crate::policy::Policy;
    use crate::query::review::rights::{Own, Right, Rights};
    use crate::snapshot::Snapshot;
    use crate::testing::{Size, World};

    fn world(seed: u64) -> Snapshot {
        let mut size = Size::SMALL.with_edits(2);
        (size.users, size.links, size.grants) = (9, 50, 24);
        let world = World::from_seed(seed, size);
        let catalog = Catalog::builder().declare_all(world.declarations.iter().cloned());
        let mut policy = Policy::new(catalog.build().unwrap());
        for edit in &world.edits {
            let _refused = policy.apply(edit);
        }
        policy.snapshot()
    }

    /// Users sorted by lists are those whom a comparison of all that each of them holds has in one class, with the same rights.
    #[test]
    fn users_sorted_by_lists_are_those_sorted_by_what_each_holds() {
        let (mut classes, mut users, mut of_several) = (0, 0, 0);
        for seed in 0..200 {
            let now = world(seed);
            for own in [Own::Apart, Own::Alike] {
                let rights = Rights::new(&now, own);
                let mut expected: BTreeMap<_, Vec<_>> = BTreeMap::new();
                for user in now.users() {
                    let telling = rights.telling(user, &rights.held(user));
                    let is_apart = rights.spelling.tells_users_apart(telling.iter().copied());
                    let key = (telling, is_apart.then_some(user));
                    expected.entry(key).or_default().push(user);
                }
                let mut found: BTreeMap<Vec<_>, Vec<Right>> = BTreeMap::new();
                for class in now.access_classes(own).iter() {
                    found.insert(class.users().to_vec(), class.rights());
                }
                let expected: BTreeMap<_, _> = expected
                    .into_iter()
                    .map(|((telling, _), users)| (users, telling))
                    .collect();
                assert_eq!(found, expected, "seed {seed}, {own:?}");
                classes += found.len();
                users += now.users().count();
                of_several += found.keys().filter(|users| users.len() > 1).count();
            }
        }
        assert!(
            of_several > 200 && classes < users,
            "{of_several} {classes} {users}"
        );
    }
}
