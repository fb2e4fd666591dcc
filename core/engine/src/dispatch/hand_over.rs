//! Messages → plugin. What it does not take is kept and offered again, or goes back to the queue; no message is ever lost.

use super::dispatcher::Dispatcher;
use super::render::MessageGroup;
use super::retry::BAD_CONTENT;
use rundruf_host::{MessageBatch, RejectionReason, SendRejection};
use rundruf_store::DeliveryOutcome;
use std::time::Instant;

impl Dispatcher {
    /// Hands messages over in batches that the plugin takes; keeps what it does not take now, unsent since then.
    pub(super) fn send(&mut self, group: MessageGroup, since: Instant) {
        let MessageGroup { content, batches, priority, deadline_ms } = group;
        let mut batches = batches.into_iter();
        while let Some(batch) = batches.next() {
            let Err(SendRejection { messages: batch, why }) =
                self.transport.instance.send(&content, batch, priority, deadline_ms)
            else {
                continue;
            };
            let batches: Vec<_> = std::iter::once(batch).chain(batches).collect();
            match why {
                RejectionReason::Busy => {
                    self.unsent.keep(MessageGroup { content, batches, priority, deadline_ms }, since);
                }
                RejectionReason::Closed => self.settle_batches(&batches, &DeliveryOutcome::Untouched),
                RejectionReason::TooLarge => {
                    let detail = "larger than the transport takes".into();
                    self.settle_batches(&batches, &DeliveryOutcome::Failed { code: BAD_CONTENT, detail });
                }
            }
            return;
        }
    }

    fn settle_batches(&mut self, batches: &[MessageBatch], to: &DeliveryOutcome) {
        let now = self.context.clock.now();
        for permit in batches.iter().flat_map(MessageBatch::permits) {
            let id = permit.delivery().0;
            if let Some(message) = self.in_flight.remove(id) {
                self.settle(id, &message, to.clone(), now);
            }
        }
        self.show_in_flight();
    }

    /// Offers unsent messages again.
    pub(super) fn offer_unsent(&mut self) {
        if self.unsent.is_empty() || (self.transport.is_paused() && !self.is_probing()) {
            return;
        }
        for (group, since) in self.unsent.take() {
            self.send(group, since);
        }
    }

    /// Returns all unsent messages to the queue.
    pub(super) fn return_unsent(&mut self) {
        for (group, _) in self.unsent.take() {
            self.settle_batches(&group.batches, &DeliveryOutcome::Untouched);
        }
    }

    /// Returns unsent messages to the queue if one has been unsent for too long.
    pub(super) fn return_stale(&mut self) {
        if self.unsent.is_stale(Instant::now()) {
            self.return_unsent();
        }
    }
}
