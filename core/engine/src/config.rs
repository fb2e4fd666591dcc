//! The engine's settings, resolved: no option where a default exists, secrets filled in, paths absolute.

use rundruf_consent::basis::ConsentBasis;
use rundruf_consent::{ListId, Time};
use rundruf_lang::Message;
use rundruf_store::FrequencyLimit;
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
        pick(&self.0, language).1
    }
}

/// The text in this language, else German, else English, else the first, with its language tag.
pub(crate) fn pick<'a>(texts: &'a BTreeMap<String, String>, language: &str) -> (&'a str, &'a str) {
    let primary = language.split('-').next().unwrap_or(language);
    [primary, "de", "en"]
        .iter()
        .find_map(|tag| texts.get_key_value(*tag))
        .or_else(|| texts.iter().next())
        .map_or(("de", ""), |(tag, text)| (tag.as_str(), text.as_str()))
}

/// All settings of the engine.
#[derive(Clone, Debug)]
pub struct Config {
    /// The controller: appears in every message and proof.
    pub sender: Sender,
    /// URL of the public pages, without a slash at the end.
    pub public_url: String,
    /// Region (ISO 3166) of phone numbers without a country code; `None` refuses them.
    pub default_region: Option<String>,
    /// Where days begin and times without an offset belong: dates in imported files, times that people read.
    pub time_zone: jiff::tz::TimeZone,
    /// Language of people who have none, and of texts that are not there in theirs: a primary BCP 47 tag.
    pub default_language: String,
    /// Lists that people can sign up for.
    pub lists: Vec<ListConfig>,
    /// Transports, in the order of the settings.
    pub transports: Vec<TransportConfig>,
    /// Transports whose library cannot be used, by name, and why: they are down, and everything else serves.
    pub unusable: BTreeMap<String, Message>,
    /// Who gets alerts, and in which language.
    pub admin: AdminConfig,
    /// Time limit of confirmation requests.
    pub optin: OptInPolicy,
    /// When consents change by time.
    pub timers: ConsentTimers,
    /// Pauses after temporary refusals.
    pub retry: RetryPolicy,
    /// Probes of a refused account, and when the admin is told that nothing is taken.
    pub probe: ProbePolicy,
    /// How long a hold waits for an answer: then the consent ends as withdrawn.
    pub hold_for: Duration,
    /// How long what is finished is kept.
    pub retention: RetentionPolicy,
    /// How long a stop waits for outcomes of messages in flight.
    pub drain_for: Duration,
    /// Folder of the instance: transports' state folders, spool of imports.
    pub data_dir: PathBuf,
    /// The program that runs plugins (`<program> plugin-host`): the daemon's own.
    pub child_program: PathBuf,
    /// Files and folders of the daemon's, which no plugin may be granted.
    pub protected: Vec<PathBuf>,
    /// Largest attachment in bytes.
    pub max_attachment: u64,
    /// Origin of the consent log: `<host>/consent-log/<instance>`.
    pub log_origin: String,
}

impl Config {
    /// Settings without lists and transports; the rest has its default.
    #[must_use]
    pub fn new(sender: Sender, public_url: &str, data_dir: PathBuf) -> Self {
        Self {
            sender,
            public_url: public_url.to_owned(),
            default_region: None,
            time_zone: jiff::tz::TimeZone::UTC,
            default_language: "de".to_owned(),
            lists: Vec::new(),
            transports: Vec::new(),
            unusable: BTreeMap::new(),
            admin: AdminConfig::default(),
            optin: OptInPolicy::default(),
            timers: ConsentTimers::default(),
            retry: RetryPolicy {
                first: Duration::from_secs(30),
                longest: Duration::from_secs(3_600),
                give_up: Duration::from_secs(48 * 3_600),
            },
            probe: ProbePolicy::default(),
            hold_for: Duration::from_secs(14 * 86_400),
            retention: RetentionPolicy { inbound: Duration::from_secs(90 * 86_400) },
            drain_for: Duration::from_secs(30),
            data_dir,
            child_program: PathBuf::from("/proc/self/exe"),
            protected: Vec::new(),
            max_attachment: 10 << 20,
            log_origin: format!("{}/consent-log/1", public_url.trim_start_matches("https://")),
        }
    }
}

impl Config {
    /// What consents of a list are given for under these settings. A text that is made here is compared by what the admin has written: then
    /// another wording of ours is not another consent.
    #[must_use]
    pub fn basis_of(&self, list: &ListConfig) -> ConsentBasis {
        let text = if list.text_is_made { &list.title } else { &list.consent_text };
        ConsentBasis { sender: self.sender.name.clone(), purpose: list.purpose.0.clone(), text: text.0.clone() }
    }
}

/// The controller: appears in every message and proof.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Sender {
    /// Legal name.
    pub name: String,
    /// URL of the imprint.
    pub imprint_url: String,
    /// URL of the privacy notice.
    pub privacy_url: String,
    /// Whether German texts to customers say „Sie“.
    pub formal: bool,
}

/// Who gets alerts.
#[derive(Clone, Debug)]
pub struct AdminConfig {
    /// Ways to reach the admin; the first that works is used.
    pub notify: Vec<NotifyTarget>,
    /// `de` or `en`.
    pub language: &'static str,
    /// How often each plugin is asked how its account is.
    pub health_every: Duration,
}

impl Default for AdminConfig {
    fn default() -> Self {
        Self { notify: Vec::new(), language: "en", health_every: Duration::from_secs(300) }
    }
}

/// One way to reach the admin.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NotifyTarget {
    /// Name of the transport.
    pub transport: String,
    /// The admin's own address.
    pub address: rundruf_consent::Address,
}

/// The settings of one list.
#[derive(Clone, Debug)]
pub struct ListConfig {
    /// Name, `[a-z0-9-]`.
    pub name: String,
    /// Title that recipients read.
    pub title: Localized,
    /// The purpose that people consent to.
    pub purpose: Localized,
    /// The text that a person agrees to; made from sender, title and purpose if the admin gives none.
    pub consent_text: Localized,
    /// Whether that text was made from sender, title and purpose.
    pub text_is_made: bool,
    /// Names of transports; order = preference.
    pub transports: Vec<String>,
    /// At most this many messages of the list for each contact in this time.
    pub frequency_cap: Option<(u32, Duration)>,
}

impl ListConfig {
    /// The frequency cap as it is now, if the list has one.
    pub(crate) fn frequency_limit(&self, list: ListId, now: Time) -> Option<FrequencyLimit> {
        let (most, per) = self.frequency_cap?;
        let since = Time(now.0.saturating_sub(i64::try_from(per.as_millis()).unwrap_or(i64::MAX)));
        Some(FrequencyLimit { list, most, since })
    }
}

/// The settings of one transport.
#[derive(Clone, PartialEq)]
pub struct TransportConfig {
    /// Name in the settings.
    pub name: String,
    /// Its former name: messages, pause and state folder of that transport are this one's.
    pub renamed_from: Option<String>,
    /// File of the plugin's library.
    pub library: PathBuf,
    /// SHA-256 that the library must have.
    pub sha256: Option<[u8; 32]>,
    /// Whether it runs in a process of its own.
    pub isolation: rundruf_host::Isolation,
    /// Most messages in flight; `None`: what the plugin suggests.
    pub window: Option<u32>,
    /// Messages per second; `None`: what the plugin says, else unlimited.
    pub rate_per_s: Option<f64>,
    /// What to do about promotional messages that may have arrived.
    pub on_unknown: OnUnknown,
    /// The plugin's own section as JSON, checked, secrets filled in.
    pub config: String,
    /// Price of one message (of an SMS: of one part).
    pub price: Option<Price>,
    /// Worker threads of the plugin.
    pub threads: u32,
    /// Bytes that the plugin may keep in its state folder.
    pub state_limit: u64,
    /// The admin accepts that the plugin can use all files of the daemon where the kernel has no Landlock.
    pub without_landlock: bool,
}

impl std::fmt::Debug for TransportConfig {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TransportConfig")
            .field("name", &self.name)
            .field("library", &self.library)
            .finish_non_exhaustive()
    }
}

/// An amount of money.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Price {
    /// In millionths of the currency.
    pub micros: u64,
    /// ISO 4217, such as `EUR`.
    pub currency: String,
}

impl Price {
    /// Reads `0.079 EUR`; a comma is a point. `None` if the text is not an amount.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (amount, currency) = text.trim().split_once(' ')?;
        let (whole, part) = amount.split_once(['.', ',']).unwrap_or((amount, "0"));
        let digits = |t: &str, most| (1..=most).contains(&t.len()) && t.bytes().all(|b| b.is_ascii_digit());
        let currency = currency.trim();
        if !digits(whole, 9)
            || !digits(part, 6)
            || currency.len() != 3
            || !currency.bytes().all(|b| b.is_ascii_uppercase())
        {
            return None;
        }
        let micros = whole.parse::<u64>().ok()? * 1_000_000 + format!("{part:0<6}").parse::<u64>().ok()?;
        Some(Self { micros, currency: currency.to_owned() })
    }

    /// The price of this many.
    #[must_use]
    pub fn times(&self, n: u64) -> Self {
        Self { micros: self.micros.saturating_mul(n), currency: self.currency.clone() }
    }
}

/// `0.079 EUR`: at least two digits behind the point.
impl std::fmt::Display for Price {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let part = format!("{:06}", self.micros % 1_000_000);
        let shown = part.trim_end_matches('0').len().max(2);
        write!(f, "{}.{} {}", self.micros / 1_000_000, part.get(..shown).unwrap_or(&part), self.currency)
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

/// Time limit of confirmation requests.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct OptInPolicy {
    /// Time to answer by a link, at most 14 days.
    pub expires_after: Duration,
    /// Time to answer in a chat, at most 14 days.
    pub chat_expires_after: Duration,
}

impl Default for OptInPolicy {
    fn default() -> Self {
        let days = |n: u64| Duration::from_secs(n * 86_400);
        Self { expires_after: days(7), chat_expires_after: days(3) }
    }
}

/// When consents change by time.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ConsentTimers {
    /// A consent for which nothing was sent for this long is stale: 6 to 36 months.
    pub stale_after: Duration,
}

impl Default for ConsentTimers {
    fn default() -> Self {
        Self { stale_after: Duration::from_secs(730 * 86_400) }
    }
}

/// Pauses after temporary refusals: full jitter, doubling from `first` to `longest`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct RetryPolicy {
    /// Upper bound of the first pause.
    pub first: Duration,
    /// Upper bound of any pause.
    pub longest: Duration,
    /// After this time since the first attempt the message fails.
    pub give_up: Duration,
}

/// What happens while a provider refuses the account or takes nothing.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ProbePolicy {
    /// After which times one message is tried while the account is refused; the last one counts for all further tries.
    pub after: Vec<Duration>,
    /// After how long without any message taken the admin is told.
    pub tell_after: Duration,
}

impl Default for ProbePolicy {
    fn default() -> Self {
        let minutes = |n: u64| Duration::from_secs(n * 60);
        Self { after: [1, 2, 5, 15].map(minutes).to_vec(), tell_after: minutes(5) }
    }
}

/// How long what is finished is kept.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct RetentionPolicy {
    /// Messages from people that wait for nobody.
    pub inbound: Duration,
}
