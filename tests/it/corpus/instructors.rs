//! The operations of the preset `instructors`, by name.

use rolecall::Edit;
use rolecall::presets::instructors::Instructors;

use super::{Find, Stop, no_such};

pub(super) fn run(
    edit: &mut Edit<'_>,
    prefix: &str,
    operation: &str,
    names: &[&str],
) -> Result<(), Stop> {
    let words = Instructors::of(edit.catalog(), prefix)?;
    let find = Find::new(edit, prefix);
    match (operation, names) {
        ("in_work", [user]) => {
            let _user = find.user(user)?;
            let _edit = words.on(edit);
        }
        _ => return no_such(operation, names),
    }
    Ok(())
}
