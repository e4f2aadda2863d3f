//! Whether a deny takes what is allowed.

use crate::facts::Facts;
use crate::id::User;
use crate::index::Index;
use crate::index::cells::bit;
use crate::index::holds::{Covering, Lists, Unclear};
use crate::index::rows::EVERYTHING;

impl Index {
    /// Whether a deny takes one of these permissions, or everything, from the user at the target. The mask is the asker's
    /// [`deny_mask`](crate::index::rows::HolderRows::deny_mask).
    pub(crate) fn is_taken(
        &self,
        facts: &Facts,
        user: User,
        mask: u64,
        permissions: &[u32],
        covering: &Covering<'_>,
    ) -> Result<bool, Unclear> {
        let what = permissions.iter().chain([&EVERYTHING]).copied();
        let bits = what.clone().fold(0, |bits, what| bits | bit(what)) & mask;
        if bits == 0 {
            return Ok(false);
        }
        let rows = self.rows.denying(facts, user, bits);
        let mut lists = Lists::new();
        for row in &rows {
            let of = what.clone().map(|what| row.denies.of(what));
            lists.extend(of.filter(|list| !list.is_empty()));
        }
        covering.meets(&lists)
    }
}
