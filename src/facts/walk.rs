//! The relations of the meaning, walked over the facts: who a user is held as, where a target sits, what a scope covers.
//!
//! This is the plain form of the algorithm, for what is asked rarely; the index answers the same from what it derived.

use std::collections::{HashSet, VecDeque};

use smallvec::SmallVec;

use crate::catalog::PlaceKind;
use crate::facts::Facts;
use crate::facts::grant::Scope;
use crate::graph;
use crate::id::{Group, Place, Subject, Target, User};

impl Facts {
    /// The groups a user is held as: those of which they are a member, and all above.
    pub(crate) fn held_groups(&self, user: User) -> Vec<Group> {
        graph::reach(self.groups_of(user), |group| self.parents(group))
    }

    /// The group and all above it.
    pub(crate) fn above(&self, group: Group) -> Vec<Group> {
        graph::reach([group], |group| self.parents(group))
    }

    /// Whether the subject, if it is a user or a group, resolves here.
    pub(crate) fn has_subject(&self, subject: Subject) -> bool {
        match subject {
            Subject::User(user) => self.check(user.into()).is_ok(),
            Subject::Group(group) => self.check(group.into()).is_ok(),
            Subject::Everyone => true,
        }
    }

    /// Whether the user is held as the subject.
    pub(crate) fn is_held_as(&self, user: User, subject: Subject) -> bool {
        match subject {
            Subject::User(other) => user == other,
            Subject::Group(group) => self.held_groups(user).contains(&group),
            Subject::Everyone => true,
        }
    }

    /// The users who are held as the subject, each once.
    pub(crate) fn users_held_as(&self, subject: Subject) -> Box<dyn Iterator<Item = User> + '_> {
        match subject {
            Subject::User(user) => Box::new(std::iter::once(user)),
            Subject::Group(group) => {
                let (mut below, mut seen) = (VecDeque::from([group]), HashSet::from([group]));
                let below = std::iter::from_fn(move || {
                    let group = below.pop_front()?;
                    below.extend(self.children(group).filter(|child| seen.insert(*child)));
                    Some(group)
                });
                let mut met = HashSet::new();
                let members = below.flat_map(|group| self.members(group));
                Box::new(members.filter(move |user| met.insert(*user)))
            }
            Subject::Everyone => Box::new(self.all_users()),
        }
    }

    /// Where the target is at: itself and what it is placed in, directly or not; of a user also the groups they are a member of. Groups
    /// and users that are met on the way are not climbed further.
    pub(crate) fn at(&self, target: Target) -> Vec<Place> {
        self.at_any(target.place())
    }

    /// Where some places are at, each place once.
    pub(crate) fn at_any(&self, places: impl IntoIterator<Item = Place>) -> Vec<Place> {
        graph::reach(self.with_groups(places), |place| self.placements_of(place))
    }

    /// All that some places are at or under, each place once: of the users among it only those among the places are under their groups.
    pub(crate) fn upwards(&self, places: impl IntoIterator<Item = Place>) -> Vec<Place> {
        graph::reach(self.with_groups(places), |place| {
            let mut next = self.placements_of(place);
            if let Place::Group(group) = place {
                next.extend(self.parents(group).map(Place::Group));
            }
            next
        })
    }

    /// The places, each followed by the groups that it is a member of, where it is a user.
    fn with_groups(&self, places: impl IntoIterator<Item = Place>) -> impl Iterator<Item = Place> {
        places.into_iter().flat_map(|place| {
            let groups = match place {
                Place::User(user) => Some(self.groups_of(user).map(Place::Group)),
                Place::Group(_) | Place::Resource(_) => None,
            };
            std::iter::once(place).chain(groups.into_iter().flatten())
        })
    }

    /// What the place is placed in, if it is a resource.
    fn placements_of(&self, place: Place) -> SmallVec<[Place; 4]> {
        match place {
            Place::Resource(resource) => self.placements(resource).collect(),
            Place::User(_) | Place::Group(_) => SmallVec::new(),
        }
    }

    /// Whether the place is of the kind.
    pub(crate) fn is_of_kind(&self, place: Place, kind: PlaceKind) -> bool {
        match (place, kind) {
            (Place::User(_), PlaceKind::User) | (Place::Group(_), PlaceKind::Group) => true,
            (Place::Resource(resource), PlaceKind::Kind(kind)) => {
                self.kind(resource.index).is_some_and(|of| of == kind)
            }
            _ => false,
        }
    }

    /// Where the target sits.
    pub(crate) fn whereabouts(&self, target: Target) -> Whereabouts {
        let at = self.at(target);
        let groups = at.iter().filter_map(|place| place.group());
        let groups = graph::reach(groups, |group| self.parents(group))
            .into_iter()
            .collect();
        Whereabouts { at, groups }
    }

    /// Whether something that sits there is under the place.
    pub(crate) fn is_under(&self, whereabouts: &Whereabouts, place: Place) -> bool {
        match place {
            Place::Group(group) => whereabouts.groups.contains(&group),
            Place::User(_) | Place::Resource(_) => whereabouts.at.contains(&place),
        }
    }

    /// Whether the scope of a grant held by the user covers what sits there.
    pub(crate) fn covers(&self, scope: Scope, user: User, whereabouts: &Whereabouts) -> bool {
        match scope {
            Scope::Oneself => whereabouts.at.contains(&Place::User(user)),
            _ => self.covers_for_all(scope, whereabouts),
        }
    }

    /// Whether the scope covers what sits there, whoever holds the grant; `oneself` does not.
    pub(crate) fn covers_for_all(&self, scope: Scope, whereabouts: &Whereabouts) -> bool {
        match scope {
            Scope::Platform => true,
            Scope::This(place) => whereabouts.at.contains(&place),
            Scope::Underlying(group) => whereabouts.groups.contains(&group),
            Scope::Labelled(label, bound) => whereabouts.at.iter().any(|place| {
                let under = |group| {
                    self.is_under(&self.whereabouts(Target::from(*place)), Place::Group(group))
                };
                self.has_label(*place, label.index) && bound.is_none_or(under)
            }),
            Scope::Oneself => false,
        }
    }
}

/// Where a target sits: what it is at, and the groups it is under.
#[derive(Debug)]
pub(crate) struct Whereabouts {
    pub(crate) at: Vec<Place>,
    pub(crate) groups: HashSet<Group>,
}
