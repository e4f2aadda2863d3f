//! What does working with `rolecall` look like? A sample academy is built, asked, changed and asked again.
//!
//! `cargo run --release --example tour`

use std::error::Error;
use std::fmt::Display;

use rolecall::{
    Action, Catalog, CatalogError, Change, Effect, Grant, GrantName, Group, Policy, Resource,
    Scope, ScopeName, Snapshot, SubjectName, Target, Targets, User, WhatName, all, holds, marked,
    on,
};

fn main() -> Result<(), Box<dyn Error>> {
    let mut policy = Policy::new(vocabulary()?);
    let academy = found(&mut policy)?;
    let opening = policy.snapshot();

    heading("The groups");
    print_groups(&opening)?;
    heading("The first day");
    print_answers(&opening, &academy.first_day())?;

    heading("Why may Ben edit rust-101?");
    print_text(&opening.explain(academy.ben, academy.words.edit, academy.rust)?);

    heading("Why does Carla not see Ana's progress, and what is the least that would change it?");
    print_text(&opening.explain(academy.carla, academy.words.progress, academy.ana)?);
    for turn in opening.nearest_changes(academy.carla, academy.words.progress, academy.ana, 3)? {
        print_changes(turn.changes());
        println!("    which brings {} new right(s)", turn.entries_gained());
    }

    heading("Who can edit rust-101, which courses can Dora edit, and what ends that for Ben?");
    let who = opening.who_can(academy.words.edit, academy.rust)?;
    println!(
        "  {} can edit it: {}",
        who.len(),
        names(&opening, who.iter())?
    );
    let courses = opening.where_can(
        academy.dora,
        academy.words.edit,
        Targets::of(academy.words.course),
    )?;
    println!("  Dora can edit {} courses", courses.len());
    for turn in opening.revoke_plans(academy.ben, academy.words.edit, academy.rust, 2)? {
        print_changes(turn.changes());
    }

    heading("Ana moves from Europe to Asia");
    let mut edit = policy.edit_unguarded();
    edit.remove_member(academy.ana, academy.europe)?;
    edit.add_member(academy.ana, academy.asia)?;
    let moved = edit.commit()?;
    print_changes(moved.changes());
    print_turns(&opening, &policy.snapshot(), &academy.about_ana())?;

    heading("The move is taken back");
    let undone = policy.apply(&moved.inverse())?;
    print_changes(undone.changes());
    print_answers(&policy.snapshot(), &academy.about_ana())?;

    heading("Carla lacks a companion: reports need sight of the people");
    let before = policy.snapshot();
    let mut edit = policy.edit_unguarded();
    edit.grant(
        Grant::role(academy.words.coach)
            .to(academy.carla)
            .on(Scope::underlying(academy.europe)),
    )?;
    print_changes(edit.commit()?.changes());
    print_turns(&before, &policy.snapshot(), &academy.about_carla())?;

    heading("Ben is suspended: a deny beats every allow");
    let before = policy.snapshot();
    let mut edit = policy.edit_unguarded();
    edit.grant(Grant::deny_everything().to(academy.ben).on(Scope::Platform))?;
    print_changes(edit.commit()?.changes());
    print_turns(&before, &policy.snapshot(), &academy.about_ben())?;

    heading("What if all trainers became authors? Nothing is changed by asking");
    let change = what_if();
    print_changes(std::slice::from_ref(&change));
    let preview = policy.preview(&[change])?;
    print_turns(&policy.snapshot(), &preview, &academy.about_trainers())?;

    heading("A loop is refused, and the edit leaves no trace");
    let mut edit = policy.edit_unguarded();
    edit.attach(academy.school, academy.participants)?;
    match edit.commit() {
        Ok(entry) => println!("  revision {}", entry.revision()),
        Err(refused) => refused
            .refusals()
            .iter()
            .for_each(|refusal| println!("  {refusal}")),
    }
    Ok(())
}

fn print_text(text: &impl Display) {
    text.to_string()
        .lines()
        .for_each(|line| println!("  {line}"));
}

fn names(now: &Snapshot, users: impl Iterator<Item = User>) -> Result<String, Box<dyn Error>> {
    let names = users
        .map(|user| now.name(user))
        .collect::<Result<Vec<_>, _>>()?;
    Ok(names.join(", "))
}

/// The words of the academy: what can be granted, what can be asked, and what the roles hold.
fn vocabulary() -> Result<Catalog, CatalogError> {
    Catalog::builder()
        .kind("course")
        .kind("session")
        .label("published")
        .label("public")
        .permission("course.view")
        .permission("course.edit")
        .permission("member.view")
        .permission("reporting")
        .permission("session.edit")
        .permission("settings")
        .action(
            "course.take",
            all([holds("course.view"), marked("published")]),
        )
        .action(
            "progress.view",
            holds("reporting").with(holds("member.view")),
        )
        .action_on(
            "session.invite",
            2,
            all([on(0, holds("session.edit")), on(1, holds("member.view"))]),
        )
        .role("learner", ["course.view"])
        .role("author", ["course.view", "course.edit"])
        .role("coach", ["member.view"])
        .role_including("trainer", ["session.edit", "reporting"], ["coach"])
        .role_including("admin", ["settings"], ["author", "trainer"])
        .build()
}

/// The handles that the tour speaks of.
struct Academy {
    ana: User,
    ben: User,
    carla: User,
    dora: User,
    timo: User,
    school: Group,
    europe: Group,
    asia: Group,
    participants: Group,
    rust: Resource,
    sql: Resource,
    welcome: Resource,
    monday: Resource,
    words: Words,
}

rolecall::handles! {
    /// The words that the tour speaks of, found once.
    struct Words {
        kind course;
        kind session;
        label published;
        label public;
        permission view_course = "course.view";
        permission reporting;
        role learner;
        role author;
        role coach;
        role trainer;
        role admin;
        action take = "course.take";
        action edit = "course.edit";
        action view = "course.view";
        action progress = "progress.view";
        action invite = "session.invite";
        action settings;
    }
}

/// Adds everyone and everything in one edit: it is committed as a whole or not at all.
fn found(policy: &mut Policy) -> Result<Academy, Box<dyn Error>> {
    let words = Words::of(policy.catalog())?;
    let mut edit = policy.edit_unguarded();
    let school = edit.add_group("school")?;
    let (europe, asia) = (edit.add_group("europe")?, edit.add_group("asia")?);
    let (participants, trainers) = (edit.add_group("participants")?, edit.add_group("trainers")?);
    for (group, parent) in [
        (europe, school),
        (asia, school),
        (participants, europe),
        (trainers, europe),
        (trainers, asia),
    ] {
        edit.attach(group, parent)?;
    }

    let (ana, ben) = (edit.add_user("ana")?, edit.add_user("ben")?);
    let (carla, dora) = (edit.add_user("carla")?, edit.add_user("dora")?);
    let (pia, timo) = (edit.add_user("pia")?, edit.add_user("timo")?);
    edit.add_member(ana, europe)?;
    edit.add_member(pia, participants)?;
    edit.add_member(timo, trainers)?;

    let rust = edit.add_resource(words.course, "rust-101")?;
    let sql = edit.add_resource(words.course, "sql-basics")?;
    let welcome = edit.add_resource(words.course, "welcome")?;
    let monday = edit.add_resource(words.session, "monday")?;
    edit.place(rust, europe)?;
    edit.place(sql, asia)?;
    edit.place(welcome, school)?;
    edit.place(monday, rust)?;
    for course in [rust, sql, welcome] {
        edit.add_label(course, words.published)?;
    }
    edit.add_label(welcome, words.public)?;

    // What a group is granted, its members hold and those of all groups below it.
    edit.grant(
        Grant::role(words.learner)
            .to(europe)
            .on(Scope::underlying(europe)),
    )?;
    edit.grant(
        Grant::role(words.learner)
            .to(asia)
            .on(Scope::underlying(asia)),
    )?;
    edit.grant(
        Grant::role(words.trainer)
            .to(timo)
            .on(Scope::underlying(europe)),
    )?;
    edit.grant(Grant::role(words.author).to(ben).on(Scope::this(rust)))?;
    edit.grant(
        Grant::permission(words.reporting)
            .to(carla)
            .on(Scope::underlying(europe)),
    )?;
    edit.grant(Grant::role(words.admin).to(dora).on(Scope::Platform))?;
    edit.grant(
        Grant::permission(words.view_course)
            .to_everyone()
            .on(Scope::labelled(words.public)),
    )?;
    edit.commit()?;

    Ok(Academy {
        ana,
        ben,
        carla,
        dora,
        timo,
        school,
        europe,
        asia,
        participants,
        rust,
        sql,
        welcome,
        monday,
        words,
    })
}

/// The change that the tour only tries: as data, in names.
fn what_if() -> Change {
    Change::Grant(GrantName {
        effect: Effect::Allow,
        subject: SubjectName::Group("trainers".to_owned()),
        what: WhatName::Role("author".to_owned()),
        scope: ScopeName::Underlying("asia".to_owned()),
    })
}

/// One question, with its action in words.
struct Question {
    user: User,
    words: &'static str,
    action: Action,
    targets: Vec<Target>,
}

impl Academy {
    fn first_day(&self) -> Vec<Question> {
        let Words {
            take,
            edit,
            view,
            progress,
            invite,
            settings,
            ..
        } = self.words;
        vec![
            ask(self.ana, "take", take, [self.rust.into()]),
            ask(self.ana, "take", take, [self.sql.into()]),
            ask(self.ana, "edit", edit, [self.rust.into()]),
            ask(self.ben, "edit", edit, [self.rust.into()]),
            ask(self.ben, "edit", edit, [self.sql.into()]),
            ask(self.carla, "view", view, [self.welcome.into()]),
            ask(self.carla, "view", view, [self.rust.into()]),
            ask(self.timo, "see progress of", progress, [self.ana.into()]),
            ask(self.timo, "see progress of", progress, [self.dora.into()]),
            ask(
                self.timo,
                "invite to",
                invite,
                [self.monday.into(), self.ana.into()],
            ),
            ask(
                self.timo,
                "change settings of",
                settings,
                [Target::Platform],
            ),
            ask(
                self.dora,
                "change settings of",
                settings,
                [Target::Platform],
            ),
        ]
    }

    fn about_ana(&self) -> Vec<Question> {
        let Words { take, progress, .. } = self.words;
        vec![
            ask(self.ana, "take", take, [self.rust.into()]),
            ask(self.ana, "take", take, [self.sql.into()]),
            ask(self.ana, "take", take, [self.welcome.into()]),
            ask(self.timo, "see progress of", progress, [self.ana.into()]),
        ]
    }

    fn about_carla(&self) -> Vec<Question> {
        let progress = self.words.progress;
        vec![
            ask(self.carla, "see progress of", progress, [self.ana.into()]),
            ask(
                self.carla,
                "see progress of",
                progress,
                [self.participants.into()],
            ),
            ask(self.carla, "see progress of", progress, [self.asia.into()]),
        ]
    }

    fn about_ben(&self) -> Vec<Question> {
        let Words { edit, view, .. } = self.words;
        vec![
            ask(self.ben, "edit", edit, [self.rust.into()]),
            ask(self.ben, "view", view, [self.welcome.into()]),
            ask(self.dora, "edit", edit, [self.rust.into()]),
        ]
    }

    fn about_trainers(&self) -> Vec<Question> {
        let edit = self.words.edit;
        vec![
            ask(self.timo, "edit", edit, [self.sql.into()]),
            ask(self.timo, "edit", edit, [self.rust.into()]),
        ]
    }
}

fn ask<const N: usize>(
    user: User,
    words: &'static str,
    action: Action,
    targets: [Target; N],
) -> Question {
    Question {
        user,
        words,
        action,
        targets: targets.to_vec(),
    }
}

impl Question {
    fn answer(&self, now: &Snapshot) -> &'static str {
        match now.can(self.user, self.action, self.targets.as_slice()) {
            true => "yes",
            false => "no",
        }
    }

    fn row(&self, now: &Snapshot) -> Result<Vec<String>, Box<dyn Error>> {
        let targets: Result<Vec<_>, _> = self.targets.iter().map(|&at| name(now, at)).collect();
        Ok(vec![
            name(now, self.user.into())?,
            self.words.to_owned(),
            targets?.join(", "),
        ])
    }
}

fn name(now: &Snapshot, target: Target) -> Result<String, Box<dyn Error>> {
    Ok(match target {
        Target::User(user) => now.name(user)?.to_owned(),
        Target::Group(group) => now.name(group)?.to_owned(),
        Target::Resource(resource) => now.name(resource)?.to_owned(),
        Target::Platform => "the platform".to_owned(),
    })
}

fn heading(text: &str) {
    println!("\n{text}\n{}", "-".repeat(text.chars().count()));
}

fn print_groups(now: &Snapshot) -> Result<(), Box<dyn Error>> {
    let mut rows = vec![["group", "is below", "members"].map(str::to_owned).to_vec()];
    for group in now.groups() {
        let parents: Result<Vec<_>, _> =
            now.parents(group)?.map(|up| name(now, up.into())).collect();
        let members: Result<Vec<_>, _> = now
            .members(group)?
            .map(|one| name(now, one.into()))
            .collect();
        rows.push(vec![
            name(now, group.into())?,
            parents?.join(", "),
            members?.join(", "),
        ]);
    }
    print_table(&rows);
    Ok(())
}

fn print_changes(changes: &[Change]) {
    for change in changes {
        println!("  * {change}");
    }
}

/// The questions with their answers at one revision.
fn print_answers(now: &Snapshot, questions: &[Question]) -> Result<(), Box<dyn Error>> {
    let mut rows = vec![["who", "can", "what", "answer"].map(str::to_owned).to_vec()];
    for question in questions {
        let mut row = question.row(now)?;
        row.push(question.answer(now).to_owned());
        rows.push(row);
    }
    print_table(&rows);
    Ok(())
}

/// The questions with their answers at two revisions. The older snapshot goes on answering as it did.
fn print_turns(
    before: &Snapshot,
    after: &Snapshot,
    questions: &[Question],
) -> Result<(), Box<dyn Error>> {
    let mut rows = vec![
        ["who", "can", "what", "before", "after"]
            .map(str::to_owned)
            .to_vec(),
    ];
    for question in questions {
        let mut row = question.row(after)?;
        row.extend([before, after].map(|now| question.answer(now).to_owned()));
        rows.push(row);
    }
    print_table(&rows);
    Ok(())
}

/// Rows of equal length, each column as wide as its widest cell.
fn print_table(rows: &[Vec<String>]) {
    let columns = rows.first().map_or(0, Vec::len);
    let width = |column: usize| {
        let cells = rows.iter().filter_map(|row| row.get(column));
        cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..columns).map(width).collect();
    for row in rows {
        let cells = row.iter().zip(&widths);
        let line: String = cells
            .map(|(cell, width)| format!("  {cell:<width$}"))
            .collect();
        println!("{}", line.trim_end());
    }
}
