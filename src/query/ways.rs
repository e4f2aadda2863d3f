//! Ways: which chains of edges lead from somewhere to everything above it, the shortest of them, and how many.

use std::hash::Hash;
use std::sync::OnceLock;

use fixedbitset::FixedBitSet;
use indexmap::IndexMap;
use rustc_hash::FxBuildHasher;
use smallvec::SmallVec;

/// How many things there is room for from the start: most graphs have no more.
const ROOM: usize = 28;

/// All chains from some starts upwards, in a graph without loops.
#[derive(Clone, Debug)]
pub(crate) struct Ways<N> {
    /// What was met, nearest first.
    steps: IndexMap<N, Step, FxBuildHasher>,
    /// For each step the number of chains from a start to there, which saturates. They are counted when one is first asked for.
    chains: OnceLock<Vec<u64>>,
}

#[derive(Clone, Debug, Default)]
struct Step {
    /// Whether a chain begins here.
    start: bool,
    /// The positions of the steps directly below on some chain, the one of a shortest chain first.
    below: SmallVec<[usize; 2]>,
}

impl<N: Copy + Eq + Hash> Ways<N> {
    pub(crate) fn new<I>(starts: impl IntoIterator<Item = N>, mut next: impl FnMut(N) -> I) -> Self
    where
        I: IntoIterator<Item = N>,
    {
        let mut steps: IndexMap<N, Step, FxBuildHasher> =
            IndexMap::with_capacity_and_hasher(ROOM, FxBuildHasher);
        for start in starts {
            steps.entry(start).or_default().start = true;
        }
        // Breadth first, so that the first thing below each one lies on a shortest chain.
        let mut at = 0;
        while let Some((node, _)) = steps.get_index(at) {
            for above in next(*node) {
                steps.entry(above).or_default().below.push(at);
            }
            at += 1;
        }
        Ways {
            steps,
            chains: OnceLock::new(),
        }
    }

    /// Counts the chains to every step: those that begin there and those that come from below.
    fn count(&self) -> Vec<u64> {
        let mut chains = vec![0; self.steps.len()];
        let mut opened = FixedBitSet::with_capacity(self.steps.len());
        let mut stack: SmallVec<[usize; 16]> = SmallVec::new();
        for at in 0..self.steps.len() {
            stack.push(at);
            while let Some(at) = stack.last().copied() {
                let step = self.steps.get_index(at);
                let below = step.map(|(_, step)| step.below.iter().copied());
                let below = below.into_iter().flatten();
                if !opened.put(at) {
                    stack.extend(below.filter(|below| !opened.contains(*below)));
                    continue;
                }
                let begin = step.is_some_and(|(_, step)| step.start);
                let count = below.filter_map(|below| chains.get(below).copied());
                let count = count.fold(u64::from(begin), u64::saturating_add);
                if let Some(place) = chains.get_mut(at) {
                    *place = count;
                }
                stack.pop();
            }
        }
        chains
    }

    /// Everything that can be reached, nearest first.
    pub(crate) fn all(&self) -> impl Iterator<Item = N> {
        self.steps.keys().copied()
    }

    /// How many chains lead to the end.
    pub(crate) fn chains(&self, end: N) -> u64 {
        let at = self.steps.get_index_of(&end);
        at.map_or(0, |at| self.chains_at(at))
    }

    fn chains_at(&self, at: usize) -> u64 {
        let chains = self.chains.get_or_init(|| self.count());
        chains.get(at).copied().unwrap_or_default()
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

    fn chain(&self, end: N, mut below: impl FnMut(&Step) -> Option<usize>) -> Vec<N> {
        let mut chain = Vec::new();
        let mut at = self.steps.get_index_of(&end);
        while let Some((node, step)) = at.and_then(|at| self.steps.get_index(at)) {
            chain.push(*node);
            at = below(step);
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
    fn chains_are_counted() {
        let ways = Ways::new([0], diamonds);
        assert_eq!(ways.chains(9), 8);
        assert_eq!(ways.chains(300), u64::MAX, "2^100 chains saturate");
        assert_eq!(ways.shortest(300).len(), 201);
    }

    #[test]
    fn a_start_above_another_start_counts_both() {
        let ways = Ways::new([0, 3], diamonds);
        assert_eq!(ways.chains(3), 3);
        assert_eq!(ways.shortest(3), [3]);
        assert!(ways.shortest(7).len() > 1 && ways.shortest(1000).is_empty());
    }
}
