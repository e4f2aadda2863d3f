//! Who else gains by a plan.

use crate::query::nearest::Plan;

impl Plan {
    /// How many users besides the asker would gain something by it: be able to do some action on some target that they cannot now.
    ///
    /// # Complexity
    ///
    /// That of a commit and of a [`diff`](crate::Snapshot::diff) once; then it is known.
    #[must_use]
    pub fn others_gaining(&self) -> usize {
        *self.others.get_or_init(|| {
            let after = self.preview();
            let gaining = after.differences(&self.snapshot).gaining();
            let own = usize::from(gaining.contains(self.user.index));
            gaining.len(after.facts().users.len()).saturating_sub(own)
        })
    }
}
