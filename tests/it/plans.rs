//! Plans to a yes out of a deny, and plans to a no where rules and denies are in the way: cases with the right value.

use rolecall::{Catalog, Grant, Plans, Policy, Rule, Scope};

/// Each plan as its changes, told in one line.
fn told(plans: &Plans) -> Vec<String> {
    let line = |plan: &rolecall::Plan| {
        let changes = plan.changes().iter().map(ToString::to_string);
        changes.collect::<Vec<_>>().join(" and ")
    };
    plans.iter().map(line).collect()
}

fn library() -> Policy {
    let catalog = Catalog::builder()
        .kind("shelf")
        .kind("book")
        .label("secret")
        .permission("read")
        .role("reader", ["read"]);
    Policy::new(catalog.build().unwrap())
}

/// Ana may read the child herself, while her group is denied it: she can leave the group, and nobody else gains by that.
#[test]
fn leaving_the_group_that_is_denied_comes_before_lifting_the_deny_for_all() {
    let mut policy = library();
    let read = policy.catalog().permission("read").unwrap();
    let mut edit = policy.edit_unguarded();
    let [staff, child] = ["staff", "child"].map(|name| edit.add_group(name).unwrap());
    let users: Vec<_> = (0..52)
        .map(|at| edit.add_user(&format!("u{at}")).unwrap())
        .collect();
    for user in &users {
        edit.add_member(*user, staff).unwrap();
        edit.grant(Grant::permission(read).to(*user).on(Scope::this(child)))
            .unwrap();
    }
    edit.grant(Grant::deny(read).to(staff).on(Scope::this(child)))
        .unwrap();
    edit.commit().unwrap();
    let now = policy.snapshot();
    let plans = now.nearest_changes(users[0], read, child, 5).unwrap();
    assert_eq!(
        told(&plans),
        [
            "remove user `u0` from group `staff`",
            "revoke: deny permission `read` to group `staff` on this group `child`",
        ]
    );
    assert!(plans.is_complete());
    let others: Vec<usize> = plans.iter().map(rolecall::Plan::others_gaining).collect();
    assert_eq!(others, [0, 51]);
}

/// A deny reaches the book by a label on the shelf and by a group above the asker's: every way out is told, and what each gives away.
#[test]
fn a_deny_by_label_can_be_left_unlabelled_unplaced_or_detached_from() {
    let mut policy = library();
    let catalog = policy.catalog().clone();
    let read = catalog.permission("read").unwrap();
    let secret = catalog.label("secret").unwrap();
    let [shelf_kind, book_kind] = ["shelf", "book"].map(|name| catalog.kind(name).unwrap());
    let mut edit = policy.edit_unguarded();
    let [club, staff] = ["club", "staff"].map(|name| edit.add_group(name).unwrap());
    edit.attach(staff, club).unwrap();
    let [ana, ben, cleo] = ["ana", "ben", "cleo"].map(|name| edit.add_user(name).unwrap());
    edit.add_member(ana, staff).unwrap();
    edit.add_member(ben, staff).unwrap();
    edit.add_member(cleo, club).unwrap();
    let shelf = edit.add_resource(shelf_kind, "attic").unwrap();
    let book = edit.add_resource(book_kind, "diary").unwrap();
    edit.place(book, shelf).unwrap();
    edit.add_label(shelf, secret).unwrap();
    for user in [ana, ben, cleo] {
        edit.grant(Grant::permission(read).to(user).on(Scope::this(book)))
            .unwrap();
    }
    edit.grant(Grant::deny(read).to(club).on(Scope::labelled(secret)))
        .unwrap();
    edit.commit().unwrap();
    let now = policy.snapshot();
    assert!(!now.can(ana, read, book));
    let plans = now.nearest_changes(ana, read, book, 9).unwrap();
    let others: Vec<(String, usize)> = told(&plans)
        .into_iter()
        .zip(plans.iter().map(rolecall::Plan::others_gaining))
        .collect();
    let expected = [
        ("remove user `ana` from group `staff`", 0),
        ("detach group `staff` from group `club`", 1),
        ("take book `diary` out of shelf `attic`", 2),
        ("unmark shelf `attic` as `secret`", 2),
        (
            "revoke: deny permission `read` to group `club` on whatever is marked `secret`",
            2,
        ),
    ];
    let expected = expected.map(|(change, others)| (change.to_owned(), others));
    assert_eq!(others, expected);
    for plan in &plans {
        assert!(plan.preview().can(ana, read, book));
    }
}

/// Someone who is held to a deny in many ways leaves all groups at once; a search through all ways is not needed for that.
#[test]
fn a_deny_that_is_held_in_many_ways_can_still_be_left() {
    let mut policy = library();
    let read = policy.catalog().permission("read").unwrap();
    let mut edit = policy.edit_unguarded();
    let (ana, banned) = (
        edit.add_user("ana").unwrap(),
        edit.add_group("banned").unwrap(),
    );
    let others = edit.add_group("others").unwrap();
    for at in 0..6 {
        let group = edit.add_group(&format!("g{at}")).unwrap();
        edit.add_member(ana, group).unwrap();
        edit.grant(Grant::deny_everything().to(group).on(Scope::Platform))
            .unwrap();
    }
    edit.grant(Grant::permission(read).to(ana).on(Scope::this(banned)))
        .unwrap();
    edit.grant(Grant::permission(read).to(others).on(Scope::this(banned)))
        .unwrap();
    edit.commit().unwrap();
    let now = policy.snapshot();
    let plans = now.nearest_changes(ana, read, banned, 2).unwrap();
    assert_eq!(plans.len(), 2);
    assert!(!plans.is_complete(), "there are mixtures of the two");
    let leaves = |plan: &&rolecall::Plan| told_as(plan, "remove user `ana` from");
    let lifts = |plan: &&rolecall::Plan| told_as(plan, "revoke: deny everything");
    assert_eq!(
        (
            plans.iter().filter(leaves).count(),
            plans.iter().filter(lifts).count()
        ),
        (1, 1)
    );
    for plan in &plans {
        assert_eq!(plan.changes().len(), 6);
        assert!(plan.preview().can(ana, read, banned));
    }
}

fn told_as(plan: &rolecall::Plan, beginning: &str) -> bool {
    let changes = plan.changes().iter();
    changes
        .map(ToString::to_string)
        .all(|it| it.starts_with(beginning))
}

/// What a rule keeps is left alone, also where the plans need no search.
#[test]
fn a_plan_takes_nothing_out_that_a_rule_keeps() {
    let catalog = Catalog::builder()
        .permission("read")
        .role("reader", ["read"])
        .role("owner", ["read"])
        .rule(Rule::exactly_one("owner"));
    let mut policy = Policy::new(catalog.build().unwrap());
    let catalog = policy.catalog().clone();
    let read = catalog.permission("read").unwrap();
    let [reader, owner] = ["reader", "owner"].map(|name| catalog.role(name).unwrap());
    let mut edit = policy.edit_unguarded();
    let (ana, top) = (
        edit.add_user("ana").unwrap(),
        edit.add_group("top").unwrap(),
    );
    let low = edit.add_group("low").unwrap();
    edit.attach(low, top).unwrap();
    edit.grant(Grant::role(owner).to(ana).on(Scope::underlying(top)))
        .unwrap();
    for at in 0..30 {
        let group = edit.add_group(&format!("g{at}")).unwrap();
        edit.add_member(ana, group).unwrap();
        edit.grant(Grant::role(reader).to(group).on(Scope::this(low)))
            .unwrap();
    }
    edit.commit().unwrap();
    let now = policy.snapshot();
    let plans = now.revoke_plans(ana, read, low, 1).unwrap();
    assert!(!plans.is_complete());
    let plan = plans.first().unwrap();
    assert!(
        told(&plans)[0].contains("detach group `low` from group `top`"),
        "the owner stays: {}",
        told(&plans)[0]
    );
    assert_eq!(plan.changes().len(), 31);
    assert!(!plan.preview().can(ana, read, low));
}
