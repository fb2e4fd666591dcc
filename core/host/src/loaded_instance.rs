//! An instance of a plugin in this process, and the functions that the host lends to it. Used by the plugin process, and by the daemon for
//! `isolation = "none"`.

mod lookup; // the extension `rundruf.lookup/1`

pub use lookup::lend_no_extension;

use crate::event::{DeliveryReceipt, InboundMessage, MAX_ID, MAX_LINE, MAX_TEXT, MessageOutcome};
use crate::id::MessageId;
use crate::library::LoadedLibrary;
use crate::lookup::LookupAnswer;
use crate::shared_ledger::SharedLedger;
use crate::sync::lock;
use crate::views::BatchViews;
use crate::wire::outcome_batch::OutcomeBatch;
use rundruf_abi::{
    HostTable, LogLevel, LookupTable, OpenArgs, OutcomeCode, RawInbound, RawOutcome, RawReceipt, Sink, Status,
    TransportTable, View,
};
use rundruf_lang::{Message, msg};
use std::ffi::c_void;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// Receives what a plugin reports. Called from any thread of the plugin, never while a lock of the host is held.
pub(crate) trait PluginCallbacks: Send + Sync {
    /// Outcomes in the order of reporting.
    fn outcomes(&self, outcomes: OutcomeBatch);
    /// An inbound message; blocks until the daemon has stored or refused it.
    fn inbound(&self, message: InboundMessage) -> Status;
    /// A receipt; blocks likewise.
    fn receipt(&self, receipt: DeliveryReceipt) -> Status;
    /// The answer about the address with this index of a lookup.
    fn reached(&self, lookup: u64, index: u32, reached: LookupAnswer);
    /// The plugin accepts batches again.
    fn ready(&self);
    /// A log line.
    fn log(&self, level: u32, target: &str, message: &str);
}

/// What a plugin is opened with.
pub(crate) struct OpenParams<'a> {
    pub(crate) name: &'a str,
    pub(crate) config: &'a str,
    pub(crate) state_dir: &'a Path,
    pub(crate) window: u32,
    pub(crate) threads: u32,
}

struct CallbackContext {
    ledger: SharedLedger<BatchViews>,
    /// Memory of batches that were given up: the plugin may still read it.
    parked: Mutex<Vec<BatchViews>>,
    callbacks: Arc<dyn PluginCallbacks>,
}

/// An open instance.
pub(crate) struct LoadedInstance {
    table: &'static TransportTable,
    instance: *mut c_void,
    /// The plugin's table of the lookup extension, if it offers it.
    lookup: Option<&'static LookupTable>,
    context: Arc<CallbackContext>,
    /// Clause *host*: must live until `close` has returned.
    _host: Box<HostTable>,
}

// SAFETY: by the contract all functions but `open` and `close` may be called from several threads; `close` takes the value.
unsafe impl Send for LoadedInstance {}
// SAFETY: as above.
unsafe impl Sync for LoadedInstance {}

impl LoadedInstance {
    /// Opens an instance; the error is the plugin's own text.
    pub(crate) fn open(
        loaded: LoadedLibrary,
        spec: &OpenParams<'_>,
        callbacks: Arc<dyn PluginCallbacks>,
    ) -> Result<Self, Message> {
        let context = Arc::new(CallbackContext { ledger: SharedLedger::new(), parked: Mutex::default(), callbacks });
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
        let mut refusal: Vec<u8> = Vec::new();
        let mut sink = Sink { ctx: (&raw mut refusal).cast(), write: Some(write) };
        let status = match loaded.table.open {
            // SAFETY: all arguments are valid for the call; the host table and its context live in the returned value.
            Some(open) => unsafe { open(&raw const *host, &raw const args, &raw mut instance, &raw mut sink) },
            None => Status::UNSUPPORTED,
        };
        if status == Status::OK && !instance.is_null() {
            let lookup = lookup::offered_extension(loaded.table, instance);
            return Ok(Self { table: loaded.table, instance, lookup, context, _host: host });
        }
        // A plugin that failed to open may have kept the table, so the table is leaked.
        std::mem::forget(host);
        std::mem::forget(Arc::clone(&context));
        let refusal: String = String::from_utf8_lossy(&refusal).chars().take(2_000).collect();
        Err(if refusal.trim().is_empty() { msg!("host-refused-to-open", status = status.0) } else { refusal.into() })
    }

    /// Submits a batch; returns it with the plugin's status if that is not `OK`.
    pub(crate) fn submit(&self, memory: BatchViews, overdue_at: Instant) -> Result<(), (Status, BatchViews)> {
        let (raw, id, ids) = (memory.raw(), memory.id(), memory.ids());
        // Before the call, as the plugin may complete messages inside it.
        self.context.ledger.lock().open(id, ids, overdue_at, memory);
        let status = match self.table.submit {
            // SAFETY: clause *self*; clause *batch*: the ledger keeps the memory until the last outcome.
            Some(submit) => unsafe { submit(self.instance, raw) },
            None => Status::UNSUPPORTED,
        };
        if status == Status::OK {
            return Ok(());
        }
        match self.context.ledger.lock().take(id) {
            Some((_, memory)) => Err((status, memory)),
            // The plugin refused the batch and yet completed all of it: the outcomes count.
            None => Ok(()),
        }
    }

    /// Number of messages without an outcome.
    pub(crate) fn open_messages(&self) -> usize {
        self.context.ledger.lock().open_messages()
    }

    /// Number of messages whose outcome has not reached the callbacks.
    pub(crate) fn undelivered(&self) -> usize {
        self.context.ledger.undelivered()
    }

    /// Outcomes so far for messages that were not open.
    pub(crate) fn strays(&self) -> u64 {
        self.context.ledger.lock().strays
    }

    /// Tells the plugin to accept nothing new.
    pub(crate) fn drain(&self, within: Duration) {
        if let Some(drain) = self.table.drain {
            let ms = u64::try_from(within.as_millis()).unwrap_or(u64::MAX);
            // SAFETY: clause *self*.
            unsafe { drain(self.instance, ms) };
        }
    }

    /// Gives up overdue batches: their open messages become "may have been sent".
    pub(crate) fn give_up_overdue(&self, now: Instant) {
        let overdue = self.context.ledger.lock().overdue(now);
        self.give_up(&overdue, "no answer from the plugin in time");
    }

    /// Gives up all open batches.
    pub(crate) fn give_up_all(&self, why: &str) {
        let all = self.context.ledger.lock().batches();
        self.give_up(&all, why);
    }

    fn give_up(&self, batches: &[u64], why: &str) {
        let ((outcomes, memory), _telling) = self.context.ledger.take(|ledger| {
            let (mut outcomes, mut memory) = (OutcomeBatch::default(), Vec::new());
            for batch in batches {
                let Some((ids, kept)) = ledger.take(*batch) else { continue };
                memory.push(kept);
                for (index, id) in ids {
                    outcomes.push(*batch, index, MessageOutcome::of(id, OutcomeCode::MAYBE_SENT, why));
                }
            }
            (outcomes, memory)
        });
        lock(&self.context.parked).extend(memory);
        if outcomes.len() > 0 {
            self.context.callbacks.outcomes(outcomes);
        }
    }

    /// Closes the instance.
    pub(crate) fn close(self) {
        if let Some(close) = self.table.close {
            // SAFETY: clause *self*; the value is consumed, so this is the only call.
            unsafe { close(self.instance) };
        }
    }
}

/// Catches panics of host functions that a plugin calls: they must not unwind into foreign code.
fn unwind_guard(fallback: Status, call: impl FnOnce() -> Status) -> Status {
    std::panic::catch_unwind(std::panic::AssertUnwindSafe(call)).unwrap_or(fallback)
}

unsafe fn context<'a>(ctx: *mut c_void) -> Option<&'a CallbackContext> {
    // SAFETY: clause *host*: the context of `open`, which lives until `close` has returned.
    unsafe { ctx.cast::<CallbackContext>().as_ref() }
}

/// Copies at most `max` bytes of a view as text.
fn text(view: &View<'_>, max: usize) -> String {
    // SAFETY: clause *borrow*.
    let bytes = unsafe { view.bytes() };
    // Most texts are empty.
    if bytes.is_empty() {
        return String::new();
    }
    let cut = bytes.get(..max).unwrap_or(bytes);
    String::from_utf8_lossy(cut).into_owned()
}

/// Copies an outcome, to keep it beyond the call.
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
    unwind_guard(Status::PANICKED, || {
        // SAFETY: see `context`.
        let Some(context) = (unsafe { context(ctx) }) else { return Status::NULL_POINTER };
        if outcomes.is_null() || stride < size_of::<RawOutcome<'_>>() || count > 1 << 24 {
            return Status::BAD_ARGUMENT;
        }
        // SAFETY: clause *borrow*: `count` outcomes are `stride` bytes apart, and `n` is below `count`.
        let at = |n: usize| unsafe { &*outcomes.byte_add(n * stride) };
        let ((outcomes, freed, strays), in_transit) = context.ledger.take(|ledger| {
            let (mut outcomes, mut freed) =
                (OutcomeBatch::with_capacity(count.min(ledger.open_messages())), Vec::new());
            let before = ledger.strays;
            let mut from = 0;
            while from < count {
                // Most arrays concern one batch, which is then looked up once.
                let batch = at(from).batch;
                let to = (from..count).find(|n| at(*n).batch != batch).unwrap_or(count);
                let messages = (from..to).map(|n| (at(n).index, at(n)));
                freed.extend(
                    ledger.close(batch, messages, |index, id, raw| outcomes.push(batch, index, outcome(id, raw))),
                );
                from = to;
            }
            (outcomes, freed, ledger.strays - before)
        });
        if strays > 0 {
            context.callbacks.log(
                2,
                "rundruf_host",
                &format!("the plugin completed {strays} messages that were not open"),
            );
        }
        if outcomes.len() > 0 {
            context.callbacks.outcomes(outcomes);
        }
        drop(in_transit);
        // Clause *batch*: the memory is freed after the last outcome.
        drop(freed);
        Status::OK
    })
}

unsafe extern "C" fn inbound(ctx: *mut c_void, message: *const RawInbound<'_>) -> Status {
    unwind_guard(Status::BUSY, || {
        // SAFETY: see `context`; clause *borrow*.
        let (Some(context), Some(raw)) = (unsafe { context(ctx) }, unsafe { message.as_ref() }) else {
            return Status::NULL_POINTER;
        };
        if (raw.size as usize) < size_of::<RawInbound<'_>>() {
            return Status::BAD_ARGUMENT;
        }
        context.callbacks.inbound(InboundMessage {
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
    unwind_guard(Status::BUSY, || {
        // SAFETY: see `context`; clause *borrow*.
        let (Some(context), Some(raw)) = (unsafe { context(ctx) }, unsafe { receipt.as_ref() }) else {
            return Status::NULL_POINTER;
        };
        if (raw.size as usize) < size_of::<RawReceipt<'_>>() {
            return Status::BAD_ARGUMENT;
        }
        context.callbacks.receipt(DeliveryReceipt {
            message_id: MessageId(raw.message_id),
            kind: raw.kind.0,
            at_ms: raw.at_ms,
            detail: text(&raw.detail, MAX_LINE),
        })
    })
}

unsafe extern "C" fn ready(ctx: *mut c_void) {
    unwind_guard(Status::OK, || {
        // SAFETY: see `context`.
        if let Some(context) = unsafe { context(ctx) } {
            context.callbacks.ready();
        }
        Status::OK
    });
}

unsafe extern "C" fn log(ctx: *mut c_void, level: LogLevel, target: View<'_>, message: View<'_>) {
    unwind_guard(Status::OK, || {
        // SAFETY: see `context`.
        if let Some(context) = unsafe { context(ctx) } {
            context.callbacks.log(level.0, &text(&target, 64), &text(&message, MAX_LINE));
        }
        Status::OK
    });
}

unsafe extern "C" fn extension(_: *mut c_void, id: View<'_>) -> *const c_void {
    std::panic::catch_unwind(|| lookup::lent_extension(&id)).unwrap_or(std::ptr::null())
}

unsafe extern "C" fn write(ctx: *mut c_void, ptr: *const u8, len: usize) -> Status {
    unwind_guard(Status::FAILED, || {
        if ctx.is_null() || (ptr.is_null() && len > 0) || len > 1 << 16 {
            return Status::BAD_ARGUMENT;
        }
        // SAFETY: the context is the vector in `open`; clause *borrow*: `len` bytes are readable for this call.
        let (refusal, bytes) =
            unsafe { (&mut *ctx.cast::<Vec<u8>>(), View { ptr, len, life: std::marker::PhantomData }.bytes()) };
        refusal.extend_from_slice(bytes);
        Status::OK
    })
}
