//! A set of policies for each action and principal, and only the sets of the asker and of what is above the asker are asked: the index by
//! scope that the documentation recommends to an application, written out. It is sound here because no policy forbids: where some do, the
//! sets have to be joined before they are asked.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use cedar_policy::{Authorizer, Decision, Entities, EntityUid, PolicySet};

use super::{Asked, Types};
use crate::peer::{Failure, Peer};
use crate::yardstick::lists::Lists;
use crate::yardstick::questions::Question;
use crate::yardstick::world::{PERMISSIONS, World};

pub(crate) struct Sliced {
    types: Types,
    authorizer: Authorizer,
    entities: Entities,
    /// For each permission the policies of each principal.
    policies: Vec<HashMap<EntityUid, PolicySet>>,
    groups: Lists,
}

impl Peer for Sliced {
    type Asked = Asked;
    type Found = ();

    fn build(world: &World) -> Result<Sliced, Failure> {
        let types = Types::new()?;
        let templates: Result<Vec<_>, _> = (0..PERMISSIONS)
            .map(|permission| types.template(permission))
            .collect();
        let templates = templates?;
        let mut policies: Vec<HashMap<EntityUid, PolicySet>> =
            templates.iter().map(|_| HashMap::new()).collect();
        for (at, &grant) in world.grants.iter().enumerate() {
            let permission = grant.permission as usize;
            let set = match policies[permission].entry(types.subject(grant.subject)) {
                Entry::Occupied(set) => set.into_mut(),
                Entry::Vacant(free) => {
                    let set = free.insert(PolicySet::new());
                    set.add_template(templates[permission].clone())?;
                    set
                }
            };
            types.link(set, at, grant)?;
        }
        Ok(Sliced {
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
        let request = asked.request()?;
        let sets = &self.policies[asked.permission as usize];
        let above = self.entities.ancestors(&asked.principal);
        let held_as = std::iter::once(&asked.principal).chain(above.into_iter().flatten());
        let allowed = |set: &PolicySet| {
            let answer = self.authorizer.is_authorized(&request, set, &self.entities);
            answer.decision() == Decision::Allow
        };
        Ok(held_as.filter_map(|holder| sets.get(holder)).any(allowed))
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
