//! Other settings, while everything goes on. What is as it was is not touched; a transport that is not finishes what it holds before the next
//! one of its name begins, because both live in one folder. Either all of the new settings come into force, or the old ones stay.

use crate::alarm::{self, Trouble};
use crate::config::{Config, TransportConfig};
use crate::dispatch::Transport;
use crate::error::EngineError;
use crate::start::{self, Inner, Opened};
use rundruf_host::{InstanceState, PreparedPlugin};
use rundruf_store::TransportId;
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinSet;

/// What a plugin that has just begun gets to end.
const BARELY_BEGUN: Duration = Duration::from_secs(2);

/// A transport that begins.
struct Fresh {
    place: usize,
    id: TransportId,
    config: TransportConfig,
    prepared: PreparedPlugin,
    /// In whose place.
    before: Option<Arc<Transport>>,
}

/// The engine that runs now, and whether it is the one that was asked for.
pub(crate) async fn reload(old: &Arc<Inner>, config: Config) -> (Arc<Inner>, Result<(), EngineError>) {
    let ready = async {
        let lists = start::lists(&config, &old.store).await?;
        Ok::<_, EngineError>((lists, sort(old, &config).await?))
    };
    let (lists, (mut transports, fresh)) = match ready.await {
        Ok(ready) => ready,
        Err(error) => return (Arc::clone(old), Err(error)),
    };
    let replaced: Vec<_> = fresh.iter().filter_map(|f| f.before.clone()).collect();
    let (opened, failed) = open(old, &config, fresh).await;
    if let Some(error) = failed {
        start::end(opened.iter().map(|(_, o)| &o.transport), BARELY_BEGUN).await;
        return (back(old, &replaced).await, Err(error));
    }
    let mut begun = Vec::new();
    for (place, one) in opened {
        let (name, version) = (&one.transport.config.name, &one.transport.instance.manifest().version);
        tracing::info!(transport = %name, %version, "the transport runs under its new settings");
        if let Some(slot) = transports.get_mut(place) {
            *slot = Some(Arc::clone(&one.transport));
        }
        begun.push(one);
    }
    let transports: Vec<_> = transports.into_iter().flatten().collect();
    let gone: Vec<_> = old.transports.iter().filter(|t| transports.iter().all(|n| n.id != t.id)).cloned().collect();
    let deadline = config.drain_for;
    let next = old.succeed(Arc::new(config), lists, transports, begun).await;
    let mut ending = JoinSet::new();
    for transport in gone {
        ending.spawn(async move { start::retire(&transport, deadline).await });
    }
    while ending.join_next().await.is_some() {}
    (next, Ok(()))
}

/// Which transports stay, each in its place, and which begin: these are read and checked, and not started.
async fn sort(old: &Inner, config: &Config) -> Result<(Vec<Option<Arc<Transport>>>, Vec<Fresh>), EngineError> {
    let names = config.transports.iter().map(|t| t.name.clone()).collect();
    let ids = old.store.transport_sync(names).await?;
    let (mut stay, mut fresh) = (Vec::new(), Vec::new());
    for (place, (id, transport)) in ids.into_iter().zip(&config.transports).enumerate() {
        let before = old.transport(id).cloned();
        let prepared = start::prepare(transport, config).await?;
        let same = before.clone().filter(|t| {
            let is_down = matches!(t.instance.state(), InstanceState::Down { .. });
            t.config == *transport && t.instance.manifest().sha256 == prepared.manifest().sha256 && !is_down
        });
        if same.is_none() {
            fresh.push(Fresh { place, id, config: transport.clone(), prepared, before });
        }
        stay.push(same);
    }
    Ok((stay, fresh))
}

/// Begins what is new, everything at the same time, each after the one before it has ended.
async fn open(old: &Arc<Inner>, config: &Config, fresh: Vec<Fresh>) -> (Vec<(usize, Opened)>, Option<EngineError>) {
    let mut opening = JoinSet::new();
    for Fresh { place, id, config: transport, prepared, before } in fresh {
        let (old, config) = (Arc::clone(old), config.clone());
        opening.spawn(async move {
            if let Some(before) = before {
                start::retire(&before, config.drain_for).await;
            }
            (place, start::open(id, transport, prepared, &config, &old.store, &old.clock).await)
        });
    }
    let (mut opened, mut failed) = (Vec::new(), None);
    while let Some(done) = opening.join_next().await {
        match done {
            Ok((place, Ok(one))) => opened.push((place, one)),
            Ok((_, Err(error))) => {
                // One is answered; nobody should have to mend them one by one.
                tracing::error!(%error, "a transport does not begin");
                failed = failed.or(Some(error));
            }
            Err(error) => failed = failed.or(Some(std::io::Error::other(error).into())),
        }
    }
    (opened, failed)
}

/// Begins again what has ended, as it was: from the library that it ran from, whatever has become of its file.
async fn back(old: &Arc<Inner>, ended: &[Arc<Transport>]) -> Arc<Inner> {
    let mut transports = old.transports.clone();
    let mut begun = Vec::new();
    let mut down = Vec::new();
    for before in ended {
        let (config, prepared) = (before.config.clone(), before.instance.prepared());
        match start::open(before.id, config, prepared, &old.config, &old.store, &old.clock).await {
            Ok(one) => {
                if let Some(slot) = transports.iter_mut().find(|t| t.id == before.id) {
                    *slot = Arc::clone(&one.transport);
                }
                begun.push(one);
            }
            Err(error) => {
                down.push((Arc::clone(before), error.to_string()));
                let error = &error as &(dyn std::error::Error + 'static);
                tracing::error!(transport = %before.config.name, error, "the transport does not run again under its old settings either: it is down");
            }
        }
    }
    let next = if begun.is_empty() {
        Arc::clone(old)
    } else {
        old.succeed(Arc::clone(&old.config), (old.lists.clone(), old.former.clone()), transports, begun).await
    };
    for (transport, why) in down {
        alarm::transport_fails(Arc::clone(&next), transport, Trouble::GivenUp, why).await;
    }
    next
}
