//! `Few`: up to three indices in twelve bytes.

use std::ops::Deref;

/// How many indices there is room for.
const ROOM: usize = 3;

/// Fills the places of an empty list. It is no thing's index.
const NOWHERE: u32 = u32::MAX;

/// Up to three indices in order; the last one is repeated where there are fewer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Few([u32; ROOM]);

impl Default for Few {
    fn default() -> Self {
        Few([NOWHERE; ROOM])
    }
}

impl Few {
    /// The indices, which are in order; `None` where there are more than three.
    pub(crate) fn of(indices: &[u32]) -> Option<Few> {
        let mut few = [indices.last().copied().unwrap_or(NOWHERE); ROOM];
        few.get_mut(..indices.len())?.copy_from_slice(indices);
        Some(Few(few))
    }

    /// All of them: some come twice where there are fewer than three, and where there are none it is an index that nothing has.
    #[inline]
    pub(crate) fn three(self) -> [u32; ROOM] {
        self.0
    }
}

impl Deref for Few {
    type Target = [u32];

    #[inline]
    fn deref(&self) -> &[u32] {
        let [a, b, c] = self.0;
        let count = usize::from(a != NOWHERE) + usize::from(b != a) + usize::from(c != b);
        self.0.get(..count).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn up_to_three_are_told_apart() {
        for indices in [&[][..], &[0], &[7], &[3, 7], &[0, 1, 2], &[1, 4, 9]] {
            let few = Few::of(indices).unwrap();
            assert_eq!(&*few, indices);
            let mut three = few.three().to_vec();
            three.dedup();
            assert_eq!(
                three,
                if indices.is_empty() {
                    &[NOWHERE]
                } else {
                    indices
                }
            );
        }
        assert_eq!(Few::of(&[1, 2, 3, 4]), None);
        assert_eq!(Few::default(), Few::of(&[]).unwrap());
    }
}
