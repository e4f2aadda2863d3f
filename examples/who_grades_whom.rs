//! Who grades whom? Two groups share a course, and each has a leader of its own.
//!
//! `cargo run --release --example who_grades_whom`

use std::error::Error;

use rolecall::presets::group_leaders::{self, GroupLeaders};
use rolecall::{Catalog, Policy, Resource, Snapshot, User};

fn main() -> Result<(), Box<dyn Error>> {
    let catalog = Catalog::builder()
        .include("groups.", &group_leaders::catalog()?)
        .build()?;
    let words = GroupLeaders::of(&catalog, "groups.")?;
    let mut policy = Policy::new(catalog);

    let mut edit = policy.edit_unguarded();
    let lea = edit.add_user("lea")?;
    let max = edit.add_user("max")?;
    let ana = edit.add_user("ana")?;
    let uwe = edit.add_user("uwe")?;
    let mut groups = words.on(&mut edit);
    let sales = groups.add_group(&[], "sales")?;
    let support = groups.add_group(&[], "support")?;
    let pitching = groups.add_course("pitching")?;
    for group in [sales, support] {
        groups.assign_course(pitching, group)?;
    }
    groups.add_member(ana, sales)?;
    groups.add_member(uwe, support)?;
    // Ana takes the course in both groups: that is two studies.
    groups.add_member(ana, support)?;
    let studies = [
        groups.enrol(ana, sales, "ana in sales")?,
        groups.enrol(ana, support, "ana in support")?,
        groups.enrol(uwe, support, "uwe in support")?,
    ];
    groups.make_group_leader(lea)?;
    groups.make_group_leader(max)?;
    groups.assign_leader(lea, sales)?;
    edit.commit()?;

    println!("Lea leads sales; Max is a group leader, but of nothing yet.");
    let now = policy.snapshot();
    grades(&now, words, &[lea, max], &studies)?;
    assert!(now.can(lea, words.assessment_grade, studies[0]));
    assert!(!now.can(max, words.course_edit, pitching));

    let mut edit = policy.edit_unguarded();
    words.on(&mut edit).assign_leader(max, support)?;
    edit.commit()?;

    println!("\nMax leads support. Both edit the course they share.");
    let now = policy.snapshot();
    grades(&now, words, &[lea, max], &studies)?;
    assert!(now.can(lea, words.course_edit, pitching) && now.can(max, words.course_edit, pitching));

    println!("\nWhy does Lea not grade what Uwe does?");
    let why = now.explain(lea, words.assessment_grade, studies[2])?;
    println!("{why}");
    assert!(!why.is_allowed());
    Ok(())
}

fn grades(
    now: &Snapshot,
    words: GroupLeaders,
    leaders: &[User],
    studies: &[Resource],
) -> Result<(), Box<dyn Error>> {
    for leader in leaders {
        let graded = studies
            .iter()
            .filter(|study| now.can(*leader, words.assessment_grade, **study))
            .map(|study| now.name(*study))
            .collect::<Result<Vec<_>, _>>()?;
        let graded = if graded.is_empty() {
            "nobody".to_owned()
        } else {
            graded.join(", ")
        };
        println!("  {} grades {graded}", now.name(*leader)?);
    }
    Ok(())
}
