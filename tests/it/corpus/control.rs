//! The operations of the preset `control`, by name. Several subjects or groups stand in one word, with commas between.

use rolecall::presets::control::{Control, Door};
use rolecall::{Edit, Group, Permission, Subject};

use super::{Find, Stop, no_such};

pub(super) fn run(
    edit: &mut Edit<'_>,
    prefix: &str,
    operation: &str,
    names: &[&str],
) -> Result<(), Stop> {
    let words = Control::of(edit.catalog(), prefix)?;
    let find = Find::new(edit, prefix);
    let session = |name: &str| find.resource("session", name);
    let event = |name: &str| find.resource("event", name);
    match (operation, names) {
        ("grant_permission", [to, name, at @ ..]) => {
            let (permission, to, at) =
                (find.permission(name)?, find.subjects(to)?, find.groups(at)?);
            words.on(edit).grant_permission(to, permission, &at)?;
        }
        ("grant_permission_underlying", [to, name, at @ ..]) => {
            let (permission, to, at) =
                (find.permission(name)?, find.subjects(to)?, find.groups(at)?);
            words
                .on(edit)
                .grant_permission_underlying(to, permission, &at)?;
        }
        ("revoke_permission", [from, name]) => {
            let (permission, from) = (find.permission(name)?, find.subject(from)?);
            words.on(edit).revoke_permission(from, permission)?;
        }
        ("appoint_admin", [user]) => {
            let user = find.user(user)?;
            words.on(edit).appoint_admin(user)?;
        }
        ("dismiss_admin", [user]) => {
            let user = find.user(user)?;
            words.on(edit).dismiss_admin(user)?;
        }
        ("appoint_sub_admin", [who, name, at @ ..]) => {
            let (who, permission) = (find.subject(who)?, find.permission(name)?);
            let at = find.groups(at)?;
            words.on(edit).appoint_sub_admin(who, &[permission], &at)?;
        }
        ("add_group", [parents @ .., name]) => {
            let parents = find.groups(parents)?;
            words.on(edit).add_group(&parents, name)?;
        }
        ("open_group", [group]) => {
            let group = find.group(group)?;
            words.on(edit).open_group(group)?;
        }
        ("attach_group", [group, parent]) => {
            let (group, parent) = (find.group(group)?, find.group(parent)?);
            words.on(edit).attach_group(group, parent)?;
        }
        ("detach_group", [group, parent]) => {
            let (group, parent) = (find.group(group)?, find.group(parent)?);
            words.on(edit).detach_group(group, parent)?;
        }
        ("rename_user", [user, name]) => {
            let user = find.user(user)?;
            words.on(edit).rename_user(user, name)?;
        }
        ("add_member", [user, group]) => {
            let (user, group) = (find.user(user)?, find.group(group)?);
            words.on(edit).add_member(user, group)?;
        }
        ("remove_member", [user, group]) => {
            let (user, group) = (find.user(user)?, find.group(group)?);
            words.on(edit).remove_member(user, group)?;
        }
        ("move_member", [user, from, to]) => {
            let (user, from, to) = (find.user(user)?, find.group(from)?, find.group(to)?);
            words.on(edit).move_member(user, from, to)?;
        }
        ("import_users", [users, into @ ..]) => {
            let into = find.groups(into)?;
            let lines = users.split(',').map(|name| (name, &into[..]));
            words.on(edit).import_users(lines)?;
        }
        ("send_invitation", [into @ .., name]) => {
            let into = find.groups(into)?;
            words.on(edit).send_invitation(&into, name)?;
        }
        ("remind_invitation", [invitation]) => {
            let invitation = find.resource("invitation", invitation)?;
            words.on(edit).remind_invitation(invitation)?;
        }
        ("delete_invitation", [invitation]) => {
            let invitation = find.resource("invitation", invitation)?;
            words.on(edit).delete_invitation(invitation)?;
        }
        ("write_post", [author, group, name]) => {
            let (group, author) = (find.group(group)?, find.user(author)?);
            words.on(edit).write_post(author, group, name)?;
        }
        ("write_comment", [author, post, name]) => {
            let (post, author) = (find.resource("post", post)?, find.user(author)?);
            words.on(edit).write_comment(author, post, name)?;
        }
        ("delete_post", [post]) => {
            let post = find.resource("post", post)?;
            words.on(edit).delete_post(post)?;
        }
        ("delete_comment", [comment]) => {
            let comment = find.resource("comment", comment)?;
            words.on(edit).delete_comment(comment)?;
        }
        ("set_trainer", [who, manages @ ..]) => {
            let (who, manages) = (find.subject(who)?, find.groups(manages)?);
            words.on(edit).set_trainer(who, &manages)?;
        }
        ("remove_trainer", [who]) => {
            let who = find.subject(who)?;
            words.on(edit).remove_trainer(who)?;
        }
        ("add_session", [name]) => {
            words.on(edit).add_session(name)?;
        }
        ("set_automation_targets", [name, groups @ ..]) => {
            let (session, groups) = (session(name)?, find.groups(groups)?);
            words.on(edit).set_automation_targets(session, &groups)?;
        }
        ("add_event", [host, of, name]) => {
            let (session, host) = (session(of)?, find.user(host)?);
            words.on(edit).add_event(host, session, name)?;
        }
        ("delete_event", [name]) => {
            let event = event(name)?;
            words.on(edit).delete_event(event)?;
        }
        ("name_host", [user, of]) => {
            let (event, user) = (event(of)?, find.user(user)?);
            words.on(edit).name_host(user, event)?;
        }
        ("remove_host", [user, of]) => {
            let (event, user) = (event(of)?, find.user(user)?);
            words.on(edit).remove_host(user, event)?;
        }
        ("offer_event", [name, group]) => {
            let (event, group) = (event(name)?, find.group(group)?);
            words.on(edit).offer_event(event, group)?;
        }
        ("withdraw_event", [name, group]) => {
            let (event, group) = (event(name)?, find.group(group)?);
            words.on(edit).withdraw_event(event, group)?;
        }
        ("register", [user, of]) => {
            let (event, user) = (event(of)?, find.user(user)?);
            words.on(edit).register(user, event)?;
        }
        ("add_attendee", [user, of, through]) => {
            let (door, event, user) = (door(through)?, event(of)?, find.user(user)?);
            words.on(edit).add_attendee(user, event, door)?;
        }
        ("remove_attendee", [user, of, through]) => {
            let (door, event, user) = (door(through)?, event(of)?, find.user(user)?);
            words.on(edit).remove_attendee(user, event, door)?;
        }
        _ => return no_such(operation, names),
    }
    Ok(())
}

fn door(name: &str) -> Result<Door, Stop> {
    match name {
        "sessions" => Ok(Door::Sessions),
        "control" => Ok(Door::Control),
        _ => Err(Stop::Wrong(format!("`{name}` is no door"))),
    }
}

impl Find<'_, '_> {
    fn permission(self, name: &str) -> Result<Permission, Stop> {
        let prefix = self.prefix;
        let catalog = self.edit.catalog();
        // With the whole name it may be another's.
        Ok(catalog
            .permission(&format!("{prefix}{name}"))
            .or_else(|unknown| catalog.permission(name).map_err(|_| unknown))?)
    }

    fn subject(self, name: &str) -> Result<Subject, Stop> {
        match name.split_once(':') {
            Some(("user", user)) => Ok(self.user(user)?.into()),
            Some(("group", group)) => Ok(self.group(group)?.into()),
            _ => Err(Stop::Wrong(format!("`{name}` is no subject"))),
        }
    }

    fn subjects(self, names: &str) -> Result<Vec<Subject>, Stop> {
        names.split(',').map(|name| self.subject(name)).collect()
    }

    /// One word of groups, or none.
    fn groups(self, names: &[&str]) -> Result<Vec<Group>, Stop> {
        let names = names.iter().flat_map(|names| names.split(','));
        names.map(|name| self.group(name)).collect()
    }
}
