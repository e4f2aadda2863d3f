//! Which users and which targets are certain to fare alike, so that one of them is asked about for all.

use crate::facts::grant::{Effect, Scope};
use crate::id::{Place, Target, User};
use crate::index::rows::EVERYTHING;
use crate::query::diff::touched::State;

/// All that decides what a user can do with some permissions, in one state.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Holding {
    /// For each permission the scopes of the allows and of the denies.
    scopes: Vec<[Vec<Scope>; 2]>,
    /// The user, where some scope is `oneself`.
    user: Option<User>,
}

impl Holding {
    /// Whether nobody else can hold the same, because something is held over oneself.
    pub(super) fn is_own(&self) -> bool {
        self.user.is_some()
    }

    pub(crate) fn of(state: State<'_>, user: User, permissions: &[u32]) -> Holding {
        let rows = state.index.held_by(state.facts, user);
        let of = |permission: u32| {
            let mut scopes = [Effect::Allow, Effect::Deny]
                .map(|effect| state.index.scopes_in(&rows, permission, effect));
            // Keys are numbered anew in each state, so their order tells nothing.
            scopes.iter_mut().for_each(|scopes| scopes.sort_unstable());
            scopes
        };
        let scopes: Vec<[Vec<Scope>; 2]> = permissions
            .iter()
            .map(|permission| of(*permission))
            .collect();
        let own = scopes
            .iter()
            .flatten()
            .any(|scopes| scopes.contains(&Scope::Oneself));
        Holding {
            scopes,
            user: own.then_some(user),
        }
    }
}

/// All that decides who can do something on a target with some permissions, in one state.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Standing {
    /// The keys that cover it, in order.
    keys: Vec<u32>,
    /// What else it is at, in order.
    at: Vec<Place>,
    labels: Vec<u32>,
    kind: Option<u32>,
    /// The target, where there is no other like it.
    itself: Option<Target>,
}

impl Standing {
    pub(super) fn of(state: State<'_>, target: Target, permissions: &[u32]) -> Standing {
        let facts = state.facts;
        let keys = state.index.keys_over(facts, target);
        let place = target.place();
        let mut at = facts.at(target);
        at.retain(|other| Some(*other) != place);
        at.sort_unstable();
        let labels = place.into_iter().flat_map(|place| facts.labels(place));
        let kind = match target {
            Target::Resource(resource) => facts.kind(resource.index),
            Target::User(_) | Target::Group(_) | Target::Platform => None,
        };
        // What is placed in it counts for `within`, and whose it is for `oneself`.
        let is_like_others = match target {
            Target::Group(_) | Target::Platform => false,
            Target::Resource(resource) => facts.contents(resource.into()).next().is_none(),
            Target::User(user) => {
                let gives_oneself = |permission: u32| {
                    [Effect::Allow, Effect::Deny]
                        .into_iter()
                        .any(|effect| state.index.gives_oneself(permission, effect))
                };
                facts.contents(user.into()).next().is_none()
                    && !permissions
                        .iter()
                        .any(|permission| gives_oneself(*permission))
            }
        };
        Standing {
            keys,
            at,
            labels: labels.map(|label| label.index).collect(),
            kind,
            itself: (!is_like_others).then_some(target),
        }
    }
}

/// The permissions on which some atoms rest; that of everything is always among them.
pub(crate) fn permissions_of(
    atoms: impl Iterator<Item = crate::query::reverse::formula::Atom>,
) -> Vec<u32> {
    let mut permissions: Vec<u32> = atoms
        .filter_map(|atom| atom.permission())
        .chain([EVERYTHING])
        .collect();
    permissions.sort_unstable();
    permissions.dedup();
    permissions
}
