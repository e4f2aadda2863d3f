//! Sorted lists of numbers, each different one stored once.

use indexmap::IndexSet;

/// A list in [`Lists`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct ListId(u32);

/// Interned lists.
#[derive(Debug, Default)]
pub(crate) struct Lists {
    lists: IndexSet<Box<[u32]>>,
}

impl Lists {
    /// Stores the numbers, sorted and each once.
    pub(crate) fn intern(&mut self, mut numbers: Vec<u32>) -> ListId {
        numbers.sort_unstable();
        numbers.dedup();
        let (index, _) = self.lists.insert_full(numbers.into_boxed_slice());
        ListId(u32::try_from(index).unwrap_or(u32::MAX))
    }

    pub(crate) fn get(&self, list: ListId) -> &[u32] {
        self.lists
            .get_index(list.0 as usize)
            .map(|list| &**list)
            .unwrap_or_default()
    }

    /// The distinct lists in the order of their ids.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (ListId, &[u32])> {
        (0..).map(ListId).zip(self.lists.iter().map(|list| &**list))
    }
}
