//! What a revoke leaves behind: the other grants by which somebody still has what it was to take back.

use std::fmt;

use rustc_hash::FxHashSet as HashSet;

use crate::facts::change::{Change, GrantName};
use crate::facts::grant::{Effect, Grant, Scope, What};
use crate::facts::{Fact, Facts};
use crate::graph;
use crate::id::{Group, Place, Subject, Target, User};
use crate::steps::step;

/// A revoke of an edit after which the subject still has what was to be taken back, or some of it, by other grants.
///
/// These are the recorded grants of the same effect that are to the subject, to a group above it or to everyone; that are of the same
/// permission or of a role that gives it, or of the same role or of one that includes it; and whose scopes meet at what one of them names.
/// They are those of the state that the edit led to. Denies are not weighed against them: [`Snapshot::can`](crate::Snapshot::can) tells
/// what somebody can do. Of a revoked deny they are the other denies.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(deny_unknown_fields)
)]
pub struct StillGiven {
    /// The revoke, of one grant or of every allow.
    pub revoked: Change,
    /// The first eight of the grants that still give it: those to the subject itself, then those to groups above it, then those to everyone.
    pub by: Vec<GrantName>,
    /// How many more were found.
    pub more: usize,
    /// Whether every grant to these subjects was looked at. A commit looks at some ten thousand and no more; where it found none among them
    /// and there are others, the revoke is listed without grants. [`Snapshot::others_giving`](crate::Snapshot::others_giving) finds all.
    pub is_complete: bool,
}

/// How many grants are told of one revoke.
const TOLD: usize = 8;

/// How many groups and grants are looked at for all revokes of an edit, and how many more for each.
const FREE: usize = 10_000;
const EACH: usize = 64;

/// What is still given, in one clause.
impl fmt::Display for StillGiven {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.revoked)?;
        if self.by.is_empty() {
            return f.write_str("; not every grant was looked at that could still give it");
        }
        let by: Vec<String> = self.by.iter().map(GrantName::to_string).collect();
        let verb = match self.by.iter().any(|grant| grant.effect == Effect::Deny) {
            true => "denied",
            false => "given",
        };
        write!(f, "; still {verb} by {}", by.join(", "))?;
        if self.more > 0 {
            write!(f, " and {} more", self.more)?;
        }
        if !self.is_complete {
            f.write_str(" (not every grant was looked at)")?;
        }
        Ok(())
    }
}

/// What was to be taken back by a step of an edit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Revoked {
    /// Just this grant.
    One(Grant),
    /// Every allow of it.
    All(Subject, What),
}

impl Revoked {
    /// The widest of what was to be taken back.
    fn grant(self) -> Grant {
        match self {
            Revoked::One(grant) => grant,
            Revoked::All(subject, what) => Grant {
                subject,
                what,
                scope: Scope::Platform,
                effect: Effect::Allow,
            },
        }
    }

    fn described(self, facts: &Facts) -> Change {
        let name = facts.grant_name(self.grant());
        match self {
            Revoked::One(_) => Change::Revoke(name),
            Revoked::All(..) => Change::RevokeAll {
                subject: name.subject,
                what: name.what,
            },
        }
    }
}

/// What each of the revokes leaves behind in the state that the edit led to.
///
/// # Complexity
///
/// Bounded for each revoke, but for some that is bounded for the edit.
pub(crate) fn still_given(after: &Facts, revoked: &[Revoked]) -> Vec<StillGiven> {
    let mut search = Search::new(after, FREE + EACH * revoked.len());
    let still = revoked.iter().filter_map(|revoked| {
        let grant = revoked.grant();
        // What was removed in the same edit has nothing.
        if !after.check_fact(&Fact::Grant(grant)).is_empty() {
            return None;
        }
        let others = search.others(grant);
        let is_complete = !search.is_cut();
        let told = others.iter().take(TOLD);
        let still = StillGiven {
            revoked: revoked.described(after),
            by: told.map(|grant| after.grant_name(*grant)).collect(),
            more: others.len().saturating_sub(TOLD),
            is_complete,
        };
        (!others.is_empty() || !is_complete).then_some(still)
    });
    still.collect()
}

/// All other grants by which the subject of a grant has what it gives, or some of it, in their order. The handles resolve.
pub(crate) fn others_giving(facts: &Facts, grant: Grant) -> Vec<Grant> {
    let mut others = Search::new(facts, usize::MAX).others(grant);
    others.retain(|other| *other != grant);
    others
}

/// A search that ends when it has looked at as much as it may.
struct Search<'a> {
    facts: &'a Facts,
    left: usize,
}

/// Where something sits.
struct Spot {
    at: HashSet<Place>,
    under: HashSet<Group>,
}

impl<'a> Search<'a> {
    fn new(facts: &'a Facts, left: usize) -> Self {
        Search { facts, left }
    }

    fn is_cut(&self) -> bool {
        self.left == 0
    }

    /// Looks at one more thing, if it still may.
    fn look(&mut self) -> bool {
        step();
        self.left = self.left.saturating_sub(1);
        self.left > 0
    }

    fn above(&mut self, groups: Vec<Group>) -> Vec<Group> {
        let facts = self.facts;
        graph::reach(groups, |group| {
            let go_on = self.look();
            facts.parents(group).filter(move |_| go_on)
        })
    }

    /// Where the target sits, as far as the search gets. Groups and users that are met on the way are not climbed further.
    fn spot(&mut self, target: Target) -> Spot {
        let facts = self.facts;
        let at = graph::reach(target.place(), |place| {
            let mut next: Vec<Place> = Vec::new();
            match place {
                _ if !self.look() => {}
                Place::Resource(resource) => next.extend(facts.placements(resource)),
                Place::User(user) if target == Target::User(user) => {
                    next.extend(facts.groups_of(user).map(Place::Group));
                }
                Place::User(_) | Place::Group(_) => {}
            }
            next
        });
        let groups = at.iter().filter_map(|place| place.group()).collect();
        Spot {
            under: self.above(groups).into_iter().collect(),
            at: at.into_iter().collect(),
        }
    }

    /// The grants of the same effect by which the subject has what the grant gives, or some of it.
    fn others(&mut self, grant: Grant) -> Vec<Grant> {
        let facts = self.facts;
        let (user, groups) = match grant.subject {
            Subject::User(user) => {
                let groups = facts.groups_of(user).collect();
                (Some(user), self.above(groups))
            }
            Subject::Group(group) => {
                let mut above = self.above(vec![group]);
                above.retain(|other| *other != group);
                (None, above)
            }
            Subject::Everyone => (None, Vec::new()),
        };
        let groups = groups.into_iter().map(Subject::Group);
        let mut subjects = vec![grant.subject];
        subjects.extend(groups.chain([Subject::Everyone]));
        subjects.dedup();
        let mut of_scope = None;
        let mut others = Vec::new();
        for other in subjects
            .iter()
            .flat_map(|subject| facts.grants_to(*subject))
        {
            if !self.look() {
                break;
            }
            if other.effect == grant.effect
                && facts.gives_what(other.what, grant.what)
                && self.meet(user, [grant.scope, other.scope], &mut of_scope)
            {
                others.push(other);
            }
        }
        others
    }

    /// Whether one of the scopes covers what the other names. Where the first sits is worked out once.
    fn meet(
        &mut self,
        user: Option<User>,
        scopes: [Scope; 2],
        of_first: &mut Option<Spot>,
    ) -> bool {
        let anchor = |scope: Scope| match scope {
            Scope::This(place) => Some(place),
            Scope::Underlying(group) => Some(Place::Group(group)),
            Scope::Oneself => user.map(Place::User),
            Scope::Platform | Scope::Labelled(..) => None,
        };
        let [first, second] = scopes;
        if first == second || first == Scope::Platform || second == Scope::Platform {
            return true;
        }
        if let (Scope::Labelled(label, one), Scope::Labelled(other, two)) = (first, second) {
            return label == other
                && one
                    .zip(two)
                    .is_none_or(|(one, two)| self.is_below(one, two) || self.is_below(two, one));
        }
        if let Some(place) = anchor(first) {
            let spot = match of_first.take() {
                Some(spot) => spot,
                None => self.spot(place.into()),
            };
            let covered = self.covers(user, second, &spot);
            *of_first = Some(spot);
            if covered {
                return true;
            }
        }
        let Some(place) = anchor(second) else {
            return false;
        };
        let spot = self.spot(place.into());
        self.covers(user, first, &spot)
    }

    fn is_below(&mut self, group: Group, above: Group) -> bool {
        self.above(vec![group]).contains(&above)
    }

    /// Whether the scope covers what sits there.
    fn covers(&mut self, user: Option<User>, scope: Scope, spot: &Spot) -> bool {
        let facts = self.facts;
        match scope {
            Scope::Platform => true,
            Scope::This(place) => spot.at.contains(&place),
            Scope::Underlying(group) => spot.under.contains(&group),
            Scope::Oneself => user.is_some_and(|user| spot.at.contains(&user.into())),
            Scope::Labelled(label, bound) => spot.at.iter().any(|place| {
                facts.has_label(*place, label.index)
                    && bound.is_none_or(|group| self.spot((*place).into()).under.contains(&group))
            }),
        }
    }
}

impl Facts {
    /// Whether holding the one means holding all of the other, by its name: a permission in a role, a role in one that includes it.
    fn gives_what(&self, one: What, other: What) -> bool {
        match (one, other) {
            (_, What::Permission(permission)) => self.book().gives(one, permission.index),
            (What::Role(one), What::Role(other)) => self.book().is_or_includes(one, other.index),
            (What::Everything, _) => true,
            (What::Permission(_) | What::Role(_), What::Role(_) | What::Everything) => false,
        }
    }
}
