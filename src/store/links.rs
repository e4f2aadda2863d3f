//! `Links`: a short sorted list of indices, up to three of them in place.

use std::ops::Deref;
use std::sync::Arc;

use crate::store::weight::Weight;

/// How many indices are kept in place.
const FEW: usize = 3;

/// Fills the places of an empty list. It is no thing's index.
const NOWHERE: u32 = u32::MAX;

/// A sorted list of indices in 16 bytes, for rows of which most have one to three.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Links {
    /// So many, in place; the rest repeats the first.
    Few(u8, [u32; FEW]),
    Many(Arc<Vec<u32>>),
}

impl Default for Links {
    fn default() -> Self {
        Links::Few(0, [NOWHERE; FEW])
    }
}

impl Deref for Links {
    type Target = [u32];

    #[inline]
    fn deref(&self) -> &[u32] {
        match self {
            Links::Few(count, links) => links.get(..usize::from(*count)).unwrap_or_default(),
            Links::Many(links) => links,
        }
    }
}

impl From<Vec<u32>> for Links {
    /// The list is sorted.
    fn from(links: Vec<u32>) -> Self {
        let mut few = [NOWHERE; FEW];
        match (few.get_mut(..links.len()), u8::try_from(links.len())) {
            (Some(place), Ok(count)) => {
                place.copy_from_slice(&links);
                let first = links.first().copied().unwrap_or(NOWHERE);
                let rest = few.iter_mut().skip(links.len());
                rest.for_each(|rest| *rest = first);
                Links::Few(count, few)
            }
            _ => Links::Many(Arc::new(links)),
        }
    }
}

impl Links {
    /// All of them, where there are at most three: some may come twice, or an index that nothing has.
    #[inline]
    pub(crate) fn few(&self) -> Option<[u32; FEW]> {
        match self {
            Links::Few(_, links) => Some(*links),
            Links::Many(_) => None,
        }
    }

    /// Adds or takes out an index; false if that was so already.
    pub(crate) fn set(&mut self, link: u32, present: bool) -> bool {
        let at = match (self.binary_search(&link), present) {
            (Err(at), true) | (Ok(at), false) => at,
            _ => return false,
        };
        if let Links::Many(links) = self
            && links.len() > FEW + 1
        {
            let links = Arc::make_mut(links);
            if present {
                links.insert(at, link);
            } else {
                links.remove(at);
            }
        } else {
            let mut links = self.to_vec();
            if present {
                links.insert(at, link);
            } else {
                links.remove(at);
            }
            *self = Links::from(links);
        }
        true
    }
}

impl Weight for Links {
    fn heap(&self) -> usize {
        match self {
            Links::Few(..) => 0,
            Links::Many(links) => links.heap(),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn it_takes_sixteen_bytes() {
        assert_eq!(size_of::<Links>(), 16);
    }

    proptest! {
        #[test]
        fn agrees_with_a_tree_of_the_standard_library(
            steps in prop::collection::vec((0_u32..8, any::<bool>()), 0..60),
        ) {
            let (mut links, mut model) = (Links::default(), BTreeSet::new());
            for (link, present) in steps {
                let changed = if present { model.insert(link) } else { model.remove(&link) };
                prop_assert_eq!(links.set(link, present), changed);
                prop_assert!(links.iter().eq(model.iter()));
                prop_assert_eq!(matches!(links, Links::Few(..)), model.len() <= FEW);
                match links.few() {
                    Some(few) if model.is_empty() => prop_assert_eq!(few, [NOWHERE; FEW]),
                    Some(few) => prop_assert_eq!(&BTreeSet::from(few), &model),
                    None => prop_assert!(model.len() > FEW),
                }
            }
        }
    }
}
