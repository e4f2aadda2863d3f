//! The second witness: section 2 of the design as Datalog, clause by clause.
//!
//! Facts, formulas and rules become numbered terms; everything that follows from them is derived by rules. Requirements are relations over
//! the nodes of the formula. Since only what is asked is derived, `need` and `wanted` say what a question leads to: which node is needed about
//! which target, and which permission is wanted at which place.

use std::collections::{BTreeMap, BTreeSet};

use ascent::ascent;
use rolecall::{
    Asked, Change, Condition, Counted, CountedAt, Declaration, Effect, Granted, HowMany, PlaceName,
    Requirement, ScopeName, StateRule, SubjectKind, SubjectName, TargetName, ThingName, WhatName,
};

/// A place or the platform, by number. A user asked for is the number of the place that the user is.
type Place = u32;
/// A word of the vocabulary or a role, by number.
type Word = u32;
/// A node of a formula.
type Node = u32;
/// The place of a rule among the rules.
type Rule = usize;

const PLATFORM: Place = 0;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Subject {
    User(Place),
    Group(Place),
    Everyone,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum What {
    Permission(Word),
    Role(Word),
    Everything,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Scope {
    Platform,
    This(Place),
    Underlying(Place),
    /// The label, and the group that bounds it or the platform.
    Labelled(Word, Place),
    Oneself,
}

impl Subject {
    fn kind(self) -> SubjectKind {
        match self {
            Subject::User(_) => SubjectKind::User,
            Subject::Group(_) => SubjectKind::Group,
            Subject::Everyone => SubjectKind::Everyone,
        }
    }
}

/// An action and its targets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Question {
    action: Word,
    targets: [Place; 3],
    count: usize,
}

impl Question {
    fn of(action: Word, asked: &[Place]) -> Self {
        let mut targets = [PLATFORM; 3];
        targets[..asked.len()].copy_from_slice(asked);
        Question {
            action,
            targets,
            count: asked.len(),
        }
    }

    fn targets(self) -> impl Iterator<Item = Place> {
        self.targets.into_iter().take(self.count)
    }

    fn asked(self, asked: Asked) -> Option<Place> {
        match asked {
            Asked::Platform => Some(PLATFORM),
            Asked::Nth(n) => self.targets().nth(n),
        }
    }
}

ascent! {
    struct Meaning;

    // Facts.
    relation user(Place);
    relation group(Place);
    relation target(Place);
    relation of_kind(Place, Word);
    relation member(Place, Place);
    relation parent(Place, Place);
    relation placed(Place, Place);
    relation has_label(Place, Word);
    relation permission(Word);
    relation in_role(Word, Word);
    relation includes(Word, Word);
    relation grant(Effect, Subject, What, Scope);

    // Who holds.
    relation holds_as(Place, Subject);
    holds_as(u, Subject::User(*u)) <-- user(u);
    holds_as(u, Subject::Everyone) <-- user(u);
    holds_as(u, Subject::Group(*g)) <-- member(u, g);
    holds_as(u, Subject::Group(*p)) <-- holds_as(u, ?Subject::Group(g)), parent(g, p);

    // Where a target sits. Only resources are placed, and only users have memberships, so `member(t, g)` says that t is a user.
    relation at(Place, Place);
    at(t, t) <-- target(t);
    at(t, p) <-- at(t, x), placed(x, p);
    at(t, g) <-- member(t, g);
    relation under(Place, Place);
    under(t, p) <-- at(t, p);
    under(t, p) <-- under(t, g), parent(g, p);
    under(t, PLATFORM) <-- target(t);

    // covers(scope, u, t) for the scopes that do not look at u; `oneself` is covers_own(u, t).
    relation covers(Scope, Place);
    covers(Scope::Platform, t) <-- target(t);
    covers(Scope::This(*p), t) <-- at(t, p), if *p != PLATFORM;
    covers(Scope::Underlying(*g), t) <-- under(t, g), group(g);
    covers(Scope::Labelled(*l, *b), t) <-- at(t, p), has_label(p, l), under(p, b);
    relation covers_own(Place, Place);
    covers_own(u, t) <-- at(t, u), user(u);

    relation gives(What, Word);
    gives(What::Permission(*p), p) <-- permission(p);
    gives(What::Role(*r), p) <-- in_role(r, p);
    gives(What::Role(*r), p) <-- includes(r, other), gives(What::Role(*other), p);
    gives(What::Everything, p) <-- permission(p);

    relation held(Place, Effect, What, Scope);
    held(u, e, w, scope) <-- holds_as(u, s), grant(e, s, w, scope);

    // What the questions lead to.
    relation wanted(Word, Place);
    relation allowed(Place, Word, Place);
    allowed(u, p, t) <-- wanted(p, t), gives(w, p), covers(scope, t), held(u, Effect::Allow, w, scope);
    allowed(u, p, t) <-- wanted(p, t), gives(w, p), covers_own(u, t), held(u, Effect::Allow, w, Scope::Oneself);
    relation denied(Place, Word, Place);
    denied(u, p, t) <-- wanted(p, t), gives(w, p), covers(scope, t), held(u, Effect::Deny, w, scope);
    denied(u, p, t) <-- wanted(p, t), gives(w, p), covers_own(u, t), held(u, Effect::Deny, w, Scope::Oneself);
    relation holds(Place, Word, Place);
    holds(u, p, t) <-- allowed(u, p, t), !denied(u, p, t);

    // Formulas.
    relation requirement(Word, usize, Node);
    relation node_holds(Node, Word);
    relation node_above(Node, Word, Word);
    relation node_within(Node, Word);
    relation node_marked(Node, Word);
    relation node_allows(Node, Word);
    relation node_all(Node, usize);
    relation node_any(Node);
    relation node_on(Node, Asked, Node);
    relation part(Node, usize, Node);

    // need(q, t, n): for question q, is n true of t?
    relation question(Question);
    relation need(Question, Place, Node);
    need(q, q.targets[0], n) <-- question(q), requirement(q.action, _, n);
    need(q, t, m) <-- need(q, t, n), part(n, _, m);
    need(q, x, m) <-- need(q, t, n), node_on(n, asked, m), if let Some(x) = q.asked(*asked);
    relation inner(Question, Place, Node, Question);
    inner(q, t, n, Question::of(*a, &[*t])) <-- need(q, t, n), node_allows(n, a), requirement(a, 1, _);
    inner(q, t, n, Question { action: *a, ..*q }) <-- need(q, t, n), node_allows(n, a), requirement(a, count, _), if *count > 1;
    question(other) <-- inner(_, _, _, other);

    wanted(p, t) <-- need(_, t, n), node_holds(n, p);
    wanted(p, x) <-- need(_, t, n), node_above(n, k, p), at(t, x), of_kind(x, k);
    wanted(p, t) <-- need(_, t, n), node_within(n, p);
    wanted(p, x) <-- need(_, t, n), node_within(n, p), under(x, t), names(_, x);
    wanted(q.action, t) <-- question(q), permission(q.action), for t in q.targets();

    // names(scope, x): the scope is `this` or `underlying` of x.
    relation names(Scope, Place);
    names(scope, x) <-- grant(_, _, _, scope), if let Scope::This(x) | Scope::Underlying(x) = scope;

    relation is_true(Place, Question, Place, Node);
    is_true(u, q, t, n) <-- need(q, t, n), node_holds(n, p), holds(u, p, t);
    is_true(u, q, t, n) <-- need(q, t, n), node_above(n, k, p), at(t, x), of_kind(x, k), holds(u, p, x);
    is_true(u, q, t, n) <-- need(q, t, n), node_within(n, p), holds(u, p, t);
    is_true(u, q, t, n) <-- need(q, t, n), node_within(n, p), under(x, t), holds(u, p, x),
        names(scope, x), gives(w, p), held(u, Effect::Allow, w, scope);
    is_true(u, q, t, n) <-- need(q, t, n), node_marked(n, l), has_label(t, l), user(u);
    is_true(u, q, t, n) <-- inner(q, t, n, other), can(u, other);
    is_true(u, q, t, n) <-- need(q, t, n), node_any(n), part(n, _, m), is_true(u, q, t, m);
    is_true(u, q, t, n) <-- need(q, t, n), node_on(n, asked, m), if let Some(x) = q.asked(*asked), is_true(u, q, x, m);
    // true_before(u, q, t, n, i): the first i parts of n are true.
    relation true_before(Place, Question, Place, Node, usize);
    true_before(u, q, t, n, 1) <-- need(q, t, n), node_all(n, _), part(n, 0, m), is_true(u, q, t, m);
    true_before(u, q, t, n, i + 1) <-- true_before(u, q, t, n, i), part(n, i, m), is_true(u, q, t, m);
    is_true(u, q, t, n) <-- node_all(n, count), true_before(u, q, t, n, count);

    relation blocked(Place, Question);
    blocked(u, q) <-- question(q), for t in q.targets(), covers(scope, t), held(u, Effect::Deny, What::Everything, scope);
    blocked(u, q) <-- question(q), for t in q.targets(), covers_own(u, t), held(u, Effect::Deny, What::Everything, Scope::Oneself);
    blocked(u, q) <-- question(q), permission(q.action), for t in q.targets(), denied(u, q.action, t);

    relation can(Place, Question);
    can(u, q) <-- question(q), requirement(q.action, q.count, n), is_true(u, q, q.targets[0], n), !blocked(u, q);

    // Rules, by their number.
    relation role(Word);
    // role_is(r, q): r is q or includes it.
    relation role_is(Word, Word);
    role_is(r, r) <-- role(r);
    role_is(r, q) <-- includes(r, m), role_is(m, q);
    relation holds_role(Place, Word, Scope);
    holds_role(u, q, scope) <-- held(u, Effect::Allow, ?What::Role(r), scope), role_is(r, q);
    relation has_role(Place, Word);
    has_role(u, q) <-- holds_role(u, q, _);

    // What a grant rule speaks of. given(r, p): p was given to r at run time.
    relation of_role(Rule, Word);
    relation of_permission(Rule, Word);
    relation given(Word, Word);
    relation speaks(Rule, What);
    speaks(k, What::Role(*r)) <-- of_role(k, q), role_is(r, q);
    speaks(k, What::Permission(*p)) <-- of_permission(k, p);
    speaks(k, What::Role(*r)) <-- of_permission(k, p), given(m, p), role_is(r, m);
    relation instance(Rule, Subject, Scope);
    instance(k, s, scope) <-- speaks(k, w), grant(Effect::Allow, s, w, scope);

    relation broken(Rule);
    relation needs(Rule, Word);
    broken(k) <-- needs(k, q), instance(k, s, _), holds_as(u, s), !has_role(u, q);
    relation only_to(Rule);
    relation admits(Rule, SubjectKind);
    broken(k) <-- only_to(k), instance(k, s, _), !admits(k, s.kind());
    relation only_at(Rule);
    relation admits_platform(Rule);
    relation admits_kind(Rule, Word);
    relation fits(Rule, Scope);
    fits(k, Scope::Platform) <-- admits_platform(k);
    fits(k, scope) <-- admits_kind(k, kind), names(scope, x), of_kind(x, kind);
    broken(k) <-- only_at(k), instance(k, _, scope), !fits(k, scope);
    relation only_where(Rule, Word);
    relation stands(Word, Scope);
    stands(l, scope) <-- names(scope, x), under(x, p), has_label(p, l);
    broken(k) <-- only_where(k, l), instance(k, _, scope), !stands(l, scope);
    relation only_over_active(Rule);
    relation inactive(Place);
    inactive(u) <-- user(u), covers(scope, u), held(u, Effect::Deny, What::Everything, scope);
    inactive(u) <-- covers_own(u, t), if u == t, held(u, Effect::Deny, What::Everything, Scope::Oneself);
    broken(k) <-- only_over_active(k), instance(k, _, ?Scope::This(over)), inactive(over);
    relation scoped(Rule);
    broken(k) <-- scoped(k), instance(k, _, Scope::Platform);

    // State rules: where is counted, and who.
    relation spot(Rule, Place);
    relation counted(Rule, Place, Place);
    relation holders(Rule, Word);
    spot(k, PLATFORM) <-- holders(k, _);
    counted(k, PLATFORM, u) <-- holders(k, q), has_role(u, q);
    relation holders_at(Rule, Word, Word);
    spot(k, t) <-- holders_at(k, _, l), has_label(t, l);
    counted(k, t, u) <-- holders_at(k, q, l), has_label(t, l), covers(scope, t), holds_role(u, q, scope);
    counted(k, t, u) <-- holders_at(k, q, l), has_label(t, l), covers_own(u, t), holds_role(u, q, Scope::Oneself);
    relation able(Rule, Word);
    spot(k, PLATFORM) <-- able(k, _);
    question(Question::of(*a, &[PLATFORM])) <-- able(_, a);
    counted(k, PLATFORM, u) <-- able(k, a), can(u, Question::of(*a, &[PLATFORM]));
    relation able_at(Rule, Word, Word);
    spot(k, t) <-- able_at(k, _, l), has_label(t, l);
    question(Question::of(*a, &[*t])) <-- able_at(_, a, l), has_label(t, l);
    counted(k, t, u) <-- able_at(k, a, l), has_label(t, l), can(u, Question::of(*a, &[*t]));
    relation at_least_one(Rule);
    relation at_most_one(Rule);
    relation somebody(Rule, Place);
    somebody(k, t) <-- counted(k, t, _);
    broken(k) <-- at_least_one(k), spot(k, t), !somebody(k, t);
    broken(k) <-- at_most_one(k), counted(k, t, u), counted(k, t, v), if u != v;
    relation every_user(Rule);
    relation every_holder(Rule, Word);
    relation one_of(Rule, Word);
    relation has_one_of(Rule, Place);
    has_one_of(k, u) <-- one_of(k, q), has_role(u, q);
    broken(k) <-- every_user(k), user(u), !has_one_of(k, u);
    broken(k) <-- every_holder(k, q), has_role(u, q), !has_one_of(k, u);
    relation never_both(Rule, Word, Word);
    broken(k) <-- never_both(k, one, other), has_role(u, one), has_role(u, other);
}

/// Numbers for names.
#[derive(Default)]
struct Numbers {
    places: BTreeMap<TargetName, Place>,
    words: BTreeMap<(&'static str, String), Word>,
    nodes: Node,
}

impl Numbers {
    fn place(&mut self, place: TargetName) -> Place {
        let next = self.places.len() as Place;
        *self.places.entry(place).or_insert(next)
    }

    fn user(&mut self, name: &str) -> Place {
        self.place(TargetName::Place(PlaceName::user(name)))
    }

    fn group(&mut self, name: &str) -> Place {
        self.place(TargetName::Place(PlaceName::group(name)))
    }

    fn word(&mut self, space: &'static str, name: &str) -> Word {
        let next = self.words.len() as Word;
        *self.words.entry((space, name.to_owned())).or_insert(next)
    }

    fn what(&mut self, what: &WhatName) -> What {
        match what {
            WhatName::Permission(name) => What::Permission(self.word("action", name)),
            WhatName::Role(name) => What::Role(self.word("role", name)),
            WhatName::Everything => What::Everything,
        }
    }

    fn subject(&mut self, subject: &SubjectName) -> Subject {
        match subject {
            SubjectName::User(name) => Subject::User(self.user(name)),
            SubjectName::Group(name) => Subject::Group(self.group(name)),
            SubjectName::Everyone => Subject::Everyone,
        }
    }

    fn scope(&mut self, scope: &ScopeName) -> Scope {
        match scope {
            ScopeName::Platform => Scope::Platform,
            ScopeName::This(place) => Scope::This(self.place(TargetName::Place(place.clone()))),
            ScopeName::Underlying(group) => Scope::Underlying(self.group(group)),
            ScopeName::Labelled { label, within } => {
                let bound = within.as_ref().map_or(PLATFORM, |group| self.group(group));
                Scope::Labelled(self.word("label", label), bound)
            }
            ScopeName::Oneself => Scope::Oneself,
        }
    }
}

/// Users, actions and targets, as answers of this witness name them.
pub(crate) type Answers = BTreeSet<(String, String, Vec<TargetName>)>;

/// Who can do what among these questions (actions with their targets), by the rules above.
///
/// `facts` are changes that each add one fact; questions with an unknown name or a wrong number of targets have no answer.
pub(crate) fn answers<'a>(
    declarations: &[Declaration],
    facts: impl IntoIterator<Item = &'a Change>,
    questions: &[(String, Vec<TargetName>)],
) -> Answers {
    let mut numbers = Numbers::default();
    let mut meaning = Meaning::default();
    assert_eq!(numbers.place(TargetName::Platform), PLATFORM);
    meaning.target.push((PLATFORM,));
    declare(&mut numbers, &mut meaning, declarations);
    for fact in facts {
        record(&mut numbers, &mut meaning, fact);
    }
    let mut asked = Vec::new();
    for (at, (action, targets)) in questions.iter().enumerate() {
        let known = targets
            .iter()
            .map(|target| numbers.places.get(target).copied());
        let Some(targets) = known.collect::<Option<Vec<Place>>>() else {
            continue;
        };
        let question = Question::of(numbers.word("action", action), &targets);
        meaning.question.push((question,));
        asked.push((question, at));
    }
    meaning.run();
    let names: BTreeMap<Place, &str> = numbers
        .places
        .iter()
        .filter_map(|(name, place)| match name {
            TargetName::Place(PlaceName::User(name)) => Some((*place, name.as_str())),
            _ => None,
        })
        .collect();
    let mut who: std::collections::HashMap<Question, Vec<Place>> = std::collections::HashMap::new();
    for (user, question) in &meaning.can {
        who.entry(*question).or_default().push(*user);
    }
    let mut answers = Answers::new();
    for (question, at) in asked {
        let (action, targets) = &questions[at];
        for user in who.get(&question).into_iter().flatten() {
            answers.insert((names[user].to_owned(), action.clone(), targets.clone()));
        }
    }
    answers
}

/// The rules that the facts break, in the order of the declarations. For a grant rule that is any grant that does not comply.
pub(crate) fn broken<'a>(
    declarations: &[Declaration],
    facts: impl IntoIterator<Item = &'a Change>,
) -> Vec<rolecall::Rule> {
    let mut numbers = Numbers::default();
    let mut meaning = Meaning::default();
    assert_eq!(numbers.place(TargetName::Platform), PLATFORM);
    meaning.target.push((PLATFORM,));
    declare(&mut numbers, &mut meaning, declarations);
    for fact in facts {
        record(&mut numbers, &mut meaning, fact);
        match fact {
            Change::Add(ThingName::Role(name)) => meaning.role.push((numbers.word("role", name),)),
            Change::AddToRole { role, permission } => {
                let permission = numbers.word("action", permission);
                meaning.given.push((numbers.word("role", role), permission));
            }
            _ => {}
        }
    }
    let mut rules: Vec<&rolecall::Rule> = Vec::new();
    for declaration in declarations {
        match declaration {
            Declaration::Role { name, .. } => meaning.role.push((numbers.word("role", name),)),
            Declaration::Rule(rule) => {
                demand(&mut numbers, &mut meaning, rules.len(), rule);
                rules.push(rule);
            }
            _ => {}
        }
    }
    meaning.run();
    let broken: BTreeSet<Rule> = meaning.broken.iter().map(|(rule,)| *rule).collect();
    broken.into_iter().map(|rule| rules[rule].clone()).collect()
}

fn demand(numbers: &mut Numbers, meaning: &mut Meaning, k: Rule, rule: &rolecall::Rule) {
    match rule {
        rolecall::Rule::State(StateRule::Count { how_many, of, at }) => {
            if *how_many != HowMany::AtMostOne {
                meaning.at_least_one.push((k,));
            }
            if *how_many != HowMany::AtLeastOne {
                meaning.at_most_one.push((k,));
            }
            match (of, at) {
                (Counted::Holders(role), CountedAt::Platform) => {
                    meaning.holders.push((k, numbers.word("role", role)));
                }
                (Counted::Holders(role), CountedAt::EachMarked(label)) => {
                    let role = numbers.word("role", role);
                    let label = numbers.word("label", label);
                    meaning.holders_at.push((k, role, label));
                }
                (Counted::Able(action), CountedAt::Platform) => {
                    meaning.able.push((k, numbers.word("action", action)));
                }
                (Counted::Able(action), CountedAt::EachMarked(label)) => {
                    let action = numbers.word("action", action);
                    let label = numbers.word("label", label);
                    meaning.able_at.push((k, action, label));
                }
            }
        }
        rolecall::Rule::State(StateRule::AtLeastOne { holder, roles }) => {
            match holder {
                Some(holder) => meaning.every_holder.push((k, numbers.word("role", holder))),
                None => meaning.every_user.push((k,)),
            }
            for role in roles {
                meaning.one_of.push((k, numbers.word("role", role)));
            }
        }
        rolecall::Rule::State(StateRule::NeverBoth { roles }) => {
            let [one, other] = roles.each_ref().map(|role| numbers.word("role", role));
            meaning.never_both.push((k, one, other));
        }
        rolecall::Rule::State(other) => panic!("no rule for {other:?}"),
        rolecall::Rule::Grant(rule) => {
            match &rule.what {
                Granted::Role(role) => meaning.of_role.push((k, numbers.word("role", role))),
                Granted::Permission(permission) => {
                    meaning
                        .of_permission
                        .push((k, numbers.word("action", permission)));
                }
            }
            match &rule.condition {
                Condition::HolderOf { role } => {
                    meaning.needs.push((k, numbers.word("role", role)));
                }
                Condition::Subjects(sorts) => {
                    meaning.only_to.push((k,));
                    meaning.admits.extend(sorts.iter().map(|sort| (k, *sort)));
                }
                Condition::Places(kinds) => {
                    meaning.only_at.push((k,));
                    for kind in kinds {
                        match kind.as_str() {
                            "platform" => meaning.admits_platform.push((k,)),
                            kind => meaning.admits_kind.push((k, numbers.word("kind", kind))),
                        }
                    }
                }
                Condition::Marked { label } => {
                    meaning.only_where.push((k, numbers.word("label", label)));
                }
                Condition::Active => meaning.only_over_active.push((k,)),
                Condition::Scoped => meaning.scoped.push((k,)),
                other => panic!("no rule for {other:?}"),
            }
        }
    }
}

fn declare(numbers: &mut Numbers, meaning: &mut Meaning, declarations: &[Declaration]) {
    let mut redeclared = BTreeSet::new();
    for declaration in declarations {
        match declaration {
            Declaration::Permission { name, .. } => {
                meaning.permission.push((numbers.word("action", name),));
            }
            Declaration::Action {
                name,
                targets,
                requirement,
            } => {
                redeclared.insert(name);
                let node = formula(numbers, meaning, requirement);
                meaning
                    .requirement
                    .push((numbers.word("action", name), *targets, node));
            }
            Declaration::Role {
                name,
                permissions,
                includes,
            } => {
                let role = numbers.word("role", name);
                for permission in permissions {
                    meaning
                        .in_role
                        .push((role, numbers.word("action", permission)));
                }
                for included in includes {
                    meaning
                        .includes
                        .push((role, numbers.word("role", included)));
                }
            }
            _ => {}
        }
    }
    for declaration in declarations {
        if let Declaration::Permission { name, .. } = declaration
            && !redeclared.contains(name)
        {
            let node = formula(numbers, meaning, &Requirement::Holds(name.clone()));
            meaning
                .requirement
                .push((numbers.word("action", name), 1, node));
        }
    }
}

fn formula(numbers: &mut Numbers, meaning: &mut Meaning, requirement: &Requirement) -> Node {
    numbers.nodes += 1;
    let node = numbers.nodes;
    let parts: Vec<&Requirement> = match requirement {
        Requirement::Holds(permission) => {
            meaning
                .node_holds
                .push((node, numbers.word("action", permission)));
            vec![]
        }
        Requirement::Above { kind, permission } => {
            let (kind, permission) = (
                numbers.word("kind", kind),
                numbers.word("action", permission),
            );
            meaning.node_above.push((node, kind, permission));
            vec![]
        }
        Requirement::Within(permission) => {
            meaning
                .node_within
                .push((node, numbers.word("action", permission)));
            vec![]
        }
        Requirement::Marked(label) => {
            meaning
                .node_marked
                .push((node, numbers.word("label", label)));
            vec![]
        }
        Requirement::Allows(action) => {
            meaning
                .node_allows
                .push((node, numbers.word("action", action)));
            vec![]
        }
        Requirement::All(parts) => {
            meaning.node_all.push((node, parts.len()));
            parts.iter().collect()
        }
        Requirement::With(main, companions) => {
            meaning.node_all.push((node, 1 + companions.len()));
            std::iter::once(&**main).chain(companions).collect()
        }
        Requirement::Any(parts) => {
            meaning.node_any.push((node,));
            parts.iter().collect()
        }
        Requirement::On(asked, part) => {
            let part = formula(numbers, meaning, part);
            meaning.node_on.push((node, *asked, part));
            vec![]
        }
        other => panic!("no rule for {other}"),
    };
    for (at, part) in parts.into_iter().enumerate() {
        let part = formula(numbers, meaning, part);
        meaning.part.push((node, at, part));
    }
    node
}

fn record(numbers: &mut Numbers, meaning: &mut Meaning, fact: &Change) {
    let place = |place: &PlaceName| TargetName::Place(place.clone());
    match fact {
        Change::Add(ThingName::User(name)) => {
            let user = numbers.user(name);
            meaning.user.push((user,));
            meaning.target.push((user,));
            meaning.of_kind.push((user, numbers.word("kind", "user")));
        }
        Change::Add(ThingName::Group(name)) => {
            let group = numbers.group(name);
            meaning.group.push((group,));
            meaning.target.push((group,));
            meaning.of_kind.push((group, numbers.word("kind", "group")));
        }
        Change::Add(ThingName::Resource { kind, name }) => {
            let resource = numbers.place(place(&PlaceName::resource(kind, name)));
            meaning.target.push((resource,));
            meaning.of_kind.push((resource, numbers.word("kind", kind)));
        }
        Change::Add(ThingName::Role(_)) => {}
        Change::AddMember { user, group } => {
            meaning
                .member
                .push((numbers.user(user), numbers.group(group)));
        }
        Change::Attach { group, parent } => {
            meaning
                .parent
                .push((numbers.group(group), numbers.group(parent)));
        }
        Change::Place {
            kind,
            resource,
            place: within,
        } => {
            let resource = numbers.place(place(&PlaceName::resource(kind, resource)));
            meaning
                .placed
                .push((resource, numbers.place(place(within))));
        }
        Change::AddLabel {
            place: carrier,
            label,
        } => {
            let carrier = numbers.place(place(carrier));
            meaning
                .has_label
                .push((carrier, numbers.word("label", label)));
        }
        Change::AddToRole { role, permission } => {
            let role = numbers.word("role", role);
            meaning
                .in_role
                .push((role, numbers.word("action", permission)));
        }
        Change::IncludeRole { role, included } => {
            let role = numbers.word("role", role);
            meaning
                .includes
                .push((role, numbers.word("role", included)));
        }
        Change::Grant(grant) => {
            let (subject, scope) = (numbers.subject(&grant.subject), numbers.scope(&grant.scope));
            meaning
                .grant
                .push((grant.effect, subject, numbers.what(&grant.what), scope));
        }
        other => panic!("`{other}` is not a fact"),
    }
}
