//! `Few`: up to three indices in twelve bytes, and lists that may be longer.

use std::ops::Deref;
use std::sync::Arc;

use crate::store::weight::Weight;

/// How many indices there is room for.
const ROOM: usize = 3;

/// Every index that something is in is below this; the bits above it are free for other things. It fills the places of an empty list.
pub(crate) const WITHIN: u32 = (1 << 28) - 1;

/// Up to three indices in order; the last one is repeated where there are fewer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Few(pub(crate) [u32; ROOM]);

impl Default for Few {
    fn default() -> Self {
        Few([WITHIN; ROOM])
    }
}

impl Few {
    /// The indices, which are in order; `None` where there are more than three.
    pub(crate) fn of(indices: &[u32]) -> Option<Few> {
        let mut few = [indices.last().copied().unwrap_or(WITHIN); ROOM];
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
        let count = usize::from(a != WITHIN) + usize::from(b != a) + usize::from(c != b);
        self.0.get(..count).unwrap_or_default()
    }
}

/// Indices in order.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Indices<'a> {
    Few(Few),
    Many(&'a [u32]),
}

impl<'a> Indices<'a> {
    /// The indices one by one.
    pub(crate) fn each(self) -> impl Iterator<Item = u32> + 'a {
        (0..self.len()).filter_map(move |at| self.get(at).copied())
    }
}

impl Default for Indices<'_> {
    fn default() -> Self {
        Indices::Many(&[])
    }
}

impl Deref for Indices<'_> {
    type Target = [u32];

    #[inline]
    fn deref(&self) -> &[u32] {
        match self {
            Indices::Few(few) => few,
            Indices::Many(many) => many,
        }
    }
}

/// Indices in order, up to three of them in place.
#[derive(Clone, Debug)]
pub(crate) enum Short {
    Few(Few),
    Many(Arc<Vec<u32>>),
}

impl Default for Short {
    fn default() -> Self {
        Short::Few(Few::default())
    }
}

impl From<Vec<u32>> for Short {
    fn from(indices: Vec<u32>) -> Self {
        match Few::of(&indices) {
            Some(few) => Short::Few(few),
            None => Short::Many(Arc::new(indices)),
        }
    }
}

impl Deref for Short {
    type Target = [u32];

    #[inline]
    fn deref(&self) -> &[u32] {
        match self {
            Short::Few(few) => few,
            Short::Many(many) => many,
        }
    }
}

impl Weight for Short {
    fn heap(&self) -> usize {
        match self {
            Short::Few(_) => 0,
            Short::Many(many) => many.heap(),
        }
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
            assert!(Indices::Few(few).each().eq(indices.iter().copied()));
            assert!(matches!(Short::from(indices.to_vec()), Short::Few(short) if short == few));
            let mut three = few.three().to_vec();
            three.dedup();
            assert_eq!(
                three,
                if indices.is_empty() {
                    &[WITHIN]
                } else {
                    indices
                }
            );
        }
        assert_eq!(Few::of(&[1, 2, 3, 4]), None);
        assert!(Indices::Many(&[1, 2, 3, 4]).each().eq(1..=4));
        assert_eq!(Few::default(), Few::of(&[]).unwrap());
        assert_eq!(*Short::from(vec![1, 2, 3, 4]), [1, 2, 3, 4]);
        assert_eq!((Short::default().len(), size_of::<Short>()), (0, 16));
    }
}
