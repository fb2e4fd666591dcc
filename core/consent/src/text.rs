//! Texts that people saw, named by the digest of their bytes (R5).

pub mod lint; // what an opt-in text must say
pub mod locked; // texts that no author may change

/// A SHA-256 digest.
pub type Digest = [u8; 32];

/// Escapes text for HTML: element content and double-quoted attributes.
#[must_use]
pub fn escape_html(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// What a text is for.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum TextKind {
    /// What the person agreed to.
    Consent = 1,
    /// Information under GDPR Art. 13.
    Notice = 2,
    /// A confirmation request as sent.
    Request = 3,
    /// A welcome as sent.
    Welcome = 4,
    /// A stop acknowledgement as sent.
    StopAck = 5,
    /// A reply as received.
    Reply = 6,
    /// Content of a broadcast.
    Broadcast = 7,
}

impl TextKind {
    /// All of them.
    pub const ALL: [Self; 7] =
        [Self::Consent, Self::Notice, Self::Request, Self::Welcome, Self::StopAck, Self::Reply, Self::Broadcast];

    /// The number in the database.
    #[must_use]
    pub const fn code(self) -> u8 {
        self as u8
    }

    /// Finds a kind by its number.
    #[must_use]
    pub fn from_code(code: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|k| k.code() == code)
    }
}

/// A text that a person saw; named by its digest and never changed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Text {
    /// What it is for.
    pub kind: TextKind,
    /// Language as a BCP 47 tag.
    pub language: String,
    /// The text, as it is hashed.
    pub body: String,
}

impl Text {
    /// SHA-256 of the body.
    #[must_use]
    pub fn digest(&self) -> Digest {
        sha256(self.body.as_bytes())
    }
}

/// Writes bytes as lower-case hexadecimal.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digit = |n: u8| DIGITS.get(usize::from(n)).copied().map_or('0', char::from);
    bytes.iter().flat_map(|b| [digit(b >> 4), digit(b & 15)]).collect()
}

/// Reads hexadecimal of exactly this many bytes.
#[must_use]
pub fn unhex<const N: usize>(text: &str) -> Option<[u8; N]> {
    if text.len() != N * 2 || !text.bytes().all(|b| b.is_ascii_hexdigit()) {
        return None;
    }
    let mut out = [0; N];
    for (n, byte) in out.iter_mut().enumerate() {
        *byte = u8::from_str_radix(text.get(n * 2..n * 2 + 2)?, 16).ok()?;
    }
    Some(out)
}

/// Computes a SHA-256 digest.
#[must_use]
pub fn sha256(bytes: &[u8]) -> Digest {
    let mut out = [0; 32];
    out.copy_from_slice(ring::digest::digest(&ring::digest::SHA256, bytes).as_ref());
    out
}

#[cfg(test)]
mod tests {
    use super::{TextKind, escape_html, hex, unhex};

    #[test]
    fn markup_is_escaped() {
        assert_eq!(escape_html("<a href=\"x\">&"), "&lt;a href=&quot;x&quot;&gt;&amp;");
    }

    #[test]
    fn hexadecimal_is_read_as_it_was_written() {
        assert_eq!(hex(&[0, 9, 0xab, 0xff]), "0009abff");
        assert_eq!(unhex("0009abff"), Some([0, 9, 0xab, 0xff]));
        for not in ["", "0", "000", "00112", "0g", "+f", " f", "é"] {
            assert_eq!(unhex::<1>(not), None, "{not}");
        }
    }

    /// The numbers are in databases.
    #[test]
    fn kinds_keep_their_numbers() {
        for (kind, number) in [
            (TextKind::Consent, 1),
            (TextKind::Notice, 2),
            (TextKind::Request, 3),
            (TextKind::Welcome, 4),
            (TextKind::StopAck, 5),
            (TextKind::Reply, 6),
            (TextKind::Broadcast, 7),
        ] {
            assert_eq!((kind.code(), TextKind::from_code(number)), (number, Some(kind)));
        }
        assert_eq!((TextKind::from_code(0), TextKind::from_code(8)), (None, None));
    }
}
