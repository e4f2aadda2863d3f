//! The digest of a state: the wrapping sum of one documented hash for each fact.

use std::fmt;

use siphasher::sip128::{Hasher128, SipHasher24};
use std::hash::Hasher;

use crate::facts::grant::{Effect, Scope, What};
use crate::facts::{Fact, Facts};
use crate::id::{Place, Subject, Thing};

/// The digest of everything recorded in a policy: equal states have equal digests, whatever led to them.
///
/// It is the wrapping sum of a 128-bit hash of each fact: SipHash-2-4 with the policy's [key](DigestKey), which is zero where none was given,
/// of the fact's tag byte followed by its fields. A name is its length (4 bytes, little endian) and its UTF-8 bytes; a choice is a tag byte
/// before its fields. The catalog is not in it and has a [digest of its own](crate::CatalogDigest), so that the digests of a log can be
/// compared across a release that adds a word; two policies are equal where both digests are.
///
/// # What it is no proof of
///
/// It tells states apart that differ by chance or mistake. **Without a key a sum can be forged** by whoever may choose names: the names of 128
/// new users were found in three minutes that gave a state with a second root the digest of the honest one. With a secret key nobody can
/// search for such names by themselves; but who sees the digest before and after each of millions of changes of their own choice learns the
/// hash of each, and can look for a sum among those. So give a policy a key where strangers choose names, show its digests to nobody who does,
/// and compare the links of a chain of entries (`Link`, feature `chain`) where it has to be a proof.
///
/// Digests under different keys have nothing to do with each other: compare those of replicas that share a key.
///
/// | fact | tag | fields |
/// |---|---|---|
/// | a thing exists | 0 | thing |
/// | membership | 1 | user name, group name |
/// | sub-group | 2 | group name, parent's name |
/// | placement | 3 | thing, place |
/// | label | 4 | place, label name |
/// | a role's permission | 5 | role name, permission name |
/// | a role's include | 6 | role name, included role's name |
/// | grant | 7 | effect (0 allow, 1 deny), subject, what, scope |
///
/// Things and places: 0 user, 1 group, 2 resource (kind name, name), 3 role. Subjects: 0 user, 1 group, 2 everyone. What: 0 permission,
/// 1 role, 2 everything. Scopes: 0 platform, 1 this (place), 2 underlying (group name), 3 labelled (label name), 4 labelled (label
/// name, group name), 5 oneself.
///
/// As text, and with the feature `serde` on the wire, it is 32 hexadecimal digits in lower case: many readers of JSON round larger numbers.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Digest(pub u128);

/// A secret key for the digests of a policy, from [`Policy::with_digest_key`](crate::Policy::with_digest_key). Replicas that compare digests
/// share it.
///
/// It is never written: neither by `Debug` nor over any wire. Make it from 16 bytes of a good source of randomness, once, and keep them as
/// other secrets are kept. All bytes zero is the same as no key.
#[derive(Clone, Default)]
pub struct DigestKey([u8; 16]);

impl DigestKey {
    /// The key that these bytes are.
    #[must_use]
    pub fn new(bytes: [u8; 16]) -> Self {
        DigestKey(bytes)
    }
}

impl fmt::Debug for DigestKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DigestKey(..)")
    }
}

impl Digest {
    /// The digest with one fact more or less.
    pub(crate) fn with(self, hash: u128, present: bool) -> Digest {
        Digest(if present {
            self.0.wrapping_add(hash)
        } else {
            self.0.wrapping_sub(hash)
        })
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Digest({self})")
    }
}

/// Writes the fields of a fact, names looked up in the facts.
struct Writer<'a> {
    facts: &'a Facts,
    hasher: SipHasher24,
}

impl Facts {
    /// The hash of one fact, under the present names.
    pub(crate) fn hash(&self, fact: &Fact) -> u128 {
        let mut writer = Writer {
            facts: self,
            hasher: SipHasher24::new_with_key(&self.key.0),
        };
        writer.fact(fact);
        writer.hasher.finish128().as_u128()
    }
}

impl Writer<'_> {
    fn tag(&mut self, tag: u8) {
        self.hasher.write(&[tag]);
    }

    fn text(&mut self, text: &str) {
        self.hasher
            .write(&u32::try_from(text.len()).unwrap_or(u32::MAX).to_le_bytes());
        self.hasher.write(text.as_bytes());
    }

    fn name(&mut self, thing: impl Into<Thing>) {
        let facts = self.facts;
        self.text(facts.name(thing.into()));
    }

    fn thing(&mut self, thing: Thing) {
        match thing {
            Thing::User(_) => self.tag(0),
            Thing::Group(_) => self.tag(1),
            Thing::Resource(resource) => {
                self.tag(2);
                let facts = self.facts;
                let kind = facts.kind(resource.index);
                let kind = kind.map(|kind| facts.catalog.kind_at(kind));
                self.text(
                    kind.and_then(|kind| facts.catalog.kind_name(kind))
                        .unwrap_or_default(),
                );
            }
            Thing::Role(_) => self.tag(3),
        }
        self.name(thing);
    }

    fn place(&mut self, place: Place) {
        self.thing(place.into());
    }

    fn fact(&mut self, fact: &Fact) {
        let catalog = &self.facts.catalog;
        match *fact {
            Fact::Thing(thing) => {
                self.tag(0);
                self.thing(thing);
            }
            Fact::Member(user, group) => {
                self.tag(1);
                self.name(user);
                self.name(group);
            }
            Fact::Parent(child, parent) => {
                self.tag(2);
                self.name(child);
                self.name(parent);
            }
            Fact::Placed(resource, place) => {
                self.tag(3);
                self.thing(resource.into());
                self.place(place);
            }
            Fact::Labelled(place, label) => {
                self.tag(4);
                self.place(place);
                self.text(catalog.label_name(label).unwrap_or_default());
            }
            Fact::Gives(role, permission) => {
                self.tag(5);
                self.name(role);
                self.text(catalog.permission_name(permission).unwrap_or_default());
            }
            Fact::Includes(role, included) => {
                self.tag(6);
                self.name(role);
                self.name(included);
            }
            Fact::Grant(grant) => {
                self.tag(7);
                self.tag(match grant.effect {
                    Effect::Allow => 0,
                    Effect::Deny => 1,
                });
                match grant.subject {
                    Subject::User(user) => {
                        self.tag(0);
                        self.name(user);
                    }
                    Subject::Group(group) => {
                        self.tag(1);
                        self.name(group);
                    }
                    Subject::Everyone => self.tag(2),
                }
                match grant.what {
                    What::Permission(permission) => {
                        self.tag(0);
                        self.text(catalog.permission_name(permission).unwrap_or_default());
                    }
                    What::Role(role) => {
                        self.tag(1);
                        self.name(role);
                    }
                    What::Everything => self.tag(2),
                }
                match grant.scope {
                    Scope::Platform => self.tag(0),
                    Scope::This(place) => {
                        self.tag(1);
                        self.place(place);
                    }
                    Scope::Underlying(group) => {
                        self.tag(2);
                        self.name(group);
                    }
                    Scope::Labelled(label, bound) => {
                        self.tag(if bound.is_some() { 4 } else { 3 });
                        self.text(catalog.label_name(label).unwrap_or_default());
                        if let Some(group) = bound {
                            self.name(group);
                        }
                    }
                    Scope::Oneself => self.tag(5),
                }
            }
        }
    }
}
