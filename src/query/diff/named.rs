//! Differences in names.

use std::fmt;

use crate::id::Target;
use crate::name::{PlaceName, TargetName, quoted};
use crate::query::diff::parts::Turn;
use crate::query::diff::{Diff, Difference};
use crate::snapshot::Snapshot;

/// One answer that is not the same on both sides, in names.
///
/// ```
/// # use rolecall::{NamedDifference, TargetName, Turn};
/// let difference = NamedDifference {
///     user: "ana".to_owned(),
///     action: "course.edit".to_owned(),
///     targets: vec![TargetName::Platform],
///     turn: Turn::Gained,
/// };
/// assert_eq!(difference.to_string(), "user `ana` gains `course.edit` on `platform`");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(deny_unknown_fields)
)]
pub struct NamedDifference {
    /// Who is asked about.
    pub user: String,
    /// What is asked.
    pub action: String,
    /// On what, one for each target of the action.
    pub targets: Vec<TargetName>,
    /// Whether the answer has become yes or no.
    pub turn: Turn,
}

impl NamedDifference {
    /// The difference in one clause, with the words for a gain and for a loss.
    pub(crate) fn write(&self, f: &mut fmt::Formatter<'_>, words: [&str; 2]) -> fmt::Result {
        let [gains, loses] = words;
        let word = match self.turn {
            Turn::Gained => gains,
            Turn::Lost => loses,
        };
        let (user, action) = (quoted(&self.user), quoted(&self.action));
        write!(f, "user {user} {word} {action} on ")?;
        for (nth, target) in self.targets.iter().enumerate() {
            let separator = if nth == 0 { "" } else { ", " };
            write!(f, "{separator}{}", quoted(&target.to_string()))?;
        }
        Ok(())
    }
}

impl fmt::Display for NamedDifference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.write(f, ["gains", "loses"])
    }
}

impl Diff {
    /// The difference in names, each as the snapshot has it in which the answer is yes.
    ///
    /// What that snapshot does not have, which is so for no difference of this diff, is called as the other one has it. A handle that
    /// resolves in neither has no name, and `(in neither snapshot)` stands in its place.
    #[must_use]
    pub fn named(&self, difference: &Difference) -> NamedDifference {
        let states = match difference.turn {
            Turn::Gained => [self.now(), self.before()],
            Turn::Lost => [self.before(), self.now()],
        };
        let user = difference.user;
        let called = |now: &Snapshot| now.name(user).map(str::to_owned).ok();
        let target_name = |target: Target| {
            let name = states.iter().find_map(|now| now.target_name(target).ok());
            name.unwrap_or_else(|| nowhere(target))
        };
        let action = self.now().catalog().action_name(difference.action);
        NamedDifference {
            user: states
                .iter()
                .find_map(|now| called(now))
                .unwrap_or_else(|| NOWHERE.to_owned()),
            action: action.unwrap_or(NOWHERE).to_owned(),
            targets: difference
                .targets
                .iter()
                .map(|it| target_name(*it))
                .collect(),
            turn: difference.turn,
        }
    }
}

/// What stands for the name of something that no state has.
const NOWHERE: &str = "(in neither snapshot)";

/// A target that neither state has, so that an error about it can still say of what sort it is.
fn nowhere(target: Target) -> TargetName {
    TargetName::Place(match target {
        Target::Platform => return TargetName::Platform,
        Target::User(_) => PlaceName::user(NOWHERE),
        Target::Group(_) => PlaceName::group(NOWHERE),
        Target::Resource(_) => PlaceName::resource("resource", NOWHERE),
    })
}
