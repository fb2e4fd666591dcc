//! `plugin info`: shows the manifest of a library: what the plugin is, and who would receive which data. Runs no code of the plugin.

use super::library::{named, now_ms, view};
use crate::cli::context::CommandContext;
use crate::client::CommandFailure;
use crate::settings::check;
use crate::settings::doc::{self, PluginKey};
use crate::settings::transport::faulty_schema;
use clap::ArgMatches;
use rundruf_consent::text::hex;
use rundruf_engine::TransportConfig;
use rundruf_host::confinement::Grant;
use rundruf_host::manifest::settings_walk::{self, PathKind};
use rundruf_host::manifest::{DeclaredHost, FixedOrSetting};
use rundruf_host::{Isolation, Manifest};
use rundruf_lang::{Language, Message, msg};
use serde_json::{Value, json};
use std::fmt::Write;
use std::path::Path;

pub(super) fn run(context: &CommandContext, m: &ArgMatches) -> Result<u8, CommandFailure> {
    let (path, manifest) = named(context, m)?;
    if let Some(message) = faulty_schema(&path, &manifest) {
        return Err(CommandFailure::new("plugin", message, msg!("daemon-ask-who-built-it")));
    }
    let grants = grants(context, &path, &manifest);
    let mut value = view(&path, &manifest);
    let texts = |all: &[Message]| all.iter().map(ToString::to_string).collect::<Vec<_>>();
    let of = |(name, all): &(String, Vec<Message>)| json!({"transport": name, "may": texts(all)});
    let paths = settings_walk::path_keys(&manifest.config_schema).into_iter();
    if let Some(fields) = value.as_object_mut() {
        fields.insert("grants".to_owned(), grants.iter().map(of).collect());
        let paths = paths.map(|(key, kind)| json!({"key": key, "kind": path_word(kind)}));
        fields.insert("paths".to_owned(), paths.collect());
    }
    context.output.result(&value, || info(context.language, &path, &manifest, &grants));
    Ok(0)
}

/// What the transports of the settings grant to this library, with their values; nothing without settings in force.
fn grants(context: &CommandContext, path: &Path, manifest: &Manifest) -> Vec<(String, Vec<Message>)> {
    let settings = context.settings();
    if !settings.is_file() {
        return Vec::new();
    }
    let (_, resolved) = check::check(&settings, context.language);
    let Some(resolved) = resolved else { return Vec::new() };
    let same = |library: &Path| library.canonicalize().ok() == path.canonicalize().ok();
    let engine = resolved.engine;
    let own = engine.transports.iter().filter(|t| same(&t.library));
    let of = |t: &TransportConfig| match t.isolation {
        Isolation::None => vec![msg!("engine-grants-everything")],
        Isolation::Process => {
            let state = engine.data_dir.join("transports").join(&t.name);
            Grant::resolve(manifest, &t.config, &state, &engine.protected)
                .map_or_else(|fault| vec![fault.why], |grant| grant.messages())
        }
    };
    own.map(|t| (t.name.clone(), of(t))).collect()
}

const fn path_word(kind: PathKind) -> &'static str {
    match kind {
        PathKind::File => "file",
        PathKind::Folder => "folder",
    }
}

/// The printed page, built section by section.
struct InfoPage {
    language: Language,
    text: String,
}

impl InfoPage {
    fn heading(&mut self, heading: Message) {
        let _ = writeln!(self.text, "\n{}", heading.text(self.language));
    }

    /// Adds a line; nothing if the value is empty.
    fn row(&mut self, name: Message, value: &str) {
        if !value.is_empty() {
            let _ = writeln!(self.text, "  {:<24} {value}", name.text(self.language));
        }
    }

    fn yes_or_no(&self, yes: bool) -> String {
        let word = if yes { msg!("daemon-answer-yes") } else { msg!("daemon-answer-no") };
        word.text(self.language)
    }
}

/// The manifest as text for people.
fn info(language: Language, path: &Path, m: &Manifest, grants: &[(String, Vec<Message>)]) -> String {
    let mut page =
        InfoPage { language, text: format!("{} {} ({})\n", m.label_text(&m.name).text(language), m.version, m.id) };
    page.row(msg!("daemon-file"), &path.display().to_string());
    page.row(msg!("daemon-sha-256"), &hex(&m.sha256));
    page.row(msg!("daemon-channels"), &m.channels.join(", "));
    page.row(msg!("daemon-can"), &m.capabilities.join(", "));
    if !m.in_process {
        page.row(msg!("daemon-process"), &msg!("daemon-own-process-only").text(language));
    }
    page.row(msg!("daemon-repeat-is-safe"), &page.yes_or_no(m.repeat_is_safe));
    label(&mut page, m);
    hosts(&mut page, m);
    settings(&mut page, m);
    files(&mut page, m, grants);
    page.heading(msg!("daemon-limits"));
    page.row(msg!("daemon-messages-at-once"), &m.max_batch.to_string());
    page.row(msg!("daemon-in-flight"), &m.max_in_flight.to_string());
    page.row(msg!("daemon-content"), &size(m.max_content));
    let rate = m.rate_per_s.map_or_else(|| msg!("daemon-no-limit").text(language), |r| r.to_string());
    page.row(msg!("daemon-per-second"), &rate);
    let warnings = m.review_notes(now_ms(), &Value::Null);
    if !warnings.is_empty() {
        page.heading(msg!("daemon-worth-a-look"));
        for warning in &warnings {
            let _ = writeln!(page.text, "  ! {}", warning.text(language));
        }
    }
    page.text
}

fn label(page: &mut InfoPage, m: &Manifest) {
    let (l, language) = (&m.label, page.language);
    let said = |text: &str| m.label_text(text).text(language);
    let all = |texts: &[String]| texts.iter().map(|text| said(text)).collect::<Vec<_>>().join(", ");
    page.heading(msg!("daemon-who-receives-what"));
    if l.data_out.is_empty() {
        page.row(msg!("daemon-data-passed-on"), &msg!("daemon-nothing").text(language));
    } else {
        page.row(msg!("daemon-data-passed-on"), &all(&l.data_out));
    }
    page.row(msg!("daemon-goes-to"), &said(&l.operator));
    page.row(msg!("daemon-country"), &said(&l.country));
    let role = Message::find(&format!("daemon-role-{}", l.role)).unwrap_or_else(|| l.role.as_str().into());
    page.row(msg!("daemon-role"), &role.text(language));
    page.row(msg!("daemon-contract"), &said(&l.contract));
    page.row(msg!("daemon-protection-there"), &said(&l.adequacy));
    page.row(msg!("daemon-further-processors"), &said(&l.subprocessors));
    page.row(msg!("daemon-content-readable-there"), &page.yes_or_no(l.content_visible));
    page.row(msg!("daemon-kept"), &said(&l.storage));
    page.row(msg!("daemon-lists-kept-there"), &page.yes_or_no(l.remote_lists));
    page.row(msg!("daemon-after-a-withdrawal"), &said(&l.withdrawal));
    page.row(msg!("daemon-lookups-tell"), &all(&l.lookup_leaks));
    page.row(msg!("daemon-terms"), &said(&l.terms_risk));
    page.row(msg!("daemon-checked-on"), &l.checked_on);
}

/// Where settings name paths, and what the transports of the settings grant.
fn files(page: &mut InfoPage, m: &Manifest, grants: &[(String, Vec<Message>)]) {
    page.heading(msg!("daemon-files-and-folders"));
    for (key, kind) in settings_walk::path_keys(&m.config_schema) {
        let sentence = match kind {
            PathKind::File => msg!("daemon-reads-the-file-of", key = &key),
            PathKind::Folder => msg!("daemon-writes-into-the-folder-of", key = &key),
        };
        let _ = writeln!(page.text, "  {}", sentence.text(page.language));
    }
    let _ = writeln!(page.text, "  {}", msg!("daemon-own-state-folder").text(page.language));
    for (name, all) in grants {
        let all: Vec<_> = all.iter().map(|m| m.text(page.language)).collect();
        let _ = writeln!(page.text, "  [transports.{name}] {}", all.join("; "));
    }
}

fn hosts(page: &mut InfoPage, m: &Manifest) {
    page.heading(msg!("daemon-talks-to"));
    if m.hosts.is_empty() {
        let _ = writeln!(page.text, "  {}", msg!("daemon-nobody-on-the-network").text(page.language));
    }
    let keys = doc::plugin_keys(&m.config_schema, page.language);
    for peer in &m.hosts {
        let _ = writeln!(page.text, "  {}", host(peer, &keys, page.language));
    }
}

fn host(peer: &DeclaredHost, keys: &[PluginKey], language: Language) -> String {
    let default = |key: &str| {
        let found = keys.iter().find(|k| k.key == key).and_then(|k| k.default.clone());
        found.map_or_else(String::new, |d| format!("{}{d}", msg!("daemon-or-default").text(language)))
    };
    let named = |key: &str| msg!("daemon-host-of-setting", key = key, otherwise = default(key)).text(language);
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

fn settings(page: &mut InfoPage, m: &Manifest) {
    page.heading(msg!("daemon-settings-of-plugin"));
    let keys = doc::plugin_keys(&m.config_schema, page.language);
    if keys.is_empty() {
        let _ = writeln!(page.text, "  {}", msg!("daemon-none").text(page.language));
    }
    for k in &keys {
        let how = match (&k.default, k.required) {
            (_, true) => msg!("daemon-required").text(page.language),
            (Some(default), _) => format!(" ({} {default})", msg!("daemon-otherwise").text(page.language)),
            (None, _) => String::new(),
        };
        let _ = writeln!(page.text, "  {}{how}", k.key);
        if !k.sentence.is_empty() {
            let _ = writeln!(page.text, "      {}", k.sentence.replace('\n', "\n      "));
        }
    }
}

/// A size in bytes with a unit that fits.
fn size(bytes: u64) -> String {
    match bytes {
        n if n >= 1 << 20 && n.is_multiple_of(1 << 20) => format!("{} MiB", n >> 20),
        n if n >= 1 << 10 && n.is_multiple_of(1 << 10) => format!("{} KiB", n >> 10),
        n => format!("{n} B"),
    }
}

/// Which data a plugin passes on, and to whom, in one line.
pub(super) fn leaves(language: Language, m: &Manifest) -> String {
    let l = &m.label;
    let said = |text: &str| m.label_text(text).text(language);
    let all: Vec<String> = l.data_out.iter().map(|text| said(text)).collect();
    let out = if all.is_empty() { msg!("daemon-nothing").text(language) } else { all.join(", ") };
    let to = format!("{} ({})", said(&l.operator), said(&l.country));
    msg!("daemon-label-summary", out = %out, to = %to).text(language)
}
