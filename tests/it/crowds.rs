//! Users and resources in few groups and in many, long and short lists of keys: whatever the engine keeps in one piece for them follows
//! every edit.
//!
//! The generated worlds are small, so nothing in them is in more than a few groups. Here everyone comes into up to sixteen and leaves them
//! again, one edit at a time, and after each the quick ways to ask, a rebuild and the oracle are compared on every question.

use rolecall::testing::Oracle;
use rolecall::{
    Change, Declaration, Effect, Grant, GrantName, PlaceName, Scope, ScopeName, SubjectName,
    Target, WhatName, all, any, holds, marked, on,
};

use crate::engine::{self, declare_label, declare_permission};
use crate::witnesses::{oracle_answers, questions};

const USERS: usize = 4;
const SESSIONS: usize = 3;
const PERMISSIONS: usize = 3;

/// How large a world is and how it begins.
struct Shape {
    groups: usize,
    /// How many groups each user is in at first.
    of_users: [usize; USERS],
    /// How many groups each session is in at first.
    of_sessions: [usize; SESSIONS],
    /// Whether each group is below the next one, and every one of them the scope of something.
    is_deep: bool,
    /// How many facts besides there are at first.
    facts: usize,
    edits: usize,
    /// How often at least someone comes into many groups or leaves them.
    crossings: usize,
    /// In how many scopes at least someone holds a permission.
    scopes: usize,
}

/// They begin around the number of groups from which on all are kept in one piece.
const CROSSING: Shape = Shape {
    groups: 16,
    of_users: [9, 8, 4, 11],
    of_sessions: [9, 2, 10],
    is_deep: false,
    facts: 0,
    edits: 260,
    crossings: 2,
    scopes: 0,
};

/// The keys of one permission, and those that cover one session, are more than a short list has.
const WIDE: Shape = Shape {
    groups: 60,
    of_users: [55, 3, 9, 8],
    of_sessions: [58, 2, 9],
    is_deep: false,
    facts: 1_500,
    edits: 40,
    crossings: 0,
    scopes: 33,
};

/// Many keys cover whatever is anywhere, while most users hold little and are in few groups.
const DEEP: Shape = Shape {
    groups: 40,
    of_users: [1, 2, 3, 1],
    of_sessions: [1, 2, 3],
    is_deep: true,
    facts: 30,
    edits: 40,
    crossings: 0,
    scopes: 10,
};

/// Small numbers without a pattern.
struct Draw {
    state: u64,
    groups: usize,
}

impl Draw {
    fn below(&mut self, bound: usize) -> usize {
        self.state = self
            .state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.state >> 33) as usize % bound
    }

    fn group(&mut self) -> String {
        format!("g{}", self.below(self.groups))
    }

    fn user(&mut self) -> String {
        format!("u{}", self.below(USERS))
    }

    fn session(&mut self) -> String {
        format!("s{}", self.below(SESSIONS))
    }

    fn permission(&mut self) -> String {
        format!("p{}", self.below(PERMISSIONS))
    }

    fn place(&mut self) -> PlaceName {
        match self.below(4) {
            0 => PlaceName::user(self.user()),
            1 => PlaceName::resource("session", self.session()),
            _ => PlaceName::group(self.group()),
        }
    }

    fn scope(&mut self) -> ScopeName {
        match self.below(12) {
            0 => ScopeName::Oneself,
            1 => ScopeName::This(self.place()),
            2 | 3 => ScopeName::Labelled {
                label: "open".to_owned(),
                within: (self.below(3) > 0).then(|| self.group()),
            },
            4 if self.below(4) == 0 => ScopeName::Platform,
            _ => ScopeName::Underlying(self.group()),
        }
    }

    fn grant(&mut self) -> Change {
        let effect = match self.below(8) {
            0 => Effect::Deny,
            _ => Effect::Allow,
        };
        let what = match (effect, self.below(6)) {
            (Effect::Deny, 0) => WhatName::Everything,
            _ => WhatName::Permission(self.permission()),
        };
        let subject = match self.below(10) {
            0 => SubjectName::Everyone,
            1 | 2 => SubjectName::User(self.user()),
            _ => SubjectName::Group(self.group()),
        };
        Change::Grant(GrantName {
            effect,
            subject,
            what,
            scope: self.scope(),
        })
    }

    /// A fact that comes.
    fn fact(&mut self) -> Change {
        match self.below(10) {
            0..=3 => Change::AddMember {
                user: self.user(),
                group: self.group(),
            },
            4 | 5 => Change::Place {
                kind: "session".to_owned(),
                resource: self.session(),
                place: match self.below(12) {
                    0 => PlaceName::user(self.user()),
                    _ => PlaceName::group(self.group()),
                },
            },
            6 => {
                let (one, other) = (self.below(self.groups), self.below(self.groups));
                Change::Attach {
                    group: format!("g{}", one.max(other)),
                    parent: format!("g{}", one.min(other)),
                }
            }
            7 => Change::AddLabel {
                place: self.place(),
                label: "open".to_owned(),
            },
            _ => self.grant(),
        }
    }
}

fn declarations() -> Vec<Declaration> {
    let named = |name: &str| name.to_owned();
    let action = |name: &str, targets, requirement| Declaration::Action {
        name: named(name),
        targets,
        requirement,
    };
    let mut all_of_them = vec![
        Declaration::Kind {
            name: named("session"),
        },
        declare_label("open"),
    ];
    all_of_them.extend((0..PERMISSIONS).map(|nth| declare_permission(&format!("p{nth}"))));
    all_of_them.push(action("joined", 1, holds("p0").with(holds("p1"))));
    all_of_them.push(action("either", 1, any([holds("p1"), marked("open")])));
    all_of_them.push(action(
        "both",
        2,
        all([on(0, holds("p0")), on(1, any([holds("p1"), holds("p2")]))]),
    ));
    all_of_them
}

fn check(shape: &Shape, seed: u64) {
    let declarations = declarations();
    let mut draw = Draw {
        state: seed,
        groups: shape.groups,
    };
    let mut things: Vec<Change> = Vec::new();
    things.extend((0..shape.groups).map(|nth| engine::add_group(&format!("g{nth}"))));
    things.extend((0..USERS).map(|nth| engine::add_user(&format!("u{nth}"))));
    things.extend((0..SESSIONS).map(|nth| engine::add_resource("session", &format!("s{nth}"))));
    for (user, count) in ["u0", "u1", "u2", "u3"].into_iter().zip(shape.of_users) {
        things.extend((0..count).map(|nth| engine::member(user, &format!("g{nth}"))));
    }
    for (session, count) in ["s0", "s1", "s2"].into_iter().zip(shape.of_sessions) {
        let group = |nth| PlaceName::group(format!("g{nth}"));
        things.extend((0..count).map(|nth| engine::place("session", session, group(nth))));
    }
    for nth in (0..shape.groups).filter(|_| shape.is_deep) {
        let [group, parent] = [nth, nth + 1].map(|nth| format!("g{nth}"));
        let permission = format!("p{}", nth % PERMISSIONS);
        let scope = engine::underlying(&group);
        things.push(engine::allow(engine::to_user("u3"), &permission, scope));
        if nth + 1 < shape.groups {
            things.push(engine::attach(&group, &parent));
        }
    }
    let mut policy = engine::policy(&declarations);
    let mut oracle = Oracle::new(&declarations);
    policy.apply(&things).unwrap();
    oracle.apply(&things).unwrap();
    for fact in (0..shape.facts).map(|_| [draw.fact()]) {
        assert_eq!(policy.apply(&fact).is_ok(), oracle.apply(&fact).is_ok());
    }
    let (mut crossed, mut yes, mut scopes) = (0, 0, 0);
    let mut many = shape.of_users.map(|count| count > 8);
    for edit in 0..shape.edits {
        let now = policy.snapshot();
        // More comes than goes, so that the world fills up; then it empties again.
        let recorded: Vec<Change> = now
            .changes()
            .filter(|change| !matches!(change, Change::Add(_)))
            .collect();
        let leaving = draw.below(10) < if edit < shape.edits * 2 / 3 { 2 } else { 7 };
        let change = match recorded.len() {
            0 => draw.fact(),
            count if leaving => recorded[draw.below(count)].inverse().unwrap(),
            _ => draw.fact(),
        };
        let change = [change];
        let accepted = policy.apply(&change).is_ok();
        assert_eq!(oracle.apply(&change).is_ok(), accepted, "{change:?}");
        let now = policy.snapshot();
        let users: Vec<_> = now.users().collect();
        for (was, user) in many.iter_mut().zip(&users) {
            let is = now.groups_of(*user).unwrap().count() > 8;
            crossed += usize::from(is != *was);
            *was = is;
            let held = now.effective_permissions(*user).unwrap();
            let first = now.catalog().permission("p0").unwrap();
            let of_first = held.iter().filter(|entry| entry.permission() == first);
            scopes = scopes.max(of_first.count());
        }

        let asked = questions(&oracle, 2);
        let expected = oracle_answers(&oracle, &asked);
        yes += expected.len();
        let answers = engine::answers(&now, &asked);
        assert_eq!(answers, expected, "seed {seed}, edit {edit}: {change:?}");

        // The other ways to ask say the same.
        let targets: Vec<Target> = (now.users().map(Target::from))
            .chain(now.groups().map(Target::from))
            .chain(now.resources().map(Target::from))
            .chain([Target::Platform])
            .collect();
        for user in users {
            let single = |action| now.catalog().targets_of(action) == Some(1);
            for action in now.catalog().actions().filter(|action| single(*action)) {
                let one_by_one = targets.iter().map(|target| now.can(user, action, *target));
                let one_by_one: Vec<bool> = one_by_one.collect();
                let at_once = now.can_each(user, action, targets.iter().copied());
                assert_eq!(at_once, one_by_one, "seed {seed}, edit {edit}");
            }
            for target in &targets {
                let one_by_one = now.catalog().actions().filter(|action| single(*action));
                let one_by_one = one_by_one.filter(|action| now.can(user, *action, *target));
                assert!(
                    one_by_one.eq(now.allowed_actions(user, *target).unwrap()),
                    "seed {seed}, edit {edit}"
                );
            }
        }
        if edit % 10 == 0 {
            let mut rebuilt = engine::policy(&declarations);
            rebuilt.apply(&now.changes().collect::<Vec<_>>()).unwrap();
            assert_eq!(engine::answers(&rebuilt.snapshot(), &asked), expected);
        }
    }
    assert!(crossed >= shape.crossings, "seed {seed}: {crossed}");
    assert!(scopes >= shape.scopes, "seed {seed}: {scopes}");
    assert!(yes > shape.edits, "some answers are yes");
    let asked = questions(&oracle, 2).len() * USERS * shape.edits;
    assert!(yes < asked * 9 / 10, "and some are no: {yes} of {asked}");
}

#[test]
fn what_is_in_many_groups_follows_every_edit() {
    (0..12).for_each(|seed| check(&CROSSING, seed));
}

#[test]
fn little_is_held_where_many_keys_cover_everything() {
    (0..6).for_each(|seed| check(&DEEP, seed));
}

#[test]
fn long_lists_of_keys_follow_every_edit() {
    (0..2).for_each(|seed| check(&WIDE, seed));
}

/// Within one edit ana leaves the groups she is in, ben leaves them and comes back to all, and cas comes into some for the first time: what
/// is kept in one piece for one of them must not be taken for another's.
#[test]
fn who_leaves_many_groups_and_comes_back_is_not_mistaken_for_another() {
    let mut policy = engine::policy(&[declare_permission("read")]);
    let mut edit = policy.edit_unguarded();
    let groups: Vec<_> = (0..12)
        .map(|at| edit.add_group(&format!("g{at}")).unwrap())
        .collect();
    let [ana, ben, cas] = ["ana", "ben", "cas"].map(|name| edit.add_user(name).unwrap());
    let read = edit.catalog().permission("read").unwrap();
    let last = groups[11];
    edit.grant(Grant::permission(read).to(last).on(Scope::underlying(last)))
        .unwrap();
    for group in &groups {
        edit.add_member(ana, *group).unwrap();
        edit.add_member(ben, *group).unwrap();
    }
    edit.commit().unwrap();

    let mut edit = policy.edit_unguarded();
    groups
        .iter()
        .for_each(|group| edit.remove_member(ana, *group).unwrap());
    groups
        .iter()
        .for_each(|group| edit.remove_member(ben, *group).unwrap());
    groups
        .iter()
        .for_each(|group| edit.add_member(ben, *group).unwrap());
    groups[..5]
        .iter()
        .for_each(|group| edit.add_member(cas, *group).unwrap());
    edit.commit().unwrap();
    let now = policy.snapshot();
    assert_eq!(
        [ana, ben, cas].map(|user| now.can(user, read, last)),
        [false, true, false]
    );
    assert!(now.can(ben, read, ben) && !now.can(cas, read, ben) && !now.can(cas, read, cas));
    assert!(!now.can(ben, read, cas) && !now.can(ben, read, ana));
}

/// A strip marks where a group has more keys than it has room for, and what is held for `oneself` has a key too: however many keys there are
/// at a target, the two are not taken for each other.
#[test]
fn what_is_held_for_oneself_covers_nobody_else_however_many_keys_there_are() {
    for keys in 0..40 {
        let mut policy = engine::policy(&[declare_permission("read"), declare_permission("edit")]);
        let mut edit = policy.edit_unguarded();
        let [read, write] = ["read", "edit"].map(|name| edit.catalog().permission(name).unwrap());
        let [ana, ben, cas] = ["ana", "ben", "cas"].map(|name| edit.add_user(name).unwrap());
        let all = edit.add_group("all").unwrap();
        edit.add_member(ben, all).unwrap();
        edit.add_member(cas, all).unwrap();
        for at in 0..keys {
            let above = edit.add_group(&format!("g{at}")).unwrap();
            edit.attach(all, above).unwrap();
            let scope = Scope::underlying(above);
            edit.grant(Grant::permission(write).to(cas).on(scope))
                .unwrap();
        }
        edit.grant(Grant::permission(read).to_everyone().on(Scope::Oneself))
            .unwrap();
        edit.grant(Grant::permission(write).to(all).on(Scope::Oneself))
            .unwrap();
        edit.commit().unwrap();
        let now = policy.snapshot();
        for asker in [ana, ben, cas] {
            for target in [ana, ben, cas] {
                let expected = [
                    asker == target,
                    (asker == target && asker != ana)
                        || (asker == cas && target != ana && keys > 0),
                ];
                assert_eq!(
                    [read, write].map(|action| now.can(asker, action, target)),
                    expected,
                    "{keys}: {asker:?} {target:?}"
                );
                let each = |action| now.can_each(asker, action, [Target::from(target)]);
                assert_eq!([each(read), each(write)].concat(), expected, "{keys}");
                let actions = now.allowed_actions(asker, target).unwrap();
                let count = expected.iter().filter(|is_so| **is_so).count();
                assert_eq!(actions.len(), count, "{keys}");
            }
        }
    }
}
