//! Catalogs: a small vocabulary whose words have the names of other things, and formulas of every form.

use super::Draw;
use crate::{
    Condition, Counted, CountedAt, Declaration, GrantRule, Granted, HowMany, PLATFORM, Requirement,
    Rule, StateRule, SubjectKind, WhenLost, above, all, allows, any, holds, marked, on, within,
};

pub(super) const KINDS: [&str; 2] = ["a", "shelf"];
pub(super) const LABELS: [&str; 2] = ["a", "public"];
pub(super) const PERMISSIONS: [&str; 4] = ["a", "edit", "see", "b"];
/// Roles of the catalog. One has the name of a permission; run-time roles take other names.
pub(super) const ROLES: [&str; 3] = ["edit", "staff", "lead"];

/// Everything but rules.
pub(super) fn vocabulary(draw: &mut Draw) -> Vec<Declaration> {
    let name = |name: &&str| (*name).to_owned();
    let mut declarations: Vec<Declaration> = Vec::new();
    declarations.extend(
        KINDS
            .iter()
            .map(|kind| Declaration::Kind { name: name(kind) }),
    );
    declarations.extend(LABELS.iter().map(|label| Declaration::Label {
        name: name(label),
        recorded: *label == "a",
    }));
    declarations.extend(
        PERMISSIONS
            .iter()
            .map(|permission| Declaration::Permission {
                name: name(permission),
                recorded: *permission == "see",
            }),
    );
    let mut earlier: Vec<&str> = Vec::new();
    for role in ROLES {
        let permissions = (0..=draw.below(2)).filter_map(|_| draw.pick(&PERMISSIONS));
        let mut permissions: Vec<String> = permissions.map(str::to_owned).collect();
        permissions.sort();
        permissions.dedup();
        let includes = if draw.chance(60) {
            draw.pick(&earlier)
        } else {
            None
        };
        let includes = includes.map(str::to_owned).into_iter().collect();
        declarations.push(Declaration::Role {
            name: name(&role),
            permissions,
            includes,
        });
        earlier.push(role);
    }
    declarations.extend(actions(draw));
    declarations
}

/// Actions, each of which may refer to those before it.
fn actions(draw: &mut Draw) -> Vec<Declaration> {
    let redeclared = if draw.chance(50) {
        draw.pick(&PERMISSIONS)
    } else {
        None
    };
    let plain = PERMISSIONS
        .iter()
        .filter(|permission| Some(**permission) != redeclared);
    let mut known: Vec<(String, usize)> = plain.map(|name| ((*name).to_owned(), 1)).collect();
    let mut names: Vec<String> = (0..4).map(|nth| format!("act {nth}")).collect();
    names.extend(redeclared.map(str::to_owned));
    let mut actions = Vec::new();
    for (nth, name) in names.into_iter().enumerate() {
        let targets = if nth == 2 || draw.chance(10) { 2 } else { 1 };
        let requirement = requirement(draw, &known, targets, false, 2);
        actions.push(Declaration::Action {
            name: name.clone(),
            targets,
            requirement,
        });
        known.push((name, targets));
    }
    actions
}

/// A formula of some form. `inside` says whether it stands inside an `on`.
fn requirement(
    draw: &mut Draw,
    known: &[(String, usize)],
    targets: usize,
    inside: bool,
    depth: usize,
) -> Requirement {
    let permission = draw.pick(&PERMISSIONS).unwrap_or_default();
    let leaf = depth == 0 || draw.chance(20);
    match draw.below(if leaf { 100 } else { 200 }) {
        0..35 => holds(permission),
        35..55 => above(
            draw.pick(&["a", "shelf", "group", "user"])
                .unwrap_or_default(),
            permission,
        ),
        55..70 => within(permission),
        70..80 => marked(draw.pick(&LABELS).unwrap_or_default()),
        80..100 => {
            let fits = |count: usize| count == 1 || (!inside && count == targets);
            let fitting = known
                .iter()
                .filter(|(_, count)| fits(*count))
                .map(|(name, _)| name.clone());
            allows(draw.pick(&fitting.collect::<Vec<_>>()).unwrap_or_default())
        }
        100..120 => all(parts(draw, known, targets, inside, depth)),
        120..155 => any(parts(draw, known, targets, inside, depth)),
        155..170 => {
            let mut it = requirement(draw, known, targets, inside, depth - 1);
            for _ in 0..=draw.below(2) {
                it = it.with(requirement(draw, known, targets, inside, depth - 1));
            }
            it
        }
        170..185 => on(PLATFORM, requirement(draw, known, targets, true, depth - 1)),
        _ => on(
            draw.below(targets),
            requirement(draw, known, targets, true, depth - 1),
        ),
    }
}

fn parts(
    draw: &mut Draw,
    known: &[(String, usize)],
    targets: usize,
    inside: bool,
    depth: usize,
) -> Vec<Requirement> {
    (0..=1 + draw.below(2))
        .map(|_| requirement(draw, known, targets, inside, depth - 1))
        .collect()
}

/// Rules to try: none for half of the worlds.
pub(super) fn rules(draw: &mut Draw, declarations: &[Declaration]) -> Vec<Rule> {
    if draw.chance(50) {
        return Vec::new();
    }
    let single = declarations.iter().filter_map(|it| match it {
        Declaration::Action {
            name, targets: 1, ..
        } => Some(name.clone()),
        _ => None,
    });
    let permissions = PERMISSIONS.iter().filter(|name| {
        let redeclared = |it: &Declaration| matches!(it, Declaration::Action { name: other, .. } if other == **name);
        !declarations.iter().any(redeclared)
    });
    let actions: Vec<String> = permissions
        .map(|name| (*name).to_owned())
        .chain(single)
        .collect();
    (0..10).map(|_| rule(draw, &actions)).collect()
}

fn rule(draw: &mut Draw, actions: &[String]) -> Rule {
    let mut role = || draw.pick(&ROLES).unwrap_or_default().to_owned();
    let (one, other) = (role(), role());
    let label = draw.pick(&LABELS).unwrap_or_default().to_owned();
    let what = match draw.chance(70) {
        true => Granted::Role(one.clone()),
        false => Granted::permission(draw.pick(&PERMISSIONS).unwrap_or_default()),
    };
    let condition = match draw.below(16) {
        0..=2 => {
            let all = [HowMany::ExactlyOne, HowMany::AtLeastOne, HowMany::AtMostOne];
            let how_many = draw.pick(&all).unwrap_or(HowMany::AtLeastOne);
            let of = match draw.pick(actions) {
                Some(action) if draw.chance(50) => Counted::Able(action),
                _ => Counted::Holders(one),
            };
            let at = match draw.chance(50) {
                true => CountedAt::EachMarked(label),
                false => CountedAt::Platform,
            };
            return Rule::State(StateRule::Count { how_many, of, at });
        }
        3 => {
            let holder = draw.chance(60).then_some(one);
            return Rule::State(StateRule::AtLeastOne {
                holder,
                roles: vec![other],
            });
        }
        4 => {
            return Rule::State(StateRule::NeverBoth {
                roles: [one, other],
            });
        }
        5..=8 => Condition::HolderOf { role: other },
        9 => Condition::Subjects(vec![SubjectKind::Group, SubjectKind::Everyone]),
        10 => Condition::Places(["group", "a", "platform"].map(str::to_owned).to_vec()),
        11..=13 => Condition::Marked { label },
        14 => Condition::Active,
        _ => Condition::Scoped,
    };
    let when_lost = match condition {
        Condition::HolderOf { .. } | Condition::Marked { .. } | Condition::Active => {
            let all = [WhenLost::Refused, WhenLost::TakesAlong, WhenLost::Stays];
            draw.pick(&all).unwrap_or_default()
        }
        _ => WhenLost::Refused,
    };
    Rule::Grant(GrantRule {
        what,
        condition,
        when_lost,
    })
}
