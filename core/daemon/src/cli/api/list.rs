//! `list show|create|close`. Lists are defined in the settings; the store has the consents.

use super::{ApiCommands, Result, counts, field, file_failed, get, many, post, text};
use crate::cli::context::CommandContext;
use crate::client::{ApiClient, CommandFailure, RequestBody, encode};
use crate::lang::word;
use crate::settings::fault::SettingsFault;
use crate::settings::{self, list::is_name};
use clap::ArgMatches;
use hyper::Method;
use rundruf_lang::msg;
use serde_json::{Value, json};
use std::fs;
use std::fs::Permissions;
use std::io::IsTerminal;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// How long a reload of the daemon may take: it first finishes the messages in flight.
const RELOAD: Duration = Duration::from_secs(60);

impl ApiCommands<'_> {
    pub(super) async fn list(&self, verb: &str, m: &ArgMatches) -> Result<u8> {
        match verb {
            "close" => return self.close(text(m, "name"), m.get_flag("yes")).await,
            "changed" => return self.same_purpose(text(m, "name"), text(m, "reason")).await,
            _ => {}
        }
        let language = self.language();
        let line = |v: &Value| {
            let closed = v.get("closed") == Some(&Value::Bool(true));
            let closed = if closed { format!("{}  ", word(language, "closed")) } else { String::new() };
            let name = field(v, "name");
            let held = match field(v, "held").as_str() {
                "" => String::new(),
                "gone" => format!("\n  {}", msg!("daemon-list-gone").text(language)),
                "stops_missing" => format!("\n  {}", msg!("daemon-list-stops-missing").text(language)),
                _ => format!(
                    "\n  {}\n  = {}",
                    msg!("daemon-list-held", what = field(v, "differences")).text(language),
                    msg!("daemon-list-held-help", name = &name).text(language)
                ),
            };
            format!("{name:<20} {closed}{}{held}", counts(v, "by_state", language))
        };
        self.each("/api/lists", line).await
    }

    /// Lets a held list go on: it has the same purpose in other words.
    async fn same_purpose(&self, name: &str, reason: &str) -> Result<u8> {
        let body = json!({"same_purpose": true, "reason": reason});
        let value = post(&self.client, &format!("/api/lists/{}/changed", encode(name)), &body).await?;
        self.context.output.result(&value, || msg!("daemon-list-goes-on", name = name).text(self.language()));
        Ok(0)
    }

    /// Asks on the terminal whether a list is to be closed; without a terminal nobody can be asked.
    async fn may_close(&self, name: &str) -> Result<bool> {
        let mut live = None;
        let path = "/api/lists";
        let count = |v: Value| {
            if field(&v, "name") == name && v.get("closed") == Some(&Value::Bool(false)) {
                live = v.get("live").and_then(Value::as_u64);
            }
        };
        self.client.lines(Method::GET, path, RequestBody::of(""), count).await?;
        // A list that is not there or closed already: the daemon says it better.
        let Some(live) = live else { return Ok(true) };
        if !(std::io::stdin().is_terminal() && std::io::stderr().is_terminal()) {
            let message = msg!("daemon-close-needs-yes", name = name, live = live);
            return Err(CommandFailure::new("needs_yes", message, msg!("daemon-close-needs-yes-help")));
        }
        let question = msg!("daemon-close-question", name = name, live = live).text(self.language());
        self.context.output.ask(&question);
        let mut answer = String::new();
        let read = std::io::stdin().read_line(&mut answer).is_ok();
        let yes = ["ja", "j", "yes", "y"].contains(&answer.trim().to_lowercase().as_str());
        Ok(read && yes)
    }

    /// Closes the list in the store, then removes its own settings file, if it has one.
    async fn close(&self, name: &str, yes: bool) -> Result<u8> {
        if !yes && !self.may_close(name).await? {
            self.context.output.remark(&msg!("daemon-nothing-closed").text(self.language()));
            return Ok(1);
        }
        let mut value = post(&self.client, &format!("/api/lists/{}/close", encode(name)), &json!({})).await?;
        let settings = self.context.settings();
        let own = own_file(&settings, name);
        let moved = own.with_extension("toml.closed");
        let moved = (own.exists() && fs::rename(&own, &moved).is_ok()).then_some(moved);
        if let Value::Object(object) = &mut value {
            object.insert("file".to_owned(), json!(moved.as_ref().map(|f| f.display().to_string())));
        }
        let ended = value.get("terminated").and_then(Value::as_u64).unwrap_or(0);
        self.context
            .output
            .result(&value, || msg!("daemon-list-closed", name = %name, ended = %ended).text(self.language()));
        if moved.is_none() {
            self.context.output.remark(&msg!("daemon-remove-list-from-settings", name = %name).text(self.language()));
        }
        Ok(0)
    }
}

/// Path of the file that `list create` writes.
fn own_file(settings: &Path, name: &str) -> PathBuf {
    settings.parent().unwrap_or(Path::new("")).join("conf.d").join(format!("list-{name}.toml"))
}

/// `list create NAME`: writes a file for the list, checks the settings with it (a faulty one is removed), then makes the daemon reload.
pub(super) async fn create(context: &CommandContext, m: &ArgMatches) -> Result<u8> {
    let path = context.settings();
    let name = text(m, "name");
    if !is_name(name) {
        let shown = name.escape_debug();
        let message = msg!("daemon-not-a-list-name", shown = %shown);
        let help = msg!("daemon-list-name-rule");
        return Err(CommandFailure::new("bad_name", message, help));
    }
    let file = own_file(&path, name);
    if file.exists() {
        let message = msg!("daemon-list-exists", name = %name, file = %file.display());
        return Err(CommandFailure::new("exists", message, ""));
    }
    let client = context.client()?;
    if known(&client).await.unwrap_or_default().iter().any(|l| l.0 == name && l.1) {
        let message = msg!("daemon-list-was-closed", name = name);
        return Err(CommandFailure::new("closed", message, msg!("daemon-name-another-list")));
    }
    let quoted = |t: &str| Value::String(t.to_owned()).to_string();
    let transports = many(m, "transport").into_iter().map(quoted).collect::<Vec<_>>().join(", ");
    let (title, purpose) = (quoted(text(m, "title")), quoted(text(m, "purpose")));
    let body = format!("[lists.{name}]\ntitle = {title}\npurpose = {purpose}\ntransports = [{transports}]\n");
    let folder = file.parent().unwrap_or(Path::new(""));
    // The daemon reads it by its group, whatever the admin's umask is.
    let readable = Permissions::from_mode(0o640);
    fs::create_dir_all(folder)
        .and_then(|()| fs::write(&file, body))
        .and_then(|()| fs::set_permissions(&file, readable))
        .map_err(|e| file_failed(&file, &e))?;
    let (report, resolved) = settings::check::check(&path, context.language);
    // A secret that only the daemon can read is not a fault of the list: the daemon decides, where it runs.
    let is_other = |fault: &SettingsFault| !fault.is_unreadable_secret();
    let is_refused =
        resolved.is_none() && (report.faults.iter().any(is_other) || get(&client, "/api/health").await.is_err());
    if is_refused {
        let _ = fs::remove_file(&file);
        return Err(CommandFailure::new("settings", report.text(context.language).trim_end().to_owned(), ""));
    }
    let told = reload(&client, name).await?;
    context.output.result(&json!({"name": name, "file": file.display().to_string(), "reloaded": told}), || {
        let then = if told {
            msg!("daemon-list-taken-over").text(context.language)
        } else {
            msg!("daemon-daemon-not-running").text(context.language)
        };
        format!("{}: {then}", file.display())
    });
    Ok(0)
}

/// Whether the daemon works by the settings that have this list. In its database the list is a little earlier.
async fn in_force(client: &ApiClient, list: &str) -> bool {
    let mut found = false;
    let each = |v: Value| found |= field(&v, "name") == list && v.get("title").is_some_and(|title| !title.is_null());
    client.lines(Method::GET, "/api/lists", RequestBody::of(""), each).await.is_ok() && found
}

/// The names of all lists that the daemon knows, and whether they are closed.
async fn known(client: &ApiClient) -> Result<Vec<(String, bool)>> {
    let mut lists = Vec::new();
    let closed = |v: &Value| v.get("closed") == Some(&Value::Bool(true));
    client
        .lines(Method::GET, "/api/lists", RequestBody::of(""), |v| lists.push((field(&v, "name"), closed(&v))))
        .await?;
    Ok(lists)
}

/// Makes a running daemon reload its settings and waits until it knows the list. False if no daemon is running.
async fn reload(client: &ApiClient, list: &str) -> Result<bool> {
    if get(client, "/api/health").await.is_err_and(|f| f.code == "no_daemon") {
        return Ok(false);
    }
    // The daemon signals itself: an admin of its group may not.
    let told = post(client, "/api/reload", &json!({})).await.is_ok();
    let until = Instant::now() + RELOAD;
    while told && Instant::now() < until {
        if in_force(client, list).await {
            return Ok(true);
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let message = msg!("daemon-list-not-taken-over");
    let help = msg!("daemon-look-into-log");
    Err(CommandFailure::new("not_reloaded", message, help))
}
