//! What comes back: addresses that refuse for ever, and complaints. An address that came back for good gets nothing more until its person is
//! heard again; a complaint is a stop.

use crate::error::EngineError;
use crate::evidence::{By, draft};
use crate::leave;
use crate::start::Inner;
use rundruf_consent::{AddressFlags, AddressId, BroadcastId, DeliveryId, Event, ListId, Time};
use rundruf_store::{AddressRow, ConsentChange, ConsentTarget, ReceiptRow, RequestRow, Store};
use std::collections::HashMap;
use std::sync::Arc;
use tokio::task::JoinSet;

/// Kinds of receipts in the contract.
const BOUNCED: u32 = 2;
const COMPLAINED: u32 = 3;
/// Flags on their way to the store together: it commits them as one.
const AT_ONCE: usize = 256;
/// Broadcasts among which a receipt is looked for: the newest.
const NEWEST: u32 = 1_000;

/// Notes that addresses refuse for ever, and that nobody there can answer what was asked. What cannot be stored now is found out again by the next
/// message.
pub(crate) async fn flag(engine: Arc<Inner>, addresses: Vec<AddressId>, now: Time) {
    for some in addresses.chunks(AT_ONCE) {
        let mut all = JoinSet::new();
        for address in some.iter().copied() {
            let engine = Arc::clone(&engine);
            all.spawn(async move { refuses(&engine, address, now).await });
        }
        while let Some(done) = all.join_next().await {
            if let Ok(Err(error)) = done {
                tracing::error!(%error, "it could not be stored that an address refuses for ever");
            }
        }
    }
}

async fn refuses(engine: &Inner, address: AddressId, now: Time) -> Result<(), EngineError> {
    engine.store.address_flag(address, AddressFlags::UNDELIVERABLE, AddressFlags::default(), now).await?;
    let open = engine.store.request_open(address, now).await?;
    let failed = |request: &RequestRow| ConsentChange {
        target: ConsentTarget::Ids(address, request.consent.list),
        event: Event::RequestFailed,
        draft: Arc::new(draft(engine, request.consent.list, "de", By::new("system", "transport", "transport"))),
        request: None,
        services: Vec::new(),
    };
    let moves: Vec<ConsentChange> = open.iter().map(failed).collect();
    if !moves.is_empty() {
        engine.store.consent_apply(moves, now).await?;
    }
    Ok(())
}

/// The person is there after all: the address may be tried again.
pub(crate) async fn heard(engine: &Inner, row: &AddressRow) -> Result<(), EngineError> {
    if row.flags.has(AddressFlags::UNDELIVERABLE) {
        let now = engine.clock.now();
        engine.store.address_flag(row.id, AddressFlags::default(), AddressFlags::UNDELIVERABLE, now).await?;
    }
    Ok(())
}

/// Finds whom a receipt is about.
#[derive(Default)]
pub(crate) struct Bounces {
    /// Broadcasts by the first half of their message ids; `None`: not among the newest.
    broadcasts: HashMap<[u8; 8], Option<(BroadcastId, ListId)>>,
}

impl Bounces {
    /// Draws the consequences of a receipt that was applied. Done again they are the same.
    pub(crate) async fn follow(&mut self, engine: &Inner, receipt: &ReceiptRow) -> Result<(), EngineError> {
        if !matches!(receipt.kind, BOUNCED | COMPLAINED) {
            return Ok(());
        }
        let Some((row, list)) = self.about(engine, receipt.message_id).await? else {
            tracing::warn!(kind = receipt.kind, "a message came back that is too old to know whose it was");
            return Ok(());
        };
        let now = engine.clock.now();
        if receipt.kind == BOUNCED {
            return refuses(engine, row.id, now).await;
        }
        let lists = list.map_or_else(|| row.consents.iter().map(|c| c.list).collect(), |list| vec![list]);
        let detail = (!receipt.detail.is_empty()).then(|| receipt.detail.clone());
        let by = || By { detail: detail.clone(), ..By::new("person", "inbound", "transport") };
        let moves = lists.into_iter().map(|list| leave::stop(engine, row.id, list, by())).collect();
        engine.store.consent_apply(moves, now).await?;
        Ok(())
    }

    /// Address, and list if it was a broadcast's.
    async fn about(
        &mut self,
        engine: &Inner,
        message_id: [u8; 16],
    ) -> Result<Option<(AddressRow, Option<ListId>)>, EngineError> {
        let [k0, k1, k2, k3, k4, k5, k6, k7, number @ ..] = message_id;
        let (key, id) = ([k0, k1, k2, k3, k4, k5, k6, k7], DeliveryId(i64::from_be_bytes(number)));
        let store = &engine.store;
        let (row, list) = if id.0 < 0 {
            (store.service_get(id).await?, None)
        } else {
            let Some((broadcast, list)) = self.broadcast(store, key).await? else { return Ok(None) };
            let rows = store.delivery_list(broadcast, None, DeliveryId(id.0.saturating_sub(1)), 1).await?;
            (rows.into_iter().find(|row| row.id == id), Some(list))
        };
        let Some(row) = row else { return Ok(None) };
        Ok(store.address_find(row.address).await?.map(|found| (found, list)))
    }

    async fn broadcast(
        &mut self,
        store: &Arc<dyn Store>,
        key: [u8; 8],
    ) -> Result<Option<(BroadcastId, ListId)>, EngineError> {
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
    use crate::start::tests::still;
    use rundruf_consent::{Address, Channel, ImportClass, State};
    use rundruf_store::{ClaimRequest, DeliveryOutcome, FanOutChoice, NewBroadcast, NewContact, Settlement};

    /// One message that was taken by the other side: its id and its address.
    async fn sent(engine: &Inner) -> ([u8; 16], AddressId) {
        let (store, now, list) = (&engine.store, engine.clock.now(), engine.lists[0].0);
        let addresses = vec![Address::parse(Channel::Email, "anna@krume.example", None).unwrap()];
        let person = store.contact_add(NewContact { addresses, ..NewContact::default() }, now).await.unwrap();
        let address = person.addresses[0].id;
        let draft = Arc::new(crate::evidence::draft(engine, list, "de", By::new("system", "file", "import")));
        let (target, event) = (ConsentTarget::Ids(address, list), Event::Import(ImportClass::A));
        let one = ConsentChange { target, event, draft, request: None, services: Vec::new() };
        store.consent_apply(vec![one], now).await.unwrap();
        let transport = store.transport_sync(vec!["t".to_owned()]).await.unwrap()[0];
        let (start_at, expires_at) = (None, None);
        let new = NewBroadcast { list, key: [7; 8], content: "{}".to_owned(), start_at, expires_at };
        let broadcast = store.broadcast_add(new, now).await.unwrap();
        store.fan_out(broadcast, 10, Arc::new(move |_| FanOutChoice::Send(0, transport)), now).await.unwrap();
        let request = ClaimRequest { at_most: 1, bulk: true, after: None, now };
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
    async fn what_comes_back_has_consequences() {
        let dir = tempfile::tempdir().unwrap();
        let engine = still(dir.path()).await;
        let (message_id, address) = sent(&engine).await;
        let mut bounces = Bounces::default();
        let transport = rundruf_store::TransportId(1);
        let detail = || "5.1.1".to_owned();
        let receipt = |kind, message_id| ReceiptRow { transport, message_id, kind, at: Time(1), detail: detail() };
        let state = async || {
            let row = engine.store.address_get(address).await.unwrap().unwrap();
            (row.flags.has(AddressFlags::UNDELIVERABLE), row.consents[0].state)
        };
        for harmless in [receipt(0, message_id), receipt(1, message_id), receipt(2, [9; 16]), receipt(3, [0xff; 16])] {
            bounces.follow(&engine, &harmless).await.unwrap();
            assert_eq!(state().await, (false, State::Confirmed), "{harmless:?}");
        }
        for _ in 0..2 {
            bounces.follow(&engine, &receipt(BOUNCED, message_id)).await.unwrap();
            assert_eq!(state().await, (true, State::Confirmed), "the person has taken nothing back");
        }
        let row = engine.store.address_get(address).await.unwrap().unwrap();
        heard(&engine, &row).await.unwrap();
        assert_eq!(state().await, (false, State::Confirmed));
        for _ in 0..2 {
            bounces.follow(&engine, &receipt(COMPLAINED, message_id)).await.unwrap();
            assert_eq!(state().await, (false, State::Withdrawn), "a complaint is a stop");
        }
        let events = engine.store.consent_events(address, engine.lists[0].0).await.unwrap();
        assert_eq!(events.len(), 2, "a repeat is no event");
        let evidence: serde_json::Value = serde_json::from_str(events[1].json.as_deref().unwrap()).unwrap();
        assert_eq!(
            (evidence["act"]["kind"].as_str(), evidence["source"]["detail"].as_str()),
            (Some("transport"), Some("5.1.1"))
        );
        crate::start::stop(&engine, std::time::Duration::from_secs(5)).await;
    }
}
