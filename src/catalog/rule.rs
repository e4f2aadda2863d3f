//! Rules: what must stay true of the whole, and what must be true of a new grant.
//!
//! A user *holds a role* when an allow stands for a subject the user is held as, of a role that is it or includes it, at any scope.

use std::fmt;

use crate::catalog::requirement::prefixed_kind;
use crate::name::quoted;

/// A rule of the catalog. State rules are checked on the whole result of an edit, grant rules for the allows that an edit adds.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "snake_case")
)]
pub enum Rule {
    /// A rule about the whole.
    State(StateRule),
    /// A rule about new grants.
    Grant(GrantRule),
}

/// What must be true of the whole result of every edit.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "snake_case", deny_unknown_fields)
)]
#[non_exhaustive]
pub enum StateRule {
    /// Exactly one user holds the role, at any scope.
    ExactlyOne {
        /// The role.
        role: String,
    },
    /// At each place with the label, exactly one user holds the role by grants whose scope covers the place.
    ExactlyOneAt {
        /// The role.
        role: String,
        /// The label.
        label: String,
    },
    /// Every user, or every holder of a role, holds at least one of these roles.
    AtLeastOne {
        /// The role whose holders are meant; `None`: every user.
        #[cfg_attr(feature = "serde", serde(deserialize_with = "crate::wire::written"))]
        holder: Option<String>,
        /// The roles, one of which is held.
        roles: Vec<String>,
    },
    /// No user holds both roles.
    NeverBoth {
        /// The two roles.
        roles: [String; 2],
    },
}

/// What must be true of an allow that an edit adds.
///
/// A rule about a role speaks of grants of that role and of every role that includes it; a rule about a permission speaks of grants
/// of the permission by itself.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "snake_case", deny_unknown_fields)
)]
pub struct GrantRule {
    /// What is granted.
    pub what: Granted,
    /// What must be true then.
    pub condition: Condition,
}

/// A role or a permission by name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "snake_case")
)]
pub enum Granted {
    /// A permission.
    Permission(String),
    /// A role.
    Role(String),
}

/// What a grant rule asks of a grant. All of it is judged on the state that the edit leads to.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "snake_case", deny_unknown_fields)
)]
#[non_exhaustive]
pub enum Condition {
    /// Every user who gets it holds this role. Refused as *missing role*.
    HolderOf {
        /// The role that is needed.
        role: String,
    },
    /// The subject is of one of these sorts. Refused as *rule broken*.
    Subjects(Vec<SubjectKind>),
    /// The scope names a place (by `this` or `underlying`) of one of these kinds: declared kinds, `group`, `user`, and `platform` for
    /// the scope of that name. Label scopes and `oneself` name no place. Refused as *rule broken*.
    Places(Vec<String>),
    /// The scope names a place that carries the label or is under something that does. Refused as *wrong state*, or as *missing fact*
    /// where the label is a recorded fact.
    Marked {
        /// The label.
        label: String,
    },
    /// Where the scope is `this` of a user, no deny of everything held by that user covers them. Refused as *not active*.
    Active,
    /// The scope is not the platform. Refused as *rule broken*.
    Scoped,
}

/// A sort of subject.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "snake_case")
)]
pub enum SubjectKind {
    /// A single user.
    User,
    /// A group.
    Group,
    /// Everyone.
    Everyone,
}

impl Granted {
    /// The permission of that name.
    pub fn permission(name: impl Into<String>) -> Self {
        Granted::Permission(name.into())
    }

    /// The role of that name.
    pub fn role(name: impl Into<String>) -> Self {
        Granted::Role(name.into())
    }

    fn prefixed(&self, prefix: &str) -> Self {
        match self {
            Granted::Permission(name) => Granted::Permission(format!("{prefix}{name}")),
            Granted::Role(name) => Granted::Role(format!("{prefix}{name}")),
        }
    }
}

impl Rule {
    /// Exactly one user holds `role`.
    pub fn exactly_one(role: impl Into<String>) -> Self {
        Rule::State(StateRule::ExactlyOne { role: role.into() })
    }

    /// Exactly one user holds `role` at each place that carries `label`.
    pub fn exactly_one_at(role: impl Into<String>, label: impl Into<String>) -> Self {
        Rule::State(StateRule::ExactlyOneAt {
            role: role.into(),
            label: label.into(),
        })
    }

    /// Every user holds at least one of `roles`.
    pub fn every_user_holds(roles: impl IntoIterator<Item = impl Into<String>>) -> Self {
        Rule::State(StateRule::AtLeastOne {
            holder: None,
            roles: roles.into_iter().map(Into::into).collect(),
        })
    }

    /// Every holder of `holder` holds at least one of `roles`.
    pub fn every_holder_holds(
        holder: impl Into<String>,
        roles: impl IntoIterator<Item = impl Into<String>>,
    ) -> Self {
        let roles = roles.into_iter().map(Into::into).collect();
        Rule::State(StateRule::AtLeastOne {
            holder: Some(holder.into()),
            roles,
        })
    }

    /// No user holds both roles.
    pub fn never_both(one: impl Into<String>, other: impl Into<String>) -> Self {
        Rule::State(StateRule::NeverBoth {
            roles: [one.into(), other.into()],
        })
    }

    /// Whoever gets `what` holds `role`.
    pub fn needs_role(what: Granted, role: impl Into<String>) -> Self {
        Self::grant(what, Condition::HolderOf { role: role.into() })
    }

    /// Only subjects of these sorts get `what`.
    pub fn only_to(what: Granted, subjects: impl IntoIterator<Item = SubjectKind>) -> Self {
        Self::grant(what, Condition::Subjects(subjects.into_iter().collect()))
    }

    /// `what` is granted only at places of these kinds: declared kinds, `group`, `user`, `platform`.
    pub fn only_at(what: Granted, kinds: impl IntoIterator<Item = impl Into<String>>) -> Self {
        Self::grant(
            what,
            Condition::Places(kinds.into_iter().map(Into::into).collect()),
        )
    }

    /// `what` is granted only at places that carry `label` or are under something that does.
    pub fn only_where(what: Granted, label: impl Into<String>) -> Self {
        Self::grant(
            what,
            Condition::Marked {
                label: label.into(),
            },
        )
    }

    /// `what` over a user is granted only while that user is not blocked.
    pub fn only_over_active(what: Granted) -> Self {
        Self::grant(what, Condition::Active)
    }

    /// `what` is never granted on the whole platform.
    pub fn needs_scope(what: Granted) -> Self {
        Self::grant(what, Condition::Scoped)
    }

    fn grant(what: Granted, condition: Condition) -> Self {
        Rule::Grant(GrantRule { what, condition })
    }

    /// The same rule with every name of the catalog prefixed.
    pub(crate) fn prefixed(&self, prefix: &str) -> Rule {
        let name = |name: &String| format!("{prefix}{name}");
        match self {
            Rule::State(StateRule::ExactlyOne { role }) => Rule::exactly_one(name(role)),
            Rule::State(StateRule::ExactlyOneAt { role, label }) => {
                Rule::exactly_one_at(name(role), name(label))
            }
            Rule::State(StateRule::AtLeastOne { holder, roles }) => {
                Rule::State(StateRule::AtLeastOne {
                    holder: holder.as_ref().map(name),
                    roles: roles.iter().map(name).collect(),
                })
            }
            Rule::State(StateRule::NeverBoth {
                roles: [one, other],
            }) => Rule::never_both(name(one), name(other)),
            Rule::Grant(GrantRule { what, condition }) => Rule::grant(
                what.prefixed(prefix),
                match condition {
                    Condition::HolderOf { role } => Condition::HolderOf { role: name(role) },
                    Condition::Places(kinds) => Condition::Places(
                        kinds
                            .iter()
                            .map(|kind| prefixed_kind(prefix, kind))
                            .collect(),
                    ),
                    Condition::Marked { label } => Condition::Marked { label: name(label) },
                    same @ (Condition::Subjects(_) | Condition::Active | Condition::Scoped) => {
                        same.clone()
                    }
                },
            ),
        }
    }
}

impl fmt::Display for Granted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Granted::Permission(name) => write!(f, "permission {}", quoted(name)),
            Granted::Role(name) => write!(f, "role {}", quoted(name)),
        }
    }
}

fn list<'a>(names: impl IntoIterator<Item = &'a String>) -> String {
    names
        .into_iter()
        .map(|name| quoted(name).to_string())
        .collect::<Vec<_>>()
        .join(", ")
}

/// The rule in one clause.
impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Rule::State(StateRule::ExactlyOne { role }) => {
                write!(f, "exactly one user holds {}", quoted(role))
            }
            Rule::State(StateRule::ExactlyOneAt { role, label }) => {
                write!(
                    f,
                    "exactly one user holds {} at each place marked {}",
                    quoted(role),
                    quoted(label)
                )
            }
            Rule::State(StateRule::AtLeastOne {
                holder: None,
                roles,
            }) => {
                write!(f, "every user holds at least one of {}", list(roles))
            }
            Rule::State(StateRule::AtLeastOne {
                holder: Some(holder),
                roles,
            }) => {
                write!(
                    f,
                    "every holder of {} holds at least one of {}",
                    quoted(holder),
                    list(roles)
                )
            }
            Rule::State(StateRule::NeverBoth {
                roles: [one, other],
            }) => {
                write!(
                    f,
                    "no user holds both {} and {}",
                    quoted(one),
                    quoted(other)
                )
            }
            Rule::Grant(GrantRule { what, condition }) => match condition {
                Condition::HolderOf { role } => {
                    write!(f, "whoever gets {what} holds {}", quoted(role))
                }
                Condition::Subjects(sorts) => {
                    let sorts: Vec<_> = sorts.iter().map(SubjectKind::to_string).collect();
                    write!(f, "{what} is given only to {}", sorts.join(" or "))
                }
                Condition::Places(kinds) => write!(f, "{what} is given only at {}", list(kinds)),
                Condition::Marked { label } => {
                    write!(f, "{what} is given only where {} stands", quoted(label))
                }
                Condition::Active => write!(f, "{what} is given only over users who are active"),
                Condition::Scoped => write!(f, "{what} needs a scope smaller than the platform"),
            },
        }
    }
}

impl fmt::Display for SubjectKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            SubjectKind::User => "a user",
            SubjectKind::Group => "a group",
            SubjectKind::Everyone => "everyone",
        })
    }
}
