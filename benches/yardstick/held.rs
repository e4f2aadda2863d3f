//! What does each group hold, and where is it? What the floors are laid from.

use super::lists::Lists;
use super::world::{Subject, World};

/// What groups and users hold, and the places that groups are under.
#[derive(Debug)]
pub(crate) struct Held {
    /// For each group the pairs of a permission and a place that it has and inherits, in ascending order.
    groups: Vec<Vec<(u32, u32)>>,
    /// The pairs of the users who have grants of their own, in order of user.
    users: Vec<(u32, (u32, u32))>,
    own: Vec<(u32, u32)>,
    /// For each group the places it is under, itself among them, as far as a grant names them.
    above: Lists,
}

impl Held {
    pub(crate) fn of(world: &World) -> Held {
        let mut groups = vec![Vec::new(); world.parents.len() as usize];
        let mut named = vec![false; groups.len()];
        let mut users = Vec::new();
        for grant in &world.grants {
            named[grant.scope as usize] = true;
            let pair = (grant.permission, grant.scope);
            match grant.subject {
                Subject::Group(group) => groups[group as usize].push(pair),
                Subject::User(user) => users.push((user, pair)),
            }
        }
        users.sort_unstable();
        let mut above = Lists::with_capacity(groups.len());
        for (group, parents) in (0..).zip(world.parents.iter()) {
            // Parents have smaller numbers, so what they hold is complete by now.
            let mut list: Vec<u32> = named[group as usize].then_some(group).into_iter().collect();
            let mut row = std::mem::take(&mut groups[group as usize]);
            for &parent in parents {
                row.extend_from_slice(&groups[parent as usize]);
                list.extend_from_slice(above.of(parent));
            }
            sort_set(&mut row);
            sort_set(&mut list);
            groups[group as usize] = row;
            above.push(&list);
        }
        Held {
            groups,
            own: users.iter().map(|(_, pair)| *pair).collect(),
            users,
            above,
        }
    }

    pub(crate) fn by_group(&self, group: u32) -> &[(u32, u32)] {
        &self.groups[group as usize]
    }

    /// What is granted to the user alone.
    pub(crate) fn own(&self, user: u32) -> &[(u32, u32)] {
        let start = self.users.partition_point(|(other, _)| *other < user);
        let end = self.users.partition_point(|(other, _)| *other <= user);
        &self.own[start..end]
    }

    /// The users who have grants of their own, in ascending order.
    pub(crate) fn owners(&self) -> Vec<u32> {
        let mut owners: Vec<u32> = self.users.iter().map(|(user, _)| *user).collect();
        owners.dedup();
        owners
    }

    /// What the user holds alone or by one of the groups.
    pub(crate) fn by_user(&self, user: u32, groups: &[u32]) -> Vec<(u32, u32)> {
        let mut pairs = self.own(user).to_vec();
        for &group in groups {
            pairs.extend_from_slice(self.by_group(group));
        }
        sort_set(&mut pairs);
        pairs
    }

    pub(crate) fn above(&self, group: u32) -> &[u32] {
        self.above.of(group)
    }

    /// The places that one of the groups is under.
    pub(crate) fn above_all(&self, groups: &[u32]) -> Vec<u32> {
        let above = groups.iter().flat_map(|&group| self.above(group));
        let mut places: Vec<u32> = above.copied().collect();
        sort_set(&mut places);
        places
    }
}

fn sort_set<T: Ord>(items: &mut Vec<T>) {
    items.sort_unstable();
    items.dedup();
}
