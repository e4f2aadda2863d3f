//! What if everything were worked out before? A bit for each pair of a group and a place it may be under: the square of the groups.
//!
//! It is no floor: it has no bound of memory for a user, and at 200,000 groups it would take five gigabytes.

use super::flat::{Flat, NO_CELL, is_long};
use super::questions::Question;
use super::table::Dense;
use super::world::World;

/// How many bytes the pairs may take.
const MOST: usize = 1 << 30;

/// A world in a table, with a bit for each pair of groups.
#[derive(Debug)]
pub(crate) struct Pairs {
    flat: Flat<Dense>,
    /// Whether the group is under the place: the bits of a group side by side.
    under: Vec<u64>,
    /// How many words a group has.
    words: usize,
    /// A place that no group is under.
    nowhere: u32,
}

impl Pairs {
    /// `None` where they would take too much memory.
    pub(crate) fn of(world: &World) -> Option<Pairs> {
        let places = world.parents.len();
        let words = (places as usize + 1).div_ceil(64);
        if words * 8 * places as usize > MOST {
            return None;
        }
        let flat = Flat::of(world, Dense::new());
        let mut under = vec![0; words * flat.groups() as usize];
        for group in 0..flat.groups() {
            for place in flat.above(group) {
                under[group as usize * words + place as usize / 64] |= 1 << (place % 64);
            }
        }
        Some(Pairs {
            flat,
            under,
            words,
            nowhere: places,
        })
    }

    #[inline]
    pub(crate) fn can(&self, question: Question) -> bool {
        let Some((asker, target)) = self.flat.records(question) else {
            return false;
        };
        let cell = |group| self.flat.cell(group, question.permission);
        let [a, b, c] = asker.groups.map(cell);
        let under = |place: u32| {
            let place = place.min(self.nowhere);
            let under = target.groups.map(|group| self.is_under(group, place));
            under[0] | under[1] | under[2]
        };
        if is_long(a | b | c) {
            let mut cells = [a, b, c].into_iter();
            return cells.any(|cell| {
                let places = self.flat.places(&cell).iter();
                places.fold(0, |found, &place| found | under(place)) != 0
            });
        }
        let (low, high) = (a.min(b).min(c), a.max(b).max(c));
        let middle = a ^ b ^ c ^ low ^ high;
        let first = under(low);
        let others = match middle {
            NO_CELL => 0,
            _ => under(middle) | under(high),
        };
        first | others != 0
    }

    /// One or zero.
    #[inline]
    fn is_under(&self, group: u32, place: u32) -> u64 {
        let word = self.under[group as usize * self.words + place as usize / 64];
        word >> (place % 64) & 1
    }

    pub(crate) fn bytes(&self) -> usize {
        self.flat.bytes() + 8 * self.under.capacity()
    }
}
