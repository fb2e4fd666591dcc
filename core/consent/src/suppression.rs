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

/// The hash of an address itself: HMAC-SHA-256 of channel and key. Under it a yes is remembered that came after a stop.
#[must_use]
pub fn hash(pepper: &Pepper, address: &Address) -> [u8; 32] {
    sign(pepper, address.channel(), address.key())
}

/// The hash that a stop stores: that of the mailbox, so that a stop by `a+x@b` reaches `a@b` and `a+y@b`.
#[must_use]
pub fn mailbox_hash(pepper: &Pepper, address: &Address) -> [u8; 32] {
    sign(pepper, address.channel(), &address.mailbox())
}

/// The hashes under which an address is looked up: its key, its mailbox, and the forms that earlier versions hashed.
#[must_use]
pub fn hashes(pepper: &Pepper, address: &Address) -> Vec<[u8; 32]> {
    let mut out = vec![hash(pepper, address)];
    out.extend(address.tagged_mailbox().map(|mailbox| sign(pepper, address.channel(), &mailbox)));
    out.extend(address.earlier_forms().iter().map(|form| sign(pepper, address.channel(), form)));
    out
}

fn sign(pepper: &Pepper, channel: Channel, form: &str) -> [u8; 32] {
    let key = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, &pepper.0);
    let mut context = ring::hmac::Context::with_key(&key);
    context.update(&[channel.code()]);
    context.update(form.as_bytes());
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
        let tagged = mailbox_hash(&pepper, &of("Anna+brot@krume.example"));
        assert_eq!(tagged, stopped, "a stop by a tag reaches the mailbox");
        assert_ne!(hash(&pepper, &of("anna+brot@krume.example")), stopped);
        assert_eq!(format!("{pepper:?}"), "Pepper", "no secret in a log");
        // Each look-up is a query: as few as there are forms.
        for (address, forms) in [("anna@krume.example", 1), ("anna+brot@krume.example", 2), ("JÖRG@krume.example", 1)]
        {
            assert_eq!(hashes(&pepper, &of(address)).len(), forms, "{address}");
        }
    }

    #[test]
    fn what_earlier_versions_hashed_is_still_found() {
        let pepper = Pepper([7; 32]);
        let earlier = |channel, text: &str| sign(&pepper, channel, text);
        let number = Address::parse(Channel::Sms, "+49 171 1234567", None).unwrap();
        assert!(hashes(&pepper, &number).contains(&earlier(Channel::Sms, "+4901711234567")));
        let mail = Address::parse(Channel::Email, "STRAßE+x@k.example", None).unwrap();
        assert!(hashes(&pepper, &mail).contains(&earlier(Channel::Email, "straße+x@k.example")));
        assert!(hashes(&pepper, &mail).contains(&earlier(Channel::Email, "straße@k.example")));
    }
}
