//! Grants: who may do what where, and the builder that spells one out.

use crate::id::{Group, Label, Permission, Place, Role, Subject};

/// Whether a grant gives or takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "snake_case")
)]
pub enum Effect {
    /// The grant gives.
    Allow,
    /// The grant takes, and beats every allow.
    Deny,
}

/// What a grant gives or takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum What {
    /// One permission.
    Permission(Permission),
    /// Every permission in a role and in the roles it includes.
    Role(Role),
    /// Everything. Only a deny can take everything.
    Everything,
}

impl From<Permission> for What {
    fn from(permission: Permission) -> Self {
        What::Permission(permission)
    }
}

impl From<Role> for What {
    fn from(role: Role) -> Self {
        What::Role(role)
    }
}

/// Where a grant holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scope {
    /// Everywhere.
    Platform,
    /// At one place: the place and what is placed in it, not the groups below. Of a group also the users who are its direct members.
    This(Place),
    /// At a group and at all groups below it, with what is placed in them and their members.
    Underlying(Group),
    /// At whatever is at a carrier of the label that is under the group, or anywhere when no group bounds it.
    Labelled(Label, Option<Group>),
    /// At the holder and what is placed in the holder.
    Oneself,
}

impl Scope {
    /// At one place: the place and what is placed in it, directly or through other resources. Of a group also the users who are its direct
    /// members, and not the groups below it: for those see [`underlying`](Scope::underlying).
    pub fn this(place: impl Into<Place>) -> Self {
        Scope::This(place.into())
    }

    /// At a group and all groups below it, with what is placed in them and their members.
    #[must_use]
    pub fn underlying(group: Group) -> Self {
        Scope::Underlying(group)
    }

    /// At every carrier of the label.
    #[must_use]
    pub fn labelled(label: Label) -> Self {
        Scope::Labelled(label, None)
    }

    /// At every carrier of the label that is under the group.
    #[must_use]
    pub fn labelled_under(label: Label, group: Group) -> Self {
        Scope::Labelled(label, Some(group))
    }
}

impl Scope {
    /// The place that `this` or `underlying` names.
    pub(crate) fn named(self) -> Option<Place> {
        match self {
            Scope::This(place) => Some(place),
            Scope::Underlying(group) => Some(Place::Group(group)),
            Scope::Platform | Scope::Labelled(..) | Scope::Oneself => None,
        }
    }
}

/// A fact: a subject, what it gets or is denied, where, and which of the two. Two equal grants are one fact.
///
/// ```
/// # use rolecall::{Catalog, Grant, Policy, Scope};
/// # let catalog = Catalog::builder().permission("course.edit").role("trainer", ["course.edit"]).build()?;
/// # let (trainer, edit_course) = (catalog.role("trainer")?, catalog.permission("course.edit")?);
/// # let mut policy = Policy::new(catalog);
/// # let mut edit = policy.edit_unguarded();
/// # let (trainers, europe, asia) = (edit.add_group("trainers")?, edit.add_group("europe")?, edit.add_group("asia")?);
/// # let ana = edit.add_user("ana")?;
/// edit.grant(Grant::role(trainer).to(trainers).on(Scope::underlying(europe)))?;
/// edit.grant(Grant::deny(edit_course).to(ana).on(Scope::Platform))?;
/// edit.grant_all(Grant::permission(edit_course).to(trainers).on_each([Scope::this(europe), Scope::this(asia)]))?;
/// edit.grant_all(Grant::role(trainer).to_each([trainers, europe]).on(Scope::Platform))?;
/// # edit.commit()?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Grant {
    // The order of the fields is the order of grants: all of one subject lie together, then all of one thing granted.
    pub(crate) subject: Subject,
    pub(crate) what: What,
    pub(crate) scope: Scope,
    pub(crate) effect: Effect,
}

impl Grant {
    /// Starts an allow of a role.
    pub fn role(role: Role) -> GrantOf {
        GrantOf {
            what: What::Role(role),
            effect: Effect::Allow,
        }
    }

    /// Starts an allow of a permission.
    pub fn permission(permission: Permission) -> GrantOf {
        GrantOf {
            what: What::Permission(permission),
            effect: Effect::Allow,
        }
    }

    /// Starts a deny of a permission, of every permission in a role, or of [`What::Everything`].
    pub fn deny(what: impl Into<What>) -> GrantOf {
        GrantOf {
            what: what.into(),
            effect: Effect::Deny,
        }
    }

    /// Starts a deny of everything: suspension on the platform, revocation under one group.
    pub fn deny_everything() -> GrantOf {
        Self::deny(What::Everything)
    }

    /// Who receives it.
    #[must_use]
    pub fn subject(&self) -> Subject {
        self.subject
    }

    /// What it gives or takes.
    #[must_use]
    pub fn what(&self) -> What {
        self.what
    }

    /// Where it holds.
    #[must_use]
    pub fn scope(&self) -> Scope {
        self.scope
    }

    /// Whether it gives or takes.
    #[must_use]
    pub fn effect(&self) -> Effect {
        self.effect
    }
}

/// A grant that still needs its subject.
#[derive(Clone, Copy, Debug)]
#[must_use = "a grant needs a subject and a scope"]
pub struct GrantOf {
    what: What,
    effect: Effect,
}

impl GrantOf {
    /// Who receives it.
    pub fn to(self, subject: impl Into<Subject>) -> GrantTo<[Subject; 1]> {
        GrantTo {
            of: self,
            subjects: [subject.into()],
        }
    }

    /// The many who receive it, a grant each.
    pub fn to_each(
        self,
        subjects: impl IntoIterator<Item = impl Into<Subject>>,
    ) -> GrantTo<Vec<Subject>> {
        GrantTo {
            of: self,
            subjects: subjects.into_iter().map(Into::into).collect(),
        }
    }

    /// Everyone receives it.
    pub fn to_everyone(self) -> GrantTo<[Subject; 1]> {
        self.to(Subject::Everyone)
    }
}

/// A grant that still needs its scope.
#[derive(Clone, Debug)]
#[must_use = "a grant needs a scope"]
pub struct GrantTo<S> {
    of: GrantOf,
    subjects: S,
}

impl GrantOf {
    fn grant(self, subject: Subject, scope: Scope) -> Grant {
        Grant {
            subject,
            what: self.what,
            scope,
            effect: self.effect,
        }
    }
}

impl GrantTo<[Subject; 1]> {
    /// Where it holds.
    #[must_use]
    pub fn on(self, scope: Scope) -> Grant {
        let [subject] = self.subjects;
        self.of.grant(subject, scope)
    }

    /// The several scopes where it holds, a grant each.
    #[must_use]
    pub fn on_each(self, scopes: impl IntoIterator<Item = Scope>) -> Vec<Grant> {
        let [subject] = self.subjects;
        scopes
            .into_iter()
            .map(|scope| self.of.grant(subject, scope))
            .collect()
    }
}

impl GrantTo<Vec<Subject>> {
    /// Where it holds.
    #[must_use]
    pub fn on(self, scope: Scope) -> Vec<Grant> {
        self.subjects
            .into_iter()
            .map(|subject| self.of.grant(subject, scope))
            .collect()
    }
}
