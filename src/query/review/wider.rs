//! Of some scopes, which others are wider.

use std::rc::Rc;

use rustc_hash::FxHashMap as HashMap;
use smallvec::SmallVec;

use crate::facts::Facts;
use crate::facts::grant::Scope;
use crate::graph;
use crate::id::{Group, Place, Resource, Target};
use crate::limit::limit;
use crate::query::explain::judge::climb;
use crate::steps;

/// So many wider scopes are written down for one scope. Without a limit, a chain of groups that each have a grant would have the square of
/// them.
const WIDER: usize = limit(64, 1);

/// For each of some scopes, by number, the numbers of those that are wider, in the sense of [`within`](crate::query::lists::within::within).
/// What hangs on who asks is left out: a user's own place stands for itself.
#[derive(Debug)]
pub(super) struct Wider(Vec<Numbers>);

/// Numbers of scopes, in order; `None` where there are too many.
type Numbers = Option<Rc<[u32]>>;

impl Wider {
    /// Of these scopes, each once.
    pub(super) fn of(facts: &Facts, scopes: &[Scope]) -> Self {
        let above = Above::of(facts, scopes);
        let platform = above.number(Scope::Platform);
        let wider = scopes.iter().map(|scope| {
            let others = match *scope {
                Scope::Platform => return some([]),
                Scope::Oneself | Scope::This(Place::User(_)) | Scope::Labelled(_, None) => some([]),
                Scope::This(Place::Group(group)) => above.under([group], underlying),
                Scope::This(Place::Resource(resource)) => above.around(facts, resource),
                Scope::Underlying(group) => above.under(facts.parents(group), underlying),
                Scope::Labelled(label, Some(group)) => {
                    let of_label =
                        |scope| matches!(scope, Scope::Labelled(other, _) if other == label);
                    let unbounded = above.number(Scope::Labelled(label, None));
                    let bounded = above.under(facts.parents(group), of_label);
                    union([bounded, some(unbounded)])
                }
            };
            union([others, some(platform)])
        });
        Wider(wider.collect())
    }

    /// The scopes that are wider than this one; `None` where there are too many to be written down.
    pub(super) fn than(&self, scope: usize) -> Option<&[u32]> {
        self.0.get(scope)?.as_deref()
    }
}

fn underlying(scope: Scope) -> bool {
    matches!(scope, Scope::Underlying(_))
}

fn some(numbers: impl IntoIterator<Item = u32>) -> Numbers {
    Some(numbers.into_iter().collect())
}

/// All of them in order, unless they are too many. One that has them all is shared.
fn union(parts: impl IntoIterator<Item = Numbers>) -> Numbers {
    let parts: Option<SmallVec<[Rc<[u32]>; 4]>> = parts.into_iter().collect();
    let parts = parts?;
    let longest = parts.iter().max_by_key(|part| part.len()).cloned();
    let mut all: Vec<u32> = parts.iter().flat_map(|part| part.iter().copied()).collect();
    all.sort_unstable();
    all.dedup();
    steps::took(all.len());
    match longest {
        _ if all.len() > WIDER => None,
        Some(longest) if longest.len() == all.len() => Some(longest),
        _ => Some(all.into()),
    }
}

/// What stands at and above the places that some scopes name.
struct Above<'a> {
    scopes: &'a [Scope],
    numbers: HashMap<Scope, u32>,
    /// For a group the scopes that it or a group above bounds; for another place those that cover all that is in it.
    places: HashMap<Place, Numbers>,
}

impl<'a> Above<'a> {
    fn of(facts: &Facts, scopes: &'a [Scope]) -> Self {
        let mut above = Above {
            scopes,
            numbers: scopes.iter().copied().zip(0..).collect(),
            places: HashMap::default(),
        };
        let mut bounding: HashMap<Group, Vec<u32>> = HashMap::default();
        for (scope, number) in scopes.iter().zip(0..) {
            if let Scope::Underlying(group) | Scope::Labelled(_, Some(group)) = scope {
                bounding.entry(*group).or_default().push(number);
            }
        }
        let named = scopes.iter().filter_map(|scope| match scope {
            Scope::This(place) => Some(*place),
            Scope::Underlying(group) | Scope::Labelled(_, Some(group)) => Some((*group).into()),
            Scope::Platform | Scope::Oneself | Scope::Labelled(_, None) => None,
        });
        let up = |place: Place| climb(facts, Target::Platform, place, true);
        for place in graph::bottom_up(named, up) {
            steps::step();
            let at = match place {
                Place::Group(group) => {
                    let own = bounding.get(&group).into_iter().flatten().copied();
                    let parents = facts.parents(group);
                    union(
                        parents
                            .map(|parent| above.at(parent.into()))
                            .chain([some(own)]),
                    )
                }
                Place::Resource(resource) => union([
                    above.around(facts, resource),
                    some(above.number(Scope::This(place))),
                ]),
                Place::User(_) => some(above.number(Scope::This(place))),
            };
            above.places.insert(place, at);
        }
        above
    }

    fn number(&self, scope: Scope) -> Option<u32> {
        self.numbers.get(&scope).copied()
    }

    fn at(&self, place: Place) -> Numbers {
        // INVARIANT: what is above a place is written down before it.
        self.places.get(&place).cloned().unwrap_or_default()
    }

    /// Those of the scopes that these groups and the groups above bound.
    fn under(
        &self,
        groups: impl IntoIterator<Item = Group>,
        wanted: impl Fn(Scope) -> bool,
    ) -> Numbers {
        let all = union(groups.into_iter().map(|group| self.at(group.into())))?;
        let is_wanted = |number: &&u32| {
            let scope = self.scopes.get(**number as usize);
            scope.is_some_and(|scope| wanted(*scope))
        };
        match all.iter().all(|number| is_wanted(&number)) {
            true => Some(all),
            false => some(all.iter().filter(is_wanted).copied()),
        }
    }

    /// Those that cover all that is in one of the places where the resource is.
    fn around(&self, facts: &Facts, resource: Resource) -> Numbers {
        union(facts.placements(resource).map(|place| match place {
            Place::Group(group) => {
                let own = self.number(Scope::This(place));
                union([self.under([group], underlying), some(own)])
            }
            Place::User(_) | Place::Resource(_) => self.at(place),
        }))
    }
}
