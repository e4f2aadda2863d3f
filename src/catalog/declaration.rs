//! Declarations: the catalog as data, one entry at a time.

use crate::catalog::requirement::Requirement;
use crate::catalog::rule::Rule;

/// One entry of a catalog, in names. A catalog is its list of declarations; their order carries no meaning but the order of handles.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "snake_case", deny_unknown_fields)
)]
#[non_exhaustive]
pub enum Declaration {
    /// A kind of resource.
    Kind {
        /// Its name: no colon, and not `user`, `group` or `platform`.
        name: String,
    },
    /// A label.
    Label {
        /// Its name.
        name: String,
        /// Whether it marks a recorded fact, which only words refusals differently.
        recorded: bool,
    },
    /// A permission, and the action of the same name.
    Permission {
        /// Its name.
        name: String,
        /// Whether it stands for a recorded fact, which only words refusals differently.
        recorded: bool,
    },
    /// An action with a requirement. One named as a permission replaces that permission's `holds`.
    Action {
        /// Its name.
        name: String,
        /// How many targets a question about it has, at least one.
        targets: usize,
        /// What must be true.
        requirement: Requirement,
    },
    /// A role that every policy of the catalog has.
    Role {
        /// Its name.
        name: String,
        /// Its own permissions.
        permissions: Vec<String>,
        /// The roles it includes.
        includes: Vec<String>,
    },
    /// A rule.
    Rule(Rule),
}

impl Declaration {
    /// The same declaration with every name of the catalog prefixed.
    pub(crate) fn prefixed(&self, prefix: &str) -> Declaration {
        let name = |name: &String| format!("{prefix}{name}");
        match self {
            Declaration::Kind { name: kind } => Declaration::Kind { name: name(kind) },
            Declaration::Label {
                name: label,
                recorded,
            } => Declaration::Label {
                name: name(label),
                recorded: *recorded,
            },
            Declaration::Permission {
                name: permission,
                recorded,
            } => Declaration::Permission {
                name: name(permission),
                recorded: *recorded,
            },
            Declaration::Action {
                name: action,
                targets,
                requirement,
            } => Declaration::Action {
                name: name(action),
                targets: *targets,
                requirement: requirement.prefixed(prefix),
            },
            Declaration::Role {
                name: role,
                permissions,
                includes,
            } => Declaration::Role {
                name: name(role),
                permissions: permissions.iter().map(name).collect(),
                includes: includes.iter().map(name).collect(),
            },
            Declaration::Rule(rule) => Declaration::Rule(rule.prefixed(prefix)),
        }
    }
}
