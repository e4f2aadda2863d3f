//! Which of many grants cover which of many places, each in one walk.

use fixedbitset::FixedBitSet;
use indexmap::IndexMap;
use rustc_hash::{FxBuildHasher, FxHashMap as HashMap, FxHashSet as HashSet};

use crate::facts::Facts;
use crate::facts::grant::{Grant, Scope};
use crate::graph;
use crate::id::{Group, Label, Place, Target, User};
use crate::query::explain::judge::climb;
use crate::steps;

/// What was reached from some targets, each with the target it was reached from.
type From<N> = IndexMap<N, Target, FxBuildHasher>;

/// Goes on from what was reached.
fn spread<N: Copy + Eq + std::hash::Hash, I: IntoIterator<Item = N>>(
    reached: &mut From<N>,
    mut next: impl FnMut(N, Target) -> I,
) {
    let mut at = 0;
    while let Some((node, from)) = reached.get_index(at).map(|(node, from)| (*node, *from)) {
        at += 1;
        for above in next(node, from) {
            reached.entry(above).or_insert(from);
        }
    }
    steps::took(reached.len());
}

/// Where some targets are, found out as far as some grant asks.
struct Spots<'a> {
    facts: &'a Facts,
    targets: &'a [Target],
    at: Option<From<Place>>,
    under: Option<From<Group>>,
    bounds: HashMap<Label, From<Group>>,
}

impl Spots<'_> {
    fn at(&mut self) -> &From<Place> {
        let (facts, targets) = (self.facts, self.targets);
        self.at.get_or_insert_with(|| {
            let places = targets.iter();
            let mut at: From<Place> = places
                .filter_map(|target| Some((target.place()?, *target)))
                .collect();
            // A user who is a target is in the groups as well, one that something is placed in is not.
            let own: HashSet<Place> = at.keys().copied().collect();
            spread(&mut at, |place, from| {
                let itself = if own.contains(&place) {
                    place.into()
                } else {
                    from
                };
                climb(facts, itself, place, false)
            });
            at
        })
    }

    fn under(&mut self) -> &From<Group> {
        if self.under.is_none() {
            let groups = self.at().iter();
            let groups = groups.filter_map(|(place, from)| Some((place.group()?, *from)));
            let mut under: From<Group> = groups.collect();
            let facts = self.facts;
            spread(&mut under, |group, _| facts.parents(group));
            self.under = Some(under);
        }
        self.under.get_or_insert_default()
    }

    /// The groups that carriers of the label are under, of those that the targets are at.
    fn bounds(&mut self, label: Label) -> &From<Group> {
        if !self.bounds.contains_key(&label) {
            let facts = self.facts;
            let carriers = self.at().iter();
            let carriers = carriers.filter(|(place, _)| facts.has_label(**place, label.index));
            let mut over: From<Place> = carriers.map(|(place, from)| (*place, *from)).collect();
            let own: HashSet<Place> = over.keys().copied().collect();
            spread(&mut over, |place, from| {
                let itself = if own.contains(&place) {
                    place.into()
                } else {
                    from
                };
                climb(facts, itself, place, true)
            });
            let groups = over.into_iter();
            let groups = groups.filter_map(|(place, from)| Some((place.group()?, from)));
            self.bounds.insert(label, groups.collect());
        }
        self.bounds.entry(label).or_default()
    }
}

/// For each of the grants, all held by the user, one of the targets that it covers, if it covers any.
pub(crate) fn covering(
    facts: &Facts,
    user: User,
    grants: &[Grant],
    targets: &[Target],
) -> Vec<Option<Target>> {
    let Some(first) = targets.first().copied() else {
        return vec![None; grants.len()];
    };
    let mut spots = Spots {
        facts,
        targets,
        at: None,
        under: None,
        bounds: HashMap::default(),
    };
    steps::took(grants.len());
    let covered = grants.iter().map(|grant| match grant.scope {
        Scope::Platform => Some(first),
        Scope::This(place) => spots.at().get(&place).copied(),
        Scope::Oneself => spots.at().get(&Place::User(user)).copied(),
        Scope::Underlying(group) => spots.under().get(&group).copied(),
        Scope::Labelled(label, None) => {
            let mut at = spots.at().iter();
            let carrier = at.find(|(place, _)| facts.has_label(**place, label.index));
            carrier.map(|(_, from)| *from)
        }
        Scope::Labelled(label, Some(group)) => spots.bounds(label).get(&group).copied(),
    });
    covered.collect()
}

/// For each of the targets, whether one of the grants, all held by the user, covers it.
pub(crate) fn covered(
    facts: &Facts,
    user: User,
    grants: &[Grant],
    targets: &[Target],
) -> Vec<bool> {
    if grants.is_empty() {
        return vec![false; targets.len()];
    }
    if let [only] = targets {
        let covering = covering(facts, user, grants, &[*only]);
        return vec![covering.iter().any(Option::is_some)];
    }
    let mut scopes: HashSet<Scope> = HashSet::default();
    let mut bounded: IndexMap<Label, (), FxBuildHasher> = IndexMap::default();
    for grant in grants {
        scopes.insert(match grant.scope {
            Scope::Oneself => Scope::This(Place::User(user)),
            scope => scope,
        });
        if let Scope::Labelled(label, Some(_)) = grant.scope {
            bounded.insert(label, ());
        }
    }
    if scopes.contains(&Scope::Platform) {
        return vec![true; targets.len()];
    }
    let places = targets.iter().filter_map(|target| target.place());
    let order = graph::bottom_up(places, |place| climb(facts, place.into(), place, true));
    steps::took(order.len() + grants.len());
    // What is said of a place as one that something is in, and of a user as a target.
    let mut marks: HashMap<Place, Marks> = HashMap::default();
    for place in order {
        let above = climb(facts, place.into(), place, true);
        let above: Vec<(Place, Marks)> = above
            .into_iter()
            .map(|above| (above, marks.get(&above).cloned().unwrap_or_default()))
            .collect();
        let group = place.group();
        let under = group.is_some_and(|group| scopes.contains(&Scope::Underlying(group)))
            || (group.is_some() && above.iter().any(|(_, marks)| marks.is_under));
        // Which of the labels have a bound at the place or above: seen from what is in it, and from it as a target.
        let (mut bounds, mut as_carrier) = (FixedBitSet::new(), FixedBitSet::new());
        for (at, (label, ())) in bounded.iter().enumerate() {
            let is_bound = |group| scopes.contains(&Scope::Labelled(*label, Some(group)));
            let higher = above.iter().any(|(_, marks)| marks.bounds.contains(at));
            if group.is_some_and(is_bound) || (higher && !matches!(place, Place::User(_))) {
                bounds.grow_and_insert(at);
            }
            if higher || bounds.contains(at) {
                as_carrier.grow_and_insert(at);
            }
        }
        let mut labels = facts.labels(place);
        let labelled = labels.any(|label| {
            scopes.contains(&Scope::Labelled(label, None))
                || bounded
                    .get_index_of(&label)
                    .is_some_and(|at| as_carrier.contains(at))
        });
        let own = scopes.contains(&Scope::This(place)) || under || labelled;
        let higher = above.iter().any(|(_, marks)| marks.is_covered);
        let is_covered = own || (higher && matches!(place, Place::Resource(_)));
        let as_target = is_covered || (higher && matches!(place, Place::User(_)));
        let found = Marks {
            is_covered,
            as_target,
            is_under: under,
            bounds,
        };
        marks.insert(place, found);
    }
    let of = |target: &Target| {
        let marks = target.place().and_then(|place| marks.get(&place));
        marks.is_some_and(|marks| marks.as_target)
    };
    targets.iter().map(of).collect()
}

/// What is known of a place.
#[derive(Clone, Debug, Default)]
struct Marks {
    /// Whether what is in it is covered.
    is_covered: bool,
    as_target: bool,
    /// Whether it is a group at or below which all is covered.
    is_under: bool,
    /// The labels of which a bound is at it or above.
    bounds: FixedBitSet,
}

/// Those of the places that are under the target.
pub(crate) fn below(facts: &Facts, places: &[Place], about: Place) -> Vec<bool> {
    let order = graph::bottom_up(places.iter().copied(), |place| {
        climb(facts, place.into(), place, true)
    });
    steps::took(order.len());
    let mut known: HashMap<Place, [bool; 2]> = HashMap::default();
    for place in order {
        let above = climb(facts, place.into(), place, true);
        let higher = above.iter().any(|above| {
            let known = known.get(above).copied().unwrap_or_default();
            known[0]
        });
        let is_user = matches!(place, Place::User(_));
        let inside = place == about || (higher && !is_user);
        known.insert(place, [inside, inside || higher]);
    }
    let of = |place: &Place| {
        let [_, as_target] = known.get(place).copied().unwrap_or_default();
        as_target
    };
    places.iter().map(of).collect()
}
