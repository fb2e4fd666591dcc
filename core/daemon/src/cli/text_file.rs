//! Texts as people save them: UTF-8 with or without a byte order mark, UTF-16 with one (as Notepad writes it). Anything else is refused with its
//! place, because a wrong guess would send wrong characters to everybody.

use crate::client::CommandFailure;
use rundruf_lang::{Message, msg};
use std::io::Read;
use std::path::Path;

/// Largest text file, in bytes.
const MAX_BYTES: u64 = 4 << 20;

/// Reads a text file; the byte order mark is gone.
pub(crate) fn read(path: &Path) -> Result<String, CommandFailure> {
    let failed = |e: &std::io::Error| {
        CommandFailure::new("file", msg!("daemon-file-failed", file = %path.display(), error = e), "")
    };
    let mut bytes = Vec::new();
    let file = std::fs::File::open(path).map_err(|e| failed(&e))?;
    file.take(MAX_BYTES + 1).read_to_end(&mut bytes).map_err(|e| failed(&e))?;
    if bytes.len() as u64 > MAX_BYTES {
        let message = msg!("daemon-file-too-large", file = %path.display(), most = MAX_BYTES >> 20);
        return Err(CommandFailure::new("file", message, msg!("daemon-file-too-large-help")));
    }
    decode(&bytes).map_err(|fault| {
        let message = msg!("daemon-text-unreadable", file = %path.display(), fault = fault);
        CommandFailure::new("encoding", message, msg!("daemon-text-unreadable-help"))
    })
}

fn decode(bytes: &[u8]) -> Result<String, Message> {
    let units = |bytes: &[u8], read: fn([u8; 2]) -> u16| {
        let (pairs, rest) = bytes.as_chunks::<2>();
        let units: Vec<u16> = pairs.iter().map(|pair| read(*pair)).collect();
        let text = String::from_utf16(&units).ok().filter(|text| rest.is_empty() && !text.contains('\0'));
        text.ok_or_else(|| msg!("daemon-text-utf16-broken"))
    };
    match bytes {
        [0xff, 0xfe, rest @ ..] => units(rest, u16::from_le_bytes),
        [0xfe, 0xff, rest @ ..] => units(rest, u16::from_be_bytes),
        [0xef, 0xbb, 0xbf, rest @ ..] => utf8(rest),
        rest => utf8(rest),
    }
}

fn utf8(bytes: &[u8]) -> Result<String, Message> {
    let at = match std::str::from_utf8(bytes) {
        Ok(text) => match text.find('\0') {
            None => return Ok(text.to_owned()),
            Some(at) => at,
        },
        Err(error) => error.valid_up_to(),
    };
    let before = String::from_utf8_lossy(bytes.get(..at).unwrap_or_default());
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or("").chars().count() + 1;
    Err(msg!("daemon-text-not-utf8", line = line, column = column))
}

#[cfg(test)]
mod tests {
    use super::decode;

    #[test]
    fn encodings() {
        let utf16 = |text: &str, mark: [u8; 2], write: fn(u16) -> [u8; 2]| -> Vec<u8> {
            mark.into_iter().chain(text.encode_utf16().flat_map(write)).collect()
        };
        let text = "# Brot für Änne 🥨\r\n";
        for bytes in [
            text.as_bytes().to_vec(),
            [b"\xef\xbb\xbf", text.as_bytes()].concat(),
            utf16(text, [0xff, 0xfe], u16::to_le_bytes),
            utf16(text, [0xfe, 0xff], u16::to_be_bytes),
        ] {
            assert_eq!(decode(&bytes).unwrap(), text, "{bytes:?}");
        }
        for (bytes, want) in [
            (&b"Guten Tag\nGr\xfc\xdfe"[..], "line 2, column 3"),
            (b"H\0a\0l\0l\0o\0", "line 1, column 2"),
            (b"\xff\xfeH\0a", "UTF-16"),
            (b"\xff\xfe\x00\xd8", "UTF-16"),
            (b"\xff\xfe\0\0H\0\0\0", "UTF-16"),
        ] {
            let fault = decode(bytes).unwrap_err().to_string();
            assert!(fault.contains(want), "{bytes:?}: {fault}");
        }
    }
}
