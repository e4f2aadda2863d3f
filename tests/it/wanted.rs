//! From the state that there is to the one that is wanted: the changes lead there, and no change is one too many; an import can be run twice.

use std::collections::BTreeSet;

use rolecall::testing::{Size, World, count_steps};
use rolecall::{
    Catalog, Change, Declaration, DiffError, PlaceName, Policy, ProblemKind, Snapshot, ThingName,
};

use crate::engine::{
    add_group, add_resource, add_user, allow, attach, deny, facts, kinds, member, place, plain,
    policy, remove, rename, this, to_group, to_user, without_rules,
};
use crate::growth::check_growth;

/// A policy of the declarations, without their rules, after the edits that it accepts.
fn after(declarations: &[Declaration], edits: &[Vec<Change>]) -> Policy {
    let mut policy = policy(&without_rules(declarations));
    for edit in edits {
        let _refused = policy.apply(edit);
    }
    policy
}

/// The changes lead there, and each is a fact that one side lacks.
fn check(mut policy: Policy, wanted: &Snapshot) -> usize {
    let now = policy.snapshot();
    let changes = now.changes_to(wanted).unwrap();
    let (here, there) = (facts(&now), facts(wanted));
    let recorded = there.difference(&here).cloned();
    let taken_out = here.difference(&there).map(|it| it.inverse().unwrap());
    let expected: BTreeSet<Change> = recorded.chain(taken_out).collect();
    assert_eq!(changes.len(), expected.len());
    assert_eq!(changes.iter().cloned().collect::<BTreeSet<_>>(), expected);
    let entry = policy.apply(&changes).unwrap();
    assert_eq!(entry.changes(), changes);
    assert_eq!(entry.digest(), wanted.digest());
    let back = policy.snapshot().changes_to(&now).unwrap();
    assert_eq!(policy.apply(&back).unwrap().digest(), now.digest());
    changes.len()
}

#[test]
fn the_changes_lead_to_the_wanted_state_and_back() {
    let mut most = 0;
    for seed in 0..10 {
        let world = World::from_seed(seed, Size::SMALL.with_edits(8));
        let other = World::from_seed(seed + 100, Size::SMALL.with_edits(2));
        // A policy of its own, in which everything has other handles and another order of words.
        let mut reversed = world.declarations.clone();
        reversed.reverse();
        let half = &world.edits[..world.edits.len() / 2];
        let wanted = [
            after(&reversed, &[]),
            after(&reversed, half),
            after(&reversed, &world.edits),
            after(&reversed, &other.edits),
        ];
        for wanted in wanted.map(|wanted| wanted.snapshot()) {
            let changed = check(after(&world.declarations, &world.edits), &wanted);
            most = most.max(changed);
            check(after(&world.declarations, half), &wanted);
        }
    }
    assert!(most > 100, "{most}");
}

/// A group, folder or role through which a deny reaches somebody goes without a word: all that it was part of is taken out before.
#[test]
fn what_a_deny_reaches_through_something_does_not_stop_it() {
    let build = |changes: &[Change]| {
        let mut policy = policy(&plain([]));
        policy.apply(changes).unwrap();
        policy
    };
    let people = [add_user("ana"), add_group("suspended")];
    let allowed = allow(to_user("ana"), "read", rolecall::ScopeName::Platform);
    let denied = deny(to_group("suspended"), "read", rolecall::ScopeName::Platform);
    let wanted = build(&[people.to_vec(), vec![allowed.clone(), denied.clone()]].concat());
    let mut more = people.to_vec();
    more.extend([
        add_group("squad"),
        member("ana", "squad"),
        attach("squad", "suspended"),
        allowed,
        denied,
        deny(to_group("squad"), "edit", this(PlaceName::user("ana"))),
    ]);
    let mut now = build(&more);
    // Removed as such it is refused.
    assert!(now.apply(&[remove(ThingName::group("squad"))]).is_err());
    let changes = now.snapshot().changes_to(&wanted.snapshot()).unwrap();
    assert_eq!(changes.len(), 4);
    assert_eq!(changes.last(), Some(&remove(ThingName::group("squad"))));
    let entry = now.apply(&changes).unwrap();
    assert_eq!(entry.digest(), wanted.snapshot().digest());
    assert_eq!(entry.denies_covering_less().len(), 1);
}

/// What was renamed is another thing; whoever knows better renames it first.
#[test]
fn a_renamed_thing_is_removed_and_added() {
    let mut renamed = policy(&plain([]));
    renamed
        .apply(&[add_user("ana"), add_group("g"), member("ana", "g")])
        .unwrap();
    let before = renamed.snapshot();
    let to = rename(ThingName::user("ana"), "anna");
    renamed.apply(std::slice::from_ref(&to)).unwrap();
    let changes = before.changes_to(&renamed.snapshot()).unwrap();
    assert_eq!(
        changes,
        [
            add_user("anna"),
            member("anna", "g"),
            member("ana", "g").inverse().unwrap(),
            remove(ThingName::user("ana")),
        ]
    );
    // A resource of another kind is another thing as well, whatever its name.
    let catalog = |order: [&str; 2]| {
        let builder = Catalog::builder().kind(order[0]).kind(order[1]);
        Policy::new(builder.build().unwrap())
    };
    let (mut shelf, mut room) = (catalog(["shelf", "room"]), catalog(["room", "shelf"]));
    shelf.apply(&[add_resource("shelf", "s")]).unwrap();
    room.apply(&[add_resource("room", "s")]).unwrap();
    let changes = shelf.snapshot().changes_to(&room.snapshot()).unwrap();
    assert_eq!(
        changes,
        [
            add_resource("room", "s"),
            remove(ThingName::resource("shelf", "s"))
        ]
    );
    let other = Policy::new(Catalog::builder().kind("shelf").build().unwrap());
    assert_eq!(
        shelf.snapshot().changes_to(&other.snapshot()),
        Err(DiffError::OtherCatalog)
    );
}

#[test]
fn it_is_linear_in_both_states() {
    let build = |from: usize, size: usize| {
        let mut policy = policy(&plain([]));
        let users = (from..from + size).map(|at| format!("u{at}"));
        let changes = users.flat_map(|user| [add_user(&user), member(&user, "g")]);
        let changes: Vec<Change> = [add_group("g")].into_iter().chain(changes).collect();
        policy.apply(&changes).unwrap();
        policy.snapshot()
    };
    check_growth(100, 1.0, |size| {
        let (one, other) = (build(0, size), build(size / 2, size));
        let (changes, steps) = count_steps(|| one.changes_to(&other).unwrap());
        assert_eq!(changes.len(), 2 * size);
        steps
    });
}

/// The changes, where what is there already is no problem.
fn import(changes: impl IntoIterator<Item = Change>) -> Vec<Change> {
    let ensured = changes.into_iter().map(|change| match change {
        Change::Add(thing) => Change::Ensure(thing),
        change => change,
    });
    ensured.collect()
}

#[test]
fn an_import_can_be_run_twice() {
    for seed in 0..12 {
        let world = World::from_seed(seed, Size::SMALL.with_edits(4));
        let wanted = after(&world.declarations, &world.edits).snapshot();
        let file = import(wanted.changes());
        let mut policy = after(&world.declarations, &[]);
        let first = policy.apply(&file).unwrap();
        assert_eq!(first.digest(), wanted.digest(), "seed {seed}");
        assert!(first.changes().iter().cloned().eq(wanted.changes()));
        let again = policy.apply(&file).unwrap();
        assert_eq!(
            (again.changes(), again.already_so()),
            (&[][..], file.as_slice())
        );
        // What is added as such cannot be added twice.
        let strict: Vec<Change> = wanted.changes().collect();
        assert!(policy.apply(&strict).is_err());
    }
}

#[test]
fn what_is_ensured_is_found_or_added() {
    let mut policy = policy(&plain([]));
    let shelf = policy.catalog().kind("shelf").unwrap();
    let reader = policy.catalog().role("reader").unwrap();
    let mut edit = policy.edit_unguarded();
    let ana = edit.ensure_user("ana").unwrap();
    assert_eq!(edit.ensure_user("ana"), Ok(ana));
    let group = edit.add_group("g").unwrap();
    assert_eq!(edit.ensure_group("g"), Ok(group));
    let resource = edit.ensure_resource(shelf, "s").unwrap();
    assert_eq!(edit.ensure_resource(shelf, "s"), Ok(resource));
    let role = edit.ensure_role("run").unwrap();
    assert_eq!(edit.ensure_role("run"), Ok(role));
    assert_eq!(edit.ensure_role("reader"), Ok(reader));
    let entry = edit.commit().unwrap();
    assert_eq!((entry.changes().len(), entry.already_so().len()), (4, 5));
    assert_eq!(entry.already_so()[0].inverse(), None);

    let refused = policy.apply(&[
        Change::Ensure(ThingName::user("")),
        Change::Ensure(ThingName::resource("room", "s")),
        Change::Ensure(ThingName::group("g")),
        place("shelf", "s", PlaceName::group("g")),
    ]);
    let refused = kinds(&refused.unwrap_err());
    assert_eq!(
        refused,
        [
            (Some(0), ProblemKind::Malformed),
            (Some(1), ProblemKind::Unknown)
        ]
        .into()
    );
    assert!(policy.edit_unguarded().ensure_group("").is_err());
}
