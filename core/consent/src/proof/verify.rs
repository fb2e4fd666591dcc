//! What `verify.py` does, in Rust: every check that it makes is made here, in the same order.

use super::archive::{self, ProofFiles};
use super::parts::{LogBreak, ProofError};
use super::{CHANGES, manifest, parts};
use crate::evidence::{LIST_CHANGED, commit, leaf};
use crate::log::note::parse_proof;
use crate::log::{Checkpoint, LogVerifier, root_of};
use crate::text::{hex, sha256, unhex};
use rundruf_lang::{Message, msg};
use serde_json::Value;

/// Files that a proof has since its manifest is signed.
const SENT: &str = "sent.json";
const HISTORY: &str = "log-history.json";

/// What a proof file is worth.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ProofVerdict {
    /// Everything holds, and the signing key is one that came another way.
    Valid,
    /// Everything holds under the key in the file itself: whose key that is was not checked.
    Consistent,
    /// Something does not hold, or another key signed.
    Invalid,
}

impl ProofVerdict {
    /// `valid`, `consistent` or `invalid`.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Valid => "valid",
            Self::Consistent => "consistent",
            Self::Invalid => "invalid",
        }
    }
}

/// What a check of a proof file found.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct VerificationReport {
    /// What the file is worth.
    pub verdict: ProofVerdict,
    /// Tree size of the checkpoint.
    pub size: u64,
    /// Root hash of the checkpoint, hexadecimal.
    pub root: String,
    /// The verifier key in the file.
    pub vkey: String,
    /// Where the sender publishes its verifier key, as the file says.
    pub published_at: String,
    /// Result of each check; the English text starts with `ok` or `FAILED`.
    pub lines: Vec<Message>,
    /// What a reader should know of the log: that it was continued from an older copy.
    pub notes: Vec<Message>,
}

impl VerificationReport {
    fn note(&mut self, holds: bool, what: Message) {
        if !holds {
            self.verdict = ProofVerdict::Invalid;
        }
        let line =
            if holds { msg!("consent-verify-ok", what = what) } else { msg!("consent-verify-failed", what = what) };
        self.lines.push(line);
    }
}

/// Where the log of this origin publishes its key.
fn published_at(origin: &str) -> String {
    format!("https://{}/.well-known/consent-log.vkey", origin.split('/').next().unwrap_or(origin))
}

/// Checks a proof file as `verify.py` does. `trusted`: verifier keys of the sender that did not come with the file; empty if there are none.
///
/// # Errors
/// [`ProofError`] if it is not a proof file at all.
pub fn verify(zip: &[u8], trusted: &[LogVerifier]) -> Result<VerificationReport, ProofError> {
    check(&archive::unpack(zip)?, trusted)
}

fn check(files: &ProofFiles, trusted: &[LogVerifier]) -> Result<VerificationReport, ProofError> {
    let text = |name: &str| {
        files
            .get(name)
            .and_then(|b| std::str::from_utf8(b).ok())
            .ok_or_else(|| ProofError::NotAProof(msg!("consent-proof-file-missing", name = name)))
    };
    let vkey = text("log.vkey")?.trim().to_owned();
    let key = LogVerifier::parse(&vkey).ok_or_else(|| ProofError::NotAProof(msg!("consent-proof-key-damaged")))?;
    let mut report = VerificationReport {
        verdict: ProofVerdict::Consistent,
        size: 0,
        root: String::new(),
        published_at: published_at(&key.origin),
        vkey,
        lines: Vec::new(),
        notes: Vec::new(),
    };
    for name in files.keys().filter(|name| !manifest::is_allowed(name)) {
        report.note(false, msg!("consent-verify-name", name = name));
    }
    let names = text(manifest::NAME)?;
    // The first version signed the log alone, and had neither of these files. A proof of today that is cut down to that form lacks what its
    // records name, or says what the page is worth.
    let unsigned = if files.contains_key(SENT) || files.contains_key(HISTORY) {
        None
    } else {
        manifest::check_unsigned(files, names)
    };
    let is_first_version = unsigned.is_some();
    let faulty = match unsigned {
        Some(faulty) => {
            report.note(faulty.is_empty(), msg!("consent-verify-digests", count = files.len()));
            report.notes.push(msg!("consent-verify-first-version"));
            faulty
        }
        None => {
            let listed = manifest::check(files, names, &key);
            report.note(listed.is_signed, msg!("consent-verify-manifest", count = files.len()));
            listed.faulty
        }
    };
    for name in faulty {
        report.note(false, msg!("consent-verify-file-changed", name = name));
    }
    if report.verdict == ProofVerdict::Invalid {
        return Ok(report);
    }
    let checkpoint = Checkpoint::open_with(text("checkpoint")?, &key);
    report.note(checkpoint.is_some(), msg!("consent-verify-signature"));
    let Some(checkpoint) = checkpoint else { return Ok(report) };
    report.size = checkpoint.size;
    report.root = hex(&checkpoint.root);
    let sent = if is_first_version { "[]" } else { text(SENT)? };
    records(files, &text, (&key, &checkpoint, sent), &mut report)?;
    if files.contains_key(CHANGES) {
        list_changes(&text, (&key, &checkpoint), &mut report)?;
    }
    if !is_first_version {
        history(text(HISTORY)?, &mut report)?;
    }
    if !trusted.is_empty() {
        report.note(trusted.contains(&key), msg!("consent-verify-key"));
        if report.verdict == ProofVerdict::Consistent {
            report.verdict = ProofVerdict::Valid;
        }
    }
    Ok(report)
}

/// Each record: its form, its place in the log, its order, and the texts that it names.
fn records<'f>(
    files: &ProofFiles,
    text: &dyn Fn(&str) -> Result<&'f str, ProofError>,
    (key, checkpoint, sent): (&LogVerifier, &Checkpoint, &str),
    report: &mut VerificationReport,
) -> Result<(), ProofError> {
    let damaged = || ProofError::NotAProof(msg!("consent-proof-records-damaged"));
    let body = text("record.json")?.trim().strip_prefix('[').and_then(|t| t.strip_suffix(']')).ok_or_else(damaged)?;
    let sent: Vec<Value> = serde_json::from_str(sent).map_err(|_| damaged())?;
    let mut previous: Option<String> = None;
    let mut consent: Option<String> = None;
    for (n, json) in (1_u64..).zip(body.trim().split(",\n")) {
        let value: Value =
            serde_json::from_str(json).map_err(|_| ProofError::NotAProof(msg!("consent-proof-record-not-json")))?;
        let field = |name: &str| value.pointer(name).and_then(Value::as_str);
        let canonical = serde_json_canonicalizer::to_string(&value).is_ok_and(|c| c == json);
        report.note(canonical, msg!("consent-verify-canonical", n = n));
        let blind = unhex::<32>(text(&format!("proofs/{n}.blind"))?.trim())
            .ok_or_else(|| ProofError::NotAProof(msg!("consent-proof-blind-damaged")))?;
        let commitment = commit(&blind, json.as_bytes());
        let (index, path, in_proof) = parse_proof(text(&format!("proofs/{n}.tlog-proof"))?)
            .ok_or_else(|| ProofError::NotAProof(msg!("consent-proof-log-proof-damaged")))?;
        let same = Checkpoint::open_with(&in_proof, key).is_some_and(|c| c == *checkpoint);
        let root = root_of(&leaf(&commitment), index, checkpoint.size, &path);
        report.note(same && root == Some(checkpoint.root), msg!("consent-verify-in-log", n = n, index = index));
        let in_order = value.pointer("/n").and_then(Value::as_u64) == Some(n) && field("/prev") == previous.as_deref();
        let one = consent.get_or_insert_with(|| field("/consent_id").unwrap_or("").to_owned());
        report.note(in_order && field("/consent_id") == Some(one), msg!("consent-verify-order", n = n));
        if let Some(digest) = field("/text/sha256") {
            let same = files.get(&format!("texts/{digest}.txt")).is_some_and(|b| hex(&sha256(b)) == digest);
            report.note(same, msg!("consent-verify-text", n = n));
        }
        if let (Some(body), Some(digest)) = (field("/outbound/body"), field("/outbound/body_sha256")) {
            let file = files.get(&format!("sent/{n}.txt"));
            let listed = sent.iter().find(|s| s.get("event").and_then(Value::as_u64) == Some(n));
            let id = listed.and_then(|s| s.get("message_id")).and_then(Value::as_str);
            let same = file.is_some_and(|b| b == body.as_bytes() && hex(&sha256(b)) == digest);
            report.note(same && id == field("/outbound/message_id"), msg!("consent-verify-sent", n = n));
        }
        previous = Some(hex(&commitment));
    }
    Ok(())
}

/// Each change of the list: its form and its place in the log.
fn list_changes<'f>(
    text: &dyn Fn(&str) -> Result<&'f str, ProofError>,
    (key, checkpoint): (&LogVerifier, &Checkpoint),
    report: &mut VerificationReport,
) -> Result<(), ProofError> {
    let damaged = || ProofError::NotAProof(msg!("consent-proof-records-damaged"));
    let body = text(CHANGES)?.trim().strip_prefix('[').and_then(|t| t.strip_suffix(']')).ok_or_else(damaged)?;
    for (n, json) in (1_u64..).zip(body.trim().split(",\n")) {
        let value: Value = serde_json::from_str(json).map_err(|_| damaged())?;
        let canonical = serde_json_canonicalizer::to_string(&value).is_ok_and(|c| c == json);
        let is_change = value.pointer("/type").and_then(Value::as_str) == Some(LIST_CHANGED);
        let blind = unhex::<32>(text(&format!("changes/{n}.blind"))?.trim())
            .ok_or_else(|| ProofError::NotAProof(msg!("consent-proof-blind-damaged")))?;
        let (index, path, in_proof) = parse_proof(text(&format!("changes/{n}.tlog-proof"))?)
            .ok_or_else(|| ProofError::NotAProof(msg!("consent-proof-log-proof-damaged")))?;
        let same = Checkpoint::open_with(&in_proof, key).is_some_and(|c| c == *checkpoint);
        let root = root_of(&leaf(&commit(&blind, json.as_bytes())), index, checkpoint.size, &path);
        let holds = canonical && is_change && same && root == Some(checkpoint.root);
        report.note(holds, msg!("consent-verify-change", n = n, index = index));
        report.notes.push(parts::change_message(&value));
    }
    Ok(())
}

/// What the log says of its own breaks.
fn history(json: &str, report: &mut VerificationReport) -> Result<(), ProofError> {
    let breaks: Vec<LogBreak> =
        serde_json::from_str(json).map_err(|_| ProofError::NotAProof(msg!("consent-proof-records-damaged")))?;
    report.notes.extend(breaks.iter().map(LogBreak::message));
    Ok(())
}

#[cfg(test)]
#[path = "../../tests/unit/proof_bytes.rs"]
mod byte_tests; // every byte of a proof matters
