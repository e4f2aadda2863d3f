//! `CatalogBuilder`: collects declarations, and checks and resolves all of them at once.

use std::sync::{Arc, OnceLock};

use fixedbitset::FixedBitSet;

use crate::catalog::declaration::Declaration;
use crate::catalog::formula::{Formulas, Node};
use crate::catalog::requirement::{Asked, MAX_DEPTH, MAX_TARGETS, Requirement};
use crate::catalog::rule::{
    Condition, Counted, CountedAt, GrantRule, Granted, Rule, StateRule, WhenLost,
};
use crate::catalog::words::Words;
use crate::catalog::{
    Catalog, CatalogRole, ConditionOf, CountedOf, GrantedOf, Inner, PlaceKind, RuleOf,
};
use crate::graph;
use crate::id::{NOBODY, next_owner};
use crate::name::{self, BadName, UnknownName, quoted, shown, spelled};
use crate::near::Search;

/// Collects the declarations of a [`Catalog`].
///
/// The order of declarations does not matter; a name may be used before it is declared.
#[derive(Clone, Debug, Default)]
#[must_use = "a builder does nothing until it builds"]
pub struct CatalogBuilder {
    declarations: Vec<Declaration>,
}

/// Everything that is wrong with a catalog.
///
/// The text shows the first ten problems and says how many more there are; [`problems`](CatalogError::problems) has all.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize),
    serde(tag = "code", rename = "bad_catalog")
)]
#[error("the catalog has problems: {}", shown(problems, "; "))]
pub struct CatalogError {
    problems: Vec<CatalogProblem>,
}

impl CatalogError {
    pub(crate) const CODE: &'static str = "bad_catalog";

    /// Every problem, in the order of the declarations, loops last.
    #[must_use]
    pub fn problems(&self) -> &[CatalogProblem] {
        &self.problems
    }
}

/// One problem of a catalog.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(tag = "code"))]
#[non_exhaustive]
pub enum CatalogProblem {
    /// This process has made as many catalogs and policies as there are numbers to tell their handles apart: nearly 2^32.
    #[error("no more catalogs can be built in this process")]
    #[cfg_attr(feature = "serde", serde(rename = "catalogs_exhausted"))]
    Exhausted,
    /// A declaration uses a name that nothing has.
    #[error("{place}: {name}")]
    #[cfg_attr(feature = "serde", serde(rename = "undeclared"))]
    Unknown {
        /// The declaration.
        place: String,
        /// The name.
        name: UnknownName,
    },
    /// Two declarations have one name.
    #[error("{word} {} is declared twice", quoted(name))]
    #[cfg_attr(feature = "serde", serde(rename = "declared_twice"))]
    Duplicate {
        /// What is declared.
        word: &'static str,
        /// The name.
        name: String,
    },
    /// The text cannot be a name.
    #[error("{} cannot name a {word}: {reason}", quoted(name))]
    #[cfg_attr(feature = "serde", serde(rename = "bad_declared_name"))]
    BadName {
        /// What was to be named.
        word: &'static str,
        /// The text.
        name: String,
        /// Why not.
        reason: BadName,
    },
    /// Includes of roles, or references between actions, form a loop.
    ///
    /// In a walk along them, in the order of the declarations, there is one loop for each that goes back: without these there would be none.
    #[error("{edges} form a loop: {}", spelled(path.iter().map(String::as_str)))]
    #[cfg_attr(feature = "serde", serde(rename = "declared_loop"))]
    Loop {
        /// `includes of roles` or `references between actions`.
        edges: &'static str,
        /// The loop, from a name back to itself. The last step is the one that goes back, the others are a shortest way to it.
        path: Vec<String>,
    },
    /// There are more loops than are spelled out: of includes, and of references, a hundred at most, and fewer where the ways are so long that
    /// searching for them would take many times as long as finding what goes back.
    #[error("{edges} form {count} more loop(s)")]
    #[cfg_attr(feature = "serde", serde(rename = "more_declared_loops"))]
    MoreLoops {
        /// `includes of roles` or `references between actions`.
        edges: &'static str,
        /// How many more of them go back.
        count: usize,
    },
    /// A formula, or a list in a rule, has no parts.
    #[error("{place}: {part} has no parts")]
    #[cfg_attr(feature = "serde", serde(rename = "no_parts"))]
    Empty {
        /// The declaration.
        place: String,
        /// `all`, `any`, `with` or the list.
        part: &'static str,
    },
    /// A formula is nested too deep.
    #[error("{place}: nested deeper than {MAX_DEPTH}")]
    #[cfg_attr(feature = "serde", serde(rename = "too_deep"))]
    TooDeep {
        /// The declaration.
        place: String,
    },
    /// An action has no target.
    #[error(
        "{place}: has no target; an action about nothing in particular is asked on the platform"
    )]
    #[cfg_attr(feature = "serde", serde(rename = "no_targets"))]
    NoTargets {
        /// The declaration.
        place: String,
    },
    /// An action has more targets than a question may have.
    #[error("{place}: has {targets} targets, at most {MAX_TARGETS} are possible")]
    #[cfg_attr(feature = "serde", serde(rename = "too_many_targets"))]
    TooManyTargets {
        /// The declaration.
        place: String,
        /// How many it was declared with.
        targets: usize,
    },
    /// A part speaks of a target that the question does not have.
    #[error("{place}: speaks of target {nth}, but its questions have {targets} (counted from 0)")]
    #[cfg_attr(feature = "serde", serde(rename = "no_such_target"))]
    NoSuchTarget {
        /// The declaration.
        place: String,
        /// The target's position.
        nth: usize,
        /// How many there are.
        targets: usize,
    },
    /// A rule says what happens when that is lost which cannot be lost: see [`WhenLost`].
    #[error("{place}: what it asks for is part of the grant and cannot be lost")]
    #[cfg_attr(feature = "serde", serde(rename = "nothing_to_lose"))]
    NothingToLose {
        /// The rule.
        place: String,
    },
    /// `allows`, or a rule, refers to an action with a number of targets that does not fit.
    #[error(
        "{place}: refers to action {}, whose questions have {given} targets, where {expected} stand",
        quoted(action)
    )]
    #[cfg_attr(feature = "serde", serde(rename = "wrong_targets_declared"))]
    WrongTargets {
        /// The declaration.
        place: String,
        /// The action referred to.
        action: String,
        /// How many targets it has.
        given: usize,
        /// How many it could have here.
        expected: usize,
    },
}

impl CatalogProblem {
    /// The stable name of this variant, for programs: see [`Error::code`](crate::Error::code).
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            CatalogProblem::Exhausted => "catalogs_exhausted",
            CatalogProblem::Unknown { .. } => "undeclared",
            CatalogProblem::Duplicate { .. } => "declared_twice",
            CatalogProblem::BadName { .. } => "bad_declared_name",
            CatalogProblem::Loop { .. } => "declared_loop",
            CatalogProblem::MoreLoops { .. } => "more_declared_loops",
            CatalogProblem::Empty { .. } => "no_parts",
            CatalogProblem::TooDeep { .. } => "too_deep",
            CatalogProblem::NoTargets { .. } => "no_targets",
            CatalogProblem::TooManyTargets { .. } => "too_many_targets",
            CatalogProblem::NoSuchTarget { .. } => "no_such_target",
            CatalogProblem::NothingToLose { .. } => "nothing_to_lose",
            CatalogProblem::WrongTargets { .. } => "wrong_targets_declared",
        }
    }
}

impl CatalogBuilder {
    /// Declares a kind of resource.
    pub fn kind(self, name: impl Into<String>) -> Self {
        self.declare(Declaration::Kind { name: name.into() })
    }

    /// Declares a label.
    pub fn label(self, name: impl Into<String>) -> Self {
        self.declare(Declaration::Label {
            name: name.into(),
            recorded: false,
        })
    }

    /// Declares a label that is a recorded fact: a refusal for want of it is a *missing fact*, not a *wrong state*.
    pub fn recorded_label(self, name: impl Into<String>) -> Self {
        self.declare(Declaration::Label {
            name: name.into(),
            recorded: true,
        })
    }

    /// Declares a permission and the action of its name, which needs just this permission unless it is declared as well.
    pub fn permission(self, name: impl Into<String>) -> Self {
        self.declare(Declaration::Permission {
            name: name.into(),
            recorded: false,
        })
    }

    /// Declares a permission that is a recorded fact: a refusal for want of it is a *missing fact*.
    pub fn recorded_permission(self, name: impl Into<String>) -> Self {
        self.declare(Declaration::Permission {
            name: name.into(),
            recorded: true,
        })
    }

    /// Declares an action on one target.
    pub fn action(self, name: impl Into<String>, requirement: Requirement) -> Self {
        self.action_on(name, 1, requirement)
    }

    /// Declares an action on several targets.
    pub fn action_on(
        self,
        name: impl Into<String>,
        targets: usize,
        requirement: Requirement,
    ) -> Self {
        self.declare(Declaration::Action {
            name: name.into(),
            targets,
            requirement,
        })
    }

    /// Declares a role with its permissions.
    pub fn role<'a>(
        self,
        name: impl Into<String>,
        permissions: impl IntoIterator<Item = &'a str>,
    ) -> Self {
        self.role_including(name, permissions, [])
    }

    /// Declares a role with its own permissions and the roles it includes.
    pub fn role_including<'a>(
        self,
        name: impl Into<String>,
        permissions: impl IntoIterator<Item = &'a str>,
        includes: impl IntoIterator<Item = &'a str>,
    ) -> Self {
        self.declare(Declaration::Role {
            name: name.into(),
            permissions: permissions.into_iter().map(str::to_owned).collect(),
            includes: includes.into_iter().map(str::to_owned).collect(),
        })
    }

    /// Declares a rule.
    pub fn rule(self, rule: Rule) -> Self {
        self.declare(Declaration::Rule(rule))
    }

    /// Adds a declaration as data.
    pub fn declare(mut self, declaration: Declaration) -> Self {
        self.declarations.push(declaration);
        self
    }

    /// Adds many declarations as data.
    pub fn declare_all(mut self, declarations: impl IntoIterator<Item = Declaration>) -> Self {
        self.declarations.extend(declarations);
        self
    }

    /// Adds everything that `part` declares, each of its names with `prefix` in front. With an empty prefix, a name that is declared
    /// on both sides is an error of [`build`](Self::build).
    pub fn include(self, prefix: &str, part: &Catalog) -> Self {
        self.declare_all(
            part.declarations()
                .iter()
                .map(|declaration| declaration.prefixed(prefix)),
        )
    }

    /// Checks and resolves everything, and freezes it.
    ///
    /// # Errors
    ///
    /// [`CatalogError`] with every problem: unknown names, duplicates, texts that cannot be names, loops among includes or references,
    /// formulas without parts or nested too deep, targets that do not exist.
    ///
    /// # Complexity
    ///
    /// Linear in the declarations, times the roles that a role includes.
    pub fn build(self) -> Result<Catalog, CatalogError> {
        let mut build = Build::new();
        build.declare_words(&self.declarations);
        build.resolve_actions(&self.declarations);
        build.resolve_roles(&self.declarations);
        build.resolve_rules(&self.declarations);
        build.find_loops();
        if !build.problems.is_empty() {
            return Err(CatalogError {
                problems: build.problems,
            });
        }
        let number = next_owner().ok_or_else(|| CatalogError {
            problems: vec![CatalogProblem::Exhausted],
        })?;
        Ok(Catalog {
            inner: Arc::new(Inner {
                number,
                declarations: self.declarations,
                ..build.inner
            }),
        })
    }
}

/// A catalog while it is put together.
struct Build {
    inner: Inner,
    problems: Vec<CatalogProblem>,
    /// What may be spent on near names, for all unknown ones together.
    search: Search,
    /// The number of targets of each action, before its formula is known.
    targets: Vec<usize>,
}

impl Build {
    fn new() -> Self {
        let inner = Inner {
            // It gets one when nothing is wrong with it.
            number: NOBODY,
            declarations: Vec::new(),
            digest: OnceLock::new(),
            kinds: Words::new("kind"),
            labels: Words::new("label"),
            recorded_labels: FixedBitSet::new(),
            permissions: Words::new("permission"),
            recorded_permissions: FixedBitSet::new(),
            actions: Words::new("action"),
            formulas: Formulas::default(),
            requirements: Vec::new(),
            roles: Words::new("role"),
            role_rows: Vec::new(),
            rules: Vec::new(),
        };
        Build {
            inner,
            problems: Vec::new(),
            search: Search::of_many(),
            targets: Vec::new(),
        }
    }

    /// Gives every declared name its place, so that declarations may come in any order.
    fn declare_words(&mut self, declarations: &[Declaration]) {
        for declaration in declarations {
            match declaration {
                Declaration::Kind { name } => {
                    if let Err(reason) = name::check_kind(name) {
                        self.problems.push(CatalogProblem::BadName {
                            word: "kind",
                            name: name.clone(),
                            reason,
                        });
                    } else {
                        add(&mut self.inner.kinds, name, &mut self.problems);
                    }
                }
                Declaration::Label { name, recorded } => {
                    if add(&mut self.inner.labels, name, &mut self.problems) {
                        push(&mut self.inner.recorded_labels, *recorded);
                    }
                }
                Declaration::Permission { name, recorded } => {
                    if add(&mut self.inner.permissions, name, &mut self.problems) {
                        push(&mut self.inner.recorded_permissions, *recorded);
                    }
                }
                Declaration::Role { name, .. } => {
                    add(&mut self.inner.roles, name, &mut self.problems);
                }
                Declaration::Action { .. } | Declaration::Rule(_) => {}
            }
        }
        // Permissions come first among the actions, so that a permission and its action share an index.
        for permission in self.inner.permissions.iter() {
            self.inner.actions.insert(permission);
            self.inner
                .requirements
                .push(Requirement::Holds(permission.to_owned()));
            self.targets.push(1);
        }
        let mut declared = std::collections::HashSet::new();
        for declaration in declarations {
            let Declaration::Action {
                name,
                targets,
                requirement,
            } = declaration
            else {
                continue;
            };
            if let Err(reason) = name::check(name) {
                self.problems.push(CatalogProblem::BadName {
                    word: "action",
                    name: name.clone(),
                    reason,
                });
                continue;
            }
            if !declared.insert(name) {
                self.problems.push(CatalogProblem::Duplicate {
                    word: "action",
                    name: name.clone(),
                });
                continue;
            }
            if *targets == 0 {
                self.problems.push(CatalogProblem::NoTargets {
                    place: action_place(name),
                });
            }
            if *targets > MAX_TARGETS {
                self.problems.push(CatalogProblem::TooManyTargets {
                    place: action_place(name),
                    targets: *targets,
                });
            }
            if self.inner.actions.insert(name) {
                self.inner.requirements.push(requirement.clone());
                self.targets.push(*targets);
            } else if let Some(index) = self.inner.actions.index(name).map(|index| index as usize)
                && let (Some(own), Some(number)) = (
                    self.inner.requirements.get_mut(index),
                    self.targets.get_mut(index),
                )
            {
                (*own, *number) = (requirement.clone(), *targets);
            }
        }
    }

    fn resolve_actions(&mut self, declarations: &[Declaration]) {
        // Only declared requirements can be wrong; they are checked first, since lowering relies on a bounded depth.
        let mut sound = true;
        for declaration in declarations {
            if let Declaration::Action {
                name,
                targets,
                requirement,
            } = declaration
            {
                let before = self.problems.len();
                self.check_formula(&action_place(name), *targets, requirement);
                sound &= self.problems.len() == before;
            }
        }
        if !sound {
            return;
        }
        let requirements = std::mem::take(&mut self.inner.requirements);
        for (requirement, targets) in requirements.iter().zip(&self.targets) {
            if let Some(root) = lower(&mut self.inner, requirement) {
                self.inner.formulas.push_action(*targets, root);
            }
        }
        self.inner.requirements = requirements;
    }

    fn check_formula(&mut self, place: &str, targets: usize, requirement: &Requirement) {
        // Each part with its depth and whether it stands inside an `on`.
        let mut stack = vec![(requirement, 1, false)];
        while let Some((part, depth, inside_on)) = stack.pop() {
            if depth > MAX_DEPTH {
                self.problems.push(CatalogProblem::TooDeep {
                    place: place.to_owned(),
                });
                return;
            }
            let empty = match part {
                Requirement::All(parts) if parts.is_empty() => Some("all"),
                Requirement::Any(parts) if parts.is_empty() => Some("any"),
                Requirement::With(_, companions) if companions.is_empty() => Some("with"),
                _ => None,
            };
            if let Some(part) = empty {
                self.problems.push(CatalogProblem::Empty {
                    place: place.to_owned(),
                    part,
                });
            }
            match part {
                Requirement::Holds(permission) | Requirement::Within(permission) => {
                    self.known(place, |inner| &inner.permissions, permission);
                }
                Requirement::Above { kind, permission } => {
                    self.known(place, |inner| &inner.permissions, permission);
                    if !matches!(kind.as_str(), "user" | "group") {
                        self.known(place, |inner| &inner.kinds, kind);
                    }
                }
                Requirement::Marked(label) => {
                    self.known(place, |inner| &inner.labels, label);
                }
                Requirement::Allows(action) => {
                    if let Some(index) = self.known(place, |inner| &inner.actions, action) {
                        let given = self.targets.get(index as usize).copied().unwrap_or(1);
                        let expected = if inside_on { 1 } else { targets };
                        if given != 1 && given != expected {
                            let (place, action) = (place.to_owned(), action.clone());
                            self.problems.push(CatalogProblem::WrongTargets {
                                place,
                                action,
                                given,
                                expected,
                            });
                        }
                    }
                }
                Requirement::On(Asked::Nth(nth), _) if *nth >= targets => {
                    let place = place.to_owned();
                    self.problems.push(CatalogProblem::NoSuchTarget {
                        place,
                        nth: *nth,
                        targets,
                    });
                }
                _ => {}
            }
            let inside_on = inside_on || matches!(part, Requirement::On(..));
            stack.extend(
                part.parts()
                    .into_iter()
                    .rev()
                    .map(|part| (part, depth + 1, inside_on)),
            );
        }
    }

    fn resolve_roles(&mut self, declarations: &[Declaration]) {
        let mut rows: Vec<Option<CatalogRole>> = Vec::new();
        rows.resize_with(self.inner.roles.len() as usize, || None);
        for declaration in declarations {
            let Declaration::Role {
                name,
                permissions,
                includes,
            } = declaration
            else {
                continue;
            };
            let place = format!("role {}", quoted(name));
            let permissions = permissions
                .iter()
                .filter_map(|name| self.known(&place, |inner| &inner.permissions, name))
                .collect();
            let includes = includes
                .iter()
                .filter_map(|name| self.known(&place, |inner| &inner.roles, name))
                .collect();
            let index = self.inner.roles.index(name);
            if let Some(row @ None) = index.and_then(|index| rows.get_mut(index as usize)) {
                *row = Some(CatalogRole {
                    permissions,
                    includes,
                });
            }
        }
        self.inner.role_rows = rows.into_iter().flatten().collect();
    }

    fn resolve_rules(&mut self, declarations: &[Declaration]) {
        for declaration in declarations {
            let Declaration::Rule(rule) = declaration else {
                continue;
            };
            let place = format!("rule \"{rule}\"");
            if let Some(resolved) = self.resolve_rule(&place, rule) {
                self.inner.rules.push((rule.clone(), resolved));
            }
        }
    }

    fn resolve_rule(&mut self, place: &str, rule: &Rule) -> Option<RuleOf> {
        Some(match rule {
            Rule::State(StateRule::Count { how_many, of, at }) => {
                let of = match of {
                    Counted::Holders(role) => self.role(place, role).map(CountedOf::Holders),
                    Counted::Able(action) => self.single(place, action).map(CountedOf::Able),
                };
                let label = match at {
                    CountedAt::Platform => Some(None),
                    CountedAt::EachMarked(label) => {
                        self.known(place, |inner| &inner.labels, label).map(Some)
                    }
                };
                RuleOf::Count {
                    how_many: *how_many,
                    of: of?,
                    label: label?,
                }
            }
            Rule::State(StateRule::AtLeastOne { holder, roles }) => {
                self.not_empty(place, "the list of roles", roles.is_empty());
                let holder = holder.as_ref().map(|holder| self.role(place, holder));
                let roles = self.each(roles, |build, role| build.role(place, role));
                RuleOf::AtLeastOne {
                    holder: holder.map_or(Some(None), |holder| holder.map(Some))?,
                    roles: roles?,
                }
            }
            Rule::State(StateRule::NeverBoth {
                roles: [one, other],
            }) => {
                let (one, other) = (self.role(place, one), self.role(place, other));
                RuleOf::NeverBoth {
                    roles: [one?, other?],
                }
            }
            Rule::Grant(GrantRule {
                what,
                condition,
                when_lost,
            }) => {
                if *when_lost != WhenLost::Refused && !condition.can_be_lost() {
                    let place = place.to_owned();
                    self.problems.push(CatalogProblem::NothingToLose { place });
                }
                let what = match what {
                    Granted::Permission(name) => self
                        .known(place, |inner| &inner.permissions, name)
                        .map(GrantedOf::Permission),
                    Granted::Role(name) => self.role(place, name).map(GrantedOf::Role),
                };
                let condition = self.resolve_condition(place, condition);
                RuleOf::Grant {
                    what: what?,
                    condition: condition?,
                    when_lost: *when_lost,
                }
            }
        })
    }

    fn resolve_condition(&mut self, place: &str, condition: &Condition) -> Option<ConditionOf> {
        Some(match condition {
            Condition::HolderOf { role } => ConditionOf::HolderOf {
                role: self.role(place, role)?,
            },
            Condition::Subjects(sorts) => {
                self.not_empty(place, "the list of subjects", sorts.is_empty());
                ConditionOf::Subjects(sorts.clone())
            }
            Condition::Places(kinds) => {
                self.not_empty(place, "the list of kinds", kinds.is_empty());
                ConditionOf::Places(self.each(kinds, |build, kind| {
                    Some(match kind {
                        "user" => PlaceKind::User,
                        "group" => PlaceKind::Group,
                        "platform" => PlaceKind::Platform,
                        declared => {
                            PlaceKind::Kind(build.known(place, |inner| &inner.kinds, declared)?)
                        }
                    })
                })?)
            }
            Condition::Marked { label } => ConditionOf::Marked {
                label: self.known(place, |inner| &inner.labels, label)?,
            },
            Condition::Active => ConditionOf::Active,
            Condition::Scoped => ConditionOf::Scoped,
        })
    }

    fn find_loops(&mut self) {
        let rows = &self.inner.role_rows;
        let included = |role: u32| {
            rows.get(role as usize)
                .map(|row| row.includes.clone())
                .unwrap_or_default()
        };
        let mut found = told(&self.inner.roles, "includes of roles", included);
        let (actions, requirements) = (&self.inner.actions, &self.inner.requirements);
        let referred = |requirement: &Requirement| {
            let mut referred = Vec::new();
            let mut stack = vec![requirement];
            while let Some(part) = stack.pop() {
                if let Requirement::Allows(name) = part {
                    referred.extend(actions.index(name));
                }
                stack.extend(part.parts().into_iter().rev());
            }
            referred
        };
        let referred: Vec<Vec<u32>> = requirements.iter().map(referred).collect();
        let referred = |action: u32| referred.get(action as usize).cloned().unwrap_or_default();
        found.extend(told(actions, "references between actions", referred));
        self.problems.extend(found);
    }

    /// An action that has one target.
    fn single(&mut self, place: &str, name: &str) -> Option<u32> {
        let index = self.known(place, |inner| &inner.actions, name)?;
        let given = self.targets.get(index as usize).copied().unwrap_or(1);
        // One without a target is a problem of its declaration.
        if given > 1 {
            self.problems.push(CatalogProblem::WrongTargets {
                place: place.to_owned(),
                action: name.to_owned(),
                given,
                expected: 1,
            });
            return None;
        }
        Some(index)
    }

    fn role(&mut self, place: &str, name: &str) -> Option<u32> {
        self.known(place, |inner| &inner.roles, name)
    }

    fn known(&mut self, place: &str, table: impl Fn(&Inner) -> &Words, name: &str) -> Option<u32> {
        let words = table(&self.inner);
        let index = words.index(name);
        if index.is_none() {
            let name = words.unknown(name, &mut self.search);
            self.problems.push(CatalogProblem::Unknown {
                place: place.to_owned(),
                name,
            });
        }
        index
    }

    /// Resolves all of a list, so that every problem in it is found.
    fn each<T>(
        &mut self,
        names: &[String],
        mut one: impl FnMut(&mut Self, &str) -> Option<T>,
    ) -> Option<Vec<T>> {
        let resolved: Vec<_> = names.iter().map(|name| one(self, name)).collect();
        resolved.into_iter().collect()
    }

    fn not_empty(&mut self, place: &str, part: &'static str, empty: bool) {
        if empty {
            self.problems.push(CatalogProblem::Empty {
                place: place.to_owned(),
                part,
            });
        }
    }
}

fn action_place(name: &str) -> String {
    format!("action {}", quoted(name))
}

/// The loops among the words, one for each edge that goes back.
fn told(words: &Words, edges: &'static str, next: impl Fn(u32) -> Vec<u32>) -> Vec<CatalogProblem> {
    let (paths, more) = graph::loops(0..words.len(), &next).spelled(&next);
    let loops = paths.iter().map(|path| CatalogProblem::Loop {
        edges,
        path: names(words, path),
    });
    let more = (more > 0).then_some(CatalogProblem::MoreLoops { edges, count: more });
    loops.chain(more).collect()
}

fn names(words: &Words, path: &[u32]) -> Vec<String> {
    path.iter()
        .filter_map(|index| words.name(*index))
        .map(str::to_owned)
        .collect()
}

/// Adds a name to its table, unless it is no name or is there already.
fn add(words: &mut Words, name: &str, problems: &mut Vec<CatalogProblem>) -> bool {
    if let Err(reason) = name::check(name) {
        problems.push(CatalogProblem::BadName {
            word: words.word(),
            name: name.to_owned(),
            reason,
        });
        return false;
    }
    let new = words.insert(name);
    if !new {
        problems.push(CatalogProblem::Duplicate {
            word: words.word(),
            name: name.to_owned(),
        });
    }
    new
}

fn push(bits: &mut FixedBitSet, bit: bool) {
    bits.grow(bits.len() + 1);
    bits.set(bits.len() - 1, bit);
}

/// Writes a formula into the table of nodes. Its depth is bounded and its names are known.
fn lower(inner: &mut Inner, requirement: &Requirement) -> Option<u32> {
    let all = |inner: &mut Inner, parts: &[Requirement]| -> Option<Vec<u32>> {
        parts.iter().map(|part| lower(inner, part)).collect()
    };
    let node = match requirement {
        Requirement::Holds(permission) => Node::Holds(inner.permissions.index(permission)?),
        Requirement::Above { kind, permission } => {
            let kind = match kind.as_str() {
                "user" => PlaceKind::User,
                "group" => PlaceKind::Group,
                declared => PlaceKind::Kind(inner.kinds.index(declared)?),
            };
            Node::Above(kind, inner.permissions.index(permission)?)
        }
        Requirement::Within(permission) => Node::Within(inner.permissions.index(permission)?),
        Requirement::Marked(label) => Node::Marked(inner.labels.index(label)?),
        Requirement::Allows(action) => Node::Allows(inner.actions.index(action)?),
        Requirement::All(parts) => Node::All(all(inner, parts)?),
        Requirement::Any(parts) => Node::Any(all(inner, parts)?),
        Requirement::With(main, companions) => {
            let mut parts = vec![lower(inner, main)?];
            parts.extend(all(inner, companions)?);
            Node::With(parts)
        }
        Requirement::On(asked, part) => Node::On(*asked, lower(inner, part)?),
    };
    Some(inner.formulas.push_node(node))
}
