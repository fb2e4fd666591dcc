//! How an instance is started, what state it is in, and how it ended.

use rundruf_lang::Message;
use std::path::PathBuf;
use std::time::Duration;

/// Where a plugin runs.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Isolation {
    /// In a confined process of its own.
    Process,
    /// In the daemon's process, without confinement.
    None,
}

impl Isolation {
    /// The value of `isolation` in the settings.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Process => "process",
            Self::None => "none",
        }
    }
}

/// Everything that is needed to start a transport.
#[derive(Clone)]
pub struct InstanceSpec {
    /// Name of the transport in the settings.
    pub name: String,
    /// Path of the plugin's library.
    pub library: PathBuf,
    /// Pinned SHA-256 of the library, if any.
    pub sha256: Option<[u8; 32]>,
    /// Where it runs.
    pub isolation: Isolation,
    /// The plugin's own settings as JSON, with secrets filled in.
    pub config: String,
    /// Folder that the plugin may write to; nothing else uses it.
    pub state_dir: PathBuf,
    /// Largest number of messages without an outcome.
    pub window: u32,
    /// Worker threads that the plugin may use.
    pub threads: u32,
    /// The program that is started as `PROGRAM plugin-host`.
    pub child_program: PathBuf,
    /// After this time without an outcome a message counts as "may have been sent".
    pub overdue_after: Duration,
    /// Largest size of the state folder, in bytes.
    pub state_limit: u64,
    /// Files and folders of the daemon's that no path of the settings may contain or lie in.
    pub protected: Vec<PathBuf>,
    /// The admin accepts that the plugin can read and write all files of the daemon where the kernel has no Landlock.
    pub without_landlock: bool,
    /// While less is free on the file system of the state folder, in bytes, the plugin is stopped: the database needs it. `None`: 256 MiB, or a
    /// twentieth of a small file system.
    pub disk_reserve: Option<u64>,
}

impl InstanceSpec {
    /// Default of `state_limit`: 1 GiB.
    pub const STATE_LIMIT: u64 = 1 << 30;
}

impl std::fmt::Debug for InstanceSpec {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("InstanceSpec").field("name", &self.name).field("library", &self.library).finish_non_exhaustive()
    }
}

/// Whether a transport accepts messages.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum InstanceState {
    /// Accepts messages.
    Up,
    /// Accepts none; outcomes of open messages still arrive.
    Draining,
    /// The plugin is not running.
    Down {
        /// Why, for the admin.
        reason: Message,
    },
}

/// How [`TransportInstance::stop`](crate::TransportInstance::stop) ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum StopResult {
    /// Every message had an outcome, and the plugin closed in time.
    Clean,
    /// The deadline passed; the process was killed.
    Killed,
}
