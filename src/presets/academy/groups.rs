//! Operations about groups, their badges, and the invitations to them.

use crate::presets::academy::{AcademyEdit, AssignedRole};
use crate::presets::{demand_oneself, known, of_roles};
use crate::{Grant, Group, Label, Place, Problem, Resource, Scope, Subject, User};

/// Groups and invitations to them.
impl AcademyEdit<'_, '_> {
    /// Creates a group below another. It is private until it is made public.
    ///
    /// Demands `group.create` on the parent.
    ///
    /// # Errors
    ///
    /// A [`Problem`] that marks the edit.
    pub fn create_group(&mut self, parent: Group, name: &str) -> Result<Group, Problem> {
        self.demand_at(self.words.group_create, parent)?;
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
        self.demand_at(self.words.group_confidentiality, group)?;
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
        self.demand_at(self.words.group_confidentiality, group)?;
        self.edit.remove_label(group, self.words.public)
    }

    /// Creates a badge in a group.
    ///
    /// Demands `badge.create` on the group.
    ///
    /// # Errors
    ///
    /// A [`Problem`] that marks the edit.
    pub fn create_badge(&mut self, group: Group, name: &str) -> Result<Resource, Problem> {
        self.demand_at(self.words.badge_create, group)?;
        let badge = self.edit.add_resource(self.words.badge, name)?;
        self.edit.place(badge, group)?;
        Ok(badge)
    }

    /// Invites someone to a group, into the roles that are ticked. The invitation has the name that the account will have. A user of that name
    /// who is there already gets the role [`invitee`](crate::presets::academy::Academy::invitee) on it, and may accept it.
    ///
    /// Demands `invitation.manage` on the group, and of each role what it takes to give it there: `member.manage` on all that it reaches,
    /// and what it gives. Nothing is demanded of the person, who comes by their own will.
    ///
    /// # Errors
    ///
    /// A [`Problem`] that marks the edit.
    pub fn invite(
        &mut self,
        name: &str,
        roles: &[AssignedRole],
        group: Group,
    ) -> Result<Resource, Problem> {
        self.demand_at(self.words.invitation_manage, group)?;
        for role in roles {
            self.demand_giving(*role, group)?;
        }
        let invitation = self.edit.add_resource(self.words.invitation, name)?;
        self.edit.place(invitation, group)?;
        for role in roles {
            self.edit.add_label(invitation, self.invited(*role))?;
        }
        if let Ok(user) = self.edit.user(name) {
            let invitee = Grant::role(self.words.invitee).to(user);
            self.edit.grant(invitee.on(Scope::this(invitation)))?;
        }
        Ok(invitation)
    }

    /// Accepts an invitation: the account is there, with the roles that were ticked, and the invitation is gone.
    ///
    /// Demands `invitation.accept` on the invitation, which the user has who is invited, and nobody else. Somebody who was not there when they
    /// were invited signs up: that takes an unguarded edit, in which the service knows who they are.
    ///
    /// # Errors
    ///
    /// A [`Problem`] that marks the edit; so for a resource that is no invitation. An invitation without a role into a new account is refused
    /// when the edit is committed (S3-02).
    pub fn accept_invitation(&mut self, invitation: Resource) -> Result<User, Problem> {
        self.is_invitation(invitation)?;
        self.edit.demand(self.words.invitation_accept, invitation)?;
        let (name, labels, places, grants) = known(self.edit, |edit| {
            let places = edit.placements(invitation)?;
            Ok((
                edit.thing_name(invitation)?,
                edit.labels(invitation)?,
                places,
                edit.grants_on(invitation)?,
            ))
        })?;
        let invited = of_roles(self.edit, grants, &[self.words.invitee])?;
        let invited = invited.iter().find_map(|grant| match grant.subject() {
            Subject::User(user) => Some(user),
            _ => None,
        });
        let user = match invited {
            Some(user) => user,
            None => self.find_or_add(name.name())?,
        };
        demand_oneself(self.edit, user, "accepts an invitation")?;
        self.open_account(user)?;
        let ticked = |role: &AssignedRole| labels.contains(&self.invited(*role));
        let ticked: Vec<AssignedRole> = AssignedRole::ALL.into_iter().filter(ticked).collect();
        for place in places {
            let Place::Group(group) = place else { continue };
            self.in_academy(group)?;
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
    /// A [`Problem`] that marks the edit; so for a resource that is no invitation.
    pub fn withdraw_invitation(&mut self, invitation: Resource) -> Result<(), Problem> {
        self.is_invitation(invitation)?;
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
