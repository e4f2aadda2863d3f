//! Removals near denies: whoever would gain by one is told, and the removal refused; what ends by itself is carried out, and told.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use rolecall::testing::{Oracle, Size, World, worlds};
use rolecall::{
    Change, Declaration, EditError, Effect, Entry, GrantName, PlaceName, Policy, Problem,
    ProblemKind, Rule, ScopeName, SubjectName, TargetName, ThingName, WhatName, above, all, allows,
    any, holds, marked, on, within,
};

use crate::engine::{
    add_group, add_resource, add_user, allow, allow_role, at, attach, deny, deny_all, detach,
    facts, grant, kinds, label, member, place, plain, policy, remove, this, to_group, to_user,
    underlying, without_rules,
};
use crate::witnesses::questions;

const EVERYONE: SubjectName = SubjectName::Everyone;
const PLATFORM: ScopeName = ScopeName::Platform;

fn shelf(name: &str) -> PlaceName {
    PlaceName::resource("shelf", name)
}

fn add_shelf(name: &str) -> Change {
    add_resource("shelf", name)
}

fn put(name: &str, into: PlaceName) -> Change {
    place("shelf", name, into)
}

fn marked_public(within: Option<&str>) -> ScopeName {
    ScopeName::Labelled {
        label: "public".into(),
        within: within.map(str::to_owned),
    }
}

fn deny_role(subject: SubjectName, role: &str, scope: ScopeName) -> Change {
    let what = WhatName::Role(role.into());
    Change::Grant(grant(Effect::Deny, subject, what, scope))
}

fn lifting(thing: ThingName) -> Change {
    Change::Remove {
        thing,
        lifting_denies: true,
    }
}

/// A policy in this state.
fn after(more: impl IntoIterator<Item = Declaration>, state: &[Change]) -> Policy {
    let mut policy = policy(&plain(more));
    policy.apply(state).unwrap();
    policy
}

/// What is told of a removal that would let somebody through.
struct Told<'a> {
    thing: ThingName,
    user: &'a str,
    action: &'a str,
    targets: Vec<TargetName>,
}

/// The removal is refused, in just these words; lifting denies it is made, and turns the answer that was told.
#[track_caller]
fn refused(mut policy: Policy, told: Told<'_>, by: &Change) -> Entry {
    let Told {
        thing,
        user,
        action,
        targets,
    } = told;
    let Change::Grant(deny) = by else {
        panic!("`{by}` is no grant")
    };
    let before = policy.snapshot();
    let error = policy.apply(&[remove(thing.clone())]).unwrap_err();
    let spelled: Vec<String> = targets.iter().map(|target| format!("`{target}`")).collect();
    assert_eq!(
        error.to_string(),
        format!(
            "the edit is refused: step 0 (remove {thing}): removing {thing} would let user `{user}` `{action}` on {}: {deny} stops that through it alone; \
             put a deny in its place first, or remove the {} lifting denies",
            spelled.join(", "),
            thing.word()
        )
    );
    assert_eq!(kinds(&error), [(Some(0), ProblemKind::LiftsDenies)].into());
    assert_eq!(policy.snapshot().digest(), before.digest());
    assert!(!crate::engine::can(&before, user, action, &targets));
    let entry = policy.apply(&[lifting(thing)]).unwrap();
    assert!(crate::engine::can(
        &policy.snapshot(),
        user,
        action,
        &targets
    ));
    let less = entry.denies_covering_less();
    assert!(less.iter().any(|it| it.deny == *deny), "{less:?}");
    entry
}

fn told<'a>(thing: ThingName, user: &'a str, action: &'a str, target: TargetName) -> Told<'a> {
    Told {
        thing,
        user,
        action,
        targets: vec![target],
    }
}

// ---- Between the user and the denied group ----

#[test]
fn a_group_between_the_user_and_the_denied_group() {
    let by = deny(to_group("blocked"), "read", PLATFORM);
    let policy = after(
        [],
        &[
            add_user("ana"),
            add_group("squad"),
            add_group("between"),
            add_group("blocked"),
            member("ana", "squad"),
            attach("squad", "between"),
            attach("between", "blocked"),
            allow(to_user("ana"), "read", this(PlaceName::group("squad"))),
            by.clone(),
        ],
    );
    // A member is at the group as well, and told of first.
    let herself = at(PlaceName::user("ana"));
    refused(
        policy,
        told(ThingName::group("between"), "ana", "read", herself),
        &by,
    );
}

#[test]
fn the_own_group_of_the_user() {
    let by = deny(to_group("blocked"), "read", PLATFORM);
    let policy = after(
        [],
        &[
            add_user("ana"),
            add_group("squad"),
            add_group("blocked"),
            add_shelf("plan"),
            member("ana", "squad"),
            attach("squad", "blocked"),
            allow(to_user("ana"), "read", this(shelf("plan"))),
            by.clone(),
        ],
    );
    refused(
        policy,
        told(ThingName::group("squad"), "ana", "read", at(shelf("plan"))),
        &by,
    );
}

/// A deny of everything blocks what needs no permission at all.
#[test]
fn a_block_of_what_needs_no_permission() {
    let action = Declaration::Action {
        name: "look".into(),
        targets: 1,
        requirement: marked("public"),
    };
    let by = deny_all(to_group("suspended"), PLATFORM);
    let policy = after(
        [action],
        &[
            add_user("ana"),
            add_group("squad"),
            add_group("suspended"),
            add_shelf("plan"),
            label(shelf("plan"), "public"),
            member("ana", "squad"),
            attach("squad", "suspended"),
            by.clone(),
        ],
    );
    refused(
        policy,
        told(ThingName::group("squad"), "ana", "look", at(shelf("plan"))),
        &by,
    );
}

/// A deny of a permission also stops the action of that name, whatever it requires.
#[test]
fn a_block_by_name() {
    let action = Declaration::Action {
        name: "edit".into(),
        targets: 1,
        requirement: holds("read"),
    };
    let by = deny(to_group("blocked"), "edit", PLATFORM);
    let policy = after(
        [action],
        &[
            add_user("ana"),
            add_group("squad"),
            add_group("blocked"),
            add_shelf("plan"),
            member("ana", "squad"),
            attach("squad", "blocked"),
            allow(to_user("ana"), "read", this(shelf("plan"))),
            by.clone(),
        ],
    );
    refused(
        policy,
        told(ThingName::group("squad"), "ana", "edit", at(shelf("plan"))),
        &by,
    );
}

// ---- Between the target and the denied place ----

#[test]
fn a_folder_between_the_document_and_the_denied_folder() {
    let by = deny(EVERYONE, "read", this(shelf("top")));
    let policy = after(
        [],
        &[
            add_user("ana"),
            add_shelf("doc"),
            add_shelf("folder"),
            add_shelf("top"),
            put("doc", shelf("folder")),
            put("folder", shelf("top")),
            allow(to_user("ana"), "read", this(shelf("doc"))),
            by.clone(),
        ],
    );
    let folder = ThingName::resource("shelf", "folder");
    refused(policy, told(folder, "ana", "read", at(shelf("doc"))), &by);
}

#[test]
fn a_group_between_the_target_and_the_denied_group() {
    let by = deny(EVERYONE, "read", underlying("region"));
    let policy = after(
        [],
        &[
            add_user("ana"),
            add_group("team"),
            add_group("office"),
            add_group("region"),
            add_shelf("doc"),
            attach("team", "office"),
            attach("office", "region"),
            put("doc", PlaceName::group("team")),
            allow(to_user("ana"), "read", this(shelf("doc"))),
            by.clone(),
        ],
    );
    refused(
        policy,
        told(ThingName::group("office"), "ana", "read", at(shelf("doc"))),
        &by,
    );
}

#[test]
fn the_carrier_of_the_label_that_a_deny_speaks_of() {
    for carrier in ["shelf", "group", "user"] {
        let by = deny(EVERYONE, "read", marked_public(None));
        let (thing, carrier) = match carrier {
            "shelf" => (ThingName::resource("shelf", "box"), shelf("box")),
            "group" => (ThingName::group("box"), PlaceName::group("box")),
            _ => (ThingName::user("box"), PlaceName::user("box")),
        };
        let policy = after(
            [],
            &[
                add_user("ana"),
                Change::Add(thing.clone()),
                add_shelf("doc"),
                put("doc", carrier.clone()),
                label(carrier, "public"),
                allow(to_user("ana"), "read", this(shelf("doc"))),
                by.clone(),
            ],
        );
        refused(policy, told(thing, "ana", "read", at(shelf("doc"))), &by);
    }
}

#[test]
fn a_group_that_carried_the_bound_of_a_labelled_deny() {
    let by = deny(EVERYONE, "read", marked_public(Some("region")));
    let policy = after(
        [],
        &[
            add_user("ana"),
            add_group("office"),
            add_group("region"),
            add_shelf("doc"),
            attach("office", "region"),
            put("doc", PlaceName::group("office")),
            label(shelf("doc"), "public"),
            allow(to_user("ana"), "read", this(shelf("doc"))),
            by.clone(),
        ],
    );
    refused(
        policy,
        told(ThingName::group("office"), "ana", "read", at(shelf("doc"))),
        &by,
    );

    // The carrier is a person, who is under the bound by a membership; what is placed in them is at the carrier.
    let policy = after(
        [],
        &[
            add_user("ana"),
            add_user("ben"),
            add_group("office"),
            add_group("region"),
            add_shelf("doc"),
            attach("office", "region"),
            member("ben", "office"),
            put("doc", PlaceName::user("ben")),
            label(PlaceName::user("ben"), "public"),
            allow(to_user("ana"), "read", this(shelf("doc"))),
            by.clone(),
        ],
    );
    refused(
        policy,
        told(ThingName::group("office"), "ana", "read", at(shelf("doc"))),
        &by,
    );
}

#[test]
fn a_folder_between_the_document_and_the_person_it_is_of() {
    let by = deny(EVERYONE, "read", ScopeName::Oneself);
    let policy = after(
        [],
        &[
            add_user("ana"),
            add_shelf("doc"),
            add_shelf("drawer"),
            put("doc", shelf("drawer")),
            put("drawer", PlaceName::user("ana")),
            allow(to_user("ana"), "read", this(shelf("doc"))),
            by.clone(),
        ],
    );
    let drawer = ThingName::resource("shelf", "drawer");
    refused(policy, told(drawer, "ana", "read", at(shelf("doc"))), &by);
}

// ---- Roles ----

#[test]
fn a_role_that_a_denied_role_includes() {
    let by = deny_role(EVERYONE, "outer", PLATFORM);
    let state = [
        add_user("ana"),
        add_shelf("doc"),
        Change::Add(ThingName::role("outer")),
        Change::Add(ThingName::role("middle")),
        Change::Add(ThingName::role("inner")),
        Change::IncludeRole {
            role: "outer".into(),
            included: "middle".into(),
        },
        Change::IncludeRole {
            role: "middle".into(),
            included: "inner".into(),
        },
        Change::AddToRole {
            role: "inner".into(),
            permission: "read".into(),
        },
        allow(to_user("ana"), "read", this(shelf("doc"))),
        by.clone(),
    ];
    for removed in ["inner", "middle"] {
        let policy = after([], &state);
        refused(
            policy,
            told(ThingName::role(removed), "ana", "read", at(shelf("doc"))),
            &by,
        );
    }
}

/// Roles that the same edit has changed are judged as they are by then.
#[test]
fn a_role_of_the_same_edit() {
    let mut policy = after(
        [],
        &[
            add_user("ana"),
            Change::Add(ThingName::role("outer")),
            allow(to_user("ana"), "read", PLATFORM),
            deny_role(EVERYONE, "outer", PLATFORM),
        ],
    );
    let inner = || Change::Add(ThingName::role("inner"));
    let include = || Change::IncludeRole {
        role: "outer".into(),
        included: "inner".into(),
    };
    let gives = |role: &str| Change::AddToRole {
        role: role.into(),
        permission: "read".into(),
    };
    let away = || remove(ThingName::role("inner"));
    let error = policy
        .apply(&[inner(), include(), gives("inner"), away()])
        .unwrap_err();
    assert_eq!(kinds(&error), [(Some(3), ProblemKind::LiftsDenies)].into());
    // Where the outer role gives it too, nobody gains.
    policy
        .apply(&[inner(), include(), gives("inner"), gives("outer"), away()])
        .unwrap();
}

// ---- Formulas of every form ----

#[test]
fn every_form_of_a_requirement_is_compared() {
    let declare = |name: &str, targets, requirement| Declaration::Action {
        name: name.into(),
        targets,
        requirement,
    };
    // Each is stopped by the deny of `read` at the top alone.
    let forms = [
        declare("act", 1, holds("read")),
        declare("act", 1, above("shelf", "read")),
        declare("act", 1, within("read")),
        declare("act", 1, all([marked("public"), allows("read")])),
        declare("act", 1, any([holds("edit"), holds("read")])),
        declare("act", 2, all([on(0, holds("read")), on(1, holds("edit"))])),
        declare(
            "act",
            2,
            all([on(1, holds("read")), on(0, marked("public"))]),
        ),
    ];
    for form in forms {
        let Declaration::Action { targets, .. } = form else {
            unreachable!()
        };
        let mut policy = after(
            [form.clone()],
            &[
                add_user("ana"),
                add_group("squad"),
                add_group("blocked"),
                add_shelf("doc"),
                add_shelf("other"),
                label(shelf("doc"), "public"),
                member("ana", "squad"),
                attach("squad", "blocked"),
                allow(to_user("ana"), "read", this(shelf("doc"))),
                allow(to_user("ana"), "edit", this(shelf("other"))),
                deny(to_group("blocked"), "read", PLATFORM),
            ],
        );
        let squad = ThingName::group("squad");
        let error = policy.apply(&[remove(squad.clone())]).unwrap_err();
        let [
            Problem::Uncovers {
                user,
                action,
                targets: told,
                ..
            },
        ] = &problems(&error)[..]
        else {
            panic!("{form:?}: {error}")
        };
        // Some of the forms leave `read` itself to be told of, which comes first.
        assert!(user == "ana" && (action == "act" && told.len() == targets || action == "read"));
        let before = policy.snapshot();
        assert!(!crate::engine::can(&before, user, action, told));
        policy.apply(&[lifting(squad)]).unwrap();
        assert!(crate::engine::can(&policy.snapshot(), user, action, told));
    }
}

fn problems(error: &EditError) -> Vec<Problem> {
    error.problems().cloned().collect()
}

#[test]
fn an_action_with_several_targets() {
    let action = Declaration::Action {
        name: "move".into(),
        targets: 2,
        requirement: all([on(0, marked("public")), on(1, marked("public"))]),
    };
    let by = deny_all(EVERYONE, this(shelf("top")));
    let policy = after(
        [action],
        &[
            add_user("ana"),
            add_shelf("doc"),
            add_shelf("folder"),
            add_shelf("top"),
            label(shelf("doc"), "public"),
            put("doc", shelf("folder")),
            put("folder", shelf("top")),
            by.clone(),
        ],
    );
    let doc = at(shelf("doc"));
    let told = Told {
        thing: ThingName::resource("shelf", "folder"),
        user: "ana",
        action: "move",
        targets: vec![doc.clone(), doc],
    };
    refused(policy, told, &by);
}

// ---- Removals by which nobody gains ----

/// A removal by which nobody gains is made, however near a deny is; the entry tells that it covers less.
#[test]
fn who_gains_nothing_is_in_nobodys_way() {
    let state = [
        add_user("ana"),
        add_group("squad"),
        add_group("blocked"),
        add_shelf("doc"),
        member("ana", "squad"),
        attach("squad", "blocked"),
        deny(to_group("blocked"), "read", PLATFORM),
    ];
    let less = |more: &[Change], thing: ThingName| -> Vec<String> {
        let mut policy = after([], &state);
        policy.apply(more).unwrap();
        let entry = policy.apply(&[remove(thing)]).unwrap();
        let less = entry.denies_covering_less();
        less.iter().map(ToString::to_string).collect()
    };
    let squad = || ThingName::group("squad");
    let lost = "deny permission `read` to group `blocked` on the platform no longer takes permission `read` from user `ana` on the platform";
    // Nobody has an allow, or the allow goes along.
    assert_eq!(less(&[], squad()), [lost]);
    let own = allow(to_group("squad"), "read", this(shelf("doc")));
    assert_eq!(less(&[own], squad()), [lost]);
    // They stay below the denied group by another way.
    let allowed = allow(to_user("ana"), "read", this(shelf("doc")));
    assert_eq!(
        less(&[allowed.clone(), member("ana", "blocked")], squad()),
        [""; 0]
    );
    // Another deny stays.
    let stays = deny(EVERYONE, "read", this(shelf("doc")));
    assert_eq!(less(&[allowed, stays], squad()), [lost]);
    // Whoever goes themselves gains nothing, and is not told of.
    let allowed = allow(EVERYONE, "read", PLATFORM);
    assert_eq!(less(&[allowed], ThingName::user("ana")), [""; 0]);
}

// ---- On the way, and loops ----

/// A removal is judged by the state just before it and the one just after it, not by what the edit ends with.
#[test]
fn the_step_is_judged_where_it_stands() {
    let state = [
        add_user("ana"),
        add_group("squad"),
        add_group("blocked"),
        member("ana", "squad"),
        attach("squad", "blocked"),
        allow(to_user("ana"), "read", PLATFORM),
        deny(to_group("blocked"), "read", PLATFORM),
    ];
    let squad = || remove(ThingName::group("squad"));
    // The edge says itself that it ends; then nothing is near.
    let mut policy = after([], &state);
    let entry = policy
        .apply(&[detach("squad", "blocked"), squad()])
        .unwrap();
    assert_eq!(entry.denies_covering_less().len(), 1);
    // What is put in its place before counts, what comes after does not.
    let instead = || member("ana", "blocked");
    let mut policy = after([], &state);
    let error = policy.apply(&[squad(), instead()]).unwrap_err();
    assert_eq!(kinds(&error), [(Some(0), ProblemKind::LiftsDenies)].into());
    let entry = policy.apply(&[instead(), squad()]).unwrap();
    assert!(entry.denies_covering_less().is_empty());
    // A deny and a group of the same edit.
    let mut policy = after([], &state[..1]);
    let error = policy.apply(&[&state[1..], &[squad(), add_user("ben"), squad()]].concat());
    let error = error.unwrap_err();
    assert_eq!(
        kinds(&error),
        [
            (Some(6), ProblemKind::LiftsDenies),
            (Some(8), ProblemKind::LiftsDenies)
        ]
        .into()
    );
    assert_eq!(facts(&policy.snapshot()).len(), 1);
}

/// Several removals of one edit, each judged after the other: refused ones have no effect on those that follow.
#[test]
fn several_removals_of_one_edit() {
    let mut policy = after(
        [],
        &[
            add_user("ana"),
            add_group("one"),
            add_group("two"),
            add_group("blocked"),
            member("ana", "one"),
            member("ana", "two"),
            attach("one", "blocked"),
            attach("two", "blocked"),
            allow(to_user("ana"), "read", PLATFORM),
            deny(to_group("blocked"), "read", PLATFORM),
        ],
    );
    let away = |name: &str| remove(ThingName::group(name));
    let error = policy
        .apply(&[away("one"), away("two"), away("one")])
        .unwrap_err();
    assert_eq!(
        kinds(&error),
        [
            (Some(1), ProblemKind::LiftsDenies),
            (Some(2), ProblemKind::Unknown)
        ]
        .into()
    );
    policy
        .apply(&[away("one"), add_group("one"), attach("one", "two")])
        .unwrap();
    policy.apply(&[away("one")]).unwrap();
}

/// While groups, placements or roles form a loop, which only the result is judged for, removals are judged by the plain meaning.
#[test]
fn in_the_middle_of_a_loop() {
    let state = [
        add_user("ana"),
        add_user("ben"),
        add_group("squad"),
        add_group("blocked"),
        add_group("top"),
        add_shelf("doc"),
        add_shelf("folder"),
        add_shelf("root"),
        member("ana", "squad"),
        attach("squad", "blocked"),
        attach("blocked", "top"),
        put("doc", shelf("folder")),
        put("folder", shelf("root")),
        allow(to_user("ana"), "read", PLATFORM),
        allow(to_user("ben"), "edit", this(shelf("doc"))),
        deny(to_group("blocked"), "read", PLATFORM),
        deny(to_user("ben"), "edit", this(shelf("root"))),
    ];
    let loops = [
        [attach("top", "blocked"), detach("blocked", "top")],
        [
            put("root", shelf("doc")),
            Change::Unplace {
                kind: "shelf".into(),
                resource: "root".into(),
                place: shelf("doc"),
            },
        ],
    ];
    for [begin, end] in loops {
        let mut policy = after([], &state);
        let folder = || remove(ThingName::resource("shelf", "folder"));
        let edit = [
            begin.clone(),
            remove(ThingName::group("squad")),
            folder(),
            end.clone(),
        ];
        let error = policy.apply(&edit).unwrap_err();
        assert_eq!(
            kinds(&error),
            [
                (Some(1), ProblemKind::LiftsDenies),
                (Some(2), ProblemKind::LiftsDenies)
            ]
            .into(),
            "{error}"
        );
        // Where nobody gains, it is made there too.
        let stays = [member("ana", "blocked"), put("doc", shelf("root"))];
        policy.apply(&stays).unwrap();
        policy.apply(&edit).unwrap();
    }
    // In a loop everybody in it is below everybody in it, so that an edge of the loop keeps them there.
    let mut policy = after([], &state);
    let edit = [
        attach("blocked", "squad"),
        member("ana", "top"),
        attach("top", "blocked"),
        remove(ThingName::group("squad")),
        detach("blocked", "top"),
    ];
    policy.apply(&edit).unwrap();
}

// ---- Steps that say what they end ----

/// Every step that says itself what it ends is made, and the entry lists the deny that covers less.
#[test]
fn steps_that_say_what_they_end_are_listed() {
    let state = [
        add_user("ana"),
        add_user("ben"),
        add_group("squad"),
        add_group("blocked"),
        add_shelf("doc"),
        add_shelf("folder"),
        Change::Add(ThingName::role("outer")),
        Change::Add(ThingName::role("inner")),
        Change::IncludeRole {
            role: "outer".into(),
            included: "inner".into(),
        },
        Change::AddToRole {
            role: "inner".into(),
            permission: "read".into(),
        },
        Change::AddToRole {
            role: "outer".into(),
            permission: "edit".into(),
        },
        member("ana", "squad"),
        attach("squad", "blocked"),
        put("doc", shelf("folder")),
        put("folder", PlaceName::user("ben")),
        label(shelf("folder"), "public"),
        deny_all(to_group("blocked"), PLATFORM),
        deny(EVERYONE, "read", underlying("blocked")),
        deny(EVERYONE, "edit", marked_public(None)),
        deny(EVERYONE, "read", this(shelf("folder"))),
        deny(EVERYONE, "read", ScopeName::Oneself),
        deny_role(to_user("ben"), "outer", PLATFORM),
    ];
    let all_reached = "deny everything to group `blocked` on the platform no longer takes everything from user `ana` on the platform";
    let unplaced = |resource: &str, place: PlaceName| Change::Unplace {
        kind: "shelf".into(),
        resource: resource.into(),
        place,
    };
    let cases: [(Change, &[&str]); 7] = [
        (
            Change::RemoveMember {
                user: "ana".into(),
                group: "squad".into(),
            },
            &[
                all_reached,
                "deny permission `read` to everyone on group `blocked` and all below no longer takes permission `read` from user `ana` on user `ana`",
            ],
        ),
        (
            detach("squad", "blocked"),
            &[
                all_reached,
                "deny permission `read` to everyone on group `blocked` and all below no longer takes permission `read` from user `ana` on group `squad`",
            ],
        ),
        (
            unplaced("doc", shelf("folder")),
            &[
                "deny permission `read` to everyone on this shelf `folder` no longer takes permission `read` from user `ana` on shelf `doc`",
                "deny permission `read` to everyone on oneself no longer takes permission `read` from user `ben` on shelf `doc`",
                "deny permission `edit` to everyone on whatever is marked `public` no longer takes permission `edit` from user `ana` on shelf `doc`",
            ],
        ),
        (
            unplaced("folder", PlaceName::user("ben")),
            &[
                "deny permission `read` to everyone on oneself no longer takes permission `read` from user `ben` on shelf `folder`",
            ],
        ),
        (
            Change::RemoveLabel {
                place: shelf("folder"),
                label: "public".into(),
            },
            &[
                "deny permission `edit` to everyone on whatever is marked `public` no longer takes permission `edit` from user `ana` on shelf `folder`",
            ],
        ),
        (
            Change::RemoveFromRole {
                role: "outer".into(),
                permission: "edit".into(),
            },
            &[
                "deny role `outer` to user `ben` on the platform no longer takes permission `edit` from user `ben` on the platform",
            ],
        ),
        (
            Change::ExcludeRole {
                role: "outer".into(),
                included: "inner".into(),
            },
            &[
                "deny role `outer` to user `ben` on the platform no longer takes permission `read` from user `ben` on the platform",
            ],
        ),
    ];
    for (step, listed) in cases {
        let mut policy = after([], &state);
        let before = policy.snapshot();
        let entry = policy.apply(std::slice::from_ref(&step)).unwrap();
        let spelled = entry.denies_covering_less().iter().map(ToString::to_string);
        let spelled: BTreeSet<String> = spelled.collect();
        assert_eq!(
            spelled,
            listed.iter().map(|it| (*it).to_owned()).collect(),
            "{step}"
        );
        let diff = policy.snapshot().diff(&before).unwrap();
        assert_eq!(
            diff.denies_covering_less(),
            entry.denies_covering_less(),
            "{step}"
        );
        // The way back covers more, and nothing is listed.
        let back = policy.apply(&entry.inverse()).unwrap();
        assert!(back.denies_covering_less().is_empty(), "{step}");
    }
}

/// A deny that is revoked, or that a removal takes along, is among the changes; what an edit ends and restores is not listed, nor who is new.
#[test]
fn what_is_not_listed() {
    let by = deny_all(to_group("blocked"), PLATFORM);
    let state = [
        add_user("ana"),
        add_group("squad"),
        add_group("blocked"),
        member("ana", "squad"),
        attach("squad", "blocked"),
        by.clone(),
    ];
    let listed = |edit: &[Change]| -> usize {
        let mut policy = after([], &state);
        policy.apply(edit).unwrap().denies_covering_less().len()
    };
    assert_eq!(listed(&[crate::engine::revoke(&by)]), 0);
    assert_eq!(listed(&[lifting(ThingName::group("blocked"))]), 0);
    assert_eq!(
        listed(&[detach("squad", "blocked"), attach("squad", "blocked")]),
        0
    );
    assert_eq!(
        listed(&[member("ana", "blocked"), detach("squad", "blocked")]),
        0
    );
    assert_eq!(
        listed(&[remove(ThingName::user("ana")), add_user("ana")]),
        0
    );
    assert_eq!(listed(&[detach("squad", "blocked")]), 1);
    // Names are those of the state after.
    let mut policy = after([], &state);
    let entry = policy
        .apply(&[
            detach("squad", "blocked"),
            crate::engine::rename(ThingName::user("ana"), "anna"),
            crate::engine::rename(ThingName::group("blocked"), "barred"),
        ])
        .unwrap();
    assert_eq!(
        entry.denies_covering_less()[0].to_string(),
        "deny everything to group `barred` on the platform no longer takes everything from user `anna` on the platform"
    );
}

// ---- Every thing of generated worlds ----

/// Takes every thing out of a world, each from the world as it is: no answer turns from no to yes, and a removal is refused only if one
/// would, which is the one that is told.
fn nobody_gains(world: &World) -> Result<[usize; 3], TestCaseError> {
    let free = without_rules(&world.declarations);
    let (mut made, mut covering_less, mut refused) = (0, 0, 0);
    let mut base = policy(&free);
    base.apply(&world.edits[0]).unwrap();
    let before = base.snapshot();
    let recorded: Vec<Change> = before.changes().collect();
    let mut oracle = Oracle::new(&free);
    oracle.apply(&recorded).unwrap();
    let questions = questions(&oracle, usize::MAX);
    let answers = crate::engine::answers(&before, &questions);
    let things = recorded.iter().filter_map(|fact| match fact {
        Change::Add(thing) => Some(thing.clone()),
        _ => None,
    });
    for thing in things {
        let removal = [remove(thing.clone())];
        match base.preview(&removal) {
            Ok(now) => {
                let mut left = oracle.clone();
                left.apply(&removal).unwrap();
                let left = left.targets();
                let asked: Vec<_> = questions
                    .iter()
                    .filter(|(_, targets)| targets.iter().all(|it| left.contains(it)))
                    .cloned()
                    .collect();
                let then = crate::engine::answers(&now, &asked);
                let gained: Vec<_> = then.difference(&answers).collect();
                prop_assert!(gained.is_empty(), "{} gives {:?}", thing, gained);
                made += 1;
                let less = now.diff(&before).unwrap();
                covering_less += usize::from(!less.denies_covering_less().is_empty());
            }
            Err(error) => {
                let Problem::Uncovers {
                    deny,
                    user,
                    action,
                    targets,
                    ..
                } = &problems(&error)[0]
                else {
                    continue;
                };
                refused += 1;
                let now = base.preview(&[lifting(thing.clone())]).unwrap();
                prop_assert!(crate::engine::can(&now, user, action, targets), "{}", error);
                prop_assert!(
                    !crate::engine::can(&before, user, action, targets),
                    "{}",
                    error
                );
                let diff = now.diff(&before).unwrap();
                let mut less = diff.denies_covering_less().iter();
                prop_assert!(less.any(|it| it.deny == **deny), "{}", error);
            }
        }
    }
    Ok([made, covering_less, refused])
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_removal_turns_a_no_into_a_yes(world in worlds()) {
        nobody_gains(&world)?;
    }
}

#[test]
fn no_removal_turns_a_no_into_a_yes_in_seeded_worlds() {
    let mut counts = [0; 3];
    for seed in 0..40 {
        let world = World::from_seed(seed, Size::SMALL);
        let found = nobody_gains(&world).unwrap_or_else(|error| panic!("seed {seed}: {error}"));
        for (count, found) in counts.iter_mut().zip(found) {
            *count += found;
        }
    }
    println!("{counts:?} made, made where a deny then covers less, refused");
    let [made, covering_less, refused] = counts;
    assert!(made > refused && covering_less > 20 && refused > 20);
}

// ---- The generator ----

/// How a removal let somebody through: by what the thing is, and by how the deny was near it.
fn way(thing: &ThingName, deny: &GrantName) -> String {
    let scope = match &deny.scope {
        ScopeName::Labelled {
            within: Some(_), ..
        } => "a bounded label",
        ScopeName::Labelled { within: None, .. } => "a label",
        ScopeName::Oneself => "oneself",
        ScopeName::This(_) => "this",
        ScopeName::Underlying(_) => "underlying",
        ScopeName::Platform => "the platform",
    };
    match thing {
        ThingName::Role(_) => "a role".to_owned(),
        ThingName::Group(_) if deny.scope == PLATFORM => "a group to a group".to_owned(),
        ThingName::Group(_) => format!("a group on {scope}"),
        ThingName::User(_) => format!("a user on {scope}"),
        ThingName::Resource { .. } => format!("a resource on {scope}"),
    }
}

/// The ways in which a removal may let somebody through: past a deny to what, or on what, and what is removed.
const WAYS: [&str; 11] = [
    "a group to a group",
    "a group on underlying",
    "a group on a label",
    "a group on a bounded label",
    "a resource on this",
    "a resource on underlying",
    "a resource on a label",
    "a resource on a bounded label",
    "a resource on oneself",
    "a user on a label",
    "a role",
];

/// Each way in which a removal can let somebody through is drawn, in loops as well; so is every sort of step that leaves a deny covering less.
#[test]
fn denies_near_what_goes_are_drawn() {
    let mut ways: BTreeMap<String, usize> = BTreeMap::new();
    let mut ended: BTreeMap<String, usize> = BTreeMap::new();
    let (mut removals, mut refused, mut in_loops) = (0, 0, 0);
    for seed in 0..2_000 {
        if seed >= 300 && WAYS.iter().all(|way| ways.contains_key(*way)) {
            break;
        }
        let world = World::from_seed(seed, Size::SMALL.with_edits(10));
        let is_rule =
            |it: &&Declaration| !matches!(it, Declaration::Rule(Rule::State(_) | Rule::Grant(_)));
        let free: Vec<Declaration> = world.declarations.iter().filter(is_rule).cloned().collect();
        let mut policy = policy(&free);
        for edit in &world.edits {
            let not_lifting = |step: &&Change| {
                matches!(
                    step,
                    Change::Remove {
                        lifting_denies: false,
                        ..
                    }
                )
            };
            removals += edit.iter().filter(not_lifting).count();
            match policy.apply(edit) {
                Ok(entry) => {
                    if entry.denies_covering_less().is_empty() {
                        continue;
                    }
                    for step in edit {
                        let sort = format!("{step:?}");
                        let sort = sort.split([' ', '(']).next().unwrap().to_owned();
                        *ended.entry(sort).or_default() += 1;
                    }
                }
                Err(error) => {
                    let mut found = false;
                    for problem in error.problems() {
                        if let Problem::Uncovers { thing, deny, .. } = problem {
                            *ways.entry(way(thing, deny)).or_default() += 1;
                            found = true;
                            refused += 1;
                        }
                    }
                    // A loop that was there when the step was taken, though the result has none.
                    let loops = edit.iter().zip(edit.iter().skip(2)).any(|(one, third)| {
                        matches!((one, third), (Change::Attach { group, parent }, Change::Detach { group: other, parent: of })
                            if group == of && parent == other)
                    });
                    in_loops += usize::from(found && loops);
                }
            }
        }
    }
    println!(
        "{removals} removals, {refused} refused, {in_loops} of them in loops\n{ways:?}\n{ended:?}"
    );
    for way in WAYS {
        assert!(
            ways.contains_key(way),
            "no removal lets somebody through like {way}: {ways:?}"
        );
    }
    for sort in [
        "Remove",
        "RemoveMember",
        "Detach",
        "Unplace",
        "RemoveLabel",
        "RemoveFromRole",
        "ExcludeRole",
    ] {
        assert!(
            ended.contains_key(sort),
            "no {sort} leaves a deny covering less: {ended:?}"
        );
    }
    assert!(refused * 50 >= removals && in_loops >= 3);
}

/// A role that only the oracle and the engine know by the same name.
#[test]
fn allow_and_deny_of_the_same_role() {
    let by = deny_role(to_group("blocked"), "owner", PLATFORM);
    let policy = after(
        [],
        &[
            add_user("ana"),
            add_group("squad"),
            add_group("blocked"),
            add_shelf("doc"),
            member("ana", "squad"),
            attach("squad", "blocked"),
            allow_role(to_user("ana"), "owner", this(shelf("doc"))),
            by.clone(),
        ],
    );
    refused(
        policy,
        told(ThingName::group("squad"), "ana", "read", at(shelf("doc"))),
        &by,
    );
}
