//! The tasks of the engine: which run, and how they are handed to the context of new settings.

use super::names;
use super::start::ask_back_on_stop;
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
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::task::JoinSet;

/// How long start and reload wait until transports have ended that are not in the settings any more.
const ABANDON_WAIT: Duration = Duration::from_secs(1);

/// Pause before a task that died is begun again.
const RESTART_PAUSE: Duration = Duration::from_secs(5);

/// Holds the tasks of all contexts since the start.
#[derive(Default)]
pub(crate) struct EngineSupervisor {
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
        let context = || Arc::clone(context);
        let (one, two, three, four, five) = (context(), context(), context(), context(), context());
        let mut tasks = self.tasks();
        tasks.background.spawn(restarted("fan-out", move || broadcast::fan_out(Arc::clone(&one))));
        tasks.background.spawn(restarted("inbox", move || conversation::read_inbox(Arc::clone(&two))));
        tasks.background.spawn(restarted("timers", move || sweep::run(Arc::clone(&three))));
        tasks.background.spawn(restarted("alerts", move || alerts::run(Arc::clone(&four))));
        tasks.background.spawn(restarted("extensions", move || extensions::run(Arc::clone(&five))));
    }

    /// Ends what transports left that are not in the settings any more. An earlier process of theirs may take a while to end, and nothing else
    /// waits for that: this waits a moment, in which it is done as a rule.
    pub(super) async fn abandon_left(&self, context: &Arc<EngineContext>) {
        let (context, names) = (Arc::clone(context), Arc::clone(&self.names));
        let (done, is_done) = tokio::sync::oneshot::channel::<()>();
        self.tasks().background.spawn(async move {
            let mut stopping = context.stopping.subscribe();
            let work = async {
                let _unchanged = names.lock().await;
                names::abandon_left(&context).await
            };
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

/// Runs a task until it ends by itself; one that panics is begun again after a pause. Each keeps what it knows in the store.
async fn restarted<F: Future<Output = ()> + Send + 'static>(task: &'static str, begin: impl Fn() -> F) {
    loop {
        // A set, because dropping it ends the task.
        let mut running = JoinSet::new();
        running.spawn(begin());
        match running.join_next().await {
            Some(Err(error)) if error.is_panic() => {
                tracing::error!(task, %error, "a task of the engine died, and is begun again");
                tokio::time::sleep(RESTART_PAUSE).await;
            }
            _ => return,
        }
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

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicU32, Ordering};

    #[tokio::test(start_paused = true)]
    async fn a_task_that_dies_is_begun_again() {
        let begun = Arc::new(AtomicU32::new(0));
        let count = Arc::clone(&begun);
        #[allow(clippy::panic)]
        restarted("test", move || {
            let nth = count.fetch_add(1, Ordering::Relaxed);
            async move {
                if nth < 2 {
                    panic!("a bug")
                }
            }
        })
        .await;
        assert_eq!(begun.load(Ordering::Relaxed), 3);
    }
}
