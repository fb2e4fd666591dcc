//! Start order, signals, ready, watchdog, stop with a deadline.

use crate::settings::{self, Resolved};
use crate::speech::Speech;
use rundruf_engine::Engine;
use rundruf_store::OpenOptions;
use rundruf_web::{Server, WebSettings};
use std::os::linux::net::SocketAddrExt;
use std::os::unix::net::{SocketAddr, UnixDatagram};
use std::path::Path;
use std::time::Duration;
use tokio::signal::unix::{SignalKind, signal};

/// How long connections may finish at a stop.
const WEB_GRACE: Duration = Duration::from_secs(3);

/// Tells systemd something; without systemd nothing happens.
fn notify(state: &str) {
    let Some(path) = std::env::var_os("NOTIFY_SOCKET") else { return };
    let bytes = path.as_encoded_bytes();
    let address = match bytes.strip_prefix(b"@") {
        Some(name) => SocketAddr::from_abstract_name(name),
        None => SocketAddr::from_pathname(&path),
    };
    if let (Ok(socket), Ok(address)) = (UnixDatagram::unbound(), address) {
        let _ = socket.send_to_addr(state.as_bytes(), &address);
    }
}

/// A small runtime: two workers carry everything.
pub(crate) fn runtime() -> std::io::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .max_blocking_threads(32)
        .thread_name("rundruf")
        .enable_all()
        .build()
}

/// Everything that runs.
pub(crate) struct Life {
    pub(crate) engine: Engine,
    pub(crate) server: Server,
    drain_for: Duration,
}

impl Life {
    /// Store, plugins, listeners: in this order. Ready means serving.
    pub(crate) async fn start(resolved: Resolved) -> Result<Self, String> {
        let options = OpenOptions { kek: resolved.kek };
        let store = rundruf_store::open(&resolved.store_url, options).map_err(|e| e.to_string())?;
        let drain_for = resolved.engine.drain_for;
        let spool = resolved.engine.data_dir.join("spool");
        // What a killed daemon left of half-read imports.
        let _ = std::fs::remove_dir_all(&spool);
        let engine = Engine::start(resolved.engine, store).await.map_err(|e| chain(&e))?;
        let web = WebSettings { listen: resolved.listen, socket: resolved.socket, max_body: resolved.max_body, spool };
        match rundruf_web::serve(engine.clone(), web).await {
            Ok(server) => Ok(Self { engine, server, drain_for }),
            Err(error) => {
                engine.stop(drain_for).await;
                Err(error.to_string())
            }
        }
    }

    /// Takes nothing new, finishes what is on its way, stores it. True if nothing was left open.
    pub(crate) async fn stop(self) -> bool {
        self.server.stop(WEB_GRACE).await;
        self.engine.stop(self.drain_for).await
    }
}

/// An error with its causes.
pub(crate) fn chain(error: &dyn std::error::Error) -> String {
    let mut out = error.to_string();
    let mut cause = error.source();
    while let Some(c) = cause {
        out.push_str(": ");
        out.push_str(&c.to_string());
        cause = c.source();
    }
    out
}

/// `rundruf serve`: an exit code.
pub(crate) fn serve(path: &Path, speech: Speech) -> Result<u8, String> {
    let (report, resolved) = settings::check::check(path, speech);
    let Some(resolved) = resolved else { return Err(report.text(speech)) };
    crate::logging::start(&resolved.log);
    for warning in &report.warnings {
        tracing::warn!(key = %warning.key, "{}", warning.message);
    }
    let runtime = runtime().map_err(|e| e.to_string())?;
    let code = runtime.block_on(run(path, resolved, speech));
    runtime.shutdown_timeout(Duration::from_secs(5));
    code
}

async fn run(path: &Path, resolved: Resolved, speech: Speech) -> Result<u8, String> {
    let on = |kind| signal(kind).map_err(|e| format!("signals cannot be heard: {e}"));
    let (mut term, mut int, mut hup) =
        (on(SignalKind::terminate())?, on(SignalKind::interrupt())?, on(SignalKind::hangup())?);
    let mut life = Life::start(resolved).await?;
    notify("READY=1");
    tracing::info!(public = ?life.server.public(), "ready");
    let watchdog =
        std::env::var("WATCHDOG_USEC").ok().and_then(|v| v.parse().ok()).map(|us: u64| Duration::from_micros(us / 2));
    loop {
        let pause = watchdog.unwrap_or(Duration::from_secs(3_600));
        tokio::select! {
            _ = term.recv() => break,
            _ = int.recv() => break,
            _ = hup.recv() => life = reload(path, life, speech).await?,
            // The store answering is what alive means.
            () = tokio::time::sleep(pause) => {
                if life.engine.lists().await.is_ok() {
                    notify("WATCHDOG=1");
                }
            }
        }
    }
    notify("STOPPING=1");
    tracing::info!("stopping: nothing new is begun");
    let clean = life.stop().await;
    tracing::info!(clean, "stopped");
    Ok(u8::from(!clean))
}

/// New settings: if they are faulty the old ones stay in force; else what is on its way finishes, and everything begins anew.
async fn reload(path: &Path, life: Life, speech: Speech) -> Result<Life, String> {
    let (report, resolved) = settings::check::check(path, speech);
    let Some(resolved) = resolved else {
        tracing::error!("the new settings are faulty, the old ones stay in force:\n{}", report.text(speech));
        return Ok(life);
    };
    notify("RELOADING=1");
    life.stop().await;
    let life = Life::start(resolved).await?;
    notify("READY=1");
    tracing::info!("the new settings are in force");
    Ok(life)
}
