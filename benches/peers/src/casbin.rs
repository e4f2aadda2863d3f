//! casbin, as its documentation recommends: RBAC with roles for subjects and objects, loaded in bulk, role links kept up incrementally, no
//! storage behind it. Two forms of the model: all policies in one section, with the cheap comparison first in the matcher; and a section for
//! each action, so that a question is matched with the policies of its action only.

use casbin::{CoreApi, DefaultModel, EnforceContext, Enforcer, MgmtApi};
use tokio::runtime::{Builder, Runtime};

use crate::peer::{Failure, Peer, target_name};
use crate::yardstick::built;
use crate::yardstick::questions::Question;
use crate::yardstick::world::{PERMISSIONS, Subject, World};

/// All policies in one section.
const ONE_SECTION: &str = "
[request_definition]
r = sub, act, obj

[policy_definition]
p = sub, act, obj

[role_definition]
g = _, _

[policy_effect]
e = some(where (p.eft == allow))

[matchers]
m = r.act == p.act && g(r.sub, p.sub) && g(r.obj, p.obj)
";

/// A section for each permission: `p`, `p2`, `p3` and so on.
fn a_section_each() -> String {
    let suffixes = || (0..PERMISSIONS).map(suffix);
    let lines = |line: &dyn Fn(String) -> String| -> String { suffixes().map(line).collect() };
    format!(
        "[request_definition]\n{}\n[policy_definition]\n{}\n[role_definition]\ng = _, _\n\
         \n[policy_effect]\n{}\n[matchers]\n{}",
        lines(&|at| format!("r{at} = sub, obj\n")),
        lines(&|at| format!("p{at} = sub, obj\n")),
        lines(&|at| format!("e{at} = some(where (p.eft == allow))\n")),
        lines(&|at| format!("m{at} = g(r{at}.sub, p{at}.sub) && g(r{at}.obj, p{at}.obj)\n")),
    )
}

/// The section of a permission; the first has no number.
fn suffix(permission: u32) -> String {
    match permission {
        0 => String::new(),
        _ => (permission + 1).to_string(),
    }
}

/// casbin with all policies in one section, or with a section for each permission.
pub(crate) struct Casbin<const SECTIONS: bool> {
    enforcer: Enforcer,
    runtime: Runtime,
}

pub(crate) struct Asked {
    user: String,
    permission: String,
    section: String,
    target: String,
}

fn link(low: String, high: u32) -> Vec<String> {
    vec![low, built::group_name(high)]
}

impl<const SECTIONS: bool> Peer for Casbin<SECTIONS> {
    type Asked = Asked;
    type Found = ();

    fn build(world: &World) -> Result<Self, Failure> {
        let runtime = Builder::new_current_thread().build()?;
        let text = match SECTIONS {
            true => a_section_each(),
            false => ONE_SECTION.to_owned(),
        };
        let model = runtime.block_on(DefaultModel::from_str(&text))?;
        let mut enforcer = runtime.block_on(Enforcer::new(model, ()))?;

        let parents = (0..).zip(world.parents.iter());
        let users = (0..).zip(world.users.iter());
        let courses = (0..).zip(world.courses.iter());
        let parents = parents.flat_map(|(at, list)| {
            list.iter()
                .map(move |&above| link(built::group_name(at), above))
        });
        let users = users.flat_map(|(at, list)| {
            list.iter()
                .map(move |&group| link(built::user_name(at), group))
        });
        let courses = courses.flat_map(|(at, list)| {
            list.iter()
                .map(move |&group| link(built::course_name(at), group))
        });
        let links = parents.chain(users).chain(courses).collect();
        runtime.block_on(enforcer.add_grouping_policies(links))?;

        let mut policies = vec![Vec::new(); PERMISSIONS as usize];
        for grant in &world.grants {
            let subject = match grant.subject {
                Subject::User(user) => built::user_name(user),
                Subject::Group(group) => built::group_name(group),
            };
            let mut policy = vec![subject, built::group_name(grant.scope)];
            if !SECTIONS {
                policy.insert(1, built::permission_name(grant.permission));
            }
            policies[grant.permission as usize].push(policy);
        }
        for (permission, policies) in (0..).zip(policies) {
            let section = match SECTIONS {
                true => format!("p{}", suffix(permission)),
                false => "p".to_owned(),
            };
            if !policies.is_empty() {
                runtime.block_on(enforcer.add_named_policies(&section, policies))?;
            }
        }
        Ok(Casbin { enforcer, runtime })
    }

    fn asked(&self, question: Question) -> Asked {
        Asked {
            user: built::user_name(question.user),
            permission: built::permission_name(question.permission),
            section: suffix(question.permission),
            target: target_name(question.about),
        }
    }

    fn can(&mut self, asked: &Asked) -> Result<bool, Failure> {
        let (user, target) = (asked.user.as_str(), asked.target.as_str());
        Ok(match SECTIONS {
            true => {
                let section = EnforceContext::new(&asked.section);
                self.enforcer
                    .enforce_with_context(section, (user, target))?
            }
            false => self
                .enforcer
                .enforce((user, asked.permission.as_str(), target))?,
        })
    }

    fn numbers(&self, (): &()) -> Vec<u32> {
        Vec::new()
    }

    fn join(&mut self, user: u32, group: u32) -> Result<(), Failure> {
        let link = link(built::user_name(user), group);
        self.runtime
            .block_on(self.enforcer.add_grouping_policy(link))?;
        Ok(())
    }
}
