//! `backup`, `restore` and `log fork`: they work on the files, beside a running daemon (`backup create`, `backup verify`) or without one.

use super::CommandContext;
use super::offline_audit::OfflineChange;
use crate::client::CommandFailure;
use crate::daemon::store_failure;
use crate::settings::{self, StoreFiles};
use clap::ArgMatches;
use rundruf_consent::Time;
use rundruf_engine::Clock;
use rundruf_lang::{Message, msg};
use rundruf_store::backup::{self, BackupSource, BackupSummary};
use rundruf_store::{Finding, OpenOptions};
use serde_json::{Value, json};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

fn now() -> Time {
    Clock::system().now()
}

fn files(context: &CommandContext) -> Result<StoreFiles, CommandFailure> {
    let failed = |message| CommandFailure::new("no_settings", message, msg!("daemon-settings-places"));
    settings::store_files(&context.settings()).map_err(failed)
}

fn path(m: &ArgMatches, name: &str) -> Option<PathBuf> {
    m.try_get_one::<String>(name).ok().flatten().map(PathBuf::from)
}

fn has(m: &ArgMatches, name: &str) -> bool {
    m.try_get_one::<bool>(name).ok().flatten().copied().unwrap_or(false)
}

fn described(summary: &BackupSummary) -> Value {
    json!({
        "made": summary.made, "log_size": summary.log_size, "log_root": summary.log_root, "running": summary.running,
        "machine_key": summary.machine_key, "files": summary.files.len(),
    })
}

fn with(mut value: Value, more: Value) -> Value {
    if let (Some(object), Value::Object(more)) = (value.as_object_mut(), more) {
        object.extend(more);
    }
    value
}

/// Gives the files of the database to the owner of their folder, if root has made them: the daemon runs as that user.
fn give_to_daemon(database: &Path) {
    let (Some(folder), Some(name)) = (database.parent(), database.file_name()) else { return };
    let Ok(owner) = folder.metadata() else { return };
    if !rustix::process::geteuid().is_root() || owner.uid() == 0 {
        return;
    }
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let ours = entry.file_name().as_encoded_bytes().starts_with(name.as_encoded_bytes());
        // `DirEntry::metadata` follows no link, and neither does this: the folder is another user's.
        let is_roots = entry.metadata().is_ok_and(|m| m.is_file() && m.uid() == 0 && m.nlink() == 1);
        if ours && is_roots {
            let _ = std::os::unix::fs::lchown(entry.path(), Some(owner.uid()), Some(owner.gid()));
        }
    }
}

/// `backup DIR`, `backup create|verify|restore DIR`.
pub(super) fn backup(context: &CommandContext, m: &ArgMatches) -> Result<u8, CommandFailure> {
    match m.subcommand() {
        None => create(context, m),
        Some(("create", m)) => create(context, m),
        Some(("verify", m)) => verify(context, m),
        Some((_, m)) => bring_back(context, m),
    }
}

/// `restore [--check] DIR`.
pub(super) fn restore(context: &CommandContext, m: &ArgMatches) -> Result<u8, CommandFailure> {
    if has(m, "check") { verify(context, m) } else { bring_back(context, m) }
}

fn create(context: &CommandContext, m: &ArgMatches) -> Result<u8, CommandFailure> {
    let folder = path(m, "dir").unwrap_or_default();
    let StoreFiles { database, kek, settings } = files(context)?;
    let source = BackupSource { database, kek, settings, with_machine_key: !has(m, "without-machine-key") };
    let summary = backup::create(&source, &folder, now()).map_err(|e| store_failure(&e))?;
    let shown =
        msg!("daemon-backup-made", folder = %folder.display(), size = summary.log_size, running = summary.running);
    let key = if summary.machine_key { msg!("daemon-backup-with-key") } else { msg!("daemon-backup-without-key") };
    let value = with(described(&summary), json!({"folder": folder.display().to_string()}));
    let text = |m: &Message| m.text(context.language);
    context.output.result(&value, || format!("{}\n{}", text(&shown), text(&key)));
    Ok(0)
}

fn verify(context: &CommandContext, m: &ArgMatches) -> Result<u8, CommandFailure> {
    let folder = path(m, "dir").unwrap_or_default();
    let kek = path(m, "machine-key");
    let (summary, found) = backup::verify(&folder, kek.as_deref()).map_err(|e| store_failure(&e))?;
    let ok = !found.iter().any(|f| f.fault);
    let line = |f: &Finding| json!({"fault": f.fault, "text": f.text.text(context.language)});
    let findings: Vec<Value> = found.iter().map(line).collect();
    let value = with(described(&summary), json!({"ok": ok, "findings": findings}));
    let mark = |f: &Finding| format!("{} {}", if f.fault { "✗" } else { "!" }, f.text.text(context.language));
    let lines: Vec<String> = found.iter().map(mark).collect();
    if ok {
        let good = msg!("daemon-backup-good", size = summary.log_size).text(context.language);
        context.output.result(&value, || lines.iter().chain([&good]).cloned().collect::<Vec<_>>().join("\n"));
        return Ok(0);
    }
    let failure = CommandFailure::new("backup", msg!("daemon-backup-faulty"), lines.join("; "));
    context.output.refusal(value, &lines.join("\n"), &failure);
    Ok(1)
}

fn bring_back(context: &CommandContext, m: &ArgMatches) -> Result<u8, CommandFailure> {
    let folder = path(m, "dir").unwrap_or_default();
    let StoreFiles { database, kek, .. } = files(context)?;
    let options = OpenOptions { kek };
    let (summary, missing) = backup::restore(&folder, &database, &options, path(m, "machine-key").as_deref(), now())
        .map_err(|e| store_failure(&e))?;
    let made = jiff::Timestamp::from_millisecond(summary.made).map_or_else(|_| String::new(), |t| t.to_string());
    OfflineChange {
        action: "backup restore",
        object: database.display().to_string(),
        was: String::new(),
        became: format!("{} ({made}), {}", folder.display(), summary.log_size),
    }
    .note(context);
    give_to_daemon(&database);
    let value =
        with(described(&summary), json!({"database": database.display().to_string(), "stops_missing": missing}));
    let shown =
        msg!("daemon-restored", database = %database.display(), size = summary.log_size, running = summary.running);
    let stops = stops(&database, missing);
    context.output.result(&value, || format!("{}\n{}", shown.text(context.language), stops.text(context.language)));
    Ok(0)
}

/// What is said about the stops that came after a copy.
fn stops(database: &Path, missing: bool) -> Message {
    if missing {
        return msg!("daemon-restored-stops-missing", file = format!("{}.stops", database.display()));
    }
    msg!("daemon-restored-stops-known")
}

/// `log fork --reason TEXT`.
pub(super) fn fork(context: &CommandContext, m: &ArgMatches) -> Result<u8, CommandFailure> {
    let StoreFiles { database, kek, .. } = files(context)?;
    let reason = m.get_one::<String>("reason").map_or("", String::as_str).trim();
    if reason.is_empty() {
        return Err(CommandFailure::new("reason", msg!("daemon-fork-reason"), ""));
    }
    let url = format!("sqlite:{}", database.display());
    let (one, missing) =
        rundruf_store::log_fork(&url, OpenOptions { kek }, reason, now()).map_err(|e| store_failure(&e))?;
    OfflineChange {
        action: "log fork",
        object: reason.to_owned(),
        was: one.signed.to_string(),
        became: one.size.to_string(),
    }
    .note(context);
    give_to_daemon(&database);
    let value = json!({"kind": one.kind, "at": one.at, "reason": one.reason, "size": one.size, "signed": one.signed, "stops_missing": missing});
    let shown = msg!("daemon-forked", size = one.size, signed = one.signed);
    let stops = stops(&database, missing);
    context.output.result(&value, || format!("{}\n{}", shown.text(context.language), stops.text(context.language)));
    Ok(0)
}
