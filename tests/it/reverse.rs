//! The reverse questions: on every triple of generated worlds they say what the oracle and `can` say.

use std::collections::BTreeSet;

use proptest::prelude::*;
use rolecall::testing::{Oracle, Size, World, histories, worlds};
use rolecall::{
    Action, AskError, Catalog, Cursor, CursorError, Declaration, Grant, Page, Policy, Scope,
    Snapshot, Target, Targets, User, WhereCan, WhoCan, all, holds, on,
};

/// The policy of a world after all its edits, with the oracle beside it.
fn built(world: &World) -> (Policy, Oracle) {
    let catalog = Catalog::builder().declare_all(world.declarations.iter().cloned());
    let mut policy = Policy::new(catalog.build().unwrap());
    let mut oracle = Oracle::new(&world.declarations);
    for edit in &world.edits {
        assert_eq!(policy.apply(edit).is_ok(), oracle.apply(edit).is_ok());
    }
    (policy, oracle)
}

/// Everything that can be asked about, the platform last.
pub(crate) fn all_targets(now: &Snapshot) -> Vec<Target> {
    let users = now.users().map(Target::User);
    let groups = now.groups().map(Target::Group);
    let resources = now.resources().map(Target::Resource);
    let targets = users.chain(groups).chain(resources);
    targets.chain([Target::Platform]).collect()
}

/// Each sort of targets with its members in order.
fn sorts(now: &Snapshot) -> Vec<(Targets, Vec<Target>)> {
    let mut sorts = vec![
        (Targets::Users, now.users().map(Target::User).collect()),
        (Targets::Groups, now.groups().map(Target::Group).collect()),
    ];
    for kind in now.catalog().kinds() {
        let of_kind = now
            .resources()
            .filter(|resource| now.kind_of(*resource) == Ok(kind));
        sorts.push((Targets::of(kind), of_kind.map(Target::Resource).collect()));
    }
    sorts
}

/// Whether the oracle says yes.
fn oracle_can(
    oracle: &Oracle,
    now: &Snapshot,
    user: User,
    action: Action,
    targets: &[Target],
) -> bool {
    let names: Vec<_> = targets
        .iter()
        .map(|target| now.target_name(*target).unwrap())
        .collect();
    let action = now.catalog().action_name(action).unwrap();
    oracle.can(now.name(user).unwrap(), action, &names)
}

fn check_users(list: &WhoCan, expected: &[User], now: &Snapshot) -> Result<(), TestCaseError> {
    prop_assert_eq!(list.to_vec(), expected);
    prop_assert_eq!(list.len(), expected.len());
    prop_assert_eq!(list.is_empty(), expected.is_empty());
    for user in now.users() {
        prop_assert_eq!(list.contains(user), expected.contains(&user));
    }
    pages(expected, |after, size| list.page(after, size))?;
    let own: Vec<User> = now.users().step_by(2).collect();
    let part: Vec<User> = expected
        .iter()
        .copied()
        .filter(|user| own.contains(user))
        .collect();
    let narrowed = list.intersect(own.iter().chain(&own).copied().rev());
    prop_assert_eq!(
        (narrowed.to_vec(), narrowed.len()),
        (part.clone(), part.len())
    );
    pages(&part, |after, size| narrowed.page(after, size))
}

fn check_targets(
    list: &WhereCan,
    expected: &[Target],
    all: &[Target],
) -> Result<(), TestCaseError> {
    prop_assert_eq!(list.to_vec(), expected);
    prop_assert_eq!(list.len(), expected.len());
    for target in all {
        prop_assert_eq!(list.contains(*target), expected.contains(target));
    }
    pages(expected, |after, size| list.page(after, size))?;
    let own: BTreeSet<Target> = all.iter().copied().step_by(3).collect();
    let part = expected.iter().copied().filter(|it| own.contains(it));
    prop_assert_eq!(
        list.intersect(own.clone()).to_vec(),
        part.collect::<Vec<_>>()
    );
    Ok(())
}

/// Pages of every size concatenate to the whole list.
fn pages<T: PartialEq + std::fmt::Debug + Copy>(
    expected: &[T],
    page: impl Fn(Option<&Cursor>, usize) -> Result<Page<T>, CursorError>,
) -> Result<(), TestCaseError> {
    for size in (1..=expected.len() + 1).chain([usize::MAX]) {
        let mut found: Vec<T> = Vec::new();
        let mut cursor: Option<Cursor> = None;
        loop {
            let next = page(cursor.as_ref(), size).unwrap();
            prop_assert!(next.items().len() == size || next.next().is_none());
            prop_assert!(!next.items().is_empty() || expected.is_empty());
            found.extend(next.items());
            let Some(after) = next.next() else { break };
            cursor = Some(after.to_string().parse().unwrap());
        }
        prop_assert_eq!(&found, expected, "pages of {}", size);
    }
    Ok(())
}

/// Everything that the reverse questions say of a state, against the oracle on every triple.
fn agree(now: &Snapshot, oracle: &Oracle) -> Result<(), TestCaseError> {
    let targets = all_targets(now);
    let users: Vec<User> = now.users().collect();
    let sorts = sorts(now);
    for action in now.catalog().actions() {
        if now.catalog().targets_of(action) == Some(1) {
            let mut able: BTreeSet<(User, Target)> = BTreeSet::new();
            for target in &targets {
                let can = |user: &User| oracle_can(oracle, now, *user, action, &[*target]);
                let expected: Vec<User> = users.iter().copied().filter(can).collect();
                check_users(&now.who_can(action, *target).unwrap(), &expected, now)?;
                able.extend(expected.into_iter().map(|user| (user, *target)));
            }
            for user in &users {
                for (sort, all) in &sorts {
                    let expected = all
                        .iter()
                        .copied()
                        .filter(|it| able.contains(&(*user, *it)));
                    let expected: Vec<Target> = expected.collect();
                    let list = now.where_can(*user, action, *sort).unwrap();
                    check_targets(&list, &expected, &targets)?;
                }
                let anywhere = able.iter().any(|(other, _)| other == user);
                prop_assert_eq!(now.can_anywhere(*user, action), Ok(anywhere));
            }
        } else {
            for user in &users {
                let able = |one: Target, two: Target| now.can(*user, action, (one, two));
                for fixed in targets.iter().step_by(3) {
                    for (sort, all) in &sorts {
                        let second = all.iter().copied().filter(|it| able(*fixed, *it));
                        let list = now.where_can_beside(*user, action, 1, *fixed, *sort);
                        check_targets(&list.unwrap(), &second.collect::<Vec<_>>(), &targets)?;
                        let first = all.iter().copied().filter(|it| able(*it, *fixed));
                        let list = now.where_can_beside(*user, action, 0, *fixed, *sort);
                        check_targets(&list.unwrap(), &first.collect::<Vec<_>>(), &targets)?;
                    }
                }
                let mut pairs = targets
                    .iter()
                    .flat_map(|one| targets.iter().map(|two| (*one, *two)));
                let anywhere = pairs.any(|(one, two)| able(one, two));
                prop_assert_eq!(now.can_anywhere(*user, action), Ok(anywhere));
            }
            for one in &targets {
                for two in targets.iter().step_by(5) {
                    let can = |user: &User| oracle_can(oracle, now, *user, action, &[*one, *two]);
                    let expected: Vec<User> = users.iter().copied().filter(can).collect();
                    let list = now.who_can(action, (*one, *two)).unwrap();
                    prop_assert_eq!(list.to_vec(), expected);
                }
            }
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn reverse_answers_are_those_of_the_oracle_on_every_triple(world in worlds()) {
        let (policy, oracle) = built(&world);
        agree(&policy.snapshot(), &oracle)?;
    }

    #[test]
    fn reverse_answers_are_those_of_the_oracle_after_edits(world in histories()) {
        let (policy, oracle) = built(&world);
        agree(&policy.snapshot(), &oracle)?;
    }
}

#[test]
fn reverse_answers_of_seeded_worlds() {
    for seed in 0..60 {
        let world = World::from_seed(seed, Size::SMALL.with_edits((seed % 3) as usize));
        let (policy, oracle) = built(&world);
        agree(&policy.snapshot(), &oracle).unwrap();
    }
}

/// The generated worlds have every form of requirement, denies that matter and lists that are neither empty nor full.
#[test]
fn generated_worlds_are_worth_asking() {
    let (mut some, mut none, mut everyone, mut forms) = (0, 0, 0, String::new());
    for seed in 0..60 {
        let world = World::from_seed(seed, Size::SMALL);
        let (policy, _) = built(&world);
        let now = policy.snapshot();
        for declaration in &world.declarations {
            if let Declaration::Action { requirement, .. } = declaration {
                forms.push_str(&format!("{requirement:?}"));
            }
        }
        for action in now.catalog().actions() {
            if now.catalog().targets_of(action) != Some(1) {
                continue;
            }
            for target in all_targets(&now) {
                match now.who_can(action, target).unwrap().len() {
                    0 => none += 1,
                    all if all == now.users().count() => everyone += 1,
                    _ => some += 1,
                }
            }
        }
    }
    for form in [
        "Holds", "Above", "Within", "Marked", "Allows", "All", "Any", "With", "Nth", "Platform",
    ] {
        assert!(forms.contains(form), "{form}");
    }
    assert!(
        some > 1000 && none > 1000 && everyone > 100,
        "{some} {none} {everyone}"
    );
}

/// A policy of two groups with a user each; the first can edit in both, the second in none.
fn small() -> (Policy, Action, [User; 2], [rolecall::Group; 2]) {
    let edit = all([on(0, holds("edit")), on(1, holds("edit"))]);
    let catalog = Catalog::builder()
        .permission("edit")
        .action_on("move", 2, edit);
    let mut policy = Policy::new(catalog.build().unwrap());
    let moving = policy.catalog().action("move").unwrap();
    let edit_it = policy.catalog().permission("edit").unwrap();
    let mut edit = policy.edit_unguarded();
    let users = ["ana", "ben"].map(|name| edit.add_user(name).unwrap());
    let groups = ["north", "south"].map(|name| edit.add_group(name).unwrap());
    let grant = Grant::permission(edit_it).to(users[0]);
    edit.grant_all(grant.on_each(groups.map(Scope::this)))
        .unwrap();
    edit.commit().unwrap();
    (policy, moving, users, groups)
}

#[test]
fn questions_that_cannot_be_asked_are_errors() {
    let (mut policy, moving, [ana, ben], [north, south]) = small();
    let (other, _, [stranger, _], [strange, _]) = small();
    let now = policy.snapshot();
    let edit = now.catalog().permission("edit").unwrap();
    let wrong = |given| AskError::WrongTargets {
        action: "move".into(),
        expected: 2,
        given,
    };
    assert_eq!(now.who_can(moving, north).unwrap_err(), wrong(1));
    assert_eq!(
        now.where_can(ana, moving, Targets::Users).unwrap_err(),
        wrong(1)
    );
    let beside = |open| {
        now.where_can_beside(ana, moving, open, north, Targets::Users)
            .map(drop)
    };
    assert_eq!((beside(0), beside(1)), (Ok(()), Ok(())));
    assert_eq!(beside(2), Err(wrong(3)));
    assert!(beside(usize::MAX).is_err());
    assert!(matches!(
        now.who_can(edit, strange),
        Err(AskError::Stale { .. })
    ));
    assert!(now.where_can(stranger, edit, Targets::Users).is_err());
    assert!(now.can_anywhere(stranger, edit).is_err());
    assert!(
        now.where_can_beside(ana, moving, 0, strange, Targets::Users)
            .is_err()
    );
    let there = other.snapshot();
    assert!(
        there.who_can(edit, strange).is_err(),
        "an action of another catalog"
    );

    policy.edit_unguarded().commit().unwrap();
    let mut edits = policy.edit_unguarded();
    edits.remove(south).unwrap();
    edits.remove(ben).unwrap();
    edits.commit().unwrap();
    let later = policy.snapshot();
    assert!(later.who_can(moving, (north, south)).is_err());
    assert!(later.where_can(ben, edit, Targets::Groups).is_err());
    assert!(!later.who_can(edit, north).unwrap().contains(ben));
    assert_eq!(now.who_can(moving, (north, south)).unwrap().to_vec(), [ana]);
    assert_eq!(now.where_can(ana, edit, Targets::Groups).unwrap().len(), 2);
    assert_eq!(
        later
            .where_can(ana, edit, Targets::Groups)
            .unwrap()
            .to_vec(),
        [Target::Group(north)]
    );
}

#[test]
fn foreign_cursors_are_refused() {
    let (mut policy, moving, [ana, _], [north, south]) = small();
    let now = policy.snapshot();
    let edit = now.catalog().permission("edit").unwrap();
    let list = now.where_can(ana, edit, Targets::Groups).unwrap();
    let first = list.page(None, 1).unwrap();
    let cursor = *first.next().unwrap();
    assert_eq!(
        list.page(Some(&cursor), 1).unwrap().items(),
        [Target::Group(south)]
    );
    assert_eq!(list.page(Some(&cursor), 1).unwrap().next(), None);
    assert_eq!(list.page(None, 0), Err(CursorError::EmptyPage));

    // Another question, another sort, a part of the list.
    let refused = |list: WhereCan| list.page(Some(&cursor), 1).unwrap_err();
    let beside = now
        .where_can_beside(ana, moving, 1, north, Targets::Groups)
        .unwrap();
    assert_eq!(refused(beside), CursorError::OtherQuestion);
    let users = now.where_can(ana, edit, Targets::Users).unwrap();
    assert_eq!(refused(users), CursorError::OtherQuestion);
    assert_eq!(
        refused(list.intersect([north, south])),
        CursorError::OtherQuestion
    );

    // Another revision, a preview of the same number, another policy.
    let renamed = |to: &str| rolecall::Change::Rename {
        thing: rolecall::ThingName::group("north"),
        to: to.into(),
    };
    let preview = policy.preview(&[renamed("west")]).unwrap();
    policy.apply(&[renamed("east")]).unwrap();
    let later = policy.snapshot();
    let again = later.where_can(ana, edit, Targets::Groups).unwrap();
    assert_eq!(
        refused(again.clone()),
        CursorError::OtherRevision { cursor: 1, list: 2 }
    );
    let previewed = preview.where_can(ana, edit, Targets::Groups).unwrap();
    let of_preview = *previewed.page(None, 1).unwrap().next().unwrap();
    assert_eq!(
        again.page(Some(&of_preview), 1),
        Err(CursorError::OtherQuestion)
    );
    let (other, _, [stranger, _], _) = small();
    let other = other.snapshot();
    let theirs = other
        .where_can(
            stranger,
            other.catalog().permission("edit").unwrap(),
            Targets::Groups,
        )
        .unwrap();
    assert_eq!(refused(theirs), CursorError::OtherPolicy);
}
