//! `Edit`: the face of every change.

use std::ops::{Deref, DerefMut};

use crate::catalog::Catalog;
use crate::error::{AskError, WhyStale};
use crate::facts::Fact;
use crate::facts::change::Change;
use crate::facts::draft::{Draft, New, Step};
use crate::facts::entry::Entry;
use crate::facts::grant::{Grant, Scope, What};
use crate::facts::problem::{EditError, Problem};
use crate::graph;
use crate::id::{
    Action, Group, Kind, Label, Permission, Place, Resource, Role, Subject, TargetList, Thing, User,
};
use crate::kind::ProblemKind;
use crate::name::{ThingName, UnknownName};
use crate::near::Search;
use crate::policy::Policy;
use crate::policy::write::{Guarded, Objection, Terms};
use crate::query::diff::Diff;
use crate::query::throughout::holds_throughout;
use crate::snapshot::Snapshot;

/// A set of changes that is committed as a whole or not at all.
///
/// Each method takes one step, in order, and later steps see what earlier ones did. A step that fails returns its problem and marks the
/// edit: the commit is then refused with every problem. Loops and rules are judged on the result alone, so two groups can swap places.
/// What is already so stays so: doing it again is no problem, and the [`Entry`] lists it.
///
/// Dropped without a [`commit`](Edit::commit), an edit leaves no trace, and the handles it gave out never resolve.
///
/// ```
/// use rolecall::{Catalog, Policy};
///
/// let mut policy = Policy::new(Catalog::builder().build()?);
/// let mut edit = policy.edit_unguarded();
/// let (a, b) = (edit.add_group("a")?, edit.add_group("b")?);
/// edit.attach(a, b)?;
/// edit.attach(b, a)?;
/// assert_eq!(edit.commit().unwrap_err().to_string(), "the edit is refused: groups would form a loop: `a` > `b` > `a`");
/// assert_eq!(policy.snapshot().groups().count(), 0);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
#[must_use = "an edit that is not committed changes nothing"]
pub struct Edit<'p> {
    work: Held<'p>,
    /// Where it is committed; none for an edit that was lent, which whoever lent it commits.
    policy: Option<&'p mut Policy>,
}

/// What an edit works on.
#[derive(Debug)]
pub(crate) struct Work {
    /// What the edit began from.
    before: Snapshot,
    draft: Draft,
    lifting_denies: bool,
    /// Who is asked about in each demand; `None` where nobody is.
    acting: Option<User>,
}

/// The work of an edit: its own, or that of whoever lent the edit.
#[derive(Debug)]
enum Held<'p> {
    Own(Box<Work>),
    Lent(&'p mut Work),
}

impl Deref for Held<'_> {
    type Target = Work;

    fn deref(&self) -> &Work {
        match self {
            Held::Own(work) => work,
            Held::Lent(work) => work,
        }
    }
}

impl DerefMut for Held<'_> {
    fn deref_mut(&mut self) -> &mut Work {
        match self {
            Held::Own(work) => work,
            Held::Lent(work) => work,
        }
    }
}

impl Work {
    /// Nothing done yet. The acting user resolves in the snapshot.
    pub(crate) fn new(before: Snapshot, draft: Draft, acting: Option<User>) -> Self {
        Work {
            before,
            draft,
            lifting_denies: false,
            acting,
        }
    }

    /// An edit of it for somebody else to make. Whatever becomes of that edit, what it did is here.
    pub(crate) fn lend(&mut self) -> Edit<'_> {
        Edit {
            work: Held::Lent(self),
            policy: None,
        }
    }

    pub(crate) fn into_draft(self) -> Draft {
        self.draft
    }
}

macro_rules! toggles {
    ($($(#[$doc:meta])* $add:ident, $(#[$undoc:meta])* $remove:ident($($name:ident: $type:ty),*) => $fact:expr;)*) => {$(
        $(#[$doc])*
        ///
        /// # Errors
        ///
        /// A [`Problem`] when a handle does not resolve; it marks the edit. What is already so is no problem.
        pub fn $add(&mut self, $($name: $type),*) -> Result<(), Problem> {
            self.work.draft.take(Step::Set($fact, true)).map(drop)
        }

        $(#[$undoc])*
        ///
        /// # Errors
        ///
        /// A [`Problem`] when a handle does not resolve; it marks the edit. What is already so is no problem.
        pub fn $remove(&mut self, $($name: $type),*) -> Result<(), Problem> {
            self.work.draft.take(Step::Set($fact, false)).map(drop)
        }
    )*};
}

macro_rules! things {
    ($($(#[$doc:meta])* $add:ident, $(#[$same:meta])* $ensure:ident($($name:ident: $type:ty),*) -> $thing:ident => $new:expr;)*) => {$(
        $(#[$doc])*
        ///
        /// # Errors
        ///
        /// A [`Problem`] when the text cannot be a name, the name is taken, or a kind is of another catalog; it marks the edit.
        pub fn $add(&mut self, $($name: $type),*) -> Result<$thing, Problem> {
            match self.work.draft.take(Step::Add($new))? {
                Some(Thing::$thing(thing)) => Ok(thing),
                _ => Err(Problem::Exhausted),
            }
        }

        $(#[$same])*
        ///
        /// # Errors
        ///
        /// A [`Problem`] when the text cannot be a name, or a kind is of another catalog; it marks the edit.
        pub fn $ensure(&mut self, $($name: $type),*) -> Result<$thing, Problem> {
            match self.work.draft.take(Step::Ensure($new))? {
                Some(Thing::$thing(thing)) => Ok(thing),
                _ => Err(Problem::Exhausted),
            }
        }
    )*};
}

macro_rules! directory {
    ($($(#[$doc:meta])* $list:ident($name:ident: $type:ty => $handle:ident) -> $item:ty;)*) => {$(
        $(#[$doc])*
        ///
        /// # Errors
        ///
        /// [`AskError`] when the handle does not resolve here; it does not mark the edit.
        pub fn $list(&self, $name: $type) -> Result<Vec<$item>, AskError> {
            let $name: $handle = $name.into();
            self.work.draft.facts().check($name.into())?;
            Ok(self.work.draft.facts().$list($name).collect())
        }
    )*};
}

impl<'p> Edit<'p> {
    pub(crate) fn new(policy: &'p mut Policy, work: Work) -> Self {
        Edit {
            work: Held::Own(Box::new(work)),
            policy: Some(policy),
        }
    }

    /// What is committed, and where.
    fn into_parts(self) -> Result<(&'p mut Policy, Draft), EditError> {
        match (self.work, self.policy) {
            (Held::Own(work), Some(policy)) => Ok((policy, work.into_draft())),
            _ => Err(EditError::of_whole(Problem::Other {
                kind: ProblemKind::WrongState,
                why: "an edit that was lent is committed by whoever lent it".to_owned(),
            })),
        }
    }

    /// The vocabulary.
    #[must_use]
    pub fn catalog(&self) -> &Catalog {
        &self.work.draft.facts().catalog
    }

    /// Commits everything, or nothing.
    ///
    /// # Errors
    ///
    /// [`EditError`] with every problem of the steps, every loop, and every rule that the result breaks. The policy is then as before.
    pub fn commit(self) -> Result<Entry, EditError> {
        let (policy, draft) = self.into_parts()?;
        policy.commit(draft)
    }

    /// Commits unless the guard objects: it sees exactly who would gain and lose what, and which denies would cover less, and returns the
    /// first of these that it does not want.
    ///
    /// ```
    /// use rolecall::{Catalog, Grant, Guarded, Policy, Scope, Turn};
    ///
    /// let catalog = Catalog::builder().permission("billing").build()?;
    /// let billing = catalog.permission("billing")?;
    /// let mut policy = Policy::new(catalog);
    /// let mut edit = policy.edit_unguarded();
    /// let ana = edit.add_user("ana")?;
    /// edit.commit()?;
    ///
    /// let mut edit = policy.edit_unguarded();
    /// edit.grant(Grant::permission(billing).to(ana).on(Scope::Platform))?;
    /// let nobody_gains = edit.commit_if(|diff| diff.iter().find(|difference| difference.turn == Turn::Gained));
    /// let error = nobody_gains.unwrap_err();
    /// assert_eq!(error.to_string(), "the guard objects: user `ana` would gain `billing` on `user:ana`");
    /// assert!(matches!(error, Guarded::Objected(objection) if objection.difference.user == ana));
    /// assert_eq!(policy.snapshot().grants().count(), 0);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// A guard that wants every deny to cover what it did returns the first that would cover less:
    ///
    /// ```
    /// use rolecall::{Catalog, Grant, Guarded, Policy, Scope};
    ///
    /// let mut policy = Policy::new(Catalog::builder().build()?);
    /// let mut edit = policy.edit_unguarded();
    /// let (ana, suspended) = (edit.add_user("ana")?, edit.add_group("suspended")?);
    /// edit.grant(Grant::deny_everything().to(suspended).on(Scope::Platform))?;
    /// edit.add_member(ana, suspended)?;
    /// edit.commit()?;
    ///
    /// let mut edit = policy.edit_unguarded();
    /// edit.remove_member(ana, suspended)?;
    /// let no_deny_covers_less = edit.commit_if(|diff| diff.denies_covering_less().first().cloned());
    /// assert!(matches!(no_deny_covers_less, Err(Guarded::Uncovered(witness)) if witness.user == "ana"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Guarded::Refused`] as [`commit`](Edit::commit) would be, [`Guarded::Objected`] or [`Guarded::Uncovered`] with what the guard
    /// returned. The policy is then as before.
    ///
    /// # Complexity
    ///
    /// That of a commit and of what the guard asks of the [`Diff`].
    pub fn commit_if<O: Into<Objection>>(
        self,
        guard: impl FnOnce(&Diff) -> Option<O>,
    ) -> Result<Entry, Guarded> {
        let (policy, draft) = self.into_parts()?;
        Ok(policy.commit_on(draft, Terms::guarded_by(guard))?)
    }

    /// From here on, removals may lift denies: take along those that name what is removed, and let others no longer reach somebody who
    /// gains by it. Otherwise such a removal is refused, because it can give access; see [`remove`](Edit::remove).
    ///
    /// The [`Entry`] tells what was lifted: the denies taken along are among its [`changes`](Entry::changes), those that cover less in
    /// [`denies_covering_less`](Entry::denies_covering_less).
    pub fn lifting_denies(&mut self) -> &mut Self {
        self.work.lifting_denies = true;
        self
    }

    /// The user in whose name the edit is made, for operations that people do for themselves alone; `None` in an edit that began
    /// [unguarded](Policy::edit_unguarded).
    #[must_use]
    pub fn acting_user(&self) -> Option<User> {
        self.work.acting
    }

    /// Whether this edit added the thing: the snapshot that the edit began from does not have it, so nothing can be demanded about it.
    #[must_use]
    pub fn is_new(&self, thing: impl Into<Thing>) -> bool {
        let thing = thing.into();
        self.work.draft.facts().check(thing).is_ok() && self.work.before.name(thing).is_err()
    }

    /// Demands that the acting user can do this, by the snapshot the edit began from: rights that the edit itself gives do not count.
    /// An edit that began [unguarded](Policy::edit_unguarded) has no acting user, and meets every demand.
    ///
    /// A move is demanded at both ends: of an action with two targets, or once for each end. A target that this edit added is not known to
    /// that snapshot: demand what the acting user needs where it is put.
    ///
    /// ```
    /// use rolecall::{Catalog, Grant, Policy, Scope};
    ///
    /// let catalog = Catalog::builder().permission("members.edit").build()?;
    /// let edit_members = catalog.permission("members.edit")?;
    /// let mut policy = Policy::new(catalog);
    /// let mut edit = policy.edit_unguarded();
    /// let (ana, europe) = (edit.add_user("ana")?, edit.add_group("europe")?);
    /// edit.commit()?;
    ///
    /// let mut edit = policy.edit_as(ana)?;
    /// edit.grant(Grant::permission(edit_members).to(ana).on(Scope::this(europe)))?;
    /// let refused = edit.demand(edit_members, europe).unwrap_err();
    /// assert_eq!(refused.to_string(), "user `ana` cannot `members.edit` on `group:europe`: no grant");
    /// assert!(edit.commit().is_err());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Problem::NotAllowed`], or [`Problem::Stale`] when a handle does not resolve in that snapshot; it marks the edit.
    pub fn demand(
        &mut self,
        action: impl Into<Action>,
        targets: impl TargetList,
    ) -> Result<(), Problem> {
        let Some(user) = self.work.acting else {
            return Ok(());
        };
        let action = action.into();
        let before = self.work.before.clone();
        targets.with(|targets| {
            let answer = before.try_can(user, action, targets);
            let explained = match answer {
                Ok(true) => return Ok(()),
                Ok(false) => before.explain(user, action, targets),
                Err(stale) => Err(stale),
            };
            Err(match explained {
                Ok(why) => self.refuse(Problem::NotAllowed {
                    acting: before.facts().user_name(user),
                    action: before
                        .catalog()
                        .action_name(action)
                        .unwrap_or_default()
                        .to_owned(),
                    targets: targets
                        .iter()
                        .map(|target| before.facts().target_name(*target))
                        .collect(),
                    why: Box::new(why),
                }),
                Err(stale) => self.refuse(stale),
            })
        })
    }

    /// Demands that the acting user holds all that a grant gives or takes, at a scope at least as wide, by the snapshot the edit began from:
    /// nobody hands out what they do not hold. Of a role each permission counts that it gives in the edit as it is now. An edit that began
    /// [unguarded](Policy::edit_unguarded) meets every demand.
    ///
    /// [`Snapshot::holds_throughout`] says what *at least as wide* means. `oneself` is as wide as the recipient: `this` of a user,
    /// and for a group or everyone the whole platform. A place that this edit added is as wide as the one it was put in.
    ///
    /// ```
    /// use rolecall::{Catalog, Grant, Policy, Scope};
    ///
    /// let catalog = Catalog::builder().permission("read").permission("edit").role("editor", ["read", "edit"]).build()?;
    /// let (read, editor) = (catalog.permission("read")?, catalog.role("editor")?);
    /// let mut policy = Policy::new(catalog);
    /// let mut edit = policy.edit_unguarded();
    /// let (ana, ben, europe) = (edit.add_user("ana")?, edit.add_user("ben")?, edit.add_group("europe")?);
    /// edit.grant(Grant::permission(read).to(ana).on(Scope::underlying(europe)))?;
    /// edit.commit()?;
    ///
    /// let mut edit = policy.edit_as(ana)?;
    /// let reader = Grant::permission(read).to(ben).on(Scope::this(europe));
    /// edit.demand_grant(reader)?;
    /// edit.grant(reader)?;
    /// edit.commit()?;
    ///
    /// let mut edit = policy.edit_as(ana)?;
    /// let refused = edit.demand_grant(Grant::role(editor).to(ben).on(Scope::this(europe))).unwrap_err();
    /// assert_eq!(
    ///     refused.to_string(),
    ///     "user `ana` cannot hand out `allow role `editor` to user `ben` on this group `europe``: not held throughout that scope: `edit`",
    /// );
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Problem::NotHeld`] with every permission that is lacking, or [`Problem::Stale`] when a handle does not resolve; it marks the edit.
    ///
    /// # Complexity
    ///
    /// That of [`Snapshot::holds_throughout`] for each permission.
    pub fn demand_grant(&mut self, grant: Grant) -> Result<(), Problem> {
        let Some(user) = self.acting_user() else {
            return Ok(());
        };
        let facts = self.work.draft.facts();
        if let Some(stale) = facts.check_fact(&Fact::Grant(grant)).into_iter().next() {
            return Err(self.refuse(stale));
        }
        let before = &self.work.before;
        let scopes = self.as_wide_before(grant);
        let held = |permission: &u32| {
            scopes.iter().any(|scope| {
                let (facts, index) = (before.facts(), before.index());
                holds_throughout(facts, index, user, *permission, *scope)
            })
        };
        let lacking = facts.permissions_of(grant.what);
        let lacking: Vec<u32> = lacking.into_iter().filter(|it| !held(it)).collect();
        if lacking.is_empty() {
            return Ok(());
        }
        let name = |permission: u32| {
            let permission = facts.catalog.permission_at(permission);
            let name = facts.catalog.permission_name(permission);
            name.unwrap_or_default().to_owned()
        };
        let problem = Problem::NotHeld {
            acting: before.facts().user_name(user),
            grant: Box::new(facts.grant_name(grant)),
            lacking: lacking.into_iter().map(name).collect(),
        };
        Err(self.refuse(problem))
    }

    /// Scopes of the snapshot the edit began from, each at least as wide as that of the grant: its own where nothing in it is new, else
    /// those of what the new place was put in, directly or through other new places.
    fn as_wide_before(&self, grant: Grant) -> Vec<Scope> {
        let scope = match (grant.scope, grant.subject) {
            (Scope::Oneself, Subject::User(user)) => Scope::this(user),
            (Scope::Oneself, Subject::Group(_) | Subject::Everyone) => Scope::Platform,
            (scope, _) => scope,
        };
        let facts = self.work.draft.facts();
        let above = |scope: Scope| -> Vec<Scope> {
            match scope {
                _ if !self.is_new_scope(scope) => Vec::new(),
                Scope::This(Place::Resource(resource)) => {
                    facts.placements(resource).map(Scope::This).collect()
                }
                Scope::This(Place::Group(group)) | Scope::Underlying(group) => {
                    facts.parents(group).map(Scope::Underlying).collect()
                }
                Scope::Labelled(label, Some(group)) => facts
                    .parents(group)
                    .map(|parent| Scope::labelled_under(label, parent))
                    .collect(),
                _ => Vec::new(),
            }
        };
        let mut scopes = graph::reach([scope], above);
        scopes.retain(|scope| !self.is_new_scope(*scope));
        scopes.push(Scope::Platform);
        scopes
    }

    /// Whether the scope names a place that this edit added.
    fn is_new_scope(&self, scope: Scope) -> bool {
        let place = match scope {
            Scope::Labelled(_, bound) => bound.map(Place::Group),
            scope => scope.named(),
        };
        place.is_some_and(|place| self.is_new(place))
    }

    /// Marks the edit with a problem that the caller found, and hands it back: the commit is then refused with this problem among the
    /// others. It is for conditions of an operation that no rule of the catalog can say.
    ///
    /// ```
    /// use rolecall::{Catalog, Policy, Problem, ProblemKind};
    ///
    /// let mut policy = Policy::new(Catalog::builder().build()?);
    /// let mut edit = policy.edit_unguarded();
    /// edit.add_user("ana")?;
    /// let why = "accounts are opened on workdays only".to_owned();
    /// edit.refuse(Problem::Other { kind: ProblemKind::WrongState, why });
    /// assert_eq!(edit.commit().unwrap_err().to_string(), "the edit is refused: step 1: accounts are opened on workdays only");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn refuse(&mut self, problem: impl Into<Problem>) -> Problem {
        self.work.draft.refuse(problem.into())
    }

    /// Takes the steps that the changes stand for.
    ///
    /// # Errors
    ///
    /// The first [`Problem`]; all of them mark the edit, and the steps after a failed one are taken as well.
    pub fn apply(&mut self, changes: &[Change]) -> Result<(), Problem> {
        let results: Vec<_> = changes
            .iter()
            .map(|change| self.work.draft.take_change(change))
            .collect();
        results.into_iter().collect()
    }

    // ---- Things ----

    things! {
        /// Adds a user.
        add_user,
        /// The user of that name, who is added where there is none. An import that uses it can be run twice.
        ensure_user(name: &str) -> User => New::User(name);

        /// Adds a group.
        add_group,
        /// The group of that name, which is added where there is none.
        ensure_group(name: &str) -> Group => New::Group(name);

        /// Adds a resource of a kind. Each kind is a name space of its own.
        add_resource,
        /// The resource of that kind and name, which is added where there is none. One of another kind is another resource.
        ensure_resource(kind: Kind, name: &str) -> Resource => New::Resource(kind, name);
    }

    /// Adds a role with its own permissions and the roles it includes. Roles of the catalog and of the policy share a name space.
    ///
    /// # Errors
    ///
    /// A [`Problem`] when the text cannot be a name, the name is taken or a handle does not resolve; it marks the edit.
    pub fn add_role(
        &mut self,
        name: &str,
        permissions: impl IntoIterator<Item = Permission>,
        includes: impl IntoIterator<Item = Role>,
    ) -> Result<Role, Problem> {
        let step = Step::Add(New::Role(name));
        let Some(Thing::Role(role)) = self.work.draft.take(step)? else {
            return Err(Problem::Exhausted);
        };
        permissions
            .into_iter()
            .try_for_each(|permission| self.add_to_role(role, permission))?;
        includes
            .into_iter()
            .try_for_each(|included| self.include_role(role, included))?;
        Ok(role)
    }

    /// The role of that name, which is added without permissions where there is none. A role of the catalog is found as well, and stays fixed.
    ///
    /// # Errors
    ///
    /// A [`Problem`] when the text cannot be a name; it marks the edit.
    pub fn ensure_role(&mut self, name: &str) -> Result<Role, Problem> {
        let step = Step::Ensure(New::Role(name));
        match self.work.draft.take(step)? {
            Some(Thing::Role(role)) => Ok(role),
            _ => Err(Problem::Exhausted),
        }
    }

    /// Removes a thing with every fact that names it: memberships, edges, placements, labels, grants to it, of it and on it. Nothing else
    /// goes: children stay, without that parent.
    ///
    /// A removal gives nobody access unless the edit is [`lifting_denies`](Edit::lifting_denies): it is refused where a deny names the
    /// thing, and where somebody would gain an answer because a deny reaches them, or the target, through the thing alone. That is judged
    /// by the state just before the step and the one just after it, exactly: a removal by which nobody gains is made, and the [`Entry`]
    /// lists the denies that cover less. Steps that say themselves what they end, such as [`detach`](Edit::detach) and
    /// [`unplace`](Edit::unplace), are made in any case.
    ///
    /// ```
    /// use rolecall::{Catalog, Grant, Policy, Scope, Target};
    ///
    /// let catalog = Catalog::builder().permission("login").build()?;
    /// let login = catalog.permission("login")?;
    /// let mut policy = Policy::new(catalog);
    /// let mut edit = policy.edit_unguarded();
    /// let (ana, squad, suspended) = (edit.add_user("ana")?, edit.add_group("squad")?, edit.add_group("suspended")?);
    /// edit.add_member(ana, squad)?;
    /// edit.attach(squad, suspended)?;
    /// edit.grant(Grant::permission(login).to(ana).on(Scope::Platform))?;
    /// edit.grant(Grant::deny(login).to(suspended).on(Scope::Platform))?;
    /// edit.commit()?;
    ///
    /// let mut edit = policy.edit_unguarded();
    /// assert_eq!(
    ///     edit.remove(squad).unwrap_err().to_string(),
    ///     "removing group `squad` would let user `ana` `login` on `user:ana`: deny permission `login` to group `suspended` on the platform \
    ///      stops that through it alone; put a deny in its place first, or remove the group lifting denies"
    /// );
    /// assert!(edit.commit().is_err());
    ///
    /// let mut edit = policy.edit_unguarded();
    /// edit.lifting_denies().remove(squad)?;
    /// assert_eq!(edit.commit()?.denies_covering_less().len(), 1);
    /// assert!(policy.snapshot().can(ana, login, Target::Platform));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// A [`Problem`] when the handle does not resolve or is a role of the catalog; [`Problem::LiftsDenies`] and [`Problem::Uncovers`] when
    /// the edit is not [`lifting_denies`](Edit::lifting_denies). It marks the edit.
    ///
    /// # Complexity
    ///
    /// Linear in the facts that name the thing and in what is above it. Only where a deny is above, at what is below the thing, it is also
    /// compared who can do what there, at the cost of a [`diff`](crate::Snapshot::diff) of what the deny reaches through the thing.
    pub fn remove(&mut self, thing: impl Into<Thing>) -> Result<(), Problem> {
        let step = Step::Remove(thing.into(), self.work.lifting_denies);
        self.work.draft.take(step).map(drop)
    }

    /// Gives a thing another name. Its handle stays, and so does all it holds.
    ///
    /// # Errors
    ///
    /// A [`Problem`] when the handle does not resolve, the text cannot be a name or the name is taken; it marks the edit.
    ///
    /// # Complexity
    ///
    /// Linear in the facts that name the thing, for their hashes in the digest.
    pub fn rename(&mut self, thing: impl Into<Thing>, to: &str) -> Result<(), Problem> {
        self.work
            .draft
            .take(Step::Rename(thing.into(), to))
            .map(drop)
    }

    // ---- Facts ----

    toggles! {
        /// Makes a user a member of a group.
        add_member,
        /// Ends a membership. What the user holds through a sub-group stays.
        remove_member(user: User, group: Group) => Fact::Member(user, group);

        /// Puts a group below another: its members then hold what the parent holds.
        attach,
        /// Takes a group from below another.
        detach(group: Group, parent: Group) => Fact::Parent(group, parent);

        /// Places a resource in a group, in another resource or in a user.
        place,
        /// Takes a resource out of a place.
        unplace(resource: Resource, place: impl Into<Place>) => Fact::Placed(resource, place.into());

        /// Marks a user, a group or a resource with a label.
        add_label,
        /// Takes a label off.
        remove_label(place: impl Into<Place>, label: Label) => Fact::Labelled(place.into(), label);

        /// Adds a permission to a role that was added at run time; a role of the catalog refuses.
        add_to_role,
        /// Takes a permission from a role that was added at run time; a role of the catalog refuses.
        remove_from_role(role: Role, permission: Permission) => Fact::Gives(role, permission);

        /// Makes a role that was added at run time include another role; a role of the catalog refuses.
        include_role,
        /// Ends an inclusion; a role of the catalog refuses.
        exclude_role(role: Role, included: Role) => Fact::Includes(role, included);
    }

    /// Records a grant. The same grant twice is one fact.
    ///
    /// # Errors
    ///
    /// A [`Problem`] when a handle does not resolve, or for an allow of everything; it marks the edit.
    pub fn grant(&mut self, grant: Grant) -> Result<(), Problem> {
        self.work
            .draft
            .take(Step::Set(Fact::Grant(grant), true))
            .map(drop)
    }

    /// Records many grants, a step each.
    ///
    /// # Errors
    ///
    /// The first [`Problem`]; all of them mark the edit.
    pub fn grant_all(&mut self, grants: impl IntoIterator<Item = Grant>) -> Result<(), Problem> {
        let results: Vec<_> = grants.into_iter().map(|grant| self.grant(grant)).collect();
        results.into_iter().collect()
    }

    /// Takes a grant back. The subject may still have what it gave by other grants: the [`Entry`] tells by which
    /// ([`still_given`](Entry::still_given)).
    ///
    /// # Errors
    ///
    /// [`Problem::Inherited`] when the grant is not recorded on the subject but on one it is held as: a group above, or everyone. Other
    /// problems when a handle does not resolve. Each marks the edit. A grant that is nowhere is no problem.
    pub fn revoke(&mut self, grant: Grant) -> Result<(), Problem> {
        self.work
            .draft
            .take(Step::Set(Fact::Grant(grant), false))
            .map(drop)
    }

    /// Takes back every allow of just this to the subject, whatever its scope. Denies stay, and so do grants of other things that give it, such
    /// as a role with the permission: the [`Entry`] tells them ([`still_given`](Entry::still_given)).
    ///
    /// # Errors
    ///
    /// [`Problem::Inherited`] when the subject has none of its own and inherits one; other problems when a handle does not resolve.
    pub fn revoke_all(
        &mut self,
        subject: impl Into<Subject>,
        what: impl Into<What>,
    ) -> Result<(), Problem> {
        self.work
            .draft
            .take(Step::RevokeAll(subject.into(), what.into()))
            .map(drop)
    }

    // ---- Names, as the edit has them now ----

    /// The user of that name, those added by this edit among them.
    ///
    /// # Errors
    ///
    /// [`UnknownName`] with the nearest known name; it does not mark the edit.
    pub fn user(&self, name: &str) -> Result<User, UnknownName> {
        self.work.draft.facts().user(name, &mut Search::of_one())
    }

    /// The group of that name, those added by this edit among them.
    ///
    /// # Errors
    ///
    /// [`UnknownName`] with the nearest known name; it does not mark the edit.
    pub fn group(&self, name: &str) -> Result<Group, UnknownName> {
        self.work.draft.facts().group(name, &mut Search::of_one())
    }

    /// The resource of that kind and name, those added by this edit among them.
    ///
    /// # Errors
    ///
    /// [`UnknownName`] with the nearest known name; it does not mark the edit.
    pub fn resource(&self, kind: Kind, name: &str) -> Result<Resource, UnknownName> {
        self.work
            .draft
            .facts()
            .resource(kind, name, &mut Search::of_one())
    }

    /// The role of that name, of the catalog or of the policy.
    ///
    /// # Errors
    ///
    /// [`UnknownName`] with the nearest known name; it does not mark the edit.
    pub fn role(&self, name: &str) -> Result<Role, UnknownName> {
        self.work.draft.facts().role(name, &mut Search::of_one())
    }

    // ---- The directory, as the edit has it now ----

    directory! {
        /// The direct members of a group, in handle order.
        members(group: Group => Group) -> User;

        /// The groups a user is a direct member of, in handle order.
        groups_of(user: User => User) -> Group;

        /// The groups directly above a group, in handle order.
        parents(group: Group => Group) -> Group;

        /// The groups directly below a group, in handle order.
        children(group: Group => Group) -> Group;

        /// Where a resource is placed, in order.
        placements(resource: Resource => Resource) -> Place;

        /// The resources directly placed in a place, in handle order.
        contents(place: impl Into<Place> => Place) -> Resource;

        /// The labels that a place itself carries, in the order of declaration.
        labels(place: impl Into<Place> => Place) -> Label;

        /// The grants whose scope names a place, or is bounded by it.
        grants_on(place: impl Into<Place> => Place) -> Grant;
    }

    /// The grants recorded on a subject itself, inherited ones left out.
    ///
    /// # Errors
    ///
    /// [`AskError`] when the handle does not resolve here; it does not mark the edit.
    pub fn grants_to(&self, subject: impl Into<Subject>) -> Result<Vec<Grant>, AskError> {
        let subject = subject.into();
        match subject {
            Subject::User(user) => self.work.draft.facts().check(user.into())?,
            Subject::Group(group) => self.work.draft.facts().check(group.into())?,
            Subject::Everyone => {}
        }
        Ok(self.work.draft.facts().grants_to(subject).collect())
    }

    /// The grants of just this permission, role or everything.
    ///
    /// # Errors
    ///
    /// [`AskError`] when the handle does not resolve here; it does not mark the edit.
    pub fn grants_of(&self, what: impl Into<What>) -> Result<Vec<Grant>, AskError> {
        let facts = self.work.draft.facts();
        let what = what.into();
        match what {
            What::Permission(permission) if !facts.catalog.has_permission(permission) => {
                return Err(AskError::foreign(permission));
            }
            What::Role(role) => facts.check(role.into())?,
            What::Permission(_) | What::Everything => {}
        }
        Ok(facts.grants_of(what).collect())
    }

    /// The places that carry a label, in order.
    ///
    /// # Errors
    ///
    /// [`AskError`] when the label is of another catalog; it does not mark the edit.
    pub fn carriers(&self, label: Label) -> Result<Vec<Place>, AskError> {
        let facts = self.work.draft.facts();
        if facts.catalog.has_label(label) {
            Ok(facts.carriers(label).collect())
        } else {
            Err(AskError::foreign(label))
        }
    }

    /// The kind of a resource.
    ///
    /// # Errors
    ///
    /// [`AskError`] when the handle does not resolve here; it does not mark the edit.
    pub fn kind_of(&self, resource: Resource) -> Result<Kind, AskError> {
        let facts = self.work.draft.facts();
        facts.check(resource.into())?;
        let kind = facts.kind(resource.index);
        let stale = AskError::Stale {
            handle: resource.into(),
            why: WhyStale::NotYet,
        };
        kind.map(|kind| facts.catalog.kind_at(kind)).ok_or(stale)
    }

    /// Whether a role is the other one or includes it, directly or through further roles.
    ///
    /// ```
    /// use rolecall::{Catalog, Policy};
    ///
    /// let catalog = Catalog::builder()
    ///     .role("trainer", [])
    ///     .role_including("senior", [], ["trainer"])
    ///     .build()?;
    /// let (trainer, senior) = (catalog.role("trainer")?, catalog.role("senior")?);
    /// let mut policy = Policy::new(catalog);
    /// let edit = policy.edit_unguarded();
    /// assert!(edit.is_or_includes(senior, trainer)? && !edit.is_or_includes(trainer, senior)?);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`AskError`] when a handle does not resolve here; it does not mark the edit.
    ///
    /// # Complexity
    ///
    /// Linear in the roles that it includes.
    pub fn is_or_includes(&self, role: Role, other: Role) -> Result<bool, AskError> {
        let facts = self.work.draft.facts();
        facts.check(role.into())?;
        facts.check(other.into())?;
        let (mut seen, mut open) = (vec![role], vec![role]);
        while let Some(role) = open.pop() {
            if role == other {
                return Ok(true);
            }
            for included in facts.role_includes(role) {
                if !seen.contains(&included) {
                    seen.push(included);
                    open.push(included);
                }
            }
        }
        Ok(false)
    }

    /// A thing by its word and name, as the edit has it now.
    ///
    /// # Errors
    ///
    /// [`AskError`] when the handle does not resolve here; it does not mark the edit.
    pub fn thing_name(&self, thing: impl Into<Thing>) -> Result<ThingName, AskError> {
        let thing = thing.into();
        self.work.draft.facts().check(thing)?;
        Ok(self.work.draft.facts().thing_name(thing))
    }
}
