//! From names to things, and from facts to the changes that record them.

use std::hash::Hasher;
use std::sync::Arc;

use siphasher::sip::SipHasher13;

use crate::facts::change::{Change, GrantName, ScopeName, SubjectName, WhatName};
use crate::facts::grant::{Grant, Scope, What};
use crate::facts::{Fact, Facts};
use crate::id::{Group, Kind, Place, Resource, Role, Subject, Target, Thing, User};
use crate::name::{PlaceName, TargetName, ThingName, UnknownName};
use crate::store::SortedSet;

/// A name space: names of one do not mix with those of another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Space {
    Users,
    Groups,
    /// The resources of one kind.
    Resources(u32),
    Roles,
}

/// The things by the hash of their name space and name. Things whose names share a hash lie side by side.
#[derive(Clone, Debug, Default)]
pub(crate) struct Names {
    by_hash: SortedSet<(u64, Thing)>,
}

impl Names {
    pub(crate) fn insert(&mut self, space: Space, name: &str, thing: Thing) {
        self.by_hash.insert((hash(space, name), thing));
    }

    pub(crate) fn remove(&mut self, space: Space, name: &str, thing: Thing) {
        self.by_hash.remove(&(hash(space, name), thing));
    }

    #[cfg(test)]
    pub(crate) fn nodes(&self) -> usize {
        self.by_hash.nodes()
    }

    /// The things that may have the name: whose hash is the same.
    fn candidates(&self, space: Space, name: &str) -> impl Iterator<Item = Thing> + '_ {
        let hash = hash(space, name);
        let least = Thing::User(User {
            index: 0,
            birth: 0,
            owner: 0,
        });
        let range = self.by_hash.range((hash, least)..);
        range
            .take_while(move |(other, _)| *other == hash)
            .map(|(_, thing)| thing)
    }
}

fn hash(space: Space, name: &str) -> u64 {
    let mut hasher = SipHasher13::new();
    match space {
        Space::Users => hasher.write_u64(0),
        Space::Groups => hasher.write_u64(1),
        Space::Roles => hasher.write_u64(2),
        Space::Resources(kind) => hasher.write_u64(3 + u64::from(kind)),
    }
    hasher.write(name.as_bytes());
    hasher.finish()
}

impl Facts {
    pub(crate) fn space_and_name(&self, thing: Thing) -> Option<(Space, Arc<str>)> {
        Some(match thing {
            Thing::User(user) => (Space::Users, Arc::clone(&self.users.get(user.index)?.name)),
            Thing::Group(group) => (
                Space::Groups,
                Arc::clone(&self.groups.get(group.index)?.name),
            ),
            Thing::Resource(resource) => {
                let row = self.resources.get(resource.index)?;
                (Space::Resources(row.kind), Arc::clone(&row.name))
            }
            Thing::Role(role) => (Space::Roles, Arc::clone(&self.role_row(role)?.name)),
        })
    }

    /// What has the name in its name space. Roles of the catalog are found too.
    pub(crate) fn find(&self, space: Space, name: &str) -> Option<Thing> {
        if space == Space::Roles
            && let Ok(role) = self.catalog.role(name)
        {
            return Some(Thing::Role(role));
        }
        let has_name = |thing: &Thing| {
            self.space_and_name(*thing)
                .is_some_and(|(s, n)| s == space && *n == *name)
        };
        self.names.candidates(space, name).find(has_name)
    }

    pub(crate) fn find_user(&self, name: &str) -> Option<User> {
        match self.find(Space::Users, name) {
            Some(Thing::User(user)) => Some(user),
            _ => None,
        }
    }

    pub(crate) fn find_group(&self, name: &str) -> Option<Group> {
        match self.find(Space::Groups, name) {
            Some(Thing::Group(group)) => Some(group),
            _ => None,
        }
    }

    pub(crate) fn find_resource(&self, kind: Kind, name: &str) -> Option<Resource> {
        match self.find(Space::Resources(kind.index), name) {
            Some(Thing::Resource(resource)) if self.catalog.has_kind(kind) => Some(resource),
            _ => None,
        }
    }

    pub(crate) fn find_role(&self, name: &str) -> Option<Role> {
        match self.find(Space::Roles, name) {
            Some(Thing::Role(role)) => Some(role),
            _ => None,
        }
    }

    pub(crate) fn user(&self, name: &str) -> Result<User, UnknownName> {
        let known = || self.users.iter().map(|(_, _, row)| &*row.name);
        self.find_user(name)
            .ok_or_else(|| UnknownName::new("user", name, known()))
    }

    pub(crate) fn group(&self, name: &str) -> Result<Group, UnknownName> {
        let known = || self.groups.iter().map(|(_, _, row)| &*row.name);
        self.find_group(name)
            .ok_or_else(|| UnknownName::new("group", name, known()))
    }

    pub(crate) fn resource(&self, kind: Kind, name: &str) -> Result<Resource, UnknownName> {
        let word = self
            .catalog
            .kind_name(kind)
            .unwrap_or("resource of another catalog's kind");
        let of_kind = || {
            self.resources
                .iter()
                .filter(|(_, _, row)| row.kind == kind.index)
        };
        self.find_resource(kind, name)
            .ok_or_else(|| UnknownName::new(word, name, of_kind().map(|(_, _, row)| &*row.name)))
    }

    pub(crate) fn role(&self, name: &str) -> Result<Role, UnknownName> {
        let run_time = || self.roles.iter().map(|(_, _, row)| &*row.name);
        self.find_role(name).ok_or_else(|| {
            UnknownName::new("role", name, self.catalog.role_names().chain(run_time()))
        })
    }

    pub(crate) fn place(&self, name: &PlaceName) -> Result<Place, UnknownName> {
        Ok(match name {
            PlaceName::User(name) => Place::User(self.user(name)?),
            PlaceName::Group(name) => Place::Group(self.group(name)?),
            PlaceName::Resource { kind, name } => {
                Place::Resource(self.resource(self.catalog.kind(kind)?, name)?)
            }
        })
    }

    pub(crate) fn target(&self, name: &TargetName) -> Result<Target, UnknownName> {
        match name {
            TargetName::Place(place) => self.place(place).map(Target::from),
            TargetName::Platform => Ok(Target::Platform),
        }
    }

    /// The name of a thing that is recorded, or of a role of the catalog; empty for any other.
    pub(crate) fn thing_name(&self, thing: Thing) -> ThingName {
        let name = |row: Option<&Arc<str>>| row.map(|name| name.to_string()).unwrap_or_default();
        match thing {
            Thing::User(user) => {
                ThingName::User(name(self.users.get(user.index).map(|row| &row.name)))
            }
            Thing::Group(group) => {
                ThingName::Group(name(self.groups.get(group.index).map(|row| &row.name)))
            }
            Thing::Resource(resource) => {
                let row = self.resources.get(resource.index);
                let kind = row.map(|row| self.catalog.kind_at(row.kind));
                let kind = kind
                    .and_then(|kind| self.catalog.kind_name(kind))
                    .unwrap_or_default()
                    .to_owned();
                ThingName::Resource {
                    kind,
                    name: name(row.map(|row| &row.name)),
                }
            }
            Thing::Role(role) => ThingName::Role(match self.catalog.role_name(role) {
                Some(name) => name.to_owned(),
                None => name(self.role_row(role).map(|row| &row.name)),
            }),
        }
    }

    /// The change that records the fact.
    pub(crate) fn describe(&self, fact: &Fact) -> Change {
        describe(fact, &self.catalog, &|thing| self.thing_name(thing))
    }

    pub(crate) fn grant_name(&self, grant: Grant) -> GrantName {
        grant_name(grant, &self.catalog, &|thing| self.thing_name(thing))
    }

    pub(crate) fn what_name(&self, what: What) -> WhatName {
        what_name(what, &self.catalog, &|thing| self.thing_name(thing))
    }

    pub(crate) fn scope_name(&self, scope: Scope) -> ScopeName {
        scope_name(scope, &self.catalog, &|thing| self.thing_name(thing))
    }

    pub(crate) fn subject_name(&self, subject: Subject) -> SubjectName {
        subject_name(subject, &|thing| self.thing_name(thing))
    }

    pub(crate) fn user_name(&self, user: User) -> String {
        self.thing_name(user.into()).name().to_owned()
    }

    pub(crate) fn place_name(&self, place: Place) -> PlaceName {
        place_name(place, &|thing| self.thing_name(thing))
    }

    pub(crate) fn target_name(&self, target: Target) -> TargetName {
        target.place().map_or(TargetName::Platform, |place| {
            TargetName::Place(self.place_name(place))
        })
    }
}

/// How things are called at some moment.
type Call<'a> = &'a dyn Fn(Thing) -> ThingName;

fn called(call: Call<'_>, thing: impl Into<Thing>) -> String {
    match call(thing.into()) {
        ThingName::User(name)
        | ThingName::Group(name)
        | ThingName::Role(name)
        | ThingName::Resource { name, .. } => name,
    }
}

fn place_name(place: Place, call: Call<'_>) -> PlaceName {
    match call(place.into()) {
        ThingName::User(name) => PlaceName::User(name),
        ThingName::Group(name) | ThingName::Role(name) => PlaceName::Group(name),
        ThingName::Resource { kind, name } => PlaceName::Resource { kind, name },
    }
}

fn subject_name(subject: Subject, call: Call<'_>) -> SubjectName {
    match subject {
        Subject::User(user) => SubjectName::User(called(call, user)),
        Subject::Group(group) => SubjectName::Group(called(call, group)),
        Subject::Everyone => SubjectName::Everyone,
    }
}

fn grant_name(grant: Grant, catalog: &crate::catalog::Catalog, call: Call<'_>) -> GrantName {
    GrantName {
        effect: grant.effect,
        subject: subject_name(grant.subject, call),
        what: what_name(grant.what, catalog, call),
        scope: scope_name(grant.scope, catalog, call),
    }
}

fn what_name(what: What, catalog: &crate::catalog::Catalog, call: Call<'_>) -> WhatName {
    match what {
        What::Permission(permission) => WhatName::Permission(
            catalog
                .permission_name(permission)
                .unwrap_or_default()
                .to_owned(),
        ),
        What::Role(role) => WhatName::Role(called(call, role)),
        What::Everything => WhatName::Everything,
    }
}

fn scope_name(scope: Scope, catalog: &crate::catalog::Catalog, call: Call<'_>) -> ScopeName {
    match scope {
        Scope::Platform => ScopeName::Platform,
        Scope::This(place) => ScopeName::This(place_name(place, call)),
        Scope::Underlying(group) => ScopeName::Underlying(called(call, group)),
        Scope::Labelled(label, bound) => ScopeName::Labelled {
            label: catalog.label_name(label).unwrap_or_default().to_owned(),
            within: bound.map(|group| called(call, group)),
        },
        Scope::Oneself => ScopeName::Oneself,
    }
}

/// The change that records the fact, with things called as `call` says.
pub(crate) fn describe(fact: &Fact, catalog: &crate::catalog::Catalog, call: Call<'_>) -> Change {
    let called = |thing: Thing| called(call, thing);
    match *fact {
        Fact::Thing(thing) => Change::Add(call(thing)),
        Fact::Member(user, group) => Change::AddMember {
            user: called(user.into()),
            group: called(group.into()),
        },
        Fact::Parent(group, parent) => Change::Attach {
            group: called(group.into()),
            parent: called(parent.into()),
        },
        Fact::Placed(resource, place) => {
            let thing = call(resource.into());
            let (kind, resource) = (thing.word().to_owned(), thing.name().to_owned());
            Change::Place {
                kind,
                resource,
                place: place_name(place, call),
            }
        }
        Fact::Labelled(place, label) => Change::AddLabel {
            place: place_name(place, call),
            label: catalog.label_name(label).unwrap_or_default().to_owned(),
        },
        Fact::Gives(role, permission) => Change::AddToRole {
            role: called(role.into()),
            permission: catalog
                .permission_name(permission)
                .unwrap_or_default()
                .to_owned(),
        },
        Fact::Includes(role, included) => Change::IncludeRole {
            role: called(role.into()),
            included: called(included.into()),
        },
        Fact::Grant(grant) => Change::Grant(grant_name(grant, catalog, call)),
    }
}
