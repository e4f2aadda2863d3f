//! The search for a known name near to one that nothing has.
//!
//! The naive form compares the name with every known one, at a cost of the product of their lengths: 20 seconds for one name of 1,020 bytes
//! among 10,000, which anybody can send. Here the whole search is bounded in steps, for each name and for all names of one edit together; most
//! known names are passed over by their length or by the letters they have; and what the steps do not reach is said to be unsearched.

use crate::looks::Looks;
use crate::name::UnknownName;
use crate::steps;

/// How many steps may be spent on one name. A step looks at a letter of a known name, or at a cell of a comparison: some nanoseconds.
const FOR_ONE: usize = 200_000;

/// How many steps may be spent on all the unknown names of an edit.
const FOR_EDIT: usize = 1_000_000;

/// What may still be spent on searching.
#[derive(Debug)]
pub(crate) struct Search {
    left: usize,
}

impl Search {
    /// Enough for one name.
    pub(crate) fn of_one() -> Self {
        Search { left: FOR_ONE }
    }

    /// Enough for the names of one edit, or of one catalog.
    pub(crate) fn of_many() -> Self {
        Search { left: FOR_EDIT }
    }

    /// The error for a name that nothing has, with a known name near to it.
    pub(crate) fn unknown<'a>(
        &mut self,
        word: &str,
        name: &str,
        known: impl Iterator<Item = &'a str>,
    ) -> UnknownName {
        let (nearest, searched) = self.nearest(name, known);
        UnknownName {
            word: word.to_owned(),
            name: name.to_owned(),
            nearest: nearest.map(str::to_owned),
            searched,
        }
    }

    /// Whether so many steps were left; they are spent then.
    fn spend(&mut self, count: usize, mine: &mut usize) -> bool {
        match (self.left.checked_sub(count), mine.checked_sub(count)) {
            (Some(left), Some(mine_left)) => {
                (self.left, *mine) = (left, mine_left);
                steps::took(count);
                true
            }
            _ => false,
        }
    }

    /// A known name that looks alike, or else the one with the fewest letters changed: at most a third of them may be. Of equals the first
    /// in the order of names. And whether every known name was looked at.
    fn nearest<'a>(
        &mut self,
        name: &str,
        known: impl Iterator<Item = &'a str>,
    ) -> (Option<&'a str>, bool) {
        let mut mine = FOR_ONE;
        if !self.spend(name.len(), &mut mine) {
            return (None, false);
        }
        let (letters, looks) = (Letters::of(name), Looks::get());
        let look = looks.of(name);
        let allowed = (letters.count / 3).clamp(1, 5);
        let mut best: Option<(usize, &str)> = None;
        let mut searched = true;
        for other in known {
            // A letter takes one to four bytes, and one more for each mark on it.
            if other.len() > 4 * (name.len() + allowed) || name.len() > 4 * (other.len() + allowed)
            {
                if !self.spend(1, &mut mine) {
                    return (best.map(|(_, other)| other), false);
                }
                continue;
            }
            if !self.spend(1 + other.len(), &mut mine) {
                return (best.map(|(_, other)| other), false);
            }
            let rank = if looks.of(other) == look {
                0
            } else {
                let theirs = Letters::of(other);
                if letters.differ(&theirs) > allowed {
                    continue;
                }
                if !self.spend(letters.count * theirs.count, &mut mine) {
                    searched = false;
                    continue;
                }
                strsim::osa_distance(name, other)
            };
            if rank <= allowed && best.is_none_or(|best| (rank, other) < best) {
                best = Some((rank, other));
            }
        }
        (best.map(|(_, other)| other), searched)
    }
}

/// How many letters of each sort a name has, the sorts being their numbers modulo the length of the list.
struct Letters {
    sorts: [u16; 64],
    count: usize,
}

impl Letters {
    fn of(name: &str) -> Self {
        let mut letters = Letters {
            sorts: [0; 64],
            count: 0,
        };
        for letter in name.chars() {
            letters.count += 1;
            let sort = letters.sorts.get_mut(letter as usize % 64);
            sort.into_iter().for_each(|count| *count += 1);
        }
        letters
    }

    /// At least so many letters have to be changed, added or left out to make one name of the other.
    fn differ(&self, other: &Self) -> usize {
        let both = self.sorts.iter().zip(&other.sorts);
        let (more, less) = both.fold((0, 0), |(more, less), (mine, theirs)| {
            let (mine, theirs) = (usize::from(*mine), usize::from(*theirs));
            (
                more + mine.saturating_sub(theirs),
                less + theirs.saturating_sub(mine),
            )
        });
        more.max(less)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(name: &str, known: &[&str]) -> String {
        let known = known.iter().copied();
        Search::of_one().unknown("user", name, known).to_string()
    }

    #[test]
    fn names_that_look_alike_come_first() {
        assert_eq!(
            near("DevOne", &["devtwo", "devone", "DevOnes"]),
            "unknown user `DevOne`, the nearest known is `devone`"
        );
        let (composed, apart) = ("Ren\u{e9}e", "Rene\u{301}e");
        for (name, known) in [(composed, apart), (apart, composed)] {
            let told = Search::of_one().unknown("user", name, ["Renate", known].into_iter());
            assert_eq!(told.nearest.as_deref(), Some(known));
        }
        assert_eq!(
            near("ana", &["anna", "ann", "bea"]),
            "unknown user `ana`, the nearest known is `ann`"
        );
        assert_eq!(near("ana", &["bea", "christopher"]), "unknown user `ana`");
    }

    /// Steps, not time: whatever the names are, a search takes no more than its share, and what it takes is told by the count of names.
    #[test]
    fn the_steps_of_a_search_are_bounded() {
        for length in [1, 7, 96, 340, 1_020] {
            let known: Vec<String> = (0..10_000)
                .map(|nth| format!("{nth:05}{}", "x".repeat(length)))
                .collect();
            let name = format!("abcde{}", "x".repeat(length));
            let mut search = Search::of_many();
            let told = search.unknown("user", &name, known.iter().map(|name| &**name));
            assert!(FOR_EDIT - search.left <= FOR_ONE, "{length}");
            assert!(length < 90 || !told.searched, "{length}");
        }
        let steps = |count: usize| {
            let known: Vec<String> = (0..count).map(|nth| format!("user{nth}")).collect();
            let mut search = Search::of_many();
            let told = search.unknown("user", "nobody", known.iter().map(|name| &**name));
            assert!(told.searched && told.nearest.is_none());
            FOR_EDIT - search.left
        };
        for count in [500, 1_000, 2_000, 4_000] {
            assert!(steps(2 * count) <= 2 * steps(count) + 2 * count);
        }
    }

    /// Many unknown names have one share together, and the rest of them are told without a suggestion.
    #[test]
    fn an_edit_has_one_share() {
        let known: Vec<String> = (0..5_000).map(|nth| format!("user{nth}")).collect();
        let mut search = Search::of_many();
        let mut found = 0;
        for nth in 0..1_000 {
            let known = known.iter().map(|name| &**name);
            let told = search.unknown("user", &format!("usr{nth}"), known);
            found += usize::from(told.nearest.is_some());
            assert!(told.searched || search.left < FOR_ONE || told.nearest.is_some());
        }
        assert!((1..1_000).contains(&found), "{found}");
    }
}
