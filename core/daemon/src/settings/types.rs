//! One documented field for each key. The schema, the sample file and `config explain` are made from these types.

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::time::Duration;

/// A duration, written `500ms`, `30s`, `15m`, `48h` or `7d`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Span(pub(crate) Duration);

impl Span {
    /// Reads one.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let digits = text.find(|c: char| !c.is_ascii_digit())?;
        let number: u64 = text.get(..digits)?.parse().ok()?;
        let unit = match text.get(digits..)?.trim() {
            "ms" => return Some(Self(Duration::from_millis(number))),
            "s" => 1,
            "m" => 60,
            "h" => 3_600,
            "d" => 86_400,
            _ => return None,
        };
        number.checked_mul(unit).map(|s| Self(Duration::from_secs(s)))
    }
}

impl<'de> Deserialize<'de> for Span {
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let text = String::deserialize(d)?;
        Self::parse(&text).ok_or_else(|| serde::de::Error::custom("not a duration"))
    }
}

impl JsonSchema for Span {
    fn schema_name() -> Cow<'static, str> {
        "Duration".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "pattern": "^[0-9]{1,9} ?(ms|s|m|h|d)$", "x-hint": "a duration such as \"30s\", \"15m\", \"48h\" or \"7d\"" })
    }
}

/// A size, written `10 MiB`, `512 KiB` or as bytes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Size(pub(crate) u64);

impl Size {
    /// Reads one.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
        let number: u64 = text.get(..digits)?.parse().ok()?;
        let unit = match text.get(digits..)?.trim() {
            "" | "B" => 1,
            "KiB" => 1 << 10,
            "MiB" => 1 << 20,
            "GiB" => 1 << 30,
            _ => return None,
        };
        number.checked_mul(unit).map(Self)
    }
}

impl<'de> Deserialize<'de> for Size {
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let text = String::deserialize(d)?;
        Self::parse(&text).ok_or_else(|| serde::de::Error::custom("not a size"))
    }
}

impl JsonSchema for Size {
    fn schema_name() -> Cow<'static, str> {
        "Size".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "pattern": "^[0-9]{1,12} ?(B|KiB|MiB|GiB)?$", "x-hint": "a size such as \"512 KiB\" or \"10 MiB\"" })
    }
}

/// A text, or one for each language: `"…"` or `{ de = "…", en = "…" }`.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
#[serde(untagged)]
pub(crate) enum Text {
    One(String),
    Each(BTreeMap<String, String>),
}

impl Text {
    /// By language; a single text is German.
    pub(crate) fn by_language(self) -> BTreeMap<String, String> {
        match self {
            Self::One(text) => BTreeMap::from([("de".to_owned(), text)]),
            Self::Each(texts) => texts,
        }
    }
}

impl JsonSchema for Text {
    fn schema_name() -> Cow<'static, str> {
        "Text".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": ["string", "object"], "minLength": 1, "pattern": "\\S", "minProperties": 1,
            "additionalProperties": { "type": "string", "minLength": 1, "pattern": "\\S" },
            "propertyNames": { "pattern": "^[a-z]{2,3}$" },
            "x-hint": "a text that is not empty, or one for each language: { de = \"…\", en = \"…\" }"
        })
    }
}

/// All settings.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "rundruf.toml")]
pub(crate) struct Settings {
    /// Folder of the plugins. Default: beside the program, then `/usr/lib/rundruf/plugins`.
    #[schemars(example = &"/usr/lib/rundruf/plugins")]
    pub(crate) plugin_dir: Option<String>,
    /// Country of phone numbers that are written without one, such as `DE`. Default: such numbers are refused.
    #[schemars(regex(pattern = "^[A-Z]{2}$"), example = &"DE")]
    pub(crate) default_region: Option<String>,
    /// Who writes: appears in every message and every proof.
    pub(crate) sender: Sender,
    /// What is kept, and where.
    pub(crate) store: Store,
    /// The daemon itself.
    #[serde(default)]
    pub(crate) daemon: Daemon,
    /// Pages for customers.
    #[serde(default)]
    pub(crate) web: Web,
    /// Confirmation requests (double opt-in).
    #[serde(default)]
    pub(crate) optin: OptIn,
    /// Temporary refusals: tried again with growing pauses, full jitter between `first` and `longest`.
    #[serde(default)]
    pub(crate) retry: Retry,
    /// What people can say yes to: one purpose, one sender, one set of texts each. The name after the dot is for commands and links: a-z, 0-9 and -.
    #[serde(default)]
    pub(crate) lists: BTreeMap<String, List>,
    /// How messages leave. The name after the dot is yours.
    #[serde(default)]
    pub(crate) transports: BTreeMap<String, Transport>,
}

/// Who writes.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Sender {
    /// Legal name of the business.
    #[schemars(length(min = 1, max = 200), example = &"Bäckerei Krume GmbH")]
    pub(crate) name: String,
    /// Address of the imprint (§ 5 DDG).
    #[schemars(regex(pattern = "^https?://[^\\s]+$"), example = &"https://krume.example/impressum")]
    pub(crate) imprint_url: String,
    /// Address of the privacy notice (GDPR Art. 13).
    #[schemars(regex(pattern = "^https?://[^\\s]+$"), example = &"https://krume.example/datenschutz")]
    pub(crate) privacy_url: String,
}

/// What is kept, and where.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Store {
    /// `sqlite:` and the file. The keys lie beside it, with `.keys` and `.kek` at the end.
    #[schemars(example = &"sqlite:/var/lib/rundruf/rundruf.db")]
    pub(crate) url: String,
    /// File of the machine's key, which wraps the keys of all evidence. Default: beside the database, with `.kek` at the end.
    #[schemars(example = &"/var/lib/rundruf-keys/machine.kek")]
    pub(crate) machine_key: Option<String>,
}

/// The daemon itself.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Daemon {
    /// Unix socket of the command line. Default: beside the database, `rundruf.sock`.
    #[schemars(example = &"/run/rundruf/rundruf.sock")]
    pub(crate) socket: Option<String>,
    /// How long a stop waits for what is on its way.
    #[schemars(example = &"30s")]
    pub(crate) drain_for: Span,
    /// How much is logged: `error`, `warn`, `info` or `debug`.
    #[schemars(regex(pattern = "^(error|warn|info|debug)$"), example = &"info")]
    pub(crate) log: String,
    /// Largest attachment of a message.
    #[schemars(example = &"10 MiB")]
    pub(crate) max_attachment: Size,
}

impl Default for Daemon {
    fn default() -> Self {
        Self {
            socket: None,
            drain_for: Span(Duration::from_secs(30)),
            log: "info".to_owned(),
            max_attachment: Size(10 << 20),
        }
    }
}

/// Pages for customers.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Web {
    /// Where the pages are served; a reverse proxy with TLS stands in front of it. Port 0 takes a free one.
    #[schemars(example = &"127.0.0.1:8080")]
    pub(crate) listen: String,
    /// How customers reach the pages: every link in a message begins with it. Default: `http://` and `listen`.
    #[schemars(regex(pattern = "^https?://[^\\s/]+(/[^\\s]*)?$"), example = &"https://news.krume.example")]
    pub(crate) public_url: Option<String>,
    /// Largest request of the local interface, imports and attachments aside.
    #[schemars(example = &"1 MiB")]
    pub(crate) max_body: Size,
}

impl Default for Web {
    fn default() -> Self {
        Self { listen: "127.0.0.1:8080".to_owned(), public_url: None, max_body: Size(1 << 20) }
    }
}

/// Confirmation requests.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct OptIn {
    /// How long a sign-up waits for its yes: 1 to 14 days. After that the request is void.
    #[schemars(extend("x-min" = "1d", "x-max" = "14d"), example = &"7d")]
    pub(crate) expires_after: Span,
}

impl Default for OptIn {
    fn default() -> Self {
        Self { expires_after: Span(Duration::from_secs(7 * 86_400)) }
    }
}

/// Temporary refusals.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Retry {
    /// First pause; doubles.
    #[schemars(example = &"30s")]
    pub(crate) first: Span,
    /// Longest pause.
    #[schemars(example = &"1h")]
    pub(crate) longest: Span,
    /// After this time a message fails.
    #[schemars(example = &"48h")]
    pub(crate) give_up: Span,
}

impl Default for Retry {
    fn default() -> Self {
        let s = |n| Span(Duration::from_secs(n));
        Self { first: s(30), longest: s(3_600), give_up: s(172_800) }
    }
}

/// One list.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct List {
    /// Title that people read.
    #[schemars(example = &"Angebote der Woche")]
    pub(crate) title: Text,
    /// The one purpose, in words.
    #[schemars(example = &"Angebote der Bäckerei, einmal in der Woche")]
    pub(crate) purpose: Text,
    /// What people agree to. Default: made from sender, title and purpose.
    #[schemars(example = &"Ja, die Bäckerei Krume GmbH darf mir die Angebote der Woche schicken. Abmelden jederzeit.")]
    pub(crate) consent_text: Option<Text>,
    /// Names of transports; order = preference where a person has several addresses.
    #[schemars(length(min = 1), example = &"email")]
    pub(crate) transports: Vec<String>,
}

/// One transport.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Transport {
    /// Name of the plugin (found in `plugin_dir`), or path of its library.
    #[schemars(length(min = 1), example = &"email")]
    pub(crate) plugin: String,
    /// SHA-256 of the library: another file is refused.
    #[schemars(regex(pattern = "^[0-9a-f]{64}$"))]
    pub(crate) sha256: Option<String>,
    /// `process`: the plugin runs in a process of its own. `none`: in the daemon's, by your explicit choice.
    #[serde(default)]
    pub(crate) isolation: IsolationKey,
    /// Most messages on their way at once. Default: what the plugin suggests.
    #[schemars(range(min = 1, max = 65536), example = 512)]
    pub(crate) window: Option<u32>,
    /// Messages per second. Default: what the plugin suggests, else unlimited.
    #[schemars(range(min = 0.01, max = 1_000_000.0), example = 50)]
    pub(crate) rate_per_s: Option<f64>,
    /// What happens to promotional messages that may have arrived: `hold` leaves them for a person, `resend` sends them again.
    #[serde(default)]
    pub(crate) on_unknown: OnUnknownKey,
    /// Worker threads of the plugin.
    #[serde(default = "one")]
    #[schemars(range(min = 1, max = 64), example = 1)]
    pub(crate) threads: u32,
    /// The plugin's own settings: `rundruf plugin info` shows which there are.
    #[serde(default)]
    pub(crate) config: serde_json::Map<String, serde_json::Value>,
}

const fn one() -> u32 {
    1
}

/// Where a plugin runs.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum IsolationKey {
    /// In a process of its own.
    #[default]
    Process,
    /// In the daemon's process.
    None,
}

/// What happens to doubt.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum OnUnknownKey {
    /// A person decides.
    #[default]
    Hold,
    /// Sent again.
    Resend,
}
