//! Commands that need no daemon.

use super::context::{CommandContext, folders};
use crate::client::CommandFailure;
use crate::settings::{self, doc};
use clap::ArgMatches;
use rundruf_consent::log::LogVerifier;
use rundruf_consent::proof::{ProofError, ProofVerdict};
use rundruf_host::{Manifest, discover};
use rundruf_lang::{Language, Message, msg};
use serde_json::{Value, json};
use std::fs;
use std::path::{Path, PathBuf};

fn text<'a>(m: &'a ArgMatches, name: &str) -> &'a str {
    m.get_one::<String>(name).map_or("", String::as_str)
}

/// `config check|schema|explain|show`.
pub(crate) fn config(context: &CommandContext, verb: &str, m: &ArgMatches) -> Result<u8, CommandFailure> {
    match verb {
        "check" => {
            let path = m.get_one::<String>("file").map_or_else(|| context.settings(), PathBuf::from);
            let (mut report, resolved) = settings::check::check_with_plugins(&path, context.language);
            if let Some(resolved) = &resolved {
                settings::stored_lists::compare(resolved, &mut report);
            }
            let shown = report.text(context.language);
            if resolved.is_none() {
                let message = msg!("daemon-faults-in-the-settings", count = report.faults.len());
                let help = if report.starts() {
                    msg!("daemon-daemon-starts-without", names = report.down().join(", "))
                } else {
                    msg!("daemon-daemon-would-not-start")
                };
                let failure = CommandFailure::new("settings", message, help);
                context.output.refusal(report.json(context.language), &shown, &failure);
                return Ok(1);
            }
            if !shown.is_empty() {
                context.output.remark(shown.trim_end());
            }
            let well = match report.warnings.len() {
                0 => msg!("daemon-all-is-well").text(context.language),
                _ => msg!("daemon-no-faults").text(context.language),
            };
            context.output.result(&report.json(context.language), || well);
            Ok(0)
        }
        "schema" => {
            context.output.raw(&serde_json::to_string_pretty(&doc::schema()).unwrap_or_default());
            Ok(0)
        }
        "sample" => {
            let plugin = discover::find(&doc::sample_plugin(), &folders(context)).and_then(|p| Manifest::read(&p)).ok();
            context.output.raw(&doc::sample(context.language, plugin.as_ref()));
            Ok(0)
        }
        "explain" => {
            let key = text(m, "key");
            let explained = doc::explain(&doc::schema(), key, key, context.language)
                .or_else(|| of_plugin(context, key))
                .ok_or_else(|| {
                    let message = msg!("daemon-no-such-key", key = %key);
                    CommandFailure::new("no_key", message, msg!("daemon-schema-shows-all"))
                })?;
            context.output.result(&json!({"key": key, "text": explained}), || explained.clone());
            Ok(0)
        }
        _ => show(context, m.get_flag("origin")),
    }
}

/// Explains a plugin's key `transports.NAME.config.KEY`: by the plugin that transport NAME uses, or by the plugin called NAME.
fn of_plugin(context: &CommandContext, key: &str) -> Option<String> {
    let (name, inside) = key.strip_prefix("transports.")?.split_once(".config.")?;
    let mut report = settings::fault::SettingsReport::default();
    let tree = settings::read::read(&context.settings(), &mut report);
    let plugin = tree.value.pointer(&format!("/transports/{name}/plugin")).and_then(Value::as_str).unwrap_or(name);
    let manifest = discover::find(plugin, &folders(context)).and_then(|p| Manifest::read(&p)).ok()?;
    doc::explain(&manifest.config_schema, key, inside, context.language)
}

/// `config show`: the settings in force, with the defaults of keys that are not written.
fn show(context: &CommandContext, origin: bool) -> Result<u8, CommandFailure> {
    let entries = settings::show::show(&context.settings(), context.language);
    let entries = entries.map_err(|text| CommandFailure::new("settings", text, ""))?;
    let line = |e: &settings::show::EffectiveSetting| match &e.origin {
        _ if !origin => format!("{} = {}", e.key, e.value),
        Some((file, line)) => format!("{} = {}   # {}:{line}", e.key, e.value, file.display()),
        None => format!("{} = {}   # {}", e.key, e.value, msg!("daemon-default").text(context.language)),
    };
    let value = Value::Object(settings::show::object(&entries, origin));
    context.output.result(&value, || entries.iter().map(line).collect::<Vec<_>>().join("\n"));
    Ok(0)
}

/// The verifier keys of `--key`: the key itself, or a file with one key a line.
fn trusted_keys(given: &str) -> Result<Vec<LogVerifier>, CommandFailure> {
    let text = match LogVerifier::parse(given) {
        Some(_) => given.to_owned(),
        None => fs::read_to_string(given)
            .map_err(|e| CommandFailure::new("file", msg!("daemon-file-failed", file = given, error = &e), ""))?,
    };
    let none = || CommandFailure::new("key", msg!("daemon-no-log-key", name = given), msg!("daemon-no-log-key-help"));
    LogVerifier::parse_all(&text).ok_or_else(none)
}

/// The keys of this machine's own log, if it has one of that origin.
fn own_keys(context: &CommandContext, origin: &str) -> Vec<LogVerifier> {
    let text =
        settings::log_keys_file(&context.settings()).and_then(|f| fs::read_to_string(f).ok()).unwrap_or_default();
    let keys = LogVerifier::parse_all(&text).unwrap_or_default();
    if keys.iter().any(|k| k.origin == origin) { keys } else { Vec::new() }
}

/// Exit code of a proof that is consistent under its own key, which was not compared.
const CONSISTENT: u8 = 3;

/// `log verify PROOF.zip [--key KEY|FILE]`: 0 valid, 3 consistent, 1 invalid.
pub(crate) fn log_verify(context: &CommandContext, m: &ArgMatches) -> Result<u8, CommandFailure> {
    let file = text(m, "file");
    let bytes = fs::read(file)
        .map_err(|e| CommandFailure::new("file", msg!("daemon-file-failed", file = file, error = &e), ""))?;
    let verify = |trusted: &[LogVerifier]| {
        let no_proof = |e: ProofError| {
            CommandFailure::new("proof", Message::verbatim(format!("`{file}`")).caused_by(e.message()), "")
        };
        rundruf_consent::proof::verify(&bytes, trusted).map_err(no_proof)
    };
    let checked = match m.get_one::<String>("key") {
        Some(given) => verify(&trusted_keys(given)?)?,
        None => {
            let checked = verify(&[])?;
            let origin = LogVerifier::parse(&checked.vkey).map_or_else(String::new, |k| k.origin);
            let own = own_keys(context, &origin);
            if own.is_empty() { checked } else { verify(&own)? }
        }
    };
    let english: Vec<String> = checked.lines.iter().map(Message::to_string).collect();
    let notes: Vec<String> = checked.notes.iter().map(Message::to_string).collect();
    let value = json!({
        "ok": checked.verdict == ProofVerdict::Valid, "verdict": checked.verdict.word(), "size": checked.size,
        "root": checked.root, "key": checked.vkey, "key_published_at": checked.published_at, "checked": english, "notes": notes,
    });
    let verdict = match checked.verdict {
        ProofVerdict::Valid => msg!("daemon-valid"),
        ProofVerdict::Consistent => {
            msg!("daemon-consistent", key = &checked.vkey, url = &checked.published_at, file = file)
        }
        ProofVerdict::Invalid => msg!("daemon-not-valid"),
    };
    let lines = checked.lines.iter().chain(&checked.notes).map(|l| l.text(context.language));
    let lines: Vec<String> = lines.collect();
    let shown = format!("{}\n{}", lines.join("\n"), verdict.text(context.language));
    if checked.verdict == ProofVerdict::Invalid {
        let message = msg!("daemon-proof-not-valid");
        context.output.refusal(value, &shown, &CommandFailure::new("not_valid", message, lines.join("; ")));
        return Ok(1);
    }
    context.output.result(&value, || shown);
    Ok(if checked.verdict == ProofVerdict::Valid { 0 } else { CONSISTENT })
}

/// `completions SHELL`.
pub(crate) fn completions(context: &CommandContext, m: &ArgMatches) -> Result<u8, CommandFailure> {
    let shell: clap_complete::Shell =
        text(m, "shell").parse().map_err(|e: String| CommandFailure::new("shell", e, ""))?;
    let mut out = Vec::new();
    clap_complete::generate(shell, &mut super::commands::command(context.language), "rundruf", &mut out);
    context.output.raw(&String::from_utf8_lossy(&out));
    Ok(0)
}

/// Headings that the generator of manual pages writes by itself.
const MAN_HEADINGS: [&str; 5] = ["NAME", "SYNOPSIS", "DESCRIPTION", "EXTRA", "VERSION"];

/// Writes the pages of a command and of those below it.
fn man_pages(command: &clap::Command, dir: &Path, language: Language) -> std::io::Result<()> {
    for below in command.get_subcommands() {
        man_pages(below, dir, language)?;
    }
    let page = clap_mangen::Man::new(command.clone());
    let mut text = Vec::new();
    page.render(&mut text)?;
    let mut text = super::usage::in_language(&String::from_utf8_lossy(&text), language);
    for heading in MAN_HEADINGS {
        let own = Message::find(&format!("daemon-man-{}", heading.to_lowercase()));
        let own = own.map_or_else(|| heading.to_owned(), |m| m.text(language));
        text = text.replace(&format!("\n.SH {heading}\n"), &format!("\n.SH {own}\n"));
    }
    fs::write(dir.join(page.get_filename()), text)
}

/// `man DIR`.
pub(crate) fn man(context: &CommandContext, m: &ArgMatches) -> Result<u8, CommandFailure> {
    let dir = PathBuf::from(text(m, "dir"));
    let mut table = super::commands::command(context.language).disable_help_subcommand(true);
    table.build();
    let written = fs::create_dir_all(&dir).and_then(|()| man_pages(&table, &dir, context.language));
    written
        .map_err(|e| CommandFailure::new("file", msg!("daemon-file-failed", file = %dir.display(), error = &e), ""))?;
    let first = dir.join("rundruf.1").display().to_string();
    context.output.result(&json!({"file": first}), || first.clone());
    Ok(0)
}
