//! What a plugin hears from outside: stored before it is acknowledged, beside the hot path.

use crate::bounce::Bounces;
use crate::dispatch::Transport;
use crate::start::Inner;
use crate::wake::Wake;
use rundruf_consent::{Address, Channel, Time};
use rundruf_host::{HostEvent, Inbound, Receipt, Verdict};
use rundruf_store::{InboundRow, ReceiptRow};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::mpsc;

/// A receipt may overtake the outcome of its own message: it is tried again after this pause, …
const AGAIN: Duration = Duration::from_millis(20);
/// … for so long; then the plugin is told to keep it (it may tell the outcome only after the receipt), …
const KEEP_AFTER: Duration = Duration::from_millis(300);
/// … and after so long it is about nothing that we know.
const STRAY_AFTER: Duration = Duration::from_secs(60);
/// Receipts stored together.
const AT_ONCE: usize = 1_000;
/// Longest detail, in bytes.
const DETAIL: usize = 500;

/// A receipt on its way.
struct Waiting {
    token: u64,
    row: ReceiptRow,
    since: Instant,
}

/// One for each transport.
pub(crate) struct Ear {
    engine: Arc<Inner>,
    transport: Arc<Transport>,
    events: mpsc::UnboundedReceiver<HostEvent>,
    receipts: Vec<Waiting>,
    /// Receipts that found nothing, and since when they come: id, kind, first time.
    unfound: Vec<([u8; 16], u32, Instant)>,
    bounces: Bounces,
}

impl Ear {
    pub(crate) fn new(
        engine: Arc<Inner>,
        transport: Arc<Transport>,
        events: mpsc::UnboundedReceiver<HostEvent>,
    ) -> Self {
        Self { engine, transport, events, receipts: Vec::new(), unfound: Vec::new(), bounces: Bounces::default() }
    }

    /// Hears until the plugin is over, or it is aborted, which the engine does at its own end.
    pub(crate) async fn run(mut self) {
        loop {
            let event = tokio::select! {
                biased;
                event = self.events.recv() => event,
                () = tokio::time::sleep(AGAIN), if !self.receipts.is_empty() => {
                    self.apply().await;
                    continue;
                }
                // Whoever hears nothing must not keep all the settings that there ever were.
                () = self.engine.succeeded() => None,
                () = self.transport.is_over() => return,
            };
            while let Some(next) = self.engine.next.get() {
                self.engine = Arc::clone(next);
            }
            let Some(event) = event else { continue };
            self.take(event).await;
            while self.receipts.len() < AT_ONCE
                && let Ok(event) = self.events.try_recv()
            {
                self.take(event).await;
            }
            if !self.receipts.is_empty() {
                self.apply().await;
            }
        }
    }

    async fn take(&mut self, event: HostEvent) {
        match event {
            HostEvent::Inbound { token, message } => {
                let verdict = self.inbound(message).await;
                self.transport.instance.answer(token, verdict);
            }
            HostEvent::Receipt { token, receipt } => {
                let Receipt { message_id, kind, at_ms, detail } = receipt;
                let detail = detail.chars().filter(|c| !c.is_control()).take(DETAIL).collect();
                let row = ReceiptRow { message_id, kind, at: Time(at_ms), detail };
                self.receipts.push(Waiting { token, row, since: Instant::now() });
            }
            _ => {}
        }
    }

    async fn inbound(&self, m: Inbound) -> Verdict {
        let parsed = Channel::parse(&m.channel)
            .and_then(|c| Address::parse(c, &m.address, self.engine.config.default_region.as_deref()).ok());
        let Some(address) = parsed else {
            tracing::warn!(transport = %self.transport.config.name, "a message came from what is no address, and is dropped");
            return Verdict::Stored;
        };
        let row = InboundRow {
            id: 0,
            transport: self.transport.id,
            address,
            kind: m.kind,
            trust: m.trust,
            text: m.text,
            remote_id: m.remote_id,
            at: Time(m.at_ms),
        };
        match self.engine.store.inbound_put(row).await {
            Ok(_) => {
                self.engine.wake(Wake::Inbound);
                Verdict::Stored
            }
            Err(error) => {
                tracing::error!(transport = %self.transport.config.name, %error, "a message from outside cannot be stored now: the plugin keeps it");
                Verdict::Busy
            }
        }
    }

    /// Stores receipts together; those that find nothing are looked at one by one.
    async fn apply(&mut self) {
        let rows: Vec<_> = self.receipts.iter().map(|w| w.row.clone()).collect();
        let count = rows.len() as u64;
        match self.engine.store.receipt_apply(rows).await {
            Ok(found) if found == count => {
                for waiting in std::mem::take(&mut self.receipts) {
                    self.found(waiting).await;
                }
            }
            Ok(_) => {
                for waiting in std::mem::take(&mut self.receipts) {
                    self.apply_one(waiting).await;
                }
            }
            Err(error) => self.keep(&error),
        }
    }

    async fn apply_one(&mut self, waiting: Waiting) {
        let name = (waiting.row.message_id, waiting.row.kind);
        let is = |(id, kind, _): &([u8; 16], u32, Instant)| (*id, *kind) == name;
        match self.engine.store.receipt_apply(vec![waiting.row.clone()]).await {
            Ok(0) => {
                let first = self.unfound.iter().find(|u| is(u)).map_or(waiting.since, |(_, _, first)| *first);
                if first.elapsed() >= STRAY_AFTER {
                    tracing::warn!(transport = %self.transport.config.name, "a receipt is about no message that we know, and is dropped");
                    self.unfound.retain(|u| !is(u));
                    self.transport.instance.answer(waiting.token, Verdict::Stored);
                } else if waiting.since.elapsed() >= KEEP_AFTER {
                    self.unfound.retain(|u| u.2.elapsed() < 2 * STRAY_AFTER);
                    if !self.unfound.iter().any(is) {
                        self.unfound.push((name.0, name.1, first));
                    }
                    self.transport.instance.answer(waiting.token, Verdict::Busy);
                } else {
                    self.receipts.push(waiting);
                }
            }
            Ok(_) => {
                self.unfound.retain(|u| !is(u));
                self.found(waiting).await;
            }
            Err(error) => {
                self.receipts.push(waiting);
                self.keep(&error);
            }
        }
    }

    /// A receipt that was applied: its consequences are drawn before the plugin may forget it.
    async fn found(&mut self, waiting: Waiting) {
        let verdict = match self.bounces.follow(&self.engine, &waiting.row).await {
            Ok(()) => Verdict::Stored,
            Err(error) => {
                tracing::error!(transport = %self.transport.config.name, %error, "what a receipt means cannot be stored now: the plugin keeps it");
                Verdict::Busy
            }
        };
        self.transport.instance.answer(waiting.token, verdict);
    }

    /// The store does not take them: the plugin keeps them.
    fn keep(&mut self, error: &rundruf_store::StoreError) {
        tracing::error!(transport = %self.transport.config.name, %error, "receipts cannot be stored now: the plugin keeps them");
        for waiting in std::mem::take(&mut self.receipts) {
            self.transport.instance.answer(waiting.token, Verdict::Busy);
        }
    }
}
