//! Where does chance come from? A generator that gives the same numbers on every machine.

/// The generator of that name: small, quick and the same everywhere.
#[derive(Clone, Debug)]
pub(crate) struct SplitMix64(pub(crate) u64);

impl SplitMix64 {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        mixed(self.0)
    }

    /// A number below the bound, which is not zero.
    pub(crate) fn below(&mut self, bound: u32) -> u32 {
        ((u128::from(self.next()) * u128::from(bound)) >> 64) as u32
    }

    /// One of the items, if there is any.
    pub(crate) fn pick<T: Copy>(&mut self, items: &[T]) -> Option<T> {
        match items.len() {
            0 => None,
            length => items.get(self.below(length as u32) as usize).copied(),
        }
    }

    /// That many different numbers below the bound, in ascending order.
    pub(crate) fn distinct(&mut self, count: u32, bound: u32) -> Vec<u32> {
        let mut drawn = Vec::with_capacity(count as usize);
        while drawn.len() < count.min(bound) as usize {
            let number = self.below(bound);
            if let Err(at) = drawn.binary_search(&number) {
                drawn.insert(at, number);
            }
        }
        drawn
    }

    /// Puts the items in a random order.
    pub(crate) fn shuffle<T>(&mut self, items: &mut [T]) {
        for at in (1..items.len()).rev() {
            items.swap(at, self.below(at as u32 + 1) as usize);
        }
    }
}

/// Spreads the bits of a number.
pub(crate) fn mixed(number: u64) -> u64 {
    let number = (number ^ (number >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let number = (number ^ (number >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    number ^ (number >> 31)
}

/// One number that stands for a run of answers: another answer anywhere gives another number.
pub(crate) fn digest(answers: impl IntoIterator<Item = bool>) -> u64 {
    let step = |sum: u64, answer: bool| mixed(sum.wrapping_add(1 + u64::from(answer)));
    answers.into_iter().fold(0, step)
}
