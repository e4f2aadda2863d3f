//! Who may issue the certifications of a session, and what is missing for the others?
//!
//! `cargo run --release --example who_may_issue`

use std::error::Error;

use rolecall::presets::instructors::{self, CanManageSessions, Instructors};
use rolecall::{Catalog, Policy, Snapshot};

fn main() -> Result<(), Box<dyn Error>> {
    let catalog = Catalog::builder()
        .include("training.", &instructors::catalog()?)
        .build()?;
    let words = Instructors::of(&catalog, "training.")?;
    let mut policy = Policy::new(catalog);

    let mut edit = policy.edit_unguarded();
    let ada = edit.add_user("ada, an admin")?;
    let ben = edit.add_user("ben, who manages sessions")?;
    let eva = edit.add_user("eva, who teaches")?;
    let uwe = edit.add_user("uwe, who is an issuer")?;
    let mut training = words.on(&mut edit);
    let north = training.add_organization("north")?;
    training.add_admin(ada, north)?;
    let heart = training.add_agency("heart")?;
    let cards = training.add_bank(heart, north, "first aid cards")?;
    let first_aid = training.add_course(north, "first aid")?;
    let monday = training.create_session(first_aid, &[cards], north, "monday")?;
    training.invite_instructor(ben, CanManageSessions::Yes, north)?;
    training.invite_instructor(eva, CanManageSessions::No, north)?;
    training.invite_instructor(uwe, CanManageSessions::No, north)?;
    training.assign_teacher(eva, monday)?;
    training.add_issuer(uwe, cards)?;
    training.record_agency_id(uwe, heart)?;
    edit.commit()?;

    println!("Eva teaches on monday. Who may issue?");
    issuers(&policy.snapshot(), words)?;
    assert!(
        !policy
            .snapshot()
            .can(eva, words.certification_issue, (monday, cards))
    );

    let mut edit = policy.edit_as(ada)?;
    words.on(&mut edit).add_issuer(eva, cards)?;
    edit.commit()?;
    println!("\nAda makes Eva an issuer of the session's card bank.");
    issuers(&policy.snapshot(), words)?;

    let mut edit = policy.edit_as(eva)?;
    words.on(&mut edit).record_agency_id(eva, heart)?;
    edit.commit()?;
    println!("\nEva records her ID of the agency.");
    issuers(&policy.snapshot(), words)?;
    assert!(
        policy
            .snapshot()
            .can(eva, words.certification_issue, (monday, cards))
    );

    let mut edit = policy.edit_as(ada)?;
    words.on(&mut edit).revoke_instructor(eva, north)?;
    edit.commit()?;
    println!("\nAda revokes Eva.");
    issuers(&policy.snapshot(), words)?;
    assert!(
        !policy
            .snapshot()
            .can(eva, words.certification_issue, (monday, cards))
    );
    Ok(())
}

fn issuers(now: &Snapshot, words: Instructors) -> Result<(), Box<dyn Error>> {
    let monday = now.resource(words.session, "monday")?;
    let cards = now.resource(words.bank, "first aid cards")?;
    for user in now.users() {
        let why = now.explain(user, words.certification_issue, (monday, cards))?;
        let answer = why
            .kind()
            .map_or("yes".to_owned(), |kind| format!("no, {kind}"));
        println!("  {}: {answer}", now.name(user)?);
    }
    Ok(())
}
