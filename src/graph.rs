//! Walks over graphs, with explicit stacks: what can be reached, in which order, and which loops there are.

use std::hash::Hash;

use rustc_hash::{FxHashMap as HashMap, FxHashSet as HashSet};

/// Everything that can be reached from `starts`, the starts themselves first, each once and in the order it was met.
pub(crate) fn reach<N, I>(
    starts: impl IntoIterator<Item = N>,
    mut next: impl FnMut(N) -> I,
) -> Vec<N>
where
    N: Copy + Eq + Hash,
    I: IntoIterator<Item = N>,
{
    let mut met: HashSet<N> = HashSet::default();
    let mut order: Vec<N> = starts
        .into_iter()
        .filter(|start| met.insert(*start))
        .collect();
    let mut at = 0;
    while let Some(node) = order.get(at).copied() {
        at += 1;
        order.extend(next(node).into_iter().filter(|after| met.insert(*after)));
    }
    order
}

/// A shortest way from one of `starts` to a thing that is `wanted`, both ends included: of several the first, where the steps are compared
/// in the order in which `starts` and `next` give them.
pub(crate) fn shortest<N, I>(
    starts: impl IntoIterator<Item = N>,
    mut next: impl FnMut(N) -> I,
    wanted: impl Fn(N) -> bool,
) -> Option<Vec<N>>
where
    N: Copy + Eq + Hash,
    I: IntoIterator<Item = N>,
{
    // What was met, in order, and from which position.
    let mut order: Vec<(N, Option<usize>)> = Vec::new();
    let mut met: HashSet<N> = HashSet::default();
    for start in starts {
        if met.insert(start) {
            order.push((start, None));
        }
    }
    let mut at = 0;
    while let Some((node, _)) = order.get(at).copied() {
        if wanted(node) {
            let mut way = Vec::new();
            let mut step = Some(at);
            while let Some((node, before)) = step.and_then(|step| order.get(step).copied()) {
                way.push(node);
                step = before;
            }
            way.reverse();
            return Some(way);
        }
        for after in next(node) {
            if met.insert(after) {
                order.push((after, Some(at)));
            }
        }
        at += 1;
    }
    None
}

/// Everything that can be reached from `starts`, each thing after all that it leads to. The graph has no loop.
pub(crate) fn bottom_up<N, I>(
    starts: impl IntoIterator<Item = N>,
    mut next: impl FnMut(N) -> I,
) -> Vec<N>
where
    N: Copy + Eq + Hash,
    I: IntoIterator<Item = N>,
{
    let mut met: HashSet<N> = HashSet::default();
    let mut order = Vec::new();
    for start in starts {
        if !met.insert(start) {
            continue;
        }
        let mut stack = vec![(start, next(start).into_iter())];
        while let Some((node, rest)) = stack.last_mut() {
            match rest.next() {
                Some(after) if met.insert(after) => {
                    let rest = next(after).into_iter();
                    stack.push((after, rest));
                }
                Some(_) => {}
                None => {
                    order.push(*node);
                    stack.pop();
                }
            }
        }
    }
    order
}

/// Loops that can be reached from `starts`, at most one for each start, from a thing back to itself.
///
/// There is at least one if any loop can be reached.
pub(crate) fn loops<N, I>(
    starts: impl IntoIterator<Item = N>,
    mut next: impl FnMut(N) -> I,
) -> Vec<Vec<N>>
where
    N: Copy + Eq + Hash,
    I: IntoIterator<Item = N>,
{
    // A thing is open while it lies on the path being walked, and closed when all it leads to has been seen.
    let mut open: HashMap<N, bool> = HashMap::default();
    let mut found = Vec::new();
    for start in starts {
        if open.contains_key(&start) {
            continue;
        }
        open.insert(start, true);
        let mut path = vec![(start, next(start).into_iter())];
        while let Some((node, rest)) = path.last_mut() {
            let Some(after) = rest.next() else {
                open.insert(*node, false);
                path.pop();
                continue;
            };
            match open.get(&after) {
                Some(false) => {}
                Some(true) => {
                    let members = path.iter().map(|(node, _)| *node);
                    found.push(
                        members
                            .skip_while(|node| *node != after)
                            .chain([after])
                            .collect(),
                    );
                    // One loop is enough for this start: what lies on the path is not walked again.
                    for (node, _) in path.drain(..) {
                        open.insert(node, false);
                    }
                }
                None => {
                    open.insert(after, true);
                    let rest = next(after).into_iter();
                    path.push((after, rest));
                }
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn edges(list: &'static [(u32, u32)]) -> impl Fn(u32) -> Vec<u32> {
        move |node| {
            list.iter()
                .filter(|(from, _)| *from == node)
                .map(|(_, to)| *to)
                .collect()
        }
    }

    #[test]
    fn reach_meets_everything_once() {
        assert_eq!(
            reach([1], edges(&[(1, 2), (1, 3), (2, 4), (3, 4), (4, 1)])),
            [1, 2, 3, 4]
        );
    }

    #[test]
    fn the_shortest_way_is_the_first_of_its_length() {
        let diamond = edges(&[(1, 2), (1, 3), (2, 4), (3, 4), (4, 5), (6, 4)]);
        assert_eq!(
            shortest([1], &diamond, |node| node == 5),
            Some(vec![1, 2, 4, 5])
        );
        assert_eq!(
            shortest([1, 6], &diamond, |node| node == 5),
            Some(vec![6, 4, 5])
        );
        assert_eq!(shortest([1], &diamond, |node| node == 6), None);
    }

    #[test]
    fn bottom_up_ends_with_the_start() {
        assert_eq!(
            bottom_up([1], edges(&[(1, 2), (1, 3), (2, 4), (3, 4)])),
            [4, 2, 3, 1]
        );
    }

    #[test]
    fn loops_are_spelled_and_disjoint_ones_all_found() {
        let two = edges(&[(1, 2), (2, 1), (3, 3), (4, 1)]);
        assert_eq!(loops([4, 3], &two), [vec![1, 2, 1], vec![3, 3]]);
        assert_eq!(
            loops([1], edges(&[(1, 2), (2, 3), (1, 3)])),
            Vec::<Vec<u32>>::new()
        );
    }
}
