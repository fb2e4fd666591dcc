//! Inbound messages.

use super::TransportId;
use rundruf_consent::{Address, Time};

/// An inbound message.
#[derive(Clone, Debug)]
pub struct InboundRow {
    /// Number; 0 before it is stored.
    pub id: i64,
    /// The transport that received it.
    pub transport: TransportId,
    /// The sender.
    pub address: Address,
    /// Kind as in the ABI: 0 text, 1 reaction, 2 edit, 3 opt-out.
    pub kind: u32,
    /// How sure the channel is of the sender: 0, 1, 2 as in the ABI.
    pub trust: u32,
    /// Text of the message; may be empty.
    pub text: String,
    /// The provider's id; a second message with the same id is dropped. Empty if there is none.
    pub remote_id: String,
    /// When it was received.
    pub at: Time,
}
