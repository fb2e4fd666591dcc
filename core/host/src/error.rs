//! Errors of this crate; each text names the file or transport and the fault.

use rundruf_lang::{Message, msg};
use std::path::PathBuf;

/// Why a plugin cannot be found, loaded or run. `Display` is [`HostError::message`] in English.
#[derive(Debug, thiserror::Error)]
#[error("{}", self.message())]
#[non_exhaustive]
pub enum HostError {
    /// No file of that name was found.
    NotFound {
        /// Name of the plugin as the admin wrote it.
        name: String,
        /// The folders that were searched, for the admin.
        places: String,
    },
    /// The file cannot be read.
    Read {
        /// Path of the file.
        path: PathBuf,
        /// Error of the operating system.
        #[source]
        cause: std::io::Error,
    },
    /// A user other than root and the daemon's could change the file.
    Writable {
        /// The file, or a folder or link on its path.
        path: PathBuf,
        /// The fault, for the admin.
        why: Message,
        /// The command that fixes it, without the path.
        remedy: &'static str,
    },
    /// The file is not a plugin of this system.
    NotAPlugin {
        /// Path of the file.
        path: PathBuf,
        /// The fault, for the admin.
        why: Message,
    },
    /// The plugin was built for an incompatible version of the contract.
    Version {
        /// Path of the file.
        path: PathBuf,
        /// Version of the plugin.
        found: String,
        /// Version of this program.
        known: String,
    },
    /// The digest of the file is not the pinned one.
    Digest {
        /// Path of the file.
        path: PathBuf,
        /// SHA-256 of the file, in hexadecimal.
        found: String,
        /// The pinned SHA-256, in hexadecimal.
        pinned: String,
    },
    /// The library cannot be opened, or its tables break the contract.
    Load {
        /// Path of the file.
        path: PathBuf,
        /// The fault, for the admin.
        why: Message,
    },
    /// The settings name a path that the plugin may not have.
    Grant {
        /// Name of the transport in the settings.
        name: String,
        /// The key in the plugin's settings.
        setting: String,
        /// The fault, for the admin.
        why: Message,
    },
    /// The plugin refused its settings, or failed to open.
    Open {
        /// Name of the transport in the settings.
        name: String,
        /// The plugin's own text, or what the host says.
        why: Message,
    },
    /// The plugin process could not be started, or died.
    Process {
        /// Name of the transport in the settings.
        name: String,
        /// What happened, for the admin.
        what: Message,
    },
    /// The state folder cannot be used.
    State {
        /// Path of the folder.
        path: PathBuf,
        /// Error of the operating system.
        #[source]
        cause: std::io::Error,
    },
    /// The state folder exceeds its limit; the plugin is not started before there is room.
    Full {
        /// Path of the folder.
        path: PathBuf,
        /// Which limit it exceeds, for the admin.
        why: Message,
    },
    /// Too little is free on the file system of the state folder; the plugin is not started before there is room.
    NoRoom {
        /// Path of the state folder.
        path: PathBuf,
        /// Free bytes.
        free: u64,
        /// What is kept free for the database, in bytes.
        reserve: u64,
    },
    /// An earlier process of the transport still holds the lock of the state folder.
    StillRunning {
        /// Path of the state folder.
        path: PathBuf,
    },
}

impl HostError {
    /// The error as people read it, without its cause.
    #[must_use]
    pub fn message(&self) -> Message {
        match self {
            Self::NotFound { name, places } => msg!("host-not-found", name = name, places = places),
            Self::Read { path, .. } => msg!("host-cannot-read", path = %path.display()),
            Self::Writable { path, why, remedy } => {
                msg!("host-not-safe", path = %path.display(), why = why, remedy = *remedy)
            }
            Self::NotAPlugin { path, why } => msg!("host-not-a-plugin", path = %path.display(), why = why),
            Self::Version { path, found, known } => {
                msg!("host-other-version", path = %path.display(), found = found, known = known)
            }
            Self::Digest { path, found, pinned } => {
                msg!("host-other-digest", path = %path.display(), found = found, pinned = pinned)
            }
            Self::Load { path, why } => msg!("host-does-not-load", path = %path.display(), why = why),
            Self::Grant { name, setting, why } => msg!("host-not-granted", name = name, setting = setting, why = why),
            Self::Open { name, why } => msg!("host-does-not-open", name = name, why = why),
            Self::Process { name, what } => msg!("host-process", name = name, what = what),
            Self::State { path, .. } => msg!("host-state-unusable", path = %path.display()),
            Self::Full { path, why } => msg!("host-state-full", path = %path.display(), why = why),
            Self::NoRoom { path, free, reserve } => {
                msg!("host-no-room", path = %path.display(), free = *free >> 20, reserve = *reserve >> 20)
            }
            Self::StillRunning { path } => msg!("host-still-running", path = %path.display()),
        }
    }

    /// The error as people read it, followed by its cause.
    #[must_use]
    pub fn with_cause(&self) -> Message {
        match self {
            Self::Read { cause, .. } | Self::State { cause, .. } => self.message().caused_by(cause),
            _ => self.message(),
        }
    }
}
