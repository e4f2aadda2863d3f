//! `Snapshot`: the face of every question.

use std::cell::LazyCell;
use std::sync::Arc;

use smallvec::SmallVec;

use crate::catalog::Catalog;
use crate::catalog::requirement::MAX_TARGETS;
use crate::error::{AskError, WhyStale};
use crate::errors::Error;
use crate::facts::change::{Change, GrantName};
use crate::facts::digest::Digest;
use crate::facts::entry::recorded;
use crate::facts::grant::{Grant, What};
use crate::facts::still::others_giving;
use crate::facts::{Fact, Facts};
use crate::id::{
    Action, Group, Kind, Label, Permission, Place, Resource, Role, Subject, Target, TargetList,
    Thing, User,
};
use crate::index::Index;
use crate::index::ask::Asker;
use crate::name::{TargetName, TargetTexts, ThingName, UnknownName};
use crate::near::Search;
use crate::store::Weight;

/// A policy at one revision: immutable, `Send` and `Sync`, cheap to clone, asked without locks.
///
/// * Decisions: [`can`](Snapshot::can), [`try_can`](Snapshot::try_can), [`can_each`](Snapshot::can_each); in names [`ask`](Snapshot::ask).
/// * From names to handles: [`user`](Snapshot::user), [`group`](Snapshot::group), [`resource`](Snapshot::resource),
///   [`role`](Snapshot::role), [`target`](Snapshot::target), and back: [`name`](Snapshot::name).
/// * The directory: [`members`](Snapshot::members), [`groups_of`](Snapshot::groups_of), [`parents`](Snapshot::parents),
///   [`children`](Snapshot::children), [`placements`](Snapshot::placements), [`contents`](Snapshot::contents),
///   [`labels`](Snapshot::labels), [`carriers`](Snapshot::carriers), [`grants_to`](Snapshot::grants_to),
///   [`grants_on`](Snapshot::grants_on) and the lists of everything.
/// * The lists of the screens: [`effective_permissions`](Snapshot::effective_permissions),
///   [`group_permissions`](Snapshot::group_permissions), [`allowed_actions`](Snapshot::allowed_actions),
///   [`roles_of`](Snapshot::roles_of), [`holders_of`](Snapshot::holders_of).
///
/// ```
/// use rolecall::{Catalog, Grant, Policy, Scope};
///
/// let catalog = Catalog::builder().kind("course").permission("course.edit").role("trainer", ["course.edit"]).build()?;
/// let (course, trainer, edit_course) =
///     (catalog.kind("course")?, catalog.role("trainer")?, catalog.permission("course.edit")?);
/// let mut policy = Policy::new(catalog);
/// let mut edit = policy.edit_unguarded();
/// let (trainers, europe) = (edit.add_group("trainers")?, edit.add_group("europe")?);
/// let (ana, ben) = (edit.add_user("ana")?, edit.add_user("ben")?);
/// let rust_101 = edit.add_resource(course, "rust-101")?;
/// edit.place(rust_101, europe)?;
/// edit.add_member(ana, trainers)?;
/// edit.grant(Grant::role(trainer).to(trainers).on(Scope::this(europe)))?;
/// edit.commit()?;
///
/// let now = policy.snapshot();
/// assert!(now.can(ana, edit_course, rust_101));
/// assert!(!now.can(ben, edit_course, rust_101));
/// assert_eq!(now.user("anna").unwrap_err().to_string(), "unknown user `anna`, the nearest known is `ana`");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Snapshot {
    facts: Arc<Facts>,
    index: Arc<Index>,
    revision: u64,
}

impl Snapshot {
    pub(crate) fn new(facts: Facts, index: Index, revision: u64) -> Self {
        Snapshot {
            facts: Arc::new(facts),
            index: Arc::new(index),
            revision,
        }
    }

    pub(crate) fn facts(&self) -> &Facts {
        &self.facts
    }

    /// The same, for whoever keeps them.
    pub(crate) fn shared_facts(&self) -> &Arc<Facts> {
        &self.facts
    }

    pub(crate) fn index(&self) -> &Index {
        &self.index
    }

    /// The same, for whoever keeps it.
    pub(crate) fn shared_index(&self) -> Arc<Index> {
        Arc::clone(&self.index)
    }

    /// The number of commits that led to this state.
    #[must_use]
    pub fn revision(&self) -> u64 {
        self.revision
    }

    /// The digest of everything recorded. That of the catalog stands beside it: `snapshot.catalog().digest()`. Two policies are equal where
    /// both are; digests compare only under one [key](crate::DigestKey).
    #[must_use]
    pub fn digest(&self) -> Digest {
        self.facts().digest()
    }

    /// The vocabulary.
    #[must_use]
    pub fn catalog(&self) -> &Catalog {
        &self.facts().catalog
    }

    // ---- Decisions ----

    /// Whether the user can do the action on the target, or on the targets where the action has several.
    ///
    /// It is total: handles that do not resolve here, and a wrong number of targets, are false. It never panics.
    ///
    /// ```
    /// # use rolecall::{Catalog, Policy, holds, on, all, Grant, Scope};
    /// # let catalog = Catalog::builder().permission("member.move")
    /// #     .action_on("move", 2, all([on(0, holds("member.move")), on(1, holds("member.move"))])).build()?;
    /// # let (move_members, moving) = (catalog.permission("member.move")?, catalog.action("move")?);
    /// # let mut policy = Policy::new(catalog);
    /// # let mut edit = policy.edit_unguarded();
    /// # let (europe, asia, ana) = (edit.add_group("europe")?, edit.add_group("asia")?, edit.add_user("ana")?);
    /// # edit.grant(Grant::permission(move_members).to(ana).on(Scope::this(europe)))?;
    /// # edit.commit()?;
    /// # let now = policy.snapshot();
    /// assert!(now.can(ana, move_members, europe));
    /// assert!(!now.can(ana, moving, (europe, asia)), "a move needs rights at both ends");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Complexity
    ///
    /// No graph is walked for `holds`: the keys that cover the target are looked up among what the asker's groups hold. `above` walks the
    /// places the target is at, `within` the places the asker's grants name.
    pub fn can(&self, user: User, action: impl Into<Action>, targets: impl TargetList) -> bool {
        let action = action.into();
        targets.with(|targets| {
            if let [target] = *targets {
                let told = self.index().can(self.facts(), user, action, target);
                return told.unwrap_or_else(|| self.find_out(user, action, &[target]));
            }
            self.find_out(user, action, targets)
        })
    }

    /// What [`can`](Snapshot::can) answers where the fast path does not.
    #[inline(never)]
    fn find_out(&self, user: User, action: Action, targets: &[Target]) -> bool {
        if let [target] = *targets
            && let Some(told) = self
                .index()
                .can_by_lists(self.facts(), user, action, target)
        {
            return told;
        }
        let told = self.index().can_simply(self.facts(), user, action, targets);
        told.unwrap_or_else(|| {
            self.check_question(user, action, targets).is_ok()
                && Asker::new(self.facts(), self.index(), user).can(action.index, targets)
        })
    }

    /// Like [`can`](Snapshot::can), but says which handle does not resolve and why.
    ///
    /// # Errors
    ///
    /// [`AskError`] for a handle that does not resolve in this snapshot and for a wrong number of targets.
    pub fn try_can(
        &self,
        user: User,
        action: impl Into<Action>,
        targets: impl TargetList,
    ) -> Result<bool, AskError> {
        let action = action.into();
        targets.with(|targets| {
            self.check_question(user, action, targets)?;
            Ok(Asker::new(self.facts(), self.index(), user).can(action.index, targets))
        })
    }

    /// [`can`](Snapshot::can) in names, for the edge of a service: a user, an action, and a target as [`target`](Snapshot::target) reads it,
    /// or a tuple or a slice of such texts where the action has several.
    ///
    /// ```
    /// use rolecall::{Catalog, Grant, Policy, Scope};
    ///
    /// let catalog = Catalog::builder().kind("document").permission("doc.edit").build()?;
    /// let (document, edit_doc) = (catalog.kind("document")?, catalog.permission("doc.edit")?);
    /// let mut policy = Policy::new(catalog);
    /// let mut edit = policy.edit_unguarded();
    /// let (ana, api) = (edit.add_user("ana")?, edit.add_resource(document, "api")?);
    /// edit.grant(Grant::permission(edit_doc).to(ana).on(Scope::this(api)))?;
    /// edit.commit()?;
    ///
    /// let now = policy.snapshot();
    /// assert!(now.ask("ana", "doc.edit", "document:api")?);
    /// assert!(!now.ask("ana", "doc.edit", "platform")?);
    ///
    /// // A name that nothing has is an error that says of what sort it should be, not a no.
    /// let refused = [
    ///     now.ask("anna", "doc.edit", "document:api"),
    ///     now.ask("ana", "doc.edt", "document:api"),
    ///     now.ask("ana", "doc.edit", "document:apo"),
    ///     now.ask("ana", "doc.edit", "documents:api"),
    ///     now.ask("ana", "doc.edit", ("document:api", "platform")),
    /// ];
    /// assert_eq!(
    ///     refused.map(|refused| refused.unwrap_err().to_string()),
    ///     [
    ///         "unknown user `anna`, the nearest known is `ana`",
    ///         "unknown action `doc.edt`, the nearest known is `doc.edit`",
    ///         "unknown document `apo`, the nearest known is `api`",
    ///         "unknown kind `documents`, the nearest known is `document`",
    ///         "action `doc.edit` has 1 target(s), asked with 2",
    ///     ],
    /// );
    /// # Ok::<(), rolecall::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::Unknown`] for the first name that nothing has: the user, then the action, then the targets; [`Error::Syntax`] for a text that
    /// is no target; [`Error::Ask`] for a wrong number of targets.
    ///
    /// # Complexity
    ///
    /// A look-up in a hash table for each name, and [`can`](Snapshot::can). An answer allocates no memory for the names.
    pub fn ask(&self, user: &str, action: &str, targets: impl TargetTexts) -> Result<bool, Error> {
        let (user, action) = (self.user(user)?, self.catalog().action(action)?);
        let mut found: SmallVec<[Target; MAX_TARGETS]> = SmallVec::new();
        targets.try_each(|text| {
            found.push(self.target(text)?);
            Ok::<(), TargetError>(())
        })?;
        if self.targets_of(action)? != found.len() {
            return Err(self.wrong_targets(action, found.len()).into());
        }
        Ok(self.can(user, action, found.as_slice()))
    }

    /// One answer for each question of the same user and action, in order; each is what [`can`](Snapshot::can) says.
    ///
    /// What the user holds is gathered only once.
    pub fn can_each<T: TargetList>(
        &self,
        user: User,
        action: impl Into<Action>,
        targets: impl IntoIterator<Item = T>,
    ) -> Vec<bool> {
        let action = action.into();
        if self.check(user).is_err() {
            return targets.into_iter().map(|_| false).collect();
        }
        let each = self.index().each(self.facts(), user, action);
        let asker = LazyCell::new(|| Asker::new(self.facts(), self.index(), user));
        let find_out = |targets: &[Target]| {
            let sound = self.check_question(user, action, targets).is_ok();
            sound && asker.can(action.index, targets)
        };
        let Some(each) = each else {
            let targets = targets.into_iter();
            return targets.map(|targets| targets.with(find_out)).collect();
        };
        // The action has one target: who asks of several gets a no.
        let mut single: Vec<Target> = Vec::new();
        let is_single = |targets: T| {
            targets.with(|targets| match targets {
                [target] => {
                    single.push(*target);
                    true
                }
                _ => false,
            })
        };
        let mut answers: Vec<bool> = targets.into_iter().map(is_single).collect();
        let mut places = answers.iter_mut().filter(|is_single| **is_single);
        each.can(&single, |target, told| {
            if let Some(place) = places.next() {
                *place = told.unwrap_or_else(|| find_out(&[target]));
            }
        });
        answers
    }

    /// Whether every handle of a question resolves here.
    pub(crate) fn check_question(
        &self,
        user: User,
        action: Action,
        targets: &[Target],
    ) -> Result<(), AskError> {
        self.check(user)?;
        self.check_targets(action, targets)
    }

    /// Whether the action and the targets of a question resolve here.
    pub(crate) fn check_targets(&self, action: Action, targets: &[Target]) -> Result<(), AskError> {
        if self.targets_of(action)? != targets.len() {
            return Err(self.wrong_targets(action, targets.len()));
        }
        targets
            .iter()
            .try_for_each(|target| self.check_target(*target))
    }

    pub(crate) fn check_target(&self, target: Target) -> Result<(), AskError> {
        target.place().map_or(Ok(()), |place| self.check(place))
    }

    /// How many targets the action has.
    pub(crate) fn targets_of(&self, action: Action) -> Result<usize, AskError> {
        let targets = self.catalog().targets_of(action);
        targets.ok_or_else(|| AskError::foreign(action))
    }

    /// The error for that many targets.
    pub(crate) fn wrong_targets(&self, action: Action, given: usize) -> AskError {
        match self.targets_of(action) {
            Ok(expected) => AskError::WrongTargets {
                action: self
                    .catalog()
                    .action_name(action)
                    .unwrap_or_default()
                    .into(),
                expected,
                given,
            },
            Err(foreign) => foreign,
        }
    }

    /// Whether the handle resolves here.
    pub(crate) fn check(&self, thing: impl Into<Thing>) -> Result<(), AskError> {
        self.facts().check(thing.into())
    }

    pub(crate) fn check_kind(&self, kind: Kind) -> Result<(), AskError> {
        if self.catalog().has_kind(kind) {
            Ok(())
        } else {
            Err(AskError::foreign(kind))
        }
    }

    pub(crate) fn check_label(&self, label: Label) -> Result<(), AskError> {
        if self.catalog().has_label(label) {
            Ok(())
        } else {
            Err(AskError::foreign(label))
        }
    }

    // ---- Names ----

    /// The user of that name.
    ///
    /// # Errors
    ///
    /// [`UnknownName`] with the nearest known name. [`find_user`](Snapshot::find_user) is the cheap way to ask whether there is one.
    pub fn user(&self, name: &str) -> Result<User, UnknownName> {
        self.facts().user(name, &mut Search::of_one())
    }

    /// The group of that name.
    ///
    /// # Errors
    ///
    /// [`UnknownName`] with the nearest known name. [`find_group`](Snapshot::find_group) is the cheap way to ask whether there is one.
    pub fn group(&self, name: &str) -> Result<Group, UnknownName> {
        self.facts().group(name, &mut Search::of_one())
    }

    /// The resource of that kind and name.
    ///
    /// # Errors
    ///
    /// [`UnknownName`] with the nearest known name of the kind. [`find_resource`](Snapshot::find_resource) is the cheap way to ask.
    pub fn resource(&self, kind: Kind, name: &str) -> Result<Resource, UnknownName> {
        self.facts().resource(kind, name, &mut Search::of_one())
    }

    /// The role of that name, of the catalog or added at run time.
    ///
    /// # Errors
    ///
    /// [`UnknownName`] with the nearest known name. [`find_role`](Snapshot::find_role) is the cheap way to ask whether there is one.
    pub fn role(&self, name: &str) -> Result<Role, UnknownName> {
        self.facts().role(name, &mut Search::of_one())
    }

    /// The target that a text names: `platform`, `user:NAME`, `group:NAME` or `KIND:NAME`.
    ///
    /// # Errors
    ///
    /// [`TargetError`] when the text has another form, or names what is not there.
    pub fn target(&self, text: &str) -> Result<Target, TargetError> {
        if let Some(target) = self.find_target(text) {
            return Ok(target);
        }
        let name: TargetName = text.parse()?;
        Ok(self.facts().target(&name)?)
    }

    /// The user of that name, if there is one.
    #[must_use]
    pub fn find_user(&self, name: &str) -> Option<User> {
        self.facts().find_user(name)
    }

    /// The group of that name, if there is one.
    #[must_use]
    pub fn find_group(&self, name: &str) -> Option<Group> {
        self.facts().find_group(name)
    }

    /// The resource of that kind and name, if there is one.
    #[must_use]
    pub fn find_resource(&self, kind: Kind, name: &str) -> Option<Resource> {
        self.facts().find_resource(kind, name)
    }

    /// The role of that name, if there is one.
    #[must_use]
    pub fn find_role(&self, name: &str) -> Option<Role> {
        self.facts().find_role(name)
    }

    /// The target that a text names as [`target`](Snapshot::target) reads it, if there is one.
    #[must_use]
    pub fn find_target(&self, text: &str) -> Option<Target> {
        self.facts().find_target(text)
    }

    /// What a thing is called.
    ///
    /// # Errors
    ///
    /// [`AskError`] when the handle does not resolve here.
    pub fn name(&self, thing: impl Into<Thing>) -> Result<&str, AskError> {
        let thing = thing.into();
        self.check(thing)?;
        Ok(self.facts().name(thing))
    }

    /// A thing by its word and name, as [`Change`] and errors have it.
    ///
    /// # Errors
    ///
    /// [`AskError`] when the handle does not resolve here.
    pub fn thing_name(&self, thing: impl Into<Thing>) -> Result<ThingName, AskError> {
        let thing = thing.into();
        self.check(thing)?;
        Ok(self.facts().thing_name(thing))
    }

    /// A target by name, as [`target`](Snapshot::target) reads it.
    ///
    /// # Errors
    ///
    /// [`AskError`] when the handle does not resolve here.
    pub fn target_name(&self, target: impl Into<Target>) -> Result<TargetName, AskError> {
        let target = target.into();
        target.place().map_or(Ok(()), |place| self.check(place))?;
        Ok(self.facts().target_name(target))
    }

    /// A grant by names.
    ///
    /// # Errors
    ///
    /// [`AskError`] when a handle in it does not resolve here.
    pub fn grant_name(&self, grant: Grant) -> Result<GrantName, AskError> {
        match self
            .facts()
            .check_fact(&crate::facts::Fact::Grant(grant))
            .first()
        {
            Some(stale) => Err(stale.clone()),
            None => Ok(self.facts().grant_name(grant)),
        }
    }

    // ---- Directory ----

    /// Every user, in handle order.
    pub fn users(&self) -> impl Iterator<Item = User> + '_ {
        self.facts().all_users()
    }

    /// Every group, in handle order.
    pub fn groups(&self) -> impl Iterator<Item = Group> + '_ {
        self.facts().all_groups()
    }

    /// Every resource, in handle order.
    pub fn resources(&self) -> impl Iterator<Item = Resource> + '_ {
        self.facts().all_resources()
    }

    /// Every role: those of the catalog, then those added at run time.
    pub fn roles(&self) -> impl Iterator<Item = Role> + '_ {
        self.catalog().roles().chain(self.facts().run_time_roles())
    }

    /// Every grant, in order of subject, then of what is granted.
    pub fn grants(&self) -> impl Iterator<Item = Grant> + '_ {
        self.facts().all_grants()
    }

    /// How many users, groups, resources, run-time roles and grants there are.
    #[must_use]
    pub fn sizes(&self) -> Sizes {
        let facts = self.facts();
        Sizes {
            users: facts.users.len(),
            groups: facts.groups.len(),
            resources: facts.resources.len(),
            run_time_roles: facts.run_time_roles().count(),
            grants: facts.grant_count(),
        }
    }

    /// The bytes on the heap, by what they are for. What this snapshot shares with others is counted as its own; the catalog, and what the
    /// allocator adds for itself, are not counted.
    ///
    /// # Complexity
    ///
    /// Everything is visited: linear in the size of the policy.
    #[must_use]
    pub fn memory(&self) -> Memory {
        Memory {
            names: self.facts().names_heap(),
            facts: self.facts().heap(),
            index: self.index().heap(),
        }
    }

    /// The direct members of a group, in handle order.
    ///
    /// # Errors
    ///
    /// [`AskError`] when the handle does not resolve here; so for all lists below.
    pub fn members(&self, group: Group) -> Result<impl Iterator<Item = User> + '_, AskError> {
        self.check(group)?;
        Ok(self.facts().members(group))
    }

    /// The groups a user is a direct member of, in handle order.
    ///
    /// # Errors
    ///
    /// [`AskError`] when the handle does not resolve here.
    pub fn groups_of(&self, user: User) -> Result<impl Iterator<Item = Group> + '_, AskError> {
        self.check(user)?;
        Ok(self.facts().groups_of(user))
    }

    /// The groups directly above a group, in handle order.
    ///
    /// # Errors
    ///
    /// [`AskError`] when the handle does not resolve here.
    pub fn parents(&self, group: Group) -> Result<impl Iterator<Item = Group> + '_, AskError> {
        self.check(group)?;
        Ok(self.facts().parents(group))
    }

    /// The groups directly below a group, in handle order.
    ///
    /// # Errors
    ///
    /// [`AskError`] when the handle does not resolve here.
    pub fn children(&self, group: Group) -> Result<impl Iterator<Item = Group> + '_, AskError> {
        self.check(group)?;
        Ok(self.facts().children(group))
    }

    /// The kind of a resource.
    ///
    /// # Errors
    ///
    /// [`AskError`] when the handle does not resolve here.
    pub fn kind_of(&self, resource: Resource) -> Result<Kind, AskError> {
        self.check(resource)?;
        let kind = self.facts().kind(resource.index);
        let stale = AskError::Stale {
            handle: resource.into(),
            why: WhyStale::NotYet,
        };
        kind.map(|kind| self.catalog().kind_at(kind)).ok_or(stale)
    }

    /// Where a resource is placed, in order.
    ///
    /// # Errors
    ///
    /// [`AskError`] when the handle does not resolve here.
    pub fn placements(
        &self,
        resource: Resource,
    ) -> Result<impl Iterator<Item = Place> + '_, AskError> {
        self.check(resource)?;
        Ok(self.facts().placements(resource))
    }

    /// The resources directly placed in a place, in handle order.
    ///
    /// # Errors
    ///
    /// [`AskError`] when the handle does not resolve here.
    pub fn contents(
        &self,
        place: impl Into<Place>,
    ) -> Result<impl Iterator<Item = Resource> + '_, AskError> {
        let place = place.into();
        self.check(place)?;
        Ok(self.facts().contents(place))
    }

    /// The labels that a place itself carries, in the order of declaration.
    ///
    /// # Errors
    ///
    /// [`AskError`] when the handle does not resolve here.
    pub fn labels(
        &self,
        place: impl Into<Place>,
    ) -> Result<impl Iterator<Item = Label> + '_, AskError> {
        let place = place.into();
        self.check(place)?;
        Ok(self.facts().labels(place))
    }

    /// The places that carry a label, in order.
    ///
    /// # Errors
    ///
    /// [`AskError`] when the label is of another catalog.
    pub fn carriers(&self, label: Label) -> Result<impl Iterator<Item = Place> + '_, AskError> {
        self.check_label(label)?;
        Ok(self.facts().carriers(label))
    }

    /// The grants recorded on a subject itself, inherited ones left out.
    ///
    /// # Errors
    ///
    /// [`AskError`] when the handle does not resolve here.
    pub fn grants_to(
        &self,
        subject: impl Into<Subject>,
    ) -> Result<impl Iterator<Item = Grant> + '_, AskError> {
        let subject = subject.into();
        match subject {
            Subject::User(user) => self.check(user)?,
            Subject::Group(group) => self.check(group)?,
            Subject::Everyone => {}
        }
        Ok(self.facts().grants_to(subject))
    }

    /// The grants whose scope names a place, or is bounded by it.
    ///
    /// # Errors
    ///
    /// [`AskError`] when the handle does not resolve here.
    pub fn grants_on(
        &self,
        place: impl Into<Place>,
    ) -> Result<impl Iterator<Item = Grant> + '_, AskError> {
        let place = place.into();
        self.check(place)?;
        Ok(self.facts().grants_on(place))
    }

    /// The grants of just this permission, role or everything.
    ///
    /// # Errors
    ///
    /// [`AskError`] when the handle does not resolve here.
    pub fn grants_of(
        &self,
        what: impl Into<What>,
    ) -> Result<impl Iterator<Item = Grant> + '_, AskError> {
        let what = what.into();
        match what {
            What::Permission(permission) if !self.catalog().has_permission(permission) => {
                return Err(AskError::foreign(permission));
            }
            What::Role(role) => self.check(role)?,
            What::Permission(_) | What::Everything => {}
        }
        Ok(self.facts().grants_of(what))
    }

    /// The other grants by which the subject of a grant has what it gives, or some of it: what would be left if it were
    /// [revoked](crate::Edit::revoke), recorded or not. Which grants these are is told at [`StillGiven`](crate::StillGiven), of which every
    /// [`Entry`](crate::Entry) lists some; here they are all of them, those to the subject itself first. A grant on the platform asks for
    /// those of any scope.
    ///
    /// ```
    /// use rolecall::{Catalog, Grant, Policy, Scope};
    ///
    /// let catalog = Catalog::builder().permission("edit").role("editor", ["edit"]).build()?;
    /// let (edit_it, editor) = (catalog.permission("edit")?, catalog.role("editor")?);
    /// let mut policy = Policy::new(catalog);
    /// let mut edit = policy.edit_unguarded();
    /// let (ana, europe) = (edit.add_user("ana")?, edit.add_group("europe")?);
    /// let by_role = Grant::role(editor).to(ana).on(Scope::Platform);
    /// let directly = Grant::permission(edit_it).to(ana).on(Scope::this(europe));
    /// edit.grant_all([by_role, directly])?;
    /// edit.commit()?;
    ///
    /// let now = policy.snapshot();
    /// assert_eq!(now.others_giving(directly)?, [by_role]);
    /// // The permission is not the role.
    /// assert!(now.others_giving(by_role)?.is_empty());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`AskError`] for the first handle of the grant that does not resolve here.
    ///
    /// # Complexity
    ///
    /// Linear in the grants to the subject, to the groups above it and to everyone, times what is above the places that the scopes of those
    /// name which give it.
    pub fn others_giving(&self, grant: Grant) -> Result<Vec<Grant>, AskError> {
        match self.facts().check_fact(&Fact::Grant(grant)).pop() {
            Some(stale) => Err(stale),
            None => Ok(others_giving(self.facts(), grant)),
        }
    }

    /// The permissions that a role gives, those of the roles it includes among them, in the order of declaration.
    ///
    /// # Errors
    ///
    /// [`AskError`] when the handle does not resolve here.
    pub fn permissions_of(
        &self,
        role: Role,
    ) -> Result<impl Iterator<Item = Permission> + '_, AskError> {
        self.check(role)?;
        Ok(self
            .facts()
            .book()
            .permissions(role)
            .map(|index| self.catalog().permission_at(index)))
    }

    /// The roles that a role includes directly.
    ///
    /// # Errors
    ///
    /// [`AskError`] when the handle does not resolve here.
    pub fn includes_of(&self, role: Role) -> Result<impl Iterator<Item = Role> + '_, AskError> {
        self.check(role)?;
        Ok(self.facts().role_includes(role).into_iter())
    }

    /// Everything recorded, one change for each fact, in an order in which an empty policy can apply them.
    pub fn changes(&self) -> impl Iterator<Item = Change> + '_ {
        recorded(self.facts())
    }
}

/// How much a snapshot holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Sizes {
    /// Users.
    pub users: usize,
    /// Groups.
    pub groups: usize,
    /// Resources of all kinds.
    pub resources: usize,
    /// Roles added at run time.
    pub run_time_roles: usize,
    /// Grants, allows and denies.
    pub grants: usize,
}

/// How many bytes a snapshot takes, by what they are for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Memory {
    /// What things are called, and what finds them by name.
    pub names: usize,
    /// What is recorded.
    pub facts: usize,
    /// What is derived from it, so that questions are answered quickly.
    pub index: usize,
}

impl Memory {
    /// All bytes.
    #[must_use]
    pub fn total(&self) -> usize {
        self.names + self.facts + self.index
    }
}

/// Why a text is no target of a snapshot.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(untagged))]
#[non_exhaustive]
pub enum TargetError {
    /// The text has another form.
    #[error(transparent)]
    Syntax(#[from] crate::name::TargetSyntax),
    /// It names what is not there.
    #[error(transparent)]
    Unknown(#[from] UnknownName),
}

impl std::fmt::Debug for Snapshot {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Snapshot")
            .field("revision", &self.revision())
            .field("digest", &self.digest())
            .field("sizes", &self.sizes())
            .finish_non_exhaustive()
    }
}
