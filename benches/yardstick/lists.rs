//! How does a list for each of millions take little room? All of them end to end, and where each starts.

/// A list of numbers for each of a row of things.
#[derive(Clone, Debug)]
pub(crate) struct Lists {
    starts: Vec<u32>,
    items: Vec<u32>,
}

impl Lists {
    pub(crate) fn new() -> Lists {
        Lists {
            starts: vec![0],
            items: Vec::new(),
        }
    }

    /// With room for that many lists of about two items.
    pub(crate) fn with_capacity(lists: usize) -> Lists {
        let mut starts = Vec::with_capacity(lists + 1);
        starts.push(0);
        Lists {
            starts,
            items: Vec::with_capacity(2 * lists),
        }
    }

    pub(crate) fn push(&mut self, items: &[u32]) {
        self.items.extend_from_slice(items);
        self.starts.push(self.items.len() as u32);
    }

    /// How many lists there are.
    pub(crate) fn len(&self) -> u32 {
        self.starts.len() as u32 - 1
    }

    /// How many items there are in all lists.
    pub(crate) fn total(&self) -> usize {
        self.items.len()
    }

    #[inline]
    pub(crate) fn of(&self, at: u32) -> &[u32] {
        let at = at as usize;
        &self.items[self.starts[at] as usize..self.starts[at + 1] as usize]
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &[u32]> {
        let ends = self.starts.windows(2);
        ends.map(|ends| &self.items[ends[0] as usize..ends[1] as usize])
    }

    /// For each of `length` things, which lists it is on.
    pub(crate) fn inverted(&self, length: u32) -> Lists {
        let mut starts = vec![0_u32; length as usize + 1];
        for &item in &self.items {
            starts[item as usize + 1] += 1;
        }
        for at in 1..starts.len() {
            starts[at] += starts[at - 1];
        }
        let (mut free, mut items) = (starts.clone(), vec![0; self.items.len()]);
        for (at, list) in (0..).zip(self.iter()) {
            for &item in list {
                items[free[item as usize] as usize] = at;
                free[item as usize] += 1;
            }
        }
        Lists { starts, items }
    }

    /// How many bytes it takes.
    pub(crate) fn bytes(&self) -> usize {
        4 * (self.starts.capacity() + self.items.capacity())
    }
}

impl FromIterator<Vec<u32>> for Lists {
    fn from_iter<I: IntoIterator<Item = Vec<u32>>>(rows: I) -> Lists {
        let rows = rows.into_iter();
        let mut lists = Lists::with_capacity(rows.size_hint().0);
        rows.for_each(|row| lists.push(&row));
        lists
    }
}
