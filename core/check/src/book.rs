//! What a plugin says, written down: every outcome, every message from outside, every line, and whether it came when it may.

use crate::letters::Batch;
use crate::pages::Forbidden;
use crate::probe::{EACH, End};
use rundruf_abi::{HostTable, LogLevel, RawInbound, RawOutcome, RawReceipt, Status, View};
use std::collections::{HashMap, VecDeque};
use std::ffi::c_void;
use std::sync::atomic::{AtomicBool, AtomicI32, AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// A batch that was offered.
pub(crate) struct Offered {
    /// Code of each index, 0 while there is none.
    pub(crate) codes: Vec<u16>,
    /// Indices without an outcome.
    pub(crate) open: usize,
    /// Whether the plugin said that it took it.
    pub(crate) taken: Option<bool>,
    memory: Arc<Batch>,
}

/// A message from outside as it came.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Heard {
    /// Kind of address.
    pub(crate) channel: String,
    /// Sender.
    pub(crate) address: String,
    /// Text.
    pub(crate) text: String,
    /// The other side's id.
    pub(crate) remote_id: String,
}

/// What is wrong whatever a check is about, and the check that is about it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Wrong {
    what: String,
    matter: &'static str,
}

impl Wrong {
    fn new(matter: &'static str, what: impl Into<String>) -> Self {
        Self { what: what.into(), matter }
    }

    /// A check that ends by it.
    pub(crate) fn end(&self) -> End {
        End::failed(self.what.clone()).matter(self.matter)
    }
}

/// Everything that came.
#[derive(Default)]
pub(crate) struct Seen {
    /// Batches by id.
    pub(crate) batches: HashMap<u64, Offered>,
    /// Indices without an outcome, over all batches that were not refused.
    pub(crate) open: usize,
    /// Outcomes so far, and those of them that say "sent".
    pub(crate) outcomes: u64,
    pub(crate) sent: u64,
    /// What is wrong whatever the check is about: the first such thing counts.
    pub(crate) wrong: Vec<Wrong>,
    /// Details of outcomes, the first thousand.
    pub(crate) details: Vec<String>,
    /// Lines of the log, the first thousand.
    pub(crate) lines: Vec<String>,
    /// How often there was room again.
    pub(crate) ready: u64,
    /// Messages from outside, with what was answered.
    pub(crate) heard: Vec<(Heard, Status)>,
}

/// Answers a message from outside.
pub(crate) type Listener = Box<dyn FnMut(&Heard) -> Status + Send>;

/// The host's side of one instance. It is never freed: a plugin may call long after it should.
#[derive(Default)]
pub(crate) struct Book {
    seen: Mutex<Seen>,
    changed: Condvar,
    /// Whether `close` has returned.
    pub(crate) closed: AtomicBool,
    /// Calls after that.
    pub(crate) late: AtomicU64,
    /// What `complete` answers.
    pub(crate) answer: AtomicI32,
    /// Whether a batch is forbidden as soon as its last index is completed.
    pub(crate) guards: AtomicBool,
    listener: Mutex<Option<Listener>>,
    /// Whether memory of old batches is given back: where there are more than memory can hold.
    pub(crate) forgets: AtomicBool,
    over: Mutex<VecDeque<Arc<Batch>>>,
}

/// So many batches are kept after their end, for whoever looks a little too late. That is another check's matter.
const KEPT: usize = 4_096;

impl Book {
    /// What was seen so far.
    pub(crate) fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until this is so; false if the time was not enough.
    pub(crate) fn wait(&self, within: Duration, so: impl Fn(&Seen) -> bool) -> bool {
        let until = Instant::now() + within;
        let mut seen = self.seen();
        while !so(&seen) {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return false;
            }
            seen = self.changed.wait_timeout(seen, left).unwrap_or_else(PoisonError::into_inner).0;
        }
        true
    }

    /// Who answers messages from outside. Without anybody the host is busy.
    pub(crate) fn listen(&self, listener: Listener) {
        *self.listener.lock().unwrap_or_else(PoisonError::into_inner) = Some(listener);
    }

    /// Written down before the plugin sees it: it may complete at once.
    pub(crate) fn offer(&self, memory: Arc<Batch>) {
        let mut seen = self.seen();
        seen.open += memory.count;
        let offered =
            Offered { codes: vec![0; memory.count], open: memory.count, taken: None, memory: Arc::clone(&memory) };
        seen.batches.insert(memory.id, offered);
    }

    /// What the plugin said to that batch.
    pub(crate) fn told(&self, id: u64, status: Status) {
        let mut guard = self.seen();
        let seen = &mut *guard;
        let Some(batch) = seen.batches.get_mut(&id) else { return };
        batch.taken = Some(status == Status::OK);
        if status != Status::OK {
            seen.open -= batch.open;
            if batch.open < batch.codes.len() {
                seen.wrong.push(Wrong::new("busy", "it completed letters of a batch that it had refused"));
            }
        }
        let memory = (status != Status::OK).then(|| Arc::clone(&batch.memory));
        drop(guard);
        self.forget(memory);
        self.changed.notify_all();
    }

    /// Gives back what has been over for long.
    fn forget(&self, ended: impl IntoIterator<Item = Arc<Batch>>) {
        if !self.forgets.load(Ordering::SeqCst) {
            return;
        }
        let mut over = self.over.lock().unwrap_or_else(PoisonError::into_inner);
        over.extend(ended);
        while over.len() > KEPT
            && let Some(oldest) = over.pop_front()
        {
            self.seen().batches.remove(&oldest.id);
            // SAFETY: clause *batch*: it was completed or refused thousands of batches ago, and the book has forgotten it.
            unsafe { oldest.give_back() };
        }
    }

    /// Forgets everything that was said: whoever looks at memory does not want to see the kit's own.
    pub(crate) fn clear(&self) {
        *self.seen() = Seen::default();
    }

    /// Whether something came after the end.
    fn is_late(&self) -> bool {
        let late = self.closed.load(Ordering::SeqCst);
        if late {
            self.late.fetch_add(1, Ordering::SeqCst);
        }
        late
    }

    /// The functions lent to the plugin.
    pub(crate) fn table(&'static self) -> HostTable {
        HostTable {
            size: size_of::<HostTable>() as u32,
            minor: u32::from(rundruf_abi::ABI.minor),
            ctx: std::ptr::from_ref(self).cast_mut().cast(),
            complete: Some(complete),
            inbound: Some(inbound),
            receipt: Some(receipt),
            ready: Some(ready),
            log: Some(log),
            extension: Some(extension),
        }
    }

    fn complete(&self, outcomes: &mut dyn Iterator<Item = &RawOutcome<'static>>) {
        let late = self.is_late();
        let mut guard = self.seen();
        let seen = &mut *guard;
        let mut ended = Vec::new();
        for o in outcomes {
            if late {
                seen.wrong
                    .push(Wrong::new("close-quiet", "it completed letters after `close` had returned".to_owned()));
                break;
            }
            seen.outcomes += 1;
            let Some(batch) = seen.batches.get_mut(&o.batch) else {
                seen.wrong.push(Wrong::new(EACH, format!("it completed a batch that nobody gave it (id {})", o.batch)));
                continue;
            };
            let Some(code) = batch.codes.get_mut(o.index as usize) else {
                seen.wrong.push(Wrong::new(
                    EACH,
                    format!("it completed index {} of a batch of {}", o.index, batch.codes.len()),
                ));
                continue;
            };
            if batch.taken == Some(false) {
                seen.wrong.push(Wrong::new("busy", "it completed letters of a batch that it had refused".to_owned()));
                continue;
            }
            if *code != 0 {
                seen.wrong.push(Wrong::new(
                    EACH,
                    format!("it completed index {} of a batch of {} twice", o.index, batch.codes.len()),
                ));
                continue;
            }
            if !(100..600).contains(&o.code.0) {
                seen.wrong.push(Wrong::new(EACH, format!("its outcome code {} belongs to no class", o.code.0)));
            }
            *code = o.code.0.max(1);
            seen.sent += u64::from(o.code.0 / 100 == 1);
            batch.open -= 1;
            seen.open -= 1;
            if batch.open == 0 {
                ended.push(Arc::clone(&batch.memory));
            }
            if seen.details.len() < 1_000 {
                // SAFETY: clause *borrow*.
                seen.details.push(String::from_utf8_lossy(unsafe { o.detail.bytes() }).into_owned());
            }
        }
        if self.guards.load(Ordering::SeqCst) {
            ended.iter().for_each(|b| b.guard(Forbidden::Ended));
        }
        drop(guard);
        self.forget(ended);
        self.changed.notify_all();
    }
}

/// A panic of ours must not unwind into foreign code.
fn fence(call: impl FnOnce() -> Status) -> Status {
    std::panic::catch_unwind(std::panic::AssertUnwindSafe(call)).unwrap_or(Status::PANICKED)
}

fn book(ctx: *mut c_void) -> Option<&'static Book> {
    // SAFETY: the context of `Book::table`, which lives for ever.
    unsafe { ctx.cast::<Book>().as_ref() }
}

fn text(view: &View<'_>) -> String {
    // SAFETY: clause *borrow*.
    String::from_utf8_lossy(unsafe { view.bytes() }).into_owned()
}

unsafe extern "C" fn complete(ctx: *mut c_void, first: *const RawOutcome<'_>, count: usize, stride: usize) -> Status {
    fence(|| {
        let Some(book) = book(ctx) else { return Status::NULL_POINTER };
        if first.is_null() || stride < size_of::<RawOutcome<'_>>() {
            book.seen()
                .wrong
                .push(Wrong::new(EACH, "it called `complete` with a null pointer or too small a stride".to_owned()));
            return Status::BAD_ARGUMENT;
        }
        // SAFETY: clause *borrow*: `count` outcomes lie `stride` bytes apart until this call returns.
        let mut outcomes = (0..count).map(|n| unsafe { &*first.byte_add(n * stride).cast::<RawOutcome<'static>>() });
        book.complete(&mut outcomes);
        Status(book.answer.load(Ordering::SeqCst))
    })
}

unsafe extern "C" fn inbound(ctx: *mut c_void, message: *const RawInbound<'_>) -> Status {
    fence(|| {
        // SAFETY: clause *borrow*.
        let (Some(book), Some(raw)) = (book(ctx), unsafe { message.as_ref() }) else { return Status::NULL_POINTER };
        if book.is_late() {
            book.seen()
                .wrong
                .push(Wrong::new("close-quiet", "it handed over a message after `close` had returned".to_owned()));
            return Status::CLOSED;
        }
        let heard = Heard {
            channel: text(&raw.channel),
            address: text(&raw.address),
            text: text(&raw.text),
            remote_id: text(&raw.remote_id),
        };
        let mut listener = book.listener.lock().unwrap_or_else(PoisonError::into_inner);
        let status = listener.as_mut().map_or(Status::BUSY, |l| l(&heard));
        drop(listener);
        book.seen().heard.push((heard, status));
        book.changed.notify_all();
        status
    })
}

unsafe extern "C" fn receipt(ctx: *mut c_void, _: *const RawReceipt<'_>) -> Status {
    fence(|| match book(ctx) {
        Some(book) if book.is_late() => Status::CLOSED,
        Some(_) => Status::OK,
        None => Status::NULL_POINTER,
    })
}

unsafe extern "C" fn ready(ctx: *mut c_void) {
    fence(|| {
        if let Some(book) = book(ctx)
            && !book.is_late()
        {
            book.seen().ready += 1;
            book.changed.notify_all();
        }
        Status::OK
    });
}

unsafe extern "C" fn log(ctx: *mut c_void, _: LogLevel, _: View<'_>, message: View<'_>) {
    fence(|| {
        if let Some(book) = book(ctx)
            && !book.is_late()
        {
            let line = text(&message);
            let mut seen = book.seen();
            if seen.lines.len() < 1_000 {
                seen.lines.push(line);
            }
        }
        Status::OK
    });
}

unsafe extern "C" fn extension(ctx: *mut c_void, _: View<'_>) -> *const c_void {
    let _ = book(ctx).map(Book::is_late);
    std::ptr::null()
}
