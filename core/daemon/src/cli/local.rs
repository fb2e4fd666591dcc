//! Commands that need no daemon.

use super::Context;
use crate::client::Failure;
use crate::settings::{self, doc};
use crate::speech::Speech;
use clap::ArgMatches;
use rundruf_host::{Manifest, discover};
use serde_json::{Value, json};
use std::fs;
use std::path::{Path, PathBuf};

fn text<'a>(m: &'a ArgMatches, name: &str) -> &'a str {
    m.get_one::<String>(name).map_or("", String::as_str)
}

/// `config check|schema|explain|show`.
pub(crate) fn config(context: &Context, verb: &str, m: &ArgMatches) -> Result<u8, Failure> {
    match verb {
        "check" => {
            let path = m.get_one::<String>("file").map_or_else(|| context.settings(), PathBuf::from);
            let (report, resolved) = settings::check::check(&path, context.speech);
            let shown = report.text(context.speech);
            if resolved.is_none() {
                let (message, help) = match context.speech {
                    Speech::De => (
                        format!("Fehler in den Einstellungen: {}", report.faults.len()),
                        "der Daemon würde nicht starten",
                    ),
                    Speech::En => {
                        (format!("faults in the settings: {}", report.faults.len()), "the daemon would not start")
                    }
                };
                context.term.refusal(report.json(), &shown, &Failure::new("settings", message, help));
                return Ok(1);
            }
            if !shown.is_empty() {
                context.term.remark(shown.trim_end());
            }
            let well = match report.warnings.len() {
                0 => context.say("Alles in Ordnung.", "All is well."),
                _ => context.say("Keine Fehler.", "No faults."),
            };
            context.term.result(&report.json(), || well.to_owned());
            Ok(0)
        }
        "schema" => {
            context.term.raw(&serde_json::to_string_pretty(&doc::schema()).unwrap_or_default());
            Ok(0)
        }
        "sample" => {
            context.term.raw(&doc::sample(context.speech));
            Ok(0)
        }
        "explain" => {
            let key = text(m, "key");
            let explained = doc::explain(&doc::schema(), key, key, context.speech)
                .or_else(|| of_plugin(context, key))
                .ok_or_else(|| {
                    let message = match context.speech {
                        Speech::De => format!("es gibt keinen Schlüssel `{key}`"),
                        Speech::En => format!("there is no key `{key}`"),
                    };
                    Failure::new(
                        "no_key",
                        message,
                        context.say("`rundruf config schema` zeigt alle", "`rundruf config schema` shows all"),
                    )
                })?;
            context.term.result(&json!({"key": key, "text": explained}), || explained.clone());
            Ok(0)
        }
        _ => show(context, m.get_flag("origin")),
    }
}

/// What a key of a plugin means: `transports.NAME.config.KEY`, by the plugin that the settings name there, else by the plugin NAME.
fn of_plugin(context: &Context, key: &str) -> Option<String> {
    let (name, inside) = key.strip_prefix("transports.")?.split_once(".config.")?;
    let mut report = settings::fault::Report::default();
    let tree = settings::read::read(&context.settings(), &mut report, context.speech);
    let plugin = tree.value.pointer(&format!("/transports/{name}/plugin")).and_then(Value::as_str).unwrap_or(name);
    let manifest = discover::find(plugin, &folders(context)).and_then(|p| Manifest::read(&p)).ok()?;
    doc::explain(&manifest.config_schema, key, inside, context.speech)
}

/// The settings in force; what is not written has its default.
fn show(context: &Context, origin: bool) -> Result<u8, Failure> {
    let entries = settings::show::show(&context.settings(), context.speech);
    let entries = entries.map_err(|text| Failure::new("settings", text, ""))?;
    let line = |e: &settings::show::Entry| match &e.origin {
        _ if !origin => format!("{} = {}", e.key, e.value),
        Some((file, line)) => format!("{} = {}   # {}:{line}", e.key, e.value, file.display()),
        None => format!("{} = {}   # {}", e.key, e.value, context.say("Vorgabe", "default")),
    };
    let value = Value::Object(settings::show::object(&entries, origin));
    context.term.result(&value, || entries.iter().map(line).collect::<Vec<_>>().join("\n"));
    Ok(0)
}

/// Where plugins are looked for.
pub(super) fn folders(context: &Context) -> Vec<PathBuf> {
    let mut report = settings::fault::Report::default();
    let path = context.settings();
    let tree = settings::read::read(&path, &mut report, context.speech);
    let given = tree.value.get("plugin_dir").and_then(Value::as_str);
    settings::plugin_folders(given.map(|d| path.parent().unwrap_or(Path::new("")).join(d)))
}

/// `log verify PROOF.zip`.
pub(crate) fn log_verify(context: &Context, m: &ArgMatches) -> Result<u8, Failure> {
    let file = text(m, "file");
    let bytes = fs::read(file).map_err(|e| Failure::new("file", format!("`{file}`: {e}"), ""))?;
    let checked = rundruf_consent::proof::verify(&bytes)
        .map_err(|e| Failure::new("proof", format!("`{file}`: {}", context.speech.translate(&e.to_string())), ""))?;
    let value = json!({"ok": checked.ok, "size": checked.size, "root": checked.root, "checked": checked.lines});
    let verdict =
        context.say(if checked.ok { "GÜLTIG" } else { "UNGÜLTIG" }, if checked.ok { "VALID" } else { "NOT VALID" });
    let lines: Vec<String> = checked.lines.iter().map(|l| context.speech.translate(l)).collect();
    let shown = format!("{}\n{verdict}", lines.join("\n"));
    if checked.ok {
        context.term.result(&value, || shown);
        return Ok(0);
    }
    let message = context.say("dieser Nachweis ist nicht gültig", "this proof is not valid");
    context.term.refusal(value, &shown, &Failure::new("not_valid", message, lines.join("; ")));
    Ok(1)
}

/// `completions SHELL`.
pub(crate) fn completions(context: &Context, m: &ArgMatches) -> Result<u8, Failure> {
    let shell: clap_complete::Shell = text(m, "shell").parse().map_err(|e: String| Failure::new("shell", e, ""))?;
    let mut out = Vec::new();
    clap_complete::generate(shell, &mut super::table::command(context.speech), "rundruf", &mut out);
    context.term.raw(&String::from_utf8_lossy(&out));
    Ok(0)
}

/// `man DIR`.
pub(crate) fn man(context: &Context, m: &ArgMatches) -> Result<u8, Failure> {
    let dir = PathBuf::from(text(m, "dir"));
    let written =
        fs::create_dir_all(&dir).and_then(|()| clap_mangen::generate_to(super::table::command(context.speech), &dir));
    written.map_err(|e| Failure::new("file", format!("`{}`: {e}", dir.display()), ""))?;
    let first = dir.join("rundruf.1").display().to_string();
    context.term.result(&json!({"file": first}), || first.clone());
    Ok(0)
}
