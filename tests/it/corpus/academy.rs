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
        ("found", [owner, root]) => drop(words.on(edit).found(owner, root)?),
        ("found_at", [owner, root]) => {
            let root = group(root)?;
            words.on(edit).found_at(owner, root)?;
        }
        ("create_group", [parent, name]) => {
            let parent = group(parent)?;
            words.on(edit).create_group(parent, name)?;
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
        ("create_badge", [of, name]) => {
            let group = group(of)?;
            words.on(edit).create_badge(group, name)?;
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
        ("give_role" | "take_role", [whom, role, of]) => {
            let (user, role, group) = (user(whom)?, assigned(role)?, group(of)?);
            let mut academy = words.on(edit);
            match operation {
                "give_role" => academy.give_role(user, role, group)?,
                _ => academy.take_role(user, role, group)?,
            }
        }
        ("remove_from_group", [whom, of]) => {
            let (user, group) = (user(whom)?, group(of)?);
            words.on(edit).remove_from_group(user, group)?;
        }
        ("invite", [name, roles @ .., to]) => {
            let group = group(to)?;
            let roles: Vec<AssignedRole> = roles
                .iter()
                .map(|role| assigned(role))
                .collect::<Result<_, _>>()?;
            words.on(edit).invite(name, &roles, group)?;
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
        ("create_course" | "create_program", [author, of, name]) => {
            let (group, author) = (group(of)?, user(author)?);
            let mut academy = words.on(edit);
            match operation {
                "create_course" => academy.create_course(author, group, name)?,
                _ => academy.create_program(author, group, name)?,
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
            [whom, course],
        ) => {
            let (course, user) = (find.resource("course", course)?, user(whom)?);
            let mut academy = words.on(edit);
            match operation {
                "change_author" => academy.change_author(user, course)?,
                "assign_co_author" => academy.assign_co_author(user, course)?,
                "remove_co_author" => academy.remove_co_author(user, course)?,
                "assign_reviewer" => academy.assign_reviewer(user, course)?,
                _ => academy.remove_reviewer(user, course)?,
            }
        }
        ("post_comment", [by, course, name]) => {
            let (course, by) = (find.resource("course", course)?, user(by)?);
            words.on(edit).post_comment(by, course, name)?;
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
        ("create_session", [program, of, name]) => {
            let (program, group) = (find.resource("program", program)?, group(of)?);
            words.on(edit).create_session(program, group, name)?;
        }
        ("assign_instructor" | "remove_instructor" | "enrol" | "unenrol", [whom, session]) => {
            let (session, user) = (find.resource("session", session)?, user(whom)?);
            let mut academy = words.on(edit);
            match operation {
                "assign_instructor" => academy.assign_instructor(user, session)?,
                "remove_instructor" => academy.remove_instructor(user, session)?,
                "enrol" => academy.enrol(user, session)?,
                _ => academy.unenrol(user, session)?,
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
        Ok(PlaceName::Resource { kind, .. }) if kind.contains('.') => find.resource(&kind, text),
        Ok(PlaceName::Resource { kind, name }) => find.resource(&kind, &name),
        _ => Err(Stop::Wrong(format!("`{text}` is no course or program"))),
    }
}
