//! Keyed hashes of suppressed addresses: HMAC-SHA-256 with the instance's pepper (R24).

use crate::{Address, Channel};

/// The instance's secret for suppression hashes. `Debug` prints nothing.
#[derive(Clone)]
pub struct Pepper(pub [u8; 32]);

impl std::fmt::Debug for Pepper {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Pepper")
    }
}

/// The hash that a stop stores: HMAC-SHA-256 of channel and case-folded value.
#[must_use]
pub fn hash(pepper: &Pepper, address: &Address) -> [u8; 32] {
    sign(pepper, address.channel(), &address.value().to_lowercase())
}

/// The hashes under which an address is looked up: itself, and for e-mail also without its +tag, so that a stop for `a@b` reaches `a+x@b`.
#[must_use]
pub fn hashes(pepper: &Pepper, address: &Address) -> Vec<[u8; 32]> {
    let folded = address.value().to_lowercase();
    let mut out = vec![sign(pepper, address.channel(), &folded)];
    if address.channel() == Channel::Email
        && let Some((local, domain)) = folded.split_once('@')
        && let Some((base, _)) = local.split_once('+')
    {
        out.push(sign(pepper, address.channel(), &format!("{base}@{domain}")));
    }
    out
}

fn sign(pepper: &Pepper, channel: Channel, folded: &str) -> [u8; 32] {
    let key = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, &pepper.0);
    let mut context = ring::hmac::Context::with_key(&key);
    context.update(&[channel.code()]);
    context.update(folded.as_bytes());
    let mut out = [0; 32];
    out.copy_from_slice(context.sign().as_ref());
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stop_reaches_case_and_tag() {
        let pepper = Pepper([7; 32]);
        let of = |text: &str| Address::parse(Channel::Email, text, None).unwrap();
        let stopped = hash(&pepper, &of("Anna@krume.example"));
        for same in ["anna@krume.example", "ANNA@krume.example", "anna+brot@krume.example"] {
            assert!(hashes(&pepper, &of(same)).contains(&stopped), "{same}");
        }
        assert!(!hashes(&pepper, &of("berta@krume.example")).contains(&stopped));
        assert_ne!(stopped, hash(&Pepper([8; 32]), &of("anna@krume.example")));
    }
}
