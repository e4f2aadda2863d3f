//! `Table`: rows by index, with births, so that an index used again is told apart.

use std::sync::Arc;

use crate::limit::limit;
use crate::store::few::{Few, Short, WITHIN};
use crate::store::flat::Flat;
use crate::store::pages::Pages;
use crate::store::sorted::SortedSet;
use crate::store::weight::Weight;

/// Every birth is below this.
pub(crate) const BIRTHS: u32 = FREE;

/// Marks the birth of the last tenant of a free slot: it is nobody's.
const FREE: u32 = 1 << 31;

/// How many rows are copied where one changes.
const PAGE: usize = limit(32, 2);

/// A row of a table, in the slot it lives in: sixteen bytes in one cache line.
#[derive(Clone, Copy, Debug)]
#[repr(align(16))]
pub(crate) struct Row {
    /// What it is in, and the marks in the free bits of the first.
    few: Few,
    /// The birth of the present tenant or, marked [`FREE`], of the last one.
    birth: u32,
}

/// Something worth knowing of a row before anything else is looked up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub(crate) enum Mark {
    /// It carries labels.
    Labelled = 1 << 28,
    /// Something is granted to it.
    Subject = 1 << 29,
    /// The scope of some grant names it.
    Named = 1 << 30,
    /// What it is in is not in the row.
    Elsewhere = 1 << 31,
}

impl Default for Row {
    fn default() -> Self {
        Row {
            few: Few::default(),
            birth: FREE,
        }
    }
}

impl Row {
    /// The birth of the present or, in a free slot, of the last tenant.
    pub(crate) fn birth(&self) -> u32 {
        self.birth & !FREE
    }

    /// Whether nobody lives here.
    #[inline]
    pub(crate) fn is_free(&self) -> bool {
        self.birth & FREE != 0
    }

    /// Whether who was born then lives here.
    #[inline]
    pub(crate) fn is_of(&self, birth: u32) -> bool {
        self.birth == birth
    }

    #[inline]
    pub(crate) fn has(&self, mark: Mark) -> bool {
        self.has_any([mark])
    }

    /// Whether it has one of the marks.
    #[inline]
    pub(crate) fn has_any<const N: usize>(&self, marks: [Mark; N]) -> bool {
        let Few([first, ..]) = self.few;
        marks.iter().fold(0, |all, mark| all | *mark as u32) & first != 0
    }

    /// What it is in, where that is in the row.
    #[inline]
    pub(crate) fn few(&self) -> Option<Few> {
        let Few([first, second, third]) = self.few;
        let few = Few([first & WITHIN, second, third]);
        (!self.has(Mark::Elsewhere)).then_some(few)
    }

    /// Has it be in so few; the marks stay.
    fn set_few(&mut self, few: Few) {
        let (Few([old, ..]), Few([first, second, third])) = (self.few, few);
        self.few = Few([first | old & !WITHIN, second, third]);
    }
}

/// Rows by index; the slots of removed rows are used again. Names and labels, which few questions need, lie beside the rows, and so does
/// what a row has no room for.
#[derive(Clone, Debug)]
pub(crate) struct Table<T> {
    rows: Flat<Row, PAGE>,
    rest: Pages<Option<Arc<T>>>,
    names: Pages<Option<Arc<str>>>,
    labels: Pages<Short>,
    free: SortedSet<u32>,
}

impl<T> Default for Table<T> {
    fn default() -> Self {
        Table {
            rows: Flat::default(),
            rest: Pages::default(),
            names: Pages::default(),
            labels: Pages::default(),
            free: SortedSet::default(),
        }
    }
}

impl<T> Table<T> {
    /// How many rows there are.
    pub(crate) fn len(&self) -> usize {
        self.rows.len() - self.free.len()
    }

    /// How many slots there are, free ones included: every index is below it.
    pub(crate) fn slots(&self) -> usize {
        self.rows.len()
    }

    #[inline]
    pub(crate) fn row(&self, index: u32) -> Option<&Row> {
        self.rows.get(index as usize)
    }

    /// The row; see [`Flat::look`].
    #[inline]
    pub(crate) fn look<const LAID: bool>(&self, index: u32) -> Option<&Row> {
        self.rows.look::<LAID>(index as usize)
    }

    /// The row of whoever was born then.
    #[inline]
    pub(crate) fn born(&self, index: u32, birth: u32) -> Option<&Row> {
        self.row(index).filter(|row| row.is_of(birth))
    }

    /// The row, unless the slot is free.
    pub(crate) fn tenant(&self, index: u32) -> Option<&Row> {
        self.row(index).filter(|row| !row.is_free())
    }

    /// What the row has no room for.
    pub(crate) fn rest(&self, index: u32) -> Option<&T> {
        match self.row(index)?.has(Mark::Elsewhere) {
            true => self.rest.get(index as usize)?.as_deref(),
            false => None,
        }
    }

    /// Has the row be in so few, which it has room for.
    pub(crate) fn set_few(&mut self, index: u32, few: Few) {
        self.set(index, few, None);
    }

    /// Has the row be in what it has no room for.
    pub(crate) fn set_rest(&mut self, index: u32, rest: T) {
        self.set(index, Few::default(), Some(Arc::new(rest)));
    }

    fn set(&mut self, index: u32, few: Few, rest: Option<Arc<T>>) {
        self.mark(index, Mark::Elsewhere, rest.is_some());
        if let Some(row) = self.rows.get_mut(index as usize) {
            row.set_few(few);
        }
        if rest.is_some() || self.rest.get(index as usize).is_some_and(Option::is_some) {
            self.rest.set(index as usize, rest);
        }
    }

    /// What the row has no room for, the default where there was nothing; `None` where the slot is free.
    pub(crate) fn rest_mut(&mut self, index: u32) -> Option<&mut T>
    where
        T: Clone + Default,
    {
        self.tenant(index)?;
        if self.rest(index).is_none() {
            self.set_rest(index, T::default());
        }
        let rest = self.rest.get_mut(index as usize)?;
        rest.as_mut().map(Arc::make_mut)
    }

    /// Sets or takes away a mark of a row.
    pub(crate) fn mark(&mut self, index: u32, mark: Mark, present: bool) {
        if self.row(index).is_some_and(|row| row.has(mark) != present)
            && let Some(row) = self.rows.get_mut(index as usize)
        {
            let Few([first, ..]) = &mut row.few;
            *first ^= mark as u32;
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
                let labels = self.labels.get(index as usize);
                labels.map_or(&[], |labels| &**labels)
            }
            _ => &[],
        }
    }

    pub(crate) fn set_labels(&mut self, index: u32, labels: Vec<u32>) {
        self.mark(index, Mark::Labelled, !labels.is_empty());
        self.labels.set(index as usize, labels.into());
    }

    /// Gives a row a slot; `None` when all indices below `end` are taken.
    pub(crate) fn insert(&mut self, birth: u32, name: &str, end: u32) -> Option<u32> {
        let row = Row {
            birth,
            ..Row::default()
        };
        let free = self.free.iter().next();
        let index = match free {
            Some(index) => {
                self.free.remove(&index);
                index
            }
            None => u32::try_from(self.rows.len())
                .ok()
                .filter(|index| *index < end)?,
        };
        self.rows.set(index as usize, row);
        self.set_name(index, name.into());
        Some(index)
    }

    /// Frees the slot; false if it was free.
    pub(crate) fn remove(&mut self, index: u32) -> bool {
        if self.tenant(index).is_none() {
            return false;
        }
        self.set_few(index, Few::default());
        if !self.labels(index).is_empty() {
            self.labels.set(index as usize, Short::default());
        }
        self.names.set(index as usize, None);
        if let Some(row) = self.rows.get_mut(index as usize) {
            *row = Row {
                birth: row.birth | FREE,
                ..Row::default()
            };
        }
        self.free.insert(index)
    }

    /// The index and the birth of each row, in order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (u32, u32)> {
        self.iter_from(0)
    }

    /// The names in the order of the rows.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.names.iter().flatten().map(|name| &**name)
    }

    /// The same from that index on.
    pub(crate) fn iter_from(&self, index: u32) -> impl Iterator<Item = (u32, u32)> {
        let rows = (index..).zip(self.rows.iter_from(index as usize));
        let tenants = rows.filter(|(_, row)| !row.is_free());
        tenants.map(|(index, row)| (index, row.birth()))
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
        self.rows.bytes() + self.rest.heap() + self.labels.heap() + self.free.heap()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_is_short() {
        assert_eq!(size_of::<Row>(), 16);
    }

    #[test]
    fn freed_slots_are_used_again_under_a_new_birth() {
        let mut table: Table<u32> = Table::default();
        let [a, b] = ["a", "b"].map(|name| table.insert(1, name, 9).unwrap());
        table.set_labels(a, vec![3]);
        table.set_rest(a, 7);
        assert!(table.remove(a) && !table.remove(a));
        assert_eq!((table.row(a).unwrap().birth(), table.len()), (1, 1));
        assert!(table.born(a, 1).is_none() && table.tenant(a).is_none());
        assert_eq!(table.insert(2, "c", 9), Some(a));
        assert_eq!((table.labels(a), table.rest(a)), (&[][..], None));
        assert!(table.born(a, 1).is_none() && table.born(a, 2).is_some());
        assert_eq!(table.insert(3, "d", b + 1), None);
        assert_eq!(table.insert(3, "d", b + 2), Some(b + 1));
        assert_eq!(
            table
                .iter()
                .map(|(index, birth)| (birth, &**table.name(index).unwrap()))
                .collect::<Vec<_>>(),
            [(2, "c"), (1, "b"), (3, "d")]
        );
    }

    #[test]
    fn what_has_no_room_lies_beside_the_row() {
        let mut table: Table<u32> = Table::default();
        let a = table.insert(1, "a", 9).unwrap();
        let few = |table: &Table<u32>| table.row(a).unwrap().few().map(|few| few.to_vec());
        assert_eq!((few(&table), table.rest(a)), (Some(vec![]), None));
        table.set_few(a, Few::of(&[3, 5]).unwrap());
        assert_eq!((few(&table), table.rest(a)), (Some(vec![3, 5]), None));
        let before = table.clone();
        table.set_rest(a, 7);
        assert_eq!((few(&table), table.rest(a)), (None, Some(&7)));
        assert_eq!(table.unshared(&before).next(), Some(a));
        table.set_rest(a, 8);
        assert_eq!((few(&before), table.rest(a)), (Some(vec![3, 5]), Some(&8)));
        table.set_few(a, Few::default());
        assert_eq!((few(&table), table.rest(a)), (Some(vec![]), None));
    }

    #[test]
    fn marks_come_and_go() {
        let mut table: Table<u32> = Table::default();
        let a = table.insert(1, "a", 9).unwrap();
        table.mark(a, Mark::Named, true);
        table.mark(a, Mark::Named, true);
        let has = |table: &Table<u32>, mark| table.row(a).unwrap().has(mark);
        assert!(has(&table, Mark::Named) && !has(&table, Mark::Subject));
        table.mark(a, Mark::Named, false);
        assert!(!has(&table, Mark::Named) && table.born(a, 1).is_some());
    }
}
