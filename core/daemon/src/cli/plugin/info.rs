//! `plugin info`: what a library is, and who would receive which data.

use super::{named, view};
use crate::cli::Context;
use crate::client::Failure;
use crate::speech::Speech;
use clap::ArgMatches;
use rundruf_host::Manifest;
use serde_json::Value;
use std::path::Path;

pub(super) fn run(context: &Context, m: &ArgMatches) -> Result<u8, Failure> {
    let (path, manifest) = named(context, m)?;
    context.term.result(&view(&path, &manifest), || info(context.speech, &path, &manifest));
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
