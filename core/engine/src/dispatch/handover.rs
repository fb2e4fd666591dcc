//! Messages → plugin. What it does not take is kept and offered again, or goes back to the queue; no letter is ever lost.

use super::Dispatcher;
use super::render::Group;
use rundruf_host::{MessageBatch, RejectionReason, SendRejection};
use rundruf_store::DeliveryOutcome;
use std::time::{Duration, Instant};

/// Messages that were claimed and not taken go back to the queue after this time: what happens meanwhile (a stop, a pause) must count.
const STALE_AFTER: Duration = Duration::from_secs(1);
/// Refused for what it contains.
const BAD_CONTENT: u16 = 301;

/// Messages that the plugin could not take yet.
pub(super) struct Held {
    group: Group,
    since: Instant,
}

impl Held {
    pub(super) fn stale_at(&self) -> Instant {
        self.since + STALE_AFTER
    }
}

impl Dispatcher {
    /// Hands letters over in batches that the plugin takes.
    pub(super) fn send(&mut self, group: Group) {
        self.send_since(group, Instant::now());
    }

    fn send_since(&mut self, group: Group, since: Instant) {
        let Group { content, batches, priority, deadline_ms } = group;
        let mut batches = batches.into_iter();
        while let Some(letters) = batches.next() {
            let Err(SendRejection { letters, why }) =
                self.transport.instance.send(&content, letters, priority, deadline_ms)
            else {
                continue;
            };
            let batches: Vec<_> = std::iter::once(letters).chain(batches).collect();
            match why {
                RejectionReason::Busy => {
                    let group = Group { content, batches, priority, deadline_ms };
                    self.held.push(Held { group, since });
                }
                RejectionReason::Closed => self.give_back(&batches, &DeliveryOutcome::Untouched),
                RejectionReason::TooLarge => {
                    let detail = "larger than the transport takes".into();
                    self.give_back(&batches, &DeliveryOutcome::Failed { code: BAD_CONTENT, detail });
                }
            }
            return;
        }
    }

    fn give_back(&mut self, batches: &[MessageBatch], to: &DeliveryOutcome) {
        let now = self.engine.clock.now();
        for permit in batches.iter().flat_map(MessageBatch::permits) {
            let id = permit.delivery().0;
            if let Some(flight) = self.flights.remove(id) {
                self.push(id, &flight, to.clone(), now);
            }
        }
        self.show();
    }

    /// Offers what is kept again.
    pub(super) fn offer_held(&mut self) {
        if self.held.is_empty() || self.transport.is_paused() {
            return;
        }
        for Held { group, since } in std::mem::take(&mut self.held) {
            self.send_since(group, since);
        }
    }

    /// Everything that is kept goes back to the queue.
    pub(super) fn give_back_held(&mut self) {
        for Held { group, .. } in std::mem::take(&mut self.held) {
            self.give_back(&group.batches, &DeliveryOutcome::Untouched);
        }
    }

    /// What has been kept for too long goes back to the queue.
    pub(super) fn give_back_stale(&mut self) {
        let now = Instant::now();
        if self.held.iter().any(|held| held.stale_at() <= now) {
            self.give_back_held();
        }
    }
}
