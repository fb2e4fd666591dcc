//! An instance in this process, and the functions that are lent to it. Used by the child, and by the daemon for `isolation = "none"`.

mod lookup; // an extension

pub use lookup::lend_no_extension;

use crate::MessageId;
use crate::event::{DeliveryReceipt, InboundMessage, MessageOutcome};
use crate::library::LoadedLibrary;
use crate::lookup::LookupAnswer;
use crate::shared_ledger::SharedLedger;
use crate::views::BatchViews;
use crate::wire::outcome_batch::OutcomeBatch;
use rundruf_abi::{
    HostTable, LogLevel, LookupTable, OpenArgs, OutcomeCode, RawInbound, RawOutcome, RawReceipt, Sink, Status,
    TransportTable, View,
};
use std::ffi::c_void;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Longest text of a message from outside.
pub(crate) const MAX_TEXT: usize = 64 * 1024;
/// Longest id of the other side.
pub(crate) const MAX_ID: usize = 256;
/// Longest detail and log line.
pub(crate) const MAX_LINE: usize = 512;

/// Where what a plugin says goes. Called from any thread of the plugin, never with a lock of ours held.
pub(crate) trait PluginCallbacks: Send + Sync {
    /// Outcomes, in the order in which they came.
    fn outcomes(&self, told: OutcomeBatch);
    /// A message; waits until it is stored or cannot be.
    fn inbound(&self, message: InboundMessage) -> Status;
    /// A receipt; likewise.
    fn receipt(&self, receipt: DeliveryReceipt) -> Status;
    /// What a plugin says of an address that it was asked about.
    fn reached(&self, lookup: u64, index: u32, reached: LookupAnswer);
    /// Room again.
    fn ready(&self);
    /// A line of the log.
    fn log(&self, level: u32, target: &str, message: &str);
}

/// How an instance is opened.
pub(crate) struct OpenParams<'a> {
    pub(crate) name: &'a str,
    pub(crate) config: &'a str,
    pub(crate) state_dir: &'a Path,
    pub(crate) window: u32,
    pub(crate) threads: u32,
}

struct CallbackContext {
    book: SharedLedger<BatchViews>,
    /// Memory of batches that were given up: the plugin may still look at it.
    parked: Mutex<Vec<BatchViews>>,
    outlet: Arc<dyn PluginCallbacks>,
}

/// An open instance.
pub(crate) struct LoadedInstance {
    table: &'static TransportTable,
    instance: *mut c_void,
    /// The plugin's half of an extension, if it has one.
    lookup: Option<&'static LookupTable>,
    context: Arc<CallbackContext>,
    /// Clause *host*: lives until `close` has returned.
    _host: Box<HostTable>,
}

// SAFETY: the contract: everything but `open` and `close` may be called from several threads; `close` takes the value.
unsafe impl Send for LoadedInstance {}
// SAFETY: as above.
unsafe impl Sync for LoadedInstance {}

impl LoadedInstance {
    /// Opens an instance; the plugin's own words if it refuses.
    pub(crate) fn open(
        loaded: LoadedLibrary,
        spec: &OpenParams<'_>,
        outlet: Arc<dyn PluginCallbacks>,
    ) -> Result<Self, String> {
        let context = Arc::new(CallbackContext { book: SharedLedger::new(), parked: Mutex::default(), outlet });
        let host = Box::new(HostTable {
            size: size_of::<HostTable>() as u32,
            minor: u32::from(rundruf_abi::ABI.minor),
            ctx: Arc::as_ptr(&context).cast_mut().cast(),
            complete: Some(complete),
            inbound: Some(inbound),
            receipt: Some(receipt),
            ready: Some(ready),
            log: Some(log),
            extension: Some(extension),
        });
        let state_dir = spec.state_dir.display().to_string();
        let args = OpenArgs {
            size: size_of::<OpenArgs<'_>>() as u32,
            threads: spec.threads.max(1),
            config: View::text(spec.config),
            name: View::text(spec.name),
            state_dir: View::text(&state_dir),
            window: spec.window,
            reserved: 0,
        };
        let mut instance = std::ptr::null_mut();
        let mut words: Vec<u8> = Vec::new();
        let mut sink = Sink { ctx: (&raw mut words).cast(), write: Some(write) };
        let status = match loaded.table.open {
            // SAFETY: all arguments are valid for the call; the host table and its context live in the value that is made.
            Some(open) => unsafe { open(&raw const *host, &raw const args, &raw mut instance, &raw mut sink) },
            None => Status::UNSUPPORTED,
        };
        if status == Status::OK && !instance.is_null() {
            let lookup = lookup::offered(loaded.table, instance);
            return Ok(Self { table: loaded.table, instance, lookup, context, _host: host });
        }
        // A plugin that failed may have kept the table: it stays for ever rather than being called into the void.
        std::mem::forget(host);
        std::mem::forget(Arc::clone(&context));
        let words: String = String::from_utf8_lossy(&words).chars().take(2_000).collect();
        Err(if words.trim().is_empty() { format!("it refused to open (status {})", status.0) } else { words })
    }

    /// Hands a batch over. Anything but `OK` gives it back.
    pub(crate) fn submit(&self, memory: BatchViews, overdue_at: Instant) -> Result<(), (Status, BatchViews)> {
        let (raw, id, ids) = (memory.raw(), memory.id(), memory.ids());
        // Opened before the call: the plugin may complete inside it.
        self.context.book.ledger().open(id, ids, overdue_at, memory);
        let status = match self.table.submit {
            // SAFETY: clause *self*; clause *batch*: the memory lies in the ledger until its last outcome.
            Some(submit) => unsafe { submit(self.instance, raw) },
            None => Status::UNSUPPORTED,
        };
        if status == Status::OK {
            return Ok(());
        }
        match self.context.book.ledger().take(id) {
            Some((_, memory)) => Err((status, memory)),
            // It said "not taken" and completed all the same: the outcomes count.
            None => Ok(()),
        }
    }

    /// MessageBatch that wait for their outcome.
    pub(crate) fn letters(&self) -> usize {
        self.context.book.ledger().letters()
    }

    /// MessageBatch whose outcome has not reached the outlet: 0 means that the outlet knows everything there is to know.
    pub(crate) fn untold(&self) -> usize {
        self.context.book.untold()
    }

    /// Outcomes for nothing that was open, so far.
    pub(crate) fn strays(&self) -> u64 {
        self.context.book.ledger().strays
    }

    /// Begins nothing new.
    pub(crate) fn drain(&self, within: Duration) {
        if let Some(drain) = self.table.drain {
            let ms = u64::try_from(within.as_millis()).unwrap_or(u64::MAX);
            // SAFETY: clause *self*.
            unsafe { drain(self.instance, ms) };
        }
    }

    /// Gives up on batches whose time is over: what is open becomes "may have been sent".
    pub(crate) fn give_up_overdue(&self, now: Instant) {
        let overdue = self.context.book.ledger().overdue(now);
        self.give_up(&overdue, "no answer from the plugin in time");
    }

    /// Gives up on everything.
    pub(crate) fn give_up_all(&self, why: &str) {
        let all = self.context.book.ledger().batches();
        self.give_up(&all, why);
    }

    fn give_up(&self, batches: &[u64], why: &str) {
        let ((told, memory), _telling) = self.context.book.tell(|ledger| {
            let (mut told, mut memory) = (OutcomeBatch::default(), Vec::new());
            for batch in batches {
                let Some((ids, kept)) = ledger.take(*batch) else { continue };
                memory.push(kept);
                for (index, id) in ids {
                    told.push(*batch, index, MessageOutcome::of(id, OutcomeCode::MAYBE_SENT, why));
                }
            }
            (told, memory)
        });
        self.context.parked.lock().unwrap_or_else(PoisonError::into_inner).extend(memory);
        if told.len() > 0 {
            self.context.outlet.outcomes(told);
        }
    }

    /// Ends the instance.
    pub(crate) fn close(self) {
        if let Some(close) = self.table.close {
            // SAFETY: clause *self*; this value is gone afterwards, so it is the one call.
            unsafe { close(self.instance) };
        }
    }
}

/// The fence for calls from plugins: a panic of ours must not unwind into foreign code.
fn fence(fallback: Status, call: impl FnOnce() -> Status) -> Status {
    std::panic::catch_unwind(std::panic::AssertUnwindSafe(call)).unwrap_or(fallback)
}

unsafe fn context<'a>(ctx: *mut c_void) -> Option<&'a CallbackContext> {
    // SAFETY: clause *host*: the context we gave, which lives until `close` has returned.
    unsafe { ctx.cast::<CallbackContext>().as_ref() }
}

/// At most `max` bytes of a view, as text.
fn text(view: &View<'_>, max: usize) -> String {
    // SAFETY: clause *borrow*.
    let bytes = unsafe { view.bytes() };
    // Most outcomes say nothing.
    if bytes.is_empty() {
        return String::new();
    }
    let cut = bytes.get(..max).unwrap_or(bytes);
    String::from_utf8_lossy(cut).into_owned()
}

/// What a plugin says of a letter, kept beyond the call.
fn outcome(message_id: MessageId, raw: &RawOutcome<'_>) -> MessageOutcome {
    MessageOutcome {
        message_id,
        code: raw.code,
        retry_after: (raw.retry_after_ms > 0).then(|| Duration::from_millis(raw.retry_after_ms.into())),
        remote_code: raw.remote_code,
        remote_id: text(&raw.remote_id, MAX_ID).into_boxed_str(),
        detail: text(&raw.detail, MAX_LINE).into_boxed_str(),
    }
}

unsafe extern "C" fn complete(
    ctx: *mut c_void,
    outcomes: *const RawOutcome<'_>,
    count: usize,
    stride: usize,
) -> Status {
    fence(Status::PANICKED, || {
        // SAFETY: see `context`.
        let Some(context) = (unsafe { context(ctx) }) else { return Status::NULL_POINTER };
        if outcomes.is_null() || stride < size_of::<RawOutcome<'_>>() || count > 1 << 24 {
            return Status::BAD_ARGUMENT;
        }
        // SAFETY: clause *borrow*: `count` outcomes lie `stride` bytes apart; whoever calls this asks for one of them.
        let at = |n: usize| unsafe { &*outcomes.byte_add(n * stride) };
        let ((told, freed, strays), telling) = context.book.tell(|ledger| {
            let (mut told, mut freed) = (OutcomeBatch::with_capacity(count.min(ledger.letters())), Vec::new());
            let before = ledger.strays;
            let mut from = 0;
            while from < count {
                // Most arrays are about one batch: it is looked for once.
                let batch = at(from).batch;
                let to = (from..count).find(|n| at(*n).batch != batch).unwrap_or(count);
                let letters = (from..to).map(|n| (at(n).index, at(n)));
                freed.extend(ledger.close(batch, letters, |index, id, raw| told.push(batch, index, outcome(id, raw))));
                from = to;
            }
            (told, freed, ledger.strays - before)
        });
        if strays > 0 {
            context.outlet.log(2, "rundruf_host", &format!("the plugin completed {strays} letters that were not open"));
        }
        if told.len() > 0 {
            context.outlet.outcomes(told);
        }
        drop(telling);
        // Clause *batch* ends with the last outcome.
        drop(freed);
        Status::OK
    })
}

unsafe extern "C" fn inbound(ctx: *mut c_void, message: *const RawInbound<'_>) -> Status {
    fence(Status::BUSY, || {
        // SAFETY: see `context`; clause *borrow*.
        let (Some(context), Some(raw)) = (unsafe { context(ctx) }, unsafe { message.as_ref() }) else {
            return Status::NULL_POINTER;
        };
        if (raw.size as usize) < size_of::<RawInbound<'_>>() {
            return Status::BAD_ARGUMENT;
        }
        context.outlet.inbound(InboundMessage {
            kind: raw.kind.0,
            trust: raw.sender_trust,
            channel: text(&raw.channel, 64),
            address: text(&raw.address, 512),
            text: text(&raw.text, MAX_TEXT),
            remote_id: text(&raw.remote_id, MAX_ID),
            at_ms: raw.at_ms,
        })
    })
}

unsafe extern "C" fn receipt(ctx: *mut c_void, receipt: *const RawReceipt<'_>) -> Status {
    fence(Status::BUSY, || {
        // SAFETY: see `context`; clause *borrow*.
        let (Some(context), Some(raw)) = (unsafe { context(ctx) }, unsafe { receipt.as_ref() }) else {
            return Status::NULL_POINTER;
        };
        if (raw.size as usize) < size_of::<RawReceipt<'_>>() {
            return Status::BAD_ARGUMENT;
        }
        context.outlet.receipt(DeliveryReceipt {
            message_id: raw.message_id,
            kind: raw.kind.0,
            at_ms: raw.at_ms,
            detail: text(&raw.detail, MAX_LINE),
        })
    })
}

unsafe extern "C" fn ready(ctx: *mut c_void) {
    fence(Status::OK, || {
        // SAFETY: see `context`.
        if let Some(context) = unsafe { context(ctx) } {
            context.outlet.ready();
        }
        Status::OK
    });
}

unsafe extern "C" fn log(ctx: *mut c_void, level: LogLevel, target: View<'_>, message: View<'_>) {
    fence(Status::OK, || {
        // SAFETY: see `context`.
        if let Some(context) = unsafe { context(ctx) } {
            context.outlet.log(level.0, &text(&target, 64), &text(&message, MAX_LINE));
        }
        Status::OK
    });
}

unsafe extern "C" fn extension(_: *mut c_void, id: View<'_>) -> *const c_void {
    std::panic::catch_unwind(|| lookup::lent(&id)).unwrap_or(std::ptr::null())
}

unsafe extern "C" fn write(ctx: *mut c_void, ptr: *const u8, len: usize) -> Status {
    fence(Status::FAILED, || {
        if ctx.is_null() || (ptr.is_null() && len > 0) || len > 1 << 16 {
            return Status::BAD_ARGUMENT;
        }
        // SAFETY: the context is the vector in `open`; clause *borrow*: `len` bytes are readable for this call.
        let (words, bytes) =
            unsafe { (&mut *ctx.cast::<Vec<u8>>(), View { ptr, len, life: std::marker::PhantomData }.bytes()) };
        words.extend_from_slice(bytes);
        Status::OK
    })
}
