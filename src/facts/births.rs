//! Births: the numbers that tell the tenants of one slot apart.
//!
//! A birth is given once and never again, whatever becomes of the edit that took it, so that no handle ever resolves to something else than
//! what it was made for. Previews have births of their own: there are 2^31 together, which is as many as a row of sixteen bytes and a handle
//! of twelve have room for, and however many previews somebody makes, the policy keeps its share. Where a share is used up, nothing more is
//! added, and the refusal says so; nothing wraps.

use std::sync::atomic::{AtomicU32, Ordering};

use crate::store::BIRTHS;

/// From here on births are those of previews: a quarter.
pub(crate) const PREVIEWED: u32 = BIRTHS / 4 * 3;

/// Gives out births, each once.
#[derive(Debug)]
pub(crate) struct Births {
    next: AtomicU32,
    end: u32,
}

impl Births {
    /// Those of what is recorded.
    pub(crate) fn recorded() -> Self {
        Births {
            next: AtomicU32::new(0),
            end: PREVIEWED,
        }
    }

    /// Those of what only a preview has.
    pub(crate) fn previewed() -> Self {
        Births {
            next: AtomicU32::new(PREVIEWED),
            end: BIRTHS,
        }
    }

    /// None at all, for who adds nothing.
    pub(crate) fn none() -> Self {
        Births {
            next: AtomicU32::new(0),
            end: 0,
        }
    }

    /// A birth that nothing has or ever had; `None` when they are used up.
    pub(crate) fn take(&self) -> Option<u32> {
        let taken = self
            .next
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |birth| {
                (birth < self.end).then_some(birth + 1)
            });
        taken.ok()
    }

    /// Every birth before this one was given.
    pub(crate) fn next(&self) -> u32 {
        self.next.load(Ordering::Relaxed)
    }

    /// Takes back all births from this one on. No handle that carries one of them was shown to anybody, and nobody else takes births.
    pub(crate) fn take_back(&self, from: u32) {
        self.next.store(from, Ordering::Relaxed);
    }
}

/// Whether only a preview has what was born then.
pub(crate) fn is_previewed(birth: u32) -> bool {
    birth >= PREVIEWED
}
