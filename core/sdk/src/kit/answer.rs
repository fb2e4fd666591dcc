//! The outcome of one message, as a test sees it.

use rundruf_abi::OutcomeCode;

/// The outcome for one recipient.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Answer {
    /// Outcome code of the contract.
    pub code: OutcomeCode,
    /// The provider's id of the message.
    pub remote_id: String,
    /// One line for the admin.
    pub detail: String,
    /// Milliseconds before the next attempt; 0 if the transport does not say.
    pub retry_after_ms: u32,
    /// The provider's ids of the parts.
    pub remote_ids: Vec<String>,
    /// Number of parts; 0 if the transport does not say.
    pub parts: u32,
    /// Cost in millionths, and its currency; empty if the transport does not say.
    pub cost: (u64, String),
}
