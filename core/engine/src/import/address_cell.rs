//! The addresses in a cell: one as a rule, in the form of an address book (`Anna <anna@…>`) or as a link, sometimes several.

use rundruf_consent::{Address, Channel};
use rundruf_lang::{Message, msg};

/// Most addresses of one cell.
const MOST: usize = 8;

/// One address with its spelling in the cell.
pub(super) type TypedAddress = (Address, String);

/// Reads a cell.
pub(super) fn parse(channel: Channel, cell: &str, region: Option<&str>) -> Result<Vec<TypedAddress>, Message> {
    let one = |text: &str| Address::parse(channel, text, region).map_err(|e| e.message());
    let whole = match one(bare(cell)) {
        Ok(address) => return Ok(vec![(address, cell.to_owned())]),
        Err(why) => why,
    };
    if is_number_of_a_spreadsheet(channel, cell) {
        return Err(msg!("engine-row-number-rounded"));
    }
    let pieces = pieces(channel, cell);
    if pieces.len() < 2 {
        let piece = pieces.first().copied().filter(|piece| *piece != bare(cell));
        return piece.map_or(Err(whole), |piece| Ok(vec![(one(piece)?, cell.to_owned())]));
    }
    if pieces.len() > MOST {
        return Err(msg!("engine-row-addresses-many", most = MOST));
    }
    let mut found: Vec<TypedAddress> = Vec::with_capacity(pieces.len());
    for (n, piece) in pieces.into_iter().enumerate() {
        let address = one(piece).map_err(|why| msg!("engine-row-addresses-bad", number = n + 1, why = why))?;
        if !found.iter().any(|(known, _)| *known == address) {
            found.push((address, piece.to_owned()));
        }
    }
    Ok(found)
}

/// Without what address books and web pages write around an address.
fn bare(text: &str) -> &str {
    let text = text.trim().trim_matches(['\'', '\u{200b}', '\u{feff}', '\u{a0}']).trim();
    let text = text.strip_prefix("mailto:").or_else(|| text.strip_prefix("tel:")).unwrap_or(text);
    text.strip_prefix('<').and_then(|t| t.strip_suffix('>')).unwrap_or(text).trim()
}

fn pieces(channel: Channel, cell: &str) -> Vec<&str> {
    let is_mail = matches!(channel, Channel::Email | Channel::Xmpp);
    if is_mail && cell.contains('<') && cell.contains('>') {
        return cell
            .split('<')
            .skip(1)
            .filter_map(|rest| rest.split_once('>'))
            .map(|(address, _)| bare(address))
            .collect();
    }
    let is_end =
        |c: char| matches!(c, ';' | ',' | '|' | '\n' | '\r' | '\t') || (is_mail && (c.is_whitespace() || c == '/'));
    // A slash within an address or a number is part of it; between two it has spaces around.
    let parts = cell.split(is_end).flat_map(|part| part.split(" / ")).map(bare);
    parts.filter(|part| !part.is_empty() && !matches!(*part, "und" | "and" | "oder" | "or" | "&")).collect()
}

/// `4,91701E+12`: a spreadsheet has rounded the number, and its last digits are gone.
fn is_number_of_a_spreadsheet(channel: Channel, cell: &str) -> bool {
    let phone = matches!(channel, Channel::Sms | Channel::Signal);
    let split = cell.trim().split_once(['E', 'e']);
    phone
        && split.is_some_and(|(mantissa, exponent)| {
            let digits = |t: &str| !t.is_empty() && t.bytes().all(|b| b.is_ascii_digit() || b == b'.' || b == b',');
            digits(mantissa) && exponent.strip_prefix('+').is_some_and(digits)
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(channel: Channel, cell: &str) -> Result<Vec<String>, String> {
        let found = parse(channel, cell, Some("DE")).map_err(|why| why.to_string())?;
        Ok(found.into_iter().map(|(address, _)| address.value().to_owned()).collect())
    }

    #[test]
    fn what_a_cell_holds() {
        let (a, b) = ("a@krume.example", "b@krume.example");
        for (cell, want) in [
            ("a@krume.example", vec![a]),
            (" a@krume.example ", vec![a]),
            ("mailto:a@krume.example", vec![a]),
            ("<a@krume.example>", vec![a]),
            ("'a@krume.example'", vec![a]),
            ("Anna Muster <a@krume.example>", vec![a]),
            ("\"Muster, Anna\" <a@krume.example>", vec![a]),
            ("a@krume.example;b@krume.example", vec![a, b]),
            ("a@krume.example; b@krume.example;", vec![a, b]),
            ("a@krume.example, b@krume.example", vec![a, b]),
            ("a@krume.example / b@krume.example", vec![a, b]),
            ("a@krume.example/b@krume.example", vec![a, b]),
            ("a@krume.example\nb@krume.example", vec![a, b]),
            ("a@krume.example b@krume.example", vec![a, b]),
            ("a@krume.example und b@krume.example", vec![a, b]),
            ("a@krume.example; A@KRUME.example", vec![a]),
            ("Anna <a@krume.example>, Berta <b@krume.example>", vec![a, b]),
        ] {
            assert_eq!(read(Channel::Email, cell), Ok(want.into_iter().map(str::to_owned).collect()), "{cell}");
        }
        for (cell, want) in [
            ("0170 1234567", vec!["+491701234567"]),
            ("0170/1234567", vec!["+491701234567"]),
            ("tel:+491701234567", vec!["+491701234567"]),
            ("'0170 1234567", vec!["+491701234567"]),
            ("0170 1234567; 0151 12345678", vec!["+491701234567", "+4915112345678"]),
            ("0170 1234567\n0151 12345678", vec!["+491701234567", "+4915112345678"]),
        ] {
            assert_eq!(read(Channel::Sms, cell), Ok(want.into_iter().map(str::to_owned).collect()), "{cell}");
        }
    }

    #[test]
    fn what_is_refused_says_why() {
        for (channel, cell, want) in [
            (Channel::Email, "a@krume.example\r\nBcc: x@y.example", "several addresses in one cell, and number 2"),
            (Channel::Email, "a@krume.example; nobody", "several addresses in one cell, and number 2"),
            (Channel::Email, "nobody", "name@domain"),
            (Channel::Email, &"a@krume.example;b@krume.example;".repeat(9), "more than 8 addresses"),
            (Channel::Sms, "4,91701E+12", "rounded"),
            (Channel::Sms, "1.70123E+11", "rounded"),
        ] {
            let got = read(channel, cell);
            assert!(got.as_ref().is_err_and(|why| why.contains(want)), "{cell}: {got:?}");
        }
    }
}
