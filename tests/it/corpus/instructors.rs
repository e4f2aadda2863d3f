//! The operations of the preset `instructors`, by name.

use rolecall::presets::instructors::{CanManageSessions, Instructors};
use rolecall::{Edit, Resource};

use super::{Find, Stop, no_such};

pub(super) fn run(
    edit: &mut Edit<'_>,
    prefix: &str,
    operation: &str,
    names: &[&str],
) -> Result<(), Stop> {
    let words = Instructors::of(edit.catalog(), prefix)?;
    let find = Find::new(edit, prefix);
    match (operation, names) {
        ("add_organization", [name]) => drop(words.on(edit).add_organization(name)?),
        ("open_organization", [group]) => {
            let group = find.group(group)?;
            words.on(edit).open_organization(group)?;
        }
        ("add_agency", [name]) => drop(words.on(edit).add_agency(name)?),
        ("add_course" | "add_location", [organization, name]) => {
            let organization = find.group(organization)?;
            let mut training = words.on(edit);
            match operation {
                "add_course" => training.add_course(organization, name)?,
                _ => training.add_location(organization, name)?,
            };
        }
        ("add_bank", [agency, organization, name]) => {
            let (organization, agency) =
                (find.group(organization)?, find.resource("agency", agency)?);
            words.on(edit).add_bank(agency, organization, name)?;
        }
        ("invite_instructor" | "set_can_manage_sessions", [user, setting, organization]) => {
            let (user, organization) = (find.user(user)?, find.group(organization)?);
            let setting = match *setting {
                "yes" => CanManageSessions::Yes,
                "no" => CanManageSessions::No,
                _ => return no_such(operation, names),
            };
            let mut training = words.on(edit);
            match operation {
                "invite_instructor" => training.invite_instructor(user, setting, organization)?,
                _ => training.set_can_manage_sessions(user, setting, organization)?,
            }
        }
        ("create_session", [course, bank @ .., organization, name]) => {
            let banks: Vec<Resource> = bank
                .iter()
                .map(|bank| find.resource("bank", bank))
                .collect::<Result<_, _>>()?;
            let organization = find.group(organization)?;
            let course = find.resource("course", course)?;
            words
                .on(edit)
                .create_session(course, &banks, organization, name)?;
        }
        ("upload_document" | "submit_roster" | "submit_record", [session, name]) => {
            let session = find.resource("session", session)?;
            let mut training = words.on(edit);
            match operation {
                "upload_document" => training.upload_document(session, name)?,
                "submit_roster" => training.submit_roster(session, name)?,
                _ => training.submit_record(session, name)?,
            };
        }
        ("delete_session", [session]) => {
            let session = find.resource("session", session)?;
            words.on(edit).delete_session(session)?;
        }
        ("delete_roster" | "review_roster", [roster]) => {
            let roster = find.resource("roster", roster)?;
            let mut training = words.on(edit);
            match operation {
                "delete_roster" => training.delete_roster(roster)?,
                _ => training.review_roster(roster)?,
            }
        }
        // For a session, or for a roster as `roster:NAME`.
        ("issue_certifications", [what, bank]) => {
            let session = match what.split_once(':') {
                Some((kind, _)) if kind.contains('.') => find.resource(kind, what)?,
                Some((kind, name)) => find.resource(kind, name)?,
                None => find.resource("session", what)?,
            };
            let bank = find.resource("bank", bank)?;
            words.on(edit).issue_certifications(session, bank)?;
        }
        ("add_admin" | "remove_admin" | "revoke_instructor", [user, organization]) => {
            let (user, organization) = (find.user(user)?, find.group(organization)?);
            let mut training = words.on(edit);
            match operation {
                "add_admin" => training.add_admin(user, organization)?,
                "remove_admin" => training.remove_admin(user, organization)?,
                _ => training.revoke_instructor(user, organization)?,
            }
        }
        ("assign_teacher" | "unassign_teacher", [user, session]) => {
            let (user, session) = (find.user(user)?, find.resource("session", session)?);
            let mut training = words.on(edit);
            match operation {
                "assign_teacher" => training.assign_teacher(user, session)?,
                _ => training.unassign_teacher(user, session)?,
            }
        }
        ("add_issuer" | "remove_issuer", [user, bank]) => {
            let (user, bank) = (find.user(user)?, find.resource("bank", bank)?);
            let mut training = words.on(edit);
            match operation {
                "add_issuer" => training.add_issuer(user, bank)?,
                _ => training.remove_issuer(user, bank)?,
            }
        }
        ("record_agency_id" | "remove_agency_id", [user, agency]) => {
            let (user, agency) = (find.user(user)?, find.resource("agency", agency)?);
            let mut training = words.on(edit);
            match operation {
                "record_agency_id" => training.record_agency_id(user, agency)?,
                _ => training.remove_agency_id(user, agency)?,
            }
        }
        _ => return no_such(operation, names),
    }
    Ok(())
}
