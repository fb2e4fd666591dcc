//! One task for each transport: claim, render, hand over, gather, settle. One transaction a turn: it settles what came back and claims as
//! much as the plugin can take now. While the store works on a turn, the letters of the turn before are made and handed over.

mod flight; // letters that are out
mod gather; // outcomes → settlements
mod handover; // letters → plugin, and back if it does not take them
mod life; // the plugin's process comes and goes
mod render; // claimed rows → letters
mod search; // which letter kills the plugin?
mod transport; // what others see of it
mod trial; // letters that were out when it died

pub(crate) use render::payload;
pub(crate) use transport::Transport;

use crate::bounce;
use crate::pace::{Bucket, Rest};
use crate::start::Inner;
use flight::{Flight, Flights};
use handover::Held;
use render::{NotMade, Renderer};
use rundruf_consent::{AddressId, BroadcastId, DeliveryId, Refusal, Time};
use rundruf_host::{HostEvent, InstanceState, SessionId};
use rundruf_store::{ClaimKind, ClaimRequest, Claimed, DeliveryOutcome, DispatchResult, Settlement};
use search::{Next, Search};
use std::future::poll_fn;
use std::sync::{Arc, PoisonError};
use std::task::Poll;
use std::time::{Duration, Instant};
use tokio::sync::mpsc;
use tokio::task::JoinSet;

/// Outcomes wait this long for company at most: what a slow plugin says costs few commits, and a fast one has half a window long before.
const LINGER: Duration = Duration::from_millis(10);
/// Without an event a turn is tried again after this time: a safety net, not the way.
const IDLE: Duration = Duration::from_secs(30);
/// First and longest pause when the store takes nothing.
const STORE_PAUSE: (Duration, Duration) = (Duration::from_millis(200), Duration::from_secs(5));

pub(crate) struct Dispatcher {
    engine: Arc<Inner>,
    transport: Arc<Transport>,
    events: mpsc::UnboundedReceiver<HostEvent>,
    flights: Flights,
    settle: Vec<Settlement>,
    /// Addresses that refuse for ever, as these settlements say; flagged beside the hot path, once they are stored.
    gone: Vec<AddressId>,
    /// What is stored beside the hot path.
    beside: JoinSet<()>,
    /// When the oldest waiting settlement came.
    waiting_since: Option<Instant>,
    /// Rows that were claimed and are no letters yet, and when.
    claimed: Vec<(Claimed, Time)>,
    /// Letters that were claimed and that the plugin could not take yet.
    held: Vec<Held>,
    renderer: Renderer,
    bucket: Bucket,
    rest: Rest,
    /// Number of the last outcome that was heard, and of the last that was acknowledged.
    heard: u64,
    acknowledged: u64,
    /// There may be something to claim.
    want: bool,
    next_due: Option<Time>,
    /// Round robin between broadcasts.
    after: Option<BroadcastId>,
    store_pause: Duration,
    /// After a death, what it held is tried in ever smaller company.
    search: Search,
    /// The next death belongs to the search.
    excused: bool,
    /// Since when its process does not come up.
    down_since: Option<Instant>,
}

impl Drop for Dispatcher {
    fn drop(&mut self) {
        self.transport.end();
    }
}

impl Dispatcher {
    pub(crate) fn new(
        engine: Arc<Inner>,
        transport: Arc<Transport>,
        events: mpsc::UnboundedReceiver<HostEvent>,
    ) -> Self {
        let rate = transport.config.rate_per_s.or(transport.instance.manifest().rate_per_s);
        let (renderer, window) = (Renderer::new(&transport), transport.window);
        Self {
            engine,
            transport,
            events,
            flights: Flights::default(),
            settle: Vec::new(),
            gone: Vec::new(),
            beside: JoinSet::new(),
            waiting_since: None,
            claimed: Vec::new(),
            held: Vec::new(),
            renderer,
            bucket: Bucket::new(rate, Instant::now()),
            rest: Rest::new(window),
            heard: 0,
            acknowledged: 0,
            want: true,
            next_due: None,
            after: None,
            store_pause: STORE_PAUSE.0,
            search: Search::default(),
            excused: false,
            down_since: None,
        }
    }

    pub(crate) async fn run(mut self) {
        let mut draining = false;
        loop {
            // Read before the next engine is looked for, which is put there before the old one stops.
            let stopping = *self.engine.stopping.borrow();
            if self.follow() {
                continue;
            }
            let stopping = stopping || self.transport.is_retired();
            if stopping && !draining {
                draining = true;
                self.give_back_held();
                self.transport.instance.drain(self.engine.config.drain_for);
            }
            // First the session, then everything that was said so far: the outcomes of an earlier process come before the next one has a
            // session, so they are settled in the transaction that first claims for it. A journal can then speak for all that is open.
            let session = self.transport.instance.session();
            self.hear_all();
            self.give_back_stale();
            if self.is_turn() {
                let claim = if stopping { 0 } else { self.room() };
                if !self.settle.is_empty() || claim > 0 {
                    self.turn(session, claim).await;
                    continue;
                }
            }
            if !self.claimed.is_empty() {
                self.make().await;
                continue;
            }
            if stopping && self.flights.is_empty() && self.settle.is_empty() {
                while self.beside.join_next().await.is_some() {}
                return;
            }
            self.wait().await;
        }
    }

    /// Goes on under other settings, if there are any.
    fn follow(&mut self) -> bool {
        let Some(next) = self.engine.next.get().filter(|_| !self.transport.is_retired()) else { return false };
        self.engine = Arc::clone(next);
        self.renderer = Renderer::new(&self.transport);
        true
    }

    /// Whether anything may be claimed, were there room.
    fn is_open(&self, now: Instant) -> bool {
        self.want && self.held.is_empty() && !self.transport.is_paused() && self.rest.ends_after(now).is_none()
    }

    /// How many may be claimed now.
    fn room(&mut self) -> u32 {
        let now = Instant::now();
        if !self.is_open(now) || self.transport.instance.state() != InstanceState::Up {
            return 0;
        }
        if self.search.is_on() && !self.flights.is_empty() {
            return 0;
        }
        self.transport.window.saturating_sub(self.flights.count()).min(self.bucket.free(now))
    }

    /// Whether it is worth a transaction: half the window came back, nothing is out, or somebody has waited long enough.
    fn is_turn(&self) -> bool {
        let half = (self.transport.window / 2).max(1) as usize;
        let waited = || self.waiting_since.is_some_and(|t| t.elapsed() >= LINGER);
        match self.settle.len() {
            0 => self.want,
            n => n >= half || self.flights.is_empty() || waited(),
        }
    }

    async fn turn(&mut self, session: SessionId, claim: u32) {
        let now = self.engine.clock.now();
        let settle = std::mem::take(&mut self.settle);
        self.waiting_since = None;
        let kept = settle.clone();
        let next = if self.search.is_on() { self.next(claim) } else { Next::Ordinary };
        let claim = match next {
            Next::Ordinary => claim,
            Next::Anybody => claim.min(1),
            Next::These(_) | Next::Failed(_) => 0,
        };
        let request = (claim > 0).then_some(ClaimRequest { at_most: claim, bulk: true, after: self.after, now });
        let store = Arc::clone(&self.engine.store);
        let mut step = store.dispatch_step(self.transport.id, session, settle, request);
        // The first look puts it before the store's thread; this one makes letters meanwhile.
        let early = poll_fn(|cx| Poll::Ready(step.as_mut().poll(cx))).await;
        self.make().await;
        let step = match early {
            Poll::Ready(step) => step,
            Poll::Pending => step.await,
        };
        match step {
            Ok(step) => {
                self.store_pause = STORE_PAUSE.0;
                self.flag(now);
                self.acknowledge();
                if kept.iter().any(|s| s.broadcast.is_none()) {
                    self.engine.wake_alarms();
                }
                let is_empty = step.claimed.is_empty() && step.refused == 0;
                self.take(step, claim, now);
                match next {
                    Next::These(these) => self.try_again(session, these).await,
                    Next::Failed(these) => self.fail(session, these).await,
                    Next::Anybody if is_empty => {
                        self.search.nobody_else();
                        self.want = true;
                    }
                    Next::Anybody | Next::Ordinary => {}
                }
            }
            Err(error) => {
                // Nothing was stored: the outcomes are kept, here and by the plugin, and tried again.
                tracing::error!(transport = %self.transport.config.name, %error, "the store does not take outcomes; they are kept");
                self.settle.extend(kept);
                match next {
                    Next::These(these) => these.into_iter().for_each(|id| self.search.back(id)),
                    Next::Failed(these) => self.search.culprits(these),
                    Next::Anybody | Next::Ordinary => {}
                }
                if !self.settle.is_empty() {
                    self.waiting_since = Some(Instant::now());
                }
                tokio::time::sleep(self.store_pause).await;
                self.store_pause = (self.store_pause * 2).min(STORE_PAUSE.1);
            }
        }
    }

    /// Notes addresses that refuse for ever.
    fn flag(&mut self, now: Time) {
        while self.beside.try_join_next().is_some() {}
        if !self.gone.is_empty() {
            let gone = std::mem::take(&mut self.gone);
            self.beside.spawn(bounce::flag(Arc::clone(&self.engine), gone, now));
        }
    }

    /// Everything that was heard is stored.
    fn acknowledge(&mut self) {
        if self.heard > self.acknowledged {
            self.acknowledged = self.heard;
            self.transport.instance.acknowledge(self.heard);
        }
    }

    /// Takes over what a turn claimed: from now on it counts as out.
    fn take(&mut self, step: DispatchResult, asked: u32, now: Time) {
        if step.strays > 0 {
            tracing::warn!(transport = %self.transport.config.name, strays = step.strays, "outcomes came for deliveries that were settled already");
        }
        if asked > 0 {
            let got = u32::try_from(step.claimed.len()).unwrap_or(u32::MAX);
            self.bucket.take(got);
            self.want = step.more || step.refused > 0 || got >= asked;
            self.next_due = step.next_due;
        }
        for claimed in step.claimed {
            let (broadcast, lease) = match claimed.work {
                ClaimKind::Broadcast { broadcast, lease, .. } => (Some(broadcast), lease),
                ClaimKind::Service { .. } => (None, None),
            };
            self.after = broadcast.or(self.after);
            let evidence = claimed.permit.evidence();
            let (address, attempt, first) = (claimed.address_id, claimed.attempt, claimed.first_try);
            let trial = self.search.is_on() && asked == 0;
            let flight = Flight { address, evidence, broadcast, lease, attempt, first, trial };
            self.flights.insert(claimed.permit.delivery().0, flight);
            self.claimed.push((claimed, now));
        }
        self.show();
    }

    /// Makes letters of what was claimed and hands them over.
    async fn make(&mut self) {
        let engine = Arc::clone(&self.engine);
        for (claimed, at) in std::mem::take(&mut self.claimed) {
            let id = claimed.permit.delivery().0;
            if let ClaimKind::Broadcast { broadcast, .. } = claimed.work
                && !self.renderer.knows(broadcast)
            {
                self.renderer.learn(&engine, broadcast).await;
            }
            let to = match self.renderer.add(&engine, claimed, at) {
                Ok(()) => continue,
                Err(NotMade::Now(why)) => {
                    tracing::error!(transport = %self.transport.config.name, %why, "a message cannot be made now: it goes back to the queue");
                    self.rest.pause(Instant::now() + STORE_PAUSE.1);
                    DeliveryOutcome::Untouched
                }
                Err(NotMade::Ever(why)) => {
                    tracing::warn!(delivery = id, %why, "a message cannot be made for this person");
                    DeliveryOutcome::Skipped(Refusal::NotRendered)
                }
            };
            if let Some(flight) = self.flights.remove(id) {
                self.push(id, &flight, to, at);
            }
        }
        for group in self.renderer.take() {
            self.send(group);
        }
        self.show();
    }

    /// Tells others how much is out.
    fn show(&self) {
        self.transport.set_in_flight(self.flights.count());
    }

    fn push(&mut self, id: i64, flight: &Flight, to: DeliveryOutcome, now: Time) {
        let &Flight { evidence, broadcast, lease, trial, .. } = flight;
        match to {
            DeliveryOutcome::Untouched => {
                self.want = true;
                if trial {
                    self.search.back(id);
                }
            }
            DeliveryOutcome::Retry { due, .. } => self.next_due = Some(self.next_due.map_or(due, |next| next.min(due))),
            _ => {}
        }
        self.settle.push(Settlement { delivery: DeliveryId(id), evidence, broadcast, lease, to, at: now });
        self.waiting_since.get_or_insert_with(Instant::now);
    }

    /// Waits for the next thing to happen.
    async fn wait(&mut self) {
        let pause = self.pause();
        let transport = Arc::clone(&self.transport);
        tokio::select! {
            biased;
            event = self.events.recv() => match event {
                Some(event) => self.event(event),
                // Nobody can say anything any more.
                None => tokio::time::sleep(pause).await,
            },
            () = transport.wake.notified() => self.want = true,
            () = tokio::time::sleep(pause) => {
                let is_due = self.next_due.is_some_and(|d| d <= self.engine.clock.now());
                self.want |= is_due || pause == IDLE;
            }
        }
    }

    /// How long nothing can happen by itself.
    fn pause(&self) -> Duration {
        let now = Instant::now();
        let left = |then: Instant| then.saturating_duration_since(now);
        [
            self.waiting_since.map(|since| left(since + LINGER)),
            // Who wants something already learns nothing from a message that is due.
            self.next_due.filter(|_| !self.want).map(|due| self.engine.clock.until(due)),
            self.bucket.next().filter(|_| self.is_open(now)),
            self.rest.ends_after(now).map(left),
            self.held.first().map(|held| left(held.stale_at())),
        ]
        .into_iter()
        .flatten()
        .min()
        .map_or(IDLE, |pause| pause.min(IDLE))
    }

    /// Takes in what was said so far.
    fn hear_all(&mut self) {
        while let Ok(event) = self.events.try_recv() {
            self.event(event);
        }
        if self.settle.is_empty() {
            // Nothing but strays: they need no storing.
            self.acknowledge();
        }
    }

    fn event(&mut self, event: HostEvent) {
        match event {
            HostEvent::Outcomes { last, outcomes } => {
                self.outcomes(outcomes);
                self.heard = last;
                self.offer_held();
            }
            HostEvent::Lost { last, outcomes } => {
                self.lost(outcomes);
                self.heard = last;
            }
            HostEvent::Ready => self.offer_held(),
            HostEvent::Down { reason, restarts_in, .. } => self.down(reason, restarts_in),
            HostEvent::Up { .. } => self.up(),
            // These go elsewhere.
            HostEvent::Inbound { .. } | HostEvent::Receipt { .. } | HostEvent::Log { .. } => {}
        }
    }

    /// Counts what was taken, for the rate that people see.
    fn meter(&self, sent: u64) {
        if sent > 0 {
            self.transport.meter.lock().unwrap_or_else(PoisonError::into_inner).add(sent);
        }
    }
}
