//! Listeners, limits, time-outs. Who may reach what is in [`crate::route`].

use crate::answer::Answer;
use crate::route;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper::{Request, server::conn::http1};
use hyper_util::rt::{TokioIo, TokioTimer};
use rundruf_engine::Engine;
use std::convert::Infallible;
use std::net::{IpAddr, SocketAddr};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, UnixListener};
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;

/// Most connections of strangers at once; one more waits in the kernel's queue.
const MAX_PUBLIC: usize = 512;
/// Most local connections at once.
const MAX_LOCAL: usize = 64;
/// How long a stranger may take to send a request's head.
const HEAD_TIMEOUT: Duration = Duration::from_secs(10);
/// How long a stranger's request may take altogether.
const PUBLIC_TIMEOUT: Duration = Duration::from_secs(30);

/// Where to listen.
#[derive(Clone, Debug)]
pub struct WebSettings {
    /// Address of the public pages; `None` serves none.
    pub listen: Option<SocketAddr>,
    /// Path of the local socket.
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
    /// Another daemon answers on that socket.
    #[error("another daemon listens on `{0}`")]
    InUse(PathBuf),
}

/// What every request can reach.
pub(crate) struct Site {
    pub(crate) engine: Engine,
    pub(crate) settings: WebSettings,
    /// Number of the next spool file.
    pub(crate) spooled: std::sync::atomic::AtomicU64,
}

/// Who is calling.
#[derive(Clone, Debug)]
pub(crate) enum Caller {
    /// Anybody, from this address.
    Public(IpAddr),
    /// A process of this machine, run by this user.
    Local {
        /// User id, as the kernel says.
        uid: u32,
    },
}

/// The running listeners.
pub struct Server {
    public: Option<SocketAddr>,
    socket: PathBuf,
    stopping: watch::Sender<bool>,
    tasks: JoinSet<()>,
}

impl std::fmt::Debug for Server {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Server").field("public", &self.public).field("socket", &self.socket).finish_non_exhaustive()
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
        // The socket's name outlives its listener; the next start would have to guess whether somebody is there.
        let _ = std::fs::remove_file(&self.socket);
    }
}

/// Starts both listeners. Ready means serving: when this returns, both answer.
///
/// # Errors
/// If an address cannot be used. Nothing listens then.
pub async fn serve(engine: Engine, settings: WebSettings) -> Result<Server, WebError> {
    let local = listen_local(&settings.socket).await?;
    let public = match settings.listen {
        Some(address) => Some(TcpListener::bind(address).await.map_err(|cause| WebError::Listen { address, cause })?),
        None => None,
    };
    let public_address = public.as_ref().and_then(|l| l.local_addr().ok());
    let socket = settings.socket.clone();
    let site = Arc::new(Site { engine, settings, spooled: std::sync::atomic::AtomicU64::new(0) });
    let (stopping, stopped) = watch::channel(false);
    let mut tasks = JoinSet::new();
    if let Some(listener) = public {
        tasks.spawn(accept_public(listener, Arc::clone(&site), stopped.clone()));
    }
    tasks.spawn(accept_local(local, site, stopped));
    Ok(Server { public: public_address, socket, stopping, tasks })
}

async fn listen_local(path: &Path) -> Result<UnixListener, WebError> {
    let failed = |cause| WebError::Socket { path: path.to_owned(), cause };
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).map_err(failed)?;
    }
    if path.exists() {
        // A socket that nobody answers is what a killed daemon left behind.
        if tokio::net::UnixStream::connect(path).await.is_ok() {
            return Err(WebError::InUse(path.to_owned()));
        }
        std::fs::remove_file(path).map_err(failed)?;
    }
    let listener = UnixListener::bind(path).map_err(failed)?;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o660)).map_err(failed)?;
    Ok(listener)
}

async fn accept_public(listener: TcpListener, site: Arc<Site>, mut stopped: watch::Receiver<bool>) {
    let room = Arc::new(Semaphore::new(MAX_PUBLIC));
    let mut connections = JoinSet::new();
    loop {
        while connections.try_join_next().is_some() {}
        let Ok(permit) = Arc::clone(&room).acquire_owned().await else { break };
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            _ = stopped.changed() => break,
        };
        let Ok((stream, peer)) = accepted else {
            // Out of descriptors, or the peer has gone already: neither is a reason to spin.
            tokio::time::sleep(Duration::from_millis(50)).await;
            continue;
        };
        let _ = stream.set_nodelay(true);
        let (site, stopped) = (Arc::clone(&site), stopped.clone());
        connections.spawn(async move {
            converse(TokioIo::new(stream), Caller::Public(peer.ip()), site, stopped).await;
            drop(permit);
        });
    }
    while connections.join_next().await.is_some() {}
}

async fn accept_local(listener: UnixListener, site: Arc<Site>, mut stopped: watch::Receiver<bool>) {
    let room = Arc::new(Semaphore::new(MAX_LOCAL));
    let mut connections = JoinSet::new();
    loop {
        while connections.try_join_next().is_some() {}
        let Ok(permit) = Arc::clone(&room).acquire_owned().await else { break };
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            _ = stopped.changed() => break,
        };
        let Ok((stream, _)) = accepted else {
            tokio::time::sleep(Duration::from_millis(50)).await;
            continue;
        };
        let Ok(peer) = stream.peer_cred() else { continue };
        let (site, stopped) = (Arc::clone(&site), stopped.clone());
        connections.spawn(async move {
            converse(TokioIo::new(stream), Caller::Local { uid: peer.uid() }, site, stopped).await;
            drop(permit);
        });
    }
    while connections.join_next().await.is_some() {}
}

/// Serves one connection until it ends or the server stops; a request that runs is finished.
async fn converse<S>(stream: TokioIo<S>, caller: Caller, site: Arc<Site>, mut stopped: watch::Receiver<bool>)
where
    S: tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin + Send + 'static,
{
    let service = service_fn(|request: Request<Incoming>| {
        let (site, caller) = (Arc::clone(&site), caller.clone());
        async move { Ok::<Answer, Infallible>(answer(site, caller, request).await) }
    });
    let mut builder = http1::Builder::new();
    builder.timer(TokioTimer::new()).header_read_timeout(HEAD_TIMEOUT).max_buf_size(64 * 1024).keep_alive(true);
    let connection = builder.serve_connection(stream, service);
    tokio::pin!(connection);
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        _ = stopped.changed() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "a connection ended early");
    }
}

async fn answer(site: Arc<Site>, caller: Caller, request: Request<Incoming>) -> Answer {
    match caller {
        Caller::Public(peer) => {
            let language = crate::public::browser_language(&request);
            match tokio::time::timeout(PUBLIC_TIMEOUT, route::public(&site, peer, request)).await {
                Ok(answer) => answer,
                Err(_) => crate::public::failed(&site.engine, &language),
            }
        }
        Caller::Local { uid } => route::local(&site, uid, request).await,
    }
}
