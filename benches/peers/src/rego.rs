//! regorus, as the documentation of it and of Rego recommends: the facts as data, objects and not arrays wherever something is looked up,
//! `graph.reachable` for the groups above, and the policy compiled once.

use std::collections::{BTreeMap, BTreeSet};

use regorus::languages::rego::compiler::Compiler;
use regorus::rvm::vm::RegoVM;
use regorus::{Engine, Value};

use crate::peer::{Failure, Peer, number, target_name};
use crate::yardstick::built;
use crate::yardstick::questions::Question;
use crate::yardstick::world::{Subject, World};

/// The rules that are asked, in the order in which they were compiled.
const RULES: [&str; 2] = ["data.peers.allow", "data.peers.permissions"];
const ALLOW: usize = 0;
const PERMISSIONS: usize = 1;

pub(crate) struct Rego {
    machine: RegoVM,
    data: Value,
}

fn names(groups: &[u32]) -> Value {
    let names = groups.iter().map(|&group| built::group_name(group).into());
    Value::from(names.collect::<BTreeSet<Value>>())
}

/// The facts of a world as one document.
fn document(world: &World) -> Value {
    let groups = (0..).zip(world.parents.iter());
    let parents: BTreeMap<Value, Value> = groups
        .map(|(group, above)| (built::group_name(group).into(), names(above)))
        .collect();
    let users = (0..)
        .zip(world.users.iter())
        .map(|(user, groups)| (built::user_name(user).into(), names(groups)));
    let courses = (0..)
        .zip(world.courses.iter())
        .map(|(course, groups)| (built::course_name(course).into(), names(groups)));
    let groups_of: BTreeMap<Value, Value> = users.chain(courses).collect();
    let mut grants: BTreeMap<Value, BTreeMap<Value, Vec<Value>>> = BTreeMap::new();
    for grant in &world.grants {
        let subject = match grant.subject {
            Subject::User(user) => built::user_name(user),
            Subject::Group(group) => built::group_name(group),
        };
        let permission = built::permission_name(grant.permission).into();
        let held = grants.entry(subject.into()).or_default();
        let scopes = held.entry(permission).or_default();
        scopes.push(built::group_name(grant.scope).into());
    }
    let of_one = |held: BTreeMap<Value, Vec<Value>>| -> BTreeMap<Value, Value> {
        let held = held.into_iter();
        held.map(|(permission, scopes)| (permission, Value::from(scopes)))
            .collect()
    };
    let grants: BTreeMap<Value, Value> = grants
        .into_iter()
        .map(|(subject, held)| (subject, Value::from(of_one(held))))
        .collect();
    Value::from(BTreeMap::from([
        ("parents".into(), Value::from(parents)),
        ("groups_of".into(), Value::from(groups_of)),
        ("grants".into(), Value::from(grants)),
    ]))
}

impl Peer for Rego {
    type Asked = Value;
    type Found = Value;

    fn build(world: &World) -> Result<Rego, Failure> {
        let mut engine = Engine::new();
        engine.add_policy("rego.rego".to_owned(), include_str!("rego.rego").to_owned())?;
        let compiled = engine.compile_with_entrypoint(&RULES[ALLOW].into())?;
        let program = Compiler::compile_from_policy(&compiled, &RULES)?;
        let mut machine = RegoVM::new();
        machine.load_program(program);
        let data = document(world);
        machine.set_data(data.clone())?;
        Ok(Rego { machine, data })
    }

    fn asked(&self, question: Question) -> Value {
        Value::from(BTreeMap::from([
            ("user".into(), built::user_name(question.user).into()),
            (
                "permission".into(),
                built::permission_name(question.permission).into(),
            ),
            ("target".into(), target_name(question.about).into()),
        ]))
    }

    fn can(&mut self, asked: &Value) -> Result<bool, Failure> {
        self.machine.set_input(asked.clone());
        let answer = self.machine.execute_entry_point_by_index(ALLOW)?;
        Ok(*answer.as_bool()?)
    }

    fn list(&mut self, asked: &Value) -> Option<Value> {
        self.machine.set_input(asked.clone());
        self.machine.execute_entry_point_by_index(PERMISSIONS).ok()
    }

    fn numbers(&self, found: &Value) -> Vec<u32> {
        let Ok(found) = found.as_set() else {
            return Vec::new();
        };
        let names = found.iter().filter_map(|name| name.as_string().ok());
        let mut numbers: Vec<u32> = names.map(|name| number(name)).collect();
        numbers.sort_unstable();
        numbers
    }

    /// The document is held once, so it is taken back from the machine, changed in place and handed over again.
    fn join(&mut self, user: u32, group: u32) -> Result<(), Failure> {
        self.machine.set_data(Value::new_object())?;
        let data = self.data.as_object_mut()?;
        let groups_of = data.get_mut(&"groups_of".into()).ok_or("no users")?;
        let groups_of = groups_of.as_object_mut()?;
        let user = Value::from(built::user_name(user));
        let groups = groups_of.get_mut(&user).ok_or("no such user")?;
        let group = built::group_name(group).into();
        groups.as_set_mut()?.insert(group);
        self.machine.set_data(self.data.clone())?;
        Ok(())
    }
}
