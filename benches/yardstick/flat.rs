//! What do the floors by records and by table share? Sixteen bytes for each user and course, and a cache line for each group.
//!
//! A record has up to three groups inline and a mask of the permissions held anywhere. A group's line has its own place and those above it,
//! and is compared whole. Whoever has more than three groups, or grants of their own beside three, gets a group of their own that has all
//! of it. Where the floors differ is how they find a *cell*: what a group holds of one permission.

use super::held::Held;
use super::questions::{About, Question};
use super::world::{PERMISSIONS, World};

/// Marks a number that is not a place but says where a longer list starts.
const LONG: u32 = 1 << 31;

/// No place: what fills lines and cells. The two differ, so that they never meet; the one of the cells is larger than every place.
const NO_LINE: u32 = LONG - 1;
pub(crate) const NO_CELL: u32 = LONG - 2;

/// How many places fit in a line.
const LINE: usize = 16;

#[derive(Clone, Copy, Debug)]
#[repr(align(16))]
pub(crate) struct Record {
    pub(crate) groups: [u32; 3],
    permissions: u32,
}

#[derive(Clone, Copy, Debug)]
#[repr(align(64))]
struct Line([u32; LINE]);

/// How the cells of the groups are laid.
pub(crate) trait Cells {
    /// Adds the next group, which holds in each of these permissions what the cell says.
    fn add(&mut self, held: &[(u32, u32)]);

    /// What the group holds of the permission.
    fn cell(&self, group: u32, permission: u32) -> u32;

    /// How many bytes they take.
    fn bytes(&self) -> usize;
}

/// A world in records and lines, with cells that are laid in a way of their own.
#[derive(Debug)]
pub(crate) struct Flat<C> {
    cells: C,
    /// Of the users, then of the courses.
    records: Vec<Record>,
    users: u32,
    lines: Vec<Line>,
    /// What did not fit in a cell or a line: how many there are, then the places in ascending order.
    long: Vec<u32>,
}

impl<C: Cells> Flat<C> {
    pub(crate) fn of(world: &World, cells: C) -> Flat<C> {
        let held = Held::of(world);
        let mut flat = Flat {
            cells,
            records: Vec::with_capacity((world.users.len() + world.courses.len()) as usize),
            users: world.users.len(),
            lines: Vec::new(),
            long: Vec::new(),
        };
        let mut masks = Vec::new();
        let mut add = |flat: &mut Flat<C>, held: &[(u32, u32)], above: &[u32]| {
            masks.push(held.iter().fold(0, |mask, pair| mask | 1 << pair.0));
            let cells = flat.held(held);
            flat.cells.add(&cells);
            let line = flat.line(above);
            flat.lines.push(line);
            flat.lines.len() as u32 - 1
        };
        for group in 0..world.parents.len() {
            add(&mut flat, held.by_group(group), held.above(group));
        }
        let none = add(&mut flat, &[], &[]);
        let mut slots = Vec::with_capacity(flat.records.capacity());
        for (user, groups) in (0..).zip(world.users.iter()) {
            let own = held.own(user);
            slots.push(if groups.len() + usize::from(!own.is_empty()) > 3 {
                let pairs = held.by_user(user, groups);
                [add(&mut flat, &pairs, &held.above_all(groups)), none, none]
            } else if own.is_empty() {
                three(groups, none)
            } else {
                let own = add(&mut flat, own, &[]);
                let mut slots = three(groups, none);
                slots[groups.len()] = own;
                slots
            });
        }
        for groups in world.courses.iter() {
            slots.push(if groups.len() > 3 {
                [add(&mut flat, &[], &held.above_all(groups)), none, none]
            } else {
                three(groups, none)
            });
        }
        flat.records.extend(slots.into_iter().map(|groups| {
            let permissions = groups.map(|group: u32| masks[group as usize]);
            Record {
                groups,
                permissions: permissions[0] | permissions[1] | permissions[2],
            }
        }));
        flat.lines.shrink_to_fit();
        flat.long.shrink_to_fit();
        flat
    }

    /// A pair of a permission and a cell for each permission of the pairs of a permission and a place.
    fn held(&mut self, held: &[(u32, u32)]) -> Vec<(u32, u32)> {
        let chunks = held.chunk_by(|one, other| one.0 == other.0);
        let cells = chunks.map(|pairs| match *pairs {
            [pair] => pair,
            _ => {
                let places: Vec<u32> = pairs.iter().map(|(_, place)| *place).collect();
                (pairs[0].0, self.longer(&places))
            }
        });
        cells.collect()
    }

    fn line(&mut self, above: &[u32]) -> Line {
        let mut line = [NO_LINE; LINE];
        if above.len() <= LINE {
            line[..above.len()].copy_from_slice(above);
        } else {
            line[0] = self.longer(above);
        }
        Line(line)
    }

    fn longer(&mut self, places: &[u32]) -> u32 {
        let start = self.long.len() as u32;
        self.long.push(places.len() as u32);
        self.long.extend_from_slice(places);
        LONG | start
    }

    /// The records of the asker and of the target, unless the asker holds the permission nowhere.
    #[inline]
    pub(crate) fn records(&self, question: Question) -> Option<(&Record, &Record)> {
        let asker = &self.records[question.user as usize];
        let target = &self.records[match question.about {
            About::User(user) => user as usize,
            About::Course(course) => (self.users + course) as usize,
        }];
        (asker.permissions >> question.permission & 1 != 0).then_some((asker, target))
    }

    #[inline]
    pub(crate) fn can(&self, question: Question) -> bool {
        let Some((asker, target)) = self.records(question) else {
            return false;
        };
        let cell = |group| self.cells.cell(group, question.permission);
        let [a, b, c] = asker.groups.map(cell);
        let lines = target.groups.map(|group| &self.lines[group as usize].0);
        if (a | b | c | lines[0][0] | lines[1][0] | lines[2][0]) & LONG != 0 {
            return self.meet_long([a, b, c], lines);
        }
        // Mostly there is one cell, so the test for a second one goes as foreseen; which of the three it is does not matter.
        let (low, high) = (a.min(b).min(c), a.max(b).max(c));
        let middle = a ^ b ^ c ^ low ^ high;
        let mut found = lines
            .iter()
            .fold(0, |found, line| found | on_line(line, low));
        if middle != NO_CELL {
            for line in lines {
                found |= on_line(line, middle) | on_line(line, high);
            }
        }
        found != 0
    }

    /// Whether a place of a cell is one of a line, where some of them are longer lists.
    fn meet_long(&self, cells: [u32; 3], lines: [&[u32; LINE]; 3]) -> bool {
        let mut cells = cells.iter().filter(|cell| **cell != NO_CELL);
        cells.any(|cell| {
            let places = self.places(cell);
            lines.iter().any(|line| match line[0] & LONG {
                0 => places.iter().any(|&place| on_line(line, place) != 0),
                _ => meet(places, self.places(&line[0])),
            })
        })
    }

    /// The places of a cell.
    #[inline]
    pub(crate) fn places<'a>(&'a self, cell: &'a u32) -> &'a [u32] {
        if !is_long(*cell) {
            return std::slice::from_ref(cell);
        }
        let start = (cell & !LONG) as usize;
        &self.long[start + 1..][..self.long[start] as usize]
    }

    /// How many groups there are, those of single users among them.
    pub(crate) fn groups(&self) -> u32 {
        self.lines.len() as u32
    }

    /// The places that the group is under.
    pub(crate) fn above(&self, group: u32) -> impl Iterator<Item = u32> {
        let line = &self.lines[group as usize].0;
        let places = match is_long(line[0]) {
            true => self.places(&line[0]),
            false => line,
        };
        places.iter().copied().filter(|place| *place != NO_LINE)
    }

    #[inline]
    pub(crate) fn cell(&self, group: u32, permission: u32) -> u32 {
        self.cells.cell(group, permission)
    }

    /// How many bytes it takes.
    pub(crate) fn bytes(&self) -> usize {
        let [records, lines] = [self.records.capacity(), self.lines.capacity()];
        16 * records + 64 * lines + 4 * self.long.capacity() + self.cells.bytes()
    }
}

#[inline]
pub(crate) fn is_long(cell: u32) -> bool {
    cell & LONG != 0
}

/// One if the place is on the line, and zero if not: without a branch, so that the compiler compares several at once.
#[inline]
fn on_line(line: &[u32; LINE], place: u32) -> u32 {
    let same = line.iter().map(|&one| u32::from(one == place));
    same.fold(0, |found, same| found | same)
}

/// Whether two ascending lists share an item.
fn meet(one: &[u32], other: &[u32]) -> bool {
    let (few, many) = match one.len() < other.len() {
        true => (one, other),
        false => (other, one),
    };
    if many.len() > 64 {
        return few.iter().any(|item| many.binary_search(item).is_ok());
    }
    let found = |item: &u32| many.iter().fold(false, |found, one| found | (one == item));
    few.iter().any(found)
}

fn three(groups: &[u32], none: u32) -> [u32; 3] {
    let mut slots = [none; 3];
    slots[..groups.len()].copy_from_slice(groups);
    slots
}

const _: () = assert!(PERMISSIONS < 32);
