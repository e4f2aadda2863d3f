//! Whether a permission is held at all of a scope, told by a world in which something new stands at every place.

use std::collections::BTreeSet;

use super::Oracle;
use crate::{Change, Effect, PlaceName, ScopeName, TargetName, ThingName};

/// What new things are called; no name of a generated world ends so.
const NEW: &str = " (new)";

/// A world, and the one in which something new has come to every place, with each label and with none.
#[derive(Debug)]
pub struct Throughout<'a> {
    here: &'a Oracle,
    grown: Oracle,
    /// The targets of the world that has grown, each with what it is at and under there.
    later: Vec<Sits>,
    /// The targets of the world as it is.
    now: Vec<Sits>,
}

#[derive(Debug)]
struct Sits {
    at: BTreeSet<TargetName>,
    under: BTreeSet<TargetName>,
}

impl Throughout<'_> {
    /// holds_throughout(u, p, s): some allow of p held by u covers all that s covers, in this world and in the one that has grown; and no
    /// deny of p held by u does so, or covers anything here that s covers.
    #[must_use]
    pub fn holds(&self, user: &str, permission: &str, scope: &ScopeName) -> bool {
        let scopes = |effect| {
            let gives = |what: &_| self.here.gives(what, permission);
            let held = self.here.held(user, effect, gives).into_iter();
            held.map(|grant| &grant.scope).collect::<Vec<_>>()
        };
        let later = |scope: &ScopeName| covered(&self.grown, &self.later, scope, user);
        let now = |scope: &ScopeName| covered(self.here, &self.now, scope, user);
        let asked = (later(scope), now(scope));
        let as_wide = |held: &&ScopeName| asked.0.is_subset(&later(held));
        let meets = |deny: &&ScopeName| !asked.1.is_disjoint(&now(deny));
        let denies = scopes(Effect::Deny);
        scopes(Effect::Allow).iter().any(as_wide)
            && !denies.iter().any(as_wide)
            && !denies.iter().any(meets)
    }
}

/// Which of the targets the scope covers for the user, by their place in the list.
fn covered(world: &Oracle, targets: &[Sits], scope: &ScopeName, user: &str) -> BTreeSet<usize> {
    let group = |group: &String| TargetName::Place(PlaceName::Group(group.clone()));
    let carriers: BTreeSet<TargetName> = match scope {
        ScopeName::Labelled { label, within } => {
            let bound = within.as_ref().map_or(TargetName::Platform, group);
            let marked = world.has_label.iter();
            let marked = marked.filter(|(_, labels)| labels.contains(label));
            let marked = marked.map(|(place, _)| TargetName::Place(place.clone()));
            marked.filter(|p| world.under(p).contains(&bound)).collect()
        }
        _ => BTreeSet::new(),
    };
    let covers = |Sits { at, under }: &Sits| match scope {
        ScopeName::Platform => true,
        ScopeName::This(place) => at.contains(&TargetName::Place(place.clone())),
        ScopeName::Underlying(g) => under.contains(&group(g)),
        ScopeName::Labelled { .. } => !at.is_disjoint(&carriers),
        ScopeName::Oneself => at.contains(&TargetName::Place(PlaceName::user(user))),
    };
    let targets = targets.iter().enumerate();
    let covered = targets.filter(|(_, target)| covers(target));
    covered.map(|(at, _)| at).collect()
}

impl Oracle {
    /// For questions about whole scopes: see [`Throughout::holds`].
    #[must_use]
    pub fn throughout(&self) -> Throughout<'_> {
        let grown = self.grown();
        let sits = |world: &Oracle| {
            let targets = world.targets_and_platform();
            let sits = targets.iter().map(|target| Sits {
                at: world.at(target),
                under: world.under(target),
            });
            sits.collect()
        };
        Throughout {
            here: self,
            later: sits(&grown),
            now: sits(self),
            grown,
        }
    }

    fn targets_and_platform(&self) -> Vec<TargetName> {
        let places = self.things.iter().filter_map(|thing| match thing {
            ThingName::User(name) => Some(PlaceName::user(name)),
            ThingName::Group(name) => Some(PlaceName::group(name)),
            ThingName::Resource { kind, name } => Some(PlaceName::resource(kind, name)),
            ThingName::Role(_) => None,
        });
        let places = places.map(TargetName::Place);
        places.chain([TargetName::Platform]).collect()
    }

    /// The world with new things, each with one label or none: a user, a group and a resource that are nowhere; below and in each group, a
    /// group and a member; and a resource in each place, new or old.
    fn grown(&self) -> Oracle {
        let mut grown = self.clone();
        let groups: Vec<Option<String>> = self
            .things
            .iter()
            .filter_map(|thing| match thing {
                ThingName::Group(name) => Some(Some(name.clone())),
                _ => None,
            })
            .chain([None])
            .collect();
        let labels: Vec<Option<&String>> = self.labels.keys().map(Some).chain([None]).collect();
        for label in &labels {
            for group in &groups {
                let name = format!("{group:?} {label:?}{NEW}");
                let mark = |place: PlaceName| {
                    let label = label.map(|label| label.to_owned());
                    label.map(|label| Change::AddLabel { place, label })
                };
                let (user, sub) = (name.clone(), name.clone());
                let mut facts = vec![
                    Change::Add(ThingName::user(&name)),
                    Change::Add(ThingName::group(&name)),
                ];
                facts.extend(mark(PlaceName::user(&name)));
                facts.extend(mark(PlaceName::group(&name)));
                if let Some(group) = group.clone() {
                    facts.push(Change::AddMember {
                        user,
                        group: group.clone(),
                    });
                    facts.push(Change::Attach {
                        group: sub,
                        parent: group,
                    });
                }
                grown.facts.extend(facts);
            }
        }
        grown.relate();
        let places: Vec<Option<PlaceName>> = grown
            .targets_and_platform()
            .into_iter()
            .map(|target| match target {
                TargetName::Place(place) => Some(place),
                TargetName::Platform => None,
            })
            .collect();
        let kind = "new";
        for label in &labels {
            for place in &places {
                let resource = format!("{place:?} {label:?}{NEW}");
                let itself = PlaceName::resource(kind, &resource);
                let label = label.map(|label| label.to_owned());
                let mark = label.map(|label| Change::AddLabel {
                    place: itself,
                    label,
                });
                let placed = place.clone().map(|place| Change::Place {
                    kind: kind.to_owned(),
                    resource: resource.clone(),
                    place,
                });
                let added = Change::Add(ThingName::resource(kind, &resource));
                grown
                    .facts
                    .extend([Some(added), mark, placed].into_iter().flatten());
            }
        }
        grown.relate();
        grown
    }
}
