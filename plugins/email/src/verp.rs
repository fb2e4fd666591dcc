//! An envelope sender for each message: `b+TOKEN@domain`. The token is the message id and a keyed checksum, so that a forged bounce is known.

use ring::hmac;
use ring::rand::{SecureRandom, SystemRandom};
use rundruf_plugin::{OpenError, Secret};
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

const DIGITS: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";

pub(crate) struct Verp {
    key: hmac::Key,
    domain: String,
}

impl Verp {
    /// With the admin's key, or one that is made once and kept in the state folder.
    pub(crate) fn open(state_dir: &Path, secret: Option<&Secret>, domain: &str) -> Result<Self, OpenError> {
        if let Some(secret) = secret {
            let key = hmac::Key::new(hmac::HMAC_SHA256, secret.reveal().as_bytes());
            return Ok(Self { key, domain: domain.to_owned() });
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
        Ok(Self { key: hmac::Key::new(hmac::HMAC_SHA256, &bytes), domain: domain.to_owned() })
    }

    /// The envelope sender of a message.
    pub(crate) fn address(&self, message_id: [u8; 16]) -> String {
        let tag = hmac::sign(&self.key, &message_id);
        let bytes = message_id.iter().chain(tag.as_ref().iter().take(8));
        format!("b+{}@{}", base32(bytes.copied()), self.domain)
    }
}

/// RFC 4648 base32 in lower case without padding: local parts lose their case on the way.
fn base32(bytes: impl Iterator<Item = u8>) -> String {
    let (mut out, mut kept, mut bits) = (String::new(), 0_u32, 0);
    let digit = |n: u32| DIGITS.get((n & 31) as usize).copied().map_or('a', char::from);
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
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens() {
        assert_eq!(base32(b"foobar".iter().copied()), "mzxw6ytboi");
        let dir = tempfile::tempdir().unwrap();
        let verp = Verp::open(dir.path(), None, "b.example").unwrap();
        let address = verp.address([7; 16]);
        assert!(address.len() <= 64 + 10 && address.starts_with("b+") && address.ends_with("@b.example"), "{address}");
        assert_eq!(Verp::open(dir.path(), None, "b.example").unwrap().address([7; 16]), address, "the key is kept");
        assert_ne!(verp.address([8; 16]), address);
        let given = |key: &str| Verp::open(dir.path(), Some(&Secret::new(key)), "b.example").unwrap().address([7; 16]);
        assert_eq!(given("one"), given("one"));
        assert_ne!(given("one"), given("two"));
    }
}
