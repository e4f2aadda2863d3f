//! Whether there is any target at all.

use crate::facts::Facts;
use crate::facts::grant::Scope;
use crate::id::{Target, User};
use crate::index::Index;
use crate::index::ask::Asker;
use crate::limit::limit;
use crate::query::reverse::classes::{Class, Extent, SORTS, any_combination, refine};
use crate::query::reverse::down::Sort;
use crate::query::reverse::formula::{Atom, Spot, atoms_of, evaluate};
use crate::query::reverse::sets::Slots;
use crate::query::reverse::wheres::Where;

/// How many places that the user's grants name are asked about before anything larger is worked out.
const CANDIDATES: usize = limit(16, 1);

pub(crate) fn can_anywhere(
    facts: &Facts,
    index: &Index,
    user: User,
    action: u32,
    targets: usize,
) -> bool {
    let asker = Asker::new(facts, index, user);
    if targets == 1 {
        candidates(facts, index, user)
            .into_iter()
            .any(|target| asker.can(action, &[target]))
            || SORTS.into_iter().any(|sort| {
                let mut wheres = Where::new(facts, index, user, vec![None], sort);
                evaluate(&facts.catalog, action, &mut wheres).len(sort.count(facts)) > 0
            })
    } else {
        let positions: Vec<Vec<Target>> = (0..targets)
            .map(|position| representatives(facts, index, user, action, position))
            .collect();
        any_combination(&positions, |targets| asker.can(action, targets))
    }
}

/// Targets that are likely to do.
fn candidates(facts: &Facts, index: &Index, user: User) -> Vec<Target> {
    let held = index.held_by(facts, user);
    let named = held
        .entries()
        .into_iter()
        .filter_map(|(_, _, key)| match index.scope_of(key) {
            Scope::This(place) => Some(Target::from(place)),
            Scope::Underlying(group) => Some(Target::Group(group)),
            Scope::Platform | Scope::Labelled(..) | Scope::Oneself => None,
        });
    [Target::Platform, Target::User(user)]
        .into_iter()
        .chain(named.take(CANDIDATES))
        .collect()
}

/// One target of each class at a position of the question.
///
/// All that matters of a target at a position is which atoms on that position are true of it. A class of which less is true than of
/// another can be left out: no atom is negated but those that block, and these are turned round.
fn representatives(
    facts: &Facts,
    index: &Index,
    user: User,
    action: u32,
    position: usize,
) -> Vec<Target> {
    let atoms = atoms_of(&facts.catalog, action);
    let here: Vec<Atom> = atoms
        .into_iter()
        .filter(|(_, spot)| *spot == Spot::Nth(position))
        .map(|(atom, _)| atom)
        .collect();
    let mut classes = Vec::new();
    for sort in SORTS {
        let mut wheres = Where::new(facts, index, user, vec![None], sort);
        let sets = here
            .iter()
            .map(|atom| helpful(*atom, atom.of(&mut wheres, Spot::Nth(0))));
        classes.extend(refine(facts, sort, Slots::all(), sets.collect()));
    }
    let mut platform = Where::new(facts, index, user, Vec::new(), Sort::Users);
    let marks = here
        .iter()
        .map(|atom| helpful(*atom, atom.of(&mut platform, Spot::Platform)).is_all());
    classes.push(Class {
        extent: Extent::Platform,
        marks: marks.collect(),
    });

    let covers = |one: &Class, other: &Class| {
        one.marks
            .iter()
            .zip(&other.marks)
            .all(|(one, other)| *one || !*other)
    };
    let mut best: Vec<Class> = Vec::new();
    for class in classes {
        if !best.iter().any(|other| covers(other, &class)) {
            best.retain(|other| !covers(&class, other));
            best.push(class);
        }
    }
    best.iter()
        .filter_map(|class| class.extent.first(facts))
        .collect()
}

/// The set in which an atom helps.
fn helpful(atom: Atom, set: Slots) -> Slots {
    match atom {
        Atom::Taken(_) => set.inverse(),
        Atom::Holds(_) | Atom::Above(..) | Atom::Within(_) | Atom::Marked(_) => set,
    }
}
