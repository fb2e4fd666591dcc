//! The footer of every message, which no author can leave out: sender, imprint, privacy, how to unsubscribe.

use super::template::unmarked;
use crate::config::Sender;
use rundruf_consent::Channel;
use rundruf_host::MessageAttachment;

pub(super) struct Footer<'a> {
    pub(super) sender: &'a Sender,
    pub(super) language: &'a str,
    pub(super) channel: Channel,
    pub(super) title: &'a str,
    /// Placeholder of the recipient's own unsubscribe link.
    pub(super) unsubscribe: &'a str,
    /// Files that are sent as links.
    pub(super) linked: &'a [&'a MessageAttachment],
}

impl Footer<'_> {
    fn is_german(&self) -> bool {
        self.language.get(..2).is_some_and(|l| l.eq_ignore_ascii_case("de"))
    }

    /// The footer of a plain text.
    pub(super) fn text(&self) -> String {
        let Self { sender, title, unsubscribe, .. } = self;
        let mut out: String = self.linked.iter().map(|a| format!("{}: {}\n", unmarked(&a.name), a.url)).collect();
        if !out.is_empty() {
            out.push('\n');
        }
        let (name, imprint, privacy) = (&sender.name, &sender.imprint_url, &sender.privacy_url);
        out.push_str(&match (self.channel, self.is_german()) {
            (Channel::Email, true) => format!(
                "-- \n{name}\nDu bekommst „{title}“, weil du zugestimmt hast. Abmelden: {unsubscribe}\nImpressum: {imprint}\nDatenschutz: {privacy}\n"
            ),
            (Channel::Email, false) => format!(
                "-- \n{name}\nYou get “{title}” because you agreed to it. Leave: {unsubscribe}\nImprint: {imprint}\nPrivacy: {privacy}\n"
            ),
            (Channel::Sms, true) => format!("{name}. Abmelden: STOP antworten. Impressum: {imprint}"),
            (Channel::Sms, false) => format!("{name}. To leave reply STOP. Imprint: {imprint}"),
            (_, true) => format!("{name} · {title}\nAbmelden: STOP antworten\nImpressum: {imprint}"),
            (_, false) => format!("{name} · {title}\nTo leave: reply STOP\nImprint: {imprint}"),
        });
        out
    }

    /// The footer of an HTML body, escaped.
    pub(super) fn html(&self) -> String {
        let Self { sender, title, unsubscribe, .. } = self;
        let e = super::markdown::escape;
        let links: String = self
            .linked
            .iter()
            .map(|a| format!("<p><a href=\"{}\">{}</a></p>", e(&a.url), e(&unmarked(&a.name))))
            .collect();
        let (name, imprint, privacy, title) =
            (e(&sender.name), e(&sender.imprint_url), e(&sender.privacy_url), e(title));
        let (why, go, imprint_word, privacy_word) = if self.is_german() {
            (format!("Du bekommst „{title}“, weil du zugestimmt hast."), "Abmelden", "Impressum", "Datenschutz")
        } else {
            (format!("You get “{title}” because you agreed to it."), "Leave", "Imprint", "Privacy")
        };
        format!(
            "{links}<hr style=\"border:0;border-top:1px solid #999;margin:24px 0 12px\">\
             <p style=\"font-size:14px;line-height:1.5;margin:0\">{name}<br>{why} <a href=\"{unsubscribe}\">{go}</a><br>\
             <a href=\"{imprint}\">{imprint_word}</a> · <a href=\"{privacy}\">{privacy_word}</a></p>"
        )
    }
}
