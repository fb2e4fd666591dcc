//! What a plugin in this process reports, as events for the daemon.

use crate::event::{DeliveryReceipt, EventHandler, HostEvent, InboundMessage};
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
    closing: AtomicBool,
    last_outcome: AtomicU64,
}

impl EventForwarder {
    pub(super) fn new(events: EventHandler) -> Self {
        Self {
            log: PluginLog::new(Arc::clone(&events)),
            events,
            verdicts: PendingVerdicts::default(),
            lookups: PendingLookups::default(),
            closing: AtomicBool::new(false),
            last_outcome: AtomicU64::new(0),
        }
    }

    /// Ends every wait: the instance is being stopped.
    pub(super) fn close(&self) {
        self.closing.store(true, Ordering::Release);
        self.verdicts.wake();
        self.lookups.close();
    }

    fn wait_for_verdict(&self, event: impl FnOnce(u64) -> HostEvent) -> Status {
        let token = self.verdicts.token();
        (self.events)(event(token));
        self.verdicts.wait(token, &self.closing)
    }
}

impl PluginCallbacks for EventForwarder {
    fn outcomes(&self, batch: OutcomeBatch) {
        let count = batch.len() as u64;
        let last = self.last_outcome.fetch_add(count, Ordering::AcqRel) + count;
        (self.events)(HostEvent::Outcomes { last, outcomes: batch.outcomes });
    }

    fn inbound(&self, message: InboundMessage) -> Status {
        self.wait_for_verdict(|token| HostEvent::Inbound { token, message })
    }

    fn receipt(&self, receipt: DeliveryReceipt) -> Status {
        self.wait_for_verdict(|token| HostEvent::Receipt { token, receipt })
    }

    fn reached(&self, lookup: u64, index: u32, reached: LookupAnswer) {
        self.lookups.answer(lookup, index, reached);
    }

    fn ready(&self) {
        (self.events)(HostEvent::Ready);
    }

    fn log(&self, level: u32, target: &str, message: &str) {
        self.log.record(level, target, message);
    }
}
