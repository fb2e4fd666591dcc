//! The task of one transport. Each turn is one transaction: it settles the outcomes that came back and claims as much as the plugin can take
//! now. While the store works on a turn, the messages of the turn before are rendered and handed over.

use super::account_probe::AccountProbe;
use super::adaptive_window::AdaptiveWindow;
use super::claims::Claims;
use super::destinations::Destinations;
use super::in_flight::{InFlightMessage, InFlightMessages};
use super::outage::Outage;
use super::poison::PoisonSearch;
use super::render::Renderer;
use super::settlements::Settlements;
use super::store_backoff::StoreBackoff;
use super::unsent::Unsent;
use crate::context::EngineContext;
use crate::transports::{Backoff, RecallRequests, TokenBucket, TransportHandle};
use rundruf_consent::{DeliveryId, Time};
use rundruf_host::{HostEvent, InstanceState};
use rundruf_store::{DeliveryOutcome, Settlement};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::mpsc;
use tokio::task::JoinSet;

/// Without an event a turn is tried again after this time: a safety net.
const IDLE: Duration = Duration::from_secs(30);

/// The task of one transport. Its own state is in its parts, one file each.
pub(crate) struct Dispatcher {
    pub(super) context: Arc<EngineContext>,
    pub(super) transport: Arc<TransportHandle>,
    events: mpsc::UnboundedReceiver<HostEvent>,
    pub(super) in_flight: InFlightMessages,
    pub(super) settlements: Settlements,
    pub(super) claims: Claims,
    pub(super) unsent: Unsent,
    pub(super) renderer: Renderer,
    pub(super) bucket: TokenBucket,
    pub(super) backoff: Backoff,
    pub(super) adaptive: AdaptiveWindow,
    pub(super) destinations: Destinations,
    pub(super) probe: AccountProbe,
    pub(super) outage: Outage,
    pub(super) poison: PoisonSearch,
    pub(super) store_backoff: StoreBackoff,
    /// The host was told not to count the next crash: it belongs to the search for a poisonous message.
    pub(super) ignores_next_crash: bool,
    /// Whether the plugin has opened since the transport was started.
    pub(super) has_run: bool,
    /// Since when the plugin's process does not come up.
    pub(super) down_since: Option<Instant>,
    /// Flags of addresses and alerts that are stored beside the hot path.
    pub(super) background: JoinSet<()>,
}

impl Drop for Dispatcher {
    fn drop(&mut self) {
        self.transport.set_dispatcher_ended();
    }
}

impl Dispatcher {
    pub(crate) fn new(
        context: Arc<EngineContext>,
        transport: Arc<TransportHandle>,
        events: mpsc::UnboundedReceiver<HostEvent>,
    ) -> Self {
        let rate = transport.config.rate_per_s.or(transport.instance.manifest().rate_per_s);
        let (renderer, window) = (Renderer::new(&transport), transport.window);
        // It is known when the plugin has opened.
        let adaptive = AdaptiveWindow::new(window, false);
        Self {
            context,
            transport,
            events,
            in_flight: InFlightMessages::default(),
            settlements: Settlements::default(),
            claims: Claims::new(),
            unsent: Unsent::default(),
            renderer,
            bucket: TokenBucket::new(rate, Instant::now()),
            backoff: Backoff::new(window),
            adaptive,
            destinations: Destinations::default(),
            probe: AccountProbe::default(),
            outage: Outage::default(),
            poison: PoisonSearch::default(),
            store_backoff: StoreBackoff::new(),
            ignores_next_crash: false,
            has_run: false,
            down_since: None,
            background: JoinSet::new(),
        }
    }

    /// Works until the engine stops or the transport retires, and everything in flight is settled.
    pub(crate) async fn run(mut self) {
        let mut draining = false;
        loop {
            // Read before the successor is looked for, which is set before the old context stops.
            let stopping = *self.context.stopping.borrow();
            if self.follow_successor() {
                continue;
            }
            let stopping = stopping || self.transport.is_retired();
            if stopping && !draining {
                draining = true;
                self.return_unsent();
                self.transport.instance.drain(self.context.config.drain_for);
            }
            // First the session, then all events so far: the outcomes of an earlier process come before the next one has a session, so they
            // are settled in the transaction that first claims for it. A journal then covers all deliveries that are open.
            let session = self.transport.instance.session();
            self.read_events();
            self.recall();
            self.return_stale();
            self.tell_of_outage();
            if self.is_turn() {
                let claim = if stopping { 0 } else { self.room() };
                if !self.settlements.is_empty() || claim > 0 {
                    self.turn(session, claim).await;
                    continue;
                }
            }
            if !self.claims.claimed.is_empty() {
                self.render().await;
                continue;
            }
            if self.settlements.is_empty() && !self.settlements.follow_up.is_empty() {
                self.follow_up().await;
                self.acknowledge();
                continue;
            }
            if stopping && self.open() == 0 && self.settlements.is_empty() {
                while self.background.join_next().await.is_some() {}
                return;
            }
            self.wait().await;
        }
    }

    /// Moves on to the context of new settings, if there is one.
    fn follow_successor(&mut self) -> bool {
        let Some(next) = self.context.successor.get().filter(|_| !self.transport.is_retired()) else { return false };
        self.context = Arc::clone(next);
        self.renderer = Renderer::new(&self.transport);
        // Under other settings the gate may judge otherwise, and texts may differ.
        self.recall_these(&RecallRequests::all());
        true
    }

    /// Whether anything may be claimed, were there room.
    fn may_claim(&self, now: Instant) -> bool {
        let is_open = !self.transport.is_paused() || (self.is_probing() && self.probe.is_due(now));
        let is_ready = self.claims.wanted && self.unsent.is_empty() && is_open;
        is_ready && self.backoff.ends_after(now).is_none()
    }

    /// Whether one message at a time is tried, because the account is refused.
    pub(super) fn is_probing(&self) -> bool {
        self.transport.is_account_pause()
    }

    /// How many messages may be claimed now.
    fn room(&mut self) -> u32 {
        let now = Instant::now();
        if !self.may_claim(now) || self.transport.instance.state() != InstanceState::Up {
            return 0;
        }
        if self.poison.is_on() && self.open() > 0 {
            return 0;
        }
        if self.is_probing() {
            return u32::from(self.open() == 0).min(self.bucket.available(now));
        }
        self.adaptive.window().saturating_sub(self.open()).min(self.bucket.available(now))
    }

    /// Whether a transaction is worth it now.
    fn is_turn(&self) -> bool {
        if self.settlements.is_empty() {
            return self.claims.wanted;
        }
        self.settlements.is_ready(self.adaptive.window(), self.open() == 0)
    }

    /// Adds the settlement of a message that is not in flight any more.
    pub(super) fn settle(&mut self, id: i64, message: &InFlightMessage, to: DeliveryOutcome, now: Time) {
        let &InFlightMessage { evidence, broadcast, lease, trial, .. } = message;
        match to {
            DeliveryOutcome::Untouched => {
                self.claims.wanted = true;
                if trial {
                    self.poison.put_back(id);
                }
            }
            DeliveryOutcome::Retry { due, .. } => self.claims.due_at(due),
            _ => {}
        }
        self.settlements.add(Settlement { delivery: DeliveryId(id), evidence, broadcast, lease, to, at: now });
    }

    /// Tells the plugin that it may forget outcomes, now that all of them are stored.
    pub(super) fn acknowledge(&mut self) {
        if let Some(last) = self.settlements.take_acknowledgement() {
            self.transport.instance.acknowledge(last);
        }
    }

    /// How many messages are claimed and not settled.
    pub(super) fn open(&self) -> u32 {
        self.in_flight.count().saturating_add(self.claims.count())
    }

    /// Shows others how many messages are in flight.
    pub(super) fn show_in_flight(&self) {
        self.transport.set_in_flight(self.open());
    }

    /// Waits for an event, a wake-up, or the next point in time at which something is to be done.
    async fn wait(&mut self) {
        let pause = self.pause();
        let transport = Arc::clone(&self.transport);
        tokio::select! {
            biased;
            event = self.events.recv() => match event {
                Some(event) => self.event(event),
                // The plugin has ended: no event comes any more.
                None => tokio::time::sleep(pause).await,
            },
            () = transport.wake.notified() => self.claims.wanted = true,
            () = tokio::time::sleep(pause) => {
                let is_due = self.claims.next_due.is_some_and(|d| d <= self.context.clock.now());
                self.claims.wanted |= is_due || pause == IDLE;
            }
        }
    }

    /// How long there is nothing to do without an event.
    fn pause(&self) -> Duration {
        let now = Instant::now();
        [
            self.settlements.ready_in(now),
            // A dispatcher that wants to claim already learns nothing from a message that is due.
            self.claims.next_due.filter(|_| !self.claims.wanted).map(|due| self.context.clock.until(due)),
            self.bucket.next_in().filter(|_| self.may_claim(now)),
            self.backoff.ends_after(now).map(|end| end.saturating_duration_since(now)),
            self.unsent.stale_in(now),
            Some(self.probe.due_in(now)).filter(|left| self.is_probing() && self.claims.wanted && !left.is_zero()),
            self.outage_told_in(now),
        ]
        .into_iter()
        .flatten()
        .min()
        .map_or(IDLE, |pause| pause.min(IDLE))
    }

    /// Takes in all events so far.
    fn read_events(&mut self) {
        while let Ok(event) = self.events.try_recv() {
            self.event(event);
        }
        if self.settlements.is_empty() {
            // Outcomes of unknown messages only: there is nothing to store.
            self.acknowledge();
        }
    }

    fn event(&mut self, event: HostEvent) {
        match event {
            HostEvent::Outcomes { last, outcomes } => {
                self.take_outcomes(outcomes);
                self.settlements.received(last);
                self.offer_unsent();
            }
            HostEvent::Lost { last, outcomes } => {
                self.take_lost(outcomes);
                self.settlements.received(last);
            }
            HostEvent::Ready => self.offer_unsent(),
            HostEvent::Down { reason, restarts_in, .. } => self.process_down(reason, restarts_in),
            HostEvent::Up { .. } => self.process_up(),
            // The receiver of the transport gets these.
            HostEvent::Inbound { .. } | HostEvent::Receipt { .. } | HostEvent::Log { .. } => {}
        }
    }
}
