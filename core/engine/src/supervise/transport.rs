//! One transport: its library is checked, its plugin starts, its plugin ends.

use super::names;
use super::recover::{self, RecoveryScope};
use crate::clock::Clock;
use crate::config::{Config, TransportConfig};
use crate::error::Result;
use crate::transports::{ResendPolicy, TransportHandle};
use rundruf_host::{HostEvent, InstanceSpec, PreparedPlugin};
use rundruf_store::{Store, TransportId};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::mpsc;
use tokio::task::JoinSet;

/// After this time without an outcome a message counts as "may have been sent".
const OVERDUE_AFTER: Duration = Duration::from_secs(900);
/// How long a start waits for an earlier process of the transport to end.
pub(super) const ORPHAN_WAIT: Duration = Duration::from_secs(15);
/// What a plugin gets at least to end, whatever the deadline.
pub(super) const LAST_WORDS: Duration = Duration::from_secs(2);
/// Largest window.
const MAX_WINDOW: u32 = 65_536;

/// A transport that has started, with the events of its plugin.
pub(super) struct StartedTransport {
    pub(super) transport: Arc<TransportHandle>,
    /// For its dispatcher.
    pub(super) outcomes: mpsc::UnboundedReceiver<HostEvent>,
    /// Inbound messages and receipts, for its receiver.
    pub(super) inbound: mpsc::UnboundedReceiver<HostEvent>,
}

/// Reads and checks a library; none of its code is run.
pub(super) async fn prepare(settings: &TransportConfig, config: &Config) -> Result<PreparedPlugin> {
    let state_dir = config.data_dir.join("transports").join(&settings.name);
    let (spec, window) = (spec(settings, state_dir, &config.child_program), settings.window);
    blocking(move || {
        let mut prepared = PreparedPlugin::read(spec)?;
        prepared.spec.window = window.unwrap_or(prepared.manifest().max_in_flight).clamp(1, MAX_WINDOW);
        Ok(prepared)
    })
    .await
}

/// Starts one transport, after every delivery that an earlier process left is settled: a new process overwrites the journal.
pub(super) async fn start(
    id: TransportId,
    settings: TransportConfig,
    prepared: PreparedPlugin,
    config: &Config,
    store: &Arc<dyn Store>,
    clock: &Clock,
) -> Result<StartedTransport> {
    let pause_file = config.data_dir.join("transports").join(format!("{}.paused", settings.name));
    if let Some(old) = settings.renamed_from.clone() {
        let (folders, new) = (config.data_dir.join("transports"), settings.name.clone());
        blocking(move || names::move_folder(&folders, &old, &new)).await?;
    }
    let folder = prepared.spec.state_dir.clone();
    let journal = blocking(move || Ok(rundruf_host::journal::collect(&folder, ORPHAN_WAIT)?)).await?;
    let resend = ResendPolicy { repeat_is_safe: prepared.manifest().repeat_is_safe, on_unknown: settings.on_unknown };
    let scope = RecoveryScope { transport: id, name: &settings.name, resend, rules: &config.retry };
    recover::settle(store, scope, journal, clock.now()).await?;
    let (to_dispatcher, outcomes) = mpsc::unbounded_channel();
    let (to_receiver, inbound) = mpsc::unbounded_channel();
    let name = settings.name.clone();
    let on_event = move |event| match event {
        HostEvent::Log { level, target, message } => log(&name, level, &target, &message),
        // A task that has ended takes no more events.
        HostEvent::Inbound { .. } | HostEvent::Receipt { .. } => drop(to_receiver.send(event)),
        other => drop(to_dispatcher.send(other)),
    };
    let window = prepared.spec.window;
    let instance = blocking(move || Ok(prepared.start(Arc::new(on_event))?)).await?;
    let transport = Arc::new(TransportHandle::new(id, settings, instance, window, pause_file, clock.now()));
    Ok(StartedTransport { transport, outcomes, inbound })
}

fn spec(settings: &TransportConfig, state_dir: PathBuf, child_program: &Path) -> InstanceSpec {
    InstanceSpec {
        name: settings.name.clone(),
        library: settings.library.clone(),
        sha256: settings.sha256,
        isolation: settings.isolation,
        config: settings.config.clone(),
        state_dir,
        window: settings.window.unwrap_or(0),
        threads: settings.threads,
        child_program: child_program.to_owned(),
        overdue_after: OVERDUE_AFTER,
        state_limit: settings.state_limit,
    }
}

/// Runs on a thread that may block.
pub(super) async fn blocking<T: Send + 'static>(run: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    tokio::task::spawn_blocking(run).await.map_err(std::io::Error::other)?
}

/// Logs a line of the plugin.
fn log(transport: &str, level: u32, target: &str, message: &str) {
    match level {
        1 => tracing::error!(transport, plugin = target, "{message}"),
        2 => tracing::warn!(transport, plugin = target, "{message}"),
        3 => tracing::info!(transport, plugin = target, "{message}"),
        _ => tracing::debug!(transport, plugin = target, "{message}"),
    }
}

/// Ends one transport: it claims nothing new, its outcomes are stored, its plugin ends.
pub(super) async fn retire(transport: &Arc<TransportHandle>, deadline: Duration) {
    let until = Instant::now() + deadline;
    transport.retire();
    let clean = tokio::time::timeout(deadline, transport.dispatcher_ended()).await.is_ok();
    let left = until.saturating_duration_since(Instant::now()).max(LAST_WORDS);
    end_plugins(std::iter::once(transport), left).await;
    if !clean && tokio::time::timeout(LAST_WORDS, transport.dispatcher_ended()).await.is_err() {
        tracing::error!(transport = %transport.config.name, "not every outcome that the plugin reported at its end could be stored: the next start looks again");
    }
    transport.set_plugin_ended();
}

/// Ends plugins, all at the same time.
pub(super) async fn end_plugins(transports: impl Iterator<Item = &Arc<TransportHandle>>, within: Duration) {
    let mut ending = JoinSet::new();
    for transport in transports {
        let transport = Arc::clone(transport);
        ending.spawn_blocking(move || match transport.instance.stop(within) {
            rundruf_host::StopResult::Clean => {}
            rundruf_host::StopResult::Killed => {
                tracing::warn!(transport = %transport.config.name, "the plugin did not end in time and was killed");
            }
        });
    }
    while ending.join_next().await.is_some() {}
}
