//! The extension `rundruf.lookup/1`, seen from the daemon: whether addresses can be reached.

use crate::sync::lock;
use std::collections::HashMap;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Largest number of addresses in one lookup.
pub const MAX_ADDRESSES: usize = 256;

/// Whether an address can be reached.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Reachability {
    /// The provider knows the address.
    Yes,
    /// The provider does not know the address.
    No,
    /// The plugin could not tell, or not in time.
    Unknown,
}

/// The plugin's answer about one address.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LookupAnswer {
    /// Whether it can be reached.
    pub reach: Reachability,
    /// One line for the admin, at most 512 bytes.
    pub detail: String,
}

/// Why a lookup was refused.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum LookupRefusal {
    /// The plugin does not offer lookups.
    NotOffered,
    /// The plugin is down or draining.
    Closed,
    /// No address was given, or more than [`MAX_ADDRESSES`].
    TooMany,
}

/// Decodes the contract's number; an unknown number is [`Reachability::Unknown`].
pub(crate) const fn reachability(number: u32) -> Reachability {
    match rundruf_abi::Reach(number) {
        rundruf_abi::Reach::YES => Reachability::Yes,
        rundruf_abi::Reach::NO => Reachability::No,
        _ => Reachability::Unknown,
    }
}

struct PendingLookup {
    answers: Vec<Option<LookupAnswer>>,
    open: usize,
    refused: Option<LookupRefusal>,
}

#[derive(Default)]
struct OpenLookups {
    next: u64,
    open: HashMap<u64, PendingLookup>,
}

/// Lookups that wait for answers.
#[derive(Default)]
pub(crate) struct PendingLookups {
    open: Mutex<OpenLookups>,
    changed: Condvar,
}

impl PendingLookups {
    fn lock(&self) -> MutexGuard<'_, OpenLookups> {
        lock(&self.open)
    }

    /// Calls `begin` with the lookup's id and blocks until all addresses are answered or the time is over.
    pub(crate) fn wait_for_answers(
        &self,
        count: usize,
        within: Duration,
        begin: impl FnOnce(u64) -> Result<(), LookupRefusal>,
    ) -> Result<Vec<LookupAnswer>, LookupRefusal> {
        if !(1..=MAX_ADDRESSES).contains(&count) {
            return Err(LookupRefusal::TooMany);
        }
        let until = Instant::now() + within;
        let id = {
            let mut table = self.lock();
            table.next += 1;
            let id = table.next;
            table.open.insert(id, PendingLookup { answers: vec![None; count], open: count, refused: None });
            id
        };
        if let Err(refused) = begin(id) {
            self.lock().open.remove(&id);
            return Err(refused);
        }
        let mut table = self.lock();
        while table.open.get(&id).is_some_and(|q| q.open > 0 && q.refused.is_none()) {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                break;
            }
            table = self.changed.wait_timeout(table, left).unwrap_or_else(PoisonError::into_inner).0;
        }
        let Some(question) = table.open.remove(&id) else { return Err(LookupRefusal::Closed) };
        let silent =
            || LookupAnswer { reach: Reachability::Unknown, detail: "no answer from the plugin in time".to_owned() };
        match question.refused {
            Some(refused) => Err(refused),
            None => Ok(question.answers.into_iter().map(|a| a.unwrap_or_else(silent)).collect()),
        }
    }

    /// Records an answer; ignores one that was not asked for or came before.
    pub(crate) fn answer(&self, lookup: u64, index: u32, reached: LookupAnswer) {
        let mut table = self.lock();
        let Some(question) = table.open.get_mut(&lookup) else { return };
        let Some(place) = question.answers.get_mut(index as usize).filter(|p| p.is_none()) else { return };
        *place = Some(reached);
        question.open -= 1;
        if question.open == 0 {
            self.changed.notify_all();
        }
    }

    /// Records that the plugin refused a lookup.
    pub(crate) fn refuse(&self, lookup: u64, why: LookupRefusal) {
        if let Some(question) = self.lock().open.get_mut(&lookup) {
            question.refused = Some(why);
        }
        self.changed.notify_all();
    }

    /// Refuses all lookups: the plugin is down.
    pub(crate) fn close(&self) {
        for question in self.lock().open.values_mut() {
            question.refused = Some(LookupRefusal::Closed);
        }
        self.changed.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn yes() -> LookupAnswer {
        LookupAnswer { reach: Reachability::Yes, detail: String::new() }
    }

    #[test]
    fn missing_answers_are_unknown_and_repeated_ones_ignored() {
        let pending = PendingLookups::default();
        let got = pending.wait_for_answers(3, Duration::from_millis(20), |id| {
            pending.answer(id, 2, yes());
            pending.answer(id, 2, LookupAnswer { reach: Reachability::No, detail: "second thoughts".to_owned() });
            pending.answer(id, 3, yes());
            pending.answer(id + 1, 0, yes());
            Ok(())
        });
        let reach: Vec<_> = got.unwrap().into_iter().map(|r| r.reach).collect();
        assert_eq!(reach, [Reachability::Unknown, Reachability::Unknown, Reachability::Yes]);
        assert!(pending.lock().open.is_empty(), "nothing is kept");
        pending.answer(1, 0, yes());
    }

    #[test]
    fn a_refused_lookup_returns_at_once() {
        let pending = PendingLookups::default();
        let long = Duration::from_secs(600);
        for why in [LookupRefusal::NotOffered, LookupRefusal::Closed] {
            assert_eq!(pending.wait_for_answers(1, long, |_| Err(why)), Err(why));
            let late = pending.wait_for_answers(1, long, |id| {
                pending.refuse(id, why);
                Ok(())
            });
            assert_eq!(late, Err(why));
        }
        let gone = pending.wait_for_answers(1, long, |_| {
            pending.close();
            Ok(())
        });
        assert_eq!(gone, Err(LookupRefusal::Closed));
        for count in [0, 257] {
            assert_eq!(pending.wait_for_answers(count, long, |_| Ok(())), Err(LookupRefusal::TooMany));
        }
        assert!(pending.lock().open.is_empty(), "nothing is kept");
    }
}
