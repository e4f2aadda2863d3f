//! Operations about people, groups, imports and invitations.

use crate::presets::control::ControlEdit;
use crate::presets::{known, refuse};
use crate::{Group, Problem, ProblemKind, Resource, Target, User};

/// People and groups.
impl ControlEdit<'_, '_> {
    /// Adds a group, below these parents. Admins only.
    ///
    /// # Errors
    ///
    /// [`Problem::NotAllowed`], [`Problem::AlreadyExists`]; problems of stale handles.
    pub fn add_group(&mut self, name: &str, parents: &[Group]) -> Result<Group, Problem> {
        self.demand_set_up()?;
        let group = self.edit.add_group(name)?;
        parents
            .iter()
            .try_for_each(|parent| self.edit.attach(group, *parent))?;
        Ok(group)
    }

    /// Puts a group below another: its people then hold what that group holds (S4-32). Admins only.
    ///
    /// # Errors
    ///
    /// [`Problem::NotAllowed`]; problems of stale handles. A loop is refused by the commit.
    pub fn attach_group(&mut self, group: Group, parent: Group) -> Result<(), Problem> {
        self.demand_set_up()?;
        self.edit.attach(group, parent)
    }

    /// Takes a group from below another. Admins only.
    ///
    /// # Errors
    ///
    /// [`Problem::NotAllowed`]; problems of stale handles.
    pub fn detach_group(&mut self, group: Group, parent: Group) -> Result<(), Problem> {
        self.demand_set_up()?;
        self.edit.detach(group, parent)
    }

    /// Changes a user's name, for those who manage the user (S4-06).
    ///
    /// # Errors
    ///
    /// [`Problem::NotAllowed`], [`Problem::AlreadyExists`]; problems of stale handles.
    pub fn rename_user(&mut self, user: User, name: &str) -> Result<(), Problem> {
        self.edit.demand(self.words.members_manage, user)?;
        self.edit.rename(user, name)
    }

    /// Makes a user a member of a group, for those who manage both.
    ///
    /// # Errors
    ///
    /// [`Problem::NotAllowed`]; problems of stale handles.
    pub fn add_member(&mut self, user: User, group: Group) -> Result<(), Problem> {
        self.edit.demand(self.words.member_add, (user, group))?;
        self.edit.add_member(user, group)
    }

    /// Ends a membership, for those who manage both.
    ///
    /// # Errors
    ///
    /// [`Problem::NotAllowed`]; problems of stale handles.
    pub fn remove_member(&mut self, user: User, group: Group) -> Result<(), Problem> {
        self.edit.demand(self.words.member_remove, (user, group))?;
        self.edit.remove_member(user, group)
    }

    /// Moves a person from one group to another, for those who manage the person and both groups (S4-06).
    ///
    /// # Errors
    ///
    /// [`Problem::NotAllowed`]; problems of stale handles; one of kind [`ProblemKind::WrongState`] for who is no member of the first group:
    /// [`add_member`](Self::add_member) is for them.
    pub fn move_member(&mut self, user: User, from: Group, to: Group) -> Result<(), Problem> {
        self.edit.demand(self.words.member_move, (user, from, to))?;
        if !known(self.edit, |edit| edit.groups_of(user))?.contains(&from) {
            let why = "the person is no member of the group to move from";
            return Err(refuse(self.edit, ProblemKind::WrongState, why));
        }
        self.edit.remove_member(user, from)?;
        self.edit.add_member(user, to)
    }

    /// Adds the users of an import sheet, each with their groups, or none of them (S4-02).
    ///
    /// Demanded is the import into each group, and on the platform for a user without any.
    ///
    /// # Errors
    ///
    /// The first [`Problem`] of any line; all of them mark the edit.
    pub fn import_users<'a>(
        &mut self,
        lines: impl IntoIterator<Item = (&'a str, &'a [Group])>,
    ) -> Result<Vec<User>, Problem> {
        let lines = lines.into_iter();
        let results: Vec<_> = lines.map(|(name, into)| self.import(name, into)).collect();
        results.into_iter().collect()
    }

    fn import(&mut self, name: &str, groups: &[Group]) -> Result<User, Problem> {
        if groups.is_empty() {
            self.edit
                .demand(self.words.members_import, Target::Platform)?;
        }
        for group in groups {
            self.edit.demand(self.words.members_import, *group)?;
        }
        let user = self.edit.add_user(name)?;
        groups
            .iter()
            .try_for_each(|group| self.edit.add_member(user, *group))?;
        Ok(user)
    }
}

/// Invitations.
impl ControlEdit<'_, '_> {
    /// Sends an invitation into these groups, or to the platform alone (S4-05).
    ///
    /// # Errors
    ///
    /// [`Problem::NotAllowed`], [`Problem::AlreadyExists`]; problems of stale handles.
    pub fn send_invitation(&mut self, name: &str, groups: &[Group]) -> Result<Resource, Problem> {
        let manage = self.words.invites_manage;
        if groups.is_empty() {
            self.edit.demand(manage, Target::Platform)?;
        }
        for group in groups {
            self.edit.demand(manage, *group)?;
        }
        let invitation = self.edit.add_resource(self.words.invitation, name)?;
        groups
            .iter()
            .try_for_each(|group| self.edit.place(invitation, *group))?;
        Ok(invitation)
    }

    /// Demands what a reminder needs (S4-05). Nothing is recorded of it.
    ///
    /// # Errors
    ///
    /// [`Problem::NotAllowed`]; problems of stale handles.
    pub fn remind_invitation(&mut self, invitation: Resource) -> Result<(), Problem> {
        self.edit.demand(self.words.invites_manage, invitation)
    }

    /// Deletes an invitation (S4-05).
    ///
    /// # Errors
    ///
    /// [`Problem::NotAllowed`]; problems of stale handles.
    pub fn delete_invitation(&mut self, invitation: Resource) -> Result<(), Problem> {
        self.edit.demand(self.words.invites_manage, invitation)?;
        self.edit.remove(invitation)
    }
}
