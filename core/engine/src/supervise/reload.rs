//! Reload: other settings while everything goes on. A transport whose settings and library are unchanged is not touched; a changed one finishes
//! its messages before its successor starts, because both use one state folder. Either all of the new settings come into force, or the old stay.

use super::held_lists;
use super::names;
use super::start::sync_lists;
use super::supervisor::EngineSupervisor;
use super::transport::{self, StartedTransport, end_plugins, retire};
use crate::alerts::{self, AlertKind};
use crate::config::{Config, TransportConfig};
use crate::context::{EngineContext, Wake};
use crate::error::{EngineError, Result};
use crate::transports::TransportHandle;
use rundruf_host::{HostError, InstanceState, PreparedPlugin};
use rundruf_lang::msg;
use rundruf_store::TransportId;
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinSet;

/// What a plugin that has just started gets to end.
const JUST_STARTED: Duration = Duration::from_secs(2);

/// How long a changed transport may take to open.
const OPEN_WAIT: Duration = Duration::from_secs(60);
/// The same for one that was down and is only tried again.
const RETRY_WAIT: Duration = Duration::from_secs(2);

/// A transport that is to be started.
struct NewTransport {
    /// Position in the settings.
    position: usize,
    id: TransportId,
    config: TransportConfig,
    prepared: PreparedPlugin,
    /// The running transport that it replaces.
    replaces: Option<Arc<TransportHandle>>,
    /// Only its plugin was down, nothing about it has changed: it is tried again.
    is_unchanged: bool,
    /// The new settings come into force even if it stays down.
    may_be_down: bool,
    /// How long it is waited for.
    open_wait: Duration,
}

/// Answers an error if other settings than those asked for are in force afterwards.
pub(crate) async fn reload(supervisor: &Arc<EngineSupervisor>, mut config: Config) -> Result<()> {
    let _alone = supervisor.changing.lock().await;
    let old = &supervisor.context();
    // A transport that comes back must not be found by those that end what it left.
    let names_change = supervisor.names.lock().await;
    let ready = async {
        let lists = sync_lists(&mut config, &old.store).await?;
        let decisions = held_lists::decide(&config, &lists, &old.store).await?;
        Result::Ok((lists, decisions, compare(old, &config).await?))
    };
    let (lists, decisions, (mut transports, new)) = match ready.await {
        Ok(ready) => ready,
        Err(error) => {
            take_names_back(old).await;
            return Err(error);
        }
    };
    let replaced: Vec<_> = new.iter().filter_map(|n| n.replaces.clone()).collect();
    let renamed: Vec<_> = new.iter().map(|n| (n.id, n.config.name.clone())).collect();
    let (started, failed) = start_new(supervisor, old, &config, new).await;
    // Before anything is sent under the new settings: a list that they change must not send under them.
    let failed = match failed {
        None => decisions.apply(&old.store, old.clock.now()).await.err(),
        failed => failed,
    };
    if let Some(error) = failed {
        take_names_back(old).await;
        end_plugins(started.iter().map(|(_, s)| &s.transport), JUST_STARTED).await;
        started.iter().for_each(|(_, s)| s.transport.set_plugin_ended());
        roll_back(supervisor, old, &replaced, &renamed).await;
        return Err(error);
    }
    let mut running = Vec::new();
    for (position, one) in started {
        let (name, version) = (&one.transport.config.name, &one.transport.instance.manifest().version);
        if one.transport.instance.state() == InstanceState::Up {
            tracing::info!(transport = %name, %version, "the transport runs under its new settings");
        } else {
            tracing::warn!(transport = %name, %version, "the transport is still down under its new settings, and is tried again");
        }
        if let Some(slot) = transports.get_mut(position) {
            *slot = Some(Arc::clone(&one.transport));
        }
        running.push(one);
    }
    let transports: Vec<_> = transports.into_iter().flatten().collect();
    let gone: Vec<_> = old.transports.iter().filter(|t| transports.iter().all(|n| n.id != t.id)).cloned().collect();
    let deadline = config.drain_for;
    let next = supervisor.take_over(old, Arc::new(config), lists, transports, running).await;
    let mut ending = JoinSet::new();
    for transport in gone {
        ending.spawn(async move { retire(&transport, deadline).await });
    }
    while ending.join_next().await.is_some() {}
    decisions.tell(&next).await;
    drop(names_change);
    supervisor.abandon_left(&next).await;
    next.wake(Wake::Broadcasts);
    Ok(())
}

/// Which transports stay, each at its position, and which are to be started; these are read and checked.
async fn compare(
    old: &EngineContext,
    config: &Config,
) -> Result<(Vec<Option<Arc<TransportHandle>>>, Vec<NewTransport>)> {
    let ids = names::sync_transports(&config.transports, &old.store).await?;
    let (mut stay, mut new) = (Vec::new(), Vec::new());
    for (position, (id, settings)) in ids.into_iter().zip(&config.transports).enumerate() {
        let replaces = old.transport(id).cloned();
        let prepared = transport::prepare(settings, config).await?;
        let unchanged = replaces.clone().filter(|t| {
            // Its former name has done its work; the entry may go without a restart.
            let was = TransportConfig { renamed_from: settings.renamed_from.clone(), ..t.config.clone() };
            was == *settings && (t.instance.prepared().digest() == prepared.digest() || prepared.fault().is_some())
        });
        let is_unchanged = unchanged.is_some();
        let same = unchanged.filter(|t| !matches!(t.instance.state(), InstanceState::Down { .. }));
        if let (Some(_), Some(reason)) = (&same, prepared.fault()) {
            tracing::error!(transport = %settings.name, %reason, "the library cannot be used any more: the plugin that runs goes on, and will not start again");
        }
        if same.is_none() {
            let is_free = replaces.as_ref().is_none_or(|t| matches!(t.instance.state(), InstanceState::Down { .. }));
            let waits = is_free && rundruf_host::journal::is_in_use(&prepared.spec.state_dir);
            let may_be_down = waits || is_unchanged || prepared.fault().is_some();
            let open_wait = match may_be_down {
                // It comes up by itself as soon as the earlier process has gone.
                true if waits => Duration::ZERO,
                true => RETRY_WAIT,
                false => OPEN_WAIT,
            };
            let config = settings.clone();
            new.push(NewTransport { position, id, config, prepared, replaces, is_unchanged, may_be_down, open_wait });
        }
        stay.push(same);
    }
    Ok((stay, new))
}

/// Starts the new transports at the same time, each after the one that it replaces has ended.
async fn start_new(
    supervisor: &Arc<EngineSupervisor>,
    old: &Arc<EngineContext>,
    config: &Config,
    new: Vec<NewTransport>,
) -> (Vec<(usize, StartedTransport)>, Option<EngineError>) {
    let mut starting = JoinSet::new();
    for NewTransport { position, id, config: settings, prepared, replaces, is_unchanged, may_be_down, open_wait } in new
    {
        let (supervisor, old, config) = (Arc::clone(supervisor), Arc::clone(old), config.clone());
        starting.spawn(async move {
            if let Some(replaced) = replaces {
                // One that is down has nothing to finish.
                retire(&replaced, if is_unchanged { JUST_STARTED } else { config.drain_for }).await;
            }
            let mut one = match transport::launch(id, settings, prepared, &config, &old.store, &old.clock) {
                Ok(one) => one,
                Err(error) => return (position, Err(error)),
            };
            supervisor.spawn_receiver(&old, &mut one);
            let opened = transport::first_attempt(&one.transport, open_wait).await;
            let late = || {
                EngineError::Host(HostError::Open {
                    name: one.transport.config.name.clone(),
                    why: msg!("host-process-opens-late"),
                })
            };
            match opened.unwrap_or_else(|| Err(late())) {
                Err(error) if !may_be_down => {
                    end_plugins(std::iter::once(&one.transport), JUST_STARTED).await;
                    one.transport.set_plugin_ended();
                    (position, Err(error))
                }
                _ => (position, Ok(one)),
            }
        });
    }
    let (mut started, mut failed) = (Vec::new(), None);
    while let Some(done) = starting.join_next().await {
        match done {
            Ok((position, Ok(one))) => started.push((position, one)),
            Ok((_, Err(error))) => {
                // Only one error is returned; the log has all of them, so that an admin can fix them together.
                tracing::error!(%error, "a transport does not start");
                failed = failed.or(Some(error));
            }
            Err(error) => failed = failed.or(Some(std::io::Error::other(error).into())),
        }
    }
    (started, failed)
}

/// The old settings stay in force: a transport that was to have another name keeps its own.
async fn take_names_back(old: &EngineContext) {
    for transport in &old.transports {
        if let Err(error) = old.store.transport_keep(transport.id, transport.config.name.clone()).await {
            tracing::error!(%error, "a transport could not be given its name back");
        }
    }
}

/// Starts the transports that have ended again under their old settings and names, from the library that they ran from, even if its file has changed.
async fn roll_back(
    supervisor: &Arc<EngineSupervisor>,
    old: &Arc<EngineContext>,
    ended: &[Arc<TransportHandle>],
    renamed: &[(TransportId, String)],
) {
    let mut transports = old.transports.clone();
    let mut running = Vec::new();
    let mut down = Vec::new();
    for before in ended {
        let (mut config, prepared) = (before.config.clone(), before.instance.prepared());
        config.renamed_from = renamed.iter().find(|(id, _)| *id == before.id).map(|(_, name)| name.clone());
        match transport::launch(before.id, config, prepared, &old.config, &old.store, &old.clock) {
            Ok(mut one) => {
                supervisor.spawn_receiver(old, &mut one);
                if let Some(Err(error)) = transport::first_attempt(&one.transport, OPEN_WAIT).await {
                    let error = &error as &(dyn std::error::Error + 'static);
                    tracing::error!(transport = %before.config.name, error, "the transport does not run again under its old settings either, and is tried again");
                    down.push((Arc::clone(&one.transport), error.to_string()));
                }
                if let Some(slot) = transports.iter_mut().find(|t| t.id == before.id) {
                    *slot = Arc::clone(&one.transport);
                }
                running.push(one);
            }
            Err(error) => {
                down.push((Arc::clone(before), error.to_string()));
                let error = &error as &(dyn std::error::Error + 'static);
                tracing::error!(transport = %before.config.name, error, "the transport cannot be started again: it is down");
            }
        }
    }
    let next = if running.is_empty() {
        Arc::clone(old)
    } else {
        supervisor.take_over(old, Arc::clone(&old.config), old.lists.clone(), transports, running).await
    };
    for (transport, why) in down {
        alerts::transport_failed(Arc::clone(&next), transport, AlertKind::Down, why).await;
    }
}
