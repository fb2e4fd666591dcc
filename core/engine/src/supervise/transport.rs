//! One transport: its library is checked, its plugin starts, its plugin ends.

use super::names;
use super::recover::{self, RecoveryScope};
use crate::clock::Clock;
use crate::config::{Config, TransportConfig};
use crate::error::Result;
use crate::transports::{ResendPolicy, TransportHandle};
use rundruf_host::{BeforeStart, HostError, HostEvent, InstanceSpec, PreparedPlugin};
use rundruf_store::{Store, TransportId};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::runtime::Handle;
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
    /// Inbound messages and receipts, until its receiver has them.
    pub(super) inbound: Option<mpsc::UnboundedReceiver<HostEvent>>,
}

/// Reads and checks a library; none of its code is run. One that cannot be used is a reason to be down, and concerns its transport alone.
pub(super) async fn prepare(settings: &TransportConfig, config: &Config) -> Result<PreparedPlugin> {
    let state_dir = config.data_dir.join("transports").join(&settings.name);
    let (spec, window) = (spec(settings, state_dir, config), settings.window);
    let known = config.unusable.get(&settings.name).cloned();
    blocking(move || {
        let read = match known {
            Some(why) => Err(why),
            None => PreparedPlugin::read(spec.clone()).map_err(|error| error.with_cause()),
        };
        let mut prepared = read.unwrap_or_else(|why| PreparedPlugin::unusable(spec, why));
        prepared.spec.window = window.unwrap_or(prepared.manifest().max_in_flight).clamp(1, MAX_WINDOW);
        Ok(prepared)
    })
    .await
}

/// Begins to start one transport. It is down until its plugin has opened; before that, every delivery that an earlier process left is settled: a
/// new process overwrites the journal. A plugin that does not open is tried again by itself, and nothing else waits for it.
pub(super) fn launch(
    id: TransportId,
    settings: TransportConfig,
    prepared: PreparedPlugin,
    config: &Config,
    store: &Arc<dyn Store>,
    clock: &Clock,
) -> Result<StartedTransport> {
    let pause_file = config.data_dir.join("transports").join(format!("{}.paused", settings.name));
    if let Some(old) = &settings.renamed_from {
        // Before anybody looks whether it is paused. Its folder follows when nothing uses it any more.
        names::move_pause(&config.data_dir.join("transports"), old, &settings.name)?;
    }
    if let Err(error) = prepared.remember() {
        tracing::warn!(transport = %settings.name, %error, "which addresses the transport reaches could not be written down");
    }
    let before = settle_first(id, &settings, &prepared, config, store, clock);
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
    let instance = prepared.launch(Arc::new(on_event), before)?;
    let transport = Arc::new(TransportHandle::new(id, settings, instance, window, pause_file, clock.now()));
    Ok(StartedTransport { transport, outcomes, inbound: Some(inbound) })
}

/// What comes before the plugin opens, on a thread of the host: an earlier process ends, and its deliveries are settled.
fn settle_first(
    id: TransportId,
    settings: &TransportConfig,
    prepared: &PreparedPlugin,
    config: &Config,
    store: &Arc<dyn Store>,
    clock: &Clock,
) -> BeforeStart {
    let resend = ResendPolicy { repeat_is_safe: prepared.manifest().repeat_is_safe, on_unknown: settings.on_unknown };
    let (folder, name, rules) = (prepared.spec.state_dir.clone(), settings.name.clone(), config.retry);
    let (store, clock, runtime) = (Arc::clone(store), clock.clone(), Handle::current());
    let (folders, former) = (config.data_dir.join("transports"), settings.renamed_from.clone());
    Box::new(move || {
        let failed = |why| HostError::Open { name: name.clone(), why };
        if let Some(former) = &former {
            names::move_folder(&folders, former, &name).map_err(|error| failed(error.message()))?;
        }
        let journal = rundruf_host::journal::collect(&folder, ORPHAN_WAIT)?;
        let scope = RecoveryScope { transport: id, name: &name, resend, rules: &rules };
        let settled = runtime.block_on(recover::settle(&store, scope, journal, clock.now()));
        settled.map_err(|error| failed(error.message()))
    })
}

/// Waits until the first attempt to open the plugin is over. `None`: it is still under way.
pub(super) async fn first_attempt(transport: &Arc<TransportHandle>, within: Duration) -> Option<Result<()>> {
    let instance = transport.instance.clone();
    let waited = tokio::task::spawn_blocking(move || instance.first_attempt(within)).await;
    waited.ok().flatten().map(|result| result.map_err(Into::into))
}

fn spec(settings: &TransportConfig, state_dir: PathBuf, config: &Config) -> InstanceSpec {
    InstanceSpec {
        name: settings.name.clone(),
        library: settings.library.clone(),
        sha256: settings.sha256,
        isolation: settings.isolation,
        config: settings.config.clone(),
        state_dir,
        window: settings.window.unwrap_or(0),
        threads: settings.threads,
        child_program: config.child_program.clone(),
        overdue_after: OVERDUE_AFTER,
        state_limit: settings.state_limit,
        protected: config.protected.clone(),
        without_landlock: settings.without_landlock,
        disk_reserve: None,
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
