//! How long do the questions of a screen take: a list of targets, the buttons of a page, what someone holds, and why?

use std::collections::HashSet;
use std::hint::black_box;

use rolecall::{AskError, Scope, Snapshot, Target};

use crate::Outcome;
use crate::asks::AskedOf;
use crate::clock::Times;
use crate::report::{Row, ratio, time};
use crate::yardstick::asking::{Asking, Yardsticks};
use crate::yardstick::built::Handles;
use crate::yardstick::held::Held;
use crate::yardstick::questions::{Question, anything_asked};
use crate::yardstick::random::SplitMix64;
use crate::yardstick::world::{Size, World};

/// How many targets a list of questions is about.
const TARGETS: usize = 500;

/// How many lists of questions are asked.
const LISTS: usize = 256;

/// How often each other question is asked.
const ASKED: usize = 8_192;

/// Of how many users the list is compared with the world.
const COMPARED: usize = 256;

pub(crate) fn rows(
    size: &Size,
    world: &World,
    handles: &Handles,
    now: &Snapshot,
    yardsticks: &Yardsticks,
    asked: &AskedOf,
) -> Outcome {
    let goals = size.name == "L";
    can_each(goals, world, handles, now, yardsticks, &asked.together)?;
    allowed_actions(goals, handles, now, yardsticks, &asked.together)?;
    effective_permissions(goals, world, handles, now, &asked.together)?;
    explain(goals, now, "explain", &asked.together)?;
    explain(false, now, "explain, drawn yes", &asked.yes)
}

/// One user and one permission about many targets, half of the users drawn to hold the permission.
fn can_each(
    goals: bool,
    world: &World,
    handles: &Handles,
    now: &Snapshot,
    yardsticks: &Yardsticks,
    asking: &Asking,
) -> Outcome {
    let mut random = SplitMix64(500);
    let (mut each, mut single) = (Times::default(), Times::default());
    let (mut floor, mut baseline) = (Times::default(), Times::default());
    let pairs = asking.asked.iter().zip(&asking.questions);
    for (at, (asked, question)) in pairs.take(LISTS).enumerate() {
        let mut about = || -> Vec<_> {
            let about = (0..TARGETS).map(|_| anything_asked(world, &mut random));
            about.collect()
        };
        // Both are asked of targets of their own: whoever came second would find them in the cache.
        let (about, others) = (about(), about());
        let targets = |about: &[_]| -> Vec<Target> {
            about.iter().map(|about| handles.target(*about)).collect()
        };
        let (targets, others) = (targets(&about), targets(&others));
        let questions: Vec<Question> = about
            .into_iter()
            .map(|about| Question { about, ..*question })
            .collect();
        let (user, permission) = (asked.user, asked.permission);
        let ask_each = |targets: &[Target]| now.can_each(user, permission, targets.iter().copied());
        let ask_single = |targets: &[Target]| -> Vec<bool> {
            let targets = targets.iter();
            targets
                .map(|&target| now.can(user, permission, target))
                .collect()
        };
        let (answers, singly) = match at % 2 {
            0 => {
                let answers = each.run(|| ask_each(&targets));
                (answers, single.run(|| ask_single(&others)))
            }
            _ => {
                let singly = single.run(|| ask_single(&others));
                (each.run(|| ask_each(&targets)), singly)
            }
        };
        assert_eq!(singly, ask_each(&others));
        let by_floor: Vec<bool> = floor.run(|| {
            questions
                .iter()
                .map(|one| yardsticks.table.can(*one))
                .collect()
        });
        assert_eq!(answers, by_floor);
        if at % 16 == 0 {
            let ask = || {
                questions
                    .iter()
                    .map(|one| yardsticks.baseline.can(*one))
                    .collect()
            };
            let by_baseline: Vec<bool> = baseline.run(ask);
            assert_eq!(answers, by_baseline);
        }
    }
    let (took, alone) = (each.median(), single.median());
    Row {
        floor: format!("{} table", time(floor.median())),
        baseline: time(baseline.median()),
        of_floor: ratio(took, floor.median()),
        of_baseline: ratio(baseline.median(), took),
        ..Row::of(format!("can_each, {TARGETS} targets")).took(&each)
    }
    .goal_if(goals, "0.60x of single asks", took <= 0.6 * alone)
    .note(format!(
        "{} of {TARGETS} single asks, {}",
        ratio(took, alone),
        time(alone)
    ))
    .print();
    Ok(())
}

/// All actions of a user on a target at once.
fn allowed_actions(
    goals: bool,
    handles: &Handles,
    now: &Snapshot,
    yardsticks: &Yardsticks,
    asking: &Asking,
) -> Outcome {
    let mut times = Times::default();
    let pairs = asking.asked.iter().zip(&asking.questions);
    for (asked, question) in pairs.take(ASKED) {
        let actions = times.run(|| now.allowed_actions(asked.user, asked.target))?;
        let permissions = (0..).zip(&handles.permissions);
        let expected = permissions.filter(|(permission, _)| {
            let permission = *permission;
            yardsticks.table.can(Question {
                permission,
                ..*question
            })
        });
        let expected: Vec<_> = expected
            .map(|(_, permission)| (*permission).into())
            .collect();
        assert_eq!(actions, expected);
    }
    Row::of("allowed_actions")
        .took(&times)
        .goal_if(goals, "1.2 µs", times.median() <= 1_200.0)
        .print();
    Ok(())
}

/// What a user holds and where, read to the end, and from which sources.
fn effective_permissions(
    goals: bool,
    world: &World,
    handles: &Handles,
    now: &Snapshot,
    asking: &Asking,
) -> Outcome {
    let held = Held::of(world);
    let (mut listed, mut sourced) = (Times::default(), Times::default());
    let pairs = asking.asked.iter().zip(&asking.questions);
    for (at, (asked, question)) in pairs.take(ASKED).enumerate() {
        let list = listed.run(|| {
            let list = now.effective_permissions(asked.user)?;
            list.iter()
                .for_each(|entry| _ = black_box((entry.permission(), entry.scope())));
            Ok::<_, AskError>(list)
        })?;
        sourced.run(|| {
            let list = now.effective_permissions(asked.user)?;
            let sources = list.iter().map(|entry| entry.sources().count());
            Ok::<_, AskError>(sources.sum::<usize>())
        })?;
        if at < COMPARED {
            let entries = list.iter().map(|entry| (entry.permission(), entry.scope()));
            let pairs = held.by_user(question.user, world.users.of(question.user));
            let expected = pairs.into_iter().map(|(permission, place)| {
                let scope = Scope::underlying(handles.groups[place as usize]);
                (handles.permissions[permission as usize], scope)
            });
            assert_eq!(
                entries.collect::<HashSet<_>>(),
                expected.collect::<HashSet<_>>()
            );
        }
    }
    Row::of("effective_permissions")
        .took(&listed)
        .goal_if(goals, "3 µs", listed.median() <= 3_000.0)
        .print();
    Row::of("effective_permissions, sources counted")
        .took(&sourced)
        .print();
    Ok(())
}

/// Why, or why not.
fn explain(goals: bool, now: &Snapshot, name: &str, asking: &Asking) -> Outcome {
    let mut times = Times::default();
    for (asked, answer) in asking.asked.iter().zip(&asking.answers).take(ASKED) {
        let ask = || now.explain(asked.user, asked.permission, asked.target);
        let explanation = times.run(ask)?;
        assert_eq!(explanation.is_allowed(), *answer);
        assert_eq!(explanation.sources().is_empty(), !*answer);
    }
    Row::of(name)
        .took(&times)
        .goal_if(goals, "10 µs", times.median() <= 10_000.0)
        .print();
    Ok(())
}
