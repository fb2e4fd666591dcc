//! What the plugin has not begun comes back when somebody stops, pauses or cancels: it goes to the queue, where the next claim judges it anew.

use super::dispatcher::Dispatcher;
use crate::transports::RecallRequests;
use rundruf_host::MessageId;
use rundruf_store::DeliveryOutcome;
use std::collections::HashSet;

impl Dispatcher {
    /// Asks back what somebody wants back, wherever it is by now.
    pub(super) fn recall(&mut self) {
        if let Some(wanted) = self.transport.take_recalls() {
            self.recall_these(&wanted);
        }
    }

    /// Asks these back: claimed rows and unsent messages at once, the others from the plugin.
    pub(super) fn recall_these(&mut self, wanted: &RecallRequests) {
        let mut at_plugin: HashSet<MessageId> = HashSet::new();
        for (id, message) in self.in_flight.iter_mut() {
            let all = wanted.all
                || message.broadcast.is_some_and(|b| wanted.broadcasts.contains(&b))
                || (message.broadcast.is_some() && wanted.mailboxes.contains(&message.mailbox));
            if all && !message.is_recalled {
                message.is_recalled = true;
                at_plugin.insert(message.message_id(id));
            }
        }
        if at_plugin.is_empty() {
            return;
        }
        self.return_unsent();
        let now = self.context.clock.now();
        for (claimed, at) in std::mem::take(&mut self.claims.rows) {
            let id = claimed.permit.delivery().0;
            match self.in_flight.get(id) {
                Some(message) if message.is_recalled => {
                    let message = *message;
                    self.in_flight.remove(id);
                    self.settle(id, &message, DeliveryOutcome::Untouched, now);
                }
                _ => self.claims.rows.push((claimed, at)),
            }
        }
        self.transport.instance.recall((!wanted.all).then_some(&at_plugin));
        tracing::debug!(transport = %self.transport.config.name, messages = at_plugin.len(), "what is not begun is asked back");
        self.show_in_flight();
    }
}
