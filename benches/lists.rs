//! How long do the lists of the screens take?
//!
//! Before anything is measured, the lists of some users are compared with what the grants of the groups above them say.

use std::collections::BTreeSet;
use std::time::Duration;

use criterion::Criterion;
use rolecall::{
    Catalog, Grant, Group, Permission, Policy, Role, Scope, Snapshot, Subject, Target, User, What,
};

/// The sizes by name, in users.
const SIZES: [(&str, usize); 3] = [("S", 1_000), ("M", 50_000), ("XL", 1_000_000)];

/// How many things are asked about by turns.
const ASKED: usize = 8_192;

fn main() {
    let mut criterion = Criterion::default()
        .warm_up_time(Duration::from_secs(1))
        .measurement_time(Duration::from_secs(3))
        .configure_from_args();
    let has = |flag: &str| std::env::args().any(|given| given == flag);
    let only_tested = has("--test") || !has("--bench");
    for &(size, users) in if only_tested { &SIZES[..1] } else { &SIZES[..] } {
        let world = World::of(users);
        world.assert_lists();
        world.bench(&mut criterion, size);
    }
    criterion.final_summary();
}

struct World {
    now: Snapshot,
    users: Vec<User>,
    groups: Vec<Group>,
    courses: Vec<Target>,
    roles: Vec<Role>,
}

impl World {
    /// An organisation: a group for fifty users in a tree of about six levels with some second parents, three groups for each user, and 5 grants
    /// for two groups, most of them of roles and on groups with all below.
    fn of(users: usize) -> World {
        build(users).expect("the world is free of loops and of names used twice")
    }

    /// The (permission, grant) pairs of a list are those of the grants to the user, to the groups above and to everyone.
    fn assert_lists(&self) {
        let mut total = 0;
        for user in self.users.iter().step_by(self.users.len() / 50) {
            let mut subjects = BTreeSet::from([Subject::User(*user), Subject::Everyone]);
            let mut open: Vec<Group> = self.now.groups_of(*user).unwrap().collect();
            while let Some(group) = open.pop() {
                subjects.insert(group.into());
                open.extend(self.now.parents(group).unwrap());
            }
            let mut expected: Vec<(Permission, Grant)> = Vec::new();
            for grant in subjects
                .iter()
                .flat_map(|subject| self.now.grants_to(*subject).unwrap())
            {
                match grant.what() {
                    What::Permission(permission) => expected.push((permission, grant)),
                    What::Role(role) => {
                        let given = self.now.permissions_of(role).unwrap();
                        expected.extend(given.map(|permission| (permission, grant)));
                    }
                    What::Everything => {}
                }
            }
            let list = self.now.effective_permissions(*user).unwrap();
            let entries = list.iter();
            let mut listed: Vec<(Permission, Grant)> = entries
                .flat_map(|entry| {
                    let sources = entry.sources();
                    sources.map(move |source| (entry.permission(), source.grant()))
                })
                .collect();
            total += listed.len();
            listed.sort_unstable();
            expected.sort_unstable();
            assert_eq!(listed, expected);
        }
        println!("{total} sources of 50 users");
    }

    fn bench(&self, criterion: &mut Criterion, size: &str) {
        let mut random = SplitMix64(7);
        let mut drawn =
            |length: usize| -> Vec<usize> { (0..ASKED).map(|_| random.below(length)).collect() };
        let (users, groups) = (drawn(self.users.len()), drawn(self.groups.len()));
        let courses = drawn(self.courses.len());
        let mut group = criterion.benchmark_group(format!("lists/{size}"));
        group.bench_function("effective_permissions", |bencher| {
            let mut turns = users.iter().cycle();
            bencher.iter(|| {
                let user = self.users[*turns.next().unwrap()];
                self.now.effective_permissions(user)
            });
        });
        group.bench_function("effective_permissions, all sources", |bencher| {
            let mut turns = users.iter().cycle();
            bencher.iter(|| {
                let user = self.users[*turns.next().unwrap()];
                let list = self.now.effective_permissions(user).unwrap();
                list.iter()
                    .map(|entry| entry.sources().count())
                    .sum::<usize>()
            });
        });
        group.bench_function("group_permissions", |bencher| {
            let mut turns = groups.iter().cycle();
            bencher.iter(|| {
                self.now
                    .group_permissions(self.groups[*turns.next().unwrap()])
            });
        });
        group.bench_function("roles_of", |bencher| {
            let mut turns = users.iter().cycle();
            bencher.iter(|| self.now.roles_of(self.users[*turns.next().unwrap()]));
        });
        group.bench_function("allowed_actions", |bencher| {
            let mut turns = users.iter().zip(&courses).cycle();
            bencher.iter(|| {
                let (user, course) = turns.next().unwrap();
                self.now
                    .allowed_actions(self.users[*user], self.courses[*course])
            });
        });
        group.bench_function("holders_of", |bencher| {
            let mut turns = self.roles.iter().cycle();
            bencher.iter(|| self.now.holders_of(*turns.next().unwrap()));
        });
        group.finish();
    }
}

fn build(users: usize) -> Result<World, Box<dyn std::error::Error>> {
    let mut random = SplitMix64(users as u64);
    let names: Vec<String> = (0..40).map(|at| format!("p{at}")).collect();
    let mut catalog = Catalog::builder().kind("course");
    for name in &names {
        catalog = catalog.permission(name);
    }
    for at in 0..8 {
        let length = 2 + at;
        let given = (0..length).map(|nth| names[(at * 5 + nth) % names.len()].as_str());
        catalog = catalog.role(format!("r{at}"), given);
    }
    let catalog = catalog.build()?;
    let course = catalog.kind("course")?;
    let permissions: Vec<Permission> = catalog.permissions().collect();
    let roles: Vec<Role> = catalog.roles().collect();

    let mut policy = Policy::new(catalog);
    let mut edit = policy.edit_unguarded();
    let mut groups: Vec<Group> = Vec::new();
    for at in 0..users / 50 {
        let group = edit.add_group(&format!("g{at}"))?;
        if at > 0 {
            edit.attach(group, groups[(at - 1) / 6])?;
        }
        if at > 12 && random.below(10) == 0 {
            edit.attach(group, groups[random.below(at / 6)])?;
        }
        groups.push(group);
    }
    let mut handles = Vec::with_capacity(users);
    for at in 0..users {
        let user = edit.add_user(&format!("u{at}"))?;
        for _ in 0..3 {
            edit.add_member(user, groups[random.below(groups.len())])?;
        }
        handles.push(user);
    }
    let mut courses = Vec::new();
    for at in 0..users / 20 {
        let course = edit.add_resource(course, &format!("c{at}"))?;
        edit.place(course, groups[random.below(groups.len())])?;
        courses.push(Target::from(course));
    }
    for _ in 0..users / 20 {
        let of = match random.below(10) {
            0..4 => Grant::permission(permissions[random.below(permissions.len())]),
            _ => Grant::role(roles[random.below(roles.len())]),
        };
        let to = match random.below(10) {
            0 => of.to(handles[random.below(users)]),
            _ => of.to(groups[random.below(groups.len())]),
        };
        let place = groups[random.below(groups.len())];
        edit.grant(to.on(match random.below(10) {
            0 => Scope::this(place),
            _ => Scope::underlying(place),
        }))?;
    }
    edit.commit()?;
    Ok(World {
        now: policy.snapshot(),
        users: handles,
        groups,
        courses,
        roles,
    })
}

/// The generator of that name: small, quick and the same everywhere.
struct SplitMix64(u64);

impl SplitMix64 {
    /// A number below `bound`, which is not 0.
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed ^ (mixed >> 31)) % bound as u64) as usize
    }
}
