//! Whether anybody gains an answer by a removal: the gained half of a difference, as far as denies that are near can turn answers.
//!
//! Facts that go take allows away and never give any, so an answer that is gained was kept no by a deny that reached the user, or a
//! place that the question speaks of, along what was removed. Only those users and places are compared.

use std::collections::{BTreeSet, HashSet};
use std::sync::Arc;

use crate::facts::grant::{Grant, Scope, What};
use crate::facts::near::Near;
use crate::facts::removal::{Gain, Judge, Judgement, Removal};
use crate::id::{Subject, Target, Thing, User};
use crate::index::{Delta, Index};
use crate::query::diff::parts::{Comparison, Turn};
use crate::query::diff::touched::{State, Touched};
use crate::query::plain::{Known, Plain};
use crate::query::reverse::classes::any_combination;
use crate::query::reverse::down::Sort;
use crate::query::reverse::formula::{Atom, Spot, atoms_of};

impl Judge for Index {
    fn judge(&self, removal: &Removal<'_>) -> Judgement {
        let Removal { before, after, .. } = *removal;
        if removal.looped {
            return Judgement {
                gain: plainly(removal),
                judge: None,
            };
        }
        let earlier = match removal.since {
            [] => self.clone(),
            since => self.apply(&Delta {
                before: removal.known,
                facts: before,
                log: since,
            }),
        };
        let later = earlier.apply(&Delta {
            before,
            facts: after,
            log: removal.log,
        });
        let gain = gained(
            [
                State {
                    facts: before,
                    index: &earlier,
                },
                State {
                    facts: after,
                    index: &later,
                },
            ],
            removal,
        );
        let known = if gain.is_some() { earlier } else { later };
        Judgement {
            gain,
            judge: Some(Arc::new(known)),
        }
    }
}

/// An answer that is gained between the two states, which have no loop.
fn gained(states: [State<'_>; 2], removal: &Removal<'_>) -> Option<Gain> {
    let [_, now] = states;
    let touched = Touched::by_removal(states, removal.thing, removal.near);
    actions_near(removal).find_map(|action| {
        let parts = Comparison::new(states, &touched, action).parts();
        parts.into_iter().find_map(|part| {
            if part.turn == Turn::Lost {
                return None;
            }
            let mut slots = Sort::Users.members_from(now.facts, &part.users, 0);
            let user = slots.find_map(|slot| now.facts.user_at(slot))?;
            let targets = part.targets.iter().map(|extents| {
                let mut extents = extents.iter();
                extents.find_map(|extent| extent.first(now.facts))
            });
            named(removal, user, action, targets.collect::<Option<_>>()?)
        })
    })
}

/// The actions that rest on what one of the denies that are near takes.
fn actions_near<'a>(removal: &'a Removal<'_>) -> impl Iterator<Item = u32> + use<'a> {
    let catalog = &removal.before.catalog;
    let book = removal.before.book();
    let taken: BTreeSet<What> = removal.near.all().iter().map(|deny| deny.what).collect();
    let actions = catalog.actions().map(|action| action.index);
    actions.filter(move |action| {
        if taken.contains(&What::Everything) {
            return true;
        }
        let atoms = atoms_of(catalog, *action).into_iter();
        let mut permissions = atoms.filter_map(|(atom, _)| atom.permission());
        permissions.any(|permission| taken.iter().any(|what| book.gives(*what, permission)))
    })
}

/// The gain with a deny that kept the answer no: one that alone would, if there is one.
fn named(removal: &Removal<'_>, user: User, action: u32, targets: Vec<Target>) -> Option<Gain> {
    let [before, after] = [removal.before, removal.after].map(Known::new);
    let held: HashSet<Grant> = before.held(user).into_iter().collect();
    let mut near = removal.near.all();
    near.retain(|deny| held.contains(deny));
    let stops = |denies: &[Grant]| {
        let mut asker = Plain::new(&after, user);
        asker.keep(&before, denies.to_vec());
        !asker.can(action, &targets)
    };
    let mut denies = near.iter();
    let alone = denies.find(|deny| stops(std::slice::from_ref(*deny)));
    // Else several do together, of which the last is needed with those before it.
    let together = || {
        let enough = |count: &usize| stops(near.get(..*count).unwrap_or_default());
        let count = (1..=near.len()).find(enough)?;
        near.get(count - 1)
    };
    let deny = alone.or_else(together).copied();
    let deny = deny.or_else(|| removal.near.all().first().copied())?;
    Some(Gain {
        deny,
        user,
        action: removal
            .before
            .catalog
            .actions()
            .find(|it| it.index == action)?,
        targets,
    })
}

/// An answer that is gained, in states that may have loops. Users who hold the same grants are asked about once.
fn plainly(removal: &Removal<'_>) -> Option<Gain> {
    let states = [removal.before, removal.after].map(Known::new);
    let [before, after] = &states;
    let targets = all_targets(removal);
    let mut alike = HashSet::new();
    for user in users_near(removal) {
        let held = [before, after].map(|state| state.held(user));
        let of_oneself = |grant: &Grant| grant.scope == Scope::Oneself;
        let itself = held.iter().flatten().any(of_oneself).then_some(user);
        if !alike.insert((held, itself)) {
            continue;
        }
        let mut askers = [before, after].map(|state| Plain::new(state, user));
        for action in actions_near(removal) {
            let lists = classes(removal, &mut askers, action, &targets);
            let mut gain = None;
            any_combination(&lists, |chosen| {
                let [was, is] = &mut askers;
                if is.can(action, chosen) && !was.can(action, chosen) {
                    gain = named(removal, user, action, chosen.to_vec());
                }
                gain.is_some()
            });
            if gain.is_some() {
                return gain;
            }
        }
    }
    None
}

/// For each position of the action one target of each class of which its atoms say the same, in both states.
fn classes(
    removal: &Removal<'_>,
    askers: &mut [Plain<'_>; 2],
    action: u32,
    targets: &[Target],
) -> Vec<Vec<Target>> {
    let catalog = &removal.before.catalog;
    let positions = catalog.formulas().action(action).map_or(0, |of| of.targets);
    let atoms = atoms_of(catalog, action);
    let lists = (0..positions).map(|position| {
        let at = atoms
            .iter()
            .filter(|(_, spot)| *spot == Spot::Nth(position));
        let atoms: Vec<Atom> = at.map(|(atom, _)| *atom).collect();
        let mut met = HashSet::new();
        let mut marks = |target: Target| {
            let mut says =
                |atom: &Atom| askers.each_mut().map(|asker| asker.is_true(*atom, target));
            atoms.iter().map(&mut says).collect::<Vec<[bool; 2]>>()
        };
        let targets = targets.iter().copied();
        targets
            .filter(|target| met.insert(marks(*target)))
            .collect()
    });
    lists.collect()
}

/// Those whom a deny that is near reached, or may have.
fn users_near(removal: &Removal<'_>) -> BTreeSet<User> {
    let Near {
        held,
        covering,
        given,
    } = removal.near;
    let mut subjects: BTreeSet<Subject> = BTreeSet::new();
    if let (Thing::Group(group), false) = (removal.thing, held.is_empty()) {
        subjects.insert(Subject::Group(group));
    }
    let others = covering.iter().chain(given).map(|deny| deny.subject);
    subjects.extend(others);
    let before = removal.before;
    let users = subjects.into_iter();
    let users = users.flat_map(|subject| before.users_held_as(subject));
    users
        .filter(|user| removal.after.check((*user).into()).is_ok())
        .collect()
}

/// Every target after the removal.
fn all_targets(removal: &Removal<'_>) -> Vec<Target> {
    let facts = removal.after;
    let users = facts.all_users().map(Target::User);
    let groups = facts.all_groups().map(Target::Group);
    let resources = facts.all_resources().map(Target::Resource);
    let all = users.chain(groups).chain(resources);
    [Target::Platform].into_iter().chain(all).collect()
}
