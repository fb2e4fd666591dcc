//! Links that cannot be guessed: `ver|purpose|id128|exp32|mac128`, base64url (§6 of the specification).

use crate::Time;

/// What a link is for. Each has a key of its own.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Purpose {
    /// Confirms a request. `id` is the request's random id.
    Confirm = 1,
    /// Ends a subscription. `id` names address and list: see [`leave_id`].
    Leave = 2,
    /// Fetches an attachment.
    File = 3,
}

/// The instance's secret for links. `Debug` prints nothing.
#[derive(Clone)]
pub struct TokenKey(pub [u8; 32]);

impl std::fmt::Debug for TokenKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("TokenKey")
    }
}

/// Makes a token. `expires` of `None` never ends.
#[must_use]
pub fn token(key: &TokenKey, purpose: Purpose, id: [u8; 16], expires: Option<Time>) -> String {
    let _ = (key, purpose, id, expires);
    String::new()
}

/// What a genuine token says.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Opened {
    /// Its id.
    pub id: [u8; 16],
    /// Whether its time is over.
    pub expired: bool,
}

/// Reads a token of this purpose; `None` if it is not genuine. Compares in constant time.
#[must_use]
pub fn open(key: &TokenKey, purpose: Purpose, token: &str, now: Time) -> Option<Opened> {
    let _ = (key, purpose, token, now);
    None
}

/// The id of a leave link: address and list, 8 bytes each. No look-up table is needed, so it works for years.
#[must_use]
pub fn leave_id(address: crate::AddressId, list: crate::ListId) -> [u8; 16] {
    let mut id = [0; 16];
    id[..8].copy_from_slice(&address.0.to_be_bytes());
    id[8..].copy_from_slice(&list.0.to_be_bytes());
    id
}

/// The reverse of [`leave_id`].
#[must_use]
pub fn leave_target(id: [u8; 16]) -> (crate::AddressId, crate::ListId) {
    let (a, l) = (u128::from_be_bytes(id) >> 64, u128::from_be_bytes(id));
    (crate::AddressId(a as i64), crate::ListId(l as i64))
}
