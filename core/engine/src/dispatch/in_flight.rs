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
