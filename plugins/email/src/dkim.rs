//! DKIM signatures (RFC 6376, 8301, 8463): relaxed/relaxed, `rsa-sha256` and `ed25519-sha256`, no `l=`. From is signed once more than it is there,
//! so that none can be added.

use crate::settings::Dkim;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ring::digest::{SHA256, digest};
use ring::rand::SystemRandom;
use ring::rsa;
use ring::signature::{Ed25519KeyPair, RSA_PKCS1_SHA256};
use rundruf_plugin::OpenError;
use std::time::{Duration, Instant};

/// Headers that are signed where they are there; RFC 8058 demands the two of List-Unsubscribe.
const SIGNED: [&str; 15] = [
    "from", "to", "subject", "date", "message-id", "reply-to", "mime-version", "content-type", "content-transfer-encoding", "list-id", "list-unsubscribe",
    "list-unsubscribe-post", "feedback-id", "auto-submitted", "precedence",
];

enum Key {
    Rsa(Box<rsa::KeyPair>),
    Ed25519(Box<Ed25519KeyPair>),
}

/// A key that signs for a domain.
pub(crate) struct Signer {
    domain: String,
    selector: String,
    key: Key,
}

/// The bytes between the marks of a PEM text, and what the marks say.
fn pem(text: &str) -> Option<(String, Vec<u8>)> {
    let begin = text.find("-----BEGIN ")?;
    let rest = text.get(begin + 11..)?;
    let (label, rest) = rest.split_once("-----")?;
    let (body, _) = rest.split_once("-----END ")?;
    let body: String = body.chars().filter(|c| !c.is_whitespace()).collect();
    Some((label.to_owned(), STANDARD.decode(body).ok()?))
}

fn parse(text: &str) -> Result<Key, String> {
    let (label, der) = pem(text).ok_or("it is no PEM text")?;
    match label.as_str() {
        "RSA PRIVATE KEY" => rsa::KeyPair::from_der(&der).map(|k| Key::Rsa(Box::new(k))).map_err(|e| e.to_string()),
        "PRIVATE KEY" => match rsa::KeyPair::from_pkcs8(&der) {
            Ok(key) => Ok(Key::Rsa(Box::new(key))),
            Err(rsa) => Ed25519KeyPair::from_pkcs8_maybe_unchecked(&der)
                .map(|k| Key::Ed25519(Box::new(k)))
                .map_err(|_| format!("neither RSA ({rsa}) nor Ed25519")),
        },
        other => Err(format!("`{other}` is no private key (encrypted keys cannot be used)")),
    }
}

impl Signer {
    pub(crate) fn open(config: &Dkim) -> Result<Self, OpenError> {
        let given = config.key.reveal();
        let text = if given.contains("-----BEGIN") {
            given.to_owned()
        } else {
            std::fs::read_to_string(given).map_err(|_| OpenError::new("`dkim.key` is neither a key as PEM nor a file: write { file = \"dkim.pem\" }"))?
        };
        let key = parse(&text).map_err(|e| OpenError::new(format!("`dkim.key` of `{}`: {e}", config.domain)))?;
        Ok(Self { domain: config.domain.clone(), selector: config.selector.clone(), key })
    }

    /// The header line that signs a message, with its line end.
    pub(crate) fn sign(&self, message: &[u8], now_s: i64) -> Option<Vec<u8>> {
        let split = message.windows(4).position(|w| w == b"\r\n\r\n")?;
        let (head, body) = (message.get(..split + 2)?, message.get(split + 4..)?);
        let headers = headers(head);
        let mut names = Vec::new();
        let mut signed = Vec::with_capacity(1_024);
        for name in SIGNED {
            // Of several headers of one name the last is signed first (RFC 6376 §5.4.2).
            for (_, raw) in headers.iter().rev().filter(|(n, _)| n.eq_ignore_ascii_case(name)) {
                names.push(name);
                relaxed_header(raw, &mut signed);
            }
        }
        names.push("from");
        let algorithm = if matches!(self.key, Key::Rsa(_)) { "rsa-sha256" } else { "ed25519-sha256" };
        let hash = STANDARD.encode(digest(&SHA256, &relaxed_body(body)));
        let mut line = format!(
            "DKIM-Signature: v=1; a={algorithm}; c=relaxed/relaxed; d={}; s={};\r\n\tt={now_s}; h={};\r\n\tbh={hash};\r\n\tb=",
            self.domain,
            self.selector,
            names.join(":")
        );
        let mut own = Vec::new();
        relaxed_header(line.as_bytes(), &mut own);
        // The signature's own header is hashed last, with an empty `b=` and without its line end.
        own.truncate(own.len().saturating_sub(2));
        signed.extend(own);
        let signature = match &self.key {
            Key::Rsa(key) => {
                let mut bytes = vec![0; key.public().modulus_len()];
                key.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), &signed, &mut bytes).ok()?;
                bytes
            }
            // RFC 8463: the hash is what is signed.
            Key::Ed25519(key) => key.sign(digest(&SHA256, &signed).as_ref()).as_ref().to_vec(),
        };
        let encoded = STANDARD.encode(signature);
        for (n, part) in encoded.as_bytes().chunks(72).enumerate() {
            if n > 0 {
                line.push_str("\r\n\t");
            }
            line.push_str(std::str::from_utf8(part).ok()?);
        }
        line.push_str("\r\n");
        Some(line.into_bytes())
    }
}

/// Headers with their folded lines, in order.
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

/// RFC 6376 §3.4.2.
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

/// RFC 6376 §3.4.4: white space runs become one space, none at line ends, no empty lines at the end.
fn relaxed_body(body: &[u8]) -> Vec<u8> {
    let mut out: Vec<u8> = Vec::with_capacity(body.len() + 2);
    let mut rest = body;
    while !rest.is_empty() {
        let end = rest.windows(2).position(|w| w == b"\r\n");
        let (line, after) = match end {
            Some(at) => (rest.get(..at).unwrap_or_default(), rest.get(at + 2..).unwrap_or_default()),
            None => (rest, &[][..]),
        };
        let mut space = false;
        for byte in line {
            if matches!(byte, b' ' | b'\t') {
                space = true;
            } else {
                if space {
                    out.push(b' ');
                    space = false;
                }
                out.push(*byte);
            }
        }
        out.extend_from_slice(b"\r\n");
        rest = after;
    }
    while out.ends_with(b"\r\n\r\n") {
        out.truncate(out.len() - 2);
    }
    if out == b"\r\n" { Vec::new() } else { out }
}

/// Signatures a second of a key on so many threads, and nothing else: the limit of everything that signs.
///
/// # Panics
/// If the text is no RSA key.
#[must_use]
pub fn bare_signing(pem: &str, threads: usize, span: Duration) -> f64 {
    let Ok(Key::Rsa(key)) = parse(pem) else { panic!("no RSA key") };
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
        ] {
            assert_eq!(relaxed_body(body), want, "{body:?}");
        }
        let mut out = Vec::new();
        relaxed_header(b"SubJect :  a\r\n\t b  \r\n", &mut out);
        assert_eq!(out, b"subject:a b\r\n");
    }
}
