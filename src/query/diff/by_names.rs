//! The difference of two snapshots by names, whatever policies and catalogs they are of.
//!
//! Nothing is shared between the two sides, so there is no shortcut over what was touched. Users are taken together instead: those who are
//! direct members of the same groups and have the same grants of their own on each side are looked at once, and of those, all who hold the
//! same scopes of an action's permissions are compared once, by what [`where_can`](crate::Snapshot::where_can) finds on each side. The sets
//! of one side are carried over to the slots of the other by the names of what is in them, or, where a set is all but some, by the names of
//! those.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::OnceLock;

use indexmap::IndexMap;

use crate::facts::Facts;
use crate::facts::grant::{Effect, Scope, What};
use crate::id::{Target, User};
use crate::index::ask::Asker;
use crate::query::diff::alike::{Holding, permissions_of};
use crate::query::diff::named::NamedDifference;
use crate::query::diff::parts::{Part, Turn, slots_of, true_of};
use crate::query::diff::touched::State;
use crate::query::diff::{combinations, number, size, state};
use crate::query::reverse::classes::{Class, Extent, SORTS, refine, together};
use crate::query::reverse::down::Sort;
use crate::query::reverse::formula::{Atom, Spot, atoms_of, evaluate};
use crate::query::reverse::residue::{NO, Residue, Residues, combined, is_yes};
use crate::query::reverse::sets::Slots;
use crate::query::reverse::wheres::Where;
use crate::snapshot::Snapshot;

/// The same on each side, the earlier one first; `None` where it is not there.
type Pair<T> = [Option<T>; 2];

/// Exactly who gained and who lost which action on which targets between two snapshots of any policies and catalogs, in names; from
/// [`Snapshot::diff_by_names`].
///
/// What is worked out is kept, action by action, as it is asked for.
pub struct NamedDiff {
    before: Snapshot,
    now: Snapshot,
    names: Names,
    /// The users who are held as the same on each side.
    classes: Vec<Vec<Pair<User>>>,
    /// By name.
    actions: Vec<(String, Pair<u32>)>,
    /// For each action.
    parts: Vec<OnceLock<Vec<Part>>>,
}

/// For the targets of each sort, which of them have the same name.
struct Names {
    users: [OneWay; 2],
    groups: [OneWay; 2],
    resources: [OneWay; 2],
}

/// From the slots of one side to those of the other.
struct OneWay {
    /// For each slot, the slot of what has its name on the other side.
    partners: Vec<Option<u32>>,
    /// The slots of the other side that are the partner of none.
    alone: Slots,
}

impl Snapshot {
    /// Exactly who gained and who lost which action between another snapshot and this one, in names: the two may be of different policies and
    /// of different catalogs. It is what a release is asked about a change of its roles: what does it give to whom?
    ///
    /// A user, an action or a target is the same on both sides where its name is, for a resource with that of its kind. What only one side
    /// has counts as gained, or lost, with all that can be done with it. So it is the difference of [`can`](Snapshot::can), by names, on all
    /// users, all actions and all targets of both sides, for actions with several targets on all combinations; an action that has another
    /// number of targets than before is another action. What was renamed is something else: [`diff`](Snapshot::diff) follows handles instead,
    /// within one policy.
    ///
    /// ```
    /// use rolecall::{Catalog, Change, Effect, GrantName, Policy, ScopeName, SubjectName, ThingName, WhatName};
    ///
    /// let release = |permissions: &[&str]| {
    ///     let catalog = Catalog::builder().permission("edit").permission("remove");
    ///     catalog.role("trainer", permissions.iter().copied()).build()
    /// };
    /// let mut policy = Policy::new(release(&["edit"])?);
    /// policy.apply(&[
    ///     Change::Add(ThingName::user("ana")),
    ///     Change::Add(ThingName::user("ben")),
    ///     Change::Add(ThingName::group("europe")),
    ///     Change::Grant(GrantName {
    ///         effect: Effect::Allow,
    ///         subject: SubjectName::User("ana".into()),
    ///         what: WhatName::Role("trainer".into()),
    ///         scope: ScopeName::Underlying("europe".into()),
    ///     }),
    /// ])?;
    ///
    /// // The same facts under the catalog of the next release.
    /// let facts: Vec<Change> = policy.snapshot().changes().collect();
    /// let mut next = Policy::new(release(&["edit", "remove"])?);
    /// next.apply(&facts)?;
    ///
    /// let diff = next.snapshot().diff_by_names(&policy.snapshot());
    /// let texts: Vec<String> = diff.iter().map(|difference| difference.to_string()).collect();
    /// assert_eq!(texts, ["user `ana` gains `remove` on `group:europe`"]);
    ///
    /// // Handles of two policies cannot be compared.
    /// assert!(next.snapshot().diff(&policy.snapshot()).is_err());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Complexity
    ///
    /// Linear in the users, groups and resources of both sides, with the memberships and grants of the users themselves, when it is begun. Then,
    /// for each action that is asked for, what a user holds is gathered once for all who are members of the same groups and have the same
    /// grants of their own, and `where_can` is worked out on both sides once for all who hold the same scopes; who holds something over
    /// `oneself` stands alone. For an action with several targets the targets are sorted, for each such user, into classes by what the
    /// formula's atoms say of them on both sides, and classes after which the same is left of the formula are gone on with together.
    #[must_use]
    pub fn diff_by_names(&self, before: &Snapshot) -> NamedDiff {
        let states = [before, self].map(state);
        let names = Names::of(states);
        let mut actions: BTreeMap<&str, Pair<u32>> = BTreeMap::new();
        for (side, snapshot) in [before, self].into_iter().enumerate() {
            for action in snapshot.catalog().actions() {
                let name = snapshot.catalog().action_name(action).unwrap_or_default();
                let pair = actions.entry(name).or_default();
                if let Some(place) = pair.get_mut(side) {
                    *place = Some(action.index);
                }
            }
        }
        let actions = actions.into_iter();
        let actions: Vec<_> = actions
            .map(|(name, pair)| (name.to_owned(), pair))
            .collect();
        NamedDiff {
            classes: classes(states, &names),
            names,
            parts: actions.iter().map(|_| OnceLock::new()).collect(),
            actions,
            before: before.clone(),
            now: self.clone(),
        }
    }
}

impl NamedDiff {
    /// The earlier snapshot.
    #[must_use]
    pub fn before(&self) -> &Snapshot {
        &self.before
    }

    /// The later snapshot.
    #[must_use]
    pub fn now(&self) -> &Snapshot {
        &self.now
    }

    /// Whether every answer is the same on both sides. It stops at the first action of which one is not.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.each().all(|(_, parts)| parts.is_empty())
    }

    /// How many answers have become yes and how many have become no. Numbers too large to count stay at the largest there is.
    #[must_use]
    pub fn totals(&self) -> (u64, u64) {
        let parts = self.each().flat_map(|(_, parts)| parts);
        parts.fold((0, 0), |(gained, lost): (u64, u64), part| {
            let facts = self.facts(part.turn);
            let users = number(part.users.len(facts.users.len()));
            let size = users.saturating_mul(size(part, facts));
            match part.turn {
                Turn::Gained => (gained.saturating_add(size), lost),
                Turn::Lost => (gained, lost.saturating_add(size)),
            }
        })
    }

    /// Every answer that differs, each once, by the names of the actions; the same order each time.
    ///
    /// It is worked out on the way: whoever takes only the first pays for the actions up to there.
    pub fn iter(&self) -> impl Iterator<Item = NamedDifference> + '_ {
        self.each().flat_map(move |(action, parts)| {
            parts.iter().flat_map(move |part| {
                let facts = self.facts(part.turn);
                let users = Sort::Users.members_from(facts, &part.users, 0);
                let users = users.filter_map(|slot| facts.user_at(slot));
                users.flat_map(move |user| {
                    combinations(&part.targets, facts).map(move |targets| NamedDifference {
                        user: facts.user_name(user),
                        action: action.to_owned(),
                        targets: targets.iter().map(|it| facts.target_name(*it)).collect(),
                        turn: part.turn,
                    })
                })
            })
        })
    }

    /// The parts of each action.
    fn each(&self) -> impl Iterator<Item = (&str, &[Part])> {
        let actions = self.actions.iter().zip(&self.parts);
        actions.map(|((name, pair), parts)| {
            let parts = parts.get_or_init(|| self.compare(*pair));
            (name.as_str(), parts.as_slice())
        })
    }

    /// The state in which the answer is yes.
    fn facts(&self, turn: Turn) -> &Facts {
        match turn {
            Turn::Gained => self.now.facts(),
            Turn::Lost => self.before.facts(),
        }
    }

    fn compare(&self, [before, now]: Pair<u32>) -> Vec<Part> {
        let states = [&self.before, &self.now].map(state);
        let [one, two] = states;
        let targets = |state: State<'_>, action: Option<u32>| {
            let of = state.facts.catalog.formulas().action(action?)?;
            Some(of.targets)
        };
        let counts = [targets(one, before), targets(two, now)];
        let mut parts = Vec::new();
        match counts {
            [Some(earlier), Some(later)] if earlier == later => {
                Comparison::new(self, states, [before, now], later).compare(&mut parts);
            }
            [earlier, later] => {
                if let Some(targets) = earlier {
                    Comparison::new(self, states, [before, None], targets).compare(&mut parts);
                }
                if let Some(targets) = later {
                    Comparison::new(self, states, [None, now], targets).compare(&mut parts);
                }
            }
        }
        parts
    }
}

/// Compares one action, of the same number of targets on both sides, or on one side with nothing.
struct Comparison<'a> {
    of: &'a NamedDiff,
    sides: [Side<'a>; 2],
    positions: usize,
}

/// The action on one side.
struct Side<'a> {
    state: State<'a>,
    action: Option<u32>,
    atoms: Vec<(Atom, Spot)>,
    permissions: Vec<u32>,
}

/// Targets at one position of which the same is true on both sides.
struct Kin {
    extent: Extent,
    /// What is true of them on this side.
    truths: Vec<Atom>,
    /// What is true of those of the same names on the other side, if there are such.
    partners: Option<Vec<Atom>>,
}

impl<'a> Comparison<'a> {
    fn new(of: &'a NamedDiff, states: [State<'a>; 2], actions: Pair<u32>, targets: usize) -> Self {
        let side = |state: State<'a>, action: Option<u32>| {
            let catalog = &state.facts.catalog;
            let atoms = action.map_or_else(Vec::new, |action| atoms_of(catalog, action));
            Side {
                state,
                action,
                permissions: permissions_of(atoms.iter().map(|(atom, _)| *atom)),
                atoms,
            }
        };
        let ([one, two], [before, now]) = (states, actions);
        Comparison {
            of,
            sides: [side(one, before), side(two, now)],
            positions: targets,
        }
    }

    fn compare(&self, parts: &mut Vec<Part>) {
        for alike in self.alike() {
            let Some(first) = alike.first().copied() else {
                continue;
            };
            let users = slots_of(&alike);
            if self.positions == 1 {
                self.compare_where(first, &users, parts);
            } else {
                let [one, two] = &self.sides;
                let ([before, now], [earlier, later]) = (first, &users);
                let lost = self.beyond([one, two], [before, now], Turn::Lost);
                let gained = self.beyond([two, one], [now, before], Turn::Gained);
                let of = |users: &Slots, turn, found: Vec<Vec<Vec<Extent>>>| {
                    let users = users.clone();
                    found.into_iter().map(move |targets| Part {
                        turn,
                        users: users.clone(),
                        targets,
                    })
                };
                parts.extend(of(later, Turn::Gained, gained));
                parts.extend(of(earlier, Turn::Lost, lost));
            }
        }
    }

    /// Users who fare alike on each side, together.
    fn alike(&self) -> impl Iterator<Item = Vec<Pair<User>>> + use<> {
        let mut alike: IndexMap<Pair<Holding>, Vec<Pair<User>>> = IndexMap::new();
        for class in &self.of.classes {
            let Some(first) = class.first() else { continue };
            let holdings = self.holdings(*first);
            if holdings.iter().flatten().any(Holding::is_own) {
                for user in class {
                    alike.entry(self.holdings(*user)).or_default().push(*user);
                }
            } else {
                alike.entry(holdings).or_default().extend(class);
            }
        }
        alike.into_values()
    }

    fn holdings(&self, user: Pair<User>) -> Pair<Holding> {
        let ([one, two], [before, now]) = (&self.sides, user);
        let holding = |side: &Side<'_>, user: Option<User>| {
            let user = user.filter(|_| side.action.is_some())?;
            Some(Holding::of(side.state, user, &side.permissions))
        };
        [holding(one, before), holding(two, now)]
    }

    fn compare_where(&self, user: Pair<User>, users: &[Slots; 2], parts: &mut Vec<Part>) {
        let ([one, two], [before, now], [earlier, later]) = (&self.sides, user, users);
        let mut push = |turn: Turn, extent: Extent| {
            let (facts, users) = match turn {
                Turn::Gained => (two.state.facts, later),
                Turn::Lost => (one.state.facts, earlier),
            };
            if extent.len(facts) > 0 {
                parts.push(Part {
                    turn,
                    users: users.clone(),
                    targets: vec![vec![extent]],
                });
            }
        };
        for sort in SORTS {
            let (was, is) = (one.wheres(before, sort), two.wheres(now, sort));
            let [forward, back] = self.of.names.between(sort);
            let gained = is.clone().minus(forward.carried(&was));
            let lost = was.minus(back.carried(&is));
            push(Turn::Gained, Extent::Of(sort, gained));
            push(Turn::Lost, Extent::Of(sort, lost));
        }
        let platform = [Target::Platform];
        match (one.can(before, &platform), two.can(now, &platform)) {
            (false, true) => push(Turn::Gained, Extent::Platform),
            (true, false) => push(Turn::Lost, Extent::Platform),
            _ => {}
        }
    }

    /// The combinations of targets on which the user can on the first side and not on the second, for each position those of each sort.
    fn beyond(&self, sides: [&Side<'_>; 2], user: Pair<User>, turn: Turn) -> Vec<Vec<Vec<Extent>>> {
        let ([mine, theirs], [here, there]) = (sides, user);
        let positions = (0..self.positions).map(|at| self.classes(sides, user, turn, at));
        let positions: Vec<Vec<Kin>> = positions.collect();
        let counts: Vec<usize> = positions.iter().map(Vec::len).collect();
        let [my, their] = [mine, theirs].map(Side::residues);
        let start = [mine.start(here, &my), theirs.start(there, &their)];
        let left = |of: &Option<Residues>, residue: Residue, at: Spot, truths: &[Atom]| {
            of.as_ref().map_or(NO, |of| of.left(residue, at, truths))
        };
        let next = |position: usize, class: usize, [is, was]: [Residue; 2]| {
            let (kin, at) = (positions.get(position)?.get(class)?, Spot::Nth(position));
            let is = left(&my, is, at, &kin.truths);
            let partners = kin.partners.as_deref();
            let was = partners.map_or(NO, |truths| left(&their, was, at, truths));
            (is != NO && !is_yes(was)).then_some([is, was])
        };
        let found = combined(&counts, start, next).into_iter();
        let found = found.filter(|(end, _)| end.map(is_yes) == [true, false]);
        let extents = |(classes, kin): (&Vec<usize>, &Vec<Kin>)| {
            let kin = classes.iter().filter_map(|class| kin.get(*class));
            together(kin.map(|kin| kin.extent.clone()))
        };
        found
            .map(|(_, chosen)| chosen.iter().zip(&positions).map(extents).collect())
            .collect()
    }

    /// The classes of targets of the first side at a position.
    fn classes(
        &self,
        sides: [&Side<'_>; 2],
        user: Pair<User>,
        turn: Turn,
        position: usize,
    ) -> Vec<Kin> {
        let ([mine, theirs], [here, there]) = (sides, user);
        let at = Spot::Nth(position);
        let (my_atoms, their_atoms) = (mine.atoms_at(here, at), theirs.atoms_at(there, at));
        let mut kin = Vec::new();
        for sort in SORTS {
            let ways = self.of.names.between(sort);
            let from_theirs = match (turn, ways) {
                (Turn::Gained, [forward, _]) => forward,
                (Turn::Lost, [_, back]) => back,
            };
            let mut sets = mine.atom_sets(here, sort, &my_atoms);
            let carried = theirs.atom_sets(there, sort, &their_atoms).into_iter();
            sets.extend(carried.map(|set| from_theirs.carried(&set)));
            sets.push(from_theirs.alone.clone());
            for Class { extent, marks } in refine(mine.state.facts, sort, Slots::all(), sets) {
                let (truths, others) = marks.split_at(my_atoms.len().min(marks.len()));
                let is_alone = others.last() == Some(&true);
                kin.push(Kin {
                    extent,
                    truths: true_of(&my_atoms, truths),
                    partners: (!is_alone).then(|| true_of(&their_atoms, others)),
                });
            }
        }
        kin.push(Kin {
            extent: Extent::Platform,
            truths: mine.true_of_platform(here, &my_atoms),
            partners: Some(theirs.true_of_platform(there, &their_atoms)),
        });
        kin
    }
}

impl Side<'_> {
    fn can(&self, user: Option<User>, targets: &[Target]) -> bool {
        let asked = user.zip(self.action);
        asked.is_some_and(|(user, action)| {
            Asker::new(self.state.facts, self.state.index, user).can(action, targets)
        })
    }

    /// Where the user can, among the targets of a sort.
    fn wheres(&self, user: Option<User>, sort: Sort) -> Slots {
        let State { facts, index } = self.state;
        let Some((user, action)) = user.zip(self.action) else {
            return Slots::none();
        };
        let mut wheres = Where::new(facts, index, user, vec![None], sort);
        evaluate(&facts.catalog, action, &mut wheres)
    }

    /// The formula of the action, where there is one.
    fn residues(&self) -> Option<Residues> {
        self.action
            .map(|action| Residues::of(&self.state.facts.catalog, action))
    }

    /// What is left of it for the user once the platform is known.
    fn start(&self, user: Option<User>, residues: &Option<Residues>) -> Residue {
        let (Some(residues), Some(_)) = (residues, user) else {
            return NO;
        };
        let truths = self.true_of_platform(user, &self.atoms_at(user, Spot::Platform));
        residues.left(residues.whole(), Spot::Platform, &truths)
    }

    /// The atoms about one target of the question, where there is a user to ask about.
    fn atoms_at(&self, user: Option<User>, at: Spot) -> Vec<Atom> {
        let atoms = self
            .atoms
            .iter()
            .filter(|(_, spot)| user.is_some() && *spot == at);
        atoms.map(|(atom, _)| *atom).collect()
    }

    /// Those of some atoms that are true of the platform.
    fn true_of_platform(&self, user: Option<User>, atoms: &[Atom]) -> Vec<Atom> {
        let State { facts, index } = self.state;
        let Some(user) = user else { return Vec::new() };
        let platform = vec![Some(Target::Platform)];
        let mut known = Where::new(facts, index, user, platform, Sort::Users);
        let mut is_true = |atom: &&Atom| atom.of(&mut known, Spot::Nth(0)).is_all();
        atoms.iter().filter(|atom| is_true(atom)).copied().collect()
    }

    /// For each of the atoms, of which targets of a sort it is true.
    fn atom_sets(&self, user: Option<User>, sort: Sort, atoms: &[Atom]) -> Vec<Slots> {
        let State { facts, index } = self.state;
        let Some(user) = user else { return Vec::new() };
        let mut wheres = Where::new(facts, index, user, vec![None], sort);
        let sets = atoms.iter().map(|atom| atom.of(&mut wheres, Spot::Nth(0)));
        sets.collect()
    }
}

impl Names {
    fn of(states: [State<'_>; 2]) -> Names {
        let [before, now] = states.map(|state| state.facts);
        let both = |sort: Sort, find: fn(&Facts, &Facts, u32) -> Option<u32>| {
            let forward = OneWay::new(sort, before, now, |slot| find(before, now, slot));
            let back = OneWay::new(sort, now, before, |slot| find(now, before, slot));
            [forward, back]
        };
        Names {
            users: both(Sort::Users, |from, to, slot| {
                let name = from.users.name(slot)?;
                to.find_user(name).map(|user| user.index)
            }),
            groups: both(Sort::Groups, |from, to, slot| {
                let name = from.groups.name(slot)?;
                to.find_group(name).map(|group| group.index)
            }),
            resources: both(Sort::Resources, |from, to, slot| {
                let name = from.resources.name(slot)?;
                let kind = from.catalog.kind_at(from.kind(slot)?);
                let kind = to.catalog.kind(from.catalog.kind_name(kind)?).ok()?;
                to.find_resource(kind, name).map(|resource| resource.index)
            }),
        }
    }

    /// Forward and back.
    fn between(&self, sort: Sort) -> &[OneWay; 2] {
        match sort {
            Sort::Users => &self.users,
            Sort::Groups => &self.groups,
            Sort::Kind(_) | Sort::Resources => &self.resources,
        }
    }
}

impl OneWay {
    fn new(sort: Sort, from: &Facts, to: &Facts, find: impl Fn(u32) -> Option<u32>) -> OneWay {
        let mut partners = vec![None; sort.slots(from)];
        for slot in sort.slots_from(from, 0) {
            if let Some(partner) = partners.get_mut(slot as usize) {
                *partner = find(slot);
            }
        }
        let mut found = vec![false; sort.slots(to)];
        for partner in partners.iter().flatten() {
            if let Some(found) = found.get_mut(*partner as usize) {
                *found = true;
            }
        }
        let is_alone = |slot: &u32| !found.get(*slot as usize).copied().unwrap_or_default();
        OneWay {
            alone: Slots::of(sort.slots_from(to, 0).filter(is_alone)),
            partners,
        }
    }

    fn partner(&self, slot: u32) -> Option<u32> {
        self.partners.get(slot as usize).copied().flatten()
    }

    /// The slots of the other side whose partners are in the set.
    fn carried(&self, set: &Slots) -> Slots {
        let partners = set.spelled().filter_map(|slot| self.partner(slot));
        let partners = Slots::of(partners);
        if set.is_inverted() {
            partners.union(self.alone.clone()).inverse()
        } else {
            partners
        }
    }
}

/// All that decides what a user is held as and holds by themselves: the groups they are members of, and their own grants.
type Profile = (Vec<u32>, Vec<(Effect, What, Scope)>);

/// The users of both sides, those together who have the same profile on each.
fn classes(states: [State<'_>; 2], names: &Names) -> Vec<Vec<Pair<User>>> {
    let [before, now] = states.map(|state| state.facts);
    let mut known: [IndexMap<Profile, ()>; 2] = Default::default();
    let [earlier, later] = &mut known;
    let [forward, back] = &names.users;
    let mut classes: IndexMap<Pair<usize>, Vec<Pair<User>>> = IndexMap::new();
    for user in now.all_users() {
        let partner = back.partner(user.index);
        let partner = partner.and_then(|slot| before.user_at(slot));
        let was = partner.map(|user| profile(before, user, earlier));
        let is = profile(now, user, later);
        let pair = [partner, Some(user)];
        classes.entry([was, Some(is)]).or_default().push(pair);
    }
    for user in before.all_users() {
        if forward.partner(user.index).is_none() {
            let was = profile(before, user, earlier);
            let pair = [Some(user), None];
            classes.entry([Some(was), None]).or_default().push(pair);
        }
    }
    classes.into_values().collect()
}

/// The number of the user's profile.
fn profile(facts: &Facts, user: User, known: &mut IndexMap<Profile, ()>) -> usize {
    let groups = facts.group_indices(user).each().collect();
    let own = facts.grants_to(user.into());
    let own = own.map(|grant| (grant.effect, grant.what, grant.scope));
    known.insert_full((groups, own.collect()), ()).0
}

/// The two revisions; the difference itself may be long.
impl fmt::Debug for NamedDiff {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NamedDiff")
            .field("before", &self.before.revision())
            .field("now", &self.now.revision())
            .finish_non_exhaustive()
    }
}
