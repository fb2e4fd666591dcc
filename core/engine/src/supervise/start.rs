//! The start: lists and transports get their numbers, plugins start, tasks begin.

use super::held_lists;
use super::names;
use super::supervisor::EngineSupervisor;
use super::transport::{self, LAST_WORDS, StartedTransport};
use crate::clock::Clock;
use crate::config::Config;
use crate::context::{EngineContext, KnownLists};
use crate::error::Result;
use crate::person;
use rundruf_store::Store;
use std::sync::Arc;
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

/// Starts everything, or nothing.
pub(crate) async fn start(
    supervisor: &EngineSupervisor,
    mut config: Config,
    store: Arc<dyn Store>,
    clock: Clock,
) -> Result<Arc<EngineContext>> {
    // Before anything asks the time.
    if let Some(last) = store.clock_get().await? {
        clock.start(&last);
    }
    store.clock_put(clock.record()).await?;
    let lists = sync_lists(&mut config, &store).await?;
    let decisions = held_lists::decide(&config, &lists, &store).await?;
    let started = start_transports(&config, &store, &clock).await?;
    decisions.apply(&store, clock.now()).await?;
    let known = started.iter().map(|s| s.transport.id).collect();
    let left = names::abandon_left(&config, &store, known, clock.now()).await?;
    let transports = started.iter().map(|s| Arc::clone(&s.transport)).collect();
    let context = Arc::new(EngineContext::new(Arc::new(config), store, clock, lists, transports));
    context.add_left_behind(left);
    // Before anything is sent.
    person::forget_again(&context).await?;
    ask_back_on_stop(&context);
    supervisor.spawn_transports(&context, started);
    supervisor.spawn_background(&context);
    decisions.tell(&context).await;
    Ok(context)
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

/// Starts all transports at the same time, in the order of the settings; if one fails the others are ended again.
async fn start_transports(config: &Config, store: &Arc<dyn Store>, clock: &Clock) -> Result<Vec<StartedTransport>> {
    let ids = names::sync_transports(&config.transports, store).await?;
    let mut starting = JoinSet::new();
    for (n, (id, settings)) in ids.into_iter().zip(config.transports.iter().cloned()).enumerate() {
        let (store, config, clock) = (Arc::clone(store), config.clone(), clock.clone());
        starting.spawn(async move {
            let started = match transport::prepare(&settings, &config).await {
                Ok(prepared) => transport::start(id, settings, prepared, &config, &store, &clock).await,
                Err(error) => Err(error),
            };
            (n, started)
        });
    }
    let (mut started, mut failed) = (Vec::new(), None);
    while let Some(done) = starting.join_next().await {
        match done.map_err(std::io::Error::other)? {
            (n, Ok(one)) => started.push((n, one)),
            (_, Err(error)) => failed = failed.or(Some(error)),
        }
    }
    started.sort_by_key(|(n, _)| *n);
    let started: Vec<_> = started.into_iter().map(|(_, s)| s).collect();
    let Some(failed) = failed else { return Ok(started) };
    transport::end_plugins(started.iter().map(|s| &s.transport), LAST_WORDS).await;
    Err(failed)
}
