//! The difference of one action, as parts in which every user gained or lost every combination of targets.

use indexmap::IndexMap;

use crate::catalog::PlaceKind;
use crate::facts::Facts;
use crate::id::{Target, User};
use crate::index::ask::Asker;
use crate::query::diff::alike::{Holding, Standing, permissions_of};
use crate::query::diff::touched::{State, Touched};
use crate::query::reverse::classes::{Class, Extent, SORTS, refine, together};
use crate::query::reverse::down::{Reached, Sort};
use crate::query::reverse::formula::{Atom, Atoms, Spot, atoms_of, evaluate};
use crate::query::reverse::residue::{NO, Residue, Residues, combined, is_yes};
use crate::query::reverse::sets::Slots;
use crate::query::reverse::wheres::Where;
use crate::query::reverse::who::Who;
use crate::steps::step;

/// Whether access was gained or lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "snake_case")
)]
pub enum Turn {
    /// The answer was no, or could not be asked, and is yes.
    Gained,
    /// The answer was yes and is no, or can no longer be asked.
    Lost,
}

/// Users and targets: each of the users gained, or lost, each combination of the targets. Parts of one action have no triple in common.
#[derive(Debug)]
pub(super) struct Part {
    pub(super) turn: Turn,
    /// Users of the state in which the answer is yes, as are the targets.
    pub(super) users: Slots,
    /// For each position of the question, those of each sort.
    pub(super) targets: Vec<Vec<Extent>>,
}

/// The same user or the same target in each of the states, `None` where it does not exist.
pub(super) type Pair<T> = [Option<T>; 2];

/// Works out the difference of an action.
pub(super) struct Comparison<'a> {
    states: [State<'a>; 2],
    touched: &'a Touched,
    action: u32,
    positions: usize,
    atoms: Vec<(Atom, Spot)>,
    permissions: Vec<u32>,
    /// The touched targets, as far as this action goes.
    targets: Reached,
    parts: Vec<Part>,
}

impl<'a> Comparison<'a> {
    pub(super) fn new(states: [State<'a>; 2], touched: &'a Touched, action: u32) -> Self {
        let catalog = &states[1].facts.catalog;
        let atoms = atoms_of(catalog, action);
        let climbs = atoms
            .iter()
            .any(|(atom, _)| matches!(atom, Atom::Within(_)));
        let targets = touched.targets.clone();
        Comparison {
            states,
            touched,
            action,
            positions: catalog.formulas().action(action).map_or(0, |of| of.targets),
            permissions: permissions_of(atoms.iter().map(|(atom, _)| *atom)),
            atoms,
            targets: if climbs {
                targets.union(touched.over(states).clone())
            } else {
                targets
            },
            parts: Vec::new(),
        }
    }

    pub(super) fn parts(self) -> Vec<Part> {
        self.parts_at(|_| true)
    }

    /// The parts, without those of users who hold the same scopes as before at targets that are not asked for.
    pub(super) fn parts_at(mut self, asked: impl Fn(&Pair<Target>) -> bool) -> Vec<Part> {
        let mut targets = self.touched_targets();
        targets.retain(asked);
        let users = self.touched_users(&targets);
        let done = slots_of(&users);
        for alike in self.alike_users(users) {
            let Some(first) = alike.first().copied() else {
                continue;
            };
            let slots = slots_of(&alike);
            if self.positions == 1 {
                self.compare_where(first, &slots);
            } else {
                self.compare_combinations(first, &slots);
            }
        }
        if self.positions == 1 {
            for alike in self.alike_targets(targets) {
                self.compare_who(&alike, &done);
            }
        }
        self.parts
    }

    // ---- What to look at ----

    /// The touched targets, each with itself in the other state.
    fn touched_targets(&self) -> Vec<Pair<Target>> {
        let mut pairs = Vec::new();
        for sort in SORTS {
            let places = self.states.map(|State { facts, .. }| {
                let slots = sort.members_from(facts, self.targets.of(sort), 0);
                let targets = slots
                    .filter_map(move |slot| Some((slot, Target::from(sort.place(facts, slot)?))));
                targets.collect()
            });
            pairs.extend(paired(places));
        }
        if self.targets.platform {
            pairs.push([Some(Target::Platform); 2]);
        }
        pairs
    }

    /// The users of whom all targets are looked at: those who hold other scopes of the permissions of the action, or do not exist in both
    /// states, or of whom an atom on the platform differs; and where the action has several targets, an atom on any touched target.
    fn touched_users(&self, targets: &[Pair<Target>]) -> Vec<Pair<User>> {
        let of = |users: &Slots| {
            paired(self.states.map(|State { facts, .. }| {
                let slots = Sort::Users.members_from(facts, users, 0);
                slots
                    .filter_map(|slot| Some((slot, facts.user_at(slot)?)))
                    .collect()
            }))
        };
        let mut users = of(&self.touched.users);
        users.retain(|pair| {
            let [before, now] = self.holdings(*pair);
            before != now
        });
        let mut turned = Slots::none();
        for (atom, spot) in &self.atoms {
            if *spot == Spot::Platform && self.targets.platform {
                turned = turned.union(self.turned(*atom, [Some(Target::Platform); 2]));
            }
        }
        if self.positions > 1 {
            let mut atoms: Vec<Atom> = Vec::new();
            for (atom, spot) in &self.atoms {
                if matches!(spot, Spot::Nth(_)) && !atoms.contains(atom) {
                    atoms.push(*atom);
                }
            }
            for alike in self.alike_targets(targets.to_vec()) {
                let Some(first) = alike.first() else {
                    continue;
                };
                if first.contains(&None) {
                    turned = turned.union(self.hopeful(*first));
                } else {
                    for atom in &atoms {
                        turned = turned.union(self.turned(*atom, *first));
                    }
                }
            }
        }
        let known = Slots::of(users.iter().flatten().flatten().map(|user| user.index));
        let more = of(&turned);
        users.extend(more.into_iter().filter(|pair| {
            pair.iter()
                .flatten()
                .all(|user| !known.contains(user.index))
        }));
        users
    }

    /// The users who exist in both states and of whom the atom is not the same there.
    fn turned(&self, atom: Atom, target: Pair<Target>) -> Slots {
        let [before, now] = each(self.states, target, |state, target| {
            let targets = [target];
            atom.of(
                &mut Who::new(state.facts, state.index, &targets),
                Spot::Nth(0),
            )
        });
        let replaced = self.touched.replaced(Sort::Users);
        replaced
            .gained(&before, &now)
            .union(replaced.lost(&before, &now))
    }

    /// The users who may be able to with a target that exists in one state only, whatever the others are.
    fn hopeful(&self, target: Pair<Target>) -> Slots {
        let [before, now] = each(self.states, target, |state, target| {
            (0..self.positions).fold(Slots::none(), |found, position| {
                let targets = [target];
                let who = Who::new(state.facts, state.index, &targets);
                let mut hopeful = Hopeful { who, position };
                found.union(evaluate(&state.facts.catalog, self.action, &mut hopeful))
            })
        });
        before.union(now)
    }

    /// What the user holds in each state.
    fn holdings(&self, user: Pair<User>) -> [Option<Holding>; 2] {
        let holding = |state, user| Some(Holding::of(state, user, &self.permissions));
        each_or(self.states, user, || None, holding)
    }

    /// Users that are certain to fare alike, together.
    fn alike_users(&self, users: Vec<Pair<User>>) -> Vec<Vec<Pair<User>>> {
        let mut alike: IndexMap<[Option<Holding>; 2], Vec<Pair<User>>> = IndexMap::new();
        for user in users {
            alike.entry(self.holdings(user)).or_default().push(user);
        }
        alike.into_values().collect()
    }

    /// Targets that are certain to fare alike, together.
    fn alike_targets(&self, targets: Vec<Pair<Target>>) -> Vec<Vec<Pair<Target>>> {
        let mut alike: IndexMap<[Option<Standing>; 2], Vec<Pair<Target>>> = IndexMap::new();
        for target in targets {
            let standing = |state, target| Some(Standing::of(state, target, &self.permissions));
            let standings = each_or(self.states, target, || None, standing);
            alike.entry(standings).or_default().push(target);
        }
        alike.into_values().collect()
    }

    // ---- Comparing ----

    /// Adds the parts of both turns at one position, unless they are empty.
    fn add(&mut self, turned: [(Turn, Slots, Vec<Extent>); 2]) {
        for (turn, users, targets) in turned {
            let facts = facts_of(self.states, turn);
            let is_some = |extent: &Extent| extent.len(facts) > 0;
            if users.len(facts.users.len()) > 0 && targets.iter().all(is_some) {
                self.push(turn, users, vec![targets]);
            }
        }
    }

    /// Compares where the users can.
    fn compare_where(&mut self, user: Pair<User>, users: &[Slots; 2]) {
        let [before, now] = users;
        for sort in SORTS {
            let [earlier, later] = each(self.states, user, |state, user| {
                let mut wheres = Where::new(state.facts, state.index, user, vec![None], sort);
                evaluate(&state.facts.catalog, self.action, &mut wheres)
            });
            let replaced = self.touched.replaced(sort);
            let gained = replaced.gained(&earlier, &later);
            let lost = replaced.lost(&earlier, &later);
            self.add([
                (Turn::Gained, now.clone(), vec![Extent::Of(sort, gained)]),
                (Turn::Lost, before.clone(), vec![Extent::Of(sort, lost)]),
            ]);
        }
        let can = each(self.states, user, |state, user| {
            Slots::truth(
                Asker::new(state.facts, state.index, user).can(self.action, &[Target::Platform]),
            )
        });
        match can.map(|can| can.is_all()) {
            [false, true] => self.push(Turn::Gained, now.clone(), vec![vec![Extent::Platform]]),
            [true, false] => self.push(Turn::Lost, before.clone(), vec![vec![Extent::Platform]]),
            _ => {}
        }
    }

    fn push(&mut self, turn: Turn, users: Slots, targets: Vec<Vec<Extent>>) {
        self.parts.push(Part {
            turn,
            users,
            targets,
        });
    }

    /// Compares who can on the targets; users that were compared are left out.
    fn compare_who(&mut self, alike: &[Pair<Target>], done: &[Slots; 2]) {
        let Some(first) = alike.first() else { return };
        let [before, now] = each(self.states, *first, |state, target| {
            let targets = [target];
            evaluate(
                &state.facts.catalog,
                self.action,
                &mut Who::new(state.facts, state.index, &targets),
            )
        });
        let replaced = self.touched.replaced(Sort::Users);
        let [compared, compared_now] = done;
        let gained = replaced.gained(&before, &now).minus(compared_now.clone());
        let lost = replaced.lost(&before, &now).minus(compared.clone());
        let earlier = extent_of(alike.iter().filter_map(|[before, _]| *before));
        let later = extent_of(alike.iter().filter_map(|[_, now]| *now));
        self.add([
            (Turn::Gained, gained, later.into_iter().collect()),
            (Turn::Lost, lost, earlier.into_iter().collect()),
        ]);
    }

    /// Compares on which combinations of targets the users can.
    ///
    /// Targets are sorted into classes by what the atoms say of them in both states, and the positions are gone through one by one, with what
    /// each class leaves of the formula in each state.
    fn compare_combinations(&mut self, user: Pair<User>, users: &[Slots; 2]) {
        let positions: Vec<Vec<Kin>> = (0..self.positions)
            .map(|position| self.classes(user, position))
            .collect();
        let residues = Residues::of(&self.states[1].facts.catalog, self.action);
        let fixed = self.atoms_at(Spot::Platform);
        let [before, now] = self.truths(user, [Some(Target::Platform); 2], &fixed);
        let start = |truths: Option<Vec<Atom>>| {
            let left = |truths: Vec<Atom>| residues.left(residues.whole(), Spot::Platform, &truths);
            truths.map_or(NO, left)
        };
        // Whether what is true is not the same in both states, of some class at this position or at a later one.
        let mut differ: Vec<bool> = vec![false];
        for kin in positions.iter().rev() {
            let later = differ.last().copied().unwrap_or_default();
            differ.push(later || kin.iter().any(|kin| kin.truths[0] != kin.truths[1]));
        }
        differ.reverse();
        let next = |position: usize, class: usize, [before, now]: [Residue; 2]| {
            let kin = positions.get(position)?.get(class)?;
            let left = |residue: Residue, truths: &Option<Vec<Atom>>| {
                let left = |truths| residues.left(residue, Spot::Nth(position), truths);
                truths.as_deref().map_or(NO, left)
            };
            let [earlier, later] = &kin.truths;
            let [before, now] = [left(before, earlier), left(now, later)];
            (before != now || differ.get(position + 1) == Some(&true)).then_some([before, now])
        };
        let counts: Vec<usize> = positions.iter().map(Vec::len).collect();
        let [earlier, later] = users;
        for (end, chosen) in combined(&counts, [start(before), start(now)], next) {
            let (turn, users) = match end.map(is_yes) {
                [false, true] => (Turn::Gained, later),
                [true, false] => (Turn::Lost, earlier),
                _ => continue,
            };
            let extents = chosen.iter().zip(&positions).map(|(classes, kin)| {
                let kin = classes.iter().filter_map(|class| kin.get(*class));
                together(kin.map(|kin| kin.extent(turn).clone()))
            });
            self.push(turn, users.clone(), extents.collect());
        }
    }

    /// The atoms about one target of the question.
    fn atoms_at(&self, at: Spot) -> Vec<Atom> {
        let atoms = self.atoms.iter().filter(|(_, spot)| *spot == at);
        atoms.map(|(atom, _)| *atom).collect()
    }

    /// Which of some atoms are true of a target in each state in which it and the user exist.
    fn truths(
        &self,
        user: Pair<User>,
        target: Pair<Target>,
        atoms: &[Atom],
    ) -> [Option<Vec<Atom>>; 2] {
        let ([one, two], [first, second]) = (user, target);
        let pairs = [one.zip(first), two.zip(second)];
        each_or(
            self.states,
            pairs,
            || None,
            |State { facts, index }, (user, target)| {
                let mut known = Where::new(facts, index, user, vec![Some(target)], Sort::Users);
                let mut is_true = |atom: &&Atom| atom.of(&mut known, Spot::Nth(0)).is_all();
                Some(atoms.iter().filter(|atom| is_true(atom)).copied().collect())
            },
        )
    }

    /// The classes of targets at a position.
    fn classes(&self, user: Pair<User>, position: usize) -> Vec<Kin> {
        let atoms = self.atoms_at(Spot::Nth(position));
        let said = |marks: &[bool]| Some(true_of(&atoms, marks));
        let [one, two] = self.states;
        let mut classes = Vec::new();
        for sort in SORTS {
            let sets = each_or(
                self.states,
                user,
                || vec![Slots::none(); atoms.len()],
                |state, user| {
                    let mut wheres = Where::new(state.facts, state.index, user, vec![None], sort);
                    atoms
                        .iter()
                        .map(|atom| atom.of(&mut wheres, Spot::Nth(0)))
                        .collect::<Vec<Slots>>()
                },
            );
            let replaced = self.touched.replaced(sort);
            let [earlier, later] = sets;
            // What exists in both states, by the slots of the present one.
            let both = earlier
                .iter()
                .map(|set| replaced.carried(set))
                .chain(later.iter().cloned());
            let lasting = Slots::all().minus(replaced.now.clone());
            for Class { extent, marks } in refine(two.facts, sort, lasting, both.collect()) {
                let (earlier, later) = marks.split_at(atoms.len().min(marks.len()));
                classes.push(Kin {
                    truths: [said(earlier), said(later)],
                    extents: [
                        across(&extent, replaced.before.clone(), replaced.now.clone()),
                        extent,
                    ],
                });
            }
            for class in refine(two.facts, sort, replaced.now.clone(), later) {
                classes.push(Kin {
                    truths: [None, said(&class.marks)],
                    extents: [class.extent.clone(), class.extent],
                });
            }
            for class in refine(one.facts, sort, replaced.before.clone(), earlier) {
                classes.push(Kin {
                    truths: [said(&class.marks), None],
                    extents: [class.extent.clone(), class.extent],
                });
            }
        }
        classes.push(Kin {
            truths: self.truths(user, [Some(Target::Platform); 2], &atoms),
            extents: [Extent::Platform, Extent::Platform],
        });
        classes
    }
}

/// Those of the atoms that are marked as true.
pub(super) fn true_of(atoms: &[Atom], marks: &[bool]) -> Vec<Atom> {
    let marked = atoms.iter().zip(marks).filter(|(_, mark)| **mark);
    marked.map(|(atom, _)| *atom).collect()
}

/// The users for whom the atoms are true of a target at one position and of the platform. Of the targets at other positions all is taken
/// to be true that helps.
struct Hopeful<'a> {
    who: Who<'a>,
    position: usize,
}

impl Hopeful<'_> {
    fn of(&mut self, atom: Atom, at: Spot) -> Slots {
        match at {
            Spot::Nth(nth) if nth == self.position => atom.of(&mut self.who, Spot::Nth(0)),
            Spot::Nth(_) => Slots::truth(!matches!(atom, Atom::Taken(_))),
            Spot::Platform => atom.of(&mut self.who, at),
        }
    }
}

impl Atoms for Hopeful<'_> {
    type Set = Slots;

    fn holds(&mut self, permission: u32, at: Spot) -> Slots {
        self.of(Atom::Holds(permission), at)
    }

    fn above(&mut self, kind: PlaceKind, permission: u32, at: Spot) -> Slots {
        self.of(Atom::Above(kind, permission), at)
    }

    fn within(&mut self, permission: u32, at: Spot) -> Slots {
        self.of(Atom::Within(permission), at)
    }

    fn marked(&mut self, label: u32, at: Spot) -> Slots {
        self.of(Atom::Marked(label), at)
    }

    fn taken(&mut self, permission: u32, at: Spot) -> Slots {
        self.of(Atom::Taken(permission), at)
    }
}

/// A class of targets of which the same is true in each of the states.
struct Kin {
    /// What is true of them in the states in which they exist.
    truths: [Option<Vec<Atom>>; 2],
    /// All of them, before and now.
    extents: [Extent; 2],
}

impl Kin {
    fn extent(&self, turn: Turn) -> &Extent {
        let [before, now] = &self.extents;
        match turn {
            Turn::Gained => now,
            Turn::Lost => before,
        }
    }
}

/// A set of lasting slots, told by the slots of the present state, as one of the state before.
fn across(extent: &Extent, before: Slots, now: Slots) -> Extent {
    match extent {
        Extent::Of(sort, slots) if slots.is_inverted() => {
            Extent::Of(*sort, slots.clone().union(now).minus(before))
        }
        other => other.clone(),
    }
}

/// The facts of the state in which the answer is yes.
pub(super) fn facts_of(states: [State<'_>; 2], turn: Turn) -> &Facts {
    let [before, now] = states;
    match turn {
        Turn::Gained => now.facts,
        Turn::Lost => before.facts,
    }
}

/// What is worked out in each state, nothing where there is nobody to ask about.
fn each<T>(
    states: [State<'_>; 2],
    pair: Pair<T>,
    set: impl Fn(State<'_>, T) -> Slots,
) -> [Slots; 2] {
    each_or(states, pair, Slots::none, set)
}

fn each_or<'a, T, R>(
    states: [State<'a>; 2],
    pair: Pair<T>,
    none: impl Fn() -> R,
    of: impl Fn(State<'a>, T) -> R,
) -> [R; 2] {
    let [before, now] = pair;
    let [one, two] = states;
    [
        before.map_or_else(&none, |it| of(one, it)),
        now.map_or_else(&none, |it| of(two, it)),
    ]
}

/// The slots of the users in each state.
pub(super) fn slots_of(users: &[Pair<User>]) -> [Slots; 2] {
    let before = users.iter().filter_map(|[before, _]| *before);
    let now = users.iter().filter_map(|[_, now]| *now);
    [
        Slots::of(before.map(|user| user.index)),
        Slots::of(now.map(|user| user.index)),
    ]
}

/// The targets of one sort as an extent; `None` for none.
fn extent_of(targets: impl Iterator<Item = Target>) -> Option<Extent> {
    let mut slots = Vec::new();
    let mut sort = None;
    for target in targets {
        let (of, slot) = match target {
            Target::Platform => return Some(Extent::Platform),
            Target::User(user) => (Sort::Users, user.index),
            Target::Group(group) => (Sort::Groups, group.index),
            Target::Resource(resource) => (Sort::Resources, resource.index),
        };
        sort = Some(of);
        slots.push(slot);
    }
    sort.map(|sort| Extent::Of(sort, Slots::of(slots)))
}

/// Puts what lives in both states side by side. The lists are in the order of the slots.
fn paired<T: Copy + PartialEq>(lists: [Vec<(u32, T)>; 2]) -> Vec<Pair<T>> {
    let [before, now] = lists;
    let mut pairs = Vec::with_capacity(before.len().max(now.len()));
    let (mut before, mut now) = (before.into_iter().peekable(), now.into_iter().peekable());
    loop {
        step();
        let order = match (before.peek(), now.peek()) {
            (None, None) => return pairs,
            (Some(_), None) => std::cmp::Ordering::Less,
            (None, Some(_)) => std::cmp::Ordering::Greater,
            (Some((one, _)), Some((two, _))) => one.cmp(two),
        };
        let one = if order.is_le() {
            before.next().map(|(_, it)| it)
        } else {
            None
        };
        let two = if order.is_ge() {
            now.next().map(|(_, it)| it)
        } else {
            None
        };
        match (one, two) {
            // Another tenant of the same slot.
            (Some(one), Some(two)) if one != two => {
                pairs.extend([[Some(one), None], [None, Some(two)]])
            }
            pair => pairs.push([pair.0, pair.1]),
        }
    }
}
