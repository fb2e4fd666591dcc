//! MIME messages (RFC 5322, 2045–2047). A content is compiled into a [`MimeTemplate`] once; the template makes one message per recipient. No
//! text of an author or a contact can add a header.
//!
//! mail-builder encodes headers, phrases and attachments. Text parts are encoded by [`quoted_printable`]: a broadcast has one text with a few
//! variables, and encoding only their values makes a message ten times as fast as encoding it whole.

mod quoted_printable; // quoted-printable in segments

use crate::public_id;
use crate::settings::EmailConfig;
use mail_builder::headers::Header;
use mail_builder::headers::address::Address;
use mail_builder::headers::content_type::ContentType;
use mail_builder::headers::date::Date;
use mail_builder::headers::raw::Raw;
use mail_builder::headers::text::Text;
use mail_builder::mime::MimePart;
use quoted_printable::{EncodedText, QuotedPrintableWriter};
use rundruf_plugin::{Attachment, Content, MessageClass, Recipient, Template};
use std::borrow::Cow;
use std::sync::Arc;

/// Bytes per line of base64: 57 bytes make 76 characters.
const BASE64_LINE: usize = 57;

/// A content compiled as far as possible without a recipient.
#[derive(Debug)]
pub(crate) struct MimeTemplate {
    subject: SubjectTemplate,
    /// Headers that are the same for all recipients.
    fixed: Vec<u8>,
    message_id_domain: String,
    unsubscribe_mailto: Option<String>,
    body: Vec<BodySegment>,
    /// Attachments and the final boundary.
    tail: Option<Arc<[u8]>>,
    /// Estimated size of a message without the tail, in bytes.
    size: usize,
}

#[derive(Debug)]
enum SubjectTemplate {
    Constant(Vec<u8>),
    /// Literals, each followed by the number of a variable.
    Segments(Vec<(String, Option<u32>)>),
}

/// A segment of the body, in order.
#[derive(Debug)]
enum BodySegment {
    /// Boundaries and headers of a part; ends with a line end.
    Raw(Vec<u8>),
    /// Literal text of a text part.
    Text(EncodedText),
    /// The number of a variable in plain text.
    Variable(u32),
    /// The number of a variable in HTML.
    VariableInHtml(u32),
    End,
}

/// A message as it is sent after DATA. No line begins with a dot, so nothing needs dot-stuffing (RFC 5321 §4.5.2).
#[derive(Debug, Default)]
pub(crate) struct MimeMessage {
    /// Headers and text parts.
    pub(crate) bytes: Vec<u8>,
    /// Attachments, shared by all messages of a content.
    pub(crate) tail: Option<Arc<[u8]>>,
}

impl MimeMessage {
    /// Size in bytes.
    pub(crate) fn len(&self) -> usize {
        self.bytes.len() + self.tail.as_ref().map_or(0, |t| t.len())
    }
}

impl MimeTemplate {
    pub(crate) fn new(config: &EmailConfig, content: &Content<'_>) -> Self {
        let (from_name, from) = config.sender();
        let domain = crate::settings::domain(from).to_owned();
        let meta = |key| content.meta(key).map(|v| line(&v)).unwrap_or_default();
        let (list, title, list_domain) = (meta("list-name"), meta("list-title"), meta("list-id-domain"));
        let list_domain = if list_domain.is_empty() { domain.clone() } else { list_domain };
        let sender = from_name.map_or_else(|| meta("sender-name"), line);
        let promotional = content.class() == MessageClass::PROMOTIONAL;
        let automatic = matches!(content.class(), MessageClass::CONFIRMATION | MessageClass::STOP_ACKNOWLEDGEMENT)
            || (!promotional && content.meta("auto-submitted").is_some());

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
        let segments = body.iter().map(|p| match p {
            BodySegment::Raw(bytes) => bytes.len(),
            BodySegment::Text(text) => text.len(),
            BodySegment::Variable(_) | BodySegment::VariableInHtml(_) | BodySegment::End => 32,
        });
        let size = fixed.len() + segments.sum::<usize>();
        let unsubscribe_mailto =
            config.unsubscribe_mailto.as_ref().map(|m| format!("<mailto:{}?subject=unsubscribe>", token(m)));
        Self { subject: subject(content), fixed, message_id_domain: domain, unsubscribe_mailto, body, tail, size }
    }

    /// Estimated memory in bytes.
    pub(crate) fn len(&self) -> usize {
        self.size + self.tail.as_ref().map_or(0, |t| t.len())
    }

    /// Makes the message for one recipient. `now_s`: Unix time for the Date header.
    pub(crate) fn message(&self, to: &Recipient<'_>, now_s: i64) -> MimeMessage {
        let mut out = Vec::with_capacity(self.size + 1_024);
        recipient(&to.address(), &mut out);
        out.extend_from_slice(b"Date: ");
        Date::new(now_s).write_rfc822(&mut out);
        out.extend_from_slice(b"\r\nMessage-ID: <");
        hex(public_id::of(to.message_id()), &mut out);
        out.push(b'@');
        out.extend_from_slice(self.message_id_domain.as_bytes());
        out.extend_from_slice(b">\r\n");
        match &self.subject {
            SubjectTemplate::Constant(bytes) => out.extend_from_slice(bytes),
            SubjectTemplate::Segments(segments) => {
                let mut text = String::new();
                for (literal, var) in segments {
                    text.push_str(literal);
                    text.push_str(&var.map(|n| to.var(n)).unwrap_or_default());
                }
                header(&mut out, "Subject", &Text::new(line(&text)));
            }
        }
        // Absent where a POST would not unsubscribe, as in confirmation requests. RFC 8058 §3.1 asks for https, so one click needs it.
        if let Some(url) = to.unsubscribe_url().filter(|u| u.starts_with("https://") || u.starts_with("http://")) {
            out.extend_from_slice(b"List-Unsubscribe: <");
            out.extend(url.bytes().filter(|b| is_token(*b)));
            out.push(b'>');
            if let Some(mailto) = &self.unsubscribe_mailto {
                out.extend_from_slice(b",\r\n ");
                out.extend_from_slice(mailto.as_bytes());
            }
            out.extend_from_slice(b"\r\n");
            if url.starts_with("https://") {
                out.extend_from_slice(b"List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n");
            }
        }
        out.extend_from_slice(&self.fixed);
        let mut at = 0;
        while at < self.body.len() {
            if let Some(BodySegment::Raw(bytes)) = self.body.get(at) {
                out.extend_from_slice(bytes);
                at += 1;
                continue;
            }
            let mut writer = QuotedPrintableWriter::new(&mut out);
            while let Some(piece) = self.body.get(at) {
                at += 1;
                match piece {
                    BodySegment::Text(text) => writer.literal(text),
                    BodySegment::Variable(n) => writer.value(&to.var(*n)),
                    BodySegment::VariableInHtml(n) => writer.value_in_html(&to.var(*n)),
                    BodySegment::End | BodySegment::Raw(_) => {
                        writer.end();
                        break;
                    }
                }
            }
        }
        debug_assert!(!out.windows(3).any(|w| w == b"\r\n."), "no line may begin with a dot");
        MimeMessage { bytes: out, tail: self.tail.clone() }
    }
}

fn header(out: &mut Vec<u8>, name: &str, value: &impl Header) {
    out.extend_from_slice(name.as_bytes());
    out.extend_from_slice(b": ");
    value.write_header(out, name.len() + 2);
}

fn subject(content: &Content<'_>) -> SubjectTemplate {
    let segments: Vec<(String, Option<u32>)> = content.subject().segments().map(|(l, v)| (l.into_owned(), v)).collect();
    if segments.iter().any(|(_, var)| var.is_some()) {
        return SubjectTemplate::Segments(segments);
    }
    let text: String = segments.into_iter().map(|(literal, _)| literal).collect();
    let mut bytes = Vec::new();
    header(&mut bytes, "Subject", &Text::new(line(&text)));
    SubjectTemplate::Constant(bytes)
}

/// The text parts, and the attachments with the final boundary.
fn body(content: &Content<'_>) -> (Vec<BodySegment>, Option<Arc<[u8]>>) {
    // "=_" occurs neither in quoted-printable nor in base64, so no text can look like a boundary (RFC 2045 §6.7).
    let boundary = |n: u8| format!("=_{:016x}_{n}", content.id());
    let (html, text) = (content.html(), content.text());
    // A file with a Content-ID is a picture that the HTML shows (`cid:`); it belongs to the HTML (RFC 2387).
    let (mut pictures, mut attachments) = (Vec::new(), Vec::new());
    for (n, file) in content.attachments().enumerate() {
        match content.meta(&format!("content-id-{n}")).filter(|_| !html.is_empty()) {
            Some(id) => pictures.push((token(&id), file)),
            None => attachments.push(file),
        }
    }
    let mixed = (!attachments.is_empty()).then(|| boundary(1));
    let alternative = (!html.is_empty()).then(|| boundary(2));
    let related = (!pictures.is_empty()).then(|| boundary(3));
    let mut segments = Vec::new();
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
    segments.push(BodySegment::Raw(frame.into_bytes()));
    append_text(&mut segments, &text, BodySegment::Variable);
    let mut tail = Vec::new();
    if let Some(boundary) = &alternative {
        let mut frame = format!("--{boundary}\r\n");
        if let Some(related) = &related {
            frame.push_str(&format!(
                "Content-Type: multipart/related; type=\"text/html\";\r\n boundary=\"{related}\"\r\n\r\n--{related}\r\n"
            ));
        }
        frame.push_str(&text_part("html"));
        segments.push(BodySegment::Raw(frame.into_bytes()));
        append_text(&mut segments, &html, BodySegment::VariableInHtml);
        if let Some(related) = &related {
            for (id, picture) in &pictures {
                tail.extend_from_slice(format!("--{related}\r\n").as_bytes());
                file(&mut tail, picture, Some(id));
            }
            tail.extend_from_slice(format!("--{related}--\r\n--{boundary}--\r\n").as_bytes());
        } else {
            segments.push(BodySegment::Raw(format!("--{boundary}--\r\n").into_bytes()));
        }
    }
    if let Some(boundary) = &mixed {
        for attachment in &attachments {
            tail.extend_from_slice(format!("--{boundary}\r\n").as_bytes());
            file(&mut tail, attachment, None);
        }
        tail.extend_from_slice(format!("--{boundary}--\r\n").as_bytes());
    }
    (segments, (!tail.is_empty()).then(|| tail.into()))
}

fn text_part(kind: &str) -> String {
    format!("Content-Type: text/{kind}; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n")
}

fn append_text(segments: &mut Vec<BodySegment>, template: &Template<'_>, variable: fn(u32) -> BodySegment) {
    let mut literal = String::new();
    for (text, var) in template.segments() {
        literal.push_str(&text);
        if let Some(n) = var {
            let fixed = EncodedText::new(&std::mem::take(&mut literal));
            if !fixed.is_empty() {
                segments.push(BodySegment::Text(fixed));
            }
            segments.push(variable(n));
        }
    }
    if !literal.is_empty() {
        segments.push(BodySegment::Text(EncodedText::new(&literal)));
    }
    segments.push(BodySegment::End);
}

/// Appends an attachment as a part; with a Content-ID it is shown in its place. It is always base64, so that it arrives byte for byte.
fn file(out: &mut Vec<u8>, attachment: &Attachment<'_>, content_id: Option<&str>) {
    use base64::Engine;
    let name = line(&attachment.name).replace(['/', '\\', '"'], "_");
    let mut encoded = String::with_capacity(attachment.bytes.len() / 2 * 3);
    for bytes in attachment.bytes.chunks(BASE64_LINE) {
        base64::engine::general_purpose::STANDARD.encode_string(bytes, &mut encoded);
        encoded.push_str("\r\n");
    }
    let part = MimePart::new(ContentType::new(media_type(&attachment.media_type)), encoded.into_bytes());
    let part = match content_id {
        None => part.attachment(name),
        Some(id) => {
            let disposition = ContentType::new("inline").attribute("filename", name);
            part.header("Content-Disposition", disposition).cid(id)
        }
    };
    part.transfer_encoding("base64").write_part(out);
    if !out.ends_with(b"\r\n") {
        out.extend_from_slice(b"\r\n");
    }
}

/// The media type if it is valid and may be sent as base64, otherwise `application/octet-stream`.
fn media_type(given: &str) -> Cow<'static, str> {
    let plain = given.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let clean =
        |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$&-^_.+".contains(&b));
    match plain.split_once('/') {
        Some((kind, sub)) if clean(kind) && clean(sub) && kind != "multipart" && kind != "message" => plain.into(),
        _ => "application/octet-stream".into(),
    }
}

/// Replaces control characters and line separators by spaces.
fn line(text: &str) -> String {
    let clean = |c: char| if c.is_control() || matches!(c, '\u{2028}' | '\u{2029}') { ' ' } else { c };
    text.chars().map(clean).collect::<String>().trim().to_owned()
}

/// Only the ASCII characters that can end neither a header nor an angle bracket.
fn token(text: &str) -> String {
    text.bytes().filter(|b| is_token(*b)).map(char::from).collect()
}

const fn is_token(byte: u8) -> bool {
    byte.is_ascii_graphic() && !matches!(byte, b'<' | b'>' | b'"' | b'(' | b')')
}

/// Appends the To header with the one recipient.
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

/// Appends a message id as hexadecimal digits.
pub(crate) fn hex(id: [u8; 16], out: &mut Vec<u8>) {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digit = |n: u8| DIGITS.get(usize::from(n)).copied().unwrap_or(b'0');
    out.extend(id.iter().flat_map(|b| [digit(b >> 4), digit(b & 15)]));
}

/// An address without the characters that could end it. The envelope refuses such addresses too; this is a second protection.
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
    fn no_text_can_end_a_header() {
        assert_eq!(line("a\r\nBcc: b\u{0}\u{2028}c "), "a  Bcc: b  c");
        assert_eq!(token("news.\r\n<x>\"("), "news.x");
        assert_eq!(plain_address("a@b.example>\r\nBcc: c"), "a@b.exampleBcc:c");
    }
}
