//! `Places`: where one thing is.

use std::sync::Arc;

use crate::facts::Facts;
use crate::id::Place;
use crate::store::{Links, Weight};

/// Where a thing is, in order: the groups of which a user is a direct member, the parents of a group, where a resource is placed. All but
/// some resources are in groups and nowhere else.
#[derive(Clone, Debug)]
pub(crate) enum Places {
    Groups(Links),
    Mixed(Arc<Vec<Place>>),
}

impl Default for Places {
    fn default() -> Self {
        Places::Groups(Links::default())
    }
}

impl Places {
    pub(crate) fn iter<'a>(&'a self, facts: &'a Facts) -> impl Iterator<Item = Place> + 'a {
        let (groups, mixed): (&[u32], &[Place]) = match self {
            Places::Groups(groups) => (groups, &[]),
            Places::Mixed(places) => (&[], places),
        };
        let groups = groups.iter().filter_map(|group| facts.group_at(*group));
        groups.map(Place::Group).chain(mixed.iter().copied())
    }

    /// The groups, by index, where they are all.
    #[inline]
    pub(crate) fn groups(&self) -> Option<&Links> {
        match self {
            Places::Groups(groups) => Some(groups),
            Places::Mixed(_) => None,
        }
    }

    /// The groups, by index; none of what is in something else as well.
    #[inline]
    pub(crate) fn group_list(&self) -> &[u32] {
        self.groups().map(|groups| &**groups).unwrap_or_default()
    }

    /// Adds or takes out a group where there are only groups.
    pub(crate) fn set_group(&mut self, group: u32, present: bool) {
        if let Places::Groups(groups) = self {
            groups.set(group, present);
        }
    }

    pub(crate) fn contains(&self, place: Place) -> bool {
        match (self, place) {
            (Places::Groups(groups), Place::Group(group)) => {
                groups.binary_search(&group.index).is_ok()
            }
            (Places::Groups(_), _) => false,
            (Places::Mixed(places), _) => places.binary_search(&place).is_ok(),
        }
    }

    /// Adds or takes out a place. The groups there are still resolve.
    pub(crate) fn set(&mut self, facts: &Facts, place: Place, present: bool) {
        if let (Places::Groups(groups), Place::Group(group)) = (&mut *self, place) {
            groups.set(group.index, present);
            return;
        }
        let mut places: Vec<Place> = self.iter(facts).collect();
        match (places.binary_search(&place), present) {
            (Err(at), true) => places.insert(at, place),
            (Ok(at), false) => drop(places.remove(at)),
            _ => return,
        }
        let group = |place: &Place| match place {
            Place::Group(group) => Some(group.index),
            Place::User(_) | Place::Resource(_) => None,
        };
        *self = match places.iter().map(group).collect::<Option<Vec<u32>>>() {
            Some(groups) => Places::Groups(groups.into()),
            None => Places::Mixed(Arc::new(places)),
        };
    }
}

impl Weight for Places {
    fn heap(&self) -> usize {
        match self {
            Places::Groups(groups) => groups.heap(),
            Places::Mixed(places) => size_of_val(&***places),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_takes_sixteen_bytes() {
        assert_eq!(size_of::<Places>(), 16);
    }
}
