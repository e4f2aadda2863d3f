//! `Change`: one step of an edit as data, in names.

use std::fmt;

use crate::facts::grant::Effect;
use crate::name::{PlaceName, ThingName, quoted};

/// One step of an edit as data, in names.
///
/// It is what an edit collects, what an [`Entry`](crate::Entry) lists, what replicas apply, what files hold and what property tests
/// generate. [`Policy::apply`](crate::Policy::apply) does what the methods of [`Edit`](crate::Edit) do.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "snake_case", deny_unknown_fields)
)]
#[non_exhaustive]
pub enum Change {
    /// Adds a user, a group, a resource or a role without permissions. Refused where the name is taken.
    Add(ThingName),
    /// Adds a user, a group, a resource or a role without permissions, unless there is one of the name: then it is already so, whatever it
    /// is and holds. Each kind of resources is a name space of its own, so one of another kind is another resource. With what joins things,
    /// which may be repeated anyway, an import can be run twice.
    Ensure(ThingName),
    /// Removes a thing with every fact that names it.
    Remove {
        /// The thing.
        thing: ThingName,
        /// Whether denies that name it may go along, and others reach less far although somebody gains by it. Otherwise both refuse the
        /// removal: see [`Edit::remove`](crate::Edit::remove).
        lifting_denies: bool,
    },
    /// Gives a thing another name. Refused where the name is taken.
    Rename {
        /// The thing by its old name.
        thing: ThingName,
        /// The new name.
        to: String,
    },
    /// Makes a user a member of a group.
    AddMember {
        /// The user.
        user: String,
        /// The group.
        group: String,
    },
    /// Ends a membership.
    RemoveMember {
        /// The user.
        user: String,
        /// The group.
        group: String,
    },
    /// Puts a group below another, whose rights its members then hold as well.
    Attach {
        /// The sub-group.
        group: String,
        /// Its new parent.
        parent: String,
    },
    /// Takes a group from below another.
    Detach {
        /// The sub-group.
        group: String,
        /// The parent it had.
        parent: String,
    },
    /// Places a resource.
    Place {
        /// The resource's kind.
        kind: String,
        /// The resource.
        resource: String,
        /// Where it is put.
        place: PlaceName,
    },
    /// Takes a resource from a place.
    Unplace {
        /// The resource's kind.
        kind: String,
        /// The resource.
        resource: String,
        /// Where it was.
        place: PlaceName,
    },
    /// Marks a place with a label.
    AddLabel {
        /// The carrier.
        place: PlaceName,
        /// The label.
        label: String,
    },
    /// Takes a label off a place.
    RemoveLabel {
        /// The carrier.
        place: PlaceName,
        /// The label.
        label: String,
    },
    /// Adds a permission to a role of the policy.
    AddToRole {
        /// The role.
        role: String,
        /// The permission.
        permission: String,
    },
    /// Takes a permission from a role of the policy.
    RemoveFromRole {
        /// The role.
        role: String,
        /// The permission.
        permission: String,
    },
    /// Makes a role of the policy include another role.
    IncludeRole {
        /// The role.
        role: String,
        /// The role it then includes.
        included: String,
    },
    /// Ends an inclusion.
    ExcludeRole {
        /// The role.
        role: String,
        /// The role it included.
        included: String,
    },
    /// Records a grant.
    Grant(GrantName),
    /// Takes a grant back. Refused where the subject only inherits it.
    Revoke(GrantName),
    /// Takes back every allow of this to this subject, whatever the scope; denies stay.
    RevokeAll {
        /// The subject.
        subject: SubjectName,
        /// What was granted.
        what: WhatName,
    },
}

/// A grant by names. Its text reads `allow role trainer to group:trainers on this group:europe`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "snake_case", deny_unknown_fields)
)]
pub struct GrantName {
    /// Whether it gives or takes.
    pub effect: Effect,
    /// Who receives it.
    pub subject: SubjectName,
    /// What it gives or takes.
    pub what: WhatName,
    /// Where it holds.
    pub scope: ScopeName,
}

/// A subject by name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "snake_case")
)]
pub enum SubjectName {
    /// One user.
    User(String),
    /// A group.
    Group(String),
    /// Every user.
    Everyone,
}

/// What is granted, by name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "snake_case")
)]
pub enum WhatName {
    /// A permission.
    Permission(String),
    /// A role of the catalog or of the policy.
    Role(String),
    /// Everything; only in a deny.
    Everything,
}

/// A scope by names.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(from = "crate::wire::Scope", into = "crate::wire::Scope")
)]
pub enum ScopeName {
    /// Everywhere.
    Platform,
    /// At one place.
    This(PlaceName),
    /// At a group and all groups below it.
    Underlying(String),
    /// At the carriers of a label, or at those under a group.
    Labelled {
        /// The label.
        label: String,
        /// The group that bounds it, if one does.
        within: Option<String>,
    },
    /// At the holder.
    Oneself,
}

impl fmt::Display for GrantName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let effect = match self.effect {
            Effect::Allow => "allow",
            Effect::Deny => "deny",
        };
        write!(
            f,
            "{effect} {} to {} on {}",
            self.what, self.subject, self.scope
        )
    }
}

impl fmt::Display for SubjectName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            SubjectName::User(name) => write!(f, "user {}", quoted(name)),
            SubjectName::Group(name) => write!(f, "group {}", quoted(name)),
            SubjectName::Everyone => f.write_str("everyone"),
        }
    }
}

impl fmt::Display for WhatName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            WhatName::Permission(name) => write!(f, "permission {}", quoted(name)),
            WhatName::Role(name) => write!(f, "role {}", quoted(name)),
            WhatName::Everything => f.write_str("everything"),
        }
    }
}

impl fmt::Display for ScopeName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ScopeName::Platform => f.write_str("the platform"),
            ScopeName::This(place) => write!(f, "this {}", ThingName::from(place.clone())),
            ScopeName::Underlying(group) => write!(f, "group {} and all below", quoted(group)),
            ScopeName::Labelled {
                label,
                within: None,
            } => write!(f, "whatever is marked {}", quoted(label)),
            ScopeName::Labelled {
                label,
                within: Some(group),
            } => {
                write!(
                    f,
                    "whatever is marked {} under group {}",
                    quoted(label),
                    quoted(group)
                )
            }
            ScopeName::Oneself => f.write_str("oneself"),
        }
    }
}

/// The step in one clause.
impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Change::Add(thing) => write!(f, "add {thing}"),
            Change::Ensure(thing) => write!(f, "add {thing} unless it is there"),
            Change::Remove {
                thing,
                lifting_denies: false,
            } => write!(f, "remove {thing}"),
            Change::Remove {
                thing,
                lifting_denies: true,
            } => write!(f, "remove {thing}, lifting denies"),
            Change::Rename { thing, to } => write!(f, "rename {thing} to {}", quoted(to)),
            Change::AddMember { user, group } => {
                write!(f, "add user {} to group {}", quoted(user), quoted(group))
            }
            Change::RemoveMember { user, group } => {
                write!(
                    f,
                    "remove user {} from group {}",
                    quoted(user),
                    quoted(group)
                )
            }
            Change::Attach { group, parent } => {
                write!(
                    f,
                    "attach group {} below group {}",
                    quoted(group),
                    quoted(parent)
                )
            }
            Change::Detach { group, parent } => {
                write!(
                    f,
                    "detach group {} from group {}",
                    quoted(group),
                    quoted(parent)
                )
            }
            Change::Place {
                kind,
                resource,
                place,
            } => {
                write!(
                    f,
                    "place {} {} in {}",
                    kind.escape_debug(),
                    quoted(resource),
                    ThingName::from(place.clone())
                )
            }
            Change::Unplace {
                kind,
                resource,
                place,
            } => {
                write!(
                    f,
                    "take {} {} out of {}",
                    kind.escape_debug(),
                    quoted(resource),
                    ThingName::from(place.clone())
                )
            }
            Change::AddLabel { place, label } => {
                write!(
                    f,
                    "mark {} as {}",
                    ThingName::from(place.clone()),
                    quoted(label)
                )
            }
            Change::RemoveLabel { place, label } => {
                write!(
                    f,
                    "unmark {} as {}",
                    ThingName::from(place.clone()),
                    quoted(label)
                )
            }
            Change::AddToRole { role, permission } => {
                write!(
                    f,
                    "add permission {} to role {}",
                    quoted(permission),
                    quoted(role)
                )
            }
            Change::RemoveFromRole { role, permission } => {
                write!(
                    f,
                    "remove permission {} from role {}",
                    quoted(permission),
                    quoted(role)
                )
            }
            Change::IncludeRole { role, included } => {
                write!(
                    f,
                    "include role {} in role {}",
                    quoted(included),
                    quoted(role)
                )
            }
            Change::ExcludeRole { role, included } => {
                write!(
                    f,
                    "exclude role {} from role {}",
                    quoted(included),
                    quoted(role)
                )
            }
            Change::Grant(grant) => write!(f, "grant: {grant}"),
            Change::Revoke(grant) => write!(f, "revoke: {grant}"),
            Change::RevokeAll { subject, what } => {
                write!(f, "revoke every allow of {what} to {subject}")
            }
        }
    }
}

impl Change {
    /// The change that undoes this one, for the changes that an [`Entry`](crate::Entry) lists: each adds or removes one fact.
    ///
    /// `None` for [`Change::RevokeAll`], which is listed as the grants it took back, and for [`Change::Ensure`], which is listed as an addition
    /// where it added something.
    #[must_use]
    pub fn inverse(&self) -> Option<Change> {
        let change = self.clone();
        Some(match change {
            Change::Add(thing) => Change::Remove {
                thing,
                lifting_denies: false,
            },
            Change::Remove { thing, .. } => Change::Add(thing),
            Change::Rename { thing, to } => {
                let from = thing.name().to_owned();
                let thing = match thing {
                    ThingName::User(_) => ThingName::User(to),
                    ThingName::Group(_) => ThingName::Group(to),
                    ThingName::Resource { kind, .. } => ThingName::Resource { kind, name: to },
                    ThingName::Role(_) => ThingName::Role(to),
                };
                Change::Rename { thing, to: from }
            }
            Change::AddMember { user, group } => Change::RemoveMember { user, group },
            Change::RemoveMember { user, group } => Change::AddMember { user, group },
            Change::Attach { group, parent } => Change::Detach { group, parent },
            Change::Detach { group, parent } => Change::Attach { group, parent },
            Change::Place {
                kind,
                resource,
                place,
            } => Change::Unplace {
                kind,
                resource,
                place,
            },
            Change::Unplace {
                kind,
                resource,
                place,
            } => Change::Place {
                kind,
                resource,
                place,
            },
            Change::AddLabel { place, label } => Change::RemoveLabel { place, label },
            Change::RemoveLabel { place, label } => Change::AddLabel { place, label },
            Change::AddToRole { role, permission } => Change::RemoveFromRole { role, permission },
            Change::RemoveFromRole { role, permission } => Change::AddToRole { role, permission },
            Change::IncludeRole { role, included } => Change::ExcludeRole { role, included },
            Change::ExcludeRole { role, included } => Change::IncludeRole { role, included },
            Change::Grant(grant) => Change::Revoke(grant),
            Change::Revoke(grant) => Change::Grant(grant),
            Change::RevokeAll { .. } | Change::Ensure(_) => return None,
        })
    }
}
