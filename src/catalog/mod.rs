//! The vocabulary: what kinds, labels, permissions, actions and roles there are, and which rules hold of them.

pub(crate) mod builder;
pub(crate) mod declaration;
pub(crate) mod digest;
pub(crate) mod formula;
pub(crate) mod requirement;
pub(crate) mod rule;
mod words;

use std::fmt;
use std::sync::{Arc, OnceLock};

use fixedbitset::FixedBitSet;

use crate::catalog::builder::CatalogBuilder;
use crate::catalog::declaration::Declaration;
use crate::catalog::digest::CatalogDigest;
use crate::catalog::formula::{Formulas, Node};
use crate::catalog::requirement::Requirement;
use crate::catalog::rule::{HowMany, Rule, SubjectKind, WhenLost};
use crate::catalog::words::Words;
use crate::id::{Action, Kind, Label, Permission, Role, Targets};
use crate::name::UnknownName;
use crate::near::Search;

/// The frozen vocabulary of a policy: kinds, labels, permissions, actions, roles and rules.
///
/// Build one with [`Catalog::builder`]. It is immutable, cheap to clone and shared by any number of policies; its handles resolve in all
/// of them.
///
/// ```
/// use rolecall::{Catalog, holds};
///
/// let catalog = Catalog::builder()
///     .kind("course")
///     .permission("course.edit")
///     .permission("member.view")
///     .permission("reporting")
///     .action("progress.view", holds("reporting").with(holds("member.view")))
///     .role("trainer", ["course.edit", "member.view"])
///     .build()?;
/// let trainer = catalog.role("trainer")?;
/// assert_eq!(catalog.role_name(trainer), Some("trainer"));
///
/// // Every problem is reported at once, with the nearest known name.
/// let error = Catalog::builder().permission("course.edit").role("trainer", ["course.edti"]).build().unwrap_err();
/// assert_eq!(
///     error.to_string(),
///     "the catalog has problems: role `trainer`: unknown permission `course.edti`, the nearest known is `course.edit`",
/// );
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Catalog {
    inner: Arc<Inner>,
}

struct Inner {
    number: u32,
    declarations: Vec<Declaration>,
    /// The digest of the declarations, once anybody asked for it.
    digest: OnceLock<CatalogDigest>,
    kinds: Words,
    labels: Words,
    recorded_labels: FixedBitSet,
    permissions: Words,
    recorded_permissions: FixedBitSet,
    /// The first are the permissions, in their order.
    actions: Words,
    formulas: Formulas,
    requirements: Vec<Requirement>,
    roles: Words,
    role_rows: Vec<CatalogRole>,
    rules: Vec<(Rule, RuleOf)>,
}

/// A role of the catalog, with what follows from its includes.
#[derive(Debug)]
pub(crate) struct CatalogRole {
    /// Its own permissions.
    pub(crate) permissions: Vec<u32>,
    /// The roles it includes directly.
    pub(crate) includes: Vec<u32>,
}

/// A rule with its names resolved.
#[derive(Clone, Debug)]
pub(crate) enum RuleOf {
    Count {
        how_many: HowMany,
        of: CountedOf,
        /// The label of the places at which is counted; `None` for the platform.
        label: Option<u32>,
    },
    AtLeastOne {
        holder: Option<u32>,
        roles: Vec<u32>,
    },
    NeverBoth {
        roles: [u32; 2],
    },
    Grant {
        what: GrantedOf,
        condition: ConditionOf,
        when_lost: WhenLost,
    },
}

/// Whom a state rule counts.
#[derive(Clone, Copy, Debug)]
pub(crate) enum CountedOf {
    Holders(u32),
    Able(u32),
}

/// What a grant rule speaks of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum GrantedOf {
    Permission(u32),
    Role(u32),
}

/// The condition of a grant rule.
#[derive(Clone, Debug)]
pub(crate) enum ConditionOf {
    HolderOf { role: u32 },
    Subjects(Vec<SubjectKind>),
    Places(Vec<PlaceKind>),
    Marked { label: u32 },
    Active,
    Scoped,
}

/// A kind of place: a declared one or one that every catalog has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum PlaceKind {
    User,
    Group,
    Platform,
    Kind(u32),
}

macro_rules! vocabulary {
    ($($table:ident, $word:literal: $find:ident, $find_within:ident, $all:ident, $name:ident, $has:ident -> $handle:ident;)*) => {$(
        #[doc = concat!("The ", $word, " of that name.")]
        ///
        /// # Errors
        ///
        /// [`UnknownName`] with the nearest known name.
        pub fn $find(&self, name: &str) -> Result<$handle, UnknownName> {
            self.$find_within(name, &mut Search::of_one())
        }

        pub(crate) fn $find_within(&self, name: &str, search: &mut Search) -> Result<$handle, UnknownName> {
            let index = self.inner.$table.index(name).ok_or_else(|| self.inner.$table.unknown(name, search))?;
            Ok($handle { index, catalog: self.inner.number })
        }

        #[doc = concat!("Every ", $word, ", in the order of declaration.")]
        pub fn $all(&self) -> impl Iterator<Item = $handle> + use<> {
            let catalog = self.inner.number;
            (0..self.inner.$table.len()).map(move |index| $handle { index, catalog })
        }

        #[doc = concat!("The name of the ", $word, ", or `None` if it is of another catalog.")]
        #[must_use]
        pub fn $name(&self, handle: $handle) -> Option<&str> {
            if self.$has(handle) { self.inner.$table.name(handle.index) } else { None }
        }

        pub(crate) fn $has(&self, handle: $handle) -> bool {
            handle.catalog == self.inner.number
        }
    )*};
}

impl Catalog {
    /// Starts an empty catalog.
    pub fn builder() -> CatalogBuilder {
        CatalogBuilder::default()
    }

    vocabulary! {
        kinds, "kind": kind, kind_within, kinds, kind_name, has_kind -> Kind;
        labels, "label": label, label_within, labels, label_name, has_label -> Label;
        permissions, "permission": permission, permission_within, permissions, permission_name, has_permission -> Permission;
        actions, "action": action, action_within, actions, action_name, has_action -> Action;
    }

    /// The role of that name. Roles added at run time are found in a snapshot or an edit.
    ///
    /// # Errors
    ///
    /// [`UnknownName`] with the nearest known name.
    pub fn role(&self, name: &str) -> Result<Role, UnknownName> {
        let index = self
            .inner
            .roles
            .index(name)
            .ok_or_else(|| self.inner.roles.unknown(name, &mut Search::of_one()))?;
        Ok(self.role_at(index))
    }

    /// The kind of that name, if there is one.
    pub(crate) fn find_kind(&self, name: &str) -> Option<Kind> {
        self.inner
            .kinds
            .index(name)
            .map(|index| self.kind_at(index))
    }

    /// The role of that name, if the catalog has it.
    pub(crate) fn find_role(&self, name: &str) -> Option<Role> {
        self.inner
            .roles
            .index(name)
            .map(|index| self.role_at(index))
    }

    /// Every role of the catalog, in the order of declaration.
    pub fn roles(&self) -> impl Iterator<Item = Role> + use<> {
        let owner = self.inner.number;
        (0..self.inner.roles.len()).map(move |index| Role {
            index,
            birth: 0,
            owner,
        })
    }

    /// The name of a role of this catalog, or `None` for any other.
    #[must_use]
    pub fn role_name(&self, role: Role) -> Option<&str> {
        if self.has_role(role) {
            self.inner.roles.name(role.index)
        } else {
            None
        }
    }

    /// How many targets a question about the action has, or `None` if it is of another catalog.
    #[must_use]
    pub fn targets_of(&self, action: Action) -> Option<usize> {
        if self.has_action(action) {
            Some(self.inner.formulas.action(action.index)?.targets)
        } else {
            None
        }
    }

    /// What must be true for the action, or `None` if it is of another catalog.
    #[must_use]
    pub fn requirement(&self, action: Action) -> Option<&Requirement> {
        if self.has_action(action) {
            self.inner.requirements.get(action.index as usize)
        } else {
            None
        }
    }

    /// The permission of the same name as the action, if there is one.
    #[must_use]
    pub fn permission_of(&self, action: Action) -> Option<Permission> {
        let named = self.has_action(action) && action.index < self.inner.permissions.len();
        named.then_some(Permission {
            index: action.index,
            catalog: action.catalog,
        })
    }

    /// Whether the label is declared a recorded fact.
    #[must_use]
    pub fn is_recorded_label(&self, label: Label) -> bool {
        self.has_label(label) && self.inner.recorded_labels.contains(label.index as usize)
    }

    /// Whether the permission is declared a recorded fact.
    #[must_use]
    pub fn is_recorded_permission(&self, permission: Permission) -> bool {
        self.has_permission(permission)
            && self
                .inner
                .recorded_permissions
                .contains(permission.index as usize)
    }

    /// The rules, in the order of declaration.
    pub fn rules(&self) -> impl Iterator<Item = &Rule> {
        self.inner.rules.iter().map(|(rule, _)| rule)
    }

    /// Everything that was declared, those of included catalogs under their prefixes.
    #[must_use]
    pub fn declarations(&self) -> &[Declaration] {
        &self.inner.declarations
    }

    /// The digest of everything that was declared: equal for catalogs that declare the same, whatever the order.
    ///
    /// Equal facts under another catalog are no equal policy: who compares two of them compares this beside
    /// [`Snapshot::digest`](crate::Snapshot::digest). It is worked out once.
    #[must_use]
    pub fn digest(&self) -> CatalogDigest {
        let inner = &self.inner;
        *inner
            .digest
            .get_or_init(|| CatalogDigest::of(&inner.declarations))
    }

    pub(crate) fn number(&self) -> u32 {
        self.inner.number
    }

    pub(crate) fn has_role(&self, role: Role) -> bool {
        role.owner == self.inner.number
    }

    pub(crate) fn role_at(&self, index: u32) -> Role {
        Role {
            index,
            birth: 0,
            owner: self.inner.number,
        }
    }

    pub(crate) fn role_rows(&self) -> &[CatalogRole] {
        &self.inner.role_rows
    }

    pub(crate) fn role_names(&self) -> impl Iterator<Item = &str> {
        self.inner.roles.iter()
    }

    pub(crate) fn permission_at(&self, index: u32) -> Permission {
        Permission {
            index,
            catalog: self.inner.number,
        }
    }

    pub(crate) fn action_at(&self, index: u32) -> Action {
        Action {
            index,
            catalog: self.inner.number,
        }
    }

    pub(crate) fn label_at(&self, index: u32) -> Label {
        Label {
            index,
            catalog: self.inner.number,
        }
    }

    pub(crate) fn kind_at(&self, index: u32) -> Kind {
        Kind {
            index,
            catalog: self.inner.number,
        }
    }

    pub(crate) fn permission_count(&self) -> usize {
        self.inner.permissions.len() as usize
    }

    pub(crate) fn formulas(&self) -> &Formulas {
        &self.inner.formulas
    }

    pub(crate) fn node(&self, node: u32) -> Option<&Node> {
        self.inner.formulas.node(node)
    }

    pub(crate) fn resolved_rules(&self) -> &[(Rule, RuleOf)] {
        &self.inner.rules
    }

    /// Whether some rule counts who can do an action.
    pub(crate) fn counts_the_able(&self) -> bool {
        let counts = |rule: &RuleOf| {
            matches!(
                rule,
                RuleOf::Count {
                    of: CountedOf::Able(_),
                    ..
                }
            )
        };
        self.inner.rules.iter().any(|(_, rule)| counts(rule))
    }
}

impl From<Targets> for PlaceKind {
    fn from(targets: Targets) -> Self {
        match targets {
            Targets::Users => PlaceKind::User,
            Targets::Groups => PlaceKind::Group,
            Targets::Of(kind) => PlaceKind::Kind(kind.index),
        }
    }
}

/// The sizes of the vocabulary; the declarations show the rest.
impl fmt::Debug for Catalog {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Catalog")
            .field("kinds", &self.inner.kinds.len())
            .field("labels", &self.inner.labels.len())
            .field("permissions", &self.inner.permissions.len())
            .field("actions", &self.inner.actions.len())
            .field("roles", &self.inner.roles.len())
            .field("rules", &self.inner.rules.len())
            .finish_non_exhaustive()
    }
}
