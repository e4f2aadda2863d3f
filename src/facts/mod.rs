//! What is recorded and how it changes.

mod ahead;
pub(crate) mod births;
pub(crate) mod change;
pub(crate) mod difference;
pub(crate) mod digest;
pub(crate) mod draft;
pub(crate) mod entry;
pub(crate) mod grant;
mod grants;
#[cfg(feature = "chain")]
pub(crate) mod link;
mod loops;
mod names;
pub(crate) mod near;
pub(crate) mod places;
pub(crate) mod problem;
pub(crate) mod removal;
mod resolve;
pub(crate) mod roles;
pub(crate) mod rules;
pub(crate) mod still;
pub(crate) mod uncovered;
pub(crate) mod walk;

use std::sync::Arc;

use smallvec::SmallVec;

use crate::catalog::Catalog;
use crate::error::{AskError, WhyStale};
use crate::facts::births::is_previewed;
use crate::facts::digest::{Digest, DigestKey};
use crate::facts::grant::{Grant, Scope, What};
use crate::facts::grants::Grants;
use crate::facts::names::NameSpaces;
use crate::facts::places::Places;
use crate::facts::roles::RoleBook;
use crate::id::{Group, Kind, Label, Permission, Place, Resource, Role, Subject, Thing, User};
use crate::store::{Indices, Mark, Pages, SortedSet, Table, WITHIN, Weight};

/// One recorded fact.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Fact {
    /// The thing exists.
    Thing(Thing),
    Member(User, Group),
    /// The first group is below the second.
    Parent(Group, Group),
    Placed(Resource, Place),
    Labelled(Place, Label),
    Gives(Role, Permission),
    /// The first role includes the second.
    Includes(Role, Role),
    Grant(Grant),
}

#[derive(Clone, Debug, Default)]
pub(crate) struct RoleRow {
    /// In order.
    pub(crate) permissions: Vec<u32>,
    /// In order.
    pub(crate) includes: Vec<Role>,
}

/// A set of indices for each slot.
type Sets = Pages<SortedSet<u32>, 8>;

/// Everything recorded in a policy. Clones share what neither has changed.
#[derive(Clone, Debug)]
pub(crate) struct Facts {
    pub(crate) catalog: Catalog,
    /// The number that the handles of the policy carry.
    pub(crate) policy: u32,
    /// Users, by the groups they are direct members of.
    pub(crate) users: Table<Places>,
    /// Groups, by the groups directly above.
    pub(crate) groups: Table<Places>,
    /// Resources, by where they are placed.
    pub(crate) resources: Table<Places>,
    // The same facts from the other side.
    members: Sets,
    children: Sets,
    /// How many placements are in resources.
    nested: usize,
    grants: Grants,
    steady: Arc<Steady>,
    /// What follows from the facts about roles.
    book: Arc<RoleBook>,
    digest: Digest,
    /// The key of the digest.
    key: DigestKey,
    /// In a preview, every birth before it was given when it began; 0 in what is recorded.
    past: u32,
}

/// What memberships and grants leave as it is. It is shared in one piece, so that clones of the facts are small and quickly made.
#[derive(Clone, Debug, Default)]
struct Steady {
    /// The kind of each resource, by index.
    kind_of: Pages<u32>,
    /// The indices of the resources of each kind, by the index of the kind.
    kinds: Vec<SortedSet<u32>>,
    /// Run-time roles; their handles count on from those of the catalog.
    roles: Table<RoleRow>,
    names: NameSpaces,
    /// What is placed in users, groups and resources.
    contents: [Sets; 3],
    /// The places that carry each label, by the label's index.
    carriers: SortedSet<(u32, Place)>,
}

/// Adds to or takes from a short sorted list.
fn set_present<T: Ord>(list: &mut Vec<T>, item: T, present: bool) {
    match (list.binary_search(&item), present) {
        (Err(at), true) => list.insert(at, item),
        (Ok(at), false) => drop(list.remove(at)),
        _ => {}
    }
}

impl Facts {
    pub(crate) fn new(catalog: Catalog, policy: u32) -> Self {
        let book = Arc::new(RoleBook::of_catalog(&catalog));
        let kinds = catalog.kinds().map(|_| SortedSet::default()).collect();
        let roles = u32::try_from(catalog.role_rows().len()).unwrap_or(u32::MAX);
        let grants = Grants::new(policy, catalog.number(), roles);
        Facts {
            catalog,
            policy,
            users: Table::default(),
            groups: Table::default(),
            resources: Table::default(),
            members: Pages::default(),
            children: Pages::default(),
            nested: 0,
            grants,
            steady: Arc::new(Steady {
                kinds,
                ..Steady::default()
            }),
            book,
            digest: Digest::default(),
            key: DigestKey::default(),
            past: 0,
        }
    }

    /// The same with a key for the digest; nothing is recorded yet.
    pub(crate) fn with_key(self, key: DigestKey) -> Self {
        Facts { key, ..self }
    }

    pub(crate) fn digest(&self) -> Digest {
        self.digest
    }

    pub(crate) fn book(&self) -> &RoleBook {
        &self.book
    }

    // ---- Handles ----

    pub(crate) fn user_at(&self, index: u32) -> Option<User> {
        let row = self.users.tenant(index)?;
        Some(User {
            index,
            birth: row.birth(),
            owner: self.policy,
        })
    }

    pub(crate) fn group_at(&self, index: u32) -> Option<Group> {
        let row = self.groups.tenant(index)?;
        Some(Group {
            index,
            birth: row.birth(),
            owner: self.policy,
        })
    }

    pub(crate) fn resource_at(&self, index: u32) -> Option<Resource> {
        let row = self.resources.tenant(index)?;
        Some(Resource {
            index,
            birth: row.birth(),
            owner: self.policy,
        })
    }

    /// The number of roles the catalog has; run-time roles count on from there.
    fn catalog_roles(&self) -> u32 {
        u32::try_from(self.catalog.role_rows().len()).unwrap_or(u32::MAX)
    }

    /// Whether the handle resolves here.
    pub(crate) fn check(&self, thing: Thing) -> Result<(), AskError> {
        let (index, birth, owner) = match thing {
            Thing::User(user) => (user.index, user.birth, user.owner),
            Thing::Group(group) => (group.index, group.birth, group.owner),
            Thing::Resource(resource) => (resource.index, resource.birth, resource.owner),
            Thing::Role(role) => (role.index, role.birth, role.owner),
        };
        let stale = |why| {
            Err(AskError::Stale {
                handle: thing.into(),
                why,
            })
        };
        if owner != self.policy {
            return match thing {
                Thing::Role(role) if self.catalog.has_role(role) => Ok(()),
                _ => stale(WhyStale::Foreign),
            };
        }
        let found = match thing {
            Thing::User(_) => self
                .users
                .row(index)
                .map(|row| (row.birth(), !row.is_free())),
            Thing::Group(_) => self
                .groups
                .row(index)
                .map(|row| (row.birth(), !row.is_free())),
            Thing::Resource(_) => self
                .resources
                .row(index)
                .map(|row| (row.birth(), !row.is_free())),
            Thing::Role(_) => {
                let slot = index.checked_sub(self.catalog_roles());
                slot.and_then(|slot| self.steady.roles.row(slot))
                    .map(|row| (row.birth(), !row.is_free()))
            }
        };
        match found {
            Some((here, true)) if here == birth => Ok(()),
            Some((here, _)) if self.is_past(here, birth) => stale(WhyStale::Removed),
            _ => stale(WhyStale::NotYet),
        }
    }

    /// Whether what was born then was there before the present or last tenant of its slot.
    fn is_past(&self, tenant: u32, birth: u32) -> bool {
        // The births of previews are above all others, whenever they were given.
        if is_previewed(tenant) && !is_previewed(birth) {
            birth < self.past
        } else {
            birth <= tenant
        }
    }

    /// Makes these the facts of a preview, which began when every birth before this one was given.
    pub(crate) fn preview_since(&mut self, past: u32) {
        self.past = past;
    }

    /// The first handle of a fact that does not resolve, if any does not.
    pub(crate) fn check_fact(&self, fact: &Fact) -> Vec<AskError> {
        let label = |label: Label| {
            let has = self.catalog.has_label(label);
            has.then_some(()).ok_or_else(|| AskError::foreign(label))
        };
        let permission = |permission: Permission| {
            let has = self.catalog.has_permission(permission);
            has.then_some(())
                .ok_or_else(|| AskError::foreign(permission))
        };
        let checks: SmallVec<[Result<(), AskError>; 4]> = match *fact {
            Fact::Thing(thing) => [self.check(thing)].into_iter().collect(),
            Fact::Member(user, group) => [self.check(user.into()), self.check(group.into())]
                .into_iter()
                .collect(),
            Fact::Parent(child, parent) => [self.check(child.into()), self.check(parent.into())]
                .into_iter()
                .collect(),
            Fact::Placed(resource, place) => {
                [self.check(resource.into()), self.check(place.into())]
                    .into_iter()
                    .collect()
            }
            Fact::Labelled(place, mark) => [self.check(place.into()), label(mark)]
                .into_iter()
                .collect(),
            Fact::Gives(role, given) => [self.check(role.into()), permission(given)]
                .into_iter()
                .collect(),
            Fact::Includes(role, other) => [self.check(role.into()), self.check(other.into())]
                .into_iter()
                .collect(),
            Fact::Grant(grant) => {
                let mut checks = SmallVec::new();
                match grant.subject {
                    Subject::User(user) => checks.push(self.check(user.into())),
                    Subject::Group(group) => checks.push(self.check(group.into())),
                    Subject::Everyone => {}
                }
                match grant.what {
                    What::Permission(given) => checks.push(permission(given)),
                    What::Role(role) => checks.push(self.check(role.into())),
                    What::Everything => {}
                }
                match grant.scope {
                    Scope::This(place) => checks.push(self.check(place.into())),
                    Scope::Underlying(group) => checks.push(self.check(group.into())),
                    Scope::Labelled(mark, bound) => {
                        checks.push(label(mark));
                        checks.extend(bound.map(|group| self.check(group.into())));
                    }
                    Scope::Platform | Scope::Oneself => {}
                }
                checks
            }
        };
        checks.into_iter().filter_map(Result::err).collect()
    }

    // ---- Facts one by one ----

    pub(crate) fn contains(&self, fact: &Fact) -> bool {
        match *fact {
            Fact::Thing(thing) => self.check(thing).is_ok(),
            Fact::Member(user, group) => {
                let groups = self.group_indices(user);
                groups.binary_search(&group.index).is_ok()
            }
            Fact::Parent(child, parent) => {
                let parents = self.parent_indices(child.index);
                parents.binary_search(&parent.index).is_ok()
            }
            Fact::Placed(resource, place) => self.resources.is_in(resource.index, place),
            Fact::Labelled(place, label) => self.steady.carriers.contains(&(label.index, place)),
            Fact::Gives(role, permission) => {
                self.role_permissions(role).contains(&permission.index)
            }
            Fact::Includes(role, other) => self.role_includes(role).contains(&other),
            Fact::Grant(grant) => self.grants.contains(grant),
        }
    }

    /// Records a fact or takes it out; false if that was so already. The handles in it resolve, and it is no [`Fact::Thing`].
    pub(crate) fn set(&mut self, fact: &Fact, present: bool) -> bool {
        let is_grant = matches!(fact, Fact::Grant(_));
        if !is_grant && self.contains(fact) == present {
            return false;
        }
        match *fact {
            Fact::Thing(_) => return false,
            Fact::Member(user, group) => {
                set_in(&mut self.members, group.index, user.index, present);
                self.users.set_group(user.index, group.index, present);
            }
            Fact::Parent(child, parent) => {
                set_in(&mut self.children, parent.index, child.index, present);
                self.groups.set_group(child.index, parent.index, present);
            }
            Fact::Placed(resource, place) => {
                let [in_users, in_groups, in_resources] =
                    &mut Arc::make_mut(&mut self.steady).contents;
                let (contents, index) = match place {
                    Place::User(user) => (in_users, user.index),
                    Place::Group(group) => (in_groups, group.index),
                    Place::Resource(container) => {
                        self.nested = if present {
                            self.nested + 1
                        } else {
                            self.nested.saturating_sub(1)
                        };
                        (in_resources, container.index)
                    }
                };
                set_in(contents, index, resource.index, present);
                let mut places: Vec<Place> = self.placements(resource).collect();
                set_present(&mut places, place, present);
                self.resources.set_places(resource.index, places);
            }
            Fact::Labelled(place, label) => {
                let carriers = &mut Arc::make_mut(&mut self.steady).carriers;
                carriers.set((label.index, place), present);
                let mut labels = self.label_indices(place).to_vec();
                set_present(&mut labels, label.index, present);
                match place {
                    Place::User(user) => self.users.set_labels(user.index, labels),
                    Place::Group(group) => self.groups.set_labels(group.index, labels),
                    Place::Resource(resource) => self.resources.set_labels(resource.index, labels),
                }
            }
            Fact::Gives(role, permission) => {
                if let Some(row) = self.role_row_mut(role) {
                    set_present(&mut row.permissions, permission.index, present);
                }
            }
            Fact::Includes(role, other) => {
                if let Some(row) = self.role_row_mut(role) {
                    set_present(&mut row.includes, other, present);
                }
            }
            Fact::Grant(grant) => {
                if !self.grants.set(grant, present) {
                    return false;
                }
                self.mark(grant, present);
            }
        }
        self.digest = self.digest.with(self.hash(fact), present);
        true
    }

    /// Adds a thing; `None` when the table is full. The name is free and sound.
    pub(crate) fn add_user(&mut self, name: &str, birth: u32) -> Option<User> {
        let user = User {
            index: self.users.insert(birth, name, u32::MAX)?,
            birth,
            owner: self.policy,
        };
        self.born(Thing::User(user));
        Some(user)
    }

    /// Adds a thing; `None` when the table is full. The name is free and sound.
    pub(crate) fn add_group(&mut self, name: &str, birth: u32) -> Option<Group> {
        let group = Group {
            index: self.groups.insert(birth, name, WITHIN)?,
            birth,
            owner: self.policy,
        };
        self.born(Thing::Group(group));
        Some(group)
    }

    /// Adds a thing; `None` when the table is full. The name is free and sound.
    pub(crate) fn add_resource(&mut self, kind: Kind, name: &str, birth: u32) -> Option<Resource> {
        let resource = Resource {
            index: self.resources.insert(birth, name, u32::MAX)?,
            birth,
            owner: self.policy,
        };
        let steady = Arc::make_mut(&mut self.steady);
        steady.kind_of.set(resource.index as usize, kind.index);
        if let Some(of_kind) = steady.kinds.get_mut(kind.index as usize) {
            of_kind.insert(resource.index);
        }
        self.born(Thing::Resource(resource));
        Some(resource)
    }

    /// Adds a thing; `None` when the table is full. The name is free and sound.
    pub(crate) fn add_role(&mut self, name: &str, birth: u32) -> Option<Role> {
        let index = Arc::make_mut(&mut self.steady)
            .roles
            .insert(birth, name, u32::MAX)?
            .checked_add(self.catalog_roles())?;
        let role = Role {
            index,
            birth,
            owner: self.policy,
        };
        self.born(Thing::Role(role));
        Some(role)
    }

    fn born(&mut self, thing: Thing) {
        self.digest = self.digest.with(self.hash(&Fact::Thing(thing)), true);
        if let Some((space, name)) = self.space_and_name(thing) {
            let names = &mut Arc::make_mut(&mut self.steady).names;
            names.insert(space, &name, thing);
        }
    }

    /// Takes a thing out that no fact names any more.
    pub(crate) fn remove_thing(&mut self, thing: Thing) {
        self.digest = self.digest.with(self.hash(&Fact::Thing(thing)), false);
        let (named, catalog_roles) = (self.space_and_name(thing), self.catalog_roles());
        let steady = Arc::make_mut(&mut self.steady);
        if let Some((space, name)) = named {
            steady.names.remove(space, &name, thing);
        }
        match thing {
            Thing::User(user) => drop(self.users.remove(user.index)),
            Thing::Group(group) => drop(self.groups.remove(group.index)),
            Thing::Resource(resource) => {
                self.resources.remove(resource.index);
                let kind = steady.kind_of.get(resource.index as usize).copied();
                if let Some(of_kind) = kind.and_then(|kind| steady.kinds.get_mut(kind as usize)) {
                    of_kind.remove(&resource.index);
                }
            }
            Thing::Role(role) => {
                if let Some(slot) = role.index.checked_sub(catalog_roles) {
                    steady.roles.remove(slot);
                }
            }
        }
    }

    /// Gives a thing of this policy another name, which is free and sound. Every fact that names it is hashed anew.
    pub(crate) fn rename(&mut self, thing: Thing, to: &str) {
        let mut naming = self.naming(thing);
        naming.push(Fact::Thing(thing));
        for fact in &naming {
            self.digest = self.digest.with(self.hash(fact), false);
        }
        if let Some((space, name)) = self.space_and_name(thing) {
            let slot = match thing {
                Thing::Role(role) => self.role_slot(role),
                _ => None,
            };
            let steady = Arc::make_mut(&mut self.steady);
            steady.names.remove(space, &name, thing);
            match thing {
                Thing::User(user) => self.users.set_name(user.index, to.into()),
                Thing::Group(group) => self.groups.set_name(group.index, to.into()),
                Thing::Resource(resource) => self.resources.set_name(resource.index, to.into()),
                Thing::Role(_) => {
                    if let Some(slot) = slot {
                        steady.roles.set_name(slot, to.into());
                    }
                }
            }
            steady.names.insert(space, to, thing);
        }
        for fact in &naming {
            self.digest = self.digest.with(self.hash(fact), true);
        }
    }

    /// Every fact that names the thing, but for the one that it exists.
    pub(crate) fn naming(&self, thing: Thing) -> Vec<Fact> {
        let mut facts = Vec::new();
        let place = match thing {
            Thing::User(user) => {
                facts.extend(self.groups_of(user).map(|group| Fact::Member(user, group)));
                Some(Place::User(user))
            }
            Thing::Group(group) => {
                facts.extend(self.members(group).map(|user| Fact::Member(user, group)));
                facts.extend(
                    self.parents(group)
                        .map(|parent| Fact::Parent(group, parent)),
                );
                facts.extend(self.children(group).map(|child| Fact::Parent(child, group)));
                Some(Place::Group(group))
            }
            Thing::Resource(resource) => {
                facts.extend(
                    self.placements(resource)
                        .map(|place| Fact::Placed(resource, place)),
                );
                Some(Place::Resource(resource))
            }
            Thing::Role(role) => {
                facts.extend(self.grants_of(What::Role(role)).map(Fact::Grant));
                facts.extend(
                    self.role_permissions(role).iter().map(|permission| {
                        Fact::Gives(role, self.catalog.permission_at(*permission))
                    }),
                );
                facts.extend(
                    self.role_includes(role)
                        .iter()
                        .map(|other| Fact::Includes(role, *other)),
                );
                let others = self.run_time_roles().filter(|other| *other != role);
                let including = others.filter(|other| self.role_includes(*other).contains(&role));
                facts.extend(including.map(|other| Fact::Includes(other, role)));
                None
            }
        };
        if let Some(place) = place {
            facts.extend(
                self.contents(place)
                    .map(|resource| Fact::Placed(resource, place)),
            );
            facts.extend(self.labels(place).map(|label| Fact::Labelled(place, label)));
            let subject = match place {
                Place::User(user) => Some(Subject::User(user)),
                Place::Group(group) => Some(Subject::Group(group)),
                Place::Resource(_) => None,
            };
            let given = subject
                .map(|subject| self.grants_to(subject))
                .into_iter()
                .flatten();
            facts.extend(given.map(Fact::Grant));
            // A grant to a thing over itself was listed just now.
            let over = self
                .grants_on(place)
                .filter(|grant| Some(grant.subject) != subject);
            facts.extend(over.map(Fact::Grant));
        }
        facts
    }

    // ---- Directory ----

    pub(crate) fn all_users(&self) -> impl Iterator<Item = User> + '_ {
        self.users.iter().map(|(index, birth)| User {
            index,
            birth,
            owner: self.policy,
        })
    }

    pub(crate) fn all_groups(&self) -> impl Iterator<Item = Group> + '_ {
        self.groups.iter().map(|(index, birth)| Group {
            index,
            birth,
            owner: self.policy,
        })
    }

    pub(crate) fn all_resources(&self) -> impl Iterator<Item = Resource> + '_ {
        self.resources.iter().map(|(index, birth)| Resource {
            index,
            birth,
            owner: self.policy,
        })
    }

    pub(crate) fn run_time_roles(&self) -> impl Iterator<Item = Role> + '_ {
        let first = self.catalog_roles();
        self.steady.roles.iter().map(move |(index, birth)| Role {
            index: first + index,
            birth,
            owner: self.policy,
        })
    }

    /// The kind of a resource, by index.
    pub(crate) fn kind(&self, resource: u32) -> Option<u32> {
        self.resources.tenant(resource)?;
        self.steady.kind_of.get(resource as usize).copied()
    }

    /// The indices of the resources of a kind, in order.
    pub(crate) fn of_kind(&self, kind: u32) -> Option<&SortedSet<u32>> {
        self.steady.kinds.get(kind as usize)
    }

    pub(crate) fn all_grants(&self) -> impl Iterator<Item = Grant> + '_ {
        self.grants.iter()
    }

    pub(crate) fn grant_count(&self) -> usize {
        self.grants.len()
    }

    pub(crate) fn members(&self, group: Group) -> impl Iterator<Item = User> + '_ {
        let members = self.member_indices(group.index);
        members.filter_map(|user| self.user_at(user))
    }

    pub(crate) fn children(&self, group: Group) -> impl Iterator<Item = Group> + '_ {
        let children = self.child_indices(group.index);
        children.filter_map(|child| self.group_at(child))
    }

    /// The indices of the groups directly above a group, in order.
    pub(crate) fn parent_indices(&self, group: u32) -> Indices<'_> {
        self.groups.group_list(group)
    }

    /// The indices of the direct members of a group, in order.
    pub(crate) fn member_indices(&self, group: u32) -> impl Iterator<Item = u32> + '_ {
        let members = self.members.get(group as usize);
        members.into_iter().flat_map(SortedSet::iter)
    }

    /// The same, some at a time.
    pub(crate) fn member_lists(&self, group: u32) -> impl Iterator<Item = &[u32]> {
        let members = self.members.get(group as usize);
        members.into_iter().flat_map(SortedSet::leaves)
    }

    /// Whether a user is a direct member of a group, told from the side of the group.
    fn is_member(&self, user: u32, group: u32) -> bool {
        let members = self.members.get(group as usize);
        members.is_some_and(|members| members.contains(&user))
    }

    /// The indices of the groups directly below a group, in order.
    pub(crate) fn child_indices(&self, group: u32) -> impl Iterator<Item = u32> + '_ {
        let children = self.children.get(group as usize);
        children.into_iter().flat_map(SortedSet::iter)
    }

    /// The indices of the groups a user is a direct member of, in order.
    pub(crate) fn group_indices(&self, user: User) -> Indices<'_> {
        self.users.group_list(user.index)
    }

    pub(crate) fn groups_of(&self, user: User) -> impl Iterator<Item = Group> + '_ {
        let groups = self.group_indices(user).each();
        groups.filter_map(|group| self.group_at(group))
    }

    pub(crate) fn parents(&self, group: Group) -> impl Iterator<Item = Group> + '_ {
        let parents = self.parent_indices(group.index).each();
        parents.filter_map(|parent| self.group_at(parent))
    }

    pub(crate) fn placements(&self, resource: Resource) -> impl Iterator<Item = Place> + '_ {
        self.resources.places(self, resource.index)
    }

    pub(crate) fn contents(&self, place: Place) -> impl Iterator<Item = Resource> + '_ {
        let contents = self.content_lists(place).flatten();
        contents.filter_map(|resource| self.resource_at(*resource))
    }

    /// The indices of what is placed in a place, in order, some at a time.
    pub(crate) fn content_lists(&self, place: Place) -> impl Iterator<Item = &[u32]> {
        let [in_users, in_groups, in_resources] = &self.steady.contents;
        let contents = match place {
            Place::User(user) => in_users.get(user.index as usize),
            Place::Group(group) => in_groups.get(group.index as usize),
            Place::Resource(resource) => in_resources.get(resource.index as usize),
        };
        contents.into_iter().flat_map(SortedSet::leaves)
    }

    /// Whether the catalog knows only one kind of resource.
    pub(crate) fn is_of_one_kind(&self) -> bool {
        self.steady.kinds.len() == 1
    }

    /// Whether any resource is placed in another one.
    pub(crate) fn is_nested(&self) -> bool {
        self.nested > 0
    }

    pub(crate) fn label_indices(&self, place: Place) -> &[u32] {
        match place {
            Place::User(user) => self.users.labels(user.index),
            Place::Group(group) => self.groups.labels(group.index),
            Place::Resource(resource) => self.resources.labels(resource.index),
        }
    }

    pub(crate) fn labels(&self, place: Place) -> impl Iterator<Item = Label> + '_ {
        self.label_indices(place)
            .iter()
            .map(|label| self.catalog.label_at(*label))
    }

    pub(crate) fn has_label(&self, place: Place, label: u32) -> bool {
        self.label_indices(place).contains(&label)
    }

    pub(crate) fn carriers(&self, label: Label) -> impl Iterator<Item = Place> + '_ {
        let least = Place::User(User {
            index: 0,
            birth: 0,
            owner: 0,
        });
        let range = self.steady.carriers.range((label.index, least)..);
        range
            .take_while(move |(other, _)| *other == label.index)
            .map(|(_, place)| place)
    }

    pub(crate) fn grants_to(&self, subject: Subject) -> impl Iterator<Item = Grant> + '_ {
        let granted = match subject {
            Subject::User(user) => self.users.row(user.index),
            Subject::Group(group) => self.groups.row(group.index),
            Subject::Everyone => None,
        };
        // Most subjects have no grants, and their rows say so.
        let none = granted.is_some_and(|row| !row.has(Mark::Subject));
        (!none)
            .then(|| self.grants.to(subject))
            .into_iter()
            .flatten()
    }

    /// The grants whose scope names the place, or is bounded by it.
    pub(crate) fn grants_on(&self, place: Place) -> impl Iterator<Item = Grant> + '_ {
        self.grants.on(place)
    }

    pub(crate) fn grants_of(&self, what: What) -> impl Iterator<Item = Grant> + '_ {
        self.grants.of(what)
    }

    /// The grants of just this whose scope names no place and is bounded by none.
    pub(crate) fn wide_grants_of(&self, what: What) -> impl Iterator<Item = Grant> + '_ {
        self.grants.wide(what)
    }

    /// The denies, by what something that goes can be near.
    pub(crate) fn denies(&self) -> &Grants {
        &self.grants
    }

    pub(crate) fn role_row(&self, role: Role) -> Option<&RoleRow> {
        self.steady.roles.rest(self.role_slot(role)?)
    }

    fn role_row_mut(&mut self, role: Role) -> Option<&mut RoleRow> {
        let slot = self.role_slot(role)?;
        Arc::make_mut(&mut self.steady).roles.rest_mut(slot)
    }

    /// Where a run-time role lives.
    fn role_slot(&self, role: Role) -> Option<u32> {
        role.index.checked_sub(self.catalog_roles())
    }

    /// What a run-time role is called.
    pub(crate) fn role_name(&self, role: Role) -> Option<&Arc<str>> {
        self.steady.roles.name(self.role_slot(role)?)
    }

    /// Marks what is worth knowing of the subject and the place of a grant that came or went.
    fn mark(&mut self, grant: Grant, present: bool) {
        let granted = present || self.grants.to(grant.subject).next().is_some();
        match grant.subject {
            Subject::User(user) => self.users.mark(user.index, Mark::Subject, granted),
            Subject::Group(group) => self.groups.mark(group.index, Mark::Subject, granted),
            Subject::Everyone => {}
        }
        if let Scope::This(place) = grant.scope {
            let is_such = |other: Grant| other.scope == grant.scope;
            let named = present || self.grants_on(place).any(is_such);
            match place {
                Place::User(user) => self.users.mark(user.index, Mark::Named, named),
                Place::Group(group) => self.groups.mark(group.index, Mark::Named, named),
                Place::Resource(resource) => {
                    self.resources.mark(resource.index, Mark::Named, named);
                }
            }
        }
    }

    /// The role's own permissions.
    pub(crate) fn role_permissions(&self, role: Role) -> &[u32] {
        match self.catalog.role_rows().get(role.index as usize) {
            Some(row) => &row.permissions,
            None => self
                .role_row(role)
                .map(|row| &row.permissions[..])
                .unwrap_or_default(),
        }
    }

    /// The roles it includes directly.
    pub(crate) fn role_includes(&self, role: Role) -> Vec<Role> {
        match self.catalog.role_rows().get(role.index as usize) {
            Some(row) => row
                .includes
                .iter()
                .map(|index| self.catalog.role_at(*index))
                .collect(),
            None => self
                .role_row(role)
                .map(|row| row.includes.clone())
                .unwrap_or_default(),
        }
    }

    /// The role at this place of the table of roles, those of the catalog first.
    pub(crate) fn role_at(&self, index: u32) -> Option<Role> {
        match index.checked_sub(self.catalog_roles()) {
            None => Some(self.catalog.role_at(index)),
            Some(slot) => {
                let row = self.steady.roles.tenant(slot)?;
                Some(Role {
                    index,
                    birth: row.birth(),
                    owner: self.policy,
                })
            }
        }
    }

    /// The role and all that it includes, in order.
    pub(crate) fn included_roles(&self, role: Role) -> impl Iterator<Item = Role> + '_ {
        let included = self.book.included(role);
        included.filter_map(|index| self.role_at(u32::try_from(index).ok()?))
    }

    /// Works out again what follows from the facts about roles, after these, by index, came, went or changed.
    pub(crate) fn refresh_book(&mut self, changed: &[u32]) {
        let mut book = RoleBook::clone(&self.book);
        book.refresh(self, changed);
        self.book = Arc::new(book);
    }

    /// How many slots all tables have together.
    #[cfg(test)]
    pub(crate) fn slots(&self) -> usize {
        let roles = self.steady.roles.slots();
        self.users.slots() + self.groups.slots() + self.resources.slots() + roles
    }

    /// How many nodes all sets have together.
    #[cfg(test)]
    pub(crate) fn nodes(&self) -> usize {
        let of_slots = [&self.members, &self.children].into_iter();
        let of_slots = of_slots.chain(&self.steady.contents);
        let in_slots = of_slots.flat_map(Pages::iter).map(SortedSet::nodes);
        in_slots.sum::<usize>() + self.steady.carriers.nodes() + self.grants.nodes()
    }

    /// After an edit: lays out again what every question reads, where enough of it has changed.
    pub(crate) fn settle(&mut self) {
        let tables = [&mut self.users, &mut self.groups, &mut self.resources];
        tables.into_iter().for_each(Table::settle);
    }

    /// The bytes of all names, and of what finds them.
    pub(crate) fn names_heap(&self) -> usize {
        let tables = [&self.users, &self.groups, &self.resources].into_iter();
        let tables = tables.map(Table::names_heap).sum::<usize>();
        tables + self.steady.roles.names_heap() + self.steady.names.heap()
    }
}

/// Names are not counted, nor is the catalog.
impl Weight for Facts {
    fn heap(&self) -> usize {
        let steady = &self.steady;
        let contents = steady.contents.iter().map(Weight::heap).sum::<usize>();
        let things = [&self.users, &self.groups, &self.resources].into_iter();
        things.map(Weight::heap).sum::<usize>()
            + steady.kind_of.heap()
            + steady.kinds.iter().map(Weight::heap).sum::<usize>()
            + self.members.heap()
            + self.children.heap()
            + contents
            + steady.carriers.heap()
            + self.grants.heap()
    }
}

/// Records a link in the set of one slot, or takes it out.
fn set_in(sets: &mut Sets, slot: u32, link: u32, present: bool) {
    let slot = slot as usize;
    if slot >= sets.len() {
        sets.set(slot, SortedSet::default());
    }
    if let Some(set) = sets.get_mut(slot) {
        set.set(link, present);
    }
}

impl Grant {
    /// The place that its scope names, or the group that bounds it.
    pub(crate) fn named_place(&self) -> Option<Place> {
        match self.scope {
            Scope::This(place) => Some(place),
            Scope::Underlying(group) | Scope::Labelled(_, Some(group)) => Some(Place::Group(group)),
            Scope::Platform | Scope::Oneself | Scope::Labelled(_, None) => None,
        }
    }
}
