//! The stop: no new claims, outcomes are waited for and stored, plugins end, the store is closed.

use super::supervisor::{EngineSupervisor, EngineTasks, join_all};
use super::transport::{LAST_WORDS, end_plugins};
use crate::context::Wake;
use std::time::{Duration, Instant};

/// Stops everything. True if no delivery was left unsettled within the deadline.
pub(crate) async fn stop(supervisor: &EngineSupervisor, deadline: Duration) -> bool {
    let _alone = supervisor.changing.lock().await;
    let context = supervisor.context();
    let until = Instant::now() + deadline;
    // Not `send`: that changes nothing while nobody subscribes.
    context.stopping.send_replace(true);
    context.wake(Wake::Stop);
    let EngineTasks { mut dispatchers, mut background, mut receivers, mut restarts } = supervisor.take();
    let all = async { tokio::join!(join_all(&mut dispatchers), join_all(&mut background)) };
    let clean = tokio::time::timeout(deadline, all).await.is_ok();
    // At its end a plugin reports an outcome for every message that it still has: the dispatchers store them.
    let left = until.saturating_duration_since(Instant::now()).max(LAST_WORDS);
    end_plugins(context.transports.iter(), left).await;
    let stored = clean || tokio::time::timeout(LAST_WORDS, join_all(&mut dispatchers)).await.is_ok();
    if !stored {
        tracing::error!(
            "not every outcome that plugins reported at their end could be stored: the next start looks again"
        );
    }
    for tasks in [&mut dispatchers, &mut background, &mut receivers, &mut restarts] {
        tasks.abort_all();
    }
    for tasks in [&mut dispatchers, &mut background, &mut receivers, &mut restarts] {
        join_all(tasks).await;
    }
    context.store.close().await;
    clean
}
