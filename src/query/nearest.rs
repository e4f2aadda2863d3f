//! `nearest_changes` and `revoke_plans`: the smallest edits that would turn an answer round.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::Arc;

use crate::error::AskError;
use crate::facts::births::Births;
use crate::facts::change::Change;
use crate::facts::draft::{Draft, Drafted, Step};
use crate::facts::grant::{Effect, Grant, Scope, What};
use crate::facts::walk::Whereabouts;
use crate::facts::{Fact, Facts};
use crate::graph;
use crate::id::{Action, Group, Place, Subject, Target, TargetList, Targets, User};
use crate::index::Delta;
use crate::query::able::tried;
use crate::query::explain::judge::rulings;
use crate::query::explain::{Atom, Form, Part, Proofs, Reason, Ruling, Shape, Source};
use crate::query::reverse::down::Sort;
use crate::query::reverse::wheres::Where;
use crate::snapshot::Snapshot;

/// The most ways to make one part of a formula true that are followed up.
const MOST_WAYS: usize = 256;

/// The most sets of facts that are tried for revoke plans.
const MOST_TRIED: usize = 20_000;

/// The largest set of changes of which every part is tried out.
const MOST_SPARED: usize = 6;

/// A set of changes, each a fact recorded (true) or taken out.
type Toggles = BTreeMap<Fact, bool>;

/// A set of changes that was tried out: it commits, and turns the answer round, and no part of it would do.
#[derive(Clone, Debug)]
pub struct Plan {
    snapshot: Snapshot,
    changes: Vec<Change>,
    entries: usize,
    drafted: Arc<Drafted>,
}

impl Plan {
    /// The changes; [`Policy::apply`](crate::Policy::apply) takes them.
    #[must_use]
    pub fn changes(&self) -> &[Change] {
        &self.changes
    }

    /// How many (permission, scope) entries someone would newly hold; a lifted deny counts those it gives free.
    #[must_use]
    pub fn entries_gained(&self) -> usize {
        self.entries
    }

    /// The snapshot that the changes would lead to: what else they give and take is its difference from the one that was asked.
    ///
    /// # Complexity
    ///
    /// That of a commit.
    #[must_use]
    pub fn preview(&self) -> Snapshot {
        let Drafted {
            before, after, log, ..
        } = &*self.drafted;
        let index = self.snapshot.index().apply(&Delta {
            before,
            facts: after,
            log,
        });
        Snapshot::new(after.clone(), index, self.snapshot.revision() + 1)
    }
}

impl Snapshot {
    /// The smallest sets of changes that would make the answer yes, at most `limit` of them; none where it is yes already.
    ///
    /// The changes are of these sorts: the asker joins a group, a target joins a group, a resource is placed, a label or a recorded fact is
    /// set, the asker is granted a permission just where it is missing, a deny is lifted. Each set was tried out: it commits under the
    /// rules and makes the answer yes, and no part of it does. They come in the order of their size, then of how many (permission,
    /// scope) entries anyone would newly hold: joining a group that brings forty rights comes after a grant that brings one.
    ///
    /// ```
    /// # use rolecall::{Catalog, Grant, Policy, Scope};
    /// # let catalog = Catalog::builder().permission("read").permission("edit").build()?;
    /// # let (read, edit_it) = (catalog.permission("read")?, catalog.permission("edit")?);
    /// # let mut policy = Policy::new(catalog);
    /// # let mut edit = policy.edit_unguarded();
    /// # let (ana, staff) = (edit.add_user("ana")?, edit.add_group("staff")?);
    /// # edit.grant_all(Grant::permission(read).to(staff).on_each([Scope::this(staff), Scope::Oneself]))?;
    /// # edit.commit()?;
    /// let nearest = policy.snapshot().nearest_changes(ana, read, staff, 3)?;
    /// let changes: Vec<String> = nearest.iter().map(|turn| turn.changes()[0].to_string()).collect();
    /// assert_eq!(changes, [
    ///     "grant: allow permission `read` to user `ana` on this group `staff`",
    ///     "add user `ana` to group `staff`",
    /// ]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`AskError`] for a handle that does not resolve in this snapshot and for a wrong number of targets.
    ///
    /// # Complexity
    ///
    /// Each candidate is tried out on the facts, as an edit would be. Of a part with very many ways to become true, the 256 smallest are
    /// followed up.
    pub fn nearest_changes(
        &self,
        user: User,
        action: impl Into<Action>,
        targets: impl TargetList,
        limit: usize,
    ) -> Result<Vec<Plan>, AskError> {
        let action = action.into();
        targets.with(|targets| {
            self.check_question(user, action, targets)?;
            Ok(Search {
                snapshot: self,
                facts: self.facts(),
                user,
                action: action.index,
                targets,
            }
            .nearest(limit))
        })
    }

    /// The smallest sets of recorded facts whose removal makes the answer no, at most `limit` of them; none where it is no already.
    ///
    /// The facts are memberships, sub-group edges, placements, labels, grants, and the permissions and includes of run-time roles. Each set
    /// was tried out: its removal commits under the rules and makes the answer no, and no part of it does. They come in the order of
    /// their size, then of the facts. What others would lose is the difference of [`Plan::preview`] from this snapshot.
    ///
    /// ```
    /// # use rolecall::{Catalog, Grant, Policy, Scope};
    /// # let catalog = Catalog::builder().permission("read").build()?;
    /// # let read = catalog.permission("read")?;
    /// # let mut policy = Policy::new(catalog);
    /// # let mut edit = policy.edit_unguarded();
    /// # let (ana, staff) = (edit.add_user("ana")?, edit.add_group("staff")?);
    /// # edit.add_member(ana, staff)?;
    /// # edit.grant(Grant::permission(read).to(staff).on(Scope::Platform))?;
    /// # edit.commit()?;
    /// let plans = policy.snapshot().revoke_plans(ana, read, staff, 9)?;
    /// let changes: Vec<String> = plans.iter().map(|turn| turn.changes()[0].to_string()).collect();
    /// assert_eq!(changes, [
    ///     "remove user `ana` from group `staff`",
    ///     "revoke: allow permission `read` to group `staff` on the platform",
    /// ]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`AskError`] for a handle that does not resolve in this snapshot and for a wrong number of targets.
    ///
    /// # Complexity
    ///
    /// A set is tried out for each way to hit every proof found so far; after 20,000 tries the plans found by then are returned.
    pub fn revoke_plans(
        &self,
        user: User,
        action: impl Into<Action>,
        targets: impl TargetList,
        limit: usize,
    ) -> Result<Vec<Plan>, AskError> {
        let action = action.into();
        targets.with(|targets| {
            self.check_question(user, action, targets)?;
            Ok(Search {
                snapshot: self,
                facts: self.facts(),
                user,
                action: action.index,
                targets,
            }
            .plans(limit))
        })
    }
}

struct Search<'a> {
    snapshot: &'a Snapshot,
    facts: &'a Facts,
    user: User,
    action: u32,
    targets: &'a [Target],
}

impl Search<'_> {
    fn nearest(&self, limit: usize) -> Vec<Plan> {
        let now = rulings(self.facts, None, self.user, self.action, self.targets);
        // For each ruling the ways to make it yes; those it refers to come before it.
        let mut ways: Vec<Vec<Toggles>> = Vec::with_capacity(now.len());
        for ruling in &now {
            let found = self.ways_of_ruling(ruling, &ways);
            ways.push(found);
        }
        let mut candidates = ways.pop().unwrap_or_default();
        candidates.retain(|candidate| !candidate.is_empty());
        let mut ranked: Vec<(usize, usize, Toggles)> = candidates
            .into_iter()
            .map(|candidate| (candidate.len(), self.entries(&candidate), candidate))
            .collect();
        ranked.sort();
        let mut found: Vec<(Toggles, Plan)> = Vec::new();
        for (_, entries, candidate) in ranked {
            if found.len() == limit {
                break;
            }
            let contains = |smaller: &Toggles| {
                smaller
                    .iter()
                    .all(|(fact, to)| candidate.get(fact) == Some(to))
            };
            if found.iter().any(|(smaller, _)| contains(smaller)) {
                continue;
            }
            let Some(drafted) = self.try_out(&candidate, true) else {
                continue;
            };
            if self.can_spare(&candidate, true) {
                continue;
            }
            let turn = self.turn(&candidate, entries, drafted);
            found.push((candidate, turn));
        }
        found.into_iter().map(|(_, turn)| turn).collect()
    }

    fn turn(&self, toggles: &Toggles, entries: usize, drafted: Drafted) -> Plan {
        let changes = toggles.iter().filter_map(|(fact, present)| {
            let change = self.facts.describe(fact);
            if *present {
                Some(change)
            } else {
                change.inverse()
            }
        });
        Plan {
            snapshot: self.snapshot.clone(),
            changes: changes.collect(),
            entries,
            drafted: Arc::new(drafted),
        }
    }

    /// What the changes lead to, if they commit and make the answer this.
    fn try_out(&self, toggles: &Toggles, wanted: bool) -> Option<Drafted> {
        let mut draft = Draft::new(
            Arc::clone(self.snapshot.shared_facts()),
            Arc::new(Births::none()),
            self.snapshot.shared_index(),
        );
        for (fact, present) in toggles {
            draft.take(Step::Set(*fact, *present)).ok()?;
        }
        let drafted = tried(self.snapshot, draft)?;
        (self.answer(&drafted.after) == wanted).then_some(drafted)
    }

    fn answer(&self, facts: &Facts) -> bool {
        rulings(facts, None, self.user, self.action, self.targets)
            .last()
            .is_some_and(|ruling| ruling.allowed)
    }

    /// Whether a part of the changes would do. Of sets past [`MOST_SPARED`] only the parts that lack one change are looked at.
    fn can_spare(&self, toggles: &Toggles, wanted: bool) -> bool {
        toggles.len() > 1
            && toggles.keys().any(|spared| {
                let mut fewer = toggles.clone();
                fewer.remove(spared);
                let would_do = self.try_out(&fewer, wanted).is_some();
                would_do || (fewer.len() < MOST_SPARED && self.can_spare(&fewer, wanted))
            })
    }

    // ---- Ways to a yes ----

    fn ways_of_ruling(&self, ruling: &Ruling, referred: &[Vec<Toggles>]) -> Vec<Toggles> {
        if ruling.allowed {
            return vec![Toggles::new()];
        }
        let lifted = match &ruling.blocked {
            Some(Reason::NotActive { denies } | Reason::Denied { denies }) => lifts(denies),
            _ => Toggles::new(),
        };
        let mut ways = self.ways(&ruling.formula, referred);
        ways.iter_mut()
            .for_each(|way| way.extend(lifted.iter().map(|(fact, to)| (*fact, *to))));
        fewest(ways)
    }

    /// The sets of changes that make a part true.
    fn ways(&self, part: &Part, referred: &[Vec<Toggles>]) -> Vec<Toggles> {
        if part.is_true {
            return vec![Toggles::new()];
        }
        match &part.shape {
            Shape::Atom(atom) => fewest(self.ways_of_atom(part.about, atom)),
            Shape::Marked { label, .. } => {
                let mark = part
                    .about
                    .place()
                    .map(|place| Fact::Labelled(place, *label));
                mark.map(|mark| Toggles::from([(mark, true)]))
                    .into_iter()
                    .collect()
            }
            Shape::Allows { ruling, .. } => referred.get(*ruling).cloned().unwrap_or_default(),
            Shape::Any(parts) => fewest(
                parts
                    .iter()
                    .flat_map(|part| self.ways(part, referred))
                    .collect(),
            ),
            Shape::On(_, part) => self.ways(part, referred),
            Shape::All(_) | Shape::With(..) => {
                let mut together = vec![Toggles::new()];
                for part in part.parts() {
                    let more = self.ways(part, referred);
                    let joined = together.iter().flat_map(|way| {
                        more.iter().map(|other| {
                            let both = way.iter().chain(other);
                            both.map(|(fact, to)| (*fact, *to)).collect::<Toggles>()
                        })
                    });
                    together = fewest(joined.collect());
                }
                together
            }
        }
    }

    fn ways_of_atom(&self, about: Target, atom: &Atom) -> Vec<Toggles> {
        let (facts, permission) = (self.facts, atom.permission.index);
        let mut ways = Vec::new();
        let mut places = vec![about];
        if let Form::Above(sort) = atom.form {
            places = facts
                .at(about)
                .into_iter()
                .filter(|place| facts.is_of_kind(*place, sort.into()))
                .map(Target::from)
                .collect();
            // Something that is at no such place can be put where the permission is held.
            let sort = match sort {
                Targets::Users => Sort::Users,
                Targets::Groups => Sort::Groups,
                Targets::Of(kind) => Sort::Kind(kind.index),
            };
            let wheres = Where::new(facts, self.snapshot.index(), self.user, Vec::new(), sort);
            for place in wheres.allowed_places(permission, MOST_WAYS) {
                let place = Target::from(place);
                ways.extend(self.put(about, place, &self.lifts_at(permission, place)));
            }
        }
        if atom.form == Form::Within {
            let below = |place: Place| {
                let spot = facts.whereabouts(Target::from(place));
                about
                    .place()
                    .is_none_or(|about| facts.is_under(&spot, about))
            };
            // Where it is held but denied, below the target.
            if let Some(Reason::Denied { .. }) = &atom.reason {
                let held = self.held(permission, Effect::Allow);
                let held = held.filter_map(|(grant, _)| grant.scope.named());
                places.extend(held.filter(|place| below(*place)).map(Target::from));
            }
            // Groups that hold it at a place below the target.
            for grant in self.giving(permission) {
                if let (Subject::Group(group), Some(place)) = (grant.subject, grant.scope.named())
                    && below(place)
                {
                    let lifted = self.lifts_at(permission, place.into());
                    let joining = graph::reach([group], |group| facts.children(group));
                    ways.extend(joining.into_iter().take(MOST_WAYS).map(|group| {
                        let mut way = lifted.clone();
                        way.insert(Fact::Member(self.user, group), true);
                        way
                    }));
                }
            }
        }
        for place in places {
            ways.extend(self.ways_at(permission, place));
        }
        ways
    }

    /// The sets of changes that make the asker hold the permission at the place.
    fn ways_at(&self, permission: u32, place: Target) -> Vec<Toggles> {
        let facts = self.facts;
        let spot = facts.whereabouts(place);
        let lifted = self.lifts_at(permission, place);
        let with = |fact: Fact| {
            let mut way = lifted.clone();
            way.insert(fact, true);
            way
        };
        let held_here = self
            .held(permission, Effect::Allow)
            .any(|(grant, _)| facts.covers(grant.scope, self.user, &spot));
        if held_here {
            return vec![lifted];
        }
        let mut ways = Vec::new();
        let scope = place.place().map_or(Scope::Platform, Scope::This);
        let what = What::Permission(facts.catalog.permission_at(permission));
        let granted = Grant {
            subject: Subject::User(self.user),
            what,
            scope,
            effect: Effect::Allow,
        };
        ways.push(with(Fact::Grant(granted)));
        // Groups that hold it here, and those below: one of these may hold what other parts of the formula need as well.
        let holding = self.groups_holding(permission, &spot);
        let below = graph::reach(holding, |group| facts.children(group));
        for group in below.into_iter().take(MOST_WAYS) {
            ways.push(with(Fact::Member(self.user, group)));
        }
        // Scopes where it is held already, which could cover the place.
        for (grant, _) in self.held(permission, Effect::Allow) {
            match grant.scope {
                Scope::This(to) => ways.extend(self.put(place, to.into(), &lifted)),
                Scope::Underlying(group) => ways.extend(self.put(place, group.into(), &lifted)),
                Scope::Oneself => ways.extend(self.put(place, self.user.into(), &lifted)),
                Scope::Labelled(label, bound) => {
                    let bounded = |spot: &Whereabouts| {
                        bound.is_none_or(|group| facts.is_under(spot, Place::Group(group)))
                    };
                    if let Some(itself) = place.place()
                        && bounded(&spot)
                    {
                        ways.push(with(Fact::Labelled(itself, label)));
                    }
                    let carriers = facts.carriers(label).take(MOST_WAYS);
                    for carrier in carriers
                        .filter(|carrier| bounded(&facts.whereabouts(Target::from(*carrier))))
                    {
                        ways.extend(self.put(place, carrier.into(), &lifted));
                    }
                }
                Scope::Platform => {}
            }
        }
        ways
    }

    /// The change that puts the target into a place, where such a thing can be put there.
    fn put(&self, target: Target, place: Target, lifted: &Toggles) -> Option<Toggles> {
        let fact = match (target, place.place()?) {
            (Target::Resource(resource), place) => Fact::Placed(resource, place),
            (Target::User(user), Place::Group(group)) => Fact::Member(user, group),
            _ => return None,
        };
        let mut way = lifted.clone();
        way.insert(fact, true);
        Some(way)
    }

    /// The denies that take the permission from the asker at the place, lifted.
    fn lifts_at(&self, permission: u32, place: Target) -> Toggles {
        let spot = self.facts.whereabouts(place);
        let denies = self.held(permission, Effect::Deny);
        let here = denies.filter(|(grant, _)| self.facts.covers(grant.scope, self.user, &spot));
        here.map(|(grant, _)| (Fact::Grant(grant), false)).collect()
    }

    /// The grants of the permission that the asker holds, with the subject each is recorded on.
    fn held(&self, permission: u32, effect: Effect) -> impl Iterator<Item = (Grant, Subject)> + '_ {
        let groups = self
            .facts
            .held_groups(self.user)
            .into_iter()
            .map(Subject::Group);
        let subjects = [Subject::User(self.user), Subject::Everyone]
            .into_iter()
            .chain(groups);
        let grants = subjects.flat_map(|subject| {
            self.facts
                .grants_to(subject)
                .map(move |grant| (grant, subject))
        });
        grants.filter(move |(grant, _)| {
            grant.effect == effect && self.facts.book().gives(grant.what, permission)
        })
    }

    /// The allows that give the permission, whoever has them.
    fn giving(&self, permission: u32) -> impl Iterator<Item = Grant> + '_ {
        let facts = self.facts;
        let roles = facts
            .catalog
            .roles()
            .chain(facts.run_time_roles())
            .map(What::Role);
        let giving = roles.filter(move |what| facts.book().gives(*what, permission));
        let whats = giving.chain([What::Permission(facts.catalog.permission_at(permission))]);
        let grants = whats.flat_map(|what| facts.grants_of(what));
        grants.filter(|grant| grant.effect == Effect::Allow)
    }

    /// The groups with an allow of the permission that covers what sits there.
    fn groups_holding(&self, permission: u32, spot: &Whereabouts) -> BTreeSet<Group> {
        let here = self
            .giving(permission)
            .filter(|grant| self.facts.covers(grant.scope, self.user, spot));
        let groups = here.filter_map(|grant| match grant.subject {
            Subject::Group(group) => Some(group),
            Subject::User(_) | Subject::Everyone => None,
        });
        groups.collect()
    }

    /// How many (permission, scope) entries someone would newly hold.
    fn entries(&self, toggles: &Toggles) -> usize {
        let facts = self.facts;
        let mut gained: HashSet<(User, u32, Scope)> = HashSet::new();
        for (fact, present) in toggles {
            match *fact {
                Fact::Grant(grant) if *present => {
                    let permissions = self.permissions(grant.what);
                    let entry = |permission| (self.user, permission, grant.scope);
                    gained.extend(permissions.into_iter().map(entry));
                }
                Fact::Grant(deny) => {
                    for user in facts.users_held_as(deny.subject) {
                        let entries = self
                            .entries_of(facts.held_groups(user), Some(user))
                            .into_iter();
                        let freed = entries
                            .filter(|(permission, _)| facts.book().gives(deny.what, *permission));
                        gained.extend(freed.map(|(permission, scope)| (user, permission, scope)));
                    }
                }
                Fact::Member(user, group) => {
                    let held = self.entries_of(facts.held_groups(user), Some(user));
                    let new = self.entries_of(facts.above(group), None);
                    gained.extend(
                        new.difference(&held)
                            .map(|(permission, scope)| (user, *permission, *scope)),
                    );
                }
                _ => {}
            }
        }
        gained.len()
    }

    /// The (permission, scope) entries that the groups and the user, with everyone, hold.
    fn entries_of(&self, groups: Vec<Group>, user: Option<User>) -> HashSet<(u32, Scope)> {
        let subjects = groups
            .into_iter()
            .map(Subject::Group)
            .chain([Subject::Everyone])
            .chain(user.map(Subject::User));
        let allows = subjects
            .flat_map(|subject| self.facts.grants_to(subject))
            .filter(|grant| grant.effect == Effect::Allow);
        allows
            .flat_map(|grant| {
                self.permissions(grant.what)
                    .into_iter()
                    .map(move |permission| (permission, grant.scope))
            })
            .collect()
    }

    fn permissions(&self, what: What) -> Vec<u32> {
        match what {
            What::Permission(permission) => vec![permission.index],
            What::Role(role) => self.facts.book().permissions(role).collect(),
            What::Everything => Vec::new(),
        }
    }

    // ---- Ways to a no ----

    /// Sets that hit every proof, the smallest first: each set that still leaves a proof grows by each of that proof's facts.
    fn plans(&self, limit: usize) -> Vec<Plan> {
        let mut found: Vec<(BTreeSet<Fact>, Plan)> = Vec::new();
        let mut tried: HashSet<BTreeSet<Fact>> = HashSet::new();
        let mut level: BTreeSet<BTreeSet<Fact>> = BTreeSet::from([BTreeSet::new()]);
        if !self.answer(self.facts) {
            return Vec::new();
        }
        while !level.is_empty() && found.len() < limit && tried.len() < MOST_TRIED {
            let mut next = BTreeSet::new();
            for removed in level {
                if found.len() >= limit || !tried.insert(removed.clone()) {
                    continue;
                }
                if found.iter().any(|(smaller, _)| smaller.is_subset(&removed)) {
                    continue;
                }
                let mut without = self.facts.clone();
                for fact in &removed {
                    without.set(fact, false);
                }
                without.refresh_book();
                let left = rulings(&without, None, self.user, self.action, self.targets);
                if let Some(proof) = Proofs::new(&without, self.user, &left).next() {
                    next.extend(proof.into_iter().map(|fact| {
                        let mut more = removed.clone();
                        more.insert(fact);
                        more
                    }));
                    continue;
                }
                let toggles: Toggles = removed.iter().map(|fact| (*fact, false)).collect();
                if let Some(drafted) = self.try_out(&toggles, false)
                    && !self.can_spare(&toggles, false)
                {
                    let entries = self.entries(&Toggles::new());
                    let turn = self.turn(&toggles, entries, drafted);
                    found.push((removed, turn));
                }
            }
            level = next;
        }
        found.into_iter().map(|(_, turn)| turn).collect()
    }
}

/// The denies, lifted.
fn lifts(denies: &[Source]) -> Toggles {
    denies
        .iter()
        .map(|source| (Fact::Grant(source.grant), false))
        .collect()
}

/// The smallest of the sets, each once.
fn fewest(mut ways: Vec<Toggles>) -> Vec<Toggles> {
    ways.sort_by(|one, other| one.len().cmp(&other.len()).then_with(|| one.cmp(other)));
    ways.dedup();
    ways.truncate(MOST_WAYS);
    ways
}
