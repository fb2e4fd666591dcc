//! `inbox list|show|reply|assign|done|resolve`.

use super::{ApiCommands, Result, field, get, post, text};
use crate::lang::word;
use clap::ArgMatches;
use rundruf_lang::msg;
use serde_json::{Value, json};

impl ApiCommands<'_> {
    pub(super) async fn inbox(&self, verb: &str, m: &ArgMatches) -> Result<u8> {
        let language = self.language();
        if verb == "list" {
            let path = format!("/api/inbox?all={}", u8::from(m.get_flag("all")));
            return self.each(&path, |v| self.line_of(v)).await;
        }
        let id = m.get_one::<i64>("id").copied().unwrap_or(0);
        let path = format!("/api/inbox/{id}");
        match verb {
            "show" => {
                let value = get(&self.client, &path).await?;
                self.context.output.result(&value, || self.whole(&value));
                Ok(0)
            }
            _ => {
                let given = |name: &str| m.try_get_one::<String>(name).ok().flatten().cloned().unwrap_or_default();
                let body = json!({"text": given("text"), "as": given("as")});
                let value = post(&self.client, &format!("{path}/{verb}"), &body).await?;
                self.context.output.result(&value, || match verb {
                    "reply" => msg!("daemon-inbox-replied", id = id).text(language),
                    "assign" => msg!("daemon-inbox-assigned", id = id, name = text(m, "text")).text(language),
                    "resolve" => msg!("daemon-inbox-resolved", id = id, n = field(&value, "consents")).text(language),
                    _ => msg!("daemon-inbox-done", id = id).text(language),
                });
                Ok(0)
            }
        }
    }

    /// One thing that waits, without its text.
    fn line_of(&self, v: &Value) -> String {
        let language = self.language();
        match field(v, "kind").as_str() {
            "unknown" => {
                let (id, count) = (field(v, "broadcast"), field(v, "count"));
                msg!("daemon-inbox-unknown", id = id, count = count).text(language)
            }
            "held" => {
                let (address, list, at) = (field(v, "address"), field(v, "list"), self.time(v, "at"));
                msg!("daemon-inbox-held", address = address, list = list, at = at).text(language)
            }
            _ => {
                let assigned = field(v, "assigned");
                let assigned = if assigned.is_empty() { assigned } else { format!("  → {assigned}") };
                let files = v.get("attachments").and_then(Value::as_array).map_or(0, Vec::len);
                let files = match files {
                    0 => String::new(),
                    n => format!("  ({})", msg!("daemon-inbox-attachments", n = n).text(language)),
                };
                format!(
                    "{:>6}  {}  {}  {}{files}{assigned}",
                    field(v, "id"),
                    self.time(v, "at"),
                    field(v, "address"),
                    field(v, "what")
                )
            }
        }
    }

    /// One message with its text and what was done about it.
    fn whole(&self, v: &Value) -> String {
        let language = self.language();
        let mut lines = vec![self.line_of(v)];
        for consent in v.get("consents").and_then(Value::as_array).into_iter().flatten() {
            lines.push(format!("        {}: {}", field(consent, "list"), word(language, &field(consent, "state"))));
        }
        lines.extend([String::new(), field(v, "text")]);
        for note in v.get("notes").and_then(Value::as_array).into_iter().flatten() {
            let action = word(language, &format!("inbox_{}", field(note, "action")));
            lines.push(format!(
                "\n{}  {action}  ({})\n{}",
                self.time(note, "at"),
                field(note, "by"),
                field(note, "text")
            ));
        }
        lines.join("\n")
    }
}
