//! Denies that cover less than before: what an edit says by ending a membership, an edge, a placement, a label or a part of a role.

use std::collections::HashMap;
use std::fmt;

use rustc_hash::FxHashSet as HashSet;

use crate::facts::change::{GrantName, WhatName};
use crate::facts::draft::Logged;
use crate::facts::grant::{Grant, Scope, What};
use crate::facts::near::Near;
use crate::facts::{Fact, Facts};
use crate::graph;
use crate::id::{Group, Permission, Place, Subject, Target, User};
use crate::name::{TargetName, ThingName, quoted};

/// A deny that is recorded before and after and covers less than before, with one of those it reached and no longer reaches.
///
/// It says nothing of answers: whoever had no allow could not before and cannot now.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(deny_unknown_fields)
)]
pub struct Uncovered {
    /// The deny.
    pub deny: GrantName,
    /// Somebody to whom it was denied.
    pub user: String,
    /// The target on which it was.
    pub target: TargetName,
    /// What it was: a permission, or everything where the deny is of everything.
    pub what: WhatName,
}

/// The loss in one clause.
impl fmt::Display for Uncovered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Uncovered {
            deny,
            user,
            target,
            what,
        } = self;
        let user = quoted(user);
        match target {
            TargetName::Platform => {
                write!(
                    f,
                    "{deny} no longer takes {what} from user {user} on the platform"
                )
            }
            TargetName::Place(place) => {
                let place = ThingName::from(place.clone());
                write!(
                    f,
                    "{deny} no longer takes {what} from user {user} on {place}"
                )
            }
        }
    }
}

/// Facts that were taken out, and whether any role gives less.
#[derive(Debug, Default)]
pub(crate) struct Ended {
    pub(crate) facts: Vec<Fact>,
    pub(crate) roles: bool,
}

impl Ended {
    /// What the edit that made these changes took out, where it matters: there is a deny.
    pub(crate) fn by(before: &Facts, log: &[Logged]) -> Ended {
        let mut ended = Ended::default();
        if !before.denies().has_denies() {
            return ended;
        }
        for logged in log {
            match logged {
                Logged::Fact(Fact::Grant(_) | Fact::Thing(_), _) | Logged::Fact(_, true) => {}
                Logged::Fact(Fact::Gives(..) | Fact::Includes(..), false) => ended.roles = true,
                Logged::Fact(fact, false) => ended.facts.push(*fact),
                Logged::Called(..) | Logged::Renamed(..) => {}
            }
        }
        ended
    }

    /// What is recorded before and not after, of two states that are compared fact by fact.
    pub(crate) fn between(before: &Facts, after: &Facts) -> Ended {
        let unequal = after.difference(before);
        let has =
            |facts: &Facts, fact: &Fact| facts.check_fact(fact).is_empty() && facts.contains(fact);
        let members = unequal.members.into_iter();
        let members = members.map(|(user, group)| Fact::Member(user, group));
        let parents = unequal.parents.into_iter();
        let parents = parents.map(|(child, parent)| Fact::Parent(child, parent));
        let placed = unequal.placed.into_iter();
        let placed = placed.map(|(resource, place)| Fact::Placed(resource, place));
        let labelled = unequal.labelled.into_iter();
        let labelled = labelled.filter(|place| before.check((*place).into()).is_ok());
        let labelled = labelled.flat_map(|place| {
            let labels = before.labels(place);
            labels.map(move |label| Fact::Labelled(place, label))
        });
        let all = members.chain(parents).chain(placed).chain(labelled);
        Ended {
            facts: all
                .filter(|fact| has(before, fact) && !has(after, fact))
                .collect(),
            roles: true,
        }
    }
}

/// The denies that cover less in the later state because of these facts, in order, each with a witness.
///
/// # Complexity
///
/// Where no deny is near, linear in what is above the facts; else in what is below them as well.
pub(crate) fn uncovered(before: &Facts, after: &Facts, ended: &Ended) -> Vec<Uncovered> {
    let mut near = Near::of(before, ended.facts.iter().copied());
    if ended.roles {
        near.given = Near::of_roles(before, after);
    }
    if near.is_empty() {
        return Vec::new();
    }
    let mut denies = near.all();
    denies.retain(|deny| after.contains(&Fact::Grant(*deny)));
    if denies.is_empty() {
        return Vec::new();
    }
    let states = States { before, after };
    let users = states.users_lost(&ended.facts, &denies);
    let targets = states.targets_lost(&ended.facts, &denies);
    let witnesses = denies.iter().filter_map(|deny| {
        let what = |what: What| states.first_of(what);
        let of = |user: User, target: Target, what: What| Some((*deny, user, target, what));
        if let Some(user) = users.get(&deny.subject)
            && let Some(target) = states.covered(deny.scope, *user)
            && let Some(what) = what(deny.what)
        {
            return of(*user, target, what);
        }
        if deny.scope == Scope::Oneself {
            if let Some((user, target)) = states.own_target_lost(&ended.facts, deny.subject)
                && let Some(what) = what(deny.what)
            {
                return of(user, target, what);
            }
        } else if let Some(target) = targets.get(&deny.scope)
            && let Some(user) = states.held_as(deny.subject)
            && let Some(what) = what(deny.what)
        {
            return of(user, *target, what);
        }
        let what = states.permission_lost(deny.what)?;
        let user = states.held_as(deny.subject)?;
        of(user, states.covered(deny.scope, user)?, what)
    });
    let named = witnesses.map(|(deny, user, target, what)| Uncovered {
        deny: after.grant_name(deny),
        user: after.user_name(user),
        target: after.target_name(target),
        what: after.grant_name(Grant { what, ..deny }).what,
    });
    named.collect()
}

/// The same people and things in two states: what exists in one of them only is none of both.
struct States<'a> {
    before: &'a Facts,
    after: &'a Facts,
}

impl States<'_> {
    fn lives(&self, target: Target) -> bool {
        target
            .place()
            .is_none_or(|place| self.after.check(place.into()).is_ok())
    }

    /// For each group that one of the denies is to, somebody who is no longer held as it.
    fn users_lost(&self, ended: &[Fact], denies: &[Grant]) -> HashMap<Subject, User> {
        let mut wanted: HashSet<Group> = denies
            .iter()
            .filter_map(|deny| match deny.subject {
                Subject::Group(group) => Some(group),
                Subject::User(_) | Subject::Everyone => None,
            })
            .collect();
        let mut lost = HashMap::new();
        let mut met = HashSet::default();
        for user in self.below(ended) {
            if wanted.is_empty() {
                break;
            }
            if !met.insert(user) || !self.lives(user.into()) {
                continue;
            }
            let still: HashSet<Group> = self.after.held_groups(user).into_iter().collect();
            for group in self.before.held_groups(user) {
                if !still.contains(&group) && wanted.remove(&group) {
                    lost.insert(Subject::Group(group), user);
                }
            }
        }
        lost
    }

    /// The users who were held as something along these facts. Some may come more than once.
    fn below<'b>(&'b self, ended: &'b [Fact]) -> impl Iterator<Item = User> + 'b {
        ended.iter().flat_map(|fact| {
            let (user, group) = match *fact {
                Fact::Member(user, _) => (Some(user), None),
                Fact::Parent(child, _) => (None, Some(child)),
                _ => (None, None),
            };
            let groups = group
                .into_iter()
                .flat_map(|group| self.groups_below([group]));
            let members = groups.flat_map(|group| self.before.members(group));
            user.into_iter().chain(members)
        })
    }

    fn groups_below(&self, groups: impl IntoIterator<Item = Group>) -> Vec<Group> {
        graph::reach(groups, |group| self.before.children(group))
    }

    /// For each scope of the denies that speaks of places, a target that it no longer covers.
    fn targets_lost(&self, ended: &[Fact], denies: &[Grant]) -> HashMap<Scope, Target> {
        let scopes = denies.iter().map(|deny| deny.scope);
        let scopes = scopes.filter(|scope| !matches!(scope, Scope::Platform | Scope::Oneself));
        let mut wanted: Vec<Scope> = scopes.collect();
        wanted.sort_unstable();
        wanted.dedup();
        let mut lost = HashMap::new();
        let mut met = HashSet::default();
        for target in self.targets_below(ended) {
            if wanted.is_empty() {
                break;
            }
            if !met.insert(target) || !self.lives(target) {
                continue;
            }
            let [was, is] = [self.before, self.after].map(|facts| facts.whereabouts(target));
            wanted.retain(|scope| {
                let uncovered = self.before.covers_for_all(*scope, &was)
                    && !self.after.covers_for_all(*scope, &is);
                if uncovered {
                    lost.insert(*scope, target);
                }
                !uncovered
            });
        }
        lost
    }

    /// The targets that were somewhere along these facts. Some may come more than once.
    fn targets_below<'b>(&'b self, ended: &'b [Fact]) -> impl Iterator<Item = Target> + 'b {
        ended.iter().flat_map(|fact| {
            let (group, place) = match *fact {
                Fact::Member(user, _) => (None, Some(Place::User(user))),
                Fact::Parent(child, _) => (Some(child), None),
                Fact::Placed(resource, _) => (None, Some(Place::Resource(resource))),
                Fact::Labelled(place, _) => (None, Some(place)),
                _ => (None, None),
            };
            let groups = group
                .into_iter()
                .flat_map(|group| self.groups_below([group]));
            let places = groups.map(Place::Group).chain(place);
            places.flat_map(|place| self.targets_at(place))
        })
    }

    /// The targets at a place, itself first, and what is placed in the users among them.
    fn targets_at(&self, place: Place) -> Vec<Target> {
        let at = graph::reach([place], |at| {
            let members = match at {
                Place::Group(group) => Some(self.before.members(group)),
                Place::User(_) | Place::Resource(_) => None,
            };
            let members = members.into_iter().flatten().map(Place::User);
            members.chain(self.before.contents(at).map(Place::Resource))
        });
        at.into_iter().map(Target::from).collect()
    }

    /// A target that the scope covered for the user.
    fn covered(&self, scope: Scope, user: User) -> Option<Target> {
        match scope {
            Scope::Platform => Some(Target::Platform),
            Scope::This(place) => Some(place.into()),
            Scope::Underlying(group) => Some(group.into()),
            Scope::Oneself => Some(user.into()),
            Scope::Labelled(label, bound) => {
                let bounded = |place: &Place| {
                    bound.is_none_or(|group| {
                        let carrier = self.before.whereabouts(Target::from(*place));
                        self.before.is_under(&carrier, group.into())
                    })
                };
                let carriers = self.before.carriers(label).filter(bounded);
                carriers
                    .filter_map(|place| {
                        let mut targets = self.targets_at(place).into_iter();
                        targets.find(|target| {
                            let was = self.before.whereabouts(*target);
                            self.lives(*target) && self.before.covers_for_all(scope, &was)
                        })
                    })
                    .next()
            }
        }
    }

    /// Somebody who was held as the subject.
    fn held_as(&self, subject: Subject) -> Option<User> {
        let mut users = self.before.users_held_as(subject);
        users.find(|user| self.lives((*user).into()))
    }

    /// Something placed in a user who was held as the subject that is no longer placed there, and that user.
    fn own_target_lost(&self, ended: &[Fact], subject: Subject) -> Option<(User, Target)> {
        let mut targets = self
            .targets_below(ended)
            .filter(|target| self.lives(*target));
        targets.find_map(|target| {
            let [was, is] = [self.before, self.after].map(|facts| facts.at(target));
            let owners = was.iter().filter_map(|place| match place {
                Place::User(user) if !is.contains(place) => Some(*user),
                _ => None,
            });
            let mut owners = owners.filter(|owner| self.lives((*owner).into()));
            let owner = owners.find(|owner| match subject {
                Subject::Everyone => true,
                Subject::User(user) => user == *owner,
                Subject::Group(group) => self.before.held_groups(*owner).contains(&group),
            });
            owner.map(|owner| (owner, target))
        })
    }

    /// Everything, or some permission that it gave.
    fn first_of(&self, what: What) -> Option<What> {
        match what {
            What::Role(role) => {
                let first = self.before.book().permissions(role).next();
                first.map(|permission| What::Permission(self.permission(permission)))
            }
            What::Permission(_) | What::Everything => Some(what),
        }
    }

    /// A permission that it gave and no longer gives.
    fn permission_lost(&self, what: What) -> Option<What> {
        let What::Role(role) = what else { return None };
        let mut given = self.before.book().permissions(role);
        let lost = given.find(|permission| !self.after.book().gives(what, *permission));
        lost.map(|permission| What::Permission(self.permission(permission)))
    }

    fn permission(&self, index: u32) -> Permission {
        self.after.catalog.permission_at(index)
    }
}
