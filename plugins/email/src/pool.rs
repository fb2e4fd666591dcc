//! Letters → sessions. All sessions share one [`Lane`] over all batches; they are opened when there is work and leave when there is none.

use crate::answer::Verdict;
use crate::dkim::{self, Signer};
use crate::lane::Lane;
use crate::mime::{Message, Mould};
use crate::settings::{Config, domain};
use crate::smtp::{Relay, Session, SessionError};
use crate::talk;
use crate::thread::Thread;
use crate::verp::Verp;
use rundruf_plugin::{Batch, Content, Host, Letter, OpenError, Outcome};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use tokio::sync::{Notify, Semaphore};

/// A session without work ends after this time.
const IDLE: Duration = Duration::from_secs(30);
/// A letter that meets a relay that is not there waits at least so long.
const LATER: Duration = Duration::from_secs(10);
/// Compiled contents that are kept, and how large their attachments may be together.
const KEPT: usize = 16;
const KEPT_BYTES: usize = 64 * 1024 * 1024;
/// Letters that are signed in one go.
const SIGNED_AT_ONCE: usize = 32;
/// Signed letters that are queued together: a session that is woken for each costs as much as sending it.
const QUEUED_AT_ONCE: usize = 8;

/// A letter on its way.
pub(crate) struct Job {
    pub(crate) letter: Letter,
    mould: Arc<Mould>,
    /// Made ahead where it is signed, else when its turn comes.
    message: Option<Message>,
    /// It was in a connection that broke before it was begun.
    again: bool,
}

/// Everything that sessions share.
pub(crate) struct Pool {
    pub(crate) config: Config,
    relay: Relay,
    pub(crate) verp: Option<Verp>,
    signers: Vec<Signer>,
    lane: Mutex<Lane>,
    thread: Thread,
    moulds: Mutex<Vec<(u64, Arc<Mould>)>>,
    work: Notify,
    draining: AtomicBool,
    /// Signing is work for the processor: no more of it at once than there are cores.
    cores: Arc<Semaphore>,
}

fn now_s() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_secs()).unwrap_or(0)
}

impl Pool {
    /// # Errors
    /// The key and what to do.
    pub(crate) fn open(config: Config, host: &Host) -> Result<Arc<Self>, OpenError> {
        config.check()?;
        let relay = Relay::new(&config).map_err(OpenError::new)?;
        let bounces = config.bounce_domain.as_deref().unwrap_or_else(|| domain(config.sender().1));
        let verp = match &config.return_path {
            Some(_) => None,
            None => Some(Verp::open(host.state_dir(), config.verp_secret.as_ref(), bounces)?),
        };
        let signers = config.dkim.iter().map(Signer::open).collect::<Result<_, _>>()?;
        let thread = Thread::start().map_err(|e| OpenError::new(format!("no thread for the connections: {e}")))?;
        let cores = std::thread::available_parallelism().map_or(2, usize::from);
        Ok(Arc::new(Self {
            relay,
            verp,
            signers,
            lane: Mutex::default(),
            thread,
            moulds: Mutex::default(),
            work: Notify::new(),
            draining: AtomicBool::new(false),
            cores: Arc::new(Semaphore::new(cores)),
            config,
        }))
    }

    fn lane(&self) -> MutexGuard<'_, Lane> {
        self.lane.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes a batch. With keys, messages are made and signed on threads of their own, a few letters each, and queued a few at a time.
    pub(crate) async fn take(self: &Arc<Self>, batch: Batch) {
        let ahead = batch.is_ahead();
        let Some(mould) = batch.content().map(|c| self.mould(&c)) else { return };
        let job = |letter| Job { letter, mould: Arc::clone(&mould), message: None, again: false };
        let mut jobs: Vec<Job> = batch.into_letters().map(job).collect();
        if self.signers.is_empty() {
            return self.add(jobs, ahead);
        }
        let part = jobs.len().div_ceil(self.cores.available_permits().max(1)).clamp(1, SIGNED_AT_ONCE);
        while !jobs.is_empty() && !self.is_draining() {
            let rest = jobs.split_off(jobs.len().min(part));
            let some = std::mem::replace(&mut jobs, rest);
            let Ok(permit) = Arc::clone(&self.cores).acquire_owned().await else { return };
            let pool = Arc::clone(self);
            tokio::task::spawn_blocking(move || {
                let mut ready = Vec::with_capacity(QUEUED_AT_ONCE);
                for job in some {
                    if pool.is_draining() {
                        break;
                    }
                    ready.extend(pool.prepared(job));
                    if ready.len() == QUEUED_AT_ONCE {
                        let full = std::mem::replace(&mut ready, Vec::with_capacity(QUEUED_AT_ONCE));
                        pool.add(full, ahead);
                    }
                }
                pool.add(ready, ahead);
                drop(permit);
            });
        }
    }

    /// The compiled form of a content: made once.
    fn mould(&self, content: &Content<'_>) -> Arc<Mould> {
        let lock = || self.moulds.lock().unwrap_or_else(PoisonError::into_inner);
        let known = lock().iter().find(|(id, _)| *id == content.id()).map(|(_, mould)| Arc::clone(mould));
        known.unwrap_or_else(|| {
            let mould = Arc::new(Mould::new(&self.config, content));
            let mut kept = lock();
            kept.push((content.id(), Arc::clone(&mould)));
            let mut bytes: usize = kept.iter().map(|(_, m)| m.len()).sum();
            while kept.len() > KEPT || (bytes > KEPT_BYTES && kept.len() > 1) {
                bytes -= kept.remove(0).1.len();
            }
            mould
        })
    }

    /// Makes and signs the message. `None` if the letter was finished.
    fn prepared(&self, mut job: Job) -> Option<Job> {
        if job.message.is_some() {
            return Some(job);
        }
        let now = now_s();
        let message = job.mould.message(&job.letter.recipient(), now);
        let (size, most) = (message.len(), self.config.largest());
        if size > most {
            let text = format!("the message has {} KiB, `max_message_mib` allows {}", size / 1024, most / 1024);
            job.letter.finish(Outcome::bad_content(text));
            return None;
        }
        job.message = dkim::signed(&self.signers, message, now);
        if job.message.is_none() {
            job.letter.finish(Outcome::retry(None, "the message could not be signed"));
            return None;
        }
        Some(job)
    }

    /// Queues letters, and opens sessions for them where there are too few.
    fn add(self: &Arc<Self>, jobs: Vec<Job>, ahead: bool) {
        let count = jobs.len();
        let mut lane = self.lane();
        if self.is_draining() {
            drop(lane);
            return drop(jobs);
        }
        if let Some(outcome) = lane.refusal() {
            drop(lane);
            return jobs.into_iter().for_each(|job| job.letter.finish(outcome.clone()));
        }
        lane.push(jobs, ahead);
        let missing = lane.waiting().saturating_sub(lane.idle as usize);
        let free = self.config.sessions.saturating_sub(lane.sessions);
        let start = u32::try_from(missing).unwrap_or(u32::MAX).min(free);
        lane.sessions += start;
        let wake = count.min(lane.idle as usize);
        drop(lane);
        for _ in 0..start {
            self.thread.spawn(Seat { pool: Arc::clone(self), taken: true }.work());
        }
        for _ in 0..wake {
            self.work.notify_one();
        }
    }

    /// The next letter that may still be begun, with its message.
    pub(crate) fn next(&self) -> Option<(Job, Message)> {
        loop {
            if self.turn_back() {
                return None;
            }
            let job = self.lane().pop()?;
            if self.is_draining() || job.letter.is_draining() {
                // Dropped unbegun: it goes back untouched.
                continue;
            }
            if job.letter.is_expired() {
                job.letter.finish(Outcome::expired());
                continue;
            }
            if let Some(mut job) = self.prepared(job)
                && let Some(message) = job.message.take()
            {
                return Some((job, message));
            }
        }
    }

    /// While the lane is closed, what waits goes back untouched. Whether it is closed.
    fn turn_back(&self) -> bool {
        let mut lane = self.lane();
        let Some(outcome) = lane.refusal() else { return false };
        let back = lane.take_all();
        drop(lane);
        back.into_iter().for_each(|job| job.letter.finish(outcome.clone()));
        true
    }

    /// As [`Pool::next`], but waits for a while. `None`: there is no work.
    pub(crate) async fn wait(&self) -> Option<(Job, Message)> {
        loop {
            if let Some(found) = self.next() {
                return Some(found);
            }
            if !self.wait_for_work().await {
                return None;
            }
        }
    }

    /// Waits until something is queued; false after a time without.
    async fn wait_for_work(&self) -> bool {
        let until = tokio::time::Instant::now() + IDLE;
        loop {
            self.turn_back();
            {
                let mut lane = self.lane();
                if self.is_draining() {
                    return false;
                }
                if lane.waiting() > 0 {
                    return true;
                }
                lane.idle += 1;
            }
            let woken = {
                let _idle = Idle(self);
                tokio::time::timeout_at(until, self.work.notified()).await.is_ok()
            };
            if !woken {
                return false;
            }
        }
    }

    /// A connection broke, or was ended by the relay, before this letter was begun. Once it gets another connection at once; then it must wait.
    pub(crate) fn give_back(&self, mut job: Job, message: Message, outcome: Outcome) {
        if job.again {
            return job.letter.finish(outcome);
        }
        job.again = true;
        self.put_back(job, message);
    }

    /// As [`Pool::give_back`], for a letter whose connection broke over another one: it loses nothing by that.
    pub(crate) fn put_back(&self, mut job: Job, message: Message) {
        job.message = Some(message);
        let mut lane = self.lane();
        // Asked under the lock, so that a drain either sees the letter in the queue or is seen here; then it is dropped untouched.
        if !self.is_draining() {
            lane.push_first(job);
            drop(lane);
            self.work.notify_one();
        }
    }

    /// A message was taken: the relay wants us.
    pub(crate) fn went_well(&self) {
        self.lane().went_well();
    }

    /// A connection broke without having carried anything.
    pub(crate) fn was_cut(&self, why: &str) {
        self.lane().was_cut(why);
    }

    /// What a refusal means for everybody else.
    pub(crate) fn was_refused(&self, verdict: Verdict, line: &str) {
        match verdict {
            Verdict::Connection => self.lane().not_there(line),
            Verdict::Blocked => self.lane().was_blocked(line),
            _ => {}
        }
    }

    /// There is no connection to be had: one letter tells why, the others go back untouched.
    fn no_connection(&self, error: &SessionError) {
        let text = error.to_string();
        let outcome = match error {
            SessionError::Account(_) => Outcome::account_auth(text.clone()),
            SessionError::Refused(_) | SessionError::Io(_) => Outcome::retry(Some(LATER), text.clone()),
        };
        let job = {
            let mut lane = self.lane();
            match error {
                SessionError::Account(_) => lane.not_let_in(&text),
                SessionError::Refused(_) | SessionError::Io(_) => lane.not_there(&text),
            }
            lane.pop()
        };
        if let Some(job) = job {
            job.letter.finish(outcome);
        }
        self.turn_back();
    }

    pub(crate) fn is_draining(&self) -> bool {
        self.draining.load(Ordering::Acquire)
    }

    /// Begins nothing new: what waits is dropped unbegun, so it goes back untouched.
    pub(crate) fn drain(&self) {
        self.draining.store(true, Ordering::Release);
        let waiting = self.lane().take_all();
        drop(waiting);
        self.work.notify_waiters();
    }

    /// Ends the sessions: they finish what they have begun, and are cut after a while.
    pub(crate) async fn close(self: &Arc<Self>, within: Duration) {
        self.drain();
        let all = async {
            while self.lane().sessions > 0 {
                self.work.notify_waiters();
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        let _ = tokio::time::timeout(within, all).await;
        let pool = Arc::clone(self);
        let _ = tokio::task::spawn_blocking(move || pool.thread.end()).await;
    }
}

/// Counts a session as idle while it lives.
struct Idle<'a>(&'a Pool);

impl Drop for Idle<'_> {
    fn drop(&mut self) {
        self.0.lane().idle -= 1;
    }
}

/// A session's place in the pool, given back even if its task panics or is cut.
struct Seat {
    pool: Arc<Pool>,
    taken: bool,
}

impl Seat {
    /// Runs one connection after the other, as long as there is work.
    async fn work(mut self) {
        loop {
            while self.pool.wait_for_work().await {
                match Session::open(&self.pool.relay).await {
                    Ok(session) => talk::talk(&self.pool, session).await,
                    Err(error) => self.pool.no_connection(&error),
                }
            }
            let mut lane = self.pool.lane();
            // Under the lock: whoever queues afterwards sees that this session has gone, and starts another.
            if lane.waiting() == 0 || self.pool.is_draining() {
                lane.sessions -= 1;
                drop(lane);
                self.taken = false;
                return;
            }
        }
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        if self.taken {
            self.pool.lane().sessions -= 1;
        }
    }
}
