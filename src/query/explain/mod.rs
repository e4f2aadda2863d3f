//! `explain`: the formula of an action, with everything that proves its true parts and the reason at every false one.

mod chains;
pub(crate) mod covering;
pub(crate) mod judge;
mod proof;
mod tree;
#[cfg(feature = "serde")]
mod wire;

use crate::catalog::requirement::Asked;
use crate::error::AskError;
use crate::facts::grant::{Effect, Grant};
use crate::facts::{Fact, Facts};
use crate::id::{Action, Label, Permission, Target, TargetList, Targets, User};
use crate::index::Index;
pub(crate) use crate::query::explain::chains::Chainer;
pub use crate::query::explain::chains::{Chains, Way};
use crate::query::explain::judge::{giving, sources_over};
pub(crate) use crate::query::explain::proof::Proofs;
pub use crate::query::explain::proof::{MinimalProofs, Proof};
use crate::query::lists::held::held_grants;
use crate::query::reason::ReasonKind;
use crate::snapshot::Snapshot;

/// Why an answer is what it is.
///
/// It keeps the shape of the action's formula: at each true atom every grant that proves it, at each false one its reason. As data it is
/// a list of [`Ruling`]s; as text it is a tree.
///
/// ```
/// use rolecall::{Catalog, Grant, Policy, ReasonKind, Scope, holds};
///
/// let catalog = Catalog::builder()
///     .permission("reporting")
///     .permission("member.view")
///     .action("progress.view", holds("reporting").with(holds("member.view")))
///     .build()?;
/// let (reporting, view) = (catalog.permission("reporting")?, catalog.permission("member.view")?);
/// let progress = catalog.action("progress.view")?;
/// let mut policy = Policy::new(catalog);
/// let mut edit = policy.edit_unguarded();
/// let (ana, managers, europe) = (edit.add_user("ana")?, edit.add_group("managers")?, edit.add_group("europe")?);
/// edit.add_member(ana, managers)?;
/// edit.grant(Grant::permission(reporting).to(managers).on(Scope::this(europe)))?;
/// edit.commit()?;
///
/// let why = policy.snapshot().explain(ana, progress, europe)?;
/// assert_eq!(why.kind(), Some(ReasonKind::MissingCompanion));
/// assert_eq!(
///     why.to_string(),
///     "\
/// no: user `ana` cannot `progress.view` on group `europe`: missing companion
/// └─ all of
///    ├─ yes: `reporting` on group `europe`
///    │  └─ allow permission `reporting` to group `managers` on this group `europe`
///    │     holder: `ana` > `managers`
///    └─ no: companion `member.view` on group `europe`: no grant
/// ",
/// );
///
/// let mut edit = policy.edit_unguarded();
/// edit.grant(Grant::permission(view).to(ana).on(Scope::Platform))?;
/// edit.commit()?;
/// let why = policy.snapshot().explain(ana, progress, europe)?;
/// assert!(why.is_allowed());
/// assert_eq!(why.sources().len(), 2);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Explanation {
    snapshot: Snapshot,
    user: User,
    /// The ruling that was asked for comes last; those it refers to by `allows` come before.
    rulings: Vec<Ruling>,
    /// Every grant of the user's that has to do with the answer.
    held: Vec<Grant>,
}

/// Two explanations are equal when they are of one question to equal states of one policy: everything in them follows from that.
impl PartialEq for Explanation {
    fn eq(&self, other: &Self) -> bool {
        let question = |it: &Self| {
            let (facts, ruling) = (it.snapshot.facts(), it.rulings.last());
            let asked = ruling.map(|ruling| (ruling.action, ruling.targets.clone()));
            (facts.policy, facts.digest(), it.user, asked)
        };
        question(self) == question(other)
    }
}

impl Eq for Explanation {}

/// The answer to one question, asked or referred to by `allows`, with the formula that decided it.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Ruling {
    /// What was asked.
    pub action: Action,
    /// About what.
    pub targets: Vec<Target>,
    /// The answer.
    pub allowed: bool,
    /// The denies that decide whatever the formula says: of everything ([`Reason::NotActive`]), or of the permission of the action's name
    /// ([`Reason::Denied`]).
    pub blocked: Option<Reason>,
    /// The formula.
    pub formula: Part,
    /// Why the answer is no.
    pub headline: Option<Headline>,
}

/// A part of a formula, and whether it is true.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Part {
    /// The target it was asked about.
    pub about: Target,
    /// Whether it is true.
    pub is_true: bool,
    /// What it is.
    pub shape: Shape,
}

/// What a part of a formula is.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Shape {
    /// A permission that is held, or not.
    Atom(Atom),
    /// A label that the target carries, or not.
    Marked {
        /// The label.
        label: Label,
        /// Why it is false: *wrong state*, or *missing fact* where the label is a recorded fact.
        reason: Option<Reason>,
    },
    /// Another action that is allowed, or not.
    Allows {
        /// The other action.
        action: Action,
        /// Its ruling, by its place in [`Explanation::rulings`].
        ruling: usize,
    },
    /// All parts must be true.
    All(Vec<Part>),
    /// One part must be true.
    Any(Vec<Part>),
    /// The requirement and its companions must be true.
    With(Box<Part>, Vec<Part>),
    /// The part was asked about another target.
    On(Asked, Box<Part>),
}

/// A permission that is held, or not.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Atom {
    /// Where it has to be held.
    pub form: Form,
    /// The permission.
    pub permission: Permission,
    /// Each place that makes the atom true. The sources there are [`Explanation::sources_at`], how the target and the place are connected
    /// is [`Explanation::way`].
    pub held: Vec<Target>,
    /// Why it is false.
    pub reason: Option<Reason>,
}

/// Where a permission has to be held.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// At the target.
    Holds,
    /// At a place of this sort that the target is at.
    Above(Targets),
    /// At the target or at a place under it.
    Within,
}

/// A grant behind an answer. Its chains are worked out when they are asked for: [`Explanation::chains`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Source {
    /// The grant.
    pub grant: Grant,
    /// The permission that it is looked at for; none for a deny that stops a question whatever its formula says.
    pub permission: Option<Permission>,
    /// A place asked about that it covers; none where it covers none.
    pub place: Option<Target>,
}

/// Why a part is false, with what is needed to understand it.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Reason {
    /// Denies of everything cover a target.
    NotActive {
        /// The denies.
        denies: Vec<Source>,
    },
    /// Denies take what allows give.
    Denied {
        /// The denies.
        denies: Vec<Source>,
    },
    /// The permission is held, but not here.
    OutOfScope {
        /// Where it is held: the allows, whose scopes do not cover what was asked.
        held: Vec<Source>,
    },
    /// The permission is not held at all.
    NoGrant,
    /// The label does not stand.
    WrongState,
    /// A fact that has to be on record is not.
    MissingFact,
}

/// Why an answer is no, in one word and the places in the formula it comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Headline {
    /// The kind.
    pub kind: ReasonKind,
    /// The false atoms of that kind that decide, in the order of the formula; empty where a deny blocks the whole question.
    pub atoms: Vec<AtomAt>,
}

/// A place in the formulas of an explanation.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct AtomAt {
    /// The ruling, by its place in [`Explanation::rulings`].
    pub ruling: usize,
    /// Which part to take on each level of its formula; companions count on from the requirement, which is part 0.
    pub path: Vec<usize>,
}

impl Snapshot {
    /// Why the user can or cannot do the action on the targets: every source of a yes, the reasons of a no.
    ///
    /// # Errors
    ///
    /// [`AskError`] for a handle that does not resolve in this snapshot and for a wrong number of targets.
    ///
    /// # Complexity
    ///
    /// Linear in what the user's groups and all above hold, and in the places that the targets, and for `within` the places named by grants,
    /// are under, for each atom of the formula. A formula that many others refer to is explained once. Chains are not worked out before
    /// they are asked for. Text and JSON show the first of long lists and of long chains, and how many more there are.
    pub fn explain(
        &self,
        user: User,
        action: impl Into<Action>,
        targets: impl TargetList,
    ) -> Result<Explanation, AskError> {
        let action = action.into();
        targets.with(|targets| {
            self.check_question(user, action, targets)?;
            let index = Some(self.index());
            let (rulings, held) = judge::judged(self.facts(), index, user, action.index, targets);
            Ok(Explanation {
                snapshot: self.clone(),
                user,
                rulings,
                held,
            })
        })
    }
}

impl Explanation {
    /// Who asked.
    #[must_use]
    pub fn user(&self) -> User {
        self.user
    }

    /// The snapshot that was asked.
    #[must_use]
    pub fn snapshot(&self) -> &Snapshot {
        &self.snapshot
    }

    /// The ruling on the question that was asked.
    #[must_use]
    pub fn ruling(&self) -> Option<&Ruling> {
        self.rulings.last()
    }

    /// All rulings: those that formulas refer to by `allows`, each once and before the ones that refer to it, then the one asked for.
    #[must_use]
    pub fn rulings(&self) -> &[Ruling] {
        &self.rulings
    }

    /// The answer: what [`Snapshot::can`] says.
    #[must_use]
    pub fn is_allowed(&self) -> bool {
        self.ruling().is_some_and(|ruling| ruling.allowed)
    }

    /// Why the answer is no, in one word; `None` for a yes.
    #[must_use]
    pub fn kind(&self) -> Option<ReasonKind> {
        Some(self.headline()?.kind)
    }

    /// Why the answer is no, and which atoms of the formula decide; `None` for a yes.
    #[must_use]
    pub fn headline(&self) -> Option<&Headline> {
        self.ruling()?.headline.as_ref()
    }

    /// The part of a formula at a place that a headline names.
    #[must_use]
    pub fn part(&self, at: &AtomAt) -> Option<&Part> {
        let mut part = &self.rulings.get(at.ruling)?.formula;
        for step in &at.path {
            part = *part.parts().get(*step)?;
        }
        Some(part)
    }

    /// The allows behind a yes, each once and in the order of the formula; none for a no. Every one is listed, not only one that suffices.
    ///
    /// # Complexity
    ///
    /// For each true atom linear in the user's grants of its permission and in the places that those where it is held are under.
    #[must_use]
    pub fn sources(&self) -> Vec<Source> {
        let mut met = std::collections::HashSet::new();
        let mut sources = Vec::new();
        if !self.is_allowed() {
            return sources;
        }
        // Each ruling is opened once, however many parts refer to it.
        let mut opened = vec![false; self.rulings.len()];
        let mut stack: Vec<&Part> = self
            .ruling()
            .map(|ruling| &ruling.formula)
            .into_iter()
            .collect();
        while let Some(part) = stack.pop() {
            match &part.shape {
                _ if !part.is_true => {}
                Shape::Atom(atom) => {
                    let all = self.covering(atom, &atom.held).into_iter();
                    sources.extend(all.filter(|source| met.insert(source.grant)));
                }
                Shape::Allows { ruling, .. } => {
                    if let (Some(opened @ false), Some(ruling)) =
                        (opened.get_mut(*ruling), self.rulings.get(*ruling))
                    {
                        *opened = true;
                        stack.push(&ruling.formula);
                    }
                }
                _ => stack.extend(part.parts().into_iter().rev()),
            }
        }
        sources
    }

    /// The allows that give the atom's permission and cover one of the places.
    fn covering(&self, atom: &Atom, places: &[Target]) -> Vec<Source> {
        let facts = self.snapshot.facts();
        let permission = atom.permission;
        let allows: Vec<Grant> = giving(facts, &self.held, permission, Effect::Allow).collect();
        sources_over(facts, self.user, &allows, permission, places)
    }

    /// Every allow that gives the atom's permission at one of the places where it is [`held`](Atom::held); none at another place.
    ///
    /// # Complexity
    ///
    /// Linear in the user's grants of the permission and in what the place is under.
    #[must_use]
    pub fn sources_at(&self, atom: &Atom, place: Target) -> Vec<Source> {
        if !atom.held.contains(&place) {
            return Vec::new();
        }
        self.covering(atom, &[place])
    }

    /// The chains of a source: by which groups it is held, by which roles it gives, by which places it covers.
    ///
    /// ```
    /// # use rolecall::{Catalog, Grant, Policy, Scope};
    /// # let catalog = Catalog::builder().permission("read").build()?;
    /// # let read = catalog.permission("read")?;
    /// # let mut policy = Policy::new(catalog);
    /// # let mut edit = policy.edit_unguarded();
    /// # let (ana, staff, club) = (edit.add_user("ana")?, edit.add_group("staff")?, edit.add_group("club")?);
    /// # edit.attach(staff, club)?;
    /// # edit.add_member(ana, staff)?;
    /// # edit.grant(Grant::permission(read).to(club).on(Scope::Platform))?;
    /// # edit.commit()?;
    /// let why = policy.snapshot().explain(ana, read, staff)?;
    /// let chains = why.chains(&why.sources()[0]);
    /// assert_eq!((chains.groups, chains.group_chains), (vec![staff, club], 1));
    /// assert!(chains.roles.is_empty() && chains.places.is_empty(), "a permission, on the platform");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Complexity
    ///
    /// Linear in the groups that the user is held as, in the roles that a granted one includes, and in what the place is under.
    #[must_use]
    pub fn chains(&self, source: &Source) -> Chains {
        Chainer::new(self.snapshot.facts(), self.user).chains(source)
    }

    /// How the target of a part, which is an atom, and a place where it is held are connected.
    ///
    /// # Complexity
    ///
    /// Linear in what the lower of the two is under.
    #[must_use]
    pub fn way(&self, part: &Part, place: Target) -> Way {
        match &part.shape {
            Shape::Atom(atom) => {
                Chainer::new(self.snapshot.facts(), self.user).way(atom.form, part.about, place)
            }
            _ => Way::default(),
        }
    }

    /// The smallest sets of facts that prove a yes by themselves, one after the other; none for a no.
    ///
    /// There can be very many (thirty diamonds above each other make 2^30); nothing is worked out before it is asked for.
    ///
    /// # Complexity
    ///
    /// What the answer can rest on is gathered at first: the groups that the asker is held as, their grants, the places that the targets are
    /// under. Then each proof is linear in what it runs through, where only one way leads from its facts to the answer, and else that
    /// times its facts by 64, for each fact that is spared. Choices that lead to a proof that was given already are passed over; after
    /// 4,000,000 steps of that the iterator ends, and [`MinimalProofs::is_complete`] is false.
    ///
    /// ```
    /// # use rolecall::{Catalog, Grant, Policy, Scope, Change};
    /// # let catalog = Catalog::builder().permission("read").build()?;
    /// # let read = catalog.permission("read")?;
    /// # let mut policy = Policy::new(catalog);
    /// # let mut edit = policy.edit_unguarded();
    /// # let (ana, staff) = (edit.add_user("ana")?, edit.add_group("staff")?);
    /// # edit.add_member(ana, staff)?;
    /// # edit.grant(Grant::permission(read).to(staff).on(Scope::Platform))?;
    /// # edit.grant(Grant::permission(read).to(ana).on(Scope::Oneself))?;
    /// # edit.commit()?;
    /// let why = policy.snapshot().explain(ana, read, ana)?;
    /// let proofs: Vec<Vec<Change>> = why.minimal_proofs().map(|proof| proof.facts().to_vec()).collect();
    /// assert_eq!(proofs.len(), 2, "by the grant to oneself, or by the group");
    /// assert_eq!(proofs.iter().map(Vec::len).collect::<Vec<_>>(), [1, 2]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn minimal_proofs(&self) -> MinimalProofs<'_> {
        MinimalProofs::new(self)
    }
}

impl Ruling {
    /// The facts by which denies stop the question, or an atom of its formula.
    pub(crate) fn stopped_by(&self, facts: &Facts, user: User) -> Vec<Fact> {
        let mut reasons: Vec<&Reason> = self.blocked.iter().collect();
        let mut stack = vec![&self.formula];
        while let Some(part) = stack.pop() {
            if let Shape::Atom(atom) = &part.shape {
                reasons.extend(&atom.reason);
            }
            stack.extend(part.parts());
        }
        let sources = reasons.into_iter().flat_map(|reason| match reason {
            Reason::NotActive { denies } | Reason::Denied { denies } => denies.as_slice(),
            _ => &[],
        });
        let mut chainer = Chainer::new(facts, user);
        sources
            .flat_map(|source| proof::reaching(user, source, &chainer.chains(source)))
            .collect()
    }

    /// The facts by which denies of another state take what an atom of the formula rests on here at other places than its target. Where nothing
    /// is left of them there, no reason of that state names the denies.
    pub(crate) fn taken_elsewhere(
        &self,
        (facts, index): (&Facts, &Index),
        user: User,
    ) -> Vec<Fact> {
        let mut found = Vec::new();
        if facts.check(user.into()).is_err() {
            return found;
        }
        let held: Vec<Grant> = held_grants(facts, index, user).collect();
        let mut chainer = Chainer::new(facts, user);
        let mut stack = vec![&self.formula];
        while let Some(part) = stack.pop() {
            stack.extend(part.parts());
            let Shape::Atom(atom) = &part.shape else {
                continue;
            };
            let is_there = |place: &Target| {
                place
                    .place()
                    .is_none_or(|at| facts.check(at.into()).is_ok())
            };
            let elsewhere = atom.held.iter().copied().filter(is_there);
            let elsewhere: Vec<Target> = elsewhere.filter(|place| *place != part.about).collect();
            let denies = giving(facts, &held, atom.permission, Effect::Deny);
            let denies: Vec<Grant> = denies.collect();
            for source in sources_over(facts, user, &denies, atom.permission, &elsewhere) {
                found.extend(proof::reaching(user, &source, &chainer.chains(&source)));
            }
        }
        found
    }
}

impl Part {
    /// The parts directly below: for a requirement with companions, the requirement first.
    #[must_use]
    pub fn parts(&self) -> Vec<&Part> {
        match &self.shape {
            Shape::All(parts) | Shape::Any(parts) => parts.iter().collect(),
            Shape::With(main, companions) => std::iter::once(&**main).chain(companions).collect(),
            Shape::On(_, part) => vec![part],
            Shape::Atom(_) | Shape::Marked { .. } | Shape::Allows { .. } => Vec::new(),
        }
    }
}

impl Reason {
    /// The reason as one word.
    #[must_use]
    pub fn kind(&self) -> ReasonKind {
        match self {
            Reason::NotActive { .. } => ReasonKind::NotActive,
            Reason::Denied { .. } => ReasonKind::Denied,
            Reason::OutOfScope { .. } => ReasonKind::OutOfScope,
            Reason::NoGrant => ReasonKind::NoGrant,
            Reason::WrongState => ReasonKind::WrongState,
            Reason::MissingFact => ReasonKind::MissingFact,
        }
    }
}
