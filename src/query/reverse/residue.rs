//! What is left of a formula once it is known what its atoms say of some of the targets, and which combinations of targets lead to an answer.
//!
//! The naive form asks about every combination of a class of targets at each position: 65,536 for eight positions of four classes. Here the
//! positions are gone through one by one, and classes after which the same is left of the formula go on together. For conditions on each target
//! by itself, two things are left at the most: the conditions on the rest, or nothing.

use std::cell::RefCell;
use std::hash::Hash;
use std::rc::Rc;

use indexmap::{IndexMap, IndexSet};
use rustc_hash::{FxBuildHasher, FxHashMap as HashMap};

use crate::catalog::{Catalog, PlaceKind};
use crate::graph;
use crate::query::reverse::formula::{Algebra, Atom, Atoms, Spot, evaluate};
use crate::steps;

/// A formula over atoms, by its number among those of a [`Residues`].
pub(crate) type Residue = u32;

/// The formula that is false, and the one that is true.
pub(crate) const NO: Residue = 0;
const YES: Residue = 1;

/// Whether a formula without atoms is true.
pub(crate) fn is_yes(residue: Residue) -> bool {
    residue == YES
}

/// A formula; its parts have smaller numbers.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Form {
    No,
    Yes,
    Atom(Atom, Spot),
    Not(Residue),
    All(Vec<Residue>),
    Any(Vec<Residue>),
}

/// Formulas, each once.
#[derive(Debug)]
struct Forms(IndexSet<Form, FxBuildHasher>);

impl Forms {
    fn number(&mut self, form: Form) -> Residue {
        u32::try_from(self.0.insert_full(form).0).unwrap_or(u32::MAX)
    }

    fn get(&self, residue: Residue) -> &Form {
        self.0.get_index(residue as usize).unwrap_or(&Form::No)
    }

    fn not(&mut self, residue: Residue) -> Residue {
        match self.get(residue) {
            Form::No => YES,
            Form::Yes => NO,
            Form::Not(inner) => *inner,
            _ => self.number(Form::Not(residue)),
        }
    }

    fn all(&mut self, parts: impl IntoIterator<Item = Residue>) -> Residue {
        self.joined(parts, [YES, NO], Form::All, |form| match form {
            Form::All(parts) => Some(parts),
            _ => None,
        })
    }

    fn any(&mut self, parts: impl IntoIterator<Item = Residue>) -> Residue {
        self.joined(parts, [NO, YES], Form::Any, |form| match form {
            Form::Any(parts) => Some(parts),
            _ => None,
        })
    }

    /// All parts or any, written in one way: parts of the same sort are taken in, of `neutral` ones nothing is left, and one that decides is all.
    fn joined(
        &mut self,
        parts: impl IntoIterator<Item = Residue>,
        [neutral, deciding]: [Residue; 2],
        form: fn(Vec<Residue>) -> Form,
        inner: fn(&Form) -> Option<&Vec<Residue>>,
    ) -> Residue {
        let mut joined: Vec<Residue> = Vec::new();
        for part in parts {
            match inner(self.get(part)) {
                Some(parts) => joined.extend(parts),
                None if part == deciding => return deciding,
                None if part == neutral => {}
                None => joined.push(part),
            }
        }
        joined.sort_unstable();
        joined.dedup();
        match joined.as_slice() {
            [] => neutral,
            [only] => *only,
            _ => self.number(form(joined)),
        }
    }
}

/// The formula of an action, and what is left of it.
#[derive(Debug)]
pub(crate) struct Residues {
    forms: Rc<RefCell<Forms>>,
    whole: Residue,
}

impl Residues {
    pub(crate) fn of(catalog: &Catalog, action: u32) -> Self {
        let forms = IndexSet::from_iter([Form::No, Form::Yes]);
        let forms = Rc::new(RefCell::new(Forms(forms)));
        let mut writer = Writer(&forms);
        let whole = evaluate(catalog, action, &mut writer).residue;
        Residues { forms, whole }
    }

    /// All of it.
    pub(crate) fn whole(&self) -> Residue {
        self.whole
    }

    /// What is left where of the atoms about this target these are true and no others.
    pub(crate) fn left(&self, residue: Residue, at: Spot, truths: &[Atom]) -> Residue {
        let mut forms = self.forms.borrow_mut();
        // Every part is worked out after its own parts, whose numbers are smaller.
        let mut parts = graph::reach([residue], |part| match forms.get(part) {
            Form::Not(inner) => vec![*inner],
            Form::All(inner) | Form::Any(inner) => inner.clone(),
            Form::No | Form::Yes | Form::Atom(..) => Vec::new(),
        });
        parts.sort_unstable();
        steps::took(parts.len());
        let mut left: HashMap<Residue, Residue> = HashMap::default();
        for part in parts {
            let of = |part: &Residue| left.get(part).copied().unwrap_or(*part);
            let now = match forms.get(part).clone() {
                Form::Atom(atom, spot) if spot == at => match truths.contains(&atom) {
                    true => YES,
                    false => NO,
                },
                Form::No | Form::Yes | Form::Atom(..) => part,
                Form::Not(inner) => forms.not(of(&inner)),
                Form::All(inner) => forms.all(inner.iter().map(of)),
                Form::Any(inner) => forms.any(inner.iter().map(of)),
            };
            left.insert(part, now);
        }
        left.get(&residue).copied().unwrap_or(residue)
    }
}

/// Writes the formula of an action down.
struct Writer<'a>(&'a Rc<RefCell<Forms>>);

/// A formula that is being written down.
#[derive(Clone, Debug, Default)]
struct Written {
    residue: Residue,
    /// Of a formula with atoms.
    forms: Option<Rc<RefCell<Forms>>>,
}

impl Written {
    fn with(self, other: Self, join: impl Fn(&mut Forms, Residue, Residue) -> Residue) -> Self {
        let forms = self.forms.or(other.forms);
        let joined =
            |forms: &Rc<RefCell<Forms>>| join(&mut forms.borrow_mut(), self.residue, other.residue);
        // Two formulas without atoms need no table: it has their numbers from the start.
        let none = || {
            Rc::new(RefCell::new(Forms(IndexSet::from_iter([
                Form::No,
                Form::Yes,
            ]))))
        };
        let residue = joined(forms.as_ref().unwrap_or(&none()));
        Written { residue, forms }
    }
}

impl Algebra for Written {
    fn all() -> Self {
        Written {
            residue: YES,
            forms: None,
        }
    }

    fn is_none(&self) -> bool {
        self.residue == NO
    }

    fn is_all(&self) -> bool {
        self.residue == YES
    }

    fn union(self, other: Self) -> Self {
        self.with(other, |forms, one, other| forms.any([one, other]))
    }

    fn intersection(self, other: Self) -> Self {
        self.with(other, |forms, one, other| forms.all([one, other]))
    }

    fn minus(self, other: Self) -> Self {
        self.with(other, |forms, one, other| {
            let not = forms.not(other);
            forms.all([one, not])
        })
    }
}

impl Writer<'_> {
    fn atom(&self, atom: Atom, at: Spot) -> Written {
        Written {
            residue: self.0.borrow_mut().number(Form::Atom(atom, at)),
            forms: Some(Rc::clone(self.0)),
        }
    }
}

impl Atoms for Writer<'_> {
    type Set = Written;

    fn holds(&mut self, permission: u32, at: Spot) -> Written {
        self.atom(Atom::Holds(permission), at)
    }

    fn above(&mut self, kind: PlaceKind, permission: u32, at: Spot) -> Written {
        self.atom(Atom::Above(kind, permission), at)
    }

    fn within(&mut self, permission: u32, at: Spot) -> Written {
        self.atom(Atom::Within(permission), at)
    }

    fn marked(&mut self, label: u32, at: Spot) -> Written {
        self.atom(Atom::Marked(label), at)
    }

    fn taken(&mut self, permission: u32, at: Spot) -> Written {
        self.atom(Atom::Taken(permission), at)
    }
}

/// Combinations of classes, for each position those that may be chosen, that lead to the same end.
pub(crate) type Combinations = Vec<Vec<usize>>;

/// Goes through the positions, each with so many classes, from a start. `next` tells where a class at a position leads, if it leads anywhere.
/// Every combination that leads to an end is in just one of these.
pub(crate) fn combined<S: Copy + Eq + Hash>(
    positions: &[usize],
    start: S,
    mut next: impl FnMut(usize, usize, S) -> Option<S>,
) -> Vec<(S, Combinations)> {
    // For each position, what can be left there, and for that which classes lead where.
    type Ways<S> = IndexMap<S, IndexMap<S, Vec<usize>, FxBuildHasher>, FxBuildHasher>;
    let mut levels: Vec<Ways<S>> = Vec::with_capacity(positions.len());
    let mut reached: Vec<S> = vec![start];
    for (position, classes) in positions.iter().enumerate() {
        let mut ways: Ways<S> = Ways::default();
        let mut further: IndexSet<S, FxBuildHasher> = IndexSet::default();
        for from in reached {
            let mut to: IndexMap<S, Vec<usize>, FxBuildHasher> = IndexMap::default();
            for class in 0..*classes {
                if let Some(state) = next(position, class, from) {
                    further.insert(state);
                    to.entry(state).or_default().push(class);
                }
            }
            ways.insert(from, to);
        }
        levels.push(ways);
        reached = further.into_iter().collect();
    }
    // What leads to no end is left out, from the last position to the first.
    let mut ends: IndexSet<S, FxBuildHasher> = reached.into_iter().collect();
    for ways in levels.iter_mut().rev() {
        ways.values_mut()
            .for_each(|to| to.retain(|state, _| ends.contains(state)));
        ways.retain(|_, to| !to.is_empty());
        ends = ways.keys().copied().collect();
    }
    let mut found: Vec<(S, Combinations)> = vec![(start, Vec::new())];
    for ways in &levels {
        let all = found.into_iter().flat_map(|(state, chosen)| {
            let to = ways.get(&state).into_iter().flatten();
            to.map(move |(state, classes)| {
                let mut chosen = chosen.clone();
                chosen.push(classes.clone());
                (*state, chosen)
            })
        });
        found = all.collect();
    }
    steps::took(found.len());
    found
}
