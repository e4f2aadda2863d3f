//! Whether a permission is held at all of a scope: what is asked before somebody hands it out there.
//!
//! The naive form holds every scope against a world in which something new stands at each place (see the oracle). Here scopes are compared
//! as they are written: what comes to lie under a scope later lies under each scope that is as wide.

use crate::error::AskError;
use crate::facts::grant::{Effect, Grant, Scope};
use crate::facts::{Fact, Facts};
use crate::id::{Group, Label, Permission, Place, Subject, Target, User};
use crate::index::Index;
use crate::index::rows::EVERYTHING;
use crate::query::reverse::down::{Roots, Sort};
use crate::query::reverse::sets::Slots;
use crate::snapshot::Snapshot;

impl Snapshot {
    /// Whether the user holds the permission at all of a scope, and so could hand it out there without giving more than they have.
    ///
    /// It is true where one allow that the user holds gives the permission at a scope at least as wide, and no deny that the user holds
    /// takes it at anything that the scope covers now, or at a scope as wide as this one. *At least as wide* means: it covers all that the
    /// scope covers, and all that it will cover when more is added, placed or marked. So `this` of a group is no wider than `this` of a
    /// member, whose own content is not in the group, and several narrow allows do not add up to a wide one. `oneself` is `this` of the
    /// user who is asked about.
    ///
    /// ```
    /// use rolecall::{Catalog, Grant, Policy, Scope};
    ///
    /// let catalog = Catalog::builder().permission("course.edit").build()?;
    /// let edit_course = catalog.permission("course.edit")?;
    /// let mut policy = Policy::new(catalog);
    /// let mut edit = policy.edit_unguarded();
    /// let (ana, sales, europe) = (edit.add_user("ana")?, edit.add_group("sales")?, edit.add_group("europe")?);
    /// edit.attach(europe, sales)?;
    /// edit.grant(Grant::permission(edit_course).to(ana).on(Scope::this(sales)))?;
    /// edit.grant(Grant::permission(edit_course).to(ana).on(Scope::underlying(europe)))?;
    /// edit.commit()?;
    ///
    /// let now = policy.snapshot();
    /// assert!(now.holds_throughout(ana, edit_course, Scope::this(europe))?);
    /// // Both groups are covered, but not what will be below `sales` tomorrow.
    /// assert!(!now.holds_throughout(ana, edit_course, Scope::underlying(sales))?);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`AskError`] for the first handle, of the user, the permission or the scope, that does not resolve in this snapshot.
    ///
    /// # Complexity
    ///
    /// Linear in the scopes at which the user holds the permission and in what the place of the scope is under. Only where a deny of the
    /// permission is held, linear in what the scope and that deny cover as well.
    pub fn holds_throughout(
        &self,
        user: User,
        permission: Permission,
        scope: Scope,
    ) -> Result<bool, AskError> {
        let probe = Grant {
            subject: Subject::User(user),
            what: permission.into(),
            scope,
            effect: Effect::Allow,
        };
        match self.facts().check_fact(&Fact::Grant(probe)).pop() {
            Some(stale) => Err(stale),
            None => Ok(holds_throughout(
                self.facts(),
                self.index(),
                user,
                permission.index,
                scope,
            )),
        }
    }
}

/// See [`Snapshot::holds_throughout`]; all handles resolve.
pub(crate) fn holds_throughout(
    facts: &Facts,
    index: &Index,
    user: User,
    permission: u32,
    scope: Scope,
) -> bool {
    let held = index.held_by(facts, user);
    let scopes = |permission, effect| index.scopes_in(&held, permission, effect);
    let as_wide = |held: &Scope| facts.is_as_wide(*held, scope, user);
    if !scopes(permission, Effect::Allow).iter().any(as_wide) {
        return false;
    }
    let mut denies = scopes(permission, Effect::Deny);
    denies.extend(scopes(EVERYTHING, Effect::Deny));
    !denies
        .iter()
        .any(|deny| as_wide(deny) || meet(facts, user, *deny, scope))
}

/// Whether there is a target that both scopes cover for the user.
fn meet(facts: &Facts, user: User, one: Scope, other: Scope) -> bool {
    match (one, other) {
        (Scope::Platform, narrow) | (narrow, Scope::Platform) => match narrow {
            // A label may stand nowhere; any other scope covers something, and so does the platform.
            Scope::Labelled(label, bound) => carriers(facts, label, bound).next().is_some(),
            _ => true,
        },
        _ => [Sort::Users, Sort::Groups, Sort::Resources]
            .into_iter()
            .any(|sort| {
                let both = covered(facts, user, one, sort);
                let both = both.intersection(covered(facts, user, other, sort));
                both.len(sort.count(facts)) > 0
            }),
    }
}

/// The targets of a sort that a scope other than the platform covers for the user.
fn covered(facts: &Facts, user: User, scope: Scope, sort: Sort) -> Slots {
    let mut roots = Roots::default();
    match scope {
        Scope::Platform => return Slots::all(),
        Scope::This(place) => roots.push(place),
        Scope::Underlying(group) => roots.push_under(group.index),
        Scope::Oneself => roots.push(user.into()),
        Scope::Labelled(label, bound) => {
            carriers(facts, label, bound).for_each(|place| roots.push(place));
        }
    }
    roots.targets(facts, sort)
}

/// The carriers of a label, or those under a group. The index knows only the bounds of recorded grants, and this one need not be of one.
fn carriers(facts: &Facts, label: Label, bound: Option<Group>) -> impl Iterator<Item = Place> + '_ {
    let under = move |place: &Place, bound| {
        let whereabouts = facts.whereabouts(Target::from(*place));
        facts.is_under(&whereabouts, Place::Group(bound))
    };
    let carriers = facts.carriers(label);
    carriers.filter(move |place| bound.is_none_or(|bound| under(place, bound)))
}

impl Facts {
    /// Whether the outer scope covers, for the holder, all that the inner one covers, and whatever will be added, placed or marked there.
    pub(crate) fn is_as_wide(&self, outer: Scope, inner: Scope, holder: User) -> bool {
        let spelled = |scope| match scope {
            Scope::Oneself => Scope::this(holder),
            scope => scope,
        };
        let below = |group: Group, above: Group| self.above(group).contains(&above);
        match (spelled(outer), spelled(inner)) {
            (Scope::Platform, _) => true,
            (Scope::This(place), Scope::This(inner)) => self.containers(inner).contains(&place),
            (Scope::Underlying(group), Scope::This(inner)) => self
                .containers(inner)
                .into_iter()
                .filter_map(|place| place.group())
                .any(|at| below(at, group)),
            (Scope::Underlying(group), Scope::Underlying(inner)) => below(inner, group),
            (Scope::Labelled(label, bound), Scope::This(inner)) => {
                self.containers(inner).into_iter().any(|place| {
                    let under = |bound| {
                        let whereabouts = self.whereabouts(Target::from(place));
                        self.is_under(&whereabouts, Place::Group(bound))
                    };
                    self.has_label(place, label.index) && bound.is_none_or(under)
                })
            }
            (Scope::Labelled(label, bound), Scope::Labelled(inner, inner_bound)) => {
                let within = |bound| inner_bound.is_some_and(|inner| below(inner, bound));
                label == inner && bound.is_none_or(within)
            }
            _ => false,
        }
    }

    /// The place and all that it is placed in: whatever is at the place is at these as well.
    fn containers(&self, place: Place) -> Vec<Place> {
        match place {
            Place::Resource(resource) => self.at(Target::Resource(resource)),
            // What is placed in a user is not in the user's groups, and what is in a group is at none above.
            Place::User(_) | Place::Group(_) => vec![place],
        }
    }
}
