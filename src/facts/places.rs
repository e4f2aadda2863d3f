//! `Places`: where things are that are in more groups than a row has room for, or in something else.

use smallvec::SmallVec;

use crate::facts::Facts;
use crate::id::Place;
use crate::store::{Few, Indices, Row, Table, Weight};

/// Where a thing is that is not in up to three groups alone, in order.
#[derive(Clone, Debug)]
pub(crate) enum Places {
    Groups(Vec<u32>),
    Mixed(Vec<Place>),
}

/// Things by where they are: the groups of which a user is a direct member, the parents of a group, where a resource is placed.
impl Table<Places> {
    /// The groups of a row, by index and in order, where it is in groups alone.
    #[inline]
    pub(crate) fn groups(&self, index: u32, row: &Row) -> Option<Indices<'_>> {
        match row.few() {
            Some(few) => Some(Indices::Few(few)),
            None => match self.rest(index) {
                Some(Places::Groups(groups)) => Some(Indices::Many(groups)),
                Some(Places::Mixed(_)) | None => None,
            },
        }
    }

    /// The groups of what lives there, by index and in order; none of what is in something else as well.
    pub(crate) fn group_list(&self, index: u32) -> Indices<'_> {
        let row = self.tenant(index);
        row.and_then(|row| self.groups(index, row))
            .unwrap_or_default()
    }

    /// All that it is in, in order.
    pub(crate) fn places<'a>(
        &'a self,
        facts: &'a Facts,
        index: u32,
    ) -> impl Iterator<Item = Place> + 'a {
        let mixed: &[Place] = match self.rest(index) {
            Some(Places::Mixed(mixed)) => mixed,
            Some(Places::Groups(_)) | None => &[],
        };
        let groups = self.group_list(index).each();
        let groups = groups.filter_map(|group| facts.group_at(group));
        groups.map(Place::Group).chain(mixed.iter().copied())
    }

    pub(crate) fn is_in(&self, index: u32, place: Place) -> bool {
        match (self.rest(index), place) {
            (Some(Places::Mixed(places)), _) => places.binary_search(&place).is_ok(),
            (_, Place::Group(group)) => self.group_list(index).binary_search(&group.index).is_ok(),
            _ => false,
        }
    }

    /// Adds or takes out a group of something that is in groups alone.
    pub(crate) fn set_group(&mut self, index: u32, group: u32, present: bool) {
        let mut groups: SmallVec<[u32; 8]> = SmallVec::from_slice(&self.group_list(index));
        match (groups.binary_search(&group), present) {
            (Err(at), true) => groups.insert(at, group),
            (Ok(at), false) => drop(groups.remove(at)),
            _ => return,
        }
        self.set_groups(index, &groups);
    }

    fn set_groups(&mut self, index: u32, groups: &[u32]) {
        match Few::of(groups) {
            Some(few) => self.set_few(index, few),
            None => self.set_rest(index, Places::Groups(groups.to_vec())),
        }
    }

    /// Has it be in these places, which are in order.
    pub(crate) fn set_places(&mut self, index: u32, places: Vec<Place>) {
        let groups = places.iter().map(|place| Some(place.group()?.index));
        let groups: Option<SmallVec<[u32; 8]>> = groups.collect();
        match groups {
            Some(groups) => self.set_groups(index, &groups),
            None => self.set_rest(index, Places::Mixed(places)),
        }
    }
}

impl Weight for Places {
    fn heap(&self) -> usize {
        match self {
            Places::Groups(groups) => groups.heap(),
            Places::Mixed(places) => size_of_val(&**places),
        }
    }
}
