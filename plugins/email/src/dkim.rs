//! DKIM signatures (RFC 6376, 8301, 8463): relaxed/relaxed, `rsa-sha256` and `ed25519-sha256`, without `l=`. Headers that a mail program shows or
//! obeys are listed once more than they occur, so that none can be added (RFC 6376 §5.4, §8.15).

use crate::mime::MimeMessage;
use crate::settings::DkimConfig;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ring::digest::{Context, Digest, SHA256, digest};
use ring::rand::SystemRandom;
use ring::rsa;
use ring::signature::{Ed25519KeyPair, RSA_PKCS1_SHA256};
use rundruf_plugin::OpenError;
use rustls::pki_types::PrivateKeyDer;
use rustls::pki_types::pem::PemObject;
use std::time::{Duration, Instant};

/// Headers that are signed if present. RFC 8058 §4 requires both List-Unsubscribe headers.
const SIGNED_HEADERS: [&str; 15] = [
    "from",
    "to",
    "subject",
    "date",
    "message-id",
    "reply-to",
    "mime-version",
    "content-type",
    "content-transfer-encoding",
    "list-id",
    "list-unsubscribe",
    "list-unsubscribe-post",
    "feedback-id",
    "auto-submitted",
    "precedence",
];

/// Headers that nobody may add, present or not: those of RFC 6376 §5.4.1 that a message of one author has, and how the body is read.
const OVERSIGNED: [&str; 12] = [
    "from",
    "reply-to",
    "subject",
    "date",
    "to",
    "cc",
    "in-reply-to",
    "references",
    "message-id",
    "mime-version",
    "content-type",
    "content-transfer-encoding",
];
/// Headers to which nobody may add a second one; where there is none, a relay may add its own.
const OVERSIGNED_IF_PRESENT: [&str; 3] = ["list-id", "list-unsubscribe", "list-unsubscribe-post"];

enum SigningKey {
    Rsa(Box<rsa::KeyPair>),
    Ed25519(Box<Ed25519KeyPair>),
}

impl SigningKey {
    fn sign(&self, bytes: &[u8]) -> Option<Vec<u8>> {
        match self {
            Self::Rsa(key) => {
                let mut signature = vec![0; key.public().modulus_len()];
                key.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), bytes, &mut signature).ok()?;
                Some(signature)
            }
            // RFC 8463 §3: the hash is signed.
            Self::Ed25519(key) => Some(key.sign(digest(&SHA256, bytes).as_ref()).as_ref().to_vec()),
        }
    }
}

/// Signs for one domain with one key.
pub(crate) struct DkimSigner {
    domain: String,
    selector: String,
    key: SigningKey,
}

/// Reads a private key: PKCS#8 with RSA or Ed25519, or PKCS#1.
fn parse(pem: &str) -> Result<SigningKey, String> {
    match PrivateKeyDer::from_pem_slice(pem.as_bytes()).map_err(|e| format!("no unencrypted private key: {e}"))? {
        PrivateKeyDer::Pkcs1(der) => rsa::KeyPair::from_der(der.secret_pkcs1_der())
            .map(|k| SigningKey::Rsa(Box::new(k)))
            .map_err(|e| e.to_string()),
        PrivateKeyDer::Pkcs8(der) => match rsa::KeyPair::from_pkcs8(der.secret_pkcs8_der()) {
            Ok(key) => Ok(SigningKey::Rsa(Box::new(key))),
            Err(rsa) => Ed25519KeyPair::from_pkcs8_maybe_unchecked(der.secret_pkcs8_der())
                .map(|k| SigningKey::Ed25519(Box::new(k)))
                .map_err(|_| format!("neither RSA ({rsa}) nor Ed25519")),
        },
        _ => Err("neither RSA nor Ed25519".to_owned()),
    }
}

impl DkimSigner {
    /// Reads the key.
    ///
    /// # Errors
    /// The key is not a usable private key.
    pub(crate) fn open(config: &DkimConfig) -> Result<Self, OpenError> {
        let given = config.key.reveal();
        let text = if given.contains("-----BEGIN") {
            given.to_owned()
        } else {
            std::fs::read_to_string(given).map_err(|_| {
                OpenError::new("`dkim.key` is neither a key as PEM nor a file: write { file = \"dkim.pem\" }")
            })?
        };
        let key = parse(&text).map_err(|e| OpenError::new(format!("`dkim.key` of `{}`: {e}", config.domain)))?;
        Ok(Self { domain: config.domain.clone(), selector: config.selector.clone(), key })
    }

    /// The DKIM-Signature header for these headers and this body, with its line end. `None` if signing fails.
    fn line(&self, headers: &[(&str, &[u8])], body_hash: &str, now_s: i64) -> Option<String> {
        let mut names = Vec::new();
        let mut signed = Vec::with_capacity(2_048);
        for name in SIGNED_HEADERS {
            // Of several headers with one name the last is signed first (RFC 6376 §5.4.2).
            for (_, raw) in headers.iter().rev().filter(|(n, _)| n.eq_ignore_ascii_case(name)) {
                names.push(name);
                relaxed_header(raw, &mut signed);
            }
        }
        let present = OVERSIGNED_IF_PRESENT.into_iter().filter(|name| names.contains(name)).collect::<Vec<_>>();
        names.extend(OVERSIGNED.into_iter().chain(present));
        let algorithm = if matches!(self.key, SigningKey::Rsa(_)) { "rsa-sha256" } else { "ed25519-sha256" };
        let mut line = format!(
            "DKIM-Signature: v=1; a={algorithm}; c=relaxed/relaxed; d={};\r\n\ts={}; t={now_s};\r\n\th=",
            self.domain, self.selector
        );
        let mut column = 10;
        for (n, name) in names.iter().enumerate() {
            if column + name.len() > 76 {
                line.push_str("\r\n\t");
                column = 8;
            }
            line.push_str(name);
            line.push(if n + 1 < names.len() { ':' } else { ';' });
            column += name.len() + 1;
        }
        line.push_str(&format!("\r\n\tbh={body_hash};\r\n\tb="));
        relaxed_header(line.as_bytes(), &mut signed);
        // The signature's own header is hashed last, with an empty `b=` and without its line end (RFC 6376 §3.7).
        signed.truncate(signed.len().saturating_sub(2));
        let encoded = STANDARD.encode(self.key.sign(&signed)?);
        for (n, part) in encoded.as_bytes().chunks(72).enumerate() {
            if n > 0 {
                line.push_str("\r\n\t");
            }
            line.push_str(std::str::from_utf8(part).ok()?);
        }
        line.push_str("\r\n");
        Some(line)
    }
}

/// Prepends the signatures of all signers to the message. `None` if a key fails.
pub(crate) fn signed(signers: &[DkimSigner], message: MimeMessage, now_s: i64) -> Option<MimeMessage> {
    if signers.is_empty() {
        return Some(message);
    }
    let MimeMessage { bytes, tail } = message;
    let split = bytes.windows(4).position(|w| w == b"\r\n\r\n")?;
    let (head, body) = (bytes.get(..split + 2)?, bytes.get(split + 4..)?);
    let mut hash = BodyHash::default();
    hash.add(body);
    hash.add(tail.as_deref().unwrap_or_default());
    let body_hash = STANDARD.encode(hash.finish());
    let headers = headers(head);
    let mut out = Vec::with_capacity(bytes.len() + 800 * signers.len());
    for signer in signers {
        out.extend_from_slice(signer.line(&headers, &body_hash, now_s)?.as_bytes());
    }
    out.extend_from_slice(&bytes);
    Some(MimeMessage { bytes: out, tail })
}

/// Splits a head into headers with their folded lines, in order.
fn headers(head: &[u8]) -> Vec<(&str, &[u8])> {
    let mut out: Vec<(&str, &[u8])> = Vec::new();
    let mut from = 0;
    while from < head.len() {
        let mut to = from;
        loop {
            let rest = head.get(to..).unwrap_or_default();
            to += rest.windows(2).position(|w| w == b"\r\n").map_or(rest.len(), |p| p + 2);
            if !matches!(head.get(to), Some(b' ' | b'\t')) {
                break;
            }
        }
        let raw = head.get(from..to).unwrap_or_default();
        let name = raw.split(|b| *b == b':').next().unwrap_or_default();
        if let Ok(name) = std::str::from_utf8(name) {
            out.push((name.trim_end(), raw));
        }
        from = to;
    }
    out
}

/// Appends a header in relaxed form (RFC 6376 §3.4.2).
fn relaxed_header(raw: &[u8], out: &mut Vec<u8>) {
    let colon = raw.iter().position(|b| *b == b':').unwrap_or(raw.len());
    let (name, value) = raw.split_at(colon);
    out.extend(name.trim_ascii_end().to_ascii_lowercase());
    out.push(b':');
    let value = value.get(1..).unwrap_or_default();
    let start = out.len();
    for part in value.split(|b| b.is_ascii_whitespace()).filter(|p| !p.is_empty()) {
        if out.len() > start {
            out.push(b' ');
        }
        out.extend_from_slice(part);
    }
    out.extend_from_slice(b"\r\n");
}

/// Hash of a body in relaxed form (RFC 6376 §3.4.4): runs of white space become one space; white space at line ends and empty lines at the end are
/// ignored.
struct BodyHash {
    context: Context,
    /// Relaxed lines, not hashed yet.
    lines: Vec<u8>,
    /// Empty lines; they count only if another line follows.
    empty: usize,
}

impl Default for BodyHash {
    fn default() -> Self {
        Self { context: Context::new(&SHA256), lines: Vec::new(), empty: 0 }
    }
}

impl BodyHash {
    /// Adds complete lines; a last line without a line end gets one.
    fn add(&mut self, body: &[u8]) {
        for line in body.split_inclusive(|b| *b == b'\n') {
            self.line(line.strip_suffix(b"\n").map_or(line, |l| l.strip_suffix(b"\r").unwrap_or(l)));
            if self.lines.len() > 16 * 1024 {
                self.context.update(&self.lines);
                self.lines.clear();
            }
        }
    }

    fn line(&mut self, line: &[u8]) {
        let end = line.iter().rposition(|b| !matches!(b, b' ' | b'\t')).map_or(0, |at| at + 1);
        let line = line.get(..end).unwrap_or_default();
        if line.is_empty() {
            self.empty += 1;
            return;
        }
        for _ in 0..std::mem::take(&mut self.empty) {
            self.lines.extend_from_slice(b"\r\n");
        }
        let mut space = false;
        for &byte in line {
            let white = matches!(byte, b' ' | b'\t');
            if !white {
                self.lines.push(byte);
            } else if !space {
                self.lines.push(b' ');
            }
            space = white;
        }
        self.lines.extend_from_slice(b"\r\n");
    }

    fn finish(mut self) -> Digest {
        self.context.update(&self.lines);
        self.context.finish()
    }
}

/// Benchmark: RSA signatures per second on this many threads, the upper limit for signed messages.
///
/// # Panics
/// The text is not an RSA key.
#[must_use]
pub fn bare_signing(pem: &str, threads: usize, span: Duration) -> f64 {
    let Ok(SigningKey::Rsa(key)) = parse(pem) else { panic!("no RSA key") };
    let begin = Instant::now();
    let count: usize = std::thread::scope(|scope| {
        let work = || {
            let mut bytes = vec![0; key.public().modulus_len()];
            let mut n = 0;
            while begin.elapsed() < span {
                let signed = key.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), b"a message", &mut bytes);
                assert!(signed.is_ok(), "RSA signs");
                n += 1;
            }
            n
        };
        let workers: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        workers.into_iter().map(|w| w.join().unwrap_or(0)).sum()
    });
    count as f64 / begin.elapsed().as_secs_f64()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn canonical_forms() {
        for (body, want) in [
            (&b""[..], &b""[..]),
            (b"\r\n", b""),
            (b"\r\n\r\n\r\n", b""),
            (b"a", b"a\r\n"),
            (b"a \t b \r\n\r\n", b"a b\r\n"),
            (b"a\r\n \t\r\n\r\n", b"a\r\n"),
            (b" a\r\n", b" a\r\n"),
            (b"a\r\n \r\nb\r\n", b"a\r\n\r\nb\r\n"),
            (b"\r\n\r\na\r\n", b"\r\n\r\na\r\n"),
        ] {
            let mut hash = BodyHash::default();
            hash.add(body);
            assert_eq!(hash.finish().as_ref(), digest(&SHA256, want).as_ref(), "{body:?}");
        }
        let mut out = Vec::new();
        relaxed_header(b"SubJect :  a\r\n\t b  \r\n", &mut out);
        assert_eq!(out, b"subject:a b\r\n");
    }
}
