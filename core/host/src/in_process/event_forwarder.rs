//! What a plugin in this process reports, as events for the daemon.

use crate::event::{DeliveryReceipt, EventHandler, HostEvent, InboundMessage};
use crate::extension_call::ExtensionAnswer;
use crate::extension_calls::PendingRequests;
use crate::loaded_instance::PluginCallbacks;
use crate::log_sanitizer::PluginLog;
use crate::lookup::{LookupAnswer, PendingLookups};
use crate::verdicts::PendingVerdicts;
use crate::wire::outcome_batch::OutcomeBatch;
use rundruf_abi::Status;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

pub(super) struct EventForwarder {
    log: PluginLog,
    events: EventHandler,
    pub(super) verdicts: PendingVerdicts,
    pub(super) lookups: PendingLookups,
    pub(super) requests: PendingRequests,
    closing: AtomicBool,
    /// Whether somebody waits for the plugin to open, and can store nothing meanwhile.
    holds_back: AtomicBool,
    last_outcome: AtomicU64,
}

impl EventForwarder {
    pub(super) fn new(events: EventHandler, holds_back: bool) -> Self {
        Self {
            log: PluginLog::new(Arc::clone(&events)),
            events,
            verdicts: PendingVerdicts::default(),
            lookups: PendingLookups::default(),
            requests: PendingRequests::default(),
            closing: AtomicBool::new(false),
            holds_back: AtomicBool::new(holds_back),
            last_outcome: AtomicU64::new(0),
        }
    }

    /// Ends every wait: the instance is being stopped.
    pub(super) fn close(&self) {
        self.closing.store(true, Ordering::Release);
        self.verdicts.wake();
        self.lookups.close();
        self.requests.close();
    }

    /// The plugin has opened: inbound messages are answered from now on.
    pub(super) fn opened(&self) {
        self.holds_back.store(false, Ordering::Release);
    }

    fn wait_for_verdicts<T>(&self, all: Vec<T>, event: impl Fn(u64, T) -> HostEvent) -> (Status, usize) {
        if self.holds_back.load(Ordering::Acquire) {
            return (Status::BUSY, 0);
        }
        let mut tokens = Vec::with_capacity(all.len());
        for one in all {
            let token = self.verdicts.token();
            tokens.push(token);
            (self.events)(event(token, one));
        }
        self.verdicts.wait(&tokens, &self.closing)
    }
}

impl PluginCallbacks for EventForwarder {
    fn outcomes(&self, batch: OutcomeBatch) {
        let count = batch.len() as u64;
        let last = self.last_outcome.fetch_add(count, Ordering::AcqRel) + count;
        (self.events)(HostEvent::Outcomes { last, outcomes: batch.outcomes });
    }

    // The ledger of this process knows it.
    fn begun(&self, _: u64, _: Vec<(u32, u32)>) {}

    fn inbound(&self, messages: Vec<InboundMessage>) -> (Status, usize) {
        self.wait_for_verdicts(messages, |token, message| HostEvent::Inbound { token, message })
    }

    fn receipt(&self, receipts: Vec<DeliveryReceipt>) -> (Status, usize) {
        self.wait_for_verdicts(receipts, |token, receipt| HostEvent::Receipt { token, receipt })
    }

    fn reached(&self, lookup: u64, index: u32, reached: LookupAnswer) {
        self.lookups.answer(lookup, index, reached);
    }

    fn answered(&self, id: u64, answer: ExtensionAnswer) {
        self.requests.answer(id, Ok(answer));
    }

    fn ready(&self) {
        (self.events)(HostEvent::Ready);
    }

    fn log(&self, level: u32, target: &str, message: &str) {
        self.log.record(level, target, message);
    }
}
