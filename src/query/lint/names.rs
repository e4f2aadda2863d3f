//! Names that look alike: equal but for upper and lower case, for letters with marks in one piece or in two, and for what is not seen.

use std::collections::HashMap;

use crate::id::Thing;
use crate::looks::Looks;
use crate::query::lint::{Finding, Findings, LintCode};
use crate::snapshot::Snapshot;
use crate::steps;

/// One finding for each set of names of one name space that look alike.
pub(super) fn look_alikes(now: &Snapshot, findings: &mut Findings) {
    let looks = Looks::get();
    let facts = now.facts();
    let mut space = |things: &mut dyn Iterator<Item = Thing>| {
        let mut alike: HashMap<String, Vec<Thing>> = HashMap::new();
        for thing in things {
            let name = facts.thing_name(thing);
            alike.entry(looks.of(name.name())).or_default().push(thing);
            steps::took(1);
        }
        let mut alike: Vec<Vec<Thing>> = alike
            .into_values()
            .filter(|alike| alike.len() > 1)
            .collect();
        alike.sort_unstable();
        for things in alike {
            findings.push(LintCode::LookAlikes, || Finding::LookAlikes {
                things: things
                    .iter()
                    .map(|thing| facts.thing_name(*thing))
                    .collect(),
            });
        }
    };
    space(&mut now.users().map(Thing::User));
    space(&mut now.groups().map(Thing::Group));
    for kind in now.catalog().kinds() {
        let of_kind = now.resources();
        let of_kind = of_kind.filter(|resource| facts.kind(resource.index) == Some(kind.index));
        space(&mut of_kind.map(Thing::Resource));
    }
    space(&mut now.roles().map(Thing::Role));
}
