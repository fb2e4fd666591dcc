//! The writer thread. It takes all waiting requests, runs each in a savepoint of its own, commits once, and answers after that.

use super::broadcast;
use crate::error::Result;
use crate::keys::KeyStore;
use crate::{Mailbox, Secrets, StopListener, StoreError};
use rundruf_consent::log::Frontier;
use rundruf_consent::{Address, BroadcastId};
use rundruf_lang::msg;
use rusqlite::Connection;
use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TryRecvError, TrySendError, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::oneshot;

/// Requests that may wait.
const QUEUE: usize = 1_024;
/// Requests committed together at most.
const GROUP: usize = 256;
/// First and longest pause after the rows of an ended broadcast could not be skipped.
const PAUSE: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(5));
/// Groups of requests within such a pause.
const GROUPS_IN_PAUSE: u32 = 64;

/// What is done with the connection outside of any transaction.
type AfterCommit = Box<dyn FnOnce(&Connection) + Send>;

/// The state of the writer thread, which a request gets.
pub(crate) struct Writer {
    pub(crate) connection: Connection,
    pub(crate) keys: KeyStore,
    pub(crate) secrets: Secrets,
    pub(crate) path: PathBuf,
    /// Broadcasts that have ended and have rows left to skip, in small transactions between the groups.
    pub(crate) ending: Vec<BroadcastId>,
    /// After a failure: how long the writer waits before it skips rows again.
    ending_pause: Option<Duration>,
    /// Whose consent ends with this group.
    stopped: RefCell<Vec<Mailbox>>,
    /// Stops of this group, for the journal.
    pub(super) stop_lines: super::stop_journal::StopLines,
    /// Hears of them after the commit.
    pub(crate) on_stop: Arc<Mutex<Option<StopListener>>>,
    /// What to do after this group, outside of any transaction.
    pub(crate) after_commit: Vec<AfterCommit>,
    /// Whether a request has asked for [`Writer::many_rows`] in this group.
    has_many_rows: bool,
    /// The log's right edge as of the last commit or savepoint; `None`: read it again.
    frontier: Option<Frontier>,
}

impl Writer {
    pub(crate) fn new(connection: Connection, keys: KeyStore, secrets: Secrets, path: PathBuf) -> Self {
        Self {
            connection,
            keys,
            secrets,
            path,
            ending: Vec::new(),
            ending_pause: None,
            stopped: RefCell::default(),
            stop_lines: RefCell::default(),
            on_stop: Arc::default(),
            after_commit: Vec::new(),
            has_many_rows: false,
            frontier: None,
        }
    }

    /// The consent of this address ends with this transaction, or it is suppressed: what is on its way is to come back.
    pub(crate) fn stopped(&self, address: &Address) {
        self.stopped.borrow_mut().push(Mailbox::of(address.channel(), address.value()));
    }

    /// Tells of those whose consent has ended. One that was rolled back may be among them: then its message goes out a little later.
    fn tell_of_stops(&self) {
        let stopped = self.stopped.take();
        let hear = self.on_stop.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some(hear) = hear.filter(|_| !stopped.is_empty()) {
            hear(&stopped);
        }
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

    /// More cache and rarer checkpoints until this group is committed: for many thousand rows at once a sixth of the time.
    pub(crate) fn many_rows(&mut self) -> Result<()> {
        self.connection.execute_batch(crate::connection::MANY_ROWS)?;
        self.has_many_rows = true;
        Ok(())
    }

    fn run(&self, sql: &str) -> Result<()> {
        self.connection.prepare_cached(sql)?.execute([])?;
        Ok(())
    }

    /// Runs a request so that all of its changes stay, or none. A panic counts as a failure of the request; the writer continues.
    fn in_savepoint<T>(&mut self, call: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        self.run("SAVEPOINT request")?;
        let kept = self.frontier.clone();
        let stops = self.stop_lines.borrow().len();
        let result = catch_unwind(AssertUnwindSafe(|| call(self)))
            .unwrap_or_else(|_| Err(StoreError::Database(msg!("store-request-panicked"))));
        match result {
            Ok(value) => {
                self.run("RELEASE request")?;
                Ok(value)
            }
            Err(error) => {
                self.frontier = kept;
                self.stop_lines.borrow_mut().truncate(stops);
                // A full disk may have ended the whole transaction already: then the group fails as one.
                if !self.connection.is_autocommit() {
                    self.run("ROLLBACK TO request")?;
                    self.run("RELEASE request")?;
                }
                Err(error.at(&self.path))
            }
        }
    }

    /// Runs a call in a transaction of its own, before the writer thread begins.
    pub(crate) fn alone(&mut self, call: impl FnOnce(&mut Self) -> Result<()>) -> Result<()> {
        self.run("BEGIN IMMEDIATE")?;
        match call(self) {
            Ok(()) => self.commit(),
            Err(error) => {
                self.frontier = None;
                self.stop_lines.borrow_mut().clear();
                let _ = self.run("ROLLBACK");
                Err(error)
            }
        }
    }

    /// Commits; if that fails, rolls back.
    fn commit(&mut self) -> Result<()> {
        let stops = self.stop_lines.take();
        let committed = if self.connection.is_autocommit() {
            Err(StoreError::Full(self.path.clone()))
        } else {
            super::stop_journal::append(&self.path, &stops)
                .and_then(|()| self.run("COMMIT"))
                .map_err(|e| e.at(&self.path))
        };
        if committed.is_err() {
            self.frontier = None;
            if !self.connection.is_autocommit() {
                // If not even this works the next BEGIN says so.
                let _ = self.run("ROLLBACK");
            }
        }
        committed
    }

    /// Runs a first request and everything that waits behind it in one transaction, then answers.
    fn group(&mut self, first: Box<dyn WriteRequest>, waiting: &Receiver<Box<dyn WriteRequest>>) {
        if let Err(error) = self.run("BEGIN IMMEDIATE") {
            return first.refuse(error.at(&self.path));
        }
        let mut replies = vec![first.run(self)];
        while replies.len() < GROUP
            && !self.connection.is_autocommit()
            && let Ok(next) = waiting.try_recv()
        {
            replies.push(next.run(self));
        }
        let committed = self.commit();
        for job in std::mem::take(&mut self.after_commit) {
            job(&self.connection);
        }
        match committed {
            Ok(()) => replies.into_iter().for_each(|reply| reply(Ok(()))),
            Err(error) => replies.into_iter().for_each(|reply| reply(Err(error.again()))),
        }
        self.tell_of_stops();
        if self.has_many_rows {
            self.has_many_rows = false;
            // Only how the cache is used: if it fails the next group works all the same.
            let _ = self.connection.execute_batch(crate::connection::PRAGMAS);
        }
    }

    /// Skips some rows of a broadcast that has ended, in a transaction of its own.
    fn end_some(&mut self) {
        let Some(id) = self.ending.last().copied() else { return };
        let more = self.run("BEGIN IMMEDIATE").and_then(|()| {
            let more = broadcast::end_some(&self.connection, id);
            match more {
                Ok(more) => self.commit().map(|()| more),
                Err(error) => {
                    let _ = self.run("ROLLBACK");
                    Err(error)
                }
            }
        });
        match more {
            Ok(true) => self.ending_pause = None,
            Ok(false) => {
                self.ending_pause = None;
                self.ending.retain(|other| *other != id);
            }
            Err(error) => {
                // Nothing of it can be claimed any more, so it can wait: until the disk has room again.
                if self.ending_pause.is_none() {
                    tracing::warn!(broadcast = id.0, %error, "the rest of a broadcast that has ended cannot be skipped now; it is tried again");
                }
                self.ending_pause = Some(self.ending_pause.map_or(PAUSE.0, |pause| (pause * 2).min(PAUSE.1)));
            }
        }
    }

    fn serve(mut self, waiting: &Receiver<Box<dyn WriteRequest>>) {
        let mut groups = 0;
        loop {
            let next = match self.ending_pause {
                _ if self.ending.is_empty() => waiting.recv().map_err(|_| TryRecvError::Disconnected),
                // Requests shorten the pause: each of them would fail, too, while there is no room.
                Some(pause) if groups < GROUPS_IN_PAUSE => match waiting.recv_timeout(pause) {
                    Ok(first) => {
                        groups += 1;
                        Ok(first)
                    }
                    Err(RecvTimeoutError::Timeout) => {
                        groups = GROUPS_IN_PAUSE;
                        Err(TryRecvError::Empty)
                    }
                    Err(RecvTimeoutError::Disconnected) => Err(TryRecvError::Disconnected),
                },
                _ => {
                    groups = 0;
                    self.end_some();
                    waiting.try_recv()
                }
            };
            match next {
                Ok(first) => self.group(first, waiting),
                Err(TryRecvError::Empty) => {}
                Err(TryRecvError::Disconnected) => break,
            }
        }
        // A copy that was made while this process ran is another one from now on.
        if let Err(error) = super::continuity::renew(&self.connection, &mut self.keys) {
            tracing::warn!(%error, "how far the database is could not be noted");
        }
        // A last checkpoint keeps the next start short; if it fails the log is replayed.
        let _ = self.connection.execute_batch("PRAGMA wal_checkpoint(TRUNCATE)");
    }
}

/// Answers the caller after the commit has succeeded or failed.
type WriteReply = Box<dyn FnOnce(Result<()>) + Send>;

trait WriteRequest: Send {
    fn run(self: Box<Self>, writer: &mut Writer) -> WriteReply;
    /// Nothing could be begun.
    fn refuse(self: Box<Self>, error: StoreError);
}

struct WriteCall<T, F> {
    call: F,
    answer: oneshot::Sender<Result<T>>,
}

impl<T, F> WriteRequest for WriteCall<T, F>
where
    T: Send + 'static,
    F: FnOnce(&mut Writer) -> Result<T> + Send + 'static,
{
    fn run(self: Box<Self>, writer: &mut Writer) -> WriteReply {
        let Self { call, answer } = *self;
        let result = writer.in_savepoint(call);
        Box::new(move |committed| {
            // The caller may have stopped waiting; what is committed stays committed.
            let _ = answer.send(committed.and(result));
        })
    }

    fn refuse(self: Box<Self>, error: StoreError) {
        let _ = self.answer.send(Err(error));
    }
}

pub(crate) struct WriterThread {
    requests: Mutex<Option<SyncSender<Box<dyn WriteRequest>>>>,
    thread: Mutex<Option<std::thread::JoinHandle<()>>>,
}

impl WriterThread {
    pub(crate) fn start(writer: Writer) -> Result<Self> {
        let (requests, waiting) = sync_channel(QUEUE);
        let thread = std::thread::Builder::new()
            .name("store".into())
            .spawn(move || writer.serve(&waiting))
            .map_err(|e| StoreError::Database(e.into()))?;
        Ok(Self { requests: Mutex::new(Some(requests)), thread: Mutex::new(Some(thread)) })
    }

    /// Runs a request and waits until it is committed.
    pub(crate) async fn call<T, F>(&self, call: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&mut Writer) -> Result<T> + Send + 'static,
    {
        let (answer, answered) = oneshot::channel();
        let request: Box<dyn WriteRequest> = Box::new(WriteCall { call, answer });
        let sender = self.requests.lock().unwrap_or_else(PoisonError::into_inner).clone().ok_or(StoreError::Closed)?;
        match sender.try_send(request) {
            Ok(()) => {}
            // The queue is full: wait on a thread that may block.
            Err(TrySendError::Full(request)) => tokio::task::spawn_blocking(move || sender.send(request))
                .await
                .map_err(|_| StoreError::Closed)?
                .map_err(|_| StoreError::Closed)?,
            Err(TrySendError::Disconnected(_)) => return Err(StoreError::Closed),
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
