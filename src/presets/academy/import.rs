//! Accounts from the lines of a file.

use std::collections::BTreeMap;
use std::fmt;

use crate::presets::academy::{AcademyEdit, AssignedRole};
use crate::{Error, Group, Problem, ProblemKind, UnknownName, User};

/// A line of a file of accounts: one role in one group. More roles of the same account are more lines (S3-07).
///
/// Everything else that a file may have is not the policy's business. The texts are as the file has them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct AccountLine<'a> {
    /// The name of the account; an address of mail, usually.
    pub account: &'a str,
    /// The code of the role: `0` admin, `1` coach, `2` author, `3` learner.
    pub role: &'a str,
    /// The name of the group.
    pub group: &'a str,
}

/// What becomes of the roles that an account has before an import (A-19).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Import {
    /// They stay, and those of the lines are added.
    #[default]
    Add,
    /// They go, in whatever group, unless a line of the account repeats them.
    Replace,
}

/// Why an import is refused. Nothing of it was done, and the edit is marked.
///
/// The text shows the first ten problems and says how many more there are; [`problems`](ImportError::problems) has all.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize),
    serde(tag = "code", rename = "import_refused")
)]
#[error("the import is refused: {}", shown(problems))]
pub struct ImportError {
    problems: Vec<LineProblem>,
}

/// What is wrong with one line of an import.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct LineProblem {
    /// The line, counted from 1.
    pub line: usize,
    /// What is wrong.
    pub problem: Problem,
}

impl fmt::Display for LineProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.problem)
    }
}

/// How many problems the text shows.
const SHOWN: usize = 10;

fn shown(problems: &[LineProblem]) -> String {
    let first = problems.iter().take(SHOWN);
    let mut text = first
        .map(LineProblem::to_string)
        .collect::<Vec<_>>()
        .join("; ");
    if problems.len() > SHOWN {
        text.push_str(&format!(" and {} more", problems.len() - SHOWN));
    }
    text
}

/// The kind is *not allowed* where any line is not, else that of the first problem.
impl From<ImportError> for Error {
    fn from(error: ImportError) -> Self {
        let kinds = error.problems.iter().map(|line| line.problem.kind());
        let first = kinds.clone().next();
        let forbidden = kinds.clone().find(|kind| *kind == ProblemKind::NotAllowed);
        let kind = forbidden.or(first).unwrap_or(ProblemKind::Malformed);
        let why = error.to_string();
        Problem::Other { kind, why }.into()
    }
}

impl ImportError {
    /// Every problem, in the order of the lines.
    #[must_use]
    pub fn problems(&self) -> &[LineProblem] {
        &self.problems
    }
}

/// A line with its role and group found.
struct Found<'a> {
    line: usize,
    account: &'a str,
    role: AssignedRole,
    group: Group,
}

impl AcademyEdit<'_, '_> {
    /// Sets up or changes accounts as the lines say: all of them, or none.
    ///
    /// Demands of each line what [`give_role`](Self::give_role) does, without the person where the line opens an account for somebody new; and
    /// with [`Import::Replace`] what [`take_role`](Self::take_role) does wherever a role goes.
    ///
    /// ```
    /// use rolecall::presets::academy::{self, Academy, AccountLine, Import};
    /// use rolecall::Policy;
    ///
    /// let catalog = academy::catalog()?;
    /// let words = Academy::of(&catalog, "")?;
    /// let mut policy = Policy::new(catalog);
    /// let mut edit = policy.edit_unguarded();
    /// words.on(&mut edit).found("olga", "school")?;
    /// edit.commit()?;
    ///
    /// let line = |account, role, group| AccountLine { account, role, group };
    /// let mut edit = policy.edit_unguarded();
    /// let lines = [line("ana", "3", "school"), line("ben", "4", "school"), line("eva", "2", "scool")];
    /// let refused = words.on(&mut edit).import_accounts(&lines, Import::Add).unwrap_err();
    /// assert_eq!(
    ///     refused.to_string(),
    ///     "the import is refused: line 2: unknown code of a role `4`; \
    ///      line 3: unknown group `scool`, the nearest known is `school`",
    /// );
    /// assert!(edit.commit().is_err(), "not even ana is there");
    ///
    /// let mut edit = policy.edit_unguarded();
    /// let lines = [line("ana", "3", "school"), line("ana", "1", "school")];
    /// words.on(&mut edit).import_accounts(&lines, Import::default())?;
    /// edit.commit()?;
    /// let now = policy.snapshot();
    /// assert!(now.can(now.user("ana")?, words.library_view, now.group("school")?));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`ImportError`] with every problem of every line; it marks the edit.
    pub fn import_accounts(
        &mut self,
        lines: &[AccountLine<'_>],
        how: Import,
    ) -> Result<(), ImportError> {
        let mut problems = Vec::new();
        let mut found = Vec::new();
        for (at, line) in lines.iter().enumerate() {
            match self.find_line(at + 1, line) {
                Ok(line) => found.push(line),
                Err(wrong) => problems.extend(wrong.into_iter().map(|problem| LineProblem {
                    line: at + 1,
                    problem,
                })),
            }
        }
        if problems.is_empty() {
            problems = self.take_lines(&found, how);
        }
        if problems.is_empty() {
            Ok(())
        } else {
            Err(ImportError { problems })
        }
    }

    /// Finds the role and the group of a line, and demands that the acting user may give the one in the other.
    fn find_line<'a>(
        &mut self,
        line: usize,
        told: &AccountLine<'a>,
    ) -> Result<Found<'a>, Vec<Problem>> {
        let role = AssignedRole::of_code(told.role).ok_or_else(|| UnknownName {
            word: "code of a role".to_owned(),
            name: told.role.to_owned(),
            nearest: None,
            searched: true,
        });
        let group = self.edit.group(told.group);
        let group = match (role, group) {
            (Ok(role), Ok(group)) => Ok((role, group)),
            (role, group) => Err([role.err(), group.err()]
                .into_iter()
                .flatten()
                .map(|unknown| self.edit.refuse(unknown))
                .collect::<Vec<_>>()),
        };
        let (role, group) = group?;
        self.demand_giving(role, group)
            .map_err(|problem| vec![problem])?;
        Ok(Found {
            line,
            account: told.account,
            role,
            group,
        })
    }

    fn take_lines(&mut self, lines: &[Found<'_>], how: Import) -> Vec<LineProblem> {
        let mut problems = Vec::new();
        let mut kept: BTreeMap<User, (usize, Vec<(AssignedRole, Group)>)> = BTreeMap::new();
        for line in lines {
            match self.take_line(line) {
                Ok(user) => kept
                    .entry(user)
                    .or_insert_with(|| (line.line, Vec::new()))
                    .1
                    .push((line.role, line.group)),
                Err(problem) => problems.push(LineProblem {
                    line: line.line,
                    problem,
                }),
            }
        }
        if how == Import::Replace {
            for (user, (line, kept)) in kept {
                if let Err(problem) = self.keep_only(user, &kept) {
                    problems.push(LineProblem { line, problem });
                }
            }
        }
        problems
    }

    fn take_line(&mut self, line: &Found<'_>) -> Result<User, Problem> {
        let user = self.find_or_add(line.account)?;
        self.demand_person(user)?;
        self.open_account(user)?;
        self.assign(line.role, user, line.group)?;
        Ok(user)
    }

    /// Takes back every assigned role that is not among those to be kept.
    fn keep_only(&mut self, user: User, kept: &[(AssignedRole, Group)]) -> Result<(), Problem> {
        for (role, group, grant) in self.assigned(user)? {
            if !kept.contains(&(role, group)) {
                self.demand_members(grant.scope())?;
                self.unassign(grant, user, group)?;
            }
        }
        Ok(())
    }
}
