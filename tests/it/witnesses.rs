//! The two witnesses agree with each other on generated worlds, and with the answers recorded in real ones.

use std::collections::BTreeMap;

use proptest::prelude::*;
use rolecall::testing::{Oracle, Size, World, histories, worlds};
use rolecall::{Change, Declaration, TargetName};

use crate::{datalog, world};

/// Every action with every target; one with two targets gets each target with `seconds` others.
pub(crate) fn questions(oracle: &Oracle, seconds: usize) -> Vec<(String, Vec<TargetName>)> {
    let targets = oracle.targets();
    let mut questions = Vec::new();
    for (action, count) in oracle.actions() {
        for (at, first) in targets.iter().enumerate() {
            match count {
                1 => questions.push((action.to_owned(), vec![first.clone()])),
                _ => {
                    let others = targets
                        .iter()
                        .cycle()
                        .skip(at)
                        .take(seconds.min(targets.len()));
                    questions.extend(
                        others.map(|other| (action.to_owned(), vec![first.clone(), other.clone()])),
                    );
                }
            }
        }
    }
    questions
}

/// Who can do what by the oracle.
pub(crate) fn oracle_answers(
    oracle: &Oracle,
    questions: &[(String, Vec<TargetName>)],
) -> datalog::Answers {
    let mut answers = datalog::Answers::new();
    for (action, targets) in questions {
        for user in oracle
            .users()
            .filter(|user| oracle.can(user, action, targets))
        {
            answers.insert((user.to_owned(), action.clone(), targets.clone()));
        }
    }
    answers
}

fn agree(world: &World) -> Result<(), TestCaseError> {
    let mut oracle = Oracle::new(&world.declarations);
    for edit in &world.edits {
        let _refused = oracle.apply(edit);
    }
    let questions = questions(&oracle, 4);
    let derived = datalog::answers(&world.declarations, oracle.facts(), &questions);
    prop_assert_eq!(oracle_answers(&oracle, &questions), derived);
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn oracle_and_datalog_agree_on_every_question_of_generated_worlds(world in worlds()) {
        agree(&world)?;
    }

    #[test]
    fn oracle_and_datalog_agree_after_edits(world in histories()) {
        agree(&world)?;
    }
}

#[test]
fn oracle_and_datalog_agree_on_seeded_worlds() {
    for seed in 0..100 {
        agree(&World::from_seed(seed, Size::SMALL.with_edits(3))).unwrap();
    }
}

/// The answers recorded in world files are those of both witnesses.
#[test]
fn both_witnesses_answer_the_world_files() {
    for file in world::files() {
        let mut oracle = Oracle::new(&file.declarations);
        oracle.apply(&file.changes).unwrap();

        let mut questions: Vec<(String, Vec<TargetName>)> = file
            .checks
            .iter()
            .map(|(_, action, target, _)| (action.clone(), vec![target.clone()]))
            .collect();
        questions.extend(
            file.who_can
                .iter()
                .map(|(action, target, _)| (action.clone(), vec![target.clone()])),
        );
        questions.sort();
        questions.dedup();
        let derived = datalog::answers(&file.declarations, oracle.facts(), &questions);
        let mut who: BTreeMap<(&str, &TargetName), Vec<&str>> = BTreeMap::new();
        for (user, action, targets) in &derived {
            who.entry((action, &targets[0])).or_default().push(user);
        }

        let mut asked = 0;
        for (user, action, target, answer) in &file.checks {
            let question = [target.clone()];
            assert_eq!(
                oracle.can(user, action, &question),
                *answer,
                "{}: {user} {action} {target}",
                file.name
            );
            let by_rules = who
                .get(&(action, target))
                .is_some_and(|users| users.contains(&user.as_str()));
            assert_eq!(by_rules, *answer, "{}: {user} {action} {target}", file.name);
            asked += 1;
        }
        let users: Vec<&str> = oracle.users().collect();
        for (action, target, listed) in &file.who_can {
            let question = [target.clone()];
            let listed: Vec<&str> = listed.iter().map(String::as_str).collect();
            let able: Vec<&str> = users
                .iter()
                .copied()
                .filter(|user| oracle.can(user, action, &question))
                .collect();
            assert_eq!(able, listed, "{}: who can {action} {target}", file.name);
            let by_rules = who
                .get(&(action.as_str(), target))
                .cloned()
                .unwrap_or_default();
            assert_eq!(by_rules, listed, "{}: who can {action} {target}", file.name);
        }
        println!(
            "{}: {asked} checks and {} lists, both witnesses",
            file.name,
            file.who_can.len()
        );
    }
}

/// A replay of the oracle's own facts gives the same facts. Rules are left out: a grant rule speaks of new grants, and one that was kept when
/// the grant was made may not be kept by the facts of today.
#[test]
fn facts_rebuild_the_oracle() {
    for seed in 0..50 {
        let world = World::from_seed(seed, Size::SMALL.with_edits(5));
        let mut oracle = Oracle::new(&world.declarations);
        for edit in &world.edits {
            let _refused = oracle.apply(edit);
        }
        let facts: Vec<Change> = oracle.facts().iter().cloned().collect();
        let free = world
            .declarations
            .iter()
            .filter(|it| !matches!(it, Declaration::Rule(_)));
        let mut again = Oracle::new(&free.cloned().collect::<Vec<_>>());
        assert_eq!(again.apply(&facts), Ok(()), "seed {seed}");
        assert_eq!(again.facts(), oracle.facts());
    }
}
