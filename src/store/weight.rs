//! What a value takes up on the heap.

use std::mem::size_of;
use std::sync::Arc;

/// The two counters that every shared allocation begins with.
const COUNTERS: usize = 2 * size_of::<usize>();

/// The bytes that a value has on the heap, itself not counted. What it shares with another value is counted in both; what the allocator adds
/// for itself is not counted.
pub(crate) trait Weight {
    fn heap(&self) -> usize;
}

macro_rules! plain {
    ($($plain:ty),*) => {$(
        impl Weight for $plain {
            fn heap(&self) -> usize {
                0
            }
        }
    )*};
}

plain!(u8, u32, u64);

impl<T: Weight> Weight for Option<T> {
    fn heap(&self) -> usize {
        self.as_ref().map_or(0, Weight::heap)
    }
}

impl<T: Weight> Weight for Vec<T> {
    fn heap(&self) -> usize {
        self.capacity() * size_of::<T>() + self.iter().map(Weight::heap).sum::<usize>()
    }
}

impl<T: Weight> Weight for Arc<T> {
    fn heap(&self) -> usize {
        COUNTERS + size_of::<T>() + T::heap(self)
    }
}

impl Weight for Arc<str> {
    fn heap(&self) -> usize {
        COUNTERS + self.len()
    }
}

impl<T: Weight> Weight for Arc<[T]> {
    fn heap(&self) -> usize {
        COUNTERS + size_of_val::<[T]>(self) + self.iter().map(Weight::heap).sum::<usize>()
    }
}
