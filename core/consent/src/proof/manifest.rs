//! The manifest of a proof: a signed note of the log's key that names every file with its digest.

use super::archive::ProofFiles;
use crate::Time;
use crate::log::{LogKey, LogVerifier};
use crate::text::{hex, sha256, unhex};
use std::collections::BTreeSet;

/// Name of its file.
pub(super) const NAME: &str = "MANIFEST.sha256";
/// First line: no checkpoint begins like this, so that neither can stand for the other.
const MAGIC: &str = "rundruf consent proof v1";

/// Signs the digests of these files.
pub(super) fn sign(files: &[(String, Vec<u8>)], signer: &LogKey, now: Time) -> String {
    let mut text = format!("{MAGIC}\n{}\nmade {}\n", signer.origin, now.0);
    for (name, bytes) in files {
        text.push_str(&format!("{}  {name}\n", hex(&sha256(bytes))));
    }
    signer.sign(&text)
}

/// What a manifest says about the files beside it.
#[derive(Debug, Default)]
pub(super) struct ManifestCheck {
    /// The note bears the key's signature and has the form that it should.
    pub(super) is_signed: bool,
    /// Files that are missing, were changed, or are not named.
    pub(super) faulty: BTreeSet<String>,
}

/// Compares the files with the manifest among them.
pub(super) fn check(files: &ProofFiles, note: &str, key: &LogVerifier) -> ManifestCheck {
    let mut found = ManifestCheck::default();
    let Some(text) = key.open_alone(note) else { return found };
    let mut lines = text.lines();
    let head = (lines.next(), lines.next(), lines.next());
    let made = head.2.and_then(|l| l.strip_prefix("made ")).is_some_and(|t| t.parse::<i64>().is_ok());
    found.is_signed = head.0 == Some(MAGIC) && head.1 == Some(key.origin.as_str()) && made;
    let mut named = BTreeSet::from([NAME]);
    for line in lines {
        let Some((digest, name)) = line.split_once("  ") else {
            found.is_signed = false;
            continue;
        };
        let holds = files.get(name).is_some_and(|bytes| hex(&sha256(bytes)) == digest);
        if !named.insert(name) || !holds {
            found.faulty.insert(name.to_owned());
        }
    }
    found.faulty.extend(files.keys().filter(|name| !named.contains(name.as_str())).cloned());
    found
}

/// Compares the files with a manifest as the first version wrote it: digests, and no signature. `None` if this is none.
pub(super) fn check_unsigned(files: &ProofFiles, text: &str) -> Option<BTreeSet<String>> {
    let (mut named, mut faulty) = (BTreeSet::from([NAME]), BTreeSet::new());
    for line in text.lines() {
        let (digest, name) = line.split_once("  ").filter(|(digest, _)| unhex::<32>(digest).is_some())?;
        let holds = files.get(name).is_some_and(|bytes| hex(&sha256(bytes)) == digest);
        if !named.insert(name) || !holds {
            faulty.insert(name.to_owned());
        }
    }
    faulty.extend(files.keys().filter(|name| !named.contains(name.as_str())).cloned());
    Some(faulty)
}

/// Whether a name is one that a proof has: nothing that leads to another folder, nothing that could be taken for another.
pub(super) fn is_allowed(name: &str) -> bool {
    let is_hex = |t: &str| t.len() == 64 && t.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
    let is_number =
        |t: &str| (1..=9).contains(&t.len()) && t.bytes().all(|b| b.is_ascii_digit()) && !t.starts_with('0');
    match name.split_once('/') {
        None => matches!(
            name,
            "beleg.html"
                | "proof.html"
                | "record.json"
                | "sent.json"
                | "log-history.json"
                | "list-changes.json"
                | "checkpoint"
                | "log.vkey"
                | "verify.py"
                | "VERIFY.md"
                | NAME
        ),
        Some(("texts", file)) => file.strip_suffix(".txt").is_some_and(is_hex),
        Some(("sent", file)) => file.strip_suffix(".txt").is_some_and(is_number),
        Some(("proofs" | "changes", file)) => {
            file.strip_suffix(".tlog-proof").or_else(|| file.strip_suffix(".blind")).is_some_and(is_number)
        }
        Some(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The key's signature alone is not enough: it must be over a manifest, of this log.
    #[test]
    fn every_line_of_the_head_counts_alone() {
        let signer = LogKey { origin: "k.example/consent-log/1".into(), seed: [3; 32] };
        let key = LogVerifier::parse(&signer.vkey()).unwrap();
        let files = ProofFiles::from([("a".to_owned(), b"x".to_vec())]);
        let digest = hex(&sha256(b"x"));
        for (head, rest, is_signed, faulty) in [
            ([MAGIC, signer.origin.as_str(), "made 5"], format!("{digest}  a"), true, vec![]),
            (["rundruf consent proof v2", &signer.origin, "made 5"], format!("{digest}  a"), false, vec![]),
            ([MAGIC, "x.example/consent-log/1", "made 5"], format!("{digest}  a"), false, vec![]),
            ([MAGIC, &signer.origin, "made soon"], format!("{digest}  a"), false, vec![]),
            ([MAGIC, &signer.origin, "5"], format!("{digest}  a"), false, vec![]),
            ([MAGIC, &signer.origin, "made 5"], format!("{digest}  a\n{digest}  a"), true, vec!["a"]),
            ([MAGIC, &signer.origin, "made 5"], format!("{digest}  b"), true, vec!["a", "b"]),
            ([MAGIC, &signer.origin, "made 5"], format!("{digest} a"), false, vec!["a"]),
        ] {
            let found = check(&files, &signer.sign(&format!("{}\n{rest}\n", head.join("\n"))), &key);
            assert_eq!(found.is_signed, is_signed, "{head:?} {rest}");
            assert_eq!(found.faulty.iter().map(String::as_str).collect::<Vec<_>>(), faulty, "{head:?} {rest}");
        }
        let genuine = sign(&[("a".into(), b"x".to_vec())], &signer, Time(5));
        assert!(check(&files, &genuine, &key).is_signed);
        assert!(!check(&files, &genuine.replace("made 5", "made 6"), &key).is_signed);
    }

    #[test]
    fn names_that_lead_elsewhere_are_refused() {
        let text = format!("texts/{}.txt", "ab".repeat(32));
        for good in ["beleg.html", &text, "proofs/12.blind", "sent/1.txt"] {
            assert!(is_allowed(good), "{good}");
        }
        for bad in [
            "",
            "/etc/passwd",
            "../log.vkey",
            "texts/../x.txt",
            "texts/a.txt",
            "proofs/01.blind",
            "proofs/.blind",
            "proofs/a.blind",
            "proofs/1a.blind",
            "proofs/1234567890.blind",
            "proofs/1.txt",
            "proof/1.blind",
            "Beleg.html",
            "sent/1.txt/",
            "proofs\\1.blind",
        ] {
            assert!(!is_allowed(bad), "{bad}");
        }
    }
}
