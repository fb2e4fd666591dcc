//! The writer: one thread, one connection. It takes everything that waits, runs each request in a savepoint of its own, commits once,
//! and only then answers.

use crate::keys::Keys;
use crate::{Secrets, StoreError};
use rundruf_consent::log::Frontier;
use rusqlite::Connection;
use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use tokio::sync::oneshot;

type Result<T> = std::result::Result<T, StoreError>;

/// Requests that may wait.
const QUEUE: usize = 1_024;
/// Requests committed together at most.
const GROUP: usize = 256;

/// What a request can reach.
pub(crate) struct Writer {
    pub(crate) connection: Connection,
    pub(crate) keys: Keys,
    pub(crate) secrets: Secrets,
    pub(crate) path: PathBuf,
    /// The log's right edge as of the last commit or savepoint; `None`: read it again.
    frontier: Option<Frontier>,
}

impl Writer {
    pub(crate) const fn new(connection: Connection, keys: Keys, secrets: Secrets, path: PathBuf) -> Self {
        Self { connection, keys, secrets, path, frontier: None }
    }

    /// The log's right edge.
    pub(crate) fn frontier(&mut self) -> Result<Frontier> {
        if let Some(frontier) = &self.frontier {
            return Ok(frontier.clone());
        }
        super::log::frontier(&self.connection)
    }

    /// Stores the log's new right edge.
    pub(crate) fn set_frontier(&mut self, frontier: Frontier) -> Result<()> {
        self.connection
            .prepare_cached("INSERT OR REPLACE INTO meta (key, value) VALUES ('frontier', ?1)")?
            .execute([frontier.to_bytes()])?;
        self.frontier = Some(frontier);
        Ok(())
    }
}

/// Tells the caller, once the commit has happened or failed.
type Reply = Box<dyn FnOnce(Result<()>) + Send>;
type Request = Box<dyn FnOnce(&mut Writer) -> Reply + Send>;

pub(crate) struct WriterThread {
    requests: Mutex<Option<SyncSender<Request>>>,
    thread: Mutex<Option<std::thread::JoinHandle<()>>>,
}

impl WriterThread {
    pub(crate) fn start(writer: Writer) -> Result<Self> {
        let (requests, waiting) = sync_channel(QUEUE);
        let thread = std::thread::Builder::new()
            .name("store".into())
            .spawn(move || run(writer, &waiting))
            .map_err(|e| StoreError::Database(e.to_string()))?;
        Ok(Self { requests: Mutex::new(Some(requests)), thread: Mutex::new(Some(thread)) })
    }

    /// Runs a request and waits until it is committed.
    pub(crate) async fn call<T, F>(&self, call: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&mut Writer) -> Result<T> + Send + 'static,
    {
        let (answer, answered) = oneshot::channel();
        let request: Request = Box::new(move |writer| {
            let result = in_savepoint(writer, call);
            Box::new(move |committed: Result<()>| {
                // Nobody waits any more: what is committed is committed all the same.
                let _ = answer.send(committed.and(result));
            })
        });
        let sender = self.requests.lock().unwrap_or_else(PoisonError::into_inner).clone().ok_or(StoreError::Closed)?;
        if let Err(
            std::sync::mpsc::TrySendError::Full(request) | std::sync::mpsc::TrySendError::Disconnected(request),
        ) = sender.try_send(request)
        {
            // The queue is full: wait on a thread that may wait.
            tokio::task::spawn_blocking(move || sender.send(request))
                .await
                .map_err(|_| StoreError::Closed)?
                .map_err(|_| StoreError::Closed)?;
        }
        answered.await.map_err(|_| StoreError::Closed)?
    }

    /// Finishes what is queued and ends.
    pub(crate) fn close(&self) {
        drop(self.requests.lock().unwrap_or_else(PoisonError::into_inner).take());
        if let Some(thread) = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take() {
            let _ = thread.join();
        }
    }
}

impl Drop for WriterThread {
    fn drop(&mut self) {
        self.close();
    }
}

/// Runs a request so that it leaves everything or nothing.
fn in_savepoint<T>(writer: &mut Writer, call: impl FnOnce(&mut Writer) -> Result<T>) -> Result<T> {
    writer.connection.execute_batch("SAVEPOINT request")?;
    let kept = writer.frontier.clone();
    let result = call(writer);
    if result.is_ok() {
        writer.connection.execute_batch("RELEASE request")?;
    } else {
        writer.frontier = kept;
        writer.connection.execute_batch("ROLLBACK TO request; RELEASE request")?;
    }
    result
}

fn run(mut writer: Writer, waiting: &Receiver<Request>) {
    while let Ok(first) = waiting.recv() {
        let mut replies = Vec::new();
        let begun = writer.connection.execute_batch("BEGIN IMMEDIATE");
        if let Err(error) = begun {
            // Nothing can be written now: the request hears why.
            let text = StoreError::from(error);
            first(&mut writer)(Err(text));
            continue;
        }
        replies.push(first(&mut writer));
        while replies.len() < GROUP
            && let Ok(next) = waiting.try_recv()
        {
            replies.push(next(&mut writer));
        }
        let committed = writer.connection.execute_batch("COMMIT");
        match committed {
            Ok(()) => replies.into_iter().for_each(|reply| reply(Ok(()))),
            Err(error) => {
                writer.frontier = None;
                let _ = writer.connection.execute_batch("ROLLBACK");
                for reply in replies {
                    reply(Err(same(&error, &writer.path)));
                }
            }
        }
    }
    // A last checkpoint keeps the next start short; if it fails the log is replayed.
    let _ = writer.connection.execute_batch("PRAGMA wal_checkpoint(TRUNCATE)");
}

fn same(error: &rusqlite::Error, path: &std::path::Path) -> StoreError {
    match error.sqlite_error_code() {
        Some(rusqlite::ErrorCode::DiskFull) => StoreError::Full(path.to_owned()),
        _ => StoreError::Database(error.to_string()),
    }
}
