//! What an entry is to those who keep it: its changes, and nothing of the states before and after it.

use std::hint::black_box;

use allocation_counter::measure;
use rolecall::{Change, Entry, Policy};

use crate::engine::{add_group, add_user, member, plain, policy};

const MEMBERS: usize = 2_000;
const COMMITS: usize = 400;

fn loaded() -> Policy {
    let mut policy = policy(&plain([]));
    let mut changes = vec![add_group("g"), add_group("h")];
    for nth in 0..MEMBERS {
        let name = format!("u{nth}");
        changes.extend([add_user(&name), member(&name, "g")]);
    }
    policy.apply(&changes).unwrap();
    policy
}

/// The bytes that remain allocated for the entries of commits of one membership each, one by one, when `keep` has had its way with them.
fn kept<T>(keep: impl Fn(Entry) -> T) -> f64 {
    let mut policy = loaded();
    let joins: Vec<[Change; 1]> = (0..COMMITS)
        .map(|nth| [member(&format!("u{}", nth * MEMBERS / COMMITS), "h")])
        .collect();
    let mut all = Vec::with_capacity(COMMITS);
    let measured = measure(|| {
        for joins in &joins {
            all.push(keep(policy.apply(joins).unwrap()));
        }
    });
    black_box(&all);
    measured.bytes_current as f64 / COMMITS as f64
}

/// Each entry of a membership would keep pages of the tables of its old state otherwise: some seven kilobytes.
#[test]
fn a_kept_entry_is_its_changes() {
    let nothing = kept(drop);
    let entries = kept(|entry| entry) - nothing;
    assert!(entries < 400.0, "{entries} bytes an entry");
    // The changes themselves, as names, are of the same order.
    let changes = kept(|entry| entry.changes().to_vec()) - nothing;
    assert!(
        entries < 3.0 * changes,
        "{entries} bytes, {changes} as changes"
    );
}
