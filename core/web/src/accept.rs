//! Connections: each is served, bounded, stopped and waited for.

use crate::answer::Answer;
use crate::crowd::Crowd;
use crate::route;
use crate::server::Site;
use crate::stall::Stalling;
use hyper::body::Incoming;
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

/// Most bytes of a request's head.
const MAX_HEAD: usize = 64 * 1024;
/// Rest after a failed accept: out of descriptors, or the peer has gone already. Neither is a reason to spin.
const REST: Duration = Duration::from_millis(50);

/// Serves strangers until the server stops; then waits for those who are inside.
pub(crate) async fn public(listener: TcpListener, site: Arc<Site>, mut stopped: watch::Receiver<bool>) {
    let crowd = Crowd::new(site.limits.public, site.limits.visitor);
    let mut connections = JoinSet::new();
    loop {
        while connections.try_join_next().is_some() {}
        let next = async { Some((crowd.room().await?, listener.accept().await)) };
        let next = tokio::select! {
            next = next => next,
            _ = stopped.changed() => None,
        };
        let Some((room, accepted)) = next else { break };
        let Ok((stream, peer)) = accepted else {
            tokio::time::sleep(REST).await;
            continue;
        };
        let Some(place) = crowd.enter(room, peer.ip()) else { continue };
        let _ = stream.set_nodelay(true);
        let (site, stopped) = (Arc::clone(&site), stopped.clone());
        connections.spawn(async move {
            let limits = site.limits;
            let stream = TokioIo::new(Stalling::new(stream, limits.stall));
            let service = move |request| {
                let site = Arc::clone(&site);
                async move { route::public(&site, peer.ip(), request).await }
            };
            converse(stream, service, limits.head, Some((limits.connection, limits.request)), stopped).await;
            drop(place);
        });
    }
    drop(listener);
    while connections.join_next().await.is_some() {}
}

/// Serves the processes of this machine until the server stops; then waits for those who are inside.
pub(crate) async fn local(listener: UnixListener, site: Arc<Site>, mut stopped: watch::Receiver<bool>) {
    let room = Arc::new(Semaphore::new(site.limits.local));
    let mut connections = JoinSet::new();
    loop {
        while connections.try_join_next().is_some() {}
        let next = async { Some((Arc::clone(&room).acquire_owned().await.ok()?, listener.accept().await)) };
        let next = tokio::select! {
            next = next => next,
            _ = stopped.changed() => None,
        };
        let Some((place, accepted)) = next else { break };
        let Ok((stream, _)) = accepted else {
            tokio::time::sleep(REST).await;
            continue;
        };
        let Ok(peer) = stream.peer_cred() else { continue };
        let (site, stopped) = (Arc::clone(&site), stopped.clone());
        connections.spawn(async move {
            let head = site.limits.head;
            let service = move |request| route::local(Arc::clone(&site), peer.uid(), request);
            converse(TokioIo::new(stream), service, head, None, stopped).await;
            drop(place);
        });
    }
    drop(listener);
    while connections.join_next().await.is_some() {}
}

/// Serves one connection until it ends, its time is over or the server stops; a request that runs is finished. `bounds`: how long the
/// connection may be kept, and how long it may then take to finish.
async fn converse<S, F>(
    stream: S,
    service: impl Fn(Request<Incoming>) -> F,
    head: Duration,
    bounds: Option<(Duration, Duration)>,
    mut stopped: watch::Receiver<bool>,
) where
    S: rt::Read + rt::Write + Unpin,
    F: Future<Output = Answer>,
{
    let service = service_fn(|request| {
        let answer = service(request);
        async { Ok::<Answer, Infallible>(answer.await) }
    });
    let mut builder = http1::Builder::new();
    builder.timer(TokioTimer::new()).header_read_timeout(head).max_buf_size(MAX_HEAD);
    // Who has sent everything may close that side and still read the answer.
    builder.half_close(true);
    let connection = builder.serve_connection(stream, service);
    tokio::pin!(connection);
    let over = async {
        match bounds {
            Some((kept, _)) => tokio::time::sleep(kept).await,
            None => std::future::pending().await,
        }
    };
    let ended = tokio::select! {
        ended = connection.as_mut() => Some(ended),
        _ = stopped.changed() => None,
        () = over => None,
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
