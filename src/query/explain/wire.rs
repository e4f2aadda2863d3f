//! An explanation as plain data in names, for logs and screens. The shape is part of the crate's promise: see `version`.
//!
//! Of lists the first [`LISTED`] entries are written, with the number of the others; of chains both ends, with the number of what is
//! left out between them. The explanation itself has all.

use std::cell::RefCell;

use serde::{Serialize, Serializer};

use crate::facts::Facts;
use crate::facts::change::GrantName;
use crate::id::{Place, Target, Thing};
use crate::query::elide::{LISTED, ends, is_zero};
use crate::query::explain::chains::Chainer;
use crate::query::explain::{Atom, AtomAt, Explanation, Form, Part, Reason, Ruling, Shape, Source};
use crate::query::reason::ReasonKind;

/// Grows with every change that a reader could notice.
const VERSION: u32 = 2;

#[derive(Serialize)]
struct ExplanationWire {
    version: u32,
    revision: u64,
    user: String,
    allowed: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    kind: Option<ReasonKind>,
    rulings: Vec<RulingWire>,
}

#[derive(Serialize)]
struct RulingWire {
    action: String,
    targets: Vec<String>,
    allowed: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    kind: Option<ReasonKind>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    decided_by: Vec<AtomAtWire>,
    #[serde(skip_serializing_if = "Option::is_none")]
    blocked: Option<ReasonWire>,
    formula: PartWire,
}

#[derive(Serialize)]
struct AtomAtWire {
    ruling: usize,
    path: Vec<usize>,
}

#[derive(Serialize)]
struct PartWire {
    about: String,
    is_true: bool,
    #[serde(flatten)]
    shape: ShapeWire,
}

#[derive(Serialize)]
#[serde(rename_all = "snake_case")]
enum ShapeWire {
    Atom(AtomWire),
    Marked {
        label: String,
        #[serde(skip_serializing_if = "Option::is_none")]
        reason: Option<ReasonWire>,
    },
    Allows {
        action: String,
        ruling: usize,
    },
    All(Vec<PartWire>),
    Any(Vec<PartWire>),
    With {
        main: Box<PartWire>,
        companions: Vec<PartWire>,
    },
    On(Box<PartWire>),
}

#[derive(Serialize)]
struct AtomWire {
    form: &'static str,
    permission: String,
    held: Vec<HeldWire>,
    #[serde(skip_serializing_if = "is_zero")]
    held_more: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<ReasonWire>,
}

#[derive(Serialize)]
struct HeldWire {
    place: String,
    way: Vec<String>,
    #[serde(skip_serializing_if = "is_zero")]
    way_left_out: usize,
    ways: u64,
    sources: Vec<SourceWire>,
    #[serde(skip_serializing_if = "is_zero")]
    sources_more: usize,
}

#[derive(Serialize)]
struct SourceWire {
    grant: GrantName,
    groups: Vec<String>,
    #[serde(skip_serializing_if = "is_zero")]
    groups_left_out: usize,
    group_chains: u64,
    roles: Vec<String>,
    #[serde(skip_serializing_if = "is_zero")]
    roles_left_out: usize,
    role_chains: u64,
    places: Vec<String>,
    #[serde(skip_serializing_if = "is_zero")]
    places_left_out: usize,
    bound: Vec<String>,
    #[serde(skip_serializing_if = "is_zero")]
    bound_left_out: usize,
    place_chains: u64,
}

#[derive(Serialize)]
struct ReasonWire {
    kind: ReasonKind,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    grants: Vec<SourceWire>,
    #[serde(skip_serializing_if = "is_zero")]
    grants_more: usize,
}

impl Serialize for Explanation {
    /// By names, under `version` 2. Of lists the first 20 entries are written, and how many more there are; of chains ten names at each end, and
    /// how many were left out between them.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let facts = self.snapshot.facts();
        let words = Words {
            facts,
            explanation: self,
            chainer: RefCell::new(Chainer::new(facts, self.user)),
        };
        let wire = ExplanationWire {
            version: VERSION,
            revision: self.snapshot.revision(),
            user: words.facts.user_name(self.user),
            allowed: self.is_allowed(),
            kind: self.kind(),
            rulings: self
                .rulings
                .iter()
                .map(|ruling| words.ruling(ruling))
                .collect(),
        };
        wire.serialize(serializer)
    }
}

struct Words<'a> {
    facts: &'a Facts,
    explanation: &'a Explanation,
    chainer: RefCell<Chainer<'a>>,
}

impl Words<'_> {
    fn name(&self, thing: impl Into<Thing>) -> String {
        self.facts.thing_name(thing.into()).name().to_owned()
    }

    fn target(&self, target: Target) -> String {
        self.facts.target_name(target).to_string()
    }

    fn places(&self, places: &[Place]) -> (Vec<String>, usize) {
        ends(places, |place| self.facts.place_name(*place).to_string())
    }

    fn ruling(&self, ruling: &Ruling) -> RulingWire {
        let headline = ruling.headline.as_ref();
        let at = |at: &AtomAt| AtomAtWire {
            ruling: at.ruling,
            path: at.path.clone(),
        };
        RulingWire {
            action: self
                .facts
                .catalog
                .action_name(ruling.action)
                .unwrap_or_default()
                .to_owned(),
            targets: ruling
                .targets
                .iter()
                .map(|target| self.target(*target))
                .collect(),
            allowed: ruling.allowed,
            kind: headline.map(|headline| headline.kind),
            decided_by: headline
                .into_iter()
                .flat_map(|headline| &headline.atoms)
                .map(at)
                .collect(),
            blocked: ruling.blocked.as_ref().map(|reason| self.reason(reason)),
            formula: self.part(&ruling.formula),
        }
    }

    fn part(&self, part: &Part) -> PartWire {
        let catalog = &self.facts.catalog;
        let each = |parts: &[Part]| parts.iter().map(|part| self.part(part)).collect();
        let shape = match &part.shape {
            Shape::Atom(atom) => ShapeWire::Atom(AtomWire {
                form: match atom.form {
                    Form::Holds => "holds",
                    Form::Above(_) => "above",
                    Form::Within => "within",
                },
                permission: catalog
                    .permission_name(atom.permission)
                    .unwrap_or_default()
                    .to_owned(),
                held: atom
                    .held
                    .iter()
                    .take(LISTED)
                    .map(|place| self.held(part, atom, *place))
                    .collect(),
                held_more: atom.held.len().saturating_sub(LISTED),
                reason: atom.reason.as_ref().map(|reason| self.reason(reason)),
            }),
            Shape::Marked { label, reason } => ShapeWire::Marked {
                label: catalog.label_name(*label).unwrap_or_default().to_owned(),
                reason: reason.as_ref().map(|reason| self.reason(reason)),
            },
            Shape::Allows { action, ruling } => ShapeWire::Allows {
                action: catalog.action_name(*action).unwrap_or_default().to_owned(),
                ruling: *ruling,
            },
            Shape::All(parts) => ShapeWire::All(each(parts)),
            Shape::Any(parts) => ShapeWire::Any(each(parts)),
            Shape::With(main, companions) => ShapeWire::With {
                main: Box::new(self.part(main)),
                companions: each(companions),
            },
            Shape::On(_, part) => ShapeWire::On(Box::new(self.part(part))),
        };
        PartWire {
            about: self.target(part.about),
            is_true: part.is_true,
            shape,
        }
    }

    fn held(&self, part: &Part, atom: &Atom, place: Target) -> HeldWire {
        let way = self.chainer.borrow_mut().way(atom.form, part.about, place);
        let (names, way_left_out) = self.places(&way.places);
        let sources = self.explanation.sources_at(atom, place);
        HeldWire {
            place: self.target(place),
            way: names,
            way_left_out,
            ways: way.chains,
            sources: self.sources(&sources),
            sources_more: sources.len().saturating_sub(LISTED),
        }
    }

    /// The first of them.
    fn sources(&self, sources: &[Source]) -> Vec<SourceWire> {
        let source = |source: &Source| {
            let chains = self.chainer.borrow_mut().chains(source);
            let (groups, groups_left_out) = ends(&chains.groups, |group| self.name(*group));
            let (roles, roles_left_out) = ends(&chains.roles, |role| self.name(*role));
            let (places, places_left_out) = self.places(&chains.places);
            let (bound, bound_left_out) = self.places(&chains.bound);
            SourceWire {
                grant: self.facts.grant_name(source.grant),
                groups,
                groups_left_out,
                group_chains: chains.group_chains,
                roles,
                roles_left_out,
                role_chains: chains.role_chains,
                places,
                places_left_out,
                bound,
                bound_left_out,
                place_chains: chains.place_chains,
            }
        };
        sources.iter().take(LISTED).map(source).collect()
    }

    fn reason(&self, reason: &Reason) -> ReasonWire {
        let grants: &[Source] = match reason {
            Reason::NotActive { denies } | Reason::Denied { denies } => denies,
            Reason::OutOfScope { held } => held,
            Reason::NoGrant | Reason::WrongState | Reason::MissingFact => &[],
        };
        ReasonWire {
            kind: reason.kind(),
            grants: self.sources(grants),
            grants_more: grants.len().saturating_sub(LISTED),
        }
    }
}
