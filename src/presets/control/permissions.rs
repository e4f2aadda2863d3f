//! Operations about permissions, admins and sub admins.

use crate::presets::control::ControlEdit;
use crate::presets::refuse;
use crate::{Grant, Group, Permission, Problem, ProblemKind, Scope, Subject, User};

/// Permissions with their target groups.
impl ControlEdit<'_, '_> {
    /// Grants a permission to one or several users or groups, at target groups; without any, on the platform (S4-14 to S4-17).
    ///
    /// A target group is that group alone, except for Manage statuses, which is for "this and all underlying groups" (S4-07).
    ///
    /// Demands `set_up` on the platform: it is admins who say who may what (S0-16), with the permissions of this preset that there are on its
    /// screens. Those of other systems, and those that record who wrote, hosts or attends what, are not granted here.
    ///
    /// # Errors
    ///
    /// [`Problem::NotAllowed`]; problems of stale handles; one of kind [`ProblemKind::Unknown`] for a permission that is not granted here. A
    /// permission that needs target groups is refused on the platform by the commit (S4-15).
    pub fn grant_permission(
        &mut self,
        to: impl IntoIterator<Item = impl Into<Subject>>,
        permission: Permission,
        targets: &[Group],
    ) -> Result<(), Problem> {
        if permission == self.words.timeline_moderate {
            return self.grant_permission_underlying(to, permission, targets);
        }
        let scopes = targets.iter().map(|group| Scope::this(*group));
        self.grant_each(to, permission, scopes.collect())
    }

    /// Grants a permission at target groups and all groups below them: the cascade, where it is wanted.
    ///
    /// Demands `set_up` on the platform.
    ///
    /// # Errors
    ///
    /// As [`grant_permission`](Self::grant_permission).
    pub fn grant_permission_underlying(
        &mut self,
        to: impl IntoIterator<Item = impl Into<Subject>>,
        permission: Permission,
        targets: &[Group],
    ) -> Result<(), Problem> {
        let scopes = targets.iter().map(|group| Scope::underlying(*group));
        self.grant_each(to, permission, scopes.collect())
    }

    fn grant_each(
        &mut self,
        to: impl IntoIterator<Item = impl Into<Subject>>,
        permission: Permission,
        mut scopes: Vec<Scope>,
    ) -> Result<(), Problem> {
        self.demand_granted_here(permission)?;
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

    /// Removes a permission from a user or group, with all its target groups (S4-21, S4-22).
    ///
    /// Demands `set_up` on the platform.
    ///
    /// # Errors
    ///
    /// [`Problem::Inherited`] where it is inherited only: it is removed where it was granted (S4-27). [`Problem::NotAllowed`]; one of kind
    /// [`ProblemKind::Unknown`] for a permission that is not granted here.
    pub fn revoke_permission(
        &mut self,
        subject: impl Into<Subject>,
        permission: Permission,
    ) -> Result<(), Problem> {
        self.demand_granted_here(permission)?;
        self.demand_set_up()?;
        self.edit.revoke_all(subject, permission)
    }

    /// Refuses a permission that admins of Control do not deal in: one of another system, or a record of who did what.
    fn demand_granted_here(&mut self, permission: Permission) -> Result<(), Problem> {
        let words = self.words;
        let granted_here = [
            words.access,
            words.members_view,
            words.members_manage,
            words.members_import,
            words.invites_manage,
            words.attendees_control,
            words.reporting,
            words.timeline_post,
            words.timeline_moderate,
            words.event_add,
            words.event_manage,
        ];
        if granted_here.contains(&permission) {
            return Ok(());
        }
        let name = self.edit.catalog().permission_name(permission);
        let why = format!(
            "`{}` is no permission that Control grants",
            name.unwrap_or_default()
        );
        Err(refuse(self.edit, ProblemKind::Unknown, why))
    }

    /// Makes a user an admin of the platform.
    ///
    /// Demands `set_up` and all else that an admin has, on the platform.
    ///
    /// # Errors
    ///
    /// [`Problem::NotAllowed`]; problems of stale handles.
    pub fn appoint_admin(&mut self, user: User) -> Result<(), Problem> {
        self.demand_set_up()?;
        let admin = Grant::role(self.words.admin).to(user).on(Scope::Platform);
        self.edit.demand_grant(admin)?;
        self.edit.grant(admin)
    }

    /// Ends it.
    ///
    /// Demands `set_up` on the platform.
    ///
    /// # Errors
    ///
    /// [`Problem::NotAllowed`], [`Problem::Inherited`]; problems of stale handles.
    pub fn dismiss_admin(&mut self, user: User) -> Result<(), Problem> {
        self.demand_set_up()?;
        self.edit.revoke_all(user, self.words.admin)
    }

    /// Makes a user or group a sub admin: Access Control, and these permissions at these target groups (S4-01).
    ///
    /// Demands `set_up` on the platform.
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
        self.grant_permission([subject], self.words.access, &[])?;
        permissions
            .iter()
            .try_for_each(|permission| self.grant_permission([subject], *permission, targets))
    }
}
