//! The questions the other way round: who can, and where.
//!
//! Every atom of a formula is a set: the users whom an allow reaches less the users whom a deny reaches, or the targets. `any` is the
//! union, `all` the intersection, and what is blocked is taken off. No candidate is ever asked about.

mod anywhere;
pub(crate) mod classes;
mod containers;
pub(crate) mod cursor;
pub(crate) mod down;
pub(crate) mod formula;
mod listing;
mod order;
pub(crate) mod residue;
pub(crate) mod sets;
pub(crate) mod wheres;
pub(crate) mod who;

use std::fmt;

use crate::error::AskError;
use crate::id::{Action, Target, TargetList, Targets, User};
use crate::query::reverse::cursor::{Cursor, CursorError, Fingerprint, Page};
use crate::query::reverse::down::Sort;
use crate::query::reverse::formula::evaluate;
use crate::query::reverse::listing::Listing;
use crate::query::reverse::wheres::Where;
use crate::query::reverse::who::Who;
use crate::snapshot::Snapshot;

/// Exactly the users who can do an action on a target, from [`Snapshot::who_can`].
///
/// It holds the snapshot it was asked of, and a set: a short list, an array of bits, or everyone but some.
#[derive(Clone)]
pub struct WhoCan {
    listing: Listing,
}

/// Exactly the targets of one sort on which a user can do an action, from [`Snapshot::where_can`].
///
/// It holds the snapshot it was asked of, and a set: a short list, an array of bits, or everything of the sort but some.
#[derive(Clone)]
pub struct WhereCan {
    listing: Listing,
}

impl Snapshot {
    /// Who can do the action on the target, or on the targets where the action has several.
    ///
    /// A user is in the answer exactly if [`can`](Snapshot::can) says yes.
    ///
    /// # Errors
    ///
    /// [`AskError`] when the action or a target does not resolve here, and for a wrong number of targets.
    ///
    /// # Complexity
    ///
    /// For `holds` it visits the grants that give the permission by a scope that covers the target, the groups below their subjects, and
    /// the memberships in those groups. `above` does so at each place of the kind that the target is at. `within` visits all scopes by
    /// which the permission is given. Everyone is one word, however many there are.
    ///
    /// ```
    /// # use rolecall::{AskError, Catalog, Grant, Policy, Scope};
    /// # let catalog = Catalog::builder().kind("course").permission("course.edit").build()?;
    /// # let (course, edit_course) = (catalog.kind("course")?, catalog.permission("course.edit")?);
    /// # let mut policy = Policy::new(catalog);
    /// # let mut edit = policy.edit_unguarded();
    /// # let (trainers, europe) = (edit.add_group("trainers")?, edit.add_group("europe")?);
    /// # let (ana, ben, cleo) = (edit.add_user("ana")?, edit.add_user("ben")?, edit.add_user("cleo")?);
    /// # let (rust_101, sql) = (edit.add_resource(course, "rust-101")?, edit.add_resource(course, "sql")?);
    /// # edit.place(rust_101, europe)?;
    /// # edit.add_member(ana, trainers)?;
    /// # edit.add_member(cleo, trainers)?;
    /// # edit.grant(Grant::permission(edit_course).to(trainers).on(Scope::this(europe)))?;
    /// # edit.commit()?;
    /// let now = policy.snapshot();
    /// let editors = now.who_can(edit_course, rust_101)?;
    /// assert_eq!(editors.len(), 2);
    /// assert!(editors.contains(ana) && !editors.contains(ben));
    /// assert_eq!(editors.to_vec(), [ana, cleo]);
    /// assert!(now.who_can(edit_course, sql)?.is_empty());
    ///
    /// // Pages follow one another by cursor; a cursor is text where it has to be.
    /// let first = editors.page(None, 1)?;
    /// assert_eq!(first.items(), [ana]);
    /// let cursor = first.next().ok_or("there is more")?.to_string().parse()?;
    /// assert_eq!(editors.page(Some(&cursor), 1)?.items(), [cleo]);
    ///
    /// // A cursor of another question is refused, and so is a handle of what is gone.
    /// assert!(now.who_can(edit_course, sql)?.page(Some(&cursor), 1).is_err());
    /// let mut edit = policy.edit_unguarded();
    /// edit.remove(rust_101)?;
    /// edit.commit()?;
    /// assert!(matches!(policy.snapshot().who_can(edit_course, rust_101), Err(AskError::Stale { .. })));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn who_can(
        &self,
        action: impl Into<Action>,
        targets: impl TargetList,
    ) -> Result<WhoCan, AskError> {
        let action = action.into();
        targets.with(|targets| {
            self.check_targets(action, targets)?;
            let mut who = Who::new(self.facts(), self.index(), targets);
            let slots = evaluate(self.catalog(), action.index, &mut who);
            let question = Fingerprint::new().number(1).number(u64::from(action.index));
            let question = targets
                .iter()
                .fold(question, |hash, target| hash.target(Some(*target)));
            let listing = Listing::new(self.clone(), Sort::Users, slots, question);
            Ok(WhoCan { listing })
        })
    }

    /// On which targets of a sort the user can do the action, which has one target.
    ///
    /// A target is in the answer exactly if [`can`](Snapshot::can) says yes. The platform is of no sort; ask [`can`](Snapshot::can).
    ///
    /// # Errors
    ///
    /// [`AskError`] when a handle does not resolve here, and when the action has several targets: then see
    /// [`where_can_beside`](Snapshot::where_can_beside).
    ///
    /// # Complexity
    ///
    /// For `holds` it visits the scopes by which the user holds the permission and what they cover: groups, memberships or contents.
    /// `above` goes on downwards from each place of the kind where the user holds it, `within` upwards from the places the grants name.
    /// A grant on the platform is one word, however much there is.
    ///
    /// ```
    /// # use rolecall::{Catalog, Grant, Policy, Scope, Target, Targets};
    /// # let catalog = Catalog::builder().kind("course").permission("course.edit").permission("member.view").build()?;
    /// # let (course, edit_course, view) =
    /// #     (catalog.kind("course")?, catalog.permission("course.edit")?, catalog.permission("member.view")?);
    /// # let mut policy = Policy::new(catalog);
    /// # let mut edit = policy.edit_unguarded();
    /// # let europe = edit.add_group("europe")?;
    /// # let (ana, ben) = (edit.add_user("ana")?, edit.add_user("ben")?);
    /// # let (rust_101, sql) = (edit.add_resource(course, "rust-101")?, edit.add_resource(course, "sql")?);
    /// # edit.place(rust_101, europe)?;
    /// # edit.add_member(ben, europe)?;
    /// # edit.grant(Grant::permission(edit_course).to(ana).on(Scope::underlying(europe)))?;
    /// # edit.grant(Grant::permission(view).to_everyone().on(Scope::Oneself))?;
    /// # edit.commit()?;
    /// let now = policy.snapshot();
    /// let courses = now.where_can(ana, edit_course, Targets::of(course))?;
    /// assert_eq!(courses.to_vec(), [Target::Resource(rust_101)]);
    /// assert!(!courses.contains(sql));
    /// assert_eq!(now.where_can(ana, edit_course, Targets::Groups)?.to_vec(), [Target::Group(europe)]);
    /// assert_eq!(now.where_can(ben, view, Targets::Users)?.to_vec(), [Target::User(ben)]);
    ///
    /// let elsewhere = Policy::new(now.catalog().clone());
    /// assert!(elsewhere.snapshot().where_can(ana, edit_course, Targets::Groups).is_err(), "a handle of another policy");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn where_can(
        &self,
        user: User,
        action: impl Into<Action>,
        targets: Targets,
    ) -> Result<WhereCan, AskError> {
        self.where_open(user, action.into(), 0, &[], targets)
    }

    /// On which targets of a sort, put at position `open`, the user can do the action, the other targets being known.
    ///
    /// Positions count from 0; `others` are the other targets in their order.
    ///
    /// # Errors
    ///
    /// [`AskError`] when a handle does not resolve here, when the number of others is not one less than the action has targets, and when
    /// the action has no target at `open`.
    ///
    /// # Complexity
    ///
    /// That of [`where_can`](Snapshot::where_can); what an atom says of a known target is looked up as [`can`](Snapshot::can) does.
    ///
    /// ```
    /// # use rolecall::{Catalog, Grant, Policy, Scope, Target, Targets, all, holds, on};
    /// # let catalog = Catalog::builder().permission("member.move")
    /// #     .action_on("move", 2, all([on(0, holds("member.move")), on(1, holds("member.move"))])).build()?;
    /// # let (move_members, moving) = (catalog.permission("member.move")?, catalog.action("move")?);
    /// # let mut policy = Policy::new(catalog);
    /// # let mut edit = policy.edit_unguarded();
    /// # let (europe, asia, africa) = (edit.add_group("europe")?, edit.add_group("asia")?, edit.add_group("africa")?);
    /// # let ana = edit.add_user("ana")?;
    /// # edit.grant_all(Grant::permission(move_members).to(ana).on_each([Scope::this(europe), Scope::this(asia)]))?;
    /// # edit.commit()?;
    /// # let now = policy.snapshot();
    /// // Where can ana move someone from europe to?
    /// let ends = now.where_can_beside(ana, moving, 1, europe, Targets::Groups)?;
    /// assert_eq!(ends.to_vec(), [Target::Group(europe), Target::Group(asia)]);
    /// assert!(now.where_can_beside(ana, moving, 1, africa, Targets::Groups)?.is_empty());
    /// assert!(now.where_can_beside(ana, moving, 2, europe, Targets::Groups).is_err(), "a move has two targets");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn where_can_beside(
        &self,
        user: User,
        action: impl Into<Action>,
        open: usize,
        others: impl TargetList,
        targets: Targets,
    ) -> Result<WhereCan, AskError> {
        let action = action.into();
        others.with(|others| self.where_open(user, action, open, others, targets))
    }

    fn where_open(
        &self,
        user: User,
        action: Action,
        open: usize,
        others: &[Target],
        targets: Targets,
    ) -> Result<WhereCan, AskError> {
        self.check(user)?;
        let (before, after) = match others.split_at_checked(open) {
            Some(split) => split,
            // There is no such position: the question would have more targets than were given.
            None => return Err(self.wrong_targets(action, open.saturating_add(1))),
        };
        let given = before
            .iter()
            .copied()
            .map(Some)
            .chain([None])
            .chain(after.iter().copied().map(Some));
        let given: Vec<Option<Target>> = given.collect();
        if self.targets_of(action)? != given.len() {
            return Err(self.wrong_targets(action, given.len()));
        }
        others
            .iter()
            .try_for_each(|target| self.check_target(*target))?;
        let sort = match targets {
            Targets::Users => Sort::Users,
            Targets::Groups => Sort::Groups,
            Targets::Of(kind) => {
                self.check_kind(kind)?;
                Sort::Kind(kind.index)
            }
        };
        let question = Fingerprint::new().number(2).number(u64::from(action.index));
        let question = question.target(Some(Target::User(user)));
        let question = question.number(match targets {
            Targets::Users => 0,
            Targets::Groups => 1,
            Targets::Of(kind) => 2 + u64::from(kind.index),
        });
        let question = given
            .iter()
            .fold(question, |hash, target| hash.target(*target));
        let mut wheres = Where::new(self.facts(), self.index(), user, given, sort);
        let slots = evaluate(self.catalog(), action.index, &mut wheres);
        let listing = Listing::new(self.clone(), sort, slots, question);
        Ok(WhereCan { listing })
    }

    /// Whether there is any target at all on which the user can do the action: a user, a group, a resource or the platform, and for an
    /// action with several targets any combination of them.
    ///
    /// # Errors
    ///
    /// [`AskError`] when the user or the action does not resolve here.
    ///
    /// # Complexity
    ///
    /// Mostly that of a few [`can`](Snapshot::can): the platform, the user and the places that the user's grants name are asked first.
    /// Otherwise the sets of [`where_can`](Snapshot::where_can) are worked out, for users, groups and resources in turn, until one is not
    /// empty. For several targets the targets are sorted into classes by what the atoms of the formula say of them, and one of each class
    /// is asked about: the product of the numbers of classes at the positions.
    ///
    /// ```
    /// # use rolecall::{Catalog, Grant, Policy, Scope};
    /// # let catalog = Catalog::builder().permission("report").build()?;
    /// # let report = catalog.permission("report")?;
    /// # let mut policy = Policy::new(catalog);
    /// # let mut edit = policy.edit_unguarded();
    /// # let (europe, ana, ben) = (edit.add_group("europe")?, edit.add_user("ana")?, edit.add_user("ben")?);
    /// # edit.grant(Grant::permission(report).to(ana).on(Scope::this(europe)))?;
    /// # edit.commit()?;
    /// # let now = policy.snapshot();
    /// assert!(now.can_anywhere(ana, report)?);
    /// assert!(!now.can_anywhere(ben, report)?);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn can_anywhere(&self, user: User, action: impl Into<Action>) -> Result<bool, AskError> {
        let action = action.into();
        self.check(user)?;
        let targets = self.targets_of(action)?;
        Ok(anywhere::can_anywhere(
            self.facts(),
            self.index(),
            user,
            action.index,
            targets,
        ))
    }
}

impl WhoCan {
    /// How many users there are. It was counted once.
    #[must_use]
    pub fn len(&self) -> usize {
        self.listing.len()
    }

    /// Whether nobody can.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether the user is among them; false for a handle that does not resolve in the snapshot.
    #[must_use]
    pub fn contains(&self, user: User) -> bool {
        self.listing.contains(user.into())
    }

    /// The users in handle order.
    pub fn iter(&self) -> impl Iterator<Item = User> + '_ {
        self.listing.iter().filter_map(as_user)
    }

    /// The users in handle order, as a list.
    #[must_use]
    pub fn to_vec(&self) -> Vec<User> {
        let mut users = Vec::with_capacity(self.len());
        users.extend(self.iter());
        users
    }

    /// The first users after the cursor, or from the start, as many as asked for. The pages of any size, one after the other, are the
    /// whole list.
    ///
    /// # Errors
    ///
    /// [`CursorError`] for a page of no users, and for a cursor that another question or another snapshot gave out.
    pub fn page(&self, after: Option<&Cursor>, size: usize) -> Result<Page<User>, CursorError> {
        let page = self.listing.page(after, size)?;
        Ok(Page {
            items: page.items.into_iter().filter_map(as_user).collect(),
            next: page.next,
        })
    }

    /// Those of the caller's own users who are among them, as a list of the same sort. Repeated ones count once; handles that do not
    /// resolve in the snapshot are left out. Cursors of the whole list are no cursors of the part.
    #[must_use]
    pub fn intersect(&self, users: impl IntoIterator<Item = User>) -> WhoCan {
        WhoCan {
            listing: self.listing.intersect(users.into_iter().map(Target::User)),
        }
    }

    /// The snapshot that was asked.
    #[must_use]
    pub fn snapshot(&self) -> &Snapshot {
        self.listing.snapshot()
    }
}

fn as_user(target: Target) -> Option<User> {
    match target {
        Target::User(user) => Some(user),
        Target::Group(_) | Target::Resource(_) | Target::Platform => None,
    }
}

impl WhereCan {
    /// How many targets there are. It was counted once.
    #[must_use]
    pub fn len(&self) -> usize {
        self.listing.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether the target is among them; false for one of another sort, and for a handle that does not resolve in the snapshot.
    #[must_use]
    pub fn contains(&self, target: impl Into<Target>) -> bool {
        self.listing.contains(target.into())
    }

    /// The targets in handle order.
    pub fn iter(&self) -> impl Iterator<Item = Target> + '_ {
        self.listing.iter()
    }

    /// The targets in handle order, as a list.
    #[must_use]
    pub fn to_vec(&self) -> Vec<Target> {
        let mut targets = Vec::with_capacity(self.len());
        targets.extend(self.iter());
        targets
    }

    /// The first targets after the cursor, or from the start, as many as asked for. The pages of any size, one after the other, are
    /// the whole list.
    ///
    /// # Errors
    ///
    /// [`CursorError`] for a page of no targets, and for a cursor that another question or another snapshot gave out.
    pub fn page(&self, after: Option<&Cursor>, size: usize) -> Result<Page<Target>, CursorError> {
        self.listing.page(after, size)
    }

    /// Those of the caller's own targets that are among them, as a list of the same sort. Repeated ones count once; those of another sort
    /// and handles that do not resolve in the snapshot are left out. Cursors of the whole list are no cursors of the part.
    #[must_use]
    pub fn intersect<T: Into<Target>>(&self, targets: impl IntoIterator<Item = T>) -> WhereCan {
        WhereCan {
            listing: self.listing.intersect(targets.into_iter().map(Into::into)),
        }
    }

    /// The snapshot that was asked.
    #[must_use]
    pub fn snapshot(&self) -> &Snapshot {
        self.listing.snapshot()
    }
}

/// The number of users; the list itself may be long.
impl fmt::Debug for WhoCan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WhoCan")
            .field("len", &self.len())
            .finish_non_exhaustive()
    }
}

/// The number of targets; the list itself may be long.
impl fmt::Debug for WhereCan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WhereCan")
            .field("len", &self.len())
            .finish_non_exhaustive()
    }
}
