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
        if let Some(health) = v.get("health").filter(|health| health.is_object()) {
            lines.push_str(&format!("\n    {}", self.health_line(health)));
        }
        if v.get("held_deaf") == Some(&Value::Bool(true)) {
            lines.push_str(&format!("\n    {}", msg!("daemon-transport-held-deaf").text(self.language())));
        }
        lines
    }

    /// What the plugin said of its account.
    fn health_line(&self, health: &Value) -> String {
        let why = || field(health, "detail");
        let state = match field(health, "account_state").as_str() {
            "ready" => msg!("daemon-transport-account-ready"),
            "not_ready" => msg!("daemon-transport-account-not-ready", why = why()),
            _ => msg!("daemon-transport-account-unknown"),
        };
        let mut parts = vec![msg!("daemon-transport-account", account = field(health, "account"), state = state)];
        match (field(health, "credits"), field(health, "credits_alarm")) {
            (left, _) if left.is_empty() => {}
            (left, alarm) if alarm.is_empty() => parts.push(msg!("daemon-transport-credits", left = left)),
            (left, alarm) => parts.push(msg!("daemon-transport-credits-alarm", left = left, alarm = alarm)),
        }
        match field(health, "hearing").as_str() {
            "deaf" => parts.push(msg!("daemon-transport-deaf", why = why())),
            "hears" => parts.push(msg!(
                "daemon-transport-heard",
                at = field(health, "heard_at"),
                by = field(health, "heard_by")
            )),
            _ => {}
        }
        let more = [field(health, "limits"), field(health, "remote_version")];
        let said = parts.into_iter().map(|part| part.text(self.language()));
        said.chain(more.into_iter().filter(|text| !text.is_empty())).collect::<Vec<_>>().join("; ")
    }
}
