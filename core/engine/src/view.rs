//! What the engine takes and answers. Plain values; JSON is made by those who speak it.

use rundruf_consent::{AddressId, ImportClass, State, Time};
use rundruf_store::{BroadcastRow, FanOutPreview, FanOutPreviewRow};
use std::collections::BTreeMap;
use std::time::Duration;

/// A broadcast as a person writes it.
#[derive(Clone, Debug, Default)]
pub struct BroadcastForm {
    /// Name of the list.
    pub list: String,
    /// Markdown, by language; a single text without a language is under the key of the sender's first language (`de`).
    pub text: BTreeMap<String, String>,
    /// Subject, by language; made from the first line where there is none.
    pub subject: BTreeMap<String, String>,
    /// Files: name, media type, bytes.
    pub attachments: Vec<(String, String, Vec<u8>)>,
    /// When to begin.
    pub at: Option<Time>,
    /// Nothing is begun after this.
    pub expires_at: Option<Time>,
}

/// What a dry run says.
#[derive(Clone, Debug)]
pub struct DryRun {
    /// Counts.
    pub preview: FanOutPreview,
    /// The first people, one by one (at most 1,000).
    pub people: Vec<FanOutPreviewRow>,
    /// Rendered samples: channel word, language, text as the first recipient of that kind gets it.
    pub samples: Vec<(String, String, String)>,
    /// Remarks, such as the number of parts of a text message.
    pub warnings: Vec<String>,
}

/// A broadcast and how fast it goes.
#[derive(Clone, Debug)]
pub struct BroadcastStatus {
    /// The row.
    pub row: BroadcastRow,
    /// Name of its list.
    pub list: String,
    /// Messages per second over the last seconds.
    pub rate_per_s: f64,
    /// Seconds until it is done at this rate; `None` if nobody can know.
    pub eta_s: Option<u64>,
}

/// A person as a form gives it.
#[derive(Clone, Debug, Default)]
pub struct ContactForm {
    /// Channel word and address as typed.
    pub addresses: Vec<(String, String)>,
    /// BCP 47 tag.
    pub language: Option<String>,
    /// Variables.
    pub vars: BTreeMap<String, String>,
}

/// How somebody signed up.
#[derive(Clone, Debug)]
pub struct SignUp {
    /// The address; it must exist.
    pub address: AddressId,
    /// Name of the list.
    pub list: String,
    /// `command`, `form`, `inbound`, …
    pub source: String,
    /// Language for the texts.
    pub language: String,
    /// `person` or `operator:<name>`.
    pub actor: String,
}

/// What a confirm or leave link leads to.
#[derive(Clone, Debug)]
pub struct LinkView {
    /// Language of the person.
    pub language: String,
    /// Title of the list.
    pub list_title: String,
    /// The text that is agreed to, for a confirm link.
    pub text: String,
    /// State of the consent now.
    pub state: State,
    /// Whether the link's time is over.
    pub expired: bool,
    /// Masked address, so that the person sees which one is meant.
    pub masked: String,
}

/// How a leave came.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum LeaveBy {
    /// Button on the page.
    Page,
    /// RFC 8058 POST by a mail program.
    OneClick,
}

/// What to import.
#[derive(Clone, Debug)]
pub struct ImportForm {
    /// Name of the list.
    pub list: String,
    /// What it proves; A and C exist so far.
    pub class: ImportClass,
    /// The admin's map file: our column → their header. Empty: our own headers.
    pub map: BTreeMap<String, String>,
    /// The map file's own text, kept with the import.
    pub map_text: String,
    /// Texts named by `@file` in the column `consent_text`, read by the caller: name → text.
    pub texts: BTreeMap<String, String>,
    /// Check only.
    pub dry_run: bool,
    /// Who.
    pub actor: String,
}

/// Progress of an import.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct ImportProgress {
    /// Bytes read.
    pub bytes: u64,
    /// Bytes of the file.
    pub of: u64,
    /// Records read.
    pub rows: u64,
}

/// One line of the report.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ImportLine {
    /// Where the record begins, from 1.
    pub line: u64,
    /// The address as it stands in the file; empty if there is none.
    pub address: String,
    /// `refused`, `quarantined` or `merged`.
    pub verdict: &'static str,
    /// Why.
    pub reason: String,
}

/// What an import did.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct ImportSummary {
    /// Records, without heading and blank lines.
    pub rows: u64,
    /// New contacts.
    pub contacts: u64,
    /// Addresses stored or merged: confirmed, quarantined and merged together.
    pub addresses: u64,
    /// Of them confirmed.
    pub confirmed: u64,
    /// Of them quarantined.
    pub quarantined: u64,
    /// Of them known before, and unchanged: the same file again is nothing but these.
    pub merged: u64,
    /// Records refused, and addresses of good records that must not be written to. As many as the report has such lines.
    pub refused: u64,
}

/// A transport, for people.
#[derive(Clone, Debug)]
pub struct TransportView {
    /// Name in the settings.
    pub name: String,
    /// Id of the plugin.
    pub plugin: String,
    /// Channels it serves.
    pub channels: Vec<String>,
    /// `process` or `none`.
    pub isolation: &'static str,
    /// `up`, `paused`, `draining`, `down`.
    pub state: &'static str,
    /// Why it is paused or down.
    pub reason: Option<String>,
    /// Messages outstanding.
    pub in_flight: u32,
    /// Most of them.
    pub window: u32,
    /// Messages per second over the last seconds.
    pub rate_per_s: f64,
    /// Since when it is in this state.
    pub since: Time,
}

/// Outcome of a test message, or of a question.
#[derive(Clone, Debug)]
pub struct TestResult {
    /// Whether the other side took it.
    pub ok: bool,
    /// State word of the message; of a question `reachable`, `unreachable` or `unknown`.
    pub state: String,
    /// The other side's id or the reason.
    pub detail: String,
    /// How long it took.
    pub took: Duration,
}
