//! A set of policies for each action: what an application does whose policies all name their action.

use cedar_policy::{Authorizer, Decision, Entities, PolicySet};

use super::{Asked, Types};
use crate::peer::{Failure, Peer};
use crate::yardstick::lists::Lists;
use crate::yardstick::questions::Question;
use crate::yardstick::world::{PERMISSIONS, World};

pub(crate) struct ByAction {
    types: Types,
    authorizer: Authorizer,
    entities: Entities,
    /// The policies of each permission.
    policies: Vec<PolicySet>,
    groups: Lists,
}

impl Peer for ByAction {
    type Asked = Asked;
    type Found = ();

    fn build(world: &World) -> Result<ByAction, Failure> {
        let types = Types::new()?;
        let mut policies = Vec::new();
        for permission in 0..PERMISSIONS {
            let mut set = PolicySet::new();
            set.add_template(types.template(permission)?)?;
            policies.push(set);
        }
        for (at, &grant) in world.grants.iter().enumerate() {
            types.link(&mut policies[grant.permission as usize], at, grant)?;
        }
        Ok(ByAction {
            authorizer: Authorizer::new(),
            entities: types.entities(world)?,
            policies,
            types,
            groups: world.users.clone(),
        })
    }

    fn asked(&self, question: Question) -> Asked {
        self.types.asked(question)
    }

    fn can(&mut self, asked: &Asked) -> Result<bool, Failure> {
        let policies = &self.policies[asked.permission as usize];
        let answer = self
            .authorizer
            .is_authorized(&asked.request()?, policies, &self.entities);
        Ok(answer.decision() == Decision::Allow)
    }

    fn numbers(&self, (): &()) -> Vec<u32> {
        Vec::new()
    }

    fn join(&mut self, user: u32, group: u32) -> Result<(), Failure> {
        let mut groups = self.groups.of(user).to_vec();
        groups.push(group);
        let entities = std::mem::replace(&mut self.entities, Entities::empty());
        self.entities = self.types.join(entities, user, &groups)?;
        Ok(())
    }
}
