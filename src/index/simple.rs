//! Small formulas that ask of the targets themselves only, and the denies that may take what is allowed.

use std::cell::OnceCell;

use crate::catalog::formula::{ActionOf, Node};
use crate::catalog::requirement::Asked;
use crate::facts::Facts;
use crate::id::{Action, Target, User};
use crate::index::Index;
use crate::index::cells::bit;
use crate::index::holds::{Lists, Unclear};
use crate::index::rows::EVERYTHING;

/// A question whose formula is walked by recursion, for it is small.
struct Question<'a> {
    index: &'a Index,
    facts: &'a Facts,
    user: User,
    targets: &'a [Target],
    /// A bit for each permission that may be denied to the user, found out when something is allowed.
    deny_mask: OnceCell<u64>,
}

impl Index {
    /// What [`Asker::can`](crate::index::ask::Asker::can) answers about targets of any sort, where the requirement is a small formula. Of
    /// handles that do not resolve the answer is no.
    pub(crate) fn can_simply(
        &self,
        facts: &Facts,
        user: User,
        action: Action,
        targets: &[Target],
    ) -> Option<bool> {
        if !facts.catalog.has_action(action) {
            return Some(false);
        }
        let of = facts.catalog.formulas().action(action.index)?;
        let question = Question {
            index: self,
            facts,
            user,
            targets,
            deny_mask: OnceCell::new(),
        };
        match question.is_allowed(action.index, of) {
            Ok(answer) => Some(answer),
            Err(Unclear::Stale) => Some(false),
            Err(Unclear::Deeper) => None,
        }
    }
}

impl Question<'_> {
    /// Whether the formula is true, and no deny stops the action.
    fn is_allowed(&self, action: u32, of: ActionOf) -> Result<bool, Unclear> {
        if of.targets != self.targets.len() {
            return Ok(false);
        }
        let (true, Some(first)) = (of.is_simple, self.targets.first()) else {
            return Err(Unclear::Deeper);
        };
        if !self.is_true(of.root, *first)? {
            return Ok(false);
        }
        // The formula may have been decided without a look at each target.
        if of.holds.is_none() {
            for target in self.targets {
                self.index.resolve(self.facts, self.user, *target)?;
            }
        }
        if of.holds.is_some_and(|permission| permission == action) {
            return Ok(true);
        }
        for target in self.targets {
            if self.is_taken(action, *target)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Whether a node of the formula is true.
    fn is_true(&self, node: u32, current: Target) -> Result<bool, Unclear> {
        match self.facts.catalog.node(node) {
            Some(Node::Holds(permission)) => {
                Ok(self
                    .index
                    .allows(self.facts, self.user, *permission, current)?
                    && !self.is_taken(*permission, current)?)
            }
            Some(Node::Marked(label)) => Ok(current
                .place()
                .is_some_and(|place| self.facts.has_label(place, *label))),
            Some(Node::All(parts) | Node::With(parts)) => {
                for part in parts {
                    if !self.is_true(*part, current)? {
                        return Ok(false);
                    }
                }
                Ok(!parts.is_empty())
            }
            Some(Node::Any(parts)) => {
                for part in parts {
                    if self.is_true(*part, current)? {
                        return Ok(true);
                    }
                }
                Ok(false)
            }
            Some(Node::On(asked, part)) => {
                let current = match asked {
                    Asked::Platform => Some(Target::Platform),
                    Asked::Nth(nth) => self.targets.get(*nth).copied(),
                };
                self.is_true(*part, current.ok_or(Unclear::Deeper)?)
            }
            Some(Node::Above(..) | Node::Within(_) | Node::Allows(_)) | None => {
                Err(Unclear::Deeper)
            }
        }
    }

    /// Whether a deny takes the permission, or everything, from the user at the target.
    fn is_taken(&self, permission: u32, target: Target) -> Result<bool, Unclear> {
        let of_all = &self.index.denies;
        if !of_all.denies(EVERYTHING) && !of_all.denies(permission) {
            return Ok(false);
        }
        let (asker, covering) = self.index.resolve(self.facts, self.user, target)?;
        let rows = &self.index.rows;
        let mask = self
            .deny_mask
            .get_or_init(|| rows.deny_mask(self.facts, self.user, asker));
        let bits = bit(permission) | bit(EVERYTHING);
        if mask & bits == 0 {
            return Ok(false);
        }
        let rows = rows.held_by(self.facts, self.user);
        let mut lists = Lists::new();
        for row in rows.iter().filter(|row| row.denies.mask() & bits != 0) {
            let keys = [permission, EVERYTHING].map(|what| row.denies.of(what));
            lists.extend(keys.into_iter().filter(|keys| !keys.is_empty()));
        }
        if lists.is_empty() {
            return Ok(false);
        }
        covering.meets(&lists)
    }
}
