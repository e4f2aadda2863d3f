//! The relations of the meaning, walked over the facts: who a user is held as, where a target sits, what a scope covers.
//!
//! This is the plain form of the algorithm, for what is asked rarely; the index answers the same from what it derived.

use std::collections::HashSet;

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
                let below = graph::reach([group], |group| self.children(group));
                let mut met = HashSet::new();
                let members = below.into_iter().flat_map(|group| self.members(group));
                Box::new(members.filter(move |user| met.insert(*user)))
            }
            Subject::Everyone => Box::new(self.all_users()),
        }
    }

    /// Where the target is at: itself and what it is placed in, directly or not; of a user also the groups they are a member of. Groups
    /// and users that are met on the way are not climbed further.
    pub(crate) fn at(&self, target: Target) -> Vec<Place> {
        graph::reach(target.place(), |place| {
            let mut next: Vec<Place> = Vec::new();
            match place {
                Place::Resource(resource) => next.extend(self.placements(resource)),
                Place::User(user) if target == Target::User(user) => {
                    next.extend(self.groups_of(user).map(Place::Group));
                }
                Place::User(_) | Place::Group(_) => {}
            }
            next
        })
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
