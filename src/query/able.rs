//! The rules that count who can do an action: judged on the answers of the state that an edit leads to.
//!
//! Only places where the answer of somebody turned are counted again, besides those that the rule did not speak of before; they are found
//! as the difference of the two snapshots is.

use std::sync::Arc;

use crate::catalog::rule::HowMany;
use crate::catalog::{CountedOf, RuleOf};
use crate::facts::change::Change;
use crate::facts::draft::{Draft, Drafted, Logged};
use crate::facts::problem::{EditError, Problem};
use crate::facts::rules::{Broken, miscounted};
use crate::facts::still::Revoked;
use crate::facts::{Fact, Facts};
use crate::id::{Action, Label, Place, Target, User};
use crate::index::Delta;
use crate::query::diff::{Turn, Turned};
use crate::query::reverse::down::Sort;
use crate::query::reverse::formula::evaluate;
use crate::query::reverse::who::Who;
use crate::snapshot::Snapshot;
use crate::steps::step;

/// An edit that every rule was asked about.
pub(crate) struct Judged {
    pub(crate) before: Arc<Facts>,
    pub(crate) now: Snapshot,
    pub(crate) log: Vec<Logged>,
    pub(crate) already_so: Vec<Change>,
    pub(crate) revoked: Vec<Revoked>,
}

/// What a draft leads to from the snapshot it began with, judged by every rule.
pub(crate) fn judged(before: &Snapshot, draft: Draft) -> Result<Judged, EditError> {
    let (drafted, mut verdict) = draft.finish();
    if !before.catalog().counts_the_able() || verdict.is_looped() {
        verdict.settle()?;
        return Ok(carried_out(before, drafted));
    }
    let done = carried_out(before, drafted);
    verdict.add(broken(before, &done.now, &done.log));
    verdict.settle()?;
    Ok(done)
}

/// The same without a snapshot of it, where no rule needs one; `None` where the edit is refused.
pub(crate) fn tried(before: &Snapshot, draft: Draft) -> Option<Drafted> {
    if before.catalog().counts_the_able() {
        let done = judged(before, draft).ok()?;
        return Some(Drafted {
            before: done.before,
            after: done.now.facts().clone(),
            log: done.log,
            already_so: done.already_so,
            revoked: done.revoked,
        });
    }
    let (drafted, verdict) = draft.finish();
    verdict.settle().ok()?;
    Some(drafted)
}

fn carried_out(current: &Snapshot, drafted: Drafted) -> Judged {
    let Drafted {
        before,
        mut after,
        log,
        already_so,
        revoked,
    } = drafted;
    after.settle();
    let index = current.index().apply(&Delta {
        before: &before,
        facts: &after,
        log: &log,
    });
    Judged {
        before,
        now: Snapshot::new(after, index, current.revision() + 1),
        log,
        already_so,
        revoked,
    }
}

/// The rules of this sort that the later snapshot breaks.
fn broken(before: &Snapshot, now: &Snapshot, log: &[Logged]) -> Vec<Broken> {
    let catalog = now.catalog();
    let rules = catalog.resolved_rules().iter().enumerate();
    let rules = rules.filter_map(|(nth, (rule, resolved))| match resolved {
        RuleOf::Count {
            how_many,
            of: CountedOf::Able(action),
            label,
        } => Some((nth, rule, *how_many, *action, *label)),
        _ => None,
    });
    let rules: Vec<_> = rules.collect();
    let actions: Vec<u32> = rules.iter().map(|(_, _, _, action, _)| *action).collect();
    let turned = Turned::between(before, now, &actions);
    // A policy without users is one that was never judged: every other state obeyed the rules.
    let first = before.facts().all_users().next().is_none();
    let mut problems = Vec::new();
    for (nth, rule, how_many, action, label) in rules {
        let action = catalog.action_at(action);
        let places: Vec<Option<Place>> = match label {
            Some(label) => {
                let label = catalog.label_at(label);
                let places = turned_carriers(now.facts(), &turned, how_many, action, label, log);
                places.into_iter().map(Some).collect()
            }
            None if first || turned_on_the_platform(&turned, how_many, action) => vec![None],
            None => Vec::new(),
        };
        for place in places {
            step();
            let two = able(now, action, place);
            if let Some(violation) = miscounted(now.facts(), how_many, &two, place) {
                let (rule, violation) = (Box::new(rule.clone()), Box::new(violation));
                problems.push((nth, Problem::RuleBroken { rule, violation }));
            }
        }
    }
    problems
}

/// Whether a turn of an answer can break the rule.
fn minds(how_many: HowMany, turn: Turn) -> bool {
    match how_many {
        HowMany::ExactlyOne => true,
        HowMany::AtLeastOne => turn == Turn::Lost,
        HowMany::AtMostOne => turn == Turn::Gained,
    }
}

fn turned_on_the_platform(turned: &Turned<'_>, how_many: HowMany, action: Action) -> bool {
    let mut turned = turned.at(action, |target| target == Target::Platform);
    turned.any(|(turn, _, extent)| minds(how_many, turn) && extent.is_platform())
}

/// The places with the label where an answer turned so that the rule may mind, and those that carry it since this edit.
fn turned_carriers(
    facts: &Facts,
    turned: &Turned<'_>,
    how_many: HowMany,
    action: Action,
    label: Label,
    log: &[Logged],
) -> Vec<Place> {
    let is_marked = |place: Place| facts.has_label(place, label.index);
    let mut places: Vec<Place> = Vec::new();
    for (turn, state, extent) in turned.at(action, |it| it.place().is_some_and(is_marked)) {
        if !minds(how_many, turn) {
            continue;
        }
        // By turns through what turned and through the carriers, until the shorter of the two is at its end.
        let (mut targets, mut carriers) = (extent.iter(state), facts.carriers(label));
        let (mut some, mut all) = (Vec::new(), Vec::new());
        loop {
            step();
            match targets.next() {
                Some(target) => some.extend(target.place()),
                None => {
                    places.extend(some);
                    break;
                }
            }
            match carriers.next() {
                Some(place) => all.push(place),
                None => {
                    let all = all.into_iter();
                    places.extend(all.filter(|place| extent.contains(state, *place)));
                    break;
                }
            }
        }
    }
    // What turned for a place that is gone is no matter.
    places.retain(|place| facts.check((*place).into()).is_ok() && is_marked(*place));
    places.extend(log.iter().filter_map(|logged| match logged {
        Logged::Fact(Fact::Labelled(place, new), true) if *new == label => Some(*place),
        _ => None,
    }));
    places.sort_unstable();
    places.dedup();
    places
}

/// Those who can do the action there, or two of them.
fn able(now: &Snapshot, action: Action, place: Option<Place>) -> Vec<User> {
    let facts = now.facts();
    let targets = [place.map_or(Target::Platform, Target::from)];
    let mut who = Who::new(facts, now.index(), &targets);
    let slots = evaluate(now.catalog(), action.index, &mut who);
    let users = Sort::Users.members_from(facts, &slots, 0);
    let users = users.filter_map(|slot| facts.user_at(slot));
    users.take(2).collect()
}
