//! Users and resources in few groups and in many, long and short lists of keys: whatever the engine keeps in one piece for them follows
//! every edit.
//!
//! The generated worlds are small, so nothing in them is in more than a few groups. Here everyone comes into up to sixteen and leaves them
//! again, one edit at a time, and after each the quick ways to ask, a rebuild and the oracle are compared on every question.

use rolecall::testing::Oracle;
use rolecall::{
    Change, Declaration, Effect, GrantName, PlaceName, ScopeName, SubjectName, Target, WhatName,
    all, any, holds, marked, on,
};

use crate::engine;
use crate::witnesses::{oracle_answers, questions};

const GROUPS: usize = 16;
const USERS: usize = 4;
const SESSIONS: usize = 3;
const PERMISSIONS: usize = 3;
const EDITS: usize = 260;

/// Small numbers without a pattern.
struct Draw(u64);

impl Draw {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % bound
    }

    fn group(&mut self) -> String {
        format!("g{}", self.below(GROUPS))
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
                let (one, other) = (self.below(GROUPS), self.below(GROUPS));
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
    let permission = |nth| Declaration::Permission {
        name: format!("p{nth}"),
        recorded: false,
    };
    let action = |name: &str, targets, requirement| Declaration::Action {
        name: named(name),
        targets,
        requirement,
    };
    let mut all_of_them = vec![
        Declaration::Kind {
            name: named("session"),
        },
        Declaration::Label {
            name: named("open"),
            recorded: false,
        },
    ];
    all_of_them.extend((0..PERMISSIONS).map(permission));
    all_of_them.push(action("joined", 1, holds("p0").with(holds("p1"))));
    all_of_them.push(action("either", 1, any([holds("p1"), marked("open")])));
    all_of_them.push(action(
        "both",
        2,
        all([on(0, holds("p0")), on(1, any([holds("p1"), holds("p2")]))]),
    ));
    all_of_them
}

fn check(seed: u64) {
    let declarations = declarations();
    let mut draw = Draw(seed);
    let mut things: Vec<Change> = Vec::new();
    things.extend((0..GROUPS).map(|nth| engine::add_group(&format!("g{nth}"))));
    things.extend((0..USERS).map(|nth| engine::add_user(&format!("u{nth}"))));
    things.extend((0..SESSIONS).map(|nth| engine::add_resource("session", &format!("s{nth}"))));
    // They begin around the number of groups from which on all are kept in one piece.
    for (user, count) in ["u0", "u1", "u2", "u3"].into_iter().zip([9, 8, 4, 11]) {
        things.extend((0..count).map(|nth| engine::member(user, &format!("g{nth}"))));
    }
    for (session, count) in ["s0", "s1", "s2"].into_iter().zip([9, 2, 10]) {
        let group = |nth| PlaceName::group(format!("g{nth}"));
        things.extend((0..count).map(|nth| engine::place("session", session, group(nth))));
    }
    let mut policy = engine::policy(&declarations);
    let mut oracle = Oracle::new(&declarations);
    policy.apply(&things).unwrap();
    oracle.apply(&things).unwrap();
    let (mut crossed, mut yes) = (0, 0);
    let mut many = [true, false, false, true];
    for edit in 0..EDITS {
        let now = policy.snapshot();
        // More comes than goes, so that the world fills up; then it empties again.
        let recorded: Vec<Change> = now
            .changes()
            .filter(|change| !matches!(change, Change::Add(_)))
            .collect();
        let leaving = draw.below(10) < if edit < EDITS * 2 / 3 { 2 } else { 7 };
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
    assert!(
        crossed > 1,
        "seed {seed}: someone comes into many groups, and someone leaves them"
    );
    assert!(yes > EDITS, "some answers are yes");
}

#[test]
fn what_is_in_many_groups_follows_every_edit() {
    (0..12).for_each(check);
}
