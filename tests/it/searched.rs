//! What is too long to be kept with all that is above, and has to be searched: it follows every edit all the same.

use rolecall::{Change, Declaration, PlaceName, Policy, ScopeName};

use crate::engine::{self, add_group, add_user, allow, at, attach, deny, label, member, place};
use crate::engine::{
    declare_label, declare_permission, detach, plain, revoke, to_group, to_user, underlying,
};

fn labelled(label: &str, within: Option<&str>) -> ScopeName {
    ScopeName::Labelled {
        label: label.to_owned(),
        within: within.map(str::to_owned),
    }
}

/// Whether the user can do it now; a policy of the same facts built anew says the same.
fn can(
    declarations: &[Declaration],
    policy: &Policy,
    user: &str,
    action: &str,
    target: PlaceName,
) -> bool {
    let now = policy.snapshot();
    let mut rebuilt = engine::policy(declarations);
    rebuilt.apply(&now.changes().collect::<Vec<_>>()).unwrap();
    let target = [at(target)];
    let answer = engine::can(&now, user, action, &target);
    assert_eq!(
        answer,
        engine::can(&rebuilt.snapshot(), user, action, &target)
    );
    answer
}

/// One of the groups of a user in many has more pairs than are kept in one piece.
#[test]
fn a_user_in_many_groups_loses_what_a_searched_one_loses() {
    let permission = |nth: usize| format!("p{nth}");
    let permissions = (0..70).map(|nth| declare_permission(&permission(nth)));
    let declarations = plain(permissions);
    let mut policy = engine::policy(&declarations);
    let groups: Vec<String> = (0..70).map(|nth| format!("g{nth}")).collect();
    let mut facts: Vec<Change> = groups.iter().map(|group| add_group(group)).collect();
    facts.extend([add_user("many"), add_group("above"), attach("g0", "above")]);
    facts.extend(groups.iter().take(10).map(|group| member("many", group)));
    for scope in &groups {
        let grants =
            (0..70).map(|nth| allow(to_group("above"), &permission(nth), underlying(scope)));
        facts.extend(grants);
    }
    policy.apply(&facts).unwrap();
    let asked = |policy: &Policy| can(&declarations, policy, "many", "p3", PlaceName::group("g40"));
    assert!(asked(&policy));
    for subject in ["g0", "above"] {
        let denied = deny(to_group(subject), "p3", underlying("g40"));
        policy.apply(std::slice::from_ref(&denied)).unwrap();
        assert!(!asked(&policy), "denied to {subject}");
        policy.apply(&[revoke(&denied)]).unwrap();
        assert!(asked(&policy));
    }
    let allowed = allow(to_group("above"), "p3", underlying("g40"));
    policy.apply(&[revoke(&allowed)]).unwrap();
    assert!(!asked(&policy));
}

/// A group that is below more scopes than are kept in one piece, with more labels than a line has room for.
#[test]
fn labels_of_a_searched_group_follow_its_ancestors() {
    let name = |nth: usize| format!("l{nth}");
    let labels = (0..40).map(|nth| declare_label(&name(nth)));
    let declarations = plain(labels);
    let mut policy = engine::policy(&declarations);
    let chain: Vec<String> = (0..300).map(|nth| format!("c{nth}")).collect();
    let mut facts: Vec<Change> = chain.iter().map(|group| add_group(group)).collect();
    facts.extend([add_user("ana"), add_user("ben"), add_group("far")]);
    facts.push(engine::add_resource("shelf", "s"));
    facts.push(place("shelf", "s", PlaceName::group("c299")));
    facts.extend(chain.windows(2).map(|pair| attach(&pair[1], &pair[0])));
    let scopes = chain.iter().take(290);
    facts.extend(scopes.map(|group| allow(to_user("ben"), "edit", underlying(group))));
    for nth in 0..40 {
        facts.push(label(PlaceName::group("c299"), &name(nth)));
        facts.push(add_user(&format!("u{nth}")));
        facts.push(allow(
            to_user(&format!("u{nth}")),
            "read",
            labelled(&name(nth), None),
        ));
    }
    facts.push(allow(to_user("ana"), "read", labelled("l7", Some("far"))));
    policy.apply(&facts).unwrap();
    let shelf = || PlaceName::resource("shelf", "s");
    let asked = |policy: &Policy, user: &str| can(&declarations, policy, user, "read", shelf());
    for nth in [0, 14, 15, 39] {
        assert!(asked(&policy, &format!("u{nth}")), "by the label {nth}");
    }
    assert!(!asked(&policy, "ana"));
    policy.apply(&[attach("c0", "far")]).unwrap();
    assert!(asked(&policy, "ana"));
    policy.apply(&[detach("c0", "far")]).unwrap();
    assert!(!asked(&policy, "ana"));
}
