//! `broadcast send|list|status|deliveries|pause|resume|cancel|unknown`.

use super::{ApiCommands, Result, counts, field, file_failed, get, many, post, text};
use crate::client::{CommandFailure, RequestBody, encode};
use crate::lang::word;
use clap::ArgMatches;
use hyper::Method;
use hyper::body::Bytes;
use rundruf_lang::{Language, msg};
use serde_json::{Value, json};
use std::collections::{BTreeMap, VecDeque};
use std::fs;
use std::path::{Path, PathBuf};
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
/// How often `--wait` asks the daemon for the status.
const POLL_INTERVAL: Duration = Duration::from_millis(100);
/// How many failed requests in a row `--wait` accepts: the daemon may be reloading its settings.
const MAX_FAILED_POLLS: u32 = 100;

impl ApiCommands<'_> {
    pub(super) async fn broadcast(&self, verb: &str, m: &ArgMatches) -> Result<u8> {
        let id = || m.get_one::<i64>("id").copied().unwrap_or(0);
        match verb {
            "send" => self.send(m).await,
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

    async fn send(&self, m: &ArgMatches) -> Result<u8> {
        let mut texts = BTreeMap::new();
        if let Some(text) = m.get_one::<String>("text") {
            texts.insert("de".to_owned(), text.clone());
        } else {
            let path = PathBuf::from(text(m, "file"));
            texts.insert("de".to_owned(), fs::read_to_string(&path).map_err(|e| file_failed(&path, &e))?);
            let english = path.with_extension("en.md");
            if english.exists() {
                texts.insert("en".to_owned(), fs::read_to_string(&english).map_err(|e| file_failed(&english, &e))?);
            }
        }
        let mut pieces = VecDeque::new();
        let mut attachments = Vec::new();
        for file in many(m, "attach") {
            let path = Path::new(file);
            let bytes = fs::read(path).map_err(|e| file_failed(path, &e))?;
            let name = path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
            attachments.push(json!({"name": name, "media_type": media_type(&name), "size": bytes.len()}));
            pieces.push_back(Bytes::from(bytes));
        }
        let time_arg = |name: &str| m.get_one::<String>(name).map(|t| self.parse_time(t)).transpose();
        let subject: BTreeMap<&str, &String> = m.get_one::<String>("subject").map(|s| ("de", s)).into_iter().collect();
        let dry_run = m.get_flag("dry-run");
        let head = json!({
            "list": text(m, "list"), "text": texts, "subject": subject, "at": time_arg("at")?, "expires_at": time_arg("expires")?,
            "attachments": attachments, "dry_run": dry_run,
        });
        pieces.push_front(Bytes::from(format!("{head}\n")));
        let (_, bytes) = self.client.bytes(Method::POST, "/api/broadcasts", RequestBody { pieces, file: None }).await?;
        let value: Value = serde_json::from_slice(&bytes).unwrap_or(Value::Null);
        self.context.output.result(&value, || {
            let id = field(&value, "id");
            match dry_run {
                true => plan(&value, self.language()),
                false => msg!("daemon-broadcast-sent", id = id).text(self.language()),
            }
        });
        Ok(0)
    }

    fn parse_time(&self, text: &str) -> Result<String> {
        parse_time(text).ok_or_else(|| {
            let message = msg!("daemon-not-a-time", text = %text);
            CommandFailure::new("usage", message, "2026-12-01T10:00:00+01:00, \"2026-12-01 10:00 Europe/Berlin\"")
        })
    }

    fn summary(&self, v: &Value) -> String {
        let state = field(v, "state");
        let (id, list, sent, total) = (field(v, "id"), field(v, "list"), field(v, "sent"), field(v, "total"));
        format!("{id:>6}  {list:<16} {:<12} {sent} / {total}", word(self.language(), &state))
    }

    fn delivery(&self, v: &Value) -> String {
        let (state, reason) = (field(v, "state"), field(v, "reason"));
        let (id, channel, address) = (field(v, "delivery"), field(v, "channel"), field(v, "address"));
        let (state, reason) = (word(self.language(), &state), word(self.language(), &reason));
        format!("{id:>10}  {channel:<8} {address:<30} {state:<18} {reason}").trim_end().to_owned()
    }
}

/// Reads RFC 3339, or a date and time in a named zone: `2026-12-01 10:00 Europe/Berlin` or `2026-12-01T10:00[Europe/Berlin]`. A time that
/// is skipped or doubled when clocks change is read by the zone's rules. A time without a zone is refused (`None`).
fn parse_time(text: &str) -> Option<String> {
    let text = text.trim();
    if let Ok(t) = text.parse::<jiff::Timestamp>() {
        return Some(t.to_string());
    }
    if let Ok(t) = text.parse::<jiff::ZonedDateTime>() {
        return Some(t.timestamp().to_string());
    }
    let (when, zone) = text.rsplit_once(' ')?;
    let civil: jiff::civil::DateTime = when.trim().parse().ok()?;
    civil.in_tz(zone).ok().map(|z| z.timestamp().to_string())
}

/// The result of a dry run, as text for people.
fn plan(v: &Value, language: Language) -> String {
    let mut out = format!(
        "{} {}\n{} {}\n{} {}\n",
        msg!("daemon-people").text(language),
        field(v, "total"),
        msg!("daemon-would-get-it").text(language),
        counts(v, "by_channel", language),
        msg!("daemon-would-not").text(language),
        counts(v, "skipped_by", language)
    );
    for person in v.get("people").and_then(Value::as_array).into_iter().flatten() {
        let reason = field(person, "reason");
        let what =
            if reason.is_empty() { field(person, "transport") } else { format!("– {}", word(language, &reason)) };
        out.push_str(&format!("  {:<8} {:<30} {what}\n", field(person, "channel"), field(person, "address")));
    }
    for warning in v.get("warnings").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str) {
        out.push_str(&format!("! {}\n", warning));
    }
    for sample in v.get("samples").and_then(Value::as_array).into_iter().flatten() {
        let (channel, language, text) = (field(sample, "channel"), field(sample, "language"), field(sample, "text"));
        out.push_str(&format!("\n── {channel} · {language}\n{text}\n"));
    }
    out
}

/// The media type for a file name, by its extension.
fn media_type(name: &str) -> &'static str {
    match name.rsplit('.').next().unwrap_or("").to_ascii_lowercase().as_str() {
        "jpg" | "jpeg" => "image/jpeg",
        "png" => "image/png",
        "gif" => "image/gif",
        "webp" => "image/webp",
        "pdf" => "application/pdf",
        "txt" | "md" => "text/plain",
        "mp4" => "video/mp4",
        "mp3" => "audio/mpeg",
        "ics" => "text/calendar",
        "vcf" => "text/vcard",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::parse_time;

    #[track_caller]
    fn check(text: &str, want: Option<&str>) {
        assert_eq!(parse_time(text).as_deref(), want, "{text}");
    }

    #[test]
    fn moments() {
        check("2026-12-01T10:00:00+01:00", Some("2026-12-01T09:00:00Z"));
        check("2026-12-01T09:00:00Z", Some("2026-12-01T09:00:00Z"));
        check("2026-12-01 10:00 Europe/Berlin", Some("2026-12-01T09:00:00Z"));
        check("2026-07-01 10:00 Europe/Berlin", Some("2026-07-01T08:00:00Z"));
        check("2026-12-01T10:00[Europe/Berlin]", Some("2026-12-01T09:00:00Z"));
        // On that day there is no time between 02:00 and 03:00: the offset from before the change counts.
        check("2026-03-29 02:30 Europe/Berlin", Some("2026-03-29T01:30:00Z"));
        // 02:30 comes twice: the first one counts.
        check("2026-10-25 02:30 Europe/Berlin", Some("2026-10-25T00:30:00Z"));
        for text in
            ["", "tomorrow", "2026-12-01 10:00", "2026-12-01 10:00 Europe/Nowhere", "2026-13-01T10:00:00Z", "10:00"]
        {
            check(text, None);
        }
    }
}
