//! Checks transports: the plugin's file, its digest, and its own section by its own schema.

use super::check::SettingsChecker;
use super::json_schema as rules;
use super::read::{SettingsTree, escape};
use super::types::{IsolationSetting, OnUnknownSetting, TransportSettings};
use rundruf_consent::text::{hex, unhex};
use rundruf_engine::{OnUnknown, Price, TransportConfig};
use rundruf_host::confinement::Grant;
use rundruf_host::manifest::is_loopback;
use rundruf_host::manifest::settings_walk::{self, PathKind};
use rundruf_host::{Isolation, Manifest, discover};
use rundruf_lang::{Message, msg};
use serde_json::Value;
use std::path::{Path, PathBuf};

/// A fault in the schema of a plugin's settings that the check of its manifest does not find.
pub(crate) fn faulty_schema(library: &Path, manifest: &Manifest) -> Option<Message> {
    let error = jsonschema::validator_for(&manifest.config_schema).err()?;
    Some(msg!("daemon-plugin-schema-faulty", shown = %library.display(), error = %error))
}

fn transport_config(
    name: &str,
    t: &TransportSettings,
    (library, sha256): (PathBuf, Option<[u8; 32]>),
    config: String,
) -> TransportConfig {
    TransportConfig {
        name: name.to_owned(),
        renamed_from: t.renamed_from.clone(),
        library,
        sha256,
        isolation: if t.isolation == IsolationSetting::None { Isolation::None } else { Isolation::Process },
        window: t.window,
        rate_per_s: t.rate_per_s,
        on_unknown: if t.on_unknown == OnUnknownSetting::Resend { OnUnknown::Resend } else { OnUnknown::Hold },
        config,
        price: t.price.as_deref().and_then(Price::parse),
        threads: t.threads,
        state_limit: t.state_limit.0,
        without_landlock: t.without_landlock,
    }
}

impl SettingsChecker<'_> {
    pub(super) fn transport(
        &mut self,
        tree: &SettingsTree,
        name: &str,
        t: &TransportSettings,
        folders: &[PathBuf],
    ) -> Option<TransportConfig> {
        let at = format!("/transports/{}", escape(name));
        let plain =
            (1..=64).contains(&name.len()) && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
        if !plain {
            let message = msg!("daemon-not-a-transport-name", shown = %name.escape_debug());
            self.fault(tree, &at, message, msg!("daemon-transport-name-rule"));
            return None;
        }
        let given = if t.plugin.contains('/') { self.path(&t.plugin).display().to_string() } else { t.plugin.clone() };
        let found = discover::find(&given, folders).and_then(|path| {
            let manifest = Manifest::read(&path)?;
            discover::check_owner(&path)?;
            Ok((path, manifest))
        });
        let pinned = t.sha256.as_deref().and_then(unhex::<32>);
        let (library, manifest) = match found {
            Ok((library, manifest)) => {
                let last = pinned.filter(|p| *p != manifest.sha256).map(|pinned| {
                    let (shown, found, pinned) = (library.display(), hex(&manifest.sha256), hex(&pinned));
                    let message = msg!("daemon-digest-differs", shown = %shown, found = %found, pinned = %pinned);
                    let help = msg!("daemon-check-origin-then-pin", name = %name);
                    self.library_fault(tree, (name, "sha256"), message, help);
                    self.last_manifest(name)
                });
                (library, last.flatten().unwrap_or(manifest))
            }
            Err(error) => {
                let help = super::not_found(&error, &self.base);
                self.library_fault(tree, (name, "plugin"), error.with_cause(), help);
                let library = discover::expected(&given, folders);
                // Without it nobody knows what its settings may be: they are checked when the library is there.
                let Some(manifest) = self.last_manifest(name) else {
                    return Some(transport_config(
                        name,
                        t,
                        (library, pinned),
                        Value::Object(t.config.clone()).to_string(),
                    ));
                };
                (library, manifest)
            }
        };
        if let Some(message) = faulty_schema(&library, &manifest) {
            self.fault(tree, &format!("{at}/plugin"), message, msg!("daemon-ask-who-built-it"));
            return None;
        }
        if !self.unusable.contains_key(name) {
            self.unique_plugin_id(tree, &format!("{at}/plugin"), name, &library, &manifest);
        }
        self.channels.insert(name.to_owned(), manifest.channels.clone());
        self.schemas.insert(name.to_owned(), manifest.config_schema.clone());
        if manifest.can("inbound") {
            self.hearing.insert(name.to_owned());
        }
        if t.isolation == IsolationSetting::None && !manifest.in_process {
            let message = msg!("daemon-needs-own-process", shown = %library.display());
            self.fault(tree, &format!("{at}/isolation"), message, msg!("daemon-isolation-process"));
        }
        let own = Value::Object(t.config.clone());
        let faults = self.report.faults.len();
        let config = self.section(tree, &format!("{at}/config"), own, &manifest);
        // Where the host itself is at fault it says nothing.
        let leaves = manifest.leaves_machine(&serde_json::from_str(&config).unwrap_or_default());
        if let Some(leaves) = leaves.filter(|_| self.report.faults.len() == faults) {
            self.networked.insert(name.to_owned(), leaves);
        }
        self.grants(tree, &format!("{at}/config"), name, (&manifest, &config));
        self.review_notes(tree, &format!("{at}/plugin"), (&manifest, &config));
        Some(transport_config(name, t, (library, pinned), config))
    }

    /// The manifest of the transport's last start, for the time while its library is away.
    fn last_manifest(&self, name: &str) -> Option<Manifest> {
        let states = self.guarded.iter().find(|path| path.ends_with("transports"))?;
        rundruf_host::last_manifest::read(&states.join(name)).map(|(_, manifest)| manifest)
    }

    /// Reports the remarks of `plugin info` as warnings.
    fn review_notes(&mut self, tree: &SettingsTree, at: &str, (manifest, config): (&Manifest, &str)) {
        let now = jiff::Timestamp::now().as_millisecond();
        let config: Value = serde_json::from_str(config).unwrap_or_default();
        for warning in manifest.review_notes(now, &config) {
            let message = Message::verbatim(format!("`{}`", manifest.id)).caused_by(warning);
            self.warn(tree, at, message, msg!("daemon-plugin-info-shows-all"));
        }
    }

    /// Two transports may share a library. Two different libraries may not share an id: then nobody could tell which one sent a message.
    fn unique_plugin_id(&mut self, tree: &SettingsTree, at: &str, name: &str, library: &Path, manifest: &Manifest) {
        let Some((other, first, digest)) = self.plugins.get(&manifest.id) else {
            self.plugins.insert(manifest.id.clone(), (name.to_owned(), library.to_owned(), manifest.sha256));
            return;
        };
        if *digest == manifest.sha256 {
            return;
        }
        let (id, one, two) = (&manifest.id, first.display(), library.display());
        let message = msg!("daemon-two-plugins-one-id", one = %one, other = %other, two = %two, id = %id);
        self.fault(tree, at, message, msg!("daemon-one-file-or-another-id"));
    }

    /// Checks the plugin's own section by its schema, and makes its paths absolute.
    pub(super) fn section(&mut self, tree: &SettingsTree, at: &str, mut config: Value, manifest: &Manifest) -> String {
        let schema = &manifest.config_schema;
        self.schema_check(tree, &config, schema, at);
        self.texts(tree, at, &mut config, schema);
        for (key, rules, _) in rules::keys(schema) {
            let Some(cleartext) = rules.get("x-cleartext") else { continue };
            let host =
                cleartext.get("host").and_then(Value::as_str).and_then(|h| config.get(h)).and_then(Value::as_str);
            if config.get(key).is_some()
                && config.get(key) == cleartext.get("value")
                && !is_loopback(host.unwrap_or(""))
            {
                self.warn(tree, &format!("{at}/{key}"), msg!("daemon-no-tls"), msg!("daemon-use-tls"));
            }
        }
        config.to_string()
    }

    /// Reports a fault if a path in the plugin's settings is none that it may be granted.
    fn grants(&mut self, tree: &SettingsTree, at: &str, name: &str, (manifest, config): (&Manifest, &str)) {
        let states = self.guarded.iter().find(|path| path.ends_with("transports"));
        let state = states.cloned().unwrap_or_default().join(name);
        if let Err(fault) = Grant::resolve(manifest, config, &state, &self.guarded) {
            self.fault(tree, &format!("{at}{}", fault.pointer), fault.why, msg!("daemon-folder-of-its-own"));
        }
    }

    /// Makes paths of a section absolute, and reports files that are not there and secrets that are written out.
    fn texts(&mut self, tree: &SettingsTree, at: &str, config: &mut Value, schema: &Value) {
        let given = config.clone();
        for found in settings_walk::texts(schema, &given) {
            let place = format!("{at}{}", found.pointer);
            if let Some(kind) = found.path_kind().filter(|_| !self.referred.contains(&place)) {
                let path = self.base.join(found.text);
                if kind == PathKind::File && !path.is_file() && !self.is_to_be_made(&place, &path) {
                    let message = msg!("daemon-no-such-file", shown = %path.display());
                    self.fault(tree, &place, message, msg!("daemon-paths-start-here"));
                }
                if let Some(value) = config.pointer_mut(&found.pointer) {
                    *value = path.display().to_string().into();
                }
            }
            if found.is_secret() {
                self.literal_secret(tree, &place);
            }
        }
    }
}
