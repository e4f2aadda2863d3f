//! The linter: what in the catalog and in the facts is probably not meant.

mod access;
mod names;
mod structure;
mod unused;

use std::collections::BTreeMap;
use std::fmt;

use crate::error::AskError;
use crate::facts::change::{GrantName, ScopeName, SubjectName};
use crate::facts::problem::Edges;
use crate::id::Permission;
use crate::name::{ThingName, quoted};
use crate::snapshot::Snapshot;

/// How many findings of one code are listed; the others are counted.
const MOST_LISTED: usize = 1_000;

/// How many names of one finding its text shows.
const SHOWN: usize = 8;

/// What sort of finding it is, with a code that stays the same from release to release.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "snake_case")
)]
#[non_exhaustive]
pub enum LintCode {
    /// `RC001`: a permission that nothing names.
    UnusedPermission,
    /// `RC002`: a role that nothing names.
    UnusedRole,
    /// `RC003`: a label that nothing looks at.
    UnusedLabel,
    /// `RC004`: a grant that nobody holds or that covers no target.
    EmptyGrant,
    /// `RC005`: an edge between two things that are connected without it.
    RedundantEdge,
    /// `RC006`: a role that has all of another without including it.
    SilentInclusion,
    /// `RC007`: an action that nobody can do on anything.
    NobodyCan,
    /// `RC008`: a user who can grant themselves more than they hold.
    Escalation,
    /// `RC009`: roles that give the same, which not all say by including one another.
    EqualRoles,
    /// `RC010`: names that look alike.
    LookAlikes,
}

impl LintCode {
    /// The code, for instance `RC001`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            LintCode::UnusedPermission => "RC001",
            LintCode::UnusedRole => "RC002",
            LintCode::UnusedLabel => "RC003",
            LintCode::EmptyGrant => "RC004",
            LintCode::RedundantEdge => "RC005",
            LintCode::SilentInclusion => "RC006",
            LintCode::NobodyCan => "RC007",
            LintCode::Escalation => "RC008",
            LintCode::EqualRoles => "RC009",
            LintCode::LookAlikes => "RC010",
        }
    }
}

/// The code.
impl fmt::Display for LintCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Something in the catalog or in the facts that is probably not meant. `Display` is one line that begins with the code.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "snake_case")
)]
#[non_exhaustive]
pub enum Finding {
    /// No role, grant, rule or requirement names the permission, but for that of the action of its own name.
    UnusedPermission {
        /// The permission.
        permission: String,
    },
    /// No grant, rule or other role names the role.
    UnusedRole {
        /// The role.
        role: String,
    },
    /// No requirement, scope or rule looks at the label.
    UnusedLabel {
        /// The label.
        label: String,
        /// How many places carry it all the same.
        carriers: usize,
    },
    /// The grant, an allow or a deny, has no effect as things stand.
    EmptyGrant {
        /// The grant.
        grant: GrantName,
        /// Why it has none.
        why: Emptiness,
    },
    /// The two things are connected without the edge, so that it can go and no answer changes.
    RedundantEdge {
        /// Which sort of edge it is.
        edges: Edges,
        /// The other way, from the thing whose edge it is to the one it leads to.
        path: Vec<ThingName>,
    },
    /// The first role gives every permission that the second gives and more, without including it. Of roles that give the same the first
    /// is named; and no other role gives less than the first and more than the second.
    SilentInclusion {
        /// The role that has more.
        role: String,
        /// The role that it has all of.
        other: String,
    },
    /// No user can do the action on any target.
    NobodyCan {
        /// The action.
        action: String,
    },
    /// The user may grant over someone that they are held as, at a scope where they do not hold everything themselves.
    Escalation {
        /// The user.
        user: String,
        /// Whom they may grant to and are held as: themselves or a group.
        subject: SubjectName,
        /// Where they may grant.
        scope: ScopeName,
        /// The permissions that they do not hold throughout that scope, in the order of declaration.
        permissions: Vec<String>,
    },
    /// The roles give the same permissions, and of each there is another that it neither includes nor is included by.
    EqualRoles {
        /// The roles, in order; there are at least two.
        roles: Vec<String>,
    },
    /// The things are of one sort, and their names look alike: they are equal but for upper and lower case, for letters with marks in one
    /// piece or in two (of the Latin, Greek and Cyrillic alphabets), or for characters that are not seen.
    LookAlikes {
        /// The things, in order; there are at least two.
        things: Vec<ThingName>,
    },
}

/// Why a grant has no effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "snake_case")
)]
#[non_exhaustive]
pub enum Emptiness {
    /// No user is held as its subject.
    NoHolder,
    /// No place carries the label, or none under the group that bounds it.
    NoCarrier,
}

impl Finding {
    /// What sort of finding it is.
    #[must_use]
    pub fn code(&self) -> LintCode {
        match self {
            Finding::UnusedPermission { .. } => LintCode::UnusedPermission,
            Finding::UnusedRole { .. } => LintCode::UnusedRole,
            Finding::UnusedLabel { .. } => LintCode::UnusedLabel,
            Finding::EmptyGrant { .. } => LintCode::EmptyGrant,
            Finding::RedundantEdge { .. } => LintCode::RedundantEdge,
            Finding::SilentInclusion { .. } => LintCode::SilentInclusion,
            Finding::NobodyCan { .. } => LintCode::NobodyCan,
            Finding::Escalation { .. } => LintCode::Escalation,
            Finding::EqualRoles { .. } => LintCode::EqualRoles,
            Finding::LookAlikes { .. } => LintCode::LookAlikes,
        }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.code())?;
        match self {
            Finding::UnusedPermission { permission } => write!(
                f,
                "permission {} is unused: no role, grant, rule or other action names it",
                quoted(permission)
            ),
            Finding::UnusedRole { role } => write!(
                f,
                "role {} is unused: no grant, rule or other role names it",
                quoted(role)
            ),
            Finding::UnusedLabel { label, carriers } => {
                write!(
                    f,
                    "label {} is unused: no requirement, scope or rule looks at it",
                    quoted(label)
                )?;
                match carriers {
                    0 => Ok(()),
                    1 => write!(f, ", though 1 place carries it"),
                    many => write!(f, ", though {many} places carry it"),
                }
            }
            Finding::EmptyGrant { grant, why } => write!(f, "{grant} has no effect: {why}"),
            Finding::RedundantEdge { edges, path } => redundant(f, *edges, path),
            Finding::SilentInclusion { role, other } => write!(
                f,
                "role {} gives all that role {} gives without including it",
                quoted(role),
                quoted(other)
            ),
            Finding::NobodyCan { action } => {
                write!(f, "nobody can {} on anything", quoted(action))
            }
            Finding::EqualRoles { roles } => {
                f.write_str("roles ")?;
                first_of(f, roles.iter().map(String::as_str))?;
                f.write_str(" give the same permissions")
            }
            Finding::LookAlikes { things } => {
                let word = things.first().map(ThingName::word).unwrap_or_default();
                write!(
                    f,
                    "the names of {} of the sort {word} look alike: ",
                    things.len()
                )?;
                first_of(f, things.iter().map(ThingName::name))
            }
            Finding::Escalation {
                user,
                subject,
                scope,
                permissions,
            } => {
                write!(
                    f,
                    "user {} may grant to {subject} on {scope} and so gain ",
                    quoted(user)
                )?;
                list(
                    f,
                    permissions.iter().map(|permission| quoted(permission)),
                    ", ",
                )
            }
        }
    }
}

/// The first of many names.
fn first_of<'a>(
    f: &mut fmt::Formatter<'_>,
    names: impl ExactSizeIterator<Item = &'a str>,
) -> fmt::Result {
    let more = names.len().saturating_sub(SHOWN);
    list(f, names.take(SHOWN).map(quoted), ", ")?;
    match more {
        0 => Ok(()),
        more => write!(f, " and {more} more"),
    }
}

fn list<T: fmt::Display>(
    f: &mut fmt::Formatter<'_>,
    items: impl Iterator<Item = T>,
    between: &str,
) -> fmt::Result {
    for (at, item) in items.enumerate() {
        write!(f, "{}{item}", if at == 0 { "" } else { between })?;
    }
    Ok(())
}

fn redundant(f: &mut fmt::Formatter<'_>, edges: Edges, path: &[ThingName]) -> fmt::Result {
    if let (Some(from), Some(to)) = (path.first(), path.last()) {
        let stands = match edges {
            Edges::Groups => "is below",
            Edges::Placements => "is placed in",
            Edges::Roles => "includes",
        };
        write!(f, "{from} {stands} {to} directly as well as by ")?;
    }
    list(f, path.iter().map(|thing| quoted(thing.name())), " > ")
}

impl fmt::Display for Emptiness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Emptiness::NoHolder => "no user is held as its subject",
            Emptiness::NoCarrier => "nothing there carries the label",
        })
    }
}

/// What the linter found: the answer of [`Snapshot::lint`] and [`Snapshot::lint_escalation`].
///
/// Of each code the first 1,000 findings are listed, which is what it can be used as a slice of; [`more`](Self::more) counts the others.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Findings {
    findings: Vec<Finding>,
    more: BTreeMap<LintCode, usize>,
    undecided: Vec<String>,
    /// How many of the last code there are so far.
    #[cfg_attr(feature = "serde", serde(skip))]
    counts: BTreeMap<LintCode, usize>,
}

impl Findings {
    /// Lists the finding, or counts it.
    fn push(&mut self, code: LintCode, finding: impl FnOnce() -> Finding) {
        let count = self.counts.entry(code).or_default();
        *count += 1;
        if *count <= MOST_LISTED {
            self.findings.push(finding());
        } else {
            *self.more.entry(code).or_default() += 1;
        }
    }

    /// How many findings of the code there are besides those that are listed.
    #[must_use]
    pub fn more(&self, code: LintCode) -> usize {
        self.more.get(&code).copied().unwrap_or_default()
    }

    /// The actions of which it was not found out whether anybody can do them: nobody could whose holdings were looked at, and there are more than
    /// 1,000 users with different ones.
    #[must_use]
    pub fn undecided(&self) -> &[String] {
        &self.undecided
    }
}

impl std::ops::Deref for Findings {
    type Target = [Finding];

    fn deref(&self) -> &[Finding] {
        &self.findings
    }
}

impl IntoIterator for Findings {
    type Item = Finding;
    type IntoIter = std::vec::IntoIter<Finding>;

    fn into_iter(self) -> Self::IntoIter {
        self.findings.into_iter()
    }
}

impl<'a> IntoIterator for &'a Findings {
    type Item = &'a Finding;
    type IntoIter = std::slice::Iter<'a, Finding>;

    fn into_iter(self) -> Self::IntoIter {
        self.findings.iter()
    }
}

impl Snapshot {
    /// Looks through catalog and facts for what is probably not meant: findings by code, those of one code in the order of what they are
    /// about. What each code means is said at [`Finding`].
    ///
    /// Findings do not change answers: a clean policy and one with findings decide alike.
    /// [`lint_escalation`](Snapshot::lint_escalation) needs to know which permission grants, so it is a question of its own.
    ///
    /// ```
    /// # use rolecall::{Catalog, Grant, LintCode, Policy, Scope};
    /// let catalog = Catalog::builder()
    ///     .permission("read").permission("edit").permission("print")
    ///     .role("reader", ["read"]).role("editor", ["read", "edit"])
    ///     .build()?;
    /// let (reader, editor) = (catalog.role("reader")?, catalog.role("editor")?);
    /// let mut policy = Policy::new(catalog);
    /// let mut edit = policy.edit_unguarded();
    /// let (ana, nobodies) = (edit.add_user("ana")?, edit.add_group("nobodies")?);
    /// edit.grant(Grant::role(editor).to(ana).on(Scope::Platform))?;
    /// edit.grant(Grant::role(reader).to(nobodies).on(Scope::Platform))?;
    /// edit.commit()?;
    ///
    /// let findings: Vec<_> = policy.snapshot().lint().iter().map(|finding| finding.to_string()).collect();
    /// assert_eq!(findings, [
    ///     "RC001: permission `print` is unused: no role, grant, rule or other action names it",
    ///     "RC004: allow role `reader` to group `nobodies` on the platform has no effect: no user is held as its subject",
    ///     "RC006: role `editor` gives all that role `reader` gives without including it",
    ///     "RC007: nobody can `print` on anything",
    /// ]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Complexity
    ///
    /// Linear in the facts for unused words, empty grants and names, but for each bounded label one walk up from its carriers. Redundant
    /// edges: for each thing with several edges one walk, which ends at the level of the lowest of what they lead to. Silent inclusions: a
    /// comparison of bit sets for each pair of different ones that roles give. Actions: one that no formula could make true, as grants and
    /// labels stand, is found at once; for each of the others [`can_anywhere`](Snapshot::can_anywhere) is asked until someone can, at the
    /// most of 1,000 users with different holdings ([`Findings::undecided`]).
    #[must_use]
    pub fn lint(&self) -> Findings {
        let mut findings = Findings::default();
        unused::permissions(self, &mut findings);
        unused::roles(self, &mut findings);
        unused::labels(self, &mut findings);
        access::empty_grants(self, &mut findings);
        structure::redundant_edges(self, &mut findings);
        structure::silent_inclusions(self, &mut findings);
        access::nobody_can(self, &mut findings);
        structure::equal_roles(self, &mut findings);
        names::look_alikes(self, &mut findings);
        findings.counts.clear();
        findings
    }

    /// Finds the users who can grant themselves more than they hold, where `granting` is the permission that grants are made with.
    ///
    /// A user may grant to a subject if they hold `granting` over it, and at a scope if an allow of `granting` that they hold has that scope
    /// and no deny takes all of it. They gain something if they may grant to themselves, or to a group that they are held as, at a
    /// scope where they do not hold every permission: where no allow of it has a scope that contains the other as groups and placements
    /// stand. There is a finding for each user and scope, in handle order and in order of scopes, with the first such subject.
    ///
    /// What a user might gain by joining a group, or by a placement or a label, is not looked at.
    ///
    /// ```
    /// # use rolecall::{Catalog, Grant, Policy, Scope};
    /// # let catalog = Catalog::builder().permission("grants.edit").permission("read").build()?;
    /// # let (granting, read) = (catalog.permission("grants.edit")?, catalog.permission("read")?);
    /// # let mut policy = Policy::new(catalog);
    /// # let mut edit = policy.edit_unguarded();
    /// # let (staff, ana, ben) = (edit.add_group("staff")?, edit.add_user("ana")?, edit.add_user("ben")?);
    /// edit.add_member(ana, staff)?;
    /// edit.grant(Grant::permission(granting).to(ana).on(Scope::underlying(staff)))?;
    /// // Ben holds it as well, but over nobody that he is held as.
    /// edit.grant(Grant::permission(granting).to(ben).on(Scope::this(ana)))?;
    /// edit.commit()?;
    ///
    /// let findings = policy.snapshot().lint_escalation(granting)?;
    /// let lines: Vec<_> = findings.iter().map(|finding| finding.to_string()).collect();
    /// assert_eq!(lines, ["RC008: user `ana` may grant to user `ana` on group `staff` and all below and so gain `read`"]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`AskError`] when the permission is of another catalog.
    ///
    /// # Complexity
    ///
    /// Linear in the users, and for each of those who hold `granting` in its scopes times all that the user holds.
    pub fn lint_escalation(&self, granting: Permission) -> Result<Findings, AskError> {
        if !self.catalog().has_permission(granting) {
            return Err(AskError::foreign(granting));
        }
        let mut findings = Findings::default();
        for user in self.users() {
            for finding in access::escalations(self, user, granting) {
                findings.push(LintCode::Escalation, || finding);
            }
        }
        findings.counts.clear();
        Ok(findings)
    }
}
