//! The hashes by which the gateway looks up people: it learns neither number nor address, unless it tries them all.

use crate::id::hex;
use ring::hmac;

const PHONE: [u8; 32] = [
    0x85, 0xad, 0xf8, 0x22, 0x69, 0x53, 0xf3, 0xd9, 0x6c, 0xfd, 0x5d, 0x09, 0xbf, 0x29, 0x55, 0x5e, 0xb9, 0x55, 0xfc,
    0xd8, 0xaa, 0x5e, 0xc4, 0xf9, 0xfc, 0xd8, 0x69, 0xe2, 0x58, 0x37, 0x07, 0x23,
];
const EMAIL: [u8; 32] = [
    0x30, 0xa5, 0x50, 0x0f, 0xed, 0x97, 0x01, 0xfa, 0x6d, 0xef, 0xdb, 0x61, 0x08, 0x41, 0x90, 0x0f, 0xeb, 0xb8, 0xe4,
    0x30, 0x88, 0x1f, 0x7a, 0xd8, 0x16, 0x82, 0x62, 0x64, 0xec, 0x09, 0xba, 0xd7,
];

fn hash(key: &[u8], text: &str) -> String {
    hex(hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), text.as_bytes()).as_ref())
}

/// The hash of a number such as `+41791234567`.
#[must_use]
pub fn phone(number: &str) -> String {
    hash(&PHONE, &number.chars().filter(char::is_ascii_digit).collect::<String>())
}

/// The hash of an e-mail address.
#[must_use]
pub fn email(address: &str) -> String {
    hash(&EMAIL, &address.trim().to_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_official_hashes() {
        for address in ["test@threema.ch", " Test@Threema.ch "] {
            assert_eq!(email(address), "1ea093239cc5f0e1b6ec81b866265b921f26dc4033025410063309f4d1a8ee2c");
        }
        assert_eq!(email("echoecho@example.com"), "45a13d422b40f81936a9987245d3f6d9064c90607273af4f578246b4484669e2");
        assert_eq!(phone("41791234567"), "ad398f4d7ebe63c6550a486cc6e07f9baa09bd9d8b3d8cb9d9be106d35a7fdbc");
        assert_eq!(phone("+44 123 456789"), "98b05f6eda7a878f6f016bdcdc9db6eb61a6b190e814ff787142115af144214c");
    }
}
