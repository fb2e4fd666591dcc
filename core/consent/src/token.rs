//! Links that cannot be guessed: `ver|purpose|id128|exp32|mac128`, base64url (SPEC §6).

use crate::{AddressId, ListId, Time};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::hmac;

/// What a link is for. Each has a key of its own.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Purpose {
    /// Confirms a request. `id` is the request's random id.
    Confirm = 1,
    /// Ends a subscription. `id` names address and list: see [`UnsubscribeTarget`].
    Unsubscribe = 2,
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

/// Version of the form; unsubscribe links with a random part have the second.
const VERSION: u8 = 1;
const WITH_RANDOM: u8 = 2;
/// Bytes before the MAC: version, purpose, id, expiry in seconds.
const HEAD: usize = 1 + 1 + 16 + 4;
/// Bytes of the truncated MAC.
const MAC: usize = 16;

/// Signs tokens of one purpose; derives the key once for many tokens.
#[derive(Clone, Debug)]
pub struct TokenSigner {
    purpose: Purpose,
    key: hmac::Key,
}

impl TokenSigner {
    /// Derives the key of this purpose. Each purpose has its own key: an unsubscribe link is never accepted as a confirm link.
    #[must_use]
    pub fn new(key: &TokenKey, purpose: Purpose) -> Self {
        let root = hmac::Key::new(hmac::HMAC_SHA256, &key.0);
        let own = hmac::sign(&root, &[b'l', b'i', b'n', b'k', purpose as u8]);
        Self { purpose, key: hmac::Key::new(hmac::HMAC_SHA256, own.as_ref()) }
    }

    /// Appends a token to a text. `expires` of `None` never ends.
    pub fn append(&self, id: [u8; 16], expires: Option<Time>, out: &mut String) {
        self.append_version(VERSION, id, expires, out);
    }

    /// Appends the token of an unsubscribe link to a text. It never ends.
    pub fn append_unsubscribe(&self, target: &UnsubscribeTarget, out: &mut String) {
        let version = if target.random == 0 { VERSION } else { WITH_RANDOM };
        self.append_version(version, target.id(), None, out);
    }

    fn append_version(&self, version: u8, id: [u8; 16], expires: Option<Time>, out: &mut String) {
        let seconds = expires.map_or(0, |t| u32::try_from(t.0 / 1_000).unwrap_or(u32::MAX).max(1));
        let mut bytes = [0; HEAD + MAC];
        let (head, tag) = bytes.split_at_mut(HEAD);
        let parts = [version, self.purpose as u8].into_iter().chain(id).chain(seconds.to_be_bytes());
        for (to, from) in head.iter_mut().zip(parts) {
            *to = from;
        }
        tag.copy_from_slice(&mac(&self.key, head));
        URL_SAFE_NO_PAD.encode_string(bytes, out);
    }
}

fn mac(key: &hmac::Key, head: &[u8]) -> [u8; MAC] {
    let tag = hmac::sign(key, head);
    let mut out = [0; MAC];
    out.copy_from_slice(tag.as_ref().get(..MAC).unwrap_or(&[0; MAC]));
    out
}

/// Signs one token. `expires` of `None` never expires.
#[must_use]
pub fn sign(key: &TokenKey, purpose: Purpose, id: [u8; 16], expires: Option<Time>) -> String {
    let mut out = String::with_capacity(52);
    TokenSigner::new(key, purpose).append(id, expires, &mut out);
    out
}

/// What a genuine token says.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct TokenClaims {
    /// The id it was signed with.
    pub id: [u8; 16],
    /// Whether it has expired.
    pub expired: bool,
    /// Version of its form.
    version: u8,
}

/// Reads a token of this purpose; `None` if it is not genuine. Compares in constant time.
#[must_use]
pub fn verify(key: &TokenKey, purpose: Purpose, token: &str, now: Time) -> Option<TokenClaims> {
    let bytes = URL_SAFE_NO_PAD.decode(token).ok()?;
    let (head, tag) = bytes.split_at_checked(HEAD)?;
    let wanted = mac(&TokenSigner::new(key, purpose).key, head);
    let differs = wanted.iter().zip(tag).fold(0, |sum, (a, b)| sum | (a ^ b));
    let version = *head.first()?;
    let known = version == VERSION || (version == WITH_RANDOM && purpose == Purpose::Unsubscribe);
    if tag.len() != MAC || differs != 0 || !known || head.get(1) != Some(&(purpose as u8)) {
        return None;
    }
    let id = head.get(2..18)?.try_into().ok()?;
    let seconds = u32::from_be_bytes(head.get(18..22)?.try_into().ok()?);
    Some(TokenClaims { id, expired: seconds != 0 && now.0 / 1_000 > i64::from(seconds), version })
}

/// What an unsubscribe link is about. No look-up table is needed, so it works for years. The random part was drawn with the address and is
/// stored with it: a link never acts on another address, even if a restore has given its number away again.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct UnsubscribeTarget {
    /// The address.
    pub address: AddressId,
    /// The list.
    pub list: ListId,
    /// Random part, 56 bits; 0 for addresses that are older than such links.
    pub random: i64,
}

impl UnsubscribeTarget {
    /// With a random part: 7 bytes of it, 6 of the address, 3 of the list; without: address and list, 8 bytes each.
    fn id(&self) -> [u8; 16] {
        let (address, list) = (u128::from(self.address.0.cast_unsigned()), u128::from(self.list.0.cast_unsigned()));
        let random = u128::from(self.random.cast_unsigned());
        if random == 0 {
            return ((address << 64) | list).to_be_bytes();
        }
        ((random << 72) | ((address & 0xffff_ffff_ffff) << 24) | (list & 0xff_ffff)).to_be_bytes()
    }

    /// The target of a genuine unsubscribe link.
    #[must_use]
    pub fn of(claims: &TokenClaims) -> Self {
        let all = u128::from_be_bytes(claims.id);
        let part = |shift: u32, mask: u128| i64::try_from((all >> shift) & mask).unwrap_or(0);
        if claims.version == WITH_RANDOM {
            let (address, list) = (AddressId(part(24, 0xffff_ffff_ffff)), ListId(part(0, 0xff_ffff)));
            return Self { address, list, random: part(72, 0xff_ffff_ffff_ffff) };
        }
        let (half, mask) = (64, u128::from(u64::MAX));
        Self { address: AddressId(part(half, mask)), list: ListId(part(0, mask)), random: 0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_opens_only_as_what_it_is() {
        let key = TokenKey([3; 32]);
        let whose = |random| UnsubscribeTarget { address: AddressId(42), list: ListId(7), random };
        let link = |random| {
            let mut out = String::new();
            TokenSigner::new(&key, Purpose::Unsubscribe).append_unsubscribe(&whose(random), &mut out);
            out
        };
        for random in [0, 1, 0xff_ffff_ffff_ffff] {
            let claims = verify(&key, Purpose::Unsubscribe, &link(random), Time(i64::MAX)).unwrap();
            assert_eq!((UnsubscribeTarget::of(&claims), claims.expired), (whose(random), false));
        }
        assert_ne!(link(1), link(2), "two addresses of one number have two links");
        let t = link(77);
        let old = sign(&key, Purpose::Unsubscribe, whose(0).id(), None);
        assert_eq!(old, link(0), "links of former versions keep working");
        assert_eq!(verify(&key, Purpose::Confirm, &t, Time(0)), None, "of another purpose");
        assert_eq!(verify(&TokenKey([4; 32]), Purpose::Unsubscribe, &t, Time(0)), None, "of another instance");
        for n in 0..t.len() {
            let mut bent = t.clone().into_bytes();
            bent[n] = if bent[n] == b'A' { b'B' } else { b'A' };
            let bent = String::from_utf8(bent).unwrap();
            assert!(bent == t || verify(&key, Purpose::Unsubscribe, &bent, Time(0)).is_none(), "bent at {n}");
        }
        for junk in ["", "x", "....", &t[1..], &t[..t.len() - 1], &"A".repeat(10_000)] {
            assert_eq!(verify(&key, Purpose::Unsubscribe, junk, Time(0)), None, "{junk:.20}");
        }
    }

    /// What a forger may try who has seen genuine tokens.
    #[test]
    fn a_token_of_another_form_is_not_genuine() {
        let key = TokenKey([3; 32]);
        let signed = |purpose, version| {
            let mut out = String::new();
            TokenSigner::new(&key, purpose).append_version(version, [9; 16], None, &mut out);
            out
        };
        for (purpose, version, genuine) in [
            (Purpose::Confirm, VERSION, true),
            (Purpose::Unsubscribe, VERSION, true),
            (Purpose::Unsubscribe, WITH_RANDOM, true),
            (Purpose::File, WITH_RANDOM, false),
            (Purpose::Confirm, WITH_RANDOM, false),
            (Purpose::Confirm, 0, false),
            (Purpose::Unsubscribe, 3, false),
        ] {
            let read = verify(&key, purpose, &signed(purpose, version), Time(0));
            assert_eq!(read.is_some(), genuine, "{purpose:?} {version}");
        }
        // The same change in two bytes of the code does not cancel out.
        let mut bytes = URL_SAFE_NO_PAD.decode(signed(Purpose::Confirm, VERSION)).unwrap();
        bytes[HEAD] ^= 1;
        bytes[HEAD + 1] ^= 1;
        assert_eq!(verify(&key, Purpose::Confirm, &URL_SAFE_NO_PAD.encode(bytes), Time(0)), None);
        assert_eq!(format!("{key:?}"), "TokenKey", "no secret in a log");
    }

    #[test]
    fn a_token_ends() {
        let key = TokenKey([3; 32]);
        let t = sign(&key, Purpose::Confirm, [9; 16], Some(Time(5_000)));
        assert!(!verify(&key, Purpose::Confirm, &t, Time(5_999)).unwrap().expired);
        assert!(verify(&key, Purpose::Confirm, &t, Time(6_000)).unwrap().expired);
    }
}
