//! Operations about trainers, sessions and events, with their hosts and attendees.

use crate::presets::control::ControlEdit;
use crate::presets::{allows_of, demand_kind, demand_oneself, known};
use crate::{Effect, Grant, Group, Place, Problem, Resource, Scope, Subject, User, What};

/// Where attendees are managed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Door {
    /// Among the sessions on the learning side: for those who manage the event and see the person.
    Sessions,
    /// In Control: for admins.
    Control,
}

/// Trainers.
impl ControlEdit<'_, '_> {
    /// Checks the role trainer of a group or of a single user, with the groups they manage: exactly these from now on (S0-04, S0-06,
    /// S0-12 to S0-14). Without any, they can be named host and no more.
    ///
    /// Demands `set_up` on the platform.
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
    /// (S0-09).
    ///
    /// Demands `set_up` on the platform.
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
}

/// Sessions and events.
impl ControlEdit<'_, '_> {
    /// Adds a session that nothing targets yet.
    ///
    /// Demands `set_up` on the platform.
    ///
    /// # Errors
    ///
    /// [`Problem::NotAllowed`], [`Problem::AlreadyExists`].
    pub fn add_session(&mut self, name: &str) -> Result<Resource, Problem> {
        self.demand_set_up()?;
        self.edit.add_resource(self.words.session, name)
    }

    /// Makes the automations of a session target exactly these groups: their people, and those of the groups below, see it and register
    /// (S0-03, A-30), and their trainers add and manage its events.
    ///
    /// Demands `set_up` on the platform.
    ///
    /// # Errors
    ///
    /// [`Problem::NotAllowed`]; problems of stale handles.
    pub fn set_automation_targets(
        &mut self,
        session: Resource,
        groups: &[Group],
    ) -> Result<(), Problem> {
        demand_kind(self.edit, session, &[self.words.session])?;
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
    /// Demands `event.add` on the session.
    ///
    /// # Errors
    ///
    /// [`Problem::NotAllowed`], [`Problem::AlreadyExists`]; problems of stale handles. A host who is no trainer is refused by the commit.
    pub fn add_event(
        &mut self,
        host: User,
        session: Resource,
        name: &str,
    ) -> Result<Resource, Problem> {
        demand_kind(self.edit, session, &[self.words.session])?;
        self.edit.demand(self.words.event_add, session)?;
        let event = self.edit.add_resource(self.words.event, name)?;
        self.edit.place(event, session)?;
        self.edit.grant(self.host(event, host))?;
        Ok(event)
    }

    /// Deletes an event.
    ///
    /// Demands `event.manage` on the event.
    ///
    /// # Errors
    ///
    /// [`Problem::NotAllowed`]; problems of stale handles.
    pub fn delete_event(&mut self, event: Resource) -> Result<(), Problem> {
        demand_kind(self.edit, event, &[self.words.event])?;
        self.edit.demand(self.words.event_manage, event)?;
        self.edit.remove(event)
    }

    /// Names one more host of an event (S0-07).
    ///
    /// Demands `event.manage` on the event.
    ///
    /// # Errors
    ///
    /// [`Problem::NotAllowed`]; problems of stale handles. Who is no trainer is refused by the commit.
    pub fn name_host(&mut self, user: User, event: Resource) -> Result<(), Problem> {
        demand_kind(self.edit, event, &[self.words.event])?;
        self.edit.demand(self.words.event_manage, event)?;
        self.edit.grant(self.host(event, user))
    }

    /// Ends it.
    ///
    /// Demands `event.manage` on the event.
    ///
    /// # Errors
    ///
    /// [`Problem::NotAllowed`]; problems of stale handles.
    pub fn remove_host(&mut self, user: User, event: Resource) -> Result<(), Problem> {
        demand_kind(self.edit, event, &[self.words.event])?;
        self.edit.demand(self.words.event_manage, event)?;
        self.edit.revoke(self.host(event, user))
    }

    fn host(&self, event: Resource, user: User) -> Grant {
        Grant::role(self.words.host).to(user).on(Scope::this(event))
    }

    /// Assigns a group to an event: its people can register, where the session is targeted to them as well (S0-10, S0-11).
    ///
    /// Demands `event.offer` of the two.
    ///
    /// # Errors
    ///
    /// [`Problem::NotAllowed`]; problems of stale handles.
    pub fn offer_event(&mut self, event: Resource, group: Group) -> Result<(), Problem> {
        demand_kind(self.edit, event, &[self.words.event])?;
        self.edit.demand(self.words.event_offer, (event, group))?;
        self.edit.grant(self.offer(event, group))
    }

    /// Ends it.
    ///
    /// Demands `event.offer` of the two.
    ///
    /// # Errors
    ///
    /// [`Problem::NotAllowed`]; problems of stale handles.
    pub fn withdraw_event(&mut self, event: Resource, group: Group) -> Result<(), Problem> {
        demand_kind(self.edit, event, &[self.words.event])?;
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
    /// Demands `event.register` on the event.
    ///
    /// # Errors
    ///
    /// [`Problem::NotAllowed`]; problems of stale handles.
    pub fn register(&mut self, user: User, event: Resource) -> Result<(), Problem> {
        demand_kind(self.edit, event, &[self.words.event])?;
        demand_oneself(self.edit, user, "registers")?;
        self.edit.demand(self.words.event_register, event)?;
        self.edit.grant(self.attendee(event, user))
    }

    /// Adds an attendee of an event through one of the two doors (S4-04, S4-13, A-10).
    ///
    /// Demands `attendee.manage` or `attendees.control`, by the door, of the event and the user.
    ///
    /// # Errors
    ///
    /// [`Problem::NotAllowed`]; problems of stale handles.
    pub fn add_attendee(&mut self, user: User, event: Resource, door: Door) -> Result<(), Problem> {
        self.demand_door(door, event, user)?;
        self.edit.grant(self.attendee(event, user))
    }

    /// Removes an attendee of an event through one of the two doors (S4-04, S4-13, A-10).
    ///
    /// Demands as [`add_attendee`](Self::add_attendee).
    ///
    /// # Errors
    ///
    /// [`Problem::NotAllowed`]; problems of stale handles.
    pub fn remove_attendee(
        &mut self,
        user: User,
        event: Resource,
        door: Door,
    ) -> Result<(), Problem> {
        self.demand_door(door, event, user)?;
        self.edit.revoke(self.attendee(event, user))
    }

    fn demand_door(&mut self, door: Door, event: Resource, user: User) -> Result<(), Problem> {
        demand_kind(self.edit, event, &[self.words.event])?;
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
