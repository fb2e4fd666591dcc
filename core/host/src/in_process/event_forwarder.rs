//! What a plugin in this process reports, as events for the daemon.

use crate::event::{DeliveryReceipt, EventHandler, HostEvent, InboundMessage};
use crate::loaded_instance::PluginCallbacks;
use crate::log_sanitizer::PluginLog;
use crate::lookup::{LookupAnswer, PendingLookups};
use crate::sync::lock;
use crate::wire::outcome_batch::OutcomeBatch;
use rundruf_abi::Status;
use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Duration;

pub(super) struct EventForwarder {
    log: PluginLog,
    events: EventHandler,
    verdicts: Mutex<HashMap<u64, bool>>,
    verdict_arrived: Condvar,
    pub(super) lookups: PendingLookups,
    token: AtomicU64,
    closing: AtomicBool,
    last_outcome: AtomicU64,
}

impl EventForwarder {
    pub(super) fn new(events: EventHandler) -> Self {
        Self {
            log: PluginLog::new(Arc::clone(&events)),
            events,
            verdicts: Mutex::default(),
            verdict_arrived: Condvar::new(),
            lookups: PendingLookups::default(),
            token: AtomicU64::new(0),
            closing: AtomicBool::new(false),
            last_outcome: AtomicU64::new(0),
        }
    }

    /// Ends every wait: the instance is being stopped.
    pub(super) fn close(&self) {
        self.closing.store(true, Ordering::Release);
        self.verdict_arrived.notify_all();
        self.lookups.close();
    }

    pub(super) fn answer(&self, token: u64, stored: bool) {
        lock(&self.verdicts).insert(token, stored);
        self.verdict_arrived.notify_all();
    }

    fn wait_for_verdict(&self, event: impl FnOnce(u64) -> HostEvent) -> Status {
        let token = self.token.fetch_add(1, Ordering::Relaxed) + 1;
        (self.events)(event(token));
        let mut verdicts = lock(&self.verdicts);
        loop {
            if let Some(stored) = verdicts.remove(&token) {
                return if stored { Status::OK } else { Status::BUSY };
            }
            if self.closing.load(Ordering::Acquire) {
                return Status::BUSY;
            }
            let waited = self.verdict_arrived.wait_timeout(verdicts, Duration::from_millis(200));
            verdicts = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
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
