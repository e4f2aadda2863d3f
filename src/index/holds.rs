//! The question that most are: does one user hold one permission at one target?

use crate::facts::Facts;
use crate::facts::places::Places;
use crate::id::{Action, Target, User};
use crate::index::keys::{Keys, Line, ONESELF, PLATFORM, meet};
use crate::index::{Index, MANY};
use crate::store::{Links, Mark, Row};

/// How many groups of an asker are looked at one by one.
const FEW: usize = 3;

/// The keys at which an asker holds a permission: as everyone, as themselves, and through up to three groups.
struct Held<'a> {
    lists: [&'a [u32]; FEW + 2],
    count: usize,
}

/// What covers a target.
struct Covered<'a> {
    /// The key of `this` for the target itself, or the platform's.
    own: u32,
    groups: &'a [u32],
    /// The keys of all the groups together, where there are many.
    crowded: Option<&'a [u32]>,
    /// Whether the target is the asker.
    is_asker: bool,
}

/// Why a glance does not tell.
enum Unclear {
    /// A handle does not resolve: nothing is true of it.
    Stale,
    /// The answer has to be worked out.
    Deeper,
}

impl Index {
    /// The answer of [`Asker::can`](crate::index::ask::Asker::can) where a glance tells it: the action only requires to hold a permission, and
    /// neither labels of the target itself, nor denies, nor nested places come into it. Of handles that do not resolve it is no.
    #[inline]
    pub(crate) fn glance(
        &self,
        facts: &Facts,
        user: User,
        action: Action,
        target: Target,
    ) -> Option<bool> {
        if !facts.catalog.has_action(action) {
            return Some(false);
        }
        let permission = facts.catalog.formulas().action(action.index)?.holds?;
        match self.allows(facts, user, permission, target) {
            Ok(false) | Err(Unclear::Stale) => Some(false),
            Ok(true) if self.is_undeniable(permission, action.index) => Some(true),
            Ok(true) | Err(Unclear::Deeper) => None,
        }
    }

    /// Whether no deny anywhere takes the permission, stops the action of the name, or takes everything.
    #[inline]
    fn is_undeniable(&self, permission: u32, action: u32) -> bool {
        self.blocks == 0 && !self.denies(permission) && !self.denies(action)
    }

    /// Whether an allow gives the user the permission at the target.
    #[inline]
    fn allows(
        &self,
        facts: &Facts,
        user: User,
        permission: u32,
        target: Target,
    ) -> Result<bool, Unclear> {
        let asker = facts.users.born(user.index, user.birth);
        let asker = asker.filter(|_| user.owner == facts.policy);
        // The target's row is asked for before the asker's is there: two slow loads take the time of one.
        let one;
        let covered = match target {
            Target::Platform => Covered {
                own: PLATFORM,
                groups: &[],
                crowded: None,
                is_asker: false,
            },
            Target::User(target) => {
                let row = facts.users.born(target.index, target.birth);
                let row = row.filter(|_| target.owner == facts.policy);
                let row = row.ok_or(Unclear::Stale)?;
                self.check_labels(row)?;
                let groups: &[u32] = row.body();
                Covered {
                    own: match row.has(Mark::Named) {
                        true => self.keys.named_user(target.index),
                        false => PLATFORM,
                    },
                    groups,
                    crowded: match groups.len() > MANY {
                        true => Some(
                            self.keys
                                .crowded_user(target.index)
                                .ok_or(Unclear::Deeper)?,
                        ),
                        false => None,
                    },
                    is_asker: target == user,
                }
            }
            Target::Resource(target) => {
                let row = facts.resources.born(target.index, target.birth);
                let row = row.filter(|_| target.owner == facts.policy);
                let row = row.ok_or(Unclear::Stale)?;
                self.check_labels(row)?;
                let Places::Groups(groups) = &row.body().places else {
                    return Err(Unclear::Deeper);
                };
                Covered {
                    own: match row.has(Mark::Named) {
                        true => self.keys.named_resource(target.index),
                        false => PLATFORM,
                    },
                    groups,
                    crowded: match groups.len() > MANY {
                        true => Some(
                            self.keys
                                .crowded_resource(target.index)
                                .ok_or(Unclear::Deeper)?,
                        ),
                        false => None,
                    },
                    is_asker: false,
                }
            }
            Target::Group(target) => {
                let row = facts.groups.born(target.index, target.birth);
                let row = row.filter(|_| target.owner == facts.policy);
                row.ok_or(Unclear::Stale)?;
                one = target.index;
                Covered {
                    own: PLATFORM,
                    groups: std::slice::from_ref(&one),
                    crowded: None,
                    is_asker: false,
                }
            }
        };
        let asker = asker.ok_or(Unclear::Stale)?;
        let held = self.held(user, asker, permission)?;
        held.covers(&self.keys, &covered)
    }

    /// Labels of a group are on its line; those of any other target are looked up.
    #[inline]
    fn check_labels<T>(&self, row: &Row<T>) -> Result<(), Unclear> {
        match row.has(Mark::Labelled) && self.keys.has_labels() {
            true => Err(Unclear::Deeper),
            false => Ok(()),
        }
    }

    #[inline]
    fn held(&self, user: User, asker: &Row<Links>, permission: u32) -> Result<Held<'_>, Unclear> {
        let mut held = Held {
            lists: [&[]; FEW + 2],
            count: 0,
        };
        held.push(self.rows.everyone().allows.of(permission));
        if asker.has(Mark::Subject)
            && let Some(row) = self.rows.own(user.into())
        {
            held.push(row.allows.of(permission));
        }
        let groups: &[u32] = asker.body();
        if groups.len() > FEW {
            let row = self.rows.crowded(user.index).ok_or(Unclear::Deeper)?;
            held.push(row.allows.of(permission));
        } else {
            for group in groups {
                held.push(self.rows.reach(*group, permission).ok_or(Unclear::Deeper)?);
            }
        }
        Ok(held)
    }
}

impl<'a> Held<'a> {
    #[inline]
    fn push(&mut self, keys: &'a [u32]) {
        if !keys.is_empty()
            && let Some(place) = self.lists.get_mut(self.count)
        {
            *place = keys;
            self.count += 1;
        }
    }

    #[inline]
    fn lists(&self) -> &[&'a [u32]] {
        self.lists.get(..self.count).unwrap_or_default()
    }

    #[inline]
    fn covers(&self, keys: &Keys, covered: &Covered<'_>) -> Result<bool, Unclear> {
        for list in self.lists() {
            if list.first() == Some(&PLATFORM)
                || (covered.is_asker && list.last() == Some(&ONESELF))
                || (covered.own != PLATFORM && list.binary_search(&covered.own).is_ok())
                || covered.crowded.is_some_and(|crowded| meet(crowded, list))
            {
                return Ok(true);
            }
        }
        if self.count == 0 || covered.crowded.is_some() {
            return Ok(false);
        }
        let lines = covered.groups.iter().filter_map(|group| keys.line(*group));
        for line in lines {
            if self.meets(line)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    #[inline]
    fn meets(&self, line: &Line) -> Result<bool, Unclear> {
        for list in self.lists() {
            if line.meets(list).ok_or(Unclear::Deeper)? {
                return Ok(true);
            }
        }
        Ok(false)
    }
}
