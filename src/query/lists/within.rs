//! Which scopes lie within which others, for many at once.

use std::collections::{HashMap, HashSet};

use crate::facts::Facts;
use crate::facts::grant::Scope;
use crate::graph;
use crate::id::{Group, Place, Target, User};
use crate::query::explain::judge::climb;
use crate::steps;

/// Whether something lies within some of the scopes: at one of them exactly, or within one that is wider.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Within {
    pub(crate) exactly: bool,
    pub(crate) wider: bool,
}

impl Within {
    pub(crate) fn any(self) -> bool {
        self.exactly || self.wider
    }
}

/// For each of the inner scopes whether it is one of the outer ones, and whether one of them is wider: covers all that it does and more, as
/// groups and placements stand. All are of grants that the user holds. What is so only as things stand otherwise, such as the carriers of a
/// label, is left out: it is sure when it says yes.
///
/// The groups and places above the inner scopes are walked once.
pub(crate) fn within(
    facts: &Facts,
    user: User,
    inner: &[Scope],
    outer: impl IntoIterator<Item = Scope>,
) -> Vec<Within> {
    let own = |scope| match scope {
        Scope::Oneself => Scope::This(Place::User(user)),
        other => other,
    };
    let outer: HashSet<Scope> = outer.into_iter().map(own).collect();
    steps::took(inner.len() + outer.len());
    if outer.is_empty() {
        return vec![Within::default(); inner.len()];
    }
    let platform = outer.contains(&Scope::Platform);
    // Where nothing but the platform could be wider, nothing is walked.
    let alone = outer.iter().all(|scope| matches!(scope, Scope::Platform));
    let marks = if alone {
        Marks::default()
    } else {
        Marks::of(facts, inner, &outer)
    };
    let of = |scope: &Scope| {
        let scope = own(*scope);
        let exactly = outer.contains(&scope);
        let parents = |group: Group| facts.parents(group);
        let higher = match scope {
            Scope::Platform => {
                return Within {
                    exactly,
                    wider: false,
                };
            }
            Scope::Oneself | Scope::This(Place::User(_)) => false,
            Scope::This(Place::Group(group)) => marks.is_under(group),
            Scope::This(Place::Resource(resource)) => facts
                .placements(resource)
                .any(|place| marks.is_inside(place)),
            Scope::Underlying(group) => parents(group).any(|parent| marks.is_under(parent)),
            Scope::Labelled(_, None) => false,
            Scope::Labelled(label, Some(bound)) => {
                outer.contains(&Scope::Labelled(label, None)) || {
                    let bounded = marks.bounded.get(&label);
                    let is = |group: Group| bounded.is_some_and(|under| under.contains(&group));
                    parents(bound).any(is)
                }
            }
        };
        Within {
            exactly,
            wider: platform || higher,
        }
    };
    inner.iter().map(of).collect()
}

/// What lies within outer scopes, of what is above the inner ones.
#[derive(Debug, Default)]
struct Marks {
    /// Groups that one of the outer scopes has with all below.
    under: HashSet<Group>,
    /// Places of which all that is in them is covered.
    inside: HashSet<Place>,
    /// For each label the groups at or above which it is bounded.
    bounded: HashMap<crate::id::Label, HashSet<Group>>,
}

impl Marks {
    fn of(facts: &Facts, inner: &[Scope], outer: &HashSet<Scope>) -> Self {
        let mut marks = Marks::default();
        let named = inner.iter().filter_map(|scope| match scope {
            Scope::This(place) => Some(*place),
            Scope::Underlying(group) | Scope::Labelled(_, Some(group)) => {
                Some(Place::Group(*group))
            }
            Scope::Platform | Scope::Oneself | Scope::Labelled(_, None) => None,
        });
        let mut labels: HashSet<crate::id::Label> = HashSet::new();
        for scope in outer {
            if let Scope::Labelled(label, Some(_)) = scope {
                labels.insert(*label);
            }
        }
        let up = |place: Place| climb(facts, Target::Platform, place, true);
        for place in graph::bottom_up(named, up) {
            let above = up(place);
            steps::took(1 + above.len());
            if let Place::Group(group) = place {
                let parents: Vec<Group> = above.iter().filter_map(|above| above.group()).collect();
                if outer.contains(&Scope::Underlying(group))
                    || parents.iter().any(|parent| marks.under.contains(parent))
                {
                    marks.under.insert(group);
                }
                for label in &labels {
                    let bounded = marks.bounded.entry(*label).or_default();
                    if outer.contains(&Scope::Labelled(*label, Some(group)))
                        || parents.iter().any(|parent| bounded.contains(parent))
                    {
                        bounded.insert(group);
                    }
                }
            }
            let is_inside = outer.contains(&Scope::This(place))
                || match place {
                    Place::Group(group) => marks.under.contains(&group),
                    Place::Resource(_) => above.iter().any(|above| marks.inside.contains(above)),
                    Place::User(_) => false,
                };
            if is_inside {
                marks.inside.insert(place);
            }
        }
        marks
    }

    fn is_under(&self, group: Group) -> bool {
        self.under.contains(&group)
    }

    fn is_inside(&self, place: Place) -> bool {
        self.inside.contains(&place)
    }
}
