//! The members of a group whose access is not that of the others.

use std::collections::HashMap;
use std::fmt;

use crate::error::AskError;
use crate::facts::Facts;
use crate::facts::grant::{Effect, Grant, Scope, What};
use crate::id::{Group, Place, User};
use crate::name::quoted;
use crate::query::elide::{SHOWN, rest};
use crate::query::lists::held::held_grants;
use crate::query::review::classes::{AccessClass, classes};
use crate::query::review::rights::{Own, Right, Rights};
use crate::snapshot::Snapshot;

impl Snapshot {
    /// The direct members of a group whose access differs from that of most members, with the grants that make the difference.
    ///
    /// Members are compared as [`access_classes`](Snapshot::access_classes) compares users, what each holds over themselves being alike
    /// ([`Own::Alike`]). The largest class is what is usual; of several equally large ones it is that of the first member.
    ///
    /// ```
    /// # use rolecall::{Catalog, Grant, Policy, Scope};
    /// # let catalog = Catalog::builder().permission("read").permission("edit").build()?;
    /// # let (read, edit_it) = (catalog.permission("read")?, catalog.permission("edit")?);
    /// # let mut policy = Policy::new(catalog);
    /// # let mut edit = policy.edit_unguarded();
    /// # let staff = edit.add_group("staff")?;
    /// # let (ana, ben, cleo) = (edit.add_user("ana")?, edit.add_user("ben")?, edit.add_user("cleo")?);
    /// # for user in [ana, ben, cleo] { edit.add_member(user, staff)?; }
    /// edit.grant(Grant::permission(read).to(staff).on(Scope::Platform))?;
    /// edit.grant(Grant::permission(edit_it).to(ben).on(Scope::this(staff)))?;
    /// edit.commit()?;
    ///
    /// let outliers = policy.snapshot().outliers(staff)?;
    /// assert_eq!(outliers.usual().map(|class| class.users()), Some(&[ana, cleo][..]));
    /// assert_eq!(
    ///     outliers.to_string(),
    ///     "1 of 3 members of group `staff` differs from the others\n  \
    ///        user `ben`\n    \
    ///          has besides: allow permission `edit` to user `ben` on this group `staff`",
    /// );
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`AskError`] when the handle does not resolve here.
    ///
    /// # Complexity
    ///
    /// That of [`access_classes`](Snapshot::access_classes) for the members alone, and for each outlier a look-up of all grants that they
    /// and one of the others hold.
    pub fn outliers(&self, group: Group) -> Result<Outliers, AskError> {
        self.check(group)?;
        let facts = self.facts();
        let mut rest = classes(self, Own::Alike, facts.members(group)).into_iter();
        let usual = rest.next();
        let mut outliers = Vec::new();
        if let Some(usual) = &usual
            && let Some(other) = usual.users().first()
        {
            let rights = Rights::new(self, Own::Alike);
            let member = |user: User, telling: &[Right]| Member {
                user,
                held: rights.held(user),
                telling: telling.to_vec(),
            };
            let others = member(*other, &usual.rights());
            for class in rest {
                let telling = class.rights();
                for user in class.users() {
                    let own = member(*user, &telling);
                    outliers.push(Outlier {
                        user: *user,
                        besides: beyond(self, &rights, &own, &others),
                        lacking: beyond(self, &rights, &others, &own),
                    });
                }
            }
        }
        outliers.sort_by_key(|outlier| outlier.user);
        Ok(Outliers {
            snapshot: self.clone(),
            group,
            usual,
            outliers,
        })
    }
}

/// A user with all they hold and with what of it makes a difference.
struct Member {
    user: User,
    held: Vec<Right>,
    telling: Vec<Right>,
}

/// The grants that one member holds and that give what the other does not have, in order.
fn beyond(now: &Snapshot, rights: &Rights<'_>, one: &Member, other: &Member) -> Vec<Grant> {
    let user = one.user;
    let among = rights.are_among(other.user, &one.telling, &other.held);
    let mut more: HashMap<(Effect, Scope), Vec<Right>> = HashMap::new();
    for (right, is_among) in one.telling.iter().zip(among) {
        if !is_among {
            let alike = more.entry((right.effect(), own(user, right.scope())));
            alike.or_default().push(*right);
        }
    }
    let facts = now.facts();
    let grants = held_grants(facts, now.index(), user);
    let is_such = |grant: &Grant| {
        let alike = more.get(&(grant.effect, own(user, grant.scope)));
        let mut alike = alike.into_iter().flatten();
        alike.any(|right| is_behind(facts, *grant, *right))
    };
    grants.filter(is_such).collect()
}

/// The scope with the user's own place written in one way.
fn own(user: User, scope: Scope) -> Scope {
    match scope {
        Scope::This(Place::User(place)) if place == user => Scope::Oneself,
        other => other,
    }
}

/// Whether the grant gives this right, which has the same effect and scope.
fn is_behind(facts: &Facts, grant: Grant, right: Right) -> bool {
    match right.what() {
        What::Permission(permission) => {
            grant.what != What::Everything && facts.book().gives(grant.what, permission.index)
        }
        what => grant.what == what,
    }
}

/// The members of a group whose access is not the usual one: the answer of [`Snapshot::outliers`].
///
/// `Display` shows each of them with the grants that make the difference. Under `serde` it is written by names.
#[derive(Clone)]
pub struct Outliers {
    snapshot: Snapshot,
    group: Group,
    usual: Option<AccessClass>,
    outliers: Vec<Outlier>,
}

/// A member whose access is not the usual one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outlier {
    user: User,
    besides: Vec<Grant>,
    lacking: Vec<Grant>,
}

impl Outliers {
    /// Whose members were compared.
    #[must_use]
    pub fn group(&self) -> Group {
        self.group
    }

    /// The largest class of members, which is what is usual; `None` where the group has no direct members.
    #[must_use]
    pub fn usual(&self) -> Option<&AccessClass> {
        self.usual.as_ref()
    }

    /// How many members differ.
    #[must_use]
    pub fn len(&self) -> usize {
        self.outliers.len()
    }

    /// Whether all members have the same access.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.outliers.is_empty()
    }

    /// The members who differ, in handle order.
    pub fn iter(&self) -> impl Iterator<Item = &Outlier> {
        self.outliers.iter()
    }
}

impl Outlier {
    /// The member.
    #[must_use]
    pub fn user(&self) -> User {
        self.user
    }

    /// The grants, allows and denies, that the member holds and that give or take what they do not for the others. Of this and
    /// [`lacking`](Self::lacking) at least one is not empty.
    #[must_use]
    pub fn besides(&self) -> &[Grant] {
        &self.besides
    }

    /// The grants, allows and denies, that the first of the others holds and that give or take what nothing does for the member.
    #[must_use]
    pub fn lacking(&self) -> &[Grant] {
        &self.lacking
    }
}

impl fmt::Debug for Outliers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Outliers")
            .field("group", &self.group)
            .field("outliers", &self.outliers)
            .finish_non_exhaustive()
    }
}

/// Each outlier with the grants that make the difference: the first five of each sort, and how many more there are.
impl fmt::Display for Outliers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let facts = self.snapshot.facts();
        let usual = self.usual.as_ref().map_or(0, |usual| usual.users().len());
        let name = facts.thing_name(self.group.into());
        let count = self.outliers.len();
        let differs = if count == 1 { "differs" } else { "differ" };
        write!(
            f,
            "{count} of {} members of {name} {differs} from the others",
            usual + count
        )?;
        for outlier in &self.outliers {
            write!(f, "\n  user {}", quoted(&facts.user_name(outlier.user)))?;
            for (word, grants) in [
                ("has besides", &outlier.besides),
                ("lacks", &outlier.lacking),
            ] {
                for grant in grants.iter().take(SHOWN) {
                    write!(f, "\n    {word}: {}", facts.grant_name(*grant))?;
                }
                match rest(grants.len(), SHOWN) {
                    0 => {}
                    more => write!(f, "\n    {word}: and {more} more")?,
                }
            }
        }
        Ok(())
    }
}

#[cfg(feature = "serde")]
mod wire {
    use serde::{Serialize, Serializer};

    use super::{Outlier, Outliers};
    use crate::facts::change::GrantName;
    use crate::facts::grant::Grant;
    use crate::query::elide::{LISTED, is_zero, rest};

    #[derive(Serialize)]
    struct List {
        group: String,
        usual: Vec<String>,
        outliers: Vec<Entry>,
    }

    #[derive(Serialize)]
    struct Entry {
        user: String,
        besides: Vec<GrantName>,
        #[serde(skip_serializing_if = "is_zero")]
        besides_more: usize,
        lacking: Vec<GrantName>,
        #[serde(skip_serializing_if = "is_zero")]
        lacking_more: usize,
    }

    /// By names: the group, the members whose access is the usual one, and the others with the grants that make the difference:
    /// the first 20 of each sort, and how many more there are.
    impl Serialize for Outliers {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            let facts = self.snapshot.facts();
            let grants = |grants: &[Grant]| -> Vec<GrantName> {
                let listed = grants.iter().take(LISTED);
                listed.map(|grant| facts.grant_name(*grant)).collect()
            };
            let entry = |outlier: &Outlier| Entry {
                user: facts.user_name(outlier.user),
                besides: grants(&outlier.besides),
                besides_more: rest(outlier.besides.len(), LISTED),
                lacking: grants(&outlier.lacking),
                lacking_more: rest(outlier.lacking.len(), LISTED),
            };
            let usual = self.usual.iter().flat_map(|usual| usual.users());
            List {
                group: facts.thing_name(self.group.into()).name().to_owned(),
                usual: usual.map(|user| facts.user_name(*user)).collect(),
                outliers: self.outliers.iter().map(entry).collect(),
            }
            .serialize(serializer)
        }
    }
}
