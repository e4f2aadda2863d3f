//! The floor by *records*: the least memory. A group has a mask of its permissions and a cell for each of them, found by counting bits.

use super::flat::{Cells, Flat, NO_CELL};
use super::questions::Question;
use super::world::World;

/// A world in records.
#[derive(Debug)]
pub(crate) struct Records(Flat<Counted>);

/// Cells in the order of the permissions of each group, none for those it does not have. The first is no cell at all.
#[derive(Debug)]
struct Counted {
    rows: Vec<Row>,
    cells: Vec<u32>,
}

#[derive(Clone, Copy, Debug)]
struct Row {
    permissions: u32,
    first: u32,
}

impl Records {
    pub(crate) fn of(world: &World) -> Records {
        let cells = Counted {
            rows: Vec::new(),
            cells: vec![NO_CELL],
        };
        Records(Flat::of(world, cells))
    }

    #[inline]
    pub(crate) fn can(&self, question: Question) -> bool {
        self.0.can(question)
    }

    pub(crate) fn bytes(&self) -> usize {
        self.0.bytes()
    }
}

impl Cells for Counted {
    fn add(&mut self, held: &[(u32, u32)]) {
        self.rows.push(Row {
            permissions: held.iter().fold(0, |mask, cell| mask | 1 << cell.0),
            first: self.cells.len() as u32,
        });
        self.cells.extend(held.iter().map(|(_, cell)| cell));
    }

    #[inline]
    fn cell(&self, group: u32, permission: u32) -> u32 {
        let (row, bit) = (self.rows[group as usize], 1 << permission);
        let before = (row.permissions & (bit - 1)).count_ones();
        let at = (row.first + before) as usize;
        self.cells[if row.permissions & bit == 0 { 0 } else { at }]
    }

    fn bytes(&self) -> usize {
        8 * self.rows.capacity() + 4 * self.cells.capacity()
    }
}
