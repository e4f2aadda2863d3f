//! Operations of the presets give nobody more than who acts may give: named faults of old, and a property over worlds of all four presets.

mod examples;
mod gains;
mod table;

use std::collections::BTreeSet;

use rolecall::Policy;

use crate::corpus::{self, operate_as};

/// One policy of all presets: who does what in which, and a group `hub` that all four share.
const WORLD: &[&str] = &[
    "user zoe",
    "do academy.found olga school",
    "do academy.create_group school sales",
    "do academy.create_group sales emea",
    "do academy.create_group school support",
    "do academy.create_group school hub",
    "do academy.add_account adam admin sales",
    "do academy.add_account lea learner sales",
    "do academy.add_account aude author sales coach support",
    "do academy.add_account carl coach sales",
    "do academy.add_account lou learner support author hub",
    "do academy.add_account pia learner school",
    "do academy.name_platform_admin pia",
    // Sam is admin of support by the other reading of A-17: of the group alone.
    "do academy.add_account sam learner support",
    "allow role academy.admin to user:sam on this group:support",
    "do academy.create_course aude sales rust",
    "do academy.create_program aude sales onboarding",
    "do academy.share_in_library program:onboarding sales",
    "do academy.create_session onboarding sales may",
    "do academy.post_comment aude rust remark",
    "do academy.include_reviews",
    "do academy.publish_course rust",
    "do academy.invite zoe learner sales",
    "do academy.invite lea coach support",
    // Control.
    "user root",
    "user sue",
    "do control.appoint_admin root",
    "do control.add_group people",
    "do control.add_group people europe",
    "do control.add_group staff",
    "do control.open_group hub",
    "do control.appoint_sub_admin user:sue members.manage europe,hub,staff",
    "do control.grant_permission user:sue members.import europe",
    "do control.grant_permission user:sue invites.manage europe",
    "do control.add_member sue staff",
    "do control.import_users tim,ben europe",
    "do control.set_trainer group:staff europe",
    "do control.grant_permission user:ben,user:lou timeline.post europe,hub",
    "do control.grant_permission user:tim timeline.moderate people",
    "do control.grant_permission group:staff reporting hub",
    "do control.grant_permission group:staff members.view hub",
    "do control.write_post ben europe hello",
    "do control.write_comment ben hello again",
    "do control.add_session induction",
    "do control.set_automation_targets induction europe",
    "do control.add_event sue induction welcome",
    "do control.offer_event welcome europe",
    "do control.send_invitation europe to-ina",
    "do control.send_invitation staff to-ida",
    // Group leaders. Max is the senior leader of team, who manages it as well.
    "user ada",
    "user max",
    "do group_leaders.add_admin ada",
    "do group_leaders.add_group team",
    "do group_leaders.add_group team squad",
    "do group_leaders.add_group crew",
    "do group_leaders.open_group hub",
    "do group_leaders.add_course pitching",
    "do group_leaders.add_course billing",
    "do group_leaders.assign_course pitching team",
    "do group_leaders.assign_course billing crew",
    "do group_leaders.add_member lea team",
    "do group_leaders.add_member ben crew",
    "do group_leaders.enrol lea team of-lea",
    "do group_leaders.make_group_leader max",
    "do group_leaders.make_group_leader tim",
    "do group_leaders.assign_leader tim crew",
    "role senior",
    "role senior includes group_leaders.leads",
    "role senior gives group_leaders.group.manage",
    "allow role senior to user:max on this group:team",
    // Instructors.
    "do instructors.add_organization north",
    "do instructors.add_organization south",
    "do instructors.open_organization hub",
    "do instructors.add_agency heart",
    "do instructors.add_admin ada north",
    "do instructors.add_admin sue south",
    "do instructors.add_admin ada hub",
    "do instructors.add_bank heart north cards",
    "do instructors.add_bank heart south other-cards",
    "do instructors.add_course north cpr",
    "do instructors.add_course south rowing",
    "do instructors.create_session cpr cards north monday",
    "do instructors.create_session rowing other-cards south regatta",
    "do instructors.invite_instructor ben yes north",
    "do instructors.invite_instructor lou no hub",
    "do instructors.invite_instructor tim no north",
    "do instructors.assign_teacher ben monday",
    "do instructors.assign_teacher tim monday",
    "do instructors.add_issuer tim cards",
    "do instructors.submit_roster monday list",
];

const PRESETS: [&str; 4] = ["control", "academy", "group_leaders", "instructors"];

fn world() -> Policy {
    let mut policy = corpus::policy(&PRESETS);
    for phrase in WORLD {
        assert!(corpus::try_phrase(&mut policy, phrase), "{phrase}");
    }
    policy
}

/// The operations are refused together in the user's name, with these kinds of problems.
#[track_caller]
fn refused(policy: &mut Policy, by: &str, operations: &[&str], kinds: &[&str]) {
    let before = policy.snapshot();
    let kinds: BTreeSet<String> = kinds.iter().map(|kind| (*kind).to_owned()).collect();
    let told = operate_as(policy, Some(by), operations).map(drop);
    assert_eq!(told, Err(kinds), "{by}: {operations:?}");
    assert_eq!(
        policy.snapshot().digest(),
        before.digest(),
        "it left a trace"
    );
}

#[track_caller]
fn done(policy: &mut Policy, by: &str, operation: &str) {
    let by = (!by.is_empty()).then_some(by);
    let told = operate_as(policy, by, &[operation]).map(drop);
    assert_eq!(told, Ok(()), "{by:?}: {operation}");
}

#[track_caller]
fn can(policy: &Policy, user: &str, action: &str, target: &str) -> bool {
    let now = policy.snapshot();
    let action = now.catalog().action(action).unwrap();
    now.can(now.user(user).unwrap(), action, now.target(target).unwrap())
}

/// Adam, admin of sales alone, brings nobody into it who is in none of his groups: not to see their results as their manager.
#[test]
fn an_admin_of_one_group_takes_nobody_into_it_from_elsewhere() {
    let mut policy = world();
    for operation in [
        "academy.give_role olga learner sales",
        "academy.give_role zoe learner sales",
        "academy.add_account zoe learner sales",
        "academy.import_accounts add olga,3,sales",
        "academy.import_accounts replace lou,3,sales",
        "academy.appoint_manager adam olga",
        "academy.appoint_manager olga lea",
        "academy.take_role lou learner support",
        "academy.remove_from_group olga school",
    ] {
        refused(&mut policy, "adam", &[operation], &["not allowed"]);
    }
    assert!(!can(&policy, "adam", "academy.results.view", "user:olga"));
    // Whom he opens an account for, and whom he has already, are his.
    done(&mut policy, "adam", "academy.add_account nia learner emea");
    done(&mut policy, "adam", "academy.give_role nia coach sales");
    done(&mut policy, "adam", "academy.appoint_manager adam nia lea");
    assert!(can(&policy, "adam", "academy.results.view", "user:nia"));
    // Others come by their own will.
    done(&mut policy, "adam", "academy.invite olga learner sales");
    refused(
        &mut policy,
        "adam",
        &["academy.accept_invitation olga"],
        &["not allowed"],
    );
    done(&mut policy, "olga", "academy.accept_invitation olga");
    done(&mut policy, "adam", "academy.appoint_manager adam olga");
}

/// What is recorded reaches no further than what the actor holds.
#[test]
fn nobody_hands_out_at_more_than_they_hold() {
    let mut policy = world();
    // Sam is admin of support alone: an admin appointed by the operations would reach below.
    done(&mut policy, "sam", "academy.give_role aude author support");
    for operation in [
        "academy.give_role aude admin support",
        "academy.add_account nia admin support",
        "academy.import_accounts add aude,0,support",
        "academy.invite nia admin support",
    ] {
        refused(&mut policy, "sam", &[operation], &["not allowed"]);
    }
    // An admin of all below is not taken off by who holds the group alone.
    done(&mut policy, "olga", "academy.give_role aude admin support");
    refused(
        &mut policy,
        "sam",
        &["academy.take_role aude admin support"],
        &["not allowed"],
    );
    refused(
        &mut policy,
        "sam",
        &["academy.remove_from_group aude support"],
        &["not allowed"],
    );

    done(&mut policy, "max", "group_leaders.assign_leader max team");
    refused(
        &mut policy,
        "max",
        &["group_leaders.assign_leader_below max team"],
        &["not allowed"],
    );
    done(
        &mut policy,
        "ada",
        "group_leaders.assign_leader_below tim team",
    );
    refused(
        &mut policy,
        "max",
        &["group_leaders.unassign_leader tim team"],
        &["not allowed"],
    );
    assert!(!can(
        &policy,
        "max",
        "group_leaders.user.view",
        "group:squad"
    ));

    // Whoever manages the site's groups and nothing else makes nobody an admin, who has more.
    let only = "allow permission group_leaders.group.manage to user:uma on platform";
    assert!(corpus::try_phrase(&mut policy, "user uma") && corpus::try_phrase(&mut policy, only));
    refused(
        &mut policy,
        "uma",
        &["group_leaders.add_admin uma"],
        &["not allowed"],
    );
    done(&mut policy, "uma", "group_leaders.make_group_leader uma");
}

/// The senior leader of one group brings neither a course nor a person into it from elsewhere.
#[test]
fn a_senior_leader_stays_within_what_is_managed() {
    let mut policy = world();
    for operation in [
        "group_leaders.assign_course billing team",
        "group_leaders.add_member ben team",
        "group_leaders.assign_leader tim crew",
        "group_leaders.set_leader tim team",
        "group_leaders.add_group team new",
        "group_leaders.add_group new",
    ] {
        refused(&mut policy, "max", &[operation], &["not allowed"]);
    }
    assert!(!can(
        &policy,
        "max",
        "group_leaders.course.edit",
        "group_leaders.course:billing"
    ));
    done(
        &mut policy,
        "max",
        "group_leaders.enrol lea team of-lea-too",
    );
    done(&mut policy, "max", "group_leaders.assign_leader tim team");
    // To lead exactly these groups ends the others, which is theirs who manage those.
    refused(
        &mut policy,
        "max",
        &["group_leaders.set_leader tim team"],
        &["not allowed"],
    );
    done(
        &mut policy,
        "ada",
        "group_leaders.set_leader tim squad crew",
    );
    let led = |group| can(&policy, "tim", "group_leaders.user.view", group);
    assert!(led("group:squad") && led("group:crew") && !led("group:team"));
}

/// Every operation names the kinds that it takes, in an unguarded edit as well.
#[test]
fn no_operation_takes_a_resource_of_another_kind() {
    let things = [
        "academy.course:rust",
        "academy.program:onboarding",
        "academy.session:may",
        "academy.comment:remark",
        "academy.invitation:lea",
        "academy.library:sales",
        "control.session:induction",
        "control.event:welcome",
        "control.post:hello",
        "control.comment:again",
        "control.invitation:to-ina",
        "group_leaders.course:pitching",
        "group_leaders.enrolment:of-lea",
        "instructors.course:cpr",
        "instructors.session:monday",
        "instructors.bank:cards",
        "instructors.agency:heart",
        "instructors.roster:list",
    ];
    let (mut asked, mut policy) = (0, world());
    let before = policy.snapshot().digest();
    for row in table::ROWS {
        let words: Vec<&str> = row.call.split_whitespace().collect();
        for (at, word) in words.iter().enumerate() {
            let Some(kinds) = table::kinds(word) else {
                continue;
            };
            for thing in things {
                let kind = thing.split(':').next().unwrap();
                if kinds.contains(&kind) {
                    continue;
                }
                let filled: Vec<&str> = words
                    .iter()
                    .enumerate()
                    .map(|(other, word)| if other == at { thing } else { table::any(word) })
                    .collect();
                let call = filled.join(" ");
                let told = operate_as(&mut policy, None, &[&call]).map(drop);
                assert_eq!(told, Err(BTreeSet::from(["unknown".to_owned()])), "{call}");
                asked += 1;
            }
        }
    }
    assert_eq!(policy.snapshot().digest(), before);
    assert!(asked > 500, "{asked}");
}

/// Nobody founds anything: neither a second root nor an organization. That takes an unguarded edit, and a root there is once.
#[test]
fn what_founds_something_takes_an_unguarded_edit() {
    let mut policy = world();
    for by in ["lea", "olga", "root", "ada"] {
        for operation in [
            "academy.found lea other",
            "academy.found_at lea team",
            "control.open_group sales",
            "instructors.add_organization other",
            "instructors.open_organization team",
            "instructors.add_agency other",
        ] {
            refused(&mut policy, by, &[operation], &["not allowed"]);
        }
    }
    let second = operate_as(&mut policy, None, &["academy.found olga other"]);
    assert_eq!(
        second.map(drop),
        Err(BTreeSet::from(["wrong state".to_owned()]))
    );
    let mut fresh = corpus::policy(&PRESETS);
    assert!(corpus::try_phrase(&mut fresh, "group company"));
    done(&mut fresh, "", "academy.found_at olga company");
    assert!(can(&fresh, "olga", "academy.group.create", "group:company"));
}

/// An invitation is accepted by who is invited, whatever names have become since.
#[test]
fn nobody_accepts_the_invitation_of_another() {
    let mut policy = world();
    for by in ["carl", "olga", "sam"] {
        refused(
            &mut policy,
            by,
            &["academy.accept_invitation lea"],
            &["not allowed"],
        );
    }
    // Sue manages ben, and gives him the name of somebody who was invited before they were there.
    done(&mut policy, "adam", "academy.invite ivo coach sales");
    done(&mut policy, "sue", "control.rename_user ben ivo");
    refused(
        &mut policy,
        "ivo",
        &["academy.accept_invitation ivo"],
        &["not allowed"],
    );
    done(&mut policy, "lea", "academy.accept_invitation lea");
    assert!(can(&policy, "lea", "academy.library.view", "group:support"));
}

/// A deny of everything, whose ever it is, is lifted by no operation of the academy; nor one under an organization by an invitation there.
#[test]
fn a_deny_that_another_system_relies_on_stays() {
    let suspended = "deny everything to user:lea on platform";
    for before in [true, false] {
        for operation in [
            "academy.reactivate_account lea",
            "academy.delete_account lea",
        ] {
            let mut policy = world();
            if before {
                assert!(corpus::try_phrase(&mut policy, suspended));
            }
            done(&mut policy, "pia", "academy.deactivate_account lea");
            if !before {
                assert!(corpus::try_phrase(&mut policy, suspended));
            }
            done(&mut policy, "pia", operation);
            assert!(!can(
                &policy,
                "lea",
                "group_leaders.course.take",
                "group_leaders.course:pitching"
            ));
            assert!(corpus::try_phrase(
                &mut policy,
                "revoke deny everything to user:lea on platform"
            ));
            assert!(can(
                &policy,
                "lea",
                "group_leaders.course.take",
                "group_leaders.course:pitching"
            ));
        }
    }
    let mut policy = world();
    assert!(corpus::try_phrase(
        &mut policy,
        "deny everything to user:ben on underlying north"
    ));
    refused(
        &mut policy,
        "ada",
        &["instructors.invite_instructor ben yes north"],
        &["not active"],
    );
    refused(
        &mut policy,
        "ada",
        &["instructors.revoke_instructor ben north"],
        &["not active"],
    );
}

/// A membership that two systems recorded ends when both have ended it, and one that was there before stays.
#[test]
fn a_membership_of_two_systems_ends_in_both() {
    let mut policy = world();
    let member = |policy: &Policy, user: &str, group: &str| {
        let now = policy.snapshot();
        now.groups_of(now.user(user).unwrap())
            .unwrap()
            .any(|it| it == now.group(group).unwrap())
    };
    // Lou is in hub by the academy; Control joins in.
    done(&mut policy, "root", "control.add_member lou hub");
    refused(
        &mut policy,
        "root",
        &["control.remove_member lou hub"],
        &["wrong state"],
    );
    refused(
        &mut policy,
        "root",
        &["control.move_member lou hub europe"],
        &["wrong state"],
    );
    done(&mut policy, "olga", "academy.take_role lou author hub");
    assert!(member(&policy, "lou", "hub"));
    done(&mut policy, "root", "control.remove_member lou hub");
    assert!(!member(&policy, "lou", "hub"));
    // Carl is there by nobody's record: the academy takes its role back, and that alone.
    assert!(corpus::try_phrase(&mut policy, "user carl in hub"));
    done(&mut policy, "olga", "academy.give_role carl learner hub");
    done(&mut policy, "olga", "academy.remove_from_group carl hub");
    assert!(member(&policy, "carl", "hub"));
    done(&mut policy, "ada", "group_leaders.remove_member carl hub");
    assert!(!member(&policy, "carl", "hub"));
}

/// Control deals in its own permissions and its own groups.
#[test]
fn control_deals_in_nothing_of_other_systems() {
    let mut policy = world();
    for operation in [
        "control.grant_permission user:root academy.platform.manage",
        "control.grant_permission_underlying user:root academy.member.manage school",
        "control.grant_permission user:root control.post.own",
        "control.revoke_permission user:max group_leaders.group.manage",
    ] {
        refused(&mut policy, "root", &[operation], &["unknown"]);
    }
    for operation in [
        "control.attach_group sales people",
        "control.attach_group people sales",
        "control.detach_group sales school",
        "control.detach_group hub school",
        "control.add_group school new",
    ] {
        refused(&mut policy, "root", &[operation], &["wrong state"]);
    }
}

/// Each preset's groups are its own: nobody gets a role of one in a group of another.
#[test]
fn an_operation_stays_in_the_groups_of_its_preset() {
    for operation in [
        "academy.give_role lea learner team",
        "academy.create_course aude north new",
        "academy.make_public europe",
        "group_leaders.add_member lea sales",
        "group_leaders.assign_leader max north",
        "instructors.add_admin ada team",
        "instructors.invite_instructor lea no sales",
        "instructors.add_course europe new",
    ] {
        let told = operate_as(&mut world(), None, &[operation]).map(drop);
        assert_eq!(
            told,
            Err(BTreeSet::from(["wrong state".to_owned()])),
            "{operation}"
        );
    }
}

/// A user whom another system had before stays when their account goes, and nobody has an account deleted who has none.
#[test]
fn a_deleted_account_takes_no_user_of_another_system_along() {
    let mut policy = world();
    done(&mut policy, "root", "control.import_users nora");
    refused(
        &mut policy,
        "pia",
        &["academy.delete_account nora"],
        &["wrong state"],
    );
    done(&mut policy, "pia", "academy.add_account nora learner sales");
    done(&mut policy, "pia", "academy.delete_account nora");
    assert!(policy.snapshot().user("nora").is_ok());
    done(&mut policy, "pia", "academy.add_account ida learner sales");
    done(&mut policy, "pia", "academy.delete_account ida");
    assert!(policy.snapshot().user("ida").is_err());
}

/// An invitation into several groups is deleted by who manages those of all of them.
#[test]
fn an_invitation_is_deleted_at_every_end() {
    let mut policy = world();
    done(
        &mut policy,
        "",
        "control.send_invitation europe,staff to-both",
    );
    refused(
        &mut policy,
        "sue",
        &["control.delete_invitation to-both"],
        &["not allowed"],
    );
    refused(
        &mut policy,
        "sue",
        &["control.delete_invitation to-ida"],
        &["not allowed"],
    );
    done(&mut policy, "sue", "control.delete_invitation to-ina");
    done(&mut policy, "root", "control.delete_invitation to-both");
}
