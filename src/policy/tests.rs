//! What only the inside of a policy shows: births at their end, and tables and sets that do not grow.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use crate::catalog::Catalog;
use crate::facts::change::Change;
use crate::facts::grant::{Grant, Scope};
use crate::facts::problem::{Problem, ProblemKind};
use crate::facts::{Fact, Facts};
use crate::id::Target;
use crate::name::ThingName;
use crate::policy::Policy;
use crate::store::BIRTHS;

fn policy() -> Policy {
    let catalog = Catalog::builder()
        .kind("shelf")
        .label("public")
        .permission("read");
    Policy::new(catalog.build().unwrap())
}

/// Failure 12 (an overflow skipped elements, tests at exhausted ids): when births run out nothing more is added, nothing is lost, and no
/// birth is given twice.
#[test]
fn births_run_out_without_a_loss() {
    let mut policy = policy();
    let read = policy.catalog().permission("read").unwrap();
    let mut edit = policy.edit_unguarded();
    let ana = edit.add_user("ana").unwrap();
    edit.grant(Grant::permission(read).to(ana).on(Scope::Platform))
        .unwrap();
    edit.commit().unwrap();
    policy.births.store(BIRTHS - 2, Ordering::Relaxed);

    let mut edit = policy.edit_unguarded();
    let (ben, cleo) = (
        edit.add_user("ben").unwrap(),
        edit.add_group("cleo").unwrap(),
    );
    assert_eq!(edit.add_user("dan"), Err(Problem::Exhausted));
    let refused = edit.commit().unwrap_err();
    assert_eq!(
        refused.to_string(),
        "the edit is refused: step 2: no more things can be added to this policy"
    );
    // The births of the refused edit are used up.
    let refused = policy
        .apply(&[Change::Add(ThingName::user("ben"))])
        .unwrap_err();
    assert_eq!(refused.refusals()[0].problem.kind(), ProblemKind::Exhausted);
    let now = policy.snapshot();
    assert!(now.name(ben).is_err() && now.name(cleo).is_err());
    assert_eq!(
        (now.revision(), now.users().count(), now.groups().count()),
        (1, 1, 0)
    );
    assert!(now.can(ana, read, Target::Platform));

    // All else goes on, and a thing that is removed cannot come back.
    policy
        .apply(&[Change::Rename {
            thing: ThingName::user("ana"),
            to: "anna".into(),
        }])
        .unwrap();
    assert!(policy.snapshot().can(ana, read, Target::Platform));
    policy
        .apply(&[Change::Remove {
            thing: ThingName::user("anna"),
            lifting_denies: false,
        }])
        .unwrap();
    assert!(
        policy
            .apply(&[Change::Add(ThingName::user("anna"))])
            .is_err()
    );
    assert!(
        policy
            .preview(&[Change::Add(ThingName::user("anna"))])
            .is_err()
    );
    assert!(!policy.snapshot().can(ana, read, Target::Platform));
    assert_eq!(policy.births.load(Ordering::Relaxed), BIRTHS);
}

/// The slots of the tables and the nodes of the sets.
fn sizes(facts: &Facts) -> (usize, usize) {
    (facts.slots(), facts.nodes())
}

/// A million times something is added with all that can name it, and removed again: no table and no set has grown, and the digest is
/// the one before.
#[test]
fn a_million_cycles_leave_no_trace() {
    let policy = policy();
    let catalog = policy.catalog().clone();
    let (read, shelf, public) = (
        catalog.permission("read").unwrap(),
        catalog.kind("shelf").unwrap(),
        catalog.label("public").unwrap(),
    );
    let mut facts = policy.snapshot().facts().clone();
    let births = AtomicU32::new(0);
    let birth = || births.fetch_add(1, Ordering::Relaxed);
    // Something that stays, so that sets have more than one level and the cycles fall between its keys.
    let groups: Vec<_> = (0..2_000)
        .map(|nth| facts.add_group(&format!("g{nth}"), birth()).unwrap())
        .collect();
    for (nth, group) in groups.iter().enumerate() {
        let user = facts.add_user(&format!("u{nth}"), birth()).unwrap();
        facts.set(&Fact::Member(user, *group), true);
        facts.set(
            &Fact::Grant(Grant::permission(read).to(user).on(Scope::this(*group))),
            true,
        );
        if nth > 0 {
            facts.set(&Fact::Parent(*group, groups[nth / 2]), true);
        }
    }
    let cycle = |facts: &mut Facts, nth: usize| {
        let at = groups[nth * 7919 % groups.len()];
        let user = facts.add_user("passing", birth()).unwrap();
        let group = facts.add_group("passing", birth()).unwrap();
        let resource = facts.add_resource(shelf, "passing", birth()).unwrap();
        let links = [
            Fact::Member(user, at),
            Fact::Parent(group, at),
            Fact::Placed(resource, at.into()),
            Fact::Labelled(resource.into(), public),
            Fact::Grant(Grant::permission(read).to(group).on(Scope::underlying(at))),
        ];
        for link in links {
            assert!(facts.set(&link, true));
        }
        // Once in the order of the links and once in the other, as removals and inverses do.
        if nth.is_multiple_of(2) {
            links
                .iter()
                .for_each(|link| assert!(facts.set(link, false)));
        } else {
            links
                .iter()
                .rev()
                .for_each(|link| assert!(facts.set(link, false)));
        }
        facts.remove_thing(user.into());
        facts.remove_thing(group.into());
        facts.remove_thing(resource.into());
    };
    let digest = facts.digest();
    // A free slot for each sort of thing is what remains of the first. What is loaded in order is packed more densely than what is
    // edited, so the measure is taken when the cycles have passed each place a few times.
    let (_, dense) = sizes(&facts);
    (0..20_000).for_each(|nth| cycle(&mut facts, nth));
    let (slots, nodes) = sizes(&facts);
    assert!(nodes < dense * 2, "{dense} nodes became {nodes}");
    (0..1_000_000).for_each(|nth| cycle(&mut facts, nth));
    assert_eq!(facts.digest(), digest);
    let (slots_now, nodes_now) = sizes(&facts);
    assert_eq!(slots_now, slots);
    assert!(
        nodes_now * 10 <= nodes * 11,
        "{nodes} nodes became {nodes_now}"
    );
}

/// The same through edits, where a commit, its entry and its inverse each go through the counter of births.
#[test]
fn commits_and_their_inverses_leave_no_trace() {
    let mut policy = policy();
    policy.apply(&[Change::Add(ThingName::group("g"))]).unwrap();
    let add = [
        Change::Add(ThingName::user("ana")),
        Change::AddMember {
            user: "ana".into(),
            group: "g".into(),
        },
        Change::Add(ThingName::role("passing")),
        Change::AddToRole {
            role: "passing".into(),
            permission: "read".into(),
        },
    ];
    let entry = policy.apply(&add).unwrap();
    policy.apply(&entry.inverse()).unwrap();
    let before = sizes(policy.snapshot().facts());
    let digest = policy.snapshot().digest();
    for _ in 0..1_000 {
        let entry = policy.apply(&add).unwrap();
        policy.apply(&entry.inverse()).unwrap();
        assert!(policy.preview(&add).is_ok());
        drop(policy.edit_unguarded());
    }
    assert_eq!(sizes(policy.snapshot().facts()), before);
    assert_eq!(policy.snapshot().digest(), digest);
    assert_eq!(Arc::strong_count(&policy.births), 1);
}
