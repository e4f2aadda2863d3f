//! Operations about people, groups, imports and invitations.

use crate::presets::control::ControlEdit;
use crate::presets::{demand_kind, demand_unguarded, end_membership, join, known, refuse};
use crate::{Group, Place, Problem, ProblemKind, Resource, Target, User};

/// People and groups.
impl ControlEdit<'_, '_> {
    /// Adds a group, below these parents, which are groups of Control as well.
    ///
    /// Demands `set_up` on the platform, which admins have.
    ///
    /// # Errors
    ///
    /// [`Problem::NotAllowed`], [`Problem::AlreadyExists`]; problems of stale handles; one of kind [`ProblemKind::WrongState`] for a parent
    /// that is no group of Control.
    pub fn add_group(&mut self, parents: &[Group], name: &str) -> Result<Group, Problem> {
        self.demand_set_up()?;
        for parent in parents {
            self.demand_own(*parent)?;
        }
        let group = self.edit.add_group(name)?;
        self.edit.add_label(group, self.words.group)?;
        parents
            .iter()
            .try_for_each(|parent| self.edit.attach(group, *parent))?;
        Ok(group)
    }

    /// Makes a group that is already there one of Control, whose place below and above others its admins may change.
    ///
    /// It takes an unguarded edit: a group may be another system's, and then nobody here has a right to it.
    ///
    /// # Errors
    ///
    /// [`ProblemKind::NotAllowed`] for whoever acts; problems of stale handles.
    pub fn open_group(&mut self, group: Group) -> Result<(), Problem> {
        demand_unguarded(self.edit, "open a group for Control")?;
        self.edit.add_label(group, self.words.group)
    }

    /// Puts a group below another: its people then hold what that group holds (S4-32). Both are groups of Control.
    ///
    /// Demands `set_up` on the platform, which admins have.
    ///
    /// # Errors
    ///
    /// [`Problem::NotAllowed`]; problems of stale handles; one of kind [`ProblemKind::WrongState`] for a group that is not Control's. A loop
    /// is refused by the commit.
    pub fn attach_group(&mut self, group: Group, parent: Group) -> Result<(), Problem> {
        self.demand_set_up()?;
        self.demand_own(group)?;
        self.demand_own(parent)?;
        self.edit.attach(group, parent)
    }

    /// Takes a group from below another. Both are groups of Control.
    ///
    /// Demands `set_up` on the platform, which admins have.
    ///
    /// # Errors
    ///
    /// As [`attach_group`](Self::attach_group).
    pub fn detach_group(&mut self, group: Group, parent: Group) -> Result<(), Problem> {
        self.demand_set_up()?;
        self.demand_own(group)?;
        self.demand_own(parent)?;
        self.edit.detach(group, parent)
    }

    /// Refuses a group whose place among the others is not Control's to change.
    fn demand_own(&mut self, group: Group) -> Result<(), Problem> {
        let label = self.words.group;
        if known(self.edit, |edit| edit.labels(group))?.contains(&label) {
            return Ok(());
        }
        let name = known(self.edit, |edit| edit.thing_name(group))?;
        let why = format!("{name} is no group of Control: open it first");
        Err(refuse(self.edit, ProblemKind::WrongState, why))
    }

    /// Changes a user's name (S4-06).
    ///
    /// Demands `members.manage` on the user.
    ///
    /// # Errors
    ///
    /// [`Problem::NotAllowed`], [`Problem::AlreadyExists`]; problems of stale handles.
    pub fn rename_user(&mut self, user: User, name: &str) -> Result<(), Problem> {
        self.edit.demand(self.words.members_manage, user)?;
        self.edit.rename(user, name)
    }

    /// Makes a user a member of a group.
    ///
    /// Demands `member.add` of the two: `members.manage` on the user and on the group.
    ///
    /// # Errors
    ///
    /// [`Problem::NotAllowed`]; problems of stale handles.
    pub fn add_member(&mut self, user: User, group: Group) -> Result<(), Problem> {
        self.edit.demand(self.words.member_add, (user, group))?;
        join(self.edit, self.words.member, user, group)
    }

    /// Ends a membership.
    ///
    /// Demands `member.remove` of the two: `members.manage` on the user and on the group.
    ///
    /// # Errors
    ///
    /// [`Problem::NotAllowed`]; problems of stale handles; one of kind [`ProblemKind::WrongState`] where another system of the same policy
    /// made the user a member as well.
    pub fn remove_member(&mut self, user: User, group: Group) -> Result<(), Problem> {
        self.edit.demand(self.words.member_remove, (user, group))?;
        end_membership(self.edit, self.words.member, user, group)
    }

    /// Moves a person from one group to another (S4-06).
    ///
    /// Demands `member.move` of the three: `members.manage` on the user and on both groups.
    ///
    /// # Errors
    ///
    /// [`Problem::NotAllowed`]; problems of stale handles; one of kind [`ProblemKind::WrongState`] for who is no member of the first group:
    /// [`add_member`](Self::add_member) is for them, and as [`remove_member`](Self::remove_member).
    pub fn move_member(&mut self, user: User, from: Group, to: Group) -> Result<(), Problem> {
        self.edit.demand(self.words.member_move, (user, from, to))?;
        if !known(self.edit, |edit| edit.groups_of(user))?.contains(&from) {
            let why = "the person is no member of the group to move from";
            return Err(refuse(self.edit, ProblemKind::WrongState, why));
        }
        end_membership(self.edit, self.words.member, user, from)?;
        join(self.edit, self.words.member, user, to)
    }

    /// Adds the users of an import sheet, each with their groups, or none of them (S4-02).
    ///
    /// Demands `members.import` on each group, and on the platform for a user without any. Users who are there already are not taken over.
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
            .try_for_each(|group| join(self.edit, self.words.member, user, *group))?;
        Ok(user)
    }
}

/// Invitations.
impl ControlEdit<'_, '_> {
    /// Sends an invitation into these groups, or to the platform alone (S4-05).
    ///
    /// Demands `invites.manage` on each group, and on the platform where there is none.
    ///
    /// # Errors
    ///
    /// [`Problem::NotAllowed`], [`Problem::AlreadyExists`]; problems of stale handles.
    pub fn send_invitation(&mut self, groups: &[Group], name: &str) -> Result<Resource, Problem> {
        self.demand_invites(groups)?;
        let invitation = self.edit.add_resource(self.words.invitation, name)?;
        groups
            .iter()
            .try_for_each(|group| self.edit.place(invitation, *group))?;
        Ok(invitation)
    }

    /// Demands what a reminder needs (S4-05): `invites.manage` on the invitation. Nothing is recorded of it.
    ///
    /// # Errors
    ///
    /// [`Problem::NotAllowed`]; problems of stale handles and of a resource that is no invitation.
    pub fn remind_invitation(&mut self, invitation: Resource) -> Result<(), Problem> {
        demand_kind(self.edit, invitation, &[self.words.invitation])?;
        self.edit.demand(self.words.invites_manage, invitation)
    }

    /// Deletes an invitation (S4-05).
    ///
    /// Demands `invites.manage` on each group that it leads to, and on the platform where it leads to none.
    ///
    /// # Errors
    ///
    /// [`Problem::NotAllowed`]; problems of stale handles and of a resource that is no invitation.
    pub fn delete_invitation(&mut self, invitation: Resource) -> Result<(), Problem> {
        demand_kind(self.edit, invitation, &[self.words.invitation])?;
        let places = known(self.edit, |edit| edit.placements(invitation))?;
        let groups = places.into_iter().filter_map(|place| match place {
            Place::Group(group) => Some(group),
            _ => None,
        });
        self.demand_invites(&groups.collect::<Vec<_>>())?;
        self.edit.remove(invitation)
    }

    /// Demands the invitations to each of the groups, or to the platform alone.
    fn demand_invites(&mut self, groups: &[Group]) -> Result<(), Problem> {
        let manage = self.words.invites_manage;
        if groups.is_empty() {
            self.edit.demand(manage, Target::Platform)?;
        }
        groups
            .iter()
            .try_for_each(|group| self.edit.demand(manage, *group))
    }
}
