//! Minimal proofs, one after the other: facts that make an answer yes by themselves, none of which can be spared.

use rustc_hash::FxHashSet as HashSet;

use crate::query::grounds::state::Marks;
use crate::query::grounds::{Grounds, Term};
use crate::steps;

/// How many steps are taken at the most from one proof to the next.
const BUDGET: usize = 4_000_000;

/// The end of the goals.
const END: u32 = u32::MAX;

/// What is still to be proved.
#[derive(Clone, Copy, Debug)]
enum Goal {
    Node(u32),
    Term(u32),
}

/// A goal that can be proved in several ways.
#[derive(Clone, Debug)]
struct Choice {
    /// For each way, what it needs.
    ways: Vec<Vec<Goal>>,
    next: usize,
    /// The goals that come after it, and how many there are altogether.
    rest: u32,
    goals: usize,
    /// How far the cited facts had got.
    reached: usize,
}

/// Walks all choices that prove the answer: at each thing that can be proved in several ways one after the other. What is proved already by
/// the facts that were cited on the way needs no choice any more, so that things which rest on the same facts are chosen once.
#[derive(Clone, Debug)]
pub(crate) struct Proving {
    grounds: Grounds,
    /// For each node its place in the order.
    ranks: Vec<u32>,
    /// With all facts.
    full: Marks,
    truths: Vec<bool>,
    /// With those that are cited.
    cited: Marks,
    /// Goals, each with the one that comes after it.
    goals: Vec<(Goal, u32)>,
    choices: Vec<Choice>,
    is_begun: bool,
    given: HashSet<Vec<u32>>,
    is_complete: bool,
}

impl Proving {
    pub(crate) fn new(grounds: Grounds) -> Self {
        let mut full = Marks::new(&grounds);
        full.start(&grounds, |_| true);
        let mut cited = Marks::new(&grounds);
        cited.start(&grounds, |_| false);
        let mut ranks = vec![0; grounds.facts.len()];
        for (rank, node) in (0..).zip(&grounds.order) {
            if let Some(place) = ranks.get_mut(*node as usize) {
                *place = rank;
            }
        }
        Proving {
            truths: full.truths(&grounds),
            ranks,
            full,
            cited,
            goals: Vec::new(),
            choices: Vec::new(),
            is_begun: false,
            given: HashSet::default(),
            is_complete: true,
            grounds,
        }
    }

    pub(crate) fn grounds(&self) -> &Grounds {
        &self.grounds
    }

    /// Whether no proof was left out because the budget had run out.
    pub(crate) fn is_complete(&self) -> bool {
        self.is_complete
    }

    /// The next minimal proof, by the numbers of its facts.
    pub(crate) fn next(&mut self) -> Option<Vec<u32>> {
        let mut spent = 0;
        while self.is_complete {
            let before = self.cited.spent();
            let cited = self.cite();
            spent += self.cited.spent() - before;
            if !cited {
                return None;
            }
            let (minimal, more) = self.minimal();
            spent += more;
            if self.given.insert(minimal.clone()) {
                return Some(minimal);
            }
            self.is_complete = spent < BUDGET;
        }
        None
    }

    /// Cites facts for the next choice; false after the last.
    fn cite(&mut self) -> bool {
        let mut head = if self.is_begun {
            match self.take_next() {
                Some(head) => head,
                None => return false,
            }
        } else {
            self.is_begun = true;
            let last = self.grounds.terms.len().checked_sub(1);
            let last = last.and_then(|last| u32::try_from(last).ok());
            match last {
                Some(last) if self.truths.last() == Some(&true) => self.push(Goal::Term(last), END),
                _ => return false,
            }
        };
        while let Some((goal, rest)) = self.goals.get(head as usize).copied() {
            head = rest;
            if self.is_proved(goal) {
                continue;
            }
            if let Goal::Node(node) = goal
                && self.grounds.fact(node).is_some()
            {
                self.cited.record(&self.grounds, node);
                continue;
            }
            let mut ways = self.ways(goal);
            steps::took(1 + ways.len());
            if ways.len() > 1 {
                self.choices.push(Choice {
                    next: 0,
                    rest,
                    goals: self.goals.len(),
                    reached: self.cited.reached(),
                    ways,
                });
                match self.take_next() {
                    Some(first) => head = first,
                    None => return false,
                }
            } else {
                for goal in ways.pop().into_iter().flatten() {
                    head = self.push(goal, head);
                }
            }
        }
        true
    }

    fn push(&mut self, goal: Goal, rest: u32) -> u32 {
        self.goals.push((goal, rest));
        u32::try_from(self.goals.len() - 1).unwrap_or(END)
    }

    /// Goes back to the last choice that has another way, and takes that.
    fn take_next(&mut self) -> Option<u32> {
        while let Some(choice) = self.choices.last_mut() {
            self.cited.take_back(&self.grounds, choice.reached);
            self.goals.truncate(choice.goals);
            if let Some(way) = choice.ways.get(choice.next).cloned() {
                choice.next += 1;
                let mut head = choice.rest;
                for goal in way {
                    head = self.push(goal, head);
                }
                return Some(head);
            }
            self.choices.pop();
        }
        None
    }

    /// Whether the cited facts prove it.
    fn is_proved(&self, goal: Goal) -> bool {
        match goal {
            Goal::Node(node) => self.cited.is(node),
            Goal::Term(term) => match self.grounds.terms.get(term as usize) {
                Some(Term::Node(node)) => self.cited.is(*node),
                Some(Term::Atom(atom)) => self.cited.met_of(*atom) > 0,
                _ => {
                    let truths = self.cited.truths(&self.grounds);
                    truths.get(term as usize) == Some(&true)
                }
            },
        }
    }

    /// The ways in which a goal that is not proved yet can be: for each what has to be proved.
    fn ways(&self, goal: Goal) -> Vec<Vec<Goal>> {
        let node = |node: u32| Goal::Node(node);
        match goal {
            Goal::Node(of) => {
                let firing = self.grounds.deriving.of(of).iter();
                let firing = firing.filter(|rule| self.full.fires(**rule));
                let rules = firing.filter_map(|rule| self.grounds.rules.get(*rule as usize));
                rules.map(|rule| rule.body().map(node).collect()).collect()
            }
            Goal::Term(term) => match self.grounds.terms.get(term as usize) {
                Some(Term::Node(of)) => vec![vec![node(*of)]],
                Some(Term::Atom(atom)) => {
                    let cells = self.grounds.cells.iter().enumerate();
                    let met = cells.filter(|(at, of)| of.atom == *atom && self.full.is_met(*at));
                    met.map(|(_, of)| vec![node(of.allowed), node(of.asked)])
                        .collect()
                }
                Some(Term::All(parts)) => {
                    vec![parts.iter().rev().map(|part| Goal::Term(*part)).collect()]
                }
                Some(Term::Any(parts)) => {
                    let is = |part: &&u32| self.truths.get(**part as usize) == Some(&true);
                    let parts = parts.iter().filter(is);
                    parts.map(|part| vec![Goal::Term(*part)]).collect()
                }
                Some(Term::Allowed(formula, _)) => vec![vec![Goal::Term(*formula)]],
                None => Vec::new(),
            },
        }
    }

    // ---- Leaving out what can be spared ----

    /// The cited facts without those that the others can spare, and how many steps that took.
    fn minimal(&self) -> (Vec<u32>, usize) {
        let mut steps = 0;
        let mut kept = self.cited.clone();
        loop {
            if let Some(proof) = self.only_way(&kept, &mut steps) {
                return (proof, steps);
            }
            let facts = self.facts_of(&kept);
            let spare = self.spare(&kept, &facts, &mut steps);
            let Some(spare) = spare else {
                return (facts, steps);
            };
            let left: Vec<u32> = facts.into_iter().filter(|fact| *fact != spare).collect();
            kept.start(&self.grounds, |node| left.binary_search(&node).is_ok());
            steps += self.grounds.size();
        }
    }

    fn facts_of(&self, marks: &Marks) -> Vec<u32> {
        let nodes = marks.trail().iter().copied();
        let facts = nodes.filter(|node| self.grounds.fact(*node).is_some());
        let mut facts: Vec<u32> = facts.collect();
        facts.sort_unstable();
        facts
    }

    /// The facts of the proof where there is only one way from the facts to the answer: then each of them is needed.
    fn only_way(&self, marks: &Marks, steps: &mut usize) -> Option<Vec<u32>> {
        let truths = marks.truths(&self.grounds);
        let last = u32::try_from(self.grounds.terms.len())
            .ok()?
            .checked_sub(1)?;
        let (mut terms, mut nodes) = (vec![last], Vec::new());
        while let Some(term) = terms.pop() {
            match self.grounds.terms.get(term as usize)? {
                Term::Node(node) => nodes.push(*node),
                Term::Atom(atom) => {
                    let cells = self.grounds.cells.iter().enumerate();
                    let mut met = cells.filter(|(at, of)| of.atom == *atom && marks.is_met(*at));
                    let (_, of) = met.next()?;
                    if met.next().is_some() {
                        return None;
                    }
                    nodes.extend([of.asked, of.allowed]);
                }
                Term::All(parts) => terms.extend(parts),
                Term::Any(parts) => {
                    let is = |part: &&u32| truths.get(**part as usize) == Some(&true);
                    let mut parts = parts.iter().filter(is);
                    terms.extend(parts.next());
                    if parts.next().is_some() {
                        return None;
                    }
                }
                Term::Allowed(formula, _) => terms.push(*formula),
            }
        }
        let mut met: HashSet<u32> = HashSet::default();
        let mut proof = Vec::new();
        while let Some(node) = nodes.pop() {
            if !met.insert(node) {
                continue;
            }
            *steps += 1;
            if self.grounds.fact(node).is_some() {
                proof.push(node);
                continue;
            }
            let deriving = self.grounds.deriving.of(node);
            *steps += deriving.len();
            let mut firing = deriving.iter().filter(|rule| marks.fires(**rule));
            if let Some(rule) = firing.next() {
                if firing.next().is_some() {
                    return None;
                }
                let rule = self.grounds.rules.get(*rule as usize)?;
                nodes.extend(rule.body());
            }
        }
        steps::took(*steps);
        proof.sort_unstable();
        Some(proof)
    }

    /// A fact without which the others prove the answer as well.
    ///
    /// Which facts a node cannot do without is worked out for 64 of them at once: what every rule needs, and a rule all that its body
    /// needs.
    fn spare(&self, marks: &Marks, facts: &[u32], steps: &mut usize) -> Option<u32> {
        let mut nodes: Vec<u32> = marks.trail().to_vec();
        nodes.sort_unstable_by_key(|node| self.ranks.get(*node as usize).copied());
        let truths = marks.truths(&self.grounds);
        let mut needs = vec![0_u64; self.grounds.facts.len()];
        for facts in facts.chunks(64) {
            let of = |needs: &[u64], node: u32| needs.get(node as usize).copied().unwrap_or(0);
            for node in &nodes {
                let need = match facts.binary_search(node) {
                    Ok(at) => 1 << at,
                    Err(_) => {
                        let firing = self.grounds.deriving.of(*node).iter();
                        let firing = firing.filter(|rule| marks.fires(**rule));
                        let rules =
                            firing.filter_map(|rule| self.grounds.rules.get(*rule as usize));
                        let all = rules.map(|rule| {
                            let body = rule.body().map(|node| of(&needs, node));
                            body.fold(0, |all, one| all | one)
                        });
                        all.reduce(|one, other| one & other).unwrap_or(0)
                    }
                };
                if let Some(place) = needs.get_mut(*node as usize) {
                    *place = need;
                }
            }
            let mut of_atoms = vec![None::<u64>; self.grounds.atoms];
            for (at, cell) in self.grounds.cells.iter().enumerate() {
                if marks.is_met(at)
                    && let Some(place) = of_atoms.get_mut(cell.atom as usize)
                {
                    let need = of(&needs, cell.asked) | of(&needs, cell.allowed);
                    *place = Some(place.map_or(need, |before| before & need));
                }
            }
            let mut terms: Vec<u64> = Vec::with_capacity(self.grounds.terms.len());
            for term in &self.grounds.terms {
                let part = |part: &u32| terms.get(*part as usize).copied().unwrap_or(0);
                let need = match term {
                    Term::Node(node) => of(&needs, *node),
                    Term::Atom(atom) => {
                        let need = of_atoms.get(*atom as usize).copied().flatten();
                        need.unwrap_or(0)
                    }
                    Term::All(parts) => parts.iter().map(part).fold(0, |all, one| all | one),
                    Term::Any(parts) => {
                        let is = |part: &&u32| truths.get(**part as usize) == Some(&true);
                        let parts = parts.iter().filter(is).map(part);
                        parts.reduce(|one, other| one & other).unwrap_or(0)
                    }
                    Term::Allowed(formula, _) => part(formula),
                };
                terms.push(need);
            }
            *steps += nodes.len();
            steps::took(nodes.len());
            let needed = terms.last().copied().unwrap_or(0);
            let mut spare = facts.iter().enumerate();
            let spare = spare.find(|(at, _)| needed & (1 << at) == 0);
            if let Some((_, fact)) = spare {
                return Some(*fact);
            }
        }
        None
    }
}
