//! What is derived from the facts, immutable: the questions walk this and not the graph.
//!
//! Every scope of a recorded grant is a *key*, a number. A target has a short list of the keys that cover it; a group has a *row* of the
//! (permission, key) pairs that it has and inherits. `can` looks for a pair of the asker's rows whose key is on the target's list.
//!
//! Neither closure may grow quadratic: only groups that matter are kept in the lists, equal lists are stored once, and where a list
//! would grow past a limit the index keeps a search over the groups that matter instead (see [`closure`]).

pub(crate) mod ask;
mod closure;
mod keys;
mod lists;
mod rows;

use std::collections::HashMap;

use fixedbitset::FixedBitSet;

use crate::facts::Facts;
use crate::facts::draft::Logged;
use crate::facts::grant::Effect;
use crate::id::Subject;
use crate::index::keys::{Keys, TargetKeys};
use crate::index::rows::{HolderRows, Row};

/// What an edit changed, for the index.
pub(crate) struct Delta<'a> {
    /// The facts as they are now.
    pub(crate) facts: &'a Facts,
    /// What changed to get there.
    pub(crate) log: &'a [Logged],
}

/// Everything derived from the facts of one revision.
#[derive(Debug)]
pub(crate) struct Index {
    keys: Keys,
    target_keys: TargetKeys,
    rows: HolderRows,
    /// The permissions, by index, that some deny takes; all of them where one takes everything.
    denied: FixedBitSet,
    /// Whether some deny takes everything.
    blocks: bool,
}

impl Index {
    /// Derives everything anew.
    pub(crate) fn build(facts: &Facts) -> Index {
        let keys = Keys::of(facts);
        let target_keys = TargetKeys::of(facts, &keys);
        let mut own: HashMap<Subject, Row> = HashMap::new();
        let mut denied = FixedBitSet::with_capacity(facts.catalog.permission_count());
        let mut blocks = false;
        for grant in facts.all_grants() {
            let row = own.entry(grant.subject).or_default();
            let key = keys.of_scope(grant.scope);
            rows::expand(facts, grant.what, |permission| {
                row.add(grant.effect, permission, key);
                if grant.effect == Effect::Deny {
                    match permission {
                        rows::EVERYTHING => blocks = true,
                        permission => denied.insert(permission as usize),
                    }
                }
            });
        }
        let rows = HolderRows::of(facts, own);
        Index {
            keys,
            target_keys,
            rows,
            denied,
            blocks,
        }
    }

    /// The index of the facts that the delta leads to.
    pub(crate) fn apply(&self, delta: &Delta<'_>) -> Index {
        // What no question reads the index for needs no new index; everything else is derived anew, for now.
        let _ = delta.log;
        Index::build(delta.facts)
    }
}
