//! Minimal proofs: facts that make an answer yes by themselves, none of which can be spared.

use std::collections::BTreeSet;

use crate::facts::change::Change;
use crate::facts::grant::Scope;
use crate::facts::{Fact, Facts};
use crate::id::{Place, Target, User};
use crate::query::explain::{Chains, Explanation, Source};
use crate::query::grounds::{Grounds, Proving};

/// Facts that make an answer yes by themselves: with them alone it is yes, and with any one of them left out it is no.
///
/// The things that they name are taken for granted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proof {
    facts: Vec<Change>,
}

impl Proof {
    /// The facts, one change each.
    #[must_use]
    pub fn facts(&self) -> &[Change] {
        &self.facts
    }
}

/// The minimal proofs of a yes, worked out one by one: see [`Explanation::minimal_proofs`].
///
/// It walks the choices (which part of an `any`, which place, which grant, which chain of groups, of roles, of places); what the facts
/// chosen so far prove anyway is no choice. What a choice cites is thinned out to what cannot be spared; proofs that come out equal to an
/// earlier one are left out. From one proof to the next it takes 4,000,000 steps at the most.
#[derive(Debug)]
pub struct MinimalProofs<'a> {
    explanation: &'a Explanation,
    proofs: Proofs,
}

impl<'a> MinimalProofs<'a> {
    pub(super) fn new(explanation: &'a Explanation) -> Self {
        let facts = explanation.snapshot.facts();
        let (action, targets) = match explanation.ruling() {
            Some(ruling) => (ruling.action.index, ruling.targets.as_slice()),
            None => (u32::MAX, &[][..]),
        };
        MinimalProofs {
            explanation,
            proofs: Proofs::new(facts, explanation.user, action, targets),
        }
    }

    /// Whether nothing was left out up to here. Where the iterator ended it is false if there may be further proofs that were not found
    /// within the steps of one.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.proofs.proving.is_complete()
    }
}

impl Iterator for MinimalProofs<'_> {
    type Item = Proof;

    fn next(&mut self) -> Option<Proof> {
        let facts = self.explanation.snapshot.facts();
        let proof = self.proofs.next()?;
        Some(Proof {
            facts: proof.iter().map(|fact| facts.describe(fact)).collect(),
        })
    }
}

/// The minimal proofs as facts.
#[derive(Debug)]
pub(crate) struct Proofs {
    proving: Proving,
}

impl Iterator for Proofs {
    type Item = BTreeSet<Fact>;

    fn next(&mut self) -> Option<BTreeSet<Fact>> {
        let proof = self.proving.next()?;
        let grounds = self.proving.grounds();
        Some(
            proof
                .iter()
                .filter_map(|node| grounds.fact(*node))
                .collect(),
        )
    }
}

impl Proofs {
    pub(crate) fn new(facts: &Facts, user: User, action: u32, targets: &[Target]) -> Self {
        Proofs {
            proving: Proving::new(Grounds::new(facts, user, action, targets)),
        }
    }
}

/// The edges along a chain of places.
fn place_edges(chain: &[Place]) -> impl Iterator<Item = Fact> + '_ {
    chain.windows(2).filter_map(|pair| match pair {
        [Place::Resource(resource), place] => Some(Fact::Placed(*resource, *place)),
        [Place::User(user), Place::Group(group)] => Some(Fact::Member(*user, *group)),
        [Place::Group(child), Place::Group(parent)] => Some(Fact::Parent(*child, *parent)),
        _ => None,
    })
}

/// The facts by which a grant reaches from the user to a place: the grant itself and the edges of its chains.
pub(crate) fn reaching(user: User, source: &Source, chains: &Chains) -> Vec<Fact> {
    let mut facts = vec![Fact::Grant(source.grant)];
    facts.extend(
        chains
            .groups
            .first()
            .map(|group| Fact::Member(user, *group)),
    );
    let pairs = chains.groups.iter().zip(chains.groups.iter().skip(1));
    facts.extend(pairs.map(|(child, parent)| Fact::Parent(*child, *parent)));
    facts.extend(place_edges(&chains.places));
    facts.extend(place_edges(&chains.bound));
    if let Scope::Labelled(label, _) = source.grant.scope {
        facts.extend(
            chains
                .places
                .last()
                .map(|carrier| Fact::Labelled(*carrier, label)),
        );
    }
    facts
}
