//! Messages from outside.

use super::TransportId;
use rundruf_consent::{Address, Time};

/// A message from outside.
#[derive(Clone, Debug)]
pub struct InboundRow {
    /// Number; 0 before it is stored.
    pub id: i64,
    /// By which transport.
    pub transport: TransportId,
    /// From whom.
    pub address: Address,
    /// Kind as in the ABI: 0 text, 1 reaction, 2 edit, 3 opt-out.
    pub kind: u32,
    /// How sure the channel is of the sender: 0, 1, 2 as in the ABI.
    pub trust: u32,
    /// Text.
    pub text: String,
    /// The other side's id; a repeat is dropped.
    pub remote_id: String,
    /// When.
    pub at: Time,
}
