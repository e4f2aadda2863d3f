//! The changes that lead from one state to another, by names.
//!
//! The two states may be of different policies, and under catalogs that declare the same in another order. So a fact of one is carried over to
//! the other by the names of all that it speaks of, and looked up there; only facts that are not there are put into words.

use std::collections::HashMap;
use std::hash::Hash;

use crate::facts::change::Change;
use crate::facts::entry::all_facts;
use crate::facts::grant::{Grant, Scope, What};
use crate::facts::{Fact, Facts};
use crate::id::{Group, Label, Permission, Place, Resource, Role, Subject, Thing, User};
use crate::query::diff::DiffError;
use crate::snapshot::Snapshot;
use crate::steps::step;

impl Snapshot {
    /// The changes that lead from this state to the wanted one, which may be of another policy: applied to this state as one edit, they give
    /// a state with the digest of the wanted one (under the same [`DigestKey`](crate::DigestKey)). It is how a file that says what a policy is
    /// to be becomes an edit, and how that edit is shown to somebody first.
    ///
    /// Each changes one fact, and no fact is changed twice. Things come first that are only there, and what joins, marks and grants is
    /// recorded before other such facts are taken out; things that are only here are removed last, after all facts that name them. So no step
    /// waits for another one, and no removal lifts a deny unseen. In the other direction the changes are those of an
    /// [`inverse`](crate::Entry::inverse).
    ///
    /// A thing is the same on both sides where its name is, for a resource with that of its kind. What was renamed is removed and added: who
    /// knows better applies a [`Change::Rename`] first. Where a catalog has rules the edit is judged as any other: a state that came about
    /// step by step is not always one that can be reached at once.
    ///
    /// ```
    /// use rolecall::{Catalog, Change, Policy, ThingName};
    ///
    /// let catalog = Catalog::builder().permission("login").build()?;
    /// let (user, group) = (|name: &str| ThingName::user(name), ThingName::group("europe"));
    /// let joins = |user: &str| Change::AddMember { user: user.into(), group: "europe".into() };
    ///
    /// let mut policy = Policy::new(catalog.clone());
    /// policy.apply(&[Change::Add(user("ana")), Change::Add(user("ben")), Change::Add(group.clone()), joins("ana")])?;
    ///
    /// // What the file says, as a policy of its own.
    /// let mut wanted = Policy::new(catalog);
    /// wanted.apply(&[Change::Add(user("ben")), Change::Add(group), joins("ben")])?;
    ///
    /// let changes = policy.snapshot().changes_to(&wanted.snapshot())?;
    /// let texts: Vec<String> = changes.iter().map(Change::to_string).collect();
    /// assert_eq!(texts, ["add user `ben` to group `europe`", "remove user `ana` from group `europe`", "remove user `ana`"]);
    /// policy.apply(&changes)?;
    /// assert_eq!(policy.snapshot().digest(), wanted.snapshot().digest());
    /// assert!(policy.snapshot().changes_to(&wanted.snapshot())?.is_empty());
    ///
    /// // The same facts would not mean the same under another catalog.
    /// let other = Policy::new(Catalog::builder().build()?);
    /// assert!(policy.snapshot().changes_to(&other.snapshot()).is_err());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`DiffError::OtherCatalog`] where the catalogs do not declare the same.
    ///
    /// # Complexity
    ///
    /// Linear in the facts of both states.
    pub fn changes_to(&self, wanted: &Snapshot) -> Result<Vec<Change>, DiffError> {
        if self.catalog().digest() != wanted.catalog().digest() {
            return Err(DiffError::OtherCatalog);
        }
        let (here, there) = (self.facts(), wanted.facts());
        let mut changes: Vec<Change> = only_in(there, here).collect();
        let taken_out = changes.len();
        changes.extend(only_in(here, there).filter_map(|recorded| recorded.inverse()));
        if let Some(taken_out) = changes.get_mut(taken_out..) {
            taken_out.reverse();
        }
        Ok(changes)
    }
}

/// The changes that record what only the first state has, in an order in which they can be applied.
fn only_in<'a>(one: &'a Facts, other: &'a Facts) -> impl Iterator<Item = Change> + 'a {
    let across = Across::new(one, other);
    let only = all_facts(one).filter(move |fact| {
        step();
        across.fact(fact).is_none_or(|fact| !other.contains(&fact))
    });
    only.map(|fact| one.describe(&fact))
}

/// From everything in one state to what is called the same in another.
struct Across {
    users: Vec<Option<User>>,
    groups: Vec<Option<Group>>,
    resources: Vec<Option<Resource>>,
    roles: HashMap<Role, Role>,
    permissions: HashMap<Permission, Permission>,
    labels: HashMap<Label, Label>,
}

impl Across {
    fn new(from: &Facts, to: &Facts) -> Self {
        let (catalog, other) = (&from.catalog, &to.catalog);
        let by_slot = |thing: Thing| thing.index() as usize;
        let resource = |resource: Resource| {
            let kind = catalog.kind_at(from.kind(resource.index)?);
            let kind = other.kind(catalog.kind_name(kind)?).ok()?;
            to.find_resource(kind, from.name(resource.into()))
        };
        Across {
            users: table(from.all_users(), by_slot, |user| {
                to.find_user(from.name(user.into()))
            }),
            groups: table(from.all_groups(), by_slot, |group| {
                to.find_group(from.name(group.into()))
            }),
            resources: table(from.all_resources(), by_slot, resource),
            roles: map(catalog.roles().chain(from.run_time_roles()), |role| {
                to.find_role(from.name(role.into()))
            }),
            permissions: map(catalog.permissions(), |permission| {
                other.permission(catalog.permission_name(permission)?).ok()
            }),
            labels: map(catalog.labels(), |label| {
                other.label(catalog.label_name(label)?).ok()
            }),
        }
    }

    fn user(&self, user: User) -> Option<User> {
        self.users.get(user.index as usize).copied().flatten()
    }

    fn group(&self, group: Group) -> Option<Group> {
        self.groups.get(group.index as usize).copied().flatten()
    }

    fn resource(&self, resource: Resource) -> Option<Resource> {
        let resource = self.resources.get(resource.index as usize);
        resource.copied().flatten()
    }

    fn role(&self, role: Role) -> Option<Role> {
        self.roles.get(&role).copied()
    }

    fn permission(&self, permission: Permission) -> Option<Permission> {
        self.permissions.get(&permission).copied()
    }

    fn label(&self, label: Label) -> Option<Label> {
        self.labels.get(&label).copied()
    }

    fn place(&self, place: Place) -> Option<Place> {
        Some(match place {
            Place::User(user) => Place::User(self.user(user)?),
            Place::Group(group) => Place::Group(self.group(group)?),
            Place::Resource(resource) => Place::Resource(self.resource(resource)?),
        })
    }

    fn thing(&self, thing: Thing) -> Option<Thing> {
        Some(match thing {
            Thing::User(user) => Thing::User(self.user(user)?),
            Thing::Group(group) => Thing::Group(self.group(group)?),
            Thing::Resource(resource) => Thing::Resource(self.resource(resource)?),
            Thing::Role(role) => Thing::Role(self.role(role)?),
        })
    }

    fn grant(&self, grant: Grant) -> Option<Grant> {
        let subject = match grant.subject {
            Subject::User(user) => Subject::User(self.user(user)?),
            Subject::Group(group) => Subject::Group(self.group(group)?),
            Subject::Everyone => Subject::Everyone,
        };
        let what = match grant.what {
            What::Permission(permission) => What::Permission(self.permission(permission)?),
            What::Role(role) => What::Role(self.role(role)?),
            What::Everything => What::Everything,
        };
        let scope = match grant.scope {
            Scope::Platform => Scope::Platform,
            Scope::This(place) => Scope::This(self.place(place)?),
            Scope::Underlying(group) => Scope::Underlying(self.group(group)?),
            Scope::Labelled(label, None) => Scope::Labelled(self.label(label)?, None),
            Scope::Labelled(label, Some(group)) => {
                Scope::Labelled(self.label(label)?, Some(self.group(group)?))
            }
            Scope::Oneself => Scope::Oneself,
        };
        Some(Grant {
            subject,
            what,
            scope,
            effect: grant.effect,
        })
    }

    /// The fact in the handles of the other state; `None` where something that it speaks of is not there.
    fn fact(&self, fact: &Fact) -> Option<Fact> {
        Some(match *fact {
            Fact::Thing(thing) => Fact::Thing(self.thing(thing)?),
            Fact::Member(user, group) => Fact::Member(self.user(user)?, self.group(group)?),
            Fact::Parent(group, parent) => Fact::Parent(self.group(group)?, self.group(parent)?),
            Fact::Placed(resource, place) => {
                Fact::Placed(self.resource(resource)?, self.place(place)?)
            }
            Fact::Labelled(place, label) => Fact::Labelled(self.place(place)?, self.label(label)?),
            Fact::Gives(role, permission) => {
                Fact::Gives(self.role(role)?, self.permission(permission)?)
            }
            Fact::Includes(role, included) => {
                Fact::Includes(self.role(role)?, self.role(included)?)
            }
            Fact::Grant(grant) => Fact::Grant(self.grant(grant)?),
        })
    }
}

/// What is found for each of the things, by their slots.
fn table<T: Copy + Into<Thing>>(
    things: impl Iterator<Item = T>,
    slot: impl Fn(Thing) -> usize,
    find: impl Fn(T) -> Option<T>,
) -> Vec<Option<T>> {
    let mut found = Vec::new();
    for thing in things {
        let slot = slot(thing.into());
        if found.len() <= slot {
            found.resize(slot + 1, None);
        }
        if let Some(place) = found.get_mut(slot) {
            *place = find(thing);
        }
    }
    found
}

/// What is found for each of the words.
fn map<T: Copy + Eq + Hash>(
    words: impl Iterator<Item = T>,
    find: impl Fn(T) -> Option<T>,
) -> HashMap<T, T> {
    let found = words.filter_map(|word| Some((word, find(word)?)));
    found.collect()
}
