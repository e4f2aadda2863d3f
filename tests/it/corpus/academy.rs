//! The operations of the preset `academy`, by name.

use rolecall::presets::academy::{Academy, AccountLine, AssignedRole, Import};
use rolecall::{Edit, Group, PlaceName, Resource, User};

use super::{Find, Stop, no_such};

pub(super) fn run(
    edit: &mut Edit<'_>,
    prefix: &str,
    operation: &str,
    names: &[&str],
) -> Result<(), Stop> {
    let words = Academy::of(edit.catalog(), prefix)?;
    let find = Find::new(edit, prefix);
    let user = |name: &str| find.user(name);
    let group = |name: &str| find.group(name);
    let users = |names: &[&str]| {
        names
            .iter()
            .map(|name| user(name))
            .collect::<Result<Vec<User>, _>>()
    };
    match (operation, names) {
        ("found", [root, owner]) => drop(words.on(edit).found(root, owner)?),
        ("create_group", [name, parent]) => {
            let parent = group(parent)?;
            words.on(edit).create_group(name, parent)?;
        }
        ("make_public" | "make_private", [name]) => {
            let group = group(name)?;
            let mut academy = words.on(edit);
            match operation {
                "make_public" => academy.make_public(group)?,
                _ => academy.make_private(group)?,
            }
        }
        ("include_reviews", []) => words.on(edit).include_reviews()?,
        ("exclude_reviews", []) => words.on(edit).exclude_reviews()?,
        ("create_badge", [name, of]) => {
            let group = group(of)?;
            words.on(edit).create_badge(name, group)?;
        }
        // Roles and groups take turns: `add_account ana learner a author b`.
        ("add_account", [name, roles @ ..]) => {
            let roles: Vec<(AssignedRole, Group)> = roles
                .chunks(2)
                .map(|pair| match pair {
                    [role, of] => Ok((assigned(role)?, group(of)?)),
                    _ => Err(Stop::Wrong(format!("`{operation}` with half a role"))),
                })
                .collect::<Result<_, _>>()?;
            words.on(edit).add_account(name, &roles)?;
        }
        ("give_role" | "take_role", [role, whom, of]) => {
            let (role, user, group) = (assigned(role)?, user(whom)?, group(of)?);
            let mut academy = words.on(edit);
            match operation {
                "give_role" => academy.give_role(role, user, group)?,
                _ => academy.take_role(role, user, group)?,
            }
        }
        ("remove_from_group", [whom, of]) => {
            let (user, group) = (user(whom)?, group(of)?);
            words.on(edit).remove_from_group(user, group)?;
        }
        ("invite", [name, to, roles @ ..]) => {
            let group = group(to)?;
            let roles: Vec<AssignedRole> = roles
                .iter()
                .map(|role| assigned(role))
                .collect::<Result<_, _>>()?;
            words.on(edit).invite(name, group, &roles)?;
        }
        ("accept_invitation" | "withdraw_invitation", [name]) => {
            let invitation = find.resource("invitation", name)?;
            let mut academy = words.on(edit);
            match operation {
                "accept_invitation" => drop(academy.accept_invitation(invitation)?),
                _ => academy.withdraw_invitation(invitation)?,
            }
        }
        // Each line as `account,code,group`.
        ("import_accounts", [how, lines @ ..]) => {
            let how = match *how {
                "add" => Import::Add,
                "replace" => Import::Replace,
                other => return Err(Stop::Wrong(format!("no import is called `{other}`"))),
            };
            let lines: Vec<AccountLine<'_>> = lines
                .iter()
                .map(|line| account_line(line))
                .collect::<Result<_, _>>()?;
            if let Err(refused) = words.on(edit).import_accounts(&lines, how)
                && let Some(first) = refused.problems().first()
            {
                return Err(Stop::Refused(first.problem.clone()));
            }
        }
        ("appoint_manager", [manager, managees @ ..]) => {
            let (manager, managees) = (user(manager)?, users(managees)?);
            words.on(edit).appoint_manager(manager, &managees)?;
        }
        ("dismiss_manager", [manager, managee]) => {
            let (manager, managee) = (user(manager)?, user(managee)?);
            words.on(edit).dismiss_manager(manager, managee)?;
        }
        ("create_course" | "create_program", [name, of, author]) => {
            let (group, author) = (group(of)?, user(author)?);
            let mut academy = words.on(edit);
            match operation {
                "create_course" => academy.create_course(name, group, author)?,
                _ => academy.create_program(name, group, author)?,
            };
        }
        ("publish_course" | "unpublish_course", [course]) => {
            let course = find.resource("course", course)?;
            let mut academy = words.on(edit);
            match operation {
                "publish_course" => academy.publish_course(course)?,
                _ => academy.unpublish_course(course)?,
            }
        }
        (
            "change_author" | "assign_co_author" | "remove_co_author" | "assign_reviewer"
            | "remove_reviewer",
            [course, whom],
        ) => {
            let (course, user) = (find.resource("course", course)?, user(whom)?);
            let mut academy = words.on(edit);
            match operation {
                "change_author" => academy.change_author(course, user)?,
                "assign_co_author" => academy.assign_co_author(course, user)?,
                "remove_co_author" => academy.remove_co_author(course, user)?,
                "assign_reviewer" => academy.assign_reviewer(course, user)?,
                _ => academy.remove_reviewer(course, user)?,
            }
        }
        ("post_comment", [name, course, by]) => {
            let (course, by) = (find.resource("course", course)?, user(by)?);
            words.on(edit).post_comment(name, course, by)?;
        }
        (
            "share_in_library" | "take_from_library" | "share_in_catalog" | "take_from_catalog",
            [content, of],
        ) => {
            let (content, group) = (content_of(find, content)?, group(of)?);
            let mut academy = words.on(edit);
            match operation {
                "share_in_library" => drop(academy.share_in_library(content, group)?),
                "take_from_library" => academy.take_from_library(content, group)?,
                "share_in_catalog" => academy.share_in_catalog(content, group)?,
                _ => academy.take_from_catalog(content, group)?,
            }
        }
        ("assign_program" | "unassign_program", [program, to]) => {
            let (program, group) = (find.resource("program", program)?, group(to)?);
            let mut academy = words.on(edit);
            match operation {
                "assign_program" => academy.assign_program(program, group)?,
                _ => academy.unassign_program(program, group)?,
            }
        }
        ("create_session", [name, program, of]) => {
            let (program, group) = (find.resource("program", program)?, group(of)?);
            words.on(edit).create_session(name, program, group)?;
        }
        ("assign_instructor" | "remove_instructor" | "enrol" | "unenrol", [session, whom]) => {
            let (session, user) = (find.resource("session", session)?, user(whom)?);
            let mut academy = words.on(edit);
            match operation {
                "assign_instructor" => academy.assign_instructor(session, user)?,
                "remove_instructor" => academy.remove_instructor(session, user)?,
                "enrol" => academy.enrol(session, user)?,
                _ => academy.unenrol(session, user)?,
            }
        }
        (_, [whom]) => {
            let user = user(whom)?;
            let mut academy = words.on(edit);
            match operation {
                "name_owner" => academy.name_owner(user)?,
                "name_platform_admin" => academy.name_platform_admin(user)?,
                "dismiss_platform_admin" => academy.dismiss_platform_admin(user)?,
                "name_platform_coach" => academy.name_platform_coach(user)?,
                "dismiss_platform_coach" => academy.dismiss_platform_coach(user)?,
                "set_legal_representative" => academy.set_legal_representative(user)?,
                "deactivate_account" => academy.deactivate_account(user)?,
                "reactivate_account" => academy.reactivate_account(user)?,
                "delete_account" => academy.delete_account(user)?,
                _ => return no_such(operation, names),
            }
        }
        _ => return no_such(operation, names),
    }
    Ok(())
}

fn assigned(name: &str) -> Result<AssignedRole, Stop> {
    let mut all = AssignedRole::ALL.into_iter();
    let role = all.find(|role| role.to_string() == name);
    role.ok_or_else(|| Stop::Wrong(format!("`{name}` is no assigned role")))
}

fn account_line(line: &str) -> Result<AccountLine<'_>, Stop> {
    match line.split(',').collect::<Vec<_>>()[..] {
        [account, role, group] => Ok(AccountLine {
            account,
            role,
            group,
        }),
        _ => Err(Stop::Wrong(format!("`{line}` is no line of accounts"))),
    }
}

/// `course:NAME` or `program:NAME`.
fn content_of(find: Find<'_, '_>, text: &str) -> Result<Resource, Stop> {
    match text.parse() {
        Ok(PlaceName::Resource { kind, name }) => find.resource(&kind, &name),
        _ => Err(Stop::Wrong(format!("`{text}` is no course or program"))),
    }
}
