//! The operations of the screens.

use crate::presets::control::Control;
use crate::presets::{allows_of, demand_oneself, known, refuse};
use crate::{
    Edit, Effect, Grant, Group, Permission, Place, Problem, ProblemKind, Resource, Scope, Subject,
    Target, User, What,
};

/// The operations of the screens, each with what the acting user needs for it.
///
/// Made by [`Control::on`]. Without an acting user nothing is demanded, but the rules of the catalog hold all the same. What an operation
/// demands is judged by the snapshot that the edit began from: what the edit itself adds is not known to it (S0-13).
#[derive(Debug)]
pub struct ControlEdit<'e, 'p> {
    words: Control,
    edit: &'e mut Edit<'p>,
}

/// Where attendees are managed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Door {
    /// Among the sessions on the learning side: for those who manage the event and see the person.
    Sessions,
    /// In Control: for admins.
    Control,
}

impl<'e, 'p> ControlEdit<'e, 'p> {
    pub(super) fn new(words: Control, edit: &'e mut Edit<'p>) -> Self {
        ControlEdit { words, edit }
    }

    /// Groups, roles, permissions and automations are set up by admins (S0-16).
    fn demand_set_up(&mut self) -> Result<(), Problem> {
        self.edit.demand(self.words.set_up, Target::Platform)
    }

    // ---- Permissions ----

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

    // ---- People and groups ----

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

    // ---- Invitations ----

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

    // ---- Timelines ----

    /// Writes a post in a group's timeline. An acting user is its author, and no other (S4-08).
    ///
    /// # Errors
    ///
    /// [`Problem::NotAllowed`], [`Problem::AlreadyExists`]; problems of stale handles.
    pub fn write_post(
        &mut self,
        group: Group,
        name: &str,
        author: User,
    ) -> Result<Resource, Problem> {
        demand_oneself(self.edit, author, "posts")?;
        self.edit.demand(self.words.timeline_post, group)?;
        let post = self.edit.add_resource(self.words.post, name)?;
        self.edit.place(post, group)?;
        self.write(post, self.words.post_own, author)?;
        Ok(post)
    }

    /// Writes a comment on a post. An acting user is its author, and no other (S4-08).
    ///
    /// # Errors
    ///
    /// [`Problem::NotAllowed`], [`Problem::AlreadyExists`]; problems of stale handles.
    pub fn write_comment(
        &mut self,
        post: Resource,
        name: &str,
        author: User,
    ) -> Result<Resource, Problem> {
        demand_oneself(self.edit, author, "comments")?;
        self.edit.demand(self.words.post_comment, post)?;
        let comment = self.edit.add_resource(self.words.comment, name)?;
        self.edit.place(comment, post)?;
        self.write(comment, self.words.comment_own, author)?;
        Ok(comment)
    }

    /// Records who wrote it.
    fn write(&mut self, text: Resource, own: Permission, author: User) -> Result<(), Problem> {
        let own = Grant::permission(own).to(author);
        self.edit.grant(own.on(Scope::this(text)))
    }

    /// Deletes a post, for its author and the moderators of its timeline (S4-07, A-28). Its comments go with it.
    ///
    /// # Errors
    ///
    /// [`Problem::NotAllowed`]; problems of stale handles.
    pub fn delete_post(&mut self, post: Resource) -> Result<(), Problem> {
        self.edit.demand(self.words.post_delete, post)?;
        let comments = known(self.edit, |edit| edit.contents(post))?;
        self.edit.remove(post)?;
        comments
            .into_iter()
            .try_for_each(|comment| self.edit.remove(comment))
    }

    /// Deletes a comment, for its author and the moderators of its timeline (S4-07, A-28).
    ///
    /// # Errors
    ///
    /// [`Problem::NotAllowed`]; problems of stale handles.
    pub fn delete_comment(&mut self, comment: Resource) -> Result<(), Problem> {
        self.edit.demand(self.words.comment_delete, comment)?;
        self.edit.remove(comment)
    }

    // ---- Trainers ----

    /// Checks the role trainer of a group or of a single user, with the groups they manage: exactly these from now on (S0-04, S0-06,
    /// S0-12 to S0-14). Without any, they can be named host and no more. Admins only.
    ///
    /// # Errors
    ///
    /// [`Problem::NotAllowed`]; problems of stale handles.
    pub fn set_trainer(
        &mut self,
        subject: impl Into<Subject>,
        manages: &[Group],
    ) -> Result<(), Problem> {
        let subject = subject.into();
        self.demand_set_up()?;
        let wanted = match manages {
            [] => Grant::role(self.words.eligible_host)
                .to(subject)
                .on_each([Scope::Platform]),
            groups => Grant::role(self.words.trainer)
                .to(subject)
                .on_each(groups.iter().map(|group| Scope::this(*group))),
        };
        self.edit.grant_all(wanted.iter().copied())?;
        let roles = [self.words.trainer, self.words.eligible_host].map(What::Role);
        for grant in known(self.edit, |edit| edit.grants_to(subject))? {
            let of_role = grant.effect() == Effect::Allow && roles.contains(&grant.what());
            if of_role && !wanted.contains(&grant) {
                self.edit.revoke(grant)?;
            }
        }
        Ok(())
    }

    /// Takes the role trainer off a group or a single user, and every role that includes it: hosting, events and learners end together
    /// (S0-09). Admins only.
    ///
    /// # Errors
    ///
    /// [`Problem::Inherited`] where the role comes from a group alone; [`Problem::NotAllowed`]; problems of stale handles.
    pub fn remove_trainer(&mut self, subject: impl Into<Subject>) -> Result<(), Problem> {
        let subject = subject.into();
        self.demand_set_up()?;
        let own = allows_of(self.edit, subject, &[self.words.eligible_host])?;
        if own.is_empty() {
            // There is nothing to take, or it is inherited and so refused.
            self.edit.revoke_all(subject, self.words.eligible_host)?;
            return self.edit.revoke_all(subject, self.words.trainer);
        }
        own.into_iter()
            .try_for_each(|grant| self.edit.revoke(grant))
    }

    // ---- Sessions and events ----

    /// Adds a session that nothing targets yet. Admins only.
    ///
    /// # Errors
    ///
    /// [`Problem::NotAllowed`], [`Problem::AlreadyExists`].
    pub fn add_session(&mut self, name: &str) -> Result<Resource, Problem> {
        self.demand_set_up()?;
        self.edit.add_resource(self.words.session, name)
    }

    /// Makes the automations of a session target exactly these groups: their people, and those of the groups below, see it and register
    /// (S0-03, A-30), and their trainers add and manage its events. Admins only.
    ///
    /// # Errors
    ///
    /// [`Problem::NotAllowed`]; problems of stale handles.
    pub fn set_automation_targets(
        &mut self,
        session: Resource,
        groups: &[Group],
    ) -> Result<(), Problem> {
        self.demand_set_up()?;
        for group in groups {
            self.edit.place(session, *group)?;
            let participant = Grant::role(self.words.participant).to(*group);
            self.edit.grant(participant.on(Scope::this(*group)))?;
        }
        for place in known(self.edit, |edit| edit.placements(session))? {
            if let Place::Group(group) = place
                && !groups.contains(&group)
            {
                self.edit.unplace(session, group)?;
            }
        }
        Ok(())
    }

    /// Creates an event in a session, with a host (S0-05, S4-03). Who is no trainer cannot be its host, so where nobody is there can be no
    /// event (S0-08).
    ///
    /// # Errors
    ///
    /// [`Problem::NotAllowed`], [`Problem::AlreadyExists`]; problems of stale handles. A host who is no trainer is refused by the commit.
    pub fn add_event(
        &mut self,
        session: Resource,
        name: &str,
        host: User,
    ) -> Result<Resource, Problem> {
        self.edit.demand(self.words.event_add, session)?;
        let event = self.edit.add_resource(self.words.event, name)?;
        self.edit.place(event, session)?;
        self.edit.grant(self.host(event, host))?;
        Ok(event)
    }

    /// Deletes an event, for those who manage it.
    ///
    /// # Errors
    ///
    /// [`Problem::NotAllowed`]; problems of stale handles.
    pub fn delete_event(&mut self, event: Resource) -> Result<(), Problem> {
        self.edit.demand(self.words.event_manage, event)?;
        self.edit.remove(event)
    }

    /// Names one more host of an event, for those who manage it (S0-07).
    ///
    /// # Errors
    ///
    /// [`Problem::NotAllowed`]; problems of stale handles. Who is no trainer is refused by the commit.
    pub fn name_host(&mut self, event: Resource, user: User) -> Result<(), Problem> {
        self.edit.demand(self.words.event_manage, event)?;
        self.edit.grant(self.host(event, user))
    }

    /// Ends it.
    ///
    /// # Errors
    ///
    /// [`Problem::NotAllowed`]; problems of stale handles.
    pub fn remove_host(&mut self, event: Resource, user: User) -> Result<(), Problem> {
        self.edit.demand(self.words.event_manage, event)?;
        self.edit.revoke(self.host(event, user))
    }

    fn host(&self, event: Resource, user: User) -> Grant {
        Grant::role(self.words.host).to(user).on(Scope::this(event))
    }

    /// Assigns a group to an event: its people can register, where the session is targeted to them as well (S0-10, S0-11).
    ///
    /// # Errors
    ///
    /// [`Problem::NotAllowed`]; problems of stale handles.
    pub fn offer_event(&mut self, event: Resource, group: Group) -> Result<(), Problem> {
        self.edit.demand(self.words.event_offer, (event, group))?;
        self.edit.grant(self.offer(event, group))
    }

    /// Ends it.
    ///
    /// # Errors
    ///
    /// [`Problem::NotAllowed`]; problems of stale handles.
    pub fn withdraw_event(&mut self, event: Resource, group: Group) -> Result<(), Problem> {
        self.edit.demand(self.words.event_offer, (event, group))?;
        self.edit.revoke(self.offer(event, group))
    }

    fn offer(&self, event: Resource, group: Group) -> Grant {
        Grant::permission(self.words.event_attend)
            .to(group)
            .on(Scope::this(event))
    }

    /// Registers a user for an event; an acting user registers themself, and no other (S0-02, S0-03).
    ///
    /// # Errors
    ///
    /// [`Problem::NotAllowed`]; problems of stale handles.
    pub fn register(&mut self, event: Resource, user: User) -> Result<(), Problem> {
        demand_oneself(self.edit, user, "registers")?;
        self.edit.demand(self.words.event_register, event)?;
        self.edit.grant(self.attendee(event, user))
    }

    /// Adds an attendee of an event through one of the two doors (S4-04, S4-13, A-10).
    ///
    /// # Errors
    ///
    /// [`Problem::NotAllowed`]; problems of stale handles.
    pub fn add_attendee(&mut self, door: Door, event: Resource, user: User) -> Result<(), Problem> {
        self.demand_door(door, event, user)?;
        self.edit.grant(self.attendee(event, user))
    }

    /// Removes an attendee of an event through one of the two doors (S4-04, S4-13, A-10).
    ///
    /// # Errors
    ///
    /// [`Problem::NotAllowed`]; problems of stale handles.
    pub fn remove_attendee(
        &mut self,
        door: Door,
        event: Resource,
        user: User,
    ) -> Result<(), Problem> {
        self.demand_door(door, event, user)?;
        self.edit.revoke(self.attendee(event, user))
    }

    fn demand_door(&mut self, door: Door, event: Resource, user: User) -> Result<(), Problem> {
        match door {
            Door::Sessions => self.edit.demand(self.words.attendee_manage, (event, user)),
            Door::Control => self
                .edit
                .demand(self.words.attendees_control, (event, user)),
        }
    }

    fn attendee(&self, event: Resource, user: User) -> Grant {
        let attendee = Grant::role(self.words.attendee).to(user);
        attendee.on(Scope::this(event))
    }
}
