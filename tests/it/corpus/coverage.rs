//! Every rule of the source documents is held by a case, or a line says why not.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use super::cited;

/// The documents, or single rules, whose cases are all there: an id is meant when it starts so. The list grows until it is every id.
const FINISHED: &[&str] = &["S", "A-", "X-"];

/// How many ids the documents have, so that a line lost from the list is noticed.
const IDS: usize = 16 + 12 + 16 + 48 + 33 + 5 + 35;

fn lines(file: &str) -> BTreeMap<String, String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/corpus")
        .join(file);
    let text = fs::read_to_string(&path).unwrap();
    toml::from_str(&text).unwrap_or_else(|error| panic!("{file}: {error}"))
}

#[test]
fn every_rule_has_a_yes_and_a_no() {
    let rules = lines("rules.toml");
    assert_eq!(rules.len(), IDS);
    let excused = lines("uncovered.toml");
    let cited = cited();

    let known = |id: &&String| !rules.contains_key(*id);
    let strangers: BTreeSet<_> = cited.keys().chain(excused.keys()).filter(known).collect();
    assert!(strangers.is_empty(), "no such rules: {strangers:?}");

    let is_covered = |id: &String| cited.get(id) == Some(&(true, true));
    let finished = |id: &&String| FINISHED.iter().any(|start| id.starts_with(start));
    let (done, open): (Vec<&String>, Vec<&String>) = rules.keys().partition(finished);
    let bare: Vec<_> = done
        .into_iter()
        .filter(|id| !is_covered(id) && !excused.contains_key(*id))
        .map(|id| (id, cited.get(id)))
        .collect();
    assert!(bare.is_empty(), "without a yes and a no: {bare:?}");
    let needless: Vec<_> = excused.keys().filter(|id| is_covered(id)).collect();
    assert!(needless.is_empty(), "excused, but covered: {needless:?}");
    println!("documents that are not finished have {} rules", open.len());
}
