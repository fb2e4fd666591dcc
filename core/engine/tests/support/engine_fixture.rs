//! An engine with lists, transports and contacts, and what a person can see of it.

use rundruf_consent::evidence::{ConsentAction, Controller, EvidenceDraft, EvidenceSource, ListRef};
use rundruf_consent::{Address, AddressId, BroadcastId, DeliveryId, Event, ImportClass, ListId, State, Time};
use rundruf_engine::*;
use rundruf_host::Isolation;
use rundruf_store::{
    BroadcastRow, ConsentChange, ConsentTarget, ContactRow, DeliveryRow, NewContact, OpenOptions, Store, Tally,
};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, Once};
use std::time::{Duration, Instant};

/// 1 December 2026, 10:00 UTC.
pub(crate) const BEGIN: Time = Time(1_796_119_200_000);
pub(crate) const DAY: Duration = Duration::from_secs(86_400);
/// Longest wait for anything in these tests.
const TIMEOUT: Duration = Duration::from_secs(20);

pub(crate) struct EngineFixture {
    pub(crate) engine: Engine,
    pub(crate) store: Arc<dyn Store>,
    pub(crate) clock: Clock,
    pub(crate) config: Config,
    pub(crate) dir: PathBuf,
    vanishing: Option<tempfile::TempDir>,
}

/// Folder of what was built for this profile.
fn built() -> PathBuf {
    let here = std::env::current_exe().unwrap();
    here.ancestors().find(|a| a.file_name().is_some_and(|n| n == "debug" || n == "release")).unwrap().to_owned()
}

/// Builds something of this workspace that is missing or old.
fn build(what: &[&str]) {
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.args(["build", "--quiet", "--locked"]).args(what).current_dir(env!("CARGO_MANIFEST_DIR"));
    if built().ends_with("release") {
        cargo.arg("--release");
    }
    assert!(cargo.status().unwrap().success(), "{what:?} does not build");
}

/// The library of a plugin.
pub(crate) fn plugin(name: &str) -> PathBuf {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| build(&["-p", "rundruf-sandbox", "-p", "rundruf-null"]));
    built().join(format!("librundruf_{name}.so"))
}

/// The program that runs plugins, and that stands for the daemon when it is to be killed.
pub(crate) fn killable_engine() -> PathBuf {
    static ONCE: Once = Once::new();
    let path = built().join("examples").join("killable_engine");
    // It is asked for by itself too, and must not build itself while it runs.
    if std::env::current_exe().unwrap() != path {
        ONCE.call_once(|| build(&["-p", "rundruf-engine", "--example", "killable_engine"]));
    }
    path
}

fn both(de: &str, en: &str) -> Localized {
    Localized(BTreeMap::from([("de".to_owned(), de.to_owned()), ("en".to_owned(), en.to_owned())]))
}

pub(crate) fn transport(dir: &Path, name: &str, plugin_name: &str) -> TransportConfig {
    let config = match plugin_name {
        "sandbox" => serde_json::json!({ "folder": dir.join("messages"), "slow_ms": 300 }),
        _ => serde_json::json!({}),
    };
    TransportConfig {
        name: name.to_owned(),
        renamed_from: None,
        library: plugin(plugin_name),
        sha256: None,
        isolation: Isolation::None,
        window: Some(64),
        rate_per_s: None,
        on_unknown: OnUnknown::Hold,
        config: config.to_string(),
        price: None,
        threads: 1,
        state_limit: rundruf_host::InstanceSpec::STATE_LIMIT,
        without_landlock: false,
    }
}

pub(crate) fn list(name: &str, title: &str) -> ListConfig {
    ListConfig {
        name: name.to_owned(),
        title: both(title, title),
        purpose: both("Angebote der Bäckerei", "Offers of the bakery"),
        consent_text: both(
            &format!("Ja, die Bäckerei Krume GmbH darf mir „{title}“ schicken. Abmelden jederzeit."),
            &format!("Yes, Bäckerei Krume GmbH may send me “{title}”. I can leave at any time."),
        ),
        text_is_made: false,
        transports: vec!["kasten".to_owned()],
        frequency_cap: None,
    }
}

pub(crate) fn config(dir: &Path) -> Config {
    Config {
        sender: Sender {
            name: "Bäckerei Krume GmbH".to_owned(),
            imprint_url: "https://krume.example/impressum".to_owned(),
            privacy_url: "https://krume.example/datenschutz".to_owned(),
            formal: false,
        },
        public_url: "https://news.krume.example".to_owned(),
        default_region: Some("DE".to_owned()),
        time_zone: jiff::tz::TimeZone::UTC,
        default_language: "de".to_owned(),
        lists: vec![list("angebote", "Angebote der Woche"), list("rezepte", "Rezepte")],
        transports: vec![transport(dir, "kasten", "sandbox")],
        unusable: BTreeMap::new(),
        admin: rundruf_engine::AdminConfig::default(),
        hold_for: Duration::from_secs(14 * 86_400),
        probe: ProbePolicy::default(),
        retention: RetentionPolicy { inbound: Duration::from_secs(90 * 86_400) },
        optin: OptInPolicy::default(),
        timers: ConsentTimers::default(),
        retry: RetryPolicy {
            first: Duration::from_secs(30),
            longest: Duration::from_secs(60),
            give_up: Duration::from_secs(300),
        },
        drain_for: Duration::from_secs(10),
        data_dir: dir.to_owned(),
        child_program: killable_engine(),
        protected: Vec::new(),
        max_attachment: 1 << 20,
        log_origin: "krume.example/consent-log/test".to_owned(),
    }
}

pub(crate) fn open(dir: &Path) -> Arc<dyn Store> {
    rundruf_store::open(&format!("sqlite:{}", dir.join("rundruf.db").display()), OpenOptions::default()).unwrap()
}

impl EngineFixture {
    /// The sandbox in this process.
    pub(crate) async fn new() -> Self {
        Self::with(|_| {}).await
    }

    /// With other settings.
    pub(crate) async fn with(change: impl FnOnce(&mut Config)) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let mut config = config(dir.path());
        change(&mut config);
        let path = dir.path().to_owned();
        Self { vanishing: Some(dir), ..Self::at(path, config, Clock::fixed(BEGIN)).await }
    }

    /// In a folder that is there already.
    pub(crate) async fn at(dir: PathBuf, config: Config, clock: Clock) -> Self {
        let store = open(&dir);
        let engine = Engine::start_at(config.clone(), Arc::clone(&store), clock.clone()).await.unwrap();
        Self { engine, store, clock, config, dir, vanishing: None }
    }

    /// Ends in order and begins anew with other settings.
    pub(crate) async fn restart(self, change: impl FnOnce(&mut Config)) -> Self {
        let Self { engine, store, clock, mut config, dir, vanishing } = self;
        assert!(engine.stop(Duration::from_secs(10)).await, "nothing is left open");
        drop((engine, store));
        change(&mut config);
        Self { vanishing, ..Self::at(dir, config, clock).await }
    }

    pub(crate) fn id(&self, list: &str) -> ListId {
        self.engine.list_id(list).unwrap()
    }

    pub(crate) fn address(&self, text: &str) -> Address {
        self.engine.address_parse(text).unwrap()
    }

    /// A person with these addresses.
    pub(crate) async fn person(&self, name: &str, addresses: &[&str]) -> ContactRow {
        let addresses = addresses.iter().map(|a| self.address(a)).collect();
        let vars = BTreeMap::from([("first_name".to_owned(), name.to_owned())]);
        self.store.contact_add(NewContact { language: Some("de".to_owned()), vars, addresses }, BEGIN).await.unwrap()
    }

    /// A person who has said yes elsewhere, with proof.
    pub(crate) async fn subscriber(&self, name: &str, address: &str, list: &str) -> AddressId {
        let person = self.person(name, &[address]).await;
        let id = person.addresses.iter().find(|a| a.address == self.address(address)).unwrap().id;
        self.apply_event(id, list, Event::Import(ImportClass::A)).await;
        id
    }

    /// Many of them: `threema:P0000000`, …
    pub(crate) async fn subscribers(&self, count: usize, list: &str) -> Vec<AddressId> {
        let mut moves = Vec::new();
        let mut ids = Vec::new();
        for n in 0..count {
            let person = self.person(&format!("Name{n}"), &[&format!("threema:P{n:07}")]).await;
            let id = person.addresses[0].id;
            ids.push(id);
            moves.push(self.one(id, list, Event::Import(ImportClass::A)));
        }
        self.store.consent_apply(moves, BEGIN).await.unwrap();
        ids
    }

    fn one(&self, address: AddressId, list: &str, event: Event) -> ConsentChange {
        let draft = EvidenceDraft {
            time: BEGIN,
            controller: Controller { name: "K".into(), imprint_url: "i".into(), privacy_url: "p".into() },
            list: ListRef { name: list.into(), title: list.into(), purpose: "p".into() },
            text: None,
            source: EvidenceSource::default(),
            act: ConsentAction::default(),
            outbound: None,
            ip_prefix: None,
            earlier: None,
            actor: "system".into(),
        };
        let target = ConsentTarget::Ids(address, self.id(list));
        ConsentChange { target, event, draft: Arc::new(draft), request: None, services: Vec::new() }
    }

    pub(crate) async fn apply_event(&self, address: AddressId, list: &str, event: Event) {
        self.store.consent_apply(vec![self.one(address, list, event)], self.clock.now()).await.unwrap();
    }

    pub(crate) async fn state(&self, address: &str, list: &str) -> State {
        let (row, list) = (self.store.address_find(self.address(address)).await.unwrap(), self.id(list));
        let consents = row.map(|r| r.consents).unwrap_or_default();
        consents.iter().find(|c| c.list == list).map_or(State::None, |c| c.state)
    }

    pub(crate) fn form(list: &str, text: &str) -> BroadcastForm {
        BroadcastForm {
            list: list.to_owned(),
            text: BTreeMap::from([("de".to_owned(), text.to_owned())]),
            subject: BTreeMap::from([("de".to_owned(), "Neues".to_owned())]),
            ..BroadcastForm::default()
        }
    }

    pub(crate) async fn send(&self, list: &str, text: &str) -> BroadcastId {
        let form = BroadcastForm { again: true, ..Self::form(list, text) };
        self.engine.broadcast_send(form).await.unwrap()
    }

    pub(crate) async fn row(&self, id: BroadcastId) -> BroadcastRow {
        self.store.broadcast_get(id).await.unwrap().unwrap()
    }

    /// Waits until the broadcast looks like this.
    #[track_caller]
    pub(crate) fn until(
        &self,
        id: BroadcastId,
        what: &'static str,
        is: fn(&BroadcastRow) -> bool,
    ) -> impl Future<Output = Tally> {
        let (store, begin, caller) = (Arc::clone(&self.store), Instant::now(), std::panic::Location::caller());
        async move {
            loop {
                let row = store.broadcast_get(id).await.unwrap().unwrap();
                if is(&row) {
                    check_tally(&row.tally);
                    return row.tally;
                }
                assert!(begin.elapsed() < TIMEOUT, "{caller}: not {what}: {:?} {:?}", row.state, row.tally);
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        }
    }

    /// Waits until it is done.
    pub(crate) async fn done(&self, id: BroadcastId) -> Tally {
        self.until(id, "done", |row| row.state == rundruf_store::BroadcastState::Done).await
    }

    pub(crate) async fn deliveries(&self, id: BroadcastId) -> Vec<DeliveryRow> {
        self.store.delivery_list(id, None, DeliveryId(0), 10_000).await.unwrap()
    }

    /// Messages in the sandbox's folder: name of the file and text.
    pub(crate) fn messages(&self) -> Vec<(String, String)> {
        let mut all = Vec::new();
        for entry in std::fs::read_dir(self.dir.join("messages")).unwrap().flatten() {
            let name = entry.file_name().to_string_lossy().into_owned();
            if (name.ends_with(".eml") || name.ends_with(".txt")) && !name.starts_with('.') && entry.path().is_file() {
                all.push((name, std::fs::read_to_string(entry.path()).unwrap_or_default()));
            }
        }
        all.sort();
        all
    }

    /// Messages that contain all of this.
    pub(crate) fn messages_with(&self, needles: &[&str]) -> Vec<String> {
        let fits = |text: &String| needles.iter().all(|n| text.contains(n));
        self.messages().into_iter().map(|(_, text)| text).filter(fits).collect()
    }

    /// Waits for the first message that contains all of this.
    pub(crate) async fn message(&self, needles: &[&str]) -> String {
        let begin = Instant::now();
        loop {
            if let Some(text) = self.messages_with(needles).pop() {
                return text;
            }
            assert!(begin.elapsed() < TIMEOUT, "no message with {needles:?}: {:#?}", self.messages());
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    /// Somebody writes to us; waits until it was handled.
    pub(crate) async fn receive(&self, from: &str, text: &str) {
        let folder = self.dir.join("messages/in");
        std::fs::write(folder.join(".new"), text).unwrap();
        let file = folder.join(format!("{from}.txt"));
        std::fs::rename(folder.join(".new"), &file).unwrap();
        let begin = Instant::now();
        // The plugin deletes the file once it is stored; then it must be understood.
        while file.exists() || !self.store.inbound_pending(1).await.unwrap().is_empty() {
            assert!(begin.elapsed() < TIMEOUT, "`{text}` is not heard");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    /// Asks for consent as an operator does.
    pub(crate) async fn ask(&self, address: &str, list: &str, language: &str) -> Result<State, EngineError> {
        let row = self.store.address_find(self.address(address)).await.unwrap().unwrap();
        let sign_up = SignUp {
            person_asked: None,
            address: row.id,
            list: list.to_owned(),
            source: "command".to_owned(),
            language: language.to_owned(),
            actor: "operator:root".to_owned(),
        };
        self.engine.consent_request(sign_up).await
    }

    /// Evidence of one consent as JSON, oldest first.
    pub(crate) async fn evidence(&self, address: &str, list: &str) -> Vec<serde_json::Value> {
        let row = self.store.address_find(self.address(address)).await.unwrap().unwrap();
        let events = self.store.consent_events(row.id, self.id(list)).await.unwrap();
        events.iter().map(|e| serde_json::from_str(e.json.as_deref().unwrap()).unwrap()).collect()
    }

    /// Nothing is wrong with the counters, and everything ends in order.
    pub(crate) async fn stop_and_check(self) {
        let faults: Vec<_> = self.engine.doctor().await.unwrap().into_iter().filter(|f| f.fault).collect();
        assert!(faults.is_empty(), "{faults:?}");
        assert!(self.engine.stop(Duration::from_secs(10)).await);
    }
}

/// The eight counts are everything.
pub(crate) fn check_tally(t: &Tally) {
    let sum = t.queued + t.in_flight + t.retry + t.sent + t.failed + t.unknown + t.held + t.skipped;
    assert_eq!(sum, t.total, "{t:?}");
    assert_eq!(t.skipped_by.values().sum::<u64>(), t.skipped, "{t:?}");
}

/// The path of the first link of this kind: its token.
pub(crate) fn token(message: &str, kind: &str) -> String {
    let mark = format!("https://news.krume.example/{kind}/");
    let begin = message.find(&mark).unwrap_or_else(|| panic!("no {kind} link in {message}")) + mark.len();
    message[begin..].chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '-' || *c == '_').collect()
}

/// An attachment of a form.
pub(crate) fn attachment(name: &str, media_type: &str, bytes: &[u8]) -> MessageAttachment {
    MessageAttachment {
        name: name.to_owned(),
        media_type: media_type.to_owned(),
        bytes: bytes.into(),
        url: String::new(),
    }
}
