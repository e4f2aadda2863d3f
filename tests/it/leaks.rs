//! No right leaks between two organizations, two groups or two shelves that share people and courses.
//!
//! A world has two sides, `north` and `south`, which share users, courses and more. Steps are taken on either side by the operations of
//! the presets. What is done on one side must then not change a single answer about what belongs to the other; and about what the two
//! share, both together allow nothing that neither side allows by itself.

use proptest::prelude::*;
use proptest::strategy::ValueTree;
use rolecall::{PlaceName, Policy, Snapshot, TargetName};

use crate::corpus;

/// What a preset brings to a world. `{side}` stands for a side and `{user}` for one of the users; everything that belongs to one side has
/// the side in its name.
struct Part {
    preset: &'static str,
    /// What both sides share, once.
    shared: &'static [&'static str],
    /// What there is on each side from the beginning.
    sides: &'static [&'static str],
    /// The steps that may be taken on a side. Those that are refused change nothing.
    steps: &'static [&'static str],
}

/// A new preset is a part more.
const PARTS: &[Part] = &[
    Part {
        preset: "control",
        // Everyone has access to Control and can be named host: that is of the whole platform.
        shared: &[
            "do control.grant_permission user:ana,user:ben,user:eva,user:uwe access",
            "do control.set_trainer user:ana",
            "do control.set_trainer user:ben",
            "do control.set_trainer user:eva",
            "do control.set_trainer user:uwe",
            "do control.add_session induction",
            "do control.add_event ana induction welcome",
        ],
        sides: &[
            "group {side}-people",
            "group {side}-crew below {side}-people",
            "group {side}-managers",
            "do control.grant_permission group:{side}-managers reporting {side}-people",
            "do control.grant_permission group:{side}-managers members.view {side}-people",
            "do control.add_session {side}-session",
            "do control.set_automation_targets {side}-session {side}-people",
            "place control.session:induction in group:{side}-people",
            "do control.add_event ana {side}-session {side}-event",
        ],
        steps: &[
            "user {user} in {side}-people",
            "user {user} in {side}-crew",
            "user {user} in {side}-managers",
            "remove user {user} from {side}-people",
            "allow role control.trainer to user:{user} on this group:{side}-people",
            "revoke allow role control.trainer to user:{user} on this group:{side}-people",
            "do control.grant_permission user:{user} members.manage {side}-people",
            "do control.grant_permission user:{user} invites.manage {side}-people",
            "do control.grant_permission user:{user} timeline.post {side}-people",
            "do control.grant_permission group:{side}-managers timeline.moderate {side}-people",
            "do control.write_post {user} {side}-people {side}-post-of-{user}",
            "do control.offer_event {side}-event {side}-crew",
            "do control.offer_event welcome {side}-crew",
            "do control.register {user} {side}-event",
            "do control.name_host {user} {side}-event",
        ],
    },
    Part {
        preset: "academy",
        // Everyone is an author of the root: co-authors need that anywhere, and an account needs a role anywhere, on either side.
        shared: &[
            "do academy.found olga all",
            "do academy.add_account ana author all",
            "do academy.add_account ben author all",
            "do academy.add_account eva author all",
            "do academy.add_account uwe author all",
            "do academy.create_course ana all talking",
            "do academy.create_program ana all onboarding",
        ],
        sides: &[
            "do academy.create_group all {side}-office",
            "do academy.create_group {side}-office {side}-desk",
            "do academy.share_in_library course:talking {side}-office",
            "do academy.share_in_library program:onboarding {side}-office",
            "do academy.create_course ana {side}-office {side}-talk",
            "do academy.create_session onboarding {side}-office {side}-may",
        ],
        steps: &[
            "do academy.give_role {user} learner {side}-office",
            "do academy.give_role {user} author {side}-office",
            "do academy.give_role {user} coach {side}-office",
            "do academy.give_role {user} coach {side}-desk",
            "do academy.give_role {user} admin {side}-desk",
            "do academy.take_role {user} coach {side}-office",
            "do academy.remove_from_group {user} {side}-office",
            "do academy.share_in_catalog course:talking {side}-office",
            "do academy.take_from_catalog course:talking {side}-office",
            "do academy.assign_program onboarding {side}-office",
            "do academy.change_author {user} {side}-talk",
            "do academy.assign_co_author {user} {side}-talk",
            "do academy.remove_co_author {user} {side}-talk",
            "do academy.post_comment {user} {side}-talk {side}-of-{user}",
            "do academy.assign_instructor {user} {side}-may",
            "do academy.enrol {user} {side}-may",
        ],
    },
    Part {
        preset: "group_leaders",
        shared: &[
            "do group_leaders.add_course talking",
            "do group_leaders.add_content talking openers",
            "do group_leaders.make_group_leader ana",
            "do group_leaders.make_group_leader ben",
            "do group_leaders.make_group_leader eva",
        ],
        sides: &[
            "do group_leaders.add_group {side}-group",
            "do group_leaders.add_group {side}-team",
            "attach {side}-team to {side}-group",
            "do group_leaders.assign_course talking {side}-group",
            "do group_leaders.add_course {side}-course",
            "do group_leaders.assign_course {side}-course {side}-group",
            "do group_leaders.add_content {side}-course {side}-content",
        ],
        steps: &[
            "do group_leaders.add_member {user} {side}-group",
            "do group_leaders.add_member {user} {side}-team",
            "do group_leaders.remove_member {user} {side}-group",
            "do group_leaders.enrol {user} {side}-group {side}-of-{user}",
            "do group_leaders.enrol {user} {side}-team {side}-team-of-{user}",
            "do group_leaders.assign_leader {user} {side}-group",
            "do group_leaders.assign_leader_below {user} {side}-group",
            "do group_leaders.unassign_leader {user} {side}-group",
            "do group_leaders.unassign_course talking {side}-group",
            "do group_leaders.assign_course talking {side}-team",
        ],
    },
    Part {
        preset: "instructors",
        shared: &[
            "do instructors.add_agency heart",
            "do instructors.record_agency_id ana heart",
            "do instructors.record_agency_id ben heart",
            "instructors.course lifesaving",
        ],
        sides: &[
            "do instructors.add_organization {side}-school",
            "do instructors.add_bank heart {side}-school {side}-bank",
            "do instructors.add_course {side}-school {side}-lesson",
            "place instructors.course:lifesaving in group:{side}-school",
            "do instructors.create_session lifesaving {side}-bank {side}-school {side}-monday",
            "do instructors.create_session {side}-lesson {side}-school {side}-tuesday",
        ],
        steps: &[
            "do instructors.invite_instructor {user} no {side}-school",
            "do instructors.invite_instructor {user} yes {side}-school",
            "do instructors.set_can_manage_sessions {user} yes {side}-school",
            "do instructors.set_can_manage_sessions {user} no {side}-school",
            "do instructors.revoke_instructor {user} {side}-school",
            "do instructors.assign_teacher {user} {side}-monday",
            "do instructors.assign_teacher {user} {side}-tuesday",
            "do instructors.unassign_teacher {user} {side}-monday",
            "do instructors.add_issuer {user} {side}-bank",
            "do instructors.remove_issuer {user} {side}-bank",
            "do instructors.submit_roster {side}-monday {side}-roster",
            "do instructors.add_admin {user} {side}-school",
            "do instructors.remove_admin {user} {side}-school",
        ],
    },
];

/// Whether a question with two targets is one that the action is for.
///
/// With a user in a group's place, what both sides allow of that user would come together. So would, for an event of a session that both
/// sides share, the right over the event on one side and the sight of a group on the other, as they may. And what a revocation on one
/// side blocks is everything there, a course that the other side has as well among it.
fn is_meant(action: &str, [one, other]: [&TargetName; 2]) -> bool {
    let kind = |target: &TargetName| match target {
        TargetName::Place(PlaceName::Resource { kind, .. }) => kind.clone(),
        TargetName::Place(PlaceName::Group(_)) => "group".to_owned(),
        _ => String::new(),
    };
    let kinds = (kind(one), kind(other));
    match (action, (kinds.0.as_str(), kinds.1.as_str())) {
        ("academy.library.share", (_, other)) => other == "group",
        ("control.event.offer", (_, other)) => {
            let text = one.to_string();
            other == "group" && SIDES.iter().any(|side| text.contains(side))
        }
        ("instructors.certification.issue", kinds) => matches!(
            kinds,
            (
                "instructors.session" | "instructors.roster",
                "instructors.bank"
            )
        ),
        _ => true,
    }
}

/// Actions about a thing and a person. A right over the person counts wherever it comes from, from the other side as well.
const ABOUT_A_PERSON: &[&str] = &[
    "control.attendee.manage",
    "control.attendees.control",
    "control.member.add",
    "control.member.remove",
    "control.member.move",
];

const USERS: &[&str] = &["ana", "ben", "eva", "uwe"];
const SIDES: [&str; 2] = ["north", "south"];

/// A step: its side, its text.
type Step = (&'static str, String);

fn step() -> impl Strategy<Value = Step> {
    let texts: Vec<&str> = PARTS.iter().flat_map(|part| part.steps).copied().collect();
    let chosen = (
        prop::sample::select(&SIDES[..]),
        prop::sample::select(texts),
        prop::sample::select(USERS),
    );
    chosen.prop_map(|(side, text, user)| (side, fill(text, side).replace("{user}", user)))
}

fn fill(text: &str, side: &str) -> String {
    text.replace("{side}", side)
}

/// The world with the steps of the given sides alone.
fn world(steps: &[Step], sides: &[&str]) -> Policy {
    let presets: Vec<&str> = PARTS.iter().map(|part| part.preset).collect();
    let mut policy = corpus::policy(&presets);
    let mut must = |phrase: &str| assert!(corpus::try_phrase(&mut policy, phrase), "{phrase}");
    USERS.iter().for_each(|user| must(&format!("user {user}")));
    for part in PARTS {
        part.shared.iter().for_each(|phrase| must(phrase));
        for side in SIDES {
            part.sides
                .iter()
                .for_each(|phrase| must(&fill(phrase, side)));
        }
    }
    for (_, phrase) in steps.iter().filter(|(side, _)| sides.contains(side)) {
        corpus::try_phrase(&mut policy, phrase);
    }
    policy
}

fn can(now: &Snapshot, user: &str, action: &str, targets: &[TargetName]) -> bool {
    let targets: Result<Vec<_>, _> = targets
        .iter()
        .map(|it| now.target(&it.to_string()))
        .collect();
    // What a step on one side adds is not there without it.
    let Ok(targets) = targets else { return false };
    now.can(
        now.user(user).unwrap(),
        now.catalog().action(action).unwrap(),
        targets,
    )
}

fn targets(now: &Snapshot) -> Vec<TargetName> {
    let places = now.users().map(rolecall::Target::User);
    let places = places.chain(now.groups().map(rolecall::Target::Group));
    let places = places.chain(now.resources().map(rolecall::Target::Resource));
    let names = places.map(|place| now.target_name(place).unwrap());
    names.chain([TargetName::Platform]).collect()
}

/// The preset that a word of the catalog belongs to.
fn preset(word: &str) -> &str {
    word.split('.').next().unwrap_or_default()
}

/// How many yes answers there were about what belongs to a side: a property over worlds where nothing is allowed shows nothing.
fn leaks(steps: &[Step]) -> Result<usize, TestCaseError> {
    let both = world(steps, &SIDES).snapshot();
    let alone = SIDES.map(|side| world(steps, &[side]).snapshot());
    let all = targets(&both);
    let sides_of = |question: &[TargetName]| {
        let named = |side: &str| question.iter().any(|it| it.to_string().contains(side));
        SIDES.map(named)
    };
    let mut allowed = 0;
    for action in both.catalog().actions() {
        let name = both.catalog().action_name(action).unwrap();
        // An action of one preset means nothing about the things of another.
        let all = all.iter().filter(|it| match it {
            TargetName::Place(PlaceName::Resource { kind, .. }) => preset(kind) == preset(name),
            _ => true,
        });
        let all: Vec<TargetName> = all.cloned().collect();
        let questions: Vec<Vec<TargetName>> = match both.catalog().targets_of(action) {
            Some(1) => all.iter().map(|it| vec![it.clone()]).collect(),
            _ if ABOUT_A_PERSON.contains(&name) => Vec::new(),
            _ => {
                let pairs = all
                    .iter()
                    .flat_map(|one| all.iter().map(move |other| [one, other]));
                let meant = pairs.filter(|pair| is_meant(name, *pair));
                meant.map(|pair| pair.map(Clone::clone).to_vec()).collect()
            }
        };
        for question in questions {
            for user in USERS {
                let together = can(&both, user, name, &question);
                let [north, south] = [0, 1].map(|side| can(&alone[side], user, name, &question));
                let what = || {
                    format!(
                        "{user} {name} {question:?}: {together}, north alone {north}, south alone {south}"
                    )
                };
                match sides_of(&question) {
                    [true, false] => prop_assert_eq!(together, north, "{}", what()),
                    [false, true] => prop_assert_eq!(together, south, "{}", what()),
                    [false, false] => prop_assert!(!together || north || south, "{}", what()),
                    // A question about both sides may need a right in each.
                    [true, true] => {}
                }
                allowed += usize::from(together);
            }
        }
    }
    Ok(allowed)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_done_on_one_side_changes_nothing_on_the_other(steps in prop::collection::vec(step(), 20..70)) {
        leaks(&steps)?;
    }
}

/// What a step does: the operation, or the sort of fact.
fn operation(phrase: &str) -> &str {
    let mut words = phrase.split_whitespace();
    match words.next() {
        Some("do") => words.next().unwrap_or_default(),
        first => first.unwrap_or_default(),
    }
}

/// Every step is accepted in some world, and there is something to leak.
#[test]
fn the_worlds_are_not_empty() {
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let worlds = prop::collection::vec(step(), 70);
    let mut accepted = std::collections::BTreeSet::new();
    let mut allowed = 0;
    for _ in 0..20 {
        let steps = worlds.new_tree(&mut runner).unwrap().current();
        let mut policy = world(&[], &SIDES);
        for (_, phrase) in &steps {
            if corpus::try_phrase(&mut policy, phrase) {
                accepted.insert(operation(phrase).to_owned());
            }
        }
        allowed += leaks(&steps).unwrap();
    }
    for text in PARTS.iter().flat_map(|part| part.steps) {
        let operation = operation(text);
        assert!(
            accepted.contains(operation),
            "{operation} is never accepted"
        );
    }
    assert!(allowed > 20 * 100, "{allowed}");
}
