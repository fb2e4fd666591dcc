//! Open batches. Guarantees that each message ends in exactly one outcome.

use crate::id::MessageId;
use std::collections::{HashMap, HashSet};
use std::hash::{BuildHasherDefault, Hasher};
use std::time::{Duration, Instant};

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

/// What is known of one message.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum MessageState {
    /// No outcome yet.
    Open,
    /// The host gave it an outcome because none came in time; one that comes later corrects it.
    GivenUp,
    /// It has ended.
    Ended,
}

struct OpenBatch<M> {
    ids: Vec<MessageId>,
    /// By index.
    states: Vec<MessageState>,
    /// By index: since when it is begun. Empty until the plugin tells of one.
    begun: Vec<Option<Instant>>,
    /// Messages that are open.
    remaining: usize,
    /// Messages that were given up.
    given_up: usize,
    since: Instant,
    /// When its messages were asked back because they took too long.
    asked_back: Option<Instant>,
    /// What must stay alive until the last outcome.
    memory: M,
}

/// When a message counts as "may have been sent".
#[derive(Clone, Copy, Debug)]
pub(crate) struct OverdueRules {
    /// Longest time without an outcome, from when it is begun, or from `submit` where the plugin does not tell.
    pub(crate) limit: Duration,
    /// What a plugin gets to give back messages that it has not begun.
    pub(crate) grace: Duration,
    /// Whether it can give messages back.
    pub(crate) can_recall: bool,
    /// Whether it tells what it begins.
    pub(crate) tells_begun: bool,
}

impl OverdueRules {
    /// The grace of a daemon: half a minute, less where the limit is short.
    pub(crate) fn new(limit: Duration, can_recall: bool, tells_begun: bool) -> Self {
        Self { limit, grace: Duration::from_secs(30).min(limit), can_recall, tells_begun }
    }
}

/// A message without an outcome.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct OpenMessage {
    pub(crate) index: u32,
    pub(crate) id: MessageId,
    /// Whether the plugin has told that it is begun.
    pub(crate) is_begun: bool,
}

/// What is to be done about messages that take too long.
#[derive(Default, PartialEq, Eq, Debug)]
pub(crate) struct Overdue {
    /// Batches to ask back.
    pub(crate) ask_back: Vec<u64>,
    /// Messages to give up: batch and index.
    pub(crate) give_up: Vec<(u64, u32)>,
}

/// Open batches by id, each with the memory that must outlive it.
pub(crate) struct Ledger<M> {
    open: HashMap<u64, OpenBatch<M>, BuildHasherDefault<BatchIdHasher>>,
    open_messages: usize,
    given_up: usize,
    /// Outcomes so far for messages that were not open.
    pub(crate) strays: u64,
}

impl<M> Default for Ledger<M> {
    fn default() -> Self {
        Self { open: HashMap::default(), open_messages: 0, given_up: 0, strays: 0 }
    }
}

impl<M> Ledger<M> {
    /// Number of messages without an outcome.
    pub(crate) const fn open_messages(&self) -> usize {
        self.open_messages
    }

    /// Adds a batch that was submitted at this time.
    pub(crate) fn open(&mut self, batch: u64, ids: Vec<MessageId>, since: Instant, memory: M) {
        let remaining = ids.len();
        self.open_messages += remaining;
        let states = vec![MessageState::Open; remaining];
        let (begun, given_up, asked_back) = (Vec::new(), 0, None);
        self.open.insert(batch, OpenBatch { ids, states, begun, remaining, given_up, since, asked_back, memory });
    }

    /// Closes messages of one batch and calls `each` for those that were open or given up. Returns the memory after the last one. Repeated or unknown
    /// indices count as strays.
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
        let (before, late) = (open.remaining, open.given_up);
        for (index, what) in indices {
            let message = open.states.get_mut(index as usize).zip(open.ids.get(index as usize));
            let Some((state, id)) = message.filter(|(state, _)| **state != MessageState::Ended) else {
                self.strays += 1;
                continue;
            };
            match std::mem::replace(state, MessageState::Ended) {
                MessageState::GivenUp => open.given_up -= 1,
                _ => open.remaining -= 1,
            }
            each(index, *id, what);
        }
        let (remaining, left) = (open.remaining, open.given_up);
        self.open_messages -= before - remaining;
        self.given_up -= late - left;
        if remaining == 0 && left == 0 { self.open.remove(&batch).map(|open| open.memory) } else { None }
    }

    /// Notes that messages are begun; those that are not open are left out.
    pub(crate) fn begun(&mut self, batch: u64, indices: impl Iterator<Item = u32>, now: Instant) {
        let Some(open) = self.open.get_mut(&batch) else { return };
        open.begun.resize(open.ids.len(), None);
        for index in indices {
            if let Some(begun) = open.begun.get_mut(index as usize) {
                begun.get_or_insert(now);
            }
        }
    }

    /// Gives up these messages; returns those that were open, in order. They are remembered, so that a later outcome corrects this.
    pub(crate) fn give_up(&mut self, messages: &[(u64, u32)]) -> Vec<(u64, u32, MessageId)> {
        let mut given_up = Vec::with_capacity(messages.len());
        for &(batch, index) in messages {
            let Some(open) = self.open.get_mut(&batch) else { continue };
            let message = open.states.get_mut(index as usize).zip(open.ids.get(index as usize));
            let Some((state, id)) = message.filter(|(state, _)| **state == MessageState::Open) else { continue };
            *state = MessageState::GivenUp;
            (open.remaining, open.given_up) = (open.remaining - 1, open.given_up + 1);
            (self.open_messages, self.given_up) = (self.open_messages - 1, self.given_up + 1);
            given_up.push((batch, index, *id));
        }
        given_up
    }

    /// Forgets the oldest batches of which everything was given up, until at most this many messages are remembered.
    pub(crate) fn forget_given_up(&mut self, most: usize) {
        while self.given_up > most {
            let oldest = self.open.iter().filter(|(_, open)| open.remaining == 0).map(|(id, _)| *id).min();
            let Some(forgotten) = oldest.and_then(|batch| self.open.remove(&batch)) else { return };
            self.given_up -= forgotten.given_up;
        }
    }

    /// Removes a batch; returns its open messages with their index and whether they are begun, and its memory.
    pub(crate) fn take(&mut self, batch: u64) -> Option<(Vec<OpenMessage>, M)> {
        let open = self.open.remove(&batch)?;
        self.open_messages -= open.remaining;
        self.given_up -= open.given_up;
        let begun = open.begun;
        let all = (0_u32..).zip(open.ids).zip(open.states);
        let all = all.filter(|(_, state)| *state == MessageState::Open);
        let is_begun = |index: u32| begun.get(index as usize).is_some_and(Option::is_some);
        let messages = all.map(|((index, id), _)| OpenMessage { index, id, is_begun: is_begun(index) });
        Some((messages.collect(), open.memory))
    }

    /// Where these messages are, as far as they are open: batches with their indices. All open batches, whole, if none are named.
    pub(crate) fn find(&self, wanted: Option<&HashSet<MessageId>>) -> Vec<(u64, Option<Vec<u32>>)> {
        let Some(wanted) = wanted else { return self.open.keys().map(|batch| (*batch, None)).collect() };
        let found = |open: &OpenBatch<M>| {
            let all = (0_u32..).zip(&open.ids).zip(&open.states);
            let is_wanted = |id: &MessageId, state: &MessageState| *state == MessageState::Open && wanted.contains(id);
            all.filter(|((_, id), state)| is_wanted(id, state)).map(|((n, _), _)| n).collect::<Vec<_>>()
        };
        let all = self.open.iter().map(|(batch, open)| (*batch, Some(found(open))));
        all.filter(|(_, indices)| indices.as_ref().is_none_or(|indices| !indices.is_empty())).collect()
    }

    /// What takes too long at this time. What was not begun is asked back first; what is begun, or does not come back, is to be given up.
    pub(crate) fn overdue(&mut self, now: Instant, rules: OverdueRules) -> Overdue {
        let mut overdue = Overdue::default();
        let is_over = |since: Instant, limit: Duration| now.saturating_duration_since(since) >= limit;
        for (batch, open) in self.open.iter_mut().filter(|(_, open)| open.remaining > 0) {
            if is_over(open.since, rules.limit) && rules.can_recall && open.asked_back.is_none() {
                open.asked_back = Some(now);
                overdue.ask_back.push(*batch);
            }
            // A plugin that tells what it begins has not begun the others: they wait, as long as it was asked for them in time.
            let grace = if rules.tells_begun { rules.limit } else { rules.grace };
            let rest_is_over = match open.asked_back {
                Some(asked) => is_over(asked, grace),
                None => !rules.can_recall && is_over(open.since, rules.limit) && !rules.tells_begun,
            };
            for (index, state) in (0_u32..).zip(&open.states) {
                let begun = open.begun.get(index as usize).copied().flatten();
                let is_overdue = begun.map_or(rest_is_over, |since| is_over(since, rules.limit));
                if *state == MessageState::Open && is_overdue {
                    overdue.give_up.push((*batch, index));
                }
            }
        }
        overdue
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
        assert_eq!(ledger.find(None), [(7, None)]);
        let wanted = [2, 3, 9].map(id).into();
        assert_eq!(ledger.find(Some(&wanted)), [(7, Some(vec![2]))], "only what is open");
        assert_eq!(close(&mut ledger, 7, &[0, 0]), (vec![1], None), "a double in one breath");
        assert_eq!(ledger.take(7), Some((vec![OpenMessage { index: 2, id: id(3), is_begun: false }], "memory")));
        assert_eq!((ledger.open_messages(), close(&mut ledger, 7, &[2])), (0, (vec![], None)));
        ledger.open(9, [4, 5].map(id).to_vec(), Instant::now(), "more");
        assert_eq!(close(&mut ledger, 9, &[1, 0, 1]), (vec![5, 4], Some("more")), "the last one lets the memory go");
        assert_eq!((ledger.open_messages(), ledger.strays), (0, 8));
    }

    #[test]
    fn what_was_not_begun_is_asked_back_before_anything_is_given_up() {
        let second = Duration::from_secs(1);
        let begin = Instant::now();
        let rules =
            |can_recall, tells_begun| OverdueRules { limit: 10 * second, grace: second, can_recall, tells_begun };
        let mut ledger = Ledger::default();
        ledger.open(7, [1, 2, 3].map(id).to_vec(), begin, ());
        let overdue = |ledger: &mut Ledger<()>, at: u32, rules| {
            let Overdue { ask_back, give_up } = ledger.overdue(begin + at * second, rules);
            (ask_back, give_up.iter().map(|(_, index)| *index).collect::<Vec<_>>())
        };
        assert_eq!(overdue(&mut ledger, 9, rules(true, false)), (vec![], vec![]));
        assert_eq!(overdue(&mut ledger, 10, rules(false, false)), (vec![], vec![0, 1, 2]), "nothing can come back");
        assert_eq!(overdue(&mut ledger, 10, rules(true, false)), (vec![7], vec![]), "first it is asked");
        assert_eq!(close(&mut ledger, 7, &[1]).0, [2], "one comes back");
        assert_eq!(overdue(&mut ledger, 10, rules(true, false)), (vec![], vec![]), "once");
        assert_eq!(overdue(&mut ledger, 11, rules(true, false)), (vec![], vec![0, 2]));
        let given_up = ledger.give_up(&[(7, 0), (7, 1), (7, 2), (8, 0)]);
        assert_eq!(given_up, [(7, 0, id(1)), (7, 2, id(3))]);
        assert_eq!((ledger.open_messages(), overdue(&mut ledger, 99, rules(true, false))), (0, (vec![], vec![])));
        assert_eq!(close(&mut ledger, 7, &[0, 0]), (vec![1], None), "the real outcome comes late, and once");
        assert_eq!(close(&mut ledger, 7, &[2]), (vec![3], Some(())));
        assert_eq!((ledger.strays, ledger.given_up), (1, 0));
    }

    #[test]
    fn the_limit_counts_from_the_beginning_of_each_message() {
        let second = Duration::from_secs(1);
        let begin = Instant::now();
        let rules = OverdueRules { limit: 10 * second, grace: second, can_recall: true, tells_begun: true };
        let mut ledger = Ledger::default();
        ledger.open(7, [1, 2, 3].map(id).to_vec(), begin, ());
        ledger.begun(7, [0].into_iter(), begin + second);
        ledger.begun(7, [1, 9].into_iter(), begin + 8 * second);
        ledger.begun(7, [0].into_iter(), begin + 9 * second);
        ledger.begun(8, [0].into_iter(), begin);
        let mut overdue = |at| {
            let Overdue { ask_back, give_up } = ledger.overdue(begin + at * second, rules);
            (ask_back, give_up.iter().map(|(_, index)| *index).collect::<Vec<_>>())
        };
        assert_eq!(overdue(10), (vec![7], vec![]));
        assert_eq!(overdue(11), (vec![], vec![0]), "from when it was begun first");
        assert_eq!(overdue(18), (vec![], vec![0, 1]), "the third is not begun");
        assert_eq!(overdue(20), (vec![], vec![0, 1, 2]), "and was not given back either");
        let (open, ()) = ledger.take(7).unwrap();
        assert_eq!(open.iter().map(|m| (m.index, m.is_begun)).collect::<Vec<_>>(), [(0, true), (1, true), (2, false)]);
    }

    #[test]
    fn what_is_remembered_is_bounded() {
        let mut ledger = Ledger::default();
        for batch in 0..4 {
            ledger.open(batch, [1, 2].map(id).to_vec(), Instant::now(), ());
            ledger.give_up(&[(batch, 0), (batch, 1)]);
        }
        ledger.open(9, vec![id(3)], Instant::now(), ());
        ledger.forget_given_up(5);
        assert_eq!((ledger.given_up, ledger.open_messages()), (4, 1));
        assert_eq!(close(&mut ledger, 0, &[0]).0, [] as [u8; 0], "the oldest is forgotten");
        assert_eq!(close(&mut ledger, 3, &[0]).0, [1]);
    }
}
