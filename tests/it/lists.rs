//! The lists of the screens: by example, and against the definitions on generated worlds.

use std::collections::BTreeSet;

use rolecall::testing::{Oracle, Size, World};
use rolecall::{
    AskError, Catalog, Effect, Grant, GrantName, GrantSource, Group, HeldAs, Policy, Problem, Role,
    Scope, ScopeName, Snapshot, Subject, SubjectName, Target, TargetName, User, What, WhatName,
};

/// A small organisation: `trainers` is below `staff`, `staff` below `house`.
struct House {
    policy: Policy,
}

impl House {
    fn new() -> Self {
        let catalog = Catalog::builder()
            .kind("shelf")
            .permission("read")
            .permission("edit")
            .role("reader", ["read"])
            .role_including("editor", ["edit"], ["reader"])
            .build()
            .unwrap();
        let mut policy = Policy::new(catalog);
        let mut edit = policy.edit_unguarded();
        for name in ["ana", "ben"] {
            edit.add_user(name).unwrap();
        }
        let house = edit.add_group("house").unwrap();
        let staff = edit.add_group("staff").unwrap();
        let trainers = edit.add_group("trainers").unwrap();
        edit.attach(staff, house).unwrap();
        edit.attach(trainers, staff).unwrap();
        let ana = edit.user("ana").unwrap();
        edit.add_member(ana, trainers).unwrap();
        edit.commit().unwrap();
        House { policy }
    }

    fn user(&self, name: &str) -> User {
        self.policy.snapshot().user(name).unwrap()
    }

    fn group(&self, name: &str) -> Group {
        self.policy.snapshot().group(name).unwrap()
    }

    fn role(&self, name: &str) -> Role {
        self.policy.snapshot().role(name).unwrap()
    }

    fn what(&self, name: &str) -> What {
        match self.policy.catalog().permission(name) {
            Ok(permission) => permission.into(),
            Err(_) => self.role(name).into(),
        }
    }

    #[track_caller]
    fn grant(&mut self, grants: impl IntoIterator<Item = Grant>) -> Snapshot {
        let mut edit = self.policy.edit_unguarded();
        edit.grant_all(grants).unwrap();
        edit.commit().unwrap();
        self.policy.snapshot()
    }

    fn allow(&self, what: &str, subject: impl Into<Subject>, scope: Scope) -> Grant {
        match self.what(what) {
            What::Permission(permission) => Grant::permission(permission).to(subject).on(scope),
            What::Role(role) => Grant::role(role).to(subject).on(scope),
            What::Everything => unreachable!("only a deny takes everything"),
        }
    }
}

/// S4-22 to S4-24: the own permissions of a user and those inherited from groups are told apart, and so are those of everyone.
#[test]
fn a_user_s_list_has_direct_and_inherited_entries() {
    let mut house = House::new();
    let (ana, staff, top) = (
        house.user("ana"),
        house.group("staff"),
        house.group("house"),
    );
    let edit = house.policy.catalog().permission("edit").unwrap();
    let now = house.grant([
        house.allow("editor", staff, Scope::underlying(top)),
        house.allow("read", ana, Scope::underlying(top)),
        house.allow("read", Subject::Everyone, Scope::Oneself),
        Grant::deny(edit).to(ana).on(Scope::Platform),
        Grant::deny_everything()
            .to_everyone()
            .on(Scope::this(staff)),
    ]);
    let list = now.effective_permissions(ana).unwrap();
    assert_eq!(
        list.to_string(),
        "\
permissions of user `ana`
  direct permissions
    `read`
      on group `house` and all below
        from permission `read` granted to user `ana`
        may be taken by: deny everything to everyone on this group `staff`
  inherited group permissions
    `read`
      on group `house` and all below
        from role `editor` > `reader` granted to group `trainers` > `staff`
        may be taken by: deny everything to everyone on this group `staff`
    `edit`
      on group `house` and all below
        from role `editor` granted to group `trainers` > `staff`
        taken by: deny permission `edit` to user `ana` on the platform
        may be taken by: deny everything to everyone on this group `staff`
  permissions of everyone
    `read`
      on oneself
        from permission `read` granted to everyone
        may be taken by: deny everything to everyone on this group `staff`
  denies
    deny permission `edit` to user `ana` on the platform
    deny everything to everyone on this group `staff`",
    );
    let read = house.policy.catalog().permission("read").unwrap();
    let entries: Vec<_> = list.of(read).collect();
    assert_eq!(
        entries
            .iter()
            .map(|entry| entry.scope())
            .collect::<Vec<_>>(),
        [Scope::underlying(top), Scope::Oneself],
    );
    assert!(entries[0].is_direct() && entries[0].is_inherited());
    assert!(!entries[1].is_direct() && !entries[1].is_inherited());
    assert!(list.of(edit).all(|entry| entry.is_taken()));
    let json = serde_json::to_value(&list).unwrap();
    assert_eq!(
        json["permissions"][0],
        serde_json::json!({
            "permission": "read",
            "scope": { "underlying": "house" },
            "sources": [
                {
                    "held_as": "user",
                    "grant": {
                        "effect": "allow",
                        "subject": { "user": "ana" },
                        "what": { "permission": "read" },
                        "scope": { "underlying": "house" },
                    },
                    "groups": [],
                    "roles": [],
                },
                {
                    "held_as": "group",
                    "grant": {
                        "effect": "allow",
                        "subject": { "group": "staff" },
                        "what": { "role": "editor" },
                        "scope": { "underlying": "house" },
                    },
                    "groups": ["trainers", "staff"],
                    "roles": ["editor", "reader"],
                },
            ],
            "denies": [
                {
                    "effect": "deny",
                    "subject": "everyone",
                    "what": "everything",
                    "scope": { "this": { "group": "staff" } },
                },
            ],
            "is_taken": false,
        }),
    );
    let other = Catalog::builder().permission("read").build().unwrap();
    assert_eq!(list.of(other.permission("read").unwrap()).count(), 0);
}

/// S4-23 and S4-25 to S4-28: what is direct can be removed here, what is inherited only where it is recorded.
#[test]
fn a_group_s_list_tells_where_to_remove() {
    let mut house = House::new();
    let (staff, trainers) = (house.group("staff"), house.group("trainers"));
    let top = house.group("house");
    let direct = house.allow("read", trainers, Scope::this(trainers));
    let above = house.allow("read", staff, Scope::this(staff));
    let now = house.grant([
        direct,
        above,
        house.allow("read", staff, Scope::this(top)),
        house.allow("editor", top, Scope::Platform),
        Grant::deny(house.what("read"))
            .to(staff)
            .on(Scope::this(top)),
        house.allow("read", Subject::Everyone, Scope::Oneself),
    ]);
    let list = now.group_permissions(trainers).unwrap();
    assert_eq!(
        list.to_string(),
        "\
permissions of group `trainers`
  allow permission `read` | Current group | this group `trainers`
  allow permission `read` | `staff` | this group `house`, this group `staff`
  deny permission `read` | `staff` | this group `house`
  allow role `editor` | `house` | the platform
  allow permission `read` | everyone | oneself",
    );
    let sources: Vec<_> = list.entries().iter().map(|entry| entry.source()).collect();
    assert_eq!(
        sources,
        [
            GrantSource::CurrentGroup,
            GrantSource::Group(staff),
            GrantSource::Group(staff),
            GrantSource::Group(top),
        ],
    );
    assert_eq!(list.everyone()[0].source(), GrantSource::Everyone);
    let json = serde_json::to_value(&list).unwrap();
    assert_eq!(
        json["entries"][3],
        serde_json::json!({
            "what": { "role": "editor" },
            "effect": "allow",
            "recorded_on": { "group": "house" },
            "removable_here": false,
            "scopes": ["platform"],
        }),
    );

    // Removing the inherited one here is refused; at the parent it goes, and the direct one stays.
    let here = house.allow("read", trainers, Scope::this(staff));
    let refused = house.policy.edit_unguarded().revoke(here).unwrap_err();
    assert!(
        matches!(&refused, Problem::Inherited { recorded_on, .. } if *recorded_on == [SubjectName::Group("staff".into())])
    );
    let mut edit = house.policy.edit_unguarded();
    edit.revoke_all(staff, house_read(&now)).unwrap();
    edit.commit().unwrap();
    let list = house.policy.snapshot().group_permissions(trainers).unwrap();
    let left: Vec<_> = list
        .of(house_read(&now))
        .flat_map(|entry| entry.grants())
        .collect();
    assert_eq!(left.len(), 2, "the direct one and the deny: {left:?}");
    assert!(left.contains(&direct) && !left.contains(&above));
}

fn house_read(now: &Snapshot) -> What {
    now.catalog().permission("read").unwrap().into()
}

/// One grant that is inherited by two ways is one entry, and its chain is the first of the shortest ones.
#[test]
fn a_diamond_is_one_entry_with_one_chain() {
    let mut house = House::new();
    let (ana, top) = (house.user("ana"), house.group("house"));
    let mut edit = house.policy.edit_unguarded();
    let long = edit.add_group("long").unwrap();
    let side = edit.add_group("side").unwrap();
    edit.attach(side, top).unwrap();
    edit.attach(long, side).unwrap();
    edit.add_member(ana, long).unwrap();
    edit.add_member(ana, side).unwrap();
    edit.attach(long, top).unwrap();
    edit.commit().unwrap();
    let now = house.grant([house.allow("read", top, Scope::Platform)]);
    assert_eq!(now.group_permissions(long).unwrap().entries().len(), 1);
    let list = now.effective_permissions(ana).unwrap();
    let sources: Vec<_> = list.iter().flat_map(|entry| entry.sources()).collect();
    assert_eq!(sources.len(), 1);
    assert_eq!(
        sources[0].groups(),
        [long, top],
        "as short as by `side`, and before it"
    );
}

#[test]
fn roles_say_where_and_from_whom() {
    let mut house = House::new();
    let (ana, ben, staff) = (house.user("ana"), house.user("ben"), house.group("staff"));
    let (reader, editor) = (house.role("reader"), house.role("editor"));
    let now = house.grant([
        house.allow("editor", staff, Scope::this(staff)),
        house.allow("reader", ben, Scope::Platform),
        Grant::deny(editor).to(ben).on(Scope::Platform),
    ]);
    assert_eq!(
        now.roles_of(ana).unwrap().to_string(),
        "\
roles of user `ana`
  `reader`
    on this group `staff` from role `editor` > `reader` granted to group `trainers` > `staff`
  `editor`
    on this group `staff` from role `editor` granted to group `trainers` > `staff`",
    );
    assert_eq!(now.roles_of(ben).unwrap().len(), 1);
    assert!(now.roles_of(ben).unwrap().of(editor).is_none());
    let holders = now.holders_of(reader).unwrap();
    assert_eq!(
        holders.to_string(),
        "\
holders of role `reader`
  user `ana`
    on this group `staff` from role `editor` > `reader` granted to group `trainers` > `staff`
  user `ben`
    on the platform from role `reader` granted to user `ben`",
    );
    assert_eq!(
        serde_json::to_value(&holders).unwrap()["holders"][1]["user"],
        "ben"
    );
    assert_eq!(
        serde_json::to_value(now.roles_of(ana).unwrap()).unwrap()["roles"][0]["role"],
        "reader"
    );
    let now = house.grant([house.allow("editor", Subject::Everyone, Scope::Oneself)]);
    let holders = now.holders_of(editor).unwrap();
    assert_eq!(
        (holders.len(), holders.of(ana).unwrap().sources().count()),
        (2, 2)
    );
}

#[test]
fn lists_of_what_is_gone_are_errors() {
    let mut house = House::new();
    let (ana, staff) = (house.user("ana"), house.group("staff"));
    let mut edit = house.policy.edit_unguarded();
    let role = edit.add_role("helper", [], []).unwrap();
    drop(edit);
    let mut edit = house.policy.edit_unguarded();
    edit.remove(ana).unwrap();
    edit.remove(staff).unwrap();
    edit.commit().unwrap();
    let now = house.policy.snapshot();
    let stale = |error: AskError| error.to_string();
    assert_eq!(
        stale(now.effective_permissions(ana).unwrap_err()),
        "the user was removed before this snapshot"
    );
    assert_eq!(
        stale(now.roles_of(ana).unwrap_err()),
        "the user was removed before this snapshot"
    );
    assert_eq!(
        stale(now.group_permissions(staff).unwrap_err()),
        "the group was removed before this snapshot"
    );
    assert_eq!(
        stale(now.holders_of(role).unwrap_err()),
        "the role is not in this snapshot: it was added later, or by an edit that was not committed",
    );
    let ben = house.user("ben");
    assert_eq!(
        stale(now.allowed_actions(ben, staff).unwrap_err()),
        "the group was removed before this snapshot"
    );
    assert!(now.allowed_actions(ben, Vec::new()).unwrap().is_empty());
}

// ---- Against the definitions ----

struct Both {
    oracle: Oracle,
    now: Snapshot,
}

/// The world after its edits, of which the rules may refuse some.
fn world(seed: u64) -> Both {
    let world = World::from_seed(seed, Size::SMALL.with_edits(3));
    let catalog = Catalog::builder()
        .declare_all(world.declarations.iter().cloned())
        .build();
    let mut policy = Policy::new(catalog.unwrap());
    let mut oracle = Oracle::new(&world.declarations);
    for edit in &world.edits {
        assert_eq!(policy.apply(edit).is_ok(), oracle.apply(edit).is_ok());
    }
    Both {
        oracle,
        now: policy.snapshot(),
    }
}

impl Both {
    fn user(&self, user: User) -> &str {
        self.now.name(user).unwrap()
    }

    fn targets(&self) -> Vec<(Target, TargetName)> {
        let places = self
            .now
            .users()
            .map(Target::User)
            .chain(self.now.groups().map(Target::Group));
        let places = places.chain(self.now.resources().map(Target::Resource));
        let targets = places.chain([Target::Platform]);
        targets
            .map(|target| (target, self.now.target_name(target).unwrap()))
            .collect()
    }

    /// The permissions that something granted gives, closed over includes one step at a time.
    fn gives(&self, what: What) -> BTreeSet<String> {
        let name = |it| self.now.catalog().permission_name(it).unwrap().to_owned();
        match what {
            What::Permission(permission) => BTreeSet::from([name(permission)]),
            What::Role(role) => {
                let mut given: BTreeSet<String> =
                    self.now.permissions_of(role).unwrap().map(name).collect();
                for other in self.now.includes_of(role).unwrap() {
                    given.extend(self.gives(What::Role(other)));
                }
                given
            }
            What::Everything => self.now.catalog().permissions().map(name).collect(),
        }
    }

    fn roles_in(&self, role: Role) -> BTreeSet<Role> {
        let mut roles = BTreeSet::from([role]);
        for other in self.now.includes_of(role).unwrap() {
            roles.extend(self.roles_in(other));
        }
        roles
    }

    /// Every grant recorded on a subject the user is held as.
    fn held(&self, user: User) -> Vec<(Grant, GrantName)> {
        let subjects = self.oracle.holds_as(self.user(user));
        let named = self
            .now
            .grants()
            .map(|grant| (grant, self.now.grant_name(grant).unwrap()));
        named
            .filter(|(_, name)| subjects.contains(&name.subject))
            .collect()
    }

    fn covers(&self, scope: &ScopeName, user: User, target: &TargetName) -> bool {
        let under = |place: &TargetName, group: &str| {
            self.oracle
                .under(place)
                .contains(&format!("group:{group}").parse().unwrap())
        };
        match scope {
            ScopeName::Platform => true,
            ScopeName::This(place) => self
                .oracle
                .at(target)
                .contains(&TargetName::Place(place.clone())),
            ScopeName::Underlying(group) => under(target, group),
            ScopeName::Labelled { label, within } => {
                let label = self.now.catalog().label(label).unwrap();
                self.now.carriers(label).unwrap().any(|carrier| {
                    let carrier = self.now.target_name(Target::from(carrier)).unwrap();
                    self.oracle.at(target).contains(&carrier)
                        && within.as_ref().is_none_or(|group| under(&carrier, group))
                })
            }
            ScopeName::Oneself => {
                let own = self.now.target_name(Target::User(user)).unwrap();
                self.oracle.at(target).contains(&own)
            }
        }
    }
}

/// The entries are the allows held, and with the denies beside them they say what is held where.
#[test]
fn effective_permissions_are_what_is_held() {
    for seed in 0..120 {
        let both = world(seed);
        let targets = both.targets();
        for user in both.now.users() {
            let list = both.now.effective_permissions(user).unwrap();
            let mut listed = BTreeSet::new();
            let mut last = None;
            for entry in list.iter() {
                let position = (entry.permission(), entry.scope());
                assert!(
                    last.replace(position) < Some(position),
                    "in order, each once"
                );
                let permission = both
                    .now
                    .catalog()
                    .permission_name(entry.permission())
                    .unwrap();
                for source in entry.sources() {
                    assert_eq!(source.grant().scope(), entry.scope());
                    listed.insert((permission.to_owned(), source.grant()));
                    chains_stand(&both, user, source, permission);
                }
                let taking: Vec<Grant> = entry.denies().collect();
                let expected = list.denies().iter().copied();
                let expected: Vec<Grant> = expected
                    .filter(|deny| both.gives(deny.what()).contains(permission))
                    .collect();
                assert_eq!(taking, expected);
                if entry.is_taken() {
                    for (target, name) in &targets {
                        let scope = both
                            .now
                            .grant_name(entry.sources().next().unwrap().grant())
                            .unwrap()
                            .scope;
                        let denied = || {
                            taking.iter().any(|deny| {
                                both.covers(&both.now.grant_name(*deny).unwrap().scope, user, name)
                            })
                        };
                        assert!(
                            !both.covers(&scope, user, name) || denied(),
                            "seed {seed}: {target:?}"
                        );
                    }
                }
            }
            let held = both.held(user);
            let expected: BTreeSet<(String, Grant)> = held
                .iter()
                .filter(|(_, name)| name.effect == Effect::Allow)
                .flat_map(|(grant, _)| {
                    both.gives(grant.what())
                        .into_iter()
                        .map(|given| (given, *grant))
                })
                .collect();
            assert_eq!(listed, expected, "seed {seed}");
            let denies: BTreeSet<Grant> = held
                .iter()
                .map(|(grant, _)| *grant)
                .filter(|it| it.effect() == Effect::Deny)
                .collect();
            assert_eq!(
                list.denies().iter().copied().collect::<BTreeSet<_>>(),
                denies
            );

            let sections = [
                (list.direct().collect::<Vec<_>>(), HeldAs::User),
                (list.inherited().collect(), HeldAs::Group),
                (list.everyone().collect(), HeldAs::Everyone),
            ];
            let mut in_sections = 0;
            for (entries, section) in sections {
                for source in entries.iter().flat_map(|entry| entry.sources()) {
                    assert_eq!(source.held_as(), section);
                    in_sections += 1;
                }
            }
            assert_eq!(
                in_sections,
                list.iter().flat_map(|entry| entry.sources()).count()
            );

            for permission in both.now.catalog().permissions() {
                let name = both.now.catalog().permission_name(permission).unwrap();
                for (_, target) in &targets {
                    let scope = |grant: Grant| both.now.grant_name(grant).unwrap().scope;
                    let held = list.of(permission).any(|entry| {
                        let first = entry.sources().next().unwrap().grant();
                        both.covers(&scope(first), user, target)
                            && !entry
                                .denies()
                                .any(|deny| both.covers(&scope(deny), user, target))
                    });
                    assert_eq!(
                        held,
                        both.oracle.holds(both.user(user), name, target),
                        "seed {seed}"
                    );
                }
            }
        }
    }
}

/// The chain of groups leads from the user to the subject, that of roles from the role to the permission, and there is no shorter one.
fn chains_stand(both: &Both, user: User, source: rolecall::HeldGrant<'_>, permission: &str) {
    let now = &both.now;
    let groups = source.groups();
    match source.grant().subject() {
        Subject::Group(subject) => {
            assert_eq!(groups.last(), Some(&subject));
            assert!(now.groups_of(user).unwrap().any(|group| group == groups[0]));
            for pair in groups.windows(2) {
                assert!(
                    now.parents(pair[0])
                        .unwrap()
                        .any(|parent| parent == pair[1])
                );
            }
            let mut reached: BTreeSet<Group> = now.groups_of(user).unwrap().collect();
            for _ in 1..groups.len() {
                assert!(
                    !reached.contains(&subject),
                    "a shorter chain than {groups:?}"
                );
                reached = reached
                    .iter()
                    .flat_map(|group| now.parents(*group).unwrap())
                    .collect();
            }
        }
        Subject::User(_) | Subject::Everyone => assert!(groups.is_empty()),
    }
    let roles = source.roles();
    match source.grant().what() {
        What::Role(role) => {
            assert_eq!(roles[0], role);
            for pair in roles.windows(2) {
                assert!(
                    now.includes_of(pair[0])
                        .unwrap()
                        .any(|included| included == pair[1])
                );
            }
            let last = roles[roles.len() - 1];
            assert!(both.gives(What::Role(last)).contains(permission));
        }
        What::Permission(_) | What::Everything => assert!(roles.is_empty()),
    }
}

/// A group's list is what is recorded on it and on the groups above, by (what, subject, effect), and agrees with what an edit refuses.
#[test]
fn group_permissions_are_the_grants_above() {
    for seed in 0..120 {
        let both = world(seed);
        let now = &both.now;
        for group in now.groups() {
            let list = now.group_permissions(group).unwrap();
            let name = TargetName::Place(rolecall::PlaceName::group(now.name(group).unwrap()));
            let above = both.oracle.under(&name);
            let is_above = |grant: &GrantName| match &grant.subject {
                SubjectName::Group(name) => {
                    above.contains(&TargetName::Place(rolecall::PlaceName::group(name.clone())))
                }
                _ => false,
            };
            let expected: BTreeSet<Grant> = now
                .grants()
                .filter(|grant| is_above(&now.grant_name(*grant).unwrap()))
                .collect();
            let mut keys = BTreeSet::new();
            let mut listed = BTreeSet::new();
            for entry in list.entries() {
                assert!(keys.insert((entry.what(), entry.recorded_on(), entry.effect())));
                assert!(entry.grants().all(|grant| listed.insert(grant)));
                assert_eq!(
                    entry.removable_here(),
                    entry.recorded_on() == Subject::Group(group)
                );
                assert_eq!(
                    entry.removable_here(),
                    entry.source() == GrantSource::CurrentGroup
                );
                assert!(entry.scopes().is_sorted());
            }
            assert_eq!(listed, expected, "seed {seed}");
            let everyone: BTreeSet<Grant> = list
                .everyone()
                .iter()
                .flat_map(|entry| entry.grants())
                .collect();
            assert_eq!(
                everyone,
                now.grants_to(Subject::Everyone).unwrap().collect()
            );
        }
    }
}

#[test]
fn roles_and_holders_are_the_allows_of_roles() {
    for seed in 0..120 {
        let both = world(seed);
        let now = &both.now;
        let mut all: BTreeSet<(Role, User, Grant)> = BTreeSet::new();
        for user in now.users() {
            for (grant, _) in both.held(user) {
                if let (What::Role(role), Effect::Allow) = (grant.what(), grant.effect()) {
                    all.extend(
                        both.roles_in(role)
                            .into_iter()
                            .map(|role| (role, user, grant)),
                    );
                }
            }
        }
        let mut by_user = BTreeSet::new();
        for user in now.users() {
            let roles = now.roles_of(user).unwrap();
            assert!(roles.iter().map(|held| held.role()).is_sorted());
            assert_eq!(roles.iter().count(), roles.len());
            for held in roles.iter() {
                assert!(roles.contains(held.role()));
                by_user.extend(
                    held.sources()
                        .map(|source| (held.role(), user, source.grant())),
                );
            }
        }
        assert_eq!(by_user, all, "seed {seed}");
        let mut by_role = BTreeSet::new();
        for role in now.roles() {
            let holders = now.holders_of(role).unwrap();
            assert!(holders.iter().map(|holder| holder.user()).is_sorted());
            assert_eq!(
                (holders.iter().count(), holders.is_empty()),
                (holders.len(), holders.is_empty())
            );
            for holder in holders.iter() {
                assert!(holders.contains(holder.user()));
                assert!(holder.sources().count() > 0);
                by_role.extend(
                    holder
                        .sources()
                        .map(|source| (role, holder.user(), source.grant())),
                );
            }
            let outside = now.users().filter(|user| !holders.contains(*user)).count();
            assert_eq!(outside, now.users().count() - holders.len());
        }
        assert_eq!(by_role, all, "seed {seed}");
    }
}

/// All actions at once are each action by itself.
#[test]
fn allowed_actions_are_what_can_says() {
    for seed in 0..120 {
        let both = world(seed);
        let now = &both.now;
        let targets: Vec<Target> = both
            .targets()
            .into_iter()
            .map(|(target, _)| target)
            .collect();
        for user in now.users() {
            for first in &targets {
                let check = |asked: &[Target]| {
                    let each = now
                        .catalog()
                        .actions()
                        .filter(|action| now.can(user, *action, asked));
                    assert_eq!(
                        now.allowed_actions(user, asked).unwrap(),
                        each.collect::<Vec<_>>(),
                        "seed {seed}"
                    );
                };
                check(&[*first]);
                targets
                    .iter()
                    .step_by(3)
                    .for_each(|second| check(&[*first, *second]));
            }
        }
    }
}

/// The names in a list are those of the grants, whatever they are.
#[test]
fn what_a_list_shows_is_what_is_recorded() {
    for seed in 0..20 {
        let both = world(seed);
        for user in both.now.users() {
            let list = both.now.effective_permissions(user).unwrap();
            let json = serde_json::to_value(&list).unwrap();
            let entries = json["permissions"].as_array().unwrap();
            assert_eq!(entries.len(), list.iter().count());
            for (shown, entry) in entries.iter().zip(list.iter()) {
                let named: Vec<GrantName> = shown["sources"]
                    .as_array()
                    .unwrap()
                    .iter()
                    .map(|source| serde_json::from_value(source["grant"].clone()).unwrap())
                    .collect();
                let grants: Vec<GrantName> = entry
                    .sources()
                    .map(|source| both.now.grant_name(source.grant()).unwrap())
                    .collect();
                assert_eq!(named, grants);
                assert!(named.iter().all(|grant| grant.what != WhatName::Everything));
            }
        }
    }
}
