//! What a plugin hears from outside: stored before it is acknowledged, beside the hot path.

use crate::bounce::Bounces;
use crate::dispatch::Transport;
use crate::start::Inner;
use crate::wake::Wake;
use rundruf_consent::{Address, Channel, Time};
use rundruf_host::{DeliveryReceipt, HostEvent, InboundMessage, Manifest, Verdict};
use rundruf_store::{InboundRow, ReceiptRow};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::mpsc;

/// A receipt may overtake the outcome of its own message: it is tried again after this pause, …
const AGAIN: Duration = Duration::from_millis(20);
/// … or after so many times the time that the store took to look, …
const REST: u32 = 4;
/// … for so long; then the plugin is told to keep it (it may tell the outcome only after the receipt), …
const KEEP_AFTER: Duration = Duration::from_millis(300);
/// … and after so long it is about nothing that we know.
const STRAY_AFTER: Duration = Duration::from_secs(60);
/// Receipts that found nothing and are remembered; what comes beyond is dropped.
const MOST_UNFOUND: usize = 10_000;
/// Receipts stored together.
const AT_ONCE: usize = 1_000;
/// The log says that a plugin says what it must not, at most once in this time.
const WARN_EVERY: Duration = Duration::from_secs(60);
/// Longest detail, in bytes.
const DETAIL: usize = 500;

/// A receipt on its way.
struct Waiting {
    token: u64,
    row: ReceiptRow,
    since: Instant,
}

/// Why a message cannot come by a plugin with this manifest: what it claims there is what the admin agreed to. A STOP or a yes on a channel
/// that is not its own would be about people whom it does not serve.
fn strange(manifest: &Manifest, message: &InboundMessage) -> Option<&'static str> {
    if !manifest.can("inbound") {
        return Some("its manifest does not claim `inbound`");
    }
    (!manifest.channels.contains(&message.channel))
        .then_some("a message came on a channel that its manifest does not name")
}

/// One for each transport.
pub(crate) struct Ear {
    engine: Arc<Inner>,
    transport: Arc<Transport>,
    events: mpsc::UnboundedReceiver<HostEvent>,
    /// Receipts that have just come.
    receipts: Vec<Waiting>,
    /// Receipts that found nothing yet, and when they are tried again.
    waiting: Vec<Waiting>,
    look_at: Instant,
    /// Receipts that found nothing, and since when they come: id, kind, first time.
    unfound: Vec<([u8; 16], u32, Instant)>,
    bounces: Bounces,
    /// When the log last said that something was refused.
    warned: Option<Instant>,
}

impl Ear {
    pub(crate) fn new(
        engine: Arc<Inner>,
        transport: Arc<Transport>,
        events: mpsc::UnboundedReceiver<HostEvent>,
    ) -> Self {
        let (receipts, waiting, unfound) = (Vec::new(), Vec::new(), Vec::new());
        let (look_at, bounces) = (Instant::now(), Bounces::default());
        Self { engine, transport, events, receipts, waiting, look_at, unfound, bounces, warned: None }
    }

    /// Hears until the plugin is over, or it is aborted, which the engine does at its own end.
    pub(crate) async fn run(mut self) {
        loop {
            let event = tokio::select! {
                biased;
                Some(event) = self.events.recv() => Some(event),
                () = tokio::time::sleep_until(self.look_at.into()), if !self.waiting.is_empty() => {
                    self.look_again().await;
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
            let fresh = std::mem::take(&mut self.receipts);
            if !fresh.is_empty() {
                if self.waiting.is_empty() {
                    self.look_at = self.look_at.max(Instant::now() + AGAIN);
                }
                self.apply(fresh).await;
            }
            if !self.waiting.is_empty() && Instant::now() >= self.look_at {
                self.look_again().await;
            }
        }
    }

    /// Tries again what found nothing.
    async fn look_again(&mut self) {
        let begin = Instant::now();
        let waiting = std::mem::take(&mut self.waiting);
        self.apply(waiting).await;
        // Receipts about nothing at all must not keep the store from everybody else.
        let end = Instant::now();
        self.look_at = end + AGAIN.max(end.duration_since(begin) * REST);
    }

    async fn take(&mut self, event: HostEvent) {
        match event {
            HostEvent::Inbound { token, message } => {
                let verdict = match strange(self.transport.instance.manifest(), &message) {
                    None => self.inbound(message).await,
                    Some(why) => self.refused(why),
                };
                self.transport.instance.answer(token, verdict);
            }
            HostEvent::Receipt { token, .. } if !self.transport.instance.manifest().can("receipts") => {
                let verdict = self.refused("its manifest does not claim `receipts`");
                self.transport.instance.answer(token, verdict);
            }
            HostEvent::Receipt { token, receipt } => {
                let DeliveryReceipt { message_id, kind, at_ms, detail } = receipt;
                let detail = detail.chars().filter(|c| !c.is_control()).take(DETAIL).collect();
                let row = ReceiptRow { transport: self.transport.id, message_id, kind, at: Time(at_ms), detail };
                self.receipts.push(Waiting { token, row, since: Instant::now() });
            }
            _ => {}
        }
    }

    /// What a plugin must not say counts as never said. It is told in the log once in a while.
    fn refused(&mut self, why: &'static str) -> Verdict {
        if self.warned.is_none_or(|at| at.elapsed() >= WARN_EVERY) {
            self.warned = Some(Instant::now());
            tracing::warn!(transport = %self.transport.config.name, "the plugin says what it must not, which is dropped: {why}");
        }
        Verdict::Stored
    }

    async fn inbound(&self, m: InboundMessage) -> Verdict {
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
    async fn apply(&mut self, receipts: Vec<Waiting>) {
        let rows: Vec<_> = receipts.iter().map(|w| w.row.clone()).collect();
        let count = rows.len() as u64;
        match self.engine.store.receipt_apply(rows).await {
            Ok(found) if found == count => {
                for waiting in receipts {
                    self.found(waiting).await;
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
                    let verdict = if self.unfound.iter().any(is) {
                        Verdict::Busy
                    } else if self.unfound.len() < MOST_UNFOUND {
                        self.unfound.push((name.0, name.1, first));
                        Verdict::Busy
                    } else {
                        self.refused("too many receipts are about no message that we know")
                    };
                    self.transport.instance.answer(waiting.token, verdict);
                } else {
                    self.waiting.push(waiting);
                }
            }
            Ok(_) => {
                self.unfound.retain(|u| !is(u));
                self.found(waiting).await;
            }
            Err(error) => self.keep(vec![waiting], &error),
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
    fn keep(&self, receipts: Vec<Waiting>, error: &rundruf_store::StoreError) {
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

    const SANDBOX: &str = include_str!("../../../plugins/sandbox/manifest.json");

    #[test]
    fn a_plugin_hears_on_its_own_channels_alone() {
        let check = |capabilities: &[&str], channel: &str, want: Option<&str>| {
            let mut manifest: serde_json::Value = serde_json::from_str(SANDBOX).unwrap();
            (manifest["capabilities"], manifest["channels"]) = (json!(capabilities), json!(["sms"]));
            let manifest = Manifest::from_json("x.so".as_ref(), manifest.to_string().as_bytes()).unwrap();
            let (address, text, remote_id) = (String::new(), "STOP".to_owned(), String::new());
            let channel = channel.to_owned();
            let message = InboundMessage { kind: 0, trust: 1, channel, address, text, remote_id, at_ms: 0 };
            let got = strange(&manifest, &message);
            assert_eq!(got.is_some(), want.is_some(), "{got:?}");
            assert!(got.unwrap_or_default().contains(want.unwrap_or_default()), "{got:?}");
        };
        check(&["inbound"], "sms", None);
        check(&["inbound"], "threema", Some("a channel that its manifest does not name"));
        check(&["receipts"], "sms", Some("does not claim `inbound`"));
    }
}
