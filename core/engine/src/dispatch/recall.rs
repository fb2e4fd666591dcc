//! What the plugin has not begun comes back when somebody stops, pauses or cancels: it goes to the queue, where the next claim judges it anew.

use super::dispatcher::Dispatcher;
use super::in_flight::InFlightMessage;
use crate::transports::RecallRequests;
use rundruf_host::MessageId;
use rundruf_store::{Claimed, DeliveryOutcome};
use std::collections::HashSet;

/// Whether a message is to come back. A stop recalls deliveries of broadcasts alone: a service message may be its acknowledgement.
fn is_wanted(wanted: &RecallRequests, message: &InFlightMessage) -> bool {
    let of_broadcast = |id| wanted.broadcasts.contains(&id) || wanted.mailboxes.contains(&message.mailbox);
    wanted.all || message.broadcast.is_some_and(of_broadcast)
}

impl Dispatcher {
    /// Asks back what somebody wants back, wherever it is by now.
    pub(super) fn recall(&mut self) {
        if let Some(wanted) = self.transport.take_recalls() {
            self.recall_these(&wanted);
        }
    }

    /// Asks these back: claimed rows and unsent messages at once, the others from the plugin.
    pub(super) fn recall_these(&mut self, wanted: &RecallRequests) {
        let is_wanted = |message: &InFlightMessage| is_wanted(wanted, message);
        self.return_claimed(is_wanted);
        let mut at_plugin: HashSet<MessageId> = HashSet::new();
        for (id, message) in self.in_flight.iter_mut() {
            if !message.is_recalled && is_wanted(message) {
                message.is_recalled = true;
                at_plugin.insert(message.message_id(id));
            }
        }
        if at_plugin.is_empty() {
            return;
        }
        self.return_unsent();
        self.transport.instance.recall((!wanted.all).then_some(&at_plugin));
        tracing::debug!(transport = %self.transport.config.name, messages = at_plugin.len(), "what is not begun is asked back");
        self.show_in_flight();
    }

    /// Returns claimed rows that are not rendered yet to the queue.
    fn return_claimed(&mut self, is_wanted: impl Fn(&InFlightMessage) -> bool) {
        let (now, service_key) = (self.context.clock.now(), self.context.store.secrets().instance_key);
        for mut claimed in std::mem::take(&mut self.claims.claimed) {
            let (mark, trial) = (claimed.mark, claimed.trial);
            let message = |row: &Claimed| InFlightMessage::of(row, service_key, mark, trial);
            for row in claimed.rows.extract_if(.., |row| is_wanted(&message(row))) {
                let id = row.permit.delivery().0;
                self.settle(id, &message(&row), DeliveryOutcome::Untouched, now);
            }
            if !claimed.rows.is_empty() {
                self.claims.claimed.push(claimed);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dispatch::in_flight::tests::message;
    use rundruf_consent::{BroadcastId, Channel};
    use rundruf_store::Mailbox;

    #[test]
    fn a_recall_takes_what_was_asked_for_and_no_more() {
        let karla = Mailbox::of(Channel::Email, "karla@x.example");
        let broadcast = |n| RecallRequests { broadcasts: vec![BroadcastId(n)], ..RecallRequests::default() };
        let mailbox = RecallRequests { mailboxes: vec![karla], ..RecallRequests::default() };
        let hers = message(Some(1), "karla+a@x.example");
        let (other, service) = (message(Some(1), "karl@x.example"), message(None, "karla@x.example"));
        for (what, wanted, want) in [
            ("nothing", RecallRequests::default(), [false, false, false]),
            ("everything", RecallRequests::all(), [true, true, true]),
            ("her broadcast", broadcast(1), [true, true, false]),
            ("another broadcast", broadcast(2), [false, false, false]),
            ("her mailbox", mailbox, [true, false, false]),
        ] {
            assert_eq!([&hers, &other, &service].map(|m| is_wanted(&wanted, m)), want, "{what}");
        }
    }
}
