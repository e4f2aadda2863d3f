//! What a removal has to be asked before it is made: whether anybody would gain an answer by it.
//!
//! Facts that go never give access, but a deny may reach somebody along them. The draft finds out whether a deny is [`near`](Near); only
//! then the states before and after the step are compared, by a [`Judge`], which knows how questions are answered.

use std::fmt;
use std::sync::Arc;

use crate::facts::Facts;
use crate::facts::draft::Logged;
use crate::facts::grant::Grant;
use crate::facts::near::Near;
use crate::id::{Action, Target, Thing, User};

/// A removal near a deny, as a step of an edit.
pub(crate) struct Removal<'a> {
    /// The state that the judge knows, and what changed from there to the step.
    pub(crate) known: &'a Facts,
    pub(crate) since: &'a [Logged],
    /// The state just before the step.
    pub(crate) before: &'a Facts,
    /// The state just after it, and what it changed.
    pub(crate) after: &'a Facts,
    pub(crate) log: &'a [Logged],
    pub(crate) thing: Thing,
    pub(crate) near: &'a Near,
    /// Whether the edges of these states form a loop, which an edit may have on the way.
    pub(crate) looped: bool,
}

/// An answer that a removal would turn from no to yes, and a deny that keeps it no.
#[derive(Debug)]
pub(crate) struct Gain {
    pub(crate) deny: Grant,
    pub(crate) user: User,
    pub(crate) action: Action,
    pub(crate) targets: Vec<Target>,
}

/// What a judge found out.
#[derive(Debug)]
pub(crate) struct Judgement {
    /// Some answer that would be gained, if any would be.
    pub(crate) gain: Option<Gain>,
    /// A judge who knows the state after the step, or before it where something is gained; none where it has a loop.
    pub(crate) judge: Option<Arc<dyn Judge>>,
}

/// Who tells whether anybody gains.
pub(crate) trait Judge: fmt::Debug + Send + Sync {
    fn judge(&self, removal: &Removal<'_>) -> Judgement;
}
