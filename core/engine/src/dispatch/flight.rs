//! Letters that are out, by delivery.

use rundruf_consent::{AddressId, BroadcastId, EventId, Time};
use rundruf_store::LeaseId;
use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

/// A letter that is out.
#[derive(Clone, Copy, Debug)]
pub(super) struct Flight {
    pub(super) address: AddressId,
    pub(super) evidence: EventId,
    pub(super) broadcast: Option<BroadcastId>,
    pub(super) lease: Option<LeaseId>,
    pub(super) attempt: u32,
    pub(super) first: Time,
    /// It was claimed by name, to see whether the plugin bears it.
    pub(super) trial: bool,
}

/// Delivery ids are our own small numbers in a row: one multiplication spreads them well enough.
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

/// All of one transport.
#[derive(Default)]
pub(super) struct Flights(HashMap<i64, Flight, BuildHasherDefault<IdHasher>>);

impl Flights {
    pub(super) fn insert(&mut self, id: i64, flight: Flight) {
        self.0.insert(id, flight);
    }

    pub(super) fn remove(&mut self, id: i64) -> Option<Flight> {
        self.0.remove(&id)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn count(&self) -> u32 {
        u32::try_from(self.0.len()).unwrap_or(u32::MAX)
    }
}
