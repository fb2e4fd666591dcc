//! `contact export|erase`.

use super::consent::write_private;
use super::{ApiCommands, Result, field, file_failed, post, text};
use crate::client::{CommandFailure, RequestBody, encode};
use clap::ArgMatches;
use hyper::Method;
use rundruf_lang::msg;
use serde_json::{Value, json};
use std::fs;
use std::io::{BufRead, IsTerminal, Write};
use std::os::unix::fs::DirBuilderExt;
use std::path::Path;

/// The files of an export.
const PARTS: [&str; 2] = ["export.json", "readme.html"];

impl ApiCommands<'_> {
    /// Writes everything about one person into a ZIP, or into a folder.
    pub(super) async fn contact_export(&self, m: &ArgMatches) -> Result<u8> {
        let (who, output) = (text(m, "who"), Path::new(text(m, "output")));
        let path = format!("/api/contacts/export?who={}", encode(who));
        let is_zip = output.extension().is_some_and(|e| e.eq_ignore_ascii_case("zip"));
        if is_zip {
            let (_, bytes) = self.client.bytes(Method::GET, &path, RequestBody::of("")).await?;
            write_private(output, &bytes).map_err(|e| file_failed(output, &e))?;
        } else {
            let made = fs::DirBuilder::new().recursive(true).mode(0o700).create(output);
            made.map_err(|e| file_failed(output, &e))?;
            for part in PARTS {
                let (_, bytes) =
                    self.client.bytes(Method::GET, &format!("{path}&part={part}"), RequestBody::of("")).await?;
                let file = output.join(part);
                write_private(&file, &bytes).map_err(|e| file_failed(&file, &e))?;
            }
        }
        let shown = output.display().to_string();
        let value = json!({"file": shown, "files": PARTS});
        self.context.output.result(&value, || msg!("daemon-export-written", file = shown).text(self.language()));
        Ok(0)
    }

    /// Shows which addresses would be erased, asks on a terminal, erases.
    pub(super) async fn contact_erase(&self, m: &ArgMatches) -> Result<u8> {
        let (who, only) = (text(m, "who"), m.get_flag("only"));
        let language = self.language();
        let ask = |dry_run: bool| json!({"who": who, "only": only, "dry_run": dry_run});
        if !m.get_flag("yes") {
            let planned = post(&self.client, "/api/contacts/erase", &ask(true)).await?;
            let question = msg!("daemon-erase-question", addresses = field(&planned, "addresses")).text(language);
            if !confirmed(&question) {
                let help = msg!("daemon-erase-needs-yes");
                return Err(CommandFailure::new("not_confirmed", msg!("daemon-erase-not-confirmed"), help));
            }
        }
        let value = post(&self.client, "/api/contacts/erase", &ask(false)).await?;
        if value.get("kept_until").is_some_and(|until| !until.is_null()) {
            let (until, reason) = (self.time(&value, "kept_until"), field(&value, "kept_because"));
            let said = msg!("daemon-erase-on-hold", until = until, reason = reason);
            self.context.output.result(&value, || said.text(language));
            return Ok(0);
        }
        self.context.output.result(&value, || {
            let mut lines = vec![msg!("daemon-erased", addresses = field(&value, "addresses")).text(language)];
            lines.push(msg!("daemon-erase-kept").text(language));
            if value.get("in_flight").and_then(Value::as_u64).is_some_and(|n| n > 0) {
                lines.push(msg!("daemon-erase-in-flight", n = field(&value, "in_flight")).text(language));
            }
            let plugins = value.get("plugins").cloned().unwrap_or_default();
            let (told, pending, cannot) =
                (field(&plugins, "told"), field(&plugins, "pending"), field(&plugins, "cannot"));
            if !told.is_empty() {
                lines.push(msg!("daemon-erase-plugins-told", names = told).text(language));
            }
            if !pending.is_empty() {
                lines.push(msg!("daemon-erase-plugins-pending", names = pending).text(language));
            }
            if !cannot.is_empty() {
                lines.push(msg!("daemon-erase-plugins-cannot", names = cannot).text(language));
            }
            let elsewhere = field(&value, "elsewhere");
            if !elsewhere.is_empty() {
                lines.push(msg!("daemon-erase-elsewhere", files = elsewhere).text(language));
            }
            lines.join("\n")
        });
        if value.get("complete") == Some(&Value::Bool(true)) {
            return Ok(0);
        }
        Err(CommandFailure::new("incomplete", msg!("daemon-erase-incomplete"), msg!("daemon-erase-incomplete-help")))
    }
}

/// Asks on the terminal; without one nobody has confirmed.
fn confirmed(question: &str) -> bool {
    let stdin = std::io::stdin();
    if !stdin.is_terminal() {
        return false;
    }
    let mut err = std::io::stderr();
    let _ = err.write_all(format!("{question} ").as_bytes()).and_then(|()| err.flush());
    let mut answer = String::new();
    let read = stdin.lock().read_line(&mut answer);
    read.is_ok() && matches!(answer.trim().to_lowercase().as_str(), "ja" | "j" | "yes" | "y")
}
