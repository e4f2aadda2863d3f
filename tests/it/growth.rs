//! How what is asked grows with what it is about, counted in steps and not timed: a cost that grows faster than is stated fails here on any
//! machine.

use rolecall::testing::counted;
use rolecall::{Catalog, Grant, Group, Permission, Policy, Scope, Snapshot, User};

/// A policy of one asker and the words of all cases.
struct Case {
    policy: Policy,
    ana: User,
    read: Permission,
}

impl Case {
    fn new() -> Case {
        let catalog = Catalog::builder()
            .kind("box")
            .label("open")
            .permission("read")
            .permission("edit")
            .action("above", rolecall::above("box", "read"))
            .action("inside", rolecall::within("read"))
            .build()
            .unwrap();
        let read = catalog.permission("read").unwrap();
        let mut policy = Policy::new(catalog);
        let mut edit = policy.edit_unguarded();
        let ana = edit.add_user("ana").unwrap();
        edit.commit().unwrap();
        Case { policy, ana, read }
    }

    /// Groups with these names, each below the one before where `is_chain` says so.
    fn groups(&mut self, count: usize, is_chain: bool) -> Vec<Group> {
        let mut edit = self.policy.edit_unguarded();
        let mut groups: Vec<Group> = Vec::new();
        for at in 0..count {
            let group = edit.add_group(&format!("g{at}")).unwrap();
            if let (Some(above), true) = (groups.last(), is_chain) {
                edit.attach(group, *above).unwrap();
            }
            groups.push(group);
        }
        edit.commit().unwrap();
        groups
    }

    fn join(&mut self, group: Group) {
        let mut edit = self.policy.edit_unguarded();
        edit.add_member(self.ana, group).unwrap();
        edit.commit().unwrap();
    }

    fn grant(&mut self, grants: impl IntoIterator<Item = Grant>) {
        let mut edit = self.policy.edit_unguarded();
        edit.grant_all(grants).unwrap();
        edit.commit().unwrap();
    }

    fn now(&self) -> Snapshot {
        self.policy.snapshot()
    }
}

/// Ana is in many groups that all give the right.
fn many_groups(count: usize) -> (Case, Group) {
    let mut case = Case::new();
    let groups = case.groups(count + 1, false);
    let mut edit = case.policy.edit_unguarded();
    for group in &groups[1..] {
        edit.add_member(case.ana, *group).unwrap();
    }
    edit.commit().unwrap();
    let (read, top) = (case.read, groups[0]);
    case.grant(
        groups[1..]
            .iter()
            .map(|group| Grant::permission(read).to(*group).on(Scope::this(top))),
    );
    (case, top)
}

#[test]
fn a_plan_to_leave_many_groups_is_found_without_a_search() {
    for size in [100, 200, 400, 800] {
        let (case, top) = many_groups(size);
        let now = case.now();
        let (plans, steps) = counted(|| now.revoke_plans(case.ana, case.read, top, 3).unwrap());
        // The budget of the search is the same at every size; all else is a few walks over the groups.
        assert!(steps < 6_100_000 + 300 * size as u64, "{size}: {steps}");
        assert!(!plans.is_complete() && !plans.is_empty(), "{size}");
        assert_eq!(plans.first().unwrap().changes().len(), size);
        let after = plans.first().unwrap().preview();
        assert!(!after.can(case.ana, case.read, top));
    }
}

#[test]
fn a_plan_against_chains_and_diamonds_cuts_where_they_meet() {
    let mut case = Case::new();
    let chain = case.groups(60, true);
    let mut edit = case.policy.edit_unguarded();
    // Each group but the last two is below the two above it.
    for at in 2..60 {
        edit.attach(chain[at], chain[at - 2]).unwrap();
    }
    edit.commit().unwrap();
    case.join(chain[59]);
    let top = chain[0];
    case.grant([Grant::permission(case.read).to(top).on(Scope::this(top))]);
    let plans = case
        .now()
        .revoke_plans(case.ana, case.read, top, 4)
        .unwrap();
    assert!(plans.is_complete());
    let first: Vec<String> = plans
        .first()
        .unwrap()
        .changes()
        .iter()
        .map(|it| it.to_string())
        .collect();
    assert_eq!(first, ["remove user `ana` from group `g59`"]);
    assert!(plans.iter().take(2).all(|plan| plan.changes().len() == 1));
    assert!(
        plans.iter().skip(2).all(|plan| plan.changes().len() == 2),
        "both edges into the end, or both out of the beginning"
    );
}

/// Seven chains of five groups, all of which give the right: two to the power of that many plans of seven facts each.
#[test]
fn plans_for_several_chains_have_nothing_to_spare() {
    let mut case = Case::new();
    let groups = case.groups(36, false);
    let mut edit = case.policy.edit_unguarded();
    for chain in groups[1..].chunks(5) {
        edit.add_member(case.ana, chain[0]).unwrap();
        for pair in chain.windows(2) {
            edit.attach(pair[0], pair[1]).unwrap();
        }
    }
    edit.commit().unwrap();
    let (read, top) = (case.read, groups[0]);
    let highest = groups[1..].chunks(5).map(|chain| chain[4]);
    case.grant(highest.map(|group| Grant::permission(read).to(group).on(Scope::this(top))));
    let now = case.now();
    let (plans, steps) = counted(|| now.revoke_plans(case.ana, read, top, 4).unwrap());
    assert!(!plans.is_complete() && steps < 20_000_000, "{steps}");
    assert!(
        plans.len() >= 2,
        "leaving all groups, and taking all grants"
    );
    for plan in &plans {
        assert_eq!(plan.changes().len(), 7);
        assert!(!plan.preview().can(case.ana, read, top));
        for spared in 0..7 {
            let mut fewer = plan.changes().to_vec();
            fewer.remove(spared);
            let after = case.policy.preview(&fewer).unwrap();
            assert!(
                after.can(case.ana, read, top),
                "{} is needed",
                plan.changes()[spared]
            );
        }
    }
}
