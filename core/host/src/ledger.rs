//! Open batches. Guarantees that each message ends in exactly one outcome.

use crate::id::MessageId;
use std::collections::{HashMap, HashSet};
use std::hash::{BuildHasherDefault, Hasher};
use std::time::Instant;

/// A cheap hash: batch ids come from the daemon in sequence, and each outcome looks one up.
#[derive(Default)]
struct BatchIdHasher(u64);

impl Hasher for BatchIdHasher {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(*byte);
        }
    }

    fn write_u64(&mut self, number: u64) {
        // `HashMap` uses the highest bits as well.
        self.0 = number.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    }
}

struct OpenBatch<M> {
    ids: Vec<MessageId>,
    /// By index: whether the message has no outcome yet.
    pending: Vec<bool>,
    remaining: usize,
    overdue_at: Instant,
    /// What must stay alive until the last outcome.
    memory: M,
}

/// Open batches by id, each with the memory that must outlive it.
pub(crate) struct Ledger<M> {
    open: HashMap<u64, OpenBatch<M>, BuildHasherDefault<BatchIdHasher>>,
    open_messages: usize,
    /// Outcomes so far for messages that were not open.
    pub(crate) strays: u64,
}

impl<M> Default for Ledger<M> {
    fn default() -> Self {
        Self { open: HashMap::default(), open_messages: 0, strays: 0 }
    }
}

impl<M> Ledger<M> {
    /// Number of messages without an outcome.
    pub(crate) const fn open_messages(&self) -> usize {
        self.open_messages
    }

    /// Adds a batch; `overdue_at` is when its messages are given up.
    pub(crate) fn open(&mut self, batch: u64, ids: Vec<MessageId>, overdue_at: Instant, memory: M) {
        let remaining = ids.len();
        self.open_messages += remaining;
        self.open.insert(batch, OpenBatch { pending: vec![true; remaining], ids, remaining, overdue_at, memory });
    }

    /// Closes messages of one batch and calls `each` for those that were open. Returns the memory after the last one. Repeated or unknown indices
    /// count as strays.
    pub(crate) fn close<T>(
        &mut self,
        batch: u64,
        indices: impl Iterator<Item = (u32, T)>,
        mut each: impl FnMut(u32, MessageId, T),
    ) -> Option<M> {
        let Some(open) = self.open.get_mut(&batch) else {
            self.strays += indices.count() as u64;
            return None;
        };
        let before = open.remaining;
        for (index, what) in indices {
            let message = open.pending.get_mut(index as usize).zip(open.ids.get(index as usize));
            match message {
                Some((pending, id)) if *pending => {
                    *pending = false;
                    open.remaining -= 1;
                    each(index, *id, what);
                }
                _ => self.strays += 1,
            }
        }
        let remaining = open.remaining;
        self.open_messages -= before - remaining;
        if remaining == 0 { self.open.remove(&batch).map(|open| open.memory) } else { None }
    }

    /// Removes a batch; returns its open messages with their index, and its memory.
    pub(crate) fn take(&mut self, batch: u64) -> Option<(Vec<(u32, MessageId)>, M)> {
        let open = self.open.remove(&batch)?;
        self.open_messages -= open.remaining;
        let all = (0..).zip(open.ids).zip(open.pending);
        let ids = all.filter_map(|(message, pending)| pending.then_some(message)).collect();
        Some((ids, open.memory))
    }

    /// Where these messages are, as far as they are open: batches with their indices. All open batches, whole, if none are named.
    pub(crate) fn find(&self, wanted: Option<&HashSet<MessageId>>) -> Vec<(u64, Option<Vec<u32>>)> {
        let Some(wanted) = wanted else { return self.open.keys().map(|batch| (*batch, None)).collect() };
        let found = |open: &OpenBatch<M>| {
            let all = (0_u32..).zip(&open.ids).zip(&open.pending);
            all.filter(|((_, id), pending)| **pending && wanted.contains(*id)).map(|((n, _), _)| n).collect::<Vec<_>>()
        };
        let all = self.open.iter().map(|(batch, open)| (*batch, Some(found(open))));
        all.filter(|(_, indices)| indices.as_ref().is_none_or(|indices| !indices.is_empty())).collect()
    }

    /// Ids of batches whose deadline has passed.
    pub(crate) fn overdue(&self, now: Instant) -> Vec<u64> {
        self.open.iter().filter(|(_, o)| o.overdue_at <= now).map(|(id, _)| *id).collect()
    }

    /// Ids of all open batches.
    pub(crate) fn batches(&self) -> Vec<u64> {
        self.open.keys().copied().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(n: u8) -> MessageId {
        MessageId([n; 16])
    }

    /// Closes these indices; returns the ids that were open, and the memory.
    fn close<M>(ledger: &mut Ledger<M>, batch: u64, indices: &[u32]) -> (Vec<u8>, Option<M>) {
        let mut ids = Vec::new();
        let memory = ledger.close(batch, indices.iter().map(|n| (*n, ())), |_, id, ()| ids.push(id.0[0]));
        (ids, memory)
    }

    #[test]
    fn each_message_closes_once() {
        let mut ledger = Ledger::default();
        ledger.open(7, [1, 2, 3].map(id).to_vec(), Instant::now(), "memory");
        assert_eq!(close(&mut ledger, 7, &[1]), (vec![2], None));
        assert_eq!(close(&mut ledger, 7, &[1, 3, u32::MAX]), (vec![], None), "a double, and indices that never were");
        assert_eq!(close(&mut ledger, 8, &[0, 0]), (vec![], None), "a batch that never was");
        assert_eq!((ledger.open_messages(), ledger.strays), (2, 5));
        assert_eq!(ledger.overdue(Instant::now()), [7]);
        assert_eq!(ledger.find(None), [(7, None)]);
        let wanted = [2, 3, 9].map(id).into();
        assert_eq!(ledger.find(Some(&wanted)), [(7, Some(vec![2]))], "only what is open");
        assert_eq!(close(&mut ledger, 7, &[0, 0]), (vec![1], None), "a double in one breath");
        assert_eq!(ledger.take(7), Some((vec![(2, id(3))], "memory")));
        assert_eq!((ledger.open_messages(), close(&mut ledger, 7, &[2])), (0, (vec![], None)));
        ledger.open(9, [4, 5].map(id).to_vec(), Instant::now(), "more");
        assert_eq!(close(&mut ledger, 9, &[1, 0, 1]), (vec![5, 4], Some("more")), "the last one lets the memory go");
        assert_eq!((ledger.open_messages(), ledger.strays), (0, 8));
    }
}
