//! The manifest of a plugin: JSON in a section of the ELF file, read without running any code. The whole manifest is checked, or the file is
//! refused with the key at fault.

mod content_limit; // settings that limit the size of a message
mod elf; // finds the section in the file
mod field; // reads fields and reports faults
mod json; // strict JSON
mod label; // the privacy label
mod messages; // what the plugin says, in German
mod peer; // the hosts that a plugin connects to
mod schema; // checks the schema of the plugin's settings
pub mod settings_walk; // which rules a value of the settings has

pub use label::PrivacyLabel;
pub use peer::{DeclaredHost, FixedOrSetting, is_loopback};

use crate::claims::PluginClaims;
use crate::error::HostError;
use field::{Fields, line, list, number, unknown};
use ring::digest::{SHA256, digest};
use rundruf_lang::{Message, msg};
use serde_json::Value;
use std::io::Read;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

/// Largest library that is read, in bytes.
const MAX_LIBRARY: u64 = 256 << 20;

/// Known capabilities.
const CAPABILITIES: [&str; 9] =
    ["html", "attachments", "receipts", "inbound", "lookup", "webhook", "forget", "health", "setup"];
/// Those that are extensions which the host asks.
const EXTENSIONS: [&str; 4] = ["webhook", "forget", "health", "setup"];

/// The checked manifest of a plugin.
#[derive(Clone, Debug)]
pub struct Manifest {
    /// Id of the plugin; equal to that in its code.
    pub id: String,
    /// Name for people.
    pub name: String,
    /// Version of the plugin, as in semver.org.
    pub version: String,
    /// Version of the plugin contract: major, minor.
    pub abi: [u16; 2],
    /// Kinds of address that it serves.
    pub channels: Vec<String>,
    /// Largest number of messages in a batch.
    pub max_batch: u32,
    /// Suggested number of messages without an outcome.
    pub max_in_flight: u32,
    /// Largest content, in bytes.
    pub max_content: u64,
    /// Suggested messages per second; none for unlimited.
    pub rate_per_s: Option<f64>,
    /// Whether the provider ignores a repeated message with the same id.
    pub repeat_is_safe: bool,
    /// Whether it may run in the daemon's process, if the admin wants that.
    pub in_process: bool,
    /// What it supports: `html`, `attachments`, `receipts`, `inbound`, …
    pub capabilities: Vec<String>,
    /// Hosts that it connects to.
    pub hosts: Vec<DeclaredHost>,
    /// JSON Schema of its settings.
    pub config_schema: Value,
    /// The German of what it says.
    german: messages::GermanMessages,
    /// The privacy label.
    pub label: PrivacyLabel,
    /// SHA-256 of the library; zeros if the manifest was read without one.
    pub sha256: [u8; 32],
    /// Faults that are ignored, such as unknown keys; [`review_notes`](Manifest::review_notes) has more.
    pub warnings: Vec<Message>,
}

impl Manifest {
    /// Reads the manifest of a library without running any code of it.
    ///
    /// # Errors
    /// If the file cannot be read, is not a library for this machine, or has no valid manifest.
    pub fn read(path: &Path) -> Result<Self, HostError> {
        Self::from_bytes(path, &bytes(path)?)
    }

    /// Reads the manifest from the bytes of a library; `path` is used in error messages only.
    ///
    /// # Errors
    /// If the bytes are not a library for this machine, or have no valid manifest.
    pub fn from_bytes(path: &Path, bytes: &[u8]) -> Result<Self, HostError> {
        let mut manifest = Self::from_json(path, json_of(path, bytes)?)?;
        manifest.sha256.copy_from_slice(digest(&SHA256, bytes).as_ref());
        Ok(manifest)
    }

    /// Reads a manifest from JSON, such as a `manifest.json`; its digest is zero.
    ///
    /// # Errors
    /// If the manifest is not valid.
    pub fn from_json(path: &Path, bytes: &[u8]) -> Result<Self, HostError> {
        let not = |why: Message| HostError::NotAPlugin { path: path.to_owned(), why };
        let value = json::parse(bytes).map_err(not)?;
        let mut f =
            Fields::of("", &value, msg!("host-is-table")).map_err(|_| not(msg!("host-manifest-not-a-table")))?;
        let [major, minor] = version_of(&mut f).map_err(not)?;
        // Before the other fields: another version may define them differently.
        if !rundruf_abi::ABI.accepts(rundruf_abi::AbiVersion { major, minor }) {
            return Err(HostError::Version {
                path: path.to_owned(),
                found: format!("{major}.{minor}"),
                known: format!("{}.{}", rundruf_abi::ABI.major, rundruf_abi::ABI.minor),
            });
        }
        Self::fields(&mut f, [major, minor]).map_err(not)
    }

    /// The manifest of a library that nobody could ever read: no channels, no capabilities.
    pub(crate) fn unknown(library: &Path) -> Self {
        let name = library.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        Self {
            id: name.clone(),
            name,
            version: "0.0.0".to_owned(),
            abi: [rundruf_abi::ABI.major, rundruf_abi::ABI.minor],
            channels: Vec::new(),
            max_batch: 1,
            max_in_flight: 1,
            max_content: 64 << 20,
            rate_per_s: None,
            repeat_is_safe: false,
            in_process: false,
            capabilities: Vec::new(),
            hosts: Vec::new(),
            config_schema: Value::Object(serde_json::Map::new()),
            german: messages::GermanMessages::default(),
            label: PrivacyLabel::unknown(),
            sha256: [0; 32],
            warnings: Vec::new(),
        }
    }

    /// Whether nobody knows which addresses the plugin reaches, because its library could never be read.
    #[must_use]
    pub fn is_unknown(&self) -> bool {
        self.channels.is_empty()
    }

    fn fields(f: &mut Fields<'_>, abi: [u16; 2]) -> Result<Self, Message> {
        let mut warnings = Vec::new();
        let label = f.must("label", msg!("host-must-label"))?;
        let label = PrivacyLabel::read(label, &mut warnings)?;
        let config_schema = f.must("config_schema", msg!("host-must-config-schema"))?;
        schema::check(config_schema)?;
        let a_list = msg!("host-must-hosts");
        let hosts = f.opt("hosts", a_list, |v| v.as_array().filter(|a| a.len() <= 64))?;
        let hosts = hosts.into_iter().flatten();
        let hosts = hosts.map(|h| DeclaredHost::read(h, config_schema, &mut warnings)).collect::<Result<_, _>>()?;
        let whole = |n: u64| u32::try_from(n).unwrap_or(u32::MAX);
        let manifest = Self {
            id: f.get("id", msg!("host-must-id"), id)?,
            name: f.get("name", msg!("host-must-name"), line(200))?,
            version: f.get("version", msg!("host-must-version"), semver)?,
            abi,
            channels: f.get("channels", msg!("host-must-channels"), |v| {
                list(32, word)(v).filter(|all| !all.is_empty() && apart(all))
            })?,
            max_batch: whole(f.get(
                "max_batch",
                msg!("host-must-number", from = 1, to = 65_536),
                number(1..=65_536),
            )?),
            max_in_flight: whole(f.get(
                "max_in_flight",
                msg!("host-must-number", from = 1, to = 1_000_000),
                number(1..=1_000_000),
            )?),
            max_content: f.get(
                "max_content",
                msg!("host-must-bytes", from = 1, to = 67_108_864),
                number(1..=64 << 20),
            )?,
            rate_per_s: f
                .opt("rate_per_s", msg!("host-must-rate"), |v| v.as_f64().filter(|n| *n > 0.0 && *n <= 1_000_000.0))?,
            repeat_is_safe: f.opt("repeat_is_safe", msg!("host-must-bool"), Value::as_bool)?.unwrap_or(false),
            in_process: f.opt("in_process", msg!("host-must-bool"), Value::as_bool)?.unwrap_or(true),
            capabilities: f
                .opt("capabilities", msg!("host-must-capabilities"), |v| list(64, word)(v).filter(|all| apart(all)))?
                .unwrap_or_default(),
            hosts,
            config_schema: config_schema.clone(),
            german: f.opt("messages", msg!("host-must-messages"), messages::GermanMessages::read)?.unwrap_or_default(),
            label,
            sha256: [0; 32],
            warnings: Vec::new(),
        };
        let strange = manifest.capabilities.iter().filter(|c| !CAPABILITIES.contains(&c.as_str()));
        warnings.extend(strange.map(|c| msg!("host-capability-unknown", word = c)));
        warnings.extend(f.unknown().into_iter().map(unknown));
        Ok(Self { warnings, ..manifest })
    }

    /// Notes for the admin on this day (Unix milliseconds) and with these settings (JSON; null for none): a missing contract, an old label, warnings.
    #[must_use]
    pub fn review_notes(&self, now_ms: i64, config: &Value) -> Vec<Message> {
        // A server on this machine is the admin's own: no contract is needed.
        let here = !self.hosts.is_empty() && self.hosts.iter().all(|peer| peer.is_here(&self.config_schema, config));
        let contract = (!here && self.label.lacks_contract()).then(|| msg!("host-no-contract"));
        let old = self.label.is_old(now_ms).then(|| msg!("host-label-is-old", day = &self.label.checked_on));
        contract.into_iter().chain(old).chain(self.warnings.iter().cloned()).collect()
    }

    /// Whether the plugin connects to other hosts with these settings: `None` if it connects to none, `Some(false)` if to this machine alone.
    #[must_use]
    pub fn leaves_machine(&self, config: &Value) -> Option<bool> {
        (!self.hosts.is_empty()).then(|| !self.hosts.iter().all(|peer| peer.is_here(&self.config_schema, config)))
    }

    /// What the plugin said, for a reader of either language: in German as its `messages` say, or quoted.
    #[must_use]
    pub fn message(&self, text: &str) -> Message {
        self.german.message(text)
    }

    /// A text of the privacy label, for a reader of either language.
    #[must_use]
    pub fn label_text(&self, text: &str) -> Message {
        self.german.own_text(text)
    }

    /// The secrets in settings (JSON) of the plugin, longest first: what nothing that it says may show.
    #[must_use]
    pub fn secrets(&self, config: &str) -> Vec<String> {
        settings_walk::secrets(&self.config_schema, &serde_json::from_str(config).unwrap_or_default())
    }

    /// Largest content in bytes with these settings (JSON): `max_content`, or less where a setting limits it (`x-content-limit`).
    #[must_use]
    pub fn content_limit(&self, config: &str) -> u64 {
        let config = serde_json::from_str(config).unwrap_or_default();
        content_limit::of(&self.config_schema, &config).map_or(self.max_content, |limit| limit.min(self.max_content))
    }

    /// What is checked at every call of the plugin.
    pub(crate) fn claims(&self) -> PluginClaims {
        let (inbound, receipts, lookup) = (self.can("inbound"), self.can("receipts"), self.can("lookup"));
        let extensions = EXTENSIONS.iter().filter(|word| self.can(word)).map(|word| (*word).to_owned()).collect();
        PluginClaims { inbound, receipts, lookup, extensions, channels: self.channels.clone() }
    }

    /// Whether the plugin has this capability.
    #[must_use]
    pub fn can(&self, capability: &str) -> bool {
        self.capabilities.iter().any(|c| c == capability)
    }
}

/// The manifest in the bytes of a library, as JSON.
pub(crate) fn json_of<'a>(path: &Path, bytes: &'a [u8]) -> Result<&'a [u8], HostError> {
    elf::section(bytes).map_err(|why| HostError::NotAPlugin { path: path.to_owned(), why })
}

/// Reads a library. Of a file whose header is not that of a library, only the header is read.
pub(crate) fn bytes(path: &Path) -> Result<Vec<u8>, HostError> {
    let read = |cause| HostError::Read { path: path.to_owned(), cause };
    let not = |why: Message| HostError::NotAPlugin { path: path.to_owned(), why };
    // Non-blocking, as opening a named pipe would block for ever.
    let file = std::fs::OpenOptions::new().read(true).custom_flags(libc::O_NONBLOCK).open(path).map_err(read)?;
    let meta = file.metadata().map_err(read)?;
    if !meta.is_file() {
        return Err(not(msg!("host-not-a-file")));
    }
    // The header first: another kind of file is not read on.
    let mut bytes = Vec::new();
    (&file).take(elf::HEAD as u64).read_to_end(&mut bytes).map_err(read)?;
    elf::head(&bytes).map_err(not)?;
    if meta.len() > MAX_LIBRARY {
        return Err(not(msg!("host-library-too-large")));
    }
    bytes.reserve(usize::try_from(meta.len()).unwrap_or(0));
    (&file).take(MAX_LIBRARY).read_to_end(&mut bytes).map_err(read)?;
    Ok(bytes)
}

/// Checks the form of the manifest, and reads the version of the contract.
fn version_of(f: &mut Fields<'_>) -> Result<[u16; 2], Message> {
    let form = f.get("manifest", msg!("host-must-form"), Value::as_u64)?;
    if form != 1 {
        return Err(msg!("host-manifest-form", form = form));
    }
    f.get("abi", msg!("host-must-abi"), |v| {
        let numbers = list(2, |n| n.as_u64().and_then(|n| u16::try_from(n).ok()))(v)?;
        <[u16; 2]>::try_from(numbers).ok()
    })
}

fn id(value: &Value) -> Option<String> {
    let text = value.as_str().filter(|t| t.len() <= 100 && t.starts_with(|c: char| c.is_ascii_lowercase()))?;
    let fits = text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"._-".contains(&b));
    fits.then(|| text.to_owned())
}

/// A word of lower-case letters, digits, `-` and `_`.
fn word(value: &Value) -> Option<String> {
    let text = value.as_str().filter(|t| t.len() <= 32 && t.starts_with(|c: char| c.is_ascii_lowercase()))?;
    let fits = text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"-_".contains(&b));
    fits.then(|| text.to_owned())
}

/// Whether all values are different.
fn apart(all: &[String]) -> bool {
    all.iter().enumerate().all(|(n, one)| !all.iter().skip(n + 1).any(|other| other == one))
}

/// A version as in semver.org.
fn semver(value: &Value) -> Option<String> {
    let text = value.as_str().filter(|t| t.len() <= 100)?;
    semver::Version::parse(text).is_ok().then(|| text.to_owned())
}
