//! The assertions for those who test with the crate: what passes, and what a failing one says.

use std::panic::catch_unwind;

use rolecall::testing::{assert_allowed, assert_denied, assert_denied_because};
use rolecall::{Declaration, PlaceName, ReasonKind, ScopeName, Snapshot, all, holds, on};

use crate::engine::{
    add_group, add_resource, add_user, allow, attach, deny_all, member, place, plain, policy, this,
    to_group, to_user,
};

fn now() -> Snapshot {
    let moving = Declaration::Action {
        name: "move".into(),
        targets: 2,
        requirement: all([on(0, holds("edit")), on(1, holds("edit"))]),
    };
    let mut policy = policy(&plain([moving]));
    let changes = [
        add_user("ana"),
        add_user("ben"),
        add_group("editors"),
        add_group("europe"),
        add_group("asia"),
        add_resource("shelf", "top: left"),
        place("shelf", "top: left", PlaceName::group("europe")),
        attach("europe", "asia"),
        member("ana", "editors"),
        allow(
            to_group("editors"),
            "edit",
            this(PlaceName::group("europe")),
        ),
        deny_all(to_user("ben"), ScopeName::Platform),
    ];
    policy.apply(&changes).unwrap();
    policy.snapshot()
}

/// What the assertion says when it fails.
#[track_caller]
fn message(assertion: impl FnOnce(&Snapshot) + std::panic::UnwindSafe) -> String {
    let failed = catch_unwind(|| assertion(&now())).unwrap_err();
    failed.downcast_ref::<String>().unwrap().clone()
}

#[test]
fn what_is_so_passes() {
    let now = now();
    assert_allowed(&now, "ana", "edit", "group:europe");
    assert_allowed(&now, "ana", "edit", "shelf:top: left");
    assert_allowed(&now, "ana", "edit", &String::from("group:europe"));
    assert_allowed(&now, "ana", "move", ["group:europe", "shelf:top: left"]);
    assert_denied(&now, "ana", "edit", "group:asia");
    assert_denied(&now, "ana", "edit", "platform");
    assert_denied(&now, "ana", "move", ["group:europe", "group:asia"]);
    let targets: &[&str] = &["group:asia", "group:europe"];
    assert_denied(&now, "ana", "move", targets);
    assert_denied_because(&now, "ana", "move", targets, ReasonKind::OutOfScope);
    assert_denied_because(&now, "ana", "read", "group:europe", ReasonKind::NoGrant);
    assert_denied_because(&now, "ben", "read", "user:ana", ReasonKind::NotActive);
}

#[test]
fn a_failing_assertion_prints_the_explanation() {
    let tree = |target: &str| {
        let now = now();
        let action = now.catalog().action("edit").unwrap();
        let (ana, target) = (now.user("ana").unwrap(), now.target(target).unwrap());
        now.explain(ana, action, target).unwrap().to_string()
    };
    let said = message(|now| assert_allowed(now, "ana", "edit", "group:asia"));
    assert_eq!(said, format!("expected a yes\n{}", tree("group:asia")));
    assert!(said.contains("no: user `ana` cannot `edit` on group `asia`: out of scope\n"));
    let said = message(|now| assert_denied(now, "ana", "edit", "group:europe"));
    assert_eq!(said, format!("expected a no\n{}", tree("group:europe")));
    assert!(said.contains("yes: user `ana` can `edit` on group `europe`\n"));
    let reason = |now: &Snapshot| {
        assert_denied_because(now, "ben", "edit", "group:europe", ReasonKind::NoGrant)
    };
    let said = message(reason);
    assert!(
        said.starts_with(
            "expected a no: no grant\nno: user `ben` cannot `edit` on group `europe`: not active\n"
        ),
        "{said}"
    );
    let said = message(|now| {
        assert_denied_because(now, "ana", "edit", "group:europe", ReasonKind::NoGrant)
    });
    assert!(said.starts_with("expected a no: no grant\nyes: "), "{said}");
}

/// A misspelled name is no refusal; all of them are told at once.
#[test]
fn what_cannot_be_asked_fails_every_assertion() {
    assert_eq!(
        message(|now| assert_denied(now, "anna", "edti", ["group:europa", "nowhere"])),
        "the question cannot be asked:
  unknown user `anna`, the nearest known is `ana`
  unknown action `edti`, the nearest known is `edit`
  unknown group `europa`, the nearest known is `europe`
  `nowhere` is no target: write `platform`, `user:NAME`, `group:NAME` or `KIND:NAME`"
    );
    let said = message(|now| {
        assert_denied_because(now, "ana", "move", "group:europe", ReasonKind::NoGrant)
    });
    assert!(
        said.starts_with("the question cannot be asked:\n  "),
        "{said}"
    );
    assert!(said.contains("2 target(s), asked with 1"), "{said}");
}
