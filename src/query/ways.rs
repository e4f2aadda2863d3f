//! Ways: which chains of edges lead from somewhere to everything above it, the shortest of them, and how many.

use std::hash::Hash;

use rustc_hash::FxHashMap as HashMap;
use smallvec::SmallVec;

use crate::graph;

/// All chains from some starts upwards, in a graph without loops.
#[derive(Clone, Debug)]
pub(crate) struct Ways<N> {
    /// What was met, nearest first.
    order: Vec<N>,
    steps: HashMap<N, Step<N>>,
}

#[derive(Clone, Debug)]
struct Step<N> {
    /// The number of chains from a start to here; it saturates.
    chains: u64,
    /// Whether a chain begins here.
    start: bool,
    /// The things directly below on some chain, the one of a shortest chain first.
    below: SmallVec<[N; 2]>,
}

impl<N: Copy + Eq + Hash> Ways<N> {
    pub(crate) fn new<I>(starts: impl IntoIterator<Item = N>, mut next: impl FnMut(N) -> I) -> Self
    where
        I: IntoIterator<Item = N>,
    {
        let mut steps: HashMap<N, Step<N>> = HashMap::default();
        let mut order = Vec::new();
        for start in starts {
            let step = steps.entry(start).or_insert_with(|| {
                order.push(start);
                Step {
                    chains: 0,
                    start: false,
                    below: SmallVec::new(),
                }
            });
            step.start = true;
        }
        // Breadth first, so that the first thing below each one lies on a shortest chain.
        let mut at = 0;
        while let Some(node) = order.get(at).copied() {
            at += 1;
            for above in next(node) {
                let step = steps.entry(above).or_insert_with(|| {
                    order.push(above);
                    Step {
                        chains: 0,
                        start: false,
                        below: SmallVec::new(),
                    }
                });
                step.below.push(node);
            }
        }
        let mut ways = Ways { order, steps };
        ways.count();
        ways
    }

    /// Counts the chains: those that begin at a thing and those that come from below.
    fn count(&mut self) {
        let below = |node: N| {
            self.steps
                .get(&node)
                .map(|step| step.below.clone())
                .unwrap_or_default()
        };
        for node in graph::bottom_up(self.order.iter().copied(), below) {
            let Some(step) = self.steps.get(&node) else {
                continue;
            };
            let from_below = step.below.iter().map(|below| self.chains(*below));
            let chains = from_below.fold(u64::from(step.start), u64::saturating_add);
            if let Some(step) = self.steps.get_mut(&node) {
                step.chains = chains;
            }
        }
    }

    /// Everything that can be reached, nearest first.
    pub(crate) fn all(&self) -> &[N] {
        &self.order
    }

    pub(crate) fn reaches(&self, end: N) -> bool {
        self.steps.contains_key(&end)
    }

    /// How many chains lead to the end.
    pub(crate) fn chains(&self, end: N) -> u64 {
        self.steps.get(&end).map_or(0, |step| step.chains)
    }

    /// One shortest chain from a start to the end, both included; empty where none leads there.
    pub(crate) fn shortest(&self, end: N) -> Vec<N> {
        self.chain(end, |step| {
            if step.start {
                None
            } else {
                step.below.first().copied()
            }
        })
    }

    /// The chain of that number, counted from 0. Number 0 need not be the shortest.
    pub(crate) fn nth(&self, end: N, mut number: u64) -> Vec<N> {
        self.chain(end, |step| {
            if step.start {
                if number == 0 {
                    return None;
                }
                number -= 1;
            }
            for below in &step.below {
                let chains = self.chains(*below);
                if number < chains {
                    return Some(*below);
                }
                number -= chains;
            }
            None
        })
    }

    fn chain(&self, end: N, mut below: impl FnMut(&Step<N>) -> Option<N>) -> Vec<N> {
        let mut chain = Vec::new();
        let mut node = Some(end);
        while let Some(step) = node.and_then(|node| self.steps.get(&node)) {
            chain.extend(node);
            node = below(step);
        }
        chain.reverse();
        chain
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn diamonds(node: u32) -> Vec<u32> {
        // 0 leads to 1 and 2, which lead to 3, which leads to 4 and 5, and so on, 100 layers high.
        match node % 3 {
            _ if node >= 300 => vec![],
            0 => vec![node + 1, node + 2],
            1 => vec![node + 2],
            _ => vec![node + 1],
        }
    }

    #[test]
    fn chains_are_counted_and_numbered() {
        let ways = Ways::new([0], diamonds);
        assert_eq!(ways.chains(9), 8);
        let chains: std::collections::BTreeSet<_> =
            (0..8).map(|number| ways.nth(9, number)).collect();
        assert_eq!(chains.len(), 8);
        assert!(
            chains
                .iter()
                .all(|chain| chain.len() == 7 && chain[0] == 0 && chain[6] == 9)
        );
        assert_eq!(ways.chains(300), u64::MAX, "2^100 chains saturate");
        assert_eq!(ways.shortest(300).len(), 201);
    }

    #[test]
    fn a_start_above_another_start_counts_both() {
        let ways = Ways::new([0, 3], diamonds);
        assert_eq!(ways.chains(3), 3);
        assert_eq!(ways.shortest(3), [3]);
        assert_eq!(
            (0..3)
                .map(|number| ways.nth(3, number).len())
                .collect::<Vec<_>>(),
            [1, 3, 3]
        );
        assert!(ways.shortest(7).len() > 1 && ways.shortest(1000).is_empty());
    }
}
