//! Downwards from where something changed: the places that sit there, one by one.

use std::collections::HashSet;

use crate::facts::Facts;
use crate::id::{Group, Place, User};
use crate::steps::step;

/// Where a walk begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Start {
    /// What is at the place.
    At(Place),
    /// What is under the group: what is at it, and at all groups below.
    Under(Group),
    /// The user, met in a group. What is placed in a user is not in the user's groups, so it is passed by unless the walk goes through users.
    Itself(User),
}

/// The places that sit at or under the starts, the starts among them.
pub(super) struct Down<'a> {
    facts: &'a Facts,
    through_users: bool,
    open: Vec<Box<dyn Iterator<Item = Start> + 'a>>,
    met: HashSet<Start>,
}

impl<'a> Down<'a> {
    pub(super) fn new(facts: &'a Facts, starts: Vec<Start>) -> Down<'a> {
        Down {
            facts,
            through_users: false,
            open: vec![Box::new(starts.into_iter())],
            met: HashSet::new(),
        }
    }

    /// Goes on to what is placed in the users met in groups: a carrier of a label that is a user is under the user's groups, and so a
    /// bounded label reaches what is placed there.
    pub(super) fn through_users(self) -> Self {
        Down {
            through_users: true,
            ..self
        }
    }

    fn next_of(&self, start: Start) -> Box<dyn Iterator<Item = Start> + 'a> {
        let facts = self.facts;
        let contents = |place| {
            let contents = facts.contents(place);
            contents.map(|resource| Start::At(Place::Resource(resource)))
        };
        let members = |group| facts.members(group).map(Start::Itself);
        match start {
            Start::Itself(user) if self.through_users => Box::new(contents(Place::User(user))),
            Start::Itself(_) => Box::new(std::iter::empty()),
            Start::At(Place::Group(group)) => {
                Box::new(contents(Place::Group(group)).chain(members(group)))
            }
            Start::At(place) => Box::new(contents(place)),
            Start::Under(group) => {
                let here = contents(Place::Group(group)).chain(members(group));
                Box::new(here.chain(facts.children(group).map(Start::Under)))
            }
        }
    }
}

impl Iterator for Down<'_> {
    type Item = Place;

    fn next(&mut self) -> Option<Place> {
        loop {
            let Some(start) = self.open.last_mut()?.next() else {
                self.open.pop();
                continue;
            };
            step();
            if !self.met.insert(start) {
                continue;
            }
            let place = match start {
                Start::At(place) => place,
                Start::Under(group) => Place::Group(group),
                Start::Itself(user) => Place::User(user),
            };
            // A removed start has nothing at it.
            if self.facts.check(place.into()).is_err() {
                continue;
            }
            let next = self.next_of(start);
            self.open.push(next);
            return Some(place);
        }
    }
}

/// The shorter of two lists.
pub(super) enum Shorter<A, B> {
    One(Vec<A>),
    Other(Vec<B>),
}

/// Takes from both by turns until one is at its end, so that the longer one costs no more than the shorter.
pub(super) fn shorter<A, B>(
    mut one: impl Iterator<Item = A>,
    mut other: impl Iterator<Item = B>,
) -> Shorter<A, B> {
    let (mut ones, mut others) = (Vec::new(), Vec::new());
    loop {
        step();
        match one.next() {
            Some(item) => ones.push(item),
            None => return Shorter::One(ones),
        }
        match other.next() {
            Some(item) => others.push(item),
            None => return Shorter::Other(others),
        }
    }
}
