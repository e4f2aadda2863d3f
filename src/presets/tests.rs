//! What the presets have in common.

use crate::presets::{academy, control, group_leaders, instructors};

/// One way of naming: a field is called as its word is, with `_` for a dot.
#[test]
fn fields_are_named_as_the_words_are() {
    let all = [
        academy::Academy::FIELDS,
        control::Control::FIELDS,
        group_leaders::GroupLeaders::FIELDS,
        instructors::Instructors::FIELDS,
    ];
    for (field, word) in all.into_iter().flatten() {
        assert_eq!(*field, word.replace('.', "_"), "`{word}`");
    }
}
