//! Which denies are near facts that go: those that reach somebody or something along them.
//!
//! Whoever is not near a deny loses none, so that most removals are no more than looked at here. What is near may still cover all that it
//! did, along other facts: that is for those who compare the two states.

use rustc_hash::FxHashMap as HashMap;

use crate::facts::grant::{Grant, Scope, What};
use crate::facts::{Fact, Facts};
use crate::graph;
use crate::id::{Group, Place, Role, Subject, Thing};

/// Denies near facts that go, by the side on which they are. One that is near on several sides is listed on each.
#[derive(Debug, Default)]
pub(crate) struct Near {
    /// Those to a group above: some users may no longer be held as it.
    pub(crate) held: Vec<Grant>,
    /// Those that cover what is above, or what a label marks: they may no longer cover some targets.
    pub(crate) covering: Vec<Grant>,
    /// Those of roles that may give less.
    pub(crate) given: Vec<Grant>,
}

fn count(_steps: usize) {
    #[cfg(test)]
    counted::add(_steps);
}

impl Near {
    pub(crate) fn is_empty(&self) -> bool {
        self.held.is_empty() && self.covering.is_empty() && self.given.is_empty()
    }

    /// All of them, in order and each once.
    pub(crate) fn all(&self) -> Vec<Grant> {
        let all = self.held.iter().chain(&self.covering).chain(&self.given);
        let mut all: Vec<Grant> = all.copied().collect();
        all.sort_unstable();
        all.dedup();
        all
    }

    /// The denies near a thing that is going to be removed with the facts that name it, as far as they reach anything else through it.
    ///
    /// # Complexity
    ///
    /// Where there is no deny, or nothing is below the thing, nothing is looked at. Else linear in what is above it, and in the denies
    /// found.
    pub(crate) fn of_removal(facts: &Facts, thing: Thing, naming: &[Fact]) -> Near {
        if !facts.denies().has_denies() {
            return Near::default();
        }
        let holds = |place: Place| facts.contents(place).next().is_some();
        let naming = naming.iter().copied();
        // What reaches others through the thing is the facts by which it is below something, if others are below it.
        match thing {
            Thing::Group(group) => {
                let held =
                    facts.children(group).next().is_some() || facts.members(group).next().is_some();
                if !held && !holds(group.into()) {
                    return Near::default();
                }
                let above = naming.filter(|fact| match fact {
                    Fact::Parent(child, _) => *child == group,
                    other => matches!(other, Fact::Labelled(..)),
                });
                let mut near = Near::of(facts, above);
                if !held {
                    near.held.clear();
                }
                near
            }
            Thing::Resource(resource) if holds(resource.into()) => {
                let above = naming.filter(|fact| match fact {
                    Fact::Placed(placed, _) => *placed == resource,
                    other => matches!(other, Fact::Labelled(..)),
                });
                Near::of(facts, above)
            }
            // A user who is met on the way to a target is not climbed further: only their labels count.
            Thing::User(user) if holds(user.into()) => Near::of(
                facts,
                naming.filter(|fact| matches!(fact, Fact::Labelled(..))),
            ),
            Thing::Resource(_) | Thing::User(_) => Near::default(),
            Thing::Role(role) => {
                let mut including: HashMap<Role, bool> = HashMap::default();
                let given = facts.denies().denies_of_roles().filter(|deny| {
                    let What::Role(denied) = deny.what else {
                        return false;
                    };
                    *including.entry(denied).or_insert_with(|| {
                        let all = graph::reach([denied], |role| facts.role_includes(role));
                        all.contains(&role)
                    })
                });
                Near {
                    given: given.collect(),
                    ..Near::default()
                }
            }
        }
    }

    /// The denies that reach somebody or something along memberships, edges, placements and labels of the state. Of roles see
    /// [`Near::of_roles`].
    ///
    /// # Complexity
    ///
    /// Linear in what is above these facts, and in the denies found.
    pub(crate) fn of(facts: &Facts, along: impl Iterator<Item = Fact>) -> Near {
        let denies = facts.denies();
        if !denies.has_denies() {
            return Near::default();
        }
        // Whoever is below is held as these; what is below is under these, and at those places.
        let (mut holders, mut under): (Vec<Group>, Vec<Group>) = (Vec::new(), Vec::new());
        let (mut at, mut labels): (Vec<Place>, Vec<u32>) = (Vec::new(), Vec::new());
        for fact in along {
            match fact {
                Fact::Member(_, group) => {
                    holders.push(group);
                    at.push(group.into());
                }
                Fact::Parent(_, parent) => {
                    holders.push(parent);
                    under.push(parent);
                }
                Fact::Placed(_, place) => at.push(place),
                Fact::Labelled(_, label) => labels.push(label.index),
                Fact::Thing(_) | Fact::Gives(..) | Fact::Includes(..) | Fact::Grant(_) => {}
            }
        }
        let at = graph::reach(at, |place| {
            let resource = match place {
                Place::Resource(resource) => Some(resource),
                Place::User(_) | Place::Group(_) => None,
            };
            resource
                .into_iter()
                .flat_map(|resource| facts.placements(resource))
        });
        under.extend(at.iter().filter_map(|place| place.group()));
        let above = |groups| graph::reach(groups, |group| facts.parents(group));
        let (holders, under) = (above(holders), above(under));
        for place in &at {
            labels.extend(facts.label_indices(*place));
        }
        labels.sort_unstable();
        labels.dedup();

        count(holders.len() + under.len() + at.len() + labels.len());
        let held = holders.into_iter().map(Subject::Group);
        let held = held.flat_map(|subject| denies.denies_to(subject));
        let exactly = at.iter().flat_map(|place| {
            let this = denies.denies_on(*place);
            this.filter(|deny| matches!(deny.scope, Scope::This(_)))
        });
        let below = under.into_iter().flat_map(|group| {
            let on = denies.denies_on(group.into());
            on.filter(|deny| !matches!(deny.scope, Scope::This(_)))
        });
        let labelled = labels.into_iter();
        let labelled = labelled.flat_map(|label| denies.denies_labelled(label));
        let of_users = at.iter().any(|place| matches!(place, Place::User(_)));
        let oneself = of_users.then(|| denies.denies_at_oneself());
        let covering = exactly.chain(below).chain(labelled);
        let covering = covering.chain(oneself.into_iter().flatten());
        let near = Near {
            held: held.collect(),
            covering: covering.collect(),
            given: Vec::new(),
        };
        count(near.held.len() + near.covering.len());
        near
    }

    /// The denies of roles that give less in the later state, as far as they are recorded in both.
    pub(crate) fn of_roles(before: &Facts, after: &Facts) -> Vec<Grant> {
        let denies = before.denies().denies_of_roles();
        let less = denies.filter(|deny| match deny.what {
            What::Role(role) => {
                let lost = |permission| !after.book().gives(deny.what, permission);
                before.book().permissions(role).any(lost)
            }
            What::Permission(_) | What::Everything => false,
        });
        less.filter(|deny| after.contains(&Fact::Grant(*deny)))
            .collect()
    }
}

/// How many groups, places, labels and denies were looked at, for the tests.
#[cfg(test)]
pub(crate) mod counted {
    use std::cell::Cell;

    thread_local! {
        static STEPS: Cell<usize> = const { Cell::new(0) };
    }

    pub(super) fn add(steps: usize) {
        STEPS.with(|all| all.set(all.get() + steps));
    }

    /// Those since this was last asked, on this thread.
    pub(crate) fn steps() -> usize {
        STEPS.with(Cell::take)
    }
}
