//! How what is asked grows with what it is about, counted in steps and not timed: a cost that grows faster than is stated fails here on any
//! machine.

use rolecall::testing::count_steps;
use rolecall::{
    Action, Catalog, Grant, Group, Permission, Policy, Resource, Scope, Snapshot, Target, User,
};

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

    fn action(&self, name: &str) -> Action {
        self.policy.catalog().action(name).unwrap()
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

/// A chain of boxes, each placed in the one before.
fn chain_of_boxes(case: &mut Case, size: usize) -> Vec<Resource> {
    let kind = case.policy.catalog().kind("box").unwrap();
    let mut edit = case.policy.edit_unguarded();
    let mut boxes: Vec<Resource> = Vec::new();
    for at in 0..size {
        let next = edit.add_resource(kind, &format!("b{at}")).unwrap();
        if let Some(over) = boxes.last() {
            edit.place(next, *over).unwrap();
        }
        boxes.push(next);
    }
    edit.commit().unwrap();
    boxes
}

/// Sizes n, 2n, 4n and 8n.
fn sizes(least: usize) -> [usize; 4] {
    [1, 2, 4, 8].map(|times| least * times)
}

/// Doubling the size multiplies the steps by no more than two to the power of the exponent, with some room for what is rounded.
#[track_caller]
pub(crate) fn check_growth(least: usize, exponent: f64, steps: impl Fn(usize) -> u64) {
    let counts = sizes(least).map(|size| (size, steps(size)));
    assert!(counts[0].1 >= 1, "nothing was counted: {counts:?}");
    for pair in counts.windows(2) {
        let [(_, one), (_, other)] = pair else {
            continue;
        };
        let grown = (*other as f64 / *one as f64).log2();
        assert!(
            grown <= exponent + 0.2,
            "grows with the power {grown:.2} instead of {exponent}: {counts:?}"
        );
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
        let (plans, steps) = count_steps(|| now.revoke_plans(case.ana, case.read, top, 3).unwrap());
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
    let (plans, steps) = count_steps(|| now.revoke_plans(case.ana, read, top, 4).unwrap());
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

// ---- Explanations ----

/// Explains, walks the sources, and writes it all down.
fn explained(now: &Snapshot, user: User, action: Action, target: Target, sources: usize) -> u64 {
    let ((text, json), steps) = count_steps(|| {
        let why = now.explain(user, action, target).unwrap();
        assert_eq!(why.sources().len(), sources);
        (why.to_string(), serde_json::to_string(&why).unwrap())
    });
    assert!(
        text.len() < 10_000 && json.len() < 250_000,
        "{}, {}",
        text.len(),
        json.len()
    );
    steps
}

/// A chain of boxes, the first in no other; the grant is of the first one.
#[test]
fn an_explanation_down_a_chain_of_containers_is_linear() {
    check_growth(100, 1.0, |size| {
        let mut case = Case::new();
        let boxes = chain_of_boxes(&mut case, size);
        let (first, last) = (boxes[0], boxes[size - 1]);
        case.grant([Grant::permission(case.read)
            .to(case.ana)
            .on(Scope::this(first))]);
        let above = case.action("above");
        explained(&case.now(), case.ana, above, last.into(), 1)
    });
}

/// A chain of groups with a grant at each: asked at the top for what is within, at the bottom for what covers it, and elsewhere for nothing.
#[test]
fn an_explanation_along_a_chain_of_groups_is_linear() {
    let chain = |size: usize, under: bool| {
        let mut case = Case::new();
        let groups = case.groups(size, true);
        let (read, ana) = (case.read, case.ana);
        case.grant(groups.iter().map(|group| {
            let scope = match under {
                true => Scope::underlying(*group),
                false => Scope::this(*group),
            };
            Grant::permission(read).to(ana).on(scope)
        }));
        (case, groups)
    };
    check_growth(100, 1.0, |size| {
        let (case, groups) = chain(size, false);
        let inside = case.action("inside");
        explained(&case.now(), case.ana, inside, groups[0].into(), size)
    });
    check_growth(100, 1.0, |size| {
        let (case, groups) = chain(size, true);
        let lowest = groups[size - 1].into();
        explained(&case.now(), case.ana, case.read.into(), lowest, size)
    });
    check_growth(100, 1.0, |size| {
        let (mut case, groups) = chain(size, false);
        let mut edit = case.policy.edit_unguarded();
        let away = edit.add_group("away").unwrap();
        edit.add_member(case.ana, groups[size - 1]).unwrap();
        edit.commit().unwrap();
        let why = case.now().explain(case.ana, case.read, away).unwrap();
        let text = why.to_string();
        assert!(
            text.contains(&format!("and {} more grants", size - 5)),
            "{text}"
        );
        explained(&case.now(), case.ana, case.read.into(), away.into(), 0)
    });
}

// ---- Lists and reviews ----

/// Ana and Ben are in the lowest group of a chain; each group has allows and denies of its own with all below. Ben holds one right besides.
fn chain_of_rights(size: usize) -> (Case, Group, User) {
    let mut case = Case::new();
    let groups = case.groups(size, true);
    let (read, low) = (case.read, groups[size - 1]);
    let edit_it = case.policy.catalog().permission("edit").unwrap();
    let mut edit = case.policy.edit_unguarded();
    let ben = edit.add_user("ben").unwrap();
    let cleo = edit.add_user("cleo").unwrap();
    for user in [case.ana, ben, cleo] {
        edit.add_member(user, low).unwrap();
    }
    for group in &groups {
        let under = Scope::underlying(*group);
        edit.grant(Grant::permission(read).to(*group).on(under))
            .unwrap();
        edit.grant(
            Grant::permission(edit_it)
                .to(*group)
                .on(Scope::this(*group)),
        )
        .unwrap();
        edit.grant(Grant::deny(edit_it).to(*group).on(under))
            .unwrap();
    }
    edit.grant(Grant::permission(read).to(ben).on(Scope::Platform))
        .unwrap();
    edit.commit().unwrap();
    (case, low, ben)
}

#[test]
fn what_denies_take_along_a_chain_is_linear() {
    check_growth(50, 1.0, |size| {
        let (case, ..) = chain_of_rights(size);
        let now = case.now();
        let list = now.effective_permissions(case.ana).unwrap();
        let (taken, steps) = count_steps(|| list.iter().filter(|entry| entry.is_taken()).count());
        assert_eq!((taken, list.len()), (size, 2 * size));
        let (text, json) = (list.to_string(), serde_json::to_string(&list).unwrap());
        assert!(size < 400 || text.contains("\n    and "), "{text}");
        assert!(json.len() < 2_000_000, "{}", json.len());
        steps
    });
}

#[test]
fn classes_and_outliers_along_a_chain_are_linear() {
    check_growth(50, 1.0, |size| {
        let (case, ..) = chain_of_rights(size);
        let now = case.now();
        let (classes, steps) = count_steps(|| now.access_classes(rolecall::Own::Apart));
        // Reading is asked `within`, so every place counts; the deny at the highest group contains the others and takes every edit.
        let sizes: Vec<_> = classes
            .iter()
            .map(|it| (it.users().len(), it.rights().len()))
            .collect();
        assert_eq!(sizes, [(2, size + 1), (1, size + 2)]);
        steps
    });
    check_growth(50, 1.0, |size| {
        let (case, low, ben) = chain_of_rights(size);
        let now = case.now();
        let (outliers, steps) = count_steps(|| now.outliers(low).unwrap());
        let users: Vec<_> = outliers.iter().map(|it| it.user()).collect();
        assert_eq!(users, [ben]);
        steps
    });
}

#[test]
fn the_difference_of_two_long_lists_is_linear() {
    check_growth(100, 1.0, |size| {
        let mut case = Case::new();
        let groups = case.groups(size, false);
        let before = case.now();
        let mut edit = case.policy.edit_unguarded();
        for group in &groups {
            edit.add_member(case.ana, *group).unwrap();
        }
        edit.commit().unwrap();
        let now = case.now();
        let (is_empty, steps) = count_steps(|| now.diff(&before).unwrap().is_empty());
        assert!(is_empty, "nothing is granted");
        steps
    });
}

// ---- Questions ----

/// Asks both ways and compares.
fn asked_both_ways(case: &Case, action: Action, target: Target, can: bool) -> u64 {
    let now = case.now();
    let (answers, steps) = count_steps(|| {
        let who: Vec<User> = now.who_can(action, target).unwrap().iter().collect();
        (now.can(case.ana, action, target), who)
    });
    assert_eq!(answers.0, can);
    assert_eq!(answers.1.contains(&case.ana), can);
    steps
}

/// As many tenants bound one label; the target lies in a box that carries it and is in one of them.
#[test]
fn a_labelled_container_costs_what_is_above_it() {
    for size in sizes(250) {
        let mut case = Case::new();
        let tenants = case.groups(size, false);
        let boxes = chain_of_boxes(&mut case, 2);
        let open = case.policy.catalog().label("open").unwrap();
        let mut edit = case.policy.edit_unguarded();
        edit.place(boxes[0], tenants[size / 2]).unwrap();
        edit.add_label(boxes[0], open).unwrap();
        edit.commit().unwrap();
        let (ana, read) = (case.ana, case.read);
        case.grant(tenants.iter().map(|tenant| {
            let scope = Scope::labelled_under(open, *tenant);
            Grant::permission(read).to(ana).on(scope)
        }));
        for target in boxes {
            let steps = asked_both_ways(&case, read.into(), target.into(), true);
            assert!(steps < 30, "{size}: {steps}");
        }
    }
}

/// The target lies in as many boxes, each with the label and in a tenant of its own that bounds the label.
#[test]
fn many_labelled_containers_under_many_bounds_are_linear() {
    check_growth(100, 1.0, |size| {
        let mut case = Case::new();
        let tenants = case.groups(size, false);
        let catalog = case.policy.catalog();
        let (kind, open) = (catalog.kind("box").unwrap(), catalog.label("open").unwrap());
        let mut edit = case.policy.edit_unguarded();
        let target = edit.add_resource(kind, "target").unwrap();
        for tenant in &tenants {
            let name = format!("in {tenant:?}");
            let carrier = edit.add_resource(kind, &name).unwrap();
            edit.place(carrier, *tenant).unwrap();
            edit.add_label(carrier, open).unwrap();
            edit.place(target, carrier).unwrap();
        }
        edit.commit().unwrap();
        let (ana, read, above) = (case.ana, case.read, case.action("above"));
        case.grant(tenants.iter().map(|tenant| {
            let scope = Scope::labelled_under(open, *tenant);
            Grant::permission(read).to(ana).on(scope)
        }));
        asked_both_ways(&case, read.into(), target.into(), true)
            + asked_both_ways(&case, above, target.into(), true)
    });
}

/// A chain of boxes: `above` and `inside` ask for the right at each of them. What decides is at the top, at the end, or nowhere; denies come at each box.
#[test]
fn what_is_asked_along_a_chain_of_containers_is_linear() {
    for (allowed_at, denied_from, labelled, can) in [
        (Some(0), None, false, true),
        (None, None, false, false),
        (Some(0), Some(1), false, true),
        (Some(0), Some(0), false, false),
        (Some(0), None, true, true),
        (None, None, true, false),
    ] {
        check_growth(100, 1.0, |size| {
            let mut case = Case::new();
            let tenants = case.groups(size, false);
            let boxes = chain_of_boxes(&mut case, size);
            let open = case.policy.catalog().label("open").unwrap();
            let mut edit = case.policy.edit_unguarded();
            let others = ["ben", "cleo"].map(|name| edit.add_user(name).unwrap());
            for (place, tenant) in boxes.iter().zip(&tenants).filter(|_| labelled) {
                edit.add_label(*place, open).unwrap();
                edit.place(boxes[0], *tenant).unwrap();
            }
            edit.commit().unwrap();
            let (ana, read) = (case.ana, case.read);
            let [above, inside] = ["above", "inside"].map(|name| case.action(name));
            let allowed = allowed_at.map(|at: usize| boxes[at]).into_iter();
            case.grant(allowed.map(|at| Grant::permission(read).to(ana).on(Scope::this(at))));
            let denied = denied_from.map(|from: usize| &boxes[from..]);
            case.grant(
                denied
                    .into_iter()
                    .flatten()
                    .map(|at| Grant::deny(read).to(ana).on(Scope::this(*at))),
            );
            // Others hold it by as many scopes that bound a label, and somebody at each box.
            let bounds = tenants.iter().filter(|_| labelled);
            case.grant(bounds.map(|tenant| {
                let scope = Scope::labelled_under(open, *tenant);
                Grant::permission(read).to(others[0]).on(scope)
            }));
            case.grant(
                boxes
                    .iter()
                    .map(|at| Grant::permission(read).to(others[1]).on(Scope::this(*at))),
            );
            asked_both_ways(&case, above, boxes[size - 1].into(), can)
                + asked_both_ways(&case, inside, boxes[0].into(), can)
        });
    }
}
