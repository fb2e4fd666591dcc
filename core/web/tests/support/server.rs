//! A running server with an engine and contacts.

use crate::support::http::{RawResponse, TEST_TIMEOUT, exchange, request};
use rundruf_consent::token::{self, Purpose};
use rundruf_consent::{AddressId, State, Time};
use rundruf_engine::*;
use rundruf_host::Isolation;
use rundruf_store::{NewContact, OpenOptions, Store};
use rundruf_web::{Limits, WebServer, WebSettings, serve_within};
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, Once};
use std::time::{Duration, Instant};
use tokio::net::{TcpStream, UnixStream};

/// 1 December 2026, 10:00 UTC.
pub(crate) const BEGIN: Time = Time(1_796_119_200_000);
pub(crate) const ANNA: &str = "email:anna@mail.example";
pub(crate) const LIST: &str = "angebote";
/// A sender's name that must be escaped in HTML.
pub(crate) const FIRM: &str = "Krume & Söhne <GmbH> \"'";
pub(crate) const TITLE: &str = "Angebote <script>alert(1)</script>";

pub(crate) struct TestServer {
    pub(crate) engine: Engine,
    pub(crate) store: Arc<dyn Store>,
    pub(crate) clock: Clock,
    pub(crate) server: WebServer,
    pub(crate) public: SocketAddr,
    pub(crate) dir: tempfile::TempDir,
}

/// Path of the sandbox plugin; builds it if needed.
fn sandbox() -> PathBuf {
    static ONCE: Once = Once::new();
    let here = std::env::current_exe().unwrap();
    let built = here.ancestors().find(|a| a.ends_with("debug") || a.ends_with("release")).unwrap();
    ONCE.call_once(|| {
        let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        cargo.args(["build", "--quiet", "--locked", "-p", "rundruf-sandbox"]).current_dir(env!("CARGO_MANIFEST_DIR"));
        if built.ends_with("release") {
            cargo.arg("--release");
        }
        assert!(cargo.status().unwrap().success(), "the sandbox does not build");
    });
    built.join("librundruf_sandbox.so")
}

fn both(de: &str, en: &str) -> Localized {
    Localized(BTreeMap::from([("de".to_owned(), de.to_owned()), ("en".to_owned(), en.to_owned())]))
}

fn config(dir: &Path) -> Config {
    Config {
        sender: Sender {
            name: FIRM.to_owned(),
            imprint_url: "https://krume.example/impressum?a=1&b=\"2\"".to_owned(),
            privacy_url: "https://krume.example/datenschutz".to_owned(),
            formal: false,
        },
        public_url: "https://news.krume.example".to_owned(),
        default_region: Some("DE".to_owned()),
        time_zone: jiff::tz::TimeZone::UTC,
        default_language: "de".to_owned(),
        lists: vec![ListConfig {
            name: LIST.to_owned(),
            title: both(TITLE, TITLE),
            purpose: both("Angebote", "Offers"),
            consent_text: both(
                "Ja, <b>Krume</b> darf & soll mir schreiben.",
                "Yes, <b>Krume</b> may & shall write to me.",
            ),
            text_is_made: false,
            transports: vec!["kasten".to_owned()],
            frequency_cap: None,
        }],
        transports: vec![TransportConfig {
            name: "kasten".to_owned(),
            renamed_from: None,
            library: sandbox(),
            sha256: None,
            isolation: Isolation::None,
            window: Some(16),
            rate_per_s: None,
            on_unknown: OnUnknown::Hold,
            config: serde_json::json!({ "folder": dir.join("messages") }).to_string(),
            price: None,
            threads: 1,
            state_limit: rundruf_host::InstanceSpec::STATE_LIMIT,
            without_landlock: false,
        }],
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
        child_program: PathBuf::from("/nonexistent"),
        protected: Vec::new(),
        max_attachment: 32 << 20,
        log_origin: "krume.example/consent-log/test".to_owned(),
    }
}

/// Settings of a test server: a free port, a socket in the folder.
pub(crate) fn settings(dir: &Path) -> WebSettings {
    WebSettings {
        listen: Some("127.0.0.1:0".parse().unwrap()),
        socket: dir.join("rundruf.sock"),
        max_body: 1 << 20,
        spool: dir.join("spool"),
    }
}

impl TestServer {
    pub(crate) async fn new() -> Self {
        Self::with_limits(Limits::default()).await
    }

    pub(crate) async fn with_limits(limits: Limits) -> Self {
        Self::with(limits, |_| {}).await
    }

    pub(crate) async fn with(limits: Limits, change: impl FnOnce(&mut Config)) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let mut config = config(dir.path());
        change(&mut config);
        let url = format!("sqlite:{}", dir.path().join("rundruf.db").display());
        let store = rundruf_store::open(&url, OpenOptions::default()).unwrap();
        let clock = Clock::fixed(BEGIN);
        let engine = Engine::start_at(config, Arc::clone(&store), clock.clone()).await.unwrap();
        let server = serve_within(engine.clone(), settings(dir.path()), limits).await.unwrap();
        let public = server.public().unwrap();
        Self { engine, store, clock, server, public, dir }
    }

    pub(crate) fn socket(&self) -> PathBuf {
        self.dir.path().join("rundruf.sock")
    }

    /// Sends bytes to the public listener.
    pub(crate) async fn raw(&self, bytes: &[u8]) -> Option<RawResponse> {
        exchange(TcpStream::connect(self.public).await.unwrap(), bytes).await
    }

    pub(crate) async fn get(&self, path: &str) -> RawResponse {
        self.raw(&request("GET", path, &[], b"")).await.unwrap()
    }

    pub(crate) async fn post(&self, path: &str, media_type: &str, body: &[u8]) -> RawResponse {
        self.raw(&request("POST", path, &[("Content-Type", media_type)], body)).await.unwrap()
    }

    /// Sends bytes to the local socket.
    pub(crate) async fn local(&self, bytes: &[u8]) -> Option<RawResponse> {
        exchange(UnixStream::connect(self.socket()).await.unwrap(), bytes).await
    }

    /// Adds a contact with one address.
    pub(crate) async fn add_contact(&self, address: &str, language: Option<&str>) -> AddressId {
        let address = self.engine.address_parse(address).unwrap();
        let language = language.map(str::to_owned);
        let new = NewContact { language, vars: BTreeMap::new(), addresses: vec![address] };
        self.store.contact_add(new, BEGIN).await.unwrap().addresses[0].id
    }

    /// Requests consent; returns the path of the confirm link.
    pub(crate) async fn request_consent(&self, address: AddressId, language: &str) -> String {
        let sign_up = SignUp {
            person_asked: None,
            address,
            list: LIST.to_owned(),
            source: "command".to_owned(),
            language: language.to_owned(),
            actor: "operator:root".to_owned(),
        };
        assert_eq!(self.engine.consent_request(sign_up).await.unwrap(), State::Requested);
        self.link("c").await
    }

    /// Adds a contact with a confirmed consent; returns the paths of the confirm and the unsubscribe link.
    pub(crate) async fn subscriber(&self, address: &str, language: Option<&str>) -> (String, String) {
        let id = self.add_contact(address, language).await;
        let confirm = self.request_consent(id, "").await;
        assert_eq!(self.post(&confirm, FORM, b"").await.status, 200);
        assert_eq!(self.state(id).await, State::Confirmed);
        let url = self.engine.unsubscribe_url(id, self.engine.list_id(LIST).unwrap()).await.unwrap();
        (confirm, url.strip_prefix("https://news.krume.example").unwrap().to_owned())
    }

    /// Waits for a message with a link of this kind and returns the link's path.
    async fn link(&self, kind: &str) -> String {
        let mark = format!("https://news.krume.example/{kind}/");
        let begin = Instant::now();
        loop {
            for entry in std::fs::read_dir(self.dir.path().join("messages")).unwrap().flatten() {
                let text = std::fs::read_to_string(entry.path()).unwrap_or_default();
                if let Some((_, rest)) = text.split_once(&mark) {
                    let of_token = |c: &char| c.is_ascii_alphanumeric() || *c == '-' || *c == '_';
                    return format!("/{kind}/{}", rest.chars().take_while(of_token).collect::<String>());
                }
            }
            assert!(begin.elapsed() < TEST_TIMEOUT, "no message with a link /{kind}/");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    pub(crate) async fn state(&self, address: AddressId) -> State {
        let row = self.store.address_get(address).await.unwrap().unwrap();
        row.consents.first().map_or(State::None, |c| c.state)
    }

    pub(crate) async fn state_of(&self, address: &str) -> State {
        let address = self.engine.address_parse(address).unwrap();
        let row = self.store.address_find(address).await.unwrap().unwrap();
        row.consents.first().map_or(State::None, |c| c.state)
    }

    /// Number of consent events of an address.
    pub(crate) async fn events(&self, address: &str) -> usize {
        let address = self.engine.address_parse(address).unwrap();
        let row = self.store.address_find(address).await.unwrap().unwrap();
        self.store.consent_events(row.id, self.engine.list_id(LIST).unwrap()).await.unwrap().len()
    }

    /// A token signed with the key of this server.
    pub(crate) fn token(&self, purpose: Purpose, id: [u8; 16], expires: Option<Time>) -> String {
        token::sign(&self.store.secrets().token_key, purpose, id, expires)
    }

    /// Checks that the server still works and that the database is consistent, then stops both.
    pub(crate) async fn stop_and_check(self) {
        assert_eq!(self.get("/").await.status, 200, "the server goes on");
        let faults: Vec<_> = self.engine.doctor().await.unwrap().into_iter().filter(|f| f.fault).collect();
        assert!(faults.is_empty(), "{faults:?}");
        let socket = self.socket();
        self.server.stop(TEST_TIMEOUT).await;
        assert!(!socket.exists(), "the socket's name is gone");
        assert!(self.engine.stop(TEST_TIMEOUT).await);
    }
}

/// Media type of HTML forms.
pub(crate) const FORM: &str = "application/x-www-form-urlencoded";
