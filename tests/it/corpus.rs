//! The corpus of the presets: worlds and steps in plain words, run through the public face and held against the oracle.
//!
//! `tests/corpus/README.md` says how a case is written.

mod academy;
mod control;
mod coverage;
mod group_leaders;
mod instructors;
mod phrase;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use rolecall::testing::Oracle;
use rolecall::{
    Catalog, CatalogError, Change, Edit, EffectivePermission, Entry, Group, Kind, Policy, Problem,
    Resource, Snapshot, Subject, Target, TargetName, UnknownName, User, allows, any,
};
use serde::Deserialize;

/// The presets that cases can name. A new one is a line here and a module beside this one.
const PRESETS: &[Preset] = &[
    Preset {
        name: "control",
        catalog: rolecall::presets::control::catalog,
        run: control::run,
    },
    Preset {
        name: "academy",
        catalog: rolecall::presets::academy::catalog,
        run: academy::run,
    },
    Preset {
        name: "group_leaders",
        catalog: rolecall::presets::group_leaders::catalog,
        run: group_leaders::run,
    },
    Preset {
        name: "instructors",
        catalog: rolecall::presets::instructors::catalog,
        run: instructors::run,
    },
];

/// A preset as the runner knows it.
struct Preset {
    /// Its name; the prefix of its words is the name and a dot.
    name: &'static str,
    catalog: fn() -> Result<Catalog, CatalogError>,
    /// Runs one operation, told by its name and the names it is about.
    run: fn(&mut Edit<'_>, prefix: &str, operation: &str, names: &[&str]) -> Result<(), Stop>,
}

/// Why an operation of a case did not run to its end.
enum Stop {
    /// It was refused, and the edit is marked.
    Refused(Problem),
    /// A name stands for nothing.
    Unknown(UnknownName),
    /// The case is written wrongly: no such operation, or not with so many names.
    Wrong(String),
}

impl From<Problem> for Stop {
    fn from(problem: Problem) -> Self {
        Stop::Refused(problem)
    }
}

impl From<UnknownName> for Stop {
    fn from(unknown: UnknownName) -> Self {
        Stop::Unknown(unknown)
    }
}

/// An operation that a preset does not have, for the last arm of its `run`.
fn no_such(operation: &str, names: &[&str]) -> Result<(), Stop> {
    let names = names.join(" ");
    Err(Stop::Wrong(format!(
        "no operation is called `{operation} {names}`"
    )))
}

/// Finds what operations are about, as the edit has it now.
#[derive(Clone, Copy)]
struct Find<'e, 'p> {
    edit: &'e Edit<'p>,
    prefix: &'e str,
}

impl<'e, 'p> Find<'e, 'p> {
    fn new(edit: &'e Edit<'p>, prefix: &'e str) -> Self {
        Find { edit, prefix }
    }

    fn user(self, name: &str) -> Result<User, Stop> {
        Ok(self.edit.user(name)?)
    }

    fn group(self, name: &str) -> Result<Group, Stop> {
        Ok(self.edit.group(name)?)
    }

    /// The kind by its name without the prefix.
    fn kind(self, kind: &str) -> Result<Kind, Stop> {
        let prefix = self.prefix;
        Ok(self.edit.catalog().kind(&format!("{prefix}{kind}"))?)
    }

    /// The resource of a kind whose name is told without the prefix. As `KIND:NAME`, with the whole name of the kind, it may be another's.
    fn resource(self, kind: &str, name: &str) -> Result<Resource, Stop> {
        if let Some((kind, name)) = name.split_once(':')
            && kind.contains('.')
        {
            let kind = self.edit.catalog().kind(kind)?;
            return Ok(self.edit.resource(kind, name)?);
        }
        Ok(self.edit.resource(self.kind(kind)?, name)?)
    }
}

/// A file of the corpus.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    preset: Option<String>,
    #[serde(default)]
    presets: Vec<String>,
    /// Actions of the service's own: each is allowed where one of these is.
    #[serde(default)]
    either: BTreeMap<String, Vec<String>>,
    /// What every case of the file begins with.
    #[serde(default)]
    given: Vec<String>,
    #[serde(default, rename = "case")]
    cases: Vec<Case>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    name: String,
    rules: Vec<String>,
    #[serde(default)]
    given: Vec<String>,
    steps: Vec<Step>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Step {
    #[serde(default)]
    change: Words,
    #[serde(default, rename = "do")]
    run: Words,
    by: Option<String>,
    #[serde(default)]
    refused: Words,
    ask: Option<String>,
    list: Option<String>,
    #[serde(default)]
    is: Words,
    sources: Option<Vec<String>>,
    reason: Option<String>,
    /// The exact text of the refusal or of the explanation.
    says: Option<String>,
}

/// One text or several.
#[derive(Deserialize)]
#[serde(untagged)]
enum Words {
    One(String),
    Many(Vec<String>),
}

impl Default for Words {
    fn default() -> Self {
        Words::Many(Vec::new())
    }
}

impl Words {
    fn all(&self) -> &[String] {
        match self {
            Words::One(word) => std::slice::from_ref(word),
            Words::Many(words) => words,
        }
    }

    fn is_empty(&self) -> bool {
        self.all().is_empty()
    }

    fn set(&self) -> BTreeSet<String> {
        self.all().iter().cloned().collect()
    }
}

/// An empty policy over these presets, each under its name and a dot.
pub(crate) fn policy(presets: &[&str]) -> Policy {
    Run::new(presets, &[], &BTreeMap::new()).unwrap().policy
}

/// Makes one edit of a phrase or, after `do`, of `PRESET.OPERATION NAME…`. Whether it was accepted.
pub(crate) fn try_phrase(policy: &mut Policy, phrase: &str) -> bool {
    let all: Vec<&Preset> = PRESETS.iter().collect();
    let mut edit = policy.edit_unguarded();
    match phrase.strip_prefix("do ") {
        Some(operation) => match operate(&all, &mut edit, operation) {
            Ok(()) => edit.commit().is_ok(),
            Err(Stop::Wrong(failure)) => panic!("{failure}"),
            Err(_) => false,
        },
        None => {
            let changes = phrase::changes(&edit, phrase).unwrap();
            edit.apply(&changes).is_ok() && edit.commit().is_ok()
        }
    }
}

/// Makes one edit, in the name of a user or unguarded, of operations `PRESET.OPERATION NAME…`: what it was, or the kinds of its problems.
pub(crate) fn operate_as(
    policy: &mut Policy,
    by: Option<&str>,
    operations: &[&str],
) -> Result<Entry, BTreeSet<String>> {
    let all: Vec<&Preset> = PRESETS.iter().collect();
    let before = policy.snapshot();
    let mut edit = match by {
        Some(by) => policy.edit_as(before.user(by).unwrap()).unwrap(),
        None => policy.edit_unguarded(),
    };
    let (mut unknown, mut marked) = (false, false);
    for operation in operations {
        match operate(&all, &mut edit, operation) {
            Ok(()) => {}
            Err(Stop::Refused(_)) => marked = true,
            Err(Stop::Unknown(_)) => unknown = true,
            Err(Stop::Wrong(failure)) => panic!("{failure}"),
        }
    }
    if unknown {
        return Err(BTreeSet::from(["unknown".to_owned()]));
    }
    let committed = edit.commit();
    assert!(
        committed.is_err() || !marked,
        "{operations:?}: refused, but the edit is not marked"
    );
    committed.map_err(|error| error.problems().map(|it| in_words(&it.kind())).collect())
}

/// Every file of the corpus with its path, in order of the paths.
fn files() -> Vec<(String, File)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus");
    let entries = |folder: &Path| -> Vec<PathBuf> {
        let entries = fs::read_dir(folder).unwrap_or_else(|error| panic!("{folder:?}: {error}"));
        entries.map(|entry| entry.unwrap().path()).collect()
    };
    let folders = entries(&root).into_iter().filter(|path| path.is_dir());
    let mut paths: Vec<_> = folders.flat_map(|folder| entries(&folder)).collect();
    paths.retain(|path| path.extension().is_some_and(|it| it == "toml"));
    paths.sort();
    let read = |path: PathBuf| {
        let name = path.strip_prefix(&root).unwrap().display().to_string();
        let text = fs::read_to_string(&path).unwrap();
        let file = toml::from_str(&text).unwrap_or_else(|error| panic!("{name}: {error}"));
        (name, file)
    };
    paths.into_iter().map(read).collect()
}

#[test]
fn every_case_holds() {
    run_all(|names| names.to_vec());
}

/// The same answers, sources and refusals where all presets live in one policy.
#[test]
fn every_case_holds_among_all_presets() {
    run_all(|names| {
        let others = PRESETS.iter().map(|preset| preset.name);
        let others = others.filter(|name| !names.contains(name));
        names.iter().copied().chain(others).collect()
    });
}

/// Runs each case over the presets that `compose` makes of those its file names, the first of which is the one it speaks of by default.
fn run_all(compose: impl for<'a> Fn(&[&'a str]) -> Vec<&'a str>) {
    let mut failures = Vec::new();
    let mut count = 0;
    for (path, file) in files() {
        let named = file.preset.iter().chain(&file.presets);
        let named: Vec<&str> = named.map(String::as_str).collect();
        let composed = compose(&named);
        for case in &file.cases {
            count += 1;
            let place = format!("{path}: {}", case.name);
            let run = Run::new(&composed, &named, &file.either);
            let ran = run.and_then(|run| run.case(&file.given, case));
            failures.extend(ran.err().map(|failure| format!("{place}: {failure}")));
        }
    }
    assert!(
        failures.is_empty(),
        "{} of {count} cases fail:\n{}",
        failures.len(),
        failures.join("\n")
    );
    println!("{count} cases");
}

/// A case while it runs.
struct Run {
    presets: Vec<&'static Preset>,
    /// The presets that the file names.
    named: Vec<String>,
    policy: Policy,
    oracle: Oracle,
}

impl Run {
    fn new(
        composed: &[&str],
        named: &[&str],
        either: &BTreeMap<String, Vec<String>>,
    ) -> Result<Run, String> {
        let mut builder = Catalog::builder();
        let mut presets = Vec::new();
        for name in composed {
            let preset = PRESETS.iter().find(|preset| preset.name == *name);
            let preset = preset.ok_or_else(|| format!("no preset is called `{name}`"))?;
            let part = (preset.catalog)().map_err(|error| error.to_string())?;
            builder = builder.include(&format!("{name}."), &part);
            presets.push(preset);
        }
        for (action, parts) in either {
            builder = builder.action(action, any(parts.iter().map(allows)));
        }
        let catalog = builder.build().map_err(|error| error.to_string())?;
        Ok(Run {
            presets,
            named: named.iter().map(|name| (*name).to_owned()).collect(),
            oracle: Oracle::new(catalog.declarations()),
            policy: Policy::new(catalog),
        })
    }

    fn case(mut self, common: &[String], case: &Case) -> Result<(), String> {
        let given: Vec<String> = common.iter().chain(&case.given).cloned().collect();
        self.edit(&given, None, &BTreeSet::new(), None)
            .map_err(|failure| format!("given: {failure}"))?;
        for (at, step) in case.steps.iter().enumerate() {
            self.step(step)
                .map_err(|failure| format!("step {}: {failure}", at + 1))?;
        }
        Ok(())
    }

    fn step(&mut self, step: &Step) -> Result<(), String> {
        let says = step.says.as_deref();
        if let Some(question) = &step.ask {
            return self.ask(question, step, says);
        }
        if let Some(list) = &step.list {
            let listed = self.list(list)?;
            return same(list, &listed, &step.is.set());
        }
        if step.change.is_empty() && step.run.is_empty() {
            return Err("it neither changes, does, asks nor lists anything".to_owned());
        }
        let changes = step.change.all().iter().cloned();
        let operations = step.run.all().iter().map(|it| format!("do {it}"));
        let phrases: Vec<String> = changes.chain(operations).collect();
        self.edit(&phrases, step.by.as_deref(), &step.refused.set(), says)
    }

    /// Makes one edit of all phrases; `refused` are the sorts of its problems, none where it is to be accepted.
    fn edit(
        &mut self,
        phrases: &[String],
        by: Option<&str>,
        refused: &BTreeSet<String>,
        says: Option<&str>,
    ) -> Result<(), String> {
        let before = self.policy.snapshot();
        let mut edit = match by {
            None => self.policy.edit_unguarded(),
            Some(by) => {
                let user = before.user(by).map_err(|error| error.to_string())?;
                self.policy
                    .edit_as(user)
                    .map_err(|error| error.to_string())?
            }
        };
        let mut raw = Some(Vec::new());
        let (mut unknown, mut refusal) = (None, None);
        for phrase in phrases {
            if let Some(operation) = phrase.strip_prefix("do ") {
                raw = None;
                match operate(&self.presets, &mut edit, operation) {
                    Ok(()) => {}
                    Err(Stop::Refused(problem)) => refusal = Some(problem),
                    Err(Stop::Unknown(name)) => unknown = Some(name),
                    Err(Stop::Wrong(failure)) => return Err(failure),
                }
            } else {
                let changes = phrase::changes(&edit, phrase)?;
                // What is wrong with a step marks the edit, and the commit tells of it.
                let _ = edit.apply(&changes);
                raw.iter_mut()
                    .for_each(|all: &mut Vec<Change>| all.extend(changes.clone()));
            }
        }
        let (kinds, text, entry) = match unknown {
            // Nothing marks the edit, so it must not be committed.
            Some(unknown) => (
                BTreeSet::from(["unknown".to_owned()]),
                unknown.to_string(),
                None,
            ),
            None => match edit.commit() {
                Ok(_) if refusal.is_some() => {
                    return Err(format!("refused, but the edit is not marked: {refusal:?}"));
                }
                Ok(entry) => (BTreeSet::new(), String::new(), Some(entry)),
                Err(error) => (
                    error
                        .problems()
                        .map(|problem| in_words(&problem.kind()))
                        .collect(),
                    error.to_string(),
                    None,
                ),
            },
        };
        let what = phrases.join(", ");
        if kinds != *refused {
            return Err(format!(
                "{what}: refused as {kinds:?}, not {refused:?}: {text}"
            ));
        }
        if says.is_some_and(|says| says != text) {
            return Err(format!("{what}: it says: {text}"));
        }
        match entry {
            Some(entry) => {
                let mirrored = self.oracle.apply(entry.changes());
                mirrored.map_err(|kinds| format!("{what}: the oracle refuses: {kinds:?}"))?;
                let recorded: BTreeSet<Change> = self.policy.snapshot().changes().collect();
                if recorded != *self.oracle.facts() {
                    return Err(format!("{what}: the oracle has other facts"));
                }
            }
            None => {
                let now = self.policy.snapshot();
                if (now.digest(), now.revision()) != (before.digest(), before.revision()) {
                    return Err(format!("{what}: the refused edit left a trace"));
                }
                let by_oracle = raw.map(|raw| self.oracle.clone().apply(&raw));
                if by_oracle == Some(Ok(())) {
                    return Err(format!("{what}: the oracle accepts it"));
                }
            }
        }
        Ok(())
    }

    fn ask(&self, question: &str, step: &Step, says: Option<&str>) -> Result<(), String> {
        let now = self.policy.snapshot();
        let (user, action, targets) = split(question)?;
        let fail = |error: &dyn std::fmt::Display| format!("{question}: {error}");
        let asker = now.user(user).map_err(|error| fail(&error))?;
        let asked = now.catalog().action(action).map_err(|error| fail(&error))?;
        let handles = self.targets(&now, &targets)?;
        let answer = now
            .try_can(asker, asked, handles.clone())
            .map_err(|error| fail(&error))?;
        let why = now
            .explain(asker, asked, handles)
            .map_err(|error| fail(&error))?;
        let (yes, no) = (
            BTreeSet::from(["yes".into()]),
            BTreeSet::from(["no".into()]),
        );
        let expected = step.is.set();
        if expected != yes && expected != no {
            return Err(format!("{question}: `is` must be \"yes\" or \"no\""));
        }
        if answer != (expected == yes) {
            return Err(format!("{question}: it is {answer}\n{why}"));
        }
        if why.is_allowed() != answer || self.oracle.can(user, action, &targets) != answer {
            return Err(format!("{question}: the witnesses do not agree\n{why}"));
        }
        if let Some(reason) = &step.reason
            && why.kind().map(|kind| kind.to_string()).as_deref() != Some(reason)
        {
            return Err(format!("{question}: another reason\n{why}"));
        }
        if let Some(sources) = &step.sources {
            let told = why.sources().into_iter();
            let told: Result<BTreeSet<String>, _> = told
                .map(|source| Ok(now.grant_name(source.grant)?.to_string()))
                .collect();
            let told = told.map_err(|error: rolecall::AskError| fail(&error))?;
            same(question, &told, &sources.iter().cloned().collect())?;
        }
        if says.is_some_and(|says| says.trim() != why.to_string().trim()) {
            return Err(format!("{question}: it says\n{why}"));
        }
        Ok(())
    }

    fn targets(&self, now: &Snapshot, targets: &[TargetName]) -> Result<Vec<Target>, String> {
        let target = |name: &TargetName| now.target(&name.to_string());
        let handles: Result<_, _> = targets.iter().map(target).collect();
        handles.map_err(|error: rolecall::TargetError| error.to_string())
    }

    /// `who ACTION TARGET…`, `actions USER TARGET…`, `grants SUBJECT` or `permissions SUBJECT`.
    fn list(&self, list: &str) -> Result<BTreeSet<String>, String> {
        let now = self.policy.snapshot();
        let words: Vec<&str> = list.split_whitespace().collect();
        let parse = |words: &[&str]| -> Result<Vec<TargetName>, String> {
            let parsed: Result<_, _> = words.iter().map(|word| word.parse()).collect();
            parsed.map_err(|error: rolecall::TargetSyntax| error.to_string())
        };
        match words.as_slice() {
            ["who", action, targets @ ..] => {
                let action = now.catalog().action(action).map_err(|it| it.to_string())?;
                let targets = self.targets(&now, &parse(targets)?)?;
                let users = now
                    .users()
                    .filter(|user| now.can(*user, action, targets.clone()));
                Ok(users
                    .map(|user| now.name(user).unwrap().to_owned())
                    .collect())
            }
            ["actions", user, targets @ ..] => {
                let user = now.user(user).map_err(|it| it.to_string())?;
                let targets = self.targets(&now, &parse(targets)?)?;
                let catalog = now.catalog();
                let actions = catalog
                    .actions()
                    .filter(|it| now.can(user, *it, targets.clone()));
                let names = actions.filter_map(|action| catalog.action_name(action));
                // Those of presets that the file does not name are another file's subject.
                let own = |name: &&str| {
                    let mut named = self.named.iter();
                    named.any(|preset| name.starts_with(&format!("{preset}.")))
                };
                Ok(names.filter(own).map(str::to_owned).collect())
            }
            ["grants", subject] => {
                let subject = phrase::subject(subject)?;
                let names = now.changes().filter_map(|change| match change {
                    Change::Grant(grant) if grant.subject == subject => Some(grant.to_string()),
                    _ => None,
                });
                Ok(names.collect())
            }
            ["permissions", subject] => match subject.split_once(':') {
                Some(("user", user)) => of_user(&now, user),
                Some(("group", group)) => of_group(&now, group),
                _ => Err(format!("`{subject}` has no list")),
            },
            _ => Err(format!("no list is called `{list}`")),
        }
    }
}

/// The entries of a group's screen: what, its source and its target groups.
fn of_group(now: &Snapshot, group: &str) -> Result<BTreeSet<String>, String> {
    let group = now.group(group).map_err(|error| error.to_string())?;
    let list = now
        .group_permissions(group)
        .map_err(|error| error.to_string())?;
    let removable = list.entries().iter().filter(|entry| entry.removable_here());
    for entry in removable {
        assert_eq!(entry.recorded_on(), Subject::Group(group));
    }
    let shown = list.to_string();
    let lines: Vec<&str> = shown.lines().skip(1).map(str::trim).collect();
    let set: BTreeSet<String> = lines.iter().map(|line| (*line).to_owned()).collect();
    if set.len() < lines.len() {
        return Err(format!("an entry stands twice:\n{shown}"));
    }
    Ok(set)
}

/// The entries of a user's screen, each with its section, where it holds and what it comes from.
fn of_user(now: &Snapshot, user: &str) -> Result<BTreeSet<String>, String> {
    let user = now.user(user).map_err(|error| error.to_string())?;
    let list = now
        .effective_permissions(user)
        .map_err(|error| error.to_string())?;
    let lines = |section: &'static str, entry: EffectivePermission<'_>| -> Vec<String> {
        let name = now.catalog().permission_name(entry.permission());
        let name = name.unwrap_or_default().to_owned();
        let line = |source: rolecall::HeldGrant<'_>| {
            let granted = now.grant_name(source.grant()).unwrap();
            let (what, subject, scope) = (granted.what, granted.subject, granted.scope);
            format!("{section} | `{name}` | {what} to {subject} on {scope}")
        };
        entry.sources().map(line).collect()
    };
    let direct = list.direct().flat_map(|entry| lines("direct", entry));
    let inherited = list.inherited().flat_map(|entry| lines("inherited", entry));
    let everyone = list.everyone().flat_map(|entry| lines("everyone", entry));
    Ok(direct.chain(inherited).chain(everyone).collect())
}

/// Runs `OPERATION NAME…` of the first preset, or `PRESET.OPERATION NAME…`.
fn operate(presets: &[&Preset], edit: &mut Edit<'_>, operation: &str) -> Result<(), Stop> {
    let mut words = operation.split_whitespace();
    let called = words.next().unwrap_or_default();
    let (preset, called) = match called.split_once('.') {
        Some((preset, called)) => (presets.iter().find(|it| it.name == preset), called),
        None => (presets.first(), called),
    };
    let preset = preset.ok_or_else(|| Stop::Wrong(format!("no preset has `{operation}`")))?;
    let names: Vec<&str> = words.collect();
    (preset.run)(edit, &format!("{}.", preset.name), called, &names)
}

/// User, action and targets of a question.
fn split(question: &str) -> Result<(&str, &str, Vec<TargetName>), String> {
    let mut words = question.split_whitespace();
    let (Some(user), Some(action)) = (words.next(), words.next()) else {
        return Err(format!("`{question}` is no question"));
    };
    let targets: Result<Vec<TargetName>, _> = words.map(str::parse).collect();
    let targets = targets.map_err(|error| format!("{question}: {error}"))?;
    Ok((user, action, targets))
}

fn same(what: &str, told: &BTreeSet<String>, expected: &BTreeSet<String>) -> Result<(), String> {
    if told == expected {
        return Ok(());
    }
    let more: Vec<_> = told.difference(expected).collect();
    let less: Vec<_> = expected.difference(told).collect();
    Err(format!("{what}: not expected: {more:?}; missing: {less:?}"))
}

/// `MissingRole` as `missing role`.
fn in_words(name: &impl std::fmt::Debug) -> String {
    let mut words = String::new();
    for letter in format!("{name:?}").chars() {
        if letter.is_uppercase() && !words.is_empty() {
            words.push(' ');
        }
        words.extend(letter.to_lowercase());
    }
    words
}

/// For each rule id that some case cites: whether a step of such a case is a yes, and whether one is a no.
fn cited() -> BTreeMap<String, (bool, bool)> {
    let mut cited: BTreeMap<String, (bool, bool)> = BTreeMap::new();
    for (_, file) in files() {
        for case in file.cases {
            let yes = |step: &Step| match &step.ask {
                Some(_) => step.is.all() == ["yes"],
                None => {
                    !step.run.is_empty() && step.refused.is_empty()
                        || step.list.is_some() && !step.is.is_empty()
                }
            };
            let no = |step: &Step| {
                step.is.all() == ["no"]
                    || !step.refused.is_empty()
                    || step.list.is_some() && step.is.is_empty()
            };
            let found = (case.steps.iter().any(yes), case.steps.iter().any(no));
            for rule in case.rules {
                let entry = cited.entry(rule).or_default();
                *entry = (entry.0 || found.0, entry.1 || found.1);
            }
        }
    }
    cited
}
