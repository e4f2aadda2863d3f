//! The digest of a catalog: one hash over all that is declared.

use std::fmt;
use std::hash::Hasher;

use siphasher::sip128::{Hasher128, SipHasher24};

use crate::canonical::Canonical;
use crate::catalog::declaration::Declaration;
use crate::catalog::requirement::{Asked, Requirement};
use crate::catalog::rule::{
    Condition, Counted, CountedAt, GrantRule, Granted, HowMany, Rule, StateRule, SubjectKind,
    WhenLost,
};

/// The digest of a [`Catalog`](crate::Catalog): catalogs that declare the same have equal digests, in whatever order they declare it.
///
/// It is SipHash-2-4 of 128 bits with a zero key over the number of declarations and then the bytes of each, in the order of the bytes. The
/// order inside a declaration counts, as it does for what is reported. A text is its length (4 bytes, little endian) and its UTF-8 bytes; a
/// number is 8 bytes, little endian; a list is its length as a number and then its items; a yes or no is a byte, 1 or 0; a choice is a tag
/// byte before its fields.
///
/// | declaration | tag | fields |
/// |---|---|---|
/// | kind | 0 | name |
/// | label | 1 | name, recorded |
/// | permission | 2 | name, recorded |
/// | action | 3 | name, number of targets, requirement |
/// | role | 4 | name, list of permissions, list of included roles |
/// | state rule | 5 | rule |
/// | grant rule | 6 | what, condition, when it is lost |
///
/// Requirements: 0 holds (permission), 1 above (kind, permission), 2 within (permission), 3 marked (label), 4 allows (action), 5 all (number of
/// parts), 6 any (number of parts), 7 with (number of companions), 8 on the n-th target (n), 9 on the platform; their parts follow, for
/// *with* the requirement and then its companions. State rules: 0 count (0 exactly one, 1 at least one, 2 at most
/// one; 0 holders or 1 able, and the role or the action; 0 platform, 1 each marked, and the label), 1 at least one (whether of the holders of
/// a role, that role, list of roles), 2 never both (the two roles). What: 0 permission (name), 1 role (name).
/// Conditions: 0 holder of (role), 1 subjects (number; 0 user, 1 group, 2 everyone each), 2 places (list of kinds), 3 marked (label), 4
/// active, 5 scoped. When it is lost: 0 refused, 1 takes along, 2 stays.
///
/// It tells catalogs apart that differ by a release or a mistake; what people who use a service choose is not in it.
///
/// As text, and with the feature `serde` on the wire, it is 32 hexadecimal digits in lower case.
///
/// ```
/// use rolecall::Catalog;
///
/// let one = Catalog::builder().permission("edit").role("trainer", ["edit"]).build()?;
/// let same = Catalog::builder().role("trainer", ["edit"]).permission("edit").build()?;
/// let more = Catalog::builder().permission("edit").permission("remove").role("trainer", ["edit", "remove"]).build()?;
/// assert_eq!(one.digest(), same.digest());
/// assert_ne!(one.digest(), more.digest());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CatalogDigest(pub u128);

impl CatalogDigest {
    pub(crate) fn of(declarations: &[Declaration]) -> Self {
        let spelled = |declaration: &Declaration| {
            let mut bytes = Canonical::default();
            bytes.declaration(declaration);
            bytes.into_bytes()
        };
        let mut all: Vec<Vec<u8>> = declarations.iter().map(spelled).collect();
        all.sort_unstable();
        let mut hasher = SipHasher24::new();
        hasher.write(&u64::try_from(all.len()).unwrap_or(u64::MAX).to_le_bytes());
        all.iter().for_each(|bytes| hasher.write(bytes));
        CatalogDigest(hasher.finish128().as_u128())
    }
}

impl fmt::Display for CatalogDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

impl fmt::Debug for CatalogDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CatalogDigest({self})")
    }
}

impl Canonical {
    fn declaration(&mut self, declaration: &Declaration) {
        match declaration {
            Declaration::Kind { name } => {
                self.tag(0);
                self.text(name);
            }
            Declaration::Label { name, recorded } => {
                self.tag(1);
                self.text(name);
                self.flag(*recorded);
            }
            Declaration::Permission { name, recorded } => {
                self.tag(2);
                self.text(name);
                self.flag(*recorded);
            }
            Declaration::Action {
                name,
                targets,
                requirement,
            } => {
                self.tag(3);
                self.text(name);
                self.len(*targets);
                self.requirement(requirement);
            }
            Declaration::Role {
                name,
                permissions,
                includes,
            } => {
                self.tag(4);
                self.text(name);
                self.texts(permissions);
                self.texts(includes);
            }
            Declaration::Rule(Rule::State(rule)) => {
                self.tag(5);
                self.state_rule(rule);
            }
            Declaration::Rule(Rule::Grant(rule)) => {
                self.tag(6);
                self.grant_rule(rule);
            }
        }
    }

    fn requirement(&mut self, requirement: &Requirement) {
        let mut open = vec![requirement];
        while let Some(requirement) = open.pop() {
            match requirement {
                Requirement::Holds(permission) => {
                    self.tag(0);
                    self.text(permission);
                }
                Requirement::Above { kind, permission } => {
                    self.tag(1);
                    self.text(kind);
                    self.text(permission);
                }
                Requirement::Within(permission) => {
                    self.tag(2);
                    self.text(permission);
                }
                Requirement::Marked(label) => {
                    self.tag(3);
                    self.text(label);
                }
                Requirement::Allows(action) => {
                    self.tag(4);
                    self.text(action);
                }
                Requirement::All(parts) => {
                    self.tag(5);
                    self.len(parts.len());
                    open.extend(parts.iter().rev());
                }
                Requirement::Any(parts) => {
                    self.tag(6);
                    self.len(parts.len());
                    open.extend(parts.iter().rev());
                }
                Requirement::With(main, companions) => {
                    self.tag(7);
                    self.len(companions.len());
                    open.extend(companions.iter().rev());
                    open.push(main);
                }
                Requirement::On(Asked::Nth(nth), part) => {
                    self.tag(8);
                    self.len(*nth);
                    open.push(part);
                }
                Requirement::On(Asked::Platform, part) => {
                    self.tag(9);
                    open.push(part);
                }
            }
        }
    }

    fn state_rule(&mut self, rule: &StateRule) {
        match rule {
            StateRule::Count { how_many, of, at } => {
                self.tag(0);
                self.tag(match how_many {
                    HowMany::ExactlyOne => 0,
                    HowMany::AtLeastOne => 1,
                    HowMany::AtMostOne => 2,
                });
                let (tag, name) = match of {
                    Counted::Holders(role) => (0, role),
                    Counted::Able(action) => (1, action),
                };
                self.tag(tag);
                self.text(name);
                match at {
                    CountedAt::Platform => self.tag(0),
                    CountedAt::EachMarked(label) => {
                        self.tag(1);
                        self.text(label);
                    }
                }
            }
            StateRule::AtLeastOne { holder, roles } => {
                self.tag(1);
                self.flag(holder.is_some());
                holder.iter().for_each(|holder| self.text(holder));
                self.texts(roles);
            }
            StateRule::NeverBoth { roles } => {
                self.tag(2);
                roles.iter().for_each(|role| self.text(role));
            }
        }
    }

    fn grant_rule(&mut self, rule: &GrantRule) {
        let GrantRule {
            what,
            condition,
            when_lost,
        } = rule;
        match what {
            Granted::Permission(name) => {
                self.tag(0);
                self.text(name);
            }
            Granted::Role(name) => {
                self.tag(1);
                self.text(name);
            }
        }
        match condition {
            Condition::HolderOf { role } => {
                self.tag(0);
                self.text(role);
            }
            Condition::Subjects(kinds) => {
                self.tag(1);
                self.len(kinds.len());
                for kind in kinds {
                    self.tag(match kind {
                        SubjectKind::User => 0,
                        SubjectKind::Group => 1,
                        SubjectKind::Everyone => 2,
                    });
                }
            }
            Condition::Places(kinds) => {
                self.tag(2);
                self.texts(kinds);
            }
            Condition::Marked { label } => {
                self.tag(3);
                self.text(label);
            }
            Condition::Active => self.tag(4),
            Condition::Scoped => self.tag(5),
        }
        self.tag(match when_lost {
            WhenLost::Refused => 0,
            WhenLost::TakesAlong => 1,
            WhenLost::Stays => 2,
        });
    }
}
