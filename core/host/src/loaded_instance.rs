//! An instance of a plugin in this process, and the functions that the host lends to it. Used by the plugin process, and by the daemon for
//! `isolation = "none"`.

mod callbacks; // what the plugin calls
mod extensions; // the extensions that the host asks
mod lookup; // the extension `rundruf.lookup/1`
mod recall; // the extension `rundruf.recall/1`

pub(crate) use callbacks::PluginCallbacks;
pub use lookup::lend_no_extension;

use crate::claims::PluginClaims;
use crate::event::MessageOutcome;
use crate::extension_call::{ExtensionRefusal, ExtensionRequest};
use crate::host_calls::{self, OpenParams};
use crate::id::MessageId;
use crate::ledger::{OpenMessage, OverdueRules};
use crate::library::LoadedLibrary;
use crate::shutdown_gate::ShutdownGate;
use crate::sync::lock;
use crate::views::BatchViews;
use crate::wire::outcome_batch::OutcomeBatch;
use callbacks::CallbackContext;
use extensions::OfferedExtensions;
use rundruf_abi::{HostTable, LookupTable, OutcomeCode, RecallTable, Status, TransportTable};
use rundruf_lang::{Message, msg};
use std::collections::HashSet;
use std::ffi::c_void;
use std::mem::ManuallyDrop;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

pub(crate) struct LoadedInstance {
    table: &'static TransportTable,
    instance: *mut c_void,
    /// The plugin's table of the lookup extension, if it offers it.
    lookup: Option<LookupTable>,
    /// The plugin's tables of the extensions that the host asks.
    extensions: OfferedExtensions,
    /// The plugin's table of the recall extension, if it offers it.
    recall: Option<RecallTable>,
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
        claims: PluginClaims,
        callbacks: Arc<dyn PluginCallbacks>,
    ) -> Result<Self, Message> {
        let context = Arc::new(CallbackContext::new(claims, callbacks, lookup::lent_extension));
        // SAFETY: clause *host*: the context lives in the returned value, or is leaked.
        let host = Box::new(unsafe { host_calls::host_table(Arc::as_ptr(&context)) });
        // SAFETY: clause *host*: as the context.
        match unsafe { host_calls::open(loaded.table, &raw const *host, params) } {
            Ok(instance) => {
                let lookup = lookup::offered_extension(loaded.table, instance).filter(|_| context.claims.lookup);
                // SAFETY: clause *self*: it was opened just now.
                let extensions = unsafe { OfferedExtensions::ask(loaded.table, instance, &context.claims) };
                let recall = recall::offered_extension(loaded.table, instance);
                Ok(Self {
                    table: loaded.table,
                    instance,
                    lookup,
                    extensions,
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
    pub(crate) fn submit(&self, memory: BatchViews) -> Result<(), (Status, BatchViews)> {
        let Some(_call) = self.calls.enter() else { return Err((Status::CLOSED, memory)) };
        let (raw, id, ids) = (memory.raw(), memory.id(), memory.ids());
        // Before the call, as the plugin may complete messages inside it.
        self.context.ledger.lock().open(id, ids, Instant::now(), memory);
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

    /// Hands a request to an extension of the plugin; its answer goes to the callbacks.
    pub(crate) fn request(&self, id: u64, request: &ExtensionRequest) -> Result<(), ExtensionRefusal> {
        let _call = self.calls.enter().ok_or(ExtensionRefusal::Closed)?;
        // SAFETY: clause *self*: the gate keeps the instance open for the call.
        unsafe { self.extensions.hand_over(self.instance, id, request) }
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

    /// Whether the plugin tells what it begins.
    pub(crate) const fn tells_begun(&self) -> bool {
        self.table.flags & TransportTable::TELLS_BEGUN != 0
    }

    /// Asks messages of a batch back, all of it without indices. Nothing happens where the plugin does not offer it.
    pub(crate) fn recall(&self, batch: u64, indices: Option<&[u32]>) {
        if let (Some(table), Some(_call)) = (&self.recall, self.calls.enter()) {
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

    /// Asks back what takes too long, and gives up what does not come back: such messages become "may have been sent".
    pub(crate) fn give_up_overdue(&self, now: Instant, limit: Duration) {
        let rules = OverdueRules::new(limit, self.can_recall(), self.tells_begun());
        let overdue = self.context.ledger.lock().overdue(now, rules);
        for batch in overdue.ask_back {
            self.recall(batch, None);
        }
        let (given_up, _telling) = self.context.ledger.take(|ledger| ledger.give_up(&overdue.give_up));
        let mut outcomes = OutcomeBatch::default();
        for (batch, index, id) in given_up {
            let late = MessageOutcome::of(id, OutcomeCode::MAYBE_SENT, "no answer from the plugin in time");
            outcomes.push(batch, index, late);
        }
        if outcomes.len() > 0 {
            self.context.callbacks.outcomes(outcomes);
        }
    }

    /// Ends every message, after which the plugin sends nothing more: what it has begun may have been sent.
    pub(crate) fn give_up_all(&self, why: &str) {
        let tells_begun = self.tells_begun();
        let ((outcomes, memory), _telling) = self.context.ledger.take(|ledger| {
            let (mut outcomes, mut memory) = (OutcomeBatch::default(), Vec::new());
            for batch in ledger.batches() {
                let Some((ids, kept)) = ledger.take(batch) else { continue };
                memory.push(kept);
                for OpenMessage { index, id, is_begun } in ids {
                    let (code, why) = if is_begun || !tells_begun {
                        (OutcomeCode::MAYBE_SENT, why)
                    } else {
                        (OutcomeCode::UNTOUCHED, "")
                    };
                    outcomes.push(batch, index, MessageOutcome::of(id, code, why));
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

/// What a fault that `submit` returns means for every message of the batch: nothing was accepted.
pub(crate) fn refused_batch(status: Status) -> (OutcomeCode, String) {
    if status == Status::UNSUPPORTED {
        return (OutcomeCode::UNSUPPORTED, "the plugin does not support what this message needs".to_owned());
    }
    (OutcomeCode::RETRY, format!("the plugin refused the batch (status {})", status.0))
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
