//! `transport list|test|pause|resume`.

use super::{ApiCommands, Result, field, post, text};
use crate::client::{CommandFailure, encode};
use crate::lang::word;
use clap::ArgMatches;
use rundruf_lang::msg;
use serde_json::{Value, json};

impl ApiCommands<'_> {
    pub(super) async fn transport(&self, verb: &str, m: &ArgMatches) -> Result<u8> {
        let name = || encode(text(m, "name"));
        match verb {
            "list" => self.each("/api/transports", |v| self.transport_line(v)).await,
            "test" => {
                let path = format!("/api/transports/{}/test", name());
                let value =
                    post(&self.client, &path, &json!({"to": text(m, "to"), "dry_run": m.get_flag("dry-run")})).await?;
                if value.get("ok") == Some(&Value::Bool(true)) {
                    return self.print(&value, &["state", "said", "took_ms"]);
                }
                let (state, detail) = (field(&value, "state"), field(&value, "said"));
                let detail = word(self.language(), &detail);
                let state = word(self.language(), &state);
                let message = if detail.is_empty() { state } else { format!("{state}: {detail}") };
                let failure = CommandFailure::new("not_sent", message, "");
                let text = format!("{}: {}", msg!("daemon-error").text(self.language()), failure.text(self.language()));
                self.context.output.refusal(value, &text, &failure);
                Ok(1)
            }
            verb => {
                let value = post(&self.client, &format!("/api/transports/{}/{verb}", name()), &json!({})).await?;
                self.context.output.result(&value, || self.transport_line(&value));
                Ok(0)
            }
        }
    }

    fn transport_line(&self, v: &Value) -> String {
        let (state, reason) = (field(v, "state"), field(v, "reason"));
        let mut lines = format!(
            "{:<16} {:<18} {:<8} {:<12} {}/{}  {}",
            field(v, "name"),
            field(v, "plugin"),
            field(v, "isolation"),
            word(self.language(), &state),
            field(v, "in_flight"),
            field(v, "window"),
            reason
        );
        if let Some(url) = v.get("webhook").and_then(Value::as_str) {
            lines.push_str(&format!("\n    {}", msg!("daemon-transport-webhook", url = url).text(self.language())));
        }
        lines
    }
}
