//! People in lines that others wrote: whatever looks like an address is masked before it reaches a log.

use std::fmt::Write;
use std::net::Ipv4Addr;

/// From this many digits on a number may be a telephone number.
const PHONE: usize = 7;

/// The line without anything that looks like an e-mail address, an account at a host or a telephone number.
pub(crate) fn masked(line: &str) -> String {
    let mut out = String::with_capacity(line.len());
    let mut rest = line;
    while !rest.is_empty() {
        let word = rest.find(ends_word).unwrap_or(rest.len());
        let (head, tail) = rest.split_at(word);
        if head.len() > 1 && head.contains('@') {
            out.push_str("…@…")
        } else {
            out.push_str(head)
        }
        let end = tail.chars().next().map_or(0, char::len_utf8);
        let (end, tail) = tail.split_at(end);
        out.push_str(end);
        rest = tail;
    }
    numbers(&out)
}

const fn ends_word(c: char) -> bool {
    c.is_whitespace()
        || matches!(c, '<' | '>' | '"' | '\'' | '(' | ')' | '[' | ']' | '{' | '}' | ',' | ';' | '=' | ':' | '|' | '`')
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

/// How many bytes belong to one number as people write it: digits, with one or two of the usual signs between them.
fn run(text: &str) -> usize {
    let (mut end, mut signs) = (1, 0);
    for (at, c) in text.char_indices().skip(1) {
        match c {
            '0'..='9' => (end, signs) = (at + 1, 0),
            ' ' | '-' | '/' | '.' | '(' | ')' if signs < 2 => signs += 1,
            _ => break,
        }
    }
    end
}

/// A message id or the like in hexadecimal, which logs are for.
fn is_id(word: &str) -> bool {
    word.len() >= 16 && word.bytes().all(|b| b.is_ascii_hexdigit()) && word.bytes().any(|b| b.is_ascii_alphabetic())
}

/// `2026-11-25`, which is nobody's number.
fn is_date(text: &str) -> bool {
    let shape = text.bytes().take(10).map(|b| if b.is_ascii_digit() { b'0' } else { b });
    shape.eq(*b"0000-00-00") && (text.starts_with("19") || text.starts_with("20"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(line: &str, want: &str) {
        assert_eq!(masked(line), want);
    }

    #[test]
    fn people_are_hidden() {
        check("550 <anna.muster@mail.example>: no such user", "550 <…@…>: no such user");
        check("to=anna@x.example,bob@y.example", "to=…@…,…@…");
        check("joined as @anna:matrix.example", "joined as …@…:matrix.example");
        check("+49 170 1234567 is busy", "…67 is busy");
        check("0170/123 45-67", "…67");
        check("tel:+491701234567", "tel:…67");
        check("(030) 123 45 67 89", "(…89");
        check("AT+CMGS=\"+491701234567\"\r", "AT+CMGS=\"…67\"\r");
    }

    #[test]
    fn the_rest_stays() {
        for line in [
            "2026-11-25 22:13:53 smtp 250 2.0.0 Ok: queued",
            "connection to 192.168.100.200 port 25 refused",
            "Grüße @ home, 100 %",
            "message aa191459098aba430000000000000001 is gone",
            "status 421 4.7.0",
            "",
        ] {
            check(line, line);
        }
    }
}
