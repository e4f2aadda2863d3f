//! Whether a deny takes what is allowed.

use smallvec::SmallVec;

use crate::facts::Facts;
use crate::id::User;
use crate::index::Index;
use crate::index::cells::bit;
use crate::index::holds::{Covering, Recorded, Unclear};
use crate::index::list::List;
use crate::index::rows::EVERYTHING;

impl Index {
    /// Whether a deny takes one of these permissions, or everything, from the user at the target.
    pub(crate) fn is_taken(
        &self,
        facts: &Facts,
        user: User,
        asker: &Recorded,
        permissions: &[u32],
        covering: &Covering<'_>,
    ) -> Result<bool, Unclear> {
        let what = permissions.iter().chain([&EVERYTHING]).copied();
        let what = what.filter(|what| self.denies.denies(*what));
        let bits = what.clone().fold(0, |bits, what| bits | bit(what));
        let rows = &self.rows;
        if rows.deny_mask(facts, user, asker) & bits == 0 {
            return Ok(false);
        }
        let rows = rows.denying(facts, user, bits);
        let lists = rows
            .iter()
            .flat_map(|row| what.clone().map(|what| row.denies.of(what)));
        let lists: SmallVec<[List<'_>; 8]> = lists.filter(|list| !list.is_empty()).collect();
        covering.meets(&lists)
    }
}
