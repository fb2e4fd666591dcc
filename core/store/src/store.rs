//! The trait. Names are noun_verb. Every method is one transaction and durable when it returns, unless its doc says otherwise.

use crate::Spellings;
use crate::error::Result;
use crate::row::*;
use async_trait::async_trait;
use rundruf_consent::evidence::EvidenceDraft;
use rundruf_consent::log::Nodes;
use rundruf_consent::proof::LogBreak;
use rundruf_consent::text::{Digest, Text};
use rundruf_consent::{Address, AddressFlags, AddressId, BroadcastId, ContactId, DeliveryId, ListId, Time};
use std::sync::Arc;
use std::time::Duration;

/// Everything that Rundruf stores. One implementation for each database; `tests/conformance/` defines what the methods mean.
#[async_trait]
pub trait Store: Send + Sync {
    // ---- instance ----------------------------------------------------------------------------------------------

    /// The instance's secrets.
    fn secrets(&self) -> &Secrets;

    /// From now on this hears whose consent has ended, after each commit; the one before hears no more. It must be quick.
    fn on_stop(&self, hear: StopListener);

    /// Where the log did not go on as it was, oldest first.
    fn log_breaks(&self) -> &[LogBreak];

    /// Returns the numbers of these lists, in order; creates those that are missing. A list that is not named any more stays.
    ///
    /// # Errors
    /// [`StoreError::State`](crate::StoreError::State) if a closed list is named: names are never reused.
    async fn list_sync(&self, names: Vec<String>) -> Result<Vec<ListId>>;

    /// Closes a list for good. The engine then terminates its consents; links keep working.
    async fn list_close(&self, list: ListId, now: Time) -> Result<()>;

    /// Whether anybody has said yes to a list, or has been asked.
    async fn list_in_use(&self, list: ListId) -> Result<bool>;

    /// Since when stops may be missing, because the database was brought back without its journal of stops; `None` if all are known.
    async fn stops_missing(&self) -> Result<Option<Time>>;

    /// All stops are entered: lists go on. Answers since when they were missing.
    async fn stops_complete(&self, now: Time) -> Result<Option<Time>>;

    /// Holds a list, or lets it go on: its broadcasts wait, and it takes no import and no sign-up. Returns whether that changed anything.
    async fn list_hold(&self, list: ListId, hold: ListHold, now: Time) -> Result<bool>;

    /// Stores what the consents of a list were given for.
    async fn list_basis(&self, list: ListId, basis: String) -> Result<()>;

    /// Stores the admin's word that a list has the same purpose in other words; the list goes on.
    async fn list_same_purpose(&self, same: SamePurpose, now: Time) -> Result<()>;

    /// What admins have said about a list, oldest first.
    async fn list_changes(&self, list: ListId) -> Result<Vec<DatedSamePurpose>>;

    /// All lists by name, closed ones included. Does not read consents, so its cost does not grow with them.
    async fn list_all(&self) -> Result<Vec<ListRow>>;

    /// All lists with their numbers of addresses by state of consent. Reads every consent.
    async fn list_stats(&self) -> Result<Vec<ListStats>>;

    /// Returns the numbers of these transports, in order; creates those that are missing.
    async fn transport_sync(&self, names: Vec<String>) -> Result<Vec<TransportId>>;

    /// Gives a transport another name; what it has open follows. Answers whether there was anything of the old name.
    async fn transport_rename(&self, old: String, new: String) -> Result<bool>;

    /// Gives a transport this name back, if no other has it.
    async fn transport_keep(&self, transport: TransportId, name: String) -> Result<()>;

    /// Transports that are not among these and have something open.
    async fn transport_left(&self, known: Vec<TransportId>) -> Result<Vec<LeftTransport>>;

    /// Fails some of what a transport has to send, which is not in the settings any more and whose deliveries in flight are settled. Answers how
    /// many: call it until that is 0.
    async fn transport_abandon(&self, transport: TransportId, now: Time) -> Result<u64>;

    /// The clock as a process saw it last; `None` in a new database, and in one of a release that did not store it.
    async fn clock_get(&self) -> Result<Option<ClockRecord>>;

    /// Stores the clock for the next process.
    async fn clock_put(&self, record: ClockRecord) -> Result<()>;

    /// An earlier time than the stored ones is right: what is in the future counts from `now`, and retries are due after `longest_retry` at
    /// the latest. Returns how many rows changed.
    async fn clock_set_back(&self, now: Time, longest_retry: Duration) -> Result<u64>;

    /// Begins an entry of the audit log, before the command runs. Returns its number.
    async fn audit_begin(&self, start: AuditStart, now: Time) -> Result<i64>;

    /// Says how the command of an entry ended; only the first end counts.
    async fn audit_end(&self, id: i64, end: AuditEnd, now: Time) -> Result<()>;

    /// Entries of the audit log before this number, newest first.
    async fn audit_list(&self, before: i64, limit: u32) -> Result<Vec<AuditRow>>;

    // ---- contacts ----------------------------------------------------------------------------------------------

    /// Adds a contact; an address that is known by another spelling is that address. If one of its addresses is known, adds the other ones to the contact that owns it. Suppressed addresses get their flag.
    ///
    /// # Errors
    /// [`StoreError::State`](crate::StoreError::State) if two of the addresses belong to two contacts: contacts are never merged.
    async fn contact_add(&self, contact: NewContact, now: Time) -> Result<ContactRow>;

    /// One contact with addresses and consents.
    async fn contact_get(&self, contact: ContactId) -> Result<Option<ContactRow>>;

    /// Contacts with a number above `after` whose addresses or variables contain this text, ignoring case; at most 10,000.
    async fn contact_find(&self, text: String, after: ContactId, limit: u32) -> Result<Vec<ContactRow>> {
        self.contact_search(vec![text], after, limit).await
    }

    /// As [`Store::contact_find`], for any of these texts.
    async fn contact_search(&self, texts: Vec<String>, after: ContactId, limit: u32) -> Result<Vec<ContactRow>>;

    /// Changes language and variables of a contact, with an event in the log if that changes anything.
    async fn contact_edit(&self, edit: ContactEdit, now: Time) -> Result<ContactRow>;

    /// Makes the contact `gone` a part of `keep`, with an event in the log. Its number leads to `keep` from then on.
    async fn contact_merge(
        &self,
        keep: ContactId,
        gone: ContactId,
        draft: Arc<EvidenceDraft>,
        now: Time,
    ) -> Result<ContactRow>;

    /// One address with its consents.
    async fn address_find(&self, address: Address) -> Result<Option<AddressRow>>;

    /// Every stored address of the mailbox of this one, with its consents: other spellings are one row, other +tags are rows of their own.
    async fn mailbox_find(&self, address: Address) -> Result<Vec<AddressRow>>;

    /// One address by its number. The number of an address that was merged leads to the one that stayed.
    async fn address_get(&self, address: AddressId) -> Result<Option<AddressRow>>;

    /// Sets and clears flags of an address and returns the flags that hold then. `SUPPRESSED` also adds or removes the keyed hash that
    /// outlives the address.
    async fn address_flag(
        &self,
        address: AddressId,
        set: AddressFlags,
        clear: AddressFlags,
        now: Time,
    ) -> Result<AddressFlags>;

    /// Marks an address as undeliverable and keeps why; the first reason stays until the mark is cleared.
    async fn address_undeliverable(&self, why: UndeliverableRow) -> Result<()>;

    /// Why these addresses are undeliverable, as far as it is known.
    async fn undeliverable_of(&self, addresses: Vec<AddressId>) -> Result<Vec<UndeliverableRow>>;

    /// Ends that an address is undeliverable, with an event in the log. False if it was not.
    async fn address_revive(&self, address: AddressId, draft: Arc<EvidenceDraft>, now: Time) -> Result<bool>;

    /// These addresses and those that were merged into them, as they are spelled.
    async fn address_spellings(&self, addresses: Vec<AddressId>) -> Result<Vec<Address>>;

    /// How many messages to these addresses are in flight.
    async fn erase_in_flight(&self, addresses: Vec<AddressId>) -> Result<u64>;

    /// Erases these addresses: their keys, their texts in and out, their spellings in texts of others. Numbers, counters, leaves of the log and
    /// the suppression hash stay. The consents must be in state `Erased` before.
    async fn erase(
        &self,
        addresses: Vec<AddressId>,
        spellings: Spellings,
        keeps_stop: bool,
        now: Time,
    ) -> Result<ErasureCounts>;

    /// Keeps the data of a contact for legal claims until a time (`until`: that time in words), or changes until when and why.
    async fn legal_hold_set(&self, hold: LegalHold, until: String, draft: Arc<EvidenceDraft>, now: Time) -> Result<()>;

    /// Why the data of a contact is kept; `None` if it is not.
    async fn legal_hold_get(&self, contact: ContactId) -> Result<Option<LegalHold>>;

    /// Ends a legal hold, for a reason. Answers it, if there was one.
    async fn legal_hold_end(
        &self,
        contact: ContactId,
        reason: String,
        draft: Arc<EvidenceDraft>,
        now: Time,
    ) -> Result<Option<LegalHold>>;

    /// Legal holds whose time is over.
    async fn legal_hold_over(&self, now: Time, limit: u32) -> Result<Vec<LegalHold>>;

    /// The person of a legal hold asked to be forgotten. False if there is no hold.
    async fn legal_hold_erase_later(&self, contact: ContactId) -> Result<bool>;

    /// Addresses that were erased and are here again, because the database is an older copy.
    async fn erased_returned(&self) -> Result<Vec<AddressRow>>;

    /// Addresses that were asked and have said no, or nothing, since before this time, and nothing else.
    async fn request_unanswered(&self, before: Time, limit: u32) -> Result<Vec<AddressRow>>;

    /// Ends erasures that a crash interrupted or that waited for messages in flight. Returns how many still wait.
    async fn erase_finish(&self, now: Time) -> Result<u64>;

    /// Notes what plugins are to forget. It is kept apart from the database, encrypted, until [`Store::forget_done`].
    async fn forget_add(&self, all: Vec<PendingForget>) -> Result<()>;

    /// What the plugin of a transport is to forget, oldest first, `limit` rows at most.
    async fn forget_list(&self, transport: TransportId, limit: u32) -> Result<Vec<PendingForget>>;

    /// The plugin has forgotten these rows: they are deleted for good.
    async fn forget_done(&self, ids: Vec<i64>) -> Result<()>;

    /// Empties the write-ahead log; with `whole` writes the file anew before, so that nothing deleted is left in its free pages. Nothing else is
    /// written meanwhile.
    async fn compact(&self, whole: bool) -> Result<()>;

    // ---- consent -----------------------------------------------------------------------------------------------

    /// Applies changes in one transaction: state, evidence, log leaf, suppression, request, service messages. One that is refused does not
    /// affect the others; results are in the order of the changes.
    async fn consent_apply(&self, changes: Vec<ConsentChange>, now: Time) -> Result<Vec<ConsentResult>>;

    /// A request by its random id.
    async fn request_get(&self, id: [u8; 16]) -> Result<Option<RequestRow>>;

    /// Open requests of one address, newest first: a reply JA answers the first.
    async fn request_open(&self, address: AddressId, now: Time) -> Result<Vec<RequestRow>>;

    /// Open requests that have expired, at most `limit`.
    async fn request_overdue(&self, now: Time, limit: u32) -> Result<Vec<RequestRow>>;

    /// Confirmed consents of a list, behind a contact, for which nothing was sent since this time; and the contact to go on behind, if there
    /// may be more. Reads at most `limit` consents.
    async fn unused_since(
        &self,
        list: ListId,
        before: Time,
        after: ContactId,
        limit: u32,
    ) -> Result<(Vec<AddressId>, Option<ContactId>)>;

    /// All events of one consent, in order, decrypted.
    async fn consent_events(&self, address: AddressId, list: ListId) -> Result<Vec<EventRow>>;

    /// What a proof file is made of; `None` if there is no evidence, or its key was erased.
    async fn consent_proof(&self, address: AddressId, list: ListId) -> Result<Option<ProofData>>;

    /// Stores a text under its digest; the same text again changes nothing.
    async fn text_put(&self, text: Text) -> Result<Digest>;

    /// Reads a text by its digest.
    async fn text_get(&self, digest: Digest) -> Result<Option<Text>>;

    // ---- log ---------------------------------------------------------------------------------------------------

    /// Head of the log.
    async fn log_head(&self) -> Result<LogHead>;

    /// Signs the head of the log after checking that it continues the last signed one; stores and returns the checkpoint.
    ///
    /// # Errors
    /// [`StoreError::State`](crate::StoreError::State) if the log is shorter than what was signed before, or differs from it.
    async fn log_sign(&self, signer: Signer, now: Time) -> Result<String>;

    /// A reader of the stored hashes with a connection of its own. It blocks its thread.
    fn log_nodes(&self) -> Result<Box<dyn Nodes + Send>>;

    // ---- imports -----------------------------------------------------------------------------------------------

    /// Stores an import before its rows and returns its number.
    async fn import_begin(&self, meta: ImportMeta, now: Time) -> Result<i64>;

    /// Imports rows, all or none of them. Any number; 20,000 to 100,000 at once is fastest.
    async fn import_rows(&self, import: i64, rows: Vec<ImportRow>, now: Time) -> Result<Vec<ImportResult>>;

    /// What [`Store::import_rows`] would answer for a list; nothing is stored.
    async fn import_check(&self, list: ListId, rows: Vec<ImportRow>, now: Time) -> Result<Vec<ImportResult>>;

    /// Marks an import as finished, with its counts as JSON.
    async fn import_end(&self, import: i64, counts: String, now: Time) -> Result<()>;

    // ---- broadcasts --------------------------------------------------------------------------------------------

    /// Adds a broadcast: scheduled if its start is in the future, else running.
    async fn broadcast_add(&self, broadcast: NewBroadcast, now: Time) -> Result<BroadcastId>;

    /// One broadcast with its counters.
    async fn broadcast_get(&self, id: BroadcastId) -> Result<Option<BroadcastRow>>;

    /// The newest broadcasts, or only those that are scheduled, running or paused.
    async fn broadcast_list(&self, active_only: bool, limit: u32) -> Result<Vec<BroadcastRow>>;

    /// Starts, pauses, resumes or ends a broadcast. An action that changes nothing is allowed.
    ///
    /// # Errors
    /// [`StoreError::State`](crate::StoreError::State) if the state of the broadcast does not allow the action.
    async fn broadcast_change(&self, id: BroadcastId, to: BroadcastAction, now: Time) -> Result<BroadcastRow>;

    /// Writes the next page of deliveries (at most `page` contacts).
    async fn fan_out(&self, id: BroadcastId, page: u32, choose: FanOutChooser, now: Time) -> Result<FanOutProgress>;

    /// Prepares a list that has a frequency cap, a part of its deliveries at a time. Answers whether there is more to do: call it until there is
    /// not, before the first claim with the cap.
    async fn frequency_index(&self, list: ListId) -> Result<bool>;

    /// Counts what a broadcast to this list would do: what [`Store::fan_out`] chooses, within the list's frequency cap.
    async fn fan_out_preview(
        &self,
        list: ListId,
        choose: FanOutChooser,
        limit: Option<FrequencyLimit>,
    ) -> Result<FanOutPreview>;

    /// The same for each contact after this one, at most this number.
    async fn fan_out_explain(
        &self,
        list: ListId,
        choose: FanOutChooser,
        limit: Option<FrequencyLimit>,
        from: (ContactId, u32),
    ) -> Result<Vec<FanOutPreviewRow>>;

    // ---- dispatch ----------------------------------------------------------------------------------------------

    /// The hot path, one transaction: stores outcomes, then claims under this session: service messages first, then a share of retries that are
    /// due, then leases of running broadcasts, then further retries. A row whose destination rests is postponed. The gate judges every row in this
    /// transaction.
    async fn dispatch_step(
        &self,
        transport: TransportId,
        session: Session,
        settle: Vec<Settlement>,
        claim: Option<ClaimRequest>,
    ) -> Result<DispatchResult>;

    /// Claims those of these deliveries that are to be retried (due or not) and whose broadcast is running. The gate judges every row.
    async fn dispatch_by_id(
        &self,
        transport: TransportId,
        session: Session,
        these: Vec<DeliveryId>,
        now: Time,
    ) -> Result<DispatchResult>;

    /// Everything that this transport has claimed and not settled. Call it at start, before the first claim.
    async fn in_doubt(&self, transport: TransportId) -> Result<Vec<InDoubt>>;

    /// Queues service messages that belong to no consent change, such as answers and test messages.
    async fn service_add(&self, services: Vec<NewService>, now: Time) -> Result<Vec<DeliveryId>>;

    /// One service message.
    async fn service_get(&self, id: DeliveryId) -> Result<Option<DeliveryRow>>;

    /// Skips a service message that is queued or to be retried. False if it is in flight or settled.
    async fn service_withdraw(&self, id: DeliveryId, now: Time) -> Result<bool>;

    // ---- alerts ------------------------------------------------------------------------------------------------

    /// Stores a problem. False if its subject has an open problem already.
    async fn alert_begin(&self, alert: NewAlert, now: Time) -> Result<bool>;

    /// Marks the problem of a subject as over. False if it has none. A problem that no recipient was told of is deleted instead.
    async fn alert_end(&self, subject: String, now: Time) -> Result<bool>;

    /// All undelivered notices and all open problems, oldest first.
    async fn alert_list(&self) -> Result<Vec<AlertRow>>;

    /// Queues the message of a notice and stores which recipient is next if it fails.
    async fn alert_attempt(&self, attempt: AlertAttempt, now: Time) -> Result<Option<DeliveryId>>;

    /// Marks a notice as delivered. If it says that a problem is over, the problem is deleted.
    async fn alert_delivered(&self, alert: i64) -> Result<()>;

    /// Deletes the problem of a subject.
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

    /// Applies a person's decision to one unknown delivery, or to all of a broadcast. Returns how many were changed.
    ///
    /// # Errors
    /// [`StoreError::State`](crate::StoreError::State) for `Resend` in a broadcast that has ended.
    async fn unknown_resolve(
        &self,
        id: BroadcastId,
        delivery: Option<DeliveryId>,
        how: UnknownResolution,
        now: Time,
    ) -> Result<u64>;

    /// Queues the failed deliveries of a broadcast again, but not for a person who has got it by another delivery, or still may; the gate judges each
    /// when it is claimed. Returns how many.
    ///
    /// # Errors
    /// [`StoreError::State`](crate::StoreError::State) if the broadcast has ended or its time is over.
    async fn resend_failed(&self, id: BroadcastId, now: Time) -> Result<u64>;

    /// Corrects deliveries that count as unknown, by outcomes that came late. Returns how many.
    async fn outcome_correct(&self, transport: TransportId, corrections: Vec<OutcomeCorrection>) -> Result<u64>;

    /// Stores provider's ids, parts and cost of messages that were sent.
    async fn sent_details(&self, transport: TransportId, details: Vec<SentDetail>) -> Result<()>;

    /// The message id of what this transport sent under a provider's id.
    async fn message_of(&self, transport: TransportId, remote_id: String) -> Result<Option<[u8; 16]>>;

    /// The broadcast that a delivery belongs to.
    async fn broadcast_of(&self, delivery: DeliveryId) -> Result<Option<BroadcastId>>;

    /// Parts and cost of a broadcast, as far as providers said them, by currency.
    async fn broadcast_cost(&self, id: BroadcastId) -> Result<Vec<CostTotal>>;

    /// After a delivery failed because its channel does not reach the person: adds one to the person's next address that the chooser picks, for the
    /// same broadcast. Addresses that the broadcast has tried are left out. Returns its transport; `None` if there is no other.
    async fn send_elsewhere(
        &self,
        delivery: DeliveryId,
        choose: FanOutChooser,
        now: Time,
    ) -> Result<Option<TransportId>>;

    /// Applies receipts; they move deliveries forward, never back. Returns how many found their delivery.
    async fn receipt_apply(&self, receipts: Vec<ReceiptRow>) -> Result<u64>;

    // ---- inbound -----------------------------------------------------------------------------------------------

    /// Stores an inbound message and returns its number; `None` if it was stored before.
    async fn inbound_put(&self, message: InboundRow) -> Result<Option<i64>>;

    /// Inbound messages that were not handled yet, oldest first.
    async fn inbound_pending(&self, limit: u32) -> Result<Vec<InboundRow>>;

    /// Stores what was done about an inbound message. `open` leaves it in the inbox for a person.
    async fn inbound_done(&self, id: i64, what: String, open: bool) -> Result<()>;

    /// Inbound messages after this one that wait for a person, or all; at most 10,000.
    async fn inbox_list(&self, after: i64, limit: u32, all: bool) -> Result<Vec<InboxRow>>;

    /// One inbound message with what became of it.
    async fn inbox_get(&self, id: i64) -> Result<Option<InboxRow>>;

    /// Messages in and out of one person, and where the person must not be written to. Scans; asked for rarely.
    async fn person_messages(&self, contact: ContactId) -> Result<PersonMessages>;

    /// Stores what a person did about an inbound message.
    async fn inbox_act(&self, id: i64, action: InboxAction, actor: String, body: String, now: Time) -> Result<()>;

    /// What waits for a person, in numbers. Cheap.
    async fn inbox_counts(&self) -> Result<InboxCounts>;

    /// Held consents, the oldest first.
    async fn held_list(&self, limit: u32) -> Result<Vec<HeldConsent>>;

    // ---- files and retention ----------------------------------------------------------------------------------------

    /// Stores an attachment under its digest.
    async fn file_put(&self, name: String, media_type: String, bytes: Vec<u8>, now: Time) -> Result<Digest>;

    /// Reads an attachment: name, media type, bytes.
    async fn file_get(&self, digest: Digest) -> Result<Option<(String, String, Vec<u8>)>>;

    /// Reads an attachment by the first half of its digest, which links carry.
    async fn file_by_prefix(&self, prefix: [u8; 16]) -> Result<Option<(String, String, Vec<u8>)>>;

    /// Checks counters against rows, leases against deliveries and the log against its events; checks files and their permissions.
    async fn doctor(&self) -> Result<Vec<Finding>>;

    /// Deletes answered requests and sent service messages after their retention time. Returns how many rows.
    async fn sweep(&self, now: Time) -> Result<u64>;

    /// Deletes inbound messages that came before this time and wait for nobody, and what was done about them. Returns how many.
    async fn inbound_sweep(&self, before: Time) -> Result<u64>;

    /// Finishes what is queued, stops the writer thread and releases the files.
    async fn close(&self);
}
