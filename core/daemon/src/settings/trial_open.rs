//! Opens plugins as `serve` would, to learn what only they know of their settings: in the confined process, with an empty state folder, and only
//! those whose schema promises (`"x-open": "local"`) that opening reads settings and files and talks to nobody.

use super::ResolvedSettings;
use super::fault::SettingsReport;
use super::read::{SettingsTree, dotted, escape};
use rundruf_engine::{Config, TransportConfig};
use rundruf_host::{HostError, HostEvent, InstanceSpec, Isolation, Manifest, PreparedPlugin};
use rundruf_lang::{Message, msg};
use serde_json::Value;
use std::collections::BTreeSet;
use std::os::unix::fs::DirBuilderExt;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// How long a plugin may take to close after it was opened.
const CLOSE_WITHIN: Duration = Duration::from_secs(5);
/// Most messages that it is opened for; none is sent.
const WINDOW: u32 = 16;
/// Level of a warning in a plugin's log; errors are below.
const WARNING: u32 = 2;

/// Opens every plugin that allows it; what it refuses is a fault, what it warns of a warning.
pub(super) fn open_plugins(
    resolved: &ResolvedSettings,
    untried: &BTreeSet<String>,
    tree: &SettingsTree,
    report: &mut SettingsReport,
) {
    let transports = resolved.engine.transports.iter().enumerate();
    for (number, transport) in transports.filter(|(_, transport)| !untried.contains(&transport.name)) {
        let Some(opened) = open(transport, &resolved.engine, number) else { continue };
        let at = format!("/transports/{}/config", escape(&transport.name));
        let place = |text: &str| {
            let key = named_key(text).filter(|key| tree.keys.contains_key(&format!("{at}/{}", escape(key))));
            let pointer = key.map_or_else(|| at.clone(), |key| format!("{at}/{}", escape(key)));
            (tree.place(&pointer), dotted(&pointer))
        };
        for warning in opened.warnings {
            let (span, key) = place(&warning);
            report.warn(span, &key, opened.manifest.message(&warning), msg!("daemon-plugin-warns-help"));
        }
        if let Some(why) = opened.refusal {
            let (span, key) = place(&why.to_string());
            let message = msg!("daemon-plugin-refuses-settings", name = &transport.name, why = why);
            report.fault(span, &key, message, msg!("daemon-plugin-refuses-settings-help", key = &key));
        }
    }
}

/// What became of opening a plugin once.
struct TrialResult {
    refusal: Option<Message>,
    warnings: Vec<String>,
    manifest: Manifest,
}

/// Opens a transport's plugin and closes it again. `None` if it does not promise that nobody notices, or cannot be tried here.
fn open(transport: &TransportConfig, config: &Config, number: usize) -> Option<TrialResult> {
    let state = TrialFolder::new(number)?;
    let spec = InstanceSpec {
        name: transport.name.clone(),
        library: transport.library.clone(),
        sha256: transport.sha256,
        isolation: Isolation::Process,
        config: transport.config.clone(),
        // Lock and note of the process are beside it, and are removed with the folder.
        state_dir: state.0.join("state"),
        window: WINDOW,
        threads: transport.threads,
        child_program: config.child_program.clone(),
        overdue_after: Duration::from_secs(60),
        state_limit: transport.state_limit,
        protected: config.protected.clone(),
        without_landlock: transport.without_landlock,
        disk_reserve: None,
    };
    let prepared = PreparedPlugin::read(spec).ok()?;
    if prepared.manifest().config_schema.get("x-open").and_then(Value::as_str) != Some("local") {
        return None;
    }
    let manifest = prepared.manifest().clone();
    let heard: Arc<Mutex<Vec<String>>> = Arc::default();
    let hear = Arc::clone(&heard);
    let started = prepared.start(Arc::new(move |event| {
        if let HostEvent::Log { level, message, target } = event
            && level <= WARNING
            && target != "rundruf_host"
        {
            hear.lock().unwrap_or_else(PoisonError::into_inner).push(message);
        }
    }));
    let refusal = match started {
        Ok(instance) => {
            let _ = instance.stop(CLOSE_WITHIN);
            None
        }
        Err(HostError::Open { why, .. }) => Some(why),
        Err(error) => Some(error.with_cause()),
    };
    let warnings = std::mem::take(&mut *heard.lock().unwrap_or_else(PoisonError::into_inner));
    Some(TrialResult { refusal, warnings, manifest })
}

/// The first key that a plugin's sentence names between backticks, without what is inside of it: `dkim.domain` → `dkim`.
fn named_key(text: &str) -> Option<&str> {
    let named = text.split('`').nth(1)?;
    named.split(['.', ' ', '=']).next().filter(|key| !key.is_empty())
}

/// An empty state folder, removed afterwards.
struct TrialFolder(PathBuf);

impl TrialFolder {
    fn new(number: usize) -> Option<Self> {
        let folder = std::env::temp_dir().join(format!("rundruf-config-{}-{number}", std::process::id()));
        // A folder that somebody else created under that name is not used.
        std::fs::DirBuilder::new().mode(0o700).create(&folder).ok()?;
        Some(Self(std::fs::canonicalize(folder).ok()?))
    }
}

impl Drop for TrialFolder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

#[cfg(test)]
mod tests {
    use super::named_key;

    #[test]
    fn the_key_that_a_sentence_names() {
        for (text, want) in [
            ("`username` and `password` belong together", Some("username")),
            ("`dkim.domain` is empty", Some("dkim")),
            ("`tls = \"none\"` would send", Some("tls")),
            ("no key", None),
            ("a ` alone", None),
        ] {
            assert_eq!(named_key(text), want, "{text}");
        }
    }
}
