//! The permission list of a group.

use std::fmt;

use crate::error::AskError;
use crate::facts::grant::{Effect, Grant, Scope, What};
use crate::id::{Group, Subject};
use crate::snapshot::Snapshot;

impl Snapshot {
    /// What is granted to a group and what it inherits, as its screen lists it.
    ///
    /// There is an entry for each thing granted (a permission, a role or, in a deny, everything) and each subject it was granted to, with all
    /// its scopes; allows and denies are entries of their own. The same thing granted to the group and to one above it is two
    /// entries, while a grant that is inherited by two ways is one. What everyone holds stands apart.
    ///
    /// Only an entry of the group itself can be removed there: [`Edit::revoke`](crate::Edit::revoke) of an inherited one is refused and names
    /// the same place as [`recorded_on`](GroupPermission::recorded_on).
    ///
    /// ```
    /// # use rolecall::{Catalog, Grant, GrantSource, Policy, Problem, Scope};
    /// # let catalog = Catalog::builder().permission("member.view").build()?;
    /// # let view = catalog.permission("member.view")?;
    /// # let mut policy = Policy::new(catalog);
    /// # let mut edit = policy.edit_unguarded();
    /// # let (roles, trainers) = (edit.add_group("roles")?, edit.add_group("trainers")?);
    /// edit.attach(trainers, roles)?;
    /// edit.grant(Grant::permission(view).to(trainers).on(Scope::this(trainers)))?;
    /// edit.grant(Grant::permission(view).to(roles).on(Scope::Platform))?;
    /// # edit.commit()?;
    ///
    /// let list = policy.snapshot().group_permissions(trainers)?;
    /// let [own, inherited] = list.entries() else { panic!("two entries") };
    /// assert_eq!((own.source(), own.scopes()), (GrantSource::CurrentGroup, &[Scope::this(trainers)][..]));
    /// assert_eq!(inherited.source(), GrantSource::Group(roles));
    /// assert!(own.removable_here() && !inherited.removable_here());
    /// assert_eq!(
    ///     list.to_string(),
    ///     "permissions of group `trainers`\n  \
    ///        allow permission `member.view` | Current group | this group `trainers`\n  \
    ///        allow permission `member.view` | `roles` | the platform",
    /// );
    ///
    /// let refused = policy.edit_unguarded().revoke(Grant::permission(view).to(trainers).on(Scope::Platform));
    /// assert!(matches!(refused, Err(Problem::Inherited { .. })));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`AskError`] when the handle does not resolve here.
    ///
    /// # Complexity
    ///
    /// A look-up for each group at or above this one that something is granted to, and O(*g* log *g*) with *g* grants of theirs.
    pub fn group_permissions(&self, group: Group) -> Result<GroupPermissions, AskError> {
        self.check(group)?;
        let facts = self.facts();
        let mut grants: Vec<Grant> = Vec::new();
        for subject in self.index().granted(facts, std::iter::once(group)) {
            grants.extend(facts.grants_to(subject.into()));
        }
        let own = Subject::Group(group);
        // What is granted first; of one thing what is the group's own, and allows before denies.
        let mut entries = entries(grants, own);
        entries.sort_by_key(|entry| {
            (
                entry.what,
                entry.subject != own,
                entry.subject,
                entry.effect,
            )
        });
        Ok(GroupPermissions {
            snapshot: self.clone(),
            group,
            entries,
            everyone: self::entries(facts.grants_to(Subject::Everyone), own),
        })
    }
}

/// One entry for each thing granted, subject and effect, with the scopes in order.
fn entries(grants: impl IntoIterator<Item = Grant>, own: Subject) -> Vec<GroupPermission> {
    let key = |grant: &Grant| (grant.what, grant.subject, grant.effect);
    let mut grants: Vec<Grant> = grants.into_iter().collect();
    grants.sort_unstable_by_key(|grant| (key(grant), grant.scope));
    let alike = grants.chunk_by(|one, other| key(one) == key(other));
    let entry = |alike: &[Grant]| {
        let first = alike.first()?;
        Some(GroupPermission {
            what: first.what,
            effect: first.effect,
            subject: first.subject,
            own: first.subject == own,
            scopes: alike.iter().map(|grant| grant.scope).collect(),
        })
    };
    alike.filter_map(entry).collect()
}

/// The permission list of a group: the answer of [`Snapshot::group_permissions`].
///
/// `Display` shows a line for each entry, with what it is, its source and its scopes. Under `serde` it is written by names.
#[derive(Clone)]
pub struct GroupPermissions {
    snapshot: Snapshot,
    group: Group,
    entries: Vec<GroupPermission>,
    everyone: Vec<GroupPermission>,
}

impl GroupPermissions {
    /// Whose list it is.
    #[must_use]
    pub fn group(&self) -> Group {
        self.group
    }

    /// The group's own entries and the inherited ones: in the order of what is granted; of one thing the own entry first, then those of the
    /// groups above in handle order.
    #[must_use]
    pub fn entries(&self) -> &[GroupPermission] {
        &self.entries
    }

    /// What the members hold as everyone does, in the order of what is granted. The group neither gives nor inherits it.
    #[must_use]
    pub fn everyone(&self) -> &[GroupPermission] {
        &self.everyone
    }

    /// The entries of one permission, of one role or of everything.
    pub fn of(&self, what: impl Into<What>) -> impl Iterator<Item = &GroupPermission> {
        let what = what.into();
        self.entries.iter().filter(move |entry| entry.what == what)
    }
}

/// Something granted to one subject, at all its scopes: an entry of [`GroupPermissions`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupPermission {
    what: What,
    effect: Effect,
    subject: Subject,
    own: bool,
    /// In order; there is at least one.
    scopes: Vec<Scope>,
}

/// Where an entry of a group's list comes from, as seen from that group.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum GrantSource {
    /// It was granted to the group itself. Screens show `Current group`.
    CurrentGroup,
    /// It is inherited from this group above, to which it was granted.
    Group(Group),
    /// It was granted to everyone.
    Everyone,
}

impl GroupPermission {
    /// What is granted, or denied.
    #[must_use]
    pub fn what(&self) -> What {
        self.what
    }

    /// Whether it gives or takes.
    #[must_use]
    pub fn effect(&self) -> Effect {
        self.effect
    }

    /// Every scope at which it is granted to this subject, in order. There is at least one.
    #[must_use]
    pub fn scopes(&self) -> &[Scope] {
        &self.scopes
    }

    /// Where it comes from.
    #[must_use]
    pub fn source(&self) -> GrantSource {
        match self.subject {
            _ if self.own => GrantSource::CurrentGroup,
            Subject::Group(group) => GrantSource::Group(group),
            // INVARIANT: the lists hold no grants to users.
            Subject::User(_) | Subject::Everyone => GrantSource::Everyone,
        }
    }

    /// Whether it is the group's own and so can be removed there. Any other is removed where it is
    /// [`recorded_on`](Self::recorded_on), which takes it from every group below and leaves their own entries.
    #[must_use]
    pub fn removable_here(&self) -> bool {
        self.own
    }

    /// The subject it was granted to: where to go to remove it.
    #[must_use]
    pub fn recorded_on(&self) -> Subject {
        self.subject
    }

    /// The grants that the entry stands for, one for each scope.
    pub fn grants(&self) -> impl Iterator<Item = Grant> + '_ {
        self.scopes.iter().map(|scope| Grant {
            subject: self.subject,
            what: self.what,
            scope: *scope,
            effect: self.effect,
        })
    }
}

impl fmt::Debug for GroupPermissions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GroupPermissions")
            .field("group", &self.group)
            .field("entries", &self.entries)
            .field("everyone", &self.everyone)
            .finish_non_exhaustive()
    }
}

/// A line for each entry: what, source, scopes.
impl fmt::Display for GroupPermissions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let facts = self.snapshot.facts();
        write!(f, "permissions of {}", facts.thing_name(self.group.into()))?;
        for entry in self.entries.iter().chain(&self.everyone) {
            let effect = match entry.effect {
                Effect::Allow => "allow",
                Effect::Deny => "deny",
            };
            write!(f, "\n  {effect} {} | ", facts.what_name(entry.what))?;
            match entry.source() {
                GrantSource::CurrentGroup => f.write_str("Current group")?,
                GrantSource::Group(group) => {
                    let name = facts.thing_name(group.into());
                    write!(f, "{}", crate::name::quoted(name.name()))?;
                }
                GrantSource::Everyone => f.write_str("everyone")?,
            }
            for (at, scope) in entry.scopes.iter().enumerate() {
                let comma = if at == 0 { " | " } else { ", " };
                write!(f, "{comma}{}", facts.scope_name(*scope))?;
            }
        }
        Ok(())
    }
}

#[cfg(feature = "serde")]
mod wire {
    use serde::{Serialize, Serializer};

    use super::{GroupPermission, GroupPermissions};
    use crate::facts::change::{ScopeName, SubjectName, WhatName};
    use crate::facts::grant::Effect;

    /// The list by names.
    #[derive(Serialize)]
    struct List {
        group: String,
        entries: Vec<Entry>,
        everyone: Vec<Entry>,
    }

    #[derive(Serialize)]
    struct Entry {
        what: WhatName,
        effect: Effect,
        recorded_on: SubjectName,
        removable_here: bool,
        scopes: Vec<ScopeName>,
    }

    /// By names: the group, its entries, and those of everyone.
    impl Serialize for GroupPermissions {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            let facts = self.snapshot.facts();
            let entry = |entry: &GroupPermission| Entry {
                what: facts.what_name(entry.what),
                effect: entry.effect,
                recorded_on: facts.subject_name(entry.subject),
                removable_here: entry.own,
                scopes: entry
                    .scopes
                    .iter()
                    .map(|scope| facts.scope_name(*scope))
                    .collect(),
            };
            List {
                group: facts.thing_name(self.group.into()).name().to_owned(),
                entries: self.entries.iter().map(entry).collect(),
                everyone: self.everyone.iter().map(entry).collect(),
            }
            .serialize(serializer)
        }
    }
}
