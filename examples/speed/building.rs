//! How long does it take to read an organisation in, and how much memory does it keep?

use std::collections::HashMap;
use std::time::Instant;

use allocation_counter::measure;
use rolecall::{Change, PlaceName, Policy, ScopeName, SubjectName, ThingName};

use crate::Outcome;
use crate::report::{Row, bytes, ratio, time};
use crate::yardstick::built::{BATCH, catalog, changes, membership, user_name};
use crate::yardstick::random::SplitMix64;
use crate::yardstick::world::{Size, World};

/// How many edits lie between two snapshots.
const EDITS: usize = 1_000;

/// How many things are added at a time before they are removed again.
const ADDED: u32 = 50;

/// A policy and what it took to build it.
#[derive(Debug)]
pub(crate) struct Loaded {
    pub(crate) policy: Policy,
    /// In nanoseconds.
    built: f64,
    /// The same for a loop that only resolves the names.
    resolved: f64,
    /// What the policy and its snapshot keep.
    pub(crate) bytes: f64,
    /// How many names there are, and how long they are together.
    names: (usize, usize),
}

impl Loaded {
    /// Builds the policy from changes, as they come, and beside it only resolves their names.
    pub(crate) fn of(world: &World) -> Outcome<Loaded> {
        let mut policy = Policy::new(catalog()?);
        let (mut built, mut resolved, mut kept) = (0.0, 0.0, 0.0);
        let mut resolver = Resolver::default();
        let mut all = changes(world).peekable();
        while all.peek().is_some() {
            let part: Vec<Change> = all.by_ref().take(BATCH).collect();
            let start = Instant::now();
            part.iter().for_each(|change| resolver.take(change));
            resolved += start.elapsed().as_nanos() as f64;
            let mut applied = Ok(());
            let start = Instant::now();
            let counted = measure(|| applied = policy.apply(&part).map(drop));
            built += start.elapsed().as_nanos() as f64;
            applied?;
            kept += counted.bytes_current as f64;
        }
        assert_eq!(resolver.unknown, 0);
        let names = resolver.things.keys().chain(resolver.groups.keys());
        let names = names.fold((0, 0), |(count, length), name| {
            (count + 1, length + name.len())
        });
        Ok(Loaded {
            policy,
            built,
            resolved,
            bytes: kept,
            names,
        })
    }

    pub(crate) fn rows(&self, size: &Size, world: &World) {
        let (built, resolved) = (self.built, self.resolved);
        Row {
            rolecall: time(built),
            baseline: time(resolved),
            ..Row::of("build from changes")
        }
        .goal_if(
            size.name == "L",
            "3.00x of resolving",
            built <= 3.0 * resolved,
        )
        .note(format!(
            "{} of a bare loop that resolves the names in two hash maps; {} changes",
            ratio(built, resolved),
            changes(world).count(),
        ))
        .print();

        let users = f64::from(size.users);
        let (count, length) = self.names;
        let parts = self.policy.snapshot().memory();
        // The allocator counts what is asked for, and so does the snapshot; what both call names is the same.
        let apart = self.bytes - parts.names as f64;
        Row {
            rolecall: bytes(self.bytes),
            ..Row::of("memory, policy and snapshot, with names")
        }
        .note(format!(
            "facts {}, index {}, {count} names of {} in all {}",
            bytes(parts.facts as f64),
            bytes(parts.index as f64),
            bytes(length as f64),
            bytes(parts.names as f64),
        ))
        .print();
        Row {
            rolecall: bytes(apart / users),
            ..Row::of("memory, bytes a user, names apart")
        }
        .goal_if(size.name == "L", "100 B", apart <= 100.0 * users)
        .print();
        Row {
            rolecall: bytes(apart),
            ..Row::of("memory, names apart")
        }
        .goal_if(
            size.name == "XL",
            "1.5 GiB",
            apart <= 1.5 * 1024.0 * 1_048_576.0,
        )
        .print();
    }
}

/// The least that has to be done with changes: look up the names.
#[derive(Debug, Default)]
struct Resolver {
    /// Users and courses, whose names differ.
    things: HashMap<String, u32>,
    groups: HashMap<String, u32>,
    unknown: usize,
    /// The sum of what was found, so that no look-up can be left out.
    found: u64,
}

impl Resolver {
    fn take(&mut self, change: &Change) {
        match change {
            Change::Add(ThingName::User(name) | ThingName::Resource { name, .. }) => {
                self.things.insert(name.clone(), self.things.len() as u32);
            }
            Change::Add(ThingName::Group(name)) => {
                self.groups.insert(name.clone(), self.groups.len() as u32);
            }
            Change::AddMember { user, group } => {
                self.thing(user);
                self.group(group);
            }
            Change::Attach { group, parent } => {
                self.group(group);
                self.group(parent);
            }
            Change::Place {
                resource,
                place: PlaceName::Group(group),
                ..
            } => {
                self.thing(resource);
                self.group(group);
            }
            Change::Grant(grant) => {
                match &grant.subject {
                    SubjectName::User(user) => self.thing(user),
                    SubjectName::Group(group) => self.group(group),
                    SubjectName::Everyone => {}
                }
                if let ScopeName::Underlying(group) = &grant.scope {
                    self.group(group);
                }
            }
            _ => self.unknown += 1,
        }
    }

    fn thing(&mut self, name: &str) {
        match self.things.get(name) {
            Some(number) => self.found += u64::from(*number),
            None => self.unknown += 1,
        }
    }

    fn group(&mut self, name: &str) {
        match self.groups.get(name) {
            Some(number) => self.found += u64::from(*number),
            None => self.unknown += 1,
        }
    }
}

/// What a second snapshot costs, and what is left behind by many changes that were undone.
pub(crate) fn growth(size: &Size, world: &World, policy: &mut Policy, whole: f64) -> Outcome {
    let goals = size.name == "L";
    let mut random = SplitMix64(0x6407);
    let edits: Vec<_> = (0..EDITS / 2)
        .map(|_| world.stranger(&mut random))
        .collect();
    let (old, mut applied) = (policy.snapshot(), Ok(()));
    let second = measure(|| {
        applied = [true, false].into_iter().try_for_each(|comes| {
            let mut edits = edits.iter();
            edits.try_for_each(|&(user, group)| {
                policy.apply(&[membership(user, group, comes)]).map(drop)
            })
        });
    });
    applied?;
    assert_eq!(old.digest(), policy.snapshot().digest());
    drop(old);
    let part = second.bytes_current as f64 / whole * 100.0;
    Row {
        rolecall: format!("{part:.2} %"),
        ..Row::of("memory, a second snapshot")
    }
    .goal_if(goals, "2 %", part <= 2.0)
    .note(format!(
        "{EDITS} edits apart, {}",
        bytes(second.bytes_current as f64)
    ))
    .print();

    let cycles = if goals { 1_000_000 } else { 100_000 };
    let (start, mut applied) = (Instant::now(), Ok(()));
    let left = measure(|| {
        applied = (0..cycles / (2 * ADDED)).try_for_each(|round| {
            let mut add = Vec::with_capacity(2 * ADDED as usize);
            let mut remove = Vec::with_capacity(2 * ADDED as usize);
            for at in 0..ADDED {
                let (user, group) = world.stranger(&mut random);
                add.push(membership(user, group, true));
                remove.push(membership(user, group, false));
                let thing = ThingName::User(format!("new {}", user_name(round * ADDED + at)));
                add.push(Change::Add(thing.clone()));
                remove.push(Change::Remove {
                    thing,
                    lifting_denies: false,
                });
            }
            policy.apply(&add)?;
            policy.apply(&remove).map(drop)
        });
    });
    applied?;
    let part = left.bytes_current as f64 / whole * 100.0;
    Row {
        rolecall: format!("{part:.2} %"),
        ..Row::of("memory, growth by add and remove")
    }
    .goal_if(goals, "10 %", part <= 10.0)
    .note(format!(
        "{cycles} times a membership or a user, {}, in {}",
        bytes(left.bytes_current as f64),
        time(start.elapsed().as_nanos() as f64),
    ))
    .print();
    Ok(())
}
