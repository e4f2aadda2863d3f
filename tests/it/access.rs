//! What covers a target and from where, held against the oracle and against who can.

use rolecall::testing::{Oracle, Size, World};
use rolecall::{Catalog, Declaration, Grant, Policy, Scope, TargetName};

/// Whoever holds a permission on a target holds it by what is listed there, and nobody else does.
#[test]
fn access_agrees_with_the_oracle_and_with_who_can() {
    let (mut held, mut asked) = (0, 0);
    for seed in 0..12 {
        let world = World::from_seed(seed, Size::SMALL.with_edits(2));
        let mut oracle = Oracle::new(&world.declarations);
        let catalog = Catalog::builder().declare_all(world.declarations.iter().cloned());
        let mut policy = Policy::new(catalog.build().unwrap());
        for edit in &world.edits {
            let _refused = oracle.apply(edit);
            let _refused = policy.apply(edit);
        }
        let now = policy.snapshot();
        for target in oracle.targets() {
            let place = now.target(&target.to_string()).unwrap();
            let access = now.access_on(place).unwrap();
            for name in oracle.permissions() {
                let permission = now.catalog().permission(name).unwrap();
                let users = access.users_with(permission);
                let names: Vec<String> = users
                    .iter()
                    .map(|user| now.name(*user).unwrap().to_owned())
                    .collect();
                let mut expected: Vec<String> = oracle
                    .users()
                    .filter(|user| oracle.holds(user, name, &target))
                    .map(str::to_owned)
                    .collect();
                expected.sort_by_key(|name| now.user(name).unwrap());
                assert_eq!(names, expected, "seed {seed}: `{name}` on {target}");
                let declared = |it: &Declaration| matches!(it, Declaration::Action { name: other, .. } if other == name);
                if !world.declarations.iter().any(declared) {
                    let who = now.who_can(permission, place).unwrap();
                    assert_eq!(users, who.iter().collect::<Vec<_>>());
                    asked += 1;
                }
                held += users.len();
            }
        }
    }
    assert!(held > 500 && asked > 500, "{held} {asked}");
}

#[test]
fn access_tells_where_it_comes_from() {
    let catalog = Catalog::builder()
        .kind("shelf")
        .kind("book")
        .label("public")
        .permission("read");
    let mut policy = Policy::new(catalog.build().unwrap());
    let catalog = policy.catalog().clone();
    let read = catalog.permission("read").unwrap();
    let public = catalog.label("public").unwrap();
    let [shelf, book] = ["shelf", "book"].map(|name| catalog.kind(name).unwrap());
    let mut edit = policy.edit_unguarded();
    let [house, staff, away] = ["house", "staff", "away"].map(|name| edit.add_group(name).unwrap());
    edit.attach(staff, house).unwrap();
    let [ana, ben] = ["ana", "ben"].map(|name| edit.add_user(name).unwrap());
    let novels = edit.add_resource(shelf, "novels").unwrap();
    let emma = edit.add_resource(book, "emma").unwrap();
    edit.place(emma, novels).unwrap();
    edit.place(emma, ana).unwrap();
    edit.place(novels, staff).unwrap();
    edit.add_label(novels, public).unwrap();
    for grant in [
        Grant::permission(read).to(ben).on(Scope::this(emma)),
        Grant::permission(read).to(ben).on(Scope::this(novels)),
        Grant::permission(read).to(away).on(Scope::Platform),
        Grant::permission(read).to_everyone().on(Scope::Oneself),
        Grant::permission(read)
            .to(ben)
            .on(Scope::labelled_under(public, house)),
        Grant::permission(read)
            .to(ben)
            .on(Scope::labelled_under(public, away)),
        Grant::permission(read).to(ben).on(Scope::underlying(away)),
        Grant::deny_everything()
            .to(away)
            .on(Scope::underlying(house)),
    ] {
        edit.grant(grant).unwrap();
    }
    edit.commit().unwrap();
    let now = policy.snapshot();
    let access = now.access_on(emma).unwrap();
    assert_eq!(
        access.to_string().lines().collect::<Vec<_>>(),
        [
            "access on book `emma`",
            "  allow permission `read` to user `ben` on this book `emma`",
            "  allow permission `read` to group `away` on the platform",
            "  allow permission `read` to user `ben` on this shelf `novels`",
            "    place: `emma` > `novels`",
            "  deny everything to group `away` on group `house` and all below",
            "    place: `emma` > `novels` > `staff` > `house`",
            "  allow permission `read` to user `ben` on whatever is marked `public` under group `house`",
            "    place: `emma` > `novels` > `staff` > `house`",
            "  allow permission `read` to everyone on oneself, which is user `ana`",
            "    place: `emma` > `ana`",
        ]
    );
    let direct = access
        .entries()
        .iter()
        .filter(|entry| access.is_direct(entry));
    assert_eq!(direct.count(), 1);
    assert_eq!(access.users_with(read), [ana, ben]);
    assert_eq!(
        now.target_name(access.target()).unwrap(),
        "book:emma".parse::<TargetName>().unwrap()
    );
    let json = serde_json::to_value(&access).unwrap();
    assert_eq!(
        json["entries"][4]["places"],
        serde_json::json!(["book:emma", "shelf:novels", "group:staff", "group:house"])
    );
    assert!(json.get("entries_more").is_none());
    let other = Policy::new(catalog).snapshot();
    assert!(
        other.access_on(emma).is_err(),
        "the book is of another policy"
    );
}
