//! Writes on terms: a stated revision, guards, and a hook between checking and publishing. What does not meet them leaves no trace.

use std::cell::Cell;
use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::thread;

use rolecall::{
    Catalog, Change, Diff, Difference, Digest, Edit, Grant, NotCommitted, PlaceName, Policy,
    Problem, Scope, SharedPolicy, Snapshot, Target, ThingName, Turn, User, holds, on,
};

use crate::engine::{add_group, add_user, allow, member, plain, policy, remove, this, to_user};

fn shared(changes: &[Change]) -> SharedPolicy {
    let mut policy = policy(&plain([]));
    policy.apply(changes).unwrap();
    SharedPolicy::new(policy)
}

fn gains(diff: &Diff) -> Option<Difference> {
    diff.iter().find(|it| it.turn == Turn::Gained)
}

/// What a write must not have changed.
fn state(now: &Snapshot) -> (u64, Digest, usize) {
    (now.revision(), now.digest(), now.users().count())
}

/// No reader sees a commit whose hook has not returned `Ok`, and none that was stopped.
#[test]
fn nobody_sees_a_commit_before_its_hook_returned() {
    const WRITERS: usize = 2;
    const EDITS: u64 = 150;
    let shared = shared(&[]);
    // What the hooks let pass, written before they return.
    let passed = Mutex::new(BTreeSet::from([state(&shared.snapshot())]));
    let newest = AtomicU64::new(shared.snapshot().revision());
    let left = AtomicUsize::new(WRITERS);
    thread::scope(|threads| {
        for writer in 0..WRITERS {
            let (shared, passed, newest, left) = (&shared, &passed, &newest, &left);
            threads.spawn(move || {
                let write = || {
                    for nth in 0..EDITS {
                        let name = format!("u{writer}.{nth}");
                        let stops = nth % 3 == 0;
                        let written = shared
                            .write()
                            .before_publishing(|entry, diff| {
                                let seen = shared.snapshot();
                                assert_eq!(seen.revision() + 1, entry.revision());
                                assert_eq!(diff.before().digest(), seen.digest());
                                assert_eq!(diff.now().digest(), entry.digest());
                                thread::yield_now();
                                if stops {
                                    return Err("no");
                                }
                                passed.lock().unwrap().insert(state(diff.now()));
                                newest.store(entry.revision(), Ordering::Release);
                                Ok(())
                            })
                            .edit_unguarded(|edit| edit.add_user(&name));
                        match written {
                            Ok((user, entry)) => {
                                assert!(!stops);
                                let now = shared.snapshot();
                                assert!(now.revision() >= entry.revision());
                                assert_eq!(now.name(user), Ok(name.as_str()));
                            }
                            Err(error) => {
                                assert!(stops);
                                assert_eq!(
                                    error.to_string(),
                                    "the edit was stopped before it was published: no"
                                );
                                assert!(shared.snapshot().find_user(&name).is_none());
                            }
                        }
                    }
                };
                let done = catch_unwind(AssertUnwindSafe(write));
                left.fetch_sub(1, Ordering::Release);
                done.unwrap();
            });
        }
        for _ in 0..2 {
            threads.spawn(|| {
                let mut last = 0;
                while left.load(Ordering::Acquire) > 0 {
                    let now = shared.snapshot();
                    assert!(now.revision() <= newest.load(Ordering::Acquire));
                    assert!(passed.lock().unwrap().contains(&state(&now)));
                    assert!(now.revision() >= last);
                    last = now.revision();
                }
            });
        }
    });
    let expected = WRITERS as u64 * (EDITS - EDITS.div_ceil(3)) + 1;
    assert_eq!(shared.snapshot().revision(), expected);
}

/// A hook that fails, a guard that objects, and either of them in a panic: digest, revision and the handles given out later are as if
/// nothing had been tried, and what was given out by the edit never resolves.
#[test]
fn terms_that_are_not_met_leave_no_trace() {
    let base = [add_user("ana"), add_group("g"), member("ana", "g")];
    let shared = shared(&base);
    let mut owned = policy(&plain([]));
    owned.apply(&base).unwrap();
    let before = shared.snapshot();
    let lost = Mutex::new(Vec::<User>::new());
    let works = |edit: &mut Edit<'_>| {
        let ben = edit.add_user("ben")?;
        lost.lock().unwrap().push(ben);
        let read = edit.catalog().permission("read").unwrap();
        edit.grant(Grant::permission(read).to(ben).on(Scope::Platform))?;
        edit.remove(edit.group("g").unwrap())
    };
    let stopped = shared
        .write()
        .before_publishing(|_, _| Err("full"))
        .edit_unguarded(works);
    assert!(matches!(stopped, Err(NotCommitted::Stopped("full"))));
    let objected = shared.write().guard(gains).edit_unguarded(works);
    assert_eq!(
        objected.unwrap_err().to_string(),
        "the guard objects: user `ben` would gain `read` on `user:ana`"
    );
    let panics = |_: &Diff| -> Option<Difference> { panic!("a bug of the caller") };
    let hook_panics = || {
        let hooked = shared
            .write()
            .before_publishing(|_, _| -> Result<(), String> { panic!("a bug of the caller") });
        drop(hooked.edit_unguarded(works));
    };
    assert!(catch_unwind(AssertUnwindSafe(hook_panics)).is_err());
    let guarded = || drop(shared.write().guard(panics).edit_unguarded(works));
    assert!(catch_unwind(AssertUnwindSafe(guarded)).is_err());
    assert_eq!(state(&shared.snapshot()), state(&before));

    // The same of a policy that is not shared.
    let untouched = state(&owned.snapshot());
    let stopped = owned
        .write()
        .before_publishing(|_, _| Err("full"))
        .apply(&[add_user("ben")]);
    assert!(matches!(stopped, Err(NotCommitted::Stopped("full"))));
    let panicked = catch_unwind(AssertUnwindSafe(|| {
        drop(owned.write().guard(panics).apply(&[add_user("ben")]));
    }));
    assert!(panicked.is_err());
    assert_eq!(state(&owned.snapshot()), untouched);

    let (ben, entry) = shared.edit_unguarded(|edit| edit.add_user("ben")).unwrap();
    let now = shared.snapshot();
    assert_eq!((entry.revision(), entry.changes().len()), (2, 1));
    assert_eq!(now.name(ben), Ok("ben"));
    let lost = lost.into_inner().unwrap();
    assert_eq!(lost.len(), 4);
    for stale in lost {
        assert!(now.name(stale).is_err() && stale != ben);
    }
    // The state is the one of a policy in which none of it was ever tried.
    owned.apply(&[add_user("ben")]).unwrap();
    assert_eq!(now.digest(), owned.snapshot().digest());
}

/// All terms at once, in the name of a user, of both kinds of policy: each can be the one that is not met, and they are looked at in order.
#[test]
fn terms_combine() {
    #[derive(Clone, Copy, Debug)]
    struct Case {
        revision: u64,
        step: &'static str,
        guard: bool,
        hook: bool,
        says: &'static str,
        /// What was called: closure, guard, hook.
        called: [bool; 3],
    }
    let case = |revision, step, guard, hook, says, called| Case {
        revision,
        step,
        guard,
        hook,
        says,
        called,
    };
    let cases = [
        case(1, "ben", true, true, "", [true, true, true]),
        case(
            0,
            "ana",
            false,
            false,
            "the write was meant for revision 0, and the policy is at revision 1",
            [false; 3],
        ),
        case(
            1,
            "ana",
            false,
            false,
            "the edit was dropped: user `ana` already exists",
            [true, false, false],
        ),
        case(
            1,
            "",
            false,
            false,
            "the edit is refused: step 0 (add user ``): `` cannot name a user: a name cannot be empty",
            [true, false, false],
        ),
        case(
            1,
            "ben",
            false,
            false,
            "the guard objects: user `ana` would gain `read` on `user:ben`",
            [true, true, false],
        ),
        case(
            1,
            "ben",
            true,
            false,
            "the edit was stopped before it was published: the disk is full",
            [true, true, true],
        ),
    ];
    let base = [
        add_user("ana"),
        add_group("g"),
        allow(to_user("ana"), "read", this(PlaceName::group("g"))),
    ];
    for case in cases {
        for is_shared in [false, true] {
            let mut owned = policy(&plain([]));
            owned.apply(&base).unwrap();
            let (ana, read) = (
                owned.snapshot().user("ana").unwrap(),
                owned.catalog().permission("read").unwrap(),
            );
            let shared = SharedPolicy::new(owned);
            let mut kept = policy(&plain([]));
            kept.apply(&base).unwrap();
            let ana = if is_shared {
                ana
            } else {
                kept.snapshot().user("ana").unwrap()
            };
            let read = if is_shared {
                read
            } else {
                kept.catalog().permission("read").unwrap()
            };
            let before = if is_shared {
                shared.snapshot()
            } else {
                kept.snapshot()
            };
            let [closure, guard, hook] = [Cell::new(false), Cell::new(false), Cell::new(false)];
            let write = if is_shared {
                shared.write()
            } else {
                kept.write()
            };
            let written = write
                .if_revision(case.revision)
                .guard(|diff| {
                    guard.set(true);
                    if case.guard { None } else { gains(diff) }
                })
                .before_publishing(|entry, diff| {
                    hook.set(true);
                    assert_eq!(entry.digest(), diff.now().digest());
                    if case.hook {
                        Ok(())
                    } else {
                        Err("the disk is full")
                    }
                })
                .edit_as(ana, |edit| {
                    closure.set(true);
                    assert_eq!(edit.acting_user(), Some(ana));
                    let added = edit.add_user(case.step);
                    // The empty name is overlooked, so that the commit refuses it.
                    let Ok(added) = added else {
                        return if case.step.is_empty() {
                            Ok(())
                        } else {
                            added.map(drop)
                        };
                    };
                    edit.grant(Grant::permission(read).to(ana).on(Scope::this(added)))
                });
            let text = written
                .as_ref()
                .map_or_else(ToString::to_string, |_| String::new());
            assert_eq!(text, case.says, "{case:?}");
            let called = [closure.get(), guard.get(), hook.get()];
            assert_eq!(called, case.called, "{case:?}");
            let now = if is_shared {
                shared.snapshot()
            } else {
                kept.snapshot()
            };
            if written.is_ok() {
                assert_eq!(now.revision(), before.revision() + 1);
            } else {
                assert_eq!(state(&now), state(&before), "{case:?}");
            }
        }
    }
}

/// A handle that does not resolve is refused before the closure is called.
#[test]
fn a_write_in_the_name_of_nobody_is_refused() {
    let shared = shared(&[add_user("ana")]);
    let ana = shared.snapshot().user("ana").unwrap();
    shared.apply(&[remove(ThingName::user("ana"))]).unwrap();
    let refused = shared
        .write()
        .edit_as(ana, |_| -> Result<(), Problem> { panic!("not called") });
    assert_eq!(
        refused.unwrap_err().to_string(),
        "the edit is refused: the user was removed before this snapshot"
    );
}

/// Writers that look first and write only if nobody wrote meanwhile lose no write of each other.
#[test]
fn conditional_writes_lose_nothing() {
    const WRITERS: usize = 3;
    const EDITS: usize = 40;
    let shared = shared(&[]);
    let outdated = AtomicUsize::new(0);
    thread::scope(|threads| {
        for _ in 0..WRITERS {
            threads.spawn(|| {
                for _ in 0..EDITS {
                    loop {
                        let seen = shared.snapshot();
                        let name = format!("t{}", seen.users().count());
                        thread::yield_now();
                        match shared
                            .write()
                            .if_revision(seen.revision())
                            .apply(&[add_user(&name)])
                        {
                            Ok(entry) => {
                                assert_eq!(entry.revision(), seen.revision() + 1);
                                break;
                            }
                            Err(NotCommitted::Outdated { expected, actual }) => {
                                assert!(expected == seen.revision() && actual > expected);
                                outdated.fetch_add(1, Ordering::Relaxed);
                            }
                            Err(other) => panic!("{other}"),
                        }
                    }
                }
            });
        }
    });
    let now = shared.snapshot();
    assert_eq!(now.users().count(), WRITERS * EDITS);
    assert!((0..WRITERS * EDITS).all(|nth| now.find_user(&format!("t{nth}")).is_some()));
}

/// Several guards are all asked, and a hook that cannot fail is called besides the one stated later.
#[test]
fn every_guard_and_every_hook_counts() {
    let mut policy = policy(&plain([]));
    policy.apply(&[add_user("ana"), add_group("g")]).unwrap();
    let grant = [allow(to_user("ana"), "read", this(PlaceName::group("g")))];
    let calls = Cell::new(0);
    let count = || calls.set(calls.get() + 1);
    let objected = policy
        .write()
        .guard(|_| {
            count();
            None::<Difference>
        })
        .guard(gains)
        .guard(|_| -> Option<Difference> { panic!("the one before objects") })
        .apply(&grant);
    assert!(matches!(objected, Err(NotCommitted::Objected(_))));
    assert_eq!(calls.get(), 1);
    let stopped = policy
        .write()
        .before_publishing(|_, _| {
            count();
            Ok(())
        })
        .before_publishing(|_, _| {
            count();
            Err("no")
        })
        .apply(&grant);
    assert!(matches!(stopped, Err(NotCommitted::Stopped("no"))));
    assert_eq!((calls.get(), policy.snapshot().revision()), (3, 1));
}

/// What a guard objects to is told in names: those of the earlier state for what is lost, of a thing that goes, too.
#[test]
fn objections_are_told_in_names() {
    let catalog = Catalog::builder()
        .permission("move")
        .permission("read")
        .action_on(
            "swap",
            2,
            rolecall::all([on(0, holds("move")), on(1, holds("move"))]),
        )
        .build()
        .unwrap();
    let moving = catalog.permission("move").unwrap();
    let swap = catalog.action("swap").unwrap();
    let mut policy = Policy::new(catalog);
    let mut edit = policy.edit_unguarded();
    let (ana, g) = (edit.add_user("ana").unwrap(), edit.add_group("g").unwrap());
    edit.grant(Grant::permission(moving).to(ana).on(Scope::this(g)))
        .unwrap();
    edit.commit().unwrap();
    let loses_swap = |diff: &Diff| {
        let mut lost = diff.iter().filter(|it| it.turn == Turn::Lost);
        lost.find(|it| it.action == swap)
    };
    let error = policy
        .write()
        .guard(loses_swap)
        .apply(&[
            Change::Rename {
                thing: ThingName::user("ana"),
                to: "anna".into(),
            },
            remove(ThingName::user("anna")),
        ])
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "the guard objects: user `ana` would lose `swap` on `group:g`, `group:g`"
    );
    let NotCommitted::Objected(objection) = error else {
        panic!("the guard objects");
    };
    assert_eq!(objection.difference.user, ana);
    assert_eq!(
        objection.named.to_string(),
        "user `ana` loses `swap` on `group:g`, `group:g`"
    );

    // A guard that names what is nowhere is told so.
    let foreign = Policy::new(Catalog::builder().permission("x").build().unwrap());
    let action = foreign.catalog().action("x").unwrap();
    let mut edit = policy.edit_unguarded();
    edit.remove_member(ana, g).unwrap();
    let error = edit.commit_if(|_| {
        Some(Difference {
            user: ana,
            action,
            targets: vec![Target::Platform],
            turn: Turn::Gained,
        })
    });
    assert_eq!(
        error.unwrap_err().to_string(),
        "the guard objects: user `ana` would gain `(in neither snapshot)` on `platform`"
    );
}
