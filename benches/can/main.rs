//! How long does a question take, beside the obvious way to answer it? And a list of questions, a whole build, a small commit?
//!
//! Half of the questions are answered with yes, and every answer is compared with the baseline before anything is measured.

mod baseline;
mod world;

use std::hint::black_box;
use std::time::Duration;

use criterion::{BatchSize, Criterion, Throughput};
use rolecall::{Catalog, Grant, Group, Permission, Policy, Scope, Snapshot, Target, User};

use crate::baseline::Baseline;
use crate::world::{About, PERMISSIONS, Question, Subject, World};

/// The sizes by name, in users.
const SIZES: [(&str, usize); 3] = [("S", 1_000), ("M", 10_000), ("L", 100_000)];

/// How many questions are asked by turns: enough that the largest world does not stay in the nearest cache.
const QUESTIONS: usize = 16_384;

/// How many courses one list of questions is about.
const LISTED: usize = 100;

fn main() {
    let mut criterion = Criterion::default()
        .warm_up_time(Duration::from_secs(1))
        .measurement_time(Duration::from_secs(3))
        .configure_from_args();
    let sizes = if only_tested() { &SIZES[..2] } else { &SIZES };
    for &(size, users) in sizes {
        bench_size(&mut criterion, size, users);
    }
    criterion.final_summary();
}

/// Whether everything is only run once to see that it works; the largest world is left out then.
fn only_tested() -> bool {
    let has = |flag: &str| std::env::args().any(|given| given == flag);
    has("--test") || !has("--bench")
}

fn bench_size(criterion: &mut Criterion, size: &str, users: usize) {
    let world = World::of(users);
    let baseline = Baseline::of(&world);
    let questions = world.questions(QUESTIONS, &baseline);
    let mut built = Built::of(&world);
    assert_answers(&built, &baseline, &questions);

    bench_can(criterion, size, &built, &baseline, &questions);
    bench_can_each(criterion, size, &built, &baseline, &questions);
    bench_build(criterion, size, &world);
    bench_commit(criterion, size, &mut built);
}

/// A world as a policy, with the handles in the order of the world's numbers.
struct Built {
    policy: Policy,
    snapshot: Snapshot,
    permissions: Vec<Permission>,
    users: Vec<User>,
    groups: Vec<Group>,
    courses: Vec<Target>,
}

/// A question in handles.
type Asked = (User, Permission, Target);

impl Built {
    fn of(world: &World) -> Built {
        build(world).expect("the world is free of loops and of names used twice")
    }

    fn asked(&self, question: Question) -> Asked {
        let about = match question.about {
            About::User(user) => self.users[user as usize].into(),
            About::Course(course) => self.courses[course as usize],
        };
        let user = self.users[question.user as usize];
        (user, self.permissions[question.permission as usize], about)
    }
}

fn build(world: &World) -> Result<Built, Box<dyn std::error::Error>> {
    let names: Vec<String> = (0..PERMISSIONS).map(|at| format!("p{at}")).collect();
    let mut catalog = Catalog::builder().kind("course");
    for name in &names {
        catalog = catalog.permission(name);
    }
    let catalog = catalog.build()?;
    let course = catalog.kind("course")?;
    let permissions = names.iter().map(|name| catalog.permission(name));
    let permissions = permissions.collect::<Result<Vec<_>, _>>()?;

    let mut policy = Policy::new(catalog);
    let mut edit = policy.edit();
    let groups = (0..world.parents.len()).map(|at| edit.add_group(&format!("g{at}")));
    let groups = groups.collect::<Result<Vec<_>, _>>()?;
    let users = (0..world.groups_of.len()).map(|at| edit.add_user(&format!("u{at}")));
    let users = users.collect::<Result<Vec<_>, _>>()?;
    for (&group, parents) in groups.iter().zip(&world.parents) {
        for &parent in parents {
            edit.attach(group, groups[parent as usize])?;
        }
    }
    for (&user, memberships) in users.iter().zip(&world.groups_of) {
        for &group in memberships {
            edit.add_member(user, groups[group as usize])?;
        }
    }
    let mut courses = Vec::with_capacity(world.courses.len());
    for (at, &group) in world.courses.iter().enumerate() {
        let course = edit.add_resource(course, &format!("c{at}"))?;
        edit.place(course, groups[group as usize])?;
        courses.push(Target::from(course));
    }
    for grant in &world.grants {
        let of = Grant::permission(permissions[grant.permission as usize]);
        let to = match grant.subject {
            Subject::User(user) => of.to(users[user as usize]),
            Subject::Group(group) => of.to(groups[group as usize]),
        };
        edit.grant(to.on(Scope::underlying(groups[grant.scope as usize])))?;
    }
    edit.commit()?;
    Ok(Built {
        snapshot: policy.snapshot(),
        policy,
        permissions,
        users,
        groups,
        courses,
    })
}

/// Every answer is the baseline's, and half of them are yes.
fn assert_answers(built: &Built, baseline: &Baseline, questions: &[Question]) {
    let mut yes = 0;
    for &question in questions {
        let (user, permission, about) = built.asked(question);
        let answer = built.snapshot.can(user, permission, about);
        assert_eq!(answer, baseline.can(question), "{question:?}");
        yes += usize::from(answer);
    }
    assert_eq!(yes, questions.len() / 2);
}

fn bench_can(
    criterion: &mut Criterion,
    size: &str,
    built: &Built,
    baseline: &Baseline,
    questions: &[Question],
) {
    let asked: Vec<Asked> = questions.iter().map(|&one| built.asked(one)).collect();
    let mut group = criterion.benchmark_group(format!("can/{size}"));
    group.throughput(Throughput::Elements(1));
    group.bench_function("rolecall", |bencher| {
        let mut turns = asked.iter().cycle();
        bencher.iter(|| {
            turns
                .next()
                .map(|&(user, permission, about)| built.snapshot.can(user, permission, about))
        });
    });
    group.bench_function("baseline", |bencher| {
        let mut turns = questions.iter().cycle();
        bencher.iter(|| turns.next().map(|&question| baseline.can(question)));
    });
    group.finish();
}

/// One user and one permission about a screenful of courses, as a list on a screen asks.
fn bench_can_each(
    criterion: &mut Criterion,
    size: &str,
    built: &Built,
    baseline: &Baseline,
    questions: &[Question],
) {
    let listed: Vec<Target> = built.courses.iter().copied().take(LISTED).collect();
    let expected = |question: Question| -> Vec<bool> {
        let courses = 0..listed.len() as u32;
        let about = courses.map(|course| Question {
            about: About::Course(course),
            ..question
        });
        about.map(|question| baseline.can(question)).collect()
    };
    let answers = |question: Question| -> Vec<bool> {
        let (user, permission, _) = built.asked(question);
        let targets = listed.iter().copied();
        built.snapshot.can_each(user, permission, targets)
    };
    for &question in questions.iter().take(LISTED) {
        assert_eq!(answers(question), expected(question), "{question:?}");
    }

    let mut group = criterion.benchmark_group(format!("can_each/{size}"));
    group.throughput(Throughput::Elements(listed.len() as u64));
    group.bench_function("rolecall", |bencher| {
        let mut turns = questions.iter().cycle();
        bencher.iter(|| turns.next().map(|&question| answers(question)));
    });
    group.bench_function("baseline", |bencher| {
        let mut turns = questions.iter().cycle();
        bencher.iter(|| turns.next().map(|&question| expected(question)));
    });
    group.finish();
}

/// From plain numbers to the first snapshot.
fn bench_build(criterion: &mut Criterion, size: &str, world: &World) {
    let mut group = criterion.benchmark_group(format!("build/{size}"));
    group.sample_size(10);
    group.bench_function("rolecall", |bencher| {
        bencher.iter_batched(|| (), |()| Built::of(world), BatchSize::PerIteration);
    });
    group.bench_function("baseline", |bencher| {
        bencher.iter_batched(|| (), |()| Baseline::of(world), BatchSize::PerIteration);
    });
    group.finish();
}

/// One membership comes or goes.
fn bench_commit(criterion: &mut Criterion, size: &str, built: &mut Built) {
    let (user, joined) = (built.users[0], built.groups[0]);
    let mut member = false;
    let mut group = criterion.benchmark_group(format!("commit/{size}"));
    group.sample_size(10);
    group.bench_function("one membership", |bencher| {
        bencher.iter(|| {
            let mut edit = built.policy.edit();
            let step = match member {
                true => edit.remove_member(user, joined),
                false => edit.add_member(user, joined),
            };
            step.expect("both handles resolve");
            member = !member;
            black_box(edit.commit().expect("a membership forms no loop"))
        });
    });
    group.finish();
}
