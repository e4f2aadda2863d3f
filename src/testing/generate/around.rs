//! Steps about rules: those that comply, those that go round them, and those that take away what a rule asks for.

use super::steps::{Known, permission, subject};
use super::{Draw, NAMES, catalog};
use crate::testing::Oracle;
use crate::{
    Change, Condition, Counted, CountedAt, Effect, GrantName, GrantRule, Granted, PlaceName, Rule,
    ScopeName, StateRule, SubjectName, ThingName, WhatName,
};

fn allow(subject: SubjectName, what: WhatName, scope: ScopeName) -> Change {
    Change::Grant(GrantName {
        effect: Effect::Allow,
        subject,
        what,
        scope,
    })
}

/// A step about what a grant rule asks for: of a state rule any of [`way_around`].
pub(super) fn about_rule(
    draw: &mut Draw,
    known: &Known,
    oracle: &Oracle,
    rule: &Rule,
) -> Option<Change> {
    let (what, condition) = match rule {
        Rule::Grant(GrantRule {
            what, condition, ..
        }) => (what, condition),
        Rule::State(StateRule::Count {
            of: Counted::Able(_),
            at,
            ..
        }) => return about_the_able(draw, known, oracle, at),
        Rule::State(_) => return way_around(draw, known, oracle),
    };
    let what = match what {
        Granted::Permission(name) => WhatName::Permission(name.clone()),
        Granted::Role(name) => WhatName::Role(name.clone()),
    };
    let user = SubjectName::User(known.user(draw));
    match condition {
        Condition::HolderOf { role } => {
            let needed = WhatName::Role(role.clone());
            let facts = oracle.facts().iter();
            let holding = facts.filter_map(|fact| match fact {
                Change::Grant(grant) if grant.effect == Effect::Allow && grant.what == needed => {
                    Some(grant.clone())
                }
                _ => None,
            });
            let holding: Vec<GrantName> = holding.collect();
            let holder = draw.pick(&holding);
            let place = ScopeName::This(known.place(draw));
            let group_of = |subject: SubjectName| match subject {
                SubjectName::Group(group) => Some(group),
                _ => None,
            };
            Some(match draw.below(14) {
                0..2 => allow(user, needed, ScopeName::Platform),
                2 => allow(subject(draw, known), needed, ScopeName::Platform),
                // To one who complies.
                3 => allow(holder?.subject, what, place),
                4..6 => {
                    let group = group_of(holder?.subject)?;
                    let members = oracle.facts().iter().filter_map(|fact| match fact {
                        Change::AddMember { user, group: of } if *of == group => Some(user.clone()),
                        _ => None,
                    });
                    let member = draw.pick(&members.collect::<Vec<_>>())?;
                    allow(SubjectName::User(member), what, place)
                }
                6 => allow(subject(draw, known), what, place),
                7 => allow(SubjectName::Everyone, what, place),
                8 => Change::Add(ThingName::user(draw.pick(&NAMES).unwrap_or_default())),
                9 => Change::Revoke(holder?),
                10 => Change::AddMember {
                    user: known.user(draw),
                    group: group_of(holder?.subject)?,
                },
                11 => Change::Attach {
                    group: known.low_group(draw),
                    parent: group_of(holder?.subject)?,
                },
                _ => joined(draw, oracle, &group_of(holder?.subject)?)?,
            })
        }
        Condition::Marked { label } => {
            let facts = oracle.facts().iter();
            let carriers = facts.filter_map(|fact| match fact {
                Change::AddLabel { place, label: of } if of == label => Some(place.clone()),
                _ => None,
            });
            let carrier = draw.pick(&carriers.collect::<Vec<_>>());
            Some(match draw.below(7) {
                0 => Change::AddLabel {
                    place: known.place(draw),
                    label: label.clone(),
                },
                1..3 => allow(user, what, ScopeName::This(carrier?)),
                3 => {
                    let (kind, resource) = draw.pick(&known.resources)?;
                    allow(
                        user,
                        what,
                        ScopeName::This(PlaceName::Resource {
                            kind,
                            name: resource,
                        }),
                    )
                }
                4 => {
                    let (kind, resource) = draw.pick(&known.resources)?;
                    Change::Place {
                        kind,
                        resource,
                        place: carrier?,
                    }
                }
                5 => {
                    let links = oracle.facts().iter().filter_map(|fact| match fact {
                        Change::Place { .. } | Change::Attach { .. } => fact.inverse(),
                        _ => None,
                    });
                    draw.pick(&links.collect::<Vec<_>>())?
                }
                _ => Change::RemoveLabel {
                    place: carrier?,
                    label: label.clone(),
                },
            })
        }
        Condition::Active => {
            let blocking = oracle.facts().iter().filter_map(|fact| match fact {
                Change::Grant(GrantName {
                    effect: Effect::Deny,
                    subject: SubjectName::Group(group),
                    what: WhatName::Everything,
                    ..
                }) => Some(group.clone()),
                _ => None,
            });
            let blocking: Vec<String> = blocking.collect();
            Some(match draw.below(10) {
                0..3 => allow(
                    user,
                    what,
                    ScopeName::This(PlaceName::User(known.user(draw))),
                ),
                3 => Change::Grant(GrantName {
                    effect: Effect::Deny,
                    subject: SubjectName::Group(known.high_group(draw)),
                    what: WhatName::Everything,
                    scope: ScopeName::Platform,
                }),
                4..7 => Change::AddMember {
                    user: known.user(draw),
                    group: draw.pick(&blocking)?,
                },
                7 => Change::Attach {
                    group: known.low_group(draw),
                    parent: draw.pick(&blocking)?,
                },
                _ => return way_around(draw, known, oracle),
            })
        }
        Condition::Subjects(_) | Condition::Places(_) | Condition::Scoped => {
            way_around(draw, known, oracle)
        }
    }
}

/// A step about who can do something: somebody who can everything, a place more that counts, or somebody who can nothing.
fn about_the_able(
    draw: &mut Draw,
    known: &Known,
    oracle: &Oracle,
    at: &CountedAt,
) -> Option<Change> {
    let user = SubjectName::User(known.user(draw));
    Some(match draw.below(6) {
        0..2 => {
            let role = draw.pick(&catalog::ROLES).unwrap_or_default().to_owned();
            allow(user, WhatName::Role(role), ScopeName::Platform)
        }
        2..5 => {
            let subject = match draw.chance(50) {
                true => user,
                false => SubjectName::Everyone,
            };
            Change::Grant(GrantName {
                effect: Effect::Deny,
                subject,
                what: WhatName::Everything,
                scope: ScopeName::Platform,
            })
        }
        _ => match at {
            CountedAt::EachMarked(label) => Change::AddLabel {
                place: known.place(draw),
                label: label.clone(),
            },
            CountedAt::Platform => return way_around(draw, known, oracle),
        },
    })
}

/// A step that takes a membership in the group back, or its edge to a group above.
fn joined(draw: &mut Draw, oracle: &Oracle, group: &str) -> Option<Change> {
    let ends = oracle.facts().iter().filter_map(|fact| match fact {
        Change::AddMember { group: of, .. } if of == group => fact.inverse(),
        Change::Attach { parent, .. } if parent == group => fact.inverse(),
        _ => None,
    });
    draw.pick(&ends.collect::<Vec<_>>())
}

/// A step by which somebody comes to hold a role, or a grant loses what it stands on, without a grant of that role.
pub(super) fn way_around(draw: &mut Draw, known: &Known, oracle: &Oracle) -> Option<Change> {
    let role_of = |fact: &Change| match fact {
        Change::Grant(GrantName {
            effect: Effect::Allow,
            subject,
            what: WhatName::Role(role),
            scope,
        }) => Some((subject.clone(), role.clone(), scope.clone())),
        _ => None,
    };
    let allows: Vec<_> = oracle.facts().iter().filter_map(role_of).collect();
    let of_group = allows.iter().filter_map(|(subject, ..)| match subject {
        SubjectName::Group(group) => Some(group.clone()),
        _ => None,
    });
    let groups: Vec<String> = of_group.collect();
    let granted = allows.iter().map(|(_, role, _)| role.clone());
    let run_time: Vec<String> = granted.filter(|role| known.roles.contains(role)).collect();
    let included = draw.pick(&catalog::ROLES).unwrap_or_default().to_owned();
    Some(match draw.below(10) {
        0..2 => Change::IncludeRole {
            role: draw.pick(&run_time)?,
            included,
        },
        2 => Change::AddToRole {
            role: draw.pick(&run_time)?,
            permission: permission(draw),
        },
        3 => Change::Grant(GrantName {
            effect: Effect::Allow,
            subject: subject(draw, known),
            what: WhatName::Role(known.role(draw)),
            scope: ScopeName::Platform,
        }),
        4 => Change::AddMember {
            user: known.user(draw),
            group: draw.pick(&groups)?,
        },
        5 => Change::Attach {
            group: known.low_group(draw),
            parent: draw.pick(&groups)?,
        },
        6..8 => {
            let over = allows.into_iter().filter_map(|(_, _, scope)| match scope {
                ScopeName::This(PlaceName::User(user)) => Some(user),
                _ => None,
            });
            let over = draw.pick(&over.collect::<Vec<_>>())?;
            let subject = match draw.below(4) {
                0 => SubjectName::Everyone,
                1 => SubjectName::Group(known.high_group(draw)),
                _ => SubjectName::User(over.clone()),
            };
            let scope = match draw.below(3) {
                0 => ScopeName::Platform,
                1 => ScopeName::Underlying(known.high_group(draw)),
                _ => ScopeName::This(PlaceName::User(over)),
            };
            Change::Grant(GrantName {
                effect: Effect::Deny,
                subject,
                what: WhatName::Everything,
                scope,
            })
        }
        8 => {
            let (subject, role, scope) = draw.pick(&allows)?;
            Change::Revoke(GrantName {
                effect: Effect::Allow,
                subject,
                what: WhatName::Role(role),
                scope,
            })
        }
        _ => {
            let labelled = oracle.facts().iter().filter_map(|fact| match fact {
                Change::AddLabel { .. } => fact.inverse(),
                _ => None,
            });
            draw.pick(&labelled.collect::<Vec<_>>())?
        }
    })
}
