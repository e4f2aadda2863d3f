//! Classes of users who have the same access.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use crate::id::User;
use crate::name::quoted;
use crate::query::elide::{LISTED, rest};
use crate::query::review::lists::{Access, Listed, Lists};
use crate::query::review::rights::{Own, Right, RightName, Spelling};
use crate::snapshot::Snapshot;

/// How many users of a class are shown by name.
const SHOWN: usize = 8;

impl Snapshot {
    /// The classes of users who have the same access, the largest first.
    ///
    /// Two users are in one class exactly if they hold the same rights: the same permissions, allowed and denied at the same scopes, through
    /// whatever groups and roles. A right that makes no difference beside the others does not count: one that is contained in another
    /// of the user's (a sub-group in a group with all below, a deny in a deny of everything), or an allow that a deny takes whole. So users of
    /// one class have the same answer to every question, as far as [`Own`] says, and users who are blocked everywhere are one class.
    /// Users of two classes may have the same answers all the same, as long as two scopes happen to cover the same targets.
    ///
    /// ```
    /// # use rolecall::{Catalog, Grant, Own, Policy, Scope};
    /// # let catalog = Catalog::builder().permission("read").permission("edit").role("editor", ["read", "edit"]).build()?;
    /// # let (read, edit_it, editor) = (catalog.permission("read")?, catalog.permission("edit")?, catalog.role("editor")?);
    /// # let mut policy = Policy::new(catalog);
    /// # let mut edit = policy.edit_unguarded();
    /// # let staff = edit.add_group("staff")?;
    /// # let (ana, ben, cleo) = (edit.add_user("ana")?, edit.add_user("ben")?, edit.add_user("cleo")?);
    /// edit.add_member(ana, staff)?;
    /// edit.grant(Grant::role(editor).to(staff).on(Scope::Platform))?;
    /// // Ben has the same from elsewhere.
    /// edit.grant(Grant::permission(read).to(ben).on(Scope::Platform))?;
    /// edit.grant(Grant::permission(edit_it).to(ben).on(Scope::Platform))?;
    /// edit.grant(Grant::permission(read).to(ben).on(Scope::this(staff)))?;
    /// edit.commit()?;
    ///
    /// let classes = policy.snapshot().access_classes(Own::Apart);
    /// let users: Vec<_> = classes.iter().map(|class| class.users().to_vec()).collect();
    /// assert_eq!(users, [vec![ana, ben], vec![cleo]]);
    /// assert_eq!(
    ///     classes.to_string(),
    ///     "2 users: `ana`, `ben`\n  \
    ///        allow permission `read` on the platform\n  \
    ///        allow permission `edit` on the platform\n\
    ///      1 user: `cleo`\n  \
    ///        nothing",
    /// );
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Complexity
    ///
    /// A pass over what is granted to each group that users are direct members of, and to the groups above it; the scopes that are wider than
    /// each of these grants' are found once. Then for each different set of what groups give, and for each user with grants of their own, a
    /// pass over the rights; other users are a look-up each. Where a right is about a user's own place, or where more than 64 scopes are wider
    /// than one, the places above all scopes of the user's are walked.
    #[must_use]
    pub fn access_classes(&self, own: Own) -> AccessClasses {
        AccessClasses {
            snapshot: self.clone(),
            classes: classes(self, own, self.facts().all_users()),
        }
    }
}

/// The classes of some users, the largest first; of equal ones the one whose first user comes first.
///
/// Users are sorted by what their groups give before anyone is compared, see [`Lists`].
pub(crate) fn classes(
    now: &Snapshot,
    own: Own,
    users: impl Iterator<Item = User>,
) -> Vec<AccessClass> {
    let users: Vec<User> = users.collect();
    let mut lists = Lists::of(now, own, &users);
    let of_users: Vec<usize> = users.iter().map(|user| lists.class_of(*user)).collect();
    let mut found: Vec<(Access, usize)> = lists.classes.iter().map(|access| (*access, 0)).collect();
    for class in &of_users {
        if let Some((_, count)) = found.get_mut(*class) {
            *count += 1;
        }
    }
    // Users lie together by classes, in the order in which the classes were met.
    let mut by_class: Vec<usize> = (0..users.len()).collect();
    by_class.sort_by_key(|at| of_users.get(*at));
    let (rights, spelling) = lists.numbers.into_rights();
    let known = Arc::new(Known {
        users: by_class
            .iter()
            .filter_map(|at| users.get(*at).copied())
            .collect(),
        rights,
        spelling,
        lists: lists.lists,
    });
    let mut start = 0;
    let class = |(access, count)| {
        let users = start..start + count;
        start = users.end;
        AccessClass {
            users,
            access,
            known: Arc::clone(&known),
        }
    };
    let mut classes: Vec<AccessClass> = found.into_iter().map(class).collect();
    // The sort is stable: classes were met in the order of their first users.
    classes.sort_by_key(|class| std::cmp::Reverse(class.users.len()));
    classes
}

/// What the numbers of classes stand for.
#[derive(Debug)]
struct Known {
    /// Those of each class lie together, in handle order.
    users: Vec<User>,
    rights: Vec<Right>,
    spelling: Spelling,
    /// Numbers of rights, in the order of these.
    lists: Listed,
}

/// The classes of users who have the same access: the answer of [`Snapshot::access_classes`].
///
/// `Display` shows the number of users of each class, the first few by name, and the first 20 of their rights. Under `serde` all users and the
/// first 200 rights are written by names. Both say how many more rights there are.
#[derive(Clone)]
pub struct AccessClasses {
    snapshot: Snapshot,
    classes: Vec<AccessClass>,
}

/// Users who have the same access, and what they hold.
#[derive(Clone)]
pub struct AccessClass {
    /// Where they lie among all; there is at least one.
    users: Range<usize>,
    access: Access,
    known: Arc<Known>,
}

impl AccessClass {
    /// The users, in handle order. There is at least one.
    #[must_use]
    pub fn users(&self) -> &[User] {
        self.known.users.get(self.users.clone()).unwrap_or_default()
    }

    /// What each of them holds, without what makes no difference beside the rest, in the order of permissions, denies of everything last. The
    /// list is written out when it is asked for.
    #[must_use]
    pub fn rights(&self) -> Vec<Right> {
        let Known {
            rights,
            spelling,
            lists,
            ..
        } = &*self.known;
        let numbers = lists.get(self.access.list).iter();
        let rights = numbers.filter_map(|number| rights.get(*number as usize).copied());
        match self.access.own {
            None => rights.collect(),
            Some(user) => {
                let mut rights: Vec<Right> = rights.map(|right| spelling.of(user, right)).collect();
                rights.sort_unstable();
                rights
            }
        }
    }
}

impl PartialEq for AccessClass {
    fn eq(&self, other: &Self) -> bool {
        self.users() == other.users() && self.rights() == other.rights()
    }
}

impl Eq for AccessClass {}

impl fmt::Debug for AccessClass {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AccessClass")
            .field("users", &self.users())
            .field("rights", &self.rights())
            .finish()
    }
}

impl AccessClasses {
    /// How many classes there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.classes.len()
    }

    /// Whether there are none, as there are no users.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.classes.is_empty()
    }

    /// The classes, the largest first; of equal ones that with the first user.
    pub fn iter(&self) -> impl Iterator<Item = &AccessClass> {
        self.classes.iter()
    }
}

impl fmt::Debug for AccessClasses {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AccessClasses")
            .field("classes", &self.classes.len())
            .finish_non_exhaustive()
    }
}

/// For each class how many users it has, who they are, and their rights.
impl fmt::Display for AccessClasses {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, class) in self.classes.iter().enumerate() {
            let line = if at == 0 { "" } else { "\n" };
            write!(f, "{line}{}", shown(&self.snapshot, class.users()))?;
            let rights = class.rights();
            if rights.is_empty() {
                f.write_str("\n  nothing")?;
            }
            for right in rights.iter().take(LISTED) {
                write!(f, "\n  {}", RightName::of(&self.snapshot, *right))?;
            }
            match rest(rights.len(), LISTED) {
                0 => {}
                more => write!(f, "\n  and {more} more")?,
            }
        }
        Ok(())
    }
}

/// How many users there are, and the first few by name.
fn shown(now: &Snapshot, users: &[User]) -> impl fmt::Display {
    fmt::from_fn(move |f| {
        let word = if users.len() == 1 { "user" } else { "users" };
        write!(f, "{} {word}", users.len())?;
        for (at, user) in users.iter().take(SHOWN).enumerate() {
            let between = if at == 0 { ": " } else { ", " };
            write!(f, "{between}{}", quoted(&now.facts().user_name(*user)))?;
        }
        if users.len() > SHOWN {
            f.write_str(", …")?;
        }
        Ok(())
    })
}

#[cfg(feature = "serde")]
mod wire {
    use serde::{Serialize, Serializer};

    use super::{AccessClass, AccessClasses};
    use crate::query::elide::{ENTRIES, is_zero, rest};
    use crate::query::review::rights::RightName;

    #[derive(Serialize)]
    struct Class {
        users: Vec<String>,
        rights: Vec<RightName>,
        #[serde(skip_serializing_if = "is_zero")]
        rights_more: usize,
    }

    /// A list of the classes: the users and the rights of each, by names.
    impl Serialize for AccessClasses {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            let facts = self.snapshot.facts();
            let named = |class: &AccessClass| {
                let rights = class.rights();
                let listed = rights.iter().take(ENTRIES);
                Class {
                    users: class
                        .users()
                        .iter()
                        .map(|user| facts.user_name(*user))
                        .collect(),
                    rights: listed
                        .map(|right| RightName::of(&self.snapshot, *right))
                        .collect(),
                    rights_more: rest(rights.len(), ENTRIES),
                }
            };
            serializer.collect_seq(self.classes.iter().map(named))
        }
    }
}
