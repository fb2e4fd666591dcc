//! The extension `rundruf.lookup/1`, the daemon's side: questions that wait for their answers.

use std::collections::HashMap;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Most addresses in one question.
pub const MOST_ADDRESSES: usize = 256;

/// Whether an address can be reached.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Reachability {
    /// The other side knows it.
    Yes,
    /// There is no such address.
    No,
    /// Nobody can say, or not in time.
    Unknown,
}

/// What a plugin says of one address.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LookupAnswer {
    /// Whether it can be reached.
    pub reach: Reachability,
    /// One line for the admin, at most 512 bytes.
    pub detail: String,
}

/// Why a question is not answered at all.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum LookupRefusal {
    /// The plugin has no such extension.
    NotOffered,
    /// The plugin is not there, or draining.
    Closed,
    /// It asks about nobody, or about too many at once.
    TooMany,
}

/// As the contract numbers it; a number that is not known is no answer.
pub(crate) const fn reach_of(number: u32) -> Reachability {
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

/// Questions that wait.
#[derive(Default)]
pub(crate) struct PendingLookups {
    book: Mutex<OpenLookups>,
    changed: Condvar,
}

impl PendingLookups {
    fn book(&self) -> MutexGuard<'_, OpenLookups> {
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Asks by `begin` and waits; who is not answered within the time is unknown.
    pub(crate) fn ask(
        &self,
        count: usize,
        within: Duration,
        begin: impl FnOnce(u64) -> Result<(), LookupRefusal>,
    ) -> Result<Vec<LookupAnswer>, LookupRefusal> {
        if !(1..=MOST_ADDRESSES).contains(&count) {
            return Err(LookupRefusal::TooMany);
        }
        let until = Instant::now() + within;
        let id = {
            let mut book = self.book();
            book.next += 1;
            let id = book.next;
            book.open.insert(id, PendingLookup { answers: vec![None; count], open: count, refused: None });
            id
        };
        if let Err(refused) = begin(id) {
            self.book().open.remove(&id);
            return Err(refused);
        }
        let mut book = self.book();
        while book.open.get(&id).is_some_and(|q| q.open > 0 && q.refused.is_none()) {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                break;
            }
            book = self.changed.wait_timeout(book, left).unwrap_or_else(PoisonError::into_inner).0;
        }
        let Some(question) = book.open.remove(&id) else { return Err(LookupRefusal::Closed) };
        let silent =
            || LookupAnswer { reach: Reachability::Unknown, detail: "no answer from the plugin in time".to_owned() };
        match question.refused {
            Some(refused) => Err(refused),
            None => Ok(question.answers.into_iter().map(|a| a.unwrap_or_else(silent)).collect()),
        }
    }

    /// An answer. What was not asked, and what was answered before, is ignored.
    pub(crate) fn answer(&self, lookup: u64, index: u32, reached: LookupAnswer) {
        let mut book = self.book();
        let Some(question) = book.open.get_mut(&lookup) else { return };
        let Some(place) = question.answers.get_mut(index as usize).filter(|p| p.is_none()) else { return };
        *place = Some(reached);
        question.open -= 1;
        if question.open == 0 {
            self.changed.notify_all();
        }
    }

    /// A question that the plugin does not take.
    pub(crate) fn refuse(&self, lookup: u64, why: LookupRefusal) {
        if let Some(question) = self.book().open.get_mut(&lookup) {
            question.refused = Some(why);
        }
        self.changed.notify_all();
    }

    /// The plugin has gone: nobody will answer.
    pub(crate) fn close(&self) {
        for question in self.book().open.values_mut() {
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
    fn what_is_missing_is_unknown_and_what_comes_twice_counts_once() {
        let desk = PendingLookups::default();
        let got = desk.ask(3, Duration::from_millis(20), |id| {
            desk.answer(id, 2, yes());
            desk.answer(id, 2, LookupAnswer { reach: Reachability::No, detail: "second thoughts".to_owned() });
            desk.answer(id, 3, yes());
            desk.answer(id + 1, 0, yes());
            Ok(())
        });
        let reach: Vec<_> = got.unwrap().into_iter().map(|r| r.reach).collect();
        assert_eq!(reach, [Reachability::Unknown, Reachability::Unknown, Reachability::Yes]);
        assert!(desk.book().open.is_empty(), "nothing is kept");
        desk.answer(1, 0, yes());
    }

    #[test]
    fn who_cannot_answer_says_so_at_once() {
        let desk = PendingLookups::default();
        let long = Duration::from_secs(600);
        for why in [LookupRefusal::NotOffered, LookupRefusal::Closed] {
            assert_eq!(desk.ask(1, long, |_| Err(why)), Err(why));
            let late = desk.ask(1, long, |id| {
                desk.refuse(id, why);
                Ok(())
            });
            assert_eq!(late, Err(why));
        }
        let gone = desk.ask(1, long, |_| {
            desk.close();
            Ok(())
        });
        assert_eq!(gone, Err(LookupRefusal::Closed));
        for count in [0, 257] {
            assert_eq!(desk.ask(count, long, |_| Ok(())), Err(LookupRefusal::TooMany));
        }
        assert!(desk.book().open.is_empty(), "nothing is kept");
    }
}
