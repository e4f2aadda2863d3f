//! What is derived from the facts, immutable: the questions walk this and not the graph.
//!
//! Every scope of a recorded grant is a *key*, a number ([`keys`]). What a subject holds itself is a *row*: for each permission a cell with the
//! keys where it is allowed ([`cells`]). What a group is allowed with all above is a [`word`] for each permission, in a table ([`reach`]), joined
//! from the words of its parents; what is denied and the permissions past the table are rows that are joined likewise ([`inherited`]). What a
//! user is allowed themselves of one permission is a word too, one look away. The keys that cover what is at a group lie in a [`strip`], joined
//! from its parents' ([`mod@line`]), and a long list of keys has a table ([`mod@list`]).
//! The obvious algorithm is `can` of the oracle: walk up from the asker, walk up from the target, compare each grant. The fast one reads the
//! words of the asker's groups and the strips of the target's, and looks for a key that is in both:
//!
//! * [`holds`] answers most questions at a glance, without a branch for each of up to three groups, and the others of one permission by lists.
//! * [`taken`] tells whether a deny takes what is allowed.
//! * [`simple`] does the same for small formulas.
//! * [`each`] does the same for one asker and many targets, [`every`] for one of each and all permissions.
//! * [`ask`] answers every question, and what the others leave open; [`containers`] serves it where `above` goes up.
//!
//! All that a user holds, from wherever it is kept, is [`held`].
//!
//! A commit touches what the change touches: a membership changes nothing here, a grant the row of its subject and one word of each group
//! below, an edge the words and strips of the groups below it ([`mod@spread`]). These are numbers side by side, so a change of a large group copies memory and
//! counts few references. Who is in many groups has the words and strips of all of them in one piece ([`crowd`]), which follows each of these
//! groups. All of it lives in pages and trees that snapshots share. What groups inherit never grows quadratic: a list that has no room in a word
//! is kept by the group where it came about, those below name that group, and what would grow past a limit is searched from where it does.

pub(crate) mod ask;
mod cells;
pub(crate) mod containers;
mod crowd;
mod denies;
mod each;
mod every;
pub(crate) mod held;
mod holds;
mod inherited;
pub(crate) mod keys;
mod line;
mod list;
mod reach;
pub(crate) mod rows;
pub(crate) mod scoped;
mod simple;
mod spread;
mod strip;
mod taken;
mod word;

use std::collections::BTreeSet;

use smallvec::SmallVec;

use crate::facts::draft::Logged;
use crate::facts::grant::{Scope, What};
use crate::facts::{Fact, Facts};
use crate::graph;
use crate::id::{Group, Place, Resource, Subject, Thing, User};
use crate::index::crowd::{Crowd, Member};
use crate::index::denies::{Alone, Denies};
use crate::index::keys::{Keys, Stale};
use crate::index::rows::{EVERYTHING, HolderRows, Row};
use crate::index::scoped::Scoped;
use crate::limit::limit;
use crate::store::Weight;

/// Who or what is in more groups than this has everything that follows from them in one piece.
///
/// Past about eight, one merged row is quicker to read than the words of the groups one by one.
const MANY: usize = limit(8, 3);

/// For how many pairs of a user there is room from the start.
const PAIRS: usize = 64;

/// What an edit changed, for the index.
pub(crate) struct Delta<'a> {
    /// The facts before.
    pub(crate) before: &'a Facts,
    /// The facts as they are now.
    pub(crate) facts: &'a Facts,
    /// What changed to get there.
    pub(crate) log: &'a [Logged],
}

/// Everything derived from the facts of one revision.
#[derive(Clone, Debug, Default)]
pub(crate) struct Index {
    keys: Keys,
    rows: HolderRows,
    scoped: Scoped,
    crowd: Crowd,
    denies: Denies,
    alone: Alone,
}

/// What has to be looked at again.
#[derive(Debug, Default)]
struct Touched {
    released: SmallVec<[Scope; 4]>,
    acquired: SmallVec<[Scope; 4]>,
    /// Some of them more than once.
    subjects: SmallVec<[Subject; 4]>,
    /// Groups, by index, that got or lost parents.
    groups: Vec<u32>,
    /// Groups, by index, that got or lost labels.
    labelled: Vec<u32>,
    /// Who and what is, or was, in many groups and came into some or left some.
    crowded: BTreeSet<Member>,
}

impl Index {
    /// Derives everything anew.
    pub(crate) fn build(facts: &Facts) -> Index {
        let permissions = facts.catalog.permission_count();
        let denies = Denies::new(permissions);
        let mut index = Index {
            rows: HolderRows::new(permissions),
            alone: Alone::new(facts, &denies),
            denies,
            ..Index::default()
        };
        let carriers = facts.catalog.labels();
        let carriers = carriers.flat_map(|label| facts.carriers(label));
        let labelled = carriers.filter_map(Place::group);
        index.touch(
            facts,
            facts,
            Touched {
                released: SmallVec::new(),
                acquired: facts.all_grants().map(|grant| grant.scope).collect(),
                subjects: facts.all_grants().map(|grant| grant.subject).collect(),
                groups: facts.all_groups().map(|group| group.index).collect(),
                labelled: labelled.map(|group| group.index).collect(),
                crowded: Member::all(facts).collect(),
            },
        );
        index
    }

    /// The index of the facts that the delta leads to. It shares with this one whatever the delta does not touch.
    ///
    /// INVARIANT: it answers every question as one built anew; the tests compare the two after every edit.
    pub(crate) fn apply(&self, delta: &Delta<'_>) -> Index {
        let (mut touched, mut roles) = (Touched::default(), Vec::new());
        for logged in delta.log {
            let Logged::Fact(fact, present) = logged else {
                continue;
            };
            match *fact {
                Fact::Grant(grant) => {
                    touched.subjects.push(grant.subject);
                    if *present {
                        &mut touched.acquired
                    } else {
                        &mut touched.released
                    }
                    .push(grant.scope);
                }
                Fact::Parent(child, _) => touched.groups.push(child.index),
                Fact::Labelled(place, _) => {
                    touched
                        .labelled
                        .extend(place.group().map(|group| group.index));
                }
                Fact::Member(User { index, .. }, _) => {
                    touched.crowd(delta, Member::User(index));
                }
                Fact::Placed(Resource { index, .. }, _) => {
                    touched.crowd(delta, Member::Resource(index));
                }
                Fact::Gives(role, _) | Fact::Includes(role, _) => roles.push(role.index),
                Fact::Thing(
                    Thing::Group(_) | Thing::User(_) | Thing::Resource(_) | Thing::Role(_),
                ) => {}
            }
        }
        for facts in [delta.before, delta.facts] {
            touched.subjects.extend(subjects_with(facts, &roles));
        }
        let mut index = self.clone();
        index.touch(delta.before, delta.facts, touched);
        index
    }

    fn touch(&mut self, before: &Facts, facts: &Facts, mut touched: Touched) {
        let mut stale = Stale {
            under: touched.groups.clone(),
            lines: touched.labelled,
            ..Stale::default()
        };
        // An index can have a new tenant: what the old one had goes before what the new one gets.
        touched
            .released
            .into_iter()
            .for_each(|scope| self.keys.release(scope, &mut stale));
        touched
            .acquired
            .into_iter()
            .for_each(|scope| self.keys.acquire(scope, &mut stale));
        let lines = self.keys.refresh(facts, stale);
        let mut stale = touched.groups;
        let (nothing, mut turned) = (Row::default(), false);
        // Of two tenants of an index the former goes first.
        touched.subjects.sort_unstable();
        touched.subjects.dedup();
        for subject in touched.subjects {
            let old = self.rows.own(subject).map_or(&nothing, |row| row);
            let new = Row::of(facts, &self.keys, subject);
            turned |= self.denies.follow(old, &new);
            self.scoped.follow(&mut self.keys, subject, old, &new);
            self.rows.set_own(subject, new);
            if let Subject::Group(group) = subject {
                stale.push(group.index);
            }
        }
        if turned {
            self.alone = Alone::new(facts, &self.denies);
        }
        let rows = self.rows.refresh(facts, &stale);
        for member in &touched.crowded {
            self.crowd.follow(*member, before, facts);
        }
        let mut crowded = touched.crowded;
        crowded.extend(self.crowd.within(lines.iter().chain(&rows)));
        for member in crowded {
            let groups = member.groups(facts);
            self.keys.refresh_crowded(member, &groups);
            if let Member::User(user) = member {
                self.rows.refresh_crowded(user, &groups);
            }
        }
    }

    /// How much is denied anywhere.
    pub(crate) fn denies(&self) -> &Denies {
        &self.denies
    }

    /// The (permission, key) pairs of all allows that the user holds, in order and each once.
    pub(crate) fn held_pairs(&self, facts: &Facts, user: User) -> Vec<(u32, u32)> {
        let mut pairs: Vec<(u32, u32)> = Vec::with_capacity(PAIRS);
        // Permissions come in order, and the keys of one permission too where they come from one place.
        let (mut last, mut start) = (None, 0);
        let told = self.rows.each_allowed(facts, user, |permission, keys| {
            let again = last == Some(permission);
            if !again {
                (last, start) = (Some(permission), pairs.len());
            }
            pairs.extend(keys.iter().map(|key| (permission, *key)));
            if again {
                let keys = pairs.get_mut(start..).unwrap_or_default();
                keys.sort_unstable_by_key(|(_, key)| *key);
            }
        });
        if told.is_none() {
            pairs.clear();
            let held = self.rows.held_by(facts, user);
            held.each_allowed(|permission, keys| {
                pairs.extend(keys.iter().map(|key| (permission, *key)));
            });
            pairs.sort_unstable();
        }
        pairs.dedup();
        pairs
    }

    /// Whether the user may hold, or be denied, one of the permissions anywhere.
    pub(crate) fn may_hold(&self, facts: &Facts, user: User, permissions: Permissions) -> bool {
        self.rows.held_by(facts, user).may_have(permissions.0)
    }

    /// Whether a grant to the subject may give or take one of the permissions.
    pub(crate) fn concerns(&self, subject: Subject, permissions: Permissions) -> bool {
        let own = self.rows.own(subject);
        own.is_some_and(|row| (row.allows.mask() | row.denies.mask()) & permissions.0 != 0)
    }

    /// The groups that something is granted to, among these and all above them, in order and each once.
    pub(crate) fn granted(
        &self,
        facts: &Facts,
        groups: impl Iterator<Item = Group>,
    ) -> SmallVec<[Group; 16]> {
        let above = graph::reach(groups, |group| facts.parents(group)).into_iter();
        let mut granted: SmallVec<[Group; 16]> = above
            .filter(|group| facts.grants_to(Subject::Group(*group)).next().is_some())
            .collect();
        granted.sort_unstable();
        granted
    }
}

/// A set of permissions; it may say yes of some that were not added.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Permissions(u64);

impl Permissions {
    /// Of all permissions only what a deny of everything takes.
    pub(crate) fn everything() -> Self {
        Permissions(cells::bit(EVERYTHING))
    }

    pub(crate) fn add(&mut self, permission: u32) {
        self.0 |= cells::bit(permission);
    }
}

impl Touched {
    fn crowd(&mut self, delta: &Delta<'_>, member: Member) {
        if [delta.before, delta.facts]
            .into_iter()
            .any(|facts| member.groups(facts).len() > MANY)
        {
            self.crowded.insert(member);
        }
    }
}

impl Weight for Index {
    fn heap(&self) -> usize {
        let of_groups = self.keys.heap() + self.rows.heap() + self.scoped.heap();
        of_groups + self.crowd.heap() + self.denies.heap() + self.alone.heap()
    }
}

/// The subjects of the grants of the roles, by index, and of all that include one of them.
fn subjects_with(facts: &Facts, roles: &[u32]) -> impl Iterator<Item = Subject> {
    let including = facts.book().including(roles).into_iter();
    let including = including.filter_map(|role| facts.role_at(role));
    including
        .flat_map(|role| facts.grants_of(What::Role(role)))
        .map(|grant| grant.subject)
}
