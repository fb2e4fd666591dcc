//! Settings: written → checked → resolved. `config check` and `serve` take the same path, and all faults are told at once.

pub(crate) mod check; // tree × schema × plugins → resolved, or all faults
pub(crate) mod doc; // schema, sample file, explanations: made from the types
pub(crate) mod fault; // a fault with its place and a caret
pub(crate) mod read; // TOML → tree with positions
pub(crate) mod types; // one documented field for each key

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

/// Everything the daemon needs.
pub(crate) struct Resolved {
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
