//! The proof file: one ZIP that a lawyer checks offline with a Python standard-library script (R32, R33; SPEC §4).

mod archive; // the ZIP, byte by byte
mod manifest; // every file with its digest, signed
mod page; // beleg.html and proof.html, for people
mod parts; // what a proof is made of
#[cfg(test)]
#[path = "../tests/support/proof_fixture.rs"]
mod proof_fixture; // a small proof
mod verify; // what verify.py does, in Rust

use crate::evidence::blind;
use crate::log::{Checkpoint, inclusion, tlog_proof};
use crate::text::hex;
use rundruf_lang::Language;
use serde_json::{Value, json};

pub use parts::{LogBreak, MAX_SIZE, ProofError, ProofEvent, ProofInput, SentMessage};
pub use verify::{ProofVerdict, VerificationReport, verify};

/// What the admin said about changes of the list; only in proofs of lists about which something was said.
const CHANGES: &str = "list-changes.json";

/// The script that checks a proof file: Python standard library only.
pub const VERIFY_PY: &str = include_str!("proof/verify.py");
/// How to check it with other tools.
pub const VERIFY_MD: &str = include_str!("proof/VERIFY.md");

/// Writes the ZIP: files in a fixed order, stored, so that every program opens it; its manifest is signed.
///
/// # Errors
/// [`ProofError`] if a hash is missing, or the checkpoint is not one of the signer.
pub fn write(input: &ProofInput<'_>) -> Result<Vec<u8>, ProofError> {
    if input.events.is_empty() {
        return Err(ProofError::NoEvents);
    }
    let vkey = input.signer.vkey();
    let checkpoint = Checkpoint::open(input.checkpoint, &vkey).ok_or(ProofError::NoCheckpoint)?;
    let records: Vec<&str> = input.events.iter().map(|e| e.json.as_str()).collect();
    let values: Vec<Value> = records.iter().filter_map(|r| serde_json::from_str(r).ok()).collect();
    let page = |language| page::page(language, input, &values, checkpoint.size, &vkey).into_bytes();
    let mut files: Vec<(String, Vec<u8>)> = vec![
        ("beleg.html".into(), page(Language::De)),
        ("proof.html".into(), page(Language::En)),
        // It contains the records byte for byte: what was hashed is what is read.
        ("record.json".into(), format!("[\n{}\n]\n", records.join(",\n")).into_bytes()),
        ("sent.json".into(), format!("{:#}\n", json!(input.sent)).into_bytes()),
        ("log-history.json".into(), format!("{:#}\n", json!(input.breaks)).into_bytes()),
    ];
    if !input.changes.is_empty() {
        let changes: Vec<&str> = input.changes.iter().map(|e| e.json.as_str()).collect();
        files.push((CHANGES.into(), format!("[\n{}\n]\n", changes.join(",\n")).into_bytes()));
    }
    for text in input.texts {
        files.push((format!("texts/{}.txt", hex(&text.digest())), text.body.clone().into_bytes()));
    }
    for (n, value) in (1..).zip(&values) {
        if let Some(body) = value.pointer("/outbound/body").and_then(Value::as_str) {
            files.push((format!("sent/{n}.txt"), body.as_bytes().to_vec()));
        }
    }
    for (folder, events) in [("proofs", input.events), ("changes", input.changes)] {
        for (n, event) in (1..).zip(events) {
            let path = inclusion(input.nodes, event.index, checkpoint.size).ok_or(ProofError::NoHashes)?;
            let proof = tlog_proof(event.index, &path, input.checkpoint);
            files.push((format!("{folder}/{n}.tlog-proof"), proof.into_bytes()));
            let key = event.key.as_ref().unwrap_or(input.key);
            files.push((format!("{folder}/{n}.blind"), format!("{}\n", hex(&blind(key, event.record))).into_bytes()));
        }
    }
    files.push(("checkpoint".into(), input.checkpoint.as_bytes().to_vec()));
    files.push(("log.vkey".into(), format!("{vkey}\n").into_bytes()));
    files.push(("verify.py".into(), VERIFY_PY.as_bytes().to_vec()));
    files.push(("VERIFY.md".into(), VERIFY_MD.as_bytes().to_vec()));
    let manifest = manifest::sign(&files, input.signer, input.now);
    files.push((manifest::NAME.into(), manifest.into_bytes()));
    archive::pack(&files).map_err(|e| ProofError::Archive(e.to_string()))
}
