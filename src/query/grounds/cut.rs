//! Cuts: facts without which nothing proves a yes.

use std::collections::BTreeSet;

use smallvec::SmallVec;

use crate::facts::Fact;
use crate::query::grounds::{Grounds, State, TRUE, Term};
use crate::steps;

/// What is not to be cut costs this much.
pub(crate) const NEVER: u64 = u64::MAX;

/// Numbers of facts.
pub(crate) type Numbers = SmallVec<[u32; 8]>;

/// How far cuts are searched for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct CutLimits {
    /// The most facts of one cut.
    pub(crate) facts: usize,
    /// The most cuts.
    pub(crate) cuts: usize,
    /// The most sets of facts that wait to be looked at.
    pub(crate) waiting: usize,
    pub(crate) steps: usize,
}

impl Grounds {
    /// The smallest sets of facts without which the answer is no, of those that are wanted; by their size, then by the order of the facts. And
    /// whether these are all, or as many as the limit allows.
    ///
    /// Sets that hit every proof, the smallest first: each set that still leaves a proof grows by each of that proof's facts. Whatever a
    /// set leaves recorded that proves a yes, a larger one has to hit as well; so none is missed.
    pub(crate) fn cuts(
        &self,
        limits: CutLimits,
        mut wanted: impl FnMut(&[u32]) -> bool,
    ) -> (Vec<Numbers>, bool) {
        // Facts go by their rank here, so that sets compare as their facts do.
        let mut ranked: Vec<(Fact, u32)> = (0..)
            .zip(&self.facts)
            .filter_map(|(node, fact)| Some(((*fact)?, node)))
            .collect();
        ranked.sort_unstable();
        let mut ranks = vec![0_u32; self.facts.len()];
        for (rank, (_, node)) in (0..).zip(&ranked) {
            if let Some(place) = ranks.get_mut(*node as usize) {
                *place = rank;
            }
        }
        let nodes_of = |set: &Numbers| -> Numbers {
            let nodes = set.iter().filter_map(|rank| ranked.get(*rank as usize));
            nodes.map(|(_, node)| *node).collect()
        };
        let mut found: Vec<Numbers> = Vec::new();
        let mut level: BTreeSet<Numbers> = BTreeSet::from([Numbers::new()]);
        let mut state = self.without(&[]);
        let mut is_complete = true;
        for size in 0.. {
            let mut next: BTreeSet<Numbers> = BTreeSet::new();
            for removed in &level {
                if found.len() >= limits.cuts {
                    break;
                }
                if state.spent() > limits.steps || next.len() > limits.waiting {
                    is_complete = false;
                    break;
                }
                let contains = |smaller: &Numbers| {
                    let mut smaller = smaller.iter();
                    smaller.all(|fact| removed.binary_search(fact).is_ok())
                };
                if found.iter().any(contains) {
                    continue;
                }
                let nodes = nodes_of(removed);
                state.reset(&nodes);
                if !state.answer() {
                    if wanted(&nodes) {
                        found.push(removed.clone());
                    }
                } else if size == limits.facts {
                    is_complete = false;
                } else {
                    next.extend(state.proof().into_iter().map(|fact| {
                        let rank = ranks.get(fact as usize).copied().unwrap_or_default();
                        let mut more = removed.clone();
                        let at = more.partition_point(|other| *other < rank);
                        more.insert(at, rank);
                        more
                    }));
                }
            }
            if next.is_empty() || found.len() >= limits.cuts {
                break;
            }
            level = next;
        }
        (found.iter().map(nodes_of).collect(), is_complete)
    }

    /// Facts without which the answer is no, and none of which can be recorded again: cheap ones, where each fact has a price.
    ///
    /// Every way to a yes is cut where it costs least, with what they share counted once for each; where that lifts a deny and something
    /// else is true now, that is cut in turn. Then whatever is not needed is put back, the dearest first. None where some way to a yes
    /// has no fact that has a price.
    ///
    /// A price is worked out once for each node, and whatever is put back is followed once: the cost is that of a few walks over the
    /// rules, and of one for each fact of the cut that lies before many others.
    pub(crate) fn cut(&self, price: impl Fn(&Fact) -> u64) -> Option<Numbers> {
        let mut removed: Vec<u32> = Vec::new();
        let mut state = self.without(&[]);
        while state.answer() {
            let more = state.cheapest(&price)?;
            if more.is_empty() {
                return None;
            }
            removed.extend(more);
            state.reset(&removed);
        }
        removed.sort_by_key(|node| {
            let price = self.fact(*node).as_ref().map(&price);
            (std::cmp::Reverse(price), *node)
        });
        let mut kept = vec![false; removed.len()];
        // What is put back can make something before it needless that was needed, where denies take part.
        loop {
            let mut changed = false;
            for (node, kept) in removed.iter().zip(&mut kept) {
                if !*kept && state.spare(*node) {
                    *kept = true;
                    changed = true;
                }
            }
            if !changed || !self.has_denies {
                break;
            }
        }
        let left = removed.into_iter().zip(kept);
        let mut left: Numbers = left
            .filter(|(_, kept)| !kept)
            .map(|(node, _)| node)
            .collect();
        left.sort_unstable();
        Some(left)
    }
}

impl State<'_> {
    /// The cheapest facts that cut every way to what is true now.
    fn cheapest(&self, price: impl Fn(&Fact) -> u64) -> Option<Vec<u32>> {
        let (grounds, marks) = (self.grounds, &self.marks);
        let costs = self.costs(price);
        let cost = |node: u32| costs.get(node as usize).copied().unwrap_or(NEVER);
        let truths = marks.truths(grounds);
        let of_terms = self.term_costs(&costs, &truths);
        let of_term = |term: u32| of_terms.get(term as usize).copied().unwrap_or(NEVER);
        let last = u32::try_from(grounds.terms.len()).ok()?.checked_sub(1)?;
        if of_term(last) == NEVER {
            return None;
        }
        let mut nodes: Vec<u32> = Vec::new();
        let mut open = vec![last];
        while let Some(at) = open.pop() {
            let is = |term: &&u32| truths.get(**term as usize).copied().unwrap_or_default();
            match grounds.terms.get(at as usize) {
                Some(Term::Node(node)) => nodes.push(*node),
                Some(Term::Atom(atom)) => {
                    let cells = grounds.cells.iter().enumerate();
                    let met = cells.filter(|(at, of)| of.atom == *atom && marks.is_met(*at));
                    nodes.extend(met.map(|(_, of)| {
                        if cost(of.allowed) <= cost(of.asked) {
                            of.allowed
                        } else {
                            of.asked
                        }
                    }));
                }
                Some(Term::All(parts)) => {
                    open.extend(parts.iter().min_by_key(|part| of_term(**part)));
                }
                Some(Term::Any(parts)) => open.extend(parts.iter().filter(is)),
                Some(Term::Allowed(formula, _)) => open.push(*formula),
                None => {}
            }
        }
        let mut met = vec![false; grounds.facts.len()];
        let mut cut = Vec::new();
        while let Some(node) = nodes.pop() {
            match met.get_mut(node as usize) {
                Some(met) if !*met => *met = true,
                _ => continue,
            }
            if grounds.fact(node).is_some() {
                cut.push(node);
                continue;
            }
            let firing = grounds.deriving.of(node).iter();
            for rule in firing.filter(|rule| marks.fires(**rule)) {
                let body = grounds.rules.get(*rule as usize).map(super::Rule::body);
                nodes.extend(body.into_iter().flatten().min_by_key(|node| cost(*node)));
            }
        }
        steps::took(cut.len());
        Some(cut)
    }

    /// What it costs at the most to make each true node false.
    fn costs(&self, price: impl Fn(&Fact) -> u64) -> Vec<u64> {
        let (grounds, marks) = (self.grounds, &self.marks);
        let mut costs = vec![0_u64; grounds.facts.len()];
        for node in &grounds.order {
            let cost = match grounds.facts.get(*node as usize) {
                _ if *node == TRUE => NEVER,
                _ if !marks.is(*node) => continue,
                Some(Some(fact)) => price(fact),
                _ => {
                    let firing = grounds.deriving.of(*node).iter();
                    let firing = firing.filter(|rule| marks.fires(**rule));
                    let least = firing.map(|rule| {
                        let body = grounds.rules.get(*rule as usize).map(super::Rule::body);
                        let body = body.into_iter().flatten();
                        let costs = body.filter_map(|node| costs.get(node as usize).copied());
                        costs.min().unwrap_or(NEVER)
                    });
                    least.fold(0, u64::saturating_add)
                }
            };
            if let Some(place) = costs.get_mut(*node as usize) {
                *place = cost;
            }
        }
        steps::took(grounds.size());
        costs
    }

    fn term_costs(&self, costs: &[u64], truths: &[bool]) -> Vec<u64> {
        let (grounds, marks) = (self.grounds, &self.marks);
        let cost = |node: u32| costs.get(node as usize).copied().unwrap_or(NEVER);
        let mut of_atoms = vec![0_u64; grounds.atoms];
        for (at, cell) in grounds.cells.iter().enumerate() {
            if marks.is_met(at)
                && let Some(place) = of_atoms.get_mut(cell.atom as usize)
            {
                *place = place.saturating_add(cost(cell.allowed).min(cost(cell.asked)));
            }
        }
        let mut terms: Vec<u64> = Vec::with_capacity(grounds.terms.len());
        for (term, is_true) in grounds.terms.iter().zip(truths) {
            let of = |term: &u32| terms.get(*term as usize).copied().unwrap_or(NEVER);
            let cost = match term {
                _ if !is_true => 0,
                Term::Node(node) => cost(*node),
                Term::Atom(atom) => of_atoms.get(*atom as usize).copied().unwrap_or(NEVER),
                Term::All(parts) => parts.iter().map(of).min().unwrap_or(NEVER),
                Term::Any(parts) => parts.iter().map(of).fold(0, u64::saturating_add),
                Term::Allowed(formula, _) => of(formula),
            };
            terms.push(cost);
        }
        terms
    }
}
