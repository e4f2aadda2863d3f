//! Who holds a permission at a resource or at something that it is in: one walk down its containers.
//!
//! The plain form asks who holds it at each container of the kind, which is quadratic down a chain. Whatever covers a container covers what is
//! in it, denies too. So whoever holds the permission at one of them holds it at the first of the kind at or below where the allow is: who is
//! allowed it is handed on as far as that, who is denied it to the end, and each container is asked only for what it adds.

use std::collections::HashMap;
use std::rc::Rc;

use crate::facts::grant::Effect;
use crate::id::Resource;
use crate::index::containers::Container;
use crate::index::rows::EVERYTHING;
use crate::query::reverse::sets::Slots;
use crate::query::reverse::who::Who;

/// What is known of a container.
struct Judged {
    is_of_kind: bool,
    /// Who is allowed it there by what no container of the kind is between.
    allowed: Rc<Slots>,
    /// Who is denied it there.
    denied: Rc<Slots>,
}

impl Who<'_> {
    /// The users who hold the permission at the resource or at some container of it, of the kind.
    pub(super) fn above_in_containers(
        &self,
        kind: u32,
        permission: u32,
        resource: Resource,
    ) -> Slots {
        let mut found = Slots::none();
        let mut judged: Vec<Judged> = Vec::new();
        let everywhere = Rc::new(self.everywhere(permission, Effect::Allow));
        let denied_everywhere = Rc::new(self.denied_everywhere(permission));
        for container in self.index.containers(self.facts, [resource]) {
            let is_of_kind = self.facts.kind(container.resource.index) == Some(kind);
            let over = || container.within.iter().filter_map(|at| judged.get(*at));
            let passed_on = over().filter(|over| !over.is_of_kind);
            let is_outermost = container.within.is_empty();
            let allowed = passed_on.map(|over| &over.allowed);
            let allowed = allowed.chain(is_outermost.then_some(&everywhere));
            let allowed = union(allowed, self.added(permission, Effect::Allow, &container));
            let denied = over().map(|over| &over.denied);
            let denied = denied.chain(is_outermost.then_some(&denied_everywhere));
            let denied = union(denied, self.denied_by(permission, &container));
            if is_of_kind && !allowed.is_none() {
                found = found.union(Slots::clone(&allowed).minus(Slots::clone(&denied)));
            }
            judged.push(Judged {
                is_of_kind,
                allowed,
                denied,
            });
        }
        found
    }

    /// The users whom a deny takes the permission at each of the resources.
    pub(super) fn denied_in_containers(
        &self,
        permission: u32,
        resources: impl IntoIterator<Item = Resource>,
    ) -> HashMap<Resource, Rc<Slots>> {
        let mut denied: HashMap<Resource, Rc<Slots>> = HashMap::new();
        let mut order: Vec<Rc<Slots>> = Vec::new();
        let everywhere = Rc::new(self.denied_everywhere(permission));
        for container in self.index.containers(self.facts, resources) {
            let over = container.within.iter().filter_map(|at| order.get(*at));
            let over = over.chain(container.within.is_empty().then_some(&everywhere));
            let all = union(over, self.denied_by(permission, &container));
            denied.insert(container.resource, Rc::clone(&all));
            order.push(all);
        }
        denied
    }

    /// The users whom a deny takes the permission by a scope that begins to cover there.
    fn denied_by(&self, permission: u32, container: &Container<'_>) -> Slots {
        self.by_any_deny(permission, |what| self.added(what, Effect::Deny, container))
    }

    /// The users whom a deny takes the permission everywhere.
    fn denied_everywhere(&self, permission: u32) -> Slots {
        self.by_any_deny(permission, |what| self.everywhere(what, Effect::Deny))
    }

    /// The users whom a deny of the permission or of everything takes it.
    fn by_any_deny(&self, permission: u32, denied: impl Fn(u32) -> Slots) -> Slots {
        let takers = [permission, EVERYTHING].into_iter();
        let takers = takers.filter(|what| self.index.denies().denies(*what));
        takers.map(denied).fold(Slots::none(), Slots::union)
    }

    /// The users whom a grant of the effect gives the permission on the platform, and so at whatever is in nothing else.
    fn everywhere(&self, permission: u32, effect: Effect) -> Slots {
        let holders = self.index.holders_everywhere(permission, effect);
        self.users_of(holders)
    }

    /// The users whom a grant of the effect gives the permission by a scope that begins to cover there.
    fn added(&self, permission: u32, effect: Effect, container: &Container<'_>) -> Slots {
        let holders = self.index.holders_by(permission, effect, &container.keys);
        let users = self.users_of(holders);
        if container.owners.is_empty() || !self.index.gives_oneself(permission, effect) {
            return users;
        }
        let owners = container.owners.iter().copied();
        users.union(self.holding_for_themselves(permission, effect, owners))
    }
}

/// All members of the sets; a set that has them all already is shared.
fn union<'a>(sets: impl IntoIterator<Item = &'a Rc<Slots>>, more: Slots) -> Rc<Slots> {
    let mut all: Option<Rc<Slots>> = (!more.is_none()).then(|| Rc::new(more));
    for set in sets.into_iter().filter(|set| !set.is_none()) {
        all = Some(match all {
            None => Rc::clone(set),
            Some(all) if Rc::ptr_eq(&all, set) => all,
            Some(all) => Rc::new(Slots::clone(&all).union(Slots::clone(set))),
        });
    }
    all.unwrap_or_else(|| Rc::new(Slots::none()))
}
