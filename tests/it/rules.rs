//! Rules of the catalog: every way round them that was found, what happens when a prerequisite is lost, who is counted, and what it costs to
//! judge them.

use std::collections::{BTreeMap, BTreeSet};

use rolecall::testing::{Oracle, Size, World, count_steps};
use rolecall::{
    Catalog, Change, Condition, Declaration, Effect, Granted, PlaceName, Policy, Rule, ScopeName,
    SubjectKind, SubjectName, TargetName, ThingName, WhatName, WhenLost, all, holds, on,
};

use crate::datalog;
use crate::engine::{
    self, add_group, add_resource, add_user, allow_role, attach, can, deny_all, detach, label,
    member, place, plain, policy, remove, revoke, this, to_group, to_user, underlying,
};

const EVERYONE: SubjectName = SubjectName::Everyone;

/// A role without permissions.
fn role(name: &str) -> Declaration {
    Declaration::Role {
        name: name.into(),
        permissions: vec![],
        includes: vec![],
    }
}

/// A policy with roles `staff` and `admin` besides those of [`plain`], under these rules.
fn ruled(rules: impl IntoIterator<Item = Rule>) -> Policy {
    let rules = rules.into_iter().map(Declaration::Rule);
    policy(&plain(
        [role("staff"), role("admin")].into_iter().chain(rules),
    ))
}

fn admin() -> Granted {
    Granted::role("admin")
}

fn include(role: &str, included: &str) -> Change {
    Change::IncludeRole {
        role: role.into(),
        included: included.into(),
    }
}

fn leave(user: &str, group: &str) -> Change {
    Change::RemoveMember {
        user: user.into(),
        group: group.into(),
    }
}

fn unlabel(place: PlaceName, label: &str) -> Change {
    Change::RemoveLabel {
        place,
        label: label.into(),
    }
}

fn everywhere(to: SubjectName, role: &str) -> Change {
    allow_role(to, role, ScopeName::Platform)
}

#[track_caller]
fn refused(policy: &mut Policy, edit: &[Change], why: &str) {
    let before = policy.snapshot().digest();
    let error = policy.apply(edit).unwrap_err();
    let text = error.to_string();
    assert_eq!(text.strip_prefix("the edit is refused: ").unwrap(), why);
    assert_eq!(policy.snapshot().digest(), before);
    assert_eq!(policy.preview(edit).unwrap_err(), error);
}

#[track_caller]
fn done(policy: &mut Policy, edit: &[Change]) -> Vec<Change> {
    policy.apply(edit).unwrap().changes().to_vec()
}

// Ways round a grant rule.

/// An empty role is granted to a group on the platform and made to include the ruled one afterwards.
#[test]
fn a_role_that_is_changed_after_it_was_granted_evades_no_rule() {
    let cases = [
        (
            Rule::only_to(admin(), [SubjectKind::User]),
            "role `admin` is given only to a user: allow role `helper` to group `g` on the platform, the subject is another",
        ),
        (
            Rule::needs_scope(admin()),
            "role `admin` needs a scope smaller than the platform: allow role `helper` to group `g` on the platform, the scope is another",
        ),
        (
            Rule::only_at(admin(), ["group"]),
            "role `admin` is given only at `group`: allow role `helper` to group `g` on the platform, the scope is another",
        ),
        (
            Rule::only_where(admin(), "public"),
            "role `admin` is given only where `public` stands: allow role `helper` to group `g` on the platform, the scope is another",
        ),
        (
            Rule::needs_role(admin(), "staff"),
            "whoever gets role `admin` holds `staff`: allow role `helper` to group `g` on the platform, not so for `ana`",
        ),
    ];
    for (rule, why) in cases {
        for rule in [rule.clone(), rule.taking_along()] {
            if rule.to_string().contains("lost")
                && !rule.to_string().contains("public")
                && !rule.to_string().contains("staff")
            {
                continue;
            }
            let mut policy = ruled([rule]);
            let set_up = [
                add_user("ana"),
                add_group("g"),
                member("ana", "g"),
                Change::Add(ThingName::role("helper")),
                Change::Add(ThingName::role("between")),
                everywhere(to_group("g"), "helper"),
            ];
            done(&mut policy, &set_up);
            refused(&mut policy, &[include("helper", "admin")], why);
            // Nor by way of another role, or in the order round.
            done(&mut policy, &[include("helper", "between")]);
            refused(&mut policy, &[include("between", "admin")], why);
        }
    }
}

/// A permission that a rule speaks of, given to a role at run time; the roles of the catalog were declared beside the rule.
#[test]
fn a_permission_given_to_a_role_at_run_time_evades_no_rule() {
    let mut policy = ruled([Rule::needs_scope(Granted::permission("edit"))]);
    let set_up = [
        add_user("ana"),
        Change::Add(ThingName::role("helper")),
        everywhere(to_user("ana"), "helper"),
        everywhere(to_user("ana"), "owner"),
    ];
    done(&mut policy, &set_up);
    let given = Change::AddToRole {
        role: "helper".into(),
        permission: "edit".into(),
    };
    refused(
        &mut policy,
        &[given],
        "permission `edit` needs a scope smaller than the platform: allow role `helper` to user `ana` on the platform, the scope is another",
    );
    done(&mut policy, &[include("helper", "owner")]);
}

/// Whoever comes to hold the role through a group has to comply, and so has who is new where everyone has it.
#[test]
fn joining_a_group_evades_no_rule() {
    let mut policy = ruled([Rule::needs_role(admin(), "staff")]);
    let set_up = [
        add_user("ana"),
        add_group("g"),
        add_group("top"),
        everywhere(to_group("top"), "admin"),
    ];
    done(&mut policy, &set_up);
    let why = "whoever gets role `admin` holds `staff`: allow role `admin` to group `top` on the platform, not so for `ana`";
    refused(&mut policy, &[member("ana", "top")], why);
    // Joined and attached in either order.
    let mut other = policy.clone_by_replay();
    done(&mut policy, &[member("ana", "g")]);
    refused(&mut policy, &[attach("g", "top")], why);
    done(&mut other, &[attach("g", "top")]);
    refused(&mut other, &[member("ana", "g")], why);
    done(
        &mut policy,
        &[everywhere(to_user("ana"), "staff"), attach("g", "top")],
    );

    let everyone = "whoever gets role `admin` holds `staff`: allow role `admin` to everyone on the platform, not so for `ben`";
    done(&mut policy, &[everywhere(EVERYONE, "admin")]);
    refused(&mut policy, &[add_user("ben")], everyone);
    done(
        &mut policy,
        &[add_user("ben"), everywhere(to_user("ben"), "staff")],
    );
}

/// A policy with the same facts.
trait Replay {
    fn clone_by_replay(&self) -> Policy;
}

impl Replay for Policy {
    fn clone_by_replay(&self) -> Policy {
        let mut other = Policy::new(self.catalog().clone());
        let facts: Vec<Change> = self.snapshot().changes().collect();
        other.apply(&facts).unwrap();
        other
    }
}

// What is lost later.

/// Every way to lose the role that is needed, under each of the modes.
#[test]
fn a_role_that_is_needed_is_lost_as_the_rule_says() {
    let ways: [&[Change]; 7] = [
        &[leave("ana", "crew")],
        &[detach("crew", "all")],
        &[Change::Remove {
            thing: ThingName::group("all"),
            lifting_denies: false,
        }],
        &[revoke(&everywhere(to_group("all"), "helper"))],
        &[Change::RevokeAll {
            subject: to_group("all"),
            what: WhatName::Role("helper".into()),
        }],
        &[Change::ExcludeRole {
            role: "helper".into(),
            included: "staff".into(),
        }],
        &[remove(ThingName::role("helper"))],
    ];
    let own = everywhere(to_user("ana"), "admin");
    for way in ways {
        for when_lost in [WhenLost::Refused, WhenLost::TakesAlong, WhenLost::Stays] {
            let rule = Rule::needs_role(admin(), "staff");
            let mut policy = ruled([match when_lost {
                WhenLost::Refused => rule,
                WhenLost::TakesAlong => rule.taking_along(),
                WhenLost::Stays => rule.staying(),
            }]);
            let set_up = [
                add_user("ana"),
                add_user("ben"),
                add_group("crew"),
                add_group("all"),
                attach("crew", "all"),
                member("ana", "crew"),
                Change::Add(ThingName::role("helper")),
                include("helper", "staff"),
                everywhere(to_group("all"), "helper"),
                own.clone(),
            ];
            done(&mut policy, &set_up);
            let before = policy.snapshot();
            match when_lost {
                WhenLost::Refused => refused(
                    &mut policy,
                    way,
                    "whoever gets role `admin` holds `staff`: allow role `admin` to user `ana` on the platform, not so for `ana`",
                ),
                WhenLost::TakesAlong => {
                    let entry = policy.apply(way).unwrap();
                    let last = entry.changes().last().unwrap();
                    assert_eq!(*last, revoke(&own), "{way:?}");
                    // The entry is the whole of it: it leads there, and back.
                    let after = policy.snapshot().digest();
                    policy.apply(&entry.inverse()).unwrap();
                    assert_eq!(policy.snapshot().digest(), before.digest());
                    policy.apply(entry.changes()).unwrap();
                    assert_eq!(policy.snapshot().digest(), after);
                }
                WhenLost::Stays => {
                    let changes = done(&mut policy, way);
                    assert!(!changes.contains(&revoke(&own)), "{way:?}");
                    // What stands without it is let be, and given to nobody anew.
                    done(&mut policy, &[add_user("zoe")]);
                    refused(
                        &mut policy,
                        &[everywhere(to_user("ben"), "admin")],
                        "whoever gets role `admin` holds `staff`: allow role `admin` to user `ben` on the platform, not so for `ben`",
                    );
                    refused(
                        &mut policy,
                        &[allow_role(to_user("ana"), "admin", ScopeName::Oneself)],
                        "whoever gets role `admin` holds `staff`: allow role `admin` to user `ana` on oneself, not so for `ana`",
                    );
                    done(&mut policy, &[revoke(&own)]);
                    refused(
                        &mut policy,
                        std::slice::from_ref(&own),
                        "whoever gets role `admin` holds `staff`: allow role `admin` to user `ana` on the platform, not so for `ana`",
                    );
                }
            }
        }
    }
}

/// A grant to a group goes when all its members lose what is needed, and holds the edit up when some do.
#[test]
fn a_grant_to_a_group_goes_along_only_as_a_whole() {
    let rules = [
        Rule::needs_role(admin(), "staff").taking_along(),
        Rule::needs_role(Granted::role("owner"), "admin").taking_along(),
    ];
    let mut policy = ruled(rules);
    let shared = everywhere(to_group("g"), "admin");
    let own = everywhere(to_user("ana"), "owner");
    let set_up = [
        add_user("ana"),
        add_user("ben"),
        add_group("g"),
        member("ana", "g"),
        member("ben", "g"),
        everywhere(to_user("ana"), "staff"),
        everywhere(to_user("ben"), "staff"),
        shared.clone(),
        own.clone(),
    ];
    done(&mut policy, &set_up);
    let gone = |name: &str| revoke(&everywhere(to_user(name), "staff"));
    refused(
        &mut policy,
        &[gone("ana")],
        "whoever gets role `admin` holds `staff`: allow role `admin` to group `g` on the platform, not so for `ana`",
    );
    // Both lose it; what needs the second role goes with that.
    let changes = done(&mut policy, &[gone("ana"), gone("ben")]);
    assert_eq!(
        changes,
        [gone("ana"), gone("ben"), revoke(&shared), revoke(&own)]
    );
    // Whoever joins while another loses it got it anew.
    done(
        &mut policy,
        &[
            everywhere(to_user("ana"), "staff"),
            leave("ben", "g"),
            shared.clone(),
        ],
    );
    refused(
        &mut policy,
        &[gone("ana"), member("ben", "g")],
        "whoever gets role `admin` holds `staff`: allow role `admin` to group `g` on the platform, not so for `ana`, `ben`",
    );
}

/// Every way to lose a label that has to stand.
#[test]
fn a_label_that_is_needed_is_lost_as_the_rule_says() {
    let shelf = || PlaceName::resource("shelf", "s");
    let ways = [
        unlabel(PlaceName::group("top"), "public"),
        detach("g", "top"),
        Change::Unplace {
            kind: "shelf".into(),
            resource: "s".into(),
            place: PlaceName::group("g"),
        },
        remove(ThingName::group("g")),
        remove(ThingName::group("top")),
    ];
    let own = allow_role(to_user("ana"), "admin", this(shelf()));
    for way in ways {
        for when_lost in [WhenLost::Refused, WhenLost::TakesAlong, WhenLost::Stays] {
            let rule = Rule::only_where(admin(), "public");
            let mut policy = ruled([match when_lost {
                WhenLost::Refused => rule,
                WhenLost::TakesAlong => rule.taking_along(),
                WhenLost::Stays => rule.staying(),
            }]);
            let set_up = [
                add_user("ana"),
                add_group("g"),
                add_group("top"),
                attach("g", "top"),
                add_resource("shelf", "s"),
                place("shelf", "s", PlaceName::group("g")),
                label(PlaceName::group("top"), "public"),
                own.clone(),
            ];
            done(&mut policy, &set_up);
            let edit = std::slice::from_ref(&way);
            match when_lost {
                WhenLost::Refused => refused(
                    &mut policy,
                    edit,
                    "role `admin` is given only where `public` stands: allow role `admin` to user `ana` on this shelf `s`, the label does not stand there",
                ),
                WhenLost::TakesAlong => {
                    assert_eq!(done(&mut policy, edit).last(), Some(&revoke(&own)));
                }
                WhenLost::Stays => {
                    assert!(!done(&mut policy, edit).contains(&revoke(&own)));
                    refused(
                        &mut policy,
                        &[allow_role(EVERYONE, "admin", this(shelf()))],
                        "role `admin` is given only where `public` stands: allow role `admin` to everyone on this shelf `s`, the scope is another",
                    );
                }
            }
        }
    }
    // A label that a member of a marked group is under is lost by leaving.
    let mut policy = ruled([Rule::only_where(admin(), "public")]);
    let set_up = [
        add_user("ana"),
        add_group("g"),
        member("ana", "g"),
        label(PlaceName::group("g"), "public"),
        allow_role(to_user("ana"), "admin", this(PlaceName::user("ana"))),
    ];
    done(&mut policy, &set_up);
    refused(
        &mut policy,
        &[leave("ana", "g")],
        "role `admin` is given only where `public` stands: allow role `admin` to user `ana` on this user `ana`, the label does not stand there",
    );
}

/// Every way in which a deny of everything comes to cover a user over whom a role is held.
#[test]
fn a_user_who_is_blocked_later_is_as_the_rule_says() {
    let ways = [
        deny_all(to_user("ben"), ScopeName::Platform),
        deny_all(EVERYONE, underlying("top")),
        member("ben", "blocked"),
        attach("g", "blocked"),
        label(PlaceName::group("g"), "signed"),
    ];
    let own = allow_role(to_user("ana"), "admin", this(PlaceName::user("ben")));
    for way in ways {
        for when_lost in [WhenLost::Refused, WhenLost::TakesAlong, WhenLost::Stays] {
            let rule = Rule::only_over_active(admin());
            let mut policy = ruled([match when_lost {
                WhenLost::Refused => rule,
                WhenLost::TakesAlong => rule.taking_along(),
                WhenLost::Stays => rule.staying(),
            }]);
            let signed = ScopeName::Labelled {
                label: "signed".into(),
                within: None,
            };
            let set_up = [
                add_user("ana"),
                add_user("ben"),
                add_group("g"),
                add_group("top"),
                add_group("blocked"),
                attach("g", "top"),
                member("ben", "g"),
                deny_all(to_group("blocked"), ScopeName::Platform),
                deny_all(to_user("ben"), signed),
                own.clone(),
            ];
            done(&mut policy, &set_up);
            let edit = std::slice::from_ref(&way);
            match when_lost {
                WhenLost::Refused => refused(
                    &mut policy,
                    edit,
                    "role `admin` is given only over users who are active: allow role `admin` to user `ana` on this user `ben`, not so for `ben`",
                ),
                WhenLost::TakesAlong => {
                    assert_eq!(done(&mut policy, edit), [way.clone(), revoke(&own)]);
                }
                WhenLost::Stays => {
                    assert_eq!(done(&mut policy, edit), edit);
                    refused(
                        &mut policy,
                        &[allow_role(EVERYONE, "admin", this(PlaceName::user("ben")))],
                        "role `admin` is given only over users who are active: allow role `admin` to everyone on this user `ben`, not so for `ben`",
                    );
                }
            }
        }
    }
}

// Who is counted.

/// An owner who is denied everything, whose role is denied, or whose group is empty is an owner; only one who can is counted by a rule of that sort.
#[test]
fn the_last_one_who_can_is_not_taken_away() {
    for (rule, nobody, several) in [
        (
            Rule::exactly_one_can("edit"),
            "exactly one user can `edit` on the platform: nobody can",
            Some("exactly one user can `edit` on the platform: `ana` and `ben` can"),
        ),
        (
            Rule::at_least_one_can("edit"),
            "at least one user can `edit` on the platform: nobody can",
            None,
        ),
    ] {
        let mut policy = ruled([rule, Rule::at_least_one("owner")]);
        refused(
            &mut policy,
            &[],
            &format!("{nobody}; at least one user holds `owner`: nobody does"),
        );
        let set_up = [
            add_user("ana"),
            add_user("ben"),
            add_group("owners"),
            member("ana", "owners"),
            everywhere(to_group("owners"), "owner"),
            // This one is an owner to the rule about roles.
            allow_role(to_user("ben"), "owner", ScopeName::Oneself),
        ];
        done(&mut policy, &set_up);
        let deny = |what: WhatName, subject: SubjectName| {
            Change::Grant(engine::grant(
                Effect::Deny,
                subject,
                what,
                ScopeName::Platform,
            ))
        };
        let taken = [
            deny(WhatName::Everything, to_user("ana")),
            deny(WhatName::Everything, EVERYONE),
            deny(WhatName::Role("owner".into()), to_group("owners")),
            deny(WhatName::Permission("edit".into()), to_user("ana")),
            leave("ana", "owners"),
            remove(ThingName::user("ana")),
            remove(ThingName::group("owners")),
            revoke(&everywhere(to_group("owners"), "owner")),
        ];
        for step in &taken {
            refused(&mut policy, std::slice::from_ref(step), nobody);
        }
        let second = [member("ben", "owners")];
        match several {
            Some(why) => {
                refused(&mut policy, &second, why);
                done(
                    &mut policy,
                    &[leave("ana", "owners"), member("ben", "owners")],
                );
            }
            None => {
                done(&mut policy, &second);
                done(&mut policy, &[deny(WhatName::Everything, to_user("ana"))]);
            }
        }
        assert!(can(
            &policy.snapshot(),
            "ben",
            "edit",
            &[TargetName::Platform]
        ));
    }
}

/// At each place with a label, by roles and by answers; the violation names who, and where.
#[test]
fn places_with_a_label_are_counted_one_by_one() {
    let shelf = |name: &str| PlaceName::resource("shelf", name);
    let rules = [
        Rule::at_least_one_at("owner", "public"),
        Rule::at_most_one_at("admin", "public"),
        Rule::at_least_one_can_at("edit", "public"),
        Rule::at_most_one_can_at("edit", "signed"),
        Rule::at_most_one("staff"),
        Rule::at_most_one_can("read"),
    ];
    let mut policy = ruled(rules);
    let set_up = [
        add_user("ana"),
        add_user("ben"),
        add_group("g"),
        add_resource("shelf", "one"),
        add_resource("shelf", "two"),
        place("shelf", "one", PlaceName::group("g")),
        place("shelf", "two", PlaceName::group("g")),
        allow_role(to_user("ana"), "owner", this(shelf("one"))),
        label(shelf("one"), "public"),
    ];
    done(&mut policy, &set_up);
    refused(
        &mut policy,
        &[label(shelf("two"), "public")],
        "at least one user holds `owner` at each place marked `public`: nobody does at shelf `two`; \
         at least one user can `edit` at each place marked `public`: nobody can at shelf `two`",
    );
    let owners = allow_role(EVERYONE, "owner", this(PlaceName::group("g")));
    done(
        &mut policy,
        &[owners.clone(), label(shelf("two"), "public")],
    );
    refused(
        &mut policy,
        &[deny_all(EVERYONE, this(shelf("two")))],
        "at least one user can `edit` at each place marked `public`: nobody can at shelf `two`",
    );
    refused(
        &mut policy,
        &[label(shelf("two"), "signed")],
        "at most one user can `edit` at each place marked `signed`: `ana` and `ben` can at shelf `two`",
    );
    refused(
        &mut policy,
        &[allow_role(EVERYONE, "admin", this(PlaceName::group("g")))],
        "at most one user holds `admin` at each place marked `public`: `ana` and `ben` do at shelf `one`; \
         at most one user holds `admin` at each place marked `public`: `ana` and `ben` do at shelf `two`",
    );
    // Taken out of the group, it is out of the reach of those who owned it there.
    let away = Change::Unplace {
        kind: "shelf".into(),
        resource: "two".into(),
        place: PlaceName::group("g"),
    };
    refused(
        &mut policy,
        &[away],
        "at least one user holds `owner` at each place marked `public`: nobody does at shelf `two`; \
         at least one user can `edit` at each place marked `public`: nobody can at shelf `two`",
    );
    refused(
        &mut policy,
        &[
            everywhere(EVERYONE, "staff"),
            everywhere(EVERYONE, "reader"),
        ],
        "at most one user holds `staff`: `ana` and `ben` do; at most one user can `read` on the platform: `ana` and `ben` can",
    );
    done(
        &mut policy,
        &[
            everywhere(to_user("ana"), "staff"),
            everywhere(to_user("ben"), "reader"),
        ],
    );
}

/// What a rule names is there, and what it counts has one target; what cannot be lost is not said to be.
#[test]
fn a_catalog_refuses_rules_that_say_nothing() {
    let error = Catalog::builder()
        .permission("move")
        .label("public")
        .role("admin", [])
        .action_on(
            "carry",
            2,
            all([on(0, holds("move")), on(1, holds("move"))]),
        )
        .rule(Rule::at_least_one_can("carry"))
        .rule(Rule::at_most_one_can_at("mov", "publik"))
        .rule(Rule::only_to(admin(), [SubjectKind::User]).taking_along())
        .build()
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "the catalog has problems: \
         rule \"at least one user can `carry` on the platform\": refers to action `carry`, whose questions have 2 targets, where 1 stand; \
         rule \"at most one user can `mov` at each place marked `publik`\": unknown action `mov`, the nearest known is `move`; \
         rule \"at most one user can `mov` at each place marked `publik`\": unknown label `publik`, the nearest known is `public`; \
         rule \"role `admin` is given only to a user, and goes when that is lost\": what it asks for is part of the grant and cannot be lost"
    );
}

/// A plan of the nearest changes is one that commits, under the rules that count answers as well; and a guarded commit is judged by them.
#[test]
fn plans_and_guarded_commits_are_judged_by_answers() {
    let mut policy = ruled([Rule::at_most_one_can("edit")]);
    let set_up = [
        add_user("ana"),
        add_user("ben"),
        everywhere(to_user("ana"), "owner"),
    ];
    done(&mut policy, &set_up);
    let now = policy.snapshot();
    let (ben, edit) = (
        now.user("ben").unwrap(),
        now.catalog().action("edit").unwrap(),
    );
    assert!(
        now.nearest_changes(ben, edit, rolecall::Target::Platform, 5)
            .unwrap()
            .is_empty()
    );
    let mut work = policy.edit_unguarded();
    work.apply(&[everywhere(to_user("ben"), "owner")]).unwrap();
    assert_eq!(
        work.commit_if(|_| None::<rolecall::Difference>)
            .unwrap_err()
            .to_string(),
        "the edit is refused: at most one user can `edit` on the platform: `ana` and `ben` can"
    );
}

// Generated worlds.

/// The word for the sort of a change.
fn word(change: &Change) -> String {
    let text = format!("{change:?}");
    let end = text.find(|letter: char| !letter.is_alphanumeric());
    let word = text[..end.unwrap_or(text.len())].to_owned();
    match change {
        Change::Grant(grant) if grant.effect == Effect::Deny => "Deny".to_owned(),
        _ => word,
    }
}

fn sort_of(rule: &Rule) -> &'static str {
    match rule {
        Rule::State(_) => "State",
        Rule::Grant(rule) => match rule.condition {
            Condition::HolderOf { .. } => "HolderOf",
            Condition::Marked { .. } => "Marked",
            Condition::Active => "Active",
            _ => "Form",
        },
    }
}

/// The engine and the oracle agree about histories of single steps, refusals and facts alike, and the second witness says of every state
/// which rules it obeys; and each way in which a rule is broken occurs in them, with each end of it.
#[test]
fn every_way_round_a_rule_occurs_and_is_judged_alike() {
    // Small worlds keep more rules, and their edits meet again what edits before them did.
    let mut size = Size::SMALL.with_edits(100);
    (size.users, size.groups, size.resources) = (2, 3, 3);
    (size.links, size.grants, size.steps) = (10, 4, 1);
    size = size.about_rules(45);
    // The ways that are looked for, by the sort of the rule and of the step.
    let ways = [
        (
            "HolderOf",
            &[
                "Grant",
                "IncludeRole",
                "AddToRole",
                "AddMember",
                "Attach",
                "Add",
                "Revoke",
                "RemoveMember",
                "Detach",
            ][..],
        ),
        ("Marked", &["Grant", "IncludeRole", "RemoveLabel"]),
        ("Active", &["Grant", "Deny", "AddMember", "Attach"]),
        ("Form", &["Grant", "IncludeRole", "AddToRole"]),
        (
            "State",
            &[
                "Grant",
                "Deny",
                "AddMember",
                "RemoveMember",
                "AddLabel",
                "IncludeRole",
                "Revoke",
            ],
        ),
    ];
    let ways: Vec<(&str, String)> = ways
        .into_iter()
        .flat_map(|(sort, steps)| steps.iter().map(move |step| (sort, (*step).to_owned())))
        .collect();
    // For each sort of rule and of step: how often a step broke it, and was refused, took grants along, or was let be.
    let mut met: BTreeMap<(&str, String), [usize; 3]> = BTreeMap::new();
    // The ways by which a rule that was kept before was broken.
    let mut all_met: BTreeSet<(&str, String)> = BTreeSet::new();
    // Fifty worlds are looked at, and more until all ways were met.
    for seed in 1_000..1_400 {
        let new = |met: &&(&str, String)| !all_met.contains(*met);
        if seed >= 1_050 && !ways.iter().any(|way| new(&way)) {
            break;
        }
        let world = World::from_seed(seed, size);
        let rules: Vec<&Rule> = world.rules().collect();
        if rules.is_empty() {
            continue;
        }
        let free = engine::without_rules(&world.declarations);
        let mut policy = engine::policy(&world.declarations);
        let mut oracle = Oracle::new(&world.declarations);
        for (at, edit) in world.edits.iter().enumerate() {
            let old = oracle.clone();
            let outcome = oracle.apply(edit);
            let done = policy.apply(edit);
            assert_eq!(
                done.as_ref().map(drop).map_err(engine::kinds),
                outcome.as_ref().copied().map_err(Clone::clone),
                "seed {seed}, edit {at}: {edit:?}"
            );
            assert_eq!(
                &engine::facts(&policy.snapshot()),
                oracle.facts(),
                "seed {seed}, edit {at}"
            );
            let [step] = edit.as_slice() else { continue };
            // What the same step leads to where there are no rules.
            let mut loose = Oracle::new(&free);
            let facts: Vec<Change> = old.facts().iter().cloned().collect();
            loose.apply(&facts).unwrap();
            if loose.apply(edit).is_err() {
                continue;
            }
            let broken: Vec<&&Rule> = rules.iter().filter(|rule| !loose.obeys(rule)).collect();
            // The second witness is asked about fifty worlds; of the states that break no rule about every third.
            if seed < 1_050 && (at % 3 == 0 || !broken.is_empty()) {
                let named: Vec<Rule> = broken.iter().map(|rule| (**rule).clone()).collect();
                let witnessed = datalog::broken(&world.declarations, loose.facts());
                assert_eq!(named, witnessed, "seed {seed}, edit {at}");
            }
            for rule in broken {
                if old.obeys(rule) {
                    all_met.insert((sort_of(rule), word(step)));
                }
                let way = match &outcome {
                    Err(_) => 0,
                    Ok(()) if loose.facts() != oracle.facts() => 1,
                    Ok(()) => 2,
                };
                met.entry((sort_of(rule), word(step))).or_default()[way] += 1;
            }
        }
    }
    for ((sort, step), [refused, took, stayed]) in &met {
        println!("{sort} by {step}: {refused} refused, {took} took grants along, {stayed} let be");
    }
    let unmet: Vec<_> = ways.iter().filter(|way| !all_met.contains(*way)).collect();
    assert!(
        unmet.is_empty(),
        "no generated edit breaks a rule so: {unmet:?}"
    );
    let ends = met
        .values()
        .fold([0; 3], |sum, met| [0, 1, 2].map(|end| sum[end] + met[end]));
    assert!(ends.iter().all(|times| *times > 5), "{ends:?}");
}

// What it costs.

/// By how much the steps grow where the size doubles, as an exponent: 0 for a cost that does not grow, 1 for one that grows with the size.
#[track_caller]
fn grows_at_most(exponent: f64, what: &str, steps: impl Fn(usize) -> u64) {
    // Multiples of what one page of a table holds: a page that is touched is looked at as a whole.
    let counts = [256, 512, 1_024, 2_048].map(|size| (size, steps(size)));
    println!("{what}: {counts:?}");
    for ((_, fewer), (size, more)) in counts.iter().zip(&counts[1..]) {
        // One step more or less is no growth.
        let grown = ((*more + 8) as f64 / (*fewer + 8) as f64).log2();
        assert!(
            grown <= exponent + 0.1,
            "{what}: {more} steps at {size}, which is an exponent of {grown:.2}: {counts:?}"
        );
    }
}

/// `n` groups with a shelf each, each marked and owned by one user, under one group.
fn tenants(rules: &[Rule], n: usize) -> Policy {
    let mut policy = ruled(rules.iter().cloned());
    let mut changes = vec![add_group("all"), add_user("boss")];
    changes.push(everywhere(to_user("boss"), "staff"));
    for nth in 0..n {
        let (user, group, shelf) = (format!("u{nth}"), format!("g{nth}"), format!("s{nth}"));
        let at = PlaceName::resource("shelf", &shelf);
        changes.extend([
            add_user(&user),
            add_group(&group),
            attach(&group, "all"),
            add_resource("shelf", &shelf),
            place("shelf", &shelf, PlaceName::group(&group)),
            label(at.clone(), "public"),
            allow_role(to_user(&user), "owner", this(at)),
        ]);
    }
    policy.apply(&changes).unwrap();
    policy
}

#[track_caller]
fn steps_of(policy: &Policy, edit: &[Change]) -> u64 {
    let (preview, steps) = count_steps(|| policy.preview(edit));
    preview.unwrap();
    steps
}

/// Rules about places with a label look at the places that an edit touches, not at all of them.
#[test]
fn counting_at_each_place_costs_what_the_edit_touches() {
    let rules = [
        [Rule::exactly_one_at("owner", "public")],
        [Rule::at_least_one_at("owner", "public")],
        [Rule::at_most_one_at("owner", "public")],
        [Rule::exactly_one_can_at("edit", "public")],
        [Rule::at_least_one_can_at("edit", "public")],
        [Rule::at_most_one_can_at("edit", "public")],
    ];
    for rules in &rules {
        let edits: [(&str, Vec<Change>); 6] = [
            (
                "unrelated",
                vec![add_user("zoe"), add_group("more"), member("zoe", "more")],
            ),
            ("a member of one group", vec![member("boss", "g7")]),
            (
                "one owner follows another",
                vec![
                    revoke(&allow_role(
                        to_user("u3"),
                        "owner",
                        this(PlaceName::resource("shelf", "s3")),
                    )),
                    allow_role(
                        to_user("boss"),
                        "owner",
                        this(PlaceName::resource("shelf", "s3")),
                    ),
                ],
            ),
            (
                "a role of no rule for all",
                vec![everywhere(EVERYONE, "staff")],
            ),
            (
                "one place more",
                vec![
                    add_resource("shelf", "new"),
                    label(PlaceName::resource("shelf", "new"), "public"),
                    allow_role(
                        to_user("boss"),
                        "owner",
                        this(PlaceName::resource("shelf", "new")),
                    ),
                ],
            ),
            (
                "one group is moved",
                vec![detach("g5", "all"), attach("g5", "g6")],
            ),
        ];
        for (what, edit) in &edits {
            grows_at_most(0.0, &format!("{}: {what}", rules[0]), |n| {
                steps_of(&tenants(rules, n), edit)
            });
        }
        // All places are touched, and each is looked at a number of times that does not grow.
        let all = [
            revoke(&everywhere(to_user("boss"), "staff")),
            label(PlaceName::group("all"), "signed"),
        ];
        grows_at_most(1.0, &format!("{}: all", rules[0]), |n| {
            steps_of(&tenants(rules, n), &all)
        });
    }
}

/// What needs a role and is granted to everyone, often: users and grants are each gone through once.
#[test]
fn a_needed_role_costs_users_and_grants_not_their_product() {
    let rule = || Rule::needs_role(admin(), "staff");
    let world = |n: usize| {
        let mut policy = ruled([rule()]);
        let mut changes = vec![everywhere(EVERYONE, "staff")];
        for nth in 0..n {
            changes.extend([add_user(&format!("u{nth}")), add_group(&format!("g{nth}"))]);
        }
        policy.apply(&changes).unwrap();
        policy
    };
    let to_all =
        |nth: usize| allow_role(EVERYONE, "admin", this(PlaceName::group(format!("g{nth}"))));
    grows_at_most(1.0, "n grants to everyone at once", |n| {
        let grants: Vec<Change> = (0..n).map(to_all).collect();
        steps_of(&world(n), &grants)
    });
    grows_at_most(1.0, "one grant to everyone beside n", |n| {
        let mut policy = world(n);
        let grants: Vec<Change> = (1..n).map(to_all).collect();
        policy.apply(&grants).unwrap();
        steps_of(&policy, &[to_all(0)])
    });
    grows_at_most(0.0, "another role for everyone", |n| {
        steps_of(&world(n), &[everywhere(EVERYONE, "reader")])
    });
    grows_at_most(0.0, "one member more", |n| {
        steps_of(&world(n), &[member("u1", "g1")])
    });
    grows_at_most(0.0, "a chain of roles that nobody holds", |n| {
        let policy = world(n);
        steps_of(
            &policy,
            &[Change::Add(ThingName::role("r")), include("r", "admin")],
        )
    });
}

/// Rules on the platform look at the users whose roles or answers an edit touches.
#[test]
fn counting_on_the_platform_costs_what_the_edit_touches() {
    let holders = [
        Rule::exactly_one("admin"),
        Rule::at_least_one("reader"),
        Rule::at_most_one("admin"),
    ];
    let able = [
        Rule::at_least_one_can("read"),
        Rule::at_most_one_can("edit"),
    ];
    let world = |rules: &[Rule], n: usize| {
        let mut policy = ruled(rules.iter().cloned());
        let mut changes = vec![
            add_user("boss"),
            everywhere(to_user("boss"), "admin"),
            add_group("g"),
        ];
        for nth in 0..n {
            let user = format!("u{nth}");
            changes.extend([add_user(&user), everywhere(to_user(&user), "reader")]);
        }
        policy.apply(&changes).unwrap();
        policy
    };
    let grows = |exponent, rules: &[Rule], edit: &[Change]| {
        grows_at_most(exponent, &format!("{}: {edit:?}", rules[0]), |n| {
            steps_of(&world(rules, n), edit)
        });
    };
    for edit in [vec![add_user("zoe")], vec![member("u1", "g")]] {
        grows(0.0, &holders, &edit);
        grows(0.0, &able, &edit);
    }
    for edit in [
        vec![revoke(&everywhere(to_user("u1"), "reader"))],
        vec![remove(ThingName::user("u1"))],
    ] {
        grows(0.0, &holders, &edit);
        // Somebody can no longer, so those who still can are found once.
        grows(1.0, &able, &edit);
    }
    let handed_over = [
        revoke(&everywhere(to_user("boss"), "admin")),
        everywhere(to_user("u1"), "admin"),
    ];
    grows(0.0, &holders, &handed_over);
    grows(0.0, &able, &handed_over);
}

/// A label taken off, or a deny, is followed to what it reaches or to the grants of the rule, whichever is less.
#[test]
fn a_prerequisite_that_is_lost_costs_the_shorter_way() {
    let rules = [
        Rule::only_where(admin(), "public"),
        Rule::only_over_active(Granted::role("staff")),
    ];
    let world = |n: usize, granted: usize| {
        let mut policy = ruled(rules.iter().cloned());
        let mut changes = vec![
            add_group("all"),
            label(PlaceName::group("all"), "public"),
            add_user("ana"),
        ];
        changes.push(label(PlaceName::user("ana"), "public"));
        for nth in 0..n {
            let (user, group) = (format!("u{nth}"), format!("g{nth}"));
            changes.extend([
                add_user(&user),
                add_group(&group),
                member(&user, &group),
                label(PlaceName::group(&group), "public"),
                attach(&group, "all"),
            ]);
            if nth < granted {
                changes.push(allow_role(
                    to_user("ana"),
                    "admin",
                    this(PlaceName::group(&group)),
                ));
                changes.push(allow_role(
                    to_user("ana"),
                    "staff",
                    this(PlaceName::user(&user)),
                ));
            }
        }
        policy.apply(&changes).unwrap();
        policy
    };
    let off = [unlabel(PlaceName::group("all"), "public")];
    grows_at_most(0.0, "a label over all, few grants", |n| {
        steps_of(&world(n, 4), &off)
    });
    let one = [
        unlabel(PlaceName::user("ana"), "public"),
        deny_all(to_user("ana"), ScopeName::Platform),
    ];
    grows_at_most(0.0, "a label and a deny of one, many grants", |n| {
        steps_of(&world(n, n), &one)
    });
    let all = [deny_all(EVERYONE, this(PlaceName::user("ana")))];
    grows_at_most(0.0, "a deny for all, few grants", |n| {
        steps_of(&world(n, 4), &all)
    });
}
