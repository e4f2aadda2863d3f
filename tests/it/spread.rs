//! The generators are tested themselves: what they make is varied, and what is in it matters for the answers.

use std::collections::{BTreeMap, BTreeSet};

use rolecall::testing::{Oracle, Size, World};
use rolecall::{Change, Declaration, Effect, GrantName, ProblemKind, Requirement};

use crate::engine::without_rules;
use crate::witnesses::{oracle_answers, questions};

const WORLDS: u64 = 100;

fn state(world: &World, keep: impl Fn(&Change) -> bool) -> Oracle {
    let free = without_rules(&world.declarations);
    let mut whole = Oracle::new(&free);
    whole.apply(&world.edits[0]).unwrap();
    let facts: Vec<Change> = whole
        .facts()
        .iter()
        .filter(|fact| keep(fact))
        .cloned()
        .collect();
    let mut oracle = Oracle::new(&free);
    oracle.apply(&facts).unwrap();
    oracle
}

/// Over a fixed set of worlds, denies, inheritance and placements each decide at least a tenth of the questions.
#[test]
fn denies_inheritance_and_placements_matter() {
    let (mut asked, mut yes) = (0_usize, 0_usize);
    let mut flips: BTreeMap<&str, usize> = BTreeMap::new();
    for seed in 0..WORLDS {
        let world = World::from_seed(seed, Size::SMALL);
        let whole = state(&world, |_| true);
        let questions = questions(&whole, 2);
        let answers = oracle_answers(&whole, &questions);
        asked += questions.len() * whole.users().count();
        yes += answers.len();
        let is_deny = |fact: &Change| {
            matches!(
                fact,
                Change::Grant(GrantName {
                    effect: Effect::Deny,
                    ..
                })
            )
        };
        let without = [
            ("denies", state(&world, |fact| !is_deny(fact))),
            (
                "inheritance",
                state(&world, |fact| !matches!(fact, Change::Attach { .. })),
            ),
            (
                "placements",
                state(&world, |fact| !matches!(fact, Change::Place { .. })),
            ),
        ];
        for (dropped, oracle) in without {
            let others = oracle_answers(&oracle, &questions);
            *flips.entry(dropped).or_default() += answers.symmetric_difference(&others).count();
        }
    }
    let percent = |count: usize| 100.0 * count as f64 / asked as f64;
    println!(
        "{asked} questions in {WORLDS} worlds, {:.1} % yes",
        percent(yes)
    );
    assert!((15.0..=85.0).contains(&percent(yes)));
    for (dropped, count) in flips {
        println!("{:.1} % flip without {dropped}", percent(count));
        assert!(
            percent(count) >= 10.0,
            "only {:.1} % flip without {dropped}",
            percent(count)
        );
    }
}

/// Every form of a requirement, every sort of fact and every sort of refusal is drawn.
#[test]
fn everything_is_drawn() {
    let mut forms: BTreeSet<String> = BTreeSet::new();
    let mut sorts: BTreeMap<String, usize> = BTreeMap::new();
    let mut refusals: BTreeMap<String, usize> = BTreeMap::new();
    let (mut diamonds, mut deepest, mut duplicates, mut rules) = (0, 0, 0, 0);
    let (mut accepted, mut refused) = (0, 0);
    for seed in 0..2 * WORLDS {
        let world = World::from_seed(seed, Size::SMALL.with_edits(12));
        for declaration in &world.declarations {
            if let Declaration::Action { requirement, .. } = declaration {
                collect_forms(requirement, &mut forms);
            }
        }
        rules += world.rules().count();
        let mut oracle = Oracle::new(&world.declarations);
        for (at, edit) in world.edits.iter().enumerate() {
            for step in edit {
                let sort = format!("{step:?}")
                    .split([' ', '('])
                    .next()
                    .unwrap()
                    .to_owned();
                *sorts.entry(sort).or_default() += 1;
            }
            match oracle.apply(edit) {
                Ok(()) => accepted += 1,
                Err(kinds) => {
                    assert_ne!(
                        at, 0,
                        "the building edit of seed {seed} is refused: {kinds:?}"
                    );
                    refused += 1;
                    for (_, kind) in kinds {
                        *refusals.entry(format!("{kind:?}")).or_default() += 1;
                    }
                }
            }
            if at == 0 {
                let shape = Shape::of(&oracle);
                diamonds += usize::from(shape.diamond);
                deepest = deepest.max(shape.depth);
                duplicates += usize::from(shape.duplicate);
            }
        }
    }
    println!("{forms:?}\n{sorts:?}\n{refusals:?}");
    println!(
        "{diamonds} diamonds, {deepest} deep, {duplicates} duplicates, {rules} rules; {accepted} edits accepted, {refused} refused"
    );
    let all = [
        "Holds",
        "Above",
        "Within",
        "Marked",
        "Allows",
        "All",
        "Any",
        "With",
        "On Nth",
        "On Platform",
    ];
    assert_eq!(forms, all.iter().map(|form| (*form).to_owned()).collect());
    assert_eq!(sorts.len(), 19, "a sort of step is never drawn");
    use ProblemKind::*;
    for kind in [
        Unknown,
        AlreadyExists,
        Malformed,
        Inherited,
        LiftsDenies,
        Loop,
        RuleBroken,
        MissingRole,
        WrongState,
        MissingFact,
        NotActive,
    ] {
        assert!(
            refusals.contains_key(&format!("{kind:?}")),
            "no edit is refused as {kind:?}"
        );
    }
    assert!(diamonds * 4 >= WORLDS as usize && duplicates * 4 >= WORLDS as usize && deepest >= 5);
    assert!(accepted >= refused / 2 && refused >= accepted / 8);
}

fn collect_forms(requirement: &Requirement, forms: &mut BTreeSet<String>) {
    let text = format!("{requirement:?}");
    let form = match text.split(['(', ' ']).next().unwrap() {
        "On" => format!("On {}", text[3..].split(['(', ',']).next().unwrap()),
        form => form.to_owned(),
    };
    forms.insert(form);
    match requirement {
        Requirement::All(parts) | Requirement::Any(parts) => {
            parts.iter().for_each(|part| collect_forms(part, forms))
        }
        Requirement::With(main, companions) => {
            collect_forms(main, forms);
            companions
                .iter()
                .for_each(|part| collect_forms(part, forms));
        }
        Requirement::On(_, part) => collect_forms(part, forms),
        _ => {}
    }
}

/// What a world is like.
struct Shape {
    /// Some group has two parents that are below one group.
    diamond: bool,
    /// The longest chain of groups.
    depth: usize,
    /// A user holds one thing on one scope in two ways.
    duplicate: bool,
}

impl Shape {
    fn of(oracle: &Oracle) -> Shape {
        let mut parents: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for fact in oracle.facts() {
            if let Change::Attach { group, parent } = fact {
                parents.entry(group).or_default().push(parent);
            }
        }
        let above = |group: &str| {
            let mut reached = BTreeSet::new();
            let mut open = parents.get(group).cloned().unwrap_or_default();
            while let Some(x) = open.pop() {
                if reached.insert(x.to_owned()) {
                    open.extend(parents.get(x).into_iter().flatten());
                }
            }
            reached
        };
        let diamond = parents.values().any(|of_one| {
            of_one.iter().enumerate().any(|(at, one)| {
                of_one
                    .iter()
                    .skip(at + 1)
                    .any(|other| !above(one).is_disjoint(&above(other)))
            })
        });
        let mut depth = 0;
        for group in oracle.groups() {
            let (mut layer, mut length) = (BTreeSet::from([group]), 0);
            while !layer.is_empty() {
                length += 1;
                layer = layer
                    .iter()
                    .filter_map(|it| parents.get(it))
                    .flatten()
                    .copied()
                    .collect();
            }
            depth = depth.max(length);
        }
        let grants = oracle.facts().iter().filter_map(|fact| match fact {
            Change::Grant(grant) => Some(grant),
            _ => None,
        });
        let grants: Vec<_> = grants.collect();
        let duplicate = oracle.users().any(|user| {
            let subjects = oracle.holds_as(user);
            let held: Vec<_> = grants
                .iter()
                .filter(|it| subjects.contains(&it.subject))
                .collect();
            let distinct: BTreeSet<_> = held
                .iter()
                .map(|it| (it.effect, &it.what, &it.scope))
                .collect();
            distinct.len() < held.len()
        });
        Shape {
            diamond,
            depth,
            duplicate,
        }
    }
}
