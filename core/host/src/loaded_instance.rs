//! An instance of a plugin in this process, and the functions that the host lends to it. Used by the plugin process, and by the daemon for
//! `isolation = "none"`.

mod lookup; // the extension `rundruf.lookup/1`
mod recall; // the extension `rundruf.recall/1`

pub use lookup::lend_no_extension;

use crate::event::{DeliveryReceipt, InboundMessage, MAX_ID, MAX_LINE, MAX_TEXT, MessageOutcome};
use crate::host_calls::{self, HostCalls, OpenParams, OutcomeArray};
use crate::id::MessageId;
use crate::library::LoadedLibrary;
use crate::lookup::LookupAnswer;
use crate::shared_ledger::SharedLedger;
use crate::shutdown_gate::ShutdownGate;
use crate::sync::lock;
use crate::views::BatchViews;
use crate::wire::outcome_batch::OutcomeBatch;
use rundruf_abi::{
    HostTable, LogLevel, LookupTable, OutcomeCode, RawInbound, RawOutcome, RawReceipt, RecallTable, Status,
    TransportTable, View,
};
use rundruf_lang::{Message, msg};
use std::collections::HashSet;
use std::ffi::c_void;
use std::mem::ManuallyDrop;
use std::sync::atomic::{AtomicBool, Ordering};
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
    fn log(&self, level: u32, target: &str, message: &str);
}

struct CallbackContext {
    ledger: SharedLedger<BatchViews>,
    /// Memory of batches that were given up: the plugin may still read it.
    parked: Mutex<Vec<BatchViews>>,
    callbacks: Arc<dyn PluginCallbacks>,
}

pub(crate) struct LoadedInstance {
    table: &'static TransportTable,
    instance: *mut c_void,
    /// The plugin's table of the lookup extension, if it offers it.
    lookup: Option<&'static LookupTable>,
    /// The plugin's table of the recall extension, if it offers it.
    recall: Option<&'static RecallTable>,
    context: Arc<CallbackContext>,
    /// Clause *host*: must live until `close` has returned, so it is leaked if that never happens.
    host: ManuallyDrop<Box<HostTable>>,
    /// Calls into the plugin. Closed before `close` is called, which must be the last.
    calls: ShutdownGate,
    /// Whether `close` has returned.
    closed: AtomicBool,
}

// SAFETY: by the contract all functions but `open` and `close` may be called from several threads; `close` takes the value.
unsafe impl Send for LoadedInstance {}
// SAFETY: as above.
unsafe impl Sync for LoadedInstance {}

impl LoadedInstance {
    /// Opens an instance; the error is the plugin's own text.
    pub(crate) fn open(
        loaded: LoadedLibrary,
        params: &OpenParams<'_>,
        callbacks: Arc<dyn PluginCallbacks>,
    ) -> Result<Self, Message> {
        let context = Arc::new(CallbackContext { ledger: SharedLedger::new(), parked: Mutex::default(), callbacks });
        // SAFETY: clause *host*: the context lives in the returned value, or is leaked.
        let host = Box::new(unsafe { host_calls::host_table(Arc::as_ptr(&context)) });
        // SAFETY: clause *host*: as the context.
        match unsafe { host_calls::open(loaded.table, &raw const *host, params) } {
            Ok(instance) => {
                let lookup = lookup::offered_extension(loaded.table, instance);
                let recall = recall::offered_extension(loaded.table, instance);
                Ok(Self {
                    table: loaded.table,
                    instance,
                    lookup,
                    recall,
                    context,
                    host: ManuallyDrop::new(host),
                    calls: ShutdownGate::new(),
                    closed: AtomicBool::new(false),
                })
            }
            Err((status, refusal)) => {
                // A plugin that failed to open may have kept the table, so the table is leaked.
                std::mem::forget((host, context));
                let refusal: String = refusal.chars().take(2_000).collect();
                Err(if refusal.is_empty() { msg!("host-refused-to-open", status = status.0) } else { refusal.into() })
            }
        }
    }

    /// Submits a batch; returns it with the plugin's status if that is not `OK`.
    pub(crate) fn submit(&self, memory: BatchViews, overdue_at: Instant) -> Result<(), (Status, BatchViews)> {
        let Some(_call) = self.calls.enter() else { return Err((Status::CLOSED, memory)) };
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

    /// Whether the plugin gives messages back.
    pub(crate) const fn can_recall(&self) -> bool {
        self.recall.is_some()
    }

    /// Asks messages of a batch back, all of it without indices. Nothing happens where the plugin does not offer it.
    pub(crate) fn recall(&self, batch: u64, indices: Option<&[u32]>) {
        if let (Some(table), Some(_call)) = (self.recall, self.calls.enter()) {
            // SAFETY: clause *self*.
            unsafe { recall::ask_back(table, self.instance, batch, indices) };
        }
    }

    /// Asks these messages back, or all that are open.
    pub(crate) fn recall_messages(&self, wanted: Option<&HashSet<MessageId>>) {
        let batches = self.context.ledger.lock().find(wanted);
        for (batch, indices) in batches {
            self.recall(batch, indices.as_deref());
        }
    }

    /// Tells the plugin to accept nothing new.
    pub(crate) fn drain(&self, within: Duration) {
        if let (Some(drain), Some(_call)) = (self.table.drain, self.calls.enter()) {
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

    /// Closes the instance, once, within this time. False if another call into the plugin does not return in time, so that it cannot be closed, or
    /// if `close` itself does not.
    pub(crate) fn close(self: &Arc<Self>, within: Duration) -> bool {
        if !self.calls.close() {
            return self.closed.load(Ordering::Acquire);
        }
        let until = Instant::now() + within;
        while !self.calls.is_empty() {
            if Instant::now() >= until {
                return false;
            }
            std::thread::sleep(Duration::from_millis(1));
        }
        let (ended, wait) = std::sync::mpsc::channel();
        let this = Arc::clone(self);
        let run = move || {
            this.call_close();
            let _ = ended.send(());
        };
        match std::thread::Builder::new().name("close".into()).stack_size(8 << 20).spawn(run) {
            Ok(_) => wait.recv_timeout(until.saturating_duration_since(Instant::now())).is_ok(),
            // Without a thread there is no deadline.
            Err(_) => {
                self.call_close();
                true
            }
        }
    }

    fn call_close(&self) {
        if let Some(close) = self.table.close {
            // SAFETY: clause *self*; the gate lets nobody else in, and `close` above passes once.
            unsafe { close(self.instance) };
        }
        self.closed.store(true, Ordering::Release);
    }
}

impl Drop for LoadedInstance {
    fn drop(&mut self) {
        if *self.closed.get_mut() {
            // SAFETY: clause *host*: `close` has returned. Nothing uses the value afterwards.
            unsafe { ManuallyDrop::drop(&mut self.host) };
        } else {
            // The plugin may use both for ever.
            std::mem::forget(Arc::clone(&self.context));
        }
    }
}

/// Copies at most `max` bytes of a view as text.
fn text(view: &View<'_>, max: usize) -> String {
    // SAFETY: clause *borrow*.
    lossy(unsafe { view.bytes() }, max)
}

fn lossy(bytes: &[u8], max: usize) -> String {
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

impl HostCalls for CallbackContext {
    fn complete(&self, outcomes: Option<OutcomeArray<'_>>) -> Status {
        let Some(all) = outcomes else { return Status::BAD_ARGUMENT };
        let ((outcomes, freed, strays), in_transit) = self.ledger.take(|ledger| {
            let (mut outcomes, mut freed) =
                (OutcomeBatch::with_capacity(all.len().min(ledger.open_messages())), Vec::new());
            let before = ledger.strays;
            let mut from = 0;
            while let Some(batch) = all.range(from, all.len()).next().map(|o| o.batch) {
                // Most arrays concern one batch, which is then looked up once.
                let to = from + all.range(from, all.len()).take_while(|o| o.batch == batch).count();
                let messages = all.range(from, to).map(|raw| (raw.index, raw));
                freed.extend(
                    ledger.close(batch, messages, |index, id, raw| outcomes.push(batch, index, outcome(id, raw))),
                );
                from = to;
            }
            (outcomes, freed, ledger.strays - before)
        });
        if strays > 0 {
            let line = format!("the plugin completed {strays} messages that were not open");
            self.callbacks.log(LogLevel::WARN.0, "rundruf_host", &line);
        }
        if outcomes.len() > 0 {
            self.callbacks.outcomes(outcomes);
        }
        drop(in_transit);
        // Clause *batch*: the memory is freed after the last outcome.
        drop(freed);
        Status::OK
    }

    fn inbound(&self, raw: &RawInbound<'_>) -> Status {
        self.callbacks.inbound(InboundMessage {
            kind: raw.kind.0,
            trust: raw.sender_trust,
            channel: text(&raw.channel, 64),
            address: text(&raw.address, 512),
            text: text(&raw.text, MAX_TEXT),
            remote_id: text(&raw.remote_id, MAX_ID),
            at_ms: raw.at_ms,
        })
    }

    fn receipt(&self, raw: &RawReceipt<'_>) -> Status {
        self.callbacks.receipt(DeliveryReceipt {
            message_id: MessageId(raw.message_id),
            kind: raw.kind.0,
            at_ms: raw.at_ms,
            detail: text(&raw.detail, MAX_LINE),
        })
    }

    fn ready(&self) {
        self.callbacks.ready();
    }

    fn log(&self, level: LogLevel, target: &[u8], message: &[u8]) {
        self.callbacks.log(level.0, &lossy(target, 64), &lossy(message, MAX_LINE));
    }

    fn extension(&self, id: &[u8]) -> *const c_void {
        lookup::lent_extension(id)
    }
}
