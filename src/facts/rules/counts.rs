//! The rules that count who holds a role: judged anew where an edit may have changed the count.
//!
//! Who holds a role where is monotone in the facts: what is recorded can only add holders, what is taken out can only take them. So a rule that
//! asks for at least one looks at what was taken out, and one that asks for at most one at what was recorded.

use crate::catalog::GrantedOf;
use crate::catalog::rule::HowMany;
use crate::facts::draft::Logged;
use crate::facts::grant::{Grant, Scope, What};
use crate::facts::problem::Violation;
use crate::facts::rules::Judge;
use crate::facts::rules::down::{Down, Shorter, Start, shorter};
use crate::facts::rules::held::{is_allow, is_meant, meant_by};
use crate::facts::{Fact, Facts};
use crate::id::{Group, Place, Subject, Target, Thing, User};
use crate::steps::step;

/// Whether a rule that held before can be broken where the number grew, or where it shrank.
fn minds(how_many: HowMany, more: bool) -> bool {
    match how_many {
        HowMany::ExactlyOne => true,
        HowMany::AtLeastOne => !more,
        HowMany::AtMostOne => more,
    }
}

/// What is wrong with these users, of whom two are enough to tell, as those who do it.
pub(crate) fn miscounted(
    facts: &Facts,
    how_many: HowMany,
    users: &[User],
    place: Option<Place>,
) -> Option<Violation> {
    let place = || place.map(|place| facts.place_name(place));
    match (users, how_many) {
        ([], HowMany::ExactlyOne | HowMany::AtLeastOne) => Some(Violation::Nobody(place())),
        ([one, other, ..], HowMany::ExactlyOne | HowMany::AtMostOne) => {
            let names = [facts.user_name(*one), facts.user_name(*other)];
            Some(Violation::Several(names, place()))
        }
        _ => None,
    }
}

/// Users, of whom only two are counted.
struct Two {
    users: Vec<User>,
    enough: usize,
}

impl Two {
    fn of(how_many: HowMany) -> Two {
        Two {
            users: Vec::new(),
            enough: if how_many == HowMany::AtLeastOne {
                1
            } else {
                2
            },
        }
    }

    fn is_full(&self) -> bool {
        self.users.len() >= self.enough
    }

    fn add(&mut self, users: impl Iterator<Item = User>) {
        for user in users {
            step();
            if !self.users.contains(&user) {
                self.users.push(user);
            }
            if self.is_full() {
                return;
            }
        }
    }
}

/// Where to look for the places that a change may concern.
#[derive(Default)]
struct Spread {
    everywhere: bool,
    starts: Vec<Start>,
}

impl Judge<'_> {
    /// What is wrong with the number of those who hold the role, at any scope.
    pub(super) fn count_holders(&mut self, how_many: HowMany, role: u32) -> Option<Violation> {
        // A policy without users is one that was never judged: every other state obeyed the rule.
        let first = self.before.facts.all_users().next().is_none();
        if !first && !self.number_differs(how_many, role) {
            return None;
        }
        let facts = self.after.facts;
        let mut holders = Two::of(how_many);
        for what in meant_by(facts, GrantedOf::Role(role)) {
            for grant in facts.grants_of(what).filter(is_allow) {
                step();
                holders.add(facts.users_held_as(grant.subject));
                if holders.is_full() {
                    break;
                }
            }
        }
        miscounted(facts, how_many, &holders.users, None)
    }

    /// Whether some user holds the role in one of the states only, so that the rule may mind.
    fn number_differs(&mut self, how_many: HowMany, role: u32) -> bool {
        let mark = self.marks.mark(GrantedOf::Role(role));
        let users = self.touched_users();
        users.iter().any(|user| {
            let [before, after] = [&mut self.before, &mut self.after].map(|side| {
                side.facts.check((*user).into()).is_ok() && side.of_user(*user).contains(mark)
            });
            before != after && minds(how_many, after)
        })
    }

    /// What is wrong with the number of those who hold the role at each place with the label.
    pub(super) fn count_holders_at(
        &mut self,
        how_many: HowMany,
        role: u32,
        label: u32,
    ) -> Vec<Violation> {
        let facts = self.after.facts;
        let meant = GrantedOf::Role(role);
        let spread = self.spread(how_many, meant);
        let carriers = || facts.carriers(facts.catalog.label_at(label));
        let mut places: Vec<Place> = if spread.everywhere {
            carriers().collect()
        } else {
            match shorter(Down::new(facts, spread.starts).through_users(), carriers()) {
                Shorter::One(places) => {
                    let marked = places.into_iter();
                    marked.filter(|it| facts.has_label(*it, label)).collect()
                }
                Shorter::Other(all) => all,
            }
        };
        // A place that has the label since this edit was never judged.
        places.extend(self.log.iter().filter_map(|logged| match logged {
            Logged::Fact(Fact::Labelled(place, new), true) if new.index == label => Some(*place),
            _ => None,
        }));
        places.sort_unstable();
        places.dedup();
        if places.is_empty() {
            return Vec::new();
        }
        let whats = meant_by(facts, meant);
        let count = |place: Place| {
            let holders = holders_at(facts, how_many, &whats, meant, place);
            miscounted(facts, how_many, &holders, Some(place))
        };
        places.into_iter().filter_map(count).collect()
    }

    /// Where the number of those who hold what is meant may have changed, so that the rule may mind.
    fn spread(&self, how_many: HowMany, meant: GrantedOf) -> Spread {
        let mut spread = Spread::default();
        let (before, after) = (self.before.facts, self.after.facts);
        for logged in self.log {
            let Logged::Fact(fact, present) = logged else {
                continue;
            };
            if !minds(how_many, *present) {
                continue;
            }
            step();
            let state = if *present { after } else { before };
            match *fact {
                Fact::Grant(grant) => {
                    if is_allow(&grant) && is_meant(state, grant.what, meant) {
                        spread.add(after, &grant, None);
                    }
                }
                Fact::Thing(Thing::User(user)) => {
                    let everyone = given(state, Subject::Everyone, meant);
                    for grant in everyone.filter(|grant| self.is_lacked(how_many, meant, grant)) {
                        spread.add(after, &grant, Some(user));
                    }
                }
                Fact::Member(user, group) => {
                    for grant in self.inherited(how_many, meant, state, group) {
                        spread.add(after, &grant, Some(user));
                    }
                    spread.starts.push(Start::Itself(user));
                }
                Fact::Parent(child, parent) => {
                    for grant in self.inherited(how_many, meant, state, parent) {
                        if grant.scope == Scope::Oneself {
                            let users = after.users_held_as(Subject::Group(child));
                            spread.users(users);
                        } else {
                            spread.add(after, &grant, None);
                        }
                    }
                    // Only what reaches below the groups above covers otherwise.
                    let mut over = state.above(parent).into_iter();
                    let reaches = |grant: Grant| {
                        step();
                        matches!(grant.scope, Scope::Underlying(_) | Scope::Labelled(..))
                            && is_allow(&grant)
                            && is_meant(state, grant.what, meant)
                    };
                    if over.any(|group| state.grants_on(Place::Group(group)).any(reaches)) {
                        spread.starts.push(Start::Under(child));
                    }
                }
                Fact::Placed(resource, _) => {
                    spread.starts.push(Start::At(Place::Resource(resource)));
                }
                Fact::Labelled(place, label) => {
                    let whats = meant_by(state, meant);
                    let wide = whats.iter().flat_map(|what| state.wide_grants_of(*what));
                    let bounds = state.whereabouts(Target::from(place)).groups;
                    let bounded = bounds
                        .iter()
                        .flat_map(|group| state.grants_on(Place::Group(*group)));
                    let mut reaching = wide.chain(bounded).filter(is_allow);
                    if reaching.any(|grant| {
                        step();
                        matches!(grant.scope, Scope::Labelled(of, _) if of == label)
                            && is_meant(state, grant.what, meant)
                    }) {
                        spread.starts.push(Start::At(place));
                    }
                }
                Fact::Thing(_) | Fact::Gives(..) | Fact::Includes(..) => {}
            }
        }
        for role in &self.altered {
            let what = What::Role(*role);
            let both = [before, after].map(|facts| facts.check((*role).into()).is_ok());
            if both != [true, true] {
                continue;
            }
            let [was, is] = [before, after].map(|facts| is_meant(facts, what, meant));
            if was != is && minds(how_many, is) {
                let allows = after.grants_of(what).filter(is_allow);
                allows.for_each(|grant| spread.add(after, &grant, None));
            }
        }
        spread
    }

    /// The grants that are meant, to the group and those above.
    fn inherited(
        &self,
        how_many: HowMany,
        meant: GrantedOf,
        state: &Facts,
        group: Group,
    ) -> Vec<Grant> {
        let subjects = state.above(group).into_iter().map(Subject::Group);
        let grants = subjects.flat_map(|subject| given(state, subject, meant));
        grants
            .filter(|grant| self.is_lacked(how_many, meant, grant))
            .collect()
    }

    /// Whether it matters that someone does or does not hold the grant any more: where at least one is asked for, not while it is still
    /// there and someone else holds it.
    fn is_lacked(&self, how_many: HowMany, meant: GrantedOf, grant: &Grant) -> bool {
        let facts = self.after.facts;
        let serves = || {
            grant.scope != Scope::Oneself
                && facts.contains(&Fact::Grant(*grant))
                && is_meant(facts, grant.what, meant)
                && facts.users_held_as(grant.subject).next().is_some()
        };
        how_many != HowMany::AtLeastOne || !serves()
    }
}

impl Spread {
    /// Where the grant covers: for one who holds it, or for all.
    fn add(&mut self, facts: &Facts, grant: &Grant, holder: Option<User>) {
        match grant.scope {
            Scope::Platform => self.everywhere = true,
            Scope::This(place) => self.starts.push(Start::At(place)),
            Scope::Underlying(group) => self.starts.push(Start::Under(group)),
            Scope::Labelled(label, bound) => {
                let is_bounded = |place: &Place| {
                    step();
                    let under = |bound| {
                        let whereabouts = facts.whereabouts(Target::from(*place));
                        facts.is_under(&whereabouts, Place::Group(bound))
                    };
                    bound.is_none_or(under)
                };
                let carriers = facts.carriers(label).filter(is_bounded);
                self.starts.extend(carriers.map(Start::At));
            }
            Scope::Oneself => match holder {
                Some(user) => self.users(std::iter::once(user)),
                None if facts.has_subject(grant.subject) => {
                    self.users(facts.users_held_as(grant.subject));
                }
                // Those who held it as a group that is gone were its members, which is told by itself.
                None => {}
            },
        }
    }

    fn users(&mut self, users: impl Iterator<Item = User>) {
        self.starts
            .extend(users.map(|user| Start::At(Place::User(user))));
    }
}

/// The allows to the subject that are meant.
fn given(facts: &Facts, subject: Subject, meant: GrantedOf) -> impl Iterator<Item = Grant> + '_ {
    facts.grants_to(subject).filter(move |grant| {
        step();
        is_allow(grant) && is_meant(facts, grant.what, meant)
    })
}

/// Those who hold what is meant by grants that cover the place, as many as are enough to tell.
fn holders_at(
    facts: &Facts,
    how_many: HowMany,
    whats: &[What],
    meant: GrantedOf,
    place: Place,
) -> Vec<User> {
    let whereabouts = facts.whereabouts(Target::from(place));
    let mut places = whereabouts.at.clone();
    places.extend(whereabouts.groups.iter().copied().map(Place::Group));
    // A bounded label may stand on a user, who is under the user's groups.
    let users = whereabouts.at.iter().filter_map(|place| place.user());
    places.extend(users.flat_map(|user| facts.held_groups(user).into_iter().map(Place::Group)));
    places.sort_unstable();
    places.dedup();
    let named = places.iter().flat_map(|place| facts.grants_on(*place));
    let wide = whats.iter().flat_map(|what| facts.wide_grants_of(*what));
    let mut holders = Two::of(how_many);
    for grant in named.chain(wide) {
        step();
        if !is_allow(&grant) || !is_meant(facts, grant.what, meant) {
            continue;
        }
        if grant.scope == Scope::Oneself {
            let users = whereabouts.at.iter().filter_map(|place| place.user());
            holders.add(users.filter(|user| facts.is_held_as(*user, grant.subject)));
        } else if facts.covers_for_all(grant.scope, &whereabouts) {
            holders.add(facts.users_held_as(grant.subject));
        }
        if holders.is_full() {
            break;
        }
    }
    holders.users
}
