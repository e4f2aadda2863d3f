//! Grounds grow with what an answer can rest on, and so does a cut.

use crate::facts::Fact;
use crate::id::Subject;
use crate::query::grounds::{Grounds, Proving};
use crate::steps::growth::check_growth;
use crate::{Catalog, Grant, Group, Policy, Scope, Target, User};

/// Ana, with many groups; each below the one before where `is_chain` says so.
fn policy(count: usize, is_chain: bool) -> (Policy, User, Vec<Group>) {
    let catalog = Catalog::builder().permission("read").build().unwrap();
    let mut policy = Policy::new(catalog);
    let mut edit = policy.edit_unguarded();
    let ana = edit.add_user("ana").unwrap();
    let mut groups: Vec<Group> = Vec::new();
    for at in 0..count {
        let group = edit.add_group(&format!("g{at}")).unwrap();
        if let (Some(above), true) = (groups.last(), is_chain) {
            edit.attach(group, *above).unwrap();
        }
        groups.push(group);
    }
    edit.commit().unwrap();
    (policy, ana, groups)
}

fn cut(policy: &Policy, ana: User, target: Group) -> usize {
    let now = policy.snapshot();
    let read = now.catalog().permission("read").unwrap();
    let grounds = Grounds::new(now.facts(), ana, read.index, &[Target::from(target)]);
    let cut = grounds.cut(|fact| match fact {
        Fact::Member(user, _) if *user == ana => 1,
        Fact::Grant(grant) if grant.subject == Subject::User(ana) => 2,
        _ => 3,
    });
    let cut = cut.expect("all of it can go");
    assert!(!grounds.without(&cut).answer());
    cut.len()
}

#[test]
fn a_cut_through_many_groups_is_linear() {
    check_growth(250, 1.0, |size| {
        let (mut policy, ana, groups) = policy(size + 1, false);
        let read = policy.catalog().permission("read").unwrap();
        let mut edit = policy.edit_unguarded();
        for group in &groups[1..] {
            edit.add_member(ana, *group).unwrap();
            edit.grant(
                Grant::permission(read)
                    .to(*group)
                    .on(Scope::this(groups[0])),
            )
            .unwrap();
        }
        edit.commit().unwrap();
        crate::steps::count_steps(|| assert_eq!(cut(&policy, ana, groups[0]), size)).1
    });
}

#[test]
fn a_cut_through_a_chain_with_grants_all_along_is_linear() {
    check_growth(250, 1.0, |size| {
        let (mut policy, ana, groups) = policy(size, true);
        let read = policy.catalog().permission("read").unwrap();
        let low = groups[size - 1];
        let mut edit = policy.edit_unguarded();
        edit.add_member(ana, low).unwrap();
        for group in &groups {
            edit.grant(
                Grant::permission(read)
                    .to(*group)
                    .on(Scope::underlying(*group)),
            )
            .unwrap();
        }
        edit.commit().unwrap();
        crate::steps::count_steps(|| assert_eq!(cut(&policy, ana, low), 1, "leaving the lowest")).1
    });
}

fn proving(policy: &Policy, ana: User, action: &str, target: Target) -> Proving {
    let now = policy.snapshot();
    let action = now.catalog().action(action).unwrap();
    Proving::new(Grounds::new(now.facts(), ana, action.index, &[target]))
}

#[test]
fn the_first_proof_of_a_chain_is_linear() {
    check_growth(250, 1.0, |size| {
        let (mut policy, ana, groups) = policy(size, true);
        let read = policy.catalog().permission("read").unwrap();
        let mut edit = policy.edit_unguarded();
        edit.add_member(ana, groups[size - 1]).unwrap();
        edit.grant(Grant::permission(read).to(groups[0]).on(Scope::Platform))
            .unwrap();
        edit.commit().unwrap();
        let first = || proving(&policy, ana, "read", groups[0].into()).next();
        let (proof, steps) = crate::steps::count_steps(first);
        assert_eq!(proof.unwrap().len(), size + 1);
        steps
    });
}

/// One role by two groups gives all permissions of the action: there are two proofs, not two for each permission.
#[test]
fn equal_choices_are_made_once() {
    check_growth(4, 2.0, |size| {
        let names: Vec<String> = (0..size).map(|at| format!("p{at}")).collect();
        let mut catalog = Catalog::builder();
        for name in &names {
            catalog = catalog.permission(name);
        }
        let catalog = catalog
            .action("all", crate::all(names.iter().map(crate::holds)))
            .role("everything", names.iter().map(String::as_str));
        let mut policy = Policy::new(catalog.build().unwrap());
        let role = policy.catalog().role("everything").unwrap();
        let mut edit = policy.edit_unguarded();
        let ana = edit.add_user("ana").unwrap();
        let groups = ["one", "other"].map(|name| edit.add_group(name).unwrap());
        for group in groups {
            edit.add_member(ana, group).unwrap();
            edit.grant(Grant::role(role).to(group).on(Scope::Platform))
                .unwrap();
        }
        edit.commit().unwrap();
        let mut proving = proving(&policy, ana, "all", Target::Platform);
        let (proofs, steps) = crate::steps::count_steps(|| {
            let mut proofs = 0;
            while let Some(proof) = proving.next() {
                assert_eq!(proof.len(), 2);
                proofs += 1;
            }
            proofs
        });
        assert!(proofs == 2 && proving.is_complete());
        steps
    });
}

#[test]
fn every_group_that_gives_the_right_is_a_proof() {
    let (mut policy, ana, groups) = policy(40, false);
    let read = policy.catalog().permission("read").unwrap();
    let mut edit = policy.edit_unguarded();
    for group in &groups {
        edit.add_member(ana, *group).unwrap();
        edit.grant(Grant::permission(read).to(*group).on(Scope::Platform))
            .unwrap();
    }
    edit.commit().unwrap();
    let mut proving = proving(&policy, ana, "read", Target::Platform);
    let proofs = std::iter::from_fn(|| proving.next()).count();
    assert_eq!(proofs, 40);
    assert!(proving.is_complete());
}
