//! Connection loops: accept, serve, limit, shut down.

use crate::connection_limit::ConnectionLimit;
use crate::listen::KeptListener;
use crate::response::HttpResponse;
use crate::route;
use crate::state::WebState;
use crate::write_timeout::WriteTimeout;
use hyper::body::{Body, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, rt};
use hyper_util::rt::{TokioIo, TokioTimer};
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, UnixListener};
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;

/// Largest head of a request, in bytes.
const MAX_HEAD_BYTES: usize = 64 * 1024;
/// Pause after a failed accept, so that running out of file descriptors does not become a busy loop.
const ACCEPT_BACKOFF: Duration = Duration::from_millis(50);

/// Serves public connections until the server stops; then waits for the open ones.
pub(crate) async fn public(
    kept: Arc<KeptListener<TcpListener>>,
    state: Arc<WebState>,
    mut shutdown: watch::Receiver<bool>,
) {
    let Some(listener) = kept.get() else { return };
    let limit = ConnectionLimit::new(state.limits);
    let mut connections = JoinSet::new();
    loop {
        while connections.try_join_next().is_some() {}
        let next = async {
            let accepted = listener.accept().await;
            let slot = match &accepted {
                Ok((_, peer)) => limit.admit(peer.ip()).await,
                Err(_) => None,
            };
            (accepted, slot)
        };
        let next = tokio::select! {
            next = next => Some(next),
            _ = shutdown.wait_for(|stop| *stop) => None,
        };
        let Some((accepted, slot)) = next else { break };
        let Ok((stream, peer)) = accepted else {
            tokio::time::sleep(ACCEPT_BACKOFF).await;
            continue;
        };
        let Some(slot) = slot else { continue };
        let _ = stream.set_nodelay(true);
        let (state, shutdown) = (Arc::clone(&state), shutdown.clone());
        connections.spawn(async move {
            let limits = state.limits;
            let activity = Arc::clone(&slot.activity);
            let stream = TokioIo::new(WriteTimeout::new(stream, limits.write_timeout, Arc::clone(&activity)));
            let service = move |request| {
                let (state, activity) = (Arc::clone(&state), Arc::clone(&activity));
                async move {
                    activity.request_begins();
                    let response = route::public(&state, peer.ip(), request).await;
                    activity.request_answered(response.body().size_hint().exact());
                    response
                }
            };
            let served = serve_connection(
                stream,
                service,
                limits.read_timeout,
                Some((limits.connection_lifetime, limits.request_timeout)),
                shutdown,
            );
            tokio::select! {
                () = served => {}
                () = slot.activity.closing() => {}
            }
            drop(slot);
        });
    }
    kept.close();
    drop(listener);
    while connections.join_next().await.is_some() {}
}

/// Serves local connections until the server stops; then waits for the open ones.
pub(crate) async fn local(
    kept: Arc<KeptListener<UnixListener>>,
    state: Arc<WebState>,
    mut shutdown: watch::Receiver<bool>,
) {
    let Some(listener) = kept.get() else { return };
    let permit = Arc::new(Semaphore::new(state.limits.local_connections));
    let mut connections = JoinSet::new();
    loop {
        while connections.try_join_next().is_some() {}
        let next = async { Some((Arc::clone(&permit).acquire_owned().await.ok()?, listener.accept().await)) };
        let next = tokio::select! {
            next = next => next,
            _ = shutdown.wait_for(|stop| *stop) => None,
        };
        let Some((slot, accepted)) = next else { break };
        let Ok((stream, _)) = accepted else {
            tokio::time::sleep(ACCEPT_BACKOFF).await;
            continue;
        };
        let Ok(peer) = stream.peer_cred() else { continue };
        let (state, shutdown) = (Arc::clone(&state), shutdown.clone());
        connections.spawn(async move {
            let head = state.limits.read_timeout;
            let service = move |request| route::local(Arc::clone(&state), peer.uid(), request);
            serve_connection(TokioIo::new(stream), service, head, None, shutdown).await;
            drop(slot);
        });
    }
    kept.close();
    drop(listener);
    while connections.join_next().await.is_some() {}
}

/// Serves one connection until it ends, its lifetime is over or the server stops; a running request is completed. `bounds`: the lifetime
/// of the connection, and how long the last request may then take.
async fn serve_connection<S, F>(
    stream: S,
    service: impl Fn(Request<Incoming>) -> F,
    head: Duration,
    bounds: Option<(Duration, Duration)>,
    mut shutdown: watch::Receiver<bool>,
) where
    S: rt::Read + rt::Write + Unpin,
    F: Future<Output = HttpResponse>,
{
    let service = service_fn(|request| {
        let response = service(request);
        async { Ok::<HttpResponse, Infallible>(response.await) }
    });
    let mut builder = http1::Builder::new();
    builder.timer(TokioTimer::new()).header_read_timeout(head).max_buf_size(MAX_HEAD_BYTES);
    // A client may close its sending side and still read the response.
    builder.half_close(true);
    let connection = builder.serve_connection(stream, service);
    tokio::pin!(connection);
    let expired = async {
        match bounds {
            Some((lifetime, _)) => tokio::time::sleep(lifetime).await,
            None => std::future::pending().await,
        }
    };
    let ended = tokio::select! {
        ended = connection.as_mut() => Some(ended),
        _ = shutdown.changed() => None,
        () = expired => None,
    };
    let ended = match (ended, bounds) {
        (Some(ended), _) => ended,
        (None, bounds) => {
            connection.as_mut().graceful_shutdown();
            match bounds {
                Some((_, finish)) => tokio::time::timeout(finish, connection).await.unwrap_or(Ok(())),
                None => connection.await,
            }
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "a connection ended early");
    }
}
