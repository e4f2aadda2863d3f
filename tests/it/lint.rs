//! The linter: each code by example, and against brute force on generated worlds.

use std::collections::BTreeSet;
use std::fmt::Debug;

use rolecall::testing::{Size, World, count_steps};
use rolecall::{
    Catalog, Change, Declaration, Edges, Emptiness, Finding, Findings, Grant, LintCode, Place,
    Policy, Requirement, Role, Rule, Scope, ScopeName, Snapshot, Subject, SubjectName, Target,
    ThingName, allows, holds, marked,
};

use crate::growth::check_growth;

fn lines(findings: &[Finding]) -> Vec<String> {
    findings.iter().map(Finding::to_string).collect()
}

#[test]
fn words_that_nothing_names_are_found() {
    let catalog = Catalog::builder()
        .permission("own requirement only")
        .permission("in a role")
        .permission("in a requirement")
        .permission("asked by another")
        .permission("granted")
        .permission("in a rule")
        .permission("print")
        .action("own requirement only", holds("own requirement only"))
        .action("act", holds("in a requirement").with(marked("looked at")))
        .action("refer", allows("asked by another"))
        .role("granted", ["in a role"])
        .role("included", ["in a role"])
        .role_including("includes", [], ["included"])
        .role("ruled", [])
        .label("looked at")
        .label("in a rule")
        .label("carried")
        .label("in a scope")
        .label("idle")
        .rule(Rule::exactly_one_at("ruled", "in a rule"))
        .rule(Rule::needs_scope(rolecall::Granted::permission(
            "in a rule",
        )))
        .build()
        .unwrap();
    let (granted, role) = (
        catalog.permission("granted").unwrap(),
        catalog.role("granted").unwrap(),
    );
    let (carried, scoped) = (
        catalog.label("carried").unwrap(),
        catalog.label("in a scope").unwrap(),
    );
    let mut policy = Policy::new(catalog);
    let mut edit = policy.edit_unguarded();
    let ana = edit.add_user("ana").unwrap();
    edit.add_label(ana, carried).unwrap();
    edit.add_role("run-time", [granted], []).unwrap();
    edit.grant(Grant::deny(granted).to(ana).on(Scope::Platform))
        .unwrap();
    edit.grant(Grant::role(role).to(ana).on(Scope::labelled(scoped)))
        .unwrap();
    edit.commit().unwrap();
    let findings = policy.snapshot().lint();
    let words = findings
        .iter()
        .filter(|finding| finding.code() <= LintCode::UnusedLabel);
    assert_eq!(
        lines(&words.cloned().collect::<Vec<_>>()),
        [
            "RC001: permission `own requirement only` is unused: no role, grant, rule or other action names it",
            "RC001: permission `print` is unused: no role, grant, rule or other action names it",
            "RC002: role `includes` is unused: no grant, rule or other role names it",
            "RC002: role `run-time` is unused: no grant, rule or other role names it",
            "RC003: label `carried` is unused: no requirement, scope or rule looks at it, though 1 place carries it",
            "RC003: label `idle` is unused: no requirement, scope or rule looks at it",
        ],
    );
}

#[test]
fn structure_and_access_are_found() {
    let catalog = Catalog::builder()
        .kind("shelf")
        .permission("read")
        .permission("edit")
        .label("public")
        .label("signed")
        .action("publish", holds("edit").with(marked("signed")))
        .role("reader", ["read"])
        .role_including("writer", ["edit"], ["reader"])
        .role_including("owner", [], ["reader", "writer"])
        .role("copyist", ["read", "edit"])
        .build()
        .unwrap();
    let kind = catalog.kind("shelf").unwrap();
    let public = catalog.label("public").unwrap();
    let [reader, owner, copyist] =
        ["reader", "owner", "copyist"].map(|name| catalog.role(name).unwrap());
    let mut policy = Policy::new(catalog);
    let mut edit = policy.edit_unguarded();
    let ana = edit.add_user("ana").unwrap();
    let [house, staff, trainers, away] =
        ["house", "staff", "trainers", "away"].map(|name| edit.add_group(name).unwrap());
    edit.attach(staff, house).unwrap();
    edit.attach(trainers, staff).unwrap();
    edit.attach(trainers, house).unwrap();
    edit.add_member(ana, trainers).unwrap();
    let [shelf, board] = ["shelf", "board"].map(|name| edit.add_resource(kind, name).unwrap());
    edit.place(shelf, house).unwrap();
    edit.place(board, shelf).unwrap();
    edit.place(board, house).unwrap();
    edit.add_label(board, public).unwrap();
    for grant in [
        Grant::role(reader).to(away).on(Scope::Platform),
        Grant::role(owner)
            .to(house)
            .on(Scope::labelled_under(public, away)),
        Grant::role(owner)
            .to(house)
            .on(Scope::labelled_under(public, house)),
        Grant::role(copyist).to(house).on(Scope::underlying(house)),
    ] {
        edit.grant(grant).unwrap();
    }
    edit.commit().unwrap();
    let findings = policy.snapshot().lint();
    assert_eq!(
        lines(&findings),
        [
            "RC004: allow role `owner` to group `house` on whatever is marked `public` under group `away` has no effect: nothing there carries the label",
            "RC004: allow role `reader` to group `away` on the platform has no effect: no user is held as its subject",
            "RC005: group `trainers` is below group `house` directly as well as by `trainers` > `staff` > `house`",
            "RC005: shelf `board` is placed in group `house` directly as well as by `board` > `shelf` > `house`",
            "RC005: role `owner` includes role `reader` directly as well as by `owner` > `writer` > `reader`",
            "RC007: nobody can `publish` on anything",
            "RC009: roles `writer`, `owner`, `copyist` give the same permissions",
        ],
    );
    let json = serde_json::to_string(&findings).unwrap();
    assert_eq!(serde_json::from_str::<Findings>(&json).unwrap(), findings);
}

#[test]
fn who_can_grant_themselves_more_is_found() {
    let catalog = Catalog::builder()
        .permission("grant")
        .permission("read")
        .permission("edit")
        .role("boss", ["grant", "read", "edit"])
        .build()
        .unwrap();
    let [granting, read] = ["grant", "read"].map(|name| catalog.permission(name).unwrap());
    let boss = catalog.role("boss").unwrap();
    let mut policy = Policy::new(catalog);
    let mut edit = policy.edit_unguarded();
    let [ana, ben, cleo, dan, eve] =
        ["ana", "ben", "cleo", "dan", "eve"].map(|name| edit.add_user(name).unwrap());
    let [house, staff] = ["house", "staff"].map(|name| edit.add_group(name).unwrap());
    edit.attach(staff, house).unwrap();
    for user in [ana, ben, cleo, dan, eve] {
        edit.add_member(user, staff).unwrap();
    }
    for grant in [
        // Ana holds everything wherever she may grant.
        Grant::role(boss).to(ana).on(Scope::underlying(house)),
        // Ben may grant over his group, not over himself, and reads only there.
        Grant::permission(granting)
            .to(ben)
            .on(Scope::underlying(house)),
        Grant::permission(read).to(ben).on(Scope::Platform),
        Grant::deny(granting).to(ben).on(Scope::this(ben)),
        // Cleo may not use what she holds.
        Grant::permission(granting)
            .to(cleo)
            .on(Scope::underlying(house)),
        Grant::deny_everything().to(cleo).on(Scope::Platform),
        // Dan may grant, but to nobody that he is held as.
        Grant::permission(granting).to(dan).on(Scope::this(ben)),
        // Eve may grant to herself only what she holds, and more only to others.
        Grant::role(boss).to(eve).on(Scope::Oneself),
    ] {
        edit.grant(grant).unwrap();
    }
    edit.commit().unwrap();
    let findings = policy.snapshot().lint_escalation(granting).unwrap();
    assert_eq!(
        lines(&findings),
        [
            "RC008: user `ben` may grant to group `house` on group `house` and all below and so gain `edit`"
        ],
    );
    let other = Catalog::builder().permission("grant").build().unwrap();
    assert!(
        policy
            .snapshot()
            .lint_escalation(other.permission("grant").unwrap())
            .is_err()
    );
}

// ---- Against brute force ----

fn world(seed: u64) -> (Snapshot, World) {
    let world = World::from_seed(seed, Size::SMALL.with_edits(3));
    let catalog = Catalog::builder()
        .declare_all(world.declarations.iter().cloned())
        .build();
    let mut policy = Policy::new(catalog.unwrap());
    for edit in &world.edits {
        let _refused = policy.apply(edit);
    }
    (policy.snapshot(), world)
}

fn targets(now: &Snapshot) -> Vec<Target> {
    let places = now
        .users()
        .map(Target::User)
        .chain(now.groups().map(Target::Group));
    let places = places.chain(now.resources().map(Target::Resource));
    places.chain([Target::Platform]).collect()
}

/// What can be reached by one step or more.
fn beyond<T: Ord + Copy>(start: T, next: &dyn Fn(T) -> Vec<T>) -> BTreeSet<T> {
    let mut reached = BTreeSet::new();
    let mut open = next(start);
    while let Some(node) = open.pop() {
        if reached.insert(node) {
            open.extend(next(node));
        }
    }
    reached
}

/// The pairs of an edge whose end another edge leads to as well.
fn redundant<T: Ord + Copy + Debug>(
    nodes: impl Iterator<Item = T>,
    next: &dyn Fn(T) -> Vec<T>,
) -> BTreeSet<(T, T)> {
    let mut found = BTreeSet::new();
    for node in nodes {
        for end in next(node) {
            if next(node)
                .into_iter()
                .any(|other| beyond(other, next).contains(&end))
            {
                found.insert((node, end));
            }
        }
    }
    found
}

#[test]
fn redundant_edges_are_those_that_another_way_replaces() {
    let mut seen = BTreeSet::new();
    for seed in 0..150 {
        let (now, _) = world(seed);
        let name = |thing: rolecall::Thing| now.thing_name(thing).unwrap();
        let groups = redundant(now.groups(), &|group| now.parents(group).unwrap().collect());
        let roles = redundant(now.roles(), &|role: Role| {
            now.includes_of(role).unwrap().collect()
        });
        let placed = redundant(now.resources().map(Place::Resource), &|place| match place {
            Place::Resource(resource) => now.placements(resource).unwrap().collect(),
            _ => Vec::new(),
        });
        let mut expected: BTreeSet<(Edges, ThingName, ThingName)> = BTreeSet::new();
        expected.extend(
            groups
                .into_iter()
                .map(|(a, b)| (Edges::Groups, name(a.into()), name(b.into()))),
        );
        expected.extend(
            roles
                .into_iter()
                .map(|(a, b)| (Edges::Roles, name(a.into()), name(b.into()))),
        );
        expected.extend(
            placed
                .into_iter()
                .map(|(a, b)| (Edges::Placements, name(a.into()), name(b.into()))),
        );
        let mut found = BTreeSet::new();
        for finding in now.lint() {
            if let Finding::RedundantEdge { edges, path } = finding {
                assert!(path.len() > 2, "{path:?}");
                seen.insert(edges);
                found.insert((edges, path[0].clone(), path[path.len() - 1].clone()));
            }
        }
        assert_eq!(found, expected, "seed {seed}");
    }
    assert_eq!(seen.len(), 3, "every sort of edge comes up: {seen:?}");
}

#[test]
fn actions_that_nobody_can_do_are_all_that_nobody_can() {
    let mut found = 0;
    for seed in 0..80 {
        let (now, _) = world(seed);
        let targets = targets(&now);
        let nobody = |action| {
            let count = now.catalog().targets_of(action).unwrap();
            !now.users().any(|user| {
                targets.iter().any(|first| match count {
                    1 => now.can(user, action, *first),
                    _ => targets
                        .iter()
                        .any(|second| now.can(user, action, (*first, *second))),
                })
            })
        };
        let expected = now.catalog().actions().filter(|action| nobody(*action));
        let expected: Vec<String> = expected
            .map(|action| now.catalog().action_name(action).unwrap().to_owned())
            .collect();
        let listed: Vec<String> = now
            .lint()
            .into_iter()
            .filter_map(|finding| match finding {
                Finding::NobodyCan { action } => Some(action),
                _ => None,
            })
            .collect();
        found += listed.len();
        assert_eq!(listed, expected, "seed {seed}");
    }
    assert!(found > 10, "{found}");
}

#[test]
fn empty_grants_and_silent_inclusions_are_all_there_are() {
    let mut equal = 0;
    for seed in 0..150 {
        let (now, _) = world(seed);
        let mut expected = Vec::new();
        for grant in now.grants() {
            let held = match grant.subject() {
                Subject::User(_) => true,
                Subject::Everyone => now.users().next().is_some(),
                Subject::Group(group) => now.users().any(|user| {
                    now.groups_of(user).unwrap().any(|first| {
                        let parents = |group| now.parents(group).unwrap().collect();
                        first == group || beyond(first, &parents).contains(&group)
                    })
                }),
            };
            let name = now.grant_name(grant).unwrap();
            // A probe: whether somebody would hold a permission anywhere by such a grant and nothing else.
            let covers = || match &name.scope {
                ScopeName::Labelled { .. } => covers_something(&now, name.scope.clone()),
                _ => true,
            };
            if !held {
                expected.push(Finding::EmptyGrant {
                    grant: name,
                    why: Emptiness::NoHolder,
                });
            } else if !covers() {
                expected.push(Finding::EmptyGrant {
                    grant: name,
                    why: Emptiness::NoCarrier,
                });
            }
        }
        let given = |role| now.permissions_of(role).unwrap().collect::<BTreeSet<_>>();
        let includes = |role: Role| now.includes_of(role).unwrap().collect::<Vec<_>>();
        let said = |one, other| beyond(one, &includes).contains(&other);
        let giving: Vec<Role> = now
            .roles()
            .filter(|role| !given(*role).is_empty())
            .collect();
        let first_of = |role: Role| {
            let mut same = giving.iter().filter(|other| given(**other) == given(role));
            *same.next().unwrap()
        };
        for role in giving.iter().filter(|role| first_of(**role) == **role) {
            for other in giving.iter().filter(|other| first_of(**other) == **other) {
                let [more, less] = [given(*role), given(*other)];
                let is_between = |third: &Role| {
                    let between = given(*third);
                    between != more
                        && between != less
                        && between.is_subset(&more)
                        && less.is_subset(&between)
                };
                let some_say = giving.iter().filter(|it| given(**it) == more).any(|it| {
                    let mut others = giving.iter().filter(|other| given(**other) == less);
                    others.any(|other| said(*it, *other))
                });
                if less != more
                    && less.is_subset(&more)
                    && !giving.iter().any(is_between)
                    && !some_say
                {
                    expected.push(Finding::SilentInclusion {
                        role: now.name(*role).unwrap().to_owned(),
                        other: now.name(*other).unwrap().to_owned(),
                    });
                }
            }
        }
        for first in giving.iter().filter(|role| first_of(**role) == **role) {
            let same: Vec<Role> = giving
                .iter()
                .copied()
                .filter(|role| given(*role) == given(*first))
                .collect();
            let unsaid = |role: &&Role| {
                let mut others = same.iter().filter(|other| other != role);
                others.any(|other| !said(**role, *other) && !said(*other, **role))
            };
            let roles: Vec<String> = same
                .iter()
                .filter(unsaid)
                .map(|role| now.name(*role).unwrap().to_owned())
                .collect();
            equal += usize::from(!roles.is_empty());
            if !roles.is_empty() {
                expected.push(Finding::EqualRoles { roles });
            }
        }
        let found = now.lint().into_iter();
        let of_these = |finding: &Finding| {
            matches!(
                finding.code(),
                LintCode::EmptyGrant | LintCode::SilentInclusion | LintCode::EqualRoles
            )
        };
        assert_eq!(
            found.filter(of_these).collect::<Vec<_>>(),
            expected,
            "seed {seed}"
        );
    }
    assert!(equal > 0, "some roles are equal");
}

/// Whether a grant of that scope and nothing else lets its subject do anything: the policy is built again without grants and rules.
fn covers_something(now: &Snapshot, scope: ScopeName) -> bool {
    let words = now.catalog().declarations().iter();
    let words =
        words.filter(|it| matches!(it, Declaration::Kind { .. } | Declaration::Label { .. }));
    let probe = [
        Declaration::Permission {
            name: "probe".into(),
            recorded: false,
        },
        Declaration::Action {
            name: "probing".into(),
            targets: 1,
            requirement: Requirement::Holds("probe".into()),
        },
    ];
    let catalog = Catalog::builder()
        .declare_all(words.cloned().chain(probe))
        .build()
        .unwrap();
    let probing = catalog.action("probing").unwrap();
    let mut policy = Policy::new(catalog);
    let about_places = |change: &Change| match change {
        Change::Add(ThingName::Role(_)) => false,
        Change::Add(_)
        | Change::AddMember { .. }
        | Change::Attach { .. }
        | Change::Place { .. }
        | Change::AddLabel { .. } => true,
        _ => false,
    };
    let mut changes: Vec<Change> = now.changes().filter(about_places).collect();
    changes.push(Change::Add(ThingName::user("prober")));
    changes.push(Change::Grant(rolecall::GrantName {
        effect: rolecall::Effect::Allow,
        subject: SubjectName::User("prober".into()),
        what: rolecall::WhatName::Permission("probe".into()),
        scope,
    }));
    policy.apply(&changes).unwrap();
    let now = policy.snapshot();
    let prober = now.user("prober").unwrap();
    targets(&now)
        .into_iter()
        .any(|target| now.can(prober, probing, target))
}

#[test]
fn a_label_under_a_group_is_looked_for_below_it() {
    let catalog = Catalog::builder()
        .label("public")
        .permission("read")
        .build()
        .unwrap();
    let (public, read) = (
        catalog.label("public").unwrap(),
        catalog.permission("read").unwrap(),
    );
    let mut policy = Policy::new(catalog);
    let mut edit = policy.edit_unguarded();
    let ana = edit.add_user("ana").unwrap();
    let [house, staff, away] = ["house", "staff", "away"].map(|name| edit.add_group(name).unwrap());
    edit.attach(staff, house).unwrap();
    edit.add_member(ana, staff).unwrap();
    // A user who carries the label is under the groups of which they are a member.
    edit.add_label(Place::User(ana), public).unwrap();
    edit.grant(
        Grant::permission(read)
            .to(ana)
            .on(Scope::labelled_under(public, house)),
    )
    .unwrap();
    edit.grant(
        Grant::permission(read)
            .to(ana)
            .on(Scope::labelled_under(public, away)),
    )
    .unwrap();
    edit.commit().unwrap();
    let findings = policy.snapshot().lint();
    assert_eq!(findings.len(), 1, "{findings:?}");
    assert!(matches!(
        &findings[0],
        Finding::EmptyGrant { grant, why: Emptiness::NoCarrier }
            if grant.scope == ScopeName::Labelled { label: "public".into(), within: Some("away".into()) }
    ));
}

// ---- Large states ----

fn policy_of_groups(count: usize) -> Policy {
    let catalog = Catalog::builder().permission("read").build().unwrap();
    let mut policy = Policy::new(catalog);
    let mut edit = policy.edit_unguarded();
    let groups: Vec<_> = (0..count)
        .map(|at| edit.add_group(&format!("g{at}")).unwrap())
        .collect();
    for (at, group) in groups.iter().enumerate() {
        for above in &groups[..at] {
            edit.attach(*group, *above).unwrap();
        }
    }
    edit.commit().unwrap();
    policy
}

/// Every group is below every earlier one: all edges but those of a chain say nothing new. A search for each group, over all the edges there are.
#[test]
fn edges_of_a_complete_graph_are_counted_past_the_limit() {
    check_growth(8, 3.0, |size| {
        let policy = policy_of_groups(size);
        let (findings, steps) = count_steps(|| policy.snapshot().lint());
        let redundant = findings
            .iter()
            .filter(|finding| finding.code() == LintCode::RedundantEdge);
        let listed = redundant.count();
        let all = size * (size - 1) / 2 - (size - 1);
        assert_eq!(listed, all.min(1_000));
        assert_eq!(findings.more(LintCode::RedundantEdge), all - listed);
        steps
    });
}

#[test]
fn equal_roles_are_one_finding() {
    check_growth(50, 1.0, |size| {
        let mut policy = policy_of_groups(0);
        let read = policy.catalog().permission("read").unwrap();
        let mut edit = policy.edit_unguarded();
        for at in 0..size {
            edit.add_role(&format!("r{at}"), [read], []).unwrap();
        }
        edit.commit().unwrap();
        let (findings, steps) = count_steps(|| policy.snapshot().lint());
        let equal: Vec<_> = findings
            .iter()
            .filter(|it| matches!(it.code(), LintCode::EqualRoles | LintCode::SilentInclusion))
            .collect();
        let [Finding::EqualRoles { roles }] = equal[..] else {
            panic!("{equal:?}");
        };
        assert_eq!(roles.len(), size);
        assert!(
            equal[0]
                .to_string()
                .ends_with(&format!("and {} more give the same permissions", size - 8))
        );
        steps
    });
}

#[test]
fn actions_of_many_users_who_differ_are_left_undecided() {
    let catalog = Catalog::builder()
        .permission("read")
        .permission("edit")
        .action("copy", rolecall::all([holds("read"), holds("edit")]))
        .build()
        .unwrap();
    let [read, edit_it] = ["read", "edit"].map(|name| catalog.permission(name).unwrap());
    let mut policy = Policy::new(catalog);
    let mut edit = policy.edit_unguarded();
    let away = edit.add_group("away").unwrap();
    for at in 0..1_001 {
        let user = edit.add_user(&format!("u{at}")).unwrap();
        edit.grant(Grant::permission(read).to(user).on(Scope::this(user)))
            .unwrap();
        edit.grant(Grant::permission(edit_it).to(user).on(Scope::this(away)))
            .unwrap();
    }
    edit.commit().unwrap();
    let findings = policy.snapshot().lint();
    assert_eq!(findings.undecided(), ["copy"]);
    assert!(!findings.iter().any(|it| it.code() == LintCode::NobodyCan));
    let user = policy.snapshot().user("u0").unwrap();
    let mut edit = policy.edit_unguarded();
    edit.grant(Grant::permission(edit_it).to(user).on(Scope::this(user)))
        .unwrap();
    edit.commit().unwrap();
    assert!(
        policy.snapshot().lint().undecided().is_empty(),
        "somebody can"
    );
}

#[test]
fn names_that_look_alike_are_found() {
    let catalog = Catalog::builder()
        .kind("shelf")
        .kind("book")
        .permission("read")
        .role("reader", ["read"])
        .build()
        .unwrap();
    let [shelf, book] = ["shelf", "book"].map(|name| catalog.kind(name).unwrap());
    let mut policy = Policy::new(catalog);
    let mut edit = policy.edit_unguarded();
    for name in [
        "devone",
        "DevOne",
        "dev one",
        "Andr\u{e9}",
        "Andre\u{301}",
        "andre",
    ] {
        edit.add_user(name).unwrap();
    }
    edit.add_group("devone").unwrap();
    edit.add_resource(shelf, "novels").unwrap();
    edit.add_resource(book, "Novels").unwrap();
    edit.add_role("Reader", [], []).unwrap();
    edit.commit().unwrap();
    let findings = policy.snapshot().lint();
    let alike = findings
        .iter()
        .filter(|it| it.code() == LintCode::LookAlikes)
        .cloned();
    assert_eq!(
        lines(&alike.collect::<Vec<_>>()),
        [
            "RC010: the names of 2 of the sort user look alike: `devone`, `DevOne`",
            "RC010: the names of 2 of the sort user look alike: `Andr\u{e9}`, `Andre\u{301}`",
            "RC010: the names of 2 of the sort role look alike: `reader`, `Reader`",
        ]
    );
}
