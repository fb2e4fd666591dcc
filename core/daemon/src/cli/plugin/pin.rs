//! `plugin pin NAME | --all`: writes the digest of a transport's library into the settings and changes nothing else there.

mod file; // edits the text of a settings file and replaces the file

use super::library::failed;
use crate::cli::context::{CommandContext, folders};
use crate::cli::offline_audit::note_pin;
use crate::client::CommandFailure;
use crate::settings::fault::SettingsReport;
use crate::settings::read::{self, SettingsTree};
use clap::ArgMatches;
use rundruf_consent::text::hex;
use rundruf_host::{HostError, Manifest, discover};
use rundruf_lang::{Language, msg};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

pub(super) fn run(context: &CommandContext, m: &ArgMatches) -> Result<u8, CommandFailure> {
    let dry = m.get_flag("dry-run");
    let settings = SettingsFiles::read(context)?;
    let names = match m.get_one::<String>("name") {
        Some(name) => vec![name.clone()],
        None => settings.names(),
    };
    if names.is_empty() {
        return Err(settings.none(None));
    }
    // All transports are checked before anything is written, and all faults are reported at once.
    let (mut pins, mut faults) = (Vec::new(), Vec::new());
    for name in &names {
        match settings.pin(context, name) {
            Ok(pin) => pins.push(pin),
            Err(fault) => faults.push(fault),
        }
    }
    if let Some(first) = faults.first() {
        let messages: Vec<String> = faults.iter().map(|f| f.text(context.language)).collect();
        return Err(CommandFailure::new(&first.code, messages.join("\n"), first.help.clone()));
    }
    if !dry {
        write(&settings, &pins)?;
        for pin in pins.iter().filter(|pin| pin.changed()) {
            note_pin(context, &pin.name, pin.old.as_deref(), &pin.new);
        }
    }
    for pin in &pins {
        let result = json!({
            "transport": pin.name, "file": pin.file(&settings).display().to_string(), "library": pin.library.display().to_string(),
            "old": pin.old, "new": pin.new, "changed": pin.changed(), "written": pin.changed() && !dry,
        });
        context.output.result(&result, || pin.said(context.language, &settings, dry));
    }
    Ok(0)
}

/// One transport with the old and the new digest of its library.
struct DigestPin {
    name: String,
    source: usize,
    library: PathBuf,
    old: Option<String>,
    new: String,
}

impl DigestPin {
    fn changed(&self) -> bool {
        self.old.as_deref() != Some(self.new.as_str())
    }

    fn file<'a>(&self, settings: &'a SettingsFiles) -> &'a Path {
        settings.report.sources.get(self.source).map_or(Path::new(""), |s| &s.path)
    }

    fn said(&self, language: Language, settings: &SettingsFiles, dry: bool) -> String {
        let (name, new) = (&self.name, &self.new);
        let (file, library) = (self.file(settings).display(), self.library.display());
        if !self.changed() {
            return msg!("daemon-pinned-already", name = %name, library = %library, new = %new).text(language);
        }
        let old = self.old.clone().unwrap_or_else(|| msg!("daemon-none").text(language));
        let message = match dry {
            false => msg!("daemon-pinned", name = name, library = %library, old = old, new = new, file = %file),
            true => msg!("daemon-would-be-pinned", name = name, library = %library, old = old, new = new, file = %file),
        };
        message.text(language)
    }
}

/// The settings files as they are on disk.
struct SettingsFiles {
    path: PathBuf,
    report: SettingsReport,
    tree: SettingsTree,
}

impl SettingsFiles {
    fn read(context: &CommandContext) -> Result<Self, CommandFailure> {
        let path = context.settings();
        let mut report = SettingsReport::default();
        let tree = read::read(&path, &mut report);
        if tree.damaged || !report.faults.is_empty() {
            let message = report.text(context.language).trim_end().to_owned();
            return Err(CommandFailure::new("settings", message, ""));
        }
        Ok(Self { path, report, tree })
    }

    fn names(&self) -> Vec<String> {
        let transports = self.tree.value.get("transports").and_then(Value::as_object);
        transports.map_or_else(Vec::new, |t| t.keys().cloned().collect())
    }

    fn pin(&self, context: &CommandContext, name: &str) -> Result<DigestPin, CommandFailure> {
        let pointer = format!("/transports/{}", read::escape(name));
        let (Some(transport), Some(place)) = (self.tree.value.pointer(&pointer), self.tree.keys.get(&pointer)) else {
            return Err(self.none(Some(name)));
        };
        let text = |key: &str| transport.get(key).and_then(Value::as_str);
        let plugin = text("plugin").unwrap_or("");
        let plugin = if plugin.contains('/') {
            self.path.parent().unwrap_or(Path::new("")).join(plugin).display().to_string()
        } else {
            plugin.to_owned()
        };
        let failed = |e: HostError| {
            let mut failure = failed(&e);
            failure.message = format!("[transports.{name}]: {}", failure.text(context.language)).into();
            failure
        };
        let library = discover::find(&plugin, &folders(context)).map_err(failed)?;
        // A library that the daemon would refuse to load is not pinned.
        let manifest = discover::check_owner(&library).and_then(|()| Manifest::read(&library)).map_err(failed)?;
        let old = text("sha256").map(str::to_owned);
        Ok(DigestPin { name: name.to_owned(), source: place.file, library, old, new: hex(&manifest.sha256) })
    }

    /// The failure for an unknown transport, or for settings without any transport.
    fn none(&self, name: Option<&str>) -> CommandFailure {
        let (shown, path) = (name.map(str::escape_debug), self.path.display());
        let message = match shown {
            Some(shown) => msg!("daemon-no-such-transport-in", name = %shown, path = %path),
            None => msg!("daemon-no-transport-in", path = %path),
        };
        let known = self.names();
        let help = match known.is_empty() {
            true => msg!("daemon-create-a-transport"),
            false => msg!("daemon-there-are", names = known.join(", ")),
        };
        CommandFailure::new("no_transport", message, help)
    }
}

/// Writes all digests into their files, or none.
fn write(settings: &SettingsFiles, pins: &[DigestPin]) -> Result<(), CommandFailure> {
    let mut texts: BTreeMap<usize, String> = BTreeMap::new();
    for pin in pins.iter().filter(|p| p.changed()) {
        let Some(source) = settings.report.sources.get(pin.source) else { continue };
        let text = texts.entry(pin.source).or_insert_with(|| source.text.clone());
        *text = file::pinned(text, &pin.name, &pin.new).ok_or_else(|| {
            let (file, name) = (source.path.display(), &pin.name);
            let message = msg!("daemon-cannot-change-transport", file = %file, name = %name);
            CommandFailure::new("settings", message, format!("sha256 = \"{}\"", pin.new))
        })?;
    }
    let sources = texts.iter().filter_map(|(n, new)| settings.report.sources.get(*n).map(|s| (s, new)));
    let files: Vec<(&Path, &str, &str)> = sources.map(|(s, new)| (&*s.path, &*s.text, &**new)).collect();
    file::replace(&files).map_err(|(path, e)| {
        CommandFailure::new("file", msg!("daemon-file-failed", file = %path.display(), error = &e), "")
    })
}
