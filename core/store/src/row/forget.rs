//! What plugins are still to forget.

use crate::TransportId;
use rundruf_consent::{AddressId, Time};

/// An address of a person who was erased that a transport's plugin is to forget.
#[derive(Clone, PartialEq, Eq)]
pub struct PendingForget {
    /// Number of the row; 0 for a new one.
    pub id: i64,
    /// The transport.
    pub transport: TransportId,
    /// Number of the address, which stays when it is erased.
    pub address: AddressId,
    /// Kind of address.
    pub channel: String,
    /// Its spelling.
    pub value: String,
    /// When the person was erased.
    pub at: Time,
}

// It is the one place that still names the person: it prints no address.
impl std::fmt::Debug for PendingForget {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PendingForget")
            .field("transport", &self.transport)
            .field("at", &self.at)
            .finish_non_exhaustive()
    }
}
