//! Engine settings with one list and one transport, for tests and benchmarks that run the engine without the daemon.

use rundruf_engine::{Config, ListConfig, Localized, OnUnknown, Sender, TransportConfig};
use rundruf_host::Isolation;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Name of the list.
pub const LIST: &str = "angebote";

/// A transport with empty plugin settings and without a rate limit.
#[must_use]
pub fn transport(name: &str, library: PathBuf, isolation: Isolation, window: u32) -> TransportConfig {
    TransportConfig {
        name: name.to_owned(),
        renamed_from: None,
        library,
        sha256: None,
        isolation,
        window: Some(window),
        rate_per_s: None,
        on_unknown: OnUnknown::Hold,
        config: "{}".to_owned(),
        price: None,
        threads: 1,
        state_limit: rundruf_host::InstanceSpec::STATE_LIMIT,
        without_landlock: false,
    }
}

/// Settings with one list, sent by this transport. Plugin processes are this very program, which must know `plugin-host`.
#[must_use]
pub fn config(dir: &Path, transport: TransportConfig) -> Config {
    let german = |text: &str| Localized(BTreeMap::from([("de".to_owned(), text.to_owned())]));
    let sender = Sender {
        name: "Bäckerei Krume GmbH".to_owned(),
        imprint_url: "https://krume.example/impressum".to_owned(),
        privacy_url: "https://krume.example/datenschutz".to_owned(),
        formal: false,
    };
    Config {
        lists: vec![ListConfig {
            name: LIST.to_owned(),
            title: german("Angebote der Woche"),
            purpose: german("Angebote der Bäckerei"),
            consent_text: german("Ja, die Bäckerei Krume GmbH darf mir ihre Angebote der Woche schicken."),
            text_is_made: false,
            transports: vec![transport.name.clone()],
            frequency_cap: None,
        }],
        transports: vec![transport],
        ..Config::new(sender, "https://news.krume.example", dir.to_owned())
    }
}
