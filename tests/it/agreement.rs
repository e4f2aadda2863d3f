//! Explanations, nearest changes and revoke plans are held against the oracle and against what they claim themselves.
//!
//! What is cheap is asked of every question of every generated world: the answer, the sources, the kind of the reason and its atoms. What
//! previews many states (proofs, nearest changes, revoke plans) is asked of a spread of questions.

use std::collections::BTreeSet;

use proptest::prelude::*;
use rolecall::testing::{Oracle, Size, World, histories, worlds};
use rolecall::{
    Action, Catalog, Change, Declaration, Effect, Form, GrantName, Part, PlaceName, Policy,
    ScopeName, Shape, Snapshot, SubjectName, Target, TargetName, Targets, User, WhatName,
};

use crate::witnesses::questions;

/// How many proofs of one answer are tried.
const PROOFS: usize = 20;

/// How many nearest changes and revoke plans are asked for.
const LIMIT: usize = 5;

/// A world as the oracle and the engine have it, and a policy that has nothing but its things and no rules.
struct State {
    oracle: Oracle,
    policy: Policy,
    now: Snapshot,
    bare: Policy,
    has_rules: bool,
}

fn policy(declarations: impl IntoIterator<Item = Declaration>) -> Policy {
    Policy::new(
        Catalog::builder()
            .declare_all(declarations)
            .build()
            .unwrap(),
    )
}

impl State {
    fn of(world: &World) -> State {
        let mut oracle = Oracle::new(&world.declarations);
        let mut policy = self::policy(world.declarations.iter().cloned());
        for edit in &world.edits {
            let _refused = oracle.apply(edit);
            let _refused = policy.apply(edit);
        }
        let is_rule = |it: &&Declaration| !matches!(it, Declaration::Rule(_));
        let mut bare = self::policy(world.declarations.iter().filter(is_rule).cloned());
        let things = oracle
            .facts()
            .iter()
            .filter(|fact| matches!(fact, Change::Add(_)));
        bare.apply(&things.cloned().collect::<Vec<_>>()).unwrap();
        State {
            now: policy.snapshot(),
            has_rules: world.rules().next().is_some(),
            oracle,
            policy,
            bare,
        }
    }

    /// The facts besides the things.
    fn facts(&self) -> impl Iterator<Item = &Change> {
        let facts = self.oracle.facts().iter();
        facts.filter(|fact| !matches!(fact, Change::Add(_)))
    }

    /// Every question of every user, each with up to `seconds` second targets where there are two.
    fn triples(&self, seconds: usize) -> Vec<Question> {
        let questions = questions(&self.oracle, seconds).into_iter();
        let asked = questions.flat_map(|(action, targets)| {
            self.oracle.users().map(move |user| Question {
                user: user.to_owned(),
                action: action.clone(),
                targets: targets.clone(),
            })
        });
        asked.collect()
    }
}

/// A question by names.
#[derive(Debug)]
struct Question {
    user: String,
    action: String,
    targets: Vec<TargetName>,
}

impl Question {
    fn handles(&self, now: &Snapshot) -> (User, Action, Vec<Target>) {
        let user = now.user(&self.user).unwrap();
        let action = now.catalog().action(&self.action).unwrap();
        let targets = self
            .targets
            .iter()
            .map(|name| now.target(&name.to_string()).unwrap());
        (user, action, targets.collect())
    }

    fn is_allowed(&self, now: &Snapshot) -> bool {
        let (user, action, targets) = self.handles(now);
        now.can(user, action, targets.as_slice())
    }

    /// Whether the policy accepts the changes and then answers yes, or `None` where it refuses them.
    fn answer_after(&self, policy: &Policy, changes: &[Change]) -> Option<bool> {
        let after = policy.preview(changes).ok()?;
        Some(self.is_allowed(&after))
    }
}

/// The changes without those whose bit in `mask` is not set.
fn chosen(changes: &[Change], mask: usize) -> Vec<Change> {
    let numbered = changes.iter().enumerate();
    let chosen = numbered.filter(|(nth, _)| mask & (1 << nth) != 0);
    chosen.map(|(_, change)| change.clone()).collect()
}

/// Every subset but the whole, in its order; of a large list only those that lack one.
fn proper_subsets(changes: &[Change]) -> Vec<Vec<Change>> {
    let whole = (1 << changes.len()) - 1;
    match changes.len() {
        0..=8 => (0..whole).map(|mask| chosen(changes, mask)).collect(),
        count => (0..count)
            .map(|nth| chosen(changes, whole & !(1 << nth)))
            .collect(),
    }
}

/// Each of these lists is another set, there are no more than asked for, and they are in order of size.
#[track_caller]
fn check_list(lists: &[&[Change]]) {
    assert!(lists.len() <= LIMIT, "more than {LIMIT}: {lists:?}");
    assert!(
        lists.is_sorted_by_key(|changes| changes.len()),
        "not by size: {lists:?}"
    );
    let sets: BTreeSet<BTreeSet<&Change>> = lists
        .iter()
        .map(|changes| changes.iter().collect())
        .collect();
    assert_eq!(sets.len(), lists.len(), "the same twice: {lists:?}");
}

// ---- What is asked of every question ----

/// An atom as its requirement is spelled.
fn spelled(now: &Snapshot, part: &Part) -> String {
    let catalog = now.catalog();
    let requirement = match &part.shape {
        Shape::Atom(atom) => {
            let permission = catalog.permission_name(atom.permission).unwrap();
            match atom.form {
                Form::Holds => rolecall::holds(permission),
                Form::Within => rolecall::within(permission),
                Form::Above(Targets::Users) => rolecall::above("user", permission),
                Form::Above(Targets::Groups) => rolecall::above("group", permission),
                Form::Above(Targets::Of(kind)) => {
                    rolecall::above(catalog.kind_name(kind).unwrap(), permission)
                }
            }
        }
        Shape::Marked { label, .. } => rolecall::marked(catalog.label_name(*label).unwrap()),
        Shape::Allows { action, .. } => rolecall::allows(catalog.action_name(*action).unwrap()),
        other => panic!("no atom: {other:?}"),
    };
    requirement.to_string()
}

fn explanations_agree(world: &World) -> Result<(), TestCaseError> {
    let state = State::of(world);
    let (now, oracle) = (&state.now, &state.oracle);
    for question in state.triples(3) {
        let (user, action, targets) = question.handles(now);
        let explanation = now.explain(user, action, targets.as_slice()).unwrap();
        let Question {
            user: by,
            action: named,
            targets: about,
        } = &question;

        let answer = oracle.can(by, named, about);
        prop_assert_eq!(
            now.can(user, action, targets.as_slice()),
            answer,
            "{:?}",
            &question
        );
        prop_assert_eq!(explanation.is_allowed(), answer, "{:?}", &question);

        let sources = explanation.sources();
        let names: BTreeSet<GrantName> = sources
            .iter()
            .map(|source| now.grant_name(source.grant).unwrap())
            .collect();
        prop_assert_eq!(
            names.len(),
            sources.len(),
            "a source twice: {:?}",
            &question
        );
        prop_assert_eq!(names, oracle.sources(by, named, about), "{:?}", &question);

        let headline = explanation.headline().map(|headline| {
            let atoms = headline
                .atoms
                .iter()
                .map(|at| explanation.part(at).unwrap());
            let atoms: BTreeSet<_> = atoms
                .map(|part| (spelled(now, part), now.target_name(part.about).unwrap()))
                .collect();
            (headline.kind, atoms)
        });
        // A question that is referred to twice is explained once.
        let reason = oracle.reason(by, named, about).map(|(kind, atoms)| {
            (
                kind,
                atoms
                    .into_iter()
                    .map(|atom| (atom.atom, atom.target))
                    .collect(),
            )
        });
        prop_assert_eq!(headline, reason, "{:?}", &question);

        prop_assert!(
            answer || explanation.minimal_proofs().next().is_none(),
            "{:?}",
            &question
        );
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 100, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn explanations_agree_with_the_oracle_on_generated_worlds(world in worlds()) {
        explanations_agree(&world)?;
    }

    #[test]
    fn explanations_agree_with_the_oracle_after_edits(world in histories()) {
        explanations_agree(&world)?;
    }
}

#[test]
fn explanations_agree_with_the_oracle_on_seeded_worlds() {
    for seed in 0..50 {
        explanations_agree(&World::from_seed(seed, Size::SMALL.with_edits(3))).unwrap();
    }
}

// ---- Proofs ----

/// What a proof cites is recorded, is enough alone, and no fact of it can be spared.
#[track_caller]
fn check_proof(state: &State, question: &Question, facts: &[Change]) {
    for fact in facts {
        assert!(
            !matches!(fact, Change::Add(_)),
            "{question:?} cites a thing: {fact}"
        );
        assert!(
            state.oracle.facts().contains(fact),
            "{question:?} cites what is not recorded: {fact}"
        );
    }
    let answer = |facts: &[Change]| question.answer_after(&state.bare, facts);
    assert_eq!(
        answer(facts),
        Some(true),
        "{question:?} does not stand on {facts:?}"
    );
    for nth in 0..facts.len() {
        let rest = [&facts[..nth], &facts[nth + 1..]].concat();
        assert_eq!(
            answer(&rest),
            Some(false),
            "{question:?} does not need {} of {facts:?}",
            facts[nth]
        );
    }
}

#[test]
fn proofs_are_enough_and_have_nothing_to_spare() {
    let (mut answers, mut proofs) = (0, 0);
    for seed in 0..16 {
        let state = State::of(&World::from_seed(seed, Size::SMALL.with_edits(2)));
        for question in state
            .triples(2)
            .iter()
            .step_by(2)
            .filter(|it| it.is_allowed(&state.now))
        {
            let (user, action, targets) = question.handles(&state.now);
            let explanation = state.now.explain(user, action, targets.as_slice()).unwrap();
            let mut seen = BTreeSet::new();
            for proof in explanation.minimal_proofs().take(PROOFS) {
                check_proof(&state, question, proof.facts());
                let facts: BTreeSet<Change> = proof.facts().iter().cloned().collect();
                assert!(
                    seen.insert(facts),
                    "{question:?} has a proof twice: {:?}",
                    proof.facts()
                );
            }
            assert!(!seen.is_empty(), "{question:?} has no proof");
            answers += 1;
            proofs += seen.len();
        }
    }
    println!("{proofs} proofs of {answers} answers");
    assert!(answers >= 500 && proofs > answers, "too few were tried");
}

// ---- Nearest changes ----

/// Single changes of the sorts that nearest changes are made of, about what the question is about.
fn single_changes(state: &State, question: &Question) -> Vec<Change> {
    let mut changes = Vec::new();
    let user = SubjectName::User(question.user.clone());
    let at = question
        .targets
        .iter()
        .flat_map(|target| state.oracle.at(target));
    let named = at.filter_map(|target| match target {
        TargetName::Place(place) => Some(place),
        TargetName::Platform => None,
    });
    let places: BTreeSet<PlaceName> = named.collect();
    for permission in state.oracle.permissions() {
        let scopes = places
            .iter()
            .cloned()
            .map(ScopeName::This)
            .chain([ScopeName::Platform]);
        changes.extend(scopes.map(|scope| {
            Change::Grant(GrantName {
                effect: Effect::Allow,
                subject: user.clone(),
                what: WhatName::Permission(permission.to_owned()),
                scope,
            })
        }));
    }
    // The asker joins a group, or a target that is a user does.
    let mut joining = BTreeSet::from([question.user.clone()]);
    joining.extend(question.targets.iter().filter_map(|target| match target {
        TargetName::Place(PlaceName::User(name)) => Some(name.clone()),
        _ => None,
    }));
    for user in joining {
        changes.extend(state.oracle.groups().map(|group| Change::AddMember {
            user: user.clone(),
            group: group.to_owned(),
        }));
    }
    for target in &question.targets {
        let TargetName::Place(place) = target else {
            continue;
        };
        let labels = state
            .now
            .catalog()
            .declarations()
            .iter()
            .filter_map(|it| match it {
                Declaration::Label { name, .. } => Some(name.clone()),
                _ => None,
            });
        changes.extend(labels.map(|label| Change::AddLabel {
            place: place.clone(),
            label,
        }));
        let PlaceName::Resource { kind, name } = place else {
            continue;
        };
        let into = state
            .oracle
            .targets()
            .into_iter()
            .filter_map(|target| match target {
                TargetName::Place(place) => Some(place),
                TargetName::Platform => None,
            });
        changes.extend(into.map(|place| Change::Place {
            kind: kind.clone(),
            resource: name.clone(),
            place,
        }));
    }
    let denies = state.facts().filter_map(|fact| match fact {
        Change::Grant(grant) if grant.effect == Effect::Deny => Some(Change::Revoke(grant.clone())),
        _ => None,
    });
    changes.extend(denies);
    changes
}

#[test]
fn nearest_changes_are_accepted_are_enough_and_have_nothing_to_spare() {
    let (mut answers, mut none, mut several) = (0, 0, 0);
    for seed in 100..110 {
        let state = State::of(&World::from_seed(seed, Size::SMALL.with_edits(2)));
        for question in state
            .triples(1)
            .iter()
            .step_by(5)
            .filter(|it| !it.is_allowed(&state.now))
        {
            let (user, action, targets) = question.handles(&state.now);
            let nearest = state
                .now
                .nearest_changes(user, action, targets.as_slice(), LIMIT)
                .unwrap();
            let lists: Vec<&[Change]> = nearest.iter().map(|it| it.changes()).collect();
            check_list(&lists);
            let answer = |changes: &[Change]| question.answer_after(&state.policy, changes);
            for changes in &lists {
                assert_eq!(answer(changes), Some(true), "{question:?}: {changes:?}");
                for fewer in proper_subsets(changes) {
                    assert_ne!(
                        answer(&fewer),
                        Some(true),
                        "{question:?}: of {changes:?} it is enough to {fewer:?}"
                    );
                }
            }
            // Where one change is enough, the first answer is one change.
            if lists.first().is_none_or(|changes| changes.len() > 1) {
                let enough = single_changes(&state, question).into_iter();
                let enough =
                    enough.filter(|change| answer(std::slice::from_ref(change)) == Some(true));
                assert_eq!(enough.collect::<Vec<_>>(), [], "{question:?}: {lists:?}");
            }
            answers += 1;
            none += usize::from(lists.is_empty());
            several += usize::from(lists.first().is_some_and(|changes| changes.len() > 1));
        }
    }
    println!(
        "{answers} answers, {none} that nothing would change, {several} that need several changes"
    );
    assert!(
        answers >= 500 && none * 2 < answers && several > 0,
        "too few were tried"
    );
}

// ---- Revoke plans ----

/// Every choice of `count` of these.
fn choices<'a>(of: &[&'a Change], count: usize) -> Vec<Vec<&'a Change>> {
    match (count, of.split_first()) {
        (0, _) => vec![Vec::new()],
        (_, None) => Vec::new(),
        (_, Some((first, rest))) => {
            let mut with = choices(rest, count - 1);
            with.iter_mut().for_each(|choice| choice.push(first));
            with.extend(choices(rest, count));
            with
        }
    }
}

/// How many states are previewed, at the most, to see that no smaller set of facts will do.
const PREVIEWS: usize = 2_000;

/// Whether no `count` facts of the state can go so that the answer is no; `None` where there are too many choices to try.
fn none_of_size(state: &State, question: &Question, count: usize) -> Option<bool> {
    let facts: Vec<&Change> = state.facts().collect();
    let choose = (0..count).fold(1_usize, |product, nth| {
        product.saturating_mul(facts.len() - nth.min(facts.len())) / (nth + 1)
    });
    if choose > PREVIEWS {
        return None;
    }
    let removed = |choice: &Vec<&Change>| -> Vec<Change> {
        choice.iter().filter_map(|fact| fact.inverse()).collect()
    };
    let mut choices = choices(&facts, count).into_iter();
    Some(
        !choices
            .any(|choice| question.answer_after(&state.policy, &removed(&choice)) == Some(false)),
    )
}

#[test]
fn revoke_plans_are_accepted_are_enough_and_have_nothing_to_spare() {
    let (mut answers, mut none, mut proved) = (0, 0, 0);
    for seed in 200..210 {
        let state = State::of(&World::from_seed(seed, Size::SMALL.with_edits(2)));
        for question in state
            .triples(1)
            .iter()
            .step_by(5)
            .filter(|it| it.is_allowed(&state.now))
        {
            let (user, action, targets) = question.handles(&state.now);
            let plans = state
                .now
                .revoke_plans(user, action, targets.as_slice(), LIMIT)
                .unwrap();
            let lists: Vec<&[Change]> = plans.iter().map(|it| it.changes()).collect();
            check_list(&lists);
            let answer = |changes: &[Change]| question.answer_after(&state.policy, changes);
            for changes in &lists {
                assert_eq!(answer(changes), Some(false), "{question:?}: {changes:?}");
                for fewer in proper_subsets(changes) {
                    assert_ne!(
                        answer(&fewer),
                        Some(false),
                        "{question:?}: of {changes:?} it is enough to {fewer:?}"
                    );
                }
            }
            // Every yes stands on facts that could go; only rules can keep them all.
            assert!(
                state.has_rules || !lists.is_empty(),
                "{question:?} has no plan"
            );
            if let Some(smaller) = lists
                .first()
                .and_then(|changes| changes.len().checked_sub(1))
            {
                let least = none_of_size(&state, question, smaller);
                assert_ne!(
                    least,
                    Some(false),
                    "{question:?}: {smaller} facts are enough, not {:?}",
                    lists[0]
                );
                proved += usize::from(smaller > 0 && least == Some(true));
            }
            answers += 1;
            none += usize::from(lists.is_empty());
        }
    }
    println!("{answers} answers, {none} without a plan, {proved} least plans of several facts");
    assert!(
        answers >= 100 && none * 4 < answers && proved > 0,
        "too few were tried"
    );
}
