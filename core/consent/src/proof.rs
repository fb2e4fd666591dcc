//! The proof file: one ZIP that a lawyer checks offline with a Python standard-library script (R32, R33; SPEC §4).

mod page; // beleg.html, for people
mod verify; // what verify.py does, in Rust

use crate::Time;
use crate::evidence::{RecordId, SubjectKey, blind};
use crate::log::{LogKey, Nodes, inclusion, root_at, tlog_proof};
use crate::text::{Text, hex, sha256};
use rundruf_lang::{Message, msg};
use std::io::Write;

pub use verify::{VerificationReport, verify};

/// The script that checks a proof file: Python standard library only.
pub const VERIFY_PY: &str = include_str!("proof/verify.py");
/// How to check it with other tools.
pub const VERIFY_MD: &str = include_str!("proof/VERIFY.md");

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
    /// Key that signs the checkpoint.
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

/// Writes the ZIP: files in a fixed order, stored, so that every program opens it.
///
/// # Errors
/// [`ProofError`] if a hash or a text is missing.
pub fn write(input: &ProofInput<'_>) -> Result<Vec<u8>, ProofError> {
    if input.events.is_empty() {
        return Err(ProofError::NoEvents);
    }
    let root = root_at(input.nodes, input.size).ok_or(ProofError::NoHashes)?;
    let checkpoint = input.signer.checkpoint(input.size, &root);
    let vkey = input.signer.vkey();
    let records: Vec<&str> = input.events.iter().map(|e| e.json.as_str()).collect();
    let mut files: Vec<(String, Vec<u8>)> = vec![
        ("beleg.html".into(), page::page(&records, input.texts, input.size, &vkey, input.now).into_bytes()),
        // It contains the records byte for byte: what was hashed is what is read.
        ("record.json".into(), format!("[\n{}\n]\n", records.join(",\n")).into_bytes()),
    ];
    for text in input.texts {
        files.push((format!("texts/{}.txt", hex(&text.digest())), text.body.clone().into_bytes()));
    }
    for (n, event) in (1..).zip(input.events) {
        let path = inclusion(input.nodes, event.index, input.size).ok_or(ProofError::NoHashes)?;
        files.push((format!("proofs/{n}.tlog-proof"), tlog_proof(event.index, &path, &checkpoint).into_bytes()));
        files.push((format!("proofs/{n}.blind"), format!("{}\n", hex(&blind(input.key, event.record))).into_bytes()));
    }
    files.push(("checkpoint".into(), checkpoint.into_bytes()));
    files.push(("log.vkey".into(), format!("{vkey}\n").into_bytes()));
    files.push(("verify.py".into(), VERIFY_PY.as_bytes().to_vec()));
    files.push(("VERIFY.md".into(), VERIFY_MD.as_bytes().to_vec()));
    let manifest: String = files.iter().map(|(name, bytes)| format!("{}  {name}\n", hex(&sha256(bytes)))).collect();
    files.push(("MANIFEST.sha256".into(), manifest.into_bytes()));
    archive(&files).map_err(|e| ProofError::Archive(e.to_string()))
}

fn archive(files: &[(String, Vec<u8>)]) -> Result<Vec<u8>, zip::result::ZipError> {
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
    for (name, bytes) in files {
        zip.start_file(name.as_str(), options)?;
        zip.write_all(bytes)?;
    }
    Ok(zip.finish()?.into_inner())
}
