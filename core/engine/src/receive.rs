//! Inbound messages and receipts of a plugin: stored before they are acknowledged, beside the hot path.

use crate::context::{EngineContext, Wake};
use crate::conversation::bounce::BounceHandler;
use crate::transports::TransportHandle;
use rundruf_consent::{Address, Channel, Time};
use rundruf_host::{
    DeliveryReceipt, HostEvent, InboundAttachment, InboundMessage, Manifest, OutcomeCode, Verdict, one_line,
};
use rundruf_store::{InboundExtras, InboundFileRow, InboundRow, ReceiptRow};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::mpsc;

/// A receipt may come before the outcome of its own message. It is tried again after this pause, …
const RETRY_AFTER: Duration = Duration::from_millis(20);
/// … or after this multiple of the time that the store took, …
const RETRY_FACTOR: u32 = 4;
/// … for this time; then the plugin is told to keep it (it may report the outcome only after the receipt), …
const KEEP_AFTER: Duration = Duration::from_millis(300);
/// … and after this time it is dropped as unknown.
const STRAY_AFTER: Duration = Duration::from_secs(60);
/// Most unmatched receipts that are remembered; more are dropped.
const MAX_UNMATCHED: usize = 10_000;
/// Receipts that are stored together.
const BATCH: usize = 1_000;
/// A violation by the plugin is logged at most once in this time.
const WARN_EVERY: Duration = Duration::from_secs(60);
/// Longest detail of a receipt, in characters.
const MAX_DETAIL: usize = 500;

/// Kind of a receipt in the plugin contract: the person has complained.
const COMPLAINED: u32 = 3;

/// A receipt that is not answered yet.
struct PendingReceipt {
    token: u64,
    row: ReceiptRow,
    /// The provider's id, until the message id is known.
    remote_id: String,
    since: Instant,
}

impl PendingReceipt {
    fn name(&self) -> ([u8; 16], String, u32) {
        (self.row.message_id, self.remote_id.clone(), self.row.kind)
    }
}

/// Message id, provider's id, kind, and time of the first try.
type UnmatchedReceipt = (([u8; 16], String, u32), Instant);

/// Said in the log of a plugin that reports receipts without a claim.
const RECEIPTS_NOT_CLAIMED: &str = "its manifest does not claim `receipts`";

/// Why a plugin with this manifest may not report a message: the admin agreed to the capabilities and channels in the manifest. A STOP or a yes
/// on another channel would concern people whom the plugin does not serve.
fn violation(manifest: &Manifest, message: &InboundMessage) -> Option<&'static str> {
    if !manifest.can("inbound") {
        return Some("its manifest does not claim `inbound`");
    }
    (!manifest.channels.contains(&message.channel))
        .then_some("a message came on a channel that its manifest does not name")
}

/// The task of one transport that takes its inbound messages and receipts.
pub(crate) struct InboundReceiver {
    context: Arc<EngineContext>,
    transport: Arc<TransportHandle>,
    events: mpsc::UnboundedReceiver<HostEvent>,
    /// Receipts that have just come.
    receipts: Vec<PendingReceipt>,
    /// Receipts whose message was not found yet, and when they are tried again.
    waiting: Vec<PendingReceipt>,
    retry_at: Instant,
    /// Receipts that the plugin keeps because their message was not found, with the time of the first try.
    unmatched: Vec<UnmatchedReceipt>,
    bounces: BounceHandler,
    /// When a violation was logged last.
    warned: Option<Instant>,
}

impl InboundReceiver {
    pub(crate) fn new(
        context: Arc<EngineContext>,
        transport: Arc<TransportHandle>,
        events: mpsc::UnboundedReceiver<HostEvent>,
    ) -> Self {
        let (receipts, waiting, unmatched) = (Vec::new(), Vec::new(), Vec::new());
        let (retry_at, bounces) = (Instant::now(), BounceHandler::default());
        Self { context, transport, events, receipts, waiting, retry_at, unmatched, bounces, warned: None }
    }

    /// Works until the plugin has ended, or until the engine aborts it at its stop.
    pub(crate) async fn run(mut self) {
        loop {
            let event = tokio::select! {
                biased;
                Some(event) = self.events.recv() => Some(event),
                () = tokio::time::sleep_until(self.retry_at.into()), if !self.waiting.is_empty() => {
                    self.retry_waiting().await;
                    continue;
                }
                // An idle receiver must not keep the contexts of former settings alive.
                () = self.context.succeeded() => None,
                () = self.transport.plugin_ended() => return,
            };
            while let Some(next) = self.context.successor.get() {
                self.context = Arc::clone(next);
            }
            let Some(event) = event else { continue };
            self.take(event).await;
            while self.receipts.len() < BATCH
                && let Ok(event) = self.events.try_recv()
            {
                self.take(event).await;
            }
            let fresh = std::mem::take(&mut self.receipts);
            if !fresh.is_empty() {
                if self.waiting.is_empty() {
                    self.retry_at = self.retry_at.max(Instant::now() + RETRY_AFTER);
                }
                self.apply(fresh).await;
            }
            if !self.waiting.is_empty() && Instant::now() >= self.retry_at {
                self.retry_waiting().await;
            }
        }
    }

    /// Tries again what found no matching delivery.
    async fn retry_waiting(&mut self) {
        let begin = Instant::now();
        let waiting = std::mem::take(&mut self.waiting);
        self.apply(waiting).await;
        // Unmatched receipts must not take the store's time from other tasks.
        let end = Instant::now();
        self.retry_at = end + RETRY_AFTER.max(end.duration_since(begin) * RETRY_FACTOR);
    }

    async fn take(&mut self, event: HostEvent) {
        match event {
            HostEvent::Inbound { token, message } => {
                let verdict = match violation(self.transport.instance.manifest(), &message) {
                    None => self.inbound(message).await,
                    Some(why) => self.refused(why),
                };
                self.transport.instance.answer(token, verdict);
            }
            HostEvent::Receipt { token, .. } if !self.transport.instance.manifest().can("receipts") => {
                let verdict = self.refused(RECEIPTS_NOT_CLAIMED);
                self.transport.instance.answer(token, verdict);
            }
            HostEvent::Receipt { token, receipt } => {
                let DeliveryReceipt { message_id, remote_id, kind, code, at_ms, detail, .. } = receipt;
                // Who opted out wants nothing more of this sender, as after a complaint.
                let kind = if code == OutcomeCode::OPTED_OUT.0 { COMPLAINED } else { kind };
                let detail = detail.chars().filter(|c| !c.is_control()).take(MAX_DETAIL).collect();
                let row = ReceiptRow {
                    transport: self.transport.id,
                    message_id: message_id.0,
                    kind,
                    at: Time(at_ms),
                    detail,
                };
                self.receipts.push(PendingReceipt { token, row, remote_id, since: Instant::now() });
            }
            _ => {}
        }
    }

    /// Refuses what a plugin must not report: the host has told its author already, so this is a process that writes its own frames.
    fn refused(&mut self, why: &'static str) -> Verdict {
        self.dropped(why);
        Verdict::Refused
    }

    /// Drops what a plugin must not report. Logs it once in a while.
    fn dropped(&mut self, why: &'static str) -> Verdict {
        if self.warned.is_none_or(|at| at.elapsed() >= WARN_EVERY) {
            self.warned = Some(Instant::now());
            tracing::warn!(transport = %self.transport.config.name, "the plugin reports what it must not, which is dropped: {why}");
        }
        Verdict::Stored
    }

    async fn inbound(&self, m: InboundMessage) -> Verdict {
        let parsed = Channel::parse(&m.channel)
            .and_then(|c| Address::parse_existing(c, &m.address, self.context.config.default_region.as_deref()).ok());
        let Some(address) = parsed else {
            tracing::warn!(transport = %self.transport.config.name, "an inbound message has no valid sender: the plugin is told that it cannot be stored");
            return Verdict::Refused;
        };
        let (for_people, group) = (!m.may_decide(), m.is_group());
        let file = |f: InboundAttachment| InboundFileRow { name: f.name, media_type: f.media_type, size: f.size };
        let extras = InboundExtras {
            for_people,
            group,
            aliases: m.aliases,
            display_name: one_line(m.display_name.into()).into(),
            conversation: m.conversation,
            payload: m.payload,
            quoted_remote_id: m.quoted_remote_id,
            attachments: m.attachments.into_iter().map(file).collect(),
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
            extras,
        };
        match self.context.store.inbound_put(row).await {
            Ok(_) => {
                self.context.wake(Wake::Inbound);
                Verdict::Stored
            }
            Err(error) => {
                tracing::error!(transport = %self.transport.config.name, %error, "a message from outside cannot be stored now: the plugin keeps it");
                Verdict::Busy
            }
        }
    }

    /// Finds the message id of receipts that name a provider's id.
    async fn resolve(&self, receipts: &mut [PendingReceipt]) -> Result<(), rundruf_store::StoreError> {
        for waiting in receipts.iter_mut().filter(|w| w.row.message_id == [0; 16] && !w.remote_id.is_empty()) {
            let found = self.context.store.message_of(self.transport.id, waiting.remote_id.clone()).await?;
            waiting.row.message_id = found.unwrap_or_default();
        }
        Ok(())
    }

    /// Stores receipts together; if the message of one is not found they are stored one by one.
    async fn apply(&mut self, mut receipts: Vec<PendingReceipt>) {
        if let Err(error) = self.resolve(&mut receipts).await {
            return self.keep(receipts, &error);
        }
        let rows: Vec<_> = receipts.iter().map(|w| w.row.clone()).collect();
        let count = rows.len() as u64;
        match self.context.store.receipt_apply(rows).await {
            Ok(found) if found == count => {
                for waiting in receipts {
                    self.stored(waiting).await;
                }
            }
            Ok(_) => {
                for waiting in receipts {
                    self.apply_one(waiting).await;
                }
            }
            Err(error) => self.keep(receipts, &error),
        }
    }

    async fn apply_one(&mut self, waiting: PendingReceipt) {
        let name = waiting.name();
        let is = |(other, _): &UnmatchedReceipt| *other == name;
        match self.context.store.receipt_apply(vec![waiting.row.clone()]).await {
            Ok(0) => {
                let first = self.unmatched.iter().find(|u| is(u)).map_or(waiting.since, |(_, first)| *first);
                if first.elapsed() >= STRAY_AFTER {
                    tracing::warn!(transport = %self.transport.config.name, "a receipt is about an unknown message, and is dropped");
                    self.unmatched.retain(|u| !is(u));
                    self.transport.instance.answer(waiting.token, Verdict::Stored);
                } else if waiting.since.elapsed() >= KEEP_AFTER {
                    self.unmatched.retain(|u| u.1.elapsed() < 2 * STRAY_AFTER);
                    let verdict = if self.unmatched.iter().any(is) {
                        Verdict::Busy
                    } else if self.unmatched.len() < MAX_UNMATCHED {
                        self.unmatched.push((name.clone(), first));
                        Verdict::Busy
                    } else {
                        self.dropped("too many receipts are about unknown messages")
                    };
                    self.transport.instance.answer(waiting.token, verdict);
                } else {
                    self.waiting.push(waiting);
                }
            }
            Ok(_) => {
                self.unmatched.retain(|u| !is(u));
                self.stored(waiting).await;
            }
            Err(error) => self.keep(vec![waiting], &error),
        }
    }

    /// Applies bounces and complaints of a stored receipt before the plugin may forget it.
    async fn stored(&mut self, waiting: PendingReceipt) {
        let verdict = match self.bounces.apply(&self.context, &waiting.row).await {
            Ok(()) => Verdict::Stored,
            Err(error) => {
                tracing::error!(transport = %self.transport.config.name, %error, "what a receipt means cannot be stored now: the plugin keeps it");
                Verdict::Busy
            }
        };
        self.transport.instance.answer(waiting.token, verdict);
    }

    /// The store failed: the plugin keeps the receipts.
    fn keep(&self, receipts: Vec<PendingReceipt>, error: &rundruf_store::StoreError) {
        tracing::error!(transport = %self.transport.config.name, %error, "receipts cannot be stored now: the plugin keeps them");
        for waiting in receipts {
            self.transport.instance.answer(waiting.token, Verdict::Busy);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const MANIFEST: &str = include_str!("../../../plugins/sandbox/manifest.json");

    #[test]
    fn a_plugin_may_report_on_its_own_channels_only() {
        let check = |capabilities: &[&str], channel: &str, want: Option<&str>| {
            let mut manifest: serde_json::Value = serde_json::from_str(MANIFEST).unwrap();
            (manifest["capabilities"], manifest["channels"]) = (json!(capabilities), json!(["sms"]));
            let manifest = Manifest::from_json("x.so".as_ref(), manifest.to_string().as_bytes()).unwrap();
            let (channel, text) = (channel.to_owned(), "STOP".to_owned());
            let message = InboundMessage { trust: 1, channel, text, ..InboundMessage::default() };
            let got = violation(&manifest, &message);
            assert_eq!(got.is_some(), want.is_some(), "{got:?}");
            assert!(got.unwrap_or_default().contains(want.unwrap_or_default()), "{got:?}");
        };
        check(&["inbound"], "sms", None);
        check(&["inbound"], "threema", Some("a channel that its manifest does not name"));
        check(&["receipts"], "sms", Some("does not claim `inbound`"));
    }
}
