//! `ProblemKind`: how errors and problems are told apart.

/// How errors and problems are told apart, and what a service answers with.
///
/// [`Error::kind`](crate::Error::kind) and [`Problem::kind`](crate::Problem::kind) tell it. Programs that need to tell apart more than this
/// look at the `code` of an error, such as [`Error::code`](crate::Error::code).
///
/// | kind | [HTTP status](ProblemKind::http_status) |
/// |---|---|
/// | [`Malformed`](Self::Malformed) | 400 Bad Request |
/// | [`NotAllowed`](Self::NotAllowed) | 403 Forbidden |
/// | [`Unknown`](Self::Unknown) | 404 Not Found |
/// | [`AlreadyExists`](Self::AlreadyExists), [`Inherited`](Self::Inherited), [`LiftsDenies`](Self::LiftsDenies), [`Loop`](Self::Loop) | 409 Conflict |
/// | [`RuleBroken`](Self::RuleBroken), [`MissingRole`](Self::MissingRole), [`WrongState`](Self::WrongState), [`MissingFact`](Self::MissingFact), [`NotActive`](Self::NotActive), [`Objected`](Self::Objected) | 409 Conflict |
/// | [`Outdated`](Self::Outdated) | 412 Precondition Failed |
/// | [`Stopped`](Self::Stopped) | 500 Internal Server Error |
/// | [`Exhausted`](Self::Exhausted) | 507 Insufficient Storage |
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "snake_case")
)]
#[non_exhaustive]
pub enum ProblemKind {
    /// A name or handle that stands for nothing here.
    Unknown,
    /// The name is taken.
    AlreadyExists,
    /// What makes no sense whatever is recorded: a text that cannot be a name, a target or a cursor, a wrong number of targets, an allow of
    /// everything, a change of a role the catalog fixes, a catalog that cannot be built.
    Malformed,
    /// Removal of an inherited entry.
    Inherited,
    /// A removal would take denies along, or somebody would gain by it because a deny would no longer reach them.
    LiftsDenies,
    /// A loop.
    Loop,
    /// A rule: which, and by whom.
    RuleBroken,
    /// A grant rule: a role that whoever gets the grant must hold.
    MissingRole,
    /// A grant rule: the label does not stand.
    WrongState,
    /// A grant rule: the label, a recorded fact, does not stand.
    MissingFact,
    /// A grant rule: the user granted over is blocked.
    NotActive,
    /// The acting user may not do this, or hand this out.
    NotAllowed,
    /// As many things have been added as can be told apart, or there is no room for more.
    Exhausted,
    /// It was meant for another revision of the policy: look at the policy as it is now, and try again.
    Outdated,
    /// A guard of the service objected to what the edit would change.
    Objected,
    /// A hook of the service failed before the edit was published.
    Stopped,
}

impl ProblemKind {
    /// The HTTP status that a service may answer with, as the table [above](ProblemKind) has it.
    #[must_use]
    pub fn http_status(self) -> u16 {
        match self {
            ProblemKind::Malformed => 400,
            ProblemKind::NotAllowed => 403,
            ProblemKind::Unknown => 404,
            ProblemKind::AlreadyExists
            | ProblemKind::Inherited
            | ProblemKind::LiftsDenies
            | ProblemKind::Loop
            | ProblemKind::RuleBroken
            | ProblemKind::MissingRole
            | ProblemKind::WrongState
            | ProblemKind::MissingFact
            | ProblemKind::NotActive
            | ProblemKind::Objected => 409,
            ProblemKind::Outdated => 412,
            ProblemKind::Stopped => 500,
            ProblemKind::Exhausted => 507,
        }
    }
}
