//! Keeps a task running: one that dies is begun again after a pause, `doctor` shows it, and the admin is told.

use crate::alerts;
use crate::context::EngineContext;
use crate::guarded::guarded;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::watch;

/// First and longest pause before a task that died is begun again.
const PAUSE: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(300));
/// A task that has run for this time since it was begun again counts as well.
const WELL_AFTER: Duration = Duration::from_secs(600);

/// Which tasks have died lately, by name.
#[derive(Default)]
pub(crate) struct TaskFaults(Mutex<BTreeMap<String, TaskDeaths>>);

struct TaskDeaths {
    count: u32,
    last: Instant,
}

impl TaskFaults {
    fn all(&self) -> MutexGuard<'_, BTreeMap<String, TaskDeaths>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Counts a death. Answers the pause before the task is begun again: longer with each death in a row.
    pub(super) fn record(&self, task: &str) -> Duration {
        let (mut all, now) = (self.all(), Instant::now());
        let deaths = all.entry(task.to_owned()).or_insert(TaskDeaths { count: 0, last: now });
        if now.duration_since(deaths.last) >= WELL_AFTER + PAUSE.1 {
            deaths.count = 0;
        }
        (deaths.count, deaths.last) = (deaths.count.saturating_add(1), now);
        PAUSE.0.saturating_mul(1 << (deaths.count - 1).min(16)).min(PAUSE.1)
    }

    /// The task is well again.
    fn forget(&self, task: &str) {
        self.all().remove(task);
    }

    /// Tasks that have died and are not well yet: each with the number of its deaths.
    pub(crate) fn list(&self) -> Vec<(String, u32)> {
        self.all().iter().map(|(task, deaths)| (task.clone(), deaths.count)).collect()
    }
}

/// Runs a task until it ends by itself or `stopping` becomes true. Each keeps what it knows outside of itself.
pub(crate) async fn keep_running<F: Future<Output = ()> + Send>(
    task: &'static str,
    faults: Arc<TaskFaults>,
    context: impl Fn() -> Arc<EngineContext> + Send,
    mut stopping: watch::Receiver<bool>,
    begin: impl Fn() -> F + Send,
) {
    loop {
        let mut running = Box::pin(guarded(begin()));
        let ended = tokio::select! {
            ended = &mut running => ended,
            () = tokio::time::sleep(WELL_AFTER) => {
                faults.forget(task);
                alerts::task_runs(&context(), task).await;
                running.await
            }
        };
        if ended.is_ok() {
            return;
        }
        let pause = faults.record(task);
        tracing::error!(task, pause_s = pause.as_secs(), "a task died, and is begun again after a pause");
        alerts::task_died(&context(), task).await;
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            _ = stopping.wait_for(|stopping| *stopping) => return,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::context::tests::without_transports;
    use rundruf_lang::Message;
    use std::sync::atomic::{AtomicU32, Ordering};

    #[tokio::test]
    #[allow(clippy::panic)]
    async fn a_task_that_dies_is_begun_again_and_shown_until_it_is_well() {
        let dir = tempfile::tempdir().unwrap();
        let context = Arc::new(without_transports(dir.path()).await);
        let (begun, faults) = (Arc::new(AtomicU32::new(0)), Arc::new(TaskFaults::default()));
        let (stop, stopping) = watch::channel(false);
        let (count, of) = (Arc::clone(&begun), Arc::clone(&context));
        tokio::time::pause();
        let task = keep_running(
            "timers",
            Arc::clone(&faults),
            move || Arc::clone(&of),
            stopping,
            move || {
                let nth = count.fetch_add(1, Ordering::Relaxed);
                async move {
                    match nth {
                        0..2 => panic!("a bug"),
                        2 => tokio::time::sleep(WELL_AFTER * 2).await,
                        _ => {}
                    }
                }
            },
        );
        let task = tokio::spawn(task);
        while begun.load(Ordering::Relaxed) < 3 {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        assert_eq!(faults.list(), [("timers".to_owned(), 2)]);
        task.await.unwrap();
        assert_eq!((begun.load(Ordering::Relaxed), faults.list()), (3, Vec::new()), "it is well, and ended by itself");
        drop(stop);
    }

    #[test]
    fn pauses_grow_to_five_minutes() {
        let faults = TaskFaults::default();
        let all: Vec<u64> = (0..40).map(|_| faults.record("inbox").as_secs()).collect();
        assert_eq!(all[..5], [1, 2, 4, 8, 16]);
        assert!(all[9..].iter().all(|pause| *pause == 300));
    }

    #[test]
    fn each_task_has_words() {
        for task in ["fan-out", "inbox", "timers", "alerts", "extensions", "pages", "commands"] {
            assert!(Message::find(&format!("engine-task-{task}")).is_some(), "{task}");
        }
    }
}
