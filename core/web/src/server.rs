//! Start and stop. Who may reach what is in [`crate::route`].

use crate::file::Shelf;
use crate::limit::Limits;
use crate::{accept, listen};
use rundruf_engine::Engine;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinSet;

/// Where to listen.
#[derive(Clone, Debug)]
pub struct WebSettings {
    /// Address of the public pages; `None` serves none.
    pub listen: Option<SocketAddr>,
    /// Path of the local socket. Beside it a lock is kept, with `.lock` at the end of its name.
    pub socket: PathBuf,
    /// Largest body of a local JSON request, in bytes. Imports and attachments have limits of their own.
    pub max_body: u64,
    /// Where imports are kept while they are read.
    pub spool: PathBuf,
}

/// Why the listeners did not start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WebError {
    /// The public address.
    #[error("cannot listen on `{address}`: {cause}")]
    Listen {
        /// As in the settings.
        address: SocketAddr,
        /// What the system says.
        cause: std::io::Error,
    },
    /// The local socket.
    #[error("cannot listen on `{path}`: {cause}")]
    Socket {
        /// As in the settings.
        path: PathBuf,
        /// What the system says.
        cause: std::io::Error,
    },
    /// Another daemon has that socket.
    #[error("another daemon listens on `{0}`")]
    InUse(PathBuf),
    /// Something else has that name, and it is not ours to remove.
    #[error("`{0}` is there already and is not a socket: name another path, or move it away")]
    NotASocket(PathBuf),
}

/// What every request can reach.
pub(crate) struct Site {
    pub(crate) engine: Engine,
    pub(crate) settings: WebSettings,
    pub(crate) limits: Limits,
    pub(crate) shelf: Shelf,
    /// Number of the next spool file.
    pub(crate) spooled: AtomicU64,
}

/// The running listeners. Dropping it ends them at once.
pub struct Server {
    public: Option<SocketAddr>,
    stopping: watch::Sender<bool>,
    tasks: JoinSet<()>,
    name: listen::Name,
}

impl std::fmt::Debug for Server {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Server").field("public", &self.public).field("socket", &self.name).finish_non_exhaustive()
    }
}

impl Server {
    /// Where the public pages really listen (the port, if the settings left it to the system).
    #[must_use]
    pub const fn public(&self) -> Option<SocketAddr> {
        self.public
    }

    /// Takes no new requests and waits for those that run, up to the deadline.
    pub async fn stop(mut self, deadline: Duration) {
        let _ = self.stopping.send(true);
        let all = async { while self.tasks.join_next().await.is_some() {} };
        if tokio::time::timeout(deadline, all).await.is_err() {
            self.tasks.abort_all();
        }
    }
}

/// Starts both listeners. Ready means serving: when this returns, both answer.
///
/// # Errors
/// If an address cannot be used. Nothing listens then.
pub async fn serve(engine: Engine, settings: WebSettings) -> Result<Server, WebError> {
    serve_within(engine, settings, Limits::default()).await
}

/// As [`serve`], with other bounds.
///
/// # Errors
/// As [`serve`].
pub async fn serve_within(engine: Engine, settings: WebSettings, limits: Limits) -> Result<Server, WebError> {
    let (local, name) = listen::local(&settings.socket).await?;
    let public = match settings.listen {
        Some(address) => Some(TcpListener::bind(address).await.map_err(|cause| WebError::Listen { address, cause })?),
        None => None,
    };
    let address = public.as_ref().and_then(|l| l.local_addr().ok());
    let site = Arc::new(Site { engine, settings, limits, shelf: Shelf::new(limits.files), spooled: AtomicU64::new(0) });
    let (stopping, stopped) = watch::channel(false);
    let mut tasks = JoinSet::new();
    if let Some(listener) = public {
        tasks.spawn(accept::public(listener, Arc::clone(&site), stopped.clone()));
    }
    tasks.spawn(accept::local(local, site, stopped));
    Ok(Server { public: address, stopping, tasks, name })
}
