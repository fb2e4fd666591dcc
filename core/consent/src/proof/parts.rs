//! What a proof is made of, and why it cannot be made or read.

use crate::Time;
use crate::basis::{BasisChange, ConsentBasis};
use crate::evidence::{RecordId, SubjectKey};
use crate::log::{LogKey, Nodes};
use crate::text::Text;
use rundruf_lang::{Message, msg};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// `YYYY-MM-DD hh:mm:ss UTC`. A time outside the years ±9999 is shown as the epoch.
pub(super) fn date(time: Time) -> String {
    jiff::Timestamp::from_millisecond(time.0).unwrap_or_default().strftime("%Y-%m-%d %H:%M:%S UTC").to_string()
}

/// Largest proof file that is read, in bytes.
pub const MAX_SIZE: usize = 64 << 20;

/// One event of the consent that is proven.
#[derive(Clone, Debug)]
pub struct ProofEvent {
    /// Random name of its record.
    pub record: RecordId,
    /// Index of its leaf.
    pub index: u64,
    /// Canonical JSON of the record, decrypted.
    pub json: String,
    /// Its key, if it is not [`ProofInput::key`]: the event is of an address that was merged into this one later.
    pub key: Option<SubjectKey>,
}

/// What became of the message that an event names, such as a confirmation request.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct SentMessage {
    /// Number of the event in this proof, from 1.
    pub event: u64,
    /// Id of the message, hex: what its Message-Id header has before the `@`, on channels with such a header.
    pub message_id: String,
    /// Name of the transport.
    pub transport: String,
    /// State of its delivery, such as `sent`; `removed` if its row was deleted after the retention time.
    pub state: String,
    /// When it entered that state, milliseconds UTC.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at: Option<i64>,
    /// Id that the provider gave it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub remote_id: Option<String>,
}

/// A place where the log did not go on as it was: it was continued from an older copy, or brought back from a backup.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct LogBreak {
    /// `fork`: continued from an older copy, under a new origin. `restore`: brought back from a backup.
    pub kind: String,
    /// When, milliseconds UTC.
    pub at: i64,
    /// Why, in the admin's words.
    pub reason: String,
    /// How many entries were kept.
    pub size: u64,
    /// How many entries were signed before; more than `size` means that some are lost.
    pub signed: u64,
    /// Origin of the log before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub origin: Option<String>,
    /// The last checkpoint of the log before, if it is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub checkpoint: Option<String>,
}

impl LogBreak {
    /// What happened, for a person.
    #[must_use]
    pub fn message(&self) -> Message {
        let (at, size, reason) = (date(Time(self.at)), self.size, &self.reason);
        if self.kind == "restore" {
            return msg!("consent-break-restore", at = at, size = size, reason = reason);
        }
        msg!("consent-break-fork", at = at, size = size, signed = self.signed, reason = reason)
    }
}

/// What an admin said about a change of a list, by its record, for a person.
pub(super) fn change_message(value: &Value) -> Message {
    let field = |name: &str| value.pointer(name).and_then(Value::as_str).unwrap_or("").to_owned();
    let at = value.pointer("/time").and_then(Value::as_i64).map_or_else(String::new, |t| date(Time(t)));
    let basis = |name: &str| value.pointer(name).and_then(|v| serde_json::from_value::<ConsentBasis>(v.clone()).ok());
    let (before, after) = (basis("/before").unwrap_or_default(), basis("/after").unwrap_or_default());
    let what: Vec<Message> = before.changes(&after).iter().map(BasisChange::message).collect();
    msg!("consent-list-change", at = at, list = field("/list"), reason = field("/reason"), what = what)
}

/// What the file is made of.
pub struct ProofInput<'a> {
    /// Events of one consent, in order.
    pub events: &'a [ProofEvent],
    /// What the admin said about changes of the list since the first event, in order; each with its key.
    pub changes: &'a [ProofEvent],
    /// Key of the address: only the blinds leave, never the key.
    pub key: &'a SubjectKey,
    /// Every text the events name.
    pub texts: &'a [Text],
    /// What became of the messages that events name.
    pub sent: &'a [SentMessage],
    /// Breaks of the log, oldest first.
    pub breaks: &'a [LogBreak],
    /// Where hashes are read.
    pub nodes: &'a dyn Nodes,
    /// The checkpoint that was signed and stored: the proof is about the tree that it names.
    pub checkpoint: &'a str,
    /// Key that signed the checkpoint, and signs the manifest.
    pub signer: &'a LogKey,
    /// When the file is made.
    pub now: Time,
}

/// Why a proof file cannot be made or read.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum ProofError {
    /// There is no event to prove.
    NoEvents,
    /// The log does not have every hash that is needed.
    NoHashes,
    /// The checkpoint was not signed by the key that signs the proof.
    NoCheckpoint,
    /// The archive could not be written; the text is the library's.
    Archive(String),
    /// It is not a proof file: what is wrong with it.
    NotAProof(Message),
}

impl ProofError {
    /// Why there is no proof, for a person.
    #[must_use]
    pub fn message(&self) -> Message {
        match self {
            Self::NoEvents => msg!("consent-proof-no-events"),
            Self::NoHashes => msg!("consent-proof-no-hashes"),
            Self::NoCheckpoint => msg!("consent-proof-no-checkpoint"),
            Self::Archive(cause) => msg!("consent-proof-archive", cause = cause),
            Self::NotAProof(why) => msg!("consent-proof-not-one", why = why),
        }
    }
}

impl std::fmt::Display for ProofError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.message())
    }
}

impl std::error::Error for ProofError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates() {
        for (ms, want) in [
            (0, "1970-01-01 00:00:00 UTC"),
            (951_782_399_000, "2000-02-28 23:59:59 UTC"),
            (951_782_400_000, "2000-02-29 00:00:00 UTC"),
            (1_795_597_200_000, "2026-11-25 09:00:00 UTC"),
            (-1_000, "1969-12-31 23:59:59 UTC"),
        ] {
            assert_eq!(date(Time(ms)), want);
        }
    }
}
