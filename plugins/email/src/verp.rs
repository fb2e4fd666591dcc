//! Variable envelope return paths (VERP): `b+TOKEN@domain`, one per message. The token is the message id, hidden by a key, and a keyed checksum, so that forged bounces
//! are detected.

use crate::public_id;
use ring::hmac;
use ring::rand::{SecureRandom, SystemRandom};
use rundruf_plugin::{OpenError, Secret};
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

const DIGITS: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";

pub(crate) struct Verp {
    key: hmac::Key,
    /// Hides message ids; derived from the other one.
    ids: hmac::Key,
    domain: String,
}

impl Verp {
    /// Uses the admin's key, or one that is created once and kept in the state folder.
    ///
    /// # Errors
    /// The key file cannot be read or written.
    pub(crate) fn open(state_dir: &Path, secret: Option<&Secret>, domain: &str) -> Result<Self, OpenError> {
        if let Some(secret) = secret {
            let key = hmac::Key::new(hmac::HMAC_SHA256, secret.reveal().as_bytes());
            return Ok(Self::new(key, domain));
        }
        let path = state_dir.join("verp.key");
        let failed = |e: std::io::Error| OpenError::new(format!("the state folder cannot be used: {e}"));
        let bytes = match std::fs::read(&path) {
            Ok(bytes) if bytes.len() == 32 => bytes,
            _ => {
                let mut bytes = vec![0; 32];
                SystemRandom::new()
                    .fill(&mut bytes)
                    .map_err(|_| OpenError::new("the system gives no random numbers"))?;
                let file = std::fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&path);
                file.and_then(|mut f| f.write_all(&bytes).and_then(|()| f.sync_all())).map_err(failed)?;
                bytes
            }
        };
        Ok(Self::new(hmac::Key::new(hmac::HMAC_SHA256, &bytes), domain))
    }

    fn new(key: hmac::Key, domain: &str) -> Self {
        let ids = hmac::Key::new(hmac::HMAC_SHA256, hmac::sign(&key, b"message ids").as_ref());
        Self { key, ids, domain: domain.to_owned() }
    }

    /// Appends the envelope sender of a message.
    pub(crate) fn append(&self, message_id: [u8; 16], out: &mut Vec<u8>) {
        let public_id = public_id::hide(&self.ids, message_id);
        let tag = hmac::sign(&self.key, &public_id);
        out.extend_from_slice(b"b+");
        base32(public_id.iter().chain(tag.as_ref().iter().take(8)).copied(), out);
        out.push(b'@');
        out.extend_from_slice(self.domain.as_bytes());
    }
}

/// Base32 (RFC 4648 §6) in lower case without padding: relays may change the case of local parts.
fn base32(bytes: impl Iterator<Item = u8>, out: &mut Vec<u8>) {
    let (mut kept, mut bits) = (0_u32, 0);
    let digit = |n: u32| DIGITS.get((n & 31) as usize).copied().unwrap_or(b'a');
    for byte in bytes {
        kept = kept << 8 | u32::from(byte);
        bits += 8;
        while bits >= 5 {
            bits -= 5;
            out.push(digit(kept >> bits));
        }
        kept &= (1 << bits) - 1;
    }
    if bits > 0 {
        out.push(digit(kept << (5 - bits)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(verp: &Verp, id: u8) -> String {
        let mut out = Vec::new();
        verp.append([id; 16], &mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn tokens() {
        let mut out = Vec::new();
        base32(b"foobar".iter().copied(), &mut out);
        assert_eq!(out, b"mzxw6ytboi");
        let dir = tempfile::tempdir().unwrap();
        let open =
            |secret: Option<&str>| Verp::open(dir.path(), secret.map(Secret::new).as_ref(), "b.example").unwrap();
        let verp = open(None);
        let first = address(&verp, 7);
        assert!(first.starts_with("b+") && first.ends_with("@b.example"), "{first}");
        assert!(first.split('@').next().unwrap().len() <= 64, "{first}");
        assert_eq!(address(&open(None), 7), first, "the key is kept");
        assert_ne!(address(&verp, 8), first);
        assert_eq!(address(&open(Some("one")), 7), address(&open(Some("one")), 7));
        assert_ne!(address(&open(Some("one")), 7), address(&open(Some("two")), 7));
    }
}
