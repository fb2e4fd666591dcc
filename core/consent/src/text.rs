//! Texts that people saw, named by the digest of their bytes.

/// A SHA-256 digest.
pub type Digest = [u8; 32];

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

/// A text, immutable.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Text {
    /// What it is for.
    pub kind: TextKind,
    /// BCP 47 tag.
    pub language: String,
    /// The bytes.
    pub body: String,
}

impl Text {
    /// SHA-256 of the body.
    #[must_use]
    pub fn digest(&self) -> Digest {
        sha256(self.body.as_bytes())
    }
}

/// SHA-256.
#[must_use]
pub fn sha256(bytes: &[u8]) -> Digest {
    let mut out = [0; 32];
    out.copy_from_slice(ring::digest::digest(&ring::digest::SHA256, bytes).as_ref());
    out
}
