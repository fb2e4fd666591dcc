//! The tasks of the engine: which run, and how they are handed to the context of new settings. One that dies is begun again: [`keep_running`], and
//! `restart` for those of a transport.

use super::names;
use super::start::ask_back_on_stop;
use super::task::{TaskFaults, keep_running};
use super::transport::StartedTransport;
use crate::alerts;
use crate::broadcast;
use crate::config::Config;
use crate::context::{EngineContext, KnownLists, Wake};
use crate::conversation;
use crate::dispatch::Dispatcher;
use crate::extensions;
use crate::receive::InboundReceiver;
use crate::sweep;
use crate::transports::TransportHandle;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};
use std::time::Duration;
use tokio::task::JoinSet;

/// How long start and reload wait until transports have ended that are not in the settings any more.
const ABANDON_WAIT: Duration = Duration::from_secs(1);

/// Holds the tasks of all contexts since the start.
pub(crate) struct EngineSupervisor {
    /// The context in force.
    context: RwLock<Arc<EngineContext>>,
    /// Held by whatever changes which transports run: start, reload, stop, and the restart of one. Only one may go on at a time.
    pub(crate) changing: tokio::sync::Mutex<()>,
    /// Tasks that have died lately.
    pub(crate) faults: Arc<TaskFaults>,
    tasks: Mutex<EngineTasks>,
    /// Held while names get their numbers, and while transports are ended that have none any more.
    pub(super) names: Arc<tokio::sync::Mutex<()>>,
}

#[derive(Default)]
pub(super) struct EngineTasks {
    /// One for each transport; end by themselves when the engine stops.
    pub(super) dispatchers: JoinSet<()>,
    /// Fan-out, inbox, timers, alerts; end by themselves when their context ends.
    pub(super) background: JoinSet<()>,
    /// One for each transport; end after the dispatcher of their transport.
    pub(super) receivers: JoinSet<()>,
    /// One for each transport whose task died, until it is begun again.
    pub(super) restarts: JoinSet<()>,
}

impl EngineSupervisor {
    pub(super) fn new(context: Arc<EngineContext>) -> Arc<Self> {
        Arc::new(Self {
            context: RwLock::new(context),
            changing: tokio::sync::Mutex::default(),
            faults: Arc::default(),
            tasks: Mutex::default(),
            names: Arc::default(),
        })
    }

    /// The context in force. A call that has begun with one ends with it.
    pub(crate) fn context(&self) -> Arc<EngineContext> {
        Arc::clone(&self.context.read().unwrap_or_else(PoisonError::into_inner))
    }

    fn tasks(&self) -> MutexGuard<'_, EngineTasks> {
        self.tasks.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes all tasks out, to end them.
    pub(super) fn take(&self) -> EngineTasks {
        std::mem::take(&mut self.tasks())
    }

    /// Spawns dispatcher and receiver of each transport.
    pub(super) fn spawn_transports(self: &Arc<Self>, context: &Arc<EngineContext>, started: Vec<StartedTransport>) {
        let mut tasks = self.tasks();
        let EngineTasks { dispatchers, receivers, .. } = &mut *tasks;
        // A set keeps tasks that have ended until somebody joins them.
        for ended in [&mut *dispatchers, &mut *receivers] {
            while ended.try_join_next().is_some() {}
        }
        for StartedTransport { transport, outcomes, inbound } in started {
            if let Some(inbound) = inbound {
                let receiver = InboundReceiver::new(Arc::clone(context), Arc::clone(&transport), inbound);
                receivers.spawn(self.guard(&transport, "receiver", receiver.run()));
            }
            let dispatcher = Dispatcher::new(Arc::clone(context), Arc::clone(&transport), outcomes);
            dispatchers.spawn(self.guard(&transport, "dispatcher", dispatcher.run()));
        }
    }

    /// Spawns the receiver of a transport before it has opened: a plugin may wait for the answer to a message that comes meanwhile.
    pub(super) fn spawn_receiver(self: &Arc<Self>, context: &Arc<EngineContext>, started: &mut StartedTransport) {
        if let Some(inbound) = started.inbound.take() {
            let receiver = InboundReceiver::new(Arc::clone(context), Arc::clone(&started.transport), inbound);
            let receiver = self.guard(&started.transport, "receiver", receiver.run());
            self.tasks().receivers.spawn(receiver);
        }
    }

    /// Begins a transport again whose task died.
    pub(super) fn spawn_restart(self: &Arc<Self>, died: Arc<TransportHandle>) {
        let mut tasks = self.tasks();
        while tasks.restarts.try_join_next().is_some() {}
        tasks.restarts.spawn(Arc::clone(self).restart(died));
    }

    /// Spawns the tasks that do not belong to a transport.
    pub(super) fn spawn_background(&self, context: &Arc<EngineContext>) {
        let mut tasks = self.tasks();
        tasks.background.spawn(self.kept("fan-out", context, broadcast::fan_out));
        tasks.background.spawn(self.kept("inbox", context, conversation::read_inbox));
        tasks.background.spawn(self.kept("timers", context, sweep::run));
        tasks.background.spawn(self.kept("alerts", context, alerts::run));
        tasks.background.spawn(self.kept("extensions", context, extensions::run));
    }

    /// Keeps a task of this context running.
    fn kept<F: Future<Output = ()> + Send + 'static>(
        &self,
        task: &'static str,
        context: &Arc<EngineContext>,
        run: fn(Arc<EngineContext>) -> F,
    ) -> impl Future<Output = ()> + Send + 'static {
        let (of, context) = (Arc::clone(context), Arc::clone(context));
        let stopping = context.stopping.subscribe();
        keep_running(
            task,
            Arc::clone(&self.faults),
            move || Arc::clone(&of),
            stopping,
            move || run(Arc::clone(&context)),
        )
    }

    /// Ends what transports left that are not in the settings any more. An earlier process of theirs may take a while to end, and nothing else
    /// waits for that: this waits a moment, in which it is done as a rule.
    pub(super) async fn abandon_left(&self, context: &Arc<EngineContext>) {
        let (context, names) = (Arc::clone(context), Arc::clone(&self.names));
        let (done, is_done) = tokio::sync::oneshot::channel::<()>();
        self.tasks().background.spawn(async move {
            let mut stopping = context.stopping.subscribe();
            let work = names::abandon_left(&context, &names);
            tokio::select! {
                ended = work => if let Err(error) = ended {
                    // The next reload or start looks again.
                    tracing::error!(%error, "what a transport left that is not in the settings any more could not be ended");
                },
                _ = stopping.wait_for(|stopping| *stopping) => {}
            }
            drop(done);
        });
        let _ = tokio::time::timeout(ABANDON_WAIT, is_done).await;
    }

    /// Puts a context with other settings in the place of `old`; all tasks go on under it.
    pub(super) async fn take_over(
        self: &Arc<Self>,
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
        *self.context.write().unwrap_or_else(PoisonError::into_inner) = Arc::clone(&next);
        next
    }
}

/// Waits for the end of all tasks of a set.
pub(super) async fn join_all(tasks: &mut JoinSet<()>) {
    while tasks.join_next().await.is_some() {}
}
