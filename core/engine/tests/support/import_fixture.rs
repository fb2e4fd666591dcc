//! A store in a folder that vanishes, settings without transports, and what an import says.

use rundruf_consent::{Address, Channel, Event, ImportClass, ListId, State, Time};
use rundruf_engine::*;
use rundruf_store::{AddressRow, ConsentChange, ConsentTarget, ContactRow, OpenOptions, Store};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

/// 1 December 2026, 10:00 UTC.
pub(crate) const NOW: Time = Time(1_796_119_200_000);

/// Heading of class A.
pub(crate) const A: &str = "channel,address,first_name,requested_at,confirmed_at,source,consent_text\n";
/// A proof that holds, for the columns behind the name.
pub(crate) const PROOF: &str = "2026-05-01T10:00:00Z,2026-05-01T10:05:00Z,https://krume.example/news,Die Bäckerei Krume GmbH darf mir schreiben. Abmelden jederzeit.";

/// What became of a file: counts and report.
pub(crate) type ImportOutput = Result<(ImportSummary, Vec<ImportLine>), String>;

pub(crate) struct ImportFixture {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) config: Config,
    list: ListId,
    dir: tempfile::TempDir,
}

fn one(text: &str) -> Localized {
    Localized(BTreeMap::from([("de".to_owned(), text.to_owned())]))
}

pub(crate) fn form(class: ImportClass) -> ImportForm {
    ImportForm::new("angebote", class, "operator:test")
}

impl ImportFixture {
    pub(crate) async fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}", dir.path().join("rundruf.db").display());
        let store = rundruf_store::open(&url, OpenOptions::default()).unwrap();
        let list = store.list_sync(vec!["angebote".to_owned()]).await.unwrap()[0];
        let sender = Sender {
            name: "Bäckerei Krume GmbH".to_owned(),
            imprint_url: "https://krume.example/impressum".to_owned(),
            privacy_url: "https://krume.example/datenschutz".to_owned(),
            formal: false,
        };
        let config = Config {
            lists: vec![ListConfig {
                name: "angebote".to_owned(),
                title: one("Angebote der Woche"),
                purpose: one("Angebote der Bäckerei"),
                consent_text: one(
                    "Ja, die Bäckerei Krume GmbH darf mir die Angebote der Woche schicken. Abmelden jederzeit.",
                ),
                text_is_made: false,
                transports: Vec::new(),
                frequency_cap: None,
            }],
            time_zone: jiff::tz::TimeZone::get("Europe/Berlin").unwrap(),
            ..Config::new(sender, "https://news.krume.example", dir.path().to_owned())
        };
        Self { store, config, list, dir }
    }

    /// Imports these bytes. Whatever the file is: counts and report say the same, and copies are removed.
    pub(crate) async fn import(&self, bytes: impl AsRef<[u8]>, form: ImportForm) -> ImportOutput {
        let folder = self.dir.path().join("files");
        std::fs::create_dir_all(&folder).unwrap();
        let path = folder.join("people.csv");
        std::fs::write(&path, bytes).unwrap();
        let lines: Arc<Mutex<Vec<ImportLine>>> = Arc::default();
        let last: Arc<Mutex<ImportProgress>> = Arc::default();
        let (to_lines, to_last) = (Arc::clone(&lines), Arc::clone(&last));
        let told: (import::ReportSink, import::ProgressSink) = (
            Box::new(move |line| to_lines.lock().unwrap().push(line)),
            Box::new(move |progress| {
                let mut last = to_last.lock().unwrap();
                assert!(progress.bytes >= last.bytes && progress.bytes <= progress.of, "{progress:?} after {last:?}");
                *last = progress;
            }),
        );
        let list = (self.list, &self.config.lists[0]);
        let done = import::run(&self.store, &self.config, list, &path, form, told, NOW).await;
        assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 1, "copies are removed");
        let lines = lines.lock().unwrap().clone();
        let s = match done {
            Ok((summary, _)) => summary,
            Err(error) => {
                assert!(
                    matches!(&error, EngineError::Refused { help, .. } if !help.to_string().is_empty()),
                    "{error:?}"
                );
                assert!(lines.is_empty(), "nothing was stored: {lines:?}");
                return Err(error.to_string());
            }
        };
        let count = |verdict| lines.iter().filter(|l| l.verdict == verdict).count() as u64;
        assert_eq!(s.addresses, s.confirmed + s.quarantined + s.merged, "{s:?}");
        assert_eq!((s.refused, s.quarantined, s.merged), (count("refused"), count("quarantined"), count("merged")));
        assert!(lines.iter().all(|l| !l.reason.to_string().is_empty() && l.line > 1), "{lines:?}");
        assert!(lines.is_sorted_by_key(|l| l.line), "in the order of the file");
        let last = last.lock().unwrap();
        assert_eq!((last.rows, last.bytes), (s.rows, last.of));
        Ok((s, lines))
    }

    pub(crate) async fn people(&self) -> Vec<ContactRow> {
        self.store.contact_find(String::new(), rundruf_consent::ContactId(0), 10_000).await.unwrap()
    }

    /// `channel:value` in normal form and the state of each address, by person.
    pub(crate) async fn states(&self) -> Vec<Vec<(String, State)>> {
        let of = |a: &AddressRow| {
            let state = a.consents.first().map_or(State::None, |c| c.state);
            (format!("{}:{}", a.address.channel().word(), a.address.value()), state)
        };
        self.people().await.iter().map(|p| p.addresses.iter().map(of).collect()).collect()
    }

    pub(crate) async fn found(&self, email: &str) -> AddressRow {
        let address = Address::parse(Channel::Email, email, None).unwrap();
        self.store.address_find(address).await.unwrap().unwrap()
    }

    pub(crate) async fn evidence(&self, email: &str) -> Vec<serde_json::Value> {
        let events = self.store.consent_events(self.found(email).await.id, self.list).await.unwrap();
        events.iter().map(|e| serde_json::from_str(e.json.as_deref().unwrap()).unwrap()).collect()
    }

    /// The person moves by itself.
    pub(crate) async fn apply_event(&self, email: &str, event: Event) {
        let evidence = self.evidence(email).await;
        let draft = Arc::new(serde_json::from_value(evidence[0].clone()).unwrap());
        let target = ConsentTarget::Ids(self.found(email).await.id, self.list);
        let one = ConsentChange { target, event, draft, request: None, services: Vec::new() };
        self.store.consent_apply(vec![one], NOW).await.unwrap();
    }

    /// The store is sound.
    pub(crate) async fn check_store(&self) {
        let faults: Vec<_> = self.store.doctor().await.unwrap().into_iter().filter(|f| f.fault).collect();
        assert!(faults.is_empty(), "{faults:?}");
    }
}
