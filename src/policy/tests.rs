//! What only the inside of a policy shows: births at their end, and tables and sets that do not grow.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use crate::catalog::Catalog;
use crate::error::WhyStale;
use crate::facts::births::PREVIEWED;
use crate::facts::change::Change;
use crate::facts::digest::DigestKey;
use crate::facts::grant::{Grant, Scope};
use crate::facts::near::counted::steps;
use crate::facts::problem::Problem;
use crate::facts::{Fact, Facts};
use crate::id::{Subject, Target};
use crate::kind::ProblemKind;
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
    policy.births.take_back(PREVIEWED - 2);

    let mut edit = policy.edit_unguarded();
    let (ben, cleo) = (
        edit.add_user("ben").unwrap(),
        edit.add_group("cleo").unwrap(),
    );
    assert_eq!(edit.add_user("dan"), Err(Problem::Exhausted));
    let refused = edit.commit().unwrap_err();
    assert_eq!(
        refused.to_string(),
        "the edit is refused: step 2 (add user `dan`): no more things can be added to this policy"
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
    assert!(!policy.snapshot().can(ana, read, Target::Platform));
    assert_eq!(policy.births.next(), PREVIEWED);

    // Previews have births of their own, which run out by themselves.
    let anna = [Change::Add(ThingName::user("anna"))];
    policy.previewed.take_back(BIRTHS - 1);
    let preview = policy.preview(&anna).unwrap();
    assert!(
        policy
            .snapshot()
            .name(preview.user("anna").unwrap())
            .is_err()
    );
    let refused = policy.preview(&anna).unwrap_err();
    assert_eq!(refused.refusals()[0].problem, Problem::Exhausted);
}

/// Previews and refused changes use up nothing of what the policy has, and what they are told of handles is right.
#[test]
fn previews_leave_the_births_of_the_policy_alone() {
    let mut policy = policy();
    let add = |name: &str| Change::Add(ThingName::user(name));
    policy.apply(&[add("ana"), add("ben")]).unwrap();
    let [ana, ben] = ["ana", "ben"].map(|name| policy.snapshot().user(name).unwrap());
    let remove = Change::Remove {
        thing: ThingName::user("ben"),
        lifting_denies: false,
    };
    for _ in 0..1_000 {
        assert!(policy.preview(&[add("cleo")]).is_ok());
        assert!(policy.apply(&[add("cleo"), add("ana")]).is_err());
        assert!(policy.write().apply(&[add("cleo"), add("ana")]).is_err());
    }
    assert_eq!(policy.births.next(), 2);

    // The preview has another user in the slot of one that is removed, and in the slot of one that comes later.
    let preview = policy.preview(&[remove, add("cleo"), add("dan")]).unwrap();
    let previewed = ["cleo", "dan"].map(|name| preview.user(name).unwrap());
    let seen = policy.write().guard(|diff| diff.iter().next());
    assert!(seen.apply(&[add("cleo")]).is_ok(), "nobody gains anything");
    let cleo = policy.snapshot().user("cleo").unwrap();
    assert_eq!((cleo.birth, cleo.index), (2, 2));
    let why = |snapshot: &crate::Snapshot, user| match snapshot.name(user) {
        Err(crate::AskError::Stale { why, .. }) => Some(why),
        _ => None,
    };
    assert_eq!(why(&preview, ana), None);
    assert_eq!(why(&preview, ben), Some(WhyStale::Removed));
    assert_eq!(why(&preview, cleo), Some(WhyStale::NotYet));
    for user in previewed {
        assert_eq!(why(&preview, user), None);
        assert_eq!(why(&policy.snapshot(), user), Some(WhyStale::NotYet));
    }
    let again = policy.preview(&[add("eva")]).unwrap().user("eva").unwrap();
    assert!(previewed.iter().all(|user| user.birth < again.birth));
}

/// A policy that came after the last number: it can be asked, and nothing is added to it, so no handle of one resolves in another.
#[test]
fn a_policy_without_a_number_takes_nothing_in() {
    let catalog = policy().catalog().clone();
    let read = catalog.permission("read").unwrap();
    let mut last = Policy::numbered(catalog, None, DigestKey::default());
    let mut edit = last.edit_unguarded();
    assert_eq!(edit.add_user("ana"), Err(Problem::Exhausted));
    assert_eq!(edit.add_group("g"), Err(Problem::Exhausted));
    assert_eq!(edit.add_role("r", [read], []), Err(Problem::Exhausted));
    assert_eq!(
        edit.commit().unwrap_err().to_string(),
        "the edit is refused: step 0 (add user `ana`): no more things can be added to this policy; step 1 (add group `g`): no more things \
         can be added to this policy; step 2 (add role `r`): no more things can be added to this policy"
    );
    assert!(
        last.preview(&[Change::Add(ThingName::user("ana"))])
            .is_err()
    );
    let mut edit = last.edit_unguarded();
    edit.grant(
        Grant::permission(read)
            .to(Subject::Everyone)
            .on(Scope::Platform),
    )
    .unwrap();
    edit.commit().unwrap();
    assert_eq!(last.snapshot().grants().count(), 1);
}

/// An entry keeps nothing of the states before and after it alive.
#[test]
fn an_entry_keeps_no_state() {
    let mut policy = policy();
    policy
        .apply(&[
            Change::Add(ThingName::user("ana")),
            Change::Add(ThingName::group("g")),
        ])
        .unwrap();
    let before = Arc::downgrade(policy.current.shared_facts());
    let joins = Change::AddMember {
        user: "ana".into(),
        group: "g".into(),
    };
    let entry = policy.apply(std::slice::from_ref(&joins)).unwrap();
    assert!(before.upgrade().is_none());
    let after = Arc::downgrade(policy.current.shared_facts());
    drop(policy);
    assert!(after.upgrade().is_none());
    assert_eq!(entry.changes(), [joins]);
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

/// A removal, or a step that ends something, with no deny near looks at what is above it and at nothing else, however many allows and how
/// many denies there are elsewhere; commits that remove nothing, and policies without denies, do not even look.
#[test]
fn removals_with_no_deny_near_look_only_upwards() {
    let catalog = Catalog::builder().permission("read").build().unwrap();
    let read = catalog.permission("read").unwrap();
    let mut policy = Policy::new(catalog);
    let mut edit = policy.edit_unguarded();
    let [root, far] = ["root", "far"].map(|name| edit.add_group(name).unwrap());
    let users: Vec<_> = (0..400)
        .map(|nth| edit.add_user(&format!("u{nth}")).unwrap())
        .collect();
    let mut above = root;
    for nth in 0..4 {
        let group = edit.add_group(&format!("g{nth}")).unwrap();
        edit.attach(group, above).unwrap();
        above = group;
    }
    for user in &users {
        edit.add_member(*user, above).unwrap();
        edit.grant(Grant::permission(read).to(root).on(Scope::this(*user)))
            .unwrap();
        edit.grant(
            Grant::permission(read)
                .to(*user)
                .on(Scope::underlying(root)),
        )
        .unwrap();
    }
    edit.commit().unwrap();
    let last = policy.snapshot().group("g3").unwrap();
    let remove = |name: &str| Change::Remove {
        thing: ThingName::group(name),
        lifting_denies: false,
    };
    let leave = Change::RemoveMember {
        user: "u0".into(),
        group: "g3".into(),
    };
    steps();
    policy.preview(std::slice::from_ref(&leave)).unwrap();
    policy.preview(&[remove("g3")]).unwrap();
    assert_eq!(steps(), 0, "there is no deny");

    let mut edit = policy.edit_unguarded();
    for user in &users {
        edit.grant(Grant::deny(read).to(far).on(Scope::this(*user)))
            .unwrap();
    }
    edit.commit().unwrap();
    assert_eq!(steps(), 0, "nothing was removed");
    // The group and the four above it, as holders and as places, and the group as the place that the member was at.
    policy.apply(&[leave]).unwrap();
    assert_eq!(steps(), 11);
    // The four above; and for the entry the same as for a membership, though there were 399.
    policy.preview(&[remove("g3")]).unwrap();
    assert_eq!(steps(), 8 + 11);

    let mut edit = policy.edit_unguarded();
    edit.grant(Grant::deny(read).to(root).on(Scope::Platform))
        .unwrap();
    edit.commit().unwrap();
    assert!(policy.preview(&[remove("g3")]).is_err());
    assert_eq!(steps(), 9, "the deny was found");
    let mut edit = policy.edit_unguarded();
    edit.remove_member(users[1], last).unwrap();
    assert_eq!(edit.commit().unwrap().denies_covering_less().len(), 1);
}
