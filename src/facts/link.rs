//! `Link`: entries as a chain, each of which vouches for all before it.

use std::fmt;

use sha2::{Digest as _, Sha256};

use crate::canonical::Canonical;
use crate::catalog::Catalog;
use crate::catalog::digest::CatalogDigest;
use crate::facts::change::{Change, GrantName, ScopeName, SubjectName, WhatName};
use crate::facts::entry::Entry;
use crate::facts::grant::Effect;
use crate::name::{PlaceName, ThingName};

/// A link of the chain of entries (feature `chain`): a hash that nobody can bring about by other entries, or by the same ones in another
/// order. Those who follow a log compare links; a [`Digest`](crate::Digest) tells states apart that differ by mistake, and no more.
///
/// ```
/// use rolecall::{Catalog, Change, Link, Policy, ThingName};
///
/// let catalog = Catalog::builder().permission("login").build()?;
/// let mut leader = Policy::new(catalog.clone());
/// let mut head = Link::start(&catalog);
/// let mut log = Vec::new();
/// for name in ["ana", "ben"] {
///     leader
///         .write()
///         .before_publishing(|entry, _| {
///             head = entry.link(head);
///             log.push((entry.changes().to_vec(), head));
///             Ok::<_, std::io::Error>(())
///         })
///         .apply(&[Change::Add(ThingName::user(name))])?;
/// }
///
/// // Who follows applies the changes and comes to the same links.
/// let mut follower = Policy::new(catalog.clone());
/// let mut followed = Link::start(&catalog);
/// for (changes, link) in &log {
///     followed = follower.apply(changes)?.link(followed);
///     assert_eq!(followed, *link);
/// }
///
/// // With a step left out, nothing fits from there on.
/// let mut other = Policy::new(catalog.clone());
/// let (changes, link) = &log[1];
/// assert_ne!(other.apply(changes)?.link(Link::start(&catalog)), *link);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # The bytes
///
/// A link is the SHA-256 of these bytes. A number is 8 bytes, little endian. A text is its length (4 bytes, little endian) and its UTF-8
/// bytes. A choice is a tag byte before its fields.
///
/// * The first link: the 16 bytes `rolecall chain 1`, then the catalog's digest (16 bytes, little endian).
/// * Each next one: the 16 bytes `rolecall entry 1`, the previous link (32 bytes), the revision that the entry led to as a number, the
///   catalog's digest, the number of changes, and each change in order.
///
/// | change | tag | fields |
/// |---|---|---|
/// | add | 0 | thing |
/// | remove | 1 | thing, whether it lifts denies (a byte, 1 or 0) |
/// | rename | 2 | thing, new name |
/// | add, remove a member | 3, 4 | user, group |
/// | attach, detach a group | 5, 6 | group, parent |
/// | place, unplace a resource | 7, 8 | kind, name, place |
/// | add, remove a label | 9, 10 | place, label |
/// | add to, remove from a role | 11, 12 | role, permission |
/// | include, exclude a role | 13, 14 | role, included role |
/// | grant, revoke | 15, 16 | effect (0 allow, 1 deny), subject, what, scope |
/// | revoke all | 17 | subject, what |
/// | add unless it is there | 18 | thing |
///
/// Things and places: 0 user, 1 group, 2 resource (kind, name), 3 role. Subjects: 0 user, 1 group, 2 everyone. What: 0 permission, 1 role,
/// 2 everything. Scopes: 0 platform, 1 this (place), 2 underlying (group), 3 labelled (label), 4 labelled (label, group), 5 oneself.
///
/// As text, and with the feature `serde` on the wire, a link is 64 hexadecimal digits in lower case.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Link([u8; 32]);

impl Link {
    /// The link before the first entry of a policy of the catalog.
    #[must_use]
    pub fn start(catalog: &Catalog) -> Link {
        let mut bytes = Canonical::default();
        bytes.bytes(b"rolecall chain 1");
        bytes.bytes(&catalog.digest().0.to_le_bytes());
        Link::of(bytes)
    }

    /// The link of an entry that says this, after the previous link: for whoever has a log and no policy.
    ///
    /// # Complexity
    ///
    /// Linear in the bytes of the changes.
    #[must_use]
    pub fn after(
        previous: Link,
        revision: u64,
        catalog: CatalogDigest,
        changes: &[Change],
    ) -> Link {
        let mut bytes = Canonical::default();
        bytes.bytes(b"rolecall entry 1");
        bytes.bytes(&previous.0);
        bytes.number(revision);
        bytes.bytes(&catalog.0.to_le_bytes());
        bytes.len(changes.len());
        changes.iter().for_each(|change| bytes.change(change));
        Link::of(bytes)
    }

    fn of(bytes: Canonical) -> Link {
        Link(Sha256::digest(bytes.into_bytes()).into())
    }

    /// The 32 bytes.
    #[must_use]
    pub fn to_bytes(self) -> [u8; 32] {
        self.0
    }

    /// The link that these bytes are, as they were kept by someone.
    #[must_use]
    pub fn from_bytes(bytes: [u8; 32]) -> Link {
        Link(bytes)
    }
}

impl Entry {
    /// The link of this entry after the one before it (feature `chain`).
    ///
    /// # Complexity
    ///
    /// Linear in the bytes of the changes.
    #[must_use]
    pub fn link(&self, previous: Link) -> Link {
        Link::after(
            previous,
            self.revision(),
            self.catalog_digest(),
            self.changes(),
        )
    }
}

impl fmt::Display for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Link({self})")
    }
}

impl Canonical {
    fn thing(&mut self, thing: &ThingName) {
        match thing {
            ThingName::User(name) => {
                self.tag(0);
                self.text(name);
            }
            ThingName::Group(name) => {
                self.tag(1);
                self.text(name);
            }
            ThingName::Resource { kind, name } => {
                self.tag(2);
                self.text(kind);
                self.text(name);
            }
            ThingName::Role(name) => {
                self.tag(3);
                self.text(name);
            }
        }
    }

    fn place(&mut self, place: &PlaceName) {
        self.thing(&place.clone().into());
    }

    fn two(&mut self, tag: u8, one: &str, other: &str) {
        self.tag(tag);
        self.text(one);
        self.text(other);
    }

    fn subject(&mut self, subject: &SubjectName) {
        match subject {
            SubjectName::User(name) => {
                self.tag(0);
                self.text(name);
            }
            SubjectName::Group(name) => {
                self.tag(1);
                self.text(name);
            }
            SubjectName::Everyone => self.tag(2),
        }
    }

    fn what(&mut self, what: &WhatName) {
        match what {
            WhatName::Permission(name) => {
                self.tag(0);
                self.text(name);
            }
            WhatName::Role(name) => {
                self.tag(1);
                self.text(name);
            }
            WhatName::Everything => self.tag(2),
        }
    }

    fn scope(&mut self, scope: &ScopeName) {
        match scope {
            ScopeName::Platform => self.tag(0),
            ScopeName::This(place) => {
                self.tag(1);
                self.place(place);
            }
            ScopeName::Underlying(group) => {
                self.tag(2);
                self.text(group);
            }
            ScopeName::Labelled {
                label,
                within: None,
            } => {
                self.tag(3);
                self.text(label);
            }
            ScopeName::Labelled {
                label,
                within: Some(group),
            } => self.two(4, label, group),
            ScopeName::Oneself => self.tag(5),
        }
    }

    fn grant(&mut self, tag: u8, grant: &GrantName) {
        let GrantName {
            effect,
            subject,
            what,
            scope,
        } = grant;
        self.tag(tag);
        self.tag(match effect {
            Effect::Allow => 0,
            Effect::Deny => 1,
        });
        self.subject(subject);
        self.what(what);
        self.scope(scope);
    }

    fn change(&mut self, change: &Change) {
        match change {
            Change::Add(thing) => {
                self.tag(0);
                self.thing(thing);
            }
            Change::Ensure(thing) => {
                self.tag(18);
                self.thing(thing);
            }
            Change::Remove {
                thing,
                lifting_denies,
            } => {
                self.tag(1);
                self.thing(thing);
                self.flag(*lifting_denies);
            }
            Change::Rename { thing, to } => {
                self.tag(2);
                self.thing(thing);
                self.text(to);
            }
            Change::AddMember { user, group } => self.two(3, user, group),
            Change::RemoveMember { user, group } => self.two(4, user, group),
            Change::Attach { group, parent } => self.two(5, group, parent),
            Change::Detach { group, parent } => self.two(6, group, parent),
            Change::Place {
                kind,
                resource,
                place,
            } => {
                self.two(7, kind, resource);
                self.place(place);
            }
            Change::Unplace {
                kind,
                resource,
                place,
            } => {
                self.two(8, kind, resource);
                self.place(place);
            }
            Change::AddLabel { place, label } => {
                self.tag(9);
                self.place(place);
                self.text(label);
            }
            Change::RemoveLabel { place, label } => {
                self.tag(10);
                self.place(place);
                self.text(label);
            }
            Change::AddToRole { role, permission } => self.two(11, role, permission),
            Change::RemoveFromRole { role, permission } => self.two(12, role, permission),
            Change::IncludeRole { role, included } => self.two(13, role, included),
            Change::ExcludeRole { role, included } => self.two(14, role, included),
            Change::Grant(grant) => self.grant(15, grant),
            Change::Revoke(grant) => self.grant(16, grant),
            Change::RevokeAll { subject, what } => {
                self.tag(17);
                self.subject(subject);
                self.what(what);
            }
        }
    }
}
