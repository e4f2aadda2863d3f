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
    #[inline]
    pub(crate) fn is_taken(
        &self,
        facts: &Facts,
        user: User,
        mask: u64,
        permissions: &[u32],
        covering: &Covering<'_>,
    ) -> Result<bool, Unclear> {
        let bits = permissions.iter().map(|permission| bit(*permission));
        let bits = bits.fold(bit(EVERYTHING), |bits, bit| bits | bit) & mask;
        match bits {
            0 => Ok(false),
            bits => self.denies_cover(facts, user, bits, permissions, covering),
        }
    }

    /// The same where some of what is denied to the user has these bits.
    #[inline(never)]
    fn denies_cover(
        &self,
        facts: &Facts,
        user: User,
        bits: u64,
        permissions: &[u32],
        covering: &Covering<'_>,
    ) -> Result<bool, Unclear> {
        let rows = self.rows.denying(facts, user, bits);
        let mut lists = Lists::new();
        for row in &rows {
            let what = permissions.iter().chain([&EVERYTHING]);
            let of = what.map(|what| row.denies.of(*what));
            lists.extend(of.filter(|list| !list.is_empty()));
        }
        covering.meets(&lists)
    }
}
