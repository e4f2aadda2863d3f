//! What is denied no longer: the answers that a removal would give, and the denies that cover less after an edit.

use std::collections::BTreeSet;

use super::edits::follow;
use super::{Oracle, TargetName, WhatName};
use crate::{Change, Effect, GrantName, Uncovered};

impl Oracle {
    /// Whether the removal would turn any answer from no to yes.
    pub(super) fn lets_somebody_through(&self, removal: &Change) -> bool {
        let (mut before, mut after) = (self.clone(), self.clone());
        follow(&mut after.facts, removal);
        before.relate();
        after.relate();
        let targets = after.targets();
        // Facts that go allow nothing, so whoever is denied all that they were gains nothing, and need not be asked about.
        let mut users = after
            .users()
            .filter(|user| after.denies_less(&before, user, &targets));
        users.any(|user| {
            after.actions().any(|(action, count)| {
                let gains = |question: &[TargetName]| {
                    after.can(user, action, question) && !before.can(user, action, question)
                };
                combinations(&targets, count).any(|question| gains(&question))
            })
        })
    }

    /// Whether anything that was denied to the user on one of the targets before is not denied there now.
    fn denies_less(&self, before: &Oracle, user: &str, targets: &[TargetName]) -> bool {
        let less = |takes: &dyn Fn(&Oracle, &WhatName) -> bool| {
            let was = before.held(user, Effect::Deny, |what| takes(before, what));
            let is = self.held(user, Effect::Deny, |what| takes(self, what));
            !was.is_empty()
                && targets.iter().any(|target| {
                    before.covered(&was, user, target) && !self.covered(&is, user, target)
                })
        };
        let mut permissions = self.permissions.iter();
        less(&|_, what| *what == WhatName::Everything)
            || permissions.any(|permission| less(&|state, what| state.gives(what, permission)))
    }

    /// Each deny that is recorded before the last edit and after it, with all that it reached and no longer reaches, of people and targets
    /// that exist before and after.
    #[must_use]
    pub fn denies_covering_less(&self) -> BTreeSet<Uncovered> {
        let mut before = Oracle {
            facts: self.earlier.clone(),
            ..self.clone()
        };
        before.relate();
        let permissions = self.permissions.iter().cloned().map(WhatName::Permission);
        let whats: Vec<WhatName> = permissions.chain([WhatName::Everything]).collect();
        let mut less = BTreeSet::new();
        for fact in self.earlier.intersection(&self.facts) {
            let Change::Grant(deny) = fact else { continue };
            if deny.effect == Effect::Allow {
                continue;
            }
            for user in self.users().filter(|user| before.knows_user(user)) {
                for target in self.targets() {
                    for what in &whats {
                        let reached = before.knows(&target)
                            && before.reaches(deny, user, what, &target)
                            && !self.reaches(deny, user, what, &target);
                        if reached {
                            less.insert(Uncovered {
                                deny: deny.clone(),
                                user: user.to_owned(),
                                target: target.clone(),
                                what: what.clone(),
                            });
                        }
                    }
                }
            }
        }
        less
    }

    /// Whether the deny takes this from the user on the target. A deny of everything takes everything as one.
    fn reaches(&self, deny: &GrantName, user: &str, what: &WhatName, target: &TargetName) -> bool {
        let takes = match (&deny.what, what) {
            (WhatName::Everything, taken) => *taken == WhatName::Everything,
            (denied, WhatName::Permission(permission)) => self.gives(denied, permission),
            _ => false,
        };
        takes && self.holds_as(user).contains(&deny.subject) && self.covered(&[deny], user, target)
    }
}

/// Every question of so many targets.
fn combinations(targets: &[TargetName], count: usize) -> impl Iterator<Item = Vec<TargetName>> {
    let all = targets.len().pow(u32::try_from(count).unwrap_or(u32::MAX));
    (0..all).map(move |number| {
        let nth = |position: usize| {
            let position = u32::try_from(position).unwrap_or(u32::MAX);
            let at = number / targets.len().pow(position) % targets.len();
            targets.get(at).cloned().unwrap_or(TargetName::Platform)
        };
        (0..count).map(nth).collect()
    })
}
