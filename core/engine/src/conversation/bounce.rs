//! Bounces and complaints. A permanently undeliverable address gets no more messages until its person writes or signs up again; a complaint is a
//! withdrawal.

use super::evidence::{Provenance, change, draft};
use super::unsubscribe;
use crate::context::EngineContext;
use crate::error::Result;
use rundruf_consent::{AddressFlags, AddressId, BroadcastId, DeliveryId, Event, ListId, Time};
use rundruf_host::sanitize_line;
use rundruf_store::{AddressRow, ConsentChange, ReceiptRow, RequestRow, Store, UndeliverableRow};
use std::collections::HashMap;
use std::sync::Arc;
use tokio::task::JoinSet;

/// Kinds of receipts in the plugin contract.
const BOUNCED: u32 = 2;
const COMPLAINED: u32 = 3;
/// Flags of addresses that are handed to the store at the same time: it commits them together.
const AT_ONCE: usize = 256;
/// The newest broadcasts: a receipt of an older one is not found.
const NEWEST: u32 = 1_000;

/// An address that a provider calls permanently undeliverable, and in which words.
#[derive(Clone, Debug)]
pub(crate) struct Bounce {
    pub(crate) address: AddressId,
    pub(crate) reply: String,
}

/// Flags addresses as permanently undeliverable and ends their open requests. A flag that cannot be stored is logged; the next message finds the
/// address undeliverable again.
pub(crate) async fn flag(context: Arc<EngineContext>, transport: String, bounces: Vec<Bounce>, now: Time) {
    for some in bounces.chunks(AT_ONCE) {
        let mut all = JoinSet::new();
        for Bounce { address, reply } in some.iter().cloned() {
            let context = Arc::clone(&context);
            let why = UndeliverableRow { address, at: now, transport: transport.clone(), reply };
            all.spawn(async move { flag_one(&context, why).await });
        }
        while let Some(done) = all.join_next().await {
            if let Ok(Err(error)) = done {
                tracing::error!(%error, "it could not be stored that an address is undeliverable");
            }
        }
    }
}

async fn flag_one(context: &EngineContext, why: UndeliverableRow) -> Result<()> {
    let (address, now) = (why.address, why.at);
    context.store.address_undeliverable(why).await?;
    let open = context.store.request_open(address, now).await?;
    let failed = |request: &RequestRow| {
        let provenance = Provenance::new("system", "transport", "transport");
        let draft = draft(context, request.consent.list, "de", provenance);
        change(address, request.consent.list, Event::RequestFailed, Arc::new(draft))
    };
    let moves: Vec<ConsentChange> = open.iter().map(failed).collect();
    if !moves.is_empty() {
        context.store.consent_apply(moves, now).await?;
    }
    Ok(())
}

/// The person wrote or signed up: the address may be tried again.
pub(crate) async fn unflag(context: &EngineContext, row: &AddressRow) -> Result<()> {
    if row.flags.has(AddressFlags::UNDELIVERABLE) {
        let now = context.clock.now();
        context.store.address_flag(row.id, AddressFlags::default(), AddressFlags::UNDELIVERABLE, now).await?;
    }
    Ok(())
}

/// The provider says that the person does not want messages of this sender any more: a withdrawal, as a complaint is one.
pub(crate) async fn opted_out(context: &EngineContext, person: &Bounce) -> Result<()> {
    let Some(row) = context.store.address_get(person.address).await? else { return Ok(()) };
    let detail = (!person.reply.is_empty()).then(|| person.reply.clone());
    let by = || Provenance { detail: detail.clone(), ..Provenance::new("person", "inbound", "transport") };
    context.store.consent_apply(unsubscribe::withdrawals(context, &row, by), context.clock.now()).await?;
    Ok(())
}

/// Finds the address that a receipt is about, and applies bounces and complaints to its consents.
#[derive(Default)]
pub(crate) struct BounceHandler {
    /// Broadcast and list by the first half of a message id; `None`: not among the newest broadcasts.
    broadcasts: HashMap<[u8; 8], Option<(BroadcastId, ListId)>>,
}

impl BounceHandler {
    /// Applies a receipt that was stored. Applied again it changes nothing more.
    pub(crate) async fn apply(&mut self, context: &EngineContext, receipt: &ReceiptRow) -> Result<()> {
        if !matches!(receipt.kind, BOUNCED | COMPLAINED) {
            return Ok(());
        }
        let Some((row, list)) = self.find(context, receipt.message_id).await? else {
            tracing::warn!(kind = receipt.kind, "a receipt is about a message that is too old to be found");
            return Ok(());
        };
        let now = context.clock.now();
        if receipt.kind == BOUNCED {
            let transport = context.transport(receipt.transport).map_or_else(String::new, |t| t.config.name.clone());
            let reply = sanitize_line(&receipt.detail, 512);
            return flag_one(context, UndeliverableRow { address: row.id, at: now, transport, reply }).await;
        }
        let detail = (!receipt.detail.is_empty()).then(|| receipt.detail.clone());
        let by = || Provenance { detail: detail.clone(), ..Provenance::new("person", "inbound", "transport") };
        // Who reports a message as unwanted wants nothing more from this sender.
        let mut moves = unsubscribe::withdrawals(context, &row, by);
        if moves.is_empty()
            && let Some(list) = list
        {
            moves.push(unsubscribe::withdrawal(context, row.id, list, Event::StopAll, by()));
        }
        context.store.consent_apply(moves, now).await?;
        Ok(())
    }

    /// The address of a message, and its list if it belongs to a broadcast.
    async fn find(
        &mut self,
        context: &EngineContext,
        message_id: [u8; 16],
    ) -> Result<Option<(AddressRow, Option<ListId>)>> {
        let [k0, k1, k2, k3, k4, k5, k6, k7, number @ ..] = message_id;
        let (key, id) = ([k0, k1, k2, k3, k4, k5, k6, k7], DeliveryId(i64::from_be_bytes(number)));
        let store = &context.store;
        let (row, list) = if id.0 < 0 {
            (store.service_get(id).await?, None)
        } else {
            let Some((broadcast, list)) = self.broadcast(store, key).await? else { return Ok(None) };
            let rows = store.delivery_list(broadcast, None, DeliveryId(id.0.saturating_sub(1)), 1).await?;
            (rows.into_iter().find(|row| row.id == id), Some(list))
        };
        let Some(row) = row else { return Ok(None) };
        let Some(address) = row.address else { return Ok(None) };
        Ok(store.address_find(address).await?.map(|found| (found, list)))
    }

    async fn broadcast(&mut self, store: &Arc<dyn Store>, key: [u8; 8]) -> Result<Option<(BroadcastId, ListId)>> {
        if let Some(known) = self.broadcasts.get(&key) {
            return Ok(*known);
        }
        if self.broadcasts.len() > 2 * NEWEST as usize {
            self.broadcasts.clear();
        }
        for row in store.broadcast_list(false, NEWEST).await? {
            self.broadcasts.insert(row.key, Some((row.id, row.list)));
        }
        Ok(*self.broadcasts.entry(key).or_insert(None))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::context::tests::without_transports;
    use rundruf_consent::{Address, Channel, ImportClass, State};
    use rundruf_store::{ClaimRequest, DeliveryOutcome, FanOutChoice, NewBroadcast, NewContact, Settlement};

    /// One message that the provider took: its id and its address.
    async fn sent(context: &EngineContext) -> ([u8; 16], AddressId) {
        let (store, now, list) = (&context.store, context.clock.now(), context.lists.current[0].0);
        let addresses = vec![Address::parse(Channel::Email, "anna@krume.example", None).unwrap()];
        let person = store.contact_add(NewContact { addresses, ..NewContact::default() }, now).await.unwrap();
        let address = person.addresses[0].id;
        let draft = Arc::new(draft(context, list, "de", Provenance::new("system", "file", "import")));
        let one = change(address, list, Event::Import(ImportClass::A), draft);
        store.consent_apply(vec![one], now).await.unwrap();
        let transport = store.transport_sync(vec!["t".to_owned()]).await.unwrap()[0];
        let (start_at, expires_at) = (None, None);
        let new =
            NewBroadcast { list, key: [7; 8], content: "{}".to_owned(), start_at, expires_at, actor: String::new() };
        let broadcast = store.broadcast_add(new, now).await.unwrap();
        store.fan_out(broadcast, 10, Arc::new(move |_| FanOutChoice::Send(0, transport)), now).await.unwrap();
        let request = ClaimRequest::new(1, now);
        let step = store.dispatch_step(transport, [1; 16], Vec::new(), Some(request)).await.unwrap();
        let (delivery, evidence) = (step.claimed[0].permit.delivery(), step.claimed[0].permit.evidence());
        let rundruf_store::ClaimKind::Broadcast { lease, .. } = step.claimed[0].work else { panic!("no broadcast") };
        let to = DeliveryOutcome::Sent { remote_id: "".into() };
        let one = Settlement { delivery, evidence, broadcast: Some(broadcast), lease, to, at: now };
        store.dispatch_step(transport, [1; 16], vec![one], None).await.unwrap();
        let mut id = [7; 16];
        id[8..].copy_from_slice(&delivery.0.to_be_bytes());
        (id, address)
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn bounces_flag_and_complaints_withdraw() {
        let dir = tempfile::tempdir().unwrap();
        let context = without_transports(dir.path()).await;
        let (message_id, address) = sent(&context).await;
        let mut handler = BounceHandler::default();
        let transport = rundruf_store::TransportId(1);
        let detail = || "5.1.1".to_owned();
        let receipt = |kind, message_id| ReceiptRow { transport, message_id, kind, at: Time(1), detail: detail() };
        let state = async || {
            let row = context.store.address_get(address).await.unwrap().unwrap();
            (row.flags.has(AddressFlags::UNDELIVERABLE), row.consents[0].state)
        };
        for harmless in [receipt(0, message_id), receipt(1, message_id), receipt(2, [9; 16]), receipt(3, [0xff; 16])] {
            handler.apply(&context, &harmless).await.unwrap();
            assert_eq!(state().await, (false, State::Confirmed), "{harmless:?}");
        }
        for _ in 0..2 {
            handler.apply(&context, &receipt(BOUNCED, message_id)).await.unwrap();
            assert_eq!(state().await, (true, State::Confirmed), "the person has taken nothing back");
        }
        let row = context.store.address_get(address).await.unwrap().unwrap();
        unflag(&context, &row).await.unwrap();
        assert_eq!(state().await, (false, State::Confirmed));
        for _ in 0..2 {
            handler.apply(&context, &receipt(COMPLAINED, message_id)).await.unwrap();
            assert_eq!(state().await, (false, State::Withdrawn), "a complaint is a withdrawal");
        }
        let events = context.store.consent_events(address, context.lists.current[0].0).await.unwrap();
        assert_eq!(events.len(), 2, "a repeat is not an event");
        let evidence: serde_json::Value = serde_json::from_str(events[1].json.as_deref().unwrap()).unwrap();
        assert_eq!(
            (evidence["act"]["kind"].as_str(), evidence["source"]["detail"].as_str()),
            (Some("transport"), Some("5.1.1"))
        );
        context.store.close().await;
    }
}
