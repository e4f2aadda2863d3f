//! The vocabulary: what there is, what can be asked, the roles and the rules.

use crate::{
    Catalog, CatalogBuilder, CatalogError, Granted, Rule, SubjectKind, above, all, allows, any,
    holds, on,
};

/// What comes with *can manage sessions*.
const MANAGING: [&str; 6] = [
    "session.schedule",
    "session.manage",
    "document.upload",
    "roster.manage",
    "roster.submit",
    "record.submit",
];

/// What admins may besides.
const RUNNING: [&str; 5] = [
    "organization.manage",
    "course.create",
    "location.create",
    "roster.review",
    "certification.issue",
];

/// The catalog: kinds, labels, permissions, actions, roles and rules, without a prefix.
///
/// # Errors
///
/// None in fact: the catalog is the same at every call, and a test builds it.
pub fn catalog() -> Result<Catalog, CatalogError> {
    let mut builder = Catalog::builder()
        .label("organization")
        .label("reviewed")
        .label("certified")
        .permission("organization.instruct")
        .permission("session.teach")
        .permission("bank.issue")
        .permission("profile.edit")
        .recorded_permission("agency.id");
    for kind in [
        "course", "location", "session", "roster", "record", "document", "bank", "agency",
    ] {
        builder = builder.kind(kind);
    }
    for permission in MANAGING.into_iter().chain(RUNNING) {
        builder = builder.permission(permission);
    }
    rules(roles(actions(builder))).build()
}

fn actions(builder: CatalogBuilder) -> CatalogBuilder {
    // Whoever teaches a session does so as an instructor of its organization.
    let teach = above("session", "session.teach").with(above("group", "organization.instruct"));
    let issuer = || above("bank", "bank.issue");
    let id = || above("agency", "agency.id");
    let one_bank = any([
        all([allows("session.teach"), issuer(), id()]),
        holds("certification.issue"),
    ]);
    // With the bank named, it is the agency of that bank whose ID counts.
    let for_session = all([allows("session.teach"), issuer()]);
    let from_bank = all([issuer(), id()]);
    let admin = |nth: usize| on(nth, holds("certification.issue"));
    builder
        .action("session.teach", teach)
        .action(
            "roster.submit",
            any([allows("session.teach"), holds("roster.submit")]),
        )
        .action("session.certify", one_bank)
        .action_on(
            "certification.issue",
            2,
            any([
                all([on(0, for_session), on(1, from_bank)]),
                all([admin(0), admin(1)]),
            ]),
        )
}

fn roles(builder: CatalogBuilder) -> CatalogBuilder {
    builder
        .role("instructor", ["organization.instruct"])
        .role_including("session_manager", MANAGING, ["instructor"])
        .role("teacher", ["session.teach"])
        .role("issuer", ["bank.issue"])
        .role("oneself", ["profile.edit"])
        .role("admin", MANAGING.into_iter().chain(RUNNING))
}

fn rules(builder: CatalogBuilder) -> CatalogBuilder {
    let id = || Granted::permission("agency.id");
    let role = |name: &str| Granted::role(name);
    builder
        .rule(Rule::only_at(role("instructor"), ["group", "session"]))
        .rule(Rule::only_at(role("admin"), ["group"]))
        .rule(Rule::only_at(role("teacher"), ["session"]))
        .rule(Rule::only_at(role("issuer"), ["bank"]))
        .rule(Rule::only_at(id(), ["agency"]))
        .rule(Rule::only_to(id(), [SubjectKind::User]))
        // Revocation denies and keeps the history.
        .rule(Rule::needs_role(role("teacher"), "instructor").staying())
        .rule(Rule::needs_role(role("issuer"), "instructor").staying())
}

vocabulary! {
    /// The words of the catalog, found once.
    Instructors {
        /// A course of an organization.
        course: Kind = "course",
        /// A location of an organization.
        location: Kind = "location",
        /// A session, placed in its organization and in each card bank it certifies from.
        session: Kind = "session",
        /// A roster, placed in its session.
        roster: Kind = "roster",
        /// The records of a session, placed in it.
        record: Kind = "record",
        /// A document, placed in its session.
        document: Kind = "document",
        /// A card bank, placed in its organization and in its agency.
        bank: Kind = "bank",
        /// An agency that certifies.
        agency: Kind = "agency",
        /// The mark of a group that is an organization.
        organization: Label = "organization",
        /// The mark of a roster that an admin has reviewed.
        reviewed: Label = "reviewed",
        /// The mark of a session or roster whose certifications were issued.
        certified: Label = "certified",
        /// An ID of an agency, on file for one user.
        agency_id: Permission = "agency.id",
        /// Scheduling a session, asked of the organization or of a course.
        session_schedule: Action = "session.schedule",
        /// Managing a session.
        session_manage: Action = "session.manage",
        /// Teaching a session.
        session_teach: Action = "session.teach",
        /// Uploading documents to a session.
        document_upload: Action = "document.upload",
        /// Managing the rosters of a session.
        roster_manage: Action = "roster.manage",
        /// Submitting the roster of a session.
        roster_submit: Action = "roster.submit",
        /// Submitting the records of a session.
        record_submit: Action = "record.submit",
        /// Reviewing the roster of a session.
        roster_review: Action = "roster.review",
        /// Issuing certifications for a session: session, card bank. A roster stands for its session.
        certification_issue: Action = "certification.issue",
        /// Issuing certifications from the one card bank that a session, or a roster, is placed in.
        session_certify: Action = "session.certify",
        /// Creating courses, asked of the organization.
        course_create: Action = "course.create",
        /// Creating locations, asked of the organization.
        location_create: Action = "location.create",
        /// Inviting and revoking instructors, their setting, and the issuers of card banks.
        organization_manage: Action = "organization.manage",
        /// Editing a user's profile, their agency IDs among it.
        profile_edit: Action = "profile.edit",
        /// An instructor who cannot manage sessions.
        instructor: Role = "instructor",
        /// An instructor who can manage sessions.
        session_manager: Role = "session_manager",
        /// Who teaches one session.
        teacher: Role = "teacher",
        /// Who issues from one card bank.
        issuer: Role = "issuer",
        /// What instructors may do about themselves.
        oneself: Role = "oneself",
        /// Who runs one organization.
        admin: Role = "admin",
    }
}
