//! What may be handed out: whether a permission is held at all of a scope, and demands of grants.

use proptest::prelude::*;
use rolecall::testing::{Oracle, Size, World};
use rolecall::{
    Effect, Grant, PlaceName, Policy, Problem, ProblemKind, ReasonKind, Scope, ScopeName, Snapshot,
    SubjectName, Target, TargetName, WhatName,
};

use crate::engine::{
    self, add_group, add_resource, add_user, allow, allow_role, attach, deny, member, place, plain,
    policy, this, to_group, to_user, underlying,
};

/// Every scope that can be written of a state.
fn scopes(now: &Snapshot) -> Vec<(Scope, ScopeName)> {
    let mut scopes = vec![
        (Scope::Platform, ScopeName::Platform),
        (Scope::Oneself, ScopeName::Oneself),
    ];
    let groups: Vec<_> = now.groups().collect();
    let name = |group| now.name(group).unwrap().to_owned();
    let users = now.users().map(Target::User);
    let resources = now.resources().map(Target::Resource);
    let places = users
        .chain(resources)
        .chain(groups.iter().copied().map(Target::Group));
    for target in places {
        if let (Some(place), TargetName::Place(name)) =
            (target.place(), now.target_name(target).unwrap())
        {
            scopes.push((Scope::this(place), ScopeName::This(name)));
        }
    }
    for group in &groups {
        scopes.push((
            Scope::underlying(*group),
            ScopeName::Underlying(name(*group)),
        ));
    }
    for label in now.catalog().labels() {
        let text = now.catalog().label_name(label).unwrap().to_owned();
        let bounds = groups.iter().copied().map(Some).chain([None]);
        for bound in bounds {
            let scope = match bound {
                Some(group) => Scope::labelled_under(label, group),
                None => Scope::labelled(label),
            };
            scopes.push((
                scope,
                ScopeName::Labelled {
                    label: text.clone(),
                    within: bound.map(name),
                },
            ));
        }
    }
    scopes
}

/// How many questions were answered with yes and with no.
#[derive(Default)]
struct Answers {
    yes: usize,
    no: usize,
}

fn check(world: &World, answers: &mut Answers) -> Result<(), TestCaseError> {
    let mut policy = engine::policy(&world.declarations);
    let mut oracle = Oracle::new(&world.declarations);
    for edit in &world.edits {
        prop_assert_eq!(policy.apply(edit).is_ok(), oracle.apply(edit).is_ok());
    }
    let now = policy.snapshot();
    let (scopes, throughout) = (scopes(&now), oracle.throughout());
    for user in now.users() {
        let name = now.name(user).unwrap();
        for permission in now.catalog().permissions() {
            let word = now.catalog().permission_name(permission).unwrap();
            for (scope, text) in &scopes {
                let told = now.holds_throughout(user, permission, *scope).unwrap();
                let expected = throughout.holds(name, word, text);
                prop_assert_eq!(told, expected, "{} {} {}", name, word, text);
                *(if told {
                    &mut answers.yes
                } else {
                    &mut answers.no
                }) += 1;
            }
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 10, failure_persistence: None, ..ProptestConfig::default() })]

    /// The scopes as they are written say what a world says in which something new has come to every place.
    #[test]
    fn what_is_held_throughout_is_held_by_whatever_comes(seed in any::<u64>()) {
        check(&World::from_seed(seed, Size::SMALL), &mut Answers::default())?;
    }
}

/// The worlds ask what they are for: many of the answers are yes.
#[test]
fn the_worlds_have_both_answers() {
    let mut answers = Answers::default();
    for seed in 0..6 {
        check(&World::from_seed(seed, Size::SMALL), &mut answers).unwrap();
    }
    assert!(answers.yes * 20 > answers.no, "{} yes", answers.yes);
}

/// Ana edits all of Europe, and reads one shelf there and what is public.
fn offices() -> Policy {
    let mut policy = policy(&plain([]));
    let base = [
        add_user("ana"),
        add_user("ben"),
        add_group("europe"),
        add_group("berlin"),
        add_group("asia"),
        attach("berlin", "europe"),
        member("ben", "berlin"),
        add_resource("shelf", "s"),
        place("shelf", "s", PlaceName::group("berlin")),
        allow(to_user("ana"), "edit", underlying("europe")),
        allow(
            to_user("ana"),
            "read",
            this(PlaceName::resource("shelf", "s")),
        ),
    ];
    policy.apply(&base).unwrap();
    policy
}

/// What a demand of this grant, after these steps, says.
fn demanded(policy: &mut Policy, steps: &[rolecall::Change], grant: &rolecall::Change) -> String {
    let ana = policy.snapshot().user("ana").unwrap();
    let mut edit = policy.edit_as(ana).unwrap();
    edit.apply(steps).unwrap();
    let rolecall::Change::Grant(name) = grant else {
        panic!("`{grant}` grants nothing")
    };
    let grant = resolved(&edit, name);
    let told = edit.demand_grant(grant);
    assert_eq!(edit.commit().is_ok(), told.is_ok());
    match told {
        Ok(()) => "yes".to_owned(),
        Err(problem) => {
            assert_eq!(problem.kind(), ProblemKind::NotAllowed);
            problem.to_string()
        }
    }
}

fn resolved(edit: &rolecall::Edit<'_>, name: &rolecall::GrantName) -> Grant {
    let what: rolecall::What = match &name.what {
        WhatName::Permission(name) => edit.catalog().permission(name).unwrap().into(),
        WhatName::Role(name) => edit.role(name).unwrap().into(),
        WhatName::Everything => rolecall::What::Everything,
    };
    let of = match name.effect {
        Effect::Deny => Grant::deny(what),
        Effect::Allow => match what {
            rolecall::What::Role(role) => Grant::role(role),
            rolecall::What::Permission(permission) => Grant::permission(permission),
            rolecall::What::Everything => panic!("nobody is allowed everything"),
        },
    };
    let to = match &name.subject {
        SubjectName::User(name) => of.to(edit.user(name).unwrap()),
        SubjectName::Group(name) => of.to(edit.group(name).unwrap()),
        SubjectName::Everyone => of.to_everyone(),
    };
    let shelf = edit.catalog().kind("shelf").unwrap();
    to.on(match &name.scope {
        ScopeName::Platform => Scope::Platform,
        ScopeName::Oneself => Scope::Oneself,
        ScopeName::Underlying(group) => Scope::underlying(edit.group(group).unwrap()),
        ScopeName::This(PlaceName::Group(group)) => Scope::this(edit.group(group).unwrap()),
        ScopeName::This(PlaceName::User(user)) => Scope::this(edit.user(user).unwrap()),
        ScopeName::This(PlaceName::Resource { name, .. }) => {
            Scope::this(edit.resource(shelf, name).unwrap())
        }
        ScopeName::Labelled { .. } => panic!("no label is granted here"),
    })
}

/// Failure 34: nobody hands out what they do not hold at a scope at least as wide, and is told what is lacking.
#[test]
fn nobody_hands_out_what_they_do_not_hold() {
    let mut policy = offices();
    let mut demand = |grant: &rolecall::Change| demanded(&mut policy, &[], grant);
    let europe = || this(PlaceName::group("europe"));
    let shelf = || this(PlaceName::resource("shelf", "s"));
    for held in [
        allow(to_user("ben"), "edit", underlying("europe")),
        allow(to_group("asia"), "edit", underlying("berlin")),
        allow(SubjectName::Everyone, "edit", europe()),
        allow(to_user("ben"), "edit", shelf()),
        allow_role(to_user("ben"), "owner", shelf()),
        deny(to_user("ben"), "edit", europe()),
        engine::deny_all(to_user("ben"), shelf()),
    ] {
        assert_eq!(demand(&held), "yes", "{held}");
    }
    assert_eq!(
        demand(&allow_role(to_user("ben"), "owner", europe())),
        "user `ana` cannot hand out `allow role `owner` to user `ben` on this group `europe``: not held throughout that scope: `read`"
    );
    for (lacking, permission) in [
        (allow(to_user("ben"), "edit", ScopeName::Platform), "edit"),
        (
            allow(to_user("ben"), "edit", this(PlaceName::group("asia"))),
            "edit",
        ),
        // Ben is in Europe, what is placed in him is not.
        (
            allow(to_user("ana"), "edit", this(PlaceName::user("ben"))),
            "edit",
        ),
        (allow(to_user("ben"), "edit", ScopeName::Oneself), "edit"),
        (
            allow(to_group("berlin"), "edit", ScopeName::Oneself),
            "edit",
        ),
        (deny(to_user("ben"), "read", europe()), "read"),
        (engine::deny_all(to_user("ben"), europe()), "read"),
    ] {
        let told = demand(&lacking);
        let rolecall::Change::Grant(grant) = &lacking else {
            panic!("`{lacking}` grants nothing")
        };
        assert_eq!(
            told,
            format!(
                "user `ana` cannot hand out `{grant}`: not held throughout that scope: `{permission}`"
            )
        );
    }
}

/// A deny that the acting user holds anywhere in the scope stops it: whoever got the grant would have more than they have.
#[test]
fn a_deny_inside_the_scope_stops_it() {
    let mut policy = offices();
    policy
        .apply(&[deny(
            to_user("ana"),
            "edit",
            this(PlaceName::resource("shelf", "s")),
        )])
        .unwrap();
    let wide = allow(to_user("ben"), "edit", underlying("europe"));
    assert_ne!(demanded(&mut policy, &[], &wide), "yes");
    let beside = allow(to_user("ben"), "edit", this(PlaceName::group("europe")));
    assert_eq!(demanded(&mut policy, &[], &beside), "yes");
}

/// A place that the edit added is as wide as what it was put in; what was there before counts where it was.
#[test]
fn a_new_place_is_as_wide_as_where_it_was_put() {
    let new = [
        add_group("paris"),
        add_resource("shelf", "t"),
        place("shelf", "t", PlaceName::group("paris")),
    ];
    let on_shelf = allow(
        to_user("ben"),
        "edit",
        this(PlaceName::resource("shelf", "t")),
    );
    let on_group = allow(to_user("ben"), "edit", underlying("paris"));
    let below = |parent| [new.to_vec(), vec![attach("paris", parent)]].concat();
    for grant in [&on_shelf, &on_group] {
        assert_eq!(demanded(&mut offices(), &below("berlin"), grant), "yes");
        assert_ne!(demanded(&mut offices(), &below("asia"), grant), "yes");
        assert_ne!(demanded(&mut offices(), &new, grant), "yes");
    }
    // Asia is moved into Europe by the edit itself, which does not make it ana's.
    let moved = [attach("asia", "europe")];
    let on_asia = allow(to_user("ben"), "edit", this(PlaceName::group("asia")));
    assert_ne!(demanded(&mut offices(), &moved, &on_asia), "yes");
    // Nor does a role that the edit fills, or a right that it gives.
    let promoted = [allow(to_user("ana"), "edit", ScopeName::Platform)];
    assert_ne!(demanded(&mut offices(), &promoted, &on_asia), "yes");
    let filled = [
        rolecall::Change::Add(rolecall::ThingName::role("boss")),
        rolecall::Change::IncludeRole {
            role: "boss".into(),
            included: "owner".into(),
        },
    ];
    let boss = allow_role(to_user("ben"), "boss", this(PlaceName::group("europe")));
    assert!(demanded(&mut offices(), &filled, &boss).ends_with(": `read`"));
}

/// An unguarded edit meets every demand, and handles that do not resolve are told of.
#[test]
fn demands_of_grants_in_an_unguarded_edit() {
    let mut policy = offices();
    let now = policy.snapshot();
    let (ben, read) = (
        now.user("ben").unwrap(),
        now.catalog().permission("read").unwrap(),
    );
    let grant = Grant::permission(read).to(ben).on(Scope::Platform);
    let mut edit = policy.edit_unguarded();
    edit.demand_grant(grant).unwrap();
    edit.commit().unwrap();

    let other = offices();
    let foreign = other.snapshot().user("ben").unwrap();
    let mut edit = policy.edit_as(ben).unwrap();
    let stale = Grant::permission(read).to(foreign).on(Scope::Platform);
    assert!(matches!(edit.demand_grant(stale), Err(Problem::Stale(_))));
    assert!(edit.commit().is_err());
    assert!(
        now.holds_throughout(foreign, read, Scope::Platform)
            .is_err()
    );
}

/// A refused demand carries the reason and the whole explanation of the denied question.
#[test]
fn a_refused_demand_says_why() {
    let mut policy = offices();
    let now = policy.snapshot();
    let (ana, asia) = (now.user("ana").unwrap(), now.group("asia").unwrap());
    let edit_them = now.catalog().permission("edit").unwrap();
    let mut edit = policy.edit_as(ana).unwrap();
    let problem = edit.demand(edit_them, asia).unwrap_err();
    assert_eq!(
        problem.to_string(),
        "user `ana` cannot `edit` on `group:asia`: out of scope"
    );
    let Problem::NotAllowed { why, .. } = &problem else {
        panic!("{problem}")
    };
    assert_eq!(why.kind(), Some(ReasonKind::OutOfScope));
    assert_eq!(
        why.to_string(),
        now.explain(ana, edit_them, asia).unwrap().to_string()
    );
    assert_eq!(**why, now.explain(ana, edit_them, asia).unwrap());
    assert!(edit.commit().is_err());
}
