//! Asks a world everything its file has an answer for, and prints what came out.

use std::io::{self, Write};
use std::time::{Duration, Instant};

use crate::file::{Check, WhoCan, WorldFile};
use crate::world::World;

/// How many wrong answers of a file are told in detail; the rest by their entries alone.
const DETAILED: usize = 20;

/// How many names of a list that is wrong are told.
const NAMED: usize = 10;

/// How many answers were right and how many wrong.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Tally {
    pub(crate) passed: usize,
    pub(crate) failed: usize,
}

impl Tally {
    /// Adds what came out of one more file.
    pub(crate) fn add(&mut self, other: Tally) {
        self.passed += other.passed;
        self.failed += other.failed;
    }

    fn count(answers: usize, wrong: usize) -> Self {
        Tally {
            passed: answers - wrong,
            failed: wrong,
        }
    }
}

/// A wrong answer: its entry, what was asked, expected and answered, and why the engine says so.
struct Wrong {
    entry: String,
    detail: String,
    explanation: String,
}

/// Prints the sizes of a file and how long it took to become a policy.
pub(crate) fn print_sizes(
    out: &mut impl Write,
    file: &WorldFile,
    read: Duration,
    built: Duration,
) -> io::Result<()> {
    let sizes = [
        ("users", file.users.len()),
        ("groups", file.groups.len()),
        ("parents of groups", file.parents.iter().map(Vec::len).sum()),
        ("memberships", file.members.len()),
        ("resources", file.resources.len()),
        ("kinds", file.kinds.len()),
        ("labels", file.labels.len()),
        ("permissions", file.permissions.len()),
        ("roles", file.roles.len()),
        ("grants", file.grants.len()),
        ("denies", file.denies.len()),
        ("prerequisites", file.prerequisites.len()),
        ("tag rules", file.tag_rules.len()),
        ("checks", file.checks.len()),
        ("who-can lists", file.who_can.len()),
    ];
    for (what, size) in sizes {
        writeln!(out, "  {what:<20} {size:>10}")?;
    }
    let milliseconds = |took: Duration| took.as_secs_f64() * 1e3;
    writeln!(out, "  {:<20} {:>10.1} ms", "read", milliseconds(read))?;
    writeln!(out, "  {:<20} {:>10.1} ms", "built", milliseconds(built))
}

/// Asks everything, and prints the speed and every wrong answer.
pub(crate) fn replay(out: &mut impl Write, file: &WorldFile, world: &World) -> io::Result<Tally> {
    let start = Instant::now();
    let answers: Vec<bool> = file
        .checks
        .iter()
        .map(|check| world.can(check.user, check.permission, check.target))
        .collect();
    print_speed(out, "checks", file.checks.len(), start.elapsed())?;

    let start = Instant::now();
    let lists: Vec<Vec<usize>> = file
        .who_can
        .iter()
        .map(|list| world.who_can(list.permission, list.target))
        .collect();
    print_speed(out, "who-can lists", file.who_can.len(), start.elapsed())?;

    let mut wrong = wrong_checks(file, world, &answers);
    wrong.extend(wrong_lists(file, world, &lists));
    print_wrong(out, &wrong)?;
    Ok(Tally::count(answers.len() + lists.len(), wrong.len()))
}

fn print_speed(out: &mut impl Write, what: &str, asks: usize, took: Duration) -> io::Result<()> {
    if asks == 0 {
        return Ok(());
    }
    let per_second = asks as f64 / took.as_secs_f64().max(1e-9);
    writeln!(
        out,
        "  {what:<20} {asks:>10} asks, {per_second:.0} a second"
    )
}

fn wrong_checks(file: &WorldFile, world: &World, answers: &[bool]) -> Vec<Wrong> {
    let asked = file.checks.iter().zip(answers);
    asked
        .filter(|(check, answer)| check.expected != **answer)
        .map(|(check, answer)| wrong_check(file, world, check, *answer))
        .collect()
}

fn wrong_check(file: &WorldFile, world: &World, check: &Check, answer: bool) -> Wrong {
    let (section, index) = check.entry;
    Wrong {
        entry: format!("{section}[{index}]"),
        detail: format!(
            "user {}, {}, on {}: expected {}, answered {answer}",
            file.users.shown(check.user),
            file.permissions.shown(check.permission),
            file.spot(check.target),
            check.expected,
        ),
        explanation: world.explain(check.user, check.permission, check.target),
    }
}

fn wrong_lists(file: &WorldFile, world: &World, lists: &[Vec<usize>]) -> Vec<Wrong> {
    let asked = file.who_can.iter().zip(lists).enumerate();
    asked
        .filter(|(_, (expected, answer))| expected.users != **answer)
        .map(|(index, (expected, answer))| Wrong {
            entry: format!("who_can[{index}]"),
            detail: wrong_list(file, expected, answer),
            explanation: explain_list(world, expected, answer),
        })
        .collect()
}

/// Why one user is on the list, or is not, against what was expected.
fn explain_list(world: &World, expected: &WhoCan, answer: &[usize]) -> String {
    let on_one_side = |all: &[usize], others: &[usize]| {
        all.iter()
            .find(|user| others.binary_search(user).is_err())
            .copied()
    };
    let user =
        on_one_side(&expected.users, answer).or_else(|| on_one_side(answer, &expected.users));
    user.map(|user| world.explain(user, expected.permission, expected.target))
        .unwrap_or_default()
}

fn wrong_list(file: &WorldFile, expected: &WhoCan, answer: &[usize]) -> String {
    let without = |all: &[usize], others: &[usize]| {
        let mut rest = all.to_vec();
        rest.retain(|user| others.binary_search(user).is_err());
        rest
    };
    format!(
        "{} on {}: missing {}, too many {}",
        file.permissions.shown(expected.permission),
        file.spot(expected.target),
        named(file, &without(&expected.users, answer)),
        named(file, &without(answer, &expected.users)),
    )
}

/// Some users by name.
fn named(file: &WorldFile, users: &[usize]) -> String {
    let shown: Vec<_> = users
        .iter()
        .take(NAMED)
        .map(|&user| file.users.shown(user))
        .collect();
    match users.len() {
        0 => "nobody".to_owned(),
        count if count > NAMED => format!("{} and {} more", shown.join(", "), count - NAMED),
        _ => shown.join(", "),
    }
}

fn print_wrong(out: &mut impl Write, wrong: &[Wrong]) -> io::Result<()> {
    let (detailed, rest) = wrong.split_at(wrong.len().min(DETAILED));
    for Wrong {
        entry,
        detail,
        explanation,
    } in detailed
    {
        writeln!(out, "  WRONG {entry}: {detail}")?;
        for line in explanation.lines() {
            writeln!(out, "    {line}")?;
        }
    }
    for line in rest.chunks(NAMED) {
        let entries: Vec<_> = line.iter().map(|wrong| wrong.entry.as_str()).collect();
        writeln!(out, "  WRONG {}", entries.join(", "))?;
    }
    Ok(())
}
