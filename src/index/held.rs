//! `Held`: all that one user holds, wherever it is kept.

use rustc_hash::FxHashSet as HashSet;
use smallvec::SmallVec;

use crate::facts::Facts;
use crate::facts::grant::Effect;
use crate::index::list::List;
use crate::index::reach::Reach;
use crate::index::rows::{HolderRows, Row, Rows};
use crate::index::word::{Beyond, ROOM, Word};

/// What a user holds as everyone, as themselves, and through each of their groups.
#[derive(Clone, Debug)]
pub(crate) struct Held<'a> {
    facts: &'a Facts,
    from: &'a HolderRows,
    /// Everything, but for what words tell of the groups.
    rows: Rows<'a>,
    /// The groups whose words tell of the rest, by index.
    groups: SmallVec<[u32; 4]>,
}

impl<'a> Held<'a> {
    pub(crate) fn new(
        facts: &'a Facts,
        from: &'a HolderRows,
        rows: Rows<'a>,
        groups: SmallVec<[u32; 4]>,
    ) -> Self {
        Held {
            facts,
            from,
            rows,
            groups,
        }
    }

    /// Whether some list of keys at which the permission is allowed, or denied, is `enough`: of those that together have all keys.
    pub(crate) fn any(
        &self,
        effect: Effect,
        permission: u32,
        mut enough: impl FnMut(List<'_>) -> bool,
    ) -> bool {
        let mut lists = self.rows.iter().map(|row| row.cells(effect).of(permission));
        if lists.any(|list| !list.is_empty() && enough(list)) {
            return true;
        }
        let block = self.from.reach().block(permission);
        let Some(block) = block.filter(|_| effect == Effect::Allow) else {
            return false;
        };
        let words = self.groups.iter();
        let mut words = words.filter_map(|group| block.word(*group, permission));
        words.any(|word| self.any_of_word(*word, permission, &mut enough))
    }

    /// The same for the keys that a group's word stands for.
    fn any_of_word(
        &self,
        word: Word,
        permission: u32,
        enough: &mut impl FnMut(List<'_>) -> bool,
    ) -> bool {
        let reach = self.from.reach();
        // Whatever several parents have is looked at once.
        let mut met: HashSet<Word> = HashSet::default();
        let mut stack: SmallVec<[Word; 4]> = SmallVec::from_iter([word]);
        while let Some(word) = stack.pop() {
            let mut room = [0; ROOM];
            let list = match word.stands_for() {
                Some(Beyond::Search(group)) => {
                    let block = reach.block(permission);
                    let word = |parent: &u32| block?.word(*parent, permission).copied();
                    let words = self.facts.parent_indices(group);
                    let words = words.iter().filter_map(word);
                    stack.extend(words.filter(|word| met.insert(*word)));
                    let own = self.from.own_allows(group);
                    own.map(|own| own.of(permission))
                }
                Some(Beyond::List(_)) | None => reach.list(word, permission, &mut room),
            };
            if list.is_some_and(|list| !list.is_empty() && enough(list)) {
                return true;
            }
        }
        false
    }

    /// Whether the permission is allowed, or denied, anywhere.
    pub(crate) fn has(&self, effect: Effect, permission: u32) -> bool {
        self.any(effect, permission, |_| true)
    }

    /// The keys at which the permission is allowed, or denied: in order and each once.
    pub(crate) fn keys(&self, effect: Effect, permission: u32) -> Vec<u32> {
        let mut keys: Vec<u32> = Vec::new();
        self.any(effect, permission, |list| {
            keys.extend_from_slice(list.keys());
            false
        });
        keys.sort_unstable();
        keys.dedup();
        keys
    }

    /// Hands over each permission that is allowed anywhere, in no order: some more than once, with other keys.
    pub(crate) fn each_allowed(&self, mut found: impl FnMut(u32, &[u32])) {
        for (permission, keys) in self.rows.iter().flat_map(|row| row.allows.iter()) {
            found(permission, keys);
        }
        let reach = self.from.reach();
        let near = self.groups.iter().flat_map(|group| reach.words(*group));
        for (permission, word) in near {
            self.any_of_word(word, permission, &mut |list| {
                found(permission, list.keys());
                false
            });
        }
    }

    /// Every permission and key that is allowed or denied, with the effect; some may come twice.
    pub(crate) fn entries(&self) -> Vec<(Effect, u32, u32)> {
        let mut entries = Vec::new();
        self.each_allowed(|permission, keys| {
            let keys = keys.iter();
            entries.extend(keys.map(|key| (Effect::Allow, permission, *key)));
        });
        let denies = self.rows().flat_map(|row| row.denies.pairs());
        entries.extend(denies.map(|(permission, key)| (Effect::Deny, permission, key)));
        entries
    }

    /// Whether there may be allows or denies of permissions with these [bits](crate::index::cells::bit).
    pub(crate) fn may_have(&self, bits: u64) -> bool {
        let mask = |row: &Row| row.allows.mask() | row.denies.mask();
        let reach: &Reach = self.from.reach();
        let mut groups = self.groups.iter();
        self.rows().any(|row| mask(row) & bits != 0)
            || groups.any(|group| reach.allow_mask(*group) & bits != 0)
    }

    /// Rows that have everything that is denied, and other things.
    pub(crate) fn rows(&self) -> impl Iterator<Item = &'a Row> + '_ {
        self.rows.iter().copied()
    }
}
