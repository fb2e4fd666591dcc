//! Messages that were rendered and that the plugin could not take yet.

use super::render::MessageGroup;
use std::time::{Duration, Instant};

/// Unsent messages go back to the queue after this time, so that a stop or a pause that comes meanwhile counts.
const STALE_AFTER: Duration = Duration::from_secs(1);

/// The unsent messages of one transport.
#[derive(Default)]
pub(super) struct Unsent(Vec<(MessageGroup, Instant)>);

impl Unsent {
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Keeps messages that are unsent since then.
    pub(super) fn keep(&mut self, group: MessageGroup, since: Instant) {
        self.0.push((group, since));
    }

    /// Takes all of them, with the time since when each is unsent.
    pub(super) fn take(&mut self) -> Vec<(MessageGroup, Instant)> {
        std::mem::take(&mut self.0)
    }

    /// Whether one of them must go back to the queue.
    pub(super) fn is_stale(&self, now: Instant) -> bool {
        self.0.iter().any(|(_, since)| *since + STALE_AFTER <= now)
    }

    /// How long until the first of them is stale.
    pub(super) fn stale_in(&self, now: Instant) -> Option<Duration> {
        self.0.first().map(|(_, since)| (*since + STALE_AFTER).saturating_duration_since(now))
    }
}
