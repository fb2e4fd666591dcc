//! The daemon: start order, signals, readiness, reload, watchdog, stop with a deadline.

use crate::client::CommandFailure;
use crate::settings::fault::SettingsReport;
use crate::settings::{self, ResolvedSettings};
use rundruf_engine::{AuditEnd, AuditStart, Engine, EngineError};
use rundruf_lang::{Language, msg};
use rundruf_store::{OpenOptions, StoreError};
use rundruf_web::{WebError, WebServer, WebSettings};
use std::collections::BTreeMap;
use std::fs::Permissions;
use std::os::linux::net::SocketAddrExt;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::os::unix::net::{SocketAddr, UnixDatagram};
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::signal::unix::{SignalKind, signal};

/// Time that open connections have to finish at a stop.
const WEB_GRACE: Duration = Duration::from_secs(3);

/// Sends systemd a notification; does nothing without systemd.
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

/// A runtime with two worker threads for everything.
pub(crate) fn runtime() -> std::io::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .max_blocking_threads(32)
        .thread_name("rundruf")
        .enable_all()
        .build()
}

/// Everything that runs in the daemon.
pub(crate) struct Daemon {
    pub(crate) engine: Engine,
    pub(crate) server: WebServer,
    drain_for: Duration,
    /// The settings in force; a reload whose settings cannot be started goes back to them.
    resolved: ResolvedSettings,
}

impl Daemon {
    /// Starts store, plugins and listeners in this order. After that the daemon is ready to serve.
    pub(crate) async fn start(resolved: ResolvedSettings) -> Result<Self, CommandFailure> {
        let kept = resolved.clone();
        not_as_root(&kept.store_url)?;
        close_to_others(&kept);
        let options = OpenOptions { kek: resolved.kek.clone() };
        let store = rundruf_store::open(&resolved.store_url, options).map_err(|e| store_failure(&e))?;
        // Refuse a second daemon before anything is started that the first one uses.
        if tokio::net::UnixStream::connect(&resolved.socket).await.is_ok() {
            store.close().await;
            return Err(listener_failure(&WebError::InUse(resolved.socket)));
        }
        let drain_for = resolved.engine.drain_for;
        // Remove what a killed daemon left of half-read imports.
        let _ = std::fs::remove_dir_all(spool(&kept));
        let engine = Engine::start(resolved.engine, store).await.map_err(|e| engine_failure(&e))?;
        match rundruf_web::serve(engine.clone(), web(&kept)).await {
            Ok(server) => {
                engine.settings_accepted().await;
                write_log_keys(&kept, &engine);
                Ok(Self { engine, server, drain_for, resolved: kept })
            }
            Err(error) => {
                engine.stop(drain_for).await;
                Err(listener_failure(&error))
            }
        }
    }

    /// Changes to other settings while everything runs. An error means that nothing is being served any more.
    async fn change(mut self, resolved: ResolvedSettings) -> Result<Self, CommandFailure> {
        let old = self.resolved.clone();
        let kept = resolved.clone();
        let changed = match needs_restart(&old, &resolved) {
            Some(failure) => Err(failure),
            None => self.engine.reload(resolved.engine).await.map_err(|e| engine_failure(&e)),
        };
        if let Err(failure) = changed {
            self.keep_old_settings(&failure).await;
            return Ok(self);
        }
        let listener_settings = |r: &ResolvedSettings| (r.listen, r.socket.clone(), r.max_body);
        if listener_settings(&old) != listener_settings(&kept) {
            self.server.stop(WEB_GRACE).await;
            let serve = |r: &ResolvedSettings| rundruf_web::serve(self.engine.clone(), web(r));
            self.server = match serve(&kept).await {
                Ok(server) => server,
                Err(error) => {
                    // All or nothing: the transports go back to the old settings as well.
                    let failure = listener_failure(&error);
                    let _ = self.engine.reload(old.engine.clone()).await;
                    self.server = serve(&old).await.map_err(|e| listener_failure(&e))?;
                    self.keep_old_settings(&failure).await;
                    return Ok(self);
                }
            };
        }
        tracing::info!("the new settings are in force");
        self.engine.settings_accepted().await;
        note_settings(&self.engine, &old.shown, &kept.shown).await;
        self.drain_for = kept.engine.drain_for;
        self.resolved = kept;
        Ok(self)
    }

    /// A transport that runs and would be down under these settings, because they change it and its library cannot be used.
    fn would_end(&self, resolved: &ResolvedSettings) -> Option<String> {
        let old = &self.resolved.engine.transports;
        let mut changed = resolved.engine.transports.iter().filter(|t| !old.contains(t));
        let ended = changed.find(|t| resolved.engine.unusable.contains_key(&t.name) && self.engine.is_running(&t.name));
        ended.map(|t| t.name.clone())
    }

    /// Keeps the old settings in force and notifies the admin.
    async fn keep_old_settings(&self, failure: &CommandFailure) {
        let language = Language::from_tag(self.resolved.engine.admin.language);
        tracing::error!(code = %failure.code, "the new settings do not start, the old ones stay in force: {}", failure.message);
        self.engine.settings_refused(failure.text(language)).await;
    }

    /// Accepts nothing new, finishes the messages in flight and stores their outcomes. True if nothing was left open.
    pub(crate) async fn stop(self) -> bool {
        self.server.stop(WEB_GRACE).await;
        self.engine.stop(self.drain_for).await
    }
}

/// Most keys of changed settings in one entry of the audit log.
const MOST_KEYS: usize = 20;

/// Writes into the audit log which settings a reload has changed. A signal does not say who sent it.
async fn note_settings(engine: &Engine, old: &BTreeMap<String, String>, new: &BTreeMap<String, String>) {
    let only_in = |these: &BTreeMap<String, String>, others: &BTreeMap<String, String>| {
        let differing = these.iter().filter(|(key, value)| others.get(*key) != Some(value));
        let mut shown: Vec<String> = differing.map(|(key, value)| format!("{key} = {value}")).collect();
        if shown.len() > MOST_KEYS {
            shown.truncate(MOST_KEYS);
            shown.push("…".to_owned());
        }
        shown.join(", ")
    };
    let start =
        AuditStart { actor: "signal:hup".to_owned(), action: "settings reload".to_owned(), object: String::new() };
    let end = AuditEnd {
        outcome: "done".to_owned(),
        object: String::new(),
        was: only_in(old, new),
        became: only_in(new, old),
    };
    engine.audit_note(start, end).await;
}

/// Refuses to run as root with the database of another user: that user's daemon could not use what root leaves there.
fn not_as_root(store_url: &str) -> Result<(), CommandFailure> {
    let database = Path::new(store_url.strip_prefix("sqlite:").unwrap_or(""));
    let Ok(owner) = database.metadata() else { return Ok(()) };
    if !rustix::process::geteuid().is_root() || owner.uid() == 0 {
        return Ok(());
    }
    let message = msg!("daemon-serve-as-root", shown = %database.display(), user = owner.uid());
    let help = msg!("daemon-serve-as-root-help", user = owner.uid(), group = owner.gid());
    Err(CommandFailure::new("root", message, help))
}

/// Takes the files of the database away from other users of the machine, where an earlier version, a copy or a restore has left them readable.
fn close_to_others(resolved: &ResolvedSettings) {
    let database = Path::new(resolved.store_url.strip_prefix("sqlite:").unwrap_or(""));
    let (Some(folder), Some(name)) = (database.parent(), database.file_name()) else { return };
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let ours = entry.file_name().as_encoded_bytes().starts_with(name.as_encoded_bytes());
        let Ok(metadata) = entry.metadata() else { continue };
        let mode = metadata.permissions().mode();
        if !ours || !metadata.is_file() || mode & 0o077 == 0 {
            continue;
        }
        match std::fs::set_permissions(entry.path(), Permissions::from_mode(0o600)) {
            Ok(()) => tracing::warn!(path = %entry.path().display(), "others could read this file; now they cannot"),
            Err(error) => tracing::error!(path = %entry.path().display(), %error, "others can read this file"),
        }
    }
}

/// Writes the public key of the consent log beside the database, so that `log verify` on this machine need not trust the key in a proof.
fn write_log_keys(resolved: &ResolvedSettings, engine: &Engine) {
    let path = resolved.engine.data_dir.join(settings::LOG_KEYS);
    let written = std::fs::write(&path, engine.log_vkeys());
    // A public key: every admin of this machine verifies proofs with it.
    if let Err(error) = written.and_then(|()| std::fs::set_permissions(&path, Permissions::from_mode(0o644))) {
        tracing::warn!(path = %path.display(), %error, "the public key of the consent log could not be written");
    }
}

/// Folder for uploaded imports.
fn spool(resolved: &ResolvedSettings) -> PathBuf {
    resolved.engine.data_dir.join("spool")
}

fn web(resolved: &ResolvedSettings) -> WebSettings {
    let ResolvedSettings { listen, socket, max_body, .. } = resolved;
    WebSettings { listen: *listen, socket: socket.clone(), max_body: *max_body, spool: spool(resolved) }
}

/// Which key a running daemon cannot change, if it has changed: its database and keys, because work in progress writes to them.
fn needs_restart(old: &ResolvedSettings, new: &ResolvedSettings) -> Option<CommandFailure> {
    let key = if old.store_url != new.store_url || old.engine.data_dir != new.engine.data_dir {
        "store.url"
    } else if old.kek != new.kek {
        "store.machine_key"
    } else {
        return None;
    };
    let message = msg!("daemon-needs-a-restart", key = key);
    Some(CommandFailure::new("restart", message, msg!("daemon-stop-and-start")))
}

/// The failure when the store cannot be opened.
pub(crate) fn store_failure(error: &StoreError) -> CommandFailure {
    let code = match error {
        StoreError::InUse(_) => "in_use",
        StoreError::Newer { .. } => "newer",
        StoreError::OldCopy { .. } => "old_copy",
        StoreError::Full(_) => "disk_full",
        StoreError::Keys(..) => "keys",
        StoreError::Unusable { .. } => "unusable",
        _ => "store",
    };
    let help = match code {
        "in_use" => msg!("daemon-stop-the-other-one"),
        "old_copy" => msg!("daemon-old-copy-help"),
        "disk_full" => msg!("daemon-make-room"),
        _ => "".into(),
    };
    CommandFailure::new(code, error.message(), help)
}

/// The failure when a listener cannot be bound.
fn listener_failure(error: &WebError) -> CommandFailure {
    let (code, help) = match error {
        WebError::InUse(_) => ("in_use", msg!("daemon-stop-the-other-one")),
        WebError::Listen { .. } => ("listen", msg!("daemon-name-another-address")),
        _ => ("listen", "".into()),
    };
    CommandFailure::new(code, error.message(), help)
}

/// The failure when the engine cannot start.
fn engine_failure(error: &EngineError) -> CommandFailure {
    match error {
        EngineError::Store(error) => store_failure(error),
        EngineError::Refused { code, message, help } => CommandFailure::new(code, message.clone(), help.clone()),
        EngineError::Host(error) => CommandFailure::new("plugin", error.with_cause(), ""),
        error => CommandFailure::new("start", error.message(), ""),
    }
}

/// Waits for Ctrl-C or for a signal of the service manager.
pub(crate) async fn stop_requested() {
    let Ok(mut term) = signal(SignalKind::terminate()) else { return };
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        _ = term.recv() => {}
    }
}

/// Runs `rundruf serve`; returns the exit code.
pub(crate) fn serve(path: &Path, language: Language) -> Result<u8, CommandFailure> {
    let (report, resolved) = settings::check::check(path, language);
    let Some(resolved) = resolved else {
        return Err(CommandFailure::new("settings", report.text(language).trim_end().to_owned(), ""));
    };
    crate::logging::start(&resolved.log);
    for warning in &report.warnings {
        tracing::warn!(key = %warning.key, "{}", warning.message);
    }
    log_library_faults(&report);
    let runtime = runtime().map_err(|e| CommandFailure::new("runtime", e.to_string(), ""))?;
    let code = runtime.block_on(run(path, resolved, language));
    runtime.shutdown_timeout(Duration::from_secs(5));
    code
}

/// Logs the faults that concern one transport each.
fn log_library_faults(report: &SettingsReport) {
    for fault in &report.faults {
        let (key, transport) = (&fault.key, fault.transport.as_deref().unwrap_or_default());
        let (why, help) = (&fault.message, &fault.help);
        tracing::error!(key, transport, "the transport will be down, everything else serves: {why}; {help}");
    }
}

async fn run(path: &Path, resolved: ResolvedSettings, language: Language) -> Result<u8, CommandFailure> {
    let on = |kind| signal(kind).map_err(|e| CommandFailure::new("signals", e.to_string(), ""));
    let (mut term, mut int, mut hup) =
        (on(SignalKind::terminate())?, on(SignalKind::interrupt())?, on(SignalKind::hangup())?);
    let mut daemon = Daemon::start(resolved).await?;
    notify("READY=1");
    tracing::info!(public = ?daemon.server.public(), "ready");
    // The watchdog is notified from a task of its own: a reload may take longer than its interval.
    let watched = tokio::spawn(watch(daemon.engine.clone()));
    loop {
        tokio::select! {
            _ = term.recv() => break,
            _ = int.recv() => break,
            _ = hup.recv() => daemon = reload(path, daemon, language).await?,
        }
    }
    watched.abort();
    notify("STOPPING=1");
    tracing::info!("stopping: nothing new is begun");
    let clean = daemon.stop().await;
    tracing::info!(clean, "stopped");
    Ok(u8::from(!clean))
}

/// Notifies the service manager's watchdog twice per interval, as long as the store answers.
async fn watch(engine: Engine) {
    let waits = std::env::var("WATCHDOG_USEC").ok().and_then(|v| v.parse().ok());
    let Some(pause) = waits.map(|us: u64| Duration::from_micros(us / 2)).filter(|pause| !pause.is_zero()) else {
        return;
    };
    loop {
        tokio::time::sleep(pause).await;
        if tokio::time::timeout(pause, engine.is_alive()).await.unwrap_or(false) {
            notify("WATCHDOG=1");
        }
    }
}

/// Reads the settings again. If they are faulty or cannot be started with, the old ones stay in force.
async fn reload(path: &Path, daemon: Daemon, language: Language) -> Result<Daemon, CommandFailure> {
    let (report, resolved) = settings::check::check(path, language);
    // A new library that cannot be used must not end a plugin that runs.
    let ended = resolved.as_ref().and_then(|resolved| daemon.would_end(resolved));
    let resolved = resolved.filter(|_| ended.is_none());
    let Some(resolved) = resolved else {
        tracing::error!("the new settings are faulty, the old ones stay in force:\n{}", report.text(language));
        if let Some(first) = report.faults.iter().find(|fault| ended.is_none() || fault.transport == ended) {
            let key = if first.key.is_empty() { String::new() } else { format!("{}: ", first.key) };
            daemon.engine.settings_refused(format!("{key}{}", first.message.text(language))).await;
        }
        return Ok(daemon);
    };
    log_library_faults(&report);
    notify("RELOADING=1");
    let daemon = daemon.change(resolved).await?;
    notify("READY=1");
    Ok(daemon)
}
