//! Small formulas that ask of the targets themselves only.

use std::cell::OnceCell;

use smallvec::SmallVec;

use crate::catalog::formula::{ActionOf, Node};
use crate::catalog::requirement::Asked;
use crate::facts::Facts;
use crate::id::{Action, Target, User};
use crate::index::Index;
use crate::index::holds::{Covering, Recorded, Unclear};

/// A question whose formula is walked by recursion, for it is small.
struct Question<'a> {
    index: &'a Index,
    facts: &'a Facts,
    user: User,
    /// The targets asked about.
    targets: SmallVec<[At<'a>; 2]>,
    /// A bit for each permission that may be denied to the user, found out when something is allowed.
    deny_mask: OnceCell<u64>,
}

/// A target, and all that is looked up of it and the asker.
#[derive(Clone, Copy)]
struct At<'a> {
    target: Target,
    asker: &'a Recorded,
    covering: Covering<'a>,
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
        if of.targets != targets.len() {
            return Some(false);
        }
        if !of.is_simple {
            return None;
        }
        let mut question = Question {
            index: self,
            facts,
            user,
            targets: SmallVec::new(),
            deny_mask: OnceCell::new(),
        };
        for target in targets {
            match question.at(*target) {
                Ok(at) => question.targets.push(at),
                Err(Unclear::Stale) => return Some(false),
                Err(Unclear::Deeper) => return None,
            }
        }
        question.is_allowed(action.index, of).ok()
    }
}

impl<'a> Question<'a> {
    fn at(&self, target: Target) -> Result<At<'a>, Unclear> {
        let (asker, covering) = self.index.resolve(self.facts, self.user, target)?;
        Ok(At {
            target,
            asker,
            covering,
        })
    }

    /// Whether the formula is true, and no deny stops the action.
    fn is_allowed(&self, action: u32, of: ActionOf) -> Result<bool, Unclear> {
        let first = self.targets.first().ok_or(Unclear::Deeper)?;
        if !self.is_true(of.root, first)? {
            return Ok(false);
        }
        if of.holds.is_some_and(|permission| permission == action) {
            return Ok(true);
        }
        for at in &self.targets {
            if self.is_taken(action, at)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Whether a node of the formula is true.
    fn is_true(&self, node: u32, current: &At<'a>) -> Result<bool, Unclear> {
        match self.facts.catalog.node(node) {
            Some(Node::Holds(permission)) => {
                let of_both = (current.asker, &current.covering);
                let index = self.index;
                let allows = index.allows(self.facts, self.user, *permission, of_both)?;
                Ok(allows && !self.is_taken(*permission, current)?)
            }
            Some(Node::Marked(label)) => Ok(current
                .target
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
            Some(Node::On(Asked::Platform, part)) => {
                self.is_true(*part, &self.at(Target::Platform)?)
            }
            Some(Node::On(Asked::Nth(nth), part)) => {
                let at = self.targets.get(*nth).ok_or(Unclear::Deeper)?;
                self.is_true(*part, at)
            }
            Some(Node::Above(..) | Node::Within(_) | Node::Allows(_)) | None => {
                Err(Unclear::Deeper)
            }
        }
    }

    /// Whether a deny takes the permission, or everything, from the user at the target.
    fn is_taken(&self, permission: u32, at: &At<'a>) -> Result<bool, Unclear> {
        if at.covering.is_undeniable() {
            return Ok(false);
        }
        let (facts, user) = (self.facts, self.user);
        let rows = &self.index.rows;
        let mask = || rows.deny_mask(facts, user, at.asker);
        let mask = *self.deny_mask.get_or_init(mask);
        self.index
            .is_taken(facts, user, mask, &[permission], &at.covering)
    }
}
