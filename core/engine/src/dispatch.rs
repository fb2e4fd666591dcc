//! One task for each transport: claim, render, hand over, gather, settle. One transaction a turn: it settles what came back and claims as
//! much as the plugin can take now.

mod render; // claimed rows → letters

use crate::config::TransportConfig;
use crate::pace::{Bucket, Meter};
use crate::retry::{self, Doubt, Tries};
use crate::start::Inner;
use render::Renderer;
use rundruf_consent::{BroadcastId, Channel, EventId, Time};
use rundruf_host::{
    Content, HostEvent, Inbound, Instance, InstanceState, Letter, OutcomeClass, Priority, Receipt, Rejected, Verdict,
    WhyRejected,
};
use rundruf_store::{ClaimRequest, InboundRow, LeaseId, ReceiptRow, Settled, Settlement, Step, TransportId, Work};
use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::{Notify, mpsc};

/// Outcomes wait this long for company at most.
const LINGER: Duration = Duration::from_millis(3);
/// Without an event a turn is tried again after this time: a safety net, not the way.
const IDLE: Duration = Duration::from_secs(5);
/// A transport that only hears "later" is asked again after this pause.
const BREATHER: Duration = Duration::from_secs(5);

/// A transport that runs.
pub(crate) struct Transport {
    pub(crate) id: TransportId,
    pub(crate) config: TransportConfig,
    pub(crate) instance: Instance,
    pub(crate) window: u32,
    pub(crate) wake: Arc<Notify>,
    pub(crate) in_flight: AtomicU32,
    pub(crate) meter: Mutex<Meter>,
    pub(crate) pause: Mutex<Option<String>>,
    pub(crate) changed: Mutex<Time>,
    pub(crate) down: Mutex<Option<String>>,
    channels: Vec<Channel>,
    is_paused: AtomicBool,
}

impl Transport {
    pub(crate) fn new(
        id: TransportId,
        config: TransportConfig,
        instance: Instance,
        window: u32,
        wake: Arc<Notify>,
    ) -> Self {
        let channels = instance.manifest().channels.iter().filter_map(|c| Channel::parse(c)).collect();
        Self {
            id,
            config,
            instance,
            window,
            wake,
            in_flight: AtomicU32::new(0),
            meter: Mutex::new(Meter::new()),
            pause: Mutex::default(),
            changed: Mutex::new(Time(0)),
            down: Mutex::default(),
            channels,
            is_paused: AtomicBool::new(false),
        }
    }

    pub(crate) fn serves(&self, channel: Channel) -> bool {
        self.channels.contains(&channel)
    }

    pub(crate) fn doubt(&self) -> Doubt {
        Doubt { repeat_is_safe: self.instance.manifest().repeat_is_safe, on_unknown: self.config.on_unknown }
    }

    pub(crate) fn paused(&self) -> Option<String> {
        self.pause.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Pauses or resumes.
    pub(crate) fn set_paused(&self, reason: Option<String>, now: Time) {
        self.is_paused.store(reason.is_some(), Ordering::Release);
        *self.pause.lock().unwrap_or_else(PoisonError::into_inner) = reason;
        *self.changed.lock().unwrap_or_else(PoisonError::into_inner) = now;
        self.wake.notify_one();
    }
}

/// A letter that is out.
struct Flight {
    evidence: EventId,
    broadcast: Option<BroadcastId>,
    lease: Option<LeaseId>,
    attempt: u32,
    first: Time,
}

pub(crate) struct Dispatcher {
    engine: Arc<Inner>,
    transport: Arc<Transport>,
    events: mpsc::UnboundedReceiver<HostEvent>,
    flight: HashMap<i64, Flight>,
    settle: Vec<Settlement>,
    /// Letters that were claimed and that the plugin could not take yet.
    held: Vec<(Arc<Content>, Vec<Letter>, Priority)>,
    renderer: Renderer,
    bucket: Bucket,
    /// Number of the last outcome whose settlement waits.
    heard: u64,
    /// There may be something to claim.
    want: bool,
    next_due: Option<Time>,
    /// Round robin between broadcasts.
    after: Option<BroadcastId>,
    /// When the oldest waiting settlement came.
    waiting_since: Option<Instant>,
    /// "Later" in a row.
    refused: u32,
    rest_until: Option<Instant>,
}

impl Dispatcher {
    pub(crate) fn new(
        engine: Arc<Inner>,
        transport: Arc<Transport>,
        events: mpsc::UnboundedReceiver<HostEvent>,
    ) -> Self {
        let rate = transport.config.rate_per_s.or(transport.instance.manifest().rate_per_s);
        let renderer = Renderer::new(&transport);
        Self {
            engine,
            transport,
            events,
            flight: HashMap::new(),
            settle: Vec::new(),
            held: Vec::new(),
            renderer,
            bucket: Bucket::new(rate, Instant::now()),
            heard: 0,
            want: true,
            next_due: None,
            after: None,
            waiting_since: None,
            refused: 0,
            rest_until: None,
        }
    }

    pub(crate) async fn run(mut self) {
        let mut draining = false;
        loop {
            let stopping = *self.engine.stopping.borrow();
            if stopping && !draining {
                draining = true;
                self.give_back_held();
                self.transport.instance.drain(self.engine.config.drain_for);
            }
            if self.is_turn() {
                let claim = if stopping { 0 } else { self.room() };
                if !self.settle.is_empty() || claim > 0 {
                    self.turn(claim).await;
                    continue;
                }
            }
            if stopping && self.flight.is_empty() && self.settle.is_empty() {
                return;
            }
            self.wait().await;
        }
    }

    /// How many may be claimed now.
    fn room(&mut self) -> u32 {
        let up = self.transport.instance.state() == InstanceState::Up;
        let resting = self.rest_until.is_some_and(|t| t > Instant::now());
        if !self.want || !up || resting || !self.held.is_empty() || self.transport.is_paused.load(Ordering::Acquire) {
            return 0;
        }
        let out = u32::try_from(self.flight.len()).unwrap_or(u32::MAX);
        self.transport.window.saturating_sub(out).min(self.bucket.free(Instant::now()))
    }

    /// Whether it is worth a transaction: half the window came back, nothing is out, or somebody has waited long enough.
    fn is_turn(&self) -> bool {
        let waited = self.waiting_since.is_some_and(|t| t.elapsed() >= LINGER);
        let half = (self.transport.window / 2).max(1) as usize;
        self.settle.len() >= half || self.flight.is_empty() || waited || (self.settle.is_empty() && self.want)
    }

    async fn turn(&mut self, claim: u32) {
        let now = self.engine.clock.now();
        let settle = std::mem::take(&mut self.settle);
        self.waiting_since = None;
        let session = self.transport.instance.session();
        let kept = settle.clone();
        let request = (claim > 0).then_some(ClaimRequest { at_most: claim, bulk: true, after: self.after, now });
        match self.engine.store.dispatch_step(self.transport.id, session, settle, request).await {
            Ok(step) => {
                if !kept.is_empty() {
                    self.transport.instance.acknowledge(self.heard);
                }
                self.claimed(step, claim, now).await;
            }
            Err(error) => {
                // Nothing was stored: the outcomes are kept, here and by the plugin, and tried again.
                tracing::error!(transport = %self.transport.config.name, %error, "the store does not take outcomes");
                self.settle = kept;
                self.waiting_since = Some(Instant::now());
                tokio::time::sleep(Duration::from_millis(500)).await;
            }
        }
    }

    async fn claimed(&mut self, step: Step, asked: u32, now: Time) {
        if step.strays > 0 {
            tracing::warn!(transport = %self.transport.config.name, strays = step.strays, "outcomes came for deliveries that were settled already");
        }
        if asked > 0 {
            let got = u32::try_from(step.claimed.len()).unwrap_or(u32::MAX);
            self.bucket.take(got);
            self.want = step.more || got >= asked;
            self.next_due = step.next_due;
        }
        if step.claimed.is_empty() {
            self.count();
            return;
        }
        let engine = Arc::clone(&self.engine);
        for claimed in step.claimed {
            let (broadcast, lease) = match claimed.work {
                Work::Broadcast { broadcast, lease, .. } => (Some(broadcast), lease),
                Work::Service { .. } => (None, None),
            };
            self.after = broadcast.or(self.after);
            let id = claimed.permit.delivery();
            let flight = Flight {
                evidence: claimed.permit.evidence(),
                broadcast,
                lease,
                attempt: claimed.attempt,
                first: claimed.first_try,
            };
            if let Err(why) = self.renderer.add(&engine, claimed, now).await {
                tracing::warn!(delivery = %id, %why, "a message could not be made");
                self.push(id.0, &flight, Settled::Skipped(rundruf_consent::Refusal::NotRendered), now);
                continue;
            }
            self.flight.insert(id.0, flight);
        }
        for (content, letters, priority) in self.renderer.take() {
            self.send(content, letters, priority);
        }
        self.count();
    }

    fn count(&self) {
        self.transport.in_flight.store(u32::try_from(self.flight.len()).unwrap_or(u32::MAX), Ordering::Relaxed);
    }

    fn push(&mut self, id: i64, flight: &Flight, to: Settled, now: Time) {
        self.settle.push(Settlement {
            delivery: rundruf_consent::DeliveryId(id),
            evidence: flight.evidence,
            broadcast: flight.broadcast,
            lease: flight.lease,
            to,
            at: now,
        });
        self.waiting_since.get_or_insert_with(Instant::now);
    }

    /// Hands letters over in batches that the plugin takes.
    fn send(&mut self, content: Arc<Content>, mut letters: Vec<Letter>, priority: Priority) {
        let most = self.transport.instance.manifest().max_batch.max(1) as usize;
        while !letters.is_empty() {
            let rest = letters.split_off(letters.len().min(most));
            match self.transport.instance.send(&content, letters, priority, 0) {
                Ok(()) => letters = rest,
                Err(Rejected { letters: mut back, why: WhyRejected::Busy }) => {
                    back.extend(rest);
                    self.held.push((content, back, priority));
                    return;
                }
                Err(Rejected { letters: mut back, why }) => {
                    back.extend(rest);
                    let to = if why == WhyRejected::TooLarge {
                        Settled::Failed { code: 301, detail: "larger than the transport takes".into() }
                    } else {
                        Settled::Untouched
                    };
                    self.give_back(back, &to);
                    return;
                }
            }
        }
    }

    fn give_back(&mut self, letters: Vec<Letter>, to: &Settled) {
        let now = self.engine.clock.now();
        for letter in letters {
            let id = letter.permit().delivery().0;
            if let Some(flight) = self.flight.remove(&id) {
                self.push(id, &flight, to.clone(), now);
            }
        }
        self.count();
    }

    fn give_back_held(&mut self) {
        for (_, letters, _) in std::mem::take(&mut self.held) {
            self.give_back(letters, &Settled::Untouched);
        }
    }

    fn offer_held(&mut self) {
        for (content, letters, priority) in std::mem::take(&mut self.held) {
            self.send(content, letters, priority);
        }
    }

    /// Waits for the next thing to happen.
    async fn wait(&mut self) {
        let now = Instant::now();
        let mut pause = IDLE;
        if let Some(since) = self.waiting_since {
            pause = pause.min(LINGER.saturating_sub(since.elapsed()));
        }
        if let Some(due) = self.next_due {
            pause = pause.min(due.since(self.engine.clock.now()));
        }
        if self.want
            && let Some(next) = self.bucket.next()
        {
            pause = pause.min(next);
        }
        if let Some(rest) = self.rest_until {
            pause = pause.min(rest.saturating_duration_since(now));
        }
        let wake = Arc::clone(&self.transport.wake);
        let event = tokio::select! {
            biased;
            event = self.events.recv() => event,
            () = wake.notified() => {
                self.want = true;
                None
            }
            () = tokio::time::sleep(pause) => {
                let is_due = self.next_due.is_some_and(|d| d <= self.engine.clock.now());
                let rested = self.rest_until.take_if(|t| *t <= Instant::now()).is_some();
                self.want |= is_due || rested || pause == IDLE;
                None
            }
        };
        if let Some(event) = event {
            self.event(event).await;
            while let Ok(event) = self.events.try_recv() {
                self.event(event).await;
            }
        }
    }

    async fn event(&mut self, event: HostEvent) {
        match event {
            HostEvent::Outcomes { last, outcomes } => {
                self.outcomes(outcomes);
                self.heard = last;
                self.offer_held();
            }
            HostEvent::Ready => self.offer_held(),
            HostEvent::Inbound { token, message } => self.inbound(token, message).await,
            HostEvent::Receipt { token, receipt } => self.receipt(token, receipt).await,
            HostEvent::Log { level, target, message } => log(&self.transport.config.name, level, &target, &message),
            HostEvent::Down { reason, restarts_in, .. } => {
                self.give_back_held();
                let name = &self.transport.config.name;
                match restarts_in {
                    Some(pause) => {
                        tracing::warn!(transport = %name, %reason, restarts_in_ms = pause.as_millis(), "the plugin's process has gone")
                    }
                    None => {
                        tracing::error!(transport = %name, %reason, "the plugin's process has gone for good: mend it and restart the daemon")
                    }
                }
                *self.transport.down.lock().unwrap_or_else(PoisonError::into_inner) = Some(reason);
                *self.transport.changed.lock().unwrap_or_else(PoisonError::into_inner) = self.engine.clock.now();
            }
            HostEvent::Up { .. } => {
                *self.transport.down.lock().unwrap_or_else(PoisonError::into_inner) = None;
                *self.transport.changed.lock().unwrap_or_else(PoisonError::into_inner) = self.engine.clock.now();
                self.want = true;
                tracing::info!(transport = %self.transport.config.name, "the plugin's process runs again");
            }
        }
    }

    fn outcomes(&mut self, outcomes: Vec<rundruf_host::Outcome>) {
        let now = self.engine.clock.now();
        let doubt = self.transport.doubt();
        let mut sent = 0;
        for outcome in outcomes {
            let (_, number) = outcome.message_id.split_at(8);
            let id = number.try_into().map_or(0, i64::from_be_bytes);
            let Some(flight) = self.flight.remove(&id) else { continue };
            let class = outcome.class();
            match class {
                OutcomeClass::Sent => {
                    sent += 1;
                    self.refused = 0;
                }
                OutcomeClass::Retry => self.refused += 1,
                OutcomeClass::Account => self.account(&outcome, now),
                _ => {}
            }
            let tries = Tries { attempt: flight.attempt, first: flight.first, is_service: flight.broadcast.is_none() };
            let to = retry::settled(&outcome, &self.engine.config.retry, doubt, tries, now);
            self.push(id, &flight, to, now);
        }
        // Nothing but "later" for a whole window: the other side is not there; do not burn the list on it.
        if self.refused >= self.transport.window.min(50) {
            self.rest_until = Some(Instant::now() + BREATHER);
            self.refused = 0;
        }
        self.transport.meter.lock().unwrap_or_else(PoisonError::into_inner).add(sent);
        self.count();
    }

    /// The account is refused: the transport pauses until a person has looked, or until the other side said.
    fn account(&mut self, outcome: &rundruf_host::Outcome, now: Time) {
        if outcome.code.0 == 502 {
            let pause = outcome.retry_after.unwrap_or(Duration::from_secs(60)).min(Duration::from_secs(3_600));
            self.rest_until = Some(Instant::now() + pause);
            return;
        }
        if self.transport.paused().is_none() {
            tracing::error!(transport = %self.transport.config.name, detail = %outcome.detail, "the account is refused: the transport is paused");
            self.transport.set_paused(Some(outcome.detail.to_string()), now);
        }
    }

    async fn inbound(&self, token: u64, m: Inbound) {
        let parsed = Channel::parse(&m.channel).and_then(|c| {
            rundruf_consent::Address::parse(c, &m.address, self.engine.config.default_region.as_deref()).ok()
        });
        let Some(address) = parsed else {
            tracing::warn!(transport = %self.transport.config.name, "a message came from what is no address, and is dropped");
            self.transport.instance.answer(token, Verdict::Stored);
            return;
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
        let stored = self.engine.store.inbound_put(row).await;
        let verdict = if stored.is_ok() { Verdict::Stored } else { Verdict::Busy };
        self.transport.instance.answer(token, verdict);
        self.engine.wake_inbound.notify_one();
    }

    async fn receipt(&self, token: u64, r: Receipt) {
        let row = ReceiptRow { message_id: r.message_id, kind: r.kind, at: Time(r.at_ms), detail: r.detail };
        let stored = self.engine.store.receipt_apply(vec![row]).await;
        self.transport.instance.answer(token, if stored.is_ok() { Verdict::Stored } else { Verdict::Busy });
    }
}

fn log(transport: &str, level: u32, target: &str, message: &str) {
    match level {
        1 => tracing::error!(transport, plugin = target, "{message}"),
        2 => tracing::warn!(transport, plugin = target, "{message}"),
        3 => tracing::info!(transport, plugin = target, "{message}"),
        _ => tracing::debug!(transport, plugin = target, "{message}"),
    }
}

/// A service message as it is stored.
pub(crate) fn render_payload(language: &str, subject: &str, text: &str) -> String {
    let payload = render::Payload { language: language.to_owned(), subject: subject.to_owned(), text: text.to_owned() };
    serde_json::to_string(&payload).unwrap_or_default()
}
