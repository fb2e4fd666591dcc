//! Everything that passed between us and one person, for an answer under GDPR Art. 15 and 20.

use super::{DeliveryRow, InboxRow, TransportId};
use rundruf_consent::{AddressId, BroadcastId, Class, ListId, Time};

/// A message of a broadcast to one person.
#[derive(Clone, Debug)]
pub struct PersonDelivery {
    /// The broadcast.
    pub broadcast: BroadcastId,
    /// The list that the broadcast went to.
    pub list: ListId,
    /// What the broadcast said, as the engine stored it.
    pub content: String,
    /// What became of it.
    pub delivery: DeliveryRow,
}

/// A message outside of broadcasts to one person.
#[derive(Clone, Debug)]
pub struct PersonService {
    /// Its address.
    pub address: AddressId,
    /// Its kind; `None` if this program does not know the number.
    pub class: Option<Class>,
    /// The transport that sends it.
    pub transport: TransportId,
    /// The list that it is about.
    pub list: Option<ListId>,
    /// What it says, as the engine stored it.
    pub payload: String,
    /// Word of its state.
    pub state: &'static str,
    /// When it was queued or was to be tried next.
    pub due: Time,
    /// When it last changed.
    pub at: Option<Time>,
    /// The provider's id of the message.
    pub remote_id: Option<String>,
}

/// Messages in and out, and where the person must not be written to.
#[derive(Clone, Debug, Default)]
pub struct PersonMessages {
    /// When the person was entered.
    pub created: Option<Time>,
    /// Messages of broadcasts, oldest first.
    pub deliveries: Vec<PersonDelivery>,
    /// Messages outside of broadcasts, oldest first.
    pub services: Vec<PersonService>,
    /// Messages from the person, oldest first.
    pub inbound: Vec<InboxRow>,
    /// Addresses on the suppression list: number, list (`None`: all of them), since when.
    pub suppressed: Vec<(AddressId, Option<ListId>, Time)>,
}
