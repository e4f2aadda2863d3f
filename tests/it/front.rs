//! The front page: what a reader copies from it is all there is.

/// The lines of the blocks of Rust on a page.
fn blocks(page: &str) -> Vec<Vec<&str>> {
    let mut blocks = Vec::new();
    let mut open = None;
    for line in page.lines() {
        match (line.strip_prefix("```"), &mut open) {
            (Some(language), None) => open = Some((language == "rust", Vec::new())),
            (Some(_), Some(_)) => blocks.extend(open.take()),
            (None, Some((_, lines))) => lines.push(line),
            (None, None) => {}
        }
    }
    let rust = blocks.into_iter().filter(|(is_rust, _)| *is_rust);
    rust.map(|(_, lines)| lines).collect()
}

/// The page is compiled and run as a part of the documentation. There a line that begins with `#` counts and is not shown, so there is none.
#[test]
fn no_line_of_the_front_page_is_hidden() {
    let blocks = blocks(include_str!("../../README.md"));
    assert!(!blocks.is_empty());
    for block in blocks {
        assert!(block.iter().any(|line| line.starts_with("fn main()")));
        let hidden = |line: &&&str| line.trim_start() == "#" || line.trim_start().starts_with("# ");
        assert_eq!(block.iter().find(hidden), None);
    }
}
