//! How changes of roles at run time, and unknown words in the roles of a catalog, grow with how many roles there are, counted in steps.

use rolecall::testing::count_steps;
use rolecall::{Catalog, Policy, Role};

use crate::growth::check_growth;

fn policy() -> Policy {
    let catalog = Catalog::builder().permission("read").permission("edit");
    Policy::new(catalog.build().unwrap())
}

/// So many roles, each of which includes the one before; the first one gives `read`.
fn chain(policy: &mut Policy, count: usize) -> Vec<Role> {
    let read = policy.catalog().permission("read").unwrap();
    let mut edit = policy.edit_unguarded();
    let mut roles: Vec<Role> = Vec::new();
    for at in 0..count {
        let own = roles.is_empty().then_some(read);
        let role = edit.add_role(&format!("r{at}"), own, roles.last().copied());
        roles.push(role.unwrap());
    }
    edit.commit().unwrap();
    roles
}

#[test]
fn a_role_beside_a_long_chain_costs_itself() {
    check_growth(250, 0.0, |size| {
        let mut policy = policy();
        let roles = chain(&mut policy, size);
        let edit_it = policy.catalog().permission("edit").unwrap();
        let mut edit = policy.edit_unguarded();
        let first = roles.first().copied();
        let beside = edit.add_role("beside", [edit_it], first).unwrap();
        let (entry, steps) = count_steps(|| edit.commit());
        entry.unwrap();
        let now = policy.snapshot();
        assert_eq!(now.permissions_of(beside).unwrap().count(), 2);
        assert_eq!(now.permissions_of(roles[size - 1]).unwrap().count(), 1);
        steps
    });
}

#[test]
fn a_change_at_the_end_of_a_chain_costs_the_roles_that_include_it() {
    for (at, changed) in [(0, 400), (300, 100), (399, 1)] {
        let mut policy = policy();
        let roles = chain(&mut policy, 400);
        let edit_it = policy.catalog().permission("edit").unwrap();
        let mut edit = policy.edit_unguarded();
        edit.add_to_role(roles[at], edit_it).unwrap();
        let (entry, steps) = count_steps(|| edit.commit());
        entry.unwrap();
        // A role on the chain has one direct inclusion, and at most 400 bits; what includes it is looked for by the book, the rules and the index.
        assert!(steps <= changed * (8 + 400 / 32), "{at}: {steps}");
        let now = policy.snapshot();
        let given = roles
            .iter()
            .filter(|role| now.permissions_of(**role).unwrap().count() == 2);
        assert_eq!(given.count() as u64, changed);
    }
}

#[test]
fn a_chain_of_roles_built_edit_by_edit_costs_what_is_written() {
    for size in [100, 200, 400, 800] {
        let mut policy = policy();
        let read = policy.catalog().permission("read").unwrap();
        let mut last = None;
        let ((), steps) = count_steps(|| {
            for at in 0..size {
                let mut edit = policy.edit_unguarded();
                last = edit
                    .add_role(&format!("r{at}"), last.is_none().then_some(read), last)
                    .ok();
                edit.commit().unwrap();
            }
        });
        // Each role writes down a bit for each role before it.
        assert!(steps <= 8 * size + size * size / 32, "{size}: {steps}");
        let now = policy.snapshot();
        let given: Vec<_> = now.permissions_of(last.unwrap()).unwrap().collect();
        assert_eq!(given, [read]);
    }
}

/// What includes the roles that changed is looked for once, and not once for each of them.
#[test]
fn a_chain_of_roles_built_in_one_edit_costs_what_is_written() {
    for size in [100, 200, 400, 800] {
        let mut policy = policy();
        let (roles, steps) = count_steps(|| chain(&mut policy, size));
        let size = size as u64;
        assert!(steps <= 12 * size + size * size / 32, "{size}: {steps}");
        let now = policy.snapshot();
        assert_eq!(
            now.permissions_of(roles[roles.len() - 1]).unwrap().count(),
            1
        );
    }
}

/// The search for near names has one share for all of them.
#[test]
fn unknown_words_in_the_roles_of_a_catalog_have_one_share() {
    for size in [500, 1_000, 2_000, 4_000] {
        let known = (0..size).map(|at| format!("permission {at}"));
        let catalog = known.fold(Catalog::builder(), |catalog, name| catalog.permission(name));
        let unknown: Vec<String> = (0..size).map(|at| format!("permisson {at}")).collect();
        let catalog = catalog.role("all", unknown.iter().map(String::as_str));
        let (built, steps) = count_steps(|| catalog.build());
        assert_eq!(built.unwrap_err().problems().len(), size);
        assert!(steps <= 1_000_000 + 100 * size as u64, "{size}: {steps}");
    }
}
