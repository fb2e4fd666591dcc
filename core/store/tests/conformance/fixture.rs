//! A store with a list, a transport and people, and the few words that stories are told in.

use super::Backend;
use rundruf_consent::evidence::{ConsentAction, Controller, EvidenceDraft, EvidenceSource, ListRef};
use rundruf_consent::{
    Address, AddressId, BroadcastId, Channel, Class, ContactId, DeliveryId, Event, ImportClass, ListId, Refusal, State,
    Time,
};
use rundruf_store::*;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// The session that claims are made under.
pub(super) const SESSION: Session = [1; 16];
/// First half of the message ids of broadcasts.
pub(super) const KEY: [u8; 8] = [7; 8];

pub(super) struct Fixture {
    backend: Box<dyn Backend>,
    /// How many confirmation requests were made: their ids.
    requests: AtomicU64,
    pub(super) store: Arc<dyn Store>,
    pub(super) list: ListId,
    pub(super) transport: TransportId,
}

/// A day, counted from the first one.
pub(super) fn day(n: u64) -> Time {
    Time(1_000).plus(Duration::from_secs(86_400) * u32::try_from(n).unwrap())
}

pub(super) fn mail(n: u64) -> Address {
    Address::parse(Channel::Email, &format!("p{n}@x.example"), None).unwrap()
}

pub(super) fn spelled(text: &str) -> Address {
    Address::parse(Channel::Email, text, None).unwrap()
}

pub(super) fn draft() -> Arc<EvidenceDraft> {
    Arc::new(EvidenceDraft {
        time: Time(5),
        controller: Controller {
            name: "K".into(),
            imprint_url: "https://k.example/i".into(),
            privacy_url: "https://k.example/d".into(),
        },
        list: ListRef { name: "l".into(), title: "L".into(), purpose: "p".into() },
        text: None,
        source: EvidenceSource { kind: "command".into(), detail: None },
        act: ConsentAction { kind: "post".into(), ..ConsentAction::default() },
        outbound: None,
        ip_prefix: None,
        earlier: None,
        actor: "person".into(),
    })
}

pub(super) fn sent() -> DeliveryOutcome {
    DeliveryOutcome::Sent { remote_id: "r".into() }
}

pub(super) fn retry(due: Time) -> DeliveryOutcome {
    DeliveryOutcome::Retry { due, code: 200, detail: "later".into() }
}

/// Sends to the first confirmed candidate.
pub(super) fn choose(transport: TransportId) -> FanOutChooser {
    Arc::new(move |candidates| {
        match candidates.iter().position(|c| c.state == State::Confirmed && c.flags.is_clear()) {
            Some(at) => FanOutChoice::Send(at, transport),
            None => {
                FanOutChoice::Skip(0, candidates.first().map_or(Refusal::NotAsked, |c| Refusal::from_state(c.state)))
            }
        }
    })
}

/// Sends to everybody, so that only the claim can refuse.
pub(super) fn everybody(transport: TransportId) -> FanOutChooser {
    Arc::new(move |_| FanOutChoice::Send(0, transport))
}

pub(super) fn settled(claimed: &Claimed, to: DeliveryOutcome, at: Time) -> Settlement {
    let (broadcast, lease) = match claimed.work {
        ClaimKind::Broadcast { broadcast, lease, .. } => (Some(broadcast), lease),
        ClaimKind::Service { .. } => (None, None),
    };
    let (delivery, evidence) = (claimed.permit.delivery(), claimed.permit.evidence());
    Settlement { delivery, evidence, broadcast, lease, to, at }
}

/// The same settlement for all of them.
pub(super) fn all(claimed: &[Claimed], to: &DeliveryOutcome, at: Time) -> Vec<Settlement> {
    claimed.iter().map(|c| settled(c, to.clone(), at)).collect()
}

impl Fixture {
    pub(super) async fn build(backend: Box<dyn Backend>) -> Self {
        let store = backend.open().unwrap();
        let list = store.list_sync(vec!["l".into()]).await.unwrap()[0];
        let transport = store.transport_sync(vec!["t".into()]).await.unwrap()[0];
        Self { backend, requests: AtomicU64::new(1), store, list, transport }
    }

    /// A second opening of the same store.
    pub(super) fn open_again(&self) -> Result<Arc<dyn Store>, StoreError> {
        self.backend.open()
    }

    /// Closes and opens it.
    pub(super) async fn reopen(&mut self) {
        self.store.close().await;
        self.store = self.open_again().unwrap();
    }

    /// Closes the store, runs SQL past the trait, and opens it again.
    pub(super) async fn damage(&mut self, sql: &str) {
        self.store.close().await;
        self.backend.execute(sql);
        self.store = self.open_again().unwrap();
    }

    pub(super) async fn import(&self, class: ImportClass, rows: Vec<ImportRow>, now: Time) -> Vec<ImportResult> {
        let (mapping, actor) = (String::new(), "operator:0".to_owned());
        let meta = ImportMeta { list: self.list, class, file_sha256: [0; 32], mapping, actor };
        let size = self.store.log_head().await.unwrap().size;
        let dry = self.store.import_check(self.list, rows.clone(), now).await.unwrap();
        assert_eq!(self.store.log_head().await.unwrap().size, size, "a dry run stores nothing");
        let import = self.store.import_begin(meta, now).await.unwrap();
        let results = self.store.import_rows(import, rows, now).await.unwrap();
        assert_eq!(format!("{dry:?}"), format!("{results:?}"), "a dry run says what the import does");
        self.store.import_end(import, "{}".into(), now).await.unwrap();
        results
    }

    pub(super) fn row(class: ImportClass, addresses: Vec<Address>) -> ImportRow {
        let vars = BTreeMap::from([("first_name".to_owned(), "Anna".to_owned())]);
        let contact = NewContact { language: Some("de".into()), vars, addresses };
        ImportRow { line: 2, contact, draft: draft(), event: Event::Import(class), update: false }
    }

    /// People with a confirmed consent each.
    pub(super) async fn people(&self, people: std::ops::Range<u64>) {
        let rows = people.map(|n| Self::row(ImportClass::A, vec![mail(n)])).collect();
        let results = self.import(ImportClass::A, rows, Time(6)).await;
        assert!(results.iter().all(|r| r.verdicts == [ImportVerdict::Confirmed]), "{results:?}");
    }

    pub(super) async fn address(&self, address: Address) -> AddressRow {
        self.store.address_find(address).await.unwrap().expect("the address is known")
    }

    /// A person with one address and no consent.
    pub(super) async fn stranger(&self, n: u64) -> AddressId {
        let new = NewContact { addresses: vec![mail(n)], ..NewContact::default() };
        self.store.contact_add(new, Time(1)).await.unwrap().addresses[0].id
    }

    pub(super) async fn move_to(&self, target: ConsentTarget, event: Event, now: Time) -> ConsentResult {
        let request = (event == Event::SignUp).then(|| {
            let number = self.requests.fetch_add(1, Ordering::Relaxed);
            NewRequest { id: u128::from(number).to_be_bytes(), expires: now.plus(Duration::from_secs(7 * 86_400)) }
        });
        let m = ConsentChange { target, event, draft: draft(), request, services: Vec::new() };
        self.store.consent_apply(vec![m], now).await.unwrap().remove(0)
    }

    /// A move that must be allowed.
    pub(super) async fn moved(&self, n: u64, event: Event, now: Time) -> ConsentRow {
        match self.move_to(ConsentTarget::Address(mail(n), self.list), event, now).await {
            ConsentResult::Done { consent, .. } => consent,
            other => panic!("{event:?} of person {n}: {other:?}"),
        }
    }

    pub(super) async fn stop(&self, n: u64) {
        self.moved(n, Event::Stop, Time(20)).await;
    }

    pub(super) fn new_broadcast(&self) -> NewBroadcast {
        NewBroadcast {
            list: self.list,
            key: KEY,
            content: "{}".into(),
            start_at: None,
            expires_at: None,
            actor: String::new(),
        }
    }

    pub(super) async fn add(&self, new: NewBroadcast) -> BroadcastId {
        self.store.broadcast_add(new, Time(10)).await.unwrap()
    }

    pub(super) async fn fan_out(&self, id: BroadcastId, choose: FanOutChooser) {
        while !self.store.fan_out(id, 100, Arc::clone(&choose), Time(10)).await.unwrap().finished {}
    }

    /// A broadcast to everybody who is confirmed, fanned out.
    pub(super) async fn broadcast(&self) -> BroadcastId {
        let id = self.add(self.new_broadcast()).await;
        self.fan_out(id, choose(self.transport)).await;
        id
    }

    pub(super) async fn step_at(&self, settle: Vec<Settlement>, at_most: u32, now: Time) -> DispatchResult {
        let claim = ClaimRequest::new(at_most, now);
        let claim = (at_most > 0).then_some(claim);
        self.store.dispatch_step(self.transport, SESSION, settle, claim).await.unwrap()
    }

    pub(super) async fn step(&self, settle: Vec<Settlement>, at_most: u32) -> DispatchResult {
        self.step_at(settle, at_most, Time(30)).await
    }

    pub(super) async fn settle(&self, settle: Vec<Settlement>) {
        assert_eq!(self.step(settle, 0).await.strays, 0);
    }

    /// The broadcast, after everything was compared that must agree.
    pub(super) async fn row_of(&self, id: BroadcastId) -> BroadcastRow {
        let row = self.store.broadcast_get(id).await.unwrap().unwrap();
        let t = &row.tally;
        let sum = t.queued + t.in_flight + t.retry + t.sent + t.failed + t.unknown + t.held + t.skipped;
        assert_eq!(t.total, sum, "{t:?}");
        assert_eq!(t.skipped_by.values().sum::<u64>(), t.skipped, "{t:?}");
        self.healthy().await;
        row
    }

    /// Whether everything agrees.
    pub(super) async fn healthy(&self) {
        let found = self.store.doctor().await.unwrap();
        assert!(found.is_empty(), "{found:?}");
    }

    pub(super) async fn deliveries(&self, id: BroadcastId, state: DeliveryState) -> Vec<DeliveryRow> {
        self.store.delivery_list(id, Some(state), DeliveryId(0), 10_000).await.unwrap()
    }

    pub(super) fn service(&self, class: Class, address: AddressId) -> NewService {
        let (transport, payload) = (self.transport, "{}".to_owned());
        NewService { class, transport, address: Some(address), list: Some(self.list), payload, expires: None }
    }
}

/// The contact that everything is after.
pub(super) const FROM_THE_FIRST: ContactId = ContactId(0);
