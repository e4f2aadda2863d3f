//! `Entry`: what a commit did.

use std::collections::HashMap;
use std::sync::{Arc, OnceLock};

use crate::catalog::Catalog;
use crate::catalog::digest::CatalogDigest;
use crate::facts::change::Change;
use crate::facts::digest::Digest;
use crate::facts::draft::Logged;
use crate::facts::grant::What;
use crate::facts::names::{Space, describe};
use crate::facts::still::StillGiven;
use crate::facts::uncovered::Uncovered;
use crate::facts::{Fact, Facts};
use crate::id::{Subject, Thing};
use crate::name::ThingName;

/// What a commit did: the new revision and digest, every fact that really changed, and what was already so.
///
/// Its [`changes`](Entry::changes) applied to a policy in the earlier state lead to the same digest; its [`inverse`](Entry::inverse)
/// applied to the later state leads back. An entry keeps none of the states alive: it can be kept for as long as a log is.
///
/// With the feature `serde` it is written as `revision`, `catalog`, `digest`, `changes`, `already_so`, `denies_covering_less` and
/// `still_given`: a line of a log, whose changes replicas apply.
#[derive(Clone, Debug)]
pub struct Entry {
    revision: u64,
    digest: Digest,
    spelling: Spelling,
    pub(crate) already_so: Vec<Change>,
    pub(crate) uncovered: Vec<Uncovered>,
    pub(crate) still_given: Vec<StillGiven>,
    /// The log in names, once someone asked for it.
    changes: OnceLock<Vec<Change>>,
}

impl Entry {
    /// What was done, with nothing said yet of what goes with it.
    pub(crate) fn new(revision: u64, digest: Digest, before: &Facts, log: Vec<Logged>) -> Self {
        Entry {
            revision,
            digest,
            spelling: Spelling::new(before, log),
            already_so: Vec::new(),
            uncovered: Vec::new(),
            still_given: Vec::new(),
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

    /// The digest of the catalog under which the changes were made: the same changes under another one need not mean the same.
    #[must_use]
    pub fn catalog_digest(&self) -> CatalogDigest {
        self.spelling.catalog.digest()
    }

    /// Every fact that really changed, one change each, in an order in which they can be applied.
    ///
    /// What the edit did and undid again is left out, but renames, which are listed as they were made. A removal is listed as all the
    /// facts it took along, then the thing itself. The list is put into words when it is first asked for.
    #[must_use]
    pub fn changes(&self) -> &[Change] {
        self.changes.get_or_init(|| self.spelling.spell())
    }

    /// The steps that changed nothing, because what they say was already so. A revoke among them need not mean that the subject lacks what
    /// was revoked: see [`still_given`](Entry::still_given).
    #[must_use]
    pub fn already_so(&self) -> &[Change] {
        &self.already_so
    }

    /// The denies that cover less than before, because the edit ended a membership, an edge, a placement, a label or a part of a role, or
    /// removed a thing: in order, each with one person, target and permission that it reached and no longer reaches.
    ///
    /// Only denies that are recorded before and after are listed: one that was revoked, or that a removal took along, is among the
    /// [`changes`](Entry::changes). So are people and targets that still exist; nothing is said of one that was removed. What is listed
    /// need not have turned an answer: whoever has no allow could not before and cannot now. See [`Diff`](crate::Diff) for those who can.
    ///
    /// ```
    /// use rolecall::{Catalog, Grant, Policy, Scope};
    ///
    /// let catalog = Catalog::builder().permission("login").build()?;
    /// let login = catalog.permission("login")?;
    /// let mut policy = Policy::new(catalog);
    /// let mut edit = policy.edit_unguarded();
    /// let (ana, suspended) = (edit.add_user("ana")?, edit.add_group("suspended")?);
    /// edit.grant(Grant::deny_everything().to(suspended).on(Scope::Platform))?;
    /// edit.add_member(ana, suspended)?;
    /// assert!(edit.commit()?.denies_covering_less().is_empty());
    ///
    /// let mut edit = policy.edit_unguarded();
    /// edit.remove_member(ana, suspended)?;
    /// let entry = edit.commit()?;
    /// assert_eq!(
    ///     entry.denies_covering_less()[0].to_string(),
    ///     "deny everything to group `suspended` on the platform no longer takes everything from user `ana` on the platform"
    /// );
    /// # let _ = login;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn denies_covering_less(&self) -> &[Uncovered] {
        &self.uncovered
    }

    /// The revokes after which the subject still has what was to be taken back, or some of it, by other grants: by a role, by one that
    /// includes it, by a wider or narrower scope, by a label, through a group or as everyone. In the order of the edit, whether they took
    /// something back or not.
    ///
    /// ```
    /// use rolecall::{Catalog, Grant, Policy, Scope};
    ///
    /// let catalog = Catalog::builder().permission("edit").role("editor", ["edit"]).build()?;
    /// let (edit_it, editor) = (catalog.permission("edit")?, catalog.role("editor")?);
    /// let mut policy = Policy::new(catalog);
    /// let mut edit = policy.edit_unguarded();
    /// let ana = edit.add_user("ana")?;
    /// edit.grant(Grant::role(editor).to(ana).on(Scope::Platform))?;
    /// edit.commit()?;
    ///
    /// // Nothing is taken back, for Ana has no grant of just this permission.
    /// let mut edit = policy.edit_unguarded();
    /// edit.revoke_all(ana, edit_it)?;
    /// let entry = edit.commit()?;
    /// assert_eq!((entry.changes().len(), entry.already_so().len()), (0, 1));
    /// assert_eq!(
    ///     entry.still_given()[0].to_string(),
    ///     "revoke every allow of permission `edit` to user `ana`; still given by allow role `editor` to user `ana` on the platform"
    /// );
    ///
    /// let mut edit = policy.edit_unguarded();
    /// edit.revoke_all(ana, editor)?;
    /// assert!(edit.commit()?.still_given().is_empty());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn still_given(&self) -> &[StillGiven] {
        &self.still_given
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

/// What an edit did, with all that is needed to put it into names.
///
/// No state is kept: an entry that outlives the states before and after it costs what it says. The names are those that the state before
/// has anyway, shared and not copied, so that a commit is not slower for them.
#[derive(Clone, Debug)]
struct Spelling {
    catalog: Catalog,
    log: Box<[Logged]>,
    /// What the things that were there before were called, in the order of the things.
    names: Box<[(Thing, CalledBefore)]>,
}

/// What a thing was called before the edit.
#[derive(Clone, Debug)]
struct CalledBefore {
    name: Arc<str>,
    /// The kind of a resource, by its place in the catalog.
    kind: Option<u32>,
}

impl Spelling {
    fn new(before: &Facts, log: Vec<Logged>) -> Self {
        let mut things: Vec<Thing> = Vec::new();
        for logged in &log {
            if let Logged::Fact(fact, _) = logged {
                // What the edit added is in the log with its name.
                let there = fact.named().into_iter().flatten();
                things.extend(there.filter(|thing| before.check(*thing).is_ok()));
            }
        }
        things.sort_unstable();
        things.dedup();
        let called = |thing: Thing| {
            let (space, name) = before.space_and_name(thing)?;
            let kind = match space {
                Space::Resources(kind) => Some(kind),
                Space::Users | Space::Groups | Space::Roles => None,
            };
            Some((thing, CalledBefore { name, kind }))
        };
        Spelling {
            catalog: before.catalog.clone(),
            log: log.into_boxed_slice(),
            names: things.into_iter().filter_map(called).collect(),
        }
    }

    /// What a thing was called before the edit, or the name of a role of the catalog.
    fn name_before(&self, thing: Thing) -> ThingName {
        let found = self.names.binary_search_by_key(&thing, |(thing, _)| *thing);
        let called = found.ok().and_then(|at| self.names.get(at));
        let called = called.map(|(_, called)| called);
        let name = called.map_or("", |called| &called.name).to_owned();
        match thing {
            Thing::User(_) => ThingName::User(name),
            Thing::Group(_) => ThingName::Group(name),
            Thing::Resource(_) => {
                let kind = called.and_then(|called| called.kind);
                let kind = kind.map(|kind| self.catalog.kind_at(kind));
                let kind = kind.and_then(|kind| self.catalog.kind_name(kind));
                ThingName::Resource {
                    kind: kind.unwrap_or_default().to_owned(),
                    name,
                }
            }
            Thing::Role(role) => match self.catalog.role_name(role) {
                Some(name) => ThingName::Role(name.to_owned()),
                None => ThingName::Role(name),
            },
        }
    }

    /// Puts the log into names: each thing by what it was called at that step.
    fn spell(&self) -> Vec<Change> {
        let mut called: HashMap<Thing, &ThingName> = HashMap::new();
        let mut changes = Vec::with_capacity(self.log.len());
        let mut renamed = None;
        for logged in &self.log {
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
                        None => self.name_before(thing),
                    };
                    let recorded = describe(fact, &self.catalog, &call);
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
}

impl Fact {
    /// The things that the fact names, but for the one of which it says that it exists.
    fn named(&self) -> [Option<Thing>; 3] {
        match *self {
            Fact::Thing(_) => [None; 3],
            Fact::Member(user, group) => [Some(user.into()), Some(group.into()), None],
            Fact::Parent(group, parent) => [Some(group.into()), Some(parent.into()), None],
            Fact::Placed(resource, place) => [Some(resource.into()), Some(place.into()), None],
            Fact::Labelled(place, _) => [Some(place.into()), None, None],
            Fact::Gives(role, _) => [Some(role.into()), None, None],
            Fact::Includes(role, included) => [Some(role.into()), Some(included.into()), None],
            Fact::Grant(grant) => {
                let subject = match grant.subject {
                    Subject::User(user) => Some(user.into()),
                    Subject::Group(group) => Some(group.into()),
                    Subject::Everyone => None,
                };
                let what = match grant.what {
                    What::Role(role) => Some(role.into()),
                    What::Permission(_) | What::Everything => None,
                };
                [subject, what, grant.named_place().map(Thing::from)]
            }
        }
    }
}

/// Every fact of a state, one change each, in an order in which they can be applied to an empty policy.
pub(crate) fn recorded(facts: &Facts) -> impl Iterator<Item = Change> + '_ {
    all_facts(facts).map(|fact| facts.describe(&fact))
}

/// Every fact of a state: first the things, then what joins and marks them, then the grants.
pub(crate) fn all_facts(facts: &Facts) -> impl Iterator<Item = Fact> + '_ {
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
    things
        .chain(roles)
        .chain(groups)
        .chain(users)
        .chain(resources)
        .chain(grants)
}
