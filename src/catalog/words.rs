//! One name space of the vocabulary.

use indexmap::IndexSet;

use crate::name::UnknownName;
use crate::near::Search;

/// Names in the order they were declared.
#[derive(Debug)]
pub(crate) struct Words {
    word: &'static str,
    names: IndexSet<Box<str>>,
}

impl Words {
    pub(crate) fn new(word: &'static str) -> Self {
        Words {
            word,
            names: IndexSet::new(),
        }
    }

    /// What the names are names of.
    pub(crate) fn word(&self) -> &'static str {
        self.word
    }

    /// Adds a name; false if it was there.
    pub(crate) fn insert(&mut self, name: &str) -> bool {
        self.names.insert(name.into())
    }

    pub(crate) fn len(&self) -> u32 {
        u32::try_from(self.names.len()).unwrap_or(u32::MAX)
    }

    pub(crate) fn index(&self, name: &str) -> Option<u32> {
        self.names
            .get_index_of(name)
            .and_then(|index| u32::try_from(index).ok())
    }

    pub(crate) fn name(&self, index: u32) -> Option<&str> {
        self.names.get_index(index as usize).map(|name| &**name)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &str> {
        self.names.iter().map(|name| &**name)
    }

    pub(crate) fn unknown(&self, name: &str, search: &mut Search) -> UnknownName {
        search.unknown(self.word, name, self.iter())
    }
}
