//! Facts in plain words: `user ana in trainers`, `label published on course:rust-101`, `allow role trainer to user:ana on platform`.

use rolecall::{
    Change, Edit, Effect, GrantName, PlaceName, ScopeName, SubjectName, ThingName, WhatName,
};

/// The changes that a phrase stands for. A thing that a phrase places or makes a member is added where it does not exist yet.
pub(super) fn changes(edit: &Edit<'_>, phrase: &str) -> Result<Vec<Change>, String> {
    let words: Vec<&str> = phrase.split_whitespace().collect();
    let wrong = || format!("`{phrase}` is no phrase");
    let changed = match words.as_slice() {
        ["user", user] => return Ok(vec![Change::Add(ThingName::user(*user))]),
        ["group", group] => return Ok(vec![Change::Add(ThingName::group(*group))]),
        ["user", user, "in", group] => {
            let member = Change::AddMember {
                user: own(user),
                group: own(group),
            };
            return Ok(adding(
                edit.user(user).is_err(),
                ThingName::user(*user),
                member,
            ));
        }
        ["group", group, "below", parent] => {
            let below = Change::Attach {
                group: own(group),
                parent: own(parent),
            };
            return Ok(adding(
                edit.group(group).is_err(),
                ThingName::group(*group),
                below,
            ));
        }
        ["remove", "user", user, "from", group] => Change::RemoveMember {
            user: own(user),
            group: own(group),
        },
        ["attach", group, "to", parent] => Change::Attach {
            group: own(group),
            parent: own(parent),
        },
        ["detach", group, "from", parent] => Change::Detach {
            group: own(group),
            parent: own(parent),
        },
        ["label", label, "on", at] => Change::AddLabel {
            place: place(at)?,
            label: own(label),
        },
        ["unlabel", label, "on", at] => Change::RemoveLabel {
            place: place(at)?,
            label: own(label),
        },
        ["place", what, "in", at] => {
            let (kind, resource) = resource(what)?;
            Change::Place {
                kind,
                resource,
                place: place(at)?,
            }
        }
        ["unplace", what, "from", at] => {
            let (kind, resource) = resource(what)?;
            Change::Unplace {
                kind,
                resource,
                place: place(at)?,
            }
        }
        ["delete", what] => Change::Remove {
            thing: place(what)?.into(),
            lifting_denies: false,
        },
        ["delete", what, "lifting", "denies"] => Change::Remove {
            thing: place(what)?.into(),
            lifting_denies: true,
        },
        ["rename", what, "to", name] => Change::Rename {
            thing: place(what)?.into(),
            to: own(name),
        },
        ["role", role] => Change::Add(ThingName::role(*role)),
        ["role", role, "includes", included] => Change::IncludeRole {
            role: own(role),
            included: own(included),
        },
        ["role", role, "gives", permission] => Change::AddToRole {
            role: own(role),
            permission: own(permission),
        },
        ["revoke", "all", what @ .., "to", who] => Change::RevokeAll {
            subject: subject(who)?,
            what: self::what(what).ok_or_else(wrong)?,
        },
        ["revoke", rest @ ..] => Change::Revoke(grant(rest).ok_or_else(wrong)??),
        ["allow" | "deny", ..] => Change::Grant(grant(&words).ok_or_else(wrong)??),
        // Any other first word is a kind.
        [kind, name] => Change::Add(ThingName::resource(*kind, *name)),
        [kind, name, "in", at] => {
            let placed = Change::Place {
                kind: own(kind),
                resource: own(name),
                place: place(at)?,
            };
            let new = match edit.catalog().kind(kind) {
                Ok(kind) => edit.resource(kind, name).is_err(),
                Err(unknown) => return Err(format!("{phrase}: {unknown}")),
            };
            return Ok(adding(new, ThingName::resource(*kind, *name), placed));
        }
        _ => return Err(wrong()),
    };
    Ok(vec![changed])
}

fn own(name: &str) -> String {
    name.to_owned()
}

fn adding(new: bool, thing: ThingName, change: Change) -> Vec<Change> {
    let added = new.then_some(Change::Add(thing));
    added.into_iter().chain([change]).collect()
}

fn place(text: &str) -> Result<PlaceName, String> {
    text.parse()
        .map_err(|error: rolecall::TargetSyntax| error.to_string())
}

fn resource(text: &str) -> Result<(String, String), String> {
    match place(text)? {
        PlaceName::Resource { kind, name } => Ok((kind, name)),
        _ => Err(format!("`{text}` is no resource")),
    }
}

/// `user:NAME`, `group:NAME` or `everyone`.
pub(super) fn subject(text: &str) -> Result<SubjectName, String> {
    match text.split_once(':') {
        Some(("user", name)) => Ok(SubjectName::User(own(name))),
        Some(("group", name)) => Ok(SubjectName::Group(own(name))),
        None if text == "everyone" => Ok(SubjectName::Everyone),
        _ => Err(format!("`{text}` is no subject")),
    }
}

fn what(words: &[&str]) -> Option<WhatName> {
    match words {
        ["permission", name] => Some(WhatName::Permission(own(name))),
        ["role", name] => Some(WhatName::Role(own(name))),
        ["everything"] => Some(WhatName::Everything),
        _ => None,
    }
}

/// `allow WHAT to SUBJECT on SCOPE`, or with `deny`.
fn grant(words: &[&str]) -> Option<Result<GrantName, String>> {
    let (effect, rest) = match words {
        ["allow", rest @ ..] => (Effect::Allow, rest),
        ["deny", rest @ ..] => (Effect::Deny, rest),
        _ => return None,
    };
    let to = rest.iter().position(|word| *word == "to")?;
    let what = what(&rest[..to])?;
    let ["to", who, "on", scope @ ..] = &rest[to..] else {
        return None;
    };
    let scope = match scope {
        ["platform"] => Ok(ScopeName::Platform),
        ["oneself"] => Ok(ScopeName::Oneself),
        ["this", at] => place(at).map(ScopeName::This),
        ["underlying", group] => Ok(ScopeName::Underlying(own(group))),
        ["labelled", label] => Ok(ScopeName::Labelled {
            label: own(label),
            within: None,
        }),
        ["labelled", label, "under", group] => Ok(ScopeName::Labelled {
            label: own(label),
            within: Some(own(group)),
        }),
        _ => return None,
    };
    Some(subject(who).and_then(|subject| {
        Ok(GrantName {
            effect,
            subject,
            what,
            scope: scope?,
        })
    }))
}
