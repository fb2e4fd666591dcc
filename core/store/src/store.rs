//! The trait. Names are noun_verb. Every method is one transaction, durable when it returns, unless it says otherwise.

use crate::error::Result;
use crate::row::*;
use async_trait::async_trait;
use rundruf_consent::log::Nodes;
use rundruf_consent::text::{Digest, Text};
use rundruf_consent::{Address, AddressFlags, AddressId, BroadcastId, ContactId, DeliveryId, ListId, Time};

/// What is kept. One implementation for each database; the conformance suite is its meaning.
#[async_trait]
pub trait Store: Send + Sync {
    // ---- instance ----------------------------------------------------------------------------------------------

    /// The instance's secrets.
    fn secrets(&self) -> &Secrets;

    /// Finds or makes the numbers of these lists, in order. A list that is not named any more stays. A closed list that is named is a
    /// [`StoreError::State`]: names are never reused.
    async fn list_sync(&self, names: Vec<String>) -> Result<Vec<ListId>>;

    /// Closes a list for good: its consents become terminated by the engine's moves; links keep working.
    async fn list_close(&self, list: ListId, now: Time) -> Result<()>;

    /// All lists by name, also closed ones. Costs nothing, however many people they have.
    async fn list_all(&self) -> Result<Vec<ListRow>>;

    /// All lists with their numbers of addresses by state. Reads every consent.
    async fn list_stats(&self) -> Result<Vec<ListStats>>;

    /// Finds or makes the numbers of these transports, in order.
    async fn transport_sync(&self, names: Vec<String>) -> Result<Vec<TransportId>>;

    // ---- contacts ----------------------------------------------------------------------------------------------

    /// Adds a person, or the missing addresses to the person who has the first known one of them. Two addresses that belong to two
    /// different people are a [`StoreError::State`]: people are never merged by accident. Suppressed addresses get their flag.
    async fn contact_add(&self, contact: NewContact, now: Time) -> Result<ContactRow>;

    /// One person with addresses and consents.
    async fn contact_get(&self, contact: ContactId) -> Result<Option<ContactRow>>;

    /// People whose address or variables contain this text (case-insensitive), after this one, at most 10,000.
    async fn contact_find(&self, text: String, after: ContactId, limit: u32) -> Result<Vec<ContactRow>>;

    /// One address with its consents.
    async fn address_find(&self, address: Address) -> Result<Option<AddressRow>>;

    /// One address by its number.
    async fn address_get(&self, address: AddressId) -> Result<Option<AddressRow>>;

    /// Sets and clears flags of an address as a whole, and returns what holds then. `SUPPRESSED` also goes on, and comes off, the list of
    /// hashes that outlives the address.
    async fn address_flag(
        &self,
        address: AddressId,
        set: AddressFlags,
        clear: AddressFlags,
        now: Time,
    ) -> Result<AddressFlags>;

    // ---- consent -----------------------------------------------------------------------------------------------

    /// Applies moves, each on its own, all in one transaction: state, evidence, leaf, suppression, request, service messages.
    async fn consent_apply(&self, moves: Vec<ConsentChange>, now: Time) -> Result<Vec<ConsentResult>>;

    /// A request by its random id.
    async fn request_get(&self, id: [u8; 16]) -> Result<Option<RequestRow>>;

    /// Open requests of one address, newest first (to answer JA).
    async fn request_open(&self, address: AddressId, now: Time) -> Result<Vec<RequestRow>>;

    /// Open requests whose time is over, at most `limit`.
    async fn request_overdue(&self, now: Time, limit: u32) -> Result<Vec<RequestRow>>;

    /// All events of one consent, in order, decrypted.
    async fn consent_events(&self, address: AddressId, list: ListId) -> Result<Vec<EventRow>>;

    /// What a proof file is made of.
    async fn consent_proof(&self, address: AddressId, list: ListId) -> Result<Option<ProofData>>;

    /// Keeps a text; the same text again is no error.
    async fn text_put(&self, text: Text) -> Result<Digest>;

    /// Reads a text.
    async fn text_get(&self, digest: Digest) -> Result<Option<Text>>;

    // ---- log ---------------------------------------------------------------------------------------------------

    /// Head of the log.
    async fn log_head(&self) -> Result<LogHead>;

    /// Signs the present head, checks it against the last one, keeps and returns it. A log that became shorter than what was signed
    /// once is a [`StoreError::State`].
    async fn log_sign(&self, signer: Signer, now: Time) -> Result<String>;

    /// A reader of stored hashes, with a connection of its own; blocking.
    fn log_nodes(&self) -> Result<Box<dyn Nodes + Send>>;

    // ---- imports -----------------------------------------------------------------------------------------------

    /// Notes an import before its rows.
    async fn import_begin(&self, meta: ImportMeta, now: Time) -> Result<i64>;

    /// Stores rows (any number; 20,000 to 100,000 is fast), all or none of them.
    async fn import_rows(&self, import: i64, rows: Vec<ImportRow>, now: Time) -> Result<Vec<ImportResult>>;

    /// Notes its end with the counts as JSON.
    async fn import_end(&self, import: i64, counts: String, now: Time) -> Result<()>;

    // ---- broadcasts --------------------------------------------------------------------------------------------

    /// Adds a broadcast: scheduled if it has a time to begin, else running.
    async fn broadcast_add(&self, broadcast: NewBroadcast, now: Time) -> Result<BroadcastId>;

    /// One broadcast with its counters.
    async fn broadcast_get(&self, id: BroadcastId) -> Result<Option<BroadcastRow>>;

    /// The newest broadcasts, or only those that are scheduled, running or paused.
    async fn broadcast_list(&self, active_only: bool, limit: u32) -> Result<Vec<BroadcastRow>>;

    /// Moves a broadcast. A move that its state does not allow is a [`StoreError::State`]; one that changes nothing is not.
    async fn broadcast_change(&self, id: BroadcastId, to: BroadcastAction, now: Time) -> Result<BroadcastRow>;

    /// Writes the next page of deliveries (at most `page` contacts).
    async fn fan_out(&self, id: BroadcastId, page: u32, choose: FanOutChooser, now: Time) -> Result<FanOutProgress>;

    /// What [`Store::fan_out`] would do for this list, as counts.
    async fn fan_out_preview(&self, list: ListId, choose: FanOutChooser) -> Result<FanOutPreview>;

    /// The same, person by person, after this contact.
    async fn fan_out_explain(
        &self,
        list: ListId,
        choose: FanOutChooser,
        after: ContactId,
        limit: u32,
    ) -> Result<Vec<FanOutPreviewRow>>;

    // ---- dispatch ----------------------------------------------------------------------------------------------

    /// The hot path, one transaction: settles, then claims under this session. Service messages come first, then retries that are due, then
    /// the leases of running broadcasts. The gate judges every row here.
    async fn dispatch_step(
        &self,
        transport: TransportId,
        session: Session,
        settle: Vec<Settlement>,
        claim: Option<ClaimRequest>,
    ) -> Result<DispatchResult>;

    /// Claims these and nothing else, as far as they are to be retried (due or not) and their broadcasts run. The gate judges every row here too.
    async fn dispatch_by_id(
        &self,
        transport: TransportId,
        session: Session,
        these: Vec<DeliveryId>,
        now: Time,
    ) -> Result<DispatchResult>;

    /// Everything that this transport had claimed and never settled. Asked at a start, before the first claim.
    async fn in_doubt(&self, transport: TransportId) -> Result<Vec<InDoubt>>;

    /// Queues service messages that belong to no move (answers, tests).
    async fn service_add(&self, services: Vec<NewService>, now: Time) -> Result<Vec<DeliveryId>>;

    /// State of a service message.
    async fn service_get(&self, id: DeliveryId) -> Result<Option<DeliveryRow>>;

    /// Takes back a service message that is not on its way. False if it is, or has its end.
    async fn service_withdraw(&self, id: DeliveryId, now: Time) -> Result<bool>;

    // ---- alarms ------------------------------------------------------------------------------------------------

    /// Notes a trouble. False if its subject is in trouble already.
    async fn alert_begin(&self, alert: NewAlert, now: Time) -> Result<bool>;

    /// Notes that the trouble of a subject is over. False if there is none. If nobody has heard of it, and nobody can any more, it is forgotten.
    async fn alert_end(&self, subject: String, now: Time) -> Result<bool>;

    /// Everything that is to be told, and every trouble that goes on, oldest first.
    async fn alert_list(&self) -> Result<Vec<AlertRow>>;

    /// Queues the message that tells an alarm, and notes who is next if it fails.
    async fn alert_attempt(&self, attempt: AlertAttempt, now: Time) -> Result<Option<DeliveryId>>;

    /// Somebody was told. What is over is forgotten with that.
    async fn alert_delivered(&self, alert: i64) -> Result<()>;

    /// Forgets a subject.
    async fn alert_delete(&self, subject: String) -> Result<()>;

    // ---- deliveries --------------------------------------------------------------------------------------------

    /// Deliveries of a broadcast after this one, of one state or all, at most 10,000.
    async fn delivery_list(
        &self,
        id: BroadcastId,
        state: Option<DeliveryState>,
        after: DeliveryId,
        limit: u32,
    ) -> Result<Vec<DeliveryRow>>;

    /// A person decides about unknown deliveries: one, or all of a broadcast. Returns how many were changed.
    async fn unknown_resolve(
        &self,
        id: BroadcastId,
        delivery: Option<DeliveryId>,
        how: UnknownResolution,
        now: Time,
    ) -> Result<u64>;

    /// Moves deliveries forward; never back. Returns how many were found.
    async fn receipt_apply(&self, receipts: Vec<ReceiptRow>) -> Result<u64>;

    // ---- inbound -----------------------------------------------------------------------------------------------

    /// Stores a message from outside. `None` if it was stored before.
    async fn inbound_put(&self, message: InboundRow) -> Result<Option<i64>>;

    /// Messages that were stored and not yet handled, oldest first.
    async fn inbound_pending(&self, limit: u32) -> Result<Vec<InboundRow>>;

    /// Notes what was done about a message. `open` leaves it in the inbox for a person.
    async fn inbound_done(&self, id: i64, what: String, open: bool) -> Result<()>;

    // ---- files and care ----------------------------------------------------------------------------------------

    /// Keeps an attachment under its digest.
    async fn file_put(&self, name: String, media_type: String, bytes: Vec<u8>, now: Time) -> Result<Digest>;

    /// Reads an attachment: name, media type, bytes.
    async fn file_get(&self, digest: Digest) -> Result<Option<(String, String, Vec<u8>)>>;

    /// The same by the first half of the digest, as links carry it.
    async fn file_by_prefix(&self, prefix: [u8; 16]) -> Result<Option<(String, String, Vec<u8>)>>;

    /// Compares counters with rows, leases with deliveries, the log with its events, and looks at files and permissions.
    async fn doctor(&self) -> Result<Vec<Finding>>;

    /// Removes what has served its time (answered requests, sent service messages): returns how many rows.
    async fn sweep(&self, now: Time) -> Result<u64>;

    /// Ends the writer after everything queued is done.
    async fn close(&self);
}
