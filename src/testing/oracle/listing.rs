//! What there is to ask about.

use std::collections::BTreeSet;

use super::Oracle;
use crate::{Change, PlaceName, TargetName, ThingName};

impl Oracle {
    /// Every user.
    pub fn users(&self) -> impl Iterator<Item = &str> {
        self.things.iter().filter_map(|thing| match thing {
            ThingName::User(name) => Some(name.as_str()),
            _ => None,
        })
    }

    /// Every group.
    pub fn groups(&self) -> impl Iterator<Item = &str> {
        self.things.iter().filter_map(|thing| match thing {
            ThingName::Group(name) => Some(name.as_str()),
            _ => None,
        })
    }

    /// Every resource, as its kind and its name.
    pub fn resources(&self) -> impl Iterator<Item = (&str, &str)> {
        self.things.iter().filter_map(|thing| match thing {
            ThingName::Resource { kind, name } => Some((kind.as_str(), name.as_str())),
            _ => None,
        })
    }

    /// Everything that can be asked about: the platform, every user, group and resource.
    #[must_use]
    pub fn targets(&self) -> Vec<TargetName> {
        let places = self.things.iter().cloned().filter_map(|thing| match thing {
            ThingName::User(name) => Some(PlaceName::User(name)),
            ThingName::Group(name) => Some(PlaceName::Group(name)),
            ThingName::Resource { kind, name } => Some(PlaceName::Resource { kind, name }),
            ThingName::Role(_) => None,
        });
        [TargetName::Platform]
            .into_iter()
            .chain(places.map(TargetName::Place))
            .collect()
    }

    /// Every action with the number of targets a question about it has.
    pub fn actions(&self) -> impl Iterator<Item = (&str, usize)> {
        self.actions
            .iter()
            .map(|(name, (targets, _))| (name.as_str(), *targets))
    }

    /// Every permission.
    pub fn permissions(&self) -> impl Iterator<Item = &str> {
        self.permissions.iter().map(String::as_str)
    }

    /// Every fact, as the change that adds it. The order is that of [`Change`]: things come first, so that a replay is accepted.
    #[must_use]
    pub fn facts(&self) -> &BTreeSet<Change> {
        &self.facts
    }
}
