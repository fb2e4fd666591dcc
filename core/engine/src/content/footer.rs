//! The footer of every message, which no author can leave out: sender, imprint, privacy, how to unsubscribe.

use super::template::unmarked;
use crate::config::Sender;
use rundruf_consent::Channel;
use rundruf_consent::text::escape_html;
use rundruf_host::MessageAttachment;
use rundruf_lang::{Language, Message, msg};

pub(super) struct Footer<'a> {
    pub(super) sender: &'a Sender,
    pub(super) language: &'a str,
    pub(super) channel: Channel,
    pub(super) title: &'a str,
    /// Placeholder of the recipient's own unsubscribe link.
    pub(super) unsubscribe: &'a str,
    /// Files that are sent as links.
    pub(super) linked: &'a [&'a MessageAttachment],
    /// Whether a reply is heard.
    pub(super) replies: bool,
}

impl Footer<'_> {
    /// German where the tag begins with `de`, else English.
    fn said_in(&self) -> Language {
        let is_german = self.language.get(..2).is_some_and(|l| l.eq_ignore_ascii_case("de"));
        if is_german { Language::De.addressed(self.sender.formal) } else { Language::En }
    }

    /// The footer of a plain text.
    pub(super) fn text(&self) -> String {
        let Self { sender, title, unsubscribe, .. } = self;
        let mut out: String = self.linked.iter().map(|a| format!("{}: {}\n", unmarked(&a.name), a.url)).collect();
        if !out.is_empty() {
            out.push('\n');
        }
        let say = |message: Message| message.text(self.said_in());
        let name = &sender.name;
        let imprint = format!("{}: {}", say(msg!("engine-footer-imprint")), sender.imprint_url);
        out.push_str(&match self.channel {
            Channel::Email => {
                let why = say(msg!("engine-footer-why", title = *title));
                let leave = say(msg!("engine-footer-leave"));
                let privacy = format!("{}: {}", say(msg!("engine-footer-privacy")), sender.privacy_url);
                format!("-- \n{name}\n{why} {leave}: {unsubscribe}\n{imprint}\n{privacy}\n")
            }
            Channel::Sms if self.replies => format!("{name}. {} {imprint}", say(msg!("engine-footer-stop-sms"))),
            Channel::Sms => format!("{name}. {}: {unsubscribe} {imprint}", say(msg!("engine-footer-leave"))),
            _ if self.replies => format!("{name} · {title}\n{}\n{imprint}", say(msg!("engine-footer-stop"))),
            _ => format!("{name} · {title}\n{}: {unsubscribe}\n{imprint}", say(msg!("engine-footer-leave"))),
        });
        out
    }

    /// The footer of an HTML body, escaped.
    pub(super) fn html(&self) -> String {
        let Self { sender, title, unsubscribe, .. } = self;
        let e = escape_html;
        let links: String = self
            .linked
            .iter()
            .map(|a| format!("<p><a href=\"{}\">{}</a></p>", e(&a.url), e(&unmarked(&a.name))))
            .collect();
        let (name, imprint, privacy, title) =
            (e(&sender.name), e(&sender.imprint_url), e(&sender.privacy_url), e(title));
        let say = |message: Message| message.text(self.said_in());
        let (why, leave) = (say(msg!("engine-footer-why", title = title)), say(msg!("engine-footer-leave")));
        let (imprint_word, privacy_word) = (say(msg!("engine-footer-imprint")), say(msg!("engine-footer-privacy")));
        format!(
            "{links}<hr style=\"border:0;border-top:1px solid #999;margin:24px 0 12px\">\
             <p style=\"font-size:14px;line-height:1.5;margin:0\">{name}<br>{why} <a href=\"{unsubscribe}\">{leave}</a><br>\
             <a href=\"{imprint}\">{imprint_word}</a> · <a href=\"{privacy}\">{privacy_word}</a></p>"
        )
    }
}
