//! A set of targets of one sort in one snapshot: what `WhoCan` and `WhereCan` have in common.

use crate::id::Target;
use crate::query::reverse::cursor::{Cursor, CursorError, Fingerprint, Page};
use crate::query::reverse::down::Sort;
use crate::query::reverse::sets::Slots;
use crate::snapshot::Snapshot;

/// The set with the snapshot it was worked out in, which gives handles their births.
#[derive(Clone)]
pub(crate) struct Listing {
    snapshot: Snapshot,
    sort: Sort,
    slots: Slots,
    length: usize,
    /// The fingerprint of the question.
    question: u64,
}

impl Listing {
    pub(crate) fn new(snapshot: Snapshot, sort: Sort, slots: Slots, question: Fingerprint) -> Self {
        let digest = snapshot.digest().0.to_be_bytes();
        let question = digest
            .into_iter()
            .fold(question, |hash, byte| hash.number(u64::from(byte)));
        let length = slots.len(sort.count(snapshot.facts()));
        Listing {
            snapshot,
            sort,
            slots,
            length,
            question: question.finish(),
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.length
    }

    /// Whether the target is in the set; false where it does not resolve or is of another sort.
    pub(crate) fn contains(&self, target: Target) -> bool {
        let facts = self.snapshot.facts();
        target.place().is_some_and(|place| {
            facts.check(place.into()).is_ok()
                && self
                    .sort
                    .slot(facts, place)
                    .is_some_and(|slot| self.slots.contains(slot))
        })
    }

    /// The targets from the slot on, in order, with their slots.
    fn iter_from(&self, slot: u32) -> impl Iterator<Item = (u32, Target)> + '_ {
        let facts = self.snapshot.facts();
        let members = self.sort.members_from(facts, &self.slots, slot);
        members.filter_map(move |slot| Some((slot, self.sort.place(facts, slot)?.into())))
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = Target> + '_ {
        self.iter_from(0).map(|(_, target)| target)
    }

    /// The targets after the cursor, as many as asked for, and the cursor to go on from.
    pub(crate) fn page(
        &self,
        after: Option<&Cursor>,
        size: usize,
    ) -> Result<Page<Target>, CursorError> {
        if size == 0 {
            return Err(CursorError::EmptyPage);
        }
        let start = match after {
            Some(cursor) => self.start(cursor)?,
            None => Some(0),
        };
        let mut page = Page {
            items: Vec::new(),
            next: None,
        };
        let Some(start) = start else {
            return Ok(page);
        };
        page.items.reserve_exact(size.min(self.length));
        let mut last = None;
        for (slot, target) in self.iter_from(start) {
            if page.items.len() == size {
                // There is more.
                page.next = last.map(|last| self.cursor(last));
                break;
            }
            page.items.push(target);
            last = Some(slot);
        }
        Ok(page)
    }

    fn cursor(&self, last: u32) -> Cursor {
        let policy = self.snapshot.facts().policy;
        Cursor {
            policy,
            revision: self.snapshot.revision(),
            question: self.question,
            last,
        }
    }

    /// The slot after that of the cursor, if there is one.
    fn start(&self, cursor: &Cursor) -> Result<Option<u32>, CursorError> {
        let here = self.cursor(cursor.last);
        if cursor.policy != here.policy {
            return Err(CursorError::OtherPolicy);
        }
        if cursor.revision != here.revision {
            return Err(CursorError::OtherRevision {
                cursor: cursor.revision,
                list: here.revision,
            });
        }
        if cursor.question != here.question {
            return Err(CursorError::OtherQuestion);
        }
        let place = self.sort.place(self.snapshot.facts(), cursor.last);
        if !place.is_some_and(|place| self.contains(place.into())) {
            return Err(CursorError::NotInList);
        }
        Ok(cursor.last.checked_add(1))
    }

    /// The part of it that is among the targets.
    pub(crate) fn intersect(&self, targets: impl Iterator<Item = Target>) -> Self {
        let facts = self.snapshot.facts();
        let among = targets.filter(|target| self.contains(*target));
        let slots = among.filter_map(|target| self.sort.slot(facts, target.place()?));
        let slots = Slots::of(slots);
        let narrowed = Fingerprint::new().number(self.question);
        let narrowed = slots
            .spelled()
            .fold(narrowed, |hash, slot| hash.number(u64::from(slot)));
        let length = slots.len(0);
        Listing {
            snapshot: self.snapshot.clone(),
            sort: self.sort,
            slots,
            length,
            question: narrowed.finish(),
        }
    }

    pub(crate) fn snapshot(&self) -> &Snapshot {
        &self.snapshot
    }
}
