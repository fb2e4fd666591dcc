//! Outcomes that wait for the next transaction, and what the plugin may forget once they are stored.

use crate::conversation::bounce::Bounce;
use rundruf_store::Settlement;
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
    /// Number of the last outcome that was received, and of the last that was acknowledged to the plugin.
    received: u64,
    acknowledged: u64,
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
        (self.received > self.acknowledged).then(|| {
            self.acknowledged = self.received;
            self.received
        })
    }
}
