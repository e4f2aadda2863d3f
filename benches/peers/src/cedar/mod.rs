//! cedar-policy, as its documentation recommends: entities with parents, a template for each action that is linked once for each grant, and
//! principal and resource in the scope of the policy, so that an application can index its policies.

pub(crate) mod by_action;
pub(crate) mod sliced;

use std::collections::{HashMap, HashSet};
use std::str::FromStr;

use cedar_policy::{
    Context, Entities, Entity, EntityId, EntityTypeName, EntityUid, PolicyId, PolicySet, Request,
    SlotId, Template,
};

use crate::peer::Failure;
use crate::yardstick::built;
use crate::yardstick::questions::{About, Question};
use crate::yardstick::world::{GrantOf, Subject, World};

/// A question as entities.
pub(crate) struct Asked {
    permission: u32,
    principal: EntityUid,
    action: EntityUid,
    resource: EntityUid,
}

impl Asked {
    fn request(&self) -> Result<Request, Failure> {
        let request = Request::new(
            self.principal.clone(),
            self.action.clone(),
            self.resource.clone(),
            Context::empty(),
            None,
        );
        Ok(request?)
    }
}

/// The names of the types, parsed once.
pub(crate) struct Types {
    user: EntityTypeName,
    group: EntityTypeName,
    course: EntityTypeName,
    action: EntityTypeName,
}

impl Types {
    fn new() -> Result<Types, Failure> {
        Ok(Types {
            user: EntityTypeName::from_str("User")?,
            group: EntityTypeName::from_str("Group")?,
            course: EntityTypeName::from_str("Course")?,
            action: EntityTypeName::from_str("Action")?,
        })
    }

    fn user(&self, user: u32) -> EntityUid {
        named(&self.user, built::user_name(user))
    }

    fn group(&self, group: u32) -> EntityUid {
        named(&self.group, built::group_name(group))
    }

    fn course(&self, course: u32) -> EntityUid {
        named(&self.course, built::course_name(course))
    }

    fn action(&self, permission: u32) -> EntityUid {
        named(&self.action, built::permission_name(permission))
    }

    fn subject(&self, subject: Subject) -> EntityUid {
        match subject {
            Subject::User(user) => self.user(user),
            Subject::Group(group) => self.group(group),
        }
    }

    fn asked(&self, question: Question) -> Asked {
        Asked {
            permission: question.permission,
            principal: self.user(question.user),
            action: self.action(question.permission),
            resource: match question.about {
                About::User(user) => self.user(user),
                About::Course(course) => self.course(course),
            },
        }
    }

    /// The groups, users and courses of a world, each with its parents.
    fn entities(&self, world: &World) -> Result<Entities, Failure> {
        let groups = |list: &[u32]| -> HashSet<EntityUid> {
            list.iter().map(|&group| self.group(group)).collect()
        };
        let all = (0..)
            .zip(world.parents.iter())
            .map(|(group, list)| Entity::new_no_attrs(self.group(group), groups(list)));
        let users = (0..)
            .zip(world.users.iter())
            .map(|(user, list)| Entity::new_no_attrs(self.user(user), groups(list)));
        let courses = (0..)
            .zip(world.courses.iter())
            .map(|(course, list)| Entity::new_no_attrs(self.course(course), groups(list)));
        Ok(Entities::from_entities(
            all.chain(users).chain(courses),
            None,
        )?)
    }

    /// The template of a permission.
    fn template(&self, permission: u32) -> Result<Template, Failure> {
        let text = format!(
            "permit(principal in ?principal, action == Action::\"{}\", resource in ?resource);",
            built::permission_name(permission)
        );
        Ok(Template::parse(Some(template_id(permission)), text)?)
    }

    /// Links the template of the grant's permission, which the set has.
    fn link(&self, policies: &mut PolicySet, at: usize, grant: GrantOf) -> Result<(), Failure> {
        let slots = HashMap::from([
            (SlotId::principal(), self.subject(grant.subject)),
            (SlotId::resource(), self.group(grant.scope)),
        ]);
        let id = PolicyId::new(format!("grant{at}"));
        Ok(policies.link(template_id(grant.permission), id, slots)?)
    }

    /// Puts the user into one more group, by giving the entity anew with all of its parents.
    fn join(&self, entities: Entities, user: u32, groups: &[u32]) -> Result<Entities, Failure> {
        let parents = groups.iter().map(|&group| self.group(group)).collect();
        let entity = Entity::new_no_attrs(self.user(user), parents);
        Ok(entities.upsert_entities([entity], None)?)
    }
}

fn template_id(permission: u32) -> PolicyId {
    PolicyId::new(built::permission_name(permission))
}

fn named(sort: &EntityTypeName, name: String) -> EntityUid {
    EntityUid::from_type_name_and_id(sort.clone(), EntityId::new(name))
}
