//! How long does a list of everyone, or of everything, take for what has to be visited?

use std::hint::black_box;

use allocation_counter::measure;
use rolecall::{Snapshot, Targets};

use crate::Outcome;
use crate::clock::Times;
use crate::report::{Row, bytes, time};
use crate::yardstick::asking::Asking;
use crate::yardstick::built::{Asked, COURSE, Handles};
use crate::yardstick::held::Held;
use crate::yardstick::lists::Lists;
use crate::yardstick::questions::{About, Below, Question};
use crate::yardstick::world::{GrantOf, Size, Subject, World};

/// How many questions are asked.
const ASKED: usize = 256;

/// How many further questions are about the grants with the most below them.
const LARGE: usize = 16;

/// How often each is asked; the median counts.
const TIMES: usize = 5;

/// What a question has to visit, and what it finds.
#[derive(Clone, Copy, Debug, Default)]
struct Visited {
    groups: usize,
    /// Memberships or placements in those groups.
    members: usize,
    found: usize,
}

impl Visited {
    /// In nanoseconds.
    fn allowed(self) -> f64 {
        5_000.0 + 50.0 * self.groups as f64 + 10.0 * self.members as f64
    }
}

pub(crate) fn rows(
    size: &Size,
    world: &World,
    below: &Below,
    handles: &Handles,
    now: &Snapshot,
    asking: &Asking,
) -> Outcome {
    let questions = questions(world, below, handles, asking);
    let held = Held::of(world);
    let course = now.catalog().kind(COURSE)?;

    let who: Vec<Visited> = questions
        .iter()
        .map(|(question, _)| who(world, below, &held, *question))
        .collect();
    let ask = |asked: &Asked| Ok(now.who_can(asked.permission, asked.target)?.len());
    row(size, "who_can", &questions, &who, ask)?;

    for (name, sort, below_of) in [
        ("where_can, users", Targets::Users, &below.members),
        ("where_can, courses", Targets::of(course), &below.courses),
    ] {
        let places = |question: &Question| {
            let pairs = held.by_user(question.user, world.users.of(question.user));
            let held = pairs
                .into_iter()
                .filter(|pair| pair.0 == question.permission);
            held.map(|(_, place)| place).collect::<Vec<u32>>()
        };
        let visited = questions
            .iter()
            .map(|(question, _)| visited(below, &places(question), below_of, None));
        let visited: Vec<Visited> = visited.collect();
        let ask = |asked: &Asked| Ok(now.where_can(asked.user, asked.permission, sort)?.len());
        row(size, name, &questions, &visited, ask)?;
    }
    len(now, &questions, &who)
}

/// Questions drawn to be yes, and some about the grants with the most groups below.
fn questions(
    world: &World,
    below: &Below,
    handles: &Handles,
    asking: &Asking,
) -> Vec<(Question, Asked)> {
    let drawn = asking.questions.iter().zip(&asking.asked).take(ASKED);
    let mut questions: Vec<_> = drawn.map(|(question, asked)| (*question, *asked)).collect();
    // The first layer has the most groups below.
    let first = |group: u32| world.parents.of(group).is_empty();
    let is_large = |grant: &&GrantOf| {
        let subject = matches!(grant.subject, Subject::Group(group) if first(group));
        subject || first(grant.scope)
    };
    for grant in world.grants.iter().filter(is_large).take(LARGE) {
        let mut random = crate::yardstick::random::SplitMix64(u64::from(grant.scope));
        let holder = below.holder(grant.subject, &mut random);
        let about = below.covered(grant.scope, &mut random);
        if let (Some(user), Some(about)) = (holder, about) {
            let permission = grant.permission;
            let question = Question {
                user,
                permission,
                about,
            };
            questions.push((question, handles.asked(question)));
        }
    }
    questions
}

/// The groups below those that hold the permission where the target is, and their memberships.
fn who(world: &World, below: &Below, held: &Held, question: Question) -> Visited {
    let covering = match question.about {
        About::User(user) => held.above_all(world.users.of(user)),
        About::Course(course) => held.above_all(world.courses.of(course)),
    };
    let (mut groups, mut users) = (Vec::new(), Vec::new());
    for grant in &world.grants {
        let covers = covering.binary_search(&grant.scope).is_ok();
        if covers && grant.permission == question.permission {
            match grant.subject {
                Subject::Group(group) => groups.push(group),
                Subject::User(user) => users.push(user),
            }
        }
    }
    visited(below, &groups, &below.members, Some(users))
}

fn visited(below: &Below, groups: &[u32], members: &Lists, more: Option<Vec<u32>>) -> Visited {
    let groups = below.downward(groups);
    let lists = groups.iter().map(|group| members.of(*group));
    let mut found: Vec<u32> = lists.flatten().copied().collect();
    let members = found.len();
    found.extend(more.into_iter().flatten());
    found.sort_unstable();
    found.dedup();
    Visited {
        groups: groups.len(),
        members,
        found: found.len(),
    }
}

/// Each question is measured by itself, for each has its own bound.
fn row(
    size: &Size,
    name: &str,
    questions: &[(Question, Asked)],
    visited: &[Visited],
    ask: impl Fn(&Asked) -> Outcome<usize>,
) -> Outcome {
    let mut all = Times::default();
    let (mut parts, mut groups, mut members) = <(Times, Times, Times)>::default();
    for ((_, asked), visited) in questions.iter().zip(visited) {
        let mut times = Times::default();
        for _ in 0..TIMES {
            assert_eq!(times.run(|| ask(asked))?, visited.found);
        }
        all.push(times.median());
        parts.push(times.median() / visited.allowed());
        groups.push(visited.groups as f64);
        members.push(visited.members as f64);
    }
    let goal = "5 µs + 50 ns a group + 10 ns a membership";
    Row::of(format!("{name}, one holds"))
        .took(&all)
        .goal_if(size.name == "L", goal, parts.p99() <= 1.0)
        .note(format!(
            "{:.2}x of that in the median, {:.2}x in the p99; visited {} groups and {} memberships, in the p99 {} and {}",
            parts.median(),
            parts.p99(),
            groups.median(),
            members.median(),
            groups.p99(),
            members.p99(),
        ))
        .print();
    Ok(())
}

/// What the number alone costs once the list is there, and what it allocates.
fn len(now: &Snapshot, questions: &[(Question, Asked)], visited: &[Visited]) -> Outcome {
    let largest = (0..questions.len()).max_by_key(|at| visited[*at].found);
    let Some((_, asked)) = largest.map(|at| questions[at]) else {
        return Ok(());
    };
    let list = now.who_can(asked.permission, asked.target)?;
    let (mut times, mut found) = (Times::default(), 0);
    for _ in 0..100 {
        found = times.run(|| list.len());
    }
    let inside = measure(|| found = black_box(list.len()));
    let mut whole = Ok(0);
    let asking = measure(|| {
        whole = now
            .who_can(asked.permission, asked.target)
            .map(|list| list.len())
    });
    assert_eq!(found, whole?);
    let per_result = asking.bytes_total as f64 / found.max(1) as f64;
    Row {
        rolecall: time(times.median()),
        ..Row::of("len() of the longest who_can")
    }
    .goal("no allocation", inside.count_total == 0)
    .note(format!(
        "{found} results; the whole question allocates {} times, {}, {per_result:.3} bytes a result",
        asking.count_total,
        bytes(asking.bytes_total as f64),
    ))
    .print();
    Ok(())
}
