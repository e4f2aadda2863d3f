//! An explanation as a tree of text.

use std::cell::RefCell;
use std::fmt;

use crate::facts::Facts;
use crate::id::{Target, Targets, Thing};
use crate::name::{ThingName, quoted};
use crate::query::elide::{SHOWN, spelled};
use crate::query::explain::chains::Chainer;
use crate::query::explain::{Atom, Explanation, Form, Part, Reason, Ruling, Shape, Source};

/// A line and the lines below it.
struct Line {
    text: String,
    /// Lines that belong to the same item, without a branch of their own.
    notes: Vec<String>,
    below: Vec<Line>,
}

impl Line {
    fn new(text: String) -> Self {
        Line {
            text,
            notes: Vec::new(),
            below: Vec::new(),
        }
    }

    /// Prints the tree; depth is that of the formula, which is bounded.
    fn print(&self, f: &mut fmt::Formatter<'_>, indent: &str) -> fmt::Result {
        writeln!(f, "{}", self.text)?;
        for note in &self.notes {
            writeln!(f, "{indent}{note}")?;
        }
        let last = self.below.len().saturating_sub(1);
        for (at, line) in self.below.iter().enumerate() {
            let (branch, go_on) = if at == last {
                ("└─ ", "   ")
            } else {
                ("├─ ", "│  ")
            };
            write!(f, "{indent}{branch}")?;
            line.print(f, &format!("{indent}{go_on}"))?;
        }
        Ok(())
    }
}

impl fmt::Display for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let facts = self.snapshot.facts();
        let teller = Teller {
            explanation: self,
            facts,
            chainer: RefCell::new(Chainer::new(facts, self.user)),
        };
        let Some(main) = self.ruling() else {
            return Ok(());
        };
        teller.ruling(main).print(f, "")?;
        // What the formula refers to follows, the nearest reference first.
        for ruling in self.rulings.iter().rev().skip(1) {
            writeln!(f)?;
            teller.ruling(ruling).print(f, "")?;
        }
        Ok(())
    }
}

struct Teller<'a> {
    explanation: &'a Explanation,
    facts: &'a Facts,
    chainer: RefCell<Chainer<'a>>,
}

impl Teller<'_> {
    fn thing(&self, thing: impl Into<Thing>) -> ThingName {
        self.facts.thing_name(thing.into())
    }

    fn target(&self, target: Target) -> String {
        target.place().map_or_else(
            || "the platform".to_owned(),
            |place| self.thing(place).to_string(),
        )
    }

    fn targets(&self, targets: &[Target]) -> String {
        targets
            .iter()
            .map(|target| self.target(*target))
            .collect::<Vec<_>>()
            .join(" and ")
    }

    fn ruling(&self, ruling: &Ruling) -> Line {
        let catalog = &self.facts.catalog;
        let action = quoted(catalog.action_name(ruling.action).unwrap_or_default()).to_string();
        let (user, targets) = (
            self.thing(self.explanation.user),
            self.targets(&ruling.targets),
        );
        let mut line = Line::new(match &ruling.headline {
            None => format!("yes: {user} can {action} on {targets}"),
            Some(headline) => format!("no: {user} cannot {action} on {targets}: {}", headline.kind),
        });
        match &ruling.blocked {
            Some(reason) => {
                let (Reason::NotActive { denies } | Reason::Denied { denies }) = reason else {
                    return line;
                };
                self.push_sources(denies, None, &mut line.below);
            }
            None => line.below.push(self.part(&ruling.formula, "")),
        }
        line
    }

    fn part(&self, part: &Part, role: &str) -> Line {
        let truth = if part.is_true { "yes" } else { "no" };
        match &part.shape {
            Shape::Atom(atom) => self.atom(part, atom, role),
            Shape::Marked { label, reason } => {
                let label =
                    quoted(self.facts.catalog.label_name(*label).unwrap_or_default()).to_string();
                let reason = reason
                    .as_ref()
                    .map(|reason| format!(": {}", reason.kind()))
                    .unwrap_or_default();
                Line::new(format!(
                    "{truth}: {role}{} is marked {label}{reason}",
                    self.target(part.about)
                ))
            }
            Shape::Allows { action, ruling } => {
                let action =
                    quoted(self.facts.catalog.action_name(*action).unwrap_or_default()).to_string();
                let headline = self
                    .explanation
                    .rulings
                    .get(*ruling)
                    .and_then(|ruling| ruling.headline.as_ref());
                let reason = headline
                    .map(|headline| format!(": {}", headline.kind))
                    .unwrap_or_default();
                Line::new(format!(
                    "{truth}: {role}can {action} on {}{reason}, see below",
                    self.target(part.about)
                ))
            }
            Shape::All(parts) => {
                self.list(format!("{role}all of"), parts.iter().map(|part| (part, "")))
            }
            Shape::Any(parts) => {
                self.list(format!("{role}any of"), parts.iter().map(|part| (part, "")))
            }
            Shape::With(main, companions) => {
                let companions = companions.iter().map(|part| (part, "companion "));
                self.list(
                    format!("{role}all of"),
                    std::iter::once((&**main, "")).chain(companions),
                )
            }
            Shape::On(_, part) => self.part(part, role),
        }
    }

    fn list<'a>(&self, text: String, parts: impl Iterator<Item = (&'a Part, &'a str)>) -> Line {
        let mut line = Line::new(text);
        line.below = parts.map(|(part, role)| self.part(part, role)).collect();
        line
    }

    fn atom(&self, part: &Part, atom: &Atom, role: &str) -> Line {
        let catalog = &self.facts.catalog;
        let permission =
            quoted(catalog.permission_name(atom.permission).unwrap_or_default()).to_string();
        let about = self.target(part.about);
        let place = match atom.form {
            Form::Holds => format!("on {about}"),
            Form::Above(Targets::Users) => format!("on a user that {about} is at"),
            Form::Above(Targets::Groups) => format!("on a group that {about} is at"),
            Form::Above(Targets::Of(kind)) => {
                format!(
                    "on a {} that {about} is at",
                    catalog.kind_name(kind).unwrap_or_default()
                )
            }
            Form::Within if part.about == Target::Platform => "anywhere".to_owned(),
            Form::Within => format!("on {about} or within"),
        };
        let truth = if part.is_true { "yes" } else { "no" };
        let reason = atom
            .reason
            .as_ref()
            .map(|reason| format!(": {}", reason.kind()))
            .unwrap_or_default();
        let mut line = Line::new(format!("{truth}: {role}{permission} {place}{reason}"));
        match &atom.reason {
            Some(Reason::Denied { denies }) => {
                self.push_sources(denies, Some("taken by"), &mut line.below)
            }
            Some(Reason::OutOfScope { held }) => {
                self.push_sources(held, Some("held by"), &mut line.below)
            }
            _ => {}
        }
        match atom.held.as_slice() {
            [place] if *place == part.about => {
                let sources = self.explanation.sources_at(atom, *place);
                self.push_sources(&sources, None, &mut line.below);
            }
            places => {
                for place in places.iter().take(SHOWN) {
                    let mut here = Line::new(format!("on {}", self.target(*place)));
                    let mut chainer = self.chainer.borrow_mut();
                    let way = chainer.way(atom.form, part.about, *place);
                    drop(chainer);
                    if way.places.len() > 1 {
                        here.notes.push(self.chain(
                            "way",
                            way.places.iter().map(|place| (*place).into()),
                            way.chains,
                        ));
                    }
                    let sources = self.explanation.sources_at(atom, *place);
                    self.push_sources(&sources, None, &mut here.below);
                    line.below.push(here);
                }
                push_rest(places.len(), "places", &mut line.below);
            }
        }
        line
    }

    fn push_sources(&self, sources: &[Source], word: Option<&str>, lines: &mut Vec<Line>) {
        for source in sources.iter().take(SHOWN) {
            let word = word.map(|word| format!("{word} ")).unwrap_or_default();
            let mut line = Line::new(format!("{word}{}", self.facts.grant_name(source.grant)));
            let chains = self.chainer.borrow_mut().chains(source);
            if !chains.groups.is_empty() {
                let user = std::iter::once(Thing::User(self.explanation.user));
                let holders = user.chain(chains.groups.iter().map(|group| (*group).into()));
                line.notes
                    .push(self.chain("holder", holders, chains.group_chains));
            }
            if chains.roles.len() > 1 {
                let roles = chains.roles.iter().map(|role| (*role).into());
                line.notes
                    .push(self.chain("role", roles, chains.role_chains));
            }
            if chains.places.len() > 1 || chains.place_chains > 1 {
                let places = chains.places.iter().chain(chains.bound.iter().skip(1));
                line.notes.push(self.chain(
                    "place",
                    places.map(|place| (*place).into()),
                    chains.place_chains,
                ));
            }
            lines.push(line);
        }
        push_rest(sources.len(), "grants", lines);
    }

    fn chain(&self, word: &str, things: impl Iterator<Item = Thing>, chains: u64) -> String {
        let things: Vec<Thing> = things.collect();
        let name = |thing: &Thing| quoted(self.thing(*thing).name()).to_string();
        let names = spelled(&things, name);
        match chains {
            0 | 1 => format!("{word}: {names}"),
            u64::MAX => format!("{word}: {names} (and very many other ways)"),
            chains => format!(
                "{word}: {names} (and {} other way{})",
                chains - 1,
                if chains == 2 { "" } else { "s" }
            ),
        }
    }
}

fn push_rest(all: usize, word: &str, lines: &mut Vec<Line>) {
    if all > SHOWN {
        lines.push(Line::new(format!("and {} more {word}", all - SHOWN)));
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.kind().fmt(f)
    }
}
