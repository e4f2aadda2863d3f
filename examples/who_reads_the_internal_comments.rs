//! Who reads the internal comments on a course? An academy in which a course is written in one group, shared with another, reviewed by a
//! learner, and changes hands. After each step the table shows who can do what with the course.

use std::error::Error;

use rolecall::presets::academy::{self, Academy, AssignedRole};
use rolecall::{Action, Policy, Resource, User};

fn main() -> Result<(), Box<dyn Error>> {
    let catalog = academy::catalog()?;
    let words = Academy::of(&catalog, "")?;
    let mut policy = Policy::new(catalog);

    let mut edit = policy.edit_unguarded();
    let mut academy = words.on(&mut edit);
    let (school, olga) = academy.found("olga", "school")?;
    let sales = academy.create_group(school, "sales")?;
    let support = academy.create_group(school, "support")?;
    let mut account = |name, role, group| academy.add_account(name, &[(role, group)]);
    let aude = account("aude", AssignedRole::Author, sales)?;
    let bert = account("bert", AssignedRole::Author, sales)?;
    let carl = account("carl", AssignedRole::Coach, sales)?;
    let lea = account("lea", AssignedRole::Learner, sales)?;
    let cora = account("cora", AssignedRole::Coach, support)?;
    let lou = account("lou", AssignedRole::Learner, support)?;
    academy.give_role(aude, AssignedRole::Author, support)?;
    academy.include_reviews()?;
    let rust = academy.create_course(aude, sales, "rust")?;
    edit.commit()?;

    let people = [aude, bert, carl, lea, cora, lou, olga];
    let columns = [
        ("read it", words.course_read),
        ("edit it", words.course_edit),
        ("read comments", words.comment_read),
        ("post comments", words.comment_post),
    ];
    let show = |policy: &Policy, title: &str| show(policy, title, rust, &people, &columns);
    show(&policy, "Aude, an author in sales, writes a course there")?;

    let mut edit = policy.edit_as(aude)?;
    let mut academy = words.on(&mut edit);
    academy.share_in_library(rust, sales)?;
    academy.share_in_library(rust, support)?;
    edit.commit()?;
    show(
        &policy,
        "She shares it in the libraries of sales and of support",
    )?;

    let mut edit = policy.edit_as(aude)?;
    words.on(&mut edit).assign_reviewer(lou, rust)?;
    let refused = edit.commit().expect_err("a draft has no reviewers");
    println!("\nLou cannot review a draft:\n  {refused}");

    let mut edit = policy.edit_as(aude)?;
    let mut academy = words.on(&mut edit);
    academy.publish_course(rust)?;
    edit.commit()?;
    let mut edit = policy.edit_as(aude)?;
    words.on(&mut edit).assign_reviewer(lou, rust)?;
    edit.commit()?;
    show(&policy, "She publishes it, and Lou reviews it")?;

    let mut edit = policy.edit_as(aude)?;
    words.on(&mut edit).change_author(bert, rust)?;
    edit.commit()?;
    show(&policy, "Bert becomes its author")?;

    println!("\nWhy Bert edits it now, and why Cora does not read the comments:\n");
    let now = policy.snapshot();
    println!("{}", now.explain(bert, words.course_edit, rust)?);
    println!("{}", now.explain(cora, words.comment_read, rust)?);
    Ok(())
}

/// A row for each person, a column for each action on the course.
fn show(
    policy: &Policy,
    title: &str,
    course: Resource,
    people: &[User],
    columns: &[(&str, Action)],
) -> Result<(), Box<dyn Error>> {
    let now = policy.snapshot();
    println!("\n{title}");
    let mut line = format!("  {:<6}", "");
    for (heading, _) in columns {
        line += &format!("{heading:<15}");
    }
    println!("{}", line.trim_end());
    for person in people {
        let mut line = format!("  {:<6}", now.name(*person)?);
        for (_, action) in columns {
            let answer = if now.can(*person, *action, course) {
                "yes"
            } else {
                "-"
            };
            line += &format!("{answer:<15}");
        }
        println!("{}", line.trim_end());
    }
    Ok(())
}
