//! The ids of a message as others see them. The daemon's own id ends in a running number, from which anybody who gets two messages could tell how many
//! were sent in between. So it never leaves: `Message-ID` and ENVID carry a digest of it, which a reader of the id (in a proof) can compute again, and
//! envelope senders a form that the key leads back from.

use ring::{digest, hmac};

/// Rounds of the network; four make it as good as random even for one who chooses the ids (Luby and Rackoff, 1988).
const ROUNDS: u8 = 4;

/// For `Message-ID` and ENVID: the first half of the SHA-256 of `rundruf message` and the id. Half of the id is random, so it cannot be guessed back.
pub(crate) fn of(id: [u8; 16]) -> [u8; 16] {
    let mut context = digest::Context::new(&digest::SHA256);
    context.update(b"rundruf message");
    context.update(&id);
    context.finish().as_ref().first_chunk::<16>().copied().unwrap_or_default()
}

fn round(key: &hmac::Key, round: u8, half: u64) -> u64 {
    let [a, b, c, d, e, f, g, h] = half.to_be_bytes();
    let tag = hmac::sign(key, &[round, a, b, c, d, e, f, g, h]);
    tag.as_ref().first_chunk::<8>().map_or(0, |head| u64::from_be_bytes(*head))
}

/// The id behind a key.
pub(crate) fn hide(key: &hmac::Key, id: [u8; 16]) -> [u8; 16] {
    let (mut left, mut right) = halves(id);
    for n in 0..ROUNDS {
        (left, right) = (right, left ^ round(key, n, right));
    }
    joined(left, right)
}

/// The id again; for those who read bounces.
#[cfg(test)]
fn reveal(key: &hmac::Key, id: [u8; 16]) -> [u8; 16] {
    let (mut left, mut right) = halves(id);
    for n in (0..ROUNDS).rev() {
        (left, right) = (right ^ round(key, n, left), left);
    }
    joined(left, right)
}

const fn halves(id: [u8; 16]) -> (u64, u64) {
    let both = u128::from_be_bytes(id);
    ((both >> 64) as u64, both as u64)
}

const fn joined(left: u64, right: u64) -> [u8; 16] {
    ((left as u128) << 64 | right as u128).to_be_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    fn id(n: u64) -> [u8; 16] {
        joined(0x0707_0707_0707_0707, n)
    }

    #[test]
    fn running_numbers_cannot_be_seen() {
        let key = |key: &[u8]| hmac::Key::new(hmac::HMAC_SHA256, key);
        let (one, two) = (key(b"one"), key(b"two"));
        for public in [&of as &dyn Fn([u8; 16]) -> [u8; 16], &|id| hide(&one, id)] {
            let seen: Vec<[u8; 16]> = (1..=500).map(|n| public(id(n))).collect();
            // Neither half repeats, grows or keeps what belongs to the broadcast.
            assert_eq!(seen.iter().map(|s| halves(*s).0).collect::<HashSet<_>>().len(), 500);
            assert_eq!(seen.iter().map(|s| halves(*s).1).collect::<HashSet<_>>().len(), 500);
            let rising = seen.windows(2).filter(|w| w[0] < w[1]).count();
            assert!((150..350).contains(&rising), "{rising} of 499 rise");
            let differing =
                seen.windows(2).map(|w| (u128::from_be_bytes(w[0]) ^ u128::from_be_bytes(w[1])).count_ones());
            let differing = differing.sum::<u32>() / 499;
            assert!((60..=68).contains(&differing), "{differing} of 128 bits differ");
        }
        for n in 1..100 {
            assert_eq!(reveal(&one, hide(&one, id(n))), id(n));
            assert_ne!(hide(&one, id(n)), hide(&two, id(n)));
        }
        assert_eq!(of(id(1)), of(id(1)), "a proof can be compared with a message");
    }
}
