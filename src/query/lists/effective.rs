//! What a user may do, where, and from which source.

use std::collections::{HashMap, HashSet};
use std::fmt;
use std::sync::OnceLock;

use crate::error::AskError;
use crate::facts::grant::{Effect, Grant, Scope};
use crate::id::{Permission, User};
use crate::name::quoted;
use crate::query::elide::{ENTRIES, SHOWN, rest};
use crate::query::lists::held::{HeldAs, HeldGrant, Wanted, held_grants};
use crate::query::lists::within::within;
use crate::snapshot::Snapshot;

impl Snapshot {
    /// What the user holds: each permission that an allow gives them, at each scope, with the grants it comes from and the denies that
    /// may take it.
    ///
    /// It lists what is granted. What an action needs besides is in its requirement: ask [`can`](Snapshot::can) or
    /// [`allowed_actions`](Snapshot::allowed_actions) about a target.
    ///
    /// ```
    /// # use rolecall::{Catalog, Grant, HeldAs, Policy, Scope};
    /// # let catalog = Catalog::builder().permission("course.edit").permission("member.view")
    /// #     .role("trainer", ["course.edit", "member.view"]).build()?;
    /// # let (trainer, edit_course, view) =
    /// #     (catalog.role("trainer")?, catalog.permission("course.edit")?, catalog.permission("member.view")?);
    /// # let mut policy = Policy::new(catalog);
    /// # let mut edit = policy.edit_unguarded();
    /// # let (trainers, europe) = (edit.add_group("trainers")?, edit.add_group("europe")?);
    /// # let (ana, ben) = (edit.add_user("ana")?, edit.add_user("ben")?);
    /// # edit.add_member(ana, trainers)?;
    /// edit.grant(Grant::role(trainer).to(trainers).on(Scope::underlying(europe)))?;
    /// edit.grant(Grant::permission(view).to(ana).on(Scope::underlying(europe)))?;
    /// edit.grant(Grant::deny(edit_course).to(ana).on(Scope::this(europe)))?;
    /// # edit.commit()?;
    ///
    /// let now = policy.snapshot();
    /// let permissions = now.effective_permissions(ana)?;
    /// let held: Vec<_> = permissions.iter().map(|entry| (entry.permission(), entry.scope())).collect();
    /// assert_eq!(held, [(edit_course, Scope::underlying(europe)), (view, Scope::underlying(europe))]);
    ///
    /// // What comes from groups stands apart from what was given to the user.
    /// let inherited: Vec<_> = permissions.inherited().map(|entry| entry.permission()).collect();
    /// assert_eq!(inherited, [edit_course, view]);
    /// let sources: Vec<_> =
    ///     permissions.of(view).flat_map(|entry| entry.sources()).map(|source| source.to_string()).collect();
    /// assert_eq!(sources, ["permission `member.view` granted to user `ana`", "role `trainer` granted to group `trainers`"]);
    /// assert_eq!(permissions.of(edit_course).flat_map(|entry| entry.denies()).count(), 1);
    ///
    /// assert!(now.effective_permissions(ben)?.is_empty());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`AskError`] when the handle does not resolve here.
    ///
    /// # Complexity
    ///
    /// Linear in the (permission, scope) pairs of the user's rows, which the index has merged for each of their groups: no graph is walked and
    /// no grant is looked at. Sources and denies are gathered when they are first asked for, with a look-up for each subject that the user is
    /// held as and that something is granted to; chains are found one by one.
    pub fn effective_permissions(&self, user: User) -> Result<EffectivePermissions, AskError> {
        self.check(user)?;
        Ok(EffectivePermissions {
            snapshot: self.clone(),
            user,
            pairs: self.index().held_pairs(self.facts(), user),
            grants: OnceLock::new(),
            taken: OnceLock::new(),
        })
    }
}

/// What a user holds, what takes it, and from which grants: the answer of [`Snapshot::effective_permissions`].
///
/// An entry is a permission at a scope; entries are in the order of permissions, then of scopes. The list as a whole is [`iter`](Self::iter);
/// its three sections are [`direct`](Self::direct), [`inherited`](Self::inherited) and [`everyone`](Self::everyone): an entry stands in each
/// section that one of its sources belongs to, there with those sources only.
///
/// `Display` shows the sections as a tree. Under `serde` it is written by names.
#[derive(Clone)]
pub struct EffectivePermissions {
    snapshot: Snapshot,
    user: User,
    /// Each permission, by index, with the key of each scope at which an allow gives it: in order and each once.
    pairs: Vec<(u32, u32)>,
    /// Gathered when they are first asked for.
    grants: OnceLock<Grants>,
    /// The entries of which a deny takes all, once somebody asked.
    taken: OnceLock<HashSet<(u32, Scope)>>,
}

/// The grants that a user holds, in the order of scope, subject and what is granted. So the sources of an entry lie together, and among them
/// those of a section.
#[derive(Clone, Debug, Default)]
struct Grants {
    allows: Vec<Grant>,
    denies: Vec<Grant>,
}

impl EffectivePermissions {
    /// Whose permissions these are.
    #[must_use]
    pub fn user(&self) -> User {
        self.user
    }

    /// How many entries there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.pairs.len()
    }

    /// Whether the user holds nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.pairs.is_empty()
    }

    /// Every entry with all its sources.
    pub fn iter(&self) -> impl Iterator<Item = EffectivePermission<'_>> {
        self.entries(&self.pairs)
    }

    /// What was given to the user: the entries with such a source.
    pub fn direct(&self) -> impl Iterator<Item = EffectivePermission<'_>> {
        self.section(HeldAs::User)
    }

    /// What the user inherits from groups: the entries with such a source.
    pub fn inherited(&self) -> impl Iterator<Item = EffectivePermission<'_>> {
        self.section(HeldAs::Group)
    }

    /// What the user holds as everyone does: the entries with such a source.
    pub fn everyone(&self) -> impl Iterator<Item = EffectivePermission<'_>> {
        self.section(HeldAs::Everyone)
    }

    fn section(&self, section: HeldAs) -> impl Iterator<Item = EffectivePermission<'_>> {
        let cut = self.iter().map(move |entry| EffectivePermission {
            section: Some(section),
            ..entry
        });
        cut.filter(|entry| entry.grants().next().is_some())
    }

    /// The entries of one permission, with all their sources. There are none for a permission of another catalog.
    pub fn of(&self, permission: Permission) -> impl Iterator<Item = EffectivePermission<'_>> {
        let known = self.snapshot.catalog().has_permission(permission);
        let start = self
            .pairs
            .partition_point(|(other, _)| *other < permission.index);
        let rest = self.pairs.get(start..).unwrap_or_default();
        let end = rest.partition_point(|(other, _)| *other == permission.index);
        let pairs = if known { rest.get(..end) } else { None };
        self.entries(pairs.unwrap_or_default())
    }

    /// Every allow that the user holds, each once, in the order of scopes.
    #[must_use]
    pub fn allows(&self) -> &[Grant] {
        &self.grants().allows
    }

    /// Every deny that the user is held to, in the order of scopes. A deny beats every allow where it covers the target.
    #[must_use]
    pub fn denies(&self) -> &[Grant] {
        &self.grants().denies
    }

    fn grants(&self) -> &Grants {
        self.grants.get_or_init(|| {
            let mut grants = Grants::default();
            for grant in held_grants(self.snapshot.facts(), self.snapshot.index(), self.user) {
                match grant.effect {
                    Effect::Allow => grants.allows.push(grant),
                    Effect::Deny => grants.denies.push(grant),
                }
            }
            for grants in [&mut grants.allows, &mut grants.denies] {
                grants.sort_unstable_by_key(|grant| (grant.scope, grant.subject, grant.what));
            }
            grants
        })
    }

    /// The entries of which one deny takes all: those of permissions that the same denies speak of are looked at together.
    fn taken(&self) -> &HashSet<(u32, Scope)> {
        self.taken.get_or_init(|| {
            let facts = self.snapshot.facts();
            let mut alike: HashMap<Vec<Scope>, Vec<(u32, Scope)>> = HashMap::new();
            for pairs in self.pairs.chunk_by(|(one, _), (other, _)| one == other) {
                let Some((permission, _)) = pairs.first().copied() else {
                    continue;
                };
                let denies = self.denies().iter();
                let denies = denies.filter(|deny| facts.book().gives(deny.what, permission));
                let mut scopes: Vec<Scope> = denies.map(|deny| deny.scope).collect();
                scopes.dedup();
                if !scopes.is_empty() {
                    let index = self.snapshot.index();
                    let entries = pairs
                        .iter()
                        .map(|(_, key)| (permission, index.scope_of(*key)));
                    alike.entry(scopes).or_default().extend(entries);
                }
            }
            let mut taken = HashSet::new();
            for (denies, entries) in alike {
                let scopes: Vec<Scope> = entries.iter().map(|(_, scope)| *scope).collect();
                let found = within(facts, self.user, &scopes, denies);
                let whole = entries.into_iter().zip(found);
                taken.extend(whole.filter_map(|(entry, found)| found.any().then_some(entry)));
            }
            taken
        })
    }

    /// The entries of the pairs: keys are in no order that means anything, so the scopes of each permission are put in order.
    fn entries<'a>(
        &'a self,
        pairs: &'a [(u32, u32)],
    ) -> impl Iterator<Item = EffectivePermission<'a>> {
        let index = self.snapshot.index();
        let scopes = pairs.iter();
        let scopes = scopes.map(|(permission, key)| (*permission, index.scope_of(*key)));
        let mut scopes: Vec<(u32, Scope)> = scopes.collect();
        scopes
            .chunk_by_mut(|(one, _), (other, _)| one == other)
            .for_each(<[_]>::sort_unstable);
        scopes
            .into_iter()
            .map(|(permission, scope)| EffectivePermission {
                list: self,
                permission: self.snapshot.catalog().permission_at(permission),
                scope,
                section: None,
            })
    }
}

/// A permission that a user holds at a scope: an entry of [`EffectivePermissions`].
#[derive(Clone, Copy)]
pub struct EffectivePermission<'a> {
    list: &'a EffectivePermissions,
    permission: Permission,
    scope: Scope,
    /// The section that the entry stands in, which has only the sources that belong there.
    section: Option<HeldAs>,
}

impl<'a> EffectivePermission<'a> {
    /// The permission.
    #[must_use]
    pub fn permission(&self) -> Permission {
        self.permission
    }

    /// Where it holds, but for what the denies take.
    #[must_use]
    pub fn scope(&self) -> Scope {
        self.scope
    }

    /// The grants that give it there: those to the user first, then those to groups, then those to everyone. There is at least one.
    pub fn sources(&self) -> impl Iterator<Item = HeldGrant<'a>> + use<'a> {
        let (list, wanted) = (self.list, Wanted::Permission(self.permission.index));
        self.grants()
            .map(move |grant| HeldGrant::new(list.snapshot.facts(), list.user, grant, wanted))
    }

    fn grants(&self) -> impl Iterator<Item = Grant> + use<'a> {
        let (allows, facts) = (self.list.allows(), self.list.snapshot.facts());
        let (scope, section, permission) = (self.scope, self.section, self.permission.index);
        let start = allows.partition_point(|grant| grant.scope < scope);
        let here = allows.get(start..).unwrap_or_default().iter();
        here.take_while(move |grant| grant.scope == scope)
            .filter(move |grant| facts.book().gives(grant.what, permission))
            .filter(move |grant| section.is_none_or(|it| it == HeldAs::of(grant.subject)))
            .copied()
    }

    /// Whether one of the sources was granted to the user.
    #[must_use]
    pub fn is_direct(&self) -> bool {
        self.has_source(HeldAs::User)
    }

    /// Whether one of the sources was granted to a group.
    #[must_use]
    pub fn is_inherited(&self) -> bool {
        self.has_source(HeldAs::Group)
    }

    fn has_source(&self, section: HeldAs) -> bool {
        self.grants()
            .any(|grant| HeldAs::of(grant.subject) == section)
    }

    /// The denies of this permission, of a role with it or of everything that the user is held to, in the order of their scopes. Each
    /// takes the permission at the targets that its own scope covers, which may be all of this entry's, some or none.
    pub fn denies(&self) -> impl Iterator<Item = Grant> + use<'a> {
        let (list, permission) = (self.list, self.permission.index);
        let facts = list.snapshot.facts();
        let denies = list.denies().iter().copied();
        denies.filter(move |deny| facts.book().gives(deny.what, permission))
    }

    /// Whether one of the denies covers all that the scope does, so that nothing is left of the entry. What several denies take together, or
    /// take as labels stand at the moment, is not weighed up: then it is false.
    ///
    /// # Complexity
    ///
    /// When the first entry of a list is asked, one walk over all that is above the scopes of the list, for each set of denies that some
    /// permission has; then a look-up.
    #[must_use]
    pub fn is_taken(&self) -> bool {
        let entry = (self.permission.index, self.scope);
        self.list.taken().contains(&entry)
    }
}

impl fmt::Debug for EffectivePermissions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EffectivePermissions")
            .field("user", &self.user)
            .field("entries", &self.pairs.len())
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for EffectivePermission<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EffectivePermission")
            .field("permission", &self.permission)
            .field("scope", &self.scope)
            .finish_non_exhaustive()
    }
}

/// A tree: the sections, in each the permissions, below them the scopes with the sources and the denies. Of a section 200 entries are shown, of an
/// entry five sources and five denies, and how many more there are.
impl fmt::Display for EffectivePermissions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let facts = self.snapshot.facts();
        write!(
            f,
            "permissions of user {}",
            quoted(&facts.user_name(self.user))
        )?;
        self.show(f, "direct permissions", self.direct())?;
        self.show(f, "inherited group permissions", self.inherited())?;
        self.show(f, "permissions of everyone", self.everyone())?;
        if !self.denies().is_empty() {
            write!(f, "\n  denies")?;
        }
        let denies = self.denies();
        for deny in denies.iter().take(ENTRIES) {
            write!(f, "\n    {}", facts.grant_name(*deny))?;
        }
        more(f, "    ", rest(denies.len(), ENTRIES))
    }
}

impl EffectivePermissions {
    fn show<'a>(
        &'a self,
        f: &mut fmt::Formatter<'_>,
        title: &str,
        entries: impl Iterator<Item = EffectivePermission<'a>>,
    ) -> fmt::Result {
        let facts = self.snapshot.facts();
        let mut shown = None;
        let mut entries = entries;
        for entry in entries.by_ref().take(ENTRIES) {
            if shown.is_none() {
                write!(f, "\n  {title}")?;
            }
            if shown.replace(entry.permission) != Some(entry.permission) {
                let name = self.snapshot.catalog().permission_name(entry.permission);
                write!(f, "\n    {}", quoted(name.unwrap_or_default()))?;
            }
            write!(f, "\n      on {}", facts.scope_name(entry.scope))?;
            for source in entry.sources().take(SHOWN) {
                write!(f, "\n        from {source}")?;
            }
            more(f, "        ", rest(entry.grants().count(), SHOWN))?;
            for deny in entry.denies().take(SHOWN) {
                let found = within(facts, self.user, &[entry.scope], [deny.scope]);
                let whole = found.iter().any(|found| found.any());
                let word = if whole { "taken by" } else { "may be taken by" };
                write!(f, "\n        {word}: {}", facts.grant_name(deny))?;
            }
            more(f, "        ", rest(entry.denies().count(), SHOWN))?;
        }
        more(f, "    ", entries.count())
    }
}

/// How many more there are.
fn more(f: &mut fmt::Formatter<'_>, indent: &str, more: usize) -> fmt::Result {
    match more {
        0 => Ok(()),
        more => write!(f, "\n{indent}and {more} more"),
    }
}

#[cfg(feature = "serde")]
mod wire {
    use serde::{Serialize, Serializer};

    use super::{EffectivePermission, EffectivePermissions};
    use crate::facts::change::{GrantName, ScopeName};
    use crate::query::elide::{ENTRIES, LISTED, is_zero, rest};
    use crate::query::lists::held::{Source, ways_of};

    /// The list by names.
    #[derive(Serialize)]
    struct List {
        user: String,
        permissions: Vec<Entry>,
        #[serde(skip_serializing_if = "is_zero")]
        permissions_more: usize,
        denies: Vec<GrantName>,
        #[serde(skip_serializing_if = "is_zero")]
        denies_more: usize,
    }

    #[derive(Serialize)]
    struct Entry {
        permission: String,
        scope: ScopeName,
        sources: Vec<Source>,
        #[serde(skip_serializing_if = "is_zero")]
        sources_more: usize,
        denies: Vec<GrantName>,
        #[serde(skip_serializing_if = "is_zero")]
        denies_more: usize,
        is_taken: bool,
    }

    /// By names: the user, the entries with their sources, the denies. Of both 200 are written, of an entry 20 sources and 20 denies, and how
    /// many more there are.
    impl Serialize for EffectivePermissions {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            let facts = self.snapshot.facts();
            let ways = ways_of(facts, self.user);
            let entry = |entry: EffectivePermission<'_>| {
                let name = self.snapshot.catalog().permission_name(entry.permission);
                Entry {
                    permission: name.unwrap_or_default().to_owned(),
                    scope: facts.scope_name(entry.scope),
                    sources: entry
                        .sources()
                        .take(LISTED)
                        .map(|source| source.named(&ways))
                        .collect(),
                    sources_more: rest(entry.grants().count(), LISTED),
                    denies: entry
                        .denies()
                        .take(LISTED)
                        .map(|deny| facts.grant_name(deny))
                        .collect(),
                    denies_more: rest(entry.denies().count(), LISTED),
                    is_taken: entry.is_taken(),
                }
            };
            List {
                user: facts.user_name(self.user),
                permissions: self.iter().take(ENTRIES).map(entry).collect(),
                permissions_more: rest(self.len(), ENTRIES),
                denies: self
                    .denies()
                    .iter()
                    .take(ENTRIES)
                    .map(|deny| facts.grant_name(*deny))
                    .collect(),
                denies_more: rest(self.denies().len(), ENTRIES),
            }
            .serialize(serializer)
        }
    }
}
