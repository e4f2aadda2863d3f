//! Sequences of edits: the engine, a rebuild from scratch and both witnesses are compared after every edit, answers and errors.

use std::collections::BTreeSet;

use proptest::prelude::*;
use rolecall::testing::{Oracle, Size, World, histories};
use rolecall::{Change, Declaration, GrantName, ProblemKind, Uncovered};

use crate::witnesses::{oracle_answers, questions};
use crate::{datalog, engine};

/// The sorts of refusals that rules give.
const BY_RULES: [ProblemKind; 5] = [
    ProblemKind::RuleBroken,
    ProblemKind::MissingRole,
    ProblemKind::WrongState,
    ProblemKind::MissingFact,
    ProblemKind::NotActive,
];

fn check(world: &World) -> Result<(), TestCaseError> {
    let declarations = &world.declarations;
    // A grant rule speaks of new grants and may not be kept by old ones, so a rebuild goes without rules.
    let free = declarations
        .iter()
        .filter(|it| !matches!(it, Declaration::Rule(_)));
    let free: Vec<Declaration> = free.cloned().collect();
    let mut policy = engine::policy(declarations);
    let mut replica = engine::policy(declarations);
    let mut oracle = Oracle::new(declarations);
    for (at, edit) in world.edits.iter().enumerate() {
        let before = policy.snapshot();
        let old = oracle.clone();
        match (policy.apply(edit), oracle.apply(edit)) {
            (Ok(entry), Ok(())) => {
                let now = policy.snapshot();
                prop_assert_eq!(entry.digest(), now.digest());
                prop_assert_eq!(entry.revision(), now.revision());
                prop_assert!(entry.revision() > before.revision());
                check_uncovered(entry.denies_covering_less(), &oracle, at)?;
                let diff = now.diff(&before).unwrap();
                check_uncovered(diff.denies_covering_less(), &oracle, at)?;
                replica.apply(entry.changes()).unwrap();
                prop_assert_eq!(
                    replica.snapshot().digest(),
                    now.digest(),
                    "replica of edit {}",
                    at
                );

                let inverse = entry.inverse();
                match (policy.preview(&inverse), oracle.clone().apply(&inverse)) {
                    (Ok(undone), Ok(())) => {
                        prop_assert_eq!(undone.digest(), before.digest(), "inverse of edit {}", at);
                        prop_assert_eq!(engine::facts(&undone), old.facts().clone());
                    }
                    (Err(refused), Err(kinds)) => {
                        prop_assert_eq!(engine::kinds(&refused), kinds.clone());
                        prop_assert!(
                            kinds
                                .iter()
                                .all(|(step, kind)| step.is_none() && BY_RULES.contains(kind))
                        );
                    }
                    (one, other) => prop_assert!(
                        false,
                        "inverse of edit {}: {:?} but {:?}",
                        at,
                        one.map(drop),
                        other
                    ),
                }
            }
            (Err(refused), Err(kinds)) => {
                prop_assert_eq!(engine::kinds(&refused), kinds, "edit {}: {}", at, refused);
                prop_assert_eq!(policy.snapshot().digest(), before.digest());
                prop_assert_eq!(policy.snapshot().revision(), before.revision());
            }
            (one, other) => prop_assert!(false, "edit {}: {:?} but {:?}", at, one.map(drop), other),
        }
        let now = policy.snapshot();
        prop_assert_eq!(
            &engine::facts(&now),
            oracle.facts(),
            "facts after edit {}",
            at
        );

        let mut rebuilt = engine::policy(&free);
        rebuilt.apply(&now.changes().collect::<Vec<_>>()).unwrap();
        let rebuilt = rebuilt.snapshot();
        prop_assert_eq!(rebuilt.digest(), now.digest());

        let questions = questions(&oracle, 3);
        let expected = oracle_answers(&oracle, &questions);
        prop_assert_eq!(
            &engine::answers(&now, &questions),
            &expected,
            "answers after edit {}",
            at
        );
        prop_assert_eq!(
            &engine::answers(&rebuilt, &questions),
            &expected,
            "rebuilt after edit {}",
            at
        );
        prop_assert_eq!(
            &datalog::answers(declarations, oracle.facts(), &questions),
            &expected
        );
        // An older snapshot still says what it said.
        prop_assert_eq!(&engine::facts(&before), old.facts());
    }
    Ok(())
}

/// The entry lists just the denies that cover less, each once, with a witness that is right.
fn check_uncovered(listed: &[Uncovered], oracle: &Oracle, at: usize) -> Result<(), TestCaseError> {
    let less = oracle.denies_covering_less();
    let expected: BTreeSet<&GrantName> = less.iter().map(|it| &it.deny).collect();
    let denies: BTreeSet<&GrantName> = listed.iter().map(|it| &it.deny).collect();
    prop_assert_eq!(denies.len(), listed.len(), "a deny twice: {:?}", listed);
    prop_assert_eq!(denies, expected, "denies that cover less after edit {}", at);
    for uncovered in listed {
        prop_assert!(less.contains(uncovered), "edit {}: {}", at, uncovered);
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn engine_rebuild_and_witnesses_agree_after_every_edit(world in histories()) {
        check(&world)?;
    }
}

/// The same for fixed worlds, so that a failure has a number. `ROLECALL_LONG` asks many more.
#[test]
fn engine_rebuild_and_witnesses_agree_on_seeded_worlds() {
    let worlds = if std::env::var_os("ROLECALL_LONG").is_some() {
        20_000
    } else {
        60
    };
    for seed in 0..worlds {
        // In every other world some of the steps are about its rules.
        let about_rules = if seed % 2 == 0 { 0 } else { 40 };
        let size = Size::SMALL.with_edits(8).about_rules(about_rules);
        let world = World::from_seed(seed, size);
        if let Err(error) = check(&world) {
            panic!("seed {seed}: {error}");
        }
    }
}

/// One edit of many steps leads where the same steps lead one by one, if each of those is accepted.
#[test]
fn an_edit_is_its_steps() {
    for seed in 0..60 {
        let world = World::from_seed(seed, Size::SMALL);
        let free = world
            .declarations
            .iter()
            .filter(|it| !matches!(it, Declaration::Rule(_)));
        let free: Vec<Declaration> = free.cloned().collect();
        let (mut whole, mut single) = (engine::policy(&free), engine::policy(&free));
        whole.apply(&world.edits[0]).unwrap();
        for step in &world.edits[0] {
            single.apply(std::slice::from_ref(step)).unwrap();
        }
        assert_eq!(
            whole.snapshot().digest(),
            single.snapshot().digest(),
            "seed {seed}"
        );
    }
}

/// The same edit again changes nothing: whatever was done is already so, unless it adds, removes or renames a thing.
#[test]
fn facts_asserted_again_are_already_so() {
    for seed in 0..60 {
        let world = World::from_seed(seed, Size::SMALL);
        let mut policy = engine::policy(&world.declarations);
        policy.apply(&world.edits[0]).unwrap();
        let now = policy.snapshot();
        let links: Vec<Change> = now
            .changes()
            .filter(|fact| !matches!(fact, Change::Add(_)))
            .collect();
        let entry = policy.apply(&links).unwrap();
        assert!(entry.changes().is_empty(), "seed {seed}");
        assert_eq!(entry.already_so(), links);
        assert_eq!(entry.digest(), now.digest());
    }
}
