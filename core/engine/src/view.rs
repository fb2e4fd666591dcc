//! What the engine takes and answers: plain values. JSON is made by the web crate.

use crate::clock::ClockHold;
use crate::config::Price;
use rundruf_consent::BroadcastId;
use rundruf_consent::{AddressId, ImportClass, State, Time};
pub use rundruf_host::MessageAttachment;
use rundruf_lang::Message;
use rundruf_store::{
    AddressRow, BroadcastRow, ErasureCounts, FanOutPreview, FanOutPreviewRow, HeldConsent, InboxRow, LegalHold,
};
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
    /// Files; their `url` is empty.
    pub attachments: Vec<MessageAttachment>,
    /// Pictures that the text shows (`![…](path)`), by the path that the text names.
    pub pictures: Vec<(String, MessageAttachment)>,
    /// When to start; `None`: now.
    pub at: Option<Time>,
    /// No message is sent after this time.
    pub expires_at: Option<Time>,
    /// The same text may go to the same list again within a day.
    pub again: bool,
    /// Who sends it, `operator:<uid>`; empty if nobody is known.
    pub actor: String,
}

/// Result of a dry run.
#[derive(Clone, Debug)]
pub struct DryRun {
    /// Counts of recipients and refusals.
    pub preview: FanOutPreview,
    /// The first contacts with their verdict (at most 1,000).
    pub people: Vec<FanOutPreviewRow>,
    /// The message as the first recipient of each channel and language gets it.
    pub samples: Vec<MessageSample>,
    /// Remarks, such as the number of parts of a text message.
    pub warnings: Vec<Message>,
    /// Placeholders without a default, and how many recipients have nothing for each; only those that somebody lacks.
    pub empty: Vec<(String, u64)>,
    /// Recipients who lack a value for at least one placeholder.
    pub incomplete: u64,
    /// Attachments and pictures.
    pub files: Vec<MessageFile>,
    /// What it costs, for each transport with a price.
    pub prices: Vec<PriceEstimate>,
    /// The broadcast of the last day that had the same text, and the refusal that a send without `again` gets.
    pub same_text: Option<(BroadcastId, Message, Message)>,
}

/// A message as one recipient gets it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct MessageSample {
    /// Word of the channel.
    pub channel: String,
    /// Language of the recipient.
    pub language: String,
    /// Subject; empty for channels without one.
    pub subject: String,
    /// Plain text.
    pub text: String,
    /// HTML with its pictures in it; empty unless a preview was asked for and the channel has HTML.
    pub html: String,
}

/// A file that goes with a message.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct MessageFile {
    /// Name without a folder.
    pub name: String,
    /// Size in bytes.
    pub size: u64,
    /// Whether the text shows it, as a picture.
    pub is_picture: bool,
}

/// What the messages of one transport cost.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PriceEstimate {
    /// Name of the transport.
    pub transport: String,
    /// Messages.
    pub messages: u64,
    /// Parts of one message, for text messages; else 1.
    pub parts: u64,
    /// Price of one part.
    pub each: Price,
    /// Price of all.
    pub total: Price,
}

/// What a broadcast says and whom it is for, as an operator reads it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct BroadcastView {
    /// Subject; the first line of the text where there is none.
    pub subject: String,
    /// Markdown, by language.
    pub text: BTreeMap<String, String>,
    /// Attachments and pictures.
    pub files: Vec<MessageFile>,
}

/// A broadcast and its progress.
#[derive(Clone, Debug)]
pub struct BroadcastStatus {
    /// The stored broadcast with its counts.
    pub row: BroadcastRow,
    /// Name of its list.
    pub list: String,
    /// Its subject, on one line.
    pub subject: String,
    /// Messages per second over the last seconds.
    pub rate_per_s: f64,
    /// Seconds until it is done at this rate; `None` if the rate is not known.
    pub eta_s: Option<u64>,
    /// The clock jumped and is not believed: it waits although it is scheduled or running.
    pub waits_for_clock: bool,
}

/// The clock that the engine works by.
#[derive(Clone, Copy, Debug)]
pub struct ClockStatus {
    /// The time that the engine works with.
    pub now: Time,
    /// The jump that is not believed, if there is one.
    pub hold: Option<ClockHold>,
    /// Whether the kernel calls the clock synchronised.
    pub is_synchronised: bool,
}

/// A change of what is known about a contact.
#[derive(Clone, Debug, Default)]
pub struct ContactChange {
    /// Number or address of the contact.
    pub who: String,
    /// BCP 47 tag; an empty one removes it, `None` leaves it.
    pub language: Option<String>,
    /// Variables to set; an empty value removes one.
    pub vars: BTreeMap<String, String>,
    /// `operator:<name>`.
    pub actor: String,
}

/// A person as a form gives it.
#[derive(Clone, Debug, Default)]
pub struct ContactForm {
    /// Channel word and address as typed; an empty channel is guessed from the address.
    pub addresses: Vec<(String, String)>,
    /// BCP 47 tag.
    pub language: Option<String>,
    /// Variables for placeholders.
    pub vars: BTreeMap<String, String>,
}

/// A sign-up of an address for a list.
#[derive(Clone, Debug)]
pub struct SignUp {
    /// The address; it must be stored.
    pub address: AddressId,
    /// Name of the list.
    pub list: String,
    /// `command`, `form`, `inbound`, …
    pub source: String,
    /// Language of the texts; empty: the contact's.
    pub language: String,
    /// `person` or `operator:<name>`.
    pub actor: String,
    /// Where the person asked for it, in the operator's words; `None`: the operator does not say that the person did.
    pub person_asked: Option<String>,
}

/// What a confirm or unsubscribe link is about.
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
    /// Whether the link has expired.
    pub expired: bool,
    /// The masked address, so that its owner recognises it.
    pub masked: String,
    /// Whether the person has left all lists.
    pub left_all: bool,
}

/// How an unsubscribe link was used.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum UnsubscribeMethod {
    /// The button on its page.
    Page,
    /// The page's button for all lists of the sender.
    AllLists,
    /// The one-click POST of a mail program (RFC 8058).
    OneClick,
}

/// What to import.
#[derive(Clone, Debug)]
pub struct ImportForm {
    /// Name of the list.
    pub list: String,
    /// Evidence class; A and C can be imported.
    pub class: ImportClass,
    /// The admin's map file: our column → their header. Empty: our own headers.
    pub map: BTreeMap<String, String>,
    /// The map file's own text, kept with the import.
    pub map_text: String,
    /// Texts that `@file` names in the column `consent_text`, read by the caller: name → text.
    pub texts: BTreeMap<String, String>,
    /// Why a text that `@file` names could not be read, by name.
    pub text_faults: BTreeMap<String, Message>,
    /// Columns whose value is the same for all records: our column → value.
    pub set: BTreeMap<String, String>,
    /// Headings of further columns that are stored as variables.
    pub keep: Vec<String>,
    /// Store every further column.
    pub keep_all: bool,
    /// Which of two numbers is the day, where a date does not say so itself.
    pub dates: DateOrder,
    /// Check only.
    pub dry_run: bool,
    /// Replace language and variables of contacts that are known; else only what they lack is filled in.
    pub update: bool,
    /// `operator:<name>`.
    pub actor: String,
}

impl ImportForm {
    /// A file with our own headings, for this list.
    #[must_use]
    pub fn new(list: &str, class: ImportClass, actor: &str) -> Self {
        Self {
            list: list.to_owned(),
            class,
            map: BTreeMap::new(),
            map_text: String::new(),
            texts: BTreeMap::new(),
            text_faults: BTreeMap::new(),
            set: BTreeMap::new(),
            keep: Vec::new(),
            keep_all: false,
            dates: DateOrder::Unsaid,
            dry_run: false,
            update: false,
            actor: actor.to_owned(),
        }
    }
}

/// Which of two numbers in a date is the day.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum DateOrder {
    /// Nobody has said so: a date that can be read in two ways is refused.
    #[default]
    Unsaid,
    /// `01/05/2024` is the first of May.
    DayFirst,
    /// `05/01/2024` is the first of May.
    MonthFirst,
}

/// What a column of an imported file was taken for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ImportColumn {
    /// The file's heading, shortened.
    pub heading: String,
    /// Our name of it; `None`: it is not stored.
    pub name: Option<String>,
}

/// Progress of an import.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct ImportProgress {
    /// Bytes read.
    pub bytes: u64,
    /// Size of the file in bytes.
    pub of: u64,
    /// Records read.
    pub rows: u64,
}

/// One line of the report.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ImportLine {
    /// Line where the record begins, from 1.
    pub line: u64,
    /// The address as it is written in the file; empty if there is none.
    pub address: String,
    /// `refused`, `quarantined` or `merged`.
    pub verdict: &'static str,
    /// The reason of the verdict.
    pub reason: Message,
}

/// Counts of an import.
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
    /// Of them known before and unchanged: importing the same file again gives only these.
    pub merged: u64,
    /// Contacts known before whose language or variables were replaced (`update`).
    pub updated: u64,
    /// Records refused, and addresses of good records that must not get messages: the number of such lines in the report.
    pub refused: u64,
}

/// A transport as operators see it.
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
    /// `up`, `waiting` (its provider takes nothing for now), `paused`, `draining`, `down`; `gone` when it is not in the settings any more and had
    /// messages open.
    pub state: &'static str,
    /// The reason why it waits, is paused or is down.
    pub reason: Option<Message>,
    /// Messages in flight.
    pub in_flight: u32,
    /// Most messages in flight.
    pub window: u32,
    /// Messages per second over the last seconds.
    pub rate_per_s: f64,
    /// Since when it is in this state.
    pub since: Time,
    /// Whether its provider may send requests to `/hook/NAME`.
    pub takes_webhooks: bool,
    /// What its plugin said of its account, if it can be asked.
    pub health: Option<HealthView>,
    /// Broadcasts wait because it is deaf and its messages promise a stop by reply.
    pub is_held_deaf: bool,
}

/// What a plugin said of its account.
#[derive(Clone, Debug)]
pub struct HealthView {
    /// `ready`, `not_ready` or `unknown`.
    pub account_state: &'static str,
    /// `hears`, `deaf` or `unknown`.
    pub hearing: &'static str,
    /// Why it is not ready or deaf.
    pub detail: Option<Message>,
    /// The account at the provider.
    pub account: String,
    /// Version of the remote program.
    pub remote_version: String,
    /// Limits of the provider, in words.
    pub limits: Option<Message>,
    /// Credits that are left, and the alarm, for people.
    pub credits: Option<(String, Option<String>)>,
    /// Whether fewer credits are left than the alarm says.
    pub is_low: bool,
    /// When something was heard last.
    pub heard_at: Option<Time>,
    /// By what proof.
    pub heard_by: Option<Message>,
    /// When the plugin said so.
    pub asked_at: Time,
}

/// Which plugins were told to forget a person.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct PluginErasure {
    /// Transports whose plugin has forgotten the person.
    pub told: Vec<String>,
    /// Transports whose plugin is told as soon as it can be.
    pub pending: Vec<String>,
    /// Transports whose plugin cannot be told.
    pub cannot: Vec<String>,
    /// Those of `pending` whose plugin is known to forget: their state folders stay as they are until then.
    pub left_out: Vec<String>,
}

/// Outcome of a test message, or of a reachability query.
#[derive(Clone, Debug)]
pub struct TestResult {
    /// Whether the provider took it, or the address is reachable.
    pub ok: bool,
    /// State word of the message; of a query `reachable`, `unreachable` or `unknown`.
    pub state: String,
    /// The provider's id or the reason.
    pub detail: String,
    /// The same for a reader of either language.
    pub said: Message,
    /// How long it took.
    pub took: Duration,
}

/// What was erased, or (before) what would be.
#[derive(Clone, Debug)]
pub struct Erasure {
    /// The addresses, masked.
    pub addresses: Vec<String>,
    /// What was cleared in the database.
    pub counts: ErasureCounts,
    /// Files of plugins and spools in which the address was overwritten.
    pub files: u64,
    /// Messages that were in flight and not back in time: what becomes of them is cleared when it is known.
    pub in_flight: u64,
    /// Whether no spelling is left in the database, its keys and their logs.
    pub is_complete: bool,
    /// Which plugins were told.
    pub plugins: PluginErasure,
    /// Files in the data folder that name the address and that Rundruf did not write, such as an import's file.
    pub elsewhere: Vec<String>,
    /// Nothing was erased: the data is kept for legal claims, and erased when that ends.
    pub kept: Option<LegalHold>,
}

/// Keeping a person's data for legal claims.
#[derive(Clone, Debug)]
pub struct LegalHoldForm {
    /// Number or address of the contact.
    pub who: String,
    /// The last day, `2027-12-31`.
    pub until: String,
    /// Why.
    pub reason: String,
    /// Who says so: `operator:<uid>`.
    pub actor: String,
}

/// An inbound message, and its sender if the address is known.
#[derive(Clone, Debug)]
pub struct InboxItem {
    /// The message and what became of it.
    pub row: InboxRow,
    /// The sender, with consents.
    pub sender: Option<AddressRow>,
}

/// What waits for a person.
#[derive(Clone, Debug, Default)]
pub struct InboxView {
    /// Inbound messages.
    pub messages: Vec<InboxItem>,
    /// Held consents whose sender has no message that waits.
    pub held: Vec<(HeldConsent, AddressRow)>,
    /// Broadcasts with deliveries of unknown outcome, and how many.
    pub unknown: Vec<(BroadcastId, u64)>,
}
