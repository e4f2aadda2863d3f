//! Problems: why an edit is refused, as data.

use std::fmt;

use crate::catalog::rule::{GrantRule, Rule, StateRule};
use crate::error::AskError;
use crate::facts::change::{Change, GrantName, SubjectName};
use crate::kind::ProblemKind;
use crate::name::{BadName, PlaceName, TargetName, ThingName, UnknownName, quoted, shown, spelled};
use crate::query::explain::Explanation;

/// One reason why an edit is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize),
    serde(tag = "code", rename_all = "snake_case")
)]
#[non_exhaustive]
pub enum Problem {
    /// The name is taken.
    #[error("{thing} already exists")]
    AlreadyExists {
        /// Who has the name.
        thing: ThingName,
    },
    /// The text cannot be a name.
    #[error("{} cannot name a {}: {reason}", quoted(name), word.escape_debug())]
    BadName {
        /// What was to be named.
        word: String,
        /// The text.
        name: String,
        /// Why not.
        reason: BadName,
    },
    /// An allow of everything: only a deny can take everything.
    #[error("{subject} cannot be allowed everything: only a deny takes everything")]
    AllowsEverything {
        /// The subject.
        subject: SubjectName,
    },
    /// The role belongs to the catalog and cannot change.
    #[error("role {} is fixed by the catalog", quoted(role))]
    FixedRole {
        /// The role.
        role: String,
    },
    /// The entry is inherited and can be removed only where it is recorded.
    #[error(
        "{entry} is inherited: it is recorded on {}, remove it there",
        shown(recorded_on, ", ")
    )]
    Inherited {
        /// The entry that was to be removed.
        entry: String,
        /// The subjects it is recorded on.
        recorded_on: Vec<SubjectName>,
    },
    /// The removal would take denies along, and so could give access.
    #[error("removing {thing} would lift {}; revoke it first, or remove the {} lifting denies", shown(denies, ", "), thing.word())]
    LiftsDenies {
        /// What was to be removed.
        thing: ThingName,
        /// The denies that name it.
        denies: Vec<GrantName>,
    },
    /// By the removal somebody would gain an answer, because a deny reaches them, or the target, only through what is removed.
    #[error(
        "removing {thing} would let user {} {} on {}: {deny} stops that through it alone; put a deny in its place first, or remove the {} \
         lifting denies",
        quoted(user),
        quoted(action),
        targets_of(targets),
        thing.word()
    )]
    Uncovers {
        /// What was to be removed.
        thing: Box<ThingName>,
        /// A deny that would reach them no longer.
        deny: Box<GrantName>,
        /// Somebody who would gain an answer.
        user: String,
        /// The action they could do.
        action: String,
        /// Its targets.
        targets: Vec<TargetName>,
    },
    /// The edges of the result form a loop. In a walk along them, which begins at the edges that the edit adds, in the order of the edit,
    /// there is one loop for each edge that goes back: without these edges there would be none.
    #[error("{edges} would form a loop: {}", spelled(path.iter().map(ThingName::name)))]
    Loop {
        /// Which edges.
        edges: Edges,
        /// The loop, from a thing back to itself, each below (or placed in, or including) the next. The last step is the edge that goes
        /// back, the others are a shortest way to it.
        path: Vec<ThingName>,
    },
    /// The edges of the result form more loops than are spelled out: of one sort of edges a hundred at most, and fewer where the ways are so
    /// long that searching for them would take many times as long as finding the edges that go back.
    /// [`without_loops`](crate::without_loops) names edges enough to leave out.
    #[error("{edges} would form {count} more loop(s)")]
    MoreLoops {
        /// Which edges.
        edges: Edges,
        /// How many more of them go back.
        count: usize,
    },
    /// A state rule does not hold of the result.
    #[error("{rule}: {}", violation.told(rule))]
    RuleBroken {
        /// The rule.
        rule: Box<Rule>,
        /// What breaks it.
        violation: Box<Violation>,
    },
    /// A grant breaks a grant rule: it came about by the edit, or the edit took away what the rule asks for.
    #[error("{}: {grant}, {violation}", rule.demand())]
    GrantRefused {
        /// The rule.
        rule: Box<GrantRule>,
        /// The grant.
        grant: Box<GrantName>,
        /// What breaks it.
        violation: Box<Violation>,
        /// How refusals of this sort are told apart.
        kind: ProblemKind,
    },
    /// The acting user may not do this, by the snapshot the edit began from.
    #[error(
        "user {} cannot {} on {}{}",
        quoted(acting),
        quoted(action),
        targets_of(targets),
        why.kind().map(|kind| format!(": {kind}")).unwrap_or_default()
    )]
    NotAllowed {
        /// The acting user.
        acting: String,
        /// The action they would have to be allowed.
        action: String,
        /// Its targets.
        targets: Vec<TargetName>,
        /// Why not: the reason ([`Explanation::kind`]), and as text the tree of the whole formula. It keeps the snapshot that was asked.
        why: Box<Explanation>,
    },
    /// The acting user deals in what they do not hold at a scope at least as wide, by the snapshot the edit began from.
    #[error(
        "user {} cannot hand out `{grant}`: not held throughout that scope: {}",
        quoted(acting),
        shown(&lacking.iter().map(|name| quoted(name)).collect::<Vec<_>>(), ", ")
    )]
    NotHeld {
        /// The acting user.
        acting: String,
        /// What was to be granted.
        grant: Box<GrantName>,
        /// The permissions in it that the acting user does not hold there.
        lacking: Vec<String>,
    },
    /// A condition of the service's own, which no rule can say: see [`Edit::refuse`](crate::Edit::refuse).
    #[error("{why}")]
    Other {
        /// How refusals of this sort are told apart.
        kind: ProblemKind,
        /// What is wrong, in lowercase and without a full stop.
        why: String,
    },
    /// Nothing more is added, so that no handle of something else can ever be mistaken for it. Either as many things have been added to the
    /// policy as there are numbers to tell them apart, those removed again among them: more than 1.6 billion, and half a billion in previews;
    /// or there are as many things of this sort as it has room for: 2^28 groups, 2^32 of the others; or the process has made nearly 2^32
    /// policies and catalogs, and this one came after the last. Loaded into a new policy, or by a new process, the facts can grow on.
    #[error("no more things can be added to this policy")]
    Exhausted,
    /// A name that nothing has.
    #[error(transparent)]
    #[cfg_attr(feature = "serde", serde(untagged))]
    Unknown(#[from] UnknownName),
    /// A handle that does not resolve here.
    #[error(transparent)]
    #[cfg_attr(feature = "serde", serde(untagged))]
    Stale(#[from] AskError),
}

/// Which edges form a loop.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "snake_case")
)]
pub enum Edges {
    /// Groups below groups.
    Groups,
    /// Resources placed in resources.
    Placements,
    /// Roles that include roles.
    Roles,
}

/// What breaks a rule.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize),
    serde(rename_all = "snake_case")
)]
#[non_exhaustive]
pub enum Violation {
    /// Nobody holds the role, or can do the action (at the place, where the rule is about places).
    Nobody(Option<PlaceName>),
    /// Several do; two of them are named.
    Several([String; 2], Option<PlaceName>),
    /// These users break it.
    Users(Vec<String>),
    /// The subject is of the wrong sort.
    Subject,
    /// The scope is not one that the rule admits.
    Scope,
    /// The label does not stand at the place, nor at anything it is under.
    Unmarked,
}

/// A violation of a rule that counts, with the word for what the users do.
struct Told<'a>(&'a Violation, &'static str);

impl Violation {
    /// The violation in the words of the rule.
    fn told(&self, rule: &Rule) -> impl fmt::Display + '_ {
        let verb = match rule {
            Rule::State(StateRule::Count { of, .. }) => of.verb(),
            _ => "does",
        };
        Told(self, verb)
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Told(self, "does").fmt(f)
    }
}

impl fmt::Display for Told<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Told(violation, verb) = self;
        let at = |f: &mut fmt::Formatter<'_>, place: &Option<PlaceName>| match place {
            Some(place) => write!(f, " at {}", ThingName::from(place.clone())),
            None => Ok(()),
        };
        match violation {
            Violation::Nobody(place) => {
                write!(f, "nobody {verb}")?;
                at(f, place)
            }
            Violation::Several([one, other], place) => {
                let verb = if *verb == "does" { "do" } else { verb };
                write!(f, "{} and {} {verb}", quoted(one), quoted(other))?;
                at(f, place)
            }
            Violation::Users(users) => {
                let users: Vec<_> = users.iter().map(|user| quoted(user)).collect();
                write!(f, "not so for {}", shown(&users, ", "))
            }
            Violation::Subject => f.write_str("the subject is another"),
            Violation::Scope => f.write_str("the scope is another"),
            Violation::Unmarked => f.write_str("the label does not stand there"),
        }
    }
}

impl Problem {
    /// The sort of this problem.
    #[must_use]
    pub fn kind(&self) -> ProblemKind {
        match self {
            Problem::Unknown(_) => ProblemKind::Unknown,
            Problem::Stale(stale) => stale.kind(),
            Problem::AlreadyExists { .. } => ProblemKind::AlreadyExists,
            Problem::BadName { .. }
            | Problem::AllowsEverything { .. }
            | Problem::FixedRole { .. } => ProblemKind::Malformed,
            Problem::Inherited { .. } => ProblemKind::Inherited,
            Problem::LiftsDenies { .. } | Problem::Uncovers { .. } => ProblemKind::LiftsDenies,
            Problem::Loop { .. } | Problem::MoreLoops { .. } => ProblemKind::Loop,
            Problem::RuleBroken { .. } => ProblemKind::RuleBroken,
            Problem::GrantRefused { kind, .. } | Problem::Other { kind, .. } => *kind,
            Problem::NotAllowed { .. } | Problem::NotHeld { .. } => ProblemKind::NotAllowed,
            Problem::Exhausted => ProblemKind::Exhausted,
        }
    }

    /// The stable name of this variant, for programs: see [`Error::code`](crate::Error::code).
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Problem::AlreadyExists { .. } => "already_exists",
            Problem::BadName { .. } => "bad_name",
            Problem::AllowsEverything { .. } => "allows_everything",
            Problem::FixedRole { .. } => "fixed_role",
            Problem::Inherited { .. } => "inherited",
            Problem::LiftsDenies { .. } => "lifts_denies",
            Problem::Uncovers { .. } => "uncovers",
            Problem::Loop { .. } => "loop",
            Problem::MoreLoops { .. } => "more_loops",
            Problem::RuleBroken { .. } => "rule_broken",
            Problem::GrantRefused { .. } => "grant_refused",
            Problem::NotAllowed { .. } => "not_allowed",
            Problem::NotHeld { .. } => "not_held",
            Problem::Other { .. } => "other",
            Problem::Exhausted => "exhausted",
            Problem::Unknown(_) => UnknownName::CODE,
            Problem::Stale(stale) => stale.code(),
        }
    }
}

impl fmt::Display for Edges {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Edges::Groups => "groups",
            Edges::Placements => "placements",
            Edges::Roles => "roles",
        })
    }
}

/// The targets of a question, as the text that reads them.
fn targets_of(targets: &[TargetName]) -> String {
    let targets = targets.iter().map(TargetName::to_string);
    let targets: Vec<_> = targets.map(|target| quoted(&target).to_string()).collect();
    shown(&targets, ", ").to_string()
}

/// A problem, and the step of the edit it stands in. Its text reads ``step 3 (add user `ana`): user `ana` already exists``.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The step, counted from 0; `None` for what is wrong with the result as a whole.
    pub step: Option<usize>,
    /// What the step was to change. `None` for what is wrong with the result as a whole, for a demand, and where a handle in it does not
    /// resolve, so that it has no name.
    pub change: Option<Change>,
    /// What is wrong.
    pub problem: Problem,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.step, &self.change) {
            (Some(step), Some(change)) => write!(f, "step {step} ({change}): ")?,
            (Some(step), None) => write!(f, "step {step}: ")?,
            (None, _) => {}
        }
        self.problem.fmt(f)
    }
}

/// An edit that was refused, with every problem it has. It left no trace.
///
/// The text shows the first ten problems and says how many more there are; [`refusals`](EditError::refusals) has all.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize),
    serde(tag = "code", rename = "edit_refused")
)]
#[error("the edit is refused: {}", shown(refusals, "; "))]
pub struct EditError {
    pub(crate) refusals: Vec<Refusal>,
}

impl EditError {
    pub(crate) const CODE: &'static str = "edit_refused";

    /// An edit with one problem, which stands in no step.
    pub(crate) fn of_whole(problem: Problem) -> Self {
        EditError {
            refusals: vec![Refusal {
                step: None,
                change: None,
                problem,
            }],
        }
    }

    /// Every problem with the step it stands in: those of the steps in their order, then loops, then the rules in the order of the catalog.
    #[must_use]
    pub fn refusals(&self) -> &[Refusal] {
        &self.refusals
    }

    /// Every problem.
    pub fn problems(&self) -> impl Iterator<Item = &Problem> {
        self.refusals.iter().map(|refusal| &refusal.problem)
    }

    /// The kind of the refusal as a whole: [`NotAllowed`](ProblemKind::NotAllowed) where any of the problems is, so that whoever may not do
    /// this is not told what else is wrong with it, else that of the first problem.
    #[must_use]
    pub fn kind(&self) -> ProblemKind {
        let mut kinds = self.problems().map(Problem::kind);
        let first = kinds.next().unwrap_or(ProblemKind::Malformed);
        if kinds.any(|kind| kind == ProblemKind::NotAllowed) {
            return ProblemKind::NotAllowed;
        }
        first
    }
}
