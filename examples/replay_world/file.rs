//! The reader: a world file checked entry by entry, with every id resolved to a position.
//!
//! Whoever holds a [`WorldFile`] needs no further look-up by name, and every name in it is one that the crate accepts.

use std::collections::HashMap;
use std::fmt::Display;
use std::path::Path;

use rolecall::{Effect, MAX_NAME_BYTES};

use crate::json::{Json, Wrong, shown};

/// Why a file cannot be replayed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum BadFile {
    /// The file cannot be read.
    #[error("cannot be read: {0}")]
    Unreadable(#[from] std::io::Error),
    /// The text is no JSON.
    #[error("is not JSON: {0}")]
    NotJson(#[from] serde_json::Error),
    /// The file as a whole has another shape.
    #[error("is no world file: {0}")]
    Shape(Wrong),
    /// One entry is wrong.
    #[error("{section}[{index}]: {reason}")]
    Entry {
        /// The key of the list.
        section: &'static str,
        /// The position in the list.
        index: usize,
        /// What is wrong.
        reason: String,
    },
    /// The crate refuses the vocabulary or the facts.
    #[error("{0}")]
    Refused(String),
}

impl BadFile {
    /// One entry is wrong, for a reason of this file's or of the crate's.
    pub(crate) fn at(section: &'static str, index: usize, reason: impl Display) -> Self {
        BadFile::Entry {
            section,
            index,
            reason: reason.to_string(),
        }
    }
}

/// A world file. Users, groups, resources, roles, kinds, labels and permissions are positions in the list of their names.
#[derive(Debug, Default)]
pub(crate) struct WorldFile {
    pub(crate) users: Names,
    pub(crate) groups: Names,
    pub(crate) resources: Names,
    pub(crate) roles: Names,
    pub(crate) kinds: Names,
    pub(crate) labels: Names,
    pub(crate) permissions: Names,
    /// The parents of each group.
    pub(crate) parents: Vec<Vec<usize>>,
    /// User and group.
    pub(crate) members: Vec<(usize, usize)>,
    /// What is said of each resource.
    pub(crate) placed: Vec<ResourceEntry>,
    /// What is in each role.
    pub(crate) contents: Vec<RoleEntry>,
    pub(crate) grants: Vec<GrantEntry>,
    pub(crate) denies: Vec<GrantEntry>,
    /// Permission and required permission.
    pub(crate) prerequisites: Vec<(usize, usize)>,
    pub(crate) tag_rules: Vec<TagRule>,
    pub(crate) checks: Vec<Check>,
    pub(crate) who_can: Vec<WhoCan>,
}

/// A resource's kind, places and labels.
#[derive(Debug)]
pub(crate) struct ResourceEntry {
    pub(crate) kind: usize,
    pub(crate) places: Vec<Spot>,
    pub(crate) labels: Vec<usize>,
}

/// A role's permissions and the roles it includes.
#[derive(Debug)]
pub(crate) struct RoleEntry {
    pub(crate) permissions: Vec<usize>,
    pub(crate) includes: Vec<usize>,
}

/// A grant or a deny.
#[derive(Debug)]
pub(crate) struct GrantEntry {
    pub(crate) effect: Effect,
    pub(crate) subject: Holder,
    pub(crate) what: Granted,
    pub(crate) scope: Spot,
}

/// Who receives a grant.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Holder {
    User(usize),
    Group(usize),
}

/// What is granted.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Granted {
    Role(usize),
    Permission(usize),
}

/// A SCOPE of the format: where a grant holds, what a question is about, where a resource is placed.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Spot {
    Platform,
    Group(usize),
    Resource(usize),
    User(usize),
}

/// A tag that gives a permission to whoever has another one, or to everybody.
#[derive(Debug)]
pub(crate) struct TagRule {
    pub(crate) permission: usize,
    pub(crate) label: usize,
    pub(crate) requires: Option<usize>,
}

/// A question and its recorded answer.
#[derive(Debug)]
pub(crate) struct Check {
    /// The list it stands in, and where.
    pub(crate) entry: (&'static str, usize),
    pub(crate) user: usize,
    pub(crate) permission: usize,
    pub(crate) target: Spot,
    pub(crate) expected: bool,
}

/// The complete list of those who can.
#[derive(Debug)]
pub(crate) struct WhoCan {
    pub(crate) permission: usize,
    pub(crate) target: Spot,
    /// In ascending order, each once.
    pub(crate) users: Vec<usize>,
}

/// The names of one name space, each with its position.
#[derive(Debug, Default)]
pub(crate) struct Names {
    list: Vec<String>,
    positions: HashMap<String, usize>,
}

impl Names {
    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.list.len()
    }

    /// The names in the order of their positions.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &str> {
        self.list.iter().map(String::as_str)
    }

    /// The name at a position, in quotes.
    pub(crate) fn shown(&self, position: usize) -> String {
        self.list
            .get(position)
            .map_or_else(|| "?".to_owned(), |name| shown(name))
    }

    fn find(&self, name: &str) -> Option<usize> {
        self.positions.get(name).copied()
    }

    fn add(&mut self, name: &str) -> usize {
        let position = self.list.len();
        self.list.push(name.to_owned());
        self.positions.insert(name.to_owned(), position);
        position
    }

    /// Takes in an id that must be new.
    fn declare(&mut self, word: &str, id: &Json<'_>) -> Result<usize, Wrong> {
        let id = name(id)?;
        match self.find(id) {
            Some(_) => Err(format!("{word} {} is declared twice", shown(id))),
            None => Ok(self.add(id)),
        }
    }

    /// The position of an id that must have been declared.
    fn declared(&self, word: &str, id: &Json<'_>) -> Result<usize, Wrong> {
        let id = name(id)?;
        self.find(id)
            .ok_or_else(|| format!("no {word} {} is declared", shown(id)))
    }

    /// The position of a word that is declared by being named.
    fn named(&mut self, word: &Json<'_>) -> Result<usize, Wrong> {
        let word = name(word)?;
        Ok(self.find(word).unwrap_or_else(|| self.add(word)))
    }
}

/// A text that the crate accepts as a name.
fn name<'j>(id: &'j Json<'_>) -> Result<&'j str, Wrong> {
    let id = id.text()?;
    match id.len() {
        0 => Err("an id is empty".to_owned()),
        length if length > MAX_NAME_BYTES => Err(format!(
            "id {} is longer than {MAX_NAME_BYTES} bytes",
            shown(id)
        )),
        _ => Ok(id),
    }
}

/// Reads and checks a world file.
pub(crate) fn read(path: &Path) -> Result<WorldFile, BadFile> {
    let text = std::fs::read(path)?;
    parse(&text)
}

const REQUIRED: [&str; 7] = [
    "users",
    "groups",
    "members",
    "resources",
    "roles",
    "grants",
    "checks",
];
const OPTIONAL: [&str; 6] = [
    "meta",
    "checks_computed",
    "denies",
    "prerequisites",
    "tag_rules",
    "who_can",
];

fn parse(text: &[u8]) -> Result<WorldFile, BadFile> {
    let json: Json<'_> = serde_json::from_slice(text)?;
    let (required, optional) = json.fields(REQUIRED, OPTIONAL).map_err(BadFile::Shape)?;
    let [users, groups, members, resources, roles, grants, checks] = required;
    let [_, computed, denies, prerequisites, tag_rules, who_can] = optional;

    let mut world = WorldFile::default();
    world.declare(users, groups, resources, roles)?;
    world.parents = each("groups", groups, |entry| world.read_parents(entry))?;
    world.members = each("members", members, |entry| world.read_member(entry))?;
    world.placed = each("resources", resources, |entry| world.read_resource(entry))?;
    world.contents = each("roles", roles, |entry| world.read_role(entry))?;
    world.grants = each("grants", grants, |e| world.read_grant(Effect::Allow, e))?;
    world.denies = each_of("denies", denies, |e| world.read_grant(Effect::Deny, e))?;
    world.prerequisites = each_of("prerequisites", prerequisites, |entry| {
        let [permission, required] = entry.tuple()?;
        Ok((
            world.permissions.named(permission)?,
            world.permissions.named(required)?,
        ))
    })?;
    world.tag_rules = each_of("tag_rules", tag_rules, |entry| world.read_tag_rule(entry))?;
    world.checks = world.read_checks("checks", Some(checks))?;
    let computed = world.read_checks("checks_computed", computed)?;
    world.checks.extend(computed);
    world.who_can = each_of("who_can", who_can, |entry| world.read_who_can(entry))?;
    Ok(world)
}

/// Reads each entry of a list that must be there.
fn each<T>(
    section: &'static str,
    list: &Json<'_>,
    mut read: impl FnMut(&Json<'_>) -> Result<T, Wrong>,
) -> Result<Vec<T>, BadFile> {
    list.list()
        .map_err(|wrong| BadFile::Shape(format!("{section}: {wrong}")))?
        .iter()
        .enumerate()
        .map(|(index, entry)| read(entry).map_err(|wrong| BadFile::at(section, index, wrong)))
        .collect()
}

/// Reads each entry of a list that may be missing.
fn each_of<T>(
    section: &'static str,
    list: Option<&Json<'_>>,
    read: impl FnMut(&Json<'_>) -> Result<T, Wrong>,
) -> Result<Vec<T>, BadFile> {
    list.map_or_else(|| Ok(Vec::new()), |list| each(section, list, read))
}

impl WorldFile {
    /// Takes in every id that is declared, before anything refers to one.
    fn declare(
        &mut self,
        users: &Json<'_>,
        groups: &Json<'_>,
        resources: &Json<'_>,
        roles: &Json<'_>,
    ) -> Result<(), BadFile> {
        each("users", users, |id| self.users.declare("user", id))?;
        each("groups", groups, |entry| {
            let ([id, _], []) = entry.fields(["id", "parents"], [])?;
            self.groups.declare("group", id)
        })?;
        each("resources", resources, |entry| {
            let ([id, ..], _) = entry.fields(["id", "kind", "parents"], ["tags"])?;
            self.resources.declare("resource", id)
        })?;
        each("roles", roles, |entry| {
            let ([id, ..], []) = entry.fields(["id", "permissions", "includes"], [])?;
            self.roles.declare("role", id)
        })?;
        Ok(())
    }

    fn read_parents(&self, entry: &Json<'_>) -> Result<Vec<usize>, Wrong> {
        let ([_, parents], []) = entry.fields(["id", "parents"], [])?;
        let parents = parents
            .list()
            .map_err(|wrong| format!("parents: {wrong}"))?;
        parents
            .iter()
            .map(|id| self.groups.declared("group", id))
            .collect()
    }

    fn read_member(&self, entry: &Json<'_>) -> Result<(usize, usize), Wrong> {
        let [user, group] = entry.tuple()?;
        Ok((
            self.users.declared("user", user)?,
            self.groups.declared("group", group)?,
        ))
    }

    fn read_resource(&mut self, entry: &Json<'_>) -> Result<ResourceEntry, Wrong> {
        let ([_, kind, parents], [tags]) = entry.fields(["id", "kind", "parents"], ["tags"])?;
        let kind = kind.text().map_err(|wrong| format!("kind: {wrong}"))?;
        let kind = self
            .kinds
            .find(kind)
            .unwrap_or_else(|| self.kinds.add(kind));
        let parents = parents
            .list()
            .map_err(|wrong| format!("parents: {wrong}"))?;
        let places = parents.iter().map(|place| match self.read_spot(place)? {
            Spot::Platform => Err("nothing is placed in the platform".to_owned()),
            place => Ok(place),
        });
        let places = places.collect::<Result<_, Wrong>>()?;
        let tags = match tags {
            Some(tags) => tags.list().map_err(|wrong| format!("tags: {wrong}"))?,
            None => &[],
        };
        let labels = tags.iter().map(|tag| self.labels.named(tag));
        Ok(ResourceEntry {
            kind,
            places,
            labels: labels.collect::<Result<_, Wrong>>()?,
        })
    }

    fn read_role(&mut self, entry: &Json<'_>) -> Result<RoleEntry, Wrong> {
        let ([_, permissions, includes], []) =
            entry.fields(["id", "permissions", "includes"], [])?;
        let permissions = permissions
            .list()
            .map_err(|wrong| format!("permissions: {wrong}"))?
            .iter()
            .map(|permission| self.permissions.named(permission))
            .collect::<Result<_, Wrong>>()?;
        let includes = includes
            .list()
            .map_err(|wrong| format!("includes: {wrong}"))?
            .iter()
            .map(|role| self.roles.declared("role", role))
            .collect::<Result<_, Wrong>>()?;
        Ok(RoleEntry {
            permissions,
            includes,
        })
    }

    fn read_grant(&mut self, effect: Effect, entry: &Json<'_>) -> Result<GrantEntry, Wrong> {
        let ([subject, scope], [role, permission]) =
            entry.fields(["subject", "scope"], ["role", "permission"])?;
        let subject = match subject.only_field()? {
            ("user", id) => Holder::User(self.users.declared("user", id)?),
            ("group", id) => Holder::Group(self.groups.declared("group", id)?),
            (key, _) => return Err(format!("a subject is no {}", shown(key))),
        };
        let what = match (role, permission) {
            (Some(id), None) => Granted::Role(self.roles.declared("role", id)?),
            (None, Some(id)) => Granted::Permission(self.permissions.named(id)?),
            (None, None) => return Err("neither a role nor a permission is granted".to_owned()),
            (Some(_), Some(_)) => return Err("both a role and a permission are granted".to_owned()),
        };
        Ok(GrantEntry {
            effect,
            subject,
            what,
            scope: self.read_spot(scope)?,
        })
    }

    fn read_tag_rule(&mut self, entry: &Json<'_>) -> Result<TagRule, Wrong> {
        let ([permission, tag, requires], []) =
            entry.fields(["permission", "tag", "requires"], [])?;
        let requires = match requires.is_null() {
            true => None,
            false => Some(self.permissions.named(requires)?),
        };
        Ok(TagRule {
            permission: self.permissions.named(permission)?,
            label: self.labels.named(tag)?,
            requires,
        })
    }

    fn read_checks(
        &mut self,
        section: &'static str,
        list: Option<&Json<'_>>,
    ) -> Result<Vec<Check>, BadFile> {
        let mut index = 0;
        each_of(section, list, |entry| {
            let [user, permission, target, expected] = entry.tuple()?;
            let check = Check {
                entry: (section, index),
                user: self.users.declared("user", user)?,
                permission: self.permissions.named(permission)?,
                target: self.read_spot(target)?,
                expected: expected.flag()?,
            };
            index += 1;
            Ok(check)
        })
    }

    fn read_who_can(&mut self, entry: &Json<'_>) -> Result<WhoCan, Wrong> {
        let [permission, target, users] = entry.tuple()?;
        let users = users.list()?.iter();
        let users = users.map(|id| self.users.declared("user", id));
        let mut users = users.collect::<Result<Vec<_>, Wrong>>()?;
        users.sort_unstable();
        users.dedup();
        Ok(WhoCan {
            permission: self.permissions.named(permission)?,
            target: self.read_spot(target)?,
            users,
        })
    }

    fn read_spot(&self, scope: &Json<'_>) -> Result<Spot, Wrong> {
        Ok(match scope.only_field()? {
            ("platform", flag) if flag.flag()? => Spot::Platform,
            ("platform", _) => return Err("the platform is written as true".to_owned()),
            ("group", id) => Spot::Group(self.groups.declared("group", id)?),
            ("resource", id) => Spot::Resource(self.resources.declared("resource", id)?),
            ("user", id) => Spot::User(self.users.declared("user", id)?),
            (key, _) => return Err(format!("a place is no {}", shown(key))),
        })
    }

    /// A place in words.
    pub(crate) fn spot(&self, spot: Spot) -> String {
        match spot {
            Spot::Platform => "the platform".to_owned(),
            Spot::Group(group) => format!("group {}", self.groups.shown(group)),
            Spot::Resource(resource) => format!("resource {}", self.resources.shown(resource)),
            Spot::User(user) => format!("user {}", self.users.shown(user)),
        }
    }
}
