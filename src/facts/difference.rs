//! What two states of one policy do not have in common.

use std::collections::HashSet;
use std::hash::Hash;
use std::sync::Arc;

use crate::facts::Facts;
use crate::facts::grant::{Grant, What};
use crate::id::{Group, Place, Resource, User};
use crate::limit::limit;
use crate::steps;

/// So few are compared one by one.
const FEW: usize = limit(8, 1);

/// What is recorded in one of two states only, whichever it is. Names do not count.
#[derive(Debug, Default)]
pub(crate) struct Difference {
    /// The slots of the users, groups and resources that live in one of the states only.
    pub(crate) users: Vec<u32>,
    pub(crate) groups: Vec<u32>,
    pub(crate) resources: Vec<u32>,
    pub(crate) members: Vec<(User, Group)>,
    /// The first group is below the second.
    pub(crate) parents: Vec<(Group, Group)>,
    pub(crate) placed: Vec<(Resource, Place)>,
    /// The places of which the labels differ.
    pub(crate) labelled: Vec<Place>,
    pub(crate) grants: Vec<Grant>,
    /// The grants, in either state, of roles that do not give the same permissions in both.
    pub(crate) altered: Vec<Grant>,
}

impl Facts {
    /// What this state and the other, of the same policy, do not have in common.
    ///
    /// Pages that the two share are not looked at; where no role changed, neither is any role.
    pub(crate) fn difference(&self, other: &Facts) -> Difference {
        let mut found = Difference::default();
        for slot in self.users.unshared(&other.users) {
            let both = [self, other].map(|facts| facts.user_at(slot));
            let is_other = both[0] != both[1];
            if is_other {
                found.users.push(slot);
            }
            let [mine, theirs] = both.map(|user| user.into_iter());
            let mine = mine.flat_map(|user| self.groups_of(user).map(move |group| (user, group)));
            let theirs =
                theirs.flat_map(|user| other.groups_of(user).map(move |group| (user, group)));
            found
                .members
                .extend(unequal(mine.collect(), theirs.collect()));
            found.label(self, other, both.map(|user| user.map(Place::User)));
        }
        for slot in self.groups.unshared(&other.groups) {
            let both = [self, other].map(|facts| facts.group_at(slot));
            if both[0] != both[1] {
                found.groups.push(slot);
            }
            let [mine, theirs] = both.map(|group| group.into_iter());
            let mine =
                mine.flat_map(|group| self.parents(group).map(move |parent| (group, parent)));
            let theirs =
                theirs.flat_map(|group| other.parents(group).map(move |parent| (group, parent)));
            found
                .parents
                .extend(unequal(mine.collect(), theirs.collect()));
            found.label(self, other, both.map(|group| group.map(Place::Group)));
        }
        for slot in self.resources.unshared(&other.resources) {
            let both = [self, other].map(|facts| facts.resource_at(slot));
            if both[0] != both[1] {
                found.resources.push(slot);
            }
            let [mine, theirs] = both.map(|resource| resource.into_iter());
            let mine = mine.flat_map(|resource| {
                self.placements(resource)
                    .map(move |place| (resource, place))
            });
            let theirs = theirs.flat_map(|resource| {
                other
                    .placements(resource)
                    .map(move |place| (resource, place))
            });
            found
                .placed
                .extend(unequal(mine.collect(), theirs.collect()));
            found.label(
                self,
                other,
                both.map(|resource| resource.map(Place::Resource)),
            );
        }
        found.grants.extend(self.grants.difference(&other.grants));
        if !Arc::ptr_eq(&self.book, &other.book) {
            found.alter(self, other);
        }
        found
    }
}

impl Difference {
    fn label(&mut self, one: &Facts, two: &Facts, places: [Option<Place>; 2]) {
        let [mine, theirs] = places;
        let labels = |facts: &Facts, place: Option<Place>| {
            place.map(|place| facts.label_indices(place).to_vec())
        };
        if mine != theirs || labels(one, mine) != labels(two, theirs) {
            self.labelled.extend(mine.into_iter().chain(theirs));
        }
    }

    fn alter(&mut self, one: &Facts, two: &Facts) {
        let roles = one.catalog.roles().chain(one.run_time_roles());
        // A role of one state only has grants there only, and those differ anyway.
        let altered =
            roles.filter(|role| !one.book.permissions(*role).eq(two.book.permissions(*role)));
        for role in altered {
            let grants = one
                .grants_of(What::Role(role))
                .chain(two.grants_of(What::Role(role)));
            self.altered.extend(grants);
        }
    }
}

/// What is in one of the lists only.
fn unequal<T: Eq + Hash + Copy>(one: Vec<T>, two: Vec<T>) -> Vec<T> {
    steps::took(one.len() + two.len());
    if one.len().max(two.len()) <= FEW {
        let mine = one.iter().filter(|item| !two.contains(item));
        let theirs = two.iter().filter(|item| !one.contains(item));
        return mine.chain(theirs).copied().collect();
    }
    let [in_one, in_two] = [&one, &two].map(|list| list.iter().collect::<HashSet<&T>>());
    let mine = one.iter().filter(|item| !in_two.contains(item));
    let theirs = two.iter().filter(|item| !in_one.contains(item));
    mine.chain(theirs).copied().collect()
}
