//! `plugin info`: what a library is, and who would receive which data. No code of it is run.

use super::{named, view};
use crate::cli::Context;
use crate::client::Failure;
use crate::settings::doc::{self, OwnKey};
use crate::settings::transport::{ASK, faulty_schema};
use crate::speech::Speech;
use clap::ArgMatches;
use rundruf_consent::text::hex;
use rundruf_host::Manifest;
use rundruf_host::manifest::{DeclaredHost, FixedOrSetting};
use serde_json::Value;
use std::fmt::Write;
use std::path::Path;

pub(super) fn run(context: &Context, m: &ArgMatches) -> Result<u8, Failure> {
    let (path, manifest) = named(context, m)?;
    if let Some((de, en)) = faulty_schema(&path, &manifest) {
        let message = if context.speech == Speech::De { de } else { en };
        return Err(Failure::new("plugin", message, context.say(ASK.0, ASK.1)));
    }
    context.term.result(&view(&path, &manifest), || info(context.speech, &path, &manifest));
    Ok(0)
}

/// A page, section by section.
struct Page {
    speech: Speech,
    text: String,
}

impl Page {
    fn heading(&mut self, de: &str, en: &str) {
        let _ = writeln!(self.text, "\n{}", self.speech.say(de, en));
    }

    /// A line of its own; nothing for an empty one.
    fn row(&mut self, de: &str, en: &str, value: &str) {
        if !value.is_empty() {
            let _ = writeln!(self.text, "  {:<24} {value}", self.speech.say(de, en));
        }
    }

    const fn yes(&self, yes: bool) -> &'static str {
        match (self.speech, yes) {
            (Speech::De, true) => "ja",
            (Speech::De, false) => "nein",
            (Speech::En, true) => "yes",
            (Speech::En, false) => "no",
        }
    }
}

/// What a plugin is, for a person.
fn info(speech: Speech, path: &Path, m: &Manifest) -> String {
    let mut page = Page { speech, text: format!("{} {} ({})\n", m.name, m.version, m.id) };
    page.row("Datei", "file", &path.display().to_string());
    page.row("SHA-256", "SHA-256", &hex(&m.sha256));
    page.row("Kanäle", "channels", &m.channels.join(", "));
    page.row("kann", "can", &m.capabilities.join(", "));
    if !m.in_process {
        page.row("Prozess", "process", speech.say("nur ein eigener", "only one of its own"));
    }
    page.row("Wiederholung sicher", "repeat is safe", page.yes(m.repeat_is_safe));
    label(&mut page, m);
    hosts(&mut page, m);
    settings(&mut page, m);
    page.heading("Grenzen", "Limits");
    page.row("Nachrichten auf einmal", "messages at once", &m.max_batch.to_string());
    page.row("unterwegs zugleich", "in flight", &m.max_in_flight.to_string());
    page.row("Inhalt", "content", &size(m.max_content));
    let rate = m.rate_per_s.map_or_else(|| speech.say("keine Grenze", "no limit").to_owned(), |r| r.to_string());
    page.row("je Sekunde", "per second", &rate);
    let warnings = m.worth_a_look(super::now_ms(), &Value::Null);
    if !warnings.is_empty() {
        page.heading("Auffällig", "Worth a look");
        for warning in &warnings {
            let _ = writeln!(page.text, "  ! {}", speech.translate(warning));
        }
    }
    page.text
}

fn label(page: &mut Page, m: &Manifest) {
    let (l, speech) = (&m.label, page.speech);
    page.heading("Was das Haus verlässt", "What leaves the house");
    if l.data_out.is_empty() {
        page.row("verlässt das Haus", "leaves the house", speech.say("nichts", "nothing"));
    } else {
        page.row("verlässt das Haus", "leaves the house", &l.data_out.join(", "));
    }
    page.row("geht an", "goes to", &l.operator);
    page.row("Land", "country", &l.country);
    let role = match (l.role.as_str(), speech) {
        ("processor", Speech::De) => "Auftragsverarbeiter (processor)",
        ("controller", Speech::De) => "eigener Verantwortlicher (controller)",
        ("joint", Speech::De) => "gemeinsam verantwortlich (joint)",
        ("none", Speech::De) => "keine: niemand sonst ist beteiligt",
        ("none", Speech::En) => "none: nobody else is concerned",
        (role, _) => role,
    };
    page.row("Rolle", "role", role);
    page.row("Vertrag", "contract", &l.contract);
    page.row("Schutz im Land", "protection there", &l.adequacy);
    page.row("weitere Verarbeiter", "further processors", &l.subprocessors);
    page.row("Inhalt dort lesbar", "content readable there", page.yes(l.content_visible));
    page.row("Aufbewahrung", "kept", &l.storage);
    page.row("Listen dort", "lists kept there", page.yes(l.remote_lists));
    page.row("nach einem Widerruf", "after a withdrawal", &l.withdrawal);
    page.row("Nachfragen verraten", "lookups tell", &l.lookup_leaks.join(", "));
    page.row("Geschäftsbedingungen", "terms", &l.terms_risk);
    page.row("zuletzt geprüft", "checked on", &l.checked_on);
}

fn hosts(page: &mut Page, m: &Manifest) {
    page.heading("Spricht mit", "Talks to");
    if m.hosts.is_empty() {
        let _ = writeln!(page.text, "  {}", page.speech.say("niemandem im Netz", "nobody on the network"));
    }
    let keys = doc::own_keys(&m.config_schema, page.speech);
    for peer in &m.hosts {
        let _ = writeln!(page.text, "  {}", host(peer, &keys, page.speech));
    }
}

fn host(peer: &DeclaredHost, keys: &[OwnKey], speech: Speech) -> String {
    let default = |key: &str| {
        let found = keys.iter().find(|k| k.key == key).and_then(|k| k.default.clone());
        found.map_or_else(String::new, |d| format!("{}{d}", speech.say(", sonst ", ", else ")))
    };
    let named = |key: &str| match speech {
        Speech::De => format!("was `{key}` sagt{}", default(key)),
        Speech::En => format!("what `{key}` says{}", default(key)),
    };
    let mut text = match &peer.host {
        FixedOrSetting::Fixed(host) => host.clone(),
        FixedOrSetting::Setting(key) => named(key),
    };
    match &peer.port {
        Some(FixedOrSetting::Fixed(port)) => text.push_str(&format!(", Port {port}")),
        Some(FixedOrSetting::Setting(key)) => text.push_str(&format!(", Port: {}", named(key))),
        None => {}
    }
    let more: Vec<&str> =
        [peer.purpose.as_str(), peer.country.as_str()].into_iter().filter(|t| !t.is_empty()).collect();
    if more.is_empty() { text } else { format!("{text} ({})", more.join(", ")) }
}

fn settings(page: &mut Page, m: &Manifest) {
    page.heading("Einstellungen in [transports.NAME.config]", "Settings in [transports.NAME.config]");
    let keys = doc::own_keys(&m.config_schema, page.speech);
    if keys.is_empty() {
        let _ = writeln!(page.text, "  {}", page.speech.say("keine", "none"));
    }
    for k in &keys {
        let how = match (&k.default, k.required) {
            (_, true) => page.speech.say(" (nötig)", " (required)").to_owned(),
            (Some(default), _) => format!(" ({} {default})", page.speech.say("sonst", "else")),
            (None, _) => String::new(),
        };
        let _ = writeln!(page.text, "  {}{how}", k.key);
        if !k.sentence.is_empty() {
            let _ = writeln!(page.text, "      {}", k.sentence.replace('\n', "\n      "));
        }
    }
}

/// Bytes, as people write them.
fn size(bytes: u64) -> String {
    match bytes {
        n if n >= 1 << 20 && n.is_multiple_of(1 << 20) => format!("{} MiB", n >> 20),
        n if n >= 1 << 10 && n.is_multiple_of(1 << 10) => format!("{} KiB", n >> 10),
        n => format!("{n} B"),
    }
}

/// What leaves the house, in one line.
pub(super) fn leaves(speech: Speech, m: &Manifest) -> String {
    let l = &m.label;
    let out = if l.data_out.is_empty() { speech.say("nichts", "nothing").to_owned() } else { l.data_out.join(", ") };
    let to = format!("{} ({})", l.operator, l.country);
    match speech {
        Speech::De => format!("verlässt das Haus: {out}; geht an: {to}"),
        Speech::En => format!("leaves the house: {out}; goes to: {to}"),
    }
}

/// The hosts as they stand in the manifest.
pub(super) fn hosts_view(m: &Manifest) -> Vec<&Value> {
    m.hosts.iter().map(DeclaredHost::as_json).collect()
}
