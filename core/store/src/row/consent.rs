//! Consents: their moves, requests and events.

use super::NewService;
use rundruf_consent::evidence::{EvidenceDraft, RecordId};
use rundruf_consent::{Address, AddressId, ContactId, Event, EventId, ListId, State, Time};
use std::collections::BTreeMap;
use std::sync::Arc;

/// One consent.
#[derive(Clone, Copy, Debug)]
pub struct ConsentRow {
    /// The list.
    pub list: ListId,
    /// The person.
    pub contact: ContactId,
    /// The address.
    pub address: AddressId,
    /// State.
    pub state: State,
    /// When that state was entered.
    pub since: Time,
    /// The event that brought it there.
    pub evidence: EventId,
}

/// Who a move is about.
#[derive(Clone, Debug)]
pub enum ConsentTarget {
    /// By numbers.
    Ids(AddressId, ListId),
    /// By address; it must exist.
    Address(Address, ListId),
    /// By the random id of an open or answered confirmation request.
    Request([u8; 16]),
}

/// Something that happens to a consent.
#[derive(Clone, Debug)]
pub struct ConsentChange {
    /// Who.
    pub target: ConsentTarget,
    /// What.
    pub event: Event,
    /// Evidence, without what the store adds itself.
    pub draft: Arc<EvidenceDraft>,
    /// For `SignUp`: the request that the person will answer. An open one is replaced.
    pub request: Option<NewRequest>,
    /// Messages to queue in the same transaction, if the state changed.
    pub services: Vec<NewService>,
}

/// A confirmation request.
#[derive(Clone, Copy, Debug)]
pub struct NewRequest {
    /// Random id, part of the link.
    pub id: [u8; 16],
    /// When it ends.
    pub expires: Time,
}

/// A request, read back.
#[derive(Clone, Debug)]
pub struct RequestRow {
    /// Random id.
    pub id: [u8; 16],
    /// The consent it is about, as it is now.
    pub consent: ConsentRow,
    /// The address.
    pub address: Address,
    /// When it was made.
    pub created: Time,
    /// When it ends.
    pub expires: Time,
}

/// What became of a move.
#[derive(Clone, Debug)]
pub enum ConsentResult {
    /// Applied.
    Done {
        /// The consent afterwards.
        consent: ConsentRow,
        /// State before.
        before: State,
        /// Whether the state changed (a second JA does not).
        changed: bool,
    },
    /// The table does not know this move; nothing was written.
    Illegal(rundruf_consent::state::IllegalTransition),
    /// No such address, consent or request.
    NoTarget,
    /// Too many requests for this address (R11); nothing was written.
    TooMany,
}

/// One stored event of a consent, decrypted.
#[derive(Clone, Debug)]
pub struct EventRow {
    /// Number; its index in the log is this minus one.
    pub id: EventId,
    /// Name.
    pub record: RecordId,
    /// What happened, as a word.
    pub event: String,
    /// State afterwards.
    pub state_after: State,
    /// When.
    pub at: Time,
    /// Canonical JSON; `None` after erasure.
    pub json: Option<String>,
}

/// A list, also one that is closed or not in the settings any more.
#[derive(Clone, Debug)]
pub struct ListRow {
    /// The list.
    pub id: ListId,
    /// Its name.
    pub name: String,
    /// Whether it is closed.
    pub closed: bool,
}

/// How many people a list has, by state of consent.
#[derive(Clone, Debug)]
pub struct ListStats {
    /// The list.
    pub id: ListId,
    /// Its name.
    pub name: String,
    /// Whether it is closed.
    pub closed: bool,
    /// Addresses by state.
    pub by_state: BTreeMap<&'static str, u64>,
}

/// Everything a proof file is made of, besides the log.
#[derive(Clone, Debug)]
pub struct ProofData {
    /// The consent.
    pub consent: ConsentRow,
    /// Its events, in order.
    pub events: Vec<EventRow>,
    /// Key of the address.
    pub key: rundruf_consent::evidence::SubjectKey,
    /// Every text the events name.
    pub texts: Vec<rundruf_consent::text::Text>,
}
