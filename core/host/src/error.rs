//! Errors of this crate; each text names the file or transport and the fault.

use std::path::PathBuf;

/// Why a plugin cannot be found, loaded or run.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum HostError {
    /// No file of that name was found.
    #[error("there is no plugin `{name}` in {places}")]
    NotFound {
        /// Name of the plugin as the admin wrote it.
        name: String,
        /// The folders that were searched, for the admin.
        places: String,
    },
    /// The file cannot be read.
    #[error("cannot read `{}`", path.display())]
    Read {
        /// Path of the file.
        path: PathBuf,
        /// Error of the operating system.
        #[source]
        cause: std::io::Error,
    },
    /// A user other than root and the daemon's could change the file.
    #[error("`{}` is not safe: {why} ({remedy} {})", path.display(), path.display())]
    Writable {
        /// The file, or a folder or link on its path.
        path: PathBuf,
        /// The fault, for the admin.
        why: String,
        /// The command that fixes it, without the path.
        remedy: &'static str,
    },
    /// The file is not a plugin of this system.
    #[error("`{}` is not a plugin: {why}", path.display())]
    NotAPlugin {
        /// Path of the file.
        path: PathBuf,
        /// The fault, for the admin.
        why: String,
    },
    /// The plugin was built for an incompatible version of the contract.
    #[error("`{}` speaks version {found} of the plugin contract, this program {known}: rebuild the plugin against {known}", path.display())]
    Version {
        /// Path of the file.
        path: PathBuf,
        /// Version of the plugin.
        found: String,
        /// Version of this program.
        known: String,
    },
    /// The digest of the file is not the pinned one.
    #[error("`{}` has the digest {found}, pinned is {pinned}: check where it came from, then pin it anew by `rundruf plugin pin`", path.display())]
    Digest {
        /// Path of the file.
        path: PathBuf,
        /// SHA-256 of the file, in hexadecimal.
        found: String,
        /// The pinned SHA-256, in hexadecimal.
        pinned: String,
    },
    /// The library cannot be opened, or its tables break the contract.
    #[error("`{}` does not load: {why}", path.display())]
    Load {
        /// Path of the file.
        path: PathBuf,
        /// The fault, for the admin.
        why: String,
    },
    /// The plugin refused its settings, or failed to open.
    #[error("transport `{name}` does not open: {why}")]
    Open {
        /// Name of the transport in the settings.
        name: String,
        /// The plugin's own text.
        why: String,
    },
    /// The plugin process could not be started, or died.
    #[error("transport `{name}`: the plugin's process {what}")]
    Process {
        /// Name of the transport in the settings.
        name: String,
        /// What happened, for the admin.
        what: String,
    },
    /// The state folder cannot be used.
    #[error("the state folder `{}` cannot be used", path.display())]
    State {
        /// Path of the folder.
        path: PathBuf,
        /// Error of the operating system.
        #[source]
        cause: std::io::Error,
    },
    /// The state folder exceeds its limit; the plugin is not started before there is room.
    #[error("the state folder `{}` is full: {why}; make room in it, or raise `state_limit`", path.display())]
    Full {
        /// Path of the folder.
        path: PathBuf,
        /// Which limit it exceeds, for the admin.
        why: String,
    },
    /// An earlier process of the transport still holds the lock of the state folder.
    #[error("the earlier process of `{}` does not end", path.display())]
    StillRunning {
        /// Path of the state folder.
        path: PathBuf,
    },
}
