//! Everything that runs: lists and transports by number, tasks, start and stop.

use crate::config::{Config, ListConfig, TransportConfig};
use crate::dispatch::{Dispatcher, Transport};
use crate::error::EngineError;
use crate::hear::Ear;
use crate::recover::{self, Left};
use crate::retry::Doubt;
use crate::wake::{Sleepers, Wake};
use crate::{Clock, alarm, fanout, inbound, sweep};
use rundruf_consent::log::LogKey;
use rundruf_consent::text::Digest;
use rundruf_consent::token::{Purpose, TokenSigner};
use rundruf_consent::{Channel, ListId};
use rundruf_host::{HostEvent, InstanceSpec, PreparedPlugin};
use rundruf_store::{Store, TransportId};
use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
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
    pub(crate) config: Arc<Config>,
    pub(crate) store: Arc<dyn Store>,
    pub(crate) clock: Clock,
    pub(crate) lists: Vec<(ListId, ListConfig)>,
    /// Lists of former settings, by number: what was agreed to there can still be shown and proven.
    pub(crate) former: Vec<(ListId, String)>,
    /// Lists that were closed in this life.
    pub(crate) closed: Arc<Mutex<HashSet<ListId>>>,
    pub(crate) transports: Vec<Arc<Transport>>,
    pub(crate) signer: LogKey,
    pub(crate) leave: TokenSigner,
    pub(crate) sleepers: Sleepers,
    pub(crate) stopping: watch::Sender<bool>,
    /// The engine under the settings that came after these.
    pub(crate) next: OnceLock<Arc<Inner>>,
    /// Texts that are known to be stored.
    pub(crate) texts: Mutex<HashSet<Digest>>,
    pub(crate) rates: Mutex<HashMap<i64, (Instant, u64, f64)>>,
    /// Those of all that came before, too.
    tasks: Arc<Mutex<Tasks>>,
}

#[derive(Default)]
struct Tasks {
    /// Carry transports; end by themselves when the engine stops.
    work: JoinSet<()>,
    /// Everything else that ends by itself.
    help: JoinSet<()>,
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
pub(crate) struct Opened {
    pub(crate) transport: Arc<Transport>,
    events: mpsc::UnboundedReceiver<HostEvent>,
    heard: mpsc::UnboundedReceiver<HostEvent>,
}

/// Lists by number: those of the settings, and those of former ones.
pub(crate) type Lists = (Vec<(ListId, ListConfig)>, Vec<(ListId, String)>);

pub(crate) async fn lists(config: &Config, store: &Arc<dyn Store>) -> Result<Lists> {
    let names = config.lists.iter().map(|l| l.name.clone()).collect();
    let ids = store.list_sync(names).await?;
    let mut former: Vec<(ListId, String)> = store.list_all().await?.into_iter().map(|l| (l.id, l.name)).collect();
    former.retain(|(id, _)| !ids.contains(id));
    Ok((ids.into_iter().zip(config.lists.iter().cloned()).collect(), former))
}

/// Starts everything, or nothing.
pub(crate) async fn start(config: Config, store: Arc<dyn Store>, clock: Clock) -> Result<Arc<Inner>> {
    let (lists, former) = lists(&config, &store).await?;
    let opened = open_all(&config, &store, &clock).await?;
    let transports = opened.iter().map(|o| Arc::clone(&o.transport)).collect();
    let secrets = store.secrets();
    let signer = LogKey { origin: config.log_origin.clone(), seed: secrets.log_seed };
    let leave = TokenSigner::new(&secrets.token_key, Purpose::Unsubscribe);
    let inner = Arc::new(Inner {
        config: Arc::new(config),
        store,
        clock,
        lists,
        former,
        closed: Arc::default(),
        transports,
        signer,
        leave,
        sleepers: Sleepers::default(),
        stopping: watch::Sender::new(false),
        next: OnceLock::new(),
        texts: Mutex::default(),
        rates: Mutex::default(),
        tasks: Arc::default(),
    });
    inner.carry(opened);
    inner.help();
    Ok(inner)
}

impl Inner {
    fn tasks(&self) -> MutexGuard<'_, Tasks> {
        self.tasks.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until another engine has taken over.
    pub(crate) async fn succeeded(&self) {
        let _ = self.stopping.subscribe().wait_for(|stopping| *stopping).await;
        if self.next.get().is_none() {
            // The end of everything: nobody takes over.
            std::future::pending::<()>().await;
        }
    }

    /// Serves transports.
    pub(crate) fn carry(self: &Arc<Self>, opened: Vec<Opened>) {
        let mut tasks = self.tasks();
        // Those of transports that have ended: a set keeps what nobody asks for.
        let Tasks { work, ears, .. } = &mut *tasks;
        for done in [work, ears] {
            while let Some(done) = done.try_join_next() {
                tell_death(done);
            }
        }
        for Opened { transport, events, heard } in opened {
            tasks.ears.spawn(Ear::new(Arc::clone(self), Arc::clone(&transport), heard).run());
            tasks.work.spawn(Dispatcher::new(Arc::clone(self), transport, events).run());
        }
    }

    /// Does everything that is nobody's transport.
    pub(crate) fn help(self: &Arc<Self>) {
        let mut tasks = self.tasks();
        tasks.help.spawn(fanout::run(Arc::clone(self)));
        tasks.help.spawn(inbound::run(Arc::clone(self)));
        tasks.help.spawn(sweep::run(Arc::clone(self)));
        tasks.help.spawn(alarm::run(Arc::clone(self)));
    }

    /// The same engine under other settings: it takes over, and whatever goes on goes on there.
    pub(crate) async fn succeed(
        self: &Arc<Self>,
        config: Arc<Config>,
        (lists, former): Lists,
        transports: Vec<Arc<Transport>>,
        opened: Vec<Opened>,
    ) -> Arc<Self> {
        let secrets = self.store.secrets();
        let next = Arc::new(Self {
            signer: LogKey { origin: config.log_origin.clone(), seed: secrets.log_seed },
            leave: TokenSigner::new(&secrets.token_key, Purpose::Unsubscribe),
            config,
            store: Arc::clone(&self.store),
            clock: self.clock.clone(),
            lists,
            former,
            closed: Arc::clone(&self.closed),
            transports,
            sleepers: Sleepers::default(),
            stopping: watch::Sender::new(false),
            next: OnceLock::new(),
            texts: Mutex::default(),
            rates: Mutex::default(),
            tasks: Arc::clone(&self.tasks),
        });
        next.carry(opened);
        // First the way on, then the stop: whoever sees the stop finds the way.
        let _ = self.next.set(Arc::clone(&next));
        self.stopping.send_replace(true);
        self.wake(Wake::Stop);
        // Two of a kind must not work at the same time.
        let mut help = std::mem::take(&mut self.tasks().help);
        ended(&mut help).await;
        next.help();
        next.wake(Wake::Broadcasts);
        next.wake(Wake::Inbound);
        next
    }
}

/// Opens all transports at the same time, in the order of the settings; if one fails the others are ended again.
async fn open_all(config: &Config, store: &Arc<dyn Store>, clock: &Clock) -> Result<Vec<Opened>> {
    let names = config.transports.iter().map(|t| t.name.clone()).collect();
    let ids = store.transport_sync(names).await?;
    let mut opening = JoinSet::new();
    for (n, (id, transport)) in ids.into_iter().zip(config.transports.iter().cloned()).enumerate() {
        let (store, config, clock) = (Arc::clone(store), config.clone(), clock.clone());
        opening.spawn(async move {
            let opened = match prepare(&transport, &config).await {
                Ok(prepared) => open(id, transport, prepared, &config, &store, &clock).await,
                Err(error) => Err(error),
            };
            (n, opened)
        });
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

/// Reads and checks a library; nothing of it is run.
pub(crate) async fn prepare(transport: &TransportConfig, config: &Config) -> Result<PreparedPlugin> {
    let state_dir = config.data_dir.join("transports").join(&transport.name);
    let (spec, window) = (spec(transport, state_dir, &config.child_program), transport.window);
    blocking(move || {
        let mut prepared = PreparedPlugin::read(spec)?;
        prepared.spec.window = window.unwrap_or(prepared.manifest().max_in_flight).clamp(1, MAX_WINDOW);
        Ok(prepared)
    })
    .await
}

/// Opens one transport, after everything that an earlier life left is settled: a new process would write a journal of its own.
pub(crate) async fn open(
    id: TransportId,
    transport: TransportConfig,
    prepared: PreparedPlugin,
    config: &Config,
    store: &Arc<dyn Store>,
    clock: &Clock,
) -> Result<Opened> {
    let paused = config.data_dir.join("transports").join(format!("{}.paused", transport.name));
    let folder = prepared.spec.state_dir.clone();
    let journal = blocking(move || Ok(rundruf_host::journal::collect(&folder, ORPHAN_WAIT)?)).await?;
    let doubt = Doubt { repeat_is_safe: prepared.manifest().repeat_is_safe, on_unknown: transport.on_unknown };
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
    let window = prepared.spec.window;
    let instance = blocking(move || Ok(prepared.start(Arc::new(hear))?)).await?;
    let transport = Arc::new(Transport::new(id, transport, instance, window, paused, clock.now()));
    Ok(Opened { transport, events, heard })
}

fn spec(config: &TransportConfig, state_dir: PathBuf, child_program: &Path) -> InstanceSpec {
    InstanceSpec {
        name: config.name.clone(),
        library: config.library.clone(),
        sha256: config.sha256,
        isolation: config.isolation,
        config: config.config.clone(),
        state_dir,
        window: config.window.unwrap_or(0),
        threads: config.threads,
        child_program: child_program.to_owned(),
        overdue_after: OVERDUE_AFTER,
        state_limit: config.state_limit,
    }
}

/// Runs where a thread may wait.
pub(crate) async fn blocking<T: Send + 'static>(run: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
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

/// Ends one transport: nothing new is claimed, what it holds is finished and stored, its process ends.
pub(crate) async fn retire(transport: &Arc<Transport>, deadline: Duration) {
    let until = Instant::now() + deadline;
    transport.retire();
    let clean = tokio::time::timeout(deadline, transport.ended()).await.is_ok();
    let left = until.saturating_duration_since(Instant::now()).max(LAST_WORDS);
    end(std::iter::once(transport), left).await;
    if !clean && tokio::time::timeout(LAST_WORDS, transport.ended()).await.is_err() {
        tracing::error!(transport = %transport.config.name, "not everything that the plugin said at its end could be stored: the next start looks again");
    }
    transport.set_over();
}

/// Ends plugins, all at the same time.
pub(crate) async fn end(transports: impl Iterator<Item = &Arc<Transport>>, within: Duration) {
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

/// No new claims; waits for outcomes; ends the plugins; closes the store. True if nothing was left open.
pub(crate) async fn stop(inner: &Arc<Inner>, deadline: Duration) -> bool {
    let until = Instant::now() + deadline;
    // Not `send`: that changes nothing while nobody listens yet.
    inner.stopping.send_replace(true);
    inner.wake(Wake::Stop);
    let Tasks { mut work, mut help, mut ears } = std::mem::take(&mut *inner.tasks());
    let all = async { tokio::join!(ended(&mut work), ended(&mut help)) };
    let clean = tokio::time::timeout(deadline, all).await.is_ok();
    // At its end a plugin tells the outcome of everything that it still holds: the dispatchers wait for that.
    let left = until.saturating_duration_since(Instant::now()).max(LAST_WORDS);
    end(inner.transports.iter(), left).await;
    let stored = clean || tokio::time::timeout(LAST_WORDS, ended(&mut work)).await.is_ok();
    if !stored {
        tracing::error!("not everything that plugins said at their end could be stored: the next start looks again");
    }
    for tasks in [&mut work, &mut help, &mut ears] {
        tasks.abort_all();
    }
    ended(&mut work).await;
    ended(&mut help).await;
    ended(&mut ears).await;
    inner.store.close().await;
    clean
}

async fn ended(tasks: &mut JoinSet<()>) {
    while let Some(done) = tasks.join_next().await {
        tell_death(done);
    }
}

fn tell_death(done: std::result::Result<(), tokio::task::JoinError>) {
    if let Err(error) = done
        && error.is_panic()
    {
        tracing::error!(%error, "a task of the engine died");
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
