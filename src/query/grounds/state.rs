//! What follows from some of the facts, kept up to date as further ones are recorded again.

use crate::query::grounds::{Grounds, TRUE, Term};
use crate::steps;

/// Which nodes are true, with some of the facts recorded.
///
/// Facts are recorded one after the other and each is followed once, so that all together cost a walk over the rules. The last ones can be
/// taken back.
#[derive(Clone, Debug)]
pub(crate) struct State<'a> {
    pub(super) grounds: &'a Grounds,
    pub(super) marks: Marks,
}

/// The same without what it is about, which is handed to every call.
#[derive(Clone, Debug)]
pub(super) struct Marks {
    values: Vec<bool>,
    /// For each rule how much of its body is not true.
    missing: Vec<u8>,
    /// For each true node the rule that made it so.
    reasons: Vec<u32>,
    /// The true nodes in the order in which they became so.
    trail: Vec<u32>,
    /// How many of the trail were followed.
    followed: usize,
    met: Vec<bool>,
    /// For each atom how many of its cells are true.
    atoms: Vec<u32>,
    /// Whether the formula has to be looked at again.
    stale: bool,
    answer: bool,
    /// How much was done.
    spent: usize,
}

/// No rule: the node is a fact, or always true.
const NONE: u32 = u32::MAX;

impl Grounds {
    /// What follows from all of the facts but these.
    pub(crate) fn without(&self, removed: &[u32]) -> State<'_> {
        let mut state = State {
            grounds: self,
            marks: Marks::new(self),
        };
        state.reset(removed);
        state
    }
}

impl State<'_> {
    /// Begins anew, without these facts.
    pub(crate) fn reset(&mut self, removed: &[u32]) {
        let (grounds, marks) = (self.grounds, &mut self.marks);
        match removed {
            [] => marks.start(grounds, |_| true),
            few if few.len() <= 8 => marks.start(grounds, |node| !few.contains(&node)),
            many => {
                let mut sorted = many.to_vec();
                sorted.sort_unstable();
                marks.start(grounds, |node| sorted.binary_search(&node).is_err());
            }
        }
    }

    /// How many steps were taken so far.
    pub(crate) fn spent(&self) -> usize {
        self.marks.spent
    }

    /// Records the fact again, unless the answer is yes then; whether it did.
    pub(crate) fn spare(&mut self, fact: u32) -> bool {
        let before = self.marks.reached();
        self.marks.set(self.grounds, fact, NONE);
        self.marks.follow(self.grounds, true);
        if !self.answer() {
            return true;
        }
        self.marks.take_back(self.grounds, before);
        false
    }

    /// The answer from what is true now.
    pub(crate) fn answer(&mut self) -> bool {
        self.marks.answer(self.grounds)
    }

    /// Facts that make the answer yes by themselves, by number and in order: short ways, but some may not be needed. None for a no.
    pub(crate) fn proof(&mut self) -> Vec<u32> {
        self.marks.proof(self.grounds)
    }
}

impl Marks {
    pub(super) fn new(grounds: &Grounds) -> Self {
        Marks {
            values: vec![false; grounds.facts.len()],
            missing: Vec::with_capacity(grounds.rules.len()),
            reasons: vec![NONE; grounds.facts.len()],
            trail: Vec::with_capacity(grounds.facts.len()),
            followed: 0,
            met: vec![false; grounds.cells.len()],
            atoms: vec![0; grounds.atoms],
            stale: true,
            answer: false,
            spent: 0,
        }
    }

    /// How many nodes are true; [`take_back`](Self::take_back) leads back here.
    pub(super) fn reached(&self) -> usize {
        self.trail.len()
    }

    /// Records a fact, and follows it.
    pub(super) fn record(&mut self, grounds: &Grounds, fact: u32) {
        self.set(grounds, fact, NONE);
        self.follow(grounds, false);
    }

    /// The nodes that are true.
    pub(super) fn trail(&self) -> &[u32] {
        &self.trail
    }

    pub(super) fn spent(&self) -> usize {
        self.spent
    }

    /// How many of the atom's cells are true.
    pub(super) fn met_of(&self, atom: u32) -> u32 {
        self.atoms.get(atom as usize).copied().unwrap_or_default()
    }

    /// Begins anew with these facts.
    pub(super) fn start(&mut self, grounds: &Grounds, recorded: impl Fn(u32) -> bool) {
        self.values.fill(false);
        self.met.fill(false);
        self.atoms.fill(0);
        self.trail.clear();
        self.followed = 0;
        self.stale = true;
        self.missing.clear();
        let missing = |rule: &super::Rule| u8::try_from(rule.body().count()).unwrap_or(u8::MAX);
        self.missing.extend(grounds.rules.iter().map(missing));
        if let Some(truth) = self.values.get_mut(TRUE as usize) {
            *truth = true;
        }
        for cell in 0..grounds.cells.len() {
            self.look_at_cell(grounds, cell);
        }
        for (at, rule) in (0_u32..).zip(&grounds.rules) {
            if rule.body().next().is_none() {
                self.set(grounds, rule.head, at);
            }
        }
        for (node, fact) in (0_u32..).zip(&grounds.facts) {
            if fact.is_some() && recorded(node) {
                self.set(grounds, node, NONE);
            }
        }
        self.spend(grounds.size());
        self.follow(grounds, false);
    }

    fn spend(&mut self, steps: usize) {
        self.spent += steps;
        steps::took(steps);
    }

    pub(super) fn is(&self, node: u32) -> bool {
        self.values.get(node as usize).copied().unwrap_or_default()
    }

    /// Whether all of the rule's body is true.
    pub(super) fn fires(&self, rule: u32) -> bool {
        self.missing.get(rule as usize) == Some(&0)
    }

    pub(super) fn is_met(&self, cell: usize) -> bool {
        self.met.get(cell).copied().unwrap_or_default()
    }

    fn set(&mut self, grounds: &Grounds, node: u32, reason: u32) {
        match self.values.get_mut(node as usize) {
            Some(value) if !*value => *value = true,
            _ => return,
        }
        if let Some(place) = self.reasons.get_mut(node as usize) {
            *place = reason;
        }
        self.trail.push(node);
        self.look_around(grounds, node);
    }

    /// Brings up to date what looks at a node.
    fn look_around(&mut self, grounds: &Grounds, node: u32) {
        for cell in grounds.in_cells.of(node) {
            self.look_at_cell(grounds, *cell as usize);
        }
        let in_terms = grounds.in_terms.get(node as usize).copied();
        self.stale |= in_terms.unwrap_or_default();
    }

    fn look_at_cell(&mut self, grounds: &Grounds, cell: usize) {
        let Some(of) = grounds.cells.get(cell) else {
            return;
        };
        let met = self.is(of.asked) && self.is(of.allowed) && !self.is(of.denied);
        let (Some(place), Some(atom)) =
            (self.met.get_mut(cell), self.atoms.get_mut(of.atom as usize))
        else {
            return;
        };
        if *place != met {
            *place = met;
            *atom = if met { *atom + 1 } else { *atom - 1 };
            self.stale = true;
        }
    }

    /// Follows what became true. Where that is enough to see a yes, and no deny could make it a no again, it stops there.
    fn follow(&mut self, grounds: &Grounds, until_yes: bool) {
        let until_yes = until_yes && !grounds.has_denies;
        while let Some(node) = self.trail.get(self.followed).copied() {
            if until_yes && self.stale && self.answer(grounds) {
                return;
            }
            self.followed += 1;
            let using = grounds.using.of(node);
            self.spend(1 + using.len());
            for rule in using {
                if let (Some(missing), Some(of)) = (
                    self.missing.get_mut(*rule as usize),
                    grounds.rules.get(*rule as usize),
                ) {
                    *missing -= 1;
                    if *missing == 0 {
                        self.set(grounds, of.head, *rule);
                    }
                }
            }
        }
    }

    /// Takes back the last that became true, down to so many nodes.
    pub(super) fn take_back(&mut self, grounds: &Grounds, left: usize) {
        while self.trail.len() > left {
            let Some(node) = self.trail.pop() else { return };
            if self.trail.len() < self.followed {
                let using = grounds.using.of(node);
                self.spend(1 + using.len());
                for rule in using {
                    if let Some(missing) = self.missing.get_mut(*rule as usize) {
                        *missing += 1;
                    }
                }
                self.followed = self.trail.len();
            }
            if let Some(value) = self.values.get_mut(node as usize) {
                *value = false;
            }
            self.look_around(grounds, node);
        }
    }

    /// The answer from what is true now.
    pub(super) fn answer(&mut self, grounds: &Grounds) -> bool {
        if !self.stale {
            return self.answer;
        }
        let truths = self.truths(grounds);
        self.spend(truths.len());
        self.answer = truths.last().copied().unwrap_or_default();
        self.stale = false;
        self.answer
    }

    /// Which parts of the formula are true.
    pub(super) fn truths(&self, grounds: &Grounds) -> Vec<bool> {
        let mut truths: Vec<bool> = Vec::with_capacity(grounds.terms.len());
        for term in &grounds.terms {
            let of = |term: &u32| truths.get(*term as usize).copied().unwrap_or_default();
            let truth = match term {
                Term::Node(node) => self.is(*node),
                Term::Atom(atom) => self.atoms.get(*atom as usize).is_some_and(|met| *met > 0),
                Term::All(parts) => parts.iter().all(of),
                Term::Any(parts) => parts.iter().any(of),
                Term::Allowed(formula, stops) => {
                    of(formula) && !stops.iter().any(|stop| self.is(*stop))
                }
            };
            truths.push(truth);
        }
        truths
    }

    fn proof(&mut self, grounds: &Grounds) -> Vec<u32> {
        if !self.answer(grounds) {
            return Vec::new();
        }
        let truths = self.truths(grounds);
        let is = |term: &u32| truths.get(*term as usize).copied().unwrap_or_default();
        let mut nodes: Vec<u32> = Vec::new();
        let mut opened = vec![false; grounds.terms.len()];
        let mut open: Vec<u32> = Vec::new();
        open.extend(
            grounds
                .terms
                .len()
                .checked_sub(1)
                .and_then(|at| u32::try_from(at).ok()),
        );
        while let Some(at) = open.pop() {
            match opened.get_mut(at as usize) {
                Some(opened) if !*opened => *opened = true,
                _ => continue,
            }
            match grounds.terms.get(at as usize) {
                Some(Term::Node(node)) => nodes.push(*node),
                Some(Term::Atom(atom)) => {
                    let mut cells = grounds.cells.iter().enumerate();
                    let met = cells.find(|(at, cell)| cell.atom == *atom && self.is_met(*at));
                    nodes.extend(met.into_iter().flat_map(|(_, of)| [of.asked, of.allowed]));
                }
                Some(Term::All(parts)) => open.extend(parts),
                Some(Term::Any(parts)) => open.extend(parts.iter().find(|part| is(part))),
                Some(Term::Allowed(formula, _)) => open.push(*formula),
                None => {}
            }
        }
        let mut met = vec![false; grounds.facts.len()];
        let mut proof = Vec::new();
        while let Some(node) = nodes.pop() {
            match met.get_mut(node as usize) {
                Some(met) if !*met => *met = true,
                _ => continue,
            }
            if grounds.fact(node).is_some() {
                proof.push(node);
            }
            let reason = self.reasons.get(node as usize).copied().unwrap_or(NONE);
            if let Some(rule) = grounds.rules.get(reason as usize) {
                nodes.extend(rule.body());
            }
        }
        self.spend(proof.len());
        proof.sort_unstable();
        proof
    }
}
