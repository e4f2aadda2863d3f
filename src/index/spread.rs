//! How a change of some groups spreads to those below.

use std::ops::BitOrAssign;

use rustc_hash::FxHashMap as HashMap;

use crate::facts::Facts;
use crate::graph;

/// Follows a change of these groups, by index, to all below that it makes different: `follow` is told what may be different, brings the group
/// up to date, and says what is, if anything. Returns the groups that are different; some may come twice, and a few be as they were.
///
/// To find out whether anything is, some of these groups are followed in no order; then each, and all below, is followed after all above it.
pub(crate) fn spread<S: Copy + Default + BitOrAssign>(
    facts: &Facts,
    groups: &[u32],
    whatever: S,
    mut follow: impl FnMut(u32, S) -> Option<S>,
) -> Vec<u32> {
    let mut different = Vec::new();
    // What passes through unchanged reaches nobody below: then these are not even looked up.
    let mut each = groups.iter();
    let first = each.find_map(|group| Some((*group, follow(*group, whatever)?)));
    let Some((first, changed)) = first else {
        return different;
    };
    let below = graph::bottom_up(groups.iter().copied(), |group| facts.child_indices(group));
    let mut stale: HashMap<u32, S> = HashMap::default();
    stale.reserve(below.len());
    stale.extend(groups.iter().map(|group| (*group, whatever)));
    let mut pass_on = |stale: &mut HashMap<u32, S>, group: u32, changed: S| {
        for child in facts.child_indices(group) {
            *stale.entry(child).or_default() |= changed;
        }
        different.push(group);
    };
    pass_on(&mut stale, first, changed);
    for group in below.into_iter().rev() {
        let changed = stale.remove(&group).and_then(|what| follow(group, what));
        if let Some(changed) = changed {
            pass_on(&mut stale, group, changed);
        }
    }
    different
}

/// That something of a group is different, where it does not matter what.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Something;

impl BitOrAssign for Something {
    fn bitor_assign(&mut self, Something: Something) {}
}
