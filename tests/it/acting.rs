//! Edits in someone's name, and edits as data: rights are judged by the state the edit began from, and both faces check alike.

use rolecall::testing::{Size, World};
use rolecall::{
    Asked, Catalog, Change, Edit, EditError, Entry, Grant, Policy, Problem, ProblemKind,
    Requirement, Scope, ScopeName, SubjectName, TargetName, Thing, ThingName, WhatName, all, holds,
    on,
};

use crate::engine::{
    self, add_group, add_resource, add_user, allow, allow_role, at, attach, deny, kinds, label,
    member, place, plain, policy, remove, rename, revoke, this, to_group, to_user, underlying,
};
use rolecall::{Declaration, PlaceName};

fn moving() -> Vec<Declaration> {
    let both: Requirement = all([
        on(Asked::Nth(0), holds("edit")),
        on(Asked::Nth(1), holds("edit")),
    ]);
    plain([Declaration::Action {
        name: "move".into(),
        targets: 2,
        requirement: both,
    }])
}

/// Ana edits Europe, where the editors' group and a shelf are; nobody edits Asia.
fn offices() -> Policy {
    let mut policy = policy(&moving());
    let base = [
        add_user("ana"),
        add_user("ben"),
        add_group("editors"),
        add_group("europe"),
        add_group("asia"),
        add_resource("shelf", "s"),
        place("shelf", "s", PlaceName::group("europe")),
        member("ana", "editors"),
        allow(to_group("editors"), "edit", underlying("europe")),
    ];
    policy.apply(&base).unwrap();
    policy
}

/// The problem of a demand made after these steps, and of the commit.
#[track_caller]
fn demanded(
    policy: &mut Policy,
    steps: &[Change],
    action: &str,
    targets: &[&str],
) -> Result<Entry, EditError> {
    let before = policy.snapshot();
    let action = before.catalog().action(action).unwrap();
    let targets: Vec<_> = targets
        .iter()
        .map(|text| before.target(text).unwrap())
        .collect();
    let mut edit = policy.edit_as(before.user("ana").unwrap()).unwrap();
    edit.apply(steps).unwrap();
    let demanded = edit.demand(action, targets.clone());
    let committed = edit.commit();
    assert_eq!(demanded.is_ok(), committed.is_ok());
    if let (Err(problem), Err(error)) = (&demanded, &committed) {
        assert_eq!(problem.kind(), ProblemKind::NotAllowed);
        assert_eq!(error.problems().collect::<Vec<_>>(), [problem]);
        assert_eq!(
            policy.snapshot().digest(),
            before.digest(),
            "a refused edit leaves no trace"
        );
    }
    committed
}

/// Failure 34 (self-promotion): whatever the edit itself does to give the acting user the right it demands, the demand is refused.
#[test]
fn an_edit_never_gives_the_right_it_needs() {
    let promotions: [&[Change]; 9] = [
        &[allow(
            to_user("ana"),
            "edit",
            this(PlaceName::group("asia")),
        )],
        &[allow(SubjectName::Everyone, "edit", ScopeName::Platform)],
        &[allow_role(to_group("editors"), "owner", underlying("asia"))],
        // The group that ana's rights reach is put around Asia, or Asia below it.
        &[attach("asia", "europe")],
        // Someone else's rights are joined.
        &[
            add_group("asians"),
            allow(to_group("asians"), "edit", underlying("asia")),
            member("ana", "asians"),
        ],
        &[
            add_group("asians"),
            allow(to_group("asians"), "edit", underlying("asia")),
            attach("editors", "asians"),
        ],
        &[
            label(PlaceName::group("asia"), "public"),
            allow(
                to_user("ana"),
                "edit",
                ScopeName::Labelled {
                    label: "public".into(),
                    within: None,
                },
            ),
        ],
        &[
            rename(ThingName::group("asia"), "a"),
            rename(ThingName::group("europe"), "asia"),
        ],
        &[
            Change::Add(ThingName::role("boss")),
            Change::AddToRole {
                role: "boss".into(),
                permission: "edit".into(),
            },
            allow_role(to_user("ana"), "boss", ScopeName::Platform),
        ],
    ];
    for steps in promotions {
        let mut policy = offices();
        let error = demanded(&mut policy, steps, "edit", &["group:asia"]).unwrap_err();
        let expected = format!(
            "the edit is refused: step {}: user `ana` cannot `edit` on `group:asia`: out of scope",
            steps.len()
        );
        assert_eq!(error.to_string(), expected);
    }
    // The rights that ana has go on counting, even where the edit takes them.
    let granted = allow(to_group("editors"), "edit", underlying("europe"));
    for steps in [
        vec![revoke(&granted)],
        vec![remove(ThingName::group("editors"))],
        vec![],
    ] {
        demanded(&mut offices(), &steps, "edit", &["group:europe"]).unwrap();
    }
}

/// Failure 34 again: a deny is not lifted by the edit that needs it gone.
#[test]
fn an_edit_never_lifts_the_deny_that_stops_it() {
    let mut policy = offices();
    let denied = deny(
        to_user("ana"),
        "edit",
        this(PlaceName::resource("shelf", "s")),
    );
    policy.apply(std::slice::from_ref(&denied)).unwrap();
    let ways: [&[Change]; 2] = [
        &[revoke(&denied)],
        &[
            Change::Unplace {
                kind: "shelf".into(),
                resource: "s".into(),
                place: PlaceName::group("europe"),
            },
            revoke(&denied),
        ],
    ];
    for steps in ways {
        assert!(demanded(&mut policy, steps, "edit", &["shelf:s"]).is_err());
    }
    demanded(&mut policy, &[], "edit", &["group:europe"]).unwrap();
}

/// Failure 35 (a move checked one end only): a move is demanded at both ends, whichever of them the acting user lacks.
#[test]
fn a_move_is_demanded_at_both_ends() {
    let moved = [
        Change::Unplace {
            kind: "shelf".into(),
            resource: "s".into(),
            place: PlaceName::group("europe"),
        },
        place("shelf", "s", PlaceName::group("asia")),
    ];
    for ends in [
        ["group:europe", "group:asia"],
        ["group:asia", "group:europe"],
    ] {
        let error = demanded(&mut offices(), &moved, "move", &ends).unwrap_err();
        let expected = format!(
            "the edit is refused: step 2: user `ana` cannot `move` on `{}`, `{}`: out of scope",
            ends[0], ends[1]
        );
        assert_eq!(error.to_string(), expected);
    }
    let mut policy = offices();
    policy
        .apply(&[allow(
            to_user("ana"),
            "edit",
            this(PlaceName::group("asia")),
        )])
        .unwrap();
    demanded(&mut policy, &moved, "move", &["group:europe", "group:asia"]).unwrap();
    let now = policy.snapshot();
    assert_eq!(
        now.target("shelf:s")
            .map(|target| now.target_name(target).unwrap())
            .unwrap(),
        at(PlaceName::resource("shelf", "s"))
    );

    // One demand for each end does the same, and tells both where both are missing.
    let mut policy = offices();
    let before = policy.snapshot();
    let (ben, edit_them) = (
        before.user("ben").unwrap(),
        before.catalog().permission("edit").unwrap(),
    );
    let mut edit = policy.edit_as(ben).unwrap();
    edit.apply(&moved).unwrap();
    for end in ["europe", "asia"] {
        assert!(edit.demand(edit_them, before.group(end).unwrap()).is_err());
    }
    let both = [(Some(2), ProblemKind::NotAllowed)];
    let error = edit.commit().unwrap_err();
    assert_eq!(kinds(&error), both.into());
    assert_eq!(error.refusals().len(), 2);
}

/// Failure 34: who hands out a role is asked for every permission in it, so nobody hands out more than they hold.
#[test]
fn nobody_hands_out_more_than_they_hold() {
    let mut policy = offices();
    let give = |policy: &mut Policy, role: &str| {
        let before = policy.snapshot();
        let (ana, ben, europe) = (
            before.user("ana").unwrap(),
            before.user("ben").unwrap(),
            before.group("europe").unwrap(),
        );
        let role = before.role(role).unwrap();
        let mut edit = policy.edit_as(ana).unwrap();
        for permission in before.permissions_of(role).unwrap() {
            let _all_are_told = edit.demand(permission, europe);
        }
        edit.grant(Grant::role(role).to(ben).on(Scope::this(europe)))
            .unwrap();
        edit.commit()
    };
    let error = give(&mut policy, "owner").unwrap_err();
    assert_eq!(
        error.to_string(),
        "the edit is refused: step 0: user `ana` cannot `read` on `group:europe`: no grant"
    );
    policy
        .apply(&[allow(to_user("ana"), "read", ScopeName::Platform)])
        .unwrap();
    give(&mut policy, "owner").unwrap();
}

/// An acting user who does not resolve in the state the edit began from is a problem, not someone without rights or with all.
#[test]
fn who_acts_must_be_there() {
    let mut policy = offices();
    let ana = policy.snapshot().user("ana").unwrap();
    policy
        .apply(&[remove(ThingName::user("ana")), add_user("ana")])
        .unwrap();
    let stale = policy.edit_as(ana).unwrap_err();
    assert_eq!(
        stale.to_string(),
        "the user was removed before this snapshot"
    );
    // A user whom a dropped edit added was never in that state either.
    let fresh = policy.edit_unguarded().add_user("fresh").unwrap();
    assert!(policy.edit_as(fresh).is_err());
}

/// Takes one step by the method of its name; a step with a name that nothing has goes to `apply`, which knows how to refuse it.
fn by_method(edit: &mut Edit<'_>, change: &Change, lifting: &mut bool) -> Result<(), Problem> {
    let as_data = |edit: &mut Edit<'_>| edit.apply(std::slice::from_ref(change));
    let thing = |edit: &Edit<'_>, name: &ThingName| -> Option<Thing> {
        Some(match name {
            ThingName::User(name) => edit.user(name).ok()?.into(),
            ThingName::Group(name) => edit.group(name).ok()?.into(),
            ThingName::Role(name) => edit.role(name).ok()?.into(),
            ThingName::Resource { kind, name } => edit
                .resource(edit.catalog().kind(kind).ok()?, name)
                .ok()?
                .into(),
        })
    };
    let spot = |edit: &Edit<'_>, name: &PlaceName| -> Option<rolecall::Place> {
        Some(match name {
            PlaceName::User(name) => edit.user(name).ok()?.into(),
            PlaceName::Group(name) => edit.group(name).ok()?.into(),
            PlaceName::Resource { kind, name } => edit
                .resource(edit.catalog().kind(kind).ok()?, name)
                .ok()?
                .into(),
        })
    };
    let subject = |edit: &Edit<'_>, name: &SubjectName| -> Option<rolecall::Subject> {
        Some(match name {
            SubjectName::User(name) => edit.user(name).ok()?.into(),
            SubjectName::Group(name) => edit.group(name).ok()?.into(),
            SubjectName::Everyone => rolecall::Subject::Everyone,
        })
    };
    let what = |edit: &Edit<'_>, name: &WhatName| -> Option<rolecall::What> {
        Some(match name {
            WhatName::Permission(name) => edit.catalog().permission(name).ok()?.into(),
            WhatName::Role(name) => edit.role(name).ok()?.into(),
            WhatName::Everything => rolecall::What::Everything,
        })
    };
    let grant = |edit: &Edit<'_>, name: &rolecall::GrantName| -> Option<Grant> {
        let scope = match &name.scope {
            ScopeName::Platform => Scope::Platform,
            ScopeName::This(place) => Scope::This(spot(edit, place)?),
            ScopeName::Underlying(group) => Scope::Underlying(edit.group(group).ok()?),
            ScopeName::Labelled { label, within } => {
                let bound = match within {
                    Some(group) => Some(edit.group(group).ok()?),
                    None => None,
                };
                Scope::Labelled(edit.catalog().label(label).ok()?, bound)
            }
            ScopeName::Oneself => Scope::Oneself,
        };
        let of = match (name.effect, what(edit, &name.what)?) {
            (rolecall::Effect::Deny, what) => Grant::deny(what),
            (rolecall::Effect::Allow, rolecall::What::Permission(permission)) => {
                Grant::permission(permission)
            }
            (rolecall::Effect::Allow, rolecall::What::Role(role)) => Grant::role(role),
            // The builder of grants has no allow of everything; only data can say it.
            (rolecall::Effect::Allow, rolecall::What::Everything) => return None,
        };
        Some(of.to(subject(edit, &name.subject)?).on(scope))
    };
    macro_rules! take {
        ($method:ident($($handle:expr),*)) => {{
            let resolved = (|edit: &Edit<'_>| Some(($($handle(edit)?,)*)))(edit);
            match resolved {
                Some(handles) => take!(@call edit, $method, handles, $($handle),*),
                None => as_data(edit),
            }
        }};
        (@call $edit:ident, $method:ident, $handles:ident, $a:expr) => { $edit.$method($handles.0) };
        (@call $edit:ident, $method:ident, $handles:ident, $a:expr, $b:expr) => { $edit.$method($handles.0, $handles.1) };
    }
    match change {
        Change::Add(ThingName::User(name)) => edit.add_user(name).map(drop),
        Change::Add(ThingName::Group(name)) => edit.add_group(name).map(drop),
        Change::Add(ThingName::Role(name)) => edit.add_role(name, [], []).map(drop),
        Change::Add(ThingName::Resource { kind, name }) => match edit.catalog().kind(kind) {
            Ok(kind) => edit.add_resource(kind, name).map(drop),
            Err(_) => as_data(edit),
        },
        Change::Ensure(ThingName::User(name)) => edit.ensure_user(name).map(drop),
        Change::Ensure(ThingName::Group(name)) => edit.ensure_group(name).map(drop),
        Change::Ensure(ThingName::Role(name)) => edit.ensure_role(name).map(drop),
        Change::Ensure(ThingName::Resource { kind, name }) => match edit.catalog().kind(kind) {
            Ok(kind) => edit.ensure_resource(kind, name).map(drop),
            Err(_) => as_data(edit),
        },
        Change::Remove {
            thing: name,
            lifting_denies,
        } => match thing(edit, name) {
            Some(thing) if *lifting_denies => {
                *lifting = true;
                edit.lifting_denies().remove(thing)
            }
            // Once an edit lifts denies it goes on to.
            Some(thing) if !*lifting => edit.remove(thing),
            _ => as_data(edit),
        },
        Change::Rename { thing: name, to } => match thing(edit, name) {
            Some(thing) => edit.rename(thing, to),
            None => as_data(edit),
        },
        Change::AddMember { user, group } => take!(add_member(
            |e: &Edit<'_>| e.user(user).ok(),
            |e: &Edit<'_>| e.group(group).ok()
        )),
        Change::RemoveMember { user, group } => take!(remove_member(
            |e: &Edit<'_>| e.user(user).ok(),
            |e: &Edit<'_>| e.group(group).ok()
        )),
        Change::Attach { group, parent } => take!(attach(
            |e: &Edit<'_>| e.group(group).ok(),
            |e: &Edit<'_>| e.group(parent).ok()
        )),
        Change::Detach { group, parent } => take!(detach(
            |e: &Edit<'_>| e.group(group).ok(),
            |e: &Edit<'_>| e.group(parent).ok()
        )),
        Change::Place {
            kind,
            resource,
            place,
        } => take!(place(
            |e: &Edit<'_>| e.resource(e.catalog().kind(kind).ok()?, resource).ok(),
            |e: &Edit<'_>| spot(e, place)
        )),
        Change::Unplace {
            kind,
            resource,
            place,
        } => take!(unplace(
            |e: &Edit<'_>| e.resource(e.catalog().kind(kind).ok()?, resource).ok(),
            |e: &Edit<'_>| spot(e, place)
        )),
        Change::AddLabel { place, label } => take!(add_label(
            |e: &Edit<'_>| spot(e, place),
            |e: &Edit<'_>| e.catalog().label(label).ok()
        )),
        Change::RemoveLabel { place, label } => take!(remove_label(
            |e: &Edit<'_>| spot(e, place),
            |e: &Edit<'_>| e.catalog().label(label).ok()
        )),
        Change::AddToRole { role, permission } => take!(add_to_role(
            |e: &Edit<'_>| e.role(role).ok(),
            |e: &Edit<'_>| e.catalog().permission(permission).ok()
        )),
        Change::RemoveFromRole { role, permission } => {
            take!(remove_from_role(
                |e: &Edit<'_>| e.role(role).ok(),
                |e: &Edit<'_>| e.catalog().permission(permission).ok()
            ))
        }
        Change::IncludeRole { role, included } => take!(include_role(
            |e: &Edit<'_>| e.role(role).ok(),
            |e: &Edit<'_>| e.role(included).ok()
        )),
        Change::ExcludeRole { role, included } => take!(exclude_role(
            |e: &Edit<'_>| e.role(role).ok(),
            |e: &Edit<'_>| e.role(included).ok()
        )),
        Change::Grant(name) => take!(grant(|e: &Edit<'_>| grant(e, name))),
        Change::Revoke(name) => take!(revoke(|e: &Edit<'_>| grant(e, name))),
        Change::RevokeAll {
            subject: to,
            what: of,
        } => take!(revoke_all(
            |e: &Edit<'_>| subject(e, to),
            |e: &Edit<'_>| what(e, of)
        )),
        other => panic!("no method is known for `{other}`"),
    }
}

/// Failure 36 (an import checked less than the edits it stands for): `apply` of changes is the same steps by the methods of an edit, with the same
/// entry and the same refusals; a preview tells the same.
#[test]
fn changes_are_checked_like_the_steps_they_stand_for() {
    let (mut accepted, mut refused) = (0, 0);
    for seed in 0..120 {
        let world = World::from_seed(seed, Size::SMALL.with_edits(10));
        let (mut as_data, mut by_methods) = (
            engine::policy(&world.declarations),
            engine::policy(&world.declarations),
        );
        for (nth, changes) in world.edits.iter().enumerate() {
            let preview = as_data.preview(changes);
            let applied = as_data.apply(changes);
            let mut edit = by_methods.edit_unguarded();
            let mut lifting = false;
            for change in changes {
                let _marks_the_edit = by_method(&mut edit, change, &mut lifting);
            }
            match (applied, edit.commit()) {
                (Ok(one), Ok(other)) => {
                    assert_eq!(one.changes(), other.changes(), "seed {seed}, edit {nth}");
                    assert_eq!(one.already_so(), other.already_so());
                    assert_eq!(one.digest(), other.digest());
                    assert_eq!(preview.unwrap().digest(), one.digest());
                    accepted += 1;
                }
                (Err(one), Err(other)) => {
                    assert_eq!(one, other, "seed {seed}, edit {nth}");
                    assert_eq!(preview.unwrap_err(), one);
                    refused += 1;
                }
                (one, other) => panic!("seed {seed}, edit {nth}: {one:?} but {other:?}"),
            }
        }
    }
    assert!(
        accepted > 300 && refused > 100,
        "{accepted} accepted, {refused} refused"
    );
}

/// Failure 36: rules and loops stop an import of a whole state as they stop the last of its steps, and what is imported brings no rights to import.
#[test]
fn an_import_is_judged_by_every_rule() {
    let rule = Declaration::Rule(rolecall::Rule::never_both("reader", "owner"));
    let mut source = policy(&plain([]));
    let state = [
        add_user("ana"),
        add_group("g"),
        allow_role(to_user("ana"), "owner", underlying("g")),
    ];
    source.apply(&state).unwrap();
    let export: Vec<Change> = source.snapshot().changes().collect();
    let mut strict = policy(&plain([rule]));
    let error = strict.apply(&export).unwrap_err();
    assert_eq!(kinds(&error), [(None, ProblemKind::RuleBroken)].into());
    assert_eq!(strict.snapshot().sizes().users, 0);

    let mut looped = export.clone();
    looped.push(attach("g", "g"));
    let error = source_of(&[]).apply(&looped).unwrap_err();
    assert_eq!(kinds(&error), [(None, ProblemKind::Loop)].into());
}

fn source_of(changes: &[Change]) -> Policy {
    let mut policy = policy(&plain([]));
    policy.apply(changes).unwrap();
    policy
}

/// A demand without an acting user asks nothing, and questions about the platform are demanded like any other.
#[test]
fn a_demand_needs_someone_who_acts() {
    let catalog = Catalog::builder().permission("edit").build().unwrap();
    let permission = catalog.permission("edit").unwrap();
    let mut policy = Policy::new(catalog);
    let mut edit = policy.edit_unguarded();
    let ana = edit.add_user("ana").unwrap();
    edit.demand(permission, rolecall::Target::Platform).unwrap();
    edit.commit().unwrap();
    let mut edit = policy.edit_as(ana).unwrap();
    let problem = edit
        .demand(permission, rolecall::Target::Platform)
        .unwrap_err();
    assert_eq!(
        problem.to_string(),
        "user `ana` cannot `edit` on `platform`: no grant"
    );
    assert!(
        matches!(problem, Problem::NotAllowed { targets, .. } if targets == [TargetName::Platform])
    );
    assert!(edit.commit().is_err());
}
