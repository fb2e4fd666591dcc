//! The export as one page to read, German or English: no script, nothing from elsewhere, readable without style.

use rundruf_lang::{Language, Message, msg};
use serde_json::Value;

const STYLE: &str = "body{font:1rem/1.5 sans-serif;max-width:56rem;margin:2rem auto;padding:0 1rem}table{border-collapse:collapse;width:100%}\
     td,th{border:1px solid #767676;padding:.3rem .6rem;text-align:left;vertical-align:top;overflow-wrap:anywhere}\
     blockquote{border-left:.2rem solid #767676;margin:.5rem 0;padding-left:1rem;white-space:pre-wrap}";

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// Writes one page.
struct ExportPage {
    language: Language,
    html: String,
}

/// A field as text; numbers and lists too.
fn text_of(value: &Value, name: &str) -> String {
    match value.pointer(name) {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => text.clone(),
        Some(Value::Array(items)) => {
            let each = items.iter().map(|i| i.as_str().map_or_else(|| i.to_string(), str::to_owned));
            each.collect::<Vec<_>>().join(", ")
        }
        Some(Value::Bool(true)) => "✓".to_owned(),
        Some(Value::Bool(false)) => "–".to_owned(),
        Some(other) => other.to_string(),
    }
}

fn items<'a>(value: &'a Value, name: &str) -> &'a [Value] {
    value.pointer(name).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

fn address(value: &Value) -> String {
    [text_of(value, "/address/channel"), text_of(value, "/address/value")].join(" ")
}

/// A time as people read it: the day and the minute, UTC.
fn when(value: &Value, name: &str) -> String {
    let text = text_of(value, name);
    text.parse::<jiff::Timestamp>().map_or(text, |t| t.strftime("%Y-%m-%d %H:%M UTC").to_string())
}

impl ExportPage {
    fn say(&self, message: &Message) -> String {
        escape(&message.text(self.language))
    }

    /// A state, event or kind in the reader's language.
    fn word(&self, word: &str) -> String {
        let key = format!("engine-export-word-{}", word.replace('_', "-"));
        Message::find(&key).map_or_else(|| escape(word), |m| self.say(&m))
    }

    fn heading(&mut self, message: &Message) {
        let said = self.say(message);
        self.html.push_str(&format!("<h2>{said}</h2>\n"));
    }

    /// A table; cells are HTML already.
    fn table(&mut self, heads: &[Message], rows: &[Vec<String>]) {
        if rows.is_empty() {
            let none = self.say(&msg!("engine-export-none"));
            self.html.push_str(&format!("<p>{none}</p>\n"));
            return;
        }
        let heads: String = heads.iter().map(|h| format!("<th scope=\"col\">{}</th>", self.say(h))).collect();
        self.html.push_str(&format!("<table>\n<tr>{heads}</tr>\n"));
        for row in rows {
            let cells: String = row.iter().map(|cell| format!("<td>{cell}</td>")).collect();
            self.html.push_str(&format!("<tr>{cells}</tr>\n"));
        }
        self.html.push_str("</table>\n");
    }

    fn quote(text: &str) -> String {
        if text.is_empty() { String::new() } else { format!("<blockquote>{}</blockquote>", escape(text)) }
    }

    fn subject(&mut self, data: &Value) {
        let vars = data.pointer("/subject/variables").and_then(Value::as_object);
        let pair = |(k, v): (&String, &Value)| format!("{k}: {}", v.as_str().unwrap_or(""));
        let vars: Vec<String> = vars.into_iter().flatten().map(pair).collect();
        let addresses: Vec<String> = items(data, "/subject/addresses")
            .iter()
            .map(|a| format!("{} {}", text_of(a, "/channel"), text_of(a, "/value")))
            .collect();
        self.heading(&msg!("engine-export-subject"));
        let rows = [
            (msg!("engine-export-addresses"), addresses.join("\n")),
            (msg!("engine-export-language"), text_of(data, "/subject/language")),
            (msg!("engine-export-variables"), vars.join("\n")),
            (msg!("engine-export-entered"), when(data, "/subject/entered_at")),
            (msg!("engine-export-sources"), text_of(data, "/sources")),
        ];
        let rows: Vec<Vec<String>> =
            rows.into_iter().map(|(name, text)| vec![self.say(&name), escape(&text).replace('\n', "<br>")]).collect();
        self.table(&[msg!("engine-export-what"), msg!("engine-export-stored")], &rows);
    }

    fn consents(&mut self, data: &Value) {
        self.heading(&msg!("engine-export-consents"));
        let consents = items(data, "/consents");
        if consents.is_empty() {
            self.table(&[], &[]);
        }
        for consent in consents {
            let state = self.word(&text_of(consent, "/state"));
            self.html.push_str(&format!(
                "<h3>{} · {} · {state} ({})</h3>\n",
                escape(&text_of(consent, "/list")),
                escape(&address(consent)),
                escape(&when(consent, "/since"))
            ));
            let rows: Vec<Vec<String>> = items(consent, "/events")
                .iter()
                .map(|e| {
                    let how = ["/record/act/kind", "/record/source/kind", "/record/source/detail", "/record/actor"];
                    let how: Vec<String> = how.iter().map(|at| text_of(e, at)).filter(|t| !t.is_empty()).collect();
                    let words = Self::quote(&text_of(e, "/record/act/verbatim"));
                    vec![
                        escape(&when(e, "/at")),
                        self.word(&text_of(e, "/event")),
                        format!("{}{words}", escape(&how.join(" · "))),
                    ]
                })
                .collect();
            self.table(&[msg!("engine-export-time"), msg!("engine-export-event"), msg!("engine-export-how")], &rows);
            let texts = consent.pointer("/texts").and_then(Value::as_object);
            for text in texts.into_iter().flatten().map(|(_, text)| text_of(text, "/text")) {
                self.html.push_str(&Self::quote(&text));
            }
        }
    }

    fn messages(&mut self, data: &Value) {
        let heads = [
            msg!("engine-export-time"),
            msg!("engine-export-to"),
            msg!("engine-export-by"),
            msg!("engine-export-outcome"),
            msg!("engine-export-text"),
        ];
        for (heading, name) in
            [(msg!("engine-export-sent"), "/messages_sent"), (msg!("engine-export-services"), "/service_messages")]
        {
            self.heading(&heading);
            let rows: Vec<Vec<String>> = items(data, name)
                .iter()
                .map(|m| {
                    let kind = text_of(m, "/kind");
                    let about = if kind.is_empty() { escape(&text_of(m, "/list")) } else { self.word(&kind) };
                    let (state, reason) = (self.word(&text_of(m, "/state")), self.word(&text_of(m, "/reason")));
                    let subject = escape(&text_of(m, "/subject"));
                    vec![
                        escape(&when(m, "/at")),
                        escape(&address(m)),
                        escape(&text_of(m, "/transport")),
                        format!("{state} {reason}"),
                        format!("{about}<br><b>{subject}</b>{}", Self::quote(&text_of(m, "/text"))),
                    ]
                })
                .collect();
            self.table(&heads, &rows);
        }
        self.heading(&msg!("engine-export-received"));
        let rows: Vec<Vec<String>> = items(data, "/messages_received")
            .iter()
            .map(|m| {
                let notes: String = items(m, "/notes").iter().map(|n| Self::quote(&text_of(n, "/text"))).collect();
                vec![
                    escape(&when(m, "/at")),
                    escape(&address(m)),
                    escape(&text_of(m, "/transport")),
                    format!("{}{notes}", Self::quote(&text_of(m, "/text"))),
                ]
            })
            .collect();
        let heads = [
            msg!("engine-export-time"),
            msg!("engine-export-from"),
            msg!("engine-export-by"),
            msg!("engine-export-text"),
        ];
        self.table(&heads, &rows);
    }

    fn recipients(&mut self, data: &Value) {
        self.heading(&msg!("engine-export-recipients"));
        let rows: Vec<Vec<String>> = items(data, "/recipients")
            .iter()
            .map(|r| {
                let operator =
                    [text_of(r, "/privacy_label/operator/name"), text_of(r, "/privacy_label/operator/country")];
                vec![
                    escape(&text_of(r, "/transport")),
                    escape(&operator.join(", ")),
                    escape(&text_of(r, "/privacy_label/role")),
                    escape(&text_of(r, "/privacy_label/data_out")),
                    escape(&text_of(r, "/privacy_label/storage")),
                ]
            })
            .collect();
        let heads = [
            msg!("engine-export-by"),
            msg!("engine-export-operator"),
            msg!("engine-export-role"),
            msg!("engine-export-data-out"),
            msg!("engine-export-storage"),
        ];
        self.table(&heads, &rows);
    }

    fn rights(&mut self, data: &Value) {
        self.heading(&msg!("engine-export-retention"));
        let days = |name: &str| data.pointer(name).and_then(Value::as_i64).unwrap_or(0);
        let lines = [
            msg!("engine-export-retention-inbound", days = days("/retention/inbound_days")),
            msg!("engine-export-retention-request", days = days("/retention/unanswered_request_days")),
            msg!("engine-export-retention-service", days = days("/retention/service_message_days")),
            msg!("engine-export-retention-evidence"),
            msg!("engine-export-retention-suppression"),
        ];
        let lines: String = lines.iter().map(|l| format!("<li>{}</li>\n", self.say(l))).collect();
        self.html.push_str(&format!("<ul>\n{lines}</ul>\n"));
        let suppressed = items(data, "/suppression");
        if !suppressed.is_empty() {
            let said = self.say(&msg!("engine-export-suppressed"));
            self.html.push_str(&format!("<p>{said}</p>\n"));
        }
        self.heading(&msg!("engine-export-rights"));
        let said = self.say(&msg!("engine-export-rights-text"));
        self.html.push_str(&format!("<p>{said}</p>\n"));
    }
}

/// The page.
pub(super) fn page(data: &Value, language: Language) -> String {
    let mut page = ExportPage { language, html: String::new() };
    let title = page.say(&msg!("engine-export-title"));
    let head = format!(
        "<!doctype html>\n<html lang=\"{}\">\n<head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\
         <title>{title}</title><style>{STYLE}</style></head>\n<body>\n<main>\n<h1>{title}</h1>\n",
        language.tag()
    );
    page.html.push_str(&head);
    let controller = [
        text_of(data, "/controller/name"),
        text_of(data, "/controller/imprint_url"),
        text_of(data, "/controller/privacy_url"),
    ];
    let as_of = page.say(&msg!("engine-export-as-of", when = when(data, "/generated_at")));
    page.html.push_str(&format!("<p>{}<br>{as_of}</p>\n", escape(&controller.join("\n")).replace('\n', "<br>")));
    page.subject(data);
    page.consents(data);
    page.messages(data);
    page.recipients(data);
    page.rights(data);
    page.html.push_str("</main>\n</body>\n</html>\n");
    page.html
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn nothing_of_the_person_becomes_markup() {
        let evil = "<script src=https://evil.example/x></script>\"'&";
        let data = json!({
            "subject": {"addresses": [{"channel": "email", "value": evil}], "language": evil, "variables": {evil: evil}},
            "sources": [evil],
            "consents": [{"list": evil, "address": {"value": evil}, "state": evil, "events": [{"event": evil, "at": evil,
                "record": {"act": {"verbatim": evil}}}], "texts": {"x": {"text": evil}}}],
            "messages_sent": [{"subject": evil, "text": evil, "reason": evil}],
            "messages_received": [{"text": evil, "notes": [{"text": evil}]}],
            "recipients": [{"transport": evil, "privacy_label": {"role": evil}}],
        });
        for language in Language::ALL {
            let html = page(&data, language);
            assert!(!html.contains("<script") && !html.contains("x>"), "{html}");
            assert!(html.contains(&format!("<html lang=\"{}\">", language.tag())));
        }
    }
}
