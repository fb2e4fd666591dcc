//! What `verify.py` does, in Rust: every check that it makes is made here, in the same order.

use super::{MAX_SIZE, ProofError};
use crate::evidence::{commit, leaf};
use crate::log::note::parse_proof;
use crate::log::{Checkpoint, root_of};
use crate::text::{hex, sha256, unhex};
use rundruf_lang::{Message, msg};
use serde_json::Value;
use std::collections::BTreeMap;
use std::io::Read;

/// What a check of a proof file found.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct VerificationReport {
    /// True if every check passed.
    pub ok: bool,
    /// Tree size of the checkpoint.
    pub size: u64,
    /// Root hash of the checkpoint, hexadecimal.
    pub root: String,
    /// Result of each check; the English text starts with `ok` or `FAILED`.
    pub lines: Vec<Message>,
}

/// Checks a proof file as `verify.py` does.
///
/// # Errors
/// [`ProofError`] if it is not a proof file at all.
pub fn verify(zip: &[u8]) -> Result<VerificationReport, ProofError> {
    let files = unpack(zip)?;
    let text = |name: &str| {
        files
            .get(name)
            .and_then(|b| std::str::from_utf8(b).ok())
            .ok_or_else(|| ProofError::NotAProof(msg!("consent-proof-file-missing")))
    };
    let mut checked = VerificationReport { ok: true, size: 0, root: String::new(), lines: Vec::new() };
    let mut note = |holds: bool, what: Message| {
        checked.ok &= holds;
        let line =
            if holds { msg!("consent-verify-ok", what = what) } else { msg!("consent-verify-failed", what = what) };
        checked.lines.push(line);
    };
    for line in text("MANIFEST.sha256")?.lines() {
        let Some((digest, name)) = line.split_once("  ") else {
            return Err(ProofError::NotAProof(msg!("consent-proof-manifest-damaged")));
        };
        let holds = files.get(name).is_some_and(|bytes| hex(&sha256(bytes)) == digest);
        if !holds {
            note(false, msg!("consent-verify-file-changed", name = name));
        }
    }
    note(true, msg!("consent-verify-manifest", count = files.len()));
    let checkpoint = Checkpoint::open(text("checkpoint")?, text("log.vkey")?);
    note(checkpoint.is_some(), msg!("consent-verify-signature"));
    let Some(checkpoint) = checkpoint else { return Ok(checked) };
    let body = text("record.json")?.trim().strip_prefix('[').and_then(|t| t.strip_suffix(']'));
    let records: Vec<&str> =
        body.ok_or_else(|| ProofError::NotAProof(msg!("consent-proof-records-damaged")))?.trim().split(",\n").collect();
    let mut previous: Option<String> = None;
    let mut consent: Option<String> = None;
    for (n, json) in (1_u64..).zip(records) {
        let value: Value =
            serde_json::from_str(json).map_err(|_| ProofError::NotAProof(msg!("consent-proof-record-not-json")))?;
        let canonical = serde_json_canonicalizer::to_string(&value).is_ok_and(|c| c == json);
        note(canonical, msg!("consent-verify-canonical", n = n));
        let blind = unhex::<32>(text(&format!("proofs/{n}.blind"))?.trim())
            .ok_or_else(|| ProofError::NotAProof(msg!("consent-proof-blind-damaged")))?;
        let commitment = commit(&blind, json.as_bytes());
        let (index, path, in_proof) = parse_proof(text(&format!("proofs/{n}.tlog-proof"))?)
            .ok_or_else(|| ProofError::NotAProof(msg!("consent-proof-log-proof-damaged")))?;
        let same = Checkpoint::open(&in_proof, text("log.vkey")?).is_some_and(|c| c == checkpoint);
        let root = root_of(&leaf(&commitment), index, checkpoint.size, &path);
        note(same && root == Some(checkpoint.root), msg!("consent-verify-in-log", n = n, index = index));
        let in_order = value.pointer("/n").and_then(Value::as_u64) == Some(n)
            && value.pointer("/prev").and_then(Value::as_str) == previous.as_deref();
        let one = consent
            .get_or_insert_with(|| value.pointer("/consent_id").and_then(Value::as_str).unwrap_or("").to_owned());
        note(
            in_order && value.pointer("/consent_id").and_then(Value::as_str) == Some(one),
            msg!("consent-verify-order", n = n),
        );
        if let Some(digest) = value.pointer("/text/sha256").and_then(Value::as_str) {
            note(files.contains_key(&format!("texts/{digest}.txt")), msg!("consent-verify-text-there", n = n));
        }
        previous = Some(hex(&commitment));
    }
    for (name, bytes) in &files {
        if let Some(digest) = name.strip_prefix("texts/").and_then(|n| n.strip_suffix(".txt")) {
            let short = digest.get(..8).unwrap_or(digest);
            note(hex(&sha256(bytes)) == digest, msg!("consent-verify-text-same", digest = short));
        }
    }
    checked.size = checkpoint.size;
    checked.root = hex(&checkpoint.root);
    Ok(checked)
}

fn unpack(bytes: &[u8]) -> Result<BTreeMap<String, Vec<u8>>, ProofError> {
    let not = |_| ProofError::NotAProof(msg!("consent-proof-not-zip"));
    if bytes.len() > MAX_SIZE {
        return Err(ProofError::NotAProof(msg!("consent-proof-too-large")));
    }
    let mut archive = zip::ZipArchive::new(std::io::Cursor::new(bytes)).map_err(not)?;
    let mut files = BTreeMap::new();
    let mut room = MAX_SIZE as u64;
    for n in 0..archive.len() {
        let file = archive.by_index(n).map_err(not)?;
        let name = file.name().map_err(not)?.into_owned();
        let mut content = Vec::new();
        file.take(room.saturating_add(1))
            .read_to_end(&mut content)
            .map_err(|_| ProofError::NotAProof(msg!("consent-proof-damaged")))?;
        room = room
            .checked_sub(content.len() as u64)
            .ok_or_else(|| ProofError::NotAProof(msg!("consent-proof-too-large")))?;
        files.insert(name, content);
    }
    Ok(files)
}
