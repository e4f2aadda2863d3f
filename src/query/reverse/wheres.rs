//! Where can: the user is known, the sets are of targets of one sort.

use crate::catalog::PlaceKind;
use crate::facts::Facts;
use crate::facts::grant::{Effect, Scope};
use crate::id::{Place, Target, User};
use crate::index::Index;
use crate::index::ask::Asker;
use crate::index::held::Held;
use crate::index::rows::EVERYTHING;
use crate::query::reverse::down::{Roots, Sort};
use crate::query::reverse::formula::{Atoms, Spot};
use crate::query::reverse::sets::Slots;

/// The sets of targets at one position of the question of which the atoms are true for a known user, the other positions being known.
///
/// What an atom says of a known target is all or nothing.
pub(crate) struct Where<'a> {
    facts: &'a Facts,
    index: &'a Index,
    asker: Asker<'a>,
    user: User,
    all: Held<'a>,
    /// The targets, `None` where they are open.
    targets: Vec<Option<Target>>,
    sort: Sort,
}

impl<'a> Where<'a> {
    pub(crate) fn new(
        facts: &'a Facts,
        index: &'a Index,
        user: User,
        targets: Vec<Option<Target>>,
        sort: Sort,
    ) -> Self {
        Where {
            facts,
            index,
            asker: Asker::new(facts, index, user),
            user,
            all: index.held_by(facts, user),
            targets,
            sort,
        }
    }

    /// The known target at the spot, `None` if it is open.
    fn target(&self, at: Spot) -> Option<Target> {
        match at {
            Spot::Platform => Some(Target::Platform),
            Spot::Nth(nth) => self.targets.get(nth).copied().flatten(),
        }
    }

    /// The targets of a sort that the scopes cover.
    fn covered(&self, scopes: impl IntoIterator<Item = Scope>, sort: Sort) -> Slots {
        let mut roots = Roots::default();
        for scope in scopes {
            roots.push_scope(self.facts, self.index, scope, Some(self.user));
        }
        roots.targets(self.facts, sort)
    }

    fn scopes(&self, permission: u32, effect: Effect) -> Vec<Scope> {
        self.index.scopes_in(&self.all, permission, effect)
    }

    /// The first places of a sort, in order, at which some allow gives the user the permission, whatever denies say.
    pub(crate) fn allowed_places(&self, permission: u32, most: usize) -> Vec<Place> {
        let allowed = self.covered(self.scopes(permission, Effect::Allow), self.sort);
        let slots = self.sort.members_from(self.facts, &allowed, 0);
        let places = slots.filter_map(|slot| self.sort.place(self.facts, slot));
        places.take(most).collect()
    }

    /// The targets of a sort where the user holds the permission.
    fn held(&self, permission: u32, sort: Sort) -> Slots {
        let allows = self.scopes(permission, Effect::Allow);
        if allows.is_empty() {
            return Slots::none();
        }
        let mut denies = self.scopes(permission, Effect::Deny);
        denies.extend(self.scopes(EVERYTHING, Effect::Deny));
        let allowed = self.covered(allows, sort);
        if denies.is_empty() || allowed.is_none() {
            return allowed;
        }
        allowed.minus(self.covered(denies, sort))
    }
}

impl Atoms for Where<'_> {
    type Set = Slots;

    fn holds(&mut self, permission: u32, at: Spot) -> Slots {
        match self.target(at) {
            Some(target) => Slots::truth(self.asker.holds(permission, target)),
            None => self.held(permission, self.sort),
        }
    }

    fn above(&mut self, kind: PlaceKind, permission: u32, at: Spot) -> Slots {
        if let Some(target) = self.target(at) {
            return Slots::truth(self.asker.above(kind, permission, target));
        }
        let above = match kind {
            PlaceKind::User => Sort::Users,
            PlaceKind::Group => Sort::Groups,
            PlaceKind::Kind(kind) => Sort::Kind(kind),
            PlaceKind::Platform => return Slots::none(),
        };
        let held = self.held(permission, above);
        if held.is_all() && above == self.sort {
            return held;
        }
        let mut roots = Roots::default();
        for slot in above.members_from(self.facts, &held, 0) {
            above
                .place(self.facts, slot)
                .into_iter()
                .for_each(|place| roots.push(place));
        }
        roots.targets(self.facts, self.sort)
    }

    fn within(&mut self, permission: u32, at: Spot) -> Slots {
        if let Some(target) = self.target(at) {
            return Slots::truth(self.asker.within(permission, target));
        }
        let held = self.held(permission, self.sort);
        if held.is_all() {
            return held;
        }
        let named = self
            .scopes(permission, Effect::Allow)
            .into_iter()
            .filter_map(|scope| scope.named());
        // The allow that names a place covers it, so only a deny can take it there.
        let undenied =
            named.filter(|place| !self.asker.is_denied(permission, Target::from(*place)));
        let over = self.facts.upwards(undenied);
        let over = over
            .into_iter()
            .filter_map(|place| self.sort.slot(self.facts, place));
        held.union(Slots::of(over))
    }

    fn marked(&mut self, label: u32, at: Spot) -> Slots {
        match self.target(at) {
            Some(target) => {
                let place = target.place();
                Slots::truth(place.is_some_and(|place| self.facts.has_label(place, label)))
            }
            None => {
                let carriers = self.facts.carriers(self.facts.catalog.label_at(label));
                Slots::of(carriers.filter_map(|place| self.sort.slot(self.facts, place)))
            }
        }
    }

    fn taken(&mut self, permission: u32, at: Spot) -> Slots {
        if !self.index.denies().denies(permission) {
            return Slots::none();
        }
        match self.target(at) {
            Some(target) => Slots::truth(self.asker.is_taken(permission, target)),
            None => self.covered(self.scopes(permission, Effect::Deny), self.sort),
        }
    }
}
