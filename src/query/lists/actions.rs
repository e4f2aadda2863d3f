//! All that a user can do at some targets, for a screen's buttons.

use crate::error::AskError;
use crate::id::{Action, TargetList, User};
use crate::index::ask::Asker;
use crate::snapshot::Snapshot;

impl Snapshot {
    /// Every action that the user can do on the target, or on the targets, in the order of the catalog: what
    /// [`can`](Snapshot::can) says of each action that has as many targets. Permissions come first, for each is an action.
    ///
    /// No action may have that many targets; then the list is empty.
    ///
    /// ```
    /// # use rolecall::{Catalog, Grant, Policy, Scope, holds};
    /// # let catalog = Catalog::builder().permission("course.edit").permission("course.view").permission("course.delete")
    /// #     .action("course.publish", holds("course.edit")).role("editor", ["course.edit", "course.view"]).build()?;
    /// # let editor = catalog.role("editor")?;
    /// # let mut policy = Policy::new(catalog);
    /// # let mut edit = policy.edit_unguarded();
    /// # let (europe, asia, ana) = (edit.add_group("europe")?, edit.add_group("asia")?, edit.add_user("ana")?);
    /// # edit.grant(Grant::role(editor).to(ana).on(Scope::this(europe)))?;
    /// # edit.commit()?;
    /// let now = policy.snapshot();
    /// let actions = now.allowed_actions(ana, europe)?;
    /// let names: Vec<_> = actions.into_iter().filter_map(|action| now.catalog().action_name(action)).collect();
    /// assert_eq!(names, ["course.edit", "course.view", "course.publish"]);
    /// assert!(now.allowed_actions(ana, asia)?.is_empty());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`AskError`] for a handle that does not resolve in this snapshot.
    ///
    /// # Complexity
    ///
    /// That of [`can`](Snapshot::can) for each action, where what the user holds and what covers the targets is gathered only once.
    pub fn allowed_actions(
        &self,
        user: User,
        targets: impl TargetList,
    ) -> Result<Vec<Action>, AskError> {
        targets.with(|targets| {
            self.check(user)?;
            targets
                .iter()
                .filter_map(|target| target.place())
                .try_for_each(|place| self.check(place))?;
            let asker = Asker::remembering(self.facts(), self.index(), user);
            let catalog = self.catalog().number();
            let action = |index| Action { index, catalog };
            Ok(asker.all_of(targets).map(action).collect())
        })
    }
}
