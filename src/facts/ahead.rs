//! `Ahead`: what the next changes are about to read, read for all of them at once.

use std::hint::black_box;
use std::ptr;

use smallvec::SmallVec;

use crate::facts::Facts;
use crate::facts::change::{Change, ScopeName, SubjectName};
use crate::facts::names::{Space, hash};
use crate::id::Thing;
use crate::limit::limit;
use crate::name::{PlaceName, ThingName};

/// Of how many changes it is worth while at a time.
pub(crate) const AHEAD: usize = limit(16, 2);

/// The names in some changes, in their order, and what may have them.
///
/// In a large policy every step from a name to what is recorded of it waits for memory. Taken one by one, each change waits for all its
/// steps; here one step is made for all changes before the next one is, and the waits go on side by side.
#[derive(Debug, Default)]
pub(crate) struct Ahead<'a> {
    names: SmallVec<[Likely<'a>; 2 * AHEAD]>,
    next: usize,
}

/// A name, and the index of what may have it.
#[derive(Debug)]
struct Likely<'a> {
    space: Space,
    name: &'a str,
    hash: u32,
    index: Option<u32>,
}

impl<'a> Ahead<'a> {
    /// Looks the names of the changes up, and reads what the changes will read.
    pub(crate) fn of(facts: &Facts, changes: &'a [Change]) -> Self {
        let mut names: SmallVec<[Likely<'a>; 2 * AHEAD]> = SmallVec::new();
        // Where the names of memberships begin: the user's, then the group's.
        let mut members: SmallVec<[usize; AHEAD]> = SmallVec::new();
        for change in changes {
            if let Change::AddMember { .. } | Change::RemoveMember { .. } = change {
                members.push(names.len());
            }
            each_name(facts, change, |space, name| {
                names.push(Likely {
                    space,
                    name,
                    hash: hash(space, name),
                    index: None,
                });
            });
        }
        let buckets = names.iter();
        let sizes = buckets.map(|likely| facts.bucket_size(likely.space, likely.hash));
        black_box(sizes.sum::<usize>());
        for likely in &mut names {
            likely.index = facts.candidate(likely.space, likely.hash);
        }
        let called = names.iter().filter_map(|likely| {
            let thing = facts.thing_at(likely.space, likely.index?)?;
            facts.name(thing).as_bytes().first()
        });
        black_box(called.fold(0, |all, byte| all ^ byte));
        let index = |at: usize| names.get(at)?.index;
        let members = members.iter();
        let members = members.filter_map(|at| Some((index(*at)?, index(*at + 1)?)));
        let members = members.filter(|(user, group)| facts.is_member(*user, *group));
        black_box(members.count());
        Ahead { names, next: 0 }
    }

    /// What has the name in its name space, if that is one of the next names and what was likely to have it does.
    pub(crate) fn find(&mut self, facts: &Facts, space: Space, name: &str) -> Option<Thing> {
        let mut rest = self.names.get(self.next..)?.iter();
        let is_it = |likely: &Likely<'_>| likely.space == space && ptr::eq(likely.name, name);
        let passed = rest.position(is_it)?;
        let likely = self.names.get(self.next + passed)?;
        self.next += passed + 1;
        let thing = facts.thing_at(space, likely.index?)?;
        (facts.name(thing) == name).then_some(thing)
    }
}

/// Hands over the names of what the change speaks of.
fn each_name<'a>(facts: &Facts, change: &'a Change, mut found: impl FnMut(Space, &'a str)) {
    let of_kind = |kind: &str| {
        let kind = facts.catalog.kind(kind).ok()?;
        Some(Space::Resources(kind.index))
    };
    match change {
        Change::Add(ThingName::User(name)) | Change::Ensure(ThingName::User(name)) => {
            found(Space::Users, name)
        }
        Change::Add(ThingName::Group(name)) | Change::Ensure(ThingName::Group(name)) => {
            found(Space::Groups, name)
        }
        Change::Add(ThingName::Resource { kind, name })
        | Change::Ensure(ThingName::Resource { kind, name }) => {
            if let Some(space) = of_kind(kind) {
                found(space, name);
            }
        }
        Change::AddMember { user, group } | Change::RemoveMember { user, group } => {
            found(Space::Users, user);
            found(Space::Groups, group);
        }
        Change::Attach { group, parent } | Change::Detach { group, parent } => {
            found(Space::Groups, group);
            found(Space::Groups, parent);
        }
        Change::Place {
            kind,
            resource,
            place,
        }
        | Change::Unplace {
            kind,
            resource,
            place,
        } => {
            if let Some(space) = of_kind(kind) {
                found(space, resource);
            }
            if let PlaceName::Group(group) = place {
                found(Space::Groups, group);
            }
        }
        Change::Grant(grant) | Change::Revoke(grant) => {
            match &grant.subject {
                SubjectName::User(user) => found(Space::Users, user),
                SubjectName::Group(group) => found(Space::Groups, group),
                SubjectName::Everyone => {}
            }
            if let ScopeName::Underlying(group) = &grant.scope {
                found(Space::Groups, group);
            }
        }
        _ => {}
    }
}
