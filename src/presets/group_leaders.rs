//! (in work)

use crate::{Catalog, CatalogError, Edit};

/// The catalog.
pub fn catalog() -> Result<Catalog, CatalogError> {
    Catalog::builder().permission("settings.edit").build()
}

vocabulary! {
    /// The vocabulary.
    GroupLeaders {
        /// Editing the settings.
        edit_settings: Permission = "settings.edit",
    }
}

/// The operations.
#[derive(Debug)]
pub struct GroupLeadersEdit<'e, 'p> {
    words: GroupLeaders,
    edit: &'e mut Edit<'p>,
}

impl GroupLeaders {
    /// The operations, on an edit.
    pub fn on<'e, 'p>(&self, edit: &'e mut Edit<'p>) -> GroupLeadersEdit<'e, 'p> {
        GroupLeadersEdit { words: *self, edit }
    }
}
