//! Who misbehaved, and what to do.

use std::path::PathBuf;

/// A failure around plugins. Texts name the file and the fault.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum HostError {
    /// No such plugin.
    #[error("there is no plugin `{name}` in {places}")]
    NotFound {
        /// As the admin wrote it.
        name: String,
        /// Folders that were searched.
        places: String,
    },
    /// The file cannot be read.
    #[error("cannot read `{}`", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system says.
        #[source]
        cause: std::io::Error,
    },
    /// Somebody who is not trusted could change what would be run.
    #[error("`{}` is not safe: {why} ({mend} {})", path.display(), path.display())]
    Writable {
        /// The file, or a folder or link on the way to it.
        path: PathBuf,
        /// What is wrong.
        why: String,
        /// The command that mends it, without the path.
        mend: &'static str,
    },
    /// The file is not a plugin of this system.
    #[error("`{}` is not a plugin: {why}", path.display())]
    NotAPlugin {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// The plugin speaks another version of the contract.
    #[error("`{}` speaks version {found} of the plugin contract, this program {known}: rebuild the plugin against {known}", path.display())]
    Version {
        /// The file.
        path: PathBuf,
        /// Its version.
        found: String,
        /// Ours.
        known: String,
    },
    /// The file is not the pinned one.
    #[error("`{}` has the digest {found}, pinned is {pinned}: check where it came from, then pin it anew by `rundruf plugin pin`", path.display())]
    Digest {
        /// The file.
        path: PathBuf,
        /// SHA-256, hex.
        found: String,
        /// Pinned, hex.
        pinned: String,
    },
    /// The library does not load or breaks the contract.
    #[error("`{}` does not load: {why}", path.display())]
    Load {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        why: String,
    },
    /// The plugin refused its settings, or could not begin.
    #[error("transport `{name}` does not open: {why}")]
    Open {
        /// Name in the settings.
        name: String,
        /// The plugin's own words.
        why: String,
    },
    /// The plugin's process cannot be started or has gone.
    #[error("transport `{name}`: the plugin's process {what}")]
    Process {
        /// Name in the settings.
        name: String,
        /// What happened.
        what: String,
    },
    /// The state folder cannot be used.
    #[error("the state folder `{}` cannot be used", path.display())]
    State {
        /// The folder.
        path: PathBuf,
        /// What the system says.
        #[source]
        cause: std::io::Error,
    },
    /// The state folder holds more than it may: nothing is started in it until somebody has made room.
    #[error("the state folder `{}` is full: {why}; make room in it, or raise `state_limit`", path.display())]
    Full {
        /// The folder.
        path: PathBuf,
        /// Of what there is too much.
        why: String,
    },
    /// An earlier process of the transport is still at work.
    #[error("the earlier process of `{}` does not end", path.display())]
    StillRunning {
        /// Its state folder.
        path: PathBuf,
    },
}
