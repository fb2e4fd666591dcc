//! The proof file: one ZIP that a lawyer checks offline with a Python standard-library script.

use crate::evidence::{RecordId, SubjectKey};
use crate::log::{LogKey, Nodes};
use crate::text::Text;
use crate::Time;

/// One event, as stored.
#[derive(Clone, Debug)]
pub struct ProofEvent {
    /// Its name.
    pub record: RecordId,
    /// Index of its leaf.
    pub index: u64,
    /// Decrypted canonical JSON.
    pub json: String,
}

/// What the file is made of.
pub struct ProofInput<'a> {
    /// Events of one consent, in order.
    pub events: &'a [ProofEvent],
    /// Key of the address: only the blinds leave, never the key.
    pub key: &'a SubjectKey,
    /// Every text the events name.
    pub texts: &'a [Text],
    /// Where hashes are read.
    pub nodes: &'a dyn Nodes,
    /// Size of the tree the proof is about.
    pub size: u64,
    /// Who signs.
    pub signer: &'a LogKey,
    /// When the file is made.
    pub now: Time,
}

/// Writes the ZIP.
///
/// # Errors
/// [`ProofError`] if a hash or a text is missing.
pub fn write(input: &ProofInput<'_>) -> Result<Vec<u8>, ProofError> {
    let _ = input;
    Err(ProofError::Missing("events"))
}

/// Why there is no proof.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ProofError {
    /// Something that belongs into it does not exist.
    #[error("the proof cannot be made: {0} missing")]
    Missing(&'static str),
}

/// What a check of a proof file found.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Checked {
    /// Whether everything holds.
    pub ok: bool,
    /// Tree size of the checkpoint.
    pub size: u64,
    /// Root, hex.
    pub root: String,
    /// What was checked, one line each.
    pub lines: Vec<String>,
}

/// Checks a proof file as `verify.py` does.
///
/// # Errors
/// [`ProofError`] if it is not a proof file at all.
pub fn verify(zip: &[u8]) -> Result<Checked, ProofError> {
    let _ = zip;
    Err(ProofError::Missing("events"))
}
