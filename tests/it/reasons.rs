//! The oracle's sources and reasons, sentence by sentence of the definitions, and on generated worlds.
//!
//! All cases ask whether `ana` can do `act` on the book `quixote`. It is on the shelf `novels`, which is in the group `spain`, below
//! `europe`; she is a member of `staff`, below `club`.

use std::collections::{BTreeMap, BTreeSet};

use rolecall::testing::{FailedAtom, Oracle, Size, World};
use rolecall::{
    Change, Declaration, Effect, GrantName, PLATFORM, PlaceName, ReasonKind, Requirement,
    ScopeName, SubjectName, TargetName, ThingName, WhatName, above, all, allows, any, holds,
    marked, on, within,
};

use crate::engine::without_rules;
use crate::witnesses::questions;

fn grant(effect: Effect, subject: SubjectName, what: WhatName, scope: ScopeName) -> Change {
    Change::Grant(GrantName {
        effect,
        subject,
        what,
        scope,
    })
}

fn allow(subject: SubjectName, permission: &str, scope: ScopeName) -> Change {
    grant(
        Effect::Allow,
        subject,
        WhatName::Permission(permission.into()),
        scope,
    )
}

fn allow_role(subject: SubjectName, role: &str, scope: ScopeName) -> Change {
    grant(Effect::Allow, subject, WhatName::Role(role.into()), scope)
}

fn deny(subject: SubjectName, permission: &str, scope: ScopeName) -> Change {
    grant(
        Effect::Deny,
        subject,
        WhatName::Permission(permission.into()),
        scope,
    )
}

fn deny_all(subject: SubjectName, scope: ScopeName) -> Change {
    grant(Effect::Deny, subject, WhatName::Everything, scope)
}

fn ana() -> SubjectName {
    SubjectName::User("ana".into())
}

fn to_group(name: &str) -> SubjectName {
    SubjectName::Group(name.into())
}

fn underlying(group: &str) -> ScopeName {
    ScopeName::Underlying(group.into())
}

fn this_group(name: &str) -> ScopeName {
    ScopeName::This(PlaceName::group(name))
}

fn this_shelf(name: &str) -> ScopeName {
    ScopeName::This(PlaceName::resource("shelf", name))
}

fn this_book(name: &str) -> ScopeName {
    ScopeName::This(PlaceName::resource("book", name))
}

fn label(kind: &str, name: &str, label: &str) -> Change {
    Change::AddLabel {
        place: PlaceName::resource(kind, name),
        label: label.into(),
    }
}

fn place(kind: &str, resource: &str, place: PlaceName) -> Change {
    Change::Place {
        kind: kind.into(),
        resource: resource.into(),
        place,
    }
}

fn target(text: &str) -> TargetName {
    text.parse().unwrap()
}

fn action(name: &str, targets: usize, requirement: Requirement) -> Declaration {
    Declaration::Action {
        name: name.into(),
        targets,
        requirement,
    }
}

/// The words of all cases and these actions.
fn words(actions: impl IntoIterator<Item = Declaration>) -> Vec<Declaration> {
    let kind = |name: &str| Declaration::Kind { name: name.into() };
    let label = |name: &str, recorded| Declaration::Label {
        name: name.into(),
        recorded,
    };
    let permission = |name: &str, recorded| Declaration::Permission {
        name: name.into(),
        recorded,
    };
    let mut words = vec![
        kind("book"),
        kind("shelf"),
        label("public", false),
        label("signed", true),
        permission("read", false),
        permission("edit", false),
        permission("lend", false),
        permission("agency id", true),
        Declaration::Role {
            name: "reader".into(),
            permissions: vec!["read".into()],
            includes: vec![],
        },
        Declaration::Role {
            name: "editor".into(),
            permissions: vec!["edit".into()],
            includes: vec!["reader".into()],
        },
    ];
    words.extend(actions);
    words
}

/// The state of all cases and these facts.
fn state(actions: impl IntoIterator<Item = Declaration>, facts: &[Change]) -> Oracle {
    let attach = |group: &str, parent: &str| Change::Attach {
        group: group.into(),
        parent: parent.into(),
    };
    let things = ["ana", "ben"].map(ThingName::user).into_iter();
    let things = things.chain(["club", "staff", "europe", "spain"].map(ThingName::group));
    let things = things.chain(["novels", "poems"].map(|name| ThingName::resource("shelf", name)));
    let things = things.chain(["quixote", "emma"].map(|name| ThingName::resource("book", name)));
    let mut changes: Vec<Change> = things.map(Change::Add).collect();
    changes.extend([
        attach("staff", "club"),
        attach("spain", "europe"),
        Change::AddMember {
            user: "ana".into(),
            group: "staff".into(),
        },
        place("shelf", "novels", PlaceName::group("spain")),
        place("book", "quixote", PlaceName::resource("shelf", "novels")),
    ]);
    changes.extend_from_slice(facts);
    let mut oracle = Oracle::new(&words(actions));
    oracle.apply(&changes).unwrap();
    oracle
}

const BOOK: &str = "book:quixote";

/// The sources of `act`, each without its `allow permission`.
#[track_caller]
fn check_sources(oracle: &Oracle, asked: &str, expected: &[&Change]) {
    let expected: BTreeSet<&Change> = expected.iter().copied().collect();
    let sources: Vec<Change> = oracle
        .sources("ana", "act", &[target(asked)])
        .into_iter()
        .map(Change::Grant)
        .collect();
    assert_eq!(sources.iter().collect::<BTreeSet<_>>(), expected);
}

/// The sources of a requirement about the book.
#[track_caller]
fn sources(requirement: Requirement, facts: &[Change], expected: &[&Change]) {
    let oracle = state([action("act", 1, requirement)], facts);
    assert!(oracle.can("ana", "act", &[target(BOOK)]));
    check_sources(&oracle, BOOK, expected);
}

/// A reason as text: its kind, then each atom with its path and its target.
fn text(reason: Option<(ReasonKind, Vec<FailedAtom>)>) -> String {
    let Some((kind, atoms)) = reason else {
        return "yes".to_owned();
    };
    let mut text = kind.to_string();
    for atom in atoms {
        let path: Vec<String> = atom.path.iter().map(usize::to_string).collect();
        text.push_str(&format!(
            "; /{} {} for {}",
            path.join("/"),
            atom.atom,
            atom.target
        ));
    }
    text
}

/// The reason of a requirement about the book.
#[track_caller]
fn reason(requirement: Requirement, facts: &[Change], expected: &str) {
    let oracle = state([action("act", 1, requirement)], facts);
    assert_eq!(text(oracle.reason("ana", "act", &[target(BOOK)])), expected);
}

// ---- Sources ----

#[test]
fn sources_of_holds_are_all_allows_held_that_give_it_and_cover_the_target() {
    let (direct, inherited) = (
        allow(ana(), "read", this_book("quixote")),
        allow(to_group("club"), "read", underlying("europe")),
    );
    let (of_all, by_role) = (
        allow(SubjectName::Everyone, "read", ScopeName::Platform),
        allow_role(to_group("staff"), "editor", this_shelf("novels")),
    );
    let others = [
        allow(ana(), "edit", ScopeName::Platform),
        allow(ana(), "read", this_shelf("poems")),
        allow(SubjectName::User("ben".into()), "read", ScopeName::Platform),
        allow(to_group("europe"), "read", ScopeName::Platform),
        deny(ana(), "read", this_shelf("poems")),
    ];
    let behind = [direct, inherited, of_all, by_role];
    let facts = [&behind[..], &others].concat();
    sources(holds("read"), &facts, &behind.each_ref());
}

#[test]
fn sources_of_above_are_those_at_each_place_that_makes_it_true() {
    let (novels, poems) = (
        allow(ana(), "read", this_shelf("novels")),
        allow(ana(), "read", this_shelf("poems")),
    );
    let in_poems = place("book", "quixote", PlaceName::resource("shelf", "poems"));
    let at_book_only = allow(ana(), "read", this_book("quixote"));
    let both = [
        in_poems.clone(),
        novels.clone(),
        poems.clone(),
        at_book_only,
    ];
    sources(above("shelf", "read"), &both, &[&novels, &poems]);
    let one_denied = [&both[..], &[deny(ana(), "read", this_shelf("poems"))]].concat();
    sources(above("shelf", "read"), &one_denied, &[&novels]);
}

#[test]
fn sources_of_within_are_those_at_the_target_and_at_each_place_under_it() {
    let (at_group, under_group, marked_shelf) = (
        allow(ana(), "read", this_group("europe")),
        allow(ana(), "read", this_shelf("novels")),
        allow(
            ana(),
            "read",
            ScopeName::Labelled {
                label: "public".into(),
                within: None,
            },
        ),
    );
    let elsewhere = allow(ana(), "read", this_shelf("poems"));
    let requirement = || [action("act", 1, within("read"))];
    let facts = [at_group.clone(), under_group.clone(), elsewhere.clone()];
    check_sources(
        &state(requirement(), &facts),
        "group:europe",
        &[&at_group, &under_group],
    );
    // A label scope names no place, but at a place that another grant names it is a source like any other.
    let public = label("shelf", "novels", "public");
    let facts = [marked_shelf.clone(), public.clone()];
    assert!(!state(requirement(), &facts).can("ana", "act", &[target("group:europe")]));
    let facts = [marked_shelf.clone(), public, under_group.clone()];
    check_sources(
        &state(requirement(), &facts),
        "group:europe",
        &[&under_group, &marked_shelf],
    );
    // Below a place where it is denied, it may be held.
    let facts = [
        allow(ana(), "read", underlying("europe")),
        deny(ana(), "read", this_group("europe")),
    ];
    check_sources(&state(requirement(), &facts), "group:europe", &[]);
    let facts = [&facts[..], std::slice::from_ref(&under_group)].concat();
    check_sources(
        &state(requirement(), &facts),
        "group:europe",
        &[&facts[0], &under_group],
    );
}

#[test]
fn a_mark_has_no_sources() {
    sources(marked("public"), &[label("book", "quixote", "public")], &[]);
}

#[test]
fn sources_of_any_are_those_of_its_true_parts() {
    let (read, edit) = (
        allow(ana(), "read", this_shelf("novels")),
        allow(ana(), "edit", this_shelf("novels")),
    );
    let requirement = || any([holds("lend"), holds("read"), holds("edit")]);
    let facts = [read.clone(), edit.clone()];
    sources(requirement(), &facts, &[&read, &edit]);
    let denied = [&facts[..], &[deny(ana(), "edit", this_book("quixote"))]].concat();
    sources(requirement(), &denied, &[&read]);
    // Not those of a false part of a part, either, although that one's own parts are true.
    let nested = any([holds("read"), all([holds("edit"), holds("lend")])]);
    sources(nested, &facts, &[&read]);
}

#[test]
fn sources_of_all_and_with_are_those_of_all_parts_companions_included() {
    let facts =
        ["read", "edit", "lend"].map(|permission| allow(ana(), permission, this_shelf("novels")));
    let [read, edit, lend] = &facts;
    sources(all([holds("read"), holds("edit")]), &facts, &[read, edit]);
    sources(
        holds("read").with(holds("edit")).with(holds("lend")),
        &facts,
        &[read, edit, lend],
    );
}

#[test]
fn sources_of_on_and_allows_are_those_of_the_inner_requirement() {
    let (read, edit) = (
        allow(ana(), "read", ScopeName::Platform),
        allow(ana(), "edit", this_shelf("novels")),
    );
    let facts = [
        read.clone(),
        edit.clone(),
        allow(ana(), "read", this_book("quixote")),
    ];
    sources(on(PLATFORM, holds("read")), &facts, &[&read]);
    sources(on(PLATFORM, within("edit")), &facts, &[&edit]);
    sources(allows("edit"), &facts, &[&edit]);

    let two = action("act", 2, all([on(0, holds("edit")), on(1, holds("lend"))]));
    let through = action("move", 2, allows("act"));
    let lend = allow(ana(), "lend", this_book("emma"));
    let oracle = state([two, through], &[edit.clone(), lend.clone()]);
    let question = [target(BOOK), target("book:emma")];
    let behind: Vec<Change> = oracle
        .sources("ana", "act", &question)
        .into_iter()
        .map(Change::Grant)
        .collect();
    assert_eq!(BTreeSet::from_iter(behind), BTreeSet::from([edit, lend]));
    assert_eq!(
        oracle.sources("ana", "move", &question),
        oracle.sources("ana", "act", &question)
    );
}

#[test]
fn a_grant_is_one_source_however_many_atoms_and_paths_it_serves() {
    let editor = allow_role(to_group("club"), "editor", underlying("europe"));
    let second_path = [
        Change::AddMember {
            user: "ana".into(),
            group: "club".into(),
        },
        place("book", "quixote", PlaceName::group("europe")),
        editor.clone(),
    ];
    sources(
        all([holds("read"), holds("edit"), within("read")]),
        &second_path,
        &[&editor],
    );
}

#[test]
fn two_grants_are_two_sources() {
    let twice = [
        allow(to_group("staff"), "read", underlying("europe")),
        allow(to_group("club"), "read", underlying("europe")),
        allow_role(to_group("club"), "reader", underlying("europe")),
    ];
    sources(holds("read"), &twice, &twice.each_ref());
}

#[test]
fn a_false_answer_has_no_sources() {
    let read = allow(ana(), "read", ScopeName::Platform);
    let requirement = || [action("act", 1, all([holds("read"), holds("edit")]))];
    check_sources(
        &state(requirement(), std::slice::from_ref(&read)),
        BOOK,
        &[],
    );
    let edit = allow(ana(), "edit", ScopeName::Platform);
    let blocked = [read, edit, deny_all(ana(), this_shelf("novels"))];
    check_sources(&state(requirement(), &blocked), BOOK, &[]);
    check_sources(
        &state(requirement(), &blocked[..2]),
        BOOK,
        &[&blocked[0], &blocked[1]],
    );
    check_sources(&state(requirement(), &blocked[..2]), "book:unknown", &[]);
}

// ---- Reasons ----

#[test]
fn not_active_is_who_or_what_does_not_exist() {
    let oracle = state([action("act", 1, holds("read"))], &[]);
    assert_eq!(
        text(oracle.reason("nobody", "act", &[target(BOOK)])),
        "not active"
    );
    assert_eq!(
        text(oracle.reason("ana", "act", &[target("book:lost")])),
        "not active"
    );
    assert_eq!(
        text(oracle.reason("ana", "act", &[target(BOOK)])),
        "no grant; / `read` for book:quixote"
    );
}

#[test]
fn not_active_is_a_block_that_covers_any_target() {
    let two = || [action("act", 2, on(0, holds("read")))];
    let read = allow(ana(), "read", ScopeName::Platform);
    let blocked = [read, deny_all(to_group("club"), this_book("emma"))];
    let (book, emma) = (target(BOOK), target("book:emma"));
    let oracle = state(two(), &blocked);
    assert_eq!(
        text(oracle.reason("ana", "act", &[book.clone(), emma.clone()])),
        "not active"
    );
    assert_eq!(
        text(oracle.reason("ana", "act", &[emma, book.clone()])),
        "not active"
    );
    assert_eq!(
        text(oracle.reason("ana", "act", &[book.clone(), book])),
        "yes"
    );
}

#[test]
fn not_active_comes_before_denied_and_both_before_the_formula() {
    let by_name = || action("read", 1, all([holds("read"), marked("public")]));
    let why =
        |facts: &[Change]| text(state([by_name()], facts).reason("ana", "read", &[target(BOOK)]));
    let denied = deny(ana(), "read", this_shelf("novels"));
    assert_eq!(why(std::slice::from_ref(&denied)), "denied");
    assert_eq!(
        why(&[denied.clone(), allow(ana(), "read", ScopeName::Platform)]),
        "denied"
    );
    assert_eq!(
        why(&[denied, deny_all(ana(), ScopeName::Platform)]),
        "not active"
    );
    assert_eq!(
        why(&[allow(ana(), "read", ScopeName::Platform)]),
        "wrong state; /1 marked `public` for book:quixote"
    );
}

#[test]
fn an_action_with_a_name_of_its_own_is_not_denied_by_name() {
    // Without an allow there is nothing that the deny takes.
    let denied = deny(ana(), "read", ScopeName::Platform);
    reason(
        holds("read"),
        std::slice::from_ref(&denied),
        "no grant; / `read` for book:quixote",
    );
    let elsewhere = allow(ana(), "read", this_shelf("poems"));
    reason(
        holds("read"),
        &[denied.clone(), elsewhere],
        "out of scope; / `read` for book:quixote",
    );
    let here = allow(ana(), "read", this_shelf("novels"));
    reason(
        holds("read"),
        &[denied, here],
        "denied; / `read` for book:quixote",
    );
}

#[test]
fn a_recorded_fact_is_missing_whatever_else_is_so() {
    let expected = "missing fact; / `agency id` for book:quixote";
    reason(holds("agency id"), &[], expected);
    let elsewhere = allow(ana(), "agency id", this_shelf("poems"));
    reason(holds("agency id"), &[elsewhere], expected);
    let taken = [
        allow(ana(), "agency id", ScopeName::Platform),
        deny(ana(), "agency id", ScopeName::Platform),
    ];
    reason(holds("agency id"), &taken, expected);
}

#[test]
fn above_is_denied_where_it_is_allowed_and_denied_at_one_place_of_the_kind() {
    let novels = allow(ana(), "read", this_shelf("novels"));
    let at_shelf = deny(ana(), "read", this_shelf("novels"));
    let at_book = deny(ana(), "read", this_book("quixote"));
    reason(
        above("shelf", "read"),
        &[novels.clone(), at_shelf],
        "denied; / `read` at a `shelf` above for book:quixote",
    );
    // What is denied at the book is not asked about at the shelf.
    reason(above("shelf", "read"), &[novels, at_book.clone()], "yes");
    let on_book = allow(ana(), "read", this_book("quixote"));
    reason(
        above("shelf", "read"),
        &[on_book, at_book],
        "out of scope; / `read` at a `shelf` above for book:quixote",
    );
    reason(
        above("shelf", "read"),
        &[],
        "no grant; / `read` at a `shelf` above for book:quixote",
    );
}

#[test]
fn above_is_denied_only_where_it_is_allowed_as_well() {
    let allowed_at_novels_denied_at_poems = [
        place("book", "quixote", PlaceName::resource("shelf", "poems")),
        allow(ana(), "read", this_group("spain")),
        deny(ana(), "read", this_shelf("poems")),
        deny(ana(), "read", this_shelf("novels")),
    ];
    reason(
        above("shelf", "read"),
        &allowed_at_novels_denied_at_poems,
        "denied; / `read` at a `shelf` above for book:quixote",
    );
    let allowed_nowhere_denied_at_both = [
        place("book", "quixote", PlaceName::resource("shelf", "poems")),
        allow(ana(), "read", this_book("quixote")),
        deny(ana(), "read", this_shelf("poems")),
    ];
    reason(
        above("shelf", "read"),
        &allowed_nowhere_denied_at_both,
        "out of scope; / `read` at a `shelf` above for book:quixote",
    );
}

#[test]
fn within_is_denied_at_the_target_or_at_a_place_under_it_that_is_named() {
    let why = |facts: &[Change]| {
        let oracle = state([action("act", 1, within("read"))], facts);
        text(oracle.reason("ana", "act", &[target("group:europe")]))
    };
    let novels = allow(ana(), "read", this_shelf("novels"));
    assert_eq!(
        why(&[novels.clone(), deny(ana(), "read", this_shelf("novels"))]),
        "denied; / `read` within for group:europe"
    );
    assert_eq!(
        why(&[novels.clone(), deny(ana(), "read", this_book("quixote"))]),
        "yes"
    );
    let europe = [
        allow(ana(), "read", this_group("europe")),
        deny(ana(), "read", ScopeName::Platform),
    ];
    assert_eq!(why(&europe), "denied; / `read` within for group:europe");
    // The poems are not under the group.
    let poems = [
        allow(ana(), "read", this_shelf("poems")),
        deny(ana(), "read", this_shelf("poems")),
    ];
    assert_eq!(
        why(&poems),
        "out of scope; / `read` within for group:europe"
    );
    assert_eq!(why(&[]), "no grant; / `read` within for group:europe");
}

#[test]
fn any_allow_of_the_permission_puts_it_out_of_scope() {
    let scopes = [
        this_shelf("poems"),
        underlying("staff"),
        ScopeName::Oneself,
        ScopeName::Labelled {
            label: "public".into(),
            within: Some("staff".into()),
        },
    ];
    for scope in scopes {
        let by_role = allow_role(to_group("club"), "editor", scope);
        reason(
            holds("read"),
            &[by_role],
            "out of scope; / `read` for book:quixote",
        );
    }
    let of_another = allow(SubjectName::User("ben".into()), "read", ScopeName::Platform);
    reason(
        holds("read"),
        &[of_another],
        "no grant; / `read` for book:quixote",
    );
}

#[test]
fn a_failed_mark_is_a_missing_fact_where_it_is_recorded_and_else_a_wrong_state() {
    reason(
        marked("public"),
        &[],
        "wrong state; / marked `public` for book:quixote",
    );
    reason(
        marked("signed"),
        &[],
        "missing fact; / marked `signed` for book:quixote",
    );
    // The label of the shelf is not the book's.
    let shelf = label("shelf", "novels", "public");
    reason(
        marked("public"),
        &[shelf],
        "wrong state; / marked `public` for book:quixote",
    );
    reason(
        on(PLATFORM, marked("public")),
        &[],
        "wrong state; /0 marked `public` for platform",
    );
}

/// Requirements that are false with [`ladder_facts`], from far to near.
fn ladder() -> Vec<(&'static str, Requirement)> {
    vec![
        ("no grant", holds("lend")),
        ("out of scope", holds("edit")),
        ("missing companion", marked("public").with(holds("lend"))),
        ("wrong state", on(PLATFORM, marked("public"))),
        ("missing fact", marked("signed")),
        ("denied", holds("read")),
    ]
}

fn ladder_facts() -> Vec<Change> {
    vec![
        allow(ana(), "edit", this_shelf("poems")),
        label("book", "quixote", "public"),
        allow(ana(), "read", ScopeName::Platform),
        deny(ana(), "read", ScopeName::Platform),
    ]
}

fn kind(requirement: Requirement) -> String {
    let oracle = state([action("act", 1, requirement)], &ladder_facts());
    let (kind, _) = oracle.reason("ana", "act", &[target(BOOK)]).unwrap();
    kind.to_string()
}

#[test]
fn any_reports_its_nearest_part_and_all_its_farthest() {
    let ladder = ladder();
    for (nth, (far, one)) in ladder.iter().enumerate() {
        assert_eq!(kind(one.clone()), *far);
        for (near, other) in &ladder[nth..] {
            for parts in [[one.clone(), other.clone()], [other.clone(), one.clone()]] {
                assert_eq!(kind(all(parts.clone())), *far, "all of {far} and {near}");
                assert_eq!(kind(any(parts)), *near, "any of {far} and {near}");
            }
        }
    }
}

#[test]
fn all_looks_at_its_false_parts_only() {
    let read = allow(ana(), "read", ScopeName::Platform);
    reason(
        all([holds("read"), marked("public")]),
        &[read],
        "wrong state; /1 marked `public` for book:quixote",
    );
}

#[test]
fn ties_are_listed_in_formula_order() {
    let requirement = || {
        any([
            all([holds("read"), marked("public")]),
            holds("edit"),
            on(PLATFORM, holds("lend")),
        ])
    };
    reason(
        requirement(),
        &[],
        "no grant; /0/0 `read` for book:quixote; /1 `edit` for book:quixote; /2/0 `lend` for platform",
    );
    // The same atom twice is two failed atoms.
    reason(
        all([holds("read"), holds("edit"), holds("read")]),
        &[],
        "no grant; /0 `read` for book:quixote; /1 `edit` for book:quixote; /2 `read` for book:quixote",
    );
}

#[test]
fn with_reports_its_main_requirement_while_that_is_false() {
    let requirement = || holds("read").with(holds("edit"));
    reason(requirement(), &[], "no grant; /0 `read` for book:quixote");
    let elsewhere = allow(ana(), "read", this_shelf("poems"));
    reason(
        requirement(),
        &[elsewhere],
        "out of scope; /0 `read` for book:quixote",
    );
    let edit = allow(ana(), "edit", ScopeName::Platform);
    reason(
        requirement(),
        &[edit],
        "no grant; /0 `read` for book:quixote",
    );
    reason(
        marked("public").with(holds("edit")),
        &[],
        "wrong state; /0 marked `public` for book:quixote",
    );
}

#[test]
fn a_companion_that_is_not_granted_or_not_here_is_missing() {
    let read = allow(ana(), "read", ScopeName::Platform);
    let requirement = || holds("read").with(holds("edit"));
    let expected = "missing companion; /1 `edit` for book:quixote";
    reason(requirement(), std::slice::from_ref(&read), expected);
    let elsewhere = allow(ana(), "edit", this_shelf("poems"));
    reason(requirement(), &[read, elsewhere], expected);
}

#[test]
fn a_companion_that_fails_otherwise_keeps_its_kind() {
    let read = allow(ana(), "read", ScopeName::Platform);
    let facts = std::slice::from_ref(&read);
    reason(
        holds("read").with(marked("public")),
        facts,
        "wrong state; /1 marked `public` for book:quixote",
    );
    reason(
        holds("read").with(holds("agency id")),
        facts,
        "missing fact; /1 `agency id` for book:quixote",
    );
    let taken = [
        read.clone(),
        allow(ana(), "edit", ScopeName::Platform),
        deny(ana(), "edit", ScopeName::Platform),
    ];
    reason(
        holds("read").with(holds("edit")),
        &taken,
        "denied; /1 `edit` for book:quixote",
    );
}

#[test]
fn the_farthest_companion_counts_and_ties_are_all_listed() {
    let read = allow(ana(), "read", ScopeName::Platform);
    let three = || {
        holds("read")
            .with(marked("public"))
            .with(holds("edit"))
            .with(holds("lend"))
    };
    let facts = std::slice::from_ref(&read);
    reason(
        three(),
        facts,
        "missing companion; /2 `edit` for book:quixote; /3 `lend` for book:quixote",
    );
    // Which is farthest is seen before the two kinds become one.
    let elsewhere = allow(ana(), "edit", this_shelf("poems"));
    reason(
        three(),
        &[read, elsewhere],
        "missing companion; /3 `lend` for book:quixote",
    );
}

#[test]
fn a_companion_of_parts_is_missing_by_the_part_that_counts() {
    let read = allow(ana(), "read", ScopeName::Platform);
    let facts = std::slice::from_ref(&read);
    reason(
        holds("read").with(any([holds("edit"), marked("public")])),
        facts,
        "wrong state; /1/1 marked `public` for book:quixote",
    );
    reason(
        holds("read").with(all([holds("edit"), marked("public")])),
        facts,
        "missing companion; /1/0 `edit` for book:quixote",
    );
}

#[test]
fn on_speaks_of_the_other_target() {
    let oracle = state(
        [action(
            "act",
            2,
            all([on(0, holds("read")), on(1, holds("read"))]),
        )],
        &[allow(ana(), "read", this_shelf("novels"))],
    );
    let question = [target(BOOK), target("book:emma")];
    assert_eq!(
        text(oracle.reason("ana", "act", &question)),
        "out of scope; /1/0 `read` for book:emma"
    );
    reason(
        on(PLATFORM, within("read")),
        &[],
        "no grant; /0 `read` within for platform",
    );
}

#[test]
fn a_reference_reports_what_the_other_question_would() {
    let inner = action("inner", 1, any([holds("read"), marked("public")]));
    let oracle = state(
        [
            inner,
            action("act", 1, all([marked("public"), allows("inner")])),
        ],
        &[],
    );
    assert_eq!(
        text(oracle.reason("ana", "act", &[target(BOOK)])),
        "wrong state; /0 marked `public` for book:quixote; /1/0/1 marked `public` for book:quixote"
    );
}

#[test]
fn a_reference_to_an_action_that_is_denied_by_name_is_denied_itself() {
    // Nothing but the name is denied: the formula asks another permission, which is held.
    let read = action("read", 1, holds("edit"));
    let facts = [
        allow(ana(), "edit", ScopeName::Platform),
        deny(ana(), "read", ScopeName::Platform),
    ];
    let oracle = state(
        [read, action("act", 1, any([holds("lend"), allows("read")]))],
        &facts,
    );
    assert_eq!(
        text(oracle.reason("ana", "act", &[target(BOOK)])),
        "denied; /1 can `read` for book:quixote"
    );
}

#[test]
fn there_is_no_reason_for_a_yes_nor_for_what_cannot_be_asked() {
    let oracle = state(
        [action("act", 1, holds("read"))],
        &[allow(ana(), "read", ScopeName::Platform)],
    );
    let book = target(BOOK);
    assert_eq!(
        oracle.reason("ana", "act", std::slice::from_ref(&book)),
        None
    );
    assert_eq!(
        oracle.reason("ana", "unknown", std::slice::from_ref(&book)),
        None
    );
    assert_eq!(oracle.reason("ana", "act", &[book.clone(), book]), None);
    assert_eq!(oracle.reason("ana", "act", &[]), None);
}

// ---- Generated worlds ----

/// The state without the allows that fail the test.
fn with_allows(
    declarations: &[Declaration],
    oracle: &Oracle,
    keep: impl Fn(&GrantName) -> bool,
) -> Oracle {
    let kept = oracle.facts().iter().filter(|fact| match fact {
        Change::Grant(grant) => grant.effect == Effect::Deny || keep(grant),
        _ => true,
    });
    let kept: Vec<Change> = kept.cloned().collect();
    let mut other = Oracle::new(declarations);
    other.apply(&kept).unwrap();
    other
}

/// A yes stands on its sources alone, and without them on nothing but marks.
#[test]
fn sources_are_what_an_answer_stands_on() {
    let (mut asked, mut on_marks) = (0, 0);
    for seed in 0..24 {
        let world = World::from_seed(seed, Size::SMALL);
        let free = without_rules(&world.declarations);
        let mut oracle = Oracle::new(&free);
        oracle.apply(&world.edits[0]).unwrap();
        for (action, question) in questions(&oracle, 1).into_iter().step_by(3) {
            for user in oracle.users() {
                let sources = oracle.sources(user, &action, &question);
                if !oracle.can(user, &action, &question) {
                    assert_eq!(sources, BTreeSet::new());
                    continue;
                }
                let alone = with_allows(&free, &oracle, |grant| sources.contains(grant));
                assert!(alone.can(user, &action, &question));
                assert_eq!(alone.sources(user, &action, &question), sources);
                let rest = with_allows(&free, &oracle, |grant| !sources.contains(grant));
                assert_eq!(rest.sources(user, &action, &question), BTreeSet::new());
                asked += 1;
                on_marks += usize::from(rest.can(user, &action, &question));
            }
        }
    }
    println!("{asked} answers, {on_marks} of them yes by marks alone");
    assert!(asked > 1_000 && on_marks * 2 < asked);
}

/// The part of the formula that a path leads to, references seen through.
fn part(declarations: &[Declaration], whole: &Requirement, path: &[usize]) -> Requirement {
    let Some((nth, rest)) = path.split_first() else {
        return whole.clone();
    };
    let next = match whole {
        Requirement::All(parts) | Requirement::Any(parts) => parts[*nth].clone(),
        Requirement::With(main, _) if *nth == 0 => (**main).clone(),
        Requirement::With(_, companions) => companions[nth - 1].clone(),
        Requirement::On(_, inner) => (**inner).clone(),
        Requirement::Allows(action) => formula(declarations, action),
        atom => panic!("`{atom}` has no parts"),
    };
    part(declarations, &next, rest)
}

fn formula(declarations: &[Declaration], action: &str) -> Requirement {
    let declared = declarations
        .iter()
        .find_map(|declaration| match declaration {
            Declaration::Action {
                name, requirement, ..
            } if name == action => Some(requirement.clone()),
            _ => None,
        });
    declared.unwrap_or_else(|| holds(action))
}

/// Every no has a reason, every sort of reason is drawn, and its atoms stand where they say, in formula order.
#[test]
fn every_no_has_a_reason() {
    let mut kinds: BTreeMap<ReasonKind, usize> = BTreeMap::new();
    for seed in 0..100 {
        let world = World::from_seed(seed, Size::SMALL);
        let mut oracle = Oracle::new(&world.declarations);
        oracle.apply(&world.edits[0]).unwrap();
        for (action, question) in questions(&oracle, 2).into_iter().step_by(2) {
            let whole = formula(&world.declarations, &action);
            for user in oracle.users() {
                let reason = oracle.reason(user, &action, &question);
                assert_eq!(reason.is_none(), oracle.can(user, &action, &question));
                let Some((kind, atoms)) = reason else {
                    continue;
                };
                *kinds.entry(kind).or_default() += 1;
                assert!(atoms.is_sorted_by(|one, next| one.path < next.path));
                assert!(!atoms.is_empty() || kind >= ReasonKind::Denied);
                for atom in atoms {
                    assert_eq!(
                        part(&world.declarations, &whole, &atom.path).to_string(),
                        atom.atom
                    );
                }
            }
        }
    }
    println!("{kinds:?}");
    assert_eq!(kinds.len(), 7, "a kind of reason is never drawn");
    assert!(kinds.values().all(|count| *count >= 100));
}
