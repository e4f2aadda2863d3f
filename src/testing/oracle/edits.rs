//! How facts change: the steps of an edit in their order, then loops and the rules on the result.

use std::collections::BTreeSet;

use super::rules::follow_units;
use super::{Kinds, Oracle, closure, of};
use crate::{
    Change, Effect, GrantName, MAX_NAME_BYTES, PlaceName, ProblemKind, ScopeName, SubjectName,
    ThingName, WhatName,
};

impl Oracle {
    /// Makes the edit, or changes nothing and says why not.
    ///
    /// # Errors
    ///
    /// The sorts of all problems. Of one step the first is told: an unknown name before a malformed one, that before the others.
    pub fn apply(&mut self, edit: &[Change]) -> Result<(), Kinds> {
        let mut next = self.clone();
        let mut before = self.all_units();
        let mut earlier = self.facts.clone();
        let mut problems = Kinds::new();
        for (at, step) in edit.iter().enumerate() {
            match next.step(step) {
                // A grant is the same before and after a renaming; one of a removed thing was another.
                Ok(()) => {
                    follow_units(&mut before, step);
                    set_aside(&mut earlier, step, at);
                }
                Err(kind) => drop(problems.insert((Some(at), kind))),
            }
        }
        next.relate();
        // Rules speak of a state without loops.
        if next.has_loop() {
            problems.insert((None, ProblemKind::Loop));
        } else {
            next.take_along(&before);
            problems.extend(next.judged(&before));
        }
        if !problems.is_empty() {
            return Err(problems);
        }
        next.earlier = earlier;
        *self = next;
        Ok(())
    }

    /// One step on the facts as they are; a step that fails changes nothing.
    fn step(&mut self, step: &Change) -> Result<(), ProblemKind> {
        if !self.names_are_known(step) {
            return Err(ProblemKind::Unknown);
        }
        let fixed = |role: &String| {
            let is_fixed = self.fixed.contains(&Change::Add(ThingName::role(role)));
            if is_fixed {
                Err(ProblemKind::Malformed)
            } else {
                Ok(())
            }
        };
        let mut gone = None;
        match step.clone() {
            Change::Add(thing) => {
                well_formed(thing.name())?;
                self.is_free(&thing)?;
            }
            Change::Ensure(thing) => well_formed(thing.name())?,
            Change::Remove {
                thing,
                lifting_denies,
            } => {
                if let ThingName::Role(role) = &thing {
                    fixed(role)?;
                }
                let is_deny = |fact: &Change| {
                    matches!(
                        fact,
                        Change::Grant(GrantName {
                            effect: Effect::Deny,
                            ..
                        })
                    )
                };
                let mut facts = self.facts.iter();
                if !lifting_denies
                    && facts.any(|fact| is_deny(fact) && names(fact).contains(&thing))
                {
                    return Err(ProblemKind::LiftsDenies);
                }
                if !lifting_denies && self.lets_somebody_through(step) {
                    return Err(ProblemKind::LiftsDenies);
                }
            }
            Change::Rename { thing, to } => {
                if let ThingName::Role(role) = &thing {
                    fixed(role)?;
                }
                well_formed(&to)?;
                if thing.name() != to {
                    self.is_free(&renamed(&thing, &to))?;
                }
            }
            Change::AddMember { .. }
            | Change::Attach { .. }
            | Change::Place { .. }
            | Change::AddLabel { .. } => {}
            Change::RemoveMember { user, group } => gone = Some(Change::AddMember { user, group }),
            Change::Detach { group, parent } => gone = Some(Change::Attach { group, parent }),
            Change::Unplace {
                kind,
                resource,
                place,
            } => {
                gone = Some(Change::Place {
                    kind,
                    resource,
                    place,
                });
            }
            Change::RemoveLabel { place, label } => gone = Some(Change::AddLabel { place, label }),
            Change::AddToRole { role, .. } | Change::IncludeRole { role, .. } => fixed(&role)?,
            Change::RemoveFromRole { role, permission } => {
                fixed(&role)?;
                gone = Some(Change::AddToRole { role, permission });
            }
            Change::ExcludeRole { role, included } => {
                fixed(&role)?;
                gone = Some(Change::IncludeRole { role, included });
            }
            Change::Grant(grant) => {
                if grant.effect == Effect::Allow && grant.what == WhatName::Everything {
                    return Err(ProblemKind::Malformed);
                }
            }
            Change::Revoke(grant) => {
                let recorded = self.facts.contains(&Change::Grant(grant.clone()));
                let same = |other: &GrantName| {
                    (other.effect, &other.what, &other.scope)
                        == (grant.effect, &grant.what, &grant.scope)
                };
                if !recorded && self.is_inherited(&grant.subject, same) {
                    return Err(ProblemKind::Inherited);
                }
                gone = Some(Change::Grant(grant));
            }
            Change::RevokeAll { subject, what } => {
                let same = |grant: &GrantName| grant.effect == Effect::Allow && grant.what == what;
                let own = |fact: &Change| matches!(fact, Change::Grant(grant) if grant.subject == subject && same(grant));
                if !self.facts.iter().any(own) && self.is_inherited(&subject, same) {
                    return Err(ProblemKind::Inherited);
                }
                self.facts.retain(|fact| !own(fact));
            }
        }
        match step {
            Change::Add(_)
            | Change::AddMember { .. }
            | Change::Attach { .. }
            | Change::Place { .. }
            | Change::AddLabel { .. }
            | Change::AddToRole { .. }
            | Change::IncludeRole { .. }
            | Change::Grant(_) => drop(self.facts.insert(step.clone())),
            Change::Ensure(thing) => {
                let added = Change::Add(thing.clone());
                if !self.exists(&added) {
                    self.facts.insert(added);
                }
            }
            _ => drop(gone.map(|fact| self.facts.remove(&fact))),
        }
        follow(&mut self.facts, step);
        Ok(())
    }

    /// Whether all that the step names is there; what it adds need not be, but its kind.
    fn names_are_known(&self, step: &Change) -> bool {
        let what = |what: &WhatName| match what {
            WhatName::Permission(permission) => self.permissions.contains(permission),
            _ => true,
        };
        let words = match step {
            Change::Add(ThingName::Resource { kind, .. })
            | Change::Ensure(ThingName::Resource { kind, .. }) => return self.kinds.contains(kind),
            Change::Add(_) | Change::Ensure(_) => return true,
            Change::AddLabel { label, .. } | Change::RemoveLabel { label, .. } => {
                self.labels.contains_key(label)
            }
            Change::AddToRole { permission, .. } | Change::RemoveFromRole { permission, .. } => {
                self.permissions.contains(permission)
            }
            Change::Grant(grant) | Change::Revoke(grant) => {
                let label = match &grant.scope {
                    ScopeName::Labelled { label, .. } => self.labels.contains_key(label),
                    _ => true,
                };
                label && what(&grant.what)
            }
            Change::RevokeAll { what: named, .. } => what(named),
            _ => true,
        };
        words
            && names(step)
                .into_iter()
                .map(Change::Add)
                .all(|added| self.exists(&added))
    }

    fn exists(&self, added: &Change) -> bool {
        self.facts.contains(added) || self.fixed.contains(added)
    }

    fn is_free(&self, thing: &ThingName) -> Result<(), ProblemKind> {
        match self.exists(&Change::Add(thing.clone())) {
            true => Err(ProblemKind::AlreadyExists),
            false => Ok(()),
        }
    }

    /// Whether a subject that `subject` is held as, other than itself, has a grant that passes.
    fn is_inherited(&self, subject: &SubjectName, passes: impl Fn(&GrantName) -> bool) -> bool {
        let mut now = self.clone();
        now.relate();
        let mut others = now.upwards(subject.clone());
        others.remove(subject);
        others
            .iter()
            .filter_map(|other| now.grants.get(other))
            .flatten()
            .any(passes)
    }

    fn has_loop(&self) -> bool {
        fn loops<T: Ord + Clone>(
            next: impl Fn(&T) -> Vec<T>,
            all: impl Iterator<Item = T>,
        ) -> bool {
            let mut all = all;
            all.any(|x| next(&x).into_iter().any(|y| closure(y, &next).contains(&x)))
        }
        loops(|group| of(&self.parent, group), self.parent.keys().cloned())
            || loops(|place| of(&self.placed, place), self.placed.keys().cloned())
            || loops(
                |role| of(&self.includes, role),
                self.includes.keys().cloned(),
            )
    }
}

fn well_formed(name: &str) -> Result<(), ProblemKind> {
    match name.len() {
        1..=MAX_NAME_BYTES => Ok(()),
        _ => Err(ProblemKind::Malformed),
    }
}

fn renamed(thing: &ThingName, to: &str) -> ThingName {
    let mut thing = thing.clone();
    match &mut thing {
        ThingName::User(name)
        | ThingName::Group(name)
        | ThingName::Role(name)
        | ThingName::Resource { name, .. } => to.clone_into(name),
    }
    thing
}

/// Facts after a removal or a renaming: none that names the thing is left, or each names it anew.
pub(super) fn follow(facts: &mut BTreeSet<Change>, step: &Change) {
    match step {
        Change::Remove { thing, .. } => facts.retain(|fact| !names(fact).contains(thing)),
        Change::Rename { thing, to } => {
            let naming = facts.extract_if(.., |fact| names(fact).contains(thing));
            let naming: Vec<Change> = naming.collect();
            facts.extend(naming.into_iter().map(|mut fact| {
                each_name(&mut fact, &mut |name| match name == *thing {
                    true => to.clone(),
                    false => name.name().to_owned(),
                });
                fact
            }));
        }
        _ => {}
    }
}

/// Facts of before an edit, after one of its steps: what was renamed is called what it is called now, and what was removed by a name that
/// nothing has, for whoever gets its name later is another.
fn set_aside(facts: &mut BTreeSet<Change>, step: &Change, at: usize) {
    match step {
        Change::Remove { thing, .. } => follow(
            facts,
            &Change::Rename {
                thing: thing.clone(),
                to: format!("{}{at}", "gone".repeat(MAX_NAME_BYTES)),
            },
        ),
        _ => follow(facts, step),
    }
}

/// The users, groups, resources and roles that a step or a fact names.
pub(super) fn names(change: &Change) -> Vec<ThingName> {
    let mut names = Vec::new();
    each_name(&mut change.clone(), &mut |thing| {
        let name = thing.name().to_owned();
        names.push(thing);
        name
    });
    names
}

/// Gives everything that the change names the name that `name` says.
fn each_name(change: &mut Change, name: &mut dyn FnMut(ThingName) -> String) {
    let place_name = |place: &mut PlaceName, name: &mut dyn FnMut(ThingName) -> String| {
        let new = name(ThingName::from(place.clone()));
        match place {
            PlaceName::User(old)
            | PlaceName::Group(old)
            | PlaceName::Resource { name: old, .. } => {
                *old = new;
            }
        }
    };
    let subject_name =
        |subject: &mut SubjectName, name: &mut dyn FnMut(ThingName) -> String| match subject {
            SubjectName::User(user) => *user = name(ThingName::user(&*user)),
            SubjectName::Group(group) => *group = name(ThingName::group(&*group)),
            SubjectName::Everyone => {}
        };
    let what_name = |what: &mut WhatName, name: &mut dyn FnMut(ThingName) -> String| {
        if let WhatName::Role(role) = what {
            *role = name(ThingName::role(&*role));
        }
    };
    match change {
        Change::Add(thing)
        | Change::Ensure(thing)
        | Change::Remove { thing, .. }
        | Change::Rename { thing, .. } => {
            *thing = renamed(thing, &name(thing.clone()));
        }
        Change::AddMember { user, group } | Change::RemoveMember { user, group } => {
            *user = name(ThingName::user(&*user));
            *group = name(ThingName::group(&*group));
        }
        Change::Attach { group, parent } | Change::Detach { group, parent } => {
            *group = name(ThingName::group(&*group));
            *parent = name(ThingName::group(&*parent));
        }
        Change::Place {
            kind,
            resource,
            place,
        }
        | Change::Unplace {
            kind,
            resource,
            place,
        } => {
            *resource = name(ThingName::resource(&*kind, &*resource));
            place_name(place, name);
        }
        Change::AddLabel { place, .. } | Change::RemoveLabel { place, .. } => {
            place_name(place, name)
        }
        Change::AddToRole { role, .. } | Change::RemoveFromRole { role, .. } => {
            *role = name(ThingName::role(&*role));
        }
        Change::IncludeRole { role, included } | Change::ExcludeRole { role, included } => {
            *role = name(ThingName::role(&*role));
            *included = name(ThingName::role(&*included));
        }
        Change::Grant(grant) | Change::Revoke(grant) => {
            subject_name(&mut grant.subject, name);
            what_name(&mut grant.what, name);
            match &mut grant.scope {
                ScopeName::This(place) => place_name(place, name),
                ScopeName::Underlying(group)
                | ScopeName::Labelled {
                    within: Some(group),
                    ..
                } => {
                    *group = name(ThingName::group(&*group));
                }
                _ => {}
            }
        }
        Change::RevokeAll { subject, what } => {
            subject_name(subject, name);
            what_name(what, name);
        }
    }
}
