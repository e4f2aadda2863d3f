//! Ready vocabularies: the catalogs and the operations of four learning platforms, to take as they are or to copy and change.
//!
//! | preset | what it is for |
//! |---|---|
//! | [`control`] | admins and sub admins look after people and groups, managers follow progress, trainers and hosts run the events of sessions |
//! | [`academy`] | learners, authors, coaches and admins of groups, and those who write, review, run and monitor courses and programs |
//! | [`group_leaders`] | leaders of groups see their people's progress, grade their work and edit the courses of the group |
//! | [`instructors`] | instructors of training organizations teach sessions, and issue certifications from card banks |
//!
//! Each is written with the crate's public face alone and has the same shape:
//!
//! * `catalog()`: its kinds, labels, permissions, actions, roles and rules. A service composes it with its own and with others by
//!   [`CatalogBuilder::include`](crate::CatalogBuilder::include), under a prefix that keeps the names apart.
//! * a vocabulary, such as [`GroupLeaders`](group_leaders::GroupLeaders): every name resolved once against the composed catalog, so that
//!   there are no strings to mistype.
//! * its operations, such as [`GroupLeadersEdit`](group_leaders::GroupLeadersEdit): the methods that its screens would call, on an
//!   [`Edit`].
//!
//! # What operations keep to
//!
//! * **Who acts** is said where the edit begins. In an edit begun by [`edit_as`](crate::Policy::edit_as), an operation
//!   [`demand`](crate::Edit::demand)s of that user what its documentation says, by the rights they had when the edit began. In one begun by
//!   [`edit_unguarded`](crate::Policy::edit_unguarded) every demand is met. What founds something, before anybody could hold a right to it,
//!   takes an unguarded edit and refuses whoever acts.
//! * **Both ends**: a right is demanded at each thing that comes under somebody's rights: the person who is put into a group as well as the
//!   group, the course as well as the group that gets it, what is taken from as well as what is given to.
//! * **Nothing wider**: nobody hands out a role at more than they hold themselves, by [`demand_grant`](crate::Edit::demand_grant). Where a
//!   document says who appoints whom, that right is demanded instead.
//! * **Its own things alone**: a resource of another kind is refused, and so is a place that is not of this preset, in unguarded edits as
//!   well. What is taken away are the preset's own words: its roles, permissions and labels, and what was recorded for its sake. A membership
//!   that two presets recorded ends when both have ended it.
//! * **Arguments** come in the order *who, what, where, name*, and fields of a vocabulary are named as its words are, with `_` for a dot.
//!
//! # To change something
//!
//! A role more, which includes one of the preset, is a declaration beside the included catalog: rules that speak of a role speak of the roles
//! that include it, and so do the operations that end roles. An operation that *gives* a role gives the one that stands in the vocabulary, so
//! a copy of the vocabulary with the new role in its place gives that one. Another reading of a rule is another declaration in its place: a
//! catalog is its list of declarations.
//!
//! ```
//! use rolecall::presets::{group_leaders, instructors};
//! use rolecall::{Catalog, Declaration, above, all, on};
//!
//! // Admins who issue certifications need an ID of the agency as well.
//! let with_id = |declared: &Declaration| match declared.clone() {
//!     Declaration::Action { name, targets, requirement } if name == "certification.issue" => {
//!         let requirement = all([requirement, on(1, above("agency", "agency.id"))]);
//!         Declaration::Action { name, targets, requirement }
//!     }
//!     other => other,
//! };
//! let declared = instructors::catalog()?;
//! let strict = Catalog::builder().declare_all(declared.declarations().iter().map(with_id)).build()?;
//!
//! let catalog = Catalog::builder()
//!     .include("training.", &strict)
//!     .include("groups.", &group_leaders::catalog()?)
//!     // A senior leader leads, and manages the group as well.
//!     .role_including("groups.leads_as_senior", ["groups.group.manage"], ["groups.leads"])
//!     .build()?;
//! # let issue = catalog.action("training.certification.issue")?;
//! # assert_eq!(catalog.requirement(issue).unwrap().to_string().matches("`training.agency`").count(), 2);
//! let words = group_leaders::GroupLeaders::of(&catalog, "groups.")?;
//! let seniors = group_leaders::GroupLeaders { leads: catalog.role("groups.leads_as_senior")?, ..words };
//! # let _ = instructors::Instructors::of(&catalog, "training.")?;
//! # let mut policy = rolecall::Policy::new(catalog);
//! # let mut edit = policy.edit_unguarded();
//! # let lea = edit.add_user("lea")?;
//! # let sales = words.on(&mut edit).add_group(&[], "sales")?;
//! # words.on(&mut edit).make_group_leader(lea)?;
//! seniors.on(&mut edit).assign_leader(lea, sales)?;
//! # edit.commit()?;
//! # assert!(policy.snapshot().can(lea, words.group_manage, sales));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! What must never be recorded is refused by rules of the catalog, so that plain changes are refused as well. A rule speaks of the
//! holders of its own preset's roles alone: several presets live in one policy, over the same people, and none gets in another's way.

/// A vocabulary: a struct with one field for each name, and how it is found in a catalog.
macro_rules! vocabulary {
    ($(#[$doc:meta])* $name:ident { $($(#[$about:meta])* $field:ident: $type:ident = $text:expr,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug)]
        pub struct $name {
            $($(#[$about])* pub $field: $crate::$type,)*
        }

        impl $name {
            /// Finds every name in a catalog that includes this preset's under the prefix.
            ///
            /// # Errors
            ///
            /// [`UnknownName`](crate::UnknownName) for the first name that the catalog does not have.
            pub fn of(catalog: &$crate::Catalog, prefix: &str) -> Result<Self, $crate::UnknownName> {
                Ok($name {
                    $($field: vocabulary!(@find catalog, $type, &format!("{prefix}{}", $text)),)*
                })
            }

            /// Each field with the word it stands for.
            #[cfg(test)]
            pub(crate) const FIELDS: &'static [(&'static str, &'static str)] = &[$((stringify!($field), $text),)*];
        }
    };
    (@find $catalog:ident, Kind, $name:expr) => { $catalog.kind($name)? };
    (@find $catalog:ident, Label, $name:expr) => { $catalog.label($name)? };
    (@find $catalog:ident, Permission, $name:expr) => { $catalog.permission($name)? };
    (@find $catalog:ident, Action, $name:expr) => { $catalog.action($name)? };
    (@find $catalog:ident, Role, $name:expr) => { $catalog.role($name)? };
}

use crate::{
    Action, AskError, Catalog, Declaration, Edit, Effect, Grant, Group, Kind, Place, Problem,
    ProblemKind, Resource, Role, Scope, Subject, Target, User, What,
};

pub mod academy;
pub mod control;
pub mod group_leaders;
pub mod instructors;
#[cfg(test)]
mod tests;

/// What an edit answers, or the problem that marks it.
fn known<T>(
    edit: &mut Edit<'_>,
    ask: impl FnOnce(&Edit<'_>) -> Result<T, AskError>,
) -> Result<T, Problem> {
    ask(edit).map_err(|stale| edit.refuse(stale))
}

/// Marks the edit: a condition of an operation is not met.
fn refuse(edit: &mut Edit<'_>, kind: ProblemKind, why: impl Into<String>) -> Problem {
    edit.refuse(Problem::Other {
        kind,
        why: why.into(),
    })
}

/// Demands that whoever acts does so for themself.
fn demand_oneself(edit: &mut Edit<'_>, user: User, what: &str) -> Result<(), Problem> {
    match edit.acting_user() {
        Some(acting) if acting != user => {
            let why = format!("nobody {what} in another's name");
            Err(refuse(edit, ProblemKind::NotAllowed, why))
        }
        _ => Ok(()),
    }
}

/// Demands that nobody acts: what the operation founds is not there yet, so nobody can hold a right to it.
fn demand_unguarded(edit: &mut Edit<'_>, what: &str) -> Result<(), Problem> {
    let Some(acting) = edit.acting_user() else {
        return Ok(());
    };
    let acting = known(edit, |edit| edit.thing_name(acting))?;
    let why = format!(
        "{acting} cannot {what}: nobody holds a right to that, so it takes an unguarded edit"
    );
    Err(refuse(edit, ProblemKind::NotAllowed, why))
}

/// Demands an action of a place. Of one that the edit itself added nobody held anything when it began, so it is demanded on the platform.
fn demand_of(
    edit: &mut Edit<'_>,
    action: impl Into<Action>,
    place: impl Into<Place>,
) -> Result<(), Problem> {
    let place = place.into();
    let target = match edit.is_new(place) {
        true => Target::Platform,
        false => Target::from(place),
    };
    edit.demand(action, target)
}

/// Demands that a resource is of one of these kinds: no operation takes a thing of another sort, be it of another preset.
fn demand_kind(edit: &mut Edit<'_>, resource: Resource, kinds: &[Kind]) -> Result<(), Problem> {
    let (kind, name) = known(edit, |edit| {
        Ok((edit.kind_of(resource)?, edit.thing_name(resource)?))
    })?;
    if kinds.contains(&kind) {
        return Ok(());
    }
    let wanted: Vec<String> = kinds
        .iter()
        .filter_map(|kind| edit.catalog().kind_name(*kind))
        .map(|name| format!("`{name}`"))
        .collect();
    let why = format!("{name} is no {}", wanted.join(" or "));
    Err(refuse(edit, ProblemKind::Unknown, why))
}

/// Whether a place is the other one, or lies under it.
fn is_under(
    edit: &mut Edit<'_>,
    place: impl Into<Place>,
    other: impl Into<Place>,
) -> Result<bool, Problem> {
    let (place, other) = (place.into(), other.into());
    let (mut seen, mut open) = (vec![place], vec![place]);
    while let Some(place) = open.pop() {
        if place == other {
            return Ok(true);
        }
        let above: Vec<Place> = known(edit, |edit| match place {
            Place::Resource(resource) => edit.placements(resource),
            Place::Group(group) => {
                let parents = edit.parents(group);
                parents.map(|all| all.into_iter().map(Place::Group).collect())
            }
            Place::User(_) => Ok(Vec::new()),
        })?;
        for place in above {
            if !seen.contains(&place) {
                seen.push(place);
                open.push(place);
            }
        }
    }
    Ok(false)
}

/// The allows recorded on the subject itself of one of these roles, or of a role that includes one: a service's own roles are
/// looked after like those they include.
fn allows_of(
    edit: &mut Edit<'_>,
    subject: impl Into<Subject>,
    roles: &[Role],
) -> Result<Vec<Grant>, Problem> {
    let subject = subject.into();
    let grants = known(edit, |edit| edit.grants_to(subject))?;
    of_roles(edit, grants, roles)
}

/// Those of the grants that allow one of these roles, or a role that includes one.
fn of_roles(
    edit: &mut Edit<'_>,
    grants: Vec<Grant>,
    roles: &[Role],
) -> Result<Vec<Grant>, Problem> {
    known(edit, |edit| {
        let mut found = Vec::new();
        for grant in grants {
            let What::Role(role) = grant.what() else {
                continue;
            };
            let mut is_one = false;
            for wanted in roles {
                is_one |= edit.is_or_includes(role, *wanted)?;
            }
            if is_one && grant.effect() == Effect::Allow {
                found.push(grant);
            }
        }
        Ok(found)
    })
}

// Several presets may put the same person into the same group, and a membership is one fact. Each records beside it that it did so, as an
// allow of an empty role of its own on the group: a *claim*. It gives nothing.

/// Makes a user a member of a group for the sake of a preset, whose empty role is `claim`. A membership that is there already and that no
/// preset claims is somebody else's, and stays so.
fn join(edit: &mut Edit<'_>, claim: Role, user: User, group: Group) -> Result<(), Problem> {
    let is_member = known(edit, |edit| edit.groups_of(user))?.contains(&group);
    if is_member && claims(edit, user, group)?.is_empty() {
        return Ok(());
    }
    edit.add_member(user, group)?;
    edit.grant(claimed(claim, user, group))
}

/// Ends what [`join`] recorded. The membership goes where no other preset claims it, and stays where it was there without any claim.
fn leave(edit: &mut Edit<'_>, claim: Role, user: User, group: Group) -> Result<(), Problem> {
    let claims = claims(edit, user, group)?;
    edit.revoke(claimed(claim, user, group))?;
    if claims == [claim] {
        edit.remove_member(user, group)?;
    }
    Ok(())
}

/// Ends a membership, whoever recorded it, unless another preset claims it: then it has to be ended there.
fn end_membership(
    edit: &mut Edit<'_>,
    claim: Role,
    user: User,
    group: Group,
) -> Result<(), Problem> {
    let claims = claims(edit, user, group)?;
    if let Some(other) = claims.into_iter().find(|other| *other != claim) {
        let (user, group, other) = known(edit, |edit| {
            let names = (edit.thing_name(user)?, edit.thing_name(group)?);
            Ok((names.0, names.1, edit.thing_name(other)?))
        })?;
        let why = format!(
            "{user} is a member of {group} by {other} as well: end it by the operation that gave it"
        );
        return Err(refuse(edit, ProblemKind::WrongState, why));
    }
    edit.revoke(claimed(claim, user, group))?;
    edit.remove_member(user, group)
}

fn claimed(claim: Role, user: User, group: Group) -> Grant {
    Grant::role(claim).to(user).on(Scope::this(group))
}

/// The empty roles of the catalog that the user is allowed on just this group.
fn claims(edit: &mut Edit<'_>, user: User, group: Group) -> Result<Vec<Role>, Problem> {
    let grants = known(edit, |edit| edit.grants_to(user))?;
    let here = grants
        .into_iter()
        .filter(|grant| grant.effect() == Effect::Allow && grant.scope() == Scope::this(group));
    let roles = here.filter_map(|grant| match grant.what() {
        What::Role(role) => Some(role),
        _ => None,
    });
    Ok(roles
        .filter(|role| is_empty(edit.catalog(), *role))
        .collect())
}

/// Whether a role of the catalog gives nothing.
fn is_empty(catalog: &Catalog, role: Role) -> bool {
    let Some(role) = catalog.role_name(role) else {
        return false;
    };
    catalog.declarations().iter().any(|declared| {
        matches!(
            declared,
            Declaration::Role { name, permissions, includes }
                if name == role && permissions.is_empty() && includes.is_empty()
        )
    })
}
