//! A set of policies for each action: what an application does whose policies all name their action.

use std::fmt::Write;
use std::str::FromStr;

use cedar_policy::{
    Authorizer, Context, Decision, Entities, EntityUid, PolicySet, PrincipalQueryRequest,
    ResourceQueryRequest, Schema,
};

use super::{Asked, Types};
use crate::peer::{Failure, Peer, number};
use crate::yardstick::built;
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
    /// Only the reverse questions need it.
    schema: Schema,
}

/// The types of a world and its actions.
fn schema() -> Result<Schema, Failure> {
    let mut text = "entity Group in [Group];\nentity User, Course in [Group];\n".to_owned();
    for permission in 0..PERMISSIONS {
        let name = built::permission_name(permission);
        writeln!(
            text,
            "action {name} appliesTo {{ principal: User, resource: [User, Course] }};"
        )?;
    }
    Ok(Schema::from_str(&text)?)
}

impl ByAction {
    fn principals(&self, asked: &Asked) -> Result<Vec<EntityUid>, Failure> {
        let request = PrincipalQueryRequest::new(
            self.types.user.clone(),
            asked.action.clone(),
            asked.resource.clone(),
            Context::empty(),
            &self.schema,
        )?;
        let policies = &self.policies[asked.permission as usize];
        let found = policies.query_principal(&request, &self.entities, &self.schema)?;
        Ok(found.collect())
    }

    fn resources(&self, asked: &Asked) -> Result<Vec<EntityUid>, Failure> {
        let request = ResourceQueryRequest::new(
            asked.principal.clone(),
            asked.action.clone(),
            self.types.course.clone(),
            Context::empty(),
            &self.schema,
        )?;
        let policies = &self.policies[asked.permission as usize];
        let found = policies.query_resource(&request, &self.entities, &self.schema)?;
        Ok(found.collect())
    }
}

impl Peer for ByAction {
    type Asked = Asked;
    type Found = Vec<EntityUid>;

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
            schema: schema()?,
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

    fn who(&mut self, asked: &Asked) -> Option<Vec<EntityUid>> {
        self.principals(asked).ok()
    }

    fn courses(&mut self, asked: &Asked) -> Option<Vec<EntityUid>> {
        self.resources(asked).ok()
    }

    fn numbers(&self, found: &Vec<EntityUid>) -> Vec<u32> {
        let names = found.iter().map(|one| number(one.id().unescaped()));
        let mut numbers: Vec<u32> = names.collect();
        numbers.sort_unstable();
        numbers
    }

    fn join(&mut self, user: u32, group: u32) -> Result<(), Failure> {
        let mut groups = self.groups.of(user).to_vec();
        groups.push(group);
        let entities = std::mem::replace(&mut self.entities, Entities::empty());
        self.entities = self.types.join(entities, user, &groups)?;
        Ok(())
    }
}
