//! The rules about grants: judged for what came about by the edit, and for what it took a prerequisite from.

use std::collections::{BTreeMap, BTreeSet};

use crate::catalog::rule::{GrantRule, SubjectKind, WhenLost};
use crate::catalog::{ConditionOf, GrantedOf, PlaceKind};
use crate::facts::draft::Logged;
use crate::facts::grant::{Effect, Grant, Scope, What};
use crate::facts::problem::{Problem, Violation};
use crate::facts::rules::Judge;
use crate::facts::rules::down::{Down, Shorter, Start, shorter};
use crate::facts::rules::held::{allows_of, is_allow, is_meant};
use crate::facts::{Fact, Facts};
use crate::graph;
use crate::id::{Place, Subject, Target, Thing, User};
use crate::kind::ProblemKind;
use crate::steps::step;

/// A grant that does not comply.
struct Wrong {
    grant: Grant,
    /// Those who lack what is asked for, where that is asked of each who gets it; each with whether they held the grant before.
    users: Vec<(User, bool)>,
    /// Whether all of it was there before, so that the edit took the prerequisite away.
    is_old: bool,
    kind: ProblemKind,
    violation: Violation,
}

impl Judge<'_> {
    /// The problems that the rule makes of what does not comply.
    pub(super) fn refused(
        &mut self,
        rule: &GrantRule,
        what: GrantedOf,
        condition: &ConditionOf,
        when_lost: WhenLost,
    ) -> Vec<Problem> {
        let mut wrong = self.wrong(what, condition);
        if when_lost == WhenLost::Stays {
            for it in &mut wrong {
                it.users.retain(|(_, is_old)| !is_old);
            }
            wrong.retain(|it| !it.is_old);
        }
        let facts = self.after.facts;
        let problem = |it: Wrong| {
            let names = it.users.iter().map(|(user, _)| facts.user_name(*user));
            Problem::GrantRefused {
                rule: Box::new(rule.clone()),
                grant: Box::new(facts.grant_name(it.grant)),
                violation: Box::new(if it.users.is_empty() {
                    it.violation
                } else {
                    Violation::Users(names.collect())
                }),
                kind: it.kind,
            }
        };
        wrong.into_iter().map(problem).collect()
    }

    /// The grants that lost what the rule asks for, and can go with it: nobody keeps it who holds the grant, and nobody got it anew.
    pub(super) fn taken_along(&mut self, what: GrantedOf, condition: &ConditionOf) -> Vec<Grant> {
        let facts = self.after.facts;
        let mut wrong = self.wrong(what, condition);
        wrong.retain(|it| {
            it.is_old
                && match (condition, it.grant.subject) {
                    (ConditionOf::HolderOf { .. }, Subject::Group(_) | Subject::Everyone) => {
                        let lacking: BTreeSet<User> =
                            it.users.iter().map(|(user, _)| *user).collect();
                        let mut users = facts.users_held_as(it.grant.subject);
                        users.all(|user| {
                            step();
                            lacking.contains(&user)
                        })
                    }
                    _ => true,
                }
        });
        wrong.into_iter().map(|it| it.grant).collect()
    }

    fn wrong(&mut self, what: GrantedOf, condition: &ConditionOf) -> Vec<Wrong> {
        match condition {
            ConditionOf::HolderOf { role } => self.without_role(what, *role),
            ConditionOf::Marked { label } => {
                let mut grants = self.new_grants(what);
                grants.extend(self.unmarked(what, *label));
                self.those(grants, what, |judge, grant, is_old| {
                    judge.misplaced(*label, grant, is_old)
                })
            }
            ConditionOf::Active => {
                let mut grants = self.new_grants(what);
                grants.extend(self.newly_blocked(what));
                self.those(grants, what, |judge, grant, _| judge.over_blocked(grant))
            }
            of_the_grant => {
                let grants = self.new_grants(what);
                self.those(grants, what, |judge, grant, _| {
                    let violation = malformed(judge.after.facts, of_the_grant, grant)?;
                    Some((ProblemKind::RuleBroken, violation))
                })
            }
        }
    }

    /// Those of the grants that do not comply.
    fn those(
        &self,
        grants: BTreeSet<Grant>,
        what: GrantedOf,
        judged: impl Fn(&Self, &Grant, bool) -> Option<(ProblemKind, Violation)>,
    ) -> Vec<Wrong> {
        let mut wrong = Vec::new();
        for grant in grants {
            step();
            let is_old = was_meant(self.before.facts, &grant, what);
            if let Some((kind, violation)) = judged(self, &grant, is_old) {
                wrong.push(Wrong {
                    grant,
                    users: Vec::new(),
                    is_old,
                    kind,
                    violation,
                });
            }
        }
        wrong
    }

    /// The grants of the result that are meant and were not before.
    fn new_grants(&self, what: GrantedOf) -> BTreeSet<Grant> {
        let (before, after) = (self.before.facts, self.after.facts);
        let added = self.log.iter().filter_map(|logged| match logged {
            Logged::Fact(Fact::Grant(grant), true) => Some(*grant),
            _ => None,
        });
        let roles = self.altered.iter().copied();
        let roles = roles.filter(|role| after.check((*role).into()).is_ok());
        let altered = roles.map(What::Role).filter(|role| {
            let was = match role {
                What::Role(role) => before.check((*role).into()).is_ok(),
                _ => false,
            };
            is_meant(after, *role, what) && !(was && is_meant(before, *role, what))
        });
        let of_altered = altered.flat_map(|role| after.grants_of(role));
        let grants = added.chain(of_altered).filter(|grant| {
            step();
            is_allow(grant) && is_meant(after, grant.what, what)
        });
        grants.collect()
    }

    // ---- Whoever gets it holds another role ----

    fn without_role(&mut self, what: GrantedOf, role: u32) -> Vec<Wrong> {
        let (before, after) = (self.before.facts, self.after.facts);
        let held = self.held();
        let [gets, needs] = [what, GrantedOf::Role(role)].map(|meant| self.marks.mark(meant));
        let lacking = held
            .iter()
            .filter(|(_, held)| held.contains(gets) && !held.contains(needs));
        let mut wrong: BTreeMap<Grant, Vec<(User, bool)>> = BTreeMap::new();
        for (user, _) in lacking {
            let groups = after.held_groups(*user).into_iter().map(Subject::Group);
            let subjects = groups.chain([Subject::User(*user), Subject::Everyone]);
            for grant in subjects.flat_map(|subject| after.grants_to(subject)) {
                step();
                if is_allow(&grant) && is_meant(after, grant.what, what) {
                    let is_old = was_meant(before, &grant, what)
                        && before.check((*user).into()).is_ok()
                        && before.is_held_as(*user, grant.subject);
                    wrong.entry(grant).or_default().push((*user, is_old));
                }
            }
        }
        let wrong = wrong.into_iter().map(|(grant, users)| Wrong {
            grant,
            is_old: users.iter().all(|(_, is_old)| *is_old),
            users,
            kind: ProblemKind::MissingRole,
            violation: Violation::Subject,
        });
        wrong.collect()
    }

    // ---- Only where a label stands ----

    fn misplaced(
        &self,
        label: u32,
        grant: &Grant,
        is_old: bool,
    ) -> Option<(ProblemKind, Violation)> {
        let facts = self.after.facts;
        let named = grant.scope.named();
        if named.is_some_and(|place| marked_above(facts, place, label)) {
            return None;
        }
        let recorded = facts
            .catalog
            .is_recorded_label(facts.catalog.label_at(label));
        let kind = if recorded {
            ProblemKind::MissingFact
        } else {
            ProblemKind::WrongState
        };
        let violation = if is_old {
            Violation::Unmarked
        } else {
            Violation::Scope
        };
        Some((kind, violation))
    }

    /// The grants that are meant at places from above which the label may have gone.
    fn unmarked(&self, what: GrantedOf, label: u32) -> Vec<Grant> {
        let (before, after) = (self.before.facts, self.after.facts);
        let mut starts = Vec::new();
        for logged in self.log {
            let Logged::Fact(fact, false) = logged else {
                continue;
            };
            step();
            let under = |place: Place| match place {
                Place::Group(group) => Start::Under(group),
                Place::User(_) | Place::Resource(_) => Start::At(place),
            };
            match *fact {
                Fact::Labelled(place, gone) if gone.index == label => starts.push(under(place)),
                Fact::Placed(resource, place) if marked_above(before, place, label) => {
                    starts.push(Start::At(Place::Resource(resource)));
                }
                Fact::Parent(child, parent) if marked_above(before, parent.into(), label) => {
                    starts.push(Start::Under(child));
                }
                Fact::Member(user, group) if marked_above(before, group.into(), label) => {
                    starts.push(Start::Itself(user));
                }
                _ => {}
            }
        }
        if starts.is_empty() {
            return Vec::new();
        }
        match shorter(Down::new(after, starts), allows_of(after, what)) {
            Shorter::One(places) => {
                let on = places.into_iter().flat_map(|place| {
                    let on = after.grants_on(place);
                    on.filter(move |grant| grant.scope.named() == Some(place))
                });
                on.filter(|grant| {
                    step();
                    is_allow(grant) && is_meant(after, grant.what, what)
                })
                .collect()
            }
            Shorter::Other(all) => all,
        }
    }

    // ---- Only over users who are not blocked ----

    fn over_blocked(&self, grant: &Grant) -> Option<(ProblemKind, Violation)> {
        let facts = self.after.facts;
        let Scope::This(Place::User(over)) = grant.scope else {
            return None;
        };
        let blocked = is_blocked(facts, over);
        let names = || Violation::Users(vec![facts.user_name(over)]);
        blocked.then(|| (ProblemKind::NotActive, names()))
    }

    /// The grants that are meant over users whom a deny of everything may have come to cover.
    fn newly_blocked(&self, what: GrantedOf) -> Vec<Grant> {
        let facts = self.after.facts;
        let denies = || {
            let all = facts.grants_of(What::Everything);
            all.filter(|grant| grant.effect == Effect::Deny)
        };
        if denies().next().is_none() {
            return Vec::new();
        }
        let mut users: Vec<User> = Vec::new();
        let mut subjects: Vec<Subject> = Vec::new();
        for logged in self.log {
            let Logged::Fact(fact, true) = logged else {
                continue;
            };
            step();
            match *fact {
                Fact::Thing(Thing::User(user)) | Fact::Member(user, _) => users.push(user),
                Fact::Parent(child, _) => subjects.push(Subject::Group(child)),
                Fact::Grant(grant)
                    if grant.effect == Effect::Deny && grant.what == What::Everything =>
                {
                    subjects.push(grant.subject);
                }
                Fact::Labelled(Place::User(user), _) => users.push(user),
                Fact::Labelled(Place::Group(group), _) => subjects.push(Subject::Group(group)),
                _ => {}
            }
        }
        if users.is_empty() && subjects.is_empty() {
            return Vec::new();
        }
        let everyone = subjects.contains(&Subject::Everyone);
        let groups = subjects.iter().filter_map(|subject| match subject {
            Subject::Group(group) => Some(*group),
            Subject::User(_) | Subject::Everyone => None,
        });
        let groups: Vec<_> = groups.collect();
        users.extend(subjects.iter().filter_map(|subject| match subject {
            Subject::User(user) => Some(*user),
            Subject::Group(_) | Subject::Everyone => None,
        }));
        let over = move |grant: &Grant| matches!(grant.scope, Scope::This(Place::User(_)));
        let all = || allows_of(facts, what).filter(over);
        if everyone {
            return all().collect();
        }
        let below = graph::reach(groups, |group| facts.children(group));
        let members = below.into_iter().flat_map(|group| facts.members(group));
        match shorter(users.into_iter().chain(members), all()) {
            Shorter::One(users) => {
                let on = users.into_iter().flat_map(|user| {
                    let on = facts.grants_on(Place::User(user));
                    on.filter(move |grant| grant.scope == Scope::This(Place::User(user)))
                });
                on.filter(|grant| {
                    step();
                    is_allow(grant) && is_meant(facts, grant.what, what)
                })
                .collect()
            }
            Shorter::Other(all) => all,
        }
    }
}

/// Whether the grant was there before and was meant then.
fn was_meant(before: &Facts, grant: &Grant, what: GrantedOf) -> bool {
    before.contains(&Fact::Grant(*grant)) && is_meant(before, grant.what, what)
}

/// What is wrong with the grant itself.
fn malformed(facts: &Facts, condition: &ConditionOf, grant: &Grant) -> Option<Violation> {
    match condition {
        ConditionOf::Subjects(sorts) => {
            let sort = match grant.subject {
                Subject::User(_) => SubjectKind::User,
                Subject::Group(_) => SubjectKind::Group,
                Subject::Everyone => SubjectKind::Everyone,
            };
            (!sorts.contains(&sort)).then_some(Violation::Subject)
        }
        ConditionOf::Places(kinds) => {
            let kind = match grant.scope {
                Scope::Platform => Some(PlaceKind::Platform),
                Scope::This(Place::User(_)) => Some(PlaceKind::User),
                Scope::This(Place::Group(_)) | Scope::Underlying(_) => Some(PlaceKind::Group),
                Scope::This(Place::Resource(resource)) => {
                    facts.kind(resource.index).map(PlaceKind::Kind)
                }
                Scope::Labelled(..) | Scope::Oneself => None,
            };
            let fits = kind.is_some_and(|kind| kinds.contains(&kind));
            (!fits).then_some(Violation::Scope)
        }
        ConditionOf::Scoped => (grant.scope == Scope::Platform).then_some(Violation::Scope),
        ConditionOf::HolderOf { .. } | ConditionOf::Marked { .. } | ConditionOf::Active => None,
    }
}

/// Whether the place, or something it is under, carries the label.
fn marked_above(facts: &Facts, place: Place, label: u32) -> bool {
    let whereabouts = facts.whereabouts(Target::from(place));
    step();
    whereabouts
        .at
        .iter()
        .any(|place| facts.has_label(*place, label))
        || whereabouts
            .groups
            .iter()
            .any(|group| facts.has_label(Place::Group(*group), label))
}

/// Whether a deny of everything that the user holds covers the user.
fn is_blocked(facts: &Facts, user: User) -> bool {
    let whereabouts = facts.whereabouts(Target::User(user));
    let groups = facts.held_groups(user).into_iter().map(Subject::Group);
    let subjects = [Subject::User(user), Subject::Everyone]
        .into_iter()
        .chain(groups);
    subjects
        .flat_map(|subject| facts.grants_to(subject))
        .any(|grant| {
            step();
            grant.effect == Effect::Deny
                && grant.what == What::Everything
                && facts.covers(grant.scope, user, &whereabouts)
        })
}
