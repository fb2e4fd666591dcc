//! Every letter ends in exactly one outcome: the book of open batches.

use crate::MessageId;
use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};
use std::time::Instant;

/// Numbers of batches are ours and follow each other: they need no scattering, and each outcome asks for one.
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
        // The table looks at the highest bits as well.
        self.0 = number.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    }
}

struct OpenBatch<M> {
    ids: Vec<MessageId>,
    /// Whether the index waits for its outcome.
    waits: Vec<bool>,
    left: usize,
    overdue_at: Instant,
    /// What must live until the last outcome.
    memory: M,
}

/// OpenBatch batches with what must live as long as they do.
pub(crate) struct Ledger<M> {
    open: HashMap<u64, OpenBatch<M>, BuildHasherDefault<BatchIdHasher>>,
    letters: usize,
    /// Outcomes for nothing that is open.
    pub(crate) strays: u64,
}

impl<M> Default for Ledger<M> {
    fn default() -> Self {
        Self { open: HashMap::default(), letters: 0, strays: 0 }
    }
}

impl<M> Ledger<M> {
    /// MessageBatch that wait.
    pub(crate) const fn letters(&self) -> usize {
        self.letters
    }

    /// Opens a batch.
    pub(crate) fn open(&mut self, batch: u64, ids: Vec<MessageId>, overdue_at: Instant, memory: M) {
        let left = ids.len();
        self.letters += left;
        self.open.insert(batch, OpenBatch { waits: vec![true; left], ids, left, overdue_at, memory });
    }

    /// Closes indices of one batch, and tells `each` whose was open; the memory if one of them was the last. A second outcome is a stray.
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
        let before = open.left;
        for (index, what) in indices {
            let letter = open.waits.get_mut(index as usize).zip(open.ids.get(index as usize));
            match letter {
                Some((waits, id)) if *waits => {
                    *waits = false;
                    open.left -= 1;
                    each(index, *id, what);
                }
                _ => self.strays += 1,
            }
        }
        let left = open.left;
        self.letters -= before - left;
        if left == 0 { self.open.remove(&batch).map(|open| open.memory) } else { None }
    }

    /// Takes a batch out: what still waits, by index, and the memory.
    pub(crate) fn take(&mut self, batch: u64) -> Option<(Vec<(u32, MessageId)>, M)> {
        let open = self.open.remove(&batch)?;
        self.letters -= open.left;
        let all = (0..).zip(open.ids).zip(open.waits);
        let ids = all.filter_map(|(letter, waits)| waits.then_some(letter)).collect();
        Some((ids, open.memory))
    }

    /// Batches whose time is over.
    pub(crate) fn overdue(&self, now: Instant) -> Vec<u64> {
        self.open.iter().filter(|(_, o)| o.overdue_at <= now).map(|(id, _)| *id).collect()
    }

    /// All open batches.
    pub(crate) fn batches(&self) -> Vec<u64> {
        self.open.keys().copied().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Closes these; the ids that were open, and the memory.
    fn close<M>(ledger: &mut Ledger<M>, batch: u64, indices: &[u32]) -> (Vec<u8>, Option<M>) {
        let mut ids = Vec::new();
        let memory = ledger.close(batch, indices.iter().map(|n| (*n, ())), |_, id, ()| ids.push(id[0]));
        (ids, memory)
    }

    #[test]
    fn once_is_once() {
        let mut ledger = Ledger::default();
        ledger.open(7, vec![[1; 16], [2; 16], [3; 16]], Instant::now(), "memory");
        assert_eq!(close(&mut ledger, 7, &[1]), (vec![2], None));
        assert_eq!(close(&mut ledger, 7, &[1, 3, u32::MAX]), (vec![], None), "a double, and indices that never were");
        assert_eq!(close(&mut ledger, 8, &[0, 0]), (vec![], None), "a batch that never was");
        assert_eq!((ledger.letters(), ledger.strays), (2, 5));
        assert_eq!(ledger.overdue(Instant::now()), [7]);
        assert_eq!(close(&mut ledger, 7, &[0, 0]), (vec![1], None), "a double in one breath");
        assert_eq!(ledger.take(7), Some((vec![(2, [3; 16])], "memory")));
        assert_eq!((ledger.letters(), close(&mut ledger, 7, &[2])), (0, (vec![], None)));
        ledger.open(9, vec![[4; 16], [5; 16]], Instant::now(), "more");
        assert_eq!(close(&mut ledger, 9, &[1, 0, 1]), (vec![5, 4], Some("more")), "the last one lets the memory go");
        assert_eq!((ledger.letters(), ledger.strays), (0, 8));
    }
}
