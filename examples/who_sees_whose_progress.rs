//! Who sees whose progress, and why does somebody not? Permissions with target groups, their companions, and what passes down.
//!
//! `cargo run --example who_sees_whose_progress`

use std::error::Error;

use rolecall::presets::control::{self, Control};
use rolecall::{Catalog, Group, Policy, Snapshot, User};

fn main() -> Result<(), Box<dyn Error>> {
    let catalog = Catalog::builder()
        .include("control.", &control::catalog()?)
        .build()?;
    let control = Control::of(&catalog, "control.")?;
    let mut policy = Policy::new(catalog);

    // Leads are managers who also see the people of Europe; what managers are granted passes to them.
    let mut edit = policy.edit_unguarded();
    let (europe, asia) = (edit.add_group("europe")?, edit.add_group("asia")?);
    let managers = control.on(&mut edit).add_group(&[], "managers")?;
    let leads = control.on(&mut edit).add_group(&[managers], "leads")?;
    for (name, group) in [
        ("ana", leads),
        ("mia", managers),
        ("ben", europe),
        ("kim", asia),
    ] {
        let user = edit.add_user(name)?;
        edit.add_member(user, group)?;
    }
    let mut screen = control.on(&mut edit);
    screen.grant_permission([managers], control.reporting, &[europe, asia])?;
    screen.grant_permission([leads], control.members_view, &[europe])?;
    edit.commit()?;

    println!("Reporting without View members is not enough:\n");
    let before = policy.snapshot();
    print_table(&control, &before)?;
    let (ana, mia) = (before.user("ana")?, before.user("mia")?);
    let (ben, kim) = (before.user("ben")?, before.user("kim")?);
    explain(&control, &before, mia, ben)?;
    explain(&control, &before, ana, kim)?;

    println!("\nView members is granted to all managers, over Asia:\n");
    let mut edit = policy.edit_unguarded();
    let mut screen = control.on(&mut edit);
    screen.grant_permission([managers], control.members_view, &[asia])?;
    edit.commit()?;
    let after = policy.snapshot();
    print_table(&control, &after)?;
    explain(&control, &after, ana, kim)?;

    println!("\nWhat the leads inherit is not removed at the leads:\n");
    refused(&control, &mut policy, leads)
}

/// A row for each manager, with the people whose progress they see.
fn print_table(control: &Control, now: &Snapshot) -> Result<(), Box<dyn Error>> {
    for manager in ["ana", "mia"] {
        let user = now.user(manager)?;
        let seen = now
            .users()
            .filter(|other| now.can(user, control.reporting, *other));
        let seen: Result<Vec<_>, _> = seen.map(|other| now.name(other)).collect();
        let seen = seen?;
        let seen = if seen.is_empty() {
            "nobody".to_owned()
        } else {
            seen.join(", ")
        };
        println!("  {manager} sees the progress of: {seen}");
    }
    Ok(())
}

fn explain(
    control: &Control,
    now: &Snapshot,
    manager: User,
    person: User,
) -> Result<(), Box<dyn Error>> {
    println!("\n{}", now.explain(manager, control.reporting, person)?);
    Ok(())
}

fn refused(control: &Control, policy: &mut Policy, leads: Group) -> Result<(), Box<dyn Error>> {
    let mut edit = policy.edit_unguarded();
    if let Err(problem) = control
        .on(&mut edit)
        .revoke_permission(leads, control.reporting)
    {
        println!("  {problem}");
    }
    Ok(())
}
