//! Redacts what looks like a person's address in log lines of plugins.

use std::fmt::Write;
use std::net::Ipv4Addr;

/// A number with at least this many digits may be a telephone number.
const PHONE: usize = 7;

/// Length of a Threema ID: digits and capital letters.
const THREEMA: usize = 8;
/// Words of protocols and logs that look like a Threema ID.
const NOBODY: [&str; 16] = [
    "8BITMIME", "ACCEPTED", "CHUNKING", "CONTINUE", "CRITICAL", "INTERNAL", "NOTFOUND", "PASSWORD", "RECEIVED",
    "REJECTED", "REQUIRED", "SHUTDOWN", "SMTPUTF8", "STARTTLS", "TEMPFAIL", "TIMEDOUT",
];

/// Replaces e-mail addresses, accounts at a host, telephone numbers and Threema IDs.
pub(crate) fn redact(line: &str) -> String {
    let mut out = String::with_capacity(line.len());
    let mut rest = line;
    while !rest.is_empty() {
        let word = rest.find(ends_word).unwrap_or(rest.len());
        let (head, tail) = rest.split_at(word);
        if head.len() > 1 && (head.contains('@') || head.contains("%40")) {
            forget_name(&mut out, head);
            out.push_str("…@…");
        } else {
            out.push_str(head);
        }
        let end = tail.chars().next().map_or(0, char::len_utf8);
        let (end, tail) = tail.split_at(end);
        out.push_str(end);
        rest = tail;
    }
    numbers(&out)
}

/// Removes the part of the address before the word with `@`: `"anna muster"@…`, `news+anna=mail.example@…`.
fn forget_name(before: &mut String, word: &str) {
    let start = if let Some(quoted) = before.strip_suffix('"').filter(|_| word.starts_with('@')) {
        quoted.rfind('"')
    } else if let Some(key) = before.strip_suffix('=') {
        // `to=` is a key of the log; a name with more than letters in it is part of the address.
        let from = key.rfind(ends_word).map_or(0, |at| at + key.get(at..).map_or(0, first_length));
        key.get(from..).filter(|k| !k.chars().all(|c| c.is_ascii_alphabetic() || c == '_' || c == '-')).map(|_| from)
    } else {
        None
    };
    before.truncate(start.unwrap_or(before.len()));
}

fn first_length(text: &str) -> usize {
    text.chars().next().map_or(0, char::len_utf8)
}

const fn ends_word(c: char) -> bool {
    c.is_whitespace()
        || matches!(
            c,
            '<' | '>' | '"' | '\'' | '(' | ')' | '[' | ']' | '{' | '}' | ',' | ';' | '=' | ':' | '|' | '`' | '?' | '&'
        )
}

fn numbers(line: &str) -> String {
    let mut out = String::with_capacity(line.len());
    let mut rest = line;
    while let Some(at) = rest.find(|c: char| c.is_ascii_alphanumeric() || c == '+') {
        let (before, from) = rest.split_at(at);
        out.push_str(before);
        let word = from.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(from.len());
        let letters = from.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(from.len());
        let length = match from.split_at(word).0 {
            id if is_id(id) => word,
            id if is_threema(id) && !before.ends_with('_') => {
                let _ = write!(out, "…{}", id.get(THREEMA - 2..).unwrap_or_default());
                rest = from.split_at(word).1;
                continue;
            }
            _ if letters > 0 => letters,
            _ if is_date(from) => 10,
            _ => run(from),
        };
        let (number, after) = from.split_at(length);
        let digits: String = number.chars().filter(char::is_ascii_digit).collect();
        if digits.len() < PHONE || is_id(number) || is_date(number) || number.parse::<Ipv4Addr>().is_ok() {
            out.push_str(number);
        } else {
            let _ = write!(out, "…{}", digits.get(digits.len() - 2..).unwrap_or_default());
        }
        rest = after;
    }
    out.push_str(rest);
    out
}

/// Length in bytes of a telephone number as people write it: digits, with up to three separators between them.
fn run(text: &str) -> usize {
    let (mut end, mut signs) = (1, 0);
    for (at, c) in text.char_indices().skip(1) {
        match c {
            '0'..='9' => (end, signs) = (at + 1, 0),
            '-' | '/' | '.' | '(' | ')' | '·' | '\u{2010}'..='\u{2015}' | '\u{2212}' if signs < 3 => signs += 1,
            c if c.is_whitespace() && signs < 3 => signs += 1,
            _ => break,
        }
    }
    end
}

/// Whether a word is a hexadecimal id, such as that of a message, which logs need.
fn is_id(word: &str) -> bool {
    word.len() >= 16 && word.bytes().all(|b| b.is_ascii_hexdigit()) && word.bytes().any(|b| b.is_ascii_alphabetic())
}

fn is_threema(word: &str) -> bool {
    word.len() == THREEMA
        && word.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit())
        && word.bytes().any(|b| b.is_ascii_uppercase())
        && !NOBODY.contains(&word)
}

/// Whether the text begins with a date such as `2026-11-25`.
fn is_date(text: &str) -> bool {
    let shape = text.bytes().take(10).map(|b| if b.is_ascii_digit() { b'0' } else { b });
    shape.eq(*b"0000-00-00") && (text.starts_with("19") || text.starts_with("20"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(line: &str, want: &str) {
        assert_eq!(redact(line), want);
    }

    #[test]
    fn addresses_of_people_are_redacted() {
        check("550 <anna.muster@mail.example>: no such user", "550 <…@…>: no such user");
        check("to=anna@x.example,bob@y.example", "to=…@…,…@…");
        check("joined as @anna:matrix.example", "joined as …@…:matrix.example");
        check("+49 170 1234567 is busy", "…67 is busy");
        check("0170/123 45-67", "…67");
        check("tel:+491701234567", "tel:…67");
        check("(030) 123 45 67 89", "(…89");
        for spelling in [
            "+49 (170) 123-4567",
            "0049 170 1234567",
            "0170 - 123 45 67",
            "+49\u{a0}170\u{202f}123\u{2011}45\u{2013}67",
            "0170.123.45.67",
            "+49-170-1234567",
            "49 170 123 45 67",
            "0170 / 1234567",
        ] {
            check(&format!("to {spelling}!"), "to …67!");
            check(&format!("to{spelling}"), "to…67");
        }
        check("GET /send?to=anna%40mail.example&x=1", "GET /send?to=…@…&x=1");
        check("return-path <news+anna=mail.example@krume.example>", "return-path <…@…>");
        check("rcpt \"anna muster\"@mail.example gone", "rcpt …@… gone");
        check("to ECHOECHO, ABCD1234 and (0ABCDEF9)", "to …HO, …34 and (…F9)");
        check("ä@ö.example", "…@…");
        check("AT+CMGS=\"+491701234567\"\r", "AT+CMGS=\"…67\"\r");
    }

    /// Log lines have 512 characters at most; this takes a hundred times as many.
    #[test]
    fn every_line_is_redacted_in_linear_time() {
        for piece in ["a1", "@", "1 ", "+", "\"", "=a@", "ABCD1234_", "1)("] {
            let line = piece.repeat(51_200 / piece.len());
            let begin = std::time::Instant::now();
            redact(&line);
            assert!(begin.elapsed() < std::time::Duration::from_secs(20), "{piece}: {:?}", begin.elapsed());
        }
    }

    #[test]
    fn other_text_is_unchanged() {
        for line in [
            "2026-11-25 22:13:53 smtp 250 2.0.0 Ok: queued",
            "connection to 192.168.100.200 port 25 refused",
            "Grüße @ home, 100 %",
            "message aa191459098aba430000000000000001 is gone",
            "status 421 4.7.0",
            "STARTTLS is REQUIRED, 8BITMIME and SMTPUTF8 are not; *KRUME01 waits, ERR_TIMEDOUT",
            "1 - 2 - 3",
            "",
        ] {
            check(line, line);
        }
    }
}
