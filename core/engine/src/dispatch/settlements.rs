//! Outcomes that wait for the next transaction, and what the plugin may forget once they are stored.

use crate::conversation::bounce::Bounce;
use rundruf_consent::DeliveryId;
use rundruf_store::{OutcomeCorrection, SentDetail, Settlement};
use std::time::{Duration, Instant};

/// Longest wait of an outcome for others to share its transaction: a slow plugin costs few commits, a fast one fills half a window sooner.
const LINGER: Duration = Duration::from_millis(10);

/// The unsettled outcomes of one transport.
#[derive(Default)]
pub(super) struct Settlements {
    pending: Vec<Settlement>,
    /// When the oldest pending one was added.
    since: Option<Instant>,
    /// Addresses that are permanently undeliverable by these outcomes; flagged after they are stored.
    pub(super) undeliverable: Vec<Bounce>,
    /// What is stored after them, and before the plugin may forget them.
    pub(super) follow_up: FollowUp,
    /// Number of the last outcome that was received, and of the last that was acknowledged to the plugin.
    received: u64,
    acknowledged: u64,
}

/// What outcomes mean beside the state of their deliveries.
#[derive(Default)]
pub(super) struct FollowUp {
    /// Outcomes of messages that counted as unknown.
    pub(super) corrections: Vec<OutcomeCorrection>,
    /// Provider's ids, parts and cost.
    pub(super) details: Vec<SentDetail>,
    /// People who do not want messages of this sender any more, as the provider says.
    pub(super) opted_out: Vec<Bounce>,
    /// Deliveries that go on by another channel of the person.
    pub(super) elsewhere: Vec<DeliveryId>,
}

impl FollowUp {
    pub(super) const fn is_empty(&self) -> bool {
        self.corrections.is_empty() && self.details.is_empty() && self.opted_out.is_empty() && self.elsewhere.is_empty()
    }
}

impl Settlements {
    pub(super) fn add(&mut self, settlement: Settlement) {
        self.pending.push(settlement);
        self.since.get_or_insert_with(Instant::now);
    }

    /// Takes all of them for a transaction.
    pub(super) fn take(&mut self) -> Vec<Settlement> {
        self.since = None;
        std::mem::take(&mut self.pending)
    }

    /// The transaction failed: they wait for the next one.
    pub(super) fn put_back(&mut self, settlements: Vec<Settlement>) {
        self.pending.extend(settlements);
        if !self.pending.is_empty() {
            self.since = Some(Instant::now());
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.pending.is_empty()
    }

    /// Whether they are worth a transaction: half a window came back, nothing else is in flight, or one has waited long enough.
    pub(super) fn is_ready(&self, window: u32, nothing_in_flight: bool) -> bool {
        let half = (window / 2).max(1) as usize;
        self.pending.len() >= half || nothing_in_flight || self.since.is_some_and(|t| t.elapsed() >= LINGER)
    }

    /// How long until the oldest has waited long enough.
    pub(super) fn ready_in(&self, now: Instant) -> Option<Duration> {
        self.since.map(|since| (since + LINGER).saturating_duration_since(now))
    }

    /// The plugin reported outcomes up to this number.
    pub(super) const fn received(&mut self, last: u64) {
        self.received = last;
    }

    /// What can be acknowledged now that all outcomes are stored, if anything.
    pub(super) fn take_acknowledgement(&mut self) -> Option<u64> {
        (self.received > self.acknowledged && self.follow_up.is_empty()).then(|| {
            self.acknowledged = self.received;
            self.received
        })
    }
}
