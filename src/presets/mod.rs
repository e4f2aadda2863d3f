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
//!   [`Edit`]. Where it is said who may do one, the operation [`demand`](crate::Edit::demand)s that of the acting user;
//!   without an acting user it demands nothing.
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
//! # let sales = words.on(&mut edit).add_group("sales")?;
//! # words.on(&mut edit).make_group_leader(lea)?;
//! seniors.on(&mut edit).assign_leader(lea, sales)?;
//! # edit.commit()?;
//! # assert!(policy.snapshot().can(lea, words.manage_group, sales));
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
        }
    };
    (@find $catalog:ident, Kind, $name:expr) => { $catalog.kind($name)? };
    (@find $catalog:ident, Label, $name:expr) => { $catalog.label($name)? };
    (@find $catalog:ident, Permission, $name:expr) => { $catalog.permission($name)? };
    (@find $catalog:ident, Action, $name:expr) => { $catalog.action($name)? };
    (@find $catalog:ident, Role, $name:expr) => { $catalog.role($name)? };
}

use crate::{AskError, Edit, Effect, Grant, Problem, ProblemKind, Role, Subject, User, What};

pub mod academy;
pub mod control;
pub mod group_leaders;
pub mod instructors;

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

/// The allows recorded on the subject itself of one of these roles, or of a role that includes one: a service's own roles are
/// looked after like those they include.
fn allows_of(
    edit: &mut Edit<'_>,
    subject: impl Into<Subject>,
    roles: &[Role],
) -> Result<Vec<Grant>, Problem> {
    let subject = subject.into();
    known(edit, |edit| {
        let mut found = Vec::new();
        for grant in edit.grants_to(subject)? {
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
