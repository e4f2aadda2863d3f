//! World files: real organisations with their questions and the answers recorded for them, read into declarations and changes.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use rolecall::{
    Change, Declaration, Effect, GrantName, PlaceName, Requirement, ScopeName, SubjectName,
    TargetName, ThingName, WhatName, all, allows, any, holds, marked,
};
use serde::Deserialize;

#[derive(Deserialize)]
struct File {
    users: Vec<String>,
    groups: Vec<Group>,
    members: Vec<(String, String)>,
    resources: Vec<Resource>,
    roles: Vec<Role>,
    grants: Vec<Entry>,
    checks: Vec<(String, String, Spot, bool)>,
    #[serde(default)]
    checks_computed: Vec<(String, String, Spot, bool)>,
    #[serde(default)]
    denies: Vec<Entry>,
    #[serde(default)]
    prerequisites: Vec<(String, String)>,
    #[serde(default)]
    tag_rules: Vec<TagRule>,
    #[serde(default)]
    who_can: Vec<(String, Spot, Vec<String>)>,
}

#[derive(Deserialize)]
struct Group {
    id: String,
    parents: Vec<String>,
}

#[derive(Deserialize)]
struct Resource {
    id: String,
    kind: String,
    parents: Vec<Spot>,
    #[serde(default)]
    tags: Vec<String>,
}

#[derive(Deserialize)]
struct Role {
    id: String,
    permissions: Vec<String>,
    includes: Vec<String>,
}

#[derive(Deserialize)]
struct Entry {
    subject: Spot,
    role: Option<String>,
    permission: Option<String>,
    scope: Spot,
}

#[derive(Deserialize)]
struct TagRule {
    permission: String,
    tag: String,
    requires: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum Spot {
    Platform(#[expect(dead_code, reason = "the entry is always `true`")] bool),
    Group(String),
    Resource(String),
    User(String),
}

/// A world file as the crate's data.
pub(crate) struct WorldFile {
    pub(crate) name: String,
    pub(crate) declarations: Vec<Declaration>,
    pub(crate) changes: Vec<Change>,
    /// User, action, target and the answer.
    pub(crate) checks: Vec<(String, String, TargetName, bool)>,
    /// Action, target, and all users who can.
    pub(crate) who_can: Vec<(String, TargetName, BTreeSet<String>)>,
}

/// The world files there are: none where the folder is missing.
pub(crate) fn files() -> Vec<WorldFile> {
    let folder = std::env::var_os("ROLECALL_DATA").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data"),
        PathBuf::from,
    );
    let Ok(entries) = std::fs::read_dir(&folder) else {
        println!(
            "no world files at {}: nothing is replayed; ROLECALL_DATA names their folder",
            folder.display()
        );
        return Vec::new();
    };
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.extension().is_some_and(|it| it == "json"));
    paths.sort();
    paths.iter().map(|path| read(path)).collect()
}

/// A declared kind for a kind of the file, which may be named `user` or have a colon.
fn kind_name(kind: &str) -> String {
    format!("kind/{}", kind.replace(':', "/"))
}

fn read(path: &Path) -> WorldFile {
    let text = std::fs::read_to_string(path).unwrap();
    let file: File = serde_json::from_str(&text).unwrap();
    let kind_of: BTreeMap<&str, String> = file
        .resources
        .iter()
        .map(|it| (it.id.as_str(), kind_name(&it.kind)))
        .collect();
    let place = |spot: &Spot| match spot {
        Spot::Platform(_) => None,
        Spot::Group(id) => Some(PlaceName::group(id)),
        Spot::Resource(id) => Some(PlaceName::resource(&kind_of[id.as_str()], id)),
        Spot::User(id) => Some(PlaceName::user(id)),
    };
    let target = |spot: &Spot| place(spot).map_or(TargetName::Platform, TargetName::Place);

    let mut changes = Vec::new();
    changes.extend(file.users.iter().map(|id| Change::Add(ThingName::user(id))));
    changes.extend(
        file.groups
            .iter()
            .map(|it| Change::Add(ThingName::group(&it.id))),
    );
    changes.extend(
        file.resources
            .iter()
            .map(|it| Change::Add(ThingName::resource(kind_name(&it.kind), &it.id))),
    );
    for (user, group) in file.members.iter().cloned() {
        changes.push(Change::AddMember { user, group });
    }
    for it in &file.groups {
        changes.extend(it.parents.iter().cloned().map(|parent| Change::Attach {
            group: it.id.clone(),
            parent,
        }));
    }
    for it in &file.resources {
        let (kind, resource) = (kind_name(&it.kind), it.id.clone());
        let own = PlaceName::resource(&kind, &resource);
        changes.extend(it.parents.iter().map(|spot| Change::Place {
            kind: kind.clone(),
            resource: resource.clone(),
            place: place(spot).unwrap(),
        }));
        changes.extend(it.tags.iter().map(|label| Change::AddLabel {
            place: own.clone(),
            label: label.clone(),
        }));
    }
    let entries = file.grants.iter().map(|it| (Effect::Allow, it));
    for (effect, it) in entries.chain(file.denies.iter().map(|it| (Effect::Deny, it))) {
        changes.push(Change::Grant(GrantName {
            effect,
            subject: match &it.subject {
                Spot::User(id) => SubjectName::User(id.clone()),
                Spot::Group(id) => SubjectName::Group(id.clone()),
                _ => panic!("a grant is to a user or a group"),
            },
            what: match (&it.role, &it.permission) {
                (Some(role), None) => WhatName::Role(role.clone()),
                (None, Some(permission)) => WhatName::Permission(permission.clone()),
                _ => panic!("a grant is of a role or of a permission"),
            },
            scope: match &it.scope {
                Spot::Group(id) => ScopeName::Underlying(id.clone()),
                other => place(other).map_or(ScopeName::Platform, ScopeName::This),
            },
        }));
    }

    let mut checks = Vec::new();
    for (user, permission, spot, answer) in file.checks.iter().chain(&file.checks_computed) {
        checks.push((user.clone(), permission.clone(), target(spot), *answer));
    }
    let lists = file.who_can.iter();
    let who_can = lists
        .map(|(p, spot, users)| (p.clone(), target(spot), users.iter().cloned().collect()))
        .collect();
    WorldFile {
        name: path.file_name().unwrap().to_string_lossy().into_owned(),
        declarations: declarations(&file),
        changes,
        checks,
        who_can,
    }
}

fn declarations(file: &File) -> Vec<Declaration> {
    let kinds: BTreeSet<String> = file
        .resources
        .iter()
        .map(|it| kind_name(&it.kind))
        .collect();
    let mut labels: BTreeSet<&str> = file.tag_rules.iter().map(|it| it.tag.as_str()).collect();
    labels.extend(
        file.resources
            .iter()
            .flat_map(|it| &it.tags)
            .map(String::as_str),
    );
    let mut permissions: BTreeSet<&str> = BTreeSet::new();
    permissions.extend(
        file.roles
            .iter()
            .flat_map(|it| &it.permissions)
            .map(String::as_str),
    );
    permissions.extend(
        file.grants
            .iter()
            .chain(&file.denies)
            .filter_map(|it| it.permission.as_deref()),
    );
    permissions.extend(
        file.checks
            .iter()
            .chain(&file.checks_computed)
            .map(|it| it.1.as_str()),
    );
    permissions.extend(file.who_can.iter().map(|it| it.0.as_str()));
    permissions.extend(
        file.prerequisites
            .iter()
            .flat_map(|(p, q)| [p.as_str(), q.as_str()]),
    );
    permissions.extend(file.tag_rules.iter().map(|it| it.permission.as_str()));
    permissions.extend(
        file.tag_rules
            .iter()
            .filter_map(|it| it.requires.as_deref()),
    );

    let mut declarations = Vec::new();
    declarations.extend(kinds.into_iter().map(|name| Declaration::Kind { name }));
    declarations.extend(labels.iter().map(|name| Declaration::Label {
        name: (*name).into(),
        recorded: false,
    }));
    for permission in &permissions {
        declarations.push(Declaration::Permission {
            name: (*permission).into(),
            recorded: false,
        });
    }
    for permission in permissions {
        let tagged: Vec<_> = file
            .tag_rules
            .iter()
            .filter(|it| it.permission == permission)
            .collect();
        let required: Vec<_> = file
            .prerequisites
            .iter()
            .filter(|it| it.0 == permission)
            .collect();
        if tagged.is_empty() && required.is_empty() {
            continue;
        }
        let ways = tagged.iter().map(|rule| match &rule.requires {
            Some(required) => all([marked(&rule.tag), allows(required)]),
            None => marked(&rule.tag),
        });
        let ways = any(std::iter::once(holds(permission)).chain(ways));
        let required = required.iter().map(|(_, required)| allows(required));
        let requirement: Requirement = all(std::iter::once(ways).chain(required));
        declarations.push(Declaration::Action {
            name: permission.into(),
            targets: 1,
            requirement,
        });
    }
    declarations.extend(file.roles.iter().map(|it| Declaration::Role {
        name: it.id.clone(),
        permissions: it.permissions.clone(),
        includes: it.includes.clone(),
    }));
    declarations
}
