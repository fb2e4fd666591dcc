//! Quoted-printable (RFC 2045 §6.7) in segments: literal text is encoded once per content, values per recipient; line lengths stay valid where they
//! meet.
//!
//! A line begins neither with a dot nor with `From `, so that no relay changes it (RFC 5321 §4.5.2).

/// Longest line without its soft line break.
const MAX_COLUMN: usize = 75;

/// Literal text, encoded as if it began a line.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct EncodedText {
    bytes: Vec<u8>,
    /// Bytes before the first line end: they must fit into the line of a preceding value.
    head: usize,
    /// Column after the text, if it contains a line end.
    column: Option<usize>,
}

impl EncodedText {
    /// Encodes text with any kind of line ends.
    pub(super) fn new(text: &str) -> Self {
        let mut bytes = Vec::with_capacity(text.len() + text.len() / 16);
        let mut writer = QuotedPrintableWriter { out: &mut bytes, column: 0 };
        writer.encode(text.as_bytes());
        let column = writer.column;
        let head = line_end(&bytes).unwrap_or(bytes.len());
        let column = (head < bytes.len()).then_some(column);
        Self { bytes, head, column }
    }

    pub(super) const fn len(&self) -> usize {
        self.bytes.len()
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }
}

fn line_end(bytes: &[u8]) -> Option<usize> {
    bytes.windows(2).position(|w| w == b"\r\n")
}

/// Appends to a body and tracks the column.
pub(super) struct QuotedPrintableWriter<'a> {
    out: &'a mut Vec<u8>,
    column: usize,
}

impl<'a> QuotedPrintableWriter<'a> {
    /// Starts at the beginning of a line.
    pub(super) const fn new(out: &'a mut Vec<u8>) -> Self {
        Self { out, column: 0 }
    }

    pub(super) fn literal(&mut self, fixed: &EncodedText) {
        if fixed.head == 0 && !fixed.bytes.is_empty() {
            self.escape_trailing_space();
        } else if self.column > 0 && self.column + fixed.head > MAX_COLUMN {
            self.soft_break();
        }
        self.out.extend_from_slice(&fixed.bytes);
        self.column = fixed.column.unwrap_or(self.column + fixed.bytes.len());
    }

    pub(super) fn value(&mut self, text: &str) {
        self.encode(text.as_bytes());
    }

    /// Appends a value into HTML; markup is escaped.
    pub(super) fn value_in_html(&mut self, text: &str) {
        self.encode(rundruf_plugin::escape_html(text).as_bytes());
    }

    /// Ends the last line, if it is not ended.
    pub(super) fn end(&mut self) {
        if self.column > 0 {
            self.hard_break();
        }
    }

    fn encode(&mut self, text: &[u8]) {
        let mut rest = text;
        while let Some((&byte, after)) = rest.split_first() {
            rest = after;
            match byte {
                b'\r' => {
                    if rest.first() == Some(&b'\n') {
                        rest = rest.get(1..).unwrap_or_default();
                    }
                    self.hard_break();
                }
                b'\n' => self.hard_break(),
                b'.' if self.column == 0 => self.append_escaped(byte),
                b'F' if self.column == 0 && rest.starts_with(b"rom ") => self.append_escaped(byte),
                b'=' | 0..=8 | 11..=31 | 127.. => self.append_escaped(byte),
                _ => {
                    if self.column + 1 > MAX_COLUMN {
                        self.soft_break();
                        if byte == b'.' || byte == b'F' {
                            self.append_escaped(byte);
                            continue;
                        }
                    }
                    self.out.push(byte);
                    self.column += 1;
                }
            }
        }
    }

    fn append_escaped(&mut self, byte: u8) {
        const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
        if self.column + 3 > MAX_COLUMN {
            self.soft_break();
        }
        let digit = |n: u8| DIGITS.get(usize::from(n)).copied().unwrap_or(b'0');
        self.out.extend_from_slice(&[b'=', digit(byte >> 4), digit(byte & 15)]);
        self.column += 3;
    }

    fn soft_break(&mut self) {
        self.out.extend_from_slice(b"=\r\n");
        self.column = 0;
    }

    fn hard_break(&mut self) {
        self.escape_trailing_space();
        self.out.extend_from_slice(b"\r\n");
        self.column = 0;
    }

    /// Escapes white space at the end of a line, which relays may remove.
    fn escape_trailing_space(&mut self) {
        if self.column > 0
            && let Some(&last @ (b' ' | b'\t')) = self.out.last()
        {
            self.out.pop();
            self.column -= 1;
            self.append_escaped(last);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Pseudo-random numbers, the same in every run (Knuth's constants).
    struct TestRandom(u64);

    impl TestRandom {
        fn below(&mut self, limit: usize) -> usize {
            self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (self.0 >> 33) as usize % limit
        }
    }

    /// An independent, simple decoder.
    fn decode(bytes: &[u8]) -> Vec<u8> {
        let mut out = Vec::new();
        let text = std::str::from_utf8(bytes).unwrap();
        for line in text.split_inclusive("\r\n") {
            let (line, end) = line.strip_suffix("\r\n").map_or((line, ""), |l| (l, "\r\n"));
            assert!(line.len() <= 76, "{} characters: {line:?}", line.len());
            assert!(!line.ends_with([' ', '\t']), "white space at the end: {line:?}");
            assert!(!line.starts_with('.') && !line.starts_with("From "), "{line:?}");
            let (line, end) = line.strip_suffix('=').map_or((line, end), |l| (l, ""));
            let mut rest = line;
            while let Some((plain, after)) = rest.split_once('=') {
                out.extend_from_slice(plain.as_bytes());
                out.push(u8::from_str_radix(&after[..2], 16).unwrap());
                rest = &after[2..];
            }
            out.extend_from_slice(rest.as_bytes());
            out.extend_from_slice(end.as_bytes());
        }
        out
    }

    fn lines(text: &str) -> String {
        text.replace("\r\n", "\n").replace('\r', "\n").replace('\n', "\r\n")
    }

    /// Encodes literal text and values in turn and decodes the result.
    #[track_caller]
    fn check(pieces: &[&str]) {
        let mut out = Vec::new();
        let mut writer = QuotedPrintableWriter::new(&mut out);
        for (n, piece) in pieces.iter().enumerate() {
            if n % 2 == 0 { writer.literal(&EncodedText::new(piece)) } else { writer.value(piece) }
        }
        writer.end();
        let mut want: String = pieces.iter().map(|p| lines(p)).collect();
        if !want.is_empty() && !want.ends_with("\r\n") {
            want.push_str("\r\n");
        }
        assert_eq!(String::from_utf8_lossy(&decode(&out)), want, "{pieces:?}");
    }

    #[test]
    fn segments_decode_to_the_text() {
        let long = "Lorem ipsum dolor sit amet ".repeat(40);
        let word = "x".repeat(400);
        check(&[""]);
        check(&["\n"]);
        check(&["Hallo ", "Änne", ",\nheute frisch.\n"]);
        check(&["Hallo ", "", "\n.\n..\n"]);
        check(&["", ".", ".\n", "", ".x"]);
        check(&["Ende mit Leerzeichen ", "  ", "\n\t\n ", " "]);
        check(&[&long, &long, &long, &word, &word]);
        check(&["From here\n", "From there", "\nFrom\n"]);
        check(&["a=b\r\nc\rd", "1\r\n2\r3\n", "\u{0}\u{7f}"]);
        check(&[&"ü".repeat(100), &"😀".repeat(30), &" ".repeat(200), "\n"]);
    }

    #[test]
    fn random_segments_decode_to_the_text() {
        let alphabet =
            [".", " ", "\t", "\n", "=", "a", "F", "From ", "ü", "word word ", "xxxxxxxxxxxxxxxxxxxxxxx", "&", "\u{1}"];
        let mut random = TestRandom(7);
        for _ in 0..3_000 {
            let pieces: Vec<String> = (0..random.below(6))
                .map(|_| (0..random.below(12)).map(|_| alphabet[random.below(alphabet.len())]).collect())
                .collect();
            check(&pieces.iter().map(String::as_str).collect::<Vec<_>>());
        }
    }

    #[test]
    fn values_are_escaped_in_html() {
        let mut out = Vec::new();
        QuotedPrintableWriter::new(&mut out).value_in_html("<b>\"A\" & 'B'</b>");
        assert_eq!(decode(&out), b"&lt;b&gt;&quot;A&quot; &amp; &#39;B&#39;&lt;/b&gt;");
    }
}
