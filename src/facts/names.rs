//! From names to things, and from facts to the changes that record them.

use std::hash::Hasher;
use std::sync::Arc;

use siphasher::sip::SipHasher13;

use crate::facts::change::{Change, GrantName, ScopeName, SubjectName, WhatName};
use crate::facts::grant::{Grant, Scope, What};
use crate::facts::{Fact, Facts};
use crate::id::{Group, Kind, Place, Resource, Role, Subject, Target, Thing, User};
use crate::name::{PlaceName, TargetName, ThingName, UnknownName};
use crate::near::Search;
use crate::store::{Names, SortedSet, Weight};

/// A name space: names of one do not mix with those of another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Space {
    Users,
    Groups,
    /// The resources of one kind.
    Resources(u32),
    Roles,
}

/// The things by their names.
#[derive(Clone, Debug, Default)]
pub(crate) struct NameSpaces {
    users: Names,
    groups: Names,
    /// Of all kinds; the kind is part of the hash.
    resources: Names,
    roles: Names,
}

impl NameSpaces {
    fn of(&self, space: Space) -> &Names {
        match space {
            Space::Users => &self.users,
            Space::Groups => &self.groups,
            Space::Resources(_) => &self.resources,
            Space::Roles => &self.roles,
        }
    }

    fn of_mut(&mut self, space: Space) -> &mut Names {
        match space {
            Space::Users => &mut self.users,
            Space::Groups => &mut self.groups,
            Space::Resources(_) => &mut self.resources,
            Space::Roles => &mut self.roles,
        }
    }

    pub(crate) fn insert(&mut self, space: Space, name: &str, thing: Thing) {
        self.of_mut(space).insert(hash(space, name), thing.index());
    }

    pub(crate) fn remove(&mut self, space: Space, name: &str, thing: Thing) {
        self.of_mut(space).remove(hash(space, name), thing.index());
    }
}

impl Weight for NameSpaces {
    fn heap(&self) -> usize {
        let spaces = [&self.users, &self.groups, &self.resources, &self.roles];
        spaces.into_iter().map(Weight::heap).sum()
    }
}

pub(crate) fn hash(space: Space, name: &str) -> u32 {
    let mut hasher = SipHasher13::new();
    if let Space::Resources(kind) = space {
        hasher.write_u32(kind);
    }
    hasher.write(name.as_bytes());
    let hash = hasher.finish();
    (hash ^ (hash >> 32)) as u32
}

impl Facts {
    pub(crate) fn space_and_name(&self, thing: Thing) -> Option<(Space, Arc<str>)> {
        let name = Arc::clone(self.own_name(thing)?);
        let space = match thing {
            Thing::User(_) => Space::Users,
            Thing::Group(_) => Space::Groups,
            Thing::Resource(resource) => Space::Resources(self.kind(resource.index)?),
            Thing::Role(_) => Space::Roles,
        };
        Some((space, name))
    }

    /// What a thing of the policy itself is called.
    fn own_name(&self, thing: Thing) -> Option<&Arc<str>> {
        match thing {
            Thing::User(user) => self.users.name(user.index),
            Thing::Group(group) => self.groups.name(group.index),
            Thing::Resource(resource) => self.resources.name(resource.index),
            Thing::Role(role) => self.role_name(role),
        }
    }

    /// What a thing is called, roles of the catalog too; empty for what is not there.
    pub(crate) fn name(&self, thing: Thing) -> &str {
        let of_catalog = match thing {
            Thing::Role(role) => self.catalog.role_name(role),
            _ => None,
        };
        let name = of_catalog.or_else(|| self.own_name(thing).map(|name| &**name));
        name.unwrap_or_default()
    }

    /// What has the name in its name space. Roles of the catalog are found too.
    pub(crate) fn find(&self, space: Space, name: &str) -> Option<Thing> {
        if space == Space::Roles
            && let Some(role) = self.catalog.find_role(name)
        {
            return Some(Thing::Role(role));
        }
        let candidates = self.steady.names.of(space).candidates(hash(space, name));
        let things = candidates.filter_map(|index| self.thing_at(space, index));
        let mut named = things.filter(|thing| self.name(*thing) == name);
        named.next()
    }

    /// What has the index in a name space.
    pub(crate) fn thing_at(&self, space: Space, index: u32) -> Option<Thing> {
        Some(match space {
            Space::Users => Thing::User(self.user_at(index)?),
            Space::Groups => Thing::Group(self.group_at(index)?),
            Space::Resources(kind) => {
                let resource = self.resource_at(index)?;
                Thing::Resource((self.kind(index) == Some(kind)).then_some(resource)?)
            }
            Space::Roles => Thing::Role(self.role_at(index)?),
        })
    }

    /// The index of the first thing that may have a name of that hash.
    pub(crate) fn candidate(&self, space: Space, hash: u32) -> Option<u32> {
        self.steady.names.of(space).candidates(hash).next()
    }

    /// How many of the name space have such a hash, or one close to it.
    pub(crate) fn bucket_size(&self, space: Space, hash: u32) -> usize {
        self.steady.names.of(space).bucket_size(hash)
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

    /// The target that a text names, as [`TargetName`] reads it.
    pub(crate) fn find_target(&self, text: &str) -> Option<Target> {
        match text.split_once(':') {
            None => (text == "platform").then_some(Target::Platform),
            Some(("user", name)) => self.find_user(name).map(Target::User),
            Some(("group", name)) => self.find_group(name).map(Target::Group),
            Some((kind, name)) => {
                let kind = self.catalog.find_kind(kind)?;
                self.find_resource(kind, name).map(Target::Resource)
            }
        }
    }

    // Each of these finds what has a name; of one that nothing has, a near one is looked for as far as the search may go.

    pub(crate) fn user(&self, name: &str, search: &mut Search) -> Result<User, UnknownName> {
        self.find_user(name)
            .ok_or_else(|| search.unknown("user", name, self.users.names()))
    }

    pub(crate) fn group(&self, name: &str, search: &mut Search) -> Result<Group, UnknownName> {
        self.find_group(name)
            .ok_or_else(|| search.unknown("group", name, self.groups.names()))
    }

    pub(crate) fn resource(
        &self,
        kind: Kind,
        name: &str,
        search: &mut Search,
    ) -> Result<Resource, UnknownName> {
        self.find_resource(kind, name).ok_or_else(|| {
            let word = self.catalog.kind_name(kind);
            let word = word.unwrap_or("resource of another catalog's kind");
            let resources = self.of_kind(kind.index).into_iter();
            let resources = resources.flat_map(SortedSet::iter);
            let names = resources.filter_map(|resource| self.resources.name(resource));
            search.unknown(word, name, names.map(|name| &**name))
        })
    }

    pub(crate) fn role(&self, name: &str, search: &mut Search) -> Result<Role, UnknownName> {
        self.find_role(name).ok_or_else(|| {
            let run_time = self.steady.roles.names();
            search.unknown("role", name, self.catalog.role_names().chain(run_time))
        })
    }

    pub(crate) fn place(
        &self,
        name: &PlaceName,
        search: &mut Search,
    ) -> Result<Place, UnknownName> {
        Ok(match name {
            PlaceName::User(name) => Place::User(self.user(name, search)?),
            PlaceName::Group(name) => Place::Group(self.group(name, search)?),
            PlaceName::Resource { kind, name } => {
                let kind = self.catalog.kind_within(kind, search)?;
                Place::Resource(self.resource(kind, name, search)?)
            }
        })
    }

    pub(crate) fn target(&self, name: &TargetName) -> Result<Target, UnknownName> {
        match name {
            TargetName::Place(place) => self.place(place, &mut Search::of_one()).map(Target::from),
            TargetName::Platform => Ok(Target::Platform),
        }
    }

    /// The name of a thing that is recorded, or of a role of the catalog; empty for any other.
    pub(crate) fn thing_name(&self, thing: Thing) -> ThingName {
        let name = self.name(thing).to_owned();
        match thing {
            Thing::User(_) => ThingName::User(name),
            Thing::Group(_) => ThingName::Group(name),
            Thing::Resource(resource) => {
                let kind = self.kind(resource.index);
                let kind = kind.map(|kind| self.catalog.kind_at(kind));
                let kind = kind
                    .and_then(|kind| self.catalog.kind_name(kind))
                    .unwrap_or_default()
                    .to_owned();
                ThingName::Resource { kind, name }
            }
            Thing::Role(_) => ThingName::Role(name),
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
