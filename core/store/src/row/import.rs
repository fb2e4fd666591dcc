//! Imports.

use super::NewContact;
use rundruf_consent::evidence::EvidenceDraft;
use rundruf_consent::text::Digest;
use rundruf_consent::{Event, ImportClass, ListId, State};
use rundruf_lang::Message;
use std::sync::Arc;

/// An import as a whole, stored before its rows.
#[derive(Clone, Debug)]
pub struct ImportMeta {
    /// The list that the consents are for.
    pub list: ListId,
    /// What the file proves for each person (SPEC §2.5).
    pub class: ImportClass,
    /// SHA-256 of the file.
    pub file_sha256: Digest,
    /// Column mapping as the operator gave it, for the record.
    pub mapping: String,
    /// Who imports: `operator:<name>`.
    pub actor: String,
}

/// One good row of an import.
#[derive(Clone, Debug)]
pub struct ImportRow {
    /// Line where the record begins.
    pub line: u64,
    /// The person with one or more addresses.
    pub contact: NewContact,
    /// Evidence of this row.
    pub draft: Arc<EvidenceDraft>,
    /// Event: `Import(A)`, or `Import(C)` when the proof of this row does not hold.
    pub event: Event,
    /// Whether language and variables of a known contact are replaced; else only what it lacks is filled in.
    pub update: bool,
}

/// What became of one address of an imported row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ImportVerdict {
    /// The consent is confirmed now.
    Confirmed,
    /// Stored, but nothing may be sent to it.
    Quarantined,
    /// It existed: merged, strictest wins; the state it has now.
    Merged(State),
    /// Suppressed, or already withdrawn: stays as it was. The message says why.
    Refused(Message),
}

/// Verdicts of one row: one for each of its addresses, in order.
#[derive(Clone, Debug)]
pub struct ImportResult {
    /// Line where the record begins.
    pub line: u64,
    /// Whether a contact was made for it.
    pub new_contact: bool,
    /// Whether a known contact was changed.
    pub updated: bool,
    /// One for each address.
    pub verdicts: Vec<ImportVerdict>,
}
