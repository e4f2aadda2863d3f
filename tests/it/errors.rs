//! What an error says to people, to programs and to a service: a text in names, a stable code, a kind, and its data as JSON.

use std::collections::BTreeSet;
use std::fmt::Display;

use rolecall::{
    AskError, BadName, Catalog, CatalogError, CatalogProblem, Change, Cursor, CursorError,
    DiffError, Difference, Edges, EditError, Effect, Error, Grant, GrantName, Granted, Guarded,
    NotCommitted, Objection, Policy, Problem, ProblemKind, Rule, Scope, ScopeName, SubjectName,
    Target, TargetError, TargetName, TargetSyntax, ThingName, Turn, Uncovered, UnknownName,
    Violation, WhatName,
};
use serde::Serialize;
use serde_json::{Value, json};

use crate::engine::{
    add_group, add_user, allow, attach, grant, member, plain, policy, remove, to_user,
};

fn json(value: &impl Serialize) -> Value {
    serde_json::to_value(value).unwrap()
}

fn deny() -> GrantName {
    grant(
        Effect::Deny,
        SubjectName::Everyone,
        WhatName::Everything,
        ScopeName::Platform,
    )
}

fn unknown() -> UnknownName {
    policy(&plain([])).snapshot().user("ana").unwrap_err()
}

/// One of each variant, made up where that is shorter than provoking it.
fn problems() -> Vec<Problem> {
    let thing = || ThingName::user("ana");
    let Rule::Grant(grant_rule) = Rule::needs_scope(Granted::role("owner")) else {
        panic!("a rule of grants");
    };
    let mut policy = policy(&plain([]));
    policy.apply(&[add_user("ana")]).unwrap();
    let now = policy.snapshot();
    let (ana, read) = (
        now.user("ana").unwrap(),
        now.catalog().action("read").unwrap(),
    );
    vec![
        Problem::Unknown(unknown()),
        Problem::Stale(now.try_can(ana, read, (ana, ana)).unwrap_err()),
        Problem::AlreadyExists { thing: thing() },
        Problem::BadName {
            word: "user".into(),
            name: String::new(),
            reason: BadName::Empty,
        },
        Problem::AllowsEverything {
            subject: SubjectName::Everyone,
        },
        Problem::FixedRole {
            role: "owner".into(),
        },
        Problem::Inherited {
            entry: "it".into(),
            recorded_on: vec![SubjectName::Everyone],
        },
        Problem::LiftsDenies {
            thing: thing(),
            denies: vec![deny()],
        },
        Problem::Uncovers {
            thing: Box::new(thing()),
            deny: Box::new(deny()),
            user: "ana".into(),
            action: "read".into(),
            targets: vec![TargetName::Platform],
        },
        Problem::Loop {
            edges: Edges::Groups,
            path: vec![ThingName::group("a"), ThingName::group("a")],
        },
        Problem::RuleBroken {
            rule: Box::new(Rule::exactly_one("owner")),
            violation: Box::new(Violation::Nobody(None)),
        },
        Problem::GrantRefused {
            rule: Box::new(grant_rule),
            grant: Box::new(deny()),
            violation: Box::new(Violation::Subject),
            kind: ProblemKind::RuleBroken,
        },
        Problem::NotAllowed {
            acting: "ana".into(),
            action: "read".into(),
            targets: vec![TargetName::Platform],
            why: Box::new(now.explain(ana, read, Target::Platform).unwrap()),
        },
        Problem::NotHeld {
            acting: "ana".into(),
            grant: Box::new(deny()),
            lacking: vec!["read".into()],
        },
        Problem::Other {
            kind: ProblemKind::WrongState,
            why: "closed on Sundays".into(),
        },
        Problem::Exhausted,
    ]
}

fn catalog_problems() -> Vec<CatalogProblem> {
    let place = || "action `a`".to_owned();
    vec![
        CatalogProblem::Exhausted,
        CatalogProblem::Unknown {
            place: place(),
            name: unknown(),
        },
        CatalogProblem::Duplicate {
            word: "kind",
            name: "course".into(),
        },
        CatalogProblem::BadName {
            word: "kind",
            name: "user".into(),
            reason: BadName::Reserved,
        },
        CatalogProblem::Loop {
            edges: "includes",
            path: vec!["a".into(), "a".into()],
        },
        CatalogProblem::Empty {
            place: place(),
            part: "all",
        },
        CatalogProblem::TooDeep { place: place() },
        CatalogProblem::NoTargets { place: place() },
        CatalogProblem::TooManyTargets {
            place: place(),
            targets: 9,
        },
        CatalogProblem::NoSuchTarget {
            place: place(),
            nth: 3,
            targets: 2,
        },
        CatalogProblem::NothingToLose { place: place() },
        CatalogProblem::WrongTargets {
            place: place(),
            action: "a".into(),
            given: 1,
            expected: 2,
        },
    ]
}

fn cursor_errors() -> [CursorError; 6] {
    [
        CursorError::Malformed,
        CursorError::OtherPolicy,
        CursorError::OtherRevision { cursor: 1, list: 2 },
        CursorError::OtherQuestion,
        CursorError::NotInList,
        CursorError::EmptyPage,
    ]
}

fn stale() -> AskError {
    let mut policy = policy(&plain([]));
    policy.apply(&[add_user("ana")]).unwrap();
    let ana = policy.snapshot().user("ana").unwrap();
    policy.apply(&[remove(ThingName::user("ana"))]).unwrap();
    policy.snapshot().name(ana).unwrap_err()
}

rolecall::handles! {
    /// A word that no catalog here has.
    struct Missing {
        kind course;
    }
}

fn refused() -> EditError {
    policy(&plain([]))
        .apply(&[remove(ThingName::user("ana"))])
        .unwrap_err()
}

fn guarded(guard: impl Fn() -> Objection) -> Guarded {
    let mut policy = policy(&plain([]));
    policy.apply(&[add_user("ana")]).unwrap();
    let edit = policy.edit_unguarded();
    edit.commit_if(|_| Some(guard())).unwrap_err()
}

/// Each error that a function of the crate returns, as the one error of a service.
fn errors() -> Vec<Error> {
    let now = policy(&plain([])).snapshot();
    let built: CatalogError = Catalog::builder().kind("").build().unwrap_err();
    let cursor: CursorError = "x".parse::<Cursor>().unwrap_err();
    let syntax: TargetSyntax = "x".parse::<TargetName>().unwrap_err();
    let target: TargetError = now.target("user:ana").unwrap_err();
    let diff: DiffError = now.diff(&policy(&plain([])).snapshot()).unwrap_err();
    let objected = guarded(|| {
        let mut other = policy(&plain([]));
        other.apply(&[add_user("ana")]).unwrap();
        let ana = other.snapshot().user("ana").unwrap();
        let action = other.catalog().action("read").unwrap();
        let difference = Difference {
            user: ana,
            action,
            targets: vec![ana.into()],
            turn: Turn::Gained,
        };
        difference.into()
    });
    let uncovered = guarded(|| {
        let (user, target) = ("ana".to_owned(), TargetName::Platform);
        let (deny, what) = (deny(), WhatName::Everything);
        Uncovered {
            deny,
            user,
            target,
            what,
        }
        .into()
    });
    let outdated: NotCommitted<Problem> = NotCommitted::Outdated {
        expected: 1,
        actual: 2,
    };
    let stopped: NotCommitted<Problem, &str> = NotCommitted::Stopped("the disk is full");
    let dropped: NotCommitted<Problem> = NotCommitted::Dropped(Problem::Exhausted);
    vec![
        unknown().into(),
        Missing::of(now.catalog()).unwrap_err().into(),
        syntax.into(),
        target.into(),
        stale().into(),
        built.into(),
        refused().into(),
        objected.into(),
        uncovered.into(),
        outdated.into(),
        stopped.into(),
        dropped.into(),
        cursor.into(),
        diff.into(),
    ]
}

/// `?` turns whatever a function returns into the one error.
#[test]
fn every_error_converts() {
    fn all(policy: &mut Policy) -> Result<(), Error> {
        let catalog = Catalog::builder().build()?;
        let now = policy.snapshot();
        let (ana, read) = (now.user("ana")?, now.catalog().permission("read")?);
        now.try_can(ana, read, now.target("platform")?)?;
        now.diff(&now)?;
        let _ = "platform".parse::<TargetName>()?;
        policy.edit_as(ana)?.add_user("ben")?;
        policy.write().apply(&[add_user("ben")])?;
        policy
            .write()
            .edit_unguarded(|edit| edit.add_user("cleo"))?;
        let never: Result<(), std::convert::Infallible> = Ok(());
        never?;
        let mut other = Policy::new(catalog);
        other.edit_unguarded().commit_if(|_| None::<Difference>)?;
        let page: Result<Cursor, CursorError> = "x".parse();
        page?;
        Ok(())
    }
    let mut policy = policy(&plain([]));
    policy.apply(&[add_user("ana")]).unwrap();
    assert_eq!(all(&mut policy), Err(Error::Cursor(CursorError::Malformed)));
}

/// Programs keep these: a code never changes, and no two variants have the same.
#[test]
fn codes_are_stable_and_tell_all_variants_apart() {
    let mut codes: Vec<&str> = errors().iter().map(Error::code).collect();
    codes.dedup();
    codes.extend(problems().iter().skip(2).map(Problem::code));
    codes.extend([AskError::code(
        problems()
            .iter()
            .find_map(|problem| match problem {
                Problem::Stale(wrong) => Some(wrong),
                _ => None,
            })
            .unwrap(),
    )]);
    codes.extend(catalog_problems().iter().map(CatalogProblem::code));
    codes.extend(cursor_errors().iter().skip(1).map(CursorError::code));
    let expected = [
        "unknown_name",
        "unknown_names",
        "no_target",
        "unknown_name",
        "stale_handle",
        "bad_catalog",
        "edit_refused",
        "guard_objected",
        "guard_objected_to_uncovering",
        "outdated",
        "stopped",
        "exhausted",
        "malformed_cursor",
        "diff_of_other_policy",
        "already_exists",
        "bad_name",
        "allows_everything",
        "fixed_role",
        "inherited",
        "lifts_denies",
        "uncovers",
        "loop",
        "rule_broken",
        "grant_refused",
        "not_allowed",
        "not_held",
        "other",
        "exhausted",
        "wrong_targets",
        "catalogs_exhausted",
        "undeclared",
        "declared_twice",
        "bad_declared_name",
        "declared_loop",
        "no_parts",
        "too_deep",
        "no_targets",
        "too_many_targets",
        "no_such_target",
        "nothing_to_lose",
        "wrong_targets_declared",
        "cursor_of_other_policy",
        "cursor_of_other_revision",
        "cursor_of_other_question",
        "cursor_not_in_list",
        "empty_page",
    ];
    assert_eq!(codes, expected);
    // Of those that are there twice one came by another way.
    let twice = ["unknown_name", "exhausted"].len();
    assert_eq!(
        codes.iter().collect::<BTreeSet<_>>().len(),
        codes.len() - twice
    );
}

/// Whether a text has the number of a handle, as its `Debug` has it.
fn has_number(text: &str) -> bool {
    text.split('#')
        .skip(1)
        .any(|rest| rest.starts_with(|next: char| next.is_ascii_digit()))
}

/// The error as JSON has its code, and neither it nor the text has the number of a handle.
#[track_caller]
fn written<E: Display + Serialize>(error: &E, code: &str) -> Value {
    let (text, written) = (error.to_string(), json(error));
    assert_eq!(written["code"], code, "{written}");
    assert!(
        !has_number(&text) && !has_number(&written.to_string()),
        "{text} {written}"
    );
    written
}

#[test]
fn errors_are_written_as_json_in_names() {
    for problem in problems() {
        written(&problem, problem.code());
        let error = Error::from(problem.clone());
        assert_eq!(
            (error.kind(), error.code()),
            (problem.kind(), problem.code())
        );
        written(&error, problem.code());
    }
    catalog_problems()
        .iter()
        .for_each(|problem| drop(written(problem, problem.code())));
    cursor_errors()
        .iter()
        .for_each(|error| drop(written(error, error.code())));
    for error in errors() {
        let written = written(&error, error.code());
        assert_eq!(written["message"], error.to_string());
        assert_eq!(written["kind"], json(&error.kind()));
        assert!((400..600).contains(&error.kind().http_status()));
    }
    assert_eq!(
        json(&Error::from(unknown())),
        json!({
            "code": "unknown_name",
            "kind": "unknown",
            "message": "unknown user `ana`",
            "details": {"code": "unknown_name", "word": "user", "name": "ana", "nearest": null, "searched": true},
        })
    );
    assert_eq!(
        json(&stale()),
        json!({"code": "stale_handle", "handle": "user", "why": "removed"})
    );
    assert_eq!(
        json(&refused())["refusals"][0],
        json!({
            "step": 0,
            "change": {"remove": {"thing": {"user": "ana"}, "lifting_denies": false}},
            "kind": "unknown",
            "message": "unknown user `ana`",
            "problem": {"code": "unknown_name", "word": "user", "name": "ana", "nearest": null, "searched": true},
        })
    );
    let stopped: NotCommitted<Problem, &str> = NotCommitted::Stopped("the disk is full");
    assert_eq!(
        json(&stopped),
        json(&Error::Stopped("the disk is full".into()))
    );
}

/// What an answer that turns is called where neither state has it: nothing tells what the guard of another policy meant.
#[test]
fn what_has_no_name_is_said_to_have_none() {
    let now = policy(&plain([])).snapshot();
    let mut other = policy(&plain([]));
    other.apply(&[add_user("ana")]).unwrap();
    let ana = other.snapshot().user("ana").unwrap();
    let named = now.diff(&now).unwrap().named(&Difference {
        user: ana,
        action: other.catalog().action("read").unwrap(),
        targets: vec![ana.into(), Target::Platform],
        turn: Turn::Lost,
    });
    assert_eq!(
        named.to_string(),
        "user `(in neither snapshot)` loses `(in neither snapshot)` on `user:(in neither snapshot)`, `platform`"
    );
}

/// A refusal says which change it refuses, whichever way the step was taken, as long as what it speaks of has a name.
#[test]
fn a_refusal_names_its_change() {
    let mut policy = policy(&plain([]));
    policy
        .apply(&[
            add_user("ana"),
            add_group("a"),
            add_group("b"),
            attach("a", "b"),
        ])
        .unwrap();
    let refused = policy
        .apply(&[
            add_user("ben"),
            add_user("ana"),
            member("ana", "c"),
            attach("b", "a"),
        ])
        .unwrap_err();
    assert_eq!(
        refused.to_string(),
        "the edit is refused: step 1 (add user `ana`): user `ana` already exists; step 2 (add user `ana` to group `c`): unknown group `c`, \
         the nearest known is `a`; groups would form a loop: `b` > `a` > `b`"
    );
    let changes: Vec<_> = refused
        .refusals()
        .iter()
        .map(|refusal| refusal.change.clone())
        .collect();
    assert_eq!(
        changes,
        [Some(add_user("ana")), Some(member("ana", "c")), None]
    );

    let read = policy.catalog().permission("read").unwrap();
    let mut edit = policy.edit_unguarded();
    let (ana, a) = (edit.user("ana").unwrap(), edit.group("a").unwrap());
    let owner = edit.role("reader").unwrap();
    edit.add_user("ana").unwrap_err();
    edit.add_to_role(owner, read).unwrap_err();
    let everything = Grant::role(owner).to(a).on(Scope::this(a));
    edit.grant(everything).unwrap();
    edit.add_member(ana, a).unwrap();
    edit.revoke(Grant::role(owner).to(ana).on(Scope::this(a)))
        .unwrap_err();
    edit.rename(ana, "").unwrap_err();
    edit.remove(ana).unwrap();
    edit.add_member(ana, a).unwrap_err();
    let refused = edit.commit().unwrap_err();
    let texts: Vec<String> = refused.refusals().iter().map(ToString::to_string).collect();
    assert_eq!(
        texts,
        [
            "step 0 (add user `ana`): user `ana` already exists",
            "step 1 (add permission `read` to role `reader`): role `reader` is fixed by the catalog",
            "step 4 (revoke: allow role `reader` to user `ana` on this group `a`): allow role `reader` to user `ana` on this group `a` is \
             inherited: it is recorded on group `a`, remove it there",
            "step 5 (rename user `ana` to ``): `` cannot name a user: a name cannot be empty",
            "step 7: the user was removed before this snapshot",
        ]
    );
}

/// A text stays short whatever was sent; the data has everything.
#[test]
fn the_text_shows_the_first_problems_and_counts_the_rest() {
    let changes: Vec<Change> = (0..2_000)
        .map(|nth| member("ana", &format!("g{nth}")))
        .collect();
    let refused = policy(&plain([])).apply(&changes).unwrap_err();
    assert_eq!(refused.refusals().len(), 4_000);
    let text = refused.to_string();
    assert!(text.ends_with("unknown group `g4` and 3990 more"), "{text}");
    assert_eq!(text.matches("; ").count(), 9);

    let lots = (0..50).fold(Catalog::builder(), |builder, _| builder.kind(""));
    let text = lots.build().unwrap_err().to_string();
    assert!(text.ends_with(" and 40 more"), "{text}");
}

/// Where somebody may not do what they try, that is the answer, whatever else is wrong with it.
#[test]
fn the_kind_of_a_refusal_is_not_allowed_before_any_other() {
    let mut policy = policy(&plain([]));
    policy
        .apply(&[
            add_user("ana"),
            allow(to_user("ana"), "edit", ScopeName::Oneself),
        ])
        .unwrap();
    let ana = policy.snapshot().user("ana").unwrap();
    let read = policy.catalog().permission("read").unwrap();
    let mut edit = policy.edit_as(ana).unwrap();
    edit.add_user("ana").unwrap_err();
    edit.demand(read, Target::Platform).unwrap_err();
    let refused = edit.commit().unwrap_err();
    assert_eq!(refused.kind(), ProblemKind::NotAllowed);
    assert_eq!(Error::from(refused).kind().http_status(), 403);
}
