//! Threads that read while others write: what the published failures of shared authorization state come down to, by their numbers in the
//! list that the project keeps.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;

use rolecall::{
    Change, Digest, Entry, Grant, NotCommitted, PlaceName, Problem, ProblemKind, Rule, Scope,
    SharedPolicy, Snapshot, Target, TargetName, ThingName,
};

use crate::engine::{
    add_group, add_resource, add_user, allow, allow_role, at, attach, can, deny, kinds, member,
    place, plain, policy, remove, revoke, this, to_group, to_user, underlying,
};

fn shared(changes: &[Change]) -> SharedPolicy {
    let mut policy = policy(&plain([]));
    policy.apply(changes).unwrap();
    SharedPolicy::new(policy)
}

fn reads(now: &Snapshot, user: &str, target: &TargetName) -> bool {
    can(now, user, "read", std::slice::from_ref(target))
}

/// Runs readers until the writers are done; each takes a snapshot again and again.
fn while_writing(
    readers: usize,
    writers: usize,
    read: impl Fn() + Sync,
    write: impl Fn(usize) + Sync,
) {
    let left = AtomicUsize::new(writers);
    thread::scope(|threads| {
        for nth in 0..writers {
            let (left, write) = (&left, &write);
            threads.spawn(move || {
                // A writer that fails lets the readers end as well.
                let done = catch_unwind(AssertUnwindSafe(|| write(nth)));
                left.fetch_sub(1, Ordering::Release);
                done.unwrap();
            });
        }
        for _ in 0..readers {
            threads.spawn(|| {
                while left.load(Ordering::Acquire) > 0 {
                    read();
                }
                read();
            });
        }
    });
}

/// Failures 23 and 24 (acknowledged writes lost) and 27 (a later write seen without an earlier one): every acknowledged edit is in the log
/// exactly once under a revision of its own, what any reader sees is the state after the first so many of them, and it never goes back.
#[test]
fn readers_see_prefixes_of_the_log() {
    const WRITERS: usize = 3;
    const EDITS: usize = 120;
    let base = [add_group("low"), add_group("high"), attach("low", "high")];
    let shared = shared(&base);
    let log: Mutex<Vec<Entry>> = Mutex::default();
    let seen: Mutex<Vec<Vec<(u64, Digest)>>> = Mutex::default();
    let write = |writer: usize| {
        for nth in 0..EDITS {
            let name = format!("{writer}.{}", nth / 4);
            let edit = match nth % 4 {
                0 => vec![add_user(&name), member(&name, "low")],
                1 => vec![allow(to_user(&name), "read", underlying("high"))],
                2 => vec![deny(to_user(&name), "edit", this(PlaceName::group("low")))],
                _ => vec![Change::Remove {
                    thing: ThingName::user(name),
                    lifting_denies: true,
                }],
            };
            let entry = shared.apply(&edit).unwrap();
            let now = shared.snapshot();
            assert!(
                now.revision() >= entry.revision(),
                "acknowledged means published"
            );
            log.lock().unwrap().push(entry);
            // Refused edits leave no gap.
            assert!(shared.apply(&[add_group("low")]).is_err());
        }
    };
    let mut open: Vec<Vec<(u64, Digest)>> = Vec::new();
    open.resize_with(2, Vec::new);
    let pool = Mutex::new(open);
    let read = || {
        let mut mine = pool.lock().unwrap().pop().unwrap_or_default();
        for _ in 0..50 {
            let now = shared.snapshot();
            mine.push((now.revision(), now.digest()));
        }
        seen.lock().unwrap().push(std::mem::take(&mut mine));
    };
    while_writing(2, WRITERS, read, write);

    let mut log = log.into_inner().unwrap();
    log.sort_by_key(Entry::revision);
    let revisions: Vec<u64> = log.iter().map(Entry::revision).collect();
    let expected: Vec<u64> = (2..).take(WRITERS * EDITS).collect();
    assert_eq!(revisions, expected, "unique, and without gaps");

    let mut replica = policy(&plain([]));
    replica.apply(&base).unwrap();
    let mut states = BTreeMap::from([(1, replica.snapshot().digest())]);
    for entry in &log {
        replica.apply(entry.changes()).unwrap();
        assert_eq!(replica.snapshot().digest(), entry.digest());
        states.insert(entry.revision(), entry.digest());
    }
    assert_eq!(shared.snapshot().digest(), replica.snapshot().digest());
    for run in seen.into_inner().unwrap() {
        assert!(
            run.is_sorted_by_key(|(revision, _)| *revision),
            "no reader goes back"
        );
        for (revision, digest) in run {
            assert_eq!(states.get(&revision), Some(&digest), "revision {revision}");
        }
    }
    assert_eq!(
        shared.into_inner().snapshot().revision(),
        revisions.len() as u64 + 1
    );
}

/// Failures 18 to 20 (stale allow after a revocation): once a revocation has returned, in whatever thread, every later snapshot denies.
#[test]
fn after_a_revocation_returned_every_later_snapshot_denies() {
    const USERS: usize = 150;
    let name = |nth: usize| format!("u{nth}");
    let grant = |nth: usize| allow(to_user(&name(nth)), "read", this(PlaceName::group("g")));
    let mut base = vec![
        add_group("g"),
        add_group("h"),
        allow(to_group("h"), "read", underlying("g")),
    ];
    for nth in 0..USERS {
        base.push(add_user(&name(nth)));
        base.push(if nth % 3 == 0 {
            grant(nth)
        } else {
            member(&name(nth), "h")
        });
    }
    let shared = shared(&base);
    let revoked = AtomicUsize::new(0);
    let target = at(PlaceName::group("g"));
    let read = || {
        let before = revoked.load(Ordering::Acquire);
        let now = shared.snapshot();
        let after = revoked.load(Ordering::Acquire);
        for nth in 0..USERS {
            let allowed = reads(&now, &name(nth), &target);
            assert!(
                nth >= before || !allowed,
                "{nth} was revoked before this snapshot"
            );
            // The revocation that is on its way may be published already.
            assert!(nth <= after || allowed, "{nth} is not revoked yet");
        }
    };
    let write = |_| {
        for nth in 0..USERS {
            let revocation = match nth % 3 {
                0 => revoke(&grant(nth)),
                1 => Change::RemoveMember {
                    user: name(nth),
                    group: "h".into(),
                },
                _ => deny(to_user(&name(nth)), "read", underlying("g")),
            };
            shared.apply(&[revocation]).unwrap();
            revoked.store(nth + 1, Ordering::Release);
            assert!(!reads(&shared.snapshot(), &name(nth), &target));
        }
    };
    while_writing(2, 1, read, write);
}

/// Failure 27, the "new enemy": who sees content sees the exclusion that was recorded before it.
#[test]
fn content_is_never_seen_without_an_earlier_exclusion() {
    const SHELVES: usize = 60;
    let shared = shared(&[
        add_user("ana"),
        add_group("g"),
        allow(to_user("ana"), "read", underlying("g")),
    ]);
    let name = |nth: usize| format!("s{nth}");
    let spot = |nth: usize| PlaceName::resource("shelf", name(nth));
    let read = || {
        let now = shared.snapshot();
        assert!(reads(&now, "ana", &at(PlaceName::group("g"))));
        for nth in 0..SHELVES {
            assert!(
                !reads(&now, "ana", &at(spot(nth))),
                "revision {}",
                now.revision()
            );
        }
    };
    let write = |_| {
        for nth in 0..SHELVES {
            let excluded = deny(to_user("ana"), "read", this(spot(nth)));
            shared
                .apply(&[add_resource("shelf", &name(nth)), excluded])
                .unwrap();
            shared
                .apply(&[place("shelf", &name(nth), PlaceName::group("g"))])
                .unwrap();
        }
    };
    while_writing(2, 1, read, write);
}

/// Failure 22 (a question during a reload saw empty roles): a role that is emptied and filled again, or replaced, in one edit is never seen
/// empty.
#[test]
fn a_reload_is_published_whole() {
    let add_to_role = |role: &str| Change::AddToRole {
        role: role.into(),
        permission: "read".into(),
    };
    let load = [
        Change::Add(ThingName::role("visitor")),
        add_to_role("visitor"),
        allow_role(to_group("g"), "visitor", underlying("g")),
    ];
    let mut base = vec![add_user("ana"), add_group("g"), member("ana", "g")];
    base.extend(load.clone());
    let shared = shared(&base);
    let read = || {
        let now = shared.snapshot();
        assert!(
            reads(&now, "ana", &at(PlaceName::group("g"))),
            "revision {}",
            now.revision()
        );
    };
    let write = |_| {
        for nth in 0..100 {
            let mut reload = if nth % 2 == 0 {
                vec![remove(ThingName::role("visitor"))]
            } else {
                vec![
                    remove(ThingName::group("g")),
                    add_group("g"),
                    member("ana", "g"),
                    remove(ThingName::role("visitor")),
                ]
            };
            reload.extend(load.clone());
            shared.apply(&reload).unwrap();
        }
    };
    while_writing(2, 1, read, write);
}

/// Failure 25 (start-up served the empty snapshot): a policy that is loaded and then shared is whole for the first reader, and one that is
/// loaded by one edit is either empty or whole.
#[test]
fn loading_publishes_once() {
    let load: Vec<Change> = std::iter::once(add_group("g"))
        .chain((0..300).flat_map(|nth| {
            let name = format!("u{nth}");
            [add_user(&name), member(&name, "g")]
        }))
        .collect();
    let loaded = shared(&load);
    assert_eq!(
        (
            loaded.snapshot().revision(),
            loaded.snapshot().users().count()
        ),
        (1, 300)
    );

    let filled = SharedPolicy::from(policy(&plain([])));
    let loads = AtomicBool::new(false);
    let read = || {
        let before = loads.load(Ordering::Acquire);
        let now = filled.snapshot();
        match now.users().count() {
            0 => assert!(!before && now.revision() == 0),
            all => assert_eq!((all, now.revision()), (300, 1)),
        }
    };
    let write = |_| {
        filled.apply(&load).unwrap();
        loads.store(true, Ordering::Release);
    };
    while_writing(2, 1, read, write);
    assert_eq!(filled.snapshot().digest(), loaded.snapshot().digest());
}

/// Failures 23 and 24 again: closures that look before they write see every commit before theirs, so no number is taken twice.
#[test]
fn closures_take_turns() {
    const WRITERS: usize = 3;
    const EDITS: usize = 40;
    let shared = shared(&[]);
    let write = |_| {
        for _ in 0..EDITS {
            let (name, entry) = shared
                .edit_unguarded(|edit| {
                    let free = (0..)
                        .map(|nth| format!("t{nth}"))
                        .find(|name| edit.user(name).is_err());
                    let name = free.unwrap();
                    edit.add_user(&name)?;
                    Ok::<_, Problem>(name)
                })
                .unwrap();
            assert_eq!(entry.changes(), [add_user(&name)]);
        }
    };
    while_writing(1, WRITERS, || drop(shared.snapshot()), write);
    let now = shared.snapshot();
    assert_eq!(now.users().count(), WRITERS * EDITS);
    assert!((0..WRITERS * EDITS).all(|nth| now.user(&format!("t{nth}")).is_ok()));
}

/// An edit that is dropped, refused or ends in a panic publishes nothing, and the next writer goes on.
#[test]
fn what_is_not_committed_is_not_published() {
    let rule = rolecall::Declaration::Rule(Rule::never_both("reader", "owner"));
    let mut loaded = policy(&plain([rule]));
    loaded.apply(&[add_user("ana"), add_group("g")]).unwrap();
    let shared = SharedPolicy::new(loaded);
    let before = shared.snapshot();
    let unchanged = |shared: &SharedPolicy| {
        let now = shared.snapshot();
        assert_eq!(
            (now.revision(), now.digest()),
            (before.revision(), before.digest())
        );
    };

    let dropped = shared.edit_unguarded(|edit| {
        edit.add_user("ben")
            .map_err(|problem| problem.to_string())?;
        Err::<(), _>("the mail bounced".to_owned())
    });
    let error = dropped.unwrap_err();
    assert_eq!(error, NotCommitted::Dropped("the mail bounced".to_owned()));
    assert_eq!(error.to_string(), "the edit was dropped: the mail bounced");
    unchanged(&shared);

    // The closure overlooks a problem; the commit does not.
    let refused = shared.edit_unguarded(|edit| {
        let _overlooked = edit.add_group("g");
        let ana = edit.user("ana").unwrap();
        let owner = edit.role("owner").unwrap();
        edit.grant(Grant::role(owner).to(ana).on(Scope::Platform))
    });
    let Err(NotCommitted::Refused(error)) = refused else {
        panic!("it is refused");
    };
    let expected = [
        (Some(0), ProblemKind::AlreadyExists),
        (None, ProblemKind::RuleBroken),
    ];
    assert_eq!(kinds(&error), expected.into());
    unchanged(&shared);

    let panicked = catch_unwind(AssertUnwindSafe(|| {
        shared.edit_unguarded(|edit| -> Result<(), Problem> {
            edit.add_user("ben")?;
            panic!("a bug of the caller");
        })
    }));
    assert!(panicked.is_err());
    unchanged(&shared);
    shared.apply(&[add_user("ben")]).unwrap();
    assert_eq!(shared.snapshot().revision(), before.revision() + 1);
    assert!(shared.into_inner().snapshot().user("ben").is_ok());
}

/// Readers and previews never wait: a closure that is in the middle of its edit can use both, and sees the state before.
#[test]
fn reading_waits_for_no_writer() {
    let shared = shared(&[add_user("ana"), add_group("g")]);
    let grant = allow(to_user("ana"), "read", this(PlaceName::group("g")));
    let ((), entry) = shared
        .edit_unguarded(|edit| {
            edit.apply(std::slice::from_ref(&grant))?;
            let target = at(PlaceName::group("g"));
            assert!(!reads(&shared.snapshot(), "ana", &target));
            let preview = shared.preview(std::slice::from_ref(&grant)).unwrap();
            assert!(reads(&preview, "ana", &target));
            let error = shared.preview(&[add_user("ana")]).unwrap_err();
            assert_eq!(
                error.to_string(),
                "the edit is refused: step 0 (add user `ana`): user `ana` already exists"
            );
            assert!(shared.catalog().permission("read").is_ok());
            Ok::<_, Problem>(())
        })
        .unwrap();
    assert_eq!(entry.changes(), [grant]);

    // Handles of a preview resolve in the preview alone, whatever is added later.
    let preview = shared.preview(&[add_user("ben")]).unwrap();
    let theirs = preview.user("ben").unwrap();
    shared.apply(&[add_user("ben")]).unwrap();
    let now = shared.snapshot();
    assert!(now.name(theirs).is_err() && preview.name(theirs).is_ok());
    let read = now.catalog().permission("read").unwrap();
    assert!(!now.can(theirs, read, Target::Platform));
}

/// What is committed and published is what was done to the lent edit: a closure that puts an edit of another policy in its place commits
/// that other one nowhere, and cannot commit the lent one behind the back of the readers.
#[test]
fn a_lent_edit_cannot_be_swapped_for_another() {
    let shared = shared(&[
        add_user("ana"),
        add_group("g"),
        allow(to_user("ana"), "read", this(PlaceName::group("g"))),
    ]);
    let other = Box::leak(Box::new(policy(&plain([]))));
    let here = at(PlaceName::group("g"));
    let ((), entry) = shared
        .edit_unguarded(|edit| {
            let mut mine = other.edit_unguarded();
            mine.add_user("ben").unwrap();
            edit.apply(&[revoke(&allow(
                to_user("ana"),
                "read",
                this(PlaceName::group("g")),
            ))])?;
            std::mem::swap(edit, &mut mine);
            let error = mine.commit().unwrap_err();
            assert_eq!(
                error.to_string(),
                "the edit is refused: an edit that was lent is committed by whoever lent it"
            );
            Ok::<_, Problem>(())
        })
        .unwrap();
    assert_eq!(entry.changes().len(), 1);
    assert!(!reads(&shared.snapshot(), "ana", &here));
    assert_eq!(shared.snapshot().revision(), entry.revision());
}
