//! What a provider has received, read in every way in which a text may be written on the wire: as it is, quoted-printable, percent-encoded, JSON, Base64.

/// One message that arrived at a provider, or one file in a folder.
pub(crate) struct Reading(Vec<String>);

impl Reading {
    pub(crate) fn of(bytes: &[u8]) -> Self {
        let plain = String::from_utf8_lossy(bytes).into_owned();
        let quoted = String::from_utf8_lossy(&quoted_printable(bytes)).into_owned();
        let percent = String::from_utf8_lossy(&percent(bytes)).into_owned();
        let base64 = base64_texts(&plain);
        let json = plain
            .replace("\\/", "/")
            .replace("\\n", "\n")
            .replace("\\u002b", "+")
            .replace("\\u002B", "+")
            .replace("\\u0040", "@");
        Self(vec![plain, quoted, percent, json, base64])
    }

    pub(crate) fn contains(&self, what: &str) -> bool {
        !what.is_empty() && self.0.iter().any(|text| text.contains(what))
    }

    /// Whether two lists of texts come in the same order in one of the readings.
    pub(crate) fn same_order(&self, some: &[&str], others: &[&str]) -> bool {
        let order = |text: &String, what: &[&str]| {
            let mut all: Vec<(usize, usize)> = Vec::new();
            for (n, one) in what.iter().enumerate() {
                all.push((text.find(one)?, n));
            }
            all.sort_unstable();
            Some(all.into_iter().map(|(_, n)| n).collect::<Vec<_>>())
        };
        self.0.iter().any(|text| matches!((order(text, some), order(text, others)), (Some(a), Some(b)) if a == b))
    }
}

const fn hex(byte: u8) -> Option<u8> {
    match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        b'A'..=b'F' => Some(byte - b'A' + 10),
        _ => None,
    }
}

/// Without soft line breaks, and with `=XX` decoded.
fn quoted_printable(bytes: &[u8]) -> Vec<u8> {
    escaped(bytes, b'=', |rest| match rest {
        [b'\r', b'\n', ..] => Some(2),
        [b'\n', ..] => Some(1),
        _ => None,
    })
}

fn percent(bytes: &[u8]) -> Vec<u8> {
    escaped(bytes, b'%', |_| None)
}

/// Decodes two hexadecimal digits behind a sign; `skip` says how many bytes belong to a sign that stands for nothing.
fn escaped(bytes: &[u8], sign: u8, skip: impl Fn(&[u8]) -> Option<usize>) -> Vec<u8> {
    let (mut out, mut rest) = (Vec::with_capacity(bytes.len()), bytes);
    while let [first, behind @ ..] = rest {
        if *first == sign {
            if let Some(n) = skip(behind) {
                rest = behind.get(n..).unwrap_or_default();
                continue;
            }
            if let [a, b, further @ ..] = behind
                && let (Some(a), Some(b)) = (hex(*a), hex(*b))
            {
                out.push(a * 16 + b);
                rest = further;
                continue;
            }
        }
        out.push(*first);
        rest = behind;
    }
    out
}

/// Every run of Base64 of at least 16 characters, line breaks inside it left out, decoded.
fn base64_texts(text: &str) -> String {
    let mut out = Vec::new();
    let mut run = Vec::new();
    let is_base64 = |c: u8| c.is_ascii_alphanumeric() || matches!(c, b'+' | b'/' | b'-' | b'_');
    for byte in text.bytes().chain([b' ']) {
        if is_base64(byte) {
            run.push(byte);
        } else if !(matches!(byte, b'\r' | b'\n') && run.len() % 4 == 0 && !run.is_empty()) {
            if run.len() >= 16 {
                out.extend(base64(&run));
                out.push(b'\n');
            }
            run.clear();
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

fn base64(text: &[u8]) -> Vec<u8> {
    let value = |c: u8| match c {
        b'A'..=b'Z' => c - b'A',
        b'a'..=b'z' => c - b'a' + 26,
        b'0'..=b'9' => c - b'0' + 52,
        b'+' | b'-' => 62,
        _ => 63,
    };
    let (mut out, mut bits, mut held) = (Vec::new(), 0_u32, 0);
    for c in text {
        bits = (bits << 6) | u32::from(value(*c));
        held += 6;
        if held >= 8 {
            held -= 8;
            out.push((bits >> held) as u8);
            bits &= (1 << held) - 1;
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_canary_is_found_however_it_is_written() {
        for wire in [
            "Hallo kit-1@kit.example!",
            "Hallo kit-1@ki=\r\nt.example!",
            "Hallo kit-1=40kit.example",
            "to=kit-1%40kit.example",
            "{\"to\":\"kit-1\\u0040kit.example\"}",
            "\r\n\r\naGFsbG8ga2l0LTFAa2l0LmV4YW1w\r\nbGUgdW5kIG1laHI=\r\n",
        ] {
            assert!(Reading::of(wire.as_bytes()).contains("kit-1@kit.example"), "{wire}");
        }
        assert!(!Reading::of(b"kit-2@kit.example").contains("kit-1@kit.example"));
        assert!(!Reading::of(b"anything").contains(""));
    }
}
