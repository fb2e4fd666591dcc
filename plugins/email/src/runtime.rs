//! One thread with its own runtime for all connections. One thread is far faster than any relay; on the plugin's multi-threaded runtime every reply
//! would wake another worker, which costs more than sending the message.

use std::future::Future;
use std::io;
use std::sync::mpsc;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;
use tokio::runtime::{Builder, Handle};
use tokio::sync::Notify;

/// DNS lookups cannot be cancelled: after this time the shutdown does not wait for them any more.
const LOOKUP_GRACE: Duration = Duration::from_millis(200);

pub(crate) struct SmtpRuntime {
    runtime: Handle,
    stop: Arc<Notify>,
    join: Mutex<Option<JoinHandle<()>>>,
}

impl SmtpRuntime {
    /// Starts the thread. Its tasks log to the caller's subscriber.
    ///
    /// # Errors
    /// The system cannot start a thread.
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
                runtime.shutdown_timeout(LOOKUP_GRACE);
            });
        })?;
        let runtime = started.recv().map_err(|_| io::Error::other("the thread did not start"))?;
        Ok(Self { runtime, stop, join: Mutex::new(Some(join)) })
    }

    /// Runs a task on the thread.
    pub(crate) fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        self.runtime.spawn(task);
    }

    /// Cancels all tasks and waits for the thread.
    pub(crate) fn end(&self) {
        self.stop.notify_one();
        let join = self.join.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(join) = join {
            let _ = join.join();
        }
    }
}

impl Drop for SmtpRuntime {
    fn drop(&mut self) {
        // Not joined here: the caller may be the thread itself.
        self.stop.notify_one();
    }
}
