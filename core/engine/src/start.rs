//! Everything that runs: lists and transports by number, tasks, start and stop.

use crate::config::{Config, ListConfig, TransportConfig};
use crate::dispatch::{Dispatcher, Transport};
use crate::error::EngineError;
use crate::hear::Ear;
use crate::recover::{self, Left};
use crate::retry::Doubt;
use crate::wake::{Sleepers, Wake};
use crate::{Clock, fanout, inbound, sweep};
use rundruf_consent::log::LogKey;
use rundruf_consent::text::Digest;
use rundruf_consent::token::{Maker, Purpose};
use rundruf_consent::{Channel, ListId};
use rundruf_host::{HostEvent, Instance, Manifest, Spec};
use rundruf_store::{Store, TransportId};
use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;

/// After this time without an outcome a letter counts as "may have been sent".
const OVERDUE_AFTER: Duration = Duration::from_secs(900);
/// How long a start waits for an earlier process of a transport.
const ORPHAN_WAIT: Duration = Duration::from_secs(15);
/// What a plugin gets at least to end, whatever the deadline.
const LAST_WORDS: Duration = Duration::from_secs(2);
/// Largest window.
const MAX_WINDOW: u32 = 65_536;

type Result<T> = std::result::Result<T, EngineError>;

/// The engine's inside.
pub(crate) struct Inner {
    pub(crate) config: Config,
    pub(crate) store: Arc<dyn Store>,
    pub(crate) clock: Clock,
    pub(crate) lists: Vec<(ListId, ListConfig)>,
    /// Lists of former settings, by number: what was agreed to there can still be shown and proven.
    pub(crate) former: Vec<(ListId, String)>,
    /// Lists that were closed in this life.
    pub(crate) closed: Mutex<HashSet<ListId>>,
    pub(crate) transports: Vec<Arc<Transport>>,
    pub(crate) signer: LogKey,
    pub(crate) leave: Maker,
    pub(crate) sleepers: Sleepers,
    pub(crate) stopping: watch::Sender<bool>,
    /// Texts that are known to be stored.
    pub(crate) texts: Mutex<HashSet<Digest>>,
    pub(crate) rates: Mutex<HashMap<i64, (Instant, u64, f64)>>,
    tasks: Mutex<Tasks>,
}

#[derive(Default)]
struct Tasks {
    /// End by themselves when the engine stops.
    work: JoinSet<()>,
    /// Hear plugins until these have ended.
    ears: JoinSet<()>,
}

impl Inner {
    pub(crate) fn list(&self, id: ListId) -> Option<&ListConfig> {
        self.lists.iter().find(|(l, _)| *l == id).map(|(_, c)| c)
    }

    /// A list that takes sign-ups and broadcasts.
    pub(crate) fn open_list(&self, id: ListId) -> Result<&ListConfig> {
        let list = self.list(id).ok_or_else(|| EngineError::Unknown { what: "list", name: id.to_string() })?;
        if self.closed.lock().unwrap_or_else(PoisonError::into_inner).contains(&id) {
            let message = format!("the list `{}` is closed", list.name);
            return Err(EngineError::refused("closed", message, "make a new one under another name"));
        }
        Ok(list)
    }

    pub(crate) fn transport(&self, id: TransportId) -> Option<&Arc<Transport>> {
        self.transports.iter().find(|t| t.id == id)
    }

    /// The transport of a list that serves a channel.
    pub(crate) fn transport_for(&self, list: &ListConfig, channel: Channel) -> Option<&Arc<Transport>> {
        list.transports
            .iter()
            .filter_map(|name| self.transports.iter().find(|t| t.config.name == *name))
            .find(|t| t.serves(channel))
    }
}

/// A transport that has started, with what it says.
struct Opened {
    transport: Arc<Transport>,
    events: mpsc::UnboundedReceiver<HostEvent>,
    heard: mpsc::UnboundedReceiver<HostEvent>,
}

/// Starts everything, or nothing.
pub(crate) async fn start(config: Config, store: Arc<dyn Store>, clock: Clock) -> Result<Arc<Inner>> {
    let names = config.lists.iter().map(|l| l.name.clone()).collect();
    let list_ids = store.list_sync(names).await?;
    let mut former: Vec<(ListId, String)> = store.list_all().await?.into_iter().map(|l| (l.id, l.name)).collect();
    former.retain(|(id, _)| !list_ids.contains(id));
    let lists = list_ids.into_iter().zip(config.lists.iter().cloned()).collect();
    let opened = open_all(&config, &store, &clock).await?;
    let transports = opened.iter().map(|o| Arc::clone(&o.transport)).collect();
    let secrets = store.secrets();
    let signer = LogKey { origin: config.log_origin.clone(), seed: secrets.log_seed };
    let leave = Maker::new(&secrets.token_key, Purpose::Leave);
    let inner = Arc::new(Inner {
        config,
        store,
        clock,
        lists,
        former,
        closed: Mutex::default(),
        transports,
        signer,
        leave,
        sleepers: Sleepers::default(),
        stopping: watch::Sender::new(false),
        texts: Mutex::default(),
        rates: Mutex::default(),
        tasks: Mutex::default(),
    });
    let mut tasks = inner.tasks.lock().unwrap_or_else(PoisonError::into_inner);
    for Opened { transport, events, heard } in opened {
        tasks.ears.spawn(Ear::new(Arc::clone(&inner), Arc::clone(&transport), heard).run());
        tasks.work.spawn(Dispatcher::new(Arc::clone(&inner), transport, events).run());
    }
    tasks.work.spawn(fanout::run(Arc::clone(&inner)));
    tasks.work.spawn(inbound::run(Arc::clone(&inner)));
    tasks.work.spawn(sweep::run(Arc::clone(&inner)));
    drop(tasks);
    Ok(inner)
}

/// Opens all transports at the same time, in the order of the settings; if one fails the others are ended again.
async fn open_all(config: &Config, store: &Arc<dyn Store>, clock: &Clock) -> Result<Vec<Opened>> {
    let names = config.transports.iter().map(|t| t.name.clone()).collect();
    let ids = store.transport_sync(names).await?;
    let mut opening = JoinSet::new();
    for (n, (id, transport)) in ids.into_iter().zip(config.transports.iter().cloned()).enumerate() {
        let (store, config, clock) = (Arc::clone(store), config.clone(), clock.clone());
        opening.spawn(async move { (n, open(id, transport, &config, &store, &clock).await) });
    }
    let (mut opened, mut failed) = (Vec::new(), None);
    while let Some(done) = opening.join_next().await {
        match done.map_err(std::io::Error::other)? {
            (n, Ok(one)) => opened.push((n, one)),
            (_, Err(error)) => failed = failed.or(Some(error)),
        }
    }
    opened.sort_by_key(|(n, _)| *n);
    let opened: Vec<_> = opened.into_iter().map(|(_, o)| o).collect();
    let Some(failed) = failed else { return Ok(opened) };
    end(opened.iter().map(|o| &o.transport), LAST_WORDS).await;
    Err(failed)
}

/// Opens one transport, after everything that an earlier life left is settled: a new process would write a journal of its own.
async fn open(
    id: TransportId,
    transport: TransportConfig,
    config: &Config,
    store: &Arc<dyn Store>,
    clock: &Clock,
) -> Result<Opened> {
    let state_dir = config.data_dir.join("transports").join(&transport.name);
    let paused = config.data_dir.join("transports").join(format!("{}.paused", transport.name));
    let (folder, library) = (state_dir.clone(), transport.library.clone());
    let (manifest, journal) = blocking(move || {
        let manifest = Manifest::read(&library)?;
        Ok((manifest, rundruf_host::orphan::collect(&folder, ORPHAN_WAIT)?))
    })
    .await?;
    let doubt = Doubt { repeat_is_safe: manifest.repeat_is_safe, on_unknown: transport.on_unknown };
    let left = Left { transport: id, name: &transport.name, doubt, rules: &config.retry };
    recover::settle(store, left, journal, clock.now()).await?;
    let (to_dispatch, events) = mpsc::unbounded_channel();
    let (to_ear, heard) = mpsc::unbounded_channel();
    let name = transport.name.clone();
    let hear = move |event| match event {
        HostEvent::Log { level, target, message } => log(&name, level, &target, &message),
        // Whoever has ended hears nothing any more.
        HostEvent::Inbound { .. } | HostEvent::Receipt { .. } => drop(to_ear.send(event)),
        other => drop(to_dispatch.send(other)),
    };
    let window = transport.window.unwrap_or(manifest.max_in_flight).clamp(1, MAX_WINDOW);
    let spec = spec(&transport, state_dir, &config.child_program, window);
    let instance = blocking(move || Ok(Instance::start(spec, Arc::new(hear))?)).await?;
    let transport = Arc::new(Transport::new(id, transport, instance, window, paused, clock.now()));
    Ok(Opened { transport, events, heard })
}

fn spec(config: &TransportConfig, state_dir: PathBuf, child_program: &Path, window: u32) -> Spec {
    Spec {
        name: config.name.clone(),
        library: config.library.clone(),
        sha256: config.sha256,
        isolation: config.isolation,
        config: config.config.clone(),
        state_dir,
        window,
        threads: config.threads,
        child_program: child_program.to_owned(),
        overdue_after: OVERDUE_AFTER,
    }
}

/// Runs where a thread may wait.
async fn blocking<T: Send + 'static>(run: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    tokio::task::spawn_blocking(run).await.map_err(std::io::Error::other)?
}

/// A plugin's own line.
fn log(transport: &str, level: u32, target: &str, message: &str) {
    match level {
        1 => tracing::error!(transport, plugin = target, "{message}"),
        2 => tracing::warn!(transport, plugin = target, "{message}"),
        3 => tracing::info!(transport, plugin = target, "{message}"),
        _ => tracing::debug!(transport, plugin = target, "{message}"),
    }
}

/// Ends plugins, all at the same time.
async fn end(transports: impl Iterator<Item = &Arc<Transport>>, within: Duration) {
    let mut ending = JoinSet::new();
    for transport in transports {
        let transport = Arc::clone(transport);
        ending.spawn_blocking(move || match transport.instance.stop(within) {
            rundruf_host::Stopped::Clean => {}
            rundruf_host::Stopped::Killed => {
                tracing::warn!(transport = %transport.config.name, "the plugin did not end in time and was killed");
            }
        });
    }
    while ending.join_next().await.is_some() {}
}

/// No new claims; waits for outcomes; ends the plugins; closes the store. True if nothing was left open.
pub(crate) async fn stop(inner: &Arc<Inner>, deadline: Duration) -> bool {
    let until = Instant::now() + deadline;
    // Not `send`: that changes nothing while nobody listens yet.
    inner.stopping.send_replace(true);
    inner.wake(Wake::Stop);
    let Tasks { mut work, mut ears } = std::mem::take(&mut *inner.tasks.lock().unwrap_or_else(PoisonError::into_inner));
    let clean = tokio::time::timeout(deadline, ended(&mut work)).await.is_ok();
    // At its end a plugin tells the outcome of everything that it still holds: the dispatchers wait for that.
    let left = until.saturating_duration_since(Instant::now()).max(LAST_WORDS);
    end(inner.transports.iter(), left).await;
    let stored = clean || tokio::time::timeout(LAST_WORDS, ended(&mut work)).await.is_ok();
    if !stored {
        tracing::error!("not everything that plugins said at their end could be stored: the next start looks again");
    }
    work.abort_all();
    ears.abort_all();
    ended(&mut work).await;
    ended(&mut ears).await;
    inner.store.close().await;
    clean
}

async fn ended(tasks: &mut JoinSet<()>) {
    while let Some(done) = tasks.join_next().await {
        if let Err(error) = done
            && error.is_panic()
        {
            tracing::error!(%error, "a task of the engine died");
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test")]
pub(crate) mod tests {
    use super::*;
    use crate::config::{Localized, Sender};
    use rundruf_consent::Time;
    use std::collections::BTreeMap;

    /// An engine with one list, a store in this folder and no transport.
    pub(crate) async fn still(dir: &Path) -> Arc<Inner> {
        let words = || Localized(BTreeMap::from([("de".to_owned(), "Angebote".to_owned())]));
        let sender = Sender {
            name: "Bäckerei Krume GmbH".to_owned(),
            imprint_url: "https://krume.example/impressum".to_owned(),
            privacy_url: "https://krume.example/datenschutz".to_owned(),
        };
        let config = Config {
            lists: vec![ListConfig {
                name: "angebote".to_owned(),
                title: words(),
                purpose: words(),
                consent_text: words(),
                transports: Vec::new(),
                frequency_cap: None,
            }],
            ..Config::new(sender, "https://news.krume.example", dir.to_owned())
        };
        let url = format!("sqlite:{}", dir.join("rundruf.db").display());
        let store = rundruf_store::open(&url, rundruf_store::OpenOptions::default()).unwrap();
        start(config, store, Clock::fixed(Time(1_796_119_200_000))).await.unwrap()
    }
}
