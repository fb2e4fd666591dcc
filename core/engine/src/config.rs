//! What the engine is told. Everything is resolved: no option where a default exists, secrets filled in, paths absolute.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

/// Text in several languages, by BCP 47 primary tag (`de`, `en`). Never empty.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Localized(pub BTreeMap<String, String>);

impl Localized {
    /// The text in this language, else German, else English, else the first.
    #[must_use]
    pub fn get(&self, language: &str) -> &str {
        let primary = language.split('-').next().unwrap_or(language);
        [primary, "de", "en"]
            .iter()
            .find_map(|tag| self.0.get(*tag))
            .or_else(|| self.0.values().next())
            .map_or("", String::as_str)
    }
}

/// All of it.
#[derive(Clone, Debug)]
pub struct Config {
    /// Who writes.
    pub sender: Sender,
    /// Where the public pages are reached, without a slash at the end.
    pub public_url: String,
    /// Region for numbers without a country; `None` refuses them.
    pub default_region: Option<String>,
    /// What people can say yes to.
    pub lists: Vec<ListConfig>,
    /// How messages leave.
    pub transports: Vec<TransportConfig>,
    /// Who is told what goes wrong.
    pub admin: Admin,
    /// Confirmation requests.
    pub optin: OptIn,
    /// Temporary refusals.
    pub retry: Retry,
    /// How long a stop waits for outcomes.
    pub drain_for: Duration,
    /// Folder of the instance: transports' state folders, spool of imports.
    pub data_dir: PathBuf,
    /// The program that runs plugins (`<program> plugin-host`): the daemon's own.
    pub child_program: PathBuf,
    /// Largest attachment.
    pub max_attachment: u64,
    /// Origin of the consent log: `<host>/consent-log/<instance>`.
    pub log_origin: String,
}

impl Config {
    /// Settings without lists and transports, with the safe defaults of everything that need not be said.
    #[must_use]
    pub fn new(sender: Sender, public_url: &str, data_dir: PathBuf) -> Self {
        Self {
            sender,
            public_url: public_url.to_owned(),
            default_region: None,
            lists: Vec::new(),
            transports: Vec::new(),
            admin: Admin::default(),
            optin: OptIn { expires_after: Duration::from_secs(7 * 86_400) },
            retry: Retry {
                first: Duration::from_secs(30),
                longest: Duration::from_secs(3_600),
                give_up: Duration::from_secs(48 * 3_600),
            },
            drain_for: Duration::from_secs(30),
            data_dir,
            child_program: PathBuf::from("/proc/self/exe"),
            max_attachment: 10 << 20,
            log_origin: format!("{}/consent-log/1", public_url.trim_start_matches("https://")),
        }
    }
}

/// Who writes: appears in every message and proof.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Sender {
    /// Legal name.
    pub name: String,
    /// Imprint.
    pub imprint_url: String,
    /// Privacy notice.
    pub privacy_url: String,
}

/// Who is told what goes wrong.
#[derive(Clone, Debug)]
pub struct Admin {
    /// Ways to reach the admin; the first that works is taken.
    pub notify: Vec<Notify>,
    /// `de` or `en`.
    pub language: &'static str,
    /// Brings what a library says into that language.
    pub translate: fn(&str) -> String,
}

impl Default for Admin {
    fn default() -> Self {
        Self { notify: Vec::new(), language: "en", translate: str::to_owned }
    }
}

/// One way to reach the admin.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Notify {
    /// Name of the transport.
    pub transport: String,
    /// The admin's own address.
    pub address: rundruf_consent::Address,
}

/// One list.
#[derive(Clone, Debug)]
pub struct ListConfig {
    /// Name, `[a-z0-9-]`.
    pub name: String,
    /// Title that people read.
    pub title: Localized,
    /// One purpose.
    pub purpose: Localized,
    /// What the person agrees to; made from sender, title and purpose when the admin gives none.
    pub consent_text: Localized,
    /// Names of transports; order = preference.
    pub transports: Vec<String>,
    /// At most this many messages of the list per contact in this time.
    pub frequency_cap: Option<(u32, Duration)>,
}

/// One transport.
#[derive(Clone, PartialEq)]
pub struct TransportConfig {
    /// Name in the settings.
    pub name: String,
    /// The library.
    pub library: PathBuf,
    /// Pinned digest.
    pub sha256: Option<[u8; 32]>,
    /// Whether it runs in a process of its own.
    pub isolation: rundruf_host::Isolation,
    /// Most messages outstanding; `None`: what the plugin suggests.
    pub window: Option<u32>,
    /// Messages per second; `None`: what the plugin says, else unlimited.
    pub rate_per_s: Option<f64>,
    /// What to do about promotional messages that may have arrived.
    pub on_unknown: OnUnknown,
    /// The plugin's own section as JSON, checked, secrets filled in.
    pub config: String,
    /// Worker threads of the plugin.
    pub threads: u32,
    /// Bytes that the plugin may keep in its state folder.
    pub state_limit: u64,
}

impl std::fmt::Debug for TransportConfig {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TransportConfig")
            .field("name", &self.name)
            .field("library", &self.library)
            .finish_non_exhaustive()
    }
}

/// What to do about a message that may have arrived, when the transport cannot repeat safely.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum OnUnknown {
    /// Leave it for a person.
    Hold,
    /// Send it again.
    Resend,
}

/// Confirmation requests.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct OptIn {
    /// Time to answer, at most 14 days.
    pub expires_after: Duration,
}

/// Temporary refusals: full jitter between `first` and `longest`, doubling.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Retry {
    /// First pause.
    pub first: Duration,
    /// Longest pause.
    pub longest: Duration,
    /// After this time since the first attempt the message fails.
    pub give_up: Duration,
}
