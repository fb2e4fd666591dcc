//! One thread with a runtime of its own, for all connections of an instance. A relay takes far less than one thread carries, and on the plugin's
//! runtime every answer would wake another worker, which costs more than the message.

use std::future::Future;
use std::io;
use std::sync::mpsc;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;
use tokio::runtime::{Builder, Handle};
use tokio::sync::Notify;

/// Looking up a name cannot be cut: at the end it is left behind after this time.
const LOOKUP: Duration = Duration::from_millis(200);

/// The thread.
pub(crate) struct Thread {
    runtime: Handle,
    stop: Arc<Notify>,
    join: Mutex<Option<JoinHandle<()>>>,
}

impl Thread {
    /// Starts it. What runs on it logs as its starter does.
    ///
    /// # Errors
    /// The system gives no thread.
    pub(crate) fn start() -> io::Result<Self> {
        let stop = Arc::new(Notify::new());
        let stopped = Arc::clone(&stop);
        let dispatch = tracing::dispatcher::get_default(Clone::clone);
        let runtime = Builder::new_current_thread().max_blocking_threads(4).enable_all().build()?;
        let (ready, started) = mpsc::sync_channel(1);
        let join = std::thread::Builder::new().name("smtp".to_owned()).spawn(move || {
            tracing::dispatcher::with_default(&dispatch, || {
                let _ = ready.send(runtime.handle().clone());
                runtime.block_on(stopped.notified());
                runtime.shutdown_timeout(LOOKUP);
            });
        })?;
        let runtime = started.recv().map_err(|_| io::Error::other("the thread did not start"))?;
        Ok(Self { runtime, stop, join: Mutex::new(Some(join)) })
    }

    /// Runs a task on it.
    pub(crate) fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        self.runtime.spawn(task);
    }

    /// Cuts what still runs, and waits until it has gone.
    pub(crate) fn end(&self) {
        self.stop.notify_one();
        let join = self.join.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(join) = join {
            let _ = join.join();
        }
    }
}

impl Drop for Thread {
    fn drop(&mut self) {
        // Not waited for here: this may be the thread itself, dropping the last session.
        self.stop.notify_one();
    }
}
