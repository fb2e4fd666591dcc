//! Messages that are rendered and not settled, by delivery.

use super::adaptive_window::ClaimMark;
use rundruf_consent::{AddressId, BroadcastId, EventId, Time};
use rundruf_host::{MessageId, MessageOutcome};
use rundruf_store::{ClaimKind, Claimed, Destination, LeaseId, Mailbox};
use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

/// What a settlement needs to know of a message.
#[derive(Clone, Copy, Debug)]
pub(super) struct InFlightMessage {
    pub(super) address: AddressId,
    pub(super) evidence: EventId,
    /// `None` for a service message.
    pub(super) broadcast: Option<BroadcastId>,
    pub(super) lease: Option<LeaseId>,
    pub(super) attempt: u32,
    /// When the first attempt was made.
    pub(super) first: Time,
    /// First half of its message id.
    pub(super) key: [u8; 8],
    pub(super) destination: Option<Destination>,
    pub(super) mailbox: Mailbox,
    pub(super) mark: ClaimMark,
    /// It was asked back: that it comes back says nothing about the provider.
    pub(super) is_recalled: bool,
    /// It was claimed by name, to see whether it crashes the plugin.
    pub(super) trial: bool,
}

impl InFlightMessage {
    /// Of a claimed row; `service_key` is the first half of a service message's id.
    pub(super) fn of(claimed: &Claimed, service_key: [u8; 8], mark: ClaimMark, trial: bool) -> Self {
        let (broadcast, lease, key) = match claimed.work {
            ClaimKind::Broadcast { broadcast, lease, key } => (Some(broadcast), lease, key),
            ClaimKind::Service { .. } => (None, None, service_key),
        };
        Self {
            address: claimed.address_id,
            evidence: claimed.permit.evidence(),
            broadcast,
            lease,
            attempt: claimed.attempt,
            first: claimed.first_try,
            key,
            destination: Destination::of(claimed.channel, &claimed.address),
            mailbox: Mailbox::of(claimed.channel, &claimed.address),
            mark,
            is_recalled: false,
            trial,
        }
    }

    /// Its message id: the second half is the delivery.
    pub(super) fn message_id(&self, delivery: i64) -> MessageId {
        let mut id = MessageId::default();
        let (key, number) = id.0.split_at_mut(8);
        key.copy_from_slice(&self.key);
        number.copy_from_slice(&delivery.to_be_bytes());
        id
    }
}

/// Delivery ids are our own small consecutive numbers: one multiplication spreads them well enough.
#[derive(Default)]
pub(super) struct IdHasher(u64);

impl Hasher for IdHasher {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        }
    }

    fn write_i64(&mut self, id: i64) {
        self.0 = id.cast_unsigned().wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(32);
    }
}

/// All messages of one transport.
#[derive(Default)]
pub(super) struct InFlightMessages(HashMap<i64, InFlightMessage, BuildHasherDefault<IdHasher>>);

impl InFlightMessages {
    pub(super) fn insert(&mut self, id: i64, message: InFlightMessage) {
        self.0.insert(id, message);
    }

    pub(super) fn remove(&mut self, id: i64) -> Option<InFlightMessage> {
        self.0.remove(&id)
    }

    pub(super) fn iter_mut(&mut self) -> impl Iterator<Item = (i64, &mut InFlightMessage)> {
        self.0.iter_mut().map(|(id, message)| (*id, message))
    }

    pub(super) fn count(&self) -> u32 {
        u32::try_from(self.0.len()).unwrap_or(u32::MAX)
    }
}

/// The delivery that an outcome is about: the second half of its message id.
pub(super) fn delivery_of(outcome: &MessageOutcome) -> i64 {
    let [_, _, _, _, _, _, _, _, number @ ..] = outcome.message_id.0;
    i64::from_be_bytes(number)
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::dispatch::adaptive_window::AdaptiveWindow;
    use rundruf_consent::Channel;
    use rundruf_host::OutcomeCode;
    use std::time::Instant;

    /// A message of a broadcast, or a service message, to this mailbox.
    pub(in crate::dispatch) fn message(broadcast: Option<i64>, address: &str) -> InFlightMessage {
        InFlightMessage {
            address: AddressId(1),
            evidence: EventId(2),
            broadcast: broadcast.map(BroadcastId),
            lease: None,
            attempt: 1,
            first: Time(3),
            key: [1, 2, 3, 4, 5, 6, 7, 8],
            destination: Destination::of(Channel::Email, address),
            mailbox: Mailbox::of(Channel::Email, address),
            mark: AdaptiveWindow::new(1, false).mark(Instant::now(), 1),
            is_recalled: false,
            trial: false,
        }
    }

    #[test]
    fn a_message_id_leads_back_to_its_delivery() {
        for delivery in [1, 77, 0x0102_0304_0506, -5, i64::MAX] {
            let id = message(Some(1), "a@x.example").message_id(delivery);
            assert_eq!(id.0[..8], [1, 2, 3, 4, 5, 6, 7, 8]);
            assert_eq!(id.0[8..], delivery.to_be_bytes());
            assert_eq!(delivery_of(&MessageOutcome::of(id, OutcomeCode::SENT, "")), delivery);
        }
    }

    #[test]
    fn messages_are_found_by_their_delivery() {
        let mut all = InFlightMessages::default();
        assert_eq!(all.count(), 0);
        for id in [1, 2, -1] {
            all.insert(id, InFlightMessage { address: AddressId(id * 10), ..message(Some(1), "a@x.example") });
        }
        assert_eq!(all.count(), 3);
        let mut ids: Vec<i64> = all.iter_mut().map(|(id, _)| id).collect();
        ids.sort_unstable();
        assert_eq!(ids, [-1, 1, 2]);
        assert_eq!(all.remove(-1).map(|m| m.address), Some(AddressId(-10)));
        assert!(all.remove(-1).is_none() && all.remove(3).is_none());
        assert_eq!(all.count(), 2);
    }
}
