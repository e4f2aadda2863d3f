//! What covers a target, and from where: the grants behind a screen of who has access to it.

use std::fmt;

use crate::error::AskError;
use crate::facts::grant::{Effect, Grant, Scope};
use crate::id::{Permission, Place, Subject, Target, User};
use crate::name::quoted;
use crate::query::elide::{ENTRIES, rest, spelled};
use crate::query::explain::covering::covering;
use crate::query::explain::{Chainer, Chains};
use crate::query::reverse::down::Sort;
use crate::query::reverse::who::Subjects;
use crate::snapshot::Snapshot;

impl Snapshot {
    /// Every grant, allow or deny, that covers the target: those on it, on whatever it is in, on groups above, on labels, on the platform.
    ///
    /// It is what the dialog about who has access lists. Whom an entry lets do what follows from all of them together:
    /// [`AccessOn::users_with`] is who holds a permission there, as [`who_can`](Snapshot::who_can) says of the action of that name.
    ///
    /// ```
    /// # use rolecall::{Catalog, Grant, Policy, Scope};
    /// # let catalog = Catalog::builder().kind("shelf").permission("read").label("public").build()?;
    /// # let (read, public, shelf) = (catalog.permission("read")?, catalog.label("public")?, catalog.kind("shelf")?);
    /// # let mut policy = Policy::new(catalog);
    /// # let mut edit = policy.edit_unguarded();
    /// # let (house, staff) = (edit.add_group("house")?, edit.add_group("staff")?);
    /// # let (ana, ben) = (edit.add_user("ana")?, edit.add_user("ben")?);
    /// # let novels = edit.add_resource(shelf, "novels")?;
    /// edit.attach(staff, house)?;
    /// edit.add_member(ana, staff)?;
    /// edit.add_member(ben, staff)?;
    /// edit.place(novels, staff)?;
    /// edit.grant(Grant::permission(read).to(staff).on(Scope::underlying(house)))?;
    /// edit.grant(Grant::deny(read).to(ben).on(Scope::this(novels)))?;
    /// edit.grant(Grant::permission(read).to(ben).on(Scope::labelled(public)))?;
    /// edit.commit()?;
    ///
    /// let now = policy.snapshot();
    /// let access = now.access_on(novels)?;
    /// assert_eq!(
    ///     access.to_string(),
    ///     "access on shelf `novels`\n  \
    ///        deny permission `read` to user `ben` on this shelf `novels`\n  \
    ///        allow permission `read` to group `staff` on group `house` and all below\n    \
    ///          place: `novels` > `staff` > `house`",
    /// );
    /// // What is granted on the label does not cover the shelf, which does not carry it; and a deny takes what an allow gives.
    /// assert_eq!(access.users_with(read), [ana]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`AskError`] when a handle does not resolve here.
    ///
    /// # Complexity
    ///
    /// Linear in the grants and in what the target is under.
    pub fn access_on(&self, target: impl Into<Target>) -> Result<AccessOn, AskError> {
        let target = target.into();
        if let Some(place) = target.place() {
            self.check(place)?;
        }
        let facts = self.facts();
        // What `oneself` covers hangs on who asks: of those at the target, who is held as the subject.
        let at = facts.at(target);
        let users = at.iter().filter_map(|place| match place {
            Place::User(user) => Some(*user),
            Place::Group(_) | Place::Resource(_) => None,
        });
        let users: Vec<(User, Vec<Subject>)> = users
            .map(|user| {
                let groups = facts.held_groups(user).into_iter().map(Subject::Group);
                let own = [Subject::User(user), Subject::Everyone];
                (user, own.into_iter().chain(groups).collect())
            })
            .collect();
        let mut entries: Vec<AccessEntry> = Vec::new();
        let (own, others): (Vec<Grant>, Vec<Grant>) = self
            .grants()
            .partition(|grant| grant.scope == Scope::Oneself);
        // Nobody's own scope is among these, so it does not matter who holds them.
        let covered = covering(facts, NOBODY, &others, &[target]);
        let covered = others.into_iter().zip(covered);
        let covered = covered.filter_map(|(grant, place)| place.map(|_| grant));
        entries.extend(covered.map(|grant| AccessEntry { grant, only: None }));
        for grant in own {
            for (user, subjects) in &users {
                if subjects.contains(&grant.subject) {
                    let only = Some(*user);
                    entries.push(AccessEntry { grant, only });
                }
            }
        }
        // What is on the target itself comes first, then what is inherited from elsewhere.
        let own = target.place().map_or(Scope::Platform, Scope::This);
        entries.sort_by_key(|AccessEntry { grant, only }| {
            let elsewhere = grant.scope != own;
            (
                elsewhere,
                grant.scope,
                grant.subject,
                grant.what,
                grant.effect,
                *only,
            )
        });
        Ok(AccessOn {
            snapshot: self.clone(),
            target,
            entries,
        })
    }
}

/// What covers a target: the answer of [`Snapshot::access_on`].
///
/// Entries are in order: what is granted on the target itself first, then what is inherited from elsewhere. `Display` shows the first 200
/// with the places that lead to them, and how many more there are. Under `serde` it is written by names, with the same limit.
#[derive(Clone)]
pub struct AccessOn {
    snapshot: Snapshot,
    target: Target,
    entries: Vec<AccessEntry>,
}

/// A grant that covers a target: an entry of [`AccessOn`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct AccessEntry {
    grant: Grant,
    only: Option<User>,
}

impl AccessEntry {
    /// The grant, an allow or a deny.
    #[must_use]
    pub fn grant(&self) -> Grant {
        self.grant
    }

    /// Where the scope is `oneself`: the one user whom it is about. A grant at `oneself` has an entry for each user that the target is at
    /// and that is held as its subject.
    #[must_use]
    pub fn only(&self) -> Option<User> {
        self.only
    }
}

impl AccessOn {
    /// What was asked about.
    #[must_use]
    pub fn target(&self) -> Target {
        self.target
    }

    /// The entries, in order.
    #[must_use]
    pub fn entries(&self) -> &[AccessEntry] {
        &self.entries
    }

    /// Whether the grant is on the target itself, and not inherited from a place it is in, a group above, a label or the platform.
    #[must_use]
    pub fn is_direct(&self, entry: &AccessEntry) -> bool {
        entry.grant.scope == self.target.place().map_or(Scope::Platform, Scope::This)
    }

    /// The places from the target up to the one that the entry's scope names, or that carries its label, and on to the group that bounds
    /// that; one shortest chain, empty for the platform.
    ///
    /// # Complexity
    ///
    /// Linear in what the target is under.
    #[must_use]
    pub fn places(&self, entry: &AccessEntry) -> Vec<Place> {
        let user = entry.only.unwrap_or(NOBODY);
        self.places_by(&mut Chainer::new(self.snapshot.facts(), user), entry)
    }

    fn places_by(&self, chainer: &mut Chainer<'_>, entry: &AccessEntry) -> Vec<Place> {
        let mut chains = Chains::default();
        let user = entry.only.unwrap_or(NOBODY);
        chainer.places(user, entry.grant.scope, self.target, &mut chains);
        let bound = chains.bound.into_iter().skip(1);
        chains.places.into_iter().chain(bound).collect()
    }

    /// The users who hold the permission on the target, in handle order: whom an allow of it among the entries is for, without those whom a deny
    /// is for.
    ///
    /// # Complexity
    ///
    /// Linear in the entries and in the groups and memberships below their subjects.
    #[must_use]
    pub fn users_with(&self, permission: Permission) -> Vec<User> {
        let facts = self.snapshot.facts();
        if !self.snapshot.catalog().has_permission(permission) {
            return Vec::new();
        }
        let users = |effect: Effect| {
            let mut subjects = Subjects::default();
            for AccessEntry { grant, only } in &self.entries {
                if grant.effect == effect && facts.book().gives(grant.what, permission.index) {
                    subjects.push(only.map_or(grant.subject, Subject::User).into());
                }
            }
            subjects.users(facts)
        };
        let held = users(Effect::Allow).minus(users(Effect::Deny));
        let slots = Sort::Users.members_from(facts, &held, 0);
        slots.filter_map(|slot| facts.user_at(slot)).collect()
    }
}

/// A user that nobody is.
pub(crate) const NOBODY: User = User {
    index: u32::MAX,
    birth: 0,
    owner: 0,
};

impl fmt::Debug for AccessOn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AccessOn")
            .field("target", &self.target)
            .field("entries", &self.entries)
            .finish_non_exhaustive()
    }
}

/// A line for each entry, and the places that lead to it where it is inherited.
impl fmt::Display for AccessOn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let facts = self.snapshot.facts();
        let target = self.target.place().map_or_else(
            || "the platform".to_owned(),
            |place| facts.thing_name(place.into()).to_string(),
        );
        write!(f, "access on {target}")?;
        let mut chainer = Chainer::new(facts, NOBODY);
        for entry in self.entries.iter().take(ENTRIES) {
            write!(f, "\n  {}", facts.grant_name(entry.grant))?;
            if let Some(user) = entry.only {
                write!(f, ", which is user {}", quoted(&facts.user_name(user)))?;
            }
            let places = self.places_by(&mut chainer, entry);
            if places.len() > 1 {
                let name =
                    |place: &Place| quoted(facts.thing_name((*place).into()).name()).to_string();
                write!(f, "\n    place: {}", spelled(&places, name))?;
            }
        }
        match rest(self.entries.len(), ENTRIES) {
            0 => Ok(()),
            more => write!(f, "\n  and {more} more"),
        }
    }
}

#[cfg(feature = "serde")]
mod wire {
    use serde::{Serialize, Serializer};

    use super::{AccessEntry, AccessOn, NOBODY};
    use crate::facts::change::GrantName;
    use crate::query::elide::{ENTRIES, ends, is_zero, rest};
    use crate::query::explain::Chainer;

    #[derive(Serialize)]
    struct List {
        target: String,
        entries: Vec<Entry>,
        #[serde(skip_serializing_if = "is_zero")]
        entries_more: usize,
    }

    #[derive(Serialize)]
    struct Entry {
        grant: GrantName,
        is_direct: bool,
        #[serde(skip_serializing_if = "Option::is_none")]
        only: Option<String>,
        places: Vec<String>,
        #[serde(skip_serializing_if = "is_zero")]
        places_left_out: usize,
    }

    /// By names: the target, and the first 200 entries with the places that lead to them, of long chains ten names at each end.
    impl Serialize for AccessOn {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            let facts = self.snapshot.facts();
            let mut chainer = Chainer::new(facts, NOBODY);
            let entry = |entry: &AccessEntry| {
                let places = self.places_by(&mut chainer, entry);
                let (places, places_left_out) =
                    ends(&places, |place| facts.place_name(*place).to_string());
                Entry {
                    grant: facts.grant_name(entry.grant),
                    is_direct: self.is_direct(entry),
                    only: entry.only.map(|user| facts.user_name(user)),
                    places,
                    places_left_out,
                }
            };
            List {
                target: facts.target_name(self.target).to_string(),
                entries: self.entries.iter().take(ENTRIES).map(entry).collect(),
                entries_more: rest(self.entries.len(), ENTRIES),
            }
            .serialize(serializer)
        }
    }
}
