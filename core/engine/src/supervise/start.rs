//! The start: lists and transports get their numbers, plugins start, tasks begin.

use super::held_lists;
use super::names;
use super::supervisor::EngineSupervisor;
use super::transport;
use crate::clock::Clock;
use crate::config::{Config, TransportConfig};
use crate::context::{EngineContext, KnownLists};
use crate::error::Result;
use crate::person;
use rundruf_host::PreparedPlugin;
use rundruf_store::{Store, TransportId};
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinSet;

/// Takes closed lists out of the settings. Answers the lists of the settings and of former ones, by number.
pub(super) async fn sync_lists(config: &mut Config, store: &Arc<dyn Store>) -> Result<KnownLists> {
    let all = store.list_all().await?;
    config.lists.retain(|list| {
        let closed = all.iter().any(|s| s.closed && s.name == list.name);
        if closed {
            tracing::warn!(list = %list.name, "the list is closed: its table in the settings counts no more");
        }
        !closed
    });
    let names = config.lists.iter().map(|l| l.name.clone()).collect();
    let ids = store.list_sync(names).await?;
    let mut former: Vec<_> = store.list_all().await?.into_iter().map(|l| (l.id, l.name)).collect();
    former.retain(|(id, _)| !ids.contains(id));
    for (id, list) in ids.iter().zip(&config.lists).filter(|(_, list)| list.frequency_cap.is_some()) {
        let mut parts = 1;
        while store.frequency_index(*id).await? {
            parts += 1;
        }
        if parts > 1 {
            tracing::info!(list = %list.name, parts, "what the people of the list got until now counts for its frequency cap");
        }
    }
    let current = ids.into_iter().zip(config.lists.iter().cloned()).collect();
    Ok(KnownLists { current, former, held: Arc::default() })
}

/// How long the start waits for plugins to open. One that takes longer, or does not open, comes up later; everything else serves.
const OPEN_WAIT: Duration = Duration::from_secs(5);

/// Starts everything. A transport whose plugin does not open is down and tried again.
pub(crate) async fn start(mut config: Config, store: Arc<dyn Store>, clock: Clock) -> Result<Arc<EngineSupervisor>> {
    // Before anything asks the time.
    if let Some(last) = store.clock_get().await? {
        clock.start(&last);
    }
    store.clock_put(clock.record()).await?;
    let lists = sync_lists(&mut config, &store).await?;
    let decisions = held_lists::decide(&config, &lists, &store).await?;
    let prepared = prepare_transports(&config, &store).await?;
    decisions.apply(&store, clock.now()).await?;
    let mut started = Vec::new();
    for (id, settings, prepared) in prepared {
        started.push(transport::launch(id, settings, prepared, &config, &store, &clock)?);
    }
    let transports: Vec<_> = started.iter().map(|s| Arc::clone(&s.transport)).collect();
    let opening = transports.clone();
    let context = Arc::new(EngineContext::new(Arc::new(config), store, clock, lists, transports));
    let supervisor = EngineSupervisor::new(Arc::clone(&context));
    let alone = supervisor.changing.lock().await;
    // Before anything is sent.
    person::forget_again(&context).await?;
    ask_back_on_stop(&context);
    supervisor.spawn_transports(&context, started);
    supervisor.spawn_background(&context);
    supervisor.abandon_left(&context).await;
    let mut waiting = JoinSet::new();
    for transport in opening {
        waiting.spawn(async move { drop(transport::first_attempt(&transport, OPEN_WAIT).await) });
    }
    while waiting.join_next().await.is_some() {}
    decisions.tell(&context).await;
    drop(alone);
    Ok(supervisor)
}

/// From now on a stop that is stored asks back what is on its way to that person, by whatever way the stop came.
pub(super) fn ask_back_on_stop(context: &Arc<EngineContext>) {
    let running = Arc::downgrade(context);
    context.store.on_stop(Arc::new(move |stopped| {
        for transport in running.upgrade().iter().flat_map(|context| &context.transports) {
            transport.ask_back(|wanted| wanted.mailboxes.extend_from_slice(stopped));
        }
    }));
}

/// Reads and checks the libraries of all transports at the same time, in the order of the settings.
async fn prepare_transports(
    config: &Config,
    store: &Arc<dyn Store>,
) -> Result<Vec<(TransportId, TransportConfig, PreparedPlugin)>> {
    let ids = names::sync_transports(&config.transports, store).await?;
    let mut reading = JoinSet::new();
    for (n, (id, settings)) in ids.into_iter().zip(config.transports.iter().cloned()).enumerate() {
        let config = config.clone();
        reading.spawn(async move { (n, transport::prepare(&settings, &config).await.map(|p| (id, settings, p))) });
    }
    let mut prepared = Vec::new();
    while let Some(done) = reading.join_next().await {
        let (n, one) = done.map_err(std::io::Error::other)?;
        prepared.push((n, one?));
    }
    prepared.sort_by_key(|(n, _)| *n);
    Ok(prepared.into_iter().map(|(_, one)| one).collect())
}
