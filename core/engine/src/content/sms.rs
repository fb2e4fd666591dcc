//! How many parts a text message has: 160 characters of GSM 03.38 in one, 153 in each of several; 70 and 67 where any other character occurs.

/// Characters of the GSM 03.38 alphabet that are not ASCII alphanumerics or common signs.
const BASIC: &str = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./:;<=>?¡ÄÖÑÜ§¿äöñüà";
/// Characters that count twice.
const EXTENDED: &str = "\u{c}^{}\\[~]|€";

/// The parts of a text message, at least 1.
pub(crate) fn parts(text: &str) -> u64 {
    let mut septets = 0;
    for c in text.chars() {
        septets += match c {
            c if c.is_ascii_alphanumeric() || BASIC.contains(c) => 1,
            c if EXTENDED.contains(c) => 2,
            _ => {
                let units = text.encode_utf16().count();
                return if units <= 70 { 1 } else { units.div_ceil(67) as u64 };
            }
        };
    }
    if septets <= 160 { 1 } else { u64::div_ceil(septets, 153) }
}

#[cfg(test)]
mod tests {
    use super::parts;

    #[test]
    fn parts_of_text_messages() {
        for (text, want) in [
            ("".to_owned(), 1),
            ("ä".repeat(160), 1),
            ("ä".repeat(161), 2),
            ("a".repeat(306), 2),
            ("a".repeat(307), 3),
            ("€".repeat(80), 1),
            ("€".repeat(81), 2),
            ("„".repeat(70), 1),
            ("„".repeat(71), 2),
            (format!("{}😀", "a".repeat(68)), 1),
            (format!("{}😀", "a".repeat(69)), 2),
        ] {
            assert_eq!(parts(&text), want, "{text}");
        }
    }
}
