//! The hot loop: one asker, an action, its targets.

use std::cell::{LazyCell, OnceCell, RefCell};
use std::collections::{HashMap, HashSet};
use std::ops::Deref;
use std::rc::Rc;

use fixedbitset::FixedBitSet;
use smallvec::SmallVec;

use crate::catalog::PlaceKind;
use crate::catalog::formula::Node;
use crate::catalog::requirement::Asked;
use crate::facts::Facts;
use crate::facts::grant::Effect;
use crate::id::{Place, Resource, Target, User};
use crate::index::Index;
use crate::index::held::Held;
use crate::index::keys::{ONESELF, PLATFORM, TargetKeys};
use crate::index::list::List;
use crate::index::rows::EVERYTHING;
use crate::limit::limit;

/// A user who asks, with all they hold.
pub(crate) struct Asker<'a> {
    facts: &'a Facts,
    index: &'a Index,
    user: User,
    /// All that they hold, found when it is first needed.
    held: OnceCell<Held<'a>>,
    /// The first few targets asked about, where several questions about the same ones are expected.
    kept: Option<RefCell<Vec<Kept<'a>>>>,
}

/// What an asker of several questions about one target works out only once.
struct Kept<'a> {
    target: Target,
    keys: Rc<TargetKeys<'a>>,
    /// The permissions that the asker holds at the target, by index.
    holds: FixedBitSet,
}

/// What is known of a container, for one permission.
struct Judged {
    resource: Resource,
    allowed: bool,
    denied: bool,
    /// Whether it is placed in the asker.
    is_own: bool,
}

/// How many targets an asker remembers.
const KEPT: usize = limit(4, 1);

/// The keys of a target, gathered for one look or kept for several.
enum Gathered<'a> {
    Once(TargetKeys<'a>),
    Kept(Rc<TargetKeys<'a>>),
}

impl<'a> Deref for Gathered<'a> {
    type Target = TargetKeys<'a>;

    fn deref(&self) -> &TargetKeys<'a> {
        match self {
            Gathered::Once(keys) => keys,
            Gathered::Kept(keys) => keys,
        }
    }
}

/// What a part of a formula is about: all targets that `can` was asked about, or the one that an `allows` passed on.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Focus {
    Whole,
    One(Target),
}

/// A node of a formula on the way down, and which of its parts comes next.
struct Frame {
    node: u32,
    part: usize,
    focus: Focus,
    current: Target,
    /// The action whose formula begins here, so that its answer can be remembered.
    action: Option<u32>,
}

impl<'a> Asker<'a> {
    pub(crate) fn new(facts: &'a Facts, index: &'a Index, user: User) -> Self {
        Asker {
            facts,
            index,
            user,
            held: OnceCell::new(),
            kept: None,
        }
    }

    fn held(&self) -> &Held<'a> {
        self.held
            .get_or_init(|| self.index.rows.held_by(self.facts, self.user))
    }

    /// An asker of several questions about the same targets.
    pub(crate) fn remembering(facts: &'a Facts, index: &'a Index, user: User) -> Self {
        Asker {
            kept: Some(RefCell::default()),
            ..Asker::new(facts, index, user)
        }
    }

    /// Whether the user can do the action on the targets, of which there are as many as it has.
    pub(crate) fn can(&self, action: u32, targets: &[Target]) -> bool {
        let Some(root) = self
            .facts
            .catalog
            .formulas()
            .action(action)
            .map(|action| action.root)
        else {
            return false;
        };
        if self.blocked(action, targets) {
            return false;
        }
        let Some(first) = targets.first() else {
            return false;
        };
        match self.facts.catalog.node(root) {
            Some(Node::Holds(permission)) => self.holds(*permission, *first),
            Some(_) => self.satisfied(root, targets, *first),
            None => false,
        }
    }

    /// Whether a deny of everything, or of the permission of the action's name, covers a target.
    pub(crate) fn blocked(&self, action: u32, targets: &[Target]) -> bool {
        let by_name = self.index.denies.denies(action);
        let blocks = self.index.denies.denies(EVERYTHING);
        if !by_name && !blocks {
            return false;
        }
        targets.iter().any(|target| {
            let keys = self.keys(*target);
            (blocks && self.takes(EVERYTHING, *target, &keys))
                || (by_name && self.takes(action, *target, &keys))
        })
    }

    /// Walks the formula with a stack of its own; nothing recurses over what users declare.
    fn satisfied(&self, root: u32, targets: &[Target], first: Target) -> bool {
        let mut answers: HashMap<(u32, Focus), bool> = HashMap::new();
        let mut stack: SmallVec<[Frame; 16]> = SmallVec::new();
        stack.push(Frame {
            node: root,
            part: 0,
            focus: Focus::Whole,
            current: first,
            action: None,
        });
        // The answer of the part that was just left.
        let mut answer = false;
        while let Some(frame) = stack.last_mut() {
            let (part, current, focus) = (frame.part, frame.current, frame.focus);
            frame.part += 1;
            let Some(node) = self.facts.catalog.node(frame.node) else {
                return false;
            };
            // Either the next part to walk, or the answer of this node.
            let next = match node {
                Node::Holds(permission) => Err(self.holds(*permission, current)),
                Node::Above(kind, permission) => Err(self.above(*kind, *permission, current)),
                Node::Within(permission) => Err(self.within(*permission, current)),
                Node::Marked(label) => Err(current
                    .place()
                    .is_some_and(|place| self.facts.has_label(place, *label))),
                Node::All(parts) | Node::With(parts) => match parts.get(part) {
                    Some(_) if part > 0 && !answer => Err(false),
                    Some(next) => Ok(Frame {
                        node: *next,
                        part: 0,
                        focus,
                        current,
                        action: None,
                    }),
                    None => Err(answer),
                },
                Node::Any(parts) => match parts.get(part) {
                    Some(_) if part > 0 && answer => Err(true),
                    Some(next) => Ok(Frame {
                        node: *next,
                        part: 0,
                        focus,
                        current,
                        action: None,
                    }),
                    None => Err(answer),
                },
                Node::On(asked, next) if part == 0 => {
                    let current = match (asked, focus) {
                        (Asked::Platform, _) => Some(Target::Platform),
                        (Asked::Nth(nth), Focus::Whole) => targets.get(*nth).copied(),
                        (Asked::Nth(_), Focus::One(target)) => Some(target),
                    };
                    let Some(current) = current else { return false };
                    Ok(Frame {
                        node: *next,
                        part: 0,
                        focus,
                        current,
                        action: None,
                    })
                }
                Node::Allows(action) if part == 0 => {
                    self.refer(*action, focus, current, targets, &answers)
                }
                Node::On(..) | Node::Allows(_) => Err(answer),
            };
            match next {
                Ok(frame) => stack.push(frame),
                Err(value) => {
                    answer = value;
                    if let Some(Frame {
                        action: Some(action),
                        focus,
                        ..
                    }) = stack.pop()
                    {
                        answers.insert((action, focus), value);
                    }
                }
            }
        }
        answer
    }

    /// Goes into the formula of an action that another refers to, unless its answer is known.
    fn refer(
        &self,
        action: u32,
        focus: Focus,
        current: Target,
        targets: &[Target],
        answers: &HashMap<(u32, Focus), bool>,
    ) -> Result<Frame, bool> {
        let Some(of) = self.facts.catalog.formulas().action(action) else {
            return Err(false);
        };
        let focus = if of.targets == 1 {
            Focus::One(current)
        } else {
            focus
        };
        if let Some(known) = answers.get(&(action, focus)) {
            return Err(*known);
        }
        let one = [current];
        let asked = match focus {
            Focus::Whole => targets,
            Focus::One(_) => &one,
        };
        if self.blocked(action, asked) {
            return Err(false);
        }
        Ok(Frame {
            node: of.root,
            part: 0,
            focus,
            current,
            action: Some(action),
        })
    }

    fn keys(&self, target: Target) -> Gathered<'a> {
        match &self.kept {
            None => Gathered::Once(self.gather(target)),
            Some(kept) => match kept.borrow().iter().find(|kept| kept.target == target) {
                Some(kept) => Gathered::Kept(Rc::clone(&kept.keys)),
                None => Gathered::Once(self.gather(target)),
            },
        }
    }

    fn gather(&self, target: Target) -> TargetKeys<'a> {
        self.index.keys.of_target(self.facts, target)
    }

    /// Whether the user holds the permission at the target.
    pub(crate) fn holds(&self, permission: u32, target: Target) -> bool {
        if let Some(kept) = &self.kept {
            let mut kept = kept.borrow_mut();
            if let Some(kept) = kept.iter().find(|kept| kept.target == target) {
                return kept.holds.contains(permission as usize);
            }
            if kept.len() < KEPT {
                let all = self.keep(target);
                let held = all.holds.contains(permission as usize);
                kept.push(all);
                return held;
            }
        }
        if !self.held().has(Effect::Allow, permission) {
            return false;
        }
        let keys = self.gather(target);
        self.meets(Effect::Allow, permission, target, &keys)
            && !self.denied(permission, target, &keys)
    }

    /// Works out what is asked about the target again and again.
    fn keep(&self, target: Target) -> Kept<'a> {
        let keys = self.gather(target);
        Kept {
            target,
            holds: self.held_at(target, &keys),
            keys: Rc::new(keys),
        }
    }

    /// The permissions, by index, that the user holds at the target, which has these keys: one pass over what they hold anywhere.
    fn held_at(&self, target: Target, keys: &TargetKeys<'_>) -> FixedBitSet {
        let own = LazyCell::new(|| self.is_own(target));
        let has = |key: u32| match key {
            PLATFORM => true,
            ONESELF => *own,
            key => keys.has(key),
        };
        let covers = |held: &[u32]| held.iter().any(|key| has(*key));
        let mut holds = FixedBitSet::with_capacity(self.facts.catalog.permission_count());
        let mut allow = |permission: u32, held: &[u32]| {
            if covers(held) {
                holds.insert(permission as usize);
            }
        };
        let rows = &self.index.rows;
        let told = rows.each_allowed(self.facts, self.user, &mut allow);
        if told.is_none() {
            self.held().each_allowed(&mut allow);
        }
        if self.index.denies.is_empty() {
            return holds;
        }
        for row in self.held().rows() {
            row.denies.iter().for_each(|(permission, held)| {
                let takes = || covers(held);
                match permission {
                    EVERYTHING if takes() => holds.clear(),
                    permission if holds.contains(permission as usize) && takes() => {
                        holds.remove(permission as usize);
                    }
                    _ => {}
                }
            });
        }
        holds
    }

    /// The actions that the user can do on the targets, of those that have as many, by index.
    pub(crate) fn all_of(&self, targets: &[Target]) -> impl Iterator<Item = u32> {
        let held = match targets {
            [target] => {
                let held = self.index.every(self.facts, self.user, *target);
                Some(held.unwrap_or_else(|| self.held_at(*target, &self.gather(*target))))
            }
            _ => None,
        };
        let formulas = self.facts.catalog.formulas();
        let first = formulas.permissions();
        let ones = held.iter().flat_map(|held| held.ones());
        let ones = ones.take_while(|permission| *permission < first);
        let of_permissions: SmallVec<[u32; 32]> =
            ones.filter_map(|one| one.try_into().ok()).collect();
        let rest = (0..).zip(formulas.actions()).skip(first);
        let rest = rest.filter_map(move |(action, of)| {
            let can = match (of.holds, &held) {
                _ if of.targets != targets.len() => false,
                (Some(permission), Some(held)) if !self.index.denies.denies(action) => {
                    held.contains(permission as usize)
                }
                _ => self.can(action, targets),
            };
            can.then_some(action)
        });
        of_permissions.into_iter().chain(rest)
    }

    /// Whether a deny of the permission, or of everything, covers the target.
    pub(crate) fn is_denied(&self, permission: u32, target: Target) -> bool {
        self.denied(permission, target, &self.keys(target))
    }

    /// Whether a deny of the permission itself covers the target.
    pub(crate) fn is_taken(&self, permission: u32, target: Target) -> bool {
        self.takes(permission, target, &self.keys(target))
    }

    fn denied(&self, permission: u32, target: Target, keys: &TargetKeys<'_>) -> bool {
        (self.index.denies.denies(permission) && self.takes(permission, target, keys))
            || (self.index.denies.denies(EVERYTHING) && self.takes(EVERYTHING, target, keys))
    }

    fn takes(&self, permission: u32, target: Target, keys: &TargetKeys<'_>) -> bool {
        self.meets(Effect::Deny, permission, target, keys)
    }

    /// Whether a grant of the effect gives the permission by a scope that covers the target, which has these keys.
    fn meets(
        &self,
        effect: Effect,
        permission: u32,
        target: Target,
        keys: &TargetKeys<'_>,
    ) -> bool {
        let covers = |list: List<'_>| covers(list, keys, || self.is_own(target));
        self.held().any(effect, permission, covers)
    }

    /// Whether the target is the user, or placed in the user.
    fn is_own(&self, target: Target) -> bool {
        match target {
            Target::User(user) => user == self.user,
            Target::Resource(_) => self.facts.at(target).contains(&Place::User(self.user)),
            Target::Group(_) | Target::Platform => false,
        }
    }

    /// Whether the user holds the permission at some place of the kind that the target is at.
    pub(crate) fn above(&self, kind: PlaceKind, permission: u32, target: Target) -> bool {
        if !self.held().has(Effect::Allow, permission) {
            return false;
        }
        if let (PlaceKind::Kind(kind), Target::Resource(resource)) = (kind, target) {
            return self.above_in_containers(kind, permission, resource);
        }
        let places = self.facts.at(target).into_iter();
        let mut places = places.filter(|place| self.facts.is_of_kind(*place, kind));
        places.any(|place| self.holds(permission, place.into()))
    }

    /// Whether the user holds the permission at the resource or at some container of it, of the kind.
    fn above_in_containers(&self, kind: u32, permission: u32, resource: Resource) -> bool {
        let is_held = |judged: &Judged| {
            let is_of_kind = self.facts.kind(judged.resource.index) == Some(kind);
            judged.allowed && !judged.denied && is_of_kind
        };
        self.judge(permission, [resource], is_held)
    }

    /// Judges the containers of some resources, the resources among them, until one is as it is wanted; says whether one is.
    ///
    /// What covers a container covers what is in it, so each is asked only for what it adds: linear in a chain of them.
    fn judge(
        &self,
        permission: u32,
        resources: impl IntoIterator<Item = Resource>,
        mut is_wanted: impl FnMut(&Judged) -> bool,
    ) -> bool {
        let mut judged: Vec<Judged> = Vec::new();
        for container in self.index.containers(self.facts, resources) {
            let over = || container.within.iter().filter_map(|at| judged.get(*at));
            let is_own = container.owners.contains(&self.user) || over().any(|over| over.is_own);
            let covers = |list: List<'_>| covers(list, &container.keys, || is_own);
            let has = |effect, what| self.held().any(effect, what, covers);
            let mut takers = [permission, EVERYTHING].into_iter();
            let one = Judged {
                resource: container.resource,
                allowed: over().any(|over| over.allowed) || has(Effect::Allow, permission),
                denied: over().any(|over| over.denied)
                    || takers.any(|what| self.index.denies.denies(what) && has(Effect::Deny, what)),
                is_own,
            };
            if is_wanted(&one) {
                return true;
            }
            judged.push(one);
        }
        false
    }

    /// Whether the user holds the permission at the target, or at some place under it that a grant of theirs names.
    pub(crate) fn within(&self, permission: u32, target: Target) -> bool {
        if self.holds(permission, target) {
            return true;
        }
        let keys = self.held().keys(Effect::Allow, permission).into_iter();
        let places = keys.filter_map(|key| self.index.keys.scope(key).named());
        let mut places: Vec<Place> = places.collect();
        // The allow that is scoped to a place covers it, so only a deny can take it there.
        let takers = [permission, EVERYTHING];
        if takers
            .iter()
            .any(|what| self.held().has(Effect::Deny, *what))
        {
            let mut denied: HashSet<Resource> = HashSet::new();
            let resources = places.iter().filter_map(|place| place.resource());
            self.judge(permission, resources, |judged| {
                if judged.denied {
                    denied.insert(judged.resource);
                }
                false
            });
            places.retain(|place| match place {
                Place::Resource(resource) => !denied.contains(resource),
                Place::User(_) | Place::Group(_) => !self.is_denied(permission, (*place).into()),
            });
        }
        match target.place() {
            Some(wanted) => self.facts.upwards(places).contains(&wanted),
            None => !places.is_empty(),
        }
    }
}

/// Whether one of the keys, of which the asker holds something, covers a target that has these.
fn covers(list: List<'_>, of_target: &TargetKeys<'_>, is_own: impl FnOnce() -> bool) -> bool {
    let (Some(least), Some(greatest)) = (list.keys().first(), list.keys().last()) else {
        return false;
    };
    *least == PLATFORM || (*greatest == ONESELF && is_own()) || of_target.meet(list)
}
