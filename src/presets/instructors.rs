//! (in work)

use crate::{Catalog, CatalogError, Edit};

/// The catalog.
pub fn catalog() -> Result<Catalog, CatalogError> {
    Catalog::builder().permission("settings.edit").build()
}

vocabulary! {
    /// The vocabulary.
    Instructors {
        /// Editing the settings.
        edit_settings: Permission = "settings.edit",
    }
}

/// The operations.
#[derive(Debug)]
pub struct InstructorsEdit<'e, 'p> {
    words: Instructors,
    edit: &'e mut Edit<'p>,
}

impl Instructors {
    /// The operations, on an edit.
    pub fn on<'e, 'p>(&self, edit: &'e mut Edit<'p>) -> InstructorsEdit<'e, 'p> {
        InstructorsEdit { words: *self, edit }
    }
}
