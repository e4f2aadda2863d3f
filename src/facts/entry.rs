//! `Entry`: what a commit did.

use std::collections::HashMap;
use std::sync::{Arc, OnceLock};

use crate::facts::change::Change;
use crate::facts::digest::Digest;
use crate::facts::draft::Logged;
use crate::facts::names::describe;
use crate::facts::{Fact, Facts};
use crate::id::Thing;
use crate::name::ThingName;

/// What a commit did: the new revision and digest, every fact that really changed, and what was already so.
///
/// Its [`changes`](Entry::changes) applied to a policy in the earlier state lead to the same digest; its [`inverse`](Entry::inverse)
/// applied to the later state leads back.
///
/// With the feature `serde` it is written as `revision`, `digest`, `changes` and `already_so`: a line of a log, whose changes replicas apply.
#[derive(Clone, Debug)]
pub struct Entry {
    revision: u64,
    digest: Digest,
    before: Arc<Facts>,
    log: Vec<Logged>,
    already_so: Vec<Change>,
    /// The log in names, once someone asked for it.
    changes: OnceLock<Vec<Change>>,
}

impl Entry {
    pub(crate) fn new(
        revision: u64,
        digest: Digest,
        before: Arc<Facts>,
        log: Vec<Logged>,
        already_so: Vec<Change>,
    ) -> Self {
        Entry {
            revision,
            digest,
            before,
            log,
            already_so,
            changes: OnceLock::new(),
        }
    }

    /// The revision that the commit led to: one more than the one before.
    #[must_use]
    pub fn revision(&self) -> u64 {
        self.revision
    }

    /// The digest of the state that the commit led to.
    #[must_use]
    pub fn digest(&self) -> Digest {
        self.digest
    }

    /// Every fact that really changed, one change each, in an order in which they can be applied.
    ///
    /// What the edit did and undid again is left out, but renames, which are listed as they were made. A removal is listed as all the
    /// facts it took along, then the thing itself. The list is put into words when it is first asked for.
    #[must_use]
    pub fn changes(&self) -> &[Change] {
        self.changes.get_or_init(|| spell(&self.before, &self.log))
    }

    /// The steps that changed nothing, because what they say was already so.
    #[must_use]
    pub fn already_so(&self) -> &[Change] {
        &self.already_so
    }

    /// The changes that lead back to the state before, in the order to apply them.
    ///
    /// Things that the edit removed come back with new handles: the old ones stay unresolved.
    #[must_use]
    pub fn inverse(&self) -> Vec<Change> {
        self.changes()
            .iter()
            .rev()
            .filter_map(Change::inverse)
            .collect()
    }
}

/// Puts the log into names: each thing by what it was called at that step.
fn spell(before: &Facts, log: &[Logged]) -> Vec<Change> {
    let mut called: HashMap<Thing, &ThingName> = HashMap::new();
    let mut changes = Vec::with_capacity(log.len());
    let mut renamed = None;
    for logged in log {
        match logged {
            Logged::Called(thing, name) => {
                if let Some(old) = renamed.take() {
                    changes.push(Change::Rename {
                        thing: old,
                        to: name.name().to_owned(),
                    });
                }
                called.insert(*thing, name);
            }
            Logged::Renamed(_, old) => renamed = Some(old.clone()),
            Logged::Fact(fact, present) => {
                let call = |thing: Thing| match called.get(&thing) {
                    Some(name) => (*name).clone(),
                    None => before.thing_name(thing),
                };
                let recorded = describe(fact, &before.catalog, &call);
                changes.extend(if *present {
                    Some(recorded)
                } else {
                    recorded.inverse()
                });
            }
        }
    }
    changes
}

/// Every fact of a state, one change each, in an order in which they can be applied to an empty policy.
pub(crate) fn recorded(facts: &Facts) -> impl Iterator<Item = Change> + '_ {
    let things = facts.all_users().map(Thing::User);
    let things = things.chain(facts.all_groups().map(Thing::Group));
    let things = things.chain(facts.all_resources().map(Thing::Resource));
    let things = things
        .chain(facts.run_time_roles().map(Thing::Role))
        .map(Fact::Thing);
    let roles = facts.run_time_roles().flat_map(move |role| {
        let given = facts.role_permissions(role).iter();
        let given = given
            .map(move |permission| Fact::Gives(role, facts.catalog.permission_at(*permission)));
        given.chain(
            facts
                .role_includes(role)
                .into_iter()
                .map(move |included| Fact::Includes(role, included)),
        )
    });
    let groups = facts.all_groups().flat_map(move |group| {
        let parents = facts
            .parents(group)
            .map(move |parent| Fact::Parent(group, parent));
        parents.chain(
            facts
                .labels(group.into())
                .map(move |label| Fact::Labelled(group.into(), label)),
        )
    });
    let users = facts.all_users().flat_map(move |user| {
        let groups = facts
            .groups_of(user)
            .map(move |group| Fact::Member(user, group));
        groups.chain(
            facts
                .labels(user.into())
                .map(move |label| Fact::Labelled(user.into(), label)),
        )
    });
    let resources = facts.all_resources().flat_map(move |resource| {
        let places = facts
            .placements(resource)
            .map(move |place| Fact::Placed(resource, place));
        places.chain(
            facts
                .labels(resource.into())
                .map(move |label| Fact::Labelled(resource.into(), label)),
        )
    });
    let grants = facts.all_grants().map(Fact::Grant);
    let all = things
        .chain(roles)
        .chain(groups)
        .chain(users)
        .chain(resources)
        .chain(grants);
    all.map(|fact| facts.describe(&fact))
}
