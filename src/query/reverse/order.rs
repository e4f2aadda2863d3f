//! Numbers in order, each once: what is gathered from many short lists that are each in order.

use crate::limit::limit;

/// Up to here a sort that merges what already is in order is quicker.
const SHORT: usize = limit(256, 2);

/// How many bits of a number are looked at together at the most: their counts fit into the nearest cache.
const DIGIT: u32 = 11;

/// Puts the numbers in order and leaves each once.
pub(crate) fn sort_set(list: &mut Vec<u32>) {
    if list.len() <= SHORT {
        list.sort();
    } else if !list.is_sorted() {
        sort_by_digits(list);
    }
    list.dedup();
}

/// Goes over the list once for each digit, the last one first. No number is compared with another, so how many runs there are does not matter.
fn sort_by_digits(list: &mut Vec<u32>) {
    let all = list.iter().fold(0, |all, number| all | number);
    let width = u32::BITS - all.leading_zeros();
    let digit = width.div_ceil(width.div_ceil(DIGIT).max(1)).max(1);
    let mut sorted = vec![0; list.len()];
    for shift in (0..width).step_by(digit as usize) {
        let digit_of = |number: u32| (number >> shift) as usize % (1 << digit);
        // How many numbers have a digit, then where the next one of them goes.
        let mut places = [0_usize; 1 << DIGIT];
        for number in list.iter() {
            if let Some(count) = places.get_mut(digit_of(*number)) {
                *count += 1;
            }
        }
        let mut start = 0;
        for place in places.iter_mut().take(1 << digit) {
            start += std::mem::replace(place, start);
        }
        for number in list.iter() {
            if let Some(place) = places.get_mut(digit_of(*number)) {
                if let Some(slot) = sorted.get_mut(*place) {
                    *slot = *number;
                }
                *place += 1;
            }
        }
        std::mem::swap(list, &mut sorted);
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn numbers_come_out_in_order_and_each_once(
            width in 0_u32..=32,
            numbers in prop_oneof![
                prop::collection::vec(any::<u32>(), 0..40),
                prop::collection::vec(any::<u32>(), SHORT..4 * SHORT),
            ],
        ) {
            let mut list: Vec<u32> = numbers
                .into_iter()
                .map(|number| number.checked_shr(u32::BITS - width).unwrap_or(0))
                .collect();
            let model: BTreeSet<u32> = list.iter().copied().collect();
            sort_set(&mut list);
            prop_assert!(list.iter().eq(&model));
        }
    }
}
