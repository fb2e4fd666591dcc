//! The trait, method by method: writes go to the writer thread, reads to a reader.

use super::writer::Writer;
use super::{
    Sqlite, alert, audit, broadcast, claim, clock, consent_change, contact, continuity, delivery, doctor, erase,
    erasure_journal, event, fanout, frequency, import, in_doubt, inbound, inbox, late_outcome, left_transport,
    legal_hold, list, list_change, list_hold, log, number, person, person_messages, receipt, request, retention,
    sent_detail, service, stop_journal, stop_replay, text, timers,
};
use crate::error::Result;
use crate::row::*;
use crate::{Spellings, Store, StoreError};
use async_trait::async_trait;
use rundruf_consent::evidence::EvidenceDraft;
use rundruf_consent::log::Nodes;
use rundruf_consent::proof::LogBreak;
use rundruf_consent::text::{Digest, Text};
use rundruf_consent::{Address, AddressFlags, AddressId, BroadcastId, ContactId, DeliveryId, ListId, Time};
use rundruf_lang::msg;
use std::sync::{Arc, PoisonError};
use std::time::Duration;

#[async_trait]
impl Store for Sqlite {
    fn secrets(&self) -> &Secrets {
        &self.secrets
    }

    fn on_stop(&self, hear: StopListener) {
        *self.on_stop.lock().unwrap_or_else(PoisonError::into_inner) = Some(hear);
    }

    fn log_breaks(&self) -> &[LogBreak] {
        &self.breaks
    }

    fn log_nodes(&self) -> Result<Box<dyn Nodes + Send>> {
        Ok(Box::new(log::StoredNodes(crate::connection::reader(&self.path)?)))
    }

    async fn close(&self) {
        Self::close(self);
    }

    async fn list_sync(&self, names: Vec<String>) -> Result<Vec<ListId>> {
        self.write(move |w| list::list_sync(&w.connection, &names)).await
    }

    async fn list_close(&self, list: ListId, now: Time) -> Result<()> {
        self.write(move |w| list::list_close(&w.connection, list, now)).await
    }

    async fn list_in_use(&self, list: ListId) -> Result<bool> {
        self.read(move |c| list::list_in_use(c, list)).await
    }

    async fn stops_missing(&self) -> Result<Option<Time>> {
        self.read(stop_journal::missing_since).await
    }

    async fn stops_complete(&self, now: Time) -> Result<Option<Time>> {
        self.write(move |w| stop_replay::complete(&w.connection, now)).await
    }

    async fn list_hold(&self, list: ListId, hold: ListHold, now: Time) -> Result<bool> {
        self.write(move |w| list_hold::set(&w.connection, list, hold, now)).await
    }

    async fn list_basis(&self, list: ListId, basis: String) -> Result<()> {
        self.write(move |w| list_hold::set_basis(&w.connection, list, &basis)).await
    }

    async fn list_same_purpose(&self, same: SamePurpose, now: Time) -> Result<()> {
        self.write(move |w| list_change::same_purpose(w, &same, now)).await
    }

    async fn list_changes(&self, list: ListId) -> Result<Vec<DatedSamePurpose>> {
        self.read(move |c| list_change::changes(c, list)).await
    }

    async fn list_all(&self) -> Result<Vec<ListRow>> {
        self.read(list::list_all).await
    }

    async fn list_stats(&self) -> Result<Vec<ListStats>> {
        self.read(list::list_stats).await
    }

    async fn transport_sync(&self, names: Vec<String>) -> Result<Vec<TransportId>> {
        self.write(move |w| list::transport_sync(&w.connection, &names)).await
    }

    async fn transport_rename(&self, old: String, new: String) -> Result<bool> {
        self.write(move |w| left_transport::rename(&w.connection, &old, &new)).await
    }

    async fn transport_keep(&self, transport: TransportId, name: String) -> Result<()> {
        self.write(move |w| left_transport::keep(&w.connection, transport, &name)).await
    }

    async fn transport_left(&self, known: Vec<TransportId>) -> Result<Vec<LeftTransport>> {
        self.read(move |c| left_transport::left(c, &known)).await
    }

    async fn transport_abandon(&self, transport: TransportId, now: Time) -> Result<u64> {
        self.write(move |w| left_transport::abandon(&w.connection, transport, now)).await
    }

    async fn clock_get(&self) -> Result<Option<ClockRecord>> {
        self.read(clock::get).await
    }

    async fn clock_put(&self, record: ClockRecord) -> Result<()> {
        self.write(move |w| clock::put(&w.connection, &record)).await
    }

    async fn clock_set_back(&self, now: Time, longest_retry: Duration) -> Result<u64> {
        self.write(move |w| clock::set_back(&w.connection, now, longest_retry)).await
    }

    async fn audit_begin(&self, start: AuditStart, now: Time) -> Result<i64> {
        self.write(move |w| audit::begin(&w.connection, &start, now)).await
    }
    async fn audit_end(&self, id: i64, end: AuditEnd, now: Time) -> Result<()> {
        self.write(move |w| audit::end(&w.connection, id, &end, now)).await
    }
    async fn audit_list(&self, before: i64, limit: u32) -> Result<Vec<AuditRow>> {
        self.read(move |c| audit::list(c, before, limit)).await
    }

    async fn contact_add(&self, contact: NewContact, now: Time) -> Result<ContactRow> {
        self.write(move |w| contact::contact_add(w, &contact, now)).await
    }

    async fn contact_get(&self, contact: ContactId) -> Result<Option<ContactRow>> {
        self.read(move |c| contact::contact_get(c, contact)).await
    }

    async fn contact_search(&self, texts: Vec<String>, after: ContactId, limit: u32) -> Result<Vec<ContactRow>> {
        self.read(move |c| contact::contact_search(c, &texts, after, limit)).await
    }

    async fn contact_edit(&self, edit: ContactEdit, now: Time) -> Result<ContactRow> {
        self.write(move |w| person::edit(w, &edit, now)).await
    }

    async fn contact_merge(
        &self,
        keep: ContactId,
        gone: ContactId,
        draft: Arc<EvidenceDraft>,
        now: Time,
    ) -> Result<ContactRow> {
        self.write(move |w| person::merge(w, keep, gone, &draft, now)).await
    }

    async fn address_find(&self, address: Address) -> Result<Option<AddressRow>> {
        self.read(move |c| contact::address_find(c, &address)).await
    }

    async fn mailbox_find(&self, address: Address) -> Result<Vec<AddressRow>> {
        self.read(move |c| contact::mailbox_rows(c, &address)).await
    }

    async fn address_get(&self, address: AddressId) -> Result<Option<AddressRow>> {
        self.read(move |c| contact::address_get(c, address)).await
    }

    async fn address_flag(
        &self,
        address: AddressId,
        set: AddressFlags,
        clear: AddressFlags,
        now: Time,
    ) -> Result<AddressFlags> {
        self.write(move |w| contact::address_flag(w, address, set, clear, now)).await
    }

    async fn address_undeliverable(&self, why: UndeliverableRow) -> Result<()> {
        self.write(move |w| contact::undeliverable(w, &why)).await
    }

    async fn undeliverable_of(&self, addresses: Vec<AddressId>) -> Result<Vec<UndeliverableRow>> {
        self.read(move |c| contact::undeliverable_of(c, &addresses)).await
    }

    async fn address_revive(&self, address: AddressId, draft: Arc<EvidenceDraft>, now: Time) -> Result<bool> {
        self.write(move |w| person::revive(w, address, &draft, now)).await
    }

    async fn address_spellings(&self, addresses: Vec<AddressId>) -> Result<Vec<Address>> {
        let all = self.read(move |c| erase::with_aliases(c, &addresses)).await?;
        Ok(all.into_iter().map(|(_, address)| address).collect())
    }

    async fn erase_in_flight(&self, addresses: Vec<AddressId>) -> Result<u64> {
        self.read(move |c| {
            let all: Vec<AddressId> = erase::with_aliases(c, &addresses)?.into_iter().map(|(id, _)| id).collect();
            // After the erasure nothing names the aliases any more.
            erase::in_flight(c, if all.is_empty() { &addresses } else { &all })
        })
        .await
    }

    async fn legal_hold_set(&self, hold: LegalHold, until: String, draft: Arc<EvidenceDraft>, now: Time) -> Result<()> {
        self.write(move |w| legal_hold::set(w, &hold, &until, &draft, now)).await
    }

    async fn legal_hold_get(&self, contact: ContactId) -> Result<Option<LegalHold>> {
        self.read(move |c| legal_hold::get(c, contact)).await
    }

    async fn legal_hold_end(
        &self,
        contact: ContactId,
        reason: String,
        draft: Arc<EvidenceDraft>,
        now: Time,
    ) -> Result<Option<LegalHold>> {
        self.write(move |w| legal_hold::end(w, contact, &reason, &draft, now)).await
    }

    async fn legal_hold_over(&self, now: Time, limit: u32) -> Result<Vec<LegalHold>> {
        self.read(move |c| legal_hold::over(c, now, limit)).await
    }

    async fn legal_hold_erase_later(&self, contact: ContactId) -> Result<bool> {
        self.write(move |w| legal_hold::erase_later(&w.connection, contact)).await
    }

    async fn erased_returned(&self) -> Result<Vec<AddressRow>> {
        let (pepper, path) = (self.secrets.pepper.clone(), self.path.clone());
        self.read(move |c| erasure_journal::returned(c, &pepper, &path)).await
    }

    async fn request_unanswered(&self, before: Time, limit: u32) -> Result<Vec<AddressRow>> {
        self.read(move |c| request::unanswered(c, before, limit)).await
    }

    async fn erase(
        &self,
        addresses: Vec<AddressId>,
        spellings: Spellings,
        keeps_stop: bool,
        now: Time,
    ) -> Result<ErasureCounts> {
        let (addresses, found) = self
            .read(move |c| {
                let all = erase::with_aliases(c, &addresses)?;
                let found = erase::find(c, &all, &spellings)?;
                Ok((all, found))
            })
            .await?;
        let counts = self.write(move |w| erase::rows(w, &addresses, &found, (keeps_stop, now))).await?;
        // A transaction of its own: keys must not go before it is certain that the rows went.
        self.write(move |w| erase::finish(w, now)).await?;
        Ok(counts)
    }
    async fn erase_finish(&self, now: Time) -> Result<u64> {
        self.write(move |w| erase::finish(w, now)).await
    }

    async fn forget_add(&self, all: Vec<PendingForget>) -> Result<()> {
        self.write(move |w| w.keys.forget_add(&all)).await
    }
    async fn forget_list(&self, transport: TransportId, limit: u32) -> Result<Vec<PendingForget>> {
        self.write(move |w| w.keys.forget_list(transport, limit)).await
    }
    async fn forget_done(&self, ids: Vec<i64>) -> Result<()> {
        self.write(move |w| w.keys.forget_done(&ids)).await
    }

    async fn compact(&self, whole: bool) -> Result<()> {
        let (done, waiting) = tokio::sync::oneshot::channel();
        let job = move |c: &rusqlite::Connection| drop(done.send(erase::compact(c, whole)));
        self.write(move |w| {
            w.after_commit.push(Box::new(job));
            Ok(())
        })
        .await?;
        waiting.await.map_err(|_| StoreError::Closed)?.map_err(|e| e.at(&self.path))
    }

    async fn consent_apply(&self, changes: Vec<ConsentChange>, now: Time) -> Result<Vec<ConsentResult>> {
        self.write(move |w| consent_change::apply(w, changes, now)).await
    }

    async fn request_get(&self, id: [u8; 16]) -> Result<Option<RequestRow>> {
        self.read(move |c| request::get(c, id)).await
    }
    async fn request_open(&self, address: AddressId, now: Time) -> Result<Vec<RequestRow>> {
        self.read(move |c| request::open(c, address, now)).await
    }
    async fn request_overdue(&self, now: Time, limit: u32) -> Result<Vec<RequestRow>> {
        self.read(move |c| request::overdue(c, now, limit)).await
    }

    async fn unused_since(
        &self,
        list: ListId,
        before: Time,
        after: ContactId,
        limit: u32,
    ) -> Result<(Vec<AddressId>, Option<ContactId>)> {
        self.read(move |c| timers::unused_since(c, list, before, after, limit)).await
    }

    async fn consent_events(&self, address: AddressId, list: ListId) -> Result<Vec<EventRow>> {
        self.write(move |w| event::events(w, address, list)).await
    }

    async fn consent_proof(&self, address: AddressId, list: ListId) -> Result<Option<ProofData>> {
        self.write(move |w| event::proof(w, address, list)).await
    }

    async fn text_put(&self, text: Text) -> Result<Digest> {
        self.write(move |w| text::put(&w.connection, &text)).await
    }

    async fn text_get(&self, digest: Digest) -> Result<Option<Text>> {
        self.read(move |c| text::get(c, digest)).await
    }

    async fn log_head(&self) -> Result<LogHead> {
        self.read(log::head).await
    }

    async fn log_sign(&self, signer: Signer, now: Time) -> Result<String> {
        let (note, size) = self
            .write(move |w| {
                let frontier = w.frontier()?;
                log::sign(&w.connection, &frontier, &signer, now)
            })
            .await?;
        let high_water = Arc::clone(&self.high_water);
        tokio::task::spawn_blocking(move || high_water.raise(size))
            .await
            .map_err(|e| StoreError::Database(e.to_string().into()))??;
        // What is committed is read by a reader: the writer may be in the middle of a group.
        let next = self.read(number::all).await?;
        self.write(move |w| continuity::raise(&mut w.keys, size, &next)).await?;
        Ok(note)
    }

    async fn import_begin(&self, meta: ImportMeta, now: Time) -> Result<i64> {
        self.write(move |w| import::begin(w, &meta, now)).await
    }

    async fn import_rows(&self, import: i64, rows: Vec<ImportRow>, now: Time) -> Result<Vec<ImportResult>> {
        // The rows come back: releasing so much memory takes time that the writer does not have.
        let (results, _rows) = self.write(move |w| Ok((import::rows(w, import, &rows, now)?, rows))).await?;
        Ok(results)
    }

    async fn import_check(&self, list: ListId, rows: Vec<ImportRow>, now: Time) -> Result<Vec<ImportResult>> {
        self.write(move |w| import::check(w, list, &rows, now)).await
    }

    async fn import_end(&self, import: i64, counts: String, now: Time) -> Result<()> {
        self.write(move |w| import::end(w, import, &counts, now)).await
    }

    async fn broadcast_add(&self, broadcast: NewBroadcast, now: Time) -> Result<BroadcastId> {
        self.write(move |w| broadcast::add(&w.connection, &broadcast, now)).await
    }

    async fn broadcast_get(&self, id: BroadcastId) -> Result<Option<BroadcastRow>> {
        self.read(move |c| broadcast::get(c, id)).await
    }

    async fn broadcast_list(&self, active_only: bool, limit: u32) -> Result<Vec<BroadcastRow>> {
        self.read(move |c| broadcast::list(c, active_only, limit)).await
    }

    async fn broadcast_change(&self, id: BroadcastId, to: BroadcastAction, now: Time) -> Result<BroadcastRow> {
        let change = move |w: &mut Writer| {
            let more = broadcast::change(&w.connection, id, to, now)?;
            if more {
                // Should the rest fail here the writer goes on with it.
                w.ending.push(id);
            }
            Ok(more)
        };
        let mut more = self.write(change).await?;
        // A large broadcast ends in many small transactions, so that others go on meanwhile; nothing of it can be claimed any more.
        while more {
            more = match self.write(move |w| broadcast::end_some(&w.connection, id)).await {
                Err(error) if error.is_passing() => false,
                done => done?,
            };
        }
        let row = self.read(move |c| broadcast::get(c, id)).await?;
        row.ok_or_else(|| StoreError::Missing(msg!("store-no-broadcast", id = %id)))
    }

    async fn fan_out(&self, id: BroadcastId, page: u32, choose: FanOutChooser, now: Time) -> Result<FanOutProgress> {
        self.write(move |w| fanout::fan_out(w, id, page, &choose, now)).await
    }

    async fn frequency_index(&self, list: ListId) -> Result<bool> {
        self.write(move |w| frequency::mark(&w.connection, list)).await
    }

    async fn fan_out_preview(
        &self,
        list: ListId,
        choose: FanOutChooser,
        limit: Option<FrequencyLimit>,
    ) -> Result<FanOutPreview> {
        self.read(move |c| fanout::preview(c, list, &choose, limit)).await
    }

    async fn fan_out_explain(
        &self,
        list: ListId,
        choose: FanOutChooser,
        limit: Option<FrequencyLimit>,
        (after, at_most): (ContactId, u32),
    ) -> Result<Vec<FanOutPreviewRow>> {
        self.read(move |c| fanout::explain(c, list, &choose, limit, (after, at_most))).await
    }

    async fn dispatch_step(
        &self,
        transport: TransportId,
        session: Session,
        settle: Vec<Settlement>,
        claim: Option<ClaimRequest>,
    ) -> Result<DispatchResult> {
        self.write(move |w| claim::step(w, transport, session, &settle, claim)).await
    }

    async fn dispatch_by_id(
        &self,
        transport: TransportId,
        session: Session,
        these: Vec<DeliveryId>,
        now: Time,
    ) -> Result<DispatchResult> {
        self.write(move |w| claim::these(w, transport, session, &these, now)).await
    }

    async fn in_doubt(&self, transport: TransportId) -> Result<Vec<InDoubt>> {
        self.write(move |w| in_doubt::in_doubt(&w.connection, w.secrets.instance_key, transport)).await
    }

    async fn service_add(&self, services: Vec<NewService>, now: Time) -> Result<Vec<DeliveryId>> {
        self.write(move |w| services.iter().map(|s| service::insert(&w.connection, s, now)).collect()).await
    }

    async fn service_get(&self, id: DeliveryId) -> Result<Option<DeliveryRow>> {
        self.read(move |c| service::get(c, id)).await
    }

    async fn service_withdraw(&self, id: DeliveryId, now: Time) -> Result<bool> {
        self.write(move |w| alert::withdraw(&w.connection, id, now)).await
    }

    async fn alert_begin(&self, alert: NewAlert, now: Time) -> Result<bool> {
        self.write(move |w| alert::begin(&w.connection, &alert, now)).await
    }
    async fn alert_end(&self, subject: String, now: Time) -> Result<bool> {
        self.write(move |w| alert::end(&w.connection, &subject, now)).await
    }
    async fn alert_list(&self) -> Result<Vec<AlertRow>> {
        self.read(alert::list).await
    }
    async fn alert_attempt(&self, attempt: AlertAttempt, now: Time) -> Result<Option<DeliveryId>> {
        self.write(move |w| alert::attempt(&w.connection, &attempt, now)).await
    }
    async fn alert_delivered(&self, alert: i64) -> Result<()> {
        self.write(move |w| alert::told(&w.connection, alert)).await
    }
    async fn alert_delete(&self, subject: String) -> Result<()> {
        self.write(move |w| alert::forget(&w.connection, &subject)).await
    }

    async fn delivery_list(
        &self,
        id: BroadcastId,
        state: Option<DeliveryState>,
        after: DeliveryId,
        limit: u32,
    ) -> Result<Vec<DeliveryRow>> {
        self.read(move |c| delivery::list(c, id, state, after, limit)).await
    }

    async fn unknown_resolve(
        &self,
        id: BroadcastId,
        delivery: Option<DeliveryId>,
        how: UnknownResolution,
        now: Time,
    ) -> Result<u64> {
        self.write(move |w| delivery::unknown_resolve(&w.connection, id, delivery, how, now)).await
    }

    async fn resend_failed(&self, id: BroadcastId, now: Time) -> Result<u64> {
        self.write(move |w| delivery::resend_failed(&w.connection, id, now)).await
    }

    async fn outcome_correct(&self, transport: TransportId, corrections: Vec<OutcomeCorrection>) -> Result<u64> {
        self.write(move |w| late_outcome::correct(w, transport, &corrections)).await
    }

    async fn sent_details(&self, transport: TransportId, details: Vec<SentDetail>) -> Result<()> {
        self.write(move |w| sent_detail::put(&w.connection, transport, &details)).await
    }

    async fn message_of(&self, transport: TransportId, remote_id: String) -> Result<Option<[u8; 16]>> {
        let key = self.secrets().instance_key;
        self.read(move |c| sent_detail::message_of(c, key, transport, &remote_id)).await
    }

    async fn broadcast_of(&self, delivery: DeliveryId) -> Result<Option<BroadcastId>> {
        self.read(move |c| sent_detail::broadcast_of(c, delivery)).await
    }

    async fn broadcast_cost(&self, id: BroadcastId) -> Result<Vec<CostTotal>> {
        self.read(move |c| sent_detail::total(c, id)).await
    }

    async fn send_elsewhere(
        &self,
        delivery: DeliveryId,
        choose: FanOutChooser,
        now: Time,
    ) -> Result<Option<TransportId>> {
        self.write(move |w| fanout::elsewhere(w, delivery, &choose, now)).await
    }

    async fn receipt_apply(&self, receipts: Vec<ReceiptRow>) -> Result<u64> {
        self.write(move |w| receipt::apply(w, &receipts)).await
    }

    async fn inbound_put(&self, message: InboundRow) -> Result<Option<i64>> {
        self.write(move |w| inbound::put(&w.connection, &message)).await
    }

    async fn inbound_pending(&self, limit: u32) -> Result<Vec<InboundRow>> {
        self.read(move |c| inbound::pending(c, limit)).await
    }

    async fn inbound_done(&self, id: i64, what: String, open: bool) -> Result<()> {
        self.write(move |w| inbound::done(&w.connection, id, &what, open)).await
    }

    async fn inbox_list(&self, after: i64, limit: u32, all: bool) -> Result<Vec<InboxRow>> {
        self.read(move |c| inbox::list(c, after, limit, all)).await
    }

    async fn inbox_get(&self, id: i64) -> Result<Option<InboxRow>> {
        self.read(move |c| inbox::get(c, id)).await
    }

    async fn person_messages(&self, contact: ContactId) -> Result<PersonMessages> {
        let pepper = self.secrets.pepper.clone();
        self.read(move |c| person_messages::messages(c, &pepper, contact)).await
    }

    async fn inbox_act(&self, id: i64, action: InboxAction, actor: String, body: String, now: Time) -> Result<()> {
        self.write(move |w| inbox::act(&w.connection, id, action, &actor, &body, now)).await
    }

    async fn inbox_counts(&self) -> Result<InboxCounts> {
        self.read(inbox::counts).await
    }

    async fn held_list(&self, limit: u32) -> Result<Vec<HeldConsent>> {
        self.read(move |c| inbox::held(c, limit)).await
    }

    async fn file_put(&self, name: String, media_type: String, bytes: Vec<u8>, now: Time) -> Result<Digest> {
        self.write(move |w| retention::file_put(&w.connection, &name, &media_type, &bytes, now)).await
    }

    async fn file_get(&self, digest: Digest) -> Result<Option<(String, String, Vec<u8>)>> {
        self.read(move |c| retention::file_get(c, digest)).await
    }

    async fn file_by_prefix(&self, prefix: [u8; 16]) -> Result<Option<(String, String, Vec<u8>)>> {
        self.read(move |c| retention::file_by_prefix(c, prefix)).await
    }

    async fn doctor(&self) -> Result<Vec<Finding>> {
        let path = self.path.clone();
        self.read_in_pieces(move |c| doctor::doctor(c, &path)).await
    }

    async fn sweep(&self, now: Time) -> Result<u64> {
        self.write(move |w| retention::sweep(&w.connection, now)).await
    }

    async fn inbound_sweep(&self, before: Time) -> Result<u64> {
        self.write(move |w| inbound::sweep(&w.connection, before)).await
    }
}
