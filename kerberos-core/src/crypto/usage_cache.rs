//! What a key derives for each usage, kept for the next time.

use std::sync::OnceLock;

use crate::assigned::KeyUsage;

/// Usages remembered per key. A session key sees at most seven; a key asked for more derives
/// afresh each time, so that memory stays bounded whatever a peer asks.
const SLOTS: usize = 8;

/// Derived keys by usage: filled once, read without a lock. Empty it takes a few octets, since a
/// directory holds many keys of which few are ever used.
pub(super) struct UsageCache<T> {
    first: Slot<T>,
}

type Slot<T> = OnceLock<Box<Derived<T>>>;

struct Derived<T> {
    usage: KeyUsage,
    keys: T,
    next: Slot<T>,
}

impl<T> UsageCache<T> {
    /// An empty cache.
    pub(super) const fn new() -> Self {
        Self {
            first: OnceLock::new(),
        }
    }

    /// Calls `then` with what `derive` yields for `usage`.
    pub(super) fn with<R>(
        &self,
        usage: KeyUsage,
        derive: impl Fn() -> T,
        then: impl FnOnce(&T) -> R,
    ) -> R {
        let fresh = || {
            Box::new(Derived {
                usage,
                keys: derive(),
                next: OnceLock::new(),
            })
        };
        let mut slot = &self.first;
        for _ in 0..SLOTS {
            // Another thread may fill the slot first, for this usage or for another.
            let held = slot.get_or_init(fresh);
            if held.usage == usage {
                return then(&held.keys);
            }
            slot = &held.next;
        }
        then(&derive())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    #[test]
    fn a_usage_is_derived_once_until_the_slots_are_full() {
        let cache = UsageCache::new();
        let derived = AtomicUsize::new(0);
        let ask = |usage: u32| {
            let number = KeyUsage::new(usage);
            let derive = || {
                derived.fetch_add(1, Ordering::Relaxed);
                usage + 10
            };
            cache.with(number, derive, |value| *value)
        };
        for usage in 0..8 {
            assert_eq!((ask(usage), ask(usage)), (usage + 10, usage + 10));
        }
        assert_eq!(derived.load(Ordering::Relaxed), 8);
        assert_eq!((ask(8), ask(8)), (18, 18));
        assert_eq!(derived.load(Ordering::Relaxed), 10);
        assert_eq!(ask(7), 17);
        assert_eq!(derived.load(Ordering::Relaxed), 10);
    }

    #[test]
    fn threads_that_race_for_slots_get_their_own_usage() {
        let cache = UsageCache::new();
        std::thread::scope(|scope| {
            for thread in 0..8_u32 {
                let cache = &cache;
                scope.spawn(move || {
                    for usage in (0..16).map(|n| (n + thread) % 16) {
                        let number = KeyUsage::new(usage);
                        assert_eq!(cache.with(number, || usage, |value| *value), usage);
                    }
                });
            }
        });
    }
}
