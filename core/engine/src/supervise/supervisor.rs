//! The tasks of the engine: which run, and how they are handed to the context of new settings.

use super::start::ask_back_on_stop;
use super::transport::StartedTransport;
use crate::alerts;
use crate::broadcast;
use crate::config::Config;
use crate::context::{EngineContext, KnownLists, Wake};
use crate::conversation;
use crate::dispatch::Dispatcher;
use crate::receive::InboundReceiver;
use crate::sweep;
use crate::transports::TransportHandle;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::task::JoinSet;

/// Holds the tasks of all contexts since the start.
#[derive(Default)]
pub(crate) struct EngineSupervisor {
    tasks: Mutex<EngineTasks>,
}

#[derive(Default)]
pub(super) struct EngineTasks {
    /// One for each transport; end by themselves when the engine stops.
    pub(super) dispatchers: JoinSet<()>,
    /// Fan-out, inbox, timers, alerts; end by themselves when their context ends.
    pub(super) background: JoinSet<()>,
    /// One for each transport; end after the dispatcher of their transport.
    pub(super) receivers: JoinSet<()>,
}

impl EngineSupervisor {
    fn tasks(&self) -> MutexGuard<'_, EngineTasks> {
        self.tasks.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes all tasks out, to end them.
    pub(super) fn take(&self) -> EngineTasks {
        std::mem::take(&mut self.tasks())
    }

    /// Spawns dispatcher and receiver of each transport.
    pub(super) fn spawn_transports(&self, context: &Arc<EngineContext>, started: Vec<StartedTransport>) {
        let mut tasks = self.tasks();
        let EngineTasks { dispatchers, receivers, .. } = &mut *tasks;
        // A set keeps tasks that have ended until somebody joins them.
        for ended in [&mut *dispatchers, &mut *receivers] {
            while let Some(ended) = ended.try_join_next() {
                log_panic(ended);
            }
        }
        for StartedTransport { transport, outcomes, inbound } in started {
            if let Some(inbound) = inbound {
                receivers.spawn(InboundReceiver::new(Arc::clone(context), Arc::clone(&transport), inbound).run());
            }
            dispatchers.spawn(Dispatcher::new(Arc::clone(context), transport, outcomes).run());
        }
    }

    /// Spawns the receiver of a transport before it has opened: a plugin may wait for the answer to a message that comes meanwhile.
    pub(super) fn spawn_receiver(&self, context: &Arc<EngineContext>, started: &mut StartedTransport) {
        if let Some(inbound) = started.inbound.take() {
            let receiver = InboundReceiver::new(Arc::clone(context), Arc::clone(&started.transport), inbound);
            self.tasks().receivers.spawn(receiver.run());
        }
    }

    /// Spawns the tasks that do not belong to a transport.
    pub(super) fn spawn_background(&self, context: &Arc<EngineContext>) {
        let mut tasks = self.tasks();
        tasks.background.spawn(broadcast::fan_out(Arc::clone(context)));
        tasks.background.spawn(conversation::read_inbox(Arc::clone(context)));
        tasks.background.spawn(sweep::run(Arc::clone(context)));
        tasks.background.spawn(alerts::run(Arc::clone(context)));
    }

    /// Puts a context with other settings in the place of `old`; all tasks go on under it.
    pub(super) async fn take_over(
        &self,
        old: &EngineContext,
        config: Arc<Config>,
        lists: KnownLists,
        transports: Vec<Arc<TransportHandle>>,
        started: Vec<StartedTransport>,
    ) -> Arc<EngineContext> {
        let next = Arc::new(old.with_settings(config, lists, transports));
        ask_back_on_stop(&next);
        self.spawn_transports(&next, started);
        // The successor first, then the stop: a task that sees the stop finds the successor.
        let _ = old.successor.set(Arc::clone(&next));
        old.stopping.send_replace(true);
        old.wake(Wake::Stop);
        // Two tasks of a kind must not work at the same time.
        let mut background = std::mem::take(&mut self.tasks().background);
        join_all(&mut background).await;
        self.spawn_background(&next);
        next.wake(Wake::Broadcasts);
        next.wake(Wake::Inbound);
        next
    }
}

/// Waits for the end of all tasks of a set.
pub(super) async fn join_all(tasks: &mut JoinSet<()>) {
    while let Some(ended) = tasks.join_next().await {
        log_panic(ended);
    }
}

fn log_panic(ended: Result<(), tokio::task::JoinError>) {
    if let Err(error) = ended
        && error.is_panic()
    {
        tracing::error!(%error, "a task of the engine died");
    }
}
