//! How long until a change is visible in a new snapshot?

use rolecall::{Edit, Grant, Group, Policy, Problem, Scope, Snapshot};

use crate::Outcome;
use crate::clock::Times;
use crate::report::Row;
use crate::yardstick::asking::{Asking, can};
use crate::yardstick::built::Handles;
use crate::yardstick::questions::Below;
use crate::yardstick::random::SplitMix64;
use crate::yardstick::world::{PERMISSIONS, Size, World};

/// How many small changes are made and unmade.
const SMALL: usize = 2_000;

/// How many changes to a group with many below it are made and unmade.
const LARGE: usize = 50;

/// How many groups are below the group that is changed, as near as there is one.
const GROUPS_BELOW: usize = 1_000;

/// How many questions are asked again when all is as it was.
const ASKED: usize = 20_000;

pub(crate) fn rows(
    size: &Size,
    world: &World,
    below: &Below,
    policy: &mut Policy,
    handles: &Handles,
    asking: &Asking,
) -> Outcome {
    let goals = size.name == "L";
    let before = policy.snapshot().digest();
    let mut random = SplitMix64(0xC0);
    one_membership(goals, policy, handles, &mut random)?;
    one_deny(goals, policy, handles, &mut random)?;
    large_group(goals, world, below, policy, handles)?;
    let now = policy.snapshot();
    assert_eq!(now.digest(), before, "everything was undone");
    for (asked, answer) in asking.asked.iter().zip(&asking.answers).take(ASKED) {
        assert_eq!(can(&now, asked), *answer, "{asked:?}");
    }
    Ok(())
}

/// Edits, commits and takes the new snapshot, which replaces the old one.
fn commit(
    policy: &mut Policy,
    now: &mut Snapshot,
    times: &mut Times,
    work: impl FnOnce(&mut Edit<'_>) -> Result<(), Problem>,
) -> Outcome {
    times.run(|| {
        let mut edit = policy.edit_unguarded();
        work(&mut edit)?;
        edit.commit()?;
        *now = policy.snapshot();
        Ok(())
    })
}

fn one_membership(
    goals: bool,
    policy: &mut Policy,
    handles: &Handles,
    random: &mut SplitMix64,
) -> Outcome {
    let (mut now, mut times) = (policy.snapshot(), Times::default());
    for _ in 0..SMALL {
        let Some((user, group)) = random
            .pick(&handles.users)
            .zip(random.pick(&handles.groups))
        else {
            continue;
        };
        if now.groups_of(user)?.any(|other| other == group) {
            continue;
        }
        commit(policy, &mut now, &mut times, |edit| {
            edit.add_member(user, group)
        })?;
        assert!(now.groups_of(user)?.any(|other| other == group));
        commit(policy, &mut now, &mut times, |edit| {
            edit.remove_member(user, group)
        })?;
        assert!(now.groups_of(user)?.all(|other| other != group));
    }
    small_row(goals, "commit, one membership", &times);
    Ok(())
}

fn one_deny(
    goals: bool,
    policy: &mut Policy,
    handles: &Handles,
    random: &mut SplitMix64,
) -> Outcome {
    let (mut now, mut times) = (policy.snapshot(), Times::default());
    for _ in 0..SMALL {
        let permission = handles.permissions[random.below(PERMISSIONS) as usize];
        let Some((user, group)) = random
            .pick(&handles.users)
            .zip(random.pick(&handles.groups))
        else {
            continue;
        };
        let deny = Grant::deny(permission)
            .to(user)
            .on(Scope::underlying(group));
        commit(policy, &mut now, &mut times, |edit| edit.grant(deny))?;
        assert!(now.grants_to(user)?.any(|grant| grant == deny));
        commit(policy, &mut now, &mut times, |edit| edit.revoke(deny))?;
        assert!(now.grants_to(user)?.all(|grant| grant != deny));
    }
    small_row(goals, "commit, one deny of one user", &times);
    Ok(())
}

fn small_row(goals: bool, name: &str, times: &Times) {
    Row::of(name)
        .took(times)
        .goal_if(goals, "10 µs", times.median() <= 10_000.0)
        .goal_if(goals, "p99 100 µs", times.p99() <= 100_000.0)
        .print();
}

/// A group of the first layer with about a thousand below it: a grant to it, and a move of it from below one to below another.
fn large_group(
    goals: bool,
    world: &World,
    below: &Below,
    policy: &mut Policy,
    handles: &Handles,
) -> Outcome {
    let groups = (0..world.parents.len()).zip(world.parents.iter());
    let first: Vec<u32> = groups
        .filter(|(_, parents)| parents.is_empty())
        .map(|(group, _)| group)
        .collect();
    let count = |group: &u32| below.downward(&[*group]).len() - 1;
    let near = |group: &&u32| count(group).abs_diff(GROUPS_BELOW);
    let Some(large) = first.iter().min_by_key(near) else {
        return Ok(());
    };
    let note = format!("{} groups below", count(large));
    let others = first.iter().filter(|group| *group != large);
    let handle = |group: &u32| handles.groups[*group as usize];
    let others: Vec<Group> = others.map(handle).collect();
    let (subject, permission) = (handle(large), handles.permissions[0]);

    let (mut now, mut times) = (policy.snapshot(), Times::default());
    for (group, _) in handles.groups.iter().rev().zip(0..LARGE) {
        let grant = Grant::permission(permission)
            .to(subject)
            .on(Scope::underlying(*group));
        if now.grants_to(subject)?.any(|other| other == grant) {
            continue;
        }
        commit(policy, &mut now, &mut times, |edit| edit.grant(grant))?;
        commit(policy, &mut now, &mut times, |edit| edit.revoke(grant))?;
    }
    large_row(goals, "commit, a grant to a large group", &times, &note);

    let [one, other, ..] = others[..] else {
        Row::of("commit, a move of a large group")
            .note("there is nowhere to move it")
            .print();
        return Ok(());
    };
    let mut aside = Times::default();
    commit(policy, &mut now, &mut aside, |edit| {
        edit.attach(subject, one)
    })?;
    let mut times = Times::default();
    for _ in 0..LARGE {
        for (from, to) in [(one, other), (other, one)] {
            commit(policy, &mut now, &mut times, |edit| {
                edit.detach(subject, from)?;
                edit.attach(subject, to)
            })?;
            assert!(now.parents(subject)?.eq([to]));
        }
    }
    commit(policy, &mut now, &mut aside, |edit| {
        edit.detach(subject, one)
    })?;
    large_row(goals, "commit, a move of a large group", &times, &note);
    Ok(())
}

fn large_row(goals: bool, name: &str, times: &Times, note: &str) {
    Row::of(name)
        .took(times)
        .goal_if(goals, "1 ms", times.p99() <= 1e6)
        .note(note)
        .print();
}
