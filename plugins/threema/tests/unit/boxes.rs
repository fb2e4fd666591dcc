//! Boxes, padding and keys, by the vectors of the official libraries.

use super::*;
use crate::id::unhex;

const A: (&str, &str) = (
    "94af3260fa2a19adc8e82e82be598be15bc6ad6f47c8ee303cb185ef860e16d2",
    "3851ad59c96146a05b32e41c0ccd0fd639dc8cd66bf6e1cbd3c8d67e4e8f5531",
);
const B: (&str, &str) = (
    "8318e05220acd38e97ba41a9a6318688214219916075ca060f9339a6d1f7fc29",
    "10ac7fd937eafb806f9a05bf9afa340a99387b0063cc9cb0d1ea5505d39cc076",
);
const COUNTED: &str = "000102030405060708090a0b0c0d0e0f1011121314151617";
const OFFICIAL: (&str, &str) = (
    "0a1ec5b67b4d61a1ef91f55e8ce0471fee96ea5d8596dfd0",
    "45181c7aed95a1c100b1b559116c61b43ce15d04014a805288b7d14bf3a993393264fe554794ce7d6007233e8ef5a0f1ccdd704f34e7c7b77c72c239182caf1d061d6fff6ffbbfe8d3b8f3475c2fe352e563aa60290c666b2e627761e32155e62f048b52ef2f39c13ac229f393c67811749467396ecd09f42d32a4eb419117d0451056ac18fac957c52b0cca67568e2d97e5a3fd829a77f914a1ad403c5909fd510a313033422ea5db71eaf43d483238612a54cb1ecfe55259b1de5579e67c6505df7d674d34a737edf721ea69d15b567bc2195ec67e172f3cb8d6842ca88c29138cc33e9351dbc1e4973a82e1cf428c1c763bb8f3eb57770f914a",
);

fn keys(pair: (&str, &str)) -> (PrivateKey, PublicKey) {
    (PrivateKey::parse(pair.0).unwrap(), PublicKey::parse(pair.1).unwrap())
}

#[test]
fn key_pairs() {
    for (private, public) in [
        A,
        B,
        (
            "788433c173964f725b83d33676c5c25d623783ad22a3d50a8573bf5d2a4e6bac",
            "caea70eb4fde41591d6454006322d65b8c57a6b40e2292c87954a539bc8e326f",
        ),
        (
            "ecf5e324131eab54d4b35d912593fe946b889309f77c2e6e8eec1071a600b468",
            "820e358d85606e36c306548da4f25da571a39715959bb796d6b4ea10f9652b59",
        ),
    ] {
        let key = PrivateKey::parse(&format!(" private:{private}\n")).unwrap();
        assert_eq!(key.public(), PublicKey::parse(&format!("public:{}", public.to_uppercase())));
        assert_eq!(*key.to_text(), format!("private:{private}"));
    }
}

#[test]
fn the_official_box() {
    let ((a_private, a), (b_private, b)) = (keys(A), keys(B));
    let (nonce, sealed) = (unhex_array(OFFICIAL.0).unwrap(), unhex(OFFICIAL.1).unwrap());
    assert_eq!(sealed.len(), 251);
    let padded = open(&sealed, &nonce, &a, &b_private).unwrap();
    assert_eq!(padded.last(), Some(&199));
    let message = unpadded(&padded).unwrap();
    assert_eq!(message.split_first(), Some((&1, "Dies ist eine Testnachricht. äöü".as_bytes())));
    assert_eq!(padded_by(message, 199), padded);
    assert_eq!(seal(&padded, &nonce, &b, &a_private).unwrap(), sealed);
    for changed in 0..sealed.len() {
        let mut other = sealed.clone();
        other[changed] ^= 1;
        assert_eq!(open(&other, &nonce, &a, &b_private), Err(SealError::Closed));
    }
    assert_eq!(open(&sealed, &nonce, &b, &b_private), Err(SealError::Closed));
    assert_eq!(open(&sealed[..15], &nonce, &a, &b_private), Err(SealError::Short));
}

#[test]
fn boxes_of_every_kind() {
    let ((a_private, _), (_, b)) = (keys(A), keys(B));
    let nonce = unhex_array(COUNTED).unwrap();
    let with_type = |kind: u8, data: &[u8]| [&[kind][..], data].concat();
    let id = [1, 2, 3, 4, 5, 6, 7, 8];
    for (message, padding, expected) in [
        (
            with_type(1, b"Hi"),
            30,
            "b6065a87127256739ca1a7c332df66b72af31063a503452b467ebb4a652cd9513fb08d11bb9d9b6fd0f1c6f588e817b513",
        ),
        (
            with_type(0x80, &[2, 0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77, 0x88]),
            23,
            "52440b065a9caddb825887277af86956abb9685f88590e532fe8b2436c25d05836b98418b2949266d9f8cffc81e11ebc1a",
        ),
        (
            with_type(0x10, "47.3769,8.5417\nBahnhofplatz, 8001 Zürich".as_bytes()),
            1,
            "5718de3beab96ea39073aec6f03218823b8f4e53882a6d0c74588b614f03f04563cffb61cdece301a28eac91bad6319b3d1f10fdf5a787ea2a3324",
        ),
        (
            with_type(0x90, &[1]),
            31,
            "12e923e2ac48913f9cf428eb7454b604bbba6662a402442a477fba4b642dd8503eb18c10ba9c9a6ed1f0c7f489e916b412",
        ),
        (
            [&[0x92, 0x09][..], &id].concat(),
            23,
            "2d31f2109cbfb41b315d52436ee8e4d4b9b2787fb8195e335f68b2436c25d05836b98418b2949266d9f8cffc81e11ebc1a",
        ),
        (
            [&[0x91, 0x09][..], &id, &[0x12, 3], b"new"].concat(),
            18,
            "eea7a1b0f0aa6b23a7be68a4b2dd5211bab2787fb8195e335f68b7571557b05d33bc811db7919763dcfdcaf984e41bb91f",
        ),
    ] {
        let sealed = seal(&padded_by(&message, padding), &nonce, &b, &a_private).unwrap();
        assert_eq!(hex(&sealed), expected, "{message:?}");
    }
}

#[test]
fn files() {
    let key = FileKey::new(std::array::from_fn(|n| u8::try_from(n).unwrap()));
    for (content, nonce, sealed) in [
        ("hello file", FILE_NONCE, "6b2a3a21134888117de89397ef443eb2f2b6d740ad3dfb51d5fe"),
        ("thumb", THUMBNAIL_NONCE, "e0bf755d62b06704f9c35866b0faf1db51470efbc0"),
    ] {
        assert_eq!(hex(&seal_file(content.as_bytes(), &nonce, &key).unwrap()), sealed);
        assert_eq!(open_file(&unhex(sealed).unwrap(), &nonce, &key).unwrap(), content.as_bytes());
    }
    assert_eq!(open_file(&[0; 20], &FILE_NONCE, &key), Err(SealError::Closed));
    assert_ne!(FileKey::generate().unwrap(), FileKey::generate().unwrap());
}

#[test]
fn keys_that_everybody_could_open_are_refused() {
    let private = [keys(A).0, keys(B).0];
    for mut bytes in SMALL_ORDER {
        for high in [0, 0x80] {
            bytes[31] |= high;
            assert_eq!(PublicKey::new(bytes), None, "{}", hex(&bytes));
            // And they are what they are said to be: the library makes no secret of them, or the same one with every private key.
            let secrets = private.each_ref().map(|p| crypto_box::crypto_box_beforenm(&bytes, &p.0).ok());
            assert_eq!(secrets[0], secrets[1], "{}", hex(&bytes));
        }
    }
    assert_eq!(PublicKey::parse(&"00".repeat(32)), None);
    assert!(PrivateKey::parse(&"00".repeat(32)).is_none());
    for bad in ["", "public:", "12", &"zz".repeat(32), &"11".repeat(33), "private:1"] {
        assert!(PublicKey::parse(bad).is_none() && PrivateKey::parse(bad).is_none(), "{bad}");
    }
    assert!(PublicKey::parse("4a6a1b34dcef15d43cb74de2fd36091be99fbbaf126d099d47d83d919712c72b").is_some());
}

#[test]
fn padding_has_a_floor_and_every_length() {
    assert_eq!(padded_by(&[1], 1).len(), 33, "an empty text");
    let mut seen = [false; 256];
    for data in 0..300 {
        let message = vec![7; data + 1];
        for _ in 0..20 {
            let padded = padded(&message).unwrap();
            let length = padded.len() - message.len();
            assert!((1..=255).contains(&length) && data + length >= 32);
            seen[length] = true;
            assert_eq!(unpadded(&padded).unwrap(), message);
        }
    }
    assert!(seen.iter().filter(|seen| **seen).count() > 240, "lengths are random");
    for bad in [&[][..], &[0], &[1], &[1, 0], &[1, 2, 3], &[2, 2], &[1, 9, 3, 3]] {
        assert_eq!(unpadded(bad), Err(SealError::Padding), "{bad:?}");
    }
}

#[test]
fn secrets_print_nothing() {
    let shown = format!("{:?} {:?}", keys(A).0, FileKey::new([0xab; 32]));
    assert_eq!(shown, "PrivateKey FileKey");
}
