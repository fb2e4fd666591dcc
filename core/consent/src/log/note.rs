//! C2SP texts: tlog-checkpoint in a signed note, verifier key, tlog-proof. All of them are checked by tools that are not ours.

use crate::text::{Digest, sha256};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ring::signature::{ED25519, Ed25519KeyPair, KeyPair, UnparsedPublicKey};

/// Signature type of Ed25519 in signed notes.
const ED25519_TYPE: u8 = 1;

/// The signer of checkpoints: an Ed25519 seed and the log's origin. `Debug` prints the origin alone.
#[derive(Clone)]
pub struct LogKey {
    /// `<host>/consent-log/<instance>`: no spaces, no plus.
    pub origin: String,
    /// Ed25519 seed, 32 bytes.
    pub seed: [u8; 32],
}

impl std::fmt::Debug for LogKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "LogKey({})", self.origin)
    }
}

/// First four bytes of SHA-256 over name, line feed, type and public key.
fn key_id(origin: &str, public: &[u8]) -> [u8; 4] {
    let mut bytes = origin.as_bytes().to_vec();
    bytes.push(b'\n');
    bytes.push(ED25519_TYPE);
    bytes.extend(public);
    let [a, b, c, d, ..] = sha256(&bytes);
    [a, b, c, d]
}

impl LogKey {
    fn pair(&self) -> Ed25519KeyPair {
        #[expect(clippy::expect_used, reason = "every 32 bytes are an Ed25519 seed")]
        Ed25519KeyPair::from_seed_unchecked(&self.seed).expect("a seed of 32 bytes")
    }

    /// A signed checkpoint (C2SP tlog-checkpoint in a signed note).
    #[must_use]
    pub fn checkpoint(&self, size: u64, root: &Digest) -> String {
        self.sign(&format!("{}\n{size}\n{}\n", self.origin, STANDARD.encode(root)))
    }

    /// Signs a text that ends with a line feed (C2SP signed note).
    #[must_use]
    pub fn sign(&self, text: &str) -> String {
        let pair = self.pair();
        let mut signature = key_id(&self.origin, pair.public_key().as_ref()).to_vec();
        signature.extend(pair.sign(text.as_bytes()).as_ref());
        format!("{text}\n\u{2014} {} {}\n", self.origin, STANDARD.encode(signature))
    }

    /// The key of the log that continues this one after its `breaks`-th break: the same seed under the next origin.
    #[must_use]
    pub fn after_breaks(&self, breaks: u32) -> Self {
        if breaks == 0 {
            return self.clone();
        }
        let base = self.origin.strip_suffix("/1").unwrap_or(&self.origin);
        Self { origin: format!("{base}/{}", breaks.saturating_add(1)), seed: self.seed }
    }

    /// The verifier key, `name+hash+base64`, as Go's `sumdb/note` reads it.
    #[must_use]
    pub fn vkey(&self) -> String {
        let pair = self.pair();
        let public = pair.public_key().as_ref();
        let mut bytes = vec![ED25519_TYPE];
        bytes.extend(public);
        format!("{}+{}+{}", self.origin, crate::text::hex(&key_id(&self.origin, public)), STANDARD.encode(bytes))
    }
}

/// A verifier key that was read: checks signatures, and makes none.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LogVerifier {
    /// Origin of the log.
    pub origin: String,
    id: [u8; 4],
    public: [u8; 32],
}

impl LogVerifier {
    /// Reads one verifier key, `name+hash+base64`; `None` if it is not one.
    #[must_use]
    pub fn parse(vkey: &str) -> Option<Self> {
        // The origin may contain no plus, so the last two pluses part the key.
        let (origin, key) = vkey.trim().split_once('+')?;
        let (hash, key) = key.split_once('+')?;
        let key = STANDARD.decode(key).ok()?;
        let (kind, public) = key.split_first()?;
        let public: [u8; 32] = public.try_into().ok()?;
        let id = key_id(origin, &public);
        let fits = *kind == ED25519_TYPE && crate::text::hex(&id) == hash && !origin.is_empty();
        fits.then(|| Self { origin: origin.to_owned(), id, public })
    }

    /// Reads every verifier key of a text: one a line, empty lines and lines that begin with `#` aside. `None` if a line is none, or all are.
    #[must_use]
    pub fn parse_all(text: &str) -> Option<Vec<Self>> {
        let lines = text.lines().map(str::trim).filter(|l| !l.is_empty() && !l.starts_with('#'));
        lines.map(Self::parse).collect::<Option<Vec<_>>>().filter(|keys| !keys.is_empty())
    }

    /// The text of a signed note, without its signatures; `None` if this key did not sign it.
    #[must_use]
    pub fn open(&self, note: &str) -> Option<String> {
        let (text, signatures) = note.split_once("\n\n")?;
        let text = format!("{text}\n");
        let signed = signatures.lines().any(|line| {
            let Some((name, encoded)) = line.strip_prefix("\u{2014} ").and_then(|l| l.split_once(' ')) else {
                return false;
            };
            let Ok(bytes) = STANDARD.decode(encoded) else { return false };
            let Some((key, signature)) = bytes.split_at_checked(4) else { return false };
            name == self.origin
                && key == self.id
                && UnparsedPublicKey::new(&ED25519, &self.public).verify(text.as_bytes(), signature).is_ok()
        });
        signed.then_some(text)
    }

    /// As [`LogVerifier::open`], of a note that has this one signature and nothing behind it.
    #[must_use]
    pub fn open_alone(&self, note: &str) -> Option<String> {
        let text = self.open(note)?;
        let last = note.get(text.len()..)?.strip_prefix("\n\u{2014} ")?.strip_suffix('\n')?;
        (!last.contains('\n')).then_some(text)
    }
}

/// A checkpoint whose signature was checked.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Checkpoint {
    /// Origin of the log that signed.
    pub origin: String,
    /// Number of entries.
    pub size: u64,
    /// Root hash of the tree.
    pub root: Digest,
}

impl Checkpoint {
    /// Reads a signed checkpoint and checks its signature against a verifier key; `None` if either is not in order.
    #[must_use]
    pub fn open(note: &str, vkey: &str) -> Option<Self> {
        Self::open_with(note, &LogVerifier::parse(vkey)?)
    }

    /// As [`Checkpoint::open`], with a key that was read before.
    #[must_use]
    pub fn open_with(note: &str, key: &LogVerifier) -> Option<Self> {
        let text = key.open(note)?;
        let mut lines = text.lines();
        let (origin, size, root) = (lines.next()?, lines.next()?, lines.next()?);
        let root = STANDARD.decode(root).ok()?.try_into().ok()?;
        (origin == key.origin).then_some(Self { origin: origin.to_owned(), size: size.parse().ok()?, root })
    }
}

/// A proof of one leaf in one file: `c2sp.org/tlog-proof@v1`, index, hashes, empty line, checkpoint.
#[must_use]
pub fn tlog_proof(index: u64, path: &[Digest], checkpoint: &str) -> String {
    let mut out = format!("c2sp.org/tlog-proof@v1\nindex {index}\n");
    for hash in path {
        out.push_str(&STANDARD.encode(hash));
        out.push('\n');
    }
    out.push('\n');
    out.push_str(checkpoint);
    out
}

/// Reads a [`tlog_proof`]: index, hashes, checkpoint note.
#[must_use]
pub fn parse_proof(text: &str) -> Option<(u64, Vec<Digest>, String)> {
    let (head, checkpoint) = text.split_once("\n\n")?;
    let mut lines = head.lines();
    if lines.next()? != "c2sp.org/tlog-proof@v1" {
        return None;
    }
    let index = lines.next()?.strip_prefix("index ")?.parse().ok()?;
    let path = lines.map(|l| STANDARD.decode(l).ok()?.try_into().ok()).collect::<Option<Vec<Digest>>>()?;
    (path.len() <= 64).then_some((index, path, checkpoint.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_checkpoint_opens_with_its_key_alone() {
        let key = LogKey { origin: "news.krume.example/consent-log/1".to_owned(), seed: [5; 32] };
        let note = key.checkpoint(9, &[1; 32]);
        let opened = Checkpoint::open(&note, &key.vkey()).unwrap();
        assert_eq!((opened.size, opened.root), (9, [1; 32]));
        let other = LogKey { seed: [6; 32], ..key.clone() };
        let keys = format!("# ours\n{}\n\n{}\n", key.vkey(), other.vkey());
        assert_eq!(LogVerifier::parse_all(&keys).unwrap().len(), 2);
        assert_eq!(LogVerifier::parse_all("# none\n"), None);
        assert_eq!(LogVerifier::parse_all(&format!("{keys}what\n")), None);
        let verifier = LogVerifier::parse(&key.vkey()).unwrap();
        assert!(verifier.open_alone(&note).is_some());
        assert_eq!(verifier.open_alone(&format!("{note}\u{2014} more\n")), None);
        assert_eq!(key.after_breaks(0).origin, key.origin);
        assert_eq!(key.after_breaks(2).origin, "news.krume.example/consent-log/3");
        assert_eq!(Checkpoint::open(&note, &other.vkey()), None);
        assert_eq!(Checkpoint::open(&note.replace("\n9\n", "\n8\n"), &key.vkey()), None);
        for junk in ["", "\n\n", "a\n1\nb\n\n— a b\n"] {
            assert_eq!(Checkpoint::open(junk, &key.vkey()), None);
        }
        assert_eq!(format!("{key:?}"), "LogKey(news.krume.example/consent-log/1)", "no secret in a log");
        let proof = tlog_proof(3, &[[2; 32], [3; 32]], &note);
        assert_eq!(parse_proof(&proof), Some((3, vec![[2; 32], [3; 32]], note)));
    }

    /// A verifier key, and a signature, in which one thing is another key's.
    #[test]
    fn every_part_of_a_key_and_of_a_signature_counts_alone() {
        let key = LogKey { origin: "k.example/consent-log/1".to_owned(), seed: [5; 32] };
        let other = LogKey { origin: "x.example/consent-log/1".to_owned(), seed: [6; 32] };
        let vkey = key.vkey();
        let (origin, rest) = vkey.split_once('+').unwrap();
        let (hash, public) = rest.split_once('+').unwrap();
        let mut kind = STANDARD.decode(public).unwrap();
        kind[0] = 2;
        let raw = &STANDARD.decode(public).unwrap()[1..];
        let nameless = format!("+{}+{public}", crate::text::hex(&key_id("", raw)));
        for bad in [
            format!("{origin}+{hash}+{}", STANDARD.encode(kind)),
            format!("{origin}+00000000+{public}"),
            format!("x.example+{hash}+{public}"),
            nameless,
            format!("{origin}+{hash}"),
        ] {
            assert_eq!(LogVerifier::parse(&bad), None, "{bad}");
        }
        let verifier = LogVerifier::parse(&vkey).unwrap();
        let (text, by_other) = ("a\n", other.sign("a\n"));
        assert_eq!(verifier.open(&key.sign(text)).as_deref(), Some(text));
        // The bytes of the key's id and of the signature, of either key.
        let bytes = |note: &str| STANDARD.decode(note.trim_end().rsplit_once(' ').unwrap().1).unwrap();
        let (ours, theirs) = (bytes(&key.sign(text)), bytes(&by_other));
        let line = |name: &str, id: &[u8], signature: &[u8]| {
            format!("{text}\n\u{2014} {name} {}\n", STANDARD.encode([id, signature].concat()))
        };
        assert!(verifier.open(&line(origin, &ours[..4], &ours[4..])).is_some());
        for bad in [
            line(&other.origin, &ours[..4], &ours[4..]),
            line(origin, &theirs[..4], &ours[4..]),
            line(origin, &ours[..4], &theirs[4..]),
            line(origin, &ours[..3], &[]),
        ] {
            assert_eq!(verifier.open(&bad), None, "{bad}");
        }
        // Any of several signatures is enough, in any order.
        let both = key.sign(text) + by_other.split_once("\n\n").unwrap().1;
        assert!(verifier.open(&both).is_some() && verifier.open_alone(&both).is_none());
    }
}
