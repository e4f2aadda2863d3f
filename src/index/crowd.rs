//! Who and what is in many groups, by group: whatever changes for a group changes for them.

use crate::facts::Facts;
use crate::index::MANY;
use crate::store::{Indices, SortedSet, Weight};

/// A user or a resource, by index.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Member {
    User(u32),
    Resource(u32),
}

impl Member {
    /// Every user and resource that is in many groups.
    pub(crate) fn all(facts: &Facts) -> impl Iterator<Item = Member> + '_ {
        let users = facts.users.iter().map(|(user, _)| Member::User(user));
        let resources = facts.resources.iter();
        let members = users.chain(resources.map(|(resource, _)| Member::Resource(resource)));
        members.filter(|member| member.groups(facts).len() > MANY)
    }

    pub(crate) fn index(self) -> u32 {
        match self {
            Member::User(index) | Member::Resource(index) => index,
        }
    }

    /// The groups it is a member of or placed in, by index; none for a resource that is placed in something else as well.
    pub(crate) fn groups(self, facts: &Facts) -> Indices<'_> {
        match self {
            Member::User(user) => facts.users.group_list(user),
            Member::Resource(resource) => facts.resources.group_list(resource),
        }
    }
}

/// The users and resources that are in many groups, by each of these.
#[derive(Clone, Debug, Default)]
pub(crate) struct Crowd {
    by_group: SortedSet<(u32, Member)>,
}

impl Crowd {
    /// Follows a user or a resource that came into groups or left some.
    pub(crate) fn follow(&mut self, member: Member, before: &Facts, facts: &Facts) {
        for group in member.groups(before).each() {
            self.by_group.remove(&(group, member));
        }
        let groups = member.groups(facts);
        if groups.len() > MANY {
            for group in groups.each() {
                self.by_group.insert((group, member));
            }
        }
    }

    /// Those that are in one of the groups; some may come twice.
    pub(crate) fn within<'a>(
        &'a self,
        groups: impl Iterator<Item = &'a u32> + 'a,
    ) -> impl Iterator<Item = Member> + 'a {
        // Where nothing is in many groups, nothing is looked up.
        let groups = groups.take_while(|_| self.by_group.len() > 0);
        groups.flat_map(|group| {
            let from = (*group, Member::User(0));
            let to = (*group, Member::Resource(u32::MAX));
            self.by_group.range(from..=to).map(|(_, member)| member)
        })
    }
}

impl Weight for Crowd {
    fn heap(&self) -> usize {
        self.by_group.heap()
    }
}
