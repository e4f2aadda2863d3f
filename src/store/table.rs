//! `Table`: rows by index, with births, so that an index used again is told apart.

use crate::store::pages::Pages;

/// A row of a table, in the slot it lives in.
#[derive(Clone, Debug)]
pub(crate) struct Row<T> {
    /// The birth of the present or, in a free slot, of the last tenant.
    pub(crate) birth: u32,
    tenant: Tenant<T>,
}

#[derive(Clone, Debug)]
enum Tenant<T> {
    Here(T),
    /// The slot is free; so is the one named, if any.
    Free(Option<u32>),
}

impl<T> Row<T> {
    /// What lives here, unless the slot is free.
    pub(crate) fn tenant(&self) -> Option<&T> {
        match &self.tenant {
            Tenant::Here(tenant) => Some(tenant),
            Tenant::Free(_) => None,
        }
    }
}

/// Rows by index; the slots of removed rows are used again.
#[derive(Clone, Debug)]
pub(crate) struct Table<T> {
    rows: Pages<Row<T>>,
    free: Option<u32>,
    live: usize,
}

impl<T> Default for Table<T> {
    fn default() -> Self {
        Table {
            rows: Pages::default(),
            free: None,
            live: 0,
        }
    }
}

impl<T: Clone> Table<T> {
    /// How many rows there are.
    pub(crate) fn len(&self) -> usize {
        self.live
    }

    /// How many slots there are, free ones included: every index is below it.
    pub(crate) fn slots(&self) -> usize {
        self.rows.len()
    }

    pub(crate) fn row(&self, index: u32) -> Option<&Row<T>> {
        self.rows.get(index as usize)
    }

    pub(crate) fn get(&self, index: u32) -> Option<&T> {
        self.row(index)?.tenant()
    }

    pub(crate) fn get_mut(&mut self, index: u32) -> Option<&mut T> {
        match &mut self.rows.get_mut(index as usize)?.tenant {
            Tenant::Here(tenant) => Some(tenant),
            Tenant::Free(_) => None,
        }
    }

    /// Gives the row a slot; `None` when all indices are taken.
    pub(crate) fn insert(&mut self, birth: u32, tenant: T) -> Option<u32> {
        let index = match self.free {
            Some(index) => {
                let row = self.rows.get_mut(index as usize)?;
                if let Tenant::Free(next) = row.tenant {
                    self.free = next;
                }
                *row = Row {
                    birth,
                    tenant: Tenant::Here(tenant),
                };
                index
            }
            None => {
                let index = u32::try_from(self.rows.len())
                    .ok()
                    .filter(|index| *index < u32::MAX)?;
                self.rows.push(Row {
                    birth,
                    tenant: Tenant::Here(tenant),
                });
                index
            }
        };
        self.live += 1;
        Some(index)
    }

    /// Frees the slot and returns what lived there.
    pub(crate) fn remove(&mut self, index: u32) -> Option<T> {
        let row = self.rows.get_mut(index as usize)?;
        match std::mem::replace(&mut row.tenant, Tenant::Free(self.free)) {
            Tenant::Here(tenant) => {
                self.free = Some(index);
                self.live -= 1;
                Some(tenant)
            }
            free @ Tenant::Free(_) => {
                row.tenant = free;
                None
            }
        }
    }

    /// The rows in the order of their indices.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (u32, u32, &T)> {
        let rows = (0..).zip(self.rows.iter());
        rows.filter_map(|(index, row)| row.tenant().map(|tenant| (index, row.birth, tenant)))
    }

    /// The rows from that index on, in order.
    pub(crate) fn iter_from(&self, index: u32) -> impl Iterator<Item = (u32, u32, &T)> {
        let rows = (index..).zip(self.rows.iter_from(index as usize));
        rows.filter_map(|(index, row)| row.tenant().map(|tenant| (index, row.birth, tenant)))
    }

    /// The indices, in order, of the rows that the two tables do not share.
    pub(crate) fn unshared(&self, other: &Self) -> impl Iterator<Item = u32> + use<T> {
        self.rows
            .unshared(&other.rows)
            .into_iter()
            .filter_map(|index| u32::try_from(index).ok())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn freed_slots_are_used_again_under_a_new_birth() {
        let mut table = Table::default();
        let [a, b] = ["a", "b"].map(|name| table.insert(1, name).unwrap());
        assert_eq!(table.remove(a), Some("a"));
        assert_eq!(table.remove(a), None);
        assert_eq!(
            (table.get(a), table.row(a).unwrap().birth, table.len()),
            (None, 1, 1)
        );
        assert_eq!(table.insert(2, "c"), Some(a));
        assert_eq!(table.row(a).unwrap().birth, 2);
        assert_eq!(table.insert(3, "d"), Some(b + 1));
        assert_eq!(
            table
                .iter()
                .map(|(_, birth, name)| (birth, *name))
                .collect::<Vec<_>>(),
            [(2, "c"), (1, "b"), (3, "d")]
        );
    }
}
