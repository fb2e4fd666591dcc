//! Content and recipient → message. One recipient in each; nothing that an author or a person wrote can become a header.

use crate::settings::Config;
use mail_builder::MessageBuilder;
use mail_builder::headers::address::Address;
use mail_builder::headers::raw::Raw;
use rundruf_plugin::{Content, Recipient};
use std::borrow::Cow;

/// One line of plain characters.
fn line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect::<String>().trim().to_owned()
}

/// ASCII without what ends a header or an angle bracket.
fn token(text: &str) -> String {
    text.chars().filter(|c| c.is_ascii_graphic() && !"<>\"()".contains(*c)).collect()
}

/// The message, with CRLF line ends, and whether it is larger than a byte count could say wrongly.
pub(crate) fn message(config: &Config, content: &Content<'_>, to: &Recipient<'_>, now_s: i64) -> Vec<u8> {
    let domain = crate::settings::domain(&config.from);
    let meta = |key| content.meta(key).map(|v| line(&v)).unwrap_or_default();
    let (sender, list, title, list_domain) = (meta("sender-name"), meta("list-name"), meta("list-title"), meta("list-id-domain"));
    let promotional = content.class() == 0;
    let address = to.address();
    let text = content.text_for(to);
    let html = content.html_for(to);
    let mut builder = MessageBuilder::new()
        .from(Address::new_address((!sender.is_empty()).then_some(sender), config.from.as_str()))
        .to(Address::new_address(None::<&str>, Cow::Borrowed(&*address)))
        .subject(line(&content.subject_for(to)))
        .date(now_s)
        .message_id(format!("{}@{domain}", to.message_id_hex()));
    if let Some(reply_to) = &config.reply_to {
        builder = builder.reply_to(Address::new_address(None::<&str>, reply_to.as_str()));
    }
    if !list.is_empty() {
        let list_domain = if list_domain.is_empty() { domain.to_owned() } else { token(&list_domain) };
        // The phrase of a List-Id is plain ASCII here: the title may be anything.
        let phrase: String = title.chars().filter(|c| c.is_ascii_alphanumeric() || " .-_".contains(*c)).collect();
        let phrase = if phrase.trim().is_empty() { String::new() } else { format!("\"{}\" ", phrase.trim()) };
        builder = builder.header("List-Id", Raw::new(format!("{phrase}<{}.{list_domain}>", token(&list))));
    }
    if let Some(url) = to.unsubscribe_url() {
        let mailto = config.unsubscribe_mailto.as_ref().map_or_else(String::new, |m| format!(", <mailto:{m}?subject=unsubscribe>"));
        builder = builder
            .header("List-Unsubscribe", Raw::new(format!("<{}>{mailto}", token(&url))))
            .header("List-Unsubscribe-Post", Raw::new("List-Unsubscribe=One-Click"));
    }
    if let Some(id) = &config.feedback_id {
        builder = builder.header("Feedback-ID", Raw::new(format!("{:x}:{}:{id}", content.id(), token(&list))));
    }
    if promotional {
        builder = builder.header("Precedence", Raw::new("bulk"));
    } else if content.meta("auto-submitted").is_some() {
        builder = builder.header("Auto-Submitted", Raw::new("auto-generated"));
    }
    builder = builder.header("X-Auto-Response-Suppress", Raw::new("OOF, AutoReply")).text_body(text);
    if !html.is_empty() {
        builder = builder.html_body(html);
    }
    for a in content.attachments() {
        builder = builder.attachment(token(&a.media_type), line(&a.name).replace(['/', '\\'], "_"), a.bytes);
    }
    builder.write_to_vec().unwrap_or_default()
}

/// Appends a message as DATA wants it: dots doubled at line beginnings, the end of data behind it (RFC 5321 §4.5.2).
pub(crate) fn dotted(message: &[u8], out: &mut Vec<u8>) {
    let mut rest = message;
    if rest.first() == Some(&b'.') {
        out.push(b'.');
    }
    while let Some(at) = rest.windows(3).position(|w| w == b"\r\n.") {
        let (line, after) = rest.split_at(at + 2);
        out.extend_from_slice(line);
        out.push(b'.');
        rest = after;
        // The dot itself goes out with what follows.
        let (dot, after) = rest.split_at(1);
        out.extend_from_slice(dot);
        rest = after;
    }
    out.extend_from_slice(rest);
    out.extend_from_slice(if message.ends_with(b"\r\n") { b".\r\n" } else { b"\r\n.\r\n" });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dots_are_doubled() {
        for (message, want) in [
            (&b"a\r\n"[..], &b"a\r\n.\r\n"[..]),
            (b"a", b"a\r\n.\r\n"),
            (b".\r\n", b"..\r\n.\r\n"),
            (b"a\r\n.\r\n.b\r\n..", b"a\r\n..\r\n..b\r\n...\r\n.\r\n"),
        ] {
            let mut out = Vec::new();
            dotted(message, &mut out);
            assert_eq!(out, want, "{:?}", String::from_utf8_lossy(message));
        }
    }
}
