//! Bytes → UTF-8, streamed, so that memory does not grow with the file. Office programs also write Latin-1 and UTF-16.

use crate::error::{EngineError, Result};
use ring::digest::{Context, SHA256};
use rundruf_lang::{Message, msg};
use std::fs::File;
use std::io::{BufReader, BufWriter, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

/// Largest file, in bytes.
const MAX_FILE: u64 = 4 << 30;
/// Bytes that are read together.
const PIECE: usize = 256 * 1024;

/// A file of UTF-8: the admin's own, or a copy that is removed when this is dropped.
pub(super) struct DecodedFile {
    path: PathBuf,
    is_copy: bool,
    /// Bytes of the UTF-8.
    pub(super) text_size: u64,
    pub(super) sha256: [u8; 32],
}

impl Drop for DecodedFile {
    fn drop(&mut self) {
        if self.is_copy {
            let _ = std::fs::remove_file(&self.path);
        }
    }
}

impl DecodedFile {
    /// Opens it from the beginning.
    pub(super) fn open(&self) -> Result<BufReader<File>> {
        Ok(BufReader::with_capacity(PIECE, File::open(&self.path)?))
    }
}

fn refused(message: Message, help: Message) -> EngineError {
    EngineError::refused("csv", message, help)
}

/// Counts what speaks for and against UTF-8, piece by piece.
#[derive(Default)]
struct EncodingScan {
    /// Bytes of a character that was cut by the end of the last piece.
    cut: Vec<u8>,
    /// Valid characters beyond ASCII, and invalid sequences.
    valid: u64,
    invalid: u64,
    /// Line of the next byte, and of the first invalid sequence.
    line: u64,
    first_invalid: u64,
    /// The first byte that is not UTF-8, and the first that windows-1252 has no character for, with its line.
    invalid_byte: u8,
    undefined: Option<(u8, u64)>,
}

/// Bytes that windows-1252 has no character for.
const UNDEFINED: [u8; 5] = [0x81, 0x8d, 0x8f, 0x90, 0x9d];

impl EncodingScan {
    fn add(&mut self, piece: &[u8], is_last: bool) {
        if self.undefined.is_none()
            && let Some(at) = piece.iter().position(|b| UNDEFINED.contains(b))
            && let Some(byte) = piece.get(at)
        {
            let before = piece.get(..at).unwrap_or_default().iter().filter(|b| **b == b'\n').count() as u64;
            self.undefined = Some((*byte, self.line + before + 1));
        }
        let joined;
        let mut rest = piece;
        if !self.cut.is_empty() {
            self.cut.extend_from_slice(piece);
            joined = std::mem::take(&mut self.cut);
            rest = &joined;
        }
        while !rest.is_empty() {
            let (good, bad) = match std::str::from_utf8(rest) {
                Ok(_) => (rest.len(), 0),
                Err(e) => match e.error_len() {
                    Some(bad) => (e.valid_up_to(), bad),
                    // The piece ends within a character.
                    None if !is_last => {
                        let (good, cut) = rest.split_at(e.valid_up_to());
                        self.cut = cut.to_vec();
                        rest = good;
                        continue;
                    }
                    None => (e.valid_up_to(), rest.len() - e.valid_up_to()),
                },
            };
            let (valid, behind) = rest.split_at(good);
            self.valid += valid.iter().filter(|b| **b >= 0xc0).count() as u64;
            self.line += valid.iter().filter(|b| **b == b'\n').count() as u64;
            if bad > 0 {
                self.invalid += 1;
                if self.invalid == 1 {
                    self.first_invalid = self.line + 1;
                    self.invalid_byte = behind.first().copied().unwrap_or_default();
                }
            }
            rest = behind.get(bad..).unwrap_or_default();
        }
    }
}

/// Hashes a file and detects its encoding: UTF-8 with or without a mark, UTF-16 with one, else windows-1252, which contains Latin-1.
pub(super) fn prepare(path: &Path) -> Result<DecodedFile> {
    let size = std::fs::metadata(path)?.len();
    if size > MAX_FILE {
        return Err(refused(msg!("engine-csv-too-large"), msg!("engine-csv-too-large-help")));
    }
    let mut file = File::open(path)?;
    let mut piece = vec![0; PIECE];
    let mut hash = Context::new(&SHA256);
    let (mut head, mut held) = ([0; 4], 0);
    let mut scan = EncodingScan::default();
    loop {
        let got = file.read(&mut piece)?;
        let bytes = piece.get(..got).unwrap_or_default();
        hash.update(bytes);
        for (to, from) in head.iter_mut().skip(held).zip(bytes) {
            *to = *from;
        }
        held = (held + got).min(head.len());
        let is_wide = wide_encoding(head).is_some();
        if !is_wide && let Some(at) = bytes.iter().position(|b| *b == 0) {
            let before = bytes.get(..at).unwrap_or_default().iter().filter(|b| **b == b'\n').count() as u64;
            let line = scan.line + before + 1;
            return Err(refused(msg!("engine-csv-nul-byte", line = line), msg!("engine-csv-export-help")));
        }
        if !is_wide {
            scan.add(bytes, got == 0);
        }
        if got == 0 {
            break;
        }
    }
    if head == *b"PK\x03\x04" {
        return Err(refused(msg!("engine-csv-archive"), msg!("engine-csv-archive-help")));
    }
    let mut sha256 = [0; 32];
    sha256.copy_from_slice(hash.finish().as_ref());
    let encoding = match head {
        _ if let Some(wide) = wide_encoding(head) => wide,
        _ if scan.invalid == 0 => {
            return Ok(DecodedFile { path: path.to_owned(), is_copy: false, text_size: size, sha256 });
        }
        // Read as Latin-1 every valid character would become two wrong ones.
        _ if scan.valid > scan.invalid || head.starts_with(&[0xef, 0xbb, 0xbf]) => {
            let byte = format!("0x{:02X}", scan.invalid_byte);
            let message = msg!("engine-csv-half-utf8", line = scan.first_invalid, byte = byte);
            return Err(refused(message, msg!("engine-csv-half-utf8-help")));
        }
        _ if let Some((byte, line)) = scan.undefined => {
            let message = msg!("engine-csv-no-encoding", line = line, byte = format!("0x{byte:02X}"));
            return Err(refused(message, msg!("engine-csv-half-utf8-help")));
        }
        _ => encoding_rs::WINDOWS_1252,
    };
    static COPIES: AtomicU64 = AtomicU64::new(0);
    let number = COPIES.fetch_add(1, Ordering::Relaxed);
    let copy = PathBuf::from(format!("{}.{}-{number}.utf8", path.display(), std::process::id()));
    let mut decoded = DecodedFile { path: copy, is_copy: true, text_size: 0, sha256 };
    transcode(path, &decoded.path, encoding)?;
    decoded.text_size = std::fs::metadata(&decoded.path)?.len();
    Ok(decoded)
}

/// UTF-16, by its mark or by the zero byte beside each character of the heading.
fn wide_encoding(head: [u8; 4]) -> Option<&'static encoding_rs::Encoding> {
    match head {
        [0xff, 0xfe, ..] => Some(encoding_rs::UTF_16LE),
        [0xfe, 0xff, ..] => Some(encoding_rs::UTF_16BE),
        [a, 0, b, 0] if a.is_ascii_graphic() && b.is_ascii_graphic() => Some(encoding_rs::UTF_16LE),
        [0, a, 0, b] if a.is_ascii_graphic() && b.is_ascii_graphic() => Some(encoding_rs::UTF_16BE),
        _ => None,
    }
}

fn transcode(from: &Path, to: &Path, encoding: &'static encoding_rs::Encoding) -> Result<()> {
    let mut reading = File::open(from)?;
    let mut writing = BufWriter::new(File::options().write(true).create(true).truncate(true).open(to)?);
    let mut decoder = encoding.new_decoder_with_bom_removal();
    let mut piece = vec![0; PIECE];
    let mut out = vec![0; PIECE * 4];
    loop {
        let got = reading.read(&mut piece)?;
        let (_, _, written, damaged) = decoder.decode_to_utf8(piece.get(..got).unwrap_or_default(), &mut out, got == 0);
        if damaged {
            return Err(refused(msg!("engine-csv-encoding", encoding = encoding.name()), msg!("engine-csv-utf8-help")));
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
    fn encodings_are_detected() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("f.csv");
        for (bytes, want) in [
            (b"M\xc3\xbcller".to_vec(), "Müller"),
            (b"M\xfcller".to_vec(), "Müller"),
            (b"\xff\xfeM\0\xfc\0".to_vec(), "Mü"),
            (b"\xfe\xff\0M\0\xfc".to_vec(), "Mü"),
            (b"M\0a\0\xfc\0".to_vec(), "Maü"),
            (b"\0M\0a\0\xfc".to_vec(), "Maü"),
        ] {
            std::fs::write(&path, bytes).unwrap();
            let decoded = prepare(&path).unwrap();
            let mut text = String::new();
            decoded.open().unwrap().read_to_string(&mut text).unwrap();
            assert_eq!(text, want);
        }
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 1, "copies are removed");
        let long = |end: &[u8]| [vec![b'x'; PIECE - 1], end.to_vec()].concat();
        for (bytes, word) in [
            (b"PK\x03\x04rest".to_vec(), "spreadsheet"),
            (b"a,b\n\0".to_vec(), "line 2"),
            ("ä\nö\n".bytes().chain(*b"\xfc\n").collect(), "line 3"),
            (b"\xef\xbb\xbfa\nM\xfcller\n".to_vec(), "line 2"),
            (b"\xff\xfea\0\0\xd8".to_vec(), "begins like UTF-16LE"),
            // `Müller` as DOS wrote it.
            (b"name\nM\x81ller\n".to_vec(), "line 2: the byte 0x81 is in no encoding"),
        ] {
            std::fs::write(&path, bytes).unwrap();
            assert!(prepare(&path).err().unwrap().to_string().contains(word), "{word}");
        }
        // A character on the border of two pieces is one character.
        std::fs::write(&path, long("ü\n".as_bytes())).unwrap();
        assert!(!prepare(&path).unwrap().is_copy);
        std::fs::write(&path, long(b"\xfc\n")).unwrap();
        assert!(prepare(&path).unwrap().is_copy);
    }
}
