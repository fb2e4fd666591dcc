//! Starts and stops the server. Who may reach what is in [`crate::route`].

use crate::error::WebError;
use crate::limits::Limits;
use crate::listen::KeptListener;
use crate::memory_budget::MemoryBudget;
use crate::state::{WebSettings, WebState};
use crate::{accept, listen};
use rundruf_engine::Engine;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinSet;

/// The running server. Dropping it ends all connections at once.
pub struct WebServer {
    public: Option<SocketAddr>,
    stop: watch::Sender<bool>,
    tasks: JoinSet<()>,
    socket: listen::SocketGuard,
}

impl std::fmt::Debug for WebServer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("WebServer").field("public", &self.public).field("socket", &self.socket).finish_non_exhaustive()
    }
}

impl WebServer {
    /// Address of the public pages, with the port that the system chose if the settings said 0. `None` if none are served.
    #[must_use]
    pub const fn public(&self) -> Option<SocketAddr> {
        self.public
    }

    /// Accepts no new requests and waits for running ones, at most until the deadline; then they are aborted.
    pub async fn stop(mut self, deadline: Duration) {
        let _ = self.stop.send(true);
        let all = async { while self.tasks.join_next().await.is_some() {} };
        if tokio::time::timeout(deadline, all).await.is_err() {
            self.tasks.abort_all();
        }
    }
}

/// Starts both listeners with the default [`Limits`]. When this returns, both accept connections.
///
/// # Errors
/// An address cannot be used. Nothing listens then.
pub async fn serve(engine: Engine, settings: WebSettings) -> Result<WebServer, WebError> {
    serve_within(engine, settings, Limits::default()).await
}

/// As [`serve`], with these limits.
///
/// # Errors
/// As [`serve`].
pub async fn serve_within(engine: Engine, settings: WebSettings, limits: Limits) -> Result<WebServer, WebError> {
    let (local, socket) = listen::local(&settings.socket).await?;
    let public = match settings.listen {
        Some(address) => Some(TcpListener::bind(address).await.map_err(|cause| WebError::Listen { address, cause })?),
        None => None,
    };
    let address = public.as_ref().and_then(|l| l.local_addr().ok());
    let attachment_memory = MemoryBudget::new(limits.attachment_memory);
    let state = Arc::new(WebState {
        engine: engine.clone(),
        settings,
        limits,
        attachment_memory,
        next_spool: AtomicU64::new(0),
    });
    let (stop, shutdown) = watch::channel(false);
    let mut tasks = JoinSet::new();
    if let Some(listener) = public {
        let (kept, state, stopping) = (KeptListener::new(listener), Arc::clone(&state), shutdown.clone());
        let begin = move || accept::public(Arc::clone(&kept), Arc::clone(&state), stopping.clone());
        tasks.spawn(engine.keep_running("pages", shutdown.clone(), begin));
    }
    let (kept, stopping) = (KeptListener::new(local), shutdown.clone());
    let begin = move || accept::local(Arc::clone(&kept), Arc::clone(&state), stopping.clone());
    tasks.spawn(engine.keep_running("commands", shutdown, begin));
    Ok(WebServer { public: address, stop, tasks, socket })
}
