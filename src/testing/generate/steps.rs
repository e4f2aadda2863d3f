//! Steps of edits, drawn about what exists, and now and then about what does not.

use super::{Draw, NAMES, around, catalog, places};
use crate::testing::Oracle;
use crate::{
    Change, Effect, GrantName, MAX_NAME_BYTES, PlaceName, Rule, ScopeName, SubjectName, TargetName,
    ThingName, WhatName,
};

/// What can be named, in the order of [`NAMES`], so that a place in the list says how high up a group stands.
pub(super) struct Known {
    pub(super) users: Vec<String>,
    pub(super) groups: Vec<String>,
    pub(super) resources: Vec<(String, String)>,
    pub(super) roles: Vec<String>,
    pub(super) places: Vec<PlaceName>,
}

fn rank(name: &str) -> (usize, &str) {
    (
        NAMES
            .iter()
            .position(|known| *known == name)
            .unwrap_or(NAMES.len()),
        name,
    )
}

impl Known {
    fn of(oracle: &Oracle) -> Known {
        let sorted = |mut names: Vec<String>| {
            names.sort_by(|one, other| rank(one).cmp(&rank(other)));
            names
        };
        let owned = |(kind, name): (&str, &str)| (kind.to_owned(), name.to_owned());
        let mut resources: Vec<_> = oracle.resources().map(owned).collect();
        resources.sort_by(|one, other| (rank(&one.1), &one.0).cmp(&(rank(&other.1), &other.0)));
        let roles = oracle.facts().iter().filter_map(|fact| match fact {
            Change::Add(ThingName::Role(role)) => Some(role.clone()),
            _ => None,
        });
        Known {
            users: sorted(oracle.users().map(str::to_owned).collect()),
            groups: sorted(oracle.groups().map(str::to_owned).collect()),
            resources,
            roles: sorted(roles.collect()),
            places: places(oracle),
        }
    }

    pub(super) fn user(&self, draw: &mut Draw) -> String {
        draw.pick(&self.users)
            .unwrap_or_else(|| "nobody".to_owned())
    }

    fn group(&self, draw: &mut Draw) -> String {
        draw.pick(&self.groups)
            .unwrap_or_else(|| "nobody".to_owned())
    }

    /// A group of the upper half.
    pub(super) fn high_group(&self, draw: &mut Draw) -> String {
        let upper = self
            .groups
            .get(..self.groups.len().div_ceil(2))
            .unwrap_or_default();
        draw.pick(upper).unwrap_or_else(|| "nobody".to_owned())
    }

    /// A group of the lower half.
    pub(super) fn low_group(&self, draw: &mut Draw) -> String {
        let lower = self.groups.get(self.groups.len() / 2..).unwrap_or_default();
        draw.pick(lower).unwrap_or_else(|| "nobody".to_owned())
    }

    fn resource(&self, draw: &mut Draw) -> (String, String) {
        draw.pick(&self.resources)
            .unwrap_or_else(|| ("shelf".to_owned(), "nothing".to_owned()))
    }

    pub(super) fn place(&self, draw: &mut Draw) -> PlaceName {
        draw.pick(&self.places)
            .unwrap_or_else(|| PlaceName::user("nobody"))
    }

    /// A run-time role.
    pub(super) fn role(&self, draw: &mut Draw) -> String {
        draw.pick(&self.roles)
            .unwrap_or_else(|| "nothing".to_owned())
    }

    fn any_role(&self, draw: &mut Draw) -> String {
        match draw.chance(40) {
            true => self.role(draw),
            false => draw.pick(&catalog::ROLES).unwrap_or_default().to_owned(),
        }
    }

    fn thing(&self, draw: &mut Draw) -> ThingName {
        match draw.chance(15) {
            true => ThingName::Role(self.any_role(draw)),
            false => self.place(draw).into(),
        }
    }
}

fn label(draw: &mut Draw) -> String {
    draw.pick(&catalog::LABELS).unwrap_or_default().to_owned()
}

pub(super) fn permission(draw: &mut Draw) -> String {
    draw.pick(&catalog::PERMISSIONS)
        .unwrap_or_default()
        .to_owned()
}

/// A fact that joins two things: mostly downwards, so that no loop is formed and chains get deep.
pub(super) fn link(draw: &mut Draw, oracle: &Oracle) -> Vec<Change> {
    let known = Known::of(oracle);
    vec![match draw.below(100) {
        0..18 => {
            let user = known.user(draw);
            let group = if draw.chance(75) {
                known.low_group(draw)
            } else {
                known.group(draw)
            };
            Change::AddMember { user, group }
        }
        18..44 => {
            let lower = 1 + draw.below(known.groups.len().saturating_sub(1));
            let upper = if draw.chance(60) {
                lower.saturating_sub(1)
            } else {
                draw.below(lower)
            };
            match (known.groups.get(lower), known.groups.get(upper)) {
                (Some(group), Some(parent)) if lower != upper => Change::Attach {
                    group: group.clone(),
                    parent: parent.clone(),
                },
                _ => return Vec::new(),
            }
        }
        44..78 => {
            let lower = draw.below(known.resources.len());
            let Some((kind, resource)) = known.resources.get(lower).cloned() else {
                return Vec::new();
            };
            let place = match draw.below(10) {
                0..5 if lower > 0 => {
                    let upper = if draw.chance(50) {
                        lower - 1
                    } else {
                        draw.below(lower)
                    };
                    let Some((kind, name)) = known.resources.get(upper).cloned() else {
                        return Vec::new();
                    };
                    PlaceName::Resource { kind, name }
                }
                5 => PlaceName::User(known.user(draw)),
                _ => PlaceName::Group(known.group(draw)),
            };
            Change::Place {
                kind,
                resource,
                place,
            }
        }
        78..86 => Change::AddLabel {
            place: known.place(draw),
            label: label(draw),
        },
        86..95 => Change::AddToRole {
            role: known.role(draw),
            permission: permission(draw),
        },
        _ => Change::IncludeRole {
            role: known.role(draw),
            included: known.any_role(draw),
        },
    }]
}

/// A grant; about a quarter are denies.
pub(super) fn grant(draw: &mut Draw, oracle: &Oracle) -> Vec<Change> {
    let known = Known::of(oracle);
    let grant = any_grant(draw, &known);
    let mut grants = vec![Change::Grant(grant.clone())];
    // The same is granted again at another subject, so that it is held twice: directly and inherited.
    if grant.effect == Effect::Allow && draw.chance(25) {
        grants.push(Change::Grant(GrantName {
            subject: subject(draw, &known),
            ..grant
        }));
    }
    grants
}

pub(super) fn subject(draw: &mut Draw, known: &Known) -> SubjectName {
    match draw.below(100) {
        0..62 => SubjectName::Group(known.high_group(draw)),
        62..75 => SubjectName::Group(known.group(draw)),
        75..92 => SubjectName::User(known.user(draw)),
        _ => SubjectName::Everyone,
    }
}

fn any_grant(draw: &mut Draw, known: &Known) -> GrantName {
    let effect = if draw.chance(24) {
        Effect::Deny
    } else {
        Effect::Allow
    };
    let mut subject = subject(draw, known);
    let what = match draw.below(100) {
        0..10 if effect == Effect::Deny => WhatName::Everything,
        0..55 => WhatName::Permission(permission(draw)),
        _ => WhatName::Role(known.any_role(draw)),
    };
    let scope = match draw.below(100) {
        0..6 => ScopeName::Platform,
        6..42 => ScopeName::Underlying(known.high_group(draw)),
        42..54 => ScopeName::This(PlaceName::Group(known.group(draw))),
        54..76 => {
            let upper = known
                .resources
                .get(..known.resources.len().div_ceil(2))
                .unwrap_or_default();
            match draw.pick(upper) {
                Some((kind, name)) => ScopeName::This(PlaceName::Resource { kind, name }),
                None => ScopeName::This(known.place(draw)),
            }
        }
        76..82 => ScopeName::This(known.place(draw)),
        82..94 => {
            let within = draw.chance(60).then(|| known.high_group(draw));
            ScopeName::Labelled {
                label: label(draw),
                within,
            }
        }
        _ => {
            subject = SubjectName::Everyone;
            ScopeName::Oneself
        }
    };
    GrantName {
        effect,
        subject,
        what,
        scope,
    }
}

/// A step about one of the rules.
pub(super) fn about_a_rule(draw: &mut Draw, oracle: &Oracle, rules: &[Rule]) -> Vec<Change> {
    // The number that this step was chosen by is not drawn again.
    draw.number();
    let known = Known::of(oracle);
    let rule = draw.pick(rules);
    let step = rule.and_then(|rule| around::about_rule(draw, &known, oracle, &rule));
    step.into_iter().collect()
}

/// Steps of any sort: most are accepted, some are refused, some are no more than so already.
pub(super) fn any_step(draw: &mut Draw, oracle: &Oracle) -> Vec<Change> {
    let known = Known::of(oracle);
    // A fact of each sort is as likely as of any other, however few there are.
    let sorts: Vec<Vec<Change>> = sorted_facts(oracle);
    let recorded = draw.pick(&sorts).and_then(|facts| draw.pick(&facts));
    vec![match draw.below(100) {
        0..3 => Change::Ensure(new_thing(draw)),
        3..10 => Change::Add(new_thing(draw)),
        10..16 if draw.chance(50) => match near_a_deny(draw, oracle) {
            Some(steps) => return steps,
            None => return Vec::new(),
        },
        10..16 => Change::Remove {
            thing: known.thing(draw),
            lifting_denies: draw.chance(50),
        },
        16..22 => {
            let thing = known.thing(draw);
            Change::Rename {
                thing,
                to: new_name(draw),
            }
        }
        22..44 => return link(draw, oracle),
        44..58 => return grant(draw, oracle),
        58..62 => Change::Attach {
            group: known.group(draw),
            parent: known.group(draw),
        },
        62..64 => {
            let (kind, resource) = known.resource(draw);
            Change::Place {
                kind,
                resource,
                place: known.place(draw),
            }
        }
        64..66 => {
            let subject = subject(draw, &known);
            let what = match draw.chance(50) {
                true => WhatName::Permission(permission(draw)),
                false => WhatName::Role(known.any_role(draw)),
            };
            Change::RevokeAll { subject, what }
        }
        66..68 => {
            // Revoked at a subject that most likely only inherits it.
            let grants = oracle.facts().iter().filter_map(|fact| match fact {
                Change::Grant(grant) => Some(grant.clone()),
                _ => None,
            });
            match draw.pick(&grants.collect::<Vec<_>>()) {
                Some(grant) => Change::Revoke(GrantName {
                    subject: SubjectName::User(known.user(draw)),
                    ..grant
                }),
                None => return Vec::new(),
            }
        }
        68..71 => match recorded {
            Some(Change::Attach { group, parent }) => {
                // Two groups swap places; for a moment they form a loop.
                let swapped = Change::Attach {
                    group: parent.clone(),
                    parent: group.clone(),
                };
                return vec![swapped, Change::Detach { group, parent }];
            }
            Some(fact) => fact,
            None => return Vec::new(),
        },
        71..74 => match recorded {
            Some(Change::Add(thing)) => Change::Ensure(thing),
            Some(fact) => fact,
            None => return Vec::new(),
        },
        74..76 => Change::Grant(GrantName {
            effect: Effect::Allow,
            subject: subject(draw, &known),
            what: WhatName::Everything,
            scope: ScopeName::Platform,
        }),
        76..78 => {
            let role = draw.pick(&catalog::ROLES).unwrap_or_default().to_owned();
            Change::RemoveFromRole {
                role,
                permission: permission(draw),
            }
        }
        78..80 => unknown(draw, &known),
        80..84 => {
            // What rules speak of, over a person or everywhere.
            let role = draw.pick(&catalog::ROLES).unwrap_or_default().to_owned();
            let scope = match draw.chance(70) {
                true => ScopeName::This(PlaceName::User(known.user(draw))),
                false => ScopeName::Platform,
            };
            let what = WhatName::Role(role);
            Change::Grant(GrantName {
                effect: Effect::Allow,
                subject: subject(draw, &known),
                what,
                scope,
            })
        }
        94.. => match near_a_deny(draw, oracle) {
            Some(steps) => return steps,
            None => return Vec::new(),
        },
        _ => match recorded.and_then(|fact| taken_back(draw, fact)) {
            Some(step) => step,
            None => return Vec::new(),
        },
    }]
}

/// Removes something through which a deny may reach somebody, or takes one of the facts back along which it does; now and then in the
/// middle of a loop.
fn near_a_deny(draw: &mut Draw, oracle: &Oracle) -> Option<Vec<Change>> {
    let is_deny = |fact: &&Change| {
        matches!(
            fact,
            Change::Grant(GrantName {
                effect: Effect::Deny,
                ..
            })
        )
    };
    let denies: Vec<Change> = oracle.facts().iter().filter(is_deny).cloned().collect();
    // Labels, roles and what is of somebody are rarer than groups and places, and as likely here.
    let is_rare = |fact: &&Change| match fact {
        Change::Grant(deny) => {
            let role = match &deny.what {
                WhatName::Role(role) => !catalog::ROLES.contains(&role.as_str()),
                WhatName::Permission(_) | WhatName::Everything => false,
            };
            role || matches!(deny.scope, ScopeName::Labelled { .. } | ScopeName::Oneself)
        }
        _ => false,
    };
    let rare: Vec<Change> = denies.iter().filter(is_rare).cloned().collect();
    let among = if draw.chance(50) && !rare.is_empty() {
        &rare
    } else {
        &denies
    };
    let Some(Change::Grant(deny)) = draw.pick(among) else {
        return None;
    };
    // Whatever is under the subject, or under what the scope names, and all that carries the label or is placed in somebody.
    let mut above = Vec::new();
    if let SubjectName::Group(group) = &deny.subject {
        above.push(PlaceName::Group(group.clone()));
    }
    match &deny.scope {
        ScopeName::This(place) => above.push(place.clone()),
        ScopeName::Underlying(group)
        | ScopeName::Labelled {
            within: Some(group),
            ..
        } => above.push(PlaceName::Group(group.clone())),
        ScopeName::Platform | ScopeName::Oneself | ScopeName::Labelled { within: None, .. } => {}
    }
    let named = above.clone();
    for fact in oracle.facts() {
        match (fact, &deny.scope) {
            (Change::AddLabel { place, label }, ScopeName::Labelled { label: meant, .. })
                if label == meant =>
            {
                above.push(place.clone());
            }
            (
                Change::Place {
                    place: place @ PlaceName::User(_),
                    ..
                },
                ScopeName::Oneself,
            ) => above.push(place.clone()),
            _ => {}
        }
    }
    let is_below = |place: &PlaceName| {
        let under = oracle.under(&TargetName::Place(place.clone()));
        above
            .iter()
            .any(|above| under.contains(&TargetName::Place(above.clone())))
    };
    let below = places(oracle).into_iter().filter(is_below);
    let mut things: Vec<ThingName> = below
        .filter(|place| !named.contains(place))
        .map(ThingName::from)
        .collect();
    if let WhatName::Role(_) = deny.what {
        let included = oracle.facts().iter().filter_map(|fact| match fact {
            Change::IncludeRole { included, .. } => Some(ThingName::Role(included.clone())),
            _ => None,
        });
        things.extend(included.filter(|role| !catalog::ROLES.contains(&role.name())));
    }
    let thing = draw.pick(&things)?;
    if draw.chance(25) {
        let facts = oracle.facts().iter().filter(|fact| match (fact, &thing) {
            (Change::AddMember { user, group }, thing) => match thing {
                ThingName::User(name) => user == name,
                ThingName::Group(name) => group == name,
                _ => false,
            },
            (Change::Attach { group, .. }, ThingName::Group(name)) => group == name,
            (Change::Place { kind, resource, .. }, thing) => {
                *thing == ThingName::resource(kind, resource)
            }
            (Change::AddLabel { place, .. }, thing) => ThingName::from(place.clone()) == *thing,
            (Change::IncludeRole { included, .. }, ThingName::Role(role)) => included == role,
            (Change::AddToRole { role: given, .. }, ThingName::Role(role)) => given == role,
            _ => false,
        });
        let fact = draw.pick(&facts.cloned().collect::<Vec<_>>())?;
        return Some(vec![fact.inverse()?]);
    }
    let lifting_denies = draw.chance(20);
    let removal = Change::Remove {
        thing,
        lifting_denies,
    };
    let edges = oracle.facts().iter().filter_map(|fact| match fact {
        Change::Attach { group, parent } => Some((group.clone(), parent.clone())),
        _ => None,
    });
    let edge = draw.pick(&edges.collect::<Vec<_>>());
    Some(match edge {
        Some((group, parent)) if draw.chance(12) => vec![
            Change::Attach {
                group: parent.clone(),
                parent: group.clone(),
            },
            removal,
            Change::Detach { group, parent },
        ],
        _ => vec![removal],
    })
}

fn new_name(draw: &mut Draw) -> String {
    match draw.below(40) {
        0 => String::new(),
        1 => "n".repeat(MAX_NAME_BYTES + 1),
        2 => "n".repeat(MAX_NAME_BYTES),
        3 => "edit".to_owned(),
        _ => draw.pick(&NAMES).unwrap_or_default().to_owned(),
    }
}

fn new_thing(draw: &mut Draw) -> ThingName {
    let name = new_name(draw);
    match draw.below(10) {
        0..3 => ThingName::User(name),
        3..6 => ThingName::Group(name),
        6..8 => ThingName::resource(draw.pick(&catalog::KINDS).unwrap_or_default(), name),
        _ => ThingName::Role(name),
    }
}

/// A step with a name that nothing has.
fn unknown(draw: &mut Draw, known: &Known) -> Change {
    let nobody = || "nobody".to_owned();
    match draw.below(8) {
        0 => Change::AddMember {
            user: known.user(draw),
            group: nobody(),
        },
        1 => Change::Add(ThingName::resource("no kind", "a")),
        2 => Change::AddLabel {
            place: known.place(draw),
            label: nobody(),
        },
        3 => Change::AddToRole {
            role: known.role(draw),
            permission: nobody(),
        },
        4 => Change::Remove {
            thing: ThingName::Role(nobody()),
            lifting_denies: true,
        },
        5 => Change::Rename {
            thing: ThingName::group("nobody"),
            to: "a".to_owned(),
        },
        6 => {
            let what = WhatName::Role(nobody());
            Change::RevokeAll {
                subject: SubjectName::Everyone,
                what,
            }
        }
        _ => {
            let scope = ScopeName::Labelled {
                label: label(draw),
                within: Some(nobody()),
            };
            Change::Grant(GrantName {
                scope,
                ..any_grant(draw, known)
            })
        }
    }
}

/// The facts, those of a sort together.
fn sorted_facts(oracle: &Oracle) -> Vec<Vec<Change>> {
    let mut sorts: Vec<Vec<Change>> = Vec::new();
    for fact in oracle.facts() {
        match sorts.last_mut() {
            Some(sort) if sort.first().is_some_and(|it| same_sort(it, fact)) => {
                sort.push(fact.clone())
            }
            _ => sorts.push(vec![fact.clone()]),
        }
    }
    sorts
}

fn same_sort(one: &Change, other: &Change) -> bool {
    std::mem::discriminant(one) == std::mem::discriminant(other)
}

/// The step that takes the fact back, or for a thing one that asserts it again.
fn taken_back(draw: &mut Draw, fact: Change) -> Option<Change> {
    Some(match fact {
        Change::AddMember { user, group } => Change::RemoveMember { user, group },
        Change::Attach { group, parent } => Change::Detach { group, parent },
        Change::Place {
            kind,
            resource,
            place,
        } => Change::Unplace {
            kind,
            resource,
            place,
        },
        Change::AddLabel { place, label } => Change::RemoveLabel { place, label },
        Change::AddToRole { role, permission } => Change::RemoveFromRole { role, permission },
        Change::IncludeRole { role, included } => Change::ExcludeRole { role, included },
        Change::Grant(GrantName {
            effect: Effect::Allow,
            subject,
            what,
            ..
        }) if draw.chance(25) => Change::RevokeAll { subject, what },
        Change::Grant(grant) => Change::Revoke(grant),
        _ => return None,
    })
}
