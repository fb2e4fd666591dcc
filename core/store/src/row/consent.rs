//! Consents: their moves, requests and events.

use super::NewService;
use rundruf_consent::evidence::{EvidenceDraft, RecordId};
use rundruf_consent::{Address, AddressId, ContactId, Event, EventId, ListId, State, Time};
use std::sync::Arc;

/// The consent of one address for one list.
#[derive(Clone, Copy, Debug)]
pub struct ConsentRow {
    /// The list it is for.
    pub list: ListId,
    /// The contact that owns the address.
    pub contact: ContactId,
    /// The address it is for.
    pub address: AddressId,
    /// Its state now.
    pub state: State,
    /// When it entered that state.
    pub since: Time,
    /// The event that brought it there.
    pub evidence: EventId,
}

/// Which consent a change is about.
#[derive(Clone, Debug)]
pub enum ConsentTarget {
    /// Address and list by their numbers.
    Ids(AddressId, ListId),
    /// An address that the store knows, and a list.
    Address(Address, ListId),
    /// The consent of the confirmation request with this random id, open or answered.
    Request([u8; 16]),
}

/// Something that happens to a consent.
#[derive(Clone, Debug)]
pub struct ConsentChange {
    /// The consent.
    pub target: ConsentTarget,
    /// What happens to it.
    pub event: Event,
    /// Its evidence, without what the store adds.
    pub draft: Arc<EvidenceDraft>,
    /// For `SignUp`: the confirmation request that the person will answer. It replaces an open one.
    pub request: Option<NewRequest>,
    /// Service messages to queue in the same transaction if the state changes.
    pub services: Vec<NewService>,
}

/// A confirmation request to store.
#[derive(Clone, Copy, Debug)]
pub struct NewRequest {
    /// Random id, part of the link.
    pub id: [u8; 16],
    /// After this time it cannot be answered any more.
    pub expires: Time,
}

/// A confirmation request, read back.
#[derive(Clone, Debug)]
pub struct RequestRow {
    /// Random id, part of the link.
    pub id: [u8; 16],
    /// The consent it is about, as it is now.
    pub consent: ConsentRow,
    /// The address that was asked.
    pub address: Address,
    /// When it was made.
    pub created: Time,
    /// After this time it cannot be answered any more.
    pub expires: Time,
    /// Whether it waits for its answer: not answered, not replaced by a newer one, not ended by a stop.
    pub is_open: bool,
}

/// What a change did.
#[derive(Clone, Debug)]
pub enum ConsentResult {
    /// It was applied, or repeats what holds already.
    Done {
        /// The consent after the change.
        consent: ConsentRow,
        /// The state before it.
        before: State,
        /// Whether the state changed (a second JA does not).
        changed: bool,
    },
    /// The table of transitions does not allow it; nothing was written.
    Illegal(rundruf_consent::state::IllegalTransition),
    /// There is no such address, consent or request.
    NoTarget,
    /// This address was asked too often (R11); nothing was written.
    TooMany,
}

/// One stored event of a consent, decrypted.
#[derive(Clone, Debug)]
pub struct EventRow {
    /// Its number; its index in the log is this minus one.
    pub id: EventId,
    /// Random name of its record.
    pub record: RecordId,
    /// Word of the event.
    pub event: String,
    /// State of the consent after it.
    pub state_after: State,
    /// When it was stored.
    pub at: Time,
    /// Canonical JSON; `None` after erasure.
    pub json: Option<String>,
    /// Key that it is sealed with: that of its address, which may have been merged into another one since; `None` after erasure.
    pub key: Option<rundruf_consent::evidence::SubjectKey>,
}

/// What a proof file is made of, besides the log.
#[derive(Clone, Debug)]
pub struct ProofData {
    /// The consent that is proven.
    pub consent: ConsentRow,
    /// Its events, in order.
    pub events: Vec<EventRow>,
    /// Key of the address.
    pub key: rundruf_consent::evidence::SubjectKey,
    /// Every text the events name.
    pub texts: Vec<rundruf_consent::text::Text>,
    /// What became of the messages that events name.
    pub sent: Vec<rundruf_consent::proof::SentMessage>,
    /// What admins have said about changes of the list since the first event, in order.
    pub changes: Vec<EventRow>,
}
