//! Settings: read, checked and resolved. `config check` and `serve` take the same path, and all faults are reported at once.

mod admin; // who is notified of faults
pub(crate) mod check; // tree, schema and plugins → resolved settings, or all faults
pub(crate) mod doc; // schema, sample file and explanations, made from the types
pub(crate) mod fault; // a fault with its position
mod files; // what the start needs of the file system
mod json_schema; // looks up keys in a JSON Schema
pub(crate) mod list; // names, transports and consent texts of lists
pub(crate) mod plugin_section; // a plugin's own section outside the daemon's settings
mod quote; // a line as a report quotes it, without secrets
pub(crate) mod read; // TOML → tree with positions
mod schema_check; // faults by the schema, with advice
mod secret; // secrets in files, the environment or credentials
pub(crate) mod setup; // for the set-up of a transport
pub(crate) mod show; // the settings in force and where each comes from
pub(crate) mod stored_lists; // what the consents in the database were given for
mod suggest; // "did you mean"
pub(crate) mod toml_text; // what the TOML parser says
pub(crate) mod transport; // transports: the plugin and its own section
mod trial_open; // opens plugins as the daemon will
pub(crate) mod types; // one documented field per key
mod value; // durations, sizes, texts
mod visibility; // which values may be printed

use fault::SettingsReport;
use rundruf_host::HostError;
use rundruf_lang::{Message, msg};
use serde_json::Value;
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

/// The checked settings in the form that the daemon uses.
#[derive(Clone)]
pub(crate) struct ResolvedSettings {
    pub(crate) engine: rundruf_engine::Config,
    pub(crate) store_url: String,
    pub(crate) kek: Option<PathBuf>,
    pub(crate) socket: PathBuf,
    pub(crate) listen: Option<SocketAddr>,
    pub(crate) max_body: u64,
    pub(crate) log: String,
    /// What `config show` prints of them, without secrets: key → value.
    pub(crate) shown: BTreeMap<String, String>,
}

/// Path of the settings file: `--config`, else `RUNDRUF_CONFIG`, else `./rundruf.toml`, else the one in `/etc`.
pub(crate) fn find(given: Option<&str>) -> PathBuf {
    if let Some(path) = given {
        return PathBuf::from(path);
    }
    if let Some(path) = std::env::var_os("RUNDRUF_CONFIG").filter(|p| !p.is_empty()) {
        return PathBuf::from(path);
    }
    let here = Path::new("rundruf.toml");
    if here.exists() { here.to_owned() } else { PathBuf::from("/etc/rundruf/rundruf.toml") }
}

/// Folders where plugins are looked for: the given one, else beside the program, then the system's.
pub(crate) fn plugin_folders(given: Option<PathBuf>) -> Vec<PathBuf> {
    let beside = || std::env::current_exe().ok().and_then(|p| p.parent().map(Path::to_owned));
    match given {
        Some(folder) => vec![folder],
        None => beside().into_iter().chain([PathBuf::from("/usr/lib/rundruf/plugins")]).collect(),
    }
}

/// Advice when a plugin is not found; relative paths start at `base`.
pub(crate) fn not_found(error: &HostError, base: &Path) -> Message {
    match error {
        HostError::NotFound { name, .. } if base.join(name).is_file() => {
            msg!("daemon-plugin-file-needs-a-path", name = %name)
        }
        HostError::NotFound { .. } => msg!("daemon-plugin-list-shows-all"),
        HostError::Read { .. } => msg!("daemon-plugin-built"),
        _ => msg!("daemon-plugin-info-shows-file"),
    }
}

/// Files that belong to a store, by its settings.
pub(crate) struct StoreFiles {
    /// The database.
    pub(crate) database: PathBuf,
    /// The machine's key, if it is not beside the database.
    pub(crate) kek: Option<PathBuf>,
    /// The settings themselves.
    pub(crate) settings: Vec<PathBuf>,
}

/// Settings as far as they can be read: faults elsewhere do not matter.
struct RawSettings {
    path: PathBuf,
    tree: read::SettingsTree,
}

impl RawSettings {
    /// # Errors
    /// The first fault, if the store is not named.
    fn read(path: &Path) -> Result<Self, Message> {
        let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
        let mut report = SettingsReport::default();
        let tree = read::read(&path, &mut report);
        if let Some(fault) = report.faults.first().filter(|_| tree.value.get("store").is_none()) {
            return Err(fault.message.clone());
        }
        Ok(Self { path, tree })
    }

    fn at(&self, pointer: &str) -> Option<&str> {
        self.tree.value.pointer(pointer).and_then(Value::as_str)
    }

    /// A path in the settings starts at the file that names it.
    fn join(&self, file: &str) -> PathBuf {
        self.path.parent().unwrap_or(Path::new("/")).join(file)
    }

    fn database(&self) -> Result<PathBuf, Message> {
        let file = self.at("/store/url").and_then(|u| u.strip_prefix("sqlite:"));
        file.map(|f| self.join(f)).ok_or_else(|| msg!("daemon-no-store-url", shown = %self.path.display()))
    }
}

/// The files of the store by these settings; works even if other settings are faulty.
pub(crate) fn store_files(path: &Path) -> Result<StoreFiles, Message> {
    let raw = RawSettings::read(path)?;
    let kek = raw.at("/store/machine_key").map(|f| raw.join(f));
    Ok(StoreFiles { database: raw.database()?, kek, settings: settings_files(&raw.path) })
}

/// All files of the settings: the one and its `conf.d`.
fn settings_files(path: &Path) -> Vec<PathBuf> {
    let folder = path.parent().unwrap_or(Path::new(".")).join("conf.d");
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten().map(|e| e.path());
    let mut all: Vec<PathBuf> = entries.filter(|p| p.extension().is_some_and(|e| e == "toml")).collect();
    all.sort();
    all.insert(0, path.to_owned());
    all
}

/// Name of the file with the public keys of the consent log.
pub(crate) const LOG_KEYS: &str = "consent-log.vkey";

/// The file with the public keys of this machine's consent log, which the daemon writes beside the database.
pub(crate) fn log_keys_file(path: &Path) -> Option<PathBuf> {
    Some(RawSettings::read(path).ok()?.database().ok()?.parent()?.join(LOG_KEYS))
}

/// The zone in which people read times, by these settings; that of the system if they name none, or none that is known.
pub(crate) fn time_zone(path: &Path) -> jiff::tz::TimeZone {
    let raw = RawSettings::read(path).ok();
    let name = raw.as_ref().and_then(|raw| raw.at("/time_zone"));
    name.and_then(|name| jiff::tz::TimeZone::get(name).ok()).unwrap_or_else(jiff::tz::TimeZone::system)
}

/// Path of the daemon's socket by these settings; works even if other settings are faulty.
pub(crate) fn socket(path: &Path) -> Result<PathBuf, Message> {
    let raw = RawSettings::read(path)?;
    match raw.at("/daemon/socket") {
        Some(socket) => Ok(raw.join(socket)),
        None => Ok(raw.database()?.with_file_name("rundruf.sock")),
    }
}
