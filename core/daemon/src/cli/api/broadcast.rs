//! `broadcast send|test|list|status|show|resend|deliveries|pause|resume|cancel|unknown`.

mod form; // what the arguments say, as the body of a request
pub(super) mod plan; // a dry run and a preview, for people
mod send; // `send` and `test`
mod start_time; // `--at` and `--expires`

use super::{ApiCommands, Result, TIMES, counts, field, get, post};
use crate::client::{CommandFailure, encode};
use crate::lang::word;
use clap::ArgMatches;
use rundruf_lang::msg;
use serde_json::{Value, json};
use std::time::Duration;

/// The fields that a status shows, in this order.
const STATUS: [&str; 20] = [
    "id",
    "list",
    "state",
    "waits_for",
    "start_at",
    "expires_at",
    "total",
    "queued",
    "in_flight",
    "retry",
    "sent",
    "delivered",
    "read",
    "failed",
    "unknown",
    "held",
    "skipped",
    "skipped_by",
    "rate_per_s",
    "eta_s",
];
/// The fields that `show` shows before the text, in this order.
const SHOWN: [&str; 19] = [
    "id",
    "list",
    "subject",
    "by",
    "created",
    "start_at",
    "expires_at",
    "state",
    "waits_for",
    "total",
    "queued",
    "in_flight",
    "retry",
    "sent",
    "delivered",
    "read",
    "failed",
    "unknown",
    "skipped_by",
];
/// How often `--wait` asks the daemon for the status.
const POLL_INTERVAL: Duration = Duration::from_millis(100);
/// How many failed requests in a row `--wait` accepts: the daemon may be reloading its settings.
const MAX_FAILED_POLLS: u32 = 100;

impl ApiCommands<'_> {
    pub(super) async fn broadcast(&self, verb: &str, m: &ArgMatches) -> Result<u8> {
        let id = || m.get_one::<i64>("id").copied().unwrap_or(0);
        match verb {
            "send" => self.send(m).await,
            "test" => self.test_message(m).await,
            "show" => self.show(id()).await,
            "resend" => {
                let body = json!({"failed": m.get_flag("failed")});
                let value = post(&self.client, &format!("/api/broadcasts/{}/resend", id()), &body).await?;
                self.context.output.result(&value, || {
                    let (id, count) = (field(&value, "id"), value.get("resent").and_then(Value::as_u64).unwrap_or(0));
                    msg!("daemon-broadcast-resent", id = id, count = count).text(self.language())
                });
                Ok(0)
            }
            "list" => self.each("/api/broadcasts", |v| self.summary(v)).await,
            "status" => self.status(id(), m.get_flag("wait")).await,
            "deliveries" => {
                let state = m.get_one::<String>("state").map_or_else(String::new, |s| format!("&state={}", encode(s)));
                let full = u8::from(m.get_flag("addresses"));
                let path = format!("/api/broadcasts/{}/deliveries?addresses={full}{state}", id());
                self.each(&path, |v| self.delivery(v)).await
            }
            "unknown" => self.unknown(id(), m).await,
            verb => {
                let value = post(&self.client, &format!("/api/broadcasts/{}/{verb}", id()), &json!({})).await?;
                self.context.output.result(&value, || self.summary(&value));
                Ok(0)
            }
        }
    }

    async fn unknown(&self, id: i64, m: &ArgMatches) -> Result<u8> {
        if m.get_one::<String>("verb").is_none() {
            let path = format!("/api/broadcasts/{id}/deliveries?state=unknown");
            return self.each(&path, |v| self.delivery(v)).await;
        }
        let Some(how) = m.get_one::<String>("as") else {
            let help = msg!("daemon-resolve-options");
            return Err(CommandFailure::new("usage", msg!("daemon-resolve-needs-as"), help));
        };
        let mut body = json!({"as": how});
        if let (Some(delivery), Value::Object(o)) = (m.get_one::<i64>("delivery"), &mut body) {
            o.insert("delivery".to_owned(), json!(delivery));
        }
        let value = post(&self.client, &format!("/api/broadcasts/{id}/unknown"), &body).await?;
        self.print(&value, &["resolved"])
    }

    async fn status(&self, id: i64, wait: bool) -> Result<u8> {
        let path = format!("/api/broadcasts/{id}");
        let mut value = get(&self.client, &path).await?;
        if wait {
            let number = |v: &Value, f: &str| v.get(f).and_then(Value::as_u64).unwrap_or(0);
            let open = |v: &Value| ["scheduled", "running", "paused"].contains(&field(v, "state").as_str());
            let mut progress = self
                .context
                .output
                .progress(&msg!("daemon-broadcast").text(self.context.language), number(&value, "total"));
            let mut silent = 0;
            while open(&value) {
                let left = number(&value, "queued") + number(&value, "in_flight") + number(&value, "retry");
                progress.set(number(&value, "total").saturating_sub(left), number(&value, "total"));
                tokio::time::sleep(POLL_INTERVAL).await;
                match get(&self.client, &path).await {
                    Ok(next) => (value, silent) = (next, 0),
                    Err(failure) if failure.code == "not_found" || silent >= MAX_FAILED_POLLS => return Err(failure),
                    Err(_) => silent += 1,
                }
            }
            progress.end();
        }
        self.print(&value, &STATUS)
    }

    /// Subject, text, sender and numbers of a broadcast.
    async fn show(&self, id: i64) -> Result<u8> {
        let value = get(&self.client, &format!("/api/broadcasts/{id}?content=1")).await?;
        self.context.output.result(&value, || {
            let language = self.language();
            let mut lines: Vec<String> = Vec::new();
            for name in SHOWN {
                let said = match value.get(name) {
                    Some(Value::Object(_)) => counts(&value, name, language),
                    _ if name == "by" => plan::who(&field(&value, name)),
                    _ if TIMES.contains(&name) => self.time(&value, name),
                    _ => word(language, &field(&value, name)),
                };
                if !said.is_empty() {
                    lines.push(format!("{:<22} {said}", word(language, name)));
                }
            }
            lines.extend(plan::files(&value, language));
            for (tag, text) in value.get("text").and_then(Value::as_object).into_iter().flatten() {
                lines.push(format!("\n── {tag}\n{}", text.as_str().unwrap_or("").trim_end()));
            }
            lines.join("\n")
        });
        Ok(0)
    }

    fn summary(&self, v: &Value) -> String {
        let state = field(v, "state");
        let (id, list, sent, total) = (field(v, "id"), field(v, "list"), field(v, "sent"), field(v, "total"));
        let (when, who) = (self.time(v, "created"), plan::who(&field(v, "by")));
        let state = word(self.language(), &state);
        let subject: String = field(v, "subject").chars().take(40).collect();
        format!("{id:>6}  {when}  {list:<16} {state:<12} {sent} / {total}  {who:<10} {subject}").trim_end().to_owned()
    }

    fn delivery(&self, v: &Value) -> String {
        let (state, reason) = (field(v, "state"), field(v, "said"));
        let (id, channel, address) = (field(v, "delivery"), field(v, "channel"), field(v, "address"));
        let (state, reason) = (word(self.language(), &state), word(self.language(), &reason));
        format!("{id:>10}  {channel:<8} {address:<30} {state:<18} {reason}").trim_end().to_owned()
    }
}
