//! From the names in a change to the step it stands for.

use crate::facts::ahead::Ahead;
use crate::facts::change::{Change, GrantName, ScopeName, SubjectName, WhatName};
use crate::facts::draft::{New, Step};
use crate::facts::grant::{Grant, Scope, What};
use crate::facts::names::Space;
use crate::facts::problem::Problem;
use crate::facts::{Fact, Facts};
use crate::id::{Group, Kind, Label, Permission, Place, Resource, Role, Subject, Thing, User};
use crate::name::{PlaceName, ThingName, UnknownName};
use crate::near::Search;

/// The step that the change stands for, or a problem for each name in it that nothing has.
pub(crate) fn resolve<'c>(
    facts: &Facts,
    change: &'c Change,
    ahead: &mut Ahead<'_>,
    search: &mut Search,
) -> Result<Step<'c>, Vec<Problem>> {
    let mut names = Resolve {
        facts,
        ahead,
        search,
        unknown: Vec::new(),
    };
    let step = names.change(change);
    step.ok_or(names.unknown)
}

/// Resolves the names of a change, and collects those that nothing has.
struct Resolve<'a, 'b> {
    facts: &'a Facts,
    ahead: &'a mut Ahead<'b>,
    search: &'a mut Search,
    unknown: Vec<Problem>,
}

impl Resolve<'_, '_> {
    fn found<T>(&mut self, found: Result<T, UnknownName>) -> Option<T> {
        found
            .map_err(|unknown| self.unknown.push(unknown.into()))
            .ok()
    }

    fn user(&mut self, name: &str) -> Option<User> {
        if let Some(Thing::User(user)) = self.ahead.find(self.facts, Space::Users, name) {
            return Some(user);
        }
        let found = self.facts.user(name, self.search);
        self.found(found)
    }

    fn group(&mut self, name: &str) -> Option<Group> {
        if let Some(Thing::Group(group)) = self.ahead.find(self.facts, Space::Groups, name) {
            return Some(group);
        }
        let found = self.facts.group(name, self.search);
        self.found(found)
    }

    fn kind(&mut self, name: &str) -> Option<Kind> {
        let found = self.facts.catalog.kind_within(name, self.search);
        self.found(found)
    }

    fn resource(&mut self, kind: &str, name: &str) -> Option<Resource> {
        let kind = self.kind(kind)?;
        let space = Space::Resources(kind.index);
        if let Some(Thing::Resource(resource)) = self.ahead.find(self.facts, space, name) {
            return Some(resource);
        }
        let found = self.facts.resource(kind, name, self.search);
        self.found(found)
    }

    fn role(&mut self, name: &str) -> Option<Role> {
        let found = self.facts.role(name, self.search);
        self.found(found)
    }

    fn place(&mut self, name: &PlaceName) -> Option<Place> {
        match name {
            PlaceName::Group(group) => self.group(group).map(Place::Group),
            other => {
                let found = self.facts.place(other, self.search);
                self.found(found)
            }
        }
    }

    fn label(&mut self, name: &str) -> Option<Label> {
        let found = self.facts.catalog.label_within(name, self.search);
        self.found(found)
    }

    fn permission(&mut self, name: &str) -> Option<Permission> {
        let found = self.facts.catalog.permission_within(name, self.search);
        self.found(found)
    }

    fn thing(&mut self, name: &ThingName) -> Option<Thing> {
        match name {
            ThingName::User(name) => self.user(name).map(Thing::User),
            ThingName::Group(name) => self.group(name).map(Thing::Group),
            ThingName::Resource { kind, name } => self.resource(kind, name).map(Thing::Resource),
            ThingName::Role(name) => self.role(name).map(Thing::Role),
        }
    }

    fn subject(&mut self, name: &SubjectName) -> Option<Subject> {
        match name {
            SubjectName::User(name) => self.user(name).map(Subject::User),
            SubjectName::Group(name) => self.group(name).map(Subject::Group),
            SubjectName::Everyone => Some(Subject::Everyone),
        }
    }

    fn what(&mut self, name: &WhatName) -> Option<What> {
        match name {
            WhatName::Permission(name) => self.permission(name).map(What::Permission),
            WhatName::Role(name) => self.role(name).map(What::Role),
            WhatName::Everything => Some(What::Everything),
        }
    }

    fn scope(&mut self, name: &ScopeName) -> Option<Scope> {
        match name {
            ScopeName::Platform => Some(Scope::Platform),
            ScopeName::This(place) => self.place(place).map(Scope::This),
            ScopeName::Underlying(group) => self.group(group).map(Scope::Underlying),
            ScopeName::Labelled { label, within } => {
                let label = self.label(label);
                let bound = within.as_ref().map(|group| self.group(group));
                Some(Scope::Labelled(
                    label?,
                    bound.map_or(Some(None), |group| group.map(Some))?,
                ))
            }
            ScopeName::Oneself => Some(Scope::Oneself),
        }
    }

    fn grant(&mut self, name: &GrantName) -> Option<Fact> {
        let subject = self.subject(&name.subject);
        let what = self.what(&name.what);
        let scope = self.scope(&name.scope);
        Some(Fact::Grant(Grant {
            subject: subject?,
            what: what?,
            scope: scope?,
            effect: name.effect,
        }))
    }

    /// The step that the change stands for; `None` when a name in it is unknown.
    fn change<'c>(&mut self, change: &'c Change) -> Option<Step<'c>> {
        Some(match change {
            Change::Add(thing) => Step::Add(self.new_thing(thing)?),
            Change::Ensure(thing) => Step::Ensure(self.new_thing(thing)?),
            Change::Remove {
                thing,
                lifting_denies,
            } => Step::Remove(self.thing(thing)?, *lifting_denies),
            Change::Rename { thing, to } => Step::Rename(self.thing(thing)?, to),
            Change::AddMember { user, group } => Step::Set(self.member(user, group)?, true),
            Change::RemoveMember { user, group } => Step::Set(self.member(user, group)?, false),
            Change::Attach { group, parent } => Step::Set(self.parent(group, parent)?, true),
            Change::Detach { group, parent } => Step::Set(self.parent(group, parent)?, false),
            Change::Place {
                kind,
                resource,
                place,
            } => Step::Set(self.placed(kind, resource, place)?, true),
            Change::Unplace {
                kind,
                resource,
                place,
            } => Step::Set(self.placed(kind, resource, place)?, false),
            Change::AddLabel { place, label } => Step::Set(self.labelled(place, label)?, true),
            Change::RemoveLabel { place, label } => Step::Set(self.labelled(place, label)?, false),
            Change::AddToRole { role, permission } => {
                Step::Set(self.gives(role, permission)?, true)
            }
            Change::RemoveFromRole { role, permission } => {
                Step::Set(self.gives(role, permission)?, false)
            }
            Change::IncludeRole { role, included } => {
                Step::Set(self.includes(role, included)?, true)
            }
            Change::ExcludeRole { role, included } => {
                Step::Set(self.includes(role, included)?, false)
            }
            Change::Grant(grant) => Step::Set(self.grant(grant)?, true),
            Change::Revoke(grant) => Step::Set(self.grant(grant)?, false),
            Change::RevokeAll { subject, what } => {
                let (subject, what) = (self.subject(subject), self.what(what));
                Step::RevokeAll(subject?, what?)
            }
        })
    }

    fn new_thing<'c>(&mut self, thing: &'c ThingName) -> Option<New<'c>> {
        Some(match thing {
            ThingName::User(name) => New::User(name),
            ThingName::Group(name) => New::Group(name),
            ThingName::Resource { kind, name } => New::Resource(self.kind(kind)?, name),
            ThingName::Role(name) => New::Role(name),
        })
    }

    fn member(&mut self, user: &str, group: &str) -> Option<Fact> {
        let (user, group) = (self.user(user), self.group(group));
        Some(Fact::Member(user?, group?))
    }

    fn parent(&mut self, group: &str, parent: &str) -> Option<Fact> {
        let (group, parent) = (self.group(group), self.group(parent));
        Some(Fact::Parent(group?, parent?))
    }

    fn placed(&mut self, kind: &str, resource: &str, place: &PlaceName) -> Option<Fact> {
        let (resource, place) = (self.resource(kind, resource), self.place(place));
        Some(Fact::Placed(resource?, place?))
    }

    fn labelled(&mut self, place: &PlaceName, label: &str) -> Option<Fact> {
        let (place, label) = (self.place(place), self.label(label));
        Some(Fact::Labelled(place?, label?))
    }

    fn gives(&mut self, role: &str, permission: &str) -> Option<Fact> {
        let (role, permission) = (self.role(role), self.permission(permission));
        Some(Fact::Gives(role?, permission?))
    }

    fn includes(&mut self, role: &str, included: &str) -> Option<Fact> {
        let (role, included) = (self.role(role), self.role(included));
        Some(Fact::Includes(role?, included?))
    }
}
