//! For an author's tests: runs a transport through its own table, without a library and without a daemon, and insists that every letter is
//! completed exactly once.

mod lookup; // an extension
mod manifest; // the file beside `Cargo.toml`
#[cfg(any(test, fuzzing))]
pub mod odd; // a batch as odd as the contract allows
mod sample; // what is sent

pub use manifest::manifest_is_current;
pub use sample::{Person, Sample};

use crate::{Reach, Transport};
use rundruf_abi::{
    HostTable, LogLevel, OpenArgs, OutcomeCode, RawBatch, RawInbound, RawOutcome, RawReceipt, Sink, Status,
    TransportTable, View,
};
use sample::memory;
use std::collections::HashMap;
use std::ffi::c_void;
use std::path::Path;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// What came back for one person.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Answer {
    /// Code.
    pub code: OutcomeCode,
    /// The other side's id.
    pub remote_id: String,
    /// One line.
    pub detail: String,
    /// Not before, in milliseconds; 0 for no opinion.
    pub retry_after_ms: u32,
}

#[derive(Default)]
struct Seen {
    answers: HashMap<(u64, u32), Answer>,
    doubles: Vec<(u64, u32)>,
    inbound: Vec<(String, String, String)>,
    log: Vec<String>,
    reached: Vec<(u64, u32, Reach)>,
    /// Whether this host knows no extension.
    older: bool,
    ready: u32,
    closed: bool,
    after_close: u32,
}

struct Book {
    seen: Mutex<Seen>,
    changed: Condvar,
}

impl Book {
    fn lock(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A transport that runs.
pub struct Kit {
    table: &'static TransportTable,
    instance: *mut c_void,
    book: Arc<Book>,
    /// Kept until the end: clause *host*.
    _host: Box<HostTable>,
    next: u64,
}

/// A batch that was handed over and whose memory must live.
pub struct Sent {
    id: u64,
    count: u32,
    _memory: Box<dyn std::any::Any>,
}

impl Kit {
    /// Opens a transport with these settings.
    ///
    /// # Errors
    /// The plugin's own text.
    pub fn open<T: Transport>(config: &serde_json::Value, state_dir: &Path, window: u32) -> Result<Self, String> {
        Self::open_in::<T>(config, state_dir, window, Seen::default())
    }

    /// The same in an older host, which knows no extension.
    ///
    /// # Errors
    /// The plugin's own text.
    pub fn open_in_older<T: Transport>(
        config: &serde_json::Value,
        state_dir: &Path,
        window: u32,
    ) -> Result<Self, String> {
        Self::open_in::<T>(config, state_dir, window, Seen { older: true, ..Seen::default() })
    }

    fn open_in<T: Transport>(
        config: &serde_json::Value,
        state_dir: &Path,
        window: u32,
        seen: Seen,
    ) -> Result<Self, String> {
        let table: &'static TransportTable = Box::leak(Box::new(crate::table::<T>()));
        let book = Arc::new(Book { seen: Mutex::new(seen), changed: Condvar::new() });
        let host = Box::new(HostTable {
            size: size_of::<HostTable>() as u32,
            minor: u32::from(rundruf_abi::ABI.minor),
            ctx: Arc::as_ptr(&book).cast_mut().cast(),
            complete: Some(complete),
            inbound: Some(inbound),
            receipt: Some(receipt),
            ready: Some(ready),
            log: Some(log),
            extension: Some(lookup::extension),
        });
        let (config, state) = (config.to_string(), state_dir.display().to_string());
        let args = OpenArgs {
            size: size_of::<OpenArgs<'_>>() as u32,
            threads: 2,
            config: View::text(&config),
            name: View::text("kit"),
            state_dir: View::text(&state),
            window,
            reserved: 0,
        };
        let mut instance = std::ptr::null_mut();
        let mut text: Vec<u8> = Vec::new();
        let mut sink = Sink { ctx: (&raw mut text).cast(), write: Some(write) };
        let Some(open) = table.open else { return Err("no open".into()) };
        // SAFETY: all arguments are valid for the call; the host table lives in the kit.
        let status = unsafe { open(&raw const *host, &raw const args, &raw mut instance, &raw mut sink) };
        if status != Status::OK {
            return Err(String::from_utf8_lossy(&text).into_owned());
        }
        Ok(Self { table, instance, book, _host: host, next: 1 })
    }

    /// Hands a batch over; the status and, if it was taken, what to wait for.
    pub fn submit(&mut self, sample: &Sample, people: &[Person]) -> (Status, Sent) {
        self.submit_changed(sample, people, |_| {})
    }

    /// The same with a batch that was changed beforehand: another priority, a deadline, or a fault.
    pub fn submit_changed(
        &mut self,
        sample: &Sample,
        people: &[Person],
        change: impl FnOnce(&mut RawBatch<'static>),
    ) -> (Status, Sent) {
        let id = self.next;
        self.next += 1;
        let mut memory = memory(id, sample, people);
        change(&mut memory.batch);
        let raw = &raw const *memory.batch;
        let sent = Sent { id, count: u32::try_from(people.len()).unwrap_or(u32::MAX), _memory: memory };
        // SAFETY: the batch lives in `sent`, which the caller keeps until it has waited.
        let status = self.table.submit.map_or(Status::UNSUPPORTED, |submit| unsafe { submit(self.instance, raw) });
        (status, sent)
    }

    /// Waits for every answer of a batch.
    ///
    /// # Panics
    /// If one is missing after the time, or one came twice.
    pub fn wait(&self, sent: &Sent, within: Duration) -> Vec<Answer> {
        let until = Instant::now() + within;
        let mut seen = self.book.lock();
        loop {
            let all: Option<Vec<Answer>> = (0..sent.count).map(|n| seen.answers.get(&(sent.id, n)).cloned()).collect();
            assert!(seen.doubles.is_empty(), "answered twice: {:?}", seen.doubles);
            if let Some(all) = all {
                return all;
            }
            let left = until.saturating_duration_since(Instant::now());
            assert!(!left.is_zero(), "{} of {} answers came", seen.answers.len(), sent.count);
            seen = self.book.changed.wait_timeout(seen, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// Sends to these people and waits for their answers.
    ///
    /// # Panics
    /// As [`Kit::wait`], and if the batch is not taken.
    pub fn send(&mut self, sample: &Sample, people: &[Person]) -> Vec<Answer> {
        let (status, sent) = self.submit(sample, people);
        assert_eq!(status, Status::OK, "the batch was not taken");
        self.wait(&sent, Duration::from_secs(60))
    }

    /// Asks for an orderly end.
    pub fn drain(&self, within: Duration) -> Status {
        let ms = u64::try_from(within.as_millis()).unwrap_or(u64::MAX);
        // SAFETY: clause *self*.
        self.table.drain.map_or(Status::UNSUPPORTED, |drain| unsafe { drain(self.instance, ms) })
    }

    /// Messages that came in: channel, address, text.
    #[must_use]
    pub fn inbound(&self) -> Vec<(String, String, String)> {
        self.book.lock().inbound.clone()
    }

    /// Lines that were logged.
    #[must_use]
    pub fn log(&self) -> Vec<String> {
        self.book.lock().log.clone()
    }

    /// How often the transport has said that there is room again.
    #[must_use]
    pub fn ready(&self) -> u32 {
        self.book.lock().ready
    }

    /// Waits until it has said so more often than `before`.
    ///
    /// # Panics
    /// If it does not.
    pub fn wait_ready(&self, before: u32, within: Duration) {
        let seen = self.book.lock();
        let waited = self.book.changed.wait_timeout_while(seen, within, |seen| seen.ready <= before);
        let (seen, _) = waited.unwrap_or_else(PoisonError::into_inner);
        assert!(seen.ready > before, "it was busy and did not say that there is room again");
    }

    /// Ends it; the answers to `sent`, all of which must have come by now.
    ///
    /// # Panics
    /// If one is missing or came twice, or a host function was called afterwards.
    pub fn close_with(mut self, sent: &Sent) -> Vec<Answer> {
        self.end();
        let answers = self.wait(sent, Duration::ZERO);
        self.close();
        answers
    }

    /// Ends it.
    ///
    /// # Panics
    /// If a host function was called afterwards.
    pub fn close(mut self) {
        self.end();
        std::thread::sleep(Duration::from_millis(5));
        assert_eq!(self.book.lock().after_close, 0, "a host function was called after close");
    }

    fn end(&mut self) {
        if !self.instance.is_null()
            && let Some(close) = self.table.close
        {
            // SAFETY: clause *self*; this is the one call.
            unsafe { close(self.instance) };
            self.instance = std::ptr::null_mut();
            self.book.lock().closed = true;
        }
    }
}

impl Drop for Kit {
    fn drop(&mut self) {
        self.end();
    }
}

unsafe fn book<'a>(ctx: *mut c_void) -> &'a Book {
    // SAFETY: the context is the book that the kit keeps.
    unsafe { &*ctx.cast::<Book>() }
}

fn owned(view: &View<'_>) -> String {
    // SAFETY: clause *borrow*.
    String::from_utf8_lossy(unsafe { view.bytes() }).into_owned()
}

unsafe extern "C" fn complete(
    ctx: *mut c_void,
    outcomes: *const RawOutcome<'_>,
    count: usize,
    stride: usize,
) -> Status {
    // SAFETY: see `book`.
    let book = unsafe { book(ctx) };
    let mut seen = book.lock();
    if seen.closed {
        seen.after_close += 1;
    }
    for n in 0..count {
        // SAFETY: clause *borrow*: `count` outcomes lie `stride` bytes apart.
        let raw = unsafe { &*outcomes.byte_add(n * stride) };
        let answer = Answer {
            code: raw.code,
            remote_id: owned(&raw.remote_id),
            detail: owned(&raw.detail),
            retry_after_ms: raw.retry_after_ms,
        };
        if seen.answers.insert((raw.batch, raw.index), answer).is_some() {
            seen.doubles.push((raw.batch, raw.index));
        }
    }
    drop(seen);
    book.changed.notify_all();
    Status::OK
}

unsafe extern "C" fn inbound(ctx: *mut c_void, message: *const RawInbound<'_>) -> Status {
    // SAFETY: clause *borrow*.
    let message = unsafe { &*message };
    let entry = (owned(&message.channel), owned(&message.address), owned(&message.text));
    // SAFETY: see `book`.
    unsafe { book(ctx) }.lock().inbound.push(entry);
    Status::OK
}

unsafe extern "C" fn receipt(_: *mut c_void, _: *const RawReceipt<'_>) -> Status {
    Status::OK
}

unsafe extern "C" fn ready(ctx: *mut c_void) {
    // SAFETY: see `book`.
    let book = unsafe { book(ctx) };
    let mut seen = book.lock();
    seen.ready += 1;
    seen.after_close += u32::from(seen.closed);
    drop(seen);
    book.changed.notify_all();
}

unsafe extern "C" fn log(ctx: *mut c_void, level: LogLevel, target: View<'_>, message: View<'_>) {
    let line = format!("{} {}: {}", level.0, owned(&target), owned(&message));
    // SAFETY: see `book`.
    let mut seen = unsafe { book(ctx) }.lock();
    if seen.closed {
        seen.after_close += 1;
    }
    seen.log.push(line);
}

unsafe extern "C" fn write(ctx: *mut c_void, ptr: *const u8, len: usize) -> Status {
    // SAFETY: the context is the vector in `open`, and the bytes are borrowed for the call.
    unsafe { (*ctx.cast::<Vec<u8>>()).extend_from_slice(std::slice::from_raw_parts(ptr, len)) };
    Status::OK
}
