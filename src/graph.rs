//! Walks over graphs, with explicit stacks: what can be reached, in which order, and which loops there are.

use std::hash::Hash;

use indexmap::IndexSet;
use rustc_hash::{FxBuildHasher, FxHashMap as HashMap, FxHashSet as HashSet};

use crate::steps::step;

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

/// What a walk along all edges finds out about loops.
pub(crate) struct Loops<N> {
    /// The edges that go back, each once, in the order in which they were met: from a thing to one on the way to it, or to itself.
    ///
    /// INVARIANT: without them there is no loop, and each of them closes one together with the others that are left.
    pub(crate) back: Vec<(N, N)>,
    /// The parts of more than one thing within which everything leads to everything else.
    pub(crate) parts: Vec<Vec<N>>,
    /// How many edges there are.
    edges: usize,
}

/// How many loops are spelled out.
const SPELLED: usize = 100;

/// How often the search for short ways looks at as many edges as there are, before no more loops are spelled out, and how many edges it may
/// look at in any case.
const TIMES: usize = 8;
const FREE: usize = 100_000;

/// Follows the edges from `starts`, and tells which of them go back.
///
/// It is the search for strongly connected parts of Tarjan (1972), which knows the way to each thing it meets.
pub(crate) fn loops<N, I>(
    starts: impl IntoIterator<Item = N>,
    mut next: impl FnMut(N) -> I,
) -> Loops<N>
where
    N: Copy + Eq + Hash,
    I: IntoIterator<Item = N>,
{
    /// What is known of a thing that was met.
    struct Met {
        /// It lies on the way to what is looked at.
        on_way: bool,
        /// Its part is known. Until then it waits for that.
        settled: bool,
        /// The first of the waiting things that it was found to lead to, by the order of meeting.
        first: usize,
    }
    let mut numbers: HashMap<N, usize> = HashMap::default();
    let mut met: Vec<Met> = Vec::new();
    let mut waiting: Vec<(N, usize)> = Vec::new();
    let mut back: IndexSet<(N, N), FxBuildHasher> = IndexSet::default();
    let mut parts = Vec::new();
    let mut edges = 0;
    for start in starts {
        let mut way: Vec<(N, usize, usize, I::IntoIter)> = Vec::new();
        let mut entering = (!numbers.contains_key(&start)).then_some(start);
        loop {
            if let Some(node) = entering.take() {
                let number = met.len();
                numbers.insert(node, number);
                met.push(Met {
                    on_way: true,
                    settled: false,
                    first: number,
                });
                way.push((node, number, waiting.len(), next(node).into_iter()));
                waiting.push((node, number));
            }
            let Some((node, number, since, rest)) = way.last_mut() else {
                break;
            };
            let (node, number, since) = (*node, *number, *since);
            let reached = match rest.next() {
                Some(after) => {
                    edges += 1;
                    step();
                    let Some(other) = numbers.get(&after).copied() else {
                        entering = Some(after);
                        continue;
                    };
                    if met.get(other).is_some_and(|other| other.on_way) {
                        back.insert((node, after));
                    }
                    (number, other)
                }
                None => {
                    way.pop();
                    let is_first = met.get_mut(number).is_some_and(|met| {
                        met.on_way = false;
                        met.first == number
                    });
                    if is_first {
                        let part = waiting.drain(since..);
                        let is_more = part.len() > 1;
                        let part = part.map(|(node, number)| {
                            if let Some(met) = met.get_mut(number) {
                                met.settled = true;
                            }
                            node
                        });
                        // Most parts are one thing, and are not kept.
                        if is_more {
                            parts.push(part.collect());
                        } else {
                            part.for_each(drop);
                        }
                    }
                    match way.last() {
                        Some((_, below, ..)) => (*below, number),
                        None => continue,
                    }
                }
            };
            let (from, to) = reached;
            let first = met.get(to).filter(|to| !to.settled).map(|to| to.first);
            if let (Some(from), Some(first)) = (met.get_mut(from), first) {
                from.first = from.first.min(first);
            }
        }
    }
    Loops {
        back: back.into_iter().collect(),
        parts,
        edges,
    }
}

impl<N: Copy + Eq + Hash> Loops<N> {
    /// A loop for each edge that goes back, from a thing back to itself: along a shortest way, and then along that edge. And how many more
    /// there are than are spelled out.
    pub(crate) fn spelled<I>(&self, mut next: impl FnMut(N) -> I) -> (Vec<Vec<N>>, usize)
    where
        I: IntoIterator<Item = N>,
    {
        // A loop stays within a part.
        let mut part_of: HashMap<N, usize> = HashMap::default();
        for (number, part) in self.parts.iter().enumerate() {
            part_of.extend(part.iter().map(|node| (*node, number)));
        }
        let (mut looked, most) = (0, FREE + TIMES * self.edges);
        let mut spelled = Vec::new();
        for (from, to) in self.back.iter().take(SPELLED) {
            if looked > most {
                break;
            }
            let part = part_of.get(to);
            let within = |node: N| {
                let edges = next(node).into_iter();
                let edges = edges.inspect(|_| {
                    looked += 1;
                    step();
                });
                let inside = edges.filter(|after| part_of.get(after) == part);
                inside.collect::<Vec<_>>()
            };
            let way = shortest([*to], within, |node| node == *from);
            spelled.extend(way.map(|mut way| {
                way.push(*to);
                way
            }));
        }
        let more = self.back.len() - spelled.len();
        (spelled, more)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::steps::count_steps;
    use crate::steps::growth::check_growth;

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

    fn told(starts: impl IntoIterator<Item = u32>, list: &'static [(u32, u32)]) -> Vec<Vec<u32>> {
        let (spelled, more) = loops(starts, edges(list)).spelled(edges(list));
        assert_eq!(more, 0);
        spelled
    }

    #[test]
    fn a_loop_is_spelled_for_each_edge_that_goes_back() {
        assert_eq!(
            told([4, 3], &[(1, 2), (2, 1), (3, 3), (4, 1)]),
            [vec![1, 2, 1], vec![3, 3]]
        );
        assert_eq!(
            told([1], &[(1, 2), (2, 3), (3, 2), (1, 4), (4, 1)]),
            [vec![2, 3, 2], vec![1, 4, 1]]
        );
        // Along the shortest way, where there are several.
        assert_eq!(
            told([1], &[(1, 2), (2, 3), (1, 3), (3, 1)]),
            [vec![1, 3, 1]]
        );
        assert_eq!(told([1], &[(1, 2), (2, 3), (1, 3)]), Vec::<Vec<u32>>::new());
    }

    #[test]
    fn an_edge_that_is_met_twice_goes_back_once() {
        assert_eq!(told([1], &[(1, 2), (2, 1), (2, 1)]), [vec![1, 2, 1]]);
    }

    #[test]
    fn many_loops_are_counted_and_cost_no_more_than_is_stated() {
        let all = |size: u32| move |node: u32| (0..size).filter(move |other| *other != node);
        let found = loops(0..300, all(300));
        let (spelled, more) = found.spelled(all(300));
        assert_eq!((spelled.len(), more), (SPELLED, 300 * 299 / 2 - SPELLED));
        assert!(spelled.iter().all(|path| path.len() == 3));
        // A ring in which each thing leads halfway back as well: the first ways that are looked for are half as long as the ring.
        check_growth(1_000, 1.0, |size| {
            let size = size as u32;
            let ring = move |node: u32| [(node + 1) % size, node / 2];
            let (_, steps) = count_steps(|| loops(0..size, ring).spelled(ring));
            steps
        });
    }
}
