//! How long do lists take: who can, and where, by how many groups and memberships have to be visited?
//!
//! Groups form a tree of eight below each; the users and the courses are spread over them at random. The permission of each level is
//! granted to a group of that level, on another of that level and all below it. Lengths are compared with counts before anything is
//! measured.

use std::hint::black_box;
use std::time::Duration;

use criterion::{Criterion, Throughput};
use rolecall::{Catalog, Grant, Group, Permission, Policy, Scope, Snapshot, Target, Targets, User};

/// How many groups are below each.
const FAN: usize = 8;
/// How many levels there are; the root is level 0.
const LEVELS: usize = 6;

type Outcome<T> = Result<T, Box<dyn std::error::Error>>;

fn main() -> Outcome<()> {
    let mut criterion = Criterion::default()
        .warm_up_time(Duration::from_millis(500))
        .measurement_time(Duration::from_secs(2))
        .configure_from_args();
    let has = |flag: &str| std::env::args().any(|given| given == flag);
    let only_tested = has("--test") || !has("--bench");
    let sizes: &[usize] = if only_tested {
        &[10_000]
    } else {
        &[10_000, 1_000_000]
    };
    for users in sizes {
        bench_size(&mut criterion, *users)?;
    }
    criterion.final_summary();
    Ok(())
}

struct Built {
    now: Snapshot,
    permissions: Vec<Permission>,
    asker: User,
    first: User,
    /// For each level, the groups, members and courses below its first group.
    below: Vec<[usize; 3]>,
    course: rolecall::Kind,
    courses_at: Vec<Target>,
}

fn build(users: usize) -> Outcome<Built> {
    let names: Vec<String> = (0..LEVELS).map(|level| format!("level {level}")).collect();
    let mut catalog = Catalog::builder().kind("course").permission("everyone");
    for name in &names {
        catalog = catalog.permission(name);
    }
    let catalog = catalog.build()?;
    let course = catalog.kind("course")?;
    let permissions: Vec<Permission> = names
        .iter()
        .map(|name| catalog.permission(name))
        .collect::<Result<_, _>>()?;
    let everyone = catalog.permission("everyone")?;
    let mut policy = Policy::new(catalog);
    let mut edit = policy.edit_unguarded();
    let mut groups: Vec<Group> = vec![edit.add_group("root")?];
    let mut levels = vec![0];
    let mut start = 0;
    for level in 1..LEVELS {
        let end = groups.len();
        for parent in start..end {
            for _ in 0..FAN {
                let group = edit.add_group(&format!("g{}", groups.len()))?;
                edit.attach(group, groups[parent])?;
                groups.push(group);
            }
        }
        start = end;
        levels.push(start);
        debug_assert_eq!(levels.len(), level + 1);
    }
    let mut random = 1_u64;
    let mut below_of = |bound: usize| {
        random = random
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (random >> 33) as usize % bound
    };
    let (mut members, mut courses) = (vec![0; groups.len()], vec![0; groups.len()]);
    let mut first = None;
    for at in 0..users {
        let user = edit.add_user(&format!("u{at}"))?;
        first.get_or_insert(user);
        let group = below_of(groups.len());
        members[group] += 1;
        edit.add_member(user, groups[group])?;
    }
    for at in 0..users / 10 {
        let resource = edit.add_resource(course, &format!("c{at}"))?;
        let group = below_of(groups.len());
        courses[group] += 1;
        edit.place(resource, groups[group])?;
    }
    let asker = edit.add_user("asker")?;
    let (mut below, mut courses_at) = (Vec::new(), Vec::new());
    for (level, start) in levels.iter().enumerate() {
        let top = groups[*start];
        edit.grant(
            Grant::permission(permissions[level])
                .to(top)
                .on(Scope::underlying(top)),
        )?;
        edit.grant(
            Grant::permission(permissions[level])
                .to(asker)
                .on(Scope::underlying(top)),
        )?;
        let probe = edit.add_resource(course, &format!("probe {level}"))?;
        edit.place(probe, top)?;
        courses[*start] += 1;
        courses_at.push(Target::from(probe));
    }
    edit.grant(
        Grant::permission(everyone)
            .to_everyone()
            .on(Scope::Platform),
    )?;
    edit.commit()?;
    for (level, start) in levels.iter().enumerate() {
        // The groups below the first of a level are the first of all levels below.
        let (mut counts, mut width) = ([0; 3], 1);
        for start in &levels[level..] {
            let range = *start..*start + width;
            counts[0] += width;
            counts[1] += members[range.clone()].iter().sum::<usize>();
            counts[2] += courses[range].iter().sum::<usize>();
            width *= FAN;
        }
        debug_assert!(*start < groups.len());
        below.push(counts);
    }
    let first = first.ok_or("no users")?;
    Ok(Built {
        now: policy.snapshot(),
        permissions,
        asker,
        first,
        below,
        course,
        courses_at,
    })
}

fn bench_size(criterion: &mut Criterion, users: usize) -> Outcome<()> {
    let built = build(users)?;
    let Built { now, asker, .. } = &built;
    let mut group = criterion.benchmark_group(format!("lists/{users}"));
    group.sample_size(20);
    for (level, permission) in built.permissions.iter().enumerate() {
        let [groups, members, courses] = built.below[level];
        let target = built.courses_at[level];
        let found = now.who_can(*permission, target)?.len();
        assert!(
            found >= members && found <= members + 1,
            "{found} of {members}"
        );
        group.throughput(Throughput::Elements(members as u64));
        group.bench_function(format!("who_can/{groups} groups"), |bencher| {
            bencher.iter(|| {
                now.who_can(black_box(*permission), target)
                    .map(|list| list.len())
            });
        });
        let lists = [
            ("users", Targets::Users, members),
            ("groups", Targets::Groups, groups),
            ("courses", Targets::of(built.course), courses),
        ];
        for (name, sort, count) in lists {
            assert!(
                now.where_can(*asker, *permission, sort)?
                    .len()
                    .abs_diff(count)
                    <= LEVELS
            );
            group.throughput(Throughput::Elements(count as u64));
            group.bench_function(format!("where_can {name}/{groups} groups"), |bencher| {
                bencher.iter(|| {
                    now.where_can(*asker, black_box(*permission), sort)
                        .map(|list| list.len())
                });
            });
        }
    }
    let everyone = now.catalog().permission("everyone")?;
    assert_eq!(now.who_can(everyone, *asker)?.len(), users + 1);
    group.throughput(Throughput::Elements(1));
    group.bench_function("who_can/everyone", |bencher| {
        bencher.iter(|| {
            now.who_can(black_box(everyone), *asker)
                .map(|list| list.len())
        });
    });
    group.bench_function("can_anywhere", |bencher| {
        bencher.iter(|| now.can_anywhere(black_box(built.first), everyone));
    });
    let list = now.who_can(built.permissions[0], built.courses_at[0])?;
    group.bench_function("page of 50", |bencher| {
        bencher.iter(|| {
            list.page(None, black_box(50))
                .map(|page| page.items().len())
        });
    });
    group.finish();
    bench_why(criterion, &built, users)
}

/// Why, what would change it, and what a change would do.
fn bench_why(criterion: &mut Criterion, built: &Built, users: usize) -> Outcome<()> {
    let Built {
        now, asker, first, ..
    } = built;
    let last = LEVELS - 1;
    let (permission, target) = (built.permissions[last], built.courses_at[last]);
    let mut group = criterion.benchmark_group(format!("why/{users}"));
    group.sample_size(20);
    assert!(now.explain(*asker, permission, target)?.is_allowed());
    group.bench_function("explain a yes", |bencher| {
        bencher.iter(|| {
            now.explain(black_box(*asker), permission, target)
                .map(|why| why.is_allowed())
        });
    });
    // The probe of the root is under no other group, so only those who hold the root's permission may do something there.
    let (other, root) = (built.permissions[last], built.courses_at[0]);
    assert!(!now.explain(*first, other, root)?.is_allowed());
    group.bench_function("explain a no", |bencher| {
        bencher.iter(|| {
            now.explain(black_box(*first), other, root)
                .map(|why| why.is_allowed())
        });
    });
    assert_eq!(now.nearest_changes(*first, other, root, 1)?.len(), 1);
    group.bench_function("nearest_changes", |bencher| {
        bencher.iter(|| {
            now.nearest_changes(black_box(*first), other, root, 1)
                .map(|turns| turns.len())
        });
    });
    assert!(!now.revoke_plans(*asker, permission, target, 1)?.is_empty());
    group.bench_function("revoke_plans", |bencher| {
        bencher.iter(|| {
            now.revoke_plans(black_box(*asker), permission, target, 1)
                .map(|turns| turns.len())
        });
    });
    let grant = Grant::permission(permission).to(*asker).on(Scope::Platform);
    let own = now.grants_to(*asker)?.next().unwrap_or(grant);
    assert!(!now.sole_support(own)?.is_empty());
    group.bench_function("sole_support of one grant", |bencher| {
        bencher.iter(|| now.sole_support(black_box(own)).map(|diff| diff.is_empty()));
    });
    group.finish();
    Ok(())
}
