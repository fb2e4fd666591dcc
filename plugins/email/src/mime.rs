//! Content → mould, once; mould and recipient → message. One recipient in each; nothing that an author or a person wrote can become a header.
//!
//! Headers, phrases and attachments are encoded by mail-builder. The text parts are encoded by hand ([`quoted`]): a broadcast has one text with a few
//! holes for each recipient, and encoding only the values makes a message ten times as fast as encoding it whole.

mod quoted; // quoted-printable in pieces

use crate::settings::Config;
use mail_builder::headers::Header;
use mail_builder::headers::address::Address;
use mail_builder::headers::content_type::ContentType;
use mail_builder::headers::date::Date;
use mail_builder::headers::raw::Raw;
use mail_builder::headers::text::Text;
use mail_builder::mime::MimePart;
use quoted::{Fixed, Writer};
use rundruf_plugin::{Attachment, Content, Recipient, Template};
use std::borrow::Cow;
use std::sync::Arc;

/// A line of base64 is made of so many bytes (76 characters).
const BASE64_LINE: usize = 57;

/// What can be made of a content before a recipient is known.
#[derive(Debug)]
pub(crate) struct Mould {
    subject: Subject,
    /// Headers that are the same for all.
    fixed: Vec<u8>,
    message_id_domain: String,
    unsubscribe_mailto: Option<String>,
    body: Vec<Piece>,
    tail: Option<Arc<[u8]>>,
    size: usize,
}

#[derive(Debug)]
enum Subject {
    Fixed(Vec<u8>),
    Holes(Vec<(String, Option<u32>)>),
}

#[derive(Debug)]
enum Piece {
    /// Headers of a part, boundaries: ends with a line end.
    Frame(Vec<u8>),
    Text(Fixed),
    Value(u32),
    ValueInHtml(u32),
    End,
}

/// A message as it leaves: no line begins with a dot.
#[derive(Debug, Default)]
pub(crate) struct Message {
    /// Headers and texts.
    pub(crate) bytes: Vec<u8>,
    /// Attachments, shared by all messages of a content.
    pub(crate) tail: Option<Arc<[u8]>>,
}

impl Message {
    /// Its size in bytes.
    pub(crate) fn len(&self) -> usize {
        self.bytes.len() + self.tail.as_ref().map_or(0, |t| t.len())
    }
}

impl Mould {
    /// Compiles a content.
    pub(crate) fn new(config: &Config, content: &Content<'_>) -> Self {
        let (from_name, from) = config.sender();
        let domain = crate::settings::domain(from).to_owned();
        let meta = |key| content.meta(key).map(|v| line(&v)).unwrap_or_default();
        let (list, title, list_domain) = (meta("list-name"), meta("list-title"), meta("list-id-domain"));
        let list_domain = if list_domain.is_empty() { domain.clone() } else { list_domain };
        let sender = from_name.map_or_else(|| meta("sender-name"), line);
        let promotional = content.class() == 0;
        let automatic = matches!(content.class(), 1 | 3) || (!promotional && content.meta("auto-submitted").is_some());

        let mut fixed = Vec::with_capacity(1_024);
        header(&mut fixed, "From", &Address::new_address((!sender.is_empty()).then_some(sender), from));
        if let Some(reply_to) = &config.reply_to {
            header(&mut fixed, "Reply-To", &Address::new_address(None::<&str>, reply_to.as_str()));
        }
        if !list.is_empty() {
            let title: String = title.chars().take(60).collect();
            let id = format!("{}.{}", token(&list), token(&list_domain));
            header(&mut fixed, "List-Id", &Address::new_address((!title.is_empty()).then_some(title), id));
        }
        if let Some(id) = &config.feedback_id {
            let stream = if list.is_empty() { "service".to_owned() } else { token(&list) };
            header(&mut fixed, "Feedback-ID", &Raw::new(format!("{:x}:{stream}:{id}", content.id())));
        }
        if promotional {
            fixed.extend_from_slice(b"Precedence: bulk\r\n");
        } else if automatic {
            fixed.extend_from_slice(b"Auto-Submitted: auto-generated\r\n");
        }
        fixed.extend_from_slice(b"X-Auto-Response-Suppress: OOF, AutoReply\r\nMIME-Version: 1.0\r\n");

        let (body, tail) = body(content);
        let pieces = body.iter().map(|p| match p {
            Piece::Frame(bytes) => bytes.len(),
            Piece::Text(text) => text.len(),
            Piece::Value(_) | Piece::ValueInHtml(_) | Piece::End => 32,
        });
        let size = fixed.len() + pieces.sum::<usize>();
        let unsubscribe_mailto =
            config.unsubscribe_mailto.as_ref().map(|m| format!("<mailto:{}?subject=unsubscribe>", token(m)));
        Self { subject: subject(content), fixed, message_id_domain: domain, unsubscribe_mailto, body, tail, size }
    }

    /// What it takes in memory, about.
    pub(crate) fn len(&self) -> usize {
        self.size + self.tail.as_ref().map_or(0, |t| t.len())
    }

    /// The message for one recipient. `now_s`: Unix time of submission.
    pub(crate) fn message(&self, to: &Recipient<'_>, now_s: i64) -> Message {
        let mut out = Vec::with_capacity(self.size + 1_024);
        recipient(&to.address(), &mut out);
        out.extend_from_slice(b"Date: ");
        Date::new(now_s).write_rfc822(&mut out);
        out.extend_from_slice(b"\r\nMessage-ID: <");
        hex(to.message_id(), &mut out);
        out.push(b'@');
        out.extend_from_slice(self.message_id_domain.as_bytes());
        out.extend_from_slice(b">\r\n");
        match &self.subject {
            Subject::Fixed(bytes) => out.extend_from_slice(bytes),
            Subject::Holes(segments) => {
                let mut text = String::new();
                for (literal, var) in segments {
                    text.push_str(literal);
                    text.push_str(&var.map(|n| to.var(n)).unwrap_or_default());
                }
                header(&mut out, "Subject", &Text::new(line(&text)));
            }
        }
        // Only where a POST really ends something, and never in front of a confirmation.
        if let Some(url) = to.unsubscribe_url().filter(|u| u.starts_with("https://") || u.starts_with("http://")) {
            out.extend_from_slice(b"List-Unsubscribe: <");
            out.extend(url.bytes().filter(|b| is_token(*b)));
            out.push(b'>');
            if let Some(mailto) = &self.unsubscribe_mailto {
                out.extend_from_slice(b",\r\n ");
                out.extend_from_slice(mailto.as_bytes());
            }
            out.extend_from_slice(b"\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n");
        }
        out.extend_from_slice(&self.fixed);
        let mut at = 0;
        while at < self.body.len() {
            if let Some(Piece::Frame(bytes)) = self.body.get(at) {
                out.extend_from_slice(bytes);
                at += 1;
                continue;
            }
            let mut writer = Writer::new(&mut out);
            while let Some(piece) = self.body.get(at) {
                at += 1;
                match piece {
                    Piece::Text(text) => writer.fixed(text),
                    Piece::Value(n) => writer.value(&to.var(*n)),
                    Piece::ValueInHtml(n) => writer.value_in_html(&to.var(*n)),
                    Piece::End | Piece::Frame(_) => {
                        writer.end();
                        break;
                    }
                }
            }
        }
        debug_assert!(!out.windows(3).any(|w| w == b"\r\n."), "no line may begin with a dot");
        Message { bytes: out, tail: self.tail.clone() }
    }
}

fn header(out: &mut Vec<u8>, name: &str, value: &impl Header) {
    out.extend_from_slice(name.as_bytes());
    out.extend_from_slice(b": ");
    value.write_header(out, name.len() + 2);
}

fn subject(content: &Content<'_>) -> Subject {
    let segments: Vec<(String, Option<u32>)> = content.subject().segments().map(|(l, v)| (l.into_owned(), v)).collect();
    if segments.iter().any(|(_, var)| var.is_some()) {
        return Subject::Holes(segments);
    }
    let text: String = segments.into_iter().map(|(literal, _)| literal).collect();
    let mut bytes = Vec::new();
    header(&mut bytes, "Subject", &Text::new(line(&text)));
    Subject::Fixed(bytes)
}

/// The parts of the body, and the attachments with what follows them.
fn body(content: &Content<'_>) -> (Vec<Piece>, Option<Arc<[u8]>>) {
    // "=_" is in no quoted-printable and in no base64: no text can look like a boundary.
    let boundary = |n: u8| format!("=_{:016x}_{n}", content.id());
    let (html, text) = (content.html(), content.text());
    let mut attachments = content.attachments().peekable();
    let mixed = attachments.peek().is_some().then(|| boundary(1));
    let alternative = (!html.is_empty()).then(|| boundary(2));
    let mut pieces = Vec::new();
    let mut frame = String::new();
    if let Some(boundary) = &mixed {
        frame.push_str(&format!("Content-Type: multipart/mixed;\r\n boundary=\"{boundary}\"\r\n\r\n--{boundary}\r\n"));
    }
    if let Some(boundary) = &alternative {
        frame.push_str(&format!(
            "Content-Type: multipart/alternative;\r\n boundary=\"{boundary}\"\r\n\r\n--{boundary}\r\n"
        ));
    }
    frame.push_str(&text_part("plain"));
    pieces.push(Piece::Frame(frame.into_bytes()));
    texts(&mut pieces, &text, Piece::Value);
    if let Some(boundary) = &alternative {
        pieces.push(Piece::Frame(format!("--{boundary}\r\n{}", text_part("html")).into_bytes()));
        texts(&mut pieces, &html, Piece::ValueInHtml);
        pieces.push(Piece::Frame(format!("--{boundary}--\r\n").into_bytes()));
    }
    let tail = mixed.map(|boundary| {
        let mut out = Vec::new();
        for attachment in attachments {
            out.extend_from_slice(format!("--{boundary}\r\n").as_bytes());
            file(&mut out, &attachment);
        }
        out.extend_from_slice(format!("--{boundary}--\r\n").as_bytes());
        out.into()
    });
    (pieces, tail)
}

fn text_part(kind: &str) -> String {
    format!("Content-Type: text/{kind}; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n")
}

fn texts(pieces: &mut Vec<Piece>, template: &Template<'_>, value: fn(u32) -> Piece) {
    let mut literal = String::new();
    for (text, var) in template.segments() {
        literal.push_str(&text);
        if let Some(n) = var {
            let fixed = Fixed::new(&std::mem::take(&mut literal));
            if !fixed.is_empty() {
                pieces.push(Piece::Text(fixed));
            }
            pieces.push(value(n));
        }
    }
    if !literal.is_empty() {
        pieces.push(Piece::Text(Fixed::new(&literal)));
    }
    pieces.push(Piece::End);
}

/// A file as a part: base64 whatever it is, so that it arrives byte for byte.
fn file(out: &mut Vec<u8>, attachment: &Attachment<'_>) {
    use base64::Engine;
    let name = line(&attachment.name).replace(['/', '\\', '"'], "_");
    let mut encoded = String::with_capacity(attachment.bytes.len() / 2 * 3);
    for bytes in attachment.bytes.chunks(BASE64_LINE) {
        base64::engine::general_purpose::STANDARD.encode_string(bytes, &mut encoded);
        encoded.push_str("\r\n");
    }
    let part = MimePart::new(ContentType::new(media_type(&attachment.media_type)), encoded.into_bytes());
    part.attachment(name).transfer_encoding("base64").write_part(out);
    if !out.ends_with(b"\r\n") {
        out.extend_from_slice(b"\r\n");
    }
}

/// A media type that may stand in a header and be sent as base64.
fn media_type(given: &str) -> Cow<'static, str> {
    let plain = given.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let clean =
        |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$&-^_.+".contains(&b));
    match plain.split_once('/') {
        Some((kind, sub)) if clean(kind) && clean(sub) && kind != "multipart" && kind != "message" => plain.into(),
        _ => "application/octet-stream".into(),
    }
}

/// One line of plain characters.
fn line(text: &str) -> String {
    let clean = |c: char| if c.is_control() || matches!(c, '\u{2028}' | '\u{2029}') { ' ' } else { c };
    text.chars().map(clean).collect::<String>().trim().to_owned()
}

/// ASCII without what ends a header or an angle bracket.
fn token(text: &str) -> String {
    text.bytes().filter(|b| is_token(*b)).map(char::from).collect()
}

const fn is_token(byte: u8) -> bool {
    byte.is_ascii_graphic() && !matches!(byte, b'<' | b'>' | b'"' | b'(' | b')')
}

/// The one recipient.
fn recipient(address: &str, out: &mut Vec<u8>) {
    let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'@' | b'.' | b'-' | b'_' | b'+');
    if address.len() < 70 && address.bytes().all(plain) {
        out.extend_from_slice(b"To: <");
        out.extend_from_slice(address.as_bytes());
        out.extend_from_slice(b">\r\n");
    } else {
        header(out, "To", &Address::new_address(None::<&str>, plain_address(address)));
    }
}

/// A message id in hexadecimal digits.
pub(crate) fn hex(id: [u8; 16], out: &mut Vec<u8>) {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digit = |n: u8| DIGITS.get(usize::from(n)).copied().unwrap_or(b'0');
    out.extend(id.iter().flat_map(|b| [digit(b >> 4), digit(b & 15)]));
}

/// An address without what could end it. The envelope refuses such an address as well; this is the second wall.
fn plain_address(address: &str) -> String {
    address.chars().filter(|c| !c.is_control() && !c.is_whitespace() && !"<>,;".contains(*c)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn media_types() {
        for (given, want) in [
            ("application/pdf", "application/pdf"),
            ("Text/CSV; charset=utf-8", "text/csv"),
            ("message/rfc822", "application/octet-stream"),
            ("image/png\r\nBcc: x", "application/octet-stream"),
            ("", "application/octet-stream"),
            ("a/b/c", "application/octet-stream"),
        ] {
            assert_eq!(media_type(given), want, "{given:?}");
        }
    }

    #[test]
    fn walls() {
        assert_eq!(line("a\r\nBcc: b\u{0}\u{2028}c "), "a  Bcc: b  c");
        assert_eq!(token("news.\r\n<x>\"("), "news.x");
        assert_eq!(plain_address("a@b.example>\r\nBcc: c"), "a@b.exampleBcc:c");
    }
}
