//! Commands that send a request to the daemon. With `--json` they print the daemon's answer unchanged.

mod audit; // who changed what
mod broadcast; // send, status, deliveries, unknown
mod clock; // status, accept
mod consent; // show, request, withdraw, proof
mod contact; // add, show, find
mod import; // import a file
mod inbox; // messages that wait for a person
mod list; // show, create, close
mod person; // contact export, contact erase
mod transport; // list, test, pause, resume
mod withdrawals; // stops of another program, from a file

use super::context::CommandContext;
use crate::client::{ApiClient, CommandFailure, RequestBody};
use crate::lang::{local_time, word};
use clap::ArgMatches;
use hyper::Method;
use jiff::tz::TimeZone;
use rundruf_lang::{Language, msg};
use serde_json::{Value, json};
use std::path::Path;

type Result<T> = std::result::Result<T, CommandFailure>;

fn text<'a>(m: &'a ArgMatches, name: &str) -> &'a str {
    m.get_one::<String>(name).map_or("", String::as_str)
}

fn many<'a>(m: &'a ArgMatches, name: &str) -> Vec<&'a str> {
    m.get_many::<String>(name).into_iter().flatten().map(String::as_str).collect()
}

fn file_failed(path: &Path, e: &std::io::Error) -> CommandFailure {
    CommandFailure::new("file", msg!("daemon-file-failed", file = %path.display(), error = e), "")
}

async fn get(client: &ApiClient, path: &str) -> Result<Value> {
    let (_, bytes) = client.bytes(Method::GET, path, RequestBody::of("")).await?;
    Ok(serde_json::from_slice(&bytes).unwrap_or(Value::Null))
}

async fn post(client: &ApiClient, path: &str, body: &Value) -> Result<Value> {
    let (_, bytes) = client.bytes(Method::POST, path, RequestBody::of(body.to_string())).await?;
    Ok(serde_json::from_slice(&bytes).unwrap_or(Value::Null))
}

/// Runs one command against the daemon; returns the exit code.
pub(super) async fn run(context: &CommandContext, name: &str, matches: &ArgMatches) -> Result<u8> {
    let sub = matches.subcommand();
    if let ("list", Some(("create", m))) = (name, sub) {
        return list::create(context, m).await;
    }
    let zone = crate::settings::time_zone(&context.settings());
    let commands = ApiCommands { context, client: context.client()?, zone };
    match (name, sub) {
        ("list", Some((verb, m))) => commands.list(verb, m).await,
        ("contact", Some((verb, m))) => commands.contact(verb, m).await,
        ("inbox", Some((verb, m))) => commands.inbox(verb, m).await,
        ("import", _) => commands.import(matches).await,
        ("consent", Some((verb, m))) => commands.consent(verb, m).await,
        ("broadcast", Some((verb, m))) => commands.broadcast(verb, m).await,
        ("transport", Some((verb, m))) => commands.transport(verb, m).await,
        ("audit", Some((_, m))) => commands.audit(m).await,
        ("clock", Some((verb, _))) => commands.clock(verb).await,
        ("log", Some(("checkpoint", _))) => {
            let value = get(&commands.client, "/api/log/checkpoint").await?;
            context.output.result(&value, || value.get("checkpoint").and_then(Value::as_str).unwrap_or("").to_owned());
            Ok(0)
        }
        ("log", _) => commands.log_itself().await,
        ("doctor", _) => commands.doctor().await,
        _ => Ok(2),
    }
}

struct ApiCommands<'a> {
    context: &'a CommandContext,
    client: ApiClient,
    /// Where people read times.
    zone: TimeZone,
}

/// The fields of answers that are times.
const TIMES: [&str; 8] = ["at", "created", "expected", "expires_at", "shown", "since", "start_at", "time"];

/// A field of an answer as text for people; empty if it is missing.
fn field(v: &Value, name: &str) -> String {
    match v.get(name) {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(s)) => s.clone(),
        Some(Value::Array(items)) => {
            items.iter().map(|i| i.as_str().map_or_else(|| i.to_string(), str::to_owned)).collect::<Vec<_>>().join(", ")
        }
        Some(other) => other.to_string(),
    }
}

/// Counts with their names in the reader's language: `withdrawn 2, held 1`.
fn counts(v: &Value, name: &str, language: Language) -> String {
    let object = v.get(name).and_then(Value::as_object);
    let each = object.into_iter().flatten().map(|(name, n)| format!("{} {n}", word(language, name)));
    each.collect::<Vec<_>>().join(", ")
}

impl ApiCommands<'_> {
    const fn language(&self) -> Language {
        self.context.language
    }

    /// A field that is a time, as people read it.
    fn time(&self, v: &Value, name: &str) -> String {
        local_time(self.language(), &self.zone, &field(v, name))
    }

    /// Prints some fields of an object, one per line. States and reasons are printed in the reader's language.
    fn print(&self, value: &Value, fields: &[&str]) -> Result<u8> {
        let language = self.language();
        self.context.output.result(value, || {
            let shown = |name: &&&str| {
                value.get(**name).is_some_and(|v| !v.is_null() && v.as_object().is_none_or(|o| !o.is_empty()))
            };
            let line = |name: &&str| {
                let said = if value.get(*name).is_some_and(Value::is_object) {
                    counts(value, name, language)
                } else if TIMES.contains(name) {
                    self.time(value, name)
                } else if language != Language::En && value.get(*name).is_some_and(Value::is_f64) {
                    field(value, name).replace('.', ",")
                } else {
                    field(value, name)
                };
                format!("{:<22} {}", word(language, name), word(language, &said))
            };
            fields.iter().filter(shown).map(line).collect::<Vec<_>>().join("\n")
        });
        Ok(0)
    }

    async fn each(&self, path: &str, line: impl Fn(&Value) -> String) -> Result<u8> {
        self.client
            .lines(Method::GET, path, RequestBody::of(""), |v| self.context.output.result(&v, || line(&v)))
            .await?;
        Ok(0)
    }

    /// `log verify` without a file: checks the log against what was signed before, by having it signed again.
    async fn log_itself(&self) -> Result<u8> {
        let value = get(&self.client, "/api/log/checkpoint").await?;
        let size = value.get("size").and_then(Value::as_u64).unwrap_or(0);
        let said = msg!("daemon-log-continues", size = %size).text(self.language());
        let result = json!({"ok": true, "size": size, "root": value.get("root"), "checked": [said]});
        self.context.output.result(&result, || said.clone());
        Ok(0)
    }

    async fn doctor(&self) -> Result<u8> {
        let value = get(&self.client, "/api/doctor").await?;
        let ok = value.get("ok") == Some(&Value::Bool(true));
        let mut lines = Vec::new();
        for finding in value.get("findings").and_then(Value::as_array).into_iter().flatten() {
            let said = field(finding, "text");
            let mark = if finding.get("fault") == Some(&Value::Bool(true)) { "✗" } else { "!" };
            lines.push(format!("{mark} {said}"));
        }
        let mut grants = Vec::new();
        for one in value.get("grants").and_then(Value::as_array).into_iter().flatten() {
            let may = one.get("may").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
            grants.push(format!("  {}: {}", field(one, "transport"), may.collect::<Vec<_>>().join("; ")));
        }
        if !grants.is_empty() {
            grants.insert(0, msg!("daemon-what-plugins-may").text(self.context.language));
        }
        if ok {
            let well = msg!("daemon-all-is-well").text(self.context.language);
            let said = if lines.is_empty() { vec![well] } else { lines };
            self.context.output.result(&value, || [said, grants].concat().join("\n"));
            return Ok(0);
        }
        let message = msg!("daemon-doctor-found-something");
        self.context.output.refusal(
            value,
            &[lines.clone(), grants].concat().join("\n"),
            &CommandFailure::new("doctor", message, lines.join("; ")),
        );
        Ok(1)
    }
}
