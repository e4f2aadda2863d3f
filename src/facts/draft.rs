//! `Draft`: the facts an edit is working on, step by step, with everything that changed and every problem met.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use crate::error::AskError;
use crate::facts::ahead::{AHEAD, Ahead};
use crate::facts::births::Births;
use crate::facts::change::{Change, GrantName};
use crate::facts::grant::{Effect, Grant, Scope, What};
use crate::facts::loops::Closed;
use crate::facts::names::Space;
use crate::facts::near::Near;
use crate::facts::problem::{EditError, Problem, Refusal};
use crate::facts::removal::{Gain, Judge, Removal};
use crate::facts::resolve::resolve;
use crate::facts::rules::Broken;
use crate::facts::still::Revoked;
use crate::facts::{Fact, Facts, rules};
use crate::id::{Group, Kind, Role, Subject, Thing};
use crate::name::{self, ThingName};
use crate::near::Search;

/// One thing that an edit did.
#[derive(Clone, Debug)]
pub(crate) enum Logged {
    /// The fact was recorded (true) or taken out (false). For [`Fact::Thing`] see below.
    Fact(Fact, bool),
    /// What the thing of the next [`Fact::Thing`] was called then, or what a thing is called from here on.
    Called(Thing, ThingName),
    /// The thing was renamed from this.
    Renamed(Thing, ThingName),
}

/// What is to be done with a thing, a fact or a subject's grants, handles resolved.
#[derive(Clone, Copy)]
pub(crate) enum Step<'s> {
    Add(New<'s>),
    /// As [`Step::Add`], unless it is there.
    Ensure(New<'s>),
    Remove(Thing, bool),
    Rename(Thing, &'s str),
    Set(Fact, bool),
    RevokeAll(Subject, What),
}

/// Something that is to be there.
#[derive(Clone, Copy)]
pub(crate) enum New<'s> {
    User(&'s str),
    Group(&'s str),
    Resource(Kind, &'s str),
    Role(&'s str),
}

/// The facts an edit is working on.
#[derive(Debug)]
pub(crate) struct Draft {
    before: Arc<Facts>,
    facts: Facts,
    births: Arc<Births>,
    log: Vec<Logged>,
    already_so: Vec<Change>,
    /// What was to be taken back, whether it was there or not.
    revoked: Vec<Revoked>,
    refusals: Vec<Refusal>,
    steps: usize,
    /// The roles, by index, that changed since what follows from them was worked out; some may come twice.
    changed_roles: Vec<u32>,
    /// What may be spent on near names, for all steps together.
    search: Search,
    judge: Arc<dyn Judge>,
    /// The state that the judge knows, where it is not the one before the edit, and how much of the log led there. It has no loop.
    known: Option<(Facts, usize)>,
}

/// What an edit leads to.
#[derive(Debug)]
pub(crate) struct Drafted {
    pub(crate) before: Arc<Facts>,
    pub(crate) after: Facts,
    /// What changed on the whole: what was done and undone again is left out.
    pub(crate) log: Vec<Logged>,
    pub(crate) already_so: Vec<Change>,
    pub(crate) revoked: Vec<Revoked>,
}

impl Draft {
    /// Nothing done yet. The judge knows the state before.
    pub(crate) fn new(before: Arc<Facts>, births: Arc<Births>, judge: Arc<dyn Judge>) -> Self {
        Draft {
            facts: Facts::clone(&before),
            before,
            births,
            log: Vec::new(),
            already_so: Vec::new(),
            revoked: Vec::new(),
            refusals: Vec::new(),
            steps: 0,
            changed_roles: Vec::new(),
            search: Search::of_many(),
            judge,
            known: None,
        }
    }

    /// Makes it the draft of a preview; see [`Facts::preview_since`].
    pub(crate) fn preview_since(&mut self, past: u32) {
        self.facts.preview_since(past);
    }

    pub(crate) fn facts(&self) -> &Facts {
        &self.facts
    }

    /// Records a problem of the step that is being taken, and hands it back.
    pub(crate) fn refuse(&mut self, problem: Problem) -> Problem {
        self.refuse_change(None, problem)
    }

    fn refuse_change(&mut self, change: Option<&Change>, problem: Problem) -> Problem {
        self.refusals.push(Refusal {
            step: Some(self.steps),
            change: change.cloned(),
            problem: problem.clone(),
        });
        problem
    }

    /// Ends a step.
    pub(crate) fn next_step(&mut self) {
        self.steps += 1;
    }

    /// Takes one step; the thing is the one it added. Problems mark the edit, and the step then has no effect.
    pub(crate) fn take(&mut self, step: Step<'_>) -> Result<Option<Thing>, Problem> {
        let taken = self.try_take(step);
        let change = taken.as_ref().err().and_then(|_| self.change(step));
        self.end_step(taken, change.as_ref())
    }

    /// The change that a step stands for, in the names of the state before it; `None` where a handle does not resolve.
    fn change(&self, step: Step<'_>) -> Option<Change> {
        let facts = &self.facts;
        let here = |thing: Thing| facts.check(thing).is_ok().then(|| facts.thing_name(thing));
        let known = |fact: Fact| facts.check_fact(&fact).is_empty().then_some(fact);
        Some(match step {
            Step::Add(new) => Change::Add(self.named(new).ok()?.0),
            Step::Ensure(new) => Change::Ensure(self.named(new).ok()?.0),
            Step::Remove(thing, lifting_denies) => Change::Remove {
                thing: here(thing)?,
                lifting_denies,
            },
            Step::Rename(thing, to) => Change::Rename {
                thing: here(thing)?,
                to: to.to_owned(),
            },
            Step::Set(fact, true) => facts.describe(&known(fact)?),
            Step::Set(fact, false) => facts.describe(&known(fact)?).inverse()?,
            Step::RevokeAll(subject, what) => {
                let probe = every_allow(subject, what);
                known(Fact::Grant(probe))?;
                Change::RevokeAll {
                    subject: facts.subject_name(subject),
                    what: facts.what_name(what),
                }
            }
        })
    }

    /// Keeps the problems of a step, hands back the first, and ends the step.
    fn end_step<T>(
        &mut self,
        taken: Result<T, Vec<Problem>>,
        change: Option<&Change>,
    ) -> Result<T, Problem> {
        let taken = taken.map_err(|problems| {
            let mut first = None;
            for problem in problems {
                let problem = self.refuse_change(change, problem);
                first.get_or_insert(problem);
            }
            first.unwrap_or(Problem::Exhausted)
        });
        self.next_step();
        taken
    }

    /// Takes the steps of many changes. The draft keeps the problems; finishing it reports them all.
    pub(crate) fn take_changes(&mut self, changes: &[Change]) {
        // What is added is logged with its name.
        let added = changes.iter();
        let added = added.filter(|change| matches!(change, Change::Add(_) | Change::Ensure(_)));
        self.log.reserve(changes.len() + added.count());
        for changes in changes.chunks(AHEAD) {
            let mut ahead = match changes {
                [_] => Ahead::default(),
                several => Ahead::of(&self.facts, several),
            };
            for change in changes {
                let _ = self.take_named(change, &mut ahead);
            }
        }
    }

    /// Takes the step of a change. Every name in it that nothing has is a problem of its own.
    pub(crate) fn take_change(&mut self, change: &Change) -> Result<(), Problem> {
        self.take_named(change, &mut Ahead::default())
    }

    fn take_named(&mut self, change: &Change, ahead: &mut Ahead<'_>) -> Result<(), Problem> {
        let taken = match resolve(&self.facts, change, ahead, &mut self.search) {
            // Its handles were found by name just now.
            Ok(Step::Set(fact, present)) => self.set_resolved(fact, present),
            Ok(step) => self.try_take(step).map(drop),
            Err(unknown) => Err(unknown),
        };
        self.end_step(taken, Some(change))
    }

    fn try_take(&mut self, step: Step<'_>) -> Result<Option<Thing>, Vec<Problem>> {
        match step {
            Step::Add(new) => self.add(new).map(Some),
            Step::Ensure(new) => self.ensure(new).map(Some),
            Step::Remove(thing, lifting_denies) => {
                self.remove(thing, lifting_denies).map(|()| None)
            }
            Step::Rename(thing, to) => self.rename(thing, to).map(|()| None),
            Step::Set(fact, present) => self.set(fact, present).map(|()| None),
            Step::RevokeAll(subject, what) => self.revoke_all(subject, what).map(|()| None),
        }
    }

    /// The name of what is to be there, and its name space.
    fn named(&self, new: New<'_>) -> Result<(ThingName, Space), Vec<Problem>> {
        Ok(match new {
            New::User(name) => (ThingName::user(name), Space::Users),
            New::Group(name) => (ThingName::group(name), Space::Groups),
            New::Role(name) => (ThingName::role(name), Space::Roles),
            New::Resource(kind, name) => {
                let Some(word) = self.facts.catalog.kind_name(kind) else {
                    return Err(vec![AskError::foreign(kind).into()]);
                };
                (
                    ThingName::resource(word, name),
                    Space::Resources(kind.index),
                )
            }
        })
    }

    fn add(&mut self, new: New<'_>) -> Result<Thing, Vec<Problem>> {
        let (thing, space) = self.named(new)?;
        self.check_free(&thing, space, thing.name())?;
        self.add_named(thing, space)
    }

    /// What is there under the name in its name space, or else what is added.
    fn ensure(&mut self, new: New<'_>) -> Result<Thing, Vec<Problem>> {
        let (thing, space) = self.named(new)?;
        if let Some(there) = self.facts.find(space, thing.name()) {
            self.already_so.push(Change::Ensure(thing));
            return Ok(there);
        }
        check_name(&thing, thing.name())?;
        self.add_named(thing, space)
    }

    /// Adds a thing whose name is free.
    fn add_named(&mut self, thing: ThingName, space: Space) -> Result<Thing, Vec<Problem>> {
        let birth = self.births.take().ok_or_else(|| vec![Problem::Exhausted])?;
        let name = thing.name();
        let added = match space {
            Space::Users => self.facts.add_user(name, birth).map(Thing::User),
            Space::Groups => self.facts.add_group(name, birth).map(Thing::Group),
            Space::Resources(kind) => {
                let kind = self.facts.catalog.kind_at(kind);
                let added = self.facts.add_resource(kind, name, birth);
                added.map(Thing::Resource)
            }
            Space::Roles => self.facts.add_role(name, birth).map(Thing::Role),
        };
        let handle = added.ok_or_else(|| vec![Problem::Exhausted])?;
        if let Thing::Role(role) = handle {
            self.changed_roles.push(role.index);
        }
        self.log.push(Logged::Called(handle, thing));
        self.log.push(Logged::Fact(Fact::Thing(handle), true));
        Ok(handle)
    }

    /// Whether the text is a name that nothing in the name space has.
    fn check_free(&self, thing: &ThingName, space: Space, name: &str) -> Result<(), Vec<Problem>> {
        check_name(thing, name)?;
        match self.facts.find(space, name) {
            Some(taken) => Err(vec![Problem::AlreadyExists {
                thing: self.facts.thing_name(taken),
            }]),
            None => Ok(()),
        }
    }

    /// Whether the handle resolves and stands for a thing of the policy itself.
    fn check_own(&self, thing: Thing) -> Result<(), Vec<Problem>> {
        self.facts
            .check(thing)
            .map_err(|stale| vec![stale.into()])?;
        match thing {
            Thing::Role(role) => self.check_run_time(role),
            _ => Ok(()),
        }
    }

    fn check_run_time(&self, role: Role) -> Result<(), Vec<Problem>> {
        match self.facts.catalog.role_name(role) {
            Some(name) => Err(vec![Problem::FixedRole {
                role: name.to_owned(),
            }]),
            None => Ok(()),
        }
    }

    fn remove(&mut self, thing: Thing, lifting_denies: bool) -> Result<(), Vec<Problem>> {
        self.check_own(thing)?;
        let naming = self.facts.naming(thing);
        let name = self.facts.thing_name(thing);
        let denies = naming.iter().filter_map(|fact| match fact {
            Fact::Grant(grant) if grant.effect == Effect::Deny => {
                Some(self.facts.grant_name(*grant))
            }
            _ => None,
        });
        let denies: Vec<GrantName> = if lifting_denies {
            Vec::new()
        } else {
            denies.collect()
        };
        if !denies.is_empty() {
            return Err(vec![Problem::LiftsDenies {
                thing: name,
                denies,
            }]);
        }
        let near = if lifting_denies {
            Near::default()
        } else {
            Near::of_removal(&self.facts, thing, &naming)
        };
        if near.is_empty() {
            self.take_out(thing, name, naming);
            return Ok(());
        }
        self.refresh();
        let (before, logged) = (self.facts.clone(), self.log.len());
        self.take_out(thing, name.clone(), naming);
        self.refresh();
        let Some(gain) = self.gain(&before, logged, thing, &near) else {
            return Ok(());
        };
        self.facts = before;
        self.log.truncate(logged);
        Err(vec![Problem::Uncovers {
            thing: Box::new(name),
            deny: Box::new(self.facts.grant_name(gain.deny)),
            user: self.facts.user_name(gain.user),
            action: self.action_name(&gain),
            targets: gain
                .targets
                .iter()
                .map(|target| self.facts.target_name(*target))
                .collect(),
        }])
    }

    fn action_name(&self, gain: &Gain) -> String {
        let name = self.facts.catalog.action_name(gain.action);
        name.unwrap_or_default().to_owned()
    }

    /// Takes a thing out with the facts that name it.
    fn take_out(&mut self, thing: Thing, name: ThingName, naming: Vec<Fact>) {
        for fact in naming {
            self.set_known(fact, false);
        }
        if let Thing::Role(role) = thing {
            self.changed_roles.push(role.index);
        }
        self.log.push(Logged::Called(thing, name));
        self.log.push(Logged::Fact(Fact::Thing(thing), false));
        self.facts.remove_thing(thing);
    }

    /// An answer that somebody gained by the removal that was made just now, from this state on.
    fn gain(&mut self, before: &Facts, logged: usize, thing: Thing, near: &Near) -> Option<Gain> {
        let (known, since) = match &self.known {
            Some((facts, since)) => (facts, *since),
            None => (&*self.before, 0),
        };
        let since = self.log.get(since..logged).unwrap_or_default();
        let log = self.log.get(logged..).unwrap_or_default();
        let added = since.iter().filter_map(|logged| match logged {
            Logged::Fact(fact, true) => Some(fact),
            _ => None,
        });
        let judgement = self.judge.judge(&Removal {
            known,
            since: &net(since.to_vec()),
            before,
            after: &self.facts,
            log,
            thing,
            near,
            looped: !Closed::by(before, added).is_empty(),
        });
        if let Some(judge) = judgement.judge {
            self.judge = judge;
            self.known = Some(match judgement.gain {
                Some(_) => (before.clone(), logged),
                None => (self.facts.clone(), self.log.len()),
            });
        }
        judgement.gain
    }

    /// Works out again what follows from the facts about roles, where some of them changed.
    fn refresh(&mut self) {
        if !self.changed_roles.is_empty() {
            let mut changed = std::mem::take(&mut self.changed_roles);
            changed.sort_unstable();
            changed.dedup();
            self.facts.refresh_book(&changed);
        }
    }

    fn rename(&mut self, thing: Thing, to: &str) -> Result<(), Vec<Problem>> {
        self.check_own(thing)?;
        let name = self.facts.thing_name(thing);
        if name.name() == to {
            self.already_so.push(Change::Rename {
                thing: name,
                to: to.to_owned(),
            });
            return Ok(());
        }
        if let Some((space, _)) = self.facts.space_and_name(thing) {
            self.check_free(&name, space, to)?;
            self.facts.rename(thing, to);
            self.log.push(Logged::Renamed(thing, name));
            self.log
                .push(Logged::Called(thing, self.facts.thing_name(thing)));
        }
        Ok(())
    }

    fn set(&mut self, fact: Fact, present: bool) -> Result<(), Vec<Problem>> {
        let stale = self.facts.check_fact(&fact);
        if !stale.is_empty() {
            return Err(stale.into_iter().map(Problem::from).collect());
        }
        self.set_resolved(fact, present)
    }

    /// Records a fact whose handles resolve, or takes it out.
    fn set_resolved(&mut self, fact: Fact, present: bool) -> Result<(), Vec<Problem>> {
        match fact {
            Fact::Grant(grant)
                if present && grant.what == What::Everything && grant.effect == Effect::Allow =>
            {
                let subject = self.facts.subject_name(grant.subject);
                return Err(vec![Problem::AllowsEverything { subject }]);
            }
            Fact::Gives(role, _) | Fact::Includes(role, _) => {
                self.check_run_time(role)?;
            }
            _ => {}
        }
        if !self.set_known(fact, present) {
            if let (Fact::Grant(grant), false) = (fact, present) {
                let entry = |facts: &Facts| facts.grant_name(grant).to_string();
                self.check_not_inherited(grant.subject, entry, |other, subject| {
                    *other == Grant { subject, ..grant }
                })?;
            }
            let described = self.facts.describe(&fact);
            self.already_so.extend(if present {
                Some(described)
            } else {
                described.inverse()
            });
        }
        if let (Fact::Grant(grant), false) = (fact, present) {
            self.revoked.push(Revoked::One(grant));
        }
        Ok(())
    }

    /// Changes a fact that may be changed; false if it was so already.
    fn set_known(&mut self, fact: Fact, present: bool) -> bool {
        let changed = self.facts.set(&fact, present);
        if changed {
            if let Fact::Gives(role, _) | Fact::Includes(role, _) = fact {
                self.changed_roles.push(role.index);
            }
            self.log.push(Logged::Fact(fact, present));
        }
        changed
    }

    /// Refuses where the subject holds such a grant only through another subject, and names that.
    fn check_not_inherited(
        &self,
        subject: Subject,
        entry: impl FnOnce(&Facts) -> String,
        such: impl Fn(&Grant, Subject) -> bool,
    ) -> Result<(), Vec<Problem>> {
        let groups: Vec<Group> = match subject {
            Subject::User(user) => self.facts.held_groups(user),
            Subject::Group(group) => self
                .facts
                .above(group)
                .into_iter()
                .filter(|above| *above != group)
                .collect(),
            Subject::Everyone => return Ok(()),
        };
        let others = groups
            .into_iter()
            .map(Subject::Group)
            .chain([Subject::Everyone]);
        let recorded_on: Vec<_> = others
            .filter(|other| {
                self.facts
                    .grants_to(*other)
                    .any(|grant| such(&grant, *other))
            })
            .map(|other| self.facts.subject_name(other))
            .collect();
        if recorded_on.is_empty() {
            return Ok(());
        }
        Err(vec![Problem::Inherited {
            entry: entry(&self.facts),
            recorded_on,
        }])
    }

    fn revoke_all(&mut self, subject: Subject, what: What) -> Result<(), Vec<Problem>> {
        let probe = every_allow(subject, what);
        let stale = self.facts.check_fact(&Fact::Grant(probe));
        if !stale.is_empty() {
            return Err(stale.into_iter().map(Problem::from).collect());
        }
        let allows = |grant: &Grant| grant.what == what && grant.effect == Effect::Allow;
        let own: Vec<Grant> = self.facts.grants_to(subject).filter(allows).collect();
        if own.is_empty() {
            let entry = |facts: &Facts| format!("every allow of {}", facts.grant_name(probe).what);
            self.check_not_inherited(subject, entry, |grant, _| allows(grant))?;
            let name = self.facts.grant_name(probe);
            self.already_so.push(Change::RevokeAll {
                subject: name.subject,
                what: name.what,
            });
        }
        for grant in own {
            self.set_known(Fact::Grant(grant), false);
        }
        self.revoked.push(Revoked::All(subject, what));
        Ok(())
    }

    /// Judges the result as a whole, but for the rules that count who can do something.
    ///
    /// Loops are judged first; where there is one, rules are not judged, for they speak of a state that has none.
    pub(crate) fn finish(mut self) -> (Drafted, Verdict) {
        self.refresh();
        let mut log = net(std::mem::take(&mut self.log));
        let set = log.iter().filter_map(|logged| match logged {
            Logged::Fact(fact, true) => Some(fact),
            _ => None,
        });
        let closed = Closed::by(&self.facts, set);
        let loops = closed.told(&self.facts);
        let broken = if closed.is_empty() {
            rules::take_along(&self.before, &mut self.facts, &mut log);
            rules::broken(&self.before, &self.facts, &log)
        } else {
            Vec::new()
        };
        let verdict = Verdict {
            refusals: self.refusals,
            loops,
            broken,
        };
        let drafted = Drafted {
            before: self.before,
            after: self.facts,
            log,
            already_so: self.already_so,
            revoked: self.revoked,
        };
        (drafted, verdict)
    }
}

/// Whether the text can name the thing.
fn check_name(thing: &ThingName, name: &str) -> Result<(), Vec<Problem>> {
    name::check(name).map_err(|reason| {
        let (word, name) = (thing.word().to_owned(), name.to_owned());
        vec![Problem::BadName { word, name, reason }]
    })
}

/// A grant that stands for every allow of this to the subject.
fn every_allow(subject: Subject, what: What) -> Grant {
    Grant {
        subject,
        what,
        scope: Scope::Platform,
        effect: Effect::Allow,
    }
}

/// What is wrong with an edit.
#[derive(Debug)]
pub(crate) struct Verdict {
    refusals: Vec<Refusal>,
    loops: Vec<Problem>,
    broken: Vec<Broken>,
}

impl Verdict {
    pub(crate) fn is_looped(&self) -> bool {
        !self.loops.is_empty()
    }

    pub(crate) fn add(&mut self, broken: Vec<Broken>) {
        self.broken.extend(broken);
    }

    /// Refuses where anything is wrong: first the problems of the steps, then loops, then the rules in the order of the catalog.
    pub(crate) fn settle(mut self) -> Result<(), EditError> {
        self.broken.sort_by_key(|(rule, _)| *rule);
        let broken = self.broken.into_iter().map(|(_, problem)| problem);
        let whole = self.loops.into_iter().chain(broken);
        let mut refusals = self.refusals;
        refusals.extend(whole.map(|problem| Refusal {
            step: None,
            change: None,
            problem,
        }));
        if refusals.is_empty() {
            Ok(())
        } else {
            Err(EditError { refusals })
        }
    }
}

/// Leaves out what was done and undone again: facts set both ways, and things added and removed with the names they had.
fn net(log: Vec<Logged>) -> Vec<Logged> {
    let undone = |logged: &Logged| matches!(logged, Logged::Fact(_, false));
    if log.len() < 2 || !log.iter().any(undone) {
        return log;
    }
    let mut last: HashMap<Fact, usize> = HashMap::new();
    let mut dropped = vec![false; log.len()];
    let mut passing: BTreeSet<Thing> = BTreeSet::new();
    for (at, logged) in log.iter().enumerate() {
        let Logged::Fact(fact, _) = logged else {
            continue;
        };
        // The fact is set the other way round at every second time, so a second time always undoes the first.
        match last.remove(fact) {
            Some(first) => {
                for at in [first, at] {
                    dropped
                        .get_mut(at)
                        .into_iter()
                        .for_each(|dropped| *dropped = true);
                }
                if let Fact::Thing(thing) = fact {
                    passing.insert(*thing);
                }
            }
            None => drop(last.insert(*fact, at)),
        }
    }
    let kept = |(logged, dropped): &(Logged, bool)| match logged {
        Logged::Fact(..) => !dropped,
        Logged::Called(thing, _) | Logged::Renamed(thing, _) => !passing.contains(thing),
    };
    log.into_iter()
        .zip(dropped)
        .filter(kept)
        .map(|(logged, _)| logged)
        .collect()
}
