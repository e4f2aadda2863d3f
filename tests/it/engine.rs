//! The engine asked by names, and short words for changes, for the tests that hold it against the witnesses.

use std::collections::BTreeSet;

use rolecall::testing::Kinds;
use rolecall::{
    AskError, Catalog, Change, Declaration, EditError, Effect, GrantName, PlaceName, Policy,
    ScopeName, Snapshot, SubjectName, Target, TargetName, ThingName, WhatName,
};

use crate::datalog::Answers;

/// An empty policy of the catalog.
pub(crate) fn policy(declarations: &[Declaration]) -> Policy {
    let catalog = Catalog::builder()
        .declare_all(declarations.iter().cloned())
        .build();
    Policy::new(catalog.unwrap())
}

/// The declarations but for the rules, so that more edits are accepted.
pub(crate) fn without_rules(declarations: &[Declaration]) -> Vec<Declaration> {
    let is_free = |it: &&Declaration| !matches!(it, Declaration::Rule(_));
    declarations.iter().filter(is_free).cloned().collect()
}

/// The target of that name in the snapshot.
fn target(now: &Snapshot, name: &TargetName) -> Option<Target> {
    Some(match name {
        TargetName::Platform => Target::Platform,
        TargetName::Place(PlaceName::User(name)) => now.user(name).ok()?.into(),
        TargetName::Place(PlaceName::Group(name)) => now.group(name).ok()?.into(),
        TargetName::Place(PlaceName::Resource { kind, name }) => {
            let kind = now.catalog().kind(kind).ok()?;
            now.resource(kind, name).ok()?.into()
        }
    })
}

/// The engine's answer; false where a name is unknown.
#[track_caller]
pub(crate) fn can(now: &Snapshot, user: &str, action: &str, targets: &[TargetName]) -> bool {
    let (Ok(user), Ok(action)) = (now.user(user), now.catalog().action(action)) else {
        return false;
    };
    let targets: Option<Vec<Target>> = targets.iter().map(|name| target(now, name)).collect();
    let Some(targets) = targets else { return false };
    let answer = now.can(user, action, targets.as_slice());
    match now.try_can(user, action, targets.as_slice()) {
        Ok(tried) => assert_eq!(tried, answer),
        Err(AskError::WrongTargets { .. }) => assert!(!answer),
        Err(stale) => panic!("{stale}"),
    }
    answer
}

/// Who can do what among these questions.
pub(crate) fn answers(now: &Snapshot, questions: &[(String, Vec<TargetName>)]) -> Answers {
    let mut answers = Answers::new();
    let users: Vec<_> = now.users().collect();
    for (action, names) in questions {
        let asked = now.catalog().action(action).unwrap();
        let targets: Vec<Target> = names
            .iter()
            .map(|name| target(now, name).unwrap())
            .collect();
        for user in &users {
            if now.can(*user, asked, targets.as_slice()) {
                let user = now.name(*user).unwrap().to_owned();
                answers.insert((user, action.clone(), names.clone()));
            }
        }
    }
    answers
}

/// The facts as a set.
pub(crate) fn facts(now: &Snapshot) -> BTreeSet<Change> {
    now.changes().collect()
}

/// The sorts of the problems with their steps.
pub(crate) fn kinds(error: &EditError) -> Kinds {
    error
        .refusals()
        .iter()
        .map(|refusal| (refusal.step, refusal.problem.kind()))
        .collect()
}

pub(crate) fn add_user(name: &str) -> Change {
    Change::Add(ThingName::user(name))
}

pub(crate) fn add_group(name: &str) -> Change {
    Change::Add(ThingName::group(name))
}

pub(crate) fn add_resource(kind: &str, name: &str) -> Change {
    Change::Add(ThingName::resource(kind, name))
}

pub(crate) fn member(user: &str, group: &str) -> Change {
    Change::AddMember {
        user: user.into(),
        group: group.into(),
    }
}

pub(crate) fn attach(group: &str, parent: &str) -> Change {
    Change::Attach {
        group: group.into(),
        parent: parent.into(),
    }
}

pub(crate) fn detach(group: &str, parent: &str) -> Change {
    Change::Detach {
        group: group.into(),
        parent: parent.into(),
    }
}

pub(crate) fn place(kind: &str, resource: &str, place: PlaceName) -> Change {
    Change::Place {
        kind: kind.into(),
        resource: resource.into(),
        place,
    }
}

pub(crate) fn label(place: PlaceName, label: &str) -> Change {
    Change::AddLabel {
        place,
        label: label.into(),
    }
}

pub(crate) fn remove(thing: ThingName) -> Change {
    Change::Remove {
        thing,
        lifting_denies: false,
    }
}

pub(crate) fn rename(thing: ThingName, to: &str) -> Change {
    Change::Rename {
        thing,
        to: to.into(),
    }
}

pub(crate) fn grant(
    effect: Effect,
    subject: SubjectName,
    what: WhatName,
    scope: ScopeName,
) -> GrantName {
    GrantName {
        effect,
        subject,
        what,
        scope,
    }
}

pub(crate) fn allow(subject: SubjectName, permission: &str, scope: ScopeName) -> Change {
    Change::Grant(grant(
        Effect::Allow,
        subject,
        WhatName::Permission(permission.into()),
        scope,
    ))
}

pub(crate) fn allow_role(subject: SubjectName, role: &str, scope: ScopeName) -> Change {
    Change::Grant(grant(
        Effect::Allow,
        subject,
        WhatName::Role(role.into()),
        scope,
    ))
}

pub(crate) fn deny(subject: SubjectName, permission: &str, scope: ScopeName) -> Change {
    Change::Grant(grant(
        Effect::Deny,
        subject,
        WhatName::Permission(permission.into()),
        scope,
    ))
}

pub(crate) fn deny_all(subject: SubjectName, scope: ScopeName) -> Change {
    Change::Grant(grant(Effect::Deny, subject, WhatName::Everything, scope))
}

pub(crate) fn revoke(granted: &Change) -> Change {
    match granted {
        Change::Grant(grant) => Change::Revoke(grant.clone()),
        other => panic!("`{other}` grants nothing"),
    }
}

pub(crate) fn to_user(name: &str) -> SubjectName {
    SubjectName::User(name.into())
}

pub(crate) fn to_group(name: &str) -> SubjectName {
    SubjectName::Group(name.into())
}

pub(crate) fn underlying(group: &str) -> ScopeName {
    ScopeName::Underlying(group.into())
}

pub(crate) fn this(place: PlaceName) -> ScopeName {
    ScopeName::This(place)
}

/// The target that a place is.
pub(crate) fn at(place: PlaceName) -> TargetName {
    TargetName::Place(place)
}

pub(crate) fn declare_permission(name: &str) -> Declaration {
    Declaration::Permission {
        name: name.into(),
        recorded: false,
    }
}

pub(crate) fn declare_label(name: &str) -> Declaration {
    Declaration::Label {
        name: name.into(),
        recorded: false,
    }
}

/// A catalog of one kind `shelf`, labels `public` and `signed` (a recorded fact), permissions `read` and `edit`, and these declarations.
pub(crate) fn plain(more: impl IntoIterator<Item = Declaration>) -> Vec<Declaration> {
    let mut declarations = vec![
        Declaration::Kind {
            name: "shelf".into(),
        },
        declare_label("public"),
        Declaration::Label {
            name: "signed".into(),
            recorded: true,
        },
        declare_permission("read"),
        declare_permission("edit"),
        Declaration::Role {
            name: "reader".into(),
            permissions: vec!["read".into()],
            includes: vec![],
        },
        Declaration::Role {
            name: "owner".into(),
            permissions: vec!["edit".into()],
            includes: vec!["reader".into()],
        },
    ];
    declarations.extend(more);
    declarations
}
