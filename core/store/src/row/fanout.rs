//! What fan-out sees, chooses and reports.

use super::TransportId;
use rundruf_consent::{Address, AddressFlags, AddressId, Channel, ContactId, EventId, Refusal, State};
use std::collections::BTreeMap;
use std::sync::Arc;

/// One consent of one contact, as fan-out sees it.
#[derive(Clone, Copy, Debug)]
pub struct FanOutCandidate {
    /// The contact that owns the address.
    pub contact: ContactId,
    /// The address of the consent.
    pub address: AddressId,
    /// Channel of the address.
    pub channel: Channel,
    /// Flags of the address.
    pub flags: AddressFlags,
    /// State of the consent.
    pub state: State,
    /// The event that brought the consent into this state.
    pub evidence: EventId,
}

/// What fan-out does with one contact.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum FanOutChoice {
    /// Send to the candidate of this index, by this transport.
    Send(usize, TransportId),
    /// Do not send; report the candidate of this index with this refusal.
    Skip(usize, Refusal),
}

/// Chooses for one contact among its candidates (never empty). Called inside the store's transaction: fast, no I/O.
pub type FanOutChooser = Arc<dyn Fn(&[FanOutCandidate]) -> FanOutChoice + Send + Sync>;

/// What one call of `fan_out` did.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct FanOutProgress {
    /// Rows written by this call.
    pub written: u64,
    /// Whether it was the last page.
    pub finished: bool,
}

/// What a dry run counted.
#[derive(Clone, Debug, Default)]
pub struct FanOutPreview {
    /// Contacts of the list.
    pub total: u64,
    /// Contacts that would get the message, by channel word.
    pub by_channel: BTreeMap<&'static str, u64>,
    /// Contacts that would not, by word of the refusal.
    pub skipped_by: BTreeMap<&'static str, u64>,
}

/// What a dry run says about one contact.
#[derive(Clone, Debug)]
pub struct FanOutPreviewRow {
    /// The contact.
    pub contact: ContactId,
    /// The address that was chosen, or whose refusal is reported.
    pub address: Address,
    /// The transport that would send, or the reason why none would.
    pub verdict: Result<TransportId, Refusal>,
    /// Language of the contact.
    pub language: Option<String>,
    /// Variables of the contact.
    pub vars: BTreeMap<String, String>,
}
