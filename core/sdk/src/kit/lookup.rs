//! Asks a transport whether addresses can be reached.

use super::{Book, Kit, book, owned};
use crate::Reach;
use rundruf_abi::{LOOKUP, LookupHost, LookupTable, RawAddress, RawLookup, RawLookupAnswer, Status, View};
use std::ffi::c_void;
use std::sync::PoisonError;
use std::time::{Duration, Instant};

/// The kit's half of the extension.
static HALF: LookupHost = LookupHost { size: size_of::<LookupHost>() as u32, flags: 0, answer: Some(answer) };

/// An extension of the kit's host, if it is not an older one.
pub(super) unsafe extern "C" fn extension(ctx: *mut c_void, id: View<'_>) -> *const c_void {
    // SAFETY: see `book`.
    let older = unsafe { book(ctx) }.lock().older;
    if !older && owned(&id) == LOOKUP { (&raw const HALF).cast() } else { std::ptr::null() }
}

impl Kit {
    /// Asks whether these addresses (channel and value) can be reached. `None` if the transport does not offer that, to this host.
    ///
    /// # Panics
    /// If the question is refused for another reason, an answer does not come, or one comes twice.
    #[must_use]
    pub fn lookup(&mut self, addresses: &[(&str, &str)]) -> Option<Vec<Reach>> {
        let id = self.next;
        self.next += 1;
        let extension = self.table.extension?;
        // SAFETY: clause *self*; clause *static*: null, or a table that lives for ever.
        let table = unsafe { extension(self.instance, View::text(LOOKUP)).cast::<LookupTable>().as_ref() }?;
        let raw: Vec<RawAddress<'_>> =
            addresses.iter().map(|(c, v)| RawAddress { channel: View::text(c), value: View::text(v) }).collect();
        let (count, stride) = (raw.len(), size_of::<RawAddress<'_>>());
        let question =
            RawLookup { size: size_of::<RawLookup<'_>>() as u32, flags: 0, id, addresses: raw.as_ptr(), count, stride };
        // SAFETY: clause *self*; the question is borrowed for the call.
        let status = table.begin.map_or(Status::UNSUPPORTED, |f| unsafe { f(self.instance, &raw const question) });
        if status == Status::UNSUPPORTED {
            return None;
        }
        assert_eq!(status, Status::OK, "the question was not taken");
        Some(self.book.reached(id, count))
    }
}

impl Book {
    fn reached(&self, id: u64, count: usize) -> Vec<Reach> {
        let until = Instant::now() + Duration::from_secs(60);
        let mut seen = self.lock();
        loop {
            let of: Vec<_> = seen.reached.iter().filter(|(lookup, ..)| *lookup == id).collect();
            let all: Option<Vec<Reach>> = (0..count)
                .map(|n| of.iter().find(|(_, index, _)| *index as usize == n).map(|(.., reach)| reach.clone()))
                .collect();
            assert!(of.len() <= count, "answered twice");
            if let Some(all) = all {
                return all;
            }
            let left = until.saturating_duration_since(Instant::now());
            assert!(!left.is_zero(), "{} of {count} answers came", of.len());
            seen = self.changed.wait_timeout(seen, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }
}

unsafe extern "C" fn answer(
    ctx: *mut c_void,
    answers: *const RawLookupAnswer<'_>,
    count: usize,
    stride: usize,
) -> Status {
    // SAFETY: see `book`.
    let book = unsafe { book(ctx) };
    let mut seen = book.lock();
    seen.after_close += u32::from(seen.closed);
    for n in 0..count {
        // SAFETY: clause *borrow*: `count` answers lie `stride` bytes apart.
        let raw = unsafe { &*answers.byte_add(n * stride) };
        let reach = match raw.reach {
            rundruf_abi::Reach::YES => Reach::Yes,
            rundruf_abi::Reach::NO => Reach::No(owned(&raw.detail)),
            _ => Reach::Unknown(owned(&raw.detail)),
        };
        seen.reached.push((raw.lookup, raw.index, reach));
    }
    drop(seen);
    book.changed.notify_all();
    Status::OK
}
