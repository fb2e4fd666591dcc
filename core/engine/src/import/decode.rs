//! Bytes → UTF-8, as a stream: a file of a gigabyte needs no gigabyte of memory. Office programs write Latin-1 and UTF-16 as well.

use crate::error::EngineError;
use ring::digest::{Context, SHA256};
use std::fs::File;
use std::io::{BufReader, BufWriter, Read, Write};
use std::path::{Path, PathBuf};

/// Largest file, in bytes.
const MAX: u64 = 4 << 30;
const PIECE: usize = 256 * 1024;

/// A file of UTF-8: the admin's own, or a copy that is removed when this is dropped.
pub(super) struct Decoded {
    path: PathBuf,
    is_copy: bool,
    pub(super) size: u64,
    pub(super) sha256: [u8; 32],
}

impl Drop for Decoded {
    fn drop(&mut self) {
        if self.is_copy {
            let _ = std::fs::remove_file(&self.path);
        }
    }
}

impl Decoded {
    /// Opens it from the beginning.
    pub(super) fn open(&self) -> Result<BufReader<File>, EngineError> {
        Ok(BufReader::with_capacity(PIECE, File::open(&self.path)?))
    }
}

fn refused(message: impl Into<String>, help: &str) -> EngineError {
    EngineError::refused("csv", message, help)
}

/// Hashes a file and finds out how it is encoded: UTF-8 with or without a mark, UTF-16 with one, else windows-1252, which contains Latin-1.
pub(super) fn prepare(path: &Path) -> Result<Decoded, EngineError> {
    let size = std::fs::metadata(path)?.len();
    if size > MAX {
        return Err(refused("the file is larger than 4 GiB", "split it"));
    }
    let mut file = File::open(path)?;
    let mut piece = vec![0; PIECE];
    let mut hash = Context::new(&SHA256);
    let mut utf8 = encoding_rs::UTF_8.new_decoder_without_bom_handling();
    let mut scratch = vec![0; PIECE * 3];
    let (mut head, mut valid, mut line) = ([0; 4], true, 1_usize);
    let mut first = true;
    loop {
        let got = file.read(&mut piece)?;
        let bytes = piece.get(..got).unwrap_or_default();
        hash.update(bytes);
        if first {
            for (to, from) in head.iter_mut().zip(bytes) {
                *to = *from;
            }
            first = false;
        }
        let wide = head.starts_with(&[0xff, 0xfe]) || head.starts_with(&[0xfe, 0xff]);
        if !wide && let Some(at) = bytes.iter().position(|b| *b == 0) {
            line += bytes.get(..at).unwrap_or_default().iter().filter(|b| **b == b'\n').count();
            return Err(refused(format!("line {line}: a NUL byte: this is not a CSV file"), "export it as CSV"));
        }
        line += bytes.iter().filter(|b| **b == b'\n').count();
        if valid && !wide {
            let (_, _, _, damaged) = utf8.decode_to_utf8(bytes, &mut scratch, got == 0);
            valid = !damaged;
        }
        if got == 0 {
            break;
        }
    }
    if head == *b"PK\x03\x04" {
        return Err(refused("this is a spreadsheet or an archive, not a CSV file", "save it as CSV first"));
    }
    let mut sha256 = [0; 32];
    sha256.copy_from_slice(hash.finish().as_ref());
    let encoding = match head {
        [0xff, 0xfe, ..] => encoding_rs::UTF_16LE,
        [0xfe, 0xff, ..] => encoding_rs::UTF_16BE,
        _ if valid => return Ok(Decoded { path: path.to_owned(), is_copy: false, size, sha256 }),
        _ => encoding_rs::WINDOWS_1252,
    };
    let copy = PathBuf::from(format!("{}.{}.utf8", path.display(), std::process::id()));
    let decoded = Decoded { path: copy, is_copy: true, size, sha256 };
    transcode(path, &decoded.path, encoding)?;
    Ok(decoded)
}

fn transcode(from: &Path, to: &Path, encoding: &'static encoding_rs::Encoding) -> Result<(), EngineError> {
    let mut reading = File::open(from)?;
    let mut writing = BufWriter::new(File::options().write(true).create(true).truncate(true).open(to)?);
    let mut decoder = encoding.new_decoder_with_bom_removal();
    let mut piece = vec![0; PIECE];
    let mut out = vec![0; PIECE * 4];
    loop {
        let got = reading.read(&mut piece)?;
        let (_, _, written, damaged) = decoder.decode_to_utf8(piece.get(..got).unwrap_or_default(), &mut out, got == 0);
        if damaged {
            return Err(refused(format!("the file begins like {} and is not", encoding.name()), "export it as UTF-8"));
        }
        writing.write_all(out.get(..written).unwrap_or_default())?;
        if got == 0 {
            break;
        }
    }
    writing.flush()?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn encodings() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("f.csv");
        for (bytes, want) in [
            (b"M\xc3\xbcller".to_vec(), "Müller"),
            (b"M\xfcller".to_vec(), "Müller"),
            (b"\xff\xfeM\0\xfc\0".to_vec(), "Mü"),
            (b"\xfe\xff\0M\0\xfc".to_vec(), "Mü"),
        ] {
            std::fs::write(&path, bytes).unwrap();
            let decoded = prepare(&path).unwrap();
            let mut text = String::new();
            decoded.open().unwrap().read_to_string(&mut text).unwrap();
            assert_eq!(text, want);
        }
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 1, "copies are removed");
        for (bytes, word) in [(b"PK\x03\x04rest".to_vec(), "spreadsheet"), (b"a,b\n\0".to_vec(), "line 2")] {
            std::fs::write(&path, bytes).unwrap();
            assert!(prepare(&path).err().unwrap().to_string().contains(word), "{word}");
        }
    }
}
