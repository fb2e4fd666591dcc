//! The ZIP of a proof: stored files in a fixed order, and a comment with the digest of everything before it, so that no byte of the file can
//! change unnoticed. An archive that was packed anew by another program has no such comment: its contents are judged alone.

use super::parts::{MAX_SIZE, ProofError};
use crate::text::{hex, sha256};
use rundruf_lang::msg;
use std::collections::BTreeMap;
use std::io::{Read, Write};

/// Before the 64 digits of the digest, at the end of the file.
const MARK: &str = "rundruf-proof/v1 sha256 ";
const DIGITS: usize = 64;
/// Bytes of the record at the end of a ZIP, without its comment.
const END: usize = 22;
/// Most files in an archive.
const MAX_FILES: usize = 20_000;

/// Contents by name.
pub(super) type ProofFiles = BTreeMap<String, Vec<u8>>;

/// Packs the files in this order.
pub(super) fn pack(files: &[(String, Vec<u8>)]) -> Result<Vec<u8>, zip::result::ZipError> {
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
    for (name, bytes) in files {
        zip.start_file(name.as_str(), options)?;
        zip.write_all(bytes)?;
    }
    zip.set_comment(format!("{MARK}{:0>DIGITS$}", 0))?;
    let mut bytes = zip.finish()?.into_inner();
    bytes.truncate(bytes.len().saturating_sub(DIGITS));
    let digest = hex(&sha256(&bytes));
    bytes.extend_from_slice(digest.as_bytes());
    Ok(bytes)
}

/// Reads an archive. Refuses names that occur twice, names that lead elsewhere, and bytes that were changed.
pub(super) fn unpack(bytes: &[u8]) -> Result<ProofFiles, ProofError> {
    let not = |_| ProofError::NotAProof(msg!("consent-proof-not-zip"));
    if bytes.len() > MAX_SIZE {
        return Err(ProofError::NotAProof(msg!("consent-proof-too-large")));
    }
    if !is_whole(bytes) {
        return Err(ProofError::NotAProof(msg!("consent-proof-archive-changed")));
    }
    let mut archive = zip::ZipArchive::new(std::io::Cursor::new(bytes)).map_err(not)?;
    if archive.len() > MAX_FILES {
        return Err(ProofError::NotAProof(msg!("consent-proof-too-large")));
    }
    // The library keeps the last of two entries with one name; the directory at the end counts both.
    if entries(bytes) != Some(archive.len()) {
        return Err(ProofError::NotAProof(msg!("consent-proof-name-twice")));
    }
    let mut files = BTreeMap::new();
    let mut room = MAX_SIZE as u64;
    for n in 0..archive.len() {
        let file = archive.by_index(n).map_err(not)?;
        let name = file.name().map_err(not)?.into_owned();
        // Another program writes entries for folders; they hold nothing.
        if name.ends_with('/') && file.size() == 0 {
            continue;
        }
        let mut content = Vec::new();
        file.take(room.saturating_add(1))
            .read_to_end(&mut content)
            .map_err(|_| ProofError::NotAProof(msg!("consent-proof-damaged")))?;
        room = room
            .checked_sub(content.len() as u64)
            .ok_or_else(|| ProofError::NotAProof(msg!("consent-proof-too-large")))?;
        if files.insert(name, content).is_some() {
            return Err(ProofError::NotAProof(msg!("consent-proof-name-twice")));
        }
    }
    Ok(files)
}

/// Where the record at the end begins: its comment must end where the file ends.
fn end(bytes: &[u8]) -> Option<usize> {
    let last = bytes.len().checked_sub(END)?;
    let first = last.saturating_sub(usize::from(u16::MAX));
    (first..=last).rev().find(|at| {
        let comment = bytes.get(at + 20..at + 22).and_then(|b| <[u8; 2]>::try_from(b).ok()).map(u16::from_le_bytes);
        bytes.get(*at..at + 4) == Some(b"PK\x05\x06") && comment.map(|n| at + END + usize::from(n)) == Some(bytes.len())
    })
}

/// How many entries the directory at the end counts.
fn entries(bytes: &[u8]) -> Option<usize> {
    let at = end(bytes)?;
    let count = bytes.get(at + 10..at + 12).and_then(|b| <[u8; 2]>::try_from(b).ok())?;
    Some(usize::from(u16::from_le_bytes(count)))
}

/// Whether no byte was changed since [`pack`]; also of an archive that says nothing about it.
fn is_whole(bytes: &[u8]) -> bool {
    let Some(at) = end(bytes) else { return false };
    let Some(comment) = bytes.get(at + END..).filter(|c| !c.is_empty()) else { return true };
    let Some((head, digest)) = bytes.split_at_checked(bytes.len().saturating_sub(DIGITS)) else { return false };
    comment.len() == MARK.len() + DIGITS
        && comment.starts_with(MARK.as_bytes())
        && hex(&sha256(head)).as_bytes() == digest
}

#[cfg(test)]
mod tests {
    use super::*;

    fn why(bytes: &[u8]) -> ProofError {
        unpack(bytes).unwrap_err()
    }

    #[test]
    fn what_is_too_large_is_not_looked_into() {
        let large = ProofError::NotAProof(msg!("consent-proof-too-large"));
        assert_eq!(why(&vec![0; MAX_SIZE + 1]), large);
        assert_eq!(why(&vec![0; MAX_SIZE + 2]), large);
        assert_ne!(why(&vec![0; MAX_SIZE]), large);
        let many = |count: usize| pack(&(0..count).map(|n| (n.to_string(), Vec::new())).collect::<Vec<_>>()).unwrap();
        assert_eq!(unpack(&many(MAX_FILES)).unwrap().len(), MAX_FILES);
        assert_eq!(why(&many(MAX_FILES + 1)), large);
    }

    #[test]
    fn folders_go_and_empty_files_stay() {
        let file = |name: &str, content: &str| (name.to_owned(), content.as_bytes().to_vec());
        let zip = pack(&[file("texts/", ""), file("empty", ""), file("odd/", "x"), file("b", "y")]).unwrap();
        let names: Vec<String> = unpack(&zip).unwrap().into_keys().collect();
        assert_eq!(names, ["b", "empty", "odd/"]);
    }

    #[test]
    fn a_changed_byte_is_seen_before_anything_is_read() {
        let zip = pack(&[("a".to_owned(), b"erteilt".to_vec())]).unwrap();
        assert!(is_whole(&zip));
        let content = zip.windows(7).position(|w| w == b"erteilt").unwrap();
        for at in [0, content, content + 6, zip.len() - DIGITS - 1, zip.len() - DIGITS, zip.len() - 1] {
            let mut bent = zip.clone();
            bent[at] ^= 1;
            assert!(!is_whole(&bent), "byte {at} of {}", zip.len());
        }
    }

    #[test]
    fn what_has_no_end_is_changed() {
        let changed = ProofError::NotAProof(msg!("consent-proof-archive-changed"));
        for bytes in [&[][..], &[0; 21], &[0; 22], &[0; 100], b"PK\x05\x06", &[7; 70_000]] {
            assert_eq!(why(bytes), changed, "{} bytes", bytes.len());
        }
    }
}
