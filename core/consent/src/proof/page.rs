//! The page for people in a proof file, German or English: who, what text, when, how, and how to check it.

use super::parts::{LogBreak, ProofInput, change_message, date};
use crate::Time;
use crate::text::{Text, TextKind, escape_html};
use rundruf_lang::{Language, Message, msg};
use serde_json::Value;

const STYLE: &str = "body{font:1rem/1.5 sans-serif;max-width:50rem;margin:2rem auto;padding:0 1rem}table{border-collapse:collapse}\
     td,th{border:1px solid #999;padding:.3rem .6rem;text-align:left;vertical-align:top}\
     blockquote{border-left:.2rem solid #999;margin:.5rem 0;padding-left:1rem}code{overflow-wrap:anywhere}";

/// What a word of a record means in plain language: `event-sign_up`; `other` where the catalogue does not have the word.
fn plain(family: &str, word: &str) -> Message {
    let of = |word: &str| Message::find(&format!("consent-page-{family}-{}", word.replace('_', "-")));
    of(word).or_else(|| of("other")).unwrap_or_else(|| Message::verbatim(word))
}

struct PageWriter {
    language: Language,
    out: String,
}

impl PageWriter {
    fn say(&self, message: &Message) -> String {
        escape_html(&message.text(self.language))
    }

    fn heading(&mut self, title: &Message) {
        let title = self.say(title);
        self.out.push_str(&format!("<h2>{title}</h2>\n"));
    }

    fn paragraph(&mut self, text: &Message) {
        let text = self.say(text);
        self.out.push_str(&format!("<p>{text}</p>\n"));
    }

    /// A row of a table without a head: name and value. The value is HTML.
    fn row(&mut self, name: &Message, value: &str) {
        let name = self.say(name);
        self.out.push_str(&format!("<tr><th>{name}</th><td>{value}</td></tr>\n"));
    }

    fn quote(&mut self, text: &str) {
        self.out.push_str(&format!("<blockquote>{}</blockquote>\n", escape_html(text).replace('\n', "<br>")));
    }

    /// How an event came about, in one cell.
    fn how(&self, value: &Value) -> String {
        let field = |name: &str| value.pointer(name).and_then(Value::as_str);
        let mut parts = Vec::new();
        if let Some(kind) = field("/act/kind") {
            parts.push(self.say(&plain("act", kind)));
        }
        if let Some(words) = field("/act/verbatim") {
            parts.push(self.say(&msg!("consent-page-words", words = words)));
        }
        if let Some(kind) = field("/source/kind").filter(|s| *s != "inbound") {
            parts.push(self.say(&msg!("consent-page-source", source = plain("source", kind))));
        }
        if let Some(detail) = field("/source/detail") {
            parts.push(self.say(&msg!("consent-page-detail", detail = detail)));
        }
        if let Some(actor) = field("/actor") {
            parts.push(self.say(&match actor.strip_prefix("operator:") {
                Some(name) => msg!("consent-page-actor-operator", name = name),
                None => plain("actor", actor),
            }));
        }
        let earlier = |name: &str| value.pointer(name).and_then(Value::as_i64).map(|t| date(Time(t)));
        if let (Some(asked), Some(confirmed)) = (earlier("/earlier/requested_at"), earlier("/earlier/confirmed_at")) {
            parts.push(self.say(&msg!("consent-page-earlier", asked = asked, confirmed = confirmed)));
        }
        parts.join("<br>")
    }

    fn history(&mut self, values: &[Value]) {
        self.heading(&msg!("consent-page-history"));
        let heads = [
            msg!("consent-page-number"),
            msg!("consent-page-time"),
            msg!("consent-page-what"),
            msg!("consent-page-how"),
        ];
        let heads: String = heads.iter().map(|h| format!("<th>{}</th>", self.say(h))).collect();
        self.out.push_str(&format!("<table>\n<tr>{heads}</tr>\n"));
        for value in values {
            let what = self.say(&plain("event", value.pointer("/type").and_then(Value::as_str).unwrap_or("")));
            let state = plain("state", value.pointer("/state_after").and_then(Value::as_str).unwrap_or(""));
            let after = self.say(&msg!("consent-page-after", state = state));
            let when = value.pointer("/time").and_then(Value::as_i64).map_or_else(String::new, |t| date(Time(t)));
            let (number, how) = (value.pointer("/n").unwrap_or(&Value::Null), self.how(value));
            self.out.push_str(&format!(
                "<tr><td>{number}</td><td>{when}</td><td>{what}<br>{after}</td><td>{how}</td></tr>\n"
            ));
        }
        self.out.push_str("</table>\n");
    }

    fn sent(&mut self, input: &ProofInput<'_>, values: &[Value]) {
        if input.sent.is_empty() {
            return;
        }
        self.heading(&msg!("consent-page-sent"));
        for sent in input.sent {
            self.out.push_str("<table>\n");
            self.row(&msg!("consent-page-message-id"), &format!("<code>{}</code>", escape_html(&sent.message_id)));
            self.row(&msg!("consent-page-transport"), &escape_html(&sent.transport));
            let state = self.say(&plain("sent", &sent.state));
            let at = sent.at.map_or_else(String::new, |t| format!(", {}", date(Time(t))));
            self.row(&msg!("consent-page-status"), &format!("{state}{at}"));
            if let Some(id) = &sent.remote_id {
                self.row(&msg!("consent-page-remote-id"), &format!("<code>{}</code>", escape_html(id)));
            }
            self.out.push_str("</table>\n");
            let of_event = usize::try_from(sent.event).ok().and_then(|n| values.get(n.checked_sub(1)?));
            if let Some(body) = of_event.and_then(|v| v.pointer("/outbound/body")).and_then(Value::as_str) {
                self.quote(body);
            }
        }
    }

    fn texts(&mut self, texts: &[Text]) {
        self.heading(&msg!("consent-page-texts"));
        for text in texts {
            self.out.push_str("<h3>");
            let title = if text.kind == TextKind::Consent {
                msg!("consent-page-consent-text")
            } else {
                msg!("consent-page-other-text")
            };
            let title = self.say(&title);
            self.out.push_str(&format!("{title} ({})</h3>\n", escape_html(&text.language)));
            self.quote(&text.body);
        }
    }

    fn changes(&mut self, input: &ProofInput<'_>) {
        if input.changes.is_empty() {
            return;
        }
        self.heading(&msg!("consent-page-changes"));
        for change in input.changes {
            let value: Value = serde_json::from_str(&change.json).unwrap_or_default();
            self.paragraph(&change_message(&value));
        }
    }

    fn breaks(&mut self, breaks: &[LogBreak]) {
        if breaks.is_empty() {
            return;
        }
        self.heading(&msg!("consent-page-breaks"));
        for one in breaks {
            self.paragraph(&one.message());
        }
    }

    fn check(&mut self, input: &ProofInput<'_>, size: u64, vkey: &str) {
        let host = input.signer.origin.split('/').next().unwrap_or("");
        self.heading(&msg!("consent-page-check"));
        self.paragraph(&msg!("consent-page-check-what", size = size));
        let url = format!("https://{host}/.well-known/consent-log.vkey");
        let steps = [
            msg!("consent-page-check-key", url = &url),
            msg!("consent-page-check-run"),
            msg!("consent-page-check-verdicts"),
        ];
        let steps: String = steps.iter().map(|s| format!("<li>{}</li>\n", self.say(s))).collect();
        self.out.push_str(&format!("<ol>\n{steps}</ol>\n<p><code>{}</code></p>\n", escape_html(vkey)));
        self.paragraph(&msg!("consent-page-check-others"));
        self.heading(&msg!("consent-page-limits"));
        self.paragraph(&msg!("consent-page-limits-text"));
    }
}

/// The page in one language. `values`: the records, parsed.
pub(super) fn page(language: Language, input: &ProofInput<'_>, values: &[Value], size: u64, vkey: &str) -> String {
    let last = values.last().cloned().unwrap_or_default();
    let field = |path: &str| escape_html(last.pointer(path).and_then(Value::as_str).unwrap_or("–"));
    let mut w = PageWriter { language, out: String::new() };
    let title = w.say(&msg!("consent-page-title"));
    w.out.push_str(&format!(
        "<!doctype html>\n<html lang=\"{}\">\n<head><meta charset=\"utf-8\"><title>{title}</title>\n<style>{STYLE}</style></head>\n\
         <body>\n<h1>{title}</h1>\n",
        language.tag()
    ));
    w.paragraph(&msg!("consent-page-intro", made = date(input.now)));
    w.out.push_str("<table>\n");
    let controller = [field("/controller/name"), field("/controller/imprint_url"), field("/controller/privacy_url")];
    w.row(&msg!("consent-page-controller"), &controller.join("<br>"));
    let channel = plain("channel", last.pointer("/address/channel").and_then(Value::as_str).unwrap_or(""));
    let address = format!("{}: {}", w.say(&channel), field("/address/normalised"));
    w.row(&msg!("consent-page-address"), &address);
    w.row(&msg!("consent-page-list"), &format!("{}<br>{}", field("/list/title"), field("/list/purpose")));
    let state = plain("state", last.pointer("/state_after").and_then(Value::as_str).unwrap_or(""));
    let state = w.say(&state);
    w.row(&msg!("consent-page-status"), &state);
    w.out.push_str("</table>\n");
    w.history(values);
    w.sent(input, values);
    w.texts(input.texts);
    w.changes(input);
    w.breaks(input.breaks);
    w.check(input, size, vkey);
    w.out.push_str("</body>\n</html>\n");
    w.out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Channel, Event, State};

    #[test]
    fn every_state_event_and_channel_is_said_in_plain_words() {
        let states = State::ALL.iter().map(|s| ("state", s.word()));
        let channels = Channel::ALL.iter().map(|c| ("channel", c.word()));
        let events = Event::ALL.iter().map(|e| ("event", e.word()));
        for (family, word) in states.chain(channels).chain(events) {
            let said = plain(family, word);
            for language in Language::ALL {
                let text = said.text(language);
                assert!(!text.contains('_') && !text.starts_with("consent-page"), "{family} {word}: {text}");
                assert_ne!(text, plain(family, "other").text(language), "{family} {word} has no words of its own");
            }
        }
    }
}
