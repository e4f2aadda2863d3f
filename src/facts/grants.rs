//! `Grants`: every recorded grant, found by its subject, by what it gives and by the place that its scope names.

use std::cmp::Ordering;

use crate::facts::grant::{Effect, Grant, Scope, What};
use crate::id::{Group, Label, Permission, Place, Resource, Role, Subject, User};
use crate::limit::limit;
use crate::store::{Layered, SortedSet, Weight};

/// The grants of one policy. Clones share what neither has changed.
#[derive(Clone, Debug)]
pub(crate) struct Grants {
    owners: Owners,
    by_subject: Layered<Packed, { limit(14, 2) }>,
    by_what: Layered<ByWhat, { limit(13, 3) }>,
    by_place: Layered<ByPlace, { limit(11, 1) }>,
    /// The denies once more, from each side on which something that goes can be near one. There are few denies beside the allows, and this
    /// way nobody who looks for one reads the allows of a large group.
    denies: SortedSet<(Side, Packed)>,
}

/// A side of a deny: what has to be met for the deny to be near.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Side {
    /// The subject, by its [`Packed::recipient`].
    Subject(u64),
    /// The place that the scope names, by its [`Packed::named`].
    Place(u64),
    /// The label that the scope speaks of.
    Label(u32),
    /// A role.
    Role,
    /// Whoever holds it.
    Oneself,
}

/// What the handles of a policy have in common.
#[derive(Clone, Copy, Debug)]
struct Owners {
    policy: u32,
    catalog: u32,
    /// How many roles are of the catalog; those of the policy count on from there.
    catalog_roles: u32,
}

/// A grant without what the handles of a policy have in common, for a change copies many of them. Packed grants are in the order of grants.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Packed {
    /// 0 user, 1 group, 2 everyone.
    subject_sort: u8,
    subject: u32,
    subject_birth: u32,
    /// 0 permission, 1 role, 2 everything.
    what_sort: u8,
    what: u32,
    role_birth: u32,
    /// 0 platform, 1 this user, 2 this group, 3 this resource, 4 underlying, 5 labelled, 6 oneself.
    scope_sort: u8,
    label: u32,
    /// One more than the index of the place that the scope names; 0 where it names none.
    place: u32,
    place_birth: u32,
    effect: Effect,
}

/// A packed grant, in the order of what it gives; of one thing those that name no place come first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct ByWhat(Packed);

/// A packed grant, in the order of the places that scopes name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct ByPlace(Packed);

impl Packed {
    /// None is less than this one.
    const LEAST: Packed = Packed {
        subject_sort: 0,
        subject: 0,
        subject_birth: 0,
        what_sort: 0,
        what: 0,
        role_birth: 0,
        scope_sort: 0,
        label: 0,
        place: 0,
        place_birth: 0,
        effect: Effect::Allow,
    };

    fn of(grant: Grant) -> Packed {
        Packed {
            effect: grant.effect,
            ..Packed::LEAST
        }
        .to(grant.subject)
        .giving(grant.what)
        .over(grant.scope)
    }

    fn to(self, subject: Subject) -> Packed {
        let (subject_sort, subject, subject_birth) = match subject {
            Subject::User(user) => (0, user.index, user.birth),
            Subject::Group(group) => (1, group.index, group.birth),
            Subject::Everyone => (2, 0, 0),
        };
        Packed {
            subject_sort,
            subject,
            subject_birth,
            ..self
        }
    }

    fn giving(self, what: What) -> Packed {
        let (what_sort, what, role_birth) = match what {
            What::Permission(permission) => (0, permission.index, 0),
            What::Role(role) => (1, role.index, role.birth),
            What::Everything => (2, 0, 0),
        };
        Packed {
            what_sort,
            what,
            role_birth,
            ..self
        }
    }

    fn over(self, scope: Scope) -> Packed {
        let (scope_sort, label, place) = match scope {
            Scope::Platform => (0, 0, None),
            Scope::This(Place::User(user)) => (1, 0, Some((user.index, user.birth))),
            Scope::This(Place::Group(group)) => (2, 0, Some((group.index, group.birth))),
            Scope::This(Place::Resource(resource)) => {
                (3, 0, Some((resource.index, resource.birth)))
            }
            Scope::Underlying(group) => (4, 0, Some((group.index, group.birth))),
            Scope::Labelled(label, bound) => {
                let bound = bound.map(|group| (group.index, group.birth));
                (5, label.index, bound)
            }
            Scope::Oneself => (6, 0, None),
        };
        let (place, place_birth) = place.map_or((0, 0), |(index, birth): (u32, u32)| {
            (index.wrapping_add(1), birth)
        });
        Packed {
            scope_sort,
            label,
            place,
            place_birth,
            ..self
        }
    }

    /// A number for the subject, in the order of subjects.
    fn recipient(&self) -> u64 {
        number(self.subject_sort, self.subject)
    }

    /// A number for what it gives.
    fn given(&self) -> u64 {
        number(self.what_sort, self.what)
    }

    /// Every side of it, if it is a deny.
    fn sides(&self) -> impl Iterator<Item = Side> + use<> {
        let place = (self.place > 0).then(|| Side::Place(self.named()));
        let label = (self.scope_sort == 5).then_some(Side::Label(self.label));
        let oneself = (self.scope_sort == 6).then_some(Side::Oneself);
        let role = (self.what_sort == 1).then_some(Side::Role);
        let sides = [Some(Side::Subject(self.recipient())), place, label, role];
        let is_deny = self.effect == Effect::Deny;
        let sides = sides.into_iter().chain([oneself]).flatten();
        sides.filter(move |_| is_deny)
    }

    /// A number for the place that the scope names, in the order of places.
    fn named(&self) -> u64 {
        match self.scope_sort {
            sort @ 1..=3 => number(sort, self.place),
            _ => number(2, self.place),
        }
    }
}

fn number(sort: u8, index: u32) -> u64 {
    u64::from(sort) << 32 | u64::from(index)
}

impl Owners {
    fn user(self, index: u32, birth: u32) -> User {
        User {
            index,
            birth,
            owner: self.policy,
        }
    }

    fn group(self, index: u32, birth: u32) -> Group {
        Group {
            index,
            birth,
            owner: self.policy,
        }
    }

    fn resource(self, index: u32, birth: u32) -> Resource {
        Resource {
            index,
            birth,
            owner: self.policy,
        }
    }

    fn role(self, index: u32, birth: u32) -> Role {
        let of_policy = index >= self.catalog_roles;
        Role {
            index,
            birth,
            owner: if of_policy { self.policy } else { self.catalog },
        }
    }

    fn unpack(self, packed: &Packed) -> Grant {
        let subject = match packed.subject_sort {
            0 => Subject::User(self.user(packed.subject, packed.subject_birth)),
            1 => Subject::Group(self.group(packed.subject, packed.subject_birth)),
            _ => Subject::Everyone,
        };
        let what = match packed.what_sort {
            0 => What::Permission(Permission {
                index: packed.what,
                catalog: self.catalog,
            }),
            1 => What::Role(self.role(packed.what, packed.role_birth)),
            _ => What::Everything,
        };
        let (place, birth) = (packed.place.wrapping_sub(1), packed.place_birth);
        let group = self.group(place, birth);
        let scope = match packed.scope_sort {
            0 => Scope::Platform,
            1 => Scope::this(self.user(place, birth)),
            2 => Scope::this(group),
            3 => Scope::this(self.resource(place, birth)),
            4 => Scope::Underlying(group),
            5 => {
                let label = Label {
                    index: packed.label,
                    catalog: self.catalog,
                };
                Scope::Labelled(label, (packed.place > 0).then_some(group))
            }
            _ => Scope::Oneself,
        };
        Grant {
            subject,
            what,
            scope,
            effect: packed.effect,
        }
    }
}

impl Ord for ByWhat {
    fn cmp(&self, other: &Self) -> Ordering {
        let given = self.0.given().cmp(&other.0.given());
        let named = given.then_with(|| (self.0.place > 0).cmp(&(other.0.place > 0)));
        named.then_with(|| self.0.cmp(&other.0))
    }
}

impl PartialOrd for ByWhat {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for ByPlace {
    fn cmp(&self, other: &Self) -> Ordering {
        let named = self.0.named().cmp(&other.0.named());
        named.then_with(|| self.0.cmp(&other.0))
    }
}

impl PartialOrd for ByPlace {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Grants {
    /// None yet, of a policy and its catalog by their numbers.
    pub(crate) fn new(policy: u32, catalog: u32, catalog_roles: u32) -> Self {
        Grants {
            owners: Owners {
                policy,
                catalog,
                catalog_roles,
            },
            by_subject: Layered::default(),
            by_what: Layered::default(),
            by_place: Layered::default(),
            denies: SortedSet::default(),
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.by_subject.len()
    }

    pub(crate) fn contains(&self, grant: Grant) -> bool {
        let packed = Packed::of(grant);
        self.owners.unpack(&packed) == grant && self.by_subject.contains(&packed)
    }

    /// Adds a grant of this policy, or takes it out; false if that was so already.
    pub(crate) fn set(&mut self, grant: Grant, present: bool) -> bool {
        let packed = Packed::of(grant);
        let changed = self.by_subject.set(packed, present);
        if changed {
            // INVARIANT: each set has every grant, but for those that name no place.
            self.by_what.turn(ByWhat(packed), present);
            if packed.place > 0 {
                self.by_place.turn(ByPlace(packed), present);
            }
            // INVARIANT: it has every side of every deny.
            for side in packed.sides() {
                self.denies.turn((side, packed));
            }
        }
        changed
    }

    /// Whether there is any deny.
    pub(crate) fn has_denies(&self) -> bool {
        self.denies.len() > 0
    }

    /// The denies to the subject, in order.
    pub(crate) fn denies_to(&self, subject: Subject) -> impl Iterator<Item = Grant> + '_ {
        let side = Side::Subject(Packed::LEAST.to(subject).recipient());
        let to = self.denies_near(side);
        to.filter(move |grant| grant.subject == subject)
    }

    /// The denies whose scope names the place, or is bounded by it, in order.
    pub(crate) fn denies_on(&self, place: Place) -> impl Iterator<Item = Grant> + '_ {
        let side = Side::Place(Packed::LEAST.over(Scope::This(place)).named());
        let on = self.denies_near(side);
        on.filter(move |grant| grant.named_place() == Some(place))
    }

    /// The denies at the carriers of the label, in order.
    pub(crate) fn denies_labelled(&self, label: u32) -> impl Iterator<Item = Grant> + '_ {
        self.denies_near(Side::Label(label))
    }

    /// The denies of any role, in order.
    pub(crate) fn denies_of_roles(&self) -> impl Iterator<Item = Grant> + '_ {
        self.denies_near(Side::Role)
    }

    /// The denies at whoever holds them, in order.
    pub(crate) fn denies_at_oneself(&self) -> impl Iterator<Item = Grant> + '_ {
        self.denies_near(Side::Oneself)
    }

    fn denies_near(&self, side: Side) -> impl Iterator<Item = Grant> + '_ {
        let range = self.denies.range((side, Packed::LEAST)..);
        let near = range.take_while(move |(other, _)| *other == side);
        near.map(|(_, packed)| self.owners.unpack(&packed))
    }

    /// All of them, in order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = Grant> + '_ {
        let all = self.by_subject.iter();
        all.map(|packed| self.owners.unpack(&packed))
    }

    /// Those to the subject, in order.
    pub(crate) fn to(&self, subject: Subject) -> impl Iterator<Item = Grant> + '_ {
        let first = Packed::LEAST.to(subject);
        let range = self.by_subject.from(first);
        let to = range.take_while(move |packed| packed.recipient() == first.recipient());
        let to = to.map(|packed| self.owners.unpack(&packed));
        to.filter(move |grant| grant.subject == subject)
    }

    /// Those that give just this, in order.
    pub(crate) fn of(&self, what: What) -> impl Iterator<Item = Grant> + '_ {
        let (wide, named) = (self.giving(what, 0), self.giving(what, 1));
        let (mut wide, mut named) = (wide.peekable(), named.peekable());
        std::iter::from_fn(move || match (wide.peek(), named.peek()) {
            (Some(one), Some(other)) if one > other => named.next(),
            (Some(_), _) => wide.next(),
            (None, _) => named.next(),
        })
    }

    /// Those that give just this by a scope that names no place and is bounded by none, in order.
    pub(crate) fn wide(&self, what: What) -> impl Iterator<Item = Grant> + '_ {
        self.giving(what, 0)
    }

    /// Those that give just this and name no place, where `place` is 0, or a place.
    fn giving(&self, what: What, place: u32) -> impl Iterator<Item = Grant> + '_ {
        // Less than any that names a place: the place itself comes last in the order.
        let first = Packed {
            place,
            ..Packed::LEAST.giving(what)
        };
        let range = self.by_what.from(ByWhat(first));
        let of = range.take_while(move |ByWhat(packed)| {
            packed.given() == first.given() && (packed.place > 0) == (place > 0)
        });
        let of = of.map(|ByWhat(packed)| self.owners.unpack(&packed));
        of.filter(move |grant| grant.what == what)
    }

    /// Those whose scope names the place, or is bounded by it, in order.
    pub(crate) fn on(&self, place: Place) -> impl Iterator<Item = Grant> + '_ {
        let first = Packed::LEAST.over(Scope::This(place));
        let range = self.by_place.from(ByPlace(first));
        let on = range.take_while(move |ByPlace(packed)| packed.named() == first.named());
        let on = on.map(|ByPlace(packed)| self.owners.unpack(&packed));
        on.filter(move |grant| grant.named_place() == Some(place))
    }

    /// Those that only one of the two has.
    pub(crate) fn difference(&self, other: &Self) -> impl Iterator<Item = Grant> {
        let difference = self.by_subject.difference(&other.by_subject).into_iter();
        difference.map(|(packed, _)| self.owners.unpack(&packed))
    }

    /// How many nodes all sets have together.
    #[cfg(test)]
    pub(crate) fn nodes(&self) -> usize {
        let ordered = self.by_subject.nodes() + self.by_what.nodes() + self.by_place.nodes();
        ordered + self.denies.nodes()
    }
}

impl Weight for Grants {
    fn heap(&self) -> usize {
        let ordered = self.by_subject.heap() + self.by_what.heap() + self.by_place.heap();
        ordered + self.denies.heap()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packed_grants_are_whole_and_in_the_order_of_grants() {
        let owners = Owners {
            policy: 7,
            catalog: 8,
            catalog_roles: 2,
        };
        let slots = [(0, 5), (0, 6), (1, 0)];
        let [users, groups] = [slots; 2];
        let users = users.map(|(index, birth)| owners.user(index, birth));
        let groups = groups.map(|(index, birth)| owners.group(index, birth));
        let resources = slots.map(|(index, birth)| owners.resource(index, birth));
        let label = |index| Label { index, catalog: 8 };
        let subjects = users.map(Subject::User).into_iter();
        let subjects = subjects.chain(groups.map(Subject::Group));
        let permission = |index| Permission { index, catalog: 8 };
        let whats = [
            What::Permission(permission(0)),
            What::Permission(permission(3)),
            What::Role(owners.role(1, 0)),
            What::Role(owners.role(2, 4)),
            What::Everything,
        ];
        let mut scopes = vec![Scope::Platform, Scope::Oneself];
        scopes.extend(users.map(Scope::this));
        scopes.extend(resources.map(Scope::this));
        scopes.extend([0, 1].map(|index| Scope::labelled(label(index))));
        for group in groups {
            scopes.extend([Scope::this(group), Scope::underlying(group)]);
            scopes.extend([0, 1].map(|index| Scope::labelled_under(label(index), group)));
        }
        let mut grants = Vec::new();
        for subject in subjects.chain([Subject::Everyone]) {
            for (what, scope) in whats
                .iter()
                .flat_map(|what| scopes.iter().map(move |scope| (*what, *scope)))
            {
                grants.extend([Effect::Allow, Effect::Deny].map(|effect| Grant {
                    subject,
                    what,
                    scope,
                    effect,
                }));
            }
        }
        grants.sort_unstable();
        let packed: Vec<Packed> = grants.iter().map(|grant| Packed::of(*grant)).collect();
        assert!(packed.is_sorted_by(|one, two| one < two));
        assert!(
            packed
                .iter()
                .map(|packed| owners.unpack(packed))
                .eq(grants.iter().copied())
        );

        let mut recorded = Grants::new(7, 8, 2);
        assert!(grants.iter().all(|grant| recorded.set(*grant, true)));
        assert!(recorded.iter().eq(grants.iter().copied()));
        let among = |such: &dyn Fn(&Grant) -> bool| {
            let such = grants.iter().copied().filter(|grant| such(grant));
            such.collect::<Vec<_>>()
        };
        for group in groups {
            let to = among(&|grant| grant.subject == Subject::Group(group));
            assert!(recorded.to(group.into()).eq(to));
            let on = among(&|grant| grant.named_place() == Some(group.into()));
            assert!(recorded.on(group.into()).eq(on));
        }
        let denies = |such: &dyn Fn(&Grant) -> bool| {
            among(&|grant| grant.effect == Effect::Deny && such(grant))
        };
        for group in groups {
            let to = denies(&|grant| grant.subject == Subject::Group(group));
            assert!(recorded.denies_to(group.into()).eq(to));
            let on = denies(&|grant| grant.named_place() == Some(group.into()));
            assert!(recorded.denies_on(group.into()).eq(on));
        }
        let labelled =
            denies(&|grant| matches!(grant.scope, Scope::Labelled(label, _) if label.index == 1));
        assert!(recorded.denies_labelled(1).eq(labelled));
        let of_roles = denies(&|grant| matches!(grant.what, What::Role(_)));
        assert!(recorded.denies_of_roles().eq(of_roles));
        let at_oneself = denies(&|grant| grant.scope == Scope::Oneself);
        assert!(recorded.denies_at_oneself().eq(at_oneself));
        for what in whats {
            assert!(recorded.of(what).eq(among(&|grant| grant.what == what)));
        }
        let mut foreign = grants[0];
        assert!(recorded.contains(foreign));
        foreign.subject = Subject::User(User {
            owner: 9,
            ..users[0]
        });
        assert!(!recorded.contains(foreign));
        assert!(!recorded.set(grants[0], true) && recorded.set(grants[0], false));
        assert!(!recorded.set(grants[0], false));
        assert!(!recorded.contains(grants[0]));
        assert_eq!(recorded.len(), grants.len() - 1);
        assert!(recorded.has_denies());
        for grant in &grants {
            recorded.set(*grant, false);
        }
        assert!(!recorded.has_denies());
    }
}
