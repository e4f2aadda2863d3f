//! Operations about permissions, admins and sub admins.

use crate::presets::control::ControlEdit;
use crate::{Grant, Group, Permission, Problem, Scope, Subject, User};

/// Permissions with their target groups.
impl ControlEdit<'_, '_> {
    /// Grants a permission to one or several users or groups, at target groups; without any, on the platform (S4-14 to S4-17).
    ///
    /// A target group is that group alone, except for Manage statuses, which is for "this and all underlying groups" (S4-07).
    /// Admins only.
    ///
    /// # Errors
    ///
    /// [`Problem::NotAllowed`]; problems of stale handles. A permission that needs target groups is refused on the platform by the
    /// commit (S4-15).
    pub fn grant_permission(
        &mut self,
        permission: Permission,
        to: impl IntoIterator<Item = impl Into<Subject>>,
        targets: &[Group],
    ) -> Result<(), Problem> {
        if permission == self.words.timeline_moderate {
            return self.grant_permission_underlying(permission, to, targets);
        }
        let scopes = targets.iter().map(|group| Scope::this(*group));
        self.grant_each(permission, to, scopes.collect())
    }

    /// Grants a permission at target groups and all groups below them: the cascade, where it is wanted. Admins only.
    ///
    /// # Errors
    ///
    /// As [`grant_permission`](Self::grant_permission).
    pub fn grant_permission_underlying(
        &mut self,
        permission: Permission,
        to: impl IntoIterator<Item = impl Into<Subject>>,
        targets: &[Group],
    ) -> Result<(), Problem> {
        let scopes = targets.iter().map(|group| Scope::underlying(*group));
        self.grant_each(permission, to, scopes.collect())
    }

    fn grant_each(
        &mut self,
        permission: Permission,
        to: impl IntoIterator<Item = impl Into<Subject>>,
        mut scopes: Vec<Scope>,
    ) -> Result<(), Problem> {
        self.demand_set_up()?;
        if scopes.is_empty() {
            scopes.push(Scope::Platform);
        }
        let subjects: Vec<Subject> = to.into_iter().map(Into::into).collect();
        let grants = scopes.into_iter().flat_map(|scope| {
            Grant::permission(permission)
                .to_each(subjects.iter().copied())
                .on(scope)
        });
        self.edit.grant_all(grants)
    }

    /// Removes a permission from a user or group, with all its target groups (S4-21, S4-22). Admins only.
    ///
    /// # Errors
    ///
    /// [`Problem::Inherited`] where it is inherited only: it is removed where it was granted (S4-27). [`Problem::NotAllowed`].
    pub fn revoke_permission(
        &mut self,
        subject: impl Into<Subject>,
        permission: Permission,
    ) -> Result<(), Problem> {
        self.demand_set_up()?;
        self.edit.revoke_all(subject, permission)
    }

    /// Makes a user an admin of the platform. Admins only.
    ///
    /// # Errors
    ///
    /// [`Problem::NotAllowed`]; problems of stale handles.
    pub fn appoint_admin(&mut self, user: User) -> Result<(), Problem> {
        self.demand_set_up()?;
        self.edit
            .grant(Grant::role(self.words.admin).to(user).on(Scope::Platform))
    }

    /// Ends it. Admins only.
    ///
    /// # Errors
    ///
    /// [`Problem::NotAllowed`], [`Problem::Inherited`]; problems of stale handles.
    pub fn dismiss_admin(&mut self, user: User) -> Result<(), Problem> {
        self.demand_set_up()?;
        self.edit.revoke_all(user, self.words.admin)
    }

    /// Makes a user or group a sub admin: Access Control, and these permissions at these target groups (S4-01). Admins only.
    ///
    /// # Errors
    ///
    /// As [`grant_permission`](Self::grant_permission).
    pub fn appoint_sub_admin(
        &mut self,
        subject: impl Into<Subject>,
        permissions: &[Permission],
        targets: &[Group],
    ) -> Result<(), Problem> {
        let subject = subject.into();
        self.grant_permission(self.words.access, [subject], &[])?;
        permissions
            .iter()
            .try_for_each(|permission| self.grant_permission(*permission, [subject], targets))
    }
}
