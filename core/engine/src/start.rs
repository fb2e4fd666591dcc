//! Everything that runs: lists and transports by number, tasks, start and stop.

use crate::config::{Config, ListConfig, TransportConfig};
use crate::dispatch::{Dispatcher, Transport};
use crate::error::EngineError;
use crate::{Clock, recover};
use rundruf_consent::log::LogKey;
use rundruf_consent::token::{Maker, Purpose};
use rundruf_consent::{Channel, ListId};
use rundruf_host::{Instance, Spec};
use rundruf_store::{Store, TransportId};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::{Notify, mpsc, watch};
use tokio::task::JoinSet;

/// After this time without an outcome a letter counts as "may have been sent".
const OVERDUE_AFTER: Duration = Duration::from_secs(900);
/// How long a start waits for an earlier process of a transport.
const ORPHAN_WAIT: Duration = Duration::from_secs(15);

/// The engine's inside.
pub(crate) struct Inner {
    pub(crate) config: Config,
    pub(crate) store: Arc<dyn Store>,
    pub(crate) clock: Clock,
    pub(crate) lists: Vec<(ListId, ListConfig)>,
    pub(crate) transports: Vec<Arc<Transport>>,
    pub(crate) signer: LogKey,
    pub(crate) leave: Maker,
    /// Something about broadcasts changed: fan-out looks.
    pub(crate) wake_fanout: Notify,
    /// A message came in: the inbox looks.
    pub(crate) wake_inbound: Notify,
    pub(crate) stopping: watch::Sender<bool>,
    pub(crate) tasks: Mutex<JoinSet<()>>,
    pub(crate) rates: Mutex<HashMap<i64, (Instant, u64, f64)>>,
}

impl Inner {
    pub(crate) fn list(&self, id: ListId) -> Option<&ListConfig> {
        self.lists.iter().find(|(l, _)| *l == id).map(|(_, c)| c)
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

    pub(crate) fn wake_transports(&self) {
        for transport in &self.transports {
            transport.wake.notify_one();
        }
    }

    /// Both kinds of work may have changed.
    pub(crate) fn wake_all(&self) {
        self.wake_fanout.notify_one();
        self.wake_transports();
    }
}

/// Starts everything, or nothing.
pub(crate) async fn start(config: Config, store: Arc<dyn Store>, clock: Clock) -> Result<Arc<Inner>, EngineError> {
    let names = config.lists.iter().map(|l| l.name.clone()).collect();
    let list_ids = store.list_sync(names).await?;
    let lists = list_ids.into_iter().zip(config.lists.iter().cloned()).collect();
    let names = config.transports.iter().map(|t| t.name.clone()).collect();
    let ids = store.transport_sync(names).await?;
    let mut opening = JoinSet::new();
    for (n, (id, transport)) in ids.into_iter().zip(config.transports.iter().cloned()).enumerate() {
        let (store, clock) = (Arc::clone(&store), clock.clone());
        let (retry, data_dir, program) = (config.retry, config.data_dir.clone(), config.child_program.clone());
        opening.spawn(async move {
            let state_dir = data_dir.join("transports").join(&transport.name);
            let found = recover::collect(&state_dir, ORPHAN_WAIT).await?;
            let (transport, events) = open(id, transport, state_dir, program).await?;
            recover::settle(&store, &transport, found, &retry, clock.now()).await?;
            Ok::<_, EngineError>((n, transport, events))
        });
    }
    let mut opened = Vec::new();
    while let Some(done) = opening.join_next().await {
        opened.push(done.map_err(std::io::Error::other)??);
    }
    opened.sort_by_key(|(n, ..)| *n);
    let (transports, events): (Vec<_>, Vec<_>) = opened.into_iter().map(|(_, t, e)| (t, e)).unzip();
    let secrets = store.secrets();
    let signer = LogKey { origin: config.log_origin.clone(), seed: secrets.log_seed };
    let leave = Maker::new(&secrets.token_key, Purpose::Leave);
    let inner = Arc::new(Inner {
        config,
        store,
        clock,
        lists,
        transports,
        signer,
        leave,
        wake_fanout: Notify::new(),
        wake_inbound: Notify::new(),
        stopping: watch::Sender::new(false),
        tasks: Mutex::new(JoinSet::new()),
        rates: Mutex::default(),
    });
    let mut tasks = inner.tasks.lock().unwrap_or_else(PoisonError::into_inner);
    for (transport, events) in inner.transports.iter().zip(events) {
        tasks.spawn(Dispatcher::new(Arc::clone(&inner), Arc::clone(transport), events).run());
    }
    tasks.spawn(crate::fanout::run(Arc::clone(&inner)));
    tasks.spawn(crate::inbound::run(Arc::clone(&inner)));
    tasks.spawn(crate::fanout::timers(Arc::clone(&inner)));
    drop(tasks);
    Ok(inner)
}

type Events = mpsc::UnboundedReceiver<rundruf_host::HostEvent>;

async fn open(
    id: TransportId,
    config: TransportConfig,
    state_dir: std::path::PathBuf,
    child_program: std::path::PathBuf,
) -> Result<(Arc<Transport>, Events), EngineError> {
    // As long as the window at most: letters in flight bound the outcomes, and a plugin waits for each message of its own.
    let (sender, events) = mpsc::unbounded_channel();
    let wake = Arc::new(Notify::new());
    let run = move || {
        let manifest = rundruf_host::Manifest::read(&config.library)?;
        let window = config.window.unwrap_or(manifest.max_in_flight).clamp(1, 65_536);
        let spec = Spec {
            name: config.name.clone(),
            library: config.library.clone(),
            sha256: config.sha256,
            isolation: config.isolation,
            config: config.config.clone(),
            state_dir,
            window,
            threads: config.threads,
            child_program,
            overdue_after: OVERDUE_AFTER,
        };
        let instance = Instance::start(spec, Arc::new(move |event| drop(sender.send(event))))?;
        Ok::<_, EngineError>(Arc::new(Transport::new(id, config, instance, window, wake)))
    };
    let transport = tokio::task::spawn_blocking(run).await.map_err(std::io::Error::other)??;
    Ok((transport, events))
}

/// No new claims; waits for outcomes; ends the plugins; closes the store. True if nothing was left open.
pub(crate) async fn stop(inner: &Arc<Inner>, deadline: Duration) -> bool {
    let until = Instant::now() + deadline;
    let _ = inner.stopping.send(true);
    inner.wake_all();
    inner.wake_inbound.notify_one();
    let mut tasks = std::mem::take(&mut *inner.tasks.lock().unwrap_or_else(PoisonError::into_inner));
    let all = async { while tasks.join_next().await.is_some() {} };
    let clean = tokio::time::timeout(deadline, all).await.is_ok();
    if !clean {
        tasks.abort_all();
    }
    let mut stopping = JoinSet::new();
    for transport in &inner.transports {
        let instance = transport.instance.clone();
        let left = until.saturating_duration_since(Instant::now()).max(Duration::from_secs(2));
        stopping.spawn_blocking(move || instance.stop(left));
    }
    while stopping.join_next().await.is_some() {}
    inner.store.close().await;
    clean
}
