//! An explanation as plain data in names, for logs and screens. The shape is part of the crate's promise: see `version`.

use serde::{Serialize, Serializer};

use crate::facts::Facts;
use crate::facts::change::GrantName;
use crate::id::{Place, Target, Thing};
use crate::query::explain::{AtomAt, Explanation, Form, Part, Reason, Ruling, Shape, Source};
use crate::query::reason::ReasonKind;

/// Grows with every change that a reader could notice.
const VERSION: u32 = 1;

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
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<ReasonWire>,
}

#[derive(Serialize)]
struct HeldWire {
    place: String,
    way: Vec<String>,
    ways: u64,
    sources: Vec<SourceWire>,
}

#[derive(Serialize)]
struct SourceWire {
    grant: GrantName,
    groups: Vec<String>,
    group_chains: u64,
    roles: Vec<String>,
    role_chains: u64,
    places: Vec<String>,
    bound: Vec<String>,
    place_chains: u64,
}

#[derive(Serialize)]
struct ReasonWire {
    kind: ReasonKind,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    grants: Vec<SourceWire>,
}

impl Serialize for Explanation {
    /// By names, under `version` 1.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let words = Words {
            facts: self.snapshot.facts(),
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
}

impl Words<'_> {
    fn name(&self, thing: impl Into<Thing>) -> String {
        self.facts.thing_name(thing.into()).name().to_owned()
    }

    fn target(&self, target: Target) -> String {
        self.facts.target_name(target).to_string()
    }

    fn places(&self, places: &[Place]) -> Vec<String> {
        places
            .iter()
            .map(|place| self.facts.place_name(*place).to_string())
            .collect()
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
                    .map(|held| HeldWire {
                        place: self.target(held.place),
                        way: self.places(&held.way),
                        ways: held.ways,
                        sources: self.sources(&held.sources),
                    })
                    .collect(),
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

    fn sources(&self, sources: &[Source]) -> Vec<SourceWire> {
        let source = |source: &Source| SourceWire {
            grant: self.facts.grant_name(source.grant),
            groups: source
                .groups
                .iter()
                .map(|group| self.name(*group))
                .collect(),
            group_chains: source.group_chains,
            roles: source.roles.iter().map(|role| self.name(*role)).collect(),
            role_chains: source.role_chains,
            places: self.places(&source.places),
            bound: self.places(&source.bound),
            place_chains: source.place_chains,
        };
        sources.iter().map(source).collect()
    }

    fn reason(&self, reason: &Reason) -> ReasonWire {
        let grants = match reason {
            Reason::NotActive { denies } | Reason::Denied { denies } => self.sources(denies),
            Reason::OutOfScope { held } => self.sources(held),
            Reason::NoGrant | Reason::WrongState | Reason::MissingFact => Vec::new(),
        };
        ReasonWire {
            kind: reason.kind(),
            grants,
        }
    }
}
