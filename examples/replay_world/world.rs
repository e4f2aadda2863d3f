//! From a world file to a policy: the vocabulary as declarations, the facts as one edit.

use std::fmt::Display;

use rolecall::{
    Action, Catalog, Declaration, Effect, Grant, Group, Kind, Label, MAX_NAME_BYTES, Permission,
    Place, Policy, Problem, Requirement, Resource, Role, Scope, Snapshot, Subject, Target,
    UnknownName, User, all, allows, any, holds, marked,
};

use crate::file::{BadFile, GrantEntry, Granted, Holder, RoleEntry, Spot, TagRule, WorldFile};

/// A world that can be asked: a snapshot, and a handle for each position of the file.
#[derive(Debug)]
pub(crate) struct World {
    snapshot: Snapshot,
    words: Words,
    things: Things,
}

/// The handles of the vocabulary.
#[derive(Debug)]
struct Words {
    kinds: Vec<Kind>,
    labels: Vec<Label>,
    permissions: Vec<Permission>,
    roles: Vec<Role>,
}

/// The handles of users, groups and resources.
#[derive(Debug, Default)]
struct Things {
    users: Vec<User>,
    groups: Vec<Group>,
    resources: Vec<Resource>,
}

impl World {
    /// Builds the policy that a file describes.
    pub(crate) fn build(file: &WorldFile) -> Result<World, BadFile> {
        let catalog = Catalog::builder()
            .declare_all(declarations(file))
            .build()
            .map_err(refused)?;
        let words = Words::of(&catalog, file).map_err(refused)?;
        let mut policy = Policy::new(catalog);
        let things = record(&mut policy, &words, file)?;
        Ok(World {
            snapshot: policy.snapshot(),
            words,
            things,
        })
    }

    /// Whether the user can do the action of the permission's name on the target.
    pub(crate) fn can(&self, user: usize, permission: usize, target: Spot) -> bool {
        let action = Action::from(self.words.permissions[permission]);
        let target = self.things.target(target);
        self.snapshot.can(self.things.users[user], action, target)
    }

    /// Everyone who can, in ascending order.
    pub(crate) fn who_can(&self, permission: usize, target: Spot) -> Vec<usize> {
        let action = Action::from(self.words.permissions[permission]);
        let who = self.snapshot.who_can(action, self.things.target(target));
        // Users were added in the order of the file, so their handles are in that order as well.
        let position = |user: User| self.things.users.binary_search(&user).ok();
        who.into_iter()
            .flat_map(|who| who.iter().filter_map(position).collect::<Vec<_>>())
            .collect()
    }

    /// Why the answer is what it is, as a tree.
    pub(crate) fn explain(&self, user: usize, permission: usize, target: Spot) -> String {
        let action = Action::from(self.words.permissions[permission]);
        let target = self.things.target(target);
        match self
            .snapshot
            .explain(self.things.users[user], action, target)
        {
            Ok(explanation) => explanation.to_string(),
            Err(error) => error.to_string(),
        }
    }
}

fn refused(error: impl Display) -> BadFile {
    BadFile::Refused(error.to_string())
}

/// The vocabulary: everything named anywhere in the file.
fn declarations(file: &WorldFile) -> Vec<Declaration> {
    let kinds = file.kinds.iter().enumerate();
    let kinds = kinds.map(|(position, kind)| Declaration::Kind {
        name: kind_name(position, kind),
    });
    let labels = file.labels.iter().map(|name| Declaration::Label {
        name: name.to_owned(),
        recorded: false,
    });
    let permissions = file.permissions.iter().map(|name| Declaration::Permission {
        name: name.to_owned(),
        recorded: false,
    });
    let mut declarations: Vec<_> = kinds.chain(labels).chain(permissions).collect();
    declarations.extend(roles(file));
    declarations.extend(actions(file));
    declarations
}

/// A kind's name in the catalog: the file's own where the crate accepts it, else `%` and a number.
///
/// A file may call a kind `user`, or anything with a colon. A kind that begins with `%` is numbered too, so no two kinds meet.
fn kind_name(position: usize, kind: &str) -> String {
    let reserved = ["", "user", "group", "platform"].contains(&kind);
    let odd = kind.contains(':') || kind.starts_with('%') || kind.len() > MAX_NAME_BYTES;
    match reserved || odd {
        true => format!("%{position}"),
        false => kind.to_owned(),
    }
}

fn roles(file: &WorldFile) -> impl Iterator<Item = Declaration> {
    let permissions: Vec<&str> = file.permissions.iter().collect();
    let roles: Vec<&str> = file.roles.iter().collect();
    let names = |all: &[&str], chosen: &[usize]| -> Vec<String> {
        let mut chosen = chosen.to_vec();
        chosen.sort_unstable();
        chosen.dedup();
        chosen.iter().map(|&at| all[at].to_owned()).collect()
    };
    let declare = move |(name, role): (&str, &RoleEntry)| Declaration::Role {
        name: name.to_owned(),
        permissions: names(&permissions, &role.permissions),
        includes: names(&roles, &role.includes),
    };
    file.roles.iter().zip(&file.contents).map(declare)
}

/// The permissions that need more than to be held, each declared as an action of its own name.
///
/// Let T be the tag rules of a permission and Q the permissions it requires. Its action is
/// `all(any(holds(p), all(marked(tag), allows(q)) for each rule of T), allows(q) for each q of Q)`.
fn actions(file: &WorldFile) -> Vec<Declaration> {
    let names: Vec<&str> = file.permissions.iter().collect();
    let labels: Vec<&str> = file.labels.iter().collect();
    let mut ways: Vec<Vec<Requirement>> = vec![Vec::new(); names.len()];
    for rule in &file.tag_rules {
        ways[rule.permission].push(tagged(rule, &names, &labels));
    }
    let mut needs: Vec<Vec<Requirement>> = vec![Vec::new(); names.len()];
    for &(permission, required) in &file.prerequisites {
        needs[permission].push(allows(names[required]));
    }
    let each = names.iter().zip(ways).zip(needs);
    each.filter(|((_, ways), needs)| !ways.is_empty() || !needs.is_empty())
        .map(|((name, ways), needs)| Declaration::Action {
            name: (*name).to_owned(),
            targets: 1,
            requirement: all([any([holds(*name)].into_iter().chain(ways))]
                .into_iter()
                .chain(needs)),
        })
        .collect()
}

/// What a tag rule asks for.
fn tagged(rule: &TagRule, names: &[&str], labels: &[&str]) -> Requirement {
    let tag = marked(labels[rule.label]);
    match rule.requires {
        Some(required) => all([tag, allows(names[required])]),
        None => tag,
    }
}

impl Words {
    fn of(catalog: &Catalog, file: &WorldFile) -> Result<Words, UnknownName> {
        let kinds = file.kinds.iter().enumerate();
        let kinds = kinds.map(|(position, kind)| catalog.kind(&kind_name(position, kind)));
        let labels = file.labels.iter().map(|name| catalog.label(name));
        let permissions = file.permissions.iter().map(|name| catalog.permission(name));
        let roles = file.roles.iter().map(|name| catalog.role(name));
        Ok(Words {
            kinds: kinds.collect::<Result<_, _>>()?,
            labels: labels.collect::<Result<_, _>>()?,
            permissions: permissions.collect::<Result<_, _>>()?,
            roles: roles.collect::<Result<_, _>>()?,
        })
    }
}

/// Records every fact of the file in one edit.
fn record(policy: &mut Policy, words: &Words, file: &WorldFile) -> Result<Things, BadFile> {
    let mut things = Things::default();
    let mut edit = policy.edit_unguarded();

    let users = file.users.iter();
    things.users = handles("users", users, |name| edit.add_user(name))?;
    let groups = file.groups.iter();
    things.groups = handles("groups", groups, |name| edit.add_group(name))?;
    let resources = file.resources.iter().zip(&file.placed);
    things.resources = handles("resources", resources, |(name, entry)| {
        edit.add_resource(words.kinds[entry.kind], name)
    })?;

    steps("members", &file.members, |&(user, group)| {
        edit.add_member(things.users[user], things.groups[group])
    })?;
    let below = things.groups.iter().zip(&file.parents);
    steps("groups", below, |(group, parents)| {
        let mut parents = parents.iter();
        parents.try_for_each(|&parent| edit.attach(*group, things.groups[parent]))
    })?;
    let placed = things.resources.iter().zip(&file.placed);
    steps("resources", placed, |(&resource, entry)| {
        let places = entry.places.iter().filter_map(|&spot| things.place(spot));
        for place in places {
            edit.place(resource, place)?;
        }
        for &label in &entry.labels {
            edit.add_label(resource, words.labels[label])?;
        }
        Ok(())
    })?;
    for (section, grants) in [("grants", &file.grants), ("denies", &file.denies)] {
        steps(section, grants, |entry| {
            edit.grant(grant(entry, words, &things))
        })?;
    }
    edit.commit().map_err(refused)?;
    Ok(things)
}

/// Adds something for each entry of a list.
fn handles<T, H>(
    section: &'static str,
    entries: impl Iterator<Item = T>,
    mut add: impl FnMut(T) -> Result<H, Problem>,
) -> Result<Vec<H>, BadFile> {
    entries
        .enumerate()
        .map(|(index, entry)| add(entry).map_err(|problem| BadFile::at(section, index, problem)))
        .collect()
}

/// Takes the steps for each entry of a list.
fn steps<T>(
    section: &'static str,
    entries: impl IntoIterator<Item = T>,
    mut step: impl FnMut(T) -> Result<(), Problem>,
) -> Result<(), BadFile> {
    for (index, entry) in entries.into_iter().enumerate() {
        step(entry).map_err(|problem| BadFile::at(section, index, problem))?;
    }
    Ok(())
}

fn grant(entry: &GrantEntry, words: &Words, things: &Things) -> Grant {
    let subject = match entry.subject {
        Holder::User(user) => Subject::User(things.users[user]),
        Holder::Group(group) => Subject::Group(things.groups[group]),
    };
    let scope = match entry.scope {
        Spot::Platform => Scope::Platform,
        Spot::Group(group) => Scope::underlying(things.groups[group]),
        Spot::Resource(resource) => Scope::this(things.resources[resource]),
        Spot::User(user) => Scope::this(things.users[user]),
    };
    let of = match (entry.effect, entry.what) {
        (Effect::Allow, Granted::Role(role)) => Grant::role(words.roles[role]),
        (Effect::Allow, Granted::Permission(permission)) => {
            Grant::permission(words.permissions[permission])
        }
        (Effect::Deny, Granted::Role(role)) => Grant::deny(words.roles[role]),
        (Effect::Deny, Granted::Permission(permission)) => {
            Grant::deny(words.permissions[permission])
        }
    };
    of.to(subject).on(scope)
}

impl Things {
    fn target(&self, spot: Spot) -> Target {
        self.place(spot).map_or(Target::Platform, Target::from)
    }

    fn place(&self, spot: Spot) -> Option<Place> {
        Some(match spot {
            Spot::Platform => return None,
            Spot::Group(group) => self.groups[group].into(),
            Spot::Resource(resource) => self.resources[resource].into(),
            Spot::User(user) => self.users[user].into(),
        })
    }
}
