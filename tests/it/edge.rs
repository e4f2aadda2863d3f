//! The edge of a service: questions in names, and the names of a catalog as a struct of handles.

use allocation_counter::measure;
use rolecall::{Catalog, Error, ScopeName, TargetName, ThingName};

use crate::engine::{add_resource, add_user, allow, can, place, plain, policy, to_user};

/// In names the answer is what it is in handles, and nothing is allocated for the names.
#[test]
fn a_question_in_names_allocates_what_one_in_handles_does() {
    let moving = rolecall::Declaration::Action {
        name: "move".into(),
        targets: 2,
        requirement: rolecall::all([
            rolecall::on(0, rolecall::holds("edit")),
            rolecall::on(1, rolecall::holds("edit")),
        ]),
    };
    let mut policy = policy(&plain([moving]));
    let changes = [
        add_user("ana"),
        add_resource("shelf", "s: t"),
        place("shelf", "s: t", rolecall::PlaceName::user("ana")),
        allow(to_user("ana"), "edit", ScopeName::Oneself),
    ];
    policy.apply(&changes).unwrap();
    let now = policy.snapshot();
    let each = ["platform", "user:ana", "shelf:s: t"];
    for text in each {
        let target: TargetName = text.parse().unwrap();
        assert_eq!(now.find_target(text), Some(now.target(text).unwrap()));
        assert_eq!(
            now.ask("ana", "edit", text),
            Ok(can(&now, "ana", "edit", &[target]))
        );
    }
    let (ana, edit) = (
        now.user("ana").unwrap(),
        now.catalog().action("edit").unwrap(),
    );
    let targets = each.map(|text| now.target(text).unwrap());
    let in_handles = measure(|| {
        assert!(targets.map(|target| now.can(ana, edit, target)) == [false, true, true])
    });
    let in_names = measure(|| {
        assert!(each.map(|text| now.ask("ana", "edit", text) == Ok(true)) == [false, true, true])
    });
    assert_eq!(in_names.count_total, in_handles.count_total);
    let both = ("user:ana", String::from("shelf:s: t"));
    assert_eq!(now.ask("ana", "move", both), Ok(true));
    assert_eq!(now.ask("ana", "move", ["user:ana", "platform"]), Ok(false));
}

#[test]
fn a_question_in_names_says_which_is_unknown() {
    let mut policy = policy(&plain([]));
    policy
        .apply(&[add_user("ana"), add_resource("shelf", "api")])
        .unwrap();
    let now = policy.snapshot();
    let says = |user, action, target: &str| now.ask(user, action, target).unwrap_err().to_string();
    assert_eq!(
        says("Ana", "edit", "shelf:api"),
        "unknown user `Ana`, the nearest known is `ana`"
    );
    assert_eq!(
        says("ana", "edits", "shelf:api"),
        "unknown action `edits`, the nearest known is `edit`"
    );
    assert_eq!(
        says("ana", "edit", "shelf:abi"),
        "unknown shelf `abi`, the nearest known is `api`"
    );
    assert_eq!(
        says("ana", "edit", "self:api"),
        "unknown kind `self`, the nearest known is `shelf`"
    );
    assert_eq!(says("ana", "edit", "group:g"), "unknown group `g`");
    for text in ["", "api", "platform:x", ":api", "shelf:", "user:", "group:"] {
        assert!(
            matches!(now.ask("ana", "edit", text), Err(Error::Syntax(_))),
            "{text}"
        );
        assert_eq!(now.find_target(text), None);
    }
    let none: &[&str] = &[];
    for given in [none, &["platform"; 2], &["platform"; 20]] {
        let wrong = now.ask("ana", "edit", given).unwrap_err();
        assert_eq!(wrong.code(), "wrong_targets");
        assert!(
            wrong
                .to_string()
                .ends_with(&format!("asked with {}", given.len()))
        );
    }
    // What was removed, or was never there, is unknown; nobody is somebody else.
    policy
        .apply(&[crate::engine::remove(ThingName::user("ana"))])
        .unwrap();
    assert_eq!(
        policy
            .snapshot()
            .ask("ana", "edit", "platform")
            .unwrap_err()
            .code(),
        "unknown_name"
    );
}

rolecall::handles! {
    /// Some words of [`plain`].
    struct Words {
        /// Where things stand.
        kind shelf;
        label public_mark = "public";
        permission read;
        action edit;
        role owner;
    }
}

#[test]
fn the_names_of_a_catalog_are_found_once() {
    let part = policy(&plain([])).catalog().clone();
    let whole = Catalog::builder().include("x.", &part).build().unwrap();
    let (words, prefixed) = (
        Words::of(&part).unwrap(),
        Words::with_prefix(&whole, "x.").unwrap(),
    );
    for (catalog, prefix, words) in [(&part, "", words), (&whole, "x.", prefixed)] {
        let names = [
            catalog.kind_name(words.shelf),
            catalog.label_name(words.public_mark),
            catalog.permission_name(words.read),
            catalog.action_name(words.edit),
            catalog.role_name(words.owner),
        ];
        let expected =
            ["shelf", "public", "read", "edit", "owner"].map(|name| format!("{prefix}{name}"));
        assert_eq!(names.map(Option::unwrap), expected);
    }
    let lacking = Words::of(&whole).unwrap_err();
    assert_eq!(lacking.names().len(), 5);
    assert_eq!(lacking.names()[1].nearest.as_deref(), Some("x.public"));
    assert_eq!(Error::from(lacking).code(), "unknown_names");
}
