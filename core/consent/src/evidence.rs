//! The record of one consent event: canonical JSON (RFC 8785), encrypted with the address's own key, committed to by a log leaf
//! (SPEC §1.6, SPEC §4, SPEC §5.2).

mod record; // its canonical JSON

use crate::text::Digest;
use crate::{Address, Event, State, Time};
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use ring::hkdf::{HKDF_SHA256, Prk, Salt};
use ring::hmac;
use rundruf_lang::{Message, msg};
use serde::{Deserialize, Serialize};
use std::sync::LazyLock;

/// Label of what is disclosed to prove one record.
const LEAF: &[u8] = b"consent-leaf/v1/";

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

/// The controller (GDPR Art. 4(7)): who is responsible for the messages.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Controller {
    /// Where the imprint is.
    pub imprint_url: String,
    /// Legal name of the controller.
    pub name: String,
    /// Where the privacy notice is.
    pub privacy_url: String,
}

/// The list a consent is about, as it was at that moment.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct ListRef {
    /// Name in the settings.
    pub name: String,
    /// Purpose in words, as people read it.
    pub purpose: String,
    /// Title that people read.
    pub title: String,
}

/// How the event came about.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct ConsentAction {
    /// `held` if the wall clock had jumped and was not believed: the time of the record is the expected one then (R31).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clock: Option<String>,
    /// `checkbox`, `post`, `one_click`, `inbound`, `operator`, `import`, `timer`, `transport`.
    pub kind: String,
    /// The remote id of the message that carried it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message_id: Option<String>,
    /// SHA-256 of the link's token id, hex.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub token_id: Option<String>,
    /// The person's own words, for a reply.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub verbatim: Option<String>,
}

/// Where it came from.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct EvidenceSource {
    /// URL, QR id, or SHA-256 of the file and the line.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// `form`, `qr`, `file`, `shop`, `inbound`, `command`.
    pub kind: String,
}

/// What was sent in connection with the event.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct OutboundRef {
    /// The text exactly as it was sent. Records of former versions lack it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<String>,
    /// Digest of the rendered bytes, hex.
    pub body_sha256: String,
    /// Id of the message, hex, as its Message-Id header has it before the `@`. The store fills it in when it queues the message.
    pub message_id: String,
    /// Digest of the template, hex.
    pub template_sha256: String,
    /// Name of the transport.
    pub transport: String,
}

/// Everything about an event that its caller knows. The store adds what only it knows ([`RecordContext`]) and seals it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct EvidenceDraft {
    /// When the event happened.
    pub time: Time,
    /// The controller at that moment.
    pub controller: Controller,
    /// The list at that moment.
    pub list: ListRef,
    /// Digest of the text that the person saw, hex, and its language.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<TextRef>,
    /// Where the event came from.
    pub source: EvidenceSource,
    /// How it came about.
    pub act: ConsentAction,
    /// The message that was sent in connection with it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub outbound: Option<OutboundRef>,
    /// Shortened network of the person (/24 or /48), if the admin keeps it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ip_prefix: Option<String>,
    /// When it was asked for and confirmed, for records that come from elsewhere.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub earlier: Option<EarlierOptIn>,
    /// Who acted: `person`, `operator:<name>` or `system`.
    pub actor: String,
}

/// A text by digest.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct TextRef {
    /// Language as a BCP 47 tag.
    pub lang: String,
    /// SHA-256 of the text, hexadecimal.
    pub sha256: String,
}

/// Times of a double opt-in that happened before the import.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct EarlierOptIn {
    /// When the person confirmed.
    pub confirmed_at: Time,
    /// When it was last used.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_used_at: Option<Time>,
    /// When the person asked.
    pub requested_at: Time,
}

/// What only the store knows, inside its transaction.
#[derive(Clone, Copy, Debug)]
pub struct RecordContext<'a> {
    /// Random name of this record.
    pub record: RecordId,
    /// Names the (address, list) pair: stable, random, 16 bytes.
    pub consent: [u8; 16],
    /// 1 for the first event of this consent.
    pub number: u32,
    /// Commitment of the event before; `None` for the first.
    pub previous: Option<Digest>,
    /// The event that is recorded.
    pub event: Event,
    /// State of the consent after it.
    pub state_after: State,
    /// The address of the consent.
    pub address: &'a Address,
}

/// The word of the record of a list's change, where an event's word is otherwise.
pub const LIST_CHANGED: &str = "list_changed";

/// The admin's word that a list has the same purpose in other words (R30).
#[derive(Clone, Copy, Debug)]
pub struct ListChange<'a> {
    /// Who says so: `operator:<uid>`.
    pub actor: &'a str,
    /// What the consents were given for, as JSON.
    pub before: &'a str,
    /// What the settings say now, as JSON.
    pub after: &'a str,
    /// Name of the list.
    pub list: &'a str,
    /// Why it is the same.
    pub reason: &'a str,
    /// When it was said.
    pub time: Time,
}

/// A record, encrypted and committed to.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SealedRecord {
    /// The canonical JSON, encrypted with AES-256-GCM.
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
pub fn seal(draft: &EvidenceDraft, place: &RecordContext<'_>, key: &SubjectKey) -> Result<SealedRecord, EvidenceError> {
    seal_json(record::json(draft, place).map_err(|_| EvidenceError::Unreadable)?, place.record, key)
}

/// Makes the canonical JSON of what an admin said about a list (R30), commits to it and encrypts it, with a key that belongs to no address.
///
/// # Errors
/// As [`seal`].
pub fn seal_list_change(
    change: &ListChange<'_>,
    record: RecordId,
    key: &SubjectKey,
) -> Result<SealedRecord, EvidenceError> {
    let json = record::list_change(change, record).map_err(|_| EvidenceError::Unreadable)?;
    seal_json(json, record, key)
}

/// Commits to canonical JSON and encrypts it.
fn seal_json(json: Vec<u8>, record: RecordId, key: &SubjectKey) -> Result<SealedRecord, EvidenceError> {
    let mut ciphertext = json;
    let extracted = extract(key);
    let commitment = commit(&expand(&extracted, LEAF, record), &ciphertext);
    let (sealing, nonce) = cipher(&extracted, record)?;
    sealing
        .seal_in_place_append_tag(nonce, Aad::from(record), &mut ciphertext)
        .map_err(|_| EvidenceError::Unreadable)?;
    Ok(SealedRecord { ciphertext, commitment, leaf: leaf(&commitment) })
}

/// Computes the commitment: `HMAC-SHA-256(blind, canonical JSON)`.
#[must_use]
pub fn commit(blind: &[u8; 32], json: &[u8]) -> Digest {
    let mut out = [0; 32];
    out.copy_from_slice(hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, blind), json).as_ref());
    out
}

/// Computes the RFC 6962 hash of the leaf whose data is `0x01 ‖ commitment`.
#[must_use]
pub fn leaf(commitment: &Digest) -> Digest {
    let mut data = [0_u8; 34];
    // 0x00 is the leaf prefix of the tree, 0x01 the version of the leaf's data.
    data[1] = 1;
    for (to, from) in data.iter_mut().skip(2).zip(commitment) {
        *to = *from;
    }
    crate::text::sha256(&data)
}

/// Decrypts a record. Returns the canonical JSON.
///
/// # Errors
/// [`EvidenceError::Unreadable`] if the key or the bytes are not the right ones.
pub fn open(ciphertext: &[u8], record: RecordId, key: &SubjectKey) -> Result<String, EvidenceError> {
    let (opening, nonce) = cipher(&extract(key), record)?;
    let mut bytes = ciphertext.to_vec();
    let plain = opening.open_in_place(nonce, Aad::from(record), &mut bytes).map_err(|_| EvidenceError::Unreadable)?;
    String::from_utf8(plain.to_vec()).map_err(|_| EvidenceError::Unreadable)
}

/// Computes the blind of a record, `HKDF-SHA256(key, "consent-leaf/v1/" ‖ record)`: it is disclosed to prove this record and no other.
#[must_use]
pub fn blind(key: &SubjectKey, record: RecordId) -> [u8; 32] {
    expand(&extract(key), LEAF, record)
}

/// First half of HKDF-SHA-256 (RFC 5869), with an empty salt.
fn extract(key: &SubjectKey) -> Prk {
    static SALT: LazyLock<Salt> = LazyLock::new(|| Salt::new(HKDF_SHA256, &[]));
    SALT.extract(&key.0)
}

/// Second half of HKDF: 32 bytes for this label and record.
fn expand(extracted: &Prk, label: &[u8], record: RecordId) -> [u8; 32] {
    let mut out = [0; 32];
    let filled = extracted.expand(&[label, &record], HKDF_SHA256).and_then(|okm| okm.fill(&mut out));
    #[expect(clippy::expect_used, reason = "HKDF-SHA-256 fails above 255 blocks of 32 bytes; this is one")]
    filled.expect("one block");
    out
}

/// AES-256-GCM with a key and nonce of its own for each record: no nonce can ever repeat under a key.
fn cipher(extracted: &Prk, record: RecordId) -> Result<(LessSafeKey, Nonce), EvidenceError> {
    let bytes = expand(extracted, b"enc/v1/", record);
    let unbound = UnboundKey::new(&AES_256_GCM, &bytes).map_err(|_| EvidenceError::Unreadable)?;
    Ok((LessSafeKey::new(unbound), Nonce::assume_unique_for_key([0; 12])))
}

/// Why a record cannot be used.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum EvidenceError {
    /// Wrong key, or altered bytes.
    Unreadable,
}

impl EvidenceError {
    /// Why the record cannot be used, for a person.
    #[must_use]
    pub fn message(&self) -> Message {
        match self {
            Self::Unreadable => msg!("consent-evidence-unreadable"),
        }
    }
}

impl std::fmt::Display for EvidenceError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.message())
    }
}

impl std::error::Error for EvidenceError {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Channel;

    fn draft() -> EvidenceDraft {
        EvidenceDraft {
            time: Time(1_795_000_000_000),
            controller: Controller {
                name: "Bäckerei \"Krume\" GmbH".to_owned(),
                imprint_url: "https://krume.example/i".to_owned(),
                privacy_url: "https://krume.example/d".to_owned(),
            },
            list: ListRef {
                name: "angebote".to_owned(),
                title: "Angebote".to_owned(),
                purpose: "Angebote\n".to_owned(),
            },
            text: Some(TextRef { sha256: "ab".repeat(32), lang: "de".to_owned() }),
            source: EvidenceSource { kind: "form".to_owned(), detail: None },
            act: ConsentAction {
                kind: "inbound".to_owned(),
                verbatim: Some("JA 👍".to_owned()),
                ..ConsentAction::default()
            },
            outbound: None,
            ip_prefix: None,
            earlier: None,
            actor: "person".to_owned(),
        }
    }

    fn place(address: &Address) -> RecordContext<'_> {
        RecordContext {
            record: [5; 16],
            consent: [6; 16],
            number: 2,
            previous: Some([7; 32]),
            event: Event::Confirm,
            state_after: State::Confirmed,
            address,
        }
    }

    #[test]
    fn keys_are_derived_as_they_always_were() {
        // Made with another program: what was stored once must open for ever.
        let want = "e6d09f9a4debf356894b1b8352e71a198e95f6ca585ffdb2cfc11f4ff736cce8";
        assert_eq!(crate::text::hex(&blind(&SubjectKey([1; 32]), [5; 16])), want);
    }

    #[test]
    fn compact_json_of_sorted_fields_is_canonical() {
        let hard = "ä\u{1}\u{7f}\u{2028}\\\"\n\t\u{8}\u{c}\r/<>&'👍".to_owned();
        let full = EvidenceDraft {
            controller: Controller { name: hard.clone(), ..draft().controller },
            act: ConsentAction {
                clock: Some(hard.clone()),
                kind: hard.clone(),
                verbatim: Some(hard.clone()),
                message_id: Some(hard.clone()),
                token_id: Some(hard.clone()),
            },
            source: EvidenceSource { kind: "form".to_owned(), detail: Some(hard.clone()) },
            outbound: Some(OutboundRef {
                body: Some(hard.clone()),
                template_sha256: "aa".to_owned(),
                body_sha256: "bb".to_owned(),
                transport: hard.clone(),
                message_id: "cc".to_owned(),
            }),
            ip_prefix: Some("192.0.2.0/24".to_owned()),
            earlier: Some(EarlierOptIn { requested_at: Time(1), confirmed_at: Time(-2), last_used_at: Some(Time(3)) }),
            actor: hard,
            ..draft()
        };
        let address = Address::parse(Channel::Sms, "+491701234567", None).unwrap();
        let key = SubjectKey([1; 32]);
        for draft in [full, draft()] {
            for place in [place(&address), RecordContext { previous: None, ..place(&address) }] {
                let sealed = seal(&draft, &place, &key).unwrap();
                let json = open(&sealed.ciphertext, place.record, &key).unwrap();
                let parsed: serde_json::Value = serde_json::from_str(&json).unwrap();
                assert_eq!(serde_json_canonicalizer::to_string(&parsed).unwrap(), json);
                assert_eq!(serde_json::from_str::<EvidenceDraft>(&json).unwrap(), draft, "nothing is left out");
            }
        }
    }

    #[test]
    fn a_record_opens_with_its_key_and_name_alone() {
        let address = Address::parse(Channel::Sms, "+491701234567", None).unwrap();
        let key = SubjectKey([1; 32]);
        let sealed = seal(&draft(), &place(&address), &key).unwrap();
        let json = open(&sealed.ciphertext, [5; 16], &key).unwrap();
        assert!(json.starts_with("{\"act\":{\"kind\":\"inbound\""), "keys are sorted: {json}");
        let again: serde_json::Value = serde_json::from_str(&json).unwrap();
        assert_eq!(serde_json_canonicalizer::to_string(&again).unwrap(), json);
        assert_eq!(again["address"]["normalised"], "+491701234567");
        assert_eq!((&again["n"], &again["type"]), (&2.into(), &"confirm".into()));
        assert_eq!(commit(&blind(&key, [5; 16]), json.as_bytes()), sealed.commitment);
        assert!(open(&sealed.ciphertext, [5; 16], &SubjectKey([2; 32])).is_err());
        let unreadable = open(&sealed.ciphertext, [4; 16], &key).unwrap_err();
        assert_eq!(unreadable.to_string(), unreadable.message().to_string());
        assert!(unreadable.to_string().contains("key"), "{unreadable}");
        let mut bent = sealed.ciphertext.clone();
        bent[3] ^= 1;
        assert!(open(&bent, [5; 16], &key).is_err());
        assert_eq!(format!("{key:?}"), "SubjectKey");
        let needle = b"491701234567";
        assert!(!sealed.ciphertext.windows(needle.len()).any(|w| w == needle));
    }
}
