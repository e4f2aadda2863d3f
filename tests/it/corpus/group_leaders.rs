//! The operations of the preset `group_leaders`, by name.

use rolecall::presets::group_leaders::GroupLeaders;
use rolecall::{Edit, Group};

use super::{Find, Stop, no_such};

pub(super) fn run(
    edit: &mut Edit<'_>,
    prefix: &str,
    operation: &str,
    names: &[&str],
) -> Result<(), Stop> {
    let words = GroupLeaders::of(edit.catalog(), prefix)?;
    let find = Find::new(edit, prefix);
    match (operation, names) {
        ("add_group", [parents @ .., name]) => {
            let parents: Vec<Group> = parents
                .iter()
                .map(|parent| find.group(parent))
                .collect::<Result<_, _>>()?;
            words.on(edit).add_group(&parents, name)?;
        }
        ("set_leader", [user, groups @ ..]) => {
            let groups: Vec<Group> = groups
                .iter()
                .map(|group| find.group(group))
                .collect::<Result<_, _>>()?;
            let user = find.user(user)?;
            words.on(edit).set_leader(user, &groups)?;
        }
        ("open_group", [group]) => {
            let group = find.group(group)?;
            words.on(edit).open_group(group)?;
        }
        ("add_course", [name]) => drop(words.on(edit).add_course(name)?),
        ("add_content", [course, name]) => {
            let course = find.resource("course", course)?;
            words.on(edit).add_content(course, name)?;
        }
        ("assign_course" | "unassign_course", [course, group]) => {
            let (course, group) = (find.resource("course", course)?, find.group(group)?);
            let mut groups = words.on(edit);
            match operation {
                "assign_course" => groups.assign_course(course, group)?,
                _ => groups.unassign_course(course, group)?,
            }
        }
        ("enrol", [user, group, name]) => {
            let (user, group) = (find.user(user)?, find.group(group)?);
            words.on(edit).enrol(user, group, name)?;
        }
        (_, [user, group]) => {
            let (user, group) = (find.user(user)?, find.group(group)?);
            let mut groups = words.on(edit);
            match operation {
                "add_member" => groups.add_member(user, group)?,
                "remove_member" => groups.remove_member(user, group)?,
                "assign_leader" => groups.assign_leader(user, group)?,
                "assign_leader_below" => groups.assign_leader_below(user, group)?,
                "unassign_leader" => groups.unassign_leader(user, group)?,
                _ => return no_such(operation, names),
            }
        }
        (_, [user]) => {
            let user = find.user(user)?;
            let mut groups = words.on(edit);
            match operation {
                "make_group_leader" => groups.make_group_leader(user)?,
                "end_group_leader" => groups.end_group_leader(user)?,
                "add_admin" => groups.add_admin(user)?,
                "remove_admin" => groups.remove_admin(user)?,
                _ => return no_such(operation, names),
            }
        }
        _ => return no_such(operation, names),
    }
    Ok(())
}
