//! Letters → sessions. All sessions share one queue over all batches; they are opened when there is work and leave when there is none. When the relay
//! does not want us, the lane closes for a while: what waits goes back untouched instead of being burnt one by one.

use crate::answer::Verdict;
use crate::dkim::{self, Signer};
use crate::mime::{Message, Mould};
use crate::settings::{Config, domain};
use crate::smtp::{Relay, Session, SessionError};
use crate::talk;
use crate::verp::Verp;
use rundruf_plugin::{Batch, Content, Host, Letter, OpenError, Outcome};
use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};
use tokio::sync::{Notify, Semaphore};

/// A session without work ends after this time.
const IDLE: Duration = Duration::from_secs(30);
/// Compiled contents that are kept, and how large their attachments may be together.
const KEPT: usize = 16;
const KEPT_BYTES: usize = 64 * 1024 * 1024;
/// Letters that are signed in one go.
const SIGNED_AT_ONCE: usize = 32;
/// After so many refusals about our reputation without one success in between, the lane closes.
const BLOCKED: u32 = 5;
/// After so many connections that broke without one success in between, the lane closes.
const CUT: u32 = 8;

/// A letter on its way.
pub(crate) struct Job {
    pub(crate) letter: Letter,
    mould: Arc<Mould>,
    /// Made ahead where it is signed, else when its turn comes.
    message: Option<Message>,
    /// It was in a connection that broke before it was begun.
    again: bool,
}

/// Why the lane is closed.
enum Closed {
    Pause(String),
    Account(String),
}

#[derive(Default)]
struct State {
    ahead: VecDeque<Job>,
    bulk: VecDeque<Job>,
    sessions: u32,
    /// Sessions that wait for work.
    idle: u32,
    closed: Option<(Instant, Closed)>,
    /// Times that the lane was closed since the last success.
    closings: u32,
    blocked: u32,
    cut: u32,
}

impl State {
    fn waiting(&self) -> usize {
        self.ahead.len() + self.bulk.len()
    }

    /// What a letter is told while the lane is closed.
    fn refusal(&mut self, now: Instant) -> Option<Outcome> {
        let (until, why) = self.closed.as_ref()?;
        let left = until.saturating_duration_since(now);
        if left.is_zero() {
            self.closed = None;
            return None;
        }
        Some(match why {
            Closed::Pause(text) => Outcome::account_rate(Some(left), text.clone()),
            Closed::Account(text) => Outcome::account_auth(text.clone()),
        })
    }

    /// Closes the lane, longer each time without a success in between. Does nothing while it is closed.
    fn close(&mut self, first: Duration, longest: Duration, why: Closed) {
        let now = Instant::now();
        if self.closed.as_ref().is_some_and(|(until, _)| *until > now) {
            return;
        }
        let pause = first.saturating_mul(1 << self.closings.min(16)).min(longest);
        self.closings += 1;
        let (Closed::Pause(text) | Closed::Account(text)) = &why;
        tracing::warn!(pause_s = pause.as_secs_f32(), why = %text, "nothing is sent for a while");
        self.closed = Some((now + pause, why));
    }
}

/// Everything that sessions share.
pub(crate) struct Pool {
    pub(crate) config: Config,
    relay: Relay,
    pub(crate) verp: Option<Verp>,
    signers: Vec<Signer>,
    state: Mutex<State>,
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
        let cores = std::thread::available_parallelism().map_or(2, usize::from);
        Ok(Arc::new(Self {
            relay,
            verp,
            signers,
            state: Mutex::default(),
            moulds: Mutex::default(),
            work: Notify::new(),
            draining: AtomicBool::new(false),
            cores: Arc::new(Semaphore::new(cores)),
            config,
        }))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes a batch. With keys, messages are made and signed on threads of their own, a few letters each, and queued as they are ready.
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
                for job in some {
                    if pool.is_draining() {
                        break;
                    }
                    if let Some(job) = pool.prepared(job) {
                        pool.add(vec![job], ahead);
                    }
                }
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
        let mut state = self.state();
        if self.is_draining() {
            drop(state);
            return drop(jobs);
        }
        if let Some(outcome) = state.refusal(Instant::now()) {
            drop(state);
            return jobs.into_iter().for_each(|job| job.letter.finish(outcome.clone()));
        }
        let count = jobs.len();
        if ahead {
            state.ahead.extend(jobs)
        } else {
            state.bulk.extend(jobs)
        }
        let missing = state.waiting().saturating_sub(state.idle as usize);
        let free = self.config.sessions.saturating_sub(state.sessions);
        let start = u32::try_from(missing).unwrap_or(u32::MAX).min(free);
        state.sessions += start;
        drop(state);
        for _ in 0..start {
            match tokio::runtime::Handle::try_current() {
                Ok(runtime) => drop(runtime.spawn(Seat { pool: Arc::clone(self), taken: true }.work())),
                Err(_) => self.state().sessions -= 1,
            }
        }
        for _ in 0..count.min(self.config.sessions as usize) {
            self.work.notify_one();
        }
    }

    /// The next letter that may still be begun, with its message.
    pub(crate) fn next(&self) -> Option<(Job, Message)> {
        loop {
            if self.turn_back() {
                return None;
            }
            let job = {
                let state = &mut *self.state();
                state.ahead.pop_front().or_else(|| state.bulk.pop_front())?
            };
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
        let mut state = self.state();
        let Some(outcome) = state.refusal(Instant::now()) else { return false };
        let back = state.take_all();
        drop(state);
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
                let mut state = self.state();
                if self.is_draining() {
                    return false;
                }
                if state.waiting() > 0 {
                    return true;
                }
                state.idle += 1;
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
        let mut state = self.state();
        // Asked under the lock, so that a drain either sees the letter in the queue or is seen here; then it is dropped untouched.
        if !self.is_draining() {
            state.ahead.push_front(job);
            drop(state);
            self.work.notify_one();
        }
    }

    /// A message was taken: the relay wants us.
    pub(crate) fn went_well(&self) {
        let mut state = self.state();
        (state.closings, state.blocked, state.cut) = (0, 0, 0);
    }

    /// A connection broke without having carried anything.
    pub(crate) fn was_cut(&self, why: &str) {
        let mut state = self.state();
        state.cut += 1;
        if state.cut >= CUT {
            state.close(Duration::from_secs(5), Duration::from_secs(300), Closed::Pause(why.to_owned()));
        }
    }

    /// What a refusal means for everybody else.
    pub(crate) fn was_refused(&self, verdict: Verdict, line: &str) {
        let mut state = self.state();
        match verdict {
            Verdict::Connection => {
                state.close(Duration::from_secs(1), Duration::from_secs(60), Closed::Pause(line.to_owned()));
            }
            Verdict::Blocked => {
                state.blocked += 1;
                if state.blocked >= BLOCKED {
                    state.close(Duration::from_secs(60), Duration::from_secs(900), Closed::Pause(line.to_owned()));
                }
            }
            _ => {}
        }
    }

    /// There is no connection to be had: one letter tells why, the others go back untouched.
    fn no_connection(&self, error: &SessionError) {
        let text = error.to_string();
        let (job, pause) = {
            let mut state = self.state();
            match error {
                // Not again with a wrong password after a second: relays lock accounts.
                SessionError::Account(_) => {
                    state.close(Duration::from_secs(30), Duration::from_secs(600), Closed::Account(text.clone()));
                }
                SessionError::Refused(_) | SessionError::Io(_) => {
                    state.close(Duration::from_secs(1), Duration::from_secs(60), Closed::Pause(text.clone()));
                }
            }
            let pause = state.closed.as_ref().map(|(until, _)| until.saturating_duration_since(Instant::now()));
            let state = &mut *state;
            (state.ahead.pop_front().or_else(|| state.bulk.pop_front()), pause)
        };
        if let Some(job) = job {
            job.letter.finish(match error {
                SessionError::Account(_) => Outcome::account_auth(text),
                SessionError::Refused(_) | SessionError::Io(_) => {
                    Outcome::retry(pause.max(Some(Duration::from_secs(10))), text)
                }
            });
        }
        // The others hear of it by the closed lane.
        self.turn_back();
    }

    pub(crate) fn is_draining(&self) -> bool {
        self.draining.load(Ordering::Acquire)
    }

    /// Begins nothing new: what waits is dropped unbegun, so it goes back untouched.
    pub(crate) fn drain(&self) {
        self.draining.store(true, Ordering::Release);
        let waiting = self.state().take_all();
        drop(waiting);
        self.work.notify_waiters();
    }

    /// Ends the sessions, which finish what they have begun.
    pub(crate) async fn close(&self, within: Duration) {
        self.drain();
        let all = async {
            while self.state().sessions > 0 {
                self.work.notify_waiters();
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        let _ = tokio::time::timeout(within, all).await;
    }
}

impl State {
    fn take_all(&mut self) -> Vec<Job> {
        self.ahead.drain(..).chain(self.bulk.drain(..)).collect()
    }
}

/// Counts a session as idle while it lives.
struct Idle<'a>(&'a Pool);

impl Drop for Idle<'_> {
    fn drop(&mut self) {
        self.0.state().idle -= 1;
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
            let mut state = self.pool.state();
            // Under the lock: whoever queues afterwards sees that this session has gone, and starts another.
            if state.waiting() == 0 || self.pool.is_draining() {
                state.sessions -= 1;
                drop(state);
                self.taken = false;
                return;
            }
        }
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        if self.taken {
            self.pool.state().sessions -= 1;
        }
    }
}
