//! NaCl behind four functions: [`seal`] and [`open`] for messages, [`seal_file`] and [`open_file`] for files. Everything else of the plugin is about
//! bytes that these functions take and give, so the library behind them can be replaced here alone.

use crate::id::{hex, unhex_array};
use dryoc::classic::{crypto_box, crypto_secretbox};
use ring::rand::{SecureRandom, SystemRandom};
use std::fmt;
use zeroize::Zeroizing;

/// Bytes of a nonce.
pub const NONCE: usize = 24;
/// What a box is longer than its content: the authentication tag, in front.
pub const TAG: usize = 16;
/// Shortest content with padding, without the type byte.
const FLOOR: usize = 32;
/// Nonces of a file and of its preview. They are constant, so each file has a key of its own.
pub const FILE_NONCE: [u8; NONCE] = file_nonce(1);
/// See [`FILE_NONCE`].
pub const THUMBNAIL_NONCE: [u8; NONCE] = file_nonce(2);

const fn file_nonce(last: u8) -> [u8; NONCE] {
    let mut nonce = [0; NONCE];
    nonce[NONCE - 1] = last;
    nonce
}

/// The points of small order on the curve, in every spelling: with one of them the shared secret would be known to everybody.
const SMALL_ORDER: [[u8; 32]; 7] = [
    [0; 32],
    point(1, 0, 0),
    [
        0xe0, 0xeb, 0x7a, 0x7c, 0x3b, 0x41, 0xb8, 0xae, 0x16, 0x56, 0xe3, 0xfa, 0xf1, 0x9f, 0xc4, 0x6a, 0xda, 0x09,
        0x8d, 0xeb, 0x9c, 0x32, 0xb1, 0xfd, 0x86, 0x62, 0x05, 0x16, 0x5f, 0x49, 0xb8, 0x00,
    ],
    [
        0x5f, 0x9c, 0x95, 0xbc, 0xa3, 0x50, 0x8c, 0x24, 0xb1, 0xd0, 0xb1, 0x55, 0x9c, 0x83, 0xef, 0x5b, 0x04, 0x44,
        0x5c, 0xc4, 0x58, 0x1c, 0x8e, 0x86, 0xd8, 0x22, 0x4e, 0xdd, 0xd0, 0x9f, 0x11, 0x57,
    ],
    point(0xec, 0xff, 0x7f),
    point(0xed, 0xff, 0x7f),
    point(0xee, 0xff, 0x7f),
];

const fn point(first: u8, middle: u8, last: u8) -> [u8; 32] {
    let mut bytes = [middle; 32];
    bytes[0] = first;
    bytes[31] = last;
    bytes
}

/// The public key of a person or of our Gateway ID; never one of small order.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct PublicKey([u8; 32]);

impl PublicKey {
    /// Checks a key.
    #[must_use]
    pub fn new(bytes: [u8; 32]) -> Option<Self> {
        // The highest bit does not count on this curve.
        let mut masked = bytes;
        masked[31] &= 0x7f;
        (!SMALL_ORDER.contains(&masked)).then_some(Self(bytes))
    }

    /// Reads 64 hexadecimal digits, with `public:` in front or not.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        unhex_array(text.strip_prefix("public:").unwrap_or(text)).and_then(Self::new)
    }

    /// The key as 64 hexadecimal digits.
    #[must_use]
    pub fn to_hex(&self) -> String {
        hex(&self.0)
    }

    /// The 32 bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to_hex())
    }
}

/// Our private key. `Debug` does not print it, and it is wiped from memory.
#[derive(Clone)]
pub struct PrivateKey(Zeroizing<[u8; 32]>);

impl PrivateKey {
    /// Reads 64 hexadecimal digits, with `private:` in front or not.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let digits = text.strip_prefix("private:").unwrap_or(text);
        let bytes = Zeroizing::new(unhex_array::<32>(digits)?);
        (*bytes != [0; 32]).then_some(Self(bytes))
    }

    /// A new key.
    ///
    /// # Errors
    /// The system gives no random numbers.
    pub fn generate() -> Result<Self, SealError> {
        Ok(Self(Zeroizing::new(random()?)))
    }

    /// The key as people keep it in a file: `private:` and 64 hexadecimal digits.
    #[must_use]
    pub fn to_text(&self) -> Zeroizing<String> {
        Zeroizing::new(format!("private:{}", &*Zeroizing::new(hex(&*self.0))))
    }

    /// The public key that belongs to it.
    #[must_use]
    pub fn public(&self) -> Option<PublicKey> {
        let mut public = [0; 32];
        dryoc::classic::crypto_core::crypto_scalarmult_base(&mut public, &self.0);
        PublicKey::new(public)
    }
}

impl fmt::Debug for PrivateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PrivateKey")
    }
}

/// The key of one file. `Debug` does not print it, and it is wiped from memory.
#[derive(Clone, PartialEq, Eq)]
pub struct FileKey(Zeroizing<[u8; 32]>);

impl FileKey {
    /// A key with these bytes.
    #[must_use]
    pub fn new(bytes: [u8; 32]) -> Self {
        Self(Zeroizing::new(bytes))
    }

    /// A new key.
    ///
    /// # Errors
    /// The system gives no random numbers.
    pub fn generate() -> Result<Self, SealError> {
        Ok(Self::new(random()?))
    }

    /// The key as 64 hexadecimal digits, as it is in a message.
    #[must_use]
    pub fn to_hex(&self) -> String {
        hex(&*self.0)
    }
}

impl fmt::Debug for FileKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("FileKey")
    }
}

/// Why something could not be sealed or opened. No text names a key or a content.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum SealError {
    /// The keys do not belong to the box, or it was changed.
    #[error("the box does not open with these keys")]
    Closed,
    /// Shorter than any box.
    #[error("too short for a box")]
    Short,
    /// The bytes at the end are not a padding.
    #[error("the padding is wrong")]
    Padding,
    /// The content cannot be sealed.
    #[error("it cannot be sealed")]
    Seal,
    /// The system gives no random numbers.
    #[error("the system gives no random numbers")]
    Random,
}

/// Random bytes of the system.
///
/// # Errors
/// The system gives none.
pub fn random<const N: usize>() -> Result<[u8; N], SealError> {
    let mut bytes = [0; N];
    SystemRandom::new().fill(&mut bytes).map_err(|_| SealError::Random)?;
    Ok(bytes)
}

/// Seals a padded message from us to `to`.
///
/// # Errors
/// The keys make no shared secret.
pub fn seal(padded: &[u8], nonce: &[u8; NONCE], to: &PublicKey, from: &PrivateKey) -> Result<Vec<u8>, SealError> {
    let mut sealed = vec![0; padded.len() + TAG];
    crypto_box::crypto_box_easy(&mut sealed, padded, nonce, &to.0, &from.0).map_err(|_| SealError::Seal)?;
    Ok(sealed)
}

/// Opens a message from `from` to us. The result is still padded.
///
/// # Errors
/// The box is not from them to us.
pub fn open(sealed: &[u8], nonce: &[u8; NONCE], from: &PublicKey, to: &PrivateKey) -> Result<Vec<u8>, SealError> {
    let mut padded = vec![0; sealed.len().checked_sub(TAG).ok_or(SealError::Short)?];
    let opened = crypto_box::crypto_box_open_easy(&mut padded, sealed, nonce, &from.0, &to.0);
    opened.map(|()| padded).map_err(|_| SealError::Closed)
}

/// Seals a file.
///
/// # Errors
/// The file is too large for any message.
pub fn seal_file(content: &[u8], nonce: &[u8; NONCE], key: &FileKey) -> Result<Vec<u8>, SealError> {
    let mut sealed = vec![0; content.len() + TAG];
    let done = crypto_secretbox::crypto_secretbox_easy(&mut sealed, content, nonce, &key.0);
    done.map(|()| sealed).map_err(|_| SealError::Seal)
}

/// Opens a file.
///
/// # Errors
/// The key is another one, or the file was changed.
pub fn open_file(sealed: &[u8], nonce: &[u8; NONCE], key: &FileKey) -> Result<Vec<u8>, SealError> {
    let mut content = vec![0; sealed.len().checked_sub(TAG).ok_or(SealError::Short)?];
    let opened = crypto_secretbox::crypto_secretbox_open_easy(&mut content, sealed, nonce, &key.0);
    opened.map(|()| content).map_err(|_| SealError::Closed)
}

/// A message with this many bytes of padding, at least; see [`padded`].
#[must_use]
pub fn padded_by(message: &[u8], length: u8) -> Vec<u8> {
    let data = message.len().saturating_sub(1);
    let length = u8::try_from(FLOOR.saturating_sub(data)).map_or(length, |floor| length.max(floor)).max(1);
    let mut padded = Vec::with_capacity(message.len() + usize::from(length));
    padded.extend_from_slice(message);
    padded.resize(message.len() + usize::from(length), length);
    padded
}

/// A message with padding of a random length, so that the length of a box does not tell what it says: 1 to 255 bytes of that value, more for
/// a very short one.
///
/// # Errors
/// The system gives no random numbers.
pub fn padded(message: &[u8]) -> Result<Vec<u8>, SealError> {
    loop {
        let [length] = random()?;
        if length > 0 {
            return Ok(padded_by(message, length));
        }
    }
}

/// A message without its padding.
///
/// # Errors
/// There is no valid padding, or nothing but padding.
pub fn unpadded(padded: &[u8]) -> Result<&[u8], SealError> {
    let length = *padded.last().ok_or(SealError::Padding)?;
    let (message, padding) = padded
        .len()
        .checked_sub(usize::from(length))
        .and_then(|n| padded.split_at_checked(n))
        .ok_or(SealError::Padding)?;
    let is_valid = length > 0 && !message.is_empty() && padding.iter().all(|byte| *byte == length);
    is_valid.then_some(message).ok_or(SealError::Padding)
}

#[cfg(test)]
#[path = "../tests/unit/boxes.rs"]
mod tests;
