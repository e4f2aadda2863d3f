//! How does a full world become a policy?

use rolecall::{
    Action, Catalog, CatalogError, Change, Effect, GrantName, PlaceName, Policy, ScopeName,
    SubjectName, Target, User, WhatName, all, holds, on,
};

use super::built::{
    BATCH, COURSE, Handles, apply_in_parts, changes, course_name, group_name, permission_name,
    user_name,
};
use super::full::{
    COMPANIONS, ExtraGrant, Full, FullQuestion, LABELS, MOVES, ROLES, Scope, What, companion,
    moving, role,
};
use super::world::{PERMISSIONS, Subject};

fn role_name(role: u32) -> String {
    format!("r{role}")
}

fn label_name(label: u32) -> String {
    format!("l{label}")
}

fn catalog() -> Result<Catalog, CatalogError> {
    let mut catalog = Catalog::builder().kind(COURSE);
    for permission in 0..PERMISSIONS {
        catalog = catalog.permission(permission_name(permission));
    }
    for label in 0..LABELS {
        catalog = catalog.label(label_name(label));
    }
    for number in 0..ROLES {
        let given = role(number).map(permission_name);
        catalog = catalog.role(role_name(number), given.iter().map(String::as_str));
    }
    for action in 0..COMPANIONS {
        let [own, other] = companion(action).map(permission_name).map(holds);
        catalog = catalog.action(format!("companion {action}"), own.with(other));
    }
    for action in 0..MOVES {
        let [from, to] = moving(action).map(permission_name).map(holds);
        let both = all([on(0, from), on(1, to)]);
        catalog = catalog.action_on(format!("move {action}"), 2, both);
    }
    catalog.build()
}

fn grant(grant: ExtraGrant) -> GrantName {
    GrantName {
        effect: if grant.denies {
            Effect::Deny
        } else {
            Effect::Allow
        },
        subject: match grant.subject {
            Subject::User(user) => SubjectName::User(user_name(user)),
            Subject::Group(group) => SubjectName::Group(group_name(group)),
        },
        what: match grant.what {
            What::Permission(permission) => WhatName::Permission(permission_name(permission)),
            What::Role(role) => WhatName::Role(role_name(role)),
            What::Everything => WhatName::Everything,
        },
        scope: match grant.scope {
            Scope::Underlying(group) => ScopeName::Underlying(group_name(group)),
            Scope::Labelled(label, within) => ScopeName::Labelled {
                label: label_name(label),
                within: within.map(group_name),
            },
        },
    }
}

/// A full world as a policy.
pub(crate) fn full_policy(full: &Full) -> Result<Policy, Box<dyn std::error::Error>> {
    let mut policy = Policy::new(catalog()?);
    let courses = full.course_labels.iter().map(|(course, label)| {
        let place = PlaceName::resource(COURSE, course_name(*course));
        (place, *label)
    });
    let groups = full.group_labels.iter();
    let groups = groups.map(|(group, label)| (PlaceName::group(group_name(*group)), *label));
    let labels = courses
        .chain(groups)
        .map(|(place, label)| Change::AddLabel {
            place,
            label: label_name(label),
        });
    let extra = full.extra.iter().map(|one| Change::Grant(grant(*one)));
    let all = changes(&full.world).chain(labels).chain(extra);
    apply_in_parts(&mut policy, all, BATCH)?;
    Ok(policy)
}

/// A question about a full world in handles.
#[derive(Clone, Copy, Debug)]
pub(crate) struct FullAsked {
    pub(crate) user: User,
    pub(crate) action: Action,
    pub(crate) target: Target,
    /// The second target of the actions that have one.
    pub(crate) to: Option<Target>,
}

/// The actions of a full world.
#[derive(Debug)]
pub(crate) struct FullHandles {
    plain: Handles,
    companions: Vec<Action>,
    moves: Vec<Action>,
}

impl FullHandles {
    pub(crate) fn of(policy: &Policy) -> Result<FullHandles, rolecall::UnknownName> {
        let catalog = policy.catalog();
        let companions = (0..COMPANIONS).map(|at| catalog.action(&format!("companion {at}")));
        let moves = (0..MOVES).map(|at| catalog.action(&format!("move {at}")));
        Ok(FullHandles {
            plain: Handles::of(policy),
            companions: companions.collect::<Result<_, _>>()?,
            moves: moves.collect::<Result<_, _>>()?,
        })
    }

    pub(crate) fn asked(&self, question: FullQuestion) -> FullAsked {
        let (action, question, to) = match question {
            FullQuestion::Permission(question) => {
                let permission = self.plain.permissions[question.permission as usize];
                (permission.into(), question, None)
            }
            FullQuestion::Companion(action, question) => {
                (self.companions[action as usize], question, None)
            }
            FullQuestion::Move(action, question, to) => {
                (self.moves[action as usize], question, Some(to))
            }
        };
        FullAsked {
            user: self.plain.users[question.user as usize],
            action,
            target: self.plain.target(question.about),
            to: to.map(|about| self.plain.target(about)),
        }
    }
}
