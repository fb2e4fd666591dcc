//! What fan-out sees, chooses and reports.

use super::TransportId;
use rundruf_consent::{Address, AddressFlags, AddressId, Channel, ContactId, EventId, Refusal, State};
use std::collections::BTreeMap;
use std::sync::Arc;

/// One consent of one contact, as fan-out sees it.
#[derive(Clone, Copy, Debug)]
pub struct FanOutCandidate {
    /// Whose.
    pub contact: ContactId,
    /// Address.
    pub address: AddressId,
    /// Its kind.
    pub channel: Channel,
    /// Its flags.
    pub flags: AddressFlags,
    /// State of the consent.
    pub state: State,
    /// Its evidence.
    pub evidence: EventId,
}

/// What fan-out does with one contact.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum FanOutChoice {
    /// Send: candidate number, by this transport.
    Send(usize, TransportId),
    /// Do not send: the candidate whose refusal is told, and why.
    Skip(usize, Refusal),
}

/// Chooses for one contact among its candidates (never empty). Called inside the store's transaction: fast, no I/O.
pub type FanOutChooser = Arc<dyn Fn(&[FanOutCandidate]) -> FanOutChoice + Send + Sync>;

/// Progress of fan-out.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct FanOutProgress {
    /// Rows written by this call.
    pub written: u64,
    /// Whether it was the last page.
    pub finished: bool,
}

/// What a dry run found.
#[derive(Clone, Debug, Default)]
pub struct FanOutPreview {
    /// Contacts looked at.
    pub total: u64,
    /// Who would get it, by channel word.
    pub by_channel: BTreeMap<&'static str, u64>,
    /// Who would not, by reason word.
    pub skipped_by: BTreeMap<&'static str, u64>,
}

/// One person in a dry run.
#[derive(Clone, Debug)]
pub struct FanOutPreviewRow {
    /// Who.
    pub contact: ContactId,
    /// The address looked at.
    pub address: Address,
    /// By which transport, or why not.
    pub verdict: Result<TransportId, Refusal>,
}
