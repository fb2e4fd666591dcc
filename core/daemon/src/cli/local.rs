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
            context.term.result(&report.json(), || {
                if shown.is_empty() {
                    context.say("Alles in Ordnung.", "All is well.").to_owned()
                } else {
                    shown.clone()
                }
            });
            Ok(u8::from(resolved.is_none()))
        }
        "schema" => {
            context.term.raw(&serde_json::to_string_pretty(&doc::schema()).unwrap_or_default());
            Ok(0)
        }
        "sample" => {
            context.term.raw(&doc::sample());
            Ok(0)
        }
        "explain" => {
            let key = text(m, "key");
            let explained = doc::explain(key).ok_or_else(|| {
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

/// The settings in force, as they were written; secrets are named, not shown.
fn show(context: &Context, origin: bool) -> Result<u8, Failure> {
    let mut report = settings::fault::Report::default();
    let path = context.settings();
    let tree = settings::read::read(&path, &mut report, context.speech);
    if !report.faults.is_empty() {
        return Err(Failure::new("settings", report.text(context.speech).trim_end().to_owned(), ""));
    }
    let mut lines = Vec::new();
    let mut object = serde_json::Map::new();
    for (pointer, place) in &tree.values {
        let Some(value) = tree.value.pointer(pointer).filter(|v| !v.is_object() && !v.is_array()) else { continue };
        let key = settings::read::dotted(pointer);
        let last = key.rsplit('.').next().unwrap_or("");
        let hidden = ["password", "secret", "token", "key"].iter().any(|s| last.contains(s)) && value.is_string();
        let shown = if hidden { "…".to_owned() } else { value.to_string() };
        let source = report.sources.get(place.file);
        let line = source.and_then(|s| s.text.get(..place.from)).map_or(0, |t| t.matches('\n').count() + 1);
        let file = source.map(|s| s.path.display().to_string()).unwrap_or_default();
        lines.push(if origin { format!("{key} = {shown}   # {file}:{line}") } else { format!("{key} = {shown}") });
        let value = if hidden { Value::String("…".to_owned()) } else { value.clone() };
        object.insert(key, if origin { json!({"value": value, "file": file, "line": line}) } else { value });
    }
    context.term.result(&Value::Object(object), || lines.join("\n"));
    Ok(0)
}

fn folders(context: &Context) -> Vec<PathBuf> {
    let mut report = settings::fault::Report::default();
    let path = context.settings();
    let tree = settings::read::read(&path, &mut report, context.speech);
    let given =
        tree.value.get("plugin_dir").and_then(Value::as_str).map(|d| path.parent().unwrap_or(Path::new("")).join(d));
    let beside = std::env::current_exe().ok().and_then(|p| p.parent().map(Path::to_owned));
    given.into_iter().chain(beside).chain([PathBuf::from("/usr/lib/rundruf/plugins")]).collect()
}

fn manifest_view(path: &Path, m: &Manifest) -> Value {
    json!({
        "path": path.display().to_string(), "id": m.id, "name": m.name, "version": m.version, "abi": m.abi, "channels": m.channels,
        "max_batch": m.max_batch, "max_in_flight": m.max_in_flight, "max_content": m.max_content, "rate_per_s": m.rate_per_s,
        "repeat_is_safe": m.repeat_is_safe, "capabilities": m.capabilities, "hosts": m.hosts, "config_schema": m.config_schema,
        "label": m.label, "sha256": rundruf_consent::text::hex(&m.sha256),
    })
}

/// `plugin list|info`.
pub(crate) fn plugin(context: &Context, verb: &str, m: &ArgMatches) -> Result<u8, Failure> {
    let failed = |e: rundruf_host::HostError| Failure::new("plugin", crate::life::chain(&e), "");
    if verb == "list" {
        let mut seen = Vec::new();
        for folder in folders(context) {
            let mut files: Vec<PathBuf> =
                fs::read_dir(&folder).into_iter().flatten().flatten().map(|e| e.path()).collect();
            files.retain(|p| p.extension().is_some_and(|e| e == "so"));
            files.sort();
            for path in files {
                if let Ok(manifest) = Manifest::read(&path)
                    && !seen.contains(&manifest.id)
                {
                    seen.push(manifest.id.clone());
                    context.term.result(&manifest_view(&path, &manifest), || {
                        format!(
                            "{:<20} {:<8} {:<40} {}",
                            manifest.id,
                            manifest.version,
                            manifest.channels.join(","),
                            path.display()
                        )
                    });
                }
            }
        }
        return Ok(0);
    }
    let path = discover::find(text(m, "path"), &folders(context)).map_err(failed)?;
    let manifest = Manifest::read(&path).map_err(failed)?;
    context.term.result(&manifest_view(&path, &manifest), || info(context.speech, &path, &manifest));
    Ok(0)
}

/// What a plugin is, for a person.
fn info(speech: Speech, path: &Path, m: &Manifest) -> String {
    let label = |key: &str| match m.label.get(key) {
        Some(Value::String(s)) => s.clone(),
        Some(Value::Array(a)) => a.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(", "),
        Some(Value::Bool(b)) => speech.say(if *b { "ja" } else { "nein" }, if *b { "yes" } else { "no" }).to_owned(),
        Some(Value::Object(o)) => o.values().filter_map(Value::as_str).collect::<Vec<_>>().join(", "),
        _ => "–".to_owned(),
    };
    let out = label("data_out");
    let nothing = speech.say("nichts", "nothing").to_owned();
    let keys: Vec<&str> = m
        .config_schema
        .get("properties")
        .and_then(Value::as_object)
        .map(|p| p.keys().map(String::as_str).collect())
        .unwrap_or_default();
    let rows = [
        (speech.say("Datei", "file"), path.display().to_string()),
        ("SHA-256", rundruf_consent::text::hex(&m.sha256)),
        (speech.say("Kanäle", "channels"), m.channels.join(", ")),
        (speech.say("Einstellungen", "settings"), keys.join(", ")),
        (speech.say("verlässt das Haus", "leaves the house"), if out.is_empty() { nothing } else { out }),
        (speech.say("geht an", "goes to"), label("operator")),
        (speech.say("Rolle", "role"), label("role")),
        (speech.say("Inhalt dort lesbar", "content readable there"), label("content_visible_to_operator")),
        (speech.say("Aufbewahrung", "storage"), label("storage")),
        (
            speech.say("Wiederholung sicher", "repeat is safe"),
            speech
                .say(if m.repeat_is_safe { "ja" } else { "nein" }, if m.repeat_is_safe { "yes" } else { "no" })
                .to_owned(),
        ),
    ];
    let mut text = format!("{} {} ({})\n", m.name, m.version, m.id);
    for (word, value) in rows {
        text.push_str(&format!("  {word:<22} {value}\n"));
    }
    text
}

/// `log verify PROOF.zip`.
pub(crate) fn log_verify(context: &Context, m: &ArgMatches) -> Result<u8, Failure> {
    let Some(file) = m.get_one::<String>("file") else { return super::ask::log_itself(context) };
    let bytes = fs::read(file).map_err(|e| Failure::new("read", format!("`{file}`: {e}"), ""))?;
    let checked =
        rundruf_consent::proof::verify(&bytes).map_err(|e| Failure::new("proof", format!("`{file}`: {e}"), ""))?;
    let value = json!({"ok": checked.ok, "size": checked.size, "root": checked.root, "checked": checked.lines});
    context.term.result(&value, || {
        let verdict =
            context.say(if checked.ok { "GÜLTIG" } else { "UNGÜLTIG" }, if checked.ok { "VALID" } else { "NOT VALID" });
        format!("{}\n{verdict}", checked.lines.join("\n"))
    });
    Ok(u8::from(!checked.ok))
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
    written.map_err(|e| Failure::new("write", format!("`{}`: {e}", dir.display()), ""))?;
    context.term.line(&format!("{}/rundruf.1", dir.display()));
    Ok(0)
}

/// `list create NAME`: a file of its own, checked before it stays.
pub(crate) fn list_create(context: &Context, m: &ArgMatches) -> Result<u8, Failure> {
    let path = context.settings();
    let name = text(m, "name");
    let plain = !name.is_empty()
        && name.len() <= 64
        && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
    if !plain {
        let message = format!("`{}`", name.escape_debug());
        let help = context.say(
            "ein Name besteht aus a-z, 0-9 und -, höchstens 64 Zeichen",
            "a name consists of a-z, 0-9 and -, at most 64 characters",
        );
        return Err(Failure::new("bad_name", message, help));
    }
    let folder = path.parent().unwrap_or(Path::new("")).join("conf.d");
    let file = folder.join(format!("list-{name}.toml"));
    let failed = |e: std::io::Error| Failure::new("write", format!("`{}`: {e}", file.display()), "");
    if file.exists() {
        return Err(Failure::new(
            "exists",
            format!("`{}`", file.display()),
            context.say("diese Liste gibt es schon", "this list exists already"),
        ));
    }
    let transports: Vec<&str> = m.get_many::<String>("transport").into_iter().flatten().map(String::as_str).collect();
    let quoted = |t: &str| Value::String(t.to_owned()).to_string();
    let body = format!(
        "[lists.{name}]\ntitle = {}\npurpose = {}\ntransports = [{}]\n",
        quoted(text(m, "title")),
        quoted(text(m, "purpose")),
        transports.iter().map(|t| quoted(t)).collect::<Vec<_>>().join(", ")
    );
    fs::create_dir_all(&folder).map_err(failed)?;
    fs::write(&file, body).map_err(failed)?;
    let (report, resolved) = settings::check::check(&path, context.speech);
    if resolved.is_none() {
        let _ = fs::remove_file(&file);
        return Err(Failure::new("settings", report.text(context.speech).trim_end().to_owned(), ""));
    }
    let reloaded = super::ask::reload(context);
    context.term.result(&json!({"name": name, "file": file.display().to_string(), "reloaded": reloaded}), || {
        let then = if reloaded {
            context.say("der Daemon hat sie übernommen", "the daemon has taken it over")
        } else {
            context.say(
                "der Daemon läuft nicht; sie gilt ab dem nächsten Start",
                "the daemon does not run; it counts from the next start on",
            )
        };
        format!("{}: {then}", file.display())
    });
    Ok(0)
}
