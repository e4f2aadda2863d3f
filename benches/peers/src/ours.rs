//! rolecall, through its public face: changes in, handles by name, one snapshot at a time.

use rolecall::{Action, Permission, Policy, Snapshot, Target, Targets, Thing, User};

use crate::peer::{Failure, Peer, number, target_name};
use crate::yardstick::built;
use crate::yardstick::questions::{About, Question};
use crate::yardstick::world::World;

pub(crate) struct Ours {
    policy: Policy,
    now: Snapshot,
}

pub(crate) struct Asked {
    user: User,
    permission: Permission,
    target: Target,
}

pub(crate) enum Found {
    Actions(Vec<Action>),
    Users(Vec<User>),
    Targets(Vec<Target>),
}

impl Peer for Ours {
    type Asked = Asked;
    type Found = Found;

    fn build(world: &World) -> Result<Ours, Failure> {
        let policy = built::policy(world)?;
        let now = policy.snapshot();
        Ok(Ours { policy, now })
    }

    fn asked(&self, question: Question) -> Asked {
        let known = "the names of a world are in the policy made of it";
        let user = |user| self.now.user(&built::user_name(user)).expect(known);
        let permission = built::permission_name(question.permission);
        let target = match question.about {
            About::User(target) => user(target).into(),
            About::Course(_) => {
                let kind = self.now.catalog().kind(built::COURSE).expect(known);
                let name = target_name(question.about);
                self.now.resource(kind, &name).expect(known).into()
            }
        };
        Asked {
            user: user(question.user),
            permission: self.now.catalog().permission(&permission).expect(known),
            target,
        }
    }

    fn can(&mut self, asked: &Asked) -> Result<bool, Failure> {
        Ok(self.now.can(asked.user, asked.permission, asked.target))
    }

    fn list(&mut self, asked: &Asked) -> Option<Found> {
        let actions = self.now.allowed_actions(asked.user, asked.target);
        actions.ok().map(Found::Actions)
    }

    fn who(&mut self, asked: &Asked) -> Option<Found> {
        let who = self.now.who_can(asked.permission, asked.target).ok()?;
        Some(Found::Users(who.to_vec()))
    }

    fn courses(&mut self, asked: &Asked) -> Option<Found> {
        let kind = self.now.catalog().kind(built::COURSE).ok()?;
        let places = self
            .now
            .where_can(asked.user, asked.permission, Targets::of(kind));
        Some(Found::Targets(places.ok()?.to_vec()))
    }

    fn numbers(&self, found: &Found) -> Vec<u32> {
        let named = |thing: Thing| self.now.name(thing).map_or(u32::MAX, number);
        let resource = |target: &Target| match *target {
            Target::Resource(resource) => named(resource.into()),
            _ => u32::MAX,
        };
        let action = |action: &Action| {
            let name = self.now.catalog().action_name(*action);
            name.map_or(u32::MAX, number)
        };
        match found {
            Found::Actions(actions) => actions.iter().map(action).collect(),
            Found::Users(users) => users.iter().map(|user| named((*user).into())).collect(),
            Found::Targets(targets) => targets.iter().map(resource).collect(),
        }
    }

    fn join(&mut self, user: u32, group: u32) -> Result<(), Failure> {
        let user = self.now.user(&built::user_name(user))?;
        let group = self.now.group(&built::group_name(group))?;
        let mut edit = self.policy.edit_unguarded();
        edit.add_member(user, group)?;
        edit.commit()?;
        self.now = self.policy.snapshot();
        Ok(())
    }
}
