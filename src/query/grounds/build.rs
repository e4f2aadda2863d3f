//! Grounds are laid: section 2 of the design, written as rules for one question.

use std::rc::Rc;

use indexmap::{IndexMap, IndexSet};
use rustc_hash::{FxBuildHasher, FxHashMap as HashMap};

use crate::catalog::PlaceKind;
use crate::catalog::formula::Node;
use crate::facts::grant::{Effect, Grant, Scope, What};
use crate::facts::{Fact, Facts};
use crate::graph;
use crate::id::{Label, Place, Role, Subject, Target, User};
use crate::index::rows::EVERYTHING;
use crate::query::explain::judge::{Questions, climb, questions, referred, target_of};
use crate::query::grounds::{Cell, FALSE, Grounds, Lists, Rule, TRUE, Term};
use crate::steps;

/// A permission, or everything, that is allowed or denied.
type Given = (u32, Effect);

/// An atom of a formula.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Form {
    Holds,
    Above(PlaceKind),
    Within,
}

/// Where grants of one permission and effect cover.
#[derive(Clone, Debug)]
struct Cover {
    /// The node of the platform.
    whole: u32,
    /// The first node of the places: each has two.
    first: u32,
    /// The nodes of the grants that name each place.
    named: Rc<HashMap<Place, Vec<u32>>>,
}

struct Build<'a> {
    facts: &'a Facts,
    user: User,
    numbers: HashMap<Fact, u32>,
    nodes: Vec<Option<Fact>>,
    rules: Vec<Rule>,
    /// The nodes of the groups that the user is held as.
    holders: HashMap<Subject, u32>,
    held: Vec<Grant>,
    /// Every place that matters.
    places: IndexSet<Place, FxBuildHasher>,
    covers: HashMap<Given, Option<Cover>>,
    /// For each target asked about the nodes of the places that are under it: two for each place.
    under: HashMap<Target, u32>,
    at: HashMap<Target, HashMap<Place, u32>>,
    spots: HashMap<(Given, Target), u32>,
    gives: HashMap<(Role, u32), u32>,
    cells: Vec<Cell>,
    atoms: IndexMap<(Form, u32, Target), Vec<Place>, FxBuildHasher>,
}

impl Grounds {
    /// Everything that the answer to the question can rest on as the facts stand.
    pub(crate) fn new(facts: &Facts, user: User, action: u32, targets: &[Target]) -> Grounds {
        let mut build = Build::new(facts, user);
        build.hold();
        let (questions, order) = questions(facts, action, targets);
        build.gather(&questions);
        let terms = build.terms(&questions, &order);
        build.done(terms)
    }

    /// Everything by which denies of these permissions, or of everything, can reach from the asker to these targets. The answer is whether any
    /// does.
    pub(crate) fn of_denies(facts: &Facts, user: User, denied: &[(u32, Target)]) -> Grounds {
        let mut build = Build::new(facts, user);
        build.hold();
        build.climb(
            denied
                .iter()
                .filter_map(|(_, target)| target.place())
                .collect(),
        );
        let nodes = denied
            .iter()
            .map(|(permission, target)| build.covered((*permission, Effect::Deny), *target));
        let mut terms: Vec<Term> = nodes
            .collect::<Vec<u32>>()
            .into_iter()
            .map(Term::Node)
            .collect();
        let all = 0..u32::try_from(terms.len()).unwrap_or(u32::MAX);
        terms.push(Term::Any(all.collect()));
        build.done(terms)
    }
}

impl<'a> Build<'a> {
    fn new(facts: &'a Facts, user: User) -> Self {
        Build {
            facts,
            user,
            numbers: HashMap::default(),
            nodes: vec![None, None],
            rules: Vec::new(),
            holders: HashMap::default(),
            held: Vec::new(),
            places: IndexSet::default(),
            covers: HashMap::default(),
            under: HashMap::default(),
            at: HashMap::default(),
            spots: HashMap::default(),
            gives: HashMap::default(),
            cells: Vec::new(),
            atoms: IndexMap::default(),
        }
    }

    fn node(&mut self) -> u32 {
        self.fresh(1)
    }

    /// This many new nodes; the first of them.
    fn fresh(&mut self, count: usize) -> u32 {
        let first = u32::try_from(self.nodes.len()).unwrap_or(u32::MAX);
        self.nodes.resize(self.nodes.len() + count, None);
        first
    }

    fn fact(&mut self, fact: Fact) -> u32 {
        if let Some(node) = self.numbers.get(&fact) {
            return *node;
        }
        let node = self.node();
        if let Some(place) = self.nodes.get_mut(node as usize) {
            *place = Some(fact);
        }
        self.numbers.insert(fact, node);
        node
    }

    fn rule(&mut self, head: u32, body: &[u32]) {
        if body.contains(&FALSE) {
            return;
        }
        let mut all = [TRUE; 3];
        all.iter_mut()
            .zip(body)
            .for_each(|(place, node)| *place = *node);
        self.rules.push(Rule { head, body: all });
    }

    // ---- Who holds ----

    fn hold(&mut self) {
        let groups = self.facts.held_groups(self.user);
        self.holders.insert(Subject::User(self.user), TRUE);
        self.holders.insert(Subject::Everyone, TRUE);
        for group in &groups {
            let node = self.node();
            self.holders.insert(Subject::Group(*group), node);
        }
        for group in self.facts.groups_of(self.user) {
            let fact = self.fact(Fact::Member(self.user, group));
            self.rule(self.holder(Subject::Group(group)), &[fact]);
        }
        for group in &groups {
            for parent in self.facts.parents(*group) {
                let fact = self.fact(Fact::Parent(*group, parent));
                let below = self.holder(Subject::Group(*group));
                self.rule(self.holder(Subject::Group(parent)), &[below, fact]);
            }
        }
        let groups = groups.into_iter().map(Subject::Group);
        let subjects = [Subject::User(self.user), Subject::Everyone];
        let subjects = subjects.into_iter().chain(groups);
        self.held = subjects
            .flat_map(|subject| self.facts.grants_to(subject))
            .collect();
        steps::took(self.held.len());
    }

    fn holder(&self, subject: Subject) -> u32 {
        self.holders.get(&subject).copied().unwrap_or(FALSE)
    }

    /// Whether a thing gives a permission, as it stands.
    fn gives_now(&self, what: What, permission: u32) -> bool {
        match permission {
            EVERYTHING => what == What::Everything,
            permission => self.facts.book().gives(what, permission),
        }
    }

    /// The grants held that give it, each with the node of its being in force.
    fn active(&mut self, (permission, effect): Given) -> Vec<(Grant, u32)> {
        let giving = self.held.iter().copied();
        let giving: Vec<Grant> = giving
            .filter(|grant| grant.effect == effect && self.gives_now(grant.what, permission))
            .collect();
        let mut active = Vec::with_capacity(giving.len());
        for grant in giving {
            let holder = self.holder(grant.subject);
            let fact = self.fact(Fact::Grant(grant));
            let gives = match grant.what {
                What::Role(role) => self.role(role, permission),
                What::Permission(_) | What::Everything => TRUE,
            };
            let node = self.node();
            self.rule(node, &[holder, fact, gives]);
            active.push((grant, node));
        }
        active
    }

    /// The node of a role's giving the permission. Of roles of the catalog that is no recorded fact.
    fn role(&mut self, role: Role, permission: u32) -> u32 {
        if let Some(node) = self.gives.get(&(role, permission)) {
            return *node;
        }
        let facts = self.facts;
        let giving = |role: &Role| facts.book().gives(What::Role(*role), permission);
        let recorded = |role: Role| facts.catalog.role_name(role).is_none();
        let all = graph::reach([role], |role| {
            let next = facts.role_includes(role).into_iter();
            let next = next.filter(|_| recorded(role)).filter(giving);
            next.collect::<Vec<Role>>()
        });
        let new: Vec<Role> = all
            .into_iter()
            .filter(|role| !self.gives.contains_key(&(*role, permission)))
            .collect();
        for role in &new {
            let node = if recorded(*role) { self.node() } else { TRUE };
            self.gives.insert((*role, permission), node);
        }
        for role in new.into_iter().filter(|role| recorded(*role)) {
            let node = self.gives.get(&(role, permission)).copied();
            let node = node.unwrap_or(FALSE);
            if facts.role_permissions(role).contains(&permission) {
                let own = self.fact(Fact::Gives(role, facts.catalog.permission_at(permission)));
                self.rule(node, &[own]);
            }
            for other in facts.role_includes(role).into_iter().filter(giving) {
                let fact = self.fact(Fact::Includes(role, other));
                let gives = self.gives.get(&(other, permission)).copied();
                self.rule(node, &[fact, gives.unwrap_or(FALSE)]);
            }
        }
        let node = self.gives.get(&(role, permission)).copied();
        node.unwrap_or(FALSE)
    }

    // ---- What is covered ----

    /// Finds the atoms of all formulas and the places that matter to them.
    fn gather(&mut self, questions: &Questions) {
        let facts = self.facts;
        let mut spots: Vec<Place> = Vec::new();
        for (action, targets) in questions {
            spots.extend(targets.iter().filter_map(|target| target.place()));
            for (node, about) in spoken(facts, *action, targets) {
                let (form, permission) = match facts.catalog.node(node) {
                    Some(Node::Holds(permission)) => (Form::Holds, *permission),
                    Some(Node::Above(kind, permission)) => (Form::Above(*kind), *permission),
                    Some(Node::Within(permission)) => (Form::Within, *permission),
                    _ => continue,
                };
                let places: Vec<Place> = match form {
                    Form::Holds => Vec::new(),
                    Form::Above(kind) => {
                        let at = facts.at(about).into_iter();
                        at.filter(|place| facts.is_of_kind(*place, kind)).collect()
                    }
                    Form::Within => {
                        let allows = self.held.iter().filter(|grant| {
                            grant.effect == Effect::Allow && self.gives_now(grant.what, permission)
                        });
                        let named: IndexSet<Place> =
                            allows.filter_map(|grant| grant.scope.named()).collect();
                        named.into_iter().collect()
                    }
                };
                spots.extend(about.place());
                spots.extend_from_slice(&places);
                self.atoms.insert((form, permission, about), places);
            }
        }
        self.climb(spots);
    }

    /// Takes in the places and all that they are under.
    fn climb(&mut self, spots: Vec<Place>) {
        let facts = self.facts;
        let closure = graph::reach(spots, |place| {
            let target = Target::from(place);
            climb(facts, target, place, true)
        });
        steps::took(closure.len());
        self.places = closure.into_iter().collect();
    }

    fn number(&self, place: Place) -> Option<u32> {
        let at = self.places.get_index_of(&place)?;
        u32::try_from(at).ok()
    }

    /// The two nodes of a place among those that begin there.
    fn pair(&self, first: u32, place: Place) -> Option<[u32; 2]> {
        let at = first + 2 * self.number(place)?;
        Some([at, at + 1])
    }

    /// The edges from the place to those directly above it: what leads there, and where.
    fn edges(&mut self, place: Place) -> Vec<(u32, Place)> {
        let facts = self.facts;
        let up = climb(facts, Target::from(place), place, true);
        let edge = |above| match (place, above) {
            (Place::Resource(resource), above) => Fact::Placed(resource, above),
            (Place::Group(group), Place::Group(parent)) => Fact::Parent(group, parent),
            (Place::User(user), Place::Group(group)) => Fact::Member(user, group),
            // INVARIANT: groups and users are in groups only.
            (Place::Group(_) | Place::User(_), above) => Fact::Thing(above.into()),
        };
        let up = up.into_iter();
        up.map(|above| (self.fact(edge(above)), above)).collect()
    }

    /// Where the grants of a permission cover. Of the two nodes of a place the first says that it is covered as one that something is
    /// in; the second of a group, that one at or above it is covered with all below; of a user, that the user is covered as a target.
    fn cover(&mut self, given: Given) -> Option<Cover> {
        if let Some(known) = self.covers.get(&given) {
            return known.clone();
        }
        let active = self.active(given);
        let cover = (!active.is_empty()).then(|| self.lay_cover(&active));
        self.covers.insert(given, cover.clone());
        cover
    }

    fn lay_cover(&mut self, active: &[(Grant, u32)]) -> Cover {
        let facts = self.facts;
        let whole = self.node();
        let first = self.fresh(2 * self.places.len());
        // For each label: a node for what no group bounds, and the first node of the places that are under a bound.
        let mut labels: IndexMap<Label, [u32; 2], FxBuildHasher> = IndexMap::default();
        let mut named: HashMap<Place, Vec<u32>> = HashMap::default();
        let carried = |label: Label, places: &IndexSet<Place, FxBuildHasher>| {
            let mut places = places.iter();
            places.any(|place| facts.has_label(*place, label.index))
        };
        for (grant, node) in active {
            if let Some(place) = grant.scope.named() {
                named.entry(place).or_default().push(*node);
            }
            match grant.scope {
                Scope::Platform => self.rule(whole, &[*node]),
                Scope::This(place) => {
                    if let Some([own, _]) = self.pair(first, place) {
                        self.rule(own, &[*node]);
                    }
                }
                Scope::Underlying(group) => {
                    if let Some([_, under]) = self.pair(first, Place::Group(group)) {
                        self.rule(under, &[*node]);
                    }
                }
                Scope::Oneself => {
                    if let Some([own, _]) = self.pair(first, Place::User(self.user)) {
                        self.rule(own, &[*node]);
                    }
                }
                Scope::Labelled(label, bound) => {
                    if !labels.contains_key(&label) {
                        let nodes = if carried(label, &self.places) {
                            [self.node(), FALSE]
                        } else {
                            [FALSE; 2]
                        };
                        labels.insert(label, nodes);
                    }
                    let [free, bounded] = labels.get(&label).copied().unwrap_or([FALSE; 2]);
                    match bound {
                        _ if free == FALSE => {}
                        None => self.rule(free, &[*node]),
                        Some(group) => {
                            let bounded = match bounded {
                                FALSE => self.fresh(2 * self.places.len()),
                                known => known,
                            };
                            labels.insert(label, [free, bounded]);
                            if let Some([under, _]) = self.pair(bounded, Place::Group(group)) {
                                self.rule(under, &[*node]);
                            }
                        }
                    }
                }
            }
        }
        labels.retain(|_, [free, _]| *free != FALSE);
        for place in self.places.clone() {
            let edges = self.edges(place);
            steps::took(1 + edges.len());
            let Some([own, other]) = self.pair(first, place) else {
                continue;
            };
            if !matches!(place, Place::Resource(_)) {
                let [head, body] = match place {
                    Place::Group(_) => [own, other],
                    _ => [other, own],
                };
                self.rule(head, &[body]);
            }
            for (fact, above) in &edges {
                let [at, under] = self.pair(first, *above).unwrap_or([FALSE; 2]);
                match place {
                    Place::Resource(_) => self.rule(own, &[*fact, at]),
                    Place::Group(_) => self.rule(other, &[*fact, under]),
                    Place::User(_) => self.rule(other, &[*fact, at]),
                }
            }
            for (label, [free, bounded]) in &labels {
                if *bounded != FALSE {
                    self.lay_bounds(*bounded, place, &edges);
                }
                if facts.has_label(place, label.index) {
                    let mark = self.fact(Fact::Labelled(place, *label));
                    self.rule(own, &[mark, *free]);
                    if *bounded != FALSE {
                        let [under, as_target] = self.pair(*bounded, place).unwrap_or([FALSE; 2]);
                        let is_user = matches!(place, Place::User(_));
                        self.rule(own, &[mark, if is_user { as_target } else { under }]);
                    }
                }
            }
        }
        Cover {
            whole,
            first,
            named: Rc::new(named),
        }
    }

    /// How being under something goes from a place to those above: into a user it does not go on to the user's groups, from a user as a
    /// target it does.
    fn lay_bounds(&mut self, first: u32, place: Place, edges: &[(u32, Place)]) {
        let Some([under, as_target]) = self.pair(first, place) else {
            return;
        };
        for (fact, above) in edges {
            let [above, _] = self.pair(first, *above).unwrap_or([FALSE; 2]);
            let head = if matches!(place, Place::User(_)) {
                as_target
            } else {
                under
            };
            self.rule(head, &[*fact, above]);
        }
        if matches!(place, Place::User(_)) {
            self.rule(as_target, &[under]);
        }
    }

    /// The node of the target's being covered.
    fn covered(&mut self, given: Given, target: Target) -> u32 {
        if let Some(known) = self.spots.get(&(given, target)) {
            return *known;
        }
        let node = match self.cover(given) {
            None => FALSE,
            Some(Cover { whole, first, .. }) => match target.place() {
                None => whole,
                Some(place) => {
                    let node = self.node();
                    let [own, other] = self.pair(first, place).unwrap_or([FALSE; 2]);
                    let is_user = matches!(place, Place::User(_));
                    self.rule(node, &[if is_user { other } else { own }]);
                    self.rule(node, &[whole]);
                    node
                }
            },
        };
        self.spots.insert((given, target), node);
        node
    }

    /// The node of the place's being one that the target is at.
    fn at(&mut self, about: Target, place: Place) -> u32 {
        if !self.at.contains_key(&about) {
            let facts = self.facts;
            let all = facts.at(about);
            let mut nodes: HashMap<Place, u32> = HashMap::default();
            for other in &all {
                let itself = about.place() == Some(*other);
                let node = if itself { TRUE } else { self.node() };
                nodes.insert(*other, node);
            }
            for lower in all {
                let below = nodes.get(&lower).copied().unwrap_or(FALSE);
                let is_climbed =
                    matches!(lower, Place::Resource(_)) || about.place() == Some(lower);
                for (fact, above) in self.edges(lower) {
                    if let Some(above) = nodes.get(&above).filter(|node| **node != TRUE)
                        && is_climbed
                    {
                        self.rule(*above, &[below, fact]);
                    }
                }
            }
            self.at.insert(about, nodes);
        }
        let nodes = self.at.get(&about);
        nodes
            .and_then(|nodes| nodes.get(&place).copied())
            .unwrap_or(FALSE)
    }

    /// The node of the place's being under the target.
    fn is_under(&mut self, place: Place, about: Target) -> u32 {
        let Some(top) = about.place() else {
            return TRUE;
        };
        let first = match self.under.get(&about) {
            Some(first) => *first,
            None => {
                let first = self.fresh(2 * self.places.len());
                self.under.insert(about, first);
                if let Some([under, _]) = self.pair(first, top) {
                    self.rule(under, &[]);
                }
                for place in self.places.clone() {
                    let edges = self.edges(place);
                    self.lay_bounds(first, place, &edges);
                }
                first
            }
        };
        let [under, as_target] = self.pair(first, place).unwrap_or([FALSE; 2]);
        match place {
            Place::User(_) => as_target,
            Place::Group(_) | Place::Resource(_) => under,
        }
    }

    // ---- The formula ----

    fn cells_of(&mut self, form: Form, permission: u32, about: Target, places: &[Place]) {
        let atom = self.atoms.get_index_of(&(form, permission, about));
        let atom = atom.and_then(|atom| u32::try_from(atom).ok());
        let atom = atom.unwrap_or(u32::MAX);
        let mut spots: Vec<(Target, u32)> = Vec::new();
        if !matches!(form, Form::Above(_)) {
            spots.push((about, TRUE));
        }
        for place in places {
            let asked = match form {
                Form::Holds => continue,
                Form::Above(_) => self.at(about, *place),
                Form::Within if about.place() == Some(*place) => continue,
                Form::Within => self.named_under(permission, *place, about),
            };
            spots.push((Target::from(*place), asked));
        }
        for (target, asked) in spots {
            let allowed = self.covered((permission, Effect::Allow), target);
            if allowed == FALSE || asked == FALSE {
                continue;
            }
            let denied = self.covered((permission, Effect::Deny), target);
            self.cells.push(Cell {
                atom,
                asked,
                allowed,
                denied,
            });
        }
    }

    /// The node of a place's being under the target and named by an allow of the permission.
    fn named_under(&mut self, permission: u32, place: Place, about: Target) -> u32 {
        let under = self.is_under(place, about);
        let Some(cover) = self.cover((permission, Effect::Allow)) else {
            return FALSE;
        };
        let node = self.node();
        for active in cover.named.get(&place).into_iter().flatten() {
            self.rule(node, &[*active, under]);
        }
        node
    }

    /// The formulas of all questions, those that are referred to first.
    fn terms(&mut self, questions: &Questions, order: &[usize]) -> Vec<Term> {
        let facts = self.facts;
        for ((form, permission, about), places) in self.atoms.clone() {
            self.cells_of(form, permission, about, &places);
        }
        let mut terms: Vec<Term> = Vec::new();
        let mut answers: HashMap<usize, u32> = HashMap::default();
        for at in order {
            let Some((action, targets)) = questions.get_index(*at) else {
                continue;
            };
            let mut known: HashMap<(u32, Target), u32> = HashMap::default();
            for (number, about) in spoken(facts, *action, targets) {
                let part = |part: &u32| known.get(&(*part, about)).copied();
                let all = |parts: &[u32]| parts.iter().filter_map(part).collect::<Vec<u32>>();
                let atom = |form: Form, permission: u32| {
                    let atom = self.atoms.get_index_of(&(form, permission, about));
                    Term::Atom(
                        atom.and_then(|atom| u32::try_from(atom).ok())
                            .unwrap_or(u32::MAX),
                    )
                };
                let term = match facts.catalog.node(number) {
                    Some(Node::Holds(permission)) => atom(Form::Holds, *permission),
                    Some(Node::Above(kind, permission)) => atom(Form::Above(*kind), *permission),
                    Some(Node::Within(permission)) => atom(Form::Within, *permission),
                    Some(Node::Marked(label)) => {
                        let label = facts.catalog.label_at(*label);
                        let mark = about.place();
                        let mark = mark.filter(|place| facts.has_label(*place, label.index));
                        let mark = mark.map(|place| self.fact(Fact::Labelled(place, label)));
                        Term::Node(mark.unwrap_or(FALSE))
                    }
                    Some(Node::Allows(action)) => {
                        let asked = referred(facts, *action, targets, about);
                        let asked = questions.get_index_of(&asked);
                        let answer = asked.and_then(|asked| answers.get(&asked).copied());
                        Term::Any(answer.into_iter().collect())
                    }
                    Some(Node::All(parts) | Node::With(parts)) => Term::All(all(parts)),
                    Some(Node::Any(parts)) => Term::Any(all(parts)),
                    Some(Node::On(asked, part)) => {
                        let other = target_of(*asked, targets);
                        let other = other.and_then(|other| known.get(&(*part, other)).copied());
                        Term::Any(other.into_iter().collect())
                    }
                    None => Term::Any(Vec::new()),
                };
                known.insert((number, about), push(&mut terms, term));
            }
            let root = facts.catalog.formulas().action(*action).map(|of| of.root);
            let root = root.zip(targets.first().copied());
            let root = root.and_then(|root| known.get(&root).copied());
            let root = root.unwrap_or_else(|| push(&mut terms, Term::Any(Vec::new())));
            let by_name = (*action as usize) < facts.catalog.permissions().count();
            let mut stops = Vec::new();
            for target in targets {
                stops.push(self.covered((EVERYTHING, Effect::Deny), *target));
                if by_name {
                    stops.push(self.covered((*action, Effect::Deny), *target));
                }
            }
            stops.retain(|node| *node != FALSE);
            answers.insert(*at, push(&mut terms, Term::Allowed(root, stops)));
        }
        terms
    }

    fn done(self, terms: Vec<Term>) -> Grounds {
        let nodes = self.nodes.len();
        let numbered = || (0_u32..).zip(&self.rules);
        let deriving = Lists::new(nodes, numbered().map(|(at, rule)| (rule.head, at)));
        let using = numbered().flat_map(|(at, rule)| rule.body().map(move |node| (node, at)));
        let using = Lists::new(nodes, using);
        let cells = (0_u32..)
            .zip(&self.cells)
            .flat_map(|(at, cell)| [cell.asked, cell.allowed, cell.denied].map(|node| (node, at)));
        let in_cells = Lists::new(nodes, cells);
        let mut in_terms = vec![false; nodes];
        let mut has_denies = self.cells.iter().any(|cell| cell.denied != FALSE);
        for term in &terms {
            let looked_at: &[u32] = match term {
                Term::Node(node) => std::slice::from_ref(node),
                Term::Allowed(_, stops) => {
                    has_denies |= !stops.is_empty();
                    stops
                }
                Term::Atom(_) | Term::All(_) | Term::Any(_) => &[],
            };
            for node in looked_at {
                if let Some(place) = in_terms.get_mut(*node as usize) {
                    *place = true;
                }
            }
        }
        let rules_of = &self.rules;
        let all = 0..u32::try_from(nodes).unwrap_or(u32::MAX);
        let order = graph::bottom_up(all, |node| {
            let rules = deriving.of(node).iter();
            let rules = rules.filter_map(|rule| rules_of.get(*rule as usize));
            rules.flat_map(Rule::body).collect::<Vec<u32>>()
        });
        steps::took(nodes + rules_of.len());
        Grounds {
            facts: self.nodes,
            deriving,
            using,
            cells: self.cells,
            in_cells,
            atoms: self.atoms.len(),
            terms,
            in_terms,
            order,
            has_denies,
            rules: self.rules,
        }
    }
}

fn push(terms: &mut Vec<Term>, term: Term) -> u32 {
    terms.push(term);
    u32::try_from(terms.len() - 1).unwrap_or(u32::MAX)
}

/// The nodes of an action's formula with the target that each speaks of, parts before what they are parts of.
fn spoken(facts: &Facts, action: u32, targets: &[Target]) -> Vec<(u32, Target)> {
    let root = facts.catalog.formulas().action(action).map(|of| of.root);
    let root = root.zip(targets.first().copied());
    graph::bottom_up(root, |(node, about)| match facts.catalog.node(node) {
        Some(Node::All(parts) | Node::Any(parts) | Node::With(parts)) => {
            parts.iter().map(|part| (*part, about)).collect::<Vec<_>>()
        }
        Some(Node::On(asked, part)) => {
            let other = target_of(*asked, targets).into_iter();
            other.map(|other| (*part, other)).collect()
        }
        _ => Vec::new(),
    })
}
