//! Rules: what must stay true of the whole, and what must be true of a grant.
//!
//! A user *holds a role* when an allow stands for a subject the user is held as, of a role that is it or includes it, at any scope. A user
//! *can do an action* when the answer is yes, with every deny counted. A rule about who holds a role is content with an owner who is denied
//! everything; one about who can is not.
//!
//! Both sorts are judged on the result of every edit, and what an edit did not touch is not looked at again. Previews, `apply`, edits and
//! guarded commits are judged alike.

use std::fmt;

use crate::catalog::requirement::prefixed_kind;
use crate::name::quoted;

/// A rule of the catalog. State rules are checked on the whole result of an edit, grant rules for every role or permission that somebody
/// gets by it, in whatever way.
///
/// ```
/// use rolecall::{Catalog, Change, Effect, Granted, GrantName, Policy, Rule, ScopeName, SubjectName, ThingName, WhatName};
///
/// let catalog = Catalog::builder()
///     .permission("manage")
///     .role("admin", ["manage"])
///     .role("staff", [])
///     .rule(Rule::at_least_one_can("manage"))
///     .rule(Rule::needs_role(Granted::role("admin"), "staff"))
///     .build()?;
/// let mut policy = Policy::new(catalog);
/// let grant = |effect, what| Change::Grant(GrantName {
///     effect,
///     subject: SubjectName::User("ana".into()),
///     what,
///     scope: ScopeName::Platform,
/// });
/// let (admin, staff) = (WhatName::Role("admin".into()), WhatName::Role("staff".into()));
/// policy.apply(&[
///     Change::Add(ThingName::user("ana")),
///     grant(Effect::Allow, staff.clone()),
///     grant(Effect::Allow, admin),
/// ])?;
///
/// // The role that was needed cannot go while the other stands.
/// let leave = Change::RevokeAll { subject: SubjectName::User("ana".into()), what: staff };
/// assert_eq!(
///     policy.apply(&[leave]).unwrap_err().to_string(),
///     "the edit is refused: whoever gets role `admin` holds `staff`: allow role `admin` to user `ana` on the platform, not so for `ana`",
/// );
/// // The last one who can manage cannot be suspended.
/// assert_eq!(
///     policy.apply(&[grant(Effect::Deny, WhatName::Everything)]).unwrap_err().to_string(),
///     "the edit is refused: at least one user can `manage` on the platform: nobody can",
/// );
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "snake_case")
)]
pub enum Rule {
    /// A rule about the whole.
    State(StateRule),
    /// A rule about grants.
    Grant(GrantRule),
}

/// What must be true of the whole result of every edit.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(from = "crate::wire::StateRule", into = "crate::wire::StateRule")
)]
#[non_exhaustive]
pub enum StateRule {
    /// So many users hold a role, or can do an action.
    Count {
        /// How many.
        how_many: HowMany,
        /// Who is counted.
        of: Counted,
        /// On the platform, or at each place of some sort by itself.
        at: CountedAt,
    },
    /// Every user, or every holder of a role, holds at least one of these roles.
    AtLeastOne {
        /// The role whose holders are meant; `None`: every user.
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

/// How many users a state rule asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "snake_case")
)]
pub enum HowMany {
    /// One, and no second one.
    ExactlyOne,
    /// One or more.
    AtLeastOne,
    /// One or none.
    AtMostOne,
}

/// Whom a state rule counts.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "snake_case")
)]
pub enum Counted {
    /// The users who hold this role. Denies do not count.
    Holders(String),
    /// The users who get a yes for this action, which has one target. Denies count.
    Able(String),
}

/// Where a state rule counts.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "snake_case")
)]
pub enum CountedAt {
    /// Once: the holders of a role at any scope, or those who can do the action on the platform.
    Platform,
    /// At each place that carries this label: the holders of a role by grants whose scope covers the place, or those who can do the action there.
    EachMarked(String),
}

/// What must be true of an allow, from when it comes about.
///
/// A rule about a role speaks of grants of that role and of every role that includes it. A rule about a permission speaks of grants of the
/// permission by itself, and of roles added at run time that were given it; the roles of the catalog were declared beside the rule, and what
/// they hold is meant.
///
/// The rule is judged for everything that an edit makes come about: a grant; an old grant whose role is now one of these, because a role
/// added at run time changed; and where it asks something of whoever gets the role, someone who comes to hold it by joining or attaching a
/// group, or by being added where everyone has it. What becomes of a grant whose prerequisite is taken away later is said by
/// [`when_lost`](GrantRule::when_lost).
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
    /// What happens when it is no longer true.
    pub when_lost: WhenLost,
}

/// What happens when an edit takes away what a grant rule asks for, from someone or something that had it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "snake_case")
)]
pub enum WhenLost {
    /// The edit is refused, so that the rule is true of every state.
    #[default]
    Refused,
    /// The edit revokes the grants that no longer comply, as changes that its entry lists. A grant to a group, or to everyone, of whom only
    /// some no longer comply is not revoked: the edit is refused.
    TakesAlong,
    /// The grant stays as it is. Only what was there before is excused: who gets the role anew, in whatever way, has to comply.
    Stays,
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
///
/// What is asked of the subject, of the kind of place and of the scope is part of the grant and cannot be lost later; a role, a label and not
/// being blocked can.
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
    /// Exactly one user holds `role`, at any scope.
    pub fn exactly_one(role: impl Into<String>) -> Self {
        let of = Counted::Holders(role.into());
        Self::count(HowMany::ExactlyOne, of, CountedAt::Platform)
    }

    /// Exactly one user holds `role` at each place that carries `label`.
    pub fn exactly_one_at(role: impl Into<String>, label: impl Into<String>) -> Self {
        let (of, at) = (
            Counted::Holders(role.into()),
            CountedAt::EachMarked(label.into()),
        );
        Self::count(HowMany::ExactlyOne, of, at)
    }

    /// Exactly one user can do `action` on the platform.
    pub fn exactly_one_can(action: impl Into<String>) -> Self {
        let of = Counted::Able(action.into());
        Self::count(HowMany::ExactlyOne, of, CountedAt::Platform)
    }

    /// Exactly one user can do `action` at each place that carries `label`.
    pub fn exactly_one_can_at(action: impl Into<String>, label: impl Into<String>) -> Self {
        let (of, at) = (
            Counted::Able(action.into()),
            CountedAt::EachMarked(label.into()),
        );
        Self::count(HowMany::ExactlyOne, of, at)
    }

    /// At least one user holds `role`, at any scope.
    pub fn at_least_one(role: impl Into<String>) -> Self {
        let of = Counted::Holders(role.into());
        Self::count(HowMany::AtLeastOne, of, CountedAt::Platform)
    }

    /// At least one user holds `role` at each place that carries `label`.
    pub fn at_least_one_at(role: impl Into<String>, label: impl Into<String>) -> Self {
        let (of, at) = (
            Counted::Holders(role.into()),
            CountedAt::EachMarked(label.into()),
        );
        Self::count(HowMany::AtLeastOne, of, at)
    }

    /// At least one user can do `action` on the platform.
    pub fn at_least_one_can(action: impl Into<String>) -> Self {
        let of = Counted::Able(action.into());
        Self::count(HowMany::AtLeastOne, of, CountedAt::Platform)
    }

    /// At least one user can do `action` at each place that carries `label`.
    pub fn at_least_one_can_at(action: impl Into<String>, label: impl Into<String>) -> Self {
        let (of, at) = (
            Counted::Able(action.into()),
            CountedAt::EachMarked(label.into()),
        );
        Self::count(HowMany::AtLeastOne, of, at)
    }

    /// At most one user holds `role`, at any scope.
    pub fn at_most_one(role: impl Into<String>) -> Self {
        let of = Counted::Holders(role.into());
        Self::count(HowMany::AtMostOne, of, CountedAt::Platform)
    }

    /// At most one user holds `role` at each place that carries `label`.
    pub fn at_most_one_at(role: impl Into<String>, label: impl Into<String>) -> Self {
        let (of, at) = (
            Counted::Holders(role.into()),
            CountedAt::EachMarked(label.into()),
        );
        Self::count(HowMany::AtMostOne, of, at)
    }

    /// At most one user can do `action` on the platform.
    pub fn at_most_one_can(action: impl Into<String>) -> Self {
        let of = Counted::Able(action.into());
        Self::count(HowMany::AtMostOne, of, CountedAt::Platform)
    }

    /// At most one user can do `action` at each place that carries `label`.
    pub fn at_most_one_can_at(action: impl Into<String>, label: impl Into<String>) -> Self {
        let (of, at) = (
            Counted::Able(action.into()),
            CountedAt::EachMarked(label.into()),
        );
        Self::count(HowMany::AtMostOne, of, at)
    }

    fn count(how_many: HowMany, of: Counted, at: CountedAt) -> Self {
        Rule::State(StateRule::Count { how_many, of, at })
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

    /// The same grant rule, and an edit that takes away what it asks for revokes the grant as well: see [`WhenLost::TakesAlong`]. A state rule
    /// asks for nothing that could be lost and is left as it is.
    #[must_use]
    pub fn taking_along(self) -> Self {
        self.when_lost(WhenLost::TakesAlong)
    }

    /// The same grant rule, and the grant stays when what it asks for is lost: see [`WhenLost::Stays`]. A state rule asks for nothing that
    /// could be lost and is left as it is.
    #[must_use]
    pub fn staying(self) -> Self {
        self.when_lost(WhenLost::Stays)
    }

    fn when_lost(self, when_lost: WhenLost) -> Self {
        match self {
            Rule::Grant(rule) => Rule::Grant(GrantRule { when_lost, ..rule }),
            state @ Rule::State(_) => state,
        }
    }

    fn grant(what: Granted, condition: Condition) -> Self {
        Rule::Grant(GrantRule {
            what,
            condition,
            when_lost: WhenLost::Refused,
        })
    }

    /// The same rule with every name of the catalog prefixed.
    pub(crate) fn prefixed(&self, prefix: &str) -> Rule {
        let name = |name: &String| format!("{prefix}{name}");
        match self {
            Rule::State(StateRule::Count { how_many, of, at }) => {
                let of = match of {
                    Counted::Holders(role) => Counted::Holders(name(role)),
                    Counted::Able(action) => Counted::Able(name(action)),
                };
                let at = match at {
                    CountedAt::Platform => CountedAt::Platform,
                    CountedAt::EachMarked(label) => CountedAt::EachMarked(name(label)),
                };
                Rule::count(*how_many, of, at)
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
            Rule::Grant(GrantRule {
                what,
                condition,
                when_lost,
            }) => {
                let condition = match condition {
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
                };
                Rule::grant(what.prefixed(prefix), condition).when_lost(*when_lost)
            }
        }
    }
}

impl Condition {
    /// Whether it can be true of a grant and later no longer.
    pub(crate) fn can_be_lost(&self) -> bool {
        match self {
            Condition::HolderOf { .. } | Condition::Marked { .. } | Condition::Active => true,
            Condition::Subjects(_) | Condition::Places(_) | Condition::Scoped => false,
        }
    }
}

impl Counted {
    /// What those who are counted do.
    pub(crate) fn verb(&self) -> &'static str {
        match self {
            Counted::Holders(_) => "does",
            Counted::Able(_) => "can",
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
            Rule::State(StateRule::Count { how_many, of, at }) => {
                f.write_str(match how_many {
                    HowMany::ExactlyOne => "exactly one user ",
                    HowMany::AtLeastOne => "at least one user ",
                    HowMany::AtMostOne => "at most one user ",
                })?;
                match of {
                    Counted::Holders(role) => write!(f, "holds {}", quoted(role))?,
                    Counted::Able(action) => write!(f, "can {}", quoted(action))?,
                }
                match (at, of) {
                    (CountedAt::EachMarked(label), _) => {
                        write!(f, " at each place marked {}", quoted(label))
                    }
                    (CountedAt::Platform, Counted::Able(_)) => f.write_str(" on the platform"),
                    (CountedAt::Platform, Counted::Holders(_)) => Ok(()),
                }
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
            Rule::Grant(rule) => {
                rule.demand().fmt(f)?;
                f.write_str(match rule.when_lost {
                    WhenLost::Refused => "",
                    WhenLost::TakesAlong => ", and goes when that is lost",
                    WhenLost::Stays => ", and stays when that is lost",
                })
            }
        }
    }
}

/// What a grant rule asks for, in one clause.
struct Demand<'a>(&'a GrantRule);

impl GrantRule {
    /// What it asks for, without what happens when that is lost.
    pub(crate) fn demand(&self) -> impl fmt::Display + '_ {
        Demand(self)
    }
}

impl fmt::Display for Demand<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let GrantRule {
            what, condition, ..
        } = self.0;
        match condition {
            Condition::HolderOf { role } => {
                write!(f, "whoever gets {what} holds {}", quoted(role))
            }
            Condition::Subjects(sorts) => {
                let sorts: Vec<_> = sorts.iter().map(SubjectKind::to_string).collect();
                write!(f, "{what} is given only to {}", sorts.join(" or "))
            }
            Condition::Places(kinds) => {
                write!(f, "{what} is given only at {}", list(kinds))
            }
            Condition::Marked { label } => {
                write!(f, "{what} is given only where {} stands", quoted(label))
            }
            Condition::Active => {
                write!(f, "{what} is given only over users who are active")
            }
            Condition::Scoped => {
                write!(f, "{what} needs a scope smaller than the platform")
            }
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
