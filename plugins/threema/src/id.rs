//! Threema IDs, message ids, and hexadecimal digits.

use std::fmt::{self, Write as _};

/// The channel, as the host names it.
pub(crate) const CHANNEL: &str = "threema";

/// A Threema ID: eight of `A-Z0-9`; the first may be `*` (a Gateway ID). `Debug` does not show it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ThreemaId([u8; 8]);

impl ThreemaId {
    /// Reads an ID in any case.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let bytes: [u8; 8] = text.as_bytes().try_into().ok()?;
        let upper = bytes.map(|b| b.to_ascii_uppercase());
        let ok = upper.iter().enumerate().all(|(n, b)| b.is_ascii_alphanumeric() || (n == 0 && *b == b'*'));
        ok.then_some(Self(upper))
    }

    /// The ID as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_default()
    }

    /// Whether it is a Gateway ID.
    #[must_use]
    pub const fn is_gateway(&self) -> bool {
        matches!(self.0, [b'*', ..])
    }
}

impl fmt::Debug for ThreemaId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ThreemaId")
    }
}

/// The id of a message, unique for each sender: eight bytes, in HTTP 16 hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct ThreemaMessageId(pub [u8; 8]);

impl ThreemaMessageId {
    /// Reads 16 hexadecimal digits.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        unhex_array(text).map(Self)
    }
}

impl fmt::Display for ThreemaMessageId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex(&self.0))
    }
}

/// The id under which the host knows a message between us and `person`: the message id and a checksum over both, so that an id counts only together
/// with the person whose message it is, and so that it does not contain their Threema ID.
#[must_use]
pub fn remote_id(person: ThreemaId, id: ThreemaMessageId) -> String {
    let digest = ring::digest::digest(&ring::digest::SHA256, &[&b"threema"[..], &person.0, &id.0].concat());
    format!("{id}-{}", hex(digest.as_ref().get(..4).unwrap_or_default()))
}

/// The message id in a [`remote_id`].
#[must_use]
pub fn message_id_of(remote_id: &str) -> Option<ThreemaMessageId> {
    ThreemaMessageId::parse(remote_id.split('-').next()?)
}

/// Bytes as lower-case hexadecimal digits.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut out, byte| {
        let _ = write!(out, "{byte:02x}");
        out
    })
}

/// Bytes from hexadecimal digits of either case.
#[must_use]
pub fn unhex(text: &str) -> Option<Vec<u8>> {
    let digit = |b: u8| char::from(b).to_digit(16).and_then(|d| u8::try_from(d).ok());
    let (pairs, rest) = text.as_bytes().as_chunks::<2>();
    rest.is_empty().then_some(())?;
    pairs.iter().map(|[high, low]| Some(digit(*high)? << 4 | digit(*low)?)).collect()
}

/// Exactly `N` bytes from hexadecimal digits.
#[must_use]
pub fn unhex_array<const N: usize>(text: &str) -> Option<[u8; N]> {
    // Longer texts are not even looked at.
    (text.len() == N * 2).then_some(())?;
    unhex(text)?.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids() {
        for (text, id) in [
            ("ECHOECHO", Some("ECHOECHO")),
            ("anna2345", Some("ANNA2345")),
            ("*krume01", Some("*KRUME01")),
            ("A*234567", None),
            ("ANNA234", None),
            ("ANNA23456", None),
            ("ÄNNA234", None),
            ("", None),
        ] {
            assert_eq!(ThreemaId::parse(text).as_ref().map(ThreemaId::as_str), id, "{text}");
        }
        assert!(ThreemaId::parse("*KRUME01").unwrap().is_gateway());
        assert_eq!(format!("{:?}", ThreemaId::parse("ANNA2345")), "Some(ThreemaId)");
    }

    #[test]
    fn message_ids_are_bytes() {
        for text in ["0102030405060708", "000a0dff000a0dff", "FFFFFFFFFFFFFFFF"] {
            assert_eq!(ThreemaMessageId::parse(text).unwrap().to_string(), text.to_lowercase());
        }
        assert_eq!(
            ThreemaMessageId::parse("0102030405060708").map(|id| u64::from_le_bytes(id.0)),
            Some(0x0807_0605_0403_0201)
        );
        for bad in
            ["", "01020304050607", "010203040506070g", "01020304050607089", "+102030405060708", "01 2030405060708"]
        {
            assert_eq!(ThreemaMessageId::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_remote_id_belongs_to_one_person_and_does_not_name_them() {
        let id = ThreemaMessageId([1, 2, 3, 4, 5, 6, 7, 8]);
        let [anna, bert] = ["ANNA2345", "BERT2345"].map(|id| ThreemaId::parse(id).unwrap());
        let (hers, his) = (remote_id(anna, id), remote_id(bert, id));
        assert_ne!(hers, his);
        assert!(!hers.contains("ANNA"), "{hers}");
        assert_eq!((message_id_of(&hers), message_id_of(&his), message_id_of("x")), (Some(id), Some(id), None));
    }
}
