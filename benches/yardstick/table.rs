//! The floor by a *table*: records with a cell for each permission of each group, so that no row is read to find the cell.

use super::flat::{Cells, Flat, NO_CELL};
use super::questions::Question;
use super::world::{PERMISSIONS, World};

/// How many cells a group has: one for each permission, rounded up so that groups start at cache lines.
const CELLS: usize = PERMISSIONS.next_power_of_two() as usize;

/// A world in a table.
#[derive(Debug)]
pub(crate) struct Table(Flat<Dense>);

/// A cell for each permission of each group.
#[derive(Debug)]
pub(crate) struct Dense(Vec<[u32; CELLS]>);

impl Table {
    pub(crate) fn of(world: &World) -> Table {
        Table(Flat::of(world, Dense::new()))
    }

    #[inline]
    pub(crate) fn can(&self, question: Question) -> bool {
        self.0.can(question)
    }

    pub(crate) fn bytes(&self) -> usize {
        self.0.bytes()
    }
}

impl Dense {
    pub(crate) fn new() -> Dense {
        Dense(Vec::new())
    }
}

impl Cells for Dense {
    fn add(&mut self, held: &[(u32, u32)]) {
        let mut cells = [NO_CELL; CELLS];
        for &(permission, cell) in held {
            cells[permission as usize] = cell;
        }
        self.0.push(cells);
    }

    #[inline]
    fn cell(&self, group: u32, permission: u32) -> u32 {
        self.0[group as usize][permission as usize]
    }

    fn bytes(&self) -> usize {
        size_of_val(self.0.as_slice())
    }
}
