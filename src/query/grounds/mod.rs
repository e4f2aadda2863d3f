//! Grounds: all recorded facts that an answer can rest on, and how it follows from them.
//!
//! What the meaning derives for one question (the groups that the asker is held as, which grants are active, what covers which place) is
//! written down once as nodes and rules: a rule makes its head true where all of its body is. Facts are nodes as well. So the question
//! "what would be answered without these facts" is a walk over the rules, linear in them, without a policy being built; and whatever
//! is recorded again is followed from there on.
//!
//! Denies are derived by such rules too. What they take is looked at last, in the *cells*: a cell is a place asked about, with what must be
//! true there and what must not.

mod build;
mod cut;
mod proving;
mod state;
#[cfg(test)]
mod tests;

use crate::facts::Fact;
pub(crate) use crate::query::grounds::cut::{CutLimits, NEVER, Numbers};
pub(crate) use crate::query::grounds::proving::Proving;
pub(crate) use crate::query::grounds::state::State;

/// The node that is always true.
const TRUE: u32 = 0;

/// The node that never is.
const FALSE: u32 = 1;

/// All that one answer can rest on.
#[derive(Clone, Debug)]
pub(crate) struct Grounds {
    /// The fact that each node stands for, of those that stand for one.
    facts: Vec<Option<Fact>>,
    rules: Vec<Rule>,
    /// For each node the rules with it as their head.
    deriving: Lists,
    /// For each node the rules with it in their body.
    using: Lists,
    cells: Vec<Cell>,
    /// For each node the cells that look at it.
    in_cells: Lists,
    atoms: usize,
    /// The formula; parts come before what they are parts of, the answer is the last.
    terms: Vec<Term>,
    /// Whether each node is looked at by the formula itself.
    in_terms: Vec<bool>,
    /// Every node, those of a rule's body before its head.
    order: Vec<u32>,
    has_denies: bool,
}

/// The head is true where all of the body is.
#[derive(Clone, Copy, Debug)]
struct Rule {
    head: u32,
    /// Filled up with the node that is always true.
    body: [u32; 3],
}

impl Rule {
    fn body(&self) -> impl Iterator<Item = u32> + Clone + use<> {
        self.body.into_iter().filter(|node| *node != TRUE)
    }
}

/// A place at which an atom may be true.
#[derive(Clone, Copy, Debug)]
struct Cell {
    atom: u32,
    /// Whether the place is asked about.
    asked: u32,
    allowed: u32,
    denied: u32,
}

/// A part of the formula.
#[derive(Clone, Debug)]
enum Term {
    Node(u32),
    /// An atom: one of its cells is true.
    Atom(u32),
    All(Vec<u32>),
    Any(Vec<u32>),
    /// The formula of an action, and the denies that stop it.
    Allowed(u32, Vec<u32>),
}

/// A list for each of many things, in two pieces of memory.
#[derive(Clone, Debug, Default)]
struct Lists {
    starts: Vec<u32>,
    items: Vec<u32>,
}

impl Lists {
    /// The pairs name a list and an item; each list keeps the order.
    fn new(lists: usize, pairs: impl Iterator<Item = (u32, u32)> + Clone) -> Self {
        let mut starts = vec![0_u32; lists + 1];
        for (list, _) in pairs.clone() {
            if let Some(count) = starts.get_mut(list as usize + 1) {
                *count += 1;
            }
        }
        let mut sum = 0;
        for start in &mut starts {
            sum += *start;
            *start = sum;
        }
        let mut next = starts.clone();
        let mut items = vec![0; sum as usize];
        for (list, item) in pairs {
            if let Some(at) = next.get_mut(list as usize) {
                if let Some(place) = items.get_mut(*at as usize) {
                    *place = item;
                }
                *at += 1;
            }
        }
        Lists { starts, items }
    }

    fn of(&self, list: u32) -> &[u32] {
        let start = self.starts.get(list as usize).copied().unwrap_or_default();
        let end = self.starts.get(list as usize + 1).copied();
        let range = start as usize..end.unwrap_or(start) as usize;
        self.items.get(range).unwrap_or_default()
    }
}

impl Grounds {
    /// The fact that the node stands for.
    pub(crate) fn fact(&self, node: u32) -> Option<Fact> {
        self.facts.get(node as usize).copied().flatten()
    }

    /// How much a walk over all of it is, in steps.
    pub(crate) fn size(&self) -> usize {
        self.facts.len() + self.rules.len()
    }

    /// Whether what denies take can make a difference.
    pub(crate) fn has_denies(&self) -> bool {
        self.has_denies
    }
}
