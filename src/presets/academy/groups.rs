//! Operations about groups, their badges, and the invitations to them.

use crate::presets::academy::{AcademyEdit, AssignedRole};
use crate::presets::known;
use crate::{Group, Label, Place, Problem, Resource, User};

/// Groups and invitations to them.
impl AcademyEdit<'_, '_> {
    /// Creates a group below another. It is private until it is made public.
    ///
    /// Demands `group.create` on the parent.
    ///
    /// # Errors
    ///
    /// A [`Problem`] that marks the edit.
    pub fn create_group(&mut self, name: &str, parent: Group) -> Result<Group, Problem> {
        self.edit.demand(self.words.group_create, parent)?;
        let group = self.edit.add_group(name)?;
        self.edit.attach(group, parent)?;
        Ok(group)
    }

    /// Makes a group public: platform coaches then see its users.
    ///
    /// Demands `group.confidentiality` on the group.
    ///
    /// # Errors
    ///
    /// A [`Problem`] that marks the edit.
    pub fn make_public(&mut self, group: Group) -> Result<(), Problem> {
        self.edit.demand(self.words.group_confidentiality, group)?;
        self.edit.add_label(group, self.words.public)
    }

    /// Makes a group private again.
    ///
    /// Demands `group.confidentiality` on the group.
    ///
    /// # Errors
    ///
    /// A [`Problem`] that marks the edit.
    pub fn make_private(&mut self, group: Group) -> Result<(), Problem> {
        self.edit.demand(self.words.group_confidentiality, group)?;
        self.edit.remove_label(group, self.words.public)
    }

    /// Creates a badge in a group.
    ///
    /// Demands `badge.create` on the group.
    ///
    /// # Errors
    ///
    /// A [`Problem`] that marks the edit.
    pub fn create_badge(&mut self, name: &str, group: Group) -> Result<Resource, Problem> {
        self.edit.demand(self.words.badge_create, group)?;
        let badge = self.edit.add_resource(self.words.badge, name)?;
        self.edit.place(badge, group)?;
        Ok(badge)
    }

    /// Invites someone to a group, into the roles that are ticked. The invitation has the name that the account will have.
    ///
    /// Demands `invitation.manage` on the group.
    ///
    /// # Errors
    ///
    /// A [`Problem`] that marks the edit.
    pub fn invite(
        &mut self,
        name: &str,
        group: Group,
        roles: &[AssignedRole],
    ) -> Result<Resource, Problem> {
        self.edit.demand(self.words.invitation_manage, group)?;
        let invitation = self.edit.add_resource(self.words.invitation, name)?;
        self.edit.place(invitation, group)?;
        for role in roles {
            self.edit.add_label(invitation, self.invited(*role))?;
        }
        Ok(invitation)
    }

    /// Accepts an invitation: the account is there, with the roles that were ticked, and the invitation is gone.
    ///
    /// # Errors
    ///
    /// A [`Problem`] that marks the edit. An invitation without a role into a new account is refused when the edit is committed (S3-02).
    pub fn accept_invitation(&mut self, invitation: Resource) -> Result<User, Problem> {
        let (name, labels, places) = known(self.edit, |edit| {
            let places = edit.placements(invitation)?;
            Ok((
                edit.thing_name(invitation)?,
                edit.labels(invitation)?,
                places,
            ))
        })?;
        let user = self.find_or_add(name.name())?;
        self.open_account(user)?;
        let ticked = |role: &AssignedRole| labels.contains(&self.invited(*role));
        let ticked: Vec<AssignedRole> = AssignedRole::ALL.into_iter().filter(ticked).collect();
        for place in places {
            let Place::Group(group) = place else { continue };
            for role in &ticked {
                self.assign(*role, user, group)?;
            }
        }
        self.edit.remove(invitation)?;
        Ok(user)
    }

    /// Deletes an invitation.
    ///
    /// Demands `invitation.manage` on it.
    ///
    /// # Errors
    ///
    /// A [`Problem`] that marks the edit.
    pub fn withdraw_invitation(&mut self, invitation: Resource) -> Result<(), Problem> {
        self.edit.demand(self.words.invitation_manage, invitation)?;
        self.edit.remove(invitation)
    }

    fn invited(&self, role: AssignedRole) -> Label {
        match role {
            AssignedRole::Admin => self.words.invited_admin,
            AssignedRole::Coach => self.words.invited_coach,
            AssignedRole::Author => self.words.invited_author,
            AssignedRole::Learner => self.words.invited_learner,
        }
    }
}
