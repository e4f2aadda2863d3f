//! How does a world become a policy? By changes, in names, as an import would bring them.

use rolecall::{
    Catalog, CatalogError, Change, EditError, Effect, GrantName, Group, Permission, PlaceName,
    Policy, Resource, ScopeName, SubjectName, Target, ThingName, User, WhatName,
};

use super::questions::{About, Question};
use super::world::{GrantOf, PERMISSIONS, Subject, World};

/// The kind of the courses.
pub(crate) const COURSE: &str = "course";

/// How many changes are applied at a time: an import of millions does not keep all of them.
pub(crate) const BATCH: usize = 1 << 22;

pub(crate) fn user_name(user: u32) -> String {
    format!("u{user}")
}

pub(crate) fn group_name(group: u32) -> String {
    format!("g{group}")
}

pub(crate) fn course_name(course: u32) -> String {
    format!("c{course}")
}

pub(crate) fn permission_name(permission: u32) -> String {
    format!("p{permission}")
}

/// The vocabulary of a plain world: the permissions and one kind.
pub(crate) fn catalog() -> Result<Catalog, CatalogError> {
    let names = (0..PERMISSIONS).map(permission_name);
    let with_kind = Catalog::builder().kind(COURSE);
    names
        .fold(with_kind, |catalog, name| catalog.permission(name))
        .build()
}

/// The changes that make a world out of nothing.
pub(crate) fn changes(world: &World) -> impl Iterator<Item = Change> {
    let groups = (0..world.parents.len()).map(|at| Change::Add(ThingName::Group(group_name(at))));
    let users = (0..world.users.len()).map(|at| Change::Add(ThingName::User(user_name(at))));
    let courses = (0..world.courses.len()).map(|at| {
        let name = course_name(at);
        Change::Add(ThingName::resource(COURSE, name))
    });
    let edges = (0..).zip(world.parents.iter()).flat_map(|(at, parents)| {
        parents.iter().map(move |&parent| Change::Attach {
            group: group_name(at),
            parent: group_name(parent),
        })
    });
    let members = (0..)
        .zip(world.users.iter())
        .flat_map(|(at, groups)| groups.iter().map(move |&group| membership(at, group, true)));
    let placed = (0..).zip(world.courses.iter()).flat_map(|(at, groups)| {
        groups.iter().map(move |&group| Change::Place {
            kind: COURSE.to_owned(),
            resource: course_name(at),
            place: PlaceName::group(group_name(group)),
        })
    });
    let grants = world.grants.iter().map(|&one| Change::Grant(grant(one)));
    groups
        .chain(users)
        .chain(courses)
        .chain(edges)
        .chain(members)
        .chain(placed)
        .chain(grants)
}

/// A membership that comes or goes.
pub(crate) fn membership(user: u32, group: u32, comes: bool) -> Change {
    let (user, group) = (user_name(user), group_name(group));
    match comes {
        true => Change::AddMember { user, group },
        false => Change::RemoveMember { user, group },
    }
}

/// A grant by names.
pub(crate) fn grant(grant: GrantOf) -> GrantName {
    GrantName {
        effect: Effect::Allow,
        subject: match grant.subject {
            Subject::User(user) => SubjectName::User(user_name(user)),
            Subject::Group(group) => SubjectName::Group(group_name(group)),
        },
        what: WhatName::Permission(permission_name(grant.permission)),
        scope: ScopeName::Underlying(group_name(grant.scope)),
    }
}

/// Applies the changes in parts of the size given, each as one edit.
pub(crate) fn apply_in_parts(
    policy: &mut Policy,
    changes: impl Iterator<Item = Change>,
    size: usize,
) -> Result<(), EditError> {
    let mut changes = changes.peekable();
    while changes.peek().is_some() {
        let part: Vec<Change> = changes.by_ref().take(size).collect();
        policy.apply(&part)?;
    }
    Ok(())
}

/// A plain world as a policy.
pub(crate) fn policy(world: &World) -> Result<Policy, Box<dyn std::error::Error>> {
    let mut policy = Policy::new(catalog()?);
    apply_in_parts(&mut policy, changes(world), BATCH)?;
    Ok(policy)
}

/// The handles of a policy made of a world, in the order of the world's numbers.
#[derive(Debug)]
pub(crate) struct Handles {
    pub(crate) users: Vec<User>,
    pub(crate) groups: Vec<Group>,
    pub(crate) courses: Vec<Resource>,
    pub(crate) permissions: Vec<Permission>,
}

/// A question in handles.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Asked {
    pub(crate) user: User,
    pub(crate) permission: Permission,
    pub(crate) target: Target,
}

impl Handles {
    /// Handles are given out in the order in which things are added, and the lists of a snapshot are in that order.
    pub(crate) fn of(policy: &Policy) -> Handles {
        let now = policy.snapshot();
        Handles {
            users: now.users().collect(),
            groups: now.groups().collect(),
            courses: now.resources().collect(),
            permissions: policy.catalog().permissions().collect(),
        }
    }

    pub(crate) fn target(&self, about: About) -> Target {
        match about {
            About::User(user) => self.users[user as usize].into(),
            About::Course(course) => self.courses[course as usize].into(),
        }
    }

    pub(crate) fn asked(&self, question: Question) -> Asked {
        Asked {
            user: self.users[question.user as usize],
            permission: self.permissions[question.permission as usize],
            target: self.target(question.about),
        }
    }

    pub(crate) fn all(&self, questions: &[Question]) -> Vec<Asked> {
        let asked = questions.iter().map(|&question| self.asked(question));
        asked.collect()
    }
}
