//! The core knows no learning platform: none of their words stands in its code.

use std::fs;
use std::path::{Path, PathBuf};

/// Words of learning platforms, as they begin.
const WORDS: &[&str] = &[
    "learner",
    "student",
    "trainer",
    "coach",
    "instructor",
    "course",
    "reviewer",
    "roster",
    "academy",
    "enrol",
    "certif",
];

fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        match path.is_dir() {
            true if path.ends_with("src/presets") => {}
            true => files(&path, found),
            // Other texts are documentation.
            false if path.extension().is_some_and(|kind| kind == "rs") => found.push(path),
            false => {}
        }
    }
}

#[test]
fn no_word_of_a_platform_stands_in_the_core() {
    let mut found = Vec::new();
    files(
        &Path::new(env!("CARGO_MANIFEST_DIR")).join("src"),
        &mut found,
    );
    assert!(found.len() > 10);
    let mut standing = Vec::new();
    for path in found {
        let text = fs::read_to_string(&path).unwrap();
        for (at, line) in text.lines().enumerate() {
            // Comments and documentation may show what the crate is for.
            let code = line.split("//").next().unwrap_or_default().to_lowercase();
            if WORDS.iter().any(|word| code.contains(word)) {
                standing.push(format!("{}:{}: {}", path.display(), at + 1, line.trim()));
            }
        }
    }
    assert!(standing.is_empty(), "{}", standing.join("\n"));
}
