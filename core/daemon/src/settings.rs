//! Settings: written → checked → resolved. `config check` and `serve` take the same path, and all faults are told at once.

mod admin; // who is told what goes wrong
pub(crate) mod check; // tree × schema × plugins → resolved, or all faults
pub(crate) mod doc; // schema, sample file, explanations: made from the types
pub(crate) mod fault; // a fault with its place and a caret
mod json_schema; // what a schema says about one place
pub(crate) mod list; // names, transports and consent texts of lists
pub(crate) mod plugin_section; // a plugin's section on its own
pub(crate) mod read; // TOML → tree with positions
mod schema_check; // what is wrong by the schema, in words
mod secret; // secrets that stand elsewhere
pub(crate) mod show; // what is in force, and where it comes from
mod suggest; // "did you mean"
pub(crate) mod transport; // plugins and their own sections
pub(crate) mod types; // one documented field for each key
mod value; // durations, sizes, texts

use fault::SettingsReport;
use rundruf_host::HostError;
use rundruf_lang::{Message, msg};
use serde_json::Value;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

/// Everything the daemon needs.
#[derive(Clone)]
pub(crate) struct ResolvedSettings {
    pub(crate) engine: rundruf_engine::Config,
    pub(crate) store_url: String,
    pub(crate) kek: Option<PathBuf>,
    pub(crate) socket: PathBuf,
    pub(crate) listen: Option<SocketAddr>,
    pub(crate) max_body: u64,
    pub(crate) log: String,
}

/// Where the settings are: `--config`, else `RUNDRUF_CONFIG`, else here, else in `/etc`.
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

/// Where plugins are looked for: the folder that was given, else beside the program, then the system's.
pub(crate) fn plugin_folders(given: Option<PathBuf>) -> Vec<PathBuf> {
    let beside = || std::env::current_exe().ok().and_then(|p| p.parent().map(Path::to_owned));
    match given {
        Some(folder) => vec![folder],
        None => beside().into_iter().chain([PathBuf::from("/usr/lib/rundruf/plugins")]).collect(),
    }
}

/// What helps when a plugin is not found; `base` is where relative paths start.
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

/// Where the daemon of these settings listens; the settings need not be without fault for that.
pub(crate) fn socket(path: &Path) -> Result<PathBuf, Message> {
    let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let mut report = SettingsReport::default();
    let tree = read::read(&path, &mut report);
    if let Some(fault) = report.faults.first().filter(|_| tree.value.get("store").is_none()) {
        return Err(fault.message.clone());
    }
    let base = path.parent().unwrap_or(Path::new("/"));
    let at = |pointer: &str| tree.value.pointer(pointer).and_then(Value::as_str);
    if let Some(socket) = at("/daemon/socket") {
        return Ok(base.join(socket));
    }
    let file = at("/store/url").and_then(|u| u.strip_prefix("sqlite:")).map(|f| base.join(f));
    let folder = file.and_then(|f| f.parent().map(Path::to_owned));
    let shown = path.display();
    folder.map(|f| f.join("rundruf.sock")).ok_or_else(|| msg!("daemon-no-store-url", shown = %shown))
}
