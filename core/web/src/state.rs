//! What all request handlers share.

use crate::limits::Limits;
use crate::memory_budget::MemoryBudget;
use rundruf_engine::Engine;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::atomic::AtomicU64;

/// Addresses and folders of the server.
#[derive(Clone, Debug)]
pub struct WebSettings {
    /// Address of the public pages; `None` serves none.
    pub listen: Option<SocketAddr>,
    /// Path of the local socket. A lock file is kept beside it, with `.lock` appended to its name.
    pub socket: PathBuf,
    /// Largest body of a local JSON request, in bytes. Imports and attachments have their own limits.
    pub max_body: u64,
    /// Folder for imports while they are read.
    pub spool: PathBuf,
}

/// What all request handlers share.
pub(crate) struct WebState {
    pub(crate) engine: Engine,
    pub(crate) settings: WebSettings,
    pub(crate) limits: Limits,
    /// Memory for attachments that are being sent.
    pub(crate) attachment_memory: MemoryBudget,
    /// Number of the next spool file.
    pub(crate) next_spool: AtomicU64,
}
