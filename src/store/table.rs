//! `Table`: rows by index, with births, so that an index used again is told apart.

use std::sync::Arc;

use crate::store::flat::Flat;
use crate::store::pages::Pages;
use crate::store::sorted::SortedSet;
use crate::store::weight::Weight;

/// Every birth is below this.
pub(crate) const BIRTHS: u32 = FREE;

/// Marks the birth of the last tenant of a free slot: it is nobody's.
const FREE: u32 = 1 << 31;

/// A row of a table, in the slot it lives in.
#[derive(Clone, Debug)]
pub(crate) struct Row<T> {
    /// The birth of the present tenant or, marked [`FREE`], of the last one.
    birth: u32,
    marks: u8,
    body: T,
}

/// Something worth knowing of a row before anything else is looked up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Mark {
    /// It carries labels.
    Labelled = 1,
    /// Something is granted to it.
    Subject = 2,
    /// The scope of some grant names it.
    Named = 4,
}

impl<T: Default> Default for Row<T> {
    fn default() -> Self {
        Row {
            birth: FREE,
            marks: 0,
            body: T::default(),
        }
    }
}

impl<T> Row<T> {
    /// The birth of the present or, in a free slot, of the last tenant.
    pub(crate) fn birth(&self) -> u32 {
        self.birth & !FREE
    }

    fn is_free(&self) -> bool {
        self.birth & FREE != 0
    }

    /// What lives here, unless the slot is free.
    #[inline]
    pub(crate) fn tenant(&self) -> Option<&T> {
        (!self.is_free()).then_some(&self.body)
    }

    /// Whether who was born then lives here.
    #[inline]
    pub(crate) fn is_of(&self, birth: u32) -> bool {
        self.birth == birth
    }

    /// What lives here, if it was born then.
    #[inline]
    pub(crate) fn born(&self, birth: u32) -> Option<&Self> {
        self.is_of(birth).then_some(self)
    }

    #[inline]
    pub(crate) fn has(&self, mark: Mark) -> bool {
        self.marks & mark as u8 != 0
    }

    #[inline]
    pub(crate) fn body(&self) -> &T {
        &self.body
    }
}

/// Rows by index; the slots of removed rows are used again. Names and labels, which few questions need, lie beside the rows.
#[derive(Clone, Debug)]
pub(crate) struct Table<T> {
    rows: Flat<Row<T>, 32, 32>,
    names: Pages<Option<Arc<str>>>,
    labels: Pages<Option<Arc<Vec<u32>>>>,
    free: SortedSet<u32>,
}

impl<T> Default for Table<T> {
    fn default() -> Self {
        Table {
            rows: Flat::default(),
            names: Pages::default(),
            labels: Pages::default(),
            free: SortedSet::default(),
        }
    }
}

impl<T: Clone + Default> Table<T> {
    /// How many rows there are.
    pub(crate) fn len(&self) -> usize {
        self.rows.len() - self.free.len()
    }

    /// How many slots there are, free ones included: every index is below it.
    pub(crate) fn slots(&self) -> usize {
        self.rows.len()
    }

    #[inline]
    pub(crate) fn row(&self, index: u32) -> Option<&Row<T>> {
        self.rows.get(index as usize)
    }

    /// The row; see [`Flat::look`].
    #[inline]
    pub(crate) fn look<const LAID: bool>(&self, index: u32) -> Option<&Row<T>> {
        self.rows.look::<LAID>(index as usize)
    }

    /// The row of whoever was born then.
    #[inline]
    pub(crate) fn born(&self, index: u32, birth: u32) -> Option<&Row<T>> {
        self.row(index)?.born(birth)
    }

    #[inline]
    pub(crate) fn get(&self, index: u32) -> Option<&T> {
        self.row(index)?.tenant()
    }

    pub(crate) fn get_mut(&mut self, index: u32) -> Option<&mut T> {
        let row = self.rows.get_mut(index as usize)?;
        (!row.is_free()).then_some(&mut row.body)
    }

    /// Sets or takes away a mark of a row.
    pub(crate) fn mark(&mut self, index: u32, mark: Mark, present: bool) {
        if self.row(index).is_some_and(|row| row.has(mark) != present)
            && let Some(row) = self.rows.get_mut(index as usize)
        {
            row.marks ^= mark as u8;
        }
    }

    pub(crate) fn name(&self, index: u32) -> Option<&Arc<str>> {
        self.names.get(index as usize)?.as_ref()
    }

    pub(crate) fn set_name(&mut self, index: u32, name: Arc<str>) {
        self.names.set(index as usize, Some(name));
    }

    /// Its labels, in order.
    pub(crate) fn labels(&self, index: u32) -> &[u32] {
        match self.row(index) {
            Some(row) if row.has(Mark::Labelled) => {
                let labels = self.labels.get(index as usize).and_then(Option::as_deref);
                labels.map(Vec::as_slice).unwrap_or_default()
            }
            _ => &[],
        }
    }

    pub(crate) fn set_labels(&mut self, index: u32, labels: Vec<u32>) {
        self.mark(index, Mark::Labelled, !labels.is_empty());
        let labels = (!labels.is_empty()).then(|| Arc::new(labels));
        self.labels.set(index as usize, labels);
    }

    /// Gives the row a slot; `None` when all indices are taken.
    pub(crate) fn insert(&mut self, birth: u32, name: &str, body: T) -> Option<u32> {
        let row = Row {
            birth,
            marks: 0,
            body,
        };
        let free = self.free.iter().next();
        let index = match free {
            Some(index) => {
                self.free.remove(&index);
                index
            }
            None => u32::try_from(self.rows.len())
                .ok()
                .filter(|index| *index < u32::MAX)?,
        };
        self.rows.set(index as usize, row);
        self.set_name(index, name.into());
        Some(index)
    }

    /// Frees the slot and returns what lived there.
    pub(crate) fn remove(&mut self, index: u32) -> Option<T> {
        self.get(index)?;
        if !self.labels(index).is_empty() {
            self.labels.set(index as usize, None);
        }
        self.names.set(index as usize, None);
        let row = self.rows.get_mut(index as usize)?;
        row.birth |= FREE;
        row.marks = 0;
        let body = std::mem::take(&mut row.body);
        self.free.insert(index);
        Some(body)
    }

    /// The rows in the order of their indices.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (u32, u32, &T)> {
        self.iter_from(0)
    }

    /// The names in the order of the rows.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.names.iter().flatten().map(|name| &**name)
    }

    /// The rows from that index on, in order.
    pub(crate) fn iter_from(&self, index: u32) -> impl Iterator<Item = (u32, u32, &T)> {
        let rows = (index..).zip(self.rows.iter_from(index as usize));
        rows.filter_map(|(index, row)| row.tenant().map(|tenant| (index, row.birth(), tenant)))
    }

    /// The indices, in order, of the rows that the two tables do not share; names are not compared.
    pub(crate) fn unshared(&self, other: &Self) -> impl Iterator<Item = u32> + use<T> {
        let mut unshared = self.rows.unshared(&other.rows);
        unshared.extend(self.labels.unshared(&other.labels));
        unshared.sort_unstable();
        unshared.dedup();
        unshared
            .into_iter()
            .filter_map(|index| u32::try_from(index).ok())
    }

    /// After an edit: see [`Flat::settle`].
    pub(crate) fn settle(&mut self) {
        self.rows.settle();
    }

    /// The bytes that the names take up.
    pub(crate) fn names_heap(&self) -> usize {
        self.names.heap()
    }
}

/// Names are not counted.
impl<T: Weight> Weight for Table<T> {
    fn heap(&self) -> usize {
        self.rows.heap() + self.labels.heap() + self.free.heap()
    }
}

impl<T: Weight> Weight for Row<T> {
    fn heap(&self) -> usize {
        self.body.heap()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn freed_slots_are_used_again_under_a_new_birth() {
        let mut table: Table<u32> = Table::default();
        let [a, b] = ["a", "b"].map(|name| table.insert(1, name, 7).unwrap());
        table.set_labels(a, vec![3]);
        assert_eq!(table.remove(a), Some(7));
        assert_eq!(table.remove(a), None);
        assert_eq!(
            (table.get(a), table.row(a).unwrap().birth(), table.len()),
            (None, 1, 1)
        );
        assert!(table.born(a, 1).is_none());
        assert_eq!(table.insert(2, "c", 8), Some(a));
        assert_eq!(table.labels(a), []);
        assert_eq!(table.row(a).unwrap().birth(), 2);
        assert!(table.born(a, 1).is_none() && table.born(a, 2).is_some());
        assert_eq!(table.insert(3, "d", 9), Some(b + 1));
        assert_eq!(
            table
                .iter()
                .map(|(index, birth, body)| (birth, *body, &**table.name(index).unwrap()))
                .collect::<Vec<_>>(),
            [(2, 8, "c"), (1, 7, "b"), (3, 9, "d")]
        );
    }

    #[test]
    fn marks_come_and_go() {
        let mut table: Table<u32> = Table::default();
        let a = table.insert(1, "a", 0).unwrap();
        table.mark(a, Mark::Named, true);
        table.mark(a, Mark::Named, true);
        let has = |table: &Table<u32>, mark| table.row(a).unwrap().has(mark);
        assert!(has(&table, Mark::Named) && !has(&table, Mark::Subject));
        table.mark(a, Mark::Named, false);
        assert!(!has(&table, Mark::Named) && table.born(a, 1).is_some());
    }
}
